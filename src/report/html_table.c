/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables in an HTML report. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "report/html.h"
#include "report/textset.h"

#define COLUMNS_MAX 24

/* A column that is shown. */
struct shown {
	const struct fa_table_column *column;
	const char *title;
	size_t at;	   /* among the columns of the table */
	size_t instead;	   /* its value where that has none; the same: there is no other */
	const char *link;  /* kind of place that its cells lead to; NULL: none */
	int64_t last;	   /* seconds, of the row of data before */
};

struct fa_html_table {
	const struct fa_table *table; /* NULL: not shown */
	struct shown columns[COLUMNS_MAX];
	size_t count;
	uint64_t rows, left_out;
	struct fa_buffer text; /* of a cell */
	/* Rows as data: of texts that came before only their numbers. */
	FILE *data;
	char *data_text;
	size_t data_len, data_room;
	struct fa_textset names;
};

/* Where the words of the table are told elsewhere on the page, or two columns are one to people:
 * "NAME|INSTEAD|TITLE", the value of another where one has none. */
static const struct {
	const char *table;
	const char *columns[14]; /* up to NULL */
} chosen[] = {
	{"findings",
	 {"number", "verdict", "what", "protocol", "rule|nearest|row, or the nearest", "flows",
	  "bytes", "first_seen"}},
	{"conversations",
	 {"verdict", "client_place|client|client", "server_place|server|server", "service",
	  "protocol", "host", "rule|nearest|row, or the nearest", "flows", "packets", "bytes",
	  "first_seen", "finding"}},
	{"expectations",
	 {"status", "requirement", "rule", "title", "instance", "place", "transports", "ports",
	  "protocols", "flows", "evidence"}},
};

static const char *const *chosen_of(const struct fa_table *table)
{
	for (size_t i = 0; i < sizeof(chosen) / sizeof(chosen[0]); i++)
		if (strcmp(chosen[i].table, table->id) == 0)
			return chosen[i].columns;
	return NULL;
}

/* What the cells of a column name, if they name something that may have a place in the page. */
static const char *link_of(const struct fa_table *table, const char *column)
{
	if (strcmp(column, "rule") == 0 || strcmp(column, "nearest") == 0)
		return "rule";
	if (strcmp(column, "finding") == 0 ||
	    (strcmp(column, "number") == 0 && strcmp(table->id, "findings") == 0))
		return "finding";
	return NULL;
}

static size_t find_column(const struct fa_table *table, const char *name, size_t len)
{
	for (size_t i = 0; i < table->column_count; i++)
		if (strlen(table->columns[i].name) == len &&
		    memcmp(table->columns[i].name, name, len) == 0)
			return i;
	return SIZE_MAX;
}

static void show_column(struct fa_html_table *t, size_t at, size_t instead, const char *title)
{
	struct shown *shown = &t->columns[t->count];

	if (at == SIZE_MAX || instead == SIZE_MAX || t->count == COLUMNS_MAX)
		return;
	t->count++;
	shown->at = at;
	shown->instead = instead;
	shown->column = &t->table->columns[at];
	shown->title = title != NULL ? title : shown->column->title;
	shown->link = link_of(t->table, shown->column->name);
	shown->last = 0;
}

static void choose_columns(struct fa_html_table *t)
{
	const char *const *names = chosen_of(t->table);

	t->count = 0;
	for (size_t i = 0; names == NULL && i < t->table->column_count; i++)
		if (!t->table->columns[i].detail)
			show_column(t, i, i, NULL);
	for (; names != NULL && *names != NULL; names++) {
		const char *instead = strchr(*names, '|');
		const char *title = instead != NULL ? strrchr(*names, '|') + 1 : NULL;
		size_t at = find_column(t->table, *names, strcspn(*names, "|"));

		show_column(t, at,
			    instead == NULL ? at
					    : find_column(t->table, instead + 1,
							  (size_t)(title - instead) - 2),
			    title);
	}
}

static const char *kind_name(enum fa_cell_kind kind)
{
	static const char *const names[] = {
		[FA_CELL_TEXT] = "text", [FA_CELL_COUNT] = "count",	[FA_CELL_BYTES] = "bytes",
		[FA_CELL_TIME] = "time", [FA_CELL_VERDICT] = "verdict", [FA_CELL_ID] = "id",
	};

	return names[kind];
}

static const char *cell_class(enum fa_cell_kind kind)
{
	switch (kind) {
	case FA_CELL_COUNT:
	case FA_CELL_BYTES:
	case FA_CELL_ID:
		return "n";
	case FA_CELL_TIME:
		return "t";
	default:
		return "";
	}
}

/* Sentences need room, and so do names that people know. */
static const char *width_class(const char *column)
{
	static const struct {
		const char *column, *class;
	} widths[] = {
		{"what", "wide"},	   {"says", "wide"},	      {"why", "wide"},
		{"extent", "wide"},	   {"title", "wide"},	      {"evidence", "wide"},
		{"meaning", "wide"},	   {"reason", "wide"},	      {"client", "middle"},
		{"client_place", "middle"}, {"server", "middle"},      {"server_place", "middle"},
		{"rule", "middle"},	   {"nearest", "middle"},     {"host", "middle"},
		{"document", "middle"},	   {"before", "middle"},      {"now", "middle"},
		{"next", "middle"},
	};

	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++)
		if (strcmp(widths[i].column, column) == 0)
			return widths[i].class;
	return "";
}

static bool is_number(enum fa_cell_kind kind)
{
	return kind == FA_CELL_COUNT || kind == FA_CELL_BYTES || kind == FA_CELL_ID;
}

static const struct fa_cell *cell_of(const struct shown *shown, const struct fa_cell *cells)
{
	const struct fa_cell *cell = &cells[shown->at];

	bool has_text = cell->text != NULL && cell->text[0] != '\0';
	bool is_text = !is_number(shown->column->kind) && shown->column->kind != FA_CELL_TIME;

	return cell->none || (is_text && !has_text) ? &cells[shown->instead] : cell;
}

/* What stands in a cell for people; harmless. */
static const char *cell_text(struct fa_html_table *t, enum fa_cell_kind kind,
			     const struct fa_cell *cell)
{
	char number[FA_NUMBER_TEXT];
	char time[FA_TIME_TEXT];

	fa_buffer_reset(&t->text);
	if (cell->none)
		return "";
	switch (kind) {
	case FA_CELL_COUNT:
		fa_buffer_add(&t->text, fa_number_text(cell->count, number));
		break;
	case FA_CELL_BYTES:
		fa_buffer_add(&t->text, fa_bytes_text(cell->count, number));
		break;
	case FA_CELL_TIME:
		/* "2026-11-22 01:02:03": without what is smaller than a second. */
		fa_time_text(cell->ns, time);
		time[10] = ' ';
		time[19] = '\0';
		fa_buffer_add(&t->text, time);
		break;
	default:
		fa_cell_add(&t->text, kind, cell);
		break;
	}
	return fa_buffer_text(&t->text);
}

static bool has_place(const struct fa_html_tables *tables, const char *kind, const char *name)
{
	return kind != NULL && name[0] != '\0' && tables->has_place != NULL &&
	       tables->has_place(tables->context, kind, name);
}

static void put_inside(struct fa_html_tables *tables, const struct shown *shown, const char *text)
{
	struct fa_html *page = tables->page;
	int verdict = shown->column->kind == FA_CELL_VERDICT ? fa_verdict_parse(text) : -1;

	if (verdict >= 0) {
		fa_html_verdict(page, (enum fa_verdict)verdict);
	} else if (has_place(tables, shown->link, text)) {
		fa_html_link(page, shown->link, text);
		fa_html_words(page, text);
		fa_html_put(page, "</a>");
	} else {
		fa_html_words(page, text);
	}
}

static void put_cell(struct fa_html_tables *tables, const struct shown *shown,
		     const struct fa_cell *cell)
{
	enum fa_cell_kind kind = shown->column->kind;
	const char *class = cell_class(kind);

	fa_html_put(tables->page, "<td");
	if (class[0] != '\0')
		fa_html_putf(tables->page, " class=%s", class);
	if (kind == FA_CELL_BYTES && !cell->none)
		fa_html_putf(tables->page, " data-v=%" PRIu64, cell->count);
	fa_html_put(tables->page, ">");
	put_inside(tables, shown, cell_text(tables->current, kind, cell));
	fa_html_put(tables->page, "</td>");
}

static void put_head(struct fa_html_tables *tables)
{
	const struct fa_html_table *t = tables->current;
	struct fa_html *page = tables->page;

	fa_html_putf(page,
		     "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"%s\">"
		     "<table id=\"%s-table\" data-title=\"%s\" data-sortable>\n<thead><tr>",
		     t->table->title, t->table->id, t->table->title);
	for (size_t i = 0; i < t->count; i++) {
		const struct shown *shown = &t->columns[i];
		const char *class = cell_class(shown->column->kind);

		if (class[0] == '\0')
			class = width_class(shown->column->name);
		fa_html_putf(page, "<th scope=\"col\" class=\"%s\" data-kind=\"%s\"", class,
			     kind_name(shown->column->kind));
		if (shown->link != NULL && tables->has_place != NULL)
			fa_html_putf(page, " data-link=\"%s\"", shown->link);
		fa_html_put(page, ">");
		fa_html_words(page, shown->title);
		fa_html_put(page, "</th>");
	}
	fa_html_put(page, "</tr></thead>\n<tbody>\n");
}

static void put_facts(struct fa_html_tables *tables, const struct fa_cell *cells)
{
	struct fa_html_table *t = tables->current;

	fa_html_put(tables->page, "<dl class=\"facts\">\n");
	for (size_t i = 0; i < t->count; i++) {
		const struct shown *shown = &t->columns[i];
		const char *text = cell_text(t, shown->column->kind, cell_of(shown, cells));

		if (text[0] == '\0')
			continue;
		fa_html_put(tables->page, "<dt>");
		fa_html_words(tables->page, shown->title);
		fa_html_put(tables->page, "</dt><dd>");
		put_inside(tables, shown, text);
		fa_html_put(tables->page, "</dd>\n");
	}
	fa_html_put(tables->page, "</dl>\n");
}

static void put_row(struct fa_html_tables *tables, const struct fa_cell *cells)
{
	const struct fa_html_table *t = tables->current;

	fa_html_put(tables->page, "<tr>");
	for (size_t i = 0; i < t->count; i++)
		put_cell(tables, &t->columns[i], cell_of(&t->columns[i], cells));
	fa_html_put(tables->page, "</tr>\n");
}

/* A text: itself when it is new, else the number it then got. */
static void data_text(struct fa_html_table *t, const char *text)
{
	size_t count = t->names.count;
	size_t number = fa_textset_add(&t->names, text);

	if (number == count || number == FA_TEXT_NONE) {
		putc('"', t->data);
		fa_html_json(t->data, text);
		putc('"', t->data);
	} else {
		fprintf(t->data, "%zu", number);
	}
}

static void data_cell(struct fa_html_table *t, struct shown *shown, const struct fa_cell *cell)
{
	enum fa_cell_kind kind = shown->column->kind;

	if (kind == FA_CELL_TIME && !cell->none) {
		int64_t seconds = fa_bucket_start(cell->ns, FA_NS_PER_SECOND) / FA_NS_PER_SECOND;

		fprintf(t->data, "%" PRId64, seconds - shown->last);
		shown->last = seconds;
	} else if (is_number(kind) && !cell->none) {
		fprintf(t->data, "%" PRIu64, cell->count);
	} else if (kind == FA_CELL_TIME || is_number(kind)) {
		fputs("null", t->data);
	} else {
		data_text(t, cell_text(t, kind, cell));
	}
}

/* The rows that came before are in the page alone, so the data begins with the first of all. */
static void data_row(struct fa_html_table *t, const struct fa_cell *cells)
{
	long len = ftell(t->data);

	if (len < 0 || (size_t)len > t->data_room) {
		t->left_out++;
		return;
	}
	fputs(len > 0 ? ",\n[" : "[", t->data);
	for (size_t i = 0; i < t->count; i++) {
		if (i > 0)
			putc(',', t->data);
		data_cell(t, &t->columns[i], cell_of(&t->columns[i], cells));
	}
	putc(']', t->data);
}

static int data_begin(struct fa_html_tables *tables)
{
	struct fa_html_table *t = tables->current;

	t->data_room = tables->page->data_room / 5 * 4;
	t->data = open_memstream(&t->data_text, &t->data_len);
	if (t->data == NULL || fa_textset_init(&t->names) != 0 ||
	    fa_textset_add(&t->names, "") == FA_TEXT_NONE)
		return fa_fail(tables->page->diag, FA_ENOMEM, "out of memory for a table");
	return 0;
}

static void data_deinit(struct fa_html_table *t)
{
	if (t->data != NULL)
		fclose(t->data);
	t->data = NULL;
	free(t->data_text);
	t->data_text = NULL;
	fa_textset_deinit(&t->names);
}

static int begin(void *context, const struct fa_table *table)
{
	struct fa_html_tables *tables = context;
	struct fa_html_table *t = tables->current;

	if (t == NULL)
		t = tables->current = calloc(1, sizeof(*t));
	if (t == NULL)
		return fa_fail(tables->page->diag, FA_ENOMEM, "out of memory for a table");
	t->table = NULL;
	if (tables->skip != NULL && tables->skip(tables->context, table->id))
		return 0;
	t->table = table;
	t->rows = t->left_out = 0;
	choose_columns(t);
	return data_begin(tables);
}

static int row(void *context, const struct fa_cell *cells)
{
	struct fa_html_tables *tables = context;
	struct fa_html_table *t = tables->current;

	if (t->table == NULL)
		return 0;
	if (t->rows++ == 0) {
		fa_html_section(tables->page, t->table->id, t->table->title);
		if (!t->table->single)
			put_head(tables);
	}
	if (t->table->single) {
		put_facts(tables, cells);
		return 0;
	}
	if (t->rows <= FA_HTML_PAGE_ROWS)
		put_row(tables, cells);
	data_row(t, cells);
	tables->page->failed = tables->page->failed || t->text.failed;
	return 0;
}

/* What is not in the page, or not without the script. */
static void put_rest(struct fa_html_tables *tables)
{
	const struct fa_html_table *t = tables->current;
	struct fa_html *page = tables->page;
	char number[FA_NUMBER_TEXT];
	char here[FA_NUMBER_TEXT];

	fa_html_putf(page, "<script type=\"application/json\" id=\"%s-rows\" data-count=\"%" PRIu64
			   "\">[%s]</script>\n",
		     t->table->id, t->rows - t->left_out, t->data_text);
	fa_html_putf(page, "<noscript><p class=\"quiet\">Here are the first %s of %s rows; the "
			   "others need JavaScript",
		     fa_number_text(FA_HTML_PAGE_ROWS, here), fa_number_text(t->rows, number));
	if (page->more != NULL) {
		fa_html_put(page, ", or <code>");
		fa_html_words(page, page->more);
		fa_html_put(page, "</code>");
	}
	fa_html_put(page, ".</p></noscript>\n");
	if (t->left_out == 0)
		return;
	fa_html_putf(page, "<p class=\"warning\"><strong>%s more rows are left out</strong>, so "
			   "that the page stays small enough to be sent",
		     fa_number_text(t->left_out, number));
	if (page->more != NULL) {
		fa_html_put(page, "; <code>");
		fa_html_words(page, page->more);
		fa_html_put(page, "</code> has all of them");
	}
	fa_html_put(page, ".</p>\n");
}

static int end(void *context)
{
	struct fa_html_tables *tables = context;
	struct fa_html_table *t = tables->current;
	const char *id;
	bool failed;

	if (t->table == NULL)
		return 0;
	failed = fflush(t->data) != 0 || ferror(t->data) != 0;
	if (t->rows == 0 && t->table->empty != NULL) {
		fa_html_section(tables->page, t->table->id, t->table->title);
		fa_html_put(tables->page, "<p>");
		fa_html_words(tables->page, t->table->empty);
		fa_html_put(tables->page, "</p>\n");
	}
	if (t->rows > 0 && !t->table->single)
		fa_html_put(tables->page, "</tbody></table></div>\n");
	if (t->rows > FA_HTML_PAGE_ROWS && !failed) {
		put_rest(tables);
		tables->page->data_room -= t->data_len < tables->page->data_room
						   ? t->data_len
						   : tables->page->data_room;
	}
	if (t->rows > 0 || t->table->empty != NULL)
		fa_html_section_end(tables->page);
	data_deinit(t);
	id = t->table->id;
	t->table = NULL;
	if (failed)
		return fa_fail(tables->page->diag, FA_ENOMEM, "out of memory for a table");
	return tables->after != NULL ? tables->after(tables->context, id) : 0;
}

struct fa_table_sink fa_html_sink(struct fa_html_tables *tables)
{
	return (struct fa_table_sink){tables, begin, row, end};
}

void fa_html_tables_deinit(struct fa_html_tables *tables)
{
	if (tables->current == NULL)
		return;
	data_deinit(tables->current);
	fa_buffer_deinit(&tables->current->text);
	free(tables->current);
	tables->current = NULL;
}
