/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One rule of a catalog. */
#include "catalog/read.h"

#include <string.h>

#include "yaml/values.h"

#define FIELDS(rows)                                                                               \
	{                                                                                          \
		rows, sizeof(rows) / sizeof((rows)[0])                                             \
	}

static const char *direction_word(unsigned value)
{
	return fa_rule_direction_text((enum fa_rule_direction)value);
}

static const char *scope_word(unsigned value)
{
	return fa_scope_text((enum fa_scope)value);
}

static const char *requirement_word(unsigned value)
{
	return fa_requirement_text((enum fa_requirement)value);
}

static const char *advice_word(unsigned value)
{
	return fa_advice_text((enum fa_advice)value);
}

static const char *when_taken_word(unsigned value)
{
	return fa_when_taken_text((enum fa_when_taken)value);
}

static const struct fa_yaml_words directions = {direction_word, FA_RULE_INTERNAL + 1};
static const struct fa_yaml_words scopes = {scope_word, FA_SCOPE_LOOPBACK + 1};
static const struct fa_yaml_words requirements = {requirement_word, FA_CONDITIONAL + 1};
static const struct fa_yaml_words advices = {advice_word, FA_ADVICE_DISCOURAGED + 1};
static const struct fa_yaml_words when_takens = {when_taken_word, FA_TAKEN_FIXED + 1};

static bool read_rule_id(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			 const struct fa_yaml_node *node, void *out, const void *arg)
{
	const struct fa_cat_reader *catalog = fa_cat_reader_of(r);
	struct fa_rule *rule = out;
	const struct fa_component *component = catalog->component;
	size_t first = catalog->rule_count - component->rule_count;

	(void)arg;
	if (!fa_yaml_is_id(r, scope, node))
		return false;
	for (size_t i = first; i < catalog->rule_count; i++)
		if (catalog->rules[i].id != NULL &&
		    strcmp(fa_cat_short_id(&catalog->rules[i]), node->text) == 0)
			return fa_yaml_wrong(r, scope, node,
					     "\"%s\" is taken by the rule in line %u", node->text,
					     catalog->rules[i].line);
	rule->id = fa_yaml_format(r->arena, "%s/%s/%s", catalog->stem, component->id, node->text);
	return rule->id != NULL;
}

static bool read_role_name(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			   const struct fa_yaml_node *node, void *out, const void *arg)
{
	const struct fa_product *product = fa_cat_reader_of(r)->product;
	const struct fa_like_names roles = {product->roles, product->role_count,
					    sizeof(struct fa_role)};
	struct fa_like_hint hint;

	if (!fa_yaml_read_id(r, scope, node, out, arg))
		return false;
	if (roles.count == 0 || fa_like_find(&roles, node->text) != SIZE_MAX)
		return true;
	fa_like_hint(&hint, fa_like_nearest(&roles, node->text));
	return fa_yaml_wrong(r, scope, node, "there is no role \"%s\"%s", node->text, hint.text);
}

static bool read_role_names(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			    const struct fa_yaml_node *node, void *out, const void *arg)
{
	struct fa_strings *roles = out;

	if (!fa_yaml_is_list(r, scope, node, FA_YAML_LIST_MAX))
		return false;
	roles->items = fa_yaml_read_items(r, scope, node, sizeof(*roles->items), read_role_name,
					  arg, &roles->count);
	return roles->count == node->count;
}

const struct fa_parameter *fa_cat_parameter(struct fa_yaml_reader *r,
					    const struct fa_yaml_scope *scope,
					    const struct fa_yaml_node *node)
{
	const struct fa_product *product = fa_cat_reader_of(r)->product;
	const struct fa_like_names parameters = {product->parameters, product->parameter_count,
						 sizeof(struct fa_parameter)};
	struct fa_like_hint hint;
	size_t index;

	if (!fa_yaml_is_id(r, scope, node))
		return NULL;
	index = fa_like_find(&parameters, node->text);
	if (index != SIZE_MAX)
		return &product->parameters[index];
	fa_like_hint(&hint, fa_like_nearest(&parameters, node->text));
	fa_yaml_wrong(r, scope, node, "there is no parameter \"%s\"%s", node->text, hint.text);
	return NULL;
}

/* Notes that the parameter is of the wrong type for its use. */
static bool wrong_type(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		       const struct fa_yaml_node *node, const struct fa_parameter *parameter,
		       const char *needed)
{
	return fa_yaml_wrong(r, scope, node, "parameter \"%s\" is of type %s, not %s", node->text,
			     fa_parameter_type_text(parameter->type), needed);
}

static bool read_moves_with(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			    const struct fa_yaml_node *node, void *out, const void *arg)
{
	const struct fa_parameter *parameter = fa_cat_parameter(r, scope, node);
	struct fa_rule *rule = out;

	(void)arg;
	if (parameter == NULL)
		return false;
	if (parameter->type != FA_PARAM_INTEGER)
		return wrong_type(r, scope, node, parameter, "integer");
	rule->moves_with = parameter;
	return true;
}

static bool read_port_parameter(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
				const struct fa_yaml_node *node, void *out, const void *arg)
{
	const struct fa_parameter *parameter = fa_cat_parameter(r, scope, node);
	struct fa_rule *rule = out;

	(void)arg;
	if (parameter == NULL)
		return false;
	if (parameter->type != FA_PARAM_PORT && parameter->type != FA_PARAM_PORTS)
		return wrong_type(r, scope, node, parameter, "port or ports");
	rule->port_parameter = parameter;
	return true;
}

/* "any", or a list of names; whether the names exist is seen when all catalogs are read. */
static bool read_protocols(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			   const struct fa_yaml_node *node, void *out, const void *arg)
{
	struct fa_rule *rule = out;
	struct fa_yaml_quote quote;

	if (node->kind != FA_YAML_TEXT)
		return fa_yaml_read_names(r, scope, node, &rule->protocols, arg);
	rule->any_protocol = strcmp(node->text, "any") == 0;
	if (!rule->any_protocol)
		return fa_yaml_wrong(r, scope, node, "\"%s\" has to be a list of names, or any",
				     fa_yaml_quote(&quote, node));
	return true;
}

/* Another rule: id, or component/id. Only its form: the rule may stand further down. */
static bool check_reference(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			    const struct fa_yaml_node *node, void *out, const void *arg)
{
	(void)out;
	(void)arg;
	return fa_yaml_is_text(r, scope, node);
}

static bool read_advice(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			const struct fa_yaml_node *node, void *out, const void *arg)
{
	static const struct fa_yaml_field rows[] = {
		{"value", true, offsetof(struct fa_rule, advice), fa_yaml_read_word, &advices},
		{"reason", true, offsetof(struct fa_rule, advice_reason), fa_yaml_read_text, NULL},
	};
	static const struct fa_yaml_fields fields = FIELDS(rows);

	(void)arg;
	return fa_yaml_read_fields(r, scope, node, out, &fields);
}

static bool read_correction(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			    const struct fa_yaml_node *node, void *out, const void *arg)
{
	static const struct fa_yaml_field rows[] = {
		{"transport", false, offsetof(struct fa_correction, transports),
		 fa_yaml_read_transports, NULL},
		{"ports", false, offsetof(struct fa_correction, ports), fa_yaml_read_ports, NULL},
		{"protocols", false, offsetof(struct fa_correction, protocols), fa_yaml_read_names,
		 NULL},
		{"reason", true, offsetof(struct fa_correction, reason), fa_yaml_read_text, NULL},
	};
	static const struct fa_yaml_fields fields = FIELDS(rows);

	(void)arg;
	if (!fa_yaml_read_fields(r, scope, node, out, &fields))
		return false;
	if (node->count == 1)
		return fa_yaml_wrong(
			r, scope, node,
			"nothing is corrected: transport, ports or protocols is missing");
	return true;
}

/* The hosts of one choice. */
static bool read_variant(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			 const struct fa_yaml_node *mapping, const char *choice,
			 struct fa_host_variant *variant)
{
	const struct fa_yaml_node *node = fa_yaml_node_get(mapping, choice);

	variant->value = choice;
	if (node == NULL)
		return fa_yaml_wrong(r, scope, mapping, "the hosts for \"%s\" are missing", choice);
	return fa_yaml_read_hosts(r, &(struct fa_yaml_scope){scope, "", choice}, node,
				  &variant->hosts, NULL);
}

/* All names of all variants, each once. */
static bool join_variants(struct fa_yaml_reader *r, struct fa_rule *rule)
{
	struct fa_strings all = {0};
	const char **items;
	size_t room = 0;

	for (size_t i = 0; i < rule->variant_count; i++)
		room += rule->variants[i].hosts.count;
	items = fa_yaml_alloc(r->arena, room, sizeof(*items));
	if (items == NULL)
		return false;
	all.items = items;
	for (size_t i = 0; i < rule->variant_count; i++) {
		const struct fa_strings *hosts = &rule->variants[i].hosts;

		for (size_t k = 0; k < hosts->count; k++)
			if (!fa_strings_have(&all, hosts->items[k]))
				items[all.count++] = hosts->items[k];
	}
	rule->hosts = all;
	return true;
}

static bool check_variant_keys(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			       const struct fa_yaml_node *node, const struct fa_strings *choices)
{
	const struct fa_like_names names = {choices->items, choices->count,
					    sizeof(*choices->items)};
	bool ok = true;

	for (const struct fa_yaml_node *n = node->first; n != NULL; n = n->next) {
		struct fa_yaml_quote quote;
		struct fa_like_hint hint;

		if (strcmp(n->key->text, "parameter") == 0 ||
		    fa_like_find(&names, n->key->text) != SIZE_MAX)
			continue;
		fa_like_hint(&hint, fa_like_nearest(&names, n->key->text));
		ok = fa_yaml_wrong(r, scope, n->key, "\"%s\" is not one of the choices%s",
				   fa_yaml_quote(&quote, n->key), hint.text);
	}
	return ok;
}

static bool read_hosts_by(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			  const struct fa_yaml_node *node, void *out, const void *arg)
{
	const struct fa_yaml_scope inner = {scope, "", "parameter"};
	const struct fa_yaml_node *name = fa_yaml_node_get(node, "parameter");
	const struct fa_parameter *parameter;
	struct fa_host_variant *variants;
	struct fa_rule *rule = out;
	bool ok;

	(void)arg;
	if (!fa_yaml_is_mapping(r, scope, node))
		return false;
	if (name == NULL)
		return fa_yaml_wrong(r, scope, node, "\"parameter\" is missing");
	parameter = fa_cat_parameter(r, &inner, name);
	if (parameter == NULL)
		return false;
	if (parameter->type != FA_PARAM_CHOICE)
		return wrong_type(r, &inner, name, parameter, "choice");
	ok = check_variant_keys(r, scope, node, &parameter->choices);
	variants = fa_yaml_alloc(r->arena, parameter->choices.count, sizeof(*variants));
	if (variants == NULL)
		return false;
	for (size_t i = 0; i < parameter->choices.count; i++)
		ok &= read_variant(r, scope, node, parameter->choices.items[i], &variants[i]);
	rule->hosts_by = parameter;
	rule->variants = variants;
	rule->variant_count = parameter->choices.count;
	return ok && join_variants(r, rule);
}

static bool read_destinations(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			      const struct fa_yaml_node *node, void *out, const void *arg)
{
	static const struct fa_yaml_field rows[] = {
		{"hosts", false, offsetof(struct fa_rule, hosts), fa_yaml_read_hosts, NULL},
		{"hosts-by", false, 0, read_hosts_by, NULL},
		{"networks", false, offsetof(struct fa_rule, networks), fa_yaml_read_networks,
		 NULL},
		{"asns", false, offsetof(struct fa_rule, asns), fa_yaml_read_asns, NULL},
	};
	static const struct fa_yaml_fields fields = FIELDS(rows);

	(void)arg;
	if (!fa_yaml_read_fields(r, scope, node, out, &fields))
		return false;
	if (fa_yaml_node_get(node, "hosts") != NULL && fa_yaml_node_get(node, "hosts-by") != NULL)
		return fa_yaml_wrong(r, scope, node,
				     "\"hosts\" and \"hosts-by\" exclude each other");
	return true;
}

#define ROW(key, required, member, read, arg)                                                      \
	{                                                                                          \
		key, required, offsetof(struct fa_rule, member), read, arg                         \
	}

static const struct fa_yaml_field rule_rows[] = {
	{"id", true, 0, read_rule_id, NULL},
	ROW("title", true, title, fa_yaml_read_text, NULL),
	ROW("section", true, section, fa_yaml_read_text, NULL),
	ROW("row", true, row, fa_yaml_read_text, NULL),
	ROW("direction", true, direction, fa_yaml_read_word, &directions),
	ROW("from", true, from, read_role_names, NULL),
	ROW("to", true, to, read_role_names, NULL),
	ROW("transport", true, transports, fa_yaml_read_transports, NULL),
	ROW("ports", false, ports, fa_yaml_read_ports, NULL),
	{"moves-with", false, 0, read_moves_with, NULL},
	{"port-parameter", false, 0, read_port_parameter, NULL},
	ROW("configurable", false, configurable, fa_yaml_read_bool, NULL),
	ROW("when-taken", false, when_taken, fa_yaml_read_word, &when_takens),
	ROW("increments-to", false, increments_to, fa_yaml_read_ports, NULL),
	ROW("dynamic", false, dynamic, fa_yaml_read_bool, NULL),
	{"negotiated-by", false, 0, check_reference, NULL},
	{"protocols", true, 0, read_protocols, NULL},
	{"destinations", false, 0, read_destinations, NULL},
	ROW("scope", false, scope, fa_yaml_read_word, &scopes),
	ROW("requirement", true, requirement, fa_yaml_read_word, &requirements),
	ROW("when", false, when, fa_yaml_read_text, NULL),
	{"advice", false, 0, read_advice, NULL},
	ROW("alternatives", false, alternatives, fa_yaml_read_id, NULL),
	{"fallback-for", false, 0, check_reference, NULL},
	ROW("correction", false, correction, read_correction, NULL),
	ROW("note", false, note, fa_yaml_read_text, NULL),
};
static const struct fa_yaml_fields rule_fields = FIELDS(rule_rows);

/* The ports that match without a site. */
static bool set_match_ports(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			    const struct fa_yaml_node *node, struct fa_rule *rule)
{
	int64_t offset = rule->moves_with == NULL ? 0 : rule->moves_with->default_integer;
	struct fa_port_range *moved;

	if (rule->dynamic)
		return true;
	rule->match_ports =
		rule->port_parameter == NULL ? rule->ports : rule->port_parameter->default_ports;
	if (offset == 0 || rule->match_ports.count == 0)
		return true;
	moved = fa_yaml_alloc(r->arena, rule->match_ports.count, sizeof(*moved));
	if (moved == NULL)
		return false;
	for (size_t i = 0; i < rule->match_ports.count; i++) {
		int64_t low = rule->match_ports.items[i].low + offset;
		int64_t high = rule->match_ports.items[i].high + offset;

		if (low < 1 || high > UINT16_MAX)
			return fa_yaml_wrong(r, scope, node,
					     "\"moves-with\": the default of \"%s\" moves port %u "
					     "out of 1 to 65535",
					     rule->moves_with->name,
					     rule->match_ports.items[i].low);
		moved[i].low = (uint16_t)low;
		moved[i].high = (uint16_t)high;
	}
	rule->match_ports.items = moved;
	return true;
}

bool fa_cat_read_rule(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		      const struct fa_yaml_node *node, struct fa_rule *rule)
{
	const struct fa_cat_reader *catalog = fa_cat_reader_of(r);

	rule->product = catalog->product;
	rule->component = catalog->component;
	rule->line = node->line;
	rule->column = node->column;
	rule->index = catalog->product->first_rule + catalog->rule_count;
	if (!fa_yaml_read_fields(r, scope, node, rule, &rule_fields))
		return false;
	return fa_cat_check_rule(r, scope, node, rule) && set_match_ports(r, scope, node, rule);
}

const char *fa_cat_short_id(const struct fa_rule *rule)
{
	return strrchr(rule->id, '/') + 1;
}
