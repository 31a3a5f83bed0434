/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The DNS reader on any bytes: what it says of a message is bounded, and made of text. */
#include <stdlib.h>
#include <string.h>

#include "classify/dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void check_host(const char *host)
{
	require(host[0] != '\0' && memchr(host, '\0', FA_HOST_TEXT) != NULL);
	for (size_t i = 0; host[i] != '\0'; i++) {
		require(host[i] > ' ' && host[i] < 0x7f && host[i] != '\\');
		require(!(host[i] >= 'A' && host[i] <= 'Z'));
		require(host[i] != '.' || (i > 0 && host[i - 1] != '.' && host[i + 1] != '\0'));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fa_name_message message;
	struct fa_name_message again;

	memset(&message, 0xa5, sizeof(message)); /* the caller's memory need not be clean */
	if (!fa_dns_read(data, size, &message))
		return 0;
	check_host(message.host);
	require(message.count <= FA_NAME_ADDRESSES && (message.is_answer || message.count == 0));
	for (size_t i = 0; i < message.count; i++) {
		require(message.addresses[i].version == (message.type == 1 ? 4 : 6));
		require(message.ttl_s[i] <= INT32_MAX);
		for (size_t other = 0; other < i; other++)
			require(fa_addr_compare(&message.addresses[i], &message.addresses[other]) !=
				0);
	}
	require(fa_dns_read(data, size, &again) && again.count == message.count);
	return 0;
}
