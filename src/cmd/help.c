/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flowaudit help, and the table of commands. */
#include <stdio.h>
#include <string.h>

#include "base/like.h"
#include "base/log.h"
#include "base/text.h"
#include "classify/classify.h"
#include "cmd/command.h"
#include "cmd/completion.h"
#include "cmd/usage.h"
#include "config.h"

const struct fa_command fa_commands[] = {
	{"audit", FA_CMD_AUDIT, "[options] FILE...",
	 "judge recorded traffic by the catalogs, store the run, report",
	 "Reads captures (pcap, pcapng, also in gzip or zstd; folders; - for standard input), compares\n"
	 "every conversation with the documented ports, stores the result, prints the report.\n"
	 "\n"
	 "Examples:\n"
	 "  flowaudit audit tap.pcap                        all catalogs\n"
	 "  flowaudit audit --product wso2 night1/*.pcap.zst\n"
	 "  flowaudit audit -f 'net 10.2.0.0/16' --fail-on refused tap.pcapng\n"
	 "  tcpdump -w - -i eth1 | flowaudit audit -\n"
	 "  flowaudit audit --flows - tap.pcap | jq 'select(.verdict == \"undocumented\")'",
	 fa_cmd_audit},
	{"capture", FA_CMD_CAPTURE, "[options] -i INTERFACE",
	 "judge live traffic, window by window, until stopped",
	 "Reads interfaces, a mirror port for example, for as long as it is left to. At the end of each\n"
	 "window (--bucket) its conversations are judged and stored; reports can be made beside it at\n"
	 "any time. Stop it with SIGINT or SIGTERM; SIGHUP reads catalogs, site and waivers again,\n"
	 "SIGUSR1 prints figures. Opening an interface needs CAP_NET_RAW; everything else is given up\n"
	 "then. See flowaudit-capture(1).\n"
	 "\n"
	 "Examples:\n"
	 "  flowaudit capture -i eth1\n"
	 "  flowaudit capture -i eth1 -i eth2 --site dc1.yaml      both directions of a tap\n"
	 "  flowaudit capture -i eth1 --db /var/lib/flowaudit/dc1.db --retain 90d \\\n"
	 "        --metrics /var/lib/prometheus/node-exporter/flowaudit.prom \\\n"
	 "        --events unix:/run/siem.sock",
	 fa_cmd_capture},
	{"report", FA_CMD_REPORT, "[options]", "print the report on a stored run again",
	 "Examples:\n"
	 "  flowaudit report  the newest run\n"
	 "  flowaudit report --run 3 --all   every finding of run 3\n"
	 "  flowaudit report --format html -o night.html  a page for a mail or a share\n"
	 "  flowaudit report --format json -o night.json\n"
	 "  flowaudit report --format csv -o night/  a file for each table",
	 fa_cmd_report},
	{"drift", FA_CMD_DRIFT, "[options]", "what differs between tonight and the night before",
	 "Compares two nights of one source: what appeared, changed and vanished, expectations that are "
	 "met no more, waivers that ended, and how far that can be trusted. Each difference says what "
	 "made it: traffic, a catalog, the site, a waiver, coverage or the program. Clients count by "
	 "their roles and networks, and their ports never.\n"
	 "\n"
	 "Exit status: 0 no drift, 1 drift (--fail-on), 2 failure.\n"
	 "\n"
	 "Examples:\n"
	 "  flowaudit drift  the newest run against the night before\n"
	 "  flowaudit drift --run 12 --against 3\n"
	 "  flowaudit drift --baseline good --fail-on undocumented\n"
	 "  flowaudit drift --against /archive/october.db  the newest run there\n"
	 "  flowaudit drift --since yesterday  with as long before\n"
	 "  flowaudit drift --from 2026-11-21 --to 2026-11-22 --shift 7d  a day and that of last week\n"
	 "  flowaudit drift --db /var/lib/flowaudit/eth1.db --format html -o drift.html",
	 fa_cmd_drift},
	{"runs", FA_CMD_RUNS, "[options] [list | show [RUN] | nights | baseline [NAME [RUN]] | prune]",
	 "list stored runs, show one, name a good one, remove old ones",
	 "Examples:\n"
	 "  flowaudit runs list\n"
	 "  flowaudit runs show 3\n"
	 "  flowaudit runs nights                     one line a night, and which are missing\n"
	 "  flowaudit runs baseline good 3            for flowaudit drift --baseline good\n"
	 "  flowaudit runs prune --dry-run            what it would do\n"
	 "  flowaudit runs prune --older-than 30d     also beside a running capture",
	 fa_cmd_runs},
	{"catalog", FA_CMD_CATALOG,
	 "[options] [list [PRODUCT] | show PRODUCT | check [FILE...] | explain PORT |\n"
	 "       explain CLIENT SERVER:PORT[/TRANSPORT]]",
	 "what the vendors document; explain a port or a conversation",
	 "Examples:\n"
	 "  flowaudit catalog list\n"
	 "  flowaudit catalog show strongdm\n"
	 "  flowaudit catalog check my-rules.yaml\n"
	 "  flowaudit catalog explain tcp/8243     who documents this port, and for what\n"
	 "  flowaudit catalog explain --site dc1.yaml tcp/8243    and whose port it is here\n"
	 "\n"
	 "What would the verdict on a conversation be, and why does each row fit or not:\n"
	 "  flowaudit catalog explain --site dc1.yaml 10.0.0.5 10.0.1.9:8243\n"
	 "  flowaudit catalog explain --site dc1.yaml --protocol SSH 10.0.0.5 10.0.1.9:22\n"
	 "  flowaudit catalog explain --site dc1.yaml 2001:db8::5 '[2001:db8::1]:53/udp'\n"
	 "  flowaudit catalog explain --host app.strongdm.com 10.0.0.5 203.0.113.7:443",
	 fa_cmd_catalog},
	{"site", FA_CMD_SITE, "[options] check FILE | expect FILE | learn",
	 "what stands where: check a site file, what it expects, propose one",
	 "A site file names networks, hosts, and instances of products: who has which role. See "
	 "flowaudit-site(5).\n"
	 "\n"
	 "Examples:\n"
	 "  flowaudit site check dc1.yaml  explain the file back, and what does not hold here\n"
	 "  flowaudit site expect dc1.yaml  every expectation that it creates\n"
	 "  flowaudit site expect --format json dc1.yaml\n"
	 "  flowaudit site learn -o dc1.yaml  propose one from what the newest run saw: a draft to "
	 "read and correct; nothing reads it by itself",
	 fa_cmd_site},
	{"waiver", FA_CMD_WAIVER, "[options] check FILE | propose FINDING",
	 "findings accepted until a date: explain them, propose one",
	 "A waiver names an owner, a reason, the last day it holds, and what it covers. See\n"
	 "flowaudit-waivers(5).\n"
	 "\n"
	 "Examples:\n"
	 "  flowaudit waiver check --site dc1.yaml waivers.yaml   each of them in words\n"
	 "  flowaudit waiver check --run 12 waivers.yaml          and which ones run 12 used\n"
	 "  flowaudit waiver propose 12.3 >> waivers.yaml         finding 3 of run 12, to fill in\n"
	 "\n"
	 "The first lines of the file, above the entries, are \"format: 1\" and \"waivers:\".",
	 fa_cmd_waiver},
	{"evidence", FA_CMD_EVIDENCE, "[options] FINDING | --crash N, -o FILE",
	 "the packets behind a finding, cut from the captures that were read",
	 "FINDING is 12.3, finding 3 of run 12, or 3, of the newest run. The captures that the run has\n"
	 "read must still be there; their packets come out whole, with their times, as a pcap file.\n"
	 "\n"
	 "Examples:\n"
	 "  flowaudit evidence 12.3 -o finding.pcap\n"
	 "  flowaudit evidence --input /archive/ 12.3 -o finding.pcap   the captures have moved\n"
	 "  flowaudit evidence 3 -o - | tcpdump -nr -\n"
	 "\n"
	 "  The packet that a worker of live run 12 died of, which is in the database:\n"
	 "  flowaudit evidence --run 12 --crash 1 -o crash.pcap",
	 fa_cmd_evidence},
	{"export", FA_CMD_EXPORT, "[options] nftables | csv, --site FILE",
	 "documented openings of a site: firewall rules, change requests",
	 "Everything that the vendors' documents ask to be open between the places of a site, each line\n"
	 "with the document, section and row that says so; and which of it nothing used lately.\n"
	 "\n"
	 "Examples:\n"
	 "  flowaudit export nftables --site dc1.yaml -o dc1.nft\n"
	 "  flowaudit export csv --site dc1.yaml -o change.csv\n"
	 "  flowaudit export csv --site dc1.yaml --unused 30 --db /var/lib/flowaudit/eth1.db",
	 fa_cmd_export},
	{"help", 0, "[COMMAND [VERB]]", "this text, or the help of a command", "", fa_cmd_help},
};

const size_t fa_command_count = sizeof(fa_commands) / sizeof(fa_commands[0]);

const struct fa_command *fa_command_find(const char *name)
{
	for (size_t i = 0; i < fa_command_count; i++)
		if (strcmp(fa_commands[i].name, name) == 0)
			return &fa_commands[i];
	return NULL;
}

void fa_print_version(void)
{
	printf("flowaudit %s (nDPI %s)\n", PACKAGE_VERSION, fa_classifier_version());
}

void fa_command_complain(const char *name)
{
	const struct fa_like_names names = {fa_commands, fa_command_count, sizeof(fa_commands[0])};
	static const char *const options[] = {"--help", "--version"};
	const struct fa_like_names before = {options, 2, sizeof(options[0])};
	const char *nearest = fa_like_nearest(&names, name);
	struct fa_like_hint hint;
	char safe[64];

	fa_text_safe(name, strlen(name), safe, sizeof(safe));
	if (name[0] == '-') {
		fa_log_error("there is no option \"%s\" before a command%s", safe,
			     fa_like_hint(&hint, fa_like_nearest(&before, name)));
		return;
	}
	if (nearest != NULL)
		fa_log_error("there is no command \"%s\"%s", safe, fa_like_hint(&hint, nearest));
	else if (strpbrk(name, "./") != NULL)
		fa_log_error("there is no command \"%s\"; to audit a capture: flowaudit audit %s",
			     safe, safe);
	else
		fa_log_error("there is no command \"%s\"; see flowaudit help", safe);
}

static int print_overview(void)
{
	char text[2048];
	size_t used;

	used = (size_t)snprintf(
		text, sizeof(text),
		"flowaudit %s: does the traffic on the wire agree with the vendors' port documents?\n"
		"\n"
		"Start here:\n"
		"  flowaudit audit FILE.pcap\n"
		"\n",
		PACKAGE_VERSION);
	for (size_t i = 0; i < fa_command_count && used < sizeof(text); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "  %s  %s\n",
					 fa_commands[i].name, fa_commands[i].summary);
	fa_print_text(stdout, text, fa_help_width(stdout));
	fa_print_text(stdout,
		      "\n"
		      "More: flowaudit help COMMAND, and man flowaudit.\n"
		      "\n"
		      "Exit status: 0 nothing to report, 1 findings at or above --fail-on, 2 "
		      "failure.\n",
		      fa_help_width(stdout));
	return FA_EXIT_CLEAN;
}

int fa_cmd_help(int argc, char **argv)
{
	const struct fa_command *command;
	char option[] = "--help";
	char *arguments[] = {NULL, option, NULL, NULL};

	if (argc > 2 && strcmp(argv[1], "--completion") == 0)
		return fa_print_completion(argv[2]);
	if (argc > 2 && strcmp(argv[1], "--values") == 0)
		return fa_print_values(argc - 2, argv + 2);
	if (argc < 2 || argv[1][0] == '-')
		return print_overview();
	command = fa_command_find(argv[1]);
	if (command == NULL) {
		fa_command_complain(argv[1]);
		return FA_EXIT_FAILED;
	}
	if (command->bit == 0)
		return print_overview();
	if (argc > 2 && fa_verb_find(command, argv[2]) == NULL) {
		if (fa_verb_next(command, NULL) != NULL)
			fa_verb_complain(command, argv[2]);
		else
			fa_log_error("help: one command is enough; see flowaudit help %s", argv[1]);
		return FA_EXIT_FAILED;
	}
	arguments[0] = argv[1];
	arguments[2] = argc > 2 ? argv[2] : NULL;
	return command->run(argc > 2 ? 3 : 2, arguments);
}
