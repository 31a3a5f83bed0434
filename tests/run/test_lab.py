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

from support import TIME_SCALE, TOP, Failure, Skip, expect, expect_equal

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


def need_sites():
    if not check.knows_sites():
        raise Skip("this program has no --site")


def with_site(name):
    def test(_bench):
        need_sites()
        seen(check.check_site, name)
    return name + "-site", test


def without_site(name):
    return name + "-no-site", lambda _bench: seen(check.check_without_site, name)


def other_company(name):
    def test(_bench):
        need_sites()
        seen(check.check_other_company, name)
    return name + "-other-site", test


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
               "server", "instance"} - differs
    expect(not missing, "nothing in the recordings differs in " + ", ".join(sorted(missing)))


def notices(_bench):
    """The comparison itself: a report that says something else is found out."""
    name = check.names()[0]
    truth = check.load(name)
    report = check.audit(os.path.join(check.PCAPS, "lab-%s.pcap" % name), truth["products"])
    for row in truth["conversations"]:  # a truth that says what the report says
        about = [c for c in report["conversations"] if check.is_about(row, c)]
        row.clear()
        row.update({key: about[0][key] for key in check.KEY + ("verdict", "rule")}, says="it")
    truth["expectations"] = []
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


def live(bench):
    """A small scenario performed now, with real servers, and judged."""
    done = subprocess.run([sys.executable, os.path.join(LAB, "record"), "-q", "--to",
                           bench.folder, LIVE], capture_output=True, text=True, check=False,
                          timeout=120 * TIME_SCALE)
    if done.returncode == 77:
        raise Skip(done.stderr.strip())
    expect(done.returncode == 0, "record: %s" % done.stderr.strip())
    seen(check.check_without_site, LIVE, bench.folder)
    if check.knows_sites():
        seen(check.check_site, LIVE, bench.folder)


live.waits = True

TESTS = [("live", live)] + [make(name) for name in check.names()
                            for make in (with_site, without_site, other_company)] + [
    ("kinds", kinds), ("notices", notices)]
