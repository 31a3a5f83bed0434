/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The live source: its interfaces, looked after ten times a second by whoever reads or waits.
 *
 * Handles do not block: pcap_dispatch on an idle link would not come back in time, so waiting is
 * a poll of our own over all sockets.
 */
#include "capture/live.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "base/time.h"
#include "capture/live_merge.h"
#include "capture/live_port.h"
#include "capture/source.h"

#define LOOK_NS	    100000000ll /* how often states are looked at */
#define COUNT_NS    FA_NS_PER_SECOND
#define WAIT_MIN_NS 1000000ll /* so that what waits for its time comes in batches */
#define NS_PER_MS   1000000ll
#define NEVER	    INT64_MAX
#define SNAP_MIN    64 /* fewer bytes would not show the addresses of tagged IPv6 */

struct live_source {
	struct fa_source base;
	size_t count;
	struct fa_live_merge merge; /* with more than one port */
	int64_t look_ns, count_ns;  /* when it is time again; monotonic, like the next two */
	int64_t ready_ns;	    /* when a packet held may go; NEVER: nothing is held */
	int64_t stopped_ns;	    /* NEVER: not stopped */
	bool drained;
	struct fa_live_port ports[];
};

static struct live_source *live_source_of(struct fa_source *source)
{
	return (struct live_source *)source; /* base is the first member */
}

static const struct live_source *const_live_source_of(const struct fa_source *source)
{
	return (const struct live_source *)source;
}

static int64_t wall_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * FA_NS_PER_SECOND + now.tv_nsec;
}

static void count_all(struct live_source *live)
{
	for (size_t i = 0; i < live->count; i++)
		fa_live_port_count(&live->ports[i]);
}

/* What is due: states, and counts while there is something to count. */
static void look_after(struct live_source *live, int64_t now_ns)
{
	if (now_ns < live->look_ns)
		return;
	live->look_ns = now_ns + LOOK_NS;
	for (size_t i = 0; i < live->count && live->stopped_ns == NEVER; i++)
		fa_live_port_look(&live->ports[i], now_ns);
	if (now_ns < live->count_ns)
		return;
	live->count_ns = now_ns + COUNT_NS;
	count_all(live);
}

static int read_one(struct live_source *live, unsigned max_packets,
		    const struct fa_frame_sink *sink, struct fa_diag *diag)
{
	struct fa_live_run run = {.port = &live->ports[0],
				  .sink = sink,
				  .max_packets = max_packets,
				  .until_ns = INT64_MAX,
				  .future_ns = INT64_MAX};
	int err = fa_live_port_run(&run, diag);

	if (err != FA_OK)
		return err;
	return run.stopped != 0 ? run.stopped : (int)run.given;
}

static int read_merged(struct live_source *live, unsigned max_packets,
		       const struct fa_frame_sink *sink, int64_t now_ns, struct fa_diag *diag)
{
	struct fa_live_merge *merge = &live->merge;
	int err = fa_live_merge(merge, max_packets, sink, wall_ns(), diag);

	live->ready_ns = NEVER;
	if (err == FA_OK && merge->wait_ns != NEVER)
		live->ready_ns = now_ns + (merge->wait_ns > 0 && merge->wait_ns < WAIT_MIN_NS
						   ? WAIT_MIN_NS
						   : merge->wait_ns);
	if (err != FA_OK)
		return err;
	return merge->stopped != 0 ? merge->stopped : (int)merge->given;
}

static int live_read(struct fa_source *source, unsigned max_packets,
		     const struct fa_frame_sink *sink, struct fa_diag *diag)
{
	struct live_source *live = live_source_of(source);
	int64_t now_ns = fa_monotonic_ns();
	int result;

	if (max_packets == 0)
		return 0;
	if (max_packets > INT32_MAX)
		max_packets = INT32_MAX;
	look_after(live, now_ns);
	if (live->count == 1)
		result = read_one(live, max_packets, sink, diag);
	else
		result = read_merged(live, max_packets, sink, now_ns, diag);
	/* Nothing was there, so long after the stop that all blocks had been handed over. */
	if (result == 0 && live->ready_ns == NEVER && live->stopped_ns != NEVER &&
	    now_ns - live->stopped_ns > FA_LIVE_HOLD_NS && !live->drained) {
		count_all(live);
		live->drained = true;
	}
	return result;
}

static void live_counts(const struct fa_source *source, struct fa_capture_counts *counts)
{
	const struct live_source *live = const_live_source_of(source);
	struct fa_live_interface one;

	counts->files = 0;
	counts->files_truncated = 0;
	counts->link_type_count = 0;
	counts->dropped_kernel = 0;
	counts->dropped_interface = 0;
	counts->down_ns = 0;
	for (size_t i = 0; i < live->count; i++) {
		fa_live_interface(source, i, &one);
		fa_source_add_link_type(counts, one.link_type);
		counts->dropped_kernel += one.dropped_kernel;
		counts->dropped_interface += one.dropped_interface;
		counts->down_ns += one.down_ns;
	}
}

static void live_interfaces(const struct fa_source *source, struct fa_run_interfaces *out)
{
	const struct live_source *live = const_live_source_of(source);
	struct fa_live_interface one;

	_Static_assert(FA_LIVE_INTERFACES_MAX <= FA_INTERFACES_MAX, "all of them have room");
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < live->count; i++) {
		struct fa_run_interface *to = &out->items[i];

		fa_live_interface(source, i, &one);
		fa_text_copy(to->name, sizeof(to->name), live->ports[i].name);
		to->link_type = one.link_type;
		to->packets = one.packets;
		to->dropped_kernel = one.dropped_kernel;
		to->dropped_interface = one.dropped_interface;
		to->counts_kernel = true;
		to->counts_interface = live->ports[i].losses.fds[0] >= 0;
	}
	out->count = (uint32_t)live->count;
}

static bool live_has_nanoseconds(const struct fa_source *source)
{
	(void)source;
	return true;
}

static void live_free(struct fa_source *source)
{
	struct live_source *live = live_source_of(source);

	for (size_t i = 0; i < live->count; i++)
		fa_live_port_close(&live->ports[i]);
	free(live);
}

static const struct fa_source_ops live_ops = {
	.read = live_read,
	.counts = live_counts,
	.interfaces = live_interfaces,
	.has_nanoseconds = live_has_nanoseconds,
	.free = live_free,
};

/* Packets of an interface must not come twice. */
static int check_names(const struct fa_live_options *options, struct fa_diag *diag)
{
	char label[64];

	if (options->interface_count == 0)
		return fa_fail(diag, FA_EINVAL, "no interface is named");
	if (options->interface_count > FA_LIVE_INTERFACES_MAX)
		return fa_fail(diag, FA_EINVAL, "more than %d interfaces", FA_LIVE_INTERFACES_MAX);
	for (size_t i = 0; i < options->interface_count; i++) {
		const char *name = options->interfaces[i];

		if (strcmp(name, "any") == 0 && options->interface_count > 1)
			return fa_fail(diag, FA_EINVAL,
				       "\"any\" has the packets of all interfaces: name it alone");
		for (size_t j = 0; j < i; j++)
			if (strcmp(name, options->interfaces[j]) == 0)
				return fa_fail(
					diag, FA_EINVAL, "interface %s is named twice",
					fa_text_safe(name, strlen(name), label, sizeof(label)));
	}
	return FA_OK;
}

static struct fa_live_options with_defaults(const struct fa_live_options *options)
{
	struct fa_live_options full = *options;

	if (full.snap_bytes <= 0 || full.snap_bytes > FA_LIVE_SNAP_BYTES)
		full.snap_bytes = FA_LIVE_SNAP_BYTES;
	if (full.snap_bytes < SNAP_MIN)
		full.snap_bytes = SNAP_MIN;
	if (full.buffer_bytes == 0)
		full.buffer_bytes = FA_LIVE_BUFFER_BYTES;
	return full;
}

static int open_port(struct live_source *live, size_t index, const struct fa_live_options *options,
		     struct fa_diag *diag)
{
	struct fa_live_port *port = &live->ports[index];
	int err;

	live->count = index + 1; /* closed in either case */
	err = fa_live_port_open(port, options->interfaces[index], index, options, diag);
	if (err != FA_OK || options->interface_count == 1)
		return err;
	port->bytes = malloc((size_t)pcap_snapshot(port->pcap)); /* libpcap gives no more */
	return port->bytes == NULL ? fa_fail(diag, FA_ENOMEM, "no memory to open") : FA_OK;
}

int fa_source_open_live(struct fa_source **out, const struct fa_live_options *options,
			struct fa_diag *diag)
{
	struct fa_live_options full = with_defaults(options);
	struct live_source *live;
	int err = check_names(&full, diag);

	if (err != FA_OK)
		return err;
	live = calloc(1, sizeof(*live) + full.interface_count * sizeof(live->ports[0]));
	if (live == NULL)
		return fa_fail(diag, FA_ENOMEM, "no memory to open");
	live->base.ops = &live_ops;
	live->ready_ns = NEVER;
	live->stopped_ns = NEVER;
	for (size_t i = 0; i < full.interface_count && err == FA_OK; i++)
		err = open_port(live, i, &full, diag);
	if (err != FA_OK) {
		live_free(&live->base);
		return err;
	}
	live->merge = (struct fa_live_merge){.ports = live->ports, .count = live->count};
	look_after(live, fa_monotonic_ns()); /* tells of those that are down */
	*out = &live->base;
	return FA_OK;
}

/* Descriptors of the ports whose next packet is not known yet: the others have nothing to tell. */
static nfds_t to_poll(const struct live_source *live, struct pollfd *fds)
{
	nfds_t count = 0;

	for (size_t i = 0; i < live->count; i++)
		if (!live->ports[i].held)
			fds[count++] = (struct pollfd){.fd = live->ports[i].fd, .events = POLLIN};
	return count;
}

static int poll_until(const struct live_source *live, int64_t now_ns, int64_t until_ns)
{
	struct pollfd fds[FA_LIVE_INTERFACES_MAX];
	nfds_t count = to_poll(live, fds);
	int64_t left_ns = until_ns > now_ns ? until_ns - now_ns : 0;
	struct timespec left = {.tv_sec = left_ns / FA_NS_PER_SECOND,
				.tv_nsec = left_ns % FA_NS_PER_SECOND};

	return ppoll(fds, count, &left, NULL);
}

int fa_live_wait(struct fa_source *source, int timeout_ms)
{
	struct live_source *live = live_source_of(source);
	int64_t now_ns = fa_monotonic_ns();
	int64_t end_ns = now_ns + timeout_ms * NS_PER_MS;

	for (;;) {
		int64_t until_ns = end_ns < live->look_ns ? end_ns : live->look_ns;
		int ready;

		if (live->ready_ns <= now_ns)
			return 1;
		if (live->ready_ns < until_ns)
			until_ns = live->ready_ns;
		ready = poll_until(live, now_ns, until_ns);
		if (ready != 0)
			return ready > 0;
		now_ns = fa_monotonic_ns();
		look_after(live, now_ns);
		if (now_ns >= end_ns)
			return 0;
	}
}

void fa_live_stop(struct fa_source *source)
{
	struct live_source *live = live_source_of(source);

	if (live->stopped_ns != NEVER)
		return;
	for (size_t i = 0; i < live->count; i++)
		fa_live_filter_refuse(live->ports[i].fd);
	live->stopped_ns = fa_monotonic_ns();
}

bool fa_live_drained(const struct fa_source *source)
{
	return const_live_source_of(source)->drained;
}

size_t fa_live_interface_count(const struct fa_source *source)
{
	return const_live_source_of(source)->count;
}

void fa_live_interface(const struct fa_source *source, size_t index, struct fa_live_interface *out)
{
	const struct live_source *live = const_live_source_of(source);
	const struct fa_live_port *port = &live->ports[index];

	*out = port->counts;
	out->state = port->state;
	if (port->state != FA_LIVE_UP) {
		int64_t now_ns = live->stopped_ns == NEVER ? fa_monotonic_ns() : live->stopped_ns;

		out->down_ns += (uint64_t)(now_ns - port->down_since_ns);
	}
}

enum fa_live_state fa_live_state(const struct fa_source *source, size_t index)
{
	return const_live_source_of(source)->ports[index].state;
}

uint64_t fa_live_buffer_bytes(const struct fa_source *source, size_t index)
{
	return const_live_source_of(source)->ports[index].counts.buffer_bytes;
}
