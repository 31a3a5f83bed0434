/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One capture file: formats, times, cut and damaged files, filters, batches. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

static struct bytes made;

static void clear(void)
{
	made.len = 0;
	made.big_endian = false;
}

static void put_three(uint32_t magic)
{
	uint8_t frame[UDP_LEN];

	for (unsigned i = 0; i < 3; i++) {
		make_udp(frame, (uint16_t)(53 + i));
		put_pcap_packet(&made, 1700000000 + i, 123456 + i, frame, 50 + i);
	}
	(void)magic;
}

static void check_three(int64_t fraction_ns)
{
	assert_int_equal(seen.packets, 3);
	for (unsigned i = 0; i < 3; i++) {
		int64_t ts_ns = (1700000000ll + i) * 1000000000ll + (123456ll + i) * fraction_ns;

		assert_int_equal(seen.ts_ns[i], ts_ns);
		assert_int_equal(seen.captured[i], 50 + i);
		assert_int_equal(seen.wire[i], 150 + i);
		assert_int_equal(seen.link_type[i], ETHERNET);
		assert_int_equal(seen.first_byte[i], 2);
	}
	assert_int_equal(seen.warning_count, 0);
	assert_int_equal(seen.counts.files, 1);
	assert_int_equal(seen.counts.files_truncated, 0);
	assert_int_equal(seen.counts.link_type_count, 1);
	assert_int_equal(seen.counts.link_types[0], ETHERNET);
}

static void pcap_in_both_orders_and_units(void **state)
{
	(void)state;
	for (int variant = 0; variant < 4; variant++) {
		uint32_t magic = variant & 1 ? NANO_MAGIC : MICRO_MAGIC;

		clear();
		made.big_endian = variant & 2;
		put_pcap_header(&made, magic, ETHERNET);
		put_three(magic);
		write_bytes("a.pcap", &made);
		assert_int_equal(read_one(in_folder("a.pcap")), 0);
		check_three(variant & 1 ? 1 : 1000);
	}
}

static void pcapng(void **state)
{
	uint8_t frame[UDP_LEN];

	(void)state;
	for (int variant = 0; variant < 2; variant++) {
		clear();
		made.big_endian = variant;
		put_ng_section(&made);
		put_ng_interface(&made, ETHERNET);
		for (unsigned i = 0; i < 3; i++) {
			make_udp(frame, 53);
			put_ng_packet(&made, 0, (1700000000ull + i) * 1000000 + 123456 + i, frame,
				      50 + i);
		}
		write_bytes("a.txt", &made); /* the name does not count */
		assert_int_equal(read_one(in_folder("a.txt")), 0);
		check_three(1000);
	}
}

static void link_type_is_libpcaps(void **state)
{
	static const uint8_t ip[20] = {0x45};

	(void)state;
	clear();
	put_pcap_header(&made, MICRO_MAGIC, 101);
	put_pcap_packet(&made, 1, 0, ip, sizeof(ip));
	write_bytes("raw.pcap", &made);
	assert_int_equal(read_one(in_folder("raw.pcap")), 0);
	assert_int_equal(seen.packets, 1);
	assert_int_equal(seen.link_type[0], RAW_IP);
	assert_int_equal(seen.counts.link_types[0], RAW_IP);
}

/* Cut at every byte: what was complete arrives, and the kind of failure is right. */
static void cut_at_every_byte(void **state)
{
	size_t whole;

	(void)state;
	clear();
	put_pcap_file(&made, 1000, 1, 3);
	whole = made.len;
	assert_int_equal(whole, 24 + 3 * (16 + UDP_LEN));
	for (size_t len = 0; len <= whole; len++) {
		size_t body = len > 24 ? len - 24 : 0;
		bool at_edge = len >= 24 && body % (16 + UDP_LEN) == 0;
		int expected = len < 4 ? FA_EFORMAT : len < 24 ? FA_ETRUNCATED : FA_OK;

		write_file("cut.pcap", made.data, len);
		assert_int_equal(read_one(in_folder("cut.pcap")), expected);
		assert_int_equal(seen.packets, body / (16 + UDP_LEN));
		if (expected == FA_EFORMAT)
			assert_message(len == 0 ? "cut.pcap: not a capture: empty (0 bytes)"
						: "cut.pcap: not a capture: starts with d4");
		if (expected == FA_ETRUNCATED)
			assert_message("cut.pcap: ends within its file header: ");
		if (expected != FA_OK)
			continue;
		assert_int_equal(seen.counts.files_truncated, !at_edge);
		assert_int_equal(seen.warning_count, !at_edge || len == 24);
		if (len == 24)
			assert_warned("cut.pcap: a capture without packets");
		else if (!at_edge)
			assert_warned(seen.packets == 1
					      ? "cut.pcap: cut off after 1 packet: truncated"
					      : " packets: truncated");
	}
}

static void pcapng_cut_at_every_byte(void **state)
{
	uint8_t frame[UDP_LEN];
	size_t ends[4];

	(void)state;
	clear();
	make_udp(frame, 53);
	put_ng_section(&made);
	put_ng_interface(&made, ETHERNET);
	ends[0] = made.len;
	for (unsigned i = 1; i < 4; i++) {
		put_ng_packet(&made, 0, i, frame, UDP_LEN);
		ends[i] = made.len;
	}
	for (size_t len = 0; len <= made.len; len++) {
		unsigned complete = 0;
		int result;

		write_file("cut.pcapng", made.data, len);
		result = read_one(in_folder("cut.pcapng"));
		for (unsigned i = 1; i < 4; i++)
			complete += ends[i] <= len;
		assert_int_equal(seen.packets, complete);
		assert_true(len < ends[0] ? result < 0 : result == 0);
		if (len >= 4 && len < ends[0] && len != 28)
			assert_int_equal(result, FA_ETRUNCATED);
		if (result == 0)
			assert_int_equal(seen.counts.files_truncated, len != ends[complete]);
	}
}

/* A length that cannot be: what came before stays, or there is an error. */
static void insane_length(void **state)
{
	(void)state;
	for (unsigned before = 0; before < 3; before++) {
		clear();
		put_pcap_file(&made, 1000, 1, before);
		put32(&made, 1);
		put32(&made, 1);
		put32(&made, 0x7fffffff);
		put32(&made, 0x7fffffff);
		put_pcap_packet(&made, 1, 1, "abcd", 4);
		write_bytes("bad.pcap", &made);
		assert_int_equal(read_one(in_folder("bad.pcap")), before == 0 ? FA_EFORMAT : 0);
		assert_int_equal(seen.packets, before);
		if (before == 0) {
			assert_message("bad.pcap: invalid packet capture length 2147483647");
			continue;
		}
		assert_int_equal(seen.counts.files_truncated, 1);
		assert_warned("bad.pcap: not read past packet ");
		assert_warned("invalid packet capture length 2147483647");
	}
}

/* Times far away, in both directions, and a wire length below the captured one. */
static void hostile_header(void **state)
{
	(void)state;
	clear();
	put_ng_section(&made);
	put_ng_interface(&made, ETHERNET);
	put_ng_packet(&made, 0, UINT64_MAX, "abcd", 4);
	write_bytes("far.pcapng", &made);
	assert_int_equal(read_one(in_folder("far.pcapng")), 0);
	assert_int_equal(seen.packets, 1);
	assert_true(seen.ts_ns[0] > INT64_MAX / 2 - 2000000000ll);
	assert_true(seen.ts_ns[0] < INT64_MAX / 2 + 2000000000ll);

	clear();
	put_pcap_header(&made, NANO_MAGIC, ETHERNET);
	put32(&made, 5);
	put32(&made, 0x7fffffff); /* more nanoseconds than a second has */
	put32(&made, 4);
	put32(&made, 1);
	put_raw(&made, "abcd", 4);
	write_bytes("len.pcap", &made);
	assert_int_equal(read_one(in_folder("len.pcap")), 0);
	assert_int_equal(seen.packets, 1);
	assert_int_equal(seen.ts_ns[0], 5000000000ll + 0x7fffffff);
	assert_int_equal(seen.captured[0], 4);
	assert_int_equal(seen.wire[0], 4);
}

static void put_ports(unsigned count)
{
	uint8_t frame[UDP_LEN];

	clear();
	put_pcap_header(&made, MICRO_MAGIC, ETHERNET);
	for (unsigned i = 0; i < count; i++) {
		make_udp(frame, i % 4 == 0 ? 53 : 514);
		put_pcap_packet(&made, i, 0, frame, UDP_LEN);
	}
	write_bytes("ports.pcap", &made);
}

static void filter_selects(void **state)
{
	const char *name = in_folder("ports.pcap");

	(void)state;
	put_ports(40);
	assert_int_equal(read_names(&name, 1, "udp port 53", 3), 0);
	assert_int_equal(seen.packets, 10);
	assert_int_equal(seen.ts_ns[1], 4000000000ll);
	assert_int_equal(read_names(&name, 1, "", 3), 0);
	assert_int_equal(seen.packets, 40);
	/* nothing passes: still not the end before the end, and no complaint about the file */
	assert_int_equal(read_names(&name, 1, "tcp", 3), 0);
	assert_int_equal(seen.packets, 0);
	assert_int_equal(seen.warning_count, 0);
}

/* A batch is bounded by what is read, not by what passes the filter. */
static void filter_does_not_stretch_a_batch(void **state)
{
	const char *name = in_folder("ports.pcap");
	struct fa_source *source;

	(void)state;
	put_ports(40);
	assert_int_equal(open_names(&source, &name, 1, "tcp"), 0);
	assert_int_equal(read_batch(source, 30), 30);
	assert_int_equal(read_batch(source, 30), 10);
	assert_int_equal(read_batch(source, 30), 0);
	assert_int_equal(read_batch(source, 30), 0);
	fa_source_free(source);
}

static void filter_errors(void **state)
{
	const char *names[2] = {in_folder("ports.pcap"), in_folder("raw.pcap")};

	(void)state;
	put_ports(1);
	assert_int_equal(read_names(names, 1, "tcp prot 80", 9), FA_EINVAL);
	assert_string_equal(strchr(seen.diag.text, 'f'), seen.diag.text);
	assert_message("filter \"tcp prot 80\": syntax error (link type EN10MB, ");
	assert_message("ports.pcap)");
	assert_int_equal(seen.packets, 0);
	/* the second file cannot take it: said before the first one is read */
	clear();
	put_pcap_header(&made, MICRO_MAGIC, 101);
	put_pcap_packet(&made, 1, 0, "abcd", 4);
	write_bytes("raw.pcap", &made);
	assert_int_equal(read_names(names, 2, "vlan", 9), FA_EINVAL);
	assert_message("filter \"vlan\": no VLAN support for Raw IP (link type RAW, ");
	assert_message("raw.pcap)");
	assert_int_equal(seen.packets, 0);
}

/* The sink stops anywhere in a batch; the next call goes on with the next packet. */
static void sink_stops(void **state)
{
	const char *name = in_folder("ports.pcap");
	struct fa_source *source;

	(void)state;
	put_ports(40);
	for (unsigned stop = 1; stop <= 40; stop++) {
		assert_int_equal(open_names(&source, &name, 1, NULL), 0);
		seen.stop_at = stop;
		assert_int_equal(read_batch(source, stop < 20 ? 100 : stop), STOPPED);
		assert_int_equal(seen.packets, stop);
		assert_int_equal(seen.diag.text[0], '\0');
		assert_int_equal(read_batch(source, 100), 40 - stop);
		assert_int_equal(read_batch(source, 100), 0);
		assert_int_equal(seen.packets, 40);
		for (unsigned i = 0; i < 40; i++)
			assert_int_equal(seen.ts_ns[i], i * 1000000000ll);
		fa_source_free(source);
	}
}

static void batches(void **state)
{
	const char *name = in_folder("ports.pcap");
	struct fa_source *source;

	(void)state;
	put_ports(40);
	for (unsigned batch = 1; batch < 45; batch++) {
		assert_int_equal(open_names(&source, &name, 1, NULL), 0);
		assert_int_equal(read_batch(source, 0), 0);
		for (unsigned left = 40; left > 0;) {
			unsigned n = left < batch ? left : batch;

			assert_int_equal(read_batch(source, batch), n);
			left -= n;
			assert_int_equal(seen.packets, 40 - left);
		}
		assert_int_equal(read_batch(source, batch), 0);
		fa_source_free(source);
	}
}

static void progress_reaches_the_total(void **state)
{
	const char *names[] = {in_folder("ports.pcap"), in_folder("cut.pcap")};
	struct fa_source *source;
	uint64_t last = 0;
	uint64_t done;
	uint64_t total;

	(void)state;
	put_ports(40);
	write_file("cut.pcap", made.data, made.len - 1);
	assert_int_equal(open_names(&source, names, 2, NULL), 0);
	fa_source_progress(source, &done, &total);
	assert_int_equal(done, 0);
	assert_int_equal(total, 2 * made.len - 1);
	assert_int_equal(fa_source_fd(source), -1);
	while (read_batch(source, 7) > 0) {
		fa_source_progress(source, &done, &total);
		assert_true(done > 0 && done >= last && done <= total);
		last = done;
	}
	fa_source_progress(source, &done, &total);
	assert_int_equal(done, total);
	fa_source_free(source);
	fa_source_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pcap_in_both_orders_and_units),
		cmocka_unit_test(pcapng),
		cmocka_unit_test(link_type_is_libpcaps),
		cmocka_unit_test(cut_at_every_byte),
		cmocka_unit_test(pcapng_cut_at_every_byte),
		cmocka_unit_test(insane_length),
		cmocka_unit_test(hostile_header),
		cmocka_unit_test(filter_selects),
		cmocka_unit_test(filter_does_not_stretch_a_batch),
		cmocka_unit_test(filter_errors),
		cmocka_unit_test(sink_stops),
		cmocka_unit_test(batches),
		cmocka_unit_test(progress_reaches_the_total),
	};

	return cmocka_run_group_tests_name("capture/file", tests, set_up, tear_down);
}
