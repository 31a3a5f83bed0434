/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The values that our files are made of; each function is a row's reader (see reader.h). */
#ifndef FA_YAML_VALUES_H
#define FA_YAML_VALUES_H

#include "core/rule.h"
#include "yaml/reader.h"

#define FA_YAML_LIST_MAX 128  /* items of a list in a rule */
#define FA_YAML_ID_MAX	 64   /* bytes */
#define FA_YAML_TEXT_MAX 4096 /* bytes */

/* A set of words: texts by number. A number with an empty text is no word. */
struct fa_yaml_words {
	const char *(*text)(unsigned value);
	unsigned count;
};

/* A scalar with something in it. EXPECTED says what should be there, for the complaint. */
bool fa_yaml_is_value(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		      const struct fa_yaml_node *node, const char *expected);

/* A number in YAML stands without quotes. */
bool fa_yaml_is_unquoted(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			 const struct fa_yaml_node *node);

/* One letter or more, and all of them in LETTERS. */
bool fa_yaml_consists_of(const char *text, const char *letters);

/* Copies the text into OUT, a const char **. */
bool fa_yaml_keep(struct fa_yaml_reader *r, const struct fa_yaml_node *node, void *out);

/* Labels of a host name; "*" is allowed as the first when others follow (RFC 1035, RFC 4592). */
bool fa_yaml_is_host_name(const char *text);

/* A list of what READ reads into a const char *. */
bool fa_yaml_read_strings(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			  const struct fa_yaml_node *node, struct fa_strings *strings,
			  fa_yaml_read_fn *read);

/* Whether it is a text at all; noted when not. What YAML takes for "nothing" is not. */
bool fa_yaml_is_text(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		     const struct fa_yaml_node *node);

/* [a-z0-9-]+ with no hyphen at either end or twice. */
bool fa_yaml_is_id(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		   const struct fa_yaml_node *node);

/* Whether the root is a mapping with "format: FORMAT"; noted when not. WHAT: the kind of file. */
bool fa_yaml_format_is(struct fa_yaml_reader *r, int64_t format, const char *what);

fa_yaml_read_fn fa_yaml_read_checked;	 /* nothing: the value was checked before */
fa_yaml_read_fn fa_yaml_read_text;	 /* const char **: one line for people */
fa_yaml_read_fn fa_yaml_read_id;	 /* const char ** */
fa_yaml_read_fn fa_yaml_read_name;	 /* const char **: of a protocol */
fa_yaml_read_fn fa_yaml_read_date;	 /* const char **: YYYY-MM-DD, a day that exists */
fa_yaml_read_fn fa_yaml_read_bool;	 /* bool * */
fa_yaml_read_fn fa_yaml_read_integer;	 /* int64_t * */
fa_yaml_read_fn fa_yaml_read_word;	 /* an enum; ARG: struct fa_yaml_words */
fa_yaml_read_fn fa_yaml_read_transports; /* unsigned *: FA_RULE_TCP ... */
fa_yaml_read_fn fa_yaml_read_port;	 /* struct fa_port_ranges *: of one number */
fa_yaml_read_fn fa_yaml_read_ports;	 /* struct fa_port_ranges * */
fa_yaml_read_fn fa_yaml_read_port_or_ports; /* the same; a number or range needs no list */
fa_yaml_read_fn fa_yaml_read_ids;	 /* struct fa_strings * */
fa_yaml_read_fn fa_yaml_read_names;	 /* struct fa_strings *: protocols */
fa_yaml_read_fn fa_yaml_read_hosts;	 /* struct fa_strings * */
fa_yaml_read_fn fa_yaml_read_networks;	 /* struct fa_prefixes * */
fa_yaml_read_fn fa_yaml_read_asns;	 /* struct fa_numbers * */
fa_yaml_read_fn fa_yaml_read_pattern;	 /* struct fa_pattern *: "4a 52 ??" */

/* Says why the text of NODE is no address or prefix, and what was meant; always false. */
bool fa_yaml_no_prefix(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		       const struct fa_yaml_node *node);

#endif
