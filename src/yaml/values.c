/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The values that our files are made of: texts, words, numbers. */
#include "yaml/values.h"

#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/text.h"

static const char digits[] = "0123456789";
static const char id_letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

bool fa_yaml_consists_of(const char *text, const char *letters)
{
	return text[0] != '\0' && text[strspn(text, letters)] == '\0';
}

static bool is_one_of(const char *text, const char *const *words)
{
	for (size_t i = 0; words[i] != NULL; i++)
		if (strcmp(text, words[i]) == 0)
			return true;
	return false;
}

/* What a plain scalar is to other YAML readers when it is not text; NULL for text (YAML 1.1). */
static const char *plain_type(const struct fa_yaml_node *node)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
	static const char *const bools[] = {
		"true", "True", "TRUE", "false", "False", "FALSE", "yes", "Yes", "YES", "no",
		"No",	"NO",	"on",	"On",	 "ON",	  "off",   "Off", "OFF", NULL};

	if (node->quoted)
		return NULL;
	if (is_one_of(node->text, nulls))
		return "nothing";
	if (is_one_of(node->text, bools))
		return "a boolean";
	if (fa_yaml_consists_of(node->text + strspn(node->text, "+-"), digits))
		return "a number";
	return NULL;
}

/* A scalar with something in it. */
bool fa_yaml_is_value(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		      const struct fa_yaml_node *node, const char *expected)
{
	if (node->kind != FA_YAML_TEXT)
		return fa_yaml_wrong(r, scope, node, "expected %s, found %s", expected,
				     fa_yaml_node_text(node));
	if (node->len == 0)
		return fa_yaml_wrong(r, scope, node, "there is no value");
	return true;
}

/* Texts are for terminals and reports; only the backslash needs no care there. */
static bool is_printable(const char *text)
{
	for (;;) {
		size_t len = strcspn(text, "\\");

		if (!fa_text_is_safe(text, len))
			return false;
		if (text[len] == '\0')
			return true;
		text += len + 1;
	}
}

bool fa_yaml_is_text(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		     const struct fa_yaml_node *node)
{
	struct fa_yaml_quote quote;
	const char *type;

	if (!fa_yaml_is_value(r, scope, node, "a text"))
		return false;
	type = plain_type(node);
	if (type != NULL)
		return fa_yaml_wrong(r, scope, node,
				     "%s is %s in YAML; for a text, put it in quotes",
				     fa_yaml_quote(&quote, node), type);
	if (node->len > FA_YAML_TEXT_MAX)
		return fa_yaml_wrong(r, scope, node, "longer than %d bytes", FA_YAML_TEXT_MAX);
	if (!is_printable(node->text))
		return fa_yaml_wrong(r, scope, node,
				     "\"%s\" holds a line break or another character that does not "
				     "print; a long text can be folded with >-",
				     fa_yaml_quote(&quote, node));
	return true;
}

bool fa_yaml_keep(struct fa_yaml_reader *r, const struct fa_yaml_node *node, void *out)
{
	char *copy = fa_yaml_copy(r->arena, node->text, node->len);

	memcpy(out, &copy, sizeof(copy));
	return copy != NULL;
}

bool fa_yaml_read_text(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		       const struct fa_yaml_node *node, void *out, const void *arg)
{
	(void)arg;
	return fa_yaml_is_text(r, scope, node) && fa_yaml_keep(r, node, out);
}

bool fa_yaml_is_id(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		   const struct fa_yaml_node *node)
{
	struct fa_yaml_quote quote;

	if (!fa_yaml_is_text(r, scope, node))
		return false;
	if (!fa_yaml_consists_of(node->text, id_letters) || node->text[0] == '-' ||
	    node->text[node->len - 1] == '-' || strstr(node->text, "--") != NULL)
		return fa_yaml_wrong(r, scope, node,
				     "\"%s\" is not an id: lower-case letters and digits, single "
				     "hyphens between them",
				     fa_yaml_quote(&quote, node));
	if (node->len > FA_YAML_ID_MAX)
		return fa_yaml_wrong(r, scope, node, "longer than %d bytes", FA_YAML_ID_MAX);
	return true;
}

bool fa_yaml_read_id(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		     const struct fa_yaml_node *node, void *out, const void *arg)
{
	(void)arg;
	return fa_yaml_is_id(r, scope, node) && fa_yaml_keep(r, node, out);
}

bool fa_yaml_read_name(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		       const struct fa_yaml_node *node, void *out, const void *arg)
{
	struct fa_yaml_quote quote;

	(void)arg;
	if (!fa_yaml_is_text(r, scope, node))
		return false;
	if (strcmp(node->text, "any") == 0)
		return fa_yaml_wrong(r, scope, node,
				     "\"any\" is not the name of a protocol; where "
				     "any will do, the rule says protocols: any");
	if (strpbrk(node->text, " /,\"\\") != NULL || node->len > FA_YAML_ID_MAX)
		return fa_yaml_wrong(r, scope, node, "\"%s\" is not the name of a protocol",
				     fa_yaml_quote(&quote, node));
	return fa_yaml_keep(r, node, out);
}

/* The number that LEN digits make. */
static unsigned small_number(const char *text, size_t len)
{
	unsigned value = 0;

	for (size_t i = 0; i < len; i++)
		value = value * 10 + (unsigned)(text[i] - '0');
	return value;
}

static bool is_date(const char *text)
{
	static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	unsigned year;
	unsigned month;
	unsigned day;
	bool leap;

	if (strlen(text) != 10 || text[4] != '-' || text[7] != '-')
		return false;
	for (size_t i = 0; i < 10; i++)
		if (i != 4 && i != 7 && strchr(digits, text[i]) == NULL)
			return false;
	year = small_number(text, 4);
	month = small_number(text + 5, 2);
	day = small_number(text + 8, 2);
	leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return month >= 1 && month <= 12 && day >= 1 &&
	       day <= days[month - 1] + (unsigned)(month == 2 && leap);
}

bool fa_yaml_read_date(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		       const struct fa_yaml_node *node, void *out, const void *arg)
{
	struct fa_yaml_quote quote;

	(void)arg;
	if (!fa_yaml_is_value(r, scope, node, "a date"))
		return false;
	if (!is_date(node->text))
		return fa_yaml_wrong(r, scope, node, "\"%s\" is not a date (YYYY-MM-DD)",
				     fa_yaml_quote(&quote, node));
	return fa_yaml_keep(r, node, out);
}

bool fa_yaml_read_bool(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		       const struct fa_yaml_node *node, void *out, const void *arg)
{
	struct fa_yaml_quote quote;
	bool *value = out;

	(void)arg;
	if (!fa_yaml_is_value(r, scope, node, "true or false"))
		return false;
	*value = strcmp(node->text, "true") == 0;
	if (node->quoted || (!*value && strcmp(node->text, "false") != 0))
		return fa_yaml_wrong(r, scope, node, "\"%s\" is not true or false%s",
				     fa_yaml_quote(&quote, node),
				     node->quoted ? " (without quotes)" : "");
	return true;
}

/* A number in YAML stands without quotes. */
bool fa_yaml_is_unquoted(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			 const struct fa_yaml_node *node)
{
	struct fa_yaml_quote quote;

	if (!node->quoted)
		return true;
	return fa_yaml_wrong(r, scope, node, "\"%s\" is a text; a number stands without quotes",
			     fa_yaml_quote(&quote, node));
}

bool fa_yaml_read_integer(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			  const struct fa_yaml_node *node, void *out, const void *arg)
{
	const uint64_t most = 1000000000;
	struct fa_yaml_quote quote;
	int64_t *value = out;
	uint64_t size;
	bool negative;

	(void)arg;
	if (!fa_yaml_is_value(r, scope, node, "a number") || !fa_yaml_is_unquoted(r, scope, node))
		return false;
	negative = node->text[0] == '-';
	if (fa_parse_u64(node->text + negative, 0, most, &size) != 0)
		return fa_yaml_wrong(r, scope, node, "\"%s\" is not a whole number",
				     fa_yaml_quote(&quote, node));
	*value = negative ? -(int64_t)size : (int64_t)size;
	return true;
}

/* "inbound, outbound, both, internal" */
static void list_words(const struct fa_yaml_words *words, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < words->count; i++) {
		const char *word = words->text(i);
		int len;

		if (word[0] == '\0')
			continue;
		len = snprintf(text + used, size - used, "%s%s", used == 0 ? "" : ", ", word);
		if (len < 0 || (size_t)len >= size - used)
			return;
		used += (size_t)len;
	}
}

/* The number of the word, or COUNT after a mistake was noted. */
static unsigned find_word(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			  const struct fa_yaml_node *node, const struct fa_yaml_words *words)
{
	struct fa_yaml_quote quote;
	char list[160];

	if (!fa_yaml_is_value(r, scope, node, "a word"))
		return words->count;
	for (unsigned i = 0; i < words->count; i++)
		if (strcmp(words->text(i), node->text) == 0)
			return i;
	list_words(words, list, sizeof(list));
	fa_yaml_wrong(r, scope, node, "\"%s\" is not one of %s", fa_yaml_quote(&quote, node), list);
	return words->count;
}

bool fa_yaml_read_word(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		       const struct fa_yaml_node *node, void *out, const void *arg)
{
	const struct fa_yaml_words *words = arg;
	unsigned value = find_word(r, scope, node, words);

	_Static_assert(sizeof(enum fa_scope) == sizeof(value), "enums are as wide as unsigned");
	if (value == words->count)
		return false;
	memcpy(out, &value, sizeof(value));
	return true;
}

bool fa_yaml_read_transports(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			     const struct fa_yaml_node *node, void *out, const void *arg)
{
	static const struct fa_yaml_words words = {fa_rule_transport_text, FA_RULE_TRANSPORTS};
	unsigned *set = out;
	bool ok = true;

	(void)arg;
	if (!fa_yaml_is_list(r, scope, node, FA_RULE_TRANSPORTS))
		return false;
	for (const struct fa_yaml_node *n = node->first; n != NULL; n = n->next) {
		unsigned index = find_word(r, scope, n, &words);

		if (index < words.count)
			*set |= 1u << index;
		else
			ok = false;
	}
	return ok;
}

bool fa_yaml_read_strings(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			  const struct fa_yaml_node *node, struct fa_strings *strings,
			  fa_yaml_read_fn *read)
{
	if (!fa_yaml_is_list(r, scope, node, FA_YAML_LIST_MAX))
		return false;
	strings->items = fa_yaml_read_items(r, scope, node, sizeof(*strings->items), read, NULL,
					    &strings->count);
	return strings->count == node->count;
}

bool fa_yaml_read_ids(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		      const struct fa_yaml_node *node, void *out, const void *arg)
{
	(void)arg;
	return fa_yaml_read_strings(r, scope, node, out, fa_yaml_read_id);
}

bool fa_yaml_read_names(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			const struct fa_yaml_node *node, void *out, const void *arg)
{
	(void)arg;
	return fa_yaml_read_strings(r, scope, node, out, fa_yaml_read_name);
}

bool fa_yaml_read_checked(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			  const struct fa_yaml_node *node, void *out, const void *arg)
{
	(void)r;
	(void)scope;
	(void)node;
	(void)out;
	(void)arg;
	return true;
}

bool fa_yaml_format_is(struct fa_yaml_reader *r, int64_t format, const char *what)
{
	const struct fa_yaml_node *node = fa_yaml_node_get(r->root, "format");
	const struct fa_yaml_scope scope = {NULL, "", "format"};
	int64_t found = 0;

	if (!fa_yaml_is_mapping(r, NULL, r->root))
		return false;
	if (node == NULL)
		return fa_yaml_wrong(r, NULL, r->root, "\"format\" is missing: not a %s?", what);
	if (!fa_yaml_read_integer(r, &scope, node, &found, NULL))
		return false;
	if (found != format)
		return fa_yaml_wrong(r, &scope, node,
				     "%s is not a format that is known here (%lld)", node->text,
				     (long long)format);
	return true;
}
