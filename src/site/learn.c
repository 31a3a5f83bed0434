/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which components' documented ports a host served. */
#include "site/learn.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/slots.h"
#include "site/learn_internal.h"

enum {
	SERVICES_MAX = 1024, /* of one host; what more there is, is not looked at */
	OFFSET_MAX = 1000,   /* port offsets that are tried */
	OFFSET_LEAST = 2,    /* ports that have to agree on an offset other than 0 */
};

int fa_learning_new(struct fa_learning **out, const struct fa_rulebook *book)
{
	struct fa_learning *learning = calloc(1, sizeof(*learning));

	if (learning == NULL)
		return FA_ENOMEM;
	learning->book = book;
	learning->services = calloc(SERVICES_MAX, sizeof(*learning->services));
	if (learning->services == NULL) {
		free(learning);
		return FA_ENOMEM;
	}
	*out = learning;
	return 0;
}

void fa_learning_free(struct fa_learning *learning)
{
	if (learning == NULL)
		return;
	free(learning->services);
	free(learning->guesses);
	free(learning);
}

static bool agrees(const struct fa_rule *rule, const struct fa_learned_service *service)
{
	return fa_strings_have(&rule->protocols, service->protocol) ||
	       fa_strings_have(&rule->protocols, service->application);
}

/* Whether the row is about a port that the host itself serves to other machines. */
static bool is_served(const struct fa_rule *rule)
{
	return rule->direction != FA_RULE_OUTBOUND && rule->scope == FA_SCOPE_NETWORK &&
	       !rule->dynamic && rule->ports.count > 0;
}

static bool covers(const struct fa_rule *rule, const struct fa_learned_service *service,
		   uint32_t offset)
{
	uint32_t moved = rule->moves_with != NULL ? offset : 0;

	if ((rule->transports & fa_rule_transport_bit(service->transport)) == 0)
		return false;
	for (size_t i = 0; i < rule->ports.count; i++)
		if (service->port >= rule->ports.items[i].low + moved &&
		    service->port <= rule->ports.items[i].high + moved)
			return true;
	return false;
}

/* Whether the rule's port was served, with the protocol that it names, or with none named. */
static bool was_served(const struct fa_learning *learning, const struct fa_rule *rule,
		       uint32_t offset, bool named)
{
	for (size_t i = 0; i < learning->service_count; i++) {
		const struct fa_learned_service *service = &learning->services[i];

		if (covers(rule, service, offset) &&
		    (named ? agrees(rule, service) : rule->any_protocol))
			return true;
	}
	return false;
}

/* What speaks for a component with a port offset at the host at hand. */
static struct fa_learned_guess weigh(const struct fa_learning *learning,
				     const struct fa_component *component, uint32_t offset)
{
	struct fa_learned_guess guess = {.component = component, .offset = offset};

	guess.first_rule = component->first_rule;
	for (size_t i = 0; i < component->rule_count; i++) {
		const struct fa_rule *rule = &learning->book->rules[component->first_rule + i];

		if (!is_served(rule))
			continue;
		guess.documented++;
		if (was_served(learning, rule, offset, true))
			guess.named++;
		else if (was_served(learning, rule, offset, false))
			guess.unnamed++;
		else
			continue;
		if (i < FA_LEARNED_RULES)
			guess.rules[i / 64] |= UINT64_C(1) << i % 64;
		guess.moved += offset != 0 && rule->moves_with != NULL;
	}
	return guess;
}

static bool is_better(const struct fa_learned_guess *one, const struct fa_learned_guess *other)
{
	if (one->named != other->named)
		return one->named > other->named;
	if (one->unnamed != other->unnamed)
		return one->unnamed > other->unnamed;
	return one->offset < other->offset;
}

/* The offset under which most of the component's ports were served. */
static struct fa_learned_guess best_offset(const struct fa_learning *learning,
					   const struct fa_component *component)
{
	struct fa_learned_guess best = weigh(learning, component, 0);

	for (size_t i = 0; i < component->rule_count; i++) {
		const struct fa_rule *rule = &learning->book->rules[component->first_rule + i];

		if (!is_served(rule) || rule->moves_with == NULL)
			continue;
		for (size_t s = 0; s < learning->service_count; s++) {
			const struct fa_learned_service *service = &learning->services[s];
			uint32_t offset = (uint32_t)service->port - rule->ports.items[0].low;
			struct fa_learned_guess guess;

			if (offset == 0 || offset > OFFSET_MAX || !agrees(rule, service))
				continue;
			guess = weigh(learning, component, offset);
			if (guess.moved >= OFFSET_LEAST && is_better(&guess, &best))
				best = guess;
		}
	}
	return best;
}

static int keep(struct fa_learning *learning, struct fa_learned_guess *guess)
{
	if (!fa_array_reserve((void **)&learning->guesses, &learning->guess_room,
			      learning->guess_count + 1, sizeof(*learning->guesses)))
		return FA_ENOMEM;
	guess->host = learning->host;
	learning->guesses[learning->guess_count++] = *guess;
	return 0;
}

/* How many of the ports that speak for A speak for B as well; both are of one host. */
static bool is_shared(const struct fa_learning *learning, const struct fa_learned_guess *a,
		      const struct fa_learned_guess *b)
{
	for (size_t s = 0; s < learning->service_count; s++) {
		const struct fa_learned_service *service = &learning->services[s];
		bool of_a = false;
		bool of_b = false;

		for (size_t i = 0; i < a->component->rule_count; i++) {
			const struct fa_rule *rule = &learning->book->rules[a->first_rule + i];

			of_a |= is_served(rule) && covers(rule, service, a->offset) &&
				agrees(rule, service);
		}
		for (size_t i = 0; i < b->component->rule_count; i++) {
			const struct fa_rule *rule = &learning->book->rules[b->first_rule + i];

			of_b |= is_served(rule) && covers(rule, service, b->offset) &&
				agrees(rule, service);
		}
		if (of_a && !of_b)
			return false;
	}
	return true;
}

/* A guess all of whose ports another component explains, and more, is not the first choice. */
static void compare(struct fa_learning *learning, size_t first)
{
	for (size_t i = first; i < learning->guess_count; i++) {
		struct fa_learned_guess *guess = &learning->guesses[i];

		for (size_t j = first; j < learning->guess_count; j++) {
			const struct fa_learned_guess *other = &learning->guesses[j];

			if (i == j || !is_shared(learning, guess, other))
				continue;
			if (!is_shared(learning, other, guess))
				guess->explained = true;
			else
				guess->rivals++;
		}
	}
}

/* All services of a host are there. */
static int conclude(struct fa_learning *learning)
{
	size_t first = learning->guess_count;
	int error = 0;

	for (size_t p = 0; p < learning->book->product_count && error == 0; p++) {
		const struct fa_product *product = &learning->book->products[p];

		for (size_t c = 0; c < product->component_count && error == 0; c++) {
			struct fa_learned_guess guess;

			if (product->everywhere)
				continue;
			guess = best_offset(learning, &product->components[c]);
			guess.product = product;
			if (guess.named > 0)
				error = keep(learning, &guess);
		}
	}
	if (error == 0)
		compare(learning, first);
	learning->service_count = 0;
	return error;
}

static bool was_answered(const struct fa_counts *counts)
{
	return counts->packets_to_client > 0 &&
	       counts->flows_in_state[FA_FLOW_ATTEMPTED] + counts->flows_in_state[FA_FLOW_REFUSED] +
			       counts->flows_in_state[FA_FLOW_UNREACHABLE] <
		       counts->flows;
}

int fa_learning_add(struct fa_learning *learning, const struct fa_identity *id,
		    const struct fa_counts *counts)
{
	struct fa_learned_service *service;
	int error = 0;

	if (fa_addr_compare(&id->server, &learning->host) != 0) {
		error = conclude(learning);
		learning->host = id->server;
	}
	if (error != 0 || id->direction_by == FA_BY_FIRST_PACKET || !was_answered(counts) ||
	    !fa_detection_is_seen((enum fa_detection)id->detected_by) ||
	    learning->service_count == SERVICES_MAX)
		return error;
	for (size_t i = 0; i < learning->service_count; i++) {
		service = &learning->services[i];
		if (service->port == id->server_port && service->transport == id->transport &&
		    strcmp(service->protocol, id->protocol) == 0 &&
		    strcmp(service->application, id->application) == 0)
			return 0;
	}
	service = &learning->services[learning->service_count++];
	service->transport = id->transport;
	service->port = id->server_port;
	memcpy(service->protocol, id->protocol, sizeof(service->protocol));
	memcpy(service->application, id->application, sizeof(service->application));
	return 0;
}

/* Product, then offset, then host, then component: what stands together in the file. */
static int compare_guesses(const void *a, const void *b)
{
	const struct fa_learned_guess *left = a;
	const struct fa_learned_guess *right = b;
	int order = strcmp(left->product->id, right->product->id);

	if (order == 0)
		order = (left->offset > right->offset) - (left->offset < right->offset);
	if (order == 0)
		order = fa_addr_compare(&left->host, &right->host);
	if (order == 0)
		order = (left->first_rule > right->first_rule) -
			(left->first_rule < right->first_rule);
	return order;
}

int fa_learning_finish(struct fa_learning *learning)
{
	int error = conclude(learning);

	if (learning->guess_count > 0)
		qsort(learning->guesses, learning->guess_count, sizeof(*learning->guesses),
		      compare_guesses);
	return error;
}

size_t fa_learning_count(const struct fa_learning *learning)
{
	return learning->guess_count;
}
