/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Judgements: stored once, because thousands of conversations are judged alike. */
#include "store/internal.h"

#include <string.h>
#include <xxhash.h>

/* All that distinguishes judgements, as bytes. Names of the site stand here by their digests. */
struct key {
	int64_t verdict, rule, nearest, differs, candidate_count, named, reason_count, waived;
	uint64_t instance, nearest_instance, waiver;
	int64_t candidates[FA_VERDICT_CANDS_MAX];
	uint8_t reasons[FA_REASONS_MAX];
	char detail[FA_DETAIL_TEXT];
};

_Static_assert(sizeof(struct key) <= FA_JUDGEMENT_KEY, "longer keys are never kept");

int64_t fa_store_rule_row(const struct fa_store *store, const struct fa_rule *rule)
{
	if (rule == NULL || store->book == NULL || rule->index >= store->book->rule_count ||
	    &store->book->rules[rule->index] != rule)
		return 0;
	return store->rule_rows[rule->index];
}

static const char *instance_name(const struct fa_instance *instance)
{
	return instance == NULL ? "" : instance->name;
}

static const char *waiver_id(const struct fa_judgement *j)
{
	return j->waiver == NULL ? "" : j->waiver->id;
}

static uint64_t digest_of(const char *name)
{
	return name[0] == '\0' ? 0 : XXH3_64bits(name, strlen(name));
}

/* False when a rule is not of the current book. The key is zeroed first: unused parts are equal. */
static bool make_key(const struct fa_store *store, const struct fa_judgement *j, struct key *key)
{
	memset(key, 0, sizeof(*key));
	key->verdict = j->verdict;
	key->rule = fa_store_rule_row(store, j->rule);
	key->nearest = fa_store_rule_row(store, j->nearest);
	key->differs = j->differs;
	key->waived = j->waiver == NULL ? -1 : (int64_t)j->waived;
	key->instance = digest_of(instance_name(j->instance));
	key->nearest_instance = digest_of(instance_name(j->nearest_instance));
	key->waiver = digest_of(waiver_id(j));
	key->candidate_count = (int64_t)j->candidate_count;
	key->named = (int64_t)(j->candidate_count < FA_VERDICT_CANDS_MAX ? j->candidate_count
									 : FA_VERDICT_CANDS_MAX);
	key->reason_count = (int64_t)(j->reason_count < FA_REASONS_MAX ? j->reason_count
								       : FA_REASONS_MAX);
	for (int64_t i = 0; i < key->reason_count; i++)
		key->reasons[i] = (uint8_t)j->reasons[i];
	for (int64_t i = 0; i < key->named; i++) {
		key->candidates[i] = fa_store_rule_row(store, j->candidates[i]);
		if (key->candidates[i] == 0)
			return false;
	}
	memcpy(key->detail, j->detail, strnlen(j->detail, FA_DETAIL_TEXT - 1));
	return (j->rule == NULL || key->rule != 0) && (j->nearest == NULL || key->nearest != 0);
}

static void add_word(sqlite3_str *words, const char *word)
{
	sqlite3_str_appendf(words, "%s%s", sqlite3_str_length(words) > 0 ? " " : "", word);
}

static char *difference_words(const struct fa_judgement *j)
{
	sqlite3_str *words = sqlite3_str_new(NULL);

	for (unsigned i = 0; i < FA_DIFFERENCE_COUNT; i++)
		if ((j->differs & 1u << i) != 0)
			add_word(words, fa_difference_text(i));
	return sqlite3_str_finish(words);
}

static char *reason_words(const struct fa_judgement *j, const struct key *key)
{
	sqlite3_str *words = sqlite3_str_new(NULL);

	for (int64_t i = 0; i < key->reason_count; i++)
		add_word(words, fa_reason_text(j->reasons[i]));
	return sqlite3_str_finish(words);
}

static char *candidate_words(const struct fa_judgement *j, const struct key *key)
{
	sqlite3_str *words = sqlite3_str_new(NULL);

	for (int64_t i = 0; i < key->named; i++)
		add_word(words, j->candidates[i]->id);
	return sqlite3_str_finish(words);
}

/* Finds or adds the row; both statements take the same parameters. */
static int find_or_add(struct fa_store *store, const struct fa_judgement *j, const struct key *key,
		       int64_t *row)
{
	/* sqlite3_str_finish gives NULL for an empty text, and that is bound as "". */
	char *differs = difference_words(j);
	char *reasons = reason_words(j, key);
	char *candidates = candidate_words(j, key);
	int64_t digest = (int64_t)XXH3_64bits(key, sizeof(*key));
	int rc = SQLITE_OK;

	*row = 0;
	for (int add = 0; rc == SQLITE_OK && *row == 0 && add < 2; add++) {
		struct fa_binder b = fa_store_binder(store, add ? FA_STMT_JUDGEMENT_ADD
								: FA_STMT_JUDGEMENT_FIND);

		fa_bind_int(&b, digest);
		fa_bind_text(&b, fa_verdict_text(j->verdict));
		fa_bind_reference(&b, key->rule);
		fa_bind_reference(&b, key->nearest);
		fa_bind_text(&b, differs);
		fa_bind_text(&b, reasons);
		fa_bind_text(&b, candidates);
		fa_bind_count(&b, j->candidate_count);
		fa_bind_text(&b, key->detail);
		fa_bind_text(&b, instance_name(j->instance));
		fa_bind_text(&b, instance_name(j->nearest_instance));
		fa_bind_text(&b, waiver_id(j));
		fa_bind_text(&b, j->waiver == NULL ? "" : fa_verdict_text(j->waived));
		rc = add ? fa_sql_do(&b) : fa_sql_find(&b, row);
		if (add && rc == SQLITE_OK)
			*row = sqlite3_last_insert_rowid(store->db);
	}
	sqlite3_free(differs);
	sqlite3_free(reasons);
	sqlite3_free(candidates);
	return rc;
}

int fa_store_judgement_row(struct fa_store *store, const struct fa_judgement *judgement,
			   int64_t *row, int *error)
{
	struct key key;
	int rc;

	if (!make_key(store, judgement, &key)) {
		*error = FA_EINVAL;
		return SQLITE_OK;
	}
	*row = fa_cache_get(&store->judgements, &key, sizeof(key));
	if (*row >= 0)
		return SQLITE_OK;
	rc = find_or_add(store, judgement, &key, row);
	if (rc == SQLITE_OK)
		fa_cache_put(&store->judgements, &key, sizeof(key), *row);
	return rc;
}
