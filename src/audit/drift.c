/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Comparing two spans, in steps that each look at everything once:
 *
 *	facts		losses, hours, what each was judged with
 *	places		the later site names the groups of both sides
 *	read		rows become relations: client group, server group, transport, port
 *	services	what is on one side only; drift_changes: what both have and changed
 *	merge		what is one thing to read becomes one candidate
 *	cause		why, and what else could have made it: drift_cause, drift_maybe
 *	others		expectations, waivers, coverage
 *	write		words, for as many as memory is there for
 *
 * Everything before the last step is numbers, so a row costs a few look-ups and a relation about
 * 130 bytes on each side. When that is too much, services are compared in parts: drift_parts.
 */
#include "audit/drift.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/drift_work.h"

#define DEFAULT_BYTES	 (176u << 20)
#define DEFAULT_FACTOR	 10
#define DEFAULT_VOLUME	 10000000
#define DEFAULT_EXPIRING 14
#define DEFAULT_NET4	 24
#define DEFAULT_NET6	 64

/* Of the memory: for rows being read, and for what is made of them; the rest is for words. */
#define READ_PERCENT	80
#define COMPARE_PERCENT 90

/* What a difference points into. */
struct result {
	struct fa_drift_arena arena;
	struct fa_drift_words words;
};

int fa_drift_no_room(struct fa_drift_work *work)
{
	work->budget.is_full = true;
	return fa_fail(work->diag, FA_ENOMEM, "comparing takes more than %" PRIu64 " MB of memory",
		       work->asked_bytes / 1000000);
}

uint32_t fa_drift_word_of(struct fa_drift_work *work, const char *text)
{
	return fa_drift_word(&work->words, &work->arena, &work->budget, text);
}

bool fa_drift_set_text(struct fa_drift_work *work, const char **field, const char *text)
{
	const char *copy = fa_drift_copy(&work->arena, &work->budget, text);

	*field = copy == NULL ? "" : copy;
	return copy != NULL;
}

struct fa_difference *fa_drift_other_add(struct fa_drift_work *work, enum fa_drift_section section,
					 enum fa_drift_aspect aspect, enum fa_drift_cause cause,
					 unsigned rank)
{
	struct fa_difference *d;

	if (!fa_drift_reserve(&work->budget, (void **)&work->others, &work->other_room,
			      work->other_count + 1, sizeof(*work->others)))
		return NULL;
	d = &work->others[work->other_count++];
	memset(d, 0, sizeof(*d));
	d->section = section;
	d->aspect = aspect;
	d->cause = cause;
	d->rank = rank;
	d->why = d->maybe = d->subject = d->client = d->server = "";
	d->server_before = d->client_list = d->server_list = "";
	d->before.protocol = d->before.rule = d->before.state = "";
	d->now.protocol = d->now.rule = d->now.state = "";
	return d;
}

/* --- Memory --- */

/* What only the store that is being read has numbers for. */
static void forget_hosts(struct fa_drift_work *work)
{
	struct fa_drift_budget *budget = &work->budget;

	fa_drift_release(budget, (void **)&work->hosts, &work->host_room, sizeof(*work->hosts));
	work->host_count = 0;
	fa_drift_ids_deinit(&work->host_ids, budget);
	fa_drift_ids_deinit(&work->name_ids, budget);
	fa_drift_ids_deinit(&work->judgement_ids, budget);
	fa_drift_set_clear(&work->pairs, budget);
}

static void forget_scratch(struct fa_drift_work *work)
{
	free(work->tally);
	free(work->shares[FA_BEFORE]);
	free(work->shares[FA_NOW]);
	free(work->touched);
	work->tally = NULL;
	work->shares[FA_BEFORE] = work->shares[FA_NOW] = NULL;
	work->touched = NULL;
	work->touched_count = 0;
}

/* Anew for each part, since there may be more judgements and words. */
static int make_scratch(struct fa_drift_work *work)
{
	forget_scratch(work);
	work->tally = calloc(work->judgement_count + 1, sizeof(*work->tally));
	work->shares[FA_BEFORE] = calloc(work->words.count + 1, sizeof(*work->shares[0]));
	work->shares[FA_NOW] = calloc(work->words.count + 1, sizeof(*work->shares[0]));
	work->touched = calloc(work->words.count + 1, sizeof(*work->touched));
	if (work->tally == NULL || work->shares[FA_BEFORE] == NULL ||
	    work->shares[FA_NOW] == NULL || work->touched == NULL)
		return fa_drift_no_room(work);
	return 0;
}

static void forget_all(struct fa_drift_work *work)
{
	struct fa_drift_budget *b = &work->budget;

	forget_hosts(work);
	forget_scratch(work);
	fa_drift_relations_forget(work);
	fa_drift_release(b, (void **)&work->candidates, &work->candidate_room,
			 sizeof(*work->candidates));
	fa_drift_release(b, (void **)&work->members, &work->member_room, sizeof(*work->members));
}

/* --- Traffic --- */

static void begin_facts(const struct fa_span *span, struct fa_span_facts *facts)
{
	if (span->from_ns != INT64_MIN || span->to_ns != INT64_MAX)
		facts->conversations = facts->flows = 0; /* drift_read.c counts them */
}

static int compare_part(struct fa_drift_work *work)
{
	int error;

	work->budget.limit_bytes = work->asked_bytes / 100 * READ_PERCENT;
	error = fa_drift_read(work);
	if (error == FA_EFULL)
		error = fa_drift_no_room(work);
	if (error != 0)
		return error;
	forget_hosts(work);
	work->budget.limit_bytes = work->asked_bytes / 100 * COMPARE_PERCENT;
	error = make_scratch(work);
	return error != 0 ? error : fa_drift_services(work);
}

static int compare_traffic(struct fa_drift_work *work)
{
	int error = fa_drift_relations_begin(work);
	int more = 1;

	begin_facts(&work->spans[FA_BEFORE], &work->drift->before);
	begin_facts(&work->spans[FA_NOW], &work->drift->now);
	while (error == 0 && more == 1) {
		error = compare_part(work);
		if (error == 0 && work->part_count > 0)
			error = fa_drift_candidates_trim(work);
		if (error == 0)
			more = fa_drift_next_part(work);
	}
	if (error == 0 && more < 0)
		error = more;
	work->drift->relations_before = work->relation_counts[FA_BEFORE];
	work->drift->relations_now = work->relation_counts[FA_NOW];
	return error != 0 ? error : fa_drift_candidates_finish(work);
}

/* --- The rest --- */

static int by_rank(const void *left, const void *right)
{
	const struct fa_difference *a = left;
	const struct fa_difference *b = right;
	int order;

	if (a->section != b->section)
		return a->section < b->section ? -1 : 1;
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	if (a->aspect != b->aspect)
		return a->aspect < b->aspect ? -1 : 1;
	order = strcmp(a->subject, b->subject);
	return order != 0 ? order : strcmp(a->server, b->server);
}

/* Behind those of traffic, where fa_drift_candidates_write left room for them. */
static void append_others(struct fa_drift_work *work)
{
	struct fa_drift *drift = work->drift;

	if (work->other_count == 0)
		return;
	qsort(work->others, work->other_count, sizeof(*work->others), by_rank);
	for (size_t i = 0; i < work->other_count; i++) {
		drift->items[drift->count++] = work->others[i];
		drift->in_section[work->others[i].section]++;
		drift->by_cause[work->others[i].cause]++;
	}
}

static void say_full(struct fa_drift_work *work, bool is_short)
{
	struct fa_drift *drift = work->drift;
	char why[FA_DRIFT_SENTENCE] = "";

	if (work->cut > 0)
		fa_drift_say(why, "%zu differences are counted, but not told, since they were less "
				  "important when memory was short", work->cut);
	if (work->is_deaf)
		fa_drift_say(why, "distinct hosts were not all counted, so that numbers of clients "
				  "were not compared");
	if (is_short)
		fa_drift_say(why, "only the first differences of each section are listed");
	if (why[0] == '\0')
		return;
	fa_drift_say(why, "comparing takes more than %" PRIu64 " MB of memory",
		     work->asked_bytes / 1000000);
	drift->full = true;
	work->budget.limit_bytes = UINT64_MAX; /* the one sentence that must fit */
	work->budget.is_full = false;
	fa_drift_set_text(work, &drift->full_why, why);
}

static int compare_others(struct fa_drift_work *work, bool *is_short)
{
	int error = fa_drift_coverage(work);

	if (error == 0)
		error = fa_drift_waivers(work);
	if (error == 0)
		error = fa_drift_expectations(work);
	if (error == 0 || !work->budget.is_full)
		return error;
	work->budget.is_full = false;
	work->diag->text[0] = '\0';
	*is_short = true;
	return 0;
}

static int read_basis(struct fa_drift_work *work)
{
	int error = fa_drift_facts(work, FA_BEFORE);

	if (error == 0)
		error = fa_drift_facts(work, FA_NOW);
	if (error != 0)
		return error;
	if (work->options.now_ns == 0)
		work->options.now_ns = work->drift->now.last_ns;
	work->has_site = work->basis[FA_NOW].site_digest[0] != '\0';
	work->sites_differ = strcmp(work->basis[FA_BEFORE].site_digest,
				    work->basis[FA_NOW].site_digest) != 0;
	return fa_drift_places_read(work);
}

static int compare(struct fa_drift_work *work)
{
	bool is_short = false;
	int error = read_basis(work);

	if (error == 0)
		error = compare_traffic(work);
	work->budget.limit_bytes = work->asked_bytes;
	if (error == 0)
		error = compare_others(work, &is_short);
	if (error == 0)
		error = fa_drift_candidates_write(work);
	if (error == FA_EFULL) {
		is_short = true;
		error = 0;
	}
	if (error != 0)
		return error;
	append_others(work);
	say_full(work, is_short);
	return 0;
}

/* --- Beginning and end --- */

static void set_options(struct fa_drift_work *work, const struct fa_drift_options *options)
{
	struct fa_drift_options *o = &work->options;

	if (options != NULL)
		*o = *options;
	if (o->factor == 0)
		o->factor = DEFAULT_FACTOR;
	if (o->min_bytes == 0)
		o->min_bytes = DEFAULT_VOLUME;
	if (o->expiring_days == 0)
		o->expiring_days = DEFAULT_EXPIRING;
	if (o->net4 == 0 || o->net4 > 32)
		o->net4 = DEFAULT_NET4;
	if (o->net6 == 0 || o->net6 > 128)
		o->net6 = DEFAULT_NET6;
}

static struct fa_drift *new_drift(void)
{
	struct fa_drift *drift = calloc(1, sizeof(*drift));

	if (drift == NULL)
		return NULL;
	drift->memory = calloc(1, sizeof(struct result));
	if (drift->memory == NULL) {
		free(drift);
		return NULL;
	}
	drift->before_words = drift->now_words = drift->full_why = "";
	drift->before.source = drift->before.site = drift->before.version = "";
	drift->now.source = drift->now.site = drift->now.version = "";
	return drift;
}

static bool set_span(struct fa_drift_work *work, enum fa_drift_side side,
		     const struct fa_span *span, const char **words)
{
	work->spans[side] = *span;
	if (!fa_drift_set_text(work, words, span->words == NULL ? "" : span->words))
		return false;
	work->spans[side].words = *words;
	return true;
}

/* Texts go to the result, the rest was only for making it. */
static void end(struct fa_drift_work *work)
{
	struct result *result = work->drift->memory;

	forget_all(work);
	for (unsigned side = 0; side < FA_SIDES; side++) {
		fa_drift_places_deinit(&work->places[side]);
		free(work->basis[side].catalogs);
	}
	free(work->others);
	result->arena = work->arena;
	result->words = work->words;
}

static int make(struct fa_drift_work *work, const struct fa_span *before,
		const struct fa_span *now)
{
	if (before->run_count == 0 || now->run_count == 0)
		return fa_fail(work->diag, FA_EINVAL, "nothing to compare: a span without runs");
	/* "" is word 0, and must be there before anybody asks for a text. */
	if (fa_drift_word_of(work, "") != 0 ||
	    !set_span(work, FA_BEFORE, before, &work->drift->before_words) ||
	    !set_span(work, FA_NOW, now, &work->drift->now_words))
		return fa_drift_no_room(work);
	return compare(work);
}

int fa_drift_make(struct fa_drift **out, const struct fa_span *before, const struct fa_span *now,
		  const struct fa_drift_options *options, uint64_t memory_bytes,
		  struct fa_diag *diag)
{
	uint64_t bytes = memory_bytes == 0 ? DEFAULT_BYTES : memory_bytes;
	struct fa_diag own = {""};
	struct fa_drift_work work = {
		.budget = {.limit_bytes = bytes},
		.diag = diag == NULL ? &own : diag,
		.asked_bytes = bytes,
		.drift = new_drift(),
		.key = fa_hash_key_random(),
		.pairs = {.max_bytes = bytes / 4, .key = fa_hash_key_random()},
	};
	int error;

	*out = NULL;
	if (work.drift == NULL)
		return fa_fail(diag, FA_ENOMEM, "out of memory");
	set_options(&work, options);
	error = make(&work, before, now);
	end(&work);
	if (error != 0) {
		fa_drift_free(work.drift);
		return error;
	}
	*out = work.drift;
	return 0;
}

void fa_drift_free(struct fa_drift *drift)
{
	struct result *result;

	if (drift == NULL)
		return;
	result = drift->memory;
	fa_drift_words_deinit(&result->words);
	fa_drift_arena_deinit(&result->arena);
	free(result);
	free(drift->items);
	free(drift);
}
