/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Command line options: a table of rows, read by one parser, printed by one help. */
#ifndef FA_CMD_OPTIONS_H
#define FA_CMD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cmd/command.h"
#include "core/verdict.h"
#include "core/wire.h"
#include "flow/flows.h"

enum { FA_LIST_MAX = 64 };

struct fa_option_list {
	const char *items[FA_LIST_MAX];
	size_t count;
};

/* Of a live capture. */
struct fa_live_settings {
	struct fa_option_list interfaces;
	unsigned threads;
	int snap_bytes;
	uint64_t buffer_bytes;
	bool no_promiscuous;
	const char *user;
	int64_t rotate_ns, retain_ns, rollup_ns; /* 0: never */
	const char *events, *metrics, *spool, *save_findings;
	uint64_t spool_bytes, save_bytes;
	unsigned keep_packets;
};

enum fa_color { FA_COLOR_AUTO, FA_COLOR_ALWAYS, FA_COLOR_NEVER };

/* Of runs prune. */
struct fa_prune_wish {
	int64_t older_than_ns, rollup_ns; /* 0: never */
	uint64_t keep;
	bool dry_run;
};

/* A time as it was written; TEXT NULL: none was. */
struct fa_drift_time {
	const char *text;
	int64_t ns;
};

/* Of drift, and of runs nights. */
struct fa_drift_wish {
	const char *against, *baseline; /* NULL: the night before */
	struct fa_drift_time from, to, since;
	int64_t shift_ns;   /* 0: as long as the time is */
	const char *source; /* NULL: that of the newest run */
	bool any_source;
	unsigned factor, expiring_days; /* 0: the defaults */
	int64_t max_age_ns; /* of the newest run; 0: by what is usual */
	bool fail_never, fail_by_level; /* else on any difference */
};

struct fa_options {
	const char *database;
	const char *database_default; /* what it is without --db */
	bool database_named; /* by --db */
	struct fa_option_list rules;
	struct fa_option_list products;
	bool no_infrastructure;
	const char *site;    /* NULL: none */
	const char *waivers; /* NULL: none */
	bool policy_drop;    /* of export: what no document has is dropped */
	size_t unused;	     /* of export: runs to ask what was used; 0: none */
	const char *protocol; /* that is supposed; NULL: none */
	const char *host;     /* that is asked for; NULL: none */
	const char *filter;
	unsigned workers;
	uint64_t max_memory_bytes;
	struct fa_flow_options flow;
	struct fa_wire wire;
	struct fa_live_settings live;
	const char *flows;
	const char *format;
	const char *output;
	const char *section; /* of csv and markdown; NULL: what is usual */
	int64_t run; /* 0: the newest */
	struct fa_option_list inputs; /* where captures are now */
	uint32_t crash;	      /* whose packet is wanted; 0: that of a finding */
	int link_type;	      /* negative: any */
	uint64_t max_packets; /* 0: all */
	int fail_on; /* number of verdicts of fa_fail_levels that fail; 0: none */
	struct fa_prune_wish prune;
	struct fa_drift_wish drift;
	bool remove_baseline;
	enum fa_color color;
	unsigned width; /* 0: default */
	bool all;
	bool quiet;
	bool no_sandbox;
};

/* fa_options_parse: go on with the command. */
enum { FA_GO_ON = -1 };

/*
 * Reads the options of COMMAND. FA_GO_ON: *FIRST is the index of the first argument that is no
 * option. Otherwise the exit status: help or version was printed, or what is wrong was said.
 */
int fa_options_parse(const struct fa_command *command, int argc, char **argv,
		     struct fa_options *options, int *first);

/* Whether the verdict counts as a failure under --fail-on. */
bool fa_fails_on(const struct fa_options *options, enum fa_verdict verdict);

/* Whether OUT should be coloured. */
bool fa_use_color(const struct fa_options *options, FILE *out);

#endif
