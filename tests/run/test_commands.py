# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands and options, as a user meets them."""
import json
import os
import re
import sqlite3

from support import (CAPTURES, CONFINES, RULES, TOP, capture, check_sums, expect, expect_equal, read,
                     schema_errors, without_id)

ALL = ["pcaps/" + name for name in CAPTURES]


def schema(bench):
    """Every JSON report fits the schema, and its sums add up."""
    for name in ALL:
        report = bench.audit("--format", "json", name, cwd=TOP).json()
        errors = schema_errors(report, "report.schema.json")
        expect(not errors, "%s: %s" % (name, "; ".join(errors[:5])))


def sums(bench):
    for name in ALL:
        check_sums(bench.audit("--format", "json", name, cwd=TOP).json(), name)
    check_sums(bench.audit("--format", "json", *ALL, cwd=TOP).json(), "all")
    some = bench.audit("--format", "json", "-f", "tcp port 443", *ALL, cwd=TOP).json()
    check_sums(some, "filtered")
    expect_equal(some["run"]["filter"], "tcp port 443", "filter")
    expect_equal({c["port"] for c in some["conversations"]}, {443}, "ports after the filter")


def flows_sum(bench):
    """Flows and conversations count the same packets."""
    flows = bench.path("f")
    report = bench.audit("--format", "json", "--flows", flows, *ALL, cwd=TOP).json()

    lines = [json.loads(line) for line in read(flows).splitlines()]
    expect_equal(len(lines), report["run"]["flows"], "flows")
    for side in ("packets_to_server", "packets_to_client", "bytes_to_server", "bytes_to_client"):
        expect_equal(sum(f[side] for f in lines),
                     sum(c[side] for c in report["conversations"]), side)
    rules = {(c["client"], c["server"], c["port"], c["protocol"], c["verdict"], c["rule"])
             for c in report["conversations"] if c["transport"] in ("tcp", "udp")}
    for flow in lines:
        if flow["transport"] in ("tcp", "udp"):
            key = tuple(flow[k] for k in ("client", "server", "server_port", "protocol",
                                          "verdict", "rule"))
            expect(key in rules, "a flow of no conversation: %r" % flow)


def report(bench):
    """The database gives back what the audit printed, byte for byte."""
    for name in ("pcaps/web.pcap", "pcaps/refused.pcap", "pcaps/undocumented.pcap"):
        for form in ("text", "json"):
            for more in ((), ("--all",)):
                database = bench.database()
                printed = bench.audit("--db", database, "--format", form, *more, name, cwd=TOP)
                again = bench.run("report", "--db", database, "--format", form, *more)
                expect_equal(again.out, printed.out, "report of %s as %s" % (name, form))
                expect_equal((again.code, again.err), (0, b""), "report")
    wide = bench.run("report", "--db", database, "--width", "200").text()
    narrow = bench.run("report", "--db", database, "--width", "60").text()
    expect(max(map(len, narrow.splitlines())) <= 60 < max(map(len, wide.splitlines())), "width")


def report_all_in_one(bench):
    database = bench.database()
    for form in ("text", "json"):
        printed = bench.audit("--db", database, "--format", form, *ALL, cwd=TOP)
        again = bench.run("report", "--db", database, "--format", form)
        expect_equal(again.out, printed.out, "report of all as " + form)


def output(bench):
    """-o writes the same and leaves nothing else in the folder; an old file is replaced."""
    shown = bench.audit("--format", "json", "pcaps/web.pcap", cwd=TOP)
    path = bench.write("there.json", b"old")
    silent = bench.audit("--format", "json", "-o", path, "pcaps/web.pcap", cwd=TOP)
    expect_equal(silent.out, b"", "stdout with -o")
    expect_equal(read(path), shown.out, "the file of -o")
    left = [name for name in os.listdir(bench.folder) if ".db" not in name]
    expect_equal(left, ["there.json"], "files in the folder")


def colour(bench):
    name = capture("refused.pcap")
    expect(b"\x1b[" in bench.audit("--color", "always", name).out, "no colours with always")
    expect(b"\x1b" not in bench.audit("--color", "never", name).out, "colours with never")
    expect(b"\x1b" not in bench.audit(name).out, "colours without a terminal")
    expect(b"\x1b" not in bench.audit("--color", "auto", name, env={"NO_COLOR": "1"}).out,
           "colours with NO_COLOR")


def runs(bench):
    database = bench.database()
    for name in ("pcaps/web.pcap", "pcaps/refused.pcap"):
        bench.audit("--db", database, name, cwd=TOP)
    listed = bench.run("runs", "list", "--db", database)
    expect_equal(listed.code, 0, "runs list")
    for part in ("pcaps/web.pcap", "pcaps/refused.pcap", "complete", "replay"):
        expect(part in listed.text(), "runs list lacks %s: %s" % (part, listed.text()))
    plain = bench.run("runs", "--db", database)
    expect_equal(plain.out, listed.out, "runs without a word")
    for run, source in ((1, "pcaps/web.pcap"), (2, "pcaps/refused.pcap")):
        shown = bench.run("runs", "show", str(run), "--db", database)
        expect(source in shown.text(), "runs show %d: %s" % (run, shown.text()))
        told = bench.run("runs", "show", str(run), "--db", database, "--format", "json").json()
        again = bench.run("report", "--run", str(run), "--db", database, "--format", "json")
        for key, value in again.json()["run"].items():
            expect_equal(told[key], value, "runs show %d: %s" % (run, key))
    newest = bench.run("runs", "show", "--db", database)
    expect("refused.pcap" in newest.text(), "runs show without a number is not the newest")
    listed = bench.run("runs", "list", "--db", database, "--format", "json").json()
    expect_equal(sorted(one["id"] for one in listed["runs"]), [1, 2], "runs list, JSON")


def database_name(bench):
    """--db, else FLOWAUDIT_DB, else flowaudit.db here."""
    bench.write("web.pcap", read(capture("web.pcap")))
    bench.run("audit", "-q", "--rules", os.path.join(TOP, "rules"), "web.pcap")
    expect(os.path.exists(bench.path("flowaudit.db")), "no flowaudit.db here")
    named = {"FLOWAUDIT_DB": bench.path("named.db")}
    bench.write("dns.pcap", read(capture("dns.pcap")))
    bench.run("audit", "-q", "--rules", os.path.join(TOP, "rules"), "dns.pcap", env=named)
    expect(os.path.exists(bench.path("named.db")), "FLOWAUDIT_DB is not heeded")
    expect("dns.pcap" in bench.run("runs", "list", env=named).text(), "FLOWAUDIT_DB, runs")
    expect("web.pcap" in bench.run("runs", "list").text(), "flowaudit.db, runs")
    expect("web.pcap" in bench.run("runs", "list", "--db", "flowaudit.db", env=named).text(),
           "--db is before FLOWAUDIT_DB")


def views(bench):
    """What people query by hand agrees with the report."""
    database = bench.database()
    report = bench.audit("--db", database, "--format", "json", *ALL, cwd=TOP).json()
    with sqlite3.connect(database) as db:
        db.row_factory = sqlite3.Row
        expect_equal(db.execute("PRAGMA integrity_check").fetchone()[0], "ok", "integrity")
        expect(db.execute("PRAGMA application_id").fetchone()[0] != 0, "no application_id")
        expect(db.execute("PRAGMA user_version").fetchone()[0] > 0, "no user_version")
        for table in ("run", "conversation", "expectation", "finding", "rule", "waiver"):
            db.execute("SELECT count(*) FROM " + table)
        rows = db.execute("SELECT verdict, count(*) AS n FROM v_conversation GROUP BY verdict")
        wanted = {k: v["conversations"] for k, v in report["summary"]["verdicts"].items()
                  if v["conversations"]}
        expect_equal({row["verdict"]: row["n"] for row in rows}, wanted, "v_conversation")
        rows = db.execute("SELECT number, verdict FROM v_finding ORDER BY number").fetchall()
        expect_equal([row["verdict"] for row in rows],
                     [f["verdict"] for f in report["findings"]], "v_finding")
        rows = db.execute("SELECT rule, state FROM v_expectation ORDER BY rule").fetchall()
        expect_equal([tuple(row) for row in rows], sorted(
            (e["rule"], e["status"]) for e in report["expectations"]), "v_expectation")
    db.close()


def product(bench):
    """--product takes the catalogs named, the infrastructure, and no others."""
    redis = capture("redis-on-5672.pcap")
    one = bench.audit("--product", "wso2", "--format", "json", redis).json()
    expect_equal([s["product"] for s in one["sources"]], ["infrastructure", "wso2"], "sources")
    alone = bench.audit("--product", "wso2", "--no-infrastructure", "--format", "json", redis)
    expect_equal([s["product"] for s in alone.json()["sources"]], ["wso2"], "sources of one alone")
    spoke = {c["protocol"]: c["verdict"] for c in one["conversations"]}
    expect_equal(spoke["Redis"], "wrong-protocol", "Redis on the port of AMQP, for WSO2 alone")
    two = bench.audit("--product", "wso2", "--product", "strongdm", "--format", "json", redis)
    expect_equal(sorted(s["product"] for s in two.json()["sources"]),
                 ["infrastructure", "strongdm", "wso2"], "sources of two products")


def verdicts(bench):
    """What pcaps/README.md says of each capture, in the verdicts."""
    wanted = {
        "plain-on-9443.pcap": {(9443, "HTTP"): "wrong-protocol"},
        "refused.pcap": {(1433, None): "refused", (3306, None): "refused"},
        "ssh-on-443.pcap": {(443, "SSH"): "wrong-protocol"},
        "undocumented.pcap": {(33999, "Unknown"): "undocumented", (8099, "HTTP"): "undocumented"},
        "ssh.pcap": {(22, "SSH"): "documented"},
        "postgres.pcap": {(5432, "PostgreSQL"): "documented"},
        "mqtt.pcap": {(1883, "MQTT"): "documented"},
        "syslog.pcap": {(514, "Syslog"): "documented"},
        "snmp.pcap": {(161, "SNMP"): "documented"},
        "ldap.pcap": {(389, "LDAP"): "documented"},
        "web.pcap": {(443, "TLS"): "documented", (8243, "TLS"): "documented",
                     (8280, "HTTP"): "documented"},
    }
    for name, rows in wanted.items():
        talk = bench.audit("--format", "json", capture(name)).json()["conversations"]
        for (port, protocol), verdict in rows.items():
            mine = [c["verdict"] for c in talk
                    if c["port"] == port and protocol in (None, c["protocol"])]
            expect(mine and set(mine) == {verdict}, "%s: %s %s is %r, wanted %s" % (
                name, port, protocol, mine, verdict))


LEVELS = ("wrong-protocol", "wrong-endpoint", "refused", "undocumented", "discouraged",
          "indeterminate")


def fail_on(bench):
    """Exit status 1 on a verdict of the level or one before it; the report is printed anyway."""
    worst = {"ssh-on-443.pcap": "wrong-protocol", "refused.pcap": "refused",
             "undocumented.pcap": "undocumented", "ssh.pcap": None}
    for name, level in worst.items():
        database = bench.database()
        printed = bench.audit("--db", database, capture(name))
        for number, asked in enumerate(LEVELS):
            code = 1 if level is not None and LEVELS.index(level) <= number else 0
            again = bench.run("report", "--db", database, "--fail-on", asked)
            expect_equal(again.code, code, "%s, report --fail-on %s" % (name, asked))
            expect_equal(again.out, printed.out, "the report with --fail-on")
        never = bench.run("report", "--db", database, "--fail-on", "never")
        expect_equal(never.code, 0, name + ", --fail-on never")
    bench.audit("--fail-on", "refused", capture("refused.pcap"), code=1)
    bench.audit("--fail-on", "wrong-endpoint", capture("refused.pcap"), code=0)
    bench.audit("--fail-on", "wrong-endpoint", capture("dns.pcap"), code=0)
    bench.audit("--fail-on", "wrong-endpoint", "--no-infrastructure", capture("dns.pcap"), code=1)
    bench.audit("--fail-on", "refused", "--flows", "-", capture("refused.pcap"), code=1)


def helps(bench):
    general = bench.run("help")
    expect_equal((general.code, general.err), (0, b""), "help")
    expect_equal(bench.run("--help").out, general.out, "--help")
    for command in ("audit", "report", "runs", "catalog", "site", "waiver"):
        expect("\n  %s " % command in general.text(), "help does not name " + command)
        told = bench.run("help", command)
        expect_equal((told.code, told.err), (0, b""), "help " + command)
        expect(told.text().startswith("Usage: flowaudit " + command), "help " + command)
        expect_equal(bench.run(command, "--help").out, told.out, command + " --help")
        for line in told.text().splitlines():
            expect(len(line) <= 100, "help %s: a line of %d columns" % (command, len(line)))
    lines = general.text().splitlines()
    expect(len(lines) <= 24, "the overview has %d lines: no terminal's height" % len(lines))
    for line in lines:
        expect(len(line) <= 80, "the overview has a line of %d columns: %s" % (len(line), line))
    version = bench.run("--version").text()
    expect(version.startswith("flowaudit ") and version.count("\n") == 1, "version: " + version)
    expect_equal(bench.run("audit", "--version").text(), version, "audit --version")


def verb_helps(bench):
    """Each verb has a help of its own, in three ways, with an example and no option of others."""
    for command, verbs in (("catalog", "list show check explain"), ("runs", "list show prune"),
                           ("site", "check expect learn"), ("waiver", "check propose"),
                           ("export", "nftables csv")):
        whole = bench.run("help", command).text()
        for verb in verbs.split():
            told = bench.run("help", command, verb)
            expect_equal((told.code, told.err), (0, b""), "help %s %s" % (command, verb))
            start = "flowaudit %s %s [options]" % (command, verb)
            expect(told.text().startswith("Usage: " + start), told.text()[:100])
            expect(start in whole, "help %s lacks %s" % (command, start))
            expect("Examples:\n  flowaudit %s %s" % (command, verb) in told.text(),
                   "help %s %s has no example" % (command, verb))
            for words in ((command, verb, "--help"), (command, "--help", verb),
                          (command, "-q", verb, "-h"), (command, verb, "--help", "--nonsense")):
                again = bench.run(*words)
                expect_equal((again.code, again.out), (0, told.out), " ".join(words))
    expect("--protocol" in bench.run("help", "catalog", "explain").text(), "catalog explain")
    expect("--protocol" not in bench.run("help", "catalog", "list").text(), "catalog list")
    for command in re.findall(r"(?m)^  ([a-z]+)  ", bench.run("help").text()):
        if command not in ("help", "flowaudit"):
            expect("Examples:\n  flowaudit " + command in bench.run("help", command).text(),
                   "help %s has no example" % command)


def suggestions(bench):
    """What was nearly right is answered with what is right."""
    for words, saying in (
            ("adit x.pcap", '"adit"; did you mean "audit"?'),
            ("help adit", 'did you mean "audit"?'),
            ("x.pcap", "flowaudit audit x.pcap"),
            ("xyzzy", "see flowaudit help"),
            ("--hlep", 'did you mean "--help"?'),
            ("catalog lst", 'none of list, show, check, explain; did you mean "list"?'),
            ("help runs prun", 'did you mean "prune"?'),
            ("site lern", 'did you mean "learn"?'),
            ("waiver propse 3", 'did you mean "propose"?'),
            ("export nftable", 'did you mean "nftables"?'),
            ("audit --prodct x", "did you mean --product?"),
            ("audit --f x", "may be several"),
            ("audit --retain 1d", "--retain is an option of flowaudit capture"),
            ("audit --all=3", "--all takes no value"),
            ("audit -Z", "unknown option -Z"),
            ("audit --site", "--site needs a value"),
            ("audit -o", "--output needs a value"),
            ("audit --color nevr", 'did you mean "never"?'),
            ("audit --fail-on refuse", 'did you mean "refused"?'),
            ("report --format jsn", 'did you mean "json"?'),
            ("catalog show wso --rules " + RULES, 'did you mean "wso2"?'),
            ("catalog list --host x", "--host is for flowaudit catalog explain"),
            ("runs --dry-run", "runs list: --dry-run is for flowaudit runs prune"),
            ("site check --run 3 x", "--run is for flowaudit site learn")):
        bench.fails(*words.split(), saying=(saying,))


def hostile_words(bench):
    """Nothing that was typed reaches the terminal as it is."""
    for words in (("\x1b[31m",), ("audit", "--\x1b[31m"), ("catalog", "\x1b[31m"),
                  ("audit", "--color", "\x1b[31m"), ("help", "runs", "\x1b[31m"), ("-\x1b",),
                  ("audit", "-\x1b"), ("help", "--completion", "\x1b[31m")):
        told = bench.fails(*words)
        expect(b"\x1b" not in told.err and b"\\x1b" in told.err, "%r: %r" % (words, told.err))


def quiet(bench):
    cut = bench.write("cut.pcap", read(capture("web.pcap"))[:5000])
    loud = bench.audit(cut)
    expect_equal(len(loud.messages()), 1, "warnings")
    silent = bench.audit("-q", cut)
    expect_equal(silent.err, b"", "stderr with -q")
    expect_equal(silent.out, loud.out, "the report with -q")


def json_twice(bench):
    """Nothing but the run number tells two runs of a capture apart."""
    reports = [without_id(bench.audit("--format", "json", "pcaps/dns.pcap", cwd=TOP).json())
               for _ in range(2)]
    expect_equal(reports[0], reports[1], "two audits of a file")


def confinement(bench):
    """Who made a run without the sandbox is told so wherever the run is told of."""
    for args, confined in (((), CONFINES), (("--no-sandbox",), False), (("-w", "0"), False)):
        database = bench.database()
        text = bench.audit("--db", database, *args, "pcaps/dns.pcap", cwd=TOP).text()
        told = [line for line in text.splitlines() if line.startswith("NOT CONFINED: ")]
        expect_equal(len(told), int(not confined), "%s: lines that say so" % (args,))
        expect(confined or "--no-sandbox" in told[0], "no word on why: %r" % told)
        shown = bench.run("runs", "show", "--db", database).text()
        expect_equal("NOT CONFINED" in shown, not confined, "runs show")
        for command in (("report",), ("runs", "show")):
            said = bench.run(*command, "--format", "json", "--db", database).json()
            expect_equal(said.get("run", said)["sandboxed"], confined, " ".join(command))


TESTS = [("schema", schema), ("sums", sums), ("flows-sum", flows_sum), ("report", report),
         ("report-all", report_all_in_one), ("output", output), ("colour", colour),
         ("runs", runs), ("database-name", database_name), ("views", views),
         ("product", product), ("verdicts", verdicts), ("fail-on", fail_on), ("help", helps),
         ("verb-help", verb_helps), ("suggestions", suggestions), ("hostile-words", hostile_words),
         ("quiet", quiet), ("json-twice", json_twice),
         ("confinement", confinement)]
