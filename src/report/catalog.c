/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The documented port catalogs, for people and programs: which command, which format. */
#include "report/catalog.h"

#include <string.h>

#include "base/like.h"
#include "report/json.h"
#include "report/output.h"

static int find_product(const struct fa_rulebook *book, const char *id,
			const struct fa_product **product, struct fa_diag *diag)
{
	const struct fa_like_names names = {book->products, book->product_count,
					    sizeof(*book->products)};
	struct fa_buffer known = {0};
	struct fa_like_hint hint;
	int err;

	for (size_t i = 0; i < book->product_count; i++) {
		if (strcmp(book->products[i].id, id) == 0) {
			*product = &book->products[i];
			return 0;
		}
	}
	for (size_t i = 0; i < book->product_count; i++)
		fa_buffer_addf(&known, "%s%s", i > 0 ? ", " : "", book->products[i].id);
	err = fa_fail(diag, FA_ENOENT, "there is no catalog \"%.60s\"; there are: %s%s", id,
		      known.len > 0 ? known.text : "none",
		      fa_like_hint(&hint, fa_like_nearest(&names, id)));
	fa_buffer_deinit(&known);
	return err;
}

/* Ends text: what went wrong on the way, and a flush. */
static int finish_text(struct fa_text_out *text, struct fa_diag *diag)
{
	int err = fa_text_out_check(text, diag);

	if (err == 0)
		err = fa_output_flush(text->out, diag);
	fa_text_out_deinit(text);
	return err;
}

int fa_report_catalog_list(FILE *out, const char *format, const struct fa_rulebook *book,
			   const char *product, const struct fa_report_options *options,
			   struct fa_diag *diag)
{
	const struct fa_product *only = NULL;
	struct fa_text_out text;
	bool json;
	int err = fa_json_wanted(format, &json, diag);

	if (err == 0 && product != NULL)
		err = find_product(book, product, &only, diag);
	if (err != 0)
		return err;
	if (json)
		return fa_catalog_json_list(out, book, only, diag);
	fa_text_out_init(&text, out, options);
	fa_catalog_text_list(&text, book, only);
	return finish_text(&text, diag);
}

int fa_report_catalog_show(FILE *out, const char *format, const struct fa_rulebook *book,
			   const char *product, const struct fa_report_options *options,
			   struct fa_diag *diag)
{
	const struct fa_product *only = NULL;
	struct fa_text_out text;
	bool json;
	int err = fa_json_wanted(format, &json, diag);

	if (err == 0)
		err = find_product(book, product, &only, diag);
	if (err != 0)
		return err;
	if (json)
		return fa_catalog_json_list(out, book, only, diag);
	fa_text_out_init(&text, out, options);
	fa_catalog_text_show(&text, book, only);
	return finish_text(&text, diag);
}

int fa_report_catalog_explain(FILE *out, const char *format, const struct fa_policy *policy,
			      uint8_t transport, uint16_t port,
			      const struct fa_report_options *options, struct fa_diag *diag)
{
	struct fa_asked_port asked = {.transport = transport, .port = port};
	struct fa_text_out text;
	bool json;
	int err = fa_json_wanted(format, &json, diag);

	if (err != 0)
		return err;
	asked.count = fa_policy_candidates(policy, transport, port, &asked.candidates);
	if (json)
		return fa_catalog_json_explain(out, &asked, diag);
	fa_text_out_init(&text, out, options);
	fa_catalog_text_explain(&text, policy, &asked);
	return finish_text(&text, diag);
}
