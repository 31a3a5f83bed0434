/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making text from outside harmless. */
#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Length of the valid UTF-8 sequence at TEXT (RFC 3629 table 3-7 of Unicode), 0 when invalid.
 * The code point goes to *POINT.
 */
static size_t utf8_sequence(const uint8_t *text, size_t len, uint32_t *point)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n;
	uint32_t value;

	if (text[0] < 0x80) {
		*point = text[0];
		return 1;
	}
	if (text[0] >= 0xc2 && text[0] <= 0xdf) {
		n = 2;
		value = text[0] & 0x1fu;
	} else if ((text[0] & 0xf0) == 0xe0) {
		n = 3;
		value = text[0] & 0x0fu;
	} else if (text[0] >= 0xf0 && text[0] <= 0xf4) {
		n = 4;
		value = text[0] & 0x07u;
	} else {
		return 0;
	}
	if (n > len)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (text[i] & 0x3fu);
	}
	if (value < smallest[n] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*point = value;
	return n;
}

struct range {
	uint32_t low, high;
};

static bool is_harmful(uint32_t point)
{
	/* Controls, and what hides or turns text round (Unicode 15, Bidi_Control, Cf, Zl, Zp). */
	static const struct range harmful[] = {
		{0x00, 0x1f},	  {0x7f, 0x9f},	    {0xad, 0xad},     {0x61c, 0x61c},
		{0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff},
		{0xfff9, 0xfffb}, {0xfffe, 0xffff}, {0xe0000, 0xe007f},
	};

	for (size_t i = 0; i < sizeof(harmful) / sizeof(harmful[0]); i++)
		if (point >= harmful[i].low && point <= harmful[i].high)
			return true;
	return false;
}

/* Bytes of TEXT that can pass as one printable character, 0 when its first byte must be escaped. */
static size_t printable(const uint8_t *text, size_t len)
{
	uint32_t point = 0;
	size_t n = utf8_sequence(text, len, &point);

	return n == 0 || is_harmful(point) || point == '\\' ? 0 : n;
}

char *fa_text_safe(const char *text, size_t len, char *out, size_t out_size)
{
	const uint8_t *bytes = (const uint8_t *)text;
	size_t used = 0;

	for (size_t i = 0; i < len;) {
		char escape[5];
		size_t n = printable(bytes + i, len - i);
		const char *piece = n > 0 ? text + i : escape;
		size_t piece_len = n;

		if (n == 0) {
			if (bytes[i] == '\\')
				snprintf(escape, sizeof(escape), "\\\\");
			else
				snprintf(escape, sizeof(escape), "\\x%02x", bytes[i]);
			piece_len = strlen(escape);
			n = 1;
		}
		if (piece_len >= out_size - used)
			break;
		memcpy(out + used, piece, piece_len);
		used += piece_len;
		i += n;
	}
	out[used] = '\0';
	return out;
}

bool fa_text_is_safe(const char *text, size_t len)
{
	const uint8_t *bytes = (const uint8_t *)text;
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		n = printable(bytes + i, len - i);
		if (n == 0)
			return false;
	}
	return true;
}

size_t fa_text_columns(const char *text)
{
	size_t columns = 0;

	for (; *text != '\0'; text++)
		columns += ((uint8_t)*text & 0xc0) != 0x80;
	return columns;
}

/* Whether a shell takes it as it is, wherever it stands in a word that is not the first. */
static bool is_plain(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("_@%+:,./-", c) != NULL);
}

/* One character or byte of a quoted word; ESCAPES: within $'...'. Returns the bytes it took. */
static size_t put_quoted(char **to, const uint8_t *from, size_t len, bool escapes)
{
	size_t n = printable(from, len);

	if (*from == '\'')
		*to += sprintf(*to, escapes ? "\\'" : "'\\''");
	else if (*from == '\\')
		*to += sprintf(*to, escapes ? "\\\\" : "\\");
	else if (n == 0)
		*to += sprintf(*to, "\\%03o", *from);
	else
		*to += sprintf(*to, "%.*s", (int)n, (const char *)from);
	return n > 0 ? n : 1;
}

char *fa_text_shell(const char *text)
{
	const uint8_t *bytes = (const uint8_t *)text;
	size_t len = strlen(text);
	bool plain = len > 0;
	bool escapes = false;
	char *word = malloc(4 * len + sizeof("$''")); /* no byte becomes more than 4 */
	char *to = word;

	if (word == NULL)
		return NULL;
	for (size_t i = 0, n; i < len; i += n) {
		n = printable(bytes + i, len - i);
		plain = plain && is_plain(bytes[i]);
		escapes = escapes || (n == 0 && bytes[i] != '\\');
		n += n == 0;
	}
	if (plain)
		return strcpy(word, text);
	to += sprintf(to, "%s", escapes ? "$'" : "'");
	for (size_t i = 0; i < len;)
		i += put_quoted(&to, bytes + i, len - i, escapes);
	strcpy(to, "'");
	return word;
}

bool fa_text_copy(char *out, size_t out_size, const char *text)
{
	size_t len = strnlen(text, out_size);
	bool whole = len < out_size;

	if (!whole)
		len = out_size - 1;
	memcpy(out, text, len);
	out[len] = '\0';
	return whole;
}
