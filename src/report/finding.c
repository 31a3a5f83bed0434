/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of a finding: who talks to whom, why it is one, how much of it there is. */
#include "report/finding.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "report/command.h"
#include "report/wire_words.h"
#include "report/words.h"

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
static void find_roles(const struct fa_finding_about *about,
		       const struct fa_stored_finding *finding, struct roles *roles)
{
	bool decided = finding->rule[0] != '\0';
	const char *id = decided ? finding->rule : finding->nearest;
	struct fa_diag unknown = {{0}};

	memset(roles, 0, sizeof(*roles));
	roles->instance = decided ? finding->instance : finding->nearest_instance;
	/* A rule that is not known makes names less exact, and the citation will tell. */
	if (about->places->count > 0 && id[0] != '\0')
		about->history->rule(about->history->context, about->run, id, copy_roles, roles,
				     &unknown);
}

static void add_clients(struct fa_buffer *line, const struct fa_finding_about *about,
			const struct fa_stored_finding *finding, const struct roles *roles)
{
	const struct fa_place_hint hint = {roles->instance, roles->from};

	if (finding->client.version != 0)
		fa_places_add(line, about->places, &finding->client, &hint);
	else
		fa_buffer_count(line, finding->clients, "client", "clients");
}

/* Of a finding on many ports: these may be of several transports, which are 0 then. */
static const char *transport_of(const struct fa_stored_finding *finding,
				char text[FA_TRANSPORT_TEXT])
{
	return finding->transport == 0 && finding->ports > 1
		       ? "several transports"
		       : fa_transport_text(finding->transport, text);
}

static void add_servers(struct fa_buffer *line, const struct fa_finding_about *about,
			const struct fa_stored_finding *finding, const struct roles *roles)
{
	const struct fa_place_hint hint = {roles->instance, roles->to};
	char transport[FA_TRANSPORT_TEXT];
	bool ports_differ = finding->ports > 1 && finding->port == 0;

	if (finding->server.version == 0)
		fa_buffer_count(line, finding->servers, "server", "servers");
	if (ports_differ || has_reason(finding, FA_REASON_FRAGMENT)) {
		if (finding->server.version != 0)
			fa_places_add(line, about->places, &finding->server, &hint);
		fa_buffer_addf(line, " %s", transport_of(finding, transport));
		if (ports_differ) {
			fa_buffer_add(line, ", ");
			fa_buffer_count(line, finding->ports, "port", "ports");
		}
	} else if (finding->server.version != 0) {
		fa_places_add_server(line, about->places, &finding->server, &hint,
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

/* Who sends packets in a tunnel may write any addresses into them, and tenants have the same ones. */
static void add_tunnel(struct fa_buffer *line, const struct fa_stored_finding *finding)
{
	const struct fa_counts *counts = &finding->counts;
	uint64_t packets = counts->packets_to_server + counts->packets_to_client;
	char number[FA_NUMBER_TEXT];
	char of[FA_NUMBER_TEXT];

	if (finding->tunnelled == 0)
		return;
	fa_buffer_addf(line, " · tunnel: %s", finding->tunnel == FA_TUNNEL_NONE
						     ? "several"
						     : fa_words_layer(finding->tunnel));
	if (finding->tunnel_id != 0)
		fa_buffer_addf(line, " %" PRIu32, finding->tunnel_id);
	if (finding->tunnelled < packets)
		fa_buffer_addf(line, " (%s of %s packets)",
			       fa_number_text(finding->tunnelled, number), fa_number_text(packets, of));
}

/* One client that tried many ports or hosts. */
static void add_sweep(struct fa_buffer *line, const struct fa_finding_about *about,
		      const struct fa_stored_finding *finding)
{
	const struct roles nobody = {.instance = ""};
	char transport[FA_TRANSPORT_TEXT];

	fa_buffer_add(line, "sweep: ");
	add_clients(line, about, finding, &nobody);
	fa_buffer_add(line, " tried ");
	fa_buffer_count(line, finding->ports, "port", "ports");
	fa_buffer_addf(line, " (%s) on ", transport_of(finding, transport));
	fa_buffer_count(line, finding->servers, "host", "hosts");
	fa_buffer_add(line, " · ");
	fa_buffer_count(line, finding->counts.flows, "flow", "flows");
	fa_buffer_add(line, " ");
	fa_words_period(line, finding->counts.first_seen_ns, finding->counts.last_seen_ns);
	add_tunnel(line, finding);
}

void fa_finding_subject(struct fa_buffer *line, const struct fa_finding_about *about,
			const struct fa_stored_finding *finding)
{
	bool known = finding->direction_by != FA_BY_FIRST_PACKET;
	struct roles roles;

	if (finding->sweep) {
		add_sweep(line, about, finding);
		return;
	}
	find_roles(about, finding, &roles);
	add_clients(line, about, finding, &roles);
	fa_buffer_add(line, known ? " → " : " ↔ ");
	add_servers(line, about, finding, &roles);
	if (finding->verdict == FA_VERDICT_REFUSED)
		add_tries(line, &finding->counts);
	else
		add_protocol(line, finding);
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

void fa_finding_reasons(struct fa_buffer *line, const struct fa_stored_finding *finding)
{
	const char *between = "";

	for (size_t i = 0; i < finding->reason_count; i++) {
		if (said_already(finding, finding->reasons[i]))
			continue;
		fa_buffer_addf(line, "%s%s", between, fa_reason_sentence(finding->reasons[i]));
		between = "; ";
	}
	if (finding->detail[0] == '\0' || fa_finding_explains_port(finding))
		return;
	fa_buffer_add(line, between[0] != '\0' ? " (" : "(");
	fa_buffer_safe(line, finding->detail);
	fa_buffer_add(line, ")");
}

/* A flow counts in the run that it begins in; its packets may go on in the next ones. */
static void add_flows(struct fa_buffer *line, const struct fa_finding_about *about,
		      const struct fa_counts *counts)
{
	if (counts->flows == 0 && about->live)
		fa_buffer_add(line, "no new flow");
	else
		fa_buffer_count(line, counts->flows, "flow", "flows");
}

void fa_finding_extent(struct fa_buffer *line, const struct fa_finding_about *about,
		       const struct fa_stored_finding *finding)
{
	const struct fa_counts *counts = &finding->counts;
	char number[FA_NUMBER_TEXT];

	add_flows(line, about, counts);
	fa_buffer_add(line, " ");
	fa_words_period(line, counts->first_seen_ns, counts->last_seen_ns);
	fa_buffer_addf(line, ", %s · %s",
		       fa_bytes_text(counts->bytes_to_server + counts->bytes_to_client, number),
		       fa_words_direction(finding->direction_by));
	add_tunnel(line, finding);
	if (finding->host[0] != '\0') {
		fa_buffer_add(line, " · asked for ");
		fa_buffer_clip(line, finding->host, FA_FINDING_NAME_COLUMNS);
	}
}

void fa_finding_evidence(struct fa_buffer *line, const struct fa_history *history, int64_t run,
			 int64_t number)
{
	fa_command_add(line, "evidence", history);
	fa_buffer_addf(line, " %" PRId64 ".%" PRId64 " -o f.pcap", run, number);
}
