/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nights as a table for people: one line for each, a bar for its findings. */
#include <inttypes.h>
#include <string.h>

#include "report/json.h"
#include "report/nights.h"
#include "report/nights_json.h"
#include "report/nights_row.h"
#include "report/output.h"
#include "report/text_out.h"

enum { BAR = 10, SHOWN_SOURCES = 5 };

struct telling {
	struct fa_text_out text;
	const struct fa_history *history;
	const struct fa_nights *nights;
	int64_t usual_ns;
	size_t night_columns;
	uint64_t most; /* findings of a night */
	size_t missing;
	struct fa_diag *diag;
};

/* "12", "11-14" */
static void add_runs(struct fa_buffer *line, const struct fa_nights *nights,
		     const struct fa_night *night)
{
	char text[32];
	int64_t first = nights->runs[night->first]->id;
	int64_t last = nights->runs[night->first + night->count - 1]->id;

	if (night->count == 1)
		snprintf(text, sizeof(text), "%" PRId64, first);
	else
		snprintf(text, sizeof(text), "%" PRId64 "-%" PRId64, first, last);
	fa_buffer_addf(line, "  %6s", text);
}

static void add_bar(struct fa_buffer *line, uint64_t findings, uint64_t most)
{
	/* Whoever has one finding has a mark. */
	uint64_t marks = most == 0 ? 0 : (findings * BAR + most - 1) / most;

	if (marks > 0)
		fa_buffer_addf(line, "  %.*s", (int)marks, "##########");
}

static void add_sums(struct telling *t, const struct fa_night_sums *sums)
{
	struct fa_buffer *line = &t->text.line;
	char packets[FA_NUMBER_TEXT];
	char conversations[FA_NUMBER_TEXT];
	char lost[FA_NUMBER_TEXT];

	fa_buffer_addf(line, " %11s %6s %-6s %8s", fa_number_text(sums->packets, packets),
		       fa_percent_text(fa_night_loss(sums), FA_NIGHT_WHOLE, lost), sums->confidence,
		       fa_number_text(sums->conversations, conversations));
	fa_buffer_addf(line, " %6" PRIu64 " %4" PRIu64 " %4" PRIu64 " %4" PRIu64 " %4" PRIu64
			     " %4" PRIu64,
		       sums->unseen, sums->by_verdict[FA_VERDICT_WRONG_PROTOCOL],
		       sums->by_verdict[FA_VERDICT_WRONG_ENDPOINT],
		       sums->by_verdict[FA_VERDICT_REFUSED],
		       sums->by_verdict[FA_VERDICT_UNDOCUMENTED],
		       sums->by_verdict[FA_VERDICT_DISCOURAGED]);
	add_bar(line, sums->findings, t->most);
}

static int tell_night(void *arg, const struct fa_night *night, int64_t begin_ns)
{
	struct telling *t = arg;
	struct fa_buffer *line = &t->text.line;
	struct fa_night_sums sums;
	char text[FA_NIGHT_TEXT];
	int error = 0;

	if (night != NULL)
		error = fa_night_sums_read(&sums, t->history, t->nights, night, t->diag);
	if (error != 0)
		return error;
	fa_buffer_reset(line);
	fa_buffer_addf(line, "%-*s", (int)t->night_columns,
		       fa_night_text(begin_ns, t->usual_ns, text));
	if (night == NULL) {
		fa_buffer_add(line, "  no run");
		t->missing++;
	} else {
		add_runs(line, t->nights, night);
		add_sums(t, &sums);
		if (strcmp(sums.state, "complete") != 0)
			fa_buffer_addf(line, " (%s)", sums.state);
	}
	fa_text_line(&t->text, fa_buffer_text(line));
	return fa_text_out_check(&t->text, t->diag);
}

static void tell_head(struct telling *t)
{
	struct fa_buffer *line = &t->text.line;

	fa_buffer_reset(line);
	fa_buffer_addf(line, "%*s                                                    ------- "
			     "FINDINGS -------",
		       (int)t->night_columns, "");
	fa_text_line(&t->text, fa_buffer_text(line));
	fa_buffer_reset(line);
	fa_buffer_addf(line, "%-*s  %6s %11s %6s %-6s %8s %6s %4s %4s %4s %4s %4s",
		       (int)t->night_columns, "NIGHT", "RUN", "PACKETS", "LOST", "TRUST", "CONVERS.",
		       "UNSEEN", "PROT", "ENDP", "REFU", "UNDC", "DISC");
	fa_text_line(&t->text, fa_buffer_text(line));
}

static bool is_shown(const struct fa_nights *nights, const struct fa_run_row *row)
{
	for (size_t i = 0; i < nights->run_count; i++)
		if (strcmp(nights->runs[i]->wide_key, row->wide_key) == 0)
			return true;
	return false;
}

/* Whether an earlier run of the list has this source. */
static bool is_known(const struct fa_run_list *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list->items[i].wide_key, list->items[n].wide_key) == 0)
			return true;
	return false;
}

static void tell_others(struct telling *t, const struct fa_run_list *list)
{
	struct fa_buffer *line = &t->text.line;
	size_t count = 0;

	fa_buffer_reset(line);
	for (size_t i = 0; i < list->count; i++) {
		if (is_shown(t->nights, &list->items[i]) || is_known(list, i))
			continue;
		if (count++ >= SHOWN_SOURCES)
			continue;
		fa_buffer_add(line, count == 1 ? "Other sources (--source, --any-source): " : ", ");
		fa_buffer_clip_front(line, list->items[i].source, 40);
	}
	if (count == 0)
		return;
	if (count > SHOWN_SOURCES)
		fa_buffer_addf(line, " and %zu more", count - SHOWN_SOURCES);
	fa_text_wrap(&t->text, 0, fa_buffer_text(line));
}

static void tell_source(struct telling *t)
{
	struct fa_buffer *line = &t->text.line;
	const struct fa_run_row *last = t->nights->runs[t->nights->run_count - 1];

	fa_buffer_reset(line);
	fa_buffer_count(line, t->nights->count, "night", "nights");
	fa_buffer_add(line, " of ");
	fa_buffer_clip_front(line, last->source, 60);
	fa_text_line(&t->text, fa_buffer_text(line));
	fa_text_blank(&t->text);
}

static uint64_t most_findings(struct telling *t, int *error)
{
	uint64_t most = 0;

	for (size_t i = 0; i < t->nights->count && *error == 0; i++) {
		const struct fa_night *night = &t->nights->items[i];
		uint64_t sum = 0;

		for (size_t k = 0; k < night->count && *error == 0; k++) {
			struct fa_stored_run run;

			*error = t->history->run(t->history->context,
						 t->nights->runs[night->first + k]->id, &run, t->diag);
			sum += *error == 0 ? run.findings : 0;
		}
		if (sum > most)
			most = sum;
	}
	return most;
}

static int write_text(FILE *out, const struct fa_history *history, const struct fa_run_list *list,
		      const struct fa_nights *nights, const struct fa_report_options *options,
		      struct fa_diag *diag)
{
	struct telling t = {.history = history, .nights = nights, .diag = diag};
	char text[FA_NIGHT_TEXT];
	int error = 0;

	fa_text_out_init(&t.text, out, options);
	if (nights->run_count == 0) {
		fa_text_line(&t.text, "no runs are stored");
	} else {
		t.usual_ns = fa_nights_usual(nights, nights->count);
		t.night_columns = strlen(fa_night_text(0, t.usual_ns, text));
		t.most = most_findings(&t, &error);
		tell_source(&t);
		tell_head(&t);
		if (error == 0)
			error = fa_nights_each(nights, tell_night, &t);
		if (error == 0)
			fa_text_blank(&t.text);
		if (error == 0)
			tell_others(&t, list);
	}
	if (error == 0)
		error = fa_text_out_check(&t.text, diag);
	if (error == 0)
		error = fa_output_flush(out, diag);
	fa_text_out_deinit(&t.text);
	return error;
}

int fa_report_nights(FILE *out, const char *format, const struct fa_history *history,
		     const struct fa_run_list *list, const struct fa_nights *nights,
		     const struct fa_report_options *options, struct fa_diag *diag)
{
	bool json;
	int error = fa_json_wanted(format, &json, diag);

	if (error != 0)
		return error;
	return json ? fa_nights_json(out, history, nights, diag)
		    : write_text(out, history, list, nights, options, diag);
}
