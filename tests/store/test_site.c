/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a site and waivers add to a run, the files it read, and the parts of a finding. */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MAX 4096

/* A history that fills a text, and what the text must be. */
struct told {
	char text[TEXT_MAX];
	size_t len;
};

__attribute__((format(printf, 2, 3))) static void tell(struct told *told, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(told->text + told->len, sizeof(told->text) - told->len, format, args);
	va_end(args);
	assert_true(n >= 0 && (size_t)n < sizeof(told->text) - told->len);
	told->len += (size_t)n;
}

static const struct fa_instance *instance(size_t index)
{
	return &fixture_site_policy()->site->instances[index];
}

static const struct fa_waiver *waiver(size_t index)
{
	return &fixture_waivers()->items[index];
}

static struct fa_judgement waived_by(size_t index, enum fa_verdict verdict)
{
	struct fa_judgement j = fixture_judgement(FA_VERDICT_WAIVED, NULL);

	j.waiver = waiver(index);
	j.waived = verdict;
	return j;
}

static void add(struct fa_store *store, unsigned client, unsigned port,
		const struct fa_judgement *j)
{
	struct fa_conversation c = fixture_conversation(client, 2, port);

	fixture_add(store, &c, j);
}

static int tell_conversation(void *arg, const struct fa_stored_conversation *c)
{
	tell(arg, "%d %s %s@%s ~%s@%s w=%s:%s f=%d flows=%d\n", c->id.server_port,
	     fa_verdict_text(c->verdict), c->rule, c->instance, c->nearest, c->nearest_instance,
	     c->waiver, c->waiver[0] != '\0' ? fa_verdict_text(c->waived) : "", (int)c->finding,
	     (int)c->counts.flows);
	return 0;
}

static int tell_finding(void *arg, const struct fa_stored_finding *f)
{
	tell(arg, "%d %s %s@%s ~%s@%s %d\n", (int)f->number, fa_verdict_text(f->verdict), f->rule,
	     f->instance, f->nearest, f->nearest_instance, (int)f->conversations);
	return 0;
}

static int tell_waiver(void *arg, const struct fa_stored_waiver *w)
{
	static const char *const words[] = {"used", "unused", "expired"};

	tell(arg, "%s %s %s>%s %s %s %s %s/%s [%s] %s %s %d %d\n", w->id, w->owner, w->client,
	     w->server, w->transport, w->port, w->protocol, w->reason, w->ticket, w->expires,
	     words[w->status], w->broad ? "broad" : "-", (int)w->conversations, (int)w->flows);
	return 0;
}

static int tell_place(void *arg, const struct fa_stored_place *p)
{
	char first[FA_ADDR_TEXT] = "-";
	char last[FA_ADDR_TEXT] = "-";

	if (p->first.version != 0)
		fa_addr_text(&p->first, first);
	if (p->last.version != 0)
		fa_addr_text(&p->last, last);
	tell(arg, "%s %s %s %s [%s] %s %s%s\n", p->instance, p->product, p->role, p->label,
	     p->host, first, last, p->implied ? " implied" : "");
	return 0;
}

static int tell_input(void *arg, const struct fa_input_file *file)
{
	tell(arg, "%s %d %lld\n", file->path, (int)file->bytes, (long long)file->mtime_ns);
	return 0;
}

static int tell_expectation(void *arg, const struct fa_stored_expectation *e)
{
	tell(arg, "%s %s %s %s [%s]\n", e->rule.id, e->instance, e->place, e->role, e->ports);
	return 0;
}

enum kind { CONVERSATIONS, FINDINGS, EXPECTATIONS, PLACES, WAIVERS, INPUTS };

static int each(const struct fa_history *h, enum kind kind, struct told *told, struct fa_diag *diag)
{
	switch (kind) {
	case CONVERSATIONS:
		return h->each_conversation(h->context, 0, tell_conversation, told, diag);
	case FINDINGS:
		return h->each_finding(h->context, 0, 0, tell_finding, told, diag);
	case EXPECTATIONS:
		return h->each_expectation(h->context, 0, tell_expectation, told, diag);
	case PLACES:
		return h->each_place(h->context, 0, tell_place, told, diag);
	case WAIVERS:
		return h->each_waiver(h->context, 0, tell_waiver, told, diag);
	case INPUTS:
		return h->each_input(h->context, 0, tell_input, told, diag);
	}
	return -1;
}

/* What the newest run has of one kind of thing. */
static void expect(const char *path, enum kind kind, const char *text)
{
	struct told told = {.len = 0};
	struct fa_diag diag = {""};
	struct fa_store *store;
	struct fa_history history = fixture_read(&store, path);

	assert_int_equal(each(&history, kind, &told, &diag), 0);
	assert_string_equal(told.text, text);
	fa_store_close(store);
}

static void instances_and_waivers_of_judgements(void **state)
{
	const char *path = fixture_path("a.db");
	struct fa_store *store = fixture_begin_site(path);
	struct fa_judgement j = fixture_judgement(FA_VERDICT_DOCUMENTED, fixture_rule(0));

	(void)state;
	j.instance = instance(0);
	add(store, 1, 443, &j);
	j.instance = instance(1);
	add(store, 1, 443, &j); /* judged otherwise: stays apart */
	add(store, 1, 443, &j);
	j = fixture_judgement(FA_VERDICT_WRONG_ENDPOINT, NULL);
	j.nearest = fixture_rule(1);
	j.nearest_instance = instance(1);
	j.differs = FA_DIFFERS_CLIENT | FA_DIFFERS_INSTANCE;
	add(store, 2, 444, &j);
	j = waived_by(0, FA_VERDICT_REFUSED);
	add(store, 3, 445, &j);
	j.waived = FA_VERDICT_UNDOCUMENTED;
	add(store, 3, 445, &j);
	j = waived_by(2, FA_VERDICT_UNDOCUMENTED);
	add(store, 3, 445, &j);
	fixture_finish(store);
	expect(path, CONVERSATIONS,
	       "443 documented alpha/core/web@alpha-a ~@ w=: f=0 flows=1\n"
	       "443 documented alpha/core/web@alpha-b ~@ w=: f=0 flows=2\n"
	       "444 wrong-endpoint @ ~alpha/core/rpc@alpha-b w=: f=1 flows=1\n"
	       "445 waived @ ~@ w=broad:undocumented f=0 flows=1\n"
	       "445 waived @ ~@ w=in-force:refused f=0 flows=1\n"
	       "445 waived @ ~@ w=in-force:undocumented f=0 flows=1\n");
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM v_conversation WHERE "
					   "waiver = 'in-force' AND waived = 'refused' AND "
					   "verdict = 'waived' AND finding IS NULL"),
			 1);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM v_finding WHERE instance = '' "
					   "AND nearest_instance = 'alpha-b' AND "
					   "differs = 'client instance'"),
			 1);
	assert_int_equal(fixture_sql(path, "SELECT conversations FROM run_verdict "
					   "WHERE verdict = 'waived'"),
			 3);
}

static void findings_keep_instances_apart(void **state)
{
	const char *path = fixture_path("a.db");
	struct fa_store *store = fixture_begin_site(path);
	struct fa_judgement j = fixture_judgement(FA_VERDICT_DISCOURAGED, fixture_rule(0));

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		j.instance = instance(i % 2);
		add(store, i, 443, &j);
	}
	j = fixture_judgement(FA_VERDICT_WRONG_ENDPOINT, NULL);
	j.nearest = fixture_rule(1);
	for (unsigned i = 0; i < 3; i++) {
		j.nearest_instance = i == 0 ? NULL : instance(0);
		add(store, i, 444, &j);
	}
	fixture_finish(store);
	expect(path, FINDINGS,
	       "1 wrong-endpoint @ ~alpha/core/rpc@alpha-a 2\n"
	       "2 wrong-endpoint @ ~alpha/core/rpc@ 1\n"
	       "3 discouraged alpha/core/web@alpha-a ~@ 3\n"
	       "4 discouraged alpha/core/web@alpha-b ~@ 3\n");
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM conversation "
					   "WHERE finding IS NULL"),
			 0);
}

static void the_same_judgement_is_one_row(void **state)
{
	const char *path = fixture_path("a.db");
	struct fa_judgement j;

	(void)state;
	for (unsigned run = 0; run < 2; run++) {
		struct fa_store *store = fixture_begin_site(path);

		for (unsigned i = 0; i < 8; i++) {
			j = waived_by(i % 2, i % 4 < 2 ? FA_VERDICT_REFUSED
						       : FA_VERDICT_UNDOCUMENTED);
			j.instance = i < 4 ? instance(0) : NULL;
			add(store, i, 443, &j);
			add(store, i, 443, &j);
		}
		fixture_finish(store);
		assert_int_equal(fixture_sql(path, "SELECT count(*) FROM judgement"), 8);
	}
}

/* 1763766001 is 2025-11-21 23:00:01 UTC, when the conversations of the fixture end. */
#define END_NS 1763766001000000000ll

static void waivers_and_what_they_covered(void **state)
{
	const char *path = fixture_path("a.db");
	struct fa_store *store = fixture_begin_site(path);
	const struct fa_run_totals interim = {.end = FA_RUN_UNFINISHED};
	struct fa_judgement j = waived_by(0, FA_VERDICT_REFUSED);
	struct fa_conversation c = fixture_conversation(1, 2, 443);
	struct fa_diag diag = {""};

	(void)state;
	fixture_add(store, &c, &j);
	assert_int_equal(fa_store_finish_run(store, &interim, &diag), 0);
	c.bucket_ns += 300000000000;
	fixture_add(store, &c, &j); /* the same in another bucket: still one */
	c = fixture_conversation(2, 2, 443);
	fixture_add(store, &c, &j);
	j = waived_by(2, FA_VERDICT_REFUSED);
	fixture_add(store, &c, &j);
	fixture_finish_at(store, END_NS);
	expect(path, WAIVERS,
	       "in-force Ada any>10.1.0.2 tcp 443 TLS moved in spring/NET-7 [2026-03-31] used - 2 3\n"
	       "lapsed Bob any>any any any any old/ [2025-11-20] expired - 0 0\n"
	       "broad Eve any>any any any any all/ [2030-01-01] used broad 1 1\n");
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM v_waiver WHERE "
					   "status = 'used' AND conversations = 2 AND flows = 3"),
			 1);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM run WHERE "
					   "waivers_digest = '0000000000000def'"),
			 1);
}

/* The last day counts to its end, in packet time. */
static void a_waiver_ends_with_its_last_day(void **state)
{
	static const struct {
		int64_t last_ns;
		int expired;
	} rows[] = {
		{1763683199999999999ll, 0}, /* 2025-11-20 23:59:59.999999999 */
		{1763683200000000000ll, 1}, /* midnight */
		{1774915200000000000ll, 1}, /* 2026-03-31 00:00 */
		{1775001600000000000ll, 2}, /* 2026-04-01 00:00 */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *path = fixture_path("a.db");
		struct fa_store *store = fixture_begin_site(path);
		struct fa_judgement j = waived_by(0, FA_VERDICT_REFUSED);

		add(store, 1, 443, &j);
		fixture_finish_at(store, rows[i].last_ns);
		assert_int_equal(fixture_sql(path, "SELECT count(*) FROM waiver WHERE "
						   "status = 'expired' AND "
						   "run = (SELECT max(id) FROM run)"),
				 rows[i].expired);
	}
}

static void places_and_instances(void **state)
{
	const char *path = fixture_path("a.db");
	struct fa_store *store = fixture_begin_site(path);
	struct fa_stored_run run;
	struct fa_history history;
	struct fa_diag diag = {""};

	(void)state;
	fixture_finish(store);
	expect(path, PLACES,
	       "alpha-a alpha client gw.example.org [gw.example.org] - -\n"
	       "alpha-a alpha gateway office [] 10.0.0.0 10.0.3.255\n"
	       "alpha-a alpha gateway gw [] 10.1.0.2 10.1.0.2\n"
	       "alpha-a alpha gateway gw [] fd00::2 fd00::2\n"
	       "alpha-a alpha gateway gw.example.org [gw.example.org] - - implied\n");
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM instance WHERE "
					   "(instance, product, version) = "
					   "('alpha-a', 'alpha', '4.2')"),
			 1);
	history = fixture_read(&store, path);
	assert_int_equal(history.run(history.context, 0, &run, &diag), 0);
	assert_string_equal(run.site.name, "dc1");
	assert_string_equal(run.site.digest, "0000000000000abc");
	assert_string_equal(run.site.waivers_digest, "0000000000000def");
	assert_int_equal(run.site.products, 2);
	assert_int_equal(run.site.instances, 3);
	assert_int_equal(run.site.hosts, 2); /* gw and gw.example.org */
	assert_int_equal(run.site.networks, 1);
	fa_store_close(store);
}

static void without_a_site(void **state)
{
	const char *path = fixture_path("a.db");

	(void)state;
	fixture_finish(fixture_begin(path, NULL));
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM run WHERE site = '' AND "
					   "site_digest = '' AND waivers_digest = ''"),
			 1);
	expect(path, PLACES, "");
	expect(path, WAIVERS, "");
}

static void the_files_of_a_run(void **state)
{
	const char *path = fixture_path("a.db");

	(void)state;
	fixture_finish(fixture_begin(path, NULL));
	expect(path, INPUTS,
	       "/captures/b.pcap 4096 1763766000123456789\n"
	       "- 0 0\n"
	       "/captures/a.pcap 24 7\n");
}

static int tell_part(void *arg, const struct fa_finding_part *part)
{
	tell(arg, "%d %d+%d\n", part->id.server_port,
	     (int)((part->first_seen_ns - END_NS) / FA_STORE_MANY),
	     (int)(part->last_seen_ns - part->first_seen_ns));
	return 0;
}

static void parts_of_a_finding(void **state)
{
	const char *path = fixture_path("a.db");
	struct fa_store *store = fixture_begin(path, NULL);
	struct fa_judgement j = fixture_judgement(FA_VERDICT_UNDOCUMENTED, NULL);
	struct fa_history history;
	struct told told = {.len = 0};
	struct fa_diag diag = {""};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct fa_conversation c = fixture_conversation(1, 2, i < 2 ? 4000 : 4000 + i);

		c.bucket_ns += i;
		c.counts.first_seen_ns = END_NS + FA_STORE_MANY * (int)i;
		c.counts.last_seen_ns = c.counts.first_seen_ns + 5;
		c.counts.bytes_to_client = 100000 - i;
		fixture_add(store, &c, &j);
	}
	fixture_finish(store);
	history = fixture_read(&store, path);
	assert_int_equal(history.conversations_of_finding(history.context, 0, 1, tell_part, &told,
							  &diag),
			 0);
	assert_string_equal(told.text, "4000 0+5\n4000 1+5\n");
	assert_int_equal(history.conversations_of_finding(history.context, 1, 3, tell_part, &told,
							  &diag),
			 0);
	assert_string_equal(told.text, "4000 0+5\n4000 1+5\n4003 3+5\n");
	assert_int_equal(history.conversations_of_finding(history.context, 0, 4, tell_part, &told,
							  &diag),
			 FA_ENOENT);
	assert_non_null(strstr(diag.text, "run 1 has no finding 4: it has 3, numbered from 1"));
	diag.text[0] = '\0';
	assert_int_equal(history.conversations_of_finding(history.context, 7, 1, tell_part, &told,
							  &diag),
			 FA_ENOENT);
	assert_non_null(strstr(diag.text, "there is no run 7"));
	fa_store_close(store);
}

static void expectations_by_place(void **state)
{
	const char *path = fixture_path("a.db");
	struct fa_store *store = fixture_begin_site(path);
	struct fa_expectation e = {.rule = fixture_rule(0), .endpoints = "x"};
	struct fa_diag diag = {""};

	(void)state;
	assert_int_equal(fa_store_expectation(store, &e, &diag), 0);
	e.instance = instance(1);
	e.role = &e.instance->product->roles[1];
	assert_int_equal(fa_store_expectation(store, &e, &diag), 0);
	e.instance = instance(0);
	for (size_t i = 3; i-- > 0;) {
		e.place = &e.instance->roles[1].places[i];
		if (i != 2)
			assert_int_equal(fa_store_expectation(store, &e, &diag), 0);
	}
	e.rule = fixture_rule(1);
	assert_int_equal(fa_store_expectation(store, &e, &diag), 0);
	fixture_finish(store);
	expect(path, EXPECTATIONS,
	       "alpha/core/rpc alpha-a office gateway [8443]\n"
	       "alpha/core/web    [443, 5678-5999]\n"
	       "alpha/core/web alpha-a gw gateway [443, 5678-5999]\n"
	       "alpha/core/web alpha-a office gateway [443, 5678-5999]\n"
	       "alpha/core/web alpha-b  gateway [8443, 9000-9001]\n");
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM v_expectation WHERE "
					   "instance = 'alpha-b' AND ports = '8443, 9000-9001'"),
			 1);
	assert_int_equal(fixture_sql(path, "SELECT count(*) FROM v_expectation WHERE "
					   "(instance, role, place) = "
					   "('alpha-a', 'gateway', 'gw')"),
			 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(instances_and_waivers_of_judgements),
		TEST(findings_keep_instances_apart),
		TEST(the_same_judgement_is_one_row),
		TEST(waivers_and_what_they_covered),
		TEST(a_waiver_ends_with_its_last_day),
		TEST(places_and_instances),
		TEST(without_a_site),
		TEST(the_files_of_a_run),
		TEST(parts_of_a_finding),
		TEST(expectations_by_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
