/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expectations as the sections of the text report share them; private to src/report. */
#ifndef FA_REPORT_TEXT_EXPECT_H
#define FA_REPORT_TEXT_EXPECT_H

#include "report/text.h"

/* What a line about an expectation needs; the texts stand in one block behind the first. */
enum fa_expected_field {
	FA_EXPECTED_PRODUCT,
	FA_EXPECTED_INSTANCE, /* "" without a site */
	FA_EXPECTED_RULE,
	FA_EXPECTED_COMPONENT,
	FA_EXPECTED_TITLE,
	FA_EXPECTED_PORTS,
	FA_EXPECTED_TRANSPORTS,
	FA_EXPECTED_PROTOCOLS,
	FA_EXPECTED_REQUIREMENT,
	FA_EXPECTED_WHEN,
	FA_EXPECTED_PLACE, /* "" without a site, and where anybody is expected */
	FA_EXPECTED_EVIDENCE,
	FA_EXPECTED_FIELDS
};

struct fa_expected {
	const char *fields[FA_EXPECTED_FIELDS];
	char *block;
	enum fa_expectation_state state;
	bool required;
	uint64_t flows; /* that tried, when refused */
	bool alone;	/* nothing of its product, or of its instance, was seen */
	size_t places;	/* where its rule is expected, whatever became of it */
	size_t position;
};

/* Of one catalog and instance together, in the order of the history. */
struct fa_expected_list {
	struct fa_expected *items;
	size_t count, room;
	bool site; /* at least one is of an instance */
	struct fa_diag *diag;
};

bool fa_expected_same(const struct fa_expected *a, const struct fa_expected *b,
		      enum fa_expected_field field);
/* Of one state, need, catalog, instance and component: what one paragraph is about. */
bool fa_expected_same_group(const struct fa_expected *a, const struct fa_expected *b);
/* The end of the items of one catalog and instance that begin at FIRST. */
size_t fa_expected_end(const struct fa_expected_list *all, size_t first);
/* "8243/tcp (3 flows tried)" */
void fa_expected_add_ports(struct fa_buffer *line, const struct fa_expected *item, uint64_t flows);
/* Writes the line as "  refused  required   LINE". */
void fa_expected_put_line(struct fa_text_out *text, const struct fa_expected *item,
			  const struct fa_buffer *line);

/* text_expect_site.c: what is missing, by instance and host; ALL is sorted by importance. */
void fa_expected_put_by_host(struct fa_text_out *text, const struct fa_expected_list *all);
/* Instances of which nothing was seen. */
void fa_expected_put_silent(struct fa_text_out *text, const struct fa_expected_list *all);

#endif
