/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names for networks and machines. */
#include <stdint.h>
#include <string.h>

#include "site/read.h"
#include "yaml/values.h"

/* The prefixes of one name being read. */
struct naming {
	struct fa_yaml_reader *r;
	const struct fa_yaml_scope *scope;
};

static unsigned address_bits(const struct fa_prefix *prefix)
{
	return prefix->addr.version == 4 ? 32 : 128;
}

static bool check_name(struct fa_site_reader *s, const struct fa_yaml_scope *scope,
		       const struct fa_yaml_node *key, bool is_host)
{
	const struct fa_like_names names = {s->names, s->name_count, sizeof(*s->names)};
	size_t taken;

	if (!fa_yaml_is_id(&s->yaml, scope, key))
		return false;
	if (strcmp(key->text, "any") == 0 || strcmp(key->text, "none") == 0)
		return fa_yaml_wrong(&s->yaml, scope, key,
				     "\"%s\" has a meaning of its own in roles", key->text);
	taken = fa_like_find(&names, key->text);
	if (taken == SIZE_MAX)
		return true;
	/* Twice in one mapping was told already. */
	if (s->names[taken].is_host != is_host)
		fa_yaml_wrong(&s->yaml, scope, key, "\"%s\" is the name of a %s in line %u",
			      key->text, s->names[taken].is_host ? "host" : "network",
			      s->names[taken].node->line);
	return false;
}

static bool complain_twice(void *context, const struct fa_site_entry *outer,
			   const struct fa_site_entry *inner)
{
	const struct naming *naming = context;

	fa_yaml_wrong(naming->r, naming->scope, inner->node, "\"%s\" lies within \"%s\"",
		      inner->node->text, outer->node->text);
	return true;
}

/* The prefixes of the name; noted when they are not what they should be. */
static bool read_prefixes(struct fa_site_reader *s, const struct fa_yaml_scope *scope,
			  const struct fa_yaml_node *list, struct fa_site_name *name)
{
	struct naming naming = {&s->yaml, scope};
	struct fa_prefix *prefixes;
	struct fa_site_entries entries = {0};

	if (!fa_yaml_is_list(&s->yaml, scope, list, FA_SITE_LIST_MAX))
		return false;
	prefixes = fa_yaml_alloc(s->yaml.arena, list->count, sizeof(*prefixes));
	entries.items = fa_yaml_alloc(s->yaml.arena, list->count, sizeof(*entries.items));
	if (prefixes == NULL || entries.items == NULL)
		return false;
	for (const struct fa_yaml_node *n = list->first; n != NULL; n = n->next) {
		struct fa_prefix *prefix = &prefixes[entries.count];

		if (!fa_site_read_prefix(&s->yaml, scope, n, prefix))
			continue;
		if (name->is_host && prefix->bits != address_bits(prefix)) {
			fa_yaml_wrong(&s->yaml, scope, n,
				      "\"%s\" is a prefix: a host has addresses, prefixes belong "
				      "under networks",
				      n->text);
			continue;
		}
		entries.items[entries.count++] =
			(struct fa_site_entry){.prefix = *prefix, .node = n, .name = name};
	}
	name->prefixes = prefixes;
	name->count = entries.count;
	fa_site_sort(&entries);
	return fa_site_meetings(s->yaml.arena, &entries, complain_twice, &naming);
}

static bool read_names(struct fa_site_reader *s, const struct fa_yaml_scope *scope,
		       const struct fa_yaml_node *node, bool is_host)
{
	struct fa_site_name *names;

	if (!fa_yaml_is_mapping(&s->yaml, scope, node))
		return false;
	names = fa_yaml_alloc(s->yaml.arena, s->name_count + node->count, sizeof(*names));
	if (names == NULL)
		return false;
	if (s->name_count != 0)
		memcpy(names, s->names, s->name_count * sizeof(*names));
	s->names = names;
	for (const struct fa_yaml_node *n = node->first; n != NULL; n = n->next) {
		const struct fa_yaml_scope inner = {NULL, is_host ? "host " : "network ",
						    n->key->text};
		struct fa_site_name *name = &names[s->name_count];

		if (!check_name(s, scope, n->key, is_host))
			continue;
		*name = (struct fa_site_name){
			.name = n->key->text, .is_host = is_host, .node = n->key};
		read_prefixes(s, &inner, n, name);
		s->name_count++;
	}
	return true;
}

bool fa_site_read_networks(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			   const struct fa_yaml_node *node, void *out, const void *arg)
{
	(void)out;
	(void)arg;
	return read_names(fa_site_reader_of(r), scope, node, false);
}

static bool complain_shared(void *context, const struct fa_site_entry *outer,
			    const struct fa_site_entry *inner)
{
	struct fa_site_reader *s = context;
	const struct fa_yaml_scope scope = {NULL, "host ", inner->name->name};
	char text[FA_ADDR_TEXT];

	if (outer->name == inner->name)
		return true;
	fa_yaml_wrong(&s->yaml, &scope, inner->node, "%s is host \"%s\" in line %u already",
		      fa_addr_text(&inner->prefix.addr, text), outer->name->name,
		      outer->name->node->line);
	return !s->yaml.errors->more;
}

/* A machine has one name. */
static bool check_addresses(struct fa_site_reader *s)
{
	struct fa_site_entries all = {0};
	size_t room = 0;

	for (size_t i = 0; i < s->name_count; i++)
		room += s->names[i].is_host ? s->names[i].count : 0;
	all.items = fa_yaml_alloc(s->yaml.arena, room, sizeof(*all.items));
	if (all.items == NULL)
		return false;
	for (size_t i = 0; i < s->name_count; i++) {
		const struct fa_site_name *name = &s->names[i];

		for (size_t k = 0; name->is_host && k < name->count; k++)
			all.items[all.count++] = (struct fa_site_entry){
				.prefix = name->prefixes[k], .node = name->node, .name = name};
	}
	fa_site_sort(&all);
	return fa_site_meetings(s->yaml.arena, &all, complain_shared, s);
}

bool fa_site_read_hosts(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			const struct fa_yaml_node *node, void *out, const void *arg)
{
	struct fa_site_reader *s = fa_site_reader_of(r);

	(void)out;
	(void)arg;
	return read_names(s, scope, node, true) && check_addresses(s);
}
