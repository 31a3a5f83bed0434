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

/* Who may be at an end here, by the names of the site. */
static json_t *labels_json(const struct fa_end *end)
{
	json_t *list = json_array();

	for (size_t i = 0; list != NULL && i < end->count; i++) {
		const struct fa_site_role *role = end->roles[i];

		for (size_t k = 0; list != NULL && k < role->place_count; k++) {
			if (json_array_append_new(list, fa_json_text(role->places[k].label)) == 0)
				continue;
			json_decref(list);
			list = NULL;
		}
	}
	return list;
}

/* The rule, how it covers the port, and for whom. */
static json_t *candidate_json(const struct fa_candidate *candidate)
{
	const struct fa_binding *binding = candidate->binding;
	struct fa_json json = {fa_json_rule(binding->rule), false};

	if (json.object == NULL)
		return NULL;
	fa_json_put(&json, "corrected", json_boolean(candidate->claim == FA_CLAIM_CORRECTED));
	fa_json_put_count(&json, "range_size", candidate->range_size);
	fa_json_put_text(&json, "instance",
			 binding->instance != NULL ? binding->instance->name : NULL);
	fa_json_put(&json, "clients_here", labels_json(&binding->client));
	fa_json_put(&json, "servers_here", labels_json(&binding->server));
	return fa_json_done(&json);
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
