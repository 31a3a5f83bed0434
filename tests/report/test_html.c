/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HTML reports: what comes from outside stays text, tables, and the page as a whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "fake_history.h"
#include "report/html.h"
#include "report/html_parts.h"

/* Names that want to be more than names. */
static const char *const hostile[] = {
	"<script>alert(1)</script>",
	"\"><img src=x onerror=alert(1)>",
	"' autofocus onfocus='alert(1)",
	"</title></style></script><!--",
	"]]>&lt;b&gt;&amp;",
	"\x1b[2J\x1b]0;owned\x07",
	"right\xe2\x80\xaetfel",
	"\xff\xfe\xc3\x28",
	"http://example.org/?a=1&b=2",
	"%s%n\\N\\G",
};

#define HOSTILE (sizeof(hostile) / sizeof(hostile[0]))

struct sheet {
	struct fa_html page;
	FILE *out;
	char *text;
	size_t len;
	struct fa_diag diag;
};

static const struct fa_report_options plain;
static const struct fa_html_part no_parts[] = {{NULL, NULL}};

static void open_sheet(struct sheet *sheet)
{
	memset(sheet, 0, sizeof(*sheet));
	sheet->out = open_memstream(&sheet->text, &sheet->len);
	assert_non_null(sheet->out);
	sheet->page.out = sheet->out;
	sheet->page.diag = &sheet->diag;
	sheet->page.data_room = FA_HTML_DATA_BYTES;
}

static const char *text_of(struct sheet *sheet)
{
	fflush(sheet->out);
	return sheet->text;
}

static void close_sheet(struct sheet *sheet)
{
	fclose(sheet->out);
	free(sheet->text);
	fa_html_deinit(&sheet->page);
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)) != NULL; text += strlen(what))
		n++;
	return n;
}

static void text_is_escaped(void **state)
{
	static const char *const wants[HOSTILE] = {
		"&lt;script&gt;alert(1)&lt;/script&gt;",
		"&quot;&gt;&lt;img src=x onerror=alert(1)&gt;",
		"&#39; autofocus onfocus=&#39;alert(1)",
		"&lt;/title&gt;&lt;/style&gt;&lt;/script&gt;&lt;!--",
		"]]&gt;&amp;lt;b&amp;gt;&amp;amp;",
		"\\x1b[2J\\x1b]0;owned\\x07",
		"right\\xe2\\x80\\xaetfel",
		"\\xff\\xfe\\xc3(",
		"http://example.org/?a=1&amp;b=2",
		"%s%n\\\\N\\\\G",
	};

	(void)state;
	for (size_t i = 0; i < HOSTILE; i++) {
		struct sheet sheet;

		open_sheet(&sheet);
		fa_html_text(&sheet.page, hostile[i]);
		assert_string_equal(text_of(&sheet), wants[i]);
		close_sheet(&sheet);
	}
}

static void words_that_are_harmless_are_not_changed_twice(void **state)
{
	struct sheet sheet;

	(void)state;
	open_sheet(&sheet);
	fa_html_words(&sheet.page, "\\xff <b>");
	fa_html_words(&sheet.page, NULL);
	assert_string_equal(text_of(&sheet), "\\xff &lt;b&gt;");
	close_sheet(&sheet);
}

static void clipped_text_is_escaped_after_it(void **state)
{
	struct sheet sheet;

	(void)state;
	open_sheet(&sheet);
	fa_html_clip(&sheet.page, "<<<<<<", 4);
	assert_string_equal(text_of(&sheet), "&lt;&lt;&lt;…");
	close_sheet(&sheet);
}

/* What jansson reads back, and that nothing in it ends a script element. */
static void json_comes_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < HOSTILE; i++) {
		char harmless[256];
		struct sheet sheet;
		json_t *read;

		fa_text_safe(hostile[i], strlen(hostile[i]), harmless, sizeof(harmless));
		open_sheet(&sheet);
		fputs("[\"", sheet.out);
		fa_html_json(sheet.out, harmless);
		fputs("\"]", sheet.out);
		read = json_loads(text_of(&sheet), 0, NULL);
		assert_non_null(read);
		assert_string_equal(json_string_value(json_array_get(read, 0)), harmless);
		assert_null(strpbrk(sheet.text, "<>&"));
		json_decref(read);
		close_sheet(&sheet);
	}
}

static int hex(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : toupper((unsigned char)c) - 'A' + 10;
}

/* A link as browsers read it: up to the quote, percent signs decoded. */
static void decode_link(const char *link, char *out)
{
	for (; *link != '"'; link++) {
		if (*link == '%') {
			*out++ = (char)(hex(link[1]) * 16 + hex(link[2]));
			link += 2;
		} else {
			assert_null(strchr("&<>' ", *link));
			*out++ = *link;
		}
	}
	*out = '\0';
}

/* The value of an attribute, up to the quote. */
static void decode_value(const char *value, char *out)
{
	static const char *const references[][2] = {
		{"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}};

	while (*value != '"') {
		size_t i = 0;

		while (i < 5 && strncmp(value, references[i][0], strlen(references[i][0])) != 0)
			i++;
		*out++ = i < 5 ? references[i][1][0] : *value;
		value += i < 5 ? strlen(references[i][0]) : 1;
	}
	*out = '\0';
}

static void links_lead_to_their_anchors(void **state)
{
	(void)state;
	for (size_t i = 0; i < HOSTILE; i++) {
		char link[512];
		char anchor[512];
		struct sheet sheet;

		open_sheet(&sheet);
		fa_html_link(&sheet.page, "rule", hostile[i]);
		fa_html_anchor(&sheet.page, "rule", hostile[i]);
		decode_link(strstr(text_of(&sheet), "href=\"#") + 7, link);
		decode_value(strstr(sheet.text, " id=\"") + 5, anchor);
		assert_string_equal(link, anchor);
		close_sheet(&sheet);
	}
}

static void the_frame_allows_its_own_parts_alone(void **state)
{
	struct sheet sheet;
	struct fa_diag diag = {{0}};
	char *style, *script;

	(void)state;
	open_sheet(&sheet);
	fa_html_begin(&sheet.page, sheet.out, hostile[0], no_parts, &diag);
	assert_int_equal(fa_html_end(&sheet.page, hostile[1]), 0);
	text_of(&sheet);
	assert_int_equal(strncmp(sheet.text, "<!DOCTYPE html>\n", 16), 0);
	assert_non_null(strstr(sheet.text, "content=\"default-src 'none'; style-src 'sha256-"));
	assert_non_null(strstr(sheet.text, fa_html_style_hash));
	assert_non_null(strstr(sheet.text, fa_html_script_hash));
	assert_int_equal(strlen(fa_html_style_hash), 44);
	/* The bytes that the hashes are of, without a byte between them and the tags. */
	style = strstr(sheet.text, "<style>") + 7;
	script = strstr(sheet.text, "<script>") + 8;
	assert_int_equal(strncmp(style, fa_html_style, strlen(fa_html_style)), 0);
	assert_int_equal(strncmp(style + strlen(fa_html_style), "</style>", 8), 0);
	assert_int_equal(strncmp(script, fa_html_script, strlen(fa_html_script)), 0);
	assert_int_equal(strncmp(script + strlen(fa_html_script), "</script>", 9), 0);
	assert_int_equal(count(sheet.text, "<script"), 1);
	assert_null(strstr(sheet.text, "<img"));
	close_sheet(&sheet);
}

/* Tables. */

static const struct fa_table_column columns[] = {
	{"verdict", "verdict", FA_CELL_VERDICT, false}, {"host", "host name", FA_CELL_TEXT, false},
	{"bytes", "bytes", FA_CELL_BYTES, false},	{"first_seen", "first seen", FA_CELL_TIME, false},
	{"inner", "inner", FA_CELL_TEXT, true},		{"rule", "row", FA_CELL_TEXT, false},
};

static const struct fa_table table = {
	.id = "things",
	.title = "Things",
	.empty = "Nothing & nobody.",
	.columns = columns,
	.column_count = sizeof(columns) / sizeof(columns[0]),
};

#define START_NS 1795298400123456789ll /* 2026-11-21 22:00:00 UTC and a bit */
#define SECOND_NS 1000000000ll

static void make_row(struct fa_cell *cells, size_t i)
{
	static char host[64];

	memset(cells, 0, table.column_count * sizeof(*cells));
	snprintf(host, sizeof(host), "host-%zu.example", i % 7);
	cells[0].text = fa_verdict_text(i % FA_VERDICT_COUNT);
	cells[1].text = i % 5 == 4 ? "" : i % 3 == 0 ? hostile[i / 3 % HOSTILE] : host;
	cells[2].count = i * 1000;
	cells[2].none = i % 11 == 10;
	cells[3].ns = START_NS + ((int64_t)(i * 37 % 101) - 50) * SECOND_NS;
	cells[3].none = i % 13 == 12;
	cells[4].text = "not to be shown";
	cells[5].text = "a/b/c";
}

static int write_table(struct fa_html_tables *tables, const struct fa_table *what, size_t rows)
{
	const struct fa_table_sink sink = fa_html_sink(tables);
	struct fa_cell cells[sizeof(columns) / sizeof(columns[0])];
	int err = sink.begin(sink.context, what);

	for (size_t i = 0; err == 0 && i < rows; i++) {
		make_row(cells, i);
		err = sink.row(sink.context, cells);
	}
	return err == 0 ? sink.end(sink.context) : err;
}

static void a_small_table_stands_in_the_page(void **state)
{
	struct sheet sheet;
	struct fa_html_tables tables = {.page = &sheet.page};

	(void)state;
	open_sheet(&sheet);
	assert_int_equal(write_table(&tables, &table, 3), 0);
	text_of(&sheet);
	assert_non_null(strstr(sheet.text, "<section id=\"things\""));
	assert_int_equal(count(sheet.text, "<tr>"), 4);
	assert_int_equal(count(sheet.text, "<th "), 5);
	assert_null(strstr(sheet.text, "inner"));
	assert_null(strstr(sheet.text, "not to be shown"));
	assert_null(strstr(sheet.text, "<script"));
	assert_null(strstr(sheet.text, "<a "));
	assert_non_null(strstr(sheet.text, "<td>&lt;script&gt;alert(1)&lt;/script&gt;</td>"));
	assert_non_null(strstr(sheet.text, "<span class=\"v v-documented\">documented</span>"));
	assert_non_null(strstr(sheet.text, "<td class=n data-v=2000>2 kB</td>"));
	/* 37 seconds for each row, 50 before. */
	assert_non_null(strstr(sheet.text, "<td class=t>2026-11-21 21:59:10</td>"));
	fa_html_tables_deinit(&tables);
	close_sheet(&sheet);
}

static void an_empty_table_says_so_or_is_left_out(void **state)
{
	struct fa_table silent = table;
	struct sheet sheet;
	struct fa_html_tables tables = {.page = &sheet.page};

	(void)state;
	silent.empty = NULL;
	open_sheet(&sheet);
	assert_int_equal(write_table(&tables, &silent, 0), 0);
	assert_string_equal(text_of(&sheet), "");
	assert_int_equal(write_table(&tables, &table, 0), 0);
	assert_non_null(strstr(text_of(&sheet), "<p>Nothing &amp; nobody.</p>"));
	assert_int_equal(count(sheet.text, "<section"), count(sheet.text, "</section>"));
	fa_html_tables_deinit(&tables);
	close_sheet(&sheet);
}

static void a_table_of_one_row_is_a_list_of_facts(void **state)
{
	struct fa_table single = table;
	struct sheet sheet;
	struct fa_html_tables tables = {.page = &sheet.page};

	(void)state;
	single.single = true;
	open_sheet(&sheet);
	assert_int_equal(write_table(&tables, &single, 1), 0);
	text_of(&sheet);
	assert_null(strstr(sheet.text, "<table"));
	assert_non_null(strstr(sheet.text, "<dt>host name</dt><dd>&lt;script&gt;"));
	fa_html_tables_deinit(&tables);
	close_sheet(&sheet);
}

/* Reads the rows of the block of data as the script does, and compares them with what was told. */
static void check_data(const char *text, size_t rows)
{
	const char *at = strstr(text, "id=\"things-rows\"");
	const char *texts[64] = {""};
	char expected[256];
	size_t known = 1;
	int64_t seconds = 0;
	json_t *data;

	assert_non_null(at);
	at = strchr(at, '>') + 1;
	data = json_loads(at, JSON_DISABLE_EOF_CHECK, NULL);
	assert_non_null(data);
	assert_int_equal(json_array_size(data), rows);
	for (size_t i = 0; i < rows; i++) {
		static const size_t of_text[] = {0, 1, 4};
		json_t *values = json_array_get(data, i);
		struct fa_cell cells[sizeof(columns) / sizeof(columns[0])];

		make_row(cells, i);
		assert_int_equal(json_array_size(values), 5);
		for (size_t k = 0; k < 3; k++) {
			json_t *value = json_array_get(values, of_text[k]);
			const char *want = cells[of_text[k] == 4 ? 5 : of_text[k]].text;
			const char *read;

			fa_text_safe(want, strlen(want), expected, sizeof(expected));
			if (json_is_string(value)) {
				assert_true(known < 64);
				read = texts[known++] = json_string_value(value);
			} else {
				assert_true((size_t)json_integer_value(value) < known);
				read = texts[json_integer_value(value)];
			}
			assert_string_equal(read, expected);
		}
		if (cells[2].none)
			assert_true(json_is_null(json_array_get(values, 2)));
		else
			assert_int_equal(json_integer_value(json_array_get(values, 2)),
					 cells[2].count);
		if (cells[3].none) {
			assert_true(json_is_null(json_array_get(values, 3)));
			continue;
		}
		seconds += json_integer_value(json_array_get(values, 3));
		assert_int_equal(seconds, cells[3].ns / SECOND_NS);
	}
	json_decref(data);
}

static void a_long_table_has_a_page_and_data(void **state)
{
	struct sheet sheet;
	struct fa_html_tables tables = {.page = &sheet.page};

	(void)state;
	open_sheet(&sheet);
	sheet.page.more = "flowaudit report <all>";
	assert_int_equal(write_table(&tables, &table, 1000), 0);
	text_of(&sheet);
	assert_int_equal(count(sheet.text, "<tr>"), FA_HTML_PAGE_ROWS + 1);
	assert_non_null(strstr(sheet.text, "data-count=\"1000\""));
	assert_int_equal(count(sheet.text, "<script"), 1);
	assert_int_equal(count(sheet.text, "</script"), 1);
	check_data(sheet.text, 1000);
	assert_non_null(strstr(sheet.text, "<code>flowaudit report &lt;all&gt;</code>"));
	assert_null(strstr(sheet.text, "left out"));
	/* The next one begins anew. */
	assert_int_equal(write_table(&tables, &table, 201), 0);
	assert_non_null(strstr(text_of(&sheet), "data-count=\"201\""));
	fa_html_tables_deinit(&tables);
	close_sheet(&sheet);
}

/* 200 bytes each that never were there before. */
static void what_is_too_much_is_left_out_and_said(void **state)
{
	const size_t rows = 60000;
	struct sheet sheet;
	struct fa_html_tables tables = {.page = &sheet.page};
	const struct fa_table_sink sink = fa_html_sink(&tables);
	struct fa_cell cells[sizeof(columns) / sizeof(columns[0])];
	char host[256];

	(void)state;
	open_sheet(&sheet);
	for (size_t n = 1; n <= 3; n++) {
		assert_int_equal(sink.begin(sink.context, &table), 0);
		for (size_t i = 0; i < rows; i++) {
			make_row(cells, i);
			snprintf(host, sizeof(host), "%0200zu", i);
			cells[1].text = host;
			assert_int_equal(sink.row(sink.context, cells), 0);
		}
		assert_int_equal(sink.end(sink.context), 0);
		text_of(&sheet);
		assert_int_equal(count(sheet.text, "more rows are left out"), n);
		/* All tables together; each gets its part. */
		assert_true(sheet.len < FA_HTML_DATA_BYTES + 500000);
		assert_true(sheet.len > FA_HTML_DATA_BYTES / 4 * 3);
	}
	assert_null(strstr(sheet.text, "data-count=\"60000\""));
	assert_null(strstr(sheet.text, "data-count=\"0\""));
	fa_html_tables_deinit(&tables);
	close_sheet(&sheet);
}

static bool skip_things(void *context, const char *id)
{
	(void)context;
	return strcmp(id, "things") == 0;
}

static bool place_of_rules(void *context, const char *kind, const char *name)
{
	int *asked = context;

	assert_string_equal(name, "a/b/c");
	(*asked)++;
	return strcmp(kind, "rule") == 0;
}

static int stop_after(void *context, const char *id)
{
	(void)context;
	assert_string_equal(id, "things");
	return 42;
}

static void a_page_may_skip_link_and_follow(void **state)
{
	struct sheet sheet;
	int asked = 0;
	struct fa_html_tables tables = {.page = &sheet.page, .context = &asked};

	(void)state;
	open_sheet(&sheet);
	tables.skip = skip_things;
	tables.after = stop_after;
	assert_int_equal(write_table(&tables, &table, 300), 0);
	assert_string_equal(text_of(&sheet), "");
	tables.skip = NULL;
	tables.has_place = place_of_rules;
	assert_int_equal(write_table(&tables, &table, 2), 42);
	assert_int_equal(asked, 2);
	assert_int_equal(count(text_of(&sheet), "<a href=\"#rule-a%2Fb%2Fc\">a/b/c</a>"), 2);
	fa_html_tables_deinit(&tables);
	close_sheet(&sheet);
}

/* Whole pages. */

/* A tag without the values of its attributes, which may hold anything. Returns its length. */
static size_t read_tag(const char *at, char *out, size_t size)
{
	size_t used = 0;
	bool quoted = false;
	size_t i;

	for (i = 0; at[i] != '\0' && (quoted || at[i] != '>'); i++) {
		if (at[i] == '"')
			quoted = !quoted;
		else if (!quoted && used < size - 1)
			out[used++] = at[i];
	}
	assert_true(used < size - 1);
	out[used] = '\0';
	return i;
}

/* No attribute of a style or an event, and nothing from elsewhere. */
static void assert_self_contained(const char *text)
{
	const char *at = strstr(text, "<body");
	size_t ids = 0;

	assert_non_null(at);
	while ((at = strchr(at, '<')) != NULL && strncmp(at, "<script>", 8) != 0) {
		char tag[256];

		if (strncmp(at, "<a href=\"", 9) == 0)
			assert_int_equal(at[9], '#');
		at += read_tag(at, tag, sizeof(tag));
		assert_null(strstr(tag, " style="));
		assert_null(strstr(tag, " on"));
		assert_null(strstr(tag, " src="));
		ids += strstr(tag, " id=") != NULL;
	}
	/* The script is our own, and the last thing. */
	assert_non_null(at);
	assert_true(ids > 5);
}

static void assert_page(struct fake *fake)
{
	static const char *const wanted[] = {"summary",	      "map",	       "matrix",
					     "nights",	      "findings",      "expectations",
					     "conversations", "catalogs",      "losses", "rules"};
	char *text = fake_report(fake, "html", &plain);
	char *again = fake_report(fake, "html", &plain);

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		char id[64];

		snprintf(id, sizeof(id), " id=\"%s\"", wanted[i]);
		assert_int_equal(count(text, id), 1);
	}
	assert_self_contained(text);
	assert_string_equal(text, again);
	free(text);
	free(again);
}

static void runs_of_all_kinds_become_pages(void **state)
{
	static void (*const fill[])(struct fake *) = {fake_fill, fake_fill_site, fake_fill_live};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct fake fake;

		fake_init(&fake);
		fill[i](&fake);
		assert_page(&fake);
		fake_deinit(&fake);
	}
}

static void hostile_names_stay_text(void **state)
{
	struct fake fake;
	char *text;

	(void)state;
	fake_init(&fake);
	fake_fill_site(&fake);
	for (size_t i = 0; i < fake.conversation_count; i++) {
		struct fa_identity *id = &fake.conversations[i].id;

		snprintf(id->host, sizeof(id->host), "%s", hostile[i % HOSTILE]);
		snprintf(id->protocol, sizeof(id->protocol), "%.31s", hostile[(i + 1) % HOSTILE]);
		fake.conversations[i].waiver = hostile[(i + 2) % HOSTILE];
	}
	for (size_t i = 0; i < fake.finding_count; i++) {
		fake.findings[i].host = hostile[i % HOSTILE];
		fake.findings[i].application = hostile[(i + 1) % HOSTILE];
		fake.findings[i].nearest = hostile[(i + 2) % HOSTILE];
		fake.findings[i].detail = hostile[(i + 3) % HOSTILE];
	}
	for (size_t i = 0; i < fake.place_count; i++) {
		fake.places[i].label = hostile[i % HOSTILE];
		fake.places[i].role = hostile[(i + 1) % HOSTILE];
		fake.places[i].instance = hostile[(i + 2) % HOSTILE];
	}
	for (size_t i = 0; i < fake.rule_count; i++)
		fake.rules[i].title = hostile[i % HOSTILE];
	snprintf(fake.run.info.source, sizeof(fake.run.info.source), "%s", hostile[0]);
	snprintf(fake.run.info.filter, sizeof(fake.run.info.filter), "%s", hostile[1]);
	snprintf(fake.run.site.name, sizeof(fake.run.site.name), "%s", hostile[3]);
	text = fake_report(&fake, "html", &plain);
	assert_self_contained(text);
	assert_null(strstr(text, "<script>alert"));
	assert_null(strstr(text, "<img"));
	assert_null(strstr(text, "\x1b"));
	assert_null(strstr(text, "\xe2\x80\xae"));
	assert_int_equal(count(text, "<script>"), 1);
	assert_non_null(strstr(text, "&lt;script&gt;alert(1)"));
	free(text);
	fake_deinit(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_escaped),
		cmocka_unit_test(words_that_are_harmless_are_not_changed_twice),
		cmocka_unit_test(clipped_text_is_escaped_after_it),
		cmocka_unit_test(json_comes_back),
		cmocka_unit_test(links_lead_to_their_anchors),
		cmocka_unit_test(the_frame_allows_its_own_parts_alone),
		cmocka_unit_test(a_small_table_stands_in_the_page),
		cmocka_unit_test(an_empty_table_says_so_or_is_left_out),
		cmocka_unit_test(a_table_of_one_row_is_a_list_of_facts),
		cmocka_unit_test(a_long_table_has_a_page_and_data),
		cmocka_unit_test(what_is_too_much_is_left_out_and_said),
		cmocka_unit_test(a_page_may_skip_link_and_follow),
		cmocka_unit_test(runs_of_all_kinds_become_pages),
		cmocka_unit_test(hostile_names_stay_text),
	};

	return cmocka_run_group_tests_name("report html", tests, NULL, NULL);
}
