/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What runs are judged with, as OPTIONS name it: catalogs, bound to a site, and waivers. */
#ifndef FA_CMD_BASIS_H
#define FA_CMD_BASIS_H

#include "cmd/options.h"
#include "core/policy.h"
#include "core/waiver.h"

struct fa_basis {
	struct fa_rulebook book;
	struct fa_policy policy;
	struct fa_waivers waivers;
	bool has_waivers;
};

/* Everything or, said on standard error, nothing. Free it with fa_basis_free. */
int fa_basis_load(struct fa_basis **out, const struct fa_options *options);
/* NULL is fine. */
void fa_basis_free(struct fa_basis *basis);

/* The waivers, or NULL when there are none. */
const struct fa_waivers *fa_basis_waivers(const struct fa_basis *basis);

#endif
