/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What stands where: what src/site builds and audit, store and report read. All strings and arrays
 * belong to the struct fa_site; nothing changes after loading.
 */
#ifndef FA_CORE_SITE_H
#define FA_CORE_SITE_H

#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "core/rule.h"

/* One entry of a role: a prefix (a single address is the longest one) or a host name. */
struct fa_place {
	const char *label; /* as the site says it: "am1", "office", "10.0.1.9", "gw.example.org" */
	struct fa_prefix prefix; /* version 0: a host name */
	const char *host;	 /* NULL: a prefix */
};

enum fa_placing {
	FA_UNPLACED, /* the site is silent: anybody may be it, and verdicts say so */
	FA_ANYBODY,  /* "any" */
	FA_NOBODY,   /* "none" */
	FA_PLACED
};

/* A role of an instance. */
struct fa_site_role {
	const struct fa_role *role;
	enum fa_placing placing;
	const struct fa_place *places; /* prefixes first, sorted by address and disjoint */
	size_t prefix_count;
	size_t place_count; /* with the host names that follow */
	unsigned line, column;
};

/* A parameter of an instance as it holds, set or by default. */
struct fa_setting {
	const struct fa_parameter *parameter;
	bool set;	  /* by the site */
	const char *text; /* "1", "us", "5000, 5001"; "" when nobody gave it a value */
	int64_t integer;	     /* INTEGER */
	const char *choice;	     /* CHOICE; NULL when nobody gave it a value */
	struct fa_port_ranges ports; /* PORT, PORTS; empty when nobody gave it a value */
};

/* A rule whose ports the site gives. */
struct fa_port_override {
	const struct fa_rule *rule;
	struct fa_port_ranges ports;
	unsigned line, column;
};

struct fa_instance {
	const char *name;
	const char *version; /* "" when the site does not say */
	const struct fa_product *product;
	const struct fa_setting *settings; /* one for each parameter of the product, in its order */
	const struct fa_site_role *roles;  /* one for each role of the product, in its order */
	const struct fa_port_override *overrides;
	size_t override_count;
	unsigned line, column;
	size_t index; /* position in fa_site.instances */
};

/* A prefix that an autonomous system announces. */
struct fa_as_prefix {
	struct fa_prefix prefix;
	uint32_t asn;
};

/* Sorted by address, shorter prefixes first; those of rules' systems and what lies within them. */
struct fa_as_list {
	const struct fa_as_prefix *items;
	size_t count;
};

struct fa_site {
	const char *name;
	const char *file;
	uint64_t digest; /* of the file's bytes */
	const struct fa_instance *instances;
	size_t instance_count;
	const char *as_file; /* NULL: no list of prefixes was given */
	struct fa_as_list systems;
	void *arena; /* private to src/site */
};

/* The place of ROLE that holds ADDR (host names hold none), or NULL. */
const struct fa_place *fa_site_role_place(const struct fa_site_role *role,
					  const struct fa_addr *addr);

/* The system of the longest prefix that holds ADDR, 0 when the list has none. */
uint32_t fa_as_of(const struct fa_as_list *systems, const struct fa_addr *addr);

#endif
