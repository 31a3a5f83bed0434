/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of the wire: what wrapped the traffic, copies, settings. Private to src/report. */
#ifndef FA_REPORT_WIRE_WORDS_H
#define FA_REPORT_WIRE_WORDS_H

#include "core/history.h"
#include "report/buffer.h"

/* "VXLAN", "VLAN tag" */
const char *fa_words_layer(enum fa_tunnel kind);

/* "VLAN tags 12,004 packets, ERSPAN 33": the most packets first; nothing when there is none. */
void fa_words_layers(struct fa_buffer *buffer, const struct fa_capture_counts *capture);

/* "auto, within 1 ms: 1,204 copies left out (1.3%), 3 ..." */
void fa_words_duplicates(struct fa_buffer *buffer, const struct fa_stored_run *run);

/* Settings that are not those of the program, as options: "--key vlan --max-headers 20". */
void fa_words_settings(struct fa_buffer *buffer, const struct fa_wire *wire);

/* "100", "100.42": the tags of the key, the outer one first; nothing where it has none. */
void fa_words_vlan(struct fa_buffer *buffer, const struct fa_identity *id);

/* Whether the interfaces of a run are worth a line each: more than files (of each file one says
 * nothing new), or packets lost at one. */
bool fa_interfaces_tell(const struct fa_stored_run *run);
/* "eth0", or "interface 3" where it has no name. */
void fa_words_interface(struct fa_buffer *buffer, const struct fa_run_interfaces *interfaces,
			uint32_t index);

/* Whether anything of TCP may be missing: else there is no need to look for it. */
bool fa_losses_may_be(const struct fa_run_totals *totals);
/* "to server" for the only direction that was seen, "" for both. */
const char *fa_words_one_way(enum fa_one_way one_way);

#endif
