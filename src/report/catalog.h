/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The catalogs in each format; private to src/report. PRODUCT NULL: all products. */
#ifndef FA_REPORT_CATALOG_H
#define FA_REPORT_CATALOG_H

#include "report/text_out.h"

/* A port that somebody asked about, with the rows that document it. */
struct fa_asked_port {
	uint8_t transport;
	uint16_t port;
	const struct fa_candidate *candidates;
	size_t count;
};

void fa_catalog_text_list(struct fa_text_out *text, const struct fa_rulebook *book,
			  const struct fa_product *product);
void fa_catalog_text_show(struct fa_text_out *text, const struct fa_rulebook *book,
			  const struct fa_product *product);
void fa_catalog_text_explain(struct fa_text_out *text, const struct fa_policy *policy,
			     const struct fa_asked_port *asked);

int fa_catalog_json_list(FILE *out, const struct fa_rulebook *book,
			 const struct fa_product *product, struct fa_diag *diag);
int fa_catalog_json_explain(FILE *out, const struct fa_asked_port *asked,
			    struct fa_diag *diag);

/* Every field of RULE that says something, each on a line of its own. */
void fa_catalog_text_rule(struct fa_text_out *text, const struct fa_rule *rule);
/* `"Ports", Vendor, 2026-07-14, section "...", row "..."` */
void fa_catalog_add_citation(struct fa_buffer *line, const struct fa_rule *rule);
/* "443, 5678-5999" and "tcp, udp"; shared with the list. */
void fa_catalog_add_ports(struct fa_buffer *line, const struct fa_port_ranges *ranges);
void fa_catalog_add_transports(struct fa_buffer *line, unsigned set);
void fa_catalog_add_strings(struct fa_buffer *line, const struct fa_strings *strings);

#endif
