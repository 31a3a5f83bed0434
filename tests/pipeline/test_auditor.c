/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What workers hand to the auditor: it takes what can be, and refuses what cannot. */
#include "pipeline/auditor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/log.h"
#include "core/policy.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static char folder[64], database[96];
static struct fa_rulebook book;
static struct fa_policy policy;

/* An auditor without catalogs; JOB is the caller's, since it is borrowed. */
static struct fa_auditor *auditor_of(struct fa_job *job, uint64_t max_memory_bytes)
{
	static const struct fa_run_info info = {.bucket_ns = 3600 * INT64_C(1000000000)};
	struct fa_auditor *auditor = NULL;
	struct fa_diag diag = {{0}};

	*job = (struct fa_job){
		.database = database,
		.policy = &policy,
		.max_memory_bytes = max_memory_bytes,
		.flow = fa_flow_options_default(),
		.version = "test",
	};
	if (fa_auditor_new(&auditor, job, &info, &diag) != 0)
		fail_msg("%s", diag.text);
	return auditor;
}

static struct fa_name_answer an_answer(void)
{
	struct fa_name_answer answer;

	memset(&answer, 0, sizeof(answer));
	answer.ts_ns = 1000;
	answer.client = (struct fa_addr){{10, 0, 0, 1}, 4};
	answer.resolver = (struct fa_addr){{10, 0, 0, 53}, 4};
	answer.address = (struct fa_addr){{0x20, 0x01}, 6};
	strcpy(answer.host, "a.example");
	return answer;
}

static void names_that_cannot_be(void **state)
{
	static const struct {
		size_t offset;
		uint8_t value;
		size_t count;
	} rows[] = {
		{offsetof(struct fa_name_answer, client.version), 0, 1},
		{offsetof(struct fa_name_answer, client.version), 5, 1},
		{offsetof(struct fa_name_answer, client.version), 6, 1}, /* the resolver has 4 */
		{offsetof(struct fa_name_answer, resolver.version), 6, 1},
		{offsetof(struct fa_name_answer, address.version), 0, 1},
		{offsetof(struct fa_name_answer, address.version), 255, 1},
		{offsetof(struct fa_name_answer, host), 'a', FA_HOST_TEXT},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fa_job job;
		struct fa_auditor *auditor = auditor_of(&job, 1 << 20);
		struct fa_name_answer answer = an_answer();

		assert_int_equal(fa_auditor_name(auditor, &answer, sizeof(answer)), 0);
		memset((uint8_t *)&answer + rows[i].offset, rows[i].value, rows[i].count);
		assert_int_equal(fa_auditor_name(auditor, &answer, sizeof(answer)), FA_ECORRUPT);
		assert_non_null(strstr(fa_auditor_diag(auditor)->text, "subverted"));
		fa_auditor_free(auditor);
	}
}

static uint64_t judged_early(size_t names)
{
	struct fa_run_totals totals = {.capture.packets = 1, .end = FA_RUN_COMPLETE};
	struct fa_job job;
	struct fa_auditor *auditor = auditor_of(&job, 1 << 20);
	struct fa_name_answer answer = an_answer();

	for (size_t i = 0; i < names; i++) {
		snprintf(answer.host, sizeof(answer.host), "h%zu.example", i);
		assert_int_equal(fa_auditor_name(auditor, &answer, sizeof(answer)), 0);
	}
	assert_int_equal(fa_auditor_finish(auditor, &totals), 0);
	fa_auditor_free(auditor);
	return totals.loss.judged_early;
}

/* The least there is room for are 10,000 entries, two for an answer. */
static void more_names_than_there_is_room_for(void **state)
{
	(void)state;
	assert_int_equal(judged_early(5000), 0);
	assert_int_equal(judged_early(5001), 1);
}

static int setup(void **state)
{
	(void)state;
	alarm(100);
	fa_log_quiet(true);
	snprintf(folder, sizeof(folder), "/tmp/fa-auditor-XXXXXX");
	if (mkdtemp(folder) == NULL || fa_policy_from_rulebook(&policy, &book) != 0)
		return -1;
	snprintf(database, sizeof(database), "%s/a.db", folder);
	return 0;
}

static int teardown(void **state)
{
	static const char *const ends[] = {"", "-wal", "-shm", "-journal"};

	(void)state;
	for (size_t i = 0; i < COUNT(ends); i++) {
		char path[120];

		snprintf(path, sizeof(path), "%s%s", database, ends[i]);
		unlink(path);
	}
	fa_policy_deinit(&policy);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_that_cannot_be),
		cmocka_unit_test(more_names_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
