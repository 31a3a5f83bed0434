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

enum { IN_SINGLE, IN_SWEEP, IN_PEERS }; /* the kind of a finding */

static bool has_ports(uint8_t transport)
{
	return transport == FA_IP_TCP || transport == FA_IP_UDP || transport == FA_IP_SCTP;
}

/* --- Findings: which rows are of a sweep, or of many ports between two hosts --- */

static int keep_finding(void *arg, const struct fa_stored_finding *finding)
{
	struct fa_drift_reading *r = arg;
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

static uint8_t finding_kind(const struct fa_drift_reading *r, int64_t number)
{
	return number <= 0 || (uint64_t)number >= r->finding_room ? IN_SINGLE
								    : r->findings[number];
}

/* --- What a row adds --- */

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

/* Runs come oldest first: the newest that has a finding, and there the most important one. */
static void keep_place(const struct fa_drift_reading *r, struct fa_drift_strand *strand, int64_t finding)
{
	if (finding <= 0 || finding > UINT32_MAX - 1)
		return;
	if (strand->finding != 0 && strand->run == (uint16_t)r->run &&
	    strand->finding <= (uint32_t)finding)
		return;
	strand->run = (uint16_t)r->run;
	strand->finding = (uint32_t)finding;
}

static uint32_t add_up(uint32_t a, uint64_t b)
{
	return b > UINT32_MAX - a ? UINT32_MAX : a + (uint32_t)b;
}

static void count_strand(const struct fa_drift_reading *r, struct fa_drift_strand *strand,
			 const struct fa_traffic *row)
{
	strand->flows = add_up(strand->flows, row->flows);
	strand->answered = add_up(strand->answered, row->answered_flows);
	keep_place(r, strand, row->finding);
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

static bool is_new(struct fa_drift_reading *r, size_t relation, unsigned what, uint64_t value)
{
	const uint64_t mask = (1ull << (FA_DRIFT_PAIR_BITS - 2)) - 1;

	return fa_drift_set_add(&r->work->pairs, &r->work->budget,
				(uint64_t)relation << FA_DRIFT_PAIR_BITS |
					(uint64_t)what << (FA_DRIFT_PAIR_BITS - 2) | (value & mask));
}

struct ends {
	int64_t client_id, server_id;
	struct fa_drift_host *client, *server;
	uint16_t port;
};

static void count_distinct(struct fa_drift_reading *r, const struct fa_drift_relation *relation,
			   struct fa_drift_sum *sum, const struct ends *ends, uint8_t transport)
{
	struct fa_drift_work *work = r->work;
	size_t index = (size_t)(relation - work->relations);
	bool several = relation->kind != FA_KIND_PORT;

	/* A group of one host has one, and so on: look only where it matters. */
	if (!fa_drift_group_is_wide(work, relation->client))
		sum->clients = 1;
	else if (is_new(r, index, PAIR_CLIENT, (uint64_t)ends->client_id))
		sum->clients++;
	if (!several && !fa_drift_group_is_wide(work, relation->server))
		sum->servers = 1;
	else if (is_new(r, index, PAIR_SERVER, (uint64_t)ends->server_id))
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
	struct ends was = *ends;

	if (!swap)
		return;
	ends->client = was.server;
	ends->client_id = was.server_id;
	ends->server = was.client;
	ends->server_id = was.client_id;
	ends->port = row->client_port;
}

static enum fa_drift_kind kind_of(const struct fa_drift_reading *r, const struct fa_traffic *row,
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

/* Whether a row is of the part; only services are in parts, all else is of the first. */
static int is_wanted(struct fa_drift_work *work, enum fa_drift_kind kind, const struct ends *ends,
		     uint8_t transport)
{
	uint64_t hash;

	if (kind != FA_KIND_PORT)
		return !work->is_later;
	if (work->part.bits == 0)
		return 1;
	hash = fa_drift_server_hash(work, ends->server);
	return hash == 0 ? FA_EFULL : fa_drift_is_in_part(work, hash, transport, ends->port);
}

/* 1: the relation's key; 0: it is not of this part; or an error. */
static int make_key(struct fa_drift_work *work, enum fa_drift_kind kind, const struct ends *ends,
		    uint8_t transport, struct fa_drift_relation *key)
{
	int wanted = is_wanted(work, kind, ends, transport);

	if (wanted != 1)
		return wanted;
	memset(key, 0, sizeof(*key));
	key->kind = (uint8_t)kind;
	key->client = fa_drift_client_group(work, ends->client);
	if (kind != FA_KIND_SWEEP)
		key->server = fa_drift_server_group(work, ends->server);
	if (kind == FA_KIND_PORT)
		key->port = ends->port;
	if (kind == FA_KIND_PORT || kind == FA_KIND_OPEN)
		key->transport = transport;
	return key->client == FA_DRIFT_NONE || key->server == FA_DRIFT_NONE ? FA_EFULL : 1;
}

static void count_part(struct fa_drift_reading *r, const struct fa_traffic *row)
{
	struct fa_span_facts *facts =
		r->side == FA_NOW ? &r->work->drift->now : &r->work->drift->before;

	facts->conversations++;
	facts->flows += row->flows;
}

/* What a row is added to. */
struct target {
	struct ends ends;
	struct fa_drift_relation *relation;
	struct fa_drift_sum *sum;
	struct fa_drift_strand *strand;
};

static int find_strand(struct fa_drift_reading *r, const struct fa_traffic *row, struct target *out)
{
	struct fa_drift_strand like;
	int error;

	memset(&like, 0, sizeof(like));
	error = fa_drift_name_of(r, row->protocol, &like.protocol);
	if (error == 0)
		error = fa_drift_judgement_of(r, row->judgement, &like.judgement);
	if (error != 0)
		return error;
	like.strength = (uint8_t)strength_of(row, like.protocol);
	out->strand = fa_drift_strand_of(r->work, out->sum, &like);
	return out->strand == NULL ? FA_EFULL : 0;
}

/* Room for three pairs; where parts cannot be smaller distinct hosts are no longer counted. */
static bool has_room_for_pairs(struct fa_drift_work *work)
{
	return work->is_deaf || fa_drift_set_room(&work->pairs, &work->budget, 3);
}

/* Everything that may fail, so that a row is counted whole or not at all: 1 when it is to be. */
static int find_target(struct fa_drift_reading *r, const struct fa_traffic *row, struct target *out)
{
	struct fa_drift_work *work = r->work;
	struct fa_drift_relation key;
	enum fa_drift_kind kind;
	size_t client;
	size_t server;
	int found = fa_drift_hosts_of(r, row, &client, &server);

	if (found != 0)
		return found;
	out->ends = (struct ends){row->client, row->server, &work->hosts[client],
				  &work->hosts[server], row->port};
	kind = kind_of(r, row, &out->ends);
	found = make_key(work, kind, &out->ends, row->transport, &key);
	if (found != 1)
		return found;
	out->relation = fa_drift_relation_of(work, &key);
	out->sum = out->relation == NULL ? NULL
					 : fa_drift_sum_make(work, out->relation, r->side);
	if (out->sum == NULL || !has_room_for_pairs(work))
		return FA_EFULL;
	found = find_strand(r, row, out);
	return found != 0 ? found : 1;
}

/* Too little memory for the row: with a smaller part, or without counting hosts, it may do. */
static bool make_room(struct fa_drift_work *work)
{
	if (fa_drift_split(work))
		return true;
	if (work->is_deaf)
		return false;
	work->is_deaf = true;
	work->budget.is_full = false;
	fa_drift_set_clear(&work->pairs, &work->budget);
	work->pairs.is_full = true;
	return true;
}

static int take_row(void *arg, const struct fa_traffic *row)
{
	struct fa_drift_reading *r = arg;
	struct target target;
	int found = find_target(r, row, &target);

	while (found == FA_EFULL && make_room(r->work))
		found = find_target(r, row, &target);
	if (found < 0)
		return found;
	if (r->is_part && !r->work->is_later)
		count_part(r, row);
	if (found == 0)
		return 0;
	count_row(target.sum, row);
	target.sum->is_moved |= target.ends.client->is_moved || target.ends.server->is_moved;
	count_distinct(r, target.relation, target.sum, &target.ends, row->transport);
	count_strand(r, target.strand, row);
	return 0;
}

static int read_run(struct fa_drift_reading *r)
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
	struct fa_drift_reading r = {
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
	fa_drift_set_clear(&work->pairs, &work->budget);
	return error;
}

int fa_drift_read(struct fa_drift_work *work)
{
	int error = read_side(work, FA_BEFORE);

	return error != 0 ? error : read_side(work, FA_NOW);
}
