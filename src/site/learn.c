/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which roles' documented ports a host served. */
#include "site/learn.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/slots.h"
#include "site/learn_internal.h"

enum {
	OFFSET_MAX = 1000,   /* port offsets that are tried */
	OFFSETS_TRIED = 64,  /* at one host, of those that enough ports agree on */
	OFFSET_LEAST = 2,    /* ports that have to agree on an offset other than 0 */
	PLACES_MAX = 10000,  /* each of these is far more than anybody would read */
	OPEN_MAX = 1000,
	WEAK_MAX = 1000,
};

int fa_learning_new(struct fa_learning **out, const struct fa_rulebook *book)
{
	struct fa_learning *learning = calloc(1, sizeof(*learning));

	if (learning == NULL)
		return FA_ENOMEM;
	learning->book = book;
	learning->services = calloc(FA_LEARNED_SERVICES, sizeof(*learning->services));
	if (learning->services == NULL) {
		free(learning);
		return FA_ENOMEM;
	}
	*out = learning;
	return 0;
}

void fa_learning_free(struct fa_learning *learning)
{
	if (learning == NULL)
		return;
	for (size_t i = 0; i < learning->open_count; i++)
		free(learning->open[i].options);
	free(learning->services);
	free(learning->guesses);
	free(learning->places);
	free(learning->open);
	free(learning->weak);
	free(learning);
}

bool fa_learned_is_sure(const struct fa_learned_guess *guess)
{
	return guess->served.count >= FA_LEARNED_ENOUGH && !guess->explained &&
	       !guess->elsewhere && guess->rivals == 0;
}

bool fa_learned_same_instance(const struct fa_learned_guess *a, const struct fa_learned_guess *b)
{
	return a->product == b->product && a->parameter == b->parameter && a->offset == b->offset;
}

static bool agrees(const struct fa_rule *rule, const struct fa_learned_service *service)
{
	return fa_strings_have(&rule->protocols, service->protocol) ||
	       fa_strings_have(&rule->protocols, service->application);
}

/* Whether the row is about a port that the host itself serves to other machines. */
static bool is_served(const struct fa_rule *rule)
{
	return rule->direction != FA_RULE_OUTBOUND && rule->scope == FA_SCOPE_NETWORK &&
	       !rule->dynamic && rule->match_ports.count > 0;
}

/* A role with a port offset, which is being tried. */
struct trial {
	const struct fa_learning *learning;
	const struct fa_product *product;
	const struct fa_role *role;
	const struct fa_parameter *parameter; /* NULL: nothing is moved */
	uint32_t offset;
};

static bool moves(const struct trial *trial, const struct fa_rule *rule)
{
	return trial->parameter != NULL && rule->moves_with == trial->parameter &&
	       rule->ports.count > 0;
}

static struct fa_port_range port_of(const struct trial *trial, const struct fa_rule *rule,
				    size_t index)
{
	struct fa_port_range range;
	uint32_t top;

	if (!moves(trial, rule))
		return rule->match_ports.items[index];
	range = rule->ports.items[index];
	top = range.high + trial->offset;
	if (top > UINT16_MAX)
		return (struct fa_port_range){1, 0}; /* no such port */
	return (struct fa_port_range){(uint16_t)(range.low + trial->offset), (uint16_t)top};
}

static size_t port_count(const struct trial *trial, const struct fa_rule *rule)
{
	return moves(trial, rule) ? rule->ports.count : rule->match_ports.count;
}

static bool covers(const struct fa_rule *rule, const struct fa_port_range *range,
		   const struct fa_learned_service *service)
{
	return (rule->transports & fa_rule_transport_bit(service->transport)) != 0 &&
	       service->port >= range->low && service->port <= range->high;
}

static bool have_port(const struct fa_learned_ports *ports, const struct fa_port_range *range)
{
	for (size_t i = 0; i < ports->count; i++)
		if (ports->items[i].low == range->low && ports->items[i].high == range->high)
			return true;
	return false;
}

static void add_port(struct fa_learned_ports *ports, const struct fa_port_range *range)
{
	if (ports->count < FA_LEARNED_PORTS && !have_port(ports, range))
		ports->items[ports->count++] = *range;
}

enum heard { HEARD_NOTHING, HEARD_SOMETHING, HEARD_NAMED };

/* What was heard on a documented port; the services that speak as the row wants go into GUESS. */
static enum heard listen(const struct trial *trial, const struct fa_rule *rule,
			 const struct fa_port_range *range, struct fa_learned_guess *guess)
{
	const struct fa_learning *learning = trial->learning;
	enum heard heard = HEARD_NOTHING;

	for (size_t i = 0; i < learning->service_count; i++) {
		const struct fa_learned_service *service = &learning->services[i];

		if (!covers(rule, range, service))
			continue;
		if (agrees(rule, service)) {
			guess->services.bits[i / 64] |= UINT64_C(1) << i % 64;
			heard = HEARD_NAMED;
		} else if (rule->any_protocol && heard == HEARD_NOTHING) {
			heard = HEARD_SOMETHING;
		}
	}
	return heard;
}

/* Whether ROLE is included by one of those that the row names. */
static bool inherits(const struct trial *trial, const struct fa_rule *rule)
{
	for (size_t r = 0; r < trial->product->role_count; r++) {
		const struct fa_role *other = &trial->product->roles[r];

		if (!fa_strings_have(&rule->to, other->name))
			continue;
		for (size_t i = 0; i < other->include_count; i++)
			if (other->includes[i] == trial->role)
				return true;
	}
	return false;
}

static bool share_protocol(const struct fa_rule *a, const struct fa_rule *b)
{
	for (size_t i = 0; i < a->protocols.count; i++)
		if (fa_strings_have(&b->protocols, a->protocols.items[i]))
			return true;
	return false;
}

/* What every network carries says nothing about a vendor's product: SSH, DNS, SNMP. */
static bool is_everyday(const struct trial *trial, const struct fa_rule *rule,
			const struct fa_port_range *range)
{
	const struct fa_rulebook *book = trial->learning->book;

	for (size_t i = 0; i < book->rule_count; i++) {
		const struct fa_rule *other = &book->rules[i];

		if (!other->product->everywhere || (other->transports & rule->transports) == 0)
			continue;
		for (size_t p = 0; p < other->match_ports.count; p++)
			if (range->low >= other->match_ports.items[p].low &&
			    range->high <= other->match_ports.items[p].high &&
			    share_protocol(other, rule))
				return true;
	}
	return false;
}

static void weigh_rule(const struct trial *trial, const struct fa_rule *rule,
		       struct fa_learned_guess *guess)
{
	bool direct = fa_strings_have(&rule->to, trial->role->name);

	if (!is_served(rule) || (!direct && !inherits(trial, rule)))
		return;
	for (size_t i = 0; i < port_count(trial, rule); i++) {
		struct fa_port_range range = port_of(trial, rule, i);
		enum heard heard;

		if (is_everyday(trial, rule, &range))
			continue;
		heard = listen(trial, rule, &range, guess);
		if (!direct && heard == HEARD_NAMED)
			add_port(&guess->inherited, &range);
		else if (heard == HEARD_NAMED)
			add_port(&guess->served, &range);
		else if (direct && heard == HEARD_SOMETHING)
			add_port(&guess->unnamed, &range);
		else if (direct && range.low <= range.high)
			add_port(&guess->missing, &range);
	}
}

/* Takes away from PORTS what stands in OTHER: several rows may be about one port. */
static void take_away(struct fa_learned_ports *ports, const struct fa_learned_ports *other)
{
	size_t kept = 0;

	for (size_t i = 0; i < ports->count; i++)
		if (!have_port(other, &ports->items[i]))
			ports->items[kept++] = ports->items[i];
	ports->count = kept;
}

static int compare_ports(const void *a, const void *b)
{
	const struct fa_port_range *left = a;
	const struct fa_port_range *right = b;

	if (left->low != right->low)
		return left->low < right->low ? -1 : 1;
	return (left->high > right->high) - (left->high < right->high);
}

static void sort_ports(struct fa_learned_ports *ports)
{
	qsort(ports->items, ports->count, sizeof(*ports->items), compare_ports);
}

/* What speaks for a role with a port offset at the host at hand. */
static struct fa_learned_guess weigh(const struct trial *trial)
{
	struct fa_learned_guess guess = {
		.host = trial->learning->host,
		.product = trial->product,
		.role = trial->role,
		.parameter = trial->parameter,
		.offset = trial->offset,
	};

	for (size_t i = 0; i < trial->product->rule_count; i++)
		weigh_rule(trial, &trial->learning->book->rules[trial->product->first_rule + i],
			   &guess);
	take_away(&guess.unnamed, &guess.served);
	take_away(&guess.missing, &guess.served);
	take_away(&guess.missing, &guess.unnamed);
	take_away(&guess.inherited, &guess.served);
	sort_ports(&guess.served);
	sort_ports(&guess.unnamed);
	sort_ports(&guess.missing);
	sort_ports(&guess.inherited);
	return guess;
}

static bool is_better(const struct fa_learned_guess *one, const struct fa_learned_guess *other)
{
	if (one->served.count != other->served.count)
		return one->served.count > other->served.count;
	if (one->unnamed.count != other->unnamed.count)
		return one->unnamed.count > other->unnamed.count;
	return one->offset < other->offset;
}

/* How many of the role's own ports, moved by the offset, were served. */
static size_t count_moved(const struct trial *trial)
{
	const struct fa_product *product = trial->product;
	struct fa_learned_guess scratch = {.offset = 0};

	for (size_t i = 0; i < product->rule_count; i++) {
		const struct fa_rule *rule = &trial->learning->book->rules[product->first_rule + i];

		if (!moves(trial, rule) || !is_served(rule) ||
		    !fa_strings_have(&rule->to, trial->role->name))
			continue;
		for (size_t p = 0; p < rule->ports.count; p++) {
			struct fa_port_range range = port_of(trial, rule, p);

			if (listen(trial, rule, &range, &scratch) == HEARD_NAMED)
				add_port(&scratch.served, &range);
		}
	}
	return scratch.served.count;
}

/* Tries the offset that would move the first port of RULE to SERVICE; false: it is not one. */
static bool try_offset(const struct trial *unmoved, const struct fa_rule *rule,
		       const struct fa_learned_service *service, struct fa_learned_guess *best)
{
	uint32_t offset = (uint32_t)service->port - rule->ports.items[0].low;
	struct trial trial = *unmoved;
	struct fa_learned_guess guess;

	if (offset == 0 || offset > OFFSET_MAX || !agrees(rule, service))
		return false;
	trial.parameter = rule->moves_with;
	trial.offset = offset;
	if (count_moved(&trial) < OFFSET_LEAST)
		return false;
	guess = weigh(&trial);
	if (is_better(&guess, best))
		*best = guess;
	return true;
}

/* The offset under which most of the role's ports were served. */
static struct fa_learned_guess best_offset(const struct trial *unmoved)
{
	const struct fa_learning *learning = unmoved->learning;
	const struct fa_product *product = unmoved->product;
	struct fa_learned_guess best = weigh(unmoved);
	unsigned tried = 0;

	for (size_t i = 0; i < product->rule_count; i++) {
		const struct fa_rule *rule = &learning->book->rules[product->first_rule + i];

		if (!is_served(rule) || rule->moves_with == NULL || rule->ports.count == 0 ||
		    !fa_strings_have(&rule->to, unmoved->role->name))
			continue;
		for (size_t s = 0; s < learning->service_count && tried < OFFSETS_TRIED; s++)
			tried += try_offset(unmoved, rule, &learning->services[s], &best);
	}
	return best;
}

static int keep(struct fa_learning *learning, const struct fa_learned_guess *guess)
{
	if (!fa_array_reserve((void **)&learning->guesses, &learning->guess_room,
			      learning->guess_count + 1, sizeof(*learning->guesses)))
		return FA_ENOMEM;
	learning->guesses[learning->guess_count++] = *guess;
	return 0;
}

/* Whether all that speaks for A speaks for B as well; both are of one host. */
static bool is_within(const struct fa_learned_guess *a, const struct fa_learned_guess *b)
{
	for (size_t i = 0; i < FA_LEARNED_SERVICES / 64; i++)
		if ((a->services.bits[i] & ~b->services.bits[i]) != 0)
			return false;
	return true;
}

/* Whether the role is seen whole, where its document puts it. */
static bool is_complete(const struct fa_learned_guess *guess)
{
	return guess->offset == 0 && guess->missing.count == 0 &&
	       guess->served.count >= FA_LEARNED_ENOUGH;
}

/* Whether B, for which the same services speak, is the better explanation. */
static bool is_likelier(const struct fa_learned_guess *b, const struct fa_learned_guess *a)
{
	if (a->served.count != b->served.count)
		return b->served.count > a->served.count;
	return a->offset != 0 && is_complete(b);
}

/* A guess all of whose ports another role explains, and more, is no guess. */
static void drop_explained(struct fa_learning *learning)
{
	size_t kept = 0;

	for (size_t i = 0; i < learning->guess_count; i++) {
		struct fa_learned_guess *guess = &learning->guesses[i];

		for (size_t j = 0; j < learning->guess_count; j++) {
			const struct fa_learned_guess *other = &learning->guesses[j];

			if (i != j && is_within(guess, other) &&
			    (!is_within(other, guess) || is_likelier(other, guess)))
				guess->explained = true;
		}
	}
	for (size_t i = 0; i < learning->guess_count; i++)
		if (!learning->guesses[i].explained)
			learning->guesses[kept++] = learning->guesses[i];
	learning->guess_count = kept;
}

static void count_rivals(struct fa_learning *learning)
{
	for (size_t i = 0; i < learning->guess_count; i++) {
		struct fa_learned_guess *guess = &learning->guesses[i];

		for (size_t j = 0; j < learning->guess_count; j++)
			guess->rivals += i != j && is_within(guess, &learning->guesses[j]);
	}
}

/* A host stands in one instance of a product: in that for which most of its ports speak. */
static void choose_instance(struct fa_learning *learning)
{
	for (size_t i = 0; i < learning->guess_count; i++) {
		struct fa_learned_guess *guess = &learning->guesses[i];

		for (size_t j = 0; j < learning->guess_count && fa_learned_is_sure(guess); j++) {
			const struct fa_learned_guess *other = &learning->guesses[j];

			if (guess->product == other->product &&
			    !fa_learned_same_instance(guess, other) && fa_learned_is_sure(other) &&
			    (other->served.count > guess->served.count ||
			     (other->served.count == guess->served.count && j < i)))
				guess->elsewhere = true;
		}
	}
}

/* Hosts come one after the other: only the last one may be there already. */
static void add_host(struct fa_learned_hosts *hosts, const struct fa_addr *host)
{
	if (hosts->count > 0 && fa_addr_compare(&hosts->last, host) == 0)
		return;
	if (hosts->count < FA_LEARNED_HOSTS)
		hosts->shown[hosts->count] = *host;
	hosts->last = *host;
	hosts->count++;
}

static int keep_place(struct fa_learning *learning, const struct fa_learned_guess *guess)
{
	if (learning->place_count >= PLACES_MAX) {
		learning->is_full = true;
		return 0;
	}
	if (!fa_array_reserve((void **)&learning->places, &learning->place_room,
			      learning->place_count + 1, sizeof(*learning->places)))
		return FA_ENOMEM;
	learning->places[learning->place_count++] = (struct fa_learned_place){*guess, 0};
	return 0;
}

/* What is known of PORT; NULL: there is no memory, or there is no room. */
static struct fa_learned_weak *weak_at(struct fa_learning *learning,
				       const struct fa_port_range *port)
{
	for (size_t i = 0; i < learning->weak_count; i++)
		if (learning->weak[i].port.low == port->low &&
		    learning->weak[i].port.high == port->high)
			return &learning->weak[i];
	if (learning->weak_count >= WEAK_MAX ||
	    !fa_array_reserve((void **)&learning->weak, &learning->weak_room,
			      learning->weak_count + 1, sizeof(*learning->weak)))
		return NULL;
	learning->weak[learning->weak_count] = (struct fa_learned_weak){.port = *port};
	return &learning->weak[learning->weak_count++];
}

static void keep_weak(struct fa_learning *learning, const struct fa_learned_guess *guess)
{
	struct fa_learned_weak *weak = weak_at(learning, &guess->served.items[0]);

	if (weak == NULL) {
		learning->is_full = true;
		return;
	}
	add_host(&weak->hosts, &guess->host);
	for (size_t i = 0; i < weak->role_count; i++)
		if (weak->roles[i].role == guess->role)
			return;
	if (weak->role_count == FA_LEARNED_HOSTS)
		return;
	weak->roles[weak->role_count].product = guess->product;
	weak->roles[weak->role_count++].role = guess->role;
}

bool fa_learned_is_open(const struct fa_learned_guess *guess)
{
	return !fa_learned_is_sure(guess) && guess->served.count >= FA_LEARNED_ENOUGH;
}

static bool same_ports(const struct fa_learned_ports *a, const struct fa_learned_ports *b)
{
	return a->count == b->count &&
	       memcmp(a->items, b->items, a->count * sizeof(*a->items)) == 0;
}

static bool same_option(const struct fa_learned_guess *a, const struct fa_learned_guess *b)
{
	return fa_learned_same_instance(a, b) && a->role == b->role &&
	       a->elsewhere == b->elsewhere && same_ports(&a->served, &b->served);
}

/* Whether the host could be the same as those hosts. */
static bool same_options(const struct fa_learning *learning, const struct fa_learned_open *open)
{
	size_t at = 0;

	for (size_t i = 0; i < learning->guess_count; i++) {
		if (!fa_learned_is_open(&learning->guesses[i]))
			continue;
		if (at == open->option_count ||
		    !same_option(&learning->guesses[i], &open->options[at]))
			return false;
		at++;
	}
	return at == open->option_count;
}

/* The open guesses of the host, together. */
static int keep_open(struct fa_learning *learning)
{
	struct fa_learned_open *open;
	size_t count = 0;

	for (size_t i = 0; i < learning->guess_count; i++)
		count += fa_learned_is_open(&learning->guesses[i]);
	for (size_t i = 0; i < learning->open_count && count > 0; i++) {
		if (!same_options(learning, &learning->open[i]))
			continue;
		add_host(&learning->open[i].hosts, &learning->host);
		return 0;
	}
	if (learning->open_count >= OPEN_MAX)
		learning->is_full = true;
	if (count == 0 || learning->is_full)
		return 0;
	if (!fa_array_reserve((void **)&learning->open, &learning->open_room,
			      learning->open_count + 1, sizeof(*learning->open)))
		return FA_ENOMEM;
	open = &learning->open[learning->open_count];
	memset(open, 0, sizeof(*open));
	open->options = calloc(count, sizeof(*open->options));
	if (open->options == NULL)
		return FA_ENOMEM;
	for (size_t i = 0; i < learning->guess_count; i++)
		if (fa_learned_is_open(&learning->guesses[i]))
			open->options[open->option_count++] = learning->guesses[i];
	add_host(&open->hosts, &learning->host);
	learning->open_count++;
	return 0;
}

/* Keeps what was found out about the host. */
static int keep_all(struct fa_learning *learning)
{
	int error = keep_open(learning);

	for (size_t i = 0; i < learning->guess_count && error == 0; i++) {
		const struct fa_learned_guess *guess = &learning->guesses[i];

		if (fa_learned_is_sure(guess))
			error = keep_place(learning, guess);
		else if (!fa_learned_is_open(guess))
			keep_weak(learning, guess);
	}
	return error;
}

static int guess_product(struct fa_learning *learning, const struct fa_product *product)
{
	int error = 0;

	for (size_t r = 0; r < product->role_count && error == 0; r++) {
		const struct trial unmoved = {learning, product, &product->roles[r], NULL, 0};
		struct fa_learned_guess guess = best_offset(&unmoved);

		if (guess.served.count > 0)
			error = keep(learning, &guess);
	}
	return error;
}

/* All services of a host are there. */
static int conclude(struct fa_learning *learning)
{
	int error = 0;

	learning->guess_count = 0;
	for (size_t p = 0;
	     p < learning->book->product_count && error == 0 && learning->service_count > 0; p++)
		if (!learning->book->products[p].everywhere)
			error = guess_product(learning, &learning->book->products[p]);
	drop_explained(learning);
	count_rivals(learning);
	choose_instance(learning);
	if (error == 0)
		error = keep_all(learning);
	learning->service_count = 0;
	return error;
}

static bool was_answered(const struct fa_counts *counts)
{
	return counts->packets_to_client > 0 &&
	       counts->flows_in_state[FA_FLOW_ATTEMPTED] + counts->flows_in_state[FA_FLOW_REFUSED] +
			       counts->flows_in_state[FA_FLOW_UNREACHABLE] <
		       counts->flows;
}

int fa_learning_add(struct fa_learning *learning, const struct fa_identity *id,
		    const struct fa_counts *counts)
{
	struct fa_learned_service service = {.transport = id->transport, .port = id->server_port};
	int error = 0;

	if (fa_addr_compare(&id->server, &learning->host) != 0) {
		error = conclude(learning);
		learning->host = id->server;
	}
	if (error != 0 || id->direction_by == FA_BY_FIRST_PACKET || !was_answered(counts) ||
	    !fa_detection_is_seen((enum fa_detection)id->detected_by) ||
	    fa_addr_is_multicast(&id->server) || learning->service_count == FA_LEARNED_SERVICES)
		return error;
	memcpy(service.protocol, id->protocol, sizeof(service.protocol));
	memcpy(service.application, id->application, sizeof(service.application));
	for (size_t i = 0; i < learning->service_count; i++) {
		const struct fa_learned_service *other = &learning->services[i];

		if (other->port == service.port && other->transport == service.transport &&
		    strcmp(other->protocol, service.protocol) == 0 &&
		    strcmp(other->application, service.application) == 0)
			return 0;
	}
	learning->services[learning->service_count++] = service;
	return 0;
}

static int compare_numbers(size_t left, size_t right)
{
	return (left > right) - (left < right);
}

/* Product, offset, role, host: what stands together in the file. */
static int compare_places(const void *a, const void *b)
{
	const struct fa_learned_guess *left = &((const struct fa_learned_place *)a)->guess;
	const struct fa_learned_guess *right = &((const struct fa_learned_place *)b)->guess;
	int order = strcmp(left->product->id, right->product->id);

	if (order == 0)
		order = compare_numbers(left->offset, right->offset);
	if (order == 0 && left->parameter != right->parameter)
		order = strcmp(left->parameter == NULL ? "" : left->parameter->name,
			       right->parameter == NULL ? "" : right->parameter->name);
	if (order == 0)
		order = compare_numbers((size_t)(left->role - left->product->roles),
					(size_t)(right->role - right->product->roles));
	return order != 0 ? order : fa_addr_compare(&left->host, &right->host);
}

static int compare_weak(const void *a, const void *b)
{
	return compare_ports(&((const struct fa_learned_weak *)a)->port,
			     &((const struct fa_learned_weak *)b)->port);
}

/* Hosts in several places get numbers: a site file wants such hosts to have a name. */
static void name_hosts(struct fa_learning *learning)
{
	size_t names = 0;

	for (size_t i = 0; i < learning->place_count; i++) {
		struct fa_learned_place *place = &learning->places[i];

		for (size_t j = i + 1; j < learning->place_count; j++) {
			struct fa_learned_place *other = &learning->places[j];

			if (fa_addr_compare(&place->guess.host, &other->guess.host) != 0)
				continue;
			if (place->name == 0)
				place->name = ++names;
			other->name = place->name;
		}
	}
}

int fa_learning_finish(struct fa_learning *learning)
{
	int error = conclude(learning);

	if (learning->place_count > 0)
		qsort(learning->places, learning->place_count, sizeof(*learning->places),
		      compare_places);
	if (learning->weak_count > 0)
		qsort(learning->weak, learning->weak_count, sizeof(*learning->weak), compare_weak);
	name_hosts(learning);
	return error;
}

size_t fa_learning_count(const struct fa_learning *learning)
{
	return learning->place_count;
}
