/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text report: what it says, how wide it is, and that nothing from the wire gets out raw. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "fake_history.h"

/* clang-format off */
static const char golden_body[] =
	"VERDICT          conversations      flows       bytes\n"
	"documented               1,204     88,120     19.8 GB  ████████████████████████████\n"
	"discouraged                 12        310      1.1 GB  █▌\n"
	"wrong-protocol               1          3       41 kB  ▏\n"
	"wrong-endpoint               0          0         0 B\n"
	"undocumented                37        912     12.0 MB  ▏\n"
	"refused                      2         88        9 kB  ▏\n"
	"indeterminate                3          9       31 kB  ▏\n"
	"all                      1,259     89,442     20.9 GB\n"
	"\n"
	"FINDINGS (7, most important first)\n"
	" 1  wrong-protocol   10.2.0.7 → 10.2.1.4:443/tcp · SSH, seen by inspection\n"
	"    documented as TLS: wso2 · IoT Server · \"Ports required for mobile devices to communicate with\n"
	"    the server\", row \"443 - HTTPS, default port of the Firebase service\"; 4 more rows document this\n"
	"    port\n"
	"    inspection saw a protocol that no candidate row accepts\n"
	"    3 flows 2026-11-21 23:14 .. 23:20, 41 kB · client known by the handshake\n"
	" 2  refused          10.2.4.1 → 10.2.4.9:1433/tcp · 88 tries, no answer\n"
	"    required by the document, so the server is down or something blocks it: automation-anywhere ·\n"
	"    Data center ports\n"
	"    22 flows 2026-11-21 23:14 .. 23:20, 5 kB · client known by the handshake\n"
	" 3  undocumented     14 clients → [2001:db8::15]:8244/tcp · TLS (Google), seen by inspection\n"
	"    nearest row: only the port differs, documented on tcp 8243 as TLS: wso2 · API Manager\n"
	"    3 flows 2026-11-21 23:14 .. 23:20, 41 kB · client known by the handshake · asked for\n"
	"    www.example.org\n"
	" 4  undocumented     sweep: 10.0.0.9 tried 40,112 ports (tcp) on 12 hosts · 3 flows 2026-11-21 23:14\n"
	"    .. 23:20\n"
	" 5  discouraged      10.2.0.8 → 10.2.4.1:80/tcp · HTTP, seen by inspection\n"
	"    documented, but advised against (HTTP is not recommended, use HTTPS on 443): automation-anywhere\n"
	"    · Data center ports; 1 more row documents this port\n"
	"    3 flows 2026-11-21 23:14 .. 23:20, 41 kB · client known by the handshake\n"
	" 6  undocumented     10.2.0.8 ↔ 10.2.4.77:30000/tcp · protocol not recognised\n"
	"    no row of any catalog is on this port, nor near it\n"
	"    nothing shows which side is the server, but neither port is documented; other flows to the same\n"
	"    port were recognised (Redis in 3 other flows)\n"
	"    3 flows 2026-11-21 23:14 .. 23:20, 41 kB · which side is the server is not known\n"
	" 7  wrong-endpoint   10.2.0.8 → 10.2.4.77:5000/tcp · TLS, seen by inspection\n"
	"    direction, host name and network differ; documented from client to carbon-server in\n"
	"    192.0.2.0/24, 17.0.0.0/8 or AS64500, AS64501: strongdm · Gateway · \"Gateways\"\n"
	"    3 flows 2026-11-21 23:14 .. 23:20, 41 kB · client known by the handshake\n"
	"\n"
	"INDETERMINATE (3 conversations could not be judged, and why)\n"
	"          2  nothing shows which side is the server, and the answer depends on it → capture longer,\n"
	"             so that the connections are seen opening\n"
	"             the first: 10.2.0.9 ↔ 10.2.1.6:7001/udp · TLS\n"
	"          1  this transport has no ports, and no row names it\n"
	"             2001:db8::1 → [2001:db8::2] icmp6 type 128 code 0 · ICMPV6\n"
	"\n"
	"EXPECTED, NOT SEEN (3 of 6 rows; 1 more could not have been seen by this tap)\n"
	"  no trace of these catalogs (rows): strongdm (1). Without a site file nothing says whether they are\n"
	"    here at all.\n"
	"  refused  required   automation-anywhere · Data center ports: 1433/tcp (88 flows tried)\n"
	"  unseen   required   wso2 · API Manager: 8243/tcp\n"
	"  unseen   if in use  wso2 · API Manager: 8280/tcp\n"
	"\n"
	"CATALOG                               ROWS     SEEN  REFUSED   UNSEEN  NOT OBSERVABLE\n"
	"automation-anywhere                      2        1        1        0               0\n"
	"strongdm                                 1        0        0        0               1\n"
	"wso2                                     3        1        0        2               0\n"
	"  automation-anywhere: \"Ports, protocols, and firewalls\", Automation Anywhere, 2025-07-29 · file\n"
	"    0123456789abcdef\n"
	"  strongdm: \"Ports Guide\", StrongDM, no date · file 0123456789abcde0\n"
	"  wso2: \"Default Ports of WSO2 Products\", WSO2, no date · file 0123456789abcde1\n"
	"\n"
	"LOSS BEFORE THE TAP (2 pairs of hosts)\n"
	"      3.0 MB    5.7%  10.2.0.7 → 10.2.1.4, 12 flows\n"
	"      800 kB    1.6%  10.2.0.9 → 10.2.1.6, 12 flows\n"
	"  78.9% of it between 10.2.0.7 and 10.2.1.4: look at what is special on their path, such as a link\n"
	"  of a bundle that is not mirrored, or a port that is overloaded.\n"
	"\n"
	"ONE DIRECTION ONLY (1 pair of hosts)\n"
	"  10.2.0.11 → 2001:db8::8: nothing from the server; 12 flows, 40,000 packets\n"
	"  Verdicts on these rest on half of each talk. Check that the mirror port copies both directions\n"
	"  (received and sent) of all ports, VLANs and links of a bundle, and whether the other direction\n"
	"  takes another path.\n"
	"\n"
	"WHAT WAS READ\n"
	"  source          run 12, replay, complete · dc1-tap.pcap.zst · 1 file\n"
	"  link types      ETHERNET, linktype-4242\n"
	"  filter          none\n"
	"  site            none\n"
	"  packets         48,201,336 = 47,573,512 decoded + 626,617 duplicates + 1,207 not decoded\n"
	"                  not-ip                             1,200  ARP, STP, LLDP and others that are not …\n"
	"                  unsupported-encapsulation              7  a tunnel or tag that cannot be peeled\n"
	"  interfaces      tap\\x1b[1m a (ETHERNET): 30,000,000 packets; dropped: kernel not counted,\n"
	"                  interface 17\n"
	"                  interface 2 (linktype-4242): 18,201,336 packets\n"
	"  wrapped in      VLAN tags 47,000,000 packets, VXLAN 12,004\n"
	"  duplicates      auto, within 1 ms: 626,617 copies left out (1.3%), 3 repeated word for word but\n"
	"                  not shown to be copies, so that they count\n"
	"  dropped         kernel 0, interface 0, ring 0\n"
	"  before the tap  0.02% of TCP bytes never seen (3.8 MB), 31 TCP flows with one side only\n"
	"  cut short       0 packets by the snapshot length\n"
	"  flows           89,442 flows in 1,259 conversations; ended early by limits: 0 flows, 0 inspections\n";

static const char golden_tail[] =
	"WHAT NEXT\n"
	"  flowaudit catalog explain tcp/443       who documents that port\n"
	"  flowaudit site learn -r 12 -o dc1.yaml  a draft that says what stands where\n"
	"  flowaudit waiver propose 12.1           an entry that accepts finding 1\n"
	"  flowaudit report -r 12 --all            every finding and expectation\n"
	"  flowaudit report -r 12 --format json    the same for programs\n";
/* clang-format on */

static const struct fa_report_options plain;

static void assert_has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("not there: %s\nin:\n%s", part, text);
}

static void assert_lacks(const char *text, const char *part)
{
	if (strstr(text, part) != NULL)
		fail_msg("there: %s\nin:\n%s", part, text);
}

static void says_what_the_golden_text_says(void **state)
{
	struct fake fake;
	char *text;
	const char *body;

	(void)state;
	fake_fill(&fake);
	text = fake_report(&fake, "text", &plain);
	body = strstr(text, "VERDICT ");
	assert_non_null(body);
	if (strncmp(body, golden_body, strlen(golden_body)) != 0)
		assert_string_equal(body, golden_body);
	assert_string_equal(strstr(text, "WHAT NEXT"), golden_tail);
	assert_has(text, "flowaudit 0.1.0 · dc1-tap.pcap.zst\n2026-11-21 22:00 .. 2026-11-22 04:00 "
			 "UTC · 48,201,336 packets, 21.4 GB\n");
	assert_has(text, "no site file: endpoints unchecked · catalogs (rows): Automation Anywhere "
			 "360 (33)");
	assert_has(text, "loss: capture 0, before the tap 0.02% of TCP bytes; duplicates removed "
			 "1.3%         confidence: high\n");
	free(text);
	fake_deinit(&fake);
}

static void explains_only_ports_with_rows(void **state)
{
	struct fake fake;
	char *text;

	(void)state;
	fake_fill(&fake);
	fake.findings[0].candidate_count = 0;
	text = fake_report(&fake, "text", &plain);
	assert_has(text, "flowaudit catalog explain tcp/1433 ");
	free(text);
	for (size_t i = 0; i < fake.finding_count; i++)
		fake.findings[i].candidate_count = 0;
	text = fake_report(&fake, "text", &plain);
	assert_has(text, "WHAT NEXT");
	assert_lacks(text, "catalog explain");
	free(text);
	fake_deinit(&fake);
}

static void says_how_often_it_judged_early(void **state)
{
	struct fake fake;
	char *text;

	(void)state;
	fake_fill(&fake);
	text = fake_report(&fake, "text", &plain);
	assert_lacks(text, "judged early");
	free(text);
	fake.run.totals.loss.judged_early = 3;
	text = fake_report(&fake, "text", &plain);
	assert_has(text, "judged early, for want of memory: 3 times");
	free(text);
	fake_deinit(&fake);
}

/* Every line of TEXT fits, and holds nothing that a terminal obeys. */
static void assert_fits(const char *text, size_t width)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		char *line = strndup(text, len);

		if (fa_text_columns(line) > width)
			fail_msg("%zu columns: %s", fa_text_columns(line), line);
		for (size_t i = 0; i < len; i++)
			if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
				fail_msg("control character in: %s", line);
		free(line);
		text += len + (text[len] == '\n');
	}
}

/* Apart from line ends, every byte would pass fa_text_safe; backslashes are its own escapes. */
static void assert_harmless(const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n\\");

		if (!fa_text_is_safe(text, len))
			fail_msg("harmful: %.*s", (int)len, text);
		text += len + (text[len] != '\0');
	}
}

static const char *const hostile[] = {
	"\033]0;owned\007\033[2Jevil.example",
	"<script>alert(1)</script>",
	"\xff\xfe\x80invalid\xc3",
	"abc\xe2\x80\xae" "gpj.exe\xe2\x80\x8f",
	"line\nbreak\rreturn\ttab",
	"\xc2\x9b" "31mC1",
	"back\\slash",
	"",
	"a b  c   d",
};

#define HOSTILE (sizeof(hostile) / sizeof(hostile[0]))

static uint64_t seed = 42;

/* xorshift64 (Marsaglia 2003), so that runs repeat. */
static uint64_t random_number(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* A text that is often long, often hostile, and never of one size. */
static const char *random_text(void)
{
	static char texts[64][256];
	static unsigned next;
	char *text = texts[next++ % 64];
	size_t len = random_number() % 250;

	if (random_number() % 3 == 0)
		return hostile[random_number() % HOSTILE];
	for (size_t i = 0; i < len; i++)
		text[i] = (char)(1 + random_number() % 255);
	text[len] = '\0';
	return text;
}

static void copy_random(char *into, size_t size)
{
	memset(into, 0, size);
	strncpy(into, random_text(), size - 1);
}

static uint64_t random_count(void)
{
	return random_number() >> (random_number() % 64);
}

static void randomize_finding(struct fa_stored_finding *f)
{
	f->verdict = random_number() % FA_VERDICT_COUNT;
	f->sweep = random_number() % 4 == 0;
	f->client.version = random_number() % 2 ? 6 : 0;
	f->server.version = random_number() % 2 ? 6 : 4;
	memset(f->server.bytes, (int)(random_number() % 256), 16);
	f->transport = (uint8_t)random_number();
	f->port = (uint16_t)random_number();
	f->protocol = random_text();
	f->application = random_text();
	f->host = random_text();
	f->detail = random_text();
	f->rule = random_number() % 2 ? "wso2/iot-server/devices" : random_text();
	f->nearest = "wso2/api-manager/passthrough-http";
	f->differs = (unsigned)random_number() % (1 << FA_DIFFERENCE_COUNT);
	f->detected_by = (uint8_t)(random_number() % FA_DETECTED_COUNT);
	f->direction_by = (uint8_t)(random_number() % FA_BY_COUNT);
	f->clients = random_count();
	f->servers = random_count();
	f->ports = random_count();
	f->candidate_count = random_count();
	f->counts.flows = random_count();
	f->counts.bytes_to_server = random_count();
	f->reason_count = random_number() % (FA_REASONS_MAX + 1);
	for (size_t i = 0; i < f->reason_count; i++)
		f->reasons[i] = random_number() % FA_REASON_COUNT;
}

static void randomize_rule(struct fa_stored_rule *rule)
{
	rule->product = random_text();
	rule->component_name = random_text();
	rule->title = random_text();
	rule->section = random_text();
	rule->row = random_text();
	rule->ports = random_text();
	rule->protocols = random_text();
	rule->from = random_text();
	rule->when = random_text();
	rule->advice_reason = random_text();
	rule->requirement = random_text();
}

static void randomize(struct fake *fake)
{
	copy_random(fake->run.info.source, FA_SOURCE_TEXT);
	copy_random(fake->run.info.filter, FA_FILTER_TEXT);
	copy_random(fake->run.version, sizeof(fake->run.version));
	fake->run.totals.capture.packets = random_count();
	fake->run.totals.capture.duplicates = random_count();
	fake->run.totals.capture.frame_bytes = random_count();
	fake->run.totals.workers.sequence_gap_bytes = random_count();
	fake->run.totals.loss.workers_replaced = random_count();
	for (unsigned i = 0; i < FA_DECODE_COUNT; i++)
		fake->run.totals.capture.results[i] = random_count();
	for (unsigned i = 0; i < FA_VERDICT_COUNT; i++) {
		fake->sums[i].conversations = random_count();
		fake->sums[i].flows = random_count();
		fake->sums[i].bytes = random_count();
	}
	for (size_t i = 0; i < fake->finding_count; i++)
		randomize_finding(&fake->findings[i]);
	for (size_t i = 0; i < fake->rule_count; i++)
		randomize_rule(&fake->rules[i]);
	for (size_t i = 0; i < fake->expectation_count; i++) {
		fake->expectations[i].rule = fake->rules[i];
		fake->expectations[i].state = random_number() % FA_EXPECT_COUNT;
		fake->expectations[i].evidence = random_text();
	}
	for (size_t i = 0; i < fake->catalog_count; i++) {
		fake->catalogs[i].name = random_text();
		fake->catalogs[i].product = random_text();
		fake->catalogs[i].title = random_text();
	}
}

static void no_line_is_wider_than_asked(void **state)
{
	static const unsigned widths[] = {0, 60, 72, 100, 133};
	struct fa_report_options options = plain;

	(void)state;
	for (unsigned i = 0; i < 400; i++) {
		struct fake fake;
		char *text;

		fake_fill(&fake);
		randomize(&fake);
		options.width = widths[i % 5];
		options.all = i % 2 == 1;
		text = fake_report(&fake, "text", &options);
		assert_fits(text, options.width == 0 ? 100 : options.width);
		assert_harmless(text);
		free(text);
		fake_deinit(&fake);
	}
}

/* A sweep may be of TCP and UDP; then it has no transport, and "ip-0" would be one. */
static void ports_of_several_transports(void **state)
{
	struct fake fake;
	char *text;

	(void)state;
	fake_init(&fake);
	fake_fill(&fake);
	fake.findings[3].transport = 0;
	text = fake_report(&fake, "text", &plain);
	assert_non_null(strstr(text, "tried 40,112 ports (several transports) on 12 hosts"));
	assert_null(strstr(text, "ip-0"));
	free(text);
	fake_deinit(&fake);
}

static void hostile_names_come_out_harmless(void **state)
{
	struct fake fake;
	struct fa_report_options options = {.all = true};
	char *text;

	(void)state;
	for (size_t i = 0; i < HOSTILE; i++) {
		fake_fill(&fake);
		fake.findings[0].host = hostile[i];
		fake.findings[2].application = hostile[i];
		fake.findings[5].detail = hostile[i];
		text = fake_report(&fake, "text", &options);
		assert_fits(text, 100);
		assert_harmless(text);
		free(text);
		fake_deinit(&fake);
	}
	fake_fill(&fake);
	fake.findings[0].host = hostile[0];
	text = fake_report(&fake, "text", &options);
	assert_has(text, "\\x1b]0;owned\\x07\\x1b[2Jevil.example\n");
	free(text);
	fake_deinit(&fake);
}

static void long_host_is_cut(void **state)
{
	struct fake fake;
	char host[FA_HOST_TEXT];
	char *text;

	(void)state;
	memset(host, 'h', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	fake_fill(&fake);
	fake.findings[0].host = host;
	text = fake_report(&fake, "text", &plain);
	assert_fits(text, 100);
	assert_has(text, "hhhh…\n");
	free(text);
	fake_deinit(&fake);
}

static void an_empty_run_says_so(void **state)
{
	struct fake fake;
	char *text;

	(void)state;
	fake_init(&fake);
	fake.run.id = 1;
	fake.run.totals.end = FA_RUN_COMPLETE;
	text = fake_report(&fake, "text", &plain);
	assert_has(text, "NO PACKETS WERE READ: nothing was audited");
	assert_has(text, "confidence: none");
	assert_has(text, "NO CATALOG");
	assert_lacks(text, "FINDINGS");
	assert_lacks(text, "documented");
	free(text);
	fake.run.totals.capture.packets = 5;
	fake.run.totals.capture.results[FA_DECODE_UNKNOWN_LINK] = 5;
	text = fake_report(&fake, "text", &plain);
	assert_has(text, "NO PACKET COULD BE DECODED: nothing was audited");
	assert_has(text, "unknown-link-type");
	assert_lacks(text, "NO PACKETS WERE READ");
	assert_lacks(text, "FINDINGS");
	free(text);
	fake_deinit(&fake);
}

static void an_interrupted_run_says_so(void **state)
{
	struct fake fake;
	char *text;

	(void)state;
	fake_fill(&fake);
	fake.run.totals.end = FA_RUN_INTERRUPTED;
	text = fake_report(&fake, "text", &plain);
	assert_has(text, "NOT THE WHOLE INPUT: the run is interrupted");
	free(text);
	fake.run.totals.end = FA_RUN_COMPLETE;
	text = fake_report(&fake, "text", &plain);
	assert_lacks(text, "NOT THE WHOLE INPUT");
	free(text);
	fake_deinit(&fake);
}

static void sums_that_do_not_add_up_are_said(void **state)
{
	struct fake fake;
	char *text;

	(void)state;
	fake_fill(&fake);
	text = fake_report(&fake, "text", &plain);
	assert_lacks(text, "DO NOT ADD UP");
	free(text);
	fake.run.totals.capture.results[FA_DECODE_TRUNCATED]++;
	text = fake_report(&fake, "text", &plain);
	assert_has(text, "DO NOT ADD UP");
	free(text);
	fake_deinit(&fake);
}

static void only_ten_findings_unless_all(void **state)
{
	struct fake fake;
	struct fa_report_options all = {.all = true};
	char *text;

	(void)state;
	fake_fill(&fake);
	free(fake.findings);
	fake.finding_count = 12;
	fake.run.findings = 12;
	fake.findings = calloc(12, sizeof(*fake.findings));
	for (int i = 0; i < 12; i++)
		fake.findings[i] = fake_finding(i + 1, FA_VERDICT_UNDOCUMENTED, "10.0.0.1",
						"10.0.0.2", (uint16_t)(1000 + i));
	text = fake_report(&fake, "text", &plain);
	assert_has(text, "FINDINGS (12; the 10 most important, all with --all)");
	assert_has(text, "10.0.0.2:1009/tcp");
	assert_lacks(text, "10.0.0.2:1010/tcp");
	assert_has(text, "flowaudit report -r 12 --all");
	free(text);
	text = fake_report(&fake, "text", &all);
	assert_has(text, "FINDINGS (12, most important first)");
	assert_has(text, "10.0.0.2:1011/tcp");
	assert_lacks(text, "flowaudit report -r 12 --all");
	free(text);
	fake_deinit(&fake);
}

static void colour_changes_nothing_but_colour(void **state)
{
	struct fake fake;
	struct fa_report_options color = {.color = true};
	char *painted;
	char *text;
	size_t used = 0;

	(void)state;
	fake_fill(&fake);
	text = fake_report(&fake, "text", &plain);
	painted = fake_report(&fake, "text", &color);
	assert_null(strchr(text, '\033'));
	assert_non_null(strchr(painted, '\033'));
	for (size_t i = 0; painted[i] != '\0'; i++) {
		if (painted[i] == '\033')
			i += strcspn(painted + i, "m");
		else
			painted[used++] = painted[i];
	}
	painted[used] = '\0';
	assert_string_equal(painted, text);
	free(text);
	free(painted);
	fake_deinit(&fake);
}

static void no_rule_is_invented(void **state)
{
	struct fake fake;
	char *text;

	(void)state;
	fake_fill(&fake);
	fake.findings[0].rule = "wso2/gone/gone";
	text = fake_report(&fake, "text", &plain);
	assert_has(text, "row wso2/gone/gone, which was not stored with this run");
	free(text);
	fake_deinit(&fake);
}

static void unknown_formats_and_runs_fail(void **state)
{
	struct fake fake;
	struct fa_diag diag = {{0}};
	FILE *out = fopen("/dev/null", "w");

	(void)state;
	fake_fill(&fake);
	assert_int_equal(fa_report_write(out, "pdf", &fake.history, 0, &plain, &diag), FA_EINVAL);
	assert_has(diag.text, "\"pdf\"");
	assert_has(diag.text, "text, json");
	assert_int_equal(fa_report_format_check("json", NULL), 0);
	assert_int_equal(fa_report_format_check("jso", NULL), FA_EINVAL);
	diag.text[0] = '\0';
	assert_int_equal(fa_report_write(out, "text", &fake.history, 99, &plain, &diag),
			 FA_ENOENT);
	assert_has(diag.text, "no run 99");
	fclose(out);
	fake_deinit(&fake);
}

static void a_full_disk_is_an_error(void **state)
{
	static const char *const formats[] = {"text", "json"};
	struct fake fake;

	(void)state;
	fake_fill(&fake);
	for (size_t i = 0; i < 2; i++) {
		struct fa_diag diag = {{0}};
		FILE *out = fopen("/dev/full", "w");
		char small[64];

		assert_non_null(out);
		assert_int_equal(
			fa_report_write(out, formats[i], &fake.history, 0, &plain, &diag),
			FA_EFULL);
		assert_has(diag.text, "No space left");
		fclose(out);
		/* Also when it shows long before the end. */
		memset(&diag, 0, sizeof(diag));
		out = fopen("/dev/full", "w");
		setvbuf(out, small, _IOFBF, sizeof(small));
		assert_int_equal(
			fa_report_write(out, formats[i], &fake.history, 0, &plain, &diag),
			FA_EFULL);
		fclose(out);
	}
	fake_deinit(&fake);
}

/* What the report says when nothing of the wire is worth a word. */
static void a_plain_wire_takes_no_room(void **state)
{
	struct fake fake;
	char *text;

	(void)state;
	fake_fill(&fake);
	memset(fake.run.totals.capture.layers, 0, sizeof(fake.run.totals.capture.layers));
	fake.run.totals.interfaces.count = 1;
	fake.run.totals.interfaces.items[0].dropped_interface = 0;
	fake.run.totals.workers.sequence_gap_bytes = 0;
	fake.run.totals.workers.one_way_flows = 0;
	fake.run.totals.capture.duplicates = 0;
	fake.run.totals.capture.duplicates_left = 0;
	text = fake_report(&fake, "text", &plain);
	assert_has(text, "  duplicates      auto, within 1 ms: no copies\n");
	assert_has(text, "; no duplicates");
	assert_null(strstr(text, "LOSS BEFORE THE TAP"));
	assert_null(strstr(text, "ONE DIRECTION ONLY"));
	assert_null(strstr(text, "wrapped in"));
	assert_null(strstr(text, "interfaces "));
	assert_null(strstr(text, "settings "));
	free(text);
	/* One for each file is no news, unless it lost something; more of them are. */
	fake.run.totals.interfaces.count = 2;
	fake.run.totals.capture.files = 2;
	text = fake_report(&fake, "text", &plain);
	assert_null(strstr(text, "interfaces "));
	free(text);
	fake.run.totals.interfaces.items[1].dropped_kernel = 1;
	text = fake_report(&fake, "text", &plain);
	assert_has(text, "  interfaces      tap\\x1b[1m a (ETHERNET, file 1): ");
	free(text);
	fake_deinit(&fake);
}

/* Who forged what came in a tunnel, and whose addresses these are, the reader has to ask. */
static void tunnels_of_findings_are_said(void **state)
{
	struct fake fake;
	struct fa_stored_finding *finding;
	char *text;

	(void)state;
	fake_fill(&fake);
	finding = &fake.findings[0];
	finding->counts.packets_to_server = 1200;
	finding->counts.packets_to_client = 34;
	finding->tunnelled = 1234;
	finding->tunnel = FA_TUNNEL_VXLAN;
	finding->tunnel_id = 77;
	fake.findings[3].tunnelled = 1;
	text = fake_report(&fake, "text", &plain);
	assert_has(text, " · client known by the handshake · tunnel: VXLAN 77\n");
	assert_has(text, "tunnel: several\n");
	free(text);
	finding->tunnelled = 1233;
	finding->tunnel = FA_TUNNEL_IPIP;
	finding->tunnel_id = 0;
	text = fake_report(&fake, "text", &plain);
	assert_has(text, " · client known by the handshake · tunnel: IPv4 in IP\n"
			 "    (1,233 of 1,234 packets)\n");
	free(text);
	fake_deinit(&fake);
}

static void settings_of_a_run_are_said(void **state)
{
	struct fake fake;
	char *text;

	(void)state;
	fake_fill(&fake);
	fake.run.info.wire.key_vlan = true;
	fake.run.info.wire.max_headers = 8;
	fake.run.info.wire.ports.count = 0;
	fake.run.info.wire.duplicates = FA_DUPLICATES_OFF;
	fake.run.totals.workers.acked_unseen_bytes = 700000;
	fake.run.totals.interfaces.more = 5;
	text = fake_report(&fake, "text", &plain);
	assert_has(text, "  settings        --key vlan --max-headers 8, tunnel ports: none\n");
	assert_has(text, "  duplicates      off: every packet counts, copies too\n");
	assert_has(text, "; duplicates not looked for");
	assert_has(text, "(3.8 MB in gaps, 700 kB acknowledged), 31 TCP flows");
	assert_has(text, "                  and 5 more\n");
	free(text);
	fake_deinit(&fake);
}

static void many_pairs_are_the_tap(void **state)
{
	static const struct fa_report_options all = {.all = true};
	struct fake fake;
	char *text;

	(void)state;
	fake_fill(&fake);
	for (unsigned i = 0; i < 12; i++) {
		char client[16];

		snprintf(client, sizeof(client), "10.3.0.%u", i + 1);
		fake_add_loss(&fake, client, "10.2.1.4", 2900000);
	}
	text = fake_report(&fake, "text", &plain);
	assert_has(text, "LOSS BEFORE THE TAP (14 pairs of hosts; the 10 worst, all with --all)\n");
	assert_has(text, "No pair has more than 7.8% of it: rather the mirror port");
	assert_has(text, "10.3.0.8 → ");
	assert_null(strstr(text, "10.3.0.9 → "));
	free(text);
	text = fake_report(&fake, "text", &all);
	assert_has(text, "LOSS BEFORE THE TAP (14 pairs of hosts)\n");
	assert_has(text, "10.3.0.12 → ");
	free(text);
	fake_deinit(&fake);
}

static void the_direction_that_is_missing(void **state)
{
	struct fake fake;
	char *text;

	(void)state;
	fake_fill(&fake);
	fake.losses[2].one_way = FA_ONLY_TO_CLIENT;
	text = fake_report(&fake, "text", &plain);
	assert_has(text, "10.2.0.11 → 2001:db8::8: nothing from the client; ");
	free(text);
	fake_deinit(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_the_golden_text_says),
		cmocka_unit_test(a_plain_wire_takes_no_room),
		cmocka_unit_test(tunnels_of_findings_are_said),
		cmocka_unit_test(settings_of_a_run_are_said),
		cmocka_unit_test(many_pairs_are_the_tap),
		cmocka_unit_test(the_direction_that_is_missing),
		cmocka_unit_test(explains_only_ports_with_rows),
		cmocka_unit_test(says_how_often_it_judged_early),
		cmocka_unit_test(no_line_is_wider_than_asked),
		cmocka_unit_test(ports_of_several_transports),
		cmocka_unit_test(hostile_names_come_out_harmless),
		cmocka_unit_test(long_host_is_cut),
		cmocka_unit_test(an_empty_run_says_so),
		cmocka_unit_test(an_interrupted_run_says_so),
		cmocka_unit_test(sums_that_do_not_add_up_are_said),
		cmocka_unit_test(only_ten_findings_unless_all),
		cmocka_unit_test(colour_changes_nothing_but_colour),
		cmocka_unit_test(no_rule_is_invented),
		cmocka_unit_test(unknown_formats_and_runs_fail),
		cmocka_unit_test(a_full_disk_is_an_error),
	};

	return cmocka_run_group_tests_name("report text", tests, NULL, NULL);
}
