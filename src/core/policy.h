/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is expected here: the rules bound to a site, and which of them claim a port. Without a site
 * every rule is bound once, to anybody. Immutable once made; may be read by many threads.
 */
#ifndef FA_CORE_POLICY_H
#define FA_CORE_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "core/rule.h"
#include "core/site.h"

/* Who may be at one end of a rule. */
struct fa_end {
	const struct fa_site_role *const *roles; /* those with places, included roles too */
	size_t count;
	size_t direct; /* the first of them: roles that the rule names; the others are included */
	bool anybody;  /* one of the roles is "any" */
	bool unplaced; /* one of them is not placed, or there is no site: anybody may be it */
};

/* A rule as it holds for one instance of its product. */
struct fa_binding {
	const struct fa_rule *rule;
	const struct fa_instance *instance; /* NULL: no site, or a catalog that holds everywhere */
	struct fa_port_ranges ports;	    /* that match; empty: none is known, or dynamic */
	struct fa_port_ranges increments;   /* that it goes to when `ports` are taken */
	bool ports_of_site;		    /* a parameter or an override of the site chose them */
	struct fa_strings hosts;	    /* destination names in force; empty: not restricted */
	struct fa_end client, server;	    /* from, to */
	size_t index;			    /* position in fa_policy.bindings */
};

/* How a port is claimed; the better first. */
enum fa_claim {
	FA_CLAIM_DOCUMENTED,
	FA_CLAIM_INCREMENTED, /* `increments` of a port that counts up when it is taken */
	FA_CLAIM_CORRECTED    /* only the correction of the rule has it */
};

struct fa_candidate {
	const struct fa_binding *binding;
	enum fa_claim claim;
	uint32_t range_size; /* ports in the matching range: 1 is exact */
};

struct fa_policy {
	const struct fa_rulebook *book;
	const struct fa_site *site;	    /* NULL: none */
	const struct fa_binding *bindings;  /* by rule, then by instance */
	size_t count;
	struct fa_port_index *index;	    /* private */
	void *memory;			    /* private to who made it */
	void (*free_memory)(void *memory);
};

/*
 * Binds every rule to anybody. BOOK is borrowed and must outlive the policy. 0 or FA_ENOMEM;
 * fa_policy_deinit gives everything back.
 */
int fa_policy_from_rulebook(struct fa_policy *policy, const struct fa_rulebook *book);

/*
 * For makers of policies: indexes the ports when book, site, bindings, count and memory are set.
 * 0 or FA_ENOMEM.
 */
int fa_policy_index(struct fa_policy *policy);

/* Also of a policy that is all zero. */
void fa_policy_deinit(struct fa_policy *policy);

/*
 * The bindings whose ports, or the ports of their correction, hold PORT on the transport, most
 * specific first (narrower range first, then by rule id and instance). Bindings of dynamic rules
 * are never among them. ICMP has no ports: all of the transport then. *OUT is borrowed; returns
 * how many. Pure.
 */
size_t fa_policy_candidates(const struct fa_policy *policy, uint8_t ip_protocol, uint16_t port,
			    const struct fa_candidate **out);

/* Whether any rule is bound to this port (same meaning, cheaper: a bitmap). */
struct fa_port_set {
	uint8_t tcp[8192];
	uint8_t udp[8192];
	uint8_t sctp[8192];
};
void fa_port_set_fill(struct fa_port_set *set, const struct fa_policy *policy);
/* False for other transports, ICMP too: they have no ports. */
bool fa_port_set_has(const struct fa_port_set *set, uint8_t ip_protocol, uint16_t port);

/* How an address fits an end of a rule. */
enum fa_end_fit {
	FA_END_FITS,   /* it has one of the roles */
	FA_END_OPEN,   /* it has none that is placed, but anybody may have one of them */
	FA_END_DIFFERS /* it has none of them */
};

/* *PLACE, when not NULL, gets the place that FITS, else NULL. Host names of places fit nobody. */
enum fa_end_fit fa_end_fits(const struct fa_end *end, const struct fa_addr *addr,
			    const struct fa_place **place);

/* Whether PLACE, which fits END, is of a role that the rule names, not of an included one. */
bool fa_end_is_direct(const struct fa_end *end, const struct fa_place *place);

#endif
