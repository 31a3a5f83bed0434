/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether the values of one rule fit together. */
#include "catalog/read.h"

/* Values that are right one by one and do not fit together. */
static bool check_together(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			   const struct fa_yaml_node *node, const struct fa_rule *rule)
{
	const unsigned icmp = FA_RULE_ICMP | FA_RULE_ICMP6;
	const bool ports = rule->ports.count != 0;
	const bool parameter = rule->port_parameter != NULL;
	const bool no_ports = (rule->transports & ~icmp) == 0;
	const struct {
		bool wrong;
		const char *text;
	} checks[] = {
		{ports && parameter, "\"ports\" and \"port-parameter\" exclude each other"},
		{no_ports && (ports || parameter || rule->dynamic),
		 "ICMP has no ports: \"ports\", \"port-parameter\" and \"dynamic\" have no "
		 "meaning"},
		{!no_ports && !ports && !parameter && !rule->dynamic && !rule->configurable,
		 "no port: \"ports\", \"port-parameter\", \"dynamic: true\" or "
		 "\"configurable: true\" is missing"},
		{rule->moves_with != NULL && !ports && !parameter,
		 "\"moves-with\" needs \"ports\" or \"port-parameter\""},
		{rule->increments_to.count != 0 && rule->when_taken != FA_TAKEN_INCREMENTS,
		 "\"increments-to\" needs \"when-taken: increments\""},
		{fa_yaml_node_get(node, "negotiated-by") != NULL && !rule->dynamic,
		 "\"negotiated-by\" needs \"dynamic: true\""},
		{rule->requirement == FA_CONDITIONAL && rule->when == NULL,
		 "\"requirement: conditional\" needs \"when\""},
		{rule->requirement == FA_REQUIRED && rule->when != NULL,
		 "\"when\" does not go with \"requirement: required\""},
	};
	bool ok = true;

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (checks[i].wrong)
			ok = fa_yaml_wrong(r, scope, node, "%s", checks[i].text);
	return ok;
}

static bool ranges_equal(const struct fa_port_ranges *a, const struct fa_port_ranges *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->items[i].low != b->items[i].low || a->items[i].high != b->items[i].high)
			return false;
	return true;
}

/* A correction that repeats what the rule says corrects nothing. */
static bool check_correction(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			     const struct fa_yaml_node *node, const struct fa_rule *rule)
{
	const struct fa_correction *correction = &rule->correction;
	const struct {
		bool same;
		const char *key;
	} parts[] = {
		{correction->transports == rule->transports, "transport"},
		{correction->ports.count != 0 && ranges_equal(&correction->ports, &rule->ports),
		 "ports"},
		{correction->protocols.count != 0 &&
			 fa_cat_same_strings(&correction->protocols, &rule->protocols),
		 "protocols"},
	};
	bool ok = true;

	if (correction->reason == NULL)
		return true;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i].same)
			ok = fa_yaml_wrong(r, scope, fa_yaml_node_get(node, "correction"),
					   "\"correction\": \"%s\" is what the rule says anyway",
					   parts[i].key);
	return ok;
}

static bool check_increments(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			     const struct fa_yaml_node *node, const struct fa_rule *rule)
{
	for (size_t i = 0; i < rule->increments_to.count; i++) {
		const struct fa_port_range *next = &rule->increments_to.items[i];

		for (size_t k = 0; k < rule->ports.count; k++)
			if (next->low <= rule->ports.items[k].high &&
			    rule->ports.items[k].low <= next->high)
				return fa_yaml_wrong(r, scope,
						     fa_yaml_node_get(node, "increments-to"),
						     "\"increments-to\": %u is one of the ports "
						     "already",
						     next->low);
	}
	return true;
}

bool fa_cat_check_rule(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		       const struct fa_yaml_node *node, const struct fa_rule *rule)
{
	return check_together(r, scope, node, rule) && check_correction(r, scope, node, rule) &&
	       check_increments(r, scope, node, rule);
}
