/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Diagnostics for the person at the terminal, on stderr: "flowaudit: ...". */
#ifndef FA_BASE_LOG_H
#define FA_BASE_LOG_H

#include <stdbool.h>

/* Errors are always printed; warnings and notes not after fa_log_quiet(true). */
void fa_log_quiet(bool quiet);
/* A terminal shows a status line that has no end: messages take its place. Children inherit it. */
void fa_log_over_status(bool over);
void fa_log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void fa_log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A warning from whoever takes a function for lines; CONTEXT is not used. */
void fa_log_warn_line(void *context, const char *text);
void fa_log_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
