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

/* link.c: by link type; FA_DECODE_UNKNOWN_LINK when there is no row for it. */
enum fa_decode_result fa_walk_link(struct fa_walk *w, int link_type);

/* ether.c: an Ethernet header; what an EtherType (IEEE) says follows; an 802.2 LLC header. */
enum fa_decode_result fa_walk_ethernet(struct fa_walk *w);
enum fa_decode_result fa_walk_ethertype(struct fa_walk *w, uint16_t type);
enum fa_decode_result fa_walk_llc(struct fa_walk *w);

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
 * or does not hold what it should: the walk is then as it was before.
 */
bool fa_walk_tunnel(struct fa_walk *w, enum fa_decode_result *result);

/* transport.c: the transport header, w->next its protocol; the walk ends here. */
enum fa_decode_result fa_walk_transport(struct fa_walk *w);

/* transport.c: ICMP or ICMPv6 type and code as the ports of a packet, see fa_decode(). */
void fa_walk_set_icmp(struct fa_packet *out, uint8_t transport, uint8_t type, uint8_t code);

/* quote.c: after an ICMP header; notes the packet that an error quotes. */
void fa_walk_quote(const struct fa_walk *w, uint8_t type, uint8_t code);

#endif
