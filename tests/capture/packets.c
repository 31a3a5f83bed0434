/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests: packets made by hand, header by header. */
#include "packets.h"

#include <assert.h>
#include <string.h>

#define TTL 64

void packet_add(struct packet *packet, const void *bytes, unsigned len)
{
	assert(len <= sizeof(packet->bytes) - packet->len);
	memcpy(packet->bytes + packet->len, bytes, len);
	packet->len += len;
}

static void add16(struct packet *packet, uint16_t value)
{
	packet_add(packet, (uint8_t[]){(uint8_t)(value >> 8), (uint8_t)value}, 2);
}

static void add32(struct packet *packet, uint32_t value)
{
	add16(packet, (uint16_t)(value >> 16));
	add16(packet, (uint16_t)value);
}

void packet_ether(struct packet *packet, uint16_t type)
{
	packet_add(packet, (uint8_t[12]){2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1}, 12);
	add16(packet, type);
}

void packet_tag(struct packet *packet, uint16_t id, uint16_t type)
{
	add16(packet, id);
	add16(packet, type);
}

void packet_ip4(struct packet *packet, const struct packet_ip *ip)
{
	add16(packet, (uint16_t)((0x45 + ip->options) << 8));
	add32(packet, 1); /* length, identification */
	add16(packet, ip->fragment);
	add32(packet, TTL << 24 | (uint32_t)ip->next << 16);
	add32(packet, 0x0a000000 + ip->from);
	add32(packet, 0x0a000000 + ip->to);
	for (unsigned i = 0; i < ip->options; i++)
		add32(packet, 0x01010101); /* no operation (RFC 791 section 3.1) */
}

static void add_address6(struct packet *packet, uint32_t number)
{
	packet_add(packet, (uint8_t[12]){0xfd}, 12);
	add32(packet, number);
}

void packet_ip6(struct packet *packet, const struct packet_ip *ip)
{
	add32(packet, 0x60000000);
	add32(packet, (uint32_t)ip->next << 8 | TTL);
	add_address6(packet, ip->from);
	add_address6(packet, ip->to);
}

void packet_icmp(struct packet *packet, uint8_t type)
{
	packet_add(packet, (uint8_t[8]){type, 1}, 8);
}

void packet_udp(struct packet *packet, uint16_t from, uint16_t to)
{
	add16(packet, from);
	add16(packet, to);
	add32(packet, 8u << 16);
}
