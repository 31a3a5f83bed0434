/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the service manager is told: the protocol of sd_notify(3), which that page describes for
 * programs that do without its library. Without a manager, or when it does not listen, all of it
 * does nothing: never an error.
 */
#ifndef FA_PIPELINE_NOTIFY_H
#define FA_PIPELINE_NOTIFY_H

#include <stdint.h>

/*
 * Opens and connects the socket that $NOTIFY_SOCKET names and keeps it; to be called once, early,
 * before the process is confined. $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID are read and
 * then unset: nobody else shall speak for us.
 */
void fa_notify_open(void);

/*
 * Says STATE: lines "READY=1", "STATUS=...", "WATCHDOG=1", "STOPPING=1", "RELOADING=1", separated
 * by new lines. RELOADING=1 gets the MONOTONIC_USEC that belongs to it. Only the process that
 * opened the socket speaks; in its children this does nothing. Waits at most 0.1 s.
 */
void fa_notify(const char *state);

/* How often the manager wants WATCHDOG=1 at the latest (send it twice as often); 0: it does not. */
int64_t fa_notify_watchdog_ns(void);

void fa_notify_close(void);

#endif
