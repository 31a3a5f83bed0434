/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What became of one expectation, from what was counted for it; private to src/audit. */
#ifndef FA_AUDIT_EXPECT_H
#define FA_AUDIT_EXPECT_H

#include <stdbool.h>

#include "audit/context.h"
#include "audit/coverage.h"
#include "audit/example.h"
#include "audit/heard.h"
#include "audit/spots.h"
#include "core/verdict.h"

/* Conversations that are counted for one expectation. */
struct fa_tally {
	uint64_t conversations, flows;
	struct fa_example example;
};

struct fa_covered {
	struct fa_tally alone;	/* seen, and no other bound rule fits as well */
	struct fa_tally shared; /* seen, but others fit as well */
	struct fa_tally refused;
	const struct fa_binding *shared_with; /* the deciding one of the example; NULL: this one */
};

/* Proof, where no site says so, that a component stands at a server of this run. */
struct fa_presence {
	const struct fa_rule *rule; /* NULL: none */
	struct fa_addr server;
};

struct fa_coverage {
	const struct fa_audit_context *context;
	struct fa_spots spots;
	struct fa_covered *covered; /* by spot */
	struct fa_heard *heard;
	struct fa_presence *presences; /* by index of the component's first rule */
	bool marked; /* the two below are as of the last mark */
	struct fa_covered *marked_covered;
	struct fa_presence *marked_presences;
};

/* Writes expectation SPOT. */
void fa_expect(const struct fa_coverage *coverage, size_t spot, struct fa_expectation *out);

#endif
