/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A history in memory for the tests of reports: a small data centre, and an empty one. */
#ifndef FA_TESTS_FAKE_HISTORY_H
#define FA_TESTS_FAKE_HISTORY_H

#include <stdint.h>
#include <stdio.h>

#include "core/history.h"
#include "report/report.h"

struct fake {
	struct fa_stored_run run;
	struct fa_stored_catalog catalogs[4];
	size_t catalog_count;
	struct fa_verdict_sum sums[FA_VERDICT_COUNT];
	struct fa_stored_conversation *conversations;
	size_t conversation_count;
	struct fa_stored_finding *findings;
	size_t finding_count;
	struct fa_stored_expectation *expectations;
	size_t expectation_count;
	struct fa_stored_place places[16];
	size_t place_count;
	struct fa_stored_waiver waivers[8];
	size_t waiver_count;
	struct fa_input_file inputs[4];
	size_t input_count;
	struct fa_stored_rule *rules;
	size_t rule_count;
	struct fa_history history;
};

/* Connects the reader functions. */
void fake_init(struct fake *fake);
/* One day of a small data centre, with something of everything. */
void fake_fill(struct fake *fake);
/*
 * The same judged with a site file and waivers: instances of wso2 (api-prod, api-test) and of
 * automation-anywhere (a360). Expectations are by host.
 */
void fake_fill_site(struct fake *fake);
/* Frees what fake_fill and the tests allocated. */
void fake_deinit(struct fake *fake);

struct fa_addr fake_addr(const char *text);
/* A conversation with counts, otherwise plain. */
struct fa_stored_conversation fake_conversation(const char *client, const char *server,
						uint8_t transport, uint16_t port);
struct fa_stored_finding fake_finding(int64_t number, enum fa_verdict verdict, const char *client,
				      const char *server, uint16_t port);

/* The report as text that the caller frees; ends the program when it cannot be made. */
char *fake_report(struct fake *fake, const char *format, const struct fa_report_options *options);

#endif
