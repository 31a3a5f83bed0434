/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Completion in shells. The scripts, in completions/, get their tables from the program when it is
 * built, so that they know what it knows; what only a machine knows (products, runs) they ask it
 * for when they are used.
 */
#ifndef FA_CMD_COMPLETION_H
#define FA_CMD_COMPLETION_H

#include <stdio.h>

/* flowaudit help --completion SHELL: the tables for "bash" or "zsh". An exit status. */
int fa_print_completion(const char *shell);

/* flowaudit help --values products|runs|baselines [--rules DIR]... [--db FILE]: a word a line. An exit
 * status; what cannot be read has no words and is not said. */
int fa_print_values(int argc, char **argv);

void fa_completion_bash(FILE *out);
void fa_completion_zsh(FILE *out);

#endif
