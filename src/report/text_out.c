/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of a text report. */
#include "report/text_out.h"

#include <string.h>

#include "base/text.h"
#include "report/output.h"

#define DEFAULT_WIDTH 100
#define LEAST_WIDTH   60

void fa_text_out_init(struct fa_text_out *text, FILE *out, const struct fa_report_options *options)
{
	memset(text, 0, sizeof(*text));
	text->out = out;
	text->width = options->width == 0 ? DEFAULT_WIDTH : options->width;
	if (text->width < LEAST_WIDTH)
		text->width = LEAST_WIDTH;
	text->color = options->color;
	text->all = options->all;
}

void fa_text_out_deinit(struct fa_text_out *text)
{
	fa_buffer_deinit(&text->line);
}

int fa_text_out_check(struct fa_text_out *text, struct fa_diag *diag)
{
	if (text->line.failed)
		return fa_fail(diag, FA_ENOMEM, "out of memory while writing the report");
	return fa_output_check(text->out, diag);
}

/* ECMA-48 "select graphic rendition" codes. */
static const char *paint_code(enum fa_paint paint)
{
	switch (paint) {
	case FA_PAINT_NONE:
		break;
	case FA_PAINT_BOLD:
		return "\033[1m";
	case FA_PAINT_GOOD:
		return "\033[32m";
	case FA_PAINT_WARN:
		return "\033[33m";
	case FA_PAINT_BAD:
		return "\033[1;31m";
	case FA_PAINT_DIM:
		return "\033[2m";
	}
	return "";
}

enum fa_paint fa_verdict_paint(enum fa_verdict verdict)
{
	switch (verdict) {
	case FA_VERDICT_DOCUMENTED:
		return FA_PAINT_GOOD;
	case FA_VERDICT_WRONG_PROTOCOL:
	case FA_VERDICT_WRONG_ENDPOINT:
		return FA_PAINT_BAD;
	case FA_VERDICT_DISCOURAGED:
	case FA_VERDICT_UNDOCUMENTED:
	case FA_VERDICT_REFUSED:
		return FA_PAINT_WARN;
	case FA_VERDICT_WAIVED:
	case FA_VERDICT_INDETERMINATE:
	case FA_VERDICT_COUNT:
		break;
	}
	return FA_PAINT_DIM;
}

static void put_painted(struct fa_text_out *text, enum fa_paint paint, const char *words, size_t len)
{
	bool colored = text->color && paint != FA_PAINT_NONE;

	if (colored)
		fputs(paint_code(paint), text->out);
	fwrite(words, 1, len, text->out);
	if (colored)
		fputs("\033[0m", text->out);
}

/* Writes TEXT in at most COLUMNS columns; returns how many it took. */
static size_t put_cut(struct fa_text_out *text, enum fa_paint paint, const char *words,
		      size_t columns)
{
	size_t wide = fa_text_columns(words);

	if (wide <= columns) {
		put_painted(text, paint, words, strlen(words));
		return wide;
	}
	put_painted(text, paint, words, fa_text_prefix(words, columns - 1));
	fputs("…", text->out);
	return columns;
}

void fa_text_blank(struct fa_text_out *text)
{
	fputc('\n', text->out);
}

void fa_text_heading(struct fa_text_out *text, const char *heading)
{
	fa_text_blank(text);
	put_cut(text, FA_PAINT_BOLD, heading, text->width);
	fputc('\n', text->out);
}

void fa_text_line(struct fa_text_out *text, const char *line)
{
	put_cut(text, FA_PAINT_NONE, line, text->width);
	fputc('\n', text->out);
}

void fa_text_command(struct fa_text_out *text, unsigned indent, const char *words)
{
	fprintf(text->out, "%*s%s\n", (int)indent, "", words);
}

static void new_line(struct fa_text_out *text, unsigned indent)
{
	fprintf(text->out, "\n%*s", (int)indent, "");
}

/* Columns of the first LEN bytes of WORDS. */
static size_t columns_of(const char *words, size_t len)
{
	size_t columns = 0;

	for (size_t i = 0; i < len; i++)
		columns += ((unsigned char)words[i] & 0xc0) != 0x80;
	return columns;
}

/* Writes one word at COLUMN, broken over lines when it fits on none; returns the column after. */
static size_t put_word(struct fa_text_out *text, size_t column, unsigned indent, const char *word,
		       size_t len)
{
	size_t wide = columns_of(word, len);

	while (column + wide > text->width) {
		size_t room = text->width - column;
		size_t n = fa_text_prefix(word, room);

		fwrite(word, 1, n, text->out);
		new_line(text, indent);
		column = indent;
		word += n;
		len -= n;
		wide -= room;
	}
	fwrite(word, 1, len, text->out);
	return column + wide;
}

/* Writes WORDS from COLUMN on, and ends the line. */
static void wrap_from(struct fa_text_out *text, size_t column, unsigned indent, const char *words)
{
	bool gap = false;

	for (;;) {
		size_t len;

		words += strspn(words, " ");
		len = strcspn(words, " ");
		if (len == 0)
			break;
		if (gap && column + 1 + columns_of(words, len) > text->width) {
			new_line(text, indent);
			column = indent;
		} else if (gap) {
			fputc(' ', text->out);
			column++;
		}
		column = put_word(text, column, indent, words, len);
		words += len;
		gap = true;
	}
	fputc('\n', text->out);
}

void fa_text_wrap(struct fa_text_out *text, unsigned indent, const char *words)
{
	fprintf(text->out, "%*s", (int)indent, "");
	wrap_from(text, indent, indent, words);
}

void fa_text_wrap_lead(struct fa_text_out *text, const char *lead, enum fa_paint paint,
		       unsigned indent, const char *words)
{
	wrap_from(text, put_cut(text, paint, lead, text->width / 2), indent, words);
}

void fa_text_row(struct fa_text_out *text, const char *lead, enum fa_paint paint, const char *rest)
{
	size_t used = put_cut(text, paint, lead, text->width / 2);

	put_cut(text, FA_PAINT_NONE, rest, text->width - used);
	fputc('\n', text->out);
}

void fa_text_sides(struct fa_text_out *text, const char *left, const char *right)
{
	size_t wide_left = fa_text_columns(left);
	size_t wide_right = fa_text_columns(right);

	if (wide_left + 2 + wide_right > text->width) {
		fa_text_wrap(text, 0, left);
		fa_text_wrap(text, 0, right);
		return;
	}
	fprintf(text->out, "%s%*s%s\n", left, (int)(text->width - wide_left - wide_right), "",
		right);
}
