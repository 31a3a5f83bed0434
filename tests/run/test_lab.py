# SPDX-License-Identifier: GPL-3.0-or-later
"""
The recordings of the laboratory (tests/lab): what really took place against what the program says
of it, with the site, without one, and with the site of another company. One scenario is performed
here where that is allowed.
"""
import json
import os
import subprocess
import sys

from support import (PROGRAM, RULES, TIME_SCALE, TOP, Failure, Skip, expect, expect_equal,
                     read)

LAB = os.path.join(TOP, "tests", "lab")
sys.path.insert(0, LAB)

import check  # noqa: E402

SHOWN = 12  # differences of one recording in a message
LIVE = "live"


def judge(outcome):
    expect(outcome.all["conversations"] > 0, outcome.name + ": no conversations")
    if outcome.wrong:
        more = len(outcome.wrong) - SHOWN
        raise Failure("%s | %s%s" % (outcome.line(), " | ".join(outcome.wrong[:SHOWN]),
                                     " | and %d more" % more if more > 0 else ""))


def seen(kind, name, folder=check.PCAPS):
    """One comparison, judged."""
    try:
        outcome = kind(name, folder)
    except check.CheckError as error:
        raise Failure(str(error)[:600]) from None
    judge(outcome)


def test_of(name, ending, kind):
    return name + ending, lambda _bench: seen(kind, name)


def kinds(_bench):
    """The recordings hold every kind of verdict, and the table names real differences."""
    verdicts, differs = set(), set()
    for name in check.names():
        for row in check.load(name)["conversations"]:
            verdicts.add(row.get("verdict"))
            differs.update(row.get("differs", []))
    expect_equal(sorted(verdicts - {None}), sorted((
        "documented", "discouraged", "wrong-protocol", "wrong-endpoint", "undocumented",
        "refused", "waived", "indeterminate")), "kinds of verdicts in the recordings")
    missing = {"port", "transport", "protocol", "direction", "host", "network", "scope", "client",
               "server", "instance", "product"} - differs
    expect(not missing, "nothing in the recordings differs in " + ", ".join(sorted(missing)))


def report_and_truth():
    """A report without a site, and a truth that says what it says."""
    name = check.names()[0]
    truth = check.load(name)
    report = check.audit(os.path.join(check.PCAPS, "lab-%s.pcap" % name), truth["products"])
    rows = [dict({key: c[key] for key in check.KEY + ("protocol", "host", "verdict", "rule")},
                 says="it") for c in report["conversations"]]
    return name, dict(truth, conversations=rows, expectations=[]), report


def notices(_bench):
    """The comparison itself: a report that says something else is found out."""
    name, truth, report = report_and_truth()
    judge(check.compare(name, truth, report))
    for change in ({"verdict": "waived"}, {"rule": "no/such/rule"}, {"nearest": "no/such/rule"},
                   {"instance": "nobody"}, {"differs": ["port", "scope"]}, {"port": 1},
                   {"reasons": ["no-such-reason"]}):
        copy = json.loads(json.dumps(truth))
        copy["conversations"][0].update(change)
        expect(check.compare(name, copy, report).wrong, "not noticed: %r" % change)
    copy = dict(truth, conversations=truth["conversations"][1:])
    expect(check.compare(name, copy, report).wrong, "a conversation that nobody spoke of")
    copy = dict(truth, expectations=[{"rule": "no/such/rule", "state": "seen"}])
    expect(check.compare(name, copy, report).wrong, "an expectation that nobody has")
    expect(check.other_company(name, report).wrong, "documented with another company's site")
    judge(check.without_site(name, truth, report))
    row = next(r for r in truth["conversations"] if r["verdict"] == "documented")
    row["verdict"] = "wrong-protocol"
    expect(check.without_site(name, truth, report).wrong, "a fault that became good")


def current(_bench):
    """What stands beside the recordings is what the scenarios say."""
    try:
        import scenario
    except ImportError:
        raise Skip("Python has no yaml (Debian package python3-yaml)") from None
    for name in check.names():
        truth = check.load(name)
        scene = scenario.Scenario(name)
        try:
            again = scenario.judged_again(scene, truth)
        except scenario.ScenarioError as error:
            raise Failure(str(error)) from None
        expect_equal(again, truth, "truth of " + name)
        for one in os.listdir(scenario.FOLDER):
            if one.startswith(name + ".") and one != name + ".yaml":
                expect_equal(read(os.path.join(check.PCAPS, "lab-" + one)),
                             read(os.path.join(scenario.FOLDER, one)), "pcaps/lab-" + one)


def live(bench):
    """
    A small scenario performed now, with real servers, and judged: by a live capture that listened,
    and by an audit of what tcpdump recorded beside it.
    """
    options = ("--site", os.path.join(LAB, "scenarios", LIVE + ".site.yaml"), "--rules", RULES,
               "--db", bench.path("live.db"), "-o", bench.path("live.json"))
    done = subprocess.run([sys.executable, os.path.join(LAB, "record"), "-q", "--to",
                           bench.folder, LIVE], capture_output=True, text=True, check=False,
                          timeout=120 * TIME_SCALE,
                          env=dict(os.environ, FLOWAUDIT=PROGRAM,
                                   FLOWAUDIT_LAB_LIVE="\n".join(options)))
    if done.returncode == 77:
        raise Skip(done.stderr.strip())
    expect(done.returncode == 0, "record: %s" % done.stderr.strip())
    seen(check.check_without_site, LIVE, bench.folder)
    seen(check.check_site, LIVE, bench.folder)
    truth = check.load(LIVE, bench.folder)
    report = json.loads(read(bench.path("live.json")))
    judge(check.compare(LIVE + ", as it was captured", truth, report))
    replay = check.audit(os.path.join(bench.folder, "lab-%s.pcap" % LIVE), truth["products"],
                         "--site", os.path.join(bench.folder, "lab-%s.site.yaml" % LIVE))
    expect(report["run"]["confidence"] == "high", "confidence of the live capture")
    expect_equal(without_times(report), without_times(replay), "verdicts, live and replayed")


def without_times(report):
    return sorted(json.dumps({key: value for key, value in one.items()
                              if key not in ("first_seen", "last_seen")}, sort_keys=True)
                  for one in report["conversations"])


live.waits = True

TESTS = [("live", live)] + [
    test_of(name, ending, kind) for name in check.names()
    for ending, kind in (("-site", check.check_site), ("-no-site", check.check_without_site),
                         ("-other-site", check.check_other_company))] + [
    ("kinds", kinds), ("current", current), ("notices", notices)]
