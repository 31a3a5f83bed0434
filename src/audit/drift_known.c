/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a store has numbers for: hosts, names, judgements. Each is asked for once, but for hosts
 * when there are more than a fifth of the memory holds: then all are forgotten, and asked for
 * again when they come.
 */
#include "audit/drift_work.h"

#include <string.h>

/* With its place in the table. */
#define HOST_BYTES (sizeof(struct fa_drift_host) + sizeof(struct fa_drift_id) + 12)

/* When there is no room for two more, and with more room it would be too much. */
static void forget_hosts_when_many(struct fa_drift_work *work)
{
	if (work->host_count + 2 <= work->host_room ||
	    work->host_room * 5 / 4 * HOST_BYTES <= work->asked_bytes / 5)
		return;
	work->host_count = 0;
	fa_drift_ids_clear(&work->host_ids); /* cannot fail: it was there */
}

static int host_of(struct fa_drift_reading *r, int64_t id, size_t *out)
{
	struct fa_drift_work *work = r->work;
	const uint32_t *found = fa_drift_ids_find(&work->host_ids, id);
	struct fa_drift_host *host;
	int error;

	if (found != NULL) {
		*out = *found;
		return 0;
	}
	if (!fa_drift_reserve(&work->budget, (void **)&work->hosts, &work->host_room,
			      work->host_count + 1, sizeof(*work->hosts)))
		return FA_EFULL;
	host = &work->hosts[work->host_count];
	memset(host, 0, sizeof(*host));
	error = r->history->host(r->history->context, id, &host->addr, work->diag);
	if (error != 0)
		return error;
	host->client = host->server = FA_DRIFT_NONE;
	host->is_moved = work->sites_differ &&
			 fa_drift_place_print(&work->places[FA_BEFORE], &host->addr) !=
				 fa_drift_place_print(&work->places[FA_NOW], &host->addr);
	if (!fa_drift_ids_add(&work->host_ids, &work->budget, id, (uint32_t)work->host_count))
		return FA_EFULL;
	*out = work->host_count++;
	return 0;
}

int fa_drift_hosts_of(struct fa_drift_reading *r, const struct fa_traffic *row, size_t *client,
		      size_t *server)
{
	int error;

	forget_hosts_when_many(r->work); /* not between the two */
	error = host_of(r, row->client, client);
	return error != 0 ? error : host_of(r, row->server, server);
}

static int take_name(void *arg, const char *text)
{
	struct fa_drift_reading *r = arg;

	r->answer = fa_drift_word_of(r->work, text);
	return r->answer == FA_DRIFT_NONE ? FA_EFULL : 0;
}

int fa_drift_name_of(struct fa_drift_reading *r, int64_t id, uint32_t *out)
{
	const uint32_t *found = fa_drift_ids_find(&r->work->name_ids, id);
	int error;

	if (found != NULL) {
		*out = *found;
		return 0;
	}
	error = r->history->name(r->history->context, id, take_name, r, r->work->diag);
	if (error != 0)
		return error;
	*out = r->answer == r->unknown ? 0 : r->answer;
	return fa_drift_ids_add(&r->work->name_ids, &r->work->budget, id, *out) ? 0 : FA_EFULL;
}

static uint64_t hash_judgement(const struct fa_drift_work *work,
			       const struct fa_drift_judgement *j)
{
	const uint64_t words[6] = {
		(uint64_t)j->verdict << 32 | (uint64_t)j->waived,
		(uint64_t)j->rule << 32 | j->nearest,
		(uint64_t)j->instance << 32 | j->nearest_instance,
		j->waiver,
		j->rule_version,
		j->nearest_version,
	};

	return fa_siphash_words(&work->key, words, 6);
}

static uint64_t hash_of_judgement(const void *context, size_t index)
{
	const struct fa_drift_work *work = context;

	return hash_judgement(work, &work->judgements[index]);
}

static bool same_judgement(const struct fa_drift_judgement *a, const struct fa_drift_judgement *b)
{
	return a->verdict == b->verdict && a->waived == b->waived && a->rule == b->rule &&
	       a->nearest == b->nearest && a->instance == b->instance &&
	       a->nearest_instance == b->nearest_instance && a->waiver == b->waiver &&
	       a->rule_version == b->rule_version && a->nearest_version == b->nearest_version;
}

static int keep_judgement(struct fa_drift_reading *r, const struct fa_drift_judgement *j)
{
	struct fa_drift_work *work = r->work;
	uint64_t hash = hash_judgement(work, j);

	for (size_t i = fa_slots_first(&work->judgement_slots, hash);
	     fa_slots_used(&work->judgement_slots, i);
	     i = fa_slots_next(&work->judgement_slots, i)) {
		r->answer = (uint32_t)fa_slots_index(&work->judgement_slots, i);
		if (same_judgement(&work->judgements[r->answer], j))
			return 0;
	}
	if (work->budget.is_full ||
	    !fa_drift_reserve(&work->budget, (void **)&work->judgements, &work->judgement_room,
			      work->judgement_count + 1, sizeof(*work->judgements)))
		return FA_EFULL;
	r->answer = (uint32_t)work->judgement_count;
	work->judgements[r->answer] = *j;
	if (!fa_drift_slots_add(&work->budget, &work->judgement_slots, hash, r->answer,
				hash_of_judgement, work))
		return FA_EFULL;
	work->judgement_count++;
	return 0;
}

static int take_judgement(void *arg, const struct fa_stored_judgement *stored)
{
	struct fa_drift_reading *r = arg;
	struct fa_drift_work *work = r->work;
	struct fa_drift_judgement j = {
		.verdict = stored->verdict,
		.waived = stored->waiver[0] != '\0' ? stored->waived : stored->verdict,
		.rule = fa_drift_word_of(work, stored->rule),
		.nearest = fa_drift_word_of(work, stored->nearest),
		.instance = fa_drift_word_of(work, stored->instance),
		.nearest_instance = fa_drift_word_of(work, stored->nearest_instance),
		.waiver = fa_drift_word_of(work, stored->waiver),
		.rule_version = stored->rule_version,
		.nearest_version = stored->nearest_version,
	};

	return keep_judgement(r, &j);
}

int fa_drift_judgement_of(struct fa_drift_reading *r, int64_t id, uint32_t *out)
{
	const uint32_t *found = fa_drift_ids_find(&r->work->judgement_ids, id);
	int error;

	if (found != NULL) {
		*out = *found;
		return 0;
	}
	error = r->history->judgement(r->history->context, id, take_judgement, r, r->work->diag);
	if (error != 0)
		return error;
	*out = r->answer;
	return fa_drift_ids_add(&r->work->judgement_ids, &r->work->budget, id, *out) ? 0 : FA_EFULL;
}
