/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Findings that somebody accepted. */
#ifndef FA_AUDIT_WAIVE_H
#define FA_AUDIT_WAIVE_H

#include "audit/context.h"
#include "core/flow.h"
#include "core/verdict.h"

/*
 * Makes OUT "waived" when it is a finding and a waiver of CONTEXT in force covers CONV: the first
 * one in the file. In force means: on the packet clock, so that a replay repeats. A protocol that a
 * waiver names has to have been seen ("Unknown": not recognised); where nothing came through there
 * was none to see, and addresses and ports decide. When it is open who serves, a waiver covers
 * either way round. Pure; who counts uses waiver->index.
 */
void fa_waive(const struct fa_audit_context *context, const struct fa_conversation *conv,
	      struct fa_judgement *out);

#endif
