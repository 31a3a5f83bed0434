/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One packet, as the stages hand it on.
 *
 * struct fa_frame is what a source gives: borrowed bytes with their link type. struct fa_packet
 * is what decoding made of it: it stands in shared memory, so it holds no pointer; the bytes that
 * inspection may need follow it in the same record.
 */
#ifndef FA_CORE_PACKET_H
#define FA_CORE_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"

/* One captured frame from a source. */
struct fa_frame {
	int64_t ts_ns;	     /* packet time */
	const uint8_t *data; /* borrowed until the callback returns */
	uint32_t captured;   /* bytes at data */
	uint32_t wire;	     /* bytes the frame had on the wire */
	int link_type;	     /* LINKTYPE_ value of the capture file (DLT_ value of libpcap) */
	uint32_t interface;  /* where it was captured: number of the interface in its source */
};

/*
 * How decoding ended: every packet ends in exactly one of these, each has a counter, and the
 * counters add up to the packets read. The names are what reports print.
 *
 * decoded: an IP packet whose addresses and, where the transport has them and the packet is not a
 * later fragment, ports are known.
 */
#define FA_DECODE_RESULTS(X)                                                                       \
	X(DECODED, "decoded")                                                                      \
	X(NOT_IP, "not-ip")		      /* ARP, STP, LLDP, IPX ...: a protocol that is not IP */    \
	X(UNKNOWN_LINK, "unknown-link-type")  /* the link type has no decoder */                   \
	X(TRUNCATED, "truncated")	      /* the snapshot ends inside a header */              \
	X(MALFORMED_LINK, "malformed-link")   /* link header that contradicts itself */            \
	X(MALFORMED_IP, "malformed-ip")	      /* version, header length or total length wrong */   \
	X(MALFORMED_TRANSPORT, "malformed-transport") /* data offset or length below the minimum */\
	X(TOO_MANY_HEADERS, "too-many-headers")	      /* nesting beyond the limit */               \
	X(ENCRYPTED, "encrypted")		      /* link-layer encryption hides the rest */   \
	X(ENCAPSULATION, "unsupported-encapsulation") /* a tunnel or tag we cannot peel */

enum fa_decode_result {
#define FA_X(name, text) FA_DECODE_##name,
	FA_DECODE_RESULTS(FA_X)
#undef FA_X
	FA_DECODE_COUNT
};

/* The text of a result, as in the table above. */
const char *fa_decode_result_text(enum fa_decode_result result);

/* TCP flag bits (RFC 9293 section 3.1). */
enum {
	FA_TCP_FIN = 0x01,
	FA_TCP_SYN = 0x02,
	FA_TCP_RST = 0x04,
	FA_TCP_PSH = 0x08,
	FA_TCP_ACK = 0x10,
	FA_TCP_URG = 0x20
};

enum {
	FA_PACKET_FRAGMENT_FIRST = 1 << 0, /* first of several IP fragments: has the ports */
	FA_PACKET_FRAGMENT_LATER = 1 << 1, /* a later fragment: has no ports of its own */
	FA_PACKET_TRUNCATED = 1 << 2,	   /* fewer bytes captured than IP says */
	FA_PACKET_REPLY = 1 << 3,	   /* ICMP reply: src answers what dst asked */
	FA_PACKET_QUOTES = 1 << 4	   /* ICMP: what dst sent did not arrive; see quoted_dst */
};

/*
 * What wraps a packet. Of those that have an inside of their own (up to LISP) the innermost one goes
 * into the flow key, with its tenant where it has one. From VLAN on they are a part of the link or
 * of the tap, and so is ERSPAN, whose sessions are those of mirrors: two directions of one flow may
 * come by two of them.
 */
#define FA_TUNNELS(X)                                                                              \
	X(NONE, "")                                                                                \
	X(IPIP, "ipip")                                                                            \
	X(IP6, "ip6")                                                                              \
	X(GRE, "gre")                                                                              \
	X(VXLAN, "vxlan")                                                                          \
	X(GENEVE, "geneve")                                                                        \
	X(GTP, "gtp")                                                                              \
	X(ERSPAN, "erspan")                                                                        \
	X(L2TP, "l2tp")                                                                            \
	X(TEREDO, "teredo")                                                                        \
	X(MPLS, "mpls")                                                                            \
	X(PPPOE, "pppoe")                                                                          \
	X(NVGRE, "nvgre")                                                                          \
	X(VXLAN_GPE, "vxlan-gpe")                                                                  \
	X(PPTP, "pptp")                                                                            \
	X(AYIYA, "ayiya")                                                                          \
	X(PBB, "pbb")                                                                              \
	X(ETHERIP, "etherip")                                                                      \
	X(LISP, "lisp")                                                                            \
	X(VLAN, "vlan")                                                                            \
	X(VN_TAG, "vn-tag")                                                                        \
	X(E_TAG, "e-tag")                                                                          \
	X(FABRICPATH, "fabricpath")                                                                \
	X(TRILL, "trill")                                                                          \
	X(NSH, "nsh")                                                                              \
	X(MACSEC, "macsec")                                                                        \
	X(AH, "ah")

enum fa_tunnel {
#define FA_X(name, text) FA_TUNNEL_##name,
	FA_TUNNELS(FA_X)
#undef FA_X
	FA_TUNNEL_COUNT
};

const char *fa_tunnel_text(enum fa_tunnel tunnel);
int fa_tunnel_parse(const char *text); /* -1 when unknown */

/* The bit of a kind in fa_packet.layers. */
static inline uint32_t fa_layer_bit(enum fa_tunnel tunnel)
{
	return UINT32_C(1) << tunnel;
}

#define FA_VLAN_MAX 4

/* A decoded packet. IP bytes from the innermost IP header on follow it: `captured` of them. */
struct fa_packet {
	int64_t ts_ns;		/* packet time, as captured */
	int64_t clock_ns;	/* the run's clock at this packet: never goes back; for timeouts */
	uint64_t number;	/* position in the run, from 1 */
	uint64_t pair_hash;	/* of the two addresses and the tunnel, same both ways; of what
				   quotes a packet: that of the quoted one */
	uint8_t src[16];	/* IPv4 in the first four bytes, the rest zero */
	uint8_t dst[16];
	uint32_t ip_bytes;	/* IP length on the wire, innermost packet, header included */
	uint32_t payload_bytes; /* transport payload on the wire */
	uint32_t captured;	/* IP bytes that follow this struct, <= ip_bytes */
	uint32_t payload_offset; /* of the transport payload in those bytes; <= captured */
	uint32_t tcp_seq, tcp_ack;
	uint32_t fragment_id;	/* IPv4 16 bits, IPv6 32 bits */
	uint32_t tunnel_id;	/* VNI, I-SID, key ... of the innermost tunnel; 0 where the two
				   directions have different ones (TEID, session, call) */
	uint32_t layers;	/* all that was peeled, a bit for each enum fa_tunnel */
	uint16_t src_port, dst_port; /* host order; ICMP: type (of the request), code */
	uint16_t tcp_window;
	uint16_t vlan[FA_VLAN_MAX]; /* outermost first */
	uint8_t vlan_count;
	uint8_t ip_version; /* 4 or 6 */
	uint8_t transport;  /* IP protocol number, after extension headers */
	uint8_t tcp_flags;
	uint8_t flags;	/* FA_PACKET_ */
	uint8_t tunnel; /* enum fa_tunnel */
	uint8_t ttl;
	/*
	 * FA_PACKET_QUOTES: the packet that did not arrive, as the error quotes it: from dst, in the
	 * same tunnel, to here. Ports as above.
	 */
	uint8_t quoted_transport;
	uint16_t quoted_src_port, quoted_dst_port;
	uint8_t quoted_dst[16];
	uint8_t reserved[2]; /* no padding: it travels between processes as bytes */
};

/* IP protocol numbers with a name of their own in reports (IANA "Protocol Numbers"). */
enum {
	FA_IP_ICMP = 1,
	FA_IP_TCP = 6,
	FA_IP_UDP = 17,
	FA_IP_ICMP6 = 58,
	FA_IP_SCTP = 132
};

/* "tcp", "udp", "sctp", "icmp", "icmp6", or "ip-N" written into TEXT[FA_TRANSPORT_TEXT]. */
#define FA_TRANSPORT_TEXT 8
const char *fa_transport_text(uint8_t transport, char *text);

/* The number behind such a text, or -1. */
int fa_transport_parse(const char *text);

/* ICMP and ICMPv6 have a type and a code where others have ports. */
static inline bool fa_transport_is_icmp(uint8_t transport)
{
	return transport == FA_IP_ICMP || transport == FA_IP_ICMP6;
}

/*
 * Whether the bytes of a packet can tell what its flow speaks. Of TCP and UDP only the payload
 * does, of all others the header does too; of later fragments nothing does.
 */
static inline bool fa_packet_is_telling(const struct fa_packet *packet)
{
	bool has_ports = packet->transport == FA_IP_TCP || packet->transport == FA_IP_UDP;

	return packet->captured > 0 && (packet->flags & FA_PACKET_FRAGMENT_LATER) == 0 &&
	       (!has_ports || packet->captured > packet->payload_offset);
}

static inline struct fa_addr fa_packet_addr(const uint8_t bytes[16], uint8_t version)
{
	struct fa_addr addr = {.version = version};

	__builtin_memcpy(addr.bytes, bytes, sizeof(addr.bytes));
	return addr;
}

#endif
