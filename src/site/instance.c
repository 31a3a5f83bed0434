/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Instances of products. */
#include <stdint.h>
#include <string.h>

#include "site/read.h"
#include "yaml/values.h"

static bool read_name(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		      const struct fa_yaml_node *node, void *out, const void *arg)
{
	const struct fa_site_reader *s = fa_site_reader_of(r);
	struct fa_instance *instance = out;

	(void)arg;
	if (!fa_yaml_is_id(r, scope, node))
		return false;
	instance->name = node->text;
	for (size_t i = 0; i < instance->index; i++)
		if (strcmp(s->instances[i].name, node->text) == 0)
			return fa_yaml_wrong(r, scope, node,
					     "\"%s\" is taken by the instance in line %u",
					     node->text, s->instances[i].line);
	return true;
}

/* Everything an instance of the product has, with nothing said of it. False without memory. */
static bool prepare(struct fa_site_reader *s, struct fa_instance *instance,
		    const struct fa_product *product)
{
	struct fa_yaml_arena *arena = s->yaml.arena;
	struct fa_site_draft *draft = &s->drafts[instance->index];

	draft->settings = fa_yaml_alloc(arena, product->parameter_count, sizeof(*draft->settings));
	draft->roles = fa_yaml_alloc(arena, product->role_count, sizeof(*draft->roles));
	draft->entries = fa_yaml_alloc(arena, product->role_count, sizeof(*draft->entries));
	if (draft->settings == NULL || draft->roles == NULL || draft->entries == NULL)
		return false;
	for (size_t i = 0; i < product->role_count; i++)
		draft->roles[i].role = &product->roles[i];
	instance->product = product;
	instance->roles = draft->roles;
	return fa_site_default_settings(&s->yaml, instance);
}

static struct fa_like_names product_names(const struct fa_rulebook *book)
{
	return (struct fa_like_names){book->products, book->product_count, sizeof(*book->products)};
}

static bool read_product(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			 const struct fa_yaml_node *node, void *out, const void *arg)
{
	struct fa_site_reader *s = fa_site_reader_of(r);
	const struct fa_like_names names = product_names(s->book);
	struct fa_yaml_quote quote;
	struct fa_like_hint hint;
	size_t index;

	(void)arg;
	if (!fa_yaml_is_text(r, scope, node))
		return false;
	index = fa_like_find(&names, node->text);
	if (index != SIZE_MAX)
		return prepare(s, out, &s->book->products[index]);
	fa_like_hint(&hint, fa_like_nearest(&names, node->text));
	return fa_yaml_wrong(r, scope, node, "there is no catalog of product \"%s\"%s",
			     fa_yaml_quote(&quote, node), hint.text);
}

/* For messages: the name, or the place in the list when there is none. */
static const char *label_of(struct fa_yaml_reader *r, const struct fa_yaml_node *node,
			    size_t position)
{
	const struct fa_yaml_node *name = fa_yaml_node_get(node, "name");
	struct fa_yaml_quote quote;
	const char *label;

	if (name != NULL && name->kind == FA_YAML_TEXT && name->len > 0)
		label = fa_yaml_format(r->arena, "%s", fa_yaml_quote(&quote, name));
	else
		label = fa_yaml_format(r->arena, "#%zu", position);
	return label == NULL ? "" : label;
}

static void read_instance(struct fa_site_reader *s, const struct fa_yaml_node *node,
			  size_t position)
{
	/* In this order: what follows needs the product. */
	static const struct fa_yaml_field rows[] = {
		{"product", true, 0, read_product, NULL},
		{"name", true, 0, read_name, NULL},
		{"version", false, offsetof(struct fa_instance, version), fa_yaml_read_text, NULL},
		{"parameters", false, 0, fa_site_read_parameters, NULL},
		{"ports", false, 0, fa_site_read_ports, NULL},
		{"roles", false, 0, fa_site_read_roles, NULL},
	};
	static const struct fa_yaml_fields fields = {rows, sizeof(rows) / sizeof(rows[0])};
	const char *label = label_of(&s->yaml, node, position);
	const struct fa_yaml_scope scope = {NULL, "instance ", label};
	struct fa_instance *instance = &s->instances[s->instance_count];

	*instance = (struct fa_instance){
		.name = label,
		.version = "",
		.line = node->line,
		.column = node->column,
		.index = s->instance_count,
	};
	s->drafts[s->instance_count].node = node;
	s->instance_count++;
	if (fa_yaml_read_fields(&s->yaml, &scope, node, instance, &fields))
		fa_site_check_moves(&s->yaml, instance, &s->drafts[instance->index]);
}

/* Of a product that was left out on purpose. */
static bool is_left_out(const struct fa_site_reader *s, const struct fa_yaml_node *node)
{
	const struct fa_like_names names = product_names(s->book);
	const struct fa_yaml_node *product = fa_yaml_node_get(node, "product");

	return s->options->partial && product != NULL && product->kind == FA_YAML_TEXT &&
	       fa_like_find(&names, product->text) == SIZE_MAX;
}

bool fa_site_read_instances(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			    const struct fa_yaml_node *node, void *out, const void *arg)
{
	struct fa_site_reader *s = fa_site_reader_of(r);
	const size_t told = r->errors->count;
	size_t position = 0;

	(void)out;
	(void)arg;
	if (!fa_yaml_is_list(r, scope, node, FA_SITE_INSTANCES_MAX))
		return false;
	s->instances = fa_yaml_alloc(r->arena, node->count, sizeof(*s->instances));
	s->drafts = fa_yaml_alloc(r->arena, node->count, sizeof(*s->drafts));
	if (s->instances == NULL || s->drafts == NULL)
		return false;
	for (const struct fa_yaml_node *n = node->first; n != NULL; n = n->next) {
		position++;
		if (!is_left_out(s, n))
			read_instance(s, n, position);
	}
	s->site->instances = s->instances;
	s->site->instance_count = s->instance_count;
	return r->errors->count == told;
}
