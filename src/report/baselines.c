/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Baselines of runs, and a table of them. */
#include "report/baselines.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "report/json.h"
#include "report/output.h"
#include "report/text_out.h"
#include "report/words.h"

struct reading {
	struct fa_baselines *baselines;
	struct fa_diag *diag;
};

static int take(void *arg, const struct fa_baseline *baseline)
{
	struct reading *reading = arg;
	struct fa_baselines *b = reading->baselines;
	struct fa_named_run *items = realloc(b->items, (b->count + 1) * sizeof(*items));
	char *name = strdup(baseline->name);

	if (items != NULL)
		b->items = items;
	if (items == NULL || name == NULL) {
		free(name);
		return fa_fail(reading->diag, FA_ENOMEM, "no memory for the list of baselines");
	}
	b->items[b->count++] = (struct fa_named_run){name, baseline->run, baseline->made_ns};
	return 0;
}

int fa_baselines_read(struct fa_baselines *baselines, const struct fa_history *history,
		      struct fa_diag *diag)
{
	struct reading reading = {baselines, diag};

	memset(baselines, 0, sizeof(*baselines));
	/* A history that is made for a test may have none. */
	if (history->each_baseline == NULL)
		return 0;
	return history->each_baseline(history->context, take, &reading, diag);
}

void fa_baselines_deinit(struct fa_baselines *baselines)
{
	for (size_t i = 0; i < baselines->count; i++)
		free(baselines->items[i].name);
	free(baselines->items);
	memset(baselines, 0, sizeof(*baselines));
}

const struct fa_named_run *fa_baselines_next(const struct fa_baselines *baselines, int64_t run,
					     const struct fa_named_run *before)
{
	size_t i = before == NULL ? 0 : (size_t)(before - baselines->items) + 1;

	for (; i < baselines->count; i++)
		if (baselines->items[i].run == run)
			return &baselines->items[i];
	return NULL;
}

static int write_json(FILE *out, const struct fa_baselines *baselines, struct fa_diag *diag)
{
	int error = 0;

	fputs("{\"baselines\":[", out);
	for (size_t i = 0; i < baselines->count && error == 0; i++) {
		struct fa_json json = fa_json_new();

		fa_json_put_wire(&json, "name", baselines->items[i].name);
		fa_json_put(&json, "run", json_integer(baselines->items[i].run));
		fa_json_put_time(&json, "made", baselines->items[i].made_ns);
		fputs(i > 0 ? ",\n" : "\n", out);
		error = fa_json_write(out, fa_json_done(&json), "", diag);
	}
	if (error == 0)
		fputs("\n]}\n", out);
	return error;
}

static void tell_source(struct fa_text_out *text, const struct fa_stored_run *run)
{
	size_t used;

	fa_words_period(&text->line, run->totals.capture.first_ns, run->totals.capture.last_ns);
	fa_buffer_add(&text->line, "  ");
	used = fa_text_columns(fa_buffer_text(&text->line));
	if (used + 8 < text->width)
		fa_buffer_clip_front(&text->line, run->info.source, text->width - used);
}

static int tell_one(struct fa_text_out *text, const struct fa_named_run *baseline,
		    const struct fa_history *history, struct fa_diag *diag)
{
	struct fa_stored_run run;
	char made[FA_TIME_TEXT];
	struct fa_diag unknown = {{0}};
	int error = history->run(history->context, baseline->run, &run, &unknown);
	size_t used;

	if (error != 0 && error != FA_ENOENT)
		return fa_fail(diag, error, "%s", unknown.text);
	fa_buffer_reset(&text->line);
	fa_buffer_clip(&text->line, baseline->name, 24);
	used = fa_text_columns(fa_buffer_text(&text->line));
	fa_buffer_addf(&text->line, "%*s  %5" PRId64 "  %s  ", (int)(24 - used), "", baseline->run,
		       fa_time_text_short(baseline->made_ns, made));
	if (error == FA_ENOENT)
		fa_buffer_add(&text->line, "its run is gone");
	else
		tell_source(text, &run);
	fa_text_line(text, fa_buffer_text(&text->line));
	return 0;
}

static int write_text(FILE *out, const struct fa_baselines *baselines,
		      const struct fa_history *history, const struct fa_report_options *options,
		      struct fa_diag *diag)
{
	struct fa_text_out text;
	int error = 0;

	fa_text_out_init(&text, out, options);
	if (baselines->count == 0)
		fa_text_wrap(&text, 0, "no run is a baseline; to make one of run N: flowaudit runs "
				       "baseline NAME N");
	else
		fa_text_line(&text, "BASELINE                    RUN  NAMED (UTC)       PACKETS (UTC), "
				    "SOURCE");
	for (size_t i = 0; i < baselines->count && error == 0; i++)
		error = tell_one(&text, &baselines->items[i], history, diag);
	if (error == 0)
		error = fa_text_out_check(&text, diag);
	fa_text_out_deinit(&text);
	return error;
}

int fa_report_baselines(FILE *out, const char *format, const struct fa_history *history,
			const struct fa_report_options *options, struct fa_diag *diag)
{
	struct fa_baselines baselines;
	bool json;
	int error = fa_json_wanted(format, &json, diag);

	if (error != 0)
		return error;
	error = fa_baselines_read(&baselines, history, diag);
	if (error == 0)
		error = json ? write_json(out, &baselines, diag)
			     : write_text(out, &baselines, history, options, diag);
	if (error == 0)
		error = fa_output_flush(out, diag);
	fa_baselines_deinit(&baselines);
	return error;
}
