/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the wire says about which host name an address has. */
#ifndef FA_CORE_NAME_H
#define FA_CORE_NAME_H

#include <stdbool.h>
#include <stddef.h>
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
	/* No answer: whoever made the capture file wrote down that ADDRESS is HOST. It holds at any
	 * time; nothing but these three is set. */
	bool by_capture;
	char host[FA_HOST_TEXT]; /* lower case, without final dot */
};

/* Addresses taken of one DNS message: the first ones. */
enum { FA_NAME_ADDRESSES = 32 };

/* A DNS query for the addresses of a host, or an answer to one (RFC 1035 section 4.1). */
struct fa_name_message {
	bool is_answer;
	uint16_t id;
	uint16_t type;		 /* of the question */
	char host[FA_HOST_TEXT]; /* of the question; lower case, without final dot, never "" */
	size_t count;		 /* 0 in a query, and where the host has no such address */
	struct fa_addr addresses[FA_NAME_ADDRESSES];
	uint32_t ttl_s[FA_NAME_ADDRESSES];
};

#endif
