# SPDX-License-Identifier: GPL-3.0-or-later
"""
site learn, from the recordings of the laboratory: what it proposes without a site is right by the
site of the scenario, is taken by site check, and can be audited with.
"""
import os
import sys

from support import RULES, TOP, expect, expect_equal, read

LAB = os.path.join(TOP, "tests", "lab")
sys.path.insert(0, LAB)

import check  # noqa: E402

# Hosts of scenarios, by their names in the site file, whose ports are like those of no other role.
DISTINCT = {
    "wso2": {("api-manager", "am1"), ("analytics-server", "das1"), ("ei-analytics", "ei-ana"),
             ("ei-broker", "ei-broker"), ("identity-server", "is1"), ("message-broker", "mb1"),
             ("storage-server", "sto1"), ("iot-server", "iot1")},
}


def learn(bench, name):
    """The proposal, from an audit without a site."""
    database = bench.database()
    bench.audit("--db", database, os.path.join(check.PCAPS, "lab-%s.pcap" % name))
    path = bench.path("learned-%s.yaml" % name)
    made = bench.run("site", "learn", "--rules", RULES, "--db", database, "-o", path)
    expect_equal((made.code, made.out, made.err), (0, b"", b""), "site learn")
    return path


def places(bench, path):
    """Role and address, to the offset and the names of the host: of all instances of a site."""
    checked = bench.run("site", "check", "--rules", RULES, "--format", "json", path)
    expect_equal((checked.code, checked.err), (0, b""), "site check " + path)
    found = {}
    for instance in checked.json()["instances"]:
        offset = {one["parameter"]: one["value"] for one in instance["parameters"]}.get("offset")
        for role in instance["roles"]:
            for place in role["places"]:
                if place["prefix"] is not None:
                    key = instance["product"], role["role"], place["prefix"]
                    found[key] = offset, place["name"]
    return found


def is_right(name):
    def test(bench):
        path = learn(bench, name)
        true = places(bench, os.path.join(check.PCAPS, "lab-%s.site.yaml" % name))
        proposed = places(bench, path)
        for key, (offset, _) in proposed.items():
            expect(key in true, "%s: %s is no %s of %s" % (name, key[2], key[1], key[0]))
            expect_equal(offset, true[key][0], "%s: offset of %s" % (name, key[2]))
        seen = {(role, true[product, role, prefix][1]) for product, role, prefix in proposed}
        missing = DISTINCT.get(name, set()) - seen
        expect(not missing, "%s: not proposed: %s" % (name, sorted(missing)))
        for line in read(path).decode().splitlines():
            expect(len(line) <= 100, "a line of %d columns: %s" % (len(line), line))
        report = bench.audit("--site", path, "--format", "json",
                             os.path.join(check.PCAPS, "lab-%s.pcap" % name)).json()
        judged = [c for c in report["conversations"] if c["verdict"] in check.GOOD and
                  c["instance"] is not None]
        expect(bool(judged) == bool(proposed), "%s: %d conversations of what was learned" % (
            name, len(judged)))
    return "lab-" + name, test


def says(bench):
    """Hosts that could be several things, and ports that say little, stand there as comments."""
    text = read(learn(bench, "wso2")).decode()
    expect("\n  - name: wso2-offset-1\n    product: wso2\n    parameters: {offset: 1}" in text, text)
    comments = [line for line in text.splitlines() if line.startswith("#")]
    expect(any(line.startswith("# 10.60.7.11") and line.endswith("could be") for line in comments),
           "elb1, whose ports are those of others: " + text)
    expect(any(line.startswith("#   2199 (business-process-server of wso2)") for line in comments),
           "bps1, of which one port is documented: " + text)


def usage(bench):
    bench.fails("site", "learn", "--rules", RULES, "--db", "nowhere.db", saying=["nowhere.db"])
    database = bench.database()
    bench.audit("--db", database, os.path.join(check.PCAPS, "web.pcap"))
    bench.fails("site", "learn", "--rules", RULES, "--db", database, "x.yaml",
                saying=["site learn: takes no file"])
    bench.fails("site", "learn", "--rules", RULES, "--db", database, "--run", "7", saying=["7"])


TESTS = [is_right(name) for name in check.names()] + [("says", says), ("usage", usage)]
