/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Turning nodes into values by tables. */
#include "yaml/reader.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Writes the scope, outermost first, into TEXT and returns how much of it is used. */
static size_t scope_text(const struct fa_yaml_scope *scope, char *text, size_t size)
{
	size_t used;
	int len;

	if (scope == NULL)
		return 0;
	used = scope_text(scope->up, text, size);
	len = snprintf(text + used, size - used, "%s\"%s\": ", scope->kind, scope->name);
	if (len < 0 || (size_t)len >= size - used)
		return size - 1;
	return used + (size_t)len;
}

bool fa_yaml_wrong(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		   const struct fa_yaml_node *node, const char *format, ...)
{
	char where[512] = "";
	char what[1024];
	va_list args;

	scope_text(scope, where, sizeof(where));
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	fa_yaml_error(r->errors, node->line, node->column, "%s%s", where, what);
	return false;
}

bool fa_yaml_is_mapping(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			const struct fa_yaml_node *node)
{
	if (node->kind != FA_YAML_MAPPING)
		return fa_yaml_wrong(r, scope, node, "expected a mapping (key: value), found %s",
				     fa_yaml_node_text(node));
	if (node->count == 0)
		return fa_yaml_wrong(r, scope, node, "there is nothing in it");
	return true;
}

static bool check_keys(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		       const struct fa_yaml_node *node, const struct fa_like_names *known)
{
	bool ok = true;

	for (const struct fa_yaml_node *n = node->first; n != NULL; n = n->next) {
		struct fa_yaml_quote quote;
		struct fa_like_hint hint;

		if (fa_like_find(known, n->key->text) != SIZE_MAX)
			continue;
		fa_like_hint(&hint, fa_like_nearest(known, n->key->text));
		ok = fa_yaml_wrong(r, scope, n->key, "unknown key \"%s\"%s",
				   fa_yaml_quote(&quote, n->key), hint.text);
	}
	return ok;
}

bool fa_yaml_read_fields(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			 const struct fa_yaml_node *node, void *out,
			 const struct fa_yaml_fields *fields)
{
	const struct fa_like_names known = {fields->items, fields->count, sizeof(*fields->items)};
	bool ok;

	if (!fa_yaml_is_mapping(r, scope, node))
		return false;
	ok = check_keys(r, scope, node, &known);
	for (size_t i = 0; i < fields->count; i++) {
		const struct fa_yaml_field *field = &fields->items[i];
		const struct fa_yaml_scope inner = {scope, "", field->key};
		const struct fa_yaml_node *value = fa_yaml_node_get(node, field->key);

		if (value != NULL)
			ok &= field->read(r, &inner, value,
					  out == NULL ? NULL : (char *)out + field->offset,
					  field->arg);
		else if (field->required)
			ok = fa_yaml_wrong(r, scope, node, "\"%s\" is missing", field->key);
	}
	return ok;
}

static bool check_twice(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			const struct fa_yaml_node *list)
{
	struct fa_yaml_quote quote;

	for (const struct fa_yaml_node *n = list->first; n != NULL; n = n->next) {
		for (const struct fa_yaml_node *m = list->first; m != n; m = m->next) {
			if (n->kind == FA_YAML_TEXT && m->kind == FA_YAML_TEXT &&
			    n->hash == m->hash && strcmp(n->text, m->text) == 0)
				return fa_yaml_wrong(r, scope, n, "\"%s\" stands here twice",
						     fa_yaml_quote(&quote, n));
		}
	}
	return true;
}

bool fa_yaml_is_list(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		     const struct fa_yaml_node *node, size_t max)
{
	if (node->kind != FA_YAML_LIST)
		return fa_yaml_wrong(r, scope, node, "expected a list, found %s",
				     fa_yaml_node_text(node));
	if (node->count == 0)
		return fa_yaml_wrong(r, scope, node, "the list is empty");
	if (node->count > max)
		return fa_yaml_wrong(r, scope, node,
				     "the list has %zu items, at most %zu are allowed", node->count,
				     max);
	return check_twice(r, scope, node);
}

void *fa_yaml_read_items(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			 const struct fa_yaml_node *list, size_t size, fa_yaml_read_fn *read,
			 const void *arg, size_t *count)
{
	char *items = fa_yaml_alloc(r->arena, list->count, size);
	size_t used = 0;

	*count = 0;
	if (items == NULL)
		return NULL;
	for (const struct fa_yaml_node *n = list->first; n != NULL; n = n->next)
		used += read(r, scope, n, items + used * size, arg);
	*count = used;
	return items;
}

void *fa_yaml_read_entries(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			   const struct fa_yaml_node *node, const struct fa_yaml_entries *entries,
			   size_t *count)
{
	char *items;
	char *item;

	*count = 0;
	if (!fa_yaml_is_mapping(r, scope, node))
		return NULL;
	if (node->count > entries->max) {
		fa_yaml_wrong(r, scope, node, "there are %zu, at most %zu are allowed", node->count,
			      entries->max);
		return NULL;
	}
	items = fa_yaml_alloc(r->arena, node->count, entries->size);
	item = items;
	if (items == NULL)
		return NULL;
	for (const struct fa_yaml_node *n = node->first; n != NULL; n = n->next) {
		const struct fa_yaml_scope inner = {NULL, entries->kind, n->key->text};

		if (!entries->is_name(r, scope, n->key, item, NULL))
			continue;
		entries->read(r, &inner, n, item, NULL);
		item += entries->size;
		++*count;
	}
	return items;
}
