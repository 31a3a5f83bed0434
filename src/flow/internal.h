/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of the flow stage, shared by its files. */
#ifndef FA_FLOW_INTERNAL_H
#define FA_FLOW_INTERNAL_H

#include "core/convmap.h"
#include "core/labels.h"
#include "flow/flows.h"
#include "flow/fragments.h"
#include "flow/held.h"
#include "flow/table.h"

/* The close of a window: see window.c. */
struct fa_closing {
	enum { FA_CLOSE_NONE, FA_CLOSE_FOLDING, FA_CLOSE_LAST } stage;
	size_t place, places; /* in the flow table: the next one, and how many */
	int64_t bucket_ns;    /* the latest that belongs to the window */
	struct fa_convmap *leaving; /* conversations that are being handed on */
	size_t left;		    /* so many of them were */
};

/* Who is told apart while the table is too small: see crowd.c. */
struct fa_crowd {
	uint64_t evicted_before; /* flows, up to the window before this one */
	uint64_t evicted;	 /* up to this window */
	uint32_t told_apart;	 /* slight flows of this window that kept their clients */
};

struct fa_flows {
	struct fa_flow_options options;
	struct fa_inspector inspector;
	struct fa_flow_sink sink;
	struct fa_flow_table table;
	struct fa_fragments *fragments;
	struct fa_held *held;
	struct fa_labels *labels;
	size_t labels_limit_bytes; /* at which names that no flow has any more are dropped */
	struct fa_convmap *conversations;
	struct fa_closing closing;
	struct fa_crowd crowd;
	struct fa_worker_counts counts;
	struct fa_hash_key asked_key; /* of struct flow_asked */
	int64_t clock_ns;	  /* the latest that was told: never goes back */
	int64_t newest_bucket_ns; /* the latest that a flow counts in */
	int64_t held_due_ns;	  /* when a fragment has waited long enough */
	uint8_t keep_packets;
};

/* Names are gathered up to here before a first look at which ones are still in use. */
enum { FA_FLOW_LABELS_BYTES = 16 << 20 };

/*
 * Many clients that are not told apart, for want of memory: see crowd.c.
 */

/* Of a flow that may be one of a crowd and had no payload, a guess must not know the sender. */
void fa_crowd_hide(const struct flow *flow, struct fa_packet *like);

/* The client's side of a flow that is given up, and the evidence, when CLIENT and BY stood there. */
uint8_t fa_crowd_client(const struct flow *flow, uint8_t client, enum fa_direction_evidence *by);

/* Whether FLOW, which ends in STATE with that client, is one of a crowd. */
bool fa_crowd_has(const struct flow *flow, uint8_t client, enum fa_flow_state state);

/* Makes the crowd the client of this conversation. */
void fa_crowd_join(struct fa_identity *id);

/*
 * So many slight flows of a window keep their clients when others had to be given up: enough to
 * see a scan among them, and stored in a moment.
 */
enum { FA_CROWD_TOLD_APART = 32768 };

/* Whether slight flows join the crowd even when they end in their time. */
bool fa_crowd_takes_all(const struct fa_flows *flows);

/* A window ends, and what is told from now on belongs to the next. */
void fa_crowd_close_window(struct fa_flows *flows);

/* Whether this place in the table holds a flow. */
static inline bool fa_flow_is_live(const struct flow *flow)
{
	return flow->key.words[5] != UINT64_MAX;
}

/* Whether its time is over, even if it is still in the table. */
bool fa_flow_is_expired(const struct fa_flows *flows, const struct flow *flow);

/* Takes an ICMP error that quotes a packet: the flow of that packet is told, if there is one. */
void fa_flow_note_unreachable(struct fa_flows *flows, const struct fa_packet *packet);

/* Whether all that SIDE sent went unanswered and was said not to arrive. */
bool fa_flow_is_unreachable(const struct flow *flow, uint8_t side);

/* A flow that is not TCP got another packet from SIDE: what was said long ago may be over. */
void fa_flow_doubt_unreachable(const struct fa_flows *flows, struct flow *flow, uint8_t side);

/* Forgets what was asked in the flow that had this place before. */
void fa_flow_forget_asked(struct fa_flows *flows, const struct flow *flow);

/* DNS on port 53: notes what SIDE asks, and hands on what it is told. */
int fa_flow_hear_names(struct fa_flows *flows, const struct flow *flow,
		       const struct fa_packet *packet, const uint8_t *ip_bytes, uint8_t side);

/* RFC 1035 section 4.2. Not 5353 and 5355 (RFC 6762, RFC 4795), where anybody answers. */
enum { FA_FLOW_DNS_PORT = 53 };

/* Whether names are wanted, and this packet may have some. */
static inline bool fa_flow_may_name(const struct fa_flows *flows, const struct fa_packet *packet)
{
	return flows->table.asked != NULL &&
	       (packet->src_port == FA_FLOW_DNS_PORT || packet->dst_port == FA_FLOW_DNS_PORT) &&
	       (packet->transport == FA_IP_UDP || packet->transport == FA_IP_TCP);
}

/* Ends inspection and keeps its result in the flow; nothing when that is done. */
int fa_flow_decide(struct fa_flows *flows, struct flow *flow);

enum fa_fold { FA_FOLD_BUCKET, FA_FOLD_RECORD, FA_FOLD_END, FA_FOLD_EVICTED };

/*
 * Adds what was counted since the last time to the flow's conversation, deciding the flow first.
 * FA_FOLD_RECORD also makes a per-flow record (active timeout), FA_FOLD_END counts how the flow
 * ended and makes its last one; so does FA_FOLD_EVICTED, but slight flows all go to one client that
 * stands for many, and in a flood most others do, too: see crowd.c.
 */
int fa_flow_fold(struct fa_flows *flows, struct flow *flow, enum fa_fold kind);

#endif
