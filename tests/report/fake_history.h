/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A history in memory for the tests of reports: a small data centre, and an empty one. */
#ifndef FA_TESTS_FAKE_HISTORY_H
#define FA_TESTS_FAKE_HISTORY_H

#include <stdint.h>
#include <stdio.h>

#include "core/history.h"
#include "report/report.h"

#define FAKE_START_NS  1795298400000000000ll /* 2026-11-21 22:00 UTC */
#define FAKE_MINUTE_NS (60ll * 1000000000ll)

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
	struct fa_window *windows;
	size_t window_count;
	struct fa_stored_loss losses[24];
	size_t loss_count;
	struct fa_crash crashes[2];
	size_t crash_count;
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
/*
 * The same as a live run of eth1 that is complete: the 24 hours of 2026-11-22, with losses of every
 * kind, and three hours without a packet. Nobody else says how many there are: add windows only
 * with fake_add_window.
 */
void fake_fill_live(struct fake *fake);
/* A window of so many packets, all of them decoded; counted in the run only by fake_sum_windows. */
struct fa_window *fake_add_window(struct fake *fake, int64_t begun_ns, int64_t ended_ns,
				  uint64_t packets);
/* Makes the losses of the run those of its windows. */
void fake_sum_windows(struct fake *fake);
/* Frees what fake_fill and the tests allocated. */
void fake_deinit(struct fake *fake);

/* Another pair of hosts that misses something, behind those that are there. */
struct fa_stored_loss *fake_add_loss(struct fake *fake, const char *client, const char *server,
				     uint64_t missing_bytes);

struct fa_addr fake_addr(const char *text);
/* A conversation with counts, otherwise plain. */
struct fa_stored_conversation fake_conversation(const char *client, const char *server,
						uint8_t transport, uint16_t port);
struct fa_stored_finding fake_finding(int64_t number, enum fa_verdict verdict, const char *client,
				      const char *server, uint16_t port);

/* The report as text that the caller frees; ends the program when it cannot be made. */
char *fake_report(struct fake *fake, const char *format, const struct fa_report_options *options);

#endif
