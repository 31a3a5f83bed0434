/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Waivers, key by key. */
#include "site/waivers_read.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/time.h"
#include "yaml/values.h"

#define ROWS(rows)                                                                                 \
	{                                                                                          \
		rows, sizeof(rows) / sizeof((rows)[0])                                             \
	}
#define ROW(key, required, member, read)                                                           \
	{                                                                                          \
		key, required, offsetof(struct fa_waiver, member), read, NULL                      \
	}

/* What `waiver propose` leaves to be filled in. */
#define TO_DO "TODO"

/* Dates of a waiver: past these, nanoseconds in 64 bits end (2262), and so does all planning. */
enum { FIRST_YEAR = 1970, LAST_YEAR = 2199 };

static bool is_any(const struct fa_yaml_node *node)
{
	return node->kind == FA_YAML_TEXT && strcmp(node->text, "any") == 0;
}

static bool is_to_do(const struct fa_yaml_node *node)
{
	return node->kind == FA_YAML_TEXT && strcmp(node->text, TO_DO) == 0;
}

static bool read_id(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		    const struct fa_yaml_node *node, void *out, const void *arg)
{
	const struct fa_waiver_reader *waivers = fa_waiver_reader_of(r);

	if (!fa_yaml_read_id(r, scope, node, out, arg))
		return false;
	for (size_t i = 0; i < waivers->count; i++)
		if (strcmp(waivers->items[i].id, node->text) == 0)
			return fa_yaml_wrong(r, scope, node,
					     "\"%s\" is taken by the waiver in line %u", node->text,
					     waivers->items[i].line);
	return true;
}

/* A text that somebody wrote: neither blank nor still to be written. */
static bool read_said(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		      const struct fa_yaml_node *node, void *out, const void *arg)
{
	if (is_to_do(node))
		return fa_yaml_wrong(r, scope, node, "\"%s\" has to be filled in", TO_DO);
	if (node->kind == FA_YAML_TEXT && node->len > 0 &&
	    node->text[strspn(node->text, " ")] == '\0')
		return fa_yaml_wrong(r, scope, node, "there is nothing but blanks");
	return fa_yaml_read_text(r, scope, node, out, arg);
}

static bool read_expires(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			 const struct fa_yaml_node *node, void *out, const void *arg)
{
	struct fa_waiver *waiver = out;
	struct tm day = {0};
	int year;

	if (is_to_do(node))
		return fa_yaml_wrong(r, scope, node,
				     "\"%s\" has to be filled in: YYYY-MM-DD, the last day", TO_DO);
	if (!fa_yaml_read_date(r, scope, node, &waiver->expires, arg))
		return false;
	year = atoi(node->text);
	if (year < FIRST_YEAR || year > LAST_YEAR)
		return fa_yaml_wrong(r, scope, node, "%s is not between %d and %d", node->text,
				     FIRST_YEAR, LAST_YEAR);
	day.tm_year = year - 1900;
	day.tm_mon = atoi(node->text + 5) - 1;
	day.tm_mday = atoi(node->text + 8) + 1;
	waiver->expires_ns = (int64_t)timegm(&day) * FA_NS_PER_SECOND - 1;
	return true;
}

static const char *transport_word(unsigned value)
{
	return value < FA_RULE_TRANSPORTS ? fa_rule_transport_text(value) : "any";
}

/* "tcp, udp" */
static const char *transports_text(struct fa_yaml_arena *arena, unsigned transports)
{
	const char *text = "";

	for (unsigned i = 0; i < FA_RULE_TRANSPORTS && text != NULL; i++)
		if ((transports & 1u << i) != 0)
			text = fa_yaml_format(arena, "%s%s%s", text, text[0] == '\0' ? "" : ", ",
					      fa_rule_transport_text(i));
	return text;
}

static bool read_transport(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			   const struct fa_yaml_node *node, void *out, const void *arg)
{
	static const struct fa_yaml_words words = {transport_word, FA_RULE_TRANSPORTS + 1};
	struct fa_waiver *waiver = out;
	unsigned index = 0;

	if (node->kind == FA_YAML_LIST) {
		if (!fa_yaml_read_transports(r, scope, node, &waiver->transports, arg))
			return false;
	} else if (!fa_yaml_read_word(r, scope, node, &index, &words)) {
		return false;
	} else {
		waiver->transports = index == FA_RULE_TRANSPORTS ? 0 : 1u << index;
	}
	waiver->transport_text =
		waiver->transports == 0 ? "any" : transports_text(r->arena, waiver->transports);
	return waiver->transport_text != NULL;
}

static int compare_ranges(const void *a, const void *b)
{
	const struct fa_port_range *left = a;
	const struct fa_port_range *right = b;

	return (left->low > right->low) - (left->low < right->low);
}

/* In order, and what touches as one, so that the same ports look the same. */
static bool normalise(struct fa_yaml_arena *arena, struct fa_port_ranges *ports)
{
	struct fa_port_range *items = fa_yaml_alloc(arena, ports->count, sizeof(*items));
	size_t used = 0;

	if (items == NULL)
		return false;
	memcpy(items, ports->items, ports->count * sizeof(*items));
	qsort(items, ports->count, sizeof(*items), compare_ranges);
	for (size_t i = 1; i < ports->count; i++) {
		if (items[i].low == items[used].high + 1u)
			items[used].high = items[i].high;
		else
			items[++used] = items[i];
	}
	*ports = (struct fa_port_ranges){items, used + 1};
	if (used == 0 && items[0].low <= 1 && items[0].high == UINT16_MAX)
		ports->count = 0; /* that is any */
	return true;
}

/* "443, 8000-8010" */
static const char *ports_text(struct fa_yaml_arena *arena, const struct fa_port_ranges *ports)
{
	const char *text = "";

	for (size_t i = 0; i < ports->count && text != NULL; i++) {
		const struct fa_port_range *range = &ports->items[i];
		const char *joint = i == 0 ? "" : ", ";

		text = range->low == range->high
			       ? fa_yaml_format(arena, "%s%s%u", text, joint, range->low)
			       : fa_yaml_format(arena, "%s%s%u-%u", text, joint, range->low,
						range->high);
	}
	return text;
}

static bool read_port(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
		      const struct fa_yaml_node *node, void *out, const void *arg)
{
	struct fa_waiver *waiver = out;

	waiver->port_text = "any";
	if (is_any(node))
		return true;
	if (!fa_yaml_read_port_or_ports(r, scope, node, &waiver->ports, arg) ||
	    !normalise(r->arena, &waiver->ports))
		return false;
	if (waiver->ports.count != 0)
		waiver->port_text = ports_text(r->arena, &waiver->ports);
	return waiver->port_text != NULL;
}

static bool read_protocol(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			  const struct fa_yaml_node *node, void *out, const void *arg)
{
	const struct fa_like_names *known = &fa_waiver_reader_of(r)->protocols;
	struct fa_yaml_quote quote;
	struct fa_like_hint hint;

	if (is_any(node))
		return true;
	if (!fa_yaml_read_name(r, scope, node, out, arg))
		return false;
	if (known->items == NULL || fa_like_find(known, node->text) != SIZE_MAX)
		return true;
	fa_like_hint(&hint, fa_like_nearest(known, node->text));
	return fa_yaml_wrong(r, scope, node, "neither nDPI nor a signature knows \"%s\"%s",
			     fa_yaml_quote(&quote, node), hint.text);
}

static bool read_waiver(struct fa_waiver_reader *r, const struct fa_yaml_scope *scope,
			const struct fa_yaml_node *node, struct fa_waiver *waiver)
{
	static const struct fa_yaml_field rows[] = {
		ROW("id", true, id, read_id),
		ROW("owner", true, owner, read_said),
		ROW("reason", true, reason, read_said),
		ROW("ticket", false, ticket, read_said),
		{"expires", true, 0, read_expires, NULL},
		ROW("client", true, client, fa_waiver_read_end),
		{"server", true, offsetof(struct fa_waiver, server), fa_waiver_read_end, "host"},
		{"transport", true, 0, read_transport, NULL},
		{"port", true, 0, read_port, NULL},
		ROW("protocol", true, protocol, read_protocol),
	};
	static const struct fa_yaml_fields fields = ROWS(rows);

	*waiver = (struct fa_waiver){
		.ticket = "", .line = node->line, .column = node->column, .index = r->count};
	r->left_out = false;
	return fa_yaml_read_fields(&r->yaml, scope, node, waiver, &fields) &&
	       (r->left_out || fa_waiver_check(r, scope, node, waiver));
}

/* The id for messages, or the position when there is none. */
static const char *label_of(struct fa_yaml_arena *arena, const struct fa_yaml_node *node,
			    size_t position)
{
	const struct fa_yaml_node *id = fa_yaml_node_get(node, "id");
	struct fa_yaml_quote quote;
	const char *label;

	if (id != NULL && id->kind == FA_YAML_TEXT && id->len > 0)
		label = fa_yaml_format(arena, "%s", fa_yaml_quote(&quote, id));
	else
		label = fa_yaml_format(arena, "#%zu", position);
	return label == NULL ? "" : label;
}

/* The last one may go, and the file stay. */
static bool is_empty(const struct fa_yaml_node *node)
{
	return node->kind == FA_YAML_LIST && node->count == 0;
}

static bool read_waivers(struct fa_yaml_reader *yaml, const struct fa_yaml_scope *scope,
			 const struct fa_yaml_node *node, void *out, const void *arg)
{
	struct fa_waiver_reader *r = fa_waiver_reader_of(yaml);
	size_t position = 0;
	bool ok = true;

	(void)out;
	(void)arg;
	if (is_empty(node))
		return true;
	if (!fa_yaml_is_list(yaml, scope, node, FA_WAIVERS_MAX))
		return false;
	r->items = fa_yaml_alloc(yaml->arena, node->count, sizeof(*r->items));
	if (r->items == NULL)
		return false;
	for (const struct fa_yaml_node *n = node->first; n != NULL; n = n->next) {
		const char *label = label_of(yaml->arena, n, ++position);
		const struct fa_yaml_scope inner = {NULL, "waiver ", label};

		if (!read_waiver(r, &inner, n, &r->items[r->count]))
			ok = false;
		else if (!r->left_out)
			r->count++;
	}
	return ok;
}

void fa_waivers_read(struct fa_waiver_reader *r)
{
	static const struct fa_yaml_field rows[] = {
		{"format", true, 0, fa_yaml_read_checked, NULL},
		{"waivers", true, 0, read_waivers, NULL},
	};
	static const struct fa_yaml_fields fields = ROWS(rows);

	/* What "waiver propose" prints, in a file of its own. */
	if (r->yaml.root->kind == FA_YAML_LIST)
		fa_yaml_wrong(&r->yaml, NULL, r->yaml.root,
			      "entries need \"format: 1\" and \"waivers:\" above them");
	else if (fa_yaml_format_is(&r->yaml, 1, "file of waivers"))
		fa_yaml_read_fields(&r->yaml, NULL, r->yaml.root, NULL, &fields);
}
