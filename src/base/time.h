/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packet time: signed nanoseconds since 1970-01-01 UTC. */
#ifndef FA_BASE_TIME_H
#define FA_BASE_TIME_H

#include <stdint.h>

#define FA_NS_PER_SECOND 1000000000ll

/* Space for a time as text, with the final NUL. */
#define FA_TIME_TEXT 40

/* "2026-11-22T01:02:03.000004Z" into TEXT[FA_TIME_TEXT]; returns TEXT. Nine digits when the
 * nanoseconds are not whole microseconds. */
char *fa_time_text(int64_t ts_ns, char *text);

/* "2026-11-22 01:02" (UTC), for people. */
char *fa_time_text_short(int64_t ts_ns, char *text);

/* Space for a duration as text, with the final NUL. */
#define FA_DURATION_TEXT 32

/* "12 ms", "1.4 s", "42 s", "12 min 5 s", "1 h 5 min", "9 days 3 h" into TEXT[FA_DURATION_TEXT];
 * returns TEXT. Below 0 as 0; what is left beside two units is cut off. */
char *fa_duration_text(int64_t ns, char *text);

/* Monotonic clock of this machine, for progress and waits; never packet time. */
int64_t fa_monotonic_ns(void);

/* Nanoseconds since 1970-01-01 UTC by the system's clock, which people may set. */
int64_t fa_wall_clock_ns(void);

/* The start of the bucket that holds TS: floor to a multiple of BUCKET_NS, also before 1970. */
int64_t fa_bucket_start(int64_t ts_ns, int64_t bucket_ns);

#endif
