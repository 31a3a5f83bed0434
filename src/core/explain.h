/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the verdict on a conversation would be, and how each row that claims its port fits: made by
 * audit, written by report.
 */
#ifndef FA_CORE_EXPLAIN_H
#define FA_CORE_EXPLAIN_H

#include <stddef.h>
#include <stdint.h>

#include "core/policy.h"
#include "core/verdict.h"

/* Agrees in everything; not contradicted but something is unknown; contradicted. */
enum fa_fit { FA_FIT_AGREES, FA_FIT_OPEN, FA_FIT_CONTRADICTED };

/* A conversation that need not have happened: ordinary, finished, its direction known. */
struct fa_question {
	struct fa_addr client, server;
	uint8_t transport; /* IP protocol number */
	uint16_t port;	   /* of the server; 0 for transports without ports */
	const char *protocol;	 /* that inspection would see; NULL: what the best row wants */
	const char *application; /* within it, as in TLS.ApplePush; NULL: none */
	const char *host;	 /* that the server is asked for; NULL: none */
	int64_t at_ns;		 /* when: decides which waivers are in force */
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

/* The verdict if something else was spoken. */
struct fa_otherwise {
	const char *protocol; /* NULL: any that no row on this port names */
	enum fa_verdict verdict;
	const struct fa_rule *rule; /* that decides; NULL: none */
};

#define FA_EXPLAINED_MAX 64 /* rows that are explained: the best ones */
#define FA_OTHERWISE_MAX 16

struct fa_explanation {
	struct fa_judgement judgement;
	const char *protocol; /* that was asked for or supposed; NULL: any will do, or none known */
	struct fa_explained rows[FA_EXPLAINED_MAX]; /* best first */
	size_t count;
	/* Only when the question has no protocol. Those that rows on the port name, and that get
	 * another verdict than any other protocol, which is the last. */
	struct fa_otherwise otherwise[FA_OTHERWISE_MAX];
	size_t otherwise_count;
};

#endif
