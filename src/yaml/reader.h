/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Turning nodes into values by tables: a mapping is read by a table of its keys, a value by one
 * function. What is wrong is noted and reading goes on, so that one look finds many mistakes.
 */
#ifndef FA_YAML_READER_H
#define FA_YAML_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/like.h"
#include "yaml/arena.h"
#include "yaml/errors.h"
#include "yaml/tree.h"

/* One file being read. Who needs more puts this first in a struct of its own. */
struct fa_yaml_reader {
	struct fa_yaml_arena *arena; /* holds what the values keep */
	struct fa_yaml_errors *errors;
	const struct fa_yaml_node *root;
};

/* Where we are, for messages: rule "x": "ports": ... */
struct fa_yaml_scope {
	const struct fa_yaml_scope *up;
	const char *kind; /* "rule ", or "" */
	const char *name;
};

/* Notes a mistake at a node; FORMAT goes on behind the scope. Always false. */
bool fa_yaml_wrong(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		   const struct fa_yaml_node *node, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * Reads NODE into OUT; ARG comes from the table. False when something was wrong (and noted), or
 * without memory (the arena remembers).
 */
typedef bool fa_yaml_read_fn(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			     const struct fa_yaml_node *node, void *out, const void *arg);

/* One key of a mapping. */
struct fa_yaml_field {
	const char *key; /* first: the table is a list of names */
	bool required;
	size_t offset; /* of the value in what the mapping is read into */
	fa_yaml_read_fn *read;
	const void *arg;
};

struct fa_yaml_fields {
	const struct fa_yaml_field *items;
	size_t count;
};

/* Unknown keys are wrong, required ones have to be there; values are read in table order. */
bool fa_yaml_read_fields(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			 const struct fa_yaml_node *node, void *out,
			 const struct fa_yaml_fields *fields);

bool fa_yaml_is_mapping(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			const struct fa_yaml_node *node);

/* A list with at least one and at most MAX items, no text twice. */
bool fa_yaml_is_list(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		     const struct fa_yaml_node *node, size_t max);

/*
 * Reads every item of a list with READ into an array of items of SIZE bytes. What comes out is
 * a {const T *items; size_t count} pair: ITEMS is the array, *COUNT how many were read.
 */
void *fa_yaml_read_items(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			 const struct fa_yaml_node *list, size_t size, fa_yaml_read_fn *read,
			 const void *arg, size_t *count);

/* A mapping from names to things: each entry is read into the next item of an array. */
struct fa_yaml_entries {
	const char *kind; /* for messages */
	size_t size;	  /* of an item; begins with its name */
	size_t max;
	fa_yaml_read_fn *is_name; /* the key, into the item */
	fa_yaml_read_fn *read;	  /* the value, into the item */
};

/* The array, and in *COUNT how many entries it has; those without a proper name are left out. */
void *fa_yaml_read_entries(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			   const struct fa_yaml_node *node, const struct fa_yaml_entries *entries,
			   size_t *count);

#endif
