/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which packets belong to a finding: its times, and many parts of one conversation. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "pipeline/wanted.h"

enum { TCP = 6, PORT = 8765, MANY = 100000 };

/* Processor time for all of them; far more than it takes, far less than to compare each with all. */
#define SECONDS_MAX 3

static struct fa_finding_part part_between(int64_t first_ns, int64_t last_ns)
{
	struct fa_finding_part part;

	memset(&part, 0, sizeof(part));
	part.id.client = (struct fa_addr){.version = 4, .bytes = {10, 0, 0, 1}};
	part.id.server = (struct fa_addr){.version = 4, .bytes = {10, 0, 0, 2}};
	part.id.transport = TCP;
	part.id.server_port = PORT;
	part.first_seen_ns = first_ns;
	part.last_seen_ns = last_ns;
	return part;
}

static bool has_at(struct fa_wanted *wanted, int64_t ts_ns)
{
	struct fa_finding_part part = part_between(0, 0);
	struct fa_packet packet;

	memset(&packet, 0, sizeof(packet));
	packet.ts_ns = ts_ns;
	packet.ip_version = 4;
	packet.transport = TCP;
	packet.src_port = 40000;
	packet.dst_port = PORT;
	memcpy(packet.src, part.id.client.bytes, sizeof(packet.src));
	memcpy(packet.dst, part.id.server.bytes, sizeof(packet.dst));
	return fa_wanted_has(wanted, &packet);
}

/* In any order, within each other, and added when packets were looked for already. */
static void test_times(void **state)
{
	static const int64_t parts[][2] = {{500, 600}, {100, 200}, {150, 160}, {200, 250},
					   {900, 900}};
	static const int64_t in[] = {100, 155, 200, 201, 250, 500, 600, 900};
	static const int64_t out[] = {INT64_MIN, 99, 251, 499, 601, 899, 901, INT64_MAX};
	struct fa_wanted *wanted;

	(void)state;
	assert_int_equal(fa_wanted_new(&wanted), 0);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const struct fa_finding_part part = part_between(parts[i][0], parts[i][1]);

		assert_false(has_at(wanted, 99));
		assert_int_equal(fa_wanted_add(wanted, &part), 0);
		assert_true(has_at(wanted, parts[i][1]));
	}
	for (size_t i = 0; i < sizeof(in) / sizeof(in[0]); i++)
		assert_true(has_at(wanted, in[i]));
	for (size_t i = 0; i < sizeof(out) / sizeof(out[0]); i++)
		assert_false(has_at(wanted, out[i]));
	assert_int_equal(fa_wanted_count(wanted), 1);
	fa_wanted_free(wanted);
}

/* A client that asks for ever other names makes one conversation as many parts as it likes. */
static void test_many(void **state)
{
	clock_t before = clock();
	struct fa_wanted *wanted;

	(void)state;
	assert_int_equal(fa_wanted_new(&wanted), 0);
	for (int64_t i = 0; i < MANY; i++) {
		const struct fa_finding_part part = part_between(10 * i, 10 * i + 5);

		assert_int_equal(fa_wanted_add(wanted, &part), 0);
	}
	for (int64_t i = 0; i < MANY; i++) {
		assert_true(has_at(wanted, 10 * i + 5));
		assert_false(has_at(wanted, 10 * i + 6));
	}
	fa_wanted_free(wanted);
	assert_true(clock() - before < (clock_t)SECONDS_MAX * CLOCKS_PER_SEC);
}

static struct fa_packet packet_of(const struct fa_finding_part *part, uint8_t flags)
{
	struct fa_packet packet;
	bool later = (flags & FA_PACKET_FRAGMENT_LATER) != 0;

	memset(&packet, 0, sizeof(packet));
	packet.ts_ns = 100;
	packet.ip_version = 4;
	packet.transport = TCP;
	packet.src_port = later ? 0 : 40000;
	packet.dst_port = later ? 0 : PORT;
	packet.flags = flags;
	packet.fragment_id = 7;
	memcpy(packet.src, part->id.client.bytes, sizeof(packet.src));
	memcpy(packet.dst, part->id.server.bytes, sizeof(packet.dst));
	return packet;
}

static struct fa_wanted *wanted_with(const struct fa_finding_part *part, bool key_vlan)
{
	struct fa_wanted *wanted;

	assert_int_equal(fa_wanted_new(&wanted), 0);
	if (key_vlan)
		fa_wanted_key_vlan(wanted);
	assert_int_equal(fa_wanted_add(wanted, part), 0);
	assert_int_equal(fa_wanted_count(wanted), 1);
	return wanted;
}

/* Behind its first piece a fragment goes where that goes; before it, it may belong. */
static void test_fragments(void **state)
{
	const struct fa_finding_part part = part_between(50, 150);
	struct fa_packet later = packet_of(&part, FA_PACKET_FRAGMENT_LATER);
	struct fa_packet first = packet_of(&part, FA_PACKET_FRAGMENT_FIRST);
	struct fa_wanted *wanted = wanted_with(&part, false);
	struct fa_packet strange = later;

	(void)state;
	assert_true(fa_wanted_has(wanted, &later));
	memcpy(strange.src, later.dst, sizeof(strange.src));
	memcpy(strange.dst, later.src, sizeof(strange.dst));
	assert_true(fa_wanted_has(wanted, &strange)); /* the other direction */
	strange.dst[3] = 9;
	assert_false(fa_wanted_has(wanted, &strange));
	strange = later;
	strange.ts_ns = 151;
	assert_false(fa_wanted_has(wanted, &strange));
	strange = later;
	strange.tunnel = FA_TUNNEL_VXLAN;
	assert_false(fa_wanted_has(wanted, &strange));
	assert_true(fa_wanted_has(wanted, &first));
	later.ts_ns = 99; /* a little before what came before it */
	assert_true(fa_wanted_has(wanted, &later));
	first.dst_port = PORT + 1;
	assert_false(fa_wanted_has(wanted, &first));
	assert_false(fa_wanted_has(wanted, &later));
	fa_wanted_free(wanted);
}

/* Only when they told flows apart in the run do VLANs tell packets apart. */
static void test_vlans(void **state)
{
	struct fa_finding_part part = part_between(50, 150);
	struct fa_packet packet = packet_of(&part, 0);
	struct fa_packet later = packet_of(&part, FA_PACKET_FRAGMENT_LATER);
	struct fa_wanted *wanted = wanted_with(&part, false);

	(void)state;
	packet.vlan[0] = later.vlan[0] = 7;
	assert_true(fa_wanted_has(wanted, &packet));
	fa_wanted_free(wanted);
	wanted = wanted_with(&part, true);
	assert_false(fa_wanted_has(wanted, &packet));
	assert_false(fa_wanted_has(wanted, &later));
	fa_wanted_free(wanted);
	part.id.vlan[0] = 7;
	part.id.vlan[1] = 4095;
	wanted = wanted_with(&part, true);
	assert_false(fa_wanted_has(wanted, &packet));
	packet.vlan[1] = later.vlan[1] = 4095;
	assert_true(fa_wanted_has(wanted, &packet));
	assert_true(fa_wanted_has(wanted, &later));
	fa_wanted_free(wanted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_vlans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
