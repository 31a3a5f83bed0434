/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set of texts in the order they came, each with a number; private to src/report. The hash is
 * keyed, because the wire chooses some of the texts. */
#ifndef FA_REPORT_TEXTSET_H
#define FA_REPORT_TEXTSET_H

#include <stddef.h>
#include <stdint.h>

#include "base/siphash.h"
#include "base/slots.h"

#define FA_TEXT_NONE SIZE_MAX

struct fa_textset {
	char **items;
	size_t count, room;
	size_t bytes; /* of all texts */
	struct fa_slots slots;
	struct fa_hash_key key;
};

/* 0 or FA_ENOMEM. */
int fa_textset_init(struct fa_textset *names);
void fa_textset_deinit(struct fa_textset *names);

/* The number of TEXT, FA_TEXT_NONE when it is not there. */
size_t fa_textset_find(const struct fa_textset *names, const char *text);
/* The same, added when it is not there; FA_TEXT_NONE when memory is short. */
size_t fa_textset_add(struct fa_textset *names, const char *text);

#endif
