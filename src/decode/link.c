/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Link layers, a row each. Numbers: the LINKTYPE_ registry of the tcpdump group (tcpdump.org,
 * "Link-layer header types"), and where they differ the DLT_ values that libpcap gives for them
 * (pcap/dlt.h, pcap-linktype(7)).
 */
#include "decode/decode.h"
#include "decode/links.h"

#include <stddef.h>

/* Most frequent first. */
static const struct link {
	int type;
	fa_walk_fn walk;
} links[] = {
	{1, fa_walk_ethernet},			/* ETHERNET */
	{113, fa_walk_sll},			/* LINUX_SLL */
	{276, fa_walk_sll2},			/* LINUX_SLL2 */
	{101, fa_walk_ip},			/* RAW */
	{12, fa_walk_raw_or_loopback},		/* DLT_RAW on most systems */
	{14, fa_walk_ip},			/* DLT_RAW on OpenBSD */
	{228, fa_walk_ip4},			/* IPV4 */
	{229, fa_walk_ip6},			/* IPV6 */
	{0, fa_walk_loopback},			/* NULL */
	{108, fa_walk_loopback},		/* LOOP */
	{109, fa_walk_enc},			/* ENC */
	{9, fa_walk_ppp_serial},		/* PPP */
	{50, fa_walk_ppp_serial},		/* PPP_HDLC */
	{51, fa_walk_pppoe},			/* PPP_ETHER */
	{166, fa_walk_pppd},			/* PPP_PPPD */
	{204, fa_walk_ppp_directed},		/* PPP_WITH_DIR */
	{104, fa_walk_cisco_hdlc},		/* C_HDLC */
	{112, fa_walk_cisco_hdlc},		/* NETBSD_HDLC */
	{205, fa_walk_cisco_hdlc_directed},	/* C_HDLC_WITH_DIR */
	{107, fa_walk_frame_relay},		/* FRELAY */
	{206, fa_walk_frame_relay_directed},	/* FRELAY_WITH_DIR */
	{219, fa_walk_mpls},			/* MPLS */
	{105, fa_walk_wifi},			/* IEEE802_11 */
	{127, fa_walk_radiotap},		/* IEEE802_11_RADIOTAP */
	{119, fa_walk_prism},			/* IEEE802_11_PRISM */
	{163, fa_walk_avs},			/* IEEE802_11_AVS */
	{192, fa_walk_ppi},			/* PPI */
	{117, fa_walk_pflog},			/* PFLOG */
	{239, fa_walk_nflog},			/* NFLOG */
	{226, fa_walk_ipnet},			/* IPNET */
	{258, fa_walk_pktap},			/* PKTAP */
	{100, fa_walk_atm_llc},			/* ATM_RFC1483 */
	{11, fa_walk_atm_llc},			/* the same as DLT_ */
	{123, fa_walk_sunatm},			/* SUNATM */
	{6, fa_walk_token_ring},		/* IEEE802_5 */
	{10, fa_walk_fddi},			/* FDDI */
	{122, fa_walk_ip_over_fc},		/* IP_OVER_FC */
	{138, fa_walk_firewire},		/* APPLE_IP_OVER_IEEE1394 */
	{242, fa_walk_ipoib},			/* IPOIB */
	{240, fa_walk_netanalyzer},		/* NETANALYZER */
	{241, fa_walk_netanalyzer_transparent}, /* NETANALYZER_TRANSPARENT */
	{274, fa_walk_mpacket},			/* ETHERNET_MPACKET */
	{281, fa_walk_brcm_tag},		/* DSA_TAG_BRCM */
	{282, fa_walk_brcm_tag_prepended},	/* DSA_TAG_BRCM_PREPEND */
	{284, fa_walk_dsa_tag},			/* DSA_TAG_DSA */
	{285, fa_walk_edsa_tag},		/* DSA_TAG_EDSA */
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

enum fa_decode_result fa_walk_inner_link(struct fa_walk *w, uint32_t link_type)
{
	const struct link *link = link_type > UINT16_MAX ? NULL : find_link((int)link_type);

	if (!fa_walk_enter(w))
		return FA_DECODE_TOO_MANY_HEADERS;
	return link == NULL ? FA_DECODE_ENCAPSULATION : link->walk(w);
}
