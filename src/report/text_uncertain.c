/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Text report: what is no finding and still not certain. Which conversations could not be judged,
 * and why; and which are documented, with a doubt that a reader of the counts would not see.
 */
#include "report/text.h"

#include <string.h>

#include "report/words.h"

#define EXAMPLE_COLUMNS 128
#define COUNT_COLUMNS	13

/*
 * Why a documented conversation may deserve a look, most telling first. The first: one row takes
 * any protocol here, another names a different one; no reason says so, the nearest row does.
 */
static const struct {
	enum fa_reason reason;
	const char *sentence;
} doubts[] = {
	{FA_REASON_COUNT, "one row takes any protocol here, another names a different one"},
	{FA_REASON_ADVISED_AGAINST, "one row allows it, another advises against it"},
	{FA_REASON_CORRECTION, "fits only the correction of a doubtful row"},
	{FA_REASON_CHOSEN_PORT, "the port is chosen at run time; only hosts and protocol fit"},
	{FA_REASON_FALLBACK_UNPROVEN, "a second way, and nothing shows whether the first way fails"},
	{FA_REASON_HOST_BY_CAPTURE, "who the server is rests on a note in the capture file"},
	{FA_REASON_HOST_BY_DNS, "who the server is rests on a DNS answer seen before"},
	{FA_REASON_INCREMENTED, "not the documented port but the one it goes on to when taken"},
	{FA_REASON_ROLE_UNPLACED, "the site file does not say who has one of the row's roles"},
	{FA_REASON_RANGE, "documented as part of a port range, which is weaker than an exact port"},
};

enum { OTHER_PROTOCOL, DOUBTS = sizeof(doubts) / sizeof(doubts[0]) };

struct tally {
	const struct fa_places *places;
	uint64_t reasons[FA_REASON_COUNT + 1]; /* of those that could not be judged; last: none */
	struct fa_buffer firsts[FA_REASON_COUNT + 1]; /* the first of each, in report order */
	uint64_t doubts[DOUBTS];
	struct fa_buffer examples[DOUBTS]; /* the same */
};

static bool has(const struct fa_stored_conversation *conversation, enum fa_reason reason)
{
	for (size_t i = 0; i < conversation->reason_count; i++)
		if (conversation->reasons[i] == reason)
			return true;
	return false;
}

/* The position in doubts, DOUBTS for none. */
static unsigned doubt_of(const struct fa_stored_conversation *conversation)
{
	unsigned doubt = OTHER_PROTOCOL;

	if (conversation->nearest[0] != '\0' && (conversation->differs & FA_DIFFERS_PROTOCOL) != 0)
		return OTHER_PROTOCOL;
	do
		doubt++;
	while (doubt < DOUBTS && !has(conversation, doubts[doubt].reason));
	return doubt;
}

static void keep_example(struct fa_buffer *example, const struct fa_places *places,
			 const struct fa_stored_conversation *conversation)
{
	const struct fa_place_hint hint = {conversation->instance, ""};
	const struct fa_identity *id = &conversation->id;

	fa_places_add_server(example, places, &id->server, &hint, id->transport, id->server_port);
	fa_buffer_add(example, " · ");
	fa_buffer_safe(example, id->protocol);
	if (conversation->detail[0] != '\0') {
		fa_buffer_add(example, ": ");
		fa_buffer_clip(example, conversation->detail, EXAMPLE_COLUMNS);
	}
}

/* Who talks to whom, and the row that is in question. */
static void keep_first(struct fa_buffer *first, const struct fa_places *places,
		       const struct fa_stored_conversation *conversation)
{
	bool decided = conversation->rule[0] != '\0';
	const struct fa_place_hint hint = {
		decided ? conversation->instance : conversation->nearest_instance, ""};
	const struct fa_identity *id = &conversation->id;

	fa_places_add(first, places, &id->client, &hint);
	fa_buffer_add(first, id->direction_by == FA_BY_FIRST_PACKET ? " ↔ " : " → ");
	fa_places_add_server(first, places, &id->server, &hint, id->transport, id->server_port);
	fa_buffer_add(first, " · ");
	if (id->detected_by == FA_DETECTED_NONE)
		fa_buffer_add(first, fa_words_detection(FA_DETECTED_NONE));
	else
		fa_buffer_safe(first, id->protocol);
	if (decided || conversation->nearest[0] != '\0') {
		fa_buffer_add(first, "; row ");
		fa_buffer_safe(first, decided ? conversation->rule : conversation->nearest);
	}
}

/* Each conversation counts once, so that the counts add up. */
static int tally_conversation(void *arg, const struct fa_stored_conversation *conversation)
{
	struct tally *tally = arg;
	unsigned doubt;

	if (conversation->verdict == FA_VERDICT_INDETERMINATE) {
		unsigned reason = FA_REASON_COUNT;

		if (conversation->reason_count > 0 && conversation->reasons[0] < FA_REASON_COUNT)
			reason = conversation->reasons[0];
		if (tally->reasons[reason]++ == 0)
			keep_first(&tally->firsts[reason], tally->places, conversation);
	}
	if (conversation->verdict != FA_VERDICT_DOCUMENTED)
		return 0;
	doubt = doubt_of(conversation);
	if (doubt != DOUBTS && tally->doubts[doubt]++ == 0)
		keep_example(&tally->examples[doubt], tally->places, conversation);
	return 0;
}

static void put_count(struct fa_text_out *text, uint64_t count)
{
	char number[FA_NUMBER_TEXT];
	char lead[48];

	snprintf(lead, sizeof(lead), "%11s  ", fa_number_text(count, number));
	fa_text_wrap_lead(text, lead, FA_PAINT_NONE, COUNT_COLUMNS, fa_buffer_text(&text->line));
}

static void put_reason(struct fa_text_out *text, unsigned reason, const struct tally *tally)
{
	uint64_t count = tally->reasons[reason];
	const char *remedy = reason < FA_REASON_COUNT ? fa_words_remedy(reason) : "";

	fa_buffer_reset(&text->line);
	fa_buffer_add(&text->line,
		      reason < FA_REASON_COUNT ? fa_reason_sentence(reason) : "no reason stored");
	if (remedy[0] != '\0')
		fa_buffer_addf(&text->line, " → %s", remedy);
	put_count(text, count);
	fa_buffer_reset(&text->line);
	fa_buffer_addf(&text->line, "%s%s", count > 1 ? "the first: " : "",
		       fa_buffer_text(&tally->firsts[reason]));
	fa_text_wrap(text, COUNT_COLUMNS, fa_buffer_text(&text->line));
}

static void put_indeterminate(struct fa_text_report *report, struct tally *tally)
{
	const struct fa_verdict_sum *sum = &report->sums[FA_VERDICT_INDETERMINATE];
	struct fa_text_out *text = &report->text;

	if (sum->conversations == 0)
		return;
	fa_buffer_reset(&text->line);
	fa_buffer_add(&text->line, "INDETERMINATE (");
	fa_buffer_count(&text->line, sum->conversations, "conversation", "conversations");
	fa_buffer_add(&text->line, " could not be judged, and why)");
	fa_text_heading(text, fa_buffer_text(&text->line));
	for (;;) {
		unsigned top = 0;

		for (unsigned i = 1; i <= FA_REASON_COUNT; i++)
			if (tally->reasons[i] > tally->reasons[top])
				top = i;
		if (tally->reasons[top] == 0)
			break;
		put_reason(text, top, tally);
		tally->reasons[top] = 0;
	}
}

static void put_doubts(struct fa_text_report *report, const struct tally *tally)
{
	struct fa_text_out *text = &report->text;
	uint64_t all = 0;

	for (unsigned i = 0; i < DOUBTS; i++)
		all += tally->doubts[i];
	if (all == 0)
		return;
	fa_buffer_reset(&text->line);
	fa_buffer_add(&text->line, "DOCUMENTED, WITH A DOUBT (");
	fa_buffer_count(&text->line, all, "conversation", "conversations");
	fa_buffer_add(&text->line, "; the first of each kind)");
	fa_text_heading(text, fa_buffer_text(&text->line));
	for (unsigned i = 0; i < DOUBTS; i++) {
		if (tally->doubts[i] == 0)
			continue;
		fa_buffer_reset(&text->line);
		fa_buffer_add(&text->line, doubts[i].sentence);
		fa_buffer_addf(&text->line, " → %s", fa_buffer_text(&tally->examples[i]));
		put_count(text, tally->doubts[i]);
	}
}

int fa_text_uncertain(struct fa_text_report *report, struct fa_diag *diag)
{
	struct tally tally;
	int err;

	memset(&tally, 0, sizeof(tally));
	tally.places = &report->places;
	err = report->history->each_conversation(report->history->context, report->run_id,
						 tally_conversation, &tally, diag);
	if (err == 0) {
		put_indeterminate(report, &tally);
		put_doubts(report, &tally);
	}
	for (unsigned i = 0; i <= FA_REASON_COUNT; i++)
		fa_buffer_deinit(&tally.firsts[i]);
	for (unsigned i = 0; i < DOUBTS; i++)
		fa_buffer_deinit(&tally.examples[i]);
	return err;
}
