/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who a waiver is for: an address, a prefix, a role of the site, a host name, or any. */
#include <string.h>

#include "site/waivers_read.h"
#include "yaml/values.h"

/* An end being read: what the steps need to tell what is wrong. */
struct at {
	struct fa_yaml_reader *r;
	const struct fa_yaml_scope *scope;
	const struct fa_yaml_node *node;
};

static bool read_any(struct fa_waiver_end *end)
{
	end->who = FA_WAIVES_ANY;
	return true;
}

static bool read_prefix(const struct at *at, struct fa_waiver_end *end)
{
	struct fa_yaml_quote quote;

	if (end->prefix.bits == 0)
		return fa_yaml_wrong(at->r, at->scope, at->node,
				     "\"%s\" is every address: write any",
				     fa_yaml_quote(&quote, at->node));
	end->who = FA_WAIVES_PREFIX;
	return true;
}

static const struct fa_instance *find_instance(const struct at *at, const char *name)
{
	const struct fa_site *site = fa_waiver_reader_of(at->r)->site;
	const struct fa_like_names names = {site->instances, site->instance_count,
					    sizeof(*site->instances)};
	size_t index = fa_like_find(&names, name);
	struct fa_like_hint hint;

	_Static_assert(offsetof(struct fa_instance, name) == 0, "instances are a list of names");
	if (index != SIZE_MAX)
		return &site->instances[index];
	if (fa_waiver_reader_of(at->r)->partial) {
		fa_waiver_reader_of(at->r)->left_out = true;
		return NULL;
	}
	fa_like_hint(&hint, fa_like_nearest(&names, name));
	fa_yaml_wrong(at->r, at->scope, at->node, "the site has no instance \"%s\"%s", name,
		      hint.text);
	return NULL;
}

/* A role that nobody has, or that everybody has, says nothing about who is meant. */
static bool check_placing(const struct at *at, const struct fa_site_role *role)
{
	const char *text = at->node->text;

	switch (role->placing) {
	case FA_PLACED:
		return true;
	case FA_ANYBODY:
		return fa_yaml_wrong(at->r, at->scope, at->node,
				     "anybody is \"%s\" in the site: write any", text);
	case FA_NOBODY:
		return fa_yaml_wrong(at->r, at->scope, at->node, "nobody is \"%s\" in the site",
				     text);
	case FA_UNPLACED:
		break;
	}
	return fa_yaml_wrong(at->r, at->scope, at->node, "the site does not say who \"%s\" is",
			     text);
}

/* INSTANCE/ROLE, both of them ids. */
static bool read_role(const struct at *at, struct fa_waiver_end *end)
{
	const size_t len = strcspn(at->node->text, "/");
	const char *role = at->node->text + len + 1;
	const struct fa_instance *instance;
	struct fa_like_names names;
	struct fa_like_hint hint;
	size_t index;
	char *name;

	if (fa_waiver_reader_of(at->r)->site == NULL)
		return fa_yaml_wrong(at->r, at->scope, at->node,
				     "\"%s\" is a role, and roles need a site file (--site)",
				     at->node->text);
	name = fa_yaml_copy(at->r->arena, at->node->text, len);
	instance = name == NULL ? NULL : find_instance(at, name);
	if (instance == NULL)
		return name != NULL && fa_waiver_reader_of(at->r)->left_out;
	names = (struct fa_like_names){instance->product->roles, instance->product->role_count,
				       sizeof(struct fa_role)};
	index = fa_like_find(&names, role);
	if (index == SIZE_MAX) {
		fa_like_hint(&hint, fa_like_nearest(&names, role));
		return fa_yaml_wrong(at->r, at->scope, at->node,
				     "instance \"%s\" (%s) has no role \"%s\"%s", name,
				     instance->product->id, role, hint.text);
	}
	end->who = FA_WAIVES_ROLE;
	end->role = &instance->roles[index];
	return check_placing(at, end->role);
}

static bool is_role(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	size_t instance = strspn(text, letters);
	size_t role;

	if (instance == 0 || text[instance] != '/')
		return false;
	role = strspn(text + instance + 1, letters);
	return role > 0 && text[instance + 1 + role] == '\0';
}

/* A name with a dot that could not be meant as an address. */
static bool is_host(const char *text)
{
	return strchr(text, '.') != NULL && strchr(text, '*') == NULL &&
	       !fa_yaml_consists_of(text, "0123456789.") && fa_yaml_is_host_name(text);
}

bool fa_waiver_read_end(struct fa_yaml_reader *r, const struct fa_yaml_scope *scope,
			const struct fa_yaml_node *node, void *out, const void *arg)
{
	const struct at at = {r, scope, node};
	const bool host_allowed = arg != NULL;
	struct fa_waiver_end *end = out;
	struct fa_yaml_quote quote;

	if (!fa_yaml_is_value(r, scope, node, "an address, a prefix, INSTANCE/ROLE or any") ||
	    !fa_yaml_keep(r, node, &end->text))
		return false;
	if (strcmp(node->text, "any") == 0)
		return read_any(end);
	if (fa_prefix_parse(node->text, &end->prefix))
		return read_prefix(&at, end);
	if (is_role(node->text))
		return read_role(&at, end);
	if (is_host(node->text)) {
		end->who = FA_WAIVES_HOST;
		end->host = end->text;
		return host_allowed ||
		       fa_yaml_wrong(r, scope, node,
				     "\"%s\" is a host name: only servers are known by name",
				     fa_yaml_quote(&quote, node));
	}
	return fa_yaml_wrong(r, scope, node,
			     "\"%s\" is not an address, a prefix (host bits have to be zero), "
			     "INSTANCE/ROLE%s or any",
			     fa_yaml_quote(&quote, node), host_allowed ? ", a host name" : "");
}
