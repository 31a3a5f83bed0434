/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flowaudit runs prune: old runs and old windows make room, and what that did in one sentence. */
#include "cmd/prune.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/num.h"
#include "base/time.h"
#include "cmd/common.h"
#include "report/buffer.h"
#include "report/json.h"
#include "report/text_out.h"
#include "store/prune.h"

#define NEVER "never"

void fa_prune_defaults(struct fa_prune_wish *wish)
{
	wish->older_than_ns = 90 * FA_PRUNE_DAY_NS;
	wish->rollup_ns = 7 * FA_PRUNE_DAY_NS;
}

int fa_set_older_than(struct fa_options *options, const char *value)
{
	int64_t *ns = &options->prune.older_than_ns;
	int error = 0;

	*ns = 0;
	if (strcmp(value, NEVER) == 0)
		return 0;
	error = fa_parse_duration_ns(value, ns);
	/* Older than nothing is everything. */
	if (error == 0 && *ns == 0)
		*ns = 1;
	return error;
}

int fa_set_prune_rollup(struct fa_options *options, const char *value)
{
	int64_t *ns = &options->prune.rollup_ns;
	int error = 0;

	*ns = 0;
	if (strcmp(value, NEVER) == 0)
		return 0;
	error = fa_parse_duration_ns(value, ns);
	/* A day must be over, for everybody who writes it. */
	return error == 0 && *ns >= FA_PRUNE_DAY_NS ? 0 : FA_EINVAL;
}

int fa_set_keep(struct fa_options *options, const char *value)
{
	return fa_parse_u64(value, 0, INT64_MAX, &options->prune.keep);
}

int fa_set_dry_run(struct fa_options *options, const char *value)
{
	(void)value;
	options->prune.dry_run = true;
	return 0;
}

/* "2026-08-24", or with the time of the day where that matters. */
static void add_day(struct fa_buffer *line, int64_t ns, bool with_time)
{
	char text[FA_TIME_TEXT];

	fa_time_text_short(ns, text);
	if (!with_time)
		text[strcspn(text, " ")] = '\0';
	fa_buffer_add(line, text);
	if (with_time)
		fa_buffer_add(line, " UTC");
}

/* What is being told. */
struct telling {
	const struct fa_options *options;
	const struct fa_prune_result *result;
	struct fa_text_out text;
	struct fa_buffer line;
};

static void separate(struct telling *t, const char *with)
{
	if (t->line.len > 0)
		fa_buffer_add(&t->line, with);
}

static void add_limit(struct telling *t)
{
	add_day(&t->line, t->result->removed_before_ns,
		t->options->prune.older_than_ns < 2 * FA_PRUNE_DAY_NS);
}

static const char *would_be(const struct telling *t)
{
	return t->options->prune.dry_run ? " would be " : " ";
}

static void tell_removed(struct telling *t)
{
	const struct fa_prune_result *r = t->result;

	if (r->runs > 0) {
		fa_buffer_count(&t->line, r->runs, "run", "runs");
		fa_buffer_add(&t->line, " of before ");
		add_limit(t);
		fa_buffer_addf(&t->line, "%sremoved", would_be(t));
	} else if (r->conversations > 0) {
		fa_buffer_count(&t->line, r->conversations, "row", "rows");
		fa_buffer_add(&t->line, " left of runs that had gone removed");
	}
}

static void tell_rolled(struct telling *t)
{
	const struct fa_prune_result *r = t->result;
	char before[FA_NUMBER_TEXT];
	char after[FA_NUMBER_TEXT];

	if (r->days == 0)
		return;
	separate(t, ", ");
	fa_buffer_count(&t->line, r->days, "day", "days");
	fa_buffer_addf(&t->line, "%srolled up from ", would_be(t));
	fa_buffer_count(&t->line, r->windows, "window", "windows");
	fa_buffer_addf(&t->line, ": %s rows %s %s", fa_number_text(r->rows_before, before),
		       t->options->prune.dry_run ? "would become" : "became",
		       fa_number_text(r->rows_after, after));
}

static void tell_nothing(struct telling *t)
{
	const struct fa_prune_result *r = t->result;

	if (t->line.len > 0)
		return;
	fa_buffer_add(&t->line, "nothing to prune");
	if (r->removed_before_ns != 0) {
		fa_buffer_add(&t->line, ": no runs of before ");
		add_limit(t);
	}
	if (r->rolled_before_ns == 0)
		return;
	fa_buffer_add(&t->line, r->removed_before_ns != 0 ? ", and" : ":");
	fa_buffer_add(&t->line, " no days to roll up of before ");
	add_day(&t->line, r->rolled_before_ns, false);
}

static void tell_space(struct telling *t)
{
	const struct fa_prune_result *r = t->result;
	char bytes[FA_NUMBER_TEXT];

	if (r->bytes_given_back == 0)
		return;
	separate(t, "; ");
	fa_buffer_addf(&t->line, "%s%s%sgiven back", t->options->prune.dry_run ? "about " : "",
		       fa_bytes_text(r->bytes_given_back, bytes), would_be(t));
}

/* The file did not become smaller: why, and what to do about it. */
static void tell_what_stays(struct telling *t)
{
	const struct fa_prune_result *r = t->result;
	char bytes[FA_NUMBER_TEXT];

	if (r->space == FA_SPACE_GIVEN_BACK || r->bytes_free == 0 || t->options->prune.dry_run)
		return;
	fa_buffer_reset(&t->line);
	fa_buffer_addf(&t->line,
		       "%s inside the file are free for what is stored from now on. The file was "
		       "made by an older version and has to be written anew once to become "
		       "smaller: %s",
		       fa_bytes_text(r->bytes_free, bytes),
		       r->space == FA_SPACE_IN_USE
			       ? "do this again when no other program has it open"
			       : "that needs room for two more copies in its folder");
	fa_text_wrap(&t->text, 0, fa_buffer_text(&t->line));
}

static int write_text(FILE *out, const struct fa_options *options,
		      const struct fa_prune_result *result, struct fa_diag *diag)
{
	const struct fa_report_options look = fa_report_options_of(options, out);
	struct telling telling = {.options = options, .result = result};
	int error;

	fa_text_out_init(&telling.text, out, &look);
	tell_removed(&telling);
	tell_rolled(&telling);
	tell_space(&telling);
	tell_nothing(&telling);
	fa_text_wrap(&telling.text, 0, fa_buffer_text(&telling.line));
	tell_what_stays(&telling);
	error = telling.line.failed ? FA_ENOMEM : fa_text_out_check(&telling.text, diag);
	fa_text_out_deinit(&telling.text);
	fa_buffer_deinit(&telling.line);
	return error;
}

static void put_limit(struct fa_json *json, const char *key, int64_t ns)
{
	if (ns == 0)
		fa_json_put_text(json, key, NULL);
	else
		fa_json_put_time(json, key, ns);
}

static int write_json(FILE *out, const struct fa_options *options,
		      const struct fa_prune_result *r, struct fa_diag *diag)
{
	static const char *const spaces[] = {
		[FA_SPACE_GIVEN_BACK] = "given-back",
		[FA_SPACE_IN_USE] = "in-use",
		[FA_SPACE_NO_ROOM] = "no-room",
	};
	const struct {
		const char *key;
		uint64_t value;
	} counts[] = {
		{"runs", r->runs},
		{"conversations", r->conversations},
		{"days", r->days},
		{"windows", r->windows},
		{"rows_before", r->rows_before},
		{"rows_after", r->rows_after},
		{"unused", r->unused},
		{"bytes_given_back", r->bytes_given_back},
		{"bytes_free", r->bytes_free},
	};
	struct fa_json json = fa_json_new();

	fa_json_put(&json, "dry_run", json_boolean(options->prune.dry_run));
	put_limit(&json, "removed_before", r->removed_before_ns);
	put_limit(&json, "rolled_up_before", r->rolled_before_ns);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		fa_json_put_count(&json, counts[i].key, counts[i].value);
	fa_json_put_text(&json, "space", spaces[r->space]);
	return fa_json_write(out, fa_json_done(&json), "\n", diag);
}

static int prune_with(struct fa_store *store, const struct fa_options *options,
		      struct fa_prune_result *result, struct fa_diag *diag)
{
	const struct fa_prune_options wish = {
		.retain_ns = options->prune.older_than_ns,
		.rollup_ns = options->prune.rollup_ns,
		.keep = options->prune.keep,
		.dry_run = options->prune.dry_run,
	};

	return fa_store_prune(store, &wish, result, diag);
}

/* The output has been opened: nothing is removed that could not be told. */
static int prune_and_tell(FILE *out, void *context, struct fa_diag *diag)
{
	const struct fa_options *options = context;
	struct fa_prune_result result;
	struct fa_store *store = NULL;
	bool json;
	int error = fa_json_wanted(options->format, &json, diag);

	/* Reading first: for writing it would be made when it is not there. */
	if (error == 0)
		error = fa_store_open(&store, options->database, FA_STORE_READ, diag);
	if (error == 0 && !options->prune.dry_run) {
		fa_store_close(store);
		error = fa_store_open(&store, options->database, FA_STORE_WRITE, diag);
	}
	if (error == 0)
		error = prune_with(store, options, &result, diag);
	fa_store_close(store);
	if (error != 0)
		return error;
	return json ? write_json(out, options, &result, diag) 
		    : write_text(out, options, &result, diag);
}

int fa_runs_prune(const struct fa_options *options)
{
	struct fa_options wish = *options;

	return fa_with_output(options, prune_and_tell, &wish);
}
