/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The documented port catalog, checked and immutable: what src/catalog builds and audit, store and
 * report read. All strings and arrays belong to the struct fa_rulebook; nothing here changes after
 * loading. Lists are never NULL-terminated unless said; an absent optional string is NULL.
 */
#ifndef FA_CORE_RULE_H
#define FA_CORE_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/error.h"

struct fa_strings {
	const char *const *items;
	size_t count;
};

struct fa_port_range {
	uint16_t low, high; /* inclusive */
};

struct fa_port_ranges {
	const struct fa_port_range *items;
	size_t count;
};

struct fa_prefixes {
	const struct fa_prefix *items;
	size_t count;
};

struct fa_numbers {
	const uint32_t *items;
	size_t count;
};

enum fa_rule_direction { FA_RULE_INBOUND, FA_RULE_OUTBOUND, FA_RULE_BOTH, FA_RULE_INTERNAL };
enum fa_scope { FA_SCOPE_NETWORK, FA_SCOPE_HOST, FA_SCOPE_LOOPBACK };
enum fa_requirement { FA_REQUIRED, FA_OPTIONAL, FA_CONDITIONAL };
enum fa_advice { FA_ADVICE_NONE, FA_ADVICE_RECOMMENDED, FA_ADVICE_DISCOURAGED };
enum fa_when_taken { FA_TAKEN_UNSAID, FA_TAKEN_INCREMENTS, FA_TAKEN_FIXED };
enum fa_parameter_type { FA_PARAM_INTEGER, FA_PARAM_PORT, FA_PARAM_PORTS, FA_PARAM_CHOICE };

/* Texts as in the files and in JSON; never NULL. */
const char *fa_rule_direction_text(enum fa_rule_direction direction);
const char *fa_scope_text(enum fa_scope scope);
const char *fa_requirement_text(enum fa_requirement requirement);
const char *fa_advice_text(enum fa_advice advice); /* "" for none */
const char *fa_when_taken_text(enum fa_when_taken when_taken); /* "" for unsaid */
const char *fa_parameter_type_text(enum fa_parameter_type type);

/* Transports as a set: bit per entry. */
enum {
	FA_RULE_TCP = 1 << 0,
	FA_RULE_UDP = 1 << 1,
	FA_RULE_SCTP = 1 << 2,
	FA_RULE_ICMP = 1 << 3,
	FA_RULE_ICMP6 = 1 << 4
};
#define FA_RULE_TRANSPORTS 5
/* Text of bit INDEX (0..FA_RULE_TRANSPORTS-1): "tcp" ... */
const char *fa_rule_transport_text(unsigned index);
/* The bit for an IP protocol number, 0 when none. */
unsigned fa_rule_transport_bit(uint8_t ip_protocol);
/* Its position, FA_RULE_TRANSPORTS when none. */
unsigned fa_rule_transport_index(uint8_t ip_protocol);
/* Whether transport INDEX has ports. */
bool fa_rule_transport_has_ports(unsigned index);

struct fa_parameter {
	const char *name;
	enum fa_parameter_type type;
	const char *about;
	struct fa_strings choices;	     /* CHOICE */
	bool has_default;
	int64_t default_integer;	     /* INTEGER */
	const char *default_choice;	     /* CHOICE */
	struct fa_port_ranges default_ports; /* PORT, PORTS */
};

struct fa_role {
	const char *name;
	const char *about;
	/* Who has one of these has this one, too; with those that they include. */
	const struct fa_role *const *includes;
	size_t include_count;
};

/* Bytes at the start of the first payload of one side; of that many, no more are kept. */
#define FA_PATTERN_MAX 32
struct fa_pattern {
	const uint8_t *bytes;
	const uint8_t *mask; /* bits that must match: 0xff all, 0xf0 and 0x0f half, 0x00 none */
	size_t len;
};

struct fa_signature {
	const char *name;
	const char *about;
	const char *source;  /* may be NULL */
	unsigned transports; /* FA_RULE_TCP ... */
	const struct fa_pattern *client;
	size_t client_count;
	const struct fa_pattern *server;
	size_t server_count;
};

/* Host names that hold when a parameter has a value. */
struct fa_host_variant {
	const char *value;
	struct fa_strings hosts;
};

struct fa_correction {
	unsigned transports;	      /* 0: not corrected */
	struct fa_port_ranges ports;  /* empty: not corrected */
	struct fa_strings protocols;  /* empty: not corrected */
	const char *reason;	      /* NULL: there is no correction */
};

struct fa_component;
struct fa_product;

struct fa_rule {
	const char *id; /* full: product/component/rule */
	const struct fa_product *product;
	const struct fa_component *component;
	const char *title;
	const char *section; /* heading in the document */
	const char *row;     /* how to find the row; may be NULL */
	enum fa_rule_direction direction;
	struct fa_strings from, to; /* role names */
	unsigned transports;
	struct fa_port_ranges ports;	   /* as the document prints them (offset 0) */
	struct fa_port_ranges match_ports; /* ports that match without a site: `ports` (moved by the
					      default of moves_with), or the default of
					      port_parameter; empty: nothing matches. ICMP has no
					      ports: there every type matches */
	const struct fa_parameter *port_parameter; /* NULL, or where the ports come from */
	const struct fa_parameter *moves_with;	   /* NULL, or the offset added to the ports */
	bool configurable;
	enum fa_when_taken when_taken;
	struct fa_port_ranges increments_to;
	bool dynamic;			       /* port chosen at run time: never matches alone */
	const struct fa_rule *negotiated_by;   /* NULL, or the rule that leads to a dynamic port */
	bool any_protocol;		       /* the document does not say */
	struct fa_strings protocols;	       /* empty when any_protocol */
	struct fa_strings hosts;	       /* destination names, every variant spelled out */
	const struct fa_parameter *hosts_by;   /* NULL, or the parameter that chooses a variant */
	const struct fa_host_variant *variants;
	size_t variant_count;
	struct fa_prefixes networks;
	struct fa_numbers asns;
	enum fa_scope scope;
	enum fa_requirement requirement;
	const char *when; /* condition in words, or NULL */
	enum fa_advice advice;
	const char *advice_reason;
	const char *alternatives; /* group name or NULL; unique within the product */
	const struct fa_rule *fallback_for;
	struct fa_correction correction;
	const char *note;
	unsigned line, column; /* where it stands in its file */
	size_t index;	       /* position in fa_rulebook.rules */
};

struct fa_component {
	const char *id;
	const char *name;
	size_t first_rule, rule_count; /* in fa_rulebook.rules */
};

struct fa_product {
	const char *id;
	const char *name;
	const char *file; /* path it was read from */
	uint64_t digest;  /* of the file's bytes: names the catalog version */
	const char *title, *publisher;
	const char *dated; /* "YYYY-MM-DD" or NULL */
	const char *note;
	bool everywhere; /* holds on every network: binds to anybody without an instance */
	const struct fa_parameter *parameters;
	size_t parameter_count;
	const struct fa_role *roles;
	size_t role_count;
	const struct fa_signature *signatures;
	size_t signature_count;
	const struct fa_component *components;
	size_t component_count;
	size_t first_rule, rule_count;
};

/* All catalogs of one run. */
struct fa_rulebook {
	const struct fa_product *products;
	size_t product_count;
	const struct fa_rule *rules; /* by product, component, file order */
	size_t rule_count;
	void *arena;		     /* private to src/catalog */
};

/* Finds a rule by full id, or NULL. */
const struct fa_rule *fa_rulebook_find(const struct fa_rulebook *book, const char *id);

/*
 * Which ends of a rule are the product's own: "to" of inbound rules, "from" of outbound ones, both
 * of the others.
 */
bool fa_rule_owns_from(const struct fa_rule *rule);
bool fa_rule_owns_to(const struct fa_rule *rule);

bool fa_strings_have(const struct fa_strings *strings, const char *text);

#endif
