/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Linux "cooked" captures (LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2): the kernel takes the link
 * header away and tells the device type (linux/if_arp.h) and the protocol (linux/if_ether.h).
 */
#include "decode/links.h"

/*
 * Device types whose packets begin with a header of their own, whatever the protocol says. The
 * registry describes 770 and 803; 801 and 802 are what drivers used before 803.
 */
enum {
	ARPHRD_FRAD = 770,
	ARPHRD_IEEE80211 = 801,
	ARPHRD_IEEE80211_PRISM = 802,
	ARPHRD_IEEE80211_RADIOTAP = 803,
	ARPHRD_NETLINK = 824 /* the protocol is a netlink family */
};

/* Device types that have no link header: ppp, tunl, ip6tnl, sit, gre, ip6gre, tun, raw IP modems.
 */
static bool is_headerless(uint16_t device)
{
	enum {
		ARPHRD_PPP = 512,
		ARPHRD_RAWIP = 519,
		ARPHRD_TUNNEL = 768,
		ARPHRD_TUNNEL6 = 769,
		ARPHRD_SIT = 776,
		ARPHRD_IPGRE = 778,
		ARPHRD_IP6GRE = 823,
		ARPHRD_NONE = 0xfffe
	};

	switch (device) {
	case ARPHRD_PPP:
	case ARPHRD_RAWIP:
	case ARPHRD_TUNNEL:
	case ARPHRD_TUNNEL6:
	case ARPHRD_SIT:
	case ARPHRD_IPGRE:
	case ARPHRD_IP6GRE:
	case ARPHRD_NONE:
		return true;
	default:
		return false;
	}
}

/* Protocols below the first EtherType, which the kernel made up. */
static enum fa_decode_result walk_pseudo_type(struct fa_walk *w, uint16_t device, uint16_t protocol)
{
	enum {
		NONE = 0, /* by programs that send through a packet socket; so is ALL */
		ALL = 3,
		IEEE_802_2 = 4,
		WAN_PPP = 7,
		PPP_MP = 8,
		TOKEN_RING_802_2 = 0x11
	};

	switch (protocol) {
	case NONE:
	case ALL:
		return is_headerless(device) ? fa_walk_ip(w) : FA_DECODE_NOT_IP;
	case IEEE_802_2:
	case TOKEN_RING_802_2:
		return fa_walk_llc(w);
	case WAN_PPP:
		return fa_walk_ppp_serial(w);
	case PPP_MP: /* a piece of a multilink packet */
		return FA_DECODE_ENCAPSULATION;
	default: /* raw IPX, CAN, IrDA ... */
		return FA_DECODE_NOT_IP;
	}
}

/*
 * GRE devices give the protocol type of GRE, which is an EtherType, too (RFC 2784 section 2.4);
 * 0x6558 is a whole Ethernet frame (RFC 1701).
 */
static enum fa_decode_result walk_cooked(struct fa_walk *w, uint16_t device, uint16_t protocol)
{
	enum { FIRST_ETHERTYPE = 0x600, BRIDGED_ETHERNET = 0x6558 };

	switch (device) {
	case ARPHRD_FRAD:
		return fa_walk_frame_relay(w);
	case ARPHRD_IEEE80211:
		return fa_walk_wifi(w);
	case ARPHRD_IEEE80211_PRISM:
		return fa_walk_prism(w);
	case ARPHRD_IEEE80211_RADIOTAP:
		return fa_walk_radiotap(w);
	case ARPHRD_NETLINK:
		return FA_DECODE_NOT_IP;
	default:
		break;
	}
	if (protocol < FIRST_ETHERTYPE)
		return walk_pseudo_type(w, device, protocol);
	if (protocol == BRIDGED_ETHERNET)
		return fa_walk_ethernet(w);
	return fa_walk_ethertype(w, protocol);
}

/* Packet type 2, device type 2, length of the address 2, address 8, protocol 2. */
enum fa_decode_result fa_walk_sll(struct fa_walk *w)
{
	struct fa_cursor h;
	uint16_t device;

	if (!fa_walk_take(w, 16, &h))
		return fa_walk_short(w, 16, FA_DECODE_MALFORMED_LINK);
	fa_cursor_skip(&h, 2);
	device = fa_cursor_u16(&h);
	fa_cursor_skip(&h, 10);
	return walk_cooked(w, device, fa_cursor_u16(&h));
}

/*
 * Protocol 2, reserved 2, interface 4, device type 2, packet type 1, length of the address 1,
 * address 8.
 */
enum fa_decode_result fa_walk_sll2(struct fa_walk *w)
{
	struct fa_cursor h;
	uint16_t protocol;

	if (!fa_walk_take(w, 20, &h))
		return fa_walk_short(w, 20, FA_DECODE_MALFORMED_LINK);
	protocol = fa_cursor_u16(&h);
	fa_cursor_skip(&h, 6);
	return walk_cooked(w, fa_cursor_u16(&h), protocol);
}
