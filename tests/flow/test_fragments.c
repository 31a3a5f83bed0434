/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Later fragments get the ports of their first piece, and of no other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/time.h"
#include "flow/fragments.h"

static int setup(void **state)
{
	struct fa_fragments *fragments;

	*state = NULL;
	if (fa_fragments_new(&fragments, false) != 0)
		return -1;
	*state = fragments;
	return 0;
}

static int teardown(void **state)
{
	fa_fragments_free(*state);
	return 0;
}

static const struct fa_packet first = {
	.src = {10, 0, 0, 1}, .dst = {10, 0, 0, 2}, .src_port = 1000, .dst_port = 53,
	.transport = FA_IP_UDP, .ip_version = 4, .fragment_id = 7, .clock_ns = 5,
	.flags = FA_PACKET_FRAGMENT_FIRST,
};

static struct fa_packet later(void)
{
	struct fa_packet packet = first;

	packet.flags = FA_PACKET_FRAGMENT_LATER;
	packet.src_port = 0;
	packet.dst_port = 0;
	return packet;
}

/* As the flow stage does it, with the packet's own clock. */
static bool met(struct fa_fragments *fragments, struct fa_packet *packet)
{
	bool numbered = false;

	return fa_fragments_later(fragments, packet, packet->clock_ns, &numbered);
}

static void remember(struct fa_fragments *fragments, const struct fa_packet *packet)
{
	fa_fragments_first(fragments, packet, packet->clock_ns);
}

static void meet(void **state)
{
	struct fa_packet packet = later();

	assert_false(met(*state, &packet));
	assert_true(packet.src_port == 0 && packet.dst_port == 0);
	remember(*state, &first);
	for (int i = 0; i < 3; i++) {
		packet = later();
		assert_true(met(*state, &packet));
		assert_true(packet.src_port == 1000 && packet.dst_port == 53);
	}
}

static void only_their_own(void **state)
{
	struct fa_packet other[10];

	remember(*state, &first);
	for (size_t i = 0; i < 10; i++)
		other[i] = later();
	other[0].src[3] = 9;
	other[1].dst[3] = 9;
	other[2].fragment_id = 8;
	other[3].transport = FA_IP_TCP;
	other[4].ip_version = 6;
	other[5].tunnel = FA_TUNNEL_VXLAN;
	other[6].tunnel_id = 1;
	memcpy(other[7].src, first.dst, 16); /* ids are of one direction (RFC 791) */
	memcpy(other[7].dst, first.src, 16);
	other[8].fragment_id = 7 + 65536;
	/* A tunnel's id must not stand for another fragment id. */
	other[9].fragment_id = 6;
	other[9].tunnel_id = (7 ^ 6) << 8;
	for (size_t i = 0; i < 10; i++)
		if (met(*state, &other[i]))
			fail_msg("met a strange datagram: %zu", i);
}

static void a_new_datagram_with_an_old_id(void **state)
{
	struct fa_packet again = first;
	struct fa_packet packet = later();

	remember(*state, &first);
	again.src_port = 2000;
	again.clock_ns = 61 * FA_NS_PER_SECOND;
	remember(*state, &again);
	packet.clock_ns = 100 * FA_NS_PER_SECOND;
	assert_true(met(*state, &packet));
	assert_int_equal(packet.src_port, 2000);
}

static void sixty_seconds(void **state)
{
	struct fa_packet packet = later();

	remember(*state, &first);
	packet.clock_ns = first.clock_ns + 60 * FA_NS_PER_SECOND;
	assert_true(met(*state, &packet));
	packet.clock_ns++;
	assert_false(met(*state, &packet));
	packet.clock_ns = INT64_MAX;
	assert_false(met(*state, &packet));
}

static void ends_of_the_clock(void **state)
{
	struct fa_packet begin = first;
	struct fa_packet packet = later();

	begin.clock_ns = INT64_MIN;
	packet.clock_ns = INT64_MAX;
	remember(*state, &begin);
	assert_false(met(*state, &packet));
}

/* The last 8192 are remembered, in whatever order they come and are replaced. */
static void bounded(void **state)
{
	enum { KEPT = 8192, ALL = 30000 };

	for (uint32_t i = 0; i < ALL; i++) {
		struct fa_packet packet = first;

		packet.fragment_id = i * 2654435761u;
		packet.src_port = (uint16_t)i;
		remember(*state, &packet);
	}
	for (uint32_t i = 0; i < ALL; i++) {
		struct fa_packet packet = later();

		packet.fragment_id = i * 2654435761u;
		assert_int_equal(met(*state, &packet), i >= ALL - KEPT);
		assert_int_equal(packet.src_port, i >= ALL - KEPT ? (uint16_t)i : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(meet, setup, teardown),
		cmocka_unit_test_setup_teardown(only_their_own, setup, teardown),
		cmocka_unit_test_setup_teardown(a_new_datagram_with_an_old_id, setup, teardown),
		cmocka_unit_test_setup_teardown(sixty_seconds, setup, teardown),
		cmocka_unit_test_setup_teardown(ends_of_the_clock, setup, teardown),
		cmocka_unit_test_setup_teardown(bounded, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
