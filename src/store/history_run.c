/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading runs and their catalogs, sums, rules and expectations. */
#include "store/history.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

int fa_history_begin(struct fa_history_walk *walk, struct fa_store *store, const char *sql,
		     int64_t run)
{
	struct fa_binder b;
	int rc;

	memset(walk, 0, sizeof(*walk));
	walk->store = store;
	rc = fa_store_prepare(store, sql, &walk->stmt);
	if (rc == SQLITE_OK) {
		b = fa_binder(walk->stmt);
		if (sqlite3_bind_parameter_count(walk->stmt) > 0)
			fa_bind_int(&b, run);
		rc = b.rc;
	}
	walk->rc = rc;
	return rc;
}

bool fa_history_next(struct fa_history_walk *walk, struct fa_columns *columns)
{
	if (walk->rc == SQLITE_OK || walk->rc == SQLITE_ROW)
		walk->rc = sqlite3_step(walk->stmt);
	*columns = fa_columns(walk->stmt);
	return walk->rc == SQLITE_ROW;
}

int fa_history_end(struct fa_history_walk *walk, int stopped, struct fa_diag *diag)
{
	int error = stopped;

	if (error == 0 && walk->rc != SQLITE_DONE && walk->rc != SQLITE_ROW &&
	    walk->rc != SQLITE_OK)
		error = fa_store_failed(walk->store, walk->rc, diag);
	sqlite3_finalize(walk->stmt);
	return error;
}

int fa_history_resolve(struct fa_store *store, int64_t *run, struct fa_diag *diag)
{
	struct fa_history_walk walk;
	struct fa_columns c;
	int64_t found = 0;
	int error;

	fa_history_begin(&walk, store,
			 "SELECT id FROM run WHERE ?1 IN (0, id) ORDER BY id DESC LIMIT 1", *run);
	if (fa_history_next(&walk, &c))
		found = fa_column_int(&c);
	error = fa_history_end(&walk, 0, diag);
	if (error == 0 && found == 0 && *run == 0)
		error = fa_fail(diag, FA_ENOENT, "%s: no run is stored yet", store->path);
	if (error == 0 && found == 0)
		error = fa_fail(diag, FA_ENOENT, "%s: there is no run %" PRId64, store->path, *run);
	*run = found;
	return error;
}

#define RUN_COLUMNS                                                                                \
	"id, kind, source, filter, bucket_ns, workers, sandboxed, version, begun_ns, ending, "     \
	"committed_ns, max_headers, tunnel_ports, flow_key, duplicates_mode, "                     \
	"duplicates_within_ns, interfaces_more, " FA_TOTALS_COLUMNS ", conversations, findings, "  \
	"(SELECT count(*) FROM window w WHERE w.run = run.id), "                                   \
	"(SELECT count(*) FROM crash c WHERE c.run = run.id), "                                    \
	"site, site_digest, waivers_digest, "                                                      \
	"(SELECT count(DISTINCT product) FROM instance i WHERE i.run = run.id), "                  \
	"(SELECT count(*) FROM instance i WHERE i.run = run.id), "                                 \
	"(SELECT count(DISTINCT label) FROM place p WHERE p.run = run.id AND p.first IS p.last), " \
	"(SELECT count(DISTINCT label) FROM place p WHERE p.run = run.id AND "                     \
	"p.first IS NOT p.last)"

static enum fa_run_end end_parse(const char *text)
{
	for (enum fa_run_end end = FA_RUN_COMPLETE; end <= FA_RUN_FAILED; end++)
		if (strcmp(text, fa_run_end_text(end)) == 0)
			return end;
	return FA_RUN_UNFINISHED;
}

static void column_site(struct fa_columns *c, struct fa_stored_site *out)
{
	fa_text_copy(out->name, sizeof(out->name), fa_column_text(c));
	fa_text_copy(out->digest, sizeof(out->digest), fa_column_text(c));
	fa_text_copy(out->waivers_digest, sizeof(out->waivers_digest), fa_column_text(c));
	out->products = fa_column_count(c);
	out->instances = fa_column_count(c);
	out->hosts = fa_column_count(c);
	out->networks = fa_column_count(c);
}

/* A live run whose writer is gone has ended, though nobody could say so. */
static void correct_end(const struct fa_store *store, struct fa_stored_run *run)
{
	if (run->totals.end == FA_RUN_UNFINISHED && fa_live_is_gone(store, run->id))
		run->totals.end = FA_RUN_INTERRUPTED;
}

static void column_wire(struct fa_columns *c, struct fa_wire *out)
{
	int mode;

	out->max_headers = (unsigned)fa_column_count(c);
	if (fa_tunnel_ports_parse(&out->ports, fa_column_text(c)) != 0)
		memset(&out->ports, 0, sizeof(out->ports));
	fa_wire_key_parse(fa_column_text(c), &out->key_vlan); /* plain, if somebody edited it */
	mode = fa_duplicates_parse(fa_column_text(c));
	out->duplicates = mode < 0 ? FA_DUPLICATES_OFF : (enum fa_duplicates)mode;
	out->duplicates_ns = fa_column_int(c);
}

static void column_run(struct fa_columns *c, struct fa_stored_run *out)
{
	out->id = fa_column_int(c);
	out->info.kind = strcmp(fa_column_text(c), fa_run_kind_text(FA_RUN_LIVE)) == 0
				 ? FA_RUN_LIVE
				 : FA_RUN_REPLAY;
	fa_text_copy(out->info.source, sizeof(out->info.source), fa_column_text(c));
	fa_text_copy(out->info.filter, sizeof(out->info.filter), fa_column_text(c));
	out->info.bucket_ns = fa_column_int(c);
	out->info.workers = (uint32_t)fa_column_count(c);
	out->info.sandboxed = fa_column_int(c) != 0;
	fa_text_copy(out->version, sizeof(out->version), fa_column_text(c));
	out->begun_ns = fa_column_int(c);
	out->totals.end = end_parse(fa_column_text(c));
	out->committed_ns = fa_column_int(c);
	column_wire(c, &out->info.wire);
	out->totals.interfaces.more = (uint32_t)fa_column_count(c);
	fa_column_totals(c, &out->totals);
	out->totals.conversations = fa_column_count(c);
	out->findings = fa_column_count(c);
	out->windows = fa_column_count(c);
	out->crashes = fa_column_count(c);
	column_site(c, &out->site);
}

static int read_decode_counts(struct fa_store *store, struct fa_stored_run *run,
			      struct fa_diag *diag)
{
	struct fa_history_walk walk;
	struct fa_columns c;

	fa_history_begin(&walk, store, "SELECT reason, count FROM run_decode WHERE run = ?",
			 run->id);
	while (fa_history_next(&walk, &c))
		fa_column_decode(&c, &run->totals.capture);
	return fa_history_end(&walk, 0, diag);
}

static int read_link_types(struct fa_store *store, struct fa_stored_run *run, struct fa_diag *diag)
{
	struct fa_capture_counts *capture = &run->totals.capture;
	struct fa_history_walk walk;
	struct fa_columns c;

	fa_history_begin(&walk, store,
			 "SELECT link_type FROM run_link_type WHERE run = ? ORDER BY position",
			 run->id);
	while (capture->link_type_count < FA_LINK_TYPES_MAX && fa_history_next(&walk, &c))
		capture->link_types[capture->link_type_count++] = (int32_t)fa_column_int(&c);
	return fa_history_end(&walk, 0, diag);
}

static int read_layers(struct fa_store *store, struct fa_stored_run *run, struct fa_diag *diag)
{
	struct fa_history_walk walk;
	struct fa_columns c;

	fa_history_begin(&walk, store, "SELECT layer, packets FROM run_layer WHERE run = ?",
			 run->id);
	while (fa_history_next(&walk, &c)) {
		int kind = fa_tunnel_parse(fa_column_text(&c));

		if (kind > FA_TUNNEL_NONE)
			run->totals.capture.layers[kind] = fa_column_count(&c);
	}
	return fa_history_end(&walk, 0, diag);
}

/* A count that nobody may have made. */
static bool column_known(struct fa_columns *c, uint64_t *out)
{
	bool known = sqlite3_column_type(c->stmt, c->index) != SQLITE_NULL;

	*out = fa_column_count(c);
	return known;
}

static int read_interfaces(struct fa_store *store, struct fa_stored_run *run, struct fa_diag *diag)
{
	struct fa_run_interfaces *interfaces = &run->totals.interfaces;
	struct fa_history_walk walk;
	struct fa_columns c;

	fa_history_begin(&walk, store,
			 "SELECT name, link_type, input, packets, dropped_kernel, "
			 "dropped_interface FROM run_interface WHERE run = ? ORDER BY n",
			 run->id);
	while (interfaces->count < FA_INTERFACES_MAX && fa_history_next(&walk, &c)) {
		struct fa_run_interface *item = &interfaces->items[interfaces->count++];

		fa_text_copy(item->name, sizeof(item->name), fa_column_text(&c));
		item->link_type = (int32_t)fa_column_int(&c);
		item->input = (uint32_t)fa_column_count(&c);
		item->packets = fa_column_count(&c);
		item->counts_kernel = column_known(&c, &item->dropped_kernel);
		item->counts_interface = column_known(&c, &item->dropped_interface);
	}
	return fa_history_end(&walk, 0, diag);
}

/* What stands in tables of its own. */
static int complete_run(struct fa_store *store, struct fa_stored_run *run, struct fa_diag *diag)
{
	int error = read_decode_counts(store, run, diag);

	if (error == 0)
		error = read_link_types(store, run, diag);
	if (error == 0)
		error = read_layers(store, run, diag);
	return error != 0 ? error : read_interfaces(store, run, diag);
}

int fa_history_run_row(struct fa_store *store, int64_t run, struct fa_stored_run *out)
{
	struct fa_history_walk walk;
	struct fa_columns c;

	memset(out, 0, sizeof(*out));
	fa_history_begin(&walk, store, "SELECT " RUN_COLUMNS " FROM run WHERE id = ?", run);
	if (fa_history_next(&walk, &c))
		column_run(&c, out);
	sqlite3_finalize(walk.stmt);
	return walk.rc == SQLITE_ROW ? SQLITE_OK : walk.rc;
}

/* Without a snapshot somebody may have died since the last look. */
static int look(struct fa_store *store, struct fa_diag *diag)
{
	int rc = sqlite3_get_autocommit(store->db) != 0 ? fa_live_look(store) : SQLITE_OK;

	return rc == SQLITE_OK ? 0 : fa_store_failed(store, rc, diag);
}

int fa_history_run(void *context, int64_t run, struct fa_stored_run *out, struct fa_diag *diag)
{
	struct fa_store *store = context;
	int error = look(store, diag);
	int rc;

	memset(out, 0, sizeof(*out));
	if (error == 0)
		error = fa_history_resolve(store, &run, diag);
	if (error != 0)
		return error;
	rc = fa_history_run_row(store, run, out);
	if (rc != SQLITE_OK && rc != SQLITE_DONE)
		return fa_store_failed(store, rc, diag);
	correct_end(store, out);
	return complete_run(store, out, diag);
}

int fa_history_each_run(void *context, int (*fn)(void *arg, const struct fa_stored_run *),
			void *arg, struct fa_diag *diag)
{
	struct fa_store *store = context;
	struct fa_stored_run run;
	struct fa_history_walk walk;
	struct fa_columns c;
	int error = look(store, diag);

	if (error != 0)
		return error;
	fa_history_begin(&walk, store, "SELECT " RUN_COLUMNS " FROM run ORDER BY id", 0);
	while (error == 0 && fa_history_next(&walk, &c)) {
		memset(&run, 0, sizeof(run));
		column_run(&c, &run);
		correct_end(store, &run);
		error = complete_run(store, &run, diag);
		if (error == 0)
			error = fn(arg, &run);
	}
	return fa_history_end(&walk, error, diag);
}

int fa_history_each_catalog(void *context, int64_t run,
			    int (*fn)(void *arg, const struct fa_stored_catalog *), void *arg,
			    struct fa_diag *diag)
{
	struct fa_history_walk walk;
	struct fa_columns c;
	int error = fa_history_resolve(context, &run, diag);

	if (error != 0)
		return error;
	fa_history_begin(&walk, context,
			 "SELECT c.product, c.name, c.title, c.publisher, c.dated, c.digest, "
			 "(SELECT count(*) FROM rule WHERE catalog = c.id) FROM run_catalog x "
			 "JOIN catalog c ON c.id = x.catalog WHERE x.run = ? "
			 "ORDER BY c.product, c.digest",
			 run);
	while (error == 0 && fa_history_next(&walk, &c)) {
		struct fa_stored_catalog catalog = {0};

		catalog.product = fa_column_text(&c);
		catalog.name = fa_column_text(&c);
		catalog.title = fa_column_text(&c);
		catalog.publisher = fa_column_text(&c);
		catalog.dated = fa_column_text(&c);
		catalog.digest = fa_column_text(&c);
		catalog.rules = fa_column_count(&c);
		error = fn(arg, &catalog);
	}
	return fa_history_end(&walk, error, diag);
}

int fa_history_each_expectation(void *context, int64_t run,
				int (*fn)(void *arg, const struct fa_stored_expectation *),
				void *arg, struct fa_diag *diag)
{
	struct fa_history_walk walk;
	struct fa_columns c;
	int error = fa_history_resolve(context, &run, diag);

	if (error != 0)
		return error;
	fa_history_begin(&walk, context,
			 "SELECT " FA_RULE_COLUMNS ", e.instance, e.role, e.place, "
			 "CASE e.ports WHEN '' THEN r.ports ELSE e.ports END, e.state, "
			 "e.conversations, e.flows, e.endpoints, e.evidence FROM expectation e "
			 "JOIN rule r ON r.id = e.rule JOIN catalog c ON c.id = r.catalog "
			 "WHERE e.run = ? ORDER BY r.rule, e.instance, e.place, e.role, e.endpoints, "
			 "e.state, e.evidence",
			 run);
	while (error == 0 && fa_history_next(&walk, &c)) {
		struct fa_stored_expectation e = {0};
		const char *state;

		fa_column_rule(&c, &e.rule);
		e.instance = fa_column_text(&c);
		e.role = fa_column_text(&c);
		e.place = fa_column_text(&c);
		e.ports = fa_column_text(&c);
		state = fa_column_text(&c);
		while (e.state < FA_EXPECT_COUNT &&
		       strcmp(state, fa_expectation_text(e.state)) != 0)
			e.state++;
		if (e.state == FA_EXPECT_COUNT)
			e.state = FA_EXPECT_NOT_OBSERVABLE;
		e.conversations = fa_column_count(&c);
		e.flows = fa_column_count(&c);
		e.endpoints = fa_column_text(&c);
		e.evidence = fa_column_text(&c);
		error = fn(arg, &e);
	}
	return fa_history_end(&walk, error, diag);
}

/* The newest version, if the catalogs changed during the run. */
#define RULE_SQL                                                                                   \
	"SELECT " FA_RULE_COLUMNS " FROM run_catalog x JOIN catalog c ON c.id = x.catalog "        \
	"JOIN rule r ON r.catalog = c.id WHERE x.run = ?1 AND r.rule = ?2 "                        \
	"ORDER BY c.id DESC LIMIT 1"

int fa_history_rule(void *context, int64_t run, const char *id,
		    int (*fn)(void *arg, const struct fa_stored_rule *), void *arg,
		    struct fa_diag *diag)
{
	struct fa_store *store = context;
	struct fa_stored_rule rule;
	struct fa_history_walk walk;
	struct fa_columns c;
	bool found;
	int error = fa_history_resolve(store, &run, diag);

	if (error != 0)
		return error;
	if (fa_history_begin(&walk, store, RULE_SQL, run) == SQLITE_OK)
		walk.rc = sqlite3_bind_text(walk.stmt, 2, id, -1, SQLITE_STATIC);
	found = fa_history_next(&walk, &c);
	if (found) {
		fa_column_rule(&c, &rule);
		error = fn(arg, &rule);
	}
	error = fa_history_end(&walk, error, diag);
	if (error == 0 && !found)
		return fa_fail(diag, FA_ENOENT, "%s: run %" PRId64 " knows no rule \"%s\"",
			       store->path, run, id);
	return error;
}
