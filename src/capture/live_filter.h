/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The filter of a packet socket, beyond what libpcap offers. Private to this folder. */
#ifndef FA_CAPTURE_LIVE_FILTER_H
#define FA_CAPTURE_LIVE_FILTER_H

#include "base/error.h"

/* A program of the kernel's classic BPF. */
struct fa_live_filter;

/*
 * The program that is attached to the socket FD. 0, FA_ENOMEM, or FA_EUNSUPPORTED: none is
 * attached, or it cannot be read back.
 */
int fa_live_filter_take(struct fa_live_filter **out, int fd);
void fa_live_filter_free(struct fa_live_filter *filter);

/*
 * Attaches the program to FD, with conditions before it. LOOPBACK, when not 0: the index of "lo",
 * on which each packet is seen twice, of which the outgoing copy is refused. ONLY, when not 0: the
 * index of the one interface whose packets are wanted. 0 or FA_EIO.
 */
int fa_live_filter_attach(const struct fa_live_filter *filter, int fd, unsigned loopback,
			  unsigned only);

/* Attaches a program that refuses all packets. 0 or FA_EIO. */
int fa_live_filter_refuse(int fd);

#endif
