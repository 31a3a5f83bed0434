/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names from DNS: only what a flow has asked, once, and from where it was asked. */
#include "bench.h"

static const struct ends udp = {"10.0.0.1", "10.0.0.53", 40000, 53, FA_IP_UDP, 0, 0};
static const struct ends tcp = {"10.0.0.1", "10.0.0.53", 40000, 53, FA_IP_TCP, 0, 0};
static const struct ends udp6 = {"2001:db8::1", "2001:db8::53", 40000, 53, FA_IP_UDP, 0, 0};
static const struct ends both53 = {"10.0.0.1", "10.0.0.53", 53, 53, FA_IP_UDP, 0, 0};
static const struct ends mdns = {"10.0.0.1", "224.0.0.251", 5353, 5353, FA_IP_UDP, 0, 0};

static struct bench *listener(void)
{
	struct bench *bench = bench_new();

	bench->wants_names = true;
	bench->hears_dns = true;
	return bench;
}

/* The names told so far, as "host=address/ttl ..."; the bench is freed. */
static void assert_told(struct bench *bench, const char *want)
{
	char got[400] = "";

	finish(bench);
	for (size_t i = 0; i < bench->name_count; i++) {
		char address[FA_ADDR_TEXT];
		char one[200];

		snprintf(one, sizeof(one), "%s=%s/%u ", bench->names[i].host,
			 fa_addr_text(&bench->names[i].address, address), bench->names[i].ttl_s);
		strcat(got, one);
	}
	assert_string_equal(got, want);
	bench_free(bench);
}

static void answers_to_questions(void **state)
{
	struct bench *bench = listener();

	(void)state;
	TALK(bench, &udp, {1, 'a', .payload = "Q7 a.example"},
	     {1.5, 'b', .payload = "A7 a.example 192.0.2.1 2001:db8::2"});
	assert_int_equal(bench->name_count, 2);
	assert_addr(&bench->names[0].client, "10.0.0.1");
	assert_addr(&bench->names[0].resolver, "10.0.0.53");
	assert_true(bench->names[0].ts_ns == SECOND * 3 / 2);
	assert_told(bench, "a.example=192.0.2.1/1 a.example=2001:db8::2/2 ");

	bench = listener();
	TALK(bench, &udp6, {1, 'a', .payload = "Q7 a.example"},
	     {1.5, 'b', .payload = "A7 a.example 192.0.2.1"});
	assert_addr(&bench->names[0].client, "2001:db8::1");
	assert_told(bench, "a.example=192.0.2.1/1 ");
}

static void only_what_was_asked(void **state)
{
	static const char *const answers[] = {
		"A8 a.example 192.0.2.1",  /* another id */
		"A7 b.example 192.0.2.1",  /* another host */
		"A7x a.example 192.0.2.1", /* another type */
	};
	struct bench *bench;

	(void)state;
	for (size_t i = 0; i < COUNT(answers); i++) {
		bench = listener();
		TALK(bench, &udp, {1, 'a', .payload = "Q7 a.example"},
		     {2, 'b', .payload = answers[i]});
		assert_told(bench, "");
	}
	bench = listener(); /* nothing */
	TALK(bench, &udp, {2, 'b', .payload = "A7 a.example 192.0.2.1"});
	assert_told(bench, "");

	bench = listener(); /* afterwards */
	TALK(bench, &udp, {2, 'b', .payload = "A7 a.example 192.0.2.1"},
	     {3, 'a', .payload = "Q7 a.example"});
	assert_told(bench, "");

	bench = listener(); /* in another flow */
	TALK(bench, &tcp, {1, 'a', .payload = "Q7 a.example"});
	TALK(bench, &udp, {2, 'b', .payload = "A7 a.example 192.0.2.1"});
	assert_told(bench, "");

	bench = listener(); /* too long ago */
	TALK(bench, &udp, {1, 'a', .payload = "Q7 a.example"},
	     {200, 'b', .payload = "A7 a.example 192.0.2.1"});
	assert_told(bench, "");
}

/* Who asks answers itself: nobody does, but both ends may have port 53. */
static void only_from_where_it_was_asked(void **state)
{
	struct bench *bench = listener();

	(void)state;
	TALK(bench, &both53, {1, 'a', .payload = "Q7 a.example"},
	     {2, 'a', .payload = "A7 a.example 192.0.2.1"});
	assert_told(bench, "");

	bench = listener();
	TALK(bench, &both53, {1, 'a', .payload = "Q7 a.example"},
	     {2, 'b', .payload = "A7 a.example 192.0.2.1"});
	assert_told(bench, "a.example=192.0.2.1/1 ");

	bench = listener(); /* asked by the server's side */
	TALK(bench, &udp, {1, 'b', .payload = "Q7 a.example"},
	     {2, 'a', .payload = "A7 a.example 192.0.2.1"});
	assert_told(bench, "");

	bench = listener();
	TALK(bench, &mdns, {1, 'a', .payload = "Q7 a.example"},
	     {2, 'b', .payload = "A7 a.example 192.0.2.1"});
	assert_told(bench, "");
}

static void the_first_answer_is_it(void **state)
{
	struct bench *bench = listener();

	(void)state;
	TALK(bench, &udp, {1, 'a', .payload = "Q7 a.example"}, {2, 'a', .payload = "Q7 a.example"},
	     {3, 'b', .payload = "A7 a.example 192.0.2.1"},
	     {4, 'b', .payload = "A7 a.example 192.0.2.2"});
	assert_told(bench, "a.example=192.0.2.1/1 ");

	bench = listener(); /* asked anew */
	TALK(bench, &udp, {1, 'a', .payload = "Q7 a.example"},
	     {2, 'b', .payload = "A7 a.example 192.0.2.1"}, {3, 'a', .payload = "Q7 a.example"},
	     {4, 'b', .payload = "A7 a.example 192.0.2.2"});
	assert_told(bench, "a.example=192.0.2.1/1 a.example=192.0.2.2/1 ");
}

/* Also when inspection has seen enough of the flow long ago. */
static void several_questions_at_once(void **state)
{
	struct bench *bench = listener();
	size_t told = 0;

	(void)state;
	TALK(bench, &udp, {1, 'a', .payload = "!DNS"});
	for (int i = 0; i < 9; i++) {
		char text[40];

		snprintf(text, sizeof(text), "Q%c a.example", 'a' + i);
		TALK(bench, &udp, {2, 'a', .payload = text});
	}
	for (int i = 8; i >= 0; i--) {
		char text[40];

		snprintf(text, sizeof(text), "A%c a.example 192.0.2.1", 'a' + i);
		TALK(bench, &udp, {3, 'b', .payload = text});
		told += i > 0;
		assert_int_equal(bench->name_count, told); /* the oldest is forgotten */
	}
	finish(bench);
	bench_free(bench);
}

/* One TCP segment of BYTES, after its acknowledgement number 1. */
static void segment(struct bench *bench, char from, const uint8_t *bytes, size_t len,
		    uint32_t payload_bytes)
{
	const struct say say = {2, from, ACK, .seq = 1};
	struct fa_packet packet = packet_of(&tcp, &say);

	if (bench->flows == NULL)
		bench_open(bench, false);
	packet.captured = (uint32_t)len;
	packet.payload_offset = 4;
	packet.payload_bytes = payload_bytes;
	assert_int_equal(give(bench, &packet, (const char *)bytes), 0);
}

#define HEAD "...."
#define SEGMENT(bench, from, text)                                                                 \
	segment(bench, from, (const uint8_t *)(HEAD text), sizeof(HEAD text) - 1, sizeof(text) - 1)

static void whole_messages_in_segments(void **state)
{
	struct bench *bench = listener();

	(void)state;
	SEGMENT(bench, 'a', "\0\5Q7 aa\0\5Q8 bb");
	SEGMENT(bench, 'b', "\0\17A8 bb 192.0.2.1\0\17A7 aa 192.0.2.2");
	assert_told(bench, "bb=192.0.2.1/1 aa=192.0.2.2/1 ");

	bench = listener(); /* the second is cut, after that the rest is lost */
	SEGMENT(bench, 'a', "\0\5Q7 aa\0\5Q8 bb");
	SEGMENT(bench, 'b', "\0\17A8 bb 192.0.2.1\0\17A7 aa 192.0.2.");
	SEGMENT(bench, 'b', "2\0\17A7 aa 192.0.2.2");
	assert_told(bench, "bb=192.0.2.1/1 ");

	bench = listener(); /* lengths of nothing, half a length */
	SEGMENT(bench, 'a', "\0\5Q7 aa\0");
	SEGMENT(bench, 'b', "\0\17A7 aa 192.0.2.2\0\0");
	SEGMENT(bench, 'b', "\377\377");
	assert_told(bench, "aa=192.0.2.2/1 ");
}

static void bytes_behind_the_payload(void **state)
{
	static const char query[] = "....Q7 aa";
	static const char answer[] = "....A7 aa 192.0.2.1 192.0.2.2";
	static const struct say says[] = {{1, 'a', .bytes = 5}, {2, 'b', .bytes = 15}};
	struct bench *bench = listener();
	struct fa_packet packet = packet_of(&udp, &says[0]);

	(void)state;
	bench_open(bench, false);
	packet.captured = sizeof(query) - 1;
	packet.payload_offset = 4;
	assert_int_equal(give(bench, &packet, query), 0);
	packet = packet_of(&udp, &says[1]);
	packet.captured = sizeof(answer) - 1;
	packet.payload_offset = 4;
	assert_int_equal(give(bench, &packet, answer), 0);
	assert_told(bench, "aa=192.0.2.1/1 ");
}

/* The place of a flow that is over is used again; what was asked there is forgotten. */
static void places_used_again(void **state)
{
	struct bench *bench = listener();

	(void)state;
	TALK(bench, &tcp, {1, 'a', SYN, .seq = 9}, {2, 'b', SYN_ACK, .seq = 9},
	     {3, 'a', ACK, .seq = 10, .bytes = 1});
	SEGMENT(bench, 'a', "\0\5Q7 aa");
	TALK(bench, &tcp, {4, 'a', RST, .seq = 11}, {5, 'a', SYN, .seq = 99});
	SEGMENT(bench, 'b', "\0\17A7 aa 192.0.2.2");
	assert_int_equal(fa_flows_active(bench->flows), 1);
	assert_told(bench, "");
}

static void nobody_wants_to_know(void **state)
{
	struct bench *bench;

	(void)state;
	for (int i = 0; i < 2; i++) {
		bench = listener();
		bench->wants_names = i == 0;
		bench->hears_dns = i == 1;
		TALK(bench, &udp, {1, 'a', .payload = "Q7 a.example"},
		     {1.5, 'b', .payload = "A7 a.example 192.0.2.1"});
		assert_told(bench, "");
	}
}

static void the_sink_fails(void **state)
{
	static const struct say say = {2, 'b', .payload = "A7 a.example 192.0.2.1 192.0.2.2"};
	struct bench *bench = listener();
	struct fa_packet packet = packet_of(&udp, &say);

	(void)state;
	TALK(bench, &udp, {1, 'a', .payload = "Q7 a.example"});
	bench->sink_error = -77;
	assert_int_equal(give(bench, &packet, say.payload), -77);
	assert_int_equal(bench->name_count, 1);
	bench->sink_error = 0;
	finish(bench);
	bench_free(bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_to_questions),
		cmocka_unit_test(only_what_was_asked),
		cmocka_unit_test(only_from_where_it_was_asked),
		cmocka_unit_test(the_first_answer_is_it),
		cmocka_unit_test(several_questions_at_once),
		cmocka_unit_test(whole_messages_in_segments),
		cmocka_unit_test(bytes_behind_the_payload),
		cmocka_unit_test(places_used_again),
		cmocka_unit_test(nobody_wants_to_know),
		cmocka_unit_test(the_sink_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
