/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows whose port is chosen at run time. A number says nothing about them, so they count only with
 * something else:
 * - a row that another one leads to (RPC after 135, the data connections of FTP): when the two
 *   hosts used the leading row, begun no later, and inspection saw a protocol that the row names;
 *   where it names none, a protocol that no other row names. When the protocol was not seen, or
 *   the connection never opened, the verdict is left open.
 * - a row that nothing leads to: when both ends fit by place and inspection saw a protocol that
 *   the row names. Where it names none and nothing was recognised, that this is the row's traffic
 *   can be neither shown nor excluded: the verdict is left open.
 * What is left open yields to every row that documents the port itself.
 */
#ifndef FA_AUDIT_DYNAMIC_H
#define FA_AUDIT_DYNAMIC_H

#include "audit/weigh.h"

/* Adds the rows that count to the COUNT sorted ones in OUT[FA_WEIGHED_MAX]; returns how many. */
size_t fa_dynamic_add(const struct fa_audit_context *context, const struct fa_conversation *conv,
		      struct fa_weighed *out, size_t count);

#endif
