/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A live capture: packets from interfaces, judged window by window, for weeks.
 *
 *   supervisor: capture threads ──packets──▶ worker i ──conversations──▶ auditor ──▶ database
 *               and one thread that watches, counts, and ends windows
 */
#ifndef FA_PIPELINE_LIVE_H
#define FA_PIPELINE_LIVE_H

#include "core/policy.h"
#include "core/waiver.h"
#include "pipeline/job.h"

/* What a run is judged with, as files said when they were read. */
struct fa_live_basis {
	const struct fa_policy *policy;
	const struct fa_waivers *waivers; /* NULL: none */
	void *handle;			  /* for unload */
};

/* What only a live capture has; the rest stands in struct fa_job, whose inputs are interfaces. */
struct fa_live {
	int snap_bytes;
	uint64_t buffer_bytes; /* of the kernel, for each interface */
	bool promiscuous;
	const char *user; /* to become; NULL: the owner of the folder of the database */
	int64_t rotate_ns;		/* a run ends at each multiple of it; 0: never */
	int64_t retain_ns, rollup_ns;	/* see store/prune.h; 0: never */
	const char *events;		/* file, "unix:PATH" or "-"; NULL: none */
	const char *metrics;		/* file; NULL: none */
	const char *spool;		/* folder; NULL: none */
	uint64_t spool_bytes;		/* limit */
	const char *save_findings;	/* folder; NULL: packets are not kept */
	uint64_t save_bytes;		/* limit */
	unsigned keep_packets;		/* of each flow, with save_findings */
	bool status;			/* a line on the terminal */
	const char *output;		/* file that the first process writes at the end; NULL */
	const char *const *readable;	/* files and folders that a reload reads */
	size_t readable_count;
	/* Reads catalogs, site and waivers again: everything or, with a message, nothing. */
	int (*load)(void *context, struct fa_live_basis *out, struct fa_diag *diag);
	void (*unload)(void *context, struct fa_live_basis *basis);
	void *context;
};

/*
 * Captures until a signal asks for the end, then stores everything. 0, or an error with its message;
 * what was committed stays.
 */
int fa_live_run(const struct fa_job *job, struct fa_job_result *result, struct fa_diag *diag);

#endif
