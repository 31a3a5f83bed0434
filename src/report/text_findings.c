/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text report: what somebody must look at. */
#include "report/text.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "report/words.h"

#define FINDINGS_SHOWN 10
#define NAME_COLUMNS   64 /* of names that come from the wire */
#define INDENT	       4

static bool has_reason(const struct fa_stored_finding *finding, enum fa_reason reason)
{
	for (size_t i = 0; i < finding->reason_count; i++)
		if (finding->reasons[i] == reason)
			return true;
	return false;
}

/* Space for the roles of a rule; a longer list only says less. */
#define ROLES_TEXT 512

/* The roles at both ends of a finding's rule, or of the nearest. */
struct roles {
	const char *instance;
	char from[ROLES_TEXT], to[ROLES_TEXT];
};

static int copy_roles(void *arg, const struct fa_stored_rule *rule)
{
	struct roles *roles = arg;

	fa_text_copy(roles->from, sizeof(roles->from), rule->from);
	fa_text_copy(roles->to, sizeof(roles->to), rule->to);
	return 0;
}

/* Which of its places an address is meant as. */
static void find_roles(const struct fa_text_report *report, const struct fa_stored_finding *finding,
		       struct roles *roles)
{
	bool decided = finding->rule[0] != '\0';
	const char *id = decided ? finding->rule : finding->nearest;
	struct fa_diag unknown = {{0}};

	memset(roles, 0, sizeof(*roles));
	roles->instance = decided ? finding->instance : finding->nearest_instance;
	/* A rule that is not known makes names less exact, and the citation will tell. */
	if (report->places.count > 0 && id[0] != '\0')
		report->history->rule(report->history->context, report->run_id, id, copy_roles,
				      roles, &unknown);
}

static void add_clients(struct fa_buffer *line, const struct fa_text_report *report,
			const struct fa_stored_finding *finding, const struct roles *roles)
{
	const struct fa_place_hint hint = {roles->instance, roles->from};

	if (finding->client.version != 0)
		fa_places_add(line, &report->places, &finding->client, &hint);
	else
		fa_buffer_count(line, finding->clients, "client", "clients");
}

static void add_servers(struct fa_buffer *line, const struct fa_text_report *report,
			const struct fa_stored_finding *finding, const struct roles *roles)
{
	const struct fa_place_hint hint = {roles->instance, roles->to};
	char transport[FA_TRANSPORT_TEXT];
	bool ports_differ = finding->ports > 1 && finding->port == 0;

	if (finding->server.version == 0)
		fa_buffer_count(line, finding->servers, "server", "servers");
	if (ports_differ || has_reason(finding, FA_REASON_FRAGMENT)) {
		if (finding->server.version != 0)
			fa_places_add(line, &report->places, &finding->server, &hint);
		fa_buffer_addf(line, " %s", fa_transport_text(finding->transport, transport));
		if (ports_differ) {
			fa_buffer_add(line, ", ");
			fa_buffer_count(line, finding->ports, "port", "ports");
		}
	} else if (finding->server.version != 0) {
		fa_places_add_server(line, &report->places, &finding->server, &hint,
				     finding->transport, finding->port);
	} else {
		fa_words_port(line, finding->transport, finding->port);
	}
}

static void add_tries(struct fa_buffer *line, const struct fa_counts *counts)
{
	char number[FA_NUMBER_TEXT];
	uint64_t silent = counts->flows_in_state[FA_FLOW_ATTEMPTED] + counts->syn_retries;
	uint64_t reset = counts->flows_in_state[FA_FLOW_REFUSED];
	uint64_t unreachable = counts->flows_in_state[FA_FLOW_UNREACHABLE];
	uint64_t tries = silent + reset + unreachable;

	fa_buffer_add(line, " · ");
	fa_buffer_count(line, tries > 0 ? tries : counts->flows, "try", "tries");
	if (unreachable > 0)
		fa_buffer_addf(line, ", unreachable by ICMP for %s of the flows",
			       fa_number_text(unreachable, number));
	else if (reset == 0)
		fa_buffer_add(line, ", no answer");
	else if (silent == 0)
		fa_buffer_add(line, ", reset");
	else
		fa_buffer_addf(line, ", %s of them reset, the others unanswered",
			       fa_number_text(reset, number));
}

static void add_protocol(struct fa_buffer *line, const struct fa_stored_finding *finding)
{
	fa_buffer_add(line, " · ");
	if (finding->protocol[0] == '\0') {
		fa_buffer_add(line, "several protocols");
		return;
	}
	if (finding->detected_by == FA_DETECTED_NONE) {
		fa_buffer_add(line, fa_words_detection(FA_DETECTED_NONE));
		return;
	}
	fa_buffer_clip(line, finding->protocol, FA_PROTOCOL_TEXT);
	if (finding->application[0] != '\0') {
		fa_buffer_add(line, " (");
		fa_buffer_clip(line, finding->application, FA_PROTOCOL_TEXT);
		fa_buffer_add(line, ")");
	}
	fa_buffer_addf(line, ", %s", fa_words_detection(finding->detected_by));
}

/* Number, verdict, who talks to whom, and what. */
static void put_subject(struct fa_text_report *report, const struct fa_stored_finding *finding)
{
	struct fa_buffer *line = &report->text.line;
	bool known = finding->direction_by != FA_BY_FIRST_PACKET;
	struct roles roles;
	char lead[48];

	find_roles(report, finding, &roles);
	fa_buffer_reset(line);
	add_clients(line, report, finding, &roles);
	fa_buffer_add(line, known ? " → " : " ↔ ");
	add_servers(line, report, finding, &roles);
	if (finding->verdict == FA_VERDICT_REFUSED)
		add_tries(line, &finding->counts);
	else
		add_protocol(line, finding);
	snprintf(lead, sizeof(lead), "%2" PRId64 "  %-16s ", finding->number,
		 fa_verdict_text(finding->verdict));
	fa_text_wrap_lead(&report->text, lead, fa_verdict_paint(finding->verdict), INDENT,
			  fa_buffer_text(line));
}

/* On a line of its own, unbroken, so that it can be copied. */
static void put_evidence(struct fa_text_report *report, int64_t number)
{
	char command[80];

	if (!report->has_files)
		return;
	snprintf(command, sizeof(command),
		 "packets: flowaudit evidence %" PRId64 ".%" PRId64 " -o f.pcap", report->run_id,
		 number);
	fa_text_wrap(&report->text, INDENT, command);
}

/* One client that tried many ports or hosts is one line. */
static void put_sweep(struct fa_text_report *report, const struct fa_stored_finding *finding)
{
	struct fa_buffer *line = &report->text.line;
	const struct roles nobody = {.instance = ""};
	char transport[FA_TRANSPORT_TEXT];
	char lead[48];

	fa_buffer_reset(line);
	fa_buffer_add(line, "sweep: ");
	add_clients(line, report, finding, &nobody);
	fa_buffer_add(line, " tried ");
	fa_buffer_count(line, finding->ports, "port", "ports");
	fa_buffer_addf(line, " (%s) on ", fa_transport_text(finding->transport, transport));
	fa_buffer_count(line, finding->servers, "host", "hosts");
	fa_buffer_add(line, " · ");
	fa_buffer_count(line, finding->counts.flows, "flow", "flows");
	fa_buffer_add(line, " ");
	fa_words_period(line, finding->counts.first_seen_ns, finding->counts.last_seen_ns);
	snprintf(lead, sizeof(lead), "%2" PRId64 "  %-16s ", finding->number,
		 fa_verdict_text(finding->verdict));
	fa_text_wrap_lead(&report->text, lead, fa_verdict_paint(finding->verdict), INDENT,
			  fa_buffer_text(line));
	put_evidence(report, finding->number);
}

/* What a citation is made from. */
struct citing {
	struct fa_text_report *report;
	const struct fa_stored_finding *finding;
};

/* "documented as TLS", or on its port where the port is what differs. */
static void add_as(struct fa_buffer *line, const struct fa_stored_rule *rule)
{
	if (strcmp(rule->protocols, "any") == 0)
		return;
	fa_buffer_add(line, " as ");
	fa_buffer_clip(line, rule->protocols, NAME_COLUMNS);
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
	fa_places_add_labels(&labels, &citing->report->places, &hint);
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
static bool explains_port(const struct fa_stored_finding *finding)
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
	if (explains_port(citing->finding)) {
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
	struct fa_buffer *line = &citing->report->text.line;
	const char *instance =
		finding->rule[0] != '\0' ? finding->instance : finding->nearest_instance;

	sayings[finding->verdict](line, citing, rule);
	fa_buffer_add(line, ": ");
	if (instance[0] != '\0') {
		fa_buffer_add(line, "instance ");
		fa_buffer_clip(line, instance, NAME_COLUMNS);
		fa_buffer_add(line, " · ");
	}
	fa_words_citation(line, rule);
	return 0;
}

/* Says who: the rows of documents behind the verdict. */
static int put_citation(struct fa_text_report *report, const struct fa_stored_finding *finding,
			struct fa_diag *diag)
{
	struct fa_buffer *line = &report->text.line;
	struct citing citing = {report, finding};
	const char *id = finding->rule[0] != '\0' ? finding->rule : finding->nearest;
	struct fa_diag unknown = {{0}};
	int err = 0;

	fa_buffer_reset(line);
	if (id[0] == '\0') {
		fa_buffer_add(line, finding->transport == FA_IP_TCP ||
					    finding->transport == FA_IP_UDP ||
					    finding->transport == FA_IP_SCTP
				    ? "no row of any catalog is on this port, nor near it"
				    : "no row of any catalog is for this transport");
	} else {
		err = report->history->rule(report->history->context, report->run_id, id, cite,
					    &citing, &unknown);
		if (err == FA_ENOENT) {
			fa_buffer_add(line, "row ");
			fa_buffer_safe(line, id);
			fa_buffer_add(line, ", which was not stored with this run");
		} else if (err != 0) {
			return fa_fail(diag, err, "%s", unknown.text);
		}
	}
	if (finding->candidate_count > 1) {
		fa_buffer_add(line, "; ");
		fa_buffer_count(line, finding->candidate_count - 1, "more row documents",
				"more rows document");
		fa_buffer_add(line, " this port");
	}
	fa_text_wrap(&report->text, INDENT, fa_buffer_text(line));
	return 0;
}

/* What the header of the report, or the citation, has said already. */
static bool said_already(const struct fa_stored_finding *finding, enum fa_reason reason)
{
	enum fa_verdict verdict = finding->verdict;

	switch (reason) {
	case FA_REASON_ENDPOINTS_UNCHECKED:
		return true;
	case FA_REASON_ADVISED_AGAINST:
		return verdict == FA_VERDICT_DISCOURAGED;
	case FA_REASON_NO_RULE:
		return verdict == FA_VERDICT_UNDOCUMENTED;
	case FA_REASON_NO_ANSWER:
	case FA_REASON_RESET_ON_OPEN:
	case FA_REASON_UNREACHABLE:
		return verdict == FA_VERDICT_REFUSED;
	case FA_REASON_CLIENT_DIFFERS:
		return (finding->differs & FA_DIFFERS_CLIENT) != 0;
	case FA_REASON_SERVER_DIFFERS:
		return (finding->differs & FA_DIFFERS_SERVER) != 0;
	default:
		return false;
	}
}

static void put_reasons(struct fa_text_report *report, const struct fa_stored_finding *finding)
{
	struct fa_buffer *line = &report->text.line;

	fa_buffer_reset(line);
	for (size_t i = 0; i < finding->reason_count; i++) {
		if (said_already(finding, finding->reasons[i]))
			continue;
		fa_buffer_add(line, line->len > 0 ? "; " : "");
		fa_buffer_add(line, fa_reason_sentence(finding->reasons[i]));
	}
	if (finding->detail[0] != '\0' && !explains_port(finding)) {
		fa_buffer_add(line, line->len > 0 ? " (" : "(");
		fa_buffer_safe(line, finding->detail);
		fa_buffer_add(line, ")");
	}
	if (line->len > 0)
		fa_text_wrap(&report->text, INDENT, fa_buffer_text(line));
}

/* A flow counts in the run that it begins in; its packets may go on in the next ones. */
static void add_flows(struct fa_text_report *report, const struct fa_counts *counts)
{
	struct fa_buffer *line = &report->text.line;

	if (counts->flows == 0 && report->run.info.kind == FA_RUN_LIVE)
		fa_buffer_add(line, "no new flow");
	else
		fa_buffer_count(line, counts->flows, "flow", "flows");
}

static void put_extent(struct fa_text_report *report, const struct fa_stored_finding *finding)
{
	struct fa_buffer *line = &report->text.line;
	const struct fa_counts *counts = &finding->counts;
	char number[FA_NUMBER_TEXT];

	fa_buffer_reset(line);
	add_flows(report, counts);
	fa_buffer_add(line, " ");
	fa_words_period(line, counts->first_seen_ns, counts->last_seen_ns);
	fa_buffer_addf(line, ", %s · %s",
		       fa_bytes_text(counts->bytes_to_server + counts->bytes_to_client, number),
		       fa_words_direction(finding->direction_by));
	if (finding->host[0] != '\0') {
		fa_buffer_add(line, " · asked for ");
		fa_buffer_clip(line, finding->host, NAME_COLUMNS);
	}
	fa_text_wrap(&report->text, INDENT, fa_buffer_text(line));
	put_evidence(report, finding->number);
}

struct putting {
	struct fa_text_report *report;
	struct fa_diag *diag;
};

static int put_finding(void *arg, const struct fa_stored_finding *finding)
{
	struct putting *putting = arg;
	struct fa_text_report *report = putting->report;
	int err;

	if (finding->sweep) {
		put_sweep(report, finding);
		return fa_text_out_check(&report->text, putting->diag);
	}
	/* Without a row on the port there is nothing that "catalog explain" could show. */
	if (report->next_port == 0 && finding->candidate_count > 0 &&
	    (finding->transport == FA_IP_TCP || finding->transport == FA_IP_UDP)) {
		report->next_transport = finding->transport;
		report->next_port = finding->port;
	}
	put_subject(report, finding);
	err = put_citation(report, finding, putting->diag);
	if (err != 0)
		return err;
	put_reasons(report, finding);
	put_extent(report, finding);
	return fa_text_out_check(&report->text, putting->diag);
}

int fa_text_findings(struct fa_text_report *report, struct fa_diag *diag)
{
	struct fa_text_out *text = &report->text;
	struct putting putting = {report, diag};
	uint64_t total = report->run.findings;
	char number[FA_NUMBER_TEXT];

	fa_buffer_reset(&text->line);
	if (total == 0)
		fa_buffer_add(&text->line, "FINDINGS (none)");
	else if (text->all || total <= FINDINGS_SHOWN)
		fa_buffer_addf(&text->line, "FINDINGS (%s, most important first)",
			       fa_number_text(total, number));
	else
		fa_buffer_addf(&text->line, "FINDINGS (%s; the %u most important, all with --all)",
			       fa_number_text(total, number), FINDINGS_SHOWN);
	fa_text_heading(text, fa_buffer_text(&text->line));
	return report->history->each_finding(report->history->context, report->run_id,
					     text->all ? 0 : FINDINGS_SHOWN, put_finding, &putting,
					     diag);
}
