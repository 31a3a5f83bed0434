/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text from outside: nothing that moves a terminal's cursor, hides or turns text gets through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void safe(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"", ""},
		{"host.example", "host.example"},
		{" ~", " ~"},
		{"a\x1b[2J", "a\\x1b[2J"},
		{"\n\t\r", "\\x0a\\x09\\x0d"},
		{"\x7f", "\\x7f"},
		{"a\\x1b", "a\\\\x1b"},
		{"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
		{"\xc2\x9b", "\\xc2\\x9b"},	      /* C1 CSI */
		{"\xc2\xa0", "\xc2\xa0"},	      /* the first after C1 */
		{"\xe2\x80\xae" "x", "\\xe2\\x80\\xaex"}, /* right-to-left override */
		{"\xe2\x80\x8b", "\\xe2\\x80\\x8b"},  /* zero width space */
		{"\xe2\x81\xa6", "\\xe2\\x81\\xa6"},  /* isolate */
		{"\xe2\x80\xa8", "\\xe2\\x80\\xa8"},  /* line separator */
		{"\xef\xbb\xbf", "\\xef\\xbb\\xbf"},  /* byte order mark */
		{"\xf3\xa0\x81\x81", "\\xf3\\xa0\\x81\\x81"}, /* tag character */
		{"\xc0\xaf", "\\xc0\\xaf"},	      /* overlong */
		{"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},
		{"\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf"},
		{"\xed\xa0\x80", "\\xed\\xa0\\x80"},	    /* surrogate */
		{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* beyond U+10FFFF */
		{"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},   /* U+10FFFF */
		{"\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80"},
		{"\xef\xbf\xbd", "\xef\xbf\xbd"},		    /* U+FFFD */
		{"\xef\xbf\xbe", "\\xef\\xbf\\xbe"},	    /* U+FFFE, no character */
		{"\xef\xbf\xbf", "\\xef\\xbf\\xbf"},
		{"\x80", "\\x80"},
		{"\xe2\x82", "\\xe2\\x82"},	     /* cut */
		{"\xe2\x28\xa1", "\\xe2(\\xa1"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char out[64];
		size_t len = strlen(rows[i].in);

		assert_ptr_equal(fa_text_safe(rows[i].in, len, out, sizeof(out)), out);
		if (strcmp(out, rows[i].out) != 0)
			fail_msg("row %zu: %s", i, out);
		assert_int_equal(fa_text_is_safe(rows[i].in, len),
				 strcmp(rows[i].in, rows[i].out) == 0);
	}
}

static void nul_is_a_byte(void **state)
{
	char out[16];

	(void)state;
	assert_string_equal(fa_text_safe("a\0b", 3, out, sizeof(out)), "a\\x00b");
	assert_false(fa_text_is_safe("a\0b", 3));
	assert_true(fa_text_is_safe("a\0b", 1));
}

/* Whatever the room: NUL-terminated, a whole prefix, never half an escape or character. */
static void never_cut_inside(void **state)
{
	static const char in[] = "a\x1b\xe2\x82\xac\\z";
	static const size_t ends[] = {0, 1, 5, 8, 10, 11}; /* lengths of whole prefixes */
	char whole[32];

	(void)state;
	fa_text_safe(in, strlen(in), whole, sizeof(whole));
	assert_int_equal(strlen(whole), 11);
	for (size_t room = 1; room < 16; room++) {
		char out[17];
		size_t best = 0;

		memset(out, '#', sizeof(out));
		fa_text_safe(in, strlen(in), out, room);
		for (size_t i = 0; i < COUNT(ends); i++)
			if (ends[i] < room)
				best = ends[i];
		assert_int_equal(strlen(out), best);
		assert_memory_equal(out, whole, best);
		assert_int_equal(out[room], '#');
	}
}

static void columns(void **state)
{
	(void)state;
	assert_int_equal(fa_text_columns(""), 0);
	assert_int_equal(fa_text_columns("abc"), 3);
	assert_int_equal(fa_text_columns("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), 3);
}

static void copies(void **state)
{
	char out[5];

	(void)state;
	assert_true(fa_text_copy(out, sizeof(out), "abcd"));
	assert_string_equal(out, "abcd");
	assert_false(fa_text_copy(out, sizeof(out), "abcde"));
	assert_string_equal(out, "abcd");
	assert_false(fa_text_copy(out, 1, "a"));
	assert_string_equal(out, "");
	assert_true(fa_text_copy(out, 1, ""));
	assert_string_equal(out, "");
}

static void assert_word(const char *text, const char *expected)
{
	char *word = fa_text_shell(text);

	assert_non_null(word);
	assert_string_equal(word, expected);
	free(word);
}

static void words_for_a_shell(void **state)
{
	(void)state;
	assert_word("", "''");
	assert_word("flowaudit.db", "flowaudit.db");
	assert_word("/var/lib/flowaudit/dc-1_a.db", "/var/lib/flowaudit/dc-1_a.db");
	assert_word("a b", "'a b'");
	assert_word("~/a", "'~/a'");
	assert_word("=ls", "'=ls'"); /* zsh would look for a program */
	assert_word("$HOME/`id`", "'$HOME/`id`'");
	assert_word("it's", "'it'\\''s'");
	assert_word("a\\b", "'a\\b'");
	assert_word("b\303\274ro", "'b\303\274ro'");
	assert_word("a\nb", "$'a\\012b'");
	assert_word("\0331'\\9", "$'\\0331\\'\\\\9'");
	assert_word("\xff", "$'\\377'");
	assert_word("a\342\200\256b", "$'a\\342\\200\\256b'"); /* right to left */
}

/* What a shell makes of WORD as an argument. */
static size_t as_shell_reads(const char *shell, const char *word, char *out, size_t size)
{
	char command[1000];
	FILE *pipe;
	size_t len;

	snprintf(command, sizeof(command), "exec %s <<'EOF'\nprintf '%%s' %s\nEOF", shell, word);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	len = fread(out, 1, size, pipe);
	assert_int_equal(pclose(pipe), 0);
	return len;
}

/* Bytes that mean something to shells and terminals, in any order, come back as they were. */
static void shells_read_them_back(void **state)
{
	static const char bytes[] = "a'\"\\$`!*?~;&|<>(){}[]# \t\n\r\033\177\xff\x80\302\2339%=-";
	bool has_bash = access("/bin/bash", X_OK) == 0;
	unsigned seed = 7;

	(void)state;
	for (int i = 0; i < 200; i++) {
		size_t len = (size_t)rand_r(&seed) % 20;
		char text[21], back[100];
		char *word;

		for (size_t j = 0; j < len; j++)
			text[j] = bytes[(size_t)rand_r(&seed) % (sizeof(bytes) - 1)];
		text[len] = '\0';
		word = fa_text_shell(text);
		assert_non_null(word);
		for (const char *c = word; *c != '\0'; c++)
			assert_true(*c == '\\' || fa_text_is_safe(c, 1));
		if (word[0] != '$' || has_bash) {
			assert_int_equal(as_shell_reads(word[0] == '$' ? "/bin/bash" : "/bin/sh",
							word, back, sizeof(back)),
					 len);
			assert_memory_equal(back, text, len);
		}
		free(word);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(safe),	   cmocka_unit_test(nul_is_a_byte),
		cmocka_unit_test(never_cut_inside), cmocka_unit_test(columns),
		cmocka_unit_test(copies), cmocka_unit_test(words_for_a_shell),
		cmocka_unit_test(shells_read_them_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
