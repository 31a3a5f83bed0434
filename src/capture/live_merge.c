/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Packets of several interfaces in the order of their times.
 *
 * The next packet of each port is looked at. The port with the oldest one runs, straight from its
 * ring, until its packets are younger than the next packet of another port: that packet of its is
 * copied and held. So one packet is copied for each change of port.
 */
#include "capture/live_merge.h"

/* A time so far ahead of the clock is no matter of a long batch. */
#define FUTURE_NS 100000000ll

struct front {
	struct fa_live_port *first; /* the port to go on with; NULL: none may */
	int64_t first_ns;	    /* of the oldest packet held, also when it must wait */
	int64_t until_ns;	    /* it may run to here */
};

static int run(struct fa_live_merge *merge, struct fa_live_run *run, int64_t now_ns,
	       struct fa_diag *diag)
{
	int err = fa_live_port_run(run, diag);

	merge->given += run->given;
	merge->stopped = run->stopped;
	/* The clock was read before looking: what comes from now on is younger than that less what
	 * the kernel may keep back. */
	run->port->empty_ns = now_ns;
	return err;
}

/* Takes the next packet of each port into view. */
static int look(struct fa_live_merge *merge, int64_t now_ns, struct fa_diag *diag)
{
	for (size_t i = 0; i < merge->count; i++) {
		struct fa_live_run peek = {.port = &merge->ports[i],
					   .max_packets = 1,
					   .until_ns = INT64_MIN,
					   .future_ns = INT64_MAX};
		int err = peek.port->held ? FA_OK : run(merge, &peek, now_ns, diag);

		if (err != FA_OK)
			return err;
	}
	return FA_OK;
}

static struct front front_of(const struct fa_live_merge *merge, int64_t future_ns)
{
	struct front front = {.first = NULL, .first_ns = INT64_MAX, .until_ns = INT64_MAX};
	int64_t limit_ns = INT64_MAX;

	for (size_t i = 0; i < merge->count; i++) {
		struct fa_live_port *port = &merge->ports[i];
		int64_t ts_ns;

		if (!port->held) {
			if (port->empty_ns - FA_LIVE_HOLD_NS < limit_ns)
				limit_ns = port->empty_ns - FA_LIVE_HOLD_NS;
			continue;
		}
		ts_ns = fa_live_order(port->frame.ts_ns, future_ns);
		if (front.first == NULL || ts_ns < front.first_ns) {
			if (front.first != NULL)
				front.until_ns = front.first_ns;
			front.first = port;
			front.first_ns = ts_ns;
		} else if (ts_ns < front.until_ns) {
			front.until_ns = ts_ns;
		}
	}
	if (front.until_ns > limit_ns)
		front.until_ns = limit_ns;
	if (front.first_ns > limit_ns)
		front.first = NULL;
	return front;
}

/* The packet held, and then what follows in the ring. */
static int go_on(struct fa_live_merge *merge, const struct front *front, unsigned max_packets,
		 const struct fa_frame_sink *sink, int64_t now_ns, struct fa_diag *diag)
{
	struct fa_live_run rest = {.port = front->first,
				   .sink = sink,
				   .until_ns = front->until_ns,
				   .future_ns = now_ns + FUTURE_NS};

	front->first->held = false;
	front->first->counts.packets++;
	merge->given++;
	merge->stopped = sink->fn(sink->context, &front->first->frame);
	front->first->empty_ns = now_ns;
	rest.max_packets = max_packets - merge->given;
	if (merge->stopped != 0 || rest.max_packets == 0)
		return FA_OK;
	return run(merge, &rest, now_ns, diag);
}

int fa_live_merge(struct fa_live_merge *merge, unsigned max_packets,
		  const struct fa_frame_sink *sink, int64_t now_ns, struct fa_diag *diag)
{
	struct front front;
	int err;

	merge->given = 0;
	merge->stopped = 0;
	merge->wait_ns = 0;
	err = look(merge, now_ns, diag);
	while (err == FA_OK) {
		front = front_of(merge, now_ns + FUTURE_NS);
		if (front.first == NULL)
			break;
		err = go_on(merge, &front, max_packets, sink, now_ns, diag);
		if (merge->stopped != 0 || merge->given == max_packets)
			return err;
	}
	if (err == FA_OK)
		merge->wait_ns = front.first_ns == INT64_MAX
					 ? INT64_MAX
					 : front.first_ns + FA_LIVE_HOLD_NS - now_ns;
	return err;
}
