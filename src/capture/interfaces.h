/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Network interfaces: names, states, losses. Private to this folder. */
#ifndef FA_CAPTURE_INTERFACES_H
#define FA_CAPTURE_INTERFACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* The index of the interface NAME, or 0. FD: any socket. */
unsigned fa_interface_index(int fd, const char *name);

/* Its hardware type (ARPHRD_ of linux/if_arp.h), or -1. */
int fa_interface_kind(int fd, const char *name);

/* IFF_ flags of the interface that has INDEX now, whatever its name is, or -1 without one. */
int fa_interface_flags(int fd, unsigned index);

/* FA_ENOENT with what there is and what may have been meant. */
int fa_interface_missing(const char *name, struct fa_diag *diag);

/* Counters of packets that an interface had to drop before anybody could see them. */
struct fa_interface_losses {
	int fds[2]; /* of the counters, kept open: a later sandbox does not matter; -1: not there */
	uint64_t last[2];
};

/*
 * Opens the counters in FOLDER ("/sys/class/net/NAME" when NULL) for the interface with INDEX.
 * Where the folder tells of another interface, that of another network namespace, or cannot be
 * read, nothing is counted.
 */
void fa_interface_losses_open(struct fa_interface_losses *losses, const char *folder,
			      const char *name, unsigned index);
void fa_interface_losses_close(struct fa_interface_losses *losses);

/* Packets dropped since the last call, or since opening. */
uint64_t fa_interface_losses_read(struct fa_interface_losses *losses);

#endif
