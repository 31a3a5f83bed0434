/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The judgement on one conversation, and the state of one expectation. */
#ifndef FA_CORE_VERDICT_H
#define FA_CORE_VERDICT_H

#include <stddef.h>
#include <stdint.h>

#include "core/flow.h"
#include "core/rule.h"
#include "core/site.h"
#include "core/waiver.h"

/* The words are what reports, the database and --fail-on use. */
#define FA_VERDICTS(X)                                                                             \
	X(DOCUMENTED, "documented")                                                                \
	X(DISCOURAGED, "discouraged")                                                              \
	X(WRONG_PROTOCOL, "wrong-protocol")                                                        \
	X(WRONG_ENDPOINT, "wrong-endpoint")                                                        \
	X(UNDOCUMENTED, "undocumented")                                                            \
	X(REFUSED, "refused")                                                                      \
	X(WAIVED, "waived")                                                                        \
	X(INDETERMINATE, "indeterminate")

enum fa_verdict {
#define FA_X(name, text) FA_VERDICT_##name,
	FA_VERDICTS(FA_X)
#undef FA_X
	FA_VERDICT_COUNT
};

const char *fa_verdict_text(enum fa_verdict verdict);
int fa_verdict_parse(const char *text);

/* What differs between a conversation and its nearest rule: a set. */
#define FA_DIFFERENCES(X)                                                                          \
	X(PORT, "port")                                                                            \
	X(TRANSPORT, "transport")                                                                  \
	X(PROTOCOL, "protocol")                                                                    \
	X(DIRECTION, "direction")                                                                  \
	X(HOST, "host")                                                                            \
	X(NETWORK, "network")                                                                      \
	X(SCOPE, "scope")                                                                          \
	X(CLIENT, "client")                                                                        \
	X(SERVER, "server")                                                                        \
	X(INSTANCE, "instance")                                                                    \
	X(PRODUCT, "product")

enum fa_difference_index {
#define FA_X(name, text) FA_DIFFERS_INDEX_##name,
	FA_DIFFERENCES(FA_X)
#undef FA_X
	FA_DIFFERENCE_COUNT
};

enum {
#define FA_X(name, text) FA_DIFFERS_##name = 1 << FA_DIFFERS_INDEX_##name,
	FA_DIFFERENCES(FA_X)
#undef FA_X
};

/* Text of bit INDEX. */
const char *fa_difference_text(unsigned index);
/* How many differences a set has. */
unsigned fa_difference_count(unsigned differs);

/* Why: stable words for programs, a sentence for people is made in the report. */
#define FA_REASONS(X)                                                                              \
	X(AGREES, "agrees", "port, transport and protocol agree with the row")                     \
	X(ANY_PROTOCOL, "any-protocol", "the document names no protocol for this port")            \
	X(RANGE, "range", "documented as part of a port range, which is weaker than an exact port")\
	X(CORRECTION, "correction", "fits only a correction of a doubtful row of the document")    \
	X(CONDITIONAL, "conditional", "documented only under a condition")                         \
	X(ENDPOINTS_UNCHECKED, "endpoints-unchecked",                                              \
	  "no site file: who the client and server are was not checked")                           \
	X(ADVISED_AGAINST, "advised-against", "the document advises against it")                   \
	X(SAW_OTHER_PROTOCOL, "saw-other-protocol",                                                \
	  "inspection saw a protocol that no candidate row accepts")                               \
	X(NOT_RECOGNISED, "not-recognised",                                                        \
	  "inspection could not name the protocol, and the row names one")                         \
	X(ONLY_GUESSED, "only-guessed",                                                            \
	  "the protocol is only guessed from port or address: neither confirmed nor refuted")      \
	X(NO_PAYLOAD, "no-payload", "no payload was seen, so the protocol could not be seen")      \
	X(TRUNCATED, "truncated", "packets are shorter than their headers say")                    \
	X(DIRECTION_UNKNOWN, "direction-unknown",                                                  \
	  "nothing shows which side is the server, and the answer depends on it")                  \
	X(DIRECTION_IRRELEVANT, "direction-irrelevant",                                            \
	  "nothing shows which side is the server, but neither port is documented")                \
	X(NO_RULE, "no-rule", "no row covers this port")                                           \
	X(NO_ANSWER, "no-answer", "tried and never answered")                                      \
	X(RESET_ON_OPEN, "reset-on-open", "the attempt to connect was reset")                      \
	X(ENDED_TOO_SOON, "ended-too-soon",                                                        \
	  "the capture ends before an answer could be expected")                                   \
	X(HOST_DIFFERS, "host-differs", "the row is for another host name")                        \
	X(HOST_UNKNOWN, "host-unknown", "the row is for a host name, and none was seen")           \
	X(NETWORK_DIFFERS, "network-differs", "the server is not in the row's network")            \
	X(AS_UNKNOWN, "as-unknown", "the row is for an autonomous system; no prefix list given")   \
	X(LOOPBACK_ON_WIRE, "loopback-on-wire",                                                    \
	  "documented for the loopback interface only, but seen on a wire")                        \
	X(HOST_LOCAL_ON_WIRE, "host-local-on-wire",                                                \
	  "documented for use inside one machine, but seen between two")                           \
	X(FRAGMENT, "fragment", "IP fragments whose first piece was not captured: no ports")       \
	X(SAME_PORT_SPOKE, "same-port-spoke", "other flows to the same port were recognised")      \
	X(AMBIGUOUS, "ambiguous", "several catalogs document this port")                           \
	X(NO_PORTS, "no-ports", "this transport has no ports, and no row names it")                \
	X(ENDPOINTS_AGREE, "endpoints-agree",                                                      \
	  "client and server stand in the site where the row wants them")                          \
	X(ROLE_UNPLACED, "role-unplaced",                                                          \
	  "the site does not say who has one of the row's roles, so anybody fits it")              \
	X(EVERYWHERE, "everywhere", "the catalog is for every network: anybody fits it")           \
	X(CLIENT_DIFFERS, "client-differs", "the client has none of the row's roles")              \
	X(SERVER_DIFFERS, "server-differs", "the server has none of the row's roles")              \
	X(DIRECTION_REVERSED, "direction-reversed",                                                \
	  "the row is for connections the other way round")                                        \
	X(OTHER_INSTANCE, "other-instance",                                                        \
	  "client and server belong to different instances of the product")                        \
	X(NOT_AT_SITE, "not-at-site",                                                              \
	  "the row is of a product that the site file does not have")                              \
	X(PORT_OF_SITE, "port-of-site", "the site file says that this is the port")                \
	X(INCREMENTED, "incremented",                                                              \
	  "the port that the document goes on to when its first choice is taken")                  \
	X(NEGOTIATED, "negotiated",                                                                \
	  "a port chosen at run time, after the same two hosts used the row that leads to it")     \
	X(FALLBACK_NEEDED, "fallback-needed",                                                      \
	  "a second way, and the first way was tried in vain")                                     \
	X(FALLBACK_NOT_NEEDED, "fallback-not-needed",                                              \
	  "documented for when the first way fails, and the first way works")                      \
	X(FALLBACK_UNPROVEN, "fallback-unproven",                                                  \
	  "documented for when the first way fails; nothing shows whether it does")                \
	X(HOST_BY_TLS, "host-by-tls", "the host name is from the TLS or QUIC handshake (SNI)")     \
	X(HOST_BY_HTTP, "host-by-http", "the host name is from the HTTP Host header")              \
	X(HOST_BY_DNS, "host-by-dns", "the host name is from a DNS answer seen before")            \
	X(HOST_BY_CAPTURE, "host-by-capture",                                                      \
	  "the host name was written into the capture file by who made it; no packet shows it")    \
	X(DNS_EXPIRED, "dns-expired",                                                              \
	  "a DNS answer gave this address the row's name, but had expired by then")                \
	X(UNREACHABLE, "unreachable", "an ICMP message said that it cannot be reached")            \
	X(AS_BY_LIST, "as-by-list", "the system is from the user's list of prefixes")              \
	X(CHOSEN_PORT, "chosen-port",                                                              \
	  "the document says that the port is chosen at run time, so its number shows nothing")

enum fa_reason {
#define FA_X(name, text, sentence) FA_REASON_##name,
	FA_REASONS(FA_X)
#undef FA_X
	FA_REASON_COUNT
};

const char *fa_reason_text(enum fa_reason reason);	/* "only-guessed" */
const char *fa_reason_sentence(enum fa_reason reason);	/* for people */
int fa_reason_parse(const char *text);

#define FA_REASONS_MAX	  10
#define FA_VERDICT_CANDS_MAX 16 /* candidates that are named; more are counted */
#define FA_DETAIL_TEXT	  160

struct fa_judgement {
	enum fa_verdict verdict;
	const struct fa_rule *rule;    /* decides, or NULL */
	const struct fa_rule *nearest; /* nearest miss, or NULL */
	/* Of the product of rule and nearest; NULL: no site, or a catalog that holds everywhere. */
	const struct fa_instance *instance, *nearest_instance;
	const struct fa_waiver *waiver; /* covers it: the verdict is WAIVED; or NULL */
	enum fa_verdict waived;	       /* what the verdict would be; only with a waiver */
	unsigned differs;	       /* FA_DIFFERS_ set: how nearest differs */
	enum fa_reason reasons[FA_REASONS_MAX];
	size_t reason_count;
	const struct fa_rule *candidates[FA_VERDICT_CANDS_MAX]; /* most specific first */
	size_t candidate_count; /* all of them, may be more than named */
	char detail[FA_DETAIL_TEXT]; /* what reasons need: "Redis in 3 other flows"; or "" */
};

/* Adds a reason once; silently full at FA_REASONS_MAX (the first ones matter most). */
void fa_judgement_because(struct fa_judgement *judgement, enum fa_reason reason);

#define FA_EXPECTATION_STATES(X)                                                                   \
	X(SEEN, "seen")                                                                            \
	X(REFUSED, "refused")                                                                      \
	X(UNSEEN, "unseen")                                                                        \
	X(NOT_OBSERVABLE, "not-observable")

enum fa_expectation_state {
#define FA_X(name, text) FA_EXPECT_##name,
	FA_EXPECTATION_STATES(FA_X)
#undef FA_X
	FA_EXPECT_COUNT
};

const char *fa_expectation_text(enum fa_expectation_state state);

struct fa_expectation {
	const struct fa_rule *rule;
	const struct fa_instance *instance; /* NULL: no site, or a catalog that holds everywhere */
	const struct fa_role *role;	    /* of the product's own side at PLACE; NULL: no site */
	const struct fa_place *place;	    /* where it stands; NULL: no site */
	enum fa_expectation_state state;
	uint64_t conversations, flows; /* that showed it, or were refused */
	char endpoints[FA_DETAIL_TEXT];	 /* "any (no site file)" */
	char evidence[2 * FA_DETAIL_TEXT]; /* one sentence */
};

#endif
