/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Patterns over the first payload of each side of a flow. */
#ifndef FA_CLASSIFY_PATTERN_H
#define FA_CLASSIFY_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/rule.h"
#include "core/sink.h"

enum { FA_FIRST_BYTES = FA_PATTERN_MAX };

/* The first bytes that each side sent; side 0 is the sender of the flow's first payload seen
 * from the flow's first packet's direction ("forward"), side 1 the other. */
struct fa_first_payload {
	uint8_t bytes[2][FA_FIRST_BYTES];
	uint8_t len[2];
};

/* Whether side SIDE's first bytes start with the pattern. */
bool fa_pattern_matches(const struct fa_pattern *pattern, const struct fa_first_payload *first,
			unsigned side);

/*
 * Which side the first payloads show to be the client of a flow that speaks PROTOCOL:
 * +1 side 0, -1 side 1, 0 not known.
 */
int8_t fa_payload_client(const char *protocol, uint8_t transport,
			 const struct fa_first_payload *first);

/*
 * Corrects what nDPI is known to mistake: the name of the protocol that the payload shows when
 * nDPI claimed CLAIMED, or NULL when there is nothing to correct.
 */
const char *fa_payload_correct(const char *claimed, uint8_t transport,
			       const struct fa_first_payload *first);

/* The signature of BOOK that the payload matches, or NULL. */
const struct fa_signature *fa_payload_signature(const struct fa_rulebook *book, uint8_t transport,
						const struct fa_first_payload *first);

#endif
