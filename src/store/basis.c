/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands where and what is waived: copied into the run, because both files change. */
#include "store/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void digest_text(uint64_t digest, char text[17])
{
	snprintf(text, 17, "%016" PRIx64, digest);
}

static int name_site(struct fa_store *store, const struct fa_site *site,
		     const struct fa_waivers *waivers)
{
	struct fa_binder b = fa_store_binder(store, FA_STMT_RUN_SITE);
	char site_digest[17] = "";
	char waivers_digest[17] = "";

	if (site != NULL)
		digest_text(site->digest, site_digest);
	if (waivers != NULL)
		digest_text(waivers->digest, waivers_digest);
	fa_bind_text(&b, site == NULL ? "" : site->name);
	fa_bind_text(&b, site_digest);
	fa_bind_text(&b, waivers_digest);
	fa_bind_int(&b, store->run);
	return fa_sql_do(&b);
}

static int add_instance(struct fa_store *store, const struct fa_instance *instance, size_t n)
{
	struct fa_binder b = fa_store_binder(store, FA_STMT_INSTANCE_ADD);

	fa_bind_int(&b, store->run);
	fa_bind_int(&b, (int64_t)n);
	fa_bind_text(&b, instance->name);
	fa_bind_text(&b, instance->product->id);
	fa_bind_text(&b, instance->version);
	return fa_sql_do(&b);
}

/* The last address of a prefix; the first is the prefix's own. */
static struct fa_addr last_of(const struct fa_prefix *prefix)
{
	struct fa_addr last = prefix->addr;
	size_t len = last.version == 4 ? 4 : 16;

	for (size_t i = 0; i < len; i++) {
		size_t kept = prefix->bits < 8 * i ? 0 : prefix->bits - 8 * i;

		if (kept < 8)
			last.bytes[i] |= (uint8_t)(0xff >> kept);
	}
	return last;
}

/* Where places go to. */
struct placing {
	struct fa_store *store;
	const struct fa_instance *instance;
	const char *role;
	bool implied;
	int64_t n;
};

static int add_place(struct placing *placing, const struct fa_place *place)
{
	struct fa_binder b = fa_store_binder(placing->store, FA_STMT_PLACE_ADD);
	struct fa_addr end;
	uint8_t first[17];
	uint8_t last[17];
	size_t len;

	fa_bind_int(&b, placing->store->run);
	fa_bind_int(&b, placing->n++);
	fa_bind_text(&b, placing->instance->name);
	fa_bind_text(&b, placing->instance->product->id);
	fa_bind_text(&b, placing->role);
	fa_bind_text(&b, place->label);
	fa_bind_text(&b, place->host);
	fa_bind_int(&b, placing->implied);
	if (place->host != NULL) {
		fa_bind_null(&b);
		fa_bind_null(&b);
		return fa_sql_do(&b);
	}
	end = last_of(&place->prefix);
	len = fa_store_host_key(&place->prefix.addr, first);
	fa_store_host_key(&end, last);
	fa_bind_blob(&b, first, len);
	fa_bind_blob(&b, last, len);
	return fa_sql_do(&b);
}

static int add_role(struct placing *placing, const struct fa_site_role *role)
{
	int rc = SQLITE_OK;

	for (size_t i = 0; rc == SQLITE_OK && i < role->place_count; i++)
		rc = add_place(placing, &role->places[i]);
	return rc;
}

/* Who has an included role has the including one, too. */
static int add_places(struct placing *placing)
{
	const struct fa_product *product = placing->instance->product;
	int rc = SQLITE_OK;

	for (size_t i = 0; rc == SQLITE_OK && i < product->role_count; i++) {
		const struct fa_role *role = &product->roles[i];

		placing->role = role->name;
		placing->implied = false;
		rc = add_role(placing, &placing->instance->roles[i]);
		placing->implied = true;
		for (size_t k = 0; rc == SQLITE_OK && k < role->include_count; k++)
			rc = add_role(placing,
				      &placing->instance->roles[role->includes[k] - product->roles]);
	}
	return rc;
}

static int add_site(struct fa_store *store, const struct fa_site *site)
{
	struct placing placing = {.store = store};
	int rc = SQLITE_OK;

	for (size_t i = 0; rc == SQLITE_OK && site != NULL && i < site->instance_count; i++) {
		placing.instance = &site->instances[i];
		rc = add_instance(store, placing.instance, i);
		if (rc == SQLITE_OK)
			rc = add_places(&placing);
	}
	return rc;
}

static int add_waiver(struct fa_store *store, const struct fa_waiver *waiver)
{
	struct fa_binder b = fa_store_binder(store, FA_STMT_WAIVER_ADD);

	fa_bind_int(&b, store->run);
	fa_bind_int(&b, (int64_t)waiver->index);
	fa_bind_text(&b, waiver->id);
	fa_bind_text(&b, waiver->client.text);
	fa_bind_text(&b, waiver->server.text);
	fa_bind_text(&b, waiver->transport_text);
	fa_bind_text(&b, waiver->port_text);
	fa_bind_text(&b, waiver->protocol == NULL ? "any" : waiver->protocol);
	fa_bind_text(&b, waiver->owner);
	fa_bind_text(&b, waiver->reason);
	fa_bind_text(&b, waiver->ticket);
	fa_bind_text(&b, waiver->expires);
	fa_bind_int(&b, waiver->broad);
	return fa_sql_do(&b);
}

int fa_store_basis_write(struct fa_store *store, const struct fa_store_basis *basis)
{
	const struct fa_waivers *waivers = basis->waivers;
	int rc = name_site(store, basis->policy->site, waivers);

	if (rc == SQLITE_OK)
		rc = add_site(store, basis->policy->site);
	for (size_t i = 0; rc == SQLITE_OK && waivers != NULL && i < waivers->count; i++)
		rc = add_waiver(store, &waivers->items[i]);
	return rc;
}
