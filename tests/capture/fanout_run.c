/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * For tests: the program by which the kernel shares packets out, run in libpcap's interpreter. What
 * it loads that is not in the packet is put into it before.
 */
#include "fanout_run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <linux/filter.h>
#include <linux/if_arp.h>
#include <linux/if_packet.h>
#include <pcap/pcap.h>

#include "capture/fanout.h"

#define ETHERNET 14

/* What the program loads instead of SKF_AD_ and at SKF_NET_OFF. */
static uint32_t fact(const struct fanout_seen *seen, uint32_t offset)
{
	switch (offset - (uint32_t)SKF_AD_OFF) {
	case SKF_AD_PKTTYPE:
		return seen->type;
	case SKF_AD_HATYPE:
		return seen->device;
	case SKF_AD_PROTOCOL:
		return seen->protocol;
	default:
		fail_msg("the program asks for %#x", offset);
		return 0;
	}
}

uint32_t fanout_run(const struct fanout_seen *seen)
{
	struct sock_filter program[FA_FANOUT_CODE_MAX];
	struct bpf_insn code[FA_FANOUT_CODE_MAX];
	size_t count = fa_fanout_program(program);

	_Static_assert(sizeof(code) == sizeof(program), "both are what BPF is");
	assert_in_range(count, 1, FA_FANOUT_CODE_MAX);
	memcpy(code, program, count * sizeof(code[0]));
	for (size_t i = 0; i < count; i++) {
		struct bpf_insn *one = &code[i];

		if (one->code == (BPF_LD | BPF_W | BPF_ABS) && one->k >= (uint32_t)SKF_AD_OFF)
			*one = (struct bpf_insn)BPF_STMT(BPF_LD | BPF_IMM, fact(seen, one->k));
		if (one->code == (BPF_LDX | BPF_W | BPF_IMM) && one->k == (uint32_t)SKF_NET_OFF)
			one->k = seen->network;
	}
	assert_true(bpf_validate(code, (int)count));
	return bpf_filter(code, seen->bytes, seen->len, seen->len);
}

static uint32_t ethertype(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

/* Received: the kernel has taken the link header, and a first tag of the kinds that it knows. */
static uint32_t run_received(const struct packet *packet)
{
	struct fanout_seen seen = {.type = PACKET_OTHERHOST, .device = ARPHRD_ETHER};
	unsigned at = ETHERNET;

	seen.protocol = ethertype(packet->bytes + at - 2);
	if (seen.protocol == 0x8100 || seen.protocol == 0x88a8) {
		at += 4;
		seen.protocol = ethertype(packet->bytes + at - 2);
	}
	seen.bytes = packet->bytes + at;
	seen.len = packet->len > at ? packet->len - at : 0;
	return fanout_run(&seen);
}

static uint32_t run_sent(const struct packet *packet)
{
	return fanout_run(&(struct fanout_seen){.bytes = packet->bytes,
						.len = packet->len,
						.type = PACKET_OUTGOING,
						.device = ARPHRD_ETHER});
}

uint32_t fanout_number(const struct packet *packet)
{
	uint32_t received = run_received(packet);

	assert_int_equal(run_sent(packet), received);
	return received;
}
