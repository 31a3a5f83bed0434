/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From files to a rulebook. */
#include "catalog/catalog.h"

#include <string.h>
#include <xxhash.h>

#include "catalog/read.h"
#include "catalog/source.h"
#include "yaml/tree.h"

/* One load: what lives only as long as it lasts, and what stays with the rulebook. */
struct load {
	struct fa_yaml_arena *scratch;
	struct fa_yaml_arena *keep;
	struct fa_cat_sources sources;
	struct fa_cat_reader *readers; /* one for each source */
	struct fa_product *products;
	struct fa_rule *rules;
	size_t rule_count;
};

static int load_init(struct load *load, const struct fa_catalog_options *options)
{
	memset(load, 0, sizeof(*load));
	load->scratch = fa_yaml_arena_new();
	load->keep = fa_yaml_arena_new();
	load->sources.arena = load->scratch;
	load->sources.options = options;
	return load->scratch == NULL || load->keep == NULL ? FA_ENOMEM : 0;
}

static void load_deinit(struct load *load)
{
	fa_yaml_arena_free(load->scratch);
	fa_yaml_arena_free(load->keep);
}

/* How many rules a document has, so that all of them can stand in one array. */
static size_t count_rules(const struct fa_yaml_node *root)
{
	const struct fa_yaml_node *components = fa_yaml_node_get(root, "components");
	size_t count = 0;

	if (components == NULL || components->kind != FA_YAML_MAPPING)
		return 0;
	for (const struct fa_yaml_node *n = components->first; n != NULL; n = n->next) {
		const struct fa_yaml_node *rules = fa_yaml_node_get(n, "rules");

		if (rules != NULL && rules->kind == FA_YAML_LIST)
			count += rules->count;
	}
	return count;
}

static void prepare_reader(struct load *load, size_t index)
{
	struct fa_cat_source *source = &load->sources.items[index];
	struct fa_cat_reader *r = &load->readers[index];

	*r = (struct fa_cat_reader){
		.yaml = {.arena = load->keep, .errors = &source->errors},
		.stem = source->stem,
		.product = &load->products[index],
	};
	source->errors.file = source->file;
	source->errors.arena = load->scratch;
	if (source->len > FA_CATALOG_FILE_BYTES)
		fa_yaml_error(&source->errors, 0, 0, "longer than %d bytes", FA_CATALOG_FILE_BYTES);
	if (source->text == NULL || source->len > FA_CATALOG_FILE_BYTES)
		return;
	r->yaml.root = fa_yaml_tree(source->text, source->len, load->scratch, &source->errors);
	r->rule_capacity = count_rules(r->yaml.root);
	if (r->rule_capacity > FA_CATALOG_RULES_MAX) {
		fa_yaml_error(&source->errors, 0, 0, "%zu rules, at most %d are allowed",
			      r->rule_capacity, FA_CATALOG_RULES_MAX);
		r->yaml.root = NULL;
		r->rule_capacity = 0;
	}
	r->product->file = fa_yaml_copy(load->keep, source->file, strlen(source->file));
	r->product->digest = XXH3_64bits(source->text, source->len);
	r->product->first_rule = load->rule_count;
	load->rule_count += r->rule_capacity;
}

/* All documents first, then room for their rules. */
static bool prepare(struct load *load)
{
	size_t count = load->sources.count;
	const struct fa_yaml_node **nodes;

	load->products = fa_yaml_alloc(load->keep, count, sizeof(*load->products));
	load->readers = fa_yaml_alloc(load->scratch, count, sizeof(*load->readers));
	if (load->products == NULL || load->readers == NULL)
		return false;
	for (size_t i = 0; i < count; i++)
		prepare_reader(load, i);
	load->rules = fa_yaml_alloc(load->keep, load->rule_count, sizeof(*load->rules));
	nodes = fa_yaml_alloc(load->scratch, load->rule_count, sizeof(*nodes));
	if (load->rules == NULL || nodes == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		load->readers[i].rules = load->rules + load->products[i].first_rule;
		load->readers[i].nodes = nodes + load->products[i].first_rule;
	}
	return true;
}

static void read_products(struct load *load)
{
	const struct fa_catalog_options *options = load->sources.options;

	for (size_t i = 0; i < load->sources.count; i++) {
		struct fa_cat_reader *r = &load->readers[i];

		if (r->yaml.root == NULL)
			continue;
		fa_cat_read_product(r);
		r->product->rule_count = r->rule_count;
		fa_cat_link(r);
		fa_cat_check_overlaps(r);
	}
	fa_cat_check_protocols(load->readers, load->sources.count, options->protocols);
	for (size_t i = 0; i < load->sources.count; i++) {
		const struct fa_yaml_errors *errors = &load->sources.items[i].errors;

		fa_yaml_errors_tell(errors, options->error, options->error_context);
		if (errors->count != 0 && load->sources.error == 0)
			load->sources.error = FA_EFORMAT;
	}
}

static int finish(struct load *load, struct fa_rulebook *out)
{
	struct fa_rulebook book = {
		.products = load->products,
		.product_count = load->sources.count,
		.rules = load->rules,
		.rule_count = load->rule_count,
		.arena = load->keep,
	};

	load->keep = NULL;
	*out = book;
	return 0;
}

/* Everything after the sources are there; frees the load. */
static int build(struct load *load, struct fa_rulebook *out)
{
	bool complete = prepare(load);

	if (complete)
		read_products(load);
	if (!complete || fa_yaml_arena_failed(load->scratch) || fa_yaml_arena_failed(load->keep))
		fa_cat_sources_fail(&load->sources, FA_ENOMEM, "no memory for the catalogs");
	if (load->sources.error == 0)
		finish(load, out);
	return load->sources.error;
}

int fa_rulebook_load(const char *const *paths, size_t path_count,
		     const struct fa_catalog_options *options, struct fa_rulebook *out)
{
	struct load load;
	int error = load_init(&load, options);

	memset(out, 0, sizeof(*out));
	if (error == 0) {
		for (size_t i = 0; i < path_count; i++)
			fa_cat_sources_add_path(&load.sources, paths[i]);
		fa_cat_sources_select(&load.sources);
		for (size_t i = 0; i < load.sources.count; i++)
			fa_cat_source_read(&load.sources, &load.sources.items[i]);
		error = build(&load, out);
	}
	load_deinit(&load);
	return error;
}

int fa_rulebook_parse(const struct fa_catalog_text *texts, size_t count,
		      const struct fa_catalog_options *options, struct fa_rulebook *out)
{
	struct load load;
	int error = load_init(&load, options);

	memset(out, 0, sizeof(*out));
	if (error == 0) {
		for (size_t i = 0; i < count; i++) {
			struct fa_cat_source *source =
				fa_cat_sources_add(&load.sources, texts[i].name);

			if (source == NULL)
				continue;
			source->text = texts[i].text == NULL ? "" : texts[i].text;
			source->len = texts[i].len;
		}
		fa_cat_sources_select(&load.sources);
		error = build(&load, out);
	}
	load_deinit(&load);
	return error;
}

void fa_rulebook_deinit(struct fa_rulebook *book)
{
	fa_yaml_arena_free(book->arena);
	memset(book, 0, sizeof(*book));
}
