/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flowaudit evidence --crash: a packet that a worker of a live run died of, out of the database. */
#include "cmd/crash.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "capture/writer.h"
#include "cmd/common.h"

/* DLT_RAW (pcap-linktype(7)), in files LINKTYPE_RAW: IP without a link. */
enum { RAW_LINK = 12 };

struct evidence {
	const struct fa_options *options;
	const struct fa_history *history;
	struct fa_stored_run run;
	struct fa_crash crash; /* n 0: not found */
	uint8_t *bytes;	       /* of its packet */
	struct fa_diag diag;
};

static int take_crash(void *arg, const struct fa_crash *crash)
{
	struct evidence *evidence = arg;

	if (crash->n != evidence->options->crash)
		return 0;
	evidence->crash = *crash;
	if (crash->captured == 0)
		return 0;
	evidence->bytes = malloc(crash->captured);
	if (evidence->bytes == NULL)
		return fa_fail(&evidence->diag, FA_ENOMEM, "no memory for a packet");
	memcpy(evidence->bytes, crash->bytes, crash->captured);
	evidence->crash.bytes = evidence->bytes;
	return 0;
}

static int find_crash(struct evidence *evidence)
{
	const struct fa_history *history = evidence->history;
	int64_t run = evidence->options->run;
	int error = history->run(history->context, run, &evidence->run, &evidence->diag);

	if (error == 0)
		error = history->each_crash(history->context, evidence->run.id, take_crash,
					    evidence, &evidence->diag);
	if (error != 0 || evidence->crash.captured > 0)
		return error;
	run = evidence->run.id;
	if (evidence->crash.n != 0)
		return fa_fail(&evidence->diag, FA_ENOENT,
			       "of crash %" PRIu32 " of run %" PRId64 " no packet was kept",
			       evidence->crash.n, run);
	if (evidence->run.info.kind != FA_RUN_LIVE)
		return fa_fail(&evidence->diag, FA_ENOENT,
			       "run %" PRId64 " read captures: packets that workers died of are "
			       "kept of live runs",
			       run);
	return fa_fail(&evidence->diag, FA_ENOENT,
		       "run %" PRId64 " has no crash %" PRIu32 ": it has %" PRIu64, run,
		       evidence->options->crash, evidence->run.crashes);
}

static int write_packet(FILE *out, void *context, struct fa_diag *diag)
{
	const struct fa_crash *crash = &((struct evidence *)context)->crash;
	const struct fa_frame frame = {
		.ts_ns = crash->ts_ns,
		.data = crash->bytes,
		.captured = crash->captured,
		.wire = crash->ip_bytes > crash->captured ? crash->ip_bytes : crash->captured,
		.link_type = RAW_LINK,
	};
	struct fa_writer *writer = NULL;
	int error = fa_writer_open(&writer, out, RAW_LINK, true, diag);

	if (error == 0)
		error = fa_writer_frame(writer, &frame, diag);
	fa_writer_free(writer);
	return error;
}

static void tell(const struct fa_crash *crash)
{
	char how[64] = "hung";

	if (crash->signal != 0)
		snprintf(how, sizeof(how), "died of signal %" PRId32 " (%.30s)", crash->signal,
			 strsignal(crash->signal));
	fa_log_note("packet %" PRIu64 ", on which worker %" PRIu32 " %s: %" PRIu32 " of %" PRIu32
		    " bytes, from its IP header on",
		    crash->number, crash->worker, how, crash->captured, crash->ip_bytes);
}

int fa_evidence_crash(const struct fa_options *options)
{
	struct fa_store *store = NULL;
	struct fa_history history;
	struct evidence evidence = {.options = options, .history = &history};
	int error = fa_open_history(options, &store, &history);

	if (error == 0) {
		error = find_crash(&evidence);
		if (error != 0)
			fa_log_error("evidence: %s", evidence.diag.text);
	}
	if (error == 0)
		error = fa_with_output(options, write_packet, &evidence);
	if (error == 0)
		tell(&evidence.crash);
	free(evidence.bytes);
	fa_store_close(store);
	return error;
}
