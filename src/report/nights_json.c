/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nights for programs. */
#include <string.h>

#include "base/time.h"
#include "report/json.h"
#include "report/nights_json.h"
#include "report/nights_row.h"
#include "report/output.h"

struct writing {
	FILE *out;
	const struct fa_history *history;
	const struct fa_nights *nights;
	int64_t usual_ns;
	size_t count;
	struct fa_diag *diag;
};

static json_t *run_numbers(const struct fa_nights *nights, const struct fa_night *night)
{
	json_t *list = json_array();

	for (size_t i = 0; night != NULL && i < night->count; i++)
		if (json_array_append_new(list, json_integer(nights->runs[night->first + i]->id)) != 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *by_verdict(const struct fa_night_sums *sums)
{
	/* Those that make findings. */
	static const enum fa_verdict verdicts[] = {
		FA_VERDICT_WRONG_PROTOCOL, FA_VERDICT_WRONG_ENDPOINT, FA_VERDICT_REFUSED,
		FA_VERDICT_UNDOCUMENTED, FA_VERDICT_DISCOURAGED,
	};
	struct fa_json json = fa_json_new();

	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		fa_json_put_count(&json, fa_verdict_text(verdicts[i]), sums->by_verdict[verdicts[i]]);
	return fa_json_done(&json);
}

static void put_sums(struct fa_json *json, const struct fa_nights *nights,
		     const struct fa_night *night, const struct fa_night_sums *sums)
{
	fa_json_put_wire(json, "source", nights->runs[night->first]->source);
	fa_json_put_text(json, "state", sums->state);
	fa_json_put_time(json, "begin", night->begin_ns);
	fa_json_put_time(json, "end", night->end_ns);
	fa_json_put_count(json, "packets", sums->packets);
	fa_json_put_count(json, "lost", sums->lost);
	fa_json_put(json, "loss", json_real((double)fa_night_loss(sums) / FA_NIGHT_WHOLE));
	fa_json_put_count(json, "conversations", sums->conversations);
	fa_json_put_count(json, "findings", sums->findings);
	fa_json_put(json, "findings_by_verdict", by_verdict(sums));
	fa_json_put_count(json, "unseen", sums->unseen);
	fa_json_put_text(json, "confidence", sums->confidence);
}

static int put_night(void *arg, const struct fa_night *night, int64_t begin_ns)
{
	struct writing *w = arg;
	struct fa_json json = fa_json_new();
	struct fa_night_sums sums;
	char text[FA_NIGHT_TEXT];
	int error = 0;

	fa_json_put_text(&json, "night", fa_night_text(begin_ns, w->usual_ns, text));
	fa_json_put(&json, "runs", run_numbers(w->nights, night));
	if (night != NULL)
		error = fa_night_sums_read(&sums, w->history, w->nights, night, w->diag);
	if (error == 0 && night != NULL)
		put_sums(&json, w->nights, night, &sums);
	if (error != 0) {
		json_decref(fa_json_done(&json));
		return error;
	}
	fputs(w->count++ > 0 ? ",\n" : "\n", w->out);
	return fa_json_write(w->out, fa_json_done(&json), "", w->diag);
}

int fa_nights_json(FILE *out, const struct fa_history *history, const struct fa_nights *nights,
		   struct fa_diag *diag)
{
	struct writing w = {out, history, nights, fa_nights_usual(nights, nights->count), 0, diag};
	int error;

	fputs("{\"nights\":[", out);
	error = fa_nights_each(nights, put_night, &w);
	if (error == 0)
		fputs("\n]}\n", out);
	return error == 0 ? fa_output_flush(out, diag) : error;
}
