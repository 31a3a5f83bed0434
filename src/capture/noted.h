/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The names of addresses that capture files note down: each name of an address once. Private to
 * this folder.
 */
#ifndef FA_CAPTURE_NOTED_H
#define FA_CAPTURE_NOTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/siphash.h"
#include "base/slots.h"
#include "core/name.h"

struct fa_noted_name {
	struct fa_addr address;
	uint32_t at; /* of its text in `texts` */
};

struct fa_noted {
	struct fa_noted_name *items;
	size_t count, room;
	char *texts;
	size_t texts_len, texts_room;
	struct fa_slots slots;
	struct fa_hash_key key;
	uint64_t more; /* for which there was no room */
};

/* 0 or FA_ENOMEM. */
int fa_noted_init(struct fa_noted *noted);
void fa_noted_deinit(struct fa_noted *noted);

/*
 * Takes LEN bytes of a name as they stand in the file. What is no host name is left out: too long,
 * empty, with bytes that DNS answers may not have either, or the address itself as text. 0 or
 * FA_ENOMEM.
 */
int fa_noted_add(struct fa_noted *noted, const struct fa_addr *address, const char *name,
		 size_t len);

/* Name INDEX as an answer of nobody to nobody: by_capture. */
void fa_noted_get(const struct fa_noted *noted, size_t index, struct fa_name_answer *out);

#endif
