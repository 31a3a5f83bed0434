/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files that read have in common. */
#ifndef FA_STORE_HISTORY_H
#define FA_STORE_HISTORY_H

#include "store/internal.h"

/* A walk over the rows of one statement; errors stick and come out at the end. */
struct fa_history_walk {
	struct fa_store *store;
	sqlite3_stmt *stmt;
	int rc;
};

/* ?1, when there is one, becomes RUN. The SQLite code is also kept. */
int fa_history_begin(struct fa_history_walk *walk, struct fa_store *store, const char *sql,
		     int64_t run);
bool fa_history_next(struct fa_history_walk *walk, struct fa_columns *columns);
/* STOPPED, if it is not 0, else 0 or the error of the walk with its message. */
int fa_history_end(struct fa_history_walk *walk, int stopped, struct fa_diag *diag);

/* 0 in *RUN becomes the newest run. FA_ENOENT when there is no such run. */
int fa_history_resolve(struct fa_store *store, int64_t *run, struct fa_diag *diag);

/* The functions of struct fa_history; the context is the store. */
int fa_history_run(void *context, int64_t run, struct fa_stored_run *out, struct fa_diag *diag);
int fa_history_each_run(void *context, int (*fn)(void *arg, const struct fa_stored_run *),
			void *arg, struct fa_diag *diag);
int fa_history_each_catalog(void *context, int64_t run,
			    int (*fn)(void *arg, const struct fa_stored_catalog *), void *arg,
			    struct fa_diag *diag);
int fa_history_sums(void *context, int64_t run, struct fa_verdict_sum out[FA_VERDICT_COUNT],
		    struct fa_diag *diag);
int fa_history_each_conversation(void *context, int64_t run,
				 int (*fn)(void *arg, const struct fa_stored_conversation *),
				 void *arg, struct fa_diag *diag);
int fa_history_each_finding(void *context, int64_t run, uint64_t limit,
			    int (*fn)(void *arg, const struct fa_stored_finding *), void *arg,
			    struct fa_diag *diag);
int fa_history_each_expectation(void *context, int64_t run,
				int (*fn)(void *arg, const struct fa_stored_expectation *),
				void *arg, struct fa_diag *diag);
int fa_history_each_place(void *context, int64_t run,
			  int (*fn)(void *arg, const struct fa_stored_place *), void *arg,
			  struct fa_diag *diag);
int fa_history_each_waiver(void *context, int64_t run,
			   int (*fn)(void *arg, const struct fa_stored_waiver *), void *arg,
			   struct fa_diag *diag);
int fa_history_each_input(void *context, int64_t run,
			  int (*fn)(void *arg, const struct fa_input_file *), void *arg,
			  struct fa_diag *diag);
int fa_history_each_window(void *context, int64_t run,
			   int (*fn)(void *arg, const struct fa_window *), void *arg,
			   struct fa_diag *diag);
int fa_history_each_crash(void *context, int64_t run,
			  int (*fn)(void *arg, const struct fa_crash *), void *arg,
			  struct fa_diag *diag);
int fa_history_each_loss(void *context, int64_t run,
			 int (*fn)(void *arg, const struct fa_stored_loss *), void *arg,
			 struct fa_diag *diag);
int fa_history_each_traffic(void *context, int64_t run, int64_t from_ns, int64_t to_ns,
			    int (*fn)(void *arg, const struct fa_traffic *), void *arg,
			    struct fa_diag *diag);
int fa_history_host(void *context, int64_t host, struct fa_addr *out, struct fa_diag *diag);
int fa_history_name(void *context, int64_t name, int (*fn)(void *arg, const char *text), void *arg,
		    struct fa_diag *diag);
int fa_history_judgement(void *context, int64_t judgement,
			 int (*fn)(void *arg, const struct fa_stored_judgement *), void *arg,
			 struct fa_diag *diag);
int fa_history_each_baseline(void *context, int (*fn)(void *arg, const struct fa_baseline *),
			     void *arg, struct fa_diag *diag);
int fa_history_conversations_of_finding(void *context, int64_t run, int64_t number,
					int (*fn)(void *arg, const struct fa_finding_part *),
					void *arg, struct fa_diag *diag);
int fa_history_rule(void *context, int64_t run, const char *id,
		    int (*fn)(void *arg, const struct fa_stored_rule *), void *arg,
		    struct fa_diag *diag);

#endif
