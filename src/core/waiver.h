/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Findings that a named owner accepted until a date: what src/site reads and audit applies. */
#ifndef FA_CORE_WAIVER_H
#define FA_CORE_WAIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "core/rule.h"
#include "core/site.h"

/* Who a waiver is for, at one end. */
enum fa_waiver_who { FA_WAIVES_ANY, FA_WAIVES_PREFIX, FA_WAIVES_ROLE, FA_WAIVES_HOST };

struct fa_waiver_end {
	enum fa_waiver_who who;
	struct fa_prefix prefix;	  /* PREFIX */
	const struct fa_site_role *role;  /* ROLE: of an instance of the site */
	const char *host;		  /* HOST: the name asked for; servers only */
	const char *text;		  /* as the file says it */
};

struct fa_waiver {
	const char *id;
	const char *owner, *reason;
	const char *ticket;  /* "" when none */
	const char *expires; /* "YYYY-MM-DD": the last day it is in force */
	int64_t expires_ns;  /* the end of that day, UTC */
	struct fa_waiver_end client, server;
	unsigned transports;	     /* FA_RULE_TCP ...; 0: any */
	struct fa_port_ranges ports; /* of the server; empty: any */
	const char *protocol;	     /* master or application; NULL: any */
	const char *transport_text, *port_text; /* as the file says it, "any" */
	bool broad;		     /* covers more than one would look at: see flowaudit-waivers(5) */
	unsigned line, column;
	size_t index; /* position in fa_waivers.items */
};

struct fa_waivers {
	const struct fa_waiver *items; /* in the order of the file; the first that covers counts */
	size_t count;
	const char *file;
	uint64_t digest;
	void *arena; /* private to src/site */
};

#endif
