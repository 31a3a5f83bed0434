/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which sights of a packet are copies. */
#include "dedup/dedup.h"

#include <stdlib.h>

#include "base/error.h"
#include "dedup/recent.h"
#include "dedup/sight.h"

#define SAMPLE_WORDS (FA_DEDUP_SAMPLE / 64)

/* The last packets that say themselves which they are, by whether each was a copy that looked
 * alike. Copies that look otherwise say nothing about packets that look alike. */
struct sample {
	uint64_t copies[SAMPLE_WORDS];
	uint32_t at; /* of the next one */
	uint32_t size, copy_count;
};

struct fa_dedup {
	struct recent recent;
	struct sample sample;
	uint64_t seed;
	enum fa_duplicates mode;
	bool key_vlan;
};

/* A millisecond of 8 million packets a second, and as much of more as there is room for. */
static uint32_t packets_for(int64_t window_ns)
{
	uint32_t count = FA_DEDUP_PACKETS_MIN;

	while (count < FA_DEDUP_PACKETS_MAX && count * INT64_C(1000000) / 8192 < window_ns)
		count *= 2;
	return count;
}

int fa_dedup_new(struct fa_dedup **out, const struct fa_wire *wire, uint64_t seed)
{
	struct fa_dedup *dedup;
	int error;

	*out = NULL;
	if (wire->duplicates == FA_DUPLICATES_OFF)
		return 0;
	dedup = calloc(1, sizeof(*dedup));
	if (dedup == NULL)
		return FA_ENOMEM;
	dedup->seed = seed;
	dedup->mode = wire->duplicates;
	dedup->key_vlan = wire->key_vlan;
	error = recent_init(&dedup->recent, packets_for(wire->duplicates_ns), wire->duplicates_ns);
	if (error != 0) {
		free(dedup);
		return error;
	}
	*out = dedup;
	return 0;
}

void fa_dedup_free(struct fa_dedup *dedup)
{
	if (dedup == NULL)
		return;
	recent_deinit(&dedup->recent);
	free(dedup);
}

static void sample_add(struct sample *sample, bool copy)
{
	uint64_t *word = &sample->copies[sample->at / 64];
	uint64_t bit = UINT64_C(1) << sample->at % 64;

	sample->copy_count += copy - ((*word & bit) != 0);
	*word = copy ? *word | bit : *word & ~bit;
	sample->at = (sample->at + 1) % FA_DEDUP_SAMPLE;
	sample->size += sample->size < FA_DEDUP_SAMPLE;
}

/* How often a packet that looks alike comes once more; 0 when the capture is not doubled. */
static uint32_t copies_of_each(const struct sample *sample)
{
	uint32_t firsts = sample->size - sample->copy_count;

	if (sample->copy_count < FA_DEDUP_COPIES_MIN || sample->copy_count * 4 < sample->size)
		return 0;
	if (firsts == 0)
		return UINT32_MAX;
	return sample->copy_count < firsts ? 1 : (sample->copy_count + firsts / 2) / firsts;
}

static bool is_copy(const struct fa_dedup *dedup, const struct recent_entry *entry)
{
	return dedup->mode == FA_DUPLICATES_ON || entry->copies < copies_of_each(&dedup->sample);
}

static enum fa_sighting seen_again(struct fa_dedup *dedup, struct recent_entry *entry,
				   const struct sight *sight, int64_t ts_ns, bool marked)
{
	if (entry->view != sight->view)
		return FA_SIGHTING_COPY;
	if (marked)
		sample_add(&dedup->sample, true);
	if (!marked && !is_copy(dedup, entry)) {
		recent_renew(&dedup->recent, entry, sight, ts_ns);
		return FA_SIGHTING_REPEATED;
	}
	if (entry->copies < UINT8_MAX)
		entry->copies++;
	return FA_SIGHTING_COPY;
}

enum fa_sighting fa_dedup_packet(struct fa_dedup *dedup, const struct fa_frame *frame,
				 const struct fa_packet *packet, const uint8_t *ip_bytes)
{
	bool marked = sight_is_marked(packet, ip_bytes);
	struct recent_entry *entry;
	struct sight sight;

	sight_of(&sight, frame, packet, ip_bytes, dedup->seed, dedup->key_vlan);
	entry = recent_find(&dedup->recent, &sight, packet->ts_ns);
	if (entry != NULL)
		return seen_again(dedup, entry, &sight, packet->ts_ns, marked);
	if (marked)
		sample_add(&dedup->sample, false);
	recent_add(&dedup->recent, &sight, packet->ts_ns);
	return FA_SIGHTING_FIRST;
}
