/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fields of pcapng blocks, and what is kept of an interface. Private to pcapng*.c. */
#ifndef FA_CAPTURE_PCAPNG_BLOCKS_H
#define FA_CAPTURE_PCAPNG_BLOCKS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/cursor.h"
#include "capture/pcapng.h"

/* Block types (draft-ietf-opsawg-pcapng section 11.1). */
enum {
	FA_NG_INTERFACE = 1,
	FA_NG_PACKET = 2, /* obsolete */
	FA_NG_SIMPLE = 3,
	FA_NG_NAMES = 4,
	FA_NG_STATISTICS = 5,
	FA_NG_ENHANCED = 6,
	FA_NG_SECTION = 0x0a0d0d0a /* the same in both byte orders */
};

/*
 * How time stamps become nanoseconds: up to LIMIT by one multiplication, else in units of a second.
 */
struct fa_ng_clock {
	uint64_t multiplier; /* nanoseconds in a unit; 0: a unit is shorter */
	uint64_t limit;	     /* time stamps up to here fit */
	uint64_t units;	     /* in a second; 0: 2^shift */
	uint64_t divisor;    /* units in a nanosecond, when it is more than one */
	unsigned shift;
	int64_t offset_s; /* added; within +-FA_NG_FARTHEST_S */
};

struct fa_ng_interface {
	size_t place; /* in the links */
	int link_type;
	uint32_t snap_bytes; /* UINT32_MAX: no limit */
	uint32_t number;     /* in the origins */
	uint64_t lost;	     /* before its packets, as these say */
	bool told;	     /* a statistics block says what was lost: the same, and more exactly */
	struct fa_ng_clock clock;
};

/* Farthest packet time kept, about the years 1823 and 2116: arithmetic on it cannot overflow. */
#define FA_NG_FARTHEST_S INT64_C(4611686018)

/* Whole seconds and the rest at once: see struct fa_ng_clock. */
int64_t fa_ng_time(const struct fa_ng_clock *clock, uint64_t stamp);

/* What an interface description says; BODY is the block without its head and tail. */
struct fa_ng_description {
	uint16_t file_type; /* LINKTYPE_ value */
	uint32_t snap_bytes;
	struct fa_ng_clock clock;
	char name[FA_INTERFACE_TEXT]; /* raw bytes */
};

int fa_ng_describe(struct fa_ng_description *out, const uint8_t *body, size_t len, bool swapped,
		   struct fa_diag *diag);

/* More packets than any interface loses: who does not know may write all ones. */
#define FA_NG_DROPS_MAX (UINT64_C(1) << 46)

/* Packets that were lost before this one, by its options; 0 where they do not say. */
uint64_t fa_ng_lost(const uint8_t *options, size_t len, bool swapped);

/* Takes the counts of a statistics block to ORIGIN; the last block counts. Whether it has any. */
bool fa_ng_statistics(struct fa_run_interface *origin, const uint8_t *options, size_t len,
		      bool swapped);

/* Takes the records of a name resolution block. 0 or FA_ENOMEM. */
int fa_ng_names(struct fa_noted *noted, const uint8_t *body, size_t len, bool swapped);

static inline uint16_t fa_ng_16(const uint8_t *at, bool swapped)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return swapped ? __builtin_bswap16(value) : value;
}

static inline uint32_t fa_ng_32(const uint8_t *at, bool swapped)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return swapped ? __builtin_bswap32(value) : value;
}

static inline uint64_t fa_ng_64(const uint8_t *at, bool swapped)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return swapped ? __builtin_bswap64(value) : value;
}

#endif
