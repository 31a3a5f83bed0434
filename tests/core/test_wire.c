/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Settings of decoding: ports of tunnels, and the texts of settings. */
#include "core/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/packet.h"

static const char all[] = "gre=4754 vxlan=4789,8472 geneve=6081 gtp=2152 l2tp=1701 teredo=3544 "
			  "mpls=6635 vxlan-gpe=4790 ayiya=5072 lisp=4341";

static struct fa_tunnel_ports defaults(void)
{
	struct fa_wire wire;

	fa_wire_default(&wire);
	return wire.ports;
}

static void assert_text(const struct fa_tunnel_ports *ports, const char *want)
{
	char text[FA_TUNNEL_PORTS_TEXT];

	fa_tunnel_ports_text(ports, text);
	assert_string_equal(text, want);
}

static void default_settings(void **state)
{
	struct fa_wire wire;

	(void)state;
	memset(&wire, 0xa5, sizeof(wire));
	fa_wire_default(&wire);
	assert_int_equal(wire.max_headers, FA_WIRE_DEFAULT_HEADERS);
	assert_false(wire.key_vlan);
	assert_int_equal(wire.duplicates, FA_DUPLICATES_AUTO);
	assert_true(wire.duplicates_ns == FA_DUPLICATES_DEFAULT_NS);
	assert_text(&wire.ports, all);
}

static void kind_behind_each_port(void **state)
{
	struct fa_tunnel_ports ports = defaults();
	unsigned found = 0;

	(void)state;
	assert_int_equal(fa_tunnel_ports_kind(&ports, 4789), FA_TUNNEL_VXLAN);
	assert_int_equal(fa_tunnel_ports_kind(&ports, 8472), FA_TUNNEL_VXLAN);
	assert_int_equal(fa_tunnel_ports_kind(&ports, 1701), FA_TUNNEL_L2TP);
	assert_int_equal(fa_tunnel_ports_kind(&ports, 4789 + 64), FA_TUNNEL_NONE);
	for (unsigned port = 0; port <= UINT16_MAX; port++)
		found += fa_tunnel_ports_kind(&ports, (uint16_t)port) != FA_TUNNEL_NONE;
	assert_int_equal(found, ports.count);
}

static void set_replaces_one_kind(void **state)
{
	struct fa_tunnel_ports ports = defaults();

	(void)state;
	assert_int_equal(fa_tunnel_ports_set(&ports, "vxlan=1,65535,1"), 0);
	assert_int_equal(fa_tunnel_ports_kind(&ports, 1), FA_TUNNEL_VXLAN);
	assert_int_equal(fa_tunnel_ports_kind(&ports, 65535), FA_TUNNEL_VXLAN);
	assert_int_equal(fa_tunnel_ports_kind(&ports, 4789), FA_TUNNEL_NONE);
	assert_int_equal(fa_tunnel_ports_kind(&ports, 6081), FA_TUNNEL_GENEVE);
	assert_int_equal(ports.count, 11);
	assert_int_equal(fa_tunnel_ports_set(&ports, "vxlan=none"), 0);
	assert_int_equal(fa_tunnel_ports_kind(&ports, 1), FA_TUNNEL_NONE);
	assert_int_equal(ports.count, 9);
	assert_int_equal(fa_tunnel_ports_set(&ports, "none"), 0);
	assert_text(&ports, "none");
	assert_int_equal(fa_tunnel_ports_kind(&ports, 6081), FA_TUNNEL_NONE);
}

static void set_refuses_nonsense(void **state)
{
	static const char *const texts[] = {
		"",	      "vxlan",	  "vxlan=",	"vxlan=0",     "vxlan=65536", "vxlan=x",
		"vxlan=1,",   "vxlan=,1", "vxlan=1 ",	"vlan=1",      "erspan=1",    "=1",
		"wxlan=4789", "vxlan=-1", "vxlan=6081", "geneve=4789", "None",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct fa_tunnel_ports ports = defaults();

		if (fa_tunnel_ports_set(&ports, texts[i]) != FA_EINVAL)
			fail_msg("%s: taken", texts[i]);
		assert_text(&ports, all);
	}
}

static void assert_differences(const char *a, const char *b, const char *want_a, const char *want_b)
{
	struct fa_tunnel_ports of_a, of_b;
	char a_text[FA_TUNNEL_PORTS_TEXT], b_text[FA_TUNNEL_PORTS_TEXT];

	assert_int_equal(fa_tunnel_ports_parse(&of_a, a), 0);
	assert_int_equal(fa_tunnel_ports_parse(&of_b, b), 0);
	fa_tunnel_ports_differences(&of_a, &of_b, a_text, b_text);
	assert_string_equal(a_text, want_a);
	assert_string_equal(b_text, want_b);
}

static void only_kinds_that_differ_are_told(void **state)
{
	struct fa_tunnel_ports one, other;

	(void)state;
	assert_differences(all, all, "", "");
	assert_differences("gtp=2152 vxlan=4789,8472 geneve=1", "gtp=2152 vxlan=4789",
			   "vxlan=4789,8472 geneve=1", "vxlan=4789 geneve=none");
	assert_differences("none", "gtp=2152", "none", "gtp=2152");
	assert_differences("gtp=2152", "none", "gtp=2152", "none");
	assert_int_equal(fa_tunnel_ports_parse(&one, "gtp=2152 vxlan=4789"), 0);
	assert_int_equal(fa_tunnel_ports_parse(&other, "gtp=2152 geneve=4789"), 0);
	assert_int_equal(fa_tunnel_ports_differ(&one, &one), 0);
	assert_int_equal(fa_tunnel_ports_differ(&one, &other),
			 1u << FA_TUNNEL_VXLAN | 1u << FA_TUNNEL_GENEVE);
}

static void as_many_ports_as_there_is_room_for(void **state)
{
	struct fa_tunnel_ports ports = defaults();
	struct fa_tunnel_ports again;
	char text[FA_TUNNEL_PORTS_TEXT];
	char set[600];
	size_t used = (size_t)snprintf(set, sizeof(set), "vxlan=");

	(void)state;
	/* 64 with the nine of others; as text, more than one call takes. */
	for (unsigned port = 60001; used < 240; port++)
		used += (size_t)snprintf(set + used, sizeof(set) - used, "%s%u",
					 port > 60001 ? "," : "", port);
	assert_int_equal(fa_tunnel_ports_set(&ports, set), 0);
	fa_tunnel_ports_text(&ports, text);
	assert_int_equal(fa_tunnel_ports_parse(&again, text), 0);
	assert_int_equal(again.count, ports.count);
	snprintf(set + used, sizeof(set) - used, ",50001,50002,50003,50004,50005");
	assert_int_equal(fa_tunnel_ports_set(&ports, set), FA_EINVAL);

	used = (size_t)snprintf(set, sizeof(set), "geneve=");
	for (unsigned port = 1; port <= FA_TUNNEL_PORTS_MAX; port++)
		used += (size_t)snprintf(set + used, sizeof(set) - used, "%s%u",
					 port > 1 ? "," : "", port);
	assert_int_equal(fa_tunnel_ports_set(&again, "none"), 0);
	assert_int_equal(fa_tunnel_ports_set(&again, set), 0);
	assert_int_equal(again.count, FA_TUNNEL_PORTS_MAX);
	assert_int_equal(fa_tunnel_ports_set(&again, "gtp=2152"), FA_EINVAL);
	assert_int_equal(fa_tunnel_ports_kind(&again, FA_TUNNEL_PORTS_MAX), FA_TUNNEL_GENEVE);
}

static void texts_and_back(void **state)
{
	struct fa_tunnel_ports ports = defaults();
	struct fa_tunnel_ports again;

	(void)state;
	memset(&again, 0xa5, sizeof(again));
	assert_int_equal(fa_tunnel_ports_parse(&again, all), 0);
	assert_text(&again, all);
	for (uint32_t i = 0; i < ports.count; i++)
		assert_int_equal(fa_tunnel_ports_kind(&again, ports.items[i].port),
				 ports.items[i].tunnel);
	assert_int_equal(fa_tunnel_ports_parse(&again, "none"), 0);
	assert_int_equal(again.count, 0);
	assert_int_equal(fa_tunnel_ports_parse(&again, ""), FA_EINVAL);
	assert_int_equal(fa_tunnel_ports_parse(&again, "vxlan=1 geneve=1"), FA_EINVAL);
	assert_int_equal(fa_tunnel_ports_parse(&again, "vxlan=1  geneve=2"), FA_EINVAL);
}

static void duplicates_by_name(void **state)
{
	(void)state;
	for (int mode = 0; mode < FA_DUPLICATES_COUNT; mode++)
		assert_int_equal(fa_duplicates_parse(fa_duplicates_text((enum fa_duplicates)mode)),
				 mode);
	assert_int_equal(fa_duplicates_parse("on"), FA_DUPLICATES_ON);
	assert_int_equal(fa_duplicates_parse("ON"), -1);
	assert_int_equal(fa_duplicates_parse(""), -1);
}

static void test_key(void **state)
{
	bool key_vlan = true;

	(void)state;
	assert_string_equal(fa_wire_key_text(false), "plain");
	assert_string_equal(fa_wire_key_text(true), "vlan");
	assert_int_equal(fa_wire_key_parse("plain", &key_vlan), 0);
	assert_false(key_vlan);
	assert_int_equal(fa_wire_key_parse("vlan", &key_vlan), 0);
	assert_true(key_vlan);
	assert_int_equal(fa_wire_key_parse("vlans", &key_vlan), FA_EINVAL);
	assert_false(key_vlan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_key),
		cmocka_unit_test(default_settings),
		cmocka_unit_test(kind_behind_each_port),
		cmocka_unit_test(set_replaces_one_kind),
		cmocka_unit_test(set_refuses_nonsense),
		cmocka_unit_test(only_kinds_that_differ_are_told),
		cmocka_unit_test(as_many_ports_as_there_is_room_for),
		cmocka_unit_test(texts_and_back),
		cmocka_unit_test(duplicates_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
