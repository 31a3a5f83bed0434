/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packets that are kept as evidence: which, in what order, within what limits. */
#include "pipeline/keep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/time.h"
#include "decode/decode.h"
#include "pipeline/cut.h"

enum { MB = 1 << 20, RUN = 12, WINDOW = 7, IP_MAX = 2048, RAW = 12, LINKTYPE_RAW = 101 };
enum { MORE_FRAGMENTS = 0x2000 };

#define SECOND 1000000000ll
#define NOW    (1795298400 * SECOND)

static char folder[64];

/* A packet, as it is on the wire. */
struct wire {
	uint8_t bytes[IP_MAX];
	size_t len;
};

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* From 10.0.0.FROM to 10.0.0.TO; FRAGMENT as in the header. */
static struct wire ip(uint8_t from, uint8_t to, uint8_t transport, uint16_t fragment,
		      const void *payload, size_t len)
{
	struct wire wire = {.len = 20 + len};

	wire.bytes[0] = 0x45;
	put16(wire.bytes + 2, (uint16_t)wire.len);
	put16(wire.bytes + 4, 77);
	put16(wire.bytes + 6, fragment);
	wire.bytes[8] = 64;
	wire.bytes[9] = transport;
	memcpy(wire.bytes + 12, (uint8_t[]){10, 0, 0, from}, 4);
	memcpy(wire.bytes + 16, (uint8_t[]){10, 0, 0, to}, 4);
	memcpy(wire.bytes + 20, payload, len);
	return wire;
}

/* LEN bytes of payload, the first four of which are NUMBER. */
static struct wire tcp(uint8_t from, uint16_t src, uint8_t to, uint16_t dst, uint32_t number,
		       size_t len)
{
	uint8_t segment[IP_MAX] = {0};

	put16(segment, src);
	put16(segment + 2, dst);
	segment[12] = 0x50;
	segment[13] = 0x10;
	if (len >= 4)
		memcpy(segment + 20, &number, 4);
	return ip(from, to, 6, 0, segment, 20 + len);
}

/* As decoding would hand it on. */
static struct fa_packet decoded(const struct wire *wire, int64_t ts_ns, size_t captured)
{
	const struct fa_decoder decoder = {.pair_key = {1, 2},
					   .max_headers = FA_WIRE_DEFAULT_HEADERS};
	const struct fa_frame frame = {.ts_ns = ts_ns, .data = wire->bytes,
				       .captured = (uint32_t)captured, .wire = (uint32_t)wire->len,
				       .link_type = RAW};
	struct fa_packet packet;
	const uint8_t *bytes;

	assert_int_equal(fa_decode(&decoder, &frame, &packet, &bytes), FA_DECODE_DECODED);
	return packet;
}

static void gather(struct fa_keep *keep, struct wire wire, int64_t ts_ns)
{
	struct fa_packet packet = decoded(&wire, ts_ns, wire.len);

	fa_keep_packet(keep, &packet, wire.bytes);
}

static struct fa_identity identity(uint8_t client, uint8_t server, uint16_t port)
{
	struct fa_identity id;

	memset(&id, 0, sizeof(id));
	id.client = (struct fa_addr){.version = 4, .bytes = {10, 0, 0, client}};
	id.server = (struct fa_addr){.version = 4, .bytes = {10, 0, 0, server}};
	id.transport = 6;
	id.server_port = port;
	return id;
}

static struct fa_keep *keep_of(uint64_t limit_bytes)
{
	struct fa_keep *keep = NULL;
	struct fa_diag diag = {{0}};

	if (fa_keep_new(&keep, folder, limit_bytes, &diag) != 0)
		fail_msg("%s", diag.text);
	return keep;
}

static unsigned removed_count;
static char removed_first[256];

static void note_removed(void *context, const char *path)
{
	(void)context;
	if (removed_count++ == 0)
		snprintf(removed_first, sizeof(removed_first), "%s", path);
	assert_int_equal(access(path, F_OK), -1);
}

static struct fa_keep_saved selected(struct fa_keep_candidates *candidates,
				     const struct fa_identity *ids, size_t count)
{
	const struct fa_keep_selection selection = {.ids = ids, .count = count, .run = RUN,
						    .window = WINDOW, .removed = note_removed};
	struct fa_keep_saved saved;
	struct fa_diag diag = {{0}};

	if (fa_keep_select(candidates, &selection, &saved, &diag) != 0)
		fail_msg("%s", diag.text);
	return saved;
}

/* Ends the window and keeps what is of these. */
static struct fa_keep_saved saved_of(struct fa_keep *keep, const struct fa_identity *ids,
				     size_t count)
{
	struct fa_keep_candidates *candidates = fa_keep_window_take(keep);
	struct fa_keep_saved saved = selected(candidates, ids, count);

	fa_keep_candidates_free(candidates);
	return saved;
}

/* A capture file, read without any of our code. */
struct read_packet {
	int64_t ts_ns;
	uint32_t captured, wire;
	const uint8_t *bytes;
};

struct read_file {
	uint8_t *bytes;
	struct read_packet *packets;
	size_t count;
};

static struct read_file read_pcap(const struct fa_keep_saved *saved)
{
	struct read_file file = {.bytes = malloc(saved->bytes + 1)};
	int fd = open(saved->path, O_RDONLY | O_CLOEXEC);
	uint32_t word[6];
	size_t at = 24;

	assert_true(fd >= 0);
	assert_int_equal(read(fd, file.bytes, saved->bytes + 1), saved->bytes);
	close(fd);
	memcpy(word, file.bytes, sizeof(word));
	assert_int_equal(word[0], 0xa1b23c4d);
	assert_int_equal(word[5], LINKTYPE_RAW);
	file.packets = calloc(saved->packets + 1, sizeof(*file.packets));
	while (at < saved->bytes) {
		memcpy(word, file.bytes + at, 16);
		assert_true(file.count < saved->packets);
		file.packets[file.count++] = (struct read_packet){
			word[0] * SECOND + word[1], word[2], word[3], file.bytes + at + 16};
		at += 16 + word[2];
	}
	assert_int_equal(file.count, saved->packets);
	return file;
}

static void free_pcap(struct read_file *file)
{
	free(file->bytes);
	free(file->packets);
}

static void assert_packet(const struct read_file *file, size_t index, int64_t ts_ns,
			  struct wire wire)
{
	const struct read_packet *packet = &file->packets[index];

	assert_int_equal(packet->ts_ns, ts_ns);
	assert_int_equal(packet->captured, wire.len);
	assert_int_equal(packet->wire, wire.len);
	assert_memory_equal(packet->bytes, wire.bytes, wire.len);
}

static unsigned files_in_folder(void)
{
	DIR *entries = opendir(folder);
	const struct dirent *entry;
	unsigned count = 0;

	while ((entry = readdir(entries)) != NULL)
		count += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
	closedir(entries);
	return count;
}

static void make_file(const char *name, size_t bytes, int64_t age_s)
{
	struct timespec times[2];
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(ftruncate(fd, (off_t)bytes), 0);
	clock_gettime(CLOCK_REALTIME, &times[0]);
	times[0].tv_sec -= age_s;
	times[1] = times[0];
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
}

static bool is_there(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return access(path, F_OK) == 0;
}

static void keeps_both_directions_of_a_conversation(void **state)
{
	const struct fa_identity id = identity(1, 2, 443);
	const struct wire ask = tcp(1, 40000, 2, 443, 1, 10);
	const struct wire answer = tcp(2, 443, 1, 40000, 2, 1000);
	struct fa_keep *keep = keep_of(FA_KEEP_DEFAULT_BYTES);
	struct fa_keep_saved saved;
	struct read_file file;
	struct stat st;
	char path[128];

	(void)state;
	gather(keep, ask, NOW + 1);
	gather(keep, tcp(1, 40000, 2, 444, 9, 10), NOW + 2);
	gather(keep, tcp(1, 40000, 3, 443, 9, 10), NOW + 3);
	gather(keep, answer, NOW + 4);
	gather(keep, tcp(2, 40000, 1, 443, 9, 10), NOW + 5);
	saved = saved_of(keep, &id, 1);
	assert_int_equal(saved.packets, 2);
	snprintf(path, sizeof(path), "%s/flowaudit-12-7.pcap", folder);
	assert_string_equal(saved.path, path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(st.st_size, saved.bytes);
	assert_int_equal(st.st_mtim.tv_sec * SECOND + st.st_mtim.tv_nsec, saved.mtime_ns);
	file = read_pcap(&saved);
	assert_packet(&file, 0, NOW + 1, ask);
	assert_packet(&file, 1, NOW + 4, answer);
	free_pcap(&file);
	assert_int_equal(files_in_folder(), 1);
	assert_int_equal(fa_keep_dropped(keep), 0);
	assert_int_equal(saved.trouble, 0);
	fa_keep_free(keep);
}

static void cut_packets_stay_cut(void **state)
{
	const struct fa_identity id = identity(1, 2, 443);
	const struct wire wire = tcp(1, 40000, 2, 443, 1, 1000);
	struct fa_packet packet = decoded(&wire, NOW, 60);
	struct fa_keep *keep = keep_of(FA_KEEP_DEFAULT_BYTES);
	struct fa_keep_saved saved;
	struct read_file file;

	(void)state;
	fa_keep_packet(keep, &packet, wire.bytes);
	saved = saved_of(keep, &id, 1);
	file = read_pcap(&saved);
	assert_int_equal(file.packets[0].captured, 60);
	assert_int_equal(file.packets[0].wire, wire.len);
	assert_memory_equal(file.packets[0].bytes, wire.bytes, 60);
	free_pcap(&file);
	fa_keep_free(keep);
}

static void nothing_wanted_makes_no_file(void **state)
{
	const struct fa_identity id = identity(1, 2, 443);
	struct fa_keep *keep = keep_of(FA_KEEP_DEFAULT_BYTES);

	(void)state;
	assert_null(fa_keep_window_take(keep));
	assert_int_equal(saved_of(keep, &id, 1).packets, 0);
	gather(keep, tcp(1, 40000, 2, 444, 1, 10), NOW);
	assert_string_equal(saved_of(keep, &id, 1).path, "");
	gather(keep, tcp(1, 40000, 2, 443, 1, 10), NOW);
	assert_string_equal(saved_of(keep, NULL, 0).path, "");
	assert_int_equal(files_in_folder(), 0);

	/* What the window before had is forgotten. */
	gather(keep, tcp(1, 40000, 2, 443, 1, 10), NOW);
	assert_int_equal(saved_of(keep, &id, 1).packets, 1);
	fa_keep_free(keep);
}

static void keeps_fragments_and_errors(void **state)
{
	const struct fa_identity id = identity(1, 2, 443);
	struct wire tried = tcp(1, 40000, 2, 443, 1, 0);
	struct wire first = tcp(1, 40001, 2, 443, 1, 12);
	uint8_t error[8 + 40] = {3, 1};
	uint8_t other[8 + 40] = {3, 1};
	struct fa_keep *keep = keep_of(FA_KEEP_DEFAULT_BYTES);
	struct fa_keep_saved saved;

	(void)state;
	put16(first.bytes + 6, MORE_FRAGMENTS);
	memcpy(error + 8, tried.bytes, 40);
	gather(keep, tried, NOW);
	gather(keep, ip(9, 1, 1, 0, error, sizeof(error)), NOW + 1);
	tried = tcp(1, 40000, 2, 444, 1, 0);
	memcpy(other + 8, tried.bytes, 40);
	gather(keep, ip(9, 1, 1, 0, other, sizeof(other)), NOW + 2);
	gather(keep, first, NOW + 3);
	gather(keep, ip(1, 2, 6, 4, error, 24), NOW + 4); /* of the same datagram */
	gather(keep, ip(1, 3, 6, 4, error, 24), NOW + 5);
	saved = saved_of(keep, &id, 1);
	assert_int_equal(saved.packets, 4);
	fa_keep_free(keep);
}

static void tells_tunnels_and_open_sides_apart(void **state)
{
	struct fa_identity ids[] = {identity(1, 2, 443), identity(3, 4, 5000)};
	struct wire wire = tcp(1, 40000, 2, 443, 1, 10);
	struct fa_packet packet = decoded(&wire, NOW, wire.len);
	struct fa_keep *keep = keep_of(FA_KEEP_DEFAULT_BYTES);

	(void)state;
	ids[0].tunnel = FA_TUNNEL_VXLAN;
	ids[0].tunnel_id = 42;
	ids[1].client_port = 6000;
	gather(keep, wire, NOW);
	packet.tunnel = FA_TUNNEL_VXLAN;
	packet.tunnel_id = 41;
	fa_keep_packet(keep, &packet, wire.bytes);
	packet.tunnel_id = 42;
	fa_keep_packet(keep, &packet, wire.bytes);
	gather(keep, tcp(3, 6000, 4, 5000, 1, 10), NOW);
	gather(keep, tcp(4, 5000, 3, 6000, 1, 10), NOW);
	gather(keep, tcp(3, 6001, 4, 5000, 1, 10), NOW);
	assert_int_equal(saved_of(keep, ids, 2).packets, 3);
	fa_keep_free(keep);
}

/* As several workers hand them on, each in the order of time. */
static void puts_them_in_order(void **state)
{
	enum { EACH = 8000 };
	const struct fa_identity ids[] = {identity(1, 2, 443), identity(3, 4, 443)};
	struct fa_keep *keep = keep_of(FA_KEEP_DEFAULT_BYTES);
	struct fa_keep_saved saved;
	struct read_file file;

	(void)state;
	for (unsigned i = 0; i < EACH; i += 1000) {
		for (unsigned k = i; k < i + 1000; k++)
			gather(keep, tcp(1, 40000, 2, 443, k, 900), NOW + 2 * k);
		for (unsigned k = i; k < i + 1000; k++)
			gather(keep, tcp(3, 40000, 4, 443, k, 900), NOW + 2 * k + 1);
	}
	saved = saved_of(keep, ids, 2);
	assert_int_equal(saved.packets, 2 * EACH);
	file = read_pcap(&saved);
	for (unsigned i = 0; i < 2 * EACH; i++)
		if (file.packets[i].ts_ns != NOW + i ||
		    memcmp(file.packets[i].bytes + 40, &(uint32_t){i / 2}, 4) != 0)
			fail_msg("packet %u is another", i);
	free_pcap(&file);
	fa_keep_free(keep);
}

/* So much out of order that not all of it can be put right: none is lost or spoilt. */
static void disorder_spoils_nothing(void **state)
{
	enum { COUNT = 20000 };
	const struct fa_identity id = identity(1, 2, 60000);
	struct fa_keep *keep = keep_of(FA_KEEP_DEFAULT_BYTES);
	uint8_t *seen = calloc(COUNT, 1);
	struct fa_keep_saved saved;
	struct read_file file;

	(void)state;
	for (unsigned i = COUNT; i-- > 0;)
		gather(keep, tcp(1, (uint16_t)(1024 + i), 2, 60000, i, 4 + i % 1400), NOW + i);
	saved = saved_of(keep, &id, 1);
	assert_int_equal(saved.packets, COUNT);
	file = read_pcap(&saved);
	for (unsigned i = 0; i < COUNT; i++) {
		uint32_t number;

		memcpy(&number, file.packets[i].bytes + 40, 4);
		assert_true(number < COUNT && seen[number]++ == 0);
		assert_int_equal(file.packets[i].ts_ns, NOW + number);
		assert_int_equal(file.packets[i].captured, 44 + number % 1400);
	}
	free(seen);
	free_pcap(&file);
	fa_keep_free(keep);
}

/* The folder is never fuller than its limit, whatever comes. */
static void keeps_to_its_limit(void **state)
{
	enum { LIMIT = 8 * MB };
	const struct fa_identity id = identity(1, 2, 60000);
	struct fa_keep *keep = keep_of(LIMIT);
	struct fa_keep_candidates *open_window;
	uint64_t gathered;

	(void)state;
	/* One flow after the other, each of another port, so that nothing seems frequent. */
	for (unsigned i = 0; i < 20000; i++)
		gather(keep, tcp(1, (uint16_t)(1024 + i), 2, 60000, i, 500), NOW);
	gathered = 20000 - fa_keep_dropped(keep);
	assert_in_range(gathered * 564, LIMIT / 4 - 2 * 262144, LIMIT / 4 + 262144);

	/* Two windows share the room. */
	open_window = fa_keep_window_take(keep);
	for (unsigned i = 0; i < 2000; i++)
		gather(keep, tcp(1, (uint16_t)(1024 + i), 2, 60000, i, 500), NOW);
	assert_in_range(22000 - gathered - fa_keep_dropped(keep), 1, 262144 / 564);
	fa_keep_candidates_free(open_window);
	fa_keep_candidates_free(fa_keep_window_take(keep));
	for (unsigned i = 0; i < 2000; i++)
		gather(keep, tcp(1, (uint16_t)(1024 + i), 2, 60000, i, 500), NOW);
	assert_int_equal(saved_of(keep, &id, 1).packets, 2000);
	fa_keep_free(keep);
}

/* A talker that begins ever new flows does not keep out others. */
static void what_is_frequent_leaves_room(void **state)
{
	enum { LIMIT = 8 * MB };
	const struct fa_identity ids[] = {identity(1, 2, 443), identity(5, 6, 8765)};
	struct fa_keep *keep = keep_of(LIMIT);
	struct fa_keep_saved saved;
	uint64_t dropped;

	(void)state;
	for (unsigned i = 0; i < 20000; i++)
		gather(keep, tcp(1, (uint16_t)(1024 + i), 2, 443, i, 500), NOW + i);
	dropped = fa_keep_dropped(keep);
	assert_true(dropped > 10000);
	for (unsigned i = 0; i < FA_KEEP_PER_CONVERSATION; i++)
		gather(keep, tcp(5, 40000, 6, 8765, i, 500), NOW + 20000);
	assert_int_equal(fa_keep_dropped(keep), dropped);
	gather(keep, tcp(5, 40000, 6, 8765, 0, 500), NOW + 20000);
	assert_int_equal(fa_keep_dropped(keep), dropped + 1);
	saved = saved_of(keep, ids, 2);
	assert_int_equal(saved.packets, 20000 - dropped + FA_KEEP_PER_CONVERSATION);
	gather(keep, tcp(5, 40000, 6, 8765, 0, 500), NOW); /* another window */
	assert_int_equal(fa_keep_dropped(keep), dropped + 1);
	fa_keep_free(keep);
}

static void the_oldest_make_room(void **state)
{
	const struct fa_identity id = identity(1, 2, 443);
	struct fa_keep *keep = keep_of(8 * MB); /* 6 MiB of files */
	struct fa_keep_saved saved;

	(void)state;
	removed_count = 0;
	make_file("flowaudit-11-9.pcap", 2 * MB, 300);
	make_file("flowaudit-11-10.pcap", 2 * MB, 200);
	make_file("flowaudit-12-1-2.pcap", 2 * MB - 100, 100);
	make_file("flowaudit-x-1.pcap", 2 * MB, 900);
	make_file("flowaudit-12.pcap", 2 * MB, 900);
	make_file("flowaudit-12-1.pcap.gz", 2 * MB, 900);
	make_file("my-flowaudit-12-1.pcap", 2 * MB, 900);
	gather(keep, tcp(1, 40000, 2, 443, 0, 4), NOW);
	saved = saved_of(keep, &id, 1); /* 24 + 16 + 44 bytes fit */
	assert_int_equal(saved.bytes, 84);
	assert_int_equal(removed_count, 0);
	saved = saved_of(keep, &id, 1);
	gather(keep, tcp(1, 40000, 2, 443, 0, 4), NOW);
	saved = saved_of(keep, &id, 1);
	assert_int_equal(removed_count, 1);
	assert_non_null(strstr(removed_first, "/flowaudit-11-9.pcap"));
	assert_memory_equal(removed_first, folder, strlen(folder));
	for (unsigned i = 0; i < 3000; i++)
		gather(keep, tcp(1, (uint16_t)(1024 + i), 2, 60000, 0, 500), NOW);
	saved = saved_of(keep, (struct fa_identity[]){identity(1, 2, 60000)}, 1);
	assert_int_equal(saved.packets, 3000);
	assert_true(is_there("flowaudit-11-10.pcap"));
	for (unsigned i = 0; i < 3000; i++)
		gather(keep, tcp(1, (uint16_t)(1024 + i), 2, 60000, 0, 500), NOW);
	saved = saved_of(keep, (struct fa_identity[]){identity(1, 2, 60000)}, 1);
	assert_int_equal(removed_count, 2);
	assert_false(is_there("flowaudit-11-10.pcap"));
	assert_true(is_there("flowaudit-12-1-2.pcap"));
	assert_true(is_there("flowaudit-x-1.pcap"));
	assert_true(is_there("flowaudit-12.pcap"));
	assert_true(is_there("flowaudit-12-1.pcap.gz"));
	assert_true(is_there("my-flowaudit-12-1.pcap"));
	fa_keep_free(keep);
}

/* Of another database, or of this one before it was made anew. */
static void writes_over_nothing(void **state)
{
	const struct fa_identity id = identity(1, 2, 443);
	struct fa_keep *keep = keep_of(8 * MB);
	char expected[128];
	struct stat st;

	(void)state;
	make_file("flowaudit-12-7.pcap", 5, 0);
	for (unsigned i = 2; i < 4; i++) {
		gather(keep, tcp(1, 40000, 2, 443, 0, 4), NOW);
		snprintf(expected, sizeof(expected), "%s/flowaudit-12-7-%u.pcap", folder, i);
		assert_string_equal(saved_of(keep, &id, 1).path, expected);
	}
	snprintf(expected, sizeof(expected), "%s/flowaudit-12-7.pcap", folder);
	assert_int_equal(stat(expected, &st), 0);
	assert_int_equal(st.st_size, 5);
	fa_keep_free(keep);
}

static void removes_what_was_left_half_written(void **state)
{
	char path[128];
	int fd;

	(void)state;
	make_file("flowaudit-12-7.pcap.tmp", 5, 0);
	make_file("flowaudit-12-8.pcap.tmp", 5, 0);
	make_file("flowaudit-a-8.pcap.tmp", 5, 0);
	snprintf(path, sizeof(path), "%s/flowaudit-12-8.pcap.tmp", folder);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX), 0); /* somebody writes it now */
	fa_keep_free(keep_of(8 * MB));
	assert_false(is_there("flowaudit-12-7.pcap.tmp"));
	assert_true(is_there("flowaudit-12-8.pcap.tmp"));
	assert_true(is_there("flowaudit-a-8.pcap.tmp"));
	close(fd);
}

/* A full disk, as a limit on the size of files shows it. */
static void goes_on_when_the_disk_is_full(void **state)
{
	const struct fa_identity id = identity(1, 2, 60000);
	const struct fa_keep_selection selection = {.ids = &id, .count = 1, .run = RUN,
						    .window = WINDOW};
	struct fa_keep *keep = keep_of(64 * MB);
	struct fa_keep_candidates *candidates;
	struct fa_keep_saved saved;
	struct fa_diag diag = {{0}};
	struct rlimit before;
	struct rlimit small;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	small = before;
	small.rlim_cur = 100000;
	for (unsigned i = 0; i < 1000; i++)
		gather(keep, tcp(1, (uint16_t)(1024 + i), 2, 60000, i, 500), NOW + i);
	candidates = fa_keep_window_take(keep);
	setrlimit(RLIMIT_FSIZE, &small);
	assert_int_equal(fa_keep_select(candidates, &selection, &saved, &diag), FA_EFULL);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_non_null(strstr(diag.text, "flowaudit-12-7.pcap"));
	assert_string_equal(saved.path, "");
	assert_int_equal(files_in_folder(), 0);
	saved = selected(candidates, &id, 1);
	assert_int_equal(saved.packets, 1000);
	fa_keep_candidates_free(candidates);

	/* While gathering: what is in memory is there, the rest counts as dropped. */
	setrlimit(RLIMIT_FSIZE, &small);
	for (unsigned i = 0; i < 1000; i++)
		gather(keep, tcp(1, (uint16_t)(1024 + i), 2, 60000, i, 500), NOW + i);
	setrlimit(RLIMIT_FSIZE, &before);
	saved = saved_of(keep, &id, 1);
	assert_int_equal(saved.trouble, EFBIG);
	assert_true(saved.packets > 0);
	assert_int_equal(saved.packets + fa_keep_dropped(keep), 1000);
	fa_keep_free(keep);
}

/* In place of the C library's, so that there is a slow disk. */
static unsigned delay_ms;

ssize_t pwrite64(int fd, const void *data, size_t len, off64_t at)
{
	const struct timespec delay = {.tv_sec = 0, .tv_nsec = delay_ms * 1000000l};

	nanosleep(&delay, NULL);
	return syscall(SYS_pwrite64, fd, data, len, at);
}

/* It costs the gathering thread a second at once and a quarter of its time after. */
static void a_slow_disk_holds_nobody_up(void **state)
{
	struct fa_keep *keep = keep_of(64 * MB);
	int64_t begun_ns = fa_monotonic_ns();
	int64_t took_ms;

	(void)state;
	delay_ms = 600;
	for (unsigned i = 0; i < 10000; i++)
		gather(keep, tcp(1, (uint16_t)(1024 + i), 2, 60000, i, 500), NOW);
	took_ms = (fa_monotonic_ns() - begun_ns) / 1000000;
	delay_ms = 0;
	assert_in_range(took_ms, 1200, 3000); /* two blocks */
	assert_in_range(10000 - fa_keep_dropped(keep), 3 * 400, 3 * 500);
	fa_keep_free(keep);
}

static void fails_with_a_message(void **state)
{
	struct fa_keep *keep = NULL;
	struct fa_diag diag = {{0}};
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/none", folder);
	assert_int_equal(fa_keep_new(&keep, path, MB << 4, &diag), FA_ENOENT);
	assert_non_null(strstr(diag.text, path));
	memset(&diag, 0, sizeof(diag));
	make_file("file", 1, 0);
	snprintf(path, sizeof(path), "%s/file", folder);
	assert_true(fa_keep_new(&keep, path, MB << 4, &diag) < 0);
	assert_non_null(strstr(diag.text, "Not a directory"));
	memset(&diag, 0, sizeof(diag));
	assert_int_equal(fa_keep_new(&keep, folder, MB, &diag), FA_EINVAL);
	assert_non_null(strstr(diag.text, "4 MiB"));
	assert_null(keep);
}

/* No worker can make it read what is not there. */
static void a_length_that_cannot_be_is_refused(void **state)
{
	struct wire wire = tcp(1, 40000, 2, 443, 1, 10);
	struct fa_packet packet = decoded(&wire, NOW, wire.len);
	struct fa_keep *keep = keep_of(8 * MB);

	(void)state;
	packet.captured = packet.ip_bytes + 1;
	fa_keep_packet(keep, &packet, wire.bytes);
	packet.captured = packet.ip_bytes = UINT32_MAX;
	fa_keep_packet(keep, &packet, wire.bytes);
	assert_int_equal(fa_keep_dropped(keep), 2);
	fa_keep_free(keep);
}

/* What was saved is what the packets of a finding are cut from, also of one in a tunnel. */
static void evidence_is_cut_from_it(void **state)
{
	struct fa_identity ids[] = {identity(1, 2, 443), identity(3, 4, 443)};
	struct fa_finding_part part = {.first_seen_ns = NOW, .last_seen_ns = NOW + 10};
	struct wire wire = tcp(1, 40000, 2, 443, 1, 10);
	struct fa_packet packet = decoded(&wire, NOW + 1, wire.len);
	struct fa_keep *keep = keep_of(8 * MB);
	struct fa_wanted *wanted;
	struct fa_keep_saved saved;
	struct fa_cut_result result;
	struct fa_diag diag = {{0}};
	const char *inputs[1];
	struct fa_cut cut = {.inputs = inputs, .input_count = 1, .link_type = FA_ANY_LINK_TYPE};
	char *text = NULL;
	size_t size;

	(void)state;
	ids[0].tunnel = packet.tunnel = FA_TUNNEL_VXLAN;
	ids[0].tunnel_id = packet.tunnel_id = 42;
	fa_keep_packet(keep, &packet, wire.bytes);
	gather(keep, tcp(3, 40000, 4, 443, 1, 10), NOW + 2);
	saved = saved_of(keep, ids, 2);
	assert_int_equal(saved.packets, 2);
	inputs[0] = saved.path;
	for (unsigned ignore = 0; ignore < 2; ignore++) {
		assert_int_equal(fa_wanted_new(&wanted), 0);
		if (ignore)
			fa_wanted_ignore_tunnels(wanted);
		part.id = ids[0];
		assert_int_equal(fa_wanted_add(wanted, &part), 0);
		cut.out = open_memstream(&text, &size);
		assert_int_equal(fa_cut_packets(&cut, wanted, &result, &diag),
				 ignore ? 0 : FA_ENOENT);
		fclose(cut.out);
		if (ignore) {
			assert_int_equal(result.packets, 1);
			assert_int_equal(size, 24 + 16 + wire.len);
			assert_memory_equal(text + 40, wire.bytes, wire.len);
		}
		free(text);
		fa_wanted_free(wanted);
	}
	fa_keep_free(keep);
}

static int clean(void **state)
{
	DIR *entries = opendir(folder);
	const struct dirent *entry;

	(void)state;
	while ((entry = readdir(entries)) != NULL)
		unlinkat(dirfd(entries), entry->d_name, 0);
	closedir(entries);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(keeps_both_directions_of_a_conversation, clean),
		cmocka_unit_test_setup(cut_packets_stay_cut, clean),
		cmocka_unit_test_setup(nothing_wanted_makes_no_file, clean),
		cmocka_unit_test_setup(keeps_fragments_and_errors, clean),
		cmocka_unit_test_setup(tells_tunnels_and_open_sides_apart, clean),
		cmocka_unit_test_setup(puts_them_in_order, clean),
		cmocka_unit_test_setup(disorder_spoils_nothing, clean),
		cmocka_unit_test_setup(keeps_to_its_limit, clean),
		cmocka_unit_test_setup(what_is_frequent_leaves_room, clean),
		cmocka_unit_test_setup(the_oldest_make_room, clean),
		cmocka_unit_test_setup(writes_over_nothing, clean),
		cmocka_unit_test_setup(removes_what_was_left_half_written, clean),
		cmocka_unit_test_setup(goes_on_when_the_disk_is_full, clean),
		cmocka_unit_test_setup(a_slow_disk_holds_nobody_up, clean),
		cmocka_unit_test_setup(fails_with_a_message, clean),
		cmocka_unit_test_setup(a_length_that_cannot_be_is_refused, clean),
		cmocka_unit_test_setup(evidence_is_cut_from_it, clean),
	};
	int failed;

	/* In memory where there is such: what a slow disk does is not what this is about. */
	snprintf(folder, sizeof(folder), "%s/flowaudit-keep-XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (mkdtemp(folder) == NULL)
		return 1;
	failed = cmocka_run_group_tests_name("keep", tests, NULL, NULL);
	clean(NULL);
	rmdir(folder);
	return failed;
}
