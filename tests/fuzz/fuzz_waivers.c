/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The reader of waivers on any bytes: it loads them or tells why not, and those that it accepts
 * keep what it promises. The site has one instance "i" with the role "r".
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "site/waivers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count_error(void *context, const char *message)
{
	size_t *count = context;

	if (strlen(message) > 0)
		++*count;
}

static void use_end(const struct fa_waiver_end *end)
{
	if (end->text == NULL || end->text[0] == '\0')
		abort();
	if (end->who == FA_WAIVES_PREFIX && end->prefix.bits == 0)
		abort();
	if ((end->who == FA_WAIVES_ROLE) != (end->role != NULL) ||
	    (end->who == FA_WAIVES_HOST) != (end->host != NULL))
		abort();
}

/* What an accepted waiver promises. */
static void use(const struct fa_waivers *waivers, size_t index)
{
	const struct fa_waiver *waiver = &waivers->items[index];

	use_end(&waiver->client);
	use_end(&waiver->server);
	if (waiver->index != index || waiver->owner[0] == '\0' || waiver->reason[0] == '\0' ||
	    strlen(waiver->expires) != 10 || waiver->expires_ns <= 0 ||
	    waiver->client.who == FA_WAIVES_HOST || waiver->line == 0)
		abort();
	for (size_t i = 0; i < waiver->ports.count; i++) {
		const struct fa_port_range *range = &waiver->ports.items[i];

		if (range->low == 0 || range->low > range->high ||
		    (i > 0 && range->low <= range[-1].high + 1u))
			abort();
	}
	for (size_t i = 0; i < index; i++)
		if (strcmp(waivers->items[i].id, waiver->id) == 0 ||
		    fa_waivers_same(&waivers->items[i], waiver))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"TLS", "HTTP", "DNS"};
	static const struct fa_strings protocols = {names, sizeof(names) / sizeof(names[0])};
	static struct fa_role role = {.name = "r"};
	static struct fa_product product = {.id = "p", .roles = &role, .role_count = 1};
	static struct fa_place place = {.label = "10.0.0.1"};
	static struct fa_site_role roles = {
		.role = &role, .placing = FA_PLACED, .places = &place, .prefix_count = 1,
		.place_count = 1};
	static struct fa_instance instance = {.name = "i", .product = &product, .roles = &roles};
	static struct fa_site site = {.instances = &instance, .instance_count = 1};
	size_t errors = 0;
	const struct fa_waiver_options options = {.site = &site,
						  .protocols = &protocols,
						  .error = count_error,
						  .error_context = &errors};
	struct fa_waivers waivers;
	int error;

	fa_prefix_parse("10.0.0.1", &place.prefix);
	error = fa_waivers_parse("fuzz.yaml", (const char *)data, size, &options, &waivers);
	if ((error == 0) != (errors == 0))
		abort();
	for (size_t i = 0; i < waivers.count; i++)
		use(&waivers, i);
	fa_waivers_deinit(&waivers);
	return 0;
}
