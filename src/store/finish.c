/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The end of a run: expectations, findings, summary, final counts. */
#include "store/internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/slots.h"
#include "base/time.h"

int fa_store_expectation(struct fa_store *store, const struct fa_expectation *expectation,
			 struct fa_diag *diag)
{
	int error = fa_store_addable(store, diag);

	if (error != 0)
		return error;
	if (store->run == 0 || fa_store_rule_row(store, expectation->rule) == 0)
		return fa_fail(diag, FA_EINVAL,
			       "%s: an expectation needs a run, and a rule of its catalogs",
			       store->path);
	if (!fa_array_reserve((void **)&store->expectations, &store->expectation_room,
			      store->expectation_count + 1, sizeof(*store->expectations)))
		return fa_store_write_failed(store, SQLITE_OK, FA_ENOMEM, diag);
	store->expectations[store->expectation_count++] = *expectation;
	return 0;
}

/* The binding of a rule to an instance, or NULL. They are sorted by rule. */
static const struct fa_binding *find_binding(const struct fa_policy *policy,
					     const struct fa_expectation *e)
{
	size_t low = 0;
	size_t high = policy->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (policy->bindings[middle].rule->index < e->rule->index)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < policy->count && policy->bindings[low].rule == e->rule; low++)
		if (policy->bindings[low].instance == e->instance)
			return &policy->bindings[low];
	return NULL;
}

static bool same_ports(const struct fa_port_ranges *a, const struct fa_port_ranges *b)
{
	return a->count == b->count &&
	       (a->count == 0 || memcmp(a->items, b->items, a->count * sizeof(*a->items)) == 0);
}

/* The ports that hold at the instance, where they are others than the rule's; NULL: they are not.
 * sqlite3_free them. */
static char *ports_of_site(const struct fa_store *store, const struct fa_expectation *e)
{
	const struct fa_binding *binding =
		e->instance == NULL ? NULL : find_binding(store->policy, e);

	if (binding == NULL || binding->ports.count == 0 ||
	    same_ports(&binding->ports,
		       e->rule->ports.count > 0 ? &e->rule->ports : &e->rule->match_ports))
		return NULL;
	return fa_store_ports_text(&binding->ports);
}

int fa_store_expectations_write(struct fa_store *store)
{
	int rc = fa_store_run_sql(store, "DELETE FROM expectation WHERE run = ?", store->run);

	for (size_t i = 0; rc == SQLITE_OK && i < store->expectation_count; i++) {
		const struct fa_expectation *e = &store->expectations[i];
		struct fa_binder b = fa_store_binder(store, FA_STMT_EXPECTATION_ADD);
		char *ports = ports_of_site(store, e);

		fa_bind_int(&b, store->run);
		fa_bind_int(&b, (int64_t)i);
		fa_bind_int(&b, fa_store_rule_row(store, e->rule));
		fa_bind_text(&b, e->instance == NULL ? "" : e->instance->name);
		fa_bind_text(&b, e->role == NULL ? "" : e->role->name);
		fa_bind_text(&b, e->place == NULL ? "" : e->place->label);
		fa_bind_text(&b, ports);
		fa_bind_text(&b, fa_expectation_text(e->state));
		fa_bind_count(&b, e->conversations);
		fa_bind_count(&b, e->flows);
		fa_bind_text(&b, e->endpoints);
		fa_bind_text(&b, e->evidence);
		rc = fa_sql_do(&b);
		sqlite3_free(ports);
	}
	return rc;
}

static int update_run(struct fa_store *store, const struct fa_run_totals *totals)
{
	char why[512];
	struct fa_binder b = fa_store_binder(store, FA_STMT_RUN_UPDATE);

	fa_bind_text(&b, fa_run_end_text(totals->end));
	fa_bind_text(&b, fa_run_confidence(totals, why, sizeof(why)));
	fa_bind_text(&b, why);
	fa_bind_int(&b, fa_wall_clock_ns());
	fa_bind_int(&b, totals->interfaces.more);
	fa_bind_totals(&b, totals);
	fa_bind_int(&b, store->run);
	return fa_sql_do(&b);
}

static int write_decode_counts(struct fa_store *store, const struct fa_capture_counts *c)
{
	int rc = fa_store_run_sql(store, "DELETE FROM run_decode WHERE run = ?", store->run);

	return rc == SQLITE_OK ? fa_store_decode_write(store, FA_STMT_RUN_DECODE_ADD, 0, c) : rc;
}

static int write_link_types(struct fa_store *store, const struct fa_capture_counts *c)
{
	int rc = fa_store_run_sql(store, "DELETE FROM run_link_type WHERE run = ?", store->run);

	for (uint32_t i = 0; rc == SQLITE_OK && i < c->link_type_count && i < FA_LINK_TYPES_MAX;
	     i++) {
		struct fa_binder b = fa_store_binder(store, FA_STMT_RUN_LINK_TYPE_ADD);

		fa_bind_int(&b, store->run);
		fa_bind_int(&b, i);
		fa_bind_int(&b, c->link_types[i]);
		rc = fa_sql_do(&b);
	}
	return rc;
}

static int write_layers(struct fa_store *store, const struct fa_capture_counts *c)
{
	int rc = fa_store_run_sql(store, "DELETE FROM run_layer WHERE run = ?", store->run);

	for (int i = 0; rc == SQLITE_OK && i < FA_TUNNEL_COUNT; i++) {
		struct fa_binder b;

		if (c->layers[i] == 0)
			continue;
		b = fa_store_binder(store, FA_STMT_RUN_LAYER_ADD);
		fa_bind_int(&b, store->run);
		fa_bind_text(&b, fa_tunnel_text((enum fa_tunnel)i));
		fa_bind_count(&b, c->layers[i]);
		rc = fa_sql_do(&b);
	}
	return rc;
}

static void bind_if(struct fa_binder *b, bool known, uint64_t value)
{
	if (known)
		fa_bind_count(b, value);
	else
		fa_bind_null(b);
}

static int write_interfaces(struct fa_store *store, const struct fa_run_interfaces *interfaces)
{
	int rc = fa_store_run_sql(store, "DELETE FROM run_interface WHERE run = ?", store->run);

	for (uint32_t i = 0; rc == SQLITE_OK && i < interfaces->count && i < FA_INTERFACES_MAX;
	     i++) {
		const struct fa_run_interface *item = &interfaces->items[i];
		struct fa_binder b = fa_store_binder(store, FA_STMT_RUN_INTERFACE_ADD);

		fa_bind_int(&b, store->run);
		fa_bind_int(&b, i);
		fa_bind_text(&b, item->name);
		fa_bind_int(&b, item->link_type);
		fa_bind_int(&b, item->input);
		fa_bind_count(&b, item->packets);
		bind_if(&b, item->counts_kernel, item->dropped_kernel);
		bind_if(&b, item->counts_interface, item->dropped_interface);
		rc = fa_sql_do(&b);
	}
	return rc;
}

/* In packet time, and after the run has its last packet: one that ends within the run is over. */
static int set_waiver_status(struct fa_store *store)
{
	return fa_store_run_sql(
		store,
		"UPDATE waiver SET status = CASE "
		"WHEN (strftime('%s', expires) + 86400) * 1000000000 <= "
		"(SELECT last_ns FROM run WHERE id = ?1 AND packets > 0) THEN 'expired' "
		"WHEN conversations > 0 THEN 'used' ELSE 'unused' END WHERE run = ?1",
		store->run);
}

int fa_store_totals_write(struct fa_store *store, const struct fa_run_totals *totals)
{
	int rc = write_decode_counts(store, &totals->capture);

	if (rc == SQLITE_OK)
		rc = write_link_types(store, &totals->capture);
	if (rc == SQLITE_OK)
		rc = write_layers(store, &totals->capture);
	if (rc == SQLITE_OK)
		rc = write_interfaces(store, &totals->interfaces);
	if (rc == SQLITE_OK)
		rc = update_run(store, totals);
	if (rc == SQLITE_OK)
		rc = set_waiver_status(store);
	return rc;
}

static int prepare_findings(struct fa_store *store)
{
	int rc = fa_sql_run(store->db, "BEGIN");

	if (rc == SQLITE_OK)
		rc = fa_store_findings_prepare(store);
	if (rc == SQLITE_OK)
		rc = fa_sql_run(store->db, "COMMIT");
	return rc;
}

static int write_end(struct fa_store *store, const struct fa_run_totals *totals)
{
	int rc = fa_sql_run(store->db, "BEGIN IMMEDIATE");

	if (rc == SQLITE_OK)
		rc = fa_store_expectations_write(store);
	if (rc == SQLITE_OK)
		rc = fa_store_findings_write(store);
	if (rc == SQLITE_OK)
		rc = fa_store_totals_write(store, totals);
	if (rc == SQLITE_OK)
		rc = fa_sql_run(store->db, "COMMIT");
	return rc;
}

int fa_store_checkpoint(struct fa_store *store, bool whole)
{
	int rc;

	/* Busy is fine, and not worth waiting: the next checkpoint does what this one leaves. */
	sqlite3_busy_timeout(store->db, 0);
	rc = fa_sql_run(store->db, whole ? "PRAGMA wal_checkpoint(TRUNCATE)"
					 : "PRAGMA wal_checkpoint(PASSIVE)");
	sqlite3_busy_timeout(store->db, store->busy_timeout_ms);
	return (rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED ? SQLITE_OK : rc;
}

int fa_store_finish_run(struct fa_store *store, const struct fa_run_totals *totals,
			struct fa_diag *diag)
{
	int error = fa_store_flush(store, diag);
	int rc;

	if (error != 0)
		return error;
	if (store->run == 0)
		return fa_fail(diag, FA_EINVAL, "%s: no run was begun", store->path);
	if (store->window == FA_WINDOW_OPEN)
		return fa_fail(diag, FA_EINVAL, "%s: a window is open", store->path);
	/* The heavy part reads only rows of this run and needs no lock. */
	rc = prepare_findings(store);
	if (rc == SQLITE_OK)
		rc = write_end(store, totals);
	if (rc != SQLITE_OK)
		return fa_store_write_failed(store, rc, 0, diag);
	fa_store_units_drop(store);
	store->expectation_count = 0;
	rc = fa_store_checkpoint(store, true);
	if (rc != SQLITE_OK)
		return fa_store_write_failed(store, rc, 0, diag);
	if (totals->end != FA_RUN_UNFINISHED)
		fa_store_run_over(store);
	return 0;
}

void fa_store_run_over(struct fa_store *store)
{
	store->run = 0;
	store->window = FA_WINDOW_NEVER;
	fa_live_release(store);
}
