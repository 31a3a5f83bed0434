/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of a run: their columns, and what is in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_history.h"
#include "report/buffer.h"
#include "report/table.h"

/* What a sink was told; one row of one table is kept as text. */
struct told {
	char ids[256]; /* of the tables, in order */
	size_t rows;   /* of the wanted table */
	const char *wanted;
	size_t wanted_row; /* from 0 */
	const struct fa_table *table;
	struct fa_buffer values; /* "name=value\n" */
	int stop_at_row; /* of any table; 0: never */
	int all_rows;
};

static bool is_name(const char *text)
{
	return text[0] >= 'a' && text[0] <= 'z' &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(text);
}

static int begin(void *context, const struct fa_table *table)
{
	struct told *told = context;

	assert_null(told->table);
	told->table = table;
	strcat(told->ids, table->id);
	strcat(told->ids, " ");
	assert_true(is_name(table->id));
	assert_true(table->column_count > 0);
	for (size_t i = 0; i < table->column_count; i++) {
		if (!is_name(table->columns[i].name))
			fail_msg("column %s", table->columns[i].name);
		assert_true(table->columns[i].title[0] != '\0');
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(table->columns[k].name, table->columns[i].name);
	}
	return 0;
}

static int row(void *context, const struct fa_cell *cells)
{
	struct told *told = context;
	const struct fa_table *table = told->table;

	assert_non_null(table);
	if (++told->all_rows == told->stop_at_row)
		return -77;
	if (told->wanted == NULL || strcmp(told->wanted, table->id) != 0)
		return 0;
	if (told->rows++ != told->wanted_row)
		return 0;
	for (size_t i = 0; i < table->column_count; i++) {
		fa_buffer_addf(&told->values, "%s=", table->columns[i].name);
		fa_cell_add(&told->values, table->columns[i].kind, &cells[i]);
		fa_buffer_add(&told->values, "\n");
	}
	return 0;
}

static int end(void *context)
{
	struct told *told = context;

	assert_non_null(told->table);
	told->table = NULL;
	return 0;
}

static int tell(struct fake *fake, struct told *told)
{
	const struct fa_table_sink sink = {told, begin, row, end};
	struct fa_diag diag = {{0}};
	int err = fa_tables_run(&fake->history, 0, &sink, &diag);

	if (err != 0 && err != -77)
		fail_msg("%s", diag.text);
	return err;
}

/* Fails unless the row has "NAME=VALUE". */
static void assert_value(const struct told *told, const char *name, const char *value)
{
	const char *text = fa_buffer_text(&told->values);
	char line[512];

	snprintf(line, sizeof(line), "%s=%s\n", name, value);
	for (const char *at = text; (at = strstr(at, line)) != NULL; at++)
		if (at == text || at[-1] == '\n')
			return;
	fail_msg("not there: %sin:\n%s", line, text);
}

static void all_tables_in_order(void **state)
{
	struct fake fake;
	struct told told = {.wanted = NULL};

	(void)state;
	fake_init(&fake);
	fake_fill_site(&fake);
	assert_int_equal(tell(&fake, &told), 0);
	assert_string_equal(told.ids, "run summary findings expectations conversations waivers "
				      "catalogs losses loss_pairs layers interfaces windows ");
	fake_deinit(&fake);
}

static void tell_row(struct fake *fake, struct told *told, const char *table, size_t row_of_it)
{
	fa_buffer_reset(&told->values);
	told->ids[0] = '\0';
	told->wanted = table;
	told->wanted_row = row_of_it;
	told->rows = 0;
	assert_int_equal(tell(fake, told), 0);
}

static void what_the_wire_was(void **state)
{
	struct fake fake;
	struct told told = {.wanted = NULL};

	(void)state;
	fake_fill(&fake);
	fake.run.totals.workers.acked_unseen_bytes = 5;
	tell_row(&fake, &told, "run", 0);
	assert_value(&told, "duplicates_left", "3");
	assert_value(&told, "duplicates_mode", "auto");
	assert_value(&told, "key", "plain");
	assert_value(&told, "max_headers", "16");
	tell_row(&fake, &told, "losses", 4);
	assert_value(&told, "loss", "acked-unseen");
	assert_value(&told, "count", "5");
	assert_value(&told, "whole", "19003800005");
	tell_row(&fake, &told, "loss_pairs", 2);
	assert_value(&told, "client", "10.2.0.11");
	assert_value(&told, "missing_bytes", "0");
	assert_value(&told, "one_way", "to server");
	tell_row(&fake, &told, "layers", 1);
	assert_value(&told, "layer", "vlan");
	assert_value(&told, "packets", "47000000");
	tell_row(&fake, &told, "interfaces", 0);
	assert_value(&told, "name", "tap\\x1b[1m a");
	assert_value(&told, "dropped_kernel", "");
	assert_value(&told, "dropped_interface", "17");
	tell_row(&fake, &told, "conversations", 2);
	assert_value(&told, "vlan", "100.42");
	tell_row(&fake, &told, "conversations", 0);
	assert_value(&told, "vlan", "");
	fa_buffer_deinit(&told.values);
	fake_deinit(&fake);
}

static void an_empty_run_has_them_too(void **state)
{
	struct fake fake;
	struct told told = {.wanted = "run"};

	(void)state;
	fake_init(&fake);
	assert_int_equal(tell(&fake, &told), 0);
	assert_int_equal(told.rows, 1);
	assert_value(&told, "packets", "0");
	assert_value(&told, "started", ""); /* no packet, no time */
	assert_value(&told, "findings", "0");
	fa_buffer_deinit(&told.values);
	fake_deinit(&fake);
}

static void a_finding_has_every_value(void **state)
{
	struct fake fake;
	struct told told = {.wanted = "findings"};

	(void)state;
	fake_init(&fake);
	fake_fill(&fake);
	assert_int_equal(tell(&fake, &told), 0);
	assert_int_equal(told.rows, fake.finding_count);
	assert_value(&told, "number", "1");
	assert_value(&told, "verdict", "wrong-protocol");
	assert_value(&told, "what", "10.2.0.7 → 10.2.1.4:443/tcp · SSH, seen by inspection");
	assert_value(&told, "rule", "wso2/iot-server/devices");
	assert_value(&told, "document", "Default Ports of WSO2 Products");
	assert_value(&told, "section",
		     "Ports required for mobile devices to communicate with the server");
	assert_value(&told, "row", "443 - HTTPS, default port of the Firebase service");
	assert_value(&told, "client", "10.2.0.7");
	assert_value(&told, "server", "10.2.1.4");
	assert_value(&told, "transport", "tcp");
	assert_value(&told, "port", "443");
	assert_value(&told, "service", "443/tcp");
	assert_value(&told, "protocol", "SSH");
	assert_value(&told, "detected_by", "dpi");
	assert_value(&told, "direction_by", "syn");
	assert_value(&told, "flows", "3");
	assert_value(&told, "bytes", "41000");
	assert_value(&told, "first_seen", "2026-11-21T23:14:00.000000Z");
	assert_value(&told, "last_seen", "2026-11-21T23:20:00.000000Z");
	assert_value(&told, "reasons", "saw-other-protocol, endpoints-unchecked");
	assert_value(&told, "sweep", "no");
	fa_buffer_deinit(&told.values);
	fake_deinit(&fake);
}

static void a_near_miss_says_what_differs(void **state)
{
	struct fake fake;
	struct told told = {.wanted = "findings", .wanted_row = 2};

	(void)state;
	fake_init(&fake);
	fake_fill(&fake);
	assert_int_equal(tell(&fake, &told), 0);
	assert_value(&told, "rule", "");
	assert_value(&told, "nearest", "wso2/api-manager/passthrough-https");
	assert_value(&told, "differs", "port");
	assert_value(&told, "section", "API Manager");
	assert_value(&told, "client", "");
	assert_value(&told, "clients", "14");
	fa_buffer_deinit(&told.values);
	fake_deinit(&fake);
}

static void a_sweep_has_no_port(void **state)
{
	struct fake fake;
	struct told told = {.wanted = "findings", .wanted_row = 3};

	(void)state;
	fake_init(&fake);
	fake_fill(&fake);
	assert_int_equal(tell(&fake, &told), 0);
	assert_value(&told, "sweep", "yes");
	assert_value(&told, "server", "");
	assert_value(&told, "port", "");
	assert_value(&told, "service", "");
	assert_value(&told, "ports", "40112");
	assert_value(&told, "document", "");
	fa_buffer_deinit(&told.values);
	fake_deinit(&fake);
}

static void a_rule_that_is_not_stored_leaves_its_cells_empty(void **state)
{
	struct fake fake;
	struct told told = {.wanted = "findings"};

	(void)state;
	fake_init(&fake);
	fake_fill(&fake);
	fake.findings[0].rule = "wso2/gone/gone";
	assert_int_equal(tell(&fake, &told), 0);
	assert_value(&told, "rule", "wso2/gone/gone");
	assert_value(&told, "document", "");
	assert_int_equal(told.rows, fake.finding_count);
	fa_buffer_deinit(&told.values);
	fake_deinit(&fake);
}

static void expectations_that_need_a_look_come_first(void **state)
{
	struct fake fake;
	struct told told = {.wanted = "expectations"};

	(void)state;
	fake_init(&fake);
	fake_fill(&fake);
	fake.expectations[0].state = FA_EXPECT_SEEN;
	fake.expectations[3].state = FA_EXPECT_REFUSED;
	assert_int_equal(tell(&fake, &told), 0);
	assert_int_equal(told.rows, fake.expectation_count);
	assert_value(&told, "status", "refused");
	assert_value(&told, "rule", "wso2/api-manager/passthrough-https");
	fa_buffer_deinit(&told.values);
	fake_deinit(&fake);
}

static void windows_are_those_of_a_live_run(void **state)
{
	struct fake fake;
	struct told told = {.wanted = "windows"};

	(void)state;
	fake_init(&fake);
	fake_fill_live(&fake);
	assert_int_equal(tell(&fake, &told), 0);
	assert_int_equal(told.rows, 24);
	assert_value(&told, "packets", "2000000");
	fa_buffer_deinit(&told.values);
	fake_deinit(&fake);
}

/* Whatever the sink says ends it, at every row. */
static void a_sink_that_stops_is_heard(void **state)
{
	struct fake fake;
	struct told told = {.wanted = NULL};
	int rows;

	(void)state;
	fake_init(&fake);
	fake_fill_site(&fake);
	assert_int_equal(tell(&fake, &told), 0);
	rows = told.all_rows;
	assert_true(rows > 30);
	for (int i = 1; i <= rows; i++) {
		memset(&told, 0, sizeof(told));
		told.stop_at_row = i;
		assert_int_equal(tell(&fake, &told), -77);
		assert_int_equal(told.all_rows, i);
	}
	fake_deinit(&fake);
}

static void cells_are_harmless_and_escaped_once(void **state)
{
	const struct fa_cell raw = {.text = "a\\b\x1b[1m\tc"};
	const struct fa_cell safe = {.text = "a\\\\b", .harmless = true};
	const struct fa_cell nothing = {.count = 7, .none = true};
	struct fa_buffer out = {0};

	(void)state;
	fa_cell_add(&out, FA_CELL_TEXT, &raw);
	assert_string_equal(out.text, "a\\\\b\\x1b[1m c");
	fa_buffer_reset(&out);
	fa_cell_add(&out, FA_CELL_TEXT, &safe);
	assert_string_equal(out.text, "a\\\\b");
	fa_buffer_reset(&out);
	fa_cell_add(&out, FA_CELL_COUNT, &nothing);
	assert_string_equal(fa_buffer_text(&out), "");
	fa_buffer_deinit(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_tables_in_order),
		cmocka_unit_test(what_the_wire_was),
		cmocka_unit_test(an_empty_run_has_them_too),
		cmocka_unit_test(a_finding_has_every_value),
		cmocka_unit_test(a_near_miss_says_what_differs),
		cmocka_unit_test(a_sweep_has_no_port),
		cmocka_unit_test(a_rule_that_is_not_stored_leaves_its_cells_empty),
		cmocka_unit_test(expectations_that_need_a_look_come_first),
		cmocka_unit_test(windows_are_those_of_a_live_run),
		cmocka_unit_test(a_sink_that_stops_is_heard),
		cmocka_unit_test(cells_are_harmless_and_escaped_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
