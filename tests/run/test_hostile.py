# SPDX-License-Identifier: GPL-3.0-or-later
"""Traffic that wants to do harm: names that write to terminals, packets that are noise."""
import json
import os
import random
import re
import struct

from frames import Talk, client_hello, pcap, random_frame, udp
from support import (RULES, check_sums, expect, expect_equal, read, schema_errors,
                     without_confinement, without_id)

NAMES = (
    b"\x1b[2J\x1b]0;owned\x07.example",
    b"<script>alert(1)</script>.example",
    b"\xff\xfe\xc3\x28.example",
    b"a\x0bb\x0cc\x7f\x9b31m.example",
    b"right\xe2\x80\xaeelpmaxe.to.left",
    b"%s%n%x.example",
    b"\"quoted\",\\back.example",
    b"x" * 79 + b".example",
    b"y" * 250 + b".example",
    b"\xc3\xa9t\xc3\xa9.example",
)


def dns_query(name):
    labels = b"".join(struct.pack("B", len(part)) + part for part in name.split(b"."))
    return struct.pack("!HHHHHH", 7, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(
        "!HH", 1, 1)


def hostile_frames():
    frames = []
    for number, name in enumerate(NAMES):
        port = 40000 + number * 10
        frames += Talk("10.9.1.%d" % (number + 1), port, "10.9.0.2", 80).say(
            b"GET / HTTP/1.1\r\nHost: " + name + b"\r\nUser-Agent: " + name + b"\r\n\r\n").answer(
            b"HTTP/1.1 200 OK\r\nServer: " + name + b"\r\nContent-Length: 0\r\n\r\n").close()
        frames += Talk("10.9.1.%d" % (number + 1), port + 1, "10.9.0.2", 443).say(
            client_hello(name)).answer(b"\x15\x03\x03\0\x02\x02\x28").close()
        if max(map(len, name.split(b"."))) < 64:
            frames.append(udp("10.9.1.%d" % (number + 1), port + 2, "10.9.0.3", 53,
                              dns_query(name)))
    return frames


def harmless(content, what):
    """UTF-8, and no control character but the newline; nothing that turns text around."""
    text = content.decode("utf-8")
    bad = re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]",
                     text)
    expect(not bad, "%s holds %r" % (what, sorted(set(bad))))


def names(bench):
    """No name from the wire reaches a terminal raw; JSON stays JSON; all of them are there."""
    path = bench.write("names.pcap", pcap(hostile_frames()))
    database, flows = bench.database(), bench.path("flows")
    result = bench.audit("--db", database, "--format", "json", "--flows", flows, path)
    harmless(result.out, "JSON")
    report = result.json()
    check_sums(report, "names")
    hosts = {c["host"] for c in report["conversations"]}
    expect(any("script" in host for host in hosts), "the name with a script is not there")
    expect(any("owned" in host for host in hosts), "the name with an escape is not there")
    expect(len(hosts) > len(NAMES) // 2, "hosts: %r" % hosts)
    flow_lines = read(flows)
    harmless(flow_lines, "flows")
    for command in (("report", "--all"), ("report", "--all", "--width", "60"), ("runs", "list"),
                    ("runs", "show")):
        shown = bench.run(*command, "--db", database)
        expect_equal((shown.code, shown.err), (0, b""), " ".join(command))
        harmless(shown.out, " ".join(command))
    errors = schema_errors(report, "report.schema.json")
    expect(not errors, "schema: %s" % "; ".join(errors[:3]))
    alone = bench.audit("--workers", "0", "--format", "json", path)
    expect_equal(without_confinement(alone.out), without_confinement(result.out),
                 "with no workers")


def file_names(bench):
    """Names of files and words of the command line are not trusted either."""
    name = "\x1b[31mred\n<b>.pcap"
    path = bench.write(name, pcap(Talk("10.9.0.1", 40000, "10.9.0.2", 80).close()))
    for form in ("text", "json"):
        result = bench.audit("--format", form, path)
        harmless(result.out, form)
    broken = bench.fails("audit", "--rules", RULES, "--db", bench.database(),
                         bench.write(name, b"no capture at all, only text"), saying=("red",))
    harmless(broken.err, "the message")
    harmless(bench.fails("audit", "--filter", "\x1b[31m", path, "--rules", RULES, "--db",
                         bench.database()).err, "the message on a filter")
    harmless(bench.fails("\x1b[31m").err, "the message on a command")


SEED = int(os.environ.get("FA_SEED", "20261122"))


def random_packets(number):
    def test(bench):
        seed = SEED * 1000 + number
        dice = random.Random(seed)
        path = bench.write("random.pcap", pcap([random_frame(dice) for _ in range(500)]))
        reports = []
        for workers in ("0", "2"):
            database = bench.database()
            result = bench.audit("--db", database, "--format", "json", "--workers", workers, path)
            expect_equal(result.err, b"", "seed %d: messages" % seed)
            harmless(result.out, "seed %d: JSON" % seed)
            check_sums(result.json(), "seed %d, %s workers" % (seed, workers))
            text = bench.run("report", "--db", database, "--all")
            harmless(text.out, "seed %d: text" % seed)
            reports.append((without_id(json.loads(without_confinement(result.out))),
                            without_confinement(text.out)))
        expect_equal(reports[1], reports[0], "seed %d: two workers and none" % seed)
        expect_equal(reports[0][0]["run"]["packets"], 500, "seed %d: packets" % seed)
    return test


def random_bytes(bench):
    """A capture file with bytes changed anywhere: an audit or a message, never a crash."""
    dice = random.Random(SEED)
    good = pcap([random_frame(dice) for _ in range(60)])
    for number in range(25):
        data = bytearray(good)
        for _ in range(dice.choice((1, 3, 20))):
            data[dice.randrange(len(data))] = dice.getrandbits(8)
        path = bench.write("bytes.pcap", bytes(data))
        result = bench.run("audit", "--rules", RULES, "--db", bench.database(), "--format",
                           "json", path)
        expect(result.code in (0, 2), "seed %d, file %d: status %d" % (SEED, number, result.code))
        harmless(result.err, "messages")
        if result.code == 0:
            check_sums(result.json(), "seed %d, file %d" % (SEED, number))
        else:
            expect(len(result.messages()) == 1, "messages: %r" % result.messages())


TESTS = [("names", names), ("file-names", file_names), ("changed-bytes", random_bytes)] + [
    ("random-packets-%02d" % number, random_packets(number)) for number in range(20)]
