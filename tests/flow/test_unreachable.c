/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ICMP errors as evidence: which flows they end, and which they cannot. */
#include "bench.h"

static const struct ends tcp4 = {"10.0.0.1", "10.0.0.2", 40000, 443, FA_IP_TCP, 0, 0};
static const struct ends udp4 = {"10.0.0.7", "10.0.0.2", 40000, 514, FA_IP_UDP, 0, 0};
static const struct ends udp6 = {"2001:db8::1", "2001:db8::2", 40000, 514, FA_IP_UDP, 0, 0};
static const struct ends gre = {"10.0.0.1", "10.0.0.2", 0, 0, 47, 0, 0};
static const struct ends ping = {"10.0.0.1", "10.0.0.2", 8, 0, FA_IP_ICMP, 0, 0};

/* An error that quotes what FROM sent, from the other end's router. */
static void complain_from(struct bench *bench, const struct ends *ends, char from, double at,
			  const char *router, uint64_t pair_hash)
{
	const struct say said = {.at = at, .from = from};
	struct fa_packet quoted = packet_of(ends, &said);
	struct fa_packet packet = {
		.ip_version = quoted.ip_version,
		.ts_ns = quoted.ts_ns,
		.clock_ns = quoted.clock_ns,
		.transport = quoted.ip_version == 4 ? FA_IP_ICMP : FA_IP_ICMP6,
		.src_port = quoted.ip_version == 4 ? 3 : 1,
		.dst_port = 1,
		.ip_bytes = 56,
		.captured = 0,
		.payload_bytes = 28,
		.tunnel = quoted.tunnel,
		.tunnel_id = quoted.tunnel_id,
		.flags = FA_PACKET_QUOTES,
		.quoted_transport = quoted.transport,
		.quoted_src_port = quoted.src_port,
		.quoted_dst_port = quoted.dst_port,
		.pair_hash = pair_hash,
	};
	struct fa_addr addr;

	assert_true(fa_addr_parse(router, &addr));
	memcpy(packet.src, addr.bytes, 16);
	memcpy(packet.dst, quoted.src, 16);
	memcpy(packet.quoted_dst, quoted.dst, 16);
	assert_int_equal(give(bench, &packet, NULL), 0);
}

static void complain(struct bench *bench, const struct ends *ends, char from, double at)
{
	complain_from(bench, ends, from, at, ends == &udp6 ? "fd00::9" : "10.0.0.9", 1);
}

/* The conversation of that transport, after the end. */
static struct fa_conversation of(struct bench *bench, uint8_t transport)
{
	struct fa_conversation out;

	if (fa_flows_active(bench->flows) > 0)
		finish(bench);
	for (size_t i = 0; i < fa_convmap_count(bench->sums); i++) {
		fa_convmap_get(bench->sums, i, &out);
		if (out.id.transport == transport &&
		    (transport != FA_IP_ICMP || out.id.server_port == 8 << 8))
			return out;
	}
	fail_msg("no conversation of protocol %u", transport);
	return out;
}

static void assert_ends(struct bench *bench, const struct ends *ends, enum fa_flow_state want)
{
	struct fa_conversation c = of(bench, ends->transport);

	if (c.counts.flows != 1 || state_in(&c) != want)
		fail_msg("%llu flows, %s instead of %s", (unsigned long long)c.counts.flows,
			 fa_flow_state_text(state_in(&c)), fa_flow_state_text(want));
	bench_free(bench);
}

static void tried_and_unreachable(void **state)
{
	static const struct {
		const struct ends *ends;
		struct say say;
	} rows[] = {
		{&tcp4, {1, 'a', SYN, .seq = 100}}, {&udp4, {1, 'a', .bytes = 9}},
		{&udp6, {1, 'a', .bytes = 9}},	    {&gre, {1, 'a', .bytes = 9}},
		{&ping, {1, 'a', .bytes = 9}},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bench *bench = bench_new();

		talk(bench, rows[i].ends, &rows[i].say, 1);
		complain(bench, rows[i].ends, 'a', 1.1);
		assert_ends(bench, rows[i].ends, FA_FLOW_UNREACHABLE);
	}
}

static void retransmissions_stay_one_try(void **state)
{
	struct bench *bench = bench_new();
	struct fa_conversation c;

	(void)state;
	TALK(bench, &tcp4, {1, 'a', SYN, .seq = 100});
	complain(bench, &tcp4, 'a', 1.1);
	TALK(bench, &tcp4, {2, 'a', SYN, .seq = 100}, {4, 'a', SYN, .seq = 100});
	complain(bench, &tcp4, 'a', 4.1);
	TALK(bench, &tcp4, {8, 'a', SYN, .seq = 100}, {58, 'a', SYN, .seq = 100});
	c = of(bench, FA_IP_TCP);
	assert_int_equal(c.counts.syn_retries, 4);
	assert_int_equal(fa_flows_counts(bench->flows)->one_way_flows, 0);
	assert_ends(bench, &tcp4, FA_FLOW_UNREACHABLE);
}

static void answers_are_stronger(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	TALK(bench, &tcp4, {1, 'a', SYN, .seq = 100});
	complain(bench, &tcp4, 'a', 1.1);
	TALK(bench, &tcp4, {2, 'b', SYN_ACK, .seq = 200}, {3, 'a', ACK, .seq = 101},
	     {4, 'b', ACK, .seq = 201});
	assert_ends(bench, &tcp4, FA_FLOW_ESTABLISHED);

	bench = bench_new();
	TALK(bench, &tcp4, {1, 'a', SYN, .seq = 100});
	complain(bench, &tcp4, 'a', 1.1);
	TALK(bench, &tcp4, {2, 'b', RST | ACK, .seq = 0});
	assert_ends(bench, &tcp4, FA_FLOW_REFUSED);

	bench = bench_new(); /* both open at once: it is there */
	TALK(bench, &tcp4, {1, 'a', SYN, .seq = 100});
	complain(bench, &tcp4, 'a', 1.1);
	TALK(bench, &tcp4, {2, 'b', SYN, .seq = 200});
	assert_ends(bench, &tcp4, FA_FLOW_ATTEMPTED);

	bench = bench_new();
	TALK(bench, &udp4, {1, 'a', .bytes = 9});
	complain(bench, &udp4, 'a', 1.1);
	TALK(bench, &udp4, {2, 'b', .bytes = 9});
	assert_ends(bench, &udp4, FA_FLOW_TWO_WAY);
}

static void answered_flows_do_not_care(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	TALK(bench, &tcp4, {1, 'a', SYN, .seq = 100}, {2, 'b', SYN_ACK, .seq = 200});
	complain(bench, &tcp4, 'a', 2.1);
	complain(bench, &tcp4, 'b', 2.1);
	assert_ends(bench, &tcp4, FA_FLOW_HALF_OPEN);

	bench = bench_new();
	TALK(bench, &udp4, {1, 'a', .bytes = 9}, {2, 'b', .bytes = 9});
	complain(bench, &udp4, 'a', 2.1);
	assert_ends(bench, &udp4, FA_FLOW_TWO_WAY);

	bench = bench_new(); /* in the middle: something was answered before */
	TALK(bench, &tcp4, {1, 'a', ACK, .seq = 100, .bytes = 9});
	complain(bench, &tcp4, 'a', 1.1);
	assert_ends(bench, &tcp4, FA_FLOW_MIDSTREAM);
}

/* What the quoted side never sent, or what is not the client's. */
static void only_what_the_client_sent_counts(void **state)
{
	struct ends other_port = udp4;
	struct ends tunnelled = udp4;
	struct bench *bench = bench_new();

	(void)state;
	TALK(bench, &udp4, {1, 'a', .bytes = 9});
	other_port.a_port++;
	tunnelled.tunnel = FA_TUNNEL_IPIP;
	complain(bench, &udp4, 'b', 1.1);
	complain(bench, &other_port, 'a', 1.1);
	complain(bench, &tunnelled, 'a', 1.1);
	assert_ends(bench, &udp4, FA_FLOW_ONE_WAY);

	bench = bench_new(); /* a server's answer to what came before the capture */
	TALK(bench, &udp4, {1, 'b', .payload = "=DNS"});
	complain(bench, &udp4, 'b', 1.1);
	assert_ends(bench, &udp4, FA_FLOW_ONE_WAY);

	bench = bench_new(); /* nothing known yet */
	bench_open(bench, false);
	complain(bench, &udp4, 'a', 0.9);
	TALK(bench, &udp4, {1, 'a', .bytes = 9});
	assert_ends(bench, &udp4, FA_FLOW_ONE_WAY);
}

/* A flow whose time is over is not the one that is quoted, even where it is still in the table. */
static void flows_that_are_over(void **state)
{
	struct bench *bench = bench_new();
	struct fa_conversation c;

	(void)state;
	bench->options.udp_ns = SECOND / 10;
	TALK(bench, &udp4, {1, 'a', .bytes = 9});
	complain(bench, &udp4, 'a', 1.2);
	c = of(bench, FA_IP_UDP);
	assert_int_equal(state_in(&c), FA_FLOW_ONE_WAY);
	bench_free(bench);
}

/* Errors come at a limited rate; but a sender that goes on for long has arrived since. */
static void senders_that_go_on(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	TALK(bench, &udp4, {1, 'a', .bytes = 9});
	complain(bench, &udp4, 'a', 1.1);
	TALK(bench, &udp4, {2, 'a', .bytes = 9}, {31, 'a', .bytes = 9});
	assert_ends(bench, &udp4, FA_FLOW_UNREACHABLE);

	bench = bench_new();
	TALK(bench, &udp4, {1, 'a', .bytes = 9});
	complain(bench, &udp4, 'a', 1.1);
	TALK(bench, &udp4, {32, 'a', .bytes = 9});
	assert_ends(bench, &udp4, FA_FLOW_ONE_WAY);

	bench = bench_new(); /* and said again */
	TALK(bench, &udp4, {1, 'a', .bytes = 9});
	complain(bench, &udp4, 'a', 1.1);
	TALK(bench, &udp4, {32, 'a', .bytes = 9});
	complain(bench, &udp4, 'a', 32.1);
	assert_ends(bench, &udp4, FA_FLOW_UNREACHABLE);
}

/* Errors about different pairs may be with different workers: everywhere they are flows apart. */
static void errors_are_flows_too(void **state)
{
	struct bench *bench = bench_new();
	struct fa_conversation c;

	(void)state;
	bench_open(bench, false);
	complain_from(bench, &udp4, 'a', 1, "10.0.0.9", 1ull << 40);
	complain_from(bench, &udp4, 'a', 2, "10.0.0.9", 1ull << 40);
	complain_from(bench, &udp4, 'a', 3, "10.0.0.9", 2ull << 40);
	assert_int_equal(fa_flows_active(bench->flows), 2);
	c = only(bench);
	assert_int_equal(c.counts.flows, 2);
	assert_int_equal(c.counts.packets_to_server, 3);
	assert_int_equal(c.id.server_port, 3 << 8 | 1);
	assert_addr(&c.id.client, "10.0.0.9");
	assert_addr(&c.id.server, "10.0.0.7");
	bench_free(bench);
}

static void records_say_so(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	bench_open(bench, true);
	TALK(bench, &tcp4, {1, 'a', SYN, .seq = 100});
	complain(bench, &tcp4, 'a', 1.1);
	finish(bench);
	assert_int_equal(bench->record_count, 2);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(bench->records[i].state,
				 bench->records[i].id.transport == FA_IP_TCP ? FA_FLOW_UNREACHABLE
									     : FA_FLOW_ONE_WAY);
	bench_free(bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tried_and_unreachable),
		cmocka_unit_test(retransmissions_stay_one_try),
		cmocka_unit_test(answers_are_stronger),
		cmocka_unit_test(answered_flows_do_not_care),
		cmocka_unit_test(only_what_the_client_sent_counts),
		cmocka_unit_test(flows_that_are_over),
		cmocka_unit_test(senders_that_go_on),
		cmocka_unit_test(errors_are_flows_too),
		cmocka_unit_test(records_say_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
