/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps that several commands share. All of them say what went wrong. */
#ifndef FA_CMD_COMMON_H
#define FA_CMD_COMMON_H

#include "cmd/options.h"
#include "core/history.h"
#include "core/policy.h"
#include "core/waiver.h"
#include "report/report.h"
#include "store/store.h"

/* Loads the catalogs that OPTIONS ask for, with protocol names checked. 0 or an error, said. */
int fa_load_rulebook(const struct fa_options *options, struct fa_rulebook *book);

/* Where the catalogs are when OPTIONS name none, into PATH. False when they are not there. */
bool fa_rules_path(const struct fa_options *options, char *path, size_t size);

/*
 * Binds BOOK, which must outlive POLICY, to the site that OPTIONS name, or to anybody. 0 or an
 * error, said.
 */
int fa_load_policy(const struct fa_options *options, const struct fa_rulebook *book,
		   struct fa_policy *policy);

/* Loads exactly these files and folders. */
int fa_load_rulebook_from(const char *const *paths, size_t count, const struct fa_options *options,
			  struct fa_rulebook *book);

/*
 * Loads the file of waivers PATH for a policy that fa_load_policy made and that must outlive them.
 * 0 or an error, said.
 */
int fa_load_waivers(const struct fa_options *options, const struct fa_policy *policy,
		    const char *path, struct fa_waivers *waivers);

/* Opens the database for reading. 0 or an error, said. */
int fa_open_history(const struct fa_options *options, struct fa_store **store,
		    struct fa_history *history);

/*
 * Reads TEXT as people name a finding: "12.3" is finding 3 of run 12; "3" of the run of --run, or
 * of the newest, which is *RUN 0. COMMAND is for the message. 0 or FA_EINVAL, said.
 */
int fa_parse_finding(const struct fa_options *options, const char *command, const char *text,
		     int64_t *run, int64_t *number);

/* How reports shall look. */
struct fa_report_options fa_report_options_of(const struct fa_options *options, FILE *out);

/*
 * Calls WRITE with the stream that --output asks for and puts the file in place when it succeeds.
 * 0 or an error, said.
 */
int fa_with_output(const struct fa_options *options,
		   int (*write)(FILE *out, void *context, struct fa_diag *diag), void *context);

/* Exit status of a finished report under --fail-on. RUN 0: the newest. */
int fa_exit_status(const struct fa_options *options, const struct fa_history *history,
		   int64_t run);

#endif
