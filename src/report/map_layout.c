/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the groups of a service map stand, by Graphviz' library. It gets boxes of a fixed size and
 * lines between them, never a text from outside: its labels have a language of their own.
 */
#include "report/map.h"

#include <stdlib.h>
#include <string.h>

#include "config.h"

void fa_drawing_deinit(struct fa_drawing *drawing)
{
	for (size_t i = 0; i < drawing->edge_count; i++)
		free(drawing->edges[i].points);
	memset(drawing, 0, sizeof(*drawing));
}

#ifdef HAVE_GRAPHVIZ

#include <gvc.h>

#ifdef FA_SANITIZERS
#include <sanitizer/lsan_interface.h>
#pragma weak __lsan_disable
#pragma weak __lsan_enable
#endif

/* Graphviz counts in points of 72 to the inch, and takes sizes of nodes in inches. */
#define PER_INCH 72.0
#define MARGIN	 8.0

/* Attributes are "char *" that are not written to. */
#define TEXT(literal) ((char[]){literal})

static void set_size(Agraph_t *graph, char *name, double pixels)
{
	char text[32];

	snprintf(text, sizeof(text), "%.4f", pixels / PER_INCH);
	agattr(graph, AGNODE, name, text);
}

/* A table cell of that size, without text. */
static void set_label(Agraph_t *graph, Agedge_t *edge, double width)
{
	char text[160];
	char *html;

	snprintf(text, sizeof(text),
		 "<TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLSPACING=\"0\"><TR><TD "
		 "FIXEDSIZE=\"TRUE\" WIDTH=\"%.0f\" HEIGHT=\"%d\"></TD></TR></TABLE>",
		 width, FA_LABEL_HEIGHT);
	html = agstrdup_html(graph, text);
	if (html != NULL)
		agset(edge, TEXT("label"), html);
	agstrfree(graph, html);
}

static Agraph_t *make_graph(size_t edges)
{
	char between[32];
	Agraph_t *graph = agopen(TEXT("map"), Agdirected, NULL);

	if (graph == NULL)
		return NULL;
	agattr(graph, AGRAPH, TEXT("rankdir"), TEXT("LR"));
	agattr(graph, AGRAPH, TEXT("nodesep"), TEXT("0.14"));
	/* Many lines need room to turn. */
	snprintf(between, sizeof(between), "%.2f", 0.35 + (double)edges / 100);
	agattr(graph, AGRAPH, TEXT("ranksep"), between);
	agattr(graph, AGRAPH, TEXT("splines"), TEXT("true"));
	/* Rounds of the network simplex and of the search for fewer crossings. */
	agattr(graph, AGRAPH, TEXT("nslimit"), TEXT("4"));
	agattr(graph, AGRAPH, TEXT("nslimit1"), TEXT("4"));
	agattr(graph, AGRAPH, TEXT("mclimit"), TEXT("1"));
	agattr(graph, AGNODE, TEXT("shape"), TEXT("box"));
	agattr(graph, AGNODE, TEXT("label"), TEXT(""));
	agattr(graph, AGNODE, TEXT("fixedsize"), TEXT("true"));
	agattr(graph, AGEDGE, TEXT("label"), TEXT(""));
	agattr(graph, AGEDGE, TEXT("arrowsize"), TEXT("0.9"));
	set_size(graph, TEXT("width"), FA_NODE_WIDTH);
	set_size(graph, TEXT("height"), FA_NODE_HEIGHT);
	return graph;
}

static bool fill(Agraph_t *graph, const struct fa_drawing *drawing, Agnode_t **nodes,
		 Agedge_t **edges)
{
	for (size_t i = 0; i < drawing->node_count; i++) {
		char name[24];

		snprintf(name, sizeof(name), "%zu", i);
		nodes[i] = agnode(graph, name, 1);
		if (nodes[i] == NULL)
			return false;
	}
	for (size_t i = 0; i < drawing->edge_count; i++) {
		const struct fa_drawn_edge *edge = &drawing->edges[i];

		edges[i] = agedge(graph, nodes[edge->edge.client], nodes[edge->edge.server], NULL, 1);
		if (edges[i] == NULL)
			return false;
		set_label(graph, edges[i], edge->label_width);
	}
	return true;
}

static struct fa_point turn(const struct fa_drawing *drawing, pointf p)
{
	return (struct fa_point){p.x + MARGIN, drawing->height - p.y - MARGIN};
}

static bool take_edge(struct fa_drawing *drawing, struct fa_drawn_edge *into, Agedge_t *edge)
{
	const splines *all = ED_spl(edge);
	const bezier *curve;

	if (all == NULL || all->size < 1 || all->list[0].size < 4)
		return true; /* not drawn, which the layout may do */
	curve = &all->list[0];
	into->points = calloc((size_t)curve->size, sizeof(*into->points));
	if (into->points == NULL)
		return false;
	into->point_count = (size_t)curve->size;
	for (size_t i = 0; i < into->point_count; i++)
		into->points[i] = turn(drawing, curve->list[i]);
	into->tip = turn(drawing, curve->eflag != 0 ? curve->ep : curve->list[curve->size - 1]);
	into->label = into->points[into->point_count / 2];
	if (ED_label(edge) != NULL)
		into->label = turn(drawing, ED_label(edge)->pos);
	return true;
}

static bool take(struct fa_drawing *drawing, Agraph_t *graph, Agnode_t **nodes, Agedge_t **edges)
{
	drawing->width = GD_bb(graph).UR.x + 2 * MARGIN;
	drawing->height = GD_bb(graph).UR.y + 2 * MARGIN;
	for (size_t i = 0; i < drawing->node_count; i++)
		drawing->nodes[i].at = turn(drawing, ND_coord(nodes[i]));
	for (size_t i = 0; i < drawing->edge_count; i++)
		if (!take_edge(drawing, &drawing->edges[i], edges[i]))
			return false;
	return true;
}

/* What the library loses of its own is not for LeakSanitizer; what we lose is. */
static void look_for_leaks(bool look)
{
#ifdef FA_SANITIZERS
	if (look && __lsan_enable != NULL)
		__lsan_enable();
	if (!look && __lsan_disable != NULL)
		__lsan_disable();
#else
	(void)look;
#endif
}

/* Some routes of edges lose a few hundred bytes. */
static bool run_layout(GVC_t *gvc, Agraph_t *graph)
{
	bool done;

	look_for_leaks(false);
	done = gvLayout(gvc, graph, "dot") == 0;
	look_for_leaks(true);
	return done;
}

static int lay_out(struct fa_drawing *drawing, GVC_t *gvc, Agraph_t *graph, struct fa_diag *diag)
{
	Agnode_t *nodes[FA_DRAWN_NODES];
	Agedge_t *edges[FA_DRAWN_EDGES];
	int error = 0;

	if (!fill(graph, drawing, nodes, edges))
		return fa_fail(diag, FA_ENOMEM, "out of memory for the map");
	if (!run_layout(gvc, graph))
		return fa_fail(diag, FA_EUNSUPPORTED,
			       "Graphviz could not lay it out (is its plugin \"dot\" installed?)");
	if (!take(drawing, graph, nodes, edges))
		error = fa_fail(diag, FA_ENOMEM, "out of memory for the map");
	gvFreeLayout(gvc, graph);
	return error;
}

/* The library never gives back the text of its list of plugins, some kilobytes. */
static GVC_t *begin(void)
{
	GVC_t *gvc;

	look_for_leaks(false);
	gvc = gvContext();
	look_for_leaks(true);
	return gvc;
}

int fa_drawing_layout(struct fa_drawing *drawing, struct fa_diag *diag)
{
	GVC_t *gvc = begin();
	Agraph_t *graph = NULL;
	int error;

	agseterr(AGMAX); /* what it has to say is for people who write graphs */
	if (gvc != NULL)
		graph = make_graph(drawing->edge_count);
	if (graph == NULL)
		error = fa_fail(diag, FA_EUNSUPPORTED, "Graphviz could not be started");
	else
		error = lay_out(drawing, gvc, graph, diag);
	if (graph != NULL)
		agclose(graph);
	if (gvc != NULL)
		gvFreeContext(gvc);
	return error;
}

#else

int fa_drawing_layout(struct fa_drawing *drawing, struct fa_diag *diag)
{
	(void)drawing;
	return fa_fail(diag, FA_EUNSUPPORTED,
		       "this flowaudit was built without Graphviz (configure --with-graphviz)");
}

#endif
