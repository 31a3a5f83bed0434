/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the other conversations of a run say about one. */
#include "audit/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "audit/weigh.h"
#include "base/error.h"
#include "base/siphash.h"
#include "base/slots.h"
#include "base/text.h"

enum {
	PEERS = 3,	  /* this many peers make a server */
	CONTACTS = 2,	  /* more than one is all that matters */
	SCAN = 20,	  /* this many targets make a scanner; as many make a sweep of findings */
	NAMES_MAX = 1024, /* protocols: a few hundred in nDPI, some in the catalogs */
	KEY_WORDS = 4
};

/* Small sets of peers as keyed hashes; full sets stay as they are, so order does not matter. */
struct endpoint {
	uint64_t key[KEY_WORDS];
	uint64_t peers[PEERS];	     /* who reached it */
	uint64_t contacts[CONTACTS]; /* who reached it or was reached by it */
	uint64_t ports[PEERS];	     /* from which it was reached */
	uint32_t spoke;		     /* index + 1 in spoken, 0: nothing */
	uint8_t peer_count, contact_count, port_count;
	bool serves; /* by handshake or by protocol */
};

/* One protocol at one endpoint. */
struct spoken {
	uint64_t flows;
	uint32_t name;
	uint32_t next; /* index + 1, 0: the last */
};

/* One client, and what it tried in vain: at most SCAN targets, the first ones. */
struct client {
	uint64_t key[KEY_WORDS];
	uint32_t tried; /* index + 1 in tries, 0: nothing */
	uint32_t count;
};

/* One target of one client, as a keyed hash. */
struct try {
	uint64_t target;
	uint32_t next; /* index + 1, 0: the last */
};

struct fa_evidence {
	struct fa_hash_key hash_key;
	size_t max_endpoints;
	struct fa_slots slots;
	struct endpoint *endpoints;
	size_t count, room;
	struct spoken *spoken;
	size_t spoken_count, spoken_room;
	char (*names)[FA_PROTOCOL_TEXT];
	size_t name_count, name_room;
	struct fa_slots client_slots;
	struct client *clients;
	size_t client_count, client_room;
	struct try *tries;
	size_t try_count, try_room;
	bool full;
};

int fa_evidence_new(struct fa_evidence **out, size_t max_endpoints)
{
	struct fa_evidence *evidence = calloc(1, sizeof(*evidence));

	if (evidence == NULL)
		return FA_ENOMEM;
	evidence->hash_key = fa_hash_key_random();
	evidence->max_endpoints = max_endpoints;
	if (fa_slots_init(&evidence->slots) != 0 || fa_slots_init(&evidence->client_slots) != 0) {
		fa_evidence_free(evidence);
		return FA_ENOMEM;
	}
	*out = evidence;
	return 0;
}

void fa_evidence_free(struct fa_evidence *evidence)
{
	if (evidence == NULL)
		return;
	fa_slots_deinit(&evidence->slots);
	fa_slots_deinit(&evidence->client_slots);
	free(evidence->endpoints);
	free(evidence->clients);
	free(evidence->tries);
	free(evidence->spoken);
	free(evidence->names);
	free(evidence);
}

bool fa_evidence_is_full(const struct fa_evidence *evidence)
{
	return evidence->full;
}

static uint64_t hash_of(const void *context, size_t index)
{
	const struct fa_evidence *evidence = context;

	return fa_siphash_words(&evidence->hash_key, evidence->endpoints[index].key, KEY_WORDS);
}

/*
 * Somebody in the network that ID is of. Who sends packets in a tunnel may write any addresses into
 * them, and tenants have the same ones: nothing in there says who serves elsewhere.
 */
static void key_fill(uint64_t *key, const struct fa_identity *id, const struct fa_addr *addr,
		     uint8_t transport, uint16_t port)
{
	memcpy(key, addr->bytes, sizeof(addr->bytes));
	key[2] = (uint64_t)addr->version << 32 | (uint64_t)transport << 16 | port;
	key[3] = (uint64_t)id->tunnel << 32 | id->tunnel_id;
}

static struct endpoint *find(const struct fa_evidence *evidence, const uint64_t *key, uint64_t hash)
{
	const struct fa_slots *slots = &evidence->slots;

	for (size_t i = fa_slots_first(slots, hash); fa_slots_used(slots, i);
	     i = fa_slots_next(slots, i)) {
		struct endpoint *endpoint = &evidence->endpoints[fa_slots_index(slots, i)];

		if (memcmp(endpoint->key, key, sizeof(endpoint->key)) == 0)
			return endpoint;
	}
	return NULL;
}

static const struct endpoint *look_up(const struct fa_evidence *evidence,
				      const struct fa_identity *id, const struct fa_addr *addr,
				      uint16_t port)
{
	uint64_t key[KEY_WORDS];

	key_fill(key, id, addr, id->transport, port);
	return find(evidence, key, fa_siphash_words(&evidence->hash_key, key, KEY_WORDS));
}

/* Endpoints, clients and their targets share one limit: a flood of tries fills all three. */
static bool is_room(const struct fa_evidence *evidence)
{
	return evidence->count + evidence->client_count + evidence->try_count <
	       evidence->max_endpoints;
}

/* The endpoint, made when it is new; NULL when there is no room. */
static struct endpoint *at(struct fa_evidence *evidence, const struct fa_identity *id,
			   const struct fa_addr *addr, uint16_t port)
{
	struct endpoint *endpoint;
	uint64_t key[KEY_WORDS];
	uint64_t hash;

	key_fill(key, id, addr, id->transport, port);
	hash = fa_siphash_words(&evidence->hash_key, key, KEY_WORDS);
	endpoint = find(evidence, key, hash);
	if (endpoint != NULL)
		return endpoint;
	if (!is_room(evidence) ||
	    !fa_array_reserve((void **)&evidence->endpoints, &evidence->room, evidence->count + 1,
			      sizeof(*evidence->endpoints)))
		goto full;
	endpoint = &evidence->endpoints[evidence->count];
	memset(endpoint, 0, sizeof(*endpoint));
	memcpy(endpoint->key, key, sizeof(endpoint->key));
	if (!fa_slots_add(&evidence->slots, hash, evidence->count, hash_of, evidence))
		goto full;
	evidence->count++;
	return endpoint;
full:
	evidence->full = true;
	return NULL;
}

static void set_add(uint64_t *set, uint8_t *count, uint8_t max, uint64_t member)
{
	for (uint8_t i = 0; i < *count; i++)
		if (set[i] == member)
			return;
	if (*count < max)
		set[(*count)++] = member;
}

/* One end of ID met a peer; REACHED tells that the peer sent something to it. */
static void meet(struct fa_evidence *evidence, const struct fa_identity *id,
		 const struct fa_addr *addr, uint16_t port, const struct fa_addr *peer,
		 uint16_t peer_port, bool reached)
{
	struct endpoint *endpoint = at(evidence, id, addr, port);
	uint64_t key[KEY_WORDS];
	uint64_t member;

	if (endpoint == NULL)
		return;
	key_fill(key, id, peer, id->transport, peer_port);
	member = fa_siphash_words(&evidence->hash_key, key, KEY_WORDS);
	set_add(endpoint->contacts, &endpoint->contact_count, CONTACTS, member);
	if (!reached && id->transport != FA_IP_TCP)
		return;
	set_add(endpoint->peers, &endpoint->peer_count, PEERS, member);
	/* A port that is not known is taken for one of its own. */
	set_add(endpoint->ports, &endpoint->port_count, PEERS, peer_port != 0 ? peer_port : member);
}

static uint64_t hash_of_client(const void *context, size_t index)
{
	const struct fa_evidence *evidence = context;

	return fa_siphash_words(&evidence->hash_key, evidence->clients[index].key, KEY_WORDS);
}

static struct client *find_client(const struct fa_evidence *evidence, const uint64_t *key,
				  uint64_t hash)
{
	const struct fa_slots *slots = &evidence->client_slots;

	for (size_t i = fa_slots_first(slots, hash); fa_slots_used(slots, i);
	     i = fa_slots_next(slots, i)) {
		struct client *client = &evidence->clients[fa_slots_index(slots, i)];

		if (memcmp(client->key, key, sizeof(client->key)) == 0)
			return client;
	}
	return NULL;
}

/* The client of ID, made when it is new; NULL when there is no room. */
static struct client *client_at(struct fa_evidence *evidence, const struct fa_identity *id)
{
	struct client *client;
	uint64_t key[KEY_WORDS];
	uint64_t hash;

	key_fill(key, id, &id->client, 0, 0);
	hash = fa_siphash_words(&evidence->hash_key, key, KEY_WORDS);
	client = find_client(evidence, key, hash);
	if (client != NULL)
		return client;
	if (!is_room(evidence) ||
	    !fa_array_reserve((void **)&evidence->clients, &evidence->client_room,
			      evidence->client_count + 1, sizeof(*evidence->clients)))
		return NULL;
	client = &evidence->clients[evidence->client_count];
	memset(client, 0, sizeof(*client));
	memcpy(client->key, key, sizeof(client->key));
	if (!fa_slots_add(&evidence->client_slots, hash, evidence->client_count, hash_of_client,
			  evidence))
		return NULL;
	evidence->client_count++;
	return client;
}

/* A client tried a target in vain. One with SCAN targets is a scanner whatever else it tried. */
static void try_add(struct fa_evidence *evidence, const struct fa_identity *id)
{
	struct client *client = client_at(evidence, id);
	uint64_t key[KEY_WORDS];
	uint64_t target;

	if (client == NULL) {
		evidence->full = true;
		return;
	}
	if (client->count >= SCAN)
		return;
	key_fill(key, id, &id->server, id->transport, id->server_port);
	target = fa_siphash_words(&evidence->hash_key, key, KEY_WORDS);
	for (uint32_t i = client->tried; i != 0; i = evidence->tries[i - 1].next)
		if (evidence->tries[i - 1].target == target)
			return;
	if (!is_room(evidence) ||
	    !fa_array_reserve((void **)&evidence->tries, &evidence->try_room,
			      evidence->try_count + 1, sizeof(*evidence->tries))) {
		evidence->full = true;
		return;
	}
	evidence->tries[evidence->try_count++] =
		(struct try){.target = target, .next = client->tried};
	client->tried = (uint32_t)evidence->try_count;
	client->count++;
}

bool fa_evidence_is_scanner(const struct fa_evidence *evidence, const struct fa_identity *id)
{
	const struct client *found;
	uint64_t key[KEY_WORDS];

	key_fill(key, id, &id->client, 0, 0);
	found = find_client(evidence, key,
			    fa_siphash_words(&evidence->hash_key, key, KEY_WORDS));
	return found != NULL && found->count >= SCAN;
}

/* The number of a protocol name, UINT32_MAX without room. */
static uint32_t name_number(struct fa_evidence *evidence, const char *name)
{
	for (size_t i = 0; i < evidence->name_count; i++)
		if (strcmp(evidence->names[i], name) == 0)
			return (uint32_t)i;
	if (evidence->name_count >= NAMES_MAX ||
	    !fa_array_reserve((void **)&evidence->names, &evidence->name_room,
			      evidence->name_count + 1, sizeof(*evidence->names)))
		return UINT32_MAX;
	fa_text_copy(evidence->names[evidence->name_count], FA_PROTOCOL_TEXT, name);
	return (uint32_t)evidence->name_count++;
}

static void speak(struct fa_evidence *evidence, struct endpoint *endpoint, const char *protocol,
		  uint64_t flows)
{
	uint32_t name = name_number(evidence, protocol);
	struct spoken *spoken;

	for (uint32_t i = endpoint->spoke; i != 0; i = spoken->next) {
		spoken = &evidence->spoken[i - 1];
		if (spoken->name != name)
			continue;
		spoken->flows += flows;
		return;
	}
	if (name == UINT32_MAX ||
	    !fa_array_reserve((void **)&evidence->spoken, &evidence->spoken_room,
			      evidence->spoken_count + 1, sizeof(*evidence->spoken))) {
		evidence->full = true;
		return;
	}
	spoken = &evidence->spoken[evidence->spoken_count++];
	*spoken = (struct spoken){.flows = flows, .name = name, .next = endpoint->spoke};
	endpoint->spoke = (uint32_t)evidence->spoken_count;
}

/* What to call the protocol that was seen, NULL when none was. */
static const char *seen_name(const struct fa_identity *id)
{
	const char *const names[] = {id->protocol, id->application};

	if (!fa_detection_is_seen((enum fa_detection)id->detected_by))
		return NULL;
	for (size_t i = 0; i < 2; i++)
		if (names[i][0] != '\0' && strcmp(names[i], "Unknown") != 0)
			return names[i];
	return NULL;
}

/* A conversation whose direction is known: what its server is and speaks. */
static void add_server(struct fa_evidence *evidence, const struct fa_conversation *conv)
{
	const struct fa_identity *id = &conv->id;
	struct endpoint *server = at(evidence, id, &id->server, id->server_port);
	const char *name = seen_name(id);

	if (server == NULL)
		return;
	/* A documented port is not proof: both ends may stand in some catalog. */
	if (id->direction_by <= FA_BY_PROTOCOL)
		server->serves = true;
	if (name != NULL)
		speak(evidence, server, name, conv->counts.flows);
}

void fa_evidence_add(struct fa_evidence *evidence, const struct fa_conversation *conv)
{
	const struct fa_identity *id = &conv->id;
	bool to_server = conv->counts.packets_to_server > 0;
	bool to_client = conv->counts.packets_to_client > 0;

	if (id->fragment != 0)
		return;
	if (id->direction_by != FA_BY_FIRST_PACKET) {
		add_server(evidence, conv);
		/* Clients that were not told apart are not one that scans. */
		if (fa_only_tried(conv) && !fa_addr_is_unspecified(&id->client))
			try_add(evidence, id);
	}
	if (id->direction_by == FA_BY_DEGREE)
		return; /* its peers were counted before it was resolved */
	/* Clients without a port are counted by address: fewer peers than there were, never more.
	 */
	meet(evidence, id, &id->server, id->server_port, &id->client, id->client_port, to_server);
	if (id->direction_by == FA_BY_FIRST_PACKET)
		meet(evidence, id, &id->client, id->client_port, &id->server, id->server_port,
		     to_client);
}

/*
 * Clients take a port that is free, each another one. Peers that all have the same port are rather
 * servers, of one client that keeps to its own: of STUN, or a scan.
 */
static bool serves_many(const struct endpoint *end, const struct endpoint *other, bool has_ports)
{
	return end->peer_count >= PEERS && (end->port_count >= PEERS || !has_ports) &&
	       other->contact_count == 1;
}

bool fa_evidence_resolve(const struct fa_evidence *evidence, struct fa_conversation *conv)
{
	struct fa_identity *id = &conv->id;
	const struct endpoint *server;
	const struct endpoint *client;
	bool as_is;
	bool flipped;

	if (id->direction_by != FA_BY_FIRST_PACKET || id->fragment != 0)
		return false;
	server = look_up(evidence, id, &id->server, id->server_port);
	client = look_up(evidence, id, &id->client, id->client_port);
	if (server == NULL || client == NULL)
		return false;
	as_is = server->serves;
	flipped = client->serves;
	if (!as_is && !flipped) {
		bool has_ports = id->server_port != 0 || id->client_port != 0;

		as_is = serves_many(server, client, has_ports);
		flipped = serves_many(client, server, has_ports);
	}
	if (as_is == flipped)
		return false;
	if (flipped)
		fa_conversation_flip(conv);
	id->direction_by = FA_BY_DEGREE;
	id->client_port = 0;
	return true;
}

const char *fa_evidence_spoke(const struct fa_evidence *evidence, const struct fa_identity *id,
			      uint64_t *flows)
{
	const struct endpoint *endpoint = look_up(evidence, id, &id->server, id->server_port);
	const char *best = NULL;

	*flows = 0;
	if (endpoint == NULL)
		return NULL;
	for (uint32_t i = endpoint->spoke; i != 0; i = evidence->spoken[i - 1].next) {
		const struct spoken *spoken = &evidence->spoken[i - 1];
		const char *name = evidence->names[spoken->name];

		if (spoken->flows < *flows)
			continue;
		if (best == NULL || spoken->flows > *flows || strcmp(name, best) < 0)
			best = name;
		*flows = spoken->flows;
	}
	return best;
}
