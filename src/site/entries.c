/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prefixes with their places in the file, and which of them hold which. */
#include <stdlib.h>

#include "site/read.h"
#include "yaml/values.h"

static int compare_entries(const void *a, const void *b)
{
	const struct fa_site_entry *left = a;
	const struct fa_site_entry *right = b;
	int order = fa_addr_compare(&left->prefix.addr, &right->prefix.addr);

	if (order != 0)
		return order;
	if (left->prefix.bits != right->prefix.bits)
		return left->prefix.bits < right->prefix.bits ? -1 : 1;
	if (left->node->line != right->node->line)
		return left->node->line < right->node->line ? -1 : 1;
	return (left->node->column > right->node->column) -
	       (left->node->column < right->node->column);
}

void fa_site_sort(struct fa_site_entries *entries)
{
	if (entries->count > 1)
		qsort(entries->items, entries->count, sizeof(*entries->items), compare_entries);
}

bool fa_site_meetings(struct fa_yaml_arena *arena, const struct fa_site_entries *entries,
		      bool (*meet)(void *context, const struct fa_site_entry *outer,
				   const struct fa_site_entry *inner),
		      void *context)
{
	/* Those that hold the one in work, the widest first: prefixes lie within each other or
	   apart. */
	const struct fa_site_entry **around = fa_yaml_alloc(arena, entries->count, sizeof(*around));
	size_t depth = 0;

	if (around == NULL)
		return false;
	for (size_t i = 0; i < entries->count; i++) {
		const struct fa_site_entry *inner = &entries->items[i];

		while (depth > 0 &&
		       !fa_prefix_contains(&around[depth - 1]->prefix, &inner->prefix.addr))
			depth--;
		for (size_t k = 0; k < depth; k++)
			if (!meet(context, around[k], inner))
				return true;
		around[depth++] = inner;
	}
	return true;
}

bool fa_site_read_prefix(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			 const struct fa_yaml_node *node, struct fa_prefix *out)
{
	struct fa_yaml_quote quote;

	if (!fa_yaml_is_value(r, scope, node, "an address or prefix"))
		return false;
	if (!fa_prefix_parse(node->text, out))
		return fa_yaml_no_prefix(r, scope, node);
	if (out->bits == 0)
		return fa_yaml_wrong(r, scope, node,
				     "\"%s\" is every address: where anybody may have a role, the "
				     "role says any",
				     fa_yaml_quote(&quote, node));
	return true;
}
