/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Link layers, a row each. Numbers and layouts: the LINKTYPE_ registry of the tcpdump group
 * (tcpdump.org, "Link-layer header types"), and where they differ the DLT_ values that libpcap
 * gives for them.
 */
#include "decode/decode.h"
#include "decode/walk.h"

#include <stddef.h>

/* BSD loopback: address family in the byte order of the capturing host, which is not known here. */
static enum fa_decode_result walk_loopback(struct fa_walk *w)
{
	struct fa_cursor h;
	uint32_t family;

	if (!fa_walk_take(w, 4, &h))
		return fa_walk_short(w, 4, FA_DECODE_MALFORMED_LINK);
	family = fa_cursor_u32(&h);
	if (family > 0xffff) /* families are small numbers: it is the other order */
		family = __builtin_bswap32(family);
	switch (family) {
	case 2: /* AF_INET everywhere */
		return fa_walk_ip4(w);
	case 10: /* AF_INET6 of Linux */
	case 24: /* of NetBSD and OpenBSD */
	case 28: /* of FreeBSD */
	case 30: /* of macOS */
		return fa_walk_ip6(w);
	default:
		return FA_DECODE_NOT_IP;
	}
}

/*
 * Linux "cooked" captures: the protocol is an EtherType unless the device type says otherwise; so
 * is the GRE protocol type that GRE devices give (RFC 2784 section 2.4).
 */
static enum fa_decode_result walk_cooked(struct fa_walk *w, uint16_t device, uint16_t protocol)
{
	enum {
		ARPHRD_FRAD = 770,     /* protocol 0: a bare frame relay header follows */
		ARPHRD_RADIOTAP = 803, /* no protocol: radiotap and 802.11 follow */
		ARPHRD_NETLINK = 824,  /* a netlink family */
		PROTOCOL_802_2 = 4,    /* ETH_P_802_2 of Linux */
		FIRST_ETHERTYPE = 0x600
	};

	switch (device) {
	case ARPHRD_FRAD:
	case ARPHRD_RADIOTAP:
		return FA_DECODE_ENCAPSULATION;
	case ARPHRD_NETLINK:
		return FA_DECODE_NOT_IP;
	default:
		if (protocol == PROTOCOL_802_2)
			return fa_walk_llc(w);
		return protocol < FIRST_ETHERTYPE ? FA_DECODE_NOT_IP
						  : fa_walk_ethertype(w, protocol);
	}
}

static enum fa_decode_result walk_sll(struct fa_walk *w)
{
	struct fa_cursor h;
	uint16_t device;

	if (!fa_walk_take(w, 16, &h))
		return fa_walk_short(w, 16, FA_DECODE_MALFORMED_LINK);
	fa_cursor_skip(&h, 2); /* packet type */
	device = fa_cursor_u16(&h);
	fa_cursor_skip(&h, 10); /* link address and its length */
	return walk_cooked(w, device, fa_cursor_u16(&h));
}

static enum fa_decode_result walk_sll2(struct fa_walk *w)
{
	struct fa_cursor h;
	uint16_t protocol;

	if (!fa_walk_take(w, 20, &h))
		return fa_walk_short(w, 20, FA_DECODE_MALFORMED_LINK);
	protocol = fa_cursor_u16(&h);
	fa_cursor_skip(&h, 6); /* reserved, interface index */
	return walk_cooked(w, fa_cursor_u16(&h), protocol);
}

/* Cisco HDLC: address, control, EtherType. SLARP (0x8035) and CDP are not IP. */
static enum fa_decode_result walk_cisco_hdlc(struct fa_walk *w)
{
	struct fa_cursor h;

	if (!fa_walk_take(w, 4, &h))
		return fa_walk_short(w, 4, FA_DECODE_MALFORMED_LINK);
	fa_cursor_skip(&h, 2);
	return fa_walk_ethertype(w, fa_cursor_u16(&h));
}

/* Serial PPP, or Cisco HDLC when the address byte is one of its two (unicast, broadcast). */
static enum fa_decode_result walk_ppp_serial(struct fa_walk *w)
{
	struct fa_cursor peek = w->c;
	uint8_t address = fa_cursor_u8(&peek);

	return address == 0x0f || address == 0x8f ? walk_cisco_hdlc(w) : fa_walk_ppp(w);
}

static const struct link {
	int type;
	fa_walk_fn walk;
} links[] = {
	{1, fa_walk_ethernet},	/* ETHERNET */
	{113, walk_sll},	/* LINUX_SLL */
	{276, walk_sll2},	/* LINUX_SLL2 */
	{101, fa_walk_ip},	/* RAW */
	{12, fa_walk_ip},	/* DLT_RAW on most systems */
	{14, fa_walk_ip},	/* DLT_RAW on OpenBSD */
	{228, fa_walk_ip4},	/* IPV4 */
	{229, fa_walk_ip6},	/* IPV6 */
	{0, walk_loopback},	/* NULL */
	{108, walk_loopback},	/* LOOP: the same in network order */
	{9, walk_ppp_serial},	/* PPP */
	{50, walk_ppp_serial},	/* PPP_HDLC */
	{51, fa_walk_pppoe},	/* PPP_ETHER */
	{104, walk_cisco_hdlc}, /* C_HDLC */
};

static const struct link *find_link(int type)
{
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (links[i].type == type)
			return &links[i];
	return NULL;
}

bool fa_decode_link_known(int link_type)
{
	return find_link(link_type) != NULL;
}

enum fa_decode_result fa_walk_link(struct fa_walk *w, int link_type)
{
	const struct link *link = find_link(link_type);

	return link == NULL ? FA_DECODE_UNKNOWN_LINK : link->walk(w);
}
