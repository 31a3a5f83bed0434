/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The catalog reader on any bytes: it loads them or tells why not, and an accepted catalog can be
 * asked for every port. The product has to be called "fuzz".
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/catalog.h"
#include "core/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count_error(void *context, const char *message)
{
	size_t *count = context;

	if (strlen(message) > 0)
		++*count;
}

/* What an accepted rulebook promises. */
static void use(const struct fa_rulebook *book)
{
	const struct fa_candidate *found;
	struct fa_policy policy;

	for (size_t i = 0; i < book->rule_count; i++)
		if (fa_rulebook_find(book, book->rules[i].id) != &book->rules[i])
			abort();
	if (fa_policy_from_rulebook(&policy, book) != 0)
		abort();
	for (unsigned port = 0; port <= UINT16_MAX; port += 7)
		if (fa_policy_candidates(&policy, 6, (uint16_t)port, &found) > book->rule_count)
			abort();
	fa_policy_deinit(&policy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"TLS", "HTTP", "DNS"};
	const struct fa_strings protocols = {names, sizeof(names) / sizeof(names[0])};
	size_t errors = 0;
	const struct fa_catalog_options options = {
		.protocols = &protocols, .error = count_error, .error_context = &errors};
	struct fa_catalog_text text = {
		.name = "fuzz.yaml", .text = (const char *)data, .len = size};
	struct fa_rulebook book;
	int error = fa_rulebook_parse(&text, 1, &options, &book);

	if ((error == 0) != (errors == 0))
		abort();
	if (error == 0)
		use(&book);
	fa_rulebook_deinit(&book);
	return 0;
}
