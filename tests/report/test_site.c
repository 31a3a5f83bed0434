/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reports on a run that was judged with a site file and waivers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "fake_history.h"

static const struct fa_report_options plain;
static const struct fa_report_options all_of_it = {.all = true};

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

/* The part of the report from HEADING to the next blank line must be BODY. */
static void assert_section(const char *text, const char *heading, const char *body)
{
	const char *start = strstr(text, heading);
	const char *end;
	char *section;

	if (start == NULL)
		fail_msg("no section %s in:\n%s", heading, text);
	end = strstr(start, "\n\n");
	section = strndup(start, end == NULL ? strlen(start) : (size_t)(end + 1 - start));
	assert_string_equal(section, body);
	free(section);
}

static void the_site_stands_in_the_header(void **state)
{
	struct fake fake;
	char *text;

	(void)state;
	fake_fill_site(&fake);
	text = fake_report(&fake, "text", &plain);
	assert_has(text, "\nsite dc1 (3 instances of 3 products, 41 hosts, 1 network) · catalogs");
	assert_lacks(text, "no site file");
	assert_has(text, "\n  site            dc1 · file 0123456789abcdef\n"
			 "  waivers         file fedcba9876543210\n");
	free(text);
	fake.run.site.networks = 0;
	fake.run.site.waivers_digest[0] = '\0';
	fake.run.site.products = 1;
	fake.run.site.instances = 1;
	text = fake_report(&fake, "text", &plain);
	assert_has(text, "\nsite dc1 (1 instance of 1 product, 41 hosts) · catalogs");
	assert_lacks(text, "  waivers         file");
	free(text);
	fake_deinit(&fake);
}

/* clang-format off */
static const char findings[] =
	"FINDINGS (7, most important first)\n"
	" 1  wrong-protocol   client 10.2.0.7 → carbon-server am1 (10.2.1.4):443/tcp · SSH, seen by\n"
	"    inspection\n"
	"    documented as TLS: instance api-prod · wso2 · IoT Server · \"Ports required for mobile devices to\n"
	"    communicate with the server\", row \"443 - HTTPS, default port of the Firebase service\"; 4 more\n"
	"    rows document this port\n"
	"    inspection saw a protocol that no candidate row accepts\n"
	"    3 flows 2026-11-21 23:14 .. 23:20, 41 kB · client known by the handshake\n"
	"    packets: flowaudit evidence 12.1 -o f.pcap\n"
	" 2  refused          control-room cr1 (10.2.4.1) → sql-server sql1 (10.2.4.9):1433/tcp · 88 tries,\n"
	"    no answer\n"
	"    required by the document, so the server is down or something blocks it: instance a360 ·\n"
	"    automation-anywhere · Data center ports\n"
	"    22 flows 2026-11-21 23:14 .. 23:20, 5 kB · client known by the handshake\n"
	"    packets: flowaudit evidence 12.2 -o f.pcap\n"
	" 3  undocumented     14 clients → carbon-server am9 (2001:db8::15):8244/tcp · TLS (Google), seen by\n"
	"    inspection\n"
	"    nearest row: only the port differs, documented on tcp 8243 as TLS: instance api-test · wso2 ·\n"
	"    API Manager\n"
	"    3 flows 2026-11-21 23:14 .. 23:20, 41 kB · client known by the handshake · asked for\n"
	"    www.example.org\n"
	"    packets: flowaudit evidence 12.3 -o f.pcap\n"
	" 4  undocumented     sweep: 10.0.0.9 tried 40,112 ports (tcp) on 12 hosts · 3 flows 2026-11-21 23:14\n"
	"    .. 23:20\n"
	"    packets: flowaudit evidence 12.4 -o f.pcap\n"
	" 5  discouraged      a360/client office (10.2.0.8) → a360/control-room cr1 (10.2.4.1):80/tcp · HTTP,\n"
	"    seen by inspection\n"
	"    documented, but advised against (HTTP is not recommended, use HTTPS on 443): automation-anywhere\n"
	"    · Data center ports; 1 more row documents this port\n"
	"    3 flows 2026-11-21 23:14 .. 23:20, 41 kB · client known by the handshake\n"
	"    packets: flowaudit evidence 12.5 -o f.pcap\n"
	" 6  undocumented     a360/client office (10.2.0.8) ↔ 10.2.4.77:30000/tcp · protocol not recognised\n"
	"    no row of any catalog is on this port, nor near it\n"
	"    nothing shows which side is the server, but neither port is documented; other flows to the same\n"
	"    port were recognised (Redis in 3 other flows)\n"
	"    3 flows 2026-11-21 23:14 .. 23:20, 41 kB · which side is the server is not known\n"
	"    packets: flowaudit evidence 12.6 -o f.pcap\n"
	" 7  wrong-endpoint   client office (10.2.0.8) → 10.2.4.77:5000/tcp · TLS, seen by inspection\n"
	"    client, server and instance differ; documented from control-room (cr1) to sql-server (sql1):\n"
	"    instance a360 · automation-anywhere · Data center ports\n"
	"    client and server belong to different instances of the product\n"
	"    3 flows 2026-11-21 23:14 .. 23:20, 41 kB · client known by the handshake\n"
	"    packets: flowaudit evidence 12.7 -o f.pcap\n";

static const char waived[] =
	"WAIVED (6 conversations that would be findings, by 2 waivers)\n"
	"  ssh-jump  a360/client → 10.2.1.4, port 22/tcp, protocol SSH · 3 conversations, 1,200 flows · Ada,\n"
	"    NET-7, until 2027-03-31: moved in spring\n"
	"  everything  any → any, port 22/tcp, protocol SSH · 3 conversations, 1,200 flows · Ada, NET-7,\n"
	"    until 2027-03-31: moved in spring\n";

static const char troubled[] =
	"WAIVERS THAT NEED ATTENTION (3)\n"
	"  lapsed  expired 2026-11-20: decide anew; a360/client → 10.2.1.4, port 22/tcp, protocol SSH · Ada\n"
	"  idle  unused: nothing in this run needed it; a360/client → 10.2.1.4, port 22/tcp, protocol SSH ·\n"
	"    Ada, NET-7\n"
	"  everything  over-broad: it covers more than anybody has looked at; any → any, port 22/tcp,\n"
	"    protocol SSH · Ada, NET-7\n";

static const char expected[] =
	"EXPECTED, NOT SEEN (11 of 13; 1 more could not have been seen by this tap)\n"
	"  nothing seen of these instances: api-test (1 unseen, 1 not observable)\n"
	"  refused  required   a360 · Data center ports on sql1: 1433/tcp (88 flows tried)\n"
	"  unseen   required   api-prod · API Manager on 4 of 5 hosts: 8243/tcp\n"
	"  unseen   if in use  api-prod · API Manager on all 5 hosts: 8281, 8300-8310/tcp\n";

static const char instances[] =
	"CATALOG · INSTANCE                EXPECTED     SEEN  REFUSED   UNSEEN  NOT OBSERVABLE\n"
	"automation-anywhere · a360               1        0        1        0               0\n"
	"wso2 · api-prod                         10        1        0        9               0\n"
	"wso2 · api-test                          2        0        0        1               1\n";
/* clang-format on */

static void addresses_have_names(void **state)
{
	struct fake fake;
	char *text;

	(void)state;
	fake_fill_site(&fake);
	text = fake_report(&fake, "text", &plain);
	assert_section(text, "FINDINGS", findings);
	free(text);
	fake_deinit(&fake);
}

static void the_role_of_the_row_names_an_address(void **state)
{
	struct fake fake;
	char *text;

	(void)state;
	fake_fill_site(&fake);
	/* cr1 is an SQL server, too, and said so first. */
	fake.places[1] = fake.places[0];
	fake.places[0].role = "sql-server";
	text = fake_report(&fake, "text", &plain);
	assert_has(text, "control-room cr1 (10.2.4.1) → 10.2.4.9:1433/tcp");
	free(text);
	/* Of two networks the narrower one, of two instances that of the row. */
	fake.places[2] = fake.places[5];
	fake.places[2].instance = "a360";
	fake.places[3] = fake.places[2];
	fake.places[3].label = "floor";
	fake.places[3].last = fake_addr("10.2.0.15");
	text = fake_report(&fake, "text", &plain);
	assert_has(text, "client floor (10.2.0.8) → 10.2.4.77:5000");
	free(text);
	fake.places[3].instance = "other";
	text = fake_report(&fake, "text", &plain);
	assert_has(text, "client office (10.2.0.8) → 10.2.4.77:5000");
	free(text);
	/* A role that is listed before one that only follows from another. */
	fake.places[3] = fake.places[2];
	fake.places[3].role = "visitor";
	fake.places[2].implied = true;
	text = fake_report(&fake, "text", &plain);
	assert_has(text, "visitor office (10.2.0.8) → 10.2.4.77:5000");
	free(text);
	fake_deinit(&fake);
}

static void long_lists_of_places_are_counted(void **state)
{
	static const char *const labels[] = {"h0", "h1", "h2", "h2", "h3", "h4", "h5"};
	struct fake fake;
	char *text;

	(void)state;
	fake_fill_site(&fake);
	for (size_t i = 0; i < 7; i++) {
		fake.places[i] = fake.places[0];
		fake.places[i].label = labels[i];
	}
	text = fake_report(&fake, "text", &plain);
	assert_has(text, "documented from control-room (h0, h1, h2, h3 and 2 more) to");
	free(text);
	fake_deinit(&fake);
}

static void waivers_have_sections(void **state)
{
	struct fake fake;
	char *text;

	(void)state;
	fake_fill_site(&fake);
	text = fake_report(&fake, "text", &plain);
	assert_section(text, "WAIVED (", waived);
	assert_section(text, "WAIVERS THAT NEED", troubled);
	free(text);
	fake.waiver_count = 1;
	text = fake_report(&fake, "text", &plain);
	assert_has(text, "WAIVED (3 conversations that would be findings, by 1 waiver)");
	assert_lacks(text, "NEED ATTENTION");
	free(text);
	fake.waivers[0] = fake.waivers[1];
	text = fake_report(&fake, "text", &plain);
	assert_lacks(text, "WAIVED (");
	assert_has(text, "NEED ATTENTION (1)");
	free(text);
	fake_deinit(&fake);
}

static void expectations_are_by_instance_and_host(void **state)
{
	struct fa_stored_expectation swap;
	struct fake fake;
	char *text;

	(void)state;
	fake_fill_site(&fake);
	/* Rule by rule, so that instances come mixed. */
	swap = fake.expectations[6];
	fake.expectations[6] = fake.expectations[12];
	fake.expectations[12] = swap;
	text = fake_report(&fake, "text", &plain);
	assert_section(text, "EXPECTED, NOT SEEN", expected);
	assert_has(text, instances);
	free(text);
	fake.expectations[12] = fake.expectations[6];
	fake.expectations[6] = swap;
	/* Few hosts are named; rules missing at the same ones share a line. */
	for (size_t i = 2; i < 6; i++)
		fake.expectations[i].state = i < 4 ? FA_EXPECT_UNSEEN : FA_EXPECT_SEEN;
	for (size_t i = 6; i < 11; i++) {
		fake.expectations[i].rule.requirement = "required";
		fake.expectations[i].state =
			i == 7 || i == 8 ? FA_EXPECT_UNSEEN : FA_EXPECT_SEEN;
	}
	text = fake_report(&fake, "text", &plain);
	assert_has(text, "\n  unseen   required   api-prod · API Manager on am2, am3 (2 of 5 hosts): "
			 "8243/tcp; 8281,\n                       8300-8310/tcp\n");
	assert_null(strstr(strstr(text, "API Manager on am2, am3") + 1, "API Manager on am2, am3"));
	free(text);
	for (size_t i = 6; i < 11; i++)
		fake.expectations[i].ports = fake.expectations[1].ports;
	text = fake_report(&fake, "text", &plain);
	assert_has(text, "API Manager on am2, am3 (2 of 5 hosts): 8243/tcp in 2 rows\n");
	free(text);
	for (size_t i = 6; i < 11; i++)
		fake.expectations[i].ports = "8281, 8300-8310";
	fake.expectations[8].state = FA_EXPECT_SEEN;
	text = fake_report(&fake, "text", &plain);
	assert_has(text, "API Manager on am2, am3 (2 of 5 hosts): 8243/tcp\n");
	assert_has(text, "API Manager on am2 (1 of 5 hosts): 8281, 8300-8310/tcp\n");
	free(text);
	text = fake_report(&fake, "text", &all_of_it);
	assert_has(text, "8243/tcp TLS · api-prod on am2 · wso2 · API Manager: Pass-through transport");
	free(text);
	fake_deinit(&fake);
}

static void a_long_list_of_expectations_stays_short(void **state)
{
	enum { COUNT = 60 };
	static char labels[COUNT][8];
	struct fake fake;
	char *text;

	(void)state;
	fake_fill_site(&fake);
	fake.expectations = realloc(fake.expectations, (COUNT + 1) * sizeof(*fake.expectations));
	fake.expectations[0].state = FA_EXPECT_SEEN;
	fake.expectation_count = COUNT + 1;
	/* A trace of each instance, and one unseen row each. */
	for (size_t i = 0; i < COUNT; i++) {
		struct fa_stored_expectation *e = &fake.expectations[1 + i];

		*e = fake.expectations[i % 2 == 0 ? 0 : i];
		snprintf(labels[i], sizeof(labels[i]), "i%02zu", i / 2);
		e->instance = labels[i];
		e->state = i % 2 == 0 ? FA_EXPECT_SEEN : FA_EXPECT_UNSEEN;
		e->place = "sql1";
	}
	text = fake_report(&fake, "text", &plain);
	assert_has(text, "required   i19 · Data center ports on sql1");
	assert_lacks(text, "required   i20 ·");
	assert_has(text, "\n  and 10 more, all with --all\n");
	free(text);
	text = fake_report(&fake, "text", &all_of_it);
	assert_has(text, "i29 on sql1");
	assert_lacks(text, "all with --all");
	free(text);
	fake_deinit(&fake);
}

static void evidence_only_from_files(void **state)
{
	struct fake fake;
	char *text;

	(void)state;
	fake_fill(&fake);
	text = fake_report(&fake, "text", &plain);
	assert_lacks(text, "flowaudit evidence");
	free(text);
	fake.inputs[0] = (struct fa_input_file){"/a", 100, 1};
	fake.inputs[1] = (struct fa_input_file){"/b", 100, 1};
	fake.input_count = 2;
	text = fake_report(&fake, "text", &plain);
	assert_has(text, "\n    packets: flowaudit evidence 12.7 -o f.pcap\n");
	free(text);
	fake.inputs[1] = (struct fa_input_file){"-", 0, 0};
	text = fake_report(&fake, "text", &plain);
	assert_lacks(text, "flowaudit evidence");
	free(text);
	fake_deinit(&fake);
}

/* A site file is not from the wire, but a database may come from somebody else. */
static void names_are_made_harmless(void **state)
{
	static const char nasty[] = "\033[2Jx\n\xe2\x80\xae";
	struct fake fake;
	char *text;

	(void)state;
	fake_fill_site(&fake);
	strcpy(fake.run.site.name, nasty);
	for (size_t i = 0; i < fake.place_count; i++) {
		fake.places[i].label = nasty;
		fake.places[i].role = nasty;
		fake.places[i].instance = nasty;
	}
	for (size_t i = 0; i < fake.waiver_count; i++) {
		fake.waivers[i].id = fake.waivers[i].owner = fake.waivers[i].reason = nasty;
		fake.waivers[i].ticket = fake.waivers[i].client = fake.waivers[i].server = nasty;
		fake.waivers[i].port = fake.waivers[i].transport = nasty;
		fake.waivers[i].protocol = fake.waivers[i].expires = nasty;
	}
	for (size_t i = 0; i < fake.finding_count; i++)
		fake.findings[i].instance = fake.findings[i].nearest_instance = nasty;
	for (size_t i = 0; i < fake.conversation_count; i++)
		fake.conversations[i].instance = fake.conversations[i].waiver = nasty;
	for (size_t i = 0; i < fake.expectation_count; i++) {
		fake.expectations[i].instance = fake.expectations[i].place = nasty;
		fake.expectations[i].role = nasty;
	}
	for (int i = 0; i < 4; i++) {
		text = fake_report(&fake, i < 2 ? "text" : "json", i % 2 ? &all_of_it : &plain);
		for (const char *at = text; *at != '\0';) {
			size_t len = strcspn(at, "\n\\");

			if (!fa_text_is_safe(at, len))
				fail_msg("harmful: %.*s", (int)len, at);
			at += len + (at[len] != '\0');
		}
		free(text);
	}
	fake_deinit(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_site_stands_in_the_header),
		cmocka_unit_test(addresses_have_names),
		cmocka_unit_test(the_role_of_the_row_names_an_address),
		cmocka_unit_test(long_lists_of_places_are_counted),
		cmocka_unit_test(waivers_have_sections),
		cmocka_unit_test(expectations_are_by_instance_and_host),
		cmocka_unit_test(a_long_list_of_expectations_stays_short),
		cmocka_unit_test(evidence_only_from_files),
		cmocka_unit_test(names_are_made_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
