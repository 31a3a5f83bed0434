/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How well one rule fits one conversation. */
#include "audit/weigh.h"

#include <string.h>

#include "core/verdict.h"

static bool is_name(const char *protocol)
{
	return protocol[0] != '\0' && strcmp(protocol, "Unknown") != 0;
}

bool fa_protocol_is_known(const struct fa_identity *id)
{
	return fa_detection_is_seen((enum fa_detection)id->detected_by) &&
	       (is_name(id->protocol) || is_name(id->application));
}

bool fa_only_tried(const struct fa_conversation *conv)
{
	const struct fa_counts *counts = &conv->counts;
	uint64_t tried =
		counts->flows_in_state[FA_FLOW_ATTEMPTED] + counts->flows_in_state[FA_FLOW_REFUSED];
	uint64_t ended = 0;

	for (size_t i = 0; i < FA_FLOW_STATE_COUNT; i++)
		ended += counts->flows_in_state[i];
	/*
	 * Only TCP has these states. More flows than ended: some go on in a later bucket, and may
	 * be answered there.
	 */
	return tried > 0 && tried == ended && counts->flows <= tried;
}

/* The name may stand as master or as application: SMB is NetBIOS with the application SMBv23. */
static bool have_protocol(const struct fa_strings *protocols, const struct fa_identity *id)
{
	return (is_name(id->protocol) && fa_strings_have(protocols, id->protocol)) ||
	       (is_name(id->application) && fa_strings_have(protocols, id->application));
}

static void weigh_protocol(const struct fa_conversation *conv, struct fa_weighed *w)
{
	const struct fa_rule *rule = w->rule;

	w->protocol = FA_FIT_AGREES;
	if (rule->any_protocol || fa_only_tried(conv))
		return;
	if (!fa_protocol_is_known(&conv->id)) {
		w->protocol = FA_FIT_OPEN;
	} else if (have_protocol(&rule->protocols, &conv->id)) {
		return;
	} else if (rule->correction.reason != NULL &&
		   have_protocol(&rule->correction.protocols, &conv->id)) {
		w->corrected = true;
	} else {
		w->protocol = FA_FIT_CONTRADICTED;
		w->differs |= FA_DIFFERS_PROTOCOL;
	}
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t name_length(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && name[len - 1] == '.' ? len - 1 : len;
}

/* ASCII letters without case (RFC 4343), a final dot is the same name. */
static bool same_host(const char *a, const char *b)
{
	size_t len = name_length(a);

	if (len != name_length(b))
		return false;
	for (size_t i = 0; i < len; i++)
		if (lower(a[i]) != lower(b[i]))
			return false;
	return true;
}

static enum fa_destination weigh_host(const char *host, struct fa_weighed *w)
{
	const struct fa_strings *hosts = &w->rule->hosts;

	if (hosts->count == 0)
		return FA_TO_ANYBODY;
	if (host[0] == '\0') {
		w->host_unknown = true;
		return FA_TO_UNKNOWN;
	}
	for (size_t i = 0; i < hosts->count; i++)
		if (same_host(hosts->items[i], host))
			return FA_TO_HOST;
	w->differs |= FA_DIFFERS_HOST;
	return FA_TO_SOMEBODY_ELSE;
}

/*
 * Prefixes and systems are alternatives: an address in none of the prefixes may still be in one
 * of the systems. Without a list of prefixes a system neither confirms nor contradicts.
 */
static enum fa_destination weigh_network(const struct fa_addr *server, struct fa_weighed *w)
{
	const struct fa_prefixes *networks = &w->rule->networks;

	if (networks->count == 0 && w->rule->asns.count == 0)
		return FA_TO_ANYBODY;
	for (size_t i = 0; i < networks->count; i++)
		if (fa_prefix_contains(&networks->items[i], server))
			return FA_TO_NETWORK;
	if (w->rule->asns.count != 0) {
		w->as_unknown = true;
		return FA_TO_UNKNOWN;
	}
	w->differs |= FA_DIFFERS_NETWORK;
	return FA_TO_SOMEBODY_ELSE;
}

/* A destination given by name and by network has to fit both. */
static void weigh_destination(const struct fa_identity *id, struct fa_weighed *w)
{
	enum fa_destination host = weigh_host(id->host, w);
	enum fa_destination network = weigh_network(&id->server, w);
	bool doubtful = host > FA_TO_ANYBODY || network > FA_TO_ANYBODY;

	if (doubtful)
		w->destination = host > network ? host : network;
	else
		w->destination = host < network ? host : network;
}

/*
 * Rows for use inside one machine. Both ends on loopback, or both the same address (captured on
 * the loopback interface), is one machine; anything else was on a wire.
 */
static void weigh_scope(const struct fa_identity *id, struct fa_weighed *w)
{
	bool inside = fa_addr_compare(&id->client, &id->server) == 0 ||
		      (fa_addr_is_loopback(&id->client) && fa_addr_is_loopback(&id->server));

	if (w->rule->scope != FA_SCOPE_NETWORK && !inside)
		w->differs |= FA_DIFFERS_SCOPE;
}

unsigned fa_differences(unsigned differs)
{
	unsigned count = 0;

	for (; differs != 0; differs &= differs - 1)
		count++;
	return count;
}

/*
 * What makes a rule more specific, most important first: it names this destination; the document
 * itself says so, not our correction of it; it names the protocol; its range of ports is narrow.
 */
static uint64_t strength(const struct fa_weighed *w)
{
	return (uint64_t)w->destination << 20 | (uint64_t)w->corrected << 19 |
	       (uint64_t)w->rule->any_protocol << 18 | w->range_size;
}

void fa_weigh(const struct fa_audit_context *context, const struct fa_conversation *conv,
	      const struct fa_candidate *candidate, struct fa_weighed *out)
{
	memset(out, 0, sizeof(*out));
	out->rule = candidate->binding->rule;
	out->binding = candidate->binding;
	out->corrected = candidate->claim == FA_CLAIM_CORRECTED;
	out->range_size = candidate->range_size;
	weigh_protocol(conv, out);
	weigh_destination(&conv->id, out);
	weigh_scope(&conv->id, out);
	if (out->differs != 0)
		out->fit = FA_FIT_CONTRADICTED;
	else if (out->protocol == FA_FIT_OPEN || out->host_unknown || out->as_unknown)
		out->fit = FA_FIT_OPEN;
	else
		out->fit = FA_FIT_AGREES;
	out->strength = strength(out);
	out->rank = (uint64_t)out->fit << 60 | (uint64_t)fa_differences(out->differs) << 56 |
		    out->strength << 32 | fa_rule_order(context, out->rule);
}

size_t fa_weigh_all(const struct fa_audit_context *context, const struct fa_conversation *conv,
		    uint8_t transport, struct fa_weighed *out)
{
	const struct fa_candidate *candidates;
	size_t count = fa_policy_candidates(context->policy, transport, conv->id.server_port,
					    &candidates);
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		struct fa_weighed weighed;
		size_t at = kept;

		fa_weigh(context, conv, &candidates[i], &weighed);
		if (kept == FA_WEIGHED_MAX && weighed.rank >= out[kept - 1].rank)
			continue;
		if (kept < FA_WEIGHED_MAX)
			kept++;
		else
			at--;
		for (; at > 0 && weighed.rank < out[at - 1].rank; at--)
			out[at] = out[at - 1];
		out[at] = weighed;
	}
	return kept;
}
