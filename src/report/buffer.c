/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Growing text and number formats. */
#include "report/buffer.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

void fa_buffer_deinit(struct fa_buffer *buffer)
{
	free(buffer->text);
	memset(buffer, 0, sizeof(*buffer));
}

void fa_buffer_reset(struct fa_buffer *buffer)
{
	buffer->len = 0;
	if (buffer->text != NULL)
		buffer->text[0] = '\0';
}

const char *fa_buffer_text(const struct fa_buffer *buffer)
{
	return buffer->text != NULL ? buffer->text : "";
}

/* Makes room for MORE bytes and a final NUL. */
static bool reserve(struct fa_buffer *buffer, size_t more)
{
	size_t need = buffer->len + more + 1;
	size_t size = buffer->size > 0 ? buffer->size : 256;
	char *text;

	if (buffer->failed)
		return false;
	if (need <= buffer->size)
		return true;
	while (size < need)
		size *= 2;
	text = realloc(buffer->text, size);
	if (text == NULL) {
		buffer->failed = true;
		return false;
	}
	buffer->text = text;
	buffer->size = size;
	return true;
}

static void append(struct fa_buffer *buffer, const char *text, size_t len)
{
	if (!reserve(buffer, len))
		return;
	memcpy(buffer->text + buffer->len, text, len);
	buffer->len += len;
	buffer->text[buffer->len] = '\0';
}

void fa_buffer_add(struct fa_buffer *buffer, const char *text)
{
	append(buffer, text, strlen(text));
}

void fa_buffer_addf(struct fa_buffer *buffer, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0 || !reserve(buffer, (size_t)n))
		return;
	va_start(args, format);
	vsnprintf(buffer->text + buffer->len, (size_t)n + 1, format, args);
	va_end(args);
	buffer->len += (size_t)n;
}

void fa_buffer_safe(struct fa_buffer *buffer, const char *text)
{
	size_t at;

	if (text == NULL)
		return;
	while (*text != '\0') {
		size_t len = strcspn(text, "\n\t\r");

		/* Four bytes for each is the longest escape. */
		if (!reserve(buffer, 4 * len + 1))
			return;
		at = buffer->len;
		fa_text_safe(text, len, buffer->text + at, 4 * len + 1);
		buffer->len += strlen(buffer->text + at);
		text += len;
		if (*text != '\0') {
			append(buffer, " ", 1);
			text++;
		}
	}
}

size_t fa_text_prefix(const char *text, size_t columns)
{
	size_t i = 0;

	while (text[i] != '\0') {
		if (((unsigned char)text[i] & 0xc0) != 0x80) {
			if (columns == 0)
				break;
			columns--;
		}
		i++;
	}
	return i;
}

void fa_buffer_clip(struct fa_buffer *buffer, const char *text, size_t columns)
{
	size_t start = buffer->len;

	fa_buffer_safe(buffer, text);
	if (buffer->len == start || fa_text_columns(buffer->text + start) <= columns)
		return;
	buffer->len = start + fa_text_prefix(buffer->text + start, columns > 0 ? columns - 1 : 0);
	buffer->text[buffer->len] = '\0';
	fa_buffer_add(buffer, "…");
}

void fa_buffer_clip_front(struct fa_buffer *buffer, const char *text, size_t columns)
{
	size_t start = buffer->len;
	size_t all, from, ellipsis;

	fa_buffer_safe(buffer, text);
	if (buffer->len == start)
		return;
	all = fa_text_columns(buffer->text + start);
	if (all <= columns || columns == 0)
		return;
	ellipsis = strlen("…");
	from = start + fa_text_prefix(buffer->text + start, all - columns + 1);
	if (from - start < ellipsis)
		return; /* what goes is shorter than what would stand for it */
	memcpy(buffer->text + start, "…", ellipsis);
	memmove(buffer->text + start + ellipsis, buffer->text + from, buffer->len - from + 1);
	buffer->len -= from - start - ellipsis;
}

void fa_buffer_count(struct fa_buffer *buffer, uint64_t count, const char *one, const char *many)
{
	char number[FA_NUMBER_TEXT];

	fa_buffer_addf(buffer, "%s %s", fa_number_text(count, number), count == 1 ? one : many);
}

char *fa_number_text(uint64_t number, char text[FA_NUMBER_TEXT])
{
	char digits[FA_NUMBER_TEXT];
	size_t len = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, number);
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			text[used++] = ',';
		text[used++] = digits[i];
	}
	text[used] = '\0';
	return text;
}

/* N divided by UNIT, to the nearest. */
static uint64_t rounded(uint64_t n, uint64_t unit)
{
	return n / unit + (n % unit >= unit - n % unit ? 1 : 0);
}

char *fa_bytes_text(uint64_t bytes, char text[FA_NUMBER_TEXT])
{
	static const struct {
		uint64_t unit;
		const char *name;
	} units[] = {
		{1000ull * 1000, "MB"},
		{1000ull * 1000 * 1000, "GB"},
		{1000ull * 1000 * 1000 * 1000, "TB"},
		{1000ull * 1000 * 1000 * 1000 * 1000, "PB"},
		{1000ull * 1000 * 1000 * 1000 * 1000 * 1000, "EB"},
	};
	uint64_t tenths;
	size_t i;

	if (bytes < 1000) {
		snprintf(text, FA_NUMBER_TEXT, "%" PRIu64 " B", bytes);
		return text;
	}
	if (rounded(bytes, 1000) < 1000) {
		snprintf(text, FA_NUMBER_TEXT, "%" PRIu64 " kB", rounded(bytes, 1000));
		return text;
	}
	for (i = 0; i < sizeof(units) / sizeof(units[0]) - 1; i++)
		if (rounded(bytes, units[i].unit / 10) < 10000)
			break;
	tenths = rounded(bytes, units[i].unit / 10);
	snprintf(text, FA_NUMBER_TEXT, "%" PRIu64 ".%" PRIu64 " %s", tenths / 10, tenths % 10,
		 units[i].name);
	return text;
}

char *fa_percent_text(uint64_t part, uint64_t whole, char text[FA_NUMBER_TEXT])
{
	double percent = whole == 0 ? 0 : 100.0 * (double)part / (double)whole;

	if (part == 0 || whole == 0)
		return strcpy(text, "0%");
	if (part >= whole)
		return strcpy(text, "100%");
	if (percent < 0.01)
		return strcpy(text, "<0.01%");
	if (percent > 99.9)
		percent = 99.9;
	snprintf(text, FA_NUMBER_TEXT, percent < 1 ? "%.2f%%" : "%.1f%%", percent);
	return text;
}
