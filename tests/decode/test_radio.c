/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Headers about the radio in front of 802.11 frames. */
#include "frames.h"

#define ADDRESSES "020000000001 020000000002 020000000003"
#define DATA	  "0802 0000" ADDRESSES "1000 aaaa03 000000 0800" IP4_UDP
#define QOS	  "8802 0000" ADDRESSES "1000 0600"
#define SNAP_IP4  "aaaa03 000000 0800"
#define FCS	  "deadbeef"

/* Sent by the capturing host, which leaves the length to its card: the frame tells it. */
#define OPEN_DATA "0801 0000" ADDRESSES "1000 aaaa03 000000 0800" IP4("0000", "11") UDP_HELLO

static const struct row radiotap[] = {
	DECODES("no fields", 127, "0000 0800 00000000" DATA, WANT_IP4_UDP),
	DECODES("flags: none", 127, "0000 0900 02000000 00" DATA, WANT_IP4_UDP),
	DECODES("flags: checksum", 127, "0000 0900 02000000 10" DATA FCS, WANT_IP4_UDP),
	DECODES("checksum is none of the packet", 127, "0000 0900 02000000 10" OPEN_DATA FCS,
		WANT_IP4_UDP),
	DECODES("time and flags", 127, "0000 1100 03000000 4040404040404040 10" DATA FCS,
		WANT_IP4_UDP),
	DECODES("time and no flags", 127, "0000 1100 05000000 4040404040404040 50" DATA,
		WANT_IP4_UDP),
	DECODES("of a vendor", 127, "0000 0e00 00000040 001122 00 0000" DATA, WANT_IP4_UDP),
	DECODES("time is aligned", 127,
		"0000 1900 030000a0 00000020 00000000 0102030405060708 10" DATA FCS, WANT_IP4_UDP),
	DECODES("time is aligned, gap", 127,
		"0000 1900 03000080 00000000 00000000 0102030405060708 10" DATA FCS, WANT_IP4_UDP),
	DECODES("more fields", 127, "0000 0e00 0e000000 10 02 6c09 a000 " DATA FCS, WANT_IP4_UDP),
	DECODES("padded body", 127, "0000 0900 02000000 20" QOS "0000" SNAP_IP4 IP4_UDP,
		WANT_IP4_UDP),
	DECODES("padded body, four addresses", 127,
		"0000 0900 02000000 20 0803 0000" ADDRESSES
		"1000 020000000004 0000" SNAP_IP4 IP4_UDP,
		WANT_IP4_UDP),
	DECODES("padded body that needs none", 127, "0000 0900 02000000 20" DATA, WANT_IP4_UDP),
	DECODES("padded body, checksum", 127,
		"0000 0900 02000000 30" QOS "0000" SNAP_IP4 IP4_UDP FCS, WANT_IP4_UDP),
	FAILS("wrong checksum", 127, "0000 0900 02000000 50" DATA FCS, MALFORMED_LINK),
	FAILS("checksum for a frame", 127, "0000 0900 02000000 10 0802", MALFORMED_LINK),
	FAILS("checksum for a header", 127, "0000 0900 02000000 10 0802 0000 020000000001",
	      MALFORMED_LINK),
	FAILS("version", 127, "0100 0800 00000000" DATA, MALFORMED_LINK),
	FAILS("length too small", 127, "0000 0700 00000000" DATA, MALFORMED_LINK),
	FAILS("length beyond the frame", 127, "0000 ffff 00000000" DATA, MALFORMED_LINK),
	FAILS("words beyond the length", 127, "0000 0800 00000080" DATA, MALFORMED_LINK),
	FAILS("endless words", 127, "0000 1000 00000080 00000080 00000080" DATA, MALFORMED_LINK),
	FAILS("time beyond the length", 127, "0000 0c00 01000000 01020304" DATA, MALFORMED_LINK),
	FAILS("flags beyond the length", 127, "0000 0800 02000000" DATA, MALFORMED_LINK),
	FAILS("short", 127, "0000 08", MALFORMED_LINK),
	FAILS("nothing behind", 127, "0000 0800 00000000", MALFORMED_LINK),
	FAILS("beacon", 127, "0000 0800 00000000 8000 0000" ADDRESSES "1000", NOT_IP),
	FAILS("protected", 127, "0000 0800 00000000 0842 0000" ADDRESSES "1000", ENCRYPTED),
};

#define ZERO_16 "00000000000000000000000000000000"
#define ZERO_56 ZERO_16 ZERO_16 ZERO_16 "0000000000000000"
#define PRISM_VALUES                                                                               \
	"77616e3000000000 0000000000000000" ZERO_16 ZERO_16 ZERO_16 ZERO_16 ZERO_16 ZERO_16        \
		ZERO_16 "0000000000000000"

static const struct row prism_and_avs[] = {
	DECODES("prism", 119, "44000000 90000000" PRISM_VALUES DATA, WANT_IP4_UDP),
	DECODES("prism, other code", 119, "41000000 90000000" PRISM_VALUES DATA, WANT_IP4_UDP),
	DECODES("prism, big-endian", 119, "00000044 00000090" PRISM_VALUES DATA, WANT_IP4_UDP),
	DECODES("prism, no values", 119, "44000000 18000000 77616e3000000000 0000000000000000" DATA,
		WANT_IP4_UDP),
	DECODES("avs for prism", 119, "80211001 00000040" ZERO_56 DATA, WANT_IP4_UDP),
	FAILS("prism, code", 119, "45000000 90000000" PRISM_VALUES DATA, MALFORMED_LINK),
	FAILS("prism, length too small", 119, "44000000 17000000" PRISM_VALUES DATA,
	      MALFORMED_LINK),
	FAILS("prism, length beyond the frame", 119, "44000000 ffffffff" PRISM_VALUES DATA,
	      MALFORMED_LINK),
	FAILS("prism, short", 119, "44000000 900000", MALFORMED_LINK),
	DECODES("avs", 163, "80211001 00000040" ZERO_56 DATA, WANT_IP4_UDP),
	DECODES("avs, shortest", 163, "80211002 00000008" DATA, WANT_IP4_UDP),
	FAILS("avs, magic", 163, "80212001 00000040" ZERO_56 DATA, MALFORMED_LINK),
	FAILS("avs, length too small", 163, "80211001 00000007" DATA, MALFORMED_LINK),
	FAILS("avs, length beyond the frame", 163, "80211001 ffffffff" DATA, MALFORMED_LINK),
	FAILS("avs, short", 163, "80211001 000000", MALFORMED_LINK),
};

/* Type 2 and 20 bytes: time, flags, and what does not matter. */
#define COMMON(flags) "0200 1400 0102030405060708" flags "0200 6c09 a000 00 00 d8 a6"

static const struct row ppi[] = {
	DECODES("no fields", 192, "00 00 0800 69000000" DATA, WANT_IP4_UDP),
	DECODES("common", 192, "00 00 2000 69000000" COMMON("0000") DATA, WANT_IP4_UDP),
	DECODES("checksum", 192, "00 00 2000 69000000" COMMON("0100") DATA FCS, WANT_IP4_UDP),
	DECODES("checksum is none of the packet", 192,
		"00 00 2000 69000000" COMMON("0100") OPEN_DATA FCS, WANT_IP4_UDP),
	DECODES("behind another field", 192,
		"00 00 2800 69000000 0400 0400 01020304" COMMON("0100") DATA FCS, WANT_IP4_UDP),
	DECODES("ethernet", 192, "00 00 0800 01000000" ETHER("0800") IP4_UDP, WANT_IP4_UDP),
	DECODES("radiotap", 192, "00 00 0800 7f000000 0000 0800 00000000" DATA, WANT_IP4_UDP),
	FAILS("wrong checksum", 192, "00 00 2000 69000000" COMMON("0500") DATA FCS, MALFORMED_LINK),
	FAILS("damaged", 192, "00 00 2000 69000000" COMMON("0800") DATA, MALFORMED_LINK),
	FAILS("version", 192, "01 00 0800 69000000" DATA, MALFORMED_LINK),
	FAILS("length too small", 192, "00 00 0700 69000000" DATA, MALFORMED_LINK),
	FAILS("length beyond the frame", 192, "00 00 ffff 69000000" DATA, MALFORMED_LINK),
	FAILS("field beyond the length", 192, "00 00 1000 69000000 0400 ffff 01020304" DATA,
	      MALFORMED_LINK),
	FAILS("a byte of a field", 192, "00 00 0900 69000000 02" DATA, MALFORMED_LINK),
	FAILS("half a field", 192, "00 00 0b00 69000000 020014" DATA, MALFORMED_LINK),
	FAILS("common, too short", 192, "00 00 1400 69000000 0200 0800 0102030405060708" DATA,
	      MALFORMED_LINK),
	FAILS("unknown link", 192, "00 00 0800 bd000000" DATA, ENCAPSULATION),
	FAILS("no number of a link", 192, "00 00 0800 69000100" DATA, ENCAPSULATION),
	FAILS("short", 192, "00 00 0800 690000", MALFORMED_LINK),
};

static void radiotap_headers(void **state)
{
	(void)state;
	check_all(radiotap, COUNT(radiotap));
}

static void prism_and_avs_headers(void **state)
{
	(void)state;
	check_all(prism_and_avs, COUNT(prism_and_avs));
}

static void ppi_headers(void **state)
{
	(void)state;
	check_all(ppi, COUNT(ppi));
}

/* Headers that carry themselves are counted. */
static void ppi_in_ppi_has_a_limit(void **state)
{
	static const uint8_t header[8] = {0, 0, 8, 0, 192};
	uint8_t bytes[sizeof(header) * (FA_WIRE_DEFAULT_HEADERS + 2)];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = header[i % sizeof(header)];
	assert_result("endless", FA_DECODE_TOO_MANY_HEADERS,
		      decode(&decoder, 192, bytes, sizeof(bytes), sizeof(bytes)).result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(radiotap_headers),
		cmocka_unit_test(prism_and_avs_headers),
		cmocka_unit_test(ppi_headers),
		cmocka_unit_test(ppi_in_ppi_has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
