/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pcapng: sections, interfaces, kinds of packets, times, losses, names, and damage in each. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
	INTERFACE = 1,
	OLD_PACKET = 2,
	SIMPLE = 3,
	NAMES = 4,
	STATISTICS = 5,
	ENHANCED = 6,
	SECRETS = 10,
	CUSTOM = 0xbad,
	COOKED = 113, /* LINUX_SLL */
};

static struct bytes made;

static void clear(bool big_endian)
{
	made.len = 0;
	made.big_endian = big_endian;
}

static int read_made(void)
{
	write_bytes("made.pcapng", &made);
	return read_one(in_folder("made.pcapng"));
}

/* An interface with a name and with OPTIONS. */
static void put_interface(uint16_t link, uint32_t snap, const char *name, const uint8_t *resolution,
			  const int64_t *offset_s)
{
	size_t block = begin_ng(&made, INTERFACE);

	put16(&made, link);
	put16(&made, 0);
	put32(&made, snap);
	if (name != NULL)
		put_ng_option(&made, 2, name, (uint16_t)strlen(name));
	put_ng_option(&made, 11, "\0tcp port 80", 12); /* a filter: ignored */
	if (resolution != NULL)
		put_ng_option(&made, 9, resolution, 1);
	if (offset_s != NULL) {
		put16(&made, 14);
		put16(&made, 8);
		put64(&made, (uint64_t)*offset_s);
	}
	put_ng_option(&made, 0, "", 0);
	end_ng(&made, block);
}

static void put_statistics(uint32_t interface, uint16_t code, uint64_t count)
{
	size_t block = begin_ng(&made, STATISTICS);

	put32(&made, interface);
	put64(&made, 0);
	put_ng_option(&made, 1, "a comment", 9);
	put16(&made, code);
	put16(&made, 8);
	put64(&made, count);
	end_ng(&made, block); /* without an end of options */
}

static void put_simple(uint32_t wire, const void *data, uint32_t captured)
{
	size_t block = begin_ng(&made, SIMPLE);

	put32(&made, wire);
	put_raw(&made, data, captured);
	end_ng(&made, block);
}

static void put_record(uint16_t type, const char *addr, const void *names, uint16_t len)
{
	struct fa_addr parsed;
	uint8_t value[256];
	uint16_t addr_len = type == 1 ? 4 : 16;

	assert_true(fa_addr_parse(addr, &parsed));
	memcpy(value, parsed.bytes, addr_len);
	memcpy(&value[addr_len], names, len);
	put_ng_option(&made, type, value, (uint16_t)(addr_len + len));
}

/* -------------------------------------------------------------- interfaces */

static void two_link_types(void **state)
{
	(void)state;
	for (int late = 0; late < 2; late++) {
		clear(false);
		put_ng_section(&made);
		put_interface(ETHERNET, 0, "eth0", NULL, NULL);
		if (late)
			put_ng_packet(&made, 0, 1, "abcd", 4);
		put_interface(COOKED, 96, NULL, NULL, NULL);
		if (!late)
			put_ng_packet(&made, 0, 1, "abcd", 4);
		put_ng_packet(&made, 1, 2, "bcdefg", 6);
		put_ng_packet(&made, 0, 3, "cd", 2);
		assert_int_equal(read_made(), 0);
		assert_int_equal(seen.packets, 3);
		assert_int_equal(seen.link_type[0], ETHERNET);
		assert_int_equal(seen.link_type[1], COOKED);
		assert_int_equal(seen.link_type[2], ETHERNET);
		assert_int_equal(seen.interface[1], 1);
		assert_int_equal(seen.interface[2], 0);
		assert_int_equal(seen.captured[1], 6);
		assert_int_equal(seen.wire[1], 106);
		assert_int_equal(seen.first_byte[2], 'c');
		assert_int_equal(seen.warning_count, 0);
		assert_int_equal(seen.counts.link_type_count, 2);
		assert_int_equal(seen.counts.link_types[1], COOKED);
		assert_int_equal(seen.interfaces.count, 2);
		assert_string_equal(seen.interfaces.items[0].name, "eth0");
		assert_string_equal(seen.interfaces.items[1].name, "");
		assert_int_equal(seen.interfaces.items[0].packets, 2);
		assert_int_equal(seen.interfaces.items[1].packets, 1);
		assert_int_equal(seen.interfaces.items[1].link_type, COOKED);
		assert_false(seen.interfaces.items[0].counts_kernel);
	}
}

/* LINKTYPE_ values of files are not all the numbers that frames have. */
static void link_type_is_libpcaps(void **state)
{
	(void)state;
	clear(true);
	put_ng_section(&made);
	put_ng_interface(&made, 101);
	put_ng_packet(&made, 0, 1, "E", 1);
	assert_int_equal(read_made(), 0);
	assert_int_equal(seen.link_type[0], RAW_IP);
	assert_int_equal(seen.counts.link_types[0], RAW_IP);
}

/* The description stands in when there is no name; what is too long is cut. */
static void names_of_interfaces(void **state)
{
	char long_name[100];
	size_t block;

	(void)state;
	memset(long_name, 'n', sizeof(long_name));
	clear(false);
	put_ng_section(&made);
	for (int named = 0; named < 2; named++) {
		block = begin_ng(&made, INTERFACE);
		put32(&made, ETHERNET);
		put32(&made, 0);
		if (named)
			put_ng_option(&made, 2, long_name, sizeof(long_name));
		put_ng_option(&made, 3, "Ethernet 2", 10);
		end_ng(&made, block); /* options without an end */
	}
	assert_int_equal(read_made(), 0);
	assert_string_equal(seen.interfaces.items[0].name, "Ethernet 2");
	assert_int_equal(strlen(seen.interfaces.items[1].name), FA_INTERFACE_TEXT - 1);
	assert_warned("a capture without packets");
}

/* Sections of both byte orders: each has interfaces of its own, from 0. */
static void sections(void **state)
{
	(void)state;
	clear(false);
	for (unsigned i = 0; i < 4; i++) {
		made.big_endian = i % 2 == 1;
		put_ng_section(&made);
		put_interface(i < 2 ? ETHERNET : COOKED, 0, made.big_endian ? "big" : "little",
			      NULL, NULL);
		put_ng_packet(&made, 0, 1000000 + i, &"abcdefghij"[i], 4 + i);
	}
	assert_int_equal(read_made(), 0);
	assert_int_equal(seen.packets, 4);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(seen.ts_ns[i], 1000000000 + i * 1000);
		assert_int_equal(seen.interface[i], i);
		assert_int_equal(seen.link_type[i], i < 2 ? ETHERNET : COOKED);
		assert_int_equal(seen.captured[i], 4 + i);
		assert_int_equal(seen.first_byte[i], 'a' + (int)i);
	}
	assert_int_equal(seen.interfaces.count, 4);
	assert_string_equal(seen.interfaces.items[2].name, "little");
	assert_string_equal(seen.interfaces.items[3].name, "big");

	/* an interface of the section before is none of this one */
	put_ng_section(&made);
	put_ng_packet(&made, 0, 9000000, "abcd", 4);
	assert_int_equal(read_made(), 0);
	assert_int_equal(seen.packets, 4);
	assert_warned("not read past packet 4: a packet before any interface is described");
	assert_int_equal(seen.counts.files_truncated, 1);
}

/* Each file's interfaces have their own numbers, also where a file is closed and opened again. */
static void many_files(void **state)
{
	enum { FILES = 70 };
	const char *names[FILES];
	char name[16];

	(void)state;
	for (unsigned i = 0; i < FILES; i++) {
		clear(false);
		put_ng_section(&made);
		put_ng_interface(&made, ETHERNET);
		put_ng_packet(&made, 0, (FILES - i) * 1000000, "abcd", 4);
		put_ng_interface(&made, ETHERNET);
		put_ng_packet(&made, 1, (FILES - i) * 1000000 + 1, "bcde", 4);
		snprintf(name, sizeof(name), "many%u", i);
		write_bytes(name, &made);
	}
	for (unsigned i = 0; i < FILES; i++) {
		/* in_folder() keeps 64 names only */
		snprintf(name, sizeof(name), "many%u", i);
		names[i] = strdup(in_folder(name));
	}
	assert_int_equal(read_names(names, FILES, NULL, 1000), 0);
	assert_int_equal(seen.packets, 2 * FILES);
	assert_int_equal(seen.interfaces.count, FA_INTERFACES_MAX);
	assert_int_equal(seen.interfaces.more, 2 * FILES - FA_INTERFACES_MAX);
	for (unsigned i = 0; i < FA_INTERFACES_MAX; i++)
		assert_int_equal(seen.interfaces.items[i].packets, 1);
	for (unsigned i = 0; i < seen.packets; i++)
		for (unsigned j = 0; j < i; j++)
			assert_int_not_equal(seen.interface[i], seen.interface[j]);
	/* the last file comes first: its first interface */
	assert_true(seen.interface[0] < 2 * FILES);
	for (unsigned i = 0; i < FILES; i++)
		free((void *)(uintptr_t)names[i]);
}

/* More interfaces than are told apart: the packets come all the same. */
static void too_many_interfaces(void **state)
{
	enum { OF_A_SECTION = 40000 };
	FILE *file = fopen(in_folder("wide.pcapng"), "w");
	char message[64];

	(void)state;
	assert_non_null(file);
	for (unsigned section = 0; section < 3; section++) {
		clear(false);
		put_ng_section(&made);
		for (unsigned i = 0; i < OF_A_SECTION; i++)
			put_ng_interface(&made, ETHERNET);
		put_ng_packet(&made, OF_A_SECTION - 1, section, "abcd", 4);
		assert_int_equal(fwrite(made.data, 1, made.len, file), made.len);
	}
	clear(false);
	for (unsigned i = 0; i < OF_A_SECTION; i++)
		put_ng_interface(&made, ETHERNET);
	put_ng_packet(&made, 0, 9, "abcd", 4);
	assert_int_equal(fwrite(made.data, 1, made.len, file), made.len);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(read_one(in_folder("wide.pcapng")), 0);
	assert_int_equal(seen.packets, 3);
	assert_int_equal(seen.interface[0], OF_A_SECTION - 1);
	assert_int_equal(seen.interface[1], 65535);
	assert_int_equal(seen.interface[2], 65535);
	assert_int_equal(seen.interfaces.more, 65536 - FA_INTERFACES_MAX);
	snprintf(message, sizeof(message), "not read past packet 3: more than %d interfaces", 65536);
	assert_warned(message);
}

/* Of files that are closed and opened again, some have no number of their own any more. */
static void no_numbers_left(void **state)
{
	enum { FILES = FA_CAPTURE_OPEN_FILES + 3, ALL = 65536 };
	const char *names[FILES];
	char name[16];
	FILE *file = fopen(in_folder("left0"), "w");

	(void)state;
	assert_non_null(file);
	clear(false);
	put_ng_section(&made);
	for (unsigned i = 0; i < ALL / 2; i++)
		put_ng_interface(&made, ETHERNET);
	assert_int_equal(fwrite(made.data, 1, made.len, file), made.len);
	clear(false);
	for (unsigned i = 0; i < ALL / 2; i++)
		put_ng_interface(&made, ETHERNET);
	put_ng_packet(&made, 0, 1, "abcd", 4);
	assert_int_equal(fwrite(made.data, 1, made.len, file), made.len);
	assert_int_equal(fclose(file), 0);
	for (unsigned i = 1; i < FILES; i++) {
		snprintf(name, sizeof(name), "left%u", i);
		clear(false);
		if (i % 2 == 0) {
			put_ng_section(&made);
			put_ng_interface(&made, ETHERNET);
			put_ng_packet(&made, 0, i * 1000000, "abcd", 4);
		} else {
			put_pcap_file(&made, i, 1, 1);
		}
		write_bytes(name, &made);
	}
	for (unsigned i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "left%u", i);
		names[i] = strdup(in_folder(name));
	}
	assert_int_equal(read_names(names, FILES, NULL, 1000), 0);
	assert_int_equal(seen.packets, FILES);
	assert_int_equal(seen.interface[0], 0);
	for (unsigned i = 1; i < FILES; i++)
		assert_int_equal(seen.interface[i], ALL - 1);
	for (unsigned i = 0; i < FILES; i++)
		free((void *)(uintptr_t)names[i]);
}

/* Each has to be found for every interface: their number is bounded. */
static void too_many_link_types(void **state)
{
	enum { MOST = 512 };

	(void)state;
	for (unsigned count = MOST; count <= MOST + 1; count++) {
		clear(false);
		put_ng_section(&made);
		put_ng_interface(&made, ETHERNET);
		put_ng_packet(&made, 0, 1, "abcd", 4);
		for (uint16_t i = 1; i < count; i++)
			put_ng_interface(&made, (uint16_t)(1000 + i));
		put_ng_packet(&made, 1, 2, "abcd", 4);
		assert_int_equal(read_made(), 0);
		assert_int_equal(seen.packets, count == MOST ? 2 : 1);
		assert_int_equal(seen.warning_count, count - MOST);
	}
	assert_warned("not read past packet 1: more than 512 link types in a capture");
}

/* ------------------------------------------------------------------- times */

static const struct {
	uint8_t resolution;
	int64_t offset_s;
	uint64_t stamp;
	int64_t ns;
} times[] = {
	{6, 0, 1700000000123456, 1700000000123456000},
	{9, 0, 1700000000123456789, 1700000000123456789},
	{0, 0, 1700000000, 1700000000000000000},
	{3, 0, 1700000000123, 1700000000123000000},
	{12, 0, 1234567890123, 1234567890},
	{12, 1700000000, 999999999999, 1700000000999999999},
	{19, 100, 15000000000000000000u, 101500000000},
	{0x80 | 20, 0, (uint64_t)5 << 20 | 1 << 19, 5500000000},
	{0x80 | 10, -3, 7 << 10 | 1, 4000976562},
	{0x80 | 0, 0, 42, 42000000000},
	{0x80 | 63, 0, (uint64_t)3 << 62, 1500000000},
	{0x80 | 34, 0, UINT64_MAX, 1073741823999999999},
	{0x80 | 40, 0, UINT64_MAX, 16777215999999999},
	{6, -1700000000, 0, -1700000000000000000},
	{6, 3600, 1, 3600000001000},
	/* farther than times go */
	{6, INT64_MAX, 0, 4611686018000000000},
	{6, INT64_MIN, 0, -4611686018000000000},
	{6, INT64_MAX, UINT64_MAX, 4611686018000000000},
	{6, INT64_MIN, UINT64_MAX, 4611686018000000000},
	{0, 0, UINT64_MAX, 4611686018000000000},
	{9, 0, UINT64_MAX, 4611686018000000000},
};

static void units_of_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(times); i++) {
		clear(i % 2);
		put_ng_section(&made);
		put_interface(ETHERNET, 0, NULL, &times[i].resolution, &times[i].offset_s);
		put_ng_packet(&made, 0, times[i].stamp, "abcd", 4);
		assert_int_equal(read_made(), 0);
		assert_int_equal(seen.packets, 1);
		if (seen.ts_ns[0] != times[i].ns)
			fail_msg("%zu: %lld, not %lld", i, (long long)seen.ts_ns[0],
				 (long long)times[i].ns);
	}
}

static void units_that_cannot_be(void **state)
{
	static const uint8_t resolutions[] = {20, 127, 0x80 | 64, 0xff};

	(void)state;
	for (size_t i = 0; i < COUNT(resolutions); i++) {
		clear(false);
		put_ng_section(&made);
		put_interface(ETHERNET, 0, NULL, &resolutions[i], NULL);
		put_ng_packet(&made, 0, 1, "abcd", 4);
		assert_int_equal(read_made(), FA_EUNSUPPORTED);
		assert_message("made.pcapng: an interface with times in units of ");
		assert_message(i == 0	? "10^-20 seconds"
			       : i == 2 ? "2^-64 seconds"
					: "^-127 seconds");
	}
}

/* ----------------------------------------------------------- other packets */

static void simple_packets(void **state)
{
	(void)state;
	clear(false);
	put_ng_section(&made);
	put_interface(ETHERNET, 10, "eth0", NULL, NULL);
	put_interface(COOKED, 0, "eth1", NULL, NULL);
	put_simple(4, "abcd", 4);
	put_ng_packet(&made, 1, 5000000, "b", 1);
	put_simple(100, "cdefghijkl", 10); /* cut to the snapshot length */
	put_simple(3, "def", 3);
	assert_int_equal(read_made(), 0);
	assert_int_equal(seen.packets, 4);
	assert_int_equal(seen.ts_ns[0], 0);
	assert_int_equal(seen.ts_ns[2], 5000000000);
	assert_int_equal(seen.captured[2], 10);
	assert_int_equal(seen.wire[2], 100);
	assert_int_equal(seen.captured[3], 3);
	assert_int_equal(seen.wire[3], 3);
	assert_int_equal(seen.link_type[3], ETHERNET);
	assert_int_equal(seen.warning_count, 1);
	assert_warned("made.pcapng: has packets without a time");
}

static void old_packets(void **state)
{
	(void)state;
	for (int order = 0; order < 2; order++) {
		size_t block;

		clear(order);
		put_ng_section(&made);
		put_ng_interface(&made, ETHERNET);
		put_ng_interface(&made, COOKED);
		block = begin_ng(&made, OLD_PACKET);
		put16(&made, 1);
		put16(&made, 0xffff); /* drops: not known */
		put32(&made, 1);
		put32(&made, 2);
		put32(&made, 5);
		put32(&made, 7);
		put_raw(&made, "abcde", 5);
		end_ng(&made, block);
		assert_int_equal(read_made(), 0);
		assert_int_equal(seen.packets, 1);
		assert_int_equal(seen.link_type[0], COOKED);
		assert_int_equal(seen.ts_ns[0], ((1ll << 32) + 2) * 1000);
		assert_int_equal(seen.captured[0], 5);
		assert_int_equal(seen.wire[0], 7);
	}
}

/* Longer than any frame that others give: what is over is cut off, and said to be. */
static void long_packet(void **state)
{
	static uint8_t data[300000];

	(void)state;
	clear(false);
	put_ng_section(&made);
	put_ng_interface(&made, ETHERNET);
	put_ng_packet(&made, 0, 1, data, sizeof(data));
	put_ng_packet(&made, 0, 2, "abcd", 4);
	assert_int_equal(read_made(), 0);
	assert_int_equal(seen.packets, 2);
	assert_int_equal(seen.captured[0], 262144);
	assert_int_equal(seen.wire[0], sizeof(data) + 100);
	assert_int_equal(seen.warning_count, 0);
}

/* ------------------------------------------------------- losses and names */

static void statistics(void **state)
{
	enum { RECEIVED = 4, IF_DROP = 5, OS_DROP = 7, DELIVERED = 8 };

	(void)state;
	clear(true);
	put_ng_section(&made);
	put_interface(ETHERNET, 0, "eth0", NULL, NULL);
	put_interface(ETHERNET, 0, "eth1", NULL, NULL);
	put_interface(ETHERNET, 0, "eth2", NULL, NULL);
	put_ng_packet(&made, 0, 1, "abcd", 4);
	put_statistics(0, IF_DROP, 5);
	put_statistics(0, OS_DROP, 7);
	put_statistics(0, IF_DROP, 11); /* the last one counts */
	put_statistics(0, RECEIVED, 1000);
	put_statistics(0, DELIVERED, 1000);
	put_statistics(1, OS_DROP, 100);
	put_statistics(1, IF_DROP, UINT64_MAX); /* "not known" to some */
	put_statistics(3, OS_DROP, 5000);	/* of no interface */
	assert_int_equal(read_made(), 0);
	assert_int_equal(seen.packets, 1);
	assert_int_equal(seen.counts.dropped_interface, 11);
	assert_int_equal(seen.counts.dropped_kernel, 107);
	assert_int_equal(seen.interfaces.items[0].dropped_kernel, 7);
	assert_true(seen.interfaces.items[0].counts_kernel);
	assert_true(seen.interfaces.items[0].counts_interface);
	assert_int_equal(seen.interfaces.items[1].dropped_kernel, 100);
	assert_false(seen.interfaces.items[1].counts_interface);
	assert_false(seen.interfaces.items[2].counts_kernel);
	assert_int_equal(seen.warning_count, 0);
}

/* A packet with what its options, or its obsolete block, say of those before it. */
static void put_losing(uint32_t interface, uint64_t lost)
{
	size_t block = begin_ng(&made, ENHANCED);

	put32(&made, interface);
	put64(&made, 0);
	put32(&made, 5);
	put32(&made, 5);
	put_raw(&made, "abcde\0\0\0", 8);
	put_ng_option(&made, 1, "a comment", 9);
	put16(&made, 4);
	put16(&made, 8);
	put64(&made, lost);
	end_ng(&made, block);
}

static void put_obsolete(uint16_t interface, uint16_t lost)
{
	size_t block = begin_ng(&made, OLD_PACKET);

	put16(&made, interface);
	put16(&made, lost);
	put64(&made, 0);
	put32(&made, 4);
	put32(&made, 4);
	put_raw(&made, "abcd", 4);
	end_ng(&made, block);
}

/* They count where no statistics do, which say the same once more. */
static void losses_by_packet(void **state)
{
	enum { IF_DROP = 5 };

	(void)state;
	for (int big_endian = 0; big_endian < 2; big_endian++) {
		clear(big_endian);
		put_ng_section(&made);
		for (int i = 0; i < 4; i++)
			put_interface(ETHERNET, 0, NULL, NULL, NULL);
		put_losing(0, 3);
		put_losing(0, 0);
		put_losing(0, 4);
		put_losing(0, UINT64_MAX); /* not known */
		put_obsolete(1, 5);
		put_obsolete(1, UINT16_MAX); /* not known */
		put_losing(2, 100);
		put_statistics(2, IF_DROP, 90);
		put_losing(2, 10);
		assert_int_equal(read_made(), 0);
		assert_int_equal(seen.packets, 8);
		assert_int_equal(seen.interfaces.items[0].dropped_kernel, 7);
		assert_true(seen.interfaces.items[0].counts_kernel);
		assert_false(seen.interfaces.items[0].counts_interface);
		assert_int_equal(seen.interfaces.items[1].dropped_kernel, 5);
		assert_false(seen.interfaces.items[2].counts_kernel);
		assert_int_equal(seen.interfaces.items[2].dropped_interface, 90);
		assert_false(seen.interfaces.items[3].counts_kernel);
		assert_int_equal(seen.counts.dropped_kernel, 12);
		assert_int_equal(seen.counts.dropped_interface, 90);
	}
}

static void names(void **state)
{
	char too_long[200];
	size_t block;

	(void)state;
	memset(too_long, 'x', sizeof(too_long));
	for (int order = 0; order < 2; order++) {
		clear(order);
		put_ng_section(&made);
		put_ng_interface(&made, ETHERNET);
		block = begin_ng(&made, NAMES);
		put_record(1, "10.0.0.1", "One.Example.\0one", 17);
		put_record(2, "fd00::2", "two.example", 12);
		put_record(1, "10.0.0.3", "three.example", 13); /* no NUL */
		put_record(1, "10.0.0.4", too_long, 200);
		put_record(1, "10.0.0.4", "has space\0\0four", 16);
		put_record(1, "10.0.0.5", "10.0.0.5", 9);
		put_ng_option(&made, 1, "abc", 3); /* shorter than an address */
		put_ng_option(&made, 9, "not known", 9);
		put_ng_option(&made, 0, "", 0);
		put_record(1, "10.0.0.9", "behind-the-end", 15);
		end_ng(&made, block);
		put_ng_packet(&made, 0, 1, "abcd", 4);
		block = begin_ng(&made, NAMES);
		put_record(1, "10.0.0.1", "one", 4); /* again */
		put_record(1, "10.0.0.1", "other", 6);
		put16(&made, 1); /* longer than the block */
		put16(&made, 4000);
		put32(&made, 0);
		end_ng(&made, block);
		put_ng_packet(&made, 0, 2, "abcd", 4);
		assert_int_equal(read_made(), 0);
		assert_int_equal(seen.packets, 2);
		assert_string_equal(seen.names,
				    "10.0.0.1=one.example 10.0.0.1=one fd00::2=two.example "
				    "10.0.0.3=three.example 10.0.0.4=four 10.0.0.1=other ");
		assert_int_equal(seen.names_more, 0);
	}
}

/* A file may note any number of names. */
static void too_many_names(void **state)
{
	enum { BLOCKS = 70, OF_A_BLOCK = 1000 };
	FILE *file = fopen(in_folder("named.pcapng"), "w");
	struct fa_source_options options = seen_options(NULL);
	const char *path = in_folder("named.pcapng");
	struct fa_source *source;
	uint64_t more;

	(void)state;
	assert_non_null(file);
	for (unsigned i = 0; i < BLOCKS; i++) {
		size_t block;

		clear(false);
		if (i == 0) {
			put_ng_section(&made);
			put_ng_interface(&made, ETHERNET);
		}
		block = begin_ng(&made, NAMES);
		for (unsigned j = 0; j < OF_A_BLOCK; j++) {
			char name[32];
			int len = snprintf(name, sizeof(name), "host-%u-%u", i, j);

			put_record(1, "10.0.0.1", name, (uint16_t)(len + 1));
		}
		end_ng(&made, block);
		assert_int_equal(fwrite(made.data, 1, made.len, file), made.len);
	}
	assert_int_equal(fclose(file), 0);
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(fa_source_open_files(&source, &path, 1, &options, &seen.diag), 0);
	assert_int_equal(read_batch(source, 10), 0);
	assert_int_equal(fa_source_names(source, &more), FA_CAPTURE_NAMES_MAX);
	assert_int_equal(more, BLOCKS * OF_A_BLOCK - FA_CAPTURE_NAMES_MAX);
	fa_source_free(source);
}

/* ------------------------------------------------------------ what is skipped */

static void other_blocks(void **state)
{
	(void)state;
	clear(false);
	put_ng_section(&made);
	end_ng(&made, begin_ng(&made, CUSTOM));
	put_ng_interface(&made, ETHERNET);
	for (unsigned i = 0; i < 3; i++) {
		static const uint32_t types[] = {SECRETS, CUSTOM, 0x80000001};
		size_t block = begin_ng(&made, types[i]);

		put_raw(&made, "any bytes", 9);
		end_ng(&made, block);
		put_ng_packet(&made, 0, i, "abcd", 4);
	}
	assert_int_equal(read_made(), 0);
	assert_int_equal(seen.packets, 3);
	assert_int_equal(seen.warning_count, 0);
}

/* A block of HUGE bytes that nobody has to hold; PUT_TAIL: with its length behind it. */
static void put_huge(FILE *file, uint32_t type, uint32_t huge, uint32_t tail)
{
	assert_int_equal(fwrite(made.data, 1, made.len, file), made.len);
	clear(false);
	put32(&made, type);
	put32(&made, huge);
	assert_int_equal(fwrite(made.data, 1, made.len, file), made.len);
	assert_int_equal(fseek(file, (long)huge - 12, SEEK_CUR), 0);
	clear(false);
	put32(&made, tail);
	put_ng_packet(&made, 0, 9, "last", 4);
	assert_int_equal(fwrite(made.data, 1, made.len, file), made.len);
}

static const struct {
	uint32_t type, tail_differs;
	unsigned packets;
	const char *warning;
} huge_blocks[] = {
	{CUSTOM, 0, 2, ""},
	{NAMES, 0, 2, ""},
	{CUSTOM, 4, 1, "not read past packet 1: a block of 41943040 bytes that says it has 41943044"},
	{ENHANCED, 0, 1, "a block of type 6 and 41943040 bytes; at most 16777216 are read"},
	{INTERFACE, 0, 1, "a block of type 1 and 41943040 bytes; at most 16777216 are read"},
};

static void huge_block(void **state)
{
	enum { HUGE = 40 << 20 };

	(void)state;
	for (size_t i = 0; i < COUNT(huge_blocks); i++) {
		FILE *file = fopen(in_folder("huge.pcapng"), "w");

		assert_non_null(file);
		clear(false);
		put_ng_section(&made);
		put_ng_interface(&made, ETHERNET);
		put_ng_packet(&made, 0, 1, "abcd", 4);
		put_huge(file, huge_blocks[i].type, HUGE, HUGE + huge_blocks[i].tail_differs);
		assert_int_equal(fclose(file), 0);
		assert_int_equal(read_one(in_folder("huge.pcapng")), 0);
		assert_int_equal(seen.packets, huge_blocks[i].packets);
		assert_warned(huge_blocks[i].warning);
	}
}

/* ------------------------------------------------------------------ damage */

/* A packet block with the fields as given, in a block with room for ROOM bytes. */
static void put_odd_packet(uint32_t interface, uint32_t captured, uint32_t room)
{
	size_t block = begin_ng(&made, ENHANCED);

	put32(&made, interface);
	put64(&made, 0);
	put32(&made, captured);
	put32(&made, captured);
	for (uint32_t i = 0; i < room; i++)
		put_raw(&made, "x", 1);
	end_ng(&made, block);
}

static void put_short_packet(uint32_t type)
{
	size_t block = begin_ng(&made, type);

	end_ng(&made, block);
}

static void put_length(uint32_t len)
{
	put32(&made, ENHANCED);
	put32(&made, len);
	put32(&made, 0);
	put32(&made, len);
}

static void damage_interface(void)
{
	put_odd_packet(7, 4, 4);
}

static void damage_captured(void)
{
	put_odd_packet(0, 9, 8);
}

static void damage_captured_far(void)
{
	put_odd_packet(0, UINT32_MAX, 8);
}

static void damage_short(void)
{
	put_short_packet(ENHANCED);
}

static void damage_short_old(void)
{
	put_short_packet(OLD_PACKET);
}

static void damage_short_simple(void)
{
	put_short_packet(SIMPLE);
}

static void damage_simple(void)
{
	put_simple(50, "abcd", 4);
}

static void damage_length(void)
{
	put_length(8);
}

static void damage_length_odd(void)
{
	put_length(33);
}

static void damage_zeros(void)
{
	put64(&made, 0);
	put64(&made, 0);
}

static void damage_tail(void)
{
	put_ng_packet(&made, 0, 5, "abcd", 4);
	made.len -= 4;
	put32(&made, 40);
}

static void damage_order(void)
{
	put_ng_section(&made);
	made.data[made.len - 20] = 0x77;
}

static void damage_version(void)
{
	put_ng_section(&made);
	made.data[made.len - 16] = 2;
}

static void damage_section(void)
{
	put32(&made, 0x0a0d0d0a);
	put32(&made, 16);
	put32(&made, 0x1a2b3c4d);
	put32(&made, 16);
}

static void damage_description(void)
{
	size_t block = begin_ng(&made, INTERFACE);

	put32(&made, ETHERNET);
	end_ng(&made, block);
}

static void damage_option(void)
{
	size_t block = begin_ng(&made, INTERFACE);

	put32(&made, ETHERNET);
	put32(&made, 0);
	put16(&made, 2);
	put16(&made, 100);
	put32(&made, 0);
	end_ng(&made, block);
}

static void damage_resolution(void)
{
	size_t block = begin_ng(&made, INTERFACE);

	put32(&made, ETHERNET);
	put32(&made, 0);
	put_ng_option(&made, 9, "\6\6", 2);
	end_ng(&made, block);
}

static const struct {
	void (*put)(void);
	const char *reason;
} damages[] = {
	{damage_interface, "a packet of interface 7, and 1 is described"},
	{damage_captured, "a packet of 9 bytes in a block that has room for 8"},
	{damage_captured_far, "a packet of 4294967295 bytes in a block that has room for 8"},
	{damage_short, "a packet block of 12 bytes, too short for one"},
	{damage_short_old, "a packet block of 12 bytes, too short for one"},
	{damage_short_simple, "a packet block of 12 bytes, too short for one"},
	{damage_simple, "a packet of 50 bytes in a block that has room for 4"},
	{damage_length, "a block of type 0x00000006 and 8 bytes, which cannot be"},
	{damage_length_odd, "a block of type 0x00000006 and 33 bytes, which cannot be"},
	{damage_zeros, "a block of type 0x00000000 and 0 bytes, which cannot be"},
	{damage_tail, "a block of 36 bytes that says it has 40 at its end"},
	{damage_order, "a section header without the mark of its byte order: 0x1a2b3c77"},
	{damage_version, "pcapng of version 2.0; 1 is known"},
	{damage_section, "a section header of 16 bytes"},
	{damage_description, "an interface description of 4 bytes, fewer than 8"},
	{damage_option, "an interface description with an option that is longer than it"},
	{damage_resolution, "a resolution of time of 2 bytes instead of 1"},
};

/* Before the first packet it is an error, behind it a warning; what came before stays. */
static void damage(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(damages); i++)
		for (unsigned before = 0; before < 3; before++) {
			clear(false);
			put_ng_section(&made);
			put_ng_interface(&made, ETHERNET);
			for (unsigned n = 0; n < before; n++)
				put_ng_packet(&made, 0, n, "abcd", 4);
			damages[i].put();
			put_ng_packet(&made, 0, 9, "abcd", 4);
			write_bytes("made.pcapng", &made);
			if (before == 0) {
				assert_true(read_made() < 0);
				assert_message("made.pcapng: ");
				assert_message(damages[i].reason);
				assert_int_equal(seen.packets, 0);
				continue;
			}
			assert_int_equal(read_made(), 0);
			assert_int_equal(seen.packets, before);
			assert_int_equal(seen.counts.files_truncated, 1);
			assert_warned(before == 1 ? "not read past packet 1: "
						  : "not read past packet 2: ");
			assert_warned(damages[i].reason);
		}
}

static void without_interface(void **state)
{
	(void)state;
	clear(false);
	put_ng_section(&made);
	assert_int_equal(read_made(), FA_EFORMAT);
	assert_message("made.pcapng: a pcapng file that describes no interface");
	put_ng_packet(&made, 0, 1, "abcd", 4);
	assert_int_equal(read_made(), FA_EFORMAT);
	assert_message("made.pcapng: a packet before any interface is described");
}

/* A file with all kinds of blocks, cut at every byte: what was whole arrives. */
static void cut_at_every_byte(void **state)
{
	static struct bytes whole;
	size_t ends[5];
	size_t block;

	(void)state;
	clear(false);
	put_ng_section(&made);
	put_interface(ETHERNET, 0, "eth0", NULL, NULL);
	ends[0] = made.len;
	put_ng_packet(&made, 0, 1, "abcde", 5);
	ends[1] = made.len;
	block = begin_ng(&made, NAMES);
	put_record(1, "10.0.0.1", "one", 4);
	end_ng(&made, block);
	put_simple(7, "abcdefg", 7);
	ends[2] = made.len;
	put_statistics(0, 5, 1);
	made.big_endian = true;
	put_ng_section(&made);
	put_ng_interface(&made, COOKED);
	put_ng_packet(&made, 0, 2, "abcde", 5);
	ends[3] = made.len;
	block = begin_ng(&made, CUSTOM);
	put_raw(&made, "abcde", 5);
	end_ng(&made, block);
	put_ng_packet(&made, 0, 3, "abcde", 5);
	ends[4] = made.len;
	whole = made;
	for (size_t len = 4; len <= whole.len; len++) {
		unsigned complete = 0;
		int result;

		write_file("cut.pcapng", whole.data, len);
		result = read_one(in_folder("cut.pcapng"));
		for (unsigned i = 1; i < COUNT(ends); i++)
			complete += ends[i] <= len;
		assert_int_equal(seen.packets, complete);
		if (len < ends[0])
			assert_int_equal(result, len == 28 ? FA_EFORMAT : FA_ETRUNCATED);
		else
			assert_int_equal(result, 0);
		if (result == 0 && seen.counts.files_truncated > 0)
			assert_warned(seen.packets == 1 ? "cut off after 1 packet: the file ends"
							: " packets: the file ends within a block");
	}
	assert_int_equal(seen.counts.files_truncated, 0);
}

/* ------------------------------------------------------------------- filter */

static void filter_by_link_type(void **state)
{
	uint8_t frame[UDP_LEN];
	const char *name = in_folder("made.pcapng");

	(void)state;
	clear(false);
	put_ng_section(&made);
	put_ng_interface(&made, ETHERNET);
	put_ng_interface(&made, 101);
	for (uint16_t port = 53; port < 55; port++) {
		make_udp(frame, port);
		put_ng_packet(&made, 0, 2u * port, frame, UDP_LEN);
		put_ng_packet(&made, 1, 2u * port + 1, frame + 14, UDP_LEN - 14);
	}
	write_bytes("made.pcapng", &made);
	assert_int_equal(read_names(&name, 1, "udp port 53", 10), 0);
	assert_int_equal(seen.packets, 2);
	assert_int_equal(seen.link_type[0], ETHERNET);
	assert_int_equal(seen.link_type[1], RAW_IP);
	assert_int_equal(seen.interfaces.items[1].packets, 1);
	assert_int_equal(seen.warning_count, 0);

	/* a filter that suits one of the link types only */
	assert_int_equal(read_names(&name, 1, "ether host 02:00:00:00:00:01", 10), 0);
	assert_int_equal(seen.packets, 2);
	assert_int_equal(seen.interface[1], 0);
	assert_int_equal(seen.warning_count, 1);
	assert_warned("filter \"ether host 02:00:00:00:00:01\": ");
	assert_warned("(link type RAW, ");
	assert_warned("; what was captured there is left out");

	/* what asks a kernel cannot be asked of a file */
	assert_int_equal(read_names(&name, 1, "inbound", 10), FA_EINVAL);
	assert_message("filter \"inbound\": ");
	assert_int_equal(read_names(&name, 1, "tcp prot 80", 10), FA_EINVAL);
	assert_message("(link type EN10MB, ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_link_types),
		cmocka_unit_test(link_type_is_libpcaps),
		cmocka_unit_test(names_of_interfaces),
		cmocka_unit_test(sections),
		cmocka_unit_test(many_files),
		cmocka_unit_test(too_many_interfaces),
		cmocka_unit_test(no_numbers_left),
		cmocka_unit_test(too_many_link_types),
		cmocka_unit_test(units_of_time),
		cmocka_unit_test(units_that_cannot_be),
		cmocka_unit_test(simple_packets),
		cmocka_unit_test(old_packets),
		cmocka_unit_test(long_packet),
		cmocka_unit_test(statistics),
		cmocka_unit_test(losses_by_packet),
		cmocka_unit_test(names),
		cmocka_unit_test(too_many_names),
		cmocka_unit_test(other_blocks),
		cmocka_unit_test(huge_block),
		cmocka_unit_test(damage),
		cmocka_unit_test(without_interface),
		cmocka_unit_test(cut_at_every_byte),
		cmocka_unit_test(filter_by_link_type),
	};

	return cmocka_run_group_tests_name("capture/pcapng", tests, set_up, tear_down);
}
