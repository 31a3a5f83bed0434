/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text report: what the documents lead to expect and was not seen, and how much was. */
#include "report/text_expect.h"

#include <stdlib.h>
#include <string.h>

#include "base/slots.h"
#include "base/text.h"
#include "report/words.h"

static int copy_fields(struct fa_expected *into, const char *const from[FA_EXPECTED_FIELDS])
{
	size_t size = 0;
	size_t used = 0;

	for (size_t i = 0; i < FA_EXPECTED_FIELDS; i++)
		size += strlen(from[i] != NULL ? from[i] : "") + 1;
	into->block = malloc(size);
	if (into->block == NULL)
		return FA_ENOMEM;
	for (size_t i = 0; i < FA_EXPECTED_FIELDS; i++) {
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
	struct fa_expected_list *all = arg;
	const struct fa_stored_rule *rule = &expectation->rule;
	const char *const fields[FA_EXPECTED_FIELDS] = {
		[FA_EXPECTED_PRODUCT] = rule->product,
		[FA_EXPECTED_INSTANCE] = expectation->instance,
		[FA_EXPECTED_RULE] = rule->id,
		[FA_EXPECTED_COMPONENT] = rule->component_name,
		[FA_EXPECTED_TITLE] = rule->title,
		[FA_EXPECTED_PORTS] = expectation->ports,
		[FA_EXPECTED_TRANSPORTS] = rule->transports,
		[FA_EXPECTED_PROTOCOLS] = rule->protocols,
		[FA_EXPECTED_REQUIREMENT] = rule->requirement,
		[FA_EXPECTED_WHEN] = rule->when,
		[FA_EXPECTED_PLACE] = expectation->place,
		[FA_EXPECTED_EVIDENCE] = expectation->evidence,
	};
	struct fa_expected *item;

	if (!fa_array_reserve((void **)&all->items, &all->room, all->count + 1,
			      sizeof(*all->items)))
		return fa_fail(all->diag, FA_ENOMEM, "out of memory for expectations");
	item = &all->items[all->count];
	memset(item, 0, sizeof(*item));
	if (copy_fields(item, fields) != 0)
		return fa_fail(all->diag, FA_ENOMEM, "out of memory for expectations");
	item->state = expectation->state;
	item->flows = expectation->flows;
	item->required = strcmp(item->fields[FA_EXPECTED_REQUIREMENT], "required") == 0;
	all->site = all->site || expectation->instance[0] != '\0';
	item->position = all->count++;
	return 0;
}

static void gathered_deinit(struct fa_expected_list *all)
{
	for (size_t i = 0; i < all->count; i++)
		free(all->items[i].block);
	free(all->items);
}

static bool is_missing(const struct fa_expected *item)
{
	return item->state == FA_EXPECT_UNSEEN || item->state == FA_EXPECT_REFUSED;
}

bool fa_expected_same(const struct fa_expected *a, const struct fa_expected *b,
		      enum fa_expected_field field)
{
	return strcmp(a->fields[field], b->fields[field]) == 0;
}

size_t fa_expected_end(const struct fa_expected_list *all, size_t first)
{
	const struct fa_expected *item = &all->items[first];
	size_t end = first + 1;

	while (end < all->count && fa_expected_same(item, &all->items[end], FA_EXPECTED_PRODUCT) &&
	       fa_expected_same(item, &all->items[end], FA_EXPECTED_INSTANCE))
		end++;
	return end;
}

static int by_instance(const void *left, const void *right)
{
	const struct fa_expected *a = left;
	const struct fa_expected *b = right;
	int order = strcmp(a->fields[FA_EXPECTED_PRODUCT], b->fields[FA_EXPECTED_PRODUCT]);

	if (order == 0)
		order = strcmp(a->fields[FA_EXPECTED_INSTANCE], b->fields[FA_EXPECTED_INSTANCE]);
	return order != 0 ? order : (a->position > b->position) - (a->position < b->position);
}

/* Instances of a product come mixed, rule by rule: brought together. Without a site all stay. */
static void arrange(struct fa_expected_list *all)
{
	if (all->site)
		qsort(all->items, all->count, sizeof(*all->items), by_instance);
	for (size_t i = 0; i < all->count; i++)
		all->items[i].position = i;
	for (size_t first = 0, end; first < all->count; first = end) {
		end = first + 1;
		while (end < all->count &&
		       fa_expected_same(&all->items[first], &all->items[end], FA_EXPECTED_RULE) &&
		       fa_expected_same(&all->items[first], &all->items[end], FA_EXPECTED_INSTANCE))
			end++;
		for (size_t i = first; i < end; i++)
			all->items[i].places = end - first;
	}
}

/* Products that left no trace are told apart: probably they are simply not here. */
static void mark_alone(struct fa_expected_list *all)
{
	for (size_t first = 0, end; first < all->count; first = end) {
		bool trace = false;

		end = fa_expected_end(all, first);
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
	const struct fa_expected *a = left;
	const struct fa_expected *b = right;

	/* Seen is the lowest state and is not printed, so refused is the first that is. */
	if (a->state != b->state)
		return a->state < b->state ? -1 : 1;
	if (a->required != b->required)
		return a->required ? -1 : 1;
	return (a->position > b->position) - (a->position < b->position);
}

bool fa_expected_same_group(const struct fa_expected *a, const struct fa_expected *b)
{
	return a->state == b->state && a->required == b->required && a->alone == b->alone &&
	       fa_expected_same(a, b, FA_EXPECTED_PRODUCT) &&
	       fa_expected_same(a, b, FA_EXPECTED_INSTANCE) &&
	       fa_expected_same(a, b, FA_EXPECTED_COMPONENT);
}

void fa_expected_add_ports(struct fa_buffer *line, const struct fa_expected *item, uint64_t flows)
{
	if (item->fields[FA_EXPECTED_PORTS][0] == '\0') {
		fa_buffer_add(line, "no fixed port");
	} else {
		fa_buffer_clip(line, item->fields[FA_EXPECTED_PORTS], 40);
		fa_buffer_add(line, "/");
		fa_buffer_safe(line, item->fields[FA_EXPECTED_TRANSPORTS]);
	}
	if (item->state != FA_EXPECT_REFUSED)
		return;
	fa_buffer_add(line, " (");
	fa_buffer_count(line, flows, "flow", "flows");
	fa_buffer_add(line, " tried)");
}

void fa_expected_put_line(struct fa_text_out *text, const struct fa_expected *item,
			  const struct fa_buffer *line)
{
	char lead[48];

	snprintf(lead, sizeof(lead), "  %-9s%-11s", fa_expectation_text(item->state),
		 item->required ? "required" : "if in use");
	fa_text_wrap_lead(text, lead,
			  item->state == FA_EXPECT_REFUSED ? FA_PAINT_WARN : FA_PAINT_NONE, 23,
			  fa_buffer_text(line));
}

/* "refused  required  wso2 · API Manager: 8243/tcp, 8280/tcp ..." for a component. */
static void put_group(struct fa_text_out *text, const struct fa_expected_list *all, size_t first,
		      size_t end)
{
	const struct fa_expected *item = &all->items[first];
	struct fa_buffer *line = &text->line;

	fa_buffer_reset(line);
	fa_buffer_safe(line, item->fields[FA_EXPECTED_PRODUCT]);
	fa_buffer_add(line, " · ");
	fa_buffer_clip(line, item->fields[FA_EXPECTED_COMPONENT], 40);
	fa_buffer_add(line, ": ");
	for (size_t i = first; i < end; i++) {
		fa_buffer_add(line, i > first ? "; " : "");
		fa_expected_add_ports(line, &all->items[i], all->items[i].flows);
	}
	fa_expected_put_line(text, item, line);
}

/* "api-prod on am1 · " */
static void add_where(struct fa_buffer *line, const struct fa_expected *item)
{
	if (item->fields[FA_EXPECTED_INSTANCE][0] == '\0')
		return;
	fa_buffer_clip(line, item->fields[FA_EXPECTED_INSTANCE], 40);
	if (item->fields[FA_EXPECTED_PLACE][0] != '\0') {
		fa_buffer_add(line, " on ");
		fa_buffer_clip(line, item->fields[FA_EXPECTED_PLACE], 40);
	}
	fa_buffer_add(line, " · ");
}

/* One expectation with everything: for --all. */
static void put_one(struct fa_text_out *text, const struct fa_expected *item)
{
	struct fa_buffer *line = &text->line;
	char requirement[13];
	char lead[48];

	fa_buffer_reset(line);
	fa_expected_add_ports(line, item, item->flows);
	fa_buffer_add(line, " ");
	fa_buffer_clip(line, item->fields[FA_EXPECTED_PROTOCOLS], 40);
	fa_buffer_add(line, " · ");
	add_where(line, item);
	fa_buffer_safe(line, item->fields[FA_EXPECTED_PRODUCT]);
	fa_buffer_add(line, " · ");
	fa_buffer_safe(line, item->fields[FA_EXPECTED_COMPONENT]);
	fa_buffer_add(line, ": ");
	fa_buffer_safe(line, item->fields[FA_EXPECTED_TITLE]);
	if (item->fields[FA_EXPECTED_WHEN][0] != '\0') {
		fa_buffer_add(line, " (if ");
		fa_buffer_safe(line, item->fields[FA_EXPECTED_WHEN]);
		fa_buffer_add(line, ")");
	}
	if (item->fields[FA_EXPECTED_EVIDENCE][0] != '\0') {
		fa_buffer_add(line, " · ");
		fa_buffer_safe(line, item->fields[FA_EXPECTED_EVIDENCE]);
	}
	fa_text_safe(item->fields[FA_EXPECTED_REQUIREMENT], strlen(item->fields[FA_EXPECTED_REQUIREMENT]), requirement,
		     sizeof(requirement));
	snprintf(lead, sizeof(lead), "  %-9s%-12s", fa_expectation_text(item->state), requirement);
	fa_text_wrap_lead(text, lead, FA_PAINT_NONE, 23, fa_buffer_text(line));
}

static void put_missing(struct fa_text_out *text, const struct fa_expected_list *all)
{
	if (all->site && !text->all) {
		fa_expected_put_by_host(text, all);
		return;
	}
	for (size_t i = 0, end; i < all->count; i = end) {
		const struct fa_expected *item = &all->items[i];

		end = i + 1;
		if (!is_missing(item) || (item->alone && !text->all))
			continue;
		if (text->all) {
			put_one(text, item);
			continue;
		}
		while (end < all->count && fa_expected_same_group(item, &all->items[end]))
			end++;
		put_group(text, all, i, end);
	}
}

/* Products of which nothing was seen, in one line. */
static void put_alone(struct fa_text_out *text, const struct fa_expected_list *all)
{
	struct fa_buffer *line = &text->line;
	char number[FA_NUMBER_TEXT];

	fa_buffer_reset(line);
	for (size_t first = 0, end; first < all->count; first = end) {
		end = fa_expected_end(all, first);
		if (!all->items[first].alone ||
		    all->items[first].fields[FA_EXPECTED_INSTANCE][0] != '\0')
			continue;
		fa_buffer_add(line, line->len > 0 ? ", " : "");
		fa_buffer_safe(line, all->items[first].fields[FA_EXPECTED_PRODUCT]);
		fa_buffer_addf(line, " (%s)", fa_number_text(end - first, number));
	}
	if (line->len == 0)
		return;
	fa_buffer_add(line, all->site ? ", which hold on every network."
				      : ". Without a site file nothing says whether they are "
					"here at all.");
	fa_text_wrap_lead(text, "  no trace of these catalogs (rows): ", FA_PAINT_NONE, 4,
			  fa_buffer_text(line));
}

static void put_heading(struct fa_text_out *text, const struct fa_expected_list *all)
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
	fa_buffer_addf(line, all->site ? "%s; " : "%s rows; ", fa_number_text(all->count, number));
	fa_buffer_addf(line, "%s more could not have been seen by this tap)",
		       fa_number_text(counts[FA_EXPECT_NOT_OBSERVABLE], number));
	fa_text_heading(text, fa_buffer_text(line));
}

static int by_position(const void *left, const void *right)
{
	const struct fa_expected *a = left;
	const struct fa_expected *b = right;

	return (a->position > b->position) - (a->position < b->position);
}

/* Rows of one catalog by state. */
static void put_catalog_counts(struct fa_text_out *text, const struct fa_expected *items,
			       size_t count)
{
	struct fa_buffer *line = &text->line;
	uint64_t counts[FA_EXPECT_COUNT] = {0};
	struct fa_buffer name = {0};
	char number[FA_NUMBER_TEXT];
	size_t pad;

	for (size_t i = 0; i < count; i++)
		counts[items[i].state]++;
	fa_buffer_reset(line);
	fa_buffer_safe(&name, items[0].fields[FA_EXPECTED_PRODUCT]);
	if (items[0].fields[FA_EXPECTED_INSTANCE][0] != '\0') {
		fa_buffer_add(&name, " · ");
		fa_buffer_safe(&name, items[0].fields[FA_EXPECTED_INSTANCE]);
	}
	fa_buffer_clip(line, fa_buffer_text(&name), 36);
	line->failed = line->failed || name.failed;
	fa_buffer_deinit(&name);
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

static int put_catalogs(struct fa_text_report *report, struct fa_expected_list *all, struct fa_diag *diag)
{
	/* fa_expectation_state order: seen, refused, unseen, not observable. */
	fa_text_heading(&report->text, all->site ? "CATALOG · INSTANCE                "
						   "EXPECTED     SEEN  REFUSED   UNSEEN  "
						   "NOT OBSERVABLE"
						 : "CATALOG                               ROWS     SEEN  "
						   "REFUSED   UNSEEN  NOT OBSERVABLE");
	for (size_t first = 0, end; first < all->count; first = end) {
		end = fa_expected_end(all, first);
		put_catalog_counts(&report->text, &all->items[first], end - first);
	}
	return report->history->each_catalog(report->history->context, report->run_id,
					     put_document, &report->text, diag);
}

int fa_text_expectations(struct fa_text_report *report, struct fa_diag *diag)
{
	struct fa_text_out *text = &report->text;
	struct fa_expected_list all = {.diag = diag};
	int err = report->history->each_expectation(report->history->context, report->run_id,
						    gather, &all, diag);

	if (err != 0) {
		gathered_deinit(&all);
		return err;
	}
	arrange(&all);
	mark_alone(&all);
	put_heading(text, &all);
	put_alone(text, &all);
	fa_expected_put_silent(text, &all);
	if (all.count > 1)
		qsort(all.items, all.count, sizeof(*all.items), by_importance);
	put_missing(text, &all);
	if (all.count > 1)
		qsort(all.items, all.count, sizeof(*all.items), by_position);
	err = put_catalogs(report, &all, diag);
	gathered_deinit(&all);
	return err;
}
