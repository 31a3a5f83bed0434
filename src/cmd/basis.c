/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Catalogs, site and waivers, loaded together. */
#include "cmd/basis.h"

#include <stdlib.h>

#include "base/log.h"
#include "catalog/catalog.h"
#include "cmd/common.h"
#include "site/waivers.h"

int fa_basis_load(struct fa_basis **out, const struct fa_options *options)
{
	struct fa_basis *basis = calloc(1, sizeof(*basis));
	int error;

	*out = NULL;
	if (basis == NULL) {
		fa_log_error("no memory for the catalogs");
		return FA_ENOMEM;
	}
	error = fa_load_rulebook(options, &basis->book);
	if (error != 0) {
		free(basis);
		return error;
	}
	error = fa_load_policy(options, &basis->book, &basis->policy);
	if (error == 0 && options->waivers != NULL) {
		error = fa_load_waivers(options, &basis->policy, options->waivers,
					&basis->waivers);
		basis->has_waivers = error == 0;
	}
	if (error != 0) {
		fa_basis_free(basis);
		return error;
	}
	*out = basis;
	return 0;
}

void fa_basis_free(struct fa_basis *basis)
{
	if (basis == NULL)
		return;
	fa_waivers_deinit(&basis->waivers);
	fa_policy_deinit(&basis->policy);
	fa_rulebook_deinit(&basis->book);
	free(basis);
}

const struct fa_waivers *fa_basis_waivers(const struct fa_basis *basis)
{
	return basis->has_waivers ? &basis->waivers : NULL;
}
