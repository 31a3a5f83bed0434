/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A conversation to show as an example. */
#include "audit/example.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/packet.h"

/* The order of fa_identity_compare, as far as an example goes. */
static bool is_lower(const struct fa_identity *id, const struct fa_example *than)
{
	int order = (id->tunnel != FA_TUNNEL_NONE) - (than->tunnel != FA_TUNNEL_NONE);

	if (order == 0)
		order = fa_addr_compare(&id->server, &than->server);
	if (order == 0)
		order = (id->server_port > than->port) - (id->server_port < than->port);
	if (order == 0)
		order = (id->transport > than->transport) - (id->transport < than->transport);
	if (order == 0)
		order = fa_addr_compare(&id->client, &than->client);
	if (order == 0)
		order = (id->tunnel > than->tunnel) - (id->tunnel < than->tunnel);
	if (order == 0)
		order = (id->tunnel_id > than->tunnel_id) - (id->tunnel_id < than->tunnel_id);
	return order < 0;
}

bool fa_example_take(struct fa_example *example, const struct fa_identity *id)
{
	if (example->there && !is_lower(id, example))
		return false;
	*example = (struct fa_example){.there = true,
				       .transport = id->transport,
				       .port = id->server_port,
				       .client = id->client,
				       .server = id->server,
				       .tunnel = id->tunnel,
				       .tunnel_id = id->tunnel_id};
	return true;
}

char *fa_example_text(const struct fa_example *example, char *text)
{
	char transport[FA_TRANSPORT_TEXT];
	char client[FA_ADDR_TEXT];
	char server[FA_ADDR_TEXT];
	bool v6 = example->server.version == 6;
	size_t len;
	const char *name = fa_transport_text(example->transport, transport);

	fa_addr_text(&example->client, client);
	fa_addr_text(&example->server, server);
	if (fa_transport_is_icmp(example->transport))
		snprintf(text, FA_EXAMPLE_TEXT, "%s to %s, %s type %u code %u", client, server,
			 name, example->port >> 8, example->port & 0xffu);
	else
		snprintf(text, FA_EXAMPLE_TEXT, "%s to %s%s%s:%u/%s", client, v6 ? "[" : "", server,
			 v6 ? "]" : "", example->port, name);
	len = strlen(text);
	if (example->tunnel != FA_TUNNEL_NONE)
		snprintf(&text[len], FA_EXAMPLE_TEXT - len, " in %s:%" PRIu32,
			 fa_tunnel_text(example->tunnel), example->tunnel_id);
	return text;
}
