/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The processes of a job, with real workers, auditor and database: what becomes of the run when
 * one of them is killed.
 */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/log.h"
#include "catalog/catalog.h"
#include "flow/flows.h"
#include "pipeline/live_bench.h"
#include "pipeline/processes.h"
#include "store/store.h"

#if defined(__SANITIZE_THREAD__)
#define WATCHES_THREADS 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WATCHES_THREADS 1
#endif
#endif

enum { WORKERS = 2, HOSTS = 50 };

static struct fa_rulebook book;
static struct fa_policy policy;
static char folder[64], database[96];

static void skip_if_threads_are_watched(void)
{
#ifdef WATCHES_THREADS
	print_message("the run-time of ThreadSanitizer does not survive fork and kill reliably\n");
	skip();
#endif
}

static struct fa_job job_of(void)
{
	struct fa_job job = {
		.database = database,
		.policy = &policy,
		.workers = WORKERS,
		.lanes = 1,
		.max_memory_bytes = (uint64_t)256 << 20,
		.flow = fa_flow_options_default(),
#ifndef FA_SANITIZERS
		.sandbox = true,
#endif
		.version = "test",
	};

	return job;
}

static const struct fa_run_info info = {
	.kind = FA_RUN_REPLAY,
	.source = "synthetic",
	.bucket_ns = 3600 * INT64_C(1000000000),
	.workers = WORKERS,
};

static struct fa_processes *start(const struct fa_job *job)
{
	struct fa_processes *processes = NULL;
	struct fa_diag diag = {{0}};

	if (fa_processes_start(&processes, job, &info, &diag) != 0)
		fail_msg("%s", diag.text);
	return processes;
}

static int watch(void *context)
{
	return fa_processes_watch(context, NULL);
}

/* A DNS query from one of many hosts; those with an even number go to worker 0. */
static int feed(struct fa_processes *processes, uint64_t count)
{
	static const uint8_t payload[] = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
					 "\x04host\x04test\x00\x00\x01\x00\x01";
	struct fa_lane *lane = fa_processes_lane(processes, 0);
	struct fa_capture_counts *counts = &lane->counts;
	uint8_t ip[28 + sizeof(payload) - 1] = {0x45, 0, 0, sizeof(ip), 0, 0, 0, 0, 64, 17};
	int error = 0;

	lane->full = watch;
	lane->context = processes;
	for (uint64_t i = 0; i < count && error == 0; i++) {
		struct fa_packet packet = {.ip_version = 4, .transport = FA_IP_UDP};
		uint8_t host = (uint8_t)(counts->packets % HOSTS);

		memcpy(packet.src, (uint8_t[]){10, 0, 0, host}, 4);
		memcpy(packet.dst, (uint8_t[]){10, 0, 1, 1}, 4);
		memcpy(ip + 12, packet.src, 4);
		memcpy(ip + 16, packet.dst, 4);
		memcpy(ip + 20, (uint8_t[]){200, host, 0, 53, 0, sizeof(ip) - 20, 0, 0}, 8);
		memcpy(ip + 28, payload, sizeof(payload) - 1);
		packet.src_port = (uint16_t)(200 * 256 + host);
		packet.dst_port = 53;
		packet.number = ++counts->packets;
		packet.pair_hash = host;
		packet.ts_ns = packet.clock_ns = (int64_t)(1000000 * packet.number);
		packet.ip_bytes = packet.captured = sizeof(ip);
		packet.payload_offset = 28;
		packet.payload_bytes = sizeof(payload) - 1;
		counts->last_ns = packet.ts_ns;
		counts->results[FA_DECODE_DECODED]++;
		error = fa_lane_packet(lane, &packet, ip);
	}
	fa_lane_publish(lane);
	return error;
}

static void wait_for(size_t count, const char *name, pid_t pids[4])
{
	for (int i = 0; bench_children(name, pids) != count; i++) {
		assert_true(i < 500);
		bench_nap_ms(10);
	}
}

static void assert_no_children(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

struct stored {
	uint64_t packets, flows, conversations;
	struct fa_stored_run run;
};

static int add_conversation(void *arg, const struct fa_stored_conversation *c)
{
	struct stored *stored = arg;

	stored->packets += c->counts.packets_to_server + c->counts.packets_to_client;
	stored->flows += c->counts.flows;
	stored->conversations++;
	assert_string_equal(c->id.protocol, "DNS");
	return 0;
}

static struct stored read_back(int64_t run)
{
	struct fa_store *store = NULL;
	struct fa_history history;
	struct fa_diag diag = {{0}};
	struct stored stored = {0};

	assert_int_equal(fa_store_open(&store, database, FA_STORE_READ, &diag), 0);
	assert_int_equal(fa_store_history(store, &history), 0);
	assert_int_equal(history.run(history.context, run, &stored.run, &diag), 0);
	assert_int_equal(history.each_conversation(history.context, run, add_conversation, &stored,
						   &diag), 0);
	fa_store_close(store);
	return stored;
}

static void an_ordinary_run(void **state)
{
	const struct fa_job job = job_of();
	struct fa_processes *processes;
	struct fa_job_result result = {0};
	struct fa_diag diag = {{0}};
	struct stored stored;

	(void)state;
	skip_if_threads_are_watched();
	processes = start(&job);
	assert_true(fa_processes_run(processes) > 0);
	assert_int_equal(feed(processes, 20000), 0);
	assert_int_equal(fa_processes_watch(processes, &diag), 0);
	assert_int_equal(fa_processes_finish(processes, FA_RUN_COMPLETE, &result, &diag), 0);
	assert_int_equal(result.run, fa_processes_run(processes));
	fa_processes_free(processes);
	assert_no_children();
	assert_int_equal(result.totals.workers.packets, 20000);
	assert_int_equal(result.totals.workers.flows, HOSTS);
	assert_int_equal(result.totals.conversations, HOSTS);
	assert_int_equal(result.totals.loss.packets_lost, 0);
	stored = read_back(result.run);
	assert_int_equal(stored.packets, 20000);
	assert_int_equal(stored.flows, HOSTS);
	assert_int_equal(stored.conversations, HOSTS);
	assert_int_equal(stored.run.totals.end, FA_RUN_COMPLETE);
	assert_int_equal(stored.run.totals.capture.packets, 20000);
}

/* Kills a worker and waits until there is another. */
static void kill_a_worker(struct fa_processes *processes, pid_t worker)
{
	struct fa_diag diag = {{0}};
	pid_t after[4];

	assert_int_equal(kill(worker, SIGKILL), 0);
	do {
		bench_nap_ms(2);
		if (fa_processes_watch(processes, &diag) != 0)
			fail_msg("%s", diag.text);
		wait_for(WORKERS, "fa-worker", after);
	} while (after[0] == worker || after[1] == worker);
}

static struct stored end(struct fa_processes *processes, struct fa_job_result *result)
{
	struct fa_diag diag = {{0}};

	if (fa_processes_finish(processes, FA_RUN_COMPLETE, result, &diag) != 0)
		fail_msg("%s", diag.text);
	fa_processes_free(processes);
	assert_no_children();
	return read_back(result->run);
}

/* A flow in progress goes with its worker: half of the hosts, with all their packets. */
static void a_worker_is_killed_at_rest(void **state)
{
	const struct fa_job job = job_of();
	struct fa_processes *processes;
	struct fa_job_result result = {0};
	const struct fa_loss_counts *loss = &result.totals.loss;
	struct stored stored;
	pid_t workers[4];

	(void)state;
	skip_if_threads_are_watched();
	processes = start(&job);
	wait_for(WORKERS, "fa-worker", workers);
	assert_int_equal(feed(processes, 20000), 0);
	bench_nap_ms(300);
	kill_a_worker(processes, workers[0]);
	assert_int_equal(feed(processes, 20000), 0);
	stored = end(processes, &result);
	assert_int_equal(loss->workers_replaced, 1);
	assert_int_equal(loss->packets_lost, 10000);
	assert_int_equal(loss->flows_lost, HOSTS / 2);
	assert_int_equal(stored.packets, 30000);
	assert_int_equal(stored.conversations, HOSTS);
	assert_int_equal(stored.run.totals.loss.packets_lost, 10000);
	assert_int_equal(result.totals.workers.packets, 40000);
	assert_int_equal(result.totals.workers.flows, HOSTS + HOSTS / 2);
}

/* Until the workers have taken COUNT packets. */
static void wait_until_taken(struct fa_processes *processes, uint64_t count)
{
	const struct fa_channel *channels = fa_processes_channels(processes);
	uint64_t taken = 0;

	for (int i = 0; taken < count && i < 3000; i++) {
		taken = 0;
		for (unsigned w = 0; w < WORKERS; w++)
			taken += atomic_load(&channels[w].worker->taken);
		bench_nap_ms(10);
	}
	assert_int_equal(taken, count);
}

/* What a worker had handed on stays. */
static void conversations_outlive_their_worker(void **state)
{
	struct fa_job job = job_of();
	struct fa_processes *processes;
	struct fa_job_result result = {0};
	struct stored stored;
	pid_t workers[4];

	(void)state;
	skip_if_threads_are_watched();
	job.flow.udp_ns = 1000000; /* every query is a flow */
	job.flow.max_conversations = 10;
	processes = start(&job);
	wait_for(WORKERS, "fa-worker", workers);
	assert_int_equal(feed(processes, 20000), 0);
	wait_until_taken(processes, 20000);
	bench_nap_ms(300);
	kill_a_worker(processes, workers[1]);
	stored = end(processes, &result);
	assert_in_range(result.totals.loss.packets_lost, 1, 10 + HOSTS);
	assert_int_equal(stored.packets + result.totals.loss.packets_lost, 20000);
}

/*
 * Again and again, in the middle of its packets. What was captured is in a conversation or counted
 * as lost; both, for the one packet that was just being taken.
 */
static void workers_are_killed_at_work(void **state)
{
	enum { ROUNDS = 8, EACH = 40000 };
	const struct fa_job job = job_of();
	struct fa_processes *processes;
	struct fa_job_result result = {0};
	struct stored stored;
	pid_t workers[4];

	(void)state;
	skip_if_threads_are_watched();
	processes = start(&job);
	for (int round = 0; round < ROUNDS; round++) {
		wait_for(WORKERS, "fa-worker", workers);
		/* Feeding is faster than working: there is a backlog. */
		assert_int_equal(feed(processes, EACH), 0);
		kill_a_worker(processes, workers[round % 2]);
	}
	stored = end(processes, &result);
	assert_int_equal(result.totals.loss.workers_replaced, ROUNDS);
	assert_in_range(stored.packets + result.totals.loss.packets_lost, ROUNDS * EACH,
			ROUNDS * EACH + ROUNDS);
	assert_in_range(result.totals.workers.packets, ROUNDS * EACH, ROUNDS * EACH + ROUNDS);
}

/* Stops a worker, so that what is put into its page stays there, and has it replaced. */
static struct fa_worker_shared *stop_worker(struct fa_processes *processes, unsigned index,
					    pid_t *pid)
{
	pid_t workers[4];

	wait_for(WORKERS, "fa-worker", workers);
	*pid = workers[0] < workers[1] ? workers[index] : workers[1 - index];
	assert_int_equal(kill(*pid, SIGSTOP), 0);
	bench_nap_ms(50);
	return fa_processes_channels(processes)[index].worker;
}

/* What a subverted worker may have written where it can: the next one is not bound by it. */
static void what_a_worker_leaves_behind(void **state)
{
	const struct fa_job job = job_of();
	struct fa_worker_shared *page;
	struct fa_processes *processes;
	struct fa_job_result result = {0};
	struct stored stored;
	pid_t pid;

	(void)state;
	skip_if_threads_are_watched();
	processes = start(&job);
	page = stop_worker(processes, 0, &pid);
	atomic_store(&page->waiting, true);
	atomic_store(&page->taken, 7);
	atomic_store(&page->reported, UINT64_MAX);
	atomic_store(&page->window_seen, UINT64_MAX);
	atomic_store(&page->window_sent, 5);
	kill_a_worker(processes, pid);
	bench_nap_ms(300);
	assert_false(atomic_load(&page->waiting));
	assert_int_equal(atomic_load(&page->window_seen), 0);
	assert_int_equal(atomic_load(&page->window_sent), 0);
	assert_int_equal(feed(processes, 20000), 0);
	stored = end(processes, &result);
	assert_int_equal(result.totals.loss.workers_replaced, 1);
	assert_int_equal(result.totals.loss.packets_lost, 0);
	assert_int_equal(stored.packets, 20000);
}

/* Workers end when the rings do, and else never: nobody would take the packets that follow. */
static void workers_end_too_early(void **state)
{
	const struct fa_job job = job_of();
	struct fa_processes *processes;
	struct fa_diag diag = {{0}};
	int error = 0;

	(void)state;
	skip_if_threads_are_watched();
	processes = start(&job);
	fa_lane_close(fa_processes_lane(processes, 0));
	for (int i = 0; i < 500 && error == 0; i++) {
		error = fa_processes_watch(processes, &diag);
		bench_nap_ms(10);
	}
	assert_int_equal(error, FA_ECORRUPT);
	assert_non_null(strstr(diag.text, "ended before it was told to"));
	fa_processes_free(processes);
	assert_no_children();
}

/* Nothing sensible is left to do: an error that says so, at once, and nobody stays behind. */
static void the_auditor_is_killed(void **state)
{
	const struct fa_job job = job_of();
	struct fa_processes *processes;
	struct fa_job_result result = {0};
	struct fa_diag diag = {{0}};
	pid_t pids[4];

	(void)state;
	skip_if_threads_are_watched();
	processes = start(&job);
	wait_for(1, "fa-auditor", pids);
	assert_int_equal(feed(processes, 1000), 0);
	assert_int_equal(kill(pids[0], SIGKILL), 0);
	assert_int_equal(fa_processes_finish(processes, FA_RUN_COMPLETE, &result, &diag), FA_EDEAD);
	assert_string_equal(diag.text, "the auditor process died (Killed)");
	fa_processes_free(processes);
	assert_no_children();
	assert_int_equal(read_back(0).run.totals.end, FA_RUN_UNFINISHED);
}

static void no_place_for_the_database(void **state)
{
	struct fa_job job = job_of();
	struct fa_processes *processes = NULL;
	struct fa_diag diag = {{0}};

	(void)state;
	skip_if_threads_are_watched();
	job.database = "/no/such/folder/a.db";
	assert_true(fa_processes_start(&processes, &job, &info, &diag) < 0);
	assert_null(processes);
	assert_non_null(strstr(diag.text, "/no/such/folder"));
	assert_no_children();
	fa_processes_free(NULL);
}

/* A job that is given up takes its processes with it. */
static void giving_up(void **state)
{
	const struct fa_job job = job_of();
	struct fa_processes *processes;

	(void)state;
	skip_if_threads_are_watched();
	processes = start(&job);
	assert_int_equal(feed(processes, 5000), 0);
	fa_processes_free(processes);
	assert_no_children();
}

static int setup(void **state)
{
	const char *top = getenv("FA_TOP_SRCDIR");
	char rules[1024];
	const char *paths[] = {rules};
	const struct fa_catalog_options options = {0};

	(void)state;
	alarm(100); /* a job that waits for ever is a failure too */
	snprintf(rules, sizeof(rules), "%s/rules", top != NULL ? top : ".");
	fa_log_quiet(true);
	if (fa_rulebook_load(paths, 1, &options, &book) != 0) {
		print_error("no catalogs in %s (FA_TOP_SRCDIR)\n", rules);
		return -1;
	}
	if (fa_policy_from_rulebook(&policy, &book) != 0)
		return -1;
	snprintf(folder, sizeof(folder), "/tmp/fa-processes-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(database, sizeof(database), "%s/a.db", folder);
	return 0;
}

static int teardown(void **state)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	(void)state;
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		char path[400];

		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		unlink(path);
	}
	if (dir != NULL)
		closedir(dir);
	fa_policy_deinit(&policy);
	fa_rulebook_deinit(&book);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ordinary_run),
		cmocka_unit_test(a_worker_is_killed_at_rest),
		cmocka_unit_test(conversations_outlive_their_worker),
		cmocka_unit_test(workers_are_killed_at_work),
		cmocka_unit_test(what_a_worker_leaves_behind),
		cmocka_unit_test(workers_end_too_early),
		cmocka_unit_test(the_auditor_is_killed),
		cmocka_unit_test(no_place_for_the_database),
		cmocka_unit_test(giving_up),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
