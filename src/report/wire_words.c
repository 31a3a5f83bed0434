/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of the wire. */
#include "report/wire_words.h"

#include <inttypes.h>
#include <string.h>

#include "report/windows.h"

const char *fa_words_layer(enum fa_tunnel kind)
{
	static const char *const words[FA_TUNNEL_COUNT] = {
		[FA_TUNNEL_IPIP] = "IPv4 in IP",
		[FA_TUNNEL_IP6] = "IPv6 in IP",
		[FA_TUNNEL_GRE] = "GRE",
		[FA_TUNNEL_VXLAN] = "VXLAN",
		[FA_TUNNEL_GENEVE] = "GENEVE",
		[FA_TUNNEL_GTP] = "GTP-U",
		[FA_TUNNEL_ERSPAN] = "ERSPAN",
		[FA_TUNNEL_L2TP] = "L2TP",
		[FA_TUNNEL_TEREDO] = "Teredo",
		[FA_TUNNEL_MPLS] = "MPLS",
		[FA_TUNNEL_PPPOE] = "PPPoE",
		[FA_TUNNEL_NVGRE] = "NVGRE",
		[FA_TUNNEL_VXLAN_GPE] = "VXLAN-GPE",
		[FA_TUNNEL_PPTP] = "PPTP",
		[FA_TUNNEL_AYIYA] = "AYIYA",
		[FA_TUNNEL_PBB] = "PBB",
		[FA_TUNNEL_ETHERIP] = "EtherIP",
		[FA_TUNNEL_LISP] = "LISP",
		[FA_TUNNEL_VLAN] = "VLAN tags",
		[FA_TUNNEL_VN_TAG] = "VN-Tag",
		[FA_TUNNEL_E_TAG] = "E-Tag",
		[FA_TUNNEL_FABRICPATH] = "FabricPath",
		[FA_TUNNEL_TRILL] = "TRILL",
		[FA_TUNNEL_NSH] = "NSH",
		[FA_TUNNEL_MACSEC] = "MACsec",
		[FA_TUNNEL_AH] = "IPsec AH",
	};

	return kind < FA_TUNNEL_COUNT && words[kind] != NULL ? words[kind] : "";
}

void fa_words_layers(struct fa_buffer *buffer, const struct fa_capture_counts *capture)
{
	bool told[FA_TUNNEL_COUNT] = {false};
	char number[FA_NUMBER_TEXT];

	for (unsigned n = 0; n < FA_TUNNEL_COUNT; n++) {
		unsigned most = FA_TUNNEL_NONE;

		for (unsigned i = FA_TUNNEL_NONE + 1; i < FA_TUNNEL_COUNT; i++)
			if (!told[i] && capture->layers[i] > 0 &&
			    (most == FA_TUNNEL_NONE || capture->layers[i] > capture->layers[most]))
				most = i;
		if (most == FA_TUNNEL_NONE)
			return;
		told[most] = true;
		fa_buffer_addf(buffer, "%s%s ", n > 0 ? ", " : "", fa_words_layer(most));
		if (n == 0)
			fa_buffer_count(buffer, capture->layers[most], "packet", "packets");
		else
			fa_buffer_add(buffer, fa_number_text(capture->layers[most], number));
	}
}

void fa_words_duplicates(struct fa_buffer *buffer, const struct fa_stored_run *run)
{
	const struct fa_capture_counts *capture = &run->totals.capture;
	const struct fa_wire *wire = &run->info.wire;
	char number[FA_NUMBER_TEXT];

	if (wire->duplicates == FA_DUPLICATES_OFF) {
		fa_buffer_add(buffer, "off: every packet counts, copies too");
		return;
	}
	fa_buffer_add(buffer, fa_duplicates_text(wire->duplicates));
	if (wire->duplicates_ns > 0) {
		fa_buffer_add(buffer, ", within ");
		fa_words_span(buffer, (uint64_t)wire->duplicates_ns);
	}
	fa_buffer_add(buffer, ": ");
	if (capture->duplicates == 0) {
		fa_buffer_add(buffer, "no copies");
	} else {
		fa_buffer_count(buffer, capture->duplicates, "copy", "copies");
		fa_buffer_addf(buffer, " left out (%s)",
			       fa_percent_text(capture->duplicates, capture->packets, number));
	}
	if (capture->duplicates_left > 0) {
		fa_buffer_addf(buffer, ", %s",
			       fa_number_text(capture->duplicates_left, number));
		fa_buffer_add(buffer, " repeated word for word but not shown to be copies, so that "
				      "they count");
	}
}

void fa_words_settings(struct fa_buffer *buffer, const struct fa_wire *wire)
{
	char ports[FA_TUNNEL_PORTS_TEXT], usual_ports[FA_TUNNEL_PORTS_TEXT];
	struct fa_wire usual;

	fa_wire_default(&usual);
	if (wire->key_vlan != usual.key_vlan)
		fa_buffer_addf(buffer, "%s--key vlan", buffer->len > 0 ? " " : "");
	if (wire->max_headers != usual.max_headers)
		fa_buffer_addf(buffer, "%s--max-headers %u", buffer->len > 0 ? " " : "",
			       wire->max_headers);
	fa_tunnel_ports_text(&wire->ports, ports);
	fa_tunnel_ports_text(&usual.ports, usual_ports);
	if (strcmp(ports, usual_ports) == 0)
		return;
	fa_buffer_addf(buffer, "%stunnel ports: %s", buffer->len > 0 ? ", " : "", ports);
}

void fa_words_vlan(struct fa_buffer *buffer, const struct fa_identity *id)
{
	if (id->vlan[0] == 0 && id->vlan[1] == 0)
		return;
	fa_buffer_addf(buffer, "%u", id->vlan[0]);
	if (id->vlan[1] != 0)
		fa_buffer_addf(buffer, ".%u", id->vlan[1]);
}

bool fa_interfaces_tell(const struct fa_stored_run *run)
{
	const struct fa_run_interfaces *interfaces = &run->totals.interfaces;
	uint32_t files = run->info.kind == FA_RUN_LIVE ? 1 : run->totals.capture.files;

	for (uint32_t i = 0; i < interfaces->count && i < FA_INTERFACES_MAX; i++)
		if (interfaces->items[i].dropped_kernel > 0 ||
		    interfaces->items[i].dropped_interface > 0)
			return true;
	return (uint64_t)interfaces->count + interfaces->more > files;
}

void fa_words_interface(struct fa_buffer *buffer, const struct fa_run_interfaces *interfaces,
			uint32_t index)
{
	if (interfaces->items[index].name[0] != '\0')
		fa_buffer_clip(buffer, interfaces->items[index].name, 40);
	else
		fa_buffer_addf(buffer, "interface %" PRIu32, index + 1);
}

bool fa_losses_may_be(const struct fa_run_totals *totals)
{
	return fa_unseen_bytes(&totals->workers) > 0 || totals->workers.one_way_flows > 0;
}

const char *fa_words_one_way(enum fa_one_way one_way)
{
	/* No default: the compiler names a forgotten one. */
	switch (one_way) {
	case FA_BOTH_WAYS:
		break;
	case FA_ONLY_TO_SERVER:
		return "to server";
	case FA_ONLY_TO_CLIENT:
		return "to client";
	}
	return "";
}
