/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The steps from a document to a checked site, in the order in which src/site/site.c goes. */
#ifndef FA_SITE_READ_H
#define FA_SITE_READ_H

#include "site/site.h"
#include "yaml/reader.h"

/* Longest list of a site: addresses of a network, entries of a role. */
#define FA_SITE_LIST_MAX 4096

/* A name for one or more prefixes. */
struct fa_site_name {
	const char *name; /* first: see struct fa_like_names */
	bool is_host;
	const struct fa_yaml_node *node; /* the key */
	const struct fa_prefix *prefixes;
	size_t count;
};

/* One prefix of a list, and where it stands. */
struct fa_site_entry {
	struct fa_prefix prefix;
	const struct fa_yaml_node *node;
	const struct fa_site_name *name;    /* NULL: not by a name */
	const struct fa_instance *instance; /* of a role, else NULL */
	const struct fa_site_role *role;
};

/* Entries, most often in the order of fa_site_sort. */
struct fa_site_entries {
	struct fa_site_entry *items;
	size_t count;
};

/* What is known of an instance while it is read, beside the instance itself. */
struct fa_site_draft {
	const struct fa_yaml_node *node;
	const struct fa_yaml_node **settings; /* of each parameter; NULL: not set */
	struct fa_site_role *roles;	      /* the instance's, still writable */
	struct fa_site_entries *entries;      /* prefixes of each role */
};

/* One site being read. */
struct fa_site_reader {
	struct fa_yaml_reader yaml; /* first: see fa_site_reader_of */
	const struct fa_rulebook *book;
	const struct fa_site_options *options;
	const struct fa_site_text *text;
	struct fa_site *site;
	struct fa_site_name *names; /* of hosts and networks */
	size_t name_count;
	struct fa_instance *instances; /* the site's, still writable */
	struct fa_site_draft *drafts;  /* of each instance */
	size_t instance_count;
	size_t place_count; /* in all roles */
	bool in_memory;	    /* files beside the site are not read */
	bool systems_wrong; /* mistakes in the list of autonomous systems were told */
};

/* The site's reader, of which YAML is the first member. */
static inline struct fa_site_reader *fa_site_reader_of(struct fa_yaml_reader *yaml)
{
	return (struct fa_site_reader *)(void *)yaml;
}

/* entries.c: by address, shorter prefixes first, then by place in the file. */
void fa_site_sort(struct fa_site_entries *entries);

/*
 * entries.c: calls MEET for any two of the sorted entries of which OUTER holds INNER or is equal,
 * until it returns false. False without memory.
 */
bool fa_site_meetings(struct fa_yaml_arena *arena, const struct fa_site_entries *entries,
		      bool (*meet)(void *context, const struct fa_site_entry *outer,
				   const struct fa_site_entry *inner),
		      void *context);

/* entries.c: an address or prefix that does not hold everything. */
bool fa_site_read_prefix(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			 const struct fa_yaml_node *node, struct fa_prefix *out);

/* names.c: rows of the site. */
fa_yaml_read_fn fa_site_read_networks;
fa_yaml_read_fn fa_site_read_hosts;

/* systems.c: a row of the site; the list goes into site->systems. */
fa_yaml_read_fn fa_site_read_systems;

/* instance.c: a row of the site. */
fa_yaml_read_fn fa_site_read_instances;

/* parameters.c, places.c: rows of an instance. */
fa_yaml_read_fn fa_site_read_parameters;
fa_yaml_read_fn fa_site_read_ports;
fa_yaml_read_fn fa_site_read_roles;

/* parameters.c: every parameter at its default. False without memory. */
bool fa_site_default_settings(struct fa_yaml_reader *r, struct fa_instance *instance);

/* parameters.c: whether all ports stay ports when an offset moves them. */
void fa_site_check_moves(struct fa_yaml_reader *r, const struct fa_instance *instance,
			 const struct fa_site_draft *draft);

/* check.c: roles and instances that share addresses. */
void fa_site_check_overlaps(struct fa_site_reader *s);

/* ports.c: the rule's ports at an instance. */
struct fa_site_ports {
	struct fa_port_ranges ports, increments;
	bool of_site; /* a parameter or an override of the site chose them */
};
/* False when a port would leave 1 to 65535, or without memory. */
bool fa_site_effective_ports(struct fa_yaml_arena *arena, const struct fa_instance *instance,
			     const struct fa_rule *rule, struct fa_site_ports *out);

/* ports.c: the setting of a parameter of the instance's product. */
const struct fa_setting *fa_site_setting(const struct fa_instance *instance,
					 const struct fa_parameter *parameter);

/* ports.c: the override of a rule, or NULL. */
const struct fa_port_override *fa_site_override(const struct fa_instance *instance,
						const struct fa_rule *rule);

/* ports.c: the role of that name; the catalog has it. */
const struct fa_site_role *fa_site_find_role(const struct fa_instance *instance, const char *name);

#endif
