/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Conversations: collected, then appended in one short transaction. */
#include "store/internal.h"

#include "base/time.h"
#include "core/packet.h"

void fa_bind_counts(struct fa_binder *b, const struct fa_counts *counts)
{
	/* In the order of FA_COUNT_COLUMNS, which names the states in the order of FA_FLOW_STATES. */
	_Static_assert(sizeof(*counts) == 21 * sizeof(uint64_t) && FA_FLOW_STATE_COUNT == 10,
		       "every count needs a column, and a new number here");
	fa_bind_count(b, counts->packets_to_server);
	fa_bind_count(b, counts->packets_to_client);
	fa_bind_count(b, counts->bytes_to_server);
	fa_bind_count(b, counts->bytes_to_client);
	fa_bind_count(b, counts->flows);
	for (size_t i = 0; i < FA_FLOW_STATE_COUNT; i++)
		fa_bind_count(b, counts->flows_in_state[i]);
	fa_bind_count(b, counts->payload_packets);
	fa_bind_count(b, counts->syn_retries);
	fa_bind_count(b, counts->truncated);
	fa_bind_count(b, counts->sequence_gaps);
	fa_bind_int(b, counts->first_seen_ns);
	fa_bind_int(b, counts->last_seen_ns);
}

/* The rows a conversation refers to. */
struct references {
	int64_t client, server, tunnel, protocol, application, host, judgement;
};

static int find_references(struct fa_store *store, const struct fa_pending *p,
			   struct references *out, int *error)
{
	const struct fa_identity *id = &p->conversation.id;
	const struct {
		const char *text;
		int64_t *row;
	} names[] = {
		{fa_tunnel_text(id->tunnel), &out->tunnel},
		{id->protocol, &out->protocol},
		{id->application, &out->application},
		{id->host, &out->host},
	};
	int rc = fa_store_host_row(store, &id->client, &out->client);

	if (rc == SQLITE_OK)
		rc = fa_store_host_row(store, &id->server, &out->server);
	for (size_t i = 0; rc == SQLITE_OK && i < sizeof(names) / sizeof(names[0]); i++)
		rc = fa_store_name_row(store, names[i].text, names[i].row);
	if (rc == SQLITE_OK)
		rc = fa_store_judgement_row(store, &p->judgement, &out->judgement, error);
	return rc;
}

static int insert(struct fa_store *store, const struct fa_pending *p, int *error)
{
	const struct fa_identity *id = &p->conversation.id;
	struct references refs;
	struct fa_binder b;
	int rc;

	if (id->detected_by >= FA_DETECTED_COUNT || id->direction_by >= FA_BY_COUNT ||
	    id->tunnel >= FA_TUNNEL_COUNT) {
		*error = FA_EINVAL;
		return SQLITE_OK;
	}
	rc = find_references(store, p, &refs, error);
	if (rc != SQLITE_OK || *error != 0)
		return rc;
	b = fa_store_binder(store, FA_STMT_CONVERSATION_ADD);
	fa_bind_int(&b, store->run);
	fa_bind_int(&b, store->next_conversation++);
	fa_bind_int(&b, p->conversation.bucket_ns);
	fa_bind_int(&b, refs.client);
	fa_bind_int(&b, refs.server);
	fa_bind_int(&b, id->transport);
	fa_bind_int(&b, id->server_port);
	fa_bind_int(&b, id->client_port);
	fa_bind_int(&b, id->fragment);
	fa_bind_int(&b, refs.tunnel);
	fa_bind_int(&b, id->tunnel_id);
	for (size_t i = 0; i < FA_KEY_VLANS; i++)
		fa_bind_int(&b, id->vlan[i]);
	fa_bind_int(&b, refs.protocol);
	fa_bind_int(&b, refs.application);
	fa_bind_int(&b, refs.host);
	fa_bind_int(&b, store->detection_rows[id->detected_by]);
	fa_bind_int(&b, store->direction_rows[id->direction_by]);
	fa_bind_int(&b, refs.judgement);
	fa_bind_counts(&b, &p->conversation.counts);
	return fa_sql_do(&b);
}

void fa_store_clear_caches(struct fa_store *store)
{
	fa_cache_clear(&store->hosts);
	fa_cache_clear(&store->names);
	fa_cache_clear(&store->judgements);
}

/*
 * Rows that were looked up before may be gone when somebody else has written since: SQLite's data
 * version tells. Called with the write lock held.
 */
int fa_store_check_caches(struct fa_store *store)
{
	int64_t version = 0;
	int rc = fa_sql_int(store->db, "PRAGMA data_version", &version);

	if (rc == SQLITE_OK && version != store->data_version) {
		fa_store_clear_caches(store);
		store->data_version = version;
	}
	return rc;
}

int fa_store_insert_pending(struct fa_store *store, int *error)
{
	int rc = SQLITE_OK;

	for (size_t i = 0; rc == SQLITE_OK && *error == 0 && i < store->pending_count; i++)
		rc = insert(store, &store->pending[i], error);
	if (rc == SQLITE_OK && *error == 0)
		store->pending_count = 0;
	return rc;
}

int fa_store_flush(struct fa_store *store, struct fa_diag *diag)
{
	int error = fa_store_writable(store, diag);
	bool own = store->window != FA_WINDOW_OPEN; /* the transaction */
	int rc = SQLITE_OK;

	if (error != 0 || store->pending_count == 0)
		return error;
	if (own) {
		rc = fa_sql_run(store->db, "BEGIN IMMEDIATE");
		if (rc == SQLITE_OK)
			rc = fa_store_check_caches(store);
	}
	if (rc == SQLITE_OK)
		rc = fa_store_insert_pending(store, &error);
	if (own && rc == SQLITE_OK && error == 0)
		rc = fa_sql_run(store->db, "COMMIT");
	if (rc != SQLITE_OK || error != 0)
		return fa_store_write_failed(store, rc, error, diag);
	return 0;
}

int fa_store_conversation(struct fa_store *store, const struct fa_conversation *conversation,
			  const struct fa_judgement *judgement, struct fa_diag *diag)
{
	int error = fa_store_addable(store, diag);
	int64_t now_ns;

	if (error != 0)
		return error;
	if (store->run == 0)
		return fa_fail(diag, FA_EINVAL, "%s: no run was begun", store->path);
	now_ns = fa_monotonic_ns();
	if (store->pending_count == 0)
		store->pending_since_ns = now_ns;
	store->pending[store->pending_count].conversation = *conversation;
	store->pending[store->pending_count].judgement = *judgement;
	store->pending_count++;
	if (store->pending_count < FA_STORE_BATCH &&
	    now_ns - store->pending_since_ns < FA_NS_PER_SECOND)
		return 0;
	return fa_store_flush(store, diag);
}
