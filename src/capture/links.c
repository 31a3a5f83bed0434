/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Link types and their filters. */
#include "capture/links.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/slots.h"
#include "capture/filter.h"

/* What libpcap takes in a file (MAXIMUM_SNAPLEN, pcap-int.h). */
#define SNAP_BYTES 262144

static struct fa_link *add(struct fa_links *links)
{
	void *items = links->items;
	bool room = fa_array_reserve(&items, &links->room, links->count + 1,
				     sizeof(*links->items));

	links->items = items;
	if (!room)
		return NULL;
	memset(&links->items[links->count], 0, sizeof(*links->items));
	return &links->items[links->count++];
}

/* Lets nothing pass. */
static int refuse_all(struct fa_link *link)
{
	link->program.bf_insns = calloc(1, sizeof(*link->program.bf_insns));
	if (link->program.bf_insns == NULL)
		return FA_ENOMEM;
	link->program.bf_insns[0] = (struct bpf_insn)BPF_STMT(BPF_RET | BPF_K, 0);
	link->program.bf_len = 1;
	link->filtered = true;
	return FA_OK;
}

static int fill(const struct fa_links *links, struct fa_link *link, pcap_t *pcap,
		struct fa_diag *diag)
{
	int err;

	link->link_type = pcap_datalink(pcap);
	if (links->filter == NULL || links->filter[0] == '\0')
		return FA_OK;
	err = fa_filter_compile(pcap, links->filter, links->label, &link->program, diag);
	link->filtered = err == FA_OK;
	if (err == FA_OK || refuse_all(link) == FA_OK)
		return err;
	return FA_ENOMEM;
}

int fa_links_add(struct fa_links *links, pcap_t *pcap, struct fa_diag *diag)
{
	struct fa_link *link = add(links);

	return link == NULL ? fa_fail(diag, FA_ENOMEM, "no memory to open")
			    : fill(links, link, pcap, diag);
}

/*
 * A handle as of a capture file of this link type. Not pcap_open_dead: what that compiles may ask a
 * kernel ("inbound"), and it takes no LINKTYPE_ values.
 */
static pcap_t *open_like(uint32_t file_type)
{
	struct pcap_file_header header = {
		.magic = 0xa1b2c3d4, /* in the order of this machine: pcap-savefile(5) */
		.version_major = PCAP_VERSION_MAJOR,
		.version_minor = PCAP_VERSION_MINOR,
		.snaplen = SNAP_BYTES,
		.linktype = file_type,
	};
	char text[PCAP_ERRBUF_SIZE];
	FILE *file = fmemopen(&header, sizeof(header), "r");
	pcap_t *pcap = file == NULL ? NULL : pcap_fopen_offline(file, text);

	if (pcap == NULL && file != NULL)
		fclose(file);
	return pcap; /* its header was read; closing it closes the file */
}

int fa_links_find(struct fa_links *links, uint32_t file_type, size_t *place, struct fa_diag *diag)
{
	struct fa_link *link;
	pcap_t *pcap;
	int err;

	for (*place = 0; *place < links->count; ++*place)
		if (links->items[*place].file_type == file_type)
			return FA_OK;
	if (links->count == FA_LINKS_MAX)
		return fa_fail(diag, FA_EUNSUPPORTED, "more than %d link types in a capture",
			       FA_LINKS_MAX);
	link = add(links);
	pcap = link == NULL ? NULL : open_like(file_type);
	if (pcap == NULL)
		return fa_fail(diag, FA_ENOMEM, "no memory to open");
	link->file_type = file_type;
	err = fill(links, link, pcap, diag);
	pcap_close(pcap);
	return err;
}

void fa_links_deinit(struct fa_links *links)
{
	for (size_t i = 0; i < links->count; i++)
		if (links->items[i].filtered)
			pcap_freecode(&links->items[i].program);
	free(links->items);
	links->items = NULL;
	links->count = 0;
	links->room = 0;
}
