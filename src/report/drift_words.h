/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is said of a difference, for people, whatever the format: plain words without markup, made
 * harmless (fa_text_safe); formats do their own escaping on top. Private to src/report/drift*.
 */
#ifndef FA_REPORT_DRIFT_WORDS_H
#define FA_REPORT_DRIFT_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/drift.h"
#include "report/buffer.h"

/* Of names that come from outside; and where a line has to do. */
#define FA_DRIFT_NAME_COLUMNS  64
#define FA_DRIFT_BRIEF_COLUMNS 28

/* What one has to know besides the difference. */
struct fa_drift_about {
	const struct fa_drift *drift;
	const struct fa_history *history; /* of the later span; NULL: nothing is cited */
};

/* The side to look at: the later one, unless nothing is there any more. */
const struct fa_drift_state *fa_drift_side_to_see(const struct fa_difference *difference);
/* Whether it is about traffic: appeared, changed, vanished. */
bool fa_drift_is_traffic(const struct fa_difference *difference);
/* Whether it is about one transport, and one port: of ICMP that is type and code. */
bool fa_drift_has_transport(const struct fa_difference *difference);
bool fa_drift_has_port(const struct fa_difference *difference);
/* Waivers differ because of waivers, coverage because of coverage: that goes without saying. */
bool fa_drift_is_own_cause(const struct fa_difference *difference);

/*
 * "new service: dc1/gateway → sql1 (10.2.4.9):1433/tcp · TDS · undocumented". COLUMNS are those of
 * one name; fewer than FA_DRIFT_NAME_COLUMNS make all of it brief. Returns where " · TDS" begins,
 * before which a line that is too long is best cut.
 */
size_t fa_drift_say_what(struct fa_buffer *line, const struct fa_difference *difference,
			 size_t columns);
/* "10.0.1.2:443/tcp"; nothing where it is no matter. */
void fa_drift_say_client(struct fa_buffer *line, const struct fa_difference *difference,
			 size_t columns);
void fa_drift_say_server(struct fa_buffer *line, const struct fa_difference *difference,
			 size_t columns);
/* The server and port of traffic, or where there are many of them the client: without figures, so
 * the same every night. Nothing where that is not one. */
void fa_drift_say_place(struct fa_buffer *line, const struct fa_difference *difference);
/* One side alone: "TDS · undocumented", "seen". */
void fa_drift_say_state(struct fa_buffer *line, const struct fa_difference *difference,
			const struct fa_drift_state *state);
/* "3 clients, 88 flows, 12.0 MB, 2026-11-21 23:14 .. 23:20"; nothing where nothing was counted. */
void fa_drift_say_extent(struct fa_buffer *line, const struct fa_difference *difference,
			 const struct fa_drift_state *state);
/* "cause: waiver (db-test expired on 2026-11-20); perhaps not so: 30% of packets were lost" */
void fa_drift_say_cause(struct fa_buffer *line, const struct fa_difference *difference);

/* The id of the row that decided, or of the nearest; "" for none. */
const char *fa_drift_rule_id(const struct fa_difference *difference);
/*
 * Calls FN once with that row as it is stored for the last run of the later span, or with NULL when
 * it is not known there. What FN returns, or an error with its message.
 */
int fa_drift_rule(const struct fa_drift_about *about, const struct fa_difference *difference,
		  int (*fn)(void *arg, const struct fa_stored_rule *rule), void *arg,
		  struct fa_diag *diag);
/* "nearest row: wso2 · API Manager, row \"...\""; nothing where no document says anything. 0 or an
 * error with its message. */
int fa_drift_say_citation(struct fa_buffer *line, const struct fa_drift_about *about,
			  const struct fa_difference *difference, struct fa_diag *diag);

/* What to do next: words ("packets"), and a command to copy, each of which may be empty. 0 or an
 * error with its message. */
int fa_drift_say_next(struct fa_buffer *words, struct fa_buffer *command,
		      const struct fa_drift_about *about, const struct fa_difference *difference,
		      struct fa_diag *diag);

/* --- The sides --- */

/* "run 12" or how it was chosen, "runs 9 .. 12, yesterday" */
void fa_drift_say_span(struct fa_buffer *line, const struct fa_span_facts *facts,
		       const char *words);
/* "2026-11-21 22:00 .. 2026-11-22 04:00 UTC" */
void fa_drift_say_period(struct fa_buffer *line, const struct fa_span_facts *facts);
/* "high", "medium", "low", "none": how far the figures of a side can be trusted. */
const char *fa_drift_confidence(const struct fa_span_facts *facts);
/* "30.0%" */
char *fa_drift_loss_text(const struct fa_span_facts *facts, char text[FA_NUMBER_TEXT]);
/* "catalog wso2, site file": what both sides were not judged alike with; nothing if they were. */
void fa_drift_say_basis(struct fa_buffer *line, const struct fa_drift *drift);

/* How many differences there are. */
size_t fa_drift_all(const struct fa_drift *drift);

/* How many differences a section has for each cause; what memory was too short for is in none. */
void fa_drift_count(const struct fa_drift *drift,
		    uint64_t counts[FA_DRIFT_SECTION_COUNT][FA_CAUSE_COUNT]);

/* By what a difference is known again in another night: what it is about, not how much of it. */
uint64_t fa_drift_fingerprint(const struct fa_difference *difference);

#endif
