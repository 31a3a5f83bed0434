/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of the auditor of a live capture have in common: a folder, a job, a database. */
#ifndef TESTS_PIPELINE_LIVE_BENCH_H
#define TESTS_PIPELINE_LIVE_BENCH_H

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include <sqlite3.h>

#include "base/log.h"
#include "base/time.h"
#include "core/policy.h"
#include "pipeline/live.h"
#include "pipeline/shared.h"

#define BUCKET_NS (3600 * FA_NS_PER_SECOND)

/* A live job without catalogs: everything is undocumented. */
struct bench {
	char folder[64], database[96], spool[96];
	char disk[96]; /* "": none of its own */
	struct fa_rulebook book;
	struct fa_policy policy;
	struct fa_job job;
	struct fa_live live;
	struct fa_run_info info;
	struct fa_shared *shared;
	struct fa_channel channels[4];
	struct fa_run_totals totals; /* of the program, as they grow */
};

static inline void bench_make(struct bench *bench, unsigned workers)
{
	memset(bench, 0, sizeof(*bench));
	snprintf(bench->folder, sizeof(bench->folder), "/tmp/fa-live-XXXXXX");
	assert_non_null(mkdtemp(bench->folder));
	snprintf(bench->database, sizeof(bench->database), "%s/a.db", bench->folder);
	snprintf(bench->spool, sizeof(bench->spool), "%s/spool", bench->folder);
	assert_int_equal(mkdir(bench->spool, 0700), 0);
	assert_int_equal(fa_policy_from_rulebook(&bench->policy, &bench->book), 0);
	bench->job = (struct fa_job){
		.database = bench->database,
		.policy = &bench->policy,
		.workers = workers,
		.lanes = 1,
		.live = &bench->live,
		.max_memory_bytes = (uint64_t)32 << 20,
		.flow = fa_flow_options_default(),
		.version = "test",
	};
	bench->info = (struct fa_run_info){
		.kind = FA_RUN_LIVE,
		.source = "eth0",
		.bucket_ns = BUCKET_NS,
		.workers = workers,
	};
	bench->shared = fa_shared_map(sizeof(*bench->shared));
	assert_non_null(bench->shared);
	bench->shared->lore = fa_lore_new();
	assert_non_null(bench->shared->lore);
	assert_int_equal(fa_lore_publish(bench->shared->lore, &bench->policy), 0);
	for (unsigned i = 0; i < workers; i++) {
		bench->channels[i].worker = fa_shared_map(sizeof(*bench->channels[i].worker));
		assert_non_null(bench->channels[i].worker);
	}
}

static inline int bench_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void bench_unmake(struct bench *bench)
{
	for (unsigned i = 0; i < bench->job.workers; i++)
		munmap(bench->channels[i].worker, sizeof(*bench->channels[i].worker));
	fa_lore_free(bench->shared->lore);
	munmap(bench->shared, sizeof(*bench->shared));
	fa_policy_deinit(&bench->policy);
	if (bench->disk[0] != '\0')
		assert_int_equal(umount2(bench->disk, MNT_DETACH), 0);
	assert_int_equal(nftw(bench->folder, bench_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* Number N: one flow of two packets; they differ in the name asked for, and are between few hosts. */
static inline struct fa_conversation bench_conversation(unsigned n)
{
	struct fa_conversation c;

	memset(&c, 0, sizeof(c));
	fa_counts_init(&c.counts);
	c.bucket_ns = BUCKET_NS * 10;
	c.id.client = (struct fa_addr){{10, 0, 0, 1}, 4};
	c.id.server = (struct fa_addr){{10, 1, 0, (uint8_t)(n % 16)}, 4};
	c.id.transport = FA_IP_TCP;
	c.id.server_port = (uint16_t)(5000 + n % 100);
	c.id.direction_by = FA_BY_SYN;
	c.id.detected_by = FA_DETECTED_DPI;
	strcpy(c.id.protocol, "TLS");
	snprintf(c.id.host, sizeof(c.id.host), "h%u.example", n);
	c.counts.packets_to_server = c.counts.packets_to_client = 1;
	c.counts.bytes_to_server = c.counts.bytes_to_client = 100;
	c.counts.flows = 1;
	c.counts.flows_in_state[FA_FLOW_CLOSED] = 1;
	c.counts.payload_packets = 2;
	c.counts.first_seen_ns = c.bucket_ns;
	c.counts.last_seen_ns = c.bucket_ns + 1;
	return c;
}

/* What was captured grows by that of COUNT conversations, with some that is lost. */
static inline void bench_count(struct bench *bench, unsigned count)
{
	struct fa_run_totals *totals = &bench->totals;

	totals->capture.packets += 2 * count + 3;
	totals->capture.frame_bytes += 200 * count;
	totals->capture.results[FA_DECODE_DECODED] += 2 * count + 1;
	totals->capture.results[FA_DECODE_NOT_IP] += 2;
	totals->capture.dropped_ring += 1;
	totals->capture.dropped_kernel += 5;
	totals->capture.down_ns += 7;
	totals->capture.first_ns = 10 * BUCKET_NS;
	totals->capture.last_ns = 10 * BUCKET_NS + (int64_t)totals->capture.packets;
	totals->workers.packets += 2 * count;
	totals->workers.flows += count;
}

/* A connection of somebody else. */
static inline sqlite3 *bench_other(const struct bench *bench)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(bench->database, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	return db;
}

static inline void bench_run(sqlite3 *db, const char *text)
{
	char *message = NULL;

	if (sqlite3_exec(db, text, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", text, message);
}

static inline int64_t bench_sql(const struct bench *bench, const char *text)
{
	sqlite3 *db = bench_other(bench);
	sqlite3_stmt *statement = NULL;
	int64_t value;

	if (sqlite3_prepare_v2(db, text, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", text, sqlite3_errmsg(db));
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	value = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return value;
}

static inline void bench_nap_ms(long ms)
{
	const struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&ts, NULL);
}

/* Our children that bear NAME, at most 4 of them, by age. */
static inline size_t bench_children(const char *name, pid_t pids[4])
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	size_t count = 0;

	assert_non_null(proc);
	while ((entry = readdir(proc)) != NULL) {
		char path[300], comm[32], status;
		int pid, parent;
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
		if (atoi(entry->d_name) <= 0 || (file = fopen(path, "r")) == NULL)
			continue;
		if (fscanf(file, "%d (%31[^)]) %c %d", &pid, comm, &status, &parent) == 4 &&
		    parent == getpid() && strcmp(comm, name) == 0 && count < 4)
			pids[count++] = pid;
		fclose(file);
	}
	closedir(proc);
	return count;
}

/* Everything counted is in runs and windows once, and the database is sound. */
static inline void bench_check_sums(const struct bench *bench)
{
	static const struct {
		const char *column;
		size_t offset;
	} columns[] = {
		{"packets", offsetof(struct fa_run_totals, capture.packets)},
		{"frame_bytes", offsetof(struct fa_run_totals, capture.frame_bytes)},
		{"dropped_ring", offsetof(struct fa_run_totals, capture.dropped_ring)},
		{"dropped_kernel", offsetof(struct fa_run_totals, capture.dropped_kernel)},
		{"down_ns", offsetof(struct fa_run_totals, capture.down_ns)},
		{"worker_packets", offsetof(struct fa_run_totals, workers.packets)},
		{"flows", offsetof(struct fa_run_totals, workers.flows)},
		{"judged_early", offsetof(struct fa_run_totals, loss.judged_early)},
	};
	char text[400];

	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		uint64_t expected;

		memcpy(&expected, (const char *)&bench->totals + columns[i].offset,
		       sizeof(expected));
		snprintf(text, sizeof(text), "SELECT sum(%s) FROM run", columns[i].column);
		if ((uint64_t)bench_sql(bench, text) != expected)
			fail_msg("%s: %lld, not %llu", text, (long long)bench_sql(bench, text),
				 (unsigned long long)expected);
		snprintf(text, sizeof(text),
			 "SELECT count(*) FROM run WHERE %s <> (SELECT ifnull(sum(w.%s), 0) FROM "
			 "window w WHERE w.run = run.id)",
			 columns[i].column, columns[i].column);
		if (bench_sql(bench, text) != 0)
			fail_msg("%s of windows are not those of their run", columns[i].column);
	}
	assert_int_equal(bench_sql(bench, "SELECT sum(count) FROM window_decode"),
			 bench->totals.capture.packets);
	assert_int_equal(bench_sql(bench, "SELECT count(*) FROM window WHERE ended_ns < begun_ns"),
			 0);
	assert_int_equal(bench_sql(bench, "SELECT count(*) FROM pragma_integrity_check WHERE "
					  "integrity_check <> 'ok'"),
			 0);
	assert_int_equal(bench_sql(bench, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
}

/*
 * Puts the database on a small disk of its own, that only this process sees. False: that is not
 * allowed here.
 */
static inline bool bench_on_small_disk(struct bench *bench)
{
	char disk[96];

	snprintf(disk, sizeof(disk), "%.64s/disk", bench->folder);
	assert_int_equal(mkdir(disk, 0700), 0);
	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("tmpfs", disk, "tmpfs", 0, "size=16m") != 0) {
		print_message("mounting is not allowed here\n");
		return false;
	}
	strcpy(bench->disk, disk);
	snprintf(bench->database, sizeof(bench->database), "%.80s/a.db", disk);
	return true;
}

/* Fills that disk. Room that the database has set aside is given back first. */
static inline void bench_fill_disk(const struct bench *bench)
{
	static const char zeros[4096];
	char path[128];
	sqlite3 *other = bench_other(bench);
	int fd;

	bench_run(other, "PRAGMA wal_checkpoint(TRUNCATE)");
	sqlite3_close(other);
	snprintf(path, sizeof(path), "%s/filler", bench->disk);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	assert_true(fd >= 0);
	for (size_t step = sizeof(zeros); step > 0; step /= 2)
		while (write(fd, zeros, step) > 0)
			;
	close(fd);
}

static inline void bench_empty_disk(const struct bench *bench)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/filler", bench->disk);
	assert_int_equal(unlink(path), 0);
}

#endif
