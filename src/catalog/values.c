/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The values that catalogs are made of. */
#include "catalog/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/num.h"
#include "base/text.h"

#define HOST_MAX 253 /* RFC 1035 section 2.3.4: 255 octets on the wire */
#define LABEL_MAX 63
#define PATTERN_MAX 64 /* bytes: ours, recognisers look no further */

static const char digits[] = "0123456789";
static const char id_letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
static const char host_letters[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

static bool consists_of(const char *text, const char *letters)
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
static const char *plain_type(const struct fa_cat_node *node)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
	static const char *const bools[] = {"true", "True", "TRUE", "false", "False", "FALSE",
					    "yes",  "Yes",  "YES",  "no",    "No",    "NO",
					    "on",   "On",   "ON",   "off",   "Off",   "OFF",
					    NULL};

	if (node->quoted)
		return NULL;
	if (is_one_of(node->text, nulls))
		return "nothing";
	if (is_one_of(node->text, bools))
		return "a boolean";
	if (consists_of(node->text + strspn(node->text, "+-"), digits))
		return "a number";
	return NULL;
}

/* A scalar with something in it. */
static bool is_value(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
		     const struct fa_cat_node *node, const char *expected)
{
	if (node->kind != FA_CAT_TEXT)
		return fa_cat_wrong(r, scope, node, "expected %s, found %s", expected,
				    fa_cat_node_text(node));
	if (node->len == 0)
		return fa_cat_wrong(r, scope, node, "there is no value");
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

bool fa_cat_is_text(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
		    const struct fa_cat_node *node)
{
	struct fa_cat_quote quote;
	const char *type;

	if (!is_value(r, scope, node, "a text"))
		return false;
	type = plain_type(node);
	if (type != NULL)
		return fa_cat_wrong(r, scope, node, "%s is %s in YAML; for a text, put it in quotes",
				    fa_cat_quote(&quote, node), type);
	if (node->len > FA_CAT_TEXT_MAX)
		return fa_cat_wrong(r, scope, node, "longer than %d bytes", FA_CAT_TEXT_MAX);
	if (!is_printable(node->text))
		return fa_cat_wrong(r, scope, node,
				    "\"%s\" holds a line break or another character that does not "
				    "print; a long text can be folded with >-",
				    fa_cat_quote(&quote, node));
	return true;
}

static bool keep(struct fa_cat_reader *r, const struct fa_cat_node *node, void *out)
{
	char *copy = fa_cat_copy(r->arena, node->text, node->len);

	memcpy(out, &copy, sizeof(copy));
	return copy != NULL;
}

bool fa_cat_read_text(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
		      const struct fa_cat_node *node, void *out, const void *arg)
{
	(void)arg;
	return fa_cat_is_text(r, scope, node) && keep(r, node, out);
}

bool fa_cat_is_id(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
		  const struct fa_cat_node *node)
{
	struct fa_cat_quote quote;

	if (!fa_cat_is_text(r, scope, node))
		return false;
	if (!consists_of(node->text, id_letters) || node->text[0] == '-' ||
	    node->text[node->len - 1] == '-' || strstr(node->text, "--") != NULL)
		return fa_cat_wrong(r, scope, node,
				    "\"%s\" is not an id: lower-case letters and digits, single "
				    "hyphens between them",
				    fa_cat_quote(&quote, node));
	if (node->len > FA_CAT_ID_MAX)
		return fa_cat_wrong(r, scope, node, "longer than %d bytes", FA_CAT_ID_MAX);
	return true;
}

bool fa_cat_read_id(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
		    const struct fa_cat_node *node, void *out, const void *arg)
{
	(void)arg;
	return fa_cat_is_id(r, scope, node) && keep(r, node, out);
}

bool fa_cat_read_name(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
		      const struct fa_cat_node *node, void *out, const void *arg)
{
	struct fa_cat_quote quote;

	(void)arg;
	if (!fa_cat_is_text(r, scope, node))
		return false;
	if (strcmp(node->text, "any") == 0)
		return fa_cat_wrong(r, scope, node, "\"any\" is not the name of a protocol; where "
						    "any will do, the rule says protocols: any");
	if (strpbrk(node->text, " /,\"\\") != NULL || node->len > FA_CAT_ID_MAX)
		return fa_cat_wrong(r, scope, node, "\"%s\" is not the name of a protocol",
				    fa_cat_quote(&quote, node));
	return keep(r, node, out);
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

bool fa_cat_read_date(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
		      const struct fa_cat_node *node, void *out, const void *arg)
{
	struct fa_cat_quote quote;

	(void)arg;
	if (!is_value(r, scope, node, "a date"))
		return false;
	if (!is_date(node->text))
		return fa_cat_wrong(r, scope, node, "\"%s\" is not a date (YYYY-MM-DD)",
				    fa_cat_quote(&quote, node));
	return keep(r, node, out);
}

bool fa_cat_read_bool(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
		      const struct fa_cat_node *node, void *out, const void *arg)
{
	struct fa_cat_quote quote;
	bool *value = out;

	(void)arg;
	if (!is_value(r, scope, node, "true or false"))
		return false;
	*value = strcmp(node->text, "true") == 0;
	if (node->quoted || (!*value && strcmp(node->text, "false") != 0))
		return fa_cat_wrong(r, scope, node, "\"%s\" is not true or false%s",
				    fa_cat_quote(&quote, node),
				    node->quoted ? " (without quotes)" : "");
	return true;
}

/* A number in YAML stands without quotes. */
static bool is_unquoted(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
			const struct fa_cat_node *node)
{
	struct fa_cat_quote quote;

	if (!node->quoted)
		return true;
	return fa_cat_wrong(r, scope, node, "\"%s\" is a text; a number stands without quotes",
			    fa_cat_quote(&quote, node));
}

bool fa_cat_read_integer(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
			 const struct fa_cat_node *node, void *out, const void *arg)
{
	const uint64_t most = 1000000000;
	struct fa_cat_quote quote;
	int64_t *value = out;
	uint64_t size;
	bool negative;

	(void)arg;
	if (!is_value(r, scope, node, "a number") || !is_unquoted(r, scope, node))
		return false;
	negative = node->text[0] == '-';
	if (fa_parse_u64(node->text + negative, 0, most, &size) != 0)
		return fa_cat_wrong(r, scope, node, "\"%s\" is not a whole number",
				    fa_cat_quote(&quote, node));
	*value = negative ? -(int64_t)size : (int64_t)size;
	return true;
}

/* "inbound, outbound, both, internal" */
static void list_words(const struct fa_cat_words *words, char *text, size_t size)
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
static unsigned find_word(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
			  const struct fa_cat_node *node, const struct fa_cat_words *words)
{
	struct fa_cat_quote quote;
	char list[160];

	if (!is_value(r, scope, node, "a word"))
		return words->count;
	for (unsigned i = 0; i < words->count; i++)
		if (strcmp(words->text(i), node->text) == 0)
			return i;
	list_words(words, list, sizeof(list));
	fa_cat_wrong(r, scope, node, "\"%s\" is not one of %s", fa_cat_quote(&quote, node), list);
	return words->count;
}

bool fa_cat_read_word(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
		      const struct fa_cat_node *node, void *out, const void *arg)
{
	const struct fa_cat_words *words = arg;
	unsigned value = find_word(r, scope, node, words);

	_Static_assert(sizeof(enum fa_scope) == sizeof(value), "enums are as wide as unsigned");
	if (value == words->count)
		return false;
	memcpy(out, &value, sizeof(value));
	return true;
}

bool fa_cat_read_transports(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
			    const struct fa_cat_node *node, void *out, const void *arg)
{
	static const struct fa_cat_words words = {fa_rule_transport_text, FA_RULE_TRANSPORTS};
	unsigned *set = out;
	bool ok = true;

	(void)arg;
	if (!fa_cat_is_list(r, scope, node, FA_RULE_TRANSPORTS))
		return false;
	for (const struct fa_cat_node *n = node->first; n != NULL; n = n->next) {
		unsigned index = find_word(r, scope, n, &words);

		if (index < words.count)
			*set |= 1u << index;
		else
			ok = false;
	}
	return ok;
}

/* "443" or "5678-5999"; false with nothing noted when it is neither. */
static bool parse_range(const char *text, struct fa_port_range *range)
{
	size_t first = strspn(text, digits);
	char low_text[8];
	uint64_t low;
	uint64_t high;

	if (first == 0 || first >= sizeof(low_text))
		return false;
	memcpy(low_text, text, first);
	low_text[first] = '\0';
	if (fa_parse_u64(low_text, 1, UINT16_MAX, &low) != 0)
		return false;
	high = low;
	if (text[first] != '\0' &&
	    (text[first] != '-' || fa_parse_u64(text + first + 1, 1, UINT16_MAX, &high) != 0))
		return false;
	range->low = (uint16_t)low;
	range->high = (uint16_t)high;
	return true;
}

static bool read_range(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
		       const struct fa_cat_node *node, void *out, const void *arg)
{
	struct fa_port_range *range = out;
	struct fa_cat_quote quote;

	(void)arg;
	if (!is_value(r, scope, node, "a port"))
		return false;
	if (!parse_range(node->text, range))
		return fa_cat_wrong(r, scope, node, "\"%s\" is not a port (1 to 65535)%s",
				    fa_cat_quote(&quote, node),
				    strchr(node->text, '-') == NULL ? "" : " or a range LOW-HIGH");
	if (range->low > range->high)
		return fa_cat_wrong(r, scope, node, "\"%s\" runs backwards: write %u-%u",
				    fa_cat_quote(&quote, node), range->high, range->low);
	return strchr(node->text, '-') != NULL || is_unquoted(r, scope, node);
}

static bool check_apart(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
			const struct fa_cat_node *list, const struct fa_port_range *ranges)
{
	size_t i = 0;

	for (const struct fa_cat_node *n = list->first; n != NULL; n = n->next, i++) {
		const struct fa_cat_node *m = list->first;

		for (size_t k = 0; k < i; k++, m = m->next)
			if (ranges[i].low <= ranges[k].high && ranges[k].low <= ranges[i].high)
				return fa_cat_wrong(r, scope, n, "%s overlaps %s", n->text,
						    m->text);
	}
	return true;
}

bool fa_cat_read_ports(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
		       const struct fa_cat_node *node, void *out, const void *arg)
{
	struct fa_port_ranges *ports = out;

	if (!fa_cat_is_list(r, scope, node, FA_CAT_LIST_MAX))
		return false;
	ports->items = fa_cat_read_items(r, scope, node, sizeof(*ports->items), read_range, arg,
					 &ports->count);
	if (ports->count != node->count)
		return false;
	return check_apart(r, scope, node, ports->items);
}

bool fa_cat_read_port(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
		      const struct fa_cat_node *node, void *out, const void *arg)
{
	struct fa_port_ranges *ports = out;
	struct fa_port_range *range = fa_cat_alloc(r->arena, 1, sizeof(*range));
	struct fa_cat_quote quote;

	if (range == NULL || !read_range(r, scope, node, range, arg))
		return false;
	if (range->low != range->high)
		return fa_cat_wrong(r, scope, node, "\"%s\" is a range; a single port is needed",
				    fa_cat_quote(&quote, node));
	ports->items = range;
	ports->count = 1;
	return true;
}

static bool read_strings(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
			 const struct fa_cat_node *node, struct fa_strings *strings,
			 fa_cat_read_fn *read)
{
	if (!fa_cat_is_list(r, scope, node, FA_CAT_LIST_MAX))
		return false;
	strings->items = fa_cat_read_items(r, scope, node, sizeof(*strings->items), read, NULL,
					   &strings->count);
	return strings->count == node->count;
}

bool fa_cat_read_ids(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
		     const struct fa_cat_node *node, void *out, const void *arg)
{
	(void)arg;
	return read_strings(r, scope, node, out, fa_cat_read_id);
}

bool fa_cat_read_names(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
		       const struct fa_cat_node *node, void *out, const void *arg)
{
	(void)arg;
	return read_strings(r, scope, node, out, fa_cat_read_name);
}

/* Labels of a host name, "*" allowed as the first when others follow. */
static bool is_host(const char *text)
{
	const char *label = text;

	if (strlen(text) > HOST_MAX)
		return false;
	if (strncmp(label, "*.", 2) == 0)
		label += 2;
	for (;;) {
		size_t len = strspn(label, host_letters);

		if (len == 0 || len > LABEL_MAX || label[0] == '-' || label[len - 1] == '-')
			return false;
		if (label[len] == '\0')
			return true;
		if (label[len] != '.')
			return false;
		label += len + 1;
	}
}

static bool read_host(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
		      const struct fa_cat_node *node, void *out, const void *arg)
{
	struct fa_cat_quote quote;
	struct fa_addr addr;

	(void)arg;
	if (!fa_cat_is_text(r, scope, node))
		return false;
	if (fa_addr_parse(node->text, &addr))
		return fa_cat_wrong(r, scope, node, "\"%s\" is an address: write it in \"networks\"",
				    fa_cat_quote(&quote, node));
	if (!is_host(node->text))
		return fa_cat_wrong(r, scope, node, "\"%s\" is not a host name",
				    fa_cat_quote(&quote, node));
	return keep(r, node, out);
}

bool fa_cat_read_hosts(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
		       const struct fa_cat_node *node, void *out, const void *arg)
{
	(void)arg;
	return read_strings(r, scope, node, out, read_host);
}

static bool read_network(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
			 const struct fa_cat_node *node, void *out, const void *arg)
{
	struct fa_cat_quote quote;

	(void)arg;
	if (!is_value(r, scope, node, "an address or prefix"))
		return false;
	if (!fa_prefix_parse(node->text, out))
		return fa_cat_wrong(r, scope, node,
				    "\"%s\" is not an address or prefix (host bits have to be zero)",
				    fa_cat_quote(&quote, node));
	return true;
}

bool fa_cat_read_networks(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
			  const struct fa_cat_node *node, void *out, const void *arg)
{
	struct fa_prefixes *networks = out;

	if (!fa_cat_is_list(r, scope, node, FA_CAT_LIST_MAX))
		return false;
	networks->items = fa_cat_read_items(r, scope, node, sizeof(*networks->items), read_network,
					    arg, &networks->count);
	return networks->count == node->count;
}

static bool read_asn(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
		     const struct fa_cat_node *node, void *out, const void *arg)
{
	struct fa_cat_quote quote;
	uint32_t *asn = out;
	uint64_t value;

	(void)arg;
	if (!is_value(r, scope, node, "a number") || !is_unquoted(r, scope, node))
		return false;
	if (fa_parse_u64(node->text, 1, UINT32_MAX, &value) != 0)
		return fa_cat_wrong(r, scope, node,
				    "\"%s\" is not the number of an autonomous system",
				    fa_cat_quote(&quote, node));
	*asn = (uint32_t)value;
	return true;
}

bool fa_cat_read_asns(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
		      const struct fa_cat_node *node, void *out, const void *arg)
{
	struct fa_numbers *asns = out;

	if (!fa_cat_is_list(r, scope, node, FA_CAT_LIST_MAX))
		return false;
	asns->items = fa_cat_read_items(r, scope, node, sizeof(*asns->items), read_asn, arg,
					&asns->count);
	return asns->count == node->count;
}

/* One byte of a pattern: two hexadecimal digits, or ?? for any. */
static bool parse_pattern_byte(const char *text, uint8_t *byte, uint8_t *mask)
{
	char pair[3] = {text[0], text[1], '\0'};

	*mask = 0;
	*byte = 0;
	if (strcmp(pair, "??") == 0)
		return true;
	*mask = 0xff;
	if (!consists_of(pair, "0123456789abcdefABCDEF"))
		return false;
	*byte = (uint8_t)strtoul(pair, NULL, 16);
	return true;
}

/* Fills BYTES and MASK, both long enough; how many, 0 when it is not a pattern. */
static size_t parse_pattern(const char *text, uint8_t *bytes, uint8_t *mask)
{
	size_t len = strlen(text);
	size_t count = (len + 1) / 3;
	bool fixed = false;

	if (len % 3 != 2 || count > PATTERN_MAX)
		return 0;
	for (size_t i = 0; i < count; i++) {
		if (!parse_pattern_byte(text + 3 * i, &bytes[i], &mask[i]))
			return 0;
		if (i + 1 < count && text[3 * i + 2] != ' ')
			return 0;
		fixed = fixed || mask[i] != 0;
	}
	return fixed ? count : 0;
}

bool fa_cat_read_pattern(struct fa_cat_reader *r, const struct fa_cat_scope *scope,
			 const struct fa_cat_node *node, void *out, const void *arg)
{
	struct fa_pattern *pattern = out;
	struct fa_cat_quote quote;
	uint8_t *bytes;
	uint8_t *mask;

	(void)arg;
	if (!is_value(r, scope, node, "bytes"))
		return false;
	bytes = fa_cat_alloc(r->arena, PATTERN_MAX, 1);
	mask = fa_cat_alloc(r->arena, PATTERN_MAX, 1);
	if (bytes == NULL || mask == NULL)
		return false;
	pattern->len = parse_pattern(node->text, bytes, mask);
	pattern->bytes = bytes;
	pattern->mask = mask;
	if (pattern->len == 0)
		return fa_cat_wrong(r, scope, node,
				    "\"%s\" is not a pattern: at most %d bytes in hexadecimal, "
				    "single spaces between them, ?? for any, not all of them ??",
				    fa_cat_quote(&quote, node), PATTERN_MAX);
	return true;
}
