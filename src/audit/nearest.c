/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The nearest miss of a conversation that no rule covers. */
#include "audit/nearest.h"

#include <stdio.h>
#include <string.h>

#include "audit/reasons.h"
#include "audit/weigh.h"

/* Farther than any port: rules whose port the site must say, or that is chosen at run time. */
#define NO_PORT_DISTANCE 65536u

/* How far a product that counts up when its port is taken is looked for. */
#define COUNTED_UP_MAX 10

struct miss {
	const struct fa_rule *rule; /* NULL: none */
	const struct fa_instance *instance;
	unsigned differs;
	uint64_t distance; /* lower is nearer; a total order among the misses of one kind */
};

static void keep_nearer(struct miss *best, const struct miss *other)
{
	if (best->rule == NULL || other->distance < best->distance)
		*best = *other;
}

static struct miss miss_of(const struct fa_weighed *w, unsigned differs, uint64_t distance)
{
	return (struct miss){w->rule, w->binding->instance, w->differs | differs, distance};
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

		if (fa_weigh_all(context, conv, transports[i], weighed) == 0 ||
		    !weighed[0].ends.involved)
			continue;
		miss = miss_of(&weighed[0], FA_DIFFERS_TRANSPORT, weighed[0].rank);
		keep_nearer(&best, &miss);
	}
	return best;
}

static uint32_t distance_to(const struct fa_binding *binding, uint16_t port)
{
	const struct fa_port_ranges *ranges = &binding->ports;
	uint32_t best = NO_PORT_DISTANCE;

	for (size_t i = 0; i < ranges->count && !binding->rule->dynamic; i++) {
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

/* The two highest parts of a distance by port: what else differs, and the number. */
static uint64_t distance_bits(uint64_t differences, const struct fa_binding *binding, uint16_t port)
{
	return (differences << 32 | distance_to(binding, port)) << 25;
}

/*
 * How near a binding is by port. Below the two highest parts the distance has whether only a
 * correction has the transport, and the order of the rules.
 */
static struct miss other_port(const struct fa_audit_context *context,
			      const struct fa_conversation *conv, const struct fa_binding *binding)
{
	unsigned transport = fa_rule_transport_bit(conv->id.transport);
	struct fa_candidate candidate = {.binding = binding, .range_size = 1};
	struct fa_weighed weighed;
	uint64_t away;

	if ((binding->rule->transports & transport) == 0)
		candidate.claim = FA_CLAIM_CORRECTED;
	fa_weigh(context, conv, &candidate, &weighed);
	if (!weighed.ends.involved)
		return (struct miss){0};
	away = fa_difference_count(weighed.differs) + (weighed.fit == FA_FIT_OPEN);
	away = distance_bits(away, binding, conv->id.server_port);
	away |= (uint64_t)(candidate.claim == FA_CLAIM_CORRECTED) << 24;
	away |= fa_rule_order(context, binding->rule);
	return miss_of(&weighed, FA_DIFFERS_PORT, away);
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
	struct fa_touched touched;

	if (count > 0)
		fa_touch_find(context->touch, &conv->id.client, &conv->id.server, &touched);
	for (size_t i = 0; i < count; i++) {
		const struct fa_binding *bindings;
		size_t bound;

		if ((meant_transports(named[i].rule) & transport) == 0)
			continue;
		bindings = fa_bindings_of(context, named[i].rule, &bound);
		for (size_t j = 0; j < bound; j++) {
			uint64_t least = distance_bits(0, &bindings[j], conv->id.server_port);
			struct miss miss;

			if ((best.rule != NULL && least > best.distance) ||
			    !fa_touch_binding(context->touch, &touched, &bindings[j]))
				continue;
			miss = other_port(context, conv, &bindings[j]);
			if (miss.rule != NULL)
				keep_nearer(&best, &miss);
		}
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

/* Whether a row that counts up may be behind this: a number alone is no sign. */
static bool may_have_counted(const struct fa_audit_context *context,
			     const struct fa_conversation *lower,
			     const struct fa_candidate *candidate, struct fa_weighed *out)
{
	if (candidate->binding->rule->when_taken != FA_TAKEN_INCREMENTS)
		return false;
	fa_weigh(context, lower, candidate, out);
	if (out->differs != 0)
		return false;
	return out->ends.placed > 0 || (out->fit == FA_FIT_AGREES && !out->rule->any_protocol &&
					fa_protocol_is_known(&lower->id));
}

/* A product that takes the next port when its own is taken, just below; *FROM is its own. */
static struct miss counted_up(const struct fa_audit_context *context,
			      const struct fa_conversation *conv, unsigned *from)
{
	struct fa_conversation lower = *conv;
	struct miss best = {0};

	for (unsigned up = 1; up <= COUNTED_UP_MAX && up < conv->id.server_port; up++) {
		const struct fa_candidate *candidates;
		size_t count;

		lower.id.server_port = (uint16_t)(conv->id.server_port - up);
		count = fa_policy_candidates(context->policy, conv->id.transport,
					     lower.id.server_port, &candidates);
		for (size_t i = 0; i < count; i++) {
			struct fa_weighed weighed;
			struct miss miss;

			if (!may_have_counted(context, &lower, &candidates[i], &weighed))
				continue;
			miss = miss_of(&weighed, FA_DIFFERS_PORT, weighed.rank);
			keep_nearer(&best, &miss);
		}
		if (best.rule == NULL)
			continue;
		*from = lower.id.server_port;
		return best;
	}
	return best;
}

static bool accepts(const struct fa_rule *rule, const struct fa_identity *id)
{
	return rule->any_protocol || !fa_protocol_is_known(id) ||
	       fa_strings_have(&rule->protocols, id->protocol) ||
	       fa_strings_have(&rule->protocols, id->application);
}

/* The narrowest range of a rule that holds PORT: its size, 0 when none does. */
static uint32_t range_around(const struct fa_rule *rule, uint16_t port)
{
	uint32_t best = 0;

	for (size_t i = 0; i < rule->match_ports.count && !rule->dynamic; i++) {
		const struct fa_port_range *range = &rule->match_ports.items[i];
		uint32_t size = (uint32_t)range->high - range->low + 1;

		if (port >= range->low && port <= range->high && (best == 0 || size < best))
			best = size;
	}
	return best;
}

/* Whether ends and protocol fit BINDING, as far as anybody saw, and only the port does not. */
static bool only_port_differs(const struct fa_audit_context *context,
			      const struct fa_conversation *conv, const struct fa_binding *binding,
			      struct fa_weighed *out)
{
	const struct fa_candidate candidate = {.binding = binding, .range_size = 1};

	if (binding->instance == NULL)
		return false;
	fa_weigh(context, conv, &candidate, out);
	return out->differs == 0 && out->ends.placed > 0;
}

static bool holds(const struct fa_port_ranges *ranges, uint16_t port)
{
	for (size_t i = 0; i < ranges->count; i++)
		if (port >= ranges->items[i].low && port <= ranges->items[i].high)
			return true;
	return false;
}

/* Whether the document, or the site for some instance, has this port in the rule of BINDINGS. */
static bool has_port(const struct fa_binding *bindings, size_t count, uint16_t port)
{
	if (holds(&bindings[0].rule->match_ports, port))
		return true;
	for (size_t i = 0; i < count; i++)
		if (holds(&bindings[i].ports, port))
			return true;
	return false;
}

/* Keeps the nearest of the bindings of RULE, whose port the site or an offset moved somewhere. */
static void keep_moved(const struct fa_audit_context *context, const struct fa_conversation *conv,
		       const struct fa_touched *touched, const struct fa_rule *rule,
		       struct fa_weighed *best)
{
	size_t count;
	const struct fa_binding *bindings = fa_bindings_of(context, rule, &count);

	if ((rule->transports & fa_rule_transport_bit(conv->id.transport)) == 0 ||
	    !has_port(bindings, count, conv->id.server_port))
		return;
	for (size_t i = 0; i < count; i++) {
		struct fa_weighed weighed;

		if (fa_touch_binding(context->touch, touched, &bindings[i]) &&
		    only_port_differs(context, conv, &bindings[i], &weighed) &&
		    (best->binding == NULL || weighed.rank < best->rank))
			*best = weighed;
	}
}

bool fa_nearest_moved(const struct fa_audit_context *context, const struct fa_conversation *conv,
		      struct fa_judgement *out)
{
	struct fa_touched touched;
	struct fa_weighed best;
	char text[FA_DETAIL_TEXT];

	best.binding = NULL;
	fa_touch_find(context->touch, &conv->id.client, &conv->id.server, &touched);
	for (size_t i = 0; i < context->moved_count; i++)
		keep_moved(context, conv, &touched, context->moved[i], &best);
	if (best.binding == NULL)
		return false;
	out->nearest = best.rule;
	out->nearest_instance = best.binding->instance;
	out->differs = FA_DIFFERS_PORT;
	fa_judgement_because(out, FA_REASON_NO_RULE);
	if (best.binding->ports.count > 0) {
		snprintf(text, sizeof(text), "at %s it is port %u", best.binding->instance->name,
			 best.binding->ports.items[0].low);
		fa_reasons_detail(out, text);
	}
	return true;
}

/* A rule for this very port, of a product that the site does not have. */
static struct miss other_product(const struct fa_audit_context *context,
				 const struct fa_conversation *conv)
{
	unsigned transport = fa_rule_transport_bit(conv->id.transport);
	struct miss best = {0};

	for (size_t i = 0; i < context->absent_count; i++) {
		const struct fa_rule *rule = context->absent[i];
		uint32_t size = range_around(rule, conv->id.server_port);
		struct miss miss = {rule, NULL, FA_DIFFERS_PRODUCT, 0};

		if (size == 0 || (rule->transports & transport) == 0 || !accepts(rule, &conv->id))
			continue;
		miss.distance = (uint64_t)size << 32 | fa_rule_order(context, rule);
		keep_nearer(&best, &miss);
	}
	return best;
}

static void tell(struct fa_judgement *out, const struct miss *miss)
{
	out->nearest = miss->rule;
	out->nearest_instance = miss->instance;
	out->differs = miss->differs;
}

void fa_nearest_find(const struct fa_audit_context *context, const struct fa_conversation *conv,
		     struct fa_judgement *out)
{
	struct miss miss;
	struct miss moved;
	char text[FA_DETAIL_TEXT];
	unsigned from = 0;

	if (fa_nearest_moved(context, conv, out))
		return;
	miss = counted_up(context, conv, &from);
	if (miss.rule != NULL) {
		tell(out, &miss);
		snprintf(text, sizeof(text), "the product counts up from %u when that is taken",
			 from);
		fa_reasons_detail(out, text);
		return;
	}
	miss = other_transport(context, conv);
	if (miss.rule == NULL || (miss.differs & FA_DIFFERS_PROTOCOL) != 0) {
		moved = same_protocol(context, conv);
		if (moved.rule != NULL)
			miss = moved;
	}
	if (miss.rule == NULL) {
		miss = other_product(context, conv);
		if (miss.rule != NULL)
			fa_judgement_because(out, FA_REASON_NOT_AT_SITE);
	}
	if (miss.rule != NULL)
		tell(out, &miss);
}
