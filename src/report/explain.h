/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An explanation in each format; private to src/report. */
#ifndef FA_REPORT_EXPLAIN_H
#define FA_REPORT_EXPLAIN_H

#include "core/explain.h"
#include "report/text_out.h"

/* What is to be written. */
struct fa_explaining {
	const struct fa_policy *policy;
	const struct fa_question *question;
	const struct fa_explanation *answer;
};

/* A role that an address has by the site file itself, or by the name that was asked for. */
struct fa_stand {
	const struct fa_instance *instance;
	const struct fa_role *role;
	const struct fa_place *place;
};

/* Finds the stands of an end, in the order of the site file; NEXT starts at 0. */
bool fa_explain_next_stand(const struct fa_explaining *explaining, bool is_client, size_t *next,
			   struct fa_stand *out);

/* The binding that the verdict is about: of its rule, or of the nearest; NULL: none is. */
const struct fa_binding *fa_explain_subject(const struct fa_explaining *explaining);

/* The verdict, without regard to a waiver. */
enum fa_verdict fa_explain_verdict(const struct fa_explanation *answer);

/* How many rows on the port the answer leaves out. */
size_t fa_explain_left_out(const struct fa_explaining *explaining);

/* Whether neither end has anything to do with the instance of the row. */
bool fa_explain_is_strange(const struct fa_explained *row);

/* "am1 (10.0.1.9)", or the address alone where the place says no more. PLACE may be NULL. */
void fa_explain_add_end(struct fa_buffer *line, const struct fa_addr *addr,
			const struct fa_place *place);
/* The same with the port: "am1 (10.0.1.9):8243/tcp". */
void fa_explain_add_server(struct fa_buffer *line, const struct fa_question *question,
			   const struct fa_place *place);

/* "speaking TLS", "speaking TLS (ApplePush) for gw.example.org"; may be "". */
void fa_explain_add_speaking(struct fa_buffer *line, const struct fa_explaining *explaining);

/* `wso2 · API Manager · "Section", row "..." (instance api-prod)` */
void fa_explain_add_cited(struct fa_buffer *line, const struct fa_rule *rule,
			  const struct fa_instance *instance);

/* "client (office, 192.0.2.0/24)"; without a site only the roles. */
void fa_explain_add_roles(struct fa_buffer *line, const struct fa_explaining *explaining,
			  const struct fa_strings *roles, const struct fa_end *end);

/* What differs between the question and the row, in words: "the client 10.9.0.1 is not ...". */
void fa_explain_add_differences(struct fa_buffer *line, const struct fa_explaining *explaining,
				const struct fa_binding *binding, unsigned differs);

/* Sentences of the reasons, and the detail. */
void fa_explain_add_reasons(struct fa_buffer *line, const enum fa_reason *reasons, size_t count,
			    const char *detail);

/* What would make it documented, and what to write into the site if it is right; may be "". */
void fa_explain_add_remedy(struct fa_buffer *line, const struct fa_explaining *explaining);

void fa_explain_text(struct fa_text_out *text, const struct fa_explaining *explaining);
int fa_explain_json(FILE *out, const struct fa_explaining *explaining, struct fa_diag *diag);

#endif
