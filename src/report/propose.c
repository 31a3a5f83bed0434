/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An entry for a file of waivers that covers one finding and no more than it must. */
#include "report/propose.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/rule.h"
#include "report/output.h"
#include "report/waivers.h"
#include "report/words.h"

/* Ports that are listed one by one or as ranges; where there are more, any port is proposed. */
enum { RANGES_MAX = 64 };

/* Of what was captured, in a comment. */
enum { SOURCE_COLUMNS = 60 };

/* Longest id of a waiver, less room for a number behind it. */
enum { ID_BYTES = 56 };

struct fa_proposal {
	const struct fa_stored_run *run;
	struct fa_buffer about;	   /* comment lines */
	struct fa_buffer verdict;
	struct fa_buffer protocol; /* "any" when its members differ */
	struct fa_propose_end client, server;
	bool transports[256];
	uint8_t *ports; /* one bit each */
};

/* A line of the comment. */
static void begin_comment(struct fa_proposal *p)
{
	fa_buffer_add(&p->about, "  # ");
}

static void end_comment(struct fa_proposal *p)
{
	fa_buffer_add(&p->about, "\n");
}

static void about_ends(struct fa_proposal *p, const struct fa_stored_finding *finding)
{
	char text[FA_ADDR_TEXT];

	if (finding->client.version != 0)
		fa_buffer_add(&p->about, fa_addr_text(&finding->client, text));
	else
		fa_buffer_count(&p->about, finding->clients, "client", "clients");
	fa_buffer_add(&p->about, " to ");
	if (finding->server.version != 0 && finding->ports <= 1) {
		fa_words_server(&p->about, &finding->server, finding->transport, finding->port);
		return;
	}
	if (finding->server.version != 0)
		fa_buffer_add(&p->about, fa_addr_text(&finding->server, text));
	else
		fa_buffer_count(&p->about, finding->servers, "server", "servers");
	fa_buffer_add(&p->about, ", ");
	fa_buffer_count(&p->about, finding->ports, "port", "ports");
}

static void about_rule(struct fa_proposal *p, const struct fa_stored_finding *finding)
{
	if (finding->rule[0] == '\0' && finding->nearest[0] == '\0')
		return;
	begin_comment(p);
	fa_buffer_add(&p->about, finding->rule[0] != '\0' ? "row " : "nearest row ");
	fa_buffer_safe(&p->about, finding->rule[0] != '\0' ? finding->rule : finding->nearest);
	if (finding->rule[0] == '\0' && finding->differs != 0) {
		fa_buffer_add(&p->about, ": ");
		fa_words_differs(&p->about, finding->differs);
	}
	end_comment(p);
}

static void about_finding(struct fa_proposal *p, const struct fa_stored_finding *finding)
{
	begin_comment(p);
	fa_buffer_addf(&p->about, "finding %" PRId64 ".%" PRId64 ", %s: ", p->run->id,
		       finding->number, fa_verdict_text(finding->verdict));
	about_ends(p, finding);
	if (finding->protocol[0] != '\0') {
		fa_buffer_add(&p->about, ", ");
		fa_buffer_safe(&p->about, finding->protocol);
	}
	end_comment(p);
	begin_comment(p);
	fa_buffer_count(&p->about, finding->counts.flows, "flow", "flows");
	fa_buffer_add(&p->about, ", ");
	fa_words_period(&p->about, finding->counts.first_seen_ns, finding->counts.last_seen_ns);
	fa_buffer_add(&p->about, ", in ");
	fa_buffer_clip_front(&p->about, p->run->info.source, SOURCE_COLUMNS);
	end_comment(p);
	about_rule(p, finding);
}

static void put_name(struct fa_proposal *p, const char *name)
{
	bool plain = isalpha((unsigned char)name[0]) != 0;

	for (size_t i = 0; name[i] != '\0'; i++)
		plain = plain && (isalnum((unsigned char)name[i]) || strchr("-_.", name[i]));
	if (name[0] == '\0') {
		fa_buffer_add(&p->protocol, "any");
		return;
	}
	fa_buffer_add(&p->protocol, plain ? "" : "\"");
	fa_buffer_safe(&p->protocol, name);
	fa_buffer_add(&p->protocol, plain ? "" : "\"");
}

static void take_protocol(struct fa_proposal *p, const struct fa_stored_finding *finding)
{
	const char *name = finding->application[0] != '\0' ? finding->application
							   : finding->protocol;

	/* A guess by port or address is no name. */
	if (name[0] != '\0' && !fa_detection_is_seen((enum fa_detection)finding->detected_by))
		name = "Unknown";
	put_name(p, name);
}

int fa_proposal_new(struct fa_proposal **out)
{
	struct fa_proposal *p = calloc(1, sizeof(*p));

	*out = p;
	if (p == NULL)
		return FA_ENOMEM;
	p->ports = calloc(1, (UINT16_MAX + 1) / 8);
	if (p->ports != NULL)
		return 0;
	fa_proposal_free(p);
	*out = NULL;
	return FA_ENOMEM;
}

void fa_proposal_free(struct fa_proposal *p)
{
	if (p == NULL)
		return;
	fa_propose_end_deinit(&p->client);
	fa_propose_end_deinit(&p->server);
	fa_buffer_deinit(&p->about);
	fa_buffer_deinit(&p->verdict);
	fa_buffer_deinit(&p->protocol);
	free(p->ports);
	free(p);
}

int fa_proposal_add(struct fa_proposal *p, const struct fa_identity *id)
{
	int error = fa_propose_end_add(&p->client, &id->client);

	if (error == 0)
		error = fa_propose_end_add(&p->server, &id->server);
	p->transports[id->transport] = true;
	p->ports[id->server_port / 8] |= (uint8_t)(1u << id->server_port % 8);
	return error;
}

/* "tcp", "[tcp, udp]", or "any" when one has no name. */
static void put_transports(const struct fa_proposal *p, struct fa_buffer *text)
{
	unsigned set = 0;
	unsigned count = 0;

	for (unsigned i = 0; i < 256; i++) {
		if (p->transports[i] && fa_rule_transport_bit((uint8_t)i) == 0) {
			fa_buffer_add(text, "any");
			return;
		}
		if (p->transports[i])
			set |= fa_rule_transport_bit((uint8_t)i);
	}
	for (unsigned i = 0; i < FA_RULE_TRANSPORTS; i++)
		count += set >> i & 1;
	fa_buffer_add(text, count > 1 ? "[" : "");
	for (unsigned i = 0, said = 0; i < FA_RULE_TRANSPORTS; i++)
		if ((set & 1u << i) != 0)
			fa_buffer_addf(text, "%s%s", said++ == 0 ? "" : ", ",
				       fa_rule_transport_text(i));
	fa_buffer_add(text, count > 1 ? "]" : "");
}

static bool has_port(const struct fa_proposal *p, unsigned port)
{
	return (p->ports[port / 8] & 1u << port % 8) != 0;
}

static bool all_have_ports(const struct fa_proposal *p)
{
	for (unsigned i = 0; i < 256; i++) {
		unsigned index = fa_rule_transport_index((uint8_t)i);

		if (p->transports[i] &&
		    (index == FA_RULE_TRANSPORTS || !fa_rule_transport_has_ports(index)))
			return false;
	}
	return !has_port(p, 0);
}

/* "443", "[443, 8000-8010]", or "any" when there are many or none. */
static void put_ports(const struct fa_proposal *p, struct fa_buffer *text)
{
	struct fa_buffer list = {0};
	unsigned ranges = 0;

	for (unsigned port = 1; port <= UINT16_MAX && ranges <= RANGES_MAX; port++) {
		unsigned low = port;

		if (!has_port(p, port))
			continue;
		while (port < UINT16_MAX && has_port(p, port + 1))
			port++;
		fa_buffer_addf(&list, ranges++ == 0 ? "%u" : ", %u", low);
		if (port > low)
			fa_buffer_addf(&list, "-%u", port);
	}
	if (ranges == 0 || ranges > RANGES_MAX || !all_have_ports(p))
		fa_buffer_add(text, "any");
	else
		fa_buffer_addf(text, ranges == 1 ? "%s" : "[%s]", fa_buffer_text(&list));
	text->failed = text->failed || list.failed;
	fa_buffer_deinit(&list);
}

/* Makes an id of TEXT: other letters become hyphens, of which none follows another. */
static void put_id(char *id, const char *text)
{
	size_t used = 0;

	for (; *text != '\0' && used < ID_BYTES; text++) {
		char c = (char)tolower((unsigned char)*text);

		if (isalnum((unsigned char)c))
			id[used++] = c;
		else if (used > 0 && id[used - 1] != '-')
			id[used++] = '-';
	}
	while (used > 0 && id[used - 1] == '-')
		used--;
	id[used] = '\0';
}

struct entry {
	const char *client, *server, *transport, *port;
	size_t number, count; /* of how many */
};

static void write_entry(FILE *out, const struct fa_proposal *p, const struct entry *entry)
{
	struct fa_buffer name = {0};
	char id[ID_BYTES + 1];
	char suffix[FA_NUMBER_TEXT] = "";

	fa_buffer_addf(&name, "%s-%s-%s-%s", fa_buffer_text(&p->verdict), entry->server,
		       entry->transport, entry->port);
	put_id(id, fa_buffer_text(&name));
	if (entry->count > 1)
		snprintf(suffix, sizeof(suffix), "-%zu", entry->number);
	fprintf(out,
		"  - id: %s%s\n"
		"    owner: TODO    # who answers for it\n"
		"    reason: TODO   # why this is accepted\n"
		"    expires: TODO  # the last day it is, YYYY-MM-DD\n"
		"    client: %s\n"
		"    server: %s\n"
		"    transport: %s\n"
		"    port: %s\n"
		"    protocol: %s\n",
		id, suffix, entry->client, entry->server, entry->transport, entry->port,
		fa_buffer_text(&p->protocol));
	fa_buffer_deinit(&name);
}

static void note_many(FILE *out, const char *what, const struct fa_propose_end *end,
		      const struct fa_buffer *text)
{
	if (strcmp(fa_buffer_text(text), "any") == 0)
		fprintf(out, "  # %zu %s in many networks: can you name them by fewer?\n",
			end->count, what);
	else if (end->count > 1)
		fprintf(out, "  # %zu %s\n", end->count, what);
}

static void write_entries(FILE *out, const struct fa_proposal *p)
{
	struct fa_buffer clients[FA_PROPOSE_GROUPS] = {{0}};
	struct fa_buffer servers[FA_PROPOSE_GROUPS] = {{0}};
	struct fa_buffer transport = {0};
	struct fa_buffer port = {0};
	size_t client_count = fa_propose_end_texts(&p->client, clients);
	size_t server_count = fa_propose_end_texts(&p->server, servers);

	put_transports(p, &transport);
	put_ports(p, &port);
	fprintf(out, "%s", fa_buffer_text(&p->about));
	note_many(out, "clients", &p->client, &clients[0]);
	note_many(out, "servers", &p->server, &servers[0]);
	for (size_t i = 0; i < client_count * server_count; i++) {
		const struct entry entry = {
			.client = fa_buffer_text(&clients[i / server_count]),
			.server = fa_buffer_text(&servers[i % server_count]),
			.transport = fa_buffer_text(&transport),
			.port = fa_buffer_text(&port),
			.number = i + 1,
			.count = client_count * server_count,
		};

		write_entry(out, p, &entry);
	}
	for (size_t i = 0; i < FA_PROPOSE_GROUPS; i++) {
		fa_buffer_deinit(&clients[i]);
		fa_buffer_deinit(&servers[i]);
	}
	fa_buffer_deinit(&transport);
	fa_buffer_deinit(&port);
}

int fa_proposal_write(struct fa_proposal *p, FILE *out, const struct fa_history *history,
		      const struct fa_stored_run *run, const struct fa_stored_finding *finding,
		      struct fa_diag *diag)
{
	int error;

	if (finding->verdict == FA_VERDICT_INDETERMINATE)
		return fa_fail(diag, FA_EINVAL,
			       "finding %" PRId64 " is indeterminate: too little is known to "
			       "accept anything",
			       finding->number);
	p->run = run;
	about_finding(p, finding);
	take_protocol(p, finding);
	fa_buffer_add(&p->verdict, fa_verdict_text(finding->verdict));
	error = fa_propose_end_settle(&p->client);
	if (error == 0)
		error = fa_propose_end_settle(&p->server);
	if (error == 0)
		error = fa_propose_roles(history, run->id, &p->client, &p->server, diag);
	if (error == 0 && (p->about.failed || p->protocol.failed || p->verdict.failed ||
			   p->client.role.failed || p->server.role.failed))
		error = FA_ENOMEM;
	if (error != 0)
		return fa_fail(diag, error, "no memory");
	write_entries(out, p);
	return fa_output_flush(out, diag);
}

/* What is asked for by its number. */
struct asked {
	struct fa_proposal *proposal;
	const struct fa_history *history;
	struct fa_stored_run run;
	int64_t number;
	FILE *out;
	struct fa_diag *diag;
};

static int take_part(void *arg, const struct fa_finding_part *part)
{
	const struct asked *asked = arg;

	return fa_proposal_add(asked->proposal, &part->id);
}

/* The walk ends with this when the finding was met. */
enum { MET = 1 };

static int take_finding(void *arg, const struct fa_stored_finding *finding)
{
	struct asked *asked = arg;
	int error;

	if (finding->number != asked->number)
		return 0;
	error = fa_proposal_write(asked->proposal, asked->out, asked->history, &asked->run,
				  finding, asked->diag);
	return error == 0 ? MET : error;
}

static int write_asked(struct asked *asked, int64_t run)
{
	const struct fa_history *history = asked->history;
	struct fa_diag *diag = asked->diag;
	int error = history->run(history->context, run, &asked->run, diag);

	/* This one tells when there is no such finding. */
	if (error == 0)
		error = history->conversations_of_finding(history->context, asked->run.id,
							  asked->number, take_part, asked, diag);
	if (error == FA_ENOMEM)
		return fa_fail(diag, error, "no memory");
	if (error == 0)
		error = history->each_finding(history->context, asked->run.id, 0, take_finding,
					      asked, diag);
	return error == MET ? 0 : error;
}

int fa_report_waiver_propose(FILE *out, const struct fa_history *history, int64_t run,
			     int64_t number, struct fa_diag *diag)
{
	struct asked asked = {.history = history, .number = number, .out = out, .diag = diag};
	int error;

	if (fa_proposal_new(&asked.proposal) != 0)
		return fa_fail(diag, FA_ENOMEM, "no memory");
	error = write_asked(&asked, run);
	fa_proposal_free(asked.proposal);
	return error;
}
