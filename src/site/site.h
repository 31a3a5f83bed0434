/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads a site file (see flowaudit-site(5)) into a checked, immutable struct fa_site, and binds the
 * rules of the catalogs to it. Reading is strict: nothing that is not understood is passed over,
 * and every mistake is told with file, line and column.
 */
#ifndef FA_SITE_SITE_H
#define FA_SITE_SITE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "core/policy.h"
#include "core/rule.h"
#include "core/site.h"

/* Limits on what a site may hold. Ours: many times what a real one needs. */
#define FA_SITE_FILE_BYTES    ((size_t)4 * 1024 * 1024)
#define FA_SITE_SYSTEMS_BYTES ((size_t)512 * 1024 * 1024)
#define FA_SITE_INSTANCES_MAX 256
#define FA_SITE_PLACES_MAX    262144 /* with named hosts and networks spelled out */

struct fa_site_options {
	/* The rulebook lacks products on purpose: instances of unknown ones are left out. */
	bool partial;
	/* Called for every mistake, with the whole message. May be NULL. */
	void (*error)(void *context, const char *message);
	void *error_context;
};

/* A site in memory; borrowed during the call. */
struct fa_site_text {
	const char *name; /* stands for its path */
	const char *text; /* no final NUL needed */
	size_t len;
	const char *systems; /* the list of autonomous systems; NULL: there is none */
	size_t systems_len;
};

/*
 * Reads a site for the products of BOOK, which must outlive it.
 *
 * 0 and a site for fa_site_deinit; or a negative error, with OUT empty and all mistakes told:
 * FA_EFORMAT (mistakes in a file), FA_ENOENT, FA_EIO ..., FA_ENOMEM.
 */
int fa_site_load(const char *path, const struct fa_rulebook *book,
		 const struct fa_site_options *options, struct fa_site *out);

/* The same from memory. */
int fa_site_parse(const struct fa_site_text *text, const struct fa_rulebook *book,
		  const struct fa_site_options *options, struct fa_site *out);

/* Frees everything the site holds and empties it. */
void fa_site_deinit(struct fa_site *site);

/*
 * Binds the rules of BOOK to the instances of SITE (read with this BOOK); both must outlive the
 * policy. A rule binds to an instance when its own side is placed there: one of its roles at least
 * has addresses, names, or "any". Own are the "to" roles of inbound rules, the "from" roles of
 * outbound ones, either of the others. Rules of a catalog that holds everywhere bind to anybody
 * when no instance has them. 0 or FA_ENOMEM; fa_policy_deinit gives everything back.
 */
int fa_site_bind(const struct fa_site *site, const struct fa_rulebook *book,
		 struct fa_policy *policy);

#endif
