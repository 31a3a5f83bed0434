/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An explanation in words: the ends, what differs, and what would help. */
#include "report/explain.h"

#include <string.h>

#include "report/catalog.h"
#include "report/site.h"
#include "report/words.h"

#define NAME_COLUMNS 64

static bool has_ports(uint8_t transport)
{
	return fa_rule_transport_has_ports(fa_rule_transport_index(transport));
}

/* Whether the label says more than the address does. */
static bool is_name(const struct fa_place *place)
{
	return place != NULL && (place->host != NULL || strpbrk(place->label, ".:/") == NULL);
}

void fa_explain_add_end(struct fa_buffer *line, const struct fa_addr *addr,
			const struct fa_place *place)
{
	char text[FA_ADDR_TEXT];

	fa_addr_text(addr, text);
	if (!is_name(place)) {
		fa_buffer_add(line, text);
		return;
	}
	fa_buffer_clip(line, place->label, NAME_COLUMNS);
	fa_buffer_addf(line, " (%s)", text);
}

void fa_explain_add_server(struct fa_buffer *line, const struct fa_question *question,
			   const struct fa_place *place)
{
	char transport[FA_TRANSPORT_TEXT];
	bool brackets = !is_name(place) && question->server.version == 6;

	if (!has_ports(question->transport)) {
		fa_explain_add_end(line, &question->server, place);
		fa_buffer_addf(line, " %s", fa_transport_text(question->transport, transport));
		return;
	}
	fa_buffer_add(line, brackets ? "[" : "");
	fa_explain_add_end(line, &question->server, place);
	fa_buffer_add(line, brackets ? "]" : "");
	fa_words_port(line, question->transport, question->port);
}

void fa_explain_add_speaking(struct fa_buffer *line, const struct fa_explaining *explaining)
{
	const struct fa_question *question = explaining->question;

	if (explaining->answer->protocol != NULL) {
		fa_buffer_add(line, " speaking ");
		fa_buffer_safe(line, explaining->answer->protocol);
	}
	if (question->application != NULL) {
		fa_buffer_add(line, " (");
		fa_buffer_safe(line, question->application);
		fa_buffer_add(line, ")");
	}
	if (question->host != NULL) {
		fa_buffer_add(line, " for ");
		fa_buffer_clip(line, question->host, NAME_COLUMNS);
	}
}

void fa_explain_add_cited(struct fa_buffer *line, const struct fa_rule *rule,
			  const struct fa_instance *instance)
{
	const struct fa_stored_rule cited = {
		.product = rule->product->id,
		.component_name = rule->component->name,
		.section = rule->section,
		.row = rule->row,
	};

	fa_words_citation(line, &cited);
	if (instance == NULL)
		return;
	fa_buffer_add(line, " (instance ");
	fa_buffer_safe(line, instance->name);
	fa_buffer_add(line, ")");
}

void fa_explain_add_roles(struct fa_buffer *line, const struct fa_explaining *explaining,
			  const struct fa_strings *roles, const struct fa_end *end)
{
	struct fa_buffer labels = {0};

	for (size_t i = 0; i < roles->count; i++) {
		fa_buffer_add(line, i == 0 ? "" : i + 1 < roles->count ? ", " : " or ");
		fa_buffer_safe(line, roles->items[i]);
	}
	if (explaining->policy->site == NULL)
		return;
	fa_site_add_end(&labels, end);
	if (labels.len == 0)
		fa_buffer_add(&labels, "nobody here");
	fa_buffer_addf(line, " (%s)", fa_buffer_text(&labels));
	line->failed = line->failed || labels.failed;
	fa_buffer_deinit(&labels);
}

static void add_protocols(struct fa_buffer *line, const struct fa_rule *rule)
{
	for (size_t i = 0; i < rule->protocols.count; i++) {
		fa_buffer_add(line, i == 0 ? "" : " or ");
		fa_buffer_safe(line, rule->protocols.items[i]);
	}
}

/* What is being compared. */
struct comparing {
	const struct fa_explaining *explaining;
	const struct fa_binding *binding;
	const struct fa_rule *rule;
	unsigned differs;
};

typedef void say_fn(struct fa_buffer *line, const struct comparing *at);

static void say_port(struct fa_buffer *line, const struct comparing *at)
{
	const struct fa_port_ranges *ports = &at->binding->ports;

	fa_buffer_addf(line, "port %u is not ", at->explaining->question->port);
	if (ports->count > 0)
		fa_catalog_add_ports(line, ports);
	else if (at->rule->dynamic)
		fa_buffer_add(line, "one that is known to be chosen at run time");
	else
		fa_buffer_add(line, "the row's: the site has to give it a port");
}

static void say_transport(struct fa_buffer *line, const struct comparing *at)
{
	char transport[FA_TRANSPORT_TEXT];

	fa_buffer_add(line, "documented over ");
	fa_catalog_add_transports(line, at->rule->transports);
	fa_buffer_addf(line, ", not %s",
		       fa_transport_text(at->explaining->question->transport, transport));
}

static void say_protocol(struct fa_buffer *line, const struct comparing *at)
{
	fa_buffer_add(line, "documented as ");
	add_protocols(line, at->rule);
	fa_buffer_add(line, ", not ");
	fa_buffer_safe(line, at->explaining->answer->protocol);
}

static void say_direction(struct fa_buffer *line, const struct comparing *at)
{
	fa_buffer_add(line, "documented the other way round, from ");
	fa_explain_add_roles(line, at->explaining, &at->rule->from, &at->binding->client);
	fa_buffer_add(line, " to ");
	fa_explain_add_roles(line, at->explaining, &at->rule->to, &at->binding->server);
}

static void say_instance(struct fa_buffer *line, const struct comparing *at)
{
	(void)at;
	fa_buffer_add(line, "client and server belong to different instances");
}

static const char *not_a_role(const struct fa_strings *roles)
{
	return roles->count > 1 ? "none of the roles" : "not the role";
}

static void say_client(struct fa_buffer *line, const struct comparing *at)
{
	char addr[FA_ADDR_TEXT];

	fa_buffer_addf(line, "the client %s has %s ",
		       fa_addr_text(&at->explaining->question->client, addr),
		       not_a_role(&at->rule->from));
	fa_explain_add_roles(line, at->explaining, &at->rule->from, &at->binding->client);
}

static void say_server(struct fa_buffer *line, const struct comparing *at)
{
	char addr[FA_ADDR_TEXT];

	fa_buffer_addf(line, "the server %s has %s ",
		       fa_addr_text(&at->explaining->question->server, addr),
		       not_a_role(&at->rule->to));
	fa_explain_add_roles(line, at->explaining, &at->rule->to, &at->binding->server);
}

static void say_host(struct fa_buffer *line, const struct comparing *at)
{
	fa_buffer_add(line, "documented for the name");
	fa_site_add_destinations(line, at->binding, " ");
	if (at->explaining->question->host == NULL)
		return;
	fa_buffer_add(line, ", not ");
	fa_buffer_clip(line, at->explaining->question->host, NAME_COLUMNS);
}

static void say_network(struct fa_buffer *line, const struct comparing *at)
{
	char addr[FA_ADDR_TEXT];

	fa_buffer_addf(line, "the server %s is not in",
		       fa_addr_text(&at->explaining->question->server, addr));
	fa_site_add_destinations(line, at->binding, " ");
}

static void say_scope(struct fa_buffer *line, const struct comparing *at)
{
	fa_buffer_add(line, at->rule->scope == FA_SCOPE_LOOPBACK
				    ? "documented for the loopback interface only"
				    : "documented for use inside one machine only");
}

static void say_product(struct fa_buffer *line, const struct comparing *at)
{
	fa_buffer_add(line, "the site file has no instance of ");
	fa_buffer_safe(line, at->rule->product->id);
}

static say_fn *const sayings[FA_DIFFERENCE_COUNT] = {
	[FA_DIFFERS_INDEX_PORT] = say_port,
	[FA_DIFFERS_INDEX_TRANSPORT] = say_transport,
	[FA_DIFFERS_INDEX_PROTOCOL] = say_protocol,
	[FA_DIFFERS_INDEX_DIRECTION] = say_direction,
	[FA_DIFFERS_INDEX_HOST] = say_host,
	[FA_DIFFERS_INDEX_NETWORK] = say_network,
	[FA_DIFFERS_INDEX_SCOPE] = say_scope,
	[FA_DIFFERS_INDEX_CLIENT] = say_client,
	[FA_DIFFERS_INDEX_SERVER] = say_server,
	[FA_DIFFERS_INDEX_INSTANCE] = say_instance,
	[FA_DIFFERS_INDEX_PRODUCT] = say_product,
};

void fa_explain_add_differences(struct fa_buffer *line, const struct fa_explaining *explaining,
				const struct fa_binding *binding, unsigned differs)
{
	const struct comparing at = {explaining, binding, binding->rule, differs};
	bool first = true;

	for (unsigned i = 0; i < FA_DIFFERENCE_COUNT; i++) {
		if ((differs >> i & 1) == 0)
			continue;
		fa_buffer_add(line, first ? "" : "; ");
		sayings[i](line, &at);
		first = false;
	}
}

void fa_explain_add_reasons(struct fa_buffer *line, const enum fa_reason *reasons, size_t count,
			    const char *detail)
{
	bool first = true;

	for (size_t i = 0; i < count; i++) {
		/* Said once for all rows. */
		if (reasons[i] == FA_REASON_ENDPOINTS_UNCHECKED)
			continue;
		fa_buffer_add(line, first ? "" : "; ");
		fa_buffer_add(line, fa_reason_sentence(reasons[i]));
		first = false;
	}
	if (detail[0] == '\0')
		return;
	fa_buffer_add(line, count > 0 ? " (" : "(");
	fa_buffer_safe(line, detail);
	fa_buffer_add(line, ")");
}
