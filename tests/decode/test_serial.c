/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Serial lines: PPP and Cisco HDLC. */
#include "frames.h"

static const struct row ppp[] = {
	DECODES("plain", 9, "ff03 0021" IP4_UDP, WANT_IP4_UDP),
	DECODES("no framing", 9, "0057" IP6_UDP, WANT_IP6_UDP),
	DECODES("short protocol", 9, "ff03 21" IP4_UDP, WANT_IP4_UDP),
	DECODES("hdlc", 50, "ff03 0057" IP6_UDP, WANT_IP6_UDP),
	DECODES("hdlc, cisco", 50, "0f00 0800" IP4_UDP, WANT_IP4_UDP),
	DECODES("cisco broadcast", 9, "8f00 0800" IP4_UDP, WANT_IP4_UDP),
	DECODES("mpls", 9, "ff03 0281 00010140" IP4_UDP, WANT_IP4_UDP),
	FAILS("lcp", 9, "ff03 c021 0101", NOT_IP),
	FAILS("encrypted", 9, "ff03 0053 0101", ENCRYPTED),
	FAILS("compressed", 9, "ff03 00fd 0101", ENCAPSULATION),
	FAILS("only framing", 9, "ff03", MALFORMED_LINK),
	FAILS("half a protocol", 9, "ff03 00", MALFORMED_LINK),
	FAILS("nothing", 9, "", MALFORMED_LINK),
};

static const struct row directed[] = {
	DECODES("pppd, received", 166, "0003 0021" IP4_UDP, WANT_IP4_UDP),
	DECODES("pppd, sent", 166, "0103 0057" IP6_UDP, WANT_IP6_UDP),
	DECODES("pppd, an address", 166, "ff03 0021" IP4_UDP, WANT_IP4_UDP),
	FAILS("pppd lcp", 166, "0103 c021 0101", NOT_IP),
	FAILS("pppd, short", 166, "01", MALFORMED_LINK),
	FAILS("pppd, half a protocol", 166, "0103 00", MALFORMED_LINK),
	DECODES("ppp, received", 204, "00 ff03 0021" IP4_UDP, WANT_IP4_UDP),
	DECODES("ppp, sent, no framing", 204, "07 0057" IP6_UDP, WANT_IP6_UDP),
	FAILS("ppp, only the direction", 204, "00", MALFORMED_LINK),
	FAILS("ppp, nothing", 204, "", MALFORMED_LINK),
	DECODES("cisco hdlc, received", 205, "00 0f00 0800" IP4_UDP, WANT_IP4_UDP),
	DECODES("cisco hdlc, sent", 205, "01 8f00 86dd" IP6_UDP, WANT_IP6_UDP),
	FAILS("cisco hdlc, only the direction", 205, "01", MALFORMED_LINK),
};

static const struct row cisco_hdlc[] = {
	DECODES("ip4", 104, "0f00 0800" IP4_UDP, WANT_IP4_UDP),
	DECODES("netbsd", 112, "0f00 86dd" IP6_UDP, WANT_IP6_UDP),
	DECODES("mpls", 104, "0f00 8847 00010140" IP4_UDP, WANT_IP4_UDP),
	FAILS("slarp", 104, "8f00 8035 00000002", NOT_IP),
	FAILS("cdp", 104, "8f00 2000 02b4", NOT_IP),
	FAILS("short", 104, "0f00 08", MALFORMED_LINK),
};

static void ppp_frames(void **state)
{
	(void)state;
	check_all(ppp, COUNT(ppp));
}

static void a_direction_in_front(void **state)
{
	(void)state;
	check_all(directed, COUNT(directed));
}

static void cisco_frames(void **state)
{
	(void)state;
	check_all(cisco_hdlc, COUNT(cisco_hdlc));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ppp_frames),
		cmocka_unit_test(a_direction_in_front),
		cmocka_unit_test(cisco_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
