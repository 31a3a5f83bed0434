/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Packets that change places within a few milliseconds, as they do on their way through a mirror,
 * change no conversation: SYN-ACK before SYN, FIN before the last data, RST before FIN, an
 * acknowledgement before what it acknowledges, an answer before its question, a first fragment
 * after the others.
 */
#include "flow/bench.h"

enum { PACKETS_MAX = 400, ROUNDS = 300, STEP_NS = 500000, PSH_ACK = FA_TCP_PSH | FA_TCP_ACK };

static uint64_t seed;

static uint32_t next(uint32_t below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % below;
}

struct script {
	struct fa_packet packets[PACKETS_MAX];
	const char *payloads[PACKETS_MAX];
	size_t count;
};

static void add(struct script *script, const struct ends *ends, const struct say *say)
{
	assert_true(script->count < PACKETS_MAX);
	script->packets[script->count] = packet_of(ends, say);
	script->payloads[script->count++] = say->payload;
}

#define ADD(script, ends, ...) add(script, ends, &(const struct say){__VA_ARGS__})

/* Both sides' next numbers; [0] is of 'a'. */
struct numbers {
	uint32_t seq[2];
};

static void send_data(struct script *script, const struct ends *ends, struct numbers *n, int from,
		      const char *payload)
{
	uint32_t bytes = 1 + next(1400);

	ADD(script, ends, .from = from == 0 ? 'a' : 'b', .tcp = PSH_ACK, .seq = n->seq[from],
	    .ack = n->seq[1 - from], .bytes = bytes, .payload = payload);
	n->seq[from] += bytes + (payload == NULL ? 0 : (uint32_t)strlen(payload) + 1);
}

static void acknowledge(struct script *script, const struct ends *ends, struct numbers *n, int from)
{
	ADD(script, ends, .from = from == 0 ? 'a' : 'b', .tcp = ACK, .seq = n->seq[from],
	    .ack = n->seq[1 - from]);
}

static void finish_side(struct script *script, const struct ends *ends, struct numbers *n, int from)
{
	ADD(script, ends, .from = from == 0 ? 'a' : 'b', .tcp = FIN | ACK, .seq = n->seq[from]++,
	    .ack = n->seq[1 - from]);
}

static void tcp(struct script *script, uint16_t port)
{
	const struct ends ends = {"10.0.0.1", "10.0.0.2", port, 50000, FA_IP_TCP, 0, 0};
	struct numbers n = {{next(UINT32_MAX), next(UINT32_MAX)}};
	uint32_t exchanges = next(20);
	uint32_t end = next(4);

	ADD(script, &ends, .from = 'a', .tcp = SYN, .seq = n.seq[0]++);
	ADD(script, &ends, .from = 'b', .tcp = SYN_ACK, .seq = n.seq[1]++, .ack = n.seq[0]);
	acknowledge(script, &ends, &n, 0);
	for (uint32_t i = 0; i < exchanges; i++) {
		int from = (int)next(2);

		for (uint32_t k = next(3); k <= 2; k++)
			send_data(script, &ends, &n, from, NULL);
		acknowledge(script, &ends, &n, 1 - from);
	}
	if (end == 0)
		return;
	finish_side(script, &ends, &n, 0);
	if (end == 1) {
		ADD(script, &ends, .from = 'b', .tcp = RST, .seq = n.seq[1]);
		return;
	}
	acknowledge(script, &ends, &n, 1);
	if (end == 2)
		send_data(script, &ends, &n, 1, NULL);
	finish_side(script, &ends, &n, 1);
	acknowledge(script, &ends, &n, 0);
}

/* Without its beginning: what is spoken tells who asks. */
static void middle(struct script *script)
{
	const struct ends ends = {"10.0.0.1", "10.0.0.2", 40100, 50001, FA_IP_TCP, 0, 0};
	struct numbers n = {{next(UINT32_MAX), next(UINT32_MAX)}};

	send_data(script, &ends, &n, 0, "?HTTP");
	send_data(script, &ends, &n, 1, "=HTTP");
	acknowledge(script, &ends, &n, 0);
}

static void refused(struct script *script)
{
	const struct ends ends = {"10.0.0.1", "10.0.0.2", 40200, 50002, FA_IP_TCP, 0, 0};
	uint32_t seq = next(UINT32_MAX);

	ADD(script, &ends, .from = 'a', .tcp = SYN, .seq = seq);
	ADD(script, &ends, .from = 'b', .tcp = RST | ACK, .ack = seq + 1);
}

static void others(struct script *script)
{
	static const struct ends ping = {"10.0.0.1", "10.0.0.2", 8, 0, FA_IP_ICMP, 0, 0};
	static const struct ends dns = {"10.0.0.1", "10.0.0.2", 40000, 53, FA_IP_UDP, 0, 0};
	static const struct ends rest = {"10.0.0.1", "10.0.0.2", 0, 0, FA_IP_UDP, 0, 0};
	uint32_t id = next(65536);

	ADD(script, &ping, .from = 'a');
	ADD(script, &ping, .from = 'b', .flags = FA_PACKET_REPLY);
	ADD(script, &dns, .from = 'a', .payload = "?DNS");
	ADD(script, &dns, .from = 'b', .payload = "=DNS", .bytes = 1400,
	    .flags = FA_PACKET_FRAGMENT_FIRST, .fragment_id = id);
	for (uint32_t i = next(3); i < 3; i++)
		ADD(script, &rest, .from = 'b', .bytes = 500, .flags = FA_PACKET_FRAGMENT_LATER,
		    .fragment_id = id);
}

/* A few packets of each talk at a time, one after the other. */
static void write_script(struct script *script)
{
	script->count = 0;
	tcp(script, 40000);
	others(script);
	tcp(script, 40001);
	refused(script);
	middle(script);
}

/* No packet comes more than REACH places before one that it followed. */
static void shuffle(const struct script *script, uint32_t reach, size_t *order)
{
	uint32_t keys[PACKETS_MAX];

	for (size_t i = 0; i < script->count; i++) {
		uint32_t key = (uint32_t)i + next(reach + 1);
		size_t at = i;

		for (; at > 0 && keys[at - 1] > key; at--) {
			keys[at] = keys[at - 1];
			order[at] = order[at - 1];
		}
		keys[at] = key;
		order[at] = i;
	}
}

static int by_identity(const void *a, const void *b)
{
	const struct fa_conversation *x = a, *y = b;

	return fa_identity_compare(&x->id, &y->id);
}

/* What the flow stage makes of it, by identity. When a packet is captured is told by its place. */
static size_t conversations_of(const struct script *script, const size_t *order, bool records,
			       struct fa_conversation *out, size_t max)
{
	struct bench *bench = bench_new();
	size_t count;

	bench_open(bench, records);
	for (size_t i = 0; i < script->count; i++) {
		struct fa_packet packet = script->packets[order[i]];

		packet.ts_ns = packet.clock_ns = 1000 * SECOND + (int64_t)i * STEP_NS;
		assert_int_equal(give(bench, &packet, script->payloads[order[i]]), 0);
	}
	finish(bench);
	assert_int_equal(fa_flows_counts(bench->flows)->fragments_unmatched, 0);
	count = fa_convmap_count(bench->sums);
	assert_true(count <= max);
	for (size_t i = 0; i < count; i++) {
		fa_convmap_get(bench->sums, i, &out[i]);
		/* Which of the places a talk has is what changes, and nothing else may. */
		out[i].counts.first_seen_ns = 0;
		out[i].counts.last_seen_ns = 0;
	}
	qsort(out, count, sizeof(*out), by_identity);
	bench_free(bench);
	return count;
}

static void tell(const struct fa_conversation *c)
{
	char client[FA_ADDR_TEXT];

	print_error("%u/%u: client %s by %s, %u flows, %u+%u packets, %u bytes missing\n",
		    c->id.transport, c->id.server_port, fa_addr_text(&c->id.client, client),
		    fa_direction_text(c->id.direction_by), (unsigned)c->counts.flows,
		    (unsigned)c->counts.packets_to_server, (unsigned)c->counts.packets_to_client,
		    (unsigned)c->counts.sequence_gaps);
}

static void order_changes_nothing(void **state)
{
	static struct script script;
	static struct fa_conversation want[16], got[16];
	size_t order[PACKETS_MAX];

	(void)state;
	for (uint32_t round = 1; round <= ROUNDS; round++) {
		size_t count, got_count;

		seed = round;
		write_script(&script);
		for (size_t i = 0; i < script.count; i++)
			order[i] = i;
		count = conversations_of(&script, order, false, want, COUNT(want));
		assert_true(count >= 4);
		for (size_t i = 0; i < count; i++)
			assert_int_equal(want[i].counts.sequence_gaps, 0);
		shuffle(&script, 1 + round % 6, order);
		got_count = conversations_of(&script, order, round % 2 == 0, got, COUNT(got));
		if (got_count == count && memcmp(got, want, count * sizeof(*want)) == 0)
			continue;
		for (size_t i = 0; i < count; i++)
			tell(&want[i]);
		print_error("but shuffled:\n");
		for (size_t i = 0; i < got_count; i++)
			tell(&got[i]);
		fail_msg("seed %u, reach %u", (unsigned)round, (unsigned)(1 + round % 6));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
