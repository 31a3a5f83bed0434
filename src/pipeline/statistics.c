/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What people are told of a live capture: the status line and the answer to SIGUSR1. */
#include "pipeline/statistics.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"

enum {
	FIELD_TEXT = 96,
	NAMES_COLUMNS = 24, /* of the status line; more are counted instead */
};

_Static_assert(FA_NUMBER_TEXT >= FA_DURATION_TEXT, "texts of both share their space");

#define SECOND	FA_NS_PER_SECOND
#define LATE_NS (1 * SECOND) /* a lag that deserves to be seen */

/* Counters never go back; where a reading says so, nothing is known to have come. */
static uint64_t since(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

uint64_t fa_statistics_dropped(const struct fa_statistics *now)
{
	const struct fa_capture_counts *c = &now->totals.capture;

	return c->dropped_kernel + c->dropped_interface + c->dropped_ring +
	       now->totals.loss.packets_lost;
}

/* TIMES COUNT in ELAPSED_NS as a number a second, to the nearest; at most what can be expressed. */
static uint64_t per_second(uint64_t count, int64_t elapsed_ns, unsigned times)
{
	const double largest = 18446744073709549568.0; /* double below 2^64 */
	double rate = (double)count * times * 1e9 / (double)elapsed_ns + 0.5;

	return rate <= largest ? (uint64_t)rate : UINT64_MAX;
}

/* "3.2 Gbit/s", powers of 1000. */
static const char *bits_text(uint64_t bits, char text[FA_NUMBER_TEXT])
{
	size_t len = strlen(fa_bytes_text(bits, text));

	snprintf(text + len - 1, FA_NUMBER_TEXT - len + 1, "bit/s"); /* in the place of "B" */
	return text;
}

static int64_t elapsed_of(const struct fa_statistics *now, const struct fa_statistics *previous)
{
	return previous != NULL ? now->monotonic_ns - previous->monotonic_ns : 0;
}

/* Since a previous snapshot. */
struct rates {
	uint64_t packets, bits; /* a second */
};

/* False when no time has passed, or there is no previous snapshot. */
static bool rates_of(const struct fa_statistics *now, const struct fa_statistics *previous,
		     struct rates *rates)
{
	const struct fa_capture_counts *c = &now->totals.capture;
	int64_t elapsed = elapsed_of(now, previous);

	if (elapsed <= 0)
		return false;
	rates->packets =
		per_second(since(c->packets, previous->totals.capture.packets), elapsed, 1);
	rates->bits =
		per_second(since(c->frame_bytes, previous->totals.capture.frame_bytes), elapsed, 8);
	return true;
}

static uint64_t freshly_dropped(const struct fa_statistics *now,
				const struct fa_statistics *previous)
{
	return since(fa_statistics_dropped(now),
		     previous != NULL ? fa_statistics_dropped(previous) : 0);
}

static unsigned percent(uint64_t part, uint64_t whole)
{
	if (whole == 0)
		return 0;
	return part >= whole ? 100 : (unsigned)(100.0 * (double)part / (double)whole);
}

static const char *state_text(uint8_t state)
{
	static const char *const texts[] = {"up", "DOWN", "GONE"};

	return state < sizeof(texts) / sizeof(texts[0]) ? texts[state] : "?";
}

/* The name is the kernel's or the user's, and may lack its NUL. */
static const char *name_of(const struct fa_statistics_interface *interface,
			   char out[4 * FA_STATISTICS_NAME])
{
	size_t len = strnlen(interface->name, sizeof(interface->name));

	return fa_text_safe(interface->name, len, out, 4 * FA_STATISTICS_NAME);
}

/* The status line is made of fields; the least important ones go first. */
enum field_rank {
	RANK_DROPPED,
	RANK_PACKETS,
	RANK_NAMES,
	RANK_SPOOL,
	RANK_LATE, /* a lag that deserves to be seen */
	RANK_RING,
	RANK_FLOWS,
	RANK_BITS,
	RANK_LAG,
	RANK_RUN,
	RANK_COUNT
};

struct field {
	enum field_rank rank;
	char text[FIELD_TEXT];
};

/* All of the line's fields, in the order of the line. */
struct fields {
	struct field items[RANK_COUNT];
	size_t count;
};

static char *next_field(struct fields *fields, enum field_rank rank)
{
	struct field *field = &fields->items[fields->count++];

	field->rank = rank;
	field->text[0] = '\0';
	return field->text;
}

/* "eth1, eth2 DOWN"; where that is long, "4 interfaces, 1 DOWN". */
static void add_names(struct fields *fields, const struct fa_statistics *now)
{
	uint32_t count = fa_statistics_interfaces(now);
	char name[4 * FA_STATISTICS_NAME];
	char all[FA_STATISTICS_INTERFACES_MAX * (sizeof(name) + 8)] = "";
	size_t used = 0;
	uint32_t down = 0;
	char *text;

	if (count == 0)
		return;
	for (uint32_t i = 0; i < count; i++) {
		const struct fa_statistics_interface *interface = &now->interfaces[i];
		bool is_up = interface->state == FA_INTERFACE_UP;

		down += !is_up;
		used += (size_t)snprintf(all + used, sizeof(all) - used, "%s%s%s%s",
					 i > 0 ? ", " : "", name_of(interface, name),
					 is_up ? "" : " ",
					 is_up ? "" : state_text(interface->state));
	}
	text = next_field(fields, RANK_NAMES);
	if (count == 1 || fa_text_columns(all) <= NAMES_COLUMNS)
		fa_text_copy(text, FIELD_TEXT, all);
	else if (down == 0)
		snprintf(text, FIELD_TEXT, "%" PRIu32 " interfaces", count);
	else
		snprintf(text, FIELD_TEXT, "%" PRIu32 " interfaces, %" PRIu32 " DOWN", count, down);
}

static void add_traffic(struct fields *fields, const struct fa_statistics *now,
			const struct fa_statistics *previous)
{
	const struct fa_capture_counts *c = &now->totals.capture;
	char *packets = next_field(fields, RANK_PACKETS);
	char *bits = next_field(fields, RANK_BITS);
	char number[FA_NUMBER_TEXT];
	struct rates rates;

	if (rates_of(now, previous, &rates)) {
		snprintf(packets, FIELD_TEXT, "%s packets/s",
			 fa_number_text(rates.packets, number));
		snprintf(bits, FIELD_TEXT, "%s", bits_text(rates.bits, number));
	} else {
		snprintf(packets, FIELD_TEXT, "%s packets", fa_number_text(c->packets, number));
		snprintf(bits, FIELD_TEXT, "%s", fa_bytes_text(c->frame_bytes, number));
	}
}

static void add_dropped(struct fields *fields, const struct fa_statistics *now,
			const struct fa_statistics *previous)
{
	uint64_t dropped = fa_statistics_dropped(now);
	uint64_t fresh = freshly_dropped(now, previous);
	char *text = next_field(fields, RANK_DROPPED);
	char all[FA_NUMBER_TEXT], more[FA_NUMBER_TEXT];

	if (fresh == 0)
		snprintf(text, FIELD_TEXT, "dropped %s", fa_number_text(dropped, all));
	else
		snprintf(text, FIELD_TEXT, "DROPPED %s (+%s)", fa_number_text(dropped, all),
			 fa_number_text(fresh, more));
}

static bool evicts(const struct fa_statistics *now, const struct fa_statistics *previous)
{
	return since(now->totals.workers.flows_evicted,
		     previous != NULL ? previous->totals.workers.flows_evicted : 0) > 0;
}

static void add_load(struct fields *fields, const struct fa_statistics *now,
		     const struct fa_statistics *previous)
{
	char number[FA_NUMBER_TEXT];

	snprintf(next_field(fields, RANK_FLOWS), FIELD_TEXT, "flows %s%s",
		 fa_number_text(now->flows_active, number), evicts(now, previous) ? " FULL" : "");
	snprintf(next_field(fields, RANK_RING), FIELD_TEXT, "ring %u%%",
		 percent(now->ring_used_bytes, now->ring_bytes));
	snprintf(next_field(fields, now->lag_ns >= LATE_NS ? RANK_LATE : RANK_LAG), FIELD_TEXT,
		 "lag %s", fa_duration_text(now->lag_ns, number));
	if (now->spool_bytes > 0)
		snprintf(next_field(fields, RANK_SPOOL), FIELD_TEXT, "SPOOL %s",
			 fa_bytes_text(now->spool_bytes, number));
	snprintf(next_field(fields, RANK_RUN), FIELD_TEXT, "run %" PRId64, now->run);
}

static const struct field *of_rank(const struct fields *fields, int rank)
{
	for (size_t i = 0; i < fields->count; i++)
		if (fields->items[i].rank == (enum field_rank)rank)
			return &fields->items[i];
	return NULL;
}

/* The first rank that does not fit any more, with two spaces between fields. */
static int ranks_that_fit(const struct fields *fields, size_t columns, size_t bytes)
{
	size_t used_columns = 0, used_bytes = 0;
	int rank;

	for (rank = 0; rank < RANK_COUNT; rank++) {
		const struct field *field = of_rank(fields, rank);
		size_t gap = used_bytes > 0 ? 2 : 0;

		if (field == NULL)
			continue;
		used_columns += gap + fa_text_columns(field->text);
		used_bytes += gap + strlen(field->text);
		if (used_columns > columns || used_bytes > bytes)
			break;
	}
	return rank;
}

void fa_status_line(const struct fa_statistics *now, const struct fa_statistics *previous,
		    size_t columns, char *out, size_t size)
{
	struct fields fields = {0};
	size_t used = 0;
	int fit;

	if (size == 0)
		return;
	out[0] = '\0';
	add_names(&fields, now);
	add_traffic(&fields, now, previous);
	add_dropped(&fields, now, previous);
	add_load(&fields, now, previous);
	fit = ranks_that_fit(&fields, columns, size - 1);
	if (fit == RANK_DROPPED) { /* what is left of the one that matters, in plain ASCII */
		const char *text = of_rank(&fields, RANK_DROPPED)->text;

		snprintf(out, size, "%.*s", (int)fa_text_prefix(text, columns), text);
		return;
	}
	for (size_t i = 0; i < fields.count; i++)
		if ((int)fields.items[i].rank < fit)
			used += (size_t)snprintf(out + used, size - used, "%s%s",
						 used > 0 ? "  " : "", fields.items[i].text);
}

/* From here: the several lines. Each begins with what it is about. */
static void begin_line(struct fa_buffer *buffer, const char *about)
{
	fa_buffer_addf(buffer, "\n  %-14s ", about);
}

static void add_head(struct fa_buffer *buffer, const struct fa_statistics *now)
{
	char time[FA_TIME_TEXT], number[FA_NUMBER_TEXT];
	char name[4 * FA_STATISTICS_NAME];

	fa_buffer_addf(buffer, "live capture, run %" PRId64 ", begun %s UTC (%s ago), ", now->run,
		       fa_time_text_short(now->begun_wall_ns, time),
		       fa_duration_text(now->wall_ns - now->begun_wall_ns, number));
	fa_buffer_count(buffer, now->workers, "worker", "workers");
	fa_buffer_add(buffer, ", ");
	fa_buffer_count(buffer, now->lanes, "capture thread", "capture threads");
	for (uint32_t i = 0; i < fa_statistics_interfaces(now); i++) {
		begin_line(buffer, name_of(&now->interfaces[i], name));
		fa_buffer_addf(buffer, "%s, kernel buffer %s", state_text(now->interfaces[i].state),
			       fa_bytes_text(now->interfaces[i].buffer_bytes, number));
	}
	if (now->totals.capture.down_ns > 0) {
		begin_line(buffer, "no link");
		fa_buffer_addf(buffer, "%s in all",
			       fa_duration_text((int64_t)now->totals.capture.down_ns, number));
	}
}

static void add_packets(struct fa_buffer *buffer, const struct fa_statistics *now,
			const struct fa_statistics *previous)
{
	const struct fa_capture_counts *c = &now->totals.capture;
	struct rates rates;
	char number[FA_NUMBER_TEXT], bytes[FA_NUMBER_TEXT];

	begin_line(buffer, "packets");
	fa_buffer_addf(buffer, "%s read, %s on the wire", fa_number_text(c->packets, number),
		       fa_bytes_text(c->frame_bytes, bytes));
	if (rates_of(now, previous, &rates))
		fa_buffer_addf(buffer, "; now %s packets/s, %s",
			       fa_number_text(rates.packets, number), bits_text(rates.bits, bytes));
	begin_line(buffer, "decoded");
	fa_buffer_add(buffer, fa_number_text(c->results[FA_DECODE_DECODED], number));
	for (size_t i = 0; i < FA_DECODE_COUNT; i++)
		if (i != FA_DECODE_DECODED && c->results[i] > 0)
			fa_buffer_addf(buffer, ", %s %s", fa_number_text(c->results[i], number),
				       fa_decode_result_text((enum fa_decode_result)i));
	if (c->duplicates > 0)
		fa_buffer_addf(buffer, ", %s seen twice", fa_number_text(c->duplicates, number));
	if (c->duplicates_left > 0)
		fa_buffer_addf(buffer, ", %s repeated and counted",
			       fa_number_text(c->duplicates_left, number));
}

static void add_drops(struct fa_buffer *buffer, const struct fa_statistics *now,
		      const struct fa_statistics *previous)
{
	const struct fa_run_totals *t = &now->totals;
	const struct {
		uint64_t count;
		const char *where;
	} drops[] = {
		{t->capture.dropped_kernel, "by the kernel"},
		{t->capture.dropped_interface, "by the interface"},
		{t->capture.dropped_ring, "before full rings"},
		{t->loss.packets_lost, "with workers that died"},
	};
	uint64_t sent =
		t->capture.packets + t->capture.dropped_kernel + t->capture.dropped_interface;
	uint64_t dropped = fa_statistics_dropped(now);
	uint64_t fresh = freshly_dropped(now, previous);
	char number[FA_NUMBER_TEXT], share[FA_NUMBER_TEXT];
	const char *joint = ": ";

	begin_line(buffer, fresh > 0 ? "DROPPED" : "dropped");
	fa_buffer_count(buffer, dropped, "packet", "packets");
	fa_buffer_addf(buffer, ", %s of all", fa_percent_text(dropped, sent, share));
	if (fresh > 0 && elapsed_of(now, previous) > 0)
		fa_buffer_addf(buffer, ", %s of them in the last %s", fa_number_text(fresh, number),
			       fa_duration_text(elapsed_of(now, previous), share));
	for (size_t i = 0; i < sizeof(drops) / sizeof(drops[0]); i++) {
		if (drops[i].count == 0)
			continue;
		fa_buffer_addf(buffer, "%s%s %s", joint, fa_number_text(drops[i].count, number),
			       drops[i].where);
		joint = ", ";
	}
}

static void add_flows(struct fa_buffer *buffer, const struct fa_statistics *now)
{
	const struct fa_worker_counts *w = &now->totals.workers;
	char number[FA_NUMBER_TEXT], other[FA_NUMBER_TEXT], third[FA_NUMBER_TEXT];

	begin_line(buffer, "flows");
	fa_buffer_addf(buffer, "%s active of at most %s, %s begun",
		       fa_number_text(now->flows_active, number),
		       fa_number_text(now->flows_max, other), fa_number_text(w->flows, third));
	if (w->flows_evicted > 0)
		fa_buffer_addf(buffer, ", %s given up early for want of memory",
			       fa_number_text(w->flows_evicted, number));
	if (w->inspections_evicted > 0)
		fa_buffer_addf(buffer, ", %s not inspected to the end for want of memory",
			       fa_number_text(w->inspections_evicted, number));
	if (now->totals.loss.flows_lost > 0)
		fa_buffer_addf(buffer, ", %s lost with workers that died",
			       fa_number_text(now->totals.loss.flows_lost, number));
	begin_line(buffer, "rings");
	fa_buffer_addf(buffer, "the fullest holds %s of %s (%u%%); workers are %s behind",
		       fa_bytes_text(now->ring_used_bytes, number),
		       fa_bytes_text(now->ring_bytes, other),
		       percent(now->ring_used_bytes, now->ring_bytes),
		       fa_duration_text(now->lag_ns, third));
}

static void add_stored(struct fa_buffer *buffer, const struct fa_statistics *now)
{
	char time[FA_TIME_TEXT], number[FA_NUMBER_TEXT];

	begin_line(buffer, "stored");
	fa_buffer_count(buffer, (uint64_t)now->windows, "window", "windows");
	fa_buffer_add(buffer, ", ");
	fa_buffer_count(buffer, now->totals.conversations, "conversation", "conversations");
	fa_buffer_add(buffer, "; ");
	fa_buffer_count(buffer, now->findings, "finding", "findings");
	fa_buffer_addf(buffer, " in run %lld", (long long)now->run);
	if (now->committed_wall_ns > 0)
		fa_buffer_addf(buffer, "; last at %s UTC (%s ago)",
			       fa_time_text_short(now->committed_wall_ns, time),
			       fa_duration_text(now->wall_ns - now->committed_wall_ns, number));
	else
		fa_buffer_add(buffer, "; nothing yet");
}

/* What is only worth a line when it happened. */
static void add_rare(struct fa_buffer *buffer, const struct fa_statistics *now)
{
	const struct fa_loss_counts *loss = &now->totals.loss;
	const struct {
		uint64_t count;
		const char *about, *what;
	} rare[] = {
		{loss->workers_replaced, "workers", "replaced after they died or hung"},
		{loss->judged_early, "memory", "times judged early, for want of memory"},
		{loss->evidence_dropped, "evidence", "packets not kept for want of room"},
		{now->events_dropped, "events", "dropped: nobody took them"},
		{now->reloads, "reloads", "of catalogs, site and waivers"},
	};
	char number[FA_NUMBER_TEXT];

	if (now->spool_bytes > 0) {
		begin_line(buffer, "SPOOL");
		fa_buffer_addf(buffer, "%s wait for the database",
			       fa_bytes_text(now->spool_bytes, number));
	}
	for (size_t i = 0; i < sizeof(rare) / sizeof(rare[0]); i++) {
		if (rare[i].count == 0)
			continue;
		begin_line(buffer, rare[i].about);
		fa_buffer_addf(buffer, "%s %s", fa_number_text(rare[i].count, number),
			       rare[i].what);
	}
}

void fa_status_text(const struct fa_statistics *now, const struct fa_statistics *previous,
		    FILE *out)
{
	struct fa_buffer buffer = {0};

	add_head(&buffer, now);
	add_packets(&buffer, now, previous);
	add_drops(&buffer, now, previous);
	add_flows(&buffer, now);
	add_stored(&buffer, now);
	add_rare(&buffer, now);
	fa_buffer_add(&buffer, "\n");
	if (!buffer.failed)
		fputs(fa_buffer_text(&buffer), out);
	fflush(out);
	fa_buffer_deinit(&buffer);
}
