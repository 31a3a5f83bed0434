/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What things are called in reports for people. */
#include "report/words.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *word(const char *const *words, size_t count, size_t index)
{
	return index < count && words[index] != NULL ? words[index] : "";
}

const char *fa_words_detection(uint8_t detected_by)
{
	static const char *const words[FA_DETECTED_COUNT] = {
		[FA_DETECTED_DPI] = "seen by inspection",
		[FA_DETECTED_DPI_PARTIAL] = "seen by inspection with the help of other flows",
		[FA_DETECTED_SIGNATURE] = "seen by a signature of the catalog",
		[FA_DETECTED_PORT_GUESS] = "only guessed from the port",
		[FA_DETECTED_ADDRESS_GUESS] = "only guessed from the address",
		[FA_DETECTED_NONE] = "protocol not recognised",
	};

	return word(words, COUNT(words), detected_by);
}

const char *fa_words_direction(uint8_t direction_by)
{
	static const char *const words[FA_BY_COUNT] = {
		[FA_BY_SYN] = "client known by the handshake",
		[FA_BY_SYN_ACK] = "client known by the handshake",
		[FA_BY_PROTOCOL] = "client known by the protocol",
		[FA_BY_CATALOG_PORT] = "server taken from its documented port",
		[FA_BY_DEGREE] = "server taken from its many clients",
		[FA_BY_FIRST_PACKET] = "which side is the server is not known",
	};

	return word(words, COUNT(words), direction_by);
}

const char *fa_words_decode_result(enum fa_decode_result result)
{
	static const char *const words[FA_DECODE_COUNT] = {
		[FA_DECODE_DECODED] = "IP packets with addresses and ports",
		[FA_DECODE_NOT_IP] = "ARP, STP, LLDP and others that are not IP",
		[FA_DECODE_UNKNOWN_LINK] = "the link type has no decoder here",
		[FA_DECODE_TRUNCATED] = "the snapshot ends inside a header",
		[FA_DECODE_MALFORMED_LINK] = "the link header contradicts itself",
		[FA_DECODE_MALFORMED_IP] = "wrong IP version, header length or total length",
		[FA_DECODE_MALFORMED_TRANSPORT] = "transport header shorter than it must be",
		[FA_DECODE_TOO_MANY_HEADERS] = "nested deeper than --max-headers",
		[FA_DECODE_ENCRYPTED] = "link-layer encryption hides the rest",
		[FA_DECODE_ENCAPSULATION] = "a tunnel or tag that cannot be peeled",
	};

	return word(words, COUNT(words), result);
}

const char *fa_words_waiver_status(enum fa_waiver_status status)
{
#define FA_X(name, text) text,
	static const char *const words[] = {FA_WAIVER_STATUSES(FA_X)};
#undef FA_X

	return word(words, COUNT(words), status);
}

/* Nobody can tell whether a replay without an end is still written; of live runs the store can. */
const char *fa_words_state(const struct fa_stored_run *run)
{
	if (run->info.kind == FA_RUN_LIVE && run->totals.end == FA_RUN_UNFINISHED)
		return "running";
	return fa_run_end_text(run->totals.end);
}

const char *fa_words_remedy(enum fa_reason reason)
{
	static const char *const words[FA_REASON_COUNT] = {
		[FA_REASON_TRUNCATED] = "if a snapshot length cut them: capture whole packets (tcpdump -s 0)",
		[FA_REASON_DIRECTION_UNKNOWN] =
			"capture longer, so that the connections are seen opening",
		[FA_REASON_NO_PAYLOAD] = "capture longer, so that the connections are seen in use",
		[FA_REASON_ENDED_TOO_SOON] = "capture longer",
		[FA_REASON_ONLY_GUESSED] = "capture from the start of the connections",
		[FA_REASON_NOT_RECOGNISED] =
			"a catalog signature for the protocol would settle it",
		[FA_REASON_FRAGMENT] = "check that the tap sees every path of the packets",
		[FA_REASON_AS_UNKNOWN] =
			"give the site file a list of prefixes (autonomous-systems)",
		[FA_REASON_ROLE_UNPLACED] = "say in the site file who has the role",
		[FA_REASON_HOST_UNKNOWN] = "capture the DNS answers of these clients, too",
		[FA_REASON_DNS_EXPIRED] = "capture the DNS answers of these clients, too",
	};

	return word(words, COUNT(words), reason);
}

const char *fa_words_link_type(int32_t link_type, char text[FA_LINK_TYPE_TEXT])
{
	/* 12 and 14 are raw IP as libpcap numbers it on some systems. */
	static const struct {
		int32_t value;
		const char *name;
	} names[] = {
		{0, "NULL"},
		{1, "ETHERNET"},
		{6, "IEEE802_5"},
		{8, "SLIP"},
		{9, "PPP"},
		{10, "FDDI"},
		{11, "ATM_RFC1483"},
		{12, "RAW"},
		{14, "RAW"},
		{50, "PPP_HDLC"},
		{51, "PPP_ETHER"},
		{100, "ATM_RFC1483"},
		{101, "RAW"},
		{104, "C_HDLC"},
		{105, "IEEE802_11"},
		{107, "FRELAY"},
		{108, "LOOP"},
		{109, "ENC"},
		{112, "NETBSD_HDLC"},
		{113, "LINUX_SLL"},
		{117, "PFLOG"},
		{119, "IEEE802_11_PRISM"},
		{122, "IP_OVER_FC"},
		{123, "SUNATM"},
		{127, "IEEE802_11_RADIOTAP"},
		{138, "APPLE_IP_OVER_IEEE1394"},
		{163, "IEEE802_11_AVS"},
		{166, "PPP_PPPD"},
		{189, "USB_LINUX"},
		{192, "PPI"},
		{195, "IEEE802_15_4_WITHFCS"},
		{204, "PPP_WITH_DIR"},
		{205, "C_HDLC_WITH_DIR"},
		{206, "FRELAY_WITH_DIR"},
		{219, "MPLS"},
		{220, "USB_LINUX_MMAPPED"},
		{226, "IPNET"},
		{228, "IPV4"},
		{229, "IPV6"},
		{239, "NFLOG"},
		{240, "NETANALYZER"},
		{241, "NETANALYZER_TRANSPARENT"},
		{242, "IPOIB"},
		{258, "PKTAP"},
		{274, "ETHERNET_MPACKET"},
		{276, "LINUX_SLL2"},
		{281, "DSA_TAG_BRCM"},
		{282, "DSA_TAG_BRCM_PREPEND"},
		{284, "DSA_TAG_DSA"},
		{285, "DSA_TAG_EDSA"},
	};

	for (size_t i = 0; i < COUNT(names); i++)
		if (names[i].value == link_type)
			return names[i].name;
	snprintf(text, FA_LINK_TYPE_TEXT, "linktype-%d", (int)link_type);
	return text;
}

void fa_words_differs(struct fa_buffer *buffer, unsigned differs)
{
	static const char *const words[FA_DIFFERENCE_COUNT] = {
		[FA_DIFFERS_INDEX_PORT] = "port",
		[FA_DIFFERS_INDEX_TRANSPORT] = "transport",
		[FA_DIFFERS_INDEX_PROTOCOL] = "protocol",
		[FA_DIFFERS_INDEX_DIRECTION] = "direction",
		[FA_DIFFERS_INDEX_HOST] = "host name",
		[FA_DIFFERS_INDEX_NETWORK] = "network",
		[FA_DIFFERS_INDEX_SCOPE] = "scope",
		[FA_DIFFERS_INDEX_CLIENT] = "client",
		[FA_DIFFERS_INDEX_SERVER] = "server",
		[FA_DIFFERS_INDEX_INSTANCE] = "instance",
		[FA_DIFFERS_INDEX_PRODUCT] = "product",
	};
	unsigned left = 0;
	bool one;

	for (unsigned i = 0; i < FA_DIFFERENCE_COUNT; i++)
		left += differs >> i & 1;
	if (left == 0)
		return;
	one = left == 1;
	if (one)
		fa_buffer_add(buffer, "only the ");
	for (unsigned i = 0; i < FA_DIFFERENCE_COUNT; i++) {
		if ((differs >> i & 1) == 0)
			continue;
		left--;
		fa_buffer_addf(buffer, "%s%s", words[i],
			       left > 1 ? ", " : left == 1 ? " and " : "");
	}
	fa_buffer_add(buffer, one ? " differs" : " differ");
}

void fa_words_port(struct fa_buffer *buffer, uint8_t transport, uint16_t port)
{
	char text[FA_TRANSPORT_TEXT];
	const char *name = fa_transport_text(transport, text);

	if (fa_transport_is_icmp(transport))
		fa_buffer_addf(buffer, " %s type %u code %u", name, port >> 8, port & 0xffu);
	else if (port == 0 && strncmp(name, "ip-", 3) == 0)
		fa_buffer_addf(buffer, " %s", name);
	else
		fa_buffer_addf(buffer, ":%u/%s", port, name);
}

void fa_words_server(struct fa_buffer *buffer, const struct fa_addr *server, uint8_t transport,
		     uint16_t port)
{
	char text[FA_ADDR_TEXT];

	fa_buffer_addf(buffer, server->version == 6 ? "[%s]" : "%s", fa_addr_text(server, text));
	fa_words_port(buffer, transport, port);
}

void fa_words_period(struct fa_buffer *buffer, int64_t first_ns, int64_t last_ns)
{
	char first[FA_TIME_TEXT];
	char last[FA_TIME_TEXT];
	const size_t date_len = sizeof("2026-11-21 ") - 1;

	if (first_ns > last_ns)
		return;
	fa_time_text_short(first_ns, first);
	fa_time_text_short(last_ns, last);
	fa_buffer_add(buffer, first);
	if (strcmp(first, last) == 0)
		return;
	fa_buffer_addf(buffer, " .. %s",
		       strncmp(first, last, date_len) == 0 ? last + date_len : last);
}

void fa_words_citation(struct fa_buffer *buffer, const struct fa_stored_rule *rule)
{
	fa_buffer_safe(buffer, rule->product);
	fa_buffer_add(buffer, " · ");
	fa_buffer_safe(buffer, rule->component_name);
	if (strcmp(rule->component_name, rule->section) != 0) {
		fa_buffer_add(buffer, " · \"");
		fa_buffer_safe(buffer, rule->section);
		fa_buffer_add(buffer, "\"");
	}
	if (rule->row == NULL || rule->row[0] == '\0')
		return;
	fa_buffer_add(buffer, ", row \"");
	fa_buffer_clip(buffer, rule->row, 60);
	fa_buffer_add(buffer, "\"");
}

void fa_words_rule_ports(struct fa_buffer *buffer, const struct fa_stored_rule *rule)
{
	if (rule->ports[0] == '\0') {
		fa_buffer_safe(buffer, rule->transports);
		fa_buffer_add(buffer, " (no fixed port)");
		return;
	}
	fa_buffer_safe(buffer, rule->transports);
	fa_buffer_add(buffer, " ");
	fa_buffer_clip(buffer, rule->ports, 60);
}

uint64_t fa_not_decoded(const struct fa_capture_counts *capture)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < FA_DECODE_COUNT; i++)
		if (i != FA_DECODE_DECODED)
			sum += capture->results[i];
	return sum;
}
