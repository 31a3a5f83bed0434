/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows whose port is chosen at run time. */
#include "audit/dynamic.h"

#include <string.h>

#include "audit/shown.h"
#include "base/text.h"

/* Programs that let the system choose get a port above the system ports (RFC 6335 section 6). */
#define FIRST_CHOSEN_PORT 1024
#define ALL_PORTS	  65536u

#define FTP_CONTROL "FTP_CONTROL"
#define FTP_DATA    "FTP_DATA"

/* Whether some row names the protocol that was seen. */
static bool is_named_elsewhere(const struct fa_audit_context *context, const struct fa_identity *id)
{
	size_t masters;
	size_t applications;

	if (!fa_protocol_is_known(id))
		return false;
	fa_rules_naming(context, id->protocol, &masters);
	fa_rules_naming(context, id->application, &applications);
	return masters + applications > 0;
}

static bool port_is_possible(const struct fa_rule *rule, uint16_t port)
{
	if (port < FIRST_CHOSEN_PORT)
		return false;
	for (size_t i = 0; i < rule->ports.count && rule->dynamic; i++)
		if (port >= rule->ports.items[i].low && port <= rule->ports.items[i].high)
			return true;
	return !rule->dynamic || rule->ports.count == 0;
}

/*
 * Whether the hosts used what leads to TIE before; *REVERSED: the other way round. A server of FTP
 * in active mode, and either side of a row for both directions, may be the one that connects.
 */
static bool was_led(const struct fa_audit_context *context, const struct fa_conversation *conv,
		    const struct fa_tie *tie, bool *reversed)
{
	const struct fa_identity *id = &conv->id;
	int64_t at_ns = conv->counts.first_seen_ns;
	bool either_way = tie->data || tie->binding->rule->direction == FA_RULE_BOTH;

	*reversed = false;
	if (tie->lead == NULL)
		return false;
	if (fa_shown_lead(context->shown, &id->client, &id->server, tie->lead, at_ns))
		return true;
	*reversed = true;
	return either_way &&
	       fa_shown_lead(context->shown, &id->server, &id->client, tie->lead, at_ns);
}

static bool is_ftp_data(const struct fa_identity *id)
{
	return fa_protocol_is_known(id) &&
	       (strcmp(id->protocol, FTP_DATA) == 0 || strcmp(id->application, FTP_DATA) == 0);
}

/* The data connection stands for the control connection, whoever opened it. */
static void weigh_data(const struct fa_audit_context *context, const struct fa_conversation *conv,
		       const struct fa_tie *tie, bool reversed, struct fa_weighed *w)
{
	const struct fa_candidate candidate = {.binding = tie->binding, .range_size = ALL_PORTS};
	struct fa_conversation control = *conv;

	if (reversed) {
		control.id.client = conv->id.server;
		control.id.server = conv->id.client;
	}
	memset(control.id.application, 0, sizeof(control.id.application));
	fa_text_copy(control.id.protocol, sizeof(control.id.protocol), FTP_CONTROL);
	fa_weigh(context, &control, &candidate, w);
}

/* A tie whose lead was seen. False: the row does not fit. */
static bool weigh_led(const struct fa_audit_context *context, const struct fa_conversation *conv,
		      const struct fa_tie *tie, struct fa_weighed *w)
{
	const struct fa_candidate candidate = {.binding = tie->binding, .range_size = ALL_PORTS};
	bool reversed;

	if (tie->data && !is_ftp_data(&conv->id))
		return false;
	if (!was_led(context, conv, tie, &reversed))
		return false;
	if (tie->data)
		weigh_data(context, conv, tie, reversed, w);
	else
		fa_weigh(context, conv, &candidate, w);
	if (w->differs != 0 ||
	    (w->rule->any_protocol && is_named_elsewhere(context, &conv->id)))
		return false;
	w->lead = tie->lead;
	w->uncertain = fa_only_tried(conv);
	return true;
}

/* A tie that nothing leads to. False: the row does not fit. */
static bool weigh_alone(const struct fa_audit_context *context, const struct fa_conversation *conv,
			const struct fa_tie *tie, struct fa_weighed *w)
{
	const struct fa_candidate candidate = {.binding = tie->binding, .range_size = ALL_PORTS};

	if (tie->needs_lead || fa_only_tried(conv))
		return false;
	fa_weigh(context, conv, &candidate, w);
	if (w->fit != FA_FIT_AGREES || w->ends.client.place == NULL || w->ends.server.place == NULL)
		return false;
	w->uncertain = w->rule->any_protocol;
	return !w->uncertain || !is_named_elsewhere(context, &conv->id);
}

size_t fa_dynamic_add(const struct fa_audit_context *context, const struct fa_conversation *conv,
		      struct fa_weighed *out, size_t count)
{
	const struct fa_identity *id = &conv->id;
	unsigned transport = fa_rule_transport_bit(id->transport);
	size_t documented = count;
	bool led = fa_shown_pair(context->shown, &id->client, &id->server) ||
		   fa_shown_pair(context->shown, &id->server, &id->client);

	for (size_t i = 0; i < context->ties.count; i++) {
		const struct fa_tie *tie = &context->ties.items[i];
		struct fa_weighed weighed;

		if ((tie->binding->rule->transports & transport) == 0 ||
		    !port_is_possible(tie->binding->rule, id->server_port))
			continue;
		if (!(led && weigh_led(context, conv, tie, &weighed)) &&
		    !weigh_alone(context, conv, tie, &weighed))
			continue;
		fa_weighed_rank(context, &weighed);
		if (weighed.fit == FA_FIT_AGREES || documented == 0)
			count = fa_weighed_insert(out, count, &weighed);
	}
	return count;
}
