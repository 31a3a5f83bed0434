/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a file to waivers. */
#include "site/waivers.h"

#include <string.h>
#include <xxhash.h>

#include "base/text.h"
#include "site/waivers_read.h"
#include "yaml/file.h"

/* One load: what lives only as long as it lasts, and what stays with the waivers. */
struct load {
	struct fa_yaml_arena *scratch;
	struct fa_yaml_arena *keep;
	const struct fa_waiver_options *options;
	struct fa_yaml_errors errors;
};

static int load_init(struct load *load, const char *name, const struct fa_waiver_options *options)
{
	char text[768];
	const char *file;

	memset(load, 0, sizeof(*load));
	load->options = options;
	load->scratch = fa_yaml_arena_new();
	load->keep = fa_yaml_arena_new();
	if (load->scratch == NULL || load->keep == NULL)
		return FA_ENOMEM;
	fa_text_safe(name, strlen(name), text, sizeof(text));
	file = fa_yaml_copy(load->keep, text, strlen(text));
	load->errors =
		(struct fa_yaml_errors){.file = file == NULL ? "" : file, .arena = load->scratch};
	return file == NULL ? FA_ENOMEM : 0;
}

static void load_deinit(struct load *load)
{
	fa_yaml_arena_free(load->scratch);
	fa_yaml_arena_free(load->keep);
}

/* All names a waiver may use: those given, "Unknown", and those of all signatures. */
static void collect_protocols(struct load *load, struct fa_like_names *names)
{
	const struct fa_rulebook *book = load->options->book;
	const struct fa_strings *given = load->options->protocols;
	size_t room = 1;
	const char **items;

	if (given == NULL || load->options->partial)
		return;
	room += given->count;
	for (size_t i = 0; book != NULL && i < book->product_count; i++)
		room += book->products[i].signature_count;
	items = fa_yaml_alloc(load->scratch, room, sizeof(*items));
	if (items == NULL)
		return;
	*names = (struct fa_like_names){items, 0, sizeof(*items)};
	items[names->count++] = "Unknown";
	for (size_t i = 0; i < given->count; i++)
		items[names->count++] = given->items[i];
	for (size_t i = 0; book != NULL && i < book->product_count; i++)
		for (size_t k = 0; k < book->products[i].signature_count; k++)
			items[names->count++] = book->products[i].signatures[k].name;
}

static int build(struct load *load, const char *text, size_t len, struct fa_waivers *out)
{
	struct fa_waiver_reader r = {
		.yaml = {.arena = load->keep, .errors = &load->errors},
		.site = load->options->site,
		.partial = load->options->partial,
	};

	collect_protocols(load, &r.protocols);
	if (len > FA_WAIVERS_FILE_BYTES)
		fa_yaml_error(&load->errors, 0, 0, "longer than %d bytes", FA_WAIVERS_FILE_BYTES);
	else
		r.yaml.root = fa_yaml_tree(text, len, load->scratch, &load->errors);
	if (r.yaml.root != NULL)
		fa_waivers_read(&r);
	if (fa_yaml_arena_failed(load->scratch) || fa_yaml_arena_failed(load->keep))
		fa_yaml_error(&load->errors, 0, 0, "no memory to read it");
	fa_yaml_errors_tell(&load->errors, load->options->error, load->options->error_context);
	if (fa_yaml_arena_failed(load->scratch) || fa_yaml_arena_failed(load->keep))
		return FA_ENOMEM;
	if (load->errors.count != 0)
		return FA_EFORMAT;
	*out = (struct fa_waivers){.items = r.items,
				   .count = r.count,
				   .file = load->errors.file,
				   .digest = XXH3_64bits(text, len),
				   .arena = load->keep};
	load->keep = NULL;
	return 0;
}

int fa_waivers_load(const char *path, const struct fa_waiver_options *options,
		    struct fa_waivers *out)
{
	struct load load;
	struct fa_yaml_file file;
	struct fa_diag diag = {{0}};
	int error = load_init(&load, path, options);

	memset(out, 0, sizeof(*out));
	if (error == 0) {
		error = fa_yaml_file_read(load.scratch, path, "file of waivers",
					  FA_WAIVERS_FILE_BYTES, &file, &diag);
		if (error != 0) {
			fa_yaml_error(&load.errors, 0, 0, "%s", diag.text);
			fa_yaml_errors_tell(&load.errors, options->error, options->error_context);
		} else {
			error = build(&load, file.text, file.len, out);
		}
	}
	load_deinit(&load);
	return error;
}

int fa_waivers_parse(const char *name, const char *text, size_t len,
		     const struct fa_waiver_options *options, struct fa_waivers *out)
{
	struct load load;
	int error = load_init(&load, name, options);

	memset(out, 0, sizeof(*out));
	if (error == 0)
		error = build(&load, text == NULL ? "" : text, len, out);
	load_deinit(&load);
	return error;
}

void fa_waivers_deinit(struct fa_waivers *waivers)
{
	fa_yaml_arena_free(waivers->arena);
	memset(waivers, 0, sizeof(*waivers));
}
