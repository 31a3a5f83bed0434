/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What flowaudit drift is asked for. */
#include "cmd/drift_options.h"

#include <limits.h>

#include "base/error.h"
#include "base/num.h"
#include "base/time.h"
#include "cmd/drift_when.h"

static int set_text(const char **field, const char *value)
{
	*field = value;
	return value[0] != '\0' ? 0 : FA_EINVAL;
}

int fa_set_drift_against(struct fa_options *options, const char *value)
{
	return set_text(&options->drift.against, value);
}

int fa_set_drift_baseline(struct fa_options *options, const char *value)
{
	return set_text(&options->drift.baseline, value);
}

int fa_set_drift_source(struct fa_options *options, const char *value)
{
	return set_text(&options->drift.source, value);
}

int fa_set_drift_any_source(struct fa_options *options, const char *value)
{
	(void)value;
	options->drift.any_source = true;
	return 0;
}

static int set_time(struct fa_drift_time *time, const char *value)
{
	time->text = value;
	return fa_parse_when(value, fa_wall_clock_ns(), &time->ns);
}

int fa_set_drift_from(struct fa_options *options, const char *value)
{
	return set_time(&options->drift.from, value);
}

int fa_set_drift_to(struct fa_options *options, const char *value)
{
	return set_time(&options->drift.to, value);
}

int fa_set_drift_since(struct fa_options *options, const char *value)
{
	return set_time(&options->drift.since, value);
}

static int set_duration(int64_t *ns, const char *value)
{
	return fa_parse_duration_ns(value, ns) != 0 || *ns == 0 ? FA_EINVAL : 0;
}

int fa_set_drift_shift(struct fa_options *options, const char *value)
{
	return set_duration(&options->drift.shift_ns, value);
}

int fa_set_drift_max_age(struct fa_options *options, const char *value)
{
	return set_duration(&options->drift.max_age_ns, value);
}

static int set_number(unsigned *field, const char *value, uint64_t min, uint64_t max)
{
	uint64_t n;
	int error = fa_parse_u64(value, min, max, &n);

	if (error == 0)
		*field = (unsigned)n;
	return error;
}

int fa_set_drift_factor(struct fa_options *options, const char *value)
{
	return set_number(&options->drift.factor, value, 2, 1000000);
}

int fa_set_drift_expiring(struct fa_options *options, const char *value)
{
	return set_number(&options->drift.expiring_days, value, 1, 3650);
}

int fa_set_baseline_remove(struct fa_options *options, const char *value)
{
	(void)value;
	options->remove_baseline = true;
	return 0;
}
