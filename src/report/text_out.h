/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines of a text report: never wider than asked for, wrapped at spaces or cut with an ellipsis.
 * Whoever writes a line has made foreign text harmless already (fa_buffer_safe).
 */
#ifndef FA_REPORT_TEXT_OUT_H
#define FA_REPORT_TEXT_OUT_H

#include <stdio.h>

#include "report/buffer.h"
#include "report/report.h"

/* What colour a word gets, when colours are asked for. */
enum fa_paint { FA_PAINT_NONE, FA_PAINT_BOLD, FA_PAINT_GOOD, FA_PAINT_WARN, FA_PAINT_BAD,
		FA_PAINT_DIM };

struct fa_text_out {
	FILE *out;
	unsigned width;
	bool color;
	bool all;
	struct fa_buffer line; /* for the line that is being made; whoever uses it resets it */
};

void fa_text_out_init(struct fa_text_out *text, FILE *out, const struct fa_report_options *options);
void fa_text_out_deinit(struct fa_text_out *text);

/* Whether all went well so far: FA_ENOMEM, FA_EFULL or FA_EIO with a message if not. */
int fa_text_out_check(struct fa_text_out *text, struct fa_diag *diag);

void fa_text_blank(struct fa_text_out *text);
/* A blank line, then HEADING in bold. */
void fa_text_heading(struct fa_text_out *text, const char *heading);
/* One line, cut when too wide. */
void fa_text_line(struct fa_text_out *text, const char *line);
/* On a line of its own, unbroken whatever its width, so that it can be copied. */
void fa_text_command(struct fa_text_out *text, unsigned indent, const char *words);
/* Wrapped; every line is indented by INDENT spaces. */
void fa_text_wrap(struct fa_text_out *text, unsigned indent, const char *words);
/*
 * LEAD (painted, cut when wider than half the line), then WORDS wrapped; further lines are
 * indented by INDENT.
 */
void fa_text_wrap_lead(struct fa_text_out *text, const char *lead, enum fa_paint paint,
		       unsigned indent, const char *words);

/* One line: LEAD (painted) and REST as they are, cut when too wide together. */
void fa_text_row(struct fa_text_out *text, const char *lead, enum fa_paint paint, const char *rest);

/* LEFT, then RIGHT flush with the right margin (or on a line of its own). */
void fa_text_sides(struct fa_text_out *text, const char *left, const char *right);

enum fa_paint fa_verdict_paint(enum fa_verdict verdict);

#endif
