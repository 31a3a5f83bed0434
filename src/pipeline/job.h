/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One audit: makes the processes and the rings between them, wires the stages, supervises, and
 * shuts down in order.
 *
 *   capture (this process) ──packets──▶ worker i ──conversations──▶ auditor ──▶ database
 *
 * With no workers every stage runs in this process, for debugging.
 */
#ifndef FA_PIPELINE_JOB_H
#define FA_PIPELINE_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "core/input.h"
#include "core/policy.h"
#include "core/run.h"
#include "flow/flows.h"

enum { FA_WORKERS_MAX = 64, FA_LANES_MAX = 16 };

struct fa_live;

struct fa_job {
	const char *const *inputs; /* files, folders, "-"; of a live capture: interfaces */
	size_t input_count;
	const char *filter;	   /* BPF, or NULL */
	struct fa_wire wire;	   /* how frames are taken apart */
	const char *database;
	const struct fa_policy *policy;
	const struct fa_waivers *waivers; /* NULL: none */
	unsigned workers;	   /* 0: one process */
	unsigned lanes;		   /* readers of packets, each with a ring to each worker: 1 */
	const struct fa_live *live; /* NULL: a replay */
	uint64_t max_memory_bytes; /* of all processes together, for tables and rings */
	struct fa_flow_options flow; /* max_flows is set from the memory limit */
	FILE *flows;		   /* per-flow records go here; NULL: none */
	const char *flows_name;	   /* for messages */
	bool sandbox;
	bool progress;		   /* a line on stderr while reading */
	const char *version;
	struct fa_input_files files; /* what inputs are: set by fa_job_run in its own copy */
};

struct fa_job_result {
	int64_t run; /* number in the database; 0 when none was begun */
	struct fa_run_totals totals;
};

/*
 * Runs it. 0; FA_EINTERRUPTED when a signal ended the reading (everything read is stored and the
 * result is valid); else an error with its message in DIAG.
 */
int fa_job_run(const struct fa_job *job, struct fa_job_result *result, struct fa_diag *diag);

/* What the database says of the job's runs. */
void fa_job_describe(const struct fa_job *job, struct fa_run_info *info);

#endif
