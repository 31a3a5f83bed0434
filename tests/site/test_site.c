/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is in a site file comes out in the site. */
#include "site/place.h"

#include <sys/stat.h>
#include <unistd.h>

static void parse_good(const char *text, const char *systems, const struct fa_rulebook *book,
		       struct fa_site *site)
{
	struct heard heard;
	int error = parse_site(text, systems, book, &heard, site);

	assert_string_equal(heard.text, "");
	assert_int_equal(error, 0);
}

static struct fa_addr address(const char *text)
{
	struct fa_addr addr;

	assert_true(fa_addr_parse(text, &addr));
	return addr;
}

static const struct fa_site_role *role_of(const struct fa_site *site, size_t instance,
					  const char *name)
{
	const struct fa_instance *of = &site->instances[instance];

	for (size_t i = 0; i < of->product->role_count; i++)
		if (strcmp(of->roles[i].role->name, name) == 0)
			return &of->roles[i];
	fail_msg("no role %s", name);
	return NULL;
}

static const struct fa_setting *setting_of(const struct fa_site *site, size_t instance,
					   const char *name)
{
	const struct fa_instance *of = &site->instances[instance];

	for (size_t i = 0; i < of->product->parameter_count; i++)
		if (strcmp(of->settings[i].parameter->name, name) == 0)
			return &of->settings[i];
	fail_msg("no parameter %s", name);
	return NULL;
}

static const char whole[] =
	"format: 1\n"
	"site: dc1\n"
	"networks: {office: [10.10.0.0/16, '2001:db8::/32']}\n"
	"hosts: {am1: [10.0.1.9, 'fd00::9']}\n"
	"instances:\n"
	"  - name: one\n"
	"    product: store\n"
	"    version: '4.2'\n"
	"    parameters: {offset: -3, region: eu, gate: [5001, 6000-6001], door: 9}\n"
	"    ports: {c/free: 7, c/naming: [2098, 2100-2110]}\n"
	"    roles:\n"
	"      web: [W.example.org, 192.0.2.7, am1]\n"
	"      client: [office, 10.9.0.0/24]\n"
	"      cloud: any\n"
	"      admin: none\n"
	"  - {name: two, product: net}\n";

static void test_whole(void **state)
{
	struct fa_rulebook book;
	struct fa_site site;

	(void)state;
	load_book(&book);
	parse_good(whole, NULL, &book, &site);
	assert_string_equal(site.name, "dc1");
	assert_string_equal(site.file, "dc/site.yaml");
	assert_true(site.digest != 0);
	assert_null(site.as_file);
	assert_int_equal(site.instance_count, 2);
	assert_string_equal(site.instances[0].name, "one");
	assert_string_equal(site.instances[0].version, "4.2");
	assert_string_equal(site.instances[0].product->id, "store");
	assert_int_equal(site.instances[0].line, 6);
	assert_int_equal(site.instances[0].column, 5);
	assert_string_equal(site.instances[1].version, "");
	assert_string_equal(site.instances[1].product->id, "net");
	assert_int_equal(site.instances[1].index, 1);
	fa_site_deinit(&site);
	assert_int_equal(site.instance_count, 0);
	fa_rulebook_deinit(&book);
}

static void test_settings(void **state)
{
	const struct fa_setting *setting;
	struct fa_rulebook book;
	struct fa_site site;

	(void)state;
	load_book(&book);
	parse_good(whole, NULL, &book, &site);
	setting = setting_of(&site, 0, "offset");
	assert_true(setting->set);
	assert_int_equal(setting->integer, -3);
	assert_string_equal(setting->text, "-3");
	setting = setting_of(&site, 0, "region");
	assert_string_equal(setting->choice, "eu");
	assert_string_equal(setting->text, "eu");
	setting = setting_of(&site, 0, "gate");
	assert_string_equal(setting->text, "5001, 6000-6001");
	assert_int_equal(setting->ports.items[1].high, 6001);
	assert_string_equal(setting_of(&site, 0, "door")->text, "9");
	setting = setting_of(&site, 0, "tier");
	assert_false(setting->set);
	assert_null(setting->choice);
	assert_string_equal(setting->text, "");
	fa_site_deinit(&site);
	parse_good("format: 1\nsite: s\ninstances: [{name: n, product: store}]\n", NULL, &book,
		   &site);
	assert_false(setting_of(&site, 0, "gate")->set);
	assert_string_equal(setting_of(&site, 0, "gate")->text, "5000");
	assert_string_equal(setting_of(&site, 0, "offset")->text, "0");
	assert_string_equal(setting_of(&site, 0, "region")->choice, "us");
	assert_string_equal(setting_of(&site, 0, "door")->text, "");
	assert_int_equal(setting_of(&site, 0, "door")->ports.count, 0);
	fa_site_deinit(&site);
	fa_rulebook_deinit(&book);
}

static void test_places(void **state)
{
	const struct fa_site_role *role;
	struct fa_rulebook book;
	struct fa_site site;
	struct fa_addr addr;

	(void)state;
	load_book(&book);
	parse_good(whole, NULL, &book, &site);
	role = role_of(&site, 0, "web");
	assert_int_equal(role->placing, FA_PLACED);
	assert_int_equal(role->prefix_count, 3);
	assert_int_equal(role->place_count, 4);
	assert_int_equal(role->line, 12);
	assert_int_equal(role->column, 7);
	assert_string_equal(role->places[0].label, "am1");
	assert_string_equal(role->places[1].label, "192.0.2.7");
	assert_string_equal(role->places[2].label, "am1");
	assert_int_equal(role->places[2].prefix.bits, 128);
	assert_null(role->places[2].host);
	assert_string_equal(role->places[3].label, "W.example.org");
	assert_string_equal(role->places[3].host, "w.example.org");
	assert_int_equal(role->places[3].prefix.addr.version, 0);
	addr = address("fd00::9");
	assert_ptr_equal(fa_site_role_place(role, &addr), &role->places[2]);
	addr = address("10.0.1.10");
	assert_null(fa_site_role_place(role, &addr));
	role = role_of(&site, 0, "client");
	addr = address("10.10.255.255");
	assert_string_equal(fa_site_role_place(role, &addr)->label, "office");
	assert_int_equal(role_of(&site, 0, "cloud")->placing, FA_ANYBODY);
	assert_int_equal(role_of(&site, 0, "admin")->placing, FA_NOBODY);
	assert_int_equal(role_of(&site, 0, "worker")->placing, FA_UNPLACED);
	assert_int_equal(role_of(&site, 1, "resolver")->placing, FA_UNPLACED);
	fa_site_deinit(&site);
	fa_rulebook_deinit(&book);
}

static void test_overrides(void **state)
{
	const struct fa_port_override *overrides;
	struct fa_rulebook book;
	struct fa_site site;

	(void)state;
	load_book(&book);
	parse_good(whole, NULL, &book, &site);
	assert_int_equal(site.instances[0].override_count, 2);
	overrides = site.instances[0].overrides;
	assert_string_equal(overrides[0].rule->id, "store/c/free");
	assert_int_equal(overrides[0].ports.items[0].low, 7);
	assert_string_equal(overrides[1].rule->id, "store/c/naming");
	assert_int_equal(overrides[1].ports.count, 2);
	assert_int_equal(overrides[1].line, 10);
	assert_int_equal(overrides[1].column, 24);
	fa_site_deinit(&site);
	fa_rulebook_deinit(&book);
}

/* Of the list only what rules ask for is kept: their systems, and what lies within. */
static void test_systems(void **state)
{
	static const char text[] = "format: 1\nsite: s\nautonomous-systems: as.txt\ninstances: "
				   "[{name: one, product: store}]\n";
	static const char systems[] = "# two forms, blanks, tabs, comments, line ends\r\n"
				      "\n"
				      "8.8.8.128/25 3356\n"
				      "8.8.8.0/24\tAS15169 # of a rule\r\n"
				      "  8.8.0.0   16\tas15169\n"
				      "8.0.0.0/9 3356\n"
				      "9.9.9.0/24 19281\n"
				      "2001:db8:: 32 64496_1\n"
				      "192.0.2.0/24 64497,15169,64498\n"
				      "192.0.2.0/25 1_2\n"
				      "8.8.4.0/24 3_15169_99999";
	static const struct {
		const char *address;
		uint32_t asn;
	} cases[] = {
		{"8.8.8.8", 15169},	{"8.8.8.129", 3356}, {"8.8.9.1", 15169}, {"8.1.0.0", 0},
		{"9.9.9.9", 0},		{"2001:db8::1", 64496}, {"192.0.2.200", 15169},
		{"192.0.2.1", 1},	{"8.8.4.4", 15169},	{"255.255.255.255", 0}, {"0.0.0.0", 0},
	};
	struct fa_rulebook book;
	struct fa_site site;

	(void)state;
	load_book(&book);
	parse_good(text, systems, &book, &site);
	assert_string_equal(site.as_file, "dc/as.txt");
	assert_int_equal(site.systems.count, 7);
	for (size_t i = 1; i < site.systems.count; i++) {
		const struct fa_prefix *before = &site.systems.items[i - 1].prefix;
		const struct fa_prefix *prefix = &site.systems.items[i].prefix;
		int order = fa_addr_compare(&before->addr, &prefix->addr);

		assert_true(order < 0 || (order == 0 && before->bits < prefix->bits));
	}
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fa_addr addr = address(cases[i].address);

		assert_int_equal(fa_as_of(&site.systems, &addr), cases[i].asn);
	}
	fa_site_deinit(&site);
	fa_rulebook_deinit(&book);
}

/* With products left out on purpose, their instances are left out. */
static void test_partial(void **state)
{
	static const char text[] = "format: 1\nsite: s\ninstances:\n  - {name: a, product: other}\n"
				   "  - {name: b, product: net}\n";
	const struct fa_site_text whole_text = {"s.yaml", text, sizeof(text) - 1, NULL, 0};
	struct heard heard = {.count = 0};
	struct fa_site_options options = {.partial = true, .error = hear, .error_context = &heard};
	struct fa_rulebook book;
	struct fa_site site;

	(void)state;
	load_book(&book);
	assert_int_equal(fa_site_parse(&whole_text, &book, &options, &site), 0);
	assert_int_equal(site.instance_count, 1);
	assert_string_equal(site.instances[0].name, "b");
	assert_int_equal(site.instances[0].index, 0);
	fa_site_deinit(&site);
	options.partial = false;
	assert_int_equal(fa_site_parse(&whole_text, &book, &options, &site), FA_EFORMAT);
	assert_string_equal(heard.text, "s.yaml:4:24: instance \"a\": \"product\": there is no "
					"catalog of product \"other\"");
	fa_rulebook_deinit(&book);
}

static void write_file(const char *folder, const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/* From files: the list lies beside the site, wherever that is. */
static void test_load(void **state)
{
	char folder[] = "/tmp/flowaudit-site-XXXXXX";
	char site_path[128];
	char list_path[128];
	struct heard heard = {.count = 0};
	const struct fa_site_options options = {.error = hear, .error_context = &heard};
	struct fa_rulebook book;
	struct fa_site site;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(site_path, sizeof(site_path), "%s/s.yaml", folder);
	snprintf(list_path, sizeof(list_path), "%s/as.txt", folder);
	write_file(folder, "s.yaml", "format: 1\nsite: s\nautonomous-systems: as.txt\ninstances: "
				     "[{name: one, product: store}]\n");
	write_file(folder, "as.txt", "8.8.8.0/24 15169\n");
	load_book(&book);
	assert_int_equal(fa_site_load(site_path, &book, &options, &site), 0);
	assert_string_equal(site.as_file, list_path);
	assert_int_equal(site.systems.count, 1);
	fa_site_deinit(&site);
	write_file(folder, "as.txt", "8.8.8.0/24 15169x\n");
	assert_int_equal(fa_site_load(site_path, &book, &options, &site), FA_EFORMAT);
	assert_ptr_equal(strstr(heard.text, list_path), heard.text);
	assert_string_equal(heard.text + strlen(list_path),
			    ":1: \"15169x\" is not the number of an autonomous system");
	unlink(site_path);
	unlink(list_path);
	rmdir(folder);
	fa_rulebook_deinit(&book);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),	  cmocka_unit_test(test_settings),
		cmocka_unit_test(test_places),	  cmocka_unit_test(test_overrides),
		cmocka_unit_test(test_systems),	  cmocka_unit_test(test_partial),
		cmocka_unit_test(test_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
