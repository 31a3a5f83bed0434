/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which folders the processes of a job may use: those of its files, links followed, no others. */
#include "pipeline/paths.h"

#include <dirent.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "pipeline/live.h"

static char top[64]; /* real: no links in it */

static const char *in(const char *name)
{
	static char paths[16][128];
	static unsigned next;
	char *path = paths[next++ % 16];

	snprintf(path, sizeof(paths[0]), "%s/%s", top, name);
	return path;
}

static void touch(const char *path)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fclose(file);
}

static bool has(struct fa_sandbox_paths paths, bool writable, const char *path)
{
	const char *const *list = writable ? paths.writable : paths.readable;
	size_t count = writable ? paths.writable_count : paths.readable_count;
	unsigned times = 0;

	for (size_t i = 0; i < count; i++)
		times += strcmp(list[i], path) == 0;
	assert_in_range(times, 0, 1); /* nothing twice */
	return times == 1;
}

static void of(const struct fa_job *job, struct fa_paths *paths)
{
	struct fa_diag diag = {{0}};

	if (fa_paths_of(job, paths, &diag) != 0)
		fail_msg("%s", diag.text);
	assert_string_equal(diag.text, "");
}

static void the_folder_of_a_file(void **state)
{
	static const struct {
		const char *path, *folder;
	} rows[] = {
		{"data/new.db", "data"},
		{"data/old.db", "data"},
		{"data/../data/./new.db", "data"},
		{"link/new.db", "data"},	/* a folder by a link */
		{"linked.db", "data"},		/* a file by a link: where it really is */
		{"dangling.db", ""},		/* by a link that leads nowhere: where that is */
		{"data/inner", "data"},
		{"data/inner/", "data"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fa_diag diag = {{0}};
		char *folder = fa_folder_of(in(rows[i].path), &diag);
		const char *expected = rows[i].folder[0] == '\0' ? top : in(rows[i].folder);

		assert_non_null(folder);
		assert_string_equal(folder, expected);
		assert_string_equal(diag.text, "");
		free(folder);
	}
}

static void relative_paths(void **state)
{
	char before[256];
	char *folder;

	(void)state;
	assert_non_null(getcwd(before, sizeof(before)));
	assert_int_equal(chdir(top), 0);
	folder = fa_folder_of("new.db", NULL);
	assert_string_equal(folder, top);
	free(folder);
	folder = fa_folder_of("data/new.db", NULL);
	assert_string_equal(folder, in("data"));
	free(folder);
	folder = fa_folder_of("new.db/../data/x.db", NULL); /* through what is not there */
	assert_null(folder);
	assert_int_equal(chdir(before), 0);
}

static void no_folder_is_named(void **state)
{
	struct fa_job job = {.database = in("nowhere/a.db")};
	struct fa_paths paths;
	struct fa_diag diag = {{0}};
	char expected[400];

	(void)state;
	snprintf(expected, sizeof(expected), "%s: there is no folder %s", in("nowhere/a.db"),
		 in("nowhere"));
	assert_true(fa_paths_of(&job, &paths, &diag) < 0);
	assert_string_equal(diag.text, expected);
	assert_int_equal(paths.writable_count, 0);
	fa_paths_deinit(&paths); /* again does no harm */
	diag.text[0] = '\0';
	job.database = in("data/old.db/a.db"); /* in what is a file */
	assert_true(fa_paths_of(&job, &paths, &diag) < 0);
	assert_non_null(strstr(diag.text, "Not a directory"));
}

static void a_replay_has_its_database(void **state)
{
	const struct fa_job job = {.database = in("link/a.db")};
	struct fa_paths paths;

	(void)state;
	of(&job, &paths);
	assert_int_equal(fa_paths_auditor(&paths).writable_count, 1);
	assert_int_equal(fa_paths_supervisor(&paths).writable_count, 1);
	assert_int_equal(fa_paths_auditor(&paths).readable_count, 0);
	assert_true(has(fa_paths_auditor(&paths), true, in("data")));
	fa_paths_deinit(&paths);
}

/* What the supervisor alone writes is not the auditor's. */
static void a_live_capture(void **state)
{
	const char *const readable[] = {in("rules"), in("rules/site.yaml"), in("etc/waivers.yaml"),
					in("rules"), in("etc/gone.yaml")};
	const struct fa_live live = {
		.events = in("events/e.jsonl"),
		.spool = in("spool"),
		.save_findings = in("saved"),
		.metrics = in("metrics/m.prom"),
		.output = in("out/report.txt"),
		.readable = readable,
		.readable_count = 5,
	};
	const struct fa_job job = {.database = in("data/a.db"), .live = &live};
	struct fa_sandbox_paths auditor, supervisor;
	struct fa_paths paths;

	(void)state;
	of(&job, &paths);
	auditor = fa_paths_auditor(&paths);
	supervisor = fa_paths_supervisor(&paths);
	assert_int_equal(auditor.writable_count, 4);
	assert_true(has(auditor, true, in("data")) && has(auditor, true, in("events")) &&
		    has(auditor, true, in("spool")) && has(auditor, true, in("saved")));
	assert_int_equal(supervisor.writable_count, 6);
	assert_true(has(supervisor, true, in("data")) && has(supervisor, true, in("metrics")) &&
		    has(supervisor, true, in("out")));
	assert_int_equal(auditor.readable_count, 2);
	assert_true(has(auditor, false, in("rules")) && has(auditor, false, in("etc")));
	assert_int_equal(supervisor.readable_count, 2);
	fa_paths_deinit(&paths);
}

/* All in one folder are one folder; of the auditor's nothing is taken away. */
static void one_folder_for_all(void **state)
{
	const struct fa_live live = {
		.events = in("data/e.jsonl"),
		.spool = in("link"),
		.save_findings = in("data"),
		.metrics = in("data/m.prom"),
		.output = in("linked.db"),
	};
	const struct fa_job job = {.database = in("data/a.db"), .live = &live};
	struct fa_paths paths;

	(void)state;
	of(&job, &paths);
	assert_int_equal(fa_paths_auditor(&paths).writable_count, 1);
	assert_int_equal(fa_paths_supervisor(&paths).writable_count, 1);
	fa_paths_deinit(&paths);
}

static void events_that_are_no_file(void **state)
{
	static const char *const events[] = {"-", "unix:/no/such/socket"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct fa_live live = {.events = events[i]};
		const struct fa_job job = {.database = in("data/a.db"), .live = &live};
		struct fa_paths paths;

		of(&job, &paths);
		assert_int_equal(fa_paths_supervisor(&paths).writable_count, 1);
		fa_paths_deinit(&paths);
	}
}

/* Every one of them, missing: the message names it, and nothing is kept. */
static void what_is_missing_is_named(void **state)
{
	const char *gone = in("gone");
	const char *inside[] = {in("gone/x")};
	const struct fa_live rows[] = {
		{.events = in("gone/e")},	{.spool = in("gone")},
		{.save_findings = in("gone")},	{.metrics = in("gone/m")},
		{.output = in("gone/o")},	{.readable = inside, .readable_count = 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct fa_job job = {.database = in("data/a.db"), .live = &rows[i]};
		struct fa_diag diag = {{0}};
		struct fa_paths paths;

		assert_true(fa_paths_of(&job, &paths, &diag) < 0);
		assert_non_null(strstr(diag.text, gone));
		assert_int_equal(paths.writable_count, 0);
		assert_int_equal(paths.readable_count, 0);
	}
}

/* A file where a folder is wanted. */
static void a_file_is_no_folder(void **state)
{
	const struct fa_live rows[] = {
		{.spool = in("data/old.db")},
		{.save_findings = in("linked.db")},
		{.events = in("data/old.db/e.jsonl")},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct fa_job job = {.database = in("data/a.db"), .live = &rows[i]};
		struct fa_diag diag = {{0}};
		struct fa_paths paths;

		assert_true(fa_paths_of(&job, &paths, &diag) < 0);
		assert_non_null(strstr(diag.text, "Not a directory"));
	}
}

static void more_than_can_be_confined_to(void **state)
{
	static char names[FA_PATHS_READABLE_MAX + 1][128];
	static const char *readable[FA_PATHS_READABLE_MAX + 1];
	struct fa_live live = {.readable = readable};
	const struct fa_job job = {.database = in("data/a.db"), .live = &live};
	struct fa_diag diag = {{0}};
	struct fa_paths paths;

	(void)state;
	for (int i = 0; i <= FA_PATHS_READABLE_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "%s/many/%d", top, i);
		assert_int_equal(mkdir(names[i], 0700), 0);
		readable[i] = names[i];
	}
	live.readable_count = FA_PATHS_READABLE_MAX;
	of(&job, &paths);
	assert_int_equal(paths.readable_count, FA_PATHS_READABLE_MAX);
	fa_paths_deinit(&paths);
	live.readable_count = FA_PATHS_READABLE_MAX + 1;
	assert_int_equal(fa_paths_of(&job, &paths, &diag), FA_EINVAL);
	assert_non_null(strstr(diag.text, "more files and folders"));
	assert_int_equal(paths.readable_count, 0);
}

static int setup(void **state)
{
	static const char *const folders[] = {"data",	 "data/inner", "rules", "etc",
					      "events", "spool",      "saved", "metrics",
					      "out",	 "many"};
	char name[] = "/tmp/fa-paths-XXXXXX";
	char *real;

	(void)state;
	if (mkdtemp(name) == NULL)
		return -1;
	real = realpath(name, NULL);
	if (real == NULL || strlen(real) >= sizeof(top))
		return -1;
	strcpy(top, real);
	free(real);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (mkdir(in(folders[i]), 0700) != 0)
			return -1;
	touch(in("data/old.db"));
	touch(in("rules/site.yaml"));
	touch(in("etc/waivers.yaml"));
	return symlink(in("data"), in("link")) | symlink(in("data/old.db"), in("linked.db")) |
	       symlink(in("nowhere/x"), in("dangling.db"));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	(void)state;
	return nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_folder_of_a_file),
		cmocka_unit_test(relative_paths),
		cmocka_unit_test(no_folder_is_named),
		cmocka_unit_test(a_replay_has_its_database),
		cmocka_unit_test(a_live_capture),
		cmocka_unit_test(one_folder_for_all),
		cmocka_unit_test(events_that_are_no_file),
		cmocka_unit_test(what_is_missing_is_named),
		cmocka_unit_test(a_file_is_no_folder),
		cmocka_unit_test(more_than_can_be_confined_to),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
