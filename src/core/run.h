/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One run: what was read, with what losses. Lives in shared memory while it is counted. */
#ifndef FA_CORE_RUN_H
#define FA_CORE_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/packet.h"
#include "core/wire.h"

#define FA_LINK_TYPES_MAX 8
#define FA_INTERFACES_MAX 64
#define FA_INTERFACE_TEXT 64
#define FA_SOURCE_TEXT	  512
#define FA_FILTER_TEXT	  1024

enum fa_run_kind { FA_RUN_REPLAY, FA_RUN_LIVE };

/* How a run ended. */
enum fa_run_end { FA_RUN_UNFINISHED, FA_RUN_COMPLETE, FA_RUN_INTERRUPTED, FA_RUN_FAILED };

const char *fa_run_kind_text(enum fa_run_kind kind); /* "replay", "live" */
const char *fa_run_end_text(enum fa_run_end end);    /* "unfinished", "complete", ... */

/* What the capture process counts. */
struct fa_capture_counts {
	uint64_t packets;			/* read from the source, after the filter */
	uint64_t frame_bytes;			/* their bytes on the wire, link header included */
	uint64_t results[FA_DECODE_COUNT];	/* sums to packets - duplicates */
	uint64_t duplicates;			/* copies of a packet before them, left out */
	uint64_t duplicates_left; /* repeated word for word, but nothing shows that they are copies */
	uint64_t layers[FA_TUNNEL_COUNT]; /* decoded packets with this wrapped around them */
	uint64_t cut;				/* packets captured shorter than on the wire */
	uint64_t dropped_kernel, dropped_interface, dropped_ring;
	uint64_t time_backwards;		/* packets older than one before them */
	uint64_t down_ns; /* live: time without an interface, summed over interfaces */
	int64_t first_ns, last_ns;		/* packet time; valid when packets > 0 */
	int32_t link_types[FA_LINK_TYPES_MAX];
	uint32_t link_type_count;
	uint32_t files, files_truncated;	/* inputs that end in mid-packet */
};

/* What one worker counts; summed over workers. */
struct fa_worker_counts {
	uint64_t packets;	    /* taken from the ring */
	uint64_t flows;		    /* flows begun */
	uint64_t flows_evicted;	    /* ended early at the cap on flows */
	uint64_t inspections_evicted; /* nDPI states given up at their cap */
	uint64_t inspection_calls;  /* packets handed to nDPI */
	uint64_t conversations_out; /* conversation records sent to the auditor */
	uint64_t fragments_unmatched; /* later fragments without a first piece */
	uint64_t sequence_gap_bytes;  /* TCP bytes never seen: lost before the tap */
	uint64_t tcp_bytes;	      /* TCP payload bytes seen */
	uint64_t one_way_flows;	      /* TCP flows of which only one side was seen */
	uint64_t acked_unseen_bytes;  /* TCP bytes acknowledged, of a side that was seen, but never
					 seen: lost before the tap, at the end of what was sent */
};

/* What the supervisor counts when a worker dies. */
struct fa_loss_counts {
	uint64_t workers_replaced;
	uint64_t packets_lost; /* handed to a worker, lost with it */
	uint64_t flows_lost;
	uint64_t judged_early; /* times that the auditor judged before the end, for want of memory */
	uint64_t evidence_dropped; /* packets not kept for evidence, for want of room */
};

/* An interface of a capture: of the live one, or as a capture file describes it. */
struct fa_run_interface {
	char name[FA_INTERFACE_TEXT]; /* raw bytes; "" when the file has no name for it */
	int32_t link_type;
	uint32_t input; /* which of the files, from 0; of a live capture 0 */
	uint64_t packets;
	/* What the interface or the kernel lost, as far as somebody counted: */
	uint64_t dropped_kernel, dropped_interface;
	bool counts_kernel, counts_interface; /* whether these are known */
};

/* The first ones of a run; MORE have no room. */
struct fa_run_interfaces {
	struct fa_run_interface items[FA_INTERFACES_MAX];
	uint32_t count, more;
};

struct fa_run_info {
	enum fa_run_kind kind;
	char source[FA_SOURCE_TEXT]; /* file names or interface, as given */
	char filter[FA_FILTER_TEXT];
	int64_t bucket_ns;
	uint32_t workers;
	bool sandboxed;
	struct fa_wire wire;
};

struct fa_run_totals {
	struct fa_capture_counts capture;
	struct fa_worker_counts workers;
	struct fa_loss_counts loss;
	struct fa_run_interfaces interfaces; /* as they are now: nothing is summed or subtracted */
	uint64_t conversations;
	enum fa_run_end end;
};

/* A part of a live run: what was counted from one close of a window to the next. */
struct fa_window {
	int64_t begun_ns, ended_ns;   /* wall clock */
	struct fa_run_totals totals; /* of this window alone */
	bool part; /* for the writer: more follows at once, so findings and summary wait for it */
};

/* A worker that died or hung, with the packet that it had in hand. */
struct fa_crash {
	uint32_t n;	  /* of its run, from 1; 0: not stored yet */
	int64_t when_ns;  /* wall clock */
	int64_t ts_ns;	  /* of the packet */
	uint64_t number;  /* of the packet, from 1 */
	uint32_t worker;
	int32_t signal;	    /* 0: hung */
	uint32_t ip_bytes;  /* on the wire */
	uint32_t captured;  /* of them in BYTES; may be 0 */
	const uint8_t *bytes; /* IP packet; borrowed */
};

void fa_worker_counts_add(struct fa_worker_counts *into, const struct fa_worker_counts *from);
/* TCP bytes that were lost before the tap, as far as sequence numbers and acknowledgements say. */
static inline uint64_t fa_unseen_bytes(const struct fa_worker_counts *counts)
{
	return counts->sequence_gap_bytes + counts->acked_unseen_bytes;
}

/* Sums; the first and the last time where there are packets, the link types of both. */
void fa_capture_counts_add(struct fa_capture_counts *into, const struct fa_capture_counts *from);

/*
 * What was counted between BEFORE and NOW, two readings of the same counters: every counter's
 * difference. The first packet's time is not known and becomes that of the last one before; link
 * types and end are those of NOW. Adding the result to BEFORE gives NOW.
 */
void fa_run_totals_since(const struct fa_run_totals *now, const struct fa_run_totals *before,
			 struct fa_run_totals *out);

/*
 * How far the figures of a run can be trusted: "high", "medium", "low" or "none" (no packet). WHY,
 * when not NULL, gets a sentence (up to WHY_SIZE) with the measurements behind it. Pure.
 */
const char *fa_run_confidence(const struct fa_run_totals *totals, char *why, size_t why_size);

#endif
