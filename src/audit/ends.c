/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who stands at the two ends of a conversation. */
#include "audit/ends.h"

#include <string.h>

#include "core/verdict.h"

/* The host names among the places of a role: better than what STANDING already has? */
static void stand_by_name(const struct fa_site_role *role, const struct fa_machine *machine,
			  struct fa_standing *standing)
{
	for (size_t i = role->prefix_count; i < role->place_count; i++) {
		struct fa_called_by by;

		switch (fa_machine_called(machine, role->places[i].host, &by)) {
		case FA_CALLED:
			standing->place = &role->places[i];
			standing->called = by;
			return;
		case FA_CALLED_ONCE:
			standing->name_expired = true;
			standing->name_unknown = true;
			break;
		case FA_CALLED_UNKNOWN:
			standing->name_unknown = true;
			break;
		case FA_CALLED_OTHERWISE:
			break;
		}
	}
}

/*
 * Groups, broadcasts, and senders that have no address yet: nobody's alone, so no entry of a role
 * would hold them, and anybody who has the role may be meant.
 */
static bool is_nobodys_alone(const struct fa_addr *addr)
{
	return fa_addr_is_multicast(addr) || fa_addr_is_unspecified(addr);
}

static void stand(const struct fa_end *end, const struct fa_machine *machine,
		  struct fa_standing *out)
{
	memset(out, 0, sizeof(*out));
	out->fit = fa_end_fits(end, machine->addr, &out->place);
	for (size_t i = 0; i < end->count && out->place == NULL; i++)
		stand_by_name(end->roles[i], machine, out);
	if (out->place != NULL)
		out->fit = FA_END_FITS;
	if (out->fit != FA_END_DIFFERS) {
		out->name_unknown = false;
		out->name_expired = false;
	} else if (out->name_unknown || (end->count > 0 && is_nobodys_alone(machine->addr))) {
		out->fit = FA_END_OPEN;
	}
}

/* A rule's ends compared with the two machines in one of the two ways. */
static void stand_both(const struct fa_binding *binding, const struct fa_machine *client,
		       const struct fa_machine *server, struct fa_ends *out)
{
	stand(&binding->client, client, &out->client);
	stand(&binding->server, server, &out->server);
	out->placed = (out->client.place != NULL) + (out->server.place != NULL);
	out->direct = fa_end_is_direct(&binding->client, out->client.place) +
		      fa_end_is_direct(&binding->server, out->server.place);
	out->differs = (out->client.fit == FA_END_DIFFERS ? FA_DIFFERS_CLIENT : 0) |
		       (out->server.fit == FA_END_DIFFERS ? FA_DIFFERS_SERVER : 0);
}

/* Whether the own side of the product is one that the site gives to this machine, or to anybody. */
static bool own_side_fits(const struct fa_rule *rule, const struct fa_ends *ends)
{
	bool client = ends->client.fit == FA_END_FITS;
	bool server = ends->server.fit == FA_END_FITS;

	switch (rule->direction) {
	case FA_RULE_INBOUND:
		return server;
	case FA_RULE_OUTBOUND:
		return client;
	case FA_RULE_BOTH:
	case FA_RULE_INTERNAL:
		return client || server;
	}
	return false;
}

static bool is_involved(const struct fa_binding *binding, const struct fa_ends *ends, bool named)
{
	const unsigned both = FA_DIFFERS_CLIENT | FA_DIFFERS_SERVER;

	return named || ends->placed > 0 || own_side_fits(binding->rule, ends) ||
	       (binding->rule->product->everywhere && ends->differs != both);
}

static void exchange(struct fa_ends *ends)
{
	struct fa_standing client = ends->client;

	ends->client = ends->server;
	ends->server = client;
}

/* The ends of a row for both directions, compared the other way round: with fewer differences? */
static void try_either_way(struct fa_ends *reversed, struct fa_ends *out)
{
	bool client = (reversed->differs & FA_DIFFERS_SERVER) != 0; /* as the conversation has it */
	bool server = (reversed->differs & FA_DIFFERS_CLIENT) != 0;

	if (fa_difference_count(reversed->differs) >= fa_difference_count(out->differs))
		return;
	reversed->differs = (client ? FA_DIFFERS_CLIENT : 0) | (server ? FA_DIFFERS_SERVER : 0);
	*out = *reversed;
}

/* OUT differs; if the ends fit with client and server exchanged, it says that instead. */
static void try_reversed(const struct fa_binding *binding, const struct fa_machine *client,
			 const struct fa_machine *server, struct fa_ends *out)
{
	struct fa_ends reversed;

	stand_both(binding, server, client, &reversed);
	exchange(&reversed);
	if (binding->rule->direction == FA_RULE_BOTH) {
		try_either_way(&reversed, out);
	} else if (reversed.differs == 0 && reversed.placed > 0) {
		reversed.differs = FA_DIFFERS_DIRECTION;
		*out = reversed;
	}
}

static void machines_of(const struct fa_audit_context *context, const struct fa_conversation *conv,
			struct fa_machine *client, struct fa_machine *server)
{
	const struct fa_identity *id = &conv->id;
	int64_t at_ns = conv->counts.first_seen_ns;

	*client = (struct fa_machine){&id->client, &id->server, "", context->names, at_ns};
	*server = (struct fa_machine){&id->server, &id->client, id->host, context->names, at_ns};
}

void fa_ends_weigh(const struct fa_audit_context *context, const struct fa_conversation *conv,
		   const struct fa_binding *binding, bool named, struct fa_ends *out)
{
	struct fa_machine client;
	struct fa_machine server;

	memset(out, 0, sizeof(*out));
	out->involved = true;
	if (binding->instance == NULL) {
		out->client.fit = FA_END_OPEN;
		out->server.fit = FA_END_OPEN;
		return;
	}
	machines_of(context, conv, &client, &server);
	stand_both(binding, &client, &server, out);
	if (out->differs != 0)
		try_reversed(binding, &client, &server, out);
	out->involved = is_involved(binding, out, named);
	if (!out->involved)
		out->differs = FA_DIFFERS_CLIENT | FA_DIFFERS_SERVER;
}

void fa_ends_strange(struct fa_ends *out)
{
	memset(out, 0, sizeof(*out));
	out->client.fit = FA_END_DIFFERS;
	out->server.fit = FA_END_DIFFERS;
	out->differs = FA_DIFFERS_CLIENT | FA_DIFFERS_SERVER;
}

const struct fa_instance *fa_ends_other_instance(const struct fa_audit_context *context,
						 const struct fa_conversation *conv,
						 const struct fa_binding *binding,
						 const struct fa_ends *ends)
{
	bool client_differs = ends->differs == FA_DIFFERS_CLIENT && ends->server.place != NULL;
	bool server_differs = ends->differs == FA_DIFFERS_SERVER && ends->client.place != NULL;
	struct fa_machine client;
	struct fa_machine server;
	const struct fa_binding *bindings;
	size_t count;

	if (binding->instance == NULL || !(client_differs || server_differs))
		return NULL;
	machines_of(context, conv, &client, &server);
	bindings = fa_bindings_of(context, binding->rule, &count);
	for (size_t i = 0; i < count; i++) {
		struct fa_standing standing;

		if (client_differs)
			stand(&bindings[i].client, &client, &standing);
		else
			stand(&bindings[i].server, &server, &standing);
		if (standing.place != NULL)
			return bindings[i].instance;
	}
	return NULL;
}

static bool is_single(const struct fa_place *place)
{
	return place != NULL && place->host == NULL &&
	       place->prefix.bits == (place->prefix.addr.version == 4 ? 32 : 128);
}

bool fa_ends_are_one_machine(const struct fa_ends *ends)
{
	return is_single(ends->client.place) && is_single(ends->server.place) &&
	       strcmp(ends->client.place->label, ends->server.place->label) == 0;
}

bool fa_role_holds(const struct fa_site_role *role, const struct fa_machine *machine,
		   struct fa_called_by *by)
{
	struct fa_standing standing;

	memset(by, 0, sizeof(*by));
	memset(&standing, 0, sizeof(standing));
	if (role->placing == FA_ANYBODY || fa_site_role_place(role, machine->addr) != NULL)
		return true;
	stand_by_name(role, machine, &standing);
	*by = standing.called;
	return standing.place != NULL;
}
