/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How long a comparison takes and what it holds: spans of many rows, also such that memory is too
 * little for. `FA_DRIFT_ROWS=1000000 tests/audit/test_drift_size` measures at full size.
 */
#include "drift_bench.h"

#include <sys/resource.h>
#include <time.h>

#include "base/time.h"

/* Addresses by number, so that a million hosts cost the test nothing. */
static struct fa_addr addr_of(int64_t number)
{
	struct fa_addr addr = {.version = 4};

	addr.bytes[0] = 10;
	addr.bytes[1] = (uint8_t)(number >> 16);
	addr.bytes[2] = (uint8_t)(number >> 8);
	addr.bytes[3] = (uint8_t)number;
	return addr;
}

static int numbered_host(void *context, int64_t host, struct fa_addr *out, struct fa_diag *diag)
{
	struct bench *b = context;

	(void)diag;
	b->host_calls++;
	*out = addr_of(host - b->base);
	return 0;
}

struct shape {
	unsigned rows, clients, servers, ports;
};

static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 4;
}

static void fill(struct bench *b, const struct shape *shape, uint32_t seed)
{
	struct talk talk = {.client = "10.0.0.1", .server = "10.0.0.2"};
	struct fa_traffic row;
	uint32_t made = 9; /* the same traffic for everybody, */

	bench_say_in(b, &b->runs[0], talk);
	row = b->runs[0].rows[0];
	b->runs[0].row_count = 0;
	b->history.host = numbered_host;
	for (unsigned i = 0; i < shape->rows; i++) {
		uint32_t own = next(&seed); /* and a little of one's own */

		row.client = b->base + (int64_t)(1000000 + next(&made) % shape->clients);
		row.server = b->base + (int64_t)(next(&made) % shape->servers);
		row.port = (uint16_t)(1 + next(&made) % shape->ports);
		if (own % 1000 == 0)
			row.server = b->base + (int64_t)(shape->servers + own / 1000 % 100);
		row.first_ns = b->runs[0].run.totals.capture.first_ns + own % 300 * MINUTE_NS;
		row.last_ns = row.first_ns + MINUTE_NS;
		row.bytes = own % 100000;
		bench_push(&b->runs[0], &row);
	}
}

static long resident_kb(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

static unsigned rows_wanted(void)
{
	const char *text = getenv("FA_DRIFT_ROWS");

	return text == NULL ? 50000 : (unsigned)strtoul(text, NULL, 10);
}

/* In memory that the caller says. */
static struct fa_drift *compare_in(const char *what, struct bench *before, struct bench *now,
				   uint64_t memory)
{
	int64_t begun_ns = fa_monotonic_ns();
	clock_t begun = clock();
	long begun_kb = resident_kb();
	struct fa_drift *drift = bench_compare_with(before, now, NULL, memory);

	print_message("%s: %zu rows, %llu + %llu relations, %zu differences (%zu listed), %lld ms (CPU %lld), "
		      "%ld MB%s%s\n",
		      what, before->runs[0].row_count + now->runs[0].row_count,
		      (unsigned long long)drift->relations_before,
		      (unsigned long long)drift->relations_now,
		      drift->in_section[0] + drift->in_section[1] + drift->in_section[2],
		      drift->count, (long long)((fa_monotonic_ns() - begun_ns) / 1000000),
		      (long long)((clock() - begun) * 1000 / CLOCKS_PER_SEC),
		      (resident_kb() - begun_kb) / 1024, drift->full ? "; " : "", drift->full_why);
	return drift;
}

static void begin_shape(const struct shape *shape, struct bench **before, struct bench **now)
{
	*before = bench_new(1, 1, NIGHT_NS);
	*now = bench_new(7, 2, NIGHT_NS + DAY_NS);
	fill(*before, shape, 1);
	fill(*now, shape, 2);
}

static void compare_shape(const char *what, unsigned clients, unsigned servers, unsigned ports)
{
	const struct shape shape = {rows_wanted(), clients, servers, ports};
	struct bench *before;
	struct bench *now;
	struct fa_drift *drift;

	begin_shape(&shape, &before, &now);
	drift = compare_in(what, before, now, 0);
	assert_false(drift->full);
	assert_true(drift->count > 0);
	/* Each host is asked for once. */
	if (shape.rows <= 100000)
		assert_true(now->host_calls <= clients + servers + 100);
	fa_drift_free(drift);
	bench_free(before);
	bench_free(now);
}

/* Sixty networks, three hundred machines: what a data centre looks like. */
static void test_data_centre(void **state)
{
	(void)state;
	compare_shape("data centre", 15000, 300, 3);
}

static void test_many_clients(void **state)
{
	(void)state;
	compare_shape("many clients", 30000, 500, 20);
}

static void test_many_servers(void **state)
{
	(void)state;
	compare_shape("many servers", 2000, 60000, 3);
}

/* Too little for all at once: in parts, with the same answer. */
static void test_parts(void **state)
{
	const struct shape shape = {rows_wanted(), 30000, 500, 20};
	struct bench *before;
	struct bench *now;
	struct fa_drift *whole;
	struct fa_drift *parts;
	size_t asked;

	(void)state;
	begin_shape(&shape, &before, &now);
	whole = compare_in("at once", before, now, shape.rows * 2000ull);
	asked = now->host_calls;
	parts = compare_in("in parts", before, now, shape.rows * 40ull + 1000000);
	assert_true(now->host_calls > 2 * asked); /* it was more than one part */
	assert_false(parts->full);
	assert_int_equal(parts->count, whole->count);
	assert_int_equal(parts->relations_before, whole->relations_before);
	assert_int_equal(parts->relations_now, whole->relations_now);
	assert_int_equal(parts->relations_same, whole->relations_same);
	for (size_t i = 0; i < whole->count; i++) {
		const struct fa_difference *a = &whole->items[i];
		const struct fa_difference *b = &parts->items[i];

		assert_int_equal(a->aspect, b->aspect);
		assert_string_equal(a->client, b->client);
		assert_string_equal(a->client_list, b->client_list);
		assert_string_equal(a->server, b->server);
		assert_int_equal(a->port, b->port);
		assert_int_equal(a->now.flows, b->now.flows);
		assert_int_equal(a->now.clients, b->now.clients);
		assert_int_equal(a->before.bytes, b->before.bytes);
	}
	fa_drift_free(whole);
	fa_drift_free(parts);
	bench_free(before);
	bench_free(now);
}

/* Everything differs, and there is no memory to say it: the most important is said, all counted. */
static void test_cut(void **state)
{
	const struct shape shape = {rows_wanted(), 250, 60000, 3};
	struct bench *before = bench_new(1, 1, NIGHT_NS);
	struct bench *now = bench_new(7, 2, NIGHT_NS + DAY_NS);
	struct fa_drift *drift;
	struct talk talk = {.client = "172.16.0.1", .server = "172.16.0.2", .port = 99,
			    .verdict = FA_VERDICT_WRONG_PROTOCOL, .protocol = "SSH"};
	(void)state;
	fill(now, &shape, 2);
	for (size_t i = 0; i < now->runs[0].row_count; i++) /* so that no line says it for many */
		now->runs[0].rows[i].port = (uint16_t)(1 + i / 15 % 30000);
	bench_say_in(now, &now->runs[0], talk);
	drift = compare_in("all differs", before, now, 8000000);
	assert_true(drift->full);
	assert_non_null(strstr(drift->full_why, "memory"));
	assert_true(drift->count < drift->in_section[FA_DRIFT_APPEARED]);
	assert_true(drift->count > 1000);
	/* The one that matters is among them, and the first. */
	assert_int_equal(drift->items[0].port, 99);
	assert_int_equal(drift->items[0].now.verdict, FA_VERDICT_WRONG_PROTOCOL);
	/* A few have two groups of clients. */
	assert_in_range(drift->in_section[FA_DRIFT_APPEARED], drift->relations_now / 100 * 99,
			drift->relations_now);
	fa_drift_free(drift);
	bench_free(before);
	bench_free(now);
}

static void test_far_too_little(void **state)
{
	const struct shape shape = {20000, 250, 60000, 3};
	struct bench *before;
	struct bench *now;
	struct fa_drift *drift;
	struct fa_diag diag = {""};
	struct fa_span b;
	struct fa_span n;

	(void)state;
	begin_shape(&shape, &before, &now);
	b = (struct fa_span){&before->history, before->ids, 1, INT64_MIN, INT64_MAX, "b"};
	n = (struct fa_span){&now->history, now->ids, 1, INT64_MIN, INT64_MAX, "n"};
	for (uint64_t memory = 1000; memory < 4000000; memory += memory / 2) {
		int error = fa_drift_make(&drift, &b, &n, NULL, memory, &diag);

		if (error != 0) {
			assert_int_equal(error, FA_ENOMEM);
			assert_non_null(strstr(diag.text, "memory"));
			assert_null(drift);
		}
		fa_drift_free(drift);
		diag.text[0] = '\0';
	}
	bench_free(before);
	bench_free(now);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_data_centre), cmocka_unit_test(test_many_clients),
		cmocka_unit_test(test_many_servers), cmocka_unit_test(test_parts),
		cmocka_unit_test(test_cut),	    cmocka_unit_test(test_far_too_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
