/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The beginning of a run: its row, its files, and the catalogs it will be judged with. */
#include "store/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"

/* The texts of a rule that are put together from lists. */
struct rule_texts {
	char *from, *to, *transports, *ports, *protocols, *json;
};

static char *joined(const struct fa_strings *strings)
{
	sqlite3_str *text = sqlite3_str_new(NULL);

	for (size_t i = 0; i < strings->count; i++)
		sqlite3_str_appendf(text, "%s%s", i > 0 ? ", " : "", strings->items[i]);
	return sqlite3_str_finish(text);
}

static char *joined_transports(unsigned transports)
{
	sqlite3_str *text = sqlite3_str_new(NULL);

	for (unsigned i = 0; i < FA_RULE_TRANSPORTS; i++)
		if ((transports & 1u << i) != 0)
			sqlite3_str_appendf(text, "%s%s", sqlite3_str_length(text) > 0 ? ", " : "",
					    fa_rule_transport_text(i));
	return sqlite3_str_finish(text);
}

char *fa_store_ports_text(const struct fa_port_ranges *ports)
{
	sqlite3_str *text = sqlite3_str_new(NULL);

	for (size_t i = 0; i < ports->count; i++) {
		const struct fa_port_range *range = &ports->items[i];

		sqlite3_str_appendf(text, "%s%d", i > 0 ? ", " : "", range->low);
		if (range->high != range->low)
			sqlite3_str_appendf(text, "-%d", range->high);
	}
	return sqlite3_str_finish(text);
}

/* The printed ports, or those a parameter has by default. */
static char *joined_ports(const struct fa_rule *rule)
{
	return fa_store_ports_text(rule->ports.count > 0 ? &rule->ports : &rule->match_ports);
}

static void rule_texts_deinit(struct rule_texts *texts)
{
	sqlite3_free(texts->from);
	sqlite3_free(texts->to);
	sqlite3_free(texts->transports);
	sqlite3_free(texts->ports);
	sqlite3_free(texts->protocols);
	free(texts->json);
}

static int rule_texts_init(struct rule_texts *texts, const struct fa_rule *rule,
			   const struct fa_rule_json *json)
{
	memset(texts, 0, sizeof(*texts));
	texts->from = joined(&rule->from);
	texts->to = joined(&rule->to);
	texts->transports = joined_transports(rule->transports);
	texts->ports = joined_ports(rule);
	texts->protocols = rule->any_protocol ? sqlite3_mprintf("any") : joined(&rule->protocols);
	return json->fn == NULL ? 0 : json->fn(json->context, rule, &texts->json);
}

static int add_rule(struct fa_store *store, int64_t catalog, const struct fa_rule *rule,
		    const struct fa_rule_json *json, int *error)
{
	struct rule_texts texts;
	struct fa_binder b;
	int rc = SQLITE_OK;

	*error = rule_texts_init(&texts, rule, json);
	if (*error != 0)
		goto out;
	b = fa_store_binder(store, FA_STMT_RULE_ADD);
	fa_bind_int(&b, catalog);
	fa_bind_text(&b, rule->id);
	fa_bind_text(&b, rule->component == NULL ? "" : rule->component->id);
	fa_bind_text(&b, rule->component == NULL ? "" : rule->component->name);
	fa_bind_text(&b, rule->title);
	fa_bind_text(&b, rule->section);
	fa_bind_text(&b, rule->row);
	fa_bind_text(&b, fa_rule_direction_text(rule->direction));
	fa_bind_text(&b, texts.from);
	fa_bind_text(&b, texts.to);
	fa_bind_text(&b, texts.transports);
	fa_bind_text(&b, texts.ports);
	fa_bind_text(&b, texts.protocols);
	fa_bind_text(&b, fa_requirement_text(rule->requirement));
	fa_bind_text(&b, rule->when);
	fa_bind_text(&b, fa_advice_text(rule->advice));
	fa_bind_text(&b, rule->advice_reason);
	fa_bind_text(&b, fa_scope_text(rule->scope));
	fa_bind_text(&b, rule->note);
	fa_bind_text(&b, texts.json);
	fa_bind_int(&b, rule->line);
	rc = fa_sql_do(&b);
out:
	rule_texts_deinit(&texts);
	return rc;
}

static int add_catalog(struct fa_store *store, const struct fa_product *product,
		       const char *digest, int64_t *row)
{
	struct fa_binder b = fa_store_binder(store, FA_STMT_CATALOG_ADD);
	int rc;

	fa_bind_text(&b, product->id);
	fa_bind_text(&b, digest);
	fa_bind_text(&b, product->name);
	fa_bind_text(&b, product->title);
	fa_bind_text(&b, product->publisher);
	fa_bind_text(&b, product->dated);
	fa_bind_text(&b, product->note);
	fa_bind_text(&b, product->file);
	rc = fa_sql_do(&b);
	*row = sqlite3_last_insert_rowid(store->db);
	return rc;
}

/* The row of this version of a catalog, with its rules; added when missing. */
static int catalog_row(struct fa_store *store, const struct fa_rulebook *book,
		       const struct fa_product *product, const struct fa_rule_json *json,
		       int64_t *row, int *error)
{
	char digest[17];
	struct fa_binder b = fa_store_binder(store, FA_STMT_CATALOG_FIND);
	int rc;

	snprintf(digest, sizeof(digest), "%016" PRIx64, product->digest);
	fa_bind_text(&b, product->id);
	fa_bind_text(&b, digest);
	rc = fa_sql_find(&b, row);
	if (rc != SQLITE_OK || *row != 0)
		return rc;
	rc = add_catalog(store, product, digest, row);
	for (size_t i = 0; rc == SQLITE_OK && *error == 0 && i < product->rule_count; i++)
		rc = add_rule(store, *row, &book->rules[product->first_rule + i], json, error);
	return rc;
}

/* Learns the rows of a product's rules. */
static int find_rules(struct fa_store *store, const struct fa_rulebook *book,
		      const struct fa_product *product, int64_t catalog, int64_t *rows, int *error)
{
	int rc = SQLITE_OK;

	for (size_t i = 0; rc == SQLITE_OK && i < product->rule_count; i++) {
		size_t index = product->first_rule + i;
		struct fa_binder b = fa_store_binder(store, FA_STMT_RULE_FIND);

		fa_bind_int(&b, catalog);
		fa_bind_text(&b, book->rules[index].id);
		rc = fa_sql_find(&b, &rows[index]);
		if (rc == SQLITE_OK && rows[index] == 0)
			*error = FA_ECORRUPT;
	}
	return rc;
}

static int store_book(struct fa_store *store, const struct fa_rulebook *book,
		      const struct fa_rule_json *json, int64_t *rows, int *error)
{
	int rc = SQLITE_OK;

	for (size_t i = 0; rc == SQLITE_OK && *error == 0 && i < book->product_count; i++) {
		const struct fa_product *product = &book->products[i];
		struct fa_binder b;
		int64_t catalog = 0;

		rc = catalog_row(store, book, product, json, &catalog, error);
		if (rc == SQLITE_OK && *error == 0)
			rc = find_rules(store, book, product, catalog, rows, error);
		if (rc != SQLITE_OK || *error != 0)
			break;
		b = fa_store_binder(store, FA_STMT_RUN_CATALOG_ADD);
		fa_bind_int(&b, store->run);
		fa_bind_int(&b, catalog);
		rc = fa_sql_do(&b);
	}
	return rc;
}

static int add_inputs(struct fa_store *store, const struct fa_input_files *files)
{
	int rc = SQLITE_OK;

	for (size_t i = 0; rc == SQLITE_OK && i < files->count; i++) {
		struct fa_binder b = fa_store_binder(store, FA_STMT_RUN_INPUT_ADD);

		fa_bind_int(&b, store->run);
		fa_bind_int(&b, (int64_t)i);
		fa_bind_text(&b, files->items[i].path);
		fa_bind_count(&b, files->items[i].bytes);
		fa_bind_int(&b, files->items[i].mtime_ns);
		rc = fa_sql_do(&b);
	}
	return rc;
}

static int add_run(struct fa_store *store, const struct fa_store_run *run)
{
	const struct fa_run_info *info = run->info;
	struct fa_binder b = fa_store_binder(store, FA_STMT_RUN_ADD);
	char ports[FA_TUNNEL_PORTS_TEXT];
	int rc;

	fa_bind_text(&b, fa_run_kind_text(info->kind));
	fa_bind_text(&b, info->source);
	fa_bind_text(&b, info->filter);
	fa_bind_int(&b, info->bucket_ns);
	fa_bind_int(&b, info->workers);
	fa_bind_int(&b, info->sandboxed);
	fa_bind_text(&b, run->version);
	fa_tunnel_ports_text(&info->wire.ports, ports);
	fa_bind_int(&b, info->wire.max_headers);
	fa_bind_text(&b, ports);
	fa_bind_text(&b, fa_wire_key_text(info->wire.key_vlan));
	fa_bind_text(&b, fa_duplicates_text(info->wire.duplicates));
	fa_bind_int(&b, info->wire.duplicates_ns);
	fa_bind_text(&b, fa_run_end_text(FA_RUN_UNFINISHED));
	fa_bind_int(&b, fa_wall_clock_ns());
	rc = fa_sql_do(&b);
	store->run = sqlite3_last_insert_rowid(store->db);
	return rc == SQLITE_OK ? add_inputs(store, &run->files) : rc;
}

/*
 * The row of the run. A live one takes the lock that says that somebody writes it before others can
 * see it unfinished; those without a writer end here.
 */
static int begin_row(struct fa_store *store, const struct fa_store_run *run, int *error,
		     struct fa_diag *diag)
{
	bool live = run->info->kind == FA_RUN_LIVE;
	int rc = live ? fa_live_interrupt_gone(store) : SQLITE_OK;

	if (rc == SQLITE_OK)
		rc = add_run(store, run);
	if (rc == SQLITE_OK && live)
		*error = fa_live_hold(store, diag);
	return rc;
}

static int begin(struct fa_store *store, const struct fa_store_run *run, struct fa_diag *diag)
{
	const struct fa_store_basis *basis = &run->basis;
	const struct fa_rulebook *book = basis->policy->book;
	int64_t *rows = calloc(book->rule_count + 1, sizeof(*rows));
	int error = rows == NULL ? FA_ENOMEM : 0;
	int rc = SQLITE_OK;

	if (error == 0)
		rc = fa_sql_run(store->db, "BEGIN IMMEDIATE");
	if (rc == SQLITE_OK && error == 0)
		rc = begin_row(store, run, &error, diag);
	if (rc == SQLITE_OK && error == 0)
		rc = store_book(store, book, &basis->json, rows, &error);
	if (rc == SQLITE_OK && error == 0)
		rc = fa_store_basis_write(store, basis);
	if (rc == SQLITE_OK && error == 0)
		rc = fa_sql_run(store->db, "COMMIT");
	if (rc != SQLITE_OK || error != 0) {
		free(rows);
		return fa_store_write_failed(store, rc, error, diag);
	}
	free(store->rule_rows);
	store->rule_rows = rows;
	store->policy = basis->policy;
	store->book = book;
	return 0;
}

int fa_store_begin_run(struct fa_store *store, const struct fa_store_run *run, int64_t *run_id,
		       struct fa_diag *diag)
{
	int error = fa_store_writable(store, diag);

	*run_id = 0;
	if (error != 0)
		return error;
	if (store->run != 0)
		return fa_fail(diag, FA_EINVAL, "%s: a run has been begun already", store->path);
	if (store->pending == NULL)
		store->pending = malloc(FA_STORE_BATCH * sizeof(*store->pending));
	if (store->pending == NULL)
		return fa_store_write_failed(store, SQLITE_OK, FA_ENOMEM, diag);
	store->next_conversation = 0;
	store->windows = 0;
	store->window = FA_WINDOW_NEVER;
	store->expectation_count = 0;
	store->again = run->info->kind == FA_RUN_LIVE;
	error = begin(store, run, diag);
	store->again = false;
	if (error == 0)
		*run_id = store->run;
	else
		fa_store_run_over(store);
	return error;
}
