/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making JSON values. */
#include "report/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "report/output.h"

struct fa_json fa_json_new(void)
{
	struct fa_json json = {json_object(), false};

	json.failed = json.object == NULL;
	return json;
}

void fa_json_put(struct fa_json *json, const char *key, json_t *value)
{
	if (json_object_set_new(json->object, key, value) != 0)
		json->failed = true;
}

json_t *fa_json_done(struct fa_json *json)
{
	if (!json->failed)
		return json->object;
	json_decref(json->object);
	return NULL;
}

json_t *fa_json_count(uint64_t value)
{
	return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

json_t *fa_json_wire(const char *text)
{
	char small[1024];
	size_t len = strlen(text);
	size_t size = 4 * len + 1;
	char *safe = size <= sizeof(small) ? small : malloc(size);
	json_t *value = NULL;

	if (safe != NULL)
		value = json_string(fa_text_safe(text, len, safe, size));
	if (safe != small)
		free(safe);
	return value;
}

json_t *fa_json_text(const char *text)
{
	bool harmless = true;
	const char *at;

	if (text == NULL)
		return json_null();
	/* JSON has escapes of its own for these; whoever reads it gets them back. */
	for (at = text; *at != '\0';) {
		size_t len = strcspn(at, "\\\n\t");

		harmless = harmless && fa_text_is_safe(at, len);
		at += len;
		at += *at != '\0';
	}
	return harmless ? json_string(text) : fa_json_wire(text);
}

void fa_json_put_count(struct fa_json *json, const char *key, uint64_t value)
{
	fa_json_put(json, key, fa_json_count(value));
}

void fa_json_put_text(struct fa_json *json, const char *key, const char *text)
{
	fa_json_put(json, key, fa_json_text(text));
}

void fa_json_put_wire(struct fa_json *json, const char *key, const char *text)
{
	fa_json_put(json, key, fa_json_wire(text));
}

void fa_json_put_addr(struct fa_json *json, const char *key, const struct fa_addr *addr)
{
	char text[FA_ADDR_TEXT];

	fa_json_put(json, key,
		    addr->version == 0 ? json_null() : json_string(fa_addr_text(addr, text)));
}

void fa_json_put_time(struct fa_json *json, const char *key, int64_t ts_ns)
{
	char text[FA_TIME_TEXT];

	fa_json_put(json, key, json_string(fa_time_text(ts_ns, text)));
}

void fa_json_put_traffic(struct fa_json *json, const struct fa_counts *counts)
{
	fa_json_put_count(json, "packets_to_server", counts->packets_to_server);
	fa_json_put_count(json, "packets_to_client", counts->packets_to_client);
	fa_json_put_count(json, "bytes_to_server", counts->bytes_to_server);
	fa_json_put_count(json, "bytes_to_client", counts->bytes_to_client);
}

void fa_json_put_tunnel(struct fa_json *json, const struct fa_identity *id)
{
	char text[32];

	if (id->tunnel == FA_TUNNEL_NONE)
		return;
	snprintf(text, sizeof(text), "%s:%u", fa_tunnel_text(id->tunnel), id->tunnel_id);
	fa_json_put(json, "tunnel", json_string(text));
}

int fa_json_write(FILE *out, json_t *value, const char *tail, struct fa_diag *diag)
{
	if (value == NULL)
		return fa_fail(diag, FA_ENOMEM, "out of memory while making JSON");
	/* A failed write shows in ferror as well. */
	(void)json_dumpf(value, out, JSON_COMPACT | JSON_ENCODE_ANY);
	json_decref(value);
	fputs(tail, out);
	return fa_output_check(out, diag);
}

int fa_json_write_open(FILE *out, json_t *object, struct fa_diag *diag)
{
	if (object == NULL)
		return fa_fail(diag, FA_ENOMEM, "out of memory while making JSON");
	fputc('{', out);
	(void)json_dumpf(object, out, JSON_COMPACT | JSON_EMBED);
	json_decref(object);
	return fa_output_check(out, diag);
}

int fa_json_wanted(const char *format, bool *json, struct fa_diag *diag)
{
	*json = strcmp(format, "json") == 0;
	if (*json || strcmp(format, "text") == 0)
		return 0;
	return fa_fail(diag, FA_EINVAL, "there is no format \"%.40s\" here; there are: text, json",
		       format);
}
