/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copies and repetitions: what is which, within what time, and that the seed decides nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "decode/decode.h"
#include "dedup/dedup.h"
#include "dedup/recent.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define WINDOW	     FA_DUPLICATES_DEFAULT_NS
#define FIRST	     FA_SIGHTING_FIRST
#define COPY	     FA_SIGHTING_COPY
#define REPEATED     FA_SIGHTING_REPEATED

enum { ETHERNET = 14, IP4 = 20, TCP = 20, UDP = 8, SPACE = 600 };

/* An Ethernet frame, and where its parts are. */
struct bytes {
	uint8_t data[SPACE];
	uint32_t len, wire;
	uint32_t interface;
	int link_type;
};

static struct fa_dedup *new_with(enum fa_duplicates mode, int64_t window_ns, uint64_t seed)
{
	struct fa_dedup *dedup;
	struct fa_wire wire;

	fa_wire_default(&wire);
	wire.duplicates = mode;
	wire.duplicates_ns = window_ns;
	assert_int_equal(fa_dedup_new(&dedup, &wire, seed), 0);
	return dedup;
}

static struct fa_dedup *new_auto(void)
{
	return new_with(FA_DUPLICATES_AUTO, WINDOW, 42);
}

static enum fa_sighting see(struct fa_dedup *dedup, const struct bytes *bytes, int64_t ts_ns)
{
	const struct fa_decoder decoder = {.max_headers = FA_WIRE_DEFAULT_HEADERS};
	const struct fa_frame frame = {.ts_ns = ts_ns,
				       .data = bytes->data,
				       .captured = bytes->len,
				       .wire = bytes->wire,
				       .interface = bytes->interface,
				       .link_type = bytes->link_type};
	struct fa_packet packet;
	const uint8_t *ip_bytes;

	assert_int_equal(fa_decode(&decoder, &frame, &packet, &ip_bytes), FA_DECODE_DECODED);
	return fa_dedup_packet(dedup, &frame, &packet, ip_bytes);
}

static void put16(struct bytes *bytes, uint32_t at, unsigned value)
{
	bytes->data[at] = (uint8_t)(value >> 8);
	bytes->data[at + 1] = (uint8_t)value;
}

/* IPv4 with identification ID, and ROOM bytes behind the header, 0, 1, 2 ... from the middle on. */
static struct bytes ip4(unsigned protocol, unsigned id, uint32_t room)
{
	struct bytes b = {.len = ETHERNET + IP4 + room, .link_type = 1};

	b.wire = b.len;
	memcpy(b.data, "\x02\0\0\0\0\x02\x02\0\0\0\0\x01\x08\0\x45", 15);
	put16(&b, ETHERNET + 2, IP4 + room);
	put16(&b, ETHERNET + 4, id);
	b.data[ETHERNET + 8] = 64;
	b.data[ETHERNET + 9] = (uint8_t)protocol;
	memcpy(&b.data[ETHERNET + 12], "\x0a\0\0\x01\x0a\0\0\x02", 8);
	for (uint32_t i = 0; i < room; i++)
		b.data[ETHERNET + IP4 + i] = (uint8_t)(i / 2);
	return b;
}

static struct bytes udp4(unsigned id, uint32_t payload)
{
	struct bytes b = ip4(FA_IP_UDP, id, UDP + payload);

	put16(&b, ETHERNET + IP4, 1000);
	put16(&b, ETHERNET + IP4 + 2, 53);
	put16(&b, ETHERNET + IP4 + 4, UDP + payload);
	return b;
}

static struct bytes tcp4(unsigned id, unsigned flags, uint32_t payload)
{
	struct bytes b = ip4(FA_IP_TCP, id, TCP + payload);

	b.data[ETHERNET + IP4 + 12] = 0x50;
	b.data[ETHERNET + IP4 + 13] = (uint8_t)flags;
	return b;
}

/* The same at IPv6, without extension headers. */
static struct bytes as_ip6(const struct bytes *four)
{
	struct bytes b = *four;
	uint32_t room = four->len - ETHERNET - IP4;

	b.len = b.wire = ETHERNET + 40 + room;
	memcpy(&b.data[12], "\x86\xdd\x60\0\0\0", 6);
	put16(&b, ETHERNET + 4, room);
	b.data[ETHERNET + 6] = four->data[ETHERNET + 9];
	b.data[ETHERNET + 7] = 64;
	memset(&b.data[ETHERNET + 8], 0, 32);
	b.data[ETHERNET + 8] = b.data[ETHERNET + 24] = 0xfd;
	b.data[ETHERNET + 23] = 1;
	b.data[ETHERNET + 39] = 2;
	memcpy(&b.data[ETHERNET + 40], &four->data[ETHERNET + IP4], room);
	return b;
}

/* What the second of two sights within the window is, in a capture of nothing else. */
static enum fa_sighting second(const struct bytes *one, const struct bytes *other)
{
	struct fa_dedup *dedup = new_auto();
	enum fa_sighting result;

	assert_int_equal(see(dedup, one, 0), FIRST);
	result = see(dedup, other, 1000);
	fa_dedup_free(dedup);
	return result;
}

static void off_is_nothing(void **state)
{
	(void)state;
	assert_null(new_with(FA_DUPLICATES_OFF, WINDOW, 1));
	fa_dedup_free(NULL);
}

/* What says itself which packet it is, and what does not. */
static void word_for_word(void **state)
{
	const struct {
		struct bytes packet;
		enum fa_sighting four, unnumbered, six;
	} rows[] = {
		{udp4(7, 4), COPY, REPEATED, REPEATED},
		{ip4(FA_IP_ICMP, 7, 8), COPY, REPEATED, REPEATED},
		{tcp4(7, FA_TCP_ACK, 1), COPY, COPY, COPY},
		{tcp4(7, FA_TCP_SYN, 0), COPY, COPY, COPY},
		{tcp4(7, FA_TCP_FIN | FA_TCP_ACK, 0), COPY, COPY, COPY},
		{tcp4(7, FA_TCP_ACK, 0), COPY, REPEATED, REPEATED},
		{tcp4(7, FA_TCP_RST, 0), COPY, REPEATED, REPEATED},
		{ip4(50, 7, 16), COPY, COPY, COPY}, /* ESP */
		{ip4(200, 7, 16), COPY, REPEATED, REPEATED},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes b = rows[i].packet;
		struct bytes six = as_ip6(&b);

		assert_int_equal(second(&b, &b), rows[i].four);
		assert_int_equal(second(&six, &six), rows[i].six);
		put16(&b, ETHERNET + 4, 0);
		assert_int_equal(second(&b, &b), rows[i].unnumbered);
		put16(&b, ETHERNET + 6, 0x2000); /* more fragments */
		assert_int_equal(second(&b, &b), COPY);
	}
}

static void another_transport(void **state)
{
	const struct bytes one = ip4(200, 0, 16), other = ip4(201, 0, 16);

	(void)state;
	assert_int_equal(second(&one, &other), FIRST);
}

static void sctp(void **state)
{
	static const struct {
		uint8_t chunk;
		enum fa_sighting second;
	} rows[] = {{0, COPY}, {1, COPY}, {64, COPY}, {3, REPEATED}, {4, REPEATED}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes b = ip4(FA_IP_SCTP, 0, 16);

		b.data[ETHERNET + IP4 + 12] = rows[i].chunk;
		assert_int_equal(second(&b, &b), rows[i].second);
		b.len -= 4; /* cut off before it */
		assert_int_equal(second(&b, &b), REPEATED);
	}
}

/* One byte changed at each place of a packet: another packet, the same elsewhere, or no matter. */
static void every_byte(void **state)
{
	const struct bytes four = udp4(0, 300);
	const struct bytes six = as_ip6(&four);

	(void)state;
	for (uint32_t i = 0; i < four.len; i++) {
		struct bytes b = four;
		uint32_t at = i - ETHERNET;
		enum fa_sighting wanted = FIRST;

		if (i == 12 || i == 13 || i == 14 || at == 2 || at == 3 || at == 6 || at == 9 ||
		    at == IP4 + 4 || at == IP4 + 5)
			continue; /* no such packet */
		b.data[i] ^= 0x01;
		if (i < ETHERNET || at == 8)
			wanted = COPY;
		else if (at == 1 || at == 10 || at == 11) /* service class, checksum */
			wanted = REPEATED;
		else if (at >= IP4 + 240 && at < IP4 + UDP + 300 - 16)
			wanted = REPEATED; /* for a checksum to tell */
		assert_int_equal(second(&four, &b), wanted);
	}
	for (uint32_t i = ETHERNET + 8; i < ETHERNET + 40; i++) {
		struct bytes b = six;

		b.data[i] ^= 0x01;
		assert_int_equal(second(&six, &b), FIRST);
	}
}

static void seen_elsewhere(void **state)
{
	const struct bytes four = udp4(0, 20);
	const struct bytes six = as_ip6(&four);
	struct bytes b = four;

	(void)state;
	b.interface = 3;
	assert_int_equal(second(&four, &b), COPY);
	b = four;
	b.data[ETHERNET + 8]--;
	assert_int_equal(second(&four, &b), COPY);
	b = six;
	b.data[ETHERNET + 7]--;
	assert_int_equal(second(&six, &b), COPY);
	b = six;
	b.data[11] ^= 1;
	assert_int_equal(second(&six, &b), COPY);
	memmove(&b.data[16], &four.data[12], four.len - 12); /* a VLAN tag */
	memcpy(b.data, four.data, 12);
	memcpy(&b.data[12], "\x81\0\0\x05", 4);
	b.len = b.wire = four.len + 4;
	assert_int_equal(second(&four, &b), COPY);
	b = four;
	memmove(b.data, &b.data[ETHERNET], b.len - ETHERNET); /* raw IP */
	b.len = b.wire = b.len - ETHERNET;
	b.link_type = 101;
	assert_int_equal(second(&four, &b), COPY);
	assert_int_equal(second(&b, &b), REPEATED);
}

/* The other direction is no copy, even where ports and bytes are the same. */
static void both_directions(void **state)
{
	struct bytes there = udp4(7, 20), back;

	(void)state;
	put16(&there, ETHERNET + IP4, 123);
	put16(&there, ETHERNET + IP4 + 2, 123);
	back = there;
	back.data[ETHERNET + 15] = 2;
	back.data[ETHERNET + 19] = 1;
	assert_int_equal(second(&there, &back), FIRST);
}

/* Of two mirrors one cuts. */
static void cut_to_different_lengths(void **state)
{
	const struct bytes full = tcp4(7, FA_TCP_ACK, 500);
	struct bytes cut = full;

	(void)state;
	cut.len = ETHERNET + IP4 + 64;
	assert_int_equal(second(&full, &cut), COPY);
	assert_int_equal(second(&cut, &full), COPY);
	cut.len--;
	assert_int_equal(second(&full, &cut), FIRST);
}

/* An IPv4 tunnel around DATA, with numbers of its own for each packet. */
static struct bytes tunnelled(const struct bytes *inner, unsigned outer_id, unsigned source)
{
	struct bytes b = ip4(4, outer_id, inner->len - ETHERNET);

	b.data[ETHERNET + 15] = (uint8_t)source;
	put16(&b, ETHERNET + 10, outer_id * 7); /* the checksum, more or less */
	memcpy(&b.data[ETHERNET + IP4], &inner->data[ETHERNET], inner->len - ETHERNET);
	return b;
}

static void in_a_tunnel(void **state)
{
	const struct bytes inner = udp4(0, 20);
	const struct bytes outer = tunnelled(&inner, 5, 1);
	struct bytes b = tunnelled(&inner, 6, 1);

	(void)state;
	/* Two packets of the tunnel hold two packets. */
	assert_int_equal(second(&outer, &b), REPEATED);
	b = tunnelled(&inner, 5, 9); /* from another end */
	assert_int_equal(second(&outer, &b), COPY);
	b = outer;
	b.data[5] ^= 1;
	assert_int_equal(second(&outer, &b), COPY);
	assert_int_equal(second(&inner, &outer),
			 FIRST); /* what is in no tunnel is something else */
}

static void the_window(void **state)
{
	const struct bytes b = udp4(7, 4);
	static const struct {
		int64_t first, second;
		enum fa_sighting wanted;
	} rows[] = {
		{0, 0, COPY},
		{0, WINDOW - 1, COPY},
		{0, WINDOW, FIRST},
		{WINDOW - 1, 0, COPY}, /* a mirror that is late */
		{WINDOW, 0, FIRST},
		{INT64_MAX, INT64_MAX, COPY},
		{INT64_MIN, INT64_MIN, COPY},
		{INT64_MIN, INT64_MAX, FIRST},
		{INT64_MAX, INT64_MIN, FIRST},
		{-5, 5, COPY},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fa_dedup *dedup = new_auto();

		assert_int_equal(see(dedup, &b, rows[i].first), FIRST);
		assert_int_equal(see(dedup, &b, rows[i].second), rows[i].wanted);
		fa_dedup_free(dedup);
	}
}

/* The window is that of the one that stayed. */
static void three_mirrors(void **state)
{
	const struct bytes b = udp4(7, 4);
	struct bytes other = b;
	struct fa_dedup *dedup = new_auto();

	(void)state;
	other.data[ETHERNET + 8]--;
	assert_int_equal(see(dedup, &b, 0), FIRST);
	assert_int_equal(see(dedup, &other, 100), COPY);
	assert_int_equal(see(dedup, &other, 200), COPY);
	assert_int_equal(see(dedup, &b, WINDOW - 1), COPY);
	assert_int_equal(see(dedup, &b, WINDOW), FIRST);
	assert_int_equal(see(dedup, &other, WINDOW + 10), COPY);
	fa_dedup_free(dedup);
}

static void clocks_that_were_set(void **state)
{
	const int64_t hour = INT64_C(3600000000000);
	const int64_t times[] = {10 * hour,
				 9 * hour,
				 9 * hour + 5 * WINDOW,
				 30 * hour,
				 INT64_MIN,
				 9 * hour + 9 * WINDOW,
				 INT64_MAX,
				 9 * hour + 20 * WINDOW};
	struct fa_dedup *dedup = new_auto();

	(void)state;
	for (size_t i = 0; i < COUNT(times); i++)
		for (unsigned id = 1; id < 100; id++) {
			const struct bytes b = udp4(id, 4);

			assert_int_equal(see(dedup, &b, times[i]), FIRST);
			assert_int_equal(see(dedup, &b, times[i]), COPY);
		}
	fa_dedup_free(dedup);
}

/* One packet from the future, and a clock set back, hurt nobody who comes later. */
static void times_that_stay_apart(void **state)
{
	static const int64_t steps[] = {INT64_C(3600000000000), 500 * WINDOW, INT64_MAX};

	(void)state;
	for (size_t i = 0; i < COUNT(steps); i++) {
		struct fa_dedup *dedup = new_auto();
		const struct bytes wild = udp4(1, 20);

		for (unsigned n = 0; n < 10; n++) {
			const struct bytes b = udp4(n + 1, 8);

			assert_int_equal(see(dedup, &b, n), FIRST);
		}
		assert_int_equal(see(dedup, &wild, steps[i] / 2), FIRST);
		for (unsigned n = 2; n < 10; n++) {
			const struct bytes b = udp4(n + 1, 8);

			assert_int_equal(see(dedup, &b, n), COPY);
		}

		assert_int_equal(see(dedup, &wild, steps[i]), FIRST);
		for (int64_t n = 0; n < 3 * (int64_t)FA_DEDUP_PACKETS_MIN; n++) {
			const struct bytes b = udp4((unsigned)(n % 60000) + 1, 4);

			assert_int_equal(see(dedup, &b, n * 1000), FIRST);
			assert_int_equal(see(dedup, &b, n * 1000 + 10), COPY);
		}
		fa_dedup_free(dedup);
	}
}

/* Two interfaces whose clocks are apart: each knows its own copies. */
static void clocks_apart(void **state)
{
	static const int64_t apart[] = {2 * WINDOW, 500 * WINDOW, 999 * WINDOW, 5000 * WINDOW};

	(void)state;
	for (size_t i = 0; i < COUNT(apart); i++) {
		struct fa_dedup *dedup = new_auto();

		for (int64_t n = 0; n < 20000; n++) {
			const struct bytes one = udp4((unsigned)(n % 60000) + 1, 4);
			const struct bytes other = udp4((unsigned)(n % 60000) + 1, 6);

			assert_int_equal(see(dedup, &one, n * 1000), FIRST);
			assert_int_equal(see(dedup, &other, n * 1000 - apart[i]), FIRST);
			assert_int_equal(see(dedup, &one, n * 1000 + 300), COPY);
			assert_int_equal(see(dedup, &other, n * 1000 + 300 - apart[i]), COPY);
		}
		fa_dedup_free(dedup);
	}
}

/* As many as promised are remembered, of any seed, and the oldest are forgotten first. */
static void the_oldest_are_forgotten(void **state)
{
	static const struct {
		int64_t window_ns;
		unsigned packets;
	} rows[] = {{WINDOW, FA_DEDUP_PACKETS_MIN},
		    {2 * WINDOW, 2 * FA_DEDUP_PACKETS_MIN},
		    {8 * WINDOW, FA_DEDUP_PACKETS_MAX},
		    {FA_DUPLICATES_MAX_NS, FA_DEDUP_PACKETS_MAX}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (uint64_t seed = 0; seed < 3; seed++) {
			struct fa_dedup *dedup =
				new_with(FA_DUPLICATES_AUTO, rows[i].window_ns, seed);
			const struct bytes extra = udp4(1, 6);
			unsigned n;

			for (n = 0; n < rows[i].packets; n++) {
				struct bytes b = udp4(1, 4);

				put16(&b, b.len - 4, n);
				assert_int_equal(see(dedup, &b, n), FIRST);
			}
			for (n = 0; n < rows[i].packets; n++) {
				struct bytes b = udp4(1, 4);

				put16(&b, b.len - 4, n);
				assert_int_equal(see(dedup, &b, n), COPY);
			}
			assert_int_equal(see(dedup, &extra, n), FIRST);
			for (n = 0; n < 10; n++) {
				struct bytes b = udp4(1, 4);

				put16(&b, b.len - 4, n);
				assert_int_equal(see(dedup, &b, n), FIRST);
			}
			fa_dedup_free(dedup);
		}
}

/* Time in which a flood of the same packet would be felt if all of them were gone through. */
static void a_flood_of_one_packet(void **state)
{
	const struct bytes b = udp4(0, 4);
	struct fa_dedup *dedup = new_auto();

	(void)state;
	for (int64_t n = 0; n < 1000000; n++)
		assert_int_equal(see(dedup, &b, n), n == 0 ? FIRST : REPEATED);
	for (int64_t n = 2; n < 100000; n++)
		assert_int_equal(see(dedup, &b, n * WINDOW), FIRST);
	fa_dedup_free(dedup);
}

/* How many entries a chain leads to. */
static uint32_t chain(const struct recent *recent, uint64_t digest)
{
	uint32_t number = recent->heads[digest % recent->count];
	uint32_t length = 0;

	while (recent->number - number <= recent->number - recent->oldest) {
		length++;
		number = recent->ring[number % recent->count].next;
	}
	return length;
}

/* What comes again and again does not make its chain long for others, in or out of the window. */
static void chains_are_short(void **state)
{
	const struct sight same = {.digest = 77, .pair = 1, .ip_bytes = 60, .view = 2};
	const struct sight neighbour = {.digest = 77 + 64, .pair = 1, .ip_bytes = 60};
	struct recent recent;

	(void)state;
	assert_int_equal(recent_init(&recent, 64, 100), 0);
	recent_add(&recent, &neighbour, 0);
	recent_add(&recent, &same, 0);
	for (int64_t n = 1; n < 1000; n++) {
		struct recent_entry *entry = recent_find(&recent, &same, n);

		assert_non_null(entry);
		recent_renew(&recent, entry, &same, n);
		assert_true(chain(&recent, 77) <= 2);
		assert_true(recent.number - recent.oldest <= recent.count);
	}
	for (int64_t n = 11; n < 1000; n++) { /* remembered, but out of the window */
		assert_null(recent_find(&recent, &same, n * 110));
		recent_add(&recent, &same, n * 110);
		assert_true(chain(&recent, 77) <= 2);
	}
	recent_deinit(&recent);
}

/* Numbers of entries start again after four billion. */
static void numbers_wrap_around(void **state)
{
	struct recent recent;

	(void)state;
	assert_int_equal(recent_init(&recent, 64, 1000), 0);
	recent.number = recent.oldest = UINT32_MAX - 100;
	for (int64_t n = 0; n < 1000; n++) {
		const struct sight one = {.digest = (uint64_t)n * 7, .ip_bytes = 60};

		assert_null(recent_find(&recent, &one, n));
		recent_add(&recent, &one, n);
		assert_non_null(recent_find(&recent, &one, n));
		assert_true(recent.number - recent.oldest <= recent.count);
	}
	/* A link from the turn before seems to lead to a younger entry: a circle, if it were taken.
	 */
	recent.heads[1] = recent.number - 1;
	recent.ring[(recent.number - 1) % 64].next = recent.number - 1;
	recent.ring[(recent.number - 1) % 64].digest = 2;
	assert_null(recent_find(&recent, &(struct sight){.digest = 1}, 1000));
	recent_deinit(&recent);
}

static uint64_t dice(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *state >> 33;
}

/* COUNT packets that say which they are, every EVERY-th of them COPIES more times. */
static int64_t teach(struct fa_dedup *dedup, int64_t ts_ns, unsigned count, unsigned every,
		     unsigned copies)
{
	for (unsigned n = 0; n < count; n++) {
		const struct bytes b = udp4(n % 60000 + 1, 4);

		ts_ns += 2 * WINDOW;
		assert_int_equal(see(dedup, &b, ts_ns), FIRST);
		for (unsigned i = 0; i < copies && n % every == every - 1; i++)
			assert_int_equal(see(dedup, &b, ts_ns + 10), COPY);
	}
	return ts_ns + 2 * WINDOW;
}

/* What stays of TIMES packets that are word for word the same. */
static unsigned stays(struct fa_dedup *dedup, int64_t ts_ns, unsigned times)
{
	const struct bytes b = udp4(0, 4);
	unsigned result = 0;

	for (unsigned n = 0; n < times; n++)
		result += see(dedup, &b, ts_ns + n) != COPY;
	return result;
}

static void a_doubled_capture(void **state)
{
	static const struct {
		unsigned count, every, copies; /* as teach() has them */
		unsigned times, stay;
	} rows[] = {
		{0, 1, 0, 4, 4},    {3, 1, 1, 4, 4}, /* too few */
		{4, 1, 1, 2, 1},    {4, 1, 1, 4, 2},	{4, 1, 1, 5, 3},    {5000, 1, 1, 2, 1},
		{5000, 1, 1, 6, 3}, {5000, 1, 2, 3, 1}, {5000, 1, 2, 6, 2}, {5000, 1, 3, 8, 2},
		{5000, 3, 1, 2, 1}, {5000, 4, 1, 2, 2}, /* a quarter, and less */
		{5000, 1, 0, 2, 2},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fa_dedup *dedup = new_auto();
		int64_t ts_ns = teach(dedup, 0, rows[i].count, rows[i].every, rows[i].copies);

		assert_int_equal(stays(dedup, ts_ns, rows[i].times), rows[i].stay);
		/* Seen otherwise it is a copy however often. */
		fa_dedup_free(dedup);
		dedup = new_with(FA_DUPLICATES_ON, WINDOW, 1);
		ts_ns = teach(dedup, 0, rows[i].count, rows[i].every, rows[i].copies);
		assert_int_equal(stays(dedup, ts_ns, rows[i].times), 1);
		fa_dedup_free(dedup);
	}
}

/* A capture that was doubled, and is no more. */
static void it_ends(void **state)
{
	struct fa_dedup *dedup = new_auto();
	int64_t ts_ns = teach(dedup, 0, 5000, 1, 1);

	(void)state;
	assert_int_equal(stays(dedup, ts_ns, 2), 1);
	ts_ns = teach(dedup, ts_ns, FA_DEDUP_SAMPLE / 2, 1, 0);
	assert_int_equal(stays(dedup, ts_ns, 2), 1);
	ts_ns = teach(dedup, ts_ns, FA_DEDUP_SAMPLE / 4 + 1, 1, 0);
	assert_int_equal(stays(dedup, ts_ns, 2), 2);
	fa_dedup_free(dedup);
}

/* Copies that look otherwise say nothing about what looks alike. */
static void other_views_teach_nothing(void **state)
{
	struct fa_dedup *dedup = new_auto();
	const struct bytes b = udp4(0, 4);
	struct bytes other = b;
	int64_t ts_ns = 0;

	(void)state;
	for (unsigned n = 1; n < 2000; n++, ts_ns += WINDOW) {
		struct bytes one = udp4(n, 4);

		assert_int_equal(see(dedup, &one, ts_ns), FIRST);
		one.data[ETHERNET + 8]--;
		assert_int_equal(see(dedup, &one, ts_ns), COPY);
	}
	other.data[ETHERNET + 8]--;
	assert_int_equal(see(dedup, &b, ts_ns), FIRST);
	assert_int_equal(see(dedup, &other, ts_ns), COPY);
	assert_int_equal(see(dedup, &b, ts_ns + 1), REPEATED);
	assert_int_equal(see(dedup, &other, ts_ns + 1), COPY);
	fa_dedup_free(dedup);
}

/* A packet of few, so that all cases come often. */
static struct bytes any(uint64_t *state)
{
	struct bytes b = dice(state) % 2 ? udp4((unsigned)(dice(state) % 3), 4)
					 : tcp4((unsigned)(dice(state) % 2), FA_TCP_ACK,
						(uint32_t)(dice(state) % 2));

	if (dice(state) % 4 == 0)
		b = as_ip6(&b);
	b.data[b.len - 1] = (uint8_t)(dice(state) % 4);
	b.data[3] = (uint8_t)(dice(state) % 3 == 0);
	return b;
}

static void the_seed_decides_nothing(void **state)
{
	enum { SEEDS = 4 };

	(void)state;
	for (uint64_t round = 0; round < 200; round++) {
		struct fa_dedup *dedups[SEEDS];
		uint64_t random = round;
		int64_t ts_ns = 0;
		int64_t pace = WINDOW / (int64_t)(1 + dice(&random) % 20);

		for (uint64_t i = 0; i < SEEDS; i++)
			dedups[i] = new_with(round % 2 ? FA_DUPLICATES_ON : FA_DUPLICATES_AUTO,
					     WINDOW, i * UINT64_C(0x9e3779b97f4a7c15));
		for (int n = 0; n < 300; n++) {
			struct bytes b = any(&random);
			enum fa_sighting wanted;

			ts_ns += (int64_t)dice(&random) % pace;
			wanted = see(dedups[0], &b, ts_ns);
			for (int i = 1; i < SEEDS; i++)
				assert_int_equal(see(dedups[i], &b, ts_ns), wanted);
		}
		for (int i = 0; i < SEEDS; i++)
			fa_dedup_free(dedups[i]);
	}
}

/* The rules once more, with a list instead of hashes; only what says itself which it is. */
static void as_a_list_says(void **state)
{
	enum { PACKETS = 2000 };
	static struct bytes kept[PACKETS];
	static int64_t kept_ns[PACKETS];

	(void)state;
	for (uint64_t round = 0; round < 20; round++) {
		struct fa_dedup *dedup = new_with(FA_DUPLICATES_ON, WINDOW, round);
		uint64_t random = round + 1000;
		int64_t ts_ns = 0;
		int kept_count = 0;

		for (int n = 0; n < PACKETS; n++) {
			struct bytes b = any(&random);
			enum fa_sighting wanted = FIRST;

			ts_ns += (int64_t)dice(&random) % (WINDOW / 5);
			for (int i = 0; i < kept_count; i++)
				if (ts_ns - kept_ns[i] < WINDOW && kept[i].len == b.len &&
				    memcmp(&kept[i].data[4], &b.data[4], b.len - 4) == 0)
					wanted = COPY;
			assert_int_equal(see(dedup, &b, ts_ns), wanted);
			if (wanted == FIRST) {
				kept[kept_count] = b;
				kept_ns[kept_count++] = ts_ns;
			}
		}
		assert_true(kept_count > PACKETS / 20 && kept_count < PACKETS / 10 * 9);
		fa_dedup_free(dedup);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(off_is_nothing),
		cmocka_unit_test(word_for_word),
		cmocka_unit_test(another_transport),
		cmocka_unit_test(sctp),
		cmocka_unit_test(every_byte),
		cmocka_unit_test(seen_elsewhere),
		cmocka_unit_test(both_directions),
		cmocka_unit_test(cut_to_different_lengths),
		cmocka_unit_test(in_a_tunnel),
		cmocka_unit_test(the_window),
		cmocka_unit_test(three_mirrors),
		cmocka_unit_test(clocks_that_were_set),
		cmocka_unit_test(times_that_stay_apart),
		cmocka_unit_test(clocks_apart),
		cmocka_unit_test(the_oldest_are_forgotten),
		cmocka_unit_test(a_flood_of_one_packet),
		cmocka_unit_test(chains_are_short),
		cmocka_unit_test(numbers_wrap_around),
		cmocka_unit_test(a_doubled_capture),
		cmocka_unit_test(it_ends),
		cmocka_unit_test(other_views_teach_nothing),
		cmocka_unit_test(the_seed_decides_nothing),
		cmocka_unit_test(as_a_list_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
