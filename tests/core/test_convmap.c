/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The map of conversations: every field of an identity tells entries apart and comes out again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "core/convmap.h"

static struct fa_identity base_id(void)
{
	struct fa_identity id;

	memset(&id, 0, sizeof(id));
	fa_addr_parse("10.0.0.1", &id.client);
	fa_addr_parse("10.0.0.2", &id.server);
	id.transport = 6;
	id.server_port = 443;
	strcpy(id.protocol, "TLS");
	return id;
}

static struct fa_convmap *map_new(size_t max)
{
	struct fa_convmap *map = NULL;

	assert_int_equal(fa_convmap_new(&map, max), 0);
	return map;
}

enum { VARIANTS = 22 };

/* The base identity, changed in one way. */
static struct fa_identity variant(unsigned n)
{
	struct fa_identity id = base_id();

	switch (n) {
	case 0: break;
	case 1: id.client.bytes[0] = 11; break;
	case 2: id.client.bytes[15] = 1; break;
	case 3: id.client.version = 6; break;
	case 4: id.server.bytes[0] = 11; break;
	case 5: id.server.bytes[15] = 0x80; break;
	case 6: id.server.version = 6; break;
	case 7: id.transport = 17; break;
	case 8: id.transport = 255; break;
	case 9: id.direction_by = FA_BY_FIRST_PACKET; break;
	case 10: id.detected_by = FA_DETECTED_NONE; break;
	case 11: id.tunnel = FA_TUNNEL_VXLAN; break;
	case 12: id.fragment = 1; break;
	case 13: id.server_port = 65535; break;
	case 14: id.client_port = 1; break;
	case 15: id.client_port = 65535; break;
	case 16: id.tunnel_id = UINT32_MAX; break;
	case 17: id.tunnel_id = 1; break;
	case 18: strcpy(id.protocol, "HTTP"); break;
	case 19: strcpy(id.application, "TLS"); break;
	case 20: strcpy(id.host, "TLS"); break;
	case 21: /* full width */
		memset(id.protocol, 'p', sizeof(id.protocol) - 1);
		memset(id.application, 'a', sizeof(id.application) - 1);
		memset(id.host, 'h', sizeof(id.host) - 1);
		break;
	default: break;
	}
	return id;
}

static void every_field_counts(void **state)
{
	static const int64_t buckets[] = {0, -3600, INT64_MAX, INT64_MIN};
	struct fa_convmap *map = map_new(1000);
	unsigned seen[VARIANTS] = {0};

	(void)state;
	for (unsigned round = 1; round <= 2; round++)
		for (unsigned n = 0; n < VARIANTS; n++)
			for (unsigned b = 0; b < 4; b++) {
				struct fa_identity id = variant(n);
				struct fa_counts *counts = fa_convmap_at(map, buckets[b], &id);

				assert_non_null(counts);
				assert_int_equal(counts->flows, round == 1 ? 0 : n * 4 + b + 1);
				if (round == 1)
					counts->flows = n * 4 + b + 1;
			}
	assert_int_equal(fa_convmap_count(map), VARIANTS * 4);
	for (size_t i = 0; i < VARIANTS * 4; i++) {
		struct fa_conversation out;
		struct fa_identity want;
		unsigned n;

		memset(&out, 0xa5, sizeof(out));
		fa_convmap_get(map, i, &out);
		n = (unsigned)(out.counts.flows - 1) / 4;
		assert_true(n < VARIANTS);
		want = variant(n);
		assert_memory_equal(&out.id, &want, sizeof(want));
		assert_true(out.bucket_ns == buckets[(out.counts.flows - 1) % 4]);
		seen[n]++;
	}
	for (unsigned n = 0; n < VARIANTS; n++)
		assert_int_equal(seen[n], 4);
	fa_convmap_free(map);
}

static void new_counts_have_seen_nothing(void **state)
{
	struct fa_convmap *map = map_new(10);
	struct fa_identity id = base_id();
	struct fa_counts none;

	(void)state;
	fa_counts_init(&none);
	assert_memory_equal(fa_convmap_at(map, 0, &id), &none, sizeof(none));
	fa_convmap_free(map);
}

static void the_maximum_holds(void **state)
{
	struct fa_convmap *map = map_new(3);
	struct fa_identity id = base_id();

	(void)state;
	for (uint16_t port = 0; port < 3; port++) {
		id.server_port = port;
		fa_convmap_at(map, 0, &id)->flows = 1;
	}
	id.server_port = 3;
	assert_null(fa_convmap_at(map, 0, &id));
	assert_null(fa_convmap_at(map, 0, &id));
	id.server_port = 1;
	assert_non_null(fa_convmap_at(map, 0, &id)); /* what is there stays reachable */
	assert_int_equal(fa_convmap_count(map), 3);
	fa_convmap_clear(map);
	assert_int_equal(fa_convmap_count(map), 0);
	/* The same identities again, the other way round: none is met as it was. */
	for (uint16_t port = 3; port-- > 0;) {
		id.server_port = port;
		assert_int_equal(fa_convmap_at(map, 0, &id)->flows, 0);
		fa_convmap_at(map, 0, &id)->flows = 7;
		assert_int_equal(fa_convmap_count(map), 3 - port);
	}
	fa_convmap_free(map);
}

static void growth(void **state)
{
	enum { MANY = 20000 };
	struct fa_convmap *map = map_new(MANY);
	struct fa_identity id = base_id();

	(void)state;
	for (int round = 0; round < 3; round++)
		for (unsigned i = 0; i < MANY; i++) {
			memcpy(id.client.bytes, &i, sizeof(i));
			snprintf(id.host, sizeof(id.host), "h%u", i % 1000);
			fa_convmap_at(map, 0, &id)->flows += i;
		}
	assert_int_equal(fa_convmap_count(map), MANY);
	for (size_t i = 0; i < MANY; i++) {
		struct fa_conversation out;
		unsigned number;
		char host[16];

		fa_convmap_get(map, i, &out);
		memcpy(&number, out.id.client.bytes, sizeof(number));
		snprintf(host, sizeof(host), "h%u", number % 1000);
		assert_string_equal(out.id.host, host);
		assert_int_equal(out.counts.flows, 3 * (uint64_t)number);
	}
	fa_convmap_free(map);
}

static void free_of_nothing(void **state)
{
	(void)state;
	fa_convmap_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_counts),
		cmocka_unit_test(new_counts_have_seen_nothing),
		cmocka_unit_test(the_maximum_holds),
		cmocka_unit_test(growth),
		cmocka_unit_test(free_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
