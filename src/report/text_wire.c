/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text report, WHAT WAS READ: interfaces, what wrapped the traffic, copies, settings. */
#include "report/text.h"

#include <inttypes.h>

#include "report/wire_words.h"
#include "report/words.h"

enum { INTERFACES_SHOWN = 8 };

static void add_drops(struct fa_buffer *line, const char *where, bool is_known, uint64_t count)
{
	char number[FA_NUMBER_TEXT];

	fa_buffer_addf(line, " %s %s", where, is_known ? fa_number_text(count, number) : "not counted");
}

static void put_interface(struct fa_text_report *report, uint32_t index)
{
	const struct fa_run_interfaces *all = &report->run.totals.interfaces;
	const struct fa_run_interface *item = &all->items[index];
	struct fa_buffer *line = &report->text.line;
	char name[FA_LINK_TYPE_TEXT];

	fa_buffer_reset(line);
	fa_words_interface(line, all, index);
	fa_buffer_addf(line, " (%s", fa_words_link_type(item->link_type, name));
	if (report->run.totals.capture.files > 1)
		fa_buffer_addf(line, ", file %" PRIu32, item->input + 1);
	fa_buffer_add(line, "): ");
	fa_buffer_count(line, item->packets, "packet", "packets");
	if (item->counts_kernel || item->counts_interface) {
		fa_buffer_add(line, "; dropped:");
		add_drops(line, "kernel", item->counts_kernel, item->dropped_kernel);
		fa_buffer_add(line, ",");
		add_drops(line, "interface", item->counts_interface, item->dropped_interface);
	}
	fa_text_item(&report->text, index == 0 ? "interfaces" : "", fa_buffer_text(line));
}

static void put_interfaces(struct fa_text_report *report)
{
	const struct fa_run_interfaces *all = &report->run.totals.interfaces;
	struct fa_buffer *line = &report->text.line;
	uint32_t count = all->count < FA_INTERFACES_MAX ? all->count : FA_INTERFACES_MAX;
	uint32_t shown = report->text.all || count < INTERFACES_SHOWN ? count : INTERFACES_SHOWN;
	uint64_t rest = (uint64_t)(count - shown) + all->more;

	if (!fa_interfaces_tell(&report->run))
		return;
	for (uint32_t i = 0; i < shown; i++)
		put_interface(report, i);
	if (rest == 0)
		return;
	fa_buffer_reset(line);
	fa_buffer_add(line, "and ");
	fa_buffer_count(line, rest, "more", "more");
	fa_text_item(&report->text, "", fa_buffer_text(line));
}

void fa_text_wire(struct fa_text_report *report)
{
	const struct fa_stored_run *run = &report->run;
	struct fa_buffer *line = &report->text.line;

	put_interfaces(report);
	fa_buffer_reset(line);
	fa_words_settings(line, &run->info.wire);
	if (line->len > 0)
		fa_text_item(&report->text, "settings", fa_buffer_text(line));
	fa_buffer_reset(line);
	fa_words_layers(line, &run->totals.capture);
	if (line->len > 0)
		fa_text_item(&report->text, "wrapped in", fa_buffer_text(line));
	fa_buffer_reset(line);
	fa_words_duplicates(line, run);
	fa_text_item(&report->text, "duplicates", fa_buffer_text(line));
}
