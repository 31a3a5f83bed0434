/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An explanation as text: the answer, who the ends are, row by row, what would help. */
#include "report/explain.h"

#include <string.h>

#include "report/catalog.h"
#include "report/words.h"

enum { LEAD = 16, STRANGE_SHOWN = 3 };

/* The row that the verdict is about, or NULL. */
static const struct fa_explained *subject_row(const struct fa_explaining *explaining)
{
	const struct fa_binding *binding = fa_explain_subject(explaining);
	const struct fa_explanation *answer = explaining->answer;

	for (size_t i = 0; i < answer->count; i++)
		if (answer->rows[i].binding == binding)
			return &answer->rows[i];
	return NULL;
}

/* The place that tells best who the end is: of the row, or the first of the site. */
static const struct fa_place *place_of(const struct fa_explaining *explaining, bool is_client)
{
	const struct fa_explained *row = subject_row(explaining);
	struct fa_stand stand;
	size_t next = 0;

	if (row != NULL && (is_client ? row->client : row->server) != NULL)
		return is_client ? row->client : row->server;
	return fa_explain_next_stand(explaining, is_client, &next, &stand) ? stand.place : NULL;
}

static const char *const would_be[FA_VERDICT_COUNT] = {
	[FA_VERDICT_DOCUMENTED] = " would be documented",
	[FA_VERDICT_DISCOURAGED] = " would be documented, but advised against (discouraged)",
	[FA_VERDICT_WRONG_PROTOCOL] = " would be wrong-protocol",
	[FA_VERDICT_WRONG_ENDPOINT] = " would be wrong-endpoint",
	[FA_VERDICT_UNDOCUMENTED] = " would be undocumented",
	[FA_VERDICT_REFUSED] = " would be refused",
	[FA_VERDICT_WAIVED] = " would be waived",
	[FA_VERDICT_INDETERMINATE] = " could not be judged (indeterminate)",
};

/* "documented: wso2 · ...", "wrong-endpoint: only the client differs from wso2 · ..." */
static void add_row(struct fa_buffer *line, const struct fa_judgement *judgement)
{
	if (judgement->rule != NULL) {
		fa_explain_add_cited(line, judgement->rule, judgement->instance);
	} else if (judgement->nearest == NULL) {
		fa_buffer_add(line, "no row of any catalog is on this port, nor near it");
	} else {
		fa_words_differs(line, judgement->differs);
		fa_buffer_add(line, judgement->differs != 0 ? " from " : "as far as is known, ");
		fa_explain_add_cited(line, judgement->nearest, judgement->nearest_instance);
	}
}

static void put_answer(struct fa_text_out *text, const struct fa_explaining *explaining)
{
	const struct fa_judgement *judgement = &explaining->answer->judgement;
	const struct fa_question *question = explaining->question;
	struct fa_buffer *line = &text->line;

	fa_buffer_reset(line);
	fa_explain_add_end(line, &question->client, place_of(explaining, true));
	fa_buffer_add(line, " → ");
	fa_explain_add_server(line, question, place_of(explaining, false));
	fa_explain_add_speaking(line, explaining);
	fa_buffer_add(line, would_be[judgement->verdict]);
	if (judgement->waiver != NULL) {
		fa_buffer_add(line, " by ");
		fa_buffer_safe(line, judgement->waiver->id);
		fa_buffer_addf(line, ", until %s; without it %s", judgement->waiver->expires,
			       fa_verdict_text(judgement->waived));
	}
	fa_buffer_add(line, ": ");
	add_row(line, judgement);
	fa_text_wrap(text, 0, fa_buffer_text(line));
}

/* What was supposed, and what else would be. */
static void put_supposed(struct fa_text_out *text, const struct fa_explaining *explaining)
{
	const struct fa_explanation *answer = explaining->answer;
	struct fa_buffer *line = &text->line;

	if (explaining->question->protocol != NULL)
		return;
	fa_buffer_reset(line);
	if (answer->protocol != NULL) {
		fa_buffer_safe(line, answer->protocol);
		fa_buffer_add(line, " is supposed, since the best row names it; ");
	}
	for (size_t i = 0; i < answer->otherwise_count; i++) {
		const struct fa_otherwise *other = &answer->otherwise[i];

		fa_buffer_add(line, i > 0 ? "; " : "");
		if (other->protocol != NULL)
			fa_buffer_safe(line, other->protocol);
		else if (answer->protocol == NULL && i == 0)
			fa_buffer_add(line, "whatever it speaks");
		else if (answer->protocol != NULL && i == 0) {
			fa_buffer_add(line, "anything but ");
			fa_buffer_safe(line, answer->protocol);
		} else
			fa_buffer_add(line, "anything else");
		fa_buffer_addf(line, ": %s", fa_verdict_text(other->verdict));
	}
	fa_text_wrap(text, 2, fa_buffer_text(line));
}

static void put_why(struct fa_text_out *text, const struct fa_judgement *judgement)
{
	fa_buffer_reset(&text->line);
	fa_explain_add_reasons(&text->line, judgement->reasons, judgement->reason_count,
			       judgement->detail);
	if (text->line.len > 0)
		fa_text_wrap(text, 2, fa_buffer_text(&text->line));
}

/* The same role under the same name, maybe of another instance. */
static bool is_like(const struct fa_stand *a, const struct fa_stand *b)
{
	return strcmp(a->role->name, b->role->name) == 0 &&
	       strcmp(a->place->label, b->place->label) == 0;
}

/* Whether an instance before this one has the role, too, and so named them all. */
static bool is_told(const struct fa_explaining *explaining, bool is_client,
		    const struct fa_stand *stand)
{
	struct fa_stand other;
	size_t next = 0;

	while (fa_explain_next_stand(explaining, is_client, &next, &other) &&
	       other.instance != stand->instance)
		if (is_like(&other, stand))
			return true;
	return false;
}

/* "client of api, esb" */
static void add_stands(struct fa_buffer *line, const struct fa_explaining *explaining,
		       bool is_client, const struct fa_stand *stand)
{
	const char *between = " of ";
	struct fa_stand other;
	size_t next = 0;

	fa_buffer_safe(line, stand->role->name);
	while (fa_explain_next_stand(explaining, is_client, &next, &other)) {
		if (!is_like(&other, stand))
			continue;
		fa_buffer_add(line, between);
		fa_buffer_safe(line, other.instance->name);
		between = ", ";
	}
}

static void put_end(struct fa_text_out *text, const struct fa_explaining *explaining,
		    bool is_client)
{
	const struct fa_question *question = explaining->question;
	const char *lead = is_client ? "  client        " : "  server        ";
	struct fa_buffer *line = &text->line;
	struct fa_stand stand;
	size_t next = 0;
	bool first = true;
	char addr[FA_ADDR_TEXT];

	fa_buffer_reset(line);
	fa_buffer_addf(line, "%s: ",
		       fa_addr_text(is_client ? &question->client : &question->server, addr));
	while (fa_explain_next_stand(explaining, is_client, &next, &stand)) {
		if (is_told(explaining, is_client, &stand))
			continue;
		fa_buffer_add(line, first ? "" : "; ");
		add_stands(line, explaining, is_client, &stand);
		if (strcmp(stand.place->label, addr) != 0) {
			fa_buffer_add(line, " as ");
			fa_buffer_safe(line, stand.place->label);
		}
		first = false;
	}
	if (first)
		fa_buffer_add(line, explaining->policy->site != NULL
					    ? "stands nowhere in the site file"
					    : "unchecked, since there is no site file (--site)");
	fa_text_wrap_lead(text, lead, FA_PAINT_NONE, LEAD, fa_buffer_text(line));
}

static void put_indented(struct fa_text_out *text)
{
	if (text->line.len > 0)
		fa_text_wrap(text, LEAD, fa_buffer_text(&text->line));
	fa_buffer_reset(&text->line);
}

/* What the row says: between whom, and which port. */
static void put_demand(struct fa_text_out *text, const struct fa_explaining *explaining,
		       const struct fa_explained *row)
{
	const struct fa_binding *binding = row->binding;
	struct fa_buffer *line = &text->line;

	fa_explain_add_roles(line, explaining, &binding->rule->from, &binding->client);
	fa_buffer_add(line, " → ");
	fa_explain_add_roles(line, explaining, &binding->rule->to, &binding->server);
	fa_buffer_add(line, ", ");
	fa_catalog_add_transports(line, binding->rule->transports);
	if (binding->rule->dynamic)
		fa_buffer_add(line, " chosen at run time");
	else if (binding->ports.count > 0)
		fa_buffer_add(line, " ");
	fa_catalog_add_ports(line, &binding->ports);
	if (row->claim == FA_CLAIM_INCREMENTED)
		fa_buffer_add(line, ", when taken ");
	if (row->claim == FA_CLAIM_INCREMENTED)
		fa_catalog_add_ports(line, &binding->increments);
	fa_buffer_add(line, ", ");
	if (binding->rule->any_protocol)
		fa_buffer_add(line, "any protocol");
	fa_catalog_add_strings(line, &binding->rule->protocols);
	put_indented(text);
}

static void put_row(struct fa_text_out *text, const struct fa_explaining *explaining,
		    const struct fa_explained *row)
{
	static const char *const leads[] = {
		[FA_FIT_AGREES] = "  fits          ",
		[FA_FIT_OPEN] = "  open          ",
		[FA_FIT_CONTRADICTED] = "  does not fit  ",
	};
	static const enum fa_paint paints[] = {
		[FA_FIT_AGREES] = FA_PAINT_GOOD,
		[FA_FIT_OPEN] = FA_PAINT_WARN,
		[FA_FIT_CONTRADICTED] = FA_PAINT_BAD,
	};
	struct fa_buffer *line = &text->line;
	const struct fa_binding *binding = row->binding;

	fa_buffer_reset(line);
	fa_buffer_safe(line, binding->rule->id);
	if (binding->instance != NULL) {
		fa_buffer_add(line, ", instance ");
		fa_buffer_safe(line, binding->instance->name);
	}
	if (explaining->answer->judgement.rule == binding->rule &&
	    explaining->answer->judgement.instance == binding->instance)
		fa_buffer_add(line, ": decides");
	fa_text_wrap_lead(text, leads[row->fit], paints[row->fit], LEAD, fa_buffer_text(line));
	fa_buffer_reset(line);
	put_demand(text, explaining, row);
	fa_catalog_add_citation(line, binding->rule);
	put_indented(text);
	if (row->differs != 0) {
		fa_explain_add_differences(line, explaining, binding, row->differs);
		if (row->detail[0] != '\0')
			fa_buffer_add(line, " ");
		fa_explain_add_reasons(line, NULL, 0, row->detail);
	} else {
		fa_explain_add_reasons(line, row->reasons, row->reason_count, row->detail);
	}
	put_indented(text);
}

/* The rows of one instance with which neither end has to do, in one paragraph. */
static void put_strange(struct fa_text_out *text, const struct fa_explaining *explaining,
			size_t first)
{
	const struct fa_explanation *answer = explaining->answer;
	const struct fa_instance *instance = answer->rows[first].binding->instance;
	struct fa_buffer *line = &text->line;
	size_t count = 0;

	for (size_t i = 0; i < first; i++)
		if (fa_explain_is_strange(&answer->rows[i]) &&
		    answer->rows[i].binding->instance == instance)
			return; /* told with that one */
	fa_buffer_reset(line);
	for (size_t i = first; i < answer->count; i++) {
		const struct fa_explained *row = &answer->rows[i];

		if (!fa_explain_is_strange(row) || row->binding->instance != instance)
			continue;
		if (count++ >= STRANGE_SHOWN)
			continue;
		fa_buffer_add(line, count > 1 ? ", " : "");
		fa_buffer_safe(line, row->binding->rule->id);
	}
	if (count > STRANGE_SHOWN)
		fa_buffer_addf(line, " and %zu more", count - STRANGE_SHOWN);
	fa_buffer_add(line, ", instance ");
	fa_buffer_safe(line, instance->name);
	fa_buffer_add(line, count > 1 ? ": neither end has a role of these rows"
				      : ": neither end has a role of this row");
	fa_text_wrap_lead(text, "  does not fit  ", FA_PAINT_BAD, LEAD, fa_buffer_text(line));
}

static void put_rows(struct fa_text_out *text, const struct fa_explaining *explaining)
{
	const struct fa_explanation *answer = explaining->answer;
	struct fa_buffer *line = &text->line;
	size_t left_out = fa_explain_left_out(explaining);

	for (size_t i = 0; i < answer->count; i++)
		if (!fa_explain_is_strange(&answer->rows[i]))
			put_row(text, explaining, &answer->rows[i]);
	for (size_t i = 0; i < answer->count; i++)
		if (fa_explain_is_strange(&answer->rows[i]))
			put_strange(text, explaining, i);
	if (left_out == 0)
		return;
	fa_buffer_reset(line);
	fa_buffer_add(line, "and ");
	fa_buffer_count(line, left_out, "more row, which fits", "more rows, which fit");
	fa_buffer_add(line, " no better");
	put_indented(text);
}

/* A row that is not on this port, but nearest to it. */
static void put_nearest(struct fa_text_out *text, const struct fa_explaining *explaining)
{
	const struct fa_judgement *judgement = &explaining->answer->judgement;
	const struct fa_binding *binding = fa_explain_subject(explaining);
	struct fa_buffer *line = &text->line;

	if (judgement->nearest == NULL || judgement->rule != NULL ||
	    subject_row(explaining) != NULL)
		return;
	fa_buffer_reset(line);
	fa_buffer_safe(line, judgement->nearest->id);
	if (judgement->nearest_instance != NULL) {
		fa_buffer_add(line, ", instance ");
		fa_buffer_safe(line, judgement->nearest_instance->name);
	}
	fa_text_wrap_lead(text, "  nearest       ", FA_PAINT_WARN, LEAD, fa_buffer_text(line));
	fa_buffer_reset(line);
	fa_catalog_add_citation(line, judgement->nearest);
	put_indented(text);
	if (binding != NULL)
		fa_explain_add_differences(line, explaining, binding, judgement->differs);
	else
		fa_words_differs(line, judgement->differs);
	put_indented(text);
}

void fa_explain_text(struct fa_text_out *text, const struct fa_explaining *explaining)
{
	struct fa_buffer *line = &text->line;

	put_answer(text, explaining);
	put_supposed(text, explaining);
	put_why(text, &explaining->answer->judgement);
	fa_text_heading(text, "WHO THEY ARE");
	put_end(text, explaining, true);
	put_end(text, explaining, false);
	fa_buffer_reset(line);
	fa_buffer_add(line, "ROWS (");
	if (explaining->answer->count == 0)
		fa_buffer_add(line, "none claims this port");
	else
		fa_buffer_count(line, explaining->answer->count + fa_explain_left_out(explaining),
				"row claims this port", "rows claim this port, best first");
	fa_buffer_add(line, ")");
	fa_text_heading(text, fa_buffer_text(line));
	put_nearest(text, explaining);
	put_rows(text, explaining);
	fa_buffer_reset(line);
	fa_explain_add_remedy(line, explaining);
	if (line->len == 0)
		return;
	fa_text_blank(text);
	fa_text_wrap(text, 0, fa_buffer_text(line));
}
