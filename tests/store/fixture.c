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
extern const struct fa_role fixture_roles[];
static const struct fa_role *const fixture_clients[] = {&fixture_roles[0]};
/* Whoever is a client is a gateway, too. */
const struct fa_role fixture_roles[] = {
	{.name = "client", .about = ""},
	{.name = "gateway", .about = "", .includes = fixture_clients, .include_count = 1}};
static const struct fa_product products[] = {
	{.id = "alpha", .name = "Alpha", .file = "alpha.yaml", .digest = 0x0123456789abcdef,
	 .title = "Alpha ports", .publisher = "Alpha Inc.", .dated = "2024-05-01", .note = "n",
	 .roles = fixture_roles, .role_count = 2, .components = components, .component_count = 2,
	 .first_rule = 0, .rule_count = 3},
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

const struct fa_policy *fixture_policy(int changed)
{
	static struct fa_policy policies[2];

	policies[changed != 0].book = fixture_book(changed);
	return &policies[changed != 0];
}

static const struct fa_place gateways[] = {
	{"office", {{.version = 4, .bytes = {10, 0, 0, 0}}, 22}, NULL},
	{"gw", {{.version = 4, .bytes = {10, 1, 0, 2}}, 32}, NULL},
	{"gw", {{.version = 6, .bytes = {0xfd, [15] = 2}}, 128}, NULL},
};
static const struct fa_place clients[] = {{.label = "gw.example.org", .host = "gw.example.org"}};
static const struct fa_site_role roles_a[] = {
	{.role = &fixture_roles[0], .placing = FA_PLACED, .places = clients, .place_count = 1},
	{.role = &fixture_roles[1], .placing = FA_PLACED, .places = gateways, .prefix_count = 3,
	 .place_count = 3},
};
static const struct fa_site_role roles_b[] = {
	{.role = &fixture_roles[0], .placing = FA_UNPLACED},
	{.role = &fixture_roles[1], .placing = FA_ANYBODY},
};
static const struct fa_instance instances[] = {
	{.name = "alpha-a", .version = "4.2", .product = &products[0], .roles = roles_a, .index = 0},
	{.name = "alpha-b", .version = "", .product = &products[0], .roles = roles_b, .index = 1},
	{.name = "beta-a", .version = "", .product = &products[1], .index = 2},
};

/* The offset of alpha-b moves its ports. */
static const struct fa_port_range moved[] = {{8443, 8443}, {9000, 9001}};
static const struct fa_binding bindings[] = {
	{.rule = &rules[0], .instance = &instances[0], .ports = {ports, 2}, .index = 0},
	{.rule = &rules[0], .instance = &instances[1], .ports = {moved, 2}, .index = 1},
	{.rule = &rules[1], .instance = &instances[0], .ports = {moved, 1}, .index = 2},
	{.rule = &rules[1], .instance = &instances[1], .index = 3},
};

const struct fa_policy *fixture_site_policy(void)
{
	static const struct fa_site site = {.name = "dc1", .file = "dc1.yaml", .digest = 0xabc,
					    .instances = instances, .instance_count = 3};
	static struct fa_policy policy;

	policy.book = fixture_book(0);
	policy.site = &site;
	policy.bindings = bindings;
	policy.count = sizeof(bindings) / sizeof(bindings[0]);
	return &policy;
}

#define ANYBODY {.who = FA_WAIVES_ANY, .text = "any"}

const struct fa_waivers *fixture_waivers(void)
{
	static const struct fa_waiver items[] = {
		{.id = "in-force", .owner = "Ada", .reason = "moved in spring", .ticket = "NET-7",
		 .expires = "2026-03-31", .client = ANYBODY,
		 .server = {.who = FA_WAIVES_PREFIX, .text = "10.1.0.2"},
		 .transports = FA_RULE_TCP, .protocol = "TLS", .transport_text = "tcp",
		 .port_text = "443", .index = 0},
		{.id = "lapsed", .owner = "Bob", .reason = "old", .ticket = "",
		 .expires = "2025-11-20", .client = ANYBODY, .server = ANYBODY,
		 .transport_text = "any", .port_text = "any", .index = 1},
		{.id = "broad", .owner = "Eve", .reason = "all", .ticket = "",
		 .expires = "2030-01-01", .client = ANYBODY, .server = ANYBODY,
		 .transport_text = "any", .port_text = "any", .broad = true, .index = 2},
	};
	static const struct fa_waivers waivers = {.items = items, .count = 3,
						  .file = "waivers.yaml", .digest = 0xdef};

	return &waivers;
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

static struct fa_store *begin(const char *path, int64_t *run, const struct fa_policy *policy,
			      const struct fa_waivers *waivers)
{
	static const struct fa_input_file files[] = {{"/captures/b.pcap", 4096, 1763766000123456789},
						     {"-", 0, 0},
						     {"/captures/a.pcap", 24, 7}};
	struct fa_run_info info = {.kind = FA_RUN_REPLAY,
				   .source = "a.pcap b.pcap",
				   .filter = "tcp or udp",
				   .bucket_ns = 300000000000,
				   .workers = 3,
				   .sandboxed = true};
	const struct fa_store_run begun = {
		.info = &info,
		.version = "0.1.0",
		.files = {files, 3},
		.basis = {.policy = policy, .waivers = waivers, .json = {.fn = rule_json}},
	};
	struct fa_store *store = NULL;
	struct fa_diag diag = {""};
	int64_t id;

	info.wire.max_headers = 20;
	assert_int_equal(fa_tunnel_ports_parse(&info.wire.ports, FIXTURE_PORTS), 0);
	info.wire.key_vlan = true;
	info.wire.duplicates = FA_DUPLICATES_ON;
	info.wire.duplicates_ns = 2500000;
	if (fa_store_open(&store, path, FA_STORE_WRITE, &diag) != 0 ||
	    fa_store_begin_run(store, &begun, &id, &diag) != 0)
		fail_msg("%s", diag.text);
	if (run != NULL)
		*run = id;
	return store;
}

struct fa_store *fixture_begin(const char *path, int64_t *run)
{
	return begin(path, run, fixture_policy(0), NULL);
}

struct fa_store *fixture_begin_site(const char *path)
{
	return begin(path, NULL, fixture_site_policy(), fixture_waivers());
}

int fixture_try_live(struct fa_store **store, const char *path, int64_t *run,
		     struct fa_diag *diag)
{
	const struct fa_run_info info = {.kind = FA_RUN_LIVE,
					 .source = "eth0",
					 .bucket_ns = 3600000000000,
					 .workers = 2,
					 .sandboxed = true};
	const struct fa_store_run begun = {
		.info = &info, .version = "0.2.0", .basis = {.policy = fixture_policy(0)}};
	int error = 0;

	*run = 0;
	if (*store == NULL)
		error = fa_store_open_timeout(store, path, FA_STORE_WRITE, 50, diag);
	return error == 0 ? fa_store_begin_run(*store, &begun, run, diag) : error;
}

struct fa_store *fixture_begin_live(const char *path, int64_t *run)
{
	struct fa_store *store = NULL;
	struct fa_diag diag = {""};
	int64_t id;

	if (fixture_try_live(&store, path, &id, &diag) != 0)
		fail_msg("%s", diag.text);
	if (run != NULL)
		*run = id;
	return store;
}

int fixture_window(struct fa_store *store, unsigned first, unsigned count,
		   struct fa_run_totals *totals, struct fa_diag *diag)
{
	struct fa_run_totals after = *totals;
	struct fa_window window = {.begun_ns = 10 * first, .ended_ns = 10 * (first + count)};
	int error = fa_store_window_begin(store, diag);

	for (unsigned i = first; error == 0 && i < first + count; i++) {
		struct fa_conversation c = fixture_conversation(
			i % 500, i / 500, i % 10 == 0 ? 443 + i / 10 % 7 : 443);
		struct fa_judgement j = fixture_judgement(
			i % 10 == 0 ? FA_VERDICT_UNDOCUMENTED : FA_VERDICT_DOCUMENTED,
			i % 10 == 0 ? NULL : fixture_rule(i % 5));

		snprintf(c.id.host, sizeof(c.id.host), "host%u", i % 700);
		error = fa_store_conversation(store, &c, &j, diag);
		after.capture.packets += 11;
		after.capture.results[FA_DECODE_DECODED] += 11;
		after.workers.flows++;
	}
	after.capture.dropped_ring += count;
	fa_run_totals_since(&after, totals, &window.totals);
	if (error == 0)
		error = fa_store_window_commit(store, &window, &after, diag);
	if (error == 0)
		*totals = after;
	return error;
}

void fixture_check_windows(const char *path)
{
	static const char *const zeros[] = {
		"SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
		"SELECT count(*) FROM pragma_foreign_key_check",
		/* No row twice, none missing. */
		"SELECT count(*) FROM run r WHERE (SELECT count(*) FROM conversation c "
		"WHERE c.run = r.id) <> (SELECT ifnull(sum(w.conversations), 0) FROM window w "
		"WHERE w.run = r.id)",
		"SELECT count(*) FROM (SELECT max(n) + 1 - count(*) AS holes FROM conversation "
		"GROUP BY run UNION ALL SELECT max(n) + 1 - count(*) FROM window GROUP BY run) "
		"WHERE holes <> 0",
		"SELECT count(*) FROM (SELECT 1 FROM conversation GROUP BY run, client, server "
		"HAVING count(*) > 1)",
		/* The counts of run, windows and rows are those of the same moment. */
		"SELECT count(*) FROM run r WHERE r.packets <> (SELECT ifnull(sum(w.packets), 0) "
		"FROM window w WHERE w.run = r.id) OR r.packets <> (SELECT "
		"ifnull(sum(packets_to_server + packets_to_client), 0) FROM conversation c "
		"WHERE c.run = r.id) OR r.packets <> (SELECT ifnull(sum(packets), 0) "
		"FROM run_verdict v WHERE v.run = r.id) OR r.packets <> (SELECT "
		"ifnull(sum(count), 0) FROM window_decode d WHERE d.run = r.id)",
		"SELECT count(*) FROM run r WHERE dropped_ring <> (SELECT "
		"ifnull(sum(w.dropped_ring), 0) FROM window w WHERE w.run = r.id)",
		"SELECT count(*) FROM run r WHERE findings <> (SELECT count(*) FROM finding f "
		"WHERE f.run = r.id)",
		"SELECT count(*) FROM conversation c JOIN judgement j ON j.id = c.judgement "
		"WHERE (j.verdict = 'undocumented') <> (c.finding IS NOT NULL)",
	};

	for (size_t i = 0; i < sizeof(zeros) / sizeof(zeros[0]); i++)
		if (fixture_sql(path, zeros[i]) != 0)
			fail_msg("not zero: %s", zeros[i]);
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

static void finish(struct fa_store *store, const struct fa_run_totals *totals)
{
	struct fa_diag diag = {""};

	if (fa_store_finish_run(store, totals, &diag) != 0)
		fail_msg("%s", diag.text);
	fa_store_close(store);
}

void fixture_finish(struct fa_store *store)
{
	const struct fa_run_totals totals = {.end = FA_RUN_COMPLETE};

	finish(store, &totals);
}

void fixture_finish_at(struct fa_store *store, int64_t last_ns)
{
	const struct fa_run_totals totals = {.end = FA_RUN_COMPLETE,
					     .capture = {.packets = 1, .last_ns = last_ns}};

	finish(store, &totals);
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
