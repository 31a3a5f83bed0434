/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which bound rules depend on what the same hosts did besides: rules whose port is chosen at run
 * time on the rule that leads to it, fallbacks on the rule that they stand in for.
 */
#ifndef FA_AUDIT_TIES_H
#define FA_AUDIT_TIES_H

#include <stddef.h>
#include <stdint.h>

#include "core/policy.h"

/* A binding whose port is chosen at run time. */
struct fa_tie {
	const struct fa_binding *binding;
	const struct fa_binding *lead; /* of the same instance; NULL: nothing leads to it */
	bool needs_lead; /* the document names the rule that leads, bound here or not */
	bool data;	 /* no rule of its own: the data connections of FTP (RFC 959 section 3.2),
			    which BINDING, the rule of the control connection, covers as well */
};

/* What is worth remembering about a binding: a set. */
enum { FA_LEADS = 1 << 0, FA_IS_FALLEN_BACK_FROM = 1 << 1 };

struct fa_ties {
	struct fa_tie *items;
	size_t count;
	uint8_t *watched; /* by binding index: FA_LEADS ... */
};

/* POLICY is borrowed and must outlive the ties. 0 or FA_ENOMEM. */
int fa_ties_init(struct fa_ties *ties, const struct fa_policy *policy);
void fa_ties_deinit(struct fa_ties *ties);

/* The binding of RULE for the instance of BINDING, or NULL. */
const struct fa_binding *fa_ties_of_instance(const struct fa_policy *policy,
					     const struct fa_rule *rule,
					     const struct fa_binding *binding);

#endif
