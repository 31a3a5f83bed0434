/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading what people ask about a conversation. Everything wrong is said. */
#ifndef FA_CMD_QUESTION_H
#define FA_CMD_QUESTION_H

#include "cmd/options.h"
#include "core/explain.h"
#include "core/flow.h"
#include "core/policy.h"

/* Space for the parts of the question that are made from its texts. */
struct fa_asked {
	struct fa_question question;
	char protocol[FA_PROTOCOL_TEXT];
	char application[FA_PROTOCOL_TEXT];
};

/*
 * Reads CLIENT, an address, and SERVER: "10.0.1.9:8243", "10.0.1.9:53/udp", "[2001:db8::1]:443",
 * "10.0.1.9/icmp". 0 or FA_EINVAL, said.
 */
int fa_asked_ends(struct fa_asked *asked, const char *client, const char *server);

/*
 * Takes protocol and host of OPTIONS; the moment is now. The protocol is one that inspection or a
 * signature of BOOK can name, in any case, also with the application: "TLS.ApplePush". 0, FA_EINVAL
 * or FA_ENOMEM, said.
 */
int fa_asked_options(struct fa_asked *asked, const struct fa_options *options,
		     const struct fa_rulebook *book);

/* Asks with these options and writes the answer: see src/cmd/explain.c. 0 or an error, said. */
int fa_answer(struct fa_asked *asked, const struct fa_options *options,
	      const struct fa_policy *policy);

#endif
