/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the documents say of a finding: the row behind the verdict, or the nearest. */
#include <string.h>

#include "report/finding.h"
#include "report/words.h"

/* What a citation is made from. */
struct citing {
	const struct fa_finding_about *about;
	struct fa_buffer *line;
	const struct fa_stored_finding *finding;
};

/* "documented as TLS", or on its port where the port is what differs. */
static void add_as(struct fa_buffer *line, const struct fa_stored_rule *rule)
{
	if (strcmp(rule->protocols, "any") == 0)
		return;
	fa_buffer_add(line, " as ");
	fa_buffer_clip(line, rule->protocols, FA_FINDING_NAME_COLUMNS);
}

static void say_discouraged(struct fa_buffer *line, const struct citing *citing,
			    const struct fa_stored_rule *rule)
{
	(void)citing;
	fa_buffer_add(line, "documented, but advised against");
	if (rule->advice_reason[0] == '\0')
		return;
	fa_buffer_add(line, " (");
	fa_buffer_safe(line, rule->advice_reason);
	fa_buffer_add(line, ")");
}

static void say_protocol(struct fa_buffer *line, const struct citing *citing,
			 const struct fa_stored_rule *rule)
{
	(void)citing;
	fa_buffer_add(line, "documented");
	add_as(line, rule);
}

/* "control-room (cr1, cr2)" */
static void add_role(struct fa_buffer *line, const struct citing *citing, const char *roles)
{
	const struct fa_place_hint hint = {citing->finding->nearest_instance, roles};
	struct fa_buffer labels = {0};

	fa_buffer_safe(line, roles);
	fa_places_add_labels(&labels, citing->about->places, &hint);
	if (labels.len > 0)
		fa_buffer_addf(line, " (%s)", fa_buffer_text(&labels));
	line->failed = line->failed || labels.failed;
	fa_buffer_deinit(&labels);
}

/*
 * The items of a list of the stored rule, which is our own JSON, so that no text of a rule looks
 * like a key: quotes in texts are escaped. " in 17.0.0.0/8, 192.0.2.0/24"; false for none.
 */
static bool add_list(struct fa_buffer *line, const struct fa_stored_rule *rule, const char *key,
		     const char *lead, const char *prefix)
{
	const char *at = strstr(rule->json, key);
	size_t len;

	if (at == NULL)
		return false;
	at += strlen(key);
	len = strcspn(at, "]");
	if (len == 0)
		return false;
	fa_buffer_addf(line, "%s%s", lead, prefix);
	for (size_t i = 0; i < len; i++)
		if (at[i] == ',')
			fa_buffer_addf(line, ", %s", prefix);
		else if (at[i] != '"')
			fa_buffer_addf(line, "%c", at[i]);
	return true;
}

static void say_endpoint(struct fa_buffer *line, const struct citing *citing,
			 const struct fa_stored_rule *rule)
{
	bool networks;

	if (citing->finding->differs != 0) {
		fa_words_differs(line, citing->finding->differs);
		fa_buffer_add(line, "; ");
	}
	fa_buffer_add(line, "documented from ");
	add_role(line, citing, rule->from);
	fa_buffer_add(line, " to ");
	add_role(line, citing, rule->to);
	if ((citing->finding->differs & FA_DIFFERS_NETWORK) == 0)
		return;
	networks = add_list(line, rule, "\"network\":[", " in ", "");
	add_list(line, rule, "\"asn\":[", networks ? " or " : " in ", "AS");
}

/* Where the port of the nearest row is at this site, or goes on to: said beside that port. */
bool fa_finding_explains_port(const struct fa_stored_finding *finding)
{
	return finding->verdict == FA_VERDICT_UNDOCUMENTED && finding->nearest[0] != '\0' &&
	       finding->differs == FA_DIFFERS_PORT && finding->detail[0] != '\0';
}

static void say_nearest(struct fa_buffer *line, const struct citing *citing,
			const struct fa_stored_rule *rule)
{
	fa_buffer_add(line, "nearest row: ");
	fa_words_differs(line, citing->finding->differs);
	fa_buffer_add(line, citing->finding->differs != 0 ? ", documented on " : "documented on ");
	fa_words_rule_ports(line, rule);
	add_as(line, rule);
	if (fa_finding_explains_port(citing->finding)) {
		fa_buffer_add(line, "; ");
		fa_buffer_safe(line, citing->finding->detail);
	}
}

static void say_refused(struct fa_buffer *line, const struct citing *citing,
			const struct fa_stored_rule *rule)
{
	(void)citing;
	fa_buffer_safe(line, rule->requirement);
	fa_buffer_add(line, " by the document, so the server is down or something blocks it");
}

static void say_row(struct fa_buffer *line, const struct citing *citing,
		    const struct fa_stored_rule *rule)
{
	(void)citing;
	fa_buffer_add(line, "documented on ");
	fa_words_rule_ports(line, rule);
	add_as(line, rule);
}

typedef void say_fn(struct fa_buffer *, const struct citing *, const struct fa_stored_rule *);

/* What the document says, against what was seen. */
static say_fn *const sayings[FA_VERDICT_COUNT] = {
	[FA_VERDICT_DOCUMENTED] = say_row,	     [FA_VERDICT_DISCOURAGED] = say_discouraged,
	[FA_VERDICT_WRONG_PROTOCOL] = say_protocol,  [FA_VERDICT_WRONG_ENDPOINT] = say_endpoint,
	[FA_VERDICT_UNDOCUMENTED] = say_nearest,     [FA_VERDICT_REFUSED] = say_refused,
	[FA_VERDICT_WAIVED] = say_row,		     [FA_VERDICT_INDETERMINATE] = say_row,
};

static int cite(void *arg, const struct fa_stored_rule *rule)
{
	const struct citing *citing = arg;
	const struct fa_stored_finding *finding = citing->finding;
	struct fa_buffer *line = citing->line;
	const char *instance =
		finding->rule[0] != '\0' ? finding->instance : finding->nearest_instance;

	sayings[finding->verdict](line, citing, rule);
	fa_buffer_add(line, ": ");
	if (instance[0] != '\0') {
		fa_buffer_add(line, "instance ");
		fa_buffer_clip(line, instance, FA_FINDING_NAME_COLUMNS);
		fa_buffer_add(line, " · ");
	}
	fa_words_citation(line, rule);
	return 0;
}

static const char *nothing(const struct fa_stored_finding *finding)
{
	switch (finding->transport) {
	case FA_IP_TCP:
	case FA_IP_UDP:
	case FA_IP_SCTP:
		return "no row of any catalog is on this port, nor near it";
	default:
		return "no row of any catalog is for this transport";
	}
}

int fa_finding_citation(struct fa_buffer *line, const struct fa_finding_about *about,
			const struct fa_stored_finding *finding, struct fa_diag *diag)
{
	struct citing citing = {about, line, finding};
	const char *id = finding->rule[0] != '\0' ? finding->rule : finding->nearest;
	struct fa_diag unknown = {{0}};
	int err = 0;

	if (id[0] == '\0')
		fa_buffer_add(line, nothing(finding));
	else
		err = about->history->rule(about->history->context, about->run, id, cite, &citing,
					   &unknown);
	if (err == FA_ENOENT) {
		fa_buffer_add(line, "row ");
		fa_buffer_safe(line, id);
		fa_buffer_add(line, ", which was not stored with this run");
	} else if (err != 0) {
		return fa_fail(diag, err, "%s", unknown.text);
	}
	if (finding->candidate_count > 1) {
		fa_buffer_add(line, "; ");
		fa_buffer_count(line, finding->candidate_count - 1, "more row documents",
				"more rows document");
		fa_buffer_add(line, " this port");
	}
	return 0;
}
