/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counters as a file in the text format of Prometheus. */
#include "pipeline/metrics.h"

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "base/time.h"
#include "report/output.h"

/* How a member of struct fa_statistics is printed. */
enum kind {
	COUNT,	 /* uint64_t */
	COUNT32, /* uint32_t */
	SECONDS, /* int64_t or uint64_t nanoseconds */
	TIME,	 /* the same, since 1970; 0: no such time yet, no series */
};

/*
 * A series. Those of one family have the same name and follow each other; the first has the help.
 * LABEL, with its value, when there is more than one.
 */
struct series {
	const char *name; /* without "flowaudit_"; counters end in _total */
	const char *help;
	const char *label;
	enum kind kind;
	size_t offset;
};

#define OF(member)	offsetof(struct fa_statistics, member)
#define CAPTURE(member) OF(totals.capture.member)
#define WORKERS(member) OF(totals.workers.member)
#define LOSS(member)	OF(totals.loss.member)

static const struct series all_series[] = {
	{"packets_total", "Packets read from the interfaces, after the filter.", NULL, COUNT,
	 CAPTURE(packets)},
	{"frame_bytes_total", "Bytes that these packets had on the wire, link header included.",
	 NULL, COUNT, CAPTURE(frame_bytes)},
	{"packets_dropped_total",
	 "Packets lost before a verdict: by kernel, interface, full ring, or with a worker.",
	 "stage=\"kernel\"", COUNT, CAPTURE(dropped_kernel)},
	{"packets_dropped_total", NULL, "stage=\"interface\"", COUNT, CAPTURE(dropped_interface)},
	{"packets_dropped_total", NULL, "stage=\"ring\"", COUNT, CAPTURE(dropped_ring)},
	{"packets_dropped_total", NULL, "stage=\"worker\"", COUNT, LOSS(packets_lost)},
	{"packets_decoded_total", "IP packets that were decoded.", NULL, COUNT,
	 CAPTURE(results[FA_DECODE_DECODED])},
	{"packets_duplicate_total", "Packets seen twice and counted once.", NULL, COUNT,
	 CAPTURE(duplicates)},
	{"packets_repeated_total",
	 "Packets repeated word for word, but not shown to be copies, so that they count.", NULL,
	 COUNT, CAPTURE(duplicates_left)},
	{"packets_cut_total", "Packets captured shorter than on the wire.", NULL, COUNT,
	 CAPTURE(cut)},
	{"packets_time_backwards_total", "Packets older than one before them.", NULL, COUNT,
	 CAPTURE(time_backwards)},
	{"interface_down_seconds_total", "Time without an interface, summed over interfaces.", NULL,
	 SECONDS, CAPTURE(down_ns)},
	{"last_packet_timestamp_seconds", "Time of the newest packet.", NULL, TIME,
	 CAPTURE(last_ns)},
	{"worker_packets_total", "Packets that workers took from their rings.", NULL, COUNT,
	 WORKERS(packets)},
	{"flows_total", "Flows begun.", NULL, COUNT, WORKERS(flows)},
	{"flows_evicted_total", "Flows given up before their end for want of memory.", NULL, COUNT,
	 WORKERS(flows_evicted)},
	{"flows_lost_total", "Flows lost with a worker that died.", NULL, COUNT, LOSS(flows_lost)},
	{"flows_one_way_total", "TCP flows of which only one side was seen.", NULL, COUNT,
	 WORKERS(one_way_flows)},
	{"inspections_evicted_total", "Flows not inspected to the end for want of memory.", NULL,
	 COUNT, WORKERS(inspections_evicted)},
	{"inspected_packets_total", "Packets handed to protocol inspection.", NULL, COUNT,
	 WORKERS(inspection_calls)},
	{"conversations_sent_total", "Conversation records from workers to the auditor.", NULL,
	 COUNT, WORKERS(conversations_out)},
	{"conversations_total", "Conversations that the auditor counted.", NULL, COUNT,
	 OF(totals.conversations)},
	{"fragments_unmatched_total", "Later IP fragments without a first one.", NULL, COUNT,
	 WORKERS(fragments_unmatched)},
	{"tcp_payload_bytes_total", "TCP payload bytes seen.", NULL, COUNT, WORKERS(tcp_bytes)},
	{"tcp_gap_bytes_total", "TCP payload bytes never seen: lost before the capture.", NULL,
	 COUNT, WORKERS(sequence_gap_bytes)},
	{"tcp_acked_unseen_bytes_total",
	 "TCP payload bytes acknowledged and never seen: lost before the capture.", NULL, COUNT,
	 WORKERS(acked_unseen_bytes)},
	{"workers_replaced_total", "Workers replaced after they died or hung.", NULL, COUNT,
	 LOSS(workers_replaced)},
	{"judged_early_total",
	 "Times the auditor judged before the end of a window, for want of memory.", NULL, COUNT,
	 LOSS(judged_early)},
	{"evidence_packets_dropped_total", "Packets not kept as evidence for want of room.", NULL,
	 COUNT, LOSS(evidence_dropped)},
	{"events_dropped_total", "Event lines that nobody took.", NULL, COUNT, OF(events_dropped)},
	{"windows_total", "Windows stored since the start.", NULL, COUNT, OF(windows)},
	{"reloads_total", "Reloads of catalogs, site and waivers.", NULL, COUNT, OF(reloads)},
	{"run", "Number of the run in the database.", NULL, COUNT, OF(run)},
	{"findings", "Findings of the run, up to the window stored last.", NULL, COUNT, OF(findings)},
	{"flows_active", "Flows in the tables of the workers.", NULL, COUNT, OF(flows_active)},
	{"flows_max", "Flows that the tables can hold.", NULL, COUNT, OF(flows_max)},
	{"ring_used_bytes", "Fill of the fullest ring.", NULL, COUNT, OF(ring_used_bytes)},
	{"ring_size_bytes", "Size of that ring.", NULL, COUNT, OF(ring_bytes)},
	{"lag_seconds", "How far the workers are behind the capture.", NULL, SECONDS, OF(lag_ns)},
	{"spool_bytes", "Conversations that wait for the database.", NULL, COUNT, OF(spool_bytes)},
	{"workers", "Worker processes.", NULL, COUNT32, OF(workers)},
	{"capture_threads", "Threads that read.", NULL, COUNT32, OF(lanes)},
	{"start_timestamp_seconds", "When the capture began.", NULL, TIME, OF(begun_wall_ns)},
	{"last_commit_timestamp_seconds", "When the database was last written.", NULL, TIME,
	 OF(committed_wall_ns)},
	{"snapshot_timestamp_seconds", "When these figures were made.", NULL, TIME, OF(wall_ns)},
};

/* The longest value of the label source: all names, escaped twice, and their commas. */
enum {
	NAME_TEXT = 8 * FA_STATISTICS_NAME,
	SOURCE_TEXT = FA_STATISTICS_INTERFACES_MAX * (NAME_TEXT + 1),
};

/* Label values are UTF-8 with a backslash before backslash and quote; names may be anything. */
static void escape_name(const struct fa_statistics_interface *interface, char out[NAME_TEXT])
{
	char safe[4 * FA_STATISTICS_NAME];
	size_t used = 0;

	fa_text_safe(interface->name, strnlen(interface->name, sizeof(interface->name)), safe,
		     sizeof(safe));
	for (const char *c = safe; *c != '\0'; c++) {
		if (*c == '\\' || *c == '"')
			out[used++] = '\\';
		out[used++] = *c;
	}
	out[used] = '\0';
}

/* Whether an interface of that name came before: each series may be there once. */
static bool is_repeated(const struct fa_statistics *now, uint32_t index)
{
	const struct fa_statistics_interface *all = now->interfaces;

	for (uint32_t i = 0; i < index; i++)
		if (strncmp(all[i].name, all[index].name, sizeof(all[i].name)) == 0)
			return true;
	return false;
}

/* What all functions below need. */
struct writer {
	struct fa_buffer *buffer;
	const struct fa_statistics *now;
	char source[SOURCE_TEXT];
};

static void set_source(struct writer *writer)
{
	char name[NAME_TEXT];
	size_t used = 0;

	for (uint32_t i = 0; i < fa_statistics_interfaces(writer->now); i++) {
		if (is_repeated(writer->now, i))
			continue;
		escape_name(&writer->now->interfaces[i], name);
		used += (size_t)snprintf(writer->source + used, sizeof(writer->source) - used,
					 "%s%s", used > 0 ? "," : "", name);
	}
}

static void write_family(const struct writer *writer, const char *name, const char *help)
{
	size_t len = strlen(name);
	bool is_counter = len > 6 && strcmp(name + len - 6, "_total") == 0;

	fa_buffer_addf(writer->buffer, "# HELP flowaudit_%s %s\n# TYPE flowaudit_%s %s\n", name,
		       help, name, is_counter ? "counter" : "gauge");
}

/* LABEL as "name=\"value\"", or NULL. */
static void write_name(const struct writer *writer, const char *name, const char *label)
{
	fa_buffer_addf(writer->buffer, "flowaudit_%s{source=\"%s\"%s%s} ", name, writer->source,
		       label != NULL ? "," : "", label != NULL ? label : "");
}

static void write_count(const struct writer *writer, uint64_t value)
{
	fa_buffer_addf(writer->buffer, "%" PRIu64 "\n", value);
}

/* Nanoseconds as seconds, exactly. No time of ours is before 1970, no duration below 0. */
static void write_seconds(const struct writer *writer, int64_t ns)
{
	if (ns < 0)
		ns = 0;
	fa_buffer_addf(writer->buffer, "%lld.%09lld\n", ns / FA_NS_PER_SECOND,
		       ns % FA_NS_PER_SECOND);
}

static uint64_t value_of(const struct fa_statistics *now, const struct series *series)
{
	const char *member = (const char *)now + series->offset;
	uint64_t value;
	uint32_t value32;

	if (series->kind == COUNT32) {
		memcpy(&value32, member, sizeof(value32));
		return value32;
	}
	memcpy(&value, member, sizeof(value));
	return value;
}

static void write_series(const struct writer *writer, const struct series *series)
{
	uint64_t value = value_of(writer->now, series);

	if (series->kind == TIME && value == 0)
		return;
	if (series->help != NULL)
		write_family(writer, series->name, series->help);
	write_name(writer, series->name, series->label);
	if (series->kind == COUNT || series->kind == COUNT32)
		write_count(writer, value);
	else
		write_seconds(writer, (int64_t)value);
}

static void write_not_decoded(const struct writer *writer)
{
	static const char name[] = "packets_not_decoded_total";
	char label[64];

	write_family(writer, name, "Packets that were read and not decoded, by reason.");
	for (size_t i = 0; i < FA_DECODE_COUNT; i++) {
		if (i == FA_DECODE_DECODED)
			continue;
		snprintf(label, sizeof(label), "reason=\"%s\"",
			 fa_decode_result_text((enum fa_decode_result)i));
		write_name(writer, name, label);
		write_count(writer, writer->now->totals.capture.results[i]);
	}
}

/* Kinds that have come; the others would only fill the file. */
static void write_layers(const struct writer *writer)
{
	static const char name[] = "packets_wrapped_total";
	const uint64_t *layers = writer->now->totals.capture.layers;
	char label[64];

	write_family(writer, name,
		     "Decoded packets that came in a tunnel, tag or label, by kind.");
	for (size_t i = FA_TUNNEL_NONE + 1; i < FA_TUNNEL_COUNT; i++) {
		if (layers[i] == 0)
			continue;
		snprintf(label, sizeof(label), "kind=\"%s\"", fa_tunnel_text((enum fa_tunnel)i));
		write_name(writer, name, label);
		write_count(writer, layers[i]);
	}
}

static uint64_t is_up(const struct fa_statistics_interface *interface)
{
	return interface->state == FA_INTERFACE_UP;
}

static uint64_t is_present(const struct fa_statistics_interface *interface)
{
	return interface->state != FA_INTERFACE_GONE;
}

static uint64_t buffer_bytes(const struct fa_statistics_interface *interface)
{
	return interface->buffer_bytes;
}

static void write_interfaces(const struct writer *writer)
{
	static const struct {
		const char *name, *help;
		uint64_t (*value)(const struct fa_statistics_interface *interface);
	} families[] = {
		{"interface_up", "1 when the interface is there and up.", is_up},
		{"interface_present", "0 when the interface was removed.", is_present},
		{"interface_buffer_bytes", "Buffer that the kernel granted.", buffer_bytes},
	};
	uint32_t count = fa_statistics_interfaces(writer->now);
	char name[NAME_TEXT], label[NAME_TEXT + 16];

	for (size_t f = 0; f < sizeof(families) / sizeof(families[0]); f++) {
		write_family(writer, families[f].name, families[f].help);
		for (uint32_t i = 0; i < count; i++) {
			if (is_repeated(writer->now, i))
				continue;
			escape_name(&writer->now->interfaces[i], name);
			snprintf(label, sizeof(label), "interface=\"%s\"", name);
			write_name(writer, families[f].name, label);
			write_count(writer, families[f].value(&writer->now->interfaces[i]));
		}
	}
}

void fa_metrics_text(const struct fa_statistics *now, struct fa_buffer *buffer)
{
	struct writer writer = {.buffer = buffer, .now = now};

	set_source(&writer);
	write_family(&writer, "build_info", "The program that writes this; always 1.");
	write_name(&writer, "build_info", "version=\"" PACKAGE_VERSION "\"");
	write_count(&writer, 1);
	for (size_t i = 0; i < sizeof(all_series) / sizeof(all_series[0]); i++)
		write_series(&writer, &all_series[i]);
	write_not_decoded(&writer);
	write_layers(&writer);
	write_interfaces(&writer);
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

static int write_file(const char *path, char *temp, const char *text, struct fa_diag *diag)
{
	/* The name is new (O_EXCL): what somebody put there, a link too, is not written to. */
	int fd = mkostemp(temp, O_CLOEXEC);
	int errnum = 0;

	if (fd < 0)
		return fa_fail(diag, fa_error_from_errno(errno),
			       "%s: cannot create a file in its folder: %s", path, strerror(errno));
	if (write_all(fd, text, strlen(text)) != 0 || fchmod(fd, 0644) != 0)
		errnum = errno;
	if (close(fd) != 0 && errnum == 0)
		errnum = errno;
	if (errnum == 0 && rename(temp, path) != 0)
		errnum = errno;
	if (errnum == 0)
		return 0;
	unlink(temp);
	return fa_fail(diag, fa_error_from_errno(errnum), "%s: cannot write: %s", path,
		       strerror(errnum));
}

/* What is renamed over is gone: a pipe, or /dev/null of a whole machine. */
static bool may_replace(const char *path)
{
	struct stat st;

	return lstat(path, &st) != 0 || S_ISREG(st.st_mode) || S_ISLNK(st.st_mode) ||
	       S_ISDIR(st.st_mode); /* that cannot be renamed over */
}

int fa_metrics_write(const char *path, const struct fa_statistics *now, struct fa_diag *diag)
{
	struct fa_buffer buffer = {0};
	char *temp = fa_output_temp_name(path);
	int error;

	fa_metrics_text(now, &buffer);
	if (temp == NULL || buffer.failed)
		error = fa_fail(diag, FA_ENOMEM, "%s: no memory", path);
	else if (!may_replace(path))
		error = fa_fail(diag, FA_EINVAL,
				"%s: not a regular file: metrics are written to a new file that "
				"takes the place of the old one",
				path);
	else
		error = write_file(path, temp, fa_buffer_text(&buffer), diag);
	free(temp);
	fa_buffer_deinit(&buffer);
	return error;
}
