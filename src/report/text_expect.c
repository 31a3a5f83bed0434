/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text report: what the documents lead to expect and was not seen, and how much was. */
#include "report/text.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/words.h"

/* What a line about an expectation needs; the texts stand in one block behind `product`. */
enum field { PRODUCT, PRODUCT_NAME, COMPONENT, TITLE, PORTS, TRANSPORTS, PROTOCOLS, REQUIREMENT,
	     WHEN, EVIDENCE, FIELDS };

struct expected {
	const char *fields[FIELDS];
	char *block;
	enum fa_expectation_state state;
	bool required;
	uint64_t flows; /* that tried, when refused */
	bool alone; /* its product was not seen at all */
	size_t position;
};

struct gathered {
	struct expected *items;
	size_t count, size;
	struct fa_diag *diag;
};

static int copy_fields(struct expected *into, const char *const from[FIELDS])
{
	size_t size = 0;
	size_t used = 0;

	for (size_t i = 0; i < FIELDS; i++)
		size += strlen(from[i] != NULL ? from[i] : "") + 1;
	into->block = malloc(size);
	if (into->block == NULL)
		return FA_ENOMEM;
	for (size_t i = 0; i < FIELDS; i++) {
		const char *text = from[i] != NULL ? from[i] : "";
		size_t len = strlen(text) + 1;

		memcpy(into->block + used, text, len);
		into->fields[i] = into->block + used;
		used += len;
	}
	return 0;
}

static int gather(void *arg, const struct fa_stored_expectation *expectation)
{
	struct gathered *all = arg;
	const struct fa_stored_rule *rule = &expectation->rule;
	const char *const fields[FIELDS] = {
		[PRODUCT] = rule->product,	   [PRODUCT_NAME] = rule->product_name,
		[COMPONENT] = rule->component_name, [TITLE] = rule->title,
		[PORTS] = rule->ports,		   [TRANSPORTS] = rule->transports,
		[PROTOCOLS] = rule->protocols,	   [REQUIREMENT] = rule->requirement,
		[WHEN] = rule->when,		   [EVIDENCE] = expectation->evidence,
	};
	struct expected *item;

	if (all->count == all->size) {
		size_t size = all->size > 0 ? 2 * all->size : 128;
		struct expected *items = realloc(all->items, size * sizeof(*items));

		if (items == NULL)
			return fa_fail(all->diag, FA_ENOMEM, "out of memory for expectations");
		all->items = items;
		all->size = size;
	}
	item = &all->items[all->count];
	memset(item, 0, sizeof(*item));
	if (copy_fields(item, fields) != 0)
		return fa_fail(all->diag, FA_ENOMEM, "out of memory for expectations");
	item->state = expectation->state;
	item->flows = expectation->flows;
	item->required = strcmp(item->fields[REQUIREMENT], "required") == 0;
	item->position = all->count++;
	return 0;
}

static void gathered_deinit(struct gathered *all)
{
	for (size_t i = 0; i < all->count; i++)
		free(all->items[i].block);
	free(all->items);
}

static bool is_missing(const struct expected *item)
{
	return item->state == FA_EXPECT_UNSEEN || item->state == FA_EXPECT_REFUSED;
}

/* Items of one product stand together, as they came. */
static size_t product_end(const struct gathered *all, size_t first)
{
	size_t end = first + 1;

	while (end < all->count &&
	       strcmp(all->items[end].fields[PRODUCT], all->items[first].fields[PRODUCT]) == 0)
		end++;
	return end;
}

/* Products that left no trace are told apart: probably they are simply not here. */
static void mark_alone(struct gathered *all)
{
	for (size_t first = 0, end; first < all->count; first = end) {
		bool trace = false;

		end = product_end(all, first);
		for (size_t i = first; i < end; i++)
			trace = trace || all->items[i].state == FA_EXPECT_SEEN ||
				all->items[i].state == FA_EXPECT_REFUSED;
		for (size_t i = first; i < end; i++)
			all->items[i].alone = !trace;
	}
}

/* Refused first, then required, then as they came. */
static int by_importance(const void *left, const void *right)
{
	const struct expected *a = left;
	const struct expected *b = right;

	/* Seen is the lowest state and is not printed, so refused is the first that is. */
	if (a->state != b->state)
		return a->state < b->state ? -1 : 1;
	if (a->required != b->required)
		return a->required ? -1 : 1;
	return (a->position > b->position) - (a->position < b->position);
}

static bool same_group(const struct expected *a, const struct expected *b)
{
	return a->state == b->state && a->required == b->required && a->alone == b->alone &&
	       strcmp(a->fields[PRODUCT], b->fields[PRODUCT]) == 0 &&
	       strcmp(a->fields[COMPONENT], b->fields[COMPONENT]) == 0;
}

static void add_ports(struct fa_buffer *line, const struct expected *item)
{
	if (item->fields[PORTS][0] == '\0') {
		fa_buffer_add(line, "no fixed port");
	} else {
		fa_buffer_clip(line, item->fields[PORTS], 40);
		fa_buffer_add(line, "/");
		fa_buffer_safe(line, item->fields[TRANSPORTS]);
	}
	if (item->state != FA_EXPECT_REFUSED)
		return;
	fa_buffer_add(line, " (");
	fa_buffer_count(line, item->flows, "flow", "flows");
	fa_buffer_add(line, " tried)");
}

/* "refused  required  wso2 · API Manager: 8243/tcp, 8280/tcp ..." for a component. */
static void put_group(struct fa_text_out *text, const struct gathered *all, size_t first,
		      size_t end)
{
	const struct expected *item = &all->items[first];
	struct fa_buffer *line = &text->line;
	char lead[48];

	fa_buffer_reset(line);
	fa_buffer_safe(line, item->fields[PRODUCT]);
	fa_buffer_add(line, " · ");
	fa_buffer_clip(line, item->fields[COMPONENT], 40);
	fa_buffer_add(line, ": ");
	for (size_t i = first; i < end; i++) {
		fa_buffer_add(line, i > first ? "; " : "");
		add_ports(line, &all->items[i]);
	}
	snprintf(lead, sizeof(lead), "  %-9s%-11s", fa_expectation_text(item->state),
		 item->required ? "required" : "if in use");
	fa_text_wrap_lead(text, lead,
			  item->state == FA_EXPECT_REFUSED ? FA_PAINT_WARN : FA_PAINT_NONE, 23,
			  fa_buffer_text(line));
}

/* One expectation with everything: for --all. */
static void put_one(struct fa_text_out *text, const struct expected *item)
{
	struct fa_buffer *line = &text->line;
	char requirement[13];
	char lead[48];

	fa_buffer_reset(line);
	add_ports(line, item);
	fa_buffer_add(line, " ");
	fa_buffer_clip(line, item->fields[PROTOCOLS], 40);
	fa_buffer_add(line, " · ");
	fa_buffer_safe(line, item->fields[PRODUCT]);
	fa_buffer_add(line, " · ");
	fa_buffer_safe(line, item->fields[COMPONENT]);
	fa_buffer_add(line, ": ");
	fa_buffer_safe(line, item->fields[TITLE]);
	if (item->fields[WHEN][0] != '\0') {
		fa_buffer_add(line, " (if ");
		fa_buffer_safe(line, item->fields[WHEN]);
		fa_buffer_add(line, ")");
	}
	if (item->fields[EVIDENCE][0] != '\0') {
		fa_buffer_add(line, " · ");
		fa_buffer_safe(line, item->fields[EVIDENCE]);
	}
	fa_text_safe(item->fields[REQUIREMENT], strlen(item->fields[REQUIREMENT]), requirement,
		     sizeof(requirement));
	snprintf(lead, sizeof(lead), "  %-9s%-12s", fa_expectation_text(item->state), requirement);
	fa_text_wrap_lead(text, lead, FA_PAINT_NONE, 23, fa_buffer_text(line));
}

static void put_missing(struct fa_text_out *text, const struct gathered *all)
{
	for (size_t i = 0, end; i < all->count; i = end) {
		const struct expected *item = &all->items[i];

		end = i + 1;
		if (!is_missing(item) || (item->alone && !text->all))
			continue;
		if (text->all) {
			put_one(text, item);
			continue;
		}
		while (end < all->count && same_group(item, &all->items[end]))
			end++;
		put_group(text, all, i, end);
	}
}

/* Products of which nothing was seen, in one line. */
static void put_alone(struct fa_text_out *text, const struct gathered *all)
{
	struct fa_buffer *line = &text->line;
	char number[FA_NUMBER_TEXT];

	fa_buffer_reset(line);
	for (size_t first = 0, end; first < all->count; first = end) {
		end = product_end(all, first);
		if (!all->items[first].alone)
			continue;
		fa_buffer_add(line, line->len > 0 ? ", " : "");
		fa_buffer_safe(line, all->items[first].fields[PRODUCT]);
		fa_buffer_addf(line, " (%s)", fa_number_text(end - first, number));
	}
	if (line->len == 0)
		return;
	fa_buffer_add(line, ". Without a site file nothing says whether they are here at all.");
	fa_text_wrap_lead(text, "  no trace of these catalogs (rows): ", FA_PAINT_NONE, 4,
			  fa_buffer_text(line));
}

static void put_heading(struct fa_text_out *text, const struct gathered *all)
{
	uint64_t counts[FA_EXPECT_COUNT] = {0};
	struct fa_buffer *line = &text->line;
	uint64_t missing;
	char number[FA_NUMBER_TEXT];

	for (size_t i = 0; i < all->count; i++)
		counts[all->items[i].state]++;
	missing = counts[FA_EXPECT_UNSEEN] + counts[FA_EXPECT_REFUSED];
	fa_buffer_reset(line);
	fa_buffer_addf(line, "EXPECTED, NOT SEEN (%s of ", fa_number_text(missing, number));
	fa_buffer_addf(line, "%s rows; ", fa_number_text(all->count, number));
	fa_buffer_addf(line, "%s more could not have been seen by this tap)",
		       fa_number_text(counts[FA_EXPECT_NOT_OBSERVABLE], number));
	fa_text_heading(text, fa_buffer_text(line));
}

static int by_position(const void *left, const void *right)
{
	const struct expected *a = left;
	const struct expected *b = right;

	return (a->position > b->position) - (a->position < b->position);
}

/* Rows of one catalog by state. */
static void put_catalog_counts(struct fa_text_out *text, const struct expected *items,
			       size_t count)
{
	struct fa_buffer *line = &text->line;
	uint64_t counts[FA_EXPECT_COUNT] = {0};
	char number[FA_NUMBER_TEXT];
	size_t pad;

	for (size_t i = 0; i < count; i++)
		counts[items[i].state]++;
	fa_buffer_reset(line);
	fa_buffer_clip(line, items[0].fields[PRODUCT], 36);
	pad = fa_text_columns(fa_buffer_text(line));
	fa_buffer_addf(line, "%*s", (int)(pad < 36 ? 36 - pad : 0), "");
	fa_buffer_addf(line, "%6s", fa_number_text(count, number));
	for (unsigned state = 0; state < FA_EXPECT_COUNT; state++)
		fa_buffer_addf(line, "%*s", state == FA_EXPECT_NOT_OBSERVABLE ? 16 : 9,
			       fa_number_text(counts[state], number));
	fa_text_line(text, fa_buffer_text(line));
}

static int put_document(void *arg, const struct fa_stored_catalog *catalog)
{
	struct fa_text_out *text = arg;
	struct fa_buffer *line = &text->line;

	fa_buffer_reset(line);
	fa_buffer_clip(line, catalog->product, 36);
	fa_buffer_add(line, ": \"");
	fa_buffer_safe(line, catalog->title);
	fa_buffer_add(line, "\", ");
	fa_buffer_safe(line, catalog->publisher);
	fa_buffer_add(line, ", ");
	fa_buffer_safe(line, catalog->dated[0] != '\0' ? catalog->dated : "no date");
	fa_buffer_add(line, " · file ");
	fa_buffer_safe(line, catalog->digest);
	fa_text_wrap_lead(text, "  ", FA_PAINT_NONE, 4, fa_buffer_text(line));
	return 0;
}

static int put_catalogs(struct fa_text_report *report, struct gathered *all, struct fa_diag *diag)
{
	/* fa_expectation_state order: seen, refused, unseen, not observable. */
	fa_text_heading(&report->text, "CATALOG                               ROWS     SEEN  "
				       "REFUSED   UNSEEN  NOT OBSERVABLE");
	for (size_t first = 0, end; first < all->count; first = end) {
		end = product_end(all, first);
		put_catalog_counts(&report->text, &all->items[first], end - first);
	}
	return report->history->each_catalog(report->history->context, report->run_id,
					     put_document, &report->text, diag);
}

int fa_text_expectations(struct fa_text_report *report, struct fa_diag *diag)
{
	struct fa_text_out *text = &report->text;
	struct gathered all = {.diag = diag};
	int err = report->history->each_expectation(report->history->context, report->run_id,
						    gather, &all, diag);

	if (err != 0) {
		gathered_deinit(&all);
		return err;
	}
	mark_alone(&all);
	put_heading(text, &all);
	put_alone(text, &all);
	if (all.count > 1)
		qsort(all.items, all.count, sizeof(*all.items), by_importance);
	put_missing(text, &all);
	if (all.count > 1)
		qsort(all.items, all.count, sizeof(*all.items), by_position);
	err = put_catalogs(report, &all, diag);
	gathered_deinit(&all);
	return err;
}
