/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From rows to relations: the part that every row pays for, so that everything here is a look-up of
 * numbers. Rows come in no order, and sums do not depend on it.
 */
#include "audit/drift_work.h"

#include <stdlib.h>
#include <string.h>

/* Ports from here on are rarely what a service was configured for: Linux takes those of clients
 * from 32768 on (net.ipv4.ip_local_port_range). */
#define HIGH_PORT 32768

/* A name that the inspection gives to what it does not know; see core/flow.h. */
#define UNKNOWN "Unknown"

/* Sampling goes up to one service in 2^MAX; from NAMED on those of the site are sampled, too. */
enum { SAMPLED_NAMED = 12 };

enum { IN_SINGLE, IN_SWEEP, IN_PEERS }; /* the kind of a finding */

struct reading {
	struct fa_drift_work *work;
	const struct fa_history *history;
	enum fa_drift_side side;
	bool is_part;
	size_t run; /* index in the span */
	uint8_t *findings; /* kind by number, of the run */
	size_t finding_room;
	uint32_t unknown; /* word */
	uint32_t answer;  /* of a callback */
};

static bool has_ports(uint8_t transport)
{
	return transport == FA_IP_TCP || transport == FA_IP_UDP || transport == FA_IP_SCTP;
}

/* --- Findings: which rows are of a sweep, or of many ports between two hosts --- */

static int keep_finding(void *arg, const struct fa_stored_finding *finding)
{
	struct reading *r = arg;
	uint8_t kind = IN_SINGLE;

	if (finding->sweep)
		kind = IN_SWEEP;
	else if (finding->ports > 1 && finding->client.version != 0)
		kind = IN_PEERS;
	if (kind == IN_SINGLE || finding->number <= 0 || finding->number > UINT32_MAX - 1)
		return 0;
	while (r->finding_room <= (size_t)finding->number) {
		size_t had = r->finding_room;

		if (!fa_drift_reserve(&r->work->budget, (void **)&r->findings, &r->finding_room,
				      (size_t)finding->number + 1, 1))
			return FA_EFULL;
		memset(&r->findings[had], IN_SINGLE, r->finding_room - had);
	}
	r->findings[finding->number] = kind;
	return 0;
}

static uint8_t finding_kind(const struct reading *r, int64_t number)
{
	return number <= 0 || (uint64_t)number >= r->finding_room ? IN_SINGLE
								    : r->findings[number];
}

/* --- Hosts, names and judgements: each asked for once --- */

static struct fa_drift_host *host_of(struct reading *r, int64_t id, int *error)
{
	struct fa_drift_work *work = r->work;
	const uint32_t *found = fa_drift_ids_find(&work->host_ids, id);
	struct fa_drift_host *host;

	if (found != NULL)
		return &work->hosts[*found];
	*error = FA_EFULL;
	if (!fa_drift_reserve(&work->budget, (void **)&work->hosts, &work->host_room,
			      work->host_count + 1, sizeof(*work->hosts)))
		return NULL;
	host = &work->hosts[work->host_count];
	memset(host, 0, sizeof(*host));
	*error = r->history->host(r->history->context, id, &host->addr, work->diag);
	if (*error != 0)
		return NULL;
	host->client = host->server = FA_DRIFT_NONE;
	host->is_moved = work->sites_differ &&
			 fa_drift_place_print(&work->places[FA_BEFORE], &host->addr) !=
				 fa_drift_place_print(&work->places[FA_NOW], &host->addr);
	if (!fa_drift_ids_add(&work->host_ids, &work->budget, id, (uint32_t)work->host_count)) {
		*error = FA_EFULL;
		return NULL;
	}
	work->host_count++;
	return host;
}

static int take_name(void *arg, const char *text)
{
	struct reading *r = arg;

	r->answer = fa_drift_word_of(r->work, text);
	return r->answer == FA_DRIFT_NONE ? FA_EFULL : 0;
}

static int name_of(struct reading *r, int64_t id, uint32_t *out)
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

static int take_judgement(void *arg, const struct fa_stored_judgement *stored)
{
	struct reading *r = arg;
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
	uint64_t hash = hash_judgement(work, &j);

	for (size_t i = fa_slots_first(&work->judgement_slots, hash);
	     fa_slots_used(&work->judgement_slots, i);
	     i = fa_slots_next(&work->judgement_slots, i)) {
		r->answer = (uint32_t)fa_slots_index(&work->judgement_slots, i);
		if (same_judgement(&work->judgements[r->answer], &j))
			return 0;
	}
	if (work->budget.is_full ||
	    !fa_drift_reserve(&work->budget, (void **)&work->judgements, &work->judgement_room,
			      work->judgement_count + 1, sizeof(*work->judgements)))
		return FA_EFULL;
	r->answer = (uint32_t)work->judgement_count;
	work->judgements[r->answer] = j;
	if (!fa_drift_slots_add(&work->budget, &work->judgement_slots, hash, r->answer,
				hash_of_judgement, work))
		return FA_EFULL;
	work->judgement_count++;
	return 0;
}

static int judgement_of(struct reading *r, int64_t id, uint32_t *out)
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

/* --- Relations --- */

static uint64_t hash_relation(const struct fa_drift_work *work, const struct fa_drift_relation *key)
{
	const uint64_t words[2] = {
		(uint64_t)key->client << 32 | key->server,
		(uint64_t)key->port << 16 | (uint64_t)key->transport << 8 | key->kind,
	};

	return fa_siphash_words(&work->key, words, 2);
}

static uint64_t hash_of_relation(const void *context, size_t index)
{
	const struct fa_drift_work *work = context;

	return hash_relation(work, &work->relations[index]);
}

static struct fa_drift_relation *find_relation(const struct fa_drift_work *work, uint64_t hash,
					       const struct fa_drift_relation *key)
{
	for (size_t i = fa_slots_first(&work->relation_slots, hash);
	     fa_slots_used(&work->relation_slots, i);
	     i = fa_slots_next(&work->relation_slots, i)) {
		struct fa_drift_relation *relation =
			&work->relations[fa_slots_index(&work->relation_slots, i)];

		if (relation->client == key->client && relation->server == key->server &&
		    relation->port == key->port && relation->transport == key->transport &&
		    relation->kind == key->kind)
			return relation;
	}
	return NULL;
}

struct fa_drift_relation *fa_drift_relation_find(const struct fa_drift_work *work, uint32_t client,
						 uint32_t server, uint8_t transport, uint16_t port,
						 enum fa_drift_kind kind)
{
	const struct fa_drift_relation key = {
		.client = client,
		.server = server,
		.port = port,
		.transport = transport,
		.kind = (uint8_t)kind,
	};

	return find_relation(work, hash_relation(work, &key), &key);
}

static struct fa_drift_relation *relation_of(struct fa_drift_work *work,
					     const struct fa_drift_relation *key)
{
	uint64_t hash = hash_relation(work, key);
	struct fa_drift_relation *relation = find_relation(work, hash, key);

	if (relation != NULL)
		return relation;
	if (!fa_drift_reserve(&work->budget, (void **)&work->relations, &work->relation_room,
			      work->relation_count + 1, sizeof(*work->relations)))
		return NULL;
	relation = &work->relations[work->relation_count];
	*relation = *key;
	if (!fa_drift_slots_add(&work->budget, &work->relation_slots, hash, work->relation_count,
				hash_of_relation, work))
		return NULL;
	work->relation_count++;
	return relation;
}

static struct fa_drift_sum *sum_of(struct reading *r, struct fa_drift_relation *relation)
{
	struct fa_drift_work *work = r->work;
	struct fa_drift_sum *sum;

	if (relation->sums[r->side] != 0)
		return &work->sums[relation->sums[r->side] - 1];
	if (!fa_drift_reserve(&work->budget, (void **)&work->sums, &work->sum_room,
			      work->sum_count + 1, sizeof(*work->sums)))
		return NULL;
	sum = &work->sums[work->sum_count++];
	memset(sum, 0, sizeof(*sum));
	sum->first_ns = INT64_MAX;
	sum->last_ns = INT64_MIN;
	relation->sums[r->side] = (uint32_t)work->sum_count;
	work->relation_counts[r->side]++;
	return sum;
}

static enum fa_drift_strength strength_of(const struct fa_traffic *row, uint32_t protocol)
{
	if (protocol == 0)
		return FA_GUESSED;
	switch (row->detected_by) {
	case FA_DETECTED_DPI:
	case FA_DETECTED_SIGNATURE:
		return FA_SEEN;
	case FA_DETECTED_DPI_PARTIAL:
		return FA_HALF_SEEN;
	default:
		return FA_GUESSED;
	}
}

static struct fa_drift_strand *strand_of(struct fa_drift_work *work, struct fa_drift_sum *sum,
					 uint32_t judgement, uint32_t protocol, uint8_t strength)
{
	struct fa_drift_strand *strand;

	for (uint32_t i = sum->strands; i != 0; i = strand->next) {
		strand = &work->strands[i - 1];
		if (strand->judgement == judgement && strand->protocol == protocol &&
		    strand->strength == strength)
			return strand;
	}
	if (!fa_drift_reserve(&work->budget, (void **)&work->strands, &work->strand_room,
			      work->strand_count + 1, sizeof(*work->strands)))
		return NULL;
	strand = &work->strands[work->strand_count++];
	memset(strand, 0, sizeof(*strand));
	strand->next = sum->strands;
	strand->judgement = judgement;
	strand->protocol = protocol;
	strand->strength = strength;
	sum->strands = (uint32_t)work->strand_count;
	return strand;
}

/* Runs come oldest first: the newest that has a finding, and there the most important one. */
static void keep_place(const struct reading *r, struct fa_drift_strand *strand, int64_t finding)
{
	if (finding <= 0 || finding > UINT32_MAX - 1)
		return;
	if (strand->finding != 0 && strand->run == (uint16_t)r->run &&
	    strand->finding <= (uint32_t)finding)
		return;
	strand->run = (uint16_t)r->run;
	strand->finding = (uint32_t)finding;
}

static int count_strand(struct reading *r, struct fa_drift_sum *sum, const struct fa_traffic *row)
{
	struct fa_drift_strand *strand;
	uint32_t protocol;
	uint32_t judgement;
	int error = name_of(r, row->protocol, &protocol);

	if (error == 0)
		error = judgement_of(r, row->judgement, &judgement);
	if (error != 0)
		return error;
	strand = strand_of(r->work, sum, judgement, protocol, (uint8_t)strength_of(row, protocol));
	if (strand == NULL)
		return FA_EFULL;
	strand->flows += row->flows;
	strand->answered += row->answered_flows;
	keep_place(r, strand, row->finding);
	return 0;
}

static uint64_t half_hours(int64_t first_ns, int64_t last_ns)
{
	int64_t first = fa_bucket_start(first_ns, FA_HALF_HOUR_NS) / FA_HALF_HOUR_NS;
	int64_t last = fa_bucket_start(last_ns, FA_HALF_HOUR_NS) / FA_HALF_HOUR_NS;
	uint64_t set = 0;

	if (last - first >= 48)
		last = first + 47;
	for (int64_t i = first; i <= last; i++)
		set |= 1ull << ((i % 48 + 48) % 48);
	return set;
}

static void count_row(struct fa_drift_sum *sum, const struct fa_traffic *row)
{
	sum->rows++;
	sum->flows += row->flows;
	sum->answered += row->answered_flows;
	sum->packets += row->packets;
	sum->bytes += row->bytes;
	if (row->first_ns < sum->first_ns)
		sum->first_ns = row->first_ns;
	if (row->last_ns > sum->last_ns)
		sum->last_ns = row->last_ns;
	sum->half_hours |= half_hours(row->first_ns, row->last_ns);
}

/* --- Distinct clients, servers and ports: pairs of a relation and a number --- */

enum { PAIR_CLIENT = 1, PAIR_SERVER, PAIR_PORT };

static bool is_new(struct reading *r, size_t relation, unsigned what, uint64_t value)
{
	return fa_drift_set_add(&r->work->pairs, &r->work->budget,
				(uint64_t)relation << 35 | (uint64_t)what << 33 | value);
}

struct ends {
	struct fa_drift_host *client, *server;
	uint16_t port;
};

static void count_distinct(struct reading *r, const struct fa_drift_relation *relation,
			   struct fa_drift_sum *sum, const struct ends *ends, uint8_t transport)
{
	struct fa_drift_work *work = r->work;
	size_t index = (size_t)(relation - work->relations);
	bool several = relation->kind != FA_KIND_PORT;

	/* A client network of one address has one client, and so on: look only where it matters. */
	if (!fa_drift_group_is_wide(work, relation->client))
		sum->clients = 1;
	else if (is_new(r, index, PAIR_CLIENT, (uint64_t)(ends->client - work->hosts)))
		sum->clients++;
	if (!several && !fa_drift_group_is_wide(work, relation->server))
		sum->servers = 1;
	else if (is_new(r, index, PAIR_SERVER, (uint64_t)(ends->server - work->hosts)))
		sum->servers++;
	if (!several)
		sum->ports = 1;
	else if (is_new(r, index, PAIR_PORT, (uint64_t)transport << 16 | ends->port))
		sum->ports++;
}

/* --- A row --- */

/*
 * Where nothing but the first packet says who serves, the ends change places from night to night.
 * So the lower port serves, and of equal ports and of two high ones that of the higher address.
 */
static void settle(const struct fa_traffic *row, struct ends *ends, bool is_open)
{
	bool swap = is_open || row->client_port == row->port
			    ? fa_addr_compare(&ends->client->addr, &ends->server->addr) > 0
			    : row->client_port < row->port;
	struct fa_drift_host *client = ends->client;

	if (!swap)
		return;
	ends->client = ends->server;
	ends->server = client;
	ends->port = row->client_port;
}

static enum fa_drift_kind kind_of(const struct reading *r, const struct fa_traffic *row,
				  struct ends *ends)
{
	uint8_t finding = finding_kind(r, row->finding);
	bool is_open;

	if (finding == IN_SWEEP)
		return FA_KIND_SWEEP;
	if (finding == IN_PEERS)
		return FA_KIND_PEERS;
	if (row->direction_by != FA_BY_FIRST_PACKET || row->client_port == 0 ||
	    !has_ports(row->transport))
		return FA_KIND_PORT;
	is_open = row->port >= HIGH_PORT && row->client_port >= HIGH_PORT;
	settle(row, ends, is_open);
	return is_open ? FA_KIND_OPEN : FA_KIND_PORT;
}

static bool is_sampled(const struct fa_drift_work *work, const struct fa_drift_relation *key)
{
	uint32_t group = key->server != 0 ? key->server : key->client;
	uint64_t hash;

	if (work->sampled == 0)
		return true;
	if (work->sampled < SAMPLED_NAMED && work->groups[group].kind != FA_GROUP_HOST)
		return true;
	hash = fa_drift_group_hash(work, group) ^
	       ((uint64_t)key->transport << 16 | key->port) * 0x9e3779b97f4a7c15u;
	hash ^= hash >> 32;
	return (hash & ((1ull << work->sampled) - 1)) == 0;
}

/* The relation's key; false without room. */
static bool make_key(struct fa_drift_work *work, enum fa_drift_kind kind, const struct ends *ends,
		     uint8_t transport, struct fa_drift_relation *key)
{
	memset(key, 0, sizeof(*key));
	key->kind = (uint8_t)kind;
	key->client = fa_drift_client_group(work, ends->client);
	if (kind != FA_KIND_SWEEP)
		key->server = fa_drift_server_group(work, ends->server);
	if (kind == FA_KIND_PORT)
		key->port = ends->port;
	if (kind == FA_KIND_PORT || kind == FA_KIND_OPEN)
		key->transport = transport;
	return key->client != FA_DRIFT_NONE && key->server != FA_DRIFT_NONE;
}

static void count_part(struct reading *r, const struct fa_traffic *row)
{
	struct fa_span_facts *facts =
		r->side == FA_NOW ? &r->work->drift->now : &r->work->drift->before;

	facts->conversations++;
	facts->flows += row->flows;
}

static int take_row(void *arg, const struct fa_traffic *row)
{
	struct reading *r = arg;
	struct fa_drift_work *work = r->work;
	struct fa_drift_relation *relation;
	struct fa_drift_relation key;
	struct fa_drift_sum *sum;
	struct ends ends = {.port = row->port};
	size_t client;
	int error = 0;

	if (r->is_part)
		count_part(r, row);
	ends.client = host_of(r, row->client, &error);
	if (ends.client == NULL)
		return error;
	client = (size_t)(ends.client - work->hosts);
	ends.server = host_of(r, row->server, &error);
	if (ends.server == NULL)
		return error;
	ends.client = &work->hosts[client]; /* the array may have moved */
	if (!make_key(work, kind_of(r, row, &ends), &ends, row->transport, &key))
		return FA_EFULL;
	if (!is_sampled(work, &key))
		return 0;
	relation = relation_of(work, &key);
	sum = relation == NULL ? NULL : sum_of(r, relation);
	if (sum == NULL)
		return FA_EFULL;
	count_row(sum, row);
	sum->is_moved |= ends.client->is_moved || ends.server->is_moved;
	count_distinct(r, relation, sum, &ends, row->transport);
	return count_strand(r, sum, row);
}

static int read_run(struct reading *r)
{
	const struct fa_span *span = &r->work->spans[r->side];
	int error;

	if (r->findings != NULL)
		memset(r->findings, IN_SINGLE, r->finding_room);
	error = r->history->each_finding(r->history->context, span->runs[r->run], 0, keep_finding, r,
					 r->work->diag);
	return error != 0 ? error
			  : r->history->each_traffic(r->history->context, span->runs[r->run],
						     span->from_ns, span->to_ns, take_row, r,
						     r->work->diag);
}

static int read_side(struct fa_drift_work *work, enum fa_drift_side side)
{
	const struct fa_span *span = &work->spans[side];
	struct reading r = {
		.work = work,
		.history = span->history,
		.side = side,
		.is_part = span->from_ns != INT64_MIN || span->to_ns != INT64_MAX,
		.unknown = fa_drift_word_of(work, UNKNOWN),
	};
	int error = 0;

	/* Numbers are of one store; what is kept of the first side is in our own numbers. */
	work->host_count = 0;
	if (fa_drift_ids_clear(&work->host_ids) != 0 || fa_drift_ids_clear(&work->name_ids) != 0 ||
	    fa_drift_ids_clear(&work->judgement_ids) != 0)
		return FA_EFULL;
	for (r.run = 0; error == 0 && r.run < span->run_count; r.run++)
		error = read_run(&r);
	work->budget.used_bytes -= r.finding_room;
	free(r.findings);
	work->is_deaf |= work->pairs.is_full;
	fa_drift_set_clear(&work->pairs, &work->budget);
	return error;
}

int fa_drift_read(struct fa_drift_work *work)
{
	int error = read_side(work, FA_BEFORE);

	return error != 0 ? error : read_side(work, FA_NOW);
}
