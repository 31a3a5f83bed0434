/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An explanation as JSON. */
#include "report/explain.h"

#include "report/json.h"
#include "report/output.h"

/* Appends to LIST, which it frees when that fails. */
static json_t *append(json_t *list, json_t *value)
{
	if (list == NULL) {
		json_decref(value);
		return NULL;
	}
	if (json_array_append_new(list, value) == 0)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *reasons(const enum fa_reason *items, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		list = append(list, json_string(fa_reason_text(items[i])));
	return list;
}

static json_t *differences(unsigned differs)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < FA_DIFFERENCE_COUNT; i++)
		if ((differs >> i & 1) != 0)
			list = append(list, json_string(fa_difference_text(i)));
	return list;
}

static const char *name_of(const struct fa_instance *instance)
{
	return instance != NULL ? instance->name : NULL;
}

static const char *label_of(const struct fa_place *place)
{
	return place != NULL ? place->label : NULL;
}

static json_t *stand_json(const struct fa_stand *stand)
{
	struct fa_json json = fa_json_new();

	fa_json_put_text(&json, "instance", stand->instance->name);
	fa_json_put_text(&json, "role", stand->role->name);
	fa_json_put_text(&json, "name", stand->place->label);
	return fa_json_done(&json);
}

static json_t *end_json(const struct fa_explaining *explaining, bool is_client)
{
	const struct fa_question *question = explaining->question;
	struct fa_json json = fa_json_new();
	json_t *stands = json_array();
	struct fa_stand stand;
	size_t next = 0;

	while (fa_explain_next_stand(explaining, is_client, &next, &stand))
		stands = append(stands, stand_json(&stand));
	fa_json_put_addr(&json, "address", is_client ? &question->client : &question->server);
	fa_json_put(&json, "roles", stands);
	return fa_json_done(&json);
}

static json_t *nearest_json(const struct fa_judgement *judgement)
{
	struct fa_json json;

	if (judgement->nearest == NULL)
		return json_null();
	json = fa_json_new();
	fa_json_put_text(&json, "rule", judgement->nearest->id);
	fa_json_put_text(&json, "instance", name_of(judgement->nearest_instance));
	fa_json_put(&json, "differs", differences(judgement->differs));
	return fa_json_done(&json);
}

static json_t *otherwise_json(const struct fa_explanation *answer)
{
	json_t *list = json_array();

	for (size_t i = 0; i < answer->otherwise_count; i++) {
		const struct fa_otherwise *other = &answer->otherwise[i];
		struct fa_json json = fa_json_new();

		fa_json_put_text(&json, "protocol", other->protocol);
		fa_json_put_text(&json, "verdict", fa_verdict_text(other->verdict));
		fa_json_put_text(&json, "rule", other->rule != NULL ? other->rule->id : NULL);
		list = append(list, fa_json_done(&json));
	}
	return list;
}

/* The rule as in the list of a catalog, with its ports as they hold here, and how it fits. */
static json_t *row_json(const struct fa_explained *row)
{
	static const char *const fits[] = {
		[FA_FIT_AGREES] = "fits",
		[FA_FIT_OPEN] = "open",
		[FA_FIT_CONTRADICTED] = "does-not-fit",
	};
	static const char *const claims[] = {
		[FA_CLAIM_DOCUMENTED] = "documented",
		[FA_CLAIM_INCREMENTED] = "incremented",
		[FA_CLAIM_CORRECTED] = "corrected",
	};
	struct fa_json json = {fa_json_rule(row->binding->rule), false};

	if (json.object == NULL)
		return NULL;
	fa_json_put_text(&json, "instance", name_of(row->binding->instance));
	fa_json_put(&json, "ports", fa_json_ports(&row->binding->ports));
	fa_json_put_text(&json, "claim", claims[row->claim]);
	fa_json_put_text(&json, "fit", fits[row->fit]);
	fa_json_put(&json, "differs", differences(row->differs));
	fa_json_put(&json, "reasons", reasons(row->reasons, row->reason_count));
	fa_json_put_text(&json, "detail", row->detail);
	fa_json_put_text(&json, "client_is", label_of(row->client));
	fa_json_put_text(&json, "server_is", label_of(row->server));
	return fa_json_done(&json);
}

static void put_question(struct fa_json *json, const struct fa_explaining *explaining)
{
	const struct fa_question *question = explaining->question;
	char transport[FA_TRANSPORT_TEXT];

	fa_json_put(json, "client", end_json(explaining, true));
	fa_json_put(json, "server", end_json(explaining, false));
	fa_json_put_text(json, "transport", fa_transport_text(question->transport, transport));
	fa_json_put_count(json, "port", question->port);
	fa_json_put_text(json, "protocol", explaining->answer->protocol);
	fa_json_put_text(json, "application", question->application);
	fa_json_put(json, "protocol_supposed", json_boolean(question->protocol == NULL));
	fa_json_put_text(json, "host", question->host);
}

int fa_explain_json(FILE *out, const struct fa_explaining *explaining, struct fa_diag *diag)
{
	const struct fa_explanation *answer = explaining->answer;
	const struct fa_judgement *judgement = &answer->judgement;
	bool waived = judgement->waiver != NULL;
	struct fa_json json = fa_json_new();
	struct fa_buffer remedy = {0};
	json_t *rows = json_array();
	int err;

	for (size_t i = 0; i < answer->count; i++)
		rows = append(rows, row_json(&answer->rows[i]));
	put_question(&json, explaining);
	fa_json_put_text(&json, "verdict", fa_verdict_text(judgement->verdict));
	fa_json_put_text(&json, "rule", judgement->rule != NULL ? judgement->rule->id : NULL);
	fa_json_put_text(&json, "instance", name_of(judgement->instance));
	fa_json_put(&json, "nearest", nearest_json(judgement));
	fa_json_put(&json, "reasons", reasons(judgement->reasons, judgement->reason_count));
	fa_json_put_text(&json, "detail", judgement->detail);
	fa_json_put_text(&json, "waiver", waived ? judgement->waiver->id : NULL);
	fa_json_put_text(&json, "waived", waived ? fa_verdict_text(judgement->waived) : NULL);
	fa_json_put(&json, "otherwise", otherwise_json(answer));
	fa_explain_add_remedy(&remedy, explaining);
	fa_json_put_text(&json, "remedy", remedy.len > 0 ? fa_buffer_text(&remedy) : NULL);
	fa_json_put(&json, "rows", rows);
	fa_json_put_count(&json, "rows_left_out", fa_explain_left_out(explaining));
	json.failed = json.failed || remedy.failed;
	fa_buffer_deinit(&remedy);
	err = fa_json_write(out, fa_json_done(&json), "\n", diag);
	return err != 0 ? err : fa_output_flush(out, diag);
}
