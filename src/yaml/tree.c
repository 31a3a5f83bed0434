/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A YAML document as a tree. */
#include "yaml/tree.h"

#include <string.h>
#include <xxhash.h>
#include <yaml.h>

#include "base/text.h"

struct builder {
	yaml_parser_t parser;
	const char *text;
	struct fa_yaml_arena *arena;
	struct fa_yaml_errors *errors;
};

static unsigned line_of(const yaml_mark_t *mark)
{
	return (unsigned)mark->line + 1;
}

static unsigned column_of(const yaml_mark_t *mark)
{
	return (unsigned)mark->column + 1;
}

static void complain(struct builder *b, const yaml_mark_t *mark, const char *what)
{
	fa_yaml_error(b->errors, line_of(mark), column_of(mark), "%s", what);
}

/* The reader of the library knows only the byte: find its line. */
static void complain_about_byte(struct builder *b, size_t offset, const char *what)
{
	unsigned line = 1;
	unsigned column = 1;

	for (size_t i = 0; i < offset; i++) {
		uint8_t byte = (uint8_t)b->text[i];

		if (byte == '\n') {
			line++;
			column = 1;
		} else if ((byte & 0xc0) != 0x80) {
			column++;
		}
	}
	fa_yaml_error(b->errors, line, column, "%s%s", what,
		      strstr(what, "UTF-8") != NULL ? ": the file has to be UTF-8" : "");
}

/* The scanner stops at a tab where indentation is, and calls it a character. */
static bool at_tab(const yaml_parser_t *parser)
{
	return parser->error == YAML_SCANNER_ERROR &&
	       parser->buffer.pointer < parser->buffer.last && *parser->buffer.pointer == '\t';
}

static void complain_for_parser(struct builder *b)
{
	const yaml_parser_t *parser = &b->parser;
	const char *problem = parser->problem == NULL ? "not YAML" : parser->problem;

	if (parser->error == YAML_READER_ERROR)
		complain_about_byte(b, parser->problem_offset, problem);
	else if (at_tab(parser))
		complain(b, &parser->problem_mark, "a tab: YAML is indented with blanks");
	else if (parser->context != NULL)
		fa_yaml_error(b->errors, line_of(&parser->problem_mark),
			      column_of(&parser->problem_mark), "%s %s", problem, parser->context);
	else
		complain(b, &parser->problem_mark, problem);
}

static bool next_event(struct builder *b, yaml_event_t *event)
{
	if (yaml_parser_parse(&b->parser, event) != 0)
		return true;
	complain_for_parser(b);
	return false;
}

static struct fa_yaml_node *new_node(struct builder *b, const yaml_event_t *event,
				     enum fa_yaml_node_kind kind)
{
	struct fa_yaml_node *node = fa_yaml_alloc(b->arena, 1, sizeof(*node));

	if (node == NULL)
		return NULL;
	node->kind = kind;
	node->line = line_of(&event->start_mark);
	node->column = column_of(&event->start_mark);
	return node;
}

static struct fa_yaml_node *build_text(struct builder *b, const yaml_event_t *event)
{
	const char *value = (const char *)event->data.scalar.value;
	size_t len = event->data.scalar.length;
	struct fa_yaml_node *node = new_node(b, event, FA_YAML_TEXT);

	if (node == NULL)
		return NULL;
	if (memchr(value, '\0', len) != NULL) {
		complain(b, &event->start_mark, "a text holds a NUL character");
		return NULL;
	}
	node->text = fa_yaml_copy(b->arena, value, len);
	node->len = len;
	node->hash = XXH3_64bits(value, len);
	node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	return node->text == NULL ? NULL : node;
}

static struct fa_yaml_node *build(struct builder *b, const yaml_event_t *event, unsigned depth);

/* One more value of a list or mapping, or the key before it. DONE: the end came instead. */
static struct fa_yaml_node *build_next(struct builder *b, unsigned depth, bool *done)
{
	struct fa_yaml_node *node = NULL;
	yaml_event_t event;

	*done = false;
	if (!next_event(b, &event))
		return NULL;
	if (event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT)
		*done = true;
	else
		node = build(b, &event, depth);
	yaml_event_delete(&event);
	return node;
}

/* Noted, and reading goes on: the first one counts. */
static void check_key_is_new(struct builder *b, const struct fa_yaml_node *mapping,
			     const struct fa_yaml_node *key)
{
	struct fa_yaml_quote quote;

	for (const struct fa_yaml_node *n = mapping->first; n != NULL; n = n->next) {
		if (n->key->hash != key->hash || strcmp(n->key->text, key->text) != 0)
			continue;
		fa_yaml_error(b->errors, key->line, key->column,
			      "\"%s\" stands here twice, first in line %u",
			      fa_yaml_quote(&quote, key), n->key->line);
		return;
	}
}

/* The key of the next entry; NULL at the end of the mapping (DONE) or after an error. */
static struct fa_yaml_node *build_key(struct builder *b, const struct fa_yaml_node *mapping,
				      unsigned depth, bool *done)
{
	struct fa_yaml_node *key = build_next(b, depth, done);

	if (key == NULL)
		return NULL;
	if (key->kind != FA_YAML_TEXT) {
		fa_yaml_error(b->errors, key->line, key->column, "a key has to be a text, not %s",
			      fa_yaml_node_text(key));
		return NULL;
	}
	check_key_is_new(b, mapping, key);
	return key;
}

static struct fa_yaml_node *build_items(struct builder *b, struct fa_yaml_node *parent,
					unsigned depth)
{
	const struct fa_yaml_node **tail = &parent->first;

	if (depth > FA_YAML_DEPTH_MAX) {
		fa_yaml_error(b->errors, parent->line, parent->column,
			      "nested more than %d levels deep", FA_YAML_DEPTH_MAX);
		return NULL;
	}
	for (;;) {
		struct fa_yaml_node *key = NULL;
		struct fa_yaml_node *item;
		bool done = false;

		if (parent->kind == FA_YAML_MAPPING)
			key = build_key(b, parent, depth, &done);
		if (done)
			return parent;
		if (parent->kind == FA_YAML_MAPPING && key == NULL)
			return NULL;
		item = build_next(b, depth, &done);
		if (done)
			return parent;
		if (item == NULL)
			return NULL;
		if (++parent->count > FA_YAML_ITEMS_MAX) {
			fa_yaml_error(b->errors, item->line, item->column, "more than %d items",
				      FA_YAML_ITEMS_MAX);
			return NULL;
		}
		item->key = key;
		*tail = item;
		tail = &item->next;
	}
}

static bool is_decorated(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return event->data.scalar.anchor != NULL || event->data.scalar.tag != NULL;
	case YAML_SEQUENCE_START_EVENT:
		return event->data.sequence_start.anchor != NULL ||
		       event->data.sequence_start.tag != NULL;
	case YAML_MAPPING_START_EVENT:
		return event->data.mapping_start.anchor != NULL ||
		       event->data.mapping_start.tag != NULL;
	default:
		return false;
	}
}

static struct fa_yaml_node *build(struct builder *b, const yaml_event_t *event, unsigned depth)
{
	struct fa_yaml_node *node;

	if (is_decorated(event) || event->type == YAML_ALIAS_EVENT) {
		complain(b, &event->start_mark,
			 "anchors (&), aliases (*) and tags (!) are not allowed here");
		return NULL;
	}
	if (event->type == YAML_SCALAR_EVENT)
		return build_text(b, event);
	node = new_node(b, event,
			event->type == YAML_SEQUENCE_START_EVENT ? FA_YAML_LIST : FA_YAML_MAPPING);
	return node == NULL ? NULL : build_items(b, node, depth + 1);
}

/* Stream start, document start, the tree, document end, stream end. */
static struct fa_yaml_node *build_document(struct builder *b)
{
	struct fa_yaml_node *root = NULL;
	yaml_event_t event;
	bool more = true;

	while (more) {
		if (!next_event(b, &event))
			return NULL;
		if (event.type == YAML_STREAM_END_EVENT) {
			more = false;
			if (root == NULL)
				fa_yaml_error(b->errors, 0, 0, "the file is empty");
		} else if (event.type == YAML_DOCUMENT_START_EVENT && root != NULL) {
			complain(b, &event.start_mark, "a second document begins here");
			root = NULL;
			more = false;
		} else if (event.type != YAML_STREAM_START_EVENT &&
			   event.type != YAML_DOCUMENT_START_EVENT &&
			   event.type != YAML_DOCUMENT_END_EVENT) {
			root = build(b, &event, 0);
			more = root != NULL;
		}
		yaml_event_delete(&event);
	}
	return root;
}

const struct fa_yaml_node *fa_yaml_tree(const char *text, size_t len, struct fa_yaml_arena *arena,
					struct fa_yaml_errors *errors)
{
	struct builder b = {.text = text, .arena = arena, .errors = errors};
	struct fa_yaml_node *root;

	if (yaml_parser_initialize(&b.parser) == 0) {
		fa_yaml_error(errors, 0, 0, "no memory to read it");
		return NULL;
	}
	yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&b.parser, (const unsigned char *)text, len);
	root = build_document(&b);
	yaml_parser_delete(&b.parser);
	return root;
}

const struct fa_yaml_node *fa_yaml_node_get(const struct fa_yaml_node *mapping, const char *key)
{
	if (mapping == NULL || mapping->kind != FA_YAML_MAPPING)
		return NULL;
	for (const struct fa_yaml_node *n = mapping->first; n != NULL; n = n->next)
		if (strcmp(n->key->text, key) == 0)
			return n;
	return NULL;
}

const char *fa_yaml_node_text(const struct fa_yaml_node *node)
{
	switch (node->kind) {
	case FA_YAML_TEXT:
		return "a text";
	case FA_YAML_LIST:
		return "a list";
	case FA_YAML_MAPPING:
		return "a mapping";
	}
	return "";
}

const char *fa_yaml_quote(struct fa_yaml_quote *quote, const struct fa_yaml_node *node)
{
	static const char dots[] = "...";
	const size_t shown_max = sizeof(quote->text) - sizeof(dots);
	size_t shown;

	fa_text_safe(node->text, node->len, quote->text, shown_max);
	shown = strlen(quote->text);
	if (node->len >= shown_max)
		memcpy(quote->text + shown, dots, sizeof(dots));
	return quote->text;
}
