/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A store in memory for tests of drift: runs, rows and what they were judged with. */
#ifndef TEST_AUDIT_DRIFT_BENCH_H
#define TEST_AUDIT_DRIFT_BENCH_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "audit/drift.h"
#include "base/addr.h"
#include "base/slots.h"
#include "core/history.h"

#define HOUR_NS	  3600000000000ll
#define MINUTE_NS 60000000000ll
#define NIGHT_NS  1795298400000000000ll /* 2026-11-21 22:00 UTC */
#define DAY_NS	  (24 * HOUR_NS)

struct bench_run {
	struct fa_stored_run run;
	struct fa_traffic *rows;
	size_t row_count, row_room;
	struct fa_stored_finding findings[64];
	size_t finding_count;
	struct fa_window windows[8];
};

struct bench {
	struct bench_run runs[4];
	size_t run_count;
	int64_t ids[4];
	int64_t base; /* numbers of hosts and names begin here: they differ between stores */
	struct fa_addr *hosts;
	size_t host_count, host_room;
	const char *names[64];
	size_t name_count;
	struct fa_stored_judgement judgements[64];
	size_t judgement_count;
	struct fa_stored_place places[16];
	size_t place_count;
	struct fa_stored_catalog catalogs[4];
	size_t catalog_count;
	struct fa_stored_expectation expectations[64];
	size_t expectation_count;
	struct fa_stored_waiver waivers[8];
	size_t waiver_count;
	const char *rules[32];
	size_t rule_count;
	size_t host_calls;
	struct fa_history history;
};

static inline struct bench_run *bench_find(struct bench *b, int64_t id)
{
	for (size_t i = 0; i < b->run_count; i++)
		if (b->ids[i] == id)
			return &b->runs[i];
	fail_msg("there is no run %lld", (long long)id);
	return NULL;
}

static int bench_read_run(void *context, int64_t id, struct fa_stored_run *out, struct fa_diag *diag)
{
	(void)diag;
	*out = bench_find(context, id)->run;
	return 0;
}

static int bench_each_catalog(void *context, int64_t id,
			      int (*fn)(void *, const struct fa_stored_catalog *), void *arg,
			      struct fa_diag *diag)
{
	struct bench *b = context;
	int error = 0;

	(void)id;
	(void)diag;
	for (size_t i = 0; error == 0 && i < b->catalog_count; i++)
		error = fn(arg, &b->catalogs[i]);
	return error;
}

static int bench_each_finding(void *context, int64_t id, uint64_t limit,
			      int (*fn)(void *, const struct fa_stored_finding *), void *arg,
			      struct fa_diag *diag)
{
	struct bench_run *run = bench_find(context, id);
	int error = 0;

	(void)limit;
	(void)diag;
	for (size_t i = 0; error == 0 && i < run->finding_count; i++)
		error = fn(arg, &run->findings[i]);
	return error;
}

static int bench_each_expectation(void *context, int64_t id,
				  int (*fn)(void *, const struct fa_stored_expectation *),
				  void *arg, struct fa_diag *diag)
{
	struct bench *b = context;
	int error = 0;

	(void)id;
	(void)diag;
	for (size_t i = 0; error == 0 && i < b->expectation_count; i++)
		error = fn(arg, &b->expectations[i]);
	return error;
}

static int bench_each_place(void *context, int64_t id,
			    int (*fn)(void *, const struct fa_stored_place *), void *arg,
			    struct fa_diag *diag)
{
	struct bench *b = context;
	int error = 0;

	(void)id;
	(void)diag;
	for (size_t i = 0; error == 0 && i < b->place_count; i++)
		error = fn(arg, &b->places[i]);
	return error;
}

static int bench_each_waiver(void *context, int64_t id,
			     int (*fn)(void *, const struct fa_stored_waiver *), void *arg,
			     struct fa_diag *diag)
{
	struct bench *b = context;
	int error = 0;

	(void)id;
	(void)diag;
	for (size_t i = 0; error == 0 && i < b->waiver_count; i++)
		error = fn(arg, &b->waivers[i]);
	return error;
}

static int bench_each_window(void *context, int64_t id, int (*fn)(void *, const struct fa_window *),
			     void *arg, struct fa_diag *diag)
{
	struct bench_run *run = bench_find(context, id);
	int error = 0;

	(void)diag;
	for (size_t i = 0; error == 0 && i < run->run.windows; i++)
		error = fn(arg, &run->windows[i]);
	return error;
}

static int bench_each_traffic(void *context, int64_t id, int64_t from_ns, int64_t to_ns,
			      int (*fn)(void *, const struct fa_traffic *), void *arg,
			      struct fa_diag *diag)
{
	struct bench_run *run = bench_find(context, id);
	int error = 0;

	(void)diag;
	for (size_t i = 0; error == 0 && i < run->row_count; i++)
		if (run->rows[i].bucket_ns >= from_ns && run->rows[i].bucket_ns < to_ns)
			error = fn(arg, &run->rows[i]);
	return error;
}

static int bench_host(void *context, int64_t host, struct fa_addr *out, struct fa_diag *diag)
{
	struct bench *b = context;

	(void)diag;
	b->host_calls++;
	*out = b->hosts[host - b->base];
	return 0;
}

static int bench_name(void *context, int64_t name, int (*fn)(void *, const char *), void *arg,
		      struct fa_diag *diag)
{
	struct bench *b = context;

	(void)diag;
	return fn(arg, b->names[name - b->base]);
}

static int bench_judgement(void *context, int64_t judgement,
			   int (*fn)(void *, const struct fa_stored_judgement *), void *arg,
			   struct fa_diag *diag)
{
	struct bench *b = context;

	(void)diag;
	return fn(arg, &b->judgements[judgement - b->base]);
}

static int bench_rule(void *context, int64_t run, const char *id,
		      int (*fn)(void *, const struct fa_stored_rule *), void *arg,
		      struct fa_diag *diag)
{
	struct bench *b = context;
	struct fa_stored_rule rule = {.id = id};

	(void)run;
	for (size_t i = 0; i < b->rule_count; i++)
		if (strcmp(b->rules[i], id) == 0)
			return fn(arg, &rule);
	return fa_fail(diag, FA_ENOENT, "there is no rule %s", id);
}

/* A run over six hours of the night, complete and without loss. */
static inline struct bench_run *bench_add_run(struct bench *b, int64_t id, int64_t first_ns)
{
	struct bench_run *run = &b->runs[b->run_count];

	b->ids[b->run_count++] = id;
	run->run.id = id;
	strcpy(run->run.version, "0.1.0");
	strcpy(run->run.info.source, "tap");
	run->run.totals.end = FA_RUN_COMPLETE;
	run->run.totals.capture.packets = 1000000;
	run->run.totals.capture.first_ns = first_ns;
	run->run.totals.capture.last_ns = first_ns + 6 * HOUR_NS;
	run->run.totals.conversations = 1000;
	return run;
}

static inline struct bench *bench_new(int64_t base, int64_t run, int64_t first_ns)
{
	struct bench *b = calloc(1, sizeof(*b));

	b->base = base;
	b->history = (struct fa_history){
		.context = b,
		.run = bench_read_run,
		.each_catalog = bench_each_catalog,
		.each_finding = bench_each_finding,
		.each_expectation = bench_each_expectation,
		.each_place = bench_each_place,
		.each_waiver = bench_each_waiver,
		.each_window = bench_each_window,
		.each_traffic = bench_each_traffic,
		.host = bench_host,
		.name = bench_name,
		.judgement = bench_judgement,
		.rule = bench_rule,
	};
	bench_add_run(b, run, first_ns);
	return b;
}

static inline void bench_free(struct bench *b)
{
	for (size_t i = 0; i < b->run_count; i++)
		free(b->runs[i].rows);
	free(b->hosts);
	free(b);
}

static inline struct fa_addr bench_addr(const char *text)
{
	struct fa_addr addr;

	assert_true(fa_addr_parse(text, &addr));
	return addr;
}

static inline int64_t bench_host_id(struct bench *b, const char *text)
{
	struct fa_addr addr = bench_addr(text);

	for (size_t i = 0; i < b->host_count; i++)
		if (fa_addr_compare(&b->hosts[i], &addr) == 0)
			return b->base + (int64_t)i;
	assert_true(fa_array_reserve((void **)&b->hosts, &b->host_room, b->host_count + 1,
				     sizeof(*b->hosts)));
	b->hosts[b->host_count] = addr;
	return b->base + (int64_t)b->host_count++;
}

static inline int64_t bench_name_id(struct bench *b, const char *text)
{
	for (size_t i = 0; i < b->name_count; i++)
		if (strcmp(b->names[i], text) == 0)
			return b->base + (int64_t)i;
	assert_true(b->name_count < 64);
	b->names[b->name_count] = text;
	return b->base + (int64_t)b->name_count++;
}

/* A row in few words. What is 0 or NULL: TCP, TLS seen by inspection, direction by handshake,
 * documented, 10 flows that were answered, 10 packets and 1000 bytes each, half an hour after the
 * run began. */
struct talk {
	const char *client, *server;
	uint16_t port;
	uint8_t transport;
	const char *protocol;
	uint8_t detected_by, direction_by;
	uint16_t client_port;
	enum fa_verdict verdict;
	const char *rule, *nearest, *instance, *nearest_instance, *waiver;
	enum fa_verdict waived;
	uint64_t version;
	uint64_t flows, packets, bytes;
	bool unanswered;
	int64_t after_ns, lasts_ns;
	int64_t finding;
};

static inline const char *bench_text(const char *text)
{
	return text == NULL ? "" : text;
}

static inline int64_t bench_judge(struct bench *b, const struct talk *t)
{
	struct fa_stored_judgement j = {
		.verdict = t->verdict,
		.rule = bench_text(t->rule),
		.nearest = bench_text(t->nearest),
		.instance = bench_text(t->instance),
		.nearest_instance = bench_text(t->nearest_instance),
		.waiver = bench_text(t->waiver),
		.waived = t->waived,
		.rule_version = t->rule == NULL ? 0 : t->version + 1,
		.nearest_version = t->nearest == NULL ? 0 : t->version + 1,
	};

	for (size_t i = 0; i < b->judgement_count; i++)
		if (memcmp(&b->judgements[i], &j, sizeof(j)) == 0)
			return b->base + (int64_t)i;
	assert_true(b->judgement_count < 64);
	b->judgements[b->judgement_count] = j;
	return b->base + (int64_t)b->judgement_count++;
}

static inline void bench_push(struct bench_run *run, const struct fa_traffic *row)
{
	assert_true(fa_array_reserve((void **)&run->rows, &run->row_room, run->row_count + 1,
				     sizeof(*run->rows)));
	run->rows[run->row_count++] = *row;
}

static inline void bench_say_in(struct bench *b, struct bench_run *run, struct talk t)
{
	int64_t first = run->run.totals.capture.first_ns +
			(t.after_ns == 0 ? 30 * MINUTE_NS : t.after_ns);
	uint64_t flows = t.flows == 0 ? 10 : t.flows;
	struct fa_traffic row = {
		.bucket_ns = first / HOUR_NS * HOUR_NS,
		.client = bench_host_id(b, t.client),
		.server = bench_host_id(b, t.server),
		.protocol = bench_name_id(b, t.protocol == NULL ? "TLS" : t.protocol),
		.application = bench_name_id(b, ""),
		.judgement = bench_judge(b, &t),
		.finding = t.finding,
		.transport = t.transport == 0 ? FA_IP_TCP : t.transport,
		.direction_by = t.direction_by,
		.detected_by = t.detected_by,
		.port = t.port,
		.client_port = t.client_port,
		.flows = flows,
		.answered_flows = t.unanswered ? 0 : flows,
		.packets = t.packets == 0 ? flows * 10 : t.packets,
		.bytes = t.bytes == 0 ? flows * 1000 : t.bytes,
		.first_ns = first,
		.last_ns = first + (t.lasts_ns == 0 ? MINUTE_NS : t.lasts_ns),
	};

	bench_push(run, &row);
}

#define SAY(bench, ...) bench_say_in((bench), &(bench)->runs[0], (struct talk){__VA_ARGS__})

static inline void bench_place(struct bench *b, const char *instance, const char *role,
			       const char *label, const char *first, const char *last)
{
	b->places[b->place_count++] = (struct fa_stored_place){
		.instance = instance,
		.product = "wso2",
		.role = role,
		.label = label,
		.host = "",
		.first = bench_addr(first),
		.last = bench_addr(last == NULL ? first : last),
	};
	strcpy(b->runs[0].run.site.name, "dc1");
	if (b->runs[0].run.site.digest[0] == '\0')
		strcpy(b->runs[0].run.site.digest, "0123456789abcdef");
}

static inline void bench_catalog(struct bench *b, const char *product, const char *digest)
{
	b->catalogs[b->catalog_count++] = (struct fa_stored_catalog){
		.product = product,
		.name = product,
		.title = "",
		.publisher = "",
		.dated = "",
		.digest = digest,
	};
}

static inline struct fa_stored_waiver *bench_waiver(struct bench *b, const char *id,
						    const char *expires,
						    enum fa_waiver_status status)
{
	struct fa_stored_waiver *w = &b->waivers[b->waiver_count++];

	*w = (struct fa_stored_waiver){
		.id = id,
		.owner = "ops",
		.reason = "",
		.ticket = "",
		.expires = expires,
		.client = "any",
		.server = "10.0.1.1",
		.transport = "tcp",
		.port = "443",
		.protocol = "any",
		.status = status,
		.conversations = status == FA_WAIVER_USED,
	};
	return w;
}

static inline struct fa_stored_expectation *bench_expect(struct bench *b, const char *rule,
							 const char *place,
							 enum fa_expectation_state state)
{
	struct fa_stored_expectation *e = &b->expectations[b->expectation_count++];

	*e = (struct fa_stored_expectation){
		.rule = {.id = rule, .product = "wso2", .direction = "inbound", .from = "client",
			 .to = "gateway", .transports = "tcp", .ports = "443", .protocols = "TLS",
			 .requirement = "required", .scope = "network"},
		.instance = "dc1",
		.role = "gateway",
		.place = place,
		.ports = "443",
		.state = state,
		.conversations = state == FA_EXPECT_SEEN,
		.flows = state == FA_EXPECT_SEEN ? 3 : 0,
		.endpoints = "",
		.evidence = "",
	};
	return e;
}

/* The first run of either, with options or NULL. */
static inline struct fa_drift *bench_compare_with(struct bench *before, struct bench *now,
						  const struct fa_drift_options *options,
						  uint64_t memory_bytes)
{
	struct fa_span b = {&before->history, before->ids, before->run_count, INT64_MIN, INT64_MAX,
			    "baseline good"};
	struct fa_span n = {&now->history, now->ids, now->run_count, INT64_MIN, INT64_MAX, "run 2"};
	struct fa_diag diag = {""};
	struct fa_drift *drift;
	int error = fa_drift_make(&drift, &b, &n, options, memory_bytes, &diag);

	if (error != 0)
		fail_msg("%d: %s", error, diag.text);
	assert_string_equal(diag.text, "");
	return drift;
}

static inline struct fa_drift *bench_compare(struct bench *before, struct bench *now)
{
	return bench_compare_with(before, now, NULL, 0);
}

/* One line each, for messages of tests that fail. */
static inline void bench_print(const struct fa_drift *drift)
{
	for (size_t i = 0; i < drift->count; i++) {
		const struct fa_difference *d = &drift->items[i];

		print_message("%s/%s %s: [%s%s] -> [%s%s%s] %u/%u %s > %s; %s > %s; why %s; maybe %s; %s\n",
			      fa_drift_section_text(d->section), fa_drift_aspect_text(d->aspect),
			      fa_drift_cause_text(d->cause), d->client, d->client_list,
			      d->server_before, d->server, d->server_list, d->transport, d->port,
			      d->before.protocol, d->now.protocol,
			      d->before.is_there ? fa_verdict_text(d->before.verdict) : "-",
			      d->now.is_there ? fa_verdict_text(d->now.verdict) : "-", d->why,
			      d->maybe, d->subject);
	}
}

/* The only difference; the test fails when there are others, and prints them. */
static inline const struct fa_difference *bench_only(const struct fa_drift *drift)
{
	if (drift->count != 1) {
		bench_print(drift);
		fail_msg("%zu differences", drift->count);
	}
	return drift->items;
}

/* How many there are of a section and aspect; FIRST, when not NULL, gets the first. */
static inline size_t bench_count(const struct fa_drift *drift, enum fa_drift_section section,
				 enum fa_drift_aspect aspect, const struct fa_difference **first)
{
	size_t count = 0;

	for (size_t i = 0; i < drift->count; i++) {
		if (drift->items[i].section != section || drift->items[i].aspect != aspect)
			continue;
		if (count++ == 0 && first != NULL)
			*first = &drift->items[i];
	}
	return count;
}

#endif
