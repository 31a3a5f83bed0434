/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flowaudit drift: what differs between two nights, two runs, or two times. */
#include <string.h>

#include "audit/drift.h"
#include "base/log.h"
#include "base/text.h"
#include "base/time.h"
#include "cmd/common.h"
#include "cmd/drift_gap.h"
#include "cmd/drift_select.h"
#include "cmd/finish.h"
#include "report/drift.h"

/* What the comparison may take: with two databases open the program stays below 200 MB. */
#define MEMORY_BYTES (160u << 20)

struct drift {
	const struct fa_options *options;
	const struct fa_drift *drift;
	const struct fa_history *history; /* of the later side */
};

static int write_drift(FILE *out, void *context, struct fa_diag *diag)
{
	const struct drift *drift = context;
	struct fa_report_options look = fa_report_options_of(drift->options, out);

	return fa_drift_write(out, drift->options->format, drift->drift, drift->history, &look, diag);
}

static int put_drift(struct drift *drift)
{
	const struct fa_options *options = drift->options;
	struct fa_report_options look = fa_report_options_of(options, stdout);
	struct fa_diag diag = {{0}};
	int error;

	if (!fa_drift_makes_folder(options->format) || !fa_output_is_folder(options))
		return fa_with_output(options, write_drift, drift);
	error = fa_drift_write_folder(options->output, options->format, drift->drift,
				      drift->history, &look, &diag);
	if (error != 0)
		fa_log_error("%s", diag.text[0] != '\0' ? diag.text : fa_strerror(error));
	return error;
}

/* Whether a change of the verdict, or an expectation, is at or above the level. */
static bool is_at_level(const struct fa_options *options, const struct fa_difference *difference)
{
	const struct fa_drift_state *state =
		difference->now.is_there ? &difference->now : &difference->before;

	switch (difference->section) {
	case FA_DRIFT_EXPECTATIONS:
		return difference->now.is_there && fa_fails_on(options, FA_VERDICT_REFUSED) &&
		       (strcmp(state->state, fa_expectation_text(FA_EXPECT_REFUSED)) == 0 ||
			strcmp(state->state, fa_expectation_text(FA_EXPECT_UNSEEN)) == 0);
	case FA_DRIFT_APPEARED:
	case FA_DRIFT_CHANGED:
	case FA_DRIFT_VANISHED:
		return fa_fails_on(options, state->verdict);
	default:
		return false;
	}
}

/* A missing night hides everything, so it counts whatever the level is. */
static bool counts(const struct fa_options *options, const struct fa_difference *difference)
{
	if (difference->aspect == FA_ASPECT_GAP)
		return true;
	if (!options->drift.fail_by_level)
		return difference->section != FA_DRIFT_COVERAGE &&
		       difference->aspect != FA_ASPECT_UNUSED;
	return is_at_level(options, difference);
}

static int exit_status(const struct fa_options *options, const struct fa_drift *drift)
{
	if (options->drift.fail_never)
		return FA_EXIT_CLEAN;
	for (size_t i = 0; i < drift->count; i++)
		if (counts(options, &drift->items[i]))
			return FA_EXIT_FINDINGS;
	return FA_EXIT_CLEAN;
}

static int report(const struct fa_options *options, const struct fa_drift_choice *choice,
		  const struct fa_drift *made, int64_t now_ns)
{
	struct fa_drift_gaps gaps;
	struct drift drift = {options, &gaps.drift, &choice->now.history};
	int status = FA_EXIT_FAILED;

	if (fa_drift_gaps_add(&gaps, made, choice, options, now_ns) == 0 &&
	    put_drift(&drift) == 0)
		status = exit_status(options, &gaps.drift);
	fa_drift_gaps_deinit(&gaps);
	return status;
}

static int compare(const struct fa_options *options, const struct fa_drift_choice *choice)
{
	const struct fa_drift_options how = {
		.factor = options->drift.factor,
		.expiring_days = options->drift.expiring_days,
	};
	struct fa_drift *drift = NULL;
	struct fa_diag diag = {{0}};
	int status = FA_EXIT_FAILED;
	int error;

	error = fa_drift_make(&drift, &choice->before.span, &choice->now.span, &how, MEMORY_BYTES, &diag);
	if (error == 0)
		status = report(options, choice, drift, fa_wall_clock_ns());
	else
		fa_log_error("%s", diag.text[0] != '\0' ? diag.text : fa_strerror(error));
	fa_drift_free(drift);
	return status;
}

int fa_cmd_drift(int argc, char **argv)
{
	struct fa_drift_choice choice;
	struct fa_options options;
	struct fa_diag diag = {{0}};
	char safe[64];
	int status;
	int first;

	status = fa_options_parse(fa_command_find("drift"), argc, argv, &options, &first);
	if (status != FA_GO_ON)
		return status;
	if (first < argc) {
		fa_log_error("drift: \"%s\" is one argument too many; runs are named with --run N "
			     "and --against N",
			     fa_text_safe(argv[first], strlen(argv[first]), safe, sizeof(safe)));
		return FA_EXIT_FAILED;
	}
	if (fa_drift_format_check(options.format, &diag) != 0 ||
	    fa_drift_section_check(options.format, options.section, &diag) != 0) {
		fa_log_error("%s", diag.text);
		return FA_EXIT_FAILED;
	}
	status = FA_EXIT_FAILED;
	if (fa_drift_choose(&choice, &options) == 0)
		status = compare(&options, &choice);
	fa_drift_choice_deinit(&choice);
	return status;
}
