/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Addresses and names: stored once, referred to by number. */
#include "store/internal.h"

#include <string.h>

#include "base/text.h"

size_t fa_store_host_key(const struct fa_addr *addr, uint8_t key[17])
{
	size_t len = addr->version == 4 ? 4 : addr->version == 6 ? 16 : 0;

	key[0] = addr->version;
	memcpy(&key[1], addr->bytes, len);
	return 1 + len;
}

int fa_store_host_row(struct fa_store *store, const struct fa_addr *addr, int64_t *row)
{
	char text[FA_ADDR_TEXT] = "";
	uint8_t key[17];
	size_t len = fa_store_host_key(addr, key);
	struct fa_binder b;
	int rc;

	*row = fa_cache_get(&store->hosts, key, len);
	if (*row >= 0)
		return SQLITE_OK;
	if (len > 1)
		fa_addr_text(addr, text);
	/* Most that were not met lately are new. */
	b = fa_store_binder(store, FA_STMT_HOST_ADD);
	fa_bind_blob(&b, key, len);
	fa_bind_text(&b, text);
	rc = fa_sql_do(&b);
	*row = sqlite3_last_insert_rowid(store->db);
	if (rc == SQLITE_OK && sqlite3_changes(store->db) == 0) {
		b = fa_store_binder(store, FA_STMT_HOST_FIND);
		fa_bind_blob(&b, key, len);
		rc = fa_sql_find(&b, row);
	}
	if (rc == SQLITE_OK)
		fa_cache_put(&store->hosts, key, len, *row);
	return rc;
}

int fa_store_name_row(struct fa_store *store, const char *raw, int64_t *row)
{
	char text[4 * FA_HOST_TEXT]; /* every byte may become four */
	size_t len = strlen(raw);
	struct fa_binder b;
	int rc;

	*row = 0;
	if (len == 0)
		return SQLITE_OK;
	*row = fa_cache_get(&store->names, raw, len);
	if (*row >= 0)
		return SQLITE_OK;
	fa_text_safe(raw, len, text, sizeof(text));
	b = fa_store_binder(store, FA_STMT_NAME_FIND);
	fa_bind_text(&b, text);
	rc = fa_sql_find(&b, row);
	if (rc == SQLITE_OK && *row == 0) {
		b = fa_store_binder(store, FA_STMT_NAME_ADD);
		fa_bind_text(&b, text);
		if (strcmp(text, raw) == 0)
			fa_bind_null(&b);
		else
			fa_bind_blob(&b, raw, len);
		rc = fa_sql_do(&b);
		*row = sqlite3_last_insert_rowid(store->db);
	}
	if (rc == SQLITE_OK)
		fa_cache_put(&store->names, raw, len, *row);
	return rc;
}
