/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verbs: what stands behind the name of a command, as in flowaudit catalog list. */
#include <stdio.h>
#include <string.h>

#include "base/like.h"
#include "base/log.h"
#include "base/text.h"
#include "cmd/command.h"

/* The first verb of a command is its default where the command has one. */
static const struct fa_verb verbs[] = {
	{"list", FA_CMD_RUNS, "", "one line for each stored run, oldest first",
	 "This is what flowaudit runs does without a word.\n"
	 "\n"
	 "Examples:\n"
	 "  flowaudit runs list\n"
	 "  flowaudit runs list --db /var/lib/flowaudit/eth1.db\n"
	 "  flowaudit runs list --format json -o runs.json",
	 ""},
	{"show", FA_CMD_RUNS, "[RUN]", "what one run read, lost and concluded",
	 "Without a number the newest run.\n"
	 "\n"
	 "Examples:\n"
	 "  flowaudit runs show\n"
	 "  flowaudit runs show 3\n"
	 "  flowaudit runs show 3 --format json",
	 ""},
	{"nights", FA_CMD_RUNS, "", "one line for each night of a source, also for those without a run",
	 "What was read, lost and found night by night. Without --source the nights of what the "
	 "newest run has read; captures whose names differ by dates, folders and numbers are nights of "
	 "one source.\n"
	 "\n"
	 "Examples:\n"
	 "  flowaudit runs nights\n"
	 "  flowaudit runs nights --source 'eth1'\n"
	 "  flowaudit runs nights --any-source --format json",
	 "source any-source"},
	{"baseline", FA_CMD_RUNS, "[NAME [RUN]]", "name a run that others are compared with",
	 "Without a name the baselines that there are; without a run the newest one. The run of a "
	 "baseline stays when old runs are pruned. A name that exists moves.\n"
	 "\n"
	 "Examples:\n"
	 "  flowaudit runs baseline  which there are\n"
	 "  flowaudit runs baseline good  the newest run\n"
	 "  flowaudit runs baseline good 12  run 12\n"
	 "  flowaudit runs baseline --remove good",
	 "remove"},
	{"prune", FA_CMD_RUNS, "", "remove old runs, and sum up what is not so old",
	 "May run beside a capture, and may be stopped at any time: the next call does the rest.\n"
	 "\n"
	 "Examples:\n"
	 "  flowaudit runs prune --dry-run  what it would do\n"
	 "  flowaudit runs prune --older-than 30d --rollup 7d\n"
	 "  flowaudit runs prune --older-than never --rollup 7d  sum up, remove nothing\n"
	 "  flowaudit runs prune --older-than 30d --keep 10  the newest ten stay in any case",
	 "older-than rollup keep dry-run"},

	{"list", FA_CMD_CATALOG, "[PRODUCT]", "one line for each documented row",
	 "This is what flowaudit catalog does without a word.\n"
	 "\n"
	 "Examples:\n"
	 "  flowaudit catalog list\n"
	 "  flowaudit catalog list wso2\n"
	 "  flowaudit catalog list --format json -o rules.json",
	 ""},
	{"show", FA_CMD_CATALOG, "PRODUCT", "everything that one catalog says, with citations",
	 "Examples:\n"
	 "  flowaudit catalog show strongdm\n"
	 "  flowaudit catalog show --rules my-rules.yaml my-product",
	 ""},
	{"check", FA_CMD_CATALOG, "[FILE...]", "what is wrong with catalogs, with file, line and column",
	 "Without a file, the catalogs in use.\n"
	 "\n"
	 "Examples:\n"
	 "  flowaudit catalog check my-rules.yaml\n"
	 "  flowaudit catalog check",
	 ""},
	{"explain", FA_CMD_CATALOG, "PORT | CLIENT SERVER:PORT[/TRANSPORT]",
	 "who documents a port; or what the verdict on a conversation would be, and why",
	 "A port is written tcp/8243, 161/udp, or as a number, which means TCP. With a client and a "
	 "server, each row that claims the port is weighed: whether it fits, where it is documented, "
	 "and what differs.\n"
	 "\n"
	 "Examples:\n"
	 "  flowaudit catalog explain tcp/8243  who documents this port, and for what\n"
	 "  flowaudit catalog explain --site dc1.yaml tcp/8243  and whose port it is here\n"
	 "  flowaudit catalog explain --site dc1.yaml 10.0.0.5 10.0.1.9:8243  the verdict, row by row\n"
	 "  flowaudit catalog explain --site dc1.yaml --protocol SSH 10.0.0.5 10.0.1.9:22\n"
	 "  flowaudit catalog explain --site dc1.yaml 2001:db8::5 '[2001:db8::1]:53/udp'\n"
	 "  flowaudit catalog explain --host app.strongdm.com 10.0.0.5 203.0.113.7:443",
	 "site waivers protocol host"},

	{"check", FA_CMD_SITE, "FILE", "explain a site file back, and what does not hold here",
	 "Examples:\n"
	 "  flowaudit site check dc1.yaml\n"
	 "  flowaudit site check --rules my-rules/ dc1.yaml",
	 ""},
	{"expect", FA_CMD_SITE, "FILE", "every expectation that a site file creates",
	 "Between whom, on which ports, required or not, and which row of which document says so.\n"
	 "\n"
	 "Examples:\n"
	 "  flowaudit site expect dc1.yaml\n"
	 "  flowaudit site expect --product wso2 dc1.yaml\n"
	 "  flowaudit site expect --format json dc1.yaml",
	 ""},
	{"learn", FA_CMD_SITE, "", "propose a site file from what a stored run saw",
	 "A draft to read, correct and complete; nothing reads it by itself.\n"
	 "\n"
	 "Examples:\n"
	 "  flowaudit site learn -o dc1.yaml  from the newest run\n"
	 "  flowaudit site learn --run 3 -o dc1.yaml",
	 "db run"},

	{"check", FA_CMD_WAIVER, "FILE", "each waiver in words: what it covers, whose it is, until when",
	 "With --run or --db also what each of them covered in that run, and which were unused.\n"
	 "\n"
	 "Examples:\n"
	 "  flowaudit waiver check waivers.yaml\n"
	 "  flowaudit waiver check --site dc1.yaml waivers.yaml  when they name roles\n"
	 "  flowaudit waiver check --run 12 waivers.yaml  and which ones run 12 used",
	 "rules product no-infrastructure site"},
	{"propose", FA_CMD_WAIVER, "FINDING", "an entry that covers a finding, and no more than it must",
	 "FINDING is 12.3, finding 3 of run 12, or 3, of the newest run. Owner, reason and the last "
	 "day are left to fill in. The first lines of the file, above the entries, are \"format: 1\" "
	 "and \"waivers:\".\n"
	 "\n"
	 "Examples:\n"
	 "  flowaudit waiver propose 12.3 >> waivers.yaml\n"
	 "  flowaudit waiver propose --db /var/lib/flowaudit/eth1.db 3",
	 ""},

	{"nftables", FA_CMD_EXPORT, "", "as a rule set that nft -f loads",
	 "A table of its own, inet flowaudit, with a set of addresses for each role and a chain of the "
	 "forward hook that lets documented traffic through. What no document has is counted and "
	 "logged, and dropped only with --policy drop. What a packet filter cannot open (names, ports "
	 "that nobody knows) stands at the end, with the reason.\n"
	 "\n"
	 "Examples:\n"
	 "  flowaudit export nftables --site dc1.yaml -o dc1.nft\n"
	 "  nft -c -f dc1.nft  check it, change nothing\n"
	 "  flowaudit export nftables --site dc1.yaml --policy drop -o dc1.nft\n"
	 "  flowaudit export nftables --site dc1.yaml --unused 30  marks what 30 runs did not see used",
	 "policy"},
	{"csv", FA_CMD_EXPORT, "", "as a change request, one line for each opening",
	 "Spreadsheets can open it: no cell is taken for a formula. Columns: see flowaudit-export(1).\n"
	 "\n"
	 "Examples:\n"
	 "  flowaudit export csv --site dc1.yaml -o change.csv\n"
	 "  flowaudit export csv --site dc1.yaml --product wso2 --no-infrastructure\n"
	 "  flowaudit export csv --site dc1.yaml --unused 30 -o unused.csv",
	 ""},
};

/* Commands that go on with their first verb when none is given. */
enum { WITH_DEFAULT = FA_CMD_RUNS | FA_CMD_CATALOG };

const struct fa_verb *fa_verb_next(const struct fa_command *command, const struct fa_verb *before)
{
	const struct fa_verb *end = verbs + sizeof(verbs) / sizeof(verbs[0]);

	for (const struct fa_verb *verb = before == NULL ? verbs : before + 1; verb < end; verb++)
		if (verb->bit == command->bit)
			return verb;
	return NULL;
}

const struct fa_verb *fa_verb_find(const struct fa_command *command, const char *name)
{
	const struct fa_verb *verb = NULL;

	while ((verb = fa_verb_next(command, verb)) != NULL)
		if (strcmp(verb->name, name) == 0)
			break;
	return verb;
}

const struct fa_verb *fa_verb_default(const struct fa_command *command)
{
	return (command->bit & WITH_DEFAULT) != 0 ? fa_verb_next(command, NULL) : NULL;
}

/* Whether the blank separated LIST has the word. */
static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	while (*list != '\0') {
		size_t n = strcspn(list, " ");

		if (n == len && memcmp(list, word, n) == 0)
			return true;
		list += n + (list[n] == ' ');
	}
	return false;
}

bool fa_verb_takes(const struct fa_command *command, const struct fa_verb *verb, const char *option)
{
	const struct fa_verb *other = NULL;

	if (has_word(verb->only, option))
		return true;
	while ((other = fa_verb_next(command, other)) != NULL)
		if (has_word(other->only, option))
			return false;
	return true;
}

void fa_verb_complain(const struct fa_command *command, const char *name)
{
	struct fa_like_names names = {NULL, 0, sizeof(const char *)};
	const struct fa_verb *verb = NULL;
	const char *items[16];
	char known[160] = "";
	struct fa_like_hint hint;
	size_t used = 0;
	char safe[64];

	while ((verb = fa_verb_next(command, verb)) != NULL && names.count < 16) {
		used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s",
					 names.count > 0 ? ", " : "", verb->name);
		items[names.count++] = verb->name;
	}
	names.items = items;
	fa_log_error("%s: \"%s\" is none of %s%s", command->name,
		     fa_text_safe(name, strlen(name), safe, sizeof(safe)), known,
		     fa_like_hint(&hint, fa_like_nearest(&names, name)));
}
