# SPDX-License-Identifier: GPL-3.0-or-later
"""
The same traffic whatever a tap puts around it: the recordings of the laboratory plain, with tags,
in VXLAN, in ERSPAN, and every frame twice, must give the same conversations and verdicts.
"""
import json
import os
import re
import struct
import sys

import wrap
from frames import checksum
from support import TOP, capture, check_sums, expect, expect_equal, read

sys.path.insert(0, os.path.join(TOP, "tests", "lab"))

import check  # noqa: E402

APART_NS = 100 * 1000
SHOWN = 6

# What may differ: where frames come from and how large they are, what was peeled, and copies.
RUN = ("id", "source", "link_types", "started", "ended", "packets", "bytes", "not_decoded",
       "duplicates", "duplicates_left", "layers", "interfaces", "wire", "settings")
WRAPPING = ("tunnel", "tunnel_id", "vlan", "vlans", "layers")
IN_TUNNEL = re.compile(r" in [a-z0-9-]+:\d+\b")  # behind an example of what was seen


def plain(frames):
    return [(ts, frame) for ts, frame, _ in frames]


def in_layout(layout):
    return lambda frames: wrap.wrap(frames, layout())


def hop_less(packet):
    """IPv4 (RFC 791 section 3.1) or IPv6 (RFC 8200 section 3) as a router hands it on."""
    if packet[0] >> 4 == 6:
        return packet[:7] + bytes((packet[7] - 1,)) + packet[8:]
    length = (packet[0] & 15) * 4
    header = packet[:8] + bytes((packet[8] - 1,)) + packet[9:10] + b"\0\0" + packet[12:length]
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + packet[length:]


def beyond_the_router(frame):
    """A frame as it is on the next link: other link-layer addresses and tag, one hop less."""
    if wrap.kind_of(frame) in (wrap.IP4, wrap.IP6) and frame[14 + 8 if wrap.kind_of(frame) ==
                                                             wrap.IP4 else 14 + 7] > 1:
        frame = frame[:14] + hop_less(frame[14:])
    return (b"\x02\0\0\0\1\2" + b"\x02\0\0\0\1\1" + struct.pack("!HH", 0x8100, 20) + frame[12:])


def doubled(frames):
    """Every frame as two mirrors see it: in one VLAN, and beyond a router in another."""
    first = wrap.tags(10)
    both = [(ts, first(frame, 0)) for ts, frame, _ in frames]
    both += [(ts + APART_NS, beyond_the_router(frame)) for ts, frame, _ in frames]
    return sorted(both, key=lambda one: one[0])


def doubled_in_erspan(frames):
    """Each mirror sends its copies in sessions of its own."""
    one, other = wrap.Erspan2(1, 2), wrap.Erspan2(3, 4)
    ways = wrap.ways(frames)
    both = [(ts, one(frame, way)) for (ts, frame, _), way in zip(frames, ways)]
    both += [(ts + APART_NS, other(beyond_the_router(frame), way))
             for (ts, frame, _), way in zip(frames, ways)]
    return sorted(both, key=lambda one: one[0])


WRAPPINGS = {
    "tagged": in_layout(lambda: wrap.tags(100)),
    "qinq": in_layout(lambda: wrap.tags(200, 100, kinds=(0x88a8, 0x8100))),
    "vxlan": in_layout(lambda: wrap.vxlan),
    "erspan": in_layout(wrap.Erspan2),
    "doubled": doubled,
    "doubled-erspan": doubled_in_erspan,
}


def recording(name):
    frames, link_type = wrap.read_pcap(read(capture("lab-%s.pcap" % name)))
    expect_equal(link_type, 1, name + ": link type")
    expect(all(len(frame) == wire for _, frame, wire in frames), name + ": frames are cut")
    expect(all(wrap.kind_of(frame) not in wrap.TAGS for _, frame, _ in frames),
           name + ": frames have tags already")
    return frames


def options(name):
    """As the laboratory audits this recording."""
    stem = capture("lab-" + name)
    args = ["--site", stem + ".site.yaml"]
    if os.path.exists(stem + ".waivers.yaml"):
        args += ["--waivers", stem + ".waivers.yaml"]
    for product in check.load(name)["products"]:
        args += ["--product", product]
    return args


def without(report, fields):
    """A part of a report without the fields of that name, however deep."""
    if isinstance(report, dict):
        return {name: without(value, fields) for name, value in report.items()
                if name not in fields}
    if isinstance(report, list):
        return [without(value, fields) for value in report]
    return report


def judged(bench, name, frames, *more):
    """What the report says of these frames: (all that must agree, the run)."""
    path = bench.write("%s-%d.pcap" % (name, bench.count), wrap.write_pcap(frames))
    report = bench.audit("--workers", "0", "--format", "json", *options(name), *more, path,
                         timeout=60).json()
    check_sums(report, name)
    run = report["run"]
    same = without(report, WRAPPING)
    for expectation in same["expectations"]:
        expectation["evidence"] = IN_TUNNEL.sub("", expectation["evidence"])
    for field in RUN:
        same["run"].pop(field, None)
    return same, run


def first_differences(got, wanted, where=""):
    """Where two reports differ, in words."""
    if isinstance(got, dict) and isinstance(wanted, dict):
        for name in sorted(set(got) | set(wanted)):
            yield from first_differences(got.get(name), wanted.get(name), "%s/%s" % (where, name))
    elif isinstance(got, list) and isinstance(wanted, list) and len(got) == len(wanted):
        for number, (one, other) in enumerate(zip(got, wanted)):
            yield from first_differences(one, other, "%s/%d" % (where, number))
    elif got != wanted:
        yield "%s: %.200s, plain %.200s" % (where, json.dumps(got), json.dumps(wanted))


def agree(got, wanted, what):
    found = list(first_differences(got, wanted))
    expect(not found, "%s: %s%s" % (what, " | ".join(found[:SHOWN]), " | and %d more" % (
        len(found) - SHOWN) if len(found) > SHOWN else ""))


def same_verdicts(bench, name):
    """One recording in every wrapping."""
    frames = recording(name)
    wanted, bare = judged(bench, name, plain(frames))
    expect(wanted["conversations"], name + ": no conversations")
    for kind, wrapping in WRAPPINGS.items():
        what = "%s %s" % (name, kind)
        got, run = judged(bench, name, wrapping(frames))
        agree(got, wanted, what)
        copies = bare["decoded"] if kind.startswith("doubled") else 0
        expect_equal(run["duplicates"], bare["duplicates"] + copies, what + ": duplicates")
        if kind in ("tagged", "qinq", "erspan", "vxlan"):
            expect_equal(run["not_decoded"], bare["not_decoded"], what + ": not decoded")


def without_removal(bench):
    """With --duplicates off the copies count, on the same conversations."""
    name = "infrastructure"
    frames = recording(name)
    wanted, _ = judged(bench, name, plain(frames))
    got, run = judged(bench, name, doubled(frames), "--duplicates", "off")
    expect_equal(run["duplicates"], 0, "duplicates")
    expect_equal(run["decoded"], 2 * wanted["run"]["decoded"], "decoded")
    ends = ("client", "server", "transport", "port")
    packets = {tuple(c[field] for field in ends): c["packets_to_server"] + c["packets_to_client"]
               for c in got["conversations"]}
    for one in wanted["conversations"]:
        key = tuple(one[field] for field in ends)
        expect(packets.get(key, 0) >= 2 * (one["packets_to_server"] + one["packets_to_client"]),
               "packets of %s:%s" % key[1::2])


def test_of(name):
    return name, lambda bench: same_verdicts(bench, name)


TESTS = [test_of(name) for name in check.names()] + [("without-removal", without_removal)]
