/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The last packets of a source, found by their digest; of this stage only.
 *
 * A ring of entries in the order of the source, and chains through it by digest. So what is
 * forgotten is always the oldest, whatever the seed of the digests, and nothing has to be removed:
 * a link to what the ring no longer has is the end of a chain. A digest is in its chain once.
 *
 * What is over by the time of packets is forgotten before its place is needed, so that few chains
 * lead anywhere: reading entries is what would take time. A packet makes forget two at most, so one
 * with a time of its own does no harm, nor do interfaces whose clocks are apart.
 */
#ifndef FA_DEDUP_RECENT_H
#define FA_DEDUP_RECENT_H

#include <stddef.h>
#include <stdint.h>

#include "dedup/sight.h"

struct recent_entry {
	uint64_t digest;
	int64_t ts_ns;
	uint32_t next; /* number of an older one */
	uint32_t pair;
	uint32_t view;
	uint32_t copies : 8;	/* that looked alike */
	uint32_t ip_bytes : 24; /* the low ones */
};

struct recent {
	struct recent_entry *ring;
	uint32_t *heads; /* numbers of entries, by digest */
	uint32_t count;	 /* of either; a power of two */
	uint32_t number; /* of the next entry; they wrap around */
	uint32_t oldest; /* number of the first one that is not forgotten */
	int64_t window_ns;
};

/* COUNT: a power of two. 0 or FA_ENOMEM. */
int recent_init(struct recent *recent, uint32_t count, int64_t window_ns);
void recent_deinit(struct recent *recent);

/*
 * The entry of such a packet less than the window before or after TS_NS. NULL when there is none;
 * an older one of the same digest is then forgotten.
 */
struct recent_entry *recent_find(struct recent *recent, const struct sight *sight, int64_t ts_ns);

/* Remembers a packet that recent_find() did not find. */
void recent_add(struct recent *recent, const struct sight *sight, int64_t ts_ns);

/* ENTRY, which recent_find() just found, becomes this packet. */
void recent_renew(struct recent *recent, struct recent_entry *entry, const struct sight *sight,
		  int64_t ts_ns);

#endif
