/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Diagnostics on stderr. One write per message, so that processes do not mix their lines. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool is_quiet;

void fa_log_quiet(bool quiet)
{
	is_quiet = quiet;
}

static void emit(const char *level, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

static void emit(const char *level, const char *format, va_list args)
{
	char line[1024];
	size_t used;
	ssize_t written;

	snprintf(line, sizeof(line), "flowaudit: %s", level);
	used = strlen(line);
	vsnprintf(line + used, sizeof(line) - used - 1, format, args);
	used = strlen(line);
	line[used] = '\n';
	written = write(STDERR_FILENO, line, used + 1);
	(void)written; /* nowhere left to complain */
}

void fa_log_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	emit("", format, args);
	va_end(args);
}

void fa_log_warn(const char *format, ...)
{
	va_list args;

	if (is_quiet)
		return;
	va_start(args, format);
	emit("warning: ", format, args);
	va_end(args);
}

void fa_log_note(const char *format, ...)
{
	va_list args;

	if (is_quiet)
		return;
	va_start(args, format);
	emit("", format, args);
	va_end(args);
}
