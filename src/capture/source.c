/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sources of packets: what all kinds have in common. */
#include "capture/source.h"

#include <stdarg.h>
#include <stdio.h>

#include "capture/noted.h"

int fa_source_read(struct fa_source *source, unsigned max_packets, const struct fa_frame_sink *sink,
		   struct fa_diag *diag)
{
	return source->ops->read(source, max_packets, sink, diag);
}

int fa_source_fd(const struct fa_source *source)
{
	return source->ops->fd == NULL ? -1 : source->ops->fd(source);
}

void fa_source_progress(const struct fa_source *source, uint64_t *done_bytes, uint64_t *total_bytes)
{
	*done_bytes = 0;
	*total_bytes = 0;
	if (source->ops->progress != NULL)
		source->ops->progress(source, done_bytes, total_bytes);
}

void fa_source_counts(const struct fa_source *source, struct fa_capture_counts *counts)
{
	source->ops->counts(source, counts);
}

void fa_source_interfaces(const struct fa_source *source, struct fa_run_interfaces *out)
{
	source->ops->interfaces(source, out);
}

size_t fa_source_names(const struct fa_source *source, uint64_t *more)
{
	const struct fa_noted *noted =
		source->ops->noted == NULL ? NULL : source->ops->noted(source);

	*more = noted == NULL ? 0 : noted->more;
	return noted == NULL ? 0 : noted->count;
}

void fa_source_name(const struct fa_source *source, size_t index, struct fa_name_answer *out)
{
	fa_noted_get(source->ops->noted(source), index, out);
}

uint64_t fa_source_mended(const struct fa_source *source)
{
	return source->ops->mended == NULL ? 0 : source->ops->mended(source);
}

void fa_source_files(const struct fa_source *source, struct fa_input_files *files)
{
	*files = (struct fa_input_files){.count = 0};
	if (source->ops->files != NULL)
		source->ops->files(source, files);
}

bool fa_source_has_nanoseconds(const struct fa_source *source)
{
	return source->ops->has_nanoseconds(source);
}

void fa_source_free(struct fa_source *source)
{
	if (source != NULL)
		source->ops->free(source);
}

void fa_source_add_link_type(struct fa_capture_counts *counts, int link_type)
{
	for (uint32_t i = 0; i < counts->link_type_count; i++)
		if (counts->link_types[i] == link_type)
			return;
	if (counts->link_type_count < FA_LINK_TYPES_MAX)
		counts->link_types[counts->link_type_count++] = link_type;
}

void fa_source_warn(const struct fa_source_options *options, const char *format, ...)
{
	char line[768];
	va_list args;

	if (options->warn == NULL)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	options->warn(options->context, line);
}
