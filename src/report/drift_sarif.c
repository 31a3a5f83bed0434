/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A drift as a SARIF log (2.1.0; numbers are its sections): a result for each difference, with the
 * state that it has against the earlier side (3.27.24), at the line of the catalog it is about.
 * What is unchanged is no result. Coverage is about the comparison and not about the network, so it
 * is a notification of the invocation (3.20.21).
 */
#include <inttypes.h>
#include <string.h>

#include "config.h"
#include "report/drift_formats.h"
#include "report/drift_words.h"
#include "report/fingerprint.h"
#include "report/output.h"
#include "report/sarif_parts.h"

#define SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"

/* What differences of waivers are filed under. */
#define WAIVER_RULE "waiver"

struct writing {
	FILE *out;
	struct fa_drift_about about;
	struct fa_sarif_rules rules;
	uint64_t elements; /* of the list that is being written */
	struct fa_diag *diag;
};

static bool is_result(const struct fa_difference *difference)
{
	return difference->section != FA_DRIFT_COVERAGE;
}

/* The row that decides or is nearest, else what there is instead. */
static const char *rule_of(const struct fa_difference *difference)
{
	const char *id = fa_drift_rule_id(difference);

	if (id[0] != '\0')
		return id;
	if (difference->section == FA_DRIFT_WAIVERS)
		return WAIVER_RULE;
	return fa_drift_is_traffic(difference)
		       ? fa_verdict_text(fa_drift_side_to_see(difference)->verdict)
		       : fa_drift_section_text(difference->section);
}

static const char *state_of(const struct fa_difference *difference)
{
	if (difference->section == FA_DRIFT_APPEARED || difference->aspect == FA_ASPECT_ADDED)
		return "new";
	if (difference->section == FA_DRIFT_VANISHED || difference->aspect == FA_ASPECT_REMOVED)
		return "absent";
	return "updated";
}

static const char *level_of(const struct fa_difference *difference)
{
	const char *state = difference->now.state;

	if (fa_drift_is_traffic(difference))
		return fa_sarif_level(fa_severity(fa_drift_side_to_see(difference)->verdict));
	if (difference->section == FA_DRIFT_EXPECTATIONS && state != NULL &&
	    (strcmp(state, fa_expectation_text(FA_EXPECT_REFUSED)) == 0 ||
	     strcmp(state, fa_expectation_text(FA_EXPECT_UNSEEN)) == 0))
		return "warning";
	return difference->aspect == FA_ASPECT_EXPIRED ? "warning" : "note";
}

static void add_sentence(struct fa_buffer *words, struct fa_buffer *part)
{
	if (part->len > 0)
		fa_buffer_addf(words, "%s%s.", words->len > 0 ? " " : "", part->text);
	words->failed = words->failed || part->failed;
	fa_buffer_reset(part);
}

/* "New service: ... . 3 clients ... . Nearest row: ... . Cause: traffic." */
static json_t *message_of(struct writing *w, const struct fa_difference *difference, int *err)
{
	struct fa_buffer words = {0};
	struct fa_buffer part = {0};
	json_t *message;

	fa_drift_say_what(&part, difference, FA_DRIFT_NAME_COLUMNS);
	add_sentence(&words, &part);
	fa_drift_say_extent(&part, difference, fa_drift_side_to_see(difference));
	add_sentence(&words, &part);
	*err = fa_drift_say_citation(&part, &w->about, difference, w->diag);
	add_sentence(&words, &part);
	fa_drift_say_cause(&part, difference);
	add_sentence(&words, &part);
	message = fa_sarif_message(&words);
	fa_buffer_deinit(&words);
	fa_buffer_deinit(&part);
	return message;
}

/* Null for the empty text of "none". */
static void put_or_null(struct fa_json *json, const char *key, const char *text)
{
	if (text == NULL || text[0] == '\0')
		fa_json_put_text(json, key, NULL);
	else
		fa_json_put_wire(json, key, text);
}

static json_t *properties_of(struct writing *w, const struct fa_difference *difference, int *err)
{
	struct fa_json json = fa_json_new();
	struct fa_buffer words = {0};
	struct fa_buffer command = {0};

	fa_json_put_text(&json, "section", fa_drift_section_text(difference->section));
	fa_json_put_text(&json, "aspect", fa_drift_aspect_text(difference->aspect));
	fa_json_put_text(&json, "cause", fa_drift_cause_text(difference->cause));
	put_or_null(&json, "why", difference->why);
	put_or_null(&json, "maybe", difference->maybe);
	if (*err == 0)
		*err = fa_drift_say_next(&words, &command, &w->about, difference, w->diag);
	fa_json_put_text(&json, "next", words.len > 0 ? words.text : NULL);
	fa_json_put_text(&json, "command", command.len > 0 ? command.text : NULL);
	json.failed = json.failed || words.failed || command.failed;
	fa_buffer_deinit(&words);
	fa_buffer_deinit(&command);
	return fa_json_done(&json);
}

/* What it is about, the same every night. */
static void add_subject(struct fa_buffer *subject, const struct fa_difference *difference)
{
	if (difference->section == FA_DRIFT_WAIVERS)
		fa_buffer_safe(subject, difference->subject);
	else if (difference->section == FA_DRIFT_EXPECTATIONS)
		fa_buffer_safe(subject, difference->server);
	else
		fa_drift_say_place(subject, difference);
}

/* A result that waits for its row. */
struct waiting {
	struct writing *w;
	const struct fa_difference *difference;
};

static int put_result(void *arg, const struct fa_stored_rule *rule)
{
	const struct waiting *waiting = arg;
	const struct fa_difference *difference = waiting->difference;
	struct writing *w = waiting->w;
	const char *id = rule_of(difference);
	struct fa_json json = fa_json_new();
	struct fa_buffer subject = {0};
	int err;

	fa_json_put_wire(&json, "ruleId", id);
	fa_json_put(&json, "ruleIndex", json_integer(fa_sarif_rules_find(&w->rules, id)));
	fa_json_put(&json, "level", json_string(level_of(difference)));
	fa_json_put(&json, "baselineState", json_string(state_of(difference)));
	fa_json_put(&json, "message", message_of(w, difference, &err));
	add_subject(&subject, difference);
	if (rule != NULL || subject.len > 0)
		fa_json_put(&json, "locations",
			    fa_sarif_locations(rule, fa_drift_is_traffic(difference) ? "service"
										     : "place",
					       &subject));
	fa_buffer_deinit(&subject);
	fa_json_put(&json, "partialFingerprints",
		    fa_sarif_fingerprints(fa_drift_fingerprint(difference)));
	fa_json_put(&json, "properties", properties_of(w, difference, &err));
	if (err != 0) {
		json_decref(json.object);
		return err;
	}
	fputs(w->elements++ > 0 ? ",\n" : "\n", w->out);
	return fa_json_write(w->out, fa_json_done(&json), "", w->diag);
}

static int put_results(struct writing *w)
{
	const struct fa_drift *drift = w->about.drift;
	int err = 0;

	fputs("\"results\":[", w->out);
	w->elements = 0;
	for (size_t i = 0; err == 0 && i < drift->count; i++) {
		struct waiting waiting = {w, &drift->items[i]};

		if (is_result(&drift->items[i]))
			err = fa_drift_rule(&w->about, &drift->items[i], put_result, &waiting,
					    w->diag);
	}
	fputs("\n]}]}\n", w->out);
	return err;
}

/* --- Rules --- */

static int note_rules(struct writing *w)
{
	const struct fa_drift *drift = w->about.drift;

	for (size_t i = 0; i < drift->count; i++)
		if (is_result(&drift->items[i]) &&
		    fa_sarif_rules_add(&w->rules, rule_of(&drift->items[i])) != 0)
			return fa_fail(w->diag, FA_ENOMEM, "out of memory while writing SARIF");
	fa_sarif_rules_settle(&w->rules);
	return 0;
}

static json_t *descriptor_of_section(const char *id)
{
	struct fa_json json = fa_json_new();
	struct fa_buffer words = {0};

	fa_json_put_text(&json, "id", id);
	fa_buffer_add(&words, strcmp(id, WAIVER_RULE) == 0
				      ? "What somebody answers for, in the waivers file."
				      : "Several rows of a catalog.");
	fa_json_put(&json, "shortDescription", fa_sarif_message(&words));
	fa_buffer_deinit(&words);
	return fa_json_done(&json);
}

/* A rule that waits for its row. */
struct describing {
	struct writing *w;
	bool is_known;
};

static int put_descriptor(void *arg, const struct fa_stored_rule *rule)
{
	struct describing *describing = arg;

	describing->is_known = true;
	return fa_json_write(describing->w->out, fa_sarif_descriptor(rule), "",
			     describing->w->diag);
}

static int put_rule(struct writing *w, const char *id)
{
	const struct fa_history *history = w->about.history;
	struct describing describing = {w, false};
	struct fa_diag unknown = {{0}};
	int err = FA_ENOENT;

	if (strcmp(id, WAIVER_RULE) == 0 ||
	    strcmp(id, fa_drift_section_text(FA_DRIFT_EXPECTATIONS)) == 0)
		return fa_json_write(w->out, descriptor_of_section(id), "", w->diag);
	if (history != NULL && fa_verdict_parse(id) < 0)
		err = history->rule(history->context, w->about.drift->now.last_run, id,
				    put_descriptor, &describing, &unknown);
	if (describing.is_known)
		return err;
	if (err != FA_ENOENT)
		return fa_fail(w->diag, err, "%s", unknown.text);
	return fa_json_write(w->out, fa_sarif_descriptor_unknown(id), "", w->diag);
}

/* --- The rest --- */

static int append(json_t *list, json_t *value)
{
	return list == NULL || value == NULL ? (json_decref(value), -1)
					     : json_array_append_new(list, value);
}

static json_t *note(const char *level, struct fa_buffer *words)
{
	struct fa_json json = fa_json_new();

	fa_json_put_text(&json, "level", level);
	fa_json_put(&json, "message", fa_sarif_message(words));
	fa_buffer_reset(words);
	return fa_json_done(&json);
}

/* Which sides, how far each can be trusted, and what makes the comparison less sure. */
static json_t *notifications(const struct fa_drift *drift)
{
	const char *now = fa_drift_confidence(&drift->now);
	const char *before = fa_drift_confidence(&drift->before);
	bool is_sure = strcmp(now, "high") == 0 && strcmp(before, "high") == 0;
	struct fa_buffer words = {0};
	json_t *list = json_array();
	int failed;

	fa_drift_say_span(&words, &drift->now, drift->now_words);
	fa_buffer_addf(&words, " (confidence %s) is compared with ", now);
	fa_drift_say_span(&words, &drift->before, drift->before_words);
	fa_buffer_addf(&words, " (confidence %s)", before);
	failed = append(list, note(is_sure ? "note" : "warning", &words));
	if (drift->full) {
		fa_buffer_safe(&words, drift->full_why);
		failed |= append(list, note("warning", &words));
	}
	for (size_t i = 0; i < drift->count; i++) {
		const struct fa_difference *item = &drift->items[i];

		if (is_result(item))
			continue;
		fa_drift_say_what(&words, item, FA_DRIFT_NAME_COLUMNS);
		failed |= append(list,
				 note(item->aspect == FA_ASPECT_BASIS ? "note" : "warning", &words));
	}
	fa_buffer_deinit(&words);
	if (failed == 0)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *invocations(const struct fa_drift *drift)
{
	struct fa_json json = fa_json_new();
	json_t *list = json_array();

	fa_json_put(&json, "executionSuccessful", json_boolean(drift->now.ended_well));
	fa_json_put(&json, "toolExecutionNotifications", notifications(drift));
	if (append(list, fa_json_done(&json)) == 0)
		return list;
	json_decref(list);
	return NULL;
}

/* Drifts of one site are one series: what stands before the last slash (3.17.3). */
static json_t *automation(const struct fa_drift *drift)
{
	struct fa_json json = fa_json_new();
	struct fa_buffer id = {0};

	fa_buffer_add(&id, "flowaudit-drift/");
	if (drift->now.site != NULL && drift->now.site[0] != '\0') {
		fa_buffer_safe(&id, drift->now.site);
		fa_buffer_add(&id, "/");
	}
	fa_buffer_addf(&id, "run-%" PRId64, drift->now.last_run);
	fa_json_put(&json, "id", json_string(fa_buffer_text(&id)));
	json.failed = json.failed || id.failed;
	fa_buffer_deinit(&id);
	return fa_json_done(&json);
}

static int put_member(struct writing *w, const char *name, json_t *value)
{
	fprintf(w->out, "\"%s\":", name);
	return fa_json_write(w->out, value, ",\n", w->diag);
}

static int put_head(struct writing *w)
{
	int err = 0;

	fputs("{\"$schema\":\"" SCHEMA "\",\"version\":\"2.1.0\",\"runs\":[{\n"
	      "\"tool\":{\"driver\":{\"name\":\"flowaudit\",\"version\":\"" PACKAGE_VERSION
	      "\",\n\"rules\":[",
	      w->out);
	for (size_t i = 0; err == 0 && i < w->rules.count; i++) {
		fputs(i > 0 ? ",\n" : "\n", w->out);
		err = put_rule(w, w->rules.ids[i]);
	}
	fputs("\n]}},\n", w->out);
	if (err == 0)
		err = put_member(w, "automationDetails", automation(w->about.drift));
	if (err == 0)
		err = put_member(w, "invocations", invocations(w->about.drift));
	return err;
}

int fa_drift_sarif(FILE *out, const struct fa_drift *drift, const struct fa_history *now_history,
		   const struct fa_report_options *options, struct fa_diag *diag)
{
	struct writing w = {.out = out, .about = {drift, now_history}, .diag = diag};
	int err = note_rules(&w);

	(void)options;
	if (err == 0)
		err = put_head(&w);
	if (err == 0)
		err = put_results(&w);
	fa_sarif_rules_deinit(&w.rules);
	return err == 0 ? fa_output_check(out, diag) : err;
}
