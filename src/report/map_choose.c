/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which part of a map is drawn: what matters most, and of what is in order the largest. */
#include <string.h>

#include "report/map.h"

/* So many places are for what is in order, if there is so much of it: a map of trouble alone shows
 * nobody where it is. */
enum { KEPT_FOR_GOOD = FA_DRAWN_EDGES / 3 };

static size_t node_of(const struct fa_drawing *drawing, size_t group)
{
	for (size_t i = 0; i < drawing->node_count; i++)
		if (drawing->nodes[i].group == group)
			return i;
	return SIZE_MAX;
}

static size_t add_node(struct fa_drawing *drawing, size_t group)
{
	size_t node = node_of(drawing, group);

	if (node != SIZE_MAX)
		return node;
	drawing->nodes[drawing->node_count].group = group;
	return drawing->node_count++;
}

/* False where it does not fit. */
static bool add_edge(struct fa_drawing *drawing, const struct fa_edge *edge)
{
	size_t news = node_of(drawing, edge->client) == SIZE_MAX;

	if (edge->server != edge->client)
		news += node_of(drawing, edge->server) == SIZE_MAX;
	if (drawing->edge_count == FA_DRAWN_EDGES ||
	    drawing->node_count + news > FA_DRAWN_NODES)
		return false;
	drawing->edges[drawing->edge_count].edge = edge;
	drawing->edges[drawing->edge_count].from = add_node(drawing, edge->client);
	drawing->edges[drawing->edge_count].to = add_node(drawing, edge->server);
	drawing->edge_count++;
	return true;
}

static bool is_good(const struct fa_edge *edge)
{
	return edge->verdict == FA_VERDICT_DOCUMENTED;
}

void fa_drawing_choose(struct fa_drawing *drawing, const struct fa_map *map)
{
	size_t good = 0;
	size_t room;

	memset(drawing, 0, sizeof(*drawing));
	for (size_t i = 0; i < map->edge_count && good < KEPT_FOR_GOOD; i++)
		good += is_good(&map->edges[i]);
	room = FA_DRAWN_EDGES - good;
	for (size_t i = 0; i < map->edge_count && drawing->edge_count < room; i++)
		if (!is_good(&map->edges[i]))
			add_edge(drawing, &map->edges[i]);
	for (size_t i = 0; i < map->edge_count; i++)
		if (is_good(&map->edges[i]))
			add_edge(drawing, &map->edges[i]);
}
