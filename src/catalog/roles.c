/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Roles that include others: who has an included role has the including one, too. */
#include <stdint.h>
#include <string.h>

#include "catalog/read.h"
#include "yaml/values.h"

/* What one role names under "includes", as positions. */
struct included {
	const struct fa_yaml_node *node; /* NULL: nothing */
	size_t *items;
	size_t count;
};

/* The roles of a file while they are linked. */
struct linking {
	struct fa_yaml_reader *r;
	struct fa_role *roles;
	size_t count;
	struct included *included; /* by role */
	bool *reached;		   /* by role: the one in work includes it, directly or not */
	size_t *open;		   /* roles still to be followed */
};

bool fa_cat_check_includes(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			   const struct fa_yaml_node *node, void *out, const void *arg)
{
	bool ok = fa_yaml_is_list(r, scope, node, FA_YAML_LIST_MAX);

	(void)out;
	(void)arg;
	for (const struct fa_yaml_node *n = ok ? node->first : NULL; n != NULL; n = n->next)
		ok &= fa_yaml_is_id(r, scope, n);
	return ok;
}

/* The position of a role that INDEX names, or SIZE_MAX after a mistake was noted. */
static size_t find_role(struct linking *l, size_t index, const struct fa_yaml_node *node)
{
	const struct fa_like_names names = {l->roles, l->count, sizeof(*l->roles)};
	const struct fa_yaml_scope role = {NULL, "role ", l->roles[index].name};
	const struct fa_yaml_scope scope = {&role, "", "includes"};
	size_t found = fa_like_find(&names, node->text);
	struct fa_like_hint hint;

	if (found == index) {
		fa_yaml_wrong(l->r, &scope, node, "a role cannot include itself");
		return SIZE_MAX;
	}
	if (found == SIZE_MAX) {
		fa_like_hint(&hint, fa_like_nearest(&names, node->text));
		fa_yaml_wrong(l->r, &scope, node, "there is no role \"%s\"%s", node->text,
			      hint.text);
	}
	return found;
}

static bool find_included(struct linking *l, size_t index, const struct fa_yaml_node *list)
{
	struct included *included = &l->included[index];

	included->node = list;
	included->items = fa_yaml_alloc(l->r->arena, list->count, sizeof(*included->items));
	if (included->items == NULL)
		return false;
	for (const struct fa_yaml_node *n = list->first; n != NULL; n = n->next) {
		size_t found = find_role(l, index, n);

		if (found != SIZE_MAX)
			included->items[included->count++] = found;
	}
	return included->count == list->count;
}

/* Marks everything that a role includes; how many that are. */
static size_t reach(struct linking *l, size_t index)
{
	size_t open = 0;
	size_t count = 0;

	memset(l->reached, 0, l->count * sizeof(*l->reached));
	l->open[open++] = index;
	while (open > 0) {
		const struct included *included = &l->included[l->open[--open]];

		for (size_t i = 0; i < included->count; i++) {
			size_t next = included->items[i];

			if (l->reached[next])
				continue;
			l->reached[next] = true;
			l->open[open++] = next;
			count++;
		}
	}
	return count;
}

/* With what they include in turn, in the order of the file. */
static bool include(struct linking *l, size_t index)
{
	const struct fa_yaml_scope role = {NULL, "role ", l->roles[index].name};
	const struct fa_yaml_scope scope = {&role, "", "includes"};
	size_t count = reach(l, index);
	const struct fa_role **includes = fa_yaml_alloc(l->r->arena, count, sizeof(*includes));
	size_t used = 0;

	if (includes == NULL)
		return false;
	if (l->reached[index])
		return fa_yaml_wrong(l->r, &scope, l->included[index].node,
				     "leads back to this role");
	for (size_t i = 0; i < l->count; i++)
		if (l->reached[i])
			includes[used++] = &l->roles[i];
	l->roles[index].includes = includes;
	l->roles[index].include_count = used;
	return true;
}

bool fa_cat_link_roles(struct fa_yaml_reader *r, const struct fa_yaml_node *node,
		       struct fa_role *roles, size_t count)
{
	struct linking l = {.r = r, .roles = roles, .count = count};
	const struct fa_yaml_node *n = node->first;
	bool ok = true;

	l.included = fa_yaml_alloc(r->arena, count, sizeof(*l.included));
	l.reached = fa_yaml_alloc(r->arena, count, sizeof(*l.reached));
	l.open = fa_yaml_alloc(r->arena, count + 1, sizeof(*l.open));
	if (l.included == NULL || l.reached == NULL || l.open == NULL)
		return false;
	for (size_t i = 0; i < count; i++, n = n->next) {
		const struct fa_yaml_node *list = fa_yaml_node_get(n, "includes");

		if (list != NULL)
			ok &= find_included(&l, i, list);
	}
	/* The first circle is enough: its other roles would only repeat it. */
	for (size_t i = 0; i < count && ok; i++)
		if (l.included[i].count != 0)
			ok = include(&l, i);
	return ok;
}
