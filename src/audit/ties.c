/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which bound rules depend on others. */
#include "audit/ties.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* As inspection names the two connections of FTP. */
#define FTP_CONTROL "FTP_CONTROL"
#define FTP_DATA    "FTP_DATA"

const struct fa_binding *fa_ties_of_instance(const struct fa_policy *policy,
					     const struct fa_rule *rule,
					     const struct fa_binding *binding)
{
	size_t low = 0;
	size_t high = policy->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (policy->bindings[middle].rule->index < rule->index)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < policy->count && policy->bindings[low].rule == rule; low++)
		if (policy->bindings[low].instance == binding->instance)
			return &policy->bindings[low];
	return NULL;
}

/* Whether a catalog has rows of its own for the data connections. */
static bool product_names_data(const struct fa_rulebook *book, const struct fa_product *product)
{
	for (size_t i = 0; i < product->rule_count; i++)
		if (fa_strings_have(&book->rules[product->first_rule + i].protocols, FTP_DATA))
			return true;
	return false;
}

static bool has_tie(const struct fa_policy *policy, const struct fa_rule *rule)
{
	if (rule->dynamic)
		return true;
	return fa_strings_have(&rule->protocols, FTP_CONTROL) &&
	       !product_names_data(policy->book, rule->product);
}

static struct fa_tie tie_of(const struct fa_policy *policy, const struct fa_binding *binding)
{
	const struct fa_rule *leads = binding->rule->negotiated_by;

	if (!binding->rule->dynamic)
		return (struct fa_tie){binding, binding, true, true};
	return (struct fa_tie){
		.binding = binding,
		.lead = leads == NULL ? NULL : fa_ties_of_instance(policy, leads, binding),
		.needs_lead = leads != NULL,
	};
}

static void watch(struct fa_ties *ties, const struct fa_binding *binding, unsigned why)
{
	if (binding != NULL)
		ties->watched[binding->index] |= (uint8_t)why;
}

static void add(struct fa_ties *ties, const struct fa_policy *policy,
		const struct fa_binding *binding)
{
	struct fa_tie *tie = &ties->items[ties->count];

	if (binding->rule->fallback_for != NULL)
		watch(ties, fa_ties_of_instance(policy, binding->rule->fallback_for, binding),
		      FA_IS_FALLEN_BACK_FROM);
	if (!has_tie(policy, binding->rule))
		return;
	*tie = tie_of(policy, binding);
	watch(ties, tie->lead, FA_LEADS);
	ties->count++;
}

int fa_ties_init(struct fa_ties *ties, const struct fa_policy *policy)
{
	size_t count = 0;

	memset(ties, 0, sizeof(*ties));
	for (size_t i = 0; i < policy->count; i++)
		count += has_tie(policy, policy->bindings[i].rule);
	ties->items = calloc(count + 1, sizeof(*ties->items));
	ties->watched = calloc(policy->count + 1, 1);
	if (ties->items == NULL || ties->watched == NULL) {
		fa_ties_deinit(ties);
		return FA_ENOMEM;
	}
	for (size_t i = 0; i < policy->count; i++)
		add(ties, policy, &policy->bindings[i]);
	return 0;
}

void fa_ties_deinit(struct fa_ties *ties)
{
	free(ties->items);
	free(ties->watched);
	memset(ties, 0, sizeof(*ties));
}
