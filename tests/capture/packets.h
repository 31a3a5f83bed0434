/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests: packets made by hand, header by header. */
#ifndef FA_TESTS_CAPTURE_PACKETS_H
#define FA_TESTS_CAPTURE_PACKETS_H

#include <stdint.h>

struct packet {
	uint8_t bytes[512];
	unsigned len;
};

/* Numbers of hosts stand for 10.0.0.0 + NUMBER and fd00:: + NUMBER. */
struct packet_ip {
	uint32_t from, to;
	uint8_t next;	   /* IP protocol number of what follows */
	uint16_t fragment; /* IPv4: flags and offset, as in the header */
	unsigned options;  /* IPv4: words of them */
};

enum { PACKET_ICMP = 1, PACKET_IPIP = 4, PACKET_UDP = 17, PACKET_IP6 = 41, PACKET_ICMP6 = 58 };
enum { PACKET_MORE_FRAGMENTS = 0x2000 }; /* of packet_ip.fragment */

/* Each appends a header; lengths in them are 0, as segmentation offload leaves them. */
void packet_add(struct packet *packet, const void *bytes, unsigned len);
void packet_ether(struct packet *packet, uint16_t type);
/* Behind the EtherType of a tag: its number and what follows. */
void packet_tag(struct packet *packet, uint16_t id, uint16_t type);
void packet_ip4(struct packet *packet, const struct packet_ip *ip);
void packet_ip6(struct packet *packet, const struct packet_ip *ip);
void packet_icmp(struct packet *packet, uint8_t type);
void packet_udp(struct packet *packet, uint16_t from, uint16_t to);

#endif
