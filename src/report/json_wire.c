/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The wire as JSON: settings of decoding, what wrapped the traffic, interfaces, losses of pairs. */
#include "report/json.h"

#include "report/wire_words.h"
#include "report/words.h"

/* {"vxlan":[4789,8472]} */
static json_t *tunnel_ports(const struct fa_tunnel_ports *ports)
{
	json_t *kinds = json_object();
	bool failed = kinds == NULL;

	for (uint32_t i = 0; !failed && i < ports->count && i < FA_TUNNEL_PORTS_MAX; i++) {
		const char *kind = fa_tunnel_text(ports->items[i].tunnel);
		json_t *list = json_object_get(kinds, kind);

		if (list == NULL) {
			list = json_array();
			failed = json_object_set_new(kinds, kind, list) != 0;
		}
		failed = failed ||
			 json_array_append_new(list, json_integer(ports->items[i].port)) != 0;
	}
	if (!failed)
		return kinds;
	json_decref(kinds);
	return NULL;
}

static json_t *settings(const struct fa_wire *wire)
{
	struct fa_json json = fa_json_new();

	fa_json_put_text(&json, "key", fa_wire_key_text(wire->key_vlan));
	fa_json_put_count(&json, "max_headers", wire->max_headers);
	fa_json_put(&json, "tunnel_ports", tunnel_ports(&wire->ports));
	fa_json_put_text(&json, "duplicates", fa_duplicates_text(wire->duplicates));
	fa_json_put(&json, "duplicates_within_ns", json_integer(wire->duplicates_ns));
	return fa_json_done(&json);
}

/* Only what occurred. */
static json_t *layers(const struct fa_capture_counts *capture)
{
	struct fa_json json = fa_json_new();

	for (unsigned i = FA_TUNNEL_NONE + 1; i < FA_TUNNEL_COUNT; i++)
		if (capture->layers[i] > 0)
			fa_json_put_count(&json, fa_tunnel_text(i), capture->layers[i]);
	return fa_json_done(&json);
}

static json_t *count_or_null(bool is_known, uint64_t count)
{
	return is_known ? fa_json_count(count) : json_null();
}

static json_t *interface(const struct fa_run_interface *item, bool is_live)
{
	struct fa_json json = fa_json_new();
	struct fa_json dropped = fa_json_new();
	char text[FA_LINK_TYPE_TEXT];

	fa_json_put_wire(&json, "name", item->name);
	fa_json_put_text(&json, "link_type", fa_words_link_type(item->link_type, text));
	fa_json_put(&json, "file", is_live ? json_null() : fa_json_count((uint64_t)item->input + 1));
	fa_json_put_count(&json, "packets", item->packets);
	fa_json_put(&dropped, "kernel", count_or_null(item->counts_kernel, item->dropped_kernel));
	fa_json_put(&dropped, "interface",
		    count_or_null(item->counts_interface, item->dropped_interface));
	fa_json_put(&json, "dropped", fa_json_done(&dropped));
	return fa_json_done(&json);
}

static json_t *interfaces(const struct fa_run_interfaces *all, bool is_live)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < all->count && i < FA_INTERFACES_MAX; i++) {
		if (json_array_append_new(list, interface(&all->items[i], is_live)) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

void fa_json_put_wire_facts(struct fa_json *json, const struct fa_stored_run *run)
{
	fa_json_put(json, "settings", settings(&run->info.wire));
	fa_json_put(json, "layers", layers(&run->totals.capture));
	fa_json_put(json, "interfaces",
		    interfaces(&run->totals.interfaces, run->info.kind == FA_RUN_LIVE));
	fa_json_put_count(json, "interfaces_more", run->totals.interfaces.more);
}

void fa_json_put_vlan(struct fa_json *json, const struct fa_identity *id)
{
	json_t *list;

	if (id->vlan[0] == 0 && id->vlan[1] == 0)
		return;
	list = json_array();
	for (size_t i = 0; i < FA_KEY_VLANS && (i == 0 || id->vlan[i] != 0); i++)
		if (json_array_append_new(list, json_integer(id->vlan[i])) != 0)
			json->failed = true;
	fa_json_put(json, "vlan", list);
}

json_t *fa_json_loss(const struct fa_stored_loss *loss)
{
	struct fa_json json = fa_json_new();

	fa_json_put_addr(&json, "client", &loss->client);
	fa_json_put_addr(&json, "server", &loss->server);
	fa_json_put_count(&json, "flows", loss->flows);
	fa_json_put_count(&json, "bytes", loss->bytes);
	fa_json_put_count(&json, "missing_bytes", loss->missing_bytes);
	fa_json_put_count(&json, "packets_to_server", loss->packets_to_server);
	fa_json_put_count(&json, "packets_to_client", loss->packets_to_client);
	fa_json_put_text(&json, "one_way",
			 loss->one_way == FA_BOTH_WAYS ? NULL : fa_words_one_way(loss->one_way));
	return fa_json_done(&json);
}
