/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What learning and its writer share. Not for other folders. */
#ifndef FA_SITE_LEARN_INTERNAL_H
#define FA_SITE_LEARN_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "core/flow.h"
#include "core/rule.h"

/* One port of a host, and what it spoke. */
struct fa_learned_service {
	uint8_t transport;
	uint16_t port;
	char protocol[FA_PROTOCOL_TEXT];
	char application[FA_PROTOCOL_TEXT];
};

/* Rules of a component that are remembered as served; more than any catalog has. */
#define FA_LEARNED_RULES 256

/* A host looks like a component. */
struct fa_learned_guess {
	struct fa_addr host;
	const struct fa_product *product;
	const struct fa_component *component;
	uint32_t offset;
	unsigned documented; /* rows of ports that the component serves */
	unsigned named;	     /* of them served, with the protocol that the row names */
	unsigned unnamed;    /* served, and the row names no protocol */
	unsigned moved;	     /* of both, those that moved with the offset */
	unsigned rivals;     /* components that the same ports speak for */
	bool explained;	     /* another component explains these ports, and more */
	size_t first_rule;   /* of the component, in the rulebook */
	uint64_t rules[FA_LEARNED_RULES / 64]; /* which of its rules were served */
};

struct fa_learning {
	const struct fa_rulebook *book;
	struct fa_addr host; /* being looked at */
	struct fa_learned_service *services;
	size_t service_count;
	struct fa_learned_guess *guesses;
	size_t guess_count, guess_room;
};

#endif
