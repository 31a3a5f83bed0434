/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A finished flow and a conversation, as workers hand them to the auditor. */
#ifndef FA_CORE_FLOW_H
#define FA_CORE_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "core/packet.h"

/* How we know who is the client; strongest first. The texts are what reports print. */
#define FA_DIRECTIONS(X)                                                                           \
	X(SYN, "syn")		      /* the client's SYN was seen */                              \
	X(SYN_ACK, "syn-ack")	      /* the server's SYN-ACK was seen */                          \
	X(PROTOCOL, "protocol")	      /* request and answer differ: DNS, ICMP, a reset of TCP ... */ \
	X(CATALOG_PORT, "catalog-port") /* exactly one side uses a documented port */              \
	X(DEGREE, "degree")	      /* many peers talk to one side's port */                     \
	X(FIRST_PACKET, "first-packet") /* nothing better than who was seen first: no evidence */

enum fa_direction_evidence {
#define FA_X(name, text) FA_BY_##name,
	FA_DIRECTIONS(FA_X)
#undef FA_X
	FA_BY_COUNT
};

/* How the protocol was found; strongest first. */
#define FA_DETECTIONS(X)                                                                           \
	X(DPI, "dpi")			/* seen by inspection */                                   \
	X(DPI_PARTIAL, "dpi-partial")	/* inspection, helped by what other flows showed */        \
	X(SIGNATURE, "signature")	/* a payload signature of a catalog */                     \
	X(PORT_GUESS, "port-guess")	/* only the port number says so */                         \
	X(ADDRESS_GUESS, "address-guess") /* only the address says so */                           \
	X(NONE, "none")

enum fa_detection {
#define FA_X(name, text) FA_DETECTED_##name,
	FA_DETECTIONS(FA_X)
#undef FA_X
	FA_DETECTED_COUNT
};

/* How far a flow came. */
#define FA_FLOW_STATES(X)                                                                          \
	X(ATTEMPTED, "attempted")     /* TCP SYN, never answered */                                \
	X(REFUSED, "refused")	      /* TCP SYN answered by RST */                                \
	X(HALF_OPEN, "half-open")     /* SYN and SYN-ACK, nothing from the client after */         \
	X(ESTABLISHED, "established") /* handshake, no end seen */                                 \
	X(MIDSTREAM, "midstream")     /* TCP without its beginning, no end seen */                 \
	X(CLOSED, "closed")	      /* ended by FIN */                                           \
	X(RESET, "reset")	      /* ended by RST after data or handshake */                   \
	X(ONE_WAY, "one-way")	      /* not TCP: only one side was seen */                        \
	X(TWO_WAY, "two-way")	      /* not TCP: both sides were seen */                          \
	X(UNREACHABLE, "unreachable") /* never answered but by ICMP: it does not arrive */

enum fa_flow_state {
#define FA_X(name, text) FA_FLOW_##name,
	FA_FLOW_STATES(FA_X)
#undef FA_X
	FA_FLOW_STATE_COUNT
};

const char *fa_direction_text(enum fa_direction_evidence by);
const char *fa_detection_text(enum fa_detection by);
const char *fa_flow_state_text(enum fa_flow_state state);
int fa_direction_parse(const char *text); /* -1 when unknown; so do the next two */
int fa_detection_parse(const char *text);
int fa_flow_state_parse(const char *text);

/* Whether the detection rests on packet contents, so that it may confirm or contradict a rule. */
static inline bool fa_detection_is_seen(enum fa_detection by)
{
	return by <= FA_DETECTED_SIGNATURE;
}

/* Longest names, with the final NUL. nDPI 4.2 host names are at most 79 bytes. */
#define FA_PROTOCOL_TEXT 32
#define FA_HOST_TEXT	 128

/* VLAN tags in the key of flows, the outermost ones: a service and a customer tag. */
#define FA_KEY_VLANS 2

/* What makes a conversation: equal identities are one conversation. Zero all padding (memset). */
struct fa_identity {
	struct fa_addr client, server;
	uint8_t transport;    /* IP protocol number */
	uint8_t direction_by; /* enum fa_direction_evidence */
	uint8_t detected_by;  /* enum fa_detection */
	uint8_t tunnel;	      /* enum fa_tunnel */
	uint8_t fragment;     /* 1: later IP fragments whose first piece never came: no ports */
	uint16_t server_port; /* ICMP: type << 8 | code */
	uint16_t client_port; /* only where direction_by is FIRST_PACKET, else 0: both ports are
				 then needed to find out later who serves */
	uint32_t tunnel_id;
	uint16_t vlan[FA_KEY_VLANS]; /* only when they are wanted in the key; 0: none */
	char protocol[FA_PROTOCOL_TEXT];    /* nDPI master protocol, "Unknown" */
	char application[FA_PROTOCOL_TEXT]; /* nDPI application, "" when the same */
	char host[FA_HOST_TEXT];	    /* name asked for, raw bytes from the wire; "" for none */
};

/* What is counted; merging two is addition, minimum and maximum, so order never matters. */
struct fa_counts {
	uint64_t packets_to_server, packets_to_client;
	uint64_t bytes_to_server, bytes_to_client; /* IP bytes on the wire */
	uint64_t flows; /* each flow once, in the first bucket it is counted in */
	uint64_t flows_in_state[FA_FLOW_STATE_COUNT]; /* each flow once, where it ended */
	uint64_t payload_packets; /* packets that carried transport payload */
	uint64_t syn_retries;	 /* SYNs beyond the first of unanswered flows */
	uint64_t truncated;	 /* packets cut by the snapshot length */
	uint64_t sequence_gaps;	 /* TCP bytes missing before the tap */
	int64_t first_seen_ns, last_seen_ns;
};

/* A conversation within one bucket. */
struct fa_conversation {
	int64_t bucket_ns; /* start of the time bucket */
	struct fa_identity id;
	struct fa_counts counts;
};

/* Starts counts at "nothing seen". */
void fa_counts_init(struct fa_counts *counts);
void fa_counts_add(struct fa_counts *into, const struct fa_counts *from);
/* Exchanges client and server. */
void fa_conversation_flip(struct fa_conversation *conversation);
/* Total order over identities, for reports: server, port, transport, client, names, evidence. */
int fa_identity_compare(const struct fa_identity *a, const struct fa_identity *b);

/* One finished flow, only made when per-flow records are asked for. */
struct fa_flow_record {
	uint64_t first_packet; /* number of its first packet in the run: a total order */
	struct fa_identity id; /* client_port always set here */
	struct fa_counts counts;
	uint32_t layers; /* what wrapped its first packet: fa_packet.layers */
	uint16_t vlan[FA_VLAN_MAX];
	uint8_t vlan_count;
	uint8_t state; /* enum fa_flow_state */
};

#endif
