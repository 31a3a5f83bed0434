/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who talks to whom, rolled up: groups of hosts and what goes on between them. Behind the service
 * map and the heat map of HTML reports; private to src/report.
 *
 * A group is a role of the site where the site has a place for the address, and else: "internet"
 * for public addresses, the address for whoever serves, its network for who is only a client. The
 * targets of a sweep are one group, however many they are. Texts are raw.
 */
#ifndef FA_REPORT_MAP_H
#define FA_REPORT_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/history.h"
#include "report/places.h"
#include "report/textset.h"

enum fa_group_kind {
	FA_GROUP_ROLE,
	FA_GROUP_HOST,
	FA_GROUP_NETWORK,
	FA_GROUP_OUTSIDE,
	FA_GROUP_KINDS
};

struct fa_group {
	enum fa_group_kind kind;
	const char *name;  /* "gateway", "10.0.0.9", "10.0.1.0/24", "internet" */
	const char *under; /* the instance of a role; "" else */
	uint64_t hosts;	   /* distinct addresses */
	uint64_t bytes;
};

/* What is told of an edge by name; others are counted. */
#define FA_EDGE_SERVICES 3

struct fa_service {
	uint8_t transport;
	uint16_t port;
	const char *protocol;
	uint64_t conversations;
};

/* All conversations between two groups that have one verdict. */
struct fa_edge {
	size_t client, server; /* groups */
	enum fa_verdict verdict;
	bool direction_known; /* of one conversation at least */
	uint64_t conversations, flows, bytes;
	int64_t finding; /* the most important one, 0 for none */
	struct fa_service services[FA_EDGE_SERVICES]; /* that came first */
	size_t service_count;
	bool more_services;
};

struct fa_map {
	struct fa_group *groups; /* in the order they came */
	size_t group_count, group_room;
	struct fa_edge *edges; /* most important first */
	size_t edge_count, edge_room;
	struct fa_textset keys;	   /* of groups: the same numbers */
	struct fa_textset protocols; /* texts of services */
	struct fa_slots by_ends;   /* edges, while they are made */
	struct fa_textset members;   /* distinct addresses of groups, while they are counted */
};

/* Who else wants to see each conversation, since reading them takes its time. */
struct fa_map_watch {
	int (*see)(void *arg, const struct fa_stored_conversation *conversation); /* NULL: nobody */
	void *arg;
};

/* Reads the conversations of RUN. PLACES may be empty. 0 or an error with its message. */
int fa_map_read(struct fa_map *map, const struct fa_history *history, int64_t run,
		const struct fa_places *places, const struct fa_map_watch *watch,
		struct fa_diag *diag);
void fa_map_deinit(struct fa_map *map);

/* The order in which edges matter to somebody who looks: by verdict, then by volume. */
int fa_edge_compare(const void *a, const void *b);
/* Adds what goes on along another edge. */
void fa_edge_add(struct fa_edge *edge, const struct fa_edge *more);

/* As much as people can read, and as Graphviz can lay out in a moment: so many groups have a box of
 * their own, those that do not are one box for each kind. */
#define FA_DRAWN_GROUPS 56
#define FA_DRAWN_NODES	(FA_DRAWN_GROUPS + FA_GROUP_KINDS)
#define FA_DRAWN_EDGES	120

struct fa_point {
	double x, y;
};

struct fa_drawn_node {
	struct fa_group group; /* its name is NULL when it stands for several */
	size_t groups;	       /* how many */
	struct fa_point at;    /* its middle */
};

/* A Bezier curve: a point, then three for each piece. */
struct fa_drawn_edge {
	struct fa_edge edge; /* client and server are nodes */
	double label_width;
	struct fa_point label; /* its middle */
	struct fa_point *points;
	size_t point_count;
	struct fa_point tip; /* where the arrow ends, which begins at the last point */
};

/* The most important part of a map with coordinates: pixels, y downwards. */
struct fa_drawing {
	struct fa_drawn_node nodes[FA_DRAWN_NODES];
	size_t node_count;
	struct fa_drawn_edge edges[FA_DRAWN_EDGES];
	size_t edge_count;
	uint64_t left_out; /* conversations of lines for which there was no room */
	double width, height;
};

/* Of every node. */
#define FA_NODE_WIDTH  176
#define FA_NODE_HEIGHT 40
#define FA_LABEL_HEIGHT 16

/* Takes what matters most, and folds the rest. 0 or FA_ENOMEM. */
int fa_drawing_choose(struct fa_drawing *drawing, const struct fa_map *map);
/* Sets all coordinates. FA_EUNSUPPORTED, with a message for readers, where Graphviz is not part of
 * the program or cannot do it; FA_ENOMEM. */
int fa_drawing_layout(struct fa_drawing *drawing, struct fa_diag *diag);
void fa_drawing_deinit(struct fa_drawing *drawing);

#endif
