/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The documented openings of a site: what a firewall between the roles has to let through. The
 * contract between whoever works them out of a policy, whoever knows which were used, and whoever
 * writes them down.
 */
#ifndef FA_CORE_OPENING_H
#define FA_CORE_OPENING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/policy.h"
#include "core/rule.h"
#include "core/site.h"

/* Whether it can be opened as it stands, and if not, why. */
#define FA_OPENING_STATES(X)                                                                       \
	X(OPEN, "open")                                                                            \
	X(DISCOURAGED, "discouraged")	  /* it could be, but its document advises against it */   \
	X(BY_NAME, "by-name")		  /* an end is known by its host name alone */		   \
	X(BY_SYSTEM, "by-system")	  /* ... by its autonomous system, without a list */	   \
	X(NO_PORT, "no-port")		  /* the document has none, nor the site */		   \
	X(RUN_TIME_PORT, "run-time-port") /* it is chosen when the connection is made */	   \
	X(NOT_PLACED, "not-placed")	  /* the site is silent on who is at an end */		   \
	X(EVERYBODY, "everybody")	  /* both ends may be anybody, which no site asked for */  \
	X(LOCAL, "local")		  /* used inside one machine */				   \
	X(NOBODY, "nobody")		  /* by the site, nobody is at one end */

enum fa_opening_state {
#define FA_X(name, text) FA_OPENING_##name,
	FA_OPENING_STATES(FA_X)
#undef FA_X
	FA_OPENING_STATE_COUNT
};

const char *fa_opening_state_text(enum fa_opening_state state);

struct fa_opening_addr {
	struct fa_prefix prefix;
	const char *label; /* as the site calls it; NULL: the document gives it */
};

/* Who is at one end. Nothing in it at all: anybody. */
struct fa_opening_end {
	struct fa_strings roles; /* of those that the rule names, the ones that stand here */
	const struct fa_opening_addr *addrs; /* IPv4 first, sorted, disjoint */
	size_t addr_count;
	struct fa_strings hosts;   /* names */
	struct fa_numbers systems; /* autonomous systems */
	bool not_placed;	   /* the site is silent on these roles */
};

/*
 * A rule at an instance, one way. A rule is several openings where its ends are known in several
 * ways (by address and by name), goes both ways, or has ports in reserve or a correction.
 */
struct fa_opening {
	const struct fa_binding *binding;
	enum fa_opening_state state;
	bool reversed; /* the other way of a rule for both: from its "to" to its "from" */
	enum fa_claim claim;
	struct fa_opening_end client, server;
	unsigned transports;	     /* FA_RULE_TCP ... */
	struct fa_port_ranges ports; /* sorted, disjoint; empty: no port is known, or ICMP */
	struct fa_strings only_hosts; /* the rule holds for these names at the server alone */
};

struct fa_openings {
	const struct fa_policy *policy;
	struct fa_opening *items; /* by instance, then in the order of the catalogs */
	size_t count;
	void *memory; /* private to who made them */
};

/* A run that was asked what it saw of them. */
struct fa_usage_run {
	int64_t id;
	int64_t first_ns, last_ns; /* packet time; 0: no packet */
	const char *confidence;	   /* "high", "medium", "low", "none" */
	const char *why;	   /* the measurements behind it */
	bool ended_well;
	bool other_site; /* the file of the site was another version of it */
};

/* What the runs saw of the rule of an opening at its instance. */
struct fa_use {
	size_t observable; /* in how many of the runs it could have been seen, or was */
	size_t seen;	   /* in how many it was */
	size_t refused;	   /* in how many it was tried, and never let in */
	int64_t last_seen_ns; /* end of the last run that saw it, also of those before; 0: none did */
	int64_t since_ns;     /* begin of the first run after that in which it was observable */
	const char *idle;     /* places where it was observable and never seen: "cr1, cr2" */
};

/* What was used of openings in the newest runs of one source. */
struct fa_usage {
	size_t asked; /* for how many runs */
	const char *source;
	const struct fa_usage_run *runs; /* oldest first; fewer than asked when there are no more */
	size_t run_count;
	const struct fa_use *uses; /* of each of the openings, by index */
	void *memory;		   /* private to who made it */
};

/* Whether the runs could have seen it, and nobody as much as tried. */
static inline bool fa_use_is_idle(const struct fa_use *use)
{
	return use->observable > 0 && use->seen == 0 && use->refused == 0;
}

#endif
