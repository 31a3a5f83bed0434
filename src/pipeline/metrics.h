/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counters of a live capture as a file for a monitoring system. */
#ifndef FA_PIPELINE_METRICS_H
#define FA_PIPELINE_METRICS_H

#include "base/error.h"
#include "pipeline/statistics.h"

/*
 * Writes NOW to PATH in the text format 0.0.4 of Prometheus
 * (prometheus.io/docs/instrumenting/exposition_formats), for the textfile collector of its
 * node_exporter. The file is written beside PATH as ".NAME.XXXXXX", a name that the collector
 * does not read, and renamed: readers see all of it or what was there before. Mode 0644.
 *
 * Every series has the label source, the interfaces ("eth1,eth2"): captures on one machine have a
 * file each, and one collector reads them all.
 */
int fa_metrics_write(const char *path, const struct fa_statistics *now, struct fa_diag *diag);

/* The text itself, for BUFFER. */
void fa_metrics_text(const struct fa_statistics *now, struct fa_buffer *buffer);

#endif
