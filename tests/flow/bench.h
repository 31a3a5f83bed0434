/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A flow stage between a scripted talk and a table of results: packets are said in few words, a
 * fake inspector believes what the payload says, conversations and records are kept.
 */
#ifndef TESTS_FLOW_BENCH_H
#define TESTS_FLOW_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "base/time.h"
#include "core/convmap.h"
#include "flow/flows.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SECOND	     FA_NS_PER_SECOND

enum {
	SYN = FA_TCP_SYN,
	ACK = FA_TCP_ACK,
	FIN = FA_TCP_FIN,
	RST = FA_TCP_RST,
	SYN_ACK = FA_TCP_SYN | FA_TCP_ACK,
};

/* The two ends of a talk. */
struct ends {
	const char *a, *b;
	uint16_t a_port, b_port;
	uint8_t transport;
	uint8_t tunnel;
	uint32_t tunnel_id;
};

/* One packet of it. */
struct say {
	double at; /* seconds of the clock */
	char from; /* 'a' or 'b' */
	uint8_t tcp;
	uint32_t seq;
	/* What the fake inspector hears: "!NAME" it speaks NAME; "?NAME" and the sender is the
	 * client; "=NAME" and the sender is the server; else nothing yet. */
	const char *payload;
	uint32_t bytes; /* of payload that it cannot hear */
	uint8_t flags;	/* FA_PACKET_ */
	uint32_t fragment_id;
	uint32_t ack;
	uint16_t vlan[2];
};

struct bench {
	struct fa_flows *flows;
	struct fa_flow_options options;
	struct fa_convmap *sums;	/* everything, merged */
	struct fa_conversation got[64]; /* the first ones, as they came */
	size_t got_count;		/* of all */
	struct fa_flow_record records[64];
	size_t record_count;
	size_t handed_on;		/* conversations of late: a test sets it to 0 */
	uint64_t number;
	int sink_error;
	/* The fake inspector. */
	size_t states, states_max;
	size_t ended_without_state;
	uint64_t calls;
	struct fa_packet last_like;
	/* Names: only when asked for. */
	bool wants_names, hears_dns;
	struct fa_name_answer names[64];
	size_t name_count;
	/* First packets: only when options.keep_packets is not 0. */
	struct fa_packet kept[64];
	size_t kept_count;
	const uint8_t *kept_bytes; /* of the last one */
};

struct heard {
	char word[FA_PROTOCOL_TEXT];
	int8_t client_side;
};

static inline void *heard_begin(void *context)
{
	struct bench *bench = context;

	if (bench->states >= bench->states_max)
		return NULL;
	bench->states++;
	return calloc(1, sizeof(struct heard));
}

static inline bool heard_packet(void *context, void *state, const struct fa_packet *packet,
				const uint8_t *ip_bytes, bool forward)
{
	struct bench *bench = context;
	struct heard *heard = state;
	const char *text = (const char *)ip_bytes;

	bench->calls++;
	assert_non_null(state);
	if (packet->captured <= packet->payload_offset) {
		assert_true(packet->transport != FA_IP_TCP && packet->transport != FA_IP_UDP);
		return false;
	}
	if (strchr("!?=", text[0]) == NULL)
		return false;
	fa_text_copy(heard->word, sizeof(heard->word), text + 1);
	if (text[0] != '!')
		heard->client_side = (text[0] == '?') == forward ? 1 : -1;
	return true;
}

static inline void heard_end(void *context, void *state, const struct fa_packet *like,
			     struct fa_inspection *out)
{
	struct bench *bench = context;
	struct heard *heard = state;

	bench->last_like = *like;
	memset(out, 0, sizeof(*out));
	out->detected_by = FA_DETECTED_NONE;
	strcpy(out->protocol, "Unknown");
	if (state == NULL) {
		bench->ended_without_state++;
		return;
	}
	if (heard->word[0] != '\0') {
		out->detected_by = FA_DETECTED_DPI;
		memcpy(out->protocol, heard->word, sizeof(out->protocol));
		out->client_side = heard->client_side;
	}
	bench->states--;
	free(heard);
}

/* What must hold for every conversation. */
static inline int take_conversation(void *context, const struct fa_conversation *c)
{
	struct bench *bench = context;
	uint64_t ended = 0;

	for (size_t i = 0; i < FA_FLOW_STATE_COUNT; i++)
		ended += c->counts.flows_in_state[i];
	/* What a closed window had counted may have nothing more to tell than how it ended. */
	assert_true(c->counts.packets_to_server + c->counts.packets_to_client > 0 ||
		    (ended > 0 && c->counts.flows == 0));
	assert_true(c->counts.first_seen_ns <= c->counts.last_seen_ns);
	assert_true(fa_bucket_start(c->bucket_ns, bench->options.bucket_ns) == c->bucket_ns);
	assert_true(c->counts.last_seen_ns - c->bucket_ns < bench->options.bucket_ns);
	assert_int_equal(c->id.client.version, c->id.server.version);
	if (c->id.direction_by != FA_BY_FIRST_PACKET)
		assert_int_equal(c->id.client_port, 0);
	if (c->id.fragment)
		assert_true(c->id.client_port == 0 && c->id.server_port == 0);
	fa_counts_add(fa_convmap_at(bench->sums, c->bucket_ns, &c->id), &c->counts);
	if (bench->got_count < COUNT(bench->got))
		bench->got[bench->got_count] = *c;
	bench->got_count++;
	bench->handed_on++;
	return bench->sink_error;
}

static inline int take_packet(void *context, const struct fa_packet *packet,
			      const uint8_t *ip_bytes)
{
	struct bench *bench = context;

	if (bench->kept_count < COUNT(bench->kept))
		bench->kept[bench->kept_count] = *packet;
	bench->kept_count++;
	bench->kept_bytes = ip_bytes;
	return bench->sink_error;
}

static inline int take_record(void *context, const struct fa_flow_record *record)
{
	struct bench *bench = context;

	if (bench->record_count < COUNT(bench->records))
		bench->records[bench->record_count] = *record;
	bench->record_count++;
	return 0;
}

static inline int take_name(void *context, const struct fa_name_answer *answer)
{
	struct bench *bench = context;

	if (bench->name_count < COUNT(bench->names))
		bench->names[bench->name_count] = *answer;
	bench->name_count++;
	return bench->sink_error;
}

/*
 * DNS as the fake understands it: "Q7 host" asks, "A7 host 192.0.2.1 192.0.2.2" answers, with TTLs
 * of 1, 2 ... seconds.
 */
static inline bool heard_dns(const uint8_t *bytes, size_t len, struct fa_name_message *out)
{
	char text[200];
	char *word;

	memset(out, 0, sizeof(*out));
	if (len == 0 || (bytes[0] != 'Q' && bytes[0] != 'A') || len >= sizeof(text))
		return false;
	memcpy(text, bytes, len);
	text[len] = '\0';
	out->is_answer = text[0] == 'A';
	word = strtok(text, " ");
	out->id = (uint16_t)word[1];
	out->type = (uint16_t)word[2];
	word = strtok(NULL, " ");
	assert_non_null(word);
	assert_true(fa_text_copy(out->host, sizeof(out->host), word));
	while ((word = strtok(NULL, " ")) != NULL) {
		assert_true(fa_addr_parse(word, &out->addresses[out->count]));
		out->ttl_s[out->count] = (uint32_t)out->count + 1;
		out->count++;
	}
	return true;
}

/* Buckets of an hour, the default timeouts; change bench->options before the first packet. */
static inline struct bench *bench_new(void)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	bench->options = fa_flow_options_default();
	bench->options.max_flows = 4096;
	bench->states_max = 100000;
	assert_int_equal(fa_convmap_new(&bench->sums, 1000000), 0);
	return bench;
}

static inline void bench_open(struct bench *bench, bool records)
{
	const struct fa_inspector inspector = {bench, heard_begin, heard_packet, heard_end,
					       bench->hears_dns ? heard_dns : NULL};
	const struct fa_flow_sink sink = {.conversation = take_conversation,
					  .flow = records ? take_record : NULL,
					  .name = bench->wants_names ? take_name : NULL,
					  .packet = bench->options.keep_packets > 0 ? take_packet
										    : NULL,
					  .context = bench};

	assert_int_equal(fa_flows_new(&bench->flows, &bench->options, &inspector, &sink), 0);
}

static inline void bench_free(struct bench *bench)
{
	fa_flows_free(bench->flows);
	fa_convmap_free(bench->sums);
	free(bench);
}

static inline struct fa_packet packet_of(const struct ends *ends, const struct say *say)
{
	bool from_b = say->from == 'b';
	uint32_t heard = say->payload == NULL ? 0 : (uint32_t)strlen(say->payload) + 1;
	struct fa_addr a, b;
	struct fa_packet packet = {0};

	if (!fa_addr_parse(ends->a, &a) || !fa_addr_parse(ends->b, &b))
		fail_msg("%s, %s", ends->a, ends->b);
	memcpy(packet.src, from_b ? b.bytes : a.bytes, 16);
	memcpy(packet.dst, from_b ? a.bytes : b.bytes, 16);
	packet.src_port = from_b ? ends->b_port : ends->a_port;
	packet.dst_port = from_b ? ends->a_port : ends->b_port;
	packet.ip_version = a.version;
	packet.transport = ends->transport;
	packet.tunnel = ends->tunnel;
	packet.tunnel_id = ends->tunnel_id;
	packet.ts_ns = (int64_t)(say->at * 1e9);
	packet.clock_ns = packet.ts_ns;
	packet.payload_bytes = heard + say->bytes;
	packet.payload_offset = heard > 0 ? 0 : 28; /* without payload there is still a header */
	packet.captured = heard > 0 ? heard : 28;
	packet.ip_bytes = 40 + packet.payload_bytes;
	packet.tcp_flags = say->tcp;
	packet.tcp_seq = say->seq;
	packet.tcp_ack = say->ack;
	memcpy(packet.vlan, say->vlan, sizeof(say->vlan));
	packet.vlan_count = (say->vlan[0] != 0) + (say->vlan[1] != 0);
	packet.flags = say->flags;
	packet.fragment_id = say->fragment_id;
	if (packet.transport == FA_IP_ICMP || packet.transport == FA_IP_ICMP6) {
		packet.src_port = ends->a_port;
		packet.dst_port = ends->b_port;
	}
	return packet;
}

static inline int give(struct bench *bench, struct fa_packet *packet, const char *payload)
{
	packet->number = ++bench->number;
	return fa_flows_packet(bench->flows, packet, (const uint8_t *)payload);
}

static inline void talk(struct bench *bench, const struct ends *ends, const struct say *says,
			size_t count)
{
	if (bench->flows == NULL)
		bench_open(bench, false);
	for (size_t i = 0; i < count; i++) {
		struct fa_packet packet = packet_of(ends, &says[i]);

		assert_int_equal(give(bench, &packet, says[i].payload), 0);
	}
}

#define TALK(bench, ends, ...)                                                                     \
	talk(bench, ends, (const struct say[]){__VA_ARGS__},                                       \
	     COUNT(((const struct say[]){__VA_ARGS__})))

static inline void finish(struct bench *bench)
{
	assert_int_equal(fa_flows_finish(bench->flows), 0);
	assert_int_equal(fa_flows_active(bench->flows), 0);
	assert_int_equal(bench->states, 0);
}

/* The only conversation there is, after the end. */
static inline struct fa_conversation only(struct bench *bench)
{
	struct fa_conversation out;

	if (fa_flows_active(bench->flows) > 0 || bench->got_count == 0)
		finish(bench);
	assert_int_equal(fa_convmap_count(bench->sums), 1);
	fa_convmap_get(bench->sums, 0, &out);
	return out;
}

static inline void assert_addr(const struct fa_addr *addr, const char *want)
{
	char text[FA_ADDR_TEXT];

	assert_string_equal(fa_addr_text(addr, text), want);
}

/* The state in which the only flow ended. */
static inline enum fa_flow_state state_in(const struct fa_conversation *c)
{
	for (size_t i = 0; i < FA_FLOW_STATE_COUNT; i++)
		if (c->counts.flows_in_state[i] == 1)
			return (enum fa_flow_state)i;
	fail_msg("no flow has ended");
	return FA_FLOW_STATE_COUNT;
}

#endif
