/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes frames into a capture file, with libpcap. */
#include "capture/writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

#include "base/time.h"

/* What libpcap lets readers take (MAXIMUM_SNAPLEN, pcap-int.h); no frame that it read is longer. */
#define SNAPLEN 262144

struct fa_writer {
	FILE *file;
	pcap_t *pcap; /* the format */
	pcap_dumper_t *dumper;
	int64_t unit_ns;
};

static int check(const struct fa_writer *writer, struct fa_diag *diag)
{
	int errnum = errno;

	if (!ferror(writer->file))
		return FA_OK;
	return fa_fail(diag, fa_error_from_errno(errnum), "cannot be written: %s",
		       errnum != 0 ? strerror(errnum) : "unknown error");
}

int fa_writer_open(struct fa_writer **out, FILE *file, int link_type, bool nanoseconds,
		   struct fa_diag *diag)
{
	struct fa_writer *writer = calloc(1, sizeof(*writer));
	int err = FA_OK;

	if (writer == NULL)
		return fa_fail(diag, FA_ENOMEM, "no memory to write a capture");
	writer->file = file;
	writer->unit_ns = nanoseconds ? 1 : 1000;
	writer->pcap = pcap_open_dead_with_tstamp_precision(
		link_type, SNAPLEN,
		nanoseconds ? PCAP_TSTAMP_PRECISION_NANO : PCAP_TSTAMP_PRECISION_MICRO);
	if (writer->pcap == NULL)
		err = fa_fail(diag, FA_ENOMEM, "no memory to write a capture");
	errno = 0;
	if (err == FA_OK)
		writer->dumper = pcap_dump_fopen(writer->pcap, file);
	if (err == FA_OK && writer->dumper == NULL) {
		err = check(writer, diag);
		if (err == FA_OK)
			err = fa_fail(diag, FA_EUNSUPPORTED, "%s", pcap_geterr(writer->pcap));
	}
	if (err != FA_OK) {
		fa_writer_free(writer);
		return err;
	}
	*out = writer;
	return FA_OK;
}

int fa_writer_frame(struct fa_writer *writer, const struct fa_frame *frame, struct fa_diag *diag)
{
	int64_t seconds = frame->ts_ns / FA_NS_PER_SECOND;
	int64_t rest_ns = frame->ts_ns % FA_NS_PER_SECOND;
	struct pcap_pkthdr header = {.caplen = frame->captured, .len = frame->wire};

	if (rest_ns < 0) {
		seconds--;
		rest_ns += FA_NS_PER_SECOND;
	}
	header.ts.tv_sec = (time_t)seconds;
	header.ts.tv_usec = (suseconds_t)(rest_ns / writer->unit_ns);
	errno = 0;
	pcap_dump((u_char *)writer->dumper, &header, frame->data);
	return check(writer, diag);
}

void fa_writer_free(struct fa_writer *writer)
{
	if (writer == NULL)
		return;
	/* pcap_dump_close would close the file; the dumper is nothing but the file. */
	if (writer->pcap != NULL)
		pcap_close(writer->pcap);
	free(writer);
}
