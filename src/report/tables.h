/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of a stored run, one function each; private to src/report. */
#ifndef FA_REPORT_TABLES_H
#define FA_REPORT_TABLES_H

#include "core/history.h"
#include "report/places.h"
#include "report/row.h"

/* What every table gets. */
struct fa_tables {
	const struct fa_history *history;
	int64_t run_id;
	struct fa_stored_run run;
	struct fa_places places; /* none without a site */
	bool has_files;		 /* see fa_inputs_are_files */
	uint64_t expectations[FA_EXPECT_COUNT];
	struct fa_row row;
	struct fa_diag *diag;
};

/* A table writes itself; 0 or an error with a message. */
int fa_tables_head(struct fa_tables *tables);
int fa_tables_summary(struct fa_tables *tables);
int fa_tables_findings(struct fa_tables *tables);
int fa_tables_expectations(struct fa_tables *tables);
int fa_tables_conversations(struct fa_tables *tables);
int fa_tables_waivers(struct fa_tables *tables);
int fa_tables_catalogs(struct fa_tables *tables);
int fa_tables_losses(struct fa_tables *tables);
int fa_tables_loss_pairs(struct fa_tables *tables);
int fa_tables_layers(struct fa_tables *tables);
int fa_tables_interfaces(struct fa_tables *tables);
int fa_tables_windows(struct fa_tables *tables);

/* Cells that several tables have. */
void fa_tables_put_service(struct fa_row *row, uint8_t transport, uint16_t port, bool known);
void fa_tables_put_differs(struct fa_row *row, unsigned differs);
void fa_tables_put_reasons(struct fa_row *row, const enum fa_reason *reasons, size_t count);
void fa_tables_put_citation(struct fa_row *row, const struct fa_stored_rule *rule);

#endif
