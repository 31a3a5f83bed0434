/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The steps from a document to checked rules, in the order in which src/catalog/catalog.c goes. */
#ifndef FA_CATALOG_READ_H
#define FA_CATALOG_READ_H

#include "catalog/catalog.h"
#include "core/rule.h"
#include "yaml/reader.h"

/* One catalog being read. */
struct fa_cat_reader {
	struct fa_yaml_reader yaml; /* first: see fa_cat_reader_of */
	const char *stem;	    /* file name without .yaml: what the product has to be called */
	struct fa_product *product; /* being filled */
	struct fa_rule *rules;	    /* the product's, still writable */
	const struct fa_yaml_node **nodes; /* of the rules, for what is looked up later */
	size_t rule_capacity;
	size_t rule_count;
	const struct fa_component *component; /* being read */
};

/* The catalog's reader, of which YAML is the first member. */
static inline struct fa_cat_reader *fa_cat_reader_of(struct fa_yaml_reader *yaml)
{
	return (struct fa_cat_reader *)(void *)yaml;
}

/* read_product.c: everything in the file; the reader's root, product and rules are set. */
void fa_cat_read_product(struct fa_cat_reader *r);

/* roles.c: whether it is a list of ids; "includes" of a role. */
fa_yaml_read_fn fa_cat_check_includes;

/* roles.c: gives the COUNT roles that were read from the mapping NODE what they include. */
bool fa_cat_link_roles(struct fa_yaml_reader *r, const struct fa_yaml_node *node,
		       struct fa_role *roles, size_t count);

/* read_rule.c: one rule of r->component into struct fa_rule. */
bool fa_cat_read_rule(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		      const struct fa_yaml_node *node, struct fa_rule *rule);

/* check_rule.c: values that are right one by one and do not fit together. */
bool fa_cat_check_rule(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		       const struct fa_yaml_node *node, const struct fa_rule *rule);

/* link.c: references from rule to rule, and groups of alternatives. */
void fa_cat_link(struct fa_cat_reader *r);

/* link.c: protocol names, when the signatures of all COUNT catalogs are known. */
void fa_cat_check_protocols(struct fa_cat_reader *readers, size_t count,
			    const struct fa_strings *protocols);

/* overlap.c: rules of one component that say the same, or nearly the same. */
void fa_cat_check_overlaps(struct fa_cat_reader *r);

/* The same texts, in any order. */
bool fa_cat_same_strings(const struct fa_strings *a, const struct fa_strings *b);

/* The parameter of that name, or NULL after a mistake was noted. */
const struct fa_parameter *fa_cat_parameter(struct fa_yaml_reader *r,
					    const struct fa_yaml_scope *scope,
					    const struct fa_yaml_node *node);

/* The last part of a rule's id. */
const char *fa_cat_short_id(const struct fa_rule *rule);

#endif
