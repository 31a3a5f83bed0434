/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Diagnostics on stderr. One write per message, so that processes do not mix their lines. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ERASE_LINE "\r\033[K"

static bool is_quiet;
static bool is_over_status;

void fa_log_quiet(bool quiet)
{
	is_quiet = quiet;
}

void fa_log_over_status(bool over)
{
	is_over_status = over;
}

/*
 * A last net: whoever made the message should have escaped what came from outside. Control
 * characters, also in their two-byte form in UTF-8, become question marks.
 */
static void disarm(char *line)
{
	for (unsigned char *c = (unsigned char *)line; *c != '\0'; c++) {
		if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0)
			*c++ = '?'; /* the second byte alone is one for some terminals */
		else if (*c >= 0x20 && *c != 0x7f)
			continue;
		*c = '?';
	}
}

static void emit(const char *level, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

static void emit(const char *level, const char *format, va_list args)
{
	char line[1024];
	const char *before = is_over_status ? ERASE_LINE : "";
	size_t used;
	ssize_t written;

	snprintf(line, sizeof(line), "%sflowaudit: %s", before, level);
	used = strlen(line);
	vsnprintf(line + used, sizeof(line) - used - 1, format, args);
	disarm(line + strlen(before));
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

void fa_log_warn_line(void *context, const char *text)
{
	(void)context;
	fa_log_warn("%s", text);
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
