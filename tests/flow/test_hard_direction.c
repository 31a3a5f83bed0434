/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who is the client, and how a connection ended, where traffic does not begin at its beginning, is
 * seen from one side, or out of order. Where there is no evidence the first packet's sender is
 * named, with the word that says so and with both ports.
 */
#include "flow/bench.h"

/* tcp/443, tcp/22, udp/53 and udp/123 are documented. */
static const struct ends web = {"10.0.0.1", "10.0.0.2", 40000, 443, FA_IP_TCP, 0, 0};
static const struct ends high = {"10.0.0.1", "10.0.0.2", 40000, 50000, FA_IP_TCP, 0, 0};
static const struct ends both = {"10.0.0.1", "10.0.0.2", 22, 443, FA_IP_TCP, 0, 0};
static const struct ends same = {"10.0.0.1", "10.0.0.2", 443, 443, FA_IP_TCP, 0, 0};
static const struct ends ntp = {"10.0.0.1", "10.0.0.2", 123, 123, FA_IP_UDP, 0, 0};
static const struct ends udp_high = {"10.0.0.1", "10.0.0.2", 40000, 50000, FA_IP_UDP, 0, 0};
static const struct ends dns = {"10.0.0.1", "10.0.0.2", 40000, 53, FA_IP_UDP, 0, 0};

struct row {
	const char *name;
	const struct ends *ends;
	struct say says[8];
	char client; /* 'a' or 'b' */
	enum fa_direction_evidence by;
	enum fa_flow_state state;
};

#define A_SYN	  .from = 'a', .tcp = SYN, .seq = 99
#define B_SYN_ACK .from = 'b', .tcp = SYN_ACK, .seq = 499, .ack = 100
#define A_ACK	  .from = 'a', .tcp = ACK, .seq = 100, .ack = 500
#define B_ACK	  .from = 'b', .tcp = ACK, .seq = 500, .ack = 100

static const struct row rows[] = {
	/* The middle */
	{"middle, both sides, documented port", &web, {{B_ACK}, {A_ACK}}, 'a', FA_BY_CATALOG_PORT,
	 FA_FLOW_MIDSTREAM},
	{"middle, client's side only", &web, {{A_ACK}, {A_ACK}}, 'a', FA_BY_CATALOG_PORT,
	 FA_FLOW_MIDSTREAM},
	{"middle, server's side only", &web, {{B_ACK}, {B_ACK}}, 'a', FA_BY_CATALOG_PORT,
	 FA_FLOW_MIDSTREAM},
	{"middle, both ports high", &high, {{B_ACK}, {A_ACK}}, 'b', FA_BY_FIRST_PACKET,
	 FA_FLOW_MIDSTREAM},
	{"middle, both ports high, contents", &high, {{B_ACK}, {A_ACK, .payload = "?HTTP"}}, 'a',
	 FA_BY_PROTOCOL, FA_FLOW_MIDSTREAM},
	{"middle, both ports documented", &both, {{B_ACK}, {A_ACK}}, 'b', FA_BY_FIRST_PACKET,
	 FA_FLOW_MIDSTREAM},
	{"middle, both ports documented, contents", &both, {{A_ACK}, {B_ACK, .payload = "=SSH"}},
	 'a', FA_BY_PROTOCOL, FA_FLOW_MIDSTREAM},
	{"middle, the same port on both sides", &same, {{B_ACK}}, 'b', FA_BY_FIRST_PACKET,
	 FA_FLOW_MIDSTREAM},
	/* One side */
	{"client's side of a whole connection", &high,
	 {{A_SYN}, {A_ACK}, {.from = 'a', .tcp = FIN | ACK, .seq = 100}}, 'a', FA_BY_SYN,
	 FA_FLOW_CLOSED},
	{"server's side of a whole connection", &high,
	 {{B_SYN_ACK}, {B_ACK}, {.from = 'b', .tcp = FIN | ACK, .seq = 500}}, 'a', FA_BY_SYN_ACK,
	 FA_FLOW_CLOSED},
	/* Parts of the handshake */
	{"SYN lost", &high, {{B_SYN_ACK}, {A_ACK}, {B_ACK}}, 'a', FA_BY_SYN_ACK,
	 FA_FLOW_ESTABLISHED},
	{"SYN-ACK lost", &high, {{A_SYN}, {A_ACK}, {B_ACK}}, 'a', FA_BY_SYN, FA_FLOW_ESTABLISHED},
	{"SYN-ACK before SYN", &high, {{B_SYN_ACK}, {A_SYN}}, 'a', FA_BY_SYN, FA_FLOW_HALF_OPEN},
	{"SYN-ACK, ACK, SYN", &high, {{B_SYN_ACK}, {A_ACK}, {A_SYN}}, 'a', FA_BY_SYN,
	 FA_FLOW_ESTABLISHED},
	{"ACK, SYN, SYN-ACK", &high, {{A_ACK}, {A_SYN}, {B_SYN_ACK}}, 'a', FA_BY_SYN,
	 FA_FLOW_ESTABLISHED},
	{"data of the server, SYN-ACK, SYN", &high,
	 {{B_ACK, .bytes = 20}, {B_SYN_ACK}, {A_SYN}}, 'a', FA_BY_SYN, FA_FLOW_ESTABLISHED},
	{"data of the client before SYN-ACK", &high,
	 {{A_SYN}, {A_ACK, .bytes = 20}, {B_SYN_ACK}, {B_ACK}}, 'a', FA_BY_SYN,
	 FA_FLOW_ESTABLISHED},
	{"RST before the SYN that it answers", &high,
	 {{.from = 'b', .tcp = RST | ACK, .ack = 100}, {A_SYN}}, 'a', FA_BY_SYN, FA_FLOW_REFUSED},
	{"all ends before it begins", &high,
	 {{.from = 'b', .tcp = FIN | ACK, .seq = 500, .ack = 101},
	  {.from = 'a', .tcp = FIN | ACK, .seq = 100, .ack = 500}, {A_SYN}, {B_SYN_ACK}}, 'a',
	 FA_BY_SYN, FA_FLOW_CLOSED},
	{"crossed copies", &high,
	 {{A_SYN}, {A_SYN}, {B_SYN_ACK}, {A_ACK}, {B_SYN_ACK}, {A_SYN}, {A_ACK}}, 'a', FA_BY_SYN,
	 FA_FLOW_ESTABLISHED},
	/* Simultaneous open (RFC 9293 section 3.5): nobody is the client by a SYN */
	{"simultaneous open", &high,
	 {{.from = 'b', .tcp = SYN, .seq = 499}, {A_SYN}, {B_SYN_ACK},
	  {.from = 'a', .tcp = SYN_ACK, .seq = 99, .ack = 500}}, 'b', FA_BY_FIRST_PACKET,
	 FA_FLOW_HALF_OPEN},
	{"simultaneous open, one SYN-ACK lost", &high,
	 {{A_SYN}, {.from = 'b', .tcp = SYN, .seq = 499},
	  {.from = 'a', .tcp = SYN_ACK, .seq = 99, .ack = 500}, {A_ACK}}, 'a', FA_BY_FIRST_PACKET,
	 FA_FLOW_ESTABLISHED},
	{"simultaneous open, documented port", &web,
	 {{.from = 'b', .tcp = SYN, .seq = 499}, {A_SYN}, {B_SYN_ACK}}, 'a', FA_BY_CATALOG_PORT,
	 FA_FLOW_HALF_OPEN},
	{"simultaneous open, contents", &web,
	 {{A_SYN}, {.from = 'b', .tcp = SYN, .seq = 499}, {B_SYN_ACK},
	  {B_ACK, .payload = "?HTTP"}}, 'b', FA_BY_PROTOCOL, FA_FLOW_ESTABLISHED},
	/* The end alone */
	{"RST only", &high, {{.from = 'b', .tcp = RST}}, 'b', FA_BY_FIRST_PACKET, FA_FLOW_RESET},
	{"RST only, documented port", &web, {{.from = 'b', .tcp = RST}}, 'a', FA_BY_CATALOG_PORT,
	 FA_FLOW_RESET},
	{"refusals of a SYN that was not seen", &high,
	 {{.from = 'b', .tcp = RST | ACK, .ack = 100}, {.from = 'b', .tcp = RST | ACK, .ack = 100}},
	 'a', FA_BY_PROTOCOL, FA_FLOW_REFUSED},
	{"a reset of number 0 in the middle", &high,
	 {{B_ACK}, {.from = 'b', .tcp = RST | ACK, .ack = 100}}, 'b', FA_BY_FIRST_PACKET,
	 FA_FLOW_RESET},
	{"a reset that acknowledges, of another number", &high,
	 {{.from = 'b', .tcp = RST | ACK, .seq = 500, .ack = 100}}, 'b', FA_BY_FIRST_PACKET,
	 FA_FLOW_RESET},
	{"FIN only", &high, {{.from = 'b', .tcp = FIN | ACK}}, 'b', FA_BY_FIRST_PACKET,
	 FA_FLOW_CLOSED},
	{"RST after FIN", &high,
	 {{.from = 'b', .tcp = FIN | ACK, .seq = 500}, {.from = 'a', .tcp = RST}}, 'b',
	 FA_BY_FIRST_PACKET, FA_FLOW_RESET},
	{"FIN after RST", &high,
	 {{.from = 'a', .tcp = RST}, {.from = 'b', .tcp = FIN | ACK, .seq = 500}}, 'a',
	 FA_BY_FIRST_PACKET, FA_FLOW_RESET},
	/* Segments that are no payload */
	{"keep-alives of an idle connection", &web,
	 {{.from = 'b', .tcp = ACK, .seq = 499, .ack = 100}, {A_ACK},
	  {.from = 'b', .tcp = ACK, .seq = 499, .ack = 100, .bytes = 1}, {A_ACK}}, 'a',
	 FA_BY_CATALOG_PORT, FA_FLOW_MIDSTREAM},
	{"urgent data", &web, {{A_SYN}, {B_SYN_ACK},
	 {.from = 'a', .tcp = ACK | FA_TCP_URG, .seq = 100, .bytes = 1}}, 'a', FA_BY_SYN,
	 FA_FLOW_ESTABLISHED},
	{"a SYN scan that resets", &high,
	 {{A_SYN}, {B_SYN_ACK}, {.from = 'a', .tcp = RST, .seq = 100}}, 'a', FA_BY_SYN,
	 FA_FLOW_RESET},
	{"half open, and SYN-ACK again", &high, {{A_SYN}, {B_SYN_ACK}, {B_SYN_ACK}}, 'a', FA_BY_SYN,
	 FA_FLOW_HALF_OPEN},
	/* Not TCP */
	{"NTP between two servers, request first", &ntp,
	 {{.from = 'a', .payload = "?NTP"}, {.from = 'b', .payload = "=NTP"}}, 'a', FA_BY_PROTOCOL,
	 FA_FLOW_TWO_WAY},
	{"NTP between two servers, answer first", &ntp,
	 {{.from = 'b', .payload = "=NTP"}, {.from = 'a', .payload = "?NTP"}}, 'a', FA_BY_PROTOCOL,
	 FA_FLOW_TWO_WAY},
	{"NTP between two servers, answer alone", &ntp, {{.from = 'b', .payload = "=NTP"}}, 'a',
	 FA_BY_PROTOCOL, FA_FLOW_ONE_WAY},
	{"NTP between two peers", &ntp,
	 {{.from = 'b', .payload = "!NTP"}, {.from = 'a', .payload = "!NTP"}}, 'b',
	 FA_BY_FIRST_PACKET, FA_FLOW_TWO_WAY},
	{"UDP, both ports high", &udp_high, {{.from = 'b'}, {.from = 'a'}}, 'b',
	 FA_BY_FIRST_PACKET, FA_FLOW_TWO_WAY},
	{"DNS, answer first", &dns,
	 {{.from = 'b', .payload = "=DNS"}, {.from = 'a', .payload = "?DNS"}}, 'a', FA_BY_PROTOCOL,
	 FA_FLOW_TWO_WAY},
	{"DNS, not recognised, answer only", &dns, {{.from = 'b'}}, 'a', FA_BY_CATALOG_PORT,
	 FA_FLOW_ONE_WAY},
};

static void document(struct fa_port_set *set)
{
	static const struct fa_port_range tcp[] = {{443, 443}, {22, 22}};
	static const struct fa_port_range udp[] = {{53, 53}, {123, 123}};
	static const struct fa_rule rules[] = {
		{.id = "p/c/tcp", .transports = FA_RULE_TCP, .match_ports = {tcp, 2}},
		{.id = "p/c/udp", .transports = FA_RULE_UDP, .match_ports = {udp, 2}},
	};
	const struct fa_rulebook book = {.rules = rules, .rule_count = 2};
	struct fa_policy policy;

	assert_int_equal(fa_policy_from_rulebook(&policy, &book), 0);
	fa_port_set_fill(set, &policy);
	fa_policy_deinit(&policy);
}

static void assert_row(const struct row *row, const struct fa_conversation *c)
{
	const struct ends *ends = row->ends;
	bool is_a = row->client == 'a';
	bool is_known = row->by != FA_BY_FIRST_PACKET;
	char text[FA_ADDR_TEXT];

	fa_addr_text(&c->id.client, text);
	if (c->counts.flows != 1)
		fail_msg("%s: %u flows", row->name, (unsigned)c->counts.flows);
	if (c->id.direction_by != row->by || strcmp(text, is_a ? ends->a : ends->b) != 0)
		fail_msg("%s: client %s by %s", row->name, text,
			 fa_direction_text(c->id.direction_by));
	if (state_in(c) != row->state)
		fail_msg("%s: %s", row->name, fa_flow_state_text(state_in(c)));
	assert_int_equal(c->id.server_port, is_a ? ends->b_port : ends->a_port);
	/* Both ports are told where it is open whose is the server's: the audit needs them. */
	assert_int_equal(c->id.client_port, is_known ? 0 : is_a ? ends->a_port : ends->b_port);
	assert_int_equal(c->counts.sequence_gaps, 0);
}

static void hard_traffic(void **state)
{
	static struct fa_port_set documented;

	(void)state;
	document(&documented);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bench *bench = bench_new();
		struct fa_conversation c;
		size_t count = 0;

		bench->options.documented = &documented;
		while (count < COUNT(rows[i].says) && rows[i].says[count].from != 0)
			count++;
		talk(bench, rows[i].ends, rows[i].says, count);
		finish(bench);
		if (fa_convmap_count(bench->sums) != 1)
			fail_msg("%s: %u conversations", rows[i].name,
				 (unsigned)fa_convmap_count(bench->sums));
		c = only(bench);
		assert_row(&rows[i], &c);
		bench_free(bench);
	}
}

/* The same ports again: another flow, whose client may be the other side. */
static void ports_used_again(void **state)
{
	static const struct {
		const char *name;
		struct say says[6];
	} ways[] = {
		{"after FIN of one side", {{A_SYN}, {B_SYN_ACK}, {.from = 'b', .tcp = FIN | ACK}}},
		{"after RST", {{A_SYN}, {B_SYN_ACK}, {A_ACK}, {.from = 'b', .tcp = RST | ACK}}},
		{"after a refusal", {{A_SYN}, {.from = 'b', .tcp = RST | ACK, .ack = 100}}},
		{"after an RST that is alone", {{.from = 'a', .tcp = RST}}},
		{"after an RST that answers something else",
		 {{.from = 'a', .tcp = RST | ACK, .ack = 77}}},
		{"after the middle of a connection", {{A_ACK}, {B_ACK}}},
	};
	const struct say again = {.from = 'b', .tcp = SYN, .seq = 90000};

	(void)state;
	for (size_t i = 0; i < COUNT(ways); i++) {
		struct bench *bench = bench_new();
		size_t count = 0;
		struct fa_conversation c;

		while (ways[i].says[count].from != 0)
			count++;
		talk(bench, &high, ways[i].says, count);
		talk(bench, &high, &again, 1);
		if (fa_flows_counts(bench->flows)->flows != 2)
			fail_msg("%s", ways[i].name);
		finish(bench);
		for (size_t k = 0; k < fa_convmap_count(bench->sums); k++) {
			fa_convmap_get(bench->sums, k, &c);
			if (c.counts.flows_in_state[FA_FLOW_ATTEMPTED] == 1)
				assert_addr(&c.id.client, "10.0.0.2");
		}
		bench_free(bench);
	}
}

static void after_the_timeout(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	TALK(bench, &high, {A_SYN}, {B_SYN_ACK}, {.at = 61, A_ACK});
	assert_int_equal(fa_flows_counts(bench->flows)->flows, 2);
	finish(bench);
	bench_free(bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hard_traffic),
		cmocka_unit_test(ports_used_again),
		cmocka_unit_test(after_the_timeout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
