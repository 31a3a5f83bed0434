/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What workers hand to the auditor, looked at before it is used: a worker may have been subverted
 * by a packet, and may even change a record while it is read. So each is copied first, and it is
 * the copy that is checked.
 */
#ifndef FA_PIPELINE_HANDED_H
#define FA_PIPELINE_HANDED_H

#include "base/error.h"
#include "core/flow.h"
#include "core/name.h"
#include "core/packet.h"

/* Each copies RECORD of LEN bytes to *OUT. FA_ECORRUPT with a message when it cannot be. */
int fa_handed_conversation(const void *record, size_t len, struct fa_conversation *out,
			   struct fa_diag *diag);
int fa_handed_flow(const void *record, size_t len, struct fa_flow_record *out,
		   struct fa_diag *diag);
int fa_handed_name(const void *record, size_t len, struct fa_name_answer *out,
		   struct fa_diag *diag);
/* Its bytes, OUT->captured of them, follow it in RECORD and may still change. */
int fa_handed_packet(const void *record, size_t len, struct fa_packet *out, struct fa_diag *diag);

#endif
