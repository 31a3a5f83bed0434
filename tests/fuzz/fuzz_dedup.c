/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes the stage that tells copies: the input is a list of Ethernet frames, new ones and earlier
 * ones that come again, as they were or with another TTL, sender, interface or byte, soon or late.
 *
 * The seed of the hashes decides nothing; what is as long as no packet before is never a copy; at
 * least one packet of all stays; `on` leaves nothing that is repeated.
 */
#include "base/cursor.h"
#include "decode/decode.h"
#include "dedup/dedup.h"
#include "fuzz/require.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FRAMES_MAX    64
#define FRAME_MAX     160
#define COUNT_LENGTHS 1024

struct stored {
	uint8_t bytes[FRAME_MAX];
	uint32_t len;
};

struct stand {
	struct fa_decoder decoder;
	struct stored stored[FRAMES_MAX];
	size_t count;
	int64_t now_ns;
	/* automatic, with two seeds; everything that is repeated; and nothing */
	struct fa_dedup *automatic[2], *on;
	uint64_t packets, copies;
	uint64_t lengths[COUNT_LENGTHS]; /* a bit for each that a packet had */
};

static void open_stand(struct stand *stand, uint8_t choice)
{
	struct fa_wire wire;
	struct fa_dedup *off;

	fa_wire_default(&wire);
	wire.key_vlan = choice & 1;
	wire.duplicates_ns = choice & 2 ? FA_DUPLICATES_MAX_NS : FA_DUPLICATES_DEFAULT_NS;
	wire.duplicates = FA_DUPLICATES_AUTO;
	stand->decoder = (struct fa_decoder){{1, 2}, wire.max_headers, wire.ports};
	require(fa_dedup_new(&stand->automatic[0], &wire, 1) == 0);
	require(fa_dedup_new(&stand->automatic[1], &wire, 0x9e3779b97f4a7c15u) == 0);
	wire.duplicates = FA_DUPLICATES_ON;
	require(fa_dedup_new(&stand->on, &wire, 7) == 0);
	wire.duplicates = FA_DUPLICATES_OFF;
	require(fa_dedup_new(&off, &wire, 7) == 0 && off == NULL);
}

/* Ethernet and a header of IP with what stands in the input behind it. */
static void make_frame(struct stored *out, uint8_t kind, struct fa_cursor *input)
{
	static const uint8_t ethernet[] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0};
	static const uint8_t transports[] = {6, 17, 1, 132, 50, 47, 6, 17};
	uint32_t ip = sizeof(ethernet);
	uint32_t header = kind & 8 ? 40 : 20;
	uint8_t *bytes = out->bytes;
	uint32_t rest = fa_cursor_u8(input) % 64;

	if (rest > fa_cursor_left(input))
		rest = (uint32_t)fa_cursor_left(input);
	memset(bytes, 0, FRAME_MAX);
	memcpy(bytes, ethernet, sizeof(ethernet));
	if (kind & 8) {
		bytes[12] = 0x86;
		bytes[13] = 0xdd;
		bytes[ip] = 0x60;
		bytes[ip + 5] = (uint8_t)rest;
		bytes[ip + 6] = kind & 7 ? transports[kind & 7] : 58;
		bytes[ip + 7] = 64;
		bytes[ip + 8] = bytes[ip + 24] = 0xfd;
		bytes[ip + 23] = 1;
		bytes[ip + 39] = (uint8_t)(1 + (kind >> 4 & 3));
	} else {
		bytes[ip] = 0x45;
		bytes[ip + 3] = (uint8_t)(20 + rest);
		bytes[ip + 5] = kind >> 6; /* the identification, or none */
		bytes[ip + 8] = 64;
		bytes[ip + 9] = transports[kind & 7];
		bytes[ip + 12] = bytes[ip + 16] = 10;
		bytes[ip + 15] = 1;
		bytes[ip + 19] = (uint8_t)(1 + (kind >> 4 & 3));
	}
	if (rest > 0)
		memcpy(&bytes[ip + header], fa_cursor_take(input, rest), rest);
	out->len = ip + header + rest;
}

static void check_sightings(struct stand *stand, const enum fa_sighting *automatic,
			    enum fa_sighting on, const struct fa_packet *packet)
{
	uint64_t bit = UINT64_C(1) << packet->ip_bytes % 64;
	uint64_t *lengths = &stand->lengths[packet->ip_bytes / 64 % COUNT_LENGTHS];

	require(automatic[0] == automatic[1]);
	stand->copies += automatic[0] == FA_SIGHTING_COPY;
	stand->packets++;
	require(stand->copies < stand->packets);
	require(on != FA_SIGHTING_REPEATED);
	if ((*lengths & bit) == 0)
		require(automatic[0] == FA_SIGHTING_FIRST && on == FA_SIGHTING_FIRST);
	*lengths |= bit;
}

/* Hands the frame to all three, each time from memory of exactly its size. */
static void see(struct stand *stand, const struct stored *stored, uint32_t interface)
{
	struct fa_frame frame = {.ts_ns = stand->now_ns,
				 .captured = stored->len,
				 .wire = stored->len,
				 .link_type = 1,
				 .interface = interface};
	enum fa_sighting automatic[2], on;
	struct fa_packet packet;
	uint8_t *copy = malloc(stored->len);
	const uint8_t *ip;

	require(copy != NULL);
	memcpy(copy, stored->bytes, stored->len);
	frame.data = copy;
	if (fa_decode(&stand->decoder, &frame, &packet, &ip) == FA_DECODE_DECODED) {
		for (size_t i = 0; i < 2; i++)
			automatic[i] = fa_dedup_packet(stand->automatic[i], &frame, &packet, ip);
		on = fa_dedup_packet(stand->on, &frame, &packet, ip);
		check_sightings(stand, automatic, on, &packet);
	}
	free(copy);
}

static void add_frame(struct stand *stand, uint8_t kind, struct fa_cursor *input)
{
	struct stored *frame = &stand->stored[stand->count];

	make_frame(frame, kind, input);
	see(stand, frame, 0);
	stand->count++;
}

/* An earlier frame comes again. */
static void repeat(struct stand *stand, uint8_t how, struct fa_cursor *input)
{
	struct stored again = stand->stored[fa_cursor_u8(input) % stand->count];
	uint8_t change = fa_cursor_u8(input);
	uint32_t ip = 14;

	if (how & 1)
		again.bytes[again.bytes[ip] >> 4 == 4 ? ip + 8 : ip + 7]--; /* a router */
	if (how & 2)
		again.bytes[6 + change % 6] ^= 0x10; /* another sender */
	if (how & 4)
		again.bytes[ip + change % (again.len - ip)] ^= 1;
	if (how & 8)
		stand->now_ns += (change - 100) * 20000;
	for (unsigned n = 0; n <= (how & 16 ? change % 8u : 0); n++)
		see(stand, &again, how & 32 ? 1 : 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct stand stand; /* too large for some stacks */
	struct fa_cursor input = fa_cursor(data, size);

	memset(&stand, 0, sizeof(stand));
	stand.now_ns = INT64_C(1700000000000000000);
	open_stand(&stand, fa_cursor_u8(&input));
	while (fa_cursor_ok(&input) && fa_cursor_left(&input) > 0) {
		uint8_t what = fa_cursor_u8(&input);
		uint8_t more = fa_cursor_u8(&input);

		stand.now_ns += what >> 4 & 3;
		if (stand.count == 0 || (what & 3 && stand.count < FRAMES_MAX))
			add_frame(&stand, more, &input);
		else
			repeat(&stand, more, &input);
	}
	for (size_t i = 0; i < 2; i++)
		fa_dedup_free(stand.automatic[i]);
	fa_dedup_free(stand.on);
	return 0;
}
