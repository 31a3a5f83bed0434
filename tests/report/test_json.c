/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The JSON report: read back and compared with the history, also when names are hostile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/text.h"
#include "fake_history.h"

static const struct fa_report_options plain;

/* Strict: no key twice, the whole text is the value. The caller frees it. */
static json_t *parse(const char *text)
{
	json_error_t error;
	json_t *value = json_loads(text, JSON_REJECT_DUPLICATES, &error);

	if (value == NULL)
		fail_msg("line %d: %s\n%s", error.line, error.text, text);
	return value;
}

static json_t *report(struct fake *fake)
{
	char *text = fake_report(fake, "json", &plain);
	json_t *value = parse(text);

	free(text);
	return value;
}

/* The value at a path such as "run.dropped.kernel" or "conversations.0.rule". */
static json_t *at(json_t *value, const char *path)
{
	char part[64];

	while (*path != '\0') {
		size_t len = strcspn(path, ".");

		snprintf(part, sizeof(part), "%.*s", (int)len, path);
		value = json_is_array(value) ? json_array_get(value, strtoul(part, NULL, 10))
					     : json_object_get(value, part);
		if (value == NULL)
			fail_msg("no member %s", part);
		path += len + (path[len] == '.');
	}
	return value;
}

static void assert_text(json_t *value, const char *path, const char *expected)
{
	json_t *member = at(value, path);

	if (!json_is_string(member))
		fail_msg("%s is no text", path);
	assert_string_equal(json_string_value(member), expected);
}

static void assert_number(json_t *value, const char *path, json_int_t expected)
{
	json_t *member = at(value, path);

	if (!json_is_integer(member))
		fail_msg("%s is no integer", path);
	assert_int_equal(json_integer_value(member), expected);
}

static void assert_json_null(json_t *value, const char *path)
{
	if (!json_is_null(at(value, path)))
		fail_msg("%s is not null", path);
}

static void has_the_promised_members_in_order(void **state)
{
	static const char *const names[] = {"flowaudit",     "schema",	 "run",
					    "summary",	     "conversations", "expectations",
					    "findings",	     "waivers",	 "sources",
					    "losses"};
	struct fake fake;
	json_t *all;
	const char *key;
	json_t *value;
	size_t i = 0;

	(void)state;
	fake_fill(&fake);
	all = report(&fake);
	json_object_foreach(all, key, value)
	{
		assert_true(i < sizeof(names) / sizeof(names[0]));
		assert_string_equal(key, names[i++]);
	}
	assert_int_equal(i, sizeof(names) / sizeof(names[0]));
	assert_text(all, "flowaudit", "0.1.0");
	assert_number(all, "schema", FA_REPORT_SCHEMA);
	assert_int_equal(json_array_size(at(all, "waivers")), 0);
	json_decref(all);
	fake_deinit(&fake);
}

static void tells_the_run(void **state)
{
	struct fake fake;
	json_t *all;

	(void)state;
	fake_fill(&fake);
	fake.run.totals.capture.dropped_kernel = 1;
	fake.run.totals.capture.dropped_interface = 2;
	fake.run.totals.capture.dropped_ring = 3;
	fake.run.totals.loss.judged_early = 4;
	all = report(&fake);
	assert_number(all, "run.id", 12);
	assert_text(all, "run.kind", "replay");
	assert_text(all, "run.source", "dc1-tap.pcap.zst");
	assert_text(all, "run.link_types.0", "ETHERNET");
	assert_text(all, "run.link_types.1", "linktype-4242");
	assert_text(all, "run.started", "2026-11-21T22:00:00.000000Z");
	assert_text(all, "run.ended", "2026-11-22T04:00:00.000000Z");
	assert_number(all, "run.bytes", 21400000000);
	assert_number(all, "run.dropped.kernel", 1);
	assert_number(all, "run.dropped.interface", 2);
	assert_number(all, "run.dropped.ring", 3);
	assert_number(all, "run.sequence_gaps", 3800000);
	assert_number(all, "run.flows", 89442);
	assert_number(all, "run.conversations", 1259);
	assert_number(all, "run.judged_early", 4);
	assert_number(all, "summary.verdicts.documented.bytes", 19800000000);
	assert_number(all, "summary.findings", 7);
	assert_number(all, "summary.expectations.seen", 2);
	assert_number(all, "summary.expectations.refused", 1);
	assert_number(all, "summary.expectations.unseen", 2);
	assert_number(all, "summary.expectations.not-observable", 1);
	json_decref(all);
	fake_deinit(&fake);
}

static void the_sums_add_up(void **state)
{
	struct fake fake;
	json_t *all;
	json_t *value;
	const char *key;
	json_int_t sum = 0;

	(void)state;
	fake_fill(&fake);
	/* A different number for each result, so that none can stand in for another. */
	fake.run.totals.capture.packets = fake.run.totals.capture.duplicates = 3;
	for (unsigned i = 0; i < FA_DECODE_COUNT; i++) {
		fake.run.totals.capture.results[i] = 1000u << i;
		fake.run.totals.capture.packets += 1000u << i;
	}
	all = report(&fake);
	json_object_foreach(at(all, "run.not_decoded"), key, value)
	{
		assert_string_not_equal(key, "decoded");
		sum += json_integer_value(value);
	}
	assert_int_equal(json_object_size(at(all, "run.not_decoded")), FA_DECODE_COUNT - 1);
	assert_int_equal(sum + json_integer_value(at(all, "run.decoded")) +
				 json_integer_value(at(all, "run.duplicates")),
			 json_integer_value(at(all, "run.packets")));
	json_decref(all);
	fake_deinit(&fake);
}

static void tells_each_conversation(void **state)
{
	struct fake fake;
	json_t *all;
	json_t *one;

	(void)state;
	fake_fill(&fake);
	all = report(&fake);
	assert_int_equal(json_array_size(at(all, "conversations")), 5);
	one = at(all, "conversations.0");
	assert_text(one, "client", "10.2.0.7");
	assert_text(one, "server", "10.2.1.4");
	assert_text(one, "transport", "tcp");
	assert_number(one, "port", 443);
	assert_text(one, "application", "Google");
	assert_text(one, "host", "www.example.org");
	assert_text(one, "detected_by", "dpi");
	assert_text(one, "direction_by", "syn");
	assert_number(one, "flows", 3);
	assert_number(one, "packets_to_server", 10);
	assert_number(one, "packets_to_client", 12);
	assert_number(one, "bytes_to_server", 1200);
	assert_number(one, "bytes_to_client", 9000);
	assert_text(one, "first_seen", "2026-11-21T22:00:00.000004Z");
	assert_text(one, "last_seen", "2026-11-21T22:01:00.000000Z");
	assert_text(one, "verdict", "documented");
	assert_text(one, "rule", "wso2/iot-server/devices");
	assert_json_null(one, "nearest");
	assert_text(one, "candidates.0", "wso2/iot-server/devices");
	assert_text(one, "candidates.1", "strongdm/client/control-plane");
	assert_int_equal(json_array_size(at(one, "candidates")), 2);
	assert_text(one, "reasons.0", "agrees");
	assert_true(json_object_get(one, "tunnel") == NULL);
	assert_true(json_object_get(one, "client_port") == NULL);
	one = at(all, "conversations.1");
	assert_json_null(one, "rule");
	assert_text(one, "nearest.rule", "wso2/api-manager/passthrough-https");
	assert_text(one, "nearest.differs.0", "port");
	assert_text(one, "nearest.differs.1", "host");
	assert_int_equal(json_array_size(at(one, "candidates")), 0);
	assert_number(one, "finding", 3);
	one = at(all, "conversations.2");
	assert_text(one, "tunnel", "vxlan:42");
	assert_number(one, "vlan.0", 100);
	assert_number(one, "vlan.1", 42);
	assert_int_equal(json_array_size(at(one, "vlan")), 2);
	assert_number(one, "client_port", 40001);
	one = at(all, "conversations.3");
	assert_text(one, "client", "2001:db8::1");
	assert_text(one, "transport", "icmp6");
	assert_number(one, "icmp_type", 128);
	assert_number(one, "icmp_code", 0);
	json_decref(all);
	fake_deinit(&fake);
}

static void tells_findings_and_expectations(void **state)
{
	struct fake fake;
	json_t *all;

	(void)state;
	fake_fill(&fake);
	all = report(&fake);
	assert_int_equal(json_array_size(at(all, "findings")), 7);
	assert_text(all, "findings.0.citation.section",
		    "Ports required for mobile devices to communicate with the server");
	assert_json_null(all, "findings.0.citation.dated");
	assert_text(all, "findings.2.citation.section", "API Manager");
	assert_json_null(all, "findings.2.client");
	assert_number(all, "findings.2.clients", 14);
	assert_json_null(all, "findings.3.citation");
	assert_true(json_is_true(at(all, "findings.3.sweep")));
	assert_text(all, "expectations.0.rule", "automation-anywhere/data-center/sql");
	assert_text(all, "expectations.0.requirement", "required");
	assert_text(all, "expectations.0.endpoints", "any (no site file)");
	assert_text(all, "expectations.0.status", "refused");
	assert_text(all, "expectations.2.status", "not-observable");
	assert_text(all, "expectations.0.evidence", "one sentence of evidence");
	assert_text(all, "sources.0.product", "automation-anywhere");
	assert_text(all, "sources.0.dated", "2025-07-29");
	assert_json_null(all, "sources.1.dated");
	assert_number(all, "sources.2.rules", 109);
	json_decref(all);
	fake_deinit(&fake);
}

static void hostile_names_come_out_harmless(void **state)
{
	static const char *const hostile[] = {
		"\033]0;owned\007", "<script>\"'\\</script>",  "\xff\xfe\x80 \xc3",
		"\xe2\x80\xae" "gpj.exe", "\n\r\t\b",		"\xc2\x9b" "31m",
		"\xed\xa0\x80\xf4\x90\x80\x80",
	};
	struct fake fake;
	char expected[600];
	char longest[FA_HOST_TEXT];

	(void)state;
	memset(longest, 0xff, sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	for (size_t i = 0; i <= sizeof(hostile) / sizeof(hostile[0]); i++) {
		const char *name = i == 0 ? longest : hostile[i - 1];
		char *text;
		json_t *all;

		fake_fill(&fake);
		strcpy(fake.conversations[0].id.host, name);
		fa_text_copy(fake.conversations[0].id.protocol, FA_PROTOCOL_TEXT, name);
		fake.findings[0].host = name;
		fake.findings[0].detail = name;
		fake.expectations[0].evidence = name;
		strcpy(fake.run.info.source, name);
		strcpy(fake.run.info.filter, name);
		text = fake_report(&fake, "json", &plain);
		/* Newlines are ours: one element a line. Quotes and backslashes are JSON's. */
		for (const char *part = text; *part != '\0';) {
			size_t len = strcspn(part, "\n\\");

			assert_true(fa_text_is_safe(part, len));
			part += len + (part[len] != '\0');
		}
		all = parse(text);
		fa_text_safe(name, strlen(name), expected, sizeof(expected));
		assert_text(all, "conversations.0.host", expected);
		assert_text(all, "findings.0.host", expected);
		assert_text(all, "findings.0.detail", expected);
		assert_text(all, "expectations.0.evidence", expected);
		assert_text(all, "run.source", expected);
		assert_text(all, "run.filter", expected);
		json_decref(all);
		free(text);
		fake_deinit(&fake);
	}
}

static void nothing_depends_on_the_clock_or_the_workers(void **state)
{
	struct fake fake;
	char *one;
	char *two;

	(void)state;
	fake_fill(&fake);
	one = fake_report(&fake, "json", &plain);
	fake.run.begun_ns += 12345678901;
	fake.run.info.workers = 16;
	fake.run.committed_ns = fake.run.begun_ns + 98765;
	fake.run.totals.workers.conversations_out += 5;
	fake.run.totals.workers.inspection_calls += 7;
	two = fake_report(&fake, "json", &plain);
	assert_string_equal(one, two);
	free(one);
	free(two);
	one = fake_report(&fake, "text", &plain);
	fake.run.begun_ns += 12345678901;
	fake.run.info.workers = 1;
	two = fake_report(&fake, "text", &plain);
	assert_string_equal(one, two);
	free(one);
	free(two);
	fake_deinit(&fake);
}

static void an_empty_run_is_valid(void **state)
{
	struct fake fake;
	json_t *all;

	(void)state;
	fake_init(&fake);
	fake.run.id = 1;
	all = report(&fake);
	assert_json_null(all, "run.started");
	assert_json_null(all, "run.ended");
	assert_number(all, "run.packets", 0);
	assert_text(all, "run.confidence", "none");
	assert_int_equal(json_array_size(at(all, "conversations")), 0);
	assert_int_equal(json_array_size(at(all, "findings")), 0);
	json_decref(all);
	fake_deinit(&fake);
}

static void one_conversation_a_line(void **state)
{
	struct fake fake;
	char *text;
	unsigned lines = 0;

	(void)state;
	fake_fill(&fake);
	text = fake_report(&fake, "json", &plain);
	*strstr(text, "\"expectations\":[") = '\0';
	for (const char *at_line = text; (at_line = strstr(at_line, "\n{\"client\":")) != NULL;
	     at_line++)
		lines++;
	assert_int_equal(lines, 5);
	free(text);
	fake_deinit(&fake);
}

static void tells_what_the_wire_was(void **state)
{
	struct fake fake;
	json_t *all;

	(void)state;
	fake_fill(&fake);
	fake.run.totals.workers.acked_unseen_bytes = 77;
	all = report(&fake);
	assert_text(all, "run.settings.key", "plain");
	assert_number(all, "run.settings.max_headers", 16);
	assert_number(all, "run.settings.tunnel_ports.vxlan.1", 8472);
	assert_text(all, "run.settings.duplicates", "auto");
	assert_number(all, "run.settings.duplicates_within_ns", 1000000);
	assert_number(all, "run.duplicates_left", 3);
	assert_number(all, "run.acked_unseen", 77);
	assert_number(all, "run.layers.vxlan", 12004);
	assert_int_equal(json_object_size(at(all, "run.layers")), 2);
	assert_text(all, "run.interfaces.0.name", "tap\\x1b[1m a");
	assert_text(all, "run.interfaces.0.link_type", "ETHERNET");
	assert_number(all, "run.interfaces.0.file", 1);
	assert_json_null(all, "run.interfaces.0.dropped.kernel");
	assert_number(all, "run.interfaces.0.dropped.interface", 17);
	assert_number(all, "run.interfaces_more", 0);
	assert_int_equal(json_array_size(at(all, "losses")), 3);
	assert_text(all, "losses.0.client", "10.2.0.7");
	assert_number(all, "losses.0.missing_bytes", 3000000);
	assert_json_null(all, "losses.0.one_way");
	assert_text(all, "losses.2.one_way", "to server");
	json_decref(all);
	fake.run.info.kind = FA_RUN_LIVE;
	fake.run.totals.workers.acked_unseen_bytes = 0;
	fake.run.totals.workers.sequence_gap_bytes = 0;
	fake.run.totals.workers.one_way_flows = 0;
	all = report(&fake);
	assert_json_null(all, "run.interfaces.0.file");
	assert_int_equal(json_array_size(at(all, "losses")), 0);
	json_decref(all);
	fake_deinit(&fake);
}

static void tells_what_a_site_adds(void **state)
{
	struct fake fake;
	json_t *all;

	(void)state;
	fake_fill_site(&fake);
	all = report(&fake);
	assert_text(all, "run.site.name", "dc1");
	assert_text(all, "run.site.digest", "0123456789abcdef");
	assert_text(all, "conversations.0.instance", "api-prod");
	assert_text(all, "conversations.1.nearest.instance", "api-test");
	assert_text(all, "conversations.4.verdict", "waived");
	assert_text(all, "conversations.4.waiver", "ssh-jump");
	assert_text(all, "conversations.4.waived", "undocumented");
	assert_text(all, "findings.0.instance", "api-prod");
	assert_text(all, "findings.2.nearest.instance", "api-test");
	assert_text(all, "findings.6.nearest.differs.1", "server");
	assert_text(all, "expectations.0.instance", "a360");
	assert_text(all, "expectations.0.role", "sql-server");
	assert_text(all, "expectations.0.host", "sql1");
	assert_number(all, "expectations.0.ports.0", 1433);
	assert_number(all, "expectations.6.ports.0", 8281);
	assert_number(all, "expectations.6.ports.1.0", 8300);
	assert_number(all, "expectations.6.ports.1.1", 8310);
	assert_int_equal(json_array_size(at(all, "waivers")), 4);
	assert_text(all, "waivers.0.id", "ssh-jump");
	assert_text(all, "waivers.0.status", "used");
	assert_text(all, "waivers.0.owner", "Ada");
	assert_text(all, "waivers.0.reason", "moved in spring");
	assert_text(all, "waivers.0.ticket", "NET-7");
	assert_text(all, "waivers.0.expires", "2027-03-31");
	assert_text(all, "waivers.0.client", "a360/client");
	assert_text(all, "waivers.0.server", "10.2.1.4");
	assert_text(all, "waivers.0.transport", "tcp");
	assert_text(all, "waivers.0.port", "22");
	assert_text(all, "waivers.0.protocol", "SSH");
	assert_number(all, "waivers.0.conversations", 3);
	assert_number(all, "waivers.0.flows", 1200);
	assert_true(json_is_false(at(all, "waivers.0.broad")));
	assert_text(all, "waivers.1.status", "expired");
	assert_json_null(all, "waivers.1.ticket");
	assert_text(all, "waivers.2.status", "unused");
	assert_true(json_is_true(at(all, "waivers.3.broad")));
	json_decref(all);
	fake_deinit(&fake);
}

static void has_null_without_a_site(void **state)
{
	static const char *const paths[] = {
		"run.site",		 "conversations.0.instance", "conversations.1.nearest.instance",
		"conversations.0.waiver", "conversations.0.waived",  "findings.0.instance",
		"expectations.0.instance", "expectations.0.role",    "expectations.0.host",
	};
	struct fake fake;
	json_t *all;

	(void)state;
	fake_fill(&fake);
	all = report(&fake);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		assert_json_null(all, paths[i]);
	assert_int_equal(json_array_size(at(all, "waivers")), 0);
	json_decref(all);
	fake_deinit(&fake);
}

static void tells_the_windows_of_a_live_run(void **state)
{
	struct fake fake;
	json_t *all;

	(void)state;
	fake_fill_live(&fake);
	all = report(&fake);
	assert_text(all, "run.kind", "live");
	assert_text(all, "run.state", "complete");
	assert_text(all, "run.committed", "2026-11-23T00:00:00.100000Z");
	assert_true(json_is_true(at(all, "run.sandboxed")));
	assert_number(all, "run.down_ms", 12 * 60000);
	assert_number(all, "run.evidence_dropped", 99);
	assert_int_equal(json_array_size(at(all, "run.windows")), 24);
	assert_text(all, "run.windows.0.begun", "2026-11-22T00:00:00.000000Z");
	assert_text(all, "run.windows.0.ended", "2026-11-22T01:00:00.000000Z");
	assert_number(all, "run.windows.0.packets", 2000000);
	assert_number(all, "run.windows.0.bytes", 800000000);
	assert_number(all, "run.windows.0.decoded", 2000000);
	assert_text(all, "run.windows.0.confidence", "high");
	assert_number(all, "run.windows.1.packets", 0);
	assert_text(all, "run.windows.1.confidence", "none");
	assert_text(all, "run.windows.1.confidence_reason", "no packet was read");
	assert_number(all, "run.windows.5.down_ms", 12 * 60000);
	assert_number(all, "run.windows.7.sequence_gaps", 3800000);
	assert_number(all, "run.windows.9.workers_replaced", 2);
	assert_number(all, "run.windows.9.packets_lost", 31);
	assert_number(all, "run.windows.9.flows_lost", 12);
	assert_number(all, "run.windows.10.evicted", 70);
	assert_number(all, "run.windows.10.judged_early", 3);
	assert_number(all, "run.windows.11.inspections_evicted", 7);
	assert_number(all, "run.windows.14.dropped.kernel", 12000);
	assert_number(all, "run.windows.16.dropped.ring", 345);
	assert_number(all, "run.windows.18.evidence_dropped", 99);
	assert_int_equal(json_array_size(at(all, "run.crashes")), 2);
	assert_number(all, "run.crashes.0.number", 1);
	assert_number(all, "run.crashes.1.number", 2);
	assert_text(all, "run.crashes.0.when", "2026-11-22T09:00:00.000000Z");
	assert_text(all, "run.crashes.0.packet_time", "2026-11-22T08:59:59.999999Z");
	assert_number(all, "run.crashes.0.worker", 1);
	assert_number(all, "run.crashes.0.signal", 11);
	assert_number(all, "run.crashes.0.packet", 4711);
	assert_number(all, "run.crashes.0.ip_bytes", 1500);
	assert_number(all, "run.crashes.0.captured", 4);
	assert_json_null(all, "run.crashes.1.signal");
	json_decref(all);
	fake_deinit(&fake);
}

/* What somebody adds up over the windows is what the run says. */
static void windows_add_up_to_the_run(void **state)
{
	static const char *const members[][2] = {
		{"packets", "packets"},	      {"bytes", "bytes"},
		{"decoded", "decoded"},	      {"down_ms", "down_ms"},
		{"evicted", "flows_evicted"}, {"sequence_gaps", "sequence_gaps"},
		{"tcp_bytes", "tcp_bytes"},   {"judged_early", "judged_early"},
	};
	struct fake fake;
	json_t *all;

	(void)state;
	fake_fill_live(&fake);
	all = report(&fake);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		json_int_t sum = 0;
		json_t *window;
		size_t n;

		json_array_foreach(at(all, "run.windows"), n, window)
			sum += json_integer_value(at(window, members[i][0]));
		assert_int_equal(sum, json_integer_value(at(at(all, "run"), members[i][1])));
	}
	json_decref(all);
	fake_deinit(&fake);
}

static void tells_how_a_run_stands(void **state)
{
	static const struct {
		enum fa_run_kind kind;
		enum fa_run_end end;
		const char *state;
	} rows[] = {
		{FA_RUN_LIVE, FA_RUN_UNFINISHED, "running"},
		{FA_RUN_LIVE, FA_RUN_INTERRUPTED, "interrupted"},
		{FA_RUN_LIVE, FA_RUN_COMPLETE, "complete"},
		{FA_RUN_LIVE, FA_RUN_FAILED, "failed"},
		{FA_RUN_REPLAY, FA_RUN_UNFINISHED, "unfinished"},
		{FA_RUN_REPLAY, FA_RUN_COMPLETE, "complete"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake fake;
		json_t *all;

		fake_fill_live(&fake);
		fake.run.info.kind = rows[i].kind;
		fake.run.totals.end = rows[i].end;
		fake.run.info.sandboxed = false;
		all = report(&fake);
		assert_text(all, "run.state", rows[i].state);
		assert_true(json_is_false(at(all, "run.sandboxed")));
		if (rows[i].kind == FA_RUN_REPLAY)
			assert_json_null(all, "run.committed");
		json_decref(all);
		fake_deinit(&fake);
	}
}

static void a_replay_has_no_windows(void **state)
{
	struct fake fake;
	json_t *all;

	(void)state;
	fake_fill(&fake);
	all = report(&fake);
	assert_int_equal(json_array_size(at(all, "run.windows")), 0);
	assert_int_equal(json_array_size(at(all, "run.crashes")), 0);
	assert_json_null(all, "run.committed");
	json_decref(all);
	fake_deinit(&fake);
}

/* What `runs show` tells of a run is what its report tells, and a little more. */
static void runs_show_tells_the_same(void **state)
{
	struct fake fake;
	struct fa_diag diag = {{0}};
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	json_t *all;
	json_t *shown;
	json_t *value;
	const char *key;

	(void)state;
	fake_fill_live(&fake);
	all = report(&fake);
	assert_int_equal(fa_report_runs_show(out, "json", &fake.history, 0, &plain, &diag), 0);
	fclose(out);
	shown = parse(text);
	json_object_foreach(at(all, "run"), key, value)
		assert_true(json_equal(value, json_object_get(shown, key)));
	assert_non_null(json_object_get(shown, "made"));
	json_decref(shown);
	json_decref(all);
	free(text);
	fake_deinit(&fake);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_the_promised_members_in_order),
		cmocka_unit_test(tells_the_run),
		cmocka_unit_test(the_sums_add_up),
		cmocka_unit_test(tells_each_conversation),
		cmocka_unit_test(tells_findings_and_expectations),
		cmocka_unit_test(hostile_names_come_out_harmless),
		cmocka_unit_test(nothing_depends_on_the_clock_or_the_workers),
		cmocka_unit_test(an_empty_run_is_valid),
		cmocka_unit_test(one_conversation_a_line),
		cmocka_unit_test(tells_what_the_wire_was),
		cmocka_unit_test(tells_what_a_site_adds),
		cmocka_unit_test(has_null_without_a_site),
		cmocka_unit_test(tells_the_windows_of_a_live_run),
		cmocka_unit_test(windows_add_up_to_the_run),
		cmocka_unit_test(tells_how_a_run_stands),
		cmocka_unit_test(a_replay_has_no_windows),
		cmocka_unit_test(runs_show_tells_the_same),
	};

	/* "print", "print-site", "print-live": the report itself, for the check against its schema. */
	if (argc > 1 && strncmp(argv[1], "print", 5) == 0) {
		struct fake fake;
		char *text;

		if (strcmp(argv[1], "print-site") == 0)
			fake_fill_site(&fake);
		else if (strcmp(argv[1], "print-live") == 0)
			fake_fill_live(&fake);
		else
			fake_fill(&fake);
		text = fake_report(&fake, "json", &plain);
		fputs(text, stdout);
		free(text);
		fake_deinit(&fake);
		return 0;
	}
	return cmocka_run_group_tests_name("report json", tests, NULL, NULL);
}
