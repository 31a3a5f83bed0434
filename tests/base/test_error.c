/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Error codes and messages: the first cause wins, places are put before it, nothing overflows. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/error.h"

static void every_code_has_a_text(void **state)
{
	(void)state;
	for (int code = 0; code >= FA_EINTERRUPTED; code--) {
		assert_string_not_equal(fa_strerror(code), "unknown error");
		for (int other = 0; other > code; other--)
			assert_string_not_equal(fa_strerror(code), fa_strerror(other));
	}
	assert_string_equal(fa_strerror(1), "unknown error");
	assert_string_equal(fa_strerror(FA_EINTERRUPTED - 1), "unknown error");
}

static void first_cause_wins(void **state)
{
	struct fa_diag diag = {{0}};

	(void)state;
	assert_int_equal(fa_fail(&diag, FA_EIO, "disk %d", 7), FA_EIO);
	assert_string_equal(diag.text, "disk 7");
	assert_int_equal(fa_fail(&diag, FA_ENOMEM, "memory"), FA_ENOMEM);
	assert_string_equal(diag.text, "disk 7");
	assert_int_equal(fa_fail(NULL, FA_EINVAL, "nobody reads"), FA_EINVAL);
	assert_int_equal(fa_fail_in(NULL, FA_EINVAL, "nobody reads"), FA_EINVAL);
}

static void places_go_before(void **state)
{
	struct fa_diag diag = {{0}};

	(void)state;
	fa_fail(&diag, FA_EIO, "short read");
	assert_int_equal(fa_fail_in(&diag, FA_EIO, "%s:%d", "a.pcap", 3), FA_EIO);
	assert_string_equal(diag.text, "a.pcap:3: short read");
	memset(&diag, 0, sizeof(diag));
	fa_fail_in(&diag, FA_ENOENT, "b");
	assert_string_equal(diag.text, "b: not found");
}

static void long_messages_are_cut(void **state)
{
	struct {
		struct fa_diag diag;
		char guard[8];
	} here;
	char big[1000];

	(void)state;
	memset(&here, 0, sizeof(here));
	memset(here.guard, '#', sizeof(here.guard));
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	fa_fail(&here.diag, FA_EIO, "%s", big);
	assert_int_equal(strlen(here.diag.text), sizeof(here.diag.text) - 1);
	fa_fail_in(&here.diag, FA_EIO, "place");
	assert_int_equal(strlen(here.diag.text), sizeof(here.diag.text) - 1);
	assert_memory_equal(here.diag.text, "place: xxx", 10);
	/* Every length of the place around the end of the room. */
	for (size_t len = sizeof(here.diag.text) - 5; len < sizeof(here.diag.text) + 3; len++) {
		fa_fail_in(&here.diag, FA_EIO, "%.*s", (int)len, big);
		assert_true(strlen(here.diag.text) < sizeof(here.diag.text));
		assert_memory_equal(here.guard, "########", 8);
	}
}

static void errno_values(void **state)
{
	static const struct {
		int number, error;
	} rows[] = {
		{0, FA_OK},	   {ENOMEM, FA_ENOMEM}, {ENOENT, FA_ENOENT}, {ENOTDIR, FA_ENOENT},
		{EACCES, FA_EPERM}, {EPERM, FA_EPERM},	{EROFS, FA_EPERM},   {ENOSPC, FA_EFULL},
		{EDQUOT, FA_EFULL}, {EFBIG, FA_EFULL},	{EBUSY, FA_EBUSY},   {EAGAIN, FA_EBUSY},
		{EINTR, FA_EINTERRUPTED}, {EINVAL, FA_EINVAL}, {EIO, FA_EIO}, {EPIPE, FA_EIO},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(fa_error_from_errno(rows[i].number), rows[i].error);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_has_a_text), cmocka_unit_test(first_cause_wins),
		cmocka_unit_test(places_go_before),	 cmocka_unit_test(long_messages_are_cut),
		cmocka_unit_test(errno_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
