/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the verdict on a conversation would be, and how each row that claims its port fits. */
#ifndef FA_AUDIT_EXPLAIN_H
#define FA_AUDIT_EXPLAIN_H

#include <stddef.h>
#include <stdint.h>

#include "audit/context.h"
#include "audit/weigh.h"
#include "core/verdict.h"

/* A conversation that need not have happened: ordinary, finished, its direction known. */
struct fa_question {
	struct fa_addr client, server;
	uint8_t transport; /* IP protocol number */
	uint16_t port;	   /* of the server */
	const char *protocol; /* that inspection would see; NULL: what the best row wants */
	const char *host;     /* that the server is asked for; NULL: none */
	int64_t at_ns;	      /* when: decides which waivers are in force */
};

/* One bound row that claims the port. */
struct fa_explained {
	const struct fa_binding *binding;
	enum fa_claim claim;
	enum fa_fit fit;
	unsigned differs; /* FA_DIFFERS_ set; 0 unless contradicted */
	const struct fa_place *client, *server; /* that fit; NULL: none */
	enum fa_reason reasons[FA_REASONS_MAX]; /* why it fits, or why not */
	size_t reason_count;
	char detail[FA_DETAIL_TEXT];
};

struct fa_explanation {
	struct fa_judgement judgement;
	const char *protocol; /* that was asked for or supposed; NULL: any will do, or none known */
	struct fa_explained rows[FA_WEIGHED_MAX]; /* best first */
	size_t count;
};

/*
 * Answers QUESTION as the run of CONTEXT would: with no evidence, names and ties unless the
 * context has them. Texts in OUT are borrowed from the question and the rulebook.
 */
void fa_explain(const struct fa_audit_context *context, const struct fa_question *question,
		struct fa_explanation *out);

#endif
