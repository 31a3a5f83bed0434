/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The nearest miss of a conversation that no rule covers. */
#include "audit/nearest.h"

#include <string.h>

#include "audit/weigh.h"

/* Farther than any port: rules whose port the site must say, or that is chosen at run time. */
#define NO_PORT_DISTANCE 65536u

struct miss {
	const struct fa_rule *rule; /* NULL: none */
	unsigned differs;
	uint64_t distance; /* lower is nearer; a total order among the misses of one kind */
};

static void keep_nearer(struct miss *best, const struct miss *other)
{
	if (best->rule == NULL || other->distance < best->distance)
		*best = *other;
}

/* The best rule for the same port on another transport: on its own there is none. */
static struct miss other_transport(const struct fa_audit_context *context,
				   const struct fa_conversation *conv)
{
	static const uint8_t transports[] = {6, 17, 132};
	struct miss best = {0};

	for (size_t i = 0; i < sizeof(transports); i++) {
		struct fa_weighed weighed[FA_WEIGHED_MAX];
		struct miss miss;

		if (fa_weigh_all(context, conv, transports[i], weighed) == 0)
			continue;
		miss.rule = weighed[0].rule;
		miss.differs = weighed[0].differs | FA_DIFFERS_TRANSPORT;
		miss.distance = weighed[0].rank;
		keep_nearer(&best, &miss);
	}
	return best;
}

static uint32_t distance_to(const struct fa_rule *rule, uint16_t port)
{
	const struct fa_port_ranges *ranges = &rule->match_ports;
	uint32_t best = NO_PORT_DISTANCE;

	for (size_t i = 0; i < ranges->count && !rule->dynamic; i++) {
		const struct fa_port_range *range = &ranges->items[i];
		uint32_t distance = 0;

		if (port < range->low)
			distance = (uint32_t)range->low - port;
		else if (port > range->high)
			distance = (uint32_t)port - range->high;
		if (distance < best)
			best = distance;
	}
	return best;
}

static unsigned meant_transports(const struct fa_rule *rule)
{
	return rule->transports |
	       (rule->correction.reason != NULL ? rule->correction.transports : 0);
}

/*
 * The rule that names PROTOCOL with the closest port. A rule for another destination, or for one
 * that is not known, is farther than any port; without a fixed port, farther than any number. At
 * the same distance the document's own transport goes before a corrected one.
 */
static struct miss closest_port(const struct fa_audit_context *context,
				const struct fa_conversation *conv, const char *protocol)
{
	unsigned transport = fa_rule_transport_bit(conv->id.transport);
	struct miss best = {0};
	size_t count;
	const struct fa_named_rule *named = fa_rules_naming(context, protocol, &count);

	for (size_t i = 0; i < count; i++) {
		const struct fa_rule *rule = named[i].rule;
		struct fa_candidate candidate = {.binding = &context->policy->bindings[rule->index],
						 .range_size = 1};
		struct fa_weighed weighed;
		struct miss miss;
		uint64_t away;

		if ((meant_transports(rule) & transport) == 0)
			continue;
		if ((rule->transports & transport) == 0)
			candidate.claim = FA_CLAIM_CORRECTED;
		fa_weigh(context, conv, &candidate, &weighed);
		away = fa_differences(weighed.differs) + (weighed.fit == FA_FIT_OPEN);
		miss.rule = rule;
		miss.differs = weighed.differs | FA_DIFFERS_PORT;
		away = away << 32 | distance_to(rule, conv->id.server_port);
		away = away << 1 | (candidate.claim == FA_CLAIM_CORRECTED);
		miss.distance = away << 24 | fa_rule_order(context, rule);
		keep_nearer(&best, &miss);
	}
	return best;
}

static struct miss same_protocol(const struct fa_audit_context *context,
				 const struct fa_conversation *conv)
{
	struct miss best = {0};
	struct miss other;

	if (!fa_protocol_is_known(&conv->id))
		return best;
	best = closest_port(context, conv, conv->id.protocol);
	other = closest_port(context, conv, conv->id.application);
	if (other.rule != NULL)
		keep_nearer(&best, &other);
	return best;
}

void fa_nearest_find(const struct fa_audit_context *context, const struct fa_conversation *conv,
		     struct fa_judgement *out)
{
	struct miss miss = other_transport(context, conv);

	if (miss.rule == NULL || (miss.differs & FA_DIFFERS_PROTOCOL) != 0) {
		struct miss moved = same_protocol(context, conv);

		if (moved.rule != NULL)
			miss = moved;
	}
	if (miss.rule == NULL)
		return;
	out->nearest = miss.rule;
	out->differs = miss.differs;
}
