/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What learning and its writer share. Not for other folders. */
#ifndef FA_SITE_LEARN_INTERNAL_H
#define FA_SITE_LEARN_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "core/flow.h"
#include "core/rule.h"

/* Services of one host; what more there is, is not looked at. */
#define FA_LEARNED_SERVICES 256

/* One port of a host, and what it spoke. */
struct fa_learned_service {
	uint8_t transport;
	uint16_t port;
	char protocol[FA_PROTOCOL_TEXT];
	char application[FA_PROTOCOL_TEXT];
};

/* Some of the services of a host. */
struct fa_learned_set {
	uint64_t bits[FA_LEARNED_SERVICES / 64];
};

/* Ports of a role; more than any catalog gives to one. */
#define FA_LEARNED_PORTS 64

struct fa_learned_ports {
	struct fa_port_range items[FA_LEARNED_PORTS];
	size_t count;
};

/* A host looks as if it had a role. */
struct fa_learned_guess {
	struct fa_addr host;
	const struct fa_product *product;
	const struct fa_role *role;
	const struct fa_parameter *parameter; /* that moves the ports; NULL: they are not moved */
	uint32_t offset;		      /* by so much */
	/* Of the rows that name the role, by port. */
	struct fa_learned_ports served;	 /* with a protocol that the row names */
	struct fa_learned_ports unnamed; /* served, but the row names no protocol */
	struct fa_learned_ports missing; /* not seen */
	struct fa_learned_ports inherited; /* served, of rows that name a role that includes it */
	struct fa_learned_set services;	 /* that speak for it: served and inherited */
	unsigned rivals;		 /* roles that the same ports speak for */
	bool explained;			 /* another role explains these ports, and more */
	bool elsewhere; /* more of the host's ports speak for another offset of the product */
};

/* Hosts that are named in a comment; more are counted. */
#define FA_LEARNED_HOSTS 24

struct fa_learned_hosts {
	struct fa_addr shown[FA_LEARNED_HOSTS];
	struct fa_addr last;
	size_t count; /* may be more than are shown */
};

/* Guesses that are true of all of these hosts, if one of them is. */
struct fa_learned_open {
	struct fa_learned_guess *options;
	size_t option_count;
	struct fa_learned_hosts hosts;
};

/* A documented port that was the only one of its roles at these hosts. */
struct fa_learned_weak {
	struct fa_port_range port;
	struct {
		const struct fa_product *product;
		const struct fa_role *role;
	} roles[FA_LEARNED_HOSTS];
	size_t role_count;
	struct fa_learned_hosts hosts;
};

/* A role that stands uncommented. */
struct fa_learned_place {
	struct fa_learned_guess guess;
	size_t name; /* the host has several: its number among such hosts; 0: it has one */
};

struct fa_learning {
	const struct fa_rulebook *book;
	struct fa_addr host; /* being looked at */
	struct fa_learned_service *services;
	size_t service_count;
	struct fa_learned_guess *guesses; /* of this host */
	size_t guess_count, guess_room;
	struct fa_learned_place *places;
	size_t place_count, place_room;
	struct fa_learned_open *open;
	size_t open_count, open_room;
	struct fa_learned_weak *weak;
	size_t weak_count, weak_room;
	bool is_full; /* there were more than are kept */
};

/* Ports that have to speak for a role before it stands uncommented. */
#define FA_LEARNED_ENOUGH 2

bool fa_learned_is_sure(const struct fa_learned_guess *guess);

/* Several ports speak for it, but not for it alone. */
bool fa_learned_is_open(const struct fa_learned_guess *guess);

/* Whether two guesses belong into one instance. */
bool fa_learned_same_instance(const struct fa_learned_guess *a, const struct fa_learned_guess *b);

#endif
