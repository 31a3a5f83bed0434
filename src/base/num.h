/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Strict text to number: the whole text must be the number, within bounds. */
#ifndef FA_BASE_NUM_H
#define FA_BASE_NUM_H

#include <stdint.h>

/* Decimal digits only. 0, or FA_EINVAL when it is not a number in [MIN, MAX]. */
int fa_parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *out);

/* "300", "300s", "5m", "1h", "90d", "2w", "500ms" (a bare number is seconds) to nanoseconds, >= 0. */
int fa_parse_duration_ns(const char *text, int64_t *out_ns);

/* "4096", "64K", "256M", "2G" (powers of 1024) to bytes. */
int fa_parse_size(const char *text, uint64_t *out_bytes);

#endif
