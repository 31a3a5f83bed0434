/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words in lines of at most 100 columns, for comments and lists of YAML. Not for other folders. */
#ifndef FA_SITE_LEARN_WRAP_H
#define FA_SITE_LEARN_WRAP_H

#include <stdbool.h>
#include <stdio.h>

struct fa_wrap {
	FILE *out;
	const char *next; /* what further lines begin with */
	size_t column;
	char pending[640]; /* the last word: it may become longer */
	bool is_glued;	   /* the next word follows without a space */
	bool is_first;	   /* of its line */
};

/* The first line begins with FIRST, further ones with NEXT, which must outlive WRAP. */
void fa_wrap_begin(struct fa_wrap *wrap, FILE *out, const char *first, const char *next);

/* Words between spaces. */
void fa_wrap_say(struct fa_wrap *wrap, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* TEXT directly behind the last word. */
void fa_wrap_join(struct fa_wrap *wrap, const char *text);

/* The next word stands directly behind the last one. */
void fa_wrap_glue(struct fa_wrap *wrap);

void fa_wrap_end(struct fa_wrap *wrap);

#endif
