/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packets that are kept as evidence: those of conversations with findings. */
#include "pipeline/keep_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/slots.h"
#include "capture/writer.h"
#include "decode/decode.h"
#include "pipeline/wanted.h"

enum {
	RAW_LINK = 12, /* DLT_RAW (pcap-linktype(7)), in files LINKTYPE_RAW: IP without a link */
	/* Chosen packets that wait for earlier ones, which other workers may still have had. */
	WAITING_BYTES = 8 << 20,
	FILE_HEAD = 24, PACKET_HEAD = 16, /* of a pcap file */
};

struct chosen {
	int64_t ts_ns;
	uint32_t offset; /* of its head in the bytes that wait */
};

struct selecting {
	const struct fa_keep_selection *selection;
	struct fa_keep *keep;
	struct fa_wanted *wanted;
	struct fa_decoder decoder;
	struct fa_keep_shelf shelf;
	struct fa_keep_draft draft;
	struct fa_writer *writer; /* NULL before the first packet */
	uint64_t packets, bytes;  /* written */
	uint8_t *waiting;
	size_t waiting_used;
	struct chosen *chosen; /* by offset, but while they are written */
	size_t chosen_count, chosen_room;
	struct fa_diag *diag;
};

static int no_memory(struct selecting *s)
{
	return fa_fail(s->diag, FA_ENOMEM, "saved packets: no memory");
}

static int compare_times(const void *a, const void *b)
{
	const struct chosen *left = a;
	const struct chosen *right = b;

	if (left->ts_ns != right->ts_ns)
		return left->ts_ns < right->ts_ns ? -1 : 1;
	return (left->offset > right->offset) - (left->offset < right->offset);
}

static int compare_offsets(const void *a, const void *b)
{
	const struct chosen *left = a;
	const struct chosen *right = b;

	return (left->offset > right->offset) - (left->offset < right->offset);
}

static struct fa_frame frame_of(const struct fa_keep_head *head, const uint8_t *ip_bytes)
{
	return (struct fa_frame){.ts_ns = head->ts_ns, .data = ip_bytes, .captured = head->captured,
				 .wire = head->wire, .link_type = RAW_LINK};
}

static int open_file(struct selecting *s)
{
	const struct fa_keep_selection *selection = s->selection;
	int error = fa_keep_draft_open(&s->draft, s->keep->folder, selection->run,
				       selection->window, s->diag);

	if (error == 0)
		error = fa_writer_open(&s->writer, s->draft.file, RAW_LINK, true, s->diag);
	s->bytes = FILE_HEAD;
	return error;
}

/* The oldest files make room: what is gathered has a quarter of the limit. */
static void shelve(struct selecting *s, size_t bytes)
{
	uint64_t limit = s->keep->limit_bytes - s->keep->limit_bytes / 4;

	s->bytes += bytes;
	fa_keep_shelf_trim(&s->shelf, limit > s->bytes ? limit - s->bytes : 0, s->selection);
}

static int write_one(struct selecting *s, const struct chosen *chosen)
{
	struct fa_keep_head head;
	struct fa_frame frame;
	int error = s->writer == NULL ? open_file(s) : 0;

	if (error != 0)
		return error;
	memcpy(&head, s->waiting + chosen->offset, sizeof(head));
	frame = frame_of(&head, s->waiting + chosen->offset + sizeof(head));
	shelve(s, PACKET_HEAD + head.captured);
	s->packets++;
	error = fa_writer_frame(s->writer, &frame, s->diag);
	return error == 0 ? 0 : fa_fail_in(s->diag, error, "saved packets: %s", s->draft.temp);
}

/* Moves what still waits to the front. */
static void close_up(struct selecting *s)
{
	size_t used = 0;

	qsort(s->chosen, s->chosen_count, sizeof(*s->chosen), compare_offsets);
	for (size_t i = 0; i < s->chosen_count; i++) {
		struct fa_keep_head head;
		size_t len;

		memcpy(&head, s->waiting + s->chosen[i].offset, sizeof(head));
		len = sizeof(head) + head.captured;
		memmove(s->waiting + used, s->waiting + s->chosen[i].offset, len);
		s->chosen[i].offset = (uint32_t)used;
		used += len;
	}
	s->waiting_used = used;
}

/* Writes the earlier half of what waits, or all. */
static int write_waiting(struct selecting *s, bool all)
{
	size_t count = all ? s->chosen_count : (s->chosen_count + 1) / 2;
	int error = 0;

	if (s->chosen_count == 0)
		return 0;
	qsort(s->chosen, s->chosen_count, sizeof(*s->chosen), compare_times);
	for (size_t i = 0; i < count && error == 0; i++)
		error = write_one(s, &s->chosen[i]);
	s->chosen_count -= count;
	memmove(s->chosen, s->chosen + count, s->chosen_count * sizeof(*s->chosen));
	close_up(s);
	return error;
}

static int choose(struct selecting *s, const struct fa_keep_head *head, const uint8_t *ip_bytes)
{
	size_t len = sizeof(*head) + head->captured;
	void *chosen = s->chosen;
	int error = 0;

	while (s->waiting_used + len > WAITING_BYTES && error == 0)
		error = write_waiting(s, false);
	if (error != 0)
		return error;
	if (!fa_array_reserve(&chosen, &s->chosen_room, s->chosen_count + 1, sizeof(*s->chosen)))
		return no_memory(s);
	s->chosen = chosen;
	s->chosen[s->chosen_count++] = (struct chosen){head->ts_ns, (uint32_t)s->waiting_used};
	memcpy(s->waiting + s->waiting_used, head, sizeof(*head));
	memcpy(s->waiting + s->waiting_used + sizeof(*head), ip_bytes, head->captured);
	s->waiting_used += len;
	return 0;
}

static bool is_wanted(struct selecting *s, const struct fa_keep_head *head, const uint8_t *ip_bytes)
{
	const struct fa_frame frame = frame_of(head, ip_bytes);
	struct fa_packet packet;
	const uint8_t *inner;

	if (fa_decode(&s->decoder, &frame, &packet, &inner) != FA_DECODE_DECODED)
		return false;
	packet.tunnel = head->tunnel;
	packet.tunnel_id = head->tunnel_id;
	return fa_wanted_has(s->wanted, &packet);
}

static int select_block(struct selecting *s, const struct fa_keep_block *block)
{
	size_t at = 0;
	int error = 0;

	if (block->used > sizeof(block->bytes))
		return 0; /* the disk gave back something else, as below */
	while (error == 0 && block->used - at >= sizeof(struct fa_keep_head)) {
		struct fa_keep_head head;

		memcpy(&head, block->bytes + at, sizeof(head));
		at += sizeof(head);
		if (head.captured > block->used - at)
			break;
		if (is_wanted(s, &head, block->bytes + at))
			error = choose(s, &head, block->bytes + at);
		at += head.captured;
	}
	return error;
}

static int read_block(struct selecting *s, int fd, uint64_t number, struct fa_keep_block *block)
{
	off_t at = (off_t)(number * FA_KEEP_BLOCK);
	size_t done = 0;
	size_t len = sizeof(*block);

	block->used = 0;
	while (done < len) {
		ssize_t got = pread(fd, (char *)block + done, len - done, at + (off_t)done);

		if (got == 0)
			break; /* the last one ends where its packets end */
		if (got < 0 && errno != EINTR)
			return fa_fail(s->diag, FA_EIO, "saved packets: %s: %s", s->keep->folder,
				       strerror(errno));
		if (got > 0)
			done += (size_t)got;
	}
	return 0;
}

static int select_all(struct selecting *s, const struct fa_keep_candidates *candidates)
{
	struct fa_keep_block *block = malloc(sizeof(*block));
	int error = block == NULL ? no_memory(s) : 0;

	for (uint64_t i = 0; i < candidates->blocks && error == 0; i++) {
		error = read_block(s, candidates->fd, i, block);
		if (error == 0)
			error = select_block(s, block);
	}
	if (error == 0)
		error = select_block(s, &candidates->block);
	if (error == 0)
		error = write_waiting(s, true);
	free(block);
	return error;
}

static int want(struct selecting *s)
{
	int error = fa_wanted_new(&s->wanted);

	for (size_t i = 0; i < s->selection->count && error == 0; i++) {
		const struct fa_finding_part part = {
			.id = s->selection->ids[i],
			.first_seen_ns = INT64_MIN, /* all that was gathered is of this window */
			.last_seen_ns = INT64_MAX,
		};

		error = fa_wanted_add(s->wanted, &part);
	}
	return error == 0 ? 0 : no_memory(s);
}

int fa_keep_select(struct fa_keep_candidates *candidates, const struct fa_keep_selection *selection,
		   struct fa_keep_saved *saved, struct fa_diag *diag)
{
	struct selecting s = {
		.selection = selection,
		.decoder = {.max_headers = FA_WIRE_DEFAULT_HEADERS},
		.diag = diag,
	};
	int error;

	memset(saved, 0, sizeof(*saved));
	if (candidates == NULL)
		return 0;
	saved->trouble = candidates->trouble;
	if (selection->count == 0)
		return 0;
	s.keep = candidates->keep;
	error = want(&s);
	if (error == 0)
		error = fa_keep_shelf_look(&s.shelf, s.keep->folder, diag);
	s.waiting = malloc(WAITING_BYTES);
	if (error == 0 && s.waiting == NULL)
		error = no_memory(&s);
	if (error == 0)
		error = select_all(&s, candidates);
	fa_writer_free(s.writer);
	if (error == 0 && s.writer != NULL)
		error = fa_keep_draft_commit(&s.draft, s.keep->folder, selection->run,
					     selection->window, saved, diag);
	if (error == 0)
		saved->packets = s.packets;
	else
		fa_keep_draft_abort(&s.draft);
	fa_keep_shelf_deinit(&s.shelf);
	fa_wanted_free(s.wanted);
	free(s.waiting);
	free(s.chosen);
	return error;
}
