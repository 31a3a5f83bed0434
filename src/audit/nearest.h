/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The nearest miss of a conversation that no rule covers. */
#ifndef FA_AUDIT_NEAREST_H
#define FA_AUDIT_NEAREST_H

#include "audit/context.h"
#include "core/verdict.h"

/*
 * With a site: a row that documents this port, or has it at another instance, and that fits these
 * very machines but for the port, since the site or an offset moved it. Then fills nearest,
 * nearest_instance, differs, reason and detail of OUT, and is true.
 */
bool fa_nearest_moved(const struct fa_audit_context *context, const struct fa_conversation *conv,
		      struct fa_judgement *out);

/*
 * Fills nearest, nearest_instance and differs of OUT, or leaves them as they are when nothing is
 * near. In this order:
 * 0. what fa_nearest_moved finds;
 * 1. a row of the same machines, or of the same protocol, a few ports below, whose product counts
 *    up when its port is taken: the detail says so;
 * 2. the same port on another transport, when the protocol does not speak against it: a firewall
 *    rule with the wrong transport is a small and common mistake;
 * 3. the same protocol, seen, on another port of the same transport: a moved or configurable port;
 * 4. the same port on another transport although the protocol differs (QUIC on 443);
 * 5. the same port and transport in a row of a product that the site does not have.
 * A rule that accepts any protocol is never near by protocol. With a site a rule of 1 to 4 is near
 * only when it is involved, see audit/ends.h.
 */
void fa_nearest_find(const struct fa_audit_context *context, const struct fa_conversation *conv,
		     struct fa_judgement *out);

#endif
