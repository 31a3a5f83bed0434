# SPDX-License-Identifier: GPL-3.0-or-later
"""
Every encapsulation in pcaps/tunnels: the flows inside must be those that tshark sees there, which
scripts/compare-tshark wrote down.
"""
import hashlib
import json
import os
import subprocess
import sys

from support import TOP, expect, expect_equal, read

TUNNELS = os.path.join(TOP, "pcaps", "tunnels")
with open(os.path.join(TUNNELS, "expected.json"), encoding="utf-8") as expected:
    EXPECTED = json.load(expected)
COLUMNS = tuple(EXPECTED["columns"])
KEY = COLUMNS[:5]
SHOWN = 8


def capture(name):
    return os.path.join(TUNNELS, name)


def flows(bench, name, *options):
    """The flows of a capture, those of the same ends added up: {ends: [to server, to client]}."""
    result = bench.audit("--workers", "0", "--flows", "-", *options, capture(name))
    sums = {}
    for flow in result.lines():
        both = sums.setdefault(tuple(flow[field] for field in KEY), [0, 0])
        both[0] += flow["packets_to_server"]
        both[1] += flow["packets_to_client"]
    return sums


def told(key, got, wanted):
    return "%s:%s -> %s:%s/%s: %s packets, wanted %s" % (*key, got.get(key), wanted.get(key))


def seen(bench, name):
    wanted = {tuple(row[:5]): row[5:] for row in EXPECTED["captures"][name]}
    got = flows(bench, name)
    wrong = [told(key, got, wanted) for key in sorted(set(got) | set(wanted), key=str)
             if got.get(key) != wanted.get(key)]
    more = len(wrong) - SHOWN
    expect(not wrong, "%s: %s%s" % (name, " | ".join(wrong[:SHOWN]),
                                    " | and %d more" % more if more > 0 else ""))


def test_of(name):
    return name[:-len(".pcap")], lambda bench: seen(bench, name)


def complete(_bench):
    """Captures, checksums and expectations are about the same files, and these are unchanged."""
    there = sorted(name for name in os.listdir(TUNNELS) if name.endswith(".pcap"))
    expect_equal(sorted(EXPECTED["captures"]), there, "captures in expected.json")
    sums = dict(reversed(line.split("  ")) for line in
                read(capture("SHA256SUMS")).decode().splitlines())
    expect_equal(sums, {name: hashlib.sha256(read(capture(name))).hexdigest() for name in there},
                 "SHA256SUMS")
    readme = read(os.path.join(TOP, "pcaps", "README.md")).decode()
    missing = [name for name in there if "`%s`" % name[:-len(".pcap")] not in readme]
    expect(not missing, "not in pcaps/README.md: " + ", ".join(missing))


def layouts(_bench):
    """What was wrapped by layouts is what the layouts make."""
    done = subprocess.run([sys.executable, os.path.join(TOP, "pcaps", "wrap-tunnels"), "--check"],
                          capture_output=True, text=True, check=False)
    expect_equal(done.returncode, 0, "wrap-tunnels --check: " + done.stderr)


def all_counted(bench):
    """Every packet of every capture is decoded, a copy, or not decoded for one of the reasons."""
    for name in EXPECTED["captures"]:
        run = bench.audit("--workers", "0", "--format", "json", capture(name)).json()["run"]
        expect_equal(run["decoded"] + run["duplicates"] + sum(run["not_decoded"].values()),
                     run["packets"], name + ": sum of the packets")
        reasons = {reason for reason, count in run["not_decoded"].items() if count > 0}
        allowed = {"encrypted"} if name == "macsec-encrypted.pcap" else {"not-ip"}
        expect(reasons <= allowed, "%s: not decoded: %s" % (name, sorted(reasons)))


def encrypted(bench):
    """What MACsec hides is counted as that."""
    run = bench.audit("--format", "json", capture("macsec-encrypted.pcap")).json()["run"]
    expect(run["packets"] > 20, "packets of macsec-encrypted.pcap")
    expect_equal(run["not_decoded"]["encrypted"], run["packets"], "encrypted")


def key_vlan(bench):
    """Two VLANs with the same addresses: one conversation of pings, with --key vlan two."""
    ping = ("10.30.0.1", 8, "10.30.0.2", 0, "icmp")
    for options, wanted in (((), [(4, 4)]), (("--key", "vlan"), [(2, 2), (2, 2)])):
        result = bench.audit("--flows", "-", *options, capture("vlan-trunk.pcap"))
        pings = [(flow["packets_to_server"], flow["packets_to_client"])
                 for flow in result.lines() if tuple(flow[field] for field in KEY) == ping]
        expect_equal(pings, wanted, "pings, %r" % (options,))


TESTS = [test_of(name) for name in EXPECTED["captures"]] + [
    ("complete", complete), ("layouts", layouts), ("all-counted", all_counted),
    ("encrypted", encrypted), ("key-vlan", key_vlan)]
