/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A comparison while it is made. Private to src/audit/drift*. */
#ifndef FA_AUDIT_DRIFT_WORK_H
#define FA_AUDIT_DRIFT_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/drift_memory.h"
#include "base/addr.h"
#include "base/time.h"
#include "core/drift.h"

enum fa_drift_side { FA_BEFORE, FA_NOW, FA_SIDES };

static inline enum fa_drift_side fa_drift_other(enum fa_drift_side side)
{
	return side == FA_NOW ? FA_BEFORE : FA_NOW;
}

/* Minutes of a day, and the half hours that relations remember. */
#define FA_DAY_MINUTES	1440
#define FA_MINUTE_NS	(60 * 1000000000ll)
#define FA_HALF_HOUR_NS (30 * FA_MINUTE_NS)
#define FA_DAY_NS	(FA_DAY_MINUTES * FA_MINUTE_NS)

/* --- Who: drift_places.c, drift_groups.c --- */

/* The places of one site, by address. */
struct fa_drift_places {
	struct fa_drift_place {
		struct fa_addr first, last;
		uint32_t instance, role, label; /* words */
		uint32_t around; /* 1 + index of the narrowest place around it; 0: none */
		bool implied;
		bool is_network; /* the label is the name of a network */
	} *items; /* by first address, the wider first */
	size_t count, room;
};

enum fa_drift_group_kind {
	FA_GROUP_NONE,	   /* several, or no matter */
	FA_GROUP_SITE,	   /* roles or a network of the site */
	FA_GROUP_INTERNET,
	FA_GROUP_CROWD,	   /* many clients that were not told apart */
	FA_GROUP_HOST,
	FA_GROUP_NET
};

struct fa_drift_group {
	uint32_t words;	     /* SITE: what it is called; else 0 until somebody asks */
	uint8_t kind, bits;  /* bits of NET */
	uint8_t sides;	     /* 1 << side: it has clients there */
	struct fa_addr addr; /* HOST, NET */
};

/* A host of the store that is being read. */
struct fa_drift_host {
	uint32_t client, server; /* its groups on either side; FA_DRIFT_NONE until asked for */
	uint64_t server_hash;	 /* fa_drift_group_hash of the group as server; 0 until asked for */
	struct fa_addr addr;
	bool is_moved; /* the two sites place it differently */
};

/* --- What: drift_read.c --- */

enum fa_drift_kind {
	FA_KIND_PORT,  /* one port of a group of servers */
	FA_KIND_SWEEP, /* what a client tried in vain: any server, any port */
	FA_KIND_PEERS, /* many ports between two groups */
	FA_KIND_OPEN   /* high ports on both sides, and it is open who serves */
};

struct fa_drift_relation {
	uint32_t client, server; /* groups */
	uint16_t port;
	uint8_t transport, kind;
	uint32_t sums[FA_SIDES]; /* 1 + index; 0: not there */
};

/* One side of a relation. */
struct fa_drift_sum {
	uint64_t rows, flows, answered, packets, bytes;
	int64_t first_ns, last_ns;
	uint64_t half_hours : 48; /* of the day, one bit each */
	uint64_t is_moved : 1;	  /* a host of it stands elsewhere in the other site */
	uint32_t clients, servers, ports; /* distinct */
	uint32_t strands; /* 1 + index of the first */
};

enum fa_drift_strength {
	FA_SEEN,   /* by inspection */
	FA_HALF_SEEN, /* with the help of other flows */
	FA_GUESSED /* or unknown */
};

/* What of a relation speaks one protocol and is judged alike. */
struct fa_drift_strand {
	uint32_t next; /* 1 + index; 0: the last */
	uint32_t judgement;
	uint32_t protocol; /* word */
	uint32_t finding;  /* of the last run that has one; 0: none */
	uint32_t flows, answered; /* no more than fits */
	uint16_t run; /* index in the span, of that finding */
	uint8_t strength;
};

struct fa_drift_judgement {
	enum fa_verdict verdict, waived;
	uint32_t rule, nearest, instance, nearest_instance, waiver; /* words */
	uint64_t rule_version, nearest_version;
};

/* --- When: drift_facts.c --- */

struct fa_drift_catalog {
	uint32_t product, digest, name; /* words */
};

struct fa_drift_basis {
	struct fa_drift_catalog *catalogs; /* of the last run, by product */
	size_t count, room;
	char site[FA_SITE_TEXT];
	char site_digest[FA_DIGEST_TEXT], waivers_digest[FA_DIGEST_TEXT];
	struct fa_wire wire; /* how frames were taken apart */
	uint32_t layers;     /* what its packets came in: bits 1 << enum fa_tunnel */
};

struct fa_drift_cover {
	uint8_t minutes[FA_DAY_MINUTES]; /* 1: somebody looked then */
	unsigned covered; /* how many of them */
	int64_t length_ns; /* of all, days added up */
};

/* --- Candidates: differences of traffic before they are written out --- */

struct fa_drift_candidate {
	uint8_t section, aspect, cause;
	uint8_t importance; /* of the verdict, 1 is the most important */
	bool is_explained;  /* by coverage or loss: comes last */
	bool is_shared;	    /* VERDICT: protocols changed, too; this is about those of both sides */
	uint32_t members[FA_SIDES], counts[FA_SIDES]; /* in work->members; the same slice unless
							 the service moved */
	bool is_joined;	    /* of several services */
	uint64_t bytes;
	uint64_t signature; /* equal for what one line can say */
};

struct fa_drift_share {
	uint64_t seen, named, answered_weak; /* flows of a protocol on one side */
	bool is_touched;
};

struct fa_drift_work {
	struct fa_span spans[FA_SIDES];
	struct fa_drift_options options;
	struct fa_drift_budget budget;
	struct fa_diag *diag;
	uint64_t asked_bytes;
	struct fa_drift_part {
		uint32_t residue; /* of the hash of a service */
		uint8_t bits;	  /* that count of the hash; 0: all services */
	} part, parts[32]; /* the part in work, and those to come */
	size_t part_count;
	bool is_later;	  /* not the first part: what is no service is there */
	size_t compared;  /* relations of parts that are done, kept for their candidates */
	size_t cut;	  /* candidates that memory was too little for */
	bool is_deaf;	  /* distinct hosts were not all counted */

	struct fa_drift_arena arena;
	struct fa_drift_words words;
	struct fa_drift_places places[FA_SIDES];
	bool has_site, sites_differ;
	struct fa_drift_basis basis[FA_SIDES];
	struct fa_drift_cover cover[FA_SIDES];

	struct fa_drift_group *groups; /* 0 is NONE */
	size_t group_count, group_room;
	struct fa_slots group_slots;
	struct fa_drift_host *hosts;
	size_t host_count, host_room;
	struct fa_drift_ids host_ids, name_ids, judgement_ids; /* of the store being read */
	struct fa_drift_set pairs;
	struct fa_hash_key key;

	struct fa_drift_judgement *judgements;
	size_t judgement_count, judgement_room;
	struct fa_slots judgement_slots;
	struct fa_drift_relation *relations;
	size_t relation_count, relation_room;
	struct fa_slots relation_slots;
	struct fa_drift_sum *sums;
	size_t sum_count, sum_room;
	struct fa_drift_strand *strands;
	size_t strand_count, strand_room;
	uint64_t relation_counts[FA_SIDES];

	struct fa_drift_candidate *candidates;
	size_t candidate_count, candidate_room;
	uint32_t *members; /* relations */
	size_t member_count, member_room;
	uint64_t *tally; /* scratch, one for each judgement */
	struct fa_drift_share *shares[FA_SIDES]; /* scratch, one for each word */
	uint32_t *touched;
	size_t touched_count;

	struct fa_difference *others; /* what is no traffic */
	size_t other_count, other_room;
	struct fa_drift *drift;
};

/* FA_ENOMEM with the message, for whoever was refused by the budget. */
int fa_drift_no_room(struct fa_drift_work *work);
/* The number of a text, FA_DRIFT_NONE without room. */
uint32_t fa_drift_word_of(struct fa_drift_work *work, const char *text);
static inline const char *fa_drift_text(const struct fa_drift_work *work, uint32_t word)
{
	return work->words.items[word];
}
/* The last run of a side. */
static inline int64_t fa_drift_last_run(const struct fa_drift_work *work, enum fa_drift_side side)
{
	return work->spans[side].runs[work->spans[side].run_count - 1];
}

/* drift_places.c: the sites of both sides (the earlier only where it differs). */
int fa_drift_places_read(struct fa_drift_work *work);
void fa_drift_places_deinit(struct fa_drift_places *places);
/* What the later site calls the address: a word, 0 when it does not name it. */
uint32_t fa_drift_place_words(struct fa_drift_work *work, const struct fa_addr *addr);
/* Equal for addresses that have the same roles. */
uint64_t fa_drift_place_print(const struct fa_drift_places *places, const struct fa_addr *addr);

/* drift_groups.c */
/* The group of a host as client or server; FA_DRIFT_NONE without room. */
uint32_t fa_drift_client_group(struct fa_drift_work *work, struct fa_drift_host *host);
uint32_t fa_drift_server_group(struct fa_drift_work *work, struct fa_drift_host *host);
/* Whether a group may be several hosts. */
bool fa_drift_group_is_wide(const struct fa_drift_work *work, uint32_t group);
/* By content, for orders that repeat. */
int fa_drift_group_compare(const struct fa_drift_work *work, uint32_t a, uint32_t b);
/* The same for equal groups in every run of the program; for parts. */
uint64_t fa_drift_group_hash(const struct fa_drift_work *work, uint32_t group);
/* That of a host's group as server, without making the group; 0 without room. */
uint64_t fa_drift_server_hash(struct fa_drift_work *work, struct fa_drift_host *host);
/* What it is called; NULL without room. */
const char *fa_drift_group_text(struct fa_drift_work *work, uint32_t group);

/* drift_known.c: what a store has numbers for, each asked for once. */
struct fa_drift_reading {
	struct fa_drift_work *work;
	const struct fa_history *history;
	enum fa_drift_side side;
	bool is_part;	   /* of a run: rows are counted for the facts */
	size_t run;	   /* index in the span */
	uint8_t *findings; /* kind by number, of the run */
	size_t finding_room;
	uint32_t unknown; /* word */
	uint32_t answer;  /* of a callback */
};
/* The places of a row's hosts in work->hosts, until the next call. */
int fa_drift_hosts_of(struct fa_drift_reading *r, const struct fa_traffic *row, size_t *client,
		      size_t *server);
int fa_drift_name_of(struct fa_drift_reading *r, int64_t id, uint32_t *out);
int fa_drift_judgement_of(struct fa_drift_reading *r, int64_t id, uint32_t *out);

/* drift_read.c: the rows of both sides that are of the part. FA_EFULL when the budget is too
 * little even for a small part. */
int fa_drift_read(struct fa_drift_work *work);

/* drift_parts.c */
/* Whether a port of a group of servers, given by its hash, is of the part that is in work. */
bool fa_drift_is_in_part(const struct fa_drift_work *work, uint64_t group_hash, uint8_t transport,
			 uint16_t port);
/* Halves the part, forgetting what is of the other half, which comes later. False when it cannot
 * be halved. */
bool fa_drift_split(struct fa_drift_work *work);
/* Keeps of the part what candidates speak of, and goes on to the next: 1; 0 after the last. */
int fa_drift_next_part(struct fa_drift_work *work);

/* drift_relations.c */
/* What was counted once is a pair of a relation and so many bits. */
#define FA_DRIFT_PAIR_BITS 35
int fa_drift_relations_begin(struct fa_drift_work *work);
void fa_drift_relations_forget(struct fa_drift_work *work);
/* Found or added; NULL without room. */
struct fa_drift_relation *fa_drift_relation_of(struct fa_drift_work *work,
					       const struct fa_drift_relation *key);
struct fa_drift_sum *fa_drift_sum_make(struct fa_drift_work *work,
				       struct fa_drift_relation *relation, enum fa_drift_side side);
struct fa_drift_strand *fa_drift_strand_of(struct fa_drift_work *work, struct fa_drift_sum *sum,
					   const struct fa_drift_strand *like);
/* Keeps the relations that IS_KEPT has a 1 for, in their order. FA_ENOMEM with its message. */
int fa_drift_relations_keep(struct fa_drift_work *work, const uint8_t *is_kept);
/* NULL when there is none. */
struct fa_drift_relation *fa_drift_relation_find(const struct fa_drift_work *work, uint32_t client,
						 uint32_t server, uint8_t transport, uint16_t port,
						 enum fa_drift_kind kind);

/* drift_facts.c */
int fa_drift_facts(struct fa_drift_work *work, enum fa_drift_side side);
/* The digest of a product's catalog, a word; 0 when it was not loaded. */
uint32_t fa_drift_digest(const struct fa_drift_work *work, enum fa_drift_side side,
			 const char *product);
/* Whether the catalog of the product of RULE is the same on both sides. */
bool fa_drift_same_catalog(const struct fa_drift_work *work, const char *rule);
/* Hours that somebody looked, never 0. */
double fa_drift_hours(const struct fa_drift_work *work, enum fa_drift_side side);
/* "22:00 to 04:00 UTC" */
void fa_drift_cover_text(const struct fa_drift_cover *cover, char *text, size_t size);
/* Minutes of the day that both looked at. */
unsigned fa_drift_cover_common(const struct fa_drift_work *work);

/* drift_tally.c */
unsigned fa_drift_importance(enum fa_verdict verdict);
/* Order of deciding: smaller decides. What could not be judged decides nothing. */
unsigned fa_drift_decides(enum fa_verdict verdict);
static inline const struct fa_drift_sum *fa_drift_sum_of(const struct fa_drift_work *work,
							 const struct fa_drift_relation *relation,
							 enum fa_drift_side side)
{
	return relation->sums[side] == 0 ? NULL : &work->sums[relation->sums[side] - 1];
}
#define FA_DRIFT_EACH_STRAND(work, sum, strand)                                                    \
	for (const struct fa_drift_strand *strand =                                                \
		     (sum)->strands == 0 ? NULL : &(work)->strands[(sum)->strands - 1];            \
	     strand != NULL;                                                                       \
	     strand = strand->next == 0 ? NULL : &(work)->strands[strand->next - 1])

/* A slice of members, on one side. */
struct fa_drift_slice {
	const uint32_t *members;
	uint32_t count;
	enum fa_drift_side side;
};
struct fa_drift_total {
	uint64_t rows, flows, answered, packets, bytes, clients, servers, ports;
	uint64_t client_groups, server_groups;
	uint32_t client, server; /* the only group, or 0 */
	int64_t first_ns, last_ns;
	uint64_t half_hours;
	bool is_there;
	bool is_moved;
};
/* Sums up the members that are there on the side. Sorts them. */
void fa_drift_total(struct fa_drift_work *work, const struct fa_drift_slice *slice,
		    struct fa_drift_total *out);
struct fa_drift_slice fa_drift_slice_of(const struct fa_drift_work *work,
					const struct fa_drift_candidate *candidate,
					enum fa_drift_side side);
/* The judgement that decides: the most important verdict, then most flows; FA_DRIFT_NONE without
 * strands. With SHARED only strands of protocols that both sides name. */
uint32_t fa_drift_deciding(struct fa_drift_work *work, const struct fa_drift_slice *slice,
			   bool shared);
/* Fills work->shares of the side; fa_drift_shares_clear empties both. */
void fa_drift_shares(struct fa_drift_work *work, const struct fa_drift_slice *slice);
void fa_drift_shares_clear(struct fa_drift_work *work);
/* The protocol of most flows that were seen, else named at all: a word, 0 when unknown. */
uint32_t fa_drift_main_protocol(struct fa_drift_work *work, const struct fa_drift_slice *slice,
				bool *is_seen);
/* Writes a side of a difference; texts are the arena's. False without room. */
bool fa_drift_state_of(struct fa_drift_work *work, const struct fa_drift_slice *slice,
		       struct fa_drift_state *state);

/* drift_services.c: appeared, vanished, moved. */
int fa_drift_services(struct fa_drift_work *work);
/* drift_changes.c: what is on both sides, of the members of one service. */
int fa_drift_changes(struct fa_drift_work *work, const uint32_t *members, size_t count);
/* drift_candidates.c */
/* Adds a candidate with section, aspect, signature of LIKE about the members, which are copied. */
int fa_drift_candidate_add(struct fa_drift_work *work, const struct fa_drift_candidate *like,
			   const uint32_t *members, size_t count);
/* Between parts: when candidates keep too many relations, the least important ones are cut. */
int fa_drift_candidates_trim(struct fa_drift_work *work);
/* One line for what many say alike; then causes, importance and order. */
int fa_drift_candidates_finish(struct fa_drift_work *work);
/* Writes those out that memory is there for. */
int fa_drift_candidates_write(struct fa_drift_work *work);

/* drift_cause.c: the cause of a change of verdict; WHY and MAYBE get texts. */
#define FA_DRIFT_SENTENCE 512
struct fa_drift_reason {
	enum fa_drift_cause cause;
	char why[FA_DRIFT_SENTENCE], maybe[FA_DRIFT_SENTENCE];
};
int fa_drift_cause_of(struct fa_drift_work *work, const struct fa_drift_candidate *candidate,
		      struct fa_drift_reason *out);

/* drift_maybe.c */
/* What loss or hours may have made: sets cause COVERAGE or a "maybe" in OUT; true if so. */
bool fa_drift_explain(struct fa_drift_work *work, const struct fa_drift_candidate *candidate,
		      struct fa_drift_reason *out);
/* Whether so many packets in so many flows may all have been lost on the side. */
bool fa_drift_may_be_lost(const struct fa_drift_work *work, enum fa_drift_side side,
			  uint64_t packets, uint64_t flows);
/* Whether each of so many flows may lack a packet that its verdict would rest on. */
bool fa_drift_may_be_misjudged(const struct fa_drift_work *work, enum fa_drift_side side,
			       uint64_t flows);
/* "30%" */
void fa_drift_percent(double share, char *text, size_t size);
/* Appends to a sentence, "; " between; what does not fit is left out whole. */
void fa_drift_say(char *sentence, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* drift_expect.c, drift_waivers.c, drift_coverage.c */
int fa_drift_expectations(struct fa_drift_work *work);
int fa_drift_waivers(struct fa_drift_work *work);
int fa_drift_coverage(struct fa_drift_work *work);
/* A difference that is no traffic, all texts ""; NULL without room. */
struct fa_difference *fa_drift_other_add(struct fa_drift_work *work, enum fa_drift_section section,
					 enum fa_drift_aspect aspect, enum fa_drift_cause cause,
					 unsigned rank);
/* *FIELD becomes a copy of TEXT; false without room. */
bool fa_drift_set_text(struct fa_drift_work *work, const char **field, const char *text);

#endif
