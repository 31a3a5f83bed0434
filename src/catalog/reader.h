/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Turning nodes into values by tables: a mapping is read by a table of its keys, a value by one
 * function. What is wrong is noted and reading goes on, so that one look finds many mistakes.
 */
#ifndef FA_CATALOG_READER_H
#define FA_CATALOG_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "catalog/arena.h"
#include "catalog/errors.h"
#include "catalog/nearest.h"
#include "catalog/tree.h"
#include "core/rule.h"

/* One catalog being read. */
struct fa_cat_reader {
	struct fa_cat_arena *arena; /* of the rulebook */
	struct fa_cat_errors *errors;
	const struct fa_cat_node *root;
	const char *stem;	    /* file name without .yaml: what the product has to be called */
	struct fa_product *product; /* being filled */
	struct fa_parameter *parameters;  /* the product's, still writable */
	struct fa_rule *rules;		  /* the product's, still writable */
	const struct fa_cat_node **nodes; /* of the rules, for what is looked up later */
	size_t rule_capacity;
	size_t rule_count;
	const struct fa_component *component; /* being read */
};

/* Where we are, for messages: rule "x": "ports": ... */
struct fa_cat_scope {
	const struct fa_cat_scope *up;
	const char *kind; /* "rule ", or "" */
	const char *name;
};

/* Notes a mistake at a node; FORMAT goes on behind the scope. Always false. */
bool fa_cat_wrong(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
		  const struct fa_cat_node *node, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * Reads NODE into OUT; ARG comes from the table. False when something was wrong (and noted), or
 * without memory (the arena remembers).
 */
typedef bool fa_cat_read_fn(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
			    const struct fa_cat_node *node, void *out, const void *arg);

/* One key of a mapping. */
struct fa_cat_field {
	const char *key; /* first: the table is a list of names */
	bool required;
	size_t offset; /* of the value in what the mapping is read into */
	fa_cat_read_fn *read;
	const void *arg;
};

struct fa_cat_fields {
	const struct fa_cat_field *items;
	size_t count;
};

/* Unknown keys are wrong, required ones have to be there; values are read in table order. */
bool fa_cat_read_fields(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
			const struct fa_cat_node *node, void *out,
			const struct fa_cat_fields *fields);

bool fa_cat_is_mapping(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
		       const struct fa_cat_node *node);

/* A list with at least one and at most MAX items, no text twice. */
bool fa_cat_is_list(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
		    const struct fa_cat_node *node, size_t max);

/*
 * Reads every item of a list with READ into an array of items of SIZE bytes. What comes out is
 * a {const T *items; size_t count} pair: ITEMS is the array, *COUNT how many were read.
 */
void *fa_cat_read_items(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
			const struct fa_cat_node *list, size_t size, fa_cat_read_fn *read,
			const void *arg, size_t *count);

#endif
