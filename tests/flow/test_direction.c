/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is the client: each step of the ladder, and that a stronger one wins over a weaker one. */
#include "flow/bench.h"

#include "flow/direction.h"

/* 10.0.0.1 is the lower end. tcp/443 and tcp/22 are documented, udp/53 too. */
static const struct ends tcp = {"10.0.0.1", "10.0.0.2", 40000, 443, FA_IP_TCP, 0, 0};
static const struct ends tcp_plain = {"10.0.0.1", "10.0.0.2", 40000, 444, FA_IP_TCP, 0, 0};
static const struct ends tcp_both = {"10.0.0.1", "10.0.0.2", 22, 443, FA_IP_TCP, 0, 0};
static const struct ends tcp_53 = {"10.0.0.1", "10.0.0.2", 40000, 53, FA_IP_TCP, 0, 0};
static const struct ends udp = {"10.0.0.1", "10.0.0.2", 40000, 53, FA_IP_UDP, 0, 0};
static const struct ends udp_plain = {"10.0.0.1", "10.0.0.2", 40000, 54, FA_IP_UDP, 0, 0};
static const struct ends group = {"10.0.0.1", "239.1.1.1", 5000, 5001, FA_IP_UDP, 0, 0};
static const struct ends group6 = {"fe80::1", "ff02::fb", 5353, 5353, FA_IP_UDP, 0, 0};
static const struct ends everybody = {"10.0.0.1", "255.255.255.255", 68, 67, FA_IP_UDP, 0, 0};
static const struct ends ping = {"10.0.0.1", "10.0.0.2", 8, 0, FA_IP_ICMP, 0, 0};
static const struct ends unreachable = {"10.0.0.1", "10.0.0.2", 3, 3, FA_IP_ICMP, 0, 0};
static const struct ends ping6 = {"fe80::2", "fe80::1", 128, 0, FA_IP_ICMP6, 0, 0};
static const struct ends gre = {"10.0.0.2", "10.0.0.1", 0, 0, 47, 0, 0};

struct row {
	const char *name;
	const struct ends *ends;
	struct say says[4];
	char client; /* 'a' or 'b' */
	enum fa_direction_evidence by;
};

static const struct row rows[] = {
	{"SYN", &tcp_plain, {{.from = 'a', .tcp = SYN}}, 'a', FA_BY_SYN},
	{"SYN of the other", &tcp_plain, {{.from = 'b', .tcp = SYN}}, 'b', FA_BY_SYN},
	{"SYN against the documented port", &tcp,
	 {{.from = 'b', .tcp = SYN}, {.from = 'a', .tcp = SYN_ACK}}, 'b', FA_BY_SYN},
	{"SYN seen after SYN-ACK", &tcp_plain,
	 {{.from = 'b', .tcp = SYN_ACK}, {.from = 'a', .tcp = SYN}}, 'a', FA_BY_SYN},
	{"both SYN: nobody knows", &tcp_plain,
	 {{.from = 'b', .tcp = SYN}, {.from = 'a', .tcp = SYN}}, 'b', FA_BY_FIRST_PACKET},
	{"SYN-ACK", &tcp_plain, {{.from = 'b', .tcp = SYN_ACK}}, 'a', FA_BY_SYN_ACK},
	{"SYN-ACK against contents", &tcp_plain,
	 {{.from = 'b', .tcp = SYN_ACK}, {.from = 'b', .tcp = ACK, .payload = "?HTTP"}}, 'a',
	 FA_BY_SYN_ACK},
	{"contents, client first", &tcp_plain, {{.from = 'b', .tcp = ACK, .payload = "?HTTP"}}, 'b',
	 FA_BY_PROTOCOL},
	{"contents, server first", &tcp_plain, {{.from = 'b', .tcp = ACK, .payload = "=HTTP"}}, 'a',
	 FA_BY_PROTOCOL},
	{"contents of the second packet", &tcp_plain,
	 {{.from = 'b', .tcp = ACK}, {.from = 'a', .tcp = ACK, .payload = "?HTTP"}}, 'a',
	 FA_BY_PROTOCOL},
	{"contents against the documented port", &tcp,
	 {{.from = 'b', .tcp = ACK, .payload = "?HTTP"}}, 'b', FA_BY_PROTOCOL},
	{"documented port", &tcp, {{.from = 'b', .tcp = ACK}}, 'a', FA_BY_CATALOG_PORT},
	{"documented port, RST only", &tcp, {{.from = 'b', .tcp = RST}}, 'a', FA_BY_CATALOG_PORT},
	{"documented port, UDP", &udp, {{.from = 'b'}}, 'a', FA_BY_CATALOG_PORT},
	{"documented on both sides", &tcp_both, {{.from = 'b', .tcp = ACK}}, 'b',
	 FA_BY_FIRST_PACKET},
	{"documented for the other transport", &tcp_53, {{.from = 'b', .tcp = ACK}}, 'b',
	 FA_BY_FIRST_PACKET},
	{"nothing", &tcp_plain, {{.from = 'b', .tcp = ACK}, {.from = 'a', .tcp = ACK}}, 'b',
	 FA_BY_FIRST_PACKET},
	{"nothing, UDP", &udp_plain, {{.from = 'a'}, {.from = 'b'}}, 'a', FA_BY_FIRST_PACKET},
	{"to a multicast group", &group, {{.from = 'a'}}, 'a', FA_BY_PROTOCOL},
	{"to a multicast group, IPv6", &group6, {{.from = 'a'}}, 'a', FA_BY_PROTOCOL},
	{"to everybody", &everybody, {{.from = 'a'}}, 'a', FA_BY_PROTOCOL},
	{"from a multicast group: nobody is there", &group, {{.from = 'b'}}, 'a', FA_BY_PROTOCOL},
	{"ping", &ping, {{.from = 'a'}, {.from = 'b', .flags = FA_PACKET_REPLY}}, 'a',
	 FA_BY_PROTOCOL},
	{"answer to a ping first", &ping,
	 {{.from = 'a', .flags = FA_PACKET_REPLY}, {.from = 'b'}}, 'b', FA_BY_PROTOCOL},
	{"answer to a ping alone", &ping, {{.from = 'b', .flags = FA_PACKET_REPLY}}, 'a',
	 FA_BY_PROTOCOL},
	{"ping both ways: the first", &ping, {{.from = 'b'}, {.from = 'a'}}, 'b',
	 FA_BY_FIRST_PACKET},
	{"an ICMP code is no port", &unreachable, {{.from = 'b'}, {.from = 'a'}}, 'b',
	 FA_BY_FIRST_PACKET},
	{"ping, IPv6", &ping6, {{.from = 'b', .flags = FA_PACKET_REPLY}, {.from = 'a'}}, 'a',
	 FA_BY_PROTOCOL},
	{"GRE", &gre, {{.from = 'a'}}, 'a', FA_BY_FIRST_PACKET},
};

static void document(struct fa_port_set *set)
{
	static const struct fa_port_range web[] = {{443, 443}, {22, 22}}, dns[] = {{53, 53}};
	static const struct fa_rule rules[] = {
		{.id = "p/c/web", .transports = FA_RULE_TCP, .match_ports = {web, 2}},
		{.id = "p/c/dns", .transports = FA_RULE_UDP, .match_ports = {dns, 1}},
	};
	const struct fa_rulebook book = {.rules = rules, .rule_count = 2};

	struct fa_policy policy;

	assert_int_equal(fa_policy_from_rulebook(&policy, &book), 0);
	fa_port_set_fill(set, &policy);
	fa_policy_deinit(&policy);
}

static void ladder(void **state)
{
	static struct fa_port_set documented;

	(void)state;
	document(&documented);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct bench *bench = bench_new();
		bool is_a = row->client == 'a';
		bool icmp = row->ends->transport == FA_IP_ICMP ||
			    row->ends->transport == FA_IP_ICMP6;
		struct fa_conversation c;
		char text[FA_ADDR_TEXT];
		size_t count = 0;

		bench->options.documented = &documented;
		while (count < COUNT(row->says) && row->says[count].from != 0)
			count++;
		talk(bench, row->ends, row->says, count);
		c = only(bench);
		if (c.id.direction_by != row->by ||
		    strcmp(fa_addr_text(&c.id.client, text),
			   is_a ? row->ends->a : row->ends->b) != 0)
			fail_msg("%s: client %s by %s", row->name, text,
				 fa_direction_text(c.id.direction_by));
		assert_addr(&c.id.server, is_a ? row->ends->b : row->ends->a);
		if (icmp)
			assert_int_equal(c.id.server_port,
					 row->ends->a_port << 8 | row->ends->b_port);
		else
			assert_int_equal(c.id.server_port,
					 is_a ? row->ends->b_port : row->ends->a_port);
		if (row->by == FA_BY_FIRST_PACKET && !icmp)
			assert_int_equal(c.id.client_port,
					 is_a ? row->ends->a_port : row->ends->b_port);
		else
			assert_int_equal(c.id.client_port, 0);
		bench_free(bench);
	}
}

static void without_catalogs(void **state)
{
	struct bench *bench = bench_new();
	struct fa_conversation c;

	(void)state;
	TALK(bench, &tcp, {.from = 'b', .tcp = ACK});
	c = only(bench);
	assert_int_equal(c.id.direction_by, FA_BY_FIRST_PACKET);
	assert_int_equal(c.id.server_port, 40000);
	assert_int_equal(c.id.client_port, 443);
	bench_free(bench);
}

static void ends_of_a_key(void **state)
{
	struct fa_packet packet = {.src = {10, 0, 0, 9}, .dst = {10, 0, 0, 1}, .src_port = 5,
				   .dst_port = 65535, .transport = 132, .ip_version = 4,
				   .tunnel = FA_TUNNEL_GENEVE, .tunnel_id = 0xfffffffe};
	struct flow flow = {0};
	struct fa_flow_ends ends;

	(void)state;
	fa_flow_key_of(&packet, false, false, &flow.key);
	ends = fa_flow_ends_of(&flow, false);
	assert_addr(&ends.addr[SIDE_LOW], "10.0.0.1");
	assert_addr(&ends.addr[SIDE_HIGH], "10.0.0.9");
	assert_true(ends.port[SIDE_LOW] == 65535 && ends.port[SIDE_HIGH] == 5);
	assert_true(ends.transport == 132 && ends.tunnel == FA_TUNNEL_GENEVE);
	assert_true(ends.tunnel_id == 0xfffffffe && !ends.portless);
	fa_flow_key_of(&packet, true, false, &flow.key);
	ends = fa_flow_ends_of(&flow, false);
	assert_true(ends.portless && ends.port[0] == 0 && ends.port[1] == 0);
	assert_true(ends.tunnel_id == 0xfffffffe);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ladder),
		cmocka_unit_test(without_catalogs),
		cmocka_unit_test(ends_of_a_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
