/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TCP bytes that were lost before the tap: jumped over, or acknowledged and never seen; and all
 * that looks like it and is none.
 */
#include "flow/bench.h"

static const struct ends tcp = {"10.0.0.1", "10.0.0.2", 40000, 443, FA_IP_TCP, 0, 0};

enum { PSH_ACK = FA_TCP_PSH | FA_TCP_ACK, URG_ACK = FA_TCP_URG | FA_TCP_ACK };

#define A .from = 'a', .tcp = ACK
#define B .from = 'b', .tcp = ACK
#define DATA(n, s, len) .from = n, .tcp = PSH_ACK, .seq = s, .bytes = len

struct row {
	const char *name;
	struct say says[9];
	uint64_t jumped, acked;
};

static const struct row rows[] = {
	{"acknowledged, never seen",
	 {{DATA('a', 100, 10)}, {B, .seq = 500, .ack = 150}}, 0, 40},
	{"acknowledged in steps",
	 {{DATA('a', 100, 10)}, {B, .seq = 500, .ack = 130}, {B, .seq = 500, .ack = 150}}, 0, 40},
	{"acknowledged twice", /* no byte is missing twice */
	 {{DATA('a', 100, 10)}, {B, .seq = 500, .ack = 150}, {B, .seq = 500, .ack = 150}}, 0, 40},
	{"acknowledged, then jumped over: no second gap",
	 {{DATA('a', 100, 10)}, {B, .seq = 500, .ack = 150}, {DATA('a', 150, 10)}}, 0, 40},
	{"a part acknowledged, all jumped over",
	 {{DATA('a', 100, 10)}, {B, .seq = 500, .ack = 150}, {DATA('a', 170, 10)}}, 20, 40},
	{"jumped over, then acknowledged",
	 {{DATA('a', 100, 10)}, {DATA('a', 150, 10)}, {B, .seq = 500, .ack = 160}}, 40, 0},
	{"data right after its acknowledgement",
	 {{DATA('a', 100, 10)}, {B, .seq = 500, .ack = 150}, {DATA('a', 110, 40)}}, 0, 0},
	{"in two pieces, the second one first",
	 {{DATA('a', 100, 10)}, {B, .seq = 500, .ack = 150}, {DATA('a', 130, 20)},
	  {DATA('a', 110, 20)}}, 0, 0},
	{"only a part of it",
	 {{DATA('a', 100, 10)}, {B, .seq = 500, .ack = 150}, {DATA('a', 110, 20)}}, 0, 20},
	{"with bytes that were seen before it and new ones behind",
	 {{DATA('a', 100, 10)}, {B, .seq = 500, .ack = 150}, {DATA('a', 105, 60)}}, 0, 0},
	{"on both sides",
	 {{DATA('a', 100, 10)}, {B, .seq = 500, .ack = 150}, {A, .seq = 150, .ack = 507}}, 0, 47},
	{"of a side that was never seen",
	 {{A, .seq = 100, .ack = 700}, {A, .seq = 100, .ack = 70000}}, 0, 0},
	{"data of one side only, which acknowledges the other",
	 {{DATA('b', 500, 10), .ack = 100}, {DATA('b', 510, 10), .ack = 9000}}, 0, 0},
	{"the numbers wrap",
	 {{DATA('a', 0xfffffff0, 8)}, {B, .seq = 500, .ack = 0x10}, {DATA('a', 0x10, 10)}}, 0, 24},
	{"acknowledgement of nothing that was ever sent",
	 {{DATA('a', 100, 10)}, {B, .seq = 500, .ack = 2000000000}}, 0, 0},
	{"acknowledgement in an RST",
	 {{DATA('a', 100, 10)}, {.from = 'b', .tcp = RST | ACK, .seq = 9, .ack = 160}}, 0, 0},
	{"acknowledgement number without the flag",
	 {{DATA('a', 100, 10)}, {.from = 'b', .tcp = FA_TCP_PSH, .seq = 9, .ack = 160}}, 0, 0},
	{"SYN-ACK for an earlier try",
	 {{.from = 'a', .tcp = SYN, .seq = 5000}, {.from = 'a', .tcp = SYN, .seq = 1000},
	  {.from = 'b', .tcp = SYN_ACK, .seq = 9, .ack = 5001}}, 0, 0},
	{"a FIN that was not seen took a number",
	 {{DATA('a', 100, 10)}, {B, .seq = 500, .ack = 111},
	  {.from = 'b', .tcp = FIN | ACK, .seq = 500, .ack = 111}, {A, .seq = 111, .ack = 501}},
	 0, 0},
	{"a FIN that was not seen, and its sender goes on",
	 {{DATA('a', 100, 10)}, {.from = 'b', .tcp = FIN | ACK, .seq = 500, .ack = 110},
	  {A, .seq = 111, .ack = 501}}, 0, 0},
	{"keep-alives without a byte and with one",
	 {{DATA('a', 100, 10)}, {B, .seq = 500, .ack = 110}, {A, .seq = 109, .ack = 500},
	  {B, .seq = 500, .ack = 110}, {A, .seq = 109, .bytes = 1, .ack = 500},
	  {B, .seq = 500, .ack = 110}, {DATA('a', 110, 5)}}, 0, 0},
	{"the first that is seen is a keep-alive",
	 {{A, .seq = 99, .ack = 500}, {B, .seq = 500, .ack = 100}, {DATA('a', 100, 5)}}, 0, 0},
	{"the first that is seen is a keep-alive, and it is not answered",
	 {{A, .seq = 99, .ack = 500}, {DATA('a', 100, 5)}, {B, .seq = 500, .ack = 105}}, 0, 0},
	{"the byte of a keep-alive is not the last one that is missing",
	 {{DATA('a', 100, 10)}, {B, .seq = 500, .ack = 150}, {A, .seq = 149, .bytes = 1}}, 0, 40},
	{"but one byte that was pushed is",
	 {{DATA('a', 100, 10)}, {B, .seq = 500, .ack = 150}, {DATA('a', 149, 1)}}, 0, 39},
	{"window probes",
	 {{DATA('a', 100, 10)}, {B, .seq = 500, .ack = 110}, {A, .seq = 110, .bytes = 1},
	  {B, .seq = 500, .ack = 110}, {A, .seq = 110, .bytes = 1}, {B, .seq = 500, .ack = 111},
	  {DATA('a', 111, 10)}}, 0, 0},
	{"urgent data",
	 {{.from = 'a', .tcp = URG_ACK, .seq = 100, .bytes = 1}, {DATA('a', 101, 10)},
	  {B, .seq = 500, .ack = 111}}, 0, 0},
	{"data in the SYN, taken",
	 {{.from = 'a', .tcp = SYN, .seq = 99, .bytes = 20},
	  {.from = 'b', .tcp = SYN_ACK, .seq = 499, .ack = 120}, {DATA('a', 120, 5), .ack = 500},
	  {B, .seq = 500, .ack = 125}}, 0, 0},
	{"data in the SYN, not taken",
	 {{.from = 'a', .tcp = SYN, .seq = 99, .bytes = 20},
	  {.from = 'b', .tcp = SYN_ACK, .seq = 499, .ack = 100}, {DATA('a', 100, 20), .ack = 500},
	  {B, .seq = 500, .ack = 120}, {DATA('a', 120, 5)}}, 0, 0},
	{"a retransmission of seen bytes behind the hole fills nothing",
	 {{DATA('a', 100, 10)}, {DATA('a', 150, 10)}, {DATA('a', 150, 10)}}, 40, 0},
	{"nor one before it",
	 {{DATA('a', 100, 10)}, {DATA('a', 150, 10)}, {DATA('a', 100, 10)}}, 40, 0},
	{"nor one far before it",
	 {{DATA('a', 100, 10)}, {DATA('a', 150, 10)}, {DATA('a', 100, 5)}}, 40, 0},
	{"what an acknowledgement showed comes, what was jumped over does not",
	 {{DATA('a', 100, 10)}, {DATA('a', 150, 10)}, {B, .seq = 500, .ack = 200},
	  {DATA('a', 160, 40)}}, 40, 0},
	{"a late SYN before two holes",
	 {{DATA('a', 100, 10)}, {DATA('a', 120, 10)}, {DATA('a', 140, 10)},
	  {.from = 'a', .tcp = SYN, .seq = 99}}, 20, 0},
	{"nor one of what a late segment brought",
	 {{DATA('a', 100, 10)}, {DATA('a', 150, 10)}, {DATA('a', 110, 20)}, {DATA('a', 110, 20)}},
	 20, 0},
	{"the same from the other end",
	 {{DATA('a', 100, 10)}, {DATA('a', 150, 10)}, {DATA('a', 130, 20)}, {DATA('a', 130, 20)}},
	 20, 0},
	{"a piece from the middle of a hole, then the rest",
	 {{DATA('a', 100, 10)}, {DATA('a', 150, 10)}, {DATA('a', 120, 10)}, {DATA('a', 130, 20)},
	  {DATA('a', 110, 10)}}, 0, 0},
	{"two holes, filled in order",
	 {{DATA('a', 100, 10)}, {DATA('a', 120, 10)}, {DATA('a', 140, 10)}, {DATA('a', 110, 10)},
	  {DATA('a', 130, 10)}}, 0, 0},
	{"two holes, the last one filled, and behind it seen bytes again",
	 {{DATA('a', 100, 10)}, {DATA('a', 120, 10)}, {DATA('a', 140, 10)}, {DATA('a', 130, 10)},
	  {DATA('a', 130, 20)}}, 10, 0},
	{"a keep-alive in a hole's last place, without a byte",
	 {{DATA('a', 100, 10)}, {B, .seq = 500, .ack = 150}, {A, .seq = 149},
	  {DATA('a', 110, 40)}}, 0, 0},
	{"a late SYN fills nothing",
	 {{DATA('a', 100, 10)}, {DATA('a', 120, 10)}, {.from = 'a', .tcp = SYN, .seq = 99}}, 10, 0},
	{"fragments bring the rest of a segment",
	 {{DATA('a', 100, 10), .flags = FA_PACKET_FRAGMENT_FIRST, .fragment_id = 5},
	  {.from = 'a', .bytes = 20, .flags = FA_PACKET_FRAGMENT_LATER, .fragment_id = 5},
	  {.from = 'a', .bytes = 20, .flags = FA_PACKET_FRAGMENT_LATER, .fragment_id = 5},
	  {B, .seq = 500, .ack = 150}, {DATA('a', 150, 10)}}, 0, 0},
	{"a fragment that is missing is a gap",
	 {{DATA('a', 100, 10), .flags = FA_PACKET_FRAGMENT_FIRST, .fragment_id = 5},
	  {.from = 'a', .bytes = 20, .flags = FA_PACKET_FRAGMENT_LATER, .fragment_id = 5},
	  {DATA('a', 150, 10)}}, 20, 0},
	{"fragments that come after the next segment",
	 {{DATA('a', 100, 10), .flags = FA_PACKET_FRAGMENT_FIRST, .fragment_id = 5},
	  {DATA('a', 150, 10)},
	  {.from = 'a', .bytes = 20, .flags = FA_PACKET_FRAGMENT_LATER, .fragment_id = 5},
	  {.from = 'a', .bytes = 20, .flags = FA_PACKET_FRAGMENT_LATER, .fragment_id = 5}}, 0, 0},
	{"behind a fragment without flags the numbers start anew",
	 {{DATA('a', 100, 10)},
	  {.from = 'a', .flags = FA_PACKET_FRAGMENT_FIRST, .fragment_id = 5},
	  {.from = 'a', .bytes = 30, .flags = FA_PACKET_FRAGMENT_LATER, .fragment_id = 5},
	  {B, .seq = 500, .ack = 120}, {DATA('a', 120, 10)}}, 0, 0},
};

static void losses(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bench *bench = bench_new();
		const struct fa_worker_counts *counts;
		struct fa_conversation c;
		size_t count = 0;

		while (count < COUNT(rows[i].says) && rows[i].says[count].from != 0)
			count++;
		talk(bench, &tcp, rows[i].says, count);
		c = only(bench);
		counts = fa_flows_counts(bench->flows);
		if (counts->flows != 1 || counts->sequence_gap_bytes != rows[i].jumped ||
		    counts->acked_unseen_bytes != rows[i].acked)
			fail_msg("%s: %u flows, %u bytes jumped over, %u acknowledged",
				 rows[i].name, (unsigned)counts->flows,
				 (unsigned)counts->sequence_gap_bytes,
				 (unsigned)counts->acked_unseen_bytes);
		assert_int_equal(c.counts.sequence_gaps, rows[i].jumped + rows[i].acked);
		bench_free(bench);
	}
}

/* An ICMP error about a connection leaves its numbers alone. */
static void after_an_error(void **state)
{
	static const struct ends icmp = {"10.0.0.9", "10.0.0.1", 3, 1, FA_IP_ICMP, 0, 0};
	const struct say say = {.at = 50, .from = 'a', .flags = FA_PACKET_QUOTES};
	struct bench *bench = bench_new();
	struct fa_packet error = packet_of(&icmp, &say);

	(void)state;
	error.quoted_transport = FA_IP_TCP;
	error.quoted_src_port = 40000;
	error.quoted_dst_port = 443;
	error.quoted_dst[0] = 10;
	error.quoted_dst[3] = 2;
	TALK(bench, &tcp, {.at = 50, .from = 'a', .tcp = SYN, .seq = 99});
	assert_int_equal(give(bench, &error, NULL), 0);
	TALK(bench, &tcp, {.at = 50, .from = 'b', .tcp = SYN_ACK, .seq = 499, .ack = 100},
	     {.at = 50, A, .seq = 100, .ack = 500});
	finish(bench);
	assert_int_equal(fa_flows_counts(bench->flows)->flows, 2);
	assert_int_equal(fa_flows_counts(bench->flows)->sequence_gap_bytes, 0);
	assert_int_equal(fa_flows_counts(bench->flows)->acked_unseen_bytes, 0);
	bench_free(bench);
}

/* One direction vanishes: what it sent is missing, however much that is. */
static void gigabytes(void **state)
{
	enum { STEP = 1 << 20, STEPS = 3 << 10 };
	struct bench *bench = bench_new();
	struct say ack = {B, .seq = 500, .ack = 110};
	struct fa_conversation c;

	(void)state;
	TALK(bench, &tcp, {DATA('a', 100, 10)});
	for (uint32_t i = 0; i < STEPS; i++) {
		ack.ack += STEP;
		talk(bench, &tcp, &ack, 1);
	}
	c = only(bench);
	assert_int_equal(c.counts.sequence_gaps, (uint64_t)STEP * STEPS);
	bench_free(bench);
}

/* More than a flow can count stays at that. */
static void more_than_can_be_counted(void **state)
{
	enum { STEP = 1 << 26, STEPS = 100 };
	struct bench *bench = bench_new();
	struct say ack = {B, .seq = 500, .ack = 110};
	struct fa_conversation c;

	(void)state;
	TALK(bench, &tcp, {DATA('a', 100, 10)});
	for (uint32_t i = 0; i < STEPS; i++) {
		ack.ack += STEP;
		talk(bench, &tcp, &ack, 1);
	}
	c = only(bench);
	assert_int_equal(c.counts.sequence_gaps, UINT32_MAX);
	assert_int_equal(fa_flows_counts(bench->flows)->acked_unseen_bytes, UINT32_MAX);
	bench_free(bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(losses),
		cmocka_unit_test(after_an_error),
		cmocka_unit_test(gigabytes),
		cmocka_unit_test(more_than_can_be_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
