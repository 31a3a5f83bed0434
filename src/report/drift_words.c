/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of a difference: who and whom it is about, what is new of it, how much, and why. */
#include "report/drift_words.h"

#include <string.h>

#include "report/words.h"

static bool has(const char *text)
{
	return text != NULL && text[0] != '\0';
}

/* Our words for an end that is several. */
static void add_several(struct fa_buffer *line, const char *list, uint64_t groups, size_t columns,
			const char *one, const char *many)
{
	/* Half a list says less than how many there are. */
	if (has(list) && (columns >= FA_DRIFT_NAME_COLUMNS || groups <= 1))
		fa_buffer_clip(line, list, 2 * columns);
	else if (groups > 0)
		fa_buffer_count(line, groups, one, many);
}

bool fa_drift_is_traffic(const struct fa_difference *difference)
{
	return difference->section == FA_DRIFT_APPEARED ||
	       difference->section == FA_DRIFT_CHANGED || difference->section == FA_DRIFT_VANISHED;
}

bool fa_drift_has_transport(const struct fa_difference *difference)
{
	return !difference->any_port && difference->transport != 0;
}

/* Of others 0 is no port. */
static bool has_numbers(uint8_t transport)
{
	return transport == FA_IP_TCP || transport == FA_IP_UDP || transport == FA_IP_SCTP;
}

bool fa_drift_has_port(const struct fa_difference *difference)
{
	return fa_drift_has_transport(difference) &&
	       (difference->port != 0 || fa_transport_is_icmp(difference->transport));
}

const struct fa_drift_state *fa_drift_side_to_see(const struct fa_difference *difference)
{
	return difference->now.is_there || !difference->before.is_there ? &difference->now
									: &difference->before;
}

void fa_drift_say_client(struct fa_buffer *line, const struct fa_difference *difference,
			 size_t columns)
{
	if (has(difference->client))
		fa_buffer_clip(line, difference->client, columns);
	else
		add_several(line, difference->client_list,
			    fa_drift_side_to_see(difference)->client_groups, columns,
			    "group of clients", "groups of clients");
}

/* Groups of one host are called by its address. */
static bool is_address(const char *name, const struct fa_addr *addr)
{
	char text[FA_ADDR_TEXT];

	return addr->version != 0 && strcmp(name, fa_addr_text(addr, text)) == 0;
}

/* "sql1 (10.2.4.9)", "10.2.4.9", "[2001:db8::1]" with a port behind it. */
static void add_host(struct fa_buffer *line, const char *name, const struct fa_addr *addr,
		     size_t columns, bool has_port)
{
	char text[FA_ADDR_TEXT];

	if (addr->version != 0 && (!has(name) || is_address(name, addr))) {
		fa_buffer_addf(line, addr->version == 6 && has_port ? "[%s]" : "%s",
			       fa_addr_text(addr, text));
		return;
	}
	fa_buffer_clip(line, name, columns);
	if (addr->version != 0 && columns >= FA_DRIFT_NAME_COLUMNS)
		fa_buffer_addf(line, " (%s)", fa_addr_text(addr, text));
}

/* ":443/tcp", " tcp, 40 ports" */
static void add_port(struct fa_buffer *line, const struct fa_difference *difference)
{
	const struct fa_drift_state *state = fa_drift_side_to_see(difference);
	uint8_t transport = difference->transport;
	char text[FA_TRANSPORT_TEXT];

	if (!fa_drift_has_transport(difference)) {
		if (state->ports > 1) {
			fa_buffer_add(line, ", ");
			fa_buffer_count(line, state->ports, "port", "ports");
		}
		return;
	}
	if (fa_drift_has_port(difference) || !has_numbers(transport)) {
		fa_words_port(line, transport, difference->port);
		return;
	}
	fa_buffer_addf(line, " %s, ", fa_transport_text(transport, text));
	if (state->ports > 1)
		fa_buffer_count(line, state->ports, "port", "ports");
	else
		fa_buffer_add(line, "several ports");
}

void fa_drift_say_server(struct fa_buffer *line, const struct fa_difference *difference,
			 size_t columns)
{
	const struct fa_drift_state *state = fa_drift_side_to_see(difference);

	if (has(difference->server) || difference->server_addr.version != 0)
		add_host(line, difference->server, &difference->server_addr, columns,
			 fa_drift_has_transport(difference));
	else if (has(difference->server_list) || state->server_groups > 1)
		add_several(line, difference->server_list, state->server_groups, columns,
			    "group of servers", "groups of servers");
	else if (state->servers > 0)
		fa_buffer_count(line, state->servers, "server", "servers");
	add_port(line, difference);
}

void fa_drift_say_place(struct fa_buffer *line, const struct fa_difference *difference)
{
	bool has_server = has(difference->server) || difference->server_addr.version != 0;
	bool is_many = difference->aspect == FA_ASPECT_SWEEP ||
		       difference->aspect == FA_ASPECT_PEERS || !fa_drift_has_port(difference);

	if (has_server && !is_many)
		fa_drift_say_server(line, difference, FA_DRIFT_NAME_COLUMNS);
	else
		fa_buffer_clip(line, difference->client, FA_DRIFT_NAME_COLUMNS);
}

/* "dc1/gateway → sql1 (10.2.4.9):1433/tcp" */
static void add_ends(struct fa_buffer *line, const struct fa_difference *difference,
		     size_t columns)
{
	size_t start = line->len;

	fa_drift_say_client(line, difference, columns);
	if (line->len > start)
		fa_buffer_add(line, " → ");
	fa_drift_say_server(line, difference, columns);
}

static void add_protocol(struct fa_buffer *line, const struct fa_drift_state *state)
{
	if (has(state->protocol))
		fa_buffer_clip(line, state->protocol, FA_DRIFT_NAME_COLUMNS);
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
			fa_buffer_clip(line, state->state, FA_DRIFT_NAME_COLUMNS);
		return;
	}
	if (difference->aspect != FA_ASPECT_SWEEP && difference->aspect != FA_ASPECT_PEERS) {
		add_protocol(line, state);
		fa_buffer_add(line, " · ");
	}
	fa_buffer_add(line, fa_verdict_text(state->verdict));
}

/* --- What it is about --- */

static const char *lead_of(const struct fa_difference *difference)
{
	static const char *const appeared[FA_ASPECT_COUNT] = {
		[FA_ASPECT_SERVICE] = "new service: ",
		[FA_ASPECT_CLIENTS] = "new clients: ",
		[FA_ASPECT_SWEEP] = "new sweep: ",
		[FA_ASPECT_PEERS] = "new, on many ports: ",
	};
	static const char *const vanished[FA_ASPECT_COUNT] = {
		[FA_ASPECT_SERVICE] = "service no longer used: ",
		[FA_ASPECT_CLIENTS] = "clients gone: ",
		[FA_ASPECT_SWEEP] = "sweep is over: ",
		[FA_ASPECT_PEERS] = "no longer, on many ports: ",
	};
	static const char *const changed[FA_ASPECT_COUNT] = {
		[FA_ASPECT_MOVED] = "moved: ",
		[FA_ASPECT_PROTOCOL] = "another protocol: ",
		[FA_ASPECT_VERDICT] = "another verdict: ",
	};
	static const char *const expected[FA_ASPECT_COUNT] = {
		[FA_ASPECT_STATE] = "expected: ",
		[FA_ASPECT_ADDED] = "expected now: ",
		[FA_ASPECT_REMOVED] = "no longer expected: ",
	};
	static const char *const *const leads[FA_DRIFT_SECTION_COUNT] = {
		[FA_DRIFT_APPEARED] = appeared,
		[FA_DRIFT_CHANGED] = changed,
		[FA_DRIFT_VANISHED] = vanished,
		[FA_DRIFT_EXPECTATIONS] = expected,
	};
	const char *const *list = leads[difference->section];
	const struct fa_drift_state *now = &difference->now;
	const struct fa_drift_state *before = &difference->before;

	if (difference->aspect == FA_ASPECT_CLIENT_COUNT)
		return now->clients > before->clients ? "more clients: " : "fewer clients: ";
	if (difference->aspect == FA_ASPECT_VOLUME)
		return now->bytes > before->bytes ? "more volume: " : "less volume: ";
	return list != NULL && list[difference->aspect] != NULL ? list[difference->aspect] : "";
}

/* "10.0.0.9 tried 200 ports (tcp) on 3 servers, in vain" */
static void add_sweep(struct fa_buffer *line, const struct fa_difference *difference,
		      size_t columns)
{
	const struct fa_drift_state *state = fa_drift_side_to_see(difference);
	char transport[FA_TRANSPORT_TEXT];

	fa_drift_say_client(line, difference, columns);
	fa_buffer_add(line, difference->section == FA_DRIFT_VANISHED ? " had tried " : " tried ");
	if (state->ports > 1 || !fa_drift_has_transport(difference)) {
		fa_buffer_count(line, state->ports, "port", "ports");
		if (difference->transport != 0)
			fa_buffer_addf(line, " (%s)",
				       fa_transport_text(difference->transport, transport));
	} else {
		fa_buffer_addf(line, "%u/%s", difference->port,
			       fa_transport_text(difference->transport, transport));
	}
	fa_buffer_add(line, " on ");
	if (has(difference->server))
		add_host(line, difference->server, &difference->server_addr, columns, false);
	else
		fa_buffer_count(line, state->servers, "server", "servers");
	fa_buffer_add(line, ", in vain");
}

static void add_moved(struct fa_buffer *line, const struct fa_difference *difference,
		      size_t columns)
{
	add_ends(line, difference, columns);
	fa_buffer_add(line, ", was at ");
	if (has(difference->server_before) || difference->server_before_addr.version != 0)
		add_host(line, difference->server_before, &difference->server_before_addr, columns,
			 false);
	else
		fa_buffer_add(line, "another server");
}

/* "wso2/identity-server/ldap at am1" */
static void add_expectation(struct fa_buffer *line, const struct fa_difference *difference,
			    size_t columns)
{
	fa_buffer_safe(line, difference->subject);
	if (!has(difference->server))
		return;
	fa_buffer_add(line, " at ");
	fa_buffer_clip(line, difference->server, columns);
}

/* "waiver db-test has expired: office → 10.1.2.9:1433/tcp" */
static void add_waiver(struct fa_buffer *line, const struct fa_difference *difference,
		       size_t columns)
{
	static const char *const news[FA_ASPECT_COUNT] = {
		[FA_ASPECT_ADDED] = " is new",
		[FA_ASPECT_REMOVED] = " is gone",
		[FA_ASPECT_EXPIRED] = " has expired",
		[FA_ASPECT_EXPIRING] = " will expire soon",
		[FA_ASPECT_UNUSED] = " covers nothing now",
	};
	const char *words = news[difference->aspect];

	fa_buffer_add(line, "waiver ");
	fa_buffer_clip(line, difference->subject, columns);
	fa_buffer_add(line, words != NULL ? words : " is another");
	if (!has(difference->client) && !has(difference->server))
		return;
	fa_buffer_add(line, ": ");
	add_ends(line, difference, columns);
}

/* Where a line has to do, section and news say as much as the lead. */
static bool needs_lead(const struct fa_difference *difference, size_t columns)
{
	static const bool is_plain[FA_ASPECT_COUNT] = {
		[FA_ASPECT_SERVICE] = true,	 [FA_ASPECT_PROTOCOL] = true,
		[FA_ASPECT_VERDICT] = true,	 [FA_ASPECT_CLIENT_COUNT] = true,
		[FA_ASPECT_VOLUME] = true,
	};

	return columns >= FA_DRIFT_NAME_COLUMNS || !is_plain[difference->aspect];
}

static void add_subject(struct fa_buffer *line, const struct fa_difference *difference,
			size_t columns)
{
	if (needs_lead(difference, columns))
		fa_buffer_add(line, lead_of(difference));
	if (difference->section == FA_DRIFT_EXPECTATIONS)
		add_expectation(line, difference, columns);
	else if (difference->section == FA_DRIFT_WAIVERS)
		add_waiver(line, difference, columns);
	else if (difference->section == FA_DRIFT_COVERAGE)
		fa_buffer_safe(line, difference->subject);
	else if (difference->aspect == FA_ASPECT_SWEEP)
		add_sweep(line, difference, columns);
	else if (difference->aspect == FA_ASPECT_MOVED)
		add_moved(line, difference, columns);
	else
		add_ends(line, difference, columns);
}

/* --- What is news of it --- */

/* " · TDS · was undocumented" */
static void add_one_side(struct fa_buffer *line, const struct fa_difference *difference)
{
	const struct fa_drift_state *state = fa_drift_side_to_see(difference);

	if (difference->aspect != FA_ASPECT_PEERS) {
		fa_buffer_add(line, " · ");
		add_protocol(line, state);
	}
	fa_buffer_addf(line, difference->section == FA_DRIFT_VANISHED ? " · was %s" : " · %s",
		       fa_verdict_text(state->verdict));
	if (state->answered == 0 && state->flows > 0)
		fa_buffer_add(line, " · tried, never answered");
}

/* " · SSH, was TLS · wrong-protocol, was documented" */
static void add_change(struct fa_buffer *line, const struct fa_difference *difference)
{
	const struct fa_drift_state *before = &difference->before;
	const struct fa_drift_state *now = &difference->now;
	char number[FA_NUMBER_TEXT];

	if (difference->aspect == FA_ASPECT_CLIENT_COUNT) {
		fa_buffer_add(line, " · ");
		fa_buffer_count(line, now->clients, "client", "clients");
		fa_buffer_addf(line, ", was %s", fa_number_text(before->clients, number));
	} else if (difference->aspect == FA_ASPECT_VOLUME) {
		fa_buffer_addf(line, " · %s", fa_bytes_text(now->bytes, number));
		fa_buffer_addf(line, ", was %s", fa_bytes_text(before->bytes, number));
	}
	fa_buffer_add(line, " · ");
	add_protocol(line, now);
	if (difference->aspect == FA_ASPECT_PROTOCOL) {
		fa_buffer_add(line, ", was ");
		add_protocol(line, before);
	}
	fa_buffer_addf(line, " · %s", fa_verdict_text(now->verdict));
	if (before->is_there && before->verdict != now->verdict)
		fa_buffer_addf(line, ", was %s", fa_verdict_text(before->verdict));
}

/* " · unseen, was seen" */
static void add_expected(struct fa_buffer *line, const struct fa_difference *difference)
{
	const char *now = difference->now.state;
	const char *before = difference->before.state;

	if (has(now)) {
		fa_buffer_add(line, " · ");
		fa_buffer_clip(line, now, FA_DRIFT_NAME_COLUMNS);
	}
	if (!has(before))
		return;
	fa_buffer_add(line, has(now) ? ", was " : " · was ");
	fa_buffer_clip(line, before, FA_DRIFT_NAME_COLUMNS);
}

size_t fa_drift_say_what(struct fa_buffer *line, const struct fa_difference *difference,
			 size_t columns)
{
	size_t news;

	add_subject(line, difference, columns);
	news = line->len;
	if (difference->section == FA_DRIFT_EXPECTATIONS)
		add_expected(line, difference);
	else if (difference->section == FA_DRIFT_CHANGED)
		add_change(line, difference);
	else if (fa_drift_is_traffic(difference) && difference->aspect != FA_ASPECT_SWEEP)
		add_one_side(line, difference);
	return news;
}

void fa_drift_say_extent(struct fa_buffer *line, const struct fa_difference *difference,
			 const struct fa_drift_state *state)
{
	char number[FA_NUMBER_TEXT];

	if (!state->is_there || (!fa_drift_is_traffic(difference) && state->flows == 0))
		return;
	if (fa_drift_is_traffic(difference) && state->clients > 0) {
		fa_buffer_count(line, state->clients, "client", "clients");
		fa_buffer_add(line, ", ");
	}
	fa_buffer_count(line, state->flows, "flow", "flows");
	if (!fa_drift_is_traffic(difference))
		return;
	fa_buffer_addf(line, ", %s", fa_bytes_text(state->bytes, number));
	if (state->first_ns == 0 && state->last_ns == 0)
		return;
	fa_buffer_add(line, ", ");
	fa_words_period(line, state->first_ns, state->last_ns);
}

bool fa_drift_is_own_cause(const struct fa_difference *difference)
{
	return (difference->section == FA_DRIFT_WAIVERS &&
		difference->cause == FA_CAUSE_WAIVER) ||
	       (difference->section == FA_DRIFT_COVERAGE &&
		difference->cause == FA_CAUSE_COVERAGE);
}

void fa_drift_say_cause(struct fa_buffer *line, const struct fa_difference *difference)
{
	bool is_own = fa_drift_is_own_cause(difference);
	size_t start = line->len;

	if (!is_own)
		fa_buffer_addf(line, "cause: %s", fa_drift_cause_text(difference->cause));
	if (has(difference->why)) {
		fa_buffer_add(line, is_own ? "" : " (");
		fa_buffer_safe(line, difference->why);
		fa_buffer_add(line, is_own ? "" : ")");
	}
	if (!has(difference->maybe))
		return;
	fa_buffer_add(line, line->len > start ? "; perhaps not so: " : "perhaps not so: ");
	fa_buffer_safe(line, difference->maybe);
}
