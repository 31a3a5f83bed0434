/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rules of one component that are in each other's way. Documents do list a port more than once,
 * for other peers, hosts or conditions, so only two things are taken for mistakes:
 *
 *  - the same row twice: ports that overlap on a common transport while everything that tells
 *    traffic apart (direction, roles, destinations, protocols, scope) is the same;
 *  - ranges that cross: each has ports that the other lacks. 47100-47200 beside 47150-47300 is a
 *    slip of the keyboard, whoever the peers are.
 *
 * Two rules that say how they belong together (alternatives, fallback, different conditions) are
 * no mistake, and neither is a dynamic range around another rule's ports.
 */
#include "catalog/read.h"

#include <stdio.h>
#include <string.h>

bool fa_cat_same_strings(const struct fa_strings *a, const struct fa_strings *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!fa_strings_have(b, a->items[i]))
			return false;
	return true;
}

static bool prefixes_equal(const struct fa_prefixes *a, const struct fa_prefixes *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->items[i].bits != b->items[i].bits ||
		    fa_addr_compare(&a->items[i].addr, &b->items[i].addr) != 0)
			return false;
	return true;
}

static bool numbers_equal(const struct fa_numbers *a, const struct fa_numbers *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->items[i] != b->items[i])
			return false;
	return true;
}

/* Nothing but the ports could tell the traffic of one from that of the other. */
static bool same_traffic(const struct fa_rule *a, const struct fa_rule *b)
{
	return a->direction == b->direction && a->scope == b->scope &&
	       a->any_protocol == b->any_protocol && a->hosts_by == b->hosts_by &&
	       fa_cat_same_strings(&a->from, &b->from) && fa_cat_same_strings(&a->to, &b->to) &&
	       fa_cat_same_strings(&a->protocols, &b->protocols) &&
	       fa_cat_same_strings(&a->hosts, &b->hosts) &&
	       prefixes_equal(&a->networks, &b->networks) && numbers_equal(&a->asns, &b->asns);
}

/* Both, and not the same. */
static bool differ(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) != 0;
}

static bool belong_together(const struct fa_rule *a, const struct fa_rule *b)
{
	bool one_group = a->alternatives != NULL && b->alternatives != NULL &&
			 strcmp(a->alternatives, b->alternatives) == 0;

	return one_group || a->fallback_for == b || b->fallback_for == a ||
	       differ(a->when, b->when) || a->dynamic != b->dynamic;
}

enum meeting { APART, MEET, CROSS };

static enum meeting ranges_meet(const struct fa_port_range *a, const struct fa_port_range *b)
{
	if (a->low > b->high || b->low > a->high)
		return APART;
	if ((a->low < b->low && a->high < b->high) || (b->low < a->low && b->high < a->high))
		return CROSS;
	return MEET;
}

/* The worst of all pairs; *FIRST and *SECOND are the ranges. */
static enum meeting ports_meet(const struct fa_port_ranges *a, const struct fa_port_ranges *b,
			       const struct fa_port_range **first,
			       const struct fa_port_range **second)
{
	enum meeting worst = APART;

	for (size_t i = 0; i < a->count; i++) {
		for (size_t k = 0; k < b->count; k++) {
			enum meeting meeting = ranges_meet(&a->items[i], &b->items[k]);

			if (meeting <= worst)
				continue;
			worst = meeting;
			*first = &a->items[i];
			*second = &b->items[k];
		}
	}
	return worst;
}

/* "443" or "5678-5999" */
struct range_text {
	char text[16];
};

static const char *range_text(struct range_text *out, const struct fa_port_range *range)
{
	if (range->low == range->high)
		snprintf(out->text, sizeof(out->text), "%u", range->low);
	else
		snprintf(out->text, sizeof(out->text), "%u-%u", range->low, range->high);
	return out->text;
}

static void complain(struct fa_cat_reader *r, size_t later, size_t earlier,
		     const struct fa_port_range *mine, const struct fa_port_range *other,
		     const char *what)
{
	const struct fa_yaml_scope rule = {NULL, "rule ", fa_cat_short_id(&r->rules[later])};
	struct range_text mine_text;
	struct range_text other_text;

	fa_yaml_wrong(&r->yaml, &rule, r->nodes[later], "%s %s %s of rule \"%s\" in line %u%s",
		      range_text(&mine_text, mine), what, range_text(&other_text, other),
		      fa_cat_short_id(&r->rules[earlier]), r->rules[earlier].line,
		      strcmp(what, "crosses") == 0 ? "" : ", for the same traffic");
}

/* Ports that come from one parameter are the same, whatever it is set to. */
static bool same_parameter(struct fa_cat_reader *r, size_t later, size_t earlier)
{
	const struct fa_rule *mine = &r->rules[later];
	const struct fa_yaml_scope rule = {NULL, "rule ", fa_cat_short_id(mine)};

	if (mine->port_parameter != r->rules[earlier].port_parameter)
		return false;
	if (same_traffic(mine, &r->rules[earlier]))
		fa_yaml_wrong(&r->yaml, &rule, r->nodes[later],
			      "parameter \"%s\" gives the ports of rule \"%s\" in line %u already, "
			      "for the same traffic",
			      mine->port_parameter->name, fa_cat_short_id(&r->rules[earlier]),
			      r->rules[earlier].line);
	return true;
}

/* Only ranges of more than one port can cross. */
static bool has_wide_range(const struct fa_rule *rule)
{
	for (size_t i = 0; i < rule->ports.count; i++)
		if (rule->ports.items[i].low != rule->ports.items[i].high)
			return true;
	return false;
}

static void check_pair(struct fa_cat_reader *r, size_t later, size_t earlier)
{
	const struct fa_rule *a = &r->rules[later];
	const struct fa_rule *b = &r->rules[earlier];
	const struct fa_port_range *mine = NULL;
	const struct fa_port_range *other = NULL;
	enum meeting meeting;
	bool same;

	if (a->id == NULL || b->id == NULL || (a->transports & b->transports) == 0)
		return;
	if (a->moves_with != b->moves_with || belong_together(a, b))
		return;
	if (a->port_parameter != NULL && same_parameter(r, later, earlier))
		return;
	/* Most pairs end here: what follows looks at every pair of ranges. */
	same = same_traffic(a, b);
	if (!same && !(has_wide_range(a) && has_wide_range(b)))
		return;
	meeting = ports_meet(&a->ports, &b->ports, &mine, &other);
	if (meeting == CROSS)
		complain(r, later, earlier, mine, other, "crosses");
	else if (meeting == MEET && same)
		complain(r, later, earlier, mine, other,
			 mine->low == other->low && mine->high == other->high ? "repeats"
									      : "overlaps");
}

void fa_cat_check_overlaps(struct fa_cat_reader *r)
{
	const size_t base = r->product->first_rule;

	for (size_t c = 0; c < r->product->component_count; c++) {
		const struct fa_component *component = &r->product->components[c];
		size_t first = component->rule_count == 0 ? 0 : component->first_rule - base;
		size_t end = first + component->rule_count;

		for (size_t i = first; i < end && !r->yaml.errors->more; i++)
			for (size_t k = first; k < i; k++)
				check_pair(r, i, k);
	}
}
