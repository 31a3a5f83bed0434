/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TCP: the state that a talk ends in, what opens a new connection, bytes that were never seen. */
#include "flow/bench.h"

#include "flow/tcp.h"

static const struct ends tcp = {"10.0.0.1", "10.0.0.2", 40000, 443, FA_IP_TCP, 0, 0};

struct row {
	const char *name;
	struct say says[8];
	enum fa_flow_state state;
	uint64_t retries, gaps;
};

static const struct row rows[] = {
	{"a SYN alone", {{.from = 'a', .tcp = SYN}}, FA_FLOW_ATTEMPTED, 0, 0},
	{"SYN, SYN, SYN",
	 {{.from = 'a', .tcp = SYN}, {.from = 'a', .tcp = SYN}, {.from = 'a', .tcp = SYN}},
	 FA_FLOW_ATTEMPTED, 2, 0},
	{"SYN and RST", {{.from = 'a', .tcp = SYN}, {.from = 'b', .tcp = RST | ACK}},
	 FA_FLOW_REFUSED, 0, 0},
	{"SYN, SYN, RST: retries only count where nobody answered",
	 {{.from = 'a', .tcp = SYN}, {.from = 'a', .tcp = SYN}, {.from = 'b', .tcp = RST | ACK}},
	 FA_FLOW_REFUSED, 0, 0},
	{"SYN and its own RST", {{.from = 'a', .tcp = SYN}, {.from = 'a', .tcp = RST}},
	 FA_FLOW_ATTEMPTED, 0, 0},
	{"SYN, SYN-ACK", {{.from = 'a', .tcp = SYN}, {.from = 'b', .tcp = SYN_ACK}},
	 FA_FLOW_HALF_OPEN, 0, 0},
	{"SYN scan: reset by the client after SYN-ACK",
	 {{.from = 'a', .tcp = SYN}, {.from = 'b', .tcp = SYN_ACK}, {.from = 'a', .tcp = RST}},
	 FA_FLOW_RESET, 0, 0},
	{"SYN-ACK alone", {{.from = 'b', .tcp = SYN_ACK}}, FA_FLOW_HALF_OPEN, 0, 0},
	{"handshake",
	 {{.from = 'a', .tcp = SYN, .seq = 99},
	  {.from = 'b', .tcp = SYN_ACK, .seq = 199},
	  {.from = 'a', .tcp = ACK, .seq = 100}},
	 FA_FLOW_ESTABLISHED, 0, 0},
	{"handshake without SYN-ACK",
	 {{.from = 'a', .tcp = SYN, .seq = 99}, {.from = 'a', .tcp = ACK, .seq = 100}},
	 FA_FLOW_ESTABLISHED, 0, 0},
	{"handshake, FIN",
	 {{.from = 'a', .tcp = SYN, .seq = 99},
	  {.from = 'b', .tcp = SYN_ACK, .seq = 199},
	  {.from = 'a', .tcp = ACK, .seq = 100},
	  {.from = 'b', .tcp = FIN | ACK, .seq = 200},
	  {.from = 'a', .tcp = ACK, .seq = 100}},
	 FA_FLOW_CLOSED, 0, 0},
	{"FIN, then RST",
	 {{.from = 'a', .tcp = ACK}, {.from = 'a', .tcp = FIN | ACK}, {.from = 'b', .tcp = RST}},
	 FA_FLOW_RESET, 0, 0},
	{"middle", {{.from = 'a', .tcp = ACK}, {.from = 'b', .tcp = ACK}}, FA_FLOW_MIDSTREAM, 0, 0},
	{"middle, one side", {{.from = 'b', .tcp = ACK}}, FA_FLOW_MIDSTREAM, 0, 0},
	{"an RST alone", {{.from = 'b', .tcp = RST}}, FA_FLOW_RESET, 0, 0},
	{"no flags at all", {{.from = 'a'}}, FA_FLOW_MIDSTREAM, 0, 0},
	{"a hole of 50 bytes",
	 {{.from = 'a', .tcp = ACK, .seq = 100, .bytes = 10},
	  {.from = 'a', .tcp = ACK, .seq = 160, .bytes = 10}},
	 FA_FLOW_MIDSTREAM, 0, 50},
	{"a hole on each side",
	 {{.from = 'a', .tcp = ACK, .seq = 100},
	  {.from = 'b', .tcp = ACK, .seq = 500},
	  {.from = 'a', .tcp = ACK, .seq = 103},
	  {.from = 'b', .tcp = ACK, .seq = 504}},
	 FA_FLOW_MIDSTREAM, 0, 7},
	{"a hole filled late, in two pieces",
	 {{.from = 'a', .tcp = ACK, .seq = 100, .bytes = 10},
	  {.from = 'a', .tcp = ACK, .seq = 160, .bytes = 10},
	  {.from = 'a', .tcp = ACK, .seq = 110, .bytes = 20},
	  {.from = 'a', .tcp = ACK, .seq = 130, .bytes = 30}},
	 FA_FLOW_MIDSTREAM, 0, 0},
	{"a hole half filled",
	 {{.from = 'a', .tcp = ACK, .seq = 100, .bytes = 10},
	  {.from = 'a', .tcp = ACK, .seq = 160, .bytes = 10},
	  {.from = 'a', .tcp = ACK, .seq = 135, .bytes = 25}},
	 FA_FLOW_MIDSTREAM, 0, 25},
	{"retransmission without a hole",
	 {{.from = 'a', .tcp = ACK, .seq = 100, .bytes = 10},
	  {.from = 'a', .tcp = ACK, .seq = 100, .bytes = 10},
	  {.from = 'a', .tcp = ACK, .seq = 110, .bytes = 10}},
	 FA_FLOW_MIDSTREAM, 0, 0},
	{"an overlap does not hide the hole behind it",
	 {{.from = 'a', .tcp = ACK, .seq = 100, .bytes = 10},
	  {.from = 'a', .tcp = ACK, .seq = 105, .bytes = 10},
	  {.from = 'a', .tcp = ACK, .seq = 117, .bytes = 10}},
	 FA_FLOW_MIDSTREAM, 0, 2},
	{"numbers wrap",
	 {{.from = 'a', .tcp = ACK, .seq = 0xfffffff0, .bytes = 0x20},
	  {.from = 'a', .tcp = ACK, .seq = 0x10, .bytes = 1},
	  {.from = 'a', .tcp = ACK, .seq = 0x21, .bytes = 1}},
	 FA_FLOW_MIDSTREAM, 0, 16},
	{"SYN and FIN have a number each",
	 {{.from = 'a', .tcp = SYN, .seq = 10},
	  {.from = 'a', .tcp = ACK, .seq = 11, .bytes = 5},
	  {.from = 'a', .tcp = FIN | ACK, .seq = 16},
	  {.from = 'a', .tcp = ACK, .seq = 17}},
	 FA_FLOW_CLOSED, 0, 0},
	{"numbers that make no sense are no loss",
	 {{.from = 'a', .tcp = ACK, .seq = 100},
	  {.from = 'a', .tcp = ACK, .seq = 2000000000},
	  {.from = 'a', .tcp = ACK, .seq = 2000000005},
	  {.from = 'a', .tcp = ACK, .seq = 5},
	  {.from = 'a', .tcp = ACK, .seq = 12}},
	 FA_FLOW_MIDSTREAM, 0, 12},
	{"a retransmission longer than the hole",
	 {{.from = 'a', .tcp = ACK, .seq = 100, .bytes = 50},
	  {.from = 'a', .tcp = ACK, .seq = 160, .bytes = 10},
	  {.from = 'a', .tcp = ACK, .seq = 100, .bytes = 70}},
	 FA_FLOW_MIDSTREAM, 0, 0},
	{"the number of an RST is not followed",
	 {{.from = 'a', .tcp = ACK, .seq = 100}, {.from = 'a', .tcp = RST, .seq = 150}},
	 FA_FLOW_RESET, 0, 0},
	{"another try from the same port, with another number: nothing is lost",
	 {{.from = 'a', .tcp = SYN, .seq = 1000},
	  {.from = 'a', .tcp = SYN, .seq = 900000},
	  {.from = 'b', .tcp = SYN_ACK, .seq = 5},
	  {.from = 'a', .tcp = ACK, .seq = 900001}},
	 FA_FLOW_ESTABLISHED, 0, 0},
	{"a SYN that comes again in the middle is the same one",
	 {{.from = 'a', .tcp = SYN, .seq = 1000},
	  {.from = 'b', .tcp = SYN_ACK, .seq = 5},
	  {.from = 'a', .tcp = ACK, .seq = 1001, .bytes = 10},
	  {.from = 'a', .tcp = SYN, .seq = 1000},
	  {.from = 'a', .tcp = ACK, .seq = 1011, .bytes = 10}},
	 FA_FLOW_ESTABLISHED, 0, 0},
};

static void states_retries_gaps(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bench *bench = bench_new();
		struct fa_conversation c;
		size_t count = 0;

		while (count < COUNT(rows[i].says) && rows[i].says[count].from != 0)
			count++;
		talk(bench, &tcp, rows[i].says, count);
		c = only(bench);
		if (c.counts.flows != 1 || state_in(&c) != rows[i].state)
			fail_msg("%s: %s", rows[i].name, fa_flow_state_text(state_in(&c)));
		if (c.counts.syn_retries != rows[i].retries ||
		    c.counts.sequence_gaps != rows[i].gaps)
			fail_msg("%s: %u retries, %u bytes missing", rows[i].name,
				 (unsigned)c.counts.syn_retries, (unsigned)c.counts.sequence_gaps);
		assert_int_equal(fa_flows_counts(bench->flows)->sequence_gap_bytes, rows[i].gaps);
		bench_free(bench);
	}
}

struct open_row {
	const char *name;
	struct say before[4];
	struct say packet;
	bool opens;
};

#define HANDSHAKE                                                                                  \
	{.from = 'a', .tcp = SYN, .seq = 10}, {.from = 'b', .tcp = SYN_ACK, .seq = 20},            \
	{                                                                                          \
		.from = 'a', .tcp = ACK, .seq = 11                                                 \
	}

static const struct open_row open_rows[] = {
	{"SYN after FIN", {HANDSHAKE, {.from = 'b', .tcp = FIN | ACK}},
	 {.from = 'a', .tcp = SYN, .seq = 10}, true},
	{"SYN after RST", {{.from = 'a', .tcp = SYN}, {.from = 'b', .tcp = RST}},
	 {.from = 'a', .tcp = SYN}, true},
	{"SYN of the other side after RST", {{.from = 'a', .tcp = SYN}, {.from = 'b', .tcp = RST}},
	 {.from = 'b', .tcp = SYN}, true},
	{"ACK after FIN", {HANDSHAKE, {.from = 'b', .tcp = FIN | ACK}}, {.from = 'a', .tcp = ACK},
	 false},
	{"SYN-ACK after FIN", {HANDSHAKE, {.from = 'b', .tcp = FIN | ACK}},
	 {.from = 'b', .tcp = SYN_ACK}, false},
	{"SYN with RST", {HANDSHAKE, {.from = 'b', .tcp = FIN | ACK}},
	 {.from = 'a', .tcp = SYN | RST}, false},
	{"SYN retry", {{.from = 'a', .tcp = SYN, .seq = 10}}, {.from = 'a', .tcp = SYN, .seq = 10},
	 false},
	{"SYN with another number, never answered", {{.from = 'a', .tcp = SYN, .seq = 10}},
	 {.from = 'a', .tcp = SYN, .seq = 11}, false},
	{"SYN retry in the middle", {HANDSHAKE}, {.from = 'a', .tcp = SYN, .seq = 10}, false},
	{"another SYN in the middle", {HANDSHAKE}, {.from = 'a', .tcp = SYN, .seq = 9}, true},
	{"SYN of the other side in the middle", {HANDSHAKE}, {.from = 'b', .tcp = SYN, .seq = 10},
	 true},
	{"SYN where the beginning was missed", {{.from = 'a', .tcp = ACK}},
	 {.from = 'a', .tcp = SYN}, true},
};

static void new_connections(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(open_rows); i++) {
		struct bench *bench = bench_new();
		size_t count = 0;

		while (count < COUNT(open_rows[i].before) && open_rows[i].before[count].from != 0)
			count++;
		talk(bench, &tcp, open_rows[i].before, count);
		talk(bench, &tcp, &open_rows[i].packet, 1);
		if (fa_flows_counts(bench->flows)->flows != (open_rows[i].opens ? 2 : 1))
			fail_msg("%s", open_rows[i].name);
		finish(bench);
		bench_free(bench);
	}
}

static void stages(void **state)
{
	struct flow flow = {0};

	(void)state;
	assert_false(fa_tcp_is_ending(&flow) || fa_tcp_is_established(&flow));
	flow.saw[0] = SAW_SYN;
	flow.saw[1] = SAW_SYN_ACK;
	assert_false(fa_tcp_is_ending(&flow) || fa_tcp_is_established(&flow));
	flow.saw[0] |= SAW_OTHER;
	assert_true(fa_tcp_is_established(&flow));
	assert_false(fa_tcp_is_half_closed(&flow));
	flow.saw[1] |= SAW_FIN;
	assert_true(fa_tcp_is_half_closed(&flow));
	assert_false(fa_tcp_is_ending(&flow)); /* the other side may go on */
	flow.saw[0] |= SAW_FIN;
	assert_true(fa_tcp_is_ending(&flow));
	flow.saw[0] = SAW_SYN;
	flow.saw[1] = SAW_RST;
	assert_true(fa_tcp_is_ending(&flow));
}

static void retries_do_not_wrap(void **state)
{
	struct flow flow = {0};
	const struct fa_packet syn = {.transport = FA_IP_TCP, .tcp_flags = FA_TCP_SYN};

	(void)state;
	for (int i = 0; i < 70000; i++)
		fa_tcp_update(&flow, &syn, 0);
	assert_int_equal(flow.syn_retries, UINT16_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(states_retries_gaps),
		cmocka_unit_test(new_connections),
		cmocka_unit_test(stages),
		cmocka_unit_test(retries_do_not_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
