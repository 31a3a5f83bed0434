/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Indexes over the rules that every judgement needs. */
#include "audit/context.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static int compare_rules(const void *a, const void *b)
{
	const struct fa_rule *left = *(const struct fa_rule *const *)a;
	const struct fa_rule *right = *(const struct fa_rule *const *)b;
	int order;

	if (left->product->everywhere != right->product->everywhere)
		return left->product->everywhere ? 1 : -1;
	order = strcmp(left->product->id, right->product->id);
	if (order != 0)
		return order;
	return (left->index > right->index) - (left->index < right->index);
}

/* Rules sorted for fa_rule_order, caller frees; NULL when memory is short. */
static const struct fa_rule **sorted_rules(const struct fa_rulebook *book)
{
	const struct fa_rule **sorted =
		calloc(book->rule_count + 1, sizeof(const struct fa_rule *));

	if (sorted == NULL)
		return NULL;
	for (size_t i = 0; i < book->rule_count; i++)
		sorted[i] = &book->rules[i];
	qsort(sorted, book->rule_count, sizeof(const struct fa_rule *), compare_rules);
	return sorted;
}

static size_t count_names(const struct fa_rulebook *book)
{
	size_t count = 0;

	for (size_t i = 0; i < book->rule_count; i++)
		count += book->rules[i].protocols.count + book->rules[i].correction.protocols.count;
	return count;
}

static void add_names(struct fa_audit_context *context, const struct fa_rule *rule,
		      const struct fa_strings *protocols)
{
	for (size_t i = 0; i < protocols->count; i++) {
		struct fa_named_rule *named = &context->named[context->named_count++];

		named->protocol = protocols->items[i];
		named->rule = rule;
	}
}

/* By protocol, and by order where the rules were added in order: qsort is not stable. */
static int compare_named(const void *a, const void *b)
{
	const struct fa_named_rule *left = a;
	const struct fa_named_rule *right = b;
	int order = strcmp(left->protocol, right->protocol);

	return order != 0 ? order : compare_rules(&left->rule, &right->rule);
}

/* Bindings stand by rule: where those of each rule begin. */
static void mark_bindings(struct fa_audit_context *context)
{
	const struct fa_policy *policy = context->policy;
	size_t binding = 0;

	for (size_t rule = 0; rule <= policy->book->rule_count; rule++) {
		while (binding < policy->count && policy->bindings[binding].rule->index < rule)
			binding++;
		context->first_binding[rule] = (uint32_t)binding;
	}
}

static bool is_at_site(const struct fa_site *site, const struct fa_product *product)
{
	for (size_t i = 0; i < site->instance_count; i++)
		if (site->instances[i].product == product)
			return true;
	return product->everywhere;
}

static bool is_moved(const struct fa_audit_context *context, const struct fa_rule *rule)
{
	size_t count;
	const struct fa_binding *bindings = fa_bindings_of(context, rule, &count);

	for (size_t i = 0; i < count; i++)
		if (bindings[i].ports_of_site)
			return true;
	return false;
}

/* What a site does to the rules. */
static void mark_rules(struct fa_audit_context *context)
{
	const struct fa_site *site = context->policy->site;

	for (size_t i = 0; i < context->book->rule_count && site != NULL; i++) {
		const struct fa_rule *rule = &context->book->rules[i];

		if (is_moved(context, rule))
			context->moved[context->moved_count++] = rule;
		if (!is_at_site(site, rule->product))
			context->absent[context->absent_count++] = rule;
	}
}

int fa_audit_context_new(struct fa_audit_context **out, const struct fa_policy *policy,
			 const struct fa_evidence *evidence, int64_t run_end_ns)
{
	struct fa_audit_context *context = calloc(1, sizeof(*context));
	const struct fa_rulebook *book = policy->book;
	const struct fa_rule **sorted = sorted_rules(book);

	if (context == NULL || sorted == NULL)
		goto fail;
	context->book = book;
	context->policy = policy;
	context->evidence = evidence;
	context->run_end_ns = run_end_ns;
	context->order = calloc(book->rule_count + 1, sizeof(*context->order));
	context->first_binding = calloc(book->rule_count + 1, sizeof(*context->first_binding));
	context->named = calloc(count_names(book) + 1, sizeof(*context->named));
	context->moved = calloc(book->rule_count + 1, sizeof(const struct fa_rule *));
	context->absent = calloc(book->rule_count + 1, sizeof(const struct fa_rule *));
	if (context->order == NULL || context->first_binding == NULL || context->named == NULL ||
	    context->moved == NULL || context->absent == NULL ||
	    fa_ties_init(&context->ties, policy) != 0 ||
	    fa_touch_new(&context->touch, policy) != 0)
		goto fail;
	mark_bindings(context);
	mark_rules(context);
	for (size_t i = 0; i < book->rule_count; i++) {
		context->order[sorted[i]->index] = (uint32_t)i;
		add_names(context, sorted[i], &sorted[i]->protocols);
		add_names(context, sorted[i], &sorted[i]->correction.protocols);
	}
	qsort(context->named, context->named_count, sizeof(*context->named), compare_named);
	free(sorted);
	*out = context;
	return 0;
fail:
	free(sorted);
	fa_audit_context_free(context);
	return FA_ENOMEM;
}

void fa_audit_context_free(struct fa_audit_context *context)
{
	if (context == NULL)
		return;
	free(context->order);
	free(context->first_binding);
	free(context->moved);
	free(context->absent);
	fa_ties_deinit(&context->ties);
	fa_touch_free(context->touch);
	free(context->named);
	free(context);
}

uint32_t fa_rule_order(const struct fa_audit_context *context, const struct fa_rule *rule)
{
	return context->order[rule->index];
}

const struct fa_binding *fa_bindings_of(const struct fa_audit_context *context,
					const struct fa_rule *rule, size_t *count)
{
	uint32_t first = context->first_binding[rule->index];

	*count = context->first_binding[rule->index + 1] - first;
	return &context->policy->bindings[first];
}

const struct fa_named_rule *fa_rules_naming(const struct fa_audit_context *context,
					    const char *protocol, size_t *count)
{
	size_t low = 0;
	size_t high = context->named_count;
	size_t first;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(context->named[middle].protocol, protocol) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	first = low;
	while (low < context->named_count && strcmp(context->named[low].protocol, protocol) == 0)
		low++;
	*count = low - first;
	return *count == 0 ? NULL : &context->named[first];
}
