/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What things are called in reports for people. */
#ifndef FA_REPORT_WORDS_H
#define FA_REPORT_WORDS_H

#include "core/flow.h"
#include "core/history.h"
#include "core/packet.h"
#include "core/verdict.h"
#include "report/buffer.h"

/* "seen by inspection" */
const char *fa_words_detection(uint8_t detected_by);
/* "client known by the handshake" */
const char *fa_words_direction(uint8_t direction_by);
/* What a decode result covers, for people. */
const char *fa_words_decode_result(enum fa_decode_result result);
/* "used", "unused", "expired" */
const char *fa_words_waiver_status(enum fa_waiver_status status);
/* "running" while somebody writes the run; else how it ended: "complete", "interrupted", ... */
const char *fa_words_state(const struct fa_stored_run *run);
/* What to do about conversations that could not be judged for this reason; "" for nothing. */
const char *fa_words_remedy(enum fa_reason reason);

/* Space for the name of a link type. */
#define FA_LINK_TYPE_TEXT 24
/* "ETHERNET" (LINKTYPE_ names, tcpdump.org/linktypes.html), or "linktype-N" written into TEXT. */
const char *fa_words_link_type(int32_t link_type, char text[FA_LINK_TYPE_TEXT]);

/* "only the port differs", "port and protocol differ"; "" when DIFFERS is empty. */
void fa_words_differs(struct fa_buffer *buffer, unsigned differs);

/* "10.0.1.2:443/tcp", "[2001:db8::1]:53/udp", "10.0.0.1 icmp type 8 code 0", "10.0.0.1 ip-47". */
void fa_words_server(struct fa_buffer *buffer, const struct fa_addr *server, uint8_t transport,
		     uint16_t port);
/* The same without an address: ":443/tcp", " icmp type 8 code 0". */
void fa_words_port(struct fa_buffer *buffer, uint8_t transport, uint16_t port);

/* "2026-11-21 23:14 .. 23:20", or with both dates; "" when nothing was seen. */
void fa_words_period(struct fa_buffer *buffer, int64_t first_ns, int64_t last_ns);

/* `wso2 · IoT Server · "Ports required for mobile devices", row "..."`; no section where the
 * component has its name. */
void fa_words_citation(struct fa_buffer *buffer, const struct fa_stored_rule *rule);

/* "tcp 443, 5678-5999" of a rule; "no port" when there is none. */
void fa_words_rule_ports(struct fa_buffer *buffer, const struct fa_stored_rule *rule);

/* Packets that were read and not decoded. */
uint64_t fa_not_decoded(const struct fa_capture_counts *capture);

#endif
