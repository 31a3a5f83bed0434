/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who says so, and what to do next, of a difference. */
#include <inttypes.h>
#include <string.h>

#include "report/command.h"
#include "report/drift_words.h"
#include "report/inputs.h"
#include "report/words.h"

const char *fa_drift_rule_id(const struct fa_difference *difference)
{
	const char *id = fa_drift_side_to_see(difference)->rule;

	return id != NULL && difference->section != FA_DRIFT_WAIVERS &&
			       difference->section != FA_DRIFT_COVERAGE
		       ? id
		       : "";
}

/* Remembers whether the rule was there, since a callback may fail as a rule that is not known. */
struct asking {
	int (*fn)(void *arg, const struct fa_stored_rule *rule);
	void *arg;
	bool is_known;
};

static int pass_on(void *arg, const struct fa_stored_rule *rule)
{
	struct asking *asking = arg;

	asking->is_known = true;
	return asking->fn(asking->arg, rule);
}

int fa_drift_rule(const struct fa_drift_about *about, const struct fa_difference *difference,
		  int (*fn)(void *arg, const struct fa_stored_rule *rule), void *arg,
		  struct fa_diag *diag)
{
	const struct fa_history *history = about->history;
	const char *id = fa_drift_rule_id(difference);
	struct asking asking = {fn, arg, false};
	struct fa_diag unknown = {{0}};
	int err;

	if (history == NULL || id[0] == '\0')
		return fn(arg, NULL);
	err = history->rule(history->context, about->drift->now.last_run, id, pass_on, &asking,
			    &unknown);
	if (asking.is_known || err == 0)
		return err;
	/* The row may have gone with the version of the catalog that had it. */
	return err == FA_ENOENT ? fn(arg, NULL) : fa_fail(diag, err, "%s", unknown.text);
}

struct citing {
	struct fa_buffer *line;
	const struct fa_difference *difference;
};

/* What the row has to do with it. */
static const char *lead_of(const struct fa_difference *difference)
{
	static const char *const leads[FA_VERDICT_COUNT] = {
		[FA_VERDICT_DOCUMENTED] = "documented: ",
		[FA_VERDICT_DISCOURAGED] = "documented, but advised against: ",
		[FA_VERDICT_WRONG_PROTOCOL] = "documented for another protocol: ",
		[FA_VERDICT_WRONG_ENDPOINT] = "documented for others: ",
		[FA_VERDICT_UNDOCUMENTED] = "nearest row: ",
		[FA_VERDICT_REFUSED] = "documented: ",
		[FA_VERDICT_WAIVED] = "nearest row: ",
		[FA_VERDICT_INDETERMINATE] = "the row: ",
	};
	enum fa_verdict verdict = fa_drift_side_to_see(difference)->verdict;

	if (difference->section == FA_DRIFT_EXPECTATIONS)
		return "expected by ";
	return verdict < FA_VERDICT_COUNT ? leads[verdict] : "";
}

static int cite(void *arg, const struct fa_stored_rule *rule)
{
	const struct citing *citing = arg;
	const char *id = fa_drift_rule_id(citing->difference);

	/* The row is about one of very many. */
	if (citing->difference->aspect == FA_ASPECT_SWEEP ||
	    citing->difference->aspect == FA_ASPECT_PEERS)
		return 0;
	if (rule != NULL) {
		fa_buffer_add(citing->line, lead_of(citing->difference));
		fa_words_citation(citing->line, rule);
		fa_buffer_add(citing->line, " · ");
		fa_words_rule_ports(citing->line, rule);
	} else if (id[0] != '\0') {
		fa_buffer_add(citing->line, lead_of(citing->difference));
		fa_buffer_safe(citing->line, id);
	} else if (fa_drift_is_traffic(citing->difference) &&
		   fa_drift_side_to_see(citing->difference)->verdict == FA_VERDICT_UNDOCUMENTED) {
		fa_buffer_add(citing->line, "no row of any catalog is on this port, nor near it");
	}
	return 0;
}

int fa_drift_say_citation(struct fa_buffer *line, const struct fa_drift_about *about,
			  const struct fa_difference *difference, struct fa_diag *diag)
{
	struct citing citing = {line, difference};

	return fa_drift_rule(about, difference, cite, &citing, diag);
}

/* --- What to do next --- */

/* The database of the side that is looked at; the histories of both are one when the names are. */
static const char *database_of(const struct fa_drift_about *about,
			       const struct fa_difference *difference)
{
	bool is_now = fa_drift_side_to_see(difference) == &difference->now;

	if (is_now && about->history != NULL)
		return about->history->database;
	return is_now ? about->drift->now.database : about->drift->before.database;
}

static bool is_in_history(const struct fa_drift_about *about, const char *database)
{
	const char *known = about->history == NULL ? NULL : about->history->database;

	if (about->history == NULL)
		return false;
	return known == database ||
	       (known != NULL && database != NULL && strcmp(known, database) == 0);
}

static void add_command(struct fa_buffer *line, const char *verb, const char *database)
{
	const struct fa_history history = {.database = database};

	fa_command_add(line, verb, &history);
}

/* The packets, where the files that they came from are known; else the report on the run. */
static int say_evidence(struct fa_buffer *words, struct fa_buffer *command,
			const struct fa_drift_about *about, const struct fa_difference *difference,
			struct fa_diag *diag)
{
	const struct fa_drift_state *state = fa_drift_side_to_see(difference);
	const char *database = database_of(about, difference);
	bool has_files = true;

	if (is_in_history(about, database)) {
		int err = fa_inputs_are_files(about->history, state->run, &has_files, diag);

		if (err != 0)
			return err;
	}
	if (!has_files) {
		fa_buffer_add(words, "more on it");
		add_command(command, "report", database);
		fa_buffer_addf(command, " --run %" PRId64, state->run);
		return 0;
	}
	fa_buffer_add(words, "packets");
	add_command(command, "evidence", database);
	fa_buffer_addf(command, " %" PRId64 ".%" PRId64 " -o f.pcap", state->run, state->finding);
	return 0;
}

/* For traffic that is no finding: what the catalogs say of its port. */
static void say_explain(struct fa_buffer *words, struct fa_buffer *command,
			const struct fa_difference *difference)
{
	char transport[FA_TRANSPORT_TEXT];

	if (difference->any_port || difference->port == 0 ||
	    (difference->transport != FA_IP_TCP && difference->transport != FA_IP_UDP))
		return;
	fa_buffer_add(words, "who documents it");
	fa_buffer_addf(command, "flowaudit catalog explain %s/%u",
		       fa_transport_text(difference->transport, transport), difference->port);
}

static void say_of_run(struct fa_buffer *words, struct fa_buffer *command, const char *what,
		       const char *verb, const char *database, int64_t run)
{
	fa_buffer_add(words, what);
	add_command(command, verb, database);
	if (run > 0)
		fa_buffer_addf(command, strcmp(verb, "report") == 0 ? " --all --run %" PRId64
								    : " %" PRId64,
			       run);
}

static void say_of_waiver(struct fa_buffer *words, const struct fa_difference *difference)
{
	static const char *const next[FA_ASPECT_COUNT] = {
		[FA_ASPECT_EXPIRED] = "decide anew: a later date in the waivers file, or away with "
				      "the entry",
		[FA_ASPECT_EXPIRING] = "decide in time: a later date in the waivers file, or let "
				       "it end",
		[FA_ASPECT_UNUSED] = "away with the entry, unless it is for something rare",
		[FA_ASPECT_ADDED] = "see who signed it: flowaudit waiver check",
		[FA_ASPECT_REMOVED] = "what it covered is judged by the documents again",
	};

	if (next[difference->aspect] != NULL)
		fa_buffer_add(words, next[difference->aspect]);
}

static void say_of_coverage(struct fa_buffer *words, struct fa_buffer *command,
			    const struct fa_drift_about *about,
			    const struct fa_difference *difference)
{
	const struct fa_drift_state *state = fa_drift_side_to_see(difference);
	const char *database = database_of(about, difference);

	switch (difference->aspect) {
	case FA_ASPECT_GAP:
		say_of_run(words, command, "which runs there are", "runs list", database, 0);
		break;
	case FA_ASPECT_LOSS:
	case FA_ASPECT_SPAN:
	case FA_ASPECT_ENDING:
		say_of_run(words, command, "what was read and lost", "runs show", database,
			   state->run > 0 ? state->run : about->drift->now.last_run);
		break;
	default:
		break;
	}
}

int fa_drift_say_next(struct fa_buffer *words, struct fa_buffer *command,
		      const struct fa_drift_about *about, const struct fa_difference *difference,
		      struct fa_diag *diag)
{
	const struct fa_drift_state *state = fa_drift_side_to_see(difference);

	if (difference->section == FA_DRIFT_COVERAGE)
		say_of_coverage(words, command, about, difference);
	else if (difference->section == FA_DRIFT_WAIVERS)
		say_of_waiver(words, difference);
	else if (state->finding > 0)
		return say_evidence(words, command, about, difference, diag);
	else if (fa_drift_is_traffic(difference))
		say_explain(words, command, difference);
	else
		say_of_run(words, command, "all expectations", "report",
			   database_of(about, difference),
			   state->run > 0 ? state->run : about->drift->now.last_run);
	return 0;
}
