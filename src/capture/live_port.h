/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One interface of a live source, read through libpcap. Private to this folder. */
#ifndef FA_CAPTURE_LIVE_PORT_H
#define FA_CAPTURE_LIVE_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include <pcap/pcap.h>

#include "capture/interfaces.h"
#include "capture/live.h"
#include "capture/live_filter.h"

/*
 * After so long the kernel hands over a block of packets that is not full. A block waits at most
 * this long, and a packet that arrived twice as long ago is certain to be readable, however late
 * the timer is.
 */
#define FA_LIVE_BLOCK_MS 20
#define FA_LIVE_HOLD_NS	 (2ll * FA_LIVE_BLOCK_MS * 1000000)

struct fa_live_port {
	char *name;
	char label[64]; /* the name, safe for a terminal */
	pcap_t *pcap;
	int fd; /* of pcap */
	struct fa_live_filter *filter;
	struct fa_interface_losses losses;
	void (*warn)(void *context, const char *text);
	void *context;

	bool any;
	bool promiscuous;
	/* One of several sockets that share the packets of the interface. The kernel does not let
	 * such a socket be bound again, so it is bound to no interface, and the filter selects. */
	bool shared;
	int kind;	/* ARPHRD_ of the interface, as libpcap took it */
	unsigned index; /* of the interface last attached to */

	enum fa_live_state state;
	const char *why;       /* it is not up */
	int64_t down_since_ns; /* monotonic; while not up */
	bool traffic;	       /* packets came since the state was last looked at */
	bool no_link_sense;    /* packets come without a link: the driver does not tell of it */
	bool other_kind_told;

	uint32_t last_received, last_dropped; /* libpcap's counters: 32 bits */
	struct fa_live_interface counts;

	/* For the merge: */
	bool held; /* the next packet is in frame, its bytes copied */
	struct fa_frame frame;
	uint8_t *bytes;
	int64_t empty_ns; /* wall clock when nothing was there to be read; valid when not held */
};

/*
 * Opens the interface NAME, the INDEX-th of the source. Close it in either case.
 * Errors as fa_source_open_live.
 */
int fa_live_port_open(struct fa_live_port *port, const char *name, size_t index,
		      const struct fa_live_options *options, struct fa_diag *diag);
void fa_live_port_close(struct fa_live_port *port);

/* One go at reading a port. */
struct fa_live_run {
	struct fa_live_port *port;
	const struct fa_frame_sink *sink;
	unsigned max_packets; /* at least 1 */
	int64_t until_ns;     /* the first packet later than this is held, and ends the run */
	int64_t future_ns;    /* later times are from before the clock was set back; see below */
	unsigned given;
	int stopped; /* what the sink returned, when not 0 */
};

/*
 * By what packets are merged: their time, but a time in the future is one of a clock that was set
 * back since, and must not wait for the clock to come there again.
 */
static inline int64_t fa_live_order(int64_t ts_ns, int64_t future_ns)
{
	return ts_ns > future_ns ? INT64_MIN : ts_ns;
}

/* Reads packets that are there; the port must not hold one. 0 or FA_EIO. */
int fa_live_port_run(struct fa_live_run *run, struct fa_diag *diag);

/* Looks what became of the interface, takes it up again when it is back, tells of changes. */
void fa_live_port_look(struct fa_live_port *port, int64_t now_ns);

/* Adds what the kernel and the interface counted since the last call. */
void fa_live_port_count(struct fa_live_port *port);

#endif
