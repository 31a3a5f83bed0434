/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces of a SARIF log, each made on its own; private to src/report. */
#ifndef FA_REPORT_SARIF_PARTS_H
#define FA_REPORT_SARIF_PARTS_H

#include "report/finding.h"
#include "report/json.h"

/* Ids of rows of catalogs and of verdicts that results name, sorted when settled. */
struct fa_sarif_rules {
	char **ids;
	size_t count, room;
};

/* 0 or FA_ENOMEM. */
int fa_sarif_rules_add(struct fa_sarif_rules *rules, const char *id);
void fa_sarif_rules_settle(struct fa_sarif_rules *rules);
/* The position of ID, or -1. */
int64_t fa_sarif_rules_find(const struct fa_sarif_rules *rules, const char *id);
void fa_sarif_rules_deinit(struct fa_sarif_rules *rules);

/* What a finding is filed under: the row that decides, else the nearest, else its verdict. */
const char *fa_sarif_rule_of(const struct fa_stored_finding *finding);

/* {"text": ...} of words that are harmless already: nothing in them is a link or a placeholder. */
json_t *fa_sarif_message(const struct fa_buffer *words);

/*
 * Where something is: the line of the catalog when it is known (RULE may be NULL), and who was
 * talked to, a name of KIND, when there are words for it. Takes ownership of what SUBJECT holds.
 */
json_t *fa_sarif_locations(const struct fa_stored_rule *rule, const char *kind,
			   struct fa_buffer *subject);
json_t *fa_sarif_fingerprints(uint64_t fingerprint);
/* "error", "warning" or "note" of a severity (see fa_severity). */
const char *fa_sarif_level(unsigned severity);

/* A reportingDescriptor: of a row of a catalog, of a row that is not known, of a verdict. */
json_t *fa_sarif_descriptor(const struct fa_stored_rule *rule);
json_t *fa_sarif_descriptor_unknown(const char *id);

/*
 * A result without its ruleIndex. RULE is NULL when it is not known, STATE when there is none;
 * HAS_PACKETS: its packets may still be had.
 */
json_t *fa_sarif_finding(const struct fa_finding_about *about,
			 const struct fa_stored_finding *finding,
			 const struct fa_stored_rule *rule, const char *state, bool has_packets);
json_t *fa_sarif_expectation(const struct fa_stored_expectation *expectation);

#endif
