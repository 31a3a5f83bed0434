/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Help, as wide as the terminal is. */
#ifndef FA_CMD_USAGE_H
#define FA_CMD_USAGE_H

#include <stdio.h>

#include "cmd/command.h"
#include "cmd/option_table.h"

/* Columns for help on OUT: those of its terminal, 80 when it is none; 40 to 100. */
unsigned fa_help_width(FILE *out);

/* The help of COMMAND, or of one of its verbs unless that is NULL. */
void fa_print_help(FILE *out, const struct fa_command *command, const struct fa_verb *verb);

/*
 * Prints TEXT in WIDTH columns. Lines that begin with a space stand as they are; with "  COMMAND",
 * two spaces or more, and a text, the texts of such lines stand below each other. Others are
 * paragraphs, filled up again.
 */
void fa_print_text(FILE *out, const char *text, unsigned width);

#endif
