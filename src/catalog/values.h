/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The values that catalogs are made of; each function is a row's reader (see reader.h). */
#ifndef FA_CATALOG_VALUES_H
#define FA_CATALOG_VALUES_H

#include "catalog/reader.h"

#define FA_CAT_LIST_MAX 128  /* items of a list in a rule */
#define FA_CAT_ID_MAX	64   /* bytes */
#define FA_CAT_TEXT_MAX 4096 /* bytes */

/* A set of words: texts by number. A number with an empty text is no word. */
struct fa_cat_words {
	const char *(*text)(unsigned value);
	unsigned count;
};

/* A scalar with something in it. EXPECTED says what should be there, for the complaint. */
bool fa_cat_is_value(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
		     const struct fa_cat_node *node, const char *expected);

/* A number in YAML stands without quotes. */
bool fa_cat_is_unquoted(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
			const struct fa_cat_node *node);

/* One letter or more, and all of them in LETTERS. */
bool fa_cat_consists_of(const char *text, const char *letters);

/* Copies the text into OUT, a const char **. */
bool fa_cat_keep(struct fa_cat_reader *r, const struct fa_cat_node *node, void *out);

/* A list of what READ reads into a const char *. */
bool fa_cat_read_strings(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
			 const struct fa_cat_node *node, struct fa_strings *strings,
			 fa_cat_read_fn *read);

/* Whether it is a text at all; noted when not. What YAML takes for "nothing" is not. */
bool fa_cat_is_text(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
		    const struct fa_cat_node *node);

/* [a-z0-9-]+ with no hyphen at either end or twice. */
bool fa_cat_is_id(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
		  const struct fa_cat_node *node);

fa_cat_read_fn fa_cat_read_text;       /* const char **: one line for people */
fa_cat_read_fn fa_cat_read_id;	       /* const char ** */
fa_cat_read_fn fa_cat_read_name;       /* const char **: of a protocol */
fa_cat_read_fn fa_cat_read_date;       /* const char **: YYYY-MM-DD, a day that exists */
fa_cat_read_fn fa_cat_read_bool;       /* bool * */
fa_cat_read_fn fa_cat_read_integer;    /* int64_t * */
fa_cat_read_fn fa_cat_read_word;       /* an enum; ARG: struct fa_cat_words */
fa_cat_read_fn fa_cat_read_transports; /* unsigned *: FA_RULE_TCP ... */
fa_cat_read_fn fa_cat_read_port;       /* struct fa_port_ranges *: of one number */
fa_cat_read_fn fa_cat_read_ports;      /* struct fa_port_ranges * */
fa_cat_read_fn fa_cat_read_ids;	       /* struct fa_strings * */
fa_cat_read_fn fa_cat_read_names;      /* struct fa_strings *: protocols */
fa_cat_read_fn fa_cat_read_hosts;      /* struct fa_strings * */
fa_cat_read_fn fa_cat_read_networks;   /* struct fa_prefixes * */
fa_cat_read_fn fa_cat_read_asns;       /* struct fa_numbers * */
fa_cat_read_fn fa_cat_read_pattern;    /* struct fa_pattern *: "4a 52 ??" */

#endif
