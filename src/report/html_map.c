/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HTML report: the service map. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "report/html_run.h"
#include "report/words.h"

/* Letters that fit into a node, and into the label of an edge. */
#define NODE_COLUMNS  23
#define LABEL_COLUMNS 30
/* Of a letter in labels of edges, a little more than most fonts have. */
#define LETTER_WIDTH 6.4

void fa_html_group(struct fa_html *page, const struct fa_group *group)
{
	fa_html_text(page, group->name);
	if (group->under[0] != '\0') {
		fa_html_put(page, " of ");
		fa_html_text(page, group->under);
	}
}

/* "1,204 more networks", of those that have no box of their own. */
static void add_several(struct fa_buffer *line, const struct fa_drawn_node *node)
{
	static const char *const words[FA_GROUP_KINDS][2] = {
		[FA_GROUP_ROLE] = {"more role", "more roles"},
		[FA_GROUP_HOST] = {"more server", "more servers"},
		[FA_GROUP_NETWORK] = {"more network", "more networks"},
		[FA_GROUP_OUTSIDE] = {"more outside", "more outside"},
	};

	fa_buffer_count(line, node->groups, words[node->group.kind][0],
			words[node->group.kind][1]);
}

static void put_name(struct fa_html *page, const struct fa_drawn_node *node)
{
	struct fa_buffer line = {0};

	if (node->group.name != NULL) {
		fa_html_group(page, &node->group);
		return;
	}
	add_several(&line, node);
	fa_html_words(page, fa_buffer_text(&line));
	page->failed = page->failed || line.failed;
	fa_buffer_deinit(&line);
}

/* The same, short enough for a box. */
static void put_label(struct fa_html *page, const struct fa_drawn_node *node)
{
	if (node->group.name != NULL)
		fa_html_clip(page, node->group.name, NODE_COLUMNS);
	else
		put_name(page, node);
}

/* ":443/tcp TLS" without the colon; no word of ours for a protocol that nobody saw. */
static void add_service(struct fa_buffer *line, const struct fa_service *service)
{
	struct fa_buffer port = {0};

	fa_words_port(&port, service->transport, service->port);
	if (port.len > 0)
		fa_buffer_add(line, fa_buffer_text(&port) + 1);
	line->failed = line->failed || port.failed;
	fa_buffer_deinit(&port);
	if (service->protocol[0] == '\0')
		return;
	fa_buffer_add(line, " ");
	fa_buffer_safe(line, service->protocol);
}

static void add_services(struct fa_buffer *line, const struct fa_edge *edge)
{
	for (size_t i = 0; i < edge->service_count; i++) {
		fa_buffer_add(line, i > 0 ? ", " : "");
		add_service(line, &edge->services[i]);
	}
	if (edge->more_services)
		fa_buffer_add(line, " and others");
}

/* "? 6379/tcp Redis +2" */
static void add_label(struct fa_buffer *line, const struct fa_edge *edge)
{
	struct fa_buffer service = {0};
	char text[128];

	fa_buffer_addf(line, "%s ", fa_html_mark(edge->verdict));
	if (edge->service_count > 0)
		add_service(&service, &edge->services[0]);
	fa_text_copy(text, sizeof(text), fa_buffer_text(&service));
	text[fa_text_prefix(text, LABEL_COLUMNS)] = '\0';
	fa_buffer_add(line, text);
	if (edge->more_services)
		fa_buffer_add(line, " +…");
	else if (edge->service_count > 1)
		fa_buffer_addf(line, " +%zu", edge->service_count - 1);
	line->failed = line->failed || service.failed;
	fa_buffer_deinit(&service);
}

/* A line is wider by so much for each ten times the bytes. */
static double line_width(uint64_t bytes)
{
	double digits = bytes > 1000 ? log10((double)bytes / 1000) : 0;

	return 1.2 + (digits > 8 ? 8 : digits) * 0.8;
}

static void measure_labels(struct fa_html_run *report, struct fa_drawing *drawing)
{
	struct fa_buffer line = {0};

	for (size_t i = 0; i < drawing->edge_count; i++) {
		fa_buffer_reset(&line);
		add_label(&line, &drawing->edges[i].edge);
		drawing->edges[i].label_width =
			(double)fa_text_columns(fa_buffer_text(&line)) * LETTER_WIDTH + 8;
	}
	report->page.failed = report->page.failed || line.failed;
	fa_buffer_deinit(&line);
}

static void put_node(struct fa_html_run *report, const struct fa_drawn_node *node)
{
	static const char *const classes[] = {
		[FA_GROUP_ROLE] = "role",
		[FA_GROUP_HOST] = "host",
		[FA_GROUP_NETWORK] = "network",
		[FA_GROUP_OUTSIDE] = "outside",
	};
	const struct fa_group *group = &node->group;
	struct fa_html *page = &report->page;
	char hosts[FA_NUMBER_TEXT];
	char number[FA_NUMBER_TEXT];

	fa_html_putf(page, "<g class=\"node %s\"><title>", classes[group->kind]);
	put_name(page, node);
	fa_html_putf(page, ", %s %s, %s</title>", fa_number_text(group->hosts, hosts),
		     group->hosts == 1 ? "address" : "addresses",
		     fa_bytes_text(group->bytes, number));
	fa_html_putf(page,
		     "<rect x=\"%.1f\" y=\"%.1f\" width=\"%d\" height=\"%d\" rx=\"%d\"/>"
		     "<text class=\"label\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">",
		     node->at.x - FA_NODE_WIDTH / 2.0, node->at.y - FA_NODE_HEIGHT / 2.0,
		     FA_NODE_WIDTH, FA_NODE_HEIGHT, group->kind == FA_GROUP_ROLE ? 10 : 3,
		     node->at.x, node->at.y - 4);
	put_label(page, node);
	fa_html_putf(page, "</text><text class=\"more\" x=\"%.1f\" y=\"%.1f\" "
			   "text-anchor=\"middle\">",
		     node->at.x, node->at.y + 12);
	if (group->under[0] != '\0') {
		fa_html_clip(page, group->under, NODE_COLUMNS - 8);
		fa_html_put(page, " · ");
	}
	fa_html_putf(page, "%s %s</text></g>\n", fa_number_text(group->hosts, number),
		     group->hosts == 1 ? "host" : "hosts");
}

/* From the last point of the line to its tip. */
static void put_arrow(struct fa_html *page, const struct fa_drawn_edge *edge, double width)
{
	const struct fa_point from = edge->points[edge->point_count - 1];
	double x = edge->tip.x - from.x;
	double y = edge->tip.y - from.y;
	double len = sqrt(x * x + y * y);
	double half = 3.5 + width / 2;

	if (len < 0.1)
		return;
	fa_html_putf(page, "<polygon points=\"%.1f,%.1f %.1f,%.1f %.1f,%.1f\"/>", edge->tip.x,
		     edge->tip.y, from.x - y / len * half, from.y + x / len * half,
		     from.x + y / len * half, from.y - x / len * half);
}

static void put_line(struct fa_html *page, const struct fa_drawn_edge *edge)
{
	double width = line_width(edge->edge.bytes);

	if (edge->point_count == 0)
		return;
	fa_html_putf(page, "<path stroke-width=\"%.1f\" d=\"M%.1f,%.1f C", width, edge->points[0].x,
		     edge->points[0].y);
	for (size_t i = 1; i < edge->point_count; i++)
		fa_html_putf(page, " %.1f,%.1f", edge->points[i].x, edge->points[i].y);
	fa_html_put(page, "\"/>");
	put_arrow(page, edge, width);
}

/* "office to gateway of api-prod: documented, 443/tcp TLS, 12 conversations, 3.1 MB" */
static void put_words(struct fa_html *page, const struct fa_drawing *drawing,
		      const struct fa_edge *edge)
{
	struct fa_buffer line = {0};
	char bytes[FA_NUMBER_TEXT];

	put_name(page, &drawing->nodes[edge->client]);
	fa_html_put(page, edge->direction_known ? " to " : " and ");
	put_name(page, &drawing->nodes[edge->server]);
	fa_buffer_addf(&line, ": %s, ", fa_verdict_text(edge->verdict));
	add_services(&line, edge);
	fa_buffer_add(&line, ", ");
	fa_buffer_count(&line, edge->conversations, "conversation", "conversations");
	fa_buffer_addf(&line, ", %s", fa_bytes_text(edge->bytes, bytes));
	fa_html_words(page, fa_buffer_text(&line));
	page->failed = page->failed || line.failed;
	fa_buffer_deinit(&line);
}

static bool has_link(const struct fa_edge *edge)
{
	return edge->finding > 0 && edge->finding <= FA_HTML_FINDINGS;
}

static void put_edge(struct fa_html *page, const struct fa_drawing *drawing,
		     const struct fa_drawn_edge *edge)
{
	struct fa_buffer line = {0};

	fa_html_putf(page, "<g class=\"edge v-%s\"><title>", fa_verdict_text(edge->edge.verdict));
	put_words(page, drawing, &edge->edge);
	fa_html_put(page, "</title>");
	put_line(page, edge);
	if (has_link(&edge->edge))
		fa_html_putf(page, "<a href=\"#finding-%" PRId64 "\">", edge->edge.finding);
	fa_html_putf(page, "<text class=\"service\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">",
		     edge->label.x, edge->label.y + 4);
	add_label(&line, &edge->edge);
	fa_html_words(page, fa_buffer_text(&line));
	fa_html_putf(page, "</text>%s</g>\n", has_link(&edge->edge) ? "</a>" : "");
	page->failed = page->failed || line.failed;
	fa_buffer_deinit(&line);
}

static void put_key(struct fa_html *page)
{
	fa_html_put(page, "<ul class=\"keys\" aria-label=\"Lines of the map\">\n");
	for (unsigned i = 0; i < FA_VERDICT_COUNT; i++)
		fa_html_putf(page,
			     "<li><svg width=\"44\" height=\"10\" aria-hidden=\"true\">"
			     "<g class=\"edge v-%s\"><path stroke-width=\"3\" d=\"M0,5 L44,5\"/></g>"
			     "</svg>%s %s</li>\n",
			     fa_verdict_text(i), fa_html_mark(i), fa_verdict_text(i));
	fa_html_put(page, "</ul>\n");
}

static void put_drawing(struct fa_html_run *report, const struct fa_drawing *drawing)
{
	struct fa_html *page = &report->page;

	put_key(page);
	fa_html_putf(page,
		     "<div class=\"map\" role=\"region\" tabindex=\"0\" aria-label=\"Map, scrolls\">"
		     "<svg width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" "
		     "aria-label=\"Service map; the list below has the same in words\">\n",
		     drawing->width, drawing->height, drawing->width, drawing->height);
	for (size_t i = 0; i < drawing->edge_count; i++)
		put_edge(page, drawing, &drawing->edges[drawing->edge_count - 1 - i]);
	for (size_t i = 0; i < drawing->node_count; i++)
		put_node(report, &drawing->nodes[i]);
	fa_html_put(page, "</svg></div>\n");
}

/* What is not drawn, or not one by one. */
static void put_folded(struct fa_html_run *report, const struct fa_drawing *drawing)
{
	struct fa_html *page = &report->page;
	struct fa_buffer line = {0};

	if (report->map.group_count > drawing->node_count)
		fa_buffer_add(&line, "Those who matter less share a box with others of their kind. ");
	if (drawing->left_out > 0) {
		fa_buffer_add(&line, "Lines with ");
		fa_buffer_count(&line, drawing->left_out, "conversation", "conversations");
		fa_buffer_add(&line, " had no room. ");
	}
	if (line.len > 0) {
		fa_buffer_add(&line, "The table of conversations has them all.");
		fa_html_put(page, "<p>");
		fa_html_words(page, fa_buffer_text(&line));
		fa_html_put(page, "</p>\n");
	}
	page->failed = page->failed || line.failed;
	fa_buffer_deinit(&line);
}

static void put_list(struct fa_html_run *report, const struct fa_drawing *drawing)
{
	struct fa_html *page = &report->page;

	fa_html_put(page, "<details><summary>The map in words</summary><ul>\n");
	for (size_t i = 0; i < drawing->edge_count; i++) {
		fa_html_put(page, "<li>");
		put_words(page, drawing, &drawing->edges[i].edge);
		fa_html_put(page, "</li>\n");
	}
	fa_html_put(page, "</ul></details>\n");
}

int fa_html_map(struct fa_html_run *report)
{
	struct fa_html *page = &report->page;
	struct fa_drawing drawing;
	struct fa_diag why = {{0}};
	int err = 0;

	fa_html_section(page, "map", "Service map");
	if (fa_drawing_choose(&drawing, &report->map) != 0)
		return fa_fail(report->diag, FA_ENOMEM, "out of memory for the map");
	measure_labels(report, &drawing);
	if (drawing.edge_count > 0)
		err = fa_drawing_layout(&drawing, &why);
	if (drawing.edge_count == 0) {
		fa_html_put(page, "<p>There was no conversation.</p>\n");
	} else if (err == 0) {
		put_drawing(report, &drawing);
	} else if (err == FA_EUNSUPPORTED) {
		fa_html_put(page, "<p class=\"warning\"><strong>There is no drawing:</strong> ");
		fa_html_text(page, why.text);
		fa_html_put(page, ". What it would show is below in words.</p>\n");
		err = 0;
	} else {
		fa_fail(report->diag, err, "%s", why.text);
	}
	if (drawing.edge_count > 0 && err == 0) {
		put_folded(report, &drawing);
		put_list(report, &drawing);
	}
	fa_html_section_end(page);
	fa_drawing_deinit(&drawing);
	return err;
}
