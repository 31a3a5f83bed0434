/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a file to a site. */
#include "site/site.h"

#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "base/text.h"
#include "site/read.h"
#include "yaml/file.h"
#include "yaml/values.h"

static void tell(const struct fa_site_options *options, const char *path, const char *message)
{
	char name[768];
	char text[1536];

	if (options->error == NULL)
		return;
	snprintf(text, sizeof(text), "%s: %s", fa_text_safe(path, strlen(path), name, sizeof(name)),
		 message);
	options->error(options->error_context, text);
}

static void read_site(struct fa_site_reader *s)
{
	/* In this order: roles use the names, and the systems come last since they are many. */
	static const struct fa_yaml_field rows[] = {
		{"format", true, 0, fa_yaml_read_checked, NULL},
		{"site", true, offsetof(struct fa_site, name), fa_yaml_read_id, NULL},
		{"networks", false, 0, fa_site_read_networks, NULL},
		{"hosts", false, 0, fa_site_read_hosts, NULL},
		{"instances", true, 0, fa_site_read_instances, NULL},
		{"autonomous-systems", false, 0, fa_site_read_systems, NULL},
	};
	static const struct fa_yaml_fields fields = {rows, sizeof(rows) / sizeof(rows[0])};

	if (!fa_yaml_format_is(&s->yaml, 1, "site file"))
		return;
	fa_yaml_read_fields(&s->yaml, NULL, s->yaml.root, s->site, &fields);
	/* Roles that were not read right would only lead to more of the same. */
	if (s->yaml.errors->count == 0)
		fa_site_check_overlaps(s);
}

/* Reads the text into OUT, whose memory is ARENA. */
static int parse(const struct fa_site_text *text, struct fa_yaml_arena *arena, bool in_memory,
		 const struct fa_rulebook *book, const struct fa_site_options *options,
		 struct fa_site *out)
{
	char name[768];
	struct fa_yaml_errors errors = {.arena = arena};
	struct fa_site_reader s = {
		.yaml = {.arena = arena, .errors = &errors},
		.book = book,
		.options = options,
		.text = text,
		.site = out,
		.in_memory = in_memory,
	};

	errors.file = fa_text_safe(text->name, strlen(text->name), name, sizeof(name));
	out->file = fa_yaml_copy(arena, name, strlen(name));
	out->digest = XXH3_64bits(text->text, text->len);
	s.yaml.root = fa_yaml_tree(text->text, text->len, arena, &errors);
	if (s.yaml.root != NULL)
		read_site(&s);
	fa_yaml_errors_tell(&errors, options->error, options->error_context);
	if (fa_yaml_arena_failed(arena)) {
		tell(options, text->name, "no memory to read it");
		return FA_ENOMEM;
	}
	return errors.count != 0 || s.systems_wrong ? FA_EFORMAT : 0;
}

/* Gives OUT the arena, or nothing at all after an error. */
static int finish(struct fa_site *out, struct fa_yaml_arena *arena, int error)
{
	if (error != 0) {
		fa_yaml_arena_free(arena);
		memset(out, 0, sizeof(*out));
		return error;
	}
	out->arena = arena;
	return 0;
}

int fa_site_parse(const struct fa_site_text *text, const struct fa_rulebook *book,
		  const struct fa_site_options *options, struct fa_site *out)
{
	struct fa_yaml_arena *arena = fa_yaml_arena_new();

	memset(out, 0, sizeof(*out));
	if (arena == NULL)
		return FA_ENOMEM;
	if (text->len > FA_SITE_FILE_BYTES) {
		tell(options, text->name, "too long for a site file");
		return finish(out, arena, FA_EFORMAT);
	}
	return finish(out, arena, parse(text, arena, true, book, options, out));
}

int fa_site_load(const char *path, const struct fa_rulebook *book,
		 const struct fa_site_options *options, struct fa_site *out)
{
	struct fa_yaml_arena *arena = fa_yaml_arena_new();
	struct fa_site_text text = {.name = path};
	struct fa_yaml_file file;
	struct fa_diag diag = {0};
	int error;

	memset(out, 0, sizeof(*out));
	if (arena == NULL)
		return FA_ENOMEM;
	error = fa_yaml_file_read(arena, path, "site file", FA_SITE_FILE_BYTES, &file, &diag);
	if (error == 0 && file.text == NULL)
		error = fa_fail(&diag, FA_EFORMAT, "longer than %zu bytes", FA_SITE_FILE_BYTES);
	if (error != 0) {
		tell(options, path, diag.text);
		return finish(out, arena, error);
	}
	text.text = file.text;
	text.len = file.len;
	return finish(out, arena, parse(&text, arena, false, book, options, out));
}

void fa_site_deinit(struct fa_site *site)
{
	fa_yaml_arena_free(site->arena);
	memset(site, 0, sizeof(*site));
}
