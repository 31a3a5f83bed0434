/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options of live captures. */
#include "cmd/options_live.h"

#include <string.h>

#include "base/error.h"
#include "base/num.h"
#include "base/time.h"
#include "capture/live.h"
#include "pipeline/job.h"

enum {
	SNAP_MIN = 64, /* Ethernet, IP and TCP headers */
	KEEP_PACKETS = 10,
	KEEP_PACKETS_MAX = 200,
};

#define MEGABYTE      (1ull << 20)
#define BUFFER_MAX    (1ull << 31) /* a ring of the kernel is counted with 31 bits */
#define LIMIT_DEFAULT (1ull << 30)

void fa_live_defaults(struct fa_live_settings *live)
{
	live->threads = 1;
	live->snap_bytes = FA_LIVE_SNAP_BYTES;
	live->buffer_bytes = FA_LIVE_BUFFER_BYTES;
	live->rotate_ns = 24 * 3600 * FA_NS_PER_SECOND;
}

int fa_live_check(struct fa_live_settings *live, struct fa_diag *diag)
{
	const bool limits_spool = live->spool_bytes != 0;
	const bool limits_save = live->save_bytes != 0 || live->keep_packets != 0;

	if (limits_spool && live->spool == NULL)
		return fa_fail(diag, FA_EINVAL, "--spool-limit has no effect without --spool");
	if (limits_save && live->save_findings == NULL)
		return fa_fail(diag, FA_EINVAL, "--save-limit and --save-packets have no effect "
						"without --save-findings");
	if (live->events != NULL && strcmp(live->events, "unix:") == 0)
		return fa_fail(diag, FA_EINVAL, "--events: \"unix:\" names no socket");
	if (live->spool_bytes == 0)
		live->spool_bytes = LIMIT_DEFAULT;
	if (live->save_bytes == 0)
		live->save_bytes = LIMIT_DEFAULT;
	if (live->keep_packets == 0)
		live->keep_packets = KEEP_PACKETS;
	return 0;
}

int fa_set_interface(struct fa_options *options, const char *value)
{
	struct fa_option_list *list = &options->live.interfaces;

	if (value[0] == '\0' || list->count == FA_LIST_MAX)
		return FA_EINVAL;
	list->items[list->count++] = value;
	return 0;
}

static int set_size(const char *value, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t bytes;

	if (fa_parse_size(value, &bytes) != 0 || bytes < min || bytes > max)
		return FA_EINVAL;
	*out = bytes;
	return 0;
}

static int set_count(const char *value, uint64_t min, uint64_t max, unsigned *out)
{
	uint64_t n;
	int error = fa_parse_u64(value, min, max, &n);

	if (error == 0)
		*out = (unsigned)n;
	return error;
}

static int set_duration(const char *value, int64_t *out)
{
	int64_t ns;

	if (strcmp(value, "never") == 0) {
		*out = 0;
		return 0;
	}
	if (fa_parse_duration_ns(value, &ns) != 0 || ns < FA_NS_PER_SECOND)
		return FA_EINVAL;
	*out = ns;
	return 0;
}

static int set_text(const char *value, const char **out)
{
	*out = value;
	return value[0] != '\0' ? 0 : FA_EINVAL;
}

int fa_set_buffer(struct fa_options *options, const char *value)
{
	return set_size(value, MEGABYTE, BUFFER_MAX, &options->live.buffer_bytes);
}

int fa_set_snaplen(struct fa_options *options, const char *value)
{
	unsigned bytes = 0;
	int error = set_count(value, SNAP_MIN, FA_LIVE_SNAP_BYTES, &bytes);

	if (error == 0)
		options->live.snap_bytes = (int)bytes;
	return error;
}

int fa_set_no_promiscuous(struct fa_options *options, const char *value)
{
	(void)value;
	options->live.no_promiscuous = true;
	return 0;
}

int fa_set_threads(struct fa_options *options, const char *value)
{
	return set_count(value, 1, FA_LANES_MAX, &options->live.threads);
}

int fa_set_user(struct fa_options *options, const char *value)
{
	return set_text(value, &options->live.user);
}

int fa_set_rotate(struct fa_options *options, const char *value)
{
	return set_duration(value, &options->live.rotate_ns);
}

int fa_set_retain(struct fa_options *options, const char *value)
{
	return set_duration(value, &options->live.retain_ns);
}

int fa_set_rollup(struct fa_options *options, const char *value)
{
	return set_duration(value, &options->live.rollup_ns);
}

int fa_set_events(struct fa_options *options, const char *value)
{
	return set_text(value, &options->live.events);
}

int fa_set_metrics(struct fa_options *options, const char *value)
{
	return set_text(value, &options->live.metrics);
}

int fa_set_spool(struct fa_options *options, const char *value)
{
	return set_text(value, &options->live.spool);
}

int fa_set_spool_limit(struct fa_options *options, const char *value)
{
	return set_size(value, MEGABYTE, UINT64_MAX, &options->live.spool_bytes);
}

int fa_set_save(struct fa_options *options, const char *value)
{
	return set_text(value, &options->live.save_findings);
}

int fa_set_save_limit(struct fa_options *options, const char *value)
{
	return set_size(value, MEGABYTE, UINT64_MAX, &options->live.save_bytes);
}

int fa_set_save_packets(struct fa_options *options, const char *value)
{
	return set_count(value, 1, KEEP_PACKETS_MAX, &options->live.keep_packets);
}
