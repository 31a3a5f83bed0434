/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the verdict on a conversation would be: which format, and what both have to find out. */
#include "report/explain.h"

#include <string.h>
#include <strings.h>

#include "report/json.h"
#include "report/output.h"
#include "report/site.h"

/* Whether some row found that the server goes by the name of PLACE. */
static bool is_called(const struct fa_explaining *explaining, const struct fa_place *place)
{
	const struct fa_explanation *answer = explaining->answer;

	for (size_t i = 0; i < answer->count; i++)
		if (answer->rows[i].server == place)
			return true;
	return explaining->question->host != NULL &&
	       strcasecmp(explaining->question->host, place->host) == 0;
}

/* The place of ROLE where the end stands, or NULL. */
static const struct fa_place *place_of(const struct fa_explaining *explaining, bool is_client,
				       const struct fa_site_role *role)
{
	const struct fa_question *question = explaining->question;
	const struct fa_addr *addr = is_client ? &question->client : &question->server;
	const struct fa_place *place = fa_site_role_place(role, addr);

	for (size_t i = role->prefix_count; place == NULL && !is_client && i < role->place_count;
	     i++)
		if (is_called(explaining, &role->places[i]))
			place = &role->places[i];
	return place;
}

bool fa_explain_next_stand(const struct fa_explaining *explaining, bool is_client, size_t *next,
			   struct fa_stand *out)
{
	const struct fa_site *site = explaining->policy->site;
	size_t at = 0;

	for (size_t i = 0; site != NULL && i < site->instance_count; i++) {
		const struct fa_instance *instance = &site->instances[i];

		for (size_t r = 0; r < instance->product->role_count; r++) {
			if (at++ < *next)
				continue;
			out->place = place_of(explaining, is_client, &instance->roles[r]);
			if (out->place == NULL)
				continue;
			out->instance = instance;
			out->role = instance->roles[r].role;
			*next = at;
			return true;
		}
	}
	return false;
}

const struct fa_binding *fa_explain_subject(const struct fa_explaining *explaining)
{
	const struct fa_judgement *judgement = &explaining->answer->judgement;
	bool decided = judgement->rule != NULL;
	const struct fa_rule *rule = decided ? judgement->rule : judgement->nearest;

	if (rule == NULL)
		return NULL;
	return fa_site_binding(explaining->policy,
			       decided ? judgement->instance : judgement->nearest_instance, rule);
}

enum fa_verdict fa_explain_verdict(const struct fa_explanation *answer)
{
	return answer->judgement.waiver != NULL ? answer->judgement.waived
						: answer->judgement.verdict;
}

size_t fa_explain_left_out(const struct fa_explaining *explaining)
{
	const struct fa_question *question = explaining->question;
	const struct fa_candidate *candidates;
	size_t all = fa_policy_candidates(explaining->policy, question->transport, question->port,
					  &candidates);

	return all > explaining->answer->count ? all - explaining->answer->count : 0;
}

bool fa_explain_is_strange(const struct fa_explained *row)
{
	const unsigned both = FA_DIFFERS_CLIENT | FA_DIFFERS_SERVER;

	return row->binding->instance != NULL && (row->differs & both) == both;
}

int fa_report_explain(FILE *out, const char *format, const struct fa_policy *policy,
		      const struct fa_question *question, const struct fa_explanation *answer,
		      const struct fa_report_options *options, struct fa_diag *diag)
{
	const struct fa_explaining explaining = {policy, question, answer};
	struct fa_text_out text;
	bool json;
	int err = fa_json_wanted(format, &json, diag);

	if (err != 0)
		return err;
	if (json)
		return fa_explain_json(out, &explaining, diag);
	fa_text_out_init(&text, out, options);
	fa_explain_text(&text, &explaining);
	err = fa_text_out_check(&text, diag);
	if (err == 0)
		err = fa_output_flush(out, diag);
	fa_text_out_deinit(&text);
	return err;
}
