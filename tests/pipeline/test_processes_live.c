/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The processes of a live capture: windows close whatever becomes of a worker, and every packet is
 * in a conversation or counted as lost.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "pipeline/live_bench.h"
#include "pipeline/processes.h"

#if defined(__SANITIZE_THREAD__)
#define WATCHES_THREADS 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WATCHES_THREADS 1
#endif
#endif

/* The run-times of sanitizers take this signal for themselves, and end in another way. */
#ifdef FA_SANITIZERS
enum { DEADLY = SIGKILL };
#else
enum { DEADLY = SIGSEGV };
#endif

enum { WORKERS = 2, LANES = 2, MANY = 12000 };

struct stand {
	struct bench bench;
	struct fa_processes *processes;
	struct fa_shared *shared; /* that of the processes */
	unsigned fed;		  /* packets, each of a flow of its own */
	int64_t step_ns;	  /* from one to the next */
	pid_t auditor;
	struct fa_policy next;
	struct reloads {
		_Atomic unsigned loads, unloads;
		_Atomic bool fails;
	} *reloads; /* shared with the auditor */
};

static int load(void *context, struct fa_live_basis *out, struct fa_diag *diag)
{
	struct stand *stand = context;

	if (atomic_load(&stand->reloads->fails))
		return fa_fail(diag, FA_EFORMAT, "a.yaml:1:1: nonsense");
	atomic_fetch_add(&stand->reloads->loads, 1);
	*out = (struct fa_live_basis){
		.policy = &stand->next,
		.handle = (char *)stand->reloads + atomic_load(&stand->reloads->loads)};
	return 0;
}

static void unload(void *context, struct fa_live_basis *basis)
{
	struct stand *stand = context;

	(void)basis;
	atomic_fetch_add(&stand->reloads->unloads, 1);
}

static pid_t child(const char *name, size_t count, size_t index)
{
	pid_t pids[4];

	for (int i = 0; bench_children(name, pids) != count; i++) {
		assert_true(i < 1000);
		bench_nap_ms(10);
	}
	return pids[index];
}

static struct fa_processes *running; /* ended also when a test fails */

/* AT_ONCE: flows end with the next packet, and are handed on soon. */
static void begin_with(struct stand *stand, bool at_once)
{
	struct bench *bench = &stand->bench;
	struct fa_diag diag = {{0}};

#ifdef WATCHES_THREADS
	print_message("the run-time of ThreadSanitizer does not survive fork and kill reliably\n");
	skip();
#endif
	memset(stand, 0, sizeof(*stand));
	stand->step_ns = at_once ? FA_NS_PER_SECOND / 10 : 1;
	bench_make(bench, 0);
	bench->job.workers = WORKERS;
	bench->job.lanes = LANES;
	bench->job.max_memory_bytes = (uint64_t)128 << 20;
	if (at_once) {
		bench->job.flow.max_conversations = 10;
		bench->job.flow.other_ns = 1;
	}
	bench->live.load = load;
	bench->live.unload = unload;
	bench->live.context = stand;
#ifndef FA_SANITIZERS
	bench->job.sandbox = true;
#endif
	stand->reloads = fa_shared_map(sizeof(*stand->reloads));
	assert_non_null(stand->reloads);
	assert_int_equal(fa_policy_from_rulebook(&stand->next, &bench->book), 0);
	signal(SIGSEGV, SIG_DFL); /* not as the framework of the tests has it */
	if (fa_processes_start(&stand->processes, &bench->job, &bench->info, &diag) != 0)
		fail_msg("%s", diag.text);
	running = stand->processes;
	stand->shared = fa_processes_shared(stand->processes);
	stand->auditor = child("fa-auditor", 1, 0);
	child("fa-worker", WORKERS, 0);
}

static void begin(struct stand *stand)
{
	begin_with(stand, false);
}

static void end(struct stand *stand)
{
	fa_processes_free(stand->processes);
	running = NULL;
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	munmap(stand->reloads, sizeof(*stand->reloads));
	fa_policy_deinit(&stand->next);
	stand->bench.job.workers = 0; /* their channels are not those of the bench */
	bench_unmake(&stand->bench);
}

static int64_t sql(struct stand *stand, const char *text)
{
	return bench_sql(&stand->bench, text);
}

static int64_t clock_of(const struct stand *stand)
{
	return 10 * BUCKET_NS + stand->fed * stand->step_ns;
}

/* A ping, recognised at once: the Nth one goes to worker N % WORKERS. */
static void feed_one(struct fa_lane *lane, unsigned n, int64_t ts_ns)
{
	struct fa_capture_counts *counts = &lane->counts;
	uint8_t ip[28] = {0x45, 0, 0, sizeof(ip), 0, 0, 0, 0, 64, FA_IP_ICMP, [20] = 8};
	struct fa_packet packet = {.ip_version = 4, .transport = FA_IP_ICMP, .src_port = 8};

	memcpy(packet.src, (uint8_t[]){10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n}, 4);
	memcpy(packet.dst, (uint8_t[]){192, 168, 1, 1}, 4);
	memcpy(ip + 12, packet.src, 4);
	memcpy(ip + 16, packet.dst, 4);
	packet.number = ++counts->packets;
	packet.pair_hash = n;
	packet.ts_ns = packet.clock_ns = ts_ns;
	packet.ip_bytes = packet.captured = packet.payload_offset = sizeof(ip);
	counts->first_ns = 10 * BUCKET_NS;
	counts->last_ns = packet.ts_ns;
	counts->results[FA_DECODE_DECODED]++;
	assert_int_equal(fa_lane_packet(lane, &packet, ip), 0);
}

static void feed(struct stand *stand, unsigned count)
{
	for (unsigned i = 0; i < count; i++, stand->fed++)
		feed_one(fa_processes_lane(stand->processes, i / WORKERS % LANES), stand->fed,
			 clock_of(stand));
	for (unsigned lane = 0; lane < LANES; lane++)
		fa_lane_publish(fa_processes_lane(stand->processes, lane));
}

/* What capture threads and the supervisor do all the time. */
static void look(struct stand *stand)
{
	const struct fa_tick tick = {
		.clock_ns = clock_of(stand),
		.window = atomic_load(&stand->shared->window),
		.lore = fa_lore_generation(stand->shared->lore),
	};
	struct fa_diag diag = {{0}};

	for (unsigned lane = 0; lane < LANES; lane++)
		fa_lane_tick(fa_processes_lane(stand->processes, lane), &tick);
	if (fa_processes_watch(stand->processes, &diag) != 0)
		fail_msg("%s", diag.text);
	bench_nap_ms(10);
}

static void wait_stored(struct stand *stand, uint64_t window)
{
	for (int i = 0; atomic_load(&stand->shared->window_stored) < window; i++) {
		assert_true(i < 2000);
		look(stand);
	}
}

static void window(struct stand *stand, unsigned flags)
{
	assert_true(fa_processes_end_window(stand->processes, flags));
	wait_stored(stand, atomic_load(&stand->shared->window));
}

static uint64_t replaced(const struct stand *stand)
{
	struct fa_loss_counts loss;

	fa_board_get(stand->shared->loss, &loss, FA_BOARD_WORDS(loss));
	return loss.workers_replaced;
}

static void wait_replaced(struct stand *stand, uint64_t count)
{
	for (int i = 0; replaced(stand) < count; i++) {
		assert_true(i < 2000);
		look(stand);
	}
	child("fa-worker", WORKERS, 0);
}

static struct fa_worker_shared *worker(struct stand *stand, unsigned index)
{
	return fa_processes_channels(stand->processes)[index].worker;
}

/* Ends it. SLACK: packets that may be both in a conversation and lost. Returns what was lost. */
static uint64_t finish(struct stand *stand, unsigned slack)
{
	struct fa_job_result result = {0};
	struct fa_diag diag = {{0}};
	uint64_t dropped, stored, lost;

	if (fa_processes_finish(stand->processes, FA_RUN_COMPLETE, &result, &diag) != 0)
		fail_msg("%s", diag.text);
	dropped = result.totals.capture.dropped_ring;
	lost = result.totals.loss.packets_lost;
	stored = (uint64_t)sql(stand, "SELECT ifnull(sum(packets_to_server + packets_to_client), 0) "
				      "FROM conversation");
	assert_in_range(stored + lost + dropped, stand->fed, stand->fed + slack);
	assert_int_equal(sql(stand, "SELECT sum(packets) FROM run"), stand->fed);
	assert_int_equal(sql(stand, "SELECT sum(packets_lost) FROM run"), lost);
	assert_int_equal(sql(stand, "SELECT sum(packets_lost) FROM window"), lost);
	assert_int_equal(sql(stand, "SELECT sum(dropped_ring) FROM window"), dropped);
	assert_int_equal(sql(stand, "SELECT sum(workers_replaced) FROM window"),
			 result.totals.loss.workers_replaced);
	assert_int_equal(sql(stand, "SELECT count(*) FROM run WHERE ending <> 'complete'"), 0);
	assert_int_equal(sql(stand, "SELECT count(*) FROM window"),
			 atomic_load(&stand->shared->windows));
	return lost;
}

static void windows_close(void **state)
{
	struct stand stand;

	(void)state;
	begin(&stand);
	for (unsigned i = 1; i <= 5; i++) {
		feed(&stand, 301);
		window(&stand, 0);
		for (unsigned w = 0; w < WORKERS; w++) {
			assert_int_equal(atomic_load(&worker(&stand, w)->window_seen), i);
			assert_int_equal(atomic_load(&worker(&stand, w)->window_sent), i);
		}
		assert_int_equal(atomic_load(&stand.shared->windows), i);
		/* All that came before is there, though the flows go on. */
		assert_int_equal(sql(&stand, "SELECT count(*) FROM conversation"), stand.fed);
	}
	window(&stand, 0); /* in which nothing happens */
	feed(&stand, 10);
	assert_int_equal(finish(&stand, 0), 0);
	assert_int_equal(sql(&stand, "SELECT count(*) FROM window"), 7);
	end(&stand);
}

static void windows_rotate_and_reload(void **state)
{
	struct stand stand;

	(void)state;
	begin(&stand);
	feed(&stand, 100);
	window(&stand, FA_WINDOW_ROTATE);
	assert_int_equal(fa_processes_run(stand.processes), 2);
	feed(&stand, 100);
	window(&stand, FA_WINDOW_RELOAD);
	assert_int_equal(fa_processes_run(stand.processes), 3);
	assert_int_equal(atomic_load(&stand.reloads->loads), 1);
	assert_int_equal(atomic_load(&stand.shared->reloads), 1);
	assert_int_equal(fa_lore_generation(stand.shared->lore), 2);
	atomic_store(&stand.reloads->fails, true);
	feed(&stand, 100);
	window(&stand, FA_WINDOW_RELOAD);
	assert_int_equal(fa_processes_run(stand.processes), 3);
	atomic_store(&stand.reloads->fails, false);
	feed(&stand, 100);
	window(&stand, FA_WINDOW_RELOAD | FA_WINDOW_ROTATE);
	assert_int_equal(fa_processes_run(stand.processes), 4);
	assert_int_equal(atomic_load(&stand.reloads->unloads), 1);
	assert_int_equal(fa_lore_generation(stand.shared->lore), 3);
	feed(&stand, 100);
	assert_int_equal(finish(&stand, 0), 0);
	assert_int_equal(sql(&stand, "SELECT count(*) FROM run WHERE packets IN (100, 200)"), 4);
	assert_int_equal(sql(&stand, "SELECT packets FROM run WHERE id = 3"), 200);
	end(&stand);
}

/* Only so many windows wait for the auditor; then it has to be asked again later. */
static void too_many_windows(void **state)
{
	struct stand stand;
	unsigned asked = 0;

	(void)state;
	begin(&stand);
	assert_int_equal(kill(stand.auditor, SIGSTOP), 0);
	while (fa_processes_end_window(stand.processes, asked == 5 ? FA_WINDOW_ROTATE : 0)) {
		asked++;
		look(&stand);
		assert_true(asked < 2 * FA_WINDOWS_OPEN_MAX);
	}
	assert_int_equal(asked, FA_WINDOWS_OPEN_MAX - 1);
	feed(&stand, 10);
	assert_int_equal(kill(stand.auditor, SIGCONT), 0);
	wait_stored(&stand, asked);
	assert_int_equal(fa_processes_run(stand.processes), 2);
	window(&stand, 0);
	assert_int_equal(finish(&stand, 0), 0);
	end(&stand);
}

static void wait_blocked(struct stand *stand)
{
	for (int i = 0; !atomic_load(&worker(stand, 0)->waiting); i++) {
		assert_true(i < 2000);
		look(stand);
	}
}

/* It dies in the middle of handing over: what the auditor has got is not lost, the rest is, and the
 * window ends. */
static void a_worker_dies_while_it_closes_a_window(void **state)
{
	struct stand stand;
	uint64_t lost;

	(void)state;
	begin(&stand);
	/* More than the ring to the auditor holds, which does not take it. */
	assert_int_equal(kill(stand.auditor, SIGSTOP), 0);
	feed(&stand, MANY);
	assert_true(fa_processes_end_window(stand.processes, 0));
	wait_blocked(&stand);
	assert_int_equal(atomic_load(&worker(&stand, 0)->window_seen), 1);
	assert_int_equal(atomic_load(&worker(&stand, 0)->window_sent), 0);
	assert_int_equal(kill(child("fa-worker", WORKERS, 0), DEADLY), 0);
	wait_replaced(&stand, 1);
	feed(&stand, 100); /* for the next window */
	assert_int_equal(kill(stand.auditor, SIGCONT), 0);
	wait_stored(&stand, 1);
	window(&stand, 0);
	lost = finish(&stand, 0);
	assert_in_range(lost, 1, MANY / 2);
	end(&stand);
}

/* The packet that a worker died on is kept, and stored. */
static void the_deadly_packet_is_saved(void **state)
{
	struct stand stand;
	const struct fa_crash_slot *slot;
	uint64_t number;
	int64_t ts_ns;

	(void)state;
	begin_with(&stand, true);
	assert_int_equal(kill(stand.auditor, SIGSTOP), 0);
	feed(&stand, MANY);
	wait_blocked(&stand);
	number = atomic_load(&worker(&stand, 0)->at_number);
	ts_ns = atomic_load(&worker(&stand, 0)->at_clock_ns);
	assert_int_equal(kill(child("fa-worker", WORKERS, 0), DEADLY), 0);
	wait_replaced(&stand, 1);
	assert_int_equal(atomic_load(&stand.shared->crashes), 1);
	slot = &stand.shared->crash[0];
	assert_int_equal(slot->crash.signal, DEADLY);
	assert_int_equal(slot->crash.worker, 0);
	assert_int_equal(slot->crash.number, number);
	assert_true(slot->crash.ts_ns == ts_ns);
	assert_int_equal(slot->crash.ip_bytes, 28);
	assert_int_equal(slot->crash.captured, 28);
	assert_int_equal(slot->bytes[0], 0x45);
	assert_int_equal(slot->bytes[15], (uint8_t)((ts_ns - 10 * BUCKET_NS) / stand.step_ns));
	assert_int_equal(kill(stand.auditor, SIGCONT), 0);
	finish(&stand, 0);
	assert_int_equal(sql(&stand, "SELECT count(*) FROM crash"), 1);
	assert_int_equal(sql(&stand, "SELECT number FROM crash WHERE length(packet) = 28"), number);
	end(&stand);
}

/* Again and again, at any time: no window stays open. */
static void windows_go_on(void **state)
{
	enum { ROUNDS = 12 };
	struct stand stand;
	unsigned seed = 5;

	(void)state;
	begin(&stand);
	for (unsigned i = 1; i <= ROUNDS; i++) {
		pid_t pid = child("fa-worker", WORKERS, (size_t)rand_r(&seed) % WORKERS);

		feed(&stand, (unsigned)rand_r(&seed) % 3000);
		assert_true(fa_processes_end_window(stand.processes, i % 5 == 0 ? FA_WINDOW_ROTATE : 0));
		if (i % 3 != 0)
			look(&stand);
		bench_nap_ms(rand_r(&seed) % 4);
		assert_int_equal(kill(pid, i % 2 == 0 ? DEADLY : SIGSTOP), 0);
		wait_replaced(&stand, i);
		wait_stored(&stand, i);
	}
	finish(&stand, ROUNDS);
	assert_int_equal(sql(&stand, "SELECT count(*) FROM run"), 1 + ROUNDS / 5);
	assert_int_equal(sql(&stand, "SELECT count(*) FROM crash"),
			 atomic_load(&stand.shared->crashes));
	end(&stand);
}

static void a_stopped_worker_is_replaced_soon(void **state)
{
	struct stand stand;
	int64_t begun_ns;

	(void)state;
	begin(&stand);
	feed(&stand, 100);
	window(&stand, 0);
	begun_ns = fa_monotonic_ns();
	assert_int_equal(kill(child("fa-worker", WORKERS, 1), SIGSTOP), 0);
	wait_replaced(&stand, 1);
	assert_true(fa_monotonic_ns() - begun_ns < 5 * FA_NS_PER_SECOND); /* without load, 0.1 s */
	feed(&stand, 100);
	window(&stand, 0);
	assert_int_equal(sql(&stand, "SELECT count(*) FROM conversation"), 200);
	assert_int_equal(finish(&stand, 0), 0); /* the first window was handed over whole */
	end(&stand);
}

/* In a worker, which inherits it: works for ever. */
static void spin(int number)
{
	(void)number;
	for (volatile int i = 0; i >= 0; i = 0)
		;
}

/* A second of work on one packet is enough; a replay would wait for ten seconds. */
static void a_worker_that_spins_is_replaced_soon(void **state)
{
	struct stand stand;
	int64_t begun_ns;

	(void)state;
	assert_true(signal(SIGUSR2, spin) != SIG_ERR);
	begin(&stand);
	signal(SIGUSR2, SIG_DFL);
	feed(&stand, 100);
	window(&stand, 0);
	begun_ns = fa_monotonic_ns();
	assert_int_equal(kill(child("fa-worker", WORKERS, 0), SIGUSR2), 0);
	bench_nap_ms(50);
	feed(&stand, 100);
	wait_replaced(&stand, 1);
	assert_true(fa_monotonic_ns() - begun_ns < 10 * FA_NS_PER_SECOND);
	window(&stand, 0);
	assert_int_equal(finish(&stand, 1), 0);
	assert_int_equal(sql(&stand, "SELECT sum(packets_to_server) FROM conversation"), 200);
	end(&stand);
}

static int setup(void **state)
{
	(void)state;
	alarm(200); /* a window that never closes is a failure too */
	fa_log_quiet(true);
	return 0;
}

static int end_processes(void **state)
{
	(void)state;
	fa_processes_free(running);
	running = NULL;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(windows_close, end_processes),
		cmocka_unit_test_teardown(windows_rotate_and_reload, end_processes),
		cmocka_unit_test_teardown(too_many_windows, end_processes),
		cmocka_unit_test_teardown(a_worker_dies_while_it_closes_a_window, end_processes),
		cmocka_unit_test_teardown(the_deadly_packet_is_saved, end_processes),
		cmocka_unit_test_teardown(windows_go_on, end_processes),
		cmocka_unit_test_teardown(a_stopped_worker_is_replaced_soon, end_processes),
		cmocka_unit_test_teardown(a_worker_that_spins_is_replaced_soon, end_processes),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
