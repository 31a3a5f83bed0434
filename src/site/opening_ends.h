/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One end of a rule at an instance, in all the ways in which it may be known; private to src/site.
 */
#ifndef FA_SITE_OPENING_ENDS_H
#define FA_SITE_OPENING_ENDS_H

#include "core/opening.h"
#include "site/addresses.h"
#include "yaml/arena.h"

struct fa_known {
	struct fa_strings roles;  /* that stand somewhere */
	struct fa_strings silent; /* that are not placed */
	struct fa_addresses addrs;
	struct fa_strings hosts;
	const struct fa_numbers *systems; /* without a list of prefixes; NULL: none */
	bool anybody;
	bool not_placed;  /* at least one role is not */
	bool one_machine; /* all addresses are those of one host */
};

/*
 * What the site says of END, whose roles are NAMES; nobody SENDS from the address of a group. A
 * failed allocation is in the arena, or in addrs.failed.
 */
void fa_known_init(struct fa_known *known, struct fa_yaml_arena *arena,
		   const struct fa_instance *instance, const struct fa_strings *names,
		   const struct fa_end *end, bool sends);
void fa_known_deinit(struct fa_known *known);

/* The server's end, where the rule says to which networks and host names it leads. */
void fa_known_narrow(struct fa_known *server, const struct fa_site *site,
		     const struct fa_binding *binding);

/* The networks that the rule names, and the prefixes of its systems where the site has them. */
void fa_known_destinations(struct fa_addresses *out, const struct fa_site *site,
			   const struct fa_rule *rule);

/* The parts of an end: by address or anybody, by name, all of it, and what is not placed. */
struct fa_opening_end fa_known_by_address(const struct fa_known *known,
					  struct fa_yaml_arena *arena);
struct fa_opening_end fa_known_by_name(const struct fa_known *known);
struct fa_opening_end fa_known_all(const struct fa_known *known, struct fa_yaml_arena *arena);
struct fa_opening_end fa_known_silent(const struct fa_known *known);

/* Whether it is anybody, or has an address; or a name at least. */
bool fa_known_has_address(const struct fa_known *known);
bool fa_known_has_any(const struct fa_known *known);

#endif
