/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Openings as a packet filter has them: sets of addresses, and rules that are there once whatever
 * the number of documents that ask for them. Private to src/report.
 */
#ifndef FA_REPORT_EXPORT_RULES_H
#define FA_REPORT_EXPORT_RULES_H

#include "core/opening.h"

/* Anybody, in place of a set. */
#define FA_EXPORT_ANYBODY SIZE_MAX

/* Longest name of a set without its ending. The kernel takes 255 bytes (NFT_SET_MAXNAMELEN). */
#define FA_EXPORT_NAME 160

/* The addresses of one end, and of every other end of the instance that has the same. */
struct fa_export_set {
	const struct fa_instance *instance;
	char name[FA_EXPORT_NAME]; /* without "_4" or "_6" */
	const char **roles;	   /* all that it stands for */
	size_t role_count, role_room;
	const struct fa_opening_addr *addrs; /* IPv4 first */
	size_t count;
	size_t count4; /* of them IPv4 */
};

/* One rule of the filter: all openings between two sets on these ports. */
struct fa_export_rule {
	size_t client, server;	     /* sets, or FA_EXPORT_ANYBODY */
	unsigned transport;	     /* index, see fa_rule_transport_text */
	struct fa_port_range *ports; /* sorted; none: the transport has no ports */
	size_t port_count, port_room;
	size_t *openings; /* that ask for it, ascending */
	size_t opening_count;
	bool discouraged; /* by every one of them */
};

struct fa_export_rules {
	struct fa_export_set *sets;
	size_t set_count, set_room;
	struct fa_export_rule *rules; /* in the order of the first of their openings */
	size_t rule_count, rule_room;
};

/* Of the openings that can be opened. They are borrowed. 0 or FA_ENOMEM. */
int fa_export_rules_init(struct fa_export_rules *out, const struct fa_openings *openings);
void fa_export_rules_deinit(struct fa_export_rules *rules);

/* Whether the rule makes sense for addresses of this VERSION (4 or 6). */
bool fa_export_rule_has(const struct fa_export_rules *rules, const struct fa_export_rule *rule,
			unsigned version);

#endif
