/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pcap files, read through libpcap. */
#include "capture/savefile.h"

#include <stdlib.h>
#include <string.h>

#include "base/time.h"

#define BUFFER_BYTES (256 * 1024)
/* Bytes of a packet that are handed on: libpcap lets a few link types have more, none with IP. */
#define SNAP_BYTES 262144
/* Farthest packet time kept, about the years 1823 and 2116; pcap's 32-bit seconds are within.
 * Time arithmetic on it cannot overflow. */
#define FARTHEST_SECOND 4611686018ll

struct fa_savefile {
	struct fa_stream *stream;
	FILE *file;
	char *buffer; /* of file */
	pcap_t *pcap;
	bool broke; /* libpcap was told to stop, and may say so once more */
	/* While fa_savefile_run is in libpcap: */
	struct fa_frame *frame;
	fa_savefile_fn fn;
	void *context;
	bool stopped;
};

/*
 * The code behind a message of libpcap, which has no codes for these: "truncated dump file; ...",
 * "unknown file format", "unsupported pcap savefile version". Any other text is damage.
 */
static int code_of(const char *text)
{
	if (strncmp(text, "truncated", strlen("truncated")) == 0)
		return FA_ETRUNCATED;
	return strstr(text, "unsupported") != NULL ? FA_EUNSUPPORTED : FA_EFORMAT;
}

/* Why the last call to libpcap failed: the stream's own reason comes before libpcap's. */
static int fail_read(const struct fa_savefile *savefile, const char *text, struct fa_diag *diag)
{
	const char *message;
	int err = fa_stream_error(savefile->stream, &message);

	if (err != FA_OK)
		return fa_fail(diag, err, "%s", message);
	err = code_of(text);
	if (err == FA_EUNSUPPORTED)
		return fa_fail(diag, err, "libpcap cannot read this capture: %s", text);
	return fa_fail(diag, err, "%s", text);
}

static int open_pcap(struct fa_savefile *savefile, struct fa_diag *diag)
{
	char text[PCAP_ERRBUF_SIZE] = "";

	savefile->file = fa_stream_file(savefile->stream);
	savefile->buffer = malloc(BUFFER_BYTES);
	if (savefile->file == NULL || savefile->buffer == NULL)
		return fa_fail(diag, FA_ENOMEM, "no memory to open");
	setvbuf(savefile->file, savefile->buffer, _IOFBF, BUFFER_BYTES);
	savefile->pcap = pcap_fopen_offline_with_tstamp_precision(
		savefile->file, PCAP_TSTAMP_PRECISION_NANO, text);
	if (savefile->pcap == NULL)
		return fail_read(savefile, text, diag);
	savefile->file = NULL; /* pcap_close closes it */
	return FA_OK;
}

int fa_savefile_open(struct fa_savefile **out, struct fa_stream *stream, struct fa_diag *diag)
{
	struct fa_savefile *savefile = calloc(1, sizeof(*savefile));
	int err;

	if (savefile == NULL)
		return fa_fail(diag, FA_ENOMEM, "no memory to open");
	savefile->stream = stream;
	err = open_pcap(savefile, diag);
	if (err != FA_OK) {
		fa_savefile_free(savefile);
		return err;
	}
	*out = savefile;
	return FA_OK;
}

void fa_savefile_free(struct fa_savefile *savefile)
{
	if (savefile == NULL)
		return;
	if (savefile->pcap != NULL)
		pcap_close(savefile->pcap);
	if (savefile->file != NULL)
		fclose(savefile->file);
	free(savefile->buffer);
	free(savefile);
}

pcap_t *fa_savefile_pcap(const struct fa_savefile *savefile)
{
	return savefile->pcap;
}

/* Microseconds beyond a second occur in damaged files: at most 2^31, so they cannot overflow. */
static inline int64_t packet_time(const struct pcap_pkthdr *header)
{
	int64_t second = header->ts.tv_sec;

	if (__builtin_expect(second > FARTHEST_SECOND, 0))
		second = FARTHEST_SECOND;
	if (__builtin_expect(second < -FARTHEST_SECOND, 0))
		second = -FARTHEST_SECOND;
	return second * FA_NS_PER_SECOND + header->ts.tv_usec; /* nanoseconds, as asked for */
}

static inline void set_frame(struct fa_frame *frame, const struct pcap_pkthdr *header,
			     const uint8_t *bytes)
{
	frame->ts_ns = packet_time(header);
	frame->data = bytes;
	frame->captured = header->caplen > SNAP_BYTES ? SNAP_BYTES : header->caplen;
	frame->wire = header->len < header->caplen ? header->caplen : header->len;
}

/* Whether this PCAP_ERROR_BREAK is the one of a run that was stopped; else it says the end. */
static bool take_break(struct fa_savefile *savefile)
{
	bool broke = savefile->broke;

	savefile->broke = false;
	return broke;
}

int fa_savefile_next(struct fa_savefile *savefile, struct fa_frame *frame, struct fa_diag *diag)
{
	struct pcap_pkthdr *header;
	const u_char *bytes;
	int result;

	do
		result = pcap_next_ex(savefile->pcap, &header, &bytes);
	while (result == 0 || (result == PCAP_ERROR_BREAK && take_break(savefile)));
	if (result == PCAP_ERROR_BREAK)
		return 0;
	if (result < 0)
		return fail_read(savefile, pcap_geterr(savefile->pcap), diag);
	set_frame(frame, header, bytes);
	return 1;
}

static void take(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
	struct fa_savefile *savefile = (struct fa_savefile *)(void *)user;

	set_frame(savefile->frame, header, bytes);
	if (savefile->fn(savefile->context, savefile->frame))
		return;
	savefile->stopped = true;
	savefile->broke = true;
	pcap_breakloop(savefile->pcap);
}

int fa_savefile_run(struct fa_savefile *savefile, unsigned count, struct fa_frame *frame,
		    fa_savefile_fn fn, void *context, struct fa_diag *diag)
{
	int most = count > INT32_MAX ? INT32_MAX : (int)count;
	int result;

	savefile->frame = frame;
	savefile->fn = fn;
	savefile->context = context;
	savefile->stopped = false;
	do
		result = pcap_dispatch(savefile->pcap, most, take, (u_char *)savefile);
	while (result == PCAP_ERROR_BREAK && !savefile->stopped && take_break(savefile));
	if (savefile->stopped)
		return 1;
	if (result == PCAP_ERROR)
		return fail_read(savefile, pcap_geterr(savefile->pcap), diag);
	return result > 0;
}
