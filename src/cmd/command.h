/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Subcommands: one row and one file each. */
#ifndef FA_CMD_COMMAND_H
#define FA_CMD_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

/* Exit statuses of every command. */
enum { FA_EXIT_CLEAN = 0, FA_EXIT_FINDINGS = 1, FA_EXIT_FAILED = 2 };

/* Commands as bits: which command takes which option. */
enum {
	FA_CMD_AUDIT = 1 << 0,
	FA_CMD_REPORT = 1 << 1,
	FA_CMD_RUNS = 1 << 2,
	FA_CMD_CATALOG = 1 << 3,
	FA_CMD_SITE = 1 << 4,
	FA_CMD_WAIVER = 1 << 5,
	FA_CMD_EVIDENCE = 1 << 6, /* writes a capture, so not everything that reports take */
	FA_CMD_CAPTURE = 1 << 7,
	FA_CMD_EXPORT = 1 << 8, /* writes for firewalls, so not everything that reports take */
	FA_CMD_DRIFT = 1 << 9,
	FA_CMD_ALL = FA_CMD_AUDIT | FA_CMD_REPORT | FA_CMD_RUNS | FA_CMD_CATALOG | FA_CMD_SITE |
		     FA_CMD_WAIVER | FA_CMD_CAPTURE | FA_CMD_DRIFT
};

struct fa_command {
	const char *name;
	unsigned bit;	     /* FA_CMD_; 0 takes no options */
	const char *usage;   /* what follows the name */
	const char *summary; /* one line */
	const char *about;   /* paragraphs and examples, for --help */
	/* ARGV[0] is the command's name. Returns an exit status. */
	int (*run)(int argc, char **argv);
};

extern const struct fa_command fa_commands[];
extern const size_t fa_command_count;

/* NULL when there is none of that name. */
const struct fa_command *fa_command_find(const char *name);

/* Says that there is no command NAME, and which one may be meant. */
void fa_command_complain(const char *name);

/* What follows the name of a command: flowaudit catalog list. */
struct fa_verb {
	const char *name;
	unsigned bit;	     /* FA_CMD_: of the command */
	const char *usage;   /* its arguments; "" for none */
	const char *summary; /* one line */
	const char *about;   /* paragraphs and examples, for --help */
	const char *only;    /* options of the command that only verbs take that name them here */
};

/* The verb of COMMAND behind BEFORE, NULL for the first; NULL when there are no more. */
const struct fa_verb *fa_verb_next(const struct fa_command *command, const struct fa_verb *before);

/* NULL when there is none of that name. */
const struct fa_verb *fa_verb_find(const struct fa_command *command, const char *name);

/* What the command does without a word; NULL when it needs one. */
const struct fa_verb *fa_verb_default(const struct fa_command *command);

/* Whether the verb takes an option that its command takes. */
bool fa_verb_takes(const struct fa_command *command, const struct fa_verb *verb,
		   const char *option);

/* Says that there is no verb NAME, and which one may be meant. */
void fa_verb_complain(const struct fa_command *command, const char *name);

/* The version line of the program and its libraries. */
void fa_print_version(void);

int fa_cmd_audit(int argc, char **argv);
int fa_cmd_capture(int argc, char **argv);
int fa_cmd_report(int argc, char **argv);
int fa_cmd_drift(int argc, char **argv);
int fa_cmd_runs(int argc, char **argv);
int fa_cmd_catalog(int argc, char **argv);
int fa_cmd_site(int argc, char **argv);
int fa_cmd_waiver(int argc, char **argv);
int fa_cmd_evidence(int argc, char **argv);
int fa_cmd_export(int argc, char **argv);
int fa_cmd_help(int argc, char **argv);

#endif
