/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checks of what workers hand to the auditor. */
#include "pipeline/handed.h"

#include <string.h>

enum { VLAN_MAX = 4095 }; /* IEEE 802.1Q section 9.6: 12 bits */

static bool has_end(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static bool address_is_sound(const struct fa_addr *addr)
{
	return addr->version == 4 || addr->version == 6;
}

static bool identity_is_sound(const struct fa_identity *id)
{
	return address_is_sound(&id->client) && id->vlan[0] <= VLAN_MAX && id->vlan[1] <= VLAN_MAX &&
	       id->server.version == id->client.version && id->direction_by < FA_BY_COUNT &&
	       id->detected_by < FA_DETECTED_COUNT && id->tunnel < FA_TUNNEL_COUNT &&
	       has_end(id->protocol, sizeof(id->protocol)) &&
	       has_end(id->application, sizeof(id->application)) &&
	       has_end(id->host, sizeof(id->host));
}

static bool vlans_are_sound(const uint16_t vlan[FA_VLAN_MAX])
{
	for (size_t i = 0; i < FA_VLAN_MAX; i++)
		if (vlan[i] > VLAN_MAX)
			return false;
	return true;
}

static int refuse(struct fa_diag *diag, const char *what)
{
	return fa_fail(diag, FA_ECORRUPT,
		       "a worker handed on a %s that cannot be: it may have been subverted by a "
		       "packet",
		       what);
}

int fa_handed_conversation(const void *record, size_t len, struct fa_conversation *out,
			   struct fa_diag *diag)
{
	if (len != sizeof(*out))
		return refuse(diag, "conversation");
	memcpy(out, record, sizeof(*out));
	return identity_is_sound(&out->id) ? 0 : refuse(diag, "conversation");
}

int fa_handed_flow(const void *record, size_t len, struct fa_flow_record *out, struct fa_diag *diag)
{
	if (len != sizeof(*out))
		return refuse(diag, "flow");
	memcpy(out, record, sizeof(*out));
	if (!identity_is_sound(&out->id) || out->state >= FA_FLOW_STATE_COUNT ||
	    out->vlan_count > FA_VLAN_MAX || !vlans_are_sound(out->vlan) ||
	    out->layers >> FA_TUNNEL_COUNT != 0)
		return refuse(diag, "flow");
	return 0;
}

/* Names of capture files come another way. Looked at as a byte: any value may stand there. */
static bool claims_capture(const struct fa_name_answer *answer)
{
	uint8_t byte;

	memcpy(&byte, &answer->by_capture, sizeof(byte));
	return byte != 0;
}

int fa_handed_name(const void *record, size_t len, struct fa_name_answer *out, struct fa_diag *diag)
{
	if (len != sizeof(*out))
		return refuse(diag, "name");
	memcpy(out, record, sizeof(*out));
	if (claims_capture(out) || !address_is_sound(&out->client) ||
	    !address_is_sound(&out->address) ||
	    out->resolver.version != out->client.version || !has_end(out->host, sizeof(out->host)))
		return refuse(diag, "name");
	return 0;
}

int fa_handed_packet(const void *record, size_t len, struct fa_packet *out, struct fa_diag *diag)
{
	if (len < sizeof(*out))
		return refuse(diag, "packet");
	memcpy(out, record, sizeof(*out));
	if (len - sizeof(*out) != out->captured || out->payload_offset > out->captured ||
	    out->tunnel >= FA_TUNNEL_COUNT || out->layers >> FA_TUNNEL_COUNT != 0 ||
	    out->vlan_count > FA_VLAN_MAX || !vlans_are_sound(out->vlan) ||
	    (out->ip_version != 4 && out->ip_version != 6))
		return refuse(diag, "packet");
	return 0;
}
