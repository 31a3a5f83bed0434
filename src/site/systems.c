/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The user's list of which autonomous system announces which prefix: lines "PREFIX ASN" or
 * "NETWORK LENGTH ASN". Only what rules can ask for is kept: prefixes of systems that rules name,
 * and longer prefixes within them, which may belong to others.
 */
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/slots.h"
#include "base/text.h"
#include "site/read.h"
#include "yaml/file.h"
#include "yaml/values.h"

#define LINE_BYTES 256
#define FIELDS_MAX 3

/* A list being read. */
struct list {
	struct fa_yaml_errors errors; /* of its own: other file, lines only */
	struct fa_as_prefix *items;
	size_t count, room;
	bool no_memory;
	uint32_t *used; /* systems that rules name */
	size_t used_count;
};

static bool is_used(const struct list *list, uint32_t asn)
{
	for (size_t i = 0; i < list->used_count; i++)
		if (list->used[i] == asn)
			return true;
	return false;
}

static bool find_used(struct list *list, const struct fa_site_reader *s)
{
	const struct fa_rulebook *book = s->book;
	size_t room = 0;

	for (size_t i = 0; i < book->rule_count; i++)
		room += book->rules[i].asns.count;
	list->used = fa_yaml_alloc(s->yaml.arena, room, sizeof(*list->used));
	if (list->used == NULL)
		return false;
	for (size_t i = 0; i < book->rule_count; i++)
		for (size_t k = 0; k < book->rules[i].asns.count; k++)
			if (!is_used(list, book->rules[i].asns.items[k]))
				list->used[list->used_count++] = book->rules[i].asns.items[k];
	return true;
}

static void add(struct list *list, const struct fa_prefix *prefix, uint32_t asn)
{
	void *items = list->items;

	if (!fa_array_reserve(&items, &list->room, list->count + 1, sizeof(*list->items))) {
		list->no_memory = true;
		return;
	}
	list->items = items;
	list->items[list->count++] = (struct fa_as_prefix){*prefix, asn};
}

/* A field made fit for a message. */
static void complain(struct list *list, unsigned line, const char *field, const char *what)
{
	char safe[96];

	fa_text_safe(field, strlen(field), safe, sizeof(safe));
	fa_yaml_error(&list->errors, line, 0, "\"%s\" %s", safe, what);
}

/* "AS15169", "15169", and for prefixes of several systems "1_2" or "1,2". */
static void add_systems(struct list *list, unsigned line, const struct fa_prefix *prefix,
			char *field)
{
	static const char separators[] = "_,";
	char copy[LINE_BYTES];
	char *rest = NULL;

	fa_text_copy(copy, sizeof(copy), field);
	for (char *item = strtok_r(copy, separators, &rest); item != NULL;
	     item = strtok_r(NULL, separators, &rest)) {
		uint64_t asn;

		if ((item[0] == 'A' || item[0] == 'a') && (item[1] == 'S' || item[1] == 's'))
			item += 2;
		if (fa_parse_u64(item, 1, UINT32_MAX, &asn) != 0) {
			complain(list, line, field, "is not the number of an autonomous system");
			return;
		}
		add(list, prefix, (uint32_t)asn);
	}
}

static void read_fields(struct list *list, unsigned line, char **fields, size_t count)
{
	char joined[LINE_BYTES * 2];
	struct fa_prefix prefix;

	if (count == 1) {
		complain(list, line, fields[0], "stands alone: expected PREFIX ASN");
		return;
	}
	if (count == FIELDS_MAX) {
		size_t len = strlen(fields[0]);

		memcpy(joined, fields[0], len);
		joined[len] = '/';
		strcpy(joined + len + 1, fields[1]);
	} else {
		strcpy(joined, fields[0]);
	}
	if (!fa_prefix_parse(joined, &prefix)) {
		complain(list, line, joined,
			 "is not an address or prefix (host bits have to be zero)");
		return;
	}
	if (prefix.bits == 0) {
		complain(list, line, joined, "is every address");
		return;
	}
	add_systems(list, line, &prefix, fields[count - 1]);
}

static void read_line(struct list *list, unsigned line, const char *text, size_t len)
{
	static const char blanks[] = " \t\r";
	char copy[LINE_BYTES];
	char *fields[FIELDS_MAX];
	char *rest = NULL;
	size_t count = 0;
	const char *comment = memchr(text, '#', len);

	if (comment != NULL)
		len = (size_t)(comment - text);
	if (len >= sizeof(copy) || memchr(text, '\0', len) != NULL) {
		fa_yaml_error(&list->errors, line, 0, "not a line of text with PREFIX ASN");
		return;
	}
	memcpy(copy, text, len);
	copy[len] = '\0';
	for (char *field = strtok_r(copy, blanks, &rest); field != NULL;
	     field = strtok_r(NULL, blanks, &rest)) {
		if (count == FIELDS_MAX) {
			complain(list, line, field, "is one too many: expected PREFIX ASN");
			return;
		}
		fields[count++] = field;
	}
	if (count > 0)
		read_fields(list, line, fields, count);
}

static void read_lines(struct list *list, const char *text, size_t len)
{
	unsigned line = 1;

	for (size_t at = 0; at < len && !list->errors.more; line++) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t line_len = end == NULL ? len - at : (size_t)(end - text) - at;

		read_line(list, line, text + at, line_len);
		at += line_len + 1;
	}
}

static int compare_prefixes(const void *a, const void *b)
{
	const struct fa_as_prefix *left = a;
	const struct fa_as_prefix *right = b;
	int order = fa_addr_compare(&left->prefix.addr, &right->prefix.addr);

	if (order != 0)
		return order;
	if (left->prefix.bits != right->prefix.bits)
		return left->prefix.bits < right->prefix.bits ? -1 : 1;
	return (left->asn > right->asn) - (left->asn < right->asn);
}

static bool same_prefix(const struct fa_as_prefix *a, const struct fa_as_prefix *b)
{
	return a->prefix.bits == b->prefix.bits &&
	       fa_addr_compare(&a->prefix.addr, &b->prefix.addr) == 0;
}

/*
 * Drops what no rule asks for, in place. A prefix of several systems counts for one that rules
 * name.
 */
static void keep_used(struct list *list)
{
	struct fa_prefix around = {0}; /* the widest used prefix in work */
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		struct fa_as_prefix item = list->items[i];
		bool used = is_used(list, item.asn);
		bool within = around.bits != 0 && fa_prefix_contains(&around, &item.prefix.addr);

		if (!used && !within)
			continue;
		if (!within)
			around = item.prefix;
		if (kept > 0 && same_prefix(&list->items[kept - 1], &item)) {
			if (used)
				list->items[kept - 1] = item;
			continue;
		}
		list->items[kept++] = item;
	}
	list->count = kept;
}

static bool keep(struct fa_site_reader *s, const struct list *list)
{
	struct fa_as_prefix *items = fa_yaml_alloc(s->yaml.arena, list->count, sizeof(*items));

	if (items == NULL)
		return false;
	if (list->count != 0)
		memcpy(items, list->items, list->count * sizeof(*items));
	s->site->systems = (struct fa_as_list){items, list->count};
	return true;
}

static bool read_list(struct fa_site_reader *s, const char *text, size_t len)
{
	struct list list = {0};
	bool ok = find_used(&list, s);

	list.errors.file = s->site->as_file;
	list.errors.arena = s->yaml.arena;
	if (ok)
		read_lines(&list, text, len);
	if (list.count > 1)
		qsort(list.items, list.count, sizeof(*list.items), compare_prefixes);
	keep_used(&list);
	ok = ok && !list.no_memory && keep(s, &list);
	if (!ok)
		fa_yaml_error(&list.errors, 0, 0, "no memory for this list");
	free(list.items);
	s->systems_wrong = list.errors.count != 0;
	fa_yaml_errors_tell(&list.errors, s->options->error, s->options->error_context);
	return ok && !s->systems_wrong;
}

/* Relative to the folder of the site file. */
static const char *path_of(const struct fa_site_reader *s, const char *name)
{
	const char *slash = strrchr(s->text->name, '/');

	if (name[0] == '/' || slash == NULL)
		return fa_yaml_copy(s->yaml.arena, name, strlen(name));
	return fa_yaml_format(s->yaml.arena, "%.*s/%s", (int)(slash - s->text->name), s->text->name,
			      name);
}

static const char *safe_path(const struct fa_site_reader *s, const char *path)
{
	char name[768];

	fa_text_safe(path, strlen(path), name, sizeof(name));
	path = fa_yaml_copy(s->yaml.arena, name, strlen(name));
	return path == NULL ? "" : path;
}

bool fa_site_read_systems(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			  const struct fa_yaml_node *node, void *out, const void *arg)
{
	struct fa_site_reader *s = fa_site_reader_of(r);
	struct fa_yaml_arena *scratch;
	struct fa_yaml_file file;
	struct fa_diag diag = {0};
	const char *path;
	bool ok = false;

	(void)out;
	(void)arg;
	if (!fa_yaml_is_text(r, scope, node))
		return false;
	path = path_of(s, node->text);
	if (path == NULL)
		return false;
	s->site->as_file = safe_path(s, path);
	if (s->text->systems != NULL)
		return read_list(s, s->text->systems, s->text->systems_len);
	if (s->in_memory)
		return fa_yaml_wrong(r, scope, node, "there is no such list");
	scratch = fa_yaml_arena_new();
	if (scratch == NULL)
		return false;
	if (fa_yaml_file_read(scratch, path, "list of prefixes", FA_SITE_SYSTEMS_BYTES, &file,
			      &diag) != 0)
		fa_yaml_wrong(r, scope, node, "%s", diag.text);
	else if (file.text == NULL)
		fa_yaml_wrong(r, scope, node, "longer than %zu bytes", FA_SITE_SYSTEMS_BYTES);
	else
		ok = read_list(s, file.text, file.len);
	fa_yaml_arena_free(scratch);
	return ok;
}
