/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the kernel shares packets out to several sockets. Private to this folder. */
#ifndef FA_CAPTURE_FANOUT_H
#define FA_CAPTURE_FANOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define FA_FANOUT_CODE_MAX 256

struct sock_filter; /* linux/filter.h */

/*
 * The program of classic BPF by which packets are shared out; the kernel takes its result modulo
 * the number of sockets. Everything between two IP addresses has the same result, both ways, with
 * the fragments, and with the ICMP errors about it, whoever sends these. The innermost addresses
 * that the decoder finds count, except behind more than three VLAN tags, four MPLS labels, one
 * tunnel, or behind IPv6 extension headers. What is not IP, or ends in the middle: 0. CODE has room
 * for FA_FANOUT_CODE_MAX instructions; returns their number.
 */
size_t fa_fanout_program(struct sock_filter *code);

/*
 * Makes the packet socket FD, which must be bound, one of a group. *GROUP: FA_LIVE_NEW_GROUP, and
 * the new group's number is put there, or a number that was put there. A number of our own choice
 * could be somebody else's, who would then get a part of our packets without a word: the kernel
 * knows which are free. Needs no privilege.
 *
 * *BY_FLOW: of a new group, whether the kernel does not take our program, so that it shares out by
 * flow, in its own way. 0, or FA_EIO with errno.
 */
int fa_fanout_join(int fd, int *group, bool *by_flow);

#endif
