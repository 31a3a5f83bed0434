/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which instances of a site an address belongs to, in any role: most conversations touch one or
 * two, so that the rules of all others need not be compared.
 */
#ifndef FA_AUDIT_TOUCH_H
#define FA_AUDIT_TOUCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "core/policy.h"

struct fa_touch;

/* Instances that are told apart; a site with more of them is compared in full. */
enum { FA_TOUCH_MAX = 256 };

struct fa_touched {
	uint64_t instances[FA_TOUCH_MAX / 64]; /* bits, by index of the instance */
};

/* POLICY is borrowed. *OUT may become NULL: nothing to tell apart. 0 or FA_ENOMEM. */
int fa_touch_new(struct fa_touch **out, const struct fa_policy *policy);
void fa_touch_free(struct fa_touch *touch);

/* The instances that have a place for A or B. */
void fa_touch_find(const struct fa_touch *touch, const struct fa_addr *a, const struct fa_addr *b,
		   struct fa_touched *out);

/*
 * Whether BINDING may be involved (see audit/ends.h) in a conversation that touches TOUCHED. False
 * is certain; true is not.
 */
bool fa_touch_binding(const struct fa_touch *touch, const struct fa_touched *touched,
		      const struct fa_binding *binding);

#endif
