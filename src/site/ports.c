/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A rule as it holds for an instance: its ports, its roles. */
#include <string.h>

#include "site/read.h"

const struct fa_setting *fa_site_setting(const struct fa_instance *instance,
					 const struct fa_parameter *parameter)
{
	return &instance->settings[parameter - instance->product->parameters];
}

const struct fa_port_override *fa_site_override(const struct fa_instance *instance,
						const struct fa_rule *rule)
{
	for (size_t i = 0; i < instance->override_count; i++)
		if (instance->overrides[i].rule == rule)
			return &instance->overrides[i];
	return NULL;
}

const struct fa_site_role *fa_site_find_role(const struct fa_instance *instance, const char *name)
{
	const struct fa_product *product = instance->product;
	size_t i = 0;

	while (i + 1 < product->role_count && strcmp(product->roles[i].name, name) != 0)
		i++;
	return &instance->roles[i];
}

/* The ranges, OFFSET higher. False when one leaves 1 to 65535, or without memory. */
static bool move(struct fa_yaml_arena *arena, const struct fa_port_ranges *ranges, int64_t offset,
		 struct fa_port_ranges *out)
{
	struct fa_port_range *moved;

	*out = *ranges;
	if (offset == 0 || ranges->count == 0)
		return true;
	moved = fa_yaml_alloc(arena, ranges->count, sizeof(*moved));
	if (moved == NULL)
		return false;
	out->items = moved;
	for (size_t i = 0; i < ranges->count; i++) {
		int64_t low = ranges->items[i].low + offset;
		int64_t high = ranges->items[i].high + offset;

		if (low < 1 || high > UINT16_MAX)
			return false;
		moved[i] = (struct fa_port_range){(uint16_t)low, (uint16_t)high};
	}
	return true;
}

bool fa_site_effective_ports(struct fa_yaml_arena *arena, const struct fa_instance *instance,
			     const struct fa_rule *rule, struct fa_site_ports *out)
{
	const struct fa_port_override *override = fa_site_override(instance, rule);
	struct fa_port_ranges base = rule->ports;
	int64_t offset = 0;

	memset(out, 0, sizeof(*out));
	if (override != NULL) {
		out->ports = override->ports;
		out->of_site = true;
		return true;
	}
	if (rule->dynamic)
		return true;
	if (rule->port_parameter != NULL) {
		const struct fa_setting *given = fa_site_setting(instance, rule->port_parameter);

		base = given->ports;
		out->of_site = given->set;
	}
	if (rule->moves_with != NULL) {
		const struct fa_setting *moved_by = fa_site_setting(instance, rule->moves_with);

		offset = moved_by->integer;
		out->of_site = out->of_site || moved_by->set;
	}
	return move(arena, &base, offset, &out->ports) &&
	       move(arena, &rule->increments_to, offset, &out->increments);
}
