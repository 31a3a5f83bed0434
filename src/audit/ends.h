/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who stands at the two ends of a conversation, seen from one bound rule.
 *
 * A multicast group, a broadcast, and a sender without an address are open wherever a role stands.
 * An end fits by *place* when an entry of one of its roles holds the address or the name of the
 * machine there. It also fits when the site gives the role to anybody, and stays open when the
 * site is silent. But "anybody" is anybody who deals with the instance: a row is involved in a
 * conversation only when at least one end
 * - fits by place, or
 * - is the own side of the row, which the site gives to anybody, or
 * - is the very host or network that the row names as its destination, or
 * - for a catalog that holds on every network, does not differ.
 * Where a row is not involved, both ends differ, whatever was open: two strangers who use a
 * documented port are not a wrong endpoint of the product, they are undocumented traffic.
 */
#ifndef FA_AUDIT_ENDS_H
#define FA_AUDIT_ENDS_H

#include <stdbool.h>

#include "audit/context.h"
#include "audit/hostname.h"
#include "core/flow.h"
#include "core/policy.h"

/* Differences that are about who stands where. */
#define FA_DIFFERS_ENDS                                                                            \
	(FA_DIFFERS_CLIENT | FA_DIFFERS_SERVER | FA_DIFFERS_DIRECTION | FA_DIFFERS_INSTANCE)

/* One end. */
struct fa_standing {
	enum fa_end_fit fit;
	const struct fa_place *place; /* that fits; NULL: none */
	bool name_unknown;	      /* OPEN because a place is a host name, and none was seen */
	bool name_expired;	      /* likewise, but a DNS answer had told it long before */
	struct fa_called_by called;   /* the place fits by this name */
};

struct fa_ends {
	struct fa_standing client, server; /* of the conversation as it is */
	unsigned placed;  /* ends that fit by place: 0 to 2 */
	unsigned direct;  /* of them those whose role the rule itself names */
	unsigned differs; /* FA_DIFFERS_ CLIENT, SERVER, DIRECTION */
	bool involved;	  /* see above; true when nothing differs */
};

/*
 * Compares the ends of CONV with those of BINDING. Rules of direction "both" fit either way round;
 * when another fits only with client and server exchanged, and at least one end by place, the
 * difference is DIRECTION. NAMED: the server is the host or in the network that the row names.
 */
void fa_ends_weigh(const struct fa_audit_context *context, const struct fa_conversation *conv,
		   const struct fa_binding *binding, bool named, struct fa_ends *out);

/* The same for a binding that is known not to be involved (fa_touch_binding). */
void fa_ends_strange(struct fa_ends *out);

/*
 * The other instance of the product of BINDING whose end of the same rule has the place that
 * differs in ENDS, when exactly one end differs and the other one fits by place; else NULL.
 */
const struct fa_instance *fa_ends_other_instance(const struct fa_audit_context *context,
						 const struct fa_conversation *conv,
						 const struct fa_binding *binding,
						 const struct fa_ends *ends);

/* Whether both ends are places with one name, each a single address: one machine. */
bool fa_ends_are_one_machine(const struct fa_ends *ends);

/*
 * Whether ROLE holds MACHINE: by address or by name, or the site gives it to anybody. BY gets the
 * name when it is by name.
 */
bool fa_role_holds(const struct fa_site_role *role, const struct fa_machine *machine,
		   struct fa_called_by *by);

#endif
