/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Catalogs as text and JSON, flow lines, runs, and number formats. */
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
#include "report/buffer.h"

static const struct fa_report_options plain;

static const char *const client_role[] = {"client"};
static const char *const server_role[] = {"device", "carbon-server"};
static const char *const tls[] = {"TLS"};
static const char *const snmp[] = {"SNMP"};
static const char *const hosts[] = {"app.example.com", "app.uk.example.com"};
static const struct fa_port_range exact[] = {{8243, 8243}};
static const struct fa_port_range wide[] = {{47100, 47200}, {161, 161}};
static struct fa_prefix networks[1];
static const uint32_t systems[] = {15169};
static const struct fa_parameter parameters[] = {
	{.name = "gateway-port", .type = FA_PARAM_PORTS, .about = "where it listens"},
};
static const struct fa_role roles[] = {{.name = "client", .about = "who asks"}};
static struct fa_product products[2];
static struct fa_component components[2];
static struct fa_rule rules[3];
static struct fa_rulebook book;
static struct fa_policy policy;

static struct fa_rule make_rule(const char *id, size_t component)
{
	struct fa_rule rule = {
		.id = id,
		.product = &products[1],
		.component = &components[component],
		.title = "Pass-through transport",
		.section = "API Manager \"ports\"",
		.direction = FA_RULE_INBOUND,
		.from = {client_role, 1},
		.to = {server_role, 2},
		.transports = FA_RULE_TCP,
		.protocols = {tls, 1},
	};

	return rule;
}

static int fill_book(void **state)
{
	(void)state;
	/* Comes first, so that the one asked for is not found at once. */
	products[0] = (struct fa_product){.id = "arcgis-server", .name = "ArcGIS",
					  .title = "Ports", .publisher = "Esri"};
	products[1] = (struct fa_product){
		.id = "wso2", .name = "WSO2 products", .title = "Default Ports", .publisher = "WSO2",
		.dated = "2024-05-06", .note = "A note\non the document.", .parameters = parameters,
		.parameter_count = 1, .roles = roles, .role_count = 1, .components = components,
		.component_count = 2, .rule_count = 3};
	components[0] = (struct fa_component){"api-manager", "API Manager", 0, 2};
	components[1] = (struct fa_component){"gateway", "Gateway", 2, 1};
	rules[0] = make_rule("wso2/api-manager/https", 0);
	rules[0].ports = (struct fa_port_ranges){exact, 1};
	rules[0].match_ports = rules[0].ports;
	rules[0].advice = FA_ADVICE_RECOMMENDED;
	rules[0].row = "8243 - HTTPS";
	rules[0].note = "two\nlines and \033[2J an escape";
	rules[1] = make_rule("wso2/api-manager/snmp", 0);
	rules[1].ports = (struct fa_port_ranges){wide, 2};
	rules[1].match_ports = rules[1].ports;
	rules[1].any_protocol = true;
	rules[1].protocols.count = 0;
	rules[1].requirement = FA_CONDITIONAL;
	rules[1].when = "monitoring is on";
	rules[1].scope = FA_SCOPE_LOOPBACK;
	rules[1].fallback_for = &rules[0];
	rules[1].correction = (struct fa_correction){
		FA_RULE_UDP, {NULL, 0}, {snmp, 1}, "SNMP runs on UDP"};
	rules[2] = make_rule("wso2/gateway/listen", 1);
	rules[2].port_parameter = &parameters[0];
	rules[2].transports = FA_RULE_TCP | FA_RULE_UDP;
	rules[2].hosts = (struct fa_strings){hosts, 2};
	fa_prefix_parse("17.0.0.0/8", &networks[0]);
	rules[2].networks = (struct fa_prefixes){networks, 1};
	rules[2].asns = (struct fa_numbers){systems, 1};
	book.products = products;
	book.product_count = 2;
	book.rules = rules;
	book.rule_count = 3;
	if (fa_policy_from_rulebook(&policy, &book) != 0)
		return -1;
	return 0;
}

typedef int write_fn(FILE *out, const char *format, struct fa_diag *diag);

static int write_list(FILE *out, const char *format, struct fa_diag *diag)
{
	return fa_report_catalog_list(out, format, &book, NULL, &plain, diag);
}

static int write_show(FILE *out, const char *format, struct fa_diag *diag)
{
	return fa_report_catalog_show(out, format, &book, "wso2", &plain, diag);
}

static int write_explain(FILE *out, const char *format, struct fa_diag *diag)
{
	return fa_report_catalog_explain(out, format, &policy, FA_IP_TCP, 47123, &plain, diag);
}

static int write_runs(FILE *out, const char *format, struct fa_diag *diag)
{
	struct fake fake;
	int err;

	fake_fill(&fake);
	err = fa_report_runs_list(out, format, &fake.history, &plain, diag);
	fake_deinit(&fake);
	return err;
}

static int write_run(FILE *out, const char *format, struct fa_diag *diag)
{
	struct fake fake;
	int err;

	fake_fill(&fake);
	err = fa_report_runs_show(out, format, &fake.history, 12, &plain, diag);
	fake_deinit(&fake);
	return err;
}

static write_fn *const writers[] = {write_list, write_show, write_explain, write_runs, write_run};

static char *made_by(write_fn *write, const char *format)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	struct fa_diag diag = {{0}};

	assert_int_equal(write(out, format, &diag), 0);
	fclose(out);
	return text;
}

static json_t *parse(char *text)
{
	json_error_t error;
	json_t *value = json_loads(text, JSON_REJECT_DUPLICATES, &error);

	if (value == NULL)
		fail_msg("line %d: %s\n%s", error.line, error.text, text);
	free(text);
	return value;
}

static void assert_has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("not there: %s\nin:\n%s", part, text);
}

/* MEMBER of the object as compact JSON. */
static void assert_member(json_t *object, const char *member, const char *expected)
{
	char *text = json_dumps(json_object_get(object, member), JSON_COMPACT | JSON_ENCODE_ANY);

	if (text == NULL || strcmp(text, expected) != 0)
		fail_msg("%s is %s, not %s", member, text, expected);
	free(text);
}

static void list_is_as_promised(void **state)
{
	json_t *all = parse(made_by(write_list, "json"));
	json_t *list = json_object_get(all, "rules");
	json_t *rule;

	(void)state;
	assert_int_equal(json_array_size(list), 3);
	rule = json_array_get(list, 0);
	assert_member(rule, "rule", "\"wso2/api-manager/https\"");
	assert_member(rule, "product", "\"wso2\"");
	assert_member(rule, "component", "\"api-manager\"");
	assert_member(rule, "title", "\"Pass-through transport\"");
	assert_member(rule, "direction", "\"inbound\"");
	assert_member(rule, "from", "[\"client\"]");
	assert_member(rule, "to", "[\"device\",\"carbon-server\"]");
	assert_member(rule, "transport", "[\"tcp\"]");
	assert_member(rule, "ports", "[8243]");
	assert_member(rule, "parameter", "null");
	assert_member(rule, "protocol", "[\"TLS\"]");
	assert_member(rule, "host", "[]");
	assert_member(rule, "network", "[]");
	assert_member(rule, "scope", "\"network\"");
	assert_member(rule, "requirement", "\"required\"");
	assert_member(rule, "advice", "\"recommended\"");
	assert_member(rule, "alternatives", "null");
	assert_member(rule, "fallback_for", "null");
	assert_member(rule, "correction", "null");
	assert_member(rule, "citation",
		      "{\"title\":\"Default Ports\",\"publisher\":\"WSO2\",\"dated\":\"2024-05-06\","
		      "\"section\":\"API Manager \\\"ports\\\"\",\"row\":\"8243 - HTTPS\"}");
	rule = json_array_get(list, 1);
	assert_member(rule, "ports", "[[47100,47200],161]");
	assert_member(rule, "protocol", "[\"any\"]");
	assert_member(rule, "advice", "null");
	assert_member(rule, "fallback_for", "\"wso2/api-manager/https\"");
	assert_member(rule, "correction",
		      "{\"transport\":[\"udp\"],\"ports\":[],\"protocol\":[\"SNMP\"],"
		      "\"reason\":\"SNMP runs on UDP\"}");
	rule = json_array_get(list, 2);
	assert_member(rule, "transport", "[\"tcp\",\"udp\"]");
	assert_member(rule, "ports", "[]");
	assert_member(rule, "parameter", "\"gateway-port\"");
	assert_member(rule, "host", "[\"app.example.com\",\"app.uk.example.com\"]");
	assert_member(rule, "network", "[\"17.0.0.0/8\"]");
	assert_member(rule, "asn", "[15169]");
	json_decref(all);
}

static void rule_json_is_the_rule(void **state)
{
	char *text = fa_report_rule_json(&rules[0]);
	json_t *all = parse(made_by(write_list, "json"));
	json_t *rule;

	(void)state;
	assert_non_null(text);
	rule = parse(text);
	assert_true(json_equal(rule, json_array_get(json_object_get(all, "rules"), 0)));
	json_decref(rule);
	json_decref(all);
}

static void show_says_everything(void **state)
{
	char *text = made_by(write_show, "text");

	(void)state;
	assert_has(text, "wso2 · WSO2 products · \"Default Ports\", WSO2, 2024-05-06 · 3 rows\n");
	assert_has(text, "A note on the document.");
	assert_has(text, "gateway-port (ports, no default): where it listens");
	assert_has(text, "client: who asks");
	assert_has(text, "\nAPI Manager\n  wso2/api-manager/https\n");
	assert_has(text, "two lines and \\x1b[2J an escape");
	assert_has(text, "conditional: monitoring is on");
	assert_has(text, "loopback interface only");
	assert_has(text, "fallback for   wso2/api-manager/https");
	assert_has(text, "read it as udp protocol SNMP: SNMP runs on UDP");
	assert_has(text, "(parameter gateway-port: the site must say)");
	assert_has(text, "17.0.0.0/8");
	assert_has(text, "AS15169");
	assert_has(text, "client → device, carbon-server (inbound)");
	assert_has(text, "row \"8243 -");
	free(text);
}

static void explain_tells_who_and_what_for(void **state)
{
	char *text = made_by(write_explain, "text");
	json_t *all = parse(made_by(write_explain, "json"));
	json_t *rule;
	struct fa_diag diag = {{0}};
	size_t len = 0;
	FILE *out;

	(void)state;
	assert_has(text, "tcp/47123 is documented by 1 row\n");
	assert_has(text, "wso2/api-manager/snmp");
	assert_has(text, "one of a range of 101: weaker than an exact port");
	free(text);
	assert_member(all, "transport", "\"tcp\"");
	assert_member(all, "port", "47123");
	rule = json_array_get(json_object_get(all, "rules"), 0);
	assert_member(rule, "rule", "\"wso2/api-manager/snmp\"");
	assert_member(rule, "range_size", "101");
	assert_member(rule, "corrected", "false");
	json_decref(all);
	text = NULL;
	out = open_memstream(&text, &len);
	assert_int_equal(
		fa_report_catalog_explain(out, "text", &policy, FA_IP_UDP, 161, &plain, &diag), 0);
	fclose(out);
	assert_has(text, "only the correction of this row covers the port");
	free(text);
	text = NULL;
	out = open_memstream(&text, &len);
	assert_int_equal(
		fa_report_catalog_explain(out, "text", &policy, FA_IP_TCP, 1, &plain, &diag), 0);
	fclose(out);
	assert_has(text, "tcp/1 is documented by none of 3 rows in 2 catalogs\n");
	free(text);
}

static void runs_are_told(void **state)
{
	char *text = made_by(write_runs, "text");
	json_t *all;

	(void)state;
	assert_has(text, "  12  2026-11-22 08:00  replay complete    high       48,201,336");
	free(text);
	all = parse(made_by(write_runs, "json"));
	assert_member(json_array_get(json_object_get(all, "runs"), 0), "id", "12");
	json_decref(all);
	text = made_by(write_run, "text");
	assert_has(text, "run 12, made 2026-11-22 08:00 UTC by flowaudit 0.1.0 with 2 workers");
	assert_has(text, "WHAT WAS READ");
	free(text);
	all = parse(made_by(write_run, "json"));
	assert_member(all, "packets", "48201336");
	assert_member(all, "made", "\"2026-11-22T08:00:00.000000Z\"");
	json_decref(all);
}

static void all_fit_and_fail_alike(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(writers) / sizeof(writers[0]); i++) {
		struct fa_diag diag = {{0}};
		char *text = made_by(writers[i], "text");
		char *next = NULL;
		FILE *full;

		for (char *line = strtok_r(text, "\n", &next); line != NULL;
		     line = strtok_r(NULL, "\n", &next)) {
			assert_true(fa_text_columns(line) <= 100);
			assert_null(strchr(line, '\033'));
		}
		free(text);
		assert_int_equal(writers[i](stdout, "xml", &diag), FA_EINVAL);
		assert_has(diag.text, "\"xml\"");
		for (unsigned format = 0; format < 2; format++) {
			diag.text[0] = '\0';
			full = fopen("/dev/full", "w");
			assert_int_equal(writers[i](full, format ? "json" : "text", &diag),
					 FA_EFULL);
			fclose(full);
		}
	}
}

static void unknown_products_are_named(void **state)
{
	struct fa_diag diag = {{0}};

	(void)state;
	assert_int_equal(fa_report_catalog_show(stdout, "text", &book, "wso3", &plain, &diag),
			 FA_ENOENT);
	assert_string_equal(diag.text, "there is no catalog \"wso3\"; there are: arcgis-server, wso2; "
				       "did you mean \"wso2\"?");
}

static char *flow_line(const struct fa_flow_record *flow, const struct fa_judgement *judgement)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_int_equal(fa_report_flow_line(out, flow, judgement, NULL), 0);
	fclose(out);
	return text;
}

static struct fa_flow_record make_flow(void)
{
	struct fa_stored_conversation c = fake_conversation("10.0.0.1", "10.0.1.2", FA_IP_TCP, 443);
	struct fa_flow_record flow;

	memset(&flow, 0, sizeof(flow));
	flow.id = c.id;
	flow.counts = c.counts;
	flow.id.client_port = 51234;
	flow.state = FA_FLOW_CLOSED;
	return flow;
}

static void a_flow_is_a_line(void **state)
{
	struct fa_flow_record flow = make_flow();
	struct fa_judgement judgement = {.verdict = FA_VERDICT_DOCUMENTED, .rule = &rules[0]};
	char *line;

	(void)state;
	strcpy(flow.id.application, "Google");
	strcpy(flow.id.host, "www.example.org");
	flow.id.tunnel = FA_TUNNEL_VXLAN;
	flow.id.tunnel_id = 42;
	flow.vlan_count = 2;
	flow.vlan[0] = 100;
	flow.vlan[1] = 7;
	flow.layers = fa_layer_bit(FA_TUNNEL_VXLAN) | fa_layer_bit(FA_TUNNEL_VLAN);
	line = flow_line(&flow, &judgement);
	assert_string_equal(
		line,
		"{\"start\":\"2026-11-21T22:00:00.000004Z\",\"end\":\"2026-11-21T22:01:00.000000Z\","
		"\"client\":\"10.0.0.1\",\"client_port\":51234,\"server\":\"10.0.1.2\","
		"\"server_port\":443,\"transport\":\"tcp\",\"tunnel\":\"vxlan:42\",\"vlan\":[100,7],"
		"\"layers\":[\"vxlan\",\"vlan\"],\"packets_to_server\":10,\"packets_to_client\":12,\"bytes_to_server\":1200,"
		"\"bytes_to_client\":9000,\"protocol\":\"TLS\",\"application\":\"Google\","
		"\"detected_by\":\"dpi\",\"host\":\"www.example.org\",\"direction_by\":\"syn\","
		"\"state\":\"closed\",\"verdict\":\"documented\","
		"\"rule\":\"wso2/api-manager/https\"}\n");
	free(line);
}

static void a_plain_flow_leaves_out_what_it_has_not(void **state)
{
	struct fa_flow_record flow = make_flow();
	struct fa_judgement judgement = {.verdict = FA_VERDICT_UNDOCUMENTED};
	char *line;

	(void)state;
	flow.id.transport = FA_IP_ICMP;
	flow.id.server_port = 8 << 8 | 3;
	line = flow_line(&flow, &judgement);
	assert_has(line, "\"client_port\":8,\"server\":\"10.0.1.2\",\"server_port\":3,"
			 "\"transport\":\"icmp\",\"packets_to_server\"");
	assert_has(line, "\"detected_by\":\"dpi\",\"direction_by\":\"syn\"");
	assert_has(line, "\"verdict\":\"undocumented\",\"rule\":null}\n");
	free(line);
	strcpy(flow.id.host, "\033]0;\"\xff\n");
	line = flow_line(&flow, NULL);
	assert_has(line, "\"host\":\"\\\\x1b]0;\\\"\\\\xff\\\\x0a\",");
	assert_has(line, "\"verdict\":null,\"rule\":null}\n");
	free(line);
}

static void numbers_read_well(void **state)
{
	char text[FA_NUMBER_TEXT];

	(void)state;
	assert_string_equal(fa_number_text(0, text), "0");
	assert_string_equal(fa_number_text(999, text), "999");
	assert_string_equal(fa_number_text(1000, text), "1,000");
	assert_string_equal(fa_number_text(UINT64_MAX, text), "18,446,744,073,709,551,615");
	assert_string_equal(fa_bytes_text(999, text), "999 B");
	assert_string_equal(fa_bytes_text(1000, text), "1 kB");
	assert_string_equal(fa_bytes_text(41499, text), "41 kB");
	assert_string_equal(fa_bytes_text(999499, text), "999 kB");
	assert_string_equal(fa_bytes_text(999500, text), "1.0 MB");
	assert_string_equal(fa_bytes_text(999949999, text), "999.9 MB");
	assert_string_equal(fa_bytes_text(999950000, text), "1.0 GB");
	assert_string_equal(fa_bytes_text(21400000000, text), "21.4 GB");
	assert_string_equal(fa_bytes_text(UINT64_MAX, text), "18.4 EB");
	assert_string_equal(fa_percent_text(0, 0, text), "0%");
	assert_string_equal(fa_percent_text(1, 1000000, text), "<0.01%");
	assert_string_equal(fa_percent_text(2, 10000, text), "0.02%");
	assert_string_equal(fa_percent_text(13, 1000, text), "1.3%");
	assert_string_equal(fa_percent_text(999999, 1000000, text), "99.9%");
	assert_string_equal(fa_percent_text(7, 7, text), "100%");
}

static void clipping_counts_columns(void **state)
{
	struct fa_buffer buffer = {0};

	(void)state;
	fa_buffer_clip(&buffer, "äöüß", 4);
	assert_string_equal(fa_buffer_text(&buffer), "äöüß");
	fa_buffer_reset(&buffer);
	fa_buffer_clip(&buffer, "äöüßé", 4);
	assert_string_equal(fa_buffer_text(&buffer), "äöü…");
	fa_buffer_reset(&buffer);
	fa_buffer_clip(&buffer, "\033\033", 5);
	assert_string_equal(fa_buffer_text(&buffer), "\\x1b…");
	fa_buffer_deinit(&buffer);
	assert_string_equal(fa_buffer_text(&buffer), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(list_is_as_promised),
		cmocka_unit_test(rule_json_is_the_rule),
		cmocka_unit_test(show_says_everything),
		cmocka_unit_test(explain_tells_who_and_what_for),
		cmocka_unit_test(runs_are_told),
		cmocka_unit_test(all_fit_and_fail_alike),
		cmocka_unit_test(unknown_products_are_named),
		cmocka_unit_test(a_flow_is_a_line),
		cmocka_unit_test(a_plain_flow_leaves_out_what_it_has_not),
		cmocka_unit_test(numbers_read_well),
		cmocka_unit_test(clipping_counts_columns),
	};

	return cmocka_run_group_tests_name("report catalog", tests, fill_book, NULL);
}
