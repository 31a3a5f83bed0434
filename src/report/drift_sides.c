/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of the two sides of a drift; by what a difference is known again. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <xxhash.h>

#include "core/run.h"
#include "report/drift_words.h"
#include "report/words.h"

/* Fine enough for any share that is said. */
#define WHOLE 1000000000.0

void fa_drift_say_span(struct fa_buffer *line, const struct fa_span_facts *facts,
		       const char *words)
{
	char run[64];

	if (facts->runs > 1)
		snprintf(run, sizeof(run), "runs %" PRId64 " .. %" PRId64, facts->first_run,
			 facts->last_run);
	else
		snprintf(run, sizeof(run), "run %" PRId64, facts->last_run);
	fa_buffer_add(line, run);
	if (words == NULL || words[0] == '\0' || strcmp(words, run) == 0)
		return;
	fa_buffer_add(line, ", ");
	fa_buffer_clip(line, words, FA_DRIFT_NAME_COLUMNS);
}

void fa_drift_say_period(struct fa_buffer *line, const struct fa_span_facts *facts)
{
	if (facts->packets == 0) {
		fa_buffer_add(line, "NO PACKETS");
		return;
	}
	fa_words_period(line, facts->first_ns, facts->last_ns);
	fa_buffer_add(line, " UTC");
}

const char *fa_drift_confidence(const struct fa_span_facts *facts)
{
	struct fa_run_totals totals = {0};
	double loss = facts->loss < 0 ? 0 : facts->loss > 1 ? 1 : facts->loss;

	/* As of a run with the same loss, whatever lost it. */
	totals.capture.packets = facts->packets;
	totals.capture.results[FA_DECODE_DECODED] = facts->packets;
	totals.capture.first_ns = facts->first_ns;
	totals.capture.last_ns = facts->last_ns;
	totals.capture.down_ns = facts->down_ns > 0 ? (uint64_t)facts->down_ns : 0;
	totals.workers.sequence_gap_bytes = (uint64_t)(loss * WHOLE);
	totals.workers.tcp_bytes = (uint64_t)WHOLE - totals.workers.sequence_gap_bytes;
	totals.end = facts->ended_well ? FA_RUN_COMPLETE : FA_RUN_UNFINISHED;
	return fa_run_confidence(&totals, NULL, 0);
}

char *fa_drift_loss_text(const struct fa_span_facts *facts, char text[FA_NUMBER_TEXT])
{
	double loss = facts->loss < 0 ? 0 : facts->loss > 1 ? 1 : facts->loss;

	return fa_percent_text((uint64_t)(loss * WHOLE), (uint64_t)WHOLE, text);
}

void fa_drift_say_basis(struct fa_buffer *line, const struct fa_drift *drift)
{
	bool is_first = true;

	for (size_t i = 0; i < drift->count; i++) {
		const struct fa_difference *item = &drift->items[i];

		if (item->section != FA_DRIFT_COVERAGE || item->aspect != FA_ASPECT_BASIS)
			continue;
		fa_buffer_add(line, is_first ? "" : "; ");
		fa_buffer_clip(line, item->subject, FA_DRIFT_NAME_COLUMNS);
		is_first = false;
	}
}

size_t fa_drift_all(const struct fa_drift *drift)
{
	size_t all = 0;

	for (unsigned i = 0; i < FA_DRIFT_SECTION_COUNT; i++)
		all += drift->in_section[i];
	return all;
}

void fa_drift_count(const struct fa_drift *drift,
		    uint64_t counts[FA_DRIFT_SECTION_COUNT][FA_CAUSE_COUNT])
{
	memset(counts, 0, sizeof(counts[0]) * FA_DRIFT_SECTION_COUNT);
	for (size_t i = 0; i < drift->count; i++) {
		const struct fa_difference *item = &drift->items[i];

		if (item->section < FA_DRIFT_SECTION_COUNT && item->cause < FA_CAUSE_COUNT)
			counts[item->section][item->cause]++;
	}
}

/* Each text is hashed with what came before it as seed, so that no two lists of texts are one. */
static void fold(uint64_t *hash, const char *text)
{
	const char *known = text != NULL ? text : "";

	*hash = XXH3_64bits_withSeed(known, strlen(known), *hash);
}

uint64_t fa_drift_fingerprint(const struct fa_difference *difference)
{
	char transport[FA_TRANSPORT_TEXT];
	char addr[FA_ADDR_TEXT];
	char port[64];
	uint64_t hash = 0;

	fold(&hash, "drift");
	fold(&hash, fa_drift_section_text(difference->section));
	fold(&hash, fa_drift_aspect_text(difference->aspect));
	fold(&hash, difference->subject);
	fold(&hash, difference->client);
	fold(&hash, difference->server);
	fold(&hash, difference->server_addr.version == 0
			    ? ""
			    : fa_addr_text(&difference->server_addr, addr));
	if (difference->any_port || difference->transport == 0)
		snprintf(port, sizeof(port), "any");
	else
		snprintf(port, sizeof(port), "%s %u",
			 fa_transport_text(difference->transport, transport), difference->port);
	fold(&hash, port);
	return hash;
}
