/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The values that our files are made of: ports, hosts, networks, bytes. */
#include "yaml/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/num.h"

#define HOST_MAX    253 /* RFC 1035 section 2.3.4: 255 octets on the wire */
#define LABEL_MAX   63
#define PATTERN_DIGITS_MIN 4 /* two bytes: fewer fit by chance in every thousand flows */

static const char digits[] = "0123456789";
static const char host_letters[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

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

static bool read_range(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		       const struct fa_yaml_node *node, void *out, const void *arg)
{
	struct fa_port_range *range = out;
	struct fa_yaml_quote quote;

	(void)arg;
	if (!fa_yaml_is_value(r, scope, node, "a port"))
		return false;
	if (!parse_range(node->text, range))
		return fa_yaml_wrong(r, scope, node, "\"%s\" is not a port (1 to 65535)%s",
				     fa_yaml_quote(&quote, node),
				     strchr(node->text, '-') == NULL ? "" : " or a range LOW-HIGH");
	if (range->low > range->high)
		return fa_yaml_wrong(r, scope, node, "\"%s\" runs backwards: write %u-%u",
				     fa_yaml_quote(&quote, node), range->high, range->low);
	return strchr(node->text, '-') != NULL || fa_yaml_is_unquoted(r, scope, node);
}

static bool check_apart(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			const struct fa_yaml_node *list, const struct fa_port_range *ranges)
{
	size_t i = 0;

	for (const struct fa_yaml_node *n = list->first; n != NULL; n = n->next, i++) {
		const struct fa_yaml_node *m = list->first;

		for (size_t k = 0; k < i; k++, m = m->next)
			if (ranges[i].low <= ranges[k].high && ranges[k].low <= ranges[i].high)
				return fa_yaml_wrong(r, scope, n, "%s overlaps %s", n->text,
						     m->text);
	}
	return true;
}

bool fa_yaml_read_ports(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			const struct fa_yaml_node *node, void *out, const void *arg)
{
	struct fa_port_ranges *ports = out;

	if (!fa_yaml_is_list(r, scope, node, FA_YAML_LIST_MAX))
		return false;
	ports->items = fa_yaml_read_items(r, scope, node, sizeof(*ports->items), read_range, arg,
					  &ports->count);
	if (ports->count != node->count)
		return false;
	return check_apart(r, scope, node, ports->items);
}

bool fa_yaml_read_port(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		       const struct fa_yaml_node *node, void *out, const void *arg)
{
	struct fa_port_ranges *ports = out;
	struct fa_port_range *range = fa_yaml_alloc(r->arena, 1, sizeof(*range));
	struct fa_yaml_quote quote;

	if (range == NULL || !read_range(r, scope, node, range, arg))
		return false;
	if (range->low != range->high)
		return fa_yaml_wrong(r, scope, node, "\"%s\" is a range; a single port is needed",
				     fa_yaml_quote(&quote, node));
	ports->items = range;
	ports->count = 1;
	return true;
}

bool fa_yaml_read_port_or_ports(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
				const struct fa_yaml_node *node, void *out, const void *arg)
{
	struct fa_port_ranges *ports = out;
	struct fa_port_range *range;

	if (node->kind == FA_YAML_LIST)
		return fa_yaml_read_ports(r, scope, node, out, arg);
	range = fa_yaml_alloc(r->arena, 1, sizeof(*range));
	if (range == NULL || !read_range(r, scope, node, range, arg))
		return false;
	*ports = (struct fa_port_ranges){range, 1};
	return true;
}

bool fa_yaml_is_host_name(const char *text)
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

static bool read_host(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		      const struct fa_yaml_node *node, void *out, const void *arg)
{
	struct fa_yaml_quote quote;
	struct fa_addr addr;

	(void)arg;
	if (!fa_yaml_is_text(r, scope, node))
		return false;
	if (fa_addr_parse(node->text, &addr))
		return fa_yaml_wrong(r, scope, node,
				     "\"%s\" is an address: write it in \"networks\"",
				     fa_yaml_quote(&quote, node));
	if (!fa_yaml_is_host_name(node->text))
		return fa_yaml_wrong(r, scope, node, "\"%s\" is not a host name",
				     fa_yaml_quote(&quote, node));
	return fa_yaml_keep(r, node, out);
}

bool fa_yaml_read_hosts(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			const struct fa_yaml_node *node, void *out, const void *arg)
{
	(void)arg;
	return fa_yaml_read_strings(r, scope, node, out, read_host);
}

/* "10.0.0.1/8" as "10.0.0.0/8"; false when it is no prefix with host bits. */
static bool without_host_bits(const char *text, char prefix[FA_ADDR_TEXT + 4])
{
	const char *slash = strchr(text, '/');
	char addr_text[FA_ADDR_TEXT];
	struct fa_addr addr;
	uint64_t bits;
	unsigned all;

	if (slash == NULL || (size_t)(slash - text) >= sizeof(addr_text))
		return false;
	memcpy(addr_text, text, (size_t)(slash - text));
	addr_text[slash - text] = '\0';
	if (!fa_addr_parse(addr_text, &addr))
		return false;
	all = addr.version == 4 ? 32 : 128;
	if (fa_parse_u64(slash + 1, 0, all, &bits) != 0)
		return false;
	for (unsigned bit = (unsigned)bits; bit < all; bit++)
		addr.bytes[bit / 8] &= (uint8_t)~(0x80 >> bit % 8);
	snprintf(prefix, FA_ADDR_TEXT + 4, "%s/%u", fa_addr_text(&addr, addr_text),
		 (unsigned)bits);
	return true;
}

bool fa_yaml_no_prefix(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		       const struct fa_yaml_node *node)
{
	char prefix[FA_ADDR_TEXT + 4];
	struct fa_yaml_quote quote;

	if (without_host_bits(node->text, prefix))
		return fa_yaml_wrong(r, scope, node,
				     "\"%s\" is not an address or prefix (host bits have to be "
				     "zero: %s)",
				     fa_yaml_quote(&quote, node), prefix);
	if (strstr(node->text, "://") != NULL)
		return fa_yaml_wrong(r, scope, node,
				     "\"%s\" is not an address or prefix; of a URL, write the "
				     "host name alone",
				     fa_yaml_quote(&quote, node));
	return fa_yaml_wrong(r, scope, node, "\"%s\" is not an address or prefix",
			     fa_yaml_quote(&quote, node));
}

static bool read_network(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			 const struct fa_yaml_node *node, void *out, const void *arg)
{
	(void)arg;
	if (!fa_yaml_is_value(r, scope, node, "an address or prefix"))
		return false;
	return fa_prefix_parse(node->text, out) || fa_yaml_no_prefix(r, scope, node);
}

bool fa_yaml_read_networks(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			   const struct fa_yaml_node *node, void *out, const void *arg)
{
	struct fa_prefixes *networks = out;

	if (!fa_yaml_is_list(r, scope, node, FA_YAML_LIST_MAX))
		return false;
	networks->items = fa_yaml_read_items(r, scope, node, sizeof(*networks->items), read_network,
					     arg, &networks->count);
	return networks->count == node->count;
}

static bool read_asn(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		     const struct fa_yaml_node *node, void *out, const void *arg)
{
	struct fa_yaml_quote quote;
	uint32_t *asn = out;
	uint64_t value;

	(void)arg;
	if (!fa_yaml_is_value(r, scope, node, "a number") || !fa_yaml_is_unquoted(r, scope, node))
		return false;
	if (fa_parse_u64(node->text, 1, UINT32_MAX, &value) != 0)
		return fa_yaml_wrong(r, scope, node,
				     "\"%s\" is not the number of an autonomous system",
				     fa_yaml_quote(&quote, node));
	*asn = (uint32_t)value;
	return true;
}

bool fa_yaml_read_asns(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		       const struct fa_yaml_node *node, void *out, const void *arg)
{
	struct fa_numbers *asns = out;

	if (!fa_yaml_is_list(r, scope, node, FA_YAML_LIST_MAX))
		return false;
	asns->items = fa_yaml_read_items(r, scope, node, sizeof(*asns->items), read_asn, arg,
					 &asns->count);
	return asns->count == node->count;
}

/* Half a byte of a pattern: a hexadecimal digit, or ? for any. Shifts both to the left. */
static bool parse_pattern_digit(char c, uint8_t *byte, uint8_t *mask)
{
	const char digit[2] = {c, '\0'};
	bool any = c == '?';

	if (!any && !fa_yaml_consists_of(digit, "0123456789abcdefABCDEF"))
		return false;
	*byte = (uint8_t)(*byte << 4 | (any ? 0 : strtoul(digit, NULL, 16)));
	*mask = (uint8_t)(*mask << 4 | (any ? 0 : 0x0f));
	return true;
}

/* Fills BYTES and MASK, both long enough; how many, 0 when it is not a pattern. */
static size_t parse_pattern(const char *text, uint8_t *bytes, uint8_t *mask)
{
	size_t len = strlen(text);
	size_t count = (len + 1) / 3;

	if (len % 3 != 2 || count > FA_PATTERN_MAX)
		return 0;
	for (size_t i = 0; i < count; i++) {
		if (!parse_pattern_digit(text[3 * i], &bytes[i], &mask[i]) ||
		    !parse_pattern_digit(text[3 * i + 1], &bytes[i], &mask[i]))
			return 0;
		if (i + 1 < count && text[3 * i + 2] != ' ')
			return 0;
	}
	return count;
}

/* Half bytes that have to match. */
static size_t fixed_digits(const struct fa_pattern *pattern)
{
	size_t count = 0;

	for (size_t i = 0; i < pattern->len; i++)
		count += (pattern->mask[i] >> 4 != 0) + ((pattern->mask[i] & 0x0f) != 0);
	return count;
}

bool fa_yaml_read_pattern(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			  const struct fa_yaml_node *node, void *out, const void *arg)
{
	struct fa_pattern *pattern = out;
	struct fa_yaml_quote quote;
	uint8_t *bytes;
	uint8_t *mask;

	(void)arg;
	if (!fa_yaml_is_value(r, scope, node, "bytes"))
		return false;
	bytes = fa_yaml_alloc(r->arena, FA_PATTERN_MAX, 1);
	mask = fa_yaml_alloc(r->arena, FA_PATTERN_MAX, 1);
	if (bytes == NULL || mask == NULL)
		return false;
	pattern->len = parse_pattern(node->text, bytes, mask);
	pattern->bytes = bytes;
	pattern->mask = mask;
	if (pattern->len == 0)
		return fa_yaml_wrong(r, scope, node,
				     "\"%s\" is not a pattern: at most %d bytes in hexadecimal, "
				     "single spaces between them, ? for any digit",
				     fa_yaml_quote(&quote, node), FA_PATTERN_MAX);
	if (fixed_digits(pattern) < PATTERN_DIGITS_MIN)
		return fa_yaml_wrong(r, scope, node,
				     "\"%s\" fits too much: at least %d digits must not be ?",
				     fa_yaml_quote(&quote, node), PATTERN_DIGITS_MIN);
	return true;
}
