/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Floods: whom the cap spares, and the crowd that the others become. */
#include "flow/bench.h"
#include "flow/internal.h"

static const struct ends dns = {"10.0.0.1", "10.0.0.2", 40000, 53, FA_IP_UDP, 0, 0};

static struct ends made_up(uint32_t number, const char *server, uint16_t port, uint8_t transport)
{
	static char text[FA_ADDR_TEXT];
	bool v6 = strchr(server, ':') != NULL;

	snprintf(text, sizeof(text), v6 ? "2001:db8:%x:%x::1" : "172.%u.%u.9", number >> 8 & 0xff,
		 number & 0xff);
	return (struct ends){text, server, (uint16_t)(1024 + number % 60000), port, transport, 0, 0};
}

static void establish(struct bench *bench, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct ends ends = made_up(i, "10.0.0.2", 22, FA_IP_TCP);

		TALK(bench, &ends, {.from = 'a', .tcp = SYN}, {.from = 'b', .tcp = SYN_ACK},
		     {.from = 'a', .tcp = ACK});
	}
}

/* How many of them are not in the table any more. */
static uint64_t lost(struct bench *bench, uint32_t count, double at)
{
	uint64_t before = fa_flows_counts(bench->flows)->flows;

	for (uint32_t i = 0; i < count; i++) {
		struct ends ends = made_up(i, "10.0.0.2", 22, FA_IP_TCP);

		TALK(bench, &ends, {.at = at, .from = 'a', .tcp = ACK});
	}
	return fa_flows_counts(bench->flows)->flows - before;
}

static void flood(struct bench *bench, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct ends ends = made_up(i, "10.0.0.3", 443, FA_IP_TCP);

		TALK(bench, &ends, {.at = i / 1e5, .from = 'a', .tcp = SYN});
	}
}

/* The table is a tenth, four fifths and quite full of connections that were answered. */
static void established_flows_stay(void **state)
{
	static const struct {
		uint32_t established;
		uint64_t lost;
	} rows[] = {{500, 0}, {4000, 0}, {5000, 5000 / 256 + 3}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bench *bench = bench_new();
		uint64_t all = rows[i].established + 60000;
		uint64_t gone;

		bench->options.max_flows = 5000;
		bench_open(bench, false);
		establish(bench, rows[i].established);
		flood(bench, 60000);
		assert_int_equal(fa_flows_active(bench->flows), 5000);
		assert_int_equal(fa_flows_counts(bench->flows)->flows, all);
		assert_int_equal(fa_flows_counts(bench->flows)->flows_evicted, all - 5000);
		gone = lost(bench, rows[i].established, 1);
		if (gone > rows[i].lost)
			fail_msg("%u established, %u lost", rows[i].established, (unsigned)gone);
		finish(bench);
		bench_free(bench);
	}
}

static bool is_crowd(const struct fa_conversation *c)
{
	return fa_addr_is_unspecified(&c->id.client);
}

/* The sums of all conversations that have the crowd as client, or have not. */
static struct fa_counts sums(const struct bench *bench, bool crowd, size_t *count)
{
	struct fa_conversation c;
	struct fa_counts sum;

	*count = 0;
	fa_counts_init(&sum);
	for (size_t i = 0; i < fa_convmap_count(bench->sums); i++) {
		fa_convmap_get(bench->sums, i, &c);
		if (is_crowd(&c) != crowd)
			continue;
		fa_counts_add(&sum, &c.counts);
		(*count)++;
	}
	return sum;
}

/* Two ports, three protocols, both families: one conversation for each, whoever sent. */
static void one_crowd_a_port(void **state)
{
	static const struct {
		const char *server;
		uint16_t port;
		uint8_t transport;
	} targets[] = {
		{"10.0.0.3", 443, FA_IP_TCP}, {"10.0.0.3", 80, FA_IP_TCP},
		{"10.0.0.3", 53, FA_IP_UDP},  {"fd00::3", 443, FA_IP_TCP},
		{"10.0.0.3", 0, FA_IP_ICMP},
	};
	struct bench *bench = bench_new();
	struct fa_counts own, crowd;
	size_t conversations;

	(void)state;
	bench->options.max_flows = 100;
	bench_open(bench, false);
	for (uint32_t i = 0; i < 5000; i++) {
		size_t t = i % COUNT(targets);
		struct ends ends = made_up(i, targets[t].server, targets[t].port,
					   targets[t].transport);

		if (ends.transport == FA_IP_ICMP)
			ends.a_port = 8;
		TALK(bench, &ends, {.at = i / 1e3, .from = 'a', .tcp = SYN});
	}
	finish(bench);
	crowd = sums(bench, true, &conversations);
	assert_int_equal(conversations, COUNT(targets));
	own = sums(bench, false, &conversations);
	assert_int_equal(conversations, 100);
	assert_int_equal(own.flows, 100);
	assert_int_equal(crowd.flows, 4900);
	assert_int_equal(crowd.packets_to_server, 4900);
	assert_int_equal(crowd.flows_in_state[FA_FLOW_ATTEMPTED], 4900 / 5 * 3);
	assert_int_equal(crowd.flows_in_state[FA_FLOW_ONE_WAY], 4900 / 5 * 2);
	for (size_t i = 0; i < fa_convmap_count(bench->sums); i++) {
		struct fa_conversation c;

		fa_convmap_get(bench->sums, i, &c);
		if (is_crowd(&c))
			assert_true(c.id.client_port == 0 &&
				    c.id.client.version == c.id.server.version);
	}
	bench_free(bench);
}

/* Of each of these flows one only; then a hundred others want its place. */
struct row {
	const char *name;
	uint8_t transport;
	struct say says[3];
	bool closes_window; /* between the packets and the eviction */
	bool joins;
};

static const struct row rows[] = {
	{"tried", FA_IP_TCP, {{.from = 'a', .tcp = SYN}, {.from = 'a', .tcp = SYN}}, false, true},
	{"probed", FA_IP_UDP, {{.from = 'a'}}, false, true},
	{"heard", FA_IP_UDP, {{.from = 'a', .payload = "!DNS"}}, false, true},
	{"mid-stream", FA_IP_TCP, {{.from = 'a', .tcp = ACK, .bytes = 9}}, false, false},
	{"backscatter", FA_IP_TCP, {{.from = 'b', .tcp = SYN_ACK}}, false, false},
	{"answer alone", FA_IP_UDP, {{.from = 'a', .payload = "=DNS"}}, false, false},
	{"told before", FA_IP_UDP, {{.from = 'a', .payload = "!DNS"}}, true, false},
};

static void who_joins(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bench *bench = bench_new();
		struct ends ends = dns;
		size_t count = 0, found;
		bool done = false;

		ends.transport = rows[i].transport;
		bench->options.max_flows = 1;
		while (count < COUNT(rows[i].says) && rows[i].says[count].from != 0)
			count++;
		talk(bench, &ends, rows[i].says, count);
		if (rows[i].closes_window) {
			assert_int_equal(fa_flows_close_window(bench->flows), 0);
			while (!done)
				assert_int_equal(fa_flows_close_some(bench->flows, 10, &done), 0);
			TALK(bench, &ends, {.at = 1, .from = 'a'});
		}
		ends.b = "10.0.0.9";
		TALK(bench, &ends, {.at = 1, .from = 'a', .tcp = SYN});
		assert_int_equal(fa_flows_counts(bench->flows)->flows_evicted, 1);
		finish(bench);
		sums(bench, true, &found);
		if (found != rows[i].joins)
			fail_msg("%s", rows[i].name);
		bench_free(bench);
	}
}

/* A documented port on the side of the sender says nothing, one on the other side a little. */
static void documented_ports_of_senders(void **state)
{
	static const struct {
		uint16_t sender, server;
		uint8_t transport, by;
		bool joins;
	} ports[] = {
		{161, 9999, FA_IP_UDP, FA_BY_FIRST_PACKET, true},
		{9999, 161, FA_IP_UDP, FA_BY_CATALOG_PORT, true},
		{161, 9999, FA_IP_TCP, FA_BY_CATALOG_PORT, false},
	};
	static struct fa_port_set documented;

	(void)state;
	documented.udp[161 / 8] = documented.tcp[161 / 8] = 1 << 161 % 8;
	assert_true(fa_port_set_has(&documented, FA_IP_UDP, 161));
	for (size_t i = 0; i < COUNT(ports); i++) {
		struct bench *bench = bench_new();
		struct ends ends = {"10.0.0.1", "10.0.0.2", ports[i].sender, ports[i].server,
				    ports[i].transport, 0, 0};

		bench->options.max_flows = 1;
		bench->options.documented = &documented;
		TALK(bench, &ends, {.from = 'a', .tcp = ACK});
		establish(bench, 1);
		assert_int_equal(fa_flows_flush(bench->flows), 0);
		assert_int_equal(bench->got[0].id.direction_by, ports[i].by);
		assert_int_equal(is_crowd(&bench->got[0]), ports[i].joins);
		if (ports[i].joins)
			assert_int_equal(bench->got[0].id.server_port, ports[i].server);
		finish(bench);
		bench_free(bench);
	}
}

/* Answered, in its time, or at the end: it keeps its client. */
static void who_is_not_evicted_stays_who_he_is(void **state)
{
	struct bench *bench = bench_new();
	size_t crowd;

	(void)state;
	TALK(bench, &dns, {.from = 'a'}, {.at = 500, .from = 'a'});
	finish(bench);
	sums(bench, true, &crowd);
	assert_int_equal(crowd, 0);
	assert_int_equal(fa_flows_counts(bench->flows)->flows, 2);
	bench_free(bench);
}

/* One that needs no answers, as syslog, outlives any number of probes. */
static void a_sender_outlives_a_flood(void **state)
{
	struct bench *bench = bench_new();
	const struct ends syslog = {"10.0.0.1", "10.0.0.2", 514, 514, FA_IP_UDP, 0, 0};
	struct fa_counts own;
	size_t count;

	(void)state;
	bench->options.max_flows = 200;
	for (uint32_t i = 0; i < 20; i++)
		TALK(bench, &syslog, {.at = i / 100.0, .from = 'a'});
	flood(bench, 10000);
	TALK(bench, &syslog, {.at = 1, .from = 'a'});
	assert_int_equal(fa_flows_counts(bench->flows)->flows, 10001);
	finish(bench);
	own = sums(bench, false, &count);
	assert_int_equal(own.flows, 200);
	assert_int_equal(own.packets_to_server, 199 + 21);
	bench_free(bench);
}

/* What a guess makes of the sender's address must not part the crowd. */
static void guesses_do_not_know_the_sender(void **state)
{
	struct bench *bench = bench_new();
	struct fa_identity id;
	struct fa_addr none;

	(void)state;
	bench->options.max_flows = 1;
	TALK(bench, &dns, {.from = 'b'}, {.from = 'b'});
	assert_true(fa_addr_parse("0.0.0.0", &none));
	establish(bench, 1);
	assert_memory_equal(bench->last_like.src, none.bytes, 16);
	assert_memory_not_equal(bench->last_like.dst, none.bytes, 16);
	assert_true(bench->last_like.src_port == 0 && bench->last_like.dst_port != 0);
	finish(bench);
	assert_memory_not_equal(bench->last_like.src, none.bytes, 16); /* ended, not evicted */
	bench_free(bench);

	memset(&id, 0, sizeof(id));
	strcpy(id.protocol, "DNS");
	strcpy(id.application, "Google");
	strcpy(id.host, "example.net");
	id.detected_by = FA_DETECTED_DPI;
	fa_crowd_join(&id);
	assert_string_equal(id.protocol, "DNS");
	assert_true(id.application[0] == '\0' && id.host[0] == '\0');
	assert_int_equal(id.detected_by, FA_DETECTED_DPI);
	id.detected_by = FA_DETECTED_ADDRESS_GUESS;
	fa_crowd_join(&id);
	assert_string_equal(id.protocol, "Unknown");
	assert_int_equal(id.detected_by, FA_DETECTED_NONE);
}

/* Records are of single flows, and say who it was. */
static void records_keep_the_client(void **state)
{
	struct bench *bench = bench_new();

	(void)state;
	bench->options.max_flows = 10;
	bench_open(bench, true);
	flood(bench, 50);
	finish(bench);
	assert_int_equal(bench->record_count, 50);
	for (size_t i = 0; i < 50; i++) {
		assert_false(fa_addr_is_unspecified(&bench->records[i].id.client));
		assert_int_not_equal(bench->records[i].id.client_port, 0);
	}
	bench_free(bench);
}

/* Senders of one datagram to one port, each with an address of its own. */
static void datagrams(struct bench *bench, uint32_t count, const char *payload)
{
	for (uint32_t i = 0; i < count; i++) {
		char text[FA_ADDR_TEXT];
		struct ends ends = {text, "10.0.0.3", 5000, 9, FA_IP_UDP, 0, 0};

		snprintf(text, sizeof(text), "11.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
		TALK(bench, &ends, {.at = i / 1e6, .from = 'a', .payload = payload});
	}
}

static void close_window(struct bench *bench)
{
	bool done = false;

	assert_int_equal(fa_flows_close_window(bench->flows), 0);
	while (!done)
		assert_int_equal(fa_flows_close_some(bench->flows, 1000, &done), 0);
}

/* What a flood left in the table is told apart up to a number, and only when the table was full. */
static void the_rest_of_a_flood(void **state)
{
	enum { SHARE = FA_CROWD_TOLD_APART, LEFT = 2 * SHARE + 5000, GONE = 500 };
	static const struct {
		uint32_t windows; /* closed between the flood and its end */
		bool is_full;
		const char *payload; /* those that are recognised are told when a window closes */
		uint32_t told_apart, crowd;
	} kinds[] = {
		{0, true, NULL, SHARE, GONE + LEFT - SHARE},
		{1, true, NULL, SHARE, GONE + LEFT - SHARE},
		{2, true, NULL, LEFT, GONE},
		{0, false, NULL, LEFT, 0},
		{0, true, "!DNS", SHARE, GONE + LEFT - SHARE},
		{1, true, "!DNS", 2 * SHARE, GONE + LEFT - 2 * SHARE},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct bench *bench = bench_new();
		struct fa_counts own, crowd;
		size_t conversations;

		bench->options.max_flows = LEFT;
		bench_open(bench, false);
		datagrams(bench, LEFT + (kinds[i].is_full ? GONE : 0), kinds[i].payload);
		for (uint32_t w = 0; w < kinds[i].windows; w++)
			close_window(bench);
		finish(bench);
		own = sums(bench, false, &conversations);
		if (conversations != kinds[i].told_apart || own.flows != kinds[i].told_apart)
			fail_msg("row %zu: %zu told apart, %u flows", i, conversations,
				 (unsigned)own.flows);
		crowd = sums(bench, true, &conversations);
		assert_int_equal(crowd.flows, kinds[i].crowd);
		assert_int_equal(crowd.packets_to_server, kinds[i].crowd);
		bench_free(bench);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(established_flows_stay),
		cmocka_unit_test(one_crowd_a_port),
		cmocka_unit_test(who_joins),
		cmocka_unit_test(documented_ports_of_senders),
		cmocka_unit_test(who_is_not_evicted_stays_who_he_is),
		cmocka_unit_test(a_sender_outlives_a_flood),
		cmocka_unit_test(guesses_do_not_know_the_sender),
		cmocka_unit_test(records_keep_the_client),
		cmocka_unit_test(the_rest_of_a_flood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
