/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Command line options. */
#include "cmd/options.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/num.h"
#include "base/time.h"
#include "cmd/drift_options.h"
#include "cmd/drift_when.h"
#include "cmd/prune.h"
#include "cmd/option_table.h"
#include "cmd/options_live.h"
#include "cmd/options_wire.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int set_database(struct fa_options *options, const char *value)
{
	options->database = value;
	options->database_named = true;
	return 0;
}

static int list_add(struct fa_option_list *list, const char *value)
{
	if (list->count == FA_LIST_MAX)
		return FA_EINVAL;
	list->items[list->count++] = value;
	return 0;
}

static int set_rules(struct fa_options *options, const char *value)
{
	return list_add(&options->rules, value);
}

static int set_product(struct fa_options *options, const char *value)
{
	return list_add(&options->products, value);
}

static int set_no_infrastructure(struct fa_options *options, const char *value)
{
	(void)value;
	options->no_infrastructure = true;
	return 0;
}

static int set_site(struct fa_options *options, const char *value)
{
	options->site = value;
	return 0;
}

static int set_waivers(struct fa_options *options, const char *value)
{
	options->waivers = value;
	return 0;
}

static int set_policy(struct fa_options *options, const char *value)
{
	options->policy_drop = strcmp(value, "drop") == 0;
	return options->policy_drop || strcmp(value, "accept") == 0 ? 0 : FA_EINVAL;
}

static int set_unused(struct fa_options *options, const char *value)
{
	uint64_t n;
	int error = fa_parse_u64(value, 1, 100000, &n);

	if (error == 0)
		options->unused = (size_t)n;
	return error;
}

static int set_protocol(struct fa_options *options, const char *value)
{
	options->protocol = value;
	return 0;
}

static int set_host(struct fa_options *options, const char *value)
{
	options->host = value;
	return value[0] != '\0' && strlen(value) < FA_HOST_TEXT ? 0 : FA_EINVAL;
}

static int set_filter(struct fa_options *options, const char *value)
{
	options->filter = value;
	return 0;
}

static int set_workers(struct fa_options *options, const char *value)
{
	uint64_t n;
	int error = fa_parse_u64(value, 0, 64, &n);

	if (error == 0)
		options->workers = (unsigned)n;
	return error;
}

static int set_memory(struct fa_options *options, const char *value)
{
	uint64_t bytes;
	int error = fa_parse_size(value, &bytes);

	if (error != 0 || bytes < 64u << 20)
		return FA_EINVAL;
	options->max_memory_bytes = bytes;
	return 0;
}

static int set_bucket(struct fa_options *options, const char *value)
{
	int64_t ns;
	int error = fa_parse_duration_ns(value, &ns);

	if (error != 0 || ns < FA_NS_PER_SECOND)
		return FA_EINVAL;
	options->flow.bucket_ns = ns;
	return 0;
}

static const struct {
	const char *name;
	size_t offset; /* of an int64_t in struct fa_flow_options */
} timeouts[] = {
	{"tcp-established", offsetof(struct fa_flow_options, tcp_established_ns)},
	{"tcp", offsetof(struct fa_flow_options, tcp_ns)},
	{"tcp-closed", offsetof(struct fa_flow_options, tcp_closed_ns)},
	{"udp", offsetof(struct fa_flow_options, udp_ns)},
	{"other", offsetof(struct fa_flow_options, other_ns)},
	{"active", offsetof(struct fa_flow_options, active_ns)},
};

static int set_timeout(struct fa_options *options, const char *value)
{
	const char *equals = strchr(value, '=');
	int64_t ns;

	if (equals == NULL || fa_parse_duration_ns(equals + 1, &ns) != 0 || ns <= 0)
		return FA_EINVAL;
	for (size_t i = 0; i < COUNT(timeouts); i++) {
		if (strlen(timeouts[i].name) != (size_t)(equals - value) ||
		    strncmp(timeouts[i].name, value, (size_t)(equals - value)) != 0)
			continue;
		memcpy((char *)&options->flow + timeouts[i].offset, &ns, sizeof(ns));
		return 0;
	}
	return FA_EINVAL;
}

static int set_flows(struct fa_options *options, const char *value)
{
	options->flows = value;
	return 0;
}

static int set_format(struct fa_options *options, const char *value)
{
	options->format = value;
	return 0;
}

static int set_output(struct fa_options *options, const char *value)
{
	options->output = value;
	return 0;
}

static int set_section(struct fa_options *options, const char *value)
{
	options->section = value;
	return 0;
}

static int set_run(struct fa_options *options, const char *value)
{
	uint64_t n;
	int error = fa_parse_u64(value, 1, INT64_MAX, &n);

	if (error == 0)
		options->run = (int64_t)n;
	return error;
}

/* Each level fails on its own verdict and on those before it. */
static const enum fa_verdict fail_levels[] = {
	FA_VERDICT_WRONG_PROTOCOL, FA_VERDICT_WRONG_ENDPOINT, FA_VERDICT_REFUSED,
	FA_VERDICT_UNDOCUMENTED,   FA_VERDICT_DISCOURAGED,    FA_VERDICT_INDETERMINATE,
};

static int set_input(struct fa_options *options, const char *value)
{
	return list_add(&options->inputs, value);
}

static int set_crash(struct fa_options *options, const char *value)
{
	uint64_t n;
	int error = fa_parse_u64(value, 1, UINT32_MAX, &n);

	if (error == 0)
		options->crash = (uint32_t)n;
	return error;
}

static int set_link_type(struct fa_options *options, const char *value)
{
	uint64_t n;
	int error = fa_parse_u64(value, 0, UINT16_MAX, &n);

	if (error == 0)
		options->link_type = (int)n;
	return error;
}

static int set_max_packets(struct fa_options *options, const char *value)
{
	return fa_parse_u64(value, 1, UINT64_MAX, &options->max_packets);
}

static int set_fail_on(struct fa_options *options, const char *value)
{
	if (strcmp(value, "never") == 0) {
		options->fail_on = 0;
		return 0;
	}
	for (size_t i = 0; i < COUNT(fail_levels); i++) {
		if (strcmp(fa_verdict_text(fail_levels[i]), value) == 0) {
			options->fail_on = (int)i + 1;
			return 0;
		}
	}
	return FA_EINVAL;
}

static int set_drift_fail_on(struct fa_options *options, const char *value)
{
	options->drift.fail_never = strcmp(value, "none") == 0 || strcmp(value, "never") == 0;
	options->drift.fail_by_level = !options->drift.fail_never && strcmp(value, "any") != 0;
	return options->drift.fail_by_level ? set_fail_on(options, value) : 0;
}

static int set_color(struct fa_options *options, const char *value)
{
	static const char *const names[] = {"auto", "always", "never"};

	for (size_t i = 0; i < COUNT(names); i++) {
		if (strcmp(names[i], value) == 0) {
			options->color = (enum fa_color)i;
			return 0;
		}
	}
	return FA_EINVAL;
}

static int set_width(struct fa_options *options, const char *value)
{
	uint64_t n;
	int error = fa_parse_u64(value, 60, 1000, &n);

	if (error == 0)
		options->width = (unsigned)n;
	return error;
}

static int set_all(struct fa_options *options, const char *value)
{
	(void)value;
	options->all = true;
	return 0;
}

static int set_quiet(struct fa_options *options, const char *value)
{
	(void)value;
	options->quiet = true;
	return 0;
}

static int set_no_sandbox(struct fa_options *options, const char *value)
{
	(void)value;
	options->no_sandbox = true;
	return 0;
}

enum {
	RUNNING = FA_CMD_AUDIT | FA_CMD_CAPTURE, /* make runs */
	REPORTING = FA_CMD_AUDIT | FA_CMD_CAPTURE | FA_CMD_REPORT,
	BOOKS = FA_CMD_AUDIT | FA_CMD_CAPTURE | FA_CMD_CATALOG | FA_CMD_SITE |
		FA_CMD_WAIVER | FA_CMD_EXPORT, /* read catalogs */
};

const struct fa_option_row fa_option_rows[] = {
	FA_OPTION_GROUP("Interfaces"),
	{"interface", 'i', FA_CMD_CAPTURE, "INTERFACE",
	 "read this interface; repeatable, packets are merged by time; any: all of them",
	 fa_set_interface, "an interface; at most 64 of them"},
	{"buffer", 0, FA_CMD_CAPTURE, "SIZE",
	 "of the kernel's ring for each interface (default 64M)", fa_set_buffer,
	 "a size from 1M to 2G"},
	{"snaplen", 0, FA_CMD_CAPTURE, "BYTES",
	 "of each packet that are looked at (default 262144: all)", fa_set_snaplen,
	 "a number from 64 to 262144"},
	{"no-promiscuous", 0, FA_CMD_CAPTURE, NULL, "only what is addressed to this machine",
	 fa_set_no_promiscuous, NULL},
	{"capture-threads", 0, FA_CMD_CAPTURE, "N",
	 "threads that read, each with a part of the packets of every interface (default 1, enough "
	 "for about a million packets a second)",
	 fa_set_threads, "a number from 1 to 16"},
	{"user", 0, FA_CMD_CAPTURE, "USER",
	 "whom to become when started as root (default: the owner of the database's folder)",
	 fa_set_user, "a user"},
	FA_OPTION_GROUP("Stored runs"),
	{"db", 0,
	 RUNNING | FA_CMD_REPORT | FA_CMD_RUNS | FA_CMD_SITE | FA_CMD_WAIVER | FA_CMD_EVIDENCE |
		 FA_CMD_EXPORT | FA_CMD_DRIFT,
	 "FILE", "the database (default: $FLOWAUDIT_DB, else flowaudit.db here)", set_database, "a file"},
	{"run", 'r', FA_CMD_REPORT | FA_CMD_SITE | FA_CMD_WAIVER | FA_CMD_EVIDENCE | FA_CMD_DRIFT, "RUN",
	 "this run (default: the newest)", set_run, "a run number"},
	{"against", 0, FA_CMD_DRIFT, "FILE|RUN",
	 "compare with this run, or with the newest one of FILE.db, or with run N of FILE.db:N "
	 "(default: the night before, of the same source)",
	 fa_set_drift_against, "a run number or a database"},
	{"baseline", 0, FA_CMD_DRIFT, "BASELINE",
	 "compare with the run of this name, see flowaudit runs baseline", fa_set_drift_baseline,
	 "the name of a baseline"},
	{"source", 0, FA_CMD_DRIFT | FA_CMD_RUNS, "PATTERN",
	 "only runs whose interfaces or files are named so: a part of the name, or all of it with * "
	 "and ? (default: the source of the newest run)",
	 fa_set_drift_source, "a part of a name"},
	{"any-source", 0, FA_CMD_DRIFT | FA_CMD_RUNS, NULL,
	 "runs of all sources, one after the other", fa_set_drift_any_source, NULL},
	{"remove", 0, FA_CMD_RUNS, NULL, "forget the baseline; its run stays", fa_set_baseline_remove,
	 NULL},
	FA_OPTION_GROUP("Times in place of runs"),
	{"from", 0, FA_CMD_DRIFT, "TIME",
	 "from then on: 2026-11-20, 2026-11-20T22:00Z, yesterday, today, or 12h ago; UTC unless it "
	 "says otherwise. Buckets of an hour (--bucket of the run) count when they begin then",
	 fa_set_drift_from, FA_WHEN_EXPECTED},
	{"to", 0, FA_CMD_DRIFT, "TIME", "until then (default: now)", fa_set_drift_to, FA_WHEN_EXPECTED},
	{"since", 0, FA_CMD_DRIFT, "WHEN", "the same as --from WHEN --to now", fa_set_drift_since,
	 FA_WHEN_EXPECTED},
	{"shift", 0, FA_CMD_DRIFT, "DURATION",
	 "compare with so long before, e.g. 7d (default: as long as the time is)", fa_set_drift_shift,
	 "a duration such as 1d or 7d"},
	FA_OPTION_GROUP("What counts as a difference"),
	{"factor", 0, FA_CMD_DRIFT, "N",
	 "by which clients or bytes must have grown or shrunk (default 10)", fa_set_drift_factor,
	 "a number from 2"},
	{"expiring", 0, FA_CMD_DRIFT, "DAYS",
	 "tell of waivers that end within so many days (default 14)", fa_set_drift_expiring,
	 "a number of days from 1 to 3650"},
	{"max-age", 0, FA_CMD_DRIFT, "DURATION",
	 "a night is missing when the newest run was stored longer ago (default: one and a half times "
	 "the usual distance of nights)",
	 fa_set_drift_max_age, "a duration such as 20h"},
	FA_OPTION_GROUP("What is documented, and what stands where"),
	{"rules", 0, BOOKS, "PATH",
	 "catalogs, a folder or a file; repeatable (default: the installed ones)", set_rules,
	 "a folder or file, at most 64 of them"},
	{"product", 0, BOOKS, "PRODUCT",
	 "only the catalog of this product, and that of the infrastructure; repeatable", set_product,
	 "at most 64 products"},
	{"no-infrastructure", 0, BOOKS, NULL,
	 "without the catalog of what every network carries: DNS, NTP, DHCP, ICMP, SSH ...",
	 set_no_infrastructure, NULL},
	{"site", 0, RUNNING | FA_CMD_CATALOG | FA_CMD_WAIVER, "FILE",
	 "what stands where, see flowaudit-site(5) (default: anybody may be anything)", set_site,
	 "a file"},
	{"site", 0, FA_CMD_EXPORT, "FILE", "what stands where, see flowaudit-site(5); needed",
	 set_site, "a file"},
	{"waivers", 0, RUNNING | FA_CMD_CATALOG, "FILE",
	 "findings that somebody accepts, see flowaudit-waivers(5) (default: none)", set_waivers,
	 "a file"},
	FA_OPTION_GROUP("The conversation that is asked about"),
	{"protocol", 0, FA_CMD_CATALOG, "NAME",
	 "what would be spoken, e.g. TLS (default: what the best row names)", set_protocol,
	 "a protocol"},
	{"host", 0, FA_CMD_CATALOG, "NAME",
	 "the host name that the client would ask for (default: none)", set_host,
	 "a host name"},
	FA_OPTION_GROUP("What is written"),
	{"policy", 0, FA_CMD_EXPORT, "accept|drop",
	 "what becomes of traffic that no document has; it is counted and logged anyway (default accept)",
	 set_policy, "accept or drop"},
	{"unused", 0, FA_CMD_EXPORT, "N",
	 "mark what nothing used in the newest N runs of the database that were judged with this site",
	 set_unused, "a number from 1 to 100000"},
	FA_OPTION_GROUP("Traffic"),
	{"filter", 'f', RUNNING, "BPF", "only packets that match, e.g. 'net 10.0.0.0/8'",
	 set_filter, "a filter expression"},
	{"bucket", 0, RUNNING, "DURATION", "time bucket of conversations (default 1h)", set_bucket,
	 "a duration of at least 1s, such as 10m or 1h"},
	{"timeout", 0, RUNNING, "KIND=DURATION",
	 "when an idle flow ends, repeatable: tcp-established=1h, tcp=60s, tcp-closed=15s, udp=120s, other=60s; "
	 "active=1h makes records of long flows",
	 set_timeout,
	 "KIND=DURATION with KIND tcp-established, tcp, tcp-closed, udp, other or active"},
	{"input", 0, FA_CMD_EVIDENCE, "PATH",
	 "where a capture is now: a file, or a folder with files of the same names; repeatable",
	 set_input, "a file or folder, at most 64 of them"},
	{"crash", 0, FA_CMD_EVIDENCE, "N",
	 "in place of a finding: the packet that a worker of a live run died of, as flowaudit runs show "
	 "numbers them",
	 set_crash, "a number from 1"},
	{"max-packets", 0, FA_CMD_EVIDENCE, "N", "stop after this many (default: all)",
	 set_max_packets, "a number from 1"},
	{"link-type", 0, FA_CMD_EVIDENCE, "N",
	 "only frames of this link type (a LINKTYPE_ number; 1 is Ethernet)", set_link_type,
	 "a number from 0 to 65535"},
	FA_OPTION_GROUP("What the tap wraps around the traffic"),
	{"duplicates", 0, RUNNING, "auto|on|off",
	 "copies of a packet that several mirrors saw: auto leaves out what is shown to be a copy, on "
	 "also what is merely repeated word for word at once (default auto)",
	 fa_set_duplicates, "auto, on or off"},
	{"duplicates-within", 0, RUNNING, "DURATION", "in which copies come (default 1ms)",
	 fa_set_duplicates_within, "a duration up to 1s, such as 1ms"},
	{"key", 0, RUNNING, "plain|vlan",
	 "vlan: the same addresses and ports in another VLAN are another conversation (default plain)",
	 fa_set_key, "plain or vlan"},
	{"tunnel-port", 0, RUNNING, "KIND=PORT,...",
	 "UDP ports of a tunnel, in place of the registered ones, e.g. vxlan=4789,8472; repeatable; "
	 "KIND=none, or none for all",
	 fa_set_tunnel_port,
	 "KIND=PORT,PORT with KIND vxlan, vxlan-gpe, geneve, gtp, gre, mpls, l2tp, teredo, ayiya or lisp, "
	 "and ports that no other kind has; KIND=none; or none"},
	{"max-headers", 0, RUNNING, "N",
	 "nested in one frame, tags and tunnels; beyond that it is counted as undecoded (default 16)",
	 fa_set_max_headers, "a number from 1 to 64"},
	FA_OPTION_GROUP("Runs of a capture"),
	{"rotate", 0, FA_CMD_CAPTURE, "DURATION",
	 "a run ends and the next begins at each multiple of it, UTC (default 1d); never", fa_set_rotate,
	 "never, or a duration of at least 1s, such as 1d"},
	{"retain", 0, FA_CMD_CAPTURE, "DURATION",
	 "runs older than this go, e.g. 90d (default: never)", fa_set_retain,
	 "never, or a duration of at least 1s, such as 90d"},
	{"rollup", 0, FA_CMD_CAPTURE, "DURATION",
	 "buckets older than this are summed into days, e.g. 7d (default: never)", fa_set_rollup,
	 "never, or a duration of at least 1s, such as 7d"},
	FA_OPTION_GROUP("What prune does"),
	{"older-than", 0, FA_CMD_RUNS, "DURATION",
	 "runs whose last packet is older go; or never (default 90d)", fa_set_older_than,
	 "a duration such as 90d, or never"},
	{"rollup", 0, FA_CMD_RUNS, "DURATION",
	 "days of live runs that ended longer ago are summed up; or never (default 7d)",
	 fa_set_prune_rollup, "a duration of at least 1d, or never"},
	{"keep", 0, FA_CMD_RUNS, "N", "the newest runs, which stay whatever their age (default 0)",
	 fa_set_keep, "a number"},
	{"dry-run", 0, FA_CMD_RUNS, NULL, "only say what it would do", fa_set_dry_run, NULL},
	FA_OPTION_GROUP("Processes"),
	{"workers", 'w', RUNNING, "N",
	 "worker processes (default: one per processor, at most 8); 0: a single process", set_workers,
	 "a number from 0 to 64"},
	{"max-memory", 0, RUNNING, "SIZE",
	 "for tables of all processes together, e.g. 256M (default 1G)", set_memory,
	 "a size of at least 64M, such as 256M or 2G"},
	{"no-sandbox", 0, RUNNING, NULL,
	 "do not confine the processes; reports say so", set_no_sandbox, NULL},
	FA_OPTION_GROUP("Beside the report"),
	{"flows", 0, FA_CMD_AUDIT, "FILE",
	 "every flow as a line of JSON; - for standard output, in place of the report", set_flows,
	 "a file"},
	{"events", 0, FA_CMD_CAPTURE, "FILE|unix:PATH",
	 "a line of JSON for each finding in a window; - for standard output", fa_set_events, "a file"},
	{"metrics", 0, FA_CMD_CAPTURE, "FILE",
	 "figures for Prometheus' node exporter, every 10 s", fa_set_metrics, "a file"},
	{"spool", 0, FA_CMD_CAPTURE, "DIR",
	 "where conversations wait while the database cannot be written (default: the capture ends)",
	 fa_set_spool, "a folder"},
	{"spool-limit", 0, FA_CMD_CAPTURE, "SIZE", "of the spool (default 1G)", fa_set_spool_limit,
	 "a size of at least 1M"},
	{"save-findings", 0, FA_CMD_CAPTURE, "DIR",
	 "keep the first packets of flows with a finding there, for flowaudit evidence", fa_set_save,
	 "a folder"},
	{"save-limit", 0, FA_CMD_CAPTURE, "SIZE",
	 "of that folder; the oldest go first (default 1G)", fa_set_save_limit,
	 "a size of at least 1M"},
	{"save-packets", 0, FA_CMD_CAPTURE, "N", "of each flow that are kept (default 10)",
	 fa_set_save_packets, "a number from 1 to 200"},
	FA_OPTION_GROUP("Output"),
	{"format", 0, FA_CMD_ALL, "FORMAT",
	 "how it is printed: @words@ (default text)", set_format,
	 "a format"},
	{"output", 'o', FA_CMD_ALL | FA_CMD_EVIDENCE | FA_CMD_EXPORT, "FILE", "write there; complete or not at all", set_output,
	 "a file"},
	{"section", 0, REPORTING | FA_CMD_DRIFT, "SECTION",
	 "one table, of csv and markdown: @words@ (default: csv has the findings or differences, or "
	 "into -o DIR/ a file for each table; markdown has all)",
	 set_section, "a section"},
	{"all", 'a', REPORTING | FA_CMD_DRIFT, NULL, "every finding and expectation, not only the first ones",
	 set_all, NULL},
	{"fail-on", 0, REPORTING, "LEVEL",
	 "exit 1 on a verdict of this level or one before it: wrong-protocol, wrong-endpoint, "
	 "refused, undocumented, discouraged, indeterminate (default never)",
	 set_fail_on,
	 "never, wrong-protocol, wrong-endpoint, refused, undocumented, discouraged or "
	 "indeterminate"},
	{"fail-on", 0, FA_CMD_DRIFT, "LEVEL",
	 "exit 1 on any difference (the default; but for notes of coverage and unused waivers), on none, "
	 "or where a verdict is now of this level or one before it: wrong-protocol, wrong-endpoint, "
	 "refused (also expectations that became refused or unseen), undocumented, discouraged, "
	 "indeterminate; a missing night counts on every level",
	 set_drift_fail_on,
	 "any, none, wrong-protocol, wrong-endpoint, refused, undocumented, discouraged or "
	 "indeterminate"},
	{"color", 0, FA_CMD_ALL, "auto|always|never", "colours (default auto: on a terminal; NO_COLOR is heeded)",
	 set_color, "auto, always or never"},
	{"width", 0, FA_CMD_ALL, "COLUMNS", "of text output (default 100)", set_width,
	 "a number from 60 to 1000"},
	{"quiet", 'q', FA_CMD_ALL | FA_CMD_EVIDENCE | FA_CMD_EXPORT, NULL, "no progress, no warnings", set_quiet, NULL},
};

const size_t fa_option_row_count = COUNT(fa_option_rows);

void fa_options_default(struct fa_options *options)
{
	const char *database = getenv("FLOWAUDIT_DB");
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	memset(options, 0, sizeof(*options));
	options->database = database != NULL && database[0] != '\0' ? database : "flowaudit.db";
	options->database_default = options->database;
	options->workers = processors < 1 ? 1 : processors > 8 ? 8 : (unsigned)processors;
	options->max_memory_bytes = 1u << 30;
	options->flow = fa_flow_options_default();
	fa_wire_default(&options->wire);
	options->format = "text";
	options->output = "-";
	options->link_type = -1;
	fa_prune_defaults(&options->prune);
	fa_live_defaults(&options->live);
}

bool fa_option_is_of(const struct fa_option_row *row, const struct fa_command *command,
		     const struct fa_verb *verb)
{
	return row->name != NULL && (row->bits & command->bit) != 0 &&
	       (verb == NULL || fa_verb_takes(command, verb, row->name));
}

const char *fa_fail_level_name(size_t index)
{
	if (index == 0)
		return "never";
	return index <= COUNT(fail_levels) ? fa_verdict_text(fail_levels[index - 1]) : NULL;
}

bool fa_fails_on(const struct fa_options *options, enum fa_verdict verdict)
{
	for (int i = 0; i < options->fail_on; i++)
		if (fail_levels[i] == verdict)
			return true;
	return false;
}

bool fa_use_color(const struct fa_options *options, FILE *out)
{
	const char *no_color = getenv("NO_COLOR");

	if (options->color != FA_COLOR_AUTO)
		return options->color == FA_COLOR_ALWAYS;
	return (no_color == NULL || no_color[0] == '\0') && isatty(fileno(out));
}
