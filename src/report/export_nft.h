/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A rule set of nftables being written; private to src/report.
 *
 * Text that is not ours gets into comments alone: those of a line (#), where nothing of it is a
 * line break (fa_buffer_safe), and those of rules and sets, where nothing of it is a quote.
 */
#ifndef FA_REPORT_EXPORT_NFT_H
#define FA_REPORT_EXPORT_NFT_H

#include <stdio.h>

#include "report/export.h"
#include "report/export_rules.h"

struct fa_nft {
	FILE *out;
	const struct fa_openings *openings;
	const struct fa_usage *usage; /* NULL: nobody asked */
	bool drop;
	struct fa_export_rules rules;
	struct fa_buffer line; /* whoever uses it leaves it empty */
	struct fa_buffer quoted;
	bool failed; /* a line could not be made */
};

/* Writes the line and empties it. TABS and LEAD stand before it. */
void fa_nft_put(struct fa_nft *nft, unsigned tabs, const char *lead);

/* Who made it, from what, what is in it and what not, and how far to trust what was used. */
void fa_nft_put_head(struct fa_nft *nft);

/* The openings that cannot be opened as they stand, with the reasons; all comments. */
void fa_nft_put_closed(struct fa_nft *nft);

#endif
