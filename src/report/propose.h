/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a waiver for a finding has to cover; private to src/report. */
#ifndef FA_REPORT_PROPOSE_H
#define FA_REPORT_PROPOSE_H

#include <stdio.h>

#include "base/addr.h"
#include "core/history.h"
#include "report/buffer.h"

/* As many entries are proposed for one end; where more would be needed, "any" is. */
#define FA_PROPOSE_GROUPS 8

/* Distinct addresses of one end of a finding, sorted after fa_propose_end_settle. */
struct fa_propose_end {
	struct fa_addr *items;
	size_t count, room;
	struct fa_buffer role; /* INSTANCE/ROLE that all of them have; "": there is none */
	double role_size;      /* addresses of that role */
	/* For the role that is being read: which of the addresses it has, and how many it has. */
	bool *held;
	double size;
};

void fa_propose_end_deinit(struct fa_propose_end *end);

/* 0 or FA_ENOMEM. */
int fa_propose_end_add(struct fa_propose_end *end, const struct fa_addr *addr);
int fa_propose_end_settle(struct fa_propose_end *end);

/*
 * Finds for each end the smallest role of the site that RUN was judged with which all its
 * addresses have, where there are several. 0 or an error.
 */
int fa_propose_roles(const struct fa_history *history, int64_t run, struct fa_propose_end *client,
		     struct fa_propose_end *server, struct fa_diag *diag);

/*
 * How the addresses are said: one text for each entry, "10.0.0.5", "10.0.0.0/30", a role or "any";
 * not longer than they have to be. Returns how many, at most FA_PROPOSE_GROUPS.
 */
size_t fa_propose_end_texts(const struct fa_propose_end *end,
			    struct fa_buffer texts[FA_PROPOSE_GROUPS]);

/*
 * What fa_report_waiver_propose writes, for whoever reads conversations anyway: a proposal is told
 * all conversations of its finding and then writes itself, once. 0, FA_ENOMEM, or an error with its
 * message; FA_EINVAL for a finding that is indeterminate.
 */
struct fa_proposal;
int fa_proposal_new(struct fa_proposal **out);
void fa_proposal_free(struct fa_proposal *proposal);
int fa_proposal_add(struct fa_proposal *proposal, const struct fa_identity *id);
int fa_proposal_write(struct fa_proposal *proposal, FILE *out, const struct fa_history *history,
		      const struct fa_stored_run *run, const struct fa_stored_finding *finding,
		      struct fa_diag *diag);

#endif
