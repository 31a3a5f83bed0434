/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading what the tap missed of TCP, pair of hosts by pair. The view v_loss says the same. */
#include "store/history.h"

#include <string.h>

/* Only these pairs can be told of: summing up all of them would sort every row of the run. */
#define CANDIDATES                                                                                 \
	"SELECT client, server FROM conversation WHERE run = ?1 AND transport = 6 AND "            \
	"(sequence_gaps > 0 OR packets_to_client = 0 OR packets_to_server = 0)"
#define LOSS_SQL                                                                                   \
	"SELECT cl.sort, se.sort, l.flows, l.bytes, l.missing, l.to_server, l.to_client, "         \
	"l.one_way FROM (SELECT *, CASE WHEN NOT talks THEN 0 WHEN to_client = 0 THEN 1 "          \
	"WHEN to_server = 0 THEN 2 ELSE 0 END AS one_way FROM (SELECT client, server, "            \
	"sum(flows) AS flows, sum(bytes_to_server) + sum(bytes_to_client) AS bytes, "              \
	"sum(sequence_gaps) AS missing, sum(packets_to_server) AS to_server, "                     \
	"sum(packets_to_client) AS to_client, sum(refused) + sum(half_open) + sum(established) + " \
	"sum(midstream) + sum(closed) + sum(reset) > 0 OR (sum(payload_packets) > 0 "              \
	"AND sum(flows) > sum(attempted) + sum(unreachable)) AS talks FROM conversation "          \
	"WHERE run = ?1 AND transport = 6 AND (client, server) IN (" CANDIDATES                    \
	") GROUP BY client, server)) l "                                                           \
	"JOIN host cl ON cl.id = l.client JOIN host se ON se.id = l.server "                       \
	"WHERE l.missing > 0 OR l.one_way > 0 "                                                    \
	"ORDER BY l.missing DESC, l.bytes DESC, se.sort, cl.sort"

static void column_loss(struct fa_columns *c, struct fa_stored_loss *out)
{
	int64_t one_way;

	memset(out, 0, sizeof(*out));
	fa_column_addr(c, &out->client);
	fa_column_addr(c, &out->server);
	out->flows = fa_column_count(c);
	out->bytes = fa_column_count(c);
	out->missing_bytes = fa_column_count(c);
	out->packets_to_server = fa_column_count(c);
	out->packets_to_client = fa_column_count(c);
	one_way = fa_column_int(c);
	out->one_way = one_way == 1 ? FA_ONLY_TO_SERVER
		       : one_way == 2 ? FA_ONLY_TO_CLIENT : FA_BOTH_WAYS;
}

int fa_history_each_loss(void *context, int64_t run,
			 int (*fn)(void *arg, const struct fa_stored_loss *), void *arg,
			 struct fa_diag *diag)
{
	struct fa_store *store = context;
	struct fa_stored_loss loss;
	struct fa_history_walk walk;
	struct fa_columns c;
	int error = fa_history_resolve(store, &run, diag);

	if (error != 0)
		return error;
	fa_history_begin(&walk, store, LOSS_SQL, run);
	while (error == 0 && fa_history_next(&walk, &c)) {
		column_loss(&c, &loss);
		error = fn(arg, &loss);
	}
	return fa_history_end(&walk, error, diag);
}
