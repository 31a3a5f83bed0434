/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is said of a finding, for people, whatever the format: plain words without markup. Names
 * from outside have been made harmless (fa_text_safe); formats do their own escaping on top.
 */
#ifndef FA_REPORT_FINDING_H
#define FA_REPORT_FINDING_H

#include <stdbool.h>
#include <stdint.h>

#include "core/history.h"
#include "report/buffer.h"
#include "report/places.h"

/* Of names that come from the wire. */
#define FA_FINDING_NAME_COLUMNS 64

/* What one has to know of the run. */
struct fa_finding_about {
	const struct fa_history *history; /* its rule() is asked while a finding is read */
	int64_t run;
	const struct fa_places *places; /* none without a site */
	bool live;
};

/* "office (10.1.2.0) → gateway gw1 (10.1.9.4):443/tcp · SSH, seen by inspection"; of a sweep "sweep:
 * 10.0.0.9 tried 200 ports (tcp) on 3 hosts · 212 flows 2026-11-21 23:14". */
void fa_finding_subject(struct fa_buffer *line, const struct fa_finding_about *about,
			const struct fa_stored_finding *finding);

/* The row of a document behind the verdict, or the nearest, and what differs. Not for sweeps. 0 or
 * an error with its message. */
int fa_finding_citation(struct fa_buffer *line, const struct fa_finding_about *about,
			const struct fa_stored_finding *finding, struct fa_diag *diag);

/* What the citation leaves open: sentences, "" when there is nothing. */
void fa_finding_reasons(struct fa_buffer *line, const struct fa_stored_finding *finding);

/* "3 flows 2026-11-21 23:14, 10 kB · client known by the handshake · asked for www.example.org" */
void fa_finding_extent(struct fa_buffer *line, const struct fa_finding_about *about,
		       const struct fa_stored_finding *finding);

/* Whether the detail is said beside the port of the nearest row, and not among the reasons. */
bool fa_finding_explains_port(const struct fa_stored_finding *finding);

/* "flowaudit evidence 12.3 -o f.pcap" */
void fa_finding_evidence(struct fa_buffer *line, const struct fa_history *history, int64_t run,
			 int64_t number);

#endif
