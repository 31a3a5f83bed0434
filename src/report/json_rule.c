/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A documented port requirement as JSON. */
#include "report/json.h"

#include <stdlib.h>

/* Appends to LIST, which it frees when that fails: lists are made in one go. */
static json_t *append(json_t *list, json_t *value)
{
	if (json_array_append_new(list, value) == 0)
		return list;
	json_decref(list);
	return NULL;
}

json_t *fa_json_strings(const struct fa_strings *items)
{
	json_t *list = json_array();

	for (size_t i = 0; list != NULL && i < items->count; i++)
		list = append(list, fa_json_text(items->items[i]));
	return list;
}

static json_t *transports(unsigned set)
{
	json_t *list = json_array();

	for (unsigned i = 0; list != NULL && i < FA_RULE_TRANSPORTS; i++)
		if ((set >> i & 1) != 0)
			list = append(list, json_string(fa_rule_transport_text(i)));
	return list;
}

/* An integer for one port, [low, high] for a range. */
json_t *fa_json_ports(const struct fa_port_ranges *ranges)
{
	json_t *list = json_array();

	for (size_t i = 0; list != NULL && i < ranges->count; i++) {
		const struct fa_port_range *range = &ranges->items[i];

		if (range->low == range->high)
			list = append(list, json_integer(range->low));
		else
			list = append(list, json_pack("[ii]", (int)range->low, (int)range->high));
	}
	return list;
}

static json_t *networks(const struct fa_prefixes *prefixes)
{
	json_t *list = json_array();
	char addr[FA_ADDR_TEXT];

	for (size_t i = 0; list != NULL && i < prefixes->count; i++)
		list = append(list,
			      json_sprintf("%s/%u", fa_addr_text(&prefixes->items[i].addr, addr),
					   prefixes->items[i].bits));
	return list;
}

static json_t *systems(const struct fa_numbers *asns)
{
	json_t *list = json_array();

	for (size_t i = 0; list != NULL && i < asns->count; i++)
		list = append(list, json_integer((json_int_t)asns->items[i]));
	return list;
}

static json_t *protocols(const struct fa_rule *rule)
{
	return rule->any_protocol ? json_pack("[s]", "any") : fa_json_strings(&rule->protocols);
}

static json_t *correction(const struct fa_correction *correction)
{
	struct fa_json json;

	if (correction->reason == NULL)
		return json_null();
	json = fa_json_new();
	fa_json_put(&json, "transport", transports(correction->transports));
	fa_json_put(&json, "ports", fa_json_ports(&correction->ports));
	fa_json_put(&json, "protocol", fa_json_strings(&correction->protocols));
	fa_json_put_text(&json, "reason", correction->reason);
	return fa_json_done(&json);
}

static json_t *citation(const struct fa_rule *rule)
{
	struct fa_json json = fa_json_new();

	fa_json_put_text(&json, "title", rule->product->title);
	fa_json_put_text(&json, "publisher", rule->product->publisher);
	fa_json_put_text(&json, "dated", rule->product->dated);
	fa_json_put_text(&json, "section", rule->section);
	fa_json_put_text(&json, "row", rule->row);
	return fa_json_done(&json);
}

static json_t *name_of(const struct fa_parameter *parameter)
{
	return fa_json_text(parameter != NULL ? parameter->name : NULL);
}

/* NULL for the empty text of "none". */
static const char *or_null(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

/* How ports move, and what leads to them. */
static void put_movement(struct fa_json *json, const struct fa_rule *rule)
{
	fa_json_put(json, "parameter", name_of(rule->port_parameter));
	fa_json_put(json, "moves_with", name_of(rule->moves_with));
	fa_json_put(json, "configurable", json_boolean(rule->configurable));
	fa_json_put_text(json, "when_taken", or_null(fa_when_taken_text(rule->when_taken)));
	fa_json_put(json, "increments_to", fa_json_ports(&rule->increments_to));
	fa_json_put(json, "dynamic", json_boolean(rule->dynamic));
	fa_json_put_text(json, "negotiated_by",
			 rule->negotiated_by != NULL ? rule->negotiated_by->id : NULL);
}

static void put_advice(struct fa_json *json, const struct fa_rule *rule)
{
	fa_json_put_text(json, "requirement", fa_requirement_text(rule->requirement));
	fa_json_put_text(json, "when", rule->when);
	fa_json_put_text(json, "advice", or_null(fa_advice_text(rule->advice)));
	fa_json_put_text(json, "advice_reason", rule->advice_reason);
	fa_json_put_text(json, "alternatives", rule->alternatives);
	fa_json_put_text(json, "fallback_for",
			 rule->fallback_for != NULL ? rule->fallback_for->id : NULL);
	fa_json_put(json, "correction", correction(&rule->correction));
	fa_json_put_text(json, "note", rule->note);
}

json_t *fa_json_rule(const struct fa_rule *rule)
{
	struct fa_json json = fa_json_new();

	fa_json_put_text(&json, "rule", rule->id);
	fa_json_put_text(&json, "product", rule->product->id);
	fa_json_put_text(&json, "component", rule->component->id);
	fa_json_put_text(&json, "title", rule->title);
	fa_json_put_text(&json, "direction", fa_rule_direction_text(rule->direction));
	fa_json_put(&json, "from", fa_json_strings(&rule->from));
	fa_json_put(&json, "to", fa_json_strings(&rule->to));
	fa_json_put(&json, "transport", transports(rule->transports));
	fa_json_put(&json, "ports",
		    fa_json_ports(rule->port_parameter != NULL ? &rule->match_ports : &rule->ports));
	put_movement(&json, rule);
	fa_json_put(&json, "protocol", protocols(rule));
	fa_json_put(&json, "host", fa_json_strings(&rule->hosts));
	fa_json_put(&json, "host_parameter", name_of(rule->hosts_by));
	fa_json_put(&json, "network", networks(&rule->networks));
	fa_json_put(&json, "asn", systems(&rule->asns));
	fa_json_put_text(&json, "scope", fa_scope_text(rule->scope));
	put_advice(&json, rule);
	fa_json_put(&json, "citation", citation(rule));
	return fa_json_done(&json);
}

char *fa_report_rule_json(const struct fa_rule *rule)
{
	json_t *value = fa_json_rule(rule);
	char *text = value != NULL ? json_dumps(value, JSON_COMPACT) : NULL;

	json_decref(value);
	return text;
}
