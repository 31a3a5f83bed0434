/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a store remembers, as readers see it: the contract between whoever keeps runs and whoever
 * reports them. Rules are named by id here, because the catalogs of a stored run may have changed
 * since; the store keeps the rules as they were when the verdicts were made.
 *
 * Strings handed to callbacks are borrowed until the callback returns, never NULL unless said.
 */
#ifndef FA_CORE_HISTORY_H
#define FA_CORE_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "core/flow.h"
#include "core/input.h"
#include "core/run.h"
#include "core/verdict.h"

#define FA_SITE_TEXT   128
#define FA_DIGEST_TEXT 17

/* What a run was judged with besides the catalogs. */
struct fa_stored_site {
	char name[FA_SITE_TEXT];	     /* "": no site file */
	char digest[FA_DIGEST_TEXT];	     /* 16 hex digits; "" without a site file */
	char waivers_digest[FA_DIGEST_TEXT]; /* the same, of the waivers file */
	/* Distinct: products with an instance; single machines and networks by their labels. */
	uint64_t products, instances, hosts, networks;
};

struct fa_stored_run {
	int64_t id;
	struct fa_run_info info;
	struct fa_run_totals totals;
	char version[32];	/* of the program that made it */
	int64_t begun_ns;	/* wall clock when it was made; never in reports of replays */
	int64_t committed_ns;	/* wall clock when something was last stored for it; 0: unknown */
	uint64_t findings;
	uint64_t windows, crashes; /* live: how many each_window and each_crash have */
	struct fa_stored_site site;
};

/* A catalog that a run was judged with. */
struct fa_stored_catalog {
	const char *product, *name, *title, *publisher;
	const char *dated;  /* "" when the document carries no date */
	const char *digest; /* 16 hex digits: names the version of the file */
	uint64_t rules;
};

/* A conversation, summed over the buckets of the run. */
struct fa_stored_conversation {
	struct fa_identity id;
	struct fa_counts counts;
	enum fa_verdict verdict;
	const char *rule;	/* id, "" for none */
	const char *nearest;	/* id, "" for none */
	const char *instance, *nearest_instance; /* of rule and nearest, "" for none */
	const char *waiver;	/* id, "" for none */
	enum fa_verdict waived; /* what the verdict would be; only with a waiver */
	unsigned differs;	/* FA_DIFFERS_ set */
	const char *candidates; /* ids separated by one space, "" for none */
	uint64_t candidate_count;
	enum fa_reason reasons[FA_REASONS_MAX];
	size_t reason_count;
	const char *detail;
	int64_t finding; /* number within the run, 0 for none */
};

/*
 * Several conversations that are one thing to look at. Three kinds:
 *
 * - one server port, with one verdict, rule, nearest rule, instance of each, protocol and
 *   application; clients, host names and times may differ;
 * - a sweep: one client tried 20 or more targets (server, transport, port) that never answered.
 *   Undocumented and refused targets count, and on TCP those at a wrong endpoint; the verdict is
 *   "undocumented" if one of them is;
 * - many ports between two hosts (FTP data, RPC, peer to peer): client and server are set, and
 *   20 or more undocumented ports are counted.
 *
 * In the last two a value that differs between members is 0, version 0 or "": transport 0 and
 * port 0 mean several when "ports" is above 1. "ports" counts pairs of transport and port.
 */
struct fa_stored_finding {
	int64_t number; /* from 1, most important first */
	enum fa_verdict verdict;
	bool sweep; /* client is set; server, transport and port where all members have the same */
	struct fa_addr client; /* version 0 when there are several */
	struct fa_addr server; /* version 0 in a sweep over several hosts */
	uint8_t transport;     /* 0 when several */
	uint16_t port;	       /* 0 when several */
	const char *protocol, *application, *host; /* "" where they differ between members */
	uint8_t detected_by, direction_by;
	const char *rule, *nearest; /* ids, "" for none */
	const char *instance, *nearest_instance; /* of its most telling member, "" for none */
	unsigned differs;
	enum fa_reason reasons[FA_REASONS_MAX]; /* of its most telling member */
	size_t reason_count;
	const char *detail;
	uint64_t candidate_count;
	uint64_t clients, servers, ports, conversations; /* distinct */
	struct fa_counts counts;
	uint64_t tunnelled;  /* of these packets, those with a tunnel in their key */
	uint8_t tunnel;	     /* enum fa_tunnel; NONE: these came in several, or there are none */
	uint32_t tunnel_id;  /* 0: none, or several */
};

/* A rule as it was when the run was judged. */
struct fa_stored_rule {
	const char *id, *product, *product_name, *component, *component_name;
	const char *title, *section, *row; /* row "" when the document needs none */
	const char *document, *publisher, *dated;
	const char *direction, *from, *to; /* roles separated by ", " */
	const char *transports, *ports, *protocols; /* "tcp", "443, 5678-5999", "TLS" or "any" */
	const char *requirement, *when, *advice, *advice_reason, *scope, *note;
	const char *json; /* the whole rule, as `catalog list --format json` prints it */
	const char *file; /* of the catalog, as it was named; NULL or "": not known */
	unsigned line;	  /* in it, from 1; 0: not known */
};

struct fa_stored_expectation {
	struct fa_stored_rule rule;
	const char *instance; /* "": no site, or a catalog that holds everywhere */
	const char *role;     /* of the product's own side; "": no site */
	const char *place;    /* label of where it stands; "": no site */
	const char *ports;    /* at the instance: those of the rule, unless the site moves them */
	enum fa_expectation_state state;
	uint64_t conversations, flows;
	const char *endpoints, *evidence;
};

/* One entry of a role of an instance: who has it. */
struct fa_stored_place {
	const char *instance, *product, *role;
	const char *label;	    /* as the site says it */
	const char *host;	    /* a host name; "" for addresses */
	bool implied;		    /* the role is not listed, but includes one that is */
	struct fa_addr first, last; /* the same for a single address; version 0 for a host name */
};

#define FA_WAIVER_STATUSES(X)                                                                      \
	X(USED, "used")                                                                            \
	X(UNUSED, "unused")                                                                        \
	X(EXPIRED, "expired") /* ended before the run did; it may have covered something */

enum fa_waiver_status {
#define FA_X(name, text) FA_WAIVER_##name,
	FA_WAIVER_STATUSES(FA_X)
#undef FA_X
	FA_WAIVER_STATUS_COUNT
};

/* A waiver as it stood when the run was judged. */
struct fa_stored_waiver {
	const char *id, *owner, *reason, *ticket, *expires;
	const char *client, *server, *transport, *port, *protocol; /* as the file says, "any" */
	enum fa_waiver_status status;
	bool broad;
	uint64_t conversations, flows; /* that it covered */
};

/* Which direction of TCP between two hosts was seen, where that is only one. */
enum fa_one_way { FA_BOTH_WAYS, FA_ONLY_TO_SERVER, FA_ONLY_TO_CLIENT };

/* TCP between two hosts of which the tap missed some: bytes never seen, or a whole direction. */
struct fa_stored_loss {
	struct fa_addr client, server;
	uint64_t flows;
	uint64_t bytes;		/* IP bytes that were seen */
	uint64_t missing_bytes; /* TCP bytes that were not */
	uint64_t packets_to_server, packets_to_client;
	enum fa_one_way one_way; /* attempts that nobody answered are no direction */
};

/* A part of a finding: one conversation within one time bucket. */
struct fa_finding_part {
	struct fa_identity id;
	int64_t first_seen_ns, last_seen_ns;
};

/*
 * One stored row of traffic, for whoever compares many: one conversation within one time bucket.
 * Addresses, names and judgements are numbers that mean the same in all of one store.
 */
struct fa_traffic {
	int64_t bucket_ns;
	int64_t client, server;	       /* for host() */
	int64_t protocol, application; /* for name() */
	int64_t judgement;	       /* for judgement() */
	int64_t finding;	       /* number within the run, 0 for none */
	uint8_t transport, direction_by, detected_by;
	uint16_t port, client_port; /* client_port is 0 unless it is open which side serves */
	uint64_t flows, answered_flows, packets, bytes;
	int64_t first_ns, last_ns;
};

/* What a conversation was judged to be; texts as in struct fa_stored_conversation. */
struct fa_stored_judgement {
	enum fa_verdict verdict;
	const char *rule, *nearest, *instance, *nearest_instance, *waiver;
	enum fa_verdict waived;
	uint64_t rule_version, nearest_version; /* differs where the stored rule does; 0 for none */
};

/* A run that somebody declared good. */
struct fa_baseline {
	const char *name;
	int64_t run;
	int64_t made_ns; /* wall clock */
};

struct fa_verdict_sum {
	enum fa_verdict verdict;
	uint64_t conversations, flows, packets, bytes;
};

/*
 * A reader of stored runs. Every function returns 0 or a negative enum fa_error with a message in
 * DIAG; a callback that returns non-zero stops the walk, and its value is returned.
 */
struct fa_history {
	void *context;
	/* The database, as commands that reports print name it; NULL: it is the default one. */
	const char *database;
	/* RUN 0 means the newest. FA_ENOENT when there is none. */
	int (*run)(void *context, int64_t run, struct fa_stored_run *out, struct fa_diag *diag);
	int (*each_run)(void *context, int (*fn)(void *arg, const struct fa_stored_run *), void *arg,
			struct fa_diag *diag); /* oldest first */
	int (*each_catalog)(void *context, int64_t run,
			    int (*fn)(void *arg, const struct fa_stored_catalog *), void *arg,
			    struct fa_diag *diag); /* by product id */
	int (*sums)(void *context, int64_t run, struct fa_verdict_sum out[FA_VERDICT_COUNT],
		    struct fa_diag *diag); /* out[v].verdict == v */
	int (*each_conversation)(void *context, int64_t run,
				 int (*fn)(void *arg, const struct fa_stored_conversation *),
				 void *arg, struct fa_diag *diag); /* in fa_identity_compare order,
								      then by verdict and rule */
	int (*each_finding)(void *context, int64_t run, uint64_t limit,
			    int (*fn)(void *arg, const struct fa_stored_finding *), void *arg,
			    struct fa_diag *diag); /* by number; limit 0: all */
	int (*each_expectation)(void *context, int64_t run,
				int (*fn)(void *arg, const struct fa_stored_expectation *),
				void *arg, struct fa_diag *diag); /* by rule id, instance, place */
	int (*each_place)(void *context, int64_t run,
			  int (*fn)(void *arg, const struct fa_stored_place *), void *arg,
			  struct fa_diag *diag); /* in the order of the site file */
	int (*each_waiver)(void *context, int64_t run,
			   int (*fn)(void *arg, const struct fa_stored_waiver *), void *arg,
			   struct fa_diag *diag); /* in the order of their file */
	int (*each_input)(void *context, int64_t run,
			  int (*fn)(void *arg, const struct fa_input_file *), void *arg,
			  struct fa_diag *diag); /* in the order they were named */
	/* What was counted in each, which adds up to the run; totals.end is always complete. */
	int (*each_window)(void *context, int64_t run,
			   int (*fn)(void *arg, const struct fa_window *), void *arg,
			   struct fa_diag *diag); /* oldest first */
	int (*each_crash)(void *context, int64_t run,
			  int (*fn)(void *arg, const struct fa_crash *), void *arg,
			  struct fa_diag *diag); /* oldest first */
	/* Bytes missing first, the most at the front; then directions, those with most bytes first. */
	int (*each_loss)(void *context, int64_t run,
			 int (*fn)(void *arg, const struct fa_stored_loss *), void *arg,
			 struct fa_diag *diag);
	/* Rows of buckets that begin in [from_ns, to_ns), in no order; fast. */
	int (*each_traffic)(void *context, int64_t run, int64_t from_ns, int64_t to_ns,
			    int (*fn)(void *arg, const struct fa_traffic *), void *arg,
			    struct fa_diag *diag);
	int (*host)(void *context, int64_t host, struct fa_addr *out, struct fa_diag *diag);
	/* FN is called once. */
	int (*name)(void *context, int64_t name, int (*fn)(void *arg, const char *text), void *arg,
		    struct fa_diag *diag);
	int (*judgement)(void *context, int64_t judgement,
			 int (*fn)(void *arg, const struct fa_stored_judgement *), void *arg,
			 struct fa_diag *diag);
	int (*each_baseline)(void *context, int (*fn)(void *arg, const struct fa_baseline *),
			     void *arg, struct fa_diag *diag); /* by name */
	/* FA_ENOENT when the run has no finding of that number; the message says how many it has. */
	int (*conversations_of_finding)(void *context, int64_t run, int64_t number,
					int (*fn)(void *arg, const struct fa_finding_part *),
					void *arg, struct fa_diag *diag);
	/* The rule as stored for that run; FA_ENOENT when unknown. FN is called once. */
	int (*rule)(void *context, int64_t run, const char *id,
		    int (*fn)(void *arg, const struct fa_stored_rule *), void *arg,
		    struct fa_diag *diag);
};

#endif
