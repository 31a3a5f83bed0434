/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The hash index: everything added is found, through collisions, wrap-around and growth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/slots.h"

static uint64_t hash_of(const void *context, size_t index)
{
	return ((const uint64_t *)context)[index];
}

static bool has(const struct fa_slots *slots, const uint64_t *hashes, size_t index)
{
	for (size_t i = fa_slots_first(slots, hashes[index]); fa_slots_used(slots, i);
	     i = fa_slots_next(slots, i))
		if (fa_slots_index(slots, i) == index)
			return true;
	return false;
}

static void check(const uint64_t *hashes, size_t count)
{
	struct fa_slots slots;

	assert_int_equal(fa_slots_init(&slots), 0);
	for (size_t n = 0; n < count; n++) {
		assert_false(has(&slots, hashes, n));
		assert_true(fa_slots_add(&slots, hashes[n], n, hash_of, hashes));
		assert_int_equal(slots.count, n + 1);
		assert_true(slots.count * 2 <= slots.mask + 1);
		assert_true(has(&slots, hashes, n));
		if (n % 97 == 0 || n + 1 == count)
			for (size_t i = 0; i <= n; i++)
				assert_true(has(&slots, hashes, i));
	}
	fa_slots_clear(&slots);
	assert_int_equal(slots.count, 0);
	for (size_t i = 0; i < count; i++)
		assert_false(has(&slots, hashes, i));
	assert_true(fa_slots_add(&slots, hashes[0], 0, hash_of, hashes));
	assert_true(has(&slots, hashes, 0));
	fa_slots_deinit(&slots);
}

static void spread(void **state)
{
	uint64_t hashes[3000];

	(void)state;
	for (size_t i = 0; i < 3000; i++)
		hashes[i] = i * 0x9e3779b97f4a7c15u;
	check(hashes, 3000);
}

static void all_equal(void **state)
{
	uint64_t hashes[700];

	(void)state;
	for (size_t i = 0; i < 700; i++)
		hashes[i] = UINT64_MAX - i % 3; /* at the end of the table: wraps around */
	check(hashes, 700);
}

static void absurd_index(void **state)
{
	const uint64_t hash = 0;
	struct fa_slots slots;

	(void)state;
	assert_int_equal(fa_slots_init(&slots), 0);
	assert_false(fa_slots_add(&slots, 0, UINT32_MAX - 1, hash_of, &hash));
	assert_int_equal(slots.count, 0);
	fa_slots_deinit(&slots);
}

static void arrays(void **state)
{
	uint32_t *array = NULL;
	size_t room = 0;

	(void)state;
	assert_true(fa_array_reserve((void **)&array, &room, 1, sizeof(*array)));
	assert_true(room >= 1);
	for (uint32_t i = 0; i < 5000; i++) {
		size_t before = room;

		assert_true(fa_array_reserve((void **)&array, &room, i + 1, sizeof(*array)));
		assert_true(room >= i + 1);
		assert_true(room == before || room == 2 * before);
		array[i] = i;
	}
	for (uint32_t i = 0; i < 5000; i++)
		assert_int_equal(array[i], i);
	assert_true(fa_array_reserve((void **)&array, &room, 100000, sizeof(*array)));
	assert_true(room >= 100000);
	array[99999] = 1;
	/* More than can be: refused at once, and what there is stays. */
	assert_false(fa_array_reserve((void **)&array, &room, SIZE_MAX, sizeof(*array)));
	assert_false(fa_array_reserve((void **)&array, &room, SIZE_MAX / 4 + 2, sizeof(*array)));
	assert_int_equal(array[99999], 1);
	free(array);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spread),
		cmocka_unit_test(all_equal),
		cmocka_unit_test(absurd_index),
		cmocka_unit_test(arrays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
