# SPDX-License-Identifier: GPL-3.0-or-later
"""flowaudit drift: which runs are compared, what it says when it cannot, and how it ends."""
import json
import os
import random
import sqlite3

import large
import nights
from support import RULES, Failure, capture, expect, expect_equal, read

NOON = 1772366400 * 1000000  # 2026-03-01T12:00:00Z


class Runs:
    """Runs in one database, each of some packets at some time."""

    def __init__(self, bench, name="runs.db"):
        self.bench = bench
        self.database = bench.path(name)

    def audit(self, name, begin, *captures, more=()):
        """A replay; BEGIN in hours since the first of March 2026, noon."""
        packets = []
        for one in captures or ("web.pcap",):
            packets += nights.load(read(capture(one)))
        path = self.bench.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(nights.save(nights.at(packets, NOON + int(begin * 3600) * 1000000)))
        done = self.bench.run("audit", "--rules", RULES, "--db", self.database, "-o", os.devnull,
                              *more, path)
        expect_equal(done.code, 0, "audit: %s" % done.err.decode())

    def drift(self, *args, code=None):
        done = self.bench.run("drift", "--db", self.database, "--format", "json", *args)
        if code is not None:
            expect_equal(done.code, code, "%s: %s" % (args, done.err.decode()))
        self.told = done.err.decode()
        return done.json()

    def sides(self, *args):
        """The last runs of both sides."""
        drift = self.drift(*args)
        return tuple(drift[side]["last_run"] for side in ("before", "now"))

    def fails(self, *args, saying):
        self.bench.fails("drift", "--db", self.database, *args, saying=saying)

    def change(self, sql, *values):
        with sqlite3.connect(self.database) as db:
            db.execute(sql, values)
        db.close()


def choice(bench):
    """The newest night and the one before it, of one source, whatever else there is."""
    r = Runs(bench)
    r.audit("tap-20260301.pcap", 0)
    r.fails(saying=["one run only", "run audit again tomorrow"])
    r.audit("wan-20260301.pcap", 1)
    r.fails(saying=["run 2 is the only night of its source", "--any-source"])
    expect_equal(r.sides("--any-source"), (1, 2), "of any source")
    r.audit("tap-20260302.pcap", 24, "web.pcap", "ssh.pcap")
    r.audit("wan-20260302.pcap", 25)
    expect_equal(r.sides(), (2, 4), "the newest")
    expect_equal(r.sides("--source", "tap-"), (1, 3), "of a source")
    expect_equal(r.sides("--source", "*/tap-*.pcap"), (1, 3), "of a pattern")
    expect_equal(r.sides("--run", "3"), (1, 3), "of a run")
    expect_equal(r.sides("--run", "1", "--against", "3"), (3, 1), "of two runs")
    expect_equal(r.sides("--any-source"), (3, 4), "of any source")
    # Read late, though of before.
    r.audit("tap-20260228.pcap", -24)
    expect_equal(r.sides("--run", "1"), (5, 1), "by the times of packets")
    expect_equal(r.sides("--source", "tap"), (1, 5), "the newest was read last")
    expect("with packets of later" in r.drift("--source", "tap")["before"]["chosen"], "why")


def repeated(bench):
    """The same night twice is one night, and the later run stands for it."""
    r = Runs(bench)
    r.audit("a/tap-20260301.pcap", 0)
    r.audit("b/tap-20260301.pcap", 0)
    r.fails("-q", saying=["have read the same packets", "--against N"])
    r.audit("tap-20260302.pcap", 24)
    r.audit("tap-20260302.pcap", 24)
    expect_equal(r.sides(), (2, 4), "nights")
    expect("run 3 read the same packets" in r.told and "run 4 takes its place" in r.told, r.told)
    expect_equal(r.sides("--run", "3"), (2, 3), "a run that was asked for")


def numbers(bench):
    """Names that differ by a short number are one source where nothing else is, and it is said."""
    r = Runs(bench)
    r.audit("night1.pcap", 0)
    r.audit("night2.pcap", 24)
    expect_equal(r.sides(), (1, 2), "nights")
    expect("differ by a number" in r.told, r.told)


def running(bench):
    """A run that is still written is left out, and said to be."""
    r = Runs(bench)
    for night in range(3):
        r.audit("tap-2026030%d.pcap" % (night + 1), 24 * night)
    r.change("UPDATE run SET ending = 'unfinished' WHERE id = 3")
    expect_equal(r.sides(), (1, 2), "nights")
    expect("run 3 of the same source is still written" in r.told, r.told)
    expect_equal(r.sides("--run", "3"), (2, 3), "a run that was asked for")
    expect("run 3 has not ended" in r.told, r.told)
    r.change("UPDATE run SET ending = 'unfinished'")
    r.fails(saying=["no run has ended yet"])


def reloaded(bench):
    """A day of a capture that a reload has parted is one night."""
    r = Runs(bench)
    for begin in (0, 24, 28, 48, 51, 53):
        r.audit("tap-202603%02d.pcap" % (begin + 1), begin)
    r.change("UPDATE run SET kind = 'live', source = 'eth1', committed_ns = last_ns")
    drift = r.drift("--max-age", "52w", code=None)
    expect_equal([(drift[s]["first_run"], drift[s]["last_run"], drift[s]["runs"])
                  for s in ("before", "now")], [(2, 3, 2), (4, 6, 3)], "nights")


def databases(bench):
    r = Runs(bench)
    r.audit("tap-20260302.pcap", 24)
    old = Runs(bench, "old:1.db")
    old.audit("tap-20260301.pcap", 0)
    old.audit("tap-20260301.pcap", 2)
    old.audit("wan-20260301.pcap", 3)
    for args, run in ((["--against", old.database], 2), (["--against", old.database + ":1"], 1)):
        drift = r.drift(*args)
        expect_equal(drift["before"]["last_run"], run, "run of another database")
        expect("old:1.db" in drift["before"]["chosen"], drift["before"]["chosen"])
    r.fails("--against", old.database + ":9", saying=["no run 9", "newest is 3"])
    r.fails("--against", bench.path("none.db"), saying=["none.db"])
    expect(not os.path.exists(bench.path("none.db")), "a database was made")
    r.fails("--against", "1", saying=["compared with itself"])


def baselines(bench):
    r = Runs(bench)
    for night in range(3):
        r.audit("tap-2026030%d.pcap" % (night + 1), 24 * night)
    r.fails("--baseline", "good", saying=["no baseline", "runs baseline good N"])

    def runs(*args, code=0):
        done = bench.run("runs", *args, "--db", r.database)
        expect_equal(done.code, code, "%s: %s" % (args, done.err.decode()))
        return done
    expect("no run is a baseline" in runs("baseline").text(), "without one")
    expect("run 1 is the baseline good" in runs("baseline", "good", "1").err.decode(), "naming")
    runs("baseline", "old-one", "1")
    runs("baseline", "newest")
    expect_equal(r.sides("--baseline", "good"), (1, 3), "with a baseline")
    expect_equal(r.drift("--baseline", "good")["before"]["chosen"], "baseline good", "why")
    r.fails("--baseline", "goo", saying=["good, newest, old-one"])
    listed = json.loads(runs("list", "--format", "json").out)["runs"]
    expect_equal([run["baselines"] for run in listed], [["good", "old-one"], [], ["newest"]],
                 "baselines of runs")
    text = runs("list", "--width", "160").text()
    expect("baseline good, old-one: " in text, text)
    named = json.loads(runs("baseline", "--format", "json").out)["baselines"]
    expect_equal([(one["name"], one["run"]) for one in named],
                 [("good", 1), ("newest", 3), ("old-one", 1)], "baselines")
    runs("baseline", "good", "2")
    expect_equal(r.sides("--baseline", "good"), (2, 3), "a name that moved")
    runs("baseline", "--remove", "good")
    bench.fails("runs", "baseline", "--remove", "good", "--db", r.database,
                saying=["no baseline \"good\""])
    bench.fails("runs", "baseline", "--remove", "--db", r.database, saying=["needs the name"])
    bench.fails("runs", "baseline", "a b", "--db", r.database, saying=["not a name"])
    bench.fails("runs", "baseline", "x", "99", "--db", r.database, saying=["99"])
    bench.fails("runs", "baseline", "x", "y", "--db", r.database, saying=["not a run number"])
    bench.fails("runs", "baseline", "x", "--db", bench.path("none.db"), saying=["none.db"])
    expect(not os.path.exists(bench.path("none.db")), "a database was made")


def times(bench):
    """Windows: buckets that begin in a time, in however many runs."""
    r = Runs(bench)
    r.audit("tap-20260301.pcap", 0)
    r.audit("tap-20260302.pcap", 24)
    r.audit("tap-20260302b.pcap", 26, "ssh.pcap")
    args = ("--from", "2026-03-02", "--to", "2026-03-03")
    drift = r.drift(*args, "--source", "tap-")
    expect_equal([(drift[s]["first_run"], drift[s]["last_run"]) for s in ("before", "now")],
                 [(1, 1), (2, 3)], "runs of days")
    expect_equal(drift["now"]["chosen"], "2026-03-02 00:00 .. 2026-03-03 00:00 UTC", "words")
    expect(any(one["section"] == "appeared" and one["port"] == 22
               for one in drift["differences"]), "ssh appeared")
    drift = r.drift(*args, "--source", "tap-", "--shift", "23h")
    expect_equal(drift["before"]["chosen"], "2026-03-01 01:00 .. 2026-03-02 01:00 UTC", "shifted")
    # An hour of a run.
    drift = r.drift("--from", "2026-03-02T12:00Z", "--to", "2026-03-02T13:00Z", "--shift", "1d",
                    "--source", "tap-", code=0)
    expect_equal(drift["now"]["last_run"], 2, "run of an hour")
    drift = r.drift("--from", "2026-03-02T12:00Z", "--to", "2026-03-02T13:00Z", "--against", "1")
    expect_equal(drift["before"]["last_run"], 1, "a time against a run")
    drift = r.drift("--since", "2026-03-02", "--source", "tap-")
    expect_equal(drift["now"]["last_run"], 3, "until what there is")
    r.fails("--since", "12h", "--source", "tap-", saying=["nothing was seen", "2026-03-01 12:00"])
    r.fails(*args, "--shift", "300d", saying=["nothing was seen", "runs nights"])
    r.fails("--from", "2026-03-02", "--to", "2026-03-01", saying=["ends before it begins"])


def combinations(bench):
    """Options that contradict each other, and values that are none: what to do about it."""
    r = Runs(bench)
    r.audit("tap-20260301.pcap", 0)
    for args, saying in (
            (["--from", "today", "--since", "today"], "--since"),
            (["--to", "today"], "--to needs"),
            (["--run", "1", "--since", "today"], "--run names a run"),
            (["--against", "1", "--baseline", "x"], "--against"),
            (["--shift", "1d"], "--shift moves a time"),
            (["--since", "today", "--shift", "1d", "--against", "1"], "--shift says"),
            (["--source", "x", "--any-source"], "--any-source"),
            (["--source", "nosuch"], "nosuch"),
            (["--run", "7"], "no run 7"),
            (["--from", "yesterdy"], "is not a time"),
            (["--factor", "1"], "a number from 2"),
            (["--fail-on", "sometimes"], "any, none"),
            (["--format", "pdf"], "pdf"),
            (["7"], "one argument too many")):
        r.fails(*args, saying=[saying])


def levels(bench):
    """--fail-on: any difference, none, or a verdict."""
    r = Runs(bench)
    r.audit("tap-20260301.pcap", 0)
    r.audit("tap-20260302.pcap", 24, "web.pcap", "undocumented.pcap")
    r.audit("tap-20260303.pcap", 48, "web.pcap", "undocumented.pcap")
    for args, code in (((), 1), (("--fail-on", "any"), 1), (("--fail-on", "none"), 0),
                       (("--fail-on", "never"), 0), (("--fail-on", "undocumented"), 1),
                       (("--fail-on", "wrong-protocol"), 0)):
        r.drift("--run", "2", *args, code=code)
    r.drift("--run", "3", code=0)
    # Vanished: what it was.
    r.drift("--run", "1", "--against", "2", "--fail-on", "undocumented", code=1)


def gaps(bench):
    """Nights that are missing: between two, since the last, and never where nobody can know."""
    r = Runs(bench)
    for night in (1, 2, 3, 4, 5, 9):
        r.audit("tap-202603%02d.pcap" % night, 24 * (night - 1))

    def missing(*args):
        return [one["subject"] for one in r.drift(*args)["differences"] if one["aspect"] == "gap"]
    expect_equal(missing(), ["no run on 2026-03-06, 2026-03-07, 2026-03-08"], "missing nights")
    expect_equal(missing("--run", "6"), [], "of a run that was named")
    r.drift("--fail-on", "wrong-protocol", code=1)
    r.change("DELETE FROM run WHERE id = 6")
    expect_equal(missing(), [], "missing nights")
    r.change("UPDATE run SET begun_ns = begun_ns - ?, committed_ns = 0", 35 * 3600 * 10 ** 9)
    expect_equal(missing(), [], "35 hours later")
    r.change("UPDATE run SET begun_ns = begun_ns - ?", 2 * 3600 * 10 ** 9)
    expect_equal(len(missing()), 1, "37 hours later")
    expect(missing()[0].startswith("no new run since 20"), missing()[0])
    expect_equal(missing("--max-age", "40h"), [], "with --max-age")
    text = bench.run("runs", "nights", "--db", r.database).text()
    expect("no run" not in text, text)
    r.audit("tap-20260307.pcap", 144)
    text = bench.run("runs", "nights", "--db", r.database).text()
    lines = [line for line in text.splitlines() if line.startswith("2026-03-06")]
    expect(len(lines) == 1 and "no run" in lines[0], text)
    rows = bench.run("runs", "nights", "--db", r.database, "--format", "json").json()["nights"]
    expect_equal([row["night"] for row in rows], ["2026-03-0%d" % n for n in range(1, 8)],
                 "nights")
    expect_equal([len(row["runs"]) for row in rows], [1, 1, 1, 1, 1, 0, 1], "runs of nights")


def nights_of_sources(bench):
    r = Runs(bench)
    r.audit("tap-20260301.pcap", 0, "undocumented.pcap")
    r.audit("wan-20260301.pcap", 0)
    r.audit("tap-20260302.pcap", 24)

    def rows(*args):
        return bench.run("runs", "nights", "--db", r.database, "--format", "json",
                         *args).json()["nights"]
    expect_equal([row["runs"] for row in rows()], [[1], [3]], "of the newest source")
    expect_equal([row["runs"] for row in rows("--source", "wan")], [[2]], "of a source")
    expect_equal([row["runs"] for row in rows("--any-source")], [[1], [2], [3]], "of any")
    first = rows()[0]
    shown = bench.run("report", "--db", r.database, "--run", "1", "--format", "json").json()
    expect_equal((first["findings"], first["conversations"], first["packets"]),
                 (len(shown["findings"]), shown["run"]["conversations"], shown["run"]["packets"]),
                 "sums")
    expect_equal(sum(first["findings_by_verdict"].values()), first["findings"], "by verdict")
    text = bench.run("runs", "nights", "--db", r.database).text()
    expect("Other sources" in text and "wan-20260301.pcap" in text, text)
    expect(max(map(len, text.splitlines())) <= 100, "width of\n" + text)
    bench.fails("runs", "nights", "--db", r.database, "--source", "nosuch", saying=["nosuch"])
    bench.fails("runs", "list", "--db", r.database, "--source", "x", saying=["runs nights"])


def losses(bench):
    """Whatever losses make is said to be from them, whichever side they are on."""
    base = nights.load(read(capture("lab-wso2.pcap")))
    r = Runs(bench)

    def audit(day, packets):
        path = bench.write("tap-202603%02d.pcap" % day,
                           nights.save(nights.at(packets, NOON + day * nights.DAY)))
        bench.run("audit", "--rules", RULES, "--db", r.database, "-o", os.devnull, "--site",
                  capture("lab-wso2.site.yaml"), path)
    audit(1, base)
    for day, share in ((2, 0.02), (3, 0.3), (4, 0.6)):
        audit(day, nights.lossy(base, share, day))
        for now, before in ((day, 1), (1, day)):
            for one in r.drift("--run", now, "--against", before)["differences"]:
                if one["cause"] != "coverage" and not one["maybe"]:
                    raise Failure("%g%% lost: not said of %s" % (100 * share, one["what"]))


def bursts(bench):
    """A capture that lost whole flows, as a ring that is full does: the kernel has counted them."""
    base = nights.load(read(capture("lab-deviations.pcap")))
    dice = random.Random(5)
    lost = {ends for ends in sorted({tuple(sorted(one.ends())) for one in base if one.ends()})
            if dice.random() < 0.3}
    kept = [one for one in base if not one.ends() or tuple(sorted(one.ends())) not in lost]
    r = Runs(bench)
    for day, packets in ((1, base), (2, kept)):
        path = bench.write("tap-202603%02d.pcap" % day,
                           nights.save(nights.at(packets, NOON + day * nights.DAY)))
        bench.run("audit", "--rules", RULES, "--db", r.database, "-o", os.devnull, "--site",
                  capture("lab-deviations.site.yaml"), path)
    r.change("UPDATE run SET kind = 'live', source = 'eth1', committed_ns = last_ns")
    r.change("UPDATE run SET dropped_kernel = ? WHERE id = 2", len(base) - len(kept))
    for args in ((), ("--run", "1", "--against", "2")):
        drift = r.drift("--max-age", "52w", *args)["differences"]
        expect(len(drift) > 10 and any(one["aspect"] == "loss" for one in drift), "%r" % drift)
        for one in drift:
            if one["cause"] != "coverage" and not one["maybe"]:
                raise Failure("not said to be lost: %s" % one["what"])


def size(bench):
    """Two databases of 50,000 conversations each: in bounded time and memory."""
    paths = []
    for seed in (1, 2):
        r = Runs(bench, "large%d.db" % seed)
        r.audit("tap-2026030%d.pcap" % seed, 24 * seed)
        large.grow(r.database, 50000, seed)
        paths.append(r.database)
    done = bench.run("drift", "--db", paths[1], "--against", paths[0], "--format", "json",
                     timeout=15)
    relations = done.json()["relations"]
    expect(relations["now"] > 10000, "relations: %r" % relations)


TESTS = [("choice", choice), ("repeated", repeated), ("numbers", numbers), ("running", running),
         ("reloaded", reloaded), ("databases", databases), ("baselines", baselines),
         ("times", times), ("combinations", combinations), ("levels", levels), ("gaps", gaps),
         ("nights", nights_of_sources), ("losses", losses), ("bursts", bursts),
         ("size", size)]
