/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A growing text, and the few number formats of reports. A failed allocation is remembered in
 * `failed` and makes every later step a no-op: check once, at the end.
 */
#ifndef FA_REPORT_BUFFER_H
#define FA_REPORT_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fa_buffer {
	char *text; /* use fa_buffer_text: NULL while nothing was added */
	size_t len, size;
	bool failed;
};

void fa_buffer_deinit(struct fa_buffer *buffer);
void fa_buffer_reset(struct fa_buffer *buffer);
const char *fa_buffer_text(const struct fa_buffer *buffer); /* never NULL */

/* Our own words: text that stands in this program. */
void fa_buffer_add(struct fa_buffer *buffer, const char *text);
void fa_buffer_addf(struct fa_buffer *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Anybody else's text, made harmless; new lines and tabs become spaces. NULL is "". */
void fa_buffer_safe(struct fa_buffer *buffer, const char *text);
/* The same, cut to COLUMNS with an ellipsis. */
void fa_buffer_clip(struct fa_buffer *buffer, const char *text, size_t columns);
/* The same, but its beginning goes: of a path the end tells more. */
void fa_buffer_clip_front(struct fa_buffer *buffer, const char *text, size_t columns);
/* Our own word in the plural unless COUNT is 1: "1,204 flows". */
void fa_buffer_count(struct fa_buffer *buffer, uint64_t count, const char *one, const char *many);

/* Space for any number as text. */
#define FA_NUMBER_TEXT 32

char *fa_number_text(uint64_t number, char text[FA_NUMBER_TEXT]); /* "48,201,336" */
char *fa_bytes_text(uint64_t bytes, char text[FA_NUMBER_TEXT]);	  /* "21.4 GB", powers of 1000 */
/* PART of WHOLE: "0%", "<0.01%", "0.02%", "1.3%"; "100%" only when it is all. */
char *fa_percent_text(uint64_t part, uint64_t whole, char text[FA_NUMBER_TEXT]);

/* Bytes at the start of TEXT that fill at most COLUMNS columns. */
size_t fa_text_prefix(const char *text, size_t columns);

#endif
