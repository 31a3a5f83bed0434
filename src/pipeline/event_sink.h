/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where events go, one line of JSON each: a file, a UNIX socket, or standard output. Lines come in
 * batches, one for each window. A receiver that is slow or gone holds nobody up for longer than
 * FA_EVENT_SINK_BATCH_MS in all per batch: what cannot be delivered waits here, within limits, and
 * is tried again with the next batch.
 *
 * For one thread. SIGPIPE must be ignored where lines go to a pipe.
 */
#ifndef FA_PIPELINE_EVENT_SINK_H
#define FA_PIPELINE_EVENT_SINK_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define FA_EVENT_SINK_BATCH_MS 1000
/* Lines that wait for their receiver; more are dropped, the newest first. */
#define FA_EVENT_SINK_LINES 1000
#define FA_EVENT_SINK_BYTES (4u << 20)

struct fa_event_sink;

/* Takes one line without newline, safe for a terminal. */
typedef void (*fa_event_warn_fn)(void *context, const char *text);

/*
 * Opens WHERE:
 * "-"		standard output
 * "unix:PATH"	a socket to connect to, SOCK_STREAM or, if it is one, SOCK_DGRAM; nobody needs to
 *		listen there yet
 * else		a file, which is appended to and made when missing (mode 0640); one that was renamed
 *		away is opened anew under its name with the next batch. A FIFO is written to as soon
 *		as somebody reads it
 *
 * FA_EINVAL, FA_ENOENT (a folder is missing), FA_EPERM, FA_EIO ... with a message: it can never
 * work. WARN hears when delivery stops and when it works again.
 */
int fa_event_sink_open(struct fa_event_sink **out, const char *where, fa_event_warn_fn warn,
		       void *context, struct fa_diag *diag);

/* Delivers nothing more: lines that still wait are dropped, with a warning. NULL is fine. */
void fa_event_sink_free(struct fa_event_sink *sink);

/* Begins a batch; connects again where needed. A batch without lines delivers what waits. */
void fa_event_sink_begin(struct fa_event_sink *sink);
/* LINE is without newline, and copied; each is written with one write(2) where that is possible. */
void fa_event_sink_line(struct fa_event_sink *sink, const char *line);
void fa_event_sink_end(struct fa_event_sink *sink);

size_t fa_event_sink_waiting(const struct fa_event_sink *sink);   /* lines */
uint64_t fa_event_sink_dropped(const struct fa_event_sink *sink); /* lines, since it was opened */

#endif
