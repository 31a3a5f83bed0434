/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of a difference: who and whom it is about, what is new of it, how much, and why. */
#include "report/drift_words.h"

#include <string.h>

#include "report/words.h"

static bool has(const char *text)
{
	return text != NULL && text[0] != '\0';
}

static void add_name(struct fa_buffer *line, const char *text)
{
	fa_buffer_clip(line, text, FA_DRIFT_NAME_COLUMNS);
}

bool fa_drift_is_traffic(const struct fa_difference *difference)
{
	return difference->section == FA_DRIFT_APPEARED ||
	       difference->section == FA_DRIFT_CHANGED || difference->section == FA_DRIFT_VANISHED;
}

const struct fa_drift_state *fa_drift_side_to_see(const struct fa_difference *difference)
{
	return difference->now.is_there || !difference->before.is_there ? &difference->now
									: &difference->before;
}

void fa_drift_say_client(struct fa_buffer *line, const struct fa_difference *difference)
{
	uint64_t groups = fa_drift_side_to_see(difference)->client_groups;

	if (has(difference->client))
		add_name(line, difference->client);
	else if (has(difference->client_list))
		fa_buffer_clip(line, difference->client_list, 2 * FA_DRIFT_NAME_COLUMNS);
	else if (groups > 0)
		fa_buffer_count(line, groups, "group of clients", "groups of clients");
}

/* Groups of one host are called by its address. */
static bool is_address(const char *name, const struct fa_addr *addr)
{
	char text[FA_ADDR_TEXT];

	return addr->version != 0 && strcmp(name, fa_addr_text(addr, text)) == 0;
}

/* "sql1 (10.2.4.9)", "10.2.4.9", "[2001:db8::1]" with a port behind it. */
static void add_host(struct fa_buffer *line, const char *name, const struct fa_addr *addr,
		     bool has_port)
{
	char text[FA_ADDR_TEXT];

	if (addr->version != 0 && (!has(name) || is_address(name, addr))) {
		fa_buffer_addf(line, addr->version == 6 && has_port ? "[%s]" : "%s",
			       fa_addr_text(addr, text));
		return;
	}
	add_name(line, name);
	if (addr->version != 0)
		fa_buffer_addf(line, " (%s)", fa_addr_text(addr, text));
}

/* Whether one port is meant: of ICMP it is type and code. */
static bool has_port(const struct fa_difference *difference)
{
	return !difference->any_port && difference->transport != 0;
}

/* ":443/tcp", " tcp, 40 ports" */
static void add_port(struct fa_buffer *line, const struct fa_difference *difference)
{
	const struct fa_drift_state *state = fa_drift_side_to_see(difference);
	uint8_t transport = difference->transport;
	char text[FA_TRANSPORT_TEXT];

	if (!has_port(difference)) {
		if (state->ports > 1) {
			fa_buffer_add(line, ", ");
			fa_buffer_count(line, state->ports, "port", "ports");
		}
		return;
	}
	if (difference->port != 0 || (transport != FA_IP_TCP && transport != FA_IP_UDP &&
				      transport != FA_IP_SCTP)) {
		fa_words_port(line, transport, difference->port);
		return;
	}
	fa_buffer_addf(line, " %s, ", fa_transport_text(transport, text));
	if (state->ports > 1)
		fa_buffer_count(line, state->ports, "port", "ports");
	else
		fa_buffer_add(line, "several ports");
}

void fa_drift_say_server(struct fa_buffer *line, const struct fa_difference *difference)
{
	const struct fa_drift_state *state = fa_drift_side_to_see(difference);

	if (has(difference->server) || difference->server_addr.version != 0)
		add_host(line, difference->server, &difference->server_addr, has_port(difference));
	else if (has(difference->server_list))
		fa_buffer_clip(line, difference->server_list, 2 * FA_DRIFT_NAME_COLUMNS);
	else if (state->server_groups > 1)
		fa_buffer_count(line, state->server_groups, "group of servers",
				"groups of servers");
	else if (state->servers > 0)
		fa_buffer_count(line, state->servers, "server", "servers");
	add_port(line, difference);
}

/* "dc1/gateway → sql1 (10.2.4.9):1433/tcp" */
static void add_ends(struct fa_buffer *line, const struct fa_difference *difference)
{
	size_t start = line->len;

	fa_drift_say_client(line, difference);
	if (line->len > start)
		fa_buffer_add(line, " → ");
	fa_drift_say_server(line, difference);
}

static void add_protocol(struct fa_buffer *line, const struct fa_drift_state *state)
{
	if (has(state->protocol))
		add_name(line, state->protocol);
	else
		fa_buffer_add(line, "protocol not recognised");
}

void fa_drift_say_state(struct fa_buffer *line, const struct fa_difference *difference,
			const struct fa_drift_state *state)
{
	if (!state->is_there)
		return;
	if (!fa_drift_is_traffic(difference)) {
		if (has(state->state))
			add_name(line, state->state);
		return;
	}
	if (difference->aspect != FA_ASPECT_SWEEP && difference->aspect != FA_ASPECT_PEERS) {
		add_protocol(line, state);
		fa_buffer_add(line, " · ");
	}
	fa_buffer_add(line, fa_verdict_text(state->verdict));
}

/* " · TDS · undocumented, was waived", " · TLS, was HTTP · documented" */
static void add_change(struct fa_buffer *line, const struct fa_difference *difference)
{
	const struct fa_drift_state *before = &difference->before;
	const struct fa_drift_state *now = &difference->now;

	fa_buffer_add(line, " · ");
	add_protocol(line, now);
	if (before->is_there && difference->aspect == FA_ASPECT_PROTOCOL) {
		fa_buffer_add(line, ", was ");
		add_protocol(line, before);
	}
	fa_buffer_addf(line, " · %s", fa_verdict_text(now->verdict));
	if (before->is_there && before->verdict != now->verdict)
		fa_buffer_addf(line, ", was %s", fa_verdict_text(before->verdict));
}

/* --- A sentence for each aspect --- */

typedef void say_fn(struct fa_buffer *line, const struct fa_difference *difference);

static void say_one_sided(struct fa_buffer *line, const struct fa_difference *difference)
{
	static const char *const appeared[FA_ASPECT_COUNT] = {
		[FA_ASPECT_SERVICE] = "new service: ",
		[FA_ASPECT_CLIENTS] = "new clients: ",
		[FA_ASPECT_PEERS] = "new, on many ports: ",
	};
	static const char *const vanished[FA_ASPECT_COUNT] = {
		[FA_ASPECT_SERVICE] = "service no longer used: ",
		[FA_ASPECT_CLIENTS] = "clients that no longer use it: ",
		[FA_ASPECT_PEERS] = "no longer, on many ports: ",
	};
	bool is_gone = difference->section == FA_DRIFT_VANISHED;
	const struct fa_drift_state *state = fa_drift_side_to_see(difference);

	fa_buffer_add(line, is_gone ? vanished[difference->aspect] : appeared[difference->aspect]);
	add_ends(line, difference);
	if (difference->aspect != FA_ASPECT_PEERS) {
		fa_buffer_add(line, " · ");
		add_protocol(line, state);
	}
	fa_buffer_addf(line, is_gone ? " · was %s" : " · %s", fa_verdict_text(state->verdict));
	if (state->answered == 0 && state->flows > 0)
		fa_buffer_add(line, " · tried, never answered");
}

/* "new sweep: 10.0.0.9 tried 200 ports (tcp) on 3 servers" */
static void say_sweep(struct fa_buffer *line, const struct fa_difference *difference)
{
	bool is_gone = difference->section == FA_DRIFT_VANISHED;
	const struct fa_drift_state *state = fa_drift_side_to_see(difference);
	char transport[FA_TRANSPORT_TEXT];

	fa_buffer_add(line, is_gone ? "sweep is over: " : "new sweep: ");
	fa_drift_say_client(line, difference);
	fa_buffer_add(line, is_gone ? " had tried " : " tried ");
	if (state->ports > 1 || !has_port(difference)) {
		fa_buffer_count(line, state->ports, "port", "ports");
		if (difference->transport != 0)
			fa_buffer_addf(line, " (%s)",
				       fa_transport_text(difference->transport, transport));
	} else {
		fa_buffer_add(line, "port ");
		fa_words_port(line, difference->transport, difference->port);
	}
	fa_buffer_add(line, " on ");
	if (has(difference->server))
		add_host(line, difference->server, &difference->server_addr, false);
	else
		fa_buffer_count(line, state->servers, "server", "servers");
	fa_buffer_add(line, ", in vain");
}

static void say_moved(struct fa_buffer *line, const struct fa_difference *difference)
{
	fa_buffer_add(line, "service moved: ");
	add_ends(line, difference);
	fa_buffer_add(line, ", was at ");
	if (has(difference->server_before) || difference->server_before_addr.version != 0)
		add_host(line, difference->server_before, &difference->server_before_addr, false);
	else
		fa_buffer_add(line, "another server");
	add_change(line, difference);
}

static void say_protocol(struct fa_buffer *line, const struct fa_difference *difference)
{
	fa_buffer_add(line, "another protocol: ");
	add_ends(line, difference);
	add_change(line, difference);
}

static void say_verdict(struct fa_buffer *line, const struct fa_difference *difference)
{
	fa_buffer_add(line, "another verdict: ");
	add_ends(line, difference);
	add_change(line, difference);
}

static void say_clients(struct fa_buffer *line, const struct fa_difference *difference)
{
	uint64_t now = difference->now.clients;
	uint64_t before = difference->before.clients;
	char number[FA_NUMBER_TEXT];

	fa_buffer_add(line, now > before ? "more clients: " : "fewer clients: ");
	add_ends(line, difference);
	fa_buffer_add(line, " · ");
	fa_buffer_count(line, now, "client", "clients");
	fa_buffer_addf(line, ", was %s", fa_number_text(before, number));
	add_change(line, difference);
}

static void say_volume(struct fa_buffer *line, const struct fa_difference *difference)
{
	uint64_t now = difference->now.bytes;
	uint64_t before = difference->before.bytes;
	char number[FA_NUMBER_TEXT];

	fa_buffer_add(line, now > before ? "more volume: " : "less volume: ");
	add_ends(line, difference);
	fa_buffer_addf(line, " · %s", fa_bytes_text(now, number));
	fa_buffer_addf(line, ", was %s", fa_bytes_text(before, number));
	add_change(line, difference);
}

/* "wso2/identity-server/ldap at am1" */
static void add_expectation(struct fa_buffer *line, const struct fa_difference *difference)
{
	fa_buffer_safe(line, difference->subject);
	if (!has(difference->server))
		return;
	fa_buffer_add(line, " at ");
	add_name(line, difference->server);
}

static void say_expected(struct fa_buffer *line, const struct fa_difference *difference)
{
	const struct fa_drift_state *before = &difference->before;
	const struct fa_drift_state *now = &difference->now;

	if (difference->aspect == FA_ASPECT_ADDED)
		fa_buffer_add(line, "expected now: ");
	else if (difference->aspect == FA_ASPECT_REMOVED)
		fa_buffer_add(line, "no longer expected: ");
	else
		fa_buffer_add(line, "expected: ");
	add_expectation(line, difference);
	if (has(now->state)) {
		fa_buffer_add(line, " · ");
		add_name(line, now->state);
	}
	if (!has(before->state))
		return;
	fa_buffer_add(line, has(now->state) ? ", was " : " · was ");
	add_name(line, before->state);
}

static void say_waiver(struct fa_buffer *line, const struct fa_difference *difference)
{
	static const char *const news[FA_ASPECT_COUNT] = {
		[FA_ASPECT_ADDED] = " is new",
		[FA_ASPECT_REMOVED] = " is gone",
		[FA_ASPECT_EXPIRED] = " has expired",
		[FA_ASPECT_EXPIRING] = " will expire soon",
		[FA_ASPECT_UNUSED] = " covers nothing now",
	};
	const char *words = news[difference->aspect];
	size_t start;

	fa_buffer_add(line, "waiver ");
	add_name(line, difference->subject);
	fa_buffer_add(line, words != NULL ? words : " is another");
	if (!has(difference->client) && !has(difference->server))
		return;
	fa_buffer_add(line, ": ");
	start = line->len;
	fa_drift_say_client(line, difference);
	if (line->len > start)
		fa_buffer_add(line, " → ");
	if (has(difference->server))
		add_host(line, difference->server, &difference->server_addr, has_port(difference));
	if (has_port(difference) && difference->port != 0)
		fa_words_port(line, difference->transport, difference->port);
}

static void say_coverage(struct fa_buffer *line, const struct fa_difference *difference)
{
	static const char *const leads[FA_ASPECT_COUNT] = {
		[FA_ASPECT_LOSS] = "packets lost",
		[FA_ASPECT_SPAN] = "other hours",
		[FA_ASPECT_GAP] = "nights missing",
		[FA_ASPECT_ENDING] = "a run that did not end well",
		[FA_ASPECT_BASIS] = "judged with something else",
	};
	const char *lead = leads[difference->aspect];

	if (lead != NULL)
		fa_buffer_add(line, lead);
	if (lead != NULL && has(difference->subject))
		fa_buffer_add(line, ": ");
	fa_buffer_safe(line, difference->subject);
}

static say_fn *const traffic_sayings[FA_ASPECT_COUNT] = {
	[FA_ASPECT_SERVICE] = say_one_sided, [FA_ASPECT_CLIENTS] = say_one_sided,
	[FA_ASPECT_PEERS] = say_one_sided,   [FA_ASPECT_SWEEP] = say_sweep,
	[FA_ASPECT_MOVED] = say_moved,	     [FA_ASPECT_PROTOCOL] = say_protocol,
	[FA_ASPECT_VERDICT] = say_verdict,   [FA_ASPECT_CLIENT_COUNT] = say_clients,
	[FA_ASPECT_VOLUME] = say_volume,
};

void fa_drift_say_what(struct fa_buffer *line, const struct fa_difference *difference)
{
	say_fn *say = traffic_sayings[difference->aspect];

	if (difference->section == FA_DRIFT_EXPECTATIONS)
		say_expected(line, difference);
	else if (difference->section == FA_DRIFT_WAIVERS)
		say_waiver(line, difference);
	else if (difference->section == FA_DRIFT_COVERAGE)
		say_coverage(line, difference);
	else if (say != NULL)
		say(line, difference);
	else
		add_ends(line, difference);
}

void fa_drift_say_extent(struct fa_buffer *line, const struct fa_difference *difference)
{
	const struct fa_drift_state *state = fa_drift_side_to_see(difference);
	char number[FA_NUMBER_TEXT];

	if (!fa_drift_is_traffic(difference)) {
		if (state->flows == 0)
			return;
		fa_buffer_count(line, state->flows, "flow", "flows");
		return;
	}
	if (state->clients > 0 && difference->aspect != FA_ASPECT_CLIENT_COUNT) {
		fa_buffer_count(line, state->clients, "client", "clients");
		fa_buffer_add(line, ", ");
	}
	fa_buffer_count(line, state->flows, "flow", "flows");
	if (difference->aspect != FA_ASPECT_VOLUME)
		fa_buffer_addf(line, ", %s", fa_bytes_text(state->bytes, number));
	if (state->first_ns == 0 && state->last_ns == 0)
		return;
	fa_buffer_add(line, ", ");
	fa_words_period(line, state->first_ns, state->last_ns);
}

void fa_drift_say_cause(struct fa_buffer *line, const struct fa_difference *difference)
{
	fa_buffer_addf(line, "cause: %s", fa_drift_cause_text(difference->cause));
	if (has(difference->why)) {
		fa_buffer_add(line, " (");
		fa_buffer_safe(line, difference->why);
		fa_buffer_add(line, ")");
	}
	if (!has(difference->maybe))
		return;
	fa_buffer_add(line, "; perhaps not so: ");
	fa_buffer_safe(line, difference->maybe);
}
