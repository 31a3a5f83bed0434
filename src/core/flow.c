/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names and arithmetic of flows and conversations. */
#include "core/flow.h"

#include <string.h>

#include "base/words.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define FA_X(name, text) text,
static const char *const direction_texts[] = {FA_DIRECTIONS(FA_X)};
static const char *const detection_texts[] = {FA_DETECTIONS(FA_X)};
static const char *const state_texts[] = {FA_FLOW_STATES(FA_X)};
#undef FA_X

const char *fa_direction_text(enum fa_direction_evidence by)
{
	return fa_word(FA_WORDS(direction_texts), by);
}

const char *fa_detection_text(enum fa_detection by)
{
	return fa_word(FA_WORDS(detection_texts), by);
}

const char *fa_flow_state_text(enum fa_flow_state state)
{
	return fa_word(FA_WORDS(state_texts), state);
}

int fa_direction_parse(const char *text)
{
	return fa_word_index(FA_WORDS(direction_texts), text);
}

int fa_detection_parse(const char *text)
{
	return fa_word_index(FA_WORDS(detection_texts), text);
}

int fa_flow_state_parse(const char *text)
{
	return fa_word_index(FA_WORDS(state_texts), text);
}

void fa_counts_init(struct fa_counts *counts)
{
	memset(counts, 0, sizeof(*counts));
	counts->first_seen_ns = INT64_MAX;
	counts->last_seen_ns = INT64_MIN;
}

void fa_counts_add(struct fa_counts *into, const struct fa_counts *from)
{
	into->packets_to_server += from->packets_to_server;
	into->packets_to_client += from->packets_to_client;
	into->bytes_to_server += from->bytes_to_server;
	into->bytes_to_client += from->bytes_to_client;
	into->flows += from->flows;
	for (size_t i = 0; i < FA_FLOW_STATE_COUNT; i++)
		into->flows_in_state[i] += from->flows_in_state[i];
	into->payload_packets += from->payload_packets;
	into->syn_retries += from->syn_retries;
	into->truncated += from->truncated;
	into->sequence_gaps += from->sequence_gaps;
	if (from->first_seen_ns < into->first_seen_ns)
		into->first_seen_ns = from->first_seen_ns;
	if (from->last_seen_ns > into->last_seen_ns)
		into->last_seen_ns = from->last_seen_ns;
}

void fa_conversation_flip(struct fa_conversation *conversation)
{
	struct fa_identity *id = &conversation->id;
	struct fa_counts *counts = &conversation->counts;
	struct fa_addr addr = id->client;
	uint16_t port = id->client_port;
	uint64_t n;

	id->client = id->server;
	id->server = addr;
	id->client_port = id->server_port;
	id->server_port = port;
	n = counts->packets_to_server;
	counts->packets_to_server = counts->packets_to_client;
	counts->packets_to_client = n;
	n = counts->bytes_to_server;
	counts->bytes_to_server = counts->bytes_to_client;
	counts->bytes_to_client = n;
}

static int compare_numbers(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

int fa_identity_compare(const struct fa_identity *a, const struct fa_identity *b)
{
	int order[] = {
		fa_addr_compare(&a->server, &b->server),
		compare_numbers(a->server_port, b->server_port),
		compare_numbers(a->transport, b->transport),
		fa_addr_compare(&a->client, &b->client),
		compare_numbers(a->client_port, b->client_port),
		strcmp(a->protocol, b->protocol),
		strcmp(a->application, b->application),
		strcmp(a->host, b->host),
		compare_numbers(a->detected_by, b->detected_by),
		compare_numbers(a->direction_by, b->direction_by),
		compare_numbers(a->tunnel, b->tunnel),
		compare_numbers(a->tunnel_id, b->tunnel_id),
		compare_numbers(a->vlan[0], b->vlan[0]),
		compare_numbers(a->vlan[1], b->vlan[1]),
		compare_numbers(a->fragment, b->fragment),
	};

	for (size_t i = 0; i < COUNT(order); i++)
		if (order[i] != 0)
			return order[i];
	return 0;
}
