/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The steps from a document to checked waivers. */
#ifndef FA_SITE_WAIVERS_READ_H
#define FA_SITE_WAIVERS_READ_H

#include "site/waivers.h"
#include "yaml/reader.h"

/* One file being read. */
struct fa_waiver_reader {
	struct fa_yaml_reader yaml; /* first: see fa_waiver_reader_of */
	const struct fa_site *site;
	bool partial; /* see struct fa_waiver_options */
	bool left_out; /* the waiver in work is for an instance that is not there */
	struct fa_like_names protocols; /* that may be used; items NULL: any */
	struct fa_waiver *items;
	size_t count; /* those without a mistake */
};

/* The waivers' reader, of which YAML is the first member. */
static inline struct fa_waiver_reader *fa_waiver_reader_of(struct fa_yaml_reader *yaml)
{
	return (struct fa_waiver_reader *)(void *)yaml;
}

/* waivers_read.c: the whole file; the reader's root is set. */
void fa_waivers_read(struct fa_waiver_reader *r);

/* waivers_end.c: "client" and "server" into struct fa_waiver_end; ARG: not NULL if it may be a host
 * name. */
fa_yaml_read_fn fa_waiver_read_end;

/* waivers_check.c: what a waiver as a whole covers; sets "broad". False when a mistake was noted.
 */
bool fa_waiver_check(struct fa_waiver_reader *r, const struct fa_yaml_scope *scope,
		     const struct fa_yaml_node *node, struct fa_waiver *waiver);

#endif
