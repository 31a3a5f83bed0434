/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of addresses that become one end of an opening; private to src/site. */
#ifndef FA_SITE_ADDRESSES_H
#define FA_SITE_ADDRESSES_H

#include "core/opening.h"

/* A failed allocation is remembered in `failed` and makes every later step a no-op. */
struct fa_addresses {
	struct fa_opening_addr *items;
	size_t count, room;
	bool failed;
};

void fa_addresses_deinit(struct fa_addresses *list);

/* LABEL is borrowed; NULL: none. */
void fa_addresses_add(struct fa_addresses *list, const struct fa_prefix *prefix, const char *label);

/* Sorts the list and takes out what lies within another entry. */
void fa_addresses_tidy(struct fa_addresses *list);

/* Adds what the wanted systems announce, without the more specific prefixes of others in it. */
void fa_addresses_add_systems(struct fa_addresses *list, const struct fa_as_list *systems,
			      const struct fa_numbers *wanted);

/* Keeps of LIST what lies in one of OTHER, too. */
void fa_addresses_keep(struct fa_addresses *list, const struct fa_addresses *other);

#endif
