/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drifts as text: the words for every aspect, one screen whatever there is, nothing harmful. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/text.h"
#include "fake_drift.h"
#include "report/drift.h"
#include "report/drift_words.h"

#define SCREEN 23 /* one line of 24 is for the prompt */

/* clang-format off */
static const char golden_page[] =
	"flowaudit 0.4.0 · drift · 27 differences\n"
	"now     run 12 · 2026-11-22 22:00 .. 2026-11-23 04:00 UTC · tap-20261122.pcap\n"
	"before  run 11, the run before it · 2026-11-21 22:00 .. 2026-11-22 04:00 UTC · tap-20261121.pcap\n"
	"loss 30.0%, was 0% · confidence low, was medium · 48,201,336 packets, was 48,201,336\n"
	"site dc1 · not judged alike: program is another version\n"
	"\n"
	"BY CAUSE         all  traffic  catalog    site  waiver  coverage  program\n"
	"appeared           4        3        0       1       0         0        0\n"
	"changed            5        3        1       0       1         0        0\n"
	"vanished           4        3        0       0       0         1        0\n"
	"expectations       4        1        1       2       0         0        0\n"
	"waivers            5        0        0       0       5         0        0\n"
	"coverage           5        0        0       0       0         4        1\n"
	"all               27       10        2       3       6         5        1\n"
	"\n"
	"appeared      50 groups of clients → a360/sql-server:1433/tcp · TDS · undocumented · uncertain\n"
	"changed       moved: dc1/gateway → a360/sql-server:1433/tcp, was at 10.2.4.8 · TDS · documented\n"
	"vanished      dc1/gateway → [2001:db8::15]:1433/tcp · TDS · was documented · cause: coverage\n"
	"expectations  …pected: wso2/api-manager/passthrough-https at api-prod/gateway am1 · unseen, was seen\n"
	"waivers       waiver db-test has expired: a360/bot-runner → 10.2.4.9:1433/tcp\n"
	"coverage      no run on 2026-11-20\n"
	"    which runs there are: flowaudit runs list\n"
	"… and 20 more, and everything in full: --all\n";

static const char golden_all[] =
	"flowaudit 0.4.0 · drift · 27 differences\n"
	"now     run 12 · 2026-11-22 22:00 .. 2026-11-23 04:00 UTC · tap-20261122.pcap\n"
	"before  run 11, the run before it · 2026-11-21 22:00 .. 2026-11-22 04:00 UTC · tap-20261121.pcap\n"
	"loss 30.0%, was 0% · confidence low, was medium · 48,201,336 packets, was 48,201,336\n"
	"site dc1 · not judged alike: program is another version\n"
	"\n"
	"BY CAUSE         all  traffic  catalog    site  waiver  coverage  program\n"
	"appeared           4        3        0       1       0         0        0\n"
	"changed            5        3        1       0       1         0        0\n"
	"vanished           4        3        0       0       0         1        0\n"
	"expectations       4        1        1       2       0         0        0\n"
	"waivers            5        0        0       0       5         0        0\n"
	"coverage           5        0        0       0       0         4        1\n"
	"all               27       10        2       3       6         5        1\n"
	"\n"
	"appeared      new service: dc1/gateway, 10.1.2.0/24 and 48 more → a360/sql-server\n"
	"    (10.2.4.9):1433/tcp · TDS · undocumented\n"
	"    3 clients, 88 flows, 12.0 MB, 2026-11-22 22:10 .. 23:00 · nearest row: automation-anywhere ·\n"
	"    Data center ports · tcp 1433 · cause: traffic; perhaps not so: 30% of packets were lost before,\n"
	"    and this had three\n"
	"    packets: flowaudit evidence 12.3 -o f.pcap\n"
	"appeared      new clients: dc1/gateway → a360/sql-server (10.2.4.9):1433/tcp · TDS · documented\n"
	"    3 clients, 88 flows, 12.0 MB, 2026-11-22 22:10 .. 23:00 · documented: automation-anywhere · Data\n"
	"    center ports · tcp 1433 · cause: site (the site file places 10.1.2.7 elsewhere)\n"
	"    who documents it: flowaudit catalog explain tcp/1433\n"
	"appeared      new sweep: 10.0.0.0/24 tried 40,112 ports (tcp) on 12 servers, in vain\n"
	"    3 clients, 88 flows, 12.0 MB, 2026-11-22 22:10 .. 23:00 · cause: traffic\n"
	"    packets: flowaudit evidence 12.4 -o f.pcap\n"
	"appeared      new, on many ports: dc1/gateway → a360/sql-server (10.2.4.9), 33 ports · undocumented\n"
	"    3 clients, 88 flows, 12.0 MB, 2026-11-22 22:10 .. 23:00 · cause: traffic\n"
	"\n"
	"changed       moved: dc1/gateway → a360/sql-server (10.2.4.9):1433/tcp, was at 10.2.4.8 · TDS ·\n"
	"    documented\n"
	"    3 clients, 88 flows, 12.0 MB, 2026-11-22 22:10 .. 23:00 · documented: automation-anywhere · Data\n"
	"    center ports · tcp 1433 · cause: traffic\n"
	"    who documents it: flowaudit catalog explain tcp/1433\n"
	"changed       another protocol: dc1/gateway → a360/sql-server (10.2.4.9):1433/tcp · SSH, was TDS ·\n"
	"    wrong-protocol, was documented\n"
	"    3 clients, 88 flows, 12.0 MB, 2026-11-22 22:10 .. 23:00 · documented for another protocol:\n"
	"    automation-anywhere · Data center ports · tcp 1433 · cause: traffic\n"
	"    packets: flowaudit evidence 12.1 -o f.pcap\n"
	"changed       another verdict: dc1/gateway → a360/sql-server (10.2.4.9):1433/tcp · TDS ·\n"
	"    wrong-endpoint, was waived\n"
	"    3 clients, 88 flows, 12.0 MB, 2026-11-22 22:10 .. 23:00 · documented for others:\n"
	"    automation-anywhere · Data center ports · tcp 1433 · cause: waiver (waiver db-test expired on\n"
	"    2026-11-20)\n"
	"    packets: flowaudit evidence 12.2 -o f.pcap\n"
	"changed       more clients: dc1/gateway → a360/sql-server (10.2.4.9):1433/tcp · 400 clients, was 20\n"
	"    · TDS · documented\n"
	"    400 clients, 88 flows, 12.0 MB, 2026-11-22 22:10 .. 23:00 · documented: automation-anywhere ·\n"
	"    Data center ports · tcp 1433 · cause: traffic\n"
	"    who documents it: flowaudit catalog explain tcp/1433\n"
	"changed       less volume: dc1/gateway → a360/sql-server (10.2.4.9):1433/tcp · 12.0 MB, was 3.0 GB ·\n"
	"    TDS · documented\n"
	"    3 clients, 88 flows, 12.0 MB, 2026-11-22 22:10 .. 23:00 · documented: automation-anywhere · Data\n"
	"    center ports · tcp 1433 · cause: catalog\n"
	"    who documents it: flowaudit catalog explain tcp/1433\n"
	"\n"
	"vanished      service no longer used: dc1/gateway → [2001:db8::15]:1433/tcp · TDS · was documented\n"
	"    3 clients, 88 flows, 12.0 MB, 2026-11-21 22:10 .. 23:00 · documented: automation-anywhere · Data\n"
	"    center ports · tcp 1433 · cause: coverage (seen 02:10 to 02:40; the other side ends at 01:00)\n"
	"    who documents it: flowaudit catalog explain tcp/1433\n"
	"vanished      clients gone: dc1/gateway → a360/sql-server (10.2.4.9) icmp type 8 code 0 · protocol\n"
	"    not recognised · was documented\n"
	"    3 clients, 88 flows, 12.0 MB, 2026-11-21 22:10 .. 23:00 · documented: wso2/gone/rule · cause:\n"
	"    traffic\n"
	"vanished      sweep is over: dc1/gateway had tried 22/tcp on 200 servers, in vain\n"
	"    3 clients, 88 flows, 12.0 MB, 2026-11-21 22:10 .. 23:00 · cause: traffic\n"
	"    packets: flowaudit evidence 11.9 -o f.pcap\n"
	"vanished      no longer, on many ports: dc1/gateway → a360/sql-server (10.2.4.9) tcp, 21 ports · was\n"
	"    indeterminate\n"
	"    3 clients, 88 flows, 12.0 MB, 2026-11-21 22:10 .. 23:00 · cause: traffic\n"
	"\n"
	"expectations  expected: wso2/api-manager/passthrough-https at api-prod/gateway am1 · unseen, was\n"
	"    seen\n"
	"    expected by wso2 · API Manager · tcp 8243 · cause: traffic\n"
	"    all expectations: flowaudit report --all --run 12\n"
	"expectations  expected now: wso2/iot-server/devices · refused\n"
	"    expected by wso2 · IoT Server · \"Ports required for mobile devices to communicate with the\n"
	"    server\", row \"443 - HTTPS, default port of the Firebase service\" · tcp 443 · cause: catalog (the\n"
	"    row is new in the catalog wso2)\n"
	"    all expectations: flowaudit report --all --run 12\n"
	"expectations  no longer expected: wso2/old/row at api-test am9 · was seen\n"
	"    7 flows · expected by wso2/old/row · cause: site\n"
	"    all expectations: flowaudit report --all --run 12\n"
	"expectations  no longer expected: 12 of strongdm at dm\n"
	"    cause: site\n"
	"    all expectations: flowaudit report --all --run 12\n"
	"\n"
	"waivers       waiver db-test has expired: a360/bot-runner → 10.2.4.9:1433/tcp\n"
	"    it expired on 2026-11-20; its owner is A. Person\n"
	"    decide anew: a later date in the waivers file, or away with the entry\n"
	"waivers       waiver db-test will expire soon: a360/bot-runner → 10.2.4.9\n"
	"    it expires on 2026-12-01\n"
	"    decide in time: a later date in the waivers file, or let it end\n"
	"waivers       waiver db-test covers nothing now: a360/bot-runner → 10.2.4.9:1433/tcp\n"
	"    away with the entry, unless it is for something rare\n"
	"waivers       waiver db-test is new: a360/bot-runner → 10.2.4.9:1433/tcp\n"
	"    see who signed it: flowaudit waiver check\n"
	"waivers       waiver db-test is gone: a360/bot-runner → 10.2.4.9:1433/tcp\n"
	"    4 flows\n"
	"    what it covered is judged by the documents again\n"
	"\n"
	"coverage      no run on 2026-11-20\n"
	"    which runs there are: flowaudit runs list\n"
	"coverage      packets lost: 0% before, 30% now\n"
	"    what was read and lost: flowaudit runs show 12\n"
	"coverage      covered: all day before, 22:00 to 04:00 UTC (6.0 hours) now\n"
	"    what was read and lost: flowaudit runs show 12\n"
	"coverage      end of the run: run 11 interrupted before, complete now\n"
	"    what was read and lost: flowaudit runs show 12\n"
	"coverage      program is another version\n"
	"    cause: program\n";

static const char golden_none[] =
	"flowaudit 0.4.0 · drift · no difference\n"
	"now     run 12 · 2026-11-22 22:00 .. 2026-11-23 04:00 UTC · tap-20261122.pcap\n"
	"before  run 11, the run before it · 2026-11-21 22:00 .. 2026-11-22 04:00 UTC · tap-20261121.pcap\n"
	"loss 0%, was 0% · confidence high, was high · 48,201,336 packets, was 48,201,336\n"
	"site dc1 · judged alike: the same catalogs, site, waivers and program\n"
	"NO DRIFT: 310 relations of clients and services, and all expectations and waivers, are as before\n";
/* clang-format on */

static char *report(struct fake_drift *fake, bool all, unsigned width)
{
	const struct fa_report_options options = {.all = all, .width = width};

	return fake_drift_report(fake, "text", &options);
}

static void assert_text(struct fake_drift *fake, bool all, const char *expected)
{
	char *text = report(fake, all, 0);

	assert_string_equal(text, expected);
	free(text);
}

static void assert_says(const char *text, const char *words)
{
	if (strstr(text, words) == NULL)
		fail_msg("no \"%s\" in:\n%s", words, text);
}

static void assert_silent(const char *text, const char *words)
{
	if (strstr(text, words) != NULL)
		fail_msg("\"%s\" in:\n%s", words, text);
}

static unsigned lines_of(const char *text, unsigned width)
{
	unsigned lines = 0;

	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		char *line = strndup(text, len);
		size_t columns = fa_text_columns(line);

		lines += columns <= width ? 1 : (unsigned)((columns + width - 1) / width);
		free(line);
		text += len + (text[len] == '\n');
	}
	return lines;
}

static void says_every_aspect(void **state)
{
	struct fake_drift fake;

	(void)state;
	fake_drift_fill(&fake);
	assert_text(&fake, false, golden_page);
	assert_text(&fake, true, golden_all);
	fake_drift_deinit(&fake);
}

static void no_drift_is_one_line(void **state)
{
	struct fake_drift fake;
	char *text;

	(void)state;
	fake_drift_init(&fake);
	assert_text(&fake, false, golden_none);
	assert_text(&fake, true, golden_none);

	fake.drift.relations_now = fake.drift.relations_before = fake.drift.relations_same = 0;
	fake.drift.now.packets = 0;
	text = report(&fake, false, 0);
	assert_says(text, "\nNOTHING TO COMPARE: ");
	assert_says(text, "NO PACKETS");
	assert_says(text, "confidence none");
	assert_silent(text, "NO DRIFT");
	free(text);
	fake_drift_deinit(&fake);
}

/* Who only has less loss to report is told that the traffic is as it was. */
static void coverage_alone_is_no_drift_of_traffic(void **state)
{
	struct fake_drift fake;
	char *text;

	(void)state;
	fake_drift_init(&fake);
	fake_drift_add(&fake, FA_DRIFT_COVERAGE, FA_ASPECT_GAP, FA_CAUSE_COVERAGE)->subject =
		"no run on 2026-11-20";
	text = report(&fake, false, 0);
	assert_says(text, "\nNO DRIFT BUT OF COVERAGE: 310 relations as before\n");
	assert_says(text, "\ncoverage      no run on 2026-11-20\n");
	assert_silent(text, "--all");
	free(text);
	fake_drift_deinit(&fake);
}

/* A few differences are told in full, and there is nothing more to ask for. */
static void few_are_told_in_full(void **state)
{
	struct fa_difference *item;
	struct fake_drift fake;
	char *page;
	char *all;

	(void)state;
	fake_drift_init(&fake);
	item = fake_drift_add_traffic(&fake, FA_DRIFT_APPEARED, FA_ASPECT_SERVICE,
				      FA_CAUSE_TRAFFIC);
	item->now.verdict = FA_VERDICT_UNDOCUMENTED;
	item->now.finding = 3;
	page = report(&fake, false, 0);
	all = report(&fake, true, 0);
	assert_string_equal(page, all);
	assert_says(page, " · nearest row: automation-anywhere ·\n");
	assert_says(page, " · cause: traffic\n");
	assert_says(page, "\n    packets: flowaudit evidence 12.3 -o f.pcap\n");
	free(page);
	free(all);
	fake_drift_deinit(&fake);
}

static void fits_a_screen(void **state)
{
	static const unsigned widths[] = {60, 72, 80, 100, 132, 200};
	static const size_t counts[] = {1, 2, 3, 5, 1700};

	(void)state;
	for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
		struct fake_drift fake;

		fake_drift_fill_many(&fake, counts[c]);
		for (size_t w = 0; w < sizeof(widths) / sizeof(widths[0]); w++) {
			char *text = report(&fake, false, widths[w]);

			if (lines_of(text, widths[w]) > SCREEN)
				fail_msg("%u lines at width %u:\n%s", lines_of(text, widths[w]),
					 widths[w], text);
			/* Every section has its say. */
			assert_says(text, "\nappeared      ");
			for (unsigned s = 0; s < FA_DRIFT_SECTION_COUNT; s++) {
				char lead[32];
				const char *first;

				snprintf(lead, sizeof(lead), "\n%-13s", fa_drift_section_text(s));
				first = strstr(text, lead);
				if (first == NULL || strstr(first + 1, lead) == NULL)
					fail_msg("%s is not told at width %u:\n%s", lead, widths[w],
						 text);
			}
			assert_says(text, "--all\n");
			free(text);
		}
		fake_drift_deinit(&fake);
	}
}

/* The rest is counted: what is named in the head is told, too. */
static void counts_what_it_leaves_out(void **state)
{
	struct fake_drift fake;
	char *text;

	(void)state;
	fake_drift_fill_many(&fake, 1700);
	fake_drift_add(&fake, FA_DRIFT_COVERAGE, FA_ASPECT_BASIS, FA_CAUSE_CATALOG)->subject =
		"catalog wso2 is another version";
	text = report(&fake, false, 100);
	assert_says(text, "not judged alike: catalog wso2 is another version\n");
	assert_says(text, " 10,201 differences\n");
	assert_says(text, "… and 10,193 more, and everything in full: --all\n");
	free(text);
	fake_drift_deinit(&fake);
}

static double seconds(struct fake_drift *fake, const char *format, bool all)
{
	const struct fa_report_options options = {.all = all};
	clock_t start = clock();

	free(fake_drift_report(fake, format, &options));
	return (double)(clock() - start) / CLOCKS_PER_SEC;
}

/* A hundred times what it takes: only something that grows with the square is too slow. */
static void many_take_no_time(void **state)
{
	struct fake_drift fake;

	(void)state;
	fake_drift_fill_many(&fake, 10000);
	if (seconds(&fake, "text", false) > 2)
		fail_msg("a screen takes too long");
	if (seconds(&fake, "text", true) > 30 || seconds(&fake, "json", true) > 60)
		fail_msg("everything takes too long");
	fake_drift_deinit(&fake);
}

static void nothing_harmful_gets_out(void **state)
{
	struct fake_drift fake;

	(void)state;
	fake_drift_fill_hostile(&fake);
	for (unsigned all = 0; all < 2; all++) {
		char *text = report(&fake, all == 1, 100);

		for (const char *at = text; *at != '\0'; at++)
			if ((unsigned char)*at < 0x20 && *at != '\n')
				fail_msg("a control character in:\n%s", text);
		assert_silent(text, "\xe2\x80\xae");
		assert_silent(text, "\xff");
		assert_says(text, "\\x1b[2Jgone\\x1b]0;title\\x07");
		/* What would run something is one word of the command. */
		if (all == 1)
			assert_says(text, "evidence --db $'x;$(reboot)\\033.db' 12.1 -o f.pcap\n");
		free(text);
	}
	fake_drift_deinit(&fake);
}

/* Colours are there when asked for, and the words are the same without them. */
static void colours_say_nothing(void **state)
{
	const struct fa_report_options options = {.color = true};
	struct fake_drift fake;
	char *plain;
	char *text;
	char *to;

	(void)state;
	fake_drift_fill(&fake);
	plain = report(&fake, false, 0);
	text = fake_drift_report(&fake, "text", &options);
	assert_non_null(strstr(text, "\033["));
	to = text;
	for (const char *at = text; *at != '\0'; at++) {
		if (*at == '\033')
			at += strcspn(at, "m");
		else
			*to++ = *at;
	}
	*to = '\0';
	assert_string_equal(text, plain);
	free(text);
	free(plain);
	fake_drift_deinit(&fake);
}

/* The side that is looked at has its own database; without files there are no packets to show. */
static void commands_fit_the_side(void **state)
{
	struct fake_drift fake;
	char *text;

	(void)state;
	fake_drift_init(&fake);
	fake.drift.before.database = "old nights.db";
	fake_drift_add_traffic(&fake, FA_DRIFT_VANISHED, FA_ASPECT_SERVICE, FA_CAUSE_TRAFFIC)
		->before.finding = 7;
	fake_drift_add(&fake, FA_DRIFT_COVERAGE, FA_ASPECT_LOSS, FA_CAUSE_COVERAGE)->subject =
		"packets lost: 0% before, 30% now";
	text = report(&fake, true, 0);
	assert_says(text, "packets: flowaudit evidence --db 'old nights.db' 11.7 -o f.pcap\n");
	assert_says(text, "what was read and lost: flowaudit runs show 12\n");
	free(text);

	fake.drift.before.database = NULL;
	fake.fake.input_count = 0;
	text = report(&fake, true, 0);
	assert_says(text, "more on it: flowaudit report --run 11\n");
	assert_silent(text, "evidence");
	free(text);
	fake_drift_deinit(&fake);
}

static void works_without_history(void **state)
{
	const struct fa_report_options options = {.all = true, .width = 200};
	struct fa_diag diag = {{0}};
	struct fake_drift fake;
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	(void)state;
	fake_drift_fill(&fake);
	assert_int_equal(fa_drift_write(file, "text", &fake.drift, NULL, &options, &diag), 0);
	fclose(file);
	assert_says(text, "documented: automation-anywhere/data-center/sql · cause: traffic\n");
	free(text);
	fake_drift_deinit(&fake);
}

static void knows_its_formats(void **state)
{
	struct fa_diag diag = {{0}};

	(void)state;
	for (size_t i = 0; fa_drift_format_name(i) != NULL; i++)
		assert_int_equal(fa_drift_format_check(fa_drift_format_name(i), &diag), 0);
	assert_string_equal(fa_drift_format_name(0), "text");
	assert_int_equal(fa_drift_format_check("jsn", &diag), FA_EINVAL);
	assert_says(diag.text, "there is no format \"jsn\"; there are: text, json");
	assert_says(diag.text, "did you mean \"json\"");
}

/* Of what it is about, and of nothing that changes from night to night. */
static void known_again(void **state)
{
	struct fake_drift fake;
	struct fa_difference one;
	struct fa_difference other;
	uint64_t print;

	(void)state;
	fake_drift_init(&fake);
	one = *fake_drift_add_traffic(&fake, FA_DRIFT_CHANGED, FA_ASPECT_VERDICT,
				      FA_CAUSE_TRAFFIC);
	print = fa_drift_fingerprint(&one);
	other = one;
	other.cause = FA_CAUSE_COVERAGE;
	other.why = other.maybe = "who knows";
	other.now.flows = 1;
	other.now.run = 77;
	other.rank = 5;
	assert_true(fa_drift_fingerprint(&other) == print);
	other = one;
	other.port++;
	assert_false(fa_drift_fingerprint(&other) == print);
	other = one;
	other.any_port = true;
	assert_false(fa_drift_fingerprint(&other) == print);
	other = one;
	other.section = FA_DRIFT_VANISHED;
	assert_false(fa_drift_fingerprint(&other) == print);
	other = one;
	other.server_addr = fake_addr("10.2.4.10");
	assert_false(fa_drift_fingerprint(&other) == print);
	one.server_addr.version = 0;
	other = one;
	other.server = "a360/another";
	assert_false(fa_drift_fingerprint(&other) == fa_drift_fingerprint(&one));
	print = fa_drift_fingerprint(&one);
	/* Not one text with the border elsewhere. */
	other = one;
	other.client = "dc1/gatewaya360";
	other.server = "/sql-server";
	assert_false(fa_drift_fingerprint(&other) == print);
	fake_drift_deinit(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_every_aspect),
		cmocka_unit_test(no_drift_is_one_line),
		cmocka_unit_test(coverage_alone_is_no_drift_of_traffic),
		cmocka_unit_test(few_are_told_in_full),
		cmocka_unit_test(fits_a_screen),
		cmocka_unit_test(counts_what_it_leaves_out),
		cmocka_unit_test(many_take_no_time),
		cmocka_unit_test(nothing_harmful_gets_out),
		cmocka_unit_test(colours_say_nothing),
		cmocka_unit_test(commands_fit_the_side),
		cmocka_unit_test(works_without_history),
		cmocka_unit_test(knows_its_formats),
		cmocka_unit_test(known_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
