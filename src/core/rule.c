/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts of catalog values, and which rules claim a port. */
#include "core/rule.h"

#include <stdlib.h>
#include <string.h>

#define PORTS 65536u

/* IP protocol numbers (IANA, Assigned Internet Protocol Numbers), in the order of the bits. */
static const struct {
	uint8_t ip_protocol;
	bool has_ports;
	const char *text;
} transports[FA_RULE_TRANSPORTS] = {
	{6, true, "tcp"},   {17, true, "udp"},	  {132, true, "sctp"},
	{1, false, "icmp"}, {58, false, "icmp6"},
};

const char *fa_rule_direction_text(enum fa_rule_direction direction)
{
	switch (direction) {
	case FA_RULE_INBOUND:
		return "inbound";
	case FA_RULE_OUTBOUND:
		return "outbound";
	case FA_RULE_BOTH:
		return "both";
	case FA_RULE_INTERNAL:
		return "internal";
	}
	return "";
}

const char *fa_scope_text(enum fa_scope scope)
{
	switch (scope) {
	case FA_SCOPE_NETWORK:
		return "network";
	case FA_SCOPE_HOST:
		return "host";
	case FA_SCOPE_LOOPBACK:
		return "loopback";
	}
	return "";
}

const char *fa_requirement_text(enum fa_requirement requirement)
{
	switch (requirement) {
	case FA_REQUIRED:
		return "required";
	case FA_OPTIONAL:
		return "optional";
	case FA_CONDITIONAL:
		return "conditional";
	}
	return "";
}

const char *fa_advice_text(enum fa_advice advice)
{
	switch (advice) {
	case FA_ADVICE_NONE:
		return "";
	case FA_ADVICE_RECOMMENDED:
		return "recommended";
	case FA_ADVICE_DISCOURAGED:
		return "discouraged";
	}
	return "";
}

const char *fa_when_taken_text(enum fa_when_taken when_taken)
{
	switch (when_taken) {
	case FA_TAKEN_UNSAID:
		return "";
	case FA_TAKEN_INCREMENTS:
		return "increments";
	case FA_TAKEN_FIXED:
		return "fixed";
	}
	return "";
}

const char *fa_parameter_type_text(enum fa_parameter_type type)
{
	switch (type) {
	case FA_PARAM_INTEGER:
		return "integer";
	case FA_PARAM_PORT:
		return "port";
	case FA_PARAM_PORTS:
		return "ports";
	case FA_PARAM_CHOICE:
		return "choice";
	}
	return "";
}

const char *fa_rule_transport_text(unsigned index)
{
	return index < FA_RULE_TRANSPORTS ? transports[index].text : "";
}

/* Position of an IP protocol in the table, FA_RULE_TRANSPORTS when it is not there. */
static unsigned transport_index(uint8_t ip_protocol)
{
	unsigned i = 0;

	while (i < FA_RULE_TRANSPORTS && transports[i].ip_protocol != ip_protocol)
		i++;
	return i;
}

unsigned fa_rule_transport_bit(uint8_t ip_protocol)
{
	unsigned i = transport_index(ip_protocol);

	return i < FA_RULE_TRANSPORTS ? 1u << i : 0;
}

bool fa_strings_have(const struct fa_strings *strings, const char *text)
{
	for (size_t i = 0; i < strings->count; i++)
		if (strcmp(strings->items[i], text) == 0)
			return true;
	return false;
}

const struct fa_rule *fa_rulebook_find(const struct fa_rulebook *book, const char *id)
{
	for (size_t i = 0; i < book->rule_count; i++)
		if (strcmp(book->rules[i].id, id) == 0)
			return &book->rules[i];
	return NULL;
}

/* What a rule claims on one transport: its own ports first, then those of its correction. */
struct claims {
	struct fa_port_ranges documented;
	struct fa_port_ranges corrected;
};

static struct claims rule_claims(const struct fa_rule *rule, unsigned transport)
{
	static const struct fa_port_range every_port = {0, PORTS - 1};
	static const struct fa_port_ranges all = {&every_port, 1};
	const struct fa_correction *correction = &rule->correction;
	bool has_ports = transports[transport].has_ports;
	unsigned meant = correction->transports != 0 ? correction->transports : rule->transports;
	struct claims claims = {0};

	if (rule->dynamic)
		return claims;
	if ((rule->transports & 1u << transport) != 0)
		claims.documented = has_ports ? rule->match_ports : all;
	if (correction->reason == NULL || (meant & 1u << transport) == 0)
		return claims;
	claims.corrected = correction->ports.count != 0 ? correction->ports : rule->match_ports;
	if (!has_ports)
		claims.corrected = all;
	return claims;
}

static uint32_t range_size(const struct fa_port_range *range)
{
	return (uint32_t)range->high - range->low + 1;
}

/* Ports of the narrowest range that holds PORT, 0 when none does. */
static uint32_t narrowest(const struct fa_port_ranges *ranges, uint16_t port)
{
	uint32_t best = 0;

	for (size_t i = 0; i < ranges->count; i++) {
		const struct fa_port_range *range = &ranges->items[i];

		if (port < range->low || port > range->high)
			continue;
		if (best == 0 || range_size(range) < best)
			best = range_size(range);
	}
	return best;
}

static bool rule_matches(const struct fa_rule *rule, unsigned transport, uint16_t port,
			 struct fa_candidate *out)
{
	struct claims claims = rule_claims(rule, transport);

	out->rule = rule;
	out->corrected = false;
	out->range_size = narrowest(&claims.documented, port);
	if (out->range_size != 0)
		return true;
	out->corrected = true;
	out->range_size = narrowest(&claims.corrected, port);
	return out->range_size != 0;
}

static int compare_candidates(const void *a, const void *b)
{
	const struct fa_candidate *left = a;
	const struct fa_candidate *right = b;

	if (left->range_size != right->range_size)
		return left->range_size < right->range_size ? -1 : 1;
	return strcmp(left->rule->id, right->rule->id);
}

/* Without an index. Keeps the most specific ones when there are too many. */
static size_t scan(const struct fa_rulebook *book, unsigned transport, uint16_t port,
		   struct fa_candidate *out)
{
	size_t count = 0;

	for (size_t i = 0; i < book->rule_count; i++) {
		struct fa_candidate found;
		size_t at;

		if (!rule_matches(&book->rules[i], transport, port, &found))
			continue;
		for (at = count; at > 0 && compare_candidates(&found, &out[at - 1]) < 0; at--)
			if (at < FA_CANDIDATES_MAX)
				out[at] = out[at - 1];
		if (at < FA_CANDIDATES_MAX)
			out[at] = found;
		if (count < FA_CANDIDATES_MAX)
			count++;
	}
	return count;
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

static int slots_divide(struct slots *slots, const struct fa_rulebook *book, unsigned transport)
{
	uint8_t *cuts = calloc(PORTS + 1, 1);
	uint32_t slot = 0;

	if (cuts == NULL)
		return FA_ENOMEM;
	for (size_t i = 0; i < book->rule_count; i++) {
		struct claims claims = rule_claims(&book->rules[i], transport);

		cut(cuts, &claims.documented);
		cut(cuts, &claims.corrected);
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
	uint32_t *used;		     /* by slot */
	const struct fa_rule **last; /* by slot: the rule that came last */
	const struct fa_rule *rule;  /* the one being entered */
	bool full;		     /* a slot has too many: */
	uint32_t full_slot;
};

static void enter_slot(struct filling *f, uint32_t slot, uint32_t size, bool corrected)
{
	struct fa_candidate *items = f->slots->items;
	uint32_t at = f->slots->first[slot] + f->used[slot];

	if (f->last[slot] != f->rule) {
		f->last[slot] = f->rule;
		f->used[slot]++;
		if (items != NULL)
			items[at] = (struct fa_candidate){f->rule, corrected, size};
		return;
	}
	if (items != NULL && items[at - 1].corrected == corrected &&
	    size < items[at - 1].range_size)
		items[at - 1].range_size = size;
}

static void enter(struct filling *f, const struct fa_port_ranges *ranges, bool corrected)
{
	const uint16_t *slot_of = f->slots->slot_of;

	for (size_t i = 0; i < ranges->count && !f->full; i++) {
		const struct fa_port_range *range = &ranges->items[i];

		for (uint32_t slot = slot_of[range->low]; slot <= slot_of[range->high]; slot++) {
			enter_slot(f, slot, range_size(range), corrected);
			if (f->used[slot] > FA_CANDIDATES_MAX) {
				f->full = true;
				f->full_slot = slot;
				return;
			}
		}
	}
}

static void enter_all(struct filling *f, const struct fa_rulebook *book, unsigned transport)
{
	memset(f->used, 0, f->slots->slot_count * sizeof(*f->used));
	memset(f->last, 0, f->slots->slot_count * sizeof(*f->last));
	for (size_t i = 0; i < book->rule_count && !f->full; i++) {
		struct claims claims = rule_claims(&book->rules[i], transport);

		f->rule = &book->rules[i];
		enter(f, &claims.documented, false);
		enter(f, &claims.corrected, true);
	}
}

static unsigned slot_low_port(const struct slots *slots, uint32_t slot)
{
	unsigned port = 0;

	while (slots->slot_of[port] < slot)
		port++;
	return port;
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

static int slots_build(struct slots *slots, const struct fa_rulebook *book, unsigned transport,
		       struct fa_diag *diag)
{
	struct filling filling = {.slots = slots};
	int error = slots_divide(slots, book, transport);

	if (error != 0)
		return error;
	error = FA_ENOMEM;
	slots->first = calloc(slots->slot_count + 1, sizeof(*slots->first));
	filling.used = calloc(slots->slot_count, sizeof(*filling.used));
	filling.last = calloc(slots->slot_count, sizeof(*filling.last));
	if (slots->first == NULL || filling.used == NULL || filling.last == NULL)
		goto out;
	enter_all(&filling, book, transport);
	if (filling.full) {
		error = fa_fail(diag, FA_EFULL, "more than %d rules claim %s port %u",
				FA_CANDIDATES_MAX, fa_rule_transport_text(transport),
				slot_low_port(slots, filling.full_slot));
		goto out;
	}
	error = slots_reserve(slots, filling.used);
	if (error != 0)
		goto out;
	enter_all(&filling, book, transport);
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

int fa_rulebook_index(struct fa_rulebook *book, struct fa_diag *diag)
{
	struct fa_port_index *index = calloc(1, sizeof(*index));
	int error = index == NULL ? FA_ENOMEM : 0;

	for (unsigned i = 0; i < FA_RULE_TRANSPORTS && error == 0; i++)
		error = slots_build(&index->transports[i], book, i, diag);
	if (error != 0) {
		index_free(index);
		return fa_fail(diag, error, "no memory for the port index");
	}
	fa_rulebook_index_free(book);
	book->index = index;
	return 0;
}

void fa_rulebook_index_free(struct fa_rulebook *book)
{
	index_free(book->index);
	book->index = NULL;
}

size_t fa_rulebook_candidates(const struct fa_rulebook *book, uint8_t ip_protocol, uint16_t port,
			      struct fa_candidate *out)
{
	unsigned transport = transport_index(ip_protocol);
	const struct slots *slots;
	uint32_t first;
	size_t count;

	if (transport == FA_RULE_TRANSPORTS)
		return 0;
	if (book->index == NULL)
		return scan(book, transport, port, out);
	slots = &book->index->transports[transport];
	first = slots->first[slots->slot_of[port]];
	count = slots->first[slots->slot_of[port] + 1u] - first;
	memcpy(out, &slots->items[first], count * sizeof(*out));
	return count;
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

void fa_port_set_fill(struct fa_port_set *set, const struct fa_rulebook *book)
{
	memset(set, 0, sizeof(*set));
	for (size_t i = 0; i < book->rule_count; i++) {
		for (unsigned transport = 0; transport < FA_RULE_TRANSPORTS; transport++) {
			struct claims claims = rule_claims(&book->rules[i], transport);
			uint8_t *bits = set_bits(set, transport);

			if (bits == NULL)
				continue;
			set_add(bits, &claims.documented);
			set_add(bits, &claims.corrected);
		}
	}
}

bool fa_port_set_has(const struct fa_port_set *set, uint8_t ip_protocol, uint16_t port)
{
	const uint8_t *const bits[FA_RULE_TRANSPORTS + 1] = {set->tcp, set->udp, set->sctp};
	const uint8_t *of = bits[transport_index(ip_protocol)];

	return of != NULL && (of[port / 8] >> port % 8 & 1) != 0;
}
