/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words in lines of at most 100 columns. */
#include "site/learn_wrap.h"

#include <stdarg.h>
#include <string.h>

#include "base/text.h"

enum { WIDTH = 100 };

void fa_wrap_begin(struct fa_wrap *wrap, FILE *out, const char *first, const char *next)
{
	memset(wrap, 0, sizeof(*wrap));
	wrap->out = out;
	wrap->next = next;
	wrap->is_first = true;
	wrap->column = strlen(first);
	fputs(first, out);
}

/* Writes the last word, on a line of its own when it does not fit. */
static void flush(struct fa_wrap *wrap)
{
	size_t columns = fa_text_columns(wrap->pending);

	if (columns == 0)
		return;
	if (!wrap->is_first && wrap->column + 1 + columns > WIDTH) {
		fprintf(wrap->out, "\n%s", wrap->next);
		wrap->column = strlen(wrap->next);
		wrap->is_first = true;
	}
	fprintf(wrap->out, "%s%s", wrap->is_first ? "" : " ", wrap->pending);
	wrap->column += columns + !wrap->is_first;
	wrap->is_first = false;
	wrap->pending[0] = '\0';
}

/* What is longer than any name of ours is cut off: paths may be. */
static void add(struct fa_wrap *wrap, const char *word, size_t len)
{
	size_t used = strlen(wrap->pending);

	if (len >= sizeof(wrap->pending) - used)
		len = sizeof(wrap->pending) - used - 1;
	memcpy(wrap->pending + used, word, len);
	wrap->pending[used + len] = '\0';
}

void fa_wrap_say(struct fa_wrap *wrap, const char *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	for (const char *at = text + strspn(text, " "); *at != '\0'; at += strspn(at, " ")) {
		size_t len = strcspn(at, " ");

		if (!wrap->is_glued)
			flush(wrap);
		wrap->is_glued = false;
		add(wrap, at, len);
		at += len;
	}
}

void fa_wrap_join(struct fa_wrap *wrap, const char *text)
{
	add(wrap, text, strlen(text));
}

void fa_wrap_glue(struct fa_wrap *wrap)
{
	wrap->is_glued = true;
}

void fa_wrap_end(struct fa_wrap *wrap)
{
	flush(wrap);
	fputc('\n', wrap->out);
}
