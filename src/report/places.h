/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who an address is: the places of the site that a run was judged with. Private to src/report. */
#ifndef FA_REPORT_PLACES_H
#define FA_REPORT_PLACES_H

#include "core/history.h"
#include "report/buffer.h"

struct fa_named_place;

struct fa_places {
	struct fa_named_place *items; /* in the order of the site file: those of an instance together */
	size_t count, room;
	uint32_t *by_address; /* positions of prefixes, by first address, the wider first */
	size_t prefixes;
};

/* What is known of a flow that an address belongs to: makes one of several places the right one. */
struct fa_place_hint {
	const char *instance; /* "": none */
	const char *roles;    /* separated by ", "; "": any */
};

/* Reads the places of RUN; none without a site. 0 or an error with its message. */
int fa_places_read(struct fa_places *places, const struct fa_history *history, int64_t run,
		   struct fa_diag *diag);
void fa_places_deinit(struct fa_places *places);

/* A place as the site says it; raw texts that last as long as the places. */
struct fa_place_name {
	const char *instance, *role, *label;
};

/* Where ADDR stands; false where the site has no place for it. */
bool fa_places_find(const struct fa_places *places, const struct fa_addr *addr,
		    const struct fa_place_hint *hint, struct fa_place_name *name);

/*
 * "control-room cr1 (10.2.4.9)", with the instance before the role where it is not the hint's:
 * "dc2/control-room ..."; the bare address where the site has none for it. Networks are places,
 * too: "client office (10.10.0.7)".
 */
void fa_places_add(struct fa_buffer *buffer, const struct fa_places *places,
		   const struct fa_addr *addr, const struct fa_place_hint *hint);

/* The same with a port, as fa_words_server writes it. */
void fa_places_add_server(struct fa_buffer *buffer, const struct fa_places *places,
			  const struct fa_addr *addr, const struct fa_place_hint *hint,
			  uint8_t transport, uint16_t port);

/* The labels behind the roles of the hint: "am1, am2 and 7 more"; nothing when there are none. */
void fa_places_add_labels(struct fa_buffer *buffer, const struct fa_places *places,
			  const struct fa_place_hint *hint);

#endif
