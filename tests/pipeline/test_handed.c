/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What workers hand to the auditor: every field that cannot be is refused, all others pass. */
#include "pipeline/handed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FIELD(type, field) offsetof(struct type, field), sizeof(((struct type *)NULL)->field)

/* The largest record of all, with room behind it. */
union record {
	struct fa_conversation conversation;
	struct fa_flow_record flow;
	struct fa_name_answer name;
	struct fa_packet packet;
	uint8_t bytes[2048];
};

/* What is looked at, by kind of record: a byte, from which value on it cannot be. */
struct limit {
	size_t offset, size;
	unsigned least, most;
};

struct kind {
	size_t len;
	void (*make)(union record *record);
	int (*take)(const union record *record, size_t len, union record *out,
		    struct fa_diag *diag);
	const char *what;
	struct limit limits[8];
	struct limit texts[3]; /* must have an end */
	bool longer;	       /* more bytes may follow */
};

static void make_identity(struct fa_identity *id)
{
	id->client.version = 6;
	id->server.version = 6;
	memset(id->protocol, 'p', sizeof(id->protocol) - 1);
	memset(id->application, 'a', sizeof(id->application) - 1);
	memset(id->host, 0xff, sizeof(id->host) - 1);
	id->direction_by = FA_BY_COUNT - 1;
	id->detected_by = FA_DETECTED_COUNT - 1;
	id->tunnel = FA_TUNNEL_COUNT - 1;
	id->transport = 255;
	id->fragment = 255;
}

static void make_conversation(union record *record)
{
	make_identity(&record->conversation.id);
	memset(&record->conversation.counts, 0xff, sizeof(record->conversation.counts));
}

static void make_flow(union record *record)
{
	make_identity(&record->flow.id);
	record->flow.state = FA_FLOW_STATE_COUNT - 1;
	record->flow.vlan_count = FA_VLAN_MAX;
}

static void make_name(union record *record)
{
	record->name.client.version = 4;
	record->name.resolver.version = 4;
	record->name.address.version = 6;
	memset(record->name.host, 'n', sizeof(record->name.host) - 1);
}

static void make_packet(union record *record)
{
	record->packet.ip_version = 4;
	record->packet.tunnel = FA_TUNNEL_COUNT - 1;
	record->packet.captured = 100;
	record->packet.payload_offset = 100;
}

static int take_conversation(const union record *record, size_t len, union record *out,
			     struct fa_diag *diag)
{
	return fa_handed_conversation(record, len, &out->conversation, diag);
}

static int take_flow(const union record *record, size_t len, union record *out,
		     struct fa_diag *diag)
{
	return fa_handed_flow(record, len, &out->flow, diag);
}

static int take_name(const union record *record, size_t len, union record *out,
		     struct fa_diag *diag)
{
	return fa_handed_name(record, len, &out->name, diag);
}

static int take_packet(const union record *record, size_t len, union record *out,
		       struct fa_diag *diag)
{
	return fa_handed_packet(record, len, &out->packet, diag);
}

#define IDENTITY_LIMITS(type)                                                                      \
	{FIELD(type, id.client.version), 6, 6}, {FIELD(type, id.server.version), 6, 6},           \
	{FIELD(type, id.direction_by), 0, FA_BY_COUNT - 1},                                        \
	{FIELD(type, id.detected_by), 0, FA_DETECTED_COUNT - 1},                                   \
	{FIELD(type, id.tunnel), 0, FA_TUNNEL_COUNT - 1}
#define IDENTITY_TEXTS(type)                                                                       \
	{FIELD(type, id.protocol), 0, 0}, {FIELD(type, id.application), 0, 0},                     \
	{FIELD(type, id.host), 0, 0}

static const struct kind kinds[] = {
	{sizeof(struct fa_conversation), make_conversation, take_conversation, "conversation",
	 {IDENTITY_LIMITS(fa_conversation)}, {IDENTITY_TEXTS(fa_conversation)}, false},
	{sizeof(struct fa_flow_record), make_flow, take_flow, "flow",
	 {IDENTITY_LIMITS(fa_flow_record), {FIELD(fa_flow_record, state), 0, FA_FLOW_STATE_COUNT - 1},
	  {FIELD(fa_flow_record, vlan_count), 0, FA_VLAN_MAX}},
	 {IDENTITY_TEXTS(fa_flow_record)}, false},
	{sizeof(struct fa_name_answer), make_name, take_name, "name",
	 {{FIELD(fa_name_answer, client.version), 4, 4},
	  {FIELD(fa_name_answer, resolver.version), 4, 4},
	  {FIELD(fa_name_answer, address.version), 4, 6},
	  {FIELD(fa_name_answer, by_capture), 0, 0}},
	 {{FIELD(fa_name_answer, host), 0, 0}}, false},
	{sizeof(struct fa_packet) + 100, make_packet, take_packet, "packet",
	 {{FIELD(fa_packet, ip_version), 4, 6}, {FIELD(fa_packet, tunnel), 0, FA_TUNNEL_COUNT - 1},
	  {FIELD(fa_packet, payload_offset), 0, 100}, {FIELD(fa_packet, captured), 100, 100}},
	 {{0}}, true},
};

/* Takes RECORD as KIND, and wants EXPECTED; on success the copy, on failure the message. */
static void check(const struct kind *kind, const union record *record, size_t len, int expected)
{
	size_t copied = kind->longer ? sizeof(struct fa_packet) : kind->len;
	struct fa_diag diag = {{0}};
	union record out;

	memset(&out, 0x55, sizeof(out));
	assert_int_equal(kind->take(record, len, &out, &diag), expected);
	if (expected == 0) {
		assert_memory_equal(&out, record, copied);
		assert_string_equal(diag.text, "");
	} else {
		assert_non_null(strstr(diag.text, kind->what));
		assert_non_null(strstr(diag.text, "subverted"));
	}
	for (size_t i = copied; i < sizeof(out); i++)
		assert_int_equal(out.bytes[i], 0x55);
}

static void start(const struct kind *kind, union record *record)
{
	memset(record, 0, sizeof(*record));
	kind->make(record);
}

static void what_can_be_passes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		union record record;

		start(&kinds[i], &record);
		check(&kinds[i], &record, kinds[i].len, 0);
	}
}

static void other_lengths_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		union record record;

		start(&kinds[i], &record);
		for (size_t len = 0; len < sizeof(record); len++)
			if (len != kinds[i].len)
				check(&kinds[i], &record, len, FA_ECORRUPT);
	}
}

/* Versions of addresses: 4 and 6, and nothing between. */
static bool may_be(const struct limit *limit, unsigned value)
{
	bool is_version = limit->least == 4 && limit->most == 6;

	return value >= limit->least && value <= limit->most && (!is_version || value != 5);
}

/* Every value of each byte, and of wider fields the bits beyond. */
static void fields_that_cannot_be_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++)
		for (const struct limit *limit = kinds[i].limits; limit->size != 0; limit++) {
			union record record;

			start(&kinds[i], &record);
			for (unsigned value = 0; value < 256; value++) {
				record.bytes[limit->offset] = (uint8_t)value;
				check(&kinds[i], &record, kinds[i].len,
				      may_be(limit, value) ? 0 : FA_ECORRUPT);
			}
			record.bytes[limit->offset] = (uint8_t)limit->most;
			for (size_t byte = 1; byte < limit->size; byte++) {
				record.bytes[limit->offset + byte] = 1;
				check(&kinds[i], &record, kinds[i].len, FA_ECORRUPT);
				record.bytes[limit->offset + byte] = 0;
			}
		}
}

static void texts_without_an_end_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++)
		for (size_t t = 0; t < COUNT(kinds[i].texts) && kinds[i].texts[t].size > 0; t++) {
			const struct limit *text = &kinds[i].texts[t];
			union record record;

			start(&kinds[i], &record);
			record.bytes[text->offset + text->size - 1] = 'x';
			check(&kinds[i], &record, kinds[i].len, FA_ECORRUPT);
			record.bytes[text->offset] = '\0'; /* ends sooner: what follows is nothing */
			check(&kinds[i], &record, kinds[i].len, 0);
		}
}

/* One that says it is of the other family than its peer. */
static void both_ends_are_of_one_family(void **state)
{
	union record record;

	(void)state;
	start(&kinds[0], &record);
	record.conversation.id.client.version = 4;
	check(&kinds[0], &record, kinds[0].len, FA_ECORRUPT);
	record.conversation.id.server.version = 4;
	check(&kinds[0], &record, kinds[0].len, 0);
	record.conversation.id.client.version = record.conversation.id.server.version = 0;
	check(&kinds[0], &record, kinds[0].len, FA_ECORRUPT);
	record.conversation.id.client.version = record.conversation.id.server.version = 5;
	check(&kinds[0], &record, kinds[0].len, FA_ECORRUPT);
}

/* 12 bits each, and bits of layers that there are. */
static void vlans_and_layers(void **state)
{
	static const struct {
		size_t kind, offset, count;
	} vlans[] = {
		{0, offsetof(struct fa_conversation, id.vlan), FA_KEY_VLANS},
		{1, offsetof(struct fa_flow_record, id.vlan), FA_KEY_VLANS},
		{1, offsetof(struct fa_flow_record, vlan), FA_VLAN_MAX},
		{3, offsetof(struct fa_packet, vlan), FA_VLAN_MAX},
	};
	union record record;

	(void)state;
	for (size_t i = 0; i < COUNT(vlans); i++)
		for (size_t k = 0; k < vlans[i].count; k++) {
			const struct kind *kind = &kinds[vlans[i].kind];
			size_t at = vlans[i].offset + k * sizeof(uint16_t);
			uint16_t vlan = 4095;

			start(kind, &record);
			memcpy(&record.bytes[at], &vlan, sizeof(vlan));
			check(kind, &record, kind->len, 0);
			vlan++;
			memcpy(&record.bytes[at], &vlan, sizeof(vlan));
			check(kind, &record, kind->len, FA_ECORRUPT);
		}
	start(&kinds[1], &record);
	record.flow.layers = fa_layer_bit(FA_TUNNEL_COUNT - 1) | fa_layer_bit(FA_TUNNEL_NONE);
	check(&kinds[1], &record, kinds[1].len, 0);
	record.flow.layers = fa_layer_bit(FA_TUNNEL_COUNT);
	check(&kinds[1], &record, kinds[1].len, FA_ECORRUPT);
	start(&kinds[3], &record);
	record.packet.layers = fa_layer_bit(FA_TUNNEL_COUNT);
	check(&kinds[3], &record, kinds[3].len, FA_ECORRUPT);
	start(&kinds[3], &record);
	record.packet.vlan_count = FA_VLAN_MAX + 1;
	check(&kinds[3], &record, kinds[3].len, FA_ECORRUPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_can_be_passes),
		cmocka_unit_test(other_lengths_are_refused),
		cmocka_unit_test(fields_that_cannot_be_are_refused),
		cmocka_unit_test(texts_without_an_end_are_refused),
		cmocka_unit_test(both_ends_are_of_one_family),
		cmocka_unit_test(vlans_and_layers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
