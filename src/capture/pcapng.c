/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pcapng files: the blocks, and the packets in them. */
#include "capture/pcapng.h"

#include <stdlib.h>
#include <string.h>

#include "base/slots.h"
#include "capture/pcapng_blocks.h"
#include "capture/source.h"

enum {
	BUFFER_BYTES = 256 << 10,
	HEAD = 8,     /* type and length of a block, before its body */
	FRAMING = 12, /* and the length again, behind it (draft section 3.1) */
	SECTION_MIN = 28,
	PACKET_MIN = 32, /* enhanced, and the obsolete one */
	SIMPLE_MIN = 16,
	STATISTICS_MIN = 24,
	MAGIC_AT = 8, /* in a section header */
	ORDER_MARK = 0x1a2b3c4d,
	MAJOR = 1,
};


struct fa_pcapng {
	struct fa_pcapng_setup setup;
	uint8_t *buffer;
	size_t room;
	size_t at, end; /* what is there and not used yet */
	bool swapped;	/* the section's byte order is not ours */
	struct fa_ng_interface *interfaces; /* of the section */
	size_t count, interfaces_room;
	uint32_t described; /* in all sections */
	int64_t last_ns;    /* of the packet before */
	bool timeless_told;
};

/* A block whose length is known, whole in the buffer. */
struct block {
	uint32_t type;
	uint32_t len;
	const uint8_t *bytes;
};

/* ---------------------------------------------------------------- bytes */

/* Makes LEN bytes fit behind `at`. */
static int make_room(struct fa_pcapng *ng, size_t len, struct fa_diag *diag)
{
	size_t bigger = ng->room;
	uint8_t *buffer;

	if (ng->at > 0) {
		memmove(ng->buffer, &ng->buffer[ng->at], ng->end - ng->at);
		ng->end -= ng->at;
		ng->at = 0;
	}
	while (bigger < len)
		bigger *= 2;
	if (bigger == ng->room)
		return FA_OK;
	buffer = realloc(ng->buffer, bigger);
	if (buffer == NULL)
		return fa_fail(diag, FA_ENOMEM, "no memory for a block of %zu bytes", len);
	ng->buffer = buffer;
	ng->room = bigger;
	return FA_OK;
}

/* Reads once. 1, 0 at the end, or an error. */
static int read_some(struct fa_pcapng *ng, struct fa_diag *diag)
{
	const char *message;
	ssize_t n = fa_stream_read(ng->setup.stream, &ng->buffer[ng->end], ng->room - ng->end);
	int err;

	if (n > 0) {
		ng->end += (size_t)n;
		return 1;
	}
	if (n == 0)
		return 0;
	err = fa_stream_error(ng->setup.stream, &message);
	return fa_fail(diag, err, "%s", message);
}

/* Until LEN bytes are there. 1, 0 when there are fewer, or an error. */
static int need_more(struct fa_pcapng *ng, size_t len, struct fa_diag *diag)
{
	int result = make_room(ng, len, diag);

	if (result != FA_OK)
		return result;
	do
		result = read_some(ng, diag);
	while (result > 0 && ng->end < len);
	return result;
}

static inline int need(struct fa_pcapng *ng, size_t len, struct fa_diag *diag)
{
	return __builtin_expect(ng->end - ng->at >= len, 1) ? 1 : need_more(ng, len, diag);
}

static int fail_cut(const struct fa_pcapng *ng, uint32_t len, struct fa_diag *diag)
{
	return fa_fail(diag, FA_ETRUNCATED, "the file ends within a block: %zu of %u bytes",
		       ng->end - ng->at, len);
}

static int fail_tail(uint32_t head, uint32_t tail, struct fa_diag *diag)
{
	return fa_fail(diag, FA_EFORMAT,
		       "a block of %u bytes that says it has %u at its end", head, tail);
}

/* Passes over a block of LEN bytes without holding it. 1 or an error. */
static int pass_over(struct fa_pcapng *ng, uint32_t len, struct fa_diag *diag)
{
	size_t left = len - 4; /* without the length at its end */
	uint32_t tail;
	int result = 1;

	while (left > 0) {
		size_t some = ng->end - ng->at;

		if (some == 0) {
			result = need(ng, 1, diag);
			if (result <= 0)
				break;
			continue;
		}
		some = some < left ? some : left;
		ng->at += some;
		left -= some;
	}
	if (result > 0)
		result = need(ng, 4, diag);
	if (result < 0)
		return result;
	if (result == 0)
		return fa_fail(diag, FA_ETRUNCATED, "the file ends within a block of %u bytes",
			       len);
	tail = fa_ng_32(&ng->buffer[ng->at], ng->swapped);
	ng->at += 4;
	return tail == len ? 1 : fail_tail(len, tail, diag);
}

/* The whole block of LEN bytes at `at`, which stays in the buffer until the next one. */
static int hold(struct fa_pcapng *ng, uint32_t len, struct block *block, struct fa_diag *diag)
{
	uint32_t tail;
	int result = need(ng, len, diag);

	if (result < 0)
		return result;
	if (result == 0)
		return fail_cut(ng, len, diag);
	block->bytes = &ng->buffer[ng->at];
	block->len = len;
	ng->at += len;
	tail = fa_ng_32(&block->bytes[len - 4], ng->swapped);
	return __builtin_expect(tail == len, 1) ? 1 : fail_tail(len, tail, diag);
}

/* --------------------------------------------------------------- blocks */

static int check_length(uint32_t type, uint32_t len, struct fa_diag *diag)
{
	if (len < FRAMING || len % 4 != 0)
		return fa_fail(diag, FA_EFORMAT, "a block of type 0x%08x and %u bytes, which cannot be",
			       type, len);
	return FA_OK;
}

/* Its first word tells the byte order, and only then its length is known. */
static int take_section(struct fa_pcapng *ng, struct fa_diag *diag)
{
	struct block block;
	uint16_t major;
	uint32_t len;
	uint32_t order;
	int result = need(ng, FRAMING, diag);

	if (result < 0)
		return result;
	if (result == 0)
		return fail_cut(ng, SECTION_MIN, diag);
	order = fa_ng_32(&ng->buffer[ng->at + MAGIC_AT], false);
	ng->swapped = order != ORDER_MARK;
	if (ng->swapped && __builtin_bswap32(order) != ORDER_MARK)
		return fa_fail(diag, FA_EFORMAT,
			       "a section header without the mark of its byte order: 0x%08x", order);
	len = fa_ng_32(&ng->buffer[ng->at + 4], ng->swapped);
	result = check_length(FA_NG_SECTION, len, diag);
	if (result != FA_OK)
		return result;
	if (len < SECTION_MIN || len > FA_PCAPNG_BLOCK_MAX)
		return fa_fail(diag, FA_EFORMAT, "a section header of %u bytes", len);
	result = hold(ng, len, &block, diag);
	if (result < 0)
		return result;
	major = fa_ng_16(&block.bytes[12], ng->swapped);
	if (major != MAJOR)
		return fa_fail(diag, FA_EUNSUPPORTED, "pcapng of version %u.%u; 1 is known", major,
			       fa_ng_16(&block.bytes[14], ng->swapped));
	ng->count = 0;
	return 1;
}

/* Its number in the run: of a file that is read again, the one it had. */
static int number_it(struct fa_pcapng *ng, const struct fa_run_interface *like, uint32_t *number)
{
	uint32_t nth = ng->described++;

	if (nth >= ng->setup.known_count)
		return fa_origins_add(ng->setup.origins, like, number);
	*number = fa_origins_again(ng->setup.known, nth);
	return FA_OK;
}

/* The filter may not suit a link type: of the first it is an error, of a later one a warning. */
static int find_link(struct fa_pcapng *ng, uint16_t file_type, size_t *place, struct fa_diag *diag)
{
	struct fa_diag reason = {.text = ""};
	int err = fa_links_find(ng->setup.links, file_type, place, &reason);

	if (err == FA_OK)
		return FA_OK;
	if (err != FA_EINVAL || ng->described == 0)
		return fa_fail(diag, err, "%s", reason.text);
	fa_source_warn(ng->setup.options, "%s; what was captured there is left out", reason.text);
	return FA_OK;
}

static int take_interface(struct fa_pcapng *ng, const struct block *block, struct fa_diag *diag)
{
	struct fa_run_interface like = {.input = ng->setup.input};
	struct fa_ng_description told;
	struct fa_ng_interface *interface;
	void *items = ng->interfaces;
	int err = fa_ng_describe(&told, &block->bytes[HEAD], block->len - FRAMING, ng->swapped,
				 diag);

	if (err != FA_OK)
		return err;
	if (ng->count == FA_PCAPNG_INTERFACES_MAX)
		return fa_fail(diag, FA_EUNSUPPORTED, "more than %d interfaces in a section",
			       FA_PCAPNG_INTERFACES_MAX);
	if (!fa_array_reserve(&items, &ng->interfaces_room, ng->count + 1, sizeof(*interface)))
		return fa_fail(diag, FA_ENOMEM, "no memory for an interface");
	ng->interfaces = items;
	interface = &ng->interfaces[ng->count];
	err = find_link(ng, told.file_type, &interface->place, diag);
	if (err != FA_OK)
		return err;
	interface->link_type = ng->setup.links->items[interface->place].link_type;
	interface->lost = 0;
	interface->told = false;
	interface->snap_bytes = told.snap_bytes;
	interface->clock = told.clock;
	memcpy(like.name, told.name, sizeof(like.name));
	like.link_type = interface->link_type;
	if (number_it(ng, &like, &interface->number) != FA_OK)
		return fa_fail(diag, FA_ENOMEM, "no memory for an interface");
	ng->count++;
	return 1;
}

/* Of an interface that is not described it says nothing. */
static void take_statistics(struct fa_pcapng *ng, const struct block *block)
{
	struct fa_run_interface *origin;
	struct fa_run_interface with;
	struct fa_ng_interface *of;
	uint32_t id;

	if (block->len < STATISTICS_MIN)
		return;
	id = fa_ng_32(&block->bytes[HEAD], ng->swapped);
	if (id >= ng->count)
		return;
	of = &ng->interfaces[id];
	origin = &ng->setup.origins->items[of->number];
	with = *origin;
	if (!of->told) { /* what its packets said is in there */
		with.dropped_kernel = 0;
		with.counts_kernel = false;
	}
	if (!fa_ng_statistics(&with, &block->bytes[HEAD + 12], block->len - FRAMING - 12,
			      ng->swapped))
		return;
	*origin = with;
	of->told = true;
}

/* Packets that are missing before one: by the interface or the kernel, nobody knows. */
static void note_lost(struct fa_pcapng *ng, uint32_t id, uint64_t lost)
{
	struct fa_ng_interface *of = &ng->interfaces[id];
	struct fa_run_interface *origin = &ng->setup.origins->items[of->number];

	of->lost += lost < FA_NG_DROPS_MAX - of->lost ? lost : FA_NG_DROPS_MAX - of->lost;
	if (of->told)
		return;
	origin->dropped_kernel = of->lost;
	origin->counts_kernel = true;
}

static int take_names(struct fa_pcapng *ng, const struct block *block, struct fa_diag *diag)
{
	int err = fa_ng_names(ng->setup.noted, &block->bytes[HEAD], block->len - FRAMING,
			      ng->swapped);

	return err == FA_OK ? 1 : fa_fail(diag, err, "no memory for names");
}

/* -------------------------------------------------------------- packets */

static const struct fa_ng_interface *interface_of(const struct fa_pcapng *ng, uint32_t id,
						  struct fa_diag *diag)
{
	if (__builtin_expect(id < ng->count, 1))
		return &ng->interfaces[id];
	if (ng->count == 0)
		fa_fail(diag, FA_EFORMAT, "a packet before any interface is described");
	else
		fa_fail(diag, FA_EFORMAT, "a packet of interface %u, and %zu %s described", id,
			ng->count, ng->count == 1 ? "is" : "are");
	return NULL;
}

static int fail_short(uint32_t len, struct fa_diag *diag)
{
	return fa_fail(diag, FA_EFORMAT, "a packet block of %u bytes, too short for one", len);
}

/* LEFT bytes of the block may be the packet's. */
static inline int set_frame(const struct fa_ng_interface *interface, const uint8_t *data,
			    uint32_t captured, uint32_t wire, uint32_t left,
			    struct fa_frame *frame, struct fa_diag *diag)
{
	if (captured > left)
		return fa_fail(diag, FA_EFORMAT,
			       "a packet of %u bytes in a block that has room for %u", captured,
			       left);
	if (captured > FA_PCAPNG_SNAP_BYTES) {
		wire = wire < captured ? captured : wire;
		captured = FA_PCAPNG_SNAP_BYTES;
	}
	frame->data = data;
	frame->captured = captured;
	frame->wire = wire < captured ? captured : wire;
	frame->link_type = interface->link_type;
	frame->interface = interface->number;
	return 1;
}

/* What stands beside the CAPTURED bytes of a packet in its block. */
static void take_packet_loss(struct fa_pcapng *ng, const struct block *block, uint32_t id,
			     uint32_t captured)
{
	size_t options_at = PACKET_MIN - 4 + (size_t)captured + (4 - captured % 4) % 4;
	uint64_t lost = 0;

	if (block->type == FA_NG_PACKET)
		lost = fa_ng_16(&block->bytes[10], ng->swapped);
	if (lost == UINT16_MAX) /* not known */
		lost = 0;
	if (block->type == FA_NG_ENHANCED && options_at + 4 < block->len)
		lost = fa_ng_lost(&block->bytes[options_at], block->len - 4 - options_at,
				  ng->swapped);
	if (lost > 0)
		note_lost(ng, id, lost);
}

/* An enhanced packet block, or the obsolete one, which has 16 bits for its interface. */
static inline int take_packet(struct fa_pcapng *ng, const struct block *block,
			      struct fa_frame *frame, size_t *place, struct fa_diag *diag)
{
	const struct fa_ng_interface *interface;
	bool swapped = ng->swapped;
	uint64_t stamp;
	uint32_t captured;
	uint32_t id;
	int result;

	if (block->len < PACKET_MIN)
		return fail_short(block->len, diag);
	id = block->type == FA_NG_ENHANCED ? fa_ng_32(&block->bytes[8], swapped)
					   : fa_ng_16(&block->bytes[8], swapped);
	interface = interface_of(ng, id, diag);
	if (interface == NULL)
		return FA_EFORMAT;
	stamp = (uint64_t)fa_ng_32(&block->bytes[12], swapped) << 32 |
		fa_ng_32(&block->bytes[16], swapped);
	frame->ts_ns = fa_ng_time(&interface->clock, stamp);
	ng->last_ns = frame->ts_ns;
	*place = interface->place;
	captured = fa_ng_32(&block->bytes[20], swapped);
	result = set_frame(interface, &block->bytes[28], captured,
			   fa_ng_32(&block->bytes[24], swapped), block->len - PACKET_MIN, frame,
			   diag);
	if (result > 0 && (block->type == FA_NG_PACKET || block->len > PACKET_MIN + captured + 3))
		take_packet_loss(ng, block, id, captured);
	return result;
}

/* It has no time: that of the packet before it is the nearest thing. */
static int take_simple(struct fa_pcapng *ng, const struct block *block, struct fa_frame *frame,
		       size_t *place, struct fa_diag *diag)
{
	const struct fa_ng_interface *interface = interface_of(ng, 0, diag);
	uint32_t wire;

	if (interface == NULL)
		return FA_EFORMAT;
	if (block->len < SIMPLE_MIN)
		return fail_short(block->len, diag);
	if (!ng->timeless_told)
		fa_source_warn(ng->setup.options,
			       "%s: has packets without a time (simple packet blocks): they get "
			       "that of the packet before them, the first ones 1970-01-01",
			       ng->setup.links->label);
	ng->timeless_told = true;
	wire = fa_ng_32(&block->bytes[HEAD], ng->swapped);
	frame->ts_ns = ng->last_ns;
	*place = interface->place;
	return set_frame(interface, &block->bytes[SIMPLE_MIN - 4],
			 wire < interface->snap_bytes ? wire : interface->snap_bytes, wire,
			 block->len - SIMPLE_MIN, frame, diag);
}

static bool is_packet(uint32_t type)
{
	return type == FA_NG_ENHANCED || type == FA_NG_PACKET || type == FA_NG_SIMPLE;
}

/* Other blocks than sections, of which there may be more than can be held. */
static bool is_held(uint32_t type)
{
	return is_packet(type) || type == FA_NG_INTERFACE || type == FA_NG_NAMES ||
	       type == FA_NG_STATISTICS;
}

/* A block that is no packet. 1 or an error. */
static int take_other(struct fa_pcapng *ng, const struct block *block, struct fa_diag *diag)
{
	switch (block->type) {
	case FA_NG_INTERFACE:
		return take_interface(ng, block, diag);
	case FA_NG_NAMES:
		return take_names(ng, block, diag);
	default:
		take_statistics(ng, block);
		return 1;
	}
}

/*
 * The next block into *BLOCK: type 0 when it was dealt with here. 1, 0 at the end, or an error.
 */
static inline int next_block(struct fa_pcapng *ng, struct block *block, struct fa_diag *diag)
{
	int result = need(ng, HEAD, diag);
	uint32_t len;

	block->type = 0;
	if (result < 0)
		return result;
	if (result == 0)
		return ng->end == ng->at ? 0 : fail_cut(ng, HEAD, diag);
	block->type = fa_ng_32(&ng->buffer[ng->at], ng->swapped);
	len = fa_ng_32(&ng->buffer[ng->at + 4], ng->swapped);
	if (block->type == FA_NG_ENHANCED && len <= FA_PCAPNG_BLOCK_MAX && len >= FRAMING &&
	    len % 4 == 0)
		return hold(ng, len, block, diag);
	if (block->type == FA_NG_SECTION) {
		block->type = 0;
		return take_section(ng, diag);
	}
	result = check_length(block->type, len, diag);
	if (result != FA_OK)
		return result;
	if (is_held(block->type) && len <= FA_PCAPNG_BLOCK_MAX)
		return hold(ng, len, block, diag);
	if (is_packet(block->type) || block->type == FA_NG_INTERFACE)
		return fa_fail(diag, FA_EFORMAT, "a block of type %u and %u bytes; at most %u are read",
			       block->type, len, FA_PCAPNG_BLOCK_MAX);
	block->type = 0;
	return pass_over(ng, len, diag);
}

int fa_pcapng_next(struct fa_pcapng *ng, struct fa_frame *frame, size_t *place,
		   struct fa_diag *diag)
{
	struct block block;
	int result;

	while ((result = next_block(ng, &block, diag)) > 0) {
		if (block.type == FA_NG_ENHANCED || block.type == FA_NG_PACKET)
			return take_packet(ng, &block, frame, place, diag);
		if (block.type == FA_NG_SIMPLE)
			return take_simple(ng, &block, frame, place, diag);
		if (block.type != 0)
			result = take_other(ng, &block, diag);
		if (result < 0)
			break;
	}
	return result;
}

/* --------------------------------------------------------------- opening */

/* Up to the first interface: then a link type is known, and whether the filter suits it. */
static int read_header(struct fa_pcapng *ng, struct fa_diag *diag)
{
	struct block block;
	int result = 1;

	while (result > 0 && ng->described == 0) {
		result = next_block(ng, &block, diag);
		if (result > 0 && is_packet(block.type)) {
			interface_of(ng, 0, diag);
			return FA_EFORMAT;
		}
		if (result > 0 && block.type != 0)
			result = take_other(ng, &block, diag);
	}
	if (result == 0)
		return fa_fail(diag, FA_EFORMAT,
			       "a pcapng file that describes no interface, and has no packets");
	return result < 0 ? result : FA_OK;
}

int fa_pcapng_open(struct fa_pcapng **out, const struct fa_pcapng_setup *setup,
		   struct fa_diag *diag)
{
	struct fa_pcapng *ng = calloc(1, sizeof(*ng));
	int err;

	if (ng == NULL)
		return fa_fail(diag, FA_ENOMEM, "no memory to open");
	ng->setup = *setup;
	ng->room = BUFFER_BYTES;
	ng->buffer = malloc(ng->room);
	err = ng->buffer == NULL ? fa_fail(diag, FA_ENOMEM, "no memory to open")
				 : read_header(ng, diag);
	if (err != FA_OK) {
		fa_pcapng_free(ng);
		return err;
	}
	*out = ng;
	return FA_OK;
}

void fa_pcapng_free(struct fa_pcapng *ng)
{
	if (ng == NULL)
		return;
	free(ng->interfaces);
	free(ng->buffer);
	free(ng);
}

uint32_t fa_pcapng_interfaces(const struct fa_pcapng *ng)
{
	return ng->described;
}
