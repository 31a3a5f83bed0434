/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flowaudit catalog explain CLIENT SERVER: what the verdict on a conversation would be. */
#include "audit/context.h"
#include "audit/explain.h"
#include "cmd/common.h"
#include "cmd/question.h"
#include "site/waivers.h"

struct answering {
	const struct fa_options *options;
	const struct fa_question *question;
	const struct fa_policy *policy;
	const struct fa_waivers *waivers; /* NULL: none */
};

static int write_answer(FILE *out, void *arg, struct fa_diag *diag)
{
	const struct answering *answering = arg;
	struct fa_report_options look = fa_report_options_of(answering->options, out);
	struct fa_audit_context *context;
	struct fa_explanation answer;
	int error = fa_audit_context_new(&context, answering->policy, NULL,
					 answering->question->at_ns);

	if (error != 0)
		return fa_fail(diag, error, "catalog explain: %s", fa_strerror(error));
	context->waivers = answering->waivers;
	fa_explain(context, answering->question, &answer);
	error = fa_report_explain(out, answering->options->format, answering->policy,
				  answering->question, &answer, &look, diag);
	fa_audit_context_free(context);
	return error;
}

int fa_answer(struct fa_asked *asked, const struct fa_options *options,
	      const struct fa_policy *policy)
{
	struct fa_waivers waivers = {0};
	struct answering answering = {options, &asked->question, policy, NULL};
	int error = fa_asked_options(asked, options, policy->book);

	if (error == 0 && options->waivers != NULL) {
		error = fa_load_waivers(options, policy, options->waivers, &waivers);
		answering.waivers = &waivers;
	}
	if (error == 0)
		error = fa_with_output(options, write_answer, &answering);
	fa_waivers_deinit(&waivers);
	return error;
}
