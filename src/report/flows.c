/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One finished flow as one line of JSON. */
#include "report/json.h"

static json_t *vlans(const struct fa_flow_record *flow)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < flow->vlan_count && i < FA_VLAN_MAX; i++) {
		if (json_array_append_new(list, json_integer(flow->vlan[i])) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

/* For ICMP the ports are type and code. */
static void put_ports(struct fa_json *json, const struct fa_identity *id, const char *key,
		      bool client)
{
	bool icmp = fa_transport_is_icmp(id->transport);
	unsigned port = client ? id->client_port : id->server_port;

	if (icmp)
		port = client ? id->server_port >> 8 : id->server_port & 0xffu;
	fa_json_put_count(json, key, port);
}

static json_t *layers(const struct fa_flow_record *flow)
{
	json_t *list = json_array();

	for (unsigned i = FA_TUNNEL_NONE + 1; i < FA_TUNNEL_COUNT; i++) {
		if ((flow->layers & fa_layer_bit(i)) == 0)
			continue;
		if (json_array_append_new(list, json_string(fa_tunnel_text(i))) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

int fa_report_flow_line(FILE *out, const struct fa_flow_record *flow,
			const struct fa_judgement *judgement, struct fa_diag *diag)
{
	const struct fa_identity *id = &flow->id;
	struct fa_json json = fa_json_new();
	char transport[FA_TRANSPORT_TEXT];

	fa_json_put_time(&json, "start", flow->counts.first_seen_ns);
	fa_json_put_time(&json, "end", flow->counts.last_seen_ns);
	fa_json_put_addr(&json, "client", &id->client);
	put_ports(&json, id, "client_port", true);
	fa_json_put_addr(&json, "server", &id->server);
	put_ports(&json, id, "server_port", false);
	fa_json_put_text(&json, "transport", fa_transport_text(id->transport, transport));
	fa_json_put_tunnel(&json, id);
	if (flow->vlan_count > 0)
		fa_json_put(&json, "vlan", vlans(flow));
	if (flow->layers != 0)
		fa_json_put(&json, "layers", layers(flow));
	fa_json_put_traffic(&json, &flow->counts);
	fa_json_put_wire(&json, "protocol", id->protocol);
	fa_json_put_wire(&json, "application", id->application);
	fa_json_put_text(&json, "detected_by", fa_detection_text(id->detected_by));
	if (id->host[0] != '\0')
		fa_json_put_wire(&json, "host", id->host);
	fa_json_put_text(&json, "direction_by", fa_direction_text(id->direction_by));
	fa_json_put_text(&json, "state", fa_flow_state_text(flow->state));
	fa_json_put_text(&json, "verdict",
			 judgement != NULL ? fa_verdict_text(judgement->verdict) : NULL);
	fa_json_put_text(&json, "rule",
			 judgement != NULL && judgement->rule != NULL ? judgement->rule->id : NULL);
	return fa_json_write(out, fa_json_done(&json), "\n", diag);
}
