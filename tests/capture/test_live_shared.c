/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Live capture whose packets several sources share: the kernel decides which of them gets one. */
#include "live.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/time.h"
#include "net.h"
#include "packets.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define PAIRS	     2
#define TALKS	     100 /* pairs of hosts */
#define KINDS_MAX    16	 /* of packets of a pair */
#define ROUTER	     9999

static const char *const names[PAIRS] = {"t0", "t1"};
static const char *const peers[PAIRS] = {"far0", "far1"};
static int senders[PAIRS];
static struct got got;
static struct got other;
static struct got *const sources[] = {&got, &other};

/* What the kernel is to refuse: a kind of sharing out, or an option altogether. */
static int refused_kind = -1;
static int refused_option = -1;

/* In place of the C library's. */
int setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
	if (level == SOL_PACKET &&
	    (option == refused_option ||
	     (option == PACKET_FANOUT && (*(const int *)value >> 16 & 0xff) == refused_kind))) {
		errno = EINVAL;
		return -1;
	}
	return (int)syscall(SYS_setsockopt, fd, level, option, value, size);
}

static int make_pairs(void **state)
{
	(void)state;
	for (unsigned i = 0; i < PAIRS; i++) {
		net_pair(names[i], peers[i]);
		senders[i] = net_sender(peers[i]);
	}
	return 0;
}

static int remove_pairs(void **state)
{
	(void)state;
	live_close(&got);
	live_close(&other);
	refused_kind = -1;
	refused_option = -1;
	for (unsigned i = 0; i < PAIRS; i++) {
		close(senders[i]);
		net_ip("link del %s", names[i]);
	}
	return 0;
}

/* Both sources, of the same interfaces, SKIP bytes of their link headers. */
static void open_shared(const char *const *interfaces, unsigned count, unsigned skip)
{
	int groups[PAIRS] = {FA_LIVE_NEW_GROUP, FA_LIVE_NEW_GROUP};

	for (unsigned i = 0; i < ARRAY_LEN(sources); i++) {
		struct fa_live_options options = live_options(sources[i], interfaces, count);

		options.fanout_groups = groups;
		assert_int_equal(live_open(sources[i], &options), FA_OK);
		sources[i]->skip = skip;
	}
}

static void open_both(void)
{
	open_shared(names, PAIRS, 14);
}

static void read_both(unsigned wanted)
{
	int64_t end_ns = fa_monotonic_ns() + 1000000000;

	while (got.marked + other.marked < wanted && fa_monotonic_ns() < end_ns) {
		live_read(&got, 0, 0);
		live_read(&other, 0, 0);
		fa_live_wait(got.source, 10);
	}
	assert_int_equal(got.marked + other.marked, wanted);
}

/* Hosts 1000 + N and 5000: packet 2N one way on one port, 2N + 1 back on another. */
static void send_flows(unsigned flows)
{
	for (unsigned i = 0; i < flows; i++) {
		net_send(senders[0], 2 * i, (uint16_t)(1000 + i), 5000, 60);
		net_send(senders[1], 2 * i + 1, 5000, (uint16_t)(1000 + i), 60);
	}
}

static void assert_shared_out(unsigned flows)
{
	for (unsigned i = 0; i < 2 * flows; i += 2) {
		assert_int_equal(got.seen[i] + other.seen[i], 1);
		assert_int_equal(got.seen[i], got.seen[i + 1]);
		assert_int_equal(other.seen[i], other.seen[i + 1]);
	}
	assert_in_range(got.marked, flows / 2, flows * 3 / 2);
}

/* What others share is not ours: two captures see all there is, each. */
static void others_share_for_themselves(void **state)
{
	int groups[2][PAIRS];

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct fa_live_options options = live_options(sources[i], names, PAIRS);

		groups[i][0] = FA_LIVE_NEW_GROUP;
		groups[i][1] = FA_LIVE_NEW_GROUP;
		options.fanout_groups = groups[i];
		assert_int_equal(live_open(sources[i], &options), FA_OK);
	}
	assert_int_not_equal(groups[0][0], groups[0][1]);
	send_flows(200);
	read_both(800);
	assert_int_equal(got.marked, 400);
	assert_int_equal(other.marked, 400);
}

static void both_ways_to_the_same_source(void **state)
{
	(void)state;
	open_both();
	send_flows(200);
	read_both(400);
	assert_shared_out(200);
	for (unsigned i = 0; i < ARRAY_LEN(sources); i++) {
		live_drain(sources[i]);
		live_assert_accounted(sources[i]);
		assert_int_equal(sources[i]->warning_count, 0);
	}
}

/* Packets of two hosts, without a link header. */

static void udp4(struct packet *out, uint32_t from, uint32_t to)
{
	packet_ip4(out, &(struct packet_ip){from, to, PACKET_UDP, 0, 0});
	packet_udp(out, 1000, 53);
}

static void back4(struct packet *out, uint32_t from, uint32_t to)
{
	udp4(out, to, from);
}

static void options4(struct packet *out, uint32_t from, uint32_t to)
{
	packet_ip4(out, &(struct packet_ip){to, from, PACKET_UDP, 0, 5});
	packet_udp(out, 53, 1000);
}

static void first_fragment4(struct packet *out, uint32_t from, uint32_t to)
{
	packet_ip4(out, &(struct packet_ip){from, to, PACKET_UDP, PACKET_MORE_FRAGMENTS, 0});
	packet_udp(out, 1000, 2000);
}

static void last_fragment4(struct packet *out, uint32_t from, uint32_t to)
{
	packet_ip4(out, &(struct packet_ip){from, to, PACKET_UDP, 185, 0});
}

static void error4(struct packet *out, uint32_t from, uint32_t to)
{
	packet_ip4(out, &(struct packet_ip){ROUTER, from, PACKET_ICMP, 0, 2});
	packet_icmp(out, 3);
	udp4(out, from, to);
}

static void tunnel4(struct packet *out, uint32_t from, uint32_t to)
{
	packet_ip4(out, &(struct packet_ip){ROUTER, ROUTER + 1, PACKET_IPIP, 0, 0});
	error4(out, to, from);
}

static void udp6(struct packet *out, uint32_t from, uint32_t to)
{
	packet_ip6(out, &(struct packet_ip){.from = from, .to = to, .next = PACKET_UDP});
	packet_udp(out, 1000, 53);
}

static void back6(struct packet *out, uint32_t from, uint32_t to)
{
	udp6(out, to, from);
}

static void error6(struct packet *out, uint32_t from, uint32_t to)
{
	packet_ip6(out, &(struct packet_ip){.from = ROUTER, .to = from, .next = PACKET_ICMP6});
	packet_icmp(out, 3);
	udp6(out, from, to);
}

/* Kinds of packets, those of each IP version together. */
/* clang-format off */
static const struct kind {
	void (*make)(struct packet *out, uint32_t from, uint32_t to);
	uint16_t version;
	uint16_t tags[3]; /* 0: the end */
} kinds[] = {
	{udp4, 4, {0}},
	{back4, 4, {0}},
	{options4, 4, {0}},
	{first_fragment4, 4, {0}},
	{last_fragment4, 4, {0}},
	{error4, 4, {0}},
	{tunnel4, 4, {0}},
	{back4, 4, {0x8100, 0}},
	{error4, 4, {0x8100, 0}},
	{error4, 4, {0x88a8, 0x8100, 0}},
	{udp6, 6, {0}},
	{back6, 6, {0}},
	{error6, 6, {0}},
	{back6, 6, {0x8100, 0x8100, 0}},
	{error6, 6, {0x88a8, 0}},
};
/* clang-format on */

static struct packet make_kind(const struct kind *kind, bool ethernet, unsigned talk,
			       uint32_t number)
{
	struct packet out = {.len = 0};
	uint16_t type = kind->version == 4 ? 0x0800 : 0x86dd;
	uint8_t mark[NET_MARK];

	if (ethernet)
		packet_ether(&out, kind->tags[0] != 0 ? kind->tags[0] : type);
	for (unsigned i = 0; i < 2 && kind->tags[i] != 0; i++)
		packet_tag(&out, (uint16_t)(100 + i), kind->tags[i + 1] ? kind->tags[i + 1] : type);
	kind->make(&out, 1000 + talk, 5000);
	net_mark(mark, number);
	packet_add(&out, mark, sizeof(mark));
	return out;
}

/* Packets of each pair of hosts of all kinds, frames of Ethernet. */
static void send_kinds(const int *to, unsigned count)
{
	for (unsigned talk = 0; talk < TALKS; talk++)
		for (unsigned i = 0; i < ARRAY_LEN(kinds); i++) {
			struct packet packet =
				make_kind(&kinds[i], true, talk, talk * KINDS_MAX + i);

			assert_int_equal(send(to[i % count], packet.bytes, packet.len, 0),
					 packet.len);
		}
}

/* Those of a pair came to the same source, each so often; both sources had some of the pairs. */
static void assert_together(unsigned times)
{
	unsigned talks[2] = {0};

	_Static_assert(ARRAY_LEN(kinds) <= KINDS_MAX, "numbers");
	for (unsigned talk = 0; talk < TALKS; talk++)
		for (unsigned i = 0; i < ARRAY_LEN(kinds); i++) {
			unsigned number = talk * KINDS_MAX + i;
			unsigned first = i; /* of that version */

			while (first > 0 && kinds[first - 1].version == kinds[i].version)
				first--;
			assert_int_equal(got.seen[number] + other.seen[number], times);
			if (got.seen[number] != got.seen[number - i + first])
				fail_msg("kind %u of talk %u came apart", i, talk);
			assert_true(got.seen[number] == 0 || other.seen[number] == 0);
			talks[other.seen[number] > 0] += i == first;
		}
	assert_in_range(talks[0], TALKS / 2, TALKS * 3 / 2);
}

static void all_of_two_hosts_to_the_same_source(void **state)
{
	(void)state;
	open_both();
	send_kinds(senders, PAIRS);
	read_both(TALKS * ARRAY_LEN(kinds));
	assert_together(1);
}

static void loopback(void **state)
{
	const char *lo = "lo";
	int sender = net_sender(lo);

	(void)state;
	open_shared(&lo, 1, 14);
	send_kinds(&sender, 1);
	read_both(TALKS * ARRAY_LEN(kinds));
	assert_together(1);
	close(sender);
}

/* As sent, from the link header on, and as received, without. */
static void any_interface(void **state)
{
	const char *any = "any";

	(void)state;
	open_shared(&any, 1, 16);
	send_kinds(senders, PAIRS);
	read_both(2 * TALKS * ARRAY_LEN(kinds));
	assert_together(2);
}

/* An interface without link headers; its descriptor, which is the other end. */
static int make_tun(const char *name)
{
	struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
	int fd = open("/dev/net/tun", O_RDWR);

	if (fd < 0)
		return -1;
	strcpy(request.ifr_name, name);
	assert_int_equal(ioctl(fd, TUNSETIFF, &request), 0);
	net_ip("link set %s up", name);
	return fd;
}

static void send_bare(int sender, const char *name, const struct packet *packet, unsigned version)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET,
				 .sll_ifindex = (int)if_nametoindex(name),
				 .sll_protocol = htons(version == 4 ? 0x0800 : 0x86dd)};

	assert_int_equal(sendto(sender, packet->bytes, packet->len, 0, (const struct sockaddr *)&to,
				sizeof(to)),
			 packet->len);
}

static void without_link_header(void **state)
{
	const char *name = "tun0";
	int tun = make_tun(name);
	int sender;
	unsigned sent = 0;

	(void)state;
	if (tun < 0) {
		puts("skipped: no /dev/net/tun");
		return;
	}
	open_shared(&name, 1, 0);
	sender = socket(AF_PACKET, SOCK_DGRAM, 0);
	for (unsigned talk = 0; talk < TALKS; talk++)
		for (unsigned i = 0; i < ARRAY_LEN(kinds); i++) {
			struct packet packet = make_kind(&(struct kind){.make = kinds[i].make},
							 false, talk, talk * KINDS_MAX + i);

			send_bare(sender, name, &packet, kinds[i].version);
			assert_int_equal(write(tun, packet.bytes, packet.len), packet.len);
			sent += 2;
		}
	read_both(sent);
	assert_together(2);
	close(sender);
	close(tun);
}

static void shared_out_after_it_was_deleted(void **state)
{
	(void)state;
	open_both();
	net_ip("link del t0");
	assert_true(live_reach(&got, FA_LIVE_GONE, 5000));
	assert_true(live_reach(&other, FA_LIVE_GONE, 5000));
	close(senders[0]);
	net_pair("t0", "far0");
	senders[0] = net_sender("far0");
	assert_true(live_reach(&got, FA_LIVE_UP, 5000));
	assert_true(live_reach(&other, FA_LIVE_UP, 5000));
	send_kinds(senders, PAIRS);
	read_both(TALKS * ARRAY_LEN(kinds));
	assert_together(1);
}

static void sharing_begins_down(void **state)
{
	(void)state;
	net_ip("link set t0 down");
	open_both();
	assert_int_equal(fa_live_state(got.source, 0), FA_LIVE_DOWN);
	net_ip("link set t0 up");
	assert_true(live_reach(&got, FA_LIVE_UP, 5000));
	assert_true(live_reach(&other, FA_LIVE_UP, 5000));
	send_kinds(senders, PAIRS);
	read_both(TALKS * ARRAY_LEN(kinds));
	assert_together(1);
}

/* By flow then, and it is told once for each interface. */
static void kernel_without_programs(void **state)
{
	char *told;

	(void)state;
	refused_kind = PACKET_FANOUT_CBPF;
	open_both();
	send_flows(200);
	read_both(400);
	assert_shared_out(200);
	assert_int_equal(got.warning_count, PAIRS);
	told = strstr(got.warnings, "t0: the kernel shares its packets out by flow only: ");
	assert_non_null(told);
	assert_non_null(strstr(told, "t1: the kernel shares its packets out by flow only: "));
	assert_int_equal(other.warning_count, 0);
}

static void kernel_that_refuses_the_program(void **state)
{
	struct fa_live_options options = live_options(&got, names, PAIRS);
	int groups[PAIRS] = {FA_LIVE_NEW_GROUP, FA_LIVE_NEW_GROUP};

	(void)state;
	options.fanout_groups = groups;
	refused_option = PACKET_FANOUT_DATA;
	assert_int_equal(live_open(&got, &options), FA_EIO);
	assert_string_equal(got.diag.text,
			    "t0: its packets cannot be shared out: Invalid argument");
}

#define WITH_PAIRS(test) cmocka_unit_test_setup_teardown(test, make_pairs, remove_pairs)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_PAIRS(others_share_for_themselves),
		WITH_PAIRS(both_ways_to_the_same_source),
		WITH_PAIRS(all_of_two_hosts_to_the_same_source),
		WITH_PAIRS(loopback),
		WITH_PAIRS(any_interface),
		WITH_PAIRS(without_link_header),
		WITH_PAIRS(shared_out_after_it_was_deleted),
		WITH_PAIRS(sharing_begins_down),
		WITH_PAIRS(kernel_without_programs),
		WITH_PAIRS(kernel_that_refuses_the_program),
	};

	net_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
