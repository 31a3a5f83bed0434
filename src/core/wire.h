/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How frames are taken apart in a run: settings that decide which conversation a packet belongs to.
 * They are stored with the run, because who looks for its packets again has to read them likewise.
 */
#ifndef FA_CORE_WIRE_H
#define FA_CORE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/*
 * Headers nested in one frame. Counted: every VLAN tag, label stack, PPP header, IP
 * header, IP extension header and tunnel header; not counted: the link and the transport header.
 */
#define FA_WIRE_DEFAULT_HEADERS 16u
#define FA_WIRE_MAX_HEADERS	64u /* it bounds the stack */

/* A UDP port whose datagrams are looked at as a tunnel's. */
struct fa_tunnel_port {
	uint16_t port;
	uint8_t tunnel; /* enum fa_tunnel */
};

#define FA_TUNNEL_PORTS_MAX  64
#define FA_TUNNEL_PORTS_TEXT 1024

struct fa_tunnel_ports {
	struct fa_tunnel_port items[FA_TUNNEL_PORTS_MAX];
	uint32_t count;
	uint64_t filter; /* bit port % 64 of each: most ports are none of them */
};

/* Copies of a packet that several mirror sources saw: see dedup/dedup.h for the method. */
#define FA_DUPLICATES(X)                                                                           \
	X(AUTO, "auto") /* what is shown to be a copy is left out */                               \
	X(ON, "on")	/* and so is what is repeated word for word within the window */           \
	X(OFF, "off")	/* every packet counts */

enum fa_duplicates {
#define FA_X(name, text) FA_DUPLICATES_##name,
	FA_DUPLICATES(FA_X)
#undef FA_X
	FA_DUPLICATES_COUNT
};

const char *fa_duplicates_text(enum fa_duplicates mode);
int fa_duplicates_parse(const char *text); /* -1 when unknown */

/* The longest that a mirror and a switch may delay one copy more than the other. */
#define FA_DUPLICATES_DEFAULT_NS INT64_C(1000000)
#define FA_DUPLICATES_MAX_NS	 INT64_C(1000000000)

struct fa_wire {
	unsigned max_headers;
	struct fa_tunnel_ports ports;
	bool key_vlan; /* the outermost VLAN tags tell flows apart */
	enum fa_duplicates duplicates;
	int64_t duplicates_ns; /* copies come within this time */
};

/* What tells flows apart beside addresses and ports: "plain" for nothing, or "vlan". */
const char *fa_wire_key_text(bool key_vlan);
/* 0, or FA_EINVAL: it is neither. */
int fa_wire_key_parse(const char *text, bool *key_vlan);

/* The ports that are registered for tunnels (IANA "Service Name and Transport Protocol Port Number
 * Registry"), and 8472, where Linux has VXLAN by default. */
void fa_wire_default(struct fa_wire *wire);

/*
 * Takes "KIND=PORT,PORT..." in place of what KIND had, "KIND=none" for none, or "none": no UDP port
 * at all. Kinds: those of the default, e.g. "vxlan". 0 or FA_EINVAL: no such kind, not a port, a
 * port of another kind, or more than FA_TUNNEL_PORTS_MAX.
 */
int fa_tunnel_ports_set(struct fa_tunnel_ports *ports, const char *text);

/* "vxlan=4789,8472 geneve=6081 ...", by kind and port; "none" when there is none. */
void fa_tunnel_ports_text(const struct fa_tunnel_ports *ports, char text[FA_TUNNEL_PORTS_TEXT]);

/* The kinds whose ports are not the same in A and B: bits 1 << enum fa_tunnel. */
uint32_t fa_tunnel_ports_differ(const struct fa_tunnel_ports *a, const struct fa_tunnel_ports *b);

/* Their ports in A and in B, "vxlan=4789" and "vxlan=none"; both "" when nothing differs. */
void fa_tunnel_ports_differences(const struct fa_tunnel_ports *a, const struct fa_tunnel_ports *b,
				 char a_text[FA_TUNNEL_PORTS_TEXT],
				 char b_text[FA_TUNNEL_PORTS_TEXT]);

/* Reads such a text. 0 or FA_EINVAL. */
int fa_tunnel_ports_parse(struct fa_tunnel_ports *ports, const char *text);

/* The kind behind a UDP port, FA_TUNNEL_NONE (0) for an ordinary one. */
static inline uint8_t fa_tunnel_ports_kind(const struct fa_tunnel_ports *ports, uint16_t port)
{
	if ((ports->filter >> (port % 64) & 1) == 0)
		return 0;
	for (uint32_t i = 0; i < ports->count; i++)
		if (ports->items[i].port == port)
			return ports->items[i].tunnel;
	return 0;
}

#endif
