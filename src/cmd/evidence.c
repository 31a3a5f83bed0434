/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flowaudit evidence: the packets behind a finding, cut from the captures that a run has read. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/slots.h"
#include "base/text.h"
#include "base/time.h"
#include "cmd/common.h"
#include "cmd/crash.h"
#include "pipeline/cut.h"

/* A finding, and what it takes to cut its packets. */
struct evidence {
	const struct fa_options *options;
	const struct fa_history *history;
	struct fa_stored_run run;
	int64_t number;
	struct fa_wanted *wanted;
	char **inputs; /* owned, where they are now */
	size_t input_count, input_room;
	size_t stored_count; /* of the run */
	size_t gone_count;   /* of those */
	bool live;	     /* they are what the run has kept of what it saw */
	struct fa_cut_result result;
	struct fa_diag *diag;
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/*
 * Where a stored file is now, as heap text: what --input says, else where it was. NULL: no memory.
 * The only file of a run may have any name now; others are known by theirs.
 */
static char *place_of(const struct evidence *evidence, const struct fa_input_file *file)
{
	const struct fa_option_list *given = &evidence->options->inputs;
	bool only = evidence->stored_count == 1 && given->count == 1;
	char *path;

	for (size_t i = 0; i < given->count; i++) {
		const char *item = given->items[i];

		if (is_folder(item)) {
			if (asprintf(&path, "%s/%s", item, base_name(file->path)) < 0)
				return NULL;
			if (access(path, F_OK) == 0)
				return path;
			free(path);
		} else if (only || strcmp(base_name(item), base_name(file->path)) == 0) {
			return strdup(item);
		}
	}
	return strdup(file->path);
}

static int64_t changed_ns(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * FA_NS_PER_SECOND + st->st_mtim.tv_nsec;
}

static int check_status(const struct evidence *evidence, const struct fa_input_file *file,
			const struct stat *st, const char *safe, bool moved)
{
	bool same_size = file->bytes == 0 || (uint64_t)st->st_size == file->bytes;
	const char *did = evidence->live ? "wrote" : "read";

	if (!S_ISREG(st->st_mode))
		return fa_fail(evidence->diag, FA_EUNSUPPORTED,
			       "%s is no regular file: what the run %s is gone; if there is a "
			       "copy, name it with --input FILE",
			       safe, evidence->live ? "wrote there" : "read from it");
	if (moved && !same_size)
		return fa_fail(evidence->diag, FA_EFORMAT,
			       "%s, named with --input, is not what the run %s: it has %lld bytes, "
			       "and that had %" PRIu64,
			       safe, did, (long long)st->st_size, file->bytes);
	if (!same_size)
		return fa_fail(evidence->diag, FA_EFORMAT,
			       "%s has changed: %lld bytes, and it had %" PRIu64 " when the run "
			       "%s it; if that file is elsewhere, say where with --input PATH",
			       safe, (long long)st->st_size, file->bytes, did);
	if (file->bytes != 0 && !moved && changed_ns(st) != file->mtime_ns)
		fa_log_warn("%s was written to since the run %s it; it has the same size", safe,
			    did);
	return 0;
}

/* Whether PATH still is what the run read, or wrote. */
static int check_file(const struct evidence *evidence, const struct fa_input_file *file,
		      const char *path)
{
	bool moved = strcmp(path, file->path) != 0;
	char safe[512];
	struct stat st;

	fa_text_safe(path, strlen(path), safe, sizeof(safe));
	if (strcmp(path, "-") == 0)
		return fa_fail(evidence->diag, FA_ENOENT,
			       "run %" PRId64 " read standard input, which is gone; if there is a "
			       "copy of it, name it with --input FILE",
			       evidence->run.id);
	if (stat(path, &st) == 0)
		return check_status(evidence, file, &st, safe, moved);
	if (moved)
		return fa_fail(evidence->diag, fa_error_from_errno(errno),
			       "%s, named with --input, cannot be opened: %s", safe,
			       strerror(errno));
	return fa_fail(evidence->diag, fa_error_from_errno(errno),
		       "%s, which the run %s, cannot be opened: %s; if it has moved, say where it "
		       "is with --input PATH",
		       safe, evidence->live ? "wrote" : "has read", strerror(errno));
}

/* A capture is not given up for a part of it; links to it are it. */
static int check_output(const struct evidence *evidence, const char *path)
{
	const char *output = evidence->options->output;
	char safe[512];
	struct stat in;
	struct stat out;

	if (strcmp(output, "-") == 0 || stat(output, &out) != 0 || stat(path, &in) != 0 ||
	    in.st_dev != out.st_dev || in.st_ino != out.st_ino)
		return 0;
	fa_text_safe(output, strlen(output), safe, sizeof(safe));
	return fa_fail(evidence->diag, FA_EINVAL,
		       "%s is a capture that the run has read: name another file with -o", safe);
}

/* Files of a live run go when newer ones need their room. */
static bool has_made_room(const struct evidence *evidence, const char *path)
{
	return evidence->live && access(path, F_OK) != 0 && errno == ENOENT;
}

static int take_input(void *arg, const struct fa_input_file *file)
{
	struct evidence *evidence = arg;
	void *items = evidence->inputs;
	char *path;
	int error;

	if (!fa_array_reserve(&items, &evidence->input_room, evidence->input_count + 1,
			      sizeof(*evidence->inputs)))
		return fa_fail(evidence->diag, FA_ENOMEM, "no memory");
	evidence->inputs = items;
	path = place_of(evidence, file);
	if (path == NULL)
		return fa_fail(evidence->diag, FA_ENOMEM, "no memory");
	if (has_made_room(evidence, path)) {
		evidence->gone_count++;
		free(path);
		return 0;
	}
	evidence->inputs[evidence->input_count++] = path;
	error = check_file(evidence, file, path);
	return error != 0 ? error : check_output(evidence, path);
}

static int count_input(void *arg, const struct fa_input_file *file)
{
	(void)file;
	++*(size_t *)arg;
	return 0;
}

static int has_no_inputs(const struct evidence *evidence)
{
	if (evidence->live)
		return fa_fail(evidence->diag, FA_ENOENT,
			       "run %" PRId64 " was captured live, and no packets of it were kept: "
			       "flowaudit capture --save-findings DIR keeps those of findings",
			       evidence->run.id);
	return fa_fail(evidence->diag, FA_ENOENT,
		       "run %" PRId64 " does not say which files it has read: it was made by an "
		       "older version",
		       evidence->run.id);
}

static int find_inputs(struct evidence *evidence)
{
	const struct fa_history *history = evidence->history;
	int error = history->each_input(history->context, evidence->run.id, count_input,
					&evidence->stored_count, evidence->diag);

	if (error == 0 && evidence->stored_count == 0)
		error = has_no_inputs(evidence);
	if (error == 0)
		error = history->each_input(history->context, evidence->run.id, take_input,
					    evidence, evidence->diag);
	if (error != 0 || evidence->gone_count == 0)
		return error;
	if (evidence->input_count == 0)
		return fa_fail(evidence->diag, FA_ENOENT,
			       "the packets that run %" PRId64 " has kept are gone: newer ones "
			       "took their place (see --save-limit), or they have moved: say where "
			       "they are with --input PATH",
			       evidence->run.id);
	fa_log_warn("%zu of the %zu files with packets of run %" PRId64 " are gone; if they have "
		    "moved, say where they are with --input PATH",
		    evidence->gone_count, evidence->stored_count, evidence->run.id);
	return 0;
}

static int take_part(void *arg, const struct fa_finding_part *part)
{
	struct evidence *evidence = arg;

	return fa_wanted_add(evidence->wanted, part) == 0
		       ? 0
		       : fa_fail(evidence->diag, FA_ENOMEM, "no memory for the conversations");
}

static int find_conversations(struct evidence *evidence)
{
	const struct fa_history *history = evidence->history;

	if (fa_wanted_new(&evidence->wanted) != 0)
		return fa_fail(evidence->diag, FA_ENOMEM, "no memory for the conversations");
	/* What a live run keeps has neither tunnels nor tags any more. */
	if (evidence->live)
		fa_wanted_ignore_tunnels(evidence->wanted);
	else if (evidence->run.info.wire.key_vlan)
		fa_wanted_key_vlan(evidence->wanted);
	return history->conversations_of_finding(history->context, evidence->run.id,
						 evidence->number, take_part, evidence,
						 evidence->diag);
}

static int write_packets(FILE *out, void *context, struct fa_diag *diag)
{
	struct evidence *evidence = context;
	const struct fa_cut cut = {
		.inputs = (const char *const *)evidence->inputs,
		.input_count = evidence->input_count,
		.filter = evidence->live ? NULL : evidence->run.info.filter, /* was applied then */
		.kept = evidence->live,
		.wire = &evidence->run.info.wire,
		.link_type = evidence->options->link_type,
		.max_packets = evidence->options->max_packets,
		.out = out,
	};

	return fa_cut_packets(&cut, evidence->wanted, &evidence->result, diag);
}

static void tell(const struct evidence *evidence)
{
	const struct fa_cut_result *result = &evidence->result;
	size_t conversations = fa_wanted_count(evidence->wanted);

	fa_log_note("%" PRIu64 " packet%s of %zu conversation%s%s%s", result->packets,
		    result->packets == 1 ? "" : "s", conversations, conversations == 1 ? "" : "s",
		    result->stopped ? ", and there are more: see --max-packets" : "",
		    evidence->live ? "; of a live run the first ones of each flow are kept" : "");
}

static int cut_evidence(struct evidence *evidence, int64_t run)
{
	const struct fa_history *history = evidence->history;
	int error = history->run(history->context, run, &evidence->run, evidence->diag);

	evidence->live = error == 0 && evidence->run.info.kind == FA_RUN_LIVE;
	if (error == 0)
		error = find_conversations(evidence);
	if (error == 0)
		error = find_inputs(evidence);
	if (error != 0) {
		fa_log_error("evidence: %s", evidence->diag->text);
		return error;
	}
	error = fa_with_output(evidence->options, write_packets, evidence);
	if (error == 0)
		tell(evidence);
	return error;
}

static int run_evidence(const struct fa_options *options, const char *finding)
{
	struct fa_store *store = NULL;
	struct fa_history history;
	struct fa_diag diag = {{0}};
	struct evidence evidence = {.options = options, .history = &history, .diag = &diag};
	int64_t run;
	int error = fa_parse_finding(options, "evidence", finding, &run, &evidence.number);

	if (error == 0)
		error = fa_open_history(options, &store, &history);
	if (error == 0)
		error = cut_evidence(&evidence, run);
	for (size_t i = 0; i < evidence.input_count; i++)
		free(evidence.inputs[i]);
	free(evidence.inputs);
	fa_wanted_free(evidence.wanted);
	fa_store_close(store);
	return error;
}

/* A finding, or a crash; what is said of captures is of no use to the latter. */
static bool is_one_wish(const struct fa_options *options, int findings)
{
	if (findings != (options->crash == 0)) {
		fa_log_error(options->crash != 0
				     ? "evidence: a finding or --crash, one of them"
				     : "evidence: needs one finding, e.g. flowaudit evidence 12.3 "
				       "-o f.pcap");
		return false;
	}
	if (options->crash != 0 && (options->inputs.count > 0 || options->max_packets != 0 ||
				    options->link_type != FA_ANY_LINK_TYPE)) {
		fa_log_error("evidence: --crash is one packet, of the database: without --input, "
			     "--max-packets and --link-type");
		return false;
	}
	return true;
}

int fa_cmd_evidence(int argc, char **argv)
{
	struct fa_options options;
	int first;
	int status = fa_options_parse(fa_command_find("evidence"), argc, argv, &options, &first);

	if (status != FA_GO_ON)
		return status;
	if (!is_one_wish(&options, argc - first))
		return FA_EXIT_FAILED;
	if (strcmp(options.output, "-") == 0 && isatty(STDOUT_FILENO)) {
		fa_log_error("evidence: a capture is nothing for a terminal: name a file with -o");
		return FA_EXIT_FAILED;
	}
	if (options.crash != 0)
		return fa_evidence_crash(&options) == 0 ? FA_EXIT_CLEAN : FA_EXIT_FAILED;
	return run_evidence(&options, argv[first]) == 0 ? FA_EXIT_CLEAN : FA_EXIT_FAILED;
}
