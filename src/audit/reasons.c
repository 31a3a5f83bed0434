/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why a row fits, or does not. */
#include "audit/reasons.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define NS_PER_S INT64_C(1000000000)

void fa_reasons_detail(struct fa_judgement *out, const char *text)
{
	size_t used = strlen(out->detail);
	const char *joint = used == 0 ? "" : "; ";
	size_t joint_len = strlen(joint);

	if (used + joint_len + strlen(text) >= sizeof(out->detail))
		return;
	fa_text_copy(&out->detail[used], sizeof(out->detail) - used, joint);
	used += joint_len;
	fa_text_copy(&out->detail[used], sizeof(out->detail) - used, text);
}

void fa_reasons_of_try(const struct fa_audit_context *context, const struct fa_conversation *conv,
		       struct fa_judgement *out)
{
	const uint64_t *states = conv->counts.flows_in_state;

	if (!fa_answer_was_due(context, conv))
		fa_judgement_because(out, FA_REASON_ENDED_TOO_SOON);
	else if (states[FA_FLOW_ATTEMPTED] > 0)
		fa_judgement_because(out, FA_REASON_NO_ANSWER);
	if (states[FA_FLOW_REFUSED] > 0)
		fa_judgement_because(out, FA_REASON_RESET_ON_OPEN);
	if (states[FA_FLOW_UNREACHABLE] > 0)
		fa_judgement_because(out, FA_REASON_UNREACHABLE);
}

static void of_unknown_protocol(const struct fa_conversation *conv, struct fa_judgement *out)
{
	bool guessed = conv->id.detected_by == FA_DETECTED_PORT_GUESS ||
		       conv->id.detected_by == FA_DETECTED_ADDRESS_GUESS;

	if (guessed)
		fa_judgement_because(out, FA_REASON_ONLY_GUESSED);
	if (conv->counts.payload_packets == 0)
		fa_judgement_because(out, FA_REASON_NO_PAYLOAD);
	else if (conv->counts.truncated > 0)
		fa_judgement_because(out, FA_REASON_TRUNCATED);
	else if (!guessed)
		fa_judgement_because(out, FA_REASON_NOT_RECOGNISED);
}

/* A port that was chosen at run time: why it may be the row's. */
static void of_chosen_port(const struct fa_weighed *w, struct fa_judgement *out)
{
	char text[FA_DETAIL_TEXT];

	if (w->lead == NULL) {
		fa_judgement_because(out, FA_REASON_CHOSEN_PORT);
		return;
	}
	fa_judgement_because(out, FA_REASON_NEGOTIATED);
	snprintf(text, sizeof(text), "after %s between the same hosts", w->lead->rule->id);
	fa_reasons_detail(out, text);
}

static bool is_chosen(const struct fa_weighed *w)
{
	return w->rule->dynamic || w->lead != NULL;
}

void fa_reasons_of_unknowns(const struct fa_conversation *conv, const struct fa_weighed *w,
			    struct fa_judgement *out)
{
	const struct fa_standing *client = &w->ends.client;
	const struct fa_standing *server = &w->ends.server;

	if (is_chosen(w))
		of_chosen_port(w, out);
	if (w->destination.host_expired || client->name_expired || server->name_expired)
		fa_judgement_because(out, FA_REASON_DNS_EXPIRED);
	else if (w->destination.host_unknown || client->name_unknown || server->name_unknown)
		fa_judgement_because(out, FA_REASON_HOST_UNKNOWN);
	if (w->destination.as_unknown)
		fa_judgement_because(out, FA_REASON_AS_UNKNOWN);
	if (w->protocol == FA_FIT_OPEN)
		of_unknown_protocol(conv, out);
}

/* "12 s", "5 min", "3 h": SIZE bytes at OUT. */
static const char *age_text(int64_t age_ns, char *out, size_t size)
{
	int64_t age_s = age_ns / NS_PER_S;

	if (age_s < 120)
		snprintf(out, size, "%" PRId64 " s", age_s);
	else if (age_s < 120 * 60)
		snprintf(out, size, "%" PRId64 " min", age_s / 60);
	else
		snprintf(out, size, "%" PRId64 " h", age_s / 3600);
	return out;
}

/* Protocols that carry the name of the server; inspection takes it from no others. */
static const struct {
	const char *protocol;
	enum fa_reason reason;
} name_carriers[] = {
	{"TLS", FA_REASON_HOST_BY_TLS},	    {"QUIC", FA_REASON_HOST_BY_TLS},
	{"DTLS", FA_REASON_HOST_BY_TLS},    {"DoH_DoT", FA_REASON_HOST_BY_TLS},
	{"HTTP", FA_REASON_HOST_BY_HTTP},
};

void fa_reasons_of_name(const struct fa_identity *id, const struct fa_called_by *by,
			struct fa_judgement *out)
{
	char text[FA_DETAIL_TEXT];
	char age[32];
	char resolver[FA_ADDR_TEXT];

	if (by->host == NULL)
		return;
	if (fa_called_by_capture(by)) {
		fa_judgement_because(out, FA_REASON_HOST_BY_CAPTURE);
		snprintf(text, sizeof(text), "%s by a note in the capture file", by->host);
		fa_reasons_detail(out, text);
		return;
	}
	if (by->by_dns) {
		fa_judgement_because(out, FA_REASON_HOST_BY_DNS);
		snprintf(text, sizeof(text), "%s by a DNS answer %s before, from %s%s", by->host,
			 age_text(by->dns.age_ns, age, sizeof(age)),
			 fa_addr_text(&by->dns.resolver, resolver),
			 by->dns.own ? "" : ", to another client");
		fa_reasons_detail(out, text);
		return;
	}
	for (size_t i = 0; i < sizeof(name_carriers) / sizeof(name_carriers[0]); i++)
		if (strcmp(id->protocol, name_carriers[i].protocol) == 0)
			fa_judgement_because(out, name_carriers[i].reason);
}

/* The names that the fit rests on; one that serves twice is said once. */
static void of_names(const struct fa_identity *id, const struct fa_weighed *w,
		     struct fa_judgement *out)
{
	const struct fa_called_by *destination = &w->destination.called;
	const struct fa_called_by *server = &w->ends.server.called;

	fa_reasons_of_name(id, destination, out);
	if (server->host != NULL &&
	    (destination->host == NULL || !fa_host_is(destination->host, server->host)))
		fa_reasons_of_name(id, server, out);
	fa_reasons_of_name(id, &w->ends.client.called, out);
}

/* How far the endpoints were checked. */
static enum fa_reason of_endpoints(const struct fa_audit_context *context,
				   const struct fa_weighed *w)
{
	if (w->rule->product->everywhere && w->binding->instance == NULL)
		return FA_REASON_EVERYWHERE;
	if (context->policy->site == NULL)
		return FA_REASON_ENDPOINTS_UNCHECKED;
	if (w->ends.client.fit == FA_END_OPEN || w->ends.server.fit == FA_END_OPEN)
		return FA_REASON_ROLE_UNPLACED;
	return FA_REASON_ENDPOINTS_AGREE;
}

static bool port_is_of_site(const struct fa_weighed *w)
{
	if (w->claim == FA_CLAIM_CORRECTED && w->rule->correction.ports.count != 0)
		return false;
	return w->claim != FA_CLAIM_INCREMENTED && w->binding->ports_of_site;
}

static bool has_ports(const struct fa_conversation *conv)
{
	return fa_rule_transport_has_ports(fa_rule_transport_index(conv->id.transport));
}

static void of_port(const struct fa_conversation *conv, const struct fa_weighed *w,
		    struct fa_judgement *out)
{
	if (!has_ports(conv))
		return;
	if (is_chosen(w)) {
		of_chosen_port(w, out);
		return;
	}
	if (w->claim == FA_CLAIM_INCREMENTED)
		fa_judgement_because(out, FA_REASON_INCREMENTED);
	if (port_is_of_site(w))
		fa_judgement_because(out, FA_REASON_PORT_OF_SITE);
	if (w->range_size > 1)
		fa_judgement_because(out, FA_REASON_RANGE);
}

void fa_reasons_of_fit(const struct fa_audit_context *context, const struct fa_conversation *conv,
		       const struct fa_weighed *w, struct fa_judgement *out)
{
	if (!fa_only_tried(conv))
		fa_judgement_because(out, w->rule->any_protocol ? FA_REASON_ANY_PROTOCOL
								: FA_REASON_AGREES);
	of_port(conv, w, out);
	if (w->corrected) {
		fa_judgement_because(out, FA_REASON_CORRECTION);
		fa_reasons_detail(out, w->rule->correction.reason);
	}
	if (w->rule->requirement == FA_CONDITIONAL)
		fa_judgement_because(out, FA_REASON_CONDITIONAL);
	of_names(&conv->id, w, out);
	if (w->destination.as_by_list)
		fa_judgement_because(out, FA_REASON_AS_BY_LIST);
	fa_judgement_because(out, of_endpoints(context, w));
}

static const struct {
	unsigned differs;
	enum fa_scope scope; /* for SCOPE only */
	enum fa_reason reason;
} difference_reasons[] = {
	{FA_DIFFERS_PROTOCOL, FA_SCOPE_NETWORK, FA_REASON_SAW_OTHER_PROTOCOL},
	{FA_DIFFERS_DIRECTION, FA_SCOPE_NETWORK, FA_REASON_DIRECTION_REVERSED},
	{FA_DIFFERS_INSTANCE, FA_SCOPE_NETWORK, FA_REASON_OTHER_INSTANCE},
	{FA_DIFFERS_CLIENT, FA_SCOPE_NETWORK, FA_REASON_CLIENT_DIFFERS},
	{FA_DIFFERS_SERVER, FA_SCOPE_NETWORK, FA_REASON_SERVER_DIFFERS},
	{FA_DIFFERS_HOST, FA_SCOPE_NETWORK, FA_REASON_HOST_DIFFERS},
	{FA_DIFFERS_NETWORK, FA_SCOPE_NETWORK, FA_REASON_NETWORK_DIFFERS},
	{FA_DIFFERS_SCOPE, FA_SCOPE_LOOPBACK, FA_REASON_LOOPBACK_ON_WIRE},
	{FA_DIFFERS_SCOPE, FA_SCOPE_HOST, FA_REASON_HOST_LOCAL_ON_WIRE},
};

/* One end differs because it belongs to another instance of the product: say that instead. */
static void of_instance(const struct fa_audit_context *context, const struct fa_conversation *conv,
			struct fa_weighed *w, struct fa_judgement *out)
{
	bool client = w->ends.differs == FA_DIFFERS_CLIENT;
	const struct fa_instance *other =
		fa_ends_other_instance(context, conv, w->binding, &w->ends);
	const struct fa_instance *own = w->binding->instance;
	char text[FA_DETAIL_TEXT];

	if (other == NULL)
		return;
	snprintf(text, sizeof(text), "the client is of %s, the server of %s",
		 client ? other->name : own->name, client ? own->name : other->name);
	fa_reasons_detail(out, text);
	w->differs = (w->differs & ~w->ends.differs) | FA_DIFFERS_INSTANCE;
}

static void of_other_variant(const struct fa_weighed *w, struct fa_judgement *out)
{
	char text[FA_DETAIL_TEXT];

	if (w->destination.other_host == NULL)
		return;
	snprintf(text, sizeof(text), "%s is for %s %s", w->destination.other_host,
		 w->rule->hosts_by->name, w->destination.other_value);
	fa_reasons_detail(out, text);
}

void fa_reasons_of_differences(const struct fa_audit_context *context,
			       const struct fa_conversation *conv, struct fa_weighed *w,
			       struct fa_judgement *out)
{
	of_instance(context, conv, w, out);
	for (size_t i = 0; i < sizeof(difference_reasons) / sizeof(difference_reasons[0]); i++) {
		if ((w->differs & difference_reasons[i].differs) == 0)
			continue;
		if (difference_reasons[i].differs == FA_DIFFERS_SCOPE &&
		    difference_reasons[i].scope != w->rule->scope)
			continue;
		fa_judgement_because(out, difference_reasons[i].reason);
	}
	of_other_variant(w, out);
}
