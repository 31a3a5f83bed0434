/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HTML report: who talks to whom as a matrix, clients down and servers across. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/html_run.h"

/* More rows or columns than that nobody reads; the last one is for all the others. */
#define SIDE_MAX 24
#define OTHERS	 SIDE_MAX

struct side {
	size_t groups[SIDE_MAX];
	size_t count;
	size_t all; /* with those that did not fit */
};

struct matrix_cell {
	uint64_t conversations;
	enum fa_verdict worst;
	int64_t finding;
};

struct matrix {
	struct side clients, servers;
	struct matrix_cell cells[SIDE_MAX + 1][SIDE_MAX + 1];
	uint64_t most; /* conversations of the fullest cell */
};

static size_t position(const struct side *side, size_t group)
{
	for (size_t i = 0; i < side->count; i++)
		if (side->groups[i] == group)
			return i;
	return OTHERS;
}

/* SEEN has a mark for each group. */
static void add_group(struct side *side, size_t group, bool *seen)
{
	if (seen[group])
		return;
	seen[group] = true;
	side->all++;
	if (side->count < SIDE_MAX)
		side->groups[side->count++] = group;
}

static void add_edge(struct matrix *matrix, const struct fa_edge *edge)
{
	struct matrix_cell *cell = &matrix->cells[position(&matrix->clients, edge->client)]
						 [position(&matrix->servers, edge->server)];

	/* The most important one comes first. */
	if (cell->conversations == 0) {
		cell->worst = edge->verdict;
		cell->finding = edge->finding;
	}
	cell->conversations += edge->conversations;
	if (cell->conversations > matrix->most)
		matrix->most = cell->conversations;
}

static int fill(struct matrix *matrix, const struct fa_map *map, struct fa_diag *diag)
{
	bool *seen = calloc(2 * map->group_count + 1, sizeof(*seen));

	if (seen == NULL)
		return fa_fail(diag, FA_ENOMEM, "out of memory for the page");
	for (size_t i = 0; i < map->edge_count; i++) {
		add_group(&matrix->clients, map->edges[i].client, seen);
		add_group(&matrix->servers, map->edges[i].server, seen + map->group_count);
	}
	for (size_t i = 0; i < map->edge_count; i++)
		add_edge(matrix, &map->edges[i]);
	free(seen);
	return 0;
}

/* One of five shades: the number of doublings, of those of the fullest cell. */
static unsigned shade(uint64_t part, uint64_t most)
{
	unsigned part_bits = 0;
	unsigned most_bits = 0;

	for (; part > 1; part >>= 1)
		part_bits++;
	for (; most > 1; most >>= 1)
		most_bits++;
	return 1 + (most_bits == 0 ? 4 : part_bits * 4 / most_bits);
}

static void put_cell(struct fa_html *page, const struct matrix_cell *cell, uint64_t most)
{
	const char *word = fa_verdict_text(cell->worst);
	bool link = cell->finding > 0 && cell->finding <= FA_HTML_FINDINGS;
	char number[FA_NUMBER_TEXT];

	if (cell->conversations == 0) {
		fa_html_put(page, "<td></td>");
		return;
	}
	fa_html_putf(page, "<td class=\"h%u\">", shade(cell->conversations, most));
	if (link)
		fa_html_putf(page, "<a href=\"#finding-%" PRId64 "\">", cell->finding);
	fa_html_putf(page, "<span class=\"v v-%s\" title=\"%s\">%s<span class=\"hidden\">, %s</span>"
			   "</span>%s</td>",
		     word, word, fa_number_text(cell->conversations, number), word,
		     link ? "</a>" : "");
}

/* How many rows or columns are shown. */
static size_t length(const struct side *side)
{
	return side->count + (side->all > side->count);
}

/* What belongs to the row or column number I: those of the others come last. */
static size_t slot(const struct side *side, size_t i)
{
	return i < side->count ? i : OTHERS;
}

static void put_group(struct fa_html_run *report, const struct side *side, size_t i)
{
	char number[FA_NUMBER_TEXT];

	if (i < side->count)
		fa_html_group(&report->page, &report->map.groups[side->groups[i]]);
	else
		fa_html_putf(&report->page, "%s more",
			     fa_number_text(side->all - side->count, number));
}

static void put_row(struct fa_html_run *report, const struct matrix *matrix, size_t row)
{
	struct fa_html *page = &report->page;

	fa_html_put(page, "<tr><th scope=\"row\">");
	put_group(report, &matrix->clients, row);
	fa_html_put(page, "</th>");
	for (size_t i = 0; i < length(&matrix->servers); i++)
		put_cell(page, &matrix->cells[slot(&matrix->clients, row)][slot(&matrix->servers, i)],
			 matrix->most);
	fa_html_put(page, "</tr>\n");
}

static void put_table(struct fa_html_run *report, const struct matrix *matrix)
{
	struct fa_html *page = &report->page;

	fa_html_put(page, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
			  "aria-label=\"Matrix, scrolls\"><table class=\"heat\">\n<thead><tr>"
			  "<th scope=\"col\">client ↓ server →</th>");
	for (size_t i = 0; i < length(&matrix->servers); i++) {
		fa_html_put(page, "<th scope=\"col\" class=\"to\">");
		put_group(report, &matrix->servers, i);
		fa_html_put(page, "</th>");
	}
	fa_html_put(page, "</tr></thead>\n<tbody>\n");
	for (size_t row = 0; row < length(&matrix->clients); row++)
		put_row(report, matrix, row);
	fa_html_put(page, "</tbody></table></div>\n");
}

int fa_html_heat(struct fa_html_run *report)
{
	struct matrix *matrix = calloc(1, sizeof(*matrix));
	int err;

	if (matrix == NULL)
		return fa_fail(report->diag, FA_ENOMEM, "out of memory for the page");
	fa_html_section(&report->page, "matrix", "Who talks to whom");
	err = fill(matrix, &report->map, report->diag);
	if (err == 0 && report->map.edge_count == 0) {
		fa_html_put(&report->page, "<p>There was no conversation.</p>\n");
	} else if (err == 0) {
		fa_html_put(&report->page,
			    "<p class=\"quiet\">Conversations from each client to each server; the "
			    "mark is that of the verdict that matters most, darker is more.</p>\n");
		put_table(report, matrix);
	}
	fa_html_section_end(&report->page);
	free(matrix);
	return err;
}
