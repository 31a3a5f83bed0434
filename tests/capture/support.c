/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For the tests of the capture stage: a folder of their own, and captures written byte by byte. */
#include "support.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

struct seen seen;

static char folder[64];

void put_raw(struct bytes *bytes, const void *data, size_t len)
{
	assert_true(len <= sizeof(bytes->data) - bytes->len);
	memcpy(bytes->data + bytes->len, data, len);
	bytes->len += len;
}

static void put(struct bytes *bytes, uint64_t value, unsigned size)
{
	uint8_t raw[8];

	for (unsigned i = 0; i < size; i++) {
		unsigned shift = 8 * (bytes->big_endian ? size - 1 - i : i);

		raw[i] = (uint8_t)(value >> shift);
	}
	put_raw(bytes, raw, size);
}

void put16(struct bytes *bytes, uint16_t value)
{
	put(bytes, value, 2);
}

void put32(struct bytes *bytes, uint32_t value)
{
	put(bytes, value, 4);
}

void put_pcap_header(struct bytes *bytes, uint32_t magic, uint32_t link_type)
{
	put32(bytes, magic);
	put16(bytes, 2); /* version 2.4 */
	put16(bytes, 4);
	put32(bytes, 0);
	put32(bytes, 0);
	put32(bytes, 65535);
	put32(bytes, link_type);
}

void put_pcap_packet(struct bytes *bytes, uint32_t second, uint32_t fraction, const void *data,
		     uint32_t len)
{
	put32(bytes, second);
	put32(bytes, fraction);
	put32(bytes, len);
	put32(bytes, len + 100); /* cut by the snapshot length */
	put_raw(bytes, data, len);
}

void put_ng_section(struct bytes *bytes)
{
	put32(bytes, 0x0a0d0d0a);
	put32(bytes, 28);
	put32(bytes, 0x1a2b3c4d);
	put16(bytes, 1);
	put16(bytes, 0);
	put32(bytes, 0xffffffff); /* section length: not known */
	put32(bytes, 0xffffffff);
	put32(bytes, 28);
}

void put_ng_interface(struct bytes *bytes, uint16_t link_type)
{
	put32(bytes, 1);
	put32(bytes, 20);
	put16(bytes, link_type);
	put16(bytes, 0);
	put32(bytes, 65535);
	put32(bytes, 20);
}

void put_ng_packet(struct bytes *bytes, uint32_t interface, uint64_t ts_us, const void *data,
		   uint32_t len)
{
	uint32_t padded = (len + 3) & ~3u;
	static const uint8_t zeros[4];

	put32(bytes, 6);
	put32(bytes, 32 + padded);
	put32(bytes, interface);
	put32(bytes, (uint32_t)(ts_us >> 32));
	put32(bytes, (uint32_t)ts_us);
	put32(bytes, len);
	put32(bytes, len + 100);
	put_raw(bytes, data, len);
	put_raw(bytes, zeros, padded - len);
	put32(bytes, 32 + padded);
}

void put64(struct bytes *bytes, uint64_t value)
{
	put(bytes, value, 8);
}

static void pad(struct bytes *bytes)
{
	static const uint8_t zeros[4];

	put_raw(bytes, zeros, (4 - bytes->len % 4) % 4);
}

size_t begin_ng(struct bytes *bytes, uint32_t type)
{
	size_t begun = bytes->len;

	put32(bytes, type);
	put32(bytes, 0);
	return begun;
}

void end_ng(struct bytes *bytes, size_t begun)
{
	uint32_t len;
	size_t end;

	pad(bytes);
	len = (uint32_t)(bytes->len + 4 - begun);
	put32(bytes, len);
	end = bytes->len;
	bytes->len = begun + 4;
	put32(bytes, len);
	bytes->len = end;
}

void put_ng_option(struct bytes *bytes, uint16_t code, const void *value, uint16_t len)
{
	put16(bytes, code);
	put16(bytes, len);
	put_raw(bytes, value, len);
	pad(bytes);
}

void make_udp(uint8_t *frame, uint16_t port)
{
	static const uint8_t head[] = {
		2,    0, 0, 0,	0, 1,  2, 0, 0,	 0,  0, 2, 8,  0,		     /* Ethernet */
		0x45, 0, 0, 46, 0, 0,  0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, /* IPv4 */
		0xc0, 0, 0, 0,	0, 26, 0, 0,					     /* UDP */
	};

	memset(frame, 0, UDP_LEN);
	memcpy(frame, head, sizeof(head));
	frame[36] = (uint8_t)(port >> 8);
	frame[37] = (uint8_t)port;
}

void put_pcap_file(struct bytes *bytes, uint32_t first, uint32_t step, unsigned count)
{
	uint8_t frame[UDP_LEN];

	make_udp(frame, 53);
	put_pcap_header(bytes, MICRO_MAGIC, ETHERNET);
	for (unsigned i = 0; i < count; i++)
		put_pcap_packet(bytes, first + i * step, 0, frame, UDP_LEN);
}

int set_up(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "%s", "/tmp/fa-capture-XXXXXX");
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static void remove_tree(const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, NULL, NULL);
	char name[512];
	struct stat status;

	for (int i = 0; i < count; i++) {
		bool self = strcmp(entries[i]->d_name, ".") == 0 ||
			    strcmp(entries[i]->d_name, "..") == 0;

		snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
		free(entries[i]);
		if (self)
			continue;
		if (lstat(name, &status) == 0 && S_ISDIR(status.st_mode))
			remove_tree(name);
		else
			unlink(name);
	}
	if (count >= 0)
		free(entries);
	rmdir(path);
}

int tear_down(void **state)
{
	(void)state;
	remove_tree(folder);
	return 0;
}

const char *in_folder(const char *name)
{
	static char paths[64][256];
	static unsigned turn;
	char *path = paths[turn++ % 64];

	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

void write_file(const char *name, const void *data, size_t len)
{
	FILE *file = fopen(in_folder(name), "w");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

void write_bytes(const char *name, const struct bytes *bytes)
{
	write_file(name, bytes->data, bytes->len);
}

void write_gzip(const char *name, const void *data, size_t len)
{
	gzFile file = gzopen(in_folder(name), "wb");

	assert_non_null(file);
	assert_int_equal(gzwrite(file, data, (unsigned)len), len);
	assert_int_equal(gzclose(file), Z_OK);
}

static void warned(void *context, const char *text)
{
	size_t used = strlen(seen.warnings);

	(void)context;
	snprintf(seen.warnings + used, sizeof(seen.warnings) - used, "%s\n", text);
	seen.warning_count++;
}

struct fa_source_options seen_options(const char *filter)
{
	return (struct fa_source_options){.filter = filter, .warn = warned};
}

static int sink(void *context, const struct fa_frame *frame)
{
	unsigned i = seen.packets++;

	(void)context;
	assert_true(i < 1024);
	seen.ts_ns[i] = frame->ts_ns;
	seen.captured[i] = frame->captured;
	seen.wire[i] = frame->wire;
	seen.link_type[i] = frame->link_type;
	seen.interface[i] = frame->interface;
	seen.first_byte[i] = frame->captured > 0 ? frame->data[0] : 0;
	return seen.packets == seen.stop_at ? STOPPED : 0;
}

int open_names(struct fa_source **source, const char *const *names, size_t count,
	       const char *filter)
{
	struct fa_source_options options = seen_options(filter);

	memset(&seen, 0, sizeof(seen));
	return fa_source_open_files(source, names, count, &options, &seen.diag);
}

int read_batch(struct fa_source *source, unsigned batch)
{
	struct fa_frame_sink to = {.fn = sink};

	return fa_source_read(source, batch, &to, &seen.diag);
}

static void see_names(const struct fa_source *source)
{
	size_t count = fa_source_names(source, &seen.names_more);
	size_t used = 0;

	for (size_t i = 0; i < count && used < sizeof(seen.names); i++) {
		struct fa_name_answer name;
		char addr[FA_ADDR_TEXT];

		fa_source_name(source, i, &name);
		assert_true(name.by_capture);
		assert_int_equal(name.client.version, 0);
		used += (size_t)snprintf(seen.names + used, sizeof(seen.names) - used, "%s=%s ",
					 fa_addr_text(&name.address, addr), name.host);
	}
}

int read_names(const char *const *names, size_t count, const char *filter, unsigned batch)
{
	struct fa_source *source;
	int result = open_names(&source, names, count, filter);

	if (result != FA_OK) {
		assert_true(seen.diag.text[0] != '\0');
		return result;
	}
	while ((result = read_batch(source, batch)) > 0)
		assert_true((unsigned)result <= batch);
	fa_source_counts(source, &seen.counts);
	fa_source_interfaces(source, &seen.interfaces);
	seen.mended = fa_source_mended(source);
	see_names(source);
	fa_source_free(source);
	return result;
}

int read_one(const char *path)
{
	return read_names(&path, 1, NULL, 100);
}

void assert_warned(const char *text)
{
	if (strstr(seen.warnings, text) == NULL)
		fail_msg("no warning \"%s\" in \"%s\"", text, seen.warnings);
}

void assert_message(const char *text)
{
	if (strstr(seen.diag.text, text) == NULL)
		fail_msg("no \"%s\" in \"%s\"", text, seen.diag.text);
}
