/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What would make a conversation documented, and what to write into the site if it is right. */
#include "report/explain.h"

#include "report/catalog.h"
#include "report/site.h"

/* Pieces of one sentence. */
struct remedy {
	struct fa_buffer *line;
	const struct fa_explaining *explaining;
	const struct fa_binding *binding;
	const struct fa_rule *rule;
	unsigned differs;
};

static void add_ends(const struct remedy *r)
{
	bool turned = (r->differs & FA_DIFFERS_DIRECTION) != 0;

	if (turned)
		fa_buffer_add(r->line, " the other way round,");
	if (turned || (r->differs & FA_DIFFERS_CLIENT) != 0) {
		fa_buffer_add(r->line, " from ");
		fa_explain_add_roles(r->line, r->explaining, &r->rule->from, &r->binding->client);
	}
	if (turned || (r->differs & FA_DIFFERS_SERVER) != 0) {
		fa_buffer_add(r->line, " to ");
		fa_explain_add_roles(r->line, r->explaining, &r->rule->to, &r->binding->server);
	}
	if ((r->differs & FA_DIFFERS_INSTANCE) != 0)
		fa_buffer_add(r->line, " within one instance");
	if ((r->differs & (FA_DIFFERS_HOST | FA_DIFFERS_NETWORK)) != 0)
		fa_site_add_destinations(r->line, r->binding, " with a server at ");
	if ((r->differs & FA_DIFFERS_SCOPE) != 0)
		fa_buffer_add(r->line, r->rule->scope == FA_SCOPE_LOOPBACK
					       ? " on the loopback interface"
					       : " inside one machine");
}

static void add_protocols(const struct remedy *r)
{
	for (size_t i = 0; i < r->rule->protocols.count; i++) {
		fa_buffer_add(r->line, i > 0 ? " or " : "");
		fa_buffer_safe(r->line, r->rule->protocols.items[i]);
	}
}

static void add_port(const struct remedy *r)
{
	if ((r->differs & FA_DIFFERS_PORT) != 0 && r->binding->ports.count > 0) {
		fa_buffer_add(r->line, " on port ");
		fa_catalog_add_ports(r->line, &r->binding->ports);
	}
	if ((r->differs & FA_DIFFERS_TRANSPORT) != 0) {
		fa_buffer_add(r->line, " over ");
		fa_catalog_add_transports(r->line, r->rule->transports);
	}
	if ((r->differs & FA_DIFFERS_PROTOCOL) != 0 || r->explaining->answer->protocol == NULL) {
		fa_buffer_add(r->line, r->rule->protocols.count > 0 ? " speaking " : "");
		add_protocols(r);
	}
}

/* The one role of a list, or how to choose. */
static void add_role(const struct remedy *r, const struct fa_strings *roles)
{
	fa_buffer_add(r->line, roles->count == 1 ? "the role " : "one of the roles ");
	fa_catalog_add_strings(r->line, roles);
}

static void add_missing(const struct remedy *r, const struct fa_addr *addr,
			const struct fa_strings *roles)
{
	char text[FA_ADDR_TEXT];

	fa_buffer_addf(r->line, " If %s is right there, the site file has to give it ",
		       fa_addr_text(addr, text));
	add_role(r, roles);
	fa_buffer_add(r->line, " of instance ");
	fa_buffer_safe(r->line, r->binding->instance->name);
	fa_buffer_add(r->line, ".");
}

/* What the site file would say if the conversation was right and the file was not. */
static void add_site(const struct remedy *r)
{
	const struct fa_question *question = r->explaining->question;
	const unsigned both = FA_DIFFERS_CLIENT | FA_DIFFERS_SERVER;
	bool port = (r->differs & FA_DIFFERS_PORT) != 0 && r->rule->when_taken != FA_TAKEN_FIXED &&
		    !r->rule->dynamic;

	/* When both ends are strangers, the instance is only the first of many. */
	if (r->binding->instance == NULL || (r->differs & both) == both ||
	    (r->differs & (FA_DIFFERS_INSTANCE | FA_DIFFERS_DIRECTION)) != 0)
		return;
	if ((r->differs & FA_DIFFERS_CLIENT) != 0)
		add_missing(r, &question->client, &r->rule->from);
	if ((r->differs & FA_DIFFERS_SERVER) != 0)
		add_missing(r, &question->server, &r->rule->to);
	if (!port)
		return;
	fa_buffer_addf(r->line, " If port %u is right, the site file has to say so: ",
		       question->port);
	if (r->rule->moves_with != NULL) {
		fa_buffer_add(r->line, "parameter ");
		fa_buffer_safe(r->line, r->rule->moves_with->name);
		fa_buffer_add(r->line, " or ");
	}
	fa_buffer_addf(r->line, "ports of instance ");
	fa_buffer_safe(r->line, r->binding->instance->name);
	fa_buffer_add(r->line, ".");
}

static void add_contradicted(const struct remedy *r)
{
	fa_buffer_add(r->line, "It would be documented");
	add_ends(r);
	add_port(r);
	fa_buffer_add(r->line, ".");
	add_site(r);
}

/* Something is unknown that the row demands. */
static void add_unknown(const struct remedy *r)
{
	const struct fa_judgement *judgement = &r->explaining->answer->judgement;

	for (size_t i = 0; i < judgement->reason_count; i++) {
		switch (judgement->reasons[i]) {
		case FA_REASON_HOST_UNKNOWN:
			fa_buffer_add(r->line, "It is documented only for a name");
			fa_site_add_destinations(r->line, r->binding, ": ");
			fa_buffer_add(r->line, "; say with --host which one is asked for.");
			return;
		case FA_REASON_AS_UNKNOWN:
			fa_buffer_add(r->line, "It is documented only for the networks of");
			fa_site_add_destinations(r->line, r->binding, " ");
			fa_buffer_add(r->line, "; the site file has to name a list of their "
					       "prefixes (autonomous-systems).");
			return;
		case FA_REASON_CHOSEN_PORT:
			fa_buffer_add(r->line, "A port chosen at run time is the row's only "
					       "when something on the wire shows it; an audit "
					       "may find that.");
			return;
		default:
			break;
		}
	}
}

/* Of a product that the site does not have. */
static void add_product(struct fa_buffer *line, const struct fa_rule *rule)
{
	fa_buffer_add(line, "It could be documented if the site file had an instance of ");
	fa_buffer_safe(line, rule->product->id);
	fa_buffer_add(line, ".");
}

void fa_explain_add_remedy(struct fa_buffer *line, const struct fa_explaining *explaining)
{
	const struct fa_judgement *judgement = &explaining->answer->judgement;
	const struct fa_binding *binding = fa_explain_subject(explaining);
	enum fa_verdict verdict = fa_explain_verdict(explaining->answer);
	const struct remedy remedy = {line, explaining, binding,
				      binding != NULL ? binding->rule : NULL, judgement->differs};

	if (verdict == FA_VERDICT_DOCUMENTED || verdict == FA_VERDICT_DISCOURAGED)
		return;
	if (binding == NULL) {
		if (judgement->nearest != NULL)
			add_product(line, judgement->nearest);
		return;
	}
	if (verdict == FA_VERDICT_INDETERMINATE)
		add_unknown(&remedy);
	else if (judgement->rule == NULL)
		add_contradicted(&remedy);
}
