/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Conversations to judge, said in few words. */
#ifndef TEST_AUDIT_TALK_H
#define TEST_AUDIT_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/addr.h"
#include "base/text.h"
#include "core/flow.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum { TCP = 6, UDP = 17, ICMP = 1, GRE = 47 };
#define SECOND INT64_C(1000000000)
#define RUN_END (1000 * SECOND)

/* A conversation in short; what is left out is the ordinary case. */
struct talk {
	const char *client, *server;	   /* 10.0.0.1, 10.0.0.2 */
	uint16_t client_port, port;
	uint8_t transport;		   /* 0: TCP */
	enum fa_direction_evidence by;	   /* 0: SYN */
	const char *protocol, *application; /* NULL: Unknown, detected by nothing; "" */
	int detected;			   /* 0: dpi, or nothing without a protocol; else + 1 */
	const char *host;
	int state;			   /* 0: closed or two-way; else + 1 */
	uint64_t flows;			   /* 0: one */
	bool empty;			   /* no payload */
	uint64_t truncated, syn_retries;
	int64_t last_seen_ns;		   /* 0: a minute before the end of the run */
	bool one_way;			   /* nothing to the client */
	bool fragment;
	uint8_t tunnel; /* enum fa_tunnel */
	uint32_t tunnel_id;
};

static void talk_addr(struct fa_addr *out, const char *text, const char *otherwise)
{
	fa_addr_parse(text != NULL ? text : otherwise, out);
}

static inline struct fa_conversation conversation(const struct talk *talk)
{
	struct fa_conversation conv;
	struct fa_identity *id = &conv.id;
	struct fa_counts *counts = &conv.counts;
	int state;

	memset(&conv, 0, sizeof(conv));
	fa_counts_init(counts);
	talk_addr(&id->client, talk->client, "10.0.0.1");
	talk_addr(&id->server, talk->server, "10.0.0.2");
	id->client_port = talk->client_port;
	id->server_port = talk->port;
	id->transport = talk->transport != 0 ? talk->transport : TCP;
	id->direction_by = (uint8_t)talk->by;
	id->fragment = talk->fragment;
	id->tunnel = talk->tunnel;
	id->tunnel_id = talk->tunnel_id;
	id->detected_by = (uint8_t)(talk->protocol == NULL ? FA_DETECTED_NONE : FA_DETECTED_DPI);
	if (talk->detected != 0)
		id->detected_by = (uint8_t)(talk->detected - 1);
	fa_text_copy(id->protocol, sizeof(id->protocol),
		     talk->protocol != NULL ? talk->protocol : "Unknown");
	if (talk->application != NULL)
		fa_text_copy(id->application, sizeof(id->application), talk->application);
	if (talk->host != NULL)
		fa_text_copy(id->host, sizeof(id->host), talk->host);
	counts->flows = talk->flows != 0 ? talk->flows : 1;
	state = id->transport == TCP ? FA_FLOW_CLOSED : FA_FLOW_TWO_WAY;
	if (talk->state != 0)
		state = talk->state - 1;
	counts->flows_in_state[state] = counts->flows;
	counts->packets_to_server = 5 * counts->flows;
	counts->packets_to_client = talk->one_way ? 0 : 4 * counts->flows;
	counts->payload_packets = talk->empty ? 0 : 3 * counts->flows;
	counts->truncated = talk->truncated;
	counts->syn_retries = talk->syn_retries;
	counts->last_seen_ns =
		talk->last_seen_ns != 0 ? talk->last_seen_ns : RUN_END - 60 * SECOND;
	counts->first_seen_ns = counts->last_seen_ns - SECOND;
	return conv;
}

#define DETECTED(name) (FA_DETECTED_##name + 1)
#define STATE(name) (FA_FLOW_##name + 1)

#endif
