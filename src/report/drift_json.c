/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A drift as JSON: one object, the differences one by one, each on a line of its own.
 * schema/drift.schema.json describes it.
 */
#include <inttypes.h>

#include "config.h"
#include "report/drift_formats.h"
#include "report/drift_words.h"
#include "report/json.h"
#include "report/output.h"

/* Null for the empty text of "none". */
static void put_or_null(struct fa_json *json, const char *key, const char *text)
{
	if (text == NULL || text[0] == '\0')
		fa_json_put_text(json, key, NULL);
	else
		fa_json_put_wire(json, key, text);
}

static void put_addr_or_null(struct fa_json *json, const char *key, const struct fa_addr *addr)
{
	if (addr->version == 0)
		fa_json_put_text(json, key, NULL);
	else
		fa_json_put_addr(json, key, addr);
}

/* Words that have been made harmless. */
static void put_words(struct fa_json *json, const char *key, struct fa_buffer *words)
{
	if (words->failed)
		json->failed = true;
	else if (words->len == 0)
		fa_json_put_text(json, key, NULL);
	else
		fa_json_put(json, key, json_string(words->text));
	fa_buffer_reset(words);
}

/* --- Sides --- */

static json_t *side(const struct fa_span_facts *facts, const char *chosen)
{
	struct fa_json json = fa_json_new();
	bool has_packets = facts->packets > 0;

	fa_json_put(&json, "first_run", json_integer(facts->first_run));
	fa_json_put(&json, "last_run", json_integer(facts->last_run));
	fa_json_put_count(&json, "runs", facts->runs);
	fa_json_put_wire(&json, "chosen", chosen != NULL ? chosen : "");
	put_or_null(&json, "database", facts->database);
	fa_json_put_wire(&json, "source", facts->source != NULL ? facts->source : "");
	put_or_null(&json, "site", facts->site);
	fa_json_put_wire(&json, "flowaudit", facts->version != NULL ? facts->version : "");
	if (has_packets) {
		fa_json_put_time(&json, "started", facts->first_ns);
		fa_json_put_time(&json, "ended", facts->last_ns);
	} else {
		fa_json_put_text(&json, "started", NULL);
		fa_json_put_text(&json, "ended", NULL);
	}
	fa_json_put(&json, "down_seconds", json_real((double)facts->down_ns / 1e9));
	fa_json_put_count(&json, "packets", facts->packets);
	fa_json_put_count(&json, "bytes", facts->bytes);
	fa_json_put_count(&json, "lost", facts->lost);
	fa_json_put(&json, "loss", json_real(facts->loss));
	fa_json_put_text(&json, "confidence", fa_drift_confidence(facts));
	fa_json_put(&json, "complete", json_boolean(facts->ended_well));
	fa_json_put_count(&json, "conversations", facts->conversations);
	fa_json_put_count(&json, "flows", facts->flows);
	fa_json_put_count(&json, "findings", facts->findings);
	fa_json_put_count(&json, "unseen", facts->unseen);
	return fa_json_done(&json);
}

static json_t *counts_of(const struct fa_drift *drift)
{
	uint64_t counts[FA_DRIFT_SECTION_COUNT][FA_CAUSE_COUNT];
	struct fa_json all = fa_json_new();
	struct fa_json causes = fa_json_new();
	struct fa_json sections = fa_json_new();

	fa_drift_count(drift, counts);
	for (unsigned i = 0; i < FA_DRIFT_SECTION_COUNT; i++) {
		struct fa_json section = fa_json_new();

		fa_json_put_count(&section, "all", drift->in_section[i]);
		for (unsigned j = 0; j < FA_CAUSE_COUNT; j++)
			fa_json_put_count(&section, fa_drift_cause_text(j), counts[i][j]);
		fa_json_put(&sections, fa_drift_section_text(i), fa_json_done(&section));
	}
	for (unsigned i = 0; i < FA_CAUSE_COUNT; i++)
		fa_json_put_count(&causes, fa_drift_cause_text(i), drift->by_cause[i]);
	fa_json_put_count(&all, "all", fa_drift_all(drift));
	fa_json_put(&all, "sections", fa_json_done(&sections));
	fa_json_put(&all, "causes", fa_json_done(&causes));
	return fa_json_done(&all);
}

static json_t *relations_of(const struct fa_drift *drift)
{
	struct fa_json json = fa_json_new();

	fa_json_put_count(&json, "before", drift->relations_before);
	fa_json_put_count(&json, "now", drift->relations_now);
	fa_json_put_count(&json, "same", drift->relations_same);
	return fa_json_done(&json);
}

/* --- Differences --- */

static void put_state(struct fa_json *json, const char *key, const struct fa_difference *difference,
		      const struct fa_drift_state *state)
{
	struct fa_json inner;
	bool is_traffic = fa_drift_is_traffic(difference);

	if (!state->is_there) {
		fa_json_put_text(json, key, NULL);
		return;
	}
	inner = fa_json_new();
	put_or_null(&inner, "protocol", state->protocol);
	fa_json_put_text(&inner, "verdict", is_traffic ? fa_verdict_text(state->verdict) : NULL);
	put_or_null(&inner, "rule", state->rule);
	put_or_null(&inner, "state", state->state);
	fa_json_put_count(&inner, "clients", state->clients);
	fa_json_put_count(&inner, "servers", state->servers);
	fa_json_put_count(&inner, "ports", state->ports);
	fa_json_put_count(&inner, "client_groups", state->client_groups);
	fa_json_put_count(&inner, "server_groups", state->server_groups);
	fa_json_put_count(&inner, "conversations", state->conversations);
	fa_json_put_count(&inner, "flows", state->flows);
	fa_json_put_count(&inner, "answered", state->answered);
	fa_json_put_count(&inner, "packets", state->packets);
	fa_json_put_count(&inner, "bytes", state->bytes);
	if (state->first_ns == 0 && state->last_ns == 0) {
		fa_json_put_text(&inner, "first_seen", NULL);
		fa_json_put_text(&inner, "last_seen", NULL);
	} else {
		fa_json_put_time(&inner, "first_seen", state->first_ns);
		fa_json_put_time(&inner, "last_seen", state->last_ns);
	}
	fa_json_put(&inner, "run", state->run > 0 ? json_integer(state->run) : json_null());
	fa_json_put(&inner, "finding",
		    state->finding > 0 ? json_integer(state->finding) : json_null());
	fa_json_put(json, key, fa_json_done(&inner));
}

static void put_service(struct fa_json *json, const struct fa_difference *difference)
{
	char text[FA_TRANSPORT_TEXT];

	fa_json_put_text(json, "transport",
			 fa_drift_has_transport(difference)
				 ? fa_transport_text(difference->transport, text)
				 : NULL);
	fa_json_put(json, "port",
		    fa_drift_has_port(difference) ? json_integer(difference->port) : json_null());
}

static int cite(void *arg, const struct fa_stored_rule *rule)
{
	struct fa_json *json = arg;
	struct fa_json inner;

	if (rule == NULL) {
		fa_json_put_text(json, "citation", NULL);
		return 0;
	}
	inner = fa_json_new();
	fa_json_put_text(&inner, "title", rule->document);
	fa_json_put_text(&inner, "publisher", rule->publisher);
	put_or_null(&inner, "dated", rule->dated);
	fa_json_put_text(&inner, "section", rule->section);
	put_or_null(&inner, "row", rule->row);
	fa_json_put(json, "citation", fa_json_done(&inner));
	return 0;
}

static int put_said(struct fa_json *json, const struct fa_drift_about *about,
		    const struct fa_difference *difference, struct fa_diag *diag)
{
	struct fa_buffer words = {0};
	struct fa_buffer command = {0};
	int err;

	fa_drift_say_what(&words, difference, FA_DRIFT_NAME_COLUMNS);
	put_words(json, "what", &words);
	err = fa_drift_say_next(&words, &command, about, difference, diag);
	put_words(json, "next", &words);
	put_words(json, "command", &command);
	fa_buffer_deinit(&words);
	fa_buffer_deinit(&command);
	return err;
}

static int put_difference(struct fa_json *json, const struct fa_drift_about *about,
			  const struct fa_difference *difference, struct fa_diag *diag)
{
	char hash[FA_DIGEST_TEXT];
	int err;

	snprintf(hash, sizeof(hash), "%016" PRIx64, fa_drift_fingerprint(difference));
	fa_json_put_text(json, "fingerprint", hash);
	fa_json_put_text(json, "section", fa_drift_section_text(difference->section));
	fa_json_put_text(json, "aspect", fa_drift_aspect_text(difference->aspect));
	fa_json_put_text(json, "cause", fa_drift_cause_text(difference->cause));
	fa_json_put_wire(json, "why", difference->why != NULL ? difference->why : "");
	put_or_null(json, "maybe", difference->maybe);
	err = put_said(json, about, difference, diag);
	put_or_null(json, "subject", difference->subject);
	put_or_null(json, "client", difference->client);
	put_or_null(json, "clients", difference->client_list);
	put_or_null(json, "server", difference->server);
	put_or_null(json, "servers", difference->server_list);
	put_addr_or_null(json, "server_address", &difference->server_addr);
	put_or_null(json, "server_before", difference->server_before);
	put_addr_or_null(json, "server_address_before", &difference->server_before_addr);
	put_service(json, difference);
	if (err == 0)
		err = fa_drift_rule(about, difference, cite, json, diag);
	put_state(json, "before", difference, &difference->before);
	put_state(json, "now", difference, &difference->now);
	return err;
}

static int put_member(FILE *out, const char *name, json_t *value, struct fa_diag *diag)
{
	fprintf(out, "\"%s\":", name);
	return fa_json_write(out, value, ",\n", diag);
}

static int put_head(FILE *out, const struct fa_drift *drift, struct fa_diag *diag)
{
	int err = put_member(out, "flowaudit", json_string(PACKAGE_VERSION), diag);

	if (err == 0)
		err = put_member(out, "schema", json_integer(FA_DRIFT_SCHEMA), diag);
	if (err == 0)
		err = put_member(out, "before", side(&drift->before, drift->before_words), diag);
	if (err == 0)
		err = put_member(out, "now", side(&drift->now, drift->now_words), diag);
	if (err == 0)
		err = put_member(out, "relations", relations_of(drift), diag);
	if (err == 0)
		err = put_member(out, "counts", counts_of(drift), diag);
	if (err == 0)
		err = put_member(out, "left_out",
				 drift->full ? fa_json_wire(drift->full_why) : json_null(), diag);
	return err;
}

int fa_drift_json(FILE *out, const struct fa_drift *drift, const struct fa_history *now_history,
		  const struct fa_report_options *options, struct fa_diag *diag)
{
	const struct fa_drift_about about = {drift, now_history};
	int err;

	(void)options;
	fputs("{\n", out);
	err = put_head(out, drift, diag);
	if (err != 0)
		return err;
	fputs("\"differences\":[", out);
	for (size_t i = 0; err == 0 && i < drift->count; i++) {
		struct fa_json json = fa_json_new();

		fputs(i > 0 ? ",\n" : "\n", out);
		err = put_difference(&json, &about, &drift->items[i], diag);
		if (err == 0)
			err = fa_json_write(out, fa_json_done(&json), "", diag);
		else
			json_decref(json.object);
	}
	fprintf(out, "%s]\n}\n", drift->count > 0 ? "\n" : "");
	return err == 0 ? fa_output_check(out, diag) : err;
}
