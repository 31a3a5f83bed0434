/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packets with real headers for inspection, and what came of them. */
#ifndef TESTS_CLASSIFY_WIRE_H
#define TESTS_CLASSIFY_WIRE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "classify/classify.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BYTES(text)  (text), sizeof(text) - 1

/* One side's words in a flow. FORWARD: from the sender of the flow's first packet. */
struct words {
	bool forward;
	const char *bytes;
	size_t len;
};

struct wire {
	uint8_t transport;
	uint16_t port, peer; /* of the first sender, of the other */
	uint8_t host;	     /* last byte of the first sender's address */
	uint32_t seq[2];
	int64_t ts_ns;
	uint8_t bytes[2048];
	struct fa_packet packet;
};

static inline void put16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static inline void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

/* The next packet of the flow (RFC 791, 9293, 768; checksums stay zero). */
static inline void wire_packet(struct wire *wire, const struct words *words)
{
	size_t header = wire->transport == FA_IP_TCP ? 20 : 8;
	size_t total = 20 + header + words->len;
	uint8_t *ip = wire->bytes, *l4 = wire->bytes + 20;
	const uint8_t from[4] = {10, 1, 0, words->forward ? wire->host : 250};
	const uint8_t to[4] = {10, 1, 0, words->forward ? 250 : wire->host};
	struct fa_packet *packet = &wire->packet;

	assert_true(total <= sizeof(wire->bytes));
	memset(wire->bytes, 0, sizeof(wire->bytes));
	memset(packet, 0, sizeof(*packet));
	ip[0] = 0x45;
	put16(ip + 2, total);
	ip[8] = 64;
	ip[9] = wire->transport;
	memcpy(ip + 12, from, 4);
	memcpy(ip + 16, to, 4);
	put16(l4, words->forward ? wire->port : wire->peer);
	put16(l4 + 2, words->forward ? wire->peer : wire->port);
	if (wire->transport == FA_IP_TCP) {
		put32(l4 + 4, wire->seq[words->forward]);
		put32(l4 + 8, wire->seq[!words->forward]);
		l4[12] = 5 << 4;
		l4[13] = FA_TCP_PSH | FA_TCP_ACK;
		put16(l4 + 14, 65000);
		wire->seq[words->forward] += (uint32_t)words->len;
	} else {
		put16(l4 + 4, 8 + words->len);
	}
	memcpy(l4 + header, words->bytes, words->len);
	memcpy(packet->src, from, 4);
	memcpy(packet->dst, to, 4);
	packet->src_port = words->forward ? wire->port : wire->peer;
	packet->dst_port = words->forward ? wire->peer : wire->port;
	packet->ip_version = 4;
	packet->transport = wire->transport;
	packet->ip_bytes = packet->captured = (uint32_t)total;
	packet->payload_offset = (uint32_t)(20 + header);
	packet->payload_bytes = (uint32_t)words->len;
	packet->ts_ns = wire->ts_ns += 1000000;
}

/* Says it all, up to where inspection has enough, and asks for the result. */
static inline struct fa_inspection hear(const struct fa_inspector *inspector, struct wire *wire,
					const struct words *words, size_t count)
{
	struct fa_inspection out;
	struct fa_packet like = {.transport = wire->transport, .ip_version = 4,
				 .src = {10, 1, 0, wire->host}, .dst = {10, 1, 0, 250},
				 .src_port = wire->port, .dst_port = wire->peer};
	void *state = count > 0 ? inspector->begin(inspector->context) : NULL;
	bool enough = false;

	for (size_t i = 0; i < count && !enough && state != NULL; i++) {
		wire_packet(wire, &words[i]);
		enough = inspector->packet(inspector->context, state, &wire->packet, wire->bytes,
					   words[i].forward);
	}
	memset(&out, 0xa5, sizeof(out));
	inspector->end(inspector->context, state, &like, &out);
	return out;
}

static inline struct wire wire_of(uint8_t transport, uint16_t port, uint16_t peer)
{
	return (struct wire){.transport = transport, .port = port, .peer = peer, .host = 1,
			     .ts_ns = 1700000000000000000, .seq = {1000, 2000}};
}

/* A TLS 1.2 ClientHello that asks for NAME (RFC 5246 section 7.4.1.2, RFC 6066 section 3). */
static inline struct words client_hello(const char *name, uint8_t *out)
{
	size_t name_len = strlen(name);
	uint8_t *p = out + 9;

	memset(out, 0, 256 + name_len);
	out[0] = 22; /* handshake */
	out[1] = 3;
	out[2] = 1;
	out[5] = 1; /* client_hello */
	*p++ = 3;
	*p++ = 3;
	for (int i = 0; i < 32; i++)
		*p++ = (uint8_t)(i * 7);
	*p++ = 0; /* no session */
	put16(p, 4);
	put16(p + 2, 0xc02f); /* TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 (RFC 5289) */
	put16(p + 4, 0xc030);
	p += 6;
	*p++ = 1;
	*p++ = 0;		 /* no compression */
	put16(p, name_len + 9); /* extensions */
	put16(p + 4, name_len + 5);
	put16(p + 6, name_len + 3);
	put16(p + 9, name_len);
	memcpy(p + 11, name, name_len);
	p += 11 + name_len;
	put16(out + 3, (size_t)(p - out) - 5);
	put16(out + 7, (size_t)(p - out) - 9);
	return (struct words){true, (const char *)out, (size_t)(p - out)};
}

#endif
