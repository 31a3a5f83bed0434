/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands above a rule set: who made it from what, and what is in it. */
#include <inttypes.h>
#include <string.h>

#include "base/time.h"
#include "config.h"
#include "report/export_nft.h"

static void say(struct fa_nft *nft, const char *text)
{
	fa_buffer_reset(&nft->line);
	fa_buffer_add(&nft->line, text);
	fa_nft_put(nft, 0, text[0] == '\0' ? "#" : "# ");
}

static bool has_opening(const struct fa_openings *openings, const struct fa_product *product)
{
	for (size_t i = 0; i < openings->count; i++)
		if (openings->items[i].binding->rule->product == product)
			return true;
	return false;
}

static void put_documents(struct fa_nft *nft)
{
	const struct fa_rulebook *book = nft->openings->policy->book;
	struct fa_buffer *line = &nft->line;

	for (size_t i = 0; i < book->product_count; i++) {
		const struct fa_product *product = &book->products[i];

		if (!has_opening(nft->openings, product))
			continue;
		fa_buffer_safe(line, product->id);
		fa_buffer_add(line, ": \"");
		fa_buffer_safe(line, product->title);
		fa_buffer_add(line, "\", ");
		fa_buffer_safe(line, product->publisher);
		fa_buffer_add(line, ", ");
		fa_buffer_safe(line, product->dated != NULL ? product->dated : "no date");
		fa_buffer_addf(line, " (file %016" PRIx64 ")", product->digest);
		fa_nft_put(nft, 0, "#   ");
	}
}

static void put_counts(struct fa_nft *nft)
{
	size_t counts[FA_OPENING_STATE_COUNT];
	size_t rest = 0;
	struct fa_buffer *line = &nft->line;

	fa_export_count(nft->openings, counts);
	for (unsigned i = FA_OPENING_DISCOURAGED + 1; i < FA_OPENING_LOCAL; i++)
		rest += counts[i];
	fa_buffer_count(line, counts[FA_OPENING_OPEN], "opening follows", "openings follow");
	if (counts[FA_OPENING_DISCOURAGED] > 0)
		fa_buffer_addf(line, ", and %zu that their documents discourage, commented out",
			       counts[FA_OPENING_DISCOURAGED]);
	fa_buffer_add(line, ".");
	fa_nft_put(nft, 0, "# ");
	if (rest > 0) {
		fa_buffer_addf(line,
			       "%zu cannot be opened as they stand: see the end, with the reasons.",
			       rest);
		fa_nft_put(nft, 0, "# ");
	}
	fa_buffer_addf(line, "Left out: %zu used inside one machine, %zu with nobody at one end.",
		       counts[FA_OPENING_LOCAL], counts[FA_OPENING_NOBODY]);
	fa_nft_put(nft, 0, "# ");
}

static void put_run(struct fa_nft *nft, const struct fa_usage_run *run)
{
	struct fa_buffer *line = &nft->line;
	char time[FA_TIME_TEXT];

	fa_buffer_addf(line, "run %" PRId64, run->id);
	if (run->last_ns != 0) {
		fa_buffer_addf(line, "  %s", fa_time_text_short(run->first_ns, time));
		fa_buffer_addf(line, " .. %s", fa_time_text_short(run->last_ns, time));
	}
	fa_buffer_addf(line, "  confidence %s: ", run->confidence);
	fa_buffer_safe(line, run->why);
	if (run->other_site)
		fa_buffer_add(line, "; another version of the site file");
	fa_nft_put(nft, 0, "#   ");
}

/* Which runs were asked what was used, and how far they can be trusted. */
static void put_usage(struct fa_nft *nft)
{
	const struct fa_usage *usage = nft->usage;
	struct fa_buffer *line = &nft->line;
	size_t idle = 0;
	size_t open = 0;

	if (usage == NULL)
		return;
	for (size_t i = 0; i < nft->openings->count; i++) {
		if (nft->openings->items[i].state != FA_OPENING_OPEN)
			continue;
		open++;
		idle += fa_use_is_idle(&usage->uses[i]);
	}
	say(nft, "");
	fa_buffer_addf(line, "UNUSED marks what nothing used: %zu of %zu openings, by the newest ",
		       idle, open);
	fa_buffer_count(line, usage->run_count, "run", "runs");
	fa_buffer_add(line, " (");
	fa_buffer_safe(line, usage->source);
	fa_buffer_add(line, ")");
	fa_nft_put(nft, 0, "# ");
	fa_buffer_add(line, "that were judged with this site");
	if (usage->run_count < usage->asked)
		fa_buffer_addf(line, "; %zu were asked for, but there are no more", usage->asked);
	fa_buffer_add(line, ":");
	fa_nft_put(nft, 0, "# ");
	for (size_t i = 0; i < usage->run_count; i++)
		put_run(nft, &usage->runs[i]);
	fa_export_add_trust(line, usage);
	if (line->len > 0)
		fa_nft_put(nft, 0, "# Beware: ");
}

void fa_nft_put_head(struct fa_nft *nft)
{
	const struct fa_site *site = nft->openings->policy->site;
	struct fa_buffer *line = &nft->line;

	fputs("#!/usr/sbin/nft -f\n", nft->out);
	fa_buffer_add(line, "What the vendors' port documents ask to be open at the site ");
	fa_buffer_safe(line, site->name);
	fa_buffer_add(line, ".");
	fa_nft_put(nft, 0, "# ");
	fa_buffer_add(line, "Made by flowaudit " PACKAGE_VERSION " from ");
	fa_buffer_safe(line, site->file);
	fa_buffer_addf(line, " (file %016" PRIx64 ") and these documents:", site->digest);
	fa_nft_put(nft, 0, "# ");
	put_documents(nft);
	say(nft, "");
	put_counts(nft);
	say(nft, "");
	say(nft,
	    nft->drop ? "What no document asks for is counted, logged (\"flowaudit: \", ten lines "
			"a second) and DROPPED."
		      : "What no document asks for is counted, logged (\"flowaudit: \", ten lines "
			"a second) and still let");
	if (!nft->drop)
		say(nft,
		    "through: loading this file cuts nobody off. --policy drop writes one that "
		    "does.");
	say(nft,
	    "Only what this machine forwards is looked at, so load it where the networks meet.");
	say(nft, "Check it with nft -c -f FILE; loading it again replaces the table as a whole.");
	put_usage(nft);
}
