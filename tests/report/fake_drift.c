/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drifts in memory for the tests of reports. */
#include "fake_drift.h"

#include <stdlib.h>
#include <string.h>

#include "report/drift.h"

#define HOUR_NS (60 * FAKE_MINUTE_NS)
#define DAY_NS	(24 * HOUR_NS)

void fake_drift_init(struct fake_drift *fake)
{
	memset(fake, 0, sizeof(*fake));
	fake_fill_site(&fake->fake);
	fake->drift.now = (struct fa_span_facts){
		.first_run = 12,
		.last_run = 12,
		.runs = 1,
		.source = "tap-20261122.pcap",
		.site = "dc1",
		.version = "0.4.0",
		.first_ns = FAKE_START_NS + DAY_NS,
		.last_ns = FAKE_START_NS + DAY_NS + 6 * HOUR_NS,
		.packets = 48201336,
		.bytes = 21400000000,
		.conversations = 1259,
		.flows = 89442,
		.findings = 52,
		.unseen = 4,
		.ended_well = true,
	};
	fake->drift.before = fake->drift.now;
	fake->drift.before.first_run = fake->drift.before.last_run = 11;
	fake->drift.before.source = "tap-20261121.pcap";
	fake->drift.before.first_ns -= DAY_NS;
	fake->drift.before.last_ns -= DAY_NS;
	fake->drift.now_words = "run 12";
	fake->drift.before_words = "the run before it";
	fake->drift.relations_before = 318;
	fake->drift.relations_now = 321;
	fake->drift.relations_same = 310;
	fake->drift.full_why = "";
}

void fake_drift_deinit(struct fake_drift *fake)
{
	fake_deinit(&fake->fake);
	free(fake->items);
}

static void plain(struct fa_drift_state *state)
{
	state->protocol = state->rule = state->state = "";
}

struct fa_difference *fake_drift_add(struct fake_drift *fake, enum fa_drift_section section,
				     enum fa_drift_aspect aspect, enum fa_drift_cause cause)
{
	struct fa_difference *item;

	if (fake->count == fake->room) {
		fake->room = fake->room == 0 ? 64 : 2 * fake->room;
		fake->items = realloc(fake->items, fake->room * sizeof(*fake->items));
		if (fake->items == NULL)
			abort();
	}
	item = &fake->items[fake->count++];
	memset(item, 0, sizeof(*item));
	item->section = section;
	item->aspect = aspect;
	item->cause = cause;
	item->why = item->maybe = item->subject = item->client = item->server = "";
	item->server_before = item->client_list = item->server_list = "";
	item->rank = fake->count;
	plain(&item->before);
	plain(&item->now);
	fake->drift.items = fake->items;
	fake->drift.count = fake->count;
	fake->drift.in_section[section]++;
	fake->drift.by_cause[cause]++;
	return item;
}

static void fill_state(struct fa_drift_state *state, int64_t run, int64_t start_ns)
{
	state->is_there = true;
	state->protocol = "TDS";
	state->verdict = FA_VERDICT_DOCUMENTED;
	state->rule = "automation-anywhere/data-center/sql";
	state->clients = 3;
	state->servers = state->ports = state->client_groups = state->server_groups = 1;
	state->conversations = 5;
	state->flows = 88;
	state->answered = 88;
	state->packets = 1200;
	state->bytes = 12000000;
	state->first_ns = start_ns + 10 * FAKE_MINUTE_NS;
	state->last_ns = start_ns + HOUR_NS;
	state->run = run;
}

struct fa_difference *fake_drift_add_traffic(struct fake_drift *fake,
					     enum fa_drift_section section,
					     enum fa_drift_aspect aspect,
					     enum fa_drift_cause cause)
{
	struct fa_difference *item = fake_drift_add(fake, section, aspect, cause);

	item->client = "dc1/gateway";
	item->server = "a360/sql-server";
	item->server_addr = fake_addr("10.2.4.9");
	item->transport = FA_IP_TCP;
	item->port = 1433;
	if (section != FA_DRIFT_VANISHED)
		fill_state(&item->now, 12, FAKE_START_NS + DAY_NS);
	if (section != FA_DRIFT_APPEARED)
		fill_state(&item->before, 11, FAKE_START_NS);
	return item;
}

static void fill_appeared(struct fake_drift *fake)
{
	struct fa_difference *item;

	item = fake_drift_add_traffic(fake, FA_DRIFT_APPEARED, FA_ASPECT_SERVICE,
				      FA_CAUSE_TRAFFIC);
	item->now.verdict = FA_VERDICT_UNDOCUMENTED;
	item->now.finding = 3;
	item->client = "";
	item->client_list = "dc1/gateway, 10.1.2.0/24 and 48 more";
	item->now.client_groups = 50;
	item->maybe = "30% of packets were lost before, and this had three";
	item = fake_drift_add_traffic(fake, FA_DRIFT_APPEARED, FA_ASPECT_CLIENTS, FA_CAUSE_SITE);
	item->why = "the site file places 10.1.2.7 elsewhere";
	item = fake_drift_add_traffic(fake, FA_DRIFT_APPEARED, FA_ASPECT_SWEEP, FA_CAUSE_TRAFFIC);
	item->client = "10.0.0.0/24";
	item->server = "";
	item->server_addr.version = 0;
	item->any_port = true;
	item->now.ports = 40112;
	item->now.servers = 12;
	item->now.answered = 0;
	item->now.verdict = FA_VERDICT_UNDOCUMENTED;
	item->now.rule = "";
	item->now.finding = 4;
	item = fake_drift_add_traffic(fake, FA_DRIFT_APPEARED, FA_ASPECT_PEERS, FA_CAUSE_TRAFFIC);
	item->any_port = true;
	item->now.ports = 33;
	item->now.verdict = FA_VERDICT_UNDOCUMENTED;
	item->now.rule = "";
}

static void fill_changed(struct fake_drift *fake)
{
	struct fa_difference *item;

	item = fake_drift_add_traffic(fake, FA_DRIFT_CHANGED, FA_ASPECT_MOVED, FA_CAUSE_TRAFFIC);
	item->server_before = "10.2.4.8";
	item->server_before_addr = fake_addr("10.2.4.8");
	item = fake_drift_add_traffic(fake, FA_DRIFT_CHANGED, FA_ASPECT_PROTOCOL, FA_CAUSE_TRAFFIC);
	item->now.protocol = "SSH";
	item->now.verdict = FA_VERDICT_WRONG_PROTOCOL;
	item->now.finding = 1;
	item = fake_drift_add_traffic(fake, FA_DRIFT_CHANGED, FA_ASPECT_VERDICT, FA_CAUSE_WAIVER);
	item->why = "waiver db-test expired on 2026-11-20";
	item->before.verdict = FA_VERDICT_WAIVED;
	item->now.verdict = FA_VERDICT_WRONG_ENDPOINT;
	item->now.finding = 2;
	item = fake_drift_add_traffic(fake, FA_DRIFT_CHANGED, FA_ASPECT_CLIENT_COUNT,
				      FA_CAUSE_TRAFFIC);
	item->now.clients = 400;
	item->before.clients = 20;
	item = fake_drift_add_traffic(fake, FA_DRIFT_CHANGED, FA_ASPECT_VOLUME, FA_CAUSE_CATALOG);
	item->now.bytes = 12000000;
	item->before.bytes = 3000000000;
}

static void fill_vanished(struct fake_drift *fake)
{
	struct fa_difference *item;

	item = fake_drift_add_traffic(fake, FA_DRIFT_VANISHED, FA_ASPECT_SERVICE,
				      FA_CAUSE_COVERAGE);
	item->why = "seen 02:10 to 02:40; the other side ends at 01:00";
	item->server = "2001:db8::15";
	item->server_addr = fake_addr("2001:db8::15");
	item = fake_drift_add_traffic(fake, FA_DRIFT_VANISHED, FA_ASPECT_CLIENTS, FA_CAUSE_TRAFFIC);
	item->transport = FA_IP_ICMP;
	item->port = 8 << 8;
	item->before.protocol = "";
	item->before.rule = "wso2/gone/rule";
	item = fake_drift_add_traffic(fake, FA_DRIFT_VANISHED, FA_ASPECT_SWEEP, FA_CAUSE_TRAFFIC);
	item->server = "";
	item->server_addr.version = 0;
	item->port = 22;
	item->before.servers = 200;
	item->before.answered = 0;
	item->before.verdict = FA_VERDICT_REFUSED;
	item->before.rule = "";
	item->before.finding = 9;
	item = fake_drift_add_traffic(fake, FA_DRIFT_VANISHED, FA_ASPECT_PEERS, FA_CAUSE_TRAFFIC);
	item->port = 0;
	item->before.ports = 21;
	item->before.rule = "";
	item->before.verdict = FA_VERDICT_INDETERMINATE;
}

static void fill_expectations(struct fake_drift *fake)
{
	struct fa_difference *item;

	item = fake_drift_add(fake, FA_DRIFT_EXPECTATIONS, FA_ASPECT_STATE, FA_CAUSE_TRAFFIC);
	item->subject = "wso2/api-manager/passthrough-https";
	item->server = "api-prod/gateway am1";
	item->now.is_there = item->before.is_there = true;
	item->now.state = "unseen";
	item->before.state = "seen";
	item->now.run = 12;
	item->now.rule = item->before.rule = item->subject;
	item = fake_drift_add(fake, FA_DRIFT_EXPECTATIONS, FA_ASPECT_ADDED, FA_CAUSE_CATALOG);
	item->subject = "wso2/iot-server/devices";
	item->why = "the row is new in the catalog wso2";
	item->now.is_there = true;
	item->now.state = "refused";
	item->now.rule = item->subject;
	item = fake_drift_add(fake, FA_DRIFT_EXPECTATIONS, FA_ASPECT_REMOVED, FA_CAUSE_SITE);
	item->subject = "wso2/old/row";
	item->server = "api-test am9";
	item->before.is_there = true;
	item->before.state = "seen";
	item->before.rule = item->subject;
	item->before.flows = 7;
	/* Several of them in one line. */
	item = fake_drift_add(fake, FA_DRIFT_EXPECTATIONS, FA_ASPECT_REMOVED, FA_CAUSE_SITE);
	item->subject = "12 of strongdm";
	item->server = "dm";
	item->before.is_there = true;
}

static struct fa_difference *add_waiver(struct fake_drift *fake, enum fa_drift_aspect aspect,
					const char *why)
{
	struct fa_difference *item =
		fake_drift_add(fake, FA_DRIFT_WAIVERS, aspect, FA_CAUSE_WAIVER);

	item->subject = "db-test";
	item->client = "a360/bot-runner";
	item->server = "10.2.4.9";
	item->transport = FA_IP_TCP;
	item->port = 1433;
	item->why = why;
	item->now.is_there = aspect != FA_ASPECT_REMOVED;
	item->before.is_there = aspect != FA_ASPECT_ADDED;
	return item;
}

static void fill_waivers(struct fake_drift *fake)
{
	add_waiver(fake, FA_ASPECT_EXPIRED, "it expired on 2026-11-20; its owner is A. Person");
	add_waiver(fake, FA_ASPECT_EXPIRING, "it expires on 2026-12-01")->any_port = true;
	add_waiver(fake, FA_ASPECT_UNUSED, "");
	add_waiver(fake, FA_ASPECT_ADDED, "");
	add_waiver(fake, FA_ASPECT_REMOVED, "")->before.flows = 4;
}

static void fill_coverage(struct fake_drift *fake)
{
	static const struct {
		enum fa_drift_aspect aspect;
		const char *subject;
	} subjects[] = {
		{FA_ASPECT_GAP, "no run on 2026-11-20"},
		{FA_ASPECT_LOSS, "packets lost: 0% before, 30% now"},
		{FA_ASPECT_SPAN, "covered: all day before, 22:00 to 04:00 UTC (6.0 hours) now"},
		{FA_ASPECT_ENDING, "end of the run: run 11 interrupted before, complete now"},
		{FA_ASPECT_BASIS, "program is another version"},
	};

	for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++)
		fake_drift_add(fake, FA_DRIFT_COVERAGE, subjects[i].aspect, FA_CAUSE_COVERAGE)
			->subject = subjects[i].subject;
	fake->items[fake->count - 1].cause = FA_CAUSE_PROGRAM;
	fake->drift.by_cause[FA_CAUSE_COVERAGE]--;
	fake->drift.by_cause[FA_CAUSE_PROGRAM]++;
	fake->drift.now.loss = 0.3;
	fake->drift.now.lost = 20657715;
	fake->drift.before.ended_well = false;
}

void fake_drift_fill(struct fake_drift *fake)
{
	fake_drift_init(fake);
	fill_appeared(fake);
	fill_changed(fake);
	fill_vanished(fake);
	fill_expectations(fake);
	fill_waivers(fake);
	fill_coverage(fake);
}

void fake_drift_fill_hostile(struct fake_drift *fake)
{
	struct fa_difference *item;

	fake_drift_init(fake);
	fake->drift.now.source = HOSTILE_SCRIPT HOSTILE_ESCAPE;
	fake->drift.now.site = HOSTILE_BIDI;
	fake->drift.now.database = "x;$(reboot)\033.db";
	fake->fake.history.database = fake->drift.now.database;
	fake->drift.now_words = HOSTILE_SHEET;
	fake->drift.before_words = HOSTILE_LINK;
	fake->drift.full = true;
	fake->drift.full_why = HOSTILE_ESCAPE;
	item = fake_drift_add_traffic(fake, FA_DRIFT_APPEARED, FA_ASPECT_SERVICE,
				      FA_CAUSE_TRAFFIC);
	item->client = HOSTILE_SCRIPT;
	item->server = HOSTILE_SHEET;
	item->maybe = HOSTILE_BIDI;
	item->now.protocol = HOSTILE_ESCAPE;
	item->now.rule = HOSTILE_LINK;
	item->now.finding = 1;
	item = fake_drift_add_traffic(fake, FA_DRIFT_CHANGED, FA_ASPECT_MOVED, FA_CAUSE_SITE);
	item->client = "";
	item->client_list = HOSTILE_LINK;
	item->server = HOSTILE_SHEET;
	item->server_before = HOSTILE_BROKEN;
	item->why = HOSTILE_SCRIPT;
	item->before.protocol = HOSTILE_BIDI;
	item = fake_drift_add(fake, FA_DRIFT_EXPECTATIONS, FA_ASPECT_STATE, FA_CAUSE_TRAFFIC);
	item->subject = HOSTILE_SHEET HOSTILE_ESCAPE;
	item->server = HOSTILE_BROKEN;
	item->now.is_there = true;
	item->now.state = HOSTILE_ESCAPE;
	item = add_waiver(fake, FA_ASPECT_EXPIRED, HOSTILE_LINK);
	item->subject = HOSTILE_SHEET;
	item->client = HOSTILE_SCRIPT;
	fake_drift_add(fake, FA_DRIFT_COVERAGE, FA_ASPECT_BASIS, FA_CAUSE_COVERAGE)->subject =
		HOSTILE_SCRIPT HOSTILE_BIDI;
}

void fake_drift_fill_many(struct fake_drift *fake, size_t count)
{
	static const enum fa_drift_aspect aspects[FA_DRIFT_SECTION_COUNT] = {
		[FA_DRIFT_APPEARED] = FA_ASPECT_SERVICE, [FA_DRIFT_CHANGED] = FA_ASPECT_VERDICT,
		[FA_DRIFT_VANISHED] = FA_ASPECT_CLIENTS, [FA_DRIFT_EXPECTATIONS] = FA_ASPECT_STATE,
		[FA_DRIFT_WAIVERS] = FA_ASPECT_EXPIRED,	 [FA_DRIFT_COVERAGE] = FA_ASPECT_GAP,
	};

	fake_drift_init(fake);
	for (unsigned section = 0; section < FA_DRIFT_SECTION_COUNT; section++) {
		for (size_t i = 0; i < count; i++) {
			enum fa_drift_cause cause = (enum fa_drift_cause)(i % FA_CAUSE_COUNT);
			struct fa_difference *item =
				fake_drift_add_traffic(fake, section, aspects[section], cause);

			item->port = (uint16_t)(1 + i % 65535);
			item->subject = "wso2/api-manager/passthrough-https";
			item->now.finding = (int64_t)i + 1;
		}
	}
}

char *fake_drift_report(struct fake_drift *fake, const char *format,
			const struct fa_report_options *options)
{
	struct fa_diag diag = {{0}};
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (file == NULL ||
	    fa_drift_write(file, format, &fake->drift, &fake->fake.history, options, &diag) != 0 ||
	    fclose(file) != 0) {
		fprintf(stderr, "%s\n", diag.text);
		abort();
	}
	return text;
}
