/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text report: what is waived, by whom and until when, and which waivers somebody must look at. */
#include "report/text.h"

#include "report/words.h"

#define WAIVERS_SHOWN 10 /* in each of the two sections */
#define TEXT_COLUMNS  64
#define INDENT	      4

/* One section of waivers while it is written. */
struct waivers {
	struct fa_text_out *text;
	bool (*wanted)(const struct fa_stored_waiver *waiver);
	void (*add)(struct fa_buffer *line, const struct fa_stored_waiver *waiver);
	enum fa_paint paint;
	bool only_count;
	uint64_t count, conversations;
};

static bool is_used(const struct fa_stored_waiver *waiver)
{
	return waiver->conversations > 0;
}

static bool needs_attention(const struct fa_stored_waiver *waiver)
{
	return waiver->status != FA_WAIVER_USED || waiver->broad;
}

/* "any → 10.1.0.2:443/tcp TLS", as far as the waiver says. */
static void add_scope(struct fa_buffer *line, const struct fa_stored_waiver *waiver)
{
	fa_buffer_clip(line, waiver->client, TEXT_COLUMNS);
	fa_buffer_add(line, " → ");
	fa_buffer_clip(line, waiver->server, TEXT_COLUMNS);
	fa_buffer_add(line, ", port ");
	fa_buffer_clip(line, waiver->port, TEXT_COLUMNS);
	fa_buffer_add(line, "/");
	fa_buffer_clip(line, waiver->transport, TEXT_COLUMNS);
	fa_buffer_add(line, ", protocol ");
	fa_buffer_clip(line, waiver->protocol, TEXT_COLUMNS);
}

static void add_owner(struct fa_buffer *line, const struct fa_stored_waiver *waiver)
{
	fa_buffer_clip(line, waiver->owner, TEXT_COLUMNS);
	if (waiver->ticket[0] == '\0')
		return;
	fa_buffer_add(line, ", ");
	fa_buffer_clip(line, waiver->ticket, TEXT_COLUMNS);
}

static void add_used(struct fa_buffer *line, const struct fa_stored_waiver *waiver)
{
	add_scope(line, waiver);
	fa_buffer_add(line, " · ");
	fa_buffer_count(line, waiver->conversations, "conversation", "conversations");
	fa_buffer_add(line, ", ");
	fa_buffer_count(line, waiver->flows, "flow", "flows");
	fa_buffer_add(line, " · ");
	add_owner(line, waiver);
	fa_buffer_add(line, ", until ");
	fa_buffer_safe(line, waiver->expires);
	fa_buffer_add(line, ": ");
	fa_buffer_safe(line, waiver->reason);
}

static void add_trouble(struct fa_buffer *line, const struct fa_stored_waiver *waiver)
{
	if (waiver->status == FA_WAIVER_EXPIRED) {
		fa_buffer_add(line, "expired ");
		fa_buffer_safe(line, waiver->expires);
		fa_buffer_add(line, ": decide anew; ");
	} else if (waiver->status == FA_WAIVER_UNUSED) {
		fa_buffer_add(line, "unused: nothing in this run needed it; ");
	}
	if (waiver->broad)
		fa_buffer_add(line, "over-broad: it covers more than anybody has looked at; ");
	add_scope(line, waiver);
	fa_buffer_add(line, " · ");
	add_owner(line, waiver);
}

static int put_waiver(void *arg, const struct fa_stored_waiver *waiver)
{
	struct waivers *waivers = arg;
	struct fa_text_out *text = waivers->text;
	struct fa_buffer lead = {0};

	if (!waivers->wanted(waiver))
		return 0;
	waivers->conversations += waiver->conversations;
	if (waivers->count++ >= WAIVERS_SHOWN && !text->all)
		return 0;
	if (waivers->only_count)
		return 0;
	fa_buffer_add(&lead, "  ");
	fa_buffer_clip(&lead, waiver->id, 28);
	fa_buffer_add(&lead, "  ");
	fa_buffer_reset(&text->line);
	waivers->add(&text->line, waiver);
	fa_text_wrap_lead(text, fa_buffer_text(&lead), waivers->paint, INDENT,
			  fa_buffer_text(&text->line));
	text->line.failed = text->line.failed || lead.failed;
	fa_buffer_deinit(&lead);
	return 0;
}

static int each(struct fa_text_report *report, struct waivers *waivers, bool only_count,
		struct fa_diag *diag)
{
	waivers->only_count = only_count;
	waivers->count = 0;
	waivers->conversations = 0;
	return report->history->each_waiver(report->history->context, report->run_id, put_waiver,
					    waivers, diag);
}

/* "; the first 10, all with --all" where there are more. */
static void add_shown(struct fa_text_out *text, uint64_t count)
{
	if (count > WAIVERS_SHOWN && !text->all)
		fa_buffer_addf(&text->line, "; the first %d, all with --all", WAIVERS_SHOWN);
	fa_buffer_add(&text->line, ")");
}

static int put_used(struct fa_text_report *report, struct fa_diag *diag)
{
	struct fa_text_out *text = &report->text;
	struct waivers waivers = {.text = text, .wanted = is_used, .add = add_used};
	int err = each(report, &waivers, true, diag);

	if (err != 0 || waivers.count == 0)
		return err;
	fa_buffer_reset(&text->line);
	fa_buffer_add(&text->line, "WAIVED (");
	fa_buffer_count(&text->line, waivers.conversations, "conversation", "conversations");
	fa_buffer_add(&text->line, " that would be findings, by ");
	fa_buffer_count(&text->line, waivers.count, "waiver", "waivers");
	add_shown(text, waivers.count);
	fa_text_heading(text, fa_buffer_text(&text->line));
	return each(report, &waivers, false, diag);
}

static int put_troubled(struct fa_text_report *report, struct fa_diag *diag)
{
	struct fa_text_out *text = &report->text;
	struct waivers waivers = {.text = text, .wanted = needs_attention, .add = add_trouble,
				  .paint = FA_PAINT_WARN};
	int err = each(report, &waivers, true, diag);
	char number[FA_NUMBER_TEXT];

	if (err != 0 || waivers.count == 0)
		return err;
	fa_buffer_reset(&text->line);
	fa_buffer_addf(&text->line, "WAIVERS THAT NEED ATTENTION (%s",
		       fa_number_text(waivers.count, number));
	add_shown(text, waivers.count);
	fa_text_heading(text, fa_buffer_text(&text->line));
	return each(report, &waivers, false, diag);
}

int fa_text_waivers(struct fa_text_report *report, struct fa_diag *diag)
{
	int err = put_used(report, diag);

	return err == 0 ? put_troubled(report, diag) : err;
}
