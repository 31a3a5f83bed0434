/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Live capture: a source that reads network interfaces and never ends.
 *
 * The caller reads until nothing is there, waits, and reads again:
 *
 *	while (running) {
 *		while (fa_source_read(source, 1024, sink, diag) > 0)
 *			continue;
 *		fa_live_wait(source, 100);
 *	}
 *	fa_live_stop(source);
 *	while (!fa_live_drained(source)) {
 *		fa_live_wait(source, 10);
 *		fa_source_read(source, 1024, sink, diag);
 *	}
 *
 * Packets of several interfaces come in the order of their times. After opening no privilege is
 * needed: an interface that goes down, or is deleted and made again, is taken up again with the
 * sockets that are there. One thread per source.
 */
#ifndef FA_CAPTURE_LIVE_H
#define FA_CAPTURE_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/capture.h"

#define FA_LIVE_SNAP_BYTES     262144
#define FA_LIVE_BUFFER_BYTES   (64ull << 20)
#define FA_LIVE_INTERFACES_MAX 64
#define FA_LIVE_NEW_GROUP      (-1)

struct fa_live_options {
	/* Names of network interfaces; "any", for all of them, only alone. Copied. */
	const char *const *interfaces;
	size_t interface_count;
	/* BPF expression (pcap-filter(7)); NULL or empty: every packet. Copied. */
	const char *filter;
	int snap_bytes;	       /* the kernel cuts packets to this; 0: FA_LIVE_SNAP_BYTES */
	uint64_t buffer_bytes; /* kernel ring per interface; 0: FA_LIVE_BUFFER_BYTES */
	bool promiscuous;      /* "any" never is */
	/*
	 * NULL: none. Else the sources that are opened with the same numbers, one for each
	 * interface, share the packets of that interface: what two hosts send each other, on all
	 * interfaces, and the ICMP errors about it, goes to one of them, by classic BPF of our own
	 * (PACKET_FANOUT_CBPF of packet(7)). All must be opened with the same interfaces in the
	 * same order, before any of them is read. Where a number is FA_LIVE_NEW_GROUP the kernel
	 * finds one that no other program has, and it is put there.
	 */
	int *fanout_groups;
	/* Whether a link type (as in fa_frame) can be decoded: else it is refused. NULL: all can. */
	bool (*link_known)(int link_type);
	/* Takes one line without newline, safe for a terminal; NULL: warnings are lost. */
	void (*warn)(void *context, const char *text);
	void *context;
};

enum fa_live_state {
	FA_LIVE_UP,
	FA_LIVE_DOWN, /* set down, or without a link: waited for */
	FA_LIVE_GONE  /* deleted: an interface of that name is waited for */
};

/* What is known of one interface. */
struct fa_live_interface {
	const char *name; /* safe for a terminal; borrowed until the source is freed */
	enum fa_live_state state;
	int link_type;
	uint64_t buffer_bytes;	    /* what the kernel granted; 0: could not be found out */
	uint64_t packets;	    /* given to the sink */
	uint64_t seen_kernel;	    /* that passed the filter, as the kernel counts: given, still in
				       the ring, or dropped */
	uint64_t dropped_kernel;    /* because the ring was full */
	uint64_t dropped_interface; /* by the device or its driver, since the source was opened */
	uint64_t down_ns;	    /* time that it was not up */
};

/*
 * Opens all interfaces; OPTIONS (except its context) are not needed after the call. An interface
 * that is down is no error: a warning tells, and it is waited for.
 *
 * 0, or with a message: FA_ENOENT (no such interface; tells which there are), FA_EPERM (tells what
 * to do), FA_EINVAL (filter, interface named twice), FA_EUNSUPPORTED (link type that cannot be
 * decoded), FA_EIO, FA_ENOMEM.
 *
 * Of struct fa_capture_counts the source sets link_types, dropped_kernel, dropped_interface and
 * down_ns. The kernel's counts are read once a second, by whatever function is called then, and at
 * the end of draining. Drops of an interface are those that it counts in rx_missed_errors and
 * rx_fifo_errors; one that is made again is counted only where /sys/class/net can be opened then.
 */
int fa_source_open_live(struct fa_source **out, const struct fa_live_options *options,
			struct fa_diag *diag);

/*
 * Waits for packets, at most TIMEOUT_MS. 1 when fa_source_read has something to look at, 0 after
 * the time or a signal. Looks after the interfaces meanwhile.
 */
int fa_live_wait(struct fa_source *source, int timeout_ms);

/* From now on the kernel takes nothing new; what it has can be read to the last packet. */
void fa_live_stop(struct fa_source *source);

/*
 * Whether all that the kernel had before the stop was read, the final counts included: within
 * about 50 ms of the stop when reading keeps up.
 */
bool fa_live_drained(const struct fa_source *source);

size_t fa_live_interface_count(const struct fa_source *source);
/* Interface INDEX, in the order of the options. */
void fa_live_interface(const struct fa_source *source, size_t index, struct fa_live_interface *out);
enum fa_live_state fa_live_state(const struct fa_source *source, size_t index);
uint64_t fa_live_buffer_bytes(const struct fa_source *source, size_t index);

/*
 * The interfaces of this machine as text, those that are up first: "eth0, eth1, any, lo, eth2
 * (down)". Needs no privilege. Cut with "..." where SIZE is too small. Returns their number
 * without "any", 0 when they cannot be listed.
 */
size_t fa_interfaces_text(char *out, size_t size);

#endif
