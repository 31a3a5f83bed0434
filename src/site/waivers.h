/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads a file of waivers (see flowaudit-waivers(5)). Reading is strict: nothing that is not
 * understood is passed over, and every mistake is told with file, line and column.
 */
#ifndef FA_SITE_WAIVERS_H
#define FA_SITE_WAIVERS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/rule.h"
#include "core/site.h"
#include "core/waiver.h"

/* Limits of ours: many times what anybody would look after. */
#define FA_WAIVERS_FILE_BYTES (1024 * 1024)
#define FA_WAIVERS_MAX	      4096

struct fa_waiver_options {
	const struct fa_site *site; /* whose roles may be named; NULL: none may */
	/*
	 * Names that the protocol detection knows. A waiver may use these, "Unknown", and the
	 * signatures of BOOK. NULL: names are not checked.
	 */
	const struct fa_strings *protocols;
	const struct fa_rulebook *book; /* may be NULL */
	/*
	 * The rulebook lacks products on purpose: waivers for instances that the site lacks are
	 * left out, and names of protocols are not checked.
	 */
	bool partial;
	/* Called for every mistake, with the whole message. May be NULL. */
	void (*error)(void *context, const char *message);
	void *error_context;
};

/*
 * Reads the file PATH. The site is borrowed and must outlive the waivers; so must nothing else.
 * A waiver is in force up to its expires_ns, the last nanosecond of its last day.
 *
 * 0 and waivers for fa_waivers_deinit; or a negative error, with OUT empty and all mistakes told:
 * FA_EFORMAT (mistakes in the file), FA_ENOENT, FA_EIO ..., FA_ENOMEM.
 */
int fa_waivers_load(const char *path, const struct fa_waiver_options *options,
		    struct fa_waivers *out);

/* The same from memory: LEN bytes, no final NUL needed; borrowed only during the call. */
int fa_waivers_parse(const char *name, const char *text, size_t len,
		     const struct fa_waiver_options *options, struct fa_waivers *out);

/* Frees everything the waivers hold and empties them. Also of waivers that are all zero. */
void fa_waivers_deinit(struct fa_waivers *waivers);

/* Whether both cover exactly the same, whatever their id, owner and expiry. */
bool fa_waivers_same(const struct fa_waiver *a, const struct fa_waiver *b);

#endif
