/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who talks to whom: groups, what is drawn of them, and where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "fake_history.h"
#include "report/map.h"

#define CONVERSATIONS_MAX 20000

/* A run of conversations that tests write down. */
struct stand {
	struct fake fake;
	struct fa_places places;
	struct fa_map map;
	struct fa_diag diag;
};

static struct stand *new_stand(void)
{
	struct stand *stand = calloc(1, sizeof(*stand));

	assert_non_null(stand);
	fake_init(&stand->fake);
	stand->fake.conversations =
		calloc(CONVERSATIONS_MAX, sizeof(*stand->fake.conversations));
	assert_non_null(stand->fake.conversations);
	return stand;
}

static struct fa_stored_conversation *add(struct stand *stand, const char *client,
					  const char *server, uint16_t port,
					  enum fa_verdict verdict)
{
	struct fa_stored_conversation *c =
		&stand->fake.conversations[stand->fake.conversation_count++];

	assert_true(stand->fake.conversation_count <= CONVERSATIONS_MAX);
	*c = fake_conversation(client, server, FA_IP_TCP, port);
	c->verdict = verdict;
	return c;
}

static void add_place(struct stand *stand, const char *instance, const char *role,
		      const char *label, const char *first, const char *last)
{
	stand->fake.places[stand->fake.place_count++] = (struct fa_stored_place){
		.instance = instance,
		.product = "p",
		.role = role,
		.label = label,
		.host = "",
		.first = fake_addr(first),
		.last = fake_addr(last),
	};
}

static void read_map(struct stand *stand)
{
	const struct fa_map_watch nobody = {NULL, NULL};
	struct fa_history *history = &stand->fake.history;

	assert_int_equal(fa_places_read(&stand->places, history, 1, &stand->diag), 0);
	assert_int_equal(fa_map_read(&stand->map, history, 1, &stand->places, &nobody,
				     &stand->diag),
			 0);
}

static void free_stand(struct stand *stand)
{
	fa_map_deinit(&stand->map);
	fa_places_deinit(&stand->places);
	fake_deinit(&stand->fake);
	free(stand);
}

static const struct fa_group *group(const struct stand *stand, const char *name)
{
	for (size_t i = 0; i < stand->map.group_count; i++)
		if (strcmp(stand->map.groups[i].name, name) == 0)
			return &stand->map.groups[i];
	fail_msg("no group %s", name);
	return NULL;
}

static void addresses_have_groups(void **state)
{
	struct stand *stand = new_stand();

	(void)state;
	add(stand, "10.0.1.7", "10.0.9.1", 443, FA_VERDICT_DOCUMENTED);
	add(stand, "10.0.1.8", "10.0.9.1", 443, FA_VERDICT_DOCUMENTED);
	add(stand, "10.0.9.1", "10.0.9.2", 1433, FA_VERDICT_UNDOCUMENTED);
	add(stand, "10.0.9.1", "198.51.100.7", 443, FA_VERDICT_UNDOCUMENTED);
	add(stand, "fd00:1::5", "2001:db8::9", 443, FA_VERDICT_UNDOCUMENTED);
	add(stand, "10.0.1.7", "239.1.1.1", 5353, FA_VERDICT_UNDOCUMENTED);
	read_map(stand);
	assert_int_equal(stand->map.group_count, 6);
	assert_int_equal(group(stand, "10.0.1.0/24")->kind, FA_GROUP_NETWORK);
	assert_int_equal(group(stand, "10.0.1.0/24")->hosts, 2);
	/* It serves somebody, and so it is itself as a client, too. */
	assert_int_equal(group(stand, "10.0.9.1")->kind, FA_GROUP_HOST);
	assert_int_equal(group(stand, "10.0.9.2")->hosts, 1);
	assert_int_equal(group(stand, "internet")->kind, FA_GROUP_OUTSIDE);
	assert_int_equal(group(stand, "internet")->hosts, 2);
	assert_int_equal(group(stand, "fd00:1::/64")->kind, FA_GROUP_NETWORK);
	assert_int_equal(group(stand, "multicast and broadcast")->kind, FA_GROUP_OUTSIDE);
	free_stand(stand);
}

static int note_roles(void *arg, const struct fa_stored_conversation *c)
{
	uint64_t *seen = arg;

	*seen += c->counts.flows;
	return 0;
}

static void a_site_gives_roles(void **state)
{
	struct stand *stand = new_stand();
	struct fa_stored_conversation *c;
	uint64_t seen = 0;
	const struct fa_map_watch watch = {note_roles, &seen};

	(void)state;
	add_place(stand, "prod", "client", "office", "10.0.1.0", "10.0.1.255");
	add_place(stand, "prod", "gateway", "gw1", "10.0.9.1", "10.0.9.1");
	add_place(stand, "prod", "store", "gw1", "10.0.9.1", "10.0.9.1");
	stand->fake.rules = calloc(1, sizeof(*stand->fake.rules));
	stand->fake.rules[0] = (struct fa_stored_rule){
		.id = "p/c/r", .from = "client", .to = "store", .json = ""};
	stand->fake.rule_count = 1;
	c = add(stand, "10.0.1.7", "10.0.9.1", 443, FA_VERDICT_DOCUMENTED);
	c->rule = "p/c/r";
	c->instance = "prod";
	/* A host name has no address, but a row that fits says who it is. */
	c = add(stand, "10.0.1.7", "198.51.100.7", 443, FA_VERDICT_DOCUMENTED);
	c->rule = "p/c/r";
	c->instance = "prod";
	c = add(stand, "10.0.1.7", "198.51.100.8", 443, FA_VERDICT_WRONG_ENDPOINT);
	c->nearest = "p/c/r";
	c->nearest_instance = "prod";
	assert_int_equal(fa_places_read(&stand->places, &stand->fake.history, 1, &stand->diag), 0);
	assert_int_equal(fa_map_read(&stand->map, &stand->fake.history, 1, &stand->places, &watch,
				     &stand->diag),
			 0);
	assert_int_equal(stand->map.group_count, 3);
	assert_string_equal(group(stand, "client")->under, "prod");
	assert_int_equal(group(stand, "store")->kind, FA_GROUP_ROLE);
	assert_int_equal(group(stand, "store")->hosts, 2);
	assert_int_equal(group(stand, "internet")->hosts, 1);
	assert_int_equal(seen, 9);
	free_stand(stand);
}

static void a_sweep_is_one_target(void **state)
{
	struct stand *stand = new_stand();

	(void)state;
	stand->fake.findings = calloc(2, sizeof(*stand->fake.findings));
	stand->fake.finding_count = 2;
	stand->fake.findings[0] =
		fake_finding(1, FA_VERDICT_UNDOCUMENTED, "10.0.1.7", "10.0.9.1", 80);
	stand->fake.findings[1] = fake_finding(2, FA_VERDICT_UNDOCUMENTED, "10.0.1.7", NULL, 0);
	stand->fake.findings[1].sweep = true;
	add(stand, "10.0.1.7", "10.0.9.1", 80, FA_VERDICT_UNDOCUMENTED)->finding = 1;
	for (unsigned i = 0; i < 100; i++) {
		char server[32];

		snprintf(server, sizeof(server), "10.0.50.%u", i);
		add(stand, "10.0.1.7", server, 80, FA_VERDICT_UNDOCUMENTED)->finding = 2;
	}
	read_map(stand);
	assert_int_equal(stand->map.group_count, 3);
	assert_int_equal(group(stand, "targets of a sweep")->hosts, 100);
	assert_int_equal(group(stand, "10.0.9.1")->kind, FA_GROUP_HOST);
	assert_int_equal(stand->map.edge_count, 2);
	free_stand(stand);
}

static void edges_sum_up(void **state)
{
	struct stand *stand = new_stand();
	const struct fa_edge *edge;
	struct fa_stored_conversation *c;

	(void)state;
	add(stand, "10.0.1.7", "10.0.9.1", 443, FA_VERDICT_DOCUMENTED);
	for (uint16_t i = 0; i < 5; i++) {
		c = add(stand, "10.0.1.7", "10.0.9.1", (uint16_t)(8000 + i),
			FA_VERDICT_WRONG_PROTOCOL);
		c->finding = 9 - i;
	}
	c = add(stand, "10.0.1.8", "10.0.9.1", 8000, FA_VERDICT_WRONG_PROTOCOL);
	c->id.detected_by = FA_DETECTED_PORT_GUESS;
	read_map(stand);
	assert_int_equal(stand->map.edge_count, 2);
	edge = &stand->map.edges[0]; /* what is wrong comes first */
	assert_int_equal(edge->verdict, FA_VERDICT_WRONG_PROTOCOL);
	assert_int_equal(edge->conversations, 6);
	assert_int_equal(edge->flows, 18);
	assert_int_equal(edge->bytes, 6 * 10200);
	assert_int_equal(edge->finding, 5);
	assert_int_equal(edge->service_count, FA_EDGE_SERVICES);
	assert_true(edge->more_services);
	assert_string_equal(edge->services[0].protocol, "TLS");
	assert_false(stand->map.edges[1].more_services);
	free_stand(stand);
}

/* Many networks, many servers, verdicts of all kinds; the same for the same seed. */
static void add_crowd(struct stand *stand, unsigned seed, unsigned clients, unsigned servers,
		      unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		char client[32];
		char server[32];

		seed = seed * 1103515245u + 12345u;
		snprintf(client, sizeof(client), "10.1.%u.9", (seed >> 16) % clients);
		seed = seed * 1103515245u + 12345u;
		snprintf(server, sizeof(server), "10.2.%u.%u", (seed >> 16) % servers,
			 (seed >> 24) % 3);
		seed = seed * 1103515245u + 12345u;
		add(stand, client, server, (uint16_t)((seed >> 16) % 4 + 1),
		    (seed >> 20) % FA_VERDICT_COUNT);
	}
}

static void check_choice(const struct stand *stand, const struct fa_drawing *drawing)
{
	uint64_t conversations = drawing->left_out;
	size_t groups = 0;
	size_t good = 0;

	for (size_t i = 0; i < drawing->edge_count; i++) {
		const struct fa_edge *edge = &drawing->edges[i].edge;

		conversations += edge->conversations;
		good += edge->verdict == FA_VERDICT_DOCUMENTED;
		assert_true(edge->client < drawing->node_count);
		assert_true(edge->server < drawing->node_count);
	}
	for (size_t i = 0; i < drawing->node_count; i++)
		groups += drawing->nodes[i].groups;
	assert_true(drawing->node_count <= FA_DRAWN_NODES);
	assert_true(drawing->edge_count <= FA_DRAWN_EDGES);
	assert_int_equal(conversations, stand->fake.conversation_count);
	assert_int_equal(groups, stand->map.group_count);
	assert_true(good > 0);
}

static void what_is_drawn_is_everything(void **state)
{
	static const unsigned sizes[][3] = {{3, 4, 50}, {60, 20, 1800}, {250, 250, 19000}};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct stand *stand = new_stand();
		struct fa_drawing *drawing = calloc(1, sizeof(*drawing));

		assert_non_null(drawing);
		add_crowd(stand, (unsigned)i, sizes[i][0], sizes[i][1], sizes[i][2]);
		read_map(stand);
		assert_int_equal(fa_drawing_choose(drawing, &stand->map), 0);
		check_choice(stand, drawing);
		/* What fits is not folded, and what does not is. */
		assert_int_equal(drawing->node_count,
				 i == 0 ? stand->map.group_count : FA_DRAWN_GROUPS + 2);
		fa_drawing_deinit(drawing);
		free(drawing);
		free_stand(stand);
	}
}

static void nothing_can_be_drawn(void **state)
{
	struct stand *stand = new_stand();
	struct fa_drawing *drawing = calloc(1, sizeof(*drawing));

	(void)state;
	assert_non_null(drawing);
	read_map(stand);
	assert_int_equal(fa_drawing_choose(drawing, &stand->map), 0);
	assert_int_equal(drawing->node_count + drawing->edge_count, 0);
	free(drawing);
	free_stand(stand);
}

#ifdef HAVE_GRAPHVIZ

static bool is_within(const struct fa_drawing *drawing, struct fa_point at)
{
	return at.x >= 0 && at.y >= 0 && at.x <= drawing->width && at.y <= drawing->height;
}

static void check_layout(const struct fa_drawing *drawing)
{
	for (size_t i = 0; i < drawing->node_count; i++) {
		struct fa_point at = drawing->nodes[i].at;

		assert_true(is_within(drawing, (struct fa_point){at.x - FA_NODE_WIDTH / 2.0,
								 at.y - FA_NODE_HEIGHT / 2.0}));
		assert_true(is_within(drawing, (struct fa_point){at.x + FA_NODE_WIDTH / 2.0,
								 at.y + FA_NODE_HEIGHT / 2.0}));
		for (size_t k = 0; k < i; k++) {
			struct fa_point other = drawing->nodes[k].at;

			assert_true(at.x - other.x >= FA_NODE_WIDTH ||
				    other.x - at.x >= FA_NODE_WIDTH ||
				    at.y - other.y >= FA_NODE_HEIGHT ||
				    other.y - at.y >= FA_NODE_HEIGHT);
		}
	}
	for (size_t i = 0; i < drawing->edge_count; i++) {
		const struct fa_drawn_edge *edge = &drawing->edges[i];

		assert_true(edge->point_count >= 4 && edge->point_count % 3 == 1);
		assert_true(is_within(drawing, edge->label));
		assert_true(is_within(drawing, edge->tip));
	}
}

static void boxes_stand_apart_and_lines_join_them(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		struct stand *stand = new_stand();
		struct fa_drawing *drawing = calloc(1, sizeof(*drawing));

		assert_non_null(drawing);
		add_crowd(stand, 100 + i, 1 + 50 * i, 1 + 20 * i, 20 + i * i * 500);
		read_map(stand);
		assert_int_equal(fa_drawing_choose(drawing, &stand->map), 0);
		for (size_t k = 0; k < drawing->edge_count; k++)
			drawing->edges[k].label_width = 120;
		assert_int_equal(fa_drawing_layout(drawing, &stand->diag), 0);
		check_layout(drawing);
		fa_drawing_deinit(drawing);
		free(drawing);
		free_stand(stand);
	}
}

#else

static void boxes_stand_apart_and_lines_join_them(void **state)
{
	struct fa_drawing drawing = {.node_count = 0};
	struct fa_diag diag = {{0}};

	(void)state;
	assert_int_equal(fa_drawing_layout(&drawing, &diag), FA_EUNSUPPORTED);
	assert_non_null(strstr(diag.text, "without Graphviz"));
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_have_groups),
		cmocka_unit_test(a_site_gives_roles),
		cmocka_unit_test(a_sweep_is_one_target),
		cmocka_unit_test(edges_sum_up),
		cmocka_unit_test(what_is_drawn_is_everything),
		cmocka_unit_test(nothing_can_be_drawn),
		cmocka_unit_test(boxes_stand_apart_and_lines_join_them),
	};

	return cmocka_run_group_tests_name("report map", tests, NULL, NULL);
}
