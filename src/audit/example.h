/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A conversation to show as an example: the lowest one, so that the order of calls is no matter. */
#ifndef FA_AUDIT_EXAMPLE_H
#define FA_AUDIT_EXAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/flow.h"

struct fa_example {
	bool there;
	uint8_t transport;
	uint16_t port; /* of the server; ICMP: type << 8 | code */
	struct fa_addr client, server;
	uint8_t tunnel; /* enum fa_tunnel */
	uint32_t tunnel_id;
};

/*
 * Takes the conversation when it is lower than what is there. True when it was. All in tunnels are
 * higher than others: who sends packets in a tunnel may write any addresses into them.
 */
bool fa_example_take(struct fa_example *example, const struct fa_identity *id);

/* Longest text, with the final NUL. */
#define FA_EXAMPLE_TEXT 160

/* "10.0.0.1 to [fd00::1]:443/tcp", "10.0.0.1 to 10.0.0.2:443/tcp in vxlan:77" into TEXT[FA_EXAMPLE_TEXT]; returns TEXT. */
char *fa_example_text(const struct fa_example *example, char *text);

#endif
