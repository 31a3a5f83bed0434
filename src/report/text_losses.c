/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text report: between whom the tap missed TCP bytes, or a whole direction. */
#include "report/text.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/slots.h"
#include "report/wire_words.h"

/* Of each kind, unless somebody wants all. */
#define SHOWN 10

/* Pairs of one kind: the first of them, and the sums of all. */
struct pairs {
	struct fa_stored_loss *items;
	size_t count, room;
	uint64_t all;
	uint64_t missing_bytes, flows;
};

struct gathering {
	struct pairs missing, one_way;
	size_t most; /* to keep of each */
	struct fa_diag *diag;
};

static int keep(struct gathering *g, struct pairs *pairs, const struct fa_stored_loss *loss)
{
	pairs->all++;
	pairs->flows += loss->flows;
	pairs->missing_bytes += loss->missing_bytes;
	if (pairs->count >= g->most)
		return 0;
	if (!fa_array_reserve((void **)&pairs->items, &pairs->room, pairs->count + 1,
			      sizeof(*pairs->items)))
		return fa_fail(g->diag, FA_ENOMEM, "out of memory for losses");
	pairs->items[pairs->count++] = *loss;
	return 0;
}

static int gather(void *arg, const struct fa_stored_loss *loss)
{
	struct gathering *g = arg;
	int err = 0;

	if (loss->missing_bytes > 0)
		err = keep(g, &g->missing, loss);
	if (err == 0 && loss->one_way != FA_BOTH_WAYS)
		err = keep(g, &g->one_way, loss);
	return err;
}

/* Nothing says which of several places an address stands for. */
static const struct fa_place_hint any = {"", ""};

static void add_pair(struct fa_text_report *report, const struct fa_stored_loss *loss)
{
	struct fa_buffer *line = &report->text.line;

	fa_places_add(line, &report->places, &loss->client, &any);
	fa_buffer_add(line, " → ");
	fa_places_add(line, &report->places, &loss->server, &any);
}

static void put_heading(struct fa_text_report *report, const char *name, const struct pairs *pairs)
{
	struct fa_buffer *line = &report->text.line;

	fa_buffer_reset(line);
	fa_buffer_addf(line, "%s (", name);
	fa_buffer_count(line, pairs->all, "pair of hosts", "pairs of hosts");
	if (pairs->count < pairs->all)
		fa_buffer_addf(line, "; the %d worst, all with --all", SHOWN);
	fa_buffer_add(line, ")");
	fa_text_heading(&report->text, fa_buffer_text(line));
}

/* Whether it is one path that loses, or rather the tap: that decides where to look. */
static void put_reading(struct fa_text_report *report, const struct pairs *pairs)
{
	const struct fa_stored_loss *worst = &pairs->items[0];
	struct fa_buffer *line = &report->text.line;
	uint64_t part = worst->missing_bytes;
	uint64_t whole = pairs->missing_bytes;
	char number[FA_NUMBER_TEXT];

	fa_buffer_reset(line);
	if (pairs->all > 1 && part >= whole / 2) {
		fa_buffer_addf(line, "%s of it between ", fa_percent_text(part, whole, number));
		fa_places_add(line, &report->places, &worst->client, &any);
		fa_buffer_add(line, " and ");
		fa_places_add(line, &report->places, &worst->server, &any);
		fa_buffer_add(line, ": look at what is special on their path, such as a link of a "
				    "bundle that is not mirrored, or a port that is overloaded.");
	} else if (pairs->all >= 5 && part < whole / 4) {
		fa_buffer_addf(line, "No pair has more than %s of it: rather the mirror port or the "
				     "tap loses packets than the path between two hosts.",
			       fa_percent_text(part, whole, number));
	} else {
		return;
	}
	fa_text_wrap(&report->text, 2, fa_buffer_text(line));
}

static void put_missing(struct fa_text_report *report, const struct pairs *pairs)
{
	struct fa_buffer *line = &report->text.line;
	char number[FA_NUMBER_TEXT];
	char lead[64];
	char share[FA_NUMBER_TEXT];

	if (pairs->all == 0)
		return;
	put_heading(report, "LOSS BEFORE THE TAP", pairs);
	for (size_t i = 0; i < pairs->count; i++) {
		const struct fa_stored_loss *loss = &pairs->items[i];

		snprintf(lead, sizeof(lead), "%12s%8s  ", fa_bytes_text(loss->missing_bytes, number),
			 fa_percent_text(loss->missing_bytes, loss->bytes + loss->missing_bytes,
					 share));
		fa_buffer_reset(line);
		add_pair(report, loss);
		fa_buffer_add(line, ", ");
		fa_buffer_count(line, loss->flows, "flow", "flows");
		fa_text_wrap_lead(&report->text, lead, FA_PAINT_NONE, 22, fa_buffer_text(line));
	}
	put_reading(report, pairs);
}

static void put_one_way(struct fa_text_report *report, const struct pairs *pairs)
{
	struct fa_buffer *line = &report->text.line;

	if (pairs->all == 0)
		return;
	put_heading(report, "ONE DIRECTION ONLY", pairs);
	for (size_t i = 0; i < pairs->count; i++) {
		const struct fa_stored_loss *loss = &pairs->items[i];
		bool to_server = loss->one_way == FA_ONLY_TO_SERVER;

		fa_buffer_reset(line);
		add_pair(report, loss);
		fa_buffer_add(line, ": nothing from the ");
		fa_buffer_add(line, to_server ? "server; " : "client; ");
		fa_buffer_count(line, loss->flows, "flow", "flows");
		fa_buffer_add(line, ", ");
		fa_buffer_count(line, loss->packets_to_server + loss->packets_to_client, "packet",
				"packets");
		fa_text_wrap_lead(&report->text, "  ", FA_PAINT_NONE, 4, fa_buffer_text(line));
	}
	fa_text_wrap(&report->text, 2,
		     "Verdicts on these rest on half of each talk. Check that the mirror port copies "
		     "both directions (received and sent) of all ports, VLANs and links of a bundle, "
		     "and whether the other direction takes another path.");
}

int fa_text_losses(struct fa_text_report *report, struct fa_diag *diag)
{
	const struct fa_history *history = report->history;
	struct gathering g = {.most = report->text.all ? SIZE_MAX : SHOWN, .diag = diag};
	int err;

	if (!fa_losses_may_be(&report->run.totals))
		return 0;
	err = history->each_loss(history->context, report->run_id, gather, &g, diag);
	if (err == 0) {
		put_missing(report, &g.missing);
		put_one_way(report, &g.one_way);
	}
	free(g.missing.items);
	free(g.one_way.items);
	return err;
}
