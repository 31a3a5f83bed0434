/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of the store have in common. */
#include "fixture.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sqlite3.h>

static char folder[64];

int fixture_setup(void **state)
{
	(void)state;
	strcpy(folder, "store-test-XXXXXX");
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int fixture_teardown(void **state)
{
	(void)state;
	return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *fixture_path(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static const char *const roles[] = {"client", "gateway"};
static const char *const protocols[] = {"TLS", "HTTP"};
static const struct fa_port_range ports[] = {{443, 443}, {5678, 5999}};
static const struct fa_component components[] = {
	{"core", "Core", 0, 2}, {"edge", "Edge", 2, 1}, {"main", "Main", 3, 2}};
static const struct fa_product products[] = {
	{.id = "alpha", .name = "Alpha", .file = "alpha.yaml", .digest = 0x0123456789abcdef,
	 .title = "Alpha ports", .publisher = "Alpha Inc.", .dated = "2024-05-01", .note = "n",
	 .components = components, .component_count = 2, .first_rule = 0, .rule_count = 3},
	{.id = "beta", .name = "Beta", .file = "beta.yaml", .digest = 2, .title = "Beta ports",
	 .publisher = "Beta Ltd.", .components = &components[2], .component_count = 1,
	 .first_rule = 3, .rule_count = 2},
};
static const struct fa_rule rules[] = {
	{.id = "alpha/core/web", .product = &products[0], .component = &components[0],
	 .title = "Web", .section = "Ports", .row = "first row", .direction = FA_RULE_INBOUND,
	 .from = {roles, 1}, .to = {roles, 2}, .transports = FA_RULE_TCP | FA_RULE_UDP,
	 .ports = {ports, 2}, .match_ports = {ports, 2}, .protocols = {protocols, 2},
	 .scope = FA_SCOPE_NETWORK, .requirement = FA_CONDITIONAL, .when = "if used",
	 .advice = FA_ADVICE_DISCOURAGED, .advice_reason = "old", .note = "a note", .index = 0},
	{.id = "alpha/core/rpc", .product = &products[0], .component = &components[0],
	 .title = "RPC", .section = "Ports", .transports = FA_RULE_TCP, .any_protocol = true,
	 .index = 1},
	{.id = "alpha/edge/sync", .product = &products[0], .component = &components[1],
	 .title = "Sync", .section = "Edge", .transports = FA_RULE_UDP, .match_ports = {ports, 1},
	 .any_protocol = true, .index = 2},
	{.id = "beta/main/db", .product = &products[1], .component = &components[2],
	 .title = "Database", .section = "All", .transports = FA_RULE_TCP, .any_protocol = true,
	 .requirement = FA_REQUIRED, .index = 3},
	{.id = "beta/main/log", .product = &products[1], .component = &components[2],
	 .title = "Log", .section = "All", .transports = FA_RULE_UDP, .any_protocol = true,
	 .index = 4},
};

const struct fa_rulebook *fixture_book(int changed)
{
	static const struct fa_rulebook book = {
		.products = products, .product_count = 2, .rules = rules, .rule_count = 5};
	static struct fa_product others[2];
	static struct fa_rulebook other;

	if (!changed)
		return &book;
	memcpy(others, products, sizeof(others));
	others[0].digest = 0xfeed;
	other = book;
	other.products = others;
	return &other;
}

const struct fa_rule *fixture_rule(size_t index)
{
	return &rules[index];
}

static int rule_json(void *context, const struct fa_rule *rule, char **text)
{
	(void)context;
	return asprintf(text, "{\"rule\":\"%s\"}", rule->id) < 0 ? FA_ENOMEM : 0;
}

struct fa_store *fixture_begin(const char *path, int64_t *run)
{
	const struct fa_run_info info = {.kind = FA_RUN_REPLAY,
					 .source = "a.pcap b.pcap",
					 .filter = "tcp or udp",
					 .bucket_ns = 300000000000,
					 .workers = 3,
					 .sandboxed = true};
	const struct fa_rule_json json = {.fn = rule_json};
	struct fa_store *store = NULL;
	struct fa_diag diag = {""};
	int64_t id;

	if (fa_store_open(&store, path, FA_STORE_WRITE, &diag) != 0 ||
	    fa_store_begin_run(store, &info, "0.1.0", fixture_book(0), &json, &id, &diag) != 0)
		fail_msg("%s", diag.text);
	if (run != NULL)
		*run = id;
	return store;
}

struct fa_history fixture_read(struct fa_store **store, const char *path)
{
	struct fa_history history;
	struct fa_diag diag = {""};

	if (fa_store_open(store, path, FA_STORE_READ, &diag) != 0)
		fail_msg("%s", diag.text);
	assert_int_equal(fa_store_history(*store, &history), 0);
	return history;
}

void fixture_finish(struct fa_store *store)
{
	const struct fa_run_totals totals = {.end = FA_RUN_COMPLETE};
	struct fa_diag diag = {""};

	if (fa_store_finish_run(store, &totals, &diag) != 0)
		fail_msg("%s", diag.text);
	fa_store_close(store);
}

struct fa_conversation fixture_conversation(unsigned client, unsigned server, unsigned port)
{
	struct fa_conversation c;

	memset(&c, 0, sizeof(c));
	c.id.client = (struct fa_addr){.version = 4, .bytes = {10, 0, client >> 8, client}};
	c.id.server = (struct fa_addr){.version = 4, .bytes = {10, 1, server >> 8, server}};
	c.id.transport = FA_IP_TCP;
	c.id.server_port = (uint16_t)port;
	strcpy(c.id.protocol, "TLS");
	c.counts = (struct fa_counts){.packets_to_server = 6, .packets_to_client = 5,
				      .bytes_to_server = 600, .bytes_to_client = 5000, .flows = 1,
				      .first_seen_ns = 1763766000000000000,
				      .last_seen_ns = 1763766001000000000};
	c.counts.flows_in_state[FA_FLOW_CLOSED] = 1;
	c.bucket_ns = 1763766000000000000;
	return c;
}

struct fa_judgement fixture_judgement(enum fa_verdict verdict, const struct fa_rule *rule)
{
	struct fa_judgement j = {.verdict = verdict, .rule = rule};

	fa_judgement_because(&j, rule != NULL ? FA_REASON_AGREES : FA_REASON_NO_RULE);
	return j;
}

void fixture_add(struct fa_store *store, const struct fa_conversation *conversation,
		 const struct fa_judgement *judgement)
{
	struct fa_diag diag = {""};

	if (fa_store_conversation(store, conversation, judgement, &diag) != 0)
		fail_msg("%s", diag.text);
}

int64_t fixture_sql(const char *path, const char *sql)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	int64_t value = -1;
	int rc = SQLITE_ERROR;

	if (sqlite3_open(path, &db) == SQLITE_OK &&
	    sqlite3_busy_timeout(db, 10000) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	if (sqlite3_column_count(stmt) > 0)
		value = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return value;
}
