/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For the tests of the capture stage: a folder of their own, and captures written byte by byte. */
#ifndef FA_TESTS_CAPTURE_SUPPORT_H
#define FA_TESTS_CAPTURE_SUPPORT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "capture/capture.h"

#define ETHERNET 1
#define RAW_IP	 12 /* DLT_RAW of this system, LINKTYPE_RAW 101 in files */

#define MICRO_MAGIC 0xa1b2c3d4u
#define NANO_MAGIC  0xa1b23c4du

/* Bytes in the making. */
struct bytes {
	uint8_t data[1 << 20];
	size_t len;
	bool big_endian;
};

void put16(struct bytes *bytes, uint16_t value);
void put32(struct bytes *bytes, uint32_t value);
void put_raw(struct bytes *bytes, const void *data, size_t len);

/* pcap file header (24 bytes) and packet of LEN bytes; FRACTION in the file's unit. */
void put_pcap_header(struct bytes *bytes, uint32_t magic, uint32_t link_type);
void put_pcap_packet(struct bytes *bytes, uint32_t second, uint32_t fraction, const void *data,
		     uint32_t len);
/* pcapng blocks: section header, interface (snaplen 65535, microseconds), enhanced packet. */
void put_ng_section(struct bytes *bytes);
void put_ng_interface(struct bytes *bytes, uint16_t link_type);
void put_ng_packet(struct bytes *bytes, uint32_t interface, uint64_t ts_us, const void *data,
		   uint32_t len);
/* A whole little-endian pcap file of COUNT UDP packets of 60 bytes, at FIRST, FIRST + STEP ... */
void put_pcap_file(struct bytes *bytes, uint32_t first, uint32_t step, unsigned count);

/* Any block: its type and room for its length, then what is put; padded and closed. */
size_t begin_ng(struct bytes *bytes, uint32_t type);
void end_ng(struct bytes *bytes, size_t begun);
void put64(struct bytes *bytes, uint64_t value);
/* An option, padded; code 0 ends them. */
void put_ng_option(struct bytes *bytes, uint16_t code, const void *value, uint16_t len);

/* A UDP packet in Ethernet, to PORT, of 60 bytes. */
#define UDP_LEN 60
void make_udp(uint8_t *frame, uint16_t port);

/* The folder of this test: made by set_up, removed with its files by tear_down. */
int set_up(void **state);
int tear_down(void **state);
/* "FOLDER/NAME"; good until the next 64 calls. */
const char *in_folder(const char *name);
void write_file(const char *name, const void *data, size_t len);
void write_bytes(const char *name, const struct bytes *bytes);
void write_gzip(const char *name, const void *data, size_t len);

/* What a source gave. */
struct seen {
	unsigned packets;
	unsigned stop_at; /* the sink stops at this packet, 0: never */
	int64_t ts_ns[1024];
	uint32_t captured[1024];
	uint32_t wire[1024];
	int link_type[1024];
	uint32_t interface[1024];
	uint8_t first_byte[1024];
	char warnings[4096]; /* lines */
	unsigned warning_count;
	struct fa_capture_counts counts;
	struct fa_run_interfaces interfaces;
	uint64_t mended;
	char names[4096]; /* "ADDRESS=HOST " of each */
	uint64_t names_more;
	struct fa_diag diag;
};

extern struct seen seen;

#define STOPPED (-77)

/* Options whose warnings go to `seen`. */
struct fa_source_options seen_options(const char *filter);
/* Opens and clears `seen`. */
int open_names(struct fa_source **source, const char *const *names, size_t count,
	       const char *filter);
/* Everything of NAMES in batches of BATCH; 0 or the error, of open or read. */
int read_names(const char *const *names, size_t count, const char *filter, unsigned batch);
int read_one(const char *path);
int read_batch(struct fa_source *source, unsigned batch);

/* `seen` holds a line of warning, or the error message, with TEXT in it. */
void assert_warned(const char *text);
void assert_message(const char *text);

#endif
