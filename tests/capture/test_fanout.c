/* SPDX-License-Identifier: GPL-3.0-or-later */
/* By what packets are shared out. The kernel itself does it in test_live_shared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <linux/if_arp.h>
#include <linux/if_packet.h>
#include <pcap/pcap.h>

#include "decode/decode.h"
#include "fanout_run.h"
#include "packets.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define ETHERNET     14
#define UDP_4	     (&(struct packet_ip){.from = A, .to = B, .next = PACKET_UDP})
#define UDP_4_BACK   (&(struct packet_ip){.from = B, .to = A, .next = PACKET_UDP})

enum { A = 1, B = 2, ROUTER = 254, OTHER = 77 }; /* hosts */

static struct packet frame4(const struct packet_ip *ip)
{
	struct packet packet = {.len = 0};

	packet_ether(&packet, 0x0800);
	packet_ip4(&packet, ip);
	return packet;
}

static struct packet frame6(const struct packet_ip *ip)
{
	struct packet packet = {.len = 0};

	packet_ether(&packet, 0x86dd);
	packet_ip6(&packet, ip);
	return packet;
}

/* Of two IPv4 hosts. */
static uint32_t pair4(uint32_t from, uint32_t to)
{
	struct packet packet = frame4(&(struct packet_ip){from, to, 253, 0, 0});

	return fanout_number(&packet);
}

static uint32_t pair6(uint32_t from, uint32_t to)
{
	struct packet packet = frame6(&(struct packet_ip){from, to, 59, 0, 0});

	return fanout_number(&packet);
}

/* From FROM to A, of TYPE, about a packet from A to B. */
static struct packet error4(uint32_t from, uint8_t type)
{
	struct packet packet = frame4(&(struct packet_ip){from, A, PACKET_ICMP, 0, 0});

	packet_icmp(&packet, type);
	packet_ip4(&packet, UDP_4);
	packet_udp(&packet, 1000, 53);
	return packet;
}

static struct packet error6(uint32_t from, uint8_t type)
{
	struct packet packet = frame6(&(struct packet_ip){from, A, PACKET_ICMP6, 0, 0});

	packet_icmp(&packet, type);
	packet_ip6(&packet, UDP_4);
	packet_udp(&packet, 1000, 53);
	return packet;
}

static void both_ways(void **state)
{
	(void)state;
	assert_int_equal(pair4(A, B), pair4(B, A));
	assert_int_equal(pair6(A, B), pair6(B, A));
	assert_int_not_equal(pair4(A, B), pair4(A, ROUTER));
	assert_int_not_equal(pair6(A, B), pair6(A, ROUTER));
	assert_int_not_equal(pair4(A, A), pair4(B, B));
}

/* Each of the four words of an address counts, and the same in both. */
static void all_of_an_address_counts(void **state)
{
	uint32_t seen[32];
	struct packet packet;

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(seen); i++) {
		packet = frame6(UDP_4);
		packet.bytes[ETHERNET + 8 + i] ^= 1;
		seen[i] = fanout_number(&packet);
		assert_int_not_equal(seen[i], pair6(A, B));
		for (unsigned j = 0; j < i; j++)
			assert_int_not_equal(seen[i], seen[j]);
	}
}

static void nothing_but_the_hosts_counts(void **state)
{
	(void)state;
	for (unsigned next = 0; next < 256; next++) {
		struct packet packet = frame4(&(struct packet_ip){A, B, (uint8_t)next, 0, 0});

		if (next == PACKET_IPIP || next == PACKET_IP6)
			continue;
		packet_udp(&packet, (uint16_t)(next * 7), 53);
		assert_int_equal(fanout_number(&packet), pair4(A, B));
		packet = frame6(&(struct packet_ip){B, A, (uint8_t)next, 0, 0});
		packet_udp(&packet, (uint16_t)(next * 7), 53);
		if (next != PACKET_ICMP6) /* of some type */
			assert_int_equal(fanout_number(&packet), pair6(A, B));
	}
}

static void options_are_passed_over(void **state)
{
	struct packet packet;

	(void)state;
	for (unsigned options = 0; options <= 10; options++) {
		packet = frame4(&(struct packet_ip){A, B, PACKET_UDP, 0, options});
		assert_int_equal(fanout_number(&packet), pair4(A, B));
		packet = frame4(&(struct packet_ip){ROUTER, A, PACKET_ICMP, 0, options});
		packet_icmp(&packet, 3);
		packet_ip4(&packet, &(struct packet_ip){A, B, PACKET_UDP, 0, 10 - options});
		assert_int_equal(fanout_number(&packet), pair4(A, B));
	}
}

/* Offset 0 with more to come, in the middle, the last one. */
static void fragments_follow(void **state)
{
	static const uint16_t fragments[] = {PACKET_MORE_FRAGMENTS, PACKET_MORE_FRAGMENTS | 185,
					     370};

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(fragments); i++) {
		struct packet_ip ip = {B, A, PACKET_UDP, fragments[i], 0};
		struct packet packet = frame4(&ip);

		packet_udp(&packet, 53, 1000);
		assert_int_equal(fanout_number(&packet), pair4(A, B));
		/* One of an error goes where its other pieces can be known to go. */
		ip = (struct packet_ip){ROUTER, A, PACKET_ICMP, fragments[i], 0};
		packet = frame4(&ip);
		packet_icmp(&packet, 3);
		packet_ip4(&packet, UDP_4);
		assert_int_equal(fanout_number(&packet), pair4(ROUTER, A));
	}
}

static bool is_one_of(unsigned value, const uint8_t *list)
{
	return memchr(list, (int)value, strlen((const char *)list)) != NULL && value != 0;
}

static void errors_go_with_what_they_quote(void **state)
{
	static const uint8_t quoting[] = {3, 4, 5, 11, 12, 0};
	static const uint8_t quoting6[] = {1, 2, 3, 4, 0};

	(void)state;
	for (unsigned type = 0; type < 256; type++) {
		struct packet packet = error4(ROUTER, (uint8_t)type);

		assert_int_equal(fanout_number(&packet),
				 is_one_of(type, quoting) ? pair4(A, B) : pair4(ROUTER, A));
		packet = error6(ROUTER, (uint8_t)type);
		assert_int_equal(fanout_number(&packet),
				 is_one_of(type, quoting6) ? pair6(A, B) : pair6(ROUTER, A));
	}
}

/* A port that nobody listens on; and what quotes no IP of its own kind. */
static void errors_of_hosts(void **state)
{
	struct packet packet = error4(B, 3);

	(void)state;
	assert_int_equal(fanout_number(&packet), pair4(A, B));
	packet = error6(B, 1);
	assert_int_equal(fanout_number(&packet), pair6(A, B));
	packet = frame4(&(struct packet_ip){ROUTER, A, PACKET_ICMP, 0, 0});
	packet_icmp(&packet, 3);
	packet_ip6(&packet, UDP_4);
	assert_int_equal(fanout_number(&packet), pair4(ROUTER, A));
	packet = frame6(&(struct packet_ip){ROUTER, A, PACKET_ICMP6, 0, 0});
	packet_icmp(&packet, 1);
	packet_ip4(&packet, UDP_4);
	packet_ip4(&packet, UDP_4);
	assert_int_equal(fanout_number(&packet), pair6(ROUTER, A));
}

static const uint16_t tags[] = {0x8100, 0x88a8, 0x9100, 0x9200};

/* Tags in front of PACKET, the last of them of kind FIRST. */
static struct packet tagged(unsigned count, unsigned first, const struct packet *packet)
{
	struct packet out = {.len = 0};

	packet_add(&out, packet->bytes, ETHERNET - 2);
	/* Tags that look like the beginning of an IP header. */
	for (unsigned i = 0; i < count; i++) {
		uint16_t type = tags[(first + i) % ARRAY_LEN(tags)];

		packet_add(&out, (uint8_t[]){(uint8_t)(type >> 8), (uint8_t)type, 0x45, 0}, 4);
	}
	packet_add(&out, packet->bytes + ETHERNET - 2, packet->len - ETHERNET + 2);
	return out;
}

static void tags_are_passed_over(void **state)
{
	struct packet plain[] = {frame4(UDP_4), frame6(UDP_4), error4(ROUTER, 3),
				 error6(ROUTER, 1)};

	(void)state;
	for (unsigned count = 1; count <= 3; count++)
		for (unsigned first = 0; first < ARRAY_LEN(tags); first++)
			for (unsigned i = 0; i < ARRAY_LEN(plain); i++) {
				struct packet packet = tagged(count, first, &plain[i]);

				assert_int_equal(fanout_number(&packet), fanout_number(&plain[i]));
			}
}

static void mpls_and_pppoe(void **state)
{
	static const uint8_t label[] = {0x45, 0, 0, 0};
	static const uint8_t bottom[] = {0x45, 0, 1, 0};

	(void)state;
	for (unsigned labels = 1; labels <= 5; labels++) {
		struct packet packet = {.len = 0};

		packet_ether(&packet, labels % 2 ? 0x8847 : 0x8848);
		for (unsigned i = 1; i < labels; i++)
			packet_add(&packet, label, 4);
		packet_add(&packet, bottom, 4);
		packet_ip4(&packet, UDP_4_BACK);
		assert_int_equal(fanout_number(&packet), labels < 5 ? pair4(A, B) : 0);
	}
	for (unsigned protocol = 0x21; protocol <= 0x57; protocol += 0x57 - 0x21) {
		struct packet packet = {.len = 0};

		packet_ether(&packet, 0x8864);
		packet_add(&packet, (uint8_t[]){0x11, 0, 0, 1, 0, 99, 0, (uint8_t)protocol}, 8);
		if (protocol == 0x21)
			packet_ip4(&packet, UDP_4_BACK);
		else
			packet_ip6(&packet, UDP_4_BACK);
		assert_int_equal(fanout_number(&packet),
				 protocol == 0x21 ? pair4(A, B) : pair6(A, B));
		packet.bytes[ETHERNET + 6] = 0xc0; /* a control protocol */
		assert_int_equal(fanout_number(&packet), 0);
	}
}

/* As the decoder has it: the inner pair; of a fragment that has not the inner header, the outer. */
static void tunnels(void **state)
{
	struct packet packet;

	(void)state;
	for (unsigned kind = 0; kind < 4; kind++) {
		uint8_t next = kind % 2 ? PACKET_IP6 : PACKET_IPIP;
		struct packet_ip outer = {ROUTER, OTHER, next, 0, kind / 2 ? 0 : 3};

		packet = kind / 2 ? frame6(&outer) : frame4(&outer);
		if (kind % 2)
			packet_ip6(&packet, UDP_4_BACK);
		else
			packet_ip4(&packet, UDP_4_BACK);
		assert_int_equal(fanout_number(&packet), kind % 2 ? pair6(A, B) : pair4(A, B));
	}
	packet = frame4(&(struct packet_ip){ROUTER, OTHER, PACKET_IPIP, PACKET_MORE_FRAGMENTS, 0});
	packet_ip4(&packet, UDP_4);
	assert_int_equal(fanout_number(&packet), pair4(A, B));
	packet = frame4(&(struct packet_ip){ROUTER, OTHER, PACKET_IPIP, 185, 0});
	packet_ip4(&packet, UDP_4);
	assert_int_equal(fanout_number(&packet), pair4(ROUTER, OTHER));
	packet = frame4(&(struct packet_ip){OTHER, ROUTER, PACKET_IPIP, 0, 0});
	packet_add(&packet, error4(ROUTER, 3).bytes + ETHERNET, 20 + 8 + 28);
	assert_int_equal(fanout_number(&packet), pair4(A, B));
}

/* ARP, LLDP, 802.2, IPv4 that is not, a tag with nothing behind it. */
static void what_is_not_ip(void **state)
{
	static const uint16_t types[] = {0x0806, 0x88cc, 0x0004, 0x0026, 0x0800, 0x86dd, 0x8100};

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(types); i++) {
		struct packet packet = {.len = 0};

		packet_ether(&packet, types[i]);
		packet_add(&packet, (uint8_t[46]){0x12, 0x34}, 46);
		assert_int_equal(fanout_number(&packet), 0);
	}
}

/* However a packet is cut: it goes where the whole one would, or to the first socket. */
static void cut_packets(void **state)
{
	struct packet plain[] = {frame4(UDP_4), frame6(UDP_4), error4(ROUTER, 3),
				 error6(ROUTER, 1)};
	/* Where the second address, or the one that is quoted, ends. */
	static const unsigned enough[] = {ETHERNET + 20, ETHERNET + 40, ETHERNET + 48,
					  ETHERNET + 88};

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(plain); i++)
		for (unsigned kept = ETHERNET; kept <= plain[i].len; kept++) {
			struct packet packet = plain[i];

			packet.len = kept;
			assert_int_equal(fanout_number(&packet),
					 kept >= enough[i] ? fanout_number(&plain[i]) : 0);
		}
}

/* Devices whose link header the program does not know: the kernel knows where the next one is. */
static void other_devices(void **state)
{
	struct packet plain = error4(ROUTER, 11);
	struct fanout_seen seen = {.bytes = plain.bytes + ETHERNET,
				   .len = plain.len - ETHERNET,
				   .device = ARPHRD_NONE,
				   .protocol = 0x0800};

	(void)state;
	assert_int_equal(fanout_run(&seen), pair4(A, B));
	seen.type = PACKET_OUTGOING;
	assert_int_equal(fanout_run(&seen), pair4(A, B));
	seen.device = ARPHRD_INFINIBAND;
	seen.bytes -= 4;
	seen.len += 4;
	seen.network = 4;
	assert_int_equal(fanout_run(&seen), pair4(A, B));
	seen.protocol = 0x0806;
	assert_int_equal(fanout_run(&seen), 0);
}

/* Two hosts that the packet belongs to, by what the decoder found. */
static uint32_t decoded(const struct fa_packet *packet)
{
	const uint8_t *from = packet->flags & FA_PACKET_QUOTES ? packet->quoted_dst : packet->src;
	struct packet plain = packet->ip_version == 4 ? frame4(UDP_4) : frame6(UDP_4);
	unsigned len = packet->ip_version == 4 ? 4 : 16;
	unsigned at = ETHERNET + (packet->ip_version == 4 ? 12 : 8);

	memcpy(plain.bytes + at, from, len);
	memcpy(plain.bytes + at + len, packet->dst, len);
	return fanout_number(&plain);
}

/* How many were compared, and of them errors that quote. */
struct compared {
	unsigned packets, quotes;
};

static void check_frame(const struct pcap_pkthdr *header, const uint8_t *bytes,
			struct compared *compared)
{
	struct fa_decoder decoder = {.max_headers = FA_WIRE_DEFAULT_HEADERS};
	struct fa_frame frame = {
		.data = bytes, .captured = header->caplen, .wire = header->len, .link_type = 1};
	struct fanout_seen seen = {.bytes = bytes,
				   .len = header->caplen,
				   .type = PACKET_OUTGOING,
				   .device = ARPHRD_ETHER};
	struct fa_packet packet;
	const uint8_t *ip_bytes;

	if (fa_decode(&decoder, &frame, &packet, &ip_bytes) != FA_DECODE_DECODED)
		return;
	/* Errors that the decoder does not look into go with what they quote all the same. */
	if (packet.transport == 1 && !(packet.flags & FA_PACKET_QUOTES) &&
	    is_one_of(packet.src_port, (const uint8_t *)"\3\4\5\13\14"))
		return;
	if (packet.transport == 58 && !(packet.flags & FA_PACKET_QUOTES) && packet.src_port < 5)
		return;
	assert_int_equal(fanout_run(&seen), decoded(&packet));
	compared->packets++;
	compared->quotes += (packet.flags & FA_PACKET_QUOTES) != 0;
}

/* Recordings: what goes to one worker comes from one socket. */
static void as_the_decoder(void **state)
{
	static const char *const names[] = {"web.pcap",
					    "ipv6.pcap",
					    "vlan.pcap",
					    "refused.pcap",
					    "lab-infrastructure.pcap",
					    "lab-deviations.pcap"};
	const char *top = getenv("FA_TOP_SRCDIR");
	struct compared compared = {0};

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
		char path[512];
		char why[PCAP_ERRBUF_SIZE];
		struct pcap_pkthdr *header;
		const uint8_t *bytes;
		pcap_t *pcap;

		snprintf(path, sizeof(path), "%s/pcaps/%s", top != NULL ? top : ".", names[i]);
		pcap = pcap_open_offline(path, why);
		if (pcap == NULL)
			fail_msg("%s", why);
		assert_int_equal(pcap_datalink(pcap), DLT_EN10MB);
		while (pcap_next_ex(pcap, &header, &bytes) == 1)
			check_frame(header, bytes, &compared);
		pcap_close(pcap);
	}
	assert_true(compared.packets > 1000);
	assert_true(compared.quotes > 0);
}

#define PAIRS 4096

/* How so many pairs of hosts are chosen. */
struct pattern {
	const char *name;
	uint32_t clients;		   /* of each server */
	uint32_t client_step, server_step; /* between one and the next */
	bool in_step;			   /* the n-th client with the n-th server only */
};

static const struct pattern patterns[] = {
	{"clients of a server", PAIRS, 1, 0, false},
	{"servers of a client", 1, 0, 1, false},
	{"every second one", PAIRS, 2, 0, false},
	{"networks of 256", PAIRS, 256, 0, false},
	{"networks of 65536", 128, 65536, 1, false},
	{"all with all", 64, 1, 1, false},
	{"each with its own", PAIRS, 1, 1, true},
	{"each with its own, apart", PAIRS, 256, 256, true},
};

static void assert_even(const struct pattern *p, uint32_t (*pair)(uint32_t, uint32_t))
{
	uint32_t numbers[PAIRS];

	for (uint32_t i = 0; i < PAIRS; i++) {
		uint32_t client = i % p->clients;
		uint32_t server = p->in_step ? i : i / p->clients;

		numbers[i] = pair(5 + client * p->client_step, 70000 + server * p->server_step);
	}
	for (unsigned sockets = 2; sockets <= 16; sockets++) {
		unsigned counts[16] = {0};
		unsigned even = PAIRS / sockets;

		for (uint32_t i = 0; i < PAIRS; i++)
			counts[numbers[i] % sockets]++;
		for (unsigned i = 0; i < sockets; i++)
			if (counts[i] < even * 3 / 4 || counts[i] > even * 5 / 4)
				fail_msg("%s: %u of %u sockets gets %u, not %u", p->name, i,
					 sockets, counts[i], even);
	}
}

static void spread_evenly(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(patterns); i++) {
		assert_even(&patterns[i], pair4);
		assert_even(&patterns[i], pair6);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways),
		cmocka_unit_test(all_of_an_address_counts),
		cmocka_unit_test(nothing_but_the_hosts_counts),
		cmocka_unit_test(options_are_passed_over),
		cmocka_unit_test(fragments_follow),
		cmocka_unit_test(errors_go_with_what_they_quote),
		cmocka_unit_test(errors_of_hosts),
		cmocka_unit_test(tags_are_passed_over),
		cmocka_unit_test(mpls_and_pppoe),
		cmocka_unit_test(tunnels),
		cmocka_unit_test(what_is_not_ip),
		cmocka_unit_test(cut_packets),
		cmocka_unit_test(other_devices),
		cmocka_unit_test(as_the_decoder),
		cmocka_unit_test(spread_evenly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
