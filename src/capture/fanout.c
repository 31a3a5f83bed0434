/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sharing packets out with PACKET_FANOUT_CBPF of packet(7): all that concerns two hosts comes to
 * one socket, in its order. PACKET_FANOUT_HASH goes by flow: an ICMP error, and all fragments, come
 * to another one than the flow that they belong to.
 *
 * What the program sees of a packet (net/packet/af_packet.c, net/core/dev.c of Linux): one that is
 * received begins behind the link header, which SKF_AD_PROTOCOL tells the type of. Of VLAN tags the
 * first is gone, so a second one begins behind its EtherType, too. One that is sent begins with the
 * link header, if the device has one; its network header is at SKF_NET_OFF. What "lo" sends does
 * not matter: the filter refuses it, since it is received, too.
 *
 * Opcodes and what the kernel knows of a packet beside its bytes: linux/filter.h, and
 * Documentation/networking/filter.rst of Linux. Loading what is beyond the end ends the program
 * with 0: that is for packets whose addresses, or those that they quote, are cut off. An error that
 * quotes so little is about no flow, so its order does not matter.
 */
#include "capture/fanout.h"

#include <stdint.h>
#include <sys/socket.h>

#include <linux/filter.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "capture/live.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Places in the program. */
enum place {
	NEXT, /* the line that follows */
	FRAME,
	RECEIVED,
	TAGS,
	TAG_1,
	TAG_2,
	TAG_3,
	TYPE,
	PPPOE,
	PPP_IP,
	MPLS,
	LABELS_1,
	LABELS_2,
	LABELS_3,
	LABELS_4,
	OUTER,
	OUTER_4,
	TUNNEL_4,
	OUTER_6,
	TUNNEL_6,
	INNER,
	IP_4,
	QUOTE_4,
	PAIR_4,
	IP_6,
	PAIR_6,
	MIX,
	OTHER,
	PLACES
};

/* An instruction, with places for the distances of its jumps; or the place that the next one has.
 */
struct line {
	uint8_t at; /* not 0: a place */
	uint8_t yes, no;
	uint16_t code;
	uint32_t k;
};

/* What the words of scratch memory hold. */
enum { BASE, SOURCE, TARGET, WORD_0, WORD_1, WORD_2, KIND };

/* clang-format off */
#define AT(place)	{.at = (place)}
#define DO(op, value)	{.code = (op), .k = (value)}
#define JUMP(op, value, yes_, no_) \
	{.code = BPF_JMP | (op) | BPF_K, .k = (value), .yes = (yes_), .no = (no_)}

/* A is what was loaded or computed last; X is where a header begins. */
#define FACT(which)	DO(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + (which)))
#define BYTE(offset)	DO(BPF_LD | BPF_B | BPF_IND, offset)
#define HALF(offset)	DO(BPF_LD | BPF_H | BPF_IND, offset)
#define WORD(offset)	DO(BPF_LD | BPF_W | BPF_IND, offset)
#define ALU(op, value)	DO(BPF_ALU | (op) | BPF_K, value)
#define ALU_X(op)	DO(BPF_ALU | (op) | BPF_X, 0)
#define SET_X(value)	DO(BPF_LDX | BPF_W | BPF_IMM, (uint32_t)(value))
#define X_TO_A		DO(BPF_MISC | BPF_TXA, 0)
#define A_TO_X		DO(BPF_MISC | BPF_TAX, 0)
#define KEEP(word)	DO(BPF_ST, word)
#define KEEP_X(word)	DO(BPF_STX, word)
#define RECALL(word)	DO(BPF_LD | BPF_W | BPF_MEM, word)
#define RECALL_X(word)	DO(BPF_LDX | BPF_W | BPF_MEM, word)
#define GO(place)	{.code = BPF_JMP | BPF_JA, .yes = (place)}
#define IS(value, yes, no)	JUMP(BPF_JEQ, value, yes, no)
#define ABOVE(value, yes, no)	JUMP(BPF_JGT, value, yes, no)
#define ANY_OF(bits, yes, no)	JUMP(BPF_JSET, bits, yes, no)

#define SKIP(bytes)	X_TO_A, ALU(BPF_ADD, bytes), A_TO_X
#define SKIP_HEADER_4	BYTE(0), ALU(BPF_AND, 0x0f), ALU(BPF_LSH, 2), ALU_X(BPF_ADD), A_TO_X
#define VERSION		BYTE(0), ALU(BPF_RSH, 4)

/* A VLAN tag, if it is one: EtherTypes of 802.1Q, and those before it. A is what follows then. */
#define TAG(skip) \
	IS(0x8100, skip, NEXT), IS(0x88a8, skip, NEXT), IS(0x9100, skip, NEXT), \
	IS(0x9200, skip, TYPE), AT(skip), HALF(2), KEEP(KIND), SKIP(4), RECALL(KIND)

/*
 * Addresses next to each other must come far apart. Shifts and odd factors: those of MurmurHash3
 * (Austin Appleby; in the public domain).
 */
#define MIX_SHIFT(bits)	A_TO_X, ALU(BPF_RSH, bits), ALU_X(BPF_XOR)
#define MIX_ADDRESS(word) \
	RECALL(word), ALU(BPF_MUL, 0xcc9e2d51), MIX_SHIFT(15), ALU(BPF_MUL, 0x85ebca6b), \
	MIX_SHIFT(13), ALU(BPF_MUL, 0xc2b2ae35), KEEP(word)

/* The four words of an IPv6 address in one. */
#define ADDRESS_6(offset, word) \
	WORD(offset), ALU(BPF_MUL, 0x1b873593), KEEP(WORD_0), \
	WORD((offset) + 4), ALU(BPF_MUL, 0xc2b2ae35), KEEP(WORD_1), \
	WORD((offset) + 8), ALU(BPF_MUL, 0x85ebca6b), KEEP(WORD_2), \
	WORD((offset) + 12), RECALL_X(WORD_0), ALU_X(BPF_ADD), RECALL_X(WORD_1), \
	ALU_X(BPF_ADD), RECALL_X(WORD_2), ALU_X(BPF_ADD), KEEP(word), RECALL_X(BASE)

static const struct line lines[] = {
	/* Where the first header behind that of the link is, and its EtherType in A. */
	FACT(SKF_AD_PKTTYPE),
	IS(PACKET_OUTGOING, NEXT, RECEIVED),
	FACT(SKF_AD_HATYPE),
	IS(ARPHRD_ETHER, FRAME, NEXT),
	SET_X(SKF_NET_OFF),
	FACT(SKF_AD_PROTOCOL),
	GO(TYPE),
	AT(FRAME),
	SET_X(ETH_HLEN),
	DO(BPF_LD | BPF_H | BPF_ABS, 2 * ETH_ALEN),
	GO(TAGS),
	AT(RECEIVED),
	SET_X(0),
	FACT(SKF_AD_PROTOCOL),

	AT(TAGS),
	TAG(TAG_1),
	TAG(TAG_2),
	TAG(TAG_3),

	AT(TYPE),
	IS(ETH_P_IP, OUTER, NEXT),
	IS(ETH_P_IPV6, OUTER, NEXT),
	IS(ETH_P_PPP_SES, PPPOE, NEXT),
	IS(ETH_P_MPLS_UC, MPLS, NEXT),
	IS(ETH_P_MPLS_MC, MPLS, OTHER),

	/* RFC 2516: six bytes, a PPP protocol number: IPv4 (RFC 1332) or IPv6 (RFC 5072). */
	AT(PPPOE),
	HALF(6),
	IS(0x0021, PPP_IP, NEXT),
	IS(0x0057, PPP_IP, OTHER),
	AT(PPP_IP),
	SKIP(8),
	GO(OUTER),

	/* RFC 3032: labels, of which the last has a bit set. What follows is what it looks like. */
	AT(MPLS),
	BYTE(2), ANY_OF(1, LABELS_1, NEXT),
	BYTE(6), ANY_OF(1, LABELS_2, NEXT),
	BYTE(10), ANY_OF(1, LABELS_3, NEXT),
	BYTE(14), ANY_OF(1, LABELS_4, OTHER),
	AT(LABELS_4), SKIP(4),
	AT(LABELS_3), SKIP(4),
	AT(LABELS_2), SKIP(4),
	AT(LABELS_1), SKIP(4),

	/* IP in IP: protocol 4 (RFC 2003), 41 (RFC 4213), but in fragments without the header. */
	AT(OUTER),
	VERSION,
	IS(4, OUTER_4, NEXT),
	IS(6, OUTER_6, OTHER),
	AT(OUTER_4),
	BYTE(9),
	IS(4, TUNNEL_4, NEXT),
	IS(41, TUNNEL_4, IP_4),
	AT(TUNNEL_4),
	HALF(6),
	ANY_OF(0x1fff, IP_4, NEXT),
	SKIP_HEADER_4,
	GO(INNER),
	AT(OUTER_6),
	BYTE(6),
	IS(4, TUNNEL_6, NEXT),
	IS(41, TUNNEL_6, IP_6),
	AT(TUNNEL_6),
	SKIP(40),
	AT(INNER),
	VERSION,
	IS(4, IP_4, NEXT),
	IS(6, IP_6, OTHER),

	/*
	 * RFC 791 section 3.1; RFC 792: ICMP messages 3, 4, 5, 11, 12 quote an IP header behind
	 * eight bytes. Fragments of such a message go by its own addresses, which all of them have.
	 */
	AT(IP_4),
	KEEP_X(BASE),
	BYTE(9),
	IS(1, NEXT, PAIR_4),
	HALF(6),
	ANY_OF(0x3fff, PAIR_4, NEXT),
	SKIP_HEADER_4,
	BYTE(0),
	IS(3, QUOTE_4, NEXT),
	IS(11, QUOTE_4, NEXT),
	IS(5, QUOTE_4, NEXT),
	IS(4, QUOTE_4, NEXT),
	IS(12, QUOTE_4, PAIR_4),
	AT(QUOTE_4),
	BYTE(8),
	ALU(BPF_AND, 0xf0),
	IS(0x40, NEXT, PAIR_4),
	SKIP(8),
	KEEP_X(BASE),
	AT(PAIR_4),
	RECALL_X(BASE),
	WORD(12),
	KEEP(SOURCE),
	WORD(16),
	KEEP(TARGET),
	GO(MIX),

	/* RFC 8200 section 3; RFC 4443 section 2.1: ICMPv6 messages 1 to 4, in the same way. */
	AT(IP_6),
	KEEP_X(BASE),
	BYTE(6),
	IS(58, NEXT, PAIR_6),
	BYTE(40),
	IS(0, PAIR_6, NEXT),
	ABOVE(4, PAIR_6, NEXT),
	BYTE(48),
	ALU(BPF_AND, 0xf0),
	IS(0x60, NEXT, PAIR_6),
	SKIP(48),
	KEEP_X(BASE),
	AT(PAIR_6),
	ADDRESS_6(8, SOURCE),
	ADDRESS_6(24, TARGET),

	/* A sum is the same both ways. The kernel divides it by the number of sockets. */
	AT(MIX),
	MIX_ADDRESS(SOURCE),
	MIX_ADDRESS(TARGET),
	RECALL_X(SOURCE),
	ALU_X(BPF_ADD),
	DO(BPF_RET | BPF_A, 0),

	AT(OTHER),
	DO(BPF_RET | BPF_K, 0),
};
/* clang-format on */

/* The instruction at each place; returns the number of instructions. */
static size_t find_places(uint32_t places[PLACES])
{
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		if (lines[i].at != 0)
			places[lines[i].at] = (uint32_t)count;
		else
			count++;
	return count;
}

size_t fa_fanout_program(struct sock_filter *code)
{
	uint32_t places[PLACES] = {0};
	uint32_t here = 0;

	/* Jumps of eight bits, forward only, reach everywhere then. */
	if (find_places(places) > FA_FANOUT_CODE_MAX)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		const struct line *line = &lines[i];
		uint32_t yes;
		uint32_t no;

		if (line->at != 0)
			continue;
		here++; /* jumps count from the next instruction */
		yes = line->yes == NEXT ? 0 : places[line->yes] - here;
		no = line->no == NEXT ? 0 : places[line->no] - here;
		code[here - 1] = (struct sock_filter){.code = line->code, .k = line->k};
		if (line->code == (BPF_JMP | BPF_JA)) {
			code[here - 1].k = yes;
		} else {
			code[here - 1].jt = (uint8_t)yes;
			code[here - 1].jf = (uint8_t)no;
		}
	}
	return here;
}

static int set(int fd, int option, const void *value, size_t size)
{
	return setsockopt(fd, SOL_PACKET, option, value, (socklen_t)size);
}

static int set_group(int fd, int how)
{
	int fanout = how << 16;

	return set(fd, PACKET_FANOUT, &fanout, sizeof(fanout));
}

static int begin_group(int fd, bool *by_flow)
{
	struct sock_filter code[FA_FANOUT_CODE_MAX];
	struct sock_fprog program = {.len = (unsigned short)fa_fanout_program(code),
				     .filter = code};

	/* Until the program is there all goes to the first socket, and there is no other one. */
	*by_flow = set_group(fd, PACKET_FANOUT_CBPF | PACKET_FANOUT_FLAG_UNIQUEID) != 0;
	if (*by_flow)
		return set_group(fd, PACKET_FANOUT_HASH | PACKET_FANOUT_FLAG_UNIQUEID);
	return set(fd, PACKET_FANOUT_DATA, &program, sizeof(program));
}

int fa_fanout_join(int fd, int *group, bool *by_flow)
{
	socklen_t size = sizeof(*group);
	bool is_new = *group == FA_LIVE_NEW_GROUP;

	*by_flow = false;
	/* What the kernel tells of a group is what it takes to join it: number and kind. */
	if (is_new && begin_group(fd, by_flow) != 0)
		return FA_EIO;
	if (!is_new)
		return set(fd, PACKET_FANOUT, group, sizeof(*group)) == 0 ? FA_OK : FA_EIO;
	return getsockopt(fd, SOL_PACKET, PACKET_FANOUT, group, &size) == 0 ? FA_OK : FA_EIO;
}
