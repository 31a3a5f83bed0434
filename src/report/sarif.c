/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A stored run as a SARIF log: the rules that results name first, then a result for each finding
 * and for each expectation that was not met, one at a time.
 */
#include "report/sarif.h"

#include <inttypes.h>
#include <string.h>

#include "report/fingerprint.h"
#include "report/inputs.h"
#include "report/output.h"
#include "report/sarif_parts.h"

#define SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"

struct writing {
	FILE *out;
	struct fa_stored_run run;
	struct fa_sarif_rules rules;
	const struct fa_sarif_baseline *baseline;
	struct fa_diag *diag;
	uint64_t elements; /* of the list that is being written */
	/* Of the side that is being read: this run, or the earlier one. */
	struct fa_finding_about about;
	struct fa_places places;
	bool before;
	bool has_packets; /* see fa_inputs_are_files */
};

static bool is_wanted(const struct fa_stored_expectation *expectation)
{
	return expectation->state == FA_EXPECT_REFUSED || expectation->state == FA_EXPECT_UNSEEN;
}

/* Whether the finding is a result; STATE is what the earlier run makes of it, or NULL. */
static bool is_result(const struct writing *w, const struct fa_stored_finding *finding,
		      const char **state)
{
	uint64_t fingerprint = fa_fingerprint(finding);

	*state = NULL;
	if (w->baseline == NULL)
		return true;
	*state = w->before ? "absent" : w->baseline->state(w->baseline->context, fingerprint);
	return !w->before || w->baseline->is_absent(w->baseline->context, fingerprint);
}

static int no_memory(const struct writing *w, int err)
{
	return err == FA_ENOMEM ? fa_fail(w->diag, err, "out of memory while writing SARIF") : err;
}

static int note_finding(void *arg, const struct fa_stored_finding *finding)
{
	struct writing *w = arg;
	const char *state;

	if (!is_result(w, finding, &state))
		return 0;
	return no_memory(w, fa_sarif_rules_add(&w->rules, fa_sarif_rule_of(finding)));
}

static int note_expectation(void *arg, const struct fa_stored_expectation *expectation)
{
	struct writing *w = arg;

	if (!is_wanted(expectation))
		return 0;
	return no_memory(w, fa_sarif_rules_add(&w->rules, expectation->rule.id));
}

static int put_element(struct writing *w, json_t *value)
{
	fputs(w->elements++ > 0 ? ",\n" : "\n", w->out);
	return fa_json_write(w->out, value, "", w->diag);
}

static int put_descriptor(void *arg, const struct fa_stored_rule *rule)
{
	return put_element(arg, fa_sarif_descriptor(rule));
}

/* As one of the sides knows it. */
static int put_rule(struct writing *w, const char *id)
{
	const struct fa_sarif_baseline *baseline = w->baseline;
	const struct fa_history *history = w->about.history;
	struct fa_diag unknown = {{0}};
	int err = history->rule(history->context, w->run.id, id, put_descriptor, w, &unknown);

	if (err == FA_ENOENT && baseline != NULL && baseline->before != NULL)
		err = baseline->before->rule(baseline->before->context, baseline->before_run, id,
					     put_descriptor, w, &unknown);
	if (err == FA_ENOENT)
		err = put_element(w, fa_sarif_descriptor_unknown(id));
	return err != 0 && unknown.text[0] != '\0' ? fa_fail(w->diag, err, "%s", unknown.text) : err;
}

/* "%s":, with what jansson makes of the text. */
static int put_member(struct writing *w, const char *name, json_t *value, const char *tail)
{
	fprintf(w->out, "\"%s\":", name);
	return fa_json_write(w->out, value, tail, w->diag);
}

static int put_driver(struct writing *w)
{
	int err;

	fputs("\"tool\":{\"driver\":{\"name\":\"flowaudit\",", w->out);
	err = put_member(w, "version", fa_json_wire(w->run.version), ",\n\"rules\":[");
	w->elements = 0;
	for (size_t i = 0; err == 0 && i < w->rules.count; i++)
		err = put_rule(w, w->rules.ids[i]);
	fputs("\n]}},\n", w->out);
	return err;
}

/* Whether it was the whole input, and how far it can be trusted (3.20). */
static json_t *invocation(const struct fa_run_totals *totals)
{
	struct fa_json json = fa_json_new();
	struct fa_json note = fa_json_new();
	struct fa_buffer words = {0};
	char why[512];
	const char *confidence = fa_run_confidence(totals, why, sizeof(why));
	json_t *list = json_array();

	fa_json_put(&json, "executionSuccessful", json_boolean(totals->end == FA_RUN_COMPLETE));
	fa_buffer_addf(&words, "the run is %s; confidence: %s: ", fa_run_end_text(totals->end),
		       confidence);
	fa_buffer_safe(&words, why);
	fa_json_put(&note, "level",
		    json_string(strcmp(confidence, "high") == 0 && totals->end == FA_RUN_COMPLETE
					? "note"
					: "warning"));
	fa_json_put(&note, "message", fa_sarif_message(&words));
	fa_buffer_deinit(&words);
	if (json_array_append_new(list, fa_json_done(&note)) != 0)
		json.failed = true;
	fa_json_put(&json, "toolExecutionNotifications", list);
	list = json_array();
	if (json_array_append_new(list, fa_json_done(&json)) == 0)
		return list;
	json_decref(list);
	return NULL;
}

/* Runs of one site are one series: what stands before the last slash (3.17.3). */
static json_t *automation(const struct fa_stored_run *run)
{
	struct fa_buffer id = {0};
	json_t *value;

	fa_buffer_add(&id, "flowaudit/");
	if (run->site.name[0] != '\0') {
		fa_buffer_safe(&id, run->site.name);
		fa_buffer_add(&id, "/");
	}
	fa_buffer_addf(&id, "run-%" PRId64, run->id);
	value = id.failed ? NULL : json_pack("{ss}", "id", fa_buffer_text(&id));
	fa_buffer_deinit(&id);
	return value;
}

static json_t *properties(const struct fa_stored_run *run)
{
	return json_pack("{so}", "run", fa_json_run(run, false));
}

static int put_result(struct writing *w, json_t *result, const char *rule)
{
	int64_t index = fa_sarif_rules_find(&w->rules, rule);

	if (result != NULL && index >= 0)
		json_object_set_new(result, "ruleIndex", json_integer(index));
	return put_element(w, result);
}

/* A finding that waits for its row. */
struct waiting {
	struct writing *w;
	const struct fa_stored_finding *finding;
	const char *state;
};

static int put_with_rule(void *arg, const struct fa_stored_rule *rule)
{
	const struct waiting *waiting = arg;
	struct writing *w = waiting->w;

	return put_result(w,
			  fa_sarif_finding(&w->about, waiting->finding, rule, waiting->state,
					   w->has_packets),
			  fa_sarif_rule_of(waiting->finding));
}

static int put_finding(void *arg, const struct fa_stored_finding *finding)
{
	struct writing *w = arg;
	const struct fa_history *history = w->about.history;
	struct waiting waiting = {w, finding, NULL};
	struct fa_diag unknown = {{0}};
	int err;

	if (!is_result(w, finding, &waiting.state))
		return 0;
	if (finding->rule[0] == '\0' && finding->nearest[0] == '\0')
		return put_with_rule(&waiting, NULL);
	err = history->rule(history->context, w->about.run, fa_sarif_rule_of(finding),
			    put_with_rule, &waiting, &unknown);
	if (err == FA_ENOENT)
		return put_with_rule(&waiting, NULL);
	return err != 0 && unknown.text[0] != '\0' ? fa_fail(w->diag, err, "%s", unknown.text) : err;
}

static int put_expectation(void *arg, const struct fa_stored_expectation *expectation)
{
	if (!is_wanted(expectation))
		return 0;
	return put_result(arg, fa_sarif_expectation(expectation), expectation->rule.id);
}

/* Turns to this run, or to the earlier one. */
static int turn_to(struct writing *w, const struct fa_history *history, int64_t run, bool before)
{
	struct fa_stored_run stored;
	int err = history->run(history->context, run, &stored, w->diag);

	fa_places_deinit(&w->places);
	memset(&w->places, 0, sizeof(w->places));
	if (err == 0)
		err = fa_places_read(&w->places, history, stored.id, w->diag);
	if (err == 0)
		err = fa_inputs_are_files(history, stored.id, &w->has_packets, w->diag);
	if (err != 0)
		return err;
	w->before = before;
	w->about.history = history;
	w->about.run = stored.id;
	w->about.places = &w->places;
	w->about.live = stored.info.kind == FA_RUN_LIVE;
	if (!before)
		w->run = stored;
	return 0;
}

typedef int finding_fn(void *arg, const struct fa_stored_finding *finding);
typedef int expectation_fn(void *arg, const struct fa_stored_expectation *expectation);

/* What is no longer there, then what is. */
static int walk(struct writing *w, const struct fa_history *history, int64_t run,
		finding_fn *each_finding, expectation_fn *each_expectation)
{
	const struct fa_sarif_baseline *baseline = w->baseline;
	int err = 0;

	if (baseline != NULL && baseline->before != NULL) {
		err = turn_to(w, baseline->before, baseline->before_run, true);
		if (err == 0)
			err = baseline->before->each_finding(baseline->before->context,
							     w->about.run, 0, each_finding, w,
							     w->diag);
	}
	if (err == 0)
		err = turn_to(w, history, run, false);
	if (err == 0)
		err = history->each_finding(history->context, w->run.id, 0, each_finding, w,
					    w->diag);
	if (err == 0)
		err = history->each_expectation(history->context, w->run.id, each_expectation, w,
						w->diag);
	return err;
}

static int put_run(struct writing *w, const struct fa_history *history, int64_t run)
{
	int err;

	fputs("{\"$schema\":\"" SCHEMA "\",\"version\":\"2.1.0\",\"runs\":[{\n", w->out);
	err = put_driver(w);
	if (err == 0)
		err = put_member(w, "automationDetails", automation(&w->run), ",\n");
	if (err == 0)
		err = put_member(w, "invocations", invocation(&w->run.totals), ",\n");
	if (err == 0)
		err = put_member(w, "properties", properties(&w->run), ",\n");
	if (err != 0)
		return err;
	fputs("\"results\":[", w->out);
	w->elements = 0;
	err = walk(w, history, run, put_finding, put_expectation);
	fputs("\n]}]}\n", w->out);
	return err;
}

int fa_sarif_write(FILE *out, const struct fa_history *history, int64_t run,
		   const struct fa_sarif_baseline *baseline, struct fa_diag *diag)
{
	struct writing w;
	int err;

	memset(&w, 0, sizeof(w));
	w.out = out;
	w.baseline = baseline;
	w.diag = diag;
	err = walk(&w, history, run, note_finding, note_expectation);
	fa_sarif_rules_settle(&w.rules);
	if (err == 0)
		err = put_run(&w, history, w.run.id);
	fa_sarif_rules_deinit(&w.rules);
	fa_places_deinit(&w.places);
	return err == 0 ? fa_output_check(out, diag) : err;
}

int fa_report_sarif(FILE *out, const struct fa_history *history, int64_t run,
		    const struct fa_report_options *options, struct fa_diag *diag)
{
	(void)options;
	return fa_sarif_write(out, history, run, NULL, diag);
}
