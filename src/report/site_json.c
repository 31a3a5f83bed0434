/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A site as JSON: explained back, and what is expected of it. */
#include "report/json.h"
#include "report/output.h"
#include "report/site.h"

/* Appends to LIST, which it frees when that fails. */
static json_t *append(json_t *list, json_t *value)
{
	if (list == NULL) {
		json_decref(value);
		return NULL;
	}
	if (json_array_append_new(list, value) == 0)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *prefix(const struct fa_prefix *prefix)
{
	char addr[FA_ADDR_TEXT];

	return json_sprintf("%s/%u", fa_addr_text(&prefix->addr, addr), prefix->bits);
}

static json_t *place(const struct fa_place *at)
{
	struct fa_json json = fa_json_new();

	fa_json_put_text(&json, "name", at->label);
	fa_json_put(&json, "prefix", at->host == NULL ? prefix(&at->prefix) : json_null());
	fa_json_put_text(&json, "host", at->host);
	return fa_json_done(&json);
}

static json_t *role(const struct fa_site_role *site_role)
{
	static const char *const words[] = {
		[FA_UNPLACED] = "unplaced",
		[FA_ANYBODY] = "any",
		[FA_NOBODY] = "none",
		[FA_PLACED] = "placed",
	};
	struct fa_json json = fa_json_new();
	json_t *places = json_array();

	for (size_t i = 0; i < site_role->place_count; i++)
		places = append(places, place(&site_role->places[i]));
	fa_json_put_text(&json, "role", site_role->role->name);
	fa_json_put_text(&json, "placing", words[site_role->placing]);
	fa_json_put(&json, "places", places);
	return fa_json_done(&json);
}

static json_t *setting(const struct fa_setting *value)
{
	struct fa_json json = fa_json_new();

	fa_json_put_text(&json, "parameter", value->parameter->name);
	fa_json_put_text(&json, "value", value->text[0] == '\0' ? NULL : value->text);
	fa_json_put(&json, "set", json_boolean(value->set));
	return fa_json_done(&json);
}

static json_t * override(const struct fa_port_override *set)
{
	struct fa_json json = fa_json_new();

	fa_json_put_text(&json, "rule", set->rule->id);
	fa_json_put(&json, "ports", fa_json_ports(&set->ports));
	fa_json_put(&json, "documented_ports", fa_json_ports(&set->rule->ports));
	fa_json_put(&json, "configurable", json_boolean(!fa_site_override_is_odd(set)));
	return fa_json_done(&json);
}

/* A rule that leads to no expectation, and why; NULL without memory. */
static json_t *idle(const struct fa_rule *rule, enum fa_idle why)
{
	static const char *const words[] = {
		[FA_IDLE_UNPLACED] = "own-role-unplaced",
		[FA_IDLE_PORTLESS] = "no-port",
		[FA_IDLE_NOBODY] = "nobody",
		[FA_IDLE_DYNAMIC] = "dynamic",
	};
	struct fa_json json = fa_json_new();
	struct fa_buffer own = {0};

	fa_site_add_own_roles(&own, rule);
	fa_json_put_text(&json, "rule", rule->id);
	fa_json_put_text(&json, "reason", words[why]);
	fa_json_put_text(&json, "own_roles", fa_buffer_text(&own));
	fa_json_put_text(&json, "parameter",
			 rule->port_parameter == NULL ? NULL : rule->port_parameter->name);
	json.failed = json.failed || own.failed;
	fa_buffer_deinit(&own);
	return fa_json_done(&json);
}

static json_t *idles(const struct fa_policy *policy, const struct fa_instance *instance)
{
	const struct fa_product *product = instance->product;
	json_t *list = json_array();

	for (size_t i = 0; i < product->rule_count; i++) {
		const struct fa_rule *rule = &policy->book->rules[product->first_rule + i];
		enum fa_idle why = fa_site_idle(fa_site_binding(policy, instance, rule));

		if (why != FA_IDLE_NOT)
			list = append(list, idle(rule, why));
	}
	return list;
}

static json_t *instance_json(const struct fa_policy *policy, const struct fa_instance *instance)
{
	const struct fa_product *product = instance->product;
	struct fa_json json = fa_json_new();
	json_t *settings = json_array();
	json_t *overrides = json_array();
	json_t *roles = json_array();

	for (size_t i = 0; i < product->parameter_count; i++)
		settings = append(settings, setting(&instance->settings[i]));
	for (size_t i = 0; i < instance->override_count; i++)
		overrides = append(overrides, override(&instance->overrides[i]));
	for (size_t i = 0; i < product->role_count; i++)
		roles = append(roles, role(&instance->roles[i]));
	fa_json_put_text(&json, "name", instance->name);
	fa_json_put_text(&json, "product", product->id);
	fa_json_put_text(&json, "version", instance->version[0] == '\0' ? NULL : instance->version);
	fa_json_put(&json, "parameters", settings);
	fa_json_put(&json, "ports", overrides);
	fa_json_put(&json, "roles", roles);
	fa_json_put(&json, "idle", idles(policy, instance));
	return fa_json_done(&json);
}

static void add_shared(void *context, const struct fa_shared_port *shared)
{
	json_t **list = context;
	struct fa_json json = fa_json_new();

	fa_json_put_text(&json, "host", shared->place->label);
	fa_json_put_text(&json, "transport", fa_rule_transport_text(shared->transport));
	fa_json_put_count(&json, "port", shared->port);
	fa_json_put_text(&json, "instance", shared->first->instance->name);
	fa_json_put_text(&json, "rule", shared->first->rule->id);
	fa_json_put_text(&json, "other_instance", shared->second->instance->name);
	fa_json_put_text(&json, "other_rule", shared->second->rule->id);
	*list = append(*list, fa_json_done(&json));
}

int fa_site_json_check(FILE *out, const struct fa_policy *policy, struct fa_diag *diag)
{
	const struct fa_site *site = policy->site;
	struct fa_json json = fa_json_new();
	json_t *instances = json_array();
	json_t *shared = json_array();
	int err;

	for (size_t i = 0; i < site->instance_count; i++)
		instances = append(instances, instance_json(policy, &site->instances[i]));
	fa_site_each_shared(policy, add_shared, &shared);
	fa_json_put_text(&json, "site", site->name);
	fa_json_put_text(&json, "file", site->file);
	fa_json_put_text(&json, "autonomous_systems", site->as_file);
	fa_json_put_count(&json, "bindings", policy->count);
	fa_json_put(&json, "instances", instances);
	fa_json_put(&json, "shared_ports", shared);
	err = fa_json_write(out, fa_json_done(&json), "\n", diag);
	return err != 0 ? err : fa_output_flush(out, diag);
}

static json_t *end_json(const struct fa_end *end)
{
	struct fa_json json = fa_json_new();
	json_t *places = json_array();

	for (size_t i = 0; i < end->count; i++)
		for (size_t k = 0; k < end->roles[i]->place_count; k++)
			places = append(places, place(&end->roles[i]->places[k]));
	fa_json_put(&json, "places", places);
	fa_json_put(&json, "anybody", json_boolean(end->anybody));
	fa_json_put(&json, "unplaced", json_boolean(end->unplaced));
	return fa_json_done(&json);
}

/* The rule as in the list of a catalog, with ports and hosts as they hold here. */
static json_t *expectation(const struct fa_binding *binding)
{
	struct fa_json json = {fa_json_rule(binding->rule), false};

	if (json.object == NULL)
		return NULL;
	fa_json_put_text(&json, "instance",
			 binding->instance == NULL ? NULL : binding->instance->name);
	fa_json_put(&json, "ports", fa_json_ports(&binding->ports));
	fa_json_put(&json, "increments_to", fa_json_ports(&binding->increments));
	fa_json_put(&json, "host", fa_json_strings(&binding->hosts));
	fa_json_put(&json, "client", end_json(&binding->client));
	fa_json_put(&json, "server", end_json(&binding->server));
	return fa_json_done(&json);
}

int fa_site_json_expect(FILE *out, const struct fa_policy *policy, struct fa_diag *diag)
{
	bool first = true;

	fprintf(out, "{\"site\":\"%s\",\"expectations\":[", policy->site->name);
	for (size_t i = 0; i < policy->count; i++) {
		int err;

		if (fa_site_idle(&policy->bindings[i]) != FA_IDLE_NOT)
			continue;
		fputs(first ? "\n" : ",\n", out);
		first = false;
		err = fa_json_write(out, expectation(&policy->bindings[i]), "", diag);
		if (err != 0)
			return err;
	}
	fputs("\n]}\n", out);
	return fa_output_flush(out, diag);
}
