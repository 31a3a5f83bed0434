/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The catalogs as JSON, rule by rule. */
#include "report/catalog.h"
#include "report/json.h"
#include "report/output.h"

int fa_catalog_json_list(FILE *out, const struct fa_rulebook *book,
			 const struct fa_product *product, struct fa_diag *diag)
{
	size_t first = product != NULL ? product->first_rule : 0;
	size_t count = product != NULL ? product->rule_count : book->rule_count;

	fputs("{\"rules\":[", out);
	for (size_t i = first; i < first + count; i++) {
		int err;

		fputs(i > first ? ",\n" : "\n", out);
		err = fa_json_write(out, fa_json_rule(&book->rules[i]), "", diag);
		if (err != 0)
			return err;
	}
	fputs("\n]}\n", out);
	return fa_output_flush(out, diag);
}

/* The rule, and how it covers the port. */
static json_t *candidate_json(const struct fa_candidate *candidate)
{
	json_t *rule = fa_json_rule(candidate->binding->rule);

	if (rule == NULL)
		return NULL;
	if (json_object_set_new(rule, "corrected", json_boolean(candidate->claim == FA_CLAIM_CORRECTED)) == 0 &&
	    json_object_set_new(rule, "range_size", fa_json_count(candidate->range_size)) == 0)
		return rule;
	json_decref(rule);
	return NULL;
}

int fa_catalog_json_explain(FILE *out, const struct fa_asked_port *asked, struct fa_diag *diag)
{
	char transport[FA_TRANSPORT_TEXT];

	fprintf(out, "{\"transport\":\"%s\",\"port\":%u,\"rules\":[",
		fa_transport_text(asked->transport, transport), asked->port);
	for (size_t i = 0; i < asked->count; i++) {
		int err;

		fputs(i > 0 ? ",\n" : "\n", out);
		err = fa_json_write(out, candidate_json(&asked->candidates[i]), "", diag);
		if (err != 0)
			return err;
	}
	fputs("\n]}\n", out);
	return fa_output_flush(out, diag);
}
