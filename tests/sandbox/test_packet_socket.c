/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a capture does with its packet socket when root and capabilities are gone and the process is
 * confined: everything but opening another one. In a network namespace of its own.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "children.h"
#include "sandbox/sandbox.h"

enum { NO_NAMESPACE = 202, BLOCK = 1 << 16, BLOCKS = 4 };

static int packets = -1, sender = -1;
static pcap_t *pcap;
static struct sockaddr_in target;
static struct tpacket_block_desc *ring;

static int device_up(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};

	return ioctl(sender, SIOCSIFFLAGS, &request);
}

static int bind_to(unsigned index)
{
	const struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)index,
	};

	return bind(packets, (const struct sockaddr *)&address, sizeof(address));
}

/* A packet socket with a ring, and a socket to send datagrams to the loopback device. */
static int open_devices(void)
{
	struct tpacket_req3 request = {
		.tp_block_size = BLOCK,
		.tp_block_nr = BLOCKS,
		.tp_frame_size = 2048,
		.tp_frame_nr = BLOCKS * BLOCK / 2048,
		.tp_retire_blk_tov = 10,
	};
	int version = TPACKET_V3;

	sender = socket(AF_INET, SOCK_DGRAM, 0);
	packets = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
	if (sender < 0 || packets < 0 || device_up() != 0)
		return errno;
	target = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(9)};
	target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (setsockopt(packets, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) != 0 ||
	    setsockopt(packets, SOL_PACKET, PACKET_RX_RING, &request, sizeof(request)) != 0)
		return errno;
	ring = mmap(NULL, BLOCKS * BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED, packets, 0);
	if (ring == MAP_FAILED || bind_to(if_nametoindex("lo")) != 0)
		return errno;
	return 0;
}

static int open_pcap(void)
{
	char error[PCAP_ERRBUF_SIZE];

	pcap = pcap_create("lo", error);
	if (pcap == NULL || pcap_set_timeout(pcap, 10) != 0 || pcap_set_promisc(pcap, 1) != 0 ||
	    pcap_activate(pcap) < 0)
		return CANNOT;
	return pcap_setnonblock(pcap, 1, error);
}

/* Gives up everything, as a capture does. FOLDER is somebody else's by now. */
static int open_and_give_up(void)
{
	static const char *const writable[] = {folder};
	const struct fa_sandbox_paths paths = {.writable = writable, .writable_count = 1};
	struct fa_diag diag = {{0}};
	char who[128];

	if (unshare(CLONE_NEWNET) != 0)
		_exit(NO_NAMESPACE);
	if (open_devices() != 0 || open_pcap() != 0 ||
	    fa_sandbox_drop_privileges(NULL, folder, who, sizeof(who), &diag) != 0)
		return CANNOT;
#ifndef FA_SANITIZERS
	if (fa_sandbox_supervisor(&paths, &diag) != 0)
		return CANNOT;
#else
	(void)paths;
#endif
	return getuid() == 0;
}

static int sends(void)
{
	return sendto(sender, "hello", 5, 0, (struct sockaddr *)&target, sizeof(target)) == 5
		       ? 0
		       : errno;
}

static struct tpacket_block_desc *block(unsigned index)
{
	return (struct tpacket_block_desc *)((char *)ring + (size_t)index * BLOCK);
}

/* Packets in the blocks that the kernel has handed over; the blocks go back. */
static unsigned take(void)
{
	unsigned count = 0;

	for (unsigned i = 0; i < BLOCKS; i++) {
		struct tpacket_hdr_v1 *header = &block(i)->hdr.bh1;

		if ((__atomic_load_n(&header->block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER) ==
		    0)
			continue;
		count += header->num_pkts;
		__atomic_store_n(&header->block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
	}
	return count;
}

/* A datagram on the loopback device is seen twice: going out and coming in (and its answer, an
 * ICMP error, too). */
static int receives(void)
{
	struct pollfd fd = {.fd = packets, .events = POLLIN | POLLERR};

	if (sends() != 0)
		return BROKEN;
	for (int i = 0; i < 50; i++) {
		if (poll(&fd, 1, 100) < 0)
			return errno;
		if (take() > 0)
			return 0;
	}
	return ETIMEDOUT;
}

static int has_statistics(void)
{
	struct tpacket_stats_v3 stats = {0};
	socklen_t len = sizeof(stats);

	if (receives() != 0)
		return BROKEN;
	if (getsockopt(packets, SOL_PACKET, PACKET_STATISTICS, &stats, &len) != 0)
		return errno;
	return stats.tp_packets > 0 ? 0 : BROKEN;
}

/* A filter that lets nothing pass, as at the end of a capture. */
static int stops(void)
{
	struct sock_filter nothing = {.code = BPF_RET | BPF_K, .k = 0};
	struct sock_fprog program = {.len = 1, .filter = &nothing};

	if (setsockopt(packets, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) != 0)
		return errno;
	take();
	return receives() == ETIMEDOUT ? 0 : BROKEN;
}

static void count(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
	(void)header;
	(void)bytes;
	(*user)++;
}

/* The library in front of such a socket: another filter, packets, what was lost, the end. */
static int pcap_goes_on(void)
{
	struct bpf_program program;
	struct pcap_stat stat = {0};
	u_char got = 0;

	if (pcap_compile(pcap, &program, "udp port 9", 1, PCAP_NETMASK_UNKNOWN) != 0 ||
	    pcap_setfilter(pcap, &program) != 0)
		return 1;
	pcap_freecode(&program);
	if (sends() != 0)
		return 2;
	for (int i = 0; i < 50 && got == 0; i++) {
		struct pollfd fd = {.fd = pcap_get_selectable_fd(pcap), .events = POLLIN};

		poll(&fd, 1, 100);
		if (pcap_dispatch(pcap, -1, count, &got) < 0)
			return 3;
	}
	if (got == 0 || pcap_stats(pcap, &stat) != 0 || stat.ps_recv == 0)
		return 4;
	pcap_close(pcap);
	return 0;
}

/* As when an interface was made anew: away from it, and back. */
static int binds_again(void)
{
	struct packet_mreq membership = {.mr_type = PACKET_MR_PROMISC};
	struct ifreq request = {.ifr_name = "lo"};
	int local = socket(AF_UNIX, SOCK_DGRAM, 0);

	if (bind_to(0) != 0 || local < 0 || ioctl(local, SIOCGIFINDEX, &request) != 0 ||
	    ioctl(local, SIOCGIFFLAGS, &request) != 0)
		return errno;
	if ((request.ifr_flags & IFF_UP) == 0)
		return BROKEN;
	membership.mr_ifindex = (int)if_nametoindex("lo");
	if (bind_to(if_nametoindex("lo")) != 0 ||
	    setsockopt(packets, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &membership,
		       sizeof(membership)) != 0)
		return errno;
	return receives();
}

static int opens_another(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0) >= 0 ? 0 : errno;
}

static int changes_the_interface(void)
{
	struct ifreq request = {.ifr_name = "lo"};

	return ioctl(sender, SIOCSIFFLAGS, &request) == 0 ? 0 : errno;
}

/* Whether it got as far as a namespace. */
static int asks(void)
{
	return 0;
}

static int group_setup(void **state)
{
	return children_setup(state) != 0 || chown(folder, 65534, 65534) != 0 ? -1 : 0;
}

static void a_packet_socket_serves_on(void **state)
{
	static const struct attempt attempts[] = {
		{"poll and ring", receives, 0},
		{"statistics", has_statistics, 0},
		{"filter", stops, 0},
		{"bind again", binds_again, 0},
		{"libpcap", pcap_goes_on, 0},
		{"another packet socket", opens_another, EPERM},
#ifdef FA_SANITIZERS
		{"changing the interface", changes_the_interface, EPERM},
#else
		{"changing the interface", changes_the_interface, ENOSYS},
#endif
		{"files", makes_in_folder, 0},
	};
	int status = in_child(open_and_give_up, asks);

	(void)state;
	skip_without_landlock();
	if (WIFEXITED(status) && WEXITSTATUS(status) == NO_NAMESPACE) {
		print_message("network namespaces cannot be made here\n");
		skip();
	}
	try_all(open_and_give_up, attempts, sizeof(attempts) / sizeof(attempts[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_packet_socket_serves_on),
	};

	if (geteuid() != 0) {
		print_message("only root can open packet sockets here\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, group_setup, children_teardown);
}
