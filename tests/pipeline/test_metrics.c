/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The file for a monitoring system: its format by a reading of its own (and by the tools of
 * Prometheus where they are installed), every counter, and files that are never half.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "pipeline/metrics.h"
#include "pipeline/snapshot.h"

struct place {
	char folder[64];
	char path[96];
};

static int set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	strcpy(place->folder, "test-metrics-XXXXXX");
	if (mkdtemp(place->folder) == NULL)
		return -1;
	snprintf(place->path, sizeof(place->path), "%s/flowaudit.prom", place->folder);
	*state = place;
	return 0;
}

static int tear_down(void **state)
{
	struct place *place = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", place->folder);
	if (system(command) != 0)
		return -1;
	free(place);
	return 0;
}

static unsigned entries(const char *folder)
{
	DIR *dir = opendir(folder);
	unsigned count = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count - 2; /* . and .. */
}

static char *text_of(const struct fa_statistics *now)
{
	struct fa_buffer buffer = {0};

	fa_metrics_text(now, &buffer);
	assert_false(buffer.failed);
	return buffer.text;
}

/* ---- a reader of the format, after prometheus.io/docs/instrumenting/exposition_formats ---- */

enum { SERIES_MAX = 256, FAMILIES_MAX = 128 };

struct reading {
	char family[80], type[16];
	char families[FAMILIES_MAX][80];
	unsigned family_count, samples;
	char series[SERIES_MAX][4096];
	unsigned series_count;
};

/* A name at *AT: letters, digits, underscores, no digit first. */
static void read_name(const char **at, char *out, size_t size)
{
	size_t len = 0;

	assert_true(isalpha((unsigned char)**at) || **at == '_');
	while (isalnum((unsigned char)**at) || **at == '_') {
		assert_true(len + 1 < size);
		out[len++] = *(*at)++;
	}
	out[len] = '\0';
}

static void expect_char(const char **at, char wanted)
{
	assert_int_equal(**at, wanted);
	(*at)++;
}

/* {a="b",c="d"}: no name twice, only the escapes that there are. */
static void read_labels(const char **at)
{
	char names[8][32];
	unsigned count = 0;

	expect_char(at, '{');
	do {
		assert_true(count < 8);
		read_name(at, names[count], sizeof(names[count]));
		for (unsigned i = 0; i < count; i++)
			assert_string_not_equal(names[i], names[count]);
		count++;
		expect_char(at, '=');
		expect_char(at, '"');
		while (**at != '"') {
			assert_true((unsigned char)**at >= ' ');
			if (**at == '\\') {
				(*at)++;
				assert_true(**at == '\\' || **at == '"' || **at == 'n');
			}
			(*at)++;
		}
		expect_char(at, '"');
	} while (*(*at)++ == ',');
	assert_int_equal((*at)[-1], '}');
}

static void read_help(struct reading *reading, const char *line)
{
	const char *at = line + strlen("# HELP ");
	const char *second;

	read_name(&at, reading->family, sizeof(reading->family));
	for (unsigned i = 0; i < reading->family_count; i++) /* a family is in one piece */
		assert_string_not_equal(reading->families[i], reading->family);
	assert_true(reading->family_count < FAMILIES_MAX);
	strcpy(reading->families[reading->family_count++], reading->family);
	expect_char(&at, ' ');
	assert_true(strlen(at) > 5 && at[strlen(at) - 1] == '.');
	assert_null(strchr(at, '\\'));
	reading->type[0] = '\0';
	second = strchr(at, '\n');
	assert_null(second);
}

static bool ends_in(const char *text, const char *end)
{
	return strlen(text) > strlen(end) && strcmp(text + strlen(text) - strlen(end), end) == 0;
}

static void read_type(struct reading *reading, const char *line)
{
	char name[80];
	const char *at = line + strlen("# TYPE ");

	read_name(&at, name, sizeof(name));
	assert_string_equal(name, reading->family);
	assert_int_equal(reading->type[0], '\0');
	expect_char(&at, ' ');
	read_name(&at, reading->type, sizeof(reading->type));
	assert_int_equal(*at, '\0');
	assert_true(strcmp(reading->type, "counter") == 0 || strcmp(reading->type, "gauge") == 0);
	assert_int_equal(ends_in(name, "_total"), strcmp(reading->type, "counter") == 0);
	/* prometheus.io/docs/practices/naming: a prefix, base units */
	assert_memory_equal(name, "flowaudit_", 10);
	assert_false(ends_in(name, "_ns") || ends_in(name, "_ms") || ends_in(name, "_ns_total") ||
		     ends_in(name, "_count") || ends_in(name, "_sum"));
}

static void read_sample(struct reading *reading, const char *line)
{
	char name[80];
	const char *at = line;
	char *end;
	size_t len;

	read_name(&at, name, sizeof(name));
	assert_string_equal(name, reading->family);
	assert_true(reading->type[0] != '\0');
	read_labels(&at);
	len = (size_t)(at - line);
	assert_true(reading->series_count < SERIES_MAX && len < sizeof(reading->series[0]));
	memcpy(reading->series[reading->series_count], line, len);
	reading->series[reading->series_count][len] = '\0';
	for (unsigned i = 0; i < reading->series_count; i++)
		assert_string_not_equal(reading->series[i], reading->series[reading->series_count]);
	reading->series_count++;
	expect_char(&at, ' ');
	assert_true(isdigit((unsigned char)*at));
	strtod(at, &end);
	assert_int_equal(*end, '\0');
	reading->samples++;
}

static unsigned read_exposition(const char *text)
{
	struct reading *reading = calloc(1, sizeof(*reading));
	char *copy = strdup(text);
	char *rest = copy, *line;
	unsigned samples;

	assert_true(strlen(text) > 0 && text[strlen(text) - 1] == '\n');
	while ((line = strsep(&rest, "\n")) != NULL && rest != NULL) {
		if (strncmp(line, "# HELP ", 7) == 0)
			read_help(reading, line);
		else if (strncmp(line, "# TYPE ", 7) == 0)
			read_type(reading, line);
		else
			read_sample(reading, line);
	}
	samples = reading->samples;
	free(copy);
	free(reading);
	return samples;
}

static void it_is_the_format(void **state)
{
	struct fa_statistics now = snapshot_now(), nothing = {0}, worst;
	const struct fa_statistics *const snapshots[] = {&now, &nothing, &worst};

	(void)state;
	add_interface(&now, "eth2", FA_INTERFACE_DOWN);
	memset(&worst, 0xff, sizeof(worst));
	for (size_t i = 0; i < FA_STATISTICS_INTERFACES_MAX; i++)
		memset(worst.interfaces[i].name, i % 2 == 0 ? '"' : '\\', (i + 2) % 16);
	for (size_t i = 0; i < 3; i++) {
		char *text = text_of(snapshots[i]);

		assert_true(read_exposition(text) > 40);
		free(text);
	}
}

static void expect_line(const char *text, const char *line)
{
	const char *at = strstr(text, line);

	if (at == NULL || (at != text && at[-1] != '\n') || at[strlen(line)] != '\n')
		fail_msg("no line \"%s\" in:\n%s", line, text);
}

static void lines(void **state)
{
	static const char *const expected[] = {
		("# HELP flowaudit_packets_total Packets read from the interfaces, after the "
		 "filter."),
		"# TYPE flowaudit_packets_total counter",
		"flowaudit_packets_total{source=\"eth1,eth2,eth3\"} 6042113",
		"flowaudit_packets_dropped_total{source=\"eth1,eth2,eth3\",stage=\"kernel\"} 18",
		"flowaudit_packets_dropped_total{source=\"eth1,eth2,eth3\",stage=\"ring\"} 0",
		"flowaudit_packets_not_decoded_total{source=\"eth1,eth2,eth3\",reason=\"not-ip\"} "
		"1000",
		"flowaudit_packets_decoded_total{source=\"eth1,eth2,eth3\"} 6041113",
		"# TYPE flowaudit_flows_active gauge",
		"flowaudit_flows_active{source=\"eth1,eth2,eth3\"} 193402",
		"flowaudit_lag_seconds{source=\"eth1,eth2,eth3\"} 0.012000000",
		"flowaudit_interface_down_seconds_total{source=\"eth1,eth2,eth3\"} 90.000000001",
		"flowaudit_snapshot_timestamp_seconds{source=\"eth1,eth2,eth3\"} "
		"1795305601.000000000",
		"flowaudit_workers{source=\"eth1,eth2,eth3\"} 2",
		"flowaudit_interface_up{source=\"eth1,eth2,eth3\",interface=\"eth1\"} 1",
		"flowaudit_interface_up{source=\"eth1,eth2,eth3\",interface=\"eth2\"} 0",
		"flowaudit_interface_up{source=\"eth1,eth2,eth3\",interface=\"eth3\"} 0",
		"flowaudit_interface_present{source=\"eth1,eth2,eth3\",interface=\"eth2\"} 1",
		"flowaudit_interface_present{source=\"eth1,eth2,eth3\",interface=\"eth3\"} 0",
		"flowaudit_interface_buffer_bytes{source=\"eth1,eth2,eth3\",interface=\"eth1\"} "
		"67108864",
	};
	struct fa_statistics now = snapshot_now();
	char *text;

	(void)state;
	add_interface(&now, "eth2", FA_INTERFACE_DOWN);
	add_interface(&now, "eth3", FA_INTERFACE_GONE);
	add_interface(&now, "eth1", FA_INTERFACE_UP); /* given twice: there once */
	now.totals.capture.dropped_kernel = 18;
	now.totals.capture.down_ns = 90000000001;
	text = text_of(&now);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		expect_line(text, expected[i]);
	assert_null(strstr(text, "reason=\"decoded\""));
	assert_non_null(strstr(text, "flowaudit_build_info{source=\"eth1,eth2,eth3\",version=\""));
	free(text);
}

static void times_that_are_not_yet(void **state)
{
	struct fa_statistics now = snapshot_now();
	char *text = text_of(&now);

	(void)state;
	assert_non_null(strstr(text, "flowaudit_last_commit_timestamp_seconds{"));
	assert_null(strstr(text, "flowaudit_last_packet_timestamp_seconds"));
	free(text);
	now.committed_wall_ns = 0;
	now.totals.capture.last_ns = now.wall_ns;
	text = text_of(&now);
	assert_null(strstr(text, "flowaudit_last_commit_timestamp_seconds"));
	expect_line(text, "flowaudit_last_packet_timestamp_seconds{source=\"eth1\"} "
			  "1795305601.000000000");
	free(text);
}

/* A counter that somebody adds to the totals must not be forgotten here. */
static void every_counter_is_there(void **state)
{
	struct fa_statistics now = {0};
	uint64_t *const worker_counts = (uint64_t *)&now.totals.workers;
	uint64_t *const loss_counts = (uint64_t *)&now.totals.loss;
	uint64_t *const capture_counts = (uint64_t *)&now.totals.capture;
	/* Of the capture's: all up to the first time, but for DOWN_NS, which is in seconds. */
	size_t captures = offsetof(struct fa_capture_counts, down_ns) / sizeof(uint64_t);
	uint64_t n = 770000, first = n;
	char *text, value[32];

	(void)state;
	for (size_t i = 0; i < captures; i++)
		capture_counts[i] = n++;
	for (size_t i = 0; i < sizeof(struct fa_worker_counts) / sizeof(uint64_t); i++)
		worker_counts[i] = n++;
	for (size_t i = 0; i < sizeof(struct fa_loss_counts) / sizeof(uint64_t); i++)
		loss_counts[i] = n++;
	now.totals.conversations = n++;
	now.flows_active = n++;
	now.flows_max = n++;
	now.ring_used_bytes = n++;
	now.ring_bytes = n++;
	now.spool_bytes = n++;
	now.findings = n++;
	now.reloads = n++;
	now.events_dropped = n++;
	now.run = (int64_t)n++;
	now.windows = (int64_t)n++;
	now.workers = (uint32_t)n++;
	now.lanes = (uint32_t)n++;
	text = text_of(&now);
	for (; first < n; first++) {
		snprintf(value, sizeof(value), " %" PRIu64 "\n", first);
		/* No kind of its own: nothing is wrapped in nothing. */
		if (first == now.totals.capture.layers[FA_TUNNEL_NONE])
			continue;
		if (strstr(text, value) == NULL)
			fail_msg("value %" PRIu64 " is missing in:\n%s", first, text);
	}
	free(text);
}

static void names_are_escaped(void **state)
{
	struct fa_statistics now = snapshot_now();
	char *text;

	(void)state;
	memcpy(now.interfaces[0].name, "e\"t\\h\n\xff", 7);
	text = text_of(&now);
	assert_true(read_exposition(text) > 40);
	assert_non_null(strstr(text, "interface=\"e\\\"t\\\\\\\\h\\\\x0a\\\\xff\"} 1\n"));
	free(text);
}

/* ---- files ---- */

static char *read_file(const char *path)
{
	char *text = calloc(1, 65536);
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	assert_true(fread(text, 1, 65535, file) < 65535);
	fclose(file);
	return text;
}

static void the_file(void **state)
{
	struct place *place = *state;
	struct fa_statistics now = snapshot_now();
	struct fa_diag diag = {0};
	struct stat info;
	char *expected = text_of(&now), *text;
	mode_t old = umask(077);

	assert_int_equal(fa_metrics_write(place->path, &now, &diag), 0);
	umask(old);
	text = read_file(place->path);
	assert_string_equal(text, expected);
	free(text);
	free(expected);
	assert_int_equal(stat(place->path, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0644);
	assert_int_equal(entries(place->folder), 1);
	now.run = 8;
	assert_int_equal(fa_metrics_write(place->path, &now, &diag), 0);
	text = read_file(place->path);
	assert_non_null(strstr(text, "flowaudit_run{source=\"eth1\"} 8\n"));
	free(text);
	assert_int_equal(entries(place->folder), 1);
}

/* What watches the folder sees names that it does not read, then the whole file. */
static void what_a_watcher_sees(void **state)
{
	struct place *place = *state;
	struct fa_statistics now = snapshot_now();
	char events[4096] __attribute__((aligned(8)));
	int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	unsigned created = 0, moved = 0;
	ssize_t len;

	assert_true(watch >= 0);
	assert_true(inotify_add_watch(watch, place->folder,
				      IN_CREATE | IN_MODIFY | IN_MOVED_TO | IN_DELETE) >= 0);
	assert_int_equal(fa_metrics_write(place->path, &now, NULL), 0);
	len = read(watch, events, sizeof(events));
	assert_true(len > 0);
	for (ssize_t at = 0; at < len;) {
		const struct inotify_event *event = (const void *)(events + at);
		bool is_final = strcmp(event->name, "flowaudit.prom") == 0;

		assert_int_equal(is_final, (event->mask & IN_MOVED_TO) != 0);
		if (!is_final) {
			assert_memory_equal(event->name, ".flowaudit.prom.", 16);
			assert_false(ends_in(event->name, ".prom"));
		}
		created += (event->mask & IN_CREATE) != 0;
		moved += is_final;
		at += (ssize_t)sizeof(*event) + event->len;
	}
	assert_int_equal(created, 1);
	assert_int_equal(moved, 1);
	close(watch);
}

/* A link in its place is replaced; what it leads to is left alone. */
static void a_link_is_not_followed(void **state)
{
	struct place *place = *state;
	struct fa_statistics now = snapshot_now();
	char victim[96];
	struct stat info;
	FILE *file;
	char *text;

	snprintf(victim, sizeof(victim), "%s/victim", place->folder);
	file = fopen(victim, "w");
	assert_non_null(file);
	fputs("precious", file);
	fclose(file);
	assert_int_equal(symlink("victim", place->path), 0);
	assert_int_equal(fa_metrics_write(place->path, &now, NULL), 0);
	text = read_file(victim);
	assert_string_equal(text, "precious");
	free(text);
	assert_int_equal(lstat(place->path, &info), 0);
	assert_true(S_ISREG(info.st_mode));
}

static void places_where_it_cannot_be(void **state)
{
	struct place *place = *state;
	struct fa_statistics now = snapshot_now();
	struct fa_diag diag = {0};
	char path[128], message[256];

	snprintf(path, sizeof(path), "%s/none/a.prom", place->folder);
	assert_int_equal(fa_metrics_write(path, &now, &diag), FA_ENOENT);
	snprintf(message, sizeof(message),
		 "%s: cannot create a file in its folder: No such file or directory", path);
	assert_string_equal(diag.text, message);
	diag.text[0] = '\0';
	assert_int_equal(mkdir(place->path, 0755), 0);
	assert_true(fa_metrics_write(place->path, &now, &diag) < 0);
	snprintf(message, sizeof(message), "%s: cannot write: Is a directory", place->path);
	assert_string_equal(diag.text, message);
	assert_int_equal(entries(place->folder), 1); /* the folder alone */
}

/* As --metrics /dev/stdout would be, of which only a plain file would be left. */
static void what_is_no_file_stays(void **state)
{
	struct place *place = *state;
	struct fa_statistics now = snapshot_now();
	struct fa_diag diag = {0};
	struct stat info;

	assert_int_equal(mkfifo(place->path, 0600), 0);
	assert_int_equal(fa_metrics_write(place->path, &now, &diag), FA_EINVAL);
	assert_non_null(strstr(diag.text, "not a regular file"));
	assert_int_equal(lstat(place->path, &info), 0);
	assert_true(S_ISFIFO(info.st_mode));
	assert_int_equal(entries(place->folder), 1);
}

/* No room: the old file stays, nothing is left beside it. */
static void no_room(void **state)
{
	struct place *place = *state;
	struct fa_statistics now = snapshot_now();
	struct fa_diag diag = {0};
	struct rlimit old, small;
	char *expected = text_of(&now), *text;
	int error;

	assert_int_equal(fa_metrics_write(place->path, &now, NULL), 0);
	now.run = 8;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 1000; /* bytes of a file */
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	error = fa_metrics_write(place->path, &now, &diag);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_true(error < 0);
	assert_non_null(strstr(diag.text, ": cannot write: File too large"));
	text = read_file(place->path);
	assert_string_equal(text, expected);
	free(text);
	free(expected);
	assert_int_equal(entries(place->folder), 1);
}

/* A reader at any moment has a whole file. */
static void never_half_a_file(void **state)
{
	struct place *place = *state;
	struct fa_statistics now = snapshot_now();
	char *text;
	size_t len;
	pid_t child;
	int status = 0;

	assert_int_equal(fa_metrics_write(place->path, &now, NULL), 0);
	text = read_file(place->path);
	len = strlen(text);
	free(text);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		for (unsigned i = 0; i < 500; i++)
			if (fa_metrics_write(place->path, &now, NULL) != 0)
				_exit(1);
		_exit(0);
	}
	while (waitpid(child, &status, WNOHANG) == 0) {
		text = read_file(place->path);
		assert_int_equal(strlen(text), len);
		free(text);
	}
	assert_int_equal(status, 0);
}

/* ---- the tools of Prometheus, where they are ---- */

/* Runs COMMAND on the file of a snapshot with everything in it; skips without TOOL. */
static void checked_by(struct place *place, const char *tool, const char *command)
{
	struct fa_statistics now = snapshot_now();
	char line[1024];

	snprintf(line, sizeof(line), "%s >%s/out 2>&1", tool, place->folder);
	if (system(line) != 0)
		skip();
	add_interface(&now, "eth2", FA_INTERFACE_DOWN);
	memcpy(now.interfaces[1].name, "e\"t\\h\n\xff", 7);
	assert_int_equal(fa_metrics_write(place->path, &now, NULL), 0);
	snprintf(line, sizeof(line), "%s <%s >%s/out 2>&1", command, place->path, place->folder);
	if (system(line) != 0) {
		snprintf(line, sizeof(line), "%s/out", place->folder);
		fail_msg("%s", read_file(line));
	}
}

static void checked_by_promtool(void **state)
{
	checked_by(*state, "promtool --version", "promtool check metrics");
}

static void checked_by_its_python_client(void **state)
{
	checked_by(*state, "/usr/bin/python3 -c 'import prometheus_client'",
		   "/usr/bin/python3 -c '\n"
		   "import sys\n"
		   "from prometheus_client.parser import text_fd_to_metric_families as parse\n"
		   "found = {s.labels[\"interface\"] for f in parse(sys.stdin) for s in f.samples\n"
		   "         if s.name == \"flowaudit_interface_up\"}\n"
		   "sys.exit(found != {\"eth1\", \"e\\\"t\\\\\\\\h\\\\x0a\\\\xff\"})\n"
		   "'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_the_format),
		cmocka_unit_test(lines),
		cmocka_unit_test(times_that_are_not_yet),
		cmocka_unit_test(every_counter_is_there),
		cmocka_unit_test(names_are_escaped),
		cmocka_unit_test_setup_teardown(the_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_a_watcher_sees, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_link_is_not_followed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(places_where_it_cannot_be, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_no_file_stays, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_room, set_up, tear_down),
		cmocka_unit_test_setup_teardown(never_half_a_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(checked_by_promtool, set_up, tear_down),
		cmocka_unit_test_setup_teardown(checked_by_its_python_client, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
