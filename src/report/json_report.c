/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The report as JSON: one object, written element by element, so that a million conversations
 * take no more memory than one. schema/report.schema.json describes it.
 */
#include "report/json.h"

#include <string.h>

#include "report/output.h"
#include "report/wire_words.h"
#include "report/words.h"

struct writing {
	FILE *out;
	const struct fa_history *history;
	int64_t run_id;
	struct fa_stored_run run;
	uint64_t elements; /* of the list that is being written */
	struct fa_diag *diag;
};

/* Writes one element of a list on a line of its own. */
static int put_element(struct writing *w, json_t *value)
{
	fputs(w->elements++ > 0 ? ",\n" : "\n", w->out);
	return fa_json_write(w->out, value, "", w->diag);
}

static int put_member(struct writing *w, const char *name, json_t *value)
{
	fprintf(w->out, "\"%s\":", name);
	return fa_json_write(w->out, value, ",\n", w->diag);
}

static int put_run(struct writing *w)
{
	int err;

	fputs("\"run\":", w->out);
	err = fa_json_write_run(w->out, w->history, &w->run, false, w->diag);
	if (err == 0)
		fputs(",\n", w->out);
	return err;
}

static void list_begin(struct writing *w, const char *name)
{
	w->elements = 0;
	fprintf(w->out, "\"%s\":[", name);
}

static void list_end(struct writing *w, const char *tail)
{
	fprintf(w->out, "%s]%s\n", w->elements > 0 ? "\n" : "", tail);
}

static json_t *differences(unsigned differs)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < FA_DIFFERENCE_COUNT; i++) {
		if ((differs >> i & 1) == 0)
			continue;
		if (json_array_append_new(list, json_string(fa_difference_text(i))) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *reasons(const enum fa_reason *items, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count && i < FA_REASONS_MAX; i++) {
		if (json_array_append_new(list, json_string(fa_reason_text(items[i]))) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

/* Ids that stand in one text, a space between them. */
static json_t *ids(const char *text)
{
	json_t *list = json_array();
	struct fa_buffer id = {0};

	while (*text != '\0') {
		size_t len = strcspn(text, " ");

		fa_buffer_reset(&id);
		fa_buffer_addf(&id, "%.*s", (int)len, text);
		if (id.failed ||
		    (len > 0 &&
		     json_array_append_new(list, fa_json_wire(fa_buffer_text(&id))) != 0)) {
			json_decref(list);
			list = NULL;
			break;
		}
		text += len;
		text += *text == ' ';
	}
	fa_buffer_deinit(&id);
	return list;
}

/* "443, 5678-5999" as [443, [5678, 5999]]. */
static json_t *ports(const char *text)
{
	json_t *list = json_array();

	while (*text != '\0') {
		unsigned low = 0, high = 0;
		int found = sscanf(text, "%5u-%5u", &low, &high);
		json_t *item = found == 2 ? json_pack("[ii]", (int)low, (int)high)
					  : json_integer(low);

		if (json_array_append_new(list, item) != 0) {
			json_decref(list);
			return NULL;
		}
		text += strcspn(text, " ");
		text += *text == ' ';
	}
	return list;
}

/* Null for the empty text of "none". */
static void put_or_null(struct fa_json *json, const char *key, const char *text)
{
	if (text[0] == '\0')
		fa_json_put_text(json, key, NULL);
	else
		fa_json_put_wire(json, key, text);
}

static void put_nearest(struct fa_json *json, const char *nearest, const char *instance,
			unsigned differs)
{
	struct fa_json inner;

	if (nearest[0] == '\0') {
		fa_json_put_text(json, "nearest", NULL);
		return;
	}
	inner = fa_json_new();
	fa_json_put_text(&inner, "rule", nearest);
	put_or_null(&inner, "instance", instance);
	fa_json_put(&inner, "differs", differences(differs));
	fa_json_put(json, "nearest", fa_json_done(&inner));
}

static void put_seen(struct fa_json *json, const struct fa_counts *counts)
{
	if (counts->first_seen_ns > counts->last_seen_ns) {
		fa_json_put_text(json, "first_seen", NULL);
		fa_json_put_text(json, "last_seen", NULL);
		return;
	}
	fa_json_put_time(json, "first_seen", counts->first_seen_ns);
	fa_json_put_time(json, "last_seen", counts->last_seen_ns);
}

/* For ICMP the port is type * 256 + code, and both stand beside it. */
static void put_service(struct fa_json *json, uint8_t transport, uint16_t port)
{
	char text[FA_TRANSPORT_TEXT];

	fa_json_put_text(json, "transport", fa_transport_text(transport, text));
	fa_json_put_count(json, "port", port);
	if (transport != FA_IP_ICMP && transport != FA_IP_ICMP6)
		return;
	fa_json_put_count(json, "icmp_type", port >> 8);
	fa_json_put_count(json, "icmp_code", port & 0xffu);
}

static void put_identity(struct fa_json *json, const struct fa_identity *id)
{
	fa_json_put_addr(json, "client", &id->client);
	if (id->direction_by == FA_BY_FIRST_PACKET)
		fa_json_put_count(json, "client_port", id->client_port);
	fa_json_put_addr(json, "server", &id->server);
	put_service(json, id->transport, id->server_port);
	fa_json_put_tunnel(json, id);
	fa_json_put_vlan(json, id);
	if (id->fragment != 0)
		fa_json_put(json, "fragment", json_true());
	fa_json_put_wire(json, "protocol", id->protocol);
	fa_json_put_wire(json, "application", id->application);
	fa_json_put_wire(json, "host", id->host);
	fa_json_put_text(json, "detected_by", fa_detection_text(id->detected_by));
	fa_json_put_text(json, "direction_by", fa_direction_text(id->direction_by));
}

static int put_conversation(void *arg, const struct fa_stored_conversation *conversation)
{
	struct fa_json json = fa_json_new();

	put_identity(&json, &conversation->id);
	fa_json_put_count(&json, "flows", conversation->counts.flows);
	fa_json_put_traffic(&json, &conversation->counts);
	put_seen(&json, &conversation->counts);
	fa_json_put_text(&json, "verdict", fa_verdict_text(conversation->verdict));
	fa_json_put_text(&json, "rule",
			 conversation->rule[0] != '\0' ? conversation->rule : NULL);
	put_or_null(&json, "instance", conversation->instance);
	put_nearest(&json, conversation->nearest, conversation->nearest_instance,
		    conversation->differs);
	fa_json_put(&json, "candidates", ids(conversation->candidates));
	fa_json_put_count(&json, "candidate_count", conversation->candidate_count);
	fa_json_put(&json, "reasons", reasons(conversation->reasons, conversation->reason_count));
	fa_json_put_wire(&json, "detail", conversation->detail);
	fa_json_put(&json, "finding",
		    conversation->finding > 0 ? json_integer(conversation->finding) : json_null());
	put_or_null(&json, "waiver", conversation->waiver);
	fa_json_put_text(&json, "waived",
			 conversation->waiver[0] != '\0' ? fa_verdict_text(conversation->waived)
							 : NULL);
	return put_element(arg, fa_json_done(&json));
}

static json_t *citation(const struct fa_stored_rule *rule)
{
	struct fa_json json = fa_json_new();

	fa_json_put_text(&json, "title", rule->document);
	fa_json_put_text(&json, "publisher", rule->publisher);
	fa_json_put_text(&json, "dated", rule->dated[0] != '\0' ? rule->dated : NULL);
	fa_json_put_text(&json, "section", rule->section);
	fa_json_put_text(&json, "row", rule->row[0] != '\0' ? rule->row : NULL);
	return fa_json_done(&json);
}

static int put_expectation(void *arg, const struct fa_stored_expectation *expectation)
{
	const struct fa_stored_rule *rule = &expectation->rule;
	struct fa_json json = fa_json_new();

	fa_json_put_text(&json, "rule", rule->id);
	fa_json_put_text(&json, "requirement", rule->requirement);
	put_or_null(&json, "instance", expectation->instance);
	put_or_null(&json, "role", expectation->role);
	put_or_null(&json, "host", expectation->place);
	fa_json_put(&json, "ports", ports(expectation->ports));
	fa_json_put_wire(&json, "endpoints", expectation->endpoints);
	fa_json_put_text(&json, "status", fa_expectation_text(expectation->state));
	fa_json_put_wire(&json, "evidence", expectation->evidence);
	fa_json_put_count(&json, "conversations", expectation->conversations);
	fa_json_put_count(&json, "flows", expectation->flows);
	fa_json_put_text(&json, "title", rule->title);
	fa_json_put(&json, "citation", citation(rule));
	return put_element(arg, fa_json_done(&json));
}

static int cite(void *arg, const struct fa_stored_rule *rule)
{
	struct fa_json *json = arg;

	fa_json_put(json, "citation", citation(rule));
	return 0;
}

/* The citation of the deciding row, or of the nearest; null when there is neither. */
static int put_citation(struct writing *w, struct fa_json *json,
			const struct fa_stored_finding *finding)
{
	const char *id = finding->rule[0] != '\0' ? finding->rule : finding->nearest;
	struct fa_diag unknown = {{0}};
	int err;

	fa_json_put_text(json, "citation", NULL);
	if (id[0] == '\0')
		return 0;
	err = w->history->rule(w->history->context, w->run_id, id, cite, json, &unknown);
	if (err == 0 || err == FA_ENOENT)
		return 0;
	return fa_fail(w->diag, err, "%s", unknown.text);
}

static void put_distinct(struct fa_json *json, const struct fa_stored_finding *finding)
{
	fa_json_put_count(json, "clients", finding->clients);
	fa_json_put_count(json, "servers", finding->servers);
	fa_json_put_count(json, "ports", finding->ports);
	fa_json_put_count(json, "conversations", finding->conversations);
	fa_json_put_count(json, "flows", finding->counts.flows);
}

void fa_json_put_finding(struct fa_json *json, const struct fa_stored_finding *finding)
{
	fa_json_put_text(json, "verdict", fa_verdict_text(finding->verdict));
	fa_json_put(json, "sweep", json_boolean(finding->sweep));
	fa_json_put_addr(json, "client", &finding->client);
	fa_json_put_addr(json, "server", &finding->server);
	put_service(json, finding->transport, finding->port);
	fa_json_put_wire(json, "protocol", finding->protocol);
	fa_json_put_wire(json, "application", finding->application);
	fa_json_put_wire(json, "host", finding->host);
	fa_json_put_text(json, "detected_by", fa_detection_text(finding->detected_by));
	fa_json_put_text(json, "direction_by", fa_direction_text(finding->direction_by));
	put_distinct(json, finding);
	fa_json_put_traffic(json, &finding->counts);
	put_seen(json, &finding->counts);
	fa_json_put_text(json, "rule", finding->rule[0] != '\0' ? finding->rule : NULL);
	put_or_null(json, "instance", finding->instance);
	put_nearest(json, finding->nearest, finding->nearest_instance, finding->differs);
	fa_json_put_count(json, "candidate_count", finding->candidate_count);
	fa_json_put(json, "reasons", reasons(finding->reasons, finding->reason_count));
	fa_json_put_wire(json, "detail", finding->detail);
}

static int put_finding(void *arg, const struct fa_stored_finding *finding)
{
	struct writing *w = arg;
	struct fa_json json = fa_json_new();
	int err;

	fa_json_put(&json, "number", json_integer(finding->number));
	fa_json_put_finding(&json, finding);
	err = put_citation(w, &json, finding);
	if (err != 0) {
		json_decref(json.object);
		return err;
	}
	return put_element(w, fa_json_done(&json));
}

static int put_source(void *arg, const struct fa_stored_catalog *catalog)
{
	struct fa_json json = fa_json_new();

	fa_json_put_text(&json, "product", catalog->product);
	fa_json_put_text(&json, "name", catalog->name);
	fa_json_put_text(&json, "title", catalog->title);
	fa_json_put_text(&json, "publisher", catalog->publisher);
	fa_json_put_text(&json, "dated", catalog->dated[0] != '\0' ? catalog->dated : NULL);
	fa_json_put_text(&json, "digest", catalog->digest);
	fa_json_put_count(&json, "rules", catalog->rules);
	return put_element(arg, fa_json_done(&json));
}

static int put_waiver(void *arg, const struct fa_stored_waiver *waiver)
{
	struct fa_json json = fa_json_new();

	fa_json_put_wire(&json, "id", waiver->id);
	fa_json_put_text(&json, "status", fa_words_waiver_status(waiver->status));
	fa_json_put(&json, "broad", json_boolean(waiver->broad));
	fa_json_put_wire(&json, "owner", waiver->owner);
	fa_json_put_wire(&json, "reason", waiver->reason);
	put_or_null(&json, "ticket", waiver->ticket);
	fa_json_put_wire(&json, "expires", waiver->expires);
	fa_json_put_wire(&json, "client", waiver->client);
	fa_json_put_wire(&json, "server", waiver->server);
	fa_json_put_wire(&json, "transport", waiver->transport);
	fa_json_put_wire(&json, "port", waiver->port);
	fa_json_put_wire(&json, "protocol", waiver->protocol);
	fa_json_put_count(&json, "conversations", waiver->conversations);
	fa_json_put_count(&json, "flows", waiver->flows);
	return put_element(arg, fa_json_done(&json));
}

static int put_loss(void *arg, const struct fa_stored_loss *loss)
{
	return put_element(arg, fa_json_loss(loss));
}

static json_t *verdict_sums(const struct fa_verdict_sum sums[FA_VERDICT_COUNT])
{
	struct fa_json all = fa_json_new();

	for (unsigned i = 0; i < FA_VERDICT_COUNT; i++) {
		struct fa_json json = fa_json_new();

		fa_json_put_count(&json, "conversations", sums[i].conversations);
		fa_json_put_count(&json, "flows", sums[i].flows);
		fa_json_put_count(&json, "packets", sums[i].packets);
		fa_json_put_count(&json, "bytes", sums[i].bytes);
		fa_json_put(&all, fa_verdict_text(i), fa_json_done(&json));
	}
	return fa_json_done(&all);
}

static int count_state(void *arg, const struct fa_stored_expectation *expectation)
{
	uint64_t *counts = arg;

	if (expectation->state < FA_EXPECT_COUNT)
		counts[expectation->state]++;
	return 0;
}

static int put_summary(struct writing *w)
{
	const struct fa_history *history = w->history;
	struct fa_verdict_sum sums[FA_VERDICT_COUNT];
	uint64_t states[FA_EXPECT_COUNT] = {0};
	struct fa_json json;
	struct fa_json expectations;
	int err = history->sums(history->context, w->run_id, sums, w->diag);

	if (err == 0)
		err = history->each_expectation(history->context, w->run_id, count_state, states,
						w->diag);
	if (err != 0)
		return err;
	json = fa_json_new();
	expectations = fa_json_new();
	fa_json_put(&json, "verdicts", verdict_sums(sums));
	fa_json_put_count(&json, "findings", w->run.findings);
	for (unsigned i = 0; i < FA_EXPECT_COUNT; i++)
		fa_json_put_count(&expectations, fa_expectation_text(i), states[i]);
	fa_json_put(&json, "expectations", fa_json_done(&expectations));
	return put_member(w, "summary", fa_json_done(&json));
}

static int put_lists(struct writing *w)
{
	const struct fa_history *history = w->history;
	int err;

	list_begin(w, "conversations");
	err = history->each_conversation(history->context, w->run_id, put_conversation, w,
					 w->diag);
	if (err != 0)
		return err;
	list_end(w, ",");
	list_begin(w, "expectations");
	err = history->each_expectation(history->context, w->run_id, put_expectation, w, w->diag);
	if (err != 0)
		return err;
	list_end(w, ",");
	list_begin(w, "findings");
	err = history->each_finding(history->context, w->run_id, 0, put_finding, w, w->diag);
	if (err != 0)
		return err;
	list_end(w, ",");
	list_begin(w, "waivers");
	err = history->each_waiver(history->context, w->run_id, put_waiver, w, w->diag);
	if (err != 0)
		return err;
	list_end(w, ",");
	list_begin(w, "sources");
	err = history->each_catalog(history->context, w->run_id, put_source, w, w->diag);
	if (err != 0)
		return err;
	list_end(w, ",");
	list_begin(w, "losses");
	if (fa_losses_may_be(&w->run.totals))
		err = history->each_loss(history->context, w->run_id, put_loss, w, w->diag);
	if (err != 0)
		return err;
	list_end(w, "");
	return 0;
}

int fa_report_json(FILE *out, const struct fa_history *history, int64_t run,
		   const struct fa_report_options *options, struct fa_diag *diag)
{
	struct writing w = {.out = out, .history = history, .diag = diag};
	int err;

	(void)options;
	err = history->run(history->context, run, &w.run, diag);
	if (err != 0)
		return err;
	w.run_id = w.run.id;
	fputs("{\n", out);
	err = put_member(&w, "flowaudit", fa_json_wire(w.run.version));
	if (err == 0)
		err = put_member(&w, "schema", json_integer(FA_REPORT_SCHEMA));
	if (err == 0)
		err = put_run(&w);
	if (err == 0)
		err = put_summary(&w);
	if (err == 0)
		err = put_lists(&w);
	if (err != 0)
		return err;
	fputs("}\n", out);
	return fa_output_check(out, diag);
}
