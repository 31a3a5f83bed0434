/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Findings that somebody accepted. */
#include "audit/waive.h"

#include <string.h>

#include "audit/ends.h"
#include "audit/hostname.h"
#include "audit/reasons.h"
#include "audit/weigh.h"

/* Verdicts that somebody must look at. What is too thin to judge is no finding to accept. */
static const bool is_finding[FA_VERDICT_COUNT] = {
	[FA_VERDICT_DISCOURAGED] = true,   [FA_VERDICT_WRONG_PROTOCOL] = true,
	[FA_VERDICT_WRONG_ENDPOINT] = true, [FA_VERDICT_UNDOCUMENTED] = true,
	[FA_VERDICT_REFUSED] = true,
};

/* BY gets the name of the machine, when it is what counts. */
static bool covers_end(const struct fa_waiver_end *end, const struct fa_machine *machine,
		       struct fa_called_by *by)
{
	switch (end->who) {
	case FA_WAIVES_ANY:
		return true;
	case FA_WAIVES_PREFIX:
		return fa_prefix_contains(&end->prefix, machine->addr);
	case FA_WAIVES_ROLE:
		return fa_role_holds(end->role, machine, by) && !fa_called_by_capture(by);
	case FA_WAIVES_HOST:
		return fa_machine_called(machine, end->host, by) == FA_CALLED && !fa_called_by_capture(by);
	}
	return false;
}

static bool covers_port(const struct fa_waiver *waiver, const struct fa_identity *id)
{
	unsigned index = fa_rule_transport_index(id->transport);

	if (waiver->transports != 0 &&
	    (waiver->transports & fa_rule_transport_bit(id->transport)) == 0)
		return false;
	if (waiver->ports.count == 0)
		return true;
	if (index == FA_RULE_TRANSPORTS || !fa_rule_transport_has_ports(index))
		return false;
	for (size_t i = 0; i < waiver->ports.count; i++)
		if (id->server_port >= waiver->ports.items[i].low &&
		    id->server_port <= waiver->ports.items[i].high)
			return true;
	return false;
}

static bool covers_protocol(const struct fa_waiver *waiver, const struct fa_conversation *conv)
{
	const struct fa_identity *id = &conv->id;

	if (waiver->protocol == NULL)
		return true;
	if (!fa_protocol_is_known(id))
		return strcmp(waiver->protocol, "Unknown") == 0 || fa_only_tried(conv);
	return strcmp(waiver->protocol, id->protocol) == 0 ||
	       strcmp(waiver->protocol, id->application) == 0;
}

/* The names of the two ends, as far as a waiver rests on them. */
struct names {
	struct fa_called_by client, server;
};

static bool covers(const struct fa_waiver *waiver, const struct fa_audit_context *context,
		   const struct fa_conversation *conv, struct names *names)
{
	const struct fa_identity *id = &conv->id;
	int64_t at_ns = conv->counts.first_seen_ns;
	const struct fa_machine client = {&id->client, &id->server, "", context->names, at_ns};
	const struct fa_machine server = {&id->server, &id->client, id->host, context->names,
					  at_ns};

	memset(names, 0, sizeof(*names));
	return conv->counts.last_seen_ns <= waiver->expires_ns && covers_port(waiver, id) &&
	       covers_protocol(waiver, conv) &&
	       covers_end(&waiver->client, &client, &names->client) &&
	       covers_end(&waiver->server, &server, &names->server);
}

void fa_waive(const struct fa_audit_context *context, const struct fa_conversation *conv,
	      struct fa_judgement *out)
{
	const struct fa_waivers *waivers = context->waivers;
	struct fa_conversation other = *conv;
	bool either_way = conv->id.direction_by == FA_BY_FIRST_PACKET && conv->id.client_port != 0;

	if (waivers == NULL || !is_finding[out->verdict])
		return;
	if (either_way)
		fa_conversation_flip(&other);
	for (size_t i = 0; i < waivers->count; i++) {
		const struct fa_waiver *waiver = &waivers->items[i];
		struct names names;

		if (!covers(waiver, context, conv, &names) &&
		    !(either_way && covers(waiver, context, &other, &names)))
			continue;
		/* Whoever answers DNS decides what it covers. */
		fa_reasons_of_name(&conv->id, &names.server, out);
		fa_reasons_of_name(&conv->id, &names.client, out);
		out->waiver = waiver;
		out->waived = out->verdict;
		out->verdict = FA_VERDICT_WAIVED;
		return;
	}
}
