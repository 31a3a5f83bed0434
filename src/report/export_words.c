/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What there is to say of an opening, in words. */
#include <inttypes.h>
#include <string.h>

#include "base/time.h"
#include "report/catalog.h"
#include "report/export.h"

enum { SHOWN_LABELS = 12 };

void fa_export_count(const struct fa_openings *openings, size_t counts[FA_OPENING_STATE_COUNT])
{
	memset(counts, 0, FA_OPENING_STATE_COUNT * sizeof(*counts));
	for (size_t i = 0; i < openings->count; i++)
		counts[openings->items[i].state]++;
}

bool fa_export_matters(const struct fa_opening *opening)
{
	return opening->state != FA_OPENING_LOCAL && opening->state != FA_OPENING_NOBODY;
}

/* Names of an end: the first ones, each once; the others counted. */
struct names {
	struct fa_buffer *line;
	const char *shown[SHOWN_LABELS];
	size_t count, more;
};

static void add_name(struct names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->shown[i], name) == 0)
			return;
	if (names->count == SHOWN_LABELS) {
		names->more++;
		return;
	}
	fa_buffer_add(names->line, names->count > 0 ? ", " : "");
	fa_buffer_safe(names->line, name);
	names->shown[names->count++] = name;
}

/* An address that only the document gives. */
static void add_prefix(struct names *names, const struct fa_prefix *prefix)
{
	char addr[FA_ADDR_TEXT];

	if (names->count == SHOWN_LABELS) {
		names->more++;
		return;
	}
	fa_buffer_addf(names->line, "%s%s/%u", names->count > 0 ? ", " : "",
		       fa_addr_text(&prefix->addr, addr), prefix->bits);
	names->shown[names->count++] = "";
}

static void add_roles(struct fa_buffer *line, const struct fa_strings *roles)
{
	fa_buffer_add(line, roles->count == 1 ? "role " : "roles ");
	fa_catalog_add_strings(line, roles);
}

void fa_export_add_end(struct fa_buffer *line, const struct fa_opening_end *end)
{
	struct names names = {.line = line};

	if (end->not_placed) {
		fa_buffer_add(line, "whoever has the ");
		add_roles(line, &end->roles);
		return;
	}
	for (size_t i = 0; i < end->addr_count; i++) {
		if (end->addrs[i].label != NULL)
			add_name(&names, end->addrs[i].label);
		else
			add_prefix(&names, &end->addrs[i].prefix);
	}
	for (size_t i = 0; i < end->hosts.count; i++)
		add_name(&names, end->hosts.items[i]);
	if (names.more > 0) {
		fa_buffer_add(line, " and ");
		fa_buffer_count(line, names.more, "more", "more");
	}
	for (size_t i = 0; i < end->systems.count; i++)
		fa_buffer_addf(line, "%sAS%" PRIu32, i > 0 || names.count > 0 ? ", " : "",
			       end->systems.items[i]);
	if (names.count == 0 && end->systems.count == 0)
		fa_buffer_add(line, "anybody");
}

void fa_export_add_service(struct fa_buffer *line, const struct fa_opening *opening)
{
	fa_catalog_add_transports(line, opening->transports);
	if (opening->ports.count > 0) {
		fa_buffer_add(line, " ");
		fa_catalog_add_ports(line, &opening->ports);
	} else if (opening->state == FA_OPENING_NO_PORT ||
		   opening->state == FA_OPENING_RUN_TIME_PORT) {
		fa_buffer_add(line, " (no port is known)");
	}
}

/* Sentences one after the other. */
struct notes {
	struct fa_buffer *line;
	const char *before;
	size_t count;
};

static struct fa_buffer *next(struct notes *notes)
{
	if (notes->count++ > 0)
		fa_buffer_add(notes->line, notes->before);
	return notes->line;
}

/* The other rules of which one is enough. */
static void note_alternatives(struct notes *notes, const struct fa_opening *opening)
{
	const struct fa_rule *rule = opening->binding->rule;
	const struct fa_product *product = rule->product;
	const struct fa_rule *rules = rule - (rule->index - product->first_rule);
	bool first = true;

	if (rule->alternatives == NULL)
		return;
	fa_buffer_add(next(notes), "one of several alternatives is enough; the others: ");
	for (size_t i = 0; i < product->rule_count; i++) {
		if (&rules[i] == rule || rules[i].alternatives == NULL ||
		    strcmp(rules[i].alternatives, rule->alternatives) != 0)
			continue;
		fa_buffer_add(notes->line, first ? "" : ", ");
		fa_buffer_safe(notes->line, rules[i].id);
		first = false;
	}
}

static void note_claim(struct notes *notes, const struct fa_opening *opening)
{
	const struct fa_correction *correction = &opening->binding->rule->correction;

	if (opening->claim == FA_CLAIM_INCREMENTED) {
		fa_buffer_add(next(notes), "only where port ");
		fa_catalog_add_ports(notes->line, &opening->binding->ports);
		fa_buffer_add(notes->line, " is taken");
	} else if (opening->claim == FA_CLAIM_CORRECTED) {
		fa_buffer_add(next(notes), "corrected: ");
		fa_buffer_safe(notes->line, correction->reason);
	} else if (correction->reason != NULL &&
		   (correction->transports != 0 || correction->ports.count > 0)) {
		fa_buffer_add(next(notes), "doubtful, and opened as corrected, too: ");
		fa_buffer_safe(notes->line, correction->reason);
	}
}

/* Why it cannot be opened, and what would help. */
static void note_state(struct notes *notes, const struct fa_opening *opening)
{
	const struct fa_rule *rule = opening->binding->rule;
	struct fa_buffer *line = notes->line;

	switch (opening->state) {
	case FA_OPENING_BY_NAME:
		fa_buffer_add(next(notes),
			      "a packet filter cannot match names: it needs a proxy, or "
			      "addresses in the site file");
		break;
	case FA_OPENING_BY_SYSTEM:
		fa_buffer_add(next(notes), "it needs a list of prefixes (autonomous-systems of the "
					   "site file)");
		break;
	case FA_OPENING_NO_PORT:
		fa_buffer_add(next(notes), "the document gives no port: the site file has to, ");
		if (rule->port_parameter != NULL) {
			fa_buffer_add(line, "as parameter ");
			fa_buffer_safe(line, rule->port_parameter->name);
		} else {
			fa_buffer_add(line, "under ports");
		}
		break;
	case FA_OPENING_RUN_TIME_PORT:
		fa_buffer_add(next(notes), "the port is chosen when the connection is made");
		if (rule->negotiated_by != NULL) {
			fa_buffer_add(line, ", over ");
			fa_buffer_safe(line, rule->negotiated_by->id);
		}
		fa_buffer_add(line, ": it needs a connection tracking helper, or a fixed range");
		break;
	case FA_OPENING_NOT_PLACED:
		fa_buffer_add(next(notes), "the site file does not say who has the ");
		add_roles(line, opening->client.not_placed ? &opening->client.roles
							   : &opening->server.roles);
		break;
	case FA_OPENING_EVERYBODY:
		fa_buffer_add(next(notes), "for every network and for anybody: an instance of ");
		fa_buffer_safe(line, rule->product->id);
		fa_buffer_add(line, " in the site file says who serves it");
		break;
	case FA_OPENING_OPEN:
	case FA_OPENING_DISCOURAGED:
	case FA_OPENING_LOCAL:
	case FA_OPENING_NOBODY:
	case FA_OPENING_STATE_COUNT:
		break;
	}
}

void fa_export_add_notes(struct fa_buffer *line, const struct fa_opening *opening, bool why,
			 const char *before)
{
	const struct fa_rule *rule = opening->binding->rule;
	struct notes notes = {line, before, 0};

	if (why)
		note_state(&notes, opening);
	if (rule->advice == FA_ADVICE_DISCOURAGED) {
		fa_buffer_add(next(&notes), "discouraged: ");
		fa_buffer_safe(line, rule->advice_reason != NULL
					     ? rule->advice_reason
					     : "the document advises against it");
	}
	if (rule->when != NULL) {
		fa_buffer_add(next(&notes), "when ");
		fa_buffer_safe(line, rule->when);
	}
	note_claim(&notes, opening);
	if (rule->fallback_for != NULL) {
		fa_buffer_add(next(&notes), "stands in for ");
		fa_buffer_safe(line, rule->fallback_for->id);
	}
	note_alternatives(&notes, opening);
	if (opening->only_hosts.count > 0 && opening->server.addr_count > 0) {
		fa_buffer_add(next(&notes), "meant for ");
		fa_catalog_add_strings(line, &opening->only_hosts);
		fa_buffer_add(line, " alone, which addresses do not tell");
	}
	if (opening->reversed)
		fa_buffer_add(next(&notes), "the document has it in both directions");
}

void fa_export_add_use(struct fa_buffer *line, const struct fa_usage *usage, size_t index)
{
	const struct fa_use *use = usage == NULL ? NULL : &usage->uses[index];
	char time[FA_TIME_TEXT];

	if (use == NULL)
		return;
	if (use->observable == 0) {
		fa_buffer_addf(line, "none of %zu runs can tell whether it is used",
			       usage->run_count);
	} else if (use->seen > 0) {
		fa_buffer_add(line, use->idle[0] == '\0' ? "" : "not used by or at ");
		fa_buffer_safe(line, use->idle);
	} else if (use->refused > 0) {
		fa_buffer_addf(line, "tried in %zu of %zu runs, and never let in", use->refused,
			       usage->run_count);
	} else {
		fa_buffer_addf(line,
			       "nothing used it since %s, in %zu of %zu runs that could have "
			       "shown it",
			       fa_time_text_short(use->since_ns, time), use->observable,
			       usage->run_count);
		if (use->last_seen_ns != 0)
			fa_buffer_addf(line, "; last used %s",
				       fa_time_text_short(use->last_seen_ns, time));
	}
}

void fa_export_add_trust(struct fa_buffer *line, const struct fa_usage *usage)
{
	size_t doubtful = 0;
	size_t other = 0;

	for (size_t i = 0; usage != NULL && i < usage->run_count; i++) {
		const struct fa_usage_run *run = &usage->runs[i];

		doubtful += !run->ended_well || strcmp(run->confidence, "high") != 0;
		other += run->other_site;
	}
	if (doubtful > 0)
		fa_buffer_addf(line, "%zu of %zu runs saw less than all of the traffic", doubtful,
			       usage->run_count);
	if (other > 0)
		fa_buffer_addf(line,
			       "%s%zu of %zu runs were judged with another version of the site "
			       "file",
			       doubtful > 0 ? "; " : "", other, usage->run_count);
}
