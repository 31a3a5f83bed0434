/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The adapter with the real nDPI behind it: what flows are called, and that states are clean. */
#include "classify/wire.h"

static uint8_t hello[2][600];

struct fixture {
	struct fa_classifier *classifier;
	struct fa_inspector inspector;
};

static struct fixture start(size_t max_states, unsigned max_packets, const struct fa_rulebook *book)
{
	struct fa_classifier_options options = fa_classifier_options_default();
	struct fixture f = {0};

	options.max_states = max_states;
	options.max_packets = max_packets;
	options.book = book;
	assert_int_equal(fa_classifier_new(&f.classifier, &options), 0);
	f.inspector = fa_classifier_inspector(f.classifier);
	return f;
}

#define HTTP_ASK  BYTES("GET /a HTTP/1.1\r\nHost: www.example:8080\r\nAccept: */*\r\n\r\n")
#define HTTP_TELL BYTES("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok")
#define SSH_TEXT  BYTES("SSH-2.0-OpenSSH_9.2\r\n")
#define DNS_ASK   BYTES("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"                         \
			"\x04host\x04test\x00\x00\x01\x00\x01")
#define DNS_TELL  BYTES("\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00"                         \
			"\x04host\x04test\x00\x00\x01\x00\x01"                                     \
			"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x0a\x00\x00\x01")
#define LDAP_BIND BYTES("\x30\x24\x02\x01\x01\x60\x1f\x02\x01\x03\x04\x12"                         \
			"cn=admin,dc=a,dc=b\x80\x06secret")
#define LDAP_DONE BYTES("\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00")

struct row {
	const char *name;
	uint8_t transport;
	uint16_t port, peer;
	struct words words[3];
	const char *protocol, *host;
	enum fa_detection by;
	int client_side;
};

static const struct row rows[] = {
	{"HTTP, request first", FA_IP_TCP, 40000, 8080, {{true, HTTP_ASK}, {false, HTTP_TELL}},
	 "HTTP", "www.example", FA_DETECTED_DPI, 1},
	{"HTTP, answer first", FA_IP_TCP, 8080, 40000, {{true, HTTP_TELL}, {false, HTTP_ASK}},
	 "HTTP", "*", FA_DETECTED_DPI, -1},
	{"SSH", FA_IP_TCP, 40000, 2222, {{false, SSH_TEXT}, {true, SSH_TEXT}}, "SSH", "",
	 FA_DETECTED_DPI, 0},
	{"DNS", FA_IP_UDP, 40000, 53, {{true, DNS_ASK}, {false, DNS_TELL}}, "DNS", "",
	 FA_DETECTED_DPI, 1},
	{"DNS, answer first", FA_IP_UDP, 53, 40000, {{true, DNS_TELL}}, "DNS", "",
	 FA_DETECTED_DPI, -1},
	{"DNS, answer by the other", FA_IP_UDP, 40000, 53, {{false, DNS_TELL}}, "DNS", "",
	 FA_DETECTED_DPI, 1},
	{"LDAP, a simple bind", FA_IP_TCP, 40000, 1389, {{true, LDAP_BIND}, {false, LDAP_DONE}},
	 "LDAP", "", FA_DETECTED_COUNT, 1},
};

static void check(const struct fa_inspector *inspector, const struct row *row, uint8_t host)
{
	struct wire wire = wire_of(row->transport, row->port, row->peer);
	struct fa_inspection got;
	size_t count = 0;

	wire.host = host;
	while (count < COUNT(row->words) && row->words[count].bytes != NULL)
		count++;
	got = hear(inspector, &wire, row->words, count);
	if (strcmp(got.protocol, row->protocol) != 0)
		fail_msg("%s: %s", row->name, got.protocol);
	if (row->by != FA_DETECTED_COUNT && got.detected_by != row->by)
		fail_msg("%s: by %s", row->name, fa_detection_text(got.detected_by));
	assert_true(fa_detection_is_seen(got.detected_by));
	if (got.client_side != row->client_side)
		fail_msg("%s: client side %d", row->name, got.client_side);
	if (strcmp(row->host, "*") != 0 && strcmp(got.host, row->host) != 0)
		fail_msg("%s: host \"%s\"", row->name, got.host);
	assert_string_equal(got.application, "");
}

static void protocols(void **state)
{
	struct fixture f = start(100, 24, NULL);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check(&f.inspector, &rows[i], 1);
	fa_classifier_free(f.classifier);
}

static void tls_with_a_name(void **state)
{
	static const char *const names[] = {"db-7.internal.example", "www.google.com"};
	struct fixture f = start(100, 24, NULL);

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		struct wire wire = wire_of(FA_IP_TCP, 40000, 9443);
		struct words words = client_hello(names[i], hello[0]);
		struct fa_inspection got = hear(&f.inspector, &wire, &words, 1);

		assert_string_equal(got.protocol, "TLS");
		assert_string_equal(got.application, i == 0 ? "" : "Google");
		assert_string_equal(got.host, names[i]);
		assert_int_equal(got.detected_by, FA_DETECTED_DPI);
		assert_int_equal(got.client_side, 1);
	}
	fa_classifier_free(f.classifier);
}

static void hosts_in_http(void **state)
{
	static const struct {
		const char *said, *host;
	} hosts[] = {
		{"plain.example", "plain.example"}, {"with.port.example:80", "with.port.example"},
		{"10.0.0.9:1", "10.0.0.9"},
	};
	struct fixture f = start(100, 24, NULL);

	(void)state;
	for (size_t i = 0; i < COUNT(hosts); i++) {
		struct wire wire = wire_of(FA_IP_TCP, 40000, 8080);
		struct fa_inspection got;
		char text[200];
		struct words words = {true, text, 0};

		snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: %s\r\nAccept: */*\r\n\r\n",
			 hosts[i].said);
		words.len = strlen(text);
		got = hear(&f.inspector, &wire, &words, 1);
		assert_string_equal(got.protocol, "HTTP");
		assert_string_equal(got.host, hosts[i].host);
		for (size_t b = strlen(got.host); b < sizeof(got.host); b++)
			assert_int_equal(got.host[b], 0);
	}
	fa_classifier_free(f.classifier);
}

/* Without payload there is only the port number, and that must say so. */
static void guesses_are_called_guesses(void **state)
{
	struct fixture f = start(100, 24, NULL);
	struct wire wire = wire_of(FA_IP_TCP, 40000, 22);
	struct fa_inspection got = hear(&f.inspector, &wire, NULL, 0);

	(void)state;
	assert_string_equal(got.protocol, "SSH");
	assert_int_equal(got.detected_by, FA_DETECTED_PORT_GUESS);
	assert_int_equal(got.client_side, 0);
	wire = wire_of(FA_IP_UDP, 40000, 53);
	got = hear(&f.inspector, &wire, NULL, 0);
	assert_string_equal(got.protocol, "DNS");
	assert_int_equal(got.detected_by, FA_DETECTED_PORT_GUESS);
	wire = wire_of(FA_IP_TCP, 40000, 45678);
	got = hear(&f.inspector, &wire, NULL, 0);
	assert_string_equal(got.protocol, "Unknown");
	assert_int_equal(got.detected_by, FA_DETECTED_NONE);
	wire = wire_of(FA_IP_TCP, 40000, 22);
	got = hear(&f.inspector, &wire, &(struct words){true, BYTES("\x01\x99zzzz")}, 1);
	assert_false(fa_detection_is_seen(got.detected_by));
	fa_classifier_free(f.classifier);
}

static const uint8_t ask_bytes[] = {'F', 'L', 'O', 'W', 0}, ask_mask[] = {255, 255, 255, 255, 0};
static const struct fa_pattern ask = {ask_bytes, ask_mask, 5};
static const uint8_t get_bytes[] = {'G', 'E', 'T'};
static const struct fa_pattern get = {get_bytes, ask_mask, 3};
static const struct fa_signature flow_signatures[] = {
	{.name = "Flow-Test", .transports = FA_RULE_TCP, .client = &ask, .client_count = 1},
	{.name = "Not-HTTP", .transports = FA_RULE_TCP, .client = &get, .client_count = 1},
};
static const struct fa_product product = {.id = "test", .signatures = flow_signatures,
					  .signature_count = 2};
static const struct fa_rulebook book = {.products = &product, .product_count = 1};

static void signatures(void **state)
{
	struct fixture f = start(100, 24, &book), plain = start(100, 24, NULL);
	/* What comes after the first payload does not matter. */
	const struct words words[] = {{true, BYTES("FLOW1 does not look like anything")},
				      {true, BYTES("more of the same")}};
	const struct words http = {true, HTTP_ASK};
	struct wire wire = wire_of(FA_IP_TCP, 40000, 22);
	struct fa_inspection got = hear(&f.inspector, &wire, words, 2);

	(void)state;
	/* Stronger than the guess that port 22 would be. */
	assert_string_equal(got.protocol, "Flow-Test");
	assert_int_equal(got.detected_by, FA_DETECTED_SIGNATURE);
	wire = wire_of(FA_IP_TCP, 40000, 22);
	got = hear(&plain.inspector, &wire, words, 2);
	assert_string_not_equal(got.protocol, "Flow-Test");
	wire = wire_of(FA_IP_TCP, 40000, 8080);
	got = hear(&f.inspector, &wire, &http, 1);
	assert_string_equal(got.protocol, "HTTP"); /* nDPI saw something: that stays */
	fa_classifier_free(f.classifier);
	fa_classifier_free(plain.classifier);
}

static void the_budget_ends_it(void **state)
{
	static const unsigned budgets[] = {1, 5, 24};

	(void)state;
	for (size_t i = 0; i < COUNT(budgets); i++) {
		struct fixture f = start(100, budgets[i], NULL);
		struct wire wire = wire_of(FA_IP_UDP, 40000, 40001);
		const struct words noise = {true, BYTES("\xf3\x91zz\x88\x99 nothing known")};
		void *one = f.inspector.begin(f.inspector.context);
		struct fa_inspection out;
		unsigned packets = 0;
		bool enough = false;

		while (!enough && packets < 100) {
			wire_packet(&wire, &noise);
			enough = f.inspector.packet(f.inspector.context, one, &wire.packet,
						    wire.bytes, true);
			packets++;
		}
		assert_int_equal(packets, budgets[i]);
		f.inspector.end(f.inspector.context, one, &wire.packet, &out);
		assert_string_equal(out.protocol, "Unknown");
		fa_classifier_free(f.classifier);
	}
}

/* 64 states serve thousands of flows, and what was in one never shows in the next. */
static void states_come_back_clean(void **state)
{
	struct fixture f = start(64, 24, NULL);
	struct words words = client_hello("left-over.example", hello[1]);

	(void)state;
	for (unsigned round = 0; round < 500; round++) {
		struct wire wire = wire_of(FA_IP_TCP, 40000, 9443);

		wire.host = (uint8_t)(1 + round % 200);
		assert_string_equal(hear(&f.inspector, &wire, &words, 1).host, "left-over.example");
		for (size_t i = 0; i < COUNT(rows); i++)
			check(&f.inspector, &rows[i], (uint8_t)(1 + round % 200));
		wire = wire_of(FA_IP_TCP, 40000, 45678);
		wire.host = (uint8_t)(1 + round % 200);
		assert_string_equal(hear(&f.inspector, &wire, NULL, 0).protocol, "Unknown");
	}
	fa_classifier_free(f.classifier);
}

static void the_cap_on_states(void **state)
{
	struct fixture f = start(64, 24, NULL);
	struct wire wire = wire_of(FA_IP_TCP, 40000, 22);
	void *states[64];
	struct fa_inspection out;

	(void)state;
	for (size_t i = 0; i < 64; i++) {
		states[i] = f.inspector.begin(f.inspector.context);
		assert_non_null(states[i]);
	}
	assert_null(f.inspector.begin(f.inspector.context));
	out = hear(&f.inspector, &wire, NULL, 0); /* no state even for a guess */
	assert_string_equal(out.protocol, "Unknown");
	assert_int_equal(out.detected_by, FA_DETECTED_NONE);
	f.inspector.end(f.inspector.context, states[7], &wire.packet, &out);
	assert_ptr_equal(f.inspector.begin(f.inspector.context), states[7]);
	fa_classifier_free(f.classifier); /* with states in use */
}

static void names_for_catalogs(void **state)
{
	struct fa_strings names = fa_classifier_protocols();

	(void)state;
	assert_true(names.count > 200);
	for (size_t i = 1; i < names.count; i++)
		assert_true(strcmp(names.items[i - 1], names.items[i]) <= 0);
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_true(fa_strings_have(&names, rows[i].protocol));
	assert_false(fa_strings_have(&names, "Unknown"));
	assert_ptr_equal(fa_classifier_protocols().items, names.items);
	assert_int_equal(strncmp(fa_classifier_version(), "4.", 2), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(protocols),
		cmocka_unit_test(tls_with_a_name),
		cmocka_unit_test(hosts_in_http),
		cmocka_unit_test(guesses_are_called_guesses),
		cmocka_unit_test(signatures),
		cmocka_unit_test(the_budget_ends_it),
		cmocka_unit_test(states_come_back_clean),
		cmocka_unit_test(the_cap_on_states),
		cmocka_unit_test(names_for_catalogs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
