/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of the store have in common: a folder, a rulebook, conversations. */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/store.h"

/* A fresh folder per test; its path with NAME, valid until the next call. */
int fixture_setup(void **state);
int fixture_teardown(void **state);
const char *fixture_path(const char *name);

/* Two products: "alpha" with rules 0..2 and "beta" with rules 3..4. CHANGED: another version of
 * "alpha". */
const struct fa_rulebook *fixture_book(int changed);
const struct fa_rule *fixture_rule(size_t index);

/* The same book, bound to anybody. */
const struct fa_policy *fixture_policy(int changed);
/*
 * Bound to a site: instances 0 "alpha-a" (gateway: host gw with 10.1.0.2 and fd00::2, network
 * office 10.0.0.0/22; client: gw.example.org) and 1 "alpha-b" (gateway: any) of alpha, 2 "beta-a".
 */
const struct fa_policy *fixture_site_policy(void);
/* 0 "in-force", 1 "lapsed" (2025-11-20), 2 "broad" (2030-01-01) */
const struct fa_waivers *fixture_waivers(void);

/* Opens for writing and begins a run, without a site, or with both. */
struct fa_store *fixture_begin(const char *path, int64_t *run);
struct fa_store *fixture_begin_site(const char *path);
/* The same for a live run, with a busy timeout of 50 ms; opens when *STORE is NULL. */
struct fa_store *fixture_begin_live(const char *path, int64_t *run);
int fixture_try_live(struct fa_store **store, const char *path, int64_t *run,
		     struct fa_diag *diag);
/*
 * One window with the conversations FIRST up to FIRST + COUNT, 11 packets each, one in ten of them
 * undocumented, at one of 7 ports. TOTALS are those of the run; they change with a window stored.
 */
int fixture_window(struct fa_store *store, unsigned first, unsigned count,
		   struct fa_run_totals *totals, struct fa_diag *diag);
/* Runs and windows of fixture_window agree in everything, and the database is sound. */
void fixture_check_windows(const char *path);
/* The tunnel ports of the runs that fixture_begin makes; their other settings differ from the default
 * as well. */
#define FIXTURE_PORTS "vxlan=4789,9999 geneve=6081"
struct fa_history fixture_read(struct fa_store **store, const char *path);
void fixture_finish(struct fa_store *store);
/* At the end of a run that has packets up to that time. */
void fixture_finish_at(struct fa_store *store, int64_t last_ns);

/* client 10.0.0.CLIENT, server 10.1.SERVER, tcp/PORT, TLS, one closed flow */
struct fa_conversation fixture_conversation(unsigned client, unsigned server, unsigned port);
struct fa_judgement fixture_judgement(enum fa_verdict verdict, const struct fa_rule *rule);
void fixture_add(struct fa_store *store, const struct fa_conversation *conversation,
		 const struct fa_judgement *judgement);

/* Runs SQL on the file with a connection of its own and returns its integer. */
int64_t fixture_sql(const char *path, const char *sql);

#endif
