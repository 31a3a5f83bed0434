/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What DNS tells who is who. Only what the same flow has asked before is believed: an answer must
 * come from where the question went, with its transaction id, its type and its name (RFC 5452
 * section 9.1). Who cannot see the question has to guess the id and a port, as with the client
 * itself; who can see it could have answered the client, too.
 *
 * DNS over TCP is read as far as whole messages stand in one segment (RFC 7766 section 8); streams
 * are not put together.
 */
#include "flow/internal.h"

#include <string.h>

#include "base/cursor.h"

enum { SEGMENT_MESSAGES = 8 };

void fa_flow_forget_asked(struct fa_flows *flows, const struct flow *flow)
{
	struct flow_asked *asked = &flows->table.asked[fa_flow_index(&flows->table, flow)];

	memset(asked, 0, sizeof(*asked));
}

/* Which question this is, when SIDE asks it; never 0. */
static uint32_t mark_of(const struct fa_flows *flows, const struct fa_name_message *message,
			uint8_t side)
{
	uint8_t bytes[5 + FA_HOST_TEXT] = {
		side,
		(uint8_t)(message->id >> 8),
		(uint8_t)message->id,
		(uint8_t)(message->type >> 8),
		(uint8_t)message->type,
	};
	size_t len = strlen(message->host);
	uint32_t mark;

	memcpy(&bytes[5], message->host, len);
	mark = (uint32_t)fa_siphash(&flows->asked_key, bytes, 5 + len);
	return mark == 0 ? 1 : mark;
}

static uint32_t *find(struct flow_asked *asked, uint32_t mark)
{
	for (size_t i = 0; i < FLOW_ASKED; i++)
		if (asked->marks[i] == mark)
			return &asked->marks[i];
	return NULL;
}

static void ask(struct flow_asked *asked, uint32_t mark)
{
	if (find(asked, mark) != NULL)
		return; /* asked again */
	asked->marks[asked->next] = mark;
	asked->next = (asked->next + 1) % FLOW_ASKED;
}

static int hand_on(struct fa_flows *flows, const struct fa_packet *packet,
		   const struct fa_name_message *message)
{
	struct fa_name_answer answer;
	int error = 0;

	memset(&answer, 0, sizeof(answer));
	answer.ts_ns = packet->ts_ns;
	answer.client = fa_packet_addr(packet->dst, packet->ip_version);
	answer.resolver = fa_packet_addr(packet->src, packet->ip_version);
	memcpy(answer.host, message->host, strlen(message->host));
	for (size_t i = 0; i < message->count && error == 0; i++) {
		answer.address = message->addresses[i];
		answer.ttl_s = message->ttl_s[i];
		error = flows->sink.name(flows->sink.context, &answer);
	}
	return error;
}

static int hear_message(struct fa_flows *flows, const struct flow *flow,
			const struct fa_packet *packet, const uint8_t *bytes, size_t len,
			uint8_t side)
{
	struct flow_asked *asked = &flows->table.asked[fa_flow_index(&flows->table, flow)];
	struct fa_name_message message;
	uint32_t *mark;

	if (!flows->inspector.dns(bytes, len, &message))
		return 0;
	if ((message.is_answer ? packet->src_port : packet->dst_port) != FA_FLOW_DNS_PORT)
		return 0;
	if (!message.is_answer) {
		ask(asked, mark_of(flows, &message, side));
		return 0;
	}
	mark = find(asked, mark_of(flows, &message, 1 - side));
	if (mark == NULL)
		return 0;
	*mark = 0; /* the first answer is what the client takes */
	return hand_on(flows, packet, &message);
}

int fa_flow_hear_names(struct fa_flows *flows, const struct flow *flow,
		       const struct fa_packet *packet, const uint8_t *ip_bytes, uint8_t side)
{
	struct fa_cursor c = fa_cursor(ip_bytes, packet->captured);
	int error = 0;

	fa_cursor_skip(&c, packet->payload_offset);
	fa_cursor_limit(&c, packet->payload_bytes);
	if (packet->transport == FA_IP_UDP) {
		size_t len = fa_cursor_left(&c);
		const uint8_t *bytes = fa_cursor_take(&c, len);

		return len == 0 ? 0 : hear_message(flows, flow, packet, bytes, len, side);
	}
	for (int i = 0; i < SEGMENT_MESSAGES && fa_cursor_left(&c) > 0 && error == 0; i++) {
		size_t len = fa_cursor_u16(&c); /* RFC 1035 section 4.2.2 */
		const uint8_t *bytes = fa_cursor_take(&c, len);

		if (bytes == NULL)
			break;
		error = hear_message(flows, flow, packet, bytes, len, side);
	}
	return error;
}
