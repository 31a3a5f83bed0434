/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A YAML document as a tree whose nodes know their line and column. What our files do not need
 * is refused: aliases, anchors, tags, several documents, deep nesting, huge lists.
 */
#ifndef FA_YAML_TREE_H
#define FA_YAML_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "yaml/errors.h"

#define FA_YAML_DEPTH_MAX 12
#define FA_YAML_ITEMS_MAX 4096 /* in one list or mapping */

enum fa_yaml_node_kind { FA_YAML_TEXT, FA_YAML_LIST, FA_YAML_MAPPING };

struct fa_yaml_node {
	enum fa_yaml_node_kind kind;
	unsigned line, column; /* from 1 */
	const char *text;      /* TEXT: ends with NUL, holds none inside */
	size_t len;
	uint64_t hash;			  /* TEXT */
	bool quoted;			  /* TEXT in quotes, or a block (| or >) */
	const struct fa_yaml_node *key;	  /* of a mapping's entry */
	const struct fa_yaml_node *first; /* LIST, MAPPING */
	const struct fa_yaml_node *next;  /* within the same list or mapping */
	size_t count;			  /* LIST, MAPPING */
};

/* The document in ARENA, or NULL after an error was noted (or without memory). */
const struct fa_yaml_node *fa_yaml_tree(const char *text, size_t len, struct fa_yaml_arena *arena,
					struct fa_yaml_errors *errors);

/* The value of a key, or NULL. MAPPING may be NULL or of another kind: NULL then. */
const struct fa_yaml_node *fa_yaml_node_get(const struct fa_yaml_node *mapping, const char *key);

/* "a text", "a list" ... for messages. */
const char *fa_yaml_node_text(const struct fa_yaml_node *node);

/* A text from the file made fit for a message: harmless, and cut when long. */
struct fa_yaml_quote {
	char text[96];
};
const char *fa_yaml_quote(struct fa_yaml_quote *quote, const struct fa_yaml_node *node);

#endif
