/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Settings of decoding, and their texts. */
#include "core/wire.h"

#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/text.h"
#include "base/words.h"
#include "core/packet.h"

#define FA_X(name, text) text,
static const char *const duplicates_texts[] = {FA_DUPLICATES(FA_X)};
#undef FA_X

enum {
	LIST_TEXT = 256,
	KIND_TEXT = 8 * FA_TUNNEL_PORTS_MAX /* "65535," and room to stop in */
};

const char *fa_duplicates_text(enum fa_duplicates mode)
{
	return fa_word(FA_WORDS(duplicates_texts), mode);
}

int fa_duplicates_parse(const char *text)
{
	return fa_word_index(FA_WORDS(duplicates_texts), text);
}

static const char *const key_texts[] = {"plain", "vlan"};

const char *fa_wire_key_text(bool key_vlan)
{
	return key_texts[key_vlan];
}

int fa_wire_key_parse(const char *text, bool *key_vlan)
{
	int index = fa_word_index(FA_WORDS(key_texts), text);

	*key_vlan = index > 0;
	return index < 0 ? FA_EINVAL : 0;
}

/* Kinds in the order of texts; only these have ports. */
static const struct fa_tunnel_port registered[] = {
	{4789, FA_TUNNEL_VXLAN},     /* RFC 7348 */
	{8472, FA_TUNNEL_VXLAN},     /* of Linux, before a port was registered */
	{4790, FA_TUNNEL_VXLAN_GPE}, /* draft-ietf-nvo3-vxlan-gpe */
	{6081, FA_TUNNEL_GENEVE},    /* RFC 8926 */
	{2152, FA_TUNNEL_GTP},	     /* 3GPP TS 29.281 */
	{4754, FA_TUNNEL_GRE},	     /* RFC 8086 */
	{6635, FA_TUNNEL_MPLS},	     /* RFC 7510 */
	{1701, FA_TUNNEL_L2TP},	     /* RFC 2661, RFC 3931 */
	{3544, FA_TUNNEL_TEREDO},    /* RFC 4380 */
	{5072, FA_TUNNEL_AYIYA},     /* draft-massar-v6ops-ayiya */
	{4341, FA_TUNNEL_LISP},	     /* RFC 9300 */
};

#define REGISTERED (sizeof(registered) / sizeof(registered[0]))

static bool has_ports(int tunnel)
{
	for (size_t i = 0; i < REGISTERED; i++)
		if (registered[i].tunnel == tunnel)
			return true;
	return false;
}

static void make_filter(struct fa_tunnel_ports *ports)
{
	ports->filter = 0;
	for (uint32_t i = 0; i < ports->count; i++)
		ports->filter |= UINT64_C(1) << (ports->items[i].port % 64);
}

static void drop_kind(struct fa_tunnel_ports *ports, int tunnel)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < ports->count; i++)
		if (ports->items[i].tunnel != tunnel)
			ports->items[kept++] = ports->items[i];
	ports->count = kept;
}

static int add_port(struct fa_tunnel_ports *ports, int tunnel, const char *text)
{
	uint64_t port;

	if (fa_parse_u64(text, 1, UINT16_MAX, &port) != 0 || ports->count == FA_TUNNEL_PORTS_MAX)
		return FA_EINVAL;
	for (uint32_t i = 0; i < ports->count; i++)
		if (ports->items[i].port == port)
			return ports->items[i].tunnel == tunnel ? 0 : FA_EINVAL;
	ports->items[ports->count].port = (uint16_t)port;
	ports->items[ports->count++].tunnel = (uint8_t)tunnel;
	return 0;
}

/* Adds the ports of LIST, which is changed. */
static int add_list(struct fa_tunnel_ports *ports, int tunnel, char *list)
{
	char *rest = list;
	char *item;

	while ((item = strsep(&rest, ",")) != NULL)
		if (add_port(ports, tunnel, item) != 0)
			return FA_EINVAL;
	return 0;
}

static int set(struct fa_tunnel_ports *ports, const char *text)
{
	char copy[LIST_TEXT];
	char *list;
	int tunnel;

	if (strlen(text) >= sizeof(copy))
		return FA_EINVAL;
	fa_text_copy(copy, sizeof(copy), text);
	list = strchr(copy, '=');
	if (list == NULL)
		return FA_EINVAL;
	*list++ = '\0';
	tunnel = fa_tunnel_parse(copy);
	if (!has_ports(tunnel))
		return FA_EINVAL;
	drop_kind(ports, tunnel);
	return strcmp(list, "none") == 0 ? 0 : add_list(ports, tunnel, list);
}

int fa_tunnel_ports_set(struct fa_tunnel_ports *ports, const char *text)
{
	struct fa_tunnel_ports changed = *ports;

	if (strcmp(text, "none") == 0)
		changed.count = 0;
	else if (set(&changed, text) != 0)
		return FA_EINVAL;
	make_filter(&changed);
	*ports = changed;
	return 0;
}

/* The ports of one kind, "4789,8472". */
static void list_kind(const struct fa_tunnel_ports *ports, uint8_t tunnel, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (uint32_t i = 0; i < ports->count && used + 8 < size; i++)
		if (ports->items[i].tunnel == tunnel)
			used += (size_t)snprintf(out + used, size - used, "%s%u",
						 used > 0 ? "," : "", ports->items[i].port);
}

/* Appends "kind=list"; all kinds with all ports fit. */
static void add_kind(char text[FA_TUNNEL_PORTS_TEXT], int tunnel, const char *list)
{
	size_t used = strlen(text);

	snprintf(text + used, FA_TUNNEL_PORTS_TEXT - used, "%s%s=%s", used > 0 ? " " : "",
		 fa_tunnel_text((enum fa_tunnel)tunnel), list);
}

void fa_tunnel_ports_text(const struct fa_tunnel_ports *ports, char text[FA_TUNNEL_PORTS_TEXT])
{
	char list[KIND_TEXT];

	text[0] = '\0';
	for (int tunnel = 0; tunnel < FA_TUNNEL_COUNT; tunnel++) {
		list_kind(ports, (uint8_t)tunnel, list, sizeof(list));
		if (list[0] != '\0')
			add_kind(text, tunnel, list);
	}
	if (text[0] == '\0')
		fa_text_copy(text, FA_TUNNEL_PORTS_TEXT, "none");
}

uint32_t fa_tunnel_ports_differ(const struct fa_tunnel_ports *a, const struct fa_tunnel_ports *b)
{
	char of_a[KIND_TEXT], of_b[KIND_TEXT];
	uint32_t bits = 0;

	for (int tunnel = 0; tunnel < FA_TUNNEL_COUNT; tunnel++) {
		list_kind(a, (uint8_t)tunnel, of_a, sizeof(of_a));
		list_kind(b, (uint8_t)tunnel, of_b, sizeof(of_b));
		if (strcmp(of_a, of_b) != 0)
			bits |= UINT32_C(1) << tunnel;
	}
	return bits;
}

/* The kinds of BITS, also those that have no port. */
static void text_of_kinds(const struct fa_tunnel_ports *ports, uint32_t bits,
			  char text[FA_TUNNEL_PORTS_TEXT])
{
	char list[KIND_TEXT];

	text[0] = '\0';
	for (int tunnel = 0; tunnel < FA_TUNNEL_COUNT; tunnel++) {
		if ((bits >> tunnel & 1) == 0)
			continue;
		list_kind(ports, (uint8_t)tunnel, list, sizeof(list));
		add_kind(text, tunnel, list[0] != '\0' ? list : "none");
	}
	if (text[0] != '\0' && ports->count == 0)
		fa_text_copy(text, FA_TUNNEL_PORTS_TEXT, "none");
}

void fa_tunnel_ports_differences(const struct fa_tunnel_ports *a, const struct fa_tunnel_ports *b,
				 char a_text[FA_TUNNEL_PORTS_TEXT],
				 char b_text[FA_TUNNEL_PORTS_TEXT])
{
	uint32_t bits = fa_tunnel_ports_differ(a, b);

	text_of_kinds(a, bits, a_text);
	text_of_kinds(b, bits, b_text);
}

int fa_tunnel_ports_parse(struct fa_tunnel_ports *ports, const char *text)
{
	char copy[FA_TUNNEL_PORTS_TEXT];
	char *rest = copy;
	char *item;

	memset(ports, 0, sizeof(*ports));
	if (strlen(text) >= sizeof(copy))
		return FA_EINVAL;
	fa_text_copy(copy, sizeof(copy), text);
	while ((item = strsep(&rest, " ")) != NULL)
		if (fa_tunnel_ports_set(ports, item) != 0)
			return FA_EINVAL;
	return 0;
}

void fa_wire_default(struct fa_wire *wire)
{
	memset(wire, 0, sizeof(*wire));
	wire->max_headers = FA_WIRE_DEFAULT_HEADERS;
	wire->duplicates_ns = FA_DUPLICATES_DEFAULT_NS;
	for (size_t i = 0; i < REGISTERED; i++)
		wire->ports.items[wire->ports.count++] = registered[i];
	make_filter(&wire->ports);
}
