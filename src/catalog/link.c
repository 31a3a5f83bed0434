/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can only be checked when all rules, or all catalogs, are read. */
#include "catalog/read.h"

#include <stdio.h>
#include <string.h>

#include "yaml/values.h"

/* An error at a key of a rule. */
struct place {
	const struct fa_yaml_node *node; /* NULL: the rule does not have the key */
	struct fa_yaml_scope rule;
	struct fa_yaml_scope key;
};

/* PLACE points into itself: fill it where it stays. */
static void place_at(struct place *place, struct fa_cat_reader *r, size_t index, const char *key)
{
	place->node = fa_yaml_node_get(r->nodes[index], key);
	place->rule = (struct fa_yaml_scope){NULL, "rule ", fa_cat_short_id(&r->rules[index])};
	place->key = (struct fa_yaml_scope){&place->rule, "", key};
}

/* The part of a full id behind the product. */
static const char *local_id(const struct fa_cat_reader *r, const struct fa_rule *rule)
{
	return rule->id + strlen(r->stem) + 1;
}

/* The rule most like WANTED (component/id), as it would be written in COMPONENT. */
static const char *nearest_rule(struct fa_cat_reader *r, const char *wanted,
				const struct fa_component *component)
{
	const char **ids = fa_yaml_alloc(r->yaml.arena, r->rule_count, sizeof(*ids));
	struct fa_like_names names = {ids, 0, sizeof(*ids)};
	const char *nearest;
	size_t prefix = strlen(component->id);

	if (ids == NULL)
		return NULL;
	for (size_t i = 0; i < r->rule_count; i++)
		if (r->rules[i].id != NULL)
			ids[names.count++] = local_id(r, &r->rules[i]);
	nearest = fa_like_nearest(&names, wanted);
	if (nearest != NULL && strncmp(nearest, component->id, prefix) == 0 &&
	    nearest[prefix] == '/')
		nearest += prefix + 1;
	return nearest;
}

/* The rule that a key names; NULL when there is no such key, or after a mistake was noted. */
static const struct fa_rule *resolve(struct fa_cat_reader *r, size_t index, const char *key)
{
	const struct fa_component *component = r->rules[index].component;
	struct fa_yaml_quote quote;
	struct fa_like_hint hint;
	struct place place;
	const char *wanted;

	place_at(&place, r, index, key);
	if (place.node == NULL || place.node->kind != FA_YAML_TEXT)
		return NULL;
	wanted = place.node->text;
	if (strchr(wanted, '/') == NULL)
		wanted = fa_yaml_format(r->yaml.arena, "%s/%s", component->id, wanted);
	if (wanted == NULL)
		return NULL;
	for (size_t i = 0; i < r->rule_count; i++)
		if (r->rules[i].id != NULL && strcmp(local_id(r, &r->rules[i]), wanted) == 0)
			return &r->rules[i];
	fa_like_hint(&hint, nearest_rule(r, wanted, component));
	fa_yaml_wrong(&r->yaml, &place.key, place.node, "there is no rule \"%s\"%s",
		      fa_yaml_quote(&quote, place.node), hint.text);
	return NULL;
}

/* A reference from rule to rule. */
struct relation {
	const char *key;
	size_t offset; /* of the pointer in struct fa_rule */
};

static const struct relation relations[] = {
	{"negotiated-by", offsetof(struct fa_rule, negotiated_by)},
	{"fallback-for", offsetof(struct fa_rule, fallback_for)},
};

static const struct fa_rule *follow(const struct fa_rule *rule, const struct relation *relation)
{
	const struct fa_rule *next;

	memcpy(&next, (const char *)rule + relation->offset, sizeof(next));
	return next;
}

/* Told once for each circle: at its first rule. */
static bool begins_circle(const struct fa_cat_reader *r, const struct fa_rule *rule,
			  const struct relation *relation)
{
	const struct fa_rule *at = follow(rule, relation);

	for (size_t steps = 0; at != NULL && steps < r->rule_count; steps++) {
		if (at == rule)
			return true;
		if (at < rule)
			return false;
		at = follow(at, relation);
	}
	return false;
}

/* "web, cloud, web": the way round; no more than its beginning when it is long. */
static const char *way_round(struct fa_cat_reader *r, const struct fa_rule *rule,
			     const struct relation *relation)
{
	const char *way = local_id(r, rule);
	const struct fa_rule *at = rule;

	do {
		at = follow(at, relation);
		if (strlen(way) > 400)
			return fa_yaml_format(r->yaml.arena, "%s, ...", way);
		way = fa_yaml_format(r->yaml.arena, "%s, %s", way, local_id(r, at));
	} while (way != NULL && at != rule);
	return way;
}

static void link_relation(struct fa_cat_reader *r, const struct relation *relation)
{
	for (size_t i = 0; i < r->rule_count; i++) {
		const struct fa_rule *target = NULL;

		if (r->rules[i].id != NULL)
			target = resolve(r, i, relation->key);
		memcpy((char *)&r->rules[i] + relation->offset, &target, sizeof(target));
	}
	for (size_t i = 0; i < r->rule_count; i++) {
		struct place place;
		const char *way;

		if (!begins_circle(r, &r->rules[i], relation))
			continue;
		place_at(&place, r, i, relation->key);
		way = way_round(r, &r->rules[i], relation);
		fa_yaml_wrong(&r->yaml, &place.key, place.node,
			      "leads back to this rule (%s): one of them has to go without",
			      way == NULL ? "" : way);
	}
}

static bool has_company(const struct fa_cat_reader *r, const struct fa_rule *rule)
{
	for (size_t i = 0; i < r->rule_count; i++) {
		const struct fa_rule *other = &r->rules[i];

		if (other != rule && other->alternatives != NULL &&
		    strcmp(other->alternatives, rule->alternatives) == 0)
			return true;
	}
	return false;
}

static void check_alternatives(struct fa_cat_reader *r)
{
	for (size_t i = 0; i < r->rule_count; i++) {
		const struct fa_rule *rule = &r->rules[i];
		struct place place;

		if (rule->id == NULL || rule->alternatives == NULL || has_company(r, rule))
			continue;
		place_at(&place, r, i, "alternatives");
		fa_yaml_wrong(&r->yaml, &place.key, place.node,
			      "no other rule is in the group \"%s\"", rule->alternatives);
	}
}

void fa_cat_link(struct fa_cat_reader *r)
{
	for (size_t i = 0; i < sizeof(relations) / sizeof(relations[0]); i++)
		link_relation(r, &relations[i]);
	check_alternatives(r);
}

static bool patterns_equal(const struct fa_pattern *a, size_t a_count, const struct fa_pattern *b,
			   size_t b_count)
{
	if (a_count != b_count)
		return false;
	for (size_t i = 0; i < a_count; i++)
		if (a[i].len != b[i].len || memcmp(a[i].bytes, b[i].bytes, a[i].len) != 0 ||
		    memcmp(a[i].mask, b[i].mask, a[i].len) != 0)
			return false;
	return true;
}

static bool signatures_equal(const struct fa_signature *a, const struct fa_signature *b)
{
	return a->transports == b->transports &&
	       patterns_equal(a->client, a->client_count, b->client, b->client_count) &&
	       patterns_equal(a->server, a->server_count, b->server, b->server_count);
}

static const struct fa_signature *find_signature(const struct fa_product *product, const char *name)
{
	const struct fa_like_names names = {product->signatures, product->signature_count,
					    sizeof(struct fa_signature)};
	size_t index = fa_like_find(&names, name);

	return index == SIZE_MAX ? NULL : &product->signatures[index];
}

/* A signature may stand in several catalogs when all say the same. */
static void check_signatures(struct fa_cat_reader *readers, size_t index)
{
	struct fa_cat_reader *r = &readers[index];
	const struct fa_yaml_node *nodes = fa_yaml_node_get(r->yaml.root, "signatures");

	for (size_t i = 0; i < r->product->signature_count; i++) {
		const struct fa_signature *mine = &r->product->signatures[i];
		const struct fa_yaml_scope scope = {NULL, "signature ", mine->name};

		for (size_t k = 0; k < index; k++) {
			const struct fa_signature *other =
				find_signature(readers[k].product, mine->name);

			if (other == NULL || signatures_equal(mine, other))
				continue;
			fa_yaml_wrong(&r->yaml, &scope, fa_yaml_node_get(nodes, mine->name),
				      "%s has another one of this name",
				      readers[k].yaml.errors->file);
			break;
		}
	}
}

/* All names a rule may use: those given, and those of all signatures. */
static bool collect_names(struct fa_cat_reader *readers, size_t count,
			  const struct fa_strings *protocols, struct fa_like_names *names)
{
	size_t room = protocols->count;
	const char **items;

	for (size_t i = 0; i < count; i++)
		room += readers[i].product->signature_count;
	items = fa_yaml_alloc(readers[0].yaml.arena, room, sizeof(*items));
	if (items == NULL)
		return false;
	if (protocols->count != 0)
		memcpy(items, protocols->items, protocols->count * sizeof(*items));
	*names = (struct fa_like_names){items, protocols->count, sizeof(*items)};
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < readers[i].product->signature_count; k++)
			items[names->count++] = readers[i].product->signatures[k].name;
	return true;
}

/* READ is what came of the list: when something was wrong with it, that was told already. */
static void check_names(struct fa_cat_reader *r, const struct fa_yaml_scope *scope,
			const struct fa_yaml_node *list, const struct fa_strings *read,
			const struct fa_like_names *known)
{
	if (list == NULL || list->kind != FA_YAML_LIST || read->count != list->count)
		return;
	for (const struct fa_yaml_node *n = list->first; n != NULL; n = n->next) {
		struct fa_yaml_quote quote;
		struct fa_like_hint hint;

		if (fa_like_find(known, n->text) != SIZE_MAX)
			continue;
		fa_like_hint(&hint, fa_like_nearest(known, n->text));
		fa_yaml_wrong(&r->yaml, scope, n,
			      "neither nDPI nor a signature here knows \"%s\"%s",
			      fa_yaml_quote(&quote, n), hint.text);
	}
}

static void check_rule_names(struct fa_cat_reader *r, const struct fa_like_names *known)
{
	for (size_t i = 0; i < r->rule_count; i++) {
		const struct fa_rule *rule = &r->rules[i];
		struct fa_yaml_scope inner;
		struct place place;

		if (rule->id == NULL)
			continue;
		place_at(&place, r, i, "protocols");
		check_names(r, &place.key, place.node, &rule->protocols, known);
		place_at(&place, r, i, "correction");
		inner = (struct fa_yaml_scope){&place.key, "", "protocols"};
		check_names(r, &inner, fa_yaml_node_get(place.node, "protocols"),
			    &rule->correction.protocols, known);
	}
}

void fa_cat_check_protocols(struct fa_cat_reader *readers, size_t count,
			    const struct fa_strings *protocols)
{
	struct fa_like_names names;

	if (count == 0)
		return;
	for (size_t i = 0; i < count; i++)
		check_signatures(readers, i);
	if (protocols == NULL || !collect_names(readers, count, protocols, &names))
		return;
	for (size_t i = 0; i < count; i++)
		check_rule_names(&readers[i], &names);
}
