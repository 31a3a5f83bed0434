/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of packet properties. */
#include "core/packet.h"

#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/words.h"

#define FA_X(name, text) text,
static const char *const result_texts[] = {FA_DECODE_RESULTS(FA_X)};
static const char *const tunnel_texts[] = {FA_TUNNELS(FA_X)};
#undef FA_X

const char *fa_decode_result_text(enum fa_decode_result result)
{
	return fa_word(FA_WORDS(result_texts), result);
}

const char *fa_tunnel_text(enum fa_tunnel tunnel)
{
	return fa_word(FA_WORDS(tunnel_texts), tunnel);
}

int fa_tunnel_parse(const char *text)
{
	return fa_word_index(FA_WORDS(tunnel_texts), text);
}

static const struct {
	uint8_t number;
	const char *text;
} transports[] = {
	{FA_IP_TCP, "tcp"},   {FA_IP_UDP, "udp"},     {FA_IP_SCTP, "sctp"},
	{FA_IP_ICMP, "icmp"}, {FA_IP_ICMP6, "icmp6"},
};

const char *fa_transport_text(uint8_t transport, char *text)
{
	for (size_t i = 0; i < sizeof(transports) / sizeof(transports[0]); i++)
		if (transports[i].number == transport)
			return transports[i].text;
	snprintf(text, FA_TRANSPORT_TEXT, "ip-%u", transport);
	return text;
}

int fa_transport_parse(const char *text)
{
	uint64_t number;

	for (size_t i = 0; i < sizeof(transports) / sizeof(transports[0]); i++)
		if (strcmp(transports[i].text, text) == 0)
			return transports[i].number;
	if (strncmp(text, "ip-", 3) == 0 && fa_parse_u64(text + 3, 0, 255, &number) == 0)
		return (int)number;
	return -1;
}
