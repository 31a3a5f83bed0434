/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Drift: what differs between two spans of stored traffic. The contract between whoever compares
 * and whoever reports.
 *
 * Compared are relations: who (a group of clients) uses which port of whom (a group of servers).
 * A group is a role of the site, a network that it names, "internet" for public addresses of which
 * a site says nothing, and else: for servers the address, for clients its network (/24, /64). So a
 * new client in a known pool is no news and a new pool is, and ports of clients never are. Groups
 * are those of the later span's site for both spans, so that an edited site moves no traffic.
 */
#ifndef FA_CORE_DRIFT_H
#define FA_CORE_DRIFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/history.h"
#include "core/verdict.h"

/* Sections, in the order in which they are read. */
#define FA_DRIFT_SECTIONS(X)                                                                       \
	X(APPEARED, "appeared")                                                                    \
	X(CHANGED, "changed")                                                                      \
	X(VANISHED, "vanished")                                                                    \
	X(EXPECTATIONS, "expectations")                                                            \
	X(WAIVERS, "waivers")                                                                      \
	X(COVERAGE, "coverage")

/* What about it. */
#define FA_DRIFT_ASPECTS(X)                                                                        \
	X(SERVICE, "service")	      /* appeared, vanished: nobody used, or uses, this port */      \
	X(CLIENTS, "clients")	      /* appeared, vanished: other groups of clients do the same */  \
	X(SWEEP, "sweep")	      /* appeared, vanished: many targets that never answered */     \
	X(PEERS, "peers")	      /* appeared, vanished: many ports between two groups */        \
	X(MOVED, "moved")	      /* changed: the service is at another server now */	     \
	X(PROTOCOL, "protocol")       /* changed: another one is spoken */			     \
	X(VERDICT, "verdict")	      /* changed */						     \
	X(CLIENT_COUNT, "client-count") /* changed: by the factor */				     \
	X(VOLUME, "volume")	      /* changed: by the factor */				     \
	X(STATE, "state")	      /* of an expectation */					     \
	X(ADDED, "added")	      /* expectation or waiver */				     \
	X(REMOVED, "removed")	      /* expectation or waiver */				     \
	X(EXPIRED, "expired")	      /* waiver */						     \
	X(EXPIRING, "expiring")       /* waiver: within the days of the options */		     \
	X(UNUSED, "unused")	      /* waiver: covered nothing now */				     \
	X(LOSS, "loss")		      /* coverage: packets lost now or before */		     \
	X(SPAN, "span")		      /* coverage: shorter, or at other hours */		     \
	X(GAP, "gap")		      /* coverage: nights without a run */			     \
	X(ENDING, "ending")	      /* coverage: a run did not end well */			     \
	X(BASIS, "basis")	      /* coverage: catalog, site, waivers or program differ */

/* Why. A difference has one cause; MAYBE says what else could have made it. */
#define FA_DRIFT_CAUSES(X)                                                                         \
	X(TRAFFIC, "traffic")                                                                      \
	X(CATALOG, "catalog")                                                                      \
	X(SITE, "site")                                                                            \
	X(WAIVER, "waiver")                                                                        \
	X(COVERAGE, "coverage")                                                                    \
	X(PROGRAM, "program")

enum fa_drift_section {
#define FA_X(name, text) FA_DRIFT_##name,
	FA_DRIFT_SECTIONS(FA_X)
#undef FA_X
	FA_DRIFT_SECTION_COUNT
};

enum fa_drift_aspect {
#define FA_X(name, text) FA_ASPECT_##name,
	FA_DRIFT_ASPECTS(FA_X)
#undef FA_X
	FA_ASPECT_COUNT
};

enum fa_drift_cause {
#define FA_X(name, text) FA_CAUSE_##name,
	FA_DRIFT_CAUSES(FA_X)
#undef FA_X
	FA_CAUSE_COUNT
};

const char *fa_drift_section_text(enum fa_drift_section section);
const char *fa_drift_aspect_text(enum fa_drift_aspect aspect);
const char *fa_drift_cause_text(enum fa_drift_cause cause);

/* One side of a comparison: runs of one store, or what they saw in a time. */
struct fa_span {
	const struct fa_history *history;
	const int64_t *runs; /* oldest first; at least one */
	size_t run_count;
	int64_t from_ns, to_ns; /* buckets that begin here; INT64_MIN and INT64_MAX: all */
	const char *words;	/* how it was chosen: "run 12", "baseline good", "yesterday" */
};

/* What of a span matters to the trust in it; summed over its runs. */
struct fa_span_facts {
	int64_t first_run, last_run; /* ids */
	size_t runs;
	const char *source; /* of the last run */
	const char *site;   /* its name, "" for none */
	const char *version; /* of the program */
	const char *database; /* as commands that reports print name it; NULL: the default one */
	int64_t first_ns, last_ns; /* packet time, within the span; 0: no packets */
	int64_t down_ns;	   /* without an interface */
	uint64_t packets, bytes, lost; /* lost: kernel, interface, rings, workers */
	double loss;	  /* share of packets that were lost, with those lost before the tap: 0 .. 1 */
	uint64_t conversations, flows, findings;
	uint64_t unseen; /* expectations */
	bool ended_well; /* every run is complete */
};

/* One side of a difference. */
struct fa_drift_state {
	bool is_there;
	const char *protocol; /* "TLS", "TLS, HTTP": most flows first; "" where that is no matter */
	enum fa_verdict verdict; /* the most important one */
	const char *rule;	 /* id that decided it, or the nearest; "" for none */
	const char *state;	 /* of an expectation or waiver: "seen"; else "" */
	uint64_t clients, servers, ports; /* distinct hosts, and pairs of transport and port */
	uint64_t client_groups, server_groups; /* that this line stands for: 1 where it names one */
	uint64_t conversations, flows, packets, bytes; /* conversations: summed over time buckets */
	uint64_t answered; /* flows; 0: tried, and nobody ever answered */
	int64_t first_ns, last_ns;
	int64_t run, finding; /* where to look: `flowaudit evidence RUN.FINDING`; finding 0: none */
};

struct fa_difference {
	enum fa_drift_section section;
	enum fa_drift_aspect aspect;
	enum fa_drift_cause cause;
	const char *why;   /* of the cause: "waiver db-test expired on 2026-11-20"; "" for traffic */
	const char *maybe; /* what else could have made it: "30% of packets were lost and this had
			      three"; "" when nothing could */
	const char *subject; /* of EXPECTATIONS: rule id; of WAIVERS: waiver id; of COVERAGE: what it is
				about, in words; "" else */
	const char *client, *server; /* groups, in words: "dc1/gateway", "10.1.2.0/24", "internet";
					"" where there are several or it is no matter. Of
					EXPECTATIONS server is where it is expected: "api-prod/gateway
					am1". Of WAIVERS both are as the file says it */
	struct fa_addr server_addr;  /* version 0 when the group has several */
	const char *server_before;   /* MOVED: where it was; "" else */
	struct fa_addr server_before_addr;
	const char *client_list; /* where client is "": "dc1/gateway, 10.1.2.0/24 and 3 more" */
	const char *server_list; /* the same of servers */
	uint8_t transport;	     /* 0: several */
	uint16_t port;		     /* 0: several, on transports that have ports; ICMP: type and code */
	bool any_port; /* transport and port say nothing: it is about several of them */
	struct fa_drift_state before, now;
	uint64_t rank; /* smaller is more important; they come in this order */
};

/* What is left to taste; zeroed means the defaults. */
struct fa_drift_options {
	unsigned factor;	  /* by which clients or bytes must differ to be told; 0: 10 */
	uint64_t min_bytes;	  /* a volume below this is not worth a word; 0: 10 MB */
	unsigned expiring_days;	  /* 0: 14 */
	uint8_t net4, net6;	  /* prefix lengths of unnamed clients; 0: 24 and 64 */
	int64_t now_ns;		  /* wall clock, for waivers; 0: the end of the later span */
};

struct fa_drift {
	struct fa_span_facts before, now;
	const char *before_words, *now_words;
	struct fa_difference *items; /* by section, then by rank */
	size_t count;
	/* These count what was found; items are fewer only if memory was short (full). */
	size_t in_section[FA_DRIFT_SECTION_COUNT];
	size_t by_cause[FA_CAUSE_COUNT];
	uint64_t relations_before, relations_now, relations_same;
	bool full; /* there was more than memory is given for: the message of FULL_WHY */
	const char *full_why;
	void *memory; /* private to whoever made it: texts and items */
};

#endif
