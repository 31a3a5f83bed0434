/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The walk through the headers of one frame, shared by the files of this stage only.
 *
 * Every fa_walk_NAME() reads the header at the cursor and goes on with what that header says
 * follows, so that its result is that of the whole frame. Recursion is bounded by fa_walk_enter().
 */
#ifndef FA_DECODE_WALK_H
#define FA_DECODE_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "core/packet.h"
#include "core/wire.h"

struct fa_walk {
	struct fa_packet *out;
	struct fa_cursor c;  /* captured bytes that the headers so far leave to the next one */
	size_t end;	     /* where these bytes end on the wire, as position of c; >= c.len */
	size_t ip_start;     /* position of the innermost IP header */
	const struct fa_tunnel_ports *ports; /* NULL: no UDP port is a tunnel's */
	unsigned depth_left; /* headers that may still be entered */
	uint8_t next;	     /* IP protocol number of what follows, while in IP headers */
	bool ip_len_open;    /* the IPv6 header gave length 0: a jumbo option may give it */
	bool doubtful;	     /* nothing but a UDP port says that this is the inside of a tunnel */
	bool partial;	     /* of a tunnel packet's first fragment: what is inside goes on */
	bool vlans_anew;     /* the next Ethernet header begins a list of VLANs of its own */
};

typedef enum fa_decode_result (*fa_walk_fn)(struct fa_walk *w);

/* Counts one more nested header; false when there are too many. */
static inline bool fa_walk_enter(struct fa_walk *w)
{
	if (w->depth_left == 0)
		return false;
	w->depth_left--;
	return true;
}

/* Takes the next LEN bytes as a cursor of their own; false when fewer were captured. */
static inline bool fa_walk_take(struct fa_walk *w, size_t len, struct fa_cursor *header)
{
	const uint8_t *bytes = fa_cursor_take(&w->c, len);

	*header = fa_cursor(bytes, bytes == NULL ? 0 : len);
	return bytes != NULL;
}

/* Bytes that follow on the wire. */
static inline size_t fa_walk_wire_left(const struct fa_walk *w)
{
	return w->end - w->c.pos;
}

/*
 * Why LEN bytes could not be taken: the snapshot ends inside them, or they were never there and
 * the result is MALFORMED.
 */
static inline enum fa_decode_result fa_walk_short(const struct fa_walk *w, size_t len,
						  enum fa_decode_result malformed)
{
	return len > fa_walk_wire_left(w) ? malformed : FA_DECODE_TRUNCATED;
}

/* What follows ends LEN bytes after START, by its own header, whatever the frame around it says. */
static inline void fa_walk_set_end(struct fa_walk *w, size_t start, size_t len)
{
	w->end = start + len;
	if (w->c.len > w->end)
		w->c.len = w->end;
}

/* Remembers that KIND was peeled. */
static inline void fa_walk_set_layer(struct fa_walk *w, enum fa_tunnel kind)
{
	w->out->layers |= fa_layer_bit(kind);
}

/* The same of a tunnel that tells flows apart, ID its tenant. */
static inline void fa_walk_set_tunnel(struct fa_walk *w, enum fa_tunnel kind, uint32_t id)
{
	fa_walk_set_layer(w, kind);
	w->out->tunnel = (uint8_t)kind;
	w->out->tunnel_id = id;
}

/* link.c: by link type; FA_DECODE_UNKNOWN_LINK when there is no row for it. */
enum fa_decode_result fa_walk_link(struct fa_walk *w, int link_type);

/* ether.c: an Ethernet header; what an EtherType (IEEE) says follows; an 802.2 LLC header. */
enum fa_decode_result fa_walk_ethernet(struct fa_walk *w);
enum fa_decode_result fa_walk_ethertype(struct fa_walk *w, uint16_t type);
enum fa_decode_result fa_walk_llc(struct fa_walk *w);

/*
 * ether.c: whether TYPE is an EtherType that is peeled, or that others than IP are known to use.
 * What may be no tunnel at all is believed to have an Ethernet header inside only with such a one.
 */
bool fa_walk_knows_ethertype(uint16_t type);

/* The same of the two service access points that an LLC header begins with. */
bool fa_walk_knows_saps(uint16_t saps);

/* ether.c: what a field says follows that is an EtherType or, in 802.3 frames, a length. */
enum fa_decode_result fa_walk_type_or_length(struct fa_walk *w, uint16_t value);

/* tags.c: headers between Ethernet and what it carries, each behind its EtherType. */
enum fa_decode_result fa_walk_vlan(struct fa_walk *w);
enum fa_decode_result fa_walk_vn_tag(struct fa_walk *w);
enum fa_decode_result fa_walk_e_tag(struct fa_walk *w);
enum fa_decode_result fa_walk_metadata(struct fa_walk *w);
enum fa_decode_result fa_walk_macsec(struct fa_walk *w);

/* fabric.c: what has a frame or packet of another network inside, each behind its EtherType. */
enum fa_decode_result fa_walk_fabricpath(struct fa_walk *w);
enum fa_decode_result fa_walk_pbb(struct fa_walk *w);
enum fa_decode_result fa_walk_trill(struct fa_walk *w);
enum fa_decode_result fa_walk_nsh(struct fa_walk *w);

/* mpls.c: a label stack, and what seems to follow it. */
enum fa_decode_result fa_walk_mpls(struct fa_walk *w);

/*
 * look.c: what a header SKIP bytes on looks like, where nothing says what it is. Nothing is taken.
 * From the second answer on the better one is the higher number.
 */
enum fa_look {
	FA_LOOK_CUT,	/* the snapshot ends before one could say */
	FA_LOOK_OTHER,	/* it is none */
	FA_LOOK_MAYBE,	/* it contradicts nothing */
	FA_LOOK_FITS,	/* its lengths agree with what is left */
	FA_LOOK_FILLS	/* and it ends where what is left ends */
};

/* An IP header of either version: FITS or FILLS; MAYBE is one that goes beyond what is left. */
enum fa_look fa_look_ip(const struct fa_walk *w, size_t skip);

/* An Ethernet header: as the IP header behind it, or FITS for ARP; MAYBE: another known type. */
enum fa_look fa_look_ethernet(const struct fa_walk *w, size_t skip);

/* A PPP header: as the IP header behind it, never MAYBE. */
enum fa_look fa_look_ppp(const struct fa_walk *w, size_t skip);

/* look.c: an IP packet that ends where what is left ends, or is a part of one; MALFORMED_IP. */
enum fa_decode_result fa_walk_ip_filling(struct fa_walk *w);

/* ppp.c: a PPP frame, with or without address and control; a PPPoE session header. */
enum fa_decode_result fa_walk_ppp(struct fa_walk *w);
enum fa_decode_result fa_walk_pppoe(struct fa_walk *w);

/* ip.c: an IP header of that version; of the version that its first nibble gives. */
enum fa_decode_result fa_walk_ip4(struct fa_walk *w);
enum fa_decode_result fa_walk_ip6(struct fa_walk *w);
enum fa_decode_result fa_walk_ip(struct fa_walk *w);

/* ip.c: the same, but stops behind the extension headers: w->next is what follows. */
enum fa_decode_result fa_walk_ip4_headers(struct fa_walk *w);
enum fa_decode_result fa_walk_ip6_headers(struct fa_walk *w);

/*
 * tunnel.c: if IP protocol w->next carries packets of its own, peels it. False when it is no tunnel
 * or does not hold what it should: the walk is then as it was before, except that headers entered
 * stay counted, so that no frame takes more work than its limit of headers.
 */
bool fa_walk_tunnel(struct fa_walk *w, enum fa_decode_result *result);

/* tunnel.c: the same with the UDP payload at the cursor, LEN bytes on the wire, by its ports. */
bool fa_walk_udp_tunnel(struct fa_walk *w, size_t len, enum fa_decode_result *result);

/*
 * The insides of tunnels. Each reads the tunnel header at the cursor, says with fa_walk_set_tunnel()
 * what it was, and walks on; MALFORMED_LINK when it is no such header, and whenever the tunnel has
 * nothing inside that is a packet, as when its ends talk with each other.
 *
 * gre.c: GRE, NVGRE, PPTP. erspan.c: behind a GRE header; with_header: its type is not I.
 */
enum fa_decode_result fa_walk_gre(struct fa_walk *w);
enum fa_decode_result fa_walk_erspan2(struct fa_walk *w, bool with_header);
enum fa_decode_result fa_walk_erspan3(struct fa_walk *w);

/* overlay.c: networks of tenants over UDP. */
enum fa_decode_result fa_walk_vxlan(struct fa_walk *w);
enum fa_decode_result fa_walk_vxlan_gpe(struct fa_walk *w);
enum fa_decode_result fa_walk_geneve(struct fa_walk *w);

/* l2tp.c: over UDP, versions 2 and 3; over IP, version 3. */
enum fa_decode_result fa_walk_l2tp_udp(struct fa_walk *w);
enum fa_decode_result fa_walk_l2tp_ip(struct fa_walk *w);

/* ipudp.c: IP packets over UDP. */
enum fa_decode_result fa_walk_gtp(struct fa_walk *w);
enum fa_decode_result fa_walk_teredo(struct fa_walk *w);
enum fa_decode_result fa_walk_ayiya(struct fa_walk *w);
enum fa_decode_result fa_walk_lisp(struct fa_walk *w);

/* transport.c: the transport header, w->next its protocol; the walk ends here. */
enum fa_decode_result fa_walk_transport(struct fa_walk *w);

/* transport.c: ICMP or ICMPv6 type and code as the ports of a packet, see fa_decode(). */
void fa_walk_set_icmp(struct fa_packet *out, uint8_t transport, uint8_t type, uint8_t code);

/* quote.c: after an ICMP header; notes the packet that an error quotes. */
void fa_walk_quote(const struct fa_walk *w, uint8_t type, uint8_t code);

#endif
