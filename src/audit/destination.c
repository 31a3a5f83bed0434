/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Destinations: by host name, by prefix, by autonomous system. */
#include "audit/destination.h"

#include <string.h>

#include "core/verdict.h"

/* The best answer among HOSTS. */
static enum fa_called called_one_of(const struct fa_machine *server, const struct fa_strings *hosts,
				    struct fa_called_by *by)
{
	enum fa_called best = FA_CALLED_OTHERWISE;

	for (size_t i = 0; i < hosts->count && best != FA_CALLED; i++) {
		struct fa_called_by other;
		enum fa_called called = fa_machine_called(server, hosts->items[i], &other);

		if (called > best || (called == best && by->host != NULL))
			continue;
		best = called;
		*by = other;
	}
	return best;
}

/* A host that the row names for another value of its parameter: what the site wants is known. */
static bool is_other_variant(const struct fa_machine *server, const struct fa_binding *binding,
			     struct fa_destined *out)
{
	const struct fa_rule *rule = binding->rule;

	for (size_t i = 0; i < rule->variant_count; i++) {
		const struct fa_host_variant *variant = &rule->variants[i];
		struct fa_called_by by = {0};

		if (called_one_of(server, &variant->hosts, &by) != FA_CALLED ||
		    fa_called_by_capture(&by))
			continue;
		out->other_host = by.host;
		out->other_value = variant->value;
		return true;
	}
	return false;
}

static enum fa_destination weigh_host(const struct fa_machine *server,
				      const struct fa_binding *binding, struct fa_destined *out)
{
	enum fa_called called;

	if (binding->hosts.count == 0)
		return FA_TO_ANYBODY;
	called = called_one_of(server, &binding->hosts, &out->called);
	if (called == FA_CALLED)
		return FA_TO_HOST;
	if (is_other_variant(server, binding, out) || called == FA_CALLED_OTHERWISE) {
		out->differs |= FA_DIFFERS_HOST;
		return FA_TO_SOMEBODY_ELSE;
	}
	out->host_unknown = true;
	out->host_expired = called == FA_CALLED_ONCE;
	return FA_TO_UNKNOWN;
}

/* Whether the site has a list of prefixes that tells systems. */
static bool know_systems(const struct fa_audit_context *context)
{
	const struct fa_site *site = context->policy->site;

	return site != NULL && site->as_file != NULL;
}

static bool is_in_system(const struct fa_audit_context *context, const struct fa_numbers *asns,
			 const struct fa_addr *server)
{
	uint32_t asn = fa_as_of(&context->policy->site->systems, server);

	for (size_t i = 0; i < asns->count; i++)
		if (asns->items[i] == asn)
			return true;
	return false;
}

/*
 * Prefixes and systems are alternatives: an address in none of the prefixes may still be in one
 * of the systems. Without a list of prefixes a system neither confirms nor contradicts.
 */
static enum fa_destination weigh_network(const struct fa_audit_context *context,
					 const struct fa_addr *server, const struct fa_rule *rule,
					 struct fa_destined *out)
{
	const struct fa_prefixes *networks = &rule->networks;

	if (networks->count == 0 && rule->asns.count == 0)
		return FA_TO_ANYBODY;
	for (size_t i = 0; i < networks->count; i++)
		if (fa_prefix_contains(&networks->items[i], server))
			return FA_TO_NETWORK;
	if (rule->asns.count != 0 && !know_systems(context)) {
		out->as_unknown = true;
		return FA_TO_UNKNOWN;
	}
	if (rule->asns.count != 0 && is_in_system(context, &rule->asns, server)) {
		out->as_by_list = true;
		return FA_TO_NETWORK;
	}
	out->differs |= FA_DIFFERS_NETWORK;
	return FA_TO_SOMEBODY_ELSE;
}

void fa_destination_weigh(const struct fa_audit_context *context,
			  const struct fa_conversation *conv, const struct fa_binding *binding,
			  struct fa_destined *out)
{
	const struct fa_identity *id = &conv->id;
	const struct fa_machine server = {&id->server, &id->client, id->host, context->names,
					  conv->counts.first_seen_ns};
	enum fa_destination host;
	enum fa_destination network;
	bool doubtful;

	memset(out, 0, sizeof(*out));
	host = weigh_host(&server, binding, out);
	network = weigh_network(context, &id->server, binding->rule, out);
	doubtful = host > FA_TO_ANYBODY || network > FA_TO_ANYBODY;
	if (doubtful)
		out->to = host > network ? host : network;
	else
		out->to = host < network ? host : network;
}
