/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A finding in a window of a live run, as one line of JSON. */
#include "report/event.h"

#include <inttypes.h>
#include <string.h>

#include "report/fingerprint.h"
#include "report/json.h"

static void put_hash(struct fa_json *json, const char *key, uint64_t hash)
{
	char text[FA_DIGEST_TEXT];

	snprintf(text, sizeof(text), "%016" PRIx64, hash);
	fa_json_put_text(json, key, text);
}

static json_t *window(const struct fa_event *event)
{
	struct fa_json json = fa_json_new();

	fa_json_put_time(&json, "begun", event->begun_ns);
	fa_json_put_time(&json, "ended", event->ended_ns);
	return fa_json_done(&json);
}

/* The product and the version of the catalog of the row that decides, or of the nearest one. */
static void put_catalog(struct fa_json *json, const struct fa_event *event)
{
	const struct fa_stored_finding *finding = event->finding;
	const char *id = finding->rule[0] != '\0' ? finding->rule : finding->nearest;
	size_t len = strcspn(id, "/");
	size_t count = event->book == NULL || len == 0 ? 0 : event->book->product_count;

	for (size_t i = 0; i < count; i++) {
		const struct fa_product *product = &event->book->products[i];
		struct fa_json inner;

		if (strlen(product->id) != len || memcmp(product->id, id, len) != 0)
			continue;
		inner = fa_json_new();
		put_hash(&inner, product->id, product->digest);
		fa_json_put(json, "catalog", fa_json_done(&inner));
		return;
	}
	fa_json_put_text(json, "catalog", NULL);
}

int fa_report_event(const struct fa_event *event, char **line)
{
	bool has_site = event->site != NULL && event->site[0] != '\0';
	struct fa_json json = fa_json_new();
	json_t *object;

	*line = NULL;
	fa_json_put_time(&json, "time", event->ended_ns);
	fa_json_put_text(&json, "event", "finding");
	fa_json_put(&json, "run", json_integer(event->run));
	fa_json_put_wire(&json, "source", event->source);
	if (has_site)
		fa_json_put_wire(&json, "site", event->site);
	else
		fa_json_put_text(&json, "site", NULL);
	fa_json_put(&json, "window", window(event));
	put_hash(&json, "fingerprint", fa_fingerprint(event->finding));
	fa_json_put(&json, "new", json_boolean(event->is_new));
	fa_json_put_count(&json, "severity", fa_severity(event->finding->verdict));
	fa_json_put_finding(&json, event->finding);
	put_catalog(&json, event);
	object = fa_json_done(&json);
	if (object != NULL)
		*line = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	return *line == NULL ? FA_ENOMEM : 0;
}
