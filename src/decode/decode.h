/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The decode stage: the bytes of one frame in, the properties of its innermost IP packet out.
 *
 * Pure functions of their arguments: no allocation, no state, no system call; safe from any thread.
 * What is peeled: link headers, tags of switches, MPLS labels, PPPoE, IP extension headers and
 * tunnels: those that IP protocol numbers name, and UDP payload on the ports that the decoder has.
 */
#ifndef FA_DECODE_DECODE_H
#define FA_DECODE_DECODE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/siphash.h"
#include "core/packet.h"
#include "core/wire.h"

struct fa_decoder {
	struct fa_hash_key pair_key; /* of fa_packet.pair_hash */
	unsigned max_headers;	     /* as in struct fa_wire; more than its limit is taken as that */
	struct fa_tunnel_ports ports;
};

/*
 * Decodes FRAME. OUT is zeroed first; its number stays 0, its ts_ns is the frame's.
 *
 * FA_DECODE_DECODED: *IP_BYTES points into the frame at the innermost IP header and
 * OUT->captured bytes may be read there. That is never more than the IP length (Ethernet padding
 * is cut off), than what was captured, or than 65535; payload_offset counts from there.
 * Every other result: *IP_BYTES is NULL and OUT holds nothing but the time.
 *
 * What callers should know:
 * - An IP length above what the frame had on the wire is believed (mirror ports and packet brokers
 *   cut frames without telling); the packet is then FA_PACKET_TRUNCATED. A header that IP says is
 *   there and the bytes do not have gives FA_DECODE_TRUNCATED, one that does not fit into the IP
 *   length is malformed. TCP needs its first 14 bytes (to the flags), UDP 8, SCTP 12, ICMP 4;
 *   where a first fragment ends inside the TCP header behind those 14, there is no payload.
 * - IPv4 total length 0 and IPv6 payload length 0: segmentation offload leaves them so on packets
 *   that the sending host captured itself. Taken as the rest of the frame on the wire. IPv6 jumbo
 *   payloads (RFC 2675) are decoded; one that claims more than the frame had is malformed.
 * - Fragments (FA_PACKET_FRAGMENT_): a later one has no ports, and payload_offset == captured. Its
 *   transport is what its fragmented part begins with, so where an authentication or extension
 *   header follows, the first fragment has another one: match them by addresses and fragment_id.
 *   fragment_id is set for every IPv4 packet, for IPv6 only with a fragment header (also an atomic
 *   one, RFC 6946, which is not a fragment).
 * - Of a fragmented tunnel packet the first fragment is peeled, and its inner packet is truncated;
 *   the later ones stay packets of the outer pair.
 * - What claims to hold a packet and does not is a packet of the outer pair, with the tunnel's
 *   protocol number or ports. So is a tunnel's own signalling (control messages, echoes, what only
 *   acknowledges), and what is encrypted or compressed inside. Where only a UDP port says that it
 *   is a tunnel, bits that are sent as 0 must be (of VXLAN: unless an IP packet or ARP is inside
 *   beyond doubt), lengths must agree, and what is inside must be IP or of an EtherType, LLC or PPP
 *   protocol that is known: then, e.g., ARP is FA_DECODE_NOT_IP. The port of the destination counts
 *   first; that of the source only for tunnels whose servers answer from it (GTP-U, L2TP, Teredo,
 *   AYIYA).
 * - Nothing on the wire says what follows MPLS labels, and the cookie of an L2TPv3 session: see
 *   mpls.c and l2tp.c for how that is found out. ESP without encryption is not guessed at.
 * - fa_packet.tunnel is the innermost of those that tell flows apart, up to LISP in FA_TUNNELS; its
 *   id is that of the tenant, and 0 for GTP-U, L2TP and PPTP, whose numbers differ by direction.
 *   NVGRE is GRE with nothing but a key that names a tenant (RFC 7637: from 0x1000 on, in its upper
 *   24 bits); other bridged GRE has its whole key for an id. Everything else that was peeled only
 *   leaves its bit in fa_packet.layers.
 * - ICMP: src_port is the type and dst_port the code, whoever sends. Requests and replies that
 *   belong together have the type of the request and code 0, the reply has FA_PACKET_REPLY. What
 *   has the form of a reply but goes to a group (router and neighbour advertisements) answers
 *   nobody: it keeps its own type and is no reply.
 * - ICMP errors that say a packet did not arrive (ICMPv4 type 3, RFC 792 and RFC 1812 section
 *   5.2.7.1; ICMPv6 type 1, RFC 4443 section 3.1) quote its header: FA_PACKET_QUOTES, when there
 *   are its addresses and ports, it is from where the error goes, and it is no reply of ICMP and no
 *   later fragment. Not taken: "fragmentation needed" (ICMPv4 type 3 code 4; ICMPv6 type 2), upon
 *   which the sender makes its packets smaller and goes on (RFC 1191, RFC 8201); and "time
 *   exceeded" (types 11 and 3), which tracing a route brings about, and a loop that may pass, or
 *   a lost fragment of what did arrive.
 * - VLAN ids: priority tags (id 0, IEEE 802.1Q) name no VLAN and are not recorded. The list is that
 *   of the link nearest to the packet: an Ethernet header inside an IP packet (also of a mirror's
 *   ERSPAN) or a provider backbone begins a new one, since tags around it are the tap's or the
 *   underlay's, and those behind it the tenant's. Frames that MPLS (but not over IP), FabricPath,
 *   TRILL or a service chain carry go on with the list. An IP packet right inside another one
 *   keeps the list of the outer.
 * - MPLS labels are part of the link, not a tunnel: they differ by direction and vanish one hop
 *   before the end, so as part of the flow key they would tear flows apart. So do tags, and the
 *   sessions of mirrors.
 */
enum fa_decode_result fa_decode(const struct fa_decoder *decoder, const struct fa_frame *frame,
				struct fa_packet *out, const uint8_t **ip_bytes);

/* Whether frames of LINK_TYPE can be decoded; if not, every frame gives FA_DECODE_UNKNOWN_LINK. */
bool fa_decode_link_known(int link_type);

#endif
