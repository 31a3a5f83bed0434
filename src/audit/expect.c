/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What became of one expectation. */
#include "audit/expect.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* Labels of the other end that are named; where there are more, they are counted. */
enum { LABELS_MAX = 3 };

static void say(struct fa_expectation *out, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The evidence; what does not fit is cut, and says so. */
static void say(struct fa_expectation *out, const char *format, ...)
{
	const size_t size = sizeof(out->evidence);
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(out->evidence, size, format, args);
	va_end(args);
	if (len >= 0 && (size_t)len >= size)
		memcpy(&out->evidence[size - 4], "...", 4);
}

static bool was_seen(const struct fa_coverage *coverage, size_t spot)
{
	const struct fa_covered *covered = &coverage->covered[spot];

	return covered->alone.conversations + covered->shared.conversations > 0;
}

static void expect_seen(const struct fa_covered *covered, struct fa_expectation *out)
{
	bool alone = covered->alone.conversations > 0;
	const struct fa_tally *tally = alone ? &covered->alone : &covered->shared;
	const struct fa_binding *other = covered->shared_with;
	const char *instance = "";
	char text[FA_EXAMPLE_TEXT];

	out->state = FA_EXPECT_SEEN;
	out->conversations = covered->alone.conversations + covered->shared.conversations;
	out->flows = covered->alone.flows + covered->shared.flows;
	fa_example_text(&tally->example, text);
	if (alone) {
		say(out, "%s fits", text);
	} else if (other == NULL) {
		say(out, "%s fits; ambiguous: other rows fit as well", text);
	} else {
		if (other->instance != NULL && other->instance != out->instance)
			instance = other->instance->name;
		say(out, "%s fits; ambiguous: fits %s%s%s as well", text, other->rule->id,
		    instance[0] == '\0' ? "" : " of ", instance);
	}
}

static void expect_refused(const struct fa_covered *covered, struct fa_expectation *out)
{
	char text[FA_EXAMPLE_TEXT];

	out->state = FA_EXPECT_REFUSED;
	out->conversations = covered->refused.conversations;
	out->flows = covered->refused.flows;
	say(out, "%s was tried and not let in", fa_example_text(&covered->refused.example, text));
}

/* Whether RULE, of the instance and at the place of SPOT, was seen. */
static bool was_seen_there(const struct fa_coverage *coverage, size_t spot,
			   const struct fa_rule *rule)
{
	const struct fa_instance *instance = coverage->spots.items[spot].binding->instance;
	const struct fa_binding *bindings;
	size_t count;

	bindings = fa_bindings_of(coverage->context, rule, &count);
	for (size_t i = 0; i < count; i++) {
		size_t other;

		if (bindings[i].instance != instance)
			continue;
		other = fa_spots_alike(&coverage->spots, &bindings[i], spot);
		return other != SIZE_MAX && was_seen(coverage, other);
	}
	return false;
}

/* The first rule that was seen there and makes that of SPOT unnecessary, or NULL. */
static const struct fa_rule *seen_instead(const struct fa_coverage *coverage, size_t spot)
{
	const struct fa_rule *rule = coverage->spots.items[spot].binding->rule;
	const struct fa_product *product = rule->product;
	const struct fa_rule *rules = &coverage->context->book->rules[product->first_rule];

	if (rule->fallback_for != NULL && was_seen_there(coverage, spot, rule->fallback_for))
		return rule->fallback_for;
	for (size_t i = 0; i < product->rule_count && rule->alternatives != NULL; i++)
		if (rules[i].alternatives != NULL &&
		    strcmp(rules[i].alternatives, rule->alternatives) == 0 &&
		    was_seen_there(coverage, spot, &rules[i]))
			return &rules[i];
	return NULL;
}

static bool needs_port(const struct fa_rule *rule)
{
	for (unsigned i = 0; i < FA_RULE_TRANSPORTS; i++)
		if ((rule->transports & 1u << i) != 0 && !fa_rule_transport_has_ports(i))
			return false;
	return true;
}

static bool is_nobody(const struct fa_end *end)
{
	return end->count == 0 && !end->anybody && !end->unplaced;
}

/* Why a bound rule cannot be expected on a wire whatever was captured, or NULL. */
static const char *never_observable(const struct fa_binding *binding)
{
	const struct fa_rule *rule = binding->rule;

	if (rule->scope != FA_SCOPE_NETWORK)
		return "used inside one machine only";
	if (rule->dynamic && binding->instance != NULL)
		return "the port is chosen at run time";
	if (rule->dynamic || (binding->ports.count == 0 && needs_port(rule)))
		return "the site must say which port";
	if (binding->instance != NULL &&
	    (is_nobody(&binding->client) || is_nobody(&binding->server)))
		return "by the site nobody is at the other end";
	return NULL;
}

/* Nothing was seen, and no site tells where it should have been. */
static void expect_absent_somewhere(const struct fa_coverage *coverage, const struct fa_rule *rule,
				    struct fa_expectation *out)
{
	const struct fa_presence *presence = &coverage->presences[rule->component->first_rule];
	char server[FA_ADDR_TEXT];

	if (rule->product->everywhere) {
		say(out, "this catalog is for every network and expects it of nobody");
	} else if (presence->rule == NULL) {
		say(out, "no site file says which hosts these are");
	} else {
		out->state = FA_EXPECT_UNSEEN;
		say(out, "%s served %s, so its other %s could have been seen",
		    fa_addr_text(&presence->server, server), presence->rule->id,
		    rule->direction == FA_RULE_OUTBOUND ? "connections" : "ports");
	}
}

static bool is_machine(const struct fa_place *place)
{
	return place->host != NULL ||
	       place->prefix.bits == (place->prefix.addr.version == 4 ? 32 : 128);
}

static const struct fa_end *far_end(const struct fa_binding *binding)
{
	return fa_spots_own_end(binding) == &binding->server ? &binding->client : &binding->server;
}

/* The far end of a rule when the site says that it is one machine, else NULL. */
static const struct fa_place *only_far_place(const struct fa_binding *binding)
{
	const struct fa_end *far = far_end(binding);
	const struct fa_place *only = NULL;

	if (far->anybody || far->unplaced)
		return NULL;
	for (size_t r = 0; r < far->count; r++) {
		for (size_t i = 0; i < far->roles[r]->place_count; i++) {
			const struct fa_place *place = &far->roles[r]->places[i];

			if (!is_machine(place) ||
			    (only != NULL && strcmp(only->label, place->label) != 0))
				return NULL;
			only = place;
		}
	}
	return only;
}

/* A conversation of the first place of END that has any; NULL: none has. */
static const struct fa_example *heard_of_end(const struct fa_coverage *coverage,
					     const struct fa_end *end)
{
	const struct fa_example *example = NULL;

	for (size_t r = 0; r < end->count; r++)
		for (size_t i = 0; i < end->roles[r]->place_count && example == NULL; i++)
			example = fa_heard_of(coverage->heard, &end->roles[r]->places[i]);
	return example;
}

/* A conversation of a place with the label of SPOT, the first one that has any; NULL: none has. */
static const struct fa_example *heard_of_spot(const struct fa_coverage *coverage, size_t spot)
{
	const struct fa_spot *at = &coverage->spots.items[spot];
	const struct fa_end *own = fa_spots_own_end(at->binding);
	const uint32_t *of_place =
		&coverage->spots.of_place[coverage->spots.first_place[at->binding->index]];
	const struct fa_example *example = NULL;

	for (size_t i = at->first_place; i <= at->last_place && example == NULL; i++)
		if (of_place[i] == spot)
			example = fa_heard_of(coverage->heard, fa_spots_place(own, i));
	return example;
}

/* Nothing was seen of what the site expects at a place. */
static void expect_absent_there(const struct fa_coverage *coverage, size_t spot,
				struct fa_expectation *out)
{
	const struct fa_spot *at = &coverage->spots.items[spot];
	const struct fa_example *example = heard_of_spot(coverage, spot);
	const struct fa_place *place = at->place;
	const struct fa_place *far = only_far_place(at->binding);
	char text[FA_EXAMPLE_TEXT];

	if (far != NULL && strcmp(far->label, place->label) == 0) {
		say(out, "no other machine is at the other end");
		return;
	}
	if (example == NULL && far != NULL) {
		example = heard_of_end(coverage, far_end(at->binding));
		place = example != NULL ? far : place;
	}
	if (example != NULL) {
		out->state = FA_EXPECT_UNSEEN;
		say(out, "%s was captured, so %s could have been seen",
		    fa_example_text(example, text), place->label);
	} else if (far != NULL) {
		say(out, "nothing was captured of %s or %s", place->label, far->label);
	} else {
		say(out, "nothing was captured of %s", place->label);
	}
}

/* Neither seen nor refused. */
static void expect_absent(const struct fa_coverage *coverage, size_t spot,
			  struct fa_expectation *out)
{
	const struct fa_binding *binding = coverage->spots.items[spot].binding;
	const struct fa_rule *instead = seen_instead(coverage, spot);
	const char *never = never_observable(binding);

	/* Not "unseen", which asks for attention, and not "seen", which it was not. */
	out->state = FA_EXPECT_NOT_OBSERVABLE;
	if (instead != NULL)
		say(out,
		    instead == binding->rule->fallback_for
			    ? "not needed: it stands in for %s, which was seen"
			    : "satisfied by alternative %s",
		    instead->id);
	else if (never != NULL)
		say(out, "%s", never);
	else if (binding->instance == NULL)
		expect_absent_somewhere(coverage, binding->rule, out);
	else
		expect_absent_there(coverage, spot, out);
}

static size_t count_places(const struct fa_end *end)
{
	size_t count = 0;

	for (size_t i = 0; i < end->count; i++)
		count += end->roles[i]->place_count;
	return count;
}

/* "office, 192.0.2.0/24"; places with one label are named once. */
static void add_labels(const struct fa_end *end, char *text, size_t size)
{
	const char *named[LABELS_MAX];
	size_t count = 0;
	size_t used = 0;

	for (size_t r = 0; r < end->count; r++) {
		for (size_t i = 0; i < end->roles[r]->place_count; i++) {
			const char *label = end->roles[r]->places[i].label;
			size_t k = 0;

			while (k < count && strcmp(named[k], label) != 0)
				k++;
			if (k < count)
				continue;
			if (count == LABELS_MAX) {
				snprintf(text, size, "%zu places", count_places(end));
				return;
			}
			named[count++] = label;
		}
	}
	text[0] = '\0';
	for (size_t i = 0; i < count && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s", i == 0 ? "" : ", ",
					 named[i]);
}

/* The end that is not the product's own: "anybody", or who it is. */
static void far_text(const struct fa_end *end, char *text, size_t size)
{
	if (end->anybody || end->unplaced)
		fa_text_copy(text, size, "anybody");
	else if (end->count == 0)
		fa_text_copy(text, size, "nobody");
	else
		add_labels(end, text, size);
}

/* "office to am1" */
static void set_endpoints(const struct fa_coverage *coverage, const struct fa_spot *at,
			  struct fa_expectation *out)
{
	const struct fa_binding *binding = at->binding;
	bool serves = fa_spots_own_end(binding) == &binding->server;
	char far[sizeof(out->endpoints)];

	if (at->place == NULL) {
		fa_text_copy(out->endpoints, sizeof(out->endpoints),
			     coverage->context->policy->site == NULL ? "any (no site file)"
								     : "any");
		return;
	}
	far_text(serves ? &binding->client : &binding->server, far, sizeof(far));
	snprintf(out->endpoints, sizeof(out->endpoints), "%.40s to %.48s",
		 serves ? far : at->place->label, serves ? at->place->label : far);
}

void fa_expect(const struct fa_coverage *coverage, size_t spot, struct fa_expectation *out)
{
	const struct fa_spot *at = &coverage->spots.items[spot];
	const struct fa_covered *covered = &coverage->covered[spot];

	memset(out, 0, sizeof(*out));
	out->rule = at->binding->rule;
	out->instance = at->binding->instance;
	out->role = at->role == NULL ? NULL : at->role->role;
	out->place = at->place;
	set_endpoints(coverage, at, out);
	if (was_seen(coverage, spot))
		expect_seen(covered, out);
	else if (covered->refused.conversations > 0)
		expect_refused(covered, out);
	else
		expect_absent(coverage, spot, out);
}
