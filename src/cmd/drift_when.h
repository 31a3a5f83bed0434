/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Points in time as people write them. */
#ifndef FA_CMD_DRIFT_WHEN_H
#define FA_CMD_DRIFT_WHEN_H

#include <stdint.h>

/*
 * Reads "2026-11-20T22:00:00Z" (RFC 3339, also with an offset, without seconds, or with a space in
 * place of the T), "2026-11-20", "today", "yesterday" (the beginning of that day), "now", or a
 * duration, which is so long before NOW_NS. UTC where the text does not say. 0 or FA_EINVAL.
 */
int fa_parse_when(const char *text, int64_t now_ns, int64_t *out_ns);

#define FA_WHEN_EXPECTED                                                                           \
	"a time such as 2026-11-20, 2026-11-20T22:00Z, yesterday, today or 12h (so long ago)"

#endif
