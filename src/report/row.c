/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of a table on their way to a sink. */
#include "report/row.h"

#include <inttypes.h>
#include <string.h>

#include "base/time.h"

void fa_cell_add(struct fa_buffer *out, enum fa_cell_kind kind, const struct fa_cell *cell)
{
	char time[FA_TIME_TEXT];

	if (cell->none)
		return;
	switch (kind) {
	case FA_CELL_TEXT:
	case FA_CELL_VERDICT:
		if (cell->harmless && cell->text != NULL)
			fa_buffer_add(out, cell->text);
		else
			fa_buffer_safe(out, cell->text);
		break;
	case FA_CELL_COUNT:
	case FA_CELL_BYTES:
	case FA_CELL_ID:
		fa_buffer_addf(out, "%" PRIu64, cell->count);
		break;
	case FA_CELL_TIME:
		fa_buffer_add(out, fa_time_text(cell->ns, time));
		break;
	}
}

void fa_row_deinit(struct fa_row *row)
{
	for (size_t i = 0; i < FA_ROW_CELLS; i++)
		fa_buffer_deinit(&row->made[i]);
}

int fa_row_begin(struct fa_row *row, const struct fa_table *table)
{
	int err = row->sink->begin(row->sink->context, table);

	row->table = table;
	row->count = 0;
	row->skipped = err == FA_TABLE_SKIP;
	return row->skipped ? 0 : err;
}

int fa_row_end(struct fa_row *row)
{
	row->table = NULL;
	return row->skipped ? 0 : row->sink->end(row->sink->context);
}

/* The next column. There is always one: a row with too many cells is refused as a whole. */
static size_t next_column(struct fa_row *row)
{
	size_t column = row->count < FA_ROW_CELLS ? row->count : FA_ROW_CELLS - 1;

	row->count++;
	memset(&row->cells[column], 0, sizeof(row->cells[column]));
	return column;
}

static struct fa_cell *next(struct fa_row *row)
{
	return &row->cells[next_column(row)];
}

void fa_row_text(struct fa_row *row, const char *text)
{
	next(row)->text = text;
}

void fa_row_count(struct fa_row *row, uint64_t count)
{
	next(row)->count = count;
}

void fa_row_time(struct fa_row *row, int64_t ns)
{
	next(row)->ns = ns;
}

void fa_row_none(struct fa_row *row)
{
	next(row)->none = true;
}

void fa_row_yes(struct fa_row *row, bool yes)
{
	next(row)->text = yes ? "yes" : "no";
}

struct fa_buffer *fa_row_make(struct fa_row *row)
{
	size_t column = next_column(row);

	fa_buffer_reset(&row->made[column]);
	/* Its text is looked up when nobody adds to it any more. */
	row->cells[column].harmless = true;
	return &row->made[column];
}

void fa_row_addr(struct fa_row *row, const struct fa_addr *addr)
{
	char text[FA_ADDR_TEXT];

	if (addr->version == 0)
		fa_row_none(row);
	else
		fa_buffer_add(fa_row_make(row), fa_addr_text(addr, text));
}

void fa_row_digits(struct fa_row *row, uint64_t hash)
{
	fa_buffer_addf(fa_row_make(row), "%016" PRIx64, hash);
}

void fa_row_seen(struct fa_row *row, int64_t first_ns, int64_t last_ns)
{
	if (first_ns > last_ns) {
		fa_row_none(row);
		fa_row_none(row);
		return;
	}
	fa_row_time(row, first_ns);
	fa_row_time(row, last_ns);
}

int fa_row_put(struct fa_row *row)
{
	size_t count = row->count;

	row->count = 0;
	if (count != row->table->column_count)
		return fa_fail(row->diag, FA_EINVAL, "table %s has %zu columns, not %zu",
			       row->table->id, row->table->column_count, count);
	if (row->skipped)
		return 0;
	for (size_t i = 0; i < count && i < FA_ROW_CELLS; i++) {
		if (!row->cells[i].harmless)
			continue;
		if (row->made[i].failed)
			return fa_fail(row->diag, FA_ENOMEM, "out of memory while making a table");
		row->cells[i].text = fa_buffer_text(&row->made[i]);
	}
	return row->sink->row(row->sink->context, row->cells);
}
