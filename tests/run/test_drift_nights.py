# SPDX-License-Identifier: GPL-3.0-or-later
"""
Drift over a series of nights: each is the night before with one change, and the report on it names
that change, what made it, and nothing else.
"""
import os
import shutil

import nights
from support import RULES, capture, expect, expect_equal, read

BEGIN = 1772330400 * 1000000  # 2026-03-01T02:00:00Z
SCREEN = 24

WAIVERS = b"""format: 1
waivers:
  - id: legacy-items
    owner: Jo Example
    reason: until the plant is replaced
    expires: 2026-03-07
    client: 10.51.0.0/26
    server: 10.51.8.1
    transport: tcp
    port: 2323
    protocol: any
  - id: plain-ldap-cr2
    owner: Kim Example
    reason: gets its certificate next month
    expires: 2099-12-31
    client: 10.51.1.12
    server: 10.51.1.20
    transport: tcp
    port: 636
    protocol: LDAP
"""

# Told from the day before its last day on, until somebody acts.
EXPIRING = ("waivers", "expiring", "waiver", "legacy-items")

# What a difference is about, of all that is said of it.
ABOUT = ("section", "aspect", "cause")


def edited(path, old, new):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    expect_equal(text.count(old), 1, "places to edit in " + path)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(old, new))


class Series:
    """Nights of one source in one database."""

    def __init__(self, bench):
        self.bench = bench
        self.packets = nights.load(read(capture("lab-deviations.pcap")))
        self.database = bench.path("nights.db")
        self.rules = bench.path("rules")
        self.site = bench.path("site.yaml")
        shutil.copytree(RULES, self.rules)
        shutil.copy(capture("lab-deviations.site.yaml"), self.site)
        shutil.copy(capture("lab-deviations.as.txt"), bench.path("lab-deviations.as.txt"))
        self.waivers = bench.write("waivers.yaml", WAIVERS)

    def audit(self, day, packets=None):
        """The night of that day of March, of these packets or of those of the series."""
        folder = self.bench.path("2026-03-%02d" % day)
        os.makedirs(folder, exist_ok=True)
        night = nights.at(packets or self.packets, BEGIN + (day - 1) * nights.DAY)
        path = os.path.join(folder, "tap-202603%02d.pcap" % day)
        with open(path, "wb") as file:
            file.write(nights.save(night))
        done = self.bench.run("audit", "--rules", self.rules, "--db", self.database, "--site",
                              self.site, "--waivers", self.waivers, "-o", os.devnull, path)
        expect_equal((done.code, done.err), (0, b""), "audit of night %d" % day)

    def drift(self, *args, code=1):
        """The differences as JSON, after a look at the text: it fits a screen."""
        args = ("drift", "--db", self.database, "--expiring", "1") + args
        text = self.bench.run(*args)
        expect_equal(text.code, code, "exit status of %s: %s%s" % (
            " ".join(args), text.out.decode(), text.err.decode()))
        lines = text.text().splitlines()
        expect(len(lines) <= SCREEN, "%d lines:\n%s" % (len(lines), text.text()))
        self.text = text.text()
        return self.bench.run(*args, "--format", "json").json()["differences"]


def brief(difference):
    """What it is, and where."""
    where = difference["subject"] or difference["server"] or ""
    if difference["port"] and not difference["subject"]:
        where += ":%d" % difference["port"]
    return tuple(difference[name] for name in ABOUT) + (where,)


def check(differences, *wanted):
    got = sorted(brief(one) for one in differences)
    expect_equal(got, sorted(wanted), "differences")


def series(bench):
    s = Series(bench)
    s.audit(1)
    s.bench.fails("drift", "--db", s.database, saying=["one run only", "tomorrow"])

    s.audit(2)
    check(s.drift(code=0))
    expect("NO DRIFT" in s.text, s.text)

    # A new pool of clients.
    s.packets = nights.with_clients(s.packets, ("10.51.2.9", 9444), "10.51.0.21",
                                    ["10.77.0.5", "10.77.0.6"])
    s.audit(3)
    check(s.drift(), ("appeared", "clients", "traffic", "api-prod/cluster-member+api-manager:9444"))

    # A service is at another server.
    s.packets = nights.moved(s.packets, ("10.51.8.1", 3306), ("10.51.8.2", 3306))
    s.audit(4)
    moved = s.drift()
    check(moved, ("changed", "moved", "traffic", "10.51.8.2:3306"))
    expect("10.51.8.1" in moved[0]["server_before"], "where it was: %r" % moved[0])

    # Another protocol.
    s.packets = nights.spoken(s.packets, ("10.51.2.9", 8280), ("10.51.2.9", 8244))
    s.audit(5)
    check(s.drift(), ("changed", "protocol", "traffic", "api-prod/cluster-member+api-manager:8280"))

    # A catalog has another row.
    edited(os.path.join(s.rules, "arcgis-server.yaml"),
           """        advice:
          value: discouraged
          reason: "plaintext; less secure than HTTPS on 6443, which is the only way in by default"
""", "")
    s.audit(6)
    check(s.drift(), ("changed", "verdict", "catalog", "gis/arcgis-server:6080"),
          ("coverage", "basis", "catalog", "catalog arcgis-server is another version"), EXPIRING)

    # The site names the new pool.
    edited(s.site, 'office: [10.51.0.0/26, "fd00:51::/64"]',
           'office: [10.51.0.0/26, 10.77.0.0/24, "fd00:51::/64"]')
    s.audit(7)
    check(s.drift(), ("changed", "verdict", "site", "api-prod/cluster-member+api-manager:9444"),
          ("coverage", "basis", "site", "site file lab-deviations is another version"), EXPIRING)

    # A waiver has expired.
    s.audit(8)
    check(s.drift(), ("changed", "verdict", "waiver", "10.51.8.1:2323"),
          ("waivers", "expired", "waiver", "legacy-items"))

    # A night with losses: whatever is not there says that it may have been lost.
    s.audit(9, nights.lossy(s.packets, 0.3, 9))
    lost = s.drift()
    expect(any(brief(one)[:2] == ("coverage", "loss") for one in lost), "no word of the loss")
    for one in lost:
        expect(one["cause"] == "coverage" or one["maybe"], "not said to be lost: %r" % one)

    # No night on the tenth.
    s.audit(11)
    gap = ("coverage", "gap", "coverage", "no run on 2026-03-10")
    check(s.drift("--against", "8"), gap)
    back = s.drift()
    expect(gap in [brief(one) for one in back], "no word of the missing night: %r" % back)
    for one in back:
        expect(one["cause"] == "coverage" or one["maybe"], "not said to be lost: %r" % one)

    # A port scan is one line.
    s.audit(12, nights.scanned(s.packets, "10.51.98.7",
                               ["10.51.1.%d" % n for n in range(11, 60)], range(1, 40)))
    check(s.drift(), ("appeared", "sweep", "traffic", ""))


def against_file(bench):
    """A run of another database, by its number: reports name the file that it is of."""
    ours, theirs = bench.path("ours.db"), bench.path("a-name-long-enough-to-be-moved.db")
    for database in ours, theirs, theirs:
        bench.audit("--db", database, capture("web.pcap"))
    for named in theirs, theirs + ":1":
        made = bench.run("drift", "--db", ours, "--against", named, "--format", "json").json()
        expect_equal(made["before"]["database"], theirs, "database of the earlier side, " + named)


def too_long_ago(bench):
    """A time as long before the first one that can be: said, in place of a time that is none."""
    database = bench.database()
    bench.audit("--db", database, capture("web.pcap"))
    bench.fails("drift", "--db", database, "--since", "106751d", saying=("shift",))


def no_packets(bench):
    """Runs whose filter let nothing pass saw nothing, at no time."""
    database = bench.database()
    bench.audit("--db", database, "--filter", "port 1", capture("web.pcap"))
    told = bench.fails("drift", "--db", database, "--since", "2020-01-01", saying=("no packets",))
    expect(b" UTC, see" not in told.err, "a time at which nothing was seen: %r" % told.err)


TESTS = [("series", series), ("against-file", against_file), ("too-long-ago", too_long_ago),
         ("no-packets", no_packets)]
