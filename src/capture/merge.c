/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The file source: inputs in the order of their first packets, merged by packet time.
 *
 * An input is pending until the merge reaches the time of its first packet; then it is active: its
 * next packet is in view, and it stands in a heap by the time of that packet. The last active
 * input runs without the heap.
 */
#include "capture/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/inputs.h"

struct file_source {
	struct fa_source base;
	struct fa_source_options options;
	char *filter; /* owned; options.filter points at it */
	struct fa_inputs inputs;
	struct fa_input_file *files; /* what inputs are, as they were named */
	size_t pending;		  /* inputs from here on are not active yet */
	struct fa_input **active; /* heap; room for all inputs */
	size_t active_count;
	bool overlap_told;
	bool has_nanoseconds;
	struct fa_origins origins;
	struct fa_noted noted;
	struct fa_inputs_shared shared; /* what the inputs need of these */
	uint64_t mended; /* packets put in order, of inputs that are finished */
	uint64_t done_bytes;  /* of inputs that are finished */
	uint64_t total_bytes; /* 0: unknown */
	struct fa_capture_counts counts;
};

static struct file_source *file_source_of(struct fa_source *source)
{
	return (struct file_source *)source; /* base is the first member */
}

static const struct file_source *const_file_source_of(const struct fa_source *source)
{
	return (const struct file_source *)source;
}

/* ------------------------------------------------------------------ heap */

static bool earlier(const struct fa_input *a, const struct fa_input *b)
{
	int64_t a_ns = fa_reader_time(a->reader);
	int64_t b_ns = fa_reader_time(b->reader);

	return a_ns != b_ns ? a_ns < b_ns : a->order < b->order;
}

static void sift_down(struct file_source *source, size_t at)
{
	struct fa_input **heap = source->active;
	struct fa_input *moving = heap[at];
	size_t child;

	while ((child = 2 * at + 1) < source->active_count) {
		if (child + 1 < source->active_count && earlier(heap[child + 1], heap[child]))
			child++;
		if (!earlier(heap[child], moving))
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = moving;
}

static void push(struct file_source *source, struct fa_input *input)
{
	struct fa_input **heap = source->active;
	size_t at = source->active_count++;

	while (at > 0 && earlier(input, heap[(at - 1) / 2])) {
		heap[at] = heap[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	heap[at] = input;
}

static void pop(struct file_source *source)
{
	source->active[0] = source->active[--source->active_count];
	if (source->active_count > 1)
		sift_down(source, 0);
}

/* ------------------------------------------------------- ends of an input */

static void count_begun(struct file_source *source, const struct fa_input *input)
{
	source->counts.files++;
	source->has_nanoseconds =
		source->has_nanoseconds || fa_reader_has_nanoseconds(input->reader);
}

/* INPUT is read as far as it can be. */
static void finish(struct file_source *source, struct fa_input *input)
{
	source->done_bytes +=
		input->regular ? input->size_bytes : fa_reader_consumed(input->reader);
	source->mended += fa_reader_mended(input->reader);
	input->finished = true;
	fa_input_close(input);
}

static void end_well(struct file_source *source, struct fa_input *input)
{
	if (fa_reader_packets(input->reader) == 0)
		fa_source_warn(&source->options, "%s: a capture without packets", input->label);
	finish(source, input);
}

/*
 * INPUT failed with ERROR and REASON. One that ends in the middle, or breaks after its first
 * packet, is told, counted and closed: 0. Anything else is an error: the result must not look like
 * that of an input without packets.
 */
static int break_off(struct file_source *source, struct fa_input *input, int error,
		     const struct fa_diag *reason, struct fa_diag *diag)
{
	unsigned long long packets = fa_reader_packets(input->reader);

	if (error == FA_EINTERRUPTED || (packets == 0 && error != FA_ETRUNCATED))
		return fa_fail(diag, error, "%s: %s", input->label, reason->text);
	if (error == FA_ETRUNCATED)
		fa_source_warn(&source->options, "%s: cut off after %llu packet%s: %s",
			       input->label, packets, packets == 1 ? "" : "s", reason->text);
	else
		fa_source_warn(&source->options, "%s: not read past packet %llu: %s", input->label,
			       packets, reason->text);
	source->counts.files_truncated++;
	finish(source, input);
	return FA_OK;
}

/* The next packet of INPUT into view. 1; 0: it ended or broke off, and is closed; or an error. */
static int advance(struct file_source *source, struct fa_input *input, struct fa_diag *diag)
{
	struct fa_diag reason = {.text = ""};
	int result = fa_reader_next(input->reader, &reason);

	if (result > 0)
		return result;
	if (result == 0)
		end_well(source, input);
	return result == 0 ? 0 : break_off(source, input, result, &reason, diag);
}

/* --------------------------------------------------------------- reading */

static int activate(struct file_source *source, struct fa_input *input, struct fa_diag *diag)
{
	int result = 1;

	if (input->finished)
		return FA_OK; /* it has no packets */
	if (input->reader == NULL) {
		result = fa_input_open(input, &source->shared, diag);
		if (result != FA_OK)
			return result;
		result = advance(source, input, diag);
	}
	if (result > 0)
		push(source, input);
	return result < 0 ? result : FA_OK;
}

/* Whether the first pending input belongs to the merge by now. */
static bool is_due(const struct file_source *source)
{
	if (source->pending == source->inputs.count)
		return false;
	return source->active_count == 0 || source->inputs.items[source->pending].first_ns <=
						    fa_reader_time(source->active[0]->reader);
}

static int activate_due(struct file_source *source, struct fa_diag *diag)
{
	int err;

	while (is_due(source)) {
		struct fa_input *input = &source->inputs.items[source->pending];

		if (input->reader == NULL && source->active_count >= FA_CAPTURE_OPEN_FILES) {
			if (!source->overlap_told)
				fa_source_warn(&source->options,
					       "more than %d files overlap in time: %s and others "
					       "are read late",
					       FA_CAPTURE_OPEN_FILES, input->label);
			source->overlap_told = true;
			return FA_OK;
		}
		source->pending++;
		err = activate(source, input, diag);
		if (err != FA_OK)
			return err;
	}
	return FA_OK;
}

/* Runs the only input that is left. Returns the packets read or a negative value. */
static int read_last(struct file_source *source, unsigned max_packets,
		     const struct fa_frame_sink *sink, struct fa_diag *diag)
{
	struct fa_input *input = source->active[0];
	struct fa_diag reason = {.text = ""};
	struct fa_reader_batch batch;
	int err = fa_reader_run(input->reader, max_packets, sink, &batch, &reason);

	if (err != FA_OK)
		err = break_off(source, input, err, &reason, diag);
	else if (batch.ended)
		end_well(source, input);
	if (input->finished)
		source->active_count = 0;
	if (err == FA_OK)
		err = batch.stopped;
	return err != FA_OK ? err : (int)batch.read;
}

/* Gives the earliest packet in view. Returns 1 or a negative value. */
static int read_earliest(struct file_source *source, const struct fa_frame_sink *sink,
			 struct fa_diag *diag)
{
	struct fa_input *input = source->active[0];
	int stop = fa_reader_give(input->reader, sink);
	int result = advance(source, input, diag);

	if (result > 0)
		sift_down(source, 0);
	else if (result == 0)
		pop(source);
	if (stop != 0)
		return stop;
	return result < 0 ? result : 1;
}

static int file_source_read(struct fa_source *base, unsigned max_packets,
			    const struct fa_frame_sink *sink, struct fa_diag *diag)
{
	struct file_source *source = file_source_of(base);
	unsigned read = 0;
	int result;

	if (max_packets > INT32_MAX)
		max_packets = INT32_MAX;
	while (read < max_packets) {
		result = activate_due(source, diag);
		if (result != FA_OK)
			return result;
		if (source->active_count == 0)
			break;
		if (source->active_count == 1 && source->pending == source->inputs.count)
			result = read_last(source, max_packets - read, sink, diag);
		else
			result = read_earliest(source, sink, diag);
		if (result < 0)
			return result;
		read += (unsigned)result;
	}
	return (int)read;
}

static void file_source_progress(const struct fa_source *base, uint64_t *done_bytes,
				 uint64_t *total_bytes)
{
	const struct file_source *source = const_file_source_of(base);

	*done_bytes = source->done_bytes;
	for (size_t i = 0; i < source->active_count; i++)
		*done_bytes += fa_reader_consumed(source->active[i]->reader);
	*total_bytes = source->total_bytes;
	if (*total_bytes > 0 && *done_bytes > *total_bytes)
		*done_bytes = *total_bytes; /* a file grows while it is read */
}

static void file_source_counts(const struct fa_source *base, struct fa_capture_counts *counts)
{
	const struct file_source *source = const_file_source_of(base);

	counts->files = source->counts.files;
	counts->files_truncated = source->counts.files_truncated;
	fa_origins_count(&source->origins, counts);
}

static void file_source_interfaces(const struct fa_source *base, struct fa_run_interfaces *out)
{
	fa_origins_list(&const_file_source_of(base)->origins, out);
}

static const struct fa_noted *file_source_noted(const struct fa_source *base)
{
	return &const_file_source_of(base)->noted;
}

static uint64_t file_source_mended(const struct fa_source *base)
{
	const struct file_source *source = const_file_source_of(base);
	uint64_t mended = source->mended;

	for (size_t i = 0; i < source->active_count; i++)
		mended += fa_reader_mended(source->active[i]->reader);
	return mended;
}

/* --------------------------------------------------------------- opening */

/*
 * Opens INPUT and looks at its first packet, which is what it is sorted by. A pipe that is the only
 * input is not waited for: KEEP. Without KEEP the input is closed again.
 */
static int look_at(struct file_source *source, struct fa_input *input, bool keep,
		   struct fa_diag *diag)
{
	int result = fa_input_open(input, &source->shared, diag);

	if (result != FA_OK)
		return result;
	count_begun(source, input);
	if (!input->regular && source->inputs.count == 1)
		return FA_OK;
	result = advance(source, input, diag);
	if (result < 0)
		return result;
	input->first_ns = input->finished ? INT64_MIN : fa_reader_time(input->reader);
	if (!keep && input->regular)
		fa_input_close(input);
	return FA_OK;
}

static int by_first_packet(const void *a, const void *b)
{
	const struct fa_input *left = a;
	const struct fa_input *right = b;

	if (left->first_ns != right->first_ns)
		return left->first_ns < right->first_ns ? -1 : 1;
	return left->order < right->order ? -1 : 1;
}

static int look_at_all(struct file_source *source, struct fa_diag *diag)
{
	bool keep = source->inputs.count <= FA_CAPTURE_OPEN_FILES;
	bool all_regular = true;
	struct fa_input *items = source->inputs.items;
	int err;

	for (size_t i = 0; i < source->inputs.count; i++) {
		err = look_at(source, &items[i], keep, diag);
		if (err != FA_OK)
			return err;
		all_regular = all_regular && items[i].regular;
		source->total_bytes += items[i].size_bytes;
	}
	if (!all_regular)
		source->total_bytes = 0;
	qsort(items, source->inputs.count, sizeof(*items), by_first_packet);
	return FA_OK;
}

static bool file_source_has_nanoseconds(const struct fa_source *base)
{
	return const_file_source_of(base)->has_nanoseconds;
}

static void file_source_files(const struct fa_source *base, struct fa_input_files *files)
{
	const struct file_source *source = const_file_source_of(base);

	files->items = source->files;
	files->count = source->inputs.count;
}

static void file_source_free(struct fa_source *base)
{
	struct file_source *source = file_source_of(base);

	fa_inputs_free(&source->inputs);
	fa_origins_deinit(&source->origins);
	fa_noted_deinit(&source->noted);
	free(source->active);
	free(source->files);
	free(source->filter);
	free(source);
}

static const struct fa_source_ops file_source_ops = {
	.read = file_source_read,
	.progress = file_source_progress,
	.counts = file_source_counts,
	.interfaces = file_source_interfaces,
	.noted = file_source_noted,
	.mended = file_source_mended,
	.files = file_source_files,
	.has_nanoseconds = file_source_has_nanoseconds,
	.free = file_source_free,
};

static int set_options(struct file_source *source, const struct fa_source_options *options,
		       struct fa_diag *diag)
{
	source->base.ops = &file_source_ops;
	source->options = *options;
	source->shared = (struct fa_inputs_shared){&source->options, &source->origins,
						   &source->noted};
	if (options->filter != NULL) {
		source->filter = strdup(options->filter);
		source->options.filter = source->filter;
	}
	if (fa_noted_init(&source->noted) == FA_OK &&
	    (options->filter == NULL || source->filter != NULL))
		return FA_OK;
	return fa_fail(diag, FA_ENOMEM, "no memory to open");
}

/* Room for what is read, and the list of it, while the inputs stand as they were named. */
static int make_lists(struct file_source *source, struct fa_diag *diag)
{
	size_t count = source->inputs.count;

	source->active = calloc(count, sizeof(struct fa_input *));
	source->files = calloc(count, sizeof(*source->files));
	if (source->active == NULL || source->files == NULL)
		return fa_fail(diag, FA_ENOMEM, "no memory to open");
	for (size_t i = 0; i < count; i++) {
		const struct fa_input *input = &source->inputs.items[i];

		if (input->path == NULL)
			source->files[i].path = "-";
		else
			source->files[i] = (struct fa_input_file){
				input->absolute, input->size_bytes, input->mtime_ns};
	}
	return FA_OK;
}

int fa_source_open_files(struct fa_source **out, const char *const *names, size_t count,
			 const struct fa_source_options *options, struct fa_diag *diag)
{
	struct file_source *source = calloc(1, sizeof(*source));
	int err;

	if (source == NULL)
		return fa_fail(diag, FA_ENOMEM, "no memory to open");
	err = set_options(source, options, diag);
	if (err == FA_OK)
		err = fa_inputs_expand(&source->inputs, names, count, &source->options, diag);
	if (err == FA_OK)
		err = make_lists(source, diag);
	if (err == FA_OK)
		err = look_at_all(source, diag);
	if (err != FA_OK) {
		file_source_free(&source->base);
		return err;
	}
	*out = &source->base;
	return FA_OK;
}
