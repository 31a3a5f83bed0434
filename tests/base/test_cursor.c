/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cursor: never past the end, errors stick, sizes near the limit of size_t do not wrap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/cursor.h"

static const uint8_t bytes[] = {0x81, 0x02, 0x83, 0x04, 0x85, 0x06, 0x87, 0x08};

static void numbers(void **state)
{
	struct fa_cursor c = fa_cursor(bytes, sizeof(bytes));

	(void)state;
	assert_int_equal(fa_cursor_u8(&c), 0x81);
	assert_int_equal(fa_cursor_u16(&c), 0x0283);
	assert_int_equal(fa_cursor_left(&c), 5);
	assert_int_equal(fa_cursor_u32(&c), 0x04850687);
	assert_true(fa_cursor_ok(&c));
	assert_int_equal(fa_cursor_u8(&c), 8);
	assert_true(fa_cursor_ok(&c));
	assert_int_equal(fa_cursor_left(&c), 0);

	c = fa_cursor(bytes, sizeof(bytes));
	assert_int_equal(fa_cursor_u32_le(&c), 0x04830281);
	assert_int_equal(fa_cursor_u32(&c), 0x85068708);
	assert_true(fa_cursor_ok(&c));
}

static void errors_stick(void **state)
{
	struct fa_cursor c = fa_cursor(bytes, 3);

	(void)state;
	assert_int_equal(fa_cursor_u32(&c), 0);
	assert_false(fa_cursor_ok(&c));
	assert_int_equal(fa_cursor_left(&c), 0);
	assert_int_equal(fa_cursor_u8(&c), 0);
	assert_int_equal(fa_cursor_u16(&c), 0);
	assert_int_equal(fa_cursor_u32_le(&c), 0);
	assert_null(fa_cursor_take(&c, 0));
	assert_false(fa_cursor_ok(&c));
}

static void one_byte_short(void **state)
{
	struct fa_cursor c = fa_cursor(bytes, 1);

	(void)state;
	assert_int_equal(fa_cursor_u16(&c), 0);
	assert_false(fa_cursor_ok(&c));
	c = fa_cursor(bytes, 0);
	assert_int_equal(fa_cursor_u8(&c), 0);
	assert_false(fa_cursor_ok(&c));
	c = fa_cursor(NULL, 0);
	assert_true(fa_cursor_ok(&c));
	assert_int_equal(fa_cursor_left(&c), 0);
}

static void huge_lengths(void **state)
{
	struct fa_cursor c = fa_cursor(bytes, sizeof(bytes));

	(void)state;
	fa_cursor_skip(&c, 4);
	assert_null(fa_cursor_take(&c, SIZE_MAX));
	assert_false(fa_cursor_ok(&c));
	c = fa_cursor(bytes, sizeof(bytes));
	fa_cursor_skip(&c, 4);
	fa_cursor_skip(&c, SIZE_MAX - 3); /* 4 + this wraps to 0 */
	assert_false(fa_cursor_ok(&c));
}

static void taking(void **state)
{
	struct fa_cursor c = fa_cursor(bytes, sizeof(bytes));

	(void)state;
	assert_ptr_equal(fa_cursor_take(&c, 8), bytes);
	assert_non_null(fa_cursor_take(&c, 0));
	assert_true(fa_cursor_ok(&c));
	assert_null(fa_cursor_take(&c, 1));
}

static void limits(void **state)
{
	struct fa_cursor c = fa_cursor(bytes, sizeof(bytes));

	(void)state;
	fa_cursor_skip(&c, 2);
	fa_cursor_limit(&c, SIZE_MAX);
	assert_int_equal(fa_cursor_left(&c), 6);
	fa_cursor_limit(&c, 6);
	assert_int_equal(fa_cursor_left(&c), 6);
	fa_cursor_limit(&c, 2);
	assert_int_equal(fa_cursor_left(&c), 2);
	fa_cursor_limit(&c, 5); /* never widens */
	assert_int_equal(fa_cursor_left(&c), 2);
	assert_int_equal(fa_cursor_u16(&c), 0x8304);
	assert_int_equal(fa_cursor_u8(&c), 0);
	assert_false(fa_cursor_ok(&c));
	fa_cursor_limit(&c, 0);
	assert_false(fa_cursor_ok(&c));
}

static void copies(void **state)
{
	struct fa_cursor c = fa_cursor(bytes, sizeof(bytes));
	uint8_t out[6];

	(void)state;
	fa_cursor_bytes(&c, out, 6);
	assert_memory_equal(out, bytes, 6);
	memset(out, 0xff, sizeof(out));
	fa_cursor_bytes(&c, out, 3);
	assert_memory_equal(out, "\0\0\0\xff\xff\xff", 6);
	assert_false(fa_cursor_ok(&c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),	cmocka_unit_test(errors_stick),
		cmocka_unit_test(one_byte_short), cmocka_unit_test(huge_lengths),
		cmocka_unit_test(taking),	cmocka_unit_test(limits),
		cmocka_unit_test(copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
