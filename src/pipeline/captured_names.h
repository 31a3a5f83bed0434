/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The names that capture files note down for addresses, on their way from the process that reads the
 * files to the auditor: a list in shared memory that only grows. Workers, which may be subverted by
 * a packet, do not have it. One process puts, one takes.
 */
#ifndef FA_PIPELINE_CAPTURED_NAMES_H
#define FA_PIPELINE_CAPTURED_NAMES_H

#include <stdint.h>

#include "capture/capture.h"
#include "core/name.h"

struct fa_captured_names;

/* NULL when there is no memory; it is touched only as far as there are names. */
struct fa_captured_names *fa_captured_names_new(void);
void fa_captured_names_free(struct fa_captured_names *names);

/* Puts the names of SOURCE that are not there yet. */
void fa_captured_names_put(struct fa_captured_names *names, const struct fa_source *source);

/* Hands the names from *TAKEN on, which it moves, to FN, until that fails: 0 or its error. */
int fa_captured_names_take(const struct fa_captured_names *names, uint32_t *taken,
			   int (*fn)(void *context, const struct fa_name_answer *name),
			   void *context);

#endif
