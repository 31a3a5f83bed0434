/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Columns back into structs. */
#include "store/internal.h"

#include <limits.h>
#include <string.h>

#include "base/text.h"

uint8_t fa_store_word_number(const int64_t *rows, size_t count, int64_t row)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i] == row)
			return (uint8_t)i;
	return (uint8_t)(count - 1);
}

enum fa_verdict fa_store_verdict(const char *text)
{
	int verdict = fa_verdict_parse(text);

	return verdict < 0 ? FA_VERDICT_INDETERMINATE : (enum fa_verdict)verdict;
}

void fa_column_counts(struct fa_columns *c, struct fa_counts *out)
{
	out->packets_to_server = fa_column_count(c);
	out->packets_to_client = fa_column_count(c);
	out->bytes_to_server = fa_column_count(c);
	out->bytes_to_client = fa_column_count(c);
	out->flows = fa_column_count(c);
	for (size_t i = 0; i < FA_FLOW_STATE_COUNT; i++)
		out->flows_in_state[i] = fa_column_count(c);
	out->payload_packets = fa_column_count(c);
	out->syn_retries = fa_column_count(c);
	out->truncated = fa_column_count(c);
	out->sequence_gaps = fa_column_count(c);
	out->first_seen_ns = fa_column_int(c);
	out->last_seen_ns = fa_column_int(c);
}

void fa_column_addr(struct fa_columns *c, struct fa_addr *out)
{
	size_t len;
	const uint8_t *key = fa_column_blob(c, &len);

	memset(out, 0, sizeof(*out));
	/* Anything else, NULL too, is no address. */
	if (!(len == 5 && key[0] == 4) && !(len == 17 && key[0] == 6))
		return;
	out->version = key[0];
	memcpy(out->bytes, &key[1], len - 1);
}

void fa_column_name(struct fa_columns *c, char *out, size_t out_size)
{
	const char *text = fa_column_text(c);
	size_t len;
	const uint8_t *raw = fa_column_blob(c, &len);

	memset(out, 0, out_size);
	if (len > 0)
		memcpy(out, raw, len < out_size ? len : out_size - 1);
	else
		fa_text_copy(out, out_size, text);
}

void fa_column_rule(struct fa_columns *c, struct fa_stored_rule *out)
{
	const char **const texts[] = {
		&out->id,	   &out->product,   &out->product_name, &out->component,
		&out->component_name, &out->title,  &out->section,	&out->row,
		&out->document,	   &out->publisher, &out->dated,	&out->direction,
		&out->from,	   &out->to,	    &out->transports,	&out->ports,
		&out->protocols,   &out->requirement, &out->when,	&out->advice,
		&out->advice_reason, &out->scope,   &out->note,		&out->json,
		&out->file,
	};
	int64_t line;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		*texts[i] = fa_column_text(c);
	line = fa_column_int(c);
	out->line = line > 0 && line <= INT_MAX ? (unsigned)line : 0;
}

/* Copies the next word of *WORDS and moves on; false at the end. Long words are cut. */
static bool next_word(const char **words, char *out, size_t out_size)
{
	const char *start = *words + strspn(*words, " ");
	size_t len = strcspn(start, " ");
	size_t copied = len < out_size ? len : out_size - 1;

	memcpy(out, start, copied);
	out[copied] = '\0';
	*words = &start[len];
	return len > 0;
}

unsigned fa_differences_parse(const char *words)
{
	unsigned set = 0;
	char word[32];

	while (next_word(&words, word, sizeof(word)))
		for (unsigned i = 0; i < FA_DIFFERENCE_COUNT; i++)
			if (strcmp(word, fa_difference_text(i)) == 0)
				set |= 1u << i;
	return set;
}

size_t fa_reasons_parse(const char *words, enum fa_reason out[FA_REASONS_MAX])
{
	size_t count = 0;
	char word[32];

	while (count < FA_REASONS_MAX && next_word(&words, word, sizeof(word))) {
		int reason = fa_reason_parse(word);

		if (reason >= 0)
			out[count++] = (enum fa_reason)reason;
	}
	return count;
}
