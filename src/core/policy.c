/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which bound rules claim a port, and who may be at their ends. */
#include "core/policy.h"

#include <stdlib.h>
#include <string.h>

#define PORTS 65536u

/* What a binding claims on one transport. */
struct claims {
	struct fa_port_ranges of[FA_CLAIM_CORRECTED + 1];
};

static const struct fa_port_range every_port = {0, PORTS - 1};
static const struct fa_port_ranges all_ports = {&every_port, 1};

static struct claims claims_of(const struct fa_binding *binding, unsigned transport)
{
	const struct fa_rule *rule = binding->rule;
	const struct fa_correction *correction = &rule->correction;
	bool has_ports = fa_rule_transport_has_ports(transport);
	unsigned meant = correction->transports != 0 ? correction->transports : rule->transports;
	struct claims claims = {0};

	if (rule->dynamic)
		return claims;
	if ((rule->transports & 1u << transport) != 0) {
		claims.of[FA_CLAIM_DOCUMENTED] = has_ports ? binding->ports : all_ports;
		claims.of[FA_CLAIM_INCREMENTED] = binding->increments;
	}
	if (correction->reason != NULL && (meant & 1u << transport) != 0) {
		claims.of[FA_CLAIM_CORRECTED] =
			correction->ports.count != 0 ? correction->ports : binding->ports;
		if (!has_ports)
			claims.of[FA_CLAIM_CORRECTED] = all_ports;
	}
	return claims;
}

static uint32_t range_size(const struct fa_port_range *range)
{
	return (uint32_t)range->high - range->low + 1;
}

static int compare_candidates(const void *a, const void *b)
{
	const struct fa_candidate *left = a;
	const struct fa_candidate *right = b;
	int order;

	if (left->range_size != right->range_size)
		return left->range_size < right->range_size ? -1 : 1;
	order = strcmp(left->binding->rule->id, right->binding->rule->id);
	if (order != 0)
		return order;
	return (left->binding->index > right->binding->index) -
	       (left->binding->index < right->binding->index);
}

/*
 * The index of one transport. Ports between two neighbouring range ends all have the same
 * candidates: they share a slot. slot_of gives the slot of a port; the candidates of slot S are
 * items[first[S]] to items[first[S + 1] - 1], sorted.
 */
struct slots {
	uint16_t slot_of[PORTS];
	uint32_t slot_count;
	uint32_t *first;
	struct fa_candidate *items;
};

struct fa_port_index {
	struct slots transports[FA_RULE_TRANSPORTS];
};

static void cut(uint8_t *cuts, const struct fa_port_ranges *ranges)
{
	for (size_t i = 0; i < ranges->count; i++) {
		cuts[ranges->items[i].low] = 1;
		cuts[ranges->items[i].high + 1u] = 1;
	}
}

static int slots_divide(struct slots *slots, const struct fa_policy *policy, unsigned transport)
{
	uint8_t *cuts = calloc(PORTS + 1, 1);
	uint32_t slot = 0;

	if (cuts == NULL)
		return FA_ENOMEM;
	for (size_t i = 0; i < policy->count; i++) {
		struct claims claims = claims_of(&policy->bindings[i], transport);

		for (unsigned claim = 0; claim <= FA_CLAIM_CORRECTED; claim++)
			cut(cuts, &claims.of[claim]);
	}
	for (uint32_t port = 0; port < PORTS; port++) {
		if (port > 0 && cuts[port] != 0)
			slot++;
		slots->slot_of[port] = (uint16_t)slot;
	}
	slots->slot_count = slot + 1;
	free(cuts);
	return 0;
}

/* One pass over all claims: counts them, then (when items is there) writes them. */
struct filling {
	struct slots *slots;
	uint32_t *used;			  /* by slot */
	const struct fa_binding **last;	  /* by slot: the binding that came last */
	const struct fa_binding *binding; /* the one being entered */
};

static void enter_slot(struct filling *f, uint32_t slot, uint32_t size, enum fa_claim claim)
{
	struct fa_candidate *items = f->slots->items;
	uint32_t at = f->slots->first[slot] + f->used[slot];

	if (f->last[slot] != f->binding) {
		f->last[slot] = f->binding;
		f->used[slot]++;
		if (items != NULL)
			items[at] = (struct fa_candidate){f->binding, claim, size};
		return;
	}
	if (items != NULL && items[at - 1].claim == claim && size < items[at - 1].range_size)
		items[at - 1].range_size = size;
}

static void enter(struct filling *f, const struct fa_port_ranges *ranges, enum fa_claim claim)
{
	const uint16_t *slot_of = f->slots->slot_of;

	for (size_t i = 0; i < ranges->count; i++) {
		const struct fa_port_range *range = &ranges->items[i];

		for (uint32_t slot = slot_of[range->low]; slot <= slot_of[range->high]; slot++)
			enter_slot(f, slot, range_size(range), claim);
	}
}

static void enter_all(struct filling *f, const struct fa_policy *policy, unsigned transport)
{
	memset(f->used, 0, f->slots->slot_count * sizeof(*f->used));
	memset(f->last, 0, f->slots->slot_count * sizeof(*f->last));
	for (size_t i = 0; i < policy->count; i++) {
		struct claims claims = claims_of(&policy->bindings[i], transport);

		f->binding = &policy->bindings[i];
		for (unsigned claim = 0; claim <= FA_CLAIM_CORRECTED; claim++)
			enter(f, &claims.of[claim], (enum fa_claim)claim);
	}
}

/* Turns the counts into positions and makes room for the candidates. */
static int slots_reserve(struct slots *slots, const uint32_t *used)
{
	uint32_t total = 0;

	for (uint32_t slot = 0; slot < slots->slot_count; slot++) {
		slots->first[slot] = total;
		total += used[slot];
	}
	slots->first[slots->slot_count] = total;
	slots->items = calloc(total == 0 ? 1 : total, sizeof(*slots->items));
	return slots->items == NULL ? FA_ENOMEM : 0;
}

static int slots_build(struct slots *slots, const struct fa_policy *policy, unsigned transport)
{
	struct filling filling = {.slots = slots};
	int error = slots_divide(slots, policy, transport);

	if (error != 0)
		return error;
	error = FA_ENOMEM;
	slots->first = calloc(slots->slot_count + 1, sizeof(*slots->first));
	filling.used = calloc(slots->slot_count, sizeof(*filling.used));
	filling.last = calloc(slots->slot_count, sizeof(*filling.last));
	if (slots->first == NULL || filling.used == NULL || filling.last == NULL)
		goto out;
	enter_all(&filling, policy, transport);
	error = slots_reserve(slots, filling.used);
	if (error != 0)
		goto out;
	enter_all(&filling, policy, transport);
	for (uint32_t slot = 0; slot < slots->slot_count; slot++)
		qsort(&slots->items[slots->first[slot]], filling.used[slot], sizeof(*slots->items),
		      compare_candidates);
out:
	free(filling.last);
	free(filling.used);
	return error;
}

static void index_free(struct fa_port_index *index)
{
	if (index == NULL)
		return;
	for (unsigned i = 0; i < FA_RULE_TRANSPORTS; i++) {
		free(index->transports[i].first);
		free(index->transports[i].items);
	}
	free(index);
}

int fa_policy_index(struct fa_policy *policy)
{
	struct fa_port_index *index = calloc(1, sizeof(*index));
	int error = index == NULL ? FA_ENOMEM : 0;

	for (unsigned i = 0; i < FA_RULE_TRANSPORTS && error == 0; i++)
		error = slots_build(&index->transports[i], policy, i);
	if (error != 0) {
		index_free(index);
		return error;
	}
	index_free(policy->index);
	policy->index = index;
	return 0;
}

int fa_policy_from_rulebook(struct fa_policy *policy, const struct fa_rulebook *book)
{
	struct fa_binding *bindings = calloc(book->rule_count + 1, sizeof(*bindings));
	int error;

	memset(policy, 0, sizeof(*policy));
	if (bindings == NULL)
		return FA_ENOMEM;
	for (size_t i = 0; i < book->rule_count; i++) {
		const struct fa_rule *rule = &book->rules[i];

		bindings[i] = (struct fa_binding){
			.rule = rule,
			.ports = rule->match_ports,
			.increments = rule->increments_to,
			.hosts = rule->hosts,
			.client.unplaced = true,
			.server.unplaced = true,
			.index = i,
		};
	}
	*policy = (struct fa_policy){.book = book,
				     .bindings = bindings,
				     .count = book->rule_count,
				     .memory = bindings,
				     .free_memory = free};
	error = fa_policy_index(policy);
	if (error != 0)
		fa_policy_deinit(policy);
	return error;
}

void fa_policy_deinit(struct fa_policy *policy)
{
	index_free(policy->index);
	if (policy->free_memory != NULL)
		policy->free_memory(policy->memory);
	memset(policy, 0, sizeof(*policy));
}

size_t fa_policy_candidates(const struct fa_policy *policy, uint8_t ip_protocol, uint16_t port,
			    const struct fa_candidate **out)
{
	unsigned transport = fa_rule_transport_index(ip_protocol);
	const struct slots *slots;
	uint32_t slot;

	*out = NULL;
	if (transport == FA_RULE_TRANSPORTS)
		return 0;
	slots = &policy->index->transports[transport];
	slot = slots->slot_of[port];
	*out = &slots->items[slots->first[slot]];
	return slots->first[slot + 1] - slots->first[slot];
}

/* The bitmap of a transport, by its position in the table; NULL for those without ports. */
static uint8_t *set_bits(struct fa_port_set *set, unsigned transport)
{
	uint8_t *const bits[FA_RULE_TRANSPORTS] = {set->tcp, set->udp, set->sctp};

	return bits[transport];
}

static void set_add(uint8_t *bits, const struct fa_port_ranges *ranges)
{
	for (size_t i = 0; i < ranges->count; i++)
		for (uint32_t port = ranges->items[i].low; port <= ranges->items[i].high; port++)
			bits[port / 8] |= (uint8_t)(1u << port % 8);
}

void fa_port_set_fill(struct fa_port_set *set, const struct fa_policy *policy)
{
	memset(set, 0, sizeof(*set));
	for (size_t i = 0; i < policy->count; i++) {
		for (unsigned transport = 0; transport < FA_RULE_TRANSPORTS; transport++) {
			struct claims claims = claims_of(&policy->bindings[i], transport);
			uint8_t *bits = set_bits(set, transport);

			for (unsigned claim = 0; claim <= FA_CLAIM_CORRECTED && bits != NULL; claim++)
				set_add(bits, &claims.of[claim]);
		}
	}
}

bool fa_port_set_has(const struct fa_port_set *set, uint8_t ip_protocol, uint16_t port)
{
	const uint8_t *const bits[FA_RULE_TRANSPORTS + 1] = {set->tcp, set->udp, set->sctp};
	const uint8_t *of = bits[fa_rule_transport_index(ip_protocol)];

	return of != NULL && (of[port / 8] >> port % 8 & 1) != 0;
}

enum fa_end_fit fa_end_fits(const struct fa_end *end, const struct fa_addr *addr,
			    const struct fa_place **place)
{
	const struct fa_place *found = NULL;

	for (size_t i = 0; i < end->count && found == NULL; i++)
		found = fa_site_role_place(end->roles[i], addr);
	if (place != NULL)
		*place = found;
	if (found != NULL || end->anybody)
		return FA_END_FITS;
	return end->unplaced ? FA_END_OPEN : FA_END_DIFFERS;
}

bool fa_end_is_direct(const struct fa_end *end, const struct fa_place *place)
{
	for (size_t i = 0; i < end->direct; i++) {
		const struct fa_site_role *role = end->roles[i];

		if ((uintptr_t)place >= (uintptr_t)role->places &&
		    (uintptr_t)place < (uintptr_t)(role->places + role->place_count))
			return true;
	}
	return false;
}
