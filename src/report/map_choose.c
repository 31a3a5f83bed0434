/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which part of a map is drawn: what matters most, and of what is in order the largest. Groups that
 * get no box of their own are folded into one for each kind, so that the drawing shows all.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "report/map.h"

/* So many are for what is in order, if there is so much of it: a map of trouble alone shows nobody
 * where it is. */
enum {
	GROUPS_FOR_GOOD = FA_DRAWN_GROUPS / 3,
	EDGES_FOR_GOOD = FA_DRAWN_EDGES / 3
};

/* Edges between boxes before there is a choice. */
struct folding {
	const struct fa_map *map;
	struct fa_drawing *drawing;
	size_t *node_of_group; /* SIZE_MAX: none yet */
	size_t folded[FA_GROUP_KINDS]; /* node; SIZE_MAX: none yet */
	struct fa_edge *edges;
	size_t count, room;
	/* 1 + position of the edge; 0: none. */
	uint32_t by_ends[FA_DRAWN_NODES][FA_DRAWN_NODES][FA_VERDICT_COUNT];
};

static bool is_good(const struct fa_edge *edge)
{
	return edge->verdict == FA_VERDICT_DOCUMENTED;
}

static size_t add_node(struct fa_drawing *drawing, const struct fa_group *group)
{
	struct fa_drawn_node *node = &drawing->nodes[drawing->node_count];

	node->group = *group;
	node->groups = 1;
	return drawing->node_count++;
}

static void keep_group(struct folding *folding, size_t group, size_t limit)
{
	if (folding->node_of_group[group] == SIZE_MAX && folding->drawing->node_count < limit)
		folding->node_of_group[group] =
			add_node(folding->drawing, &folding->map->groups[group]);
}

/* Edges come in the order of their importance. */
static void keep_groups(struct folding *folding, bool good, size_t limit)
{
	const struct fa_map *map = folding->map;

	for (size_t i = 0; i < map->edge_count && folding->drawing->node_count < limit; i++) {
		if (is_good(&map->edges[i]) != good)
			continue;
		keep_group(folding, map->edges[i].client, limit);
		keep_group(folding, map->edges[i].server, limit);
	}
}

static void fold_group(struct folding *folding, size_t group)
{
	const struct fa_group *from = &folding->map->groups[group];
	size_t *node = &folding->folded[from->kind];
	struct fa_drawn_node *into;

	if (folding->node_of_group[group] != SIZE_MAX)
		return;
	if (*node == SIZE_MAX) {
		const struct fa_group several = {.kind = from->kind, .under = ""};

		*node = add_node(folding->drawing, &several);
		folding->drawing->nodes[*node].groups = 0;
	}
	into = &folding->drawing->nodes[*node];
	into->groups++;
	into->group.hosts += from->hosts;
	into->group.bytes += from->bytes;
	folding->node_of_group[group] = *node;
}

static bool add_edge(struct folding *folding, const struct fa_edge *from)
{
	size_t client = folding->node_of_group[from->client];
	size_t server = folding->node_of_group[from->server];
	uint32_t *position = &folding->by_ends[client][server][from->verdict];

	if (*position == 0) {
		if (!fa_array_reserve((void **)&folding->edges, &folding->room, folding->count + 1,
				      sizeof(*folding->edges)))
			return false;
		folding->edges[folding->count++] = (struct fa_edge){
			.client = client, .server = server, .verdict = from->verdict};
		*position = (uint32_t)folding->count;
	}
	fa_edge_add(&folding->edges[*position - 1], from);
	return true;
}

/* As many of what is good, and of what is not, as there is room. */
static void choose_edges(struct folding *folding)
{
	struct fa_drawing *drawing = folding->drawing;
	size_t rooms[2] = {FA_DRAWN_EDGES, 0};
	size_t good = 0;

	for (size_t i = 0; i < folding->count; i++)
		good += is_good(&folding->edges[i]);
	rooms[1] = good < EDGES_FOR_GOOD ? good : EDGES_FOR_GOOD;
	rooms[0] -= rooms[1];
	if (folding->count - good < rooms[0]) {
		rooms[0] = folding->count - good;
		rooms[1] = FA_DRAWN_EDGES - rooms[0];
	}
	for (size_t i = 0; i < folding->count; i++) {
		size_t *room = &rooms[is_good(&folding->edges[i])];

		if (*room == 0) {
			drawing->left_out += folding->edges[i].conversations;
			continue;
		}
		(*room)--;
		drawing->edges[drawing->edge_count++].edge = folding->edges[i];
	}
}

static int fold(struct folding *folding)
{
	const struct fa_map *map = folding->map;

	for (size_t i = 0; i < map->group_count; i++)
		folding->node_of_group[i] = SIZE_MAX;
	for (size_t i = 0; i < FA_GROUP_KINDS; i++)
		folding->folded[i] = SIZE_MAX;
	keep_groups(folding, false, FA_DRAWN_GROUPS - GROUPS_FOR_GOOD);
	keep_groups(folding, true, FA_DRAWN_GROUPS);
	keep_groups(folding, false, FA_DRAWN_GROUPS);
	for (size_t i = 0; i < map->group_count; i++)
		fold_group(folding, i);
	for (size_t i = 0; i < map->edge_count; i++)
		if (!add_edge(folding, &map->edges[i]))
			return FA_ENOMEM;
	if (folding->count > 0)
		qsort(folding->edges, folding->count, sizeof(*folding->edges), fa_edge_compare);
	choose_edges(folding);
	return 0;
}

int fa_drawing_choose(struct fa_drawing *drawing, const struct fa_map *map)
{
	struct folding *folding = calloc(1, sizeof(*folding));
	int error = FA_ENOMEM;

	memset(drawing, 0, sizeof(*drawing));
	if (folding == NULL)
		return FA_ENOMEM;
	folding->map = map;
	folding->drawing = drawing;
	folding->node_of_group = calloc(map->group_count + 1, sizeof(*folding->node_of_group));
	if (folding->node_of_group != NULL)
		error = fold(folding);
	free(folding->node_of_group);
	free(folding->edges);
	free(folding);
	return error;
}
