/* SPDX-License-Identifier: GPL-3.0-or-later */
/* By what a finding is known again. */
#ifndef FA_REPORT_FINGERPRINT_H
#define FA_REPORT_FINGERPRINT_H

#include <stdint.h>

#include "core/history.h"
#include "report/buffer.h"

/*
 * The same for the same finding in every window and every run: of what makes it one finding, and
 * of nothing that changes while it grows. Of one port: verdict, rules, instances, server,
 * transport, port and protocol; the clients are not part of it. Of a sweep: verdict and client.
 * Of many ports between two hosts: verdict and both.
 */
uint64_t fa_fingerprint(const struct fa_stored_finding *finding);

/* The same for an expectation, whatever became of it: its rule, instance, role and place. */
uint64_t fa_fingerprint_expectation(const struct fa_stored_expectation *expectation);

/*
 * In a few characters what a finding is about, the same every night: "10.2.1.4:443/tcp"; of several
 * servers their port; of a sweep its client; "" when nothing is the same for all of it.
 */
void fa_finding_about_what(struct fa_buffer *subject, const struct fa_stored_finding *finding);

/* 1 is the most important, 5 the least: the order in which reports tell findings. 0: is none. */
unsigned fa_severity(enum fa_verdict verdict);

#endif
