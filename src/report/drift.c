/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which formats of a drift there are. */
#include "report/drift.h"

#include <string.h>

#include "base/like.h"
#include "report/drift_formats.h"
#include "report/output.h"

static const struct {
	const char *name;
	fa_drift_format_fn *write;
} formats[] = {
	{"text", fa_drift_text},
	{"json", fa_drift_json},
};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

static int unknown_format(const char *format, struct fa_diag *diag)
{
	const struct fa_like_names names = {formats, FORMATS, sizeof(formats[0])};
	struct fa_like_hint hint;
	char known[128] = "";
	size_t used = 0;

	for (size_t i = 0; i < FORMATS && used < sizeof(known); i++)
		used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s",
					 i > 0 ? ", " : "", formats[i].name);
	return fa_fail(diag, FA_EINVAL, "there is no format \"%.40s\"; there are: %s%s", format,
		       known, fa_like_hint(&hint, fa_like_nearest(&names, format)));
}

const char *fa_drift_format_name(size_t index)
{
	return index < FORMATS ? formats[index].name : NULL;
}

int fa_drift_format_check(const char *format, struct fa_diag *diag)
{
	for (size_t i = 0; i < FORMATS; i++)
		if (strcmp(formats[i].name, format) == 0)
			return 0;
	return unknown_format(format, diag);
}

int fa_drift_write(FILE *out, const char *format, const struct fa_drift *drift,
		   const struct fa_history *now_history, const struct fa_report_options *options,
		   struct fa_diag *diag)
{
	for (size_t i = 0; i < FORMATS; i++) {
		int err;

		if (strcmp(formats[i].name, format) != 0)
			continue;
		err = formats[i].write(out, drift, now_history, options, diag);
		return err == 0 ? fa_output_flush(out, diag) : err;
	}
	return unknown_format(format, diag);
}
