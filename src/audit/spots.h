/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is expected, one by one: every bound rule at every place of the product's own side.
 *
 * An entry of a role that is a name may stand for several addresses (a machine with two, a network
 * of two prefixes): they have one label and are one spot. So is an entry that several roles of the
 * rule have.
 */
#ifndef FA_AUDIT_SPOTS_H
#define FA_AUDIT_SPOTS_H

#include <stddef.h>
#include <stdint.h>

#include "audit/hostname.h"
#include "core/policy.h"

struct fa_spot {
	const struct fa_binding *binding;
	const struct fa_site_role *role; /* NULL: no site, or a catalog that holds everywhere */
	const struct fa_place *place;	 /* the first one with its label; NULL likewise */
	size_t first_place, last_place;	 /* with its label, among those of the own end */
};

struct fa_spots {
	struct fa_spot *items; /* by binding, then in the order of its roles and places */
	size_t count;
	size_t *first;	     /* by binding index, and one more */
	uint32_t *of_place;  /* the spot of each place of a binding's own end, role by role */
	size_t *first_place; /* by binding index, and one more: in of_place */
	uint64_t left_out;   /* places that were too many */
};

/* POLICY is borrowed and must outlive the spots, of which there are at most MAX. 0 or FA_ENOMEM. */
int fa_spots_init(struct fa_spots *spots, const struct fa_policy *policy, size_t max);
void fa_spots_deinit(struct fa_spots *spots);

/*
 * The end of BINDING whose places are the product's own: that of its "to" roles if they are own
 * and placed, else that of its "from" roles; NULL when nobody is placed there.
 */
const struct fa_end *fa_spots_own_end(const struct fa_binding *binding);

/* As many spots of one binding as a machine may have; further ones are not found. */
#define FA_SPOTS_FOUND_MAX 64

/* The spots of BINDING that are at MACHINE, as indices, each once; returns how many. */
size_t fa_spots_of_machine(const struct fa_spots *spots, const struct fa_binding *binding,
			   const struct fa_machine *machine, size_t out[FA_SPOTS_FOUND_MAX]);

/* Place INDEX of END, role by role; NULL when it has fewer. */
const struct fa_place *fa_spots_place(const struct fa_end *end, size_t index);

/* The spot of BINDING with the same label as SPOT (both NULL is the same), or SIZE_MAX. */
size_t fa_spots_alike(const struct fa_spots *spots, const struct fa_binding *binding, size_t spot);

#endif
