# SPDX-License-Identifier: GPL-3.0-or-later
"""Captures in pcapng: interfaces, byte orders, losses and names; and packets out of order."""
import json
import os
import random
import struct
import time

from frames import EPOCH, Talk, client_hello, read_pcap, tcp, udp, write_pcap, SYN
from support import (CAPTURES, RULES, TOP, capture, expect, expect_equal, read,
                     without_confinement)

ETHERNET, RAW = 1, 101
SECTION, INTERFACE, SIMPLE, NAMES, STATISTICS, PACKET = 0x0a0d0d0a, 1, 3, 4, 5, 6
IF_NAME, IF_TSRESOL, IF_DROP, OS_DROP = 2, 9, 5, 7
MILLISECOND = 1000000
SMALL = [name for name in CAPTURES if name.endswith(".pcap")]
LAB = sorted(name for name in os.listdir(os.path.join(TOP, "pcaps"))
             if name.startswith("lab-") and name.endswith(".pcap"))


class Ng:
    """Bytes of a pcapng file, block by block; times in nanoseconds."""

    def __init__(self, order="<"):
        self.order = order
        self.data = b""

    def pack(self, form, *values):
        return struct.pack(self.order + form, *values)

    def block(self, kind, body):
        body += b"\0" * (-len(body) % 4)
        size = len(body) + 12
        self.data += self.pack("II", kind, size) + body + self.pack("I", size)
        return self

    def option(self, code, value):
        return self.pack("HH", code, len(value)) + value + b"\0" * (-len(value) % 4)

    def section(self, order=None):
        self.order = order or self.order
        return self.block(SECTION, self.pack("IHHq", 0x1a2b3c4d, 1, 0, -1))

    def interface(self, name="", link=ETHERNET, snap=0):
        options = self.option(IF_TSRESOL, b"\x09")
        if name:
            options += self.option(IF_NAME, name.encode())
        return self.block(INTERFACE, self.pack("HHI", link, 0, snap) + options)

    def packet(self, at_ns, data, interface=0, wire=None):
        return self.block(PACKET, self.pack("IIIII", interface, at_ns >> 32, at_ns & 0xffffffff,
                                            len(data), wire or len(data)) + data)

    def simple(self, data):
        return self.block(SIMPLE, self.pack("I", len(data)) + data)

    def statistics(self, number, **counts):
        codes = {"received": 4, "interface": IF_DROP, "kernel": OS_DROP, "delivered": 8}
        options = b"".join(self.option(codes[name], self.pack("Q", count))
                           for name, count in counts.items())
        return self.block(STATISTICS, self.pack("III", number, 0, 0) + options)

    def names(self, *pairs):
        records = b"".join(self.option(1, bytes(map(int, address.split("."))) + name.encode()
                                       + b"\0") for address, name in pairs)
        return self.block(NAMES, records + self.option(0, b""))


def at(number):
    return EPOCH * 1000 * MILLISECOND + number * MILLISECOND


def as_pcapng(name, order="<"):
    link, packets = read_pcap(read(os.path.join(TOP, "pcaps", name)))
    made = Ng(order).section().interface("tap0", link)
    for at_ns, data, wire in packets:
        made.packet(at_ns, data, 0, wire)
    return made.data


def report_and_flows(bench, *args):
    """The report without what it says of the form of the capture, and the flows."""
    flows = bench.database() + ".ndjson"
    out = bench.audit("--format", "json", "--flows", flows, *args).out
    report = json.loads(without_confinement(out))
    for key in ("source", "interfaces", "time_backwards", "link_types"):
        report["run"].pop(key)
    return report, read(flows)


def same(got, wanted, what):
    expect_equal(got[1], wanted[1], what + ": flows")
    expect_equal(got[0], wanted[0], what + ": report")


def same_as_pcap(bench):
    """What is in a pcap file is the same in a pcapng file, of either byte order, and from a pipe."""
    for number, name in enumerate(SMALL):
        order = "<>"[number % 2]
        path = bench.write("same.pcapng", as_pcapng(name, order))
        same(report_and_flows(bench, "-w", "0", path),
             report_and_flows(bench, "-w", "0", capture(name)), name + " in order " + order)
    piped = bench.audit("--format", "json", "-", given=as_pcapng("web.pcap")).json()
    wanted = bench.audit("--format", "json", capture("web.pcap")).json()
    expect_equal(piped["conversations"], wanted["conversations"], "from a pipe")


def two_interfaces(bench):
    """A tap with an interface for each direction, of different link types, that lost packets."""
    talk = Talk("10.9.0.1", 40000, "10.9.0.2", 80)
    frames = talk.say(b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n").answer(b"HTTP/1.1 200 OK\r\n\r\n")
    made = Ng().section().interface("in", ETHERNET).interface("out", RAW, 1600)
    for number, frame in enumerate(frames.close()):
        forth = frame[26:30] == bytes([10, 9, 0, 1])
        made.packet(at(number), frame if forth else frame[14:], 0 if forth else 1)
    made.statistics(0, interface=7, kernel=5, received=100, delivered=88)
    made.statistics(1, kernel=30).statistics(1, kernel=31)
    path = bench.write("two.pcapng", made.data)
    for workers in "02":
        report = bench.audit("--format", "json", "-w", workers, path).json()
        run = report["run"]
        expect_equal((run["decoded"], run["packets"]), (len(frames.frames),) * 2, "decoded")
        expect_equal(len(report["conversations"]), 1, "conversations")
        expect_equal(report["conversations"][0]["direction_by"], "syn", "direction")
        expect_equal(run["dropped"], {"kernel": 36, "interface": 7, "ring": 0}, "losses")
        expect_equal(run["link_types"], ["ETHERNET", "RAW"], "link types")
        expect_equal([one["name"] for one in run["interfaces"]], ["in", "out"], "interfaces")
        expect_equal(sum(one["packets"] for one in run["interfaces"]), run["packets"], "packets")
        expect_equal(run["interfaces"][1]["dropped"], {"kernel": 31, "interface": None}, "out")
        expect(run["confidence"] != "high", "losses of %r leave %s" % (run["dropped"],
                                                                       run["confidence"]))


def sections(bench):
    """Captures of two machines put together with cat: of two byte orders, with their own tables."""
    one = Talk("10.9.0.1", 40000, "10.9.0.2", 80).say(b"GET / HTTP/1.1\r\n\r\n").close()
    two = Talk("10.9.0.3", 40000, "10.9.0.2", 80).say(b"GET / HTTP/1.1\r\n\r\n").close()
    made = Ng().section().interface("eth0", ETHERNET)
    for number, frame in enumerate(one):
        made.packet(at(number), frame)
    made.section(">").interface("en0", RAW)
    for number, frame in enumerate(two):
        made.packet(at(1000 + number), frame[14:])
    report = bench.audit("--format", "json", bench.write("cat.pcapng", made.data)).json()
    expect_equal(report["run"]["decoded"], len(one) + len(two), "decoded")
    expect_equal([one["name"] for one in report["run"]["interfaces"]], ["eth0", "en0"], "names")
    expect_equal(sorted(c["client"] for c in report["conversations"]), ["10.9.0.1", "10.9.0.3"],
                 "clients")


def names(bench):
    """What a capture notes down stands in for DNS, says so, and never stands against it."""
    host = "login.strongdm.com"
    talk = Talk("10.9.0.1", 40000, "192.0.2.1", 443).say(client_hello(b"")).close()

    def judged(*notes, behind=False):
        made = Ng().section().interface("eth0")
        if not behind:
            made.names(*notes)
        for number, frame in enumerate(talk):
            made.packet(at(number), frame)
        if behind:
            made.names(*notes)
        path = bench.write("named.pcapng", made.data)
        found = [bench.audit("--format", "json", "-w", workers, "--product", "strongdm",
                             path).json()["conversations"] for workers in "02"]
        expect_equal(found[1], found[0], "with workers")
        expect_equal(len(found[0]), 1, "conversations")
        return found[0][0]

    plain = judged(("192.0.2.9", host))
    expect("host-unknown" in plain["reasons"], "without a name: %r" % plain)
    for behind in (False, True):
        noted = judged(("192.0.2.1", host.upper()), ("192.0.2.1", "other.example"), behind=behind)
        expect("host-by-capture" in noted["reasons"] and noted["verdict"] == "documented",
               "with a name: %r" % noted)
    other = judged(("192.0.2.1", "other.example"))
    expect_equal((other["verdict"], other["reasons"]), (plain["verdict"], plain["reasons"]),
                 "with another name")


def without_time(bench):
    """Simple packet blocks have none: said once, and the packets count."""
    made = Ng().section().interface("eth0", ETHERNET, 0)
    made.packet(at(0), tcp("10.9.0.1", 40000, "10.9.0.2", 9443, SYN, 1, 0))
    for port in (40001, 40002):
        made.simple(tcp("10.9.0.1", port, "10.9.0.2", 9443, SYN, 1, 0))
    result = bench.audit("--format", "json", bench.write("simple.pcapng", made.data))
    told = [line for line in result.messages() if "without a time" in line]
    expect_equal(len(told), 1, "warnings: %r" % result.messages())
    expect_equal(result.json()["run"]["decoded"], 3, "decoded")


def damage(bench):
    """Nothing readable is an error; damage behind the first packet is told, and what came counts."""
    frame = udp("10.9.0.1", 40000, "10.9.0.2", 514, b"<13>hello")
    start = Ng().section().interface("eth0").data
    whole = Ng().section().interface("eth0").packet(at(0), frame).data
    bad = struct.pack("<IIIIIIII", PACKET, 32, 4, 0, 0, 0, 0, 32)
    for data, saying in ((start + bad, "x.pcapng: a packet of interface 4, and 1 is described"),
                         (start[:28], "x.pcapng: a pcapng file that describes no interface"),
                         (start[:20], "x.pcapng: ends within its file header")):
        bench.fails("audit", "--rules", RULES, "--db", bench.database(),
                    bench.write("x.pcapng", data), saying=(saying,))
    empty = bench.audit("--format", "json", bench.write("d.pcapng", start))
    expect_equal(empty.json()["run"]["packets"], 0, "packets of none")
    expect("d.pcapng: a capture without packets" in empty.err.decode(), empty.err.decode())
    cut = Ng().packet(at(1), frame).data[:-7]
    for data, saying in ((whole + bad, "not read past packet 1: a packet of interface 4"),
                         (whole + cut, "cut off after 1 packet: the file ends within a block")):
        result = bench.audit("--format", "json", bench.write("x.pcapng", data))
        run = result.json()["run"]
        expect_equal((run["packets"], run["files_truncated"]), (1, 1), saying)
        expect("x.pcapng: " + saying in result.err.decode(), result.err.decode())


def evidence(bench):
    """The packets behind a finding of two interfaces: a pcap file holds one link type."""
    talk = Talk("10.1.0.1", 40000, "10.1.0.2", 8765).say(b"hello").answer(b"hi").close()
    made = Ng().section().interface("in", ETHERNET).interface("out", RAW)
    for number, frame in enumerate(talk):
        forth = frame[26:30] == bytes([10, 1, 0, 1])
        made.packet(at(number), frame if forth else frame[14:], 0 if forth else 1)
    path = bench.write("two.pcapng", made.data)
    database = bench.database()
    bench.audit("--db", database, path)
    bench.fails("evidence", "--db", database, "1", "-o", bench.path("both"),
                saying=("--link-type 1 or --link-type 12",))
    for link, written in ((1, 1), (12, 101)):
        out = bench.path("cut%d.pcap" % link)
        result = bench.run("evidence", "--db", database, "1", "--link-type", str(link), "-o", out)
        expect_equal(result.code, 0, result.err.decode())
        got = read_pcap(read(out))
        expect_equal(got[0], written, "link type")
        wanted = [frame if link == 1 else frame[14:] for frame in talk
                  if (frame[26:30] == bytes([10, 1, 0, 1])) == (link == 1)]
        expect_equal([data for _, data, _ in got[1]], wanted, "packets")


def shuffled(dice, packets):
    """The same packets, each up to 5 ms late in the file; those of one time stay in order."""
    late = {}
    for at_ns in sorted({packet[0] for packet in packets}):
        late[at_ns] = at_ns + dice.randrange(5 * MILLISECOND)
    order = sorted(range(len(packets)), key=lambda n: (late[packets[n][0]], n))
    newest = behind = 0
    for number in order:
        before = packets[number][0]
        behind += before < newest
        newest = max(newest, before)
    return [packets[number] for number in order], behind


def out_of_order(bench):
    """Packets of several queues: a few milliseconds of disorder change nothing but what is told."""
    seed = int(os.environ.get("FA_SEED") or time.time())
    dice = random.Random(seed)
    told = 0
    for name in ["web.pcap", "dns.pcap"] + dice.sample(LAB, 3):
        link, packets = read_pcap(read(capture(name)))
        packets.sort(key=lambda packet: packet[0])
        wanted = report_and_flows(bench, "-w", "0", bench.write("in.pcap",
                                                                write_pcap(link, packets)))
        mixed, behind = shuffled(dice, packets)
        made = Ng().section().interface("tap0", link)
        for at_ns, data, wire in mixed:
            made.packet(at_ns, data, 0, wire)
        what = "%s (FA_SEED=%d)" % (name, seed)
        for path in (bench.write("in.pcap", write_pcap(link, mixed)),
                     bench.write("in.pcapng", made.data)):
            same(report_and_flows(bench, "-w", "0", path), wanted, what)
        run = bench.audit("--format", "json", "-", given=made.data).json()["run"]
        expect_equal(run["time_backwards"], behind, what + ": packets told to be out of order")
        told += behind
    expect(told > 100, "nothing was out of order")


TESTS = [("same-as-pcap", same_as_pcap), ("two-interfaces", two_interfaces),
         ("sections", sections), ("names", names), ("without-time", without_time),
         ("damage", damage), ("evidence", evidence), ("out-of-order", out_of_order)]
