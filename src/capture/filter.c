/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Filter expressions: compiled by libpcap, with its complaint made one of ours. */
#include "capture/filter.h"

#include <string.h>

#include "base/text.h"

#define FILTER_TEXT   256
#define FILTER_PREFIX "can't parse filter expression: "

int fa_filter_compile(pcap_t *pcap, const char *filter, const char *label,
		      struct bpf_program *program, struct fa_diag *diag)
{
	const char *link = pcap_datalink_val_to_name(pcap_datalink(pcap));
	char shown[FILTER_TEXT];
	const char *reason;

	if (filter == NULL)
		filter = "";
	if (pcap_compile(pcap, program, filter, 1, PCAP_NETMASK_UNKNOWN) == 0)
		return FA_OK;
	reason = pcap_geterr(pcap);
	if (strncmp(reason, FILTER_PREFIX, strlen(FILTER_PREFIX)) == 0)
		reason += strlen(FILTER_PREFIX);
	fa_text_safe(filter, strlen(filter), shown, sizeof(shown));
	if (link != NULL)
		return fa_fail(diag, FA_EINVAL, "filter \"%s\": %s (link type %s, %s)", shown,
			       reason, link, label);
	return fa_fail(diag, FA_EINVAL, "filter \"%s\": %s (link type %d, %s)", shown, reason,
		       pcap_datalink(pcap), label);
}
