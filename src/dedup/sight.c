/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Digests of packets, and of how they look where they were seen. */
#include "dedup/sight.h"

#include <stddef.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum {
	/*
	 * Of what follows the IP header: the start, up to where XXH3 is fastest, and the end. A
	 * checksum of what is between is in there, if somebody has made one. Of TCP less will do,
	 * since its sequence numbers tell what the payload is: so copies that were cut to different
	 * lengths are known, and long ones are not fetched into the cache for this.
	 */
	START_MAX = 240,
	START_TCP = 64,
	END = 16,
	IP6_HEADER = 40,
	/* The longest link header that is compared. */
	LINK_MAX = 64,
	/* Of its header. */
	ETHERNET = 14,
};

/* Where the IP header ends; extension headers are a part of what follows. */
static size_t header_bytes(const struct fa_packet *packet, const uint8_t *ip_bytes)
{
	size_t len = packet->ip_version == 4 ? (ip_bytes[0] & 0x0fu) * 4u : IP6_HEADER;

	return len < packet->captured ? len : packet->captured;
}

/* The offset of a fragment and whether more follow (RFC 791); IPv6 has it behind the header. */
static uint32_t fragment_part(const struct fa_packet *packet, const uint8_t *ip_bytes)
{
	if (packet->ip_version != 4 || packet->captured < 8)
		return 0;
	return (uint32_t)(ip_bytes[6] & 0x3f) << 8 | ip_bytes[7];
}

/* Of the bytes behind the IP header, what is compared; returns how many bytes that is. */
static size_t put_body(uint8_t out[START_TCP], const uint8_t *body, size_t len, bool is_tcp,
		       uint64_t seed)
{
	uint64_t start;

	if (len < START_TCP) {
		memcpy(out, body, len);
		return len;
	}
	if (is_tcp || len == START_TCP) {
		memcpy(out, body, START_TCP);
		return START_TCP;
	}
	start = XXH3_64bits_withSeed(body, len < START_MAX ? len : START_MAX, seed);
	memcpy(out, &start, sizeof(start));
	memcpy(&out[sizeof(start)], &body[len - END], END);
	return sizeof(start) + END;
}

static uint64_t digest_of(const struct fa_packet *packet, const uint8_t *ip_bytes, uint64_t seed,
			  bool key_vlan)
{
	struct {
		uint64_t pair; /* with the tunnel and its tenant, but the same both ways */
		uint8_t src[16];
		uint32_t ip_bytes, fragment_id;
		uint32_t fragment, transport;
		uint32_t vlans, reserved;
		uint8_t body[START_TCP];
	} same;
	size_t header = header_bytes(packet, ip_bytes);
	bool is_tcp =
		packet->transport == FA_IP_TCP && (packet->flags & FA_PACKET_FRAGMENT_LATER) == 0;
	size_t len;

	same.pair = packet->pair_hash;
	memcpy(same.src, packet->src, sizeof(same.src));
	same.ip_bytes = packet->ip_bytes;
	same.fragment_id = packet->fragment_id;
	same.fragment = fragment_part(packet, ip_bytes);
	same.transport = packet->transport;
	same.vlans = key_vlan ? (uint32_t)packet->vlan[0] << 16 | packet->vlan[1] : 0;
	same.reserved = 0;
	len = put_body(same.body, &ip_bytes[header], packet->captured - header, is_tcp, seed);
	return XXH3_64bits_withSeed(&same, offsetof(__typeof__(same), body) + len, seed);
}

/*
 * Bytes at the start of a frame in which nothing counts packets or tells the time; -1: no such
 * link type, as of radio, where headers do.
 */
static int steady_bytes(int link_type)
{
	switch (link_type) {
	case 1: /* ETHERNET */
		return ETHERNET;
	case 113: /* LINUX_SLL */
		return 16;
	case 276: /* LINUX_SLL2 */
		return 20;
	case 0: /* NULL, LOOP, PPP, PPP_HDLC, C_HDLC */
	case 108:
	case 9:
	case 50:
	case 104:
		return 4;
	case 51: /* PPP_ETHER */
		return 6;
	case 12: /* raw IP */
	case 14:
	case 101:
	case 228:
	case 229:
		return 0;
	default:
		return -1;
	}
}

/* Wrappings that may hold an IP header of their own, or a number of each packet. */
static bool is_wrapped(const struct fa_packet *packet)
{
	static const uint32_t steady =
		UINT32_C(1) << FA_TUNNEL_VLAN | UINT32_C(1) << FA_TUNNEL_PPPOE |
		UINT32_C(1) << FA_TUNNEL_VN_TAG | UINT32_C(1) << FA_TUNNEL_E_TAG |
		UINT32_C(1) << FA_TUNNEL_FABRICPATH | UINT32_C(1) << FA_TUNNEL_TRILL |
		UINT32_C(1) << FA_TUNNEL_PBB | UINT32_C(1) << FA_TUNNEL_AH;

	return (packet->layers & ~steady) != 0 ||
	       (packet->tunnel != FA_TUNNEL_NONE && (fa_layer_bit(packet->tunnel) & ~steady) != 0);
}

/* Whether an Ethernet header stands right before the innermost IP header, in a tunnel. */
static bool has_inner_ethernet(const struct fa_packet *packet)
{
	switch (packet->tunnel) {
	case FA_TUNNEL_NONE:
		return (packet->layers & fa_layer_bit(FA_TUNNEL_ERSPAN)) != 0;
	case FA_TUNNEL_VXLAN:
	case FA_TUNNEL_NVGRE:
	case FA_TUNNEL_ETHERIP:
		return true;
	default:
		return false;
	}
}

/* Where the header behind Ethernet and its VLAN tags begins. */
static size_t behind_tags(const uint8_t *data, size_t before)
{
	size_t at = ETHERNET;

	while (at + 4 <= before && ((data[at - 2] == 0x81 && data[at - 1] == 0x00) ||
				    (data[at - 2] == 0x88 && data[at - 1] == 0xa8)))
		at += 4;
	return at;
}

/* The addresses of an IP header that follows Ethernet, BEFORE bytes of which are not the innermost
 * one's; returns how many bytes they are. */
static size_t put_outer(uint8_t out[32], const uint8_t *data, size_t before)
{
	size_t at = behind_tags(data, before);
	bool is_ip4 = data[at - 2] == 0x08 && data[at - 1] == 0x00;
	bool is_ip6 = data[at - 2] == 0x86 && data[at - 1] == 0xdd;
	size_t from = at + (is_ip4 ? 12 : 8);
	size_t len = is_ip4 ? 8 : 32;

	if ((!is_ip4 && !is_ip6) || from + len > before)
		return 0;
	memcpy(out, &data[from], len);
	return len;
}

/*
 * Of a tunnel: the links outside and inside and the ends of the tunnel. The headers between them
 * have numbers of their own for each packet.
 */
static uint32_t wrapped_view(const struct fa_frame *frame, const struct fa_packet *packet,
			     size_t before, size_t steady, uint64_t seed)
{
	uint8_t bytes[24 + sizeof(packet->vlan) + 32 + ETHERNET] = {0};
	size_t len = steady < before ? steady : before;

	memcpy(bytes, frame->data, len);
	memcpy(&bytes[len], packet->vlan, sizeof(packet->vlan));
	len += sizeof(packet->vlan);
	if (steady == ETHERNET && before >= ETHERNET)
		len += put_outer(&bytes[len], frame->data, before);
	if (has_inner_ethernet(packet) && before >= ETHERNET) {
		memcpy(&bytes[len], &frame->data[before - ETHERNET], ETHERNET);
		len += ETHERNET;
	}
	return (uint32_t)XXH3_64bits_withSeed(bytes, len, seed);
}

static uint32_t view_of(const struct fa_frame *frame, const struct fa_packet *packet,
			const uint8_t *ip_bytes, uint64_t seed)
{
	size_t before = (size_t)(ip_bytes - frame->data);
	int steady = steady_bytes(frame->link_type);

	seed ^= (uint64_t)frame->interface << 32 | (uint64_t)packet->ttl << 8 | 1;
	if (steady < 0)
		return wrapped_view(frame, packet, before, 0, seed);
	if (is_wrapped(packet))
		return wrapped_view(frame, packet, before, (size_t)steady, seed);
	return (uint32_t)XXH3_64bits_withSeed(frame->data, before < LINK_MAX ? before : LINK_MAX,
					      seed);
}

void sight_of(struct sight *sight, const struct fa_frame *frame, const struct fa_packet *packet,
	      const uint8_t *ip_bytes, uint64_t seed, bool key_vlan)
{
	sight->digest = digest_of(packet, ip_bytes, seed, key_vlan);
	sight->pair = (uint32_t)(packet->pair_hash >> 32);
	sight->ip_bytes = packet->ip_bytes;
	sight->view = view_of(frame, packet, ip_bytes, seed);
}

/* Data has a number of its own (RFC 9260 section 3.3.1, RFC 8260 section 2.1), INIT a random tag.
 */
static bool is_sctp_marked(const struct fa_packet *packet, const uint8_t *ip_bytes)
{
	enum { DATA = 0, INIT = 1, I_DATA = 64 };
	uint8_t chunk;

	if (packet->payload_offset >= packet->captured)
		return false;
	chunk = ip_bytes[packet->payload_offset];
	return chunk == DATA || chunk == INIT || chunk == I_DATA;
}

bool sight_is_marked(const struct fa_packet *packet, const uint8_t *ip_bytes)
{
	enum { ESP = 50 }; /* a number for each packet (RFC 4303 section 2.2) */

	if (packet->fragment_id != 0 ||
	    (packet->flags & (FA_PACKET_FRAGMENT_FIRST | FA_PACKET_FRAGMENT_LATER)) != 0)
		return true;
	switch (packet->transport) {
	case FA_IP_TCP:
		return packet->payload_bytes > 0 ||
		       (packet->tcp_flags & (FA_TCP_SYN | FA_TCP_FIN)) != 0;
	case FA_IP_SCTP:
		return is_sctp_marked(packet, ip_bytes);
	default:
		return packet->transport == ESP;
	}
}
