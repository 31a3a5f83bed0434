/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a kind of source implements: the operations behind capture.h. Private to this folder. */
#ifndef FA_CAPTURE_SOURCE_H
#define FA_CAPTURE_SOURCE_H

#include "capture/capture.h"

struct fa_noted;

struct fa_source_ops {
	int (*read)(struct fa_source *source, unsigned max_packets,
		    const struct fa_frame_sink *sink, struct fa_diag *diag);
	int (*fd)(const struct fa_source *source); /* NULL: none */
	void (*progress)(const struct fa_source *source, uint64_t *done_bytes,
			 uint64_t *total_bytes); /* NULL: not known */
	void (*counts)(const struct fa_source *source, struct fa_capture_counts *counts);
	void (*interfaces)(const struct fa_source *source, struct fa_run_interfaces *out);
	const struct fa_noted *(*noted)(const struct fa_source *source); /* NULL: none */
	uint64_t (*mended)(const struct fa_source *source);		 /* NULL: none */
	void (*files)(const struct fa_source *source, struct fa_input_files *files); /* NULL: none */
	bool (*has_nanoseconds)(const struct fa_source *source);
	void (*free)(struct fa_source *source);
};

/* First member of every source. */
struct fa_source {
	const struct fa_source_ops *ops;
};

/* Adds a link type to those counted, once; what exceeds FA_LINK_TYPES_MAX is not listed. */
void fa_source_add_link_type(struct fa_capture_counts *counts, int link_type);

/* Formats a line for options->warn. */
void fa_source_warn(const struct fa_source_options *options, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
