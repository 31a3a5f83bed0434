/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file of waivers explained. */
#include "report/waivers.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "report/json.h"
#include "report/output.h"
#include "report/text_out.h"

#define DAY_NS (86400 * FA_NS_PER_SECOND)

enum { PLACES_NAMED = 4 };

enum state { IN_FORCE, SOON, EXPIRED, STATES };

/* What a stored run says of a waiver. */
struct use {
	bool known;
	enum fa_waiver_status status;
	uint64_t conversations, flows;
};

struct check {
	const struct fa_report_waivers *what;
	struct fa_stored_run run;
	struct use *uses; /* by waiver; NULL: no run was asked */
	struct fa_text_out text;
	struct fa_diag *diag;
};

static enum state state_of(const struct check *check, const struct fa_waiver *waiver)
{
	int64_t left_ns = waiver->expires_ns - check->what->now_ns;

	if (left_ns < 0)
		return EXPIRED;
	return left_ns < FA_WAIVER_SOON_DAYS * DAY_NS ? SOON : IN_FORCE;
}

/* Whole days that are left or have passed since; today's end is 0 days away. */
static uint64_t days_of(const struct check *check, const struct fa_waiver *waiver)
{
	int64_t left_ns = waiver->expires_ns - check->what->now_ns;

	return (uint64_t)((left_ns < 0 ? -left_ns : left_ns) / DAY_NS);
}

static const char *status_text(const struct use *use)
{
#define FA_X(name, text) text,
	static const char *const texts[] = {FA_WAIVER_STATUSES(FA_X)};
#undef FA_X

	return use->known ? texts[use->status] : "unknown";
}

static int note_use(void *arg, const struct fa_stored_waiver *stored)
{
	struct check *check = arg;
	const struct fa_waivers *waivers = check->what->waivers;

	for (size_t i = 0; i < waivers->count; i++)
		if (strcmp(waivers->items[i].id, stored->id) == 0)
			check->uses[i] = (struct use){true, stored->status, stored->conversations,
						      stored->flows};
	return 0;
}

static int ask_run(struct check *check)
{
	const struct fa_history *history = check->what->history;
	int error;

	if (history == NULL)
		return 0;
	error = history->run(history->context, check->what->run, &check->run, check->diag);
	if (error != 0)
		return error;
	check->uses = calloc(check->what->waivers->count + 1, sizeof(*check->uses));
	if (check->uses == NULL)
		return fa_fail(check->diag, FA_ENOMEM, "no memory");
	return history->each_waiver(history->context, check->run.id, note_use, check, check->diag);
}

/* A machine with several addresses has as many places, one behind the other, with one label. */
static bool is_repeated(const struct fa_site_role *role, size_t index)
{
	return index > 0 &&
	       strcmp(role->places[index - 1].label, role->places[index].label) == 0;
}

static void put_end(struct fa_buffer *line, const struct fa_waiver_end *end, const char *anybody)
{
	size_t named = 0;

	switch (end->who) {
	case FA_WAIVES_ANY:
		fa_buffer_add(line, anybody);
		return;
	case FA_WAIVES_HOST:
		fa_buffer_add(line, "the host name ");
		break;
	case FA_WAIVES_PREFIX:
	case FA_WAIVES_ROLE:
		break;
	}
	fa_buffer_safe(line, end->text);
	if (end->who != FA_WAIVES_ROLE)
		return;
	for (size_t i = 0; i < end->role->place_count; i++) {
		if (is_repeated(end->role, i) || ++named > PLACES_NAMED)
			continue;
		fa_buffer_add(line, named == 1 ? " (" : ", ");
		fa_buffer_safe(line, end->role->places[i].label);
	}
	if (named > PLACES_NAMED)
		fa_buffer_addf(line, ", %zu more", named - PLACES_NAMED);
	fa_buffer_add(line, ")");
}

/* "from anybody to 10.0.0.5, tcp port 6379, Redis" */
static void put_cover(struct fa_buffer *line, const struct fa_waiver *waiver)
{
	fa_buffer_add(line, "from ");
	put_end(line, &waiver->client, "anybody");
	fa_buffer_add(line, " to ");
	put_end(line, &waiver->server, "anybody");
	if (waiver->transports == 0 && waiver->ports.count == 0)
		fa_buffer_add(line, ", any transport and port, ");
	else if (waiver->ports.count == 0)
		fa_buffer_addf(line, ", %s, any port, ", waiver->transport_text);
	else
		fa_buffer_addf(line, ", %s port %s, ",
			       waiver->transports == 0 ? "any transport," : waiver->transport_text,
			       waiver->port_text);
	fa_buffer_safe(line, waiver->protocol == NULL ? "any protocol" : waiver->protocol);
}

/* "in force until 2027-01-31 (435 days left)" */
static void put_expiry(struct fa_buffer *line, const struct check *check,
		       const struct fa_waiver *waiver)
{
	static const char *const words[STATES] = {
		[IN_FORCE] = "in force until", [SOON] = "ends soon,", [EXPIRED] = "EXPIRED on"};
	enum state state = state_of(check, waiver);

	fa_buffer_addf(line, "%s %s (", words[state], waiver->expires);
	fa_buffer_count(line, days_of(check, waiver), "day", "days");
	fa_buffer_add(line, state == EXPIRED ? " ago)" : " left)");
}

static void put_use(struct fa_buffer *line, const struct check *check, const struct use *use)
{
	fa_buffer_addf(line, "run %" PRId64 ": ", check->run.id);
	if (!use->known)
		fa_buffer_add(line, "judged without it");
	else if (use->conversations == 0 && use->status == FA_WAIVER_EXPIRED)
		fa_buffer_add(line, "expired, covered nothing");
	else if (use->conversations == 0)
		fa_buffer_add(line, "UNUSED, it covered nothing");
	if (!use->known || use->conversations == 0)
		return;
	if (use->status == FA_WAIVER_EXPIRED)
		fa_buffer_add(line, "expired before the end, ");
	fa_buffer_add(line, "covered ");
	fa_buffer_count(line, use->conversations, "conversation", "conversations");
	fa_buffer_add(line, " of ");
	fa_buffer_count(line, use->flows, "flow", "flows");
}

static void text_waiver(struct check *check, const struct fa_waiver *waiver)
{
	static const enum fa_paint paints[STATES] = {FA_PAINT_GOOD, FA_PAINT_WARN, FA_PAINT_BAD};
	struct fa_buffer *line = &check->text.line;
	struct fa_buffer lead = {0};

	fa_text_blank(&check->text);
	fa_buffer_safe(&lead, waiver->id);
	fa_buffer_reset(line);
	fa_buffer_add(line, "  ");
	put_expiry(line, check, waiver);
	fa_text_row(&check->text, fa_buffer_text(&lead), paints[state_of(check, waiver)],
		    fa_buffer_text(line));
	line->failed = line->failed || lead.failed;
	fa_buffer_deinit(&lead);
	fa_buffer_reset(line);
	put_cover(line, waiver);
	fa_text_wrap(&check->text, 4, fa_buffer_text(line));
	if (waiver->broad)
		fa_text_wrap(&check->text, 4, "BROAD: it covers more than one would look at");
	fa_buffer_reset(line);
	fa_buffer_safe(line, waiver->owner);
	fa_buffer_add(line, waiver->ticket[0] == '\0' ? "" : ", ");
	fa_buffer_safe(line, waiver->ticket);
	fa_buffer_add(line, ": ");
	fa_buffer_safe(line, waiver->reason);
	fa_text_wrap(&check->text, 4, fa_buffer_text(line));
	if (check->uses == NULL)
		return;
	fa_buffer_reset(line);
	put_use(line, check, &check->uses[waiver->index]);
	fa_text_wrap(&check->text, 4, fa_buffer_text(line));
}

struct sums {
	uint64_t states[STATES], broad, unused;
};

static struct sums sum_up(const struct check *check)
{
	const struct fa_waivers *waivers = check->what->waivers;
	struct sums sums = {0};

	for (size_t i = 0; i < waivers->count; i++) {
		sums.states[state_of(check, &waivers->items[i])]++;
		sums.broad += waivers->items[i].broad;
		if (check->uses != NULL)
			sums.unused += check->uses[i].known &&
				       check->uses[i].status == FA_WAIVER_UNUSED;
	}
	return sums;
}

static int write_text(struct check *check)
{
	const struct fa_waivers *waivers = check->what->waivers;
	const struct sums sums = sum_up(check);
	struct fa_buffer *line = &check->text.line;

	fa_buffer_reset(line);
	fa_buffer_safe(line, waivers->file);
	fa_buffer_add(line, ": ");
	fa_buffer_count(line, waivers->count, "waiver", "waivers");
	fa_buffer_addf(line, ", %" PRIu64 " expired, %" PRIu64 " within %d days, %" PRIu64 " broad",
		       sums.states[EXPIRED], sums.states[SOON], FA_WAIVER_SOON_DAYS, sums.broad);
	if (check->uses != NULL)
		fa_buffer_addf(line, ", %" PRIu64 " unused in run %" PRId64, sums.unused,
			       check->run.id);
	fa_text_wrap(&check->text, 0, fa_buffer_text(line));
	for (size_t i = 0; i < waivers->count; i++)
		text_waiver(check, &waivers->items[i]);
	return fa_text_out_check(&check->text, check->diag);
}

static json_t *json_use(const struct use *use)
{
	struct fa_json json = fa_json_new();

	fa_json_put_text(&json, "status", status_text(use));
	fa_json_put_count(&json, "conversations", use->conversations);
	fa_json_put_count(&json, "flows", use->flows);
	return fa_json_done(&json);
}

static json_t *json_waiver(const struct check *check, const struct fa_waiver *waiver)
{
	static const char *const states[STATES] = {"in-force", "expires-soon", "expired"};
	struct fa_json json = fa_json_new();

	fa_json_put_text(&json, "id", waiver->id);
	fa_json_put_text(&json, "owner", waiver->owner);
	fa_json_put_text(&json, "reason", waiver->reason);
	fa_json_put_text(&json, "ticket", waiver->ticket[0] == '\0' ? NULL : waiver->ticket);
	fa_json_put_text(&json, "expires", waiver->expires);
	fa_json_put_text(&json, "client", waiver->client.text);
	fa_json_put_text(&json, "server", waiver->server.text);
	fa_json_put_text(&json, "transport", waiver->transport_text);
	fa_json_put_text(&json, "port", waiver->port_text);
	fa_json_put_text(&json, "protocol", waiver->protocol == NULL ? "any" : waiver->protocol);
	fa_json_put_text(&json, "state", states[state_of(check, waiver)]);
	fa_json_put(&json, "broad", json_boolean(waiver->broad));
	if (check->uses != NULL)
		fa_json_put(&json, "used", json_use(&check->uses[waiver->index]));
	return fa_json_done(&json);
}

static int write_json(struct check *check)
{
	const struct fa_waivers *waivers = check->what->waivers;
	struct fa_json json = fa_json_new();
	json_t *list = json_array();

	for (size_t i = 0; i < waivers->count; i++)
		if (json_array_append_new(list, json_waiver(check, &waivers->items[i])) != 0)
			json.failed = true;
	fa_json_put_wire(&json, "file", waivers->file);
	if (check->uses != NULL)
		fa_json_put_count(&json, "run", (uint64_t)check->run.id);
	fa_json_put(&json, "waivers", list);
	return fa_json_write(check->text.out, fa_json_done(&json), "\n", check->diag);
}

int fa_report_waivers_check(FILE *out, const char *format, const struct fa_report_waivers *what,
			    const struct fa_report_options *options, struct fa_diag *diag)
{
	struct check check = {.what = what, .diag = diag};
	bool json;
	int error = fa_json_wanted(format, &json, diag);

	if (error != 0)
		return error;
	fa_text_out_init(&check.text, out, options);
	error = ask_run(&check);
	if (error == 0)
		error = json ? write_json(&check) : write_text(&check);
	if (error == 0)
		error = fa_output_flush(out, diag);
	fa_text_out_deinit(&check.text);
	free(check.uses);
	return error;
}
