/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DNS messages (RFC 1035) about the addresses of a host. */
#ifndef FA_CLASSIFY_DNS_H
#define FA_CLASSIFY_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/name.h"

/*
 * Reads one message, without the length that TCP puts before it. True for a standard query with
 * one question, for A or AAAA records of class IN, and for a complete answer without error to
 * such a query. Not ANY, to which servers need not give everything (RFC 8482), and not HTTPS,
 * whose addresses are hints only (RFC 9460 section 7.3).
 *
 * Of an answer the records are taken as stub resolvers take them: in their order, those of the
 * type asked for that belong to the question's name or to the alias (CNAME) reached so far. The
 * TTL is the smallest on the way there. Names longer than FA_HOST_TEXT holds, or with bytes other
 * than printable ASCII, a dot inside a label or a backslash, are no host names: a question for one
 * gives false, an alias leads nowhere. Anything malformed up to the last record read gives false;
 * OUT is then undefined.
 */
bool fa_dns_read(const uint8_t *message, size_t len, struct fa_name_message *out);

#endif
