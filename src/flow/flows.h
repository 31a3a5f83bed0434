/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The flow stage: packets in, flows and conversations out. One instance per worker, which owns all
 * flows between its hosts; nothing here is shared.
 */
#ifndef FA_FLOW_FLOWS_H
#define FA_FLOW_FLOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/packet.h"
#include "core/policy.h"
#include "core/run.h"
#include "core/sink.h"

/* Timeouts are of the run's clock (struct fa_packet.clock_ns). */
struct fa_flow_options {
	int64_t tcp_established_ns; /* idle, after a handshake or in mid-stream */
	int64_t tcp_ns;		    /* idle, any other TCP; also when one side has closed */
	int64_t tcp_closed_ns;	    /* after both FINs or a RST: gathers the last packets */
	int64_t udp_ns;
	int64_t other_ns;
	int64_t active_ns; /* a per-flow record is made at least this often */
	int64_t bucket_ns; /* time bucket of conversations */
	size_t max_flows;
	size_t max_conversations;	     /* held before they are handed on */
	unsigned keep_packets; /* of every flow, for the sink's `packet`; 255 at most, 0: none */
	/* When the time of very many is over at once, a minute after a flood, they end a few with
	 * each packet and tick, and packets need not wait for that. No flow goes on for it. */
	bool spread_ends;
	bool key_vlan; /* flows with other VLANs are other flows */
	const struct fa_port_set *documented; /* borrowed; NULL: no catalog-port evidence */
};

/* tcp_established 3600 s, tcp 60 s, tcp_closed 15 s, udp 120 s, other 60 s, active 3600 s, bucket
 * one hour, 500,000 flows, 16,384 conversations. */
struct fa_flow_options fa_flow_options_default(void);

struct fa_flows;

/* INSPECTOR and SINK are copied, their contexts borrowed. 0 or FA_ENOMEM. */
int fa_flows_new(struct fa_flows **out, const struct fa_flow_options *options,
		 const struct fa_inspector *inspector, const struct fa_flow_sink *sink);
void fa_flows_free(struct fa_flows *flows);

/*
 * Takes one packet, which counts now or, when it is a later fragment whose first piece has not
 * come, with that or after half a minute (see held.h), in the bucket of its own time. IP_BYTES are
 * its `captured` bytes, borrowed. 0, or what the sink returned. The clock of the flows is the
 * latest that any packet or tick has told: one that is behind it, because it came by another way,
 * counts as on time.
 */
int fa_flows_packet(struct fa_flows *flows, const struct fa_packet *packet,
		    const uint8_t *ip_bytes);

/* It is CLOCK_NS, whether packets came or not: ends flows whose time is over, and lets fragments go
 * that have waited long enough. Returns as above. */
int fa_flows_tick(struct fa_flows *flows, int64_t clock_ns);

/*
 * Begins to close a window: what was counted up to now is to be handed to the sink, by
 * fa_flows_close_some. Flows in progress go on counting, for the next window; of one that is not
 * recognised yet everything is kept until it is, or ends; fragments wait on. What ends or changes
 * its bucket meanwhile may be handed on with the rest. The sums over all windows are those of a run
 * without windows, but for flows of which it turns out later who the client is: a bucket's end
 * parts those, too. While one window is being closed, begins anew. 0.
 */
int fa_flows_close_window(struct fa_flows *flows);

/*
 * Does a part of that: looks at no more than MAX_FLOWS (at least 1) flows and hands on no more than
 * as many conversations. DONE: all was handed on, or no window is being closed. To be called
 * between packets until it is. 0, or what the sink returned.
 */
int fa_flows_close_some(struct fa_flows *flows, size_t max_flows, bool *done);

/* Hands every conversation summed so far to the sink; flows in progress stay. */
int fa_flows_flush(struct fa_flows *flows);

/* Lets every fragment go that still waits, ends every flow, then flushes. */
int fa_flows_finish(struct fa_flows *flows);

/* The counters so far; borrowed. */
const struct fa_worker_counts *fa_flows_counts(const struct fa_flows *flows);

/* Flows in the table now. */
size_t fa_flows_active(const struct fa_flows *flows);

/* Memory that the names of its flows take, names of flows that are over included. */
size_t fa_flows_name_bytes(const struct fa_flows *flows);

#endif
