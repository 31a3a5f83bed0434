/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Making JSON values; private to src/report, the only folder that knows jansson. A value that
 * could not be made is NULL, and putting NULL into an object fails: fa_json_done tells at the end.
 */
#ifndef FA_REPORT_JSON_H
#define FA_REPORT_JSON_H

#include <jansson.h>

#include "core/flow.h"
#include "core/history.h"
#include "core/rule.h"
#include "report/report.h"

/* An object that remembers whether any member failed. */
struct fa_json {
	json_t *object;
	bool failed;
};

struct fa_json fa_json_new(void);
/* Takes ownership of VALUE, also on failure. */
void fa_json_put(struct fa_json *json, const char *key, json_t *value);
void fa_json_put_count(struct fa_json *json, const char *key, uint64_t value);
/* Text of ours or of a catalog: as it is, unless it could do harm. NULL is JSON null. */
void fa_json_put_text(struct fa_json *json, const char *key, const char *text);
/* Text from the wire or the command line: always through fa_text_safe. */
void fa_json_put_wire(struct fa_json *json, const char *key, const char *text);
void fa_json_put_addr(struct fa_json *json, const char *key, const struct fa_addr *addr);
void fa_json_put_time(struct fa_json *json, const char *key, int64_t ts_ns);
/* packets_to_server, packets_to_client, bytes_to_server, bytes_to_client. */
void fa_json_put_traffic(struct fa_json *json, const struct fa_counts *counts);
/* tunnel, "vxlan:42"; nothing when there is none. */
void fa_json_put_tunnel(struct fa_json *json, const struct fa_identity *id);
/* vlan, [100, 42]: tags that are a part of the key; nothing when there are none. */
void fa_json_put_vlan(struct fa_json *json, const struct fa_identity *id);
/* A finding without its number, which holds within its run alone, and without a citation. */
void fa_json_put_finding(struct fa_json *json, const struct fa_stored_finding *finding);
/* The object, which the caller owns, or NULL when anything failed. */
json_t *fa_json_done(struct fa_json *json);

/* Writes VALUE in one line and frees it; NULL is FA_ENOMEM. Ends with TAIL. */
int fa_json_write(FILE *out, json_t *value, const char *tail, struct fa_diag *diag);

/* An object without its last brace, so that members can follow. */
int fa_json_write_open(FILE *out, json_t *object, struct fa_diag *diag);

/* Where there are only two formats: whether FORMAT is "json" or "text", or FA_EINVAL. */
int fa_json_wanted(const char *format, bool *json, struct fa_diag *diag);

json_t *fa_json_text(const char *text);
json_t *fa_json_wire(const char *text);
json_t *fa_json_count(uint64_t value);
json_t *fa_json_strings(const struct fa_strings *items);
/* An integer for one port, [low, high] for a range. */
json_t *fa_json_ports(const struct fa_port_ranges *ranges);
json_t *fa_json_rule(const struct fa_rule *rule);

/* The run with its counts, as in the report but for what follows; WALL_CLOCK adds when it was made. */
json_t *fa_json_run(const struct fa_stored_run *run, bool wall_clock);
/* Writes the same with its windows and crashes, one of them at a time. */
int fa_json_write_run(FILE *out, const struct fa_history *history, const struct fa_stored_run *run,
		      bool wall_clock, struct fa_diag *diag);

/* settings, layers, interfaces, interfaces_more */
void fa_json_put_wire_facts(struct fa_json *json, const struct fa_stored_run *run);
json_t *fa_json_loss(const struct fa_stored_loss *loss);
/* {"kernel":0,"interface":0,"ring":0} */
json_t *fa_json_dropped(const struct fa_capture_counts *capture);
/* confidence, confidence_reason */
void fa_json_put_confidence(struct fa_json *json, const struct fa_run_totals *totals);

/* The row of the "json" format. */
int fa_report_json(FILE *out, const struct fa_history *history, int64_t run,
		   const struct fa_report_options *options, struct fa_diag *diag);

#endif
