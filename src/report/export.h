/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The documented openings of a site, for firewall people. */
#ifndef FA_REPORT_EXPORT_H
#define FA_REPORT_EXPORT_H

#include <stdio.h>

#include "core/opening.h"
#include "report/buffer.h"
#include "report/table.h"

/*
 * Writes OPENINGS as rules of nftables (nft -f): a table "inet flowaudit" with a set for each of
 * their ends and a chain of the forward hook. What no document has is counted and logged, and with
 * DROP dropped as well. What cannot be opened stands in comments, with the reason. USAGE: what was
 * used of them, or NULL. 0 or an error with its message.
 */
int fa_export_nftables(FILE *out, const struct fa_openings *openings, const struct fa_usage *usage,
		       bool drop, struct fa_diag *diag);

/* The same as one table, "openings", a row for each of them but those that need no firewall. */
int fa_tables_openings(const struct fa_openings *openings, const struct fa_usage *usage,
		       const struct fa_table_sink *sink, struct fa_diag *diag);

/* How many openings there are in each state. */
void fa_export_count(const struct fa_openings *openings, size_t counts[FA_OPENING_STATE_COUNT]);

/* Whether it needs a firewall: false for what stays inside one machine, and for nobody. */
bool fa_export_matters(const struct fa_opening *opening);

/* "client1, client2 and 3 more", host names and autonomous systems, "anybody". */
void fa_export_add_end(struct fa_buffer *line, const struct fa_opening_end *end);

/* "tcp 443, 5000-5010", "icmp", "tcp (no port is known)" */
void fa_export_add_service(struct fa_buffer *line, const struct fa_opening *opening);

/*
 * What else there is to know of an opening, in words: WHY it cannot be opened, if that is asked
 * for, conditions, alternatives, corrections. BEFORE stands before each sentence but the first.
 */
void fa_export_add_notes(struct fa_buffer *line, const struct fa_opening *opening, bool why,
			 const char *before);

/* "nothing used it since 2026-11-12 22:00, in 9 of 10 runs that could have shown it", or which
 * places did not; nothing when there is nothing to say. */
void fa_export_add_use(struct fa_buffer *line, const struct fa_usage *usage, size_t index);

/* "3 of 10 runs lost packets ...", or nothing: whether the runs can be trusted. */
void fa_export_add_trust(struct fa_buffer *line, const struct fa_usage *usage);

#endif
