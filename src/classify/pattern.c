/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Patterns over the first payload of each side of a flow. */
#include "classify/pattern.h"

#include <string.h>

bool fa_pattern_matches(const struct fa_pattern *pattern, const struct fa_first_payload *first,
			unsigned side)
{
	if (pattern->len == 0 || pattern->len > first->len[side])
		return false;
	for (size_t i = 0; i < pattern->len; i++)
		if (((first->bytes[side][i] ^ pattern->bytes[i]) & pattern->mask[i]) != 0)
			return false;
	return true;
}

/* One byte, or a short text, at an offset, that only one side sends. */
struct hint {
	const char *protocol;
	uint8_t transport;
	uint8_t offset;
	uint8_t mask; /* of every byte */
	const char *bytes;
	uint8_t len;
	bool client;
};

#define TEXT(text) (text), sizeof(text) - 1

static const struct hint hints[] = {
	/* TLS handshake type 1 client_hello, 2 server_hello (RFC 8446 section 4, 5.1) */
	{"TLS", FA_IP_TCP, 5, 0xff, TEXT("\x01"), true},
	{"TLS", FA_IP_TCP, 5, 0xff, TEXT("\x02"), false},
	/* RFC 9112 section 2.1, RFC 9110 section 9 */
	{"HTTP", FA_IP_TCP, 0, 0xff, TEXT("HTTP/"), false},
	{"HTTP", FA_IP_TCP, 0, 0xff, TEXT("GET "), true},
	{"HTTP", FA_IP_TCP, 0, 0xff, TEXT("HEAD "), true},
	{"HTTP", FA_IP_TCP, 0, 0xff, TEXT("POST "), true},
	{"HTTP", FA_IP_TCP, 0, 0xff, TEXT("PUT "), true},
	{"HTTP", FA_IP_TCP, 0, 0xff, TEXT("DELETE "), true},
	{"HTTP", FA_IP_TCP, 0, 0xff, TEXT("OPTIONS "), true},
	{"HTTP", FA_IP_TCP, 0, 0xff, TEXT("CONNECT "), true},
	{"HTTP", FA_IP_TCP, 0, 0xff, TEXT("PATCH "), true},
	/* DNS header bit QR (RFC 1035 section 4.1.1); over TCP two bytes of length before it */
	{"DNS", FA_IP_UDP, 2, 0x80, TEXT("\x00"), true},
	{"DNS", FA_IP_UDP, 2, 0x80, TEXT("\x80"), false},
	{"DNS", FA_IP_TCP, 4, 0x80, TEXT("\x00"), true},
	{"DNS", FA_IP_TCP, 4, 0x80, TEXT("\x80"), false},
	/* NTP mode 3 client, 4 server (RFC 5905 section 7.3) */
	{"NTP", FA_IP_UDP, 0, 0x07, TEXT("\x03"), true},
	{"NTP", FA_IP_UDP, 0, 0x07, TEXT("\x04"), false},
	/* BOOTP op (RFC 2131 section 2); DHCPv6 advertise and reply (RFC 8415 section 7.3) */
	{"DHCP", FA_IP_UDP, 0, 0xff, TEXT("\x01"), true},
	{"DHCP", FA_IP_UDP, 0, 0xff, TEXT("\x02"), false},
	{"DHCPV6", FA_IP_UDP, 0, 0xff, TEXT("\x01"), true},
	{"DHCPV6", FA_IP_UDP, 0, 0xff, TEXT("\x02"), false},
	{"DHCPV6", FA_IP_UDP, 0, 0xff, TEXT("\x07"), false},
	/* RADIUS codes (RFC 2865 section 3, RFC 2866 section 3) */
	{"Radius", FA_IP_UDP, 0, 0xff, TEXT("\x01"), true},
	{"Radius", FA_IP_UDP, 0, 0xff, TEXT("\x04"), true},
	{"Radius", FA_IP_UDP, 0, 0xff, TEXT("\x02"), false},
	{"Radius", FA_IP_UDP, 0, 0xff, TEXT("\x03"), false},
	{"Radius", FA_IP_UDP, 0, 0xff, TEXT("\x05"), false},
	/* Syslog goes one way: who sends is the client (RFC 5426) */
	{"Syslog", FA_IP_UDP, 0, 0xff, TEXT("<"), true},
	{"Syslog", FA_IP_TCP, 0, 0xff, TEXT("<"), true},
	/* Servers that speak first (RFC 5321, RFC 959, RFC 1939, RFC 3501) */
	{"SMTP", FA_IP_TCP, 0, 0xff, TEXT("220"), false},
	{"SMTP", FA_IP_TCP, 0, 0xff, TEXT("EHLO"), true},
	{"SMTP", FA_IP_TCP, 0, 0xff, TEXT("HELO"), true},
	{"FTP_CONTROL", FA_IP_TCP, 0, 0xff, TEXT("220"), false},
	{"FTP_CONTROL", FA_IP_TCP, 0, 0xff, TEXT("USER "), true},
	{"POP3", FA_IP_TCP, 0, 0xff, TEXT("+OK"), false},
	{"IMAP", FA_IP_TCP, 0, 0xff, TEXT("* OK"), false},
	/* MySQL protocol version 10 in the server's greeting (MySQL internals, Handshake V10) */
	{"MySQL", FA_IP_TCP, 4, 0xff, TEXT("\x0a"), false},
	/* PostgreSQL start-up message, protocol 3.0; SSLRequest; authentication (chapter 55.7) */
	{"PostgreSQL", FA_IP_TCP, 4, 0xff, TEXT("\x00\x03\x00\x00"), true},
	{"PostgreSQL", FA_IP_TCP, 4, 0xff, TEXT("\x04\xd2\x16\x2f"), true},
	{"PostgreSQL", FA_IP_TCP, 0, 0xff, TEXT("R\x00\x00\x00"), false},
	/* TDS packet types ([MS-TDS] section 2.2.3.1.1): 1 batch, 16 login, 18 pre-login, 4 result */
	{"MsSQL-TDS", FA_IP_TCP, 0, 0xff, TEXT("\x12"), true},
	{"MsSQL-TDS", FA_IP_TCP, 0, 0xff, TEXT("\x10"), true},
	{"MsSQL-TDS", FA_IP_TCP, 0, 0xff, TEXT("\x04"), false},
	/* TPKT with X.224 connection request 0xe0 and confirm 0xd0 ([MS-RDPBCGR] section 2.2.1) */
	{"RDP", FA_IP_TCP, 5, 0xff, TEXT("\xe0"), true},
	{"RDP", FA_IP_TCP, 5, 0xff, TEXT("\xd0"), false},
	/* Kerberos application tags: 10 AS-REQ, 12 TGS-REQ; 11, 13 answers, 30 error (RFC 4120) */
	{"Kerberos", FA_IP_UDP, 0, 0xff, TEXT("\x6a"), true},
	{"Kerberos", FA_IP_UDP, 0, 0xff, TEXT("\x6c"), true},
	{"Kerberos", FA_IP_UDP, 0, 0xff, TEXT("\x6b"), false},
	{"Kerberos", FA_IP_UDP, 0, 0xff, TEXT("\x6d"), false},
	{"Kerberos", FA_IP_UDP, 0, 0xff, TEXT("\x7e"), false},
	{"Kerberos", FA_IP_TCP, 4, 0xff, TEXT("\x6a"), true},
	{"Kerberos", FA_IP_TCP, 4, 0xff, TEXT("\x6c"), true},
	{"Kerberos", FA_IP_TCP, 4, 0xff, TEXT("\x6b"), false},
	{"Kerberos", FA_IP_TCP, 4, 0xff, TEXT("\x6d"), false},
	{"Kerberos", FA_IP_TCP, 4, 0xff, TEXT("\x7e"), false},
	/* LDAP bind and search request, and their answers, short lengths (RFC 4511 section 4) */
	{"LDAP", FA_IP_TCP, 5, 0xff, TEXT("\x60"), true},
	{"LDAP", FA_IP_TCP, 5, 0xff, TEXT("\x63"), true},
	{"LDAP", FA_IP_TCP, 5, 0xff, TEXT("\x61"), false},
	{"LDAP", FA_IP_TCP, 5, 0xff, TEXT("\x64"), false},
	/* MQTT CONNECT and CONNACK (MQTT 3.1.1 section 2.2.1) */
	{"MQTT", FA_IP_TCP, 0, 0xff, TEXT("\x10"), true},
	{"MQTT", FA_IP_TCP, 0, 0xff, TEXT("\x20"), false},
	/* The client opens with the protocol header (AMQP 0-9-1 section 4.2.2) */
	{"AMQP", FA_IP_TCP, 0, 0xff, TEXT("AMQP"), true},
	/* RESP: commands are arrays; simple strings, errors and bulks answer (Redis protocol spec) */
	{"Redis", FA_IP_TCP, 0, 0xff, TEXT("*"), true},
	{"Redis", FA_IP_TCP, 0, 0xff, TEXT("+"), false},
	{"Redis", FA_IP_TCP, 0, 0xff, TEXT("-"), false},
	{"Redis", FA_IP_TCP, 0, 0xff, TEXT("$"), false},
	{"RTSP", FA_IP_TCP, 0, 0xff, TEXT("RTSP/"), false},
};

static bool hint_matches(const struct hint *hint, const struct fa_first_payload *first,
			 unsigned side)
{
	if ((size_t)hint->offset + hint->len > first->len[side])
		return false;
	for (size_t i = 0; i < hint->len; i++)
		if ((first->bytes[side][hint->offset + i] & hint->mask) != (uint8_t)hint->bytes[i])
			return false;
	return true;
}

int8_t fa_payload_client(const char *protocol, uint8_t transport,
			 const struct fa_first_payload *first)
{
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		const struct hint *hint = &hints[i];

		if (hint->transport != transport || strcmp(hint->protocol, protocol) != 0)
			continue;
		for (unsigned side = 0; side < 2; side++)
			if (hint_matches(hint, first, side))
				return (side == 0) == hint->client ? 1 : -1;
	}
	return 0;
}

/*
 * A simple LDAP bind (RFC 4511 section 4.2): sequence, message id, [APPLICATION 0], version 3 or 2.
 * nDPI 4.2 takes the 0x30 for an MQTT PUBLISH.
 */
static bool is_ldap(const struct fa_first_payload *first)
{
	for (unsigned side = 0; side < 2; side++) {
		const uint8_t *b = first->bytes[side];
		bool is_short = first->len[side] >= 7 && b[0] == 0x30 && b[1] < 0x80 &&
				b[2] == 0x02 && b[3] == 0x01;

		/* bind, unbind, search, modify, add, delete, extended; and their answers */
		if (is_short && ((b[5] & 0xe0) == 0x60 || b[5] == 0x42 || b[5] == 0x4a))
			return true;
	}
	return false;
}

/*
 * An SNMP message (RFC 3416 section 3, RFC 3412 section 6): sequence, version 0, 1 or 3, then the
 * community or the header of version 3. nDPI 4.2 looks for it on UDP only, and over TCP takes the
 * 0x30 for an MQTT PUBLISH.
 */
static bool is_snmp(const struct fa_first_payload *first)
{
	for (unsigned side = 0; side < 2; side++) {
		const uint8_t *b = first->bytes[side];
		size_t at = first->len[side] >= 2 && b[1] == 0x82 ? 4 : b[1] == 0x81 ? 3 : 2;

		if (first->len[side] >= at + 4 && b[0] == 0x30 && b[at] == 0x02 &&
		    b[at + 1] == 0x01 && (b[at + 2] <= 1 || b[at + 2] == 3) &&
		    b[at + 3] == (b[at + 2] == 3 ? 0x30 : 0x04))
			return true;
	}
	return false;
}

const char *fa_payload_correct(const char *claimed, uint8_t transport,
			       const struct fa_first_payload *first)
{
	static const struct {
		const char *claimed;
		uint8_t transport;
		bool (*is_really)(const struct fa_first_payload *first);
		const char *name;
	} corrections[] = {
		{"MQTT", FA_IP_TCP, is_ldap, "LDAP"},
		{"MQTT", FA_IP_TCP, is_snmp, "SNMP"},
	};

	for (size_t i = 0; i < sizeof(corrections) / sizeof(corrections[0]); i++)
		if (corrections[i].transport == transport &&
		    strcmp(corrections[i].claimed, claimed) == 0 && corrections[i].is_really(first))
			return corrections[i].name;
	return NULL;
}

static bool any_matches(const struct fa_pattern *patterns, size_t count,
			const struct fa_first_payload *first, unsigned side)
{
	for (size_t i = 0; i < count; i++)
		if (fa_pattern_matches(&patterns[i], first, side))
			return true;
	return false;
}

/* With CLIENT as the client: what was seen of each side must fit, and something must. */
static bool signature_fits(const struct fa_signature *signature,
			   const struct fa_first_payload *first, unsigned client)
{
	unsigned server = 1 - client;
	bool client_fits =
		any_matches(signature->client, signature->client_count, first, client);
	bool server_fits =
		any_matches(signature->server, signature->server_count, first, server);

	if (signature->client_count > 0 && first->len[client] > 0 && !client_fits)
		return false;
	if (signature->server_count > 0 && first->len[server] > 0 && !server_fits)
		return false;
	return client_fits || server_fits;
}

const struct fa_signature *fa_payload_signature(const struct fa_rulebook *book, uint8_t transport,
						const struct fa_first_payload *first)
{
	unsigned bit = fa_rule_transport_bit(transport);

	for (size_t p = 0; book != NULL && p < book->product_count; p++) {
		const struct fa_product *product = &book->products[p];

		for (size_t i = 0; i < product->signature_count; i++) {
			const struct fa_signature *signature = &product->signatures[i];

			if ((signature->transports & bit) != 0 &&
			    (signature_fits(signature, first, 0) ||
			     signature_fits(signature, first, 1)))
				return signature;
		}
	}
	return NULL;
}
