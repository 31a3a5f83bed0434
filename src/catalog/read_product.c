/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything in a catalog file but the inside of a rule. */
#include "catalog/read.h"

#include <string.h>

#include "yaml/values.h"

#define PATTERNS_MAX 32
#define CHOICES_MAX  64

#define FIELDS(rows)                                                                               \
	{                                                                                          \
		rows, sizeof(rows) / sizeof((rows)[0])                                             \
	}

static bool read_product_id(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			    const struct fa_yaml_node *node, void *out, const void *arg)
{
	const char *stem = fa_cat_reader_of(r)->stem;

	if (!fa_yaml_read_id(r, scope, node, out, arg))
		return false;
	if (strcmp(node->text, stem) != 0)
		return fa_yaml_wrong(r, scope, node,
				     "\"%s\" is in the file of \"%s\": file %s.yaml was expected",
				     node->text, stem, node->text);
	return true;
}

static bool read_document(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			  const struct fa_yaml_node *node, void *out, const void *arg)
{
	static const struct fa_yaml_field rows[] = {
		{"title", true, offsetof(struct fa_product, title), fa_yaml_read_text, NULL},
		{"publisher", true, offsetof(struct fa_product, publisher), fa_yaml_read_text,
		 NULL},
		{"dated", false, offsetof(struct fa_product, dated), fa_yaml_read_date, NULL},
		{"note", false, offsetof(struct fa_product, note), fa_yaml_read_text, NULL},
	};
	static const struct fa_yaml_fields fields = FIELDS(rows);

	(void)arg;
	return fa_yaml_read_fields(r, scope, node, out, &fields);
}

static const char *parameter_type(unsigned value)
{
	return fa_parameter_type_text((enum fa_parameter_type)value);
}

static const struct fa_yaml_words parameter_types = {parameter_type, FA_PARAM_CHOICE + 1};

static bool read_choices(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			 const struct fa_yaml_node *node, void *out, const void *arg)
{
	return fa_yaml_is_list(r, scope, node, CHOICES_MAX) &&
	       fa_yaml_read_ids(r, scope, node, out, arg);
}

#define COMMON_ROWS                                                                                \
	{"type", true, offsetof(struct fa_parameter, type), fa_yaml_read_word, &parameter_types},  \
	{                                                                                          \
		"about", true, offsetof(struct fa_parameter, about), fa_yaml_read_text, NULL       \
	}
#define DEFAULT_ROW(member, read)                                                                  \
	{                                                                                          \
		"default", false, offsetof(struct fa_parameter, member), read, NULL                \
	}

/* The keys of a parameter, by its type. */
static const struct fa_yaml_fields *parameter_fields(enum fa_parameter_type type)
{
	static const struct fa_yaml_field integer_rows[] = {
		COMMON_ROWS, DEFAULT_ROW(default_integer, fa_yaml_read_integer)};
	static const struct fa_yaml_field port_rows[] = {
		COMMON_ROWS, DEFAULT_ROW(default_ports, fa_yaml_read_port)};
	static const struct fa_yaml_field ports_rows[] = {
		COMMON_ROWS, DEFAULT_ROW(default_ports, fa_yaml_read_ports)};
	static const struct fa_yaml_field choice_rows[] = {
		COMMON_ROWS,
		{"choices", true, offsetof(struct fa_parameter, choices), read_choices, NULL},
		DEFAULT_ROW(default_choice, fa_yaml_read_id)};
	static const struct fa_yaml_fields integer = FIELDS(integer_rows);
	static const struct fa_yaml_fields port = FIELDS(port_rows);
	static const struct fa_yaml_fields ports = FIELDS(ports_rows);
	static const struct fa_yaml_fields choice = FIELDS(choice_rows);
	static const struct fa_yaml_fields *const fields[] = {
		[FA_PARAM_INTEGER] = &integer,
		[FA_PARAM_PORT] = &port,
		[FA_PARAM_PORTS] = &ports,
		[FA_PARAM_CHOICE] = &choice,
	};

	return fields[type];
}

static bool read_parameter(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			   const struct fa_yaml_node *node, void *out, const void *arg)
{
	const struct fa_yaml_node *type = fa_yaml_node_get(node, "type");
	const struct fa_yaml_node *value = fa_yaml_node_get(node, "default");
	struct fa_parameter *parameter = out;

	if (!fa_yaml_is_mapping(r, scope, node))
		return false;
	if (type == NULL)
		return fa_yaml_wrong(r, scope, node, "\"type\" is missing");
	if (!fa_yaml_read_word(r, &(struct fa_yaml_scope){scope, "", "type"}, type,
			       &parameter->type, &parameter_types))
		return false;
	(void)arg;
	if (!fa_yaml_read_fields(r, scope, node, out, parameter_fields(parameter->type)))
		return false;
	if (value == NULL)
		return true;
	parameter->has_default = true;
	if (parameter->type == FA_PARAM_CHOICE &&
	    !fa_strings_have(&parameter->choices, parameter->default_choice))
		return fa_yaml_wrong(r, &(struct fa_yaml_scope){scope, "", "default"}, value,
				     "\"%s\" is not one of the choices", parameter->default_choice);
	return true;
}

static bool read_parameters(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			    const struct fa_yaml_node *node, void *out, const void *arg)
{
	static const struct fa_yaml_entries entries = {"parameter ", sizeof(struct fa_parameter),
						       256, fa_yaml_read_id, read_parameter};
	struct fa_product *product = out;

	(void)arg;
	product->parameters =
		fa_yaml_read_entries(r, scope, node, &entries, &product->parameter_count);
	return product->parameter_count == node->count;
}

/* A sentence, or a mapping; what it includes is looked up when all roles are read. */
static bool read_role(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		      const struct fa_yaml_node *node, void *out, const void *arg)
{
	static const struct fa_yaml_field rows[] = {
		{"about", true, offsetof(struct fa_role, about), fa_yaml_read_text, NULL},
		{"includes", false, 0, fa_cat_check_includes, NULL},
	};
	static const struct fa_yaml_fields fields = FIELDS(rows);
	struct fa_role *role = out;

	if (node->kind == FA_YAML_MAPPING)
		return fa_yaml_read_fields(r, scope, node, out, &fields);
	return fa_yaml_read_text(r, scope, node, &role->about, arg);
}

static bool read_roles(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		       const struct fa_yaml_node *node, void *out, const void *arg)
{
	static const struct fa_yaml_entries entries = {
		"role ", sizeof(struct fa_role), FA_CATALOG_ROLES_MAX, fa_yaml_read_id, read_role};
	struct fa_product *product = out;
	const size_t told = r->errors->count;
	struct fa_role *roles =
		fa_yaml_read_entries(r, scope, node, &entries, &product->role_count);

	(void)arg;
	product->roles = roles;
	if (product->role_count != node->count || r->errors->count != told)
		return false;
	return fa_cat_link_roles(r, node, roles, product->role_count);
}

/* Where the patterns of one side go. */
struct patterns {
	const struct fa_pattern *items;
	size_t count;
};

/* One pattern, or a list of which one has to fit. */
static bool read_patterns(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			  const struct fa_yaml_node *node, struct patterns *patterns)
{
	struct fa_pattern *one;

	if (node->kind == FA_YAML_LIST) {
		if (!fa_yaml_is_list(r, scope, node, PATTERNS_MAX))
			return false;
		patterns->items = fa_yaml_read_items(r, scope, node, sizeof(*patterns->items),
						     fa_yaml_read_pattern, NULL, &patterns->count);
		return patterns->count == node->count;
	}
	one = fa_yaml_alloc(r->arena, 1, sizeof(*one));
	if (one == NULL || !fa_yaml_read_pattern(r, scope, node, one, NULL))
		return false;
	patterns->items = one;
	patterns->count = 1;
	return true;
}

static bool read_client(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			const struct fa_yaml_node *node, void *out, const void *arg)
{
	struct fa_signature *signature = out;
	struct patterns patterns = {0};
	bool ok = read_patterns(r, scope, node, &patterns);

	(void)arg;
	signature->client = patterns.items;
	signature->client_count = patterns.count;
	return ok;
}

static bool read_server(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			const struct fa_yaml_node *node, void *out, const void *arg)
{
	struct fa_signature *signature = out;
	struct patterns patterns = {0};
	bool ok = read_patterns(r, scope, node, &patterns);

	(void)arg;
	signature->server = patterns.items;
	signature->server_count = patterns.count;
	return ok;
}

static bool read_signature(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			   const struct fa_yaml_node *node, void *out, const void *arg)
{
	static const struct fa_yaml_field rows[] = {
		{"about", true, offsetof(struct fa_signature, about), fa_yaml_read_text, NULL},
		{"source", false, offsetof(struct fa_signature, source), fa_yaml_read_text, NULL},
		{"transport", true, offsetof(struct fa_signature, transports),
		 fa_yaml_read_transports, NULL},
		{"client", false, 0, read_client, NULL},
		{"server", false, 0, read_server, NULL},
	};
	static const struct fa_yaml_fields fields = FIELDS(rows);

	(void)arg;
	return fa_yaml_read_fields(r, scope, node, out, &fields);
}

static bool read_signatures(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			    const struct fa_yaml_node *node, void *out, const void *arg)
{
	static const struct fa_yaml_entries entries = {"signature ", sizeof(struct fa_signature),
						       256, fa_yaml_read_name, read_signature};
	struct fa_product *product = out;

	(void)arg;
	product->signatures =
		fa_yaml_read_entries(r, scope, node, &entries, &product->signature_count);
	return product->signature_count == node->count;
}

/* For messages: the id, or the place in the list when there is none. */
static const char *rule_label(struct fa_yaml_reader *r, const struct fa_yaml_node *node,
			      size_t position)
{
	const struct fa_yaml_node *id = fa_yaml_node_get(node, "id");
	struct fa_yaml_quote quote;
	const char *label;

	if (id != NULL && id->kind == FA_YAML_TEXT && id->len > 0)
		label = fa_yaml_format(r->arena, "%s", fa_yaml_quote(&quote, id));
	else
		label = fa_yaml_format(r->arena, "#%zu", position);
	return label == NULL ? "" : label;
}

static bool read_rules(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		       const struct fa_yaml_node *node, void *out, const void *arg)
{
	struct fa_cat_reader *catalog = fa_cat_reader_of(r);
	struct fa_component *component = out;
	bool ok = true;

	(void)arg;
	component->first_rule = catalog->product->first_rule + catalog->rule_count;
	if (!fa_yaml_is_list(r, scope, node, FA_CATALOG_RULES_MAX))
		return false;
	catalog->component = component;
	for (const struct fa_yaml_node *n = node->first; n != NULL; n = n->next) {
		const char *label = rule_label(r, n, component->rule_count + 1);
		const struct fa_yaml_scope inner = {NULL, "rule ", label};

		if (catalog->rule_count == catalog->rule_capacity)
			return false;
		catalog->nodes[catalog->rule_count] = n;
		ok &= fa_cat_read_rule(r, &inner, n, &catalog->rules[catalog->rule_count]);
		catalog->rule_count++;
		component->rule_count++;
	}
	return ok;
}

static bool read_component(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			   const struct fa_yaml_node *node, void *out, const void *arg)
{
	static const struct fa_yaml_field rows[] = {
		{"name", true, offsetof(struct fa_component, name), fa_yaml_read_text, NULL},
		{"rules", true, 0, read_rules, NULL},
	};
	static const struct fa_yaml_fields fields = FIELDS(rows);

	(void)arg;
	return fa_yaml_read_fields(r, scope, node, out, &fields);
}

static bool read_components(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			    const struct fa_yaml_node *node, void *out, const void *arg)
{
	static const struct fa_yaml_entries entries = {"component ", sizeof(struct fa_component),
						       256, fa_yaml_read_id, read_component};
	struct fa_product *product = out;

	(void)arg;
	product->components =
		fa_yaml_read_entries(r, scope, node, &entries, &product->component_count);
	return product->component_count == node->count;
}

void fa_cat_read_product(struct fa_cat_reader *r)
{
	/* In this order, so that rules find the roles and parameters they name. */
	static const struct fa_yaml_field rows[] = {
		{"format", true, 0, fa_yaml_read_checked, NULL},
		{"product", true, offsetof(struct fa_product, id), read_product_id, NULL},
		{"everywhere", false, offsetof(struct fa_product, everywhere), fa_yaml_read_bool,
		 NULL},
		{"name", true, offsetof(struct fa_product, name), fa_yaml_read_text, NULL},
		{"document", true, 0, read_document, NULL},
		{"parameters", false, 0, read_parameters, NULL},
		{"roles", true, 0, read_roles, NULL},
		{"signatures", false, 0, read_signatures, NULL},
		{"components", true, 0, read_components, NULL},
	};
	static const struct fa_yaml_fields fields = FIELDS(rows);

	if (fa_yaml_format_is(&r->yaml, 1, "catalog"))
		fa_yaml_read_fields(&r->yaml, NULL, r->yaml.root, r->product, &fields);
}
