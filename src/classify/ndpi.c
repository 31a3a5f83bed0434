/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The nDPI adapter, for libndpi 4.2 as Debian 12 has it. Every difference between versions of nDPI
 * belongs into this file; nothing else includes its headers. Names, never numbers, leave it: the
 * numbers change between versions.
 */
#include "classify/classify.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <ndpi/ndpi_api.h>

#include "base/error.h"
#include "base/text.h"
#include "classify/dns.h"
#include "classify/pattern.h"

enum {
	/* Longest packet handed over; nDPI takes 16-bit lengths. */
	PACKET_MAX = 65535,
	/* Zero bytes behind the packet, for reads beyond its end. */
	PADDING = 64,
	STATES_PER_CHUNK = 64,
};

struct state {
	struct state *next_free;
	unsigned packets;
	struct fa_first_payload first;
	ndpi_protocol result;
	struct ndpi_flow_struct flow;
};

struct chunk {
	struct chunk *next;
	struct state states[STATES_PER_CHUNK];
};

struct fa_classifier {
	struct fa_classifier_options options;
	struct ndpi_detection_module_struct *module;
	struct chunk *chunks;
	struct state *free_states;
	size_t made; /* states in all chunks */
	uint8_t packet[PACKET_MAX + PADDING];
};

struct fa_classifier_options fa_classifier_options_default(void)
{
	return (struct fa_classifier_options){.max_states = 100000, .max_packets = 24};
}

static struct ndpi_detection_module_struct *module_new(void)
{
	struct ndpi_detection_module_struct *module =
		ndpi_init_detection_module(ndpi_dont_load_tor_hosts);
	NDPI_PROTOCOL_BITMASK all;

	if (module == NULL)
		return NULL;
	NDPI_BITMASK_SET_ALL(all);
	ndpi_set_protocol_detection_bitmask2(module, &all);
	ndpi_finalize_initialization(module);
	return module;
}

int fa_classifier_new(struct fa_classifier **out, const struct fa_classifier_options *options)
{
	struct fa_classifier *classifier = calloc(1, sizeof(*classifier));

	if (classifier == NULL)
		return FA_ENOMEM;
	tzset(); /* certificate dates need the zone, whose file a sandbox would not let us open */
	classifier->options = *options;
	classifier->module = module_new();
	if (classifier->module == NULL) {
		free(classifier);
		return FA_EUNSUPPORTED;
	}
	*out = classifier;
	return 0;
}

void fa_classifier_free(struct fa_classifier *classifier)
{
	if (classifier == NULL)
		return;
	while (classifier->chunks != NULL) {
		struct chunk *chunk = classifier->chunks;

		for (size_t i = 0; i < STATES_PER_CHUNK; i++)
			ndpi_free_flow_data(&chunk->states[i].flow);
		classifier->chunks = chunk->next;
		free(chunk);
	}
	ndpi_exit_detection_module(classifier->module);
	free(classifier);
}

static bool more_states(struct fa_classifier *classifier)
{
	struct chunk *chunk;

	if (classifier->made >= classifier->options.max_states)
		return false;
	chunk = calloc(1, sizeof(*chunk));
	if (chunk == NULL)
		return false;
	chunk->next = classifier->chunks;
	classifier->chunks = chunk;
	classifier->made += STATES_PER_CHUNK;
	for (size_t i = 0; i < STATES_PER_CHUNK; i++) {
		chunk->states[i].next_free = classifier->free_states;
		classifier->free_states = &chunk->states[i];
	}
	return true;
}

static void *begin(void *context)
{
	struct fa_classifier *classifier = context;
	struct state *state;

	if (classifier->free_states == NULL && !more_states(classifier))
		return NULL;
	state = classifier->free_states;
	classifier->free_states = state->next_free;
	return state;
}

/* nDPI needs zeroed flows: what is left in one gives silently wrong results in the next. */
static void release(struct fa_classifier *classifier, struct state *state)
{
	ndpi_free_flow_data(&state->flow);
	memset(state, 0, sizeof(*state));
	state->next_free = classifier->free_states;
	classifier->free_states = state;
}

static void keep_first_payload(struct state *state, const struct fa_packet *packet,
			       const uint8_t *ip_bytes, unsigned side)
{
	size_t len = packet->captured - packet->payload_offset;

	if (state->first.len[side] != 0)
		return;
	if (len > FA_FIRST_BYTES)
		len = FA_FIRST_BYTES;
	memcpy(state->first.bytes[side], ip_bytes + packet->payload_offset, len);
	state->first.len[side] = (uint8_t)len;
}

/* Hands over an exact copy with zeroes behind it, since dissectors may read past the end. */
static ndpi_protocol process(struct fa_classifier *classifier, struct state *state,
			     const uint8_t *ip_bytes, size_t len, int64_t ts_ns)
{
	if (len > PACKET_MAX)
		len = PACKET_MAX;
	memcpy(classifier->packet, ip_bytes, len);
	memset(classifier->packet + len, 0, PADDING);
	return ndpi_detection_process_packet(classifier->module, &state->flow, classifier->packet,
					     (unsigned short)len,
					     ts_ns < 0 ? 0 : (uint64_t)ts_ns / 1000000);
}

static bool is_known(ndpi_protocol protocol)
{
	return protocol.app_protocol != NDPI_PROTOCOL_UNKNOWN ||
	       protocol.master_protocol != NDPI_PROTOCOL_UNKNOWN;
}

static bool take_packet(void *context, void *state_pointer, const struct fa_packet *packet,
			const uint8_t *ip_bytes, bool forward)
{
	struct fa_classifier *classifier = context;
	struct state *state = state_pointer;

	keep_first_payload(state, packet, ip_bytes, forward ? 0 : 1);
	state->result = process(classifier, state, ip_bytes, packet->captured, packet->ts_ns);
	state->packets++;
	if (state->packets >= classifier->options.max_packets)
		return true;
	return is_known(state->result) &&
	       !ndpi_extra_dissection_possible(classifier->module, &state->flow);
}

static enum fa_detection detection_of(const struct ndpi_flow_struct *flow, ndpi_protocol protocol)
{
	if (!is_known(protocol))
		return FA_DETECTED_NONE;
	switch (flow->confidence) {
	case NDPI_CONFIDENCE_DPI:
		/* nDPI 4.2 keeps which application the peers of a STUN exchange had before, and does
		 * not tell when it used that: such an answer may rest on other flows. */
		if (protocol.master_protocol == NDPI_PROTOCOL_STUN ||
		    protocol.app_protocol == NDPI_PROTOCOL_STUN)
			return FA_DETECTED_DPI_PARTIAL;
		return FA_DETECTED_DPI;
	case NDPI_CONFIDENCE_DPI_CACHE:
		return FA_DETECTED_DPI_PARTIAL;
	case NDPI_CONFIDENCE_MATCH_BY_PORT:
		return FA_DETECTED_PORT_GUESS;
	case NDPI_CONFIDENCE_MATCH_BY_IP:
		return FA_DETECTED_ADDRESS_GUESS;
	case NDPI_CONFIDENCE_UNKNOWN:
	case NDPI_CONFIDENCE_MAX:
		break;
	}
	return FA_DETECTED_PORT_GUESS;
}

/* The host name asked for, where the field means the server's name. */
static void copy_host(const char *protocol, const struct ndpi_flow_struct *flow,
		      struct fa_inspection *out)
{
	static const char *const protocols[] = {"TLS", "QUIC", "DTLS", "HTTP", "DoH_DoT"};
	size_t len = strnlen(flow->host_server_name, sizeof(flow->host_server_name));
	const char *colon;

	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (strcmp(protocol, protocols[i]) != 0)
			continue;
		if (len >= sizeof(out->host))
			len = sizeof(out->host) - 1;
		memcpy(out->host, flow->host_server_name, len);
		/* "name:port" in HTTP (RFC 9110 section 7.2); "[v6]:port" keeps its brackets. */
		colon = memchr(out->host, ':', len);
		if (colon != NULL && out->host[0] != '[' && strchr(colon + 1, ':') == NULL)
			memset(out->host + (colon - out->host), 0,
			       sizeof(out->host) - (size_t)(colon - out->host));
		/* nDPI 4.2 cuts "[2001:db8::1]" at its first colon: half an address is no name. */
		if (out->host[0] == '[' && strchr(out->host, ']') == NULL)
			memset(out->host, 0, sizeof(out->host));
		return;
	}
}

static void name(struct fa_classifier *classifier, char *out, u_int16_t id)
{
	fa_text_copy(out, FA_PROTOCOL_TEXT, ndpi_get_proto_name(classifier->module, id));
}

static void describe(struct fa_classifier *classifier, const struct state *state,
		     struct fa_inspection *out)
{
	ndpi_protocol protocol = state->result;
	u_int16_t master = protocol.master_protocol != NDPI_PROTOCOL_UNKNOWN
				   ? protocol.master_protocol
				   : protocol.app_protocol;

	name(classifier, out->protocol, master);
	if (protocol.app_protocol != master && protocol.app_protocol != NDPI_PROTOCOL_UNKNOWN)
		name(classifier, out->application, protocol.app_protocol);
	out->detected_by = (uint8_t)detection_of(&state->flow, protocol);
	copy_host(out->protocol, &state->flow, out);
}

/* Our own knowledge after nDPI's: mistakes it is known for, and catalogs' signatures. */
static void refine(struct fa_classifier *classifier, const struct state *state, uint8_t transport,
		   struct fa_inspection *out)
{
	const struct fa_signature *signature;
	const char *really = fa_payload_correct(out->protocol, transport, &state->first);

	if (really != NULL) {
		memset(out, 0, sizeof(*out));
		fa_text_copy(out->protocol, sizeof(out->protocol), really);
		out->detected_by = FA_DETECTED_SIGNATURE;
	} else if (!fa_detection_is_seen(out->detected_by)) {
		signature =
			fa_payload_signature(classifier->options.book, transport, &state->first);
		if (signature != NULL) {
			memset(out, 0, sizeof(*out));
			fa_text_copy(out->protocol, sizeof(out->protocol), signature->name);
			out->detected_by = FA_DETECTED_SIGNATURE;
		}
	}
	if (fa_detection_is_seen(out->detected_by))
		out->client_side = fa_payload_client(out->protocol, transport, &state->first);
}

/* A packet of the flow without payload, as its first sender would have sent it. */
static size_t bare_packet(const struct fa_packet *like, uint8_t *bytes)
{
	size_t transport_len = like->transport == FA_IP_TCP ? 20 : 8;
	size_t ip_len = like->ip_version == 4 ? 20 : 40;
	uint16_t ports[2] = {htons(like->src_port), htons(like->dst_port)};
	uint8_t *transport = bytes + ip_len;

	memset(bytes, 0, ip_len + transport_len);
	if (like->ip_version == 4) {
		bytes[0] = 0x45;
		bytes[3] = (uint8_t)(ip_len + transport_len);
		bytes[8] = 64;
		bytes[9] = like->transport;
		memcpy(bytes + 12, like->src, 4);
		memcpy(bytes + 16, like->dst, 4);
	} else {
		bytes[0] = 0x60;
		bytes[5] = (uint8_t)transport_len;
		bytes[6] = like->transport;
		bytes[7] = 64;
		memcpy(bytes + 8, like->src, 16);
		memcpy(bytes + 24, like->dst, 16);
	}
	memcpy(transport, ports, sizeof(ports));
	if (like->transport == FA_IP_TCP) {
		transport[12] = 5 << 4;
		transport[13] = FA_TCP_SYN;
	} else {
		transport[5] = 8;
	}
	return ip_len + transport_len;
}

/* No payload was seen: only addresses and ports are left, from which nDPI can guess. */
static void guess_bare(struct fa_classifier *classifier, struct state *state,
		       const struct fa_packet *like)
{
	uint8_t bytes[40 + 20];
	size_t len;

	if (like->transport != FA_IP_TCP && like->transport != FA_IP_UDP)
		return;
	len = bare_packet(like, bytes);
	state->result = process(classifier, state, bytes, len, 0);
}

static void end(void *context, void *state_pointer, const struct fa_packet *like,
		struct fa_inspection *out)
{
	struct fa_classifier *classifier = context;
	struct state *state = state_pointer;
	u_int8_t guessed = 0;

	memset(out, 0, sizeof(*out));
	if (state == NULL) {
		state = begin(classifier);
		if (state != NULL)
			guess_bare(classifier, state, like);
	}
	if (state == NULL) {
		fa_text_copy(out->protocol, sizeof(out->protocol), "Unknown");
		out->detected_by = FA_DETECTED_NONE;
		return;
	}
	if (!is_known(state->result))
		state->result = ndpi_detection_giveup(classifier->module, &state->flow, 1,
						      &guessed);
	describe(classifier, state, out);
	refine(classifier, state, like->transport, out);
	release(classifier, state);
}

struct fa_inspector fa_classifier_inspector(struct fa_classifier *classifier)
{
	return (struct fa_inspector){
		.context = classifier,
		.begin = begin,
		.packet = take_packet,
		.end = end,
		.dns = fa_dns_read,
	};
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct fa_strings fa_classifier_protocols(void)
{
	static char texts[NDPI_MAX_SUPPORTED_PROTOCOLS + NDPI_MAX_NUM_CUSTOM_PROTOCOLS]
			 [FA_PROTOCOL_TEXT];
	static const char *names[NDPI_MAX_SUPPORTED_PROTOCOLS + NDPI_MAX_NUM_CUSTOM_PROTOCOLS];
	static size_t count;
	struct ndpi_detection_module_struct *module;

	if (count == 0 && (module = module_new()) != NULL) {
		size_t supported = ndpi_get_num_supported_protocols(module);

		for (size_t i = 1; i < supported && count < sizeof(names) / sizeof(names[0]); i++) {
			fa_text_copy(texts[count], FA_PROTOCOL_TEXT,
				     ndpi_get_proto_name(module, (u_int16_t)i));
			names[count] = texts[count];
			count++;
		}
		qsort(names, count, sizeof(names[0]), compare_names);
		ndpi_exit_detection_module(module);
	}
	return (struct fa_strings){.items = names, .count = count};
}

const char *fa_classifier_version(void)
{
	return ndpi_revision();
}
