/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Conversations that wait in a file: in order, bounded, and whole or not at all. */
#include "pipeline/spool.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

enum { RUN = 12, ROOM = 1 << 24 };

static char folder[64], path[96], second[96];

static struct fa_conversation conversation(unsigned number)
{
	struct fa_conversation c;

	memset(&c, 0, sizeof(c));
	c.bucket_ns = 3600 * (int64_t)number;
	c.id.client = (struct fa_addr){.version = 4, .bytes = {10, 0, 0, 1}};
	c.id.server = (struct fa_addr){.version = 4, .bytes = {10, 0, 0, 2}};
	c.id.server_port = (uint16_t)number;
	snprintf(c.id.host, sizeof(c.id.host), "host-%u.example", number);
	c.counts.flows = number;
	return c;
}

static int clean(void **state)
{
	(void)state;
	unlink(path);
	unlink(second);
	return 0;
}

static struct fa_spool *opened(uint64_t max_bytes)
{
	struct fa_spool *spool = NULL;
	struct fa_diag diag = {{0}};

	if (fa_spool_open(&spool, folder, RUN, max_bytes, &diag) != 0)
		fail_msg("%s", diag.text);
	return spool;
}

static void add(struct fa_spool *spool, unsigned first, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct fa_conversation c = conversation(first + i);

		assert_int_equal(fa_spool_add(spool, &c, NULL), 0);
	}
}

/* What comes back: numbers in the order they came. */
struct back {
	unsigned count;
	unsigned numbers[4096];
	unsigned stop_at; /* 0: never */
};

static int take(void *arg, const struct fa_conversation *c)
{
	struct back *back = arg;
	unsigned number = (unsigned)c->counts.flows;
	struct fa_conversation expected = conversation(number);

	assert_memory_equal(c, &expected, sizeof(expected));
	back->numbers[back->count++] = number;
	return back->count == back->stop_at ? 77 : 0;
}

/* FIRST to LAST, without gap. */
static void assert_back(struct fa_spool *spool, unsigned first, unsigned last)
{
	struct back back = {0};
	uint64_t damaged = 99;

	assert_int_equal(fa_spool_each(spool, take, &back, &damaged, NULL), 0);
	assert_int_equal(damaged, 0);
	assert_int_equal(back.count, last - first + 1);
	for (unsigned i = 0; i < back.count; i++)
		assert_int_equal(back.numbers[i], first + i);
}

static uint64_t size_of(const char *name)
{
	struct stat st;

	assert_int_equal(stat(name, &st), 0);
	return (uint64_t)st.st_size;
}

static void gives_back_in_order(void **state)
{
	static const unsigned counts[] = {1, 127, 128, 129, 1000};

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct fa_spool *spool = opened(ROOM);
		struct stat st;

		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
		add(spool, 1, counts[i]);
		assert_int_equal(fa_spool_count(spool), counts[i]);
		assert_back(spool, 1, counts[i]);
		assert_int_equal(fa_spool_flush(spool, NULL), 0);
		assert_int_equal(size_of(path), fa_spool_bytes(spool));
		assert_back(spool, 1, counts[i]);
		add(spool, counts[i] + 1, 3);
		assert_back(spool, 1, counts[i] + 3);
		assert_int_equal(fa_spool_clear(spool, NULL), 0);
		fa_spool_close(spool);
		assert_int_equal(access(path, F_OK), -1);
	}
}

static void is_used_again_after_a_clear(void **state)
{
	struct fa_spool *spool = opened(ROOM);
	uint64_t empty = size_of(path);

	(void)state;
	add(spool, 1, 300);
	assert_int_equal(fa_spool_flush(spool, NULL), 0);
	assert_int_equal(fa_spool_clear(spool, NULL), 0);
	assert_int_equal(fa_spool_count(spool), 0);
	assert_int_equal(fa_spool_bytes(spool), 0);
	assert_int_equal(size_of(path), empty);
	add(spool, 500, 200);
	assert_back(spool, 500, 699);
	assert_int_equal(fa_spool_clear(spool, NULL), 0);
	fa_spool_close(spool);
}

static void a_callback_stops_the_walk(void **state)
{
	struct fa_spool *spool = opened(ROOM);

	(void)state;
	add(spool, 1, 200);
	for (unsigned stop = 1; stop <= 200; stop += 199) {
		struct back back = {.stop_at = stop};
		uint64_t damaged = 0;

		assert_int_equal(fa_spool_each(spool, take, &back, &damaged, NULL), 77);
		assert_int_equal(back.count, stop);
	}
	assert_int_equal(fa_spool_clear(spool, NULL), 0);
	fa_spool_close(spool);
}

/* One walk that passes PASSED conversations, the first of which is number FIRST. */
static void walk(struct fa_spool *spool, unsigned first, unsigned passed)
{
	struct back back = {.stop_at = passed + 1};
	uint64_t damaged = 99;

	assert_int_equal(fa_spool_each(spool, take, &back, &damaged, NULL), 77);
	assert_int_equal(damaged, 0);
	assert_int_equal(back.count, passed + 1);
	assert_int_equal(back.numbers[0], first);
}

/* Sets of any size, with more being added and flushed in between: each conversation once. */
static void goes_on_behind_what_is_done(void **state)
{
	static const unsigned sizes[] = {1, 127, 128, 129, 200, 0, 300};
	struct fa_spool *spool = opened(ROOM);
	unsigned first = 1, last = 500;

	(void)state;
	add(spool, 1, last); /* the last ones are in memory */
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		walk(spool, first, sizes[i]);
		walk(spool, first, sizes[i]); /* not stored: again */
		fa_spool_done(spool);
		first += sizes[i];
		assert_int_equal(fa_spool_count(spool), last - first + 1);
		add(spool, last + 1, 100);
		last += 100;
		if (i % 2 == 0)
			assert_int_equal(fa_spool_flush(spool, NULL), 0);
		assert_back(spool, first, last);
	}
	assert_true(fa_spool_bytes(spool) > 0);
	fa_spool_done(spool);
	assert_int_equal(fa_spool_count(spool), 0);
	assert_int_equal(fa_spool_bytes(spool), 0);
	add(spool, last + 1, 3);
	assert_back(spool, last + 1, last + 3);
	fa_spool_done(spool);
	fa_spool_close(spool);
	assert_int_equal(access(path, F_OK), -1); /* nothing waits there */
}

static void never_grows_beyond_its_limit(void **state)
{
	enum { LIMIT = 100000 };
	struct fa_conversation c = conversation(0);
	struct fa_spool *spool = opened(LIMIT);
	struct fa_diag diag = {{0}};
	unsigned count = 0;

	(void)state;
	while (fa_spool_add(spool, &c, &diag) == 0) {
		c = conversation(++count);
		assert_in_range(fa_spool_bytes(spool), 1, LIMIT);
	}
	assert_int_equal(fa_spool_add(spool, &c, NULL), FA_EFULL);
	assert_non_null(strstr(diag.text, path));
	assert_int_equal(fa_spool_flush(spool, NULL), 0);
	assert_in_range(size_of(path), LIMIT - 2 * sizeof(c), LIMIT);
	assert_back(spool, 0, count - 1);
	assert_int_equal(fa_spool_clear(spool, NULL), 0);
	assert_int_equal(fa_spool_add(spool, &c, NULL), 0);
	assert_int_equal(fa_spool_clear(spool, NULL), 0);
	fa_spool_close(spool);
	assert_int_equal(fa_spool_open(&spool, folder, RUN, 100, NULL), FA_EINVAL);
}

/* A full disk, as a limit on the size of files shows it: nothing is lost, nothing twice. */
static void goes_on_where_the_disk_was_full(void **state)
{
	struct fa_spool *spool = opened(ROOM);
	struct fa_diag diag = {{0}};
	struct fa_conversation c;
	struct rlimit before;
	struct rlimit small;
	unsigned count = 0;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	small = before;
	small.rlim_cur = 100000;
	setrlimit(RLIMIT_FSIZE, &small);
	do
		c = conversation(++count);
	while (fa_spool_add(spool, &c, &diag) == 0);
	assert_int_equal(fa_spool_flush(spool, NULL), FA_EFULL);
	assert_back(spool, 1, count - 1); /* the last one was refused */
	setrlimit(RLIMIT_FSIZE, &before);
	assert_true(count > 200);
	assert_non_null(strstr(diag.text, path));
	assert_int_equal(fa_spool_flush(spool, NULL), 0);
	add(spool, count, 10);
	assert_back(spool, 1, count + 9);
	assert_int_equal(fa_spool_clear(spool, NULL), 0);
	fa_spool_close(spool);
}

static void spoil(uint64_t at)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	uint8_t byte;

	assert_int_equal(pread(fd, &byte, 1, (off_t)at), 1);
	byte ^= 0x10;
	assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
	close(fd);
}

static void passes_over_what_is_damaged(void **state)
{
	struct fa_spool *spool = opened(ROOM);
	uint64_t empty = size_of(path);
	uint64_t each;
	struct back back = {0};
	uint64_t damaged;

	(void)state;
	add(spool, 1, 10);
	assert_int_equal(fa_spool_flush(spool, NULL), 0);
	each = (size_of(path) - empty) / 10;
	spoil(empty + 3 * each);	    /* its version */
	spoil(empty + 5 * each + each / 2); /* a conversation */
	assert_int_equal(truncate(path, (off_t)(empty + 9 * each + each / 2)), 0);
	assert_int_equal(fa_spool_each(spool, take, &back, &damaged, NULL), 0);
	assert_int_equal(damaged, 3);
	assert_int_equal(back.count, 7);
	assert_int_equal(back.numbers[3], 5);
	assert_int_equal(back.numbers[4], 7);
	assert_int_equal(fa_spool_clear(spool, NULL), 0);
	fa_spool_close(spool);
}

/* The damage of each set is that of its own records. */
static void counts_damage_once(void **state)
{
	struct fa_spool *spool = opened(ROOM);
	uint64_t empty = size_of(path);
	struct back back = {.stop_at = 4};
	uint64_t damaged;
	uint64_t each;

	(void)state;
	add(spool, 1, 10);
	assert_int_equal(fa_spool_flush(spool, NULL), 0);
	each = (size_of(path) - empty) / 10;
	spoil(empty + 1 * each + each / 2);
	spoil(empty + 5 * each + each / 2);
	spoil(empty + 6 * each + each / 2);
	assert_int_equal(fa_spool_each(spool, take, &back, &damaged, NULL), 77);
	assert_int_equal(damaged, 1);
	assert_int_equal(back.numbers[3], 5); /* it stopped the walk */
	fa_spool_done(spool);
	assert_int_equal(fa_spool_count(spool), 6);
	assert_int_equal(truncate(path, (off_t)(empty + 8 * each + each / 2)), 0);
	add(spool, 11, 2);
	for (int i = 0; i < 2; i++) {
		back = (struct back){0};
		assert_int_equal(fa_spool_each(spool, take, &back, &damaged, NULL), 0);
		assert_int_equal(damaged, 4);
		assert_int_equal(back.count, 4);
		assert_int_equal(back.numbers[0], 5);
		assert_int_equal(back.numbers[1], 8);
		assert_int_equal(back.numbers[3], 12);
	}
	fa_spool_done(spool);
	assert_int_equal(fa_spool_count(spool), 0);
	fa_spool_close(spool);
}

/* A record in the place of another is not what was added there. */
static void knows_the_place_of_a_record(void **state)
{
	struct fa_spool *spool = opened(ROOM);
	uint64_t empty = size_of(path);
	struct back back = {0};
	uint64_t damaged;
	char record[1024];
	size_t each;
	int fd;

	(void)state;
	add(spool, 1, 3);
	assert_int_equal(fa_spool_flush(spool, NULL), 0);
	each = (size_t)((size_of(path) - empty) / 3);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(pread(fd, record, each, (off_t)empty), each);
	assert_int_equal(pwrite(fd, record, each, (off_t)(empty + 2 * each)), each);
	close(fd);
	assert_int_equal(fa_spool_each(spool, take, &back, &damaged, NULL), 0);
	assert_int_equal(damaged, 1);
	assert_int_equal(back.count, 2);
	assert_int_equal(fa_spool_clear(spool, NULL), 0);
	fa_spool_close(spool);
}

struct found {
	unsigned count;
	struct fa_spool_leftover last;
	char path[96];
};

static int find(void *arg, const struct fa_spool_leftover *leftover)
{
	struct found *found = arg;

	found->count++;
	found->last = *leftover;
	snprintf(found->path, sizeof(found->path), "%s", leftover->path);
	return 0;
}

static struct found leftovers(void)
{
	struct found found = {0};

	assert_int_equal(fa_spool_leftovers(folder, find, &found, NULL), 0);
	return found;
}

/* Adds COUNT of them, has done with DONE, and is killed. */
static void killed_with(unsigned count, unsigned done)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		struct back back = {.stop_at = done + 1};
		struct fa_spool *spool = NULL;
		uint64_t damaged;

		if (fa_spool_open(&spool, folder, RUN, ROOM, NULL) == 0) {
			add(spool, 1, count);
			fa_spool_flush(spool, NULL);
			if (done > 0)
				fa_spool_each(spool, take, &back, &damaged, NULL);
			fa_spool_done(spool);
		}
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
}

static void lists_what_the_dead_left(void **state)
{
	struct found found;
	struct fa_spool *spool;
	uint64_t whole;

	(void)state;
	killed_with(150, 0);
	whole = size_of(path);
	found = leftovers();
	assert_int_equal(found.count, 1);
	assert_string_equal(found.path, path);
	assert_int_equal(found.last.run, RUN);
	assert_int_equal(found.last.bytes, whole);
	assert_int_equal(found.last.conversations, 150);
	assert_true(found.last.readable);

	/* Power was lost: the end is torn, and blocks that were never written are zero. */
	assert_int_equal(truncate(path, (off_t)whole - 300), 0);
	assert_int_equal(leftovers().last.conversations, 149);
	assert_int_equal(truncate(path, (off_t)whole + 5000), 0);
	assert_int_equal(leftovers().last.conversations, 149);

	/* It is left alone, also by one of the same number. */
	spool = opened(ROOM);
	assert_int_equal(access(second, F_OK), 0);
	add(spool, 7, 1);
	assert_int_equal(fa_spool_flush(spool, NULL), 0);
	found = leftovers();
	assert_int_equal(found.count, 1);
	assert_string_equal(found.path, path);
	fa_spool_close(spool);
	assert_int_equal(access(second, F_OK), 0); /* not empty */
	assert_int_equal(leftovers().count, 2);
	assert_int_equal(access(path, F_OK), 0);
}

static void removes_what_the_dead_left_empty(void **state)
{
	(void)state;
	killed_with(0, 0);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(leftovers().count, 0);
	assert_int_equal(access(path, F_OK), -1);
}

/* What the database has is not told again. */
static void lists_the_rest(void **state)
{
	struct found found;

	(void)state;
	killed_with(150, 140);
	found = leftovers();
	assert_int_equal(found.count, 1);
	assert_int_equal(found.last.conversations, 10);
	clean(NULL);
	killed_with(150, 150);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(leftovers().count, 0);
	assert_int_equal(access(path, F_OK), -1);
}

static void names_what_another_version_left(void **state)
{
	struct found found;

	(void)state;
	killed_with(5, 0);
	spoil(8);
	found = leftovers();
	assert_int_equal(found.count, 1);
	assert_false(found.last.readable);
	assert_int_equal(found.last.conversations, 0);
}

/* Other files, and what only looks like a spool. */
static void leaves_other_files_alone(void **state)
{
	static const char *const names[] = {"flowaudit-1.pcap", "flowaudit-x.spool",
					    "flowaudit-1.spool.old", "flowaudit-.spool",
					    "flowaudit-1-.spool", "flowaudit-77.spool"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char name[128];
		FILE *file;

		snprintf(name, sizeof(name), "%s/%s", folder, names[i]);
		file = fopen(name, "w");
		fputs("something else, of some length that is more than a head\n", file);
		fclose(file);
		assert_int_equal(leftovers().count, 0);
		assert_int_equal(unlink(name), 0);
	}
	assert_int_equal(symlink("/dev/zero", path), 0);
	assert_int_equal(leftovers().count, 0);
}

static void fails_with_a_message(void **state)
{
	struct fa_spool *spool = NULL;
	struct fa_diag diag = {{0}};
	char missing[96];

	(void)state;
	snprintf(missing, sizeof(missing), "%s/none", folder);
	assert_int_equal(fa_spool_open(&spool, missing, RUN, ROOM, &diag), FA_ENOENT);
	assert_non_null(strstr(diag.text, "none/flowaudit-12.spool"));
	assert_null(spool);
	memset(&diag, 0, sizeof(diag));
	assert_int_equal(fa_spool_leftovers(missing, find, NULL, &diag), FA_ENOENT);
	assert_non_null(strstr(diag.text, missing));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(gives_back_in_order, clean),
		cmocka_unit_test_setup(is_used_again_after_a_clear, clean),
		cmocka_unit_test_setup(a_callback_stops_the_walk, clean),
		cmocka_unit_test_setup(goes_on_behind_what_is_done, clean),
		cmocka_unit_test_setup(never_grows_beyond_its_limit, clean),
		cmocka_unit_test_setup(goes_on_where_the_disk_was_full, clean),
		cmocka_unit_test_setup(passes_over_what_is_damaged, clean),
		cmocka_unit_test_setup(counts_damage_once, clean),
		cmocka_unit_test_setup(knows_the_place_of_a_record, clean),
		cmocka_unit_test_setup(lists_what_the_dead_left, clean),
		cmocka_unit_test_setup(removes_what_the_dead_left_empty, clean),
		cmocka_unit_test_setup(lists_the_rest, clean),
		cmocka_unit_test_setup(names_what_another_version_left, clean),
		cmocka_unit_test_setup(leaves_other_files_alone, clean),
		cmocka_unit_test_setup(fails_with_a_message, clean),
	};
	int failed;

	strcpy(folder, "/tmp/flowaudit-spool-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/flowaudit-%d.spool", folder, RUN);
	snprintf(second, sizeof(second), "%s/flowaudit-%d-2.spool", folder, RUN);
	failed = cmocka_run_group_tests_name("spool", tests, NULL, NULL);
	clean(NULL);
	rmdir(folder);
	return failed;
}
