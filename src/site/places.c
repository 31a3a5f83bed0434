/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Roles of an instance: who stands where. */
#include <stdint.h>
#include <string.h>

#include "site/read.h"
#include "yaml/values.h"

/* One role being read. */
struct placing {
	struct fa_site_reader *s;
	const struct fa_yaml_scope *scope;
	struct fa_site_role *role;
	struct fa_site_entries entries; /* prefixes */
	const struct fa_yaml_node **hosts;
	size_t host_count;
};

static const char digits_and_dots[] = "0123456789.";

static bool looks_like_address(const char *text)
{
	return strpbrk(text, ":/") != NULL || fa_yaml_consists_of(text, digits_and_dots);
}

/* A name as it may be seen on the wire: with a dot, and no number behind the last (RFC 3696
   section 2). */
static bool looks_like_host(const char *text)
{
	const char *dot = strrchr(text, '.');

	return dot != NULL && dot[1] != '\0' && !fa_yaml_consists_of(dot + 1, "0123456789") &&
	       fa_yaml_is_host_name(text);
}

static void add_prefix(struct placing *p, const struct fa_yaml_node *node,
		       const struct fa_prefix *prefix, const struct fa_site_name *name,
		       const struct fa_instance *instance)
{
	struct fa_site_reader *s = p->s;

	s->place_count++;
	p->entries.items[p->entries.count++] = (struct fa_site_entry){.prefix = *prefix,
								      .node = node,
								      .name = name,
								      .instance = instance,
								      .role = p->role};
}

/* How many prefixes an entry can stand for. */
static size_t room_for(const struct fa_site_reader *s, const struct fa_yaml_node *node)
{
	const struct fa_like_names names = {s->names, s->name_count, sizeof(*s->names)};
	size_t index = node->kind == FA_YAML_TEXT ? fa_like_find(&names, node->text) : SIZE_MAX;

	return index == SIZE_MAX ? 1 : s->names[index].count;
}

static bool complain_unknown(struct placing *p, const struct fa_yaml_node *node)
{
	const struct fa_site_reader *s = p->s;
	const struct fa_like_names names = {s->names, s->name_count, sizeof(*s->names)};
	struct fa_yaml_quote quote;
	struct fa_like_hint hint;

	fa_like_hint(&hint, fa_like_nearest(&names, node->text));
	return fa_yaml_wrong(&p->s->yaml, p->scope, node,
			     "\"%s\" is no host or network of this site, no address or prefix, and "
			     "no DNS name%s",
			     fa_yaml_quote(&quote, node), hint.text);
}

static bool read_entry(struct placing *p, const struct fa_yaml_node *node,
		       const struct fa_instance *instance)
{
	struct fa_site_reader *s = p->s;
	const struct fa_like_names names = {s->names, s->name_count, sizeof(*s->names)};
	struct fa_prefix prefix;
	size_t index;

	if (!fa_yaml_is_text(&s->yaml, p->scope, node))
		return false;
	if (strcmp(node->text, "any") == 0 || strcmp(node->text, "none") == 0)
		return fa_yaml_wrong(&s->yaml, p->scope, node, "\"%s\" stands alone, not in a list",
				     node->text);
	index = fa_like_find(&names, node->text);
	if (index != SIZE_MAX) {
		const struct fa_site_name *name = &s->names[index];

		for (size_t i = 0; i < name->count; i++)
			add_prefix(p, node, &name->prefixes[i], name, instance);
		return true;
	}
	if (looks_like_address(node->text)) {
		if (!fa_site_read_prefix(&s->yaml, p->scope, node, &prefix))
			return false;
		add_prefix(p, node, &prefix, NULL, instance);
		return true;
	}
	if (!looks_like_host(node->text))
		return complain_unknown(p, node);
	p->hosts[p->host_count++] = node;
	return true;
}

static bool complain_inside(void *context, const struct fa_site_entry *outer,
			    const struct fa_site_entry *inner)
{
	struct placing *p = context;
	bool same = outer->prefix.bits == inner->prefix.bits;
	const struct fa_site_entry *first = outer;
	const struct fa_site_entry *second = inner;
	struct fa_yaml_quote inner_quote;
	struct fa_yaml_quote outer_quote;

	/* Within one name: told there. */
	if (inner->name != NULL && inner->name == outer->name)
		return true;
	if (same && inner->node->line < outer->node->line) {
		first = inner;
		second = outer;
	}
	fa_yaml_wrong(&p->s->yaml, p->scope, second->node, "\"%s\" %s \"%s\"",
		      fa_yaml_quote(&inner_quote, second->node),
		      same ? "is the same as" : "lies within",
		      fa_yaml_quote(&outer_quote, first->node));
	return !p->s->yaml.errors->more;
}

static char *lower_copy(struct fa_yaml_arena *arena, const char *text)
{
	char *copy = fa_yaml_copy(arena, text, strlen(text));

	for (char *c = copy; c != NULL && *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return copy;
}

/* Turns what was read into the places of the role. */
static bool make_places(struct placing *p)
{
	struct fa_yaml_arena *arena = p->s->yaml.arena;
	size_t count = p->entries.count + p->host_count;
	struct fa_place *places = fa_yaml_alloc(arena, count, sizeof(*places));

	if (places == NULL)
		return false;
	for (size_t i = 0; i < p->entries.count; i++)
		places[i] = (struct fa_place){.label = p->entries.items[i].node->text,
					      .prefix = p->entries.items[i].prefix};
	for (size_t i = 0; i < p->host_count; i++) {
		const char *host = lower_copy(arena, p->hosts[i]->text);

		for (size_t k = 0; host != NULL && k < i; k++)
			if (strcmp(places[p->entries.count + k].host, host) == 0)
				return fa_yaml_wrong(&p->s->yaml, p->scope, p->hosts[i],
						     "\"%s\" stands here twice", p->hosts[i]->text);
		if (host == NULL)
			return false;
		places[p->entries.count + i] =
			(struct fa_place){.label = p->hosts[i]->text, .host = host};
	}
	p->role->places = places;
	p->role->prefix_count = p->entries.count;
	p->role->place_count = count;
	p->role->placing = FA_PLACED;
	return true;
}

static bool read_list(struct placing *p, const struct fa_yaml_node *node,
		      const struct fa_instance *instance)
{
	struct fa_yaml_arena *arena = p->s->yaml.arena;
	size_t room = 0;
	bool ok = true;

	if (!fa_yaml_is_list(&p->s->yaml, p->scope, node, FA_SITE_LIST_MAX))
		return false;
	for (const struct fa_yaml_node *n = node->first; n != NULL; n = n->next)
		room += room_for(p->s, n);
	if (room > FA_SITE_PLACES_MAX - p->s->place_count)
		return fa_yaml_wrong(&p->s->yaml, p->scope, node,
				     "more than %d addresses and prefixes in all roles",
				     FA_SITE_PLACES_MAX);
	p->entries.items = fa_yaml_alloc(arena, room, sizeof(*p->entries.items));
	p->hosts = fa_yaml_alloc(arena, node->count, sizeof(*p->hosts));
	if (p->entries.items == NULL || p->hosts == NULL)
		return false;
	for (const struct fa_yaml_node *n = node->first; n != NULL; n = n->next)
		ok &= read_entry(p, n, instance);
	fa_site_sort(&p->entries);
	ok &= fa_site_meetings(arena, &p->entries, complain_inside, p);
	return ok && make_places(p);
}

static bool read_role(struct placing *p, const struct fa_yaml_node *node,
		      const struct fa_instance *instance)
{
	struct fa_yaml_quote quote;

	p->role->line = node->key->line;
	p->role->column = node->key->column;
	if (node->kind != FA_YAML_TEXT)
		return read_list(p, node, instance);
	if (strcmp(node->text, "any") == 0)
		p->role->placing = FA_ANYBODY;
	else if (strcmp(node->text, "none") == 0)
		p->role->placing = FA_NOBODY;
	else
		return fa_yaml_wrong(&p->s->yaml, p->scope, node,
				     "\"%s\" has to be a list, or any, or none",
				     fa_yaml_quote(&quote, node));
	return true;
}

bool fa_site_read_roles(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			const struct fa_yaml_node *node, void *out, const void *arg)
{
	struct fa_site_reader *s = fa_site_reader_of(r);
	struct fa_instance *instance = out;
	struct fa_site_draft *draft = &s->drafts[instance->index];
	const struct fa_product *product = instance->product;
	struct fa_like_names names;
	bool ok = true;

	(void)arg;
	if (product == NULL || !fa_yaml_is_mapping(r, scope, node))
		return false;
	names = (struct fa_like_names){product->roles, product->role_count,
				       sizeof(*product->roles)};
	for (const struct fa_yaml_node *n = node->first; n != NULL; n = n->next) {
		size_t index = fa_like_find(&names, n->key->text);
		const struct fa_yaml_scope inner = {scope, "", n->key->text};
		struct placing placing = {.s = s, .scope = &inner};
		struct fa_yaml_quote quote;
		struct fa_like_hint hint;

		if (index == SIZE_MAX) {
			fa_like_hint(&hint, fa_like_nearest(&names, n->key->text));
			ok = fa_yaml_wrong(r, scope, n->key, "%s has no role \"%s\"%s", product->id,
					   fa_yaml_quote(&quote, n->key), hint.text);
			continue;
		}
		placing.role = &draft->roles[index];
		ok &= read_role(&placing, n, instance);
		draft->entries[index] = placing.entries;
	}
	return ok;
}
