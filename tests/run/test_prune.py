# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps a database bounded: runs prune; and how the list shows live runs."""
import difflib
import fcntl
import os
import re
import sqlite3
import struct
import time

from support import CAPTURES, TOP, expect, expect_equal, read

ALL = ["pcaps/" + name for name in CAPTURES]
DAY_NS = 86400 * 10**9


def change(path, *statements):
    db = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        db.execute(statement)
    db.close()


def ask(path, statement):
    db = sqlite3.connect(path, isolation_level=None)
    try:
        return db.execute(statement).fetchall()
    finally:
        db.close()


def check_whole(path):
    expect_equal(ask(path, "PRAGMA integrity_check"), [("ok",)], "integrity")
    expect_equal(ask(path, "PRAGMA foreign_key_check"), [], "rows that refer to nothing")


def make_live(path):
    """As if the runs had been captured a hundred days before: with a window for each bucket."""
    columns = [row[1] for row in ask(path, "PRAGMA table_info(window)")]
    values = {"run": "run", "n": "row_number() OVER (ORDER BY bucket_ns)", "begun_ns": "bucket_ns",
              "ended_ns": "bucket_ns + 1000000000", "conversations": "count(*)",
              "first_ns": "bucket_ns", "last_ns": "bucket_ns", "packets": "sum(packets_to_server + packets_to_client)",
              "flows": "sum(flows)"}
    change(path, "UPDATE run SET kind = 'live'",
           "UPDATE conversation SET bucket_ns = bucket_ns - 100 * %d" % DAY_NS,
           "INSERT INTO window (%s) SELECT %s FROM conversation GROUP BY run, bucket_ns" % (
               ", ".join(columns), ", ".join(values.get(name, "0") for name in columns)))


def report_of(bench, database):
    """The report of the newest run; its windows apart, as sums."""
    report = bench.run("report", "--db", database, "--format", "json").json()
    windows = report["run"].pop("windows")
    return report, {key: sum(one[key] for one in windows) for key in ("packets", "flows")}


def text_of(bench, database, *what):
    """What does not speak of windows."""
    lines = bench.run(*what, "--width", "400", "--db", database).text().splitlines()
    return [line for line in lines if "window" not in line]


def rolled_up(bench):
    """Reports of a run stay as they are when its windows become days, but for the windows."""
    database = bench.database()
    bench.audit("--db", database, "--bucket", "1s", *ALL, cwd=TOP)
    make_live(database)
    texts = (("report",), ("report", "--all"), ("runs", "list"))
    before = report_of(bench, database)
    text_before = [text_of(bench, database, *what) for what in texts]
    rows = ask(database, "SELECT count(*) FROM conversation")[0][0]
    days = ask(database, "SELECT count(*), sum(n) FROM (SELECT count(*) AS n FROM window "
                         "GROUP BY begun_ns / %d HAVING count(*) > 1)" % DAY_NS)[0]
    sums = ask(database, "SELECT sum(conversations), sum(packets), min(begun_ns), max(ended_ns) "
                         "FROM window")

    pruned = bench.run("runs", "prune", "--older-than", "never", "--db", database,
                       "--format", "json")
    told = pruned.json()
    left = ask(database, "SELECT count(*) FROM conversation")[0][0]
    expect_equal((told["runs"], told["days"], told["windows"]), (0,) + days, "what was done")
    expect(told["days"] > 0 and left < rows, "%d rows, then %d" % (rows, left))
    expect_equal(told["rows_before"] - told["rows_after"], rows - left, "rows")
    expect_equal(told["removed_before"], None, "removed before")
    expect_equal(report_of(bench, database), before, "report")
    for what, old in zip(texts, text_before):
        lines = difflib.unified_diff(old, text_of(bench, database, *what), lineterm="", n=0)
        expect_equal(list(lines), [], " ".join(what))
    expect_equal(ask(database, "SELECT sum(conversations), sum(packets), min(begun_ns), "
                               "max(ended_ns) FROM window"), sums, "sums of the windows")
    doubles = ask(database, "SELECT count(*) FROM conversation GROUP BY run, bucket_ns / %d, "
                            "client, server, transport, port, protocol, application, host, "
                            "client_port, fragment, tunnel, tunnel_id, detection, direction, "
                            "judgement HAVING count(*) > 1" % DAY_NS)
    expect_equal(doubles, [], "rows of one day that are the same")
    check_whole(database)


def evidence(bench):
    """The packets of a finding are found as before."""
    database = bench.database()
    bench.audit("--db", database, "--bucket", "1s", "pcaps/undocumented.pcap", cwd=TOP)
    make_live(database)
    cut = ("evidence", "1.1", "--db", database, "-o")
    first = bench.run(*cut, bench.path("a.pcap"))
    expect_equal(first.code, 0, "evidence: %s" % first.err)
    bench.run("runs", "prune", "--older-than", "never", "--db", database)
    expect_equal(bench.run(*cut, bench.path("b.pcap")).code, 0, "evidence")
    expect_equal(read(bench.path("a.pcap")), read(bench.path("b.pcap")), "packets")


def old_runs(bench):
    """Old runs go, the others stay as they are; the sentence says what was done."""
    database = bench.database()
    for name in ("web", "dns", "refused"):
        bench.audit("--db", database, "pcaps/%s.pcap" % name, cwd=TOP)
    change(database, "UPDATE run SET begun_ns = begun_ns - 100 * {0}, first_ns = first_ns - 100 * "
                     "{0}, last_ns = last_ns - 100 * {0} WHERE id < 3".format(DAY_NS))
    kept = bench.run("report", "--db", database, "--format", "json").out
    before = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 90 * 86400))

    def prune(*more):
        return bench.run("runs", "prune", "--db", database, *more)

    size = os.path.getsize(database)
    dry = prune("--dry-run")
    expect(re.fullmatch(r"2 runs of before %s would be removed; about [\d.]+ [kM]B would be given "
                        r"back\n" % before, dry.out.decode()), "dry run: %r" % dry.out)
    expect_equal(len(ask(database, "SELECT id FROM run")), 3, "runs after a dry run")
    for more in (("--keep", "3"), ("--older-than", "never"), ("--older-than", "100000d")):
        told = prune(*more).text()
        expect(told.startswith("nothing to prune"), "%s: %r" % (more, told))
    expect_equal(prune("--keep", "2").text().split(",")[0].split(";")[0],
                 "1 run of before %s removed" % before, "--keep 2")
    done = prune("--format", "json").json()
    expect_equal((done["runs"], done["dry_run"], done["space"]), (1, False, "given-back"), "done")
    expect(done["bytes_given_back"] > 0 and os.path.getsize(database) < size,
           "%r, %d bytes and now %d" % (done, size, os.path.getsize(database)))
    again = prune().text()
    expect(again.startswith("nothing to prune: no runs of before %s, and no days to roll up" %
                            before), "again: %r" % again)
    expect_equal(bench.run("report", "--db", database, "--format", "json").out, kept, "the other")
    expect_equal(prune("--older-than", "0").text().split(";")[0].split(" of ")[0], "1 run", "all")
    for table in ("conversation", "finding", "host", "judgement", "catalog", "rule"):
        expect_equal(ask(database, "SELECT count(*) FROM " + table), [(0,)], table)
    check_whole(database)


def mistakes(bench):
    database = bench.database()
    missing = bench.path("missing.db")
    bench.fails("runs", "prune", "--db", missing, saying=("no such database",))
    bench.fails("runs", "prune", "--dry-run", "--db", missing, saying=("no such database",))
    expect(not os.path.exists(missing), "a database was made")
    bench.fails("runs", "prume", saying=("prume", "list, show, nights, baseline, prune", 'mean "prune"'))
    bench.fails("runs", "\x1b[31m", saying=("\\x1b",))
    bench.fails("runs", "prune", "3", saying=("runs prune: too many",))
    bench.fails("runs", "prune", "--rollup", "23h", saying=("--rollup", "at least 1d"))
    bench.fails("runs", "prune", "--older-than", "soon", saying=("--older-than", "90d"))
    bench.fails("runs", "prune", "--keep", "-1", saying=("--keep",))
    bench.audit("--db", database, "pcaps/web.pcap", cwd=TOP)
    bench.fails("runs", "prune", "--db", database, "--format", "yaml", saying=("yaml",))
    bench.fails("runs", "prune", "--older-than", "0", "--db", database, "-o", "/nowhere/a",
                saying=("/nowhere",))
    expect_equal(len(ask(database, "SELECT id FROM run")), 1, "pruned without saying so")


def older_version(bench):
    """A database that cannot give room back is written anew once, by who has it alone."""
    database = bench.database()
    for name in ("web", "dns"):
        bench.audit("--db", database, "pcaps/%s.pcap" % name, cwd=TOP)
    change(database, "UPDATE run SET begun_ns = 0, last_ns = 0 WHERE id = 1",
           "PRAGMA auto_vacuum = 0", "VACUUM", "PRAGMA journal_mode = WAL")
    size = os.path.getsize(database)
    reader = sqlite3.connect(database, isolation_level=None)
    reader.execute("SELECT * FROM run").fetchall()
    told = bench.run("runs", "prune", "--db", database)
    expect_equal(told.code, 0, "prune")
    expect("when no other program has it open" in told.text(), "in use: %r" % told.text())
    expect(os.path.getsize(database) == size, "the file became smaller")
    reader.close()
    told = bench.run("runs", "prune", "--db", database).text()
    expect(re.fullmatch(r"[\d.]+ [kM]B given back\n", told), "alone: %r" % told)
    expect(os.path.getsize(database) < size, "the file did not become smaller")
    expect_equal(ask(database, "PRAGMA auto_vacuum"), [(2,)], "auto_vacuum")
    check_whole(database)


def killed(bench):
    """Killed at any time, and done again: as if nothing had happened."""
    database = bench.database()
    bench.audit("--db", database, "--bucket", "1s", *ALL, cwd=TOP)
    bench.audit("--db", database, "--bucket", "1s", *ALL, cwd=TOP)
    make_live(database)
    change(database, "UPDATE run SET begun_ns = 0, last_ns = 0 WHERE id = 1")
    before = report_of(bench, database)
    prune = ("runs", "prune", "--db", database)
    for wait in (0.0, 0.004, 0.008, 0.012, 0.02, 0.03, 0.05):
        process = bench.start(*prune)
        time.sleep(wait)
        process.kill()
        process.communicate()
        expect_equal(ask(database, "PRAGMA integrity_check"), [("ok",)], "integrity")
        expect_equal(report_of(bench, database), before, "report after %g s" % wait)
    expect_equal(bench.run(*prune).code, 0, "prune")
    expect_equal(ask(database, "SELECT DISTINCT run FROM conversation"), [(2,)], "runs")
    expect_equal(report_of(bench, database), before, "report")
    check_whole(database)


def live_runs(bench):
    """A run that somebody writes stays, however old it is; the list tells."""
    database = bench.database()
    for name in ("web", "dns"):
        bench.audit("--db", database, "pcaps/%s.pcap" % name, cwd=TOP)
    change(database, "UPDATE run SET kind = 'live', ending = 'unfinished', begun_ns = 1, "
                     "last_ns = 2, committed_ns = 1763766000000000000")
    # as a capture of run 2 holds it: an open file description lock on that byte
    with open(database + "-live", "wb") as file:
        fcntl.fcntl(file, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 2, 1, 0))
        listed = bench.run("runs", "list", "--db", database).text()
        told = bench.run("runs", "prune", "--older-than", "0", "--db", database).text()
    expect(re.search(r"(?m)^ +1 .* interrupted ", listed) and
           re.search(r"(?m)^ +2 .* running ", listed), listed)
    expect(max(map(len, listed.splitlines())) <= 100, listed)
    expect(told.startswith("1 run of before"), told)
    expect_equal(ask(database, "SELECT id FROM run"), [(2,)], "the run that is written")
    gone = bench.run("runs", "prune", "--older-than", "0", "--db", database).text()
    expect(gone.startswith("1 run of before"), gone)


TESTS = (("rolled-up", rolled_up), ("evidence", evidence), ("old-runs", old_runs),
         ("mistakes", mistakes), ("older-version", older_version), ("killed", killed),
         ("live-runs", live_runs))
