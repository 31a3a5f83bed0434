/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Interned labels: what inspection and the wire called a flow (protocol, application, host name).
 * Few labels are shared by many flows, so a flow holds a number. The table is keyed, because the
 * wire chooses the host names.
 */
#ifndef FA_CORE_LABELS_H
#define FA_CORE_LABELS_H

#include <stddef.h>
#include <stdint.h>

struct fa_labels;

struct fa_label {
	const char *protocol, *application, *host; /* borrowed until the next intern or clear */
};

int fa_labels_new(struct fa_labels **out);
void fa_labels_free(struct fa_labels *labels);

/* The number of the label, equal texts giving equal numbers; UINT32_MAX when memory is short. */
uint32_t fa_labels_intern(struct fa_labels *labels, const char *protocol, const char *application,
			  const char *host);

/* The label behind NUMBER, which must come from fa_labels_intern. */
struct fa_label fa_labels_get(const struct fa_labels *labels, uint32_t number);

/* Bytes held, for limits. */
size_t fa_labels_bytes(const struct fa_labels *labels);

void fa_labels_clear(struct fa_labels *labels);

#endif
