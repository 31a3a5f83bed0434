/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The flow table: a keyed open-addressing hash index over an array of flows that lies in reserved,
 * lazily touched memory, so that flows never move; and a timer wheel through the flows.
 */
#ifndef FA_FLOW_TABLE_H
#define FA_FLOW_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/siphash.h"
#include "core/flow.h"
#include "core/packet.h"

/* Both ends of a flow in one fixed order, so that both directions have the same key:
 * 0-1 lower end's address, 2-3 upper end's, 4 ports and tunnel id, 5 the small fields and, when
 * they are wanted, the two outermost VLANs. Of ICMP errors also a hash of the pair that they speak
 * of: they are sent to the worker of that pair, and so have to be flows of their own whatever the
 * number of workers. It has the places that VLANs, type and code leave free. */
enum { FA_FLOW_KEY_WORDS = 6, FA_VLAN_BITS = 0xfff };

struct fa_flow_key {
	uint64_t words[FA_FLOW_KEY_WORDS];
};

/* Sides of a flow by their place in the key; also an index and, shifted, a bit. */
enum { SIDE_LOW = 0, SIDE_HIGH = 1, SIDE_NONE = 2 };

static inline uint8_t side_bit(uint8_t side)
{
	return (uint8_t)(1u << side);
}

/* What is counted since the flow was last folded into its conversation. */
struct fa_flow_delta {
	uint64_t bytes[2];
	int64_t first_ns, last_ns;
	uint32_t packets[2]; /* together at most FA_DELTA_PACKETS: see cross_boundaries() */
	uint32_t payload_packets, truncated;
};

#define FA_DELTA_PACKETS UINT32_MAX

/* What is known of the numbers of a TCP connection, by the side that sends: see tcp.c. */
struct flow_tcp {
	uint32_t next_seq[2];
	uint32_t gap[2];      /* bytes missing, not yet filled by late segments */
	uint32_t hole_end[2]; /* with gap: behind the last byte that is missing */
	uint32_t isn;	      /* of the first SYN; before that, as who answered it tells */
	uint32_t acked;	      /* of the gaps of both sides: what only acknowledgements showed */
};

struct flow {
	struct fa_flow_key key;
	struct fa_flow_delta delta;
	int64_t last_clock_ns;
	int64_t bucket_ns;	/* of the delta */
	void *inspection;	/* state, NULL before the first payload and when done */
	uint32_t label;		/* number in the labels; NO_LABEL while undecided */
	uint32_t wheel_next, wheel_prev; /* flow index + 1 */
	union {
		struct flow_tcp tcp;
		uint32_t unreachable_s; /* not TCP: clock when that was last said; with
					   SAW_UNREACHABLE */
	};
	uint16_t wheel_slot;
	uint16_t syn_retries;
	uint16_t saw[2];      /* from that side: SAW_ bits */
	uint8_t detected_by;  /* with label */
	uint8_t kept;	      /* packets handed to the sink */
	uint8_t first_side : 1;	 /* sender of the first packet */
	uint8_t counted : 1;	 /* in some conversation's flows already */
	uint8_t client_side : 2; /* SIDE_ by contents, SIDE_NONE when they do not tell */
	uint8_t has_seq : 2;	 /* sides whose next_seq is known, as bits */
	uint8_t has_holes : 2;	 /* sides whose gap may be in more than one piece, as bits */
};

/* What per-flow records need beside: only kept when records are wanted. */
struct flow_record {
	struct fa_counts counts;
	uint64_t first_packet;
	int64_t begun_clock_ns;
	uint32_t layers;
	uint16_t vlan[FA_VLAN_MAX];
	uint8_t vlan_count;
};

/* Questions that a flow of DNS has asked lately, as keyed hashes, 0 for none: who pipelines asks
 * several before the first is answered. */
enum { FLOW_ASKED = 8 };

struct flow_asked {
	uint32_t marks[FLOW_ASKED];
	uint32_t next; /* the oldest */
};

enum { NO_LABEL = UINT32_MAX };

enum {
	SAW_SYN = 1 << 0,     /* SYN without ACK */
	SAW_SYN_ACK = 1 << 1,
	SAW_FIN = 1 << 2,
	SAW_RST = 1 << 3,
	SAW_OTHER = 1 << 4,   /* anything after the handshake */
	SAW_REQUEST = 1 << 5, /* a message that only a client sends */
	SAW_REPLY = 1 << 6,   /* a message that only answers */
	SAW_UNREACHABLE = 1 << 7, /* not from that side, but about what it sent: does not arrive */
	SAW_PIECE = 1 << 8    /* a fragment that does not show the flags of its segment */
};

enum { WHEEL_SLOTS = 4096 }; /* of one second each: beyond the longest default timeout */

struct fa_flow_table {
	struct fa_hash_key hash_key;
	uint32_t *slots; /* flow index + 1 */
	uint32_t *tags;	 /* upper half of the hash, beside its slot */
	size_t mask;
	struct flow *flows; /* reserved for max, touched as used */
	struct flow_record *records; /* NULL when not wanted */
	struct flow_asked *asked; /* NULL when not wanted; touched by flows of DNS only */
	size_t max, used, count;
	size_t unanswered; /* flows of which exactly one side has sent something */
	/* Places in the order in which flows took them, the last MAX: the order in which those that
	 * nobody answered are given up. Some places have another flow by now, which then goes
	 * early, or none. */
	uint32_t *queue;
	size_t queue_first, queue_count;
	uint32_t free_head; /* index + 1, through wheel_next */
	uint32_t wheel[WHEEL_SLOTS];
	int64_t wheel_second; /* up to here (exclusive) the wheel has been turned */
	uint64_t sample;      /* state of the eviction sampler */
	size_t hand;	      /* where the search for an inspection to give up goes on */
};

/* 0 or FA_ENOMEM. */
int fa_flow_table_init(struct fa_flow_table *table, size_t max_flows, bool records);
/* Also keeps what flows of DNS have asked. 0 or FA_ENOMEM. */
int fa_flow_table_keep_asked(struct fa_flow_table *table);

void fa_flow_table_deinit(struct fa_flow_table *table);

/* The key of a packet, with VLANS or without, and which side sent it. */
uint8_t fa_flow_key_of(const struct fa_packet *packet, bool portless, bool vlans,
		       struct fa_flow_key *key);

uint64_t fa_flow_hash(const struct fa_flow_table *table, const struct fa_flow_key *key);

/* NULL when there is none. */
struct flow *fa_flow_find(const struct fa_flow_table *table, const struct fa_flow_key *key,
			  uint64_t hash);

/* A new zeroed flow with that key; NULL at the cap or when memory is short. */
struct flow *fa_flow_add(struct fa_flow_table *table, const struct fa_flow_key *key, uint64_t hash);

void fa_flow_remove(struct fa_flow_table *table, struct flow *flow);

static inline bool fa_flow_is_unanswered(const struct flow *flow)
{
	return (flow->saw[0] == 0) != (flow->saw[1] == 0);
}

/* To be called before `saw` gets the first bits of SIDE. */
static inline void fa_flow_note_speaker(struct fa_flow_table *table, const struct flow *flow,
					uint8_t side)
{
	if (flow->saw[side] != 0)
		return;
	if (flow->saw[1 - side] == 0)
		table->unanswered++;
	else
		table->unanswered--;
}

/*
 * Nobody answered it and it has sent little: an attempt, a probe, a part of a flood; not a sender
 * that needs no answers.
 */
bool fa_flow_is_slight(const struct flow *flow);

static inline size_t fa_flow_index(const struct fa_flow_table *table, const struct flow *flow)
{
	return (size_t)(flow - table->flows);
}

/* Puts the flow where the wheel meets it at DUE_NS or, when that is far, on the way there. */
void fa_wheel_link(struct fa_flow_table *table, struct flow *flow, int64_t due_ns);
void fa_wheel_unlink(struct fa_flow_table *table, struct flow *flow);

/* Turns the wheel to NOW: the next flow whose slot has passed, unlinked, or NULL when none is. */
struct flow *fa_wheel_turn(struct fa_flow_table *table, int64_t now_ns);

/*
 * A flow to give up at the cap. As long as nobody answered one of 256 it is the oldest of those, a
 * slight one if possible; fewer are left alone, since what has just begun needs time to be
 * answered. Then it is the longest idle of some that are drawn by lot, so that hostile traffic
 * cannot choose. NULL when there is no flow.
 */
struct flow *fa_flow_victim(struct fa_flow_table *table);

/*
 * A flow whose inspection to give up when there is room for no more: the search goes round the
 * table, a few hundred flows at a time, for one that nobody answered, else for any. NULL when
 * there is none there.
 */
struct flow *fa_flow_inspected_victim(struct fa_flow_table *table);

#endif
