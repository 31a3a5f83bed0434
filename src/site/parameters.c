/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parameters and ports of an instance. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "site/read.h"
#include "yaml/values.h"

static const char *ports_text(struct fa_yaml_reader *r, const struct fa_port_ranges *ports)
{
	const char *text = "";

	for (size_t i = 0; i < ports->count && text != NULL; i++) {
		const struct fa_port_range *range = &ports->items[i];
		const char *comma = i == 0 ? "" : ", ";

		if (range->low == range->high)
			text = fa_yaml_format(r->arena, "%s%s%u", text, comma, range->low);
		else
			text = fa_yaml_format(r->arena, "%s%s%u-%u", text, comma, range->low,
					      range->high);
	}
	return text;
}

/* The value as people read it. False without memory. */
static bool describe(struct fa_yaml_reader *r, struct fa_setting *setting)
{
	switch (setting->parameter->type) {
	case FA_PARAM_INTEGER:
		setting->text = fa_yaml_format(r->arena, "%lld", (long long)setting->integer);
		break;
	case FA_PARAM_PORT:
	case FA_PARAM_PORTS:
		setting->text = ports_text(r, &setting->ports);
		break;
	case FA_PARAM_CHOICE:
		setting->text = setting->choice;
		break;
	}
	return setting->text != NULL;
}

bool fa_site_default_settings(struct fa_yaml_reader *r, struct fa_instance *instance)
{
	const struct fa_product *product = instance->product;
	struct fa_setting *settings =
		fa_yaml_alloc(r->arena, product->parameter_count, sizeof(*settings));

	instance->settings = settings;
	if (settings == NULL)
		return false;
	for (size_t i = 0; i < product->parameter_count; i++) {
		const struct fa_parameter *parameter = &product->parameters[i];

		settings[i] = (struct fa_setting){
			.parameter = parameter,
			.text = "",
			.integer = parameter->default_integer,
			.choice = parameter->default_choice,
			.ports = parameter->default_ports,
		};
		if (parameter->has_default && !describe(r, &settings[i]))
			return false;
	}
	return true;
}

static bool read_choice(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			const struct fa_yaml_node *node, struct fa_setting *setting)
{
	const struct fa_strings *choices = &setting->parameter->choices;
	const struct fa_like_names names = {choices->items, choices->count,
					    sizeof(*choices->items)};
	struct fa_yaml_quote quote;
	struct fa_like_hint hint;
	size_t index;

	if (!fa_yaml_is_text(r, scope, node))
		return false;
	index = fa_like_find(&names, node->text);
	if (index == SIZE_MAX) {
		fa_like_hint(&hint, fa_like_nearest(&names, node->text));
		return fa_yaml_wrong(r, scope, node, "\"%s\" is not one of the choices%s",
				     fa_yaml_quote(&quote, node), hint.text);
	}
	setting->choice = choices->items[index];
	return true;
}

static bool read_value(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		       const struct fa_yaml_node *node, struct fa_setting *setting)
{
	switch (setting->parameter->type) {
	case FA_PARAM_INTEGER:
		return fa_yaml_read_integer(r, scope, node, &setting->integer, NULL);
	case FA_PARAM_PORT:
		return fa_yaml_read_port(r, scope, node, &setting->ports, NULL);
	case FA_PARAM_PORTS:
		return fa_yaml_read_port_or_ports(r, scope, node, &setting->ports, NULL);
	case FA_PARAM_CHOICE:
		return read_choice(r, scope, node, setting);
	}
	return false;
}

bool fa_site_read_parameters(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			     const struct fa_yaml_node *node, void *out, const void *arg)
{
	struct fa_site_reader *s = fa_site_reader_of(r);
	struct fa_instance *instance = out;
	struct fa_site_draft *draft = &s->drafts[instance->index];
	const struct fa_product *product = instance->product;
	struct fa_like_names names;
	struct fa_setting *settings;
	bool ok = true;

	(void)arg;
	if (product == NULL || !fa_yaml_is_mapping(r, scope, node))
		return false;
	names = (struct fa_like_names){product->parameters, product->parameter_count,
				       sizeof(*product->parameters)};
	settings = fa_yaml_alloc(r->arena, names.count, sizeof(*settings));
	if (settings == NULL)
		return false;
	memcpy(settings, instance->settings, names.count * sizeof(*settings));
	instance->settings = settings;
	for (const struct fa_yaml_node *n = node->first; n != NULL; n = n->next) {
		const struct fa_yaml_scope inner = {scope, "", n->key->text};
		size_t index = fa_like_find(&names, n->key->text);
		struct fa_yaml_quote quote;
		struct fa_like_hint hint;

		if (index == SIZE_MAX) {
			fa_like_hint(&hint, fa_like_nearest(&names, n->key->text));
			ok = fa_yaml_wrong(r, scope, n->key, "%s has no parameter \"%s\"%s",
					   product->id, fa_yaml_quote(&quote, n->key), hint.text);
			continue;
		}
		settings[index].set = read_value(r, &inner, n, &settings[index]);
		ok = settings[index].set && describe(r, &settings[index]) && ok;
		draft->settings[index] = n;
	}
	return ok;
}

/* The part of a rule's id behind the product. */
static const char *local_id(const struct fa_rule *rule)
{
	return rule->id + strlen(rule->product->id) + 1;
}

/* The rule of that id without product, or NULL after a mistake was noted. */
static const struct fa_rule *find_rule(struct fa_site_reader *s, const struct fa_yaml_scope *scope,
				       const struct fa_yaml_node *key,
				       const struct fa_product *product)
{
	const struct fa_rule *rules = &s->book->rules[product->first_rule];
	const char **ids = fa_yaml_alloc(s->yaml.arena, product->rule_count, sizeof(*ids));
	const struct fa_like_names names = {ids, product->rule_count, sizeof(*ids)};
	struct fa_yaml_quote quote;
	struct fa_like_hint hint;
	size_t index;

	if (ids == NULL)
		return NULL;
	for (size_t i = 0; i < product->rule_count; i++)
		ids[i] = local_id(&rules[i]);
	index = fa_like_find(&names, key->text);
	if (index != SIZE_MAX)
		return &rules[index];
	/* Catalogs and reports write rules with their product. */
	if (strncmp(key->text, product->id, strlen(product->id)) == 0 &&
	    key->text[strlen(product->id)] == '/')
		fa_like_hint(&hint, fa_like_nearest(&names, key->text + strlen(product->id) + 1));
	else
		fa_like_hint(&hint, fa_like_nearest(&names, key->text));
	fa_yaml_wrong(&s->yaml, scope, key, "%s has no rule \"%s\" (COMPONENT/RULE)%s", product->id,
		      fa_yaml_quote(&quote, key), hint.text);
	return NULL;
}

/* Whether the site may say where the rule's ports are. */
static bool may_override(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			 const struct fa_yaml_node *node, const struct fa_rule *rule)
{
	if ((rule->transports & ~(unsigned)(FA_RULE_ICMP | FA_RULE_ICMP6)) == 0)
		return fa_yaml_wrong(r, scope, node, "ICMP has no ports");
	if (rule->dynamic)
		return fa_yaml_wrong(
			r, scope, node,
			"this port is chosen at run time (dynamic): no site can say it");
	if (rule->when_taken == FA_TAKEN_FIXED)
		return fa_yaml_wrong(
			r, scope, node,
			"this port never moves, says the document (when-taken: fixed)");
	return true;
}

bool fa_site_read_ports(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			const struct fa_yaml_node *node, void *out, const void *arg)
{
	struct fa_site_reader *s = fa_site_reader_of(r);
	struct fa_instance *instance = out;
	struct fa_port_override *overrides;

	(void)arg;
	if (instance->product == NULL || !fa_yaml_is_mapping(r, scope, node))
		return false;
	overrides = fa_yaml_alloc(r->arena, node->count, sizeof(*overrides));
	if (overrides == NULL)
		return false;
	for (const struct fa_yaml_node *n = node->first; n != NULL; n = n->next) {
		const struct fa_yaml_scope inner = {scope, "", n->key->text};
		const struct fa_rule *rule = find_rule(s, scope, n->key, instance->product);
		struct fa_port_override *override = &overrides[instance->override_count];

		if (rule == NULL || !may_override(r, &inner, n->key, rule) ||
		    !fa_yaml_read_port_or_ports(r, &inner, n, &override->ports, NULL))
			continue;
		override->rule = rule;
		override->line = n->key->line;
		override->column = n->key->column;
		instance->override_count++;
	}
	instance->overrides = overrides;
	return instance->override_count == node->count;
}

/* The first port that one parameter moves too far; one is enough. */
static void check_offset(struct fa_yaml_reader *r, const struct fa_instance *instance,
			 const struct fa_site_draft *draft, size_t parameter)
{
	const struct fa_yaml_scope outer = {NULL, "instance ", instance->name};
	const struct fa_yaml_scope scope = {&outer, "", "parameters"};
	const struct fa_product *product = instance->product;
	const struct fa_rule *rules = &fa_site_reader_of(r)->book->rules[product->first_rule];
	const struct fa_setting *offset = &instance->settings[parameter];

	for (size_t i = 0; i < product->rule_count; i++) {
		const struct fa_yaml_node *node = draft->settings[parameter];
		const struct fa_rule *rule = &rules[i];
		struct fa_site_ports ports;

		if (rule->moves_with != offset->parameter ||
		    fa_site_effective_ports(r->arena, instance, rule, &ports))
			continue;
		if (node == NULL && rule->port_parameter != NULL)
			node = draft->settings[rule->port_parameter - product->parameters];
		fa_yaml_wrong(r, &scope, node == NULL ? draft->node : node,
			      "\"%s\" of %s moves the port of %s out of 1 to 65535",
			      offset->parameter->name, offset->text, rule->id);
		return;
	}
}

void fa_site_check_moves(struct fa_yaml_reader *r, const struct fa_instance *instance,
			 const struct fa_site_draft *draft)
{
	for (size_t i = 0; i < instance->product->parameter_count; i++)
		if (instance->product->parameters[i].type == FA_PARAM_INTEGER)
			check_offset(r, instance, draft, i);
}
