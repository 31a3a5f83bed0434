/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The filter of a packet socket, beyond what libpcap offers. Attaching one needs no privilege.
 *
 * Opcodes and the negative offsets of what the kernel knows about a packet: linux/filter.h; how
 * they are used: Documentation/networking/filter.rst of Linux.
 */
#include "capture/live_filter.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/filter.h>
#include <linux/if_packet.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

struct fa_live_filter {
	unsigned count;
	struct sock_filter code[];
};

#define LOAD_INDEX BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (__u32)(SKF_AD_OFF + SKF_AD_IFINDEX))
#define LOAD_TYPE  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (__u32)(SKF_AD_OFF + SKF_AD_PKTTYPE))
#define REFUSE	   BPF_STMT(BPF_RET | BPF_K, 0)

int fa_live_filter_take(struct fa_live_filter **out, int fd)
{
	struct fa_live_filter *filter;
	socklen_t count = 0; /* of instructions, here and below */

	if (getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, NULL, &count) != 0 || count == 0 ||
	    count > BPF_MAXINSNS)
		return FA_EUNSUPPORTED;
	filter = calloc(1, sizeof(*filter) + count * sizeof(filter->code[0]));
	if (filter == NULL)
		return FA_ENOMEM;
	filter->count = count;
	if (getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, filter->code, &count) != 0) {
		free(filter);
		return FA_EUNSUPPORTED;
	}
	*out = filter;
	return FA_OK;
}

void fa_live_filter_free(struct fa_live_filter *filter)
{
	free(filter);
}

static int attach(int fd, struct sock_filter *code, unsigned count)
{
	struct sock_fprog program = {.len = (unsigned short)count, .filter = code};

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) != 0)
		return FA_EIO;
	return FA_OK;
}

int fa_live_filter_attach(const struct fa_live_filter *filter, int fd, unsigned loopback,
			  unsigned only)
{
	/* Jumps count from the next instruction: not on "lo" or not outgoing goes on behind. */
	const struct sock_filter once[] = {
		LOAD_INDEX, BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, loopback, 0, 3),
		LOAD_TYPE,  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 1),
		REFUSE,
	};
	const struct sock_filter one[] = {
		LOAD_INDEX,
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, only, 1, 0),
		REFUSE,
	};
	unsigned count = 0;
	struct sock_filter *code;
	int err;

	code = calloc(ARRAY_LEN(once) + ARRAY_LEN(one) + filter->count, sizeof(*code));
	if (code == NULL)
		return FA_EIO;
	if (loopback != 0) {
		memcpy(code + count, once, sizeof(once));
		count += ARRAY_LEN(once);
	}
	if (only != 0) {
		memcpy(code + count, one, sizeof(one));
		count += ARRAY_LEN(one);
	}
	memcpy(code + count, filter->code, filter->count * sizeof(*code));
	count += filter->count;
	err = count > BPF_MAXINSNS ? FA_EIO : attach(fd, code, count);
	free(code);
	return err;
}

int fa_live_filter_refuse(int fd)
{
	struct sock_filter code[] = {REFUSE};

	return attach(fd, code, ARRAY_LEN(code));
}
