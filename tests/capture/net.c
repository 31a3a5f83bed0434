/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests of live capture: a network namespace of their own, and frames sent into it. */
#include "net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define HEADERS 42 /* Ethernet, IPv4, UDP */
#define MARK	0x666c6f77u

int64_t net_clock_step_ns;

/* In place of the C library's. */
int clock_gettime(clockid_t clock, struct timespec *now)
{
	int result = (int)syscall(SYS_clock_gettime, clock, now);

	if (clock == CLOCK_REALTIME) {
		int64_t ns = now->tv_sec * 1000000000ll + now->tv_nsec + net_clock_step_ns;

		now->tv_sec = ns / 1000000000;
		now->tv_nsec = ns % 1000000000;
	}
	return result;
}

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (file != NULL) {
		fputs(text, file);
		fclose(file);
	}
}

void net_enter(void)
{
	if (unshare(CLONE_NEWNET) != 0 ||
	    system("ip link set lo up && ip link add p0 type veth peer name p1 && "
		   "ip link del p0") != 0) {
		puts("skipped: needs root, network namespaces, veth and ip(8)");
		exit(SKIPPED);
	}
	write_text("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
	write_text("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
}

void net_ip(const char *format, ...)
{
	char command[256] = "ip ";
	va_list args;

	va_start(args, format);
	vsnprintf(command + 3, sizeof(command) - 3, format, args);
	va_end(args);
	assert_int_equal(system(command), 0);
}

void net_pair(const char *name, const char *peer)
{
	net_ip("link add %s type veth peer name %s", name, peer);
	net_ip("link set %s up", name);
	net_ip("link set %s up", peer);
}

int net_sender(const char *name)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET,
				      .sll_ifindex = (int)if_nametoindex(name)};
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

void net_send(int fd, uint32_t number, uint16_t src_port, uint16_t dst_port, unsigned len)
{
	uint8_t frame[2048] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45};

	assert_true(len >= 60 && len <= sizeof(frame));
	put16(frame + 16, len - 14);
	frame[22] = 64;
	frame[23] = 17;
	put32(frame + 26, 0x0a000000u + src_port);
	put32(frame + 30, 0x0a000000u + dst_port);
	put16(frame + 34, src_port);
	put16(frame + 36, dst_port);
	put16(frame + 38, len - 34);
	put32(frame + HEADERS, MARK);
	put32(frame + HEADERS + 4, number);
	assert_int_equal(send(fd, frame, len, 0), len);
}

void net_mark(uint8_t mark[NET_MARK], uint32_t number)
{
	put32(mark, MARK);
	put32(mark + 4, number);
}

uint32_t net_number(const uint8_t *frame, uint32_t captured, unsigned skip)
{
	size_t at = skip + HEADERS - 14;

	if (captured < NET_MARK)
		return UINT32_MAX;
	if (captured < at + NET_MARK || get32(frame + at) != MARK)
		at = captured - NET_MARK;
	return get32(frame + at) == MARK ? get32(frame + at + 4) : UINT32_MAX;
}
