/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the wire says about which host name an address has. */
#ifndef FA_CORE_NAME_H
#define FA_CORE_NAME_H

#include <stdint.h>

#include "base/addr.h"
#include "core/flow.h"

/*
 * An address record (A or AAAA) in a DNS answer: CLIENT asked RESOLVER for HOST and was told
 * ADDRESS. When the answer leads over aliases (CNAME), HOST is the name that was asked for.
 */
struct fa_name_answer {
	int64_t ts_ns;	/* packet time of the answer */
	uint32_t ttl_s; /* the smallest on the way from HOST to ADDRESS */
	struct fa_addr client, resolver, address;
	char host[FA_HOST_TEXT]; /* lower case, without final dot */
};

#endif
