/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Links that put an address family in front of IP, or nothing. */
#include "frames.h"

static const struct row families[] = {
	DECODES("big-endian", 0, "00000002" IP4_UDP, WANT_IP4_UDP),
	DECODES("little-endian", 0, "02000000" IP4_UDP, WANT_IP4_UDP),
	DECODES("ip6 linux", 0, "0a000000" IP6_UDP, WANT_IP6_UDP),
	DECODES("ip6 openbsd", 0, "18000000" IP6_UDP, WANT_IP6_UDP),
	DECODES("ip6 freebsd", 0, "0000001c" IP6_UDP, WANT_IP6_UDP),
	DECODES("ip6 macos", 0, "1e000000" IP6_UDP, WANT_IP6_UDP),
	FAILS("other family", 0, "00000007" IP4_UDP, NOT_IP),
	FAILS("family of both orders", 0, "02000002" IP4_UDP, NOT_IP),
	FAILS("short", 0, "000000", MALFORMED_LINK),
	FAILS("nothing behind", 0, "02000000", MALFORMED_IP),
	DECODES("loop", 108, "00000002" IP4_UDP, WANT_IP4_UDP),
	DECODES("loop ip6", 108, "00000018" IP6_UDP, WANT_IP6_UDP),
	FAILS("loop, short", 108, "000000", MALFORMED_LINK),
	DECODES("enc", 109, "02000000 00001234 00000c00" IP4_UDP, WANT_IP4_UDP),
	DECODES("enc, big-endian ip6", 109, "00000018 00001234 00000c00" IP6_UDP, WANT_IP6_UDP),
	FAILS("enc, other family", 109, "07000000 00001234 00000c00" IP4_UDP, NOT_IP),
	FAILS("enc, short", 109, "02000000 00001234 00000c", MALFORMED_LINK),
};

static const struct row bare[] = {
	DECODES("raw 12", 12, IP4_UDP, WANT_IP4_UDP),
	DECODES("raw 12 ip6", 12, IP6_UDP, WANT_IP6_UDP),
	DECODES("12 is loop of openbsd", 12, "00000002" IP4_UDP, WANT_IP4_UDP),
	DECODES("12 is loop of openbsd, ip6", 12, "00000018" IP6_UDP, WANT_IP6_UDP),
	FAILS("12 is loop of openbsd, osi", 12, "00000007" IP4_UDP, NOT_IP),
	FAILS("raw 12, neither", 12, "55aa", MALFORMED_IP),
	FAILS("raw 12, nothing", 12, "", MALFORMED_IP),
	DECODES("raw 14", 14, IP6_UDP, WANT_IP6_UDP),
	DECODES("raw 101", 101, IP6_UDP, WANT_IP6_UDP),
	DECODES("raw 101 ip4", 101, IP4_UDP, WANT_IP4_UDP),
	FAILS("raw, neither", 101, "55aa", MALFORMED_IP),
	FAILS("raw, nothing", 101, "", MALFORMED_IP),
	DECODES("ipv4", 228, IP4_UDP, WANT_IP4_UDP),
	FAILS("ipv4 holds ip6", 228, IP6_UDP, MALFORMED_IP),
	DECODES("ipv6", 229, IP6_UDP, WANT_IP6_UDP),
	FAILS("ipv6 holds ip4", 229, IP4_UDP "0000000000000000", MALFORMED_IP),
};

static void address_families(void **state)
{
	(void)state;
	check_all(families, COUNT(families));
}

static void bare_ip(void **state)
{
	(void)state;
	check_all(bare, COUNT(bare));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(address_families),
		cmocka_unit_test(bare_ip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
