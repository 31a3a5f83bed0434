/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What waits in the spool comes back in sets, each until it was stored, and nothing twice. */
#include "pipeline/backlog.h"

#include "pipeline/live_bench.h"

enum { ROOM = 100, CONVERSATIONS = 2000 };

struct stand {
	struct bench bench;
	struct fa_backlog *backlog;
	struct fa_gathered *gathered;
	unsigned given;
	/* What STORE does and has seen. */
	unsigned fail_at; /* set; 0: none */
	unsigned sets, parts;
	bool stored[CONVERSATIONS];
	unsigned count;
	struct fa_run_totals totals;
	int64_t ended_ns;
};

static void begin(struct stand *stand)
{
	struct fa_diag diag = {{0}};

	memset(stand, 0, sizeof(*stand));
	bench_make(&stand->bench, 0);
	stand->bench.live.spool = stand->bench.spool;
	stand->bench.live.spool_bytes = 16 << 20;
	stand->bench.shared->run = 4;
	stand->gathered = fa_gathered_new(CONVERSATIONS);
	assert_non_null(stand->gathered);
	if (fa_backlog_new(&stand->backlog, &stand->bench.live, stand->bench.shared, ROOM,
			   &diag) != 0)
		fail_msg("%s", diag.text);
}

static void end(struct stand *stand)
{
	fa_backlog_free(stand->backlog);
	fa_gathered_free(stand->gathered);
	bench_unmake(&stand->bench);
}

/* COUNT further conversations wait. */
static void put_off(struct stand *stand, unsigned count)
{
	fa_gathered_clear(stand->gathered);
	for (unsigned i = 0; i < count; i++) {
		struct fa_conversation c = bench_conversation(stand->given++);
		struct fa_counts *sum = fa_convmap_at(stand->gathered->sums, c.bucket_ns, &c.id);

		assert_non_null(sum);
		fa_counts_add(sum, &c.counts);
	}
	bench_count(&stand->bench, count);
	stand->gathered->totals = stand->bench.totals;
	stand->gathered->ended_ns = stand->given;
	assert_int_equal(fa_backlog_add(stand->backlog, stand->gathered, "full", NULL), 0);
	assert_true(atomic_load(&stand->bench.shared->spool_bytes) > 0);
}

static int store(void *context, const struct fa_gathered *set)
{
	struct stand *stand = context;
	struct fa_conversation c;
	unsigned number;

	if (++stand->sets == stand->fail_at)
		return FA_EFULL;
	for (size_t i = 0; i < fa_convmap_count(set->sums); i++) {
		fa_convmap_get(set->sums, i, &c);
		assert_int_equal(sscanf(c.id.host, "h%u.example", &number), 1);
		assert_true(number < stand->given);
		assert_false(stand->stored[number]);
		assert_int_equal(c.counts.flows, 1);
		stand->stored[number] = true;
		stand->count++;
	}
	stand->parts += set->part;
	stand->totals = set->totals;
	stand->ended_ns = set->ended_ns;
	return 0;
}

static int catch_up(struct stand *stand)
{
	struct fa_diag diag = {{0}};

	stand->sets = stand->parts = 0;
	return fa_backlog_catch_up(stand->backlog, store, stand, &diag);
}

/* Everything was stored, and the totals are those of the last window. */
static void check(struct stand *stand)
{
	assert_int_equal(stand->count, stand->given);
	assert_memory_equal(&stand->totals, &stand->bench.totals, sizeof(stand->totals));
	assert_int_equal(stand->ended_ns, stand->given);
	assert_int_equal(fa_backlog_count(stand->backlog), 0);
	assert_int_equal(atomic_load(&stand->bench.shared->spool_bytes), 0);
}

static void comes_back_in_sets(void **state)
{
	static const struct {
		unsigned given, sets;
	} rounds[] = {{1, 1}, {ROOM, 1}, {ROOM + 1, 2}, {5 * ROOM + 7, 6}};
	struct stand stand;

	(void)state;
	begin(&stand);
	for (size_t i = 0; i < sizeof(rounds) / sizeof(rounds[0]); i++) {
		put_off(&stand, rounds[i].given);
		assert_int_equal(fa_backlog_count(stand.backlog), rounds[i].given);
		assert_int_equal(catch_up(&stand), 0);
		assert_int_equal(stand.sets, rounds[i].sets);
		assert_int_equal(stand.parts, rounds[i].sets - 1);
		check(&stand);
	}
	end(&stand);
}

/* Storing fails at every place; windows that come meanwhile wait behind what waits. */
static void goes_on_with_what_was_not_stored(void **state)
{
	struct stand stand;

	(void)state;
	begin(&stand);
	put_off(&stand, 3 * ROOM + 1);
	for (unsigned at = 1; at <= 4; at++) {
		unsigned before = stand.count;

		stand.fail_at = at;
		assert_int_equal(catch_up(&stand), FA_EFULL);
		assert_int_equal(stand.count, before + (at - 1) * ROOM);
		assert_int_equal(fa_backlog_count(stand.backlog), stand.given - stand.count);
		assert_true(atomic_load(&stand.bench.shared->spool_bytes) > 0);
		put_off(&stand, 2 * ROOM);
	}
	stand.fail_at = 0;
	assert_int_equal(catch_up(&stand), 0);
	check(&stand);
	end(&stand);
}

/* The room on the disk is given back. */
static void empties_its_file(void **state)
{
	struct stand stand;
	char path[160];
	struct stat st;

	(void)state;
	begin(&stand);
	for (int i = 0; i < 3; i++) {
		put_off(&stand, ROOM + 1);
		assert_int_equal(catch_up(&stand), 0);
		check(&stand);
	}
	snprintf(path, sizeof(path), "%s/flowaudit-4.spool", stand.bench.spool);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size < 100); /* a head */
	end(&stand);
}

/* What was damaged is passed over, and counts in the set it was in. */
static void passes_over_what_is_damaged(void **state)
{
	struct stand stand;
	char path[160];
	struct stat st;
	uint8_t byte;
	int fd;

	(void)state;
	begin(&stand);
	put_off(&stand, 3 * ROOM);
	snprintf(path, sizeof(path), "%s/flowaudit-4.spool", stand.bench.spool);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(fstat(fd, &st), 0);
	for (int i = 1; i <= 2; i++) {
		off_t at = st.st_size / 5 * i;

		assert_int_equal(pread(fd, &byte, 1, at), 1);
		byte ^= 1;
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	}
	close(fd);
	stand.fail_at = 2;
	assert_int_equal(catch_up(&stand), FA_EFULL);
	stand.fail_at = 0;
	assert_int_equal(catch_up(&stand), 0);
	assert_int_equal(stand.count, 3 * ROOM - 2);
	assert_int_equal(fa_backlog_count(stand.backlog), 0);
	end(&stand);
}

static void fails_with_a_message(void **state)
{
	struct stand stand;
	struct fa_backlog *backlog = NULL;
	struct fa_diag diag = {{0}};

	(void)state;
	begin(&stand);
	assert_int_equal(fa_backlog_count(NULL), 0);
	fa_backlog_free(NULL);
	stand.bench.live.spool = "/nonexistent/folder";
	assert_int_equal(fa_backlog_new(&backlog, &stand.bench.live, stand.bench.shared, ROOM,
					&diag),
			 FA_ENOENT);
	assert_null(backlog);
	assert_non_null(strstr(diag.text, "/nonexistent/folder"));
	end(&stand);
}

static int setup(void **state)
{
	(void)state;
	alarm(100);
	fa_log_quiet(true);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_back_in_sets),
		cmocka_unit_test(goes_on_with_what_was_not_stored),
		cmocka_unit_test(empties_its_file),
		cmocka_unit_test(passes_over_what_is_damaged),
		cmocka_unit_test(fails_with_a_message),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
