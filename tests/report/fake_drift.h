/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drifts in memory for the tests of reports: every aspect once, and others. */
#ifndef FA_TESTS_FAKE_DRIFT_H
#define FA_TESTS_FAKE_DRIFT_H

#include <stddef.h>

#include "core/drift.h"
#include "fake_history.h"

struct fake_drift {
	struct fa_drift drift;
	struct fa_difference *items;
	size_t count, room;
	struct fake fake; /* the history of the later side */
};

/* Two nights of the data centre of fake_fill_site; nothing differs. */
void fake_drift_init(struct fake_drift *fake);
void fake_drift_deinit(struct fake_drift *fake);

/* A difference that is counted, otherwise plain; only until the next one is added. */
struct fa_difference *fake_drift_add(struct fake_drift *fake, enum fa_drift_section section,
				     enum fa_drift_aspect aspect, enum fa_drift_cause cause);
/* The same of traffic, on the sides that the section asks for: gateway, sql1, 1433/tcp. */
struct fa_difference *fake_drift_add_traffic(struct fake_drift *fake,
					     enum fa_drift_section section,
					     enum fa_drift_aspect aspect,
					     enum fa_drift_cause cause);
/* Every aspect once, in the order of sections. */
void fake_drift_fill(struct fake_drift *fake);
/* The same with names that would do harm in some format. */
void fake_drift_fill_hostile(struct fake_drift *fake);
/* COUNT differences of every section. */
void fake_drift_fill_many(struct fake_drift *fake, size_t count);

/* The report as text that the caller frees; ends the program when it cannot be made. */
char *fake_drift_report(struct fake_drift *fake, const char *format,
			const struct fa_report_options *options);

/* The texts that are in fake_drift_fill_hostile. */
#define HOSTILE_SCRIPT "</td><script>alert(1)</script>"
#define HOSTILE_SHEET  "=cmd|' /C calc'!A0"
#define HOSTILE_ESCAPE "\033[2Jgone\033]0;title\a"
#define HOSTILE_BIDI   "a\xe2\x80\xae" "b"
#define HOSTILE_BROKEN "\xff\xfe"
#define HOSTILE_LINK   "[x](http://evil.example) ![y](z) @all | ` <b>"

#endif
