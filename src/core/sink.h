/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The contracts between stages: a stage is a function and a context. */
#ifndef FA_CORE_SINK_H
#define FA_CORE_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/flow.h"
#include "core/name.h"
#include "core/packet.h"

/* Takes a frame from a source. Non-zero stops the source, which returns that value. */
struct fa_frame_sink {
	int (*fn)(void *context, const struct fa_frame *frame);
	void *context;
};

/* Takes finished conversations and flow records from a worker; borrowed until it returns. */
struct fa_flow_sink {
	int (*conversation)(void *context, const struct fa_conversation *conversation);
	int (*flow)(void *context, const struct fa_flow_record *flow); /* NULL: not wanted */
	int (*name)(void *context, const struct fa_name_answer *answer); /* NULL: not wanted */
	/* One of the first packets of a flow, before a conversation or flow record counts it; a
	 * later fragment has the ports of its first one. IP_BYTES are its `captured` bytes. NULL:
	 * not wanted. */
	int (*packet)(void *context, const struct fa_packet *packet, const uint8_t *ip_bytes);
	void *context;
};

/* What inspection made of a flow so far. */
struct fa_inspection {
	uint8_t detected_by; /* enum fa_detection */
	char protocol[FA_PROTOCOL_TEXT];
	char application[FA_PROTOCOL_TEXT];
	char host[FA_HOST_TEXT];
	/* Which side the contents show to be the client: +1 the sender of the first packet handed
	 * over, -1 the other side, 0 not known. */
	int8_t client_side;
};

/*
 * Inspects the payload of flows, one state per flow. The flow stage calls it without knowing what
 * is behind it.
 */
struct fa_inspector {
	void *context;
	/* A new state, NULL when there is no memory for it. */
	void *(*begin)(void *context);
	/* Hands over one packet; FORWARD: from the sender of the flow's first packet. True when no
	 * more packets are wanted. */
	bool (*packet)(void *context, void *state, const struct fa_packet *packet,
		       const uint8_t *ip_bytes, bool forward);
	/* The result, with guesses where inspection found nothing; frees STATE (may be NULL: no
	 * packet of the flow had payload). LIKE has the flow's addresses, ports and transport,
	 * from the sender of its first packet; nothing else of it is set. */
	void (*end)(void *context, void *state, const struct fa_packet *like,
		    struct fa_inspection *out);
	/* Reads a DNS message; false when it is not about the addresses of a host, or malformed. NULL:
	 * DNS is not read. */
	bool (*dns)(const uint8_t *message, size_t len, struct fa_name_message *out);
};

#endif
