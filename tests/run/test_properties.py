# SPDX-License-Identifier: GPL-3.0-or-later
"""
What holds for any capture, tried on those of pcaps/ and on made ones, changed at random. The dice
are thrown anew in each run: FA_SEED=N, which every failure tells, throws them as they fell.
"""
import ipaddress
import json
import os
import random
import re
import struct
import time

from frames import (ACK, SYN, Talk, client_hello, dns_answer, dns_query, ip4, pcap, random_frame,
                    read_pcap, tcp, udp, unreachable, write_pcap)
from support import (CAPTURES, TOP, Failure, capture, check_sums, expect, expect_equal, read,
                     without_confinement)

SEED = int(os.environ.get("FA_SEED") or time.time_ns() // 1000 % 10**9)
LABS = sorted(name for name in os.listdir(os.path.join(TOP, "pcaps"))
              if name.startswith("lab-") and name.endswith(".pcap"))
FILES = [name for name in CAPTURES if name.endswith(".pcap")] + LABS
MILLISECOND = 1000000
SECOND = 1000 * MILLISECOND


# Captures

def talks(dice):
    """Conversations of many kinds between few hosts, woven into each other, within a minute."""
    packets = []

    def put(frames):
        at = dice.randrange(50 * SECOND)
        for frame in frames:
            packets.append([at, frame, len(frame)])
            at += dice.choice((0, 10000, MILLISECOND, 40 * MILLISECOND))

    for number in range(dice.randrange(20, 60)):
        client, server = dice.sample(["10.9.0.%d" % n for n in (1, 2, 3, 77, 200, 254)], 2)
        cport = 40000 + number
        kind = dice.randrange(8)
        if kind == 0:
            name = "h%d.example" % dice.randrange(4)
            put([udp(client, cport, server, 53, dns_query(number, name), number),
                 udp(server, 53, client, cport, dns_answer(number, name, "10.9.0.77"), number)])
        elif kind == 1:
            asked = ip4(client, server, 1, struct.pack("!BBHHH", 8, 0, 0, number, 1), number)
            put([asked, ip4(server, client, 1, struct.pack("!BBHHH", 0, 0, 0, number, 1), number)])
        elif kind == 2:
            tried = tcp(client, cport, server, 9443, SYN, 1, 0, b"", number)
            put([tried, unreachable("10.9.0.9", tried)])
        elif kind == 3:
            put([udp(client, cport, server, 514, b"<13>hello", number + n)
                 for n in range(dice.randrange(1, 4))])
        elif kind == 4:
            put([ip4(client, server, 17, b"\x9c\x40\0\x35" + b"\0" * 12, number, 0x2000),
                 ip4(client, server, 17, b"\0" * 16, number, 2)])
        else:
            talk = Talk(client, cport, server, dice.choice((80, 443, 8243, 22, 5432)))
            talk.say(dice.choice((b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", b"SSH-2.0-x\r\n",
                                  client_hello(b"b.example"))))
            talk.answer(dice.choice((b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b"\0\1")))
            put(talk.close() if dice.randrange(4) else talk.frames)
    packets.sort(key=lambda packet: packet[0])
    start = 1767225600 * SECOND
    return 1, [[start + at, frame, wire] for at, frame, wire in packets]


def noise(dice):
    """Packets of every kind, many of them damaged."""
    return read_pcap(pcap([random_frame(dice) for _ in range(dice.randrange(20, 400))]))


def chosen(dice, files):
    """FILES of pcaps/ and one that is made, as (name, link type, packets)."""
    for name in dice.sample(FILES, min(files, len(FILES))):
        yield (name,) + read_pcap(read(capture(name)))
    yield ("talks",) + talks(dice)


def timed(packets):
    """Of packets of one time nobody knows which was first: each gets a time of its own."""
    return [[at_ns + number, data, wire] for number, (at_ns, data, wire) in enumerate(packets)]


# What is compared

def report_of(bench, paths, *args):
    return bench.audit("--format", "json", *args, *paths).json()


def told(one):
    """A conversation or a finding, without its number in the report."""
    return json.dumps({name: value for name, value in one.items()
                       if name not in ("number", "finding")}, sort_keys=True)


def difference(got, wanted):
    """The names and values that two texts of told() do not share."""
    ours, theirs = json.loads(got), json.loads(wanted)
    ends = " ".join(str(ours[name]) for name in ("client", "server", "port", "transport"))
    return ends + ": " + ", ".join("%s is %.100r instead of %.100r" % (
        name, ours[name], theirs.get(name)) for name in ours if ours[name] != theirs.get(name))


def same_told(got, wanted, what):
    """The same conversations and findings, in whatever order."""
    for part in ("conversations", "findings"):
        ours, theirs = (sorted(map(told, report[part])) for report in (got, wanted))
        if ours == theirs:
            continue
        more = [one for one in ours if one not in theirs]
        less = [one for one in theirs if one not in ours]
        # Each beside the one that is most like it.
        nearest = [difference(one, min(less, key=lambda it, one=one: len(difference(one, it))))
                   for one in more[:3]] if less else more[:3]
        raise Failure("%s: %s: %d are not as they were, %d are missing: %s" % (
            what, part, len(more), len(less), "; ".join(nearest) or less[:3]))


def write(bench, name, link_type, packets):
    return bench.write(name, write_pcap(link_type, packets))


# Properties

def ip_at(link_type, data):
    """Where the IP header begins; None when there is none, or in a way not known here."""
    if link_type == 1:
        at = 12
        while data[at:at + 2] in (b"\x81\0", b"\x88\xa8"):
            at += 4
    else:
        at = {113: 14, 276: 0}.get(link_type, len(data))
    kind = data[at:at + 2]
    at = 20 if link_type == 276 else at + 2
    return at if kind in (b"\x08\0", b"\x86\xdd") and len(data) >= at + 20 else None


def mirror4(address):
    """In a private network the first host becomes the last one, and so on."""
    private = address[0] == 10 or address[:2] == b"\xc0\xa8" or \
        address[0] == 172 and 16 <= address[1] < 32
    return address[:3] + bytes((255 - address[3],)) if private and 0 < address[3] < 255 \
        else address


def mirror6(address):
    last = struct.unpack("!H", address[14:])[0]
    return address if address[0] == 0xff or not any(address[:14]) or last in (0, 0xffff) \
        else address[:14] + struct.pack("!H", 0xffff - last)


def mirror_text(text):
    """An address as a report has it; mirrored twice it is the same again."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text
    return str(ipaddress.ip_address((mirror4 if address.version == 4 else mirror6)(
        address.packed)))


def mirror_header(data, at):
    """Exchanges the addresses of the IP header at AT, and those that an ICMP error quotes."""
    if data[at] >> 4 == 6:
        for place in (at + 8, at + 24):
            data[place:place + 16] = mirror6(bytes(data[place:place + 16]))
        if data[at + 6] == 58 and data[at + 40:at + 41] == b"\1" and len(data) >= at + 88:
            mirror_header(data, at + 48)
        return
    for place in (at + 12, at + 16):
        data[place:place + 4] = mirror4(bytes(data[place:place + 4]))
    inner = at + (data[at] & 15) * 4
    if data[at + 9] == 1 and data[inner:inner + 1] in (b"\3", b"\x0b") and \
            len(data) >= inner + 28:
        mirror_header(data, inner + 8)


def mirrored(link_type, packets):
    out = []
    for at_ns, data, wire in packets:
        data = bytearray(data)
        at = ip_at(link_type, data)
        if at is not None and (data[at] >> 4 == 4 or len(data) >= at + 40):
            mirror_header(data, at)
            # Answers of DNS: the addresses behind type, class, TTL and length (RFC 1035, 4.1.3).
            place = data.find(b"\0\1\0\1", at)
            while place >= 0 and data[place + 8:place + 10] == b"\0\4":
                data[place + 10:place + 14] = mirror4(bytes(data[place + 10:place + 14]))
                place = data.find(b"\0\1\0\1", place + 14)
        out.append([at_ns, bytes(data), wire])
    return out


def mirror(bench, dice, files):
    """Which of two addresses is the lower one decides nothing."""
    for name, link_type, packets in chosen(dice, files):
        wanted = report_of(bench, [write(bench, "as-is.pcap", link_type, packets)])
        got = report_of(bench, [write(bench, "mirror.pcap", link_type,
                                      mirrored(link_type, packets))])
        ends = {c[end] for c in got["conversations"] for end in ("client", "server")}
        for part in ("conversations", "findings"):
            for one in got[part]:
                for end in ("client", "server"):
                    one[end] = mirror_text(one[end])
                one["detail"] = re.sub(r"[0-9a-f.:]+", lambda match: mirror_text(match.group()),
                                       one["detail"])
        same_told(got, wanted, "%s, mirrored" % name)
        expect(any(mirror_text(end) != end for end in ends), "%s: nothing was mirrored" % name)


IN_FILES = ("id", "source", "files", "sandboxed", "link_types", "interfaces")


def same_run(got, wanted, what):
    """All figures but those that tell of files."""
    ours, theirs = ({name: value for name, value in report["run"].items() if name not in IN_FILES}
                    for report in (got, wanted))
    expect_equal(ours, theirs, what)


def halves(bench, dice, files):
    """A capture in several files is the same capture, whether they follow each other or overlap."""
    # What came on two interfaces is a copy; files are interfaces.
    args = ("--duplicates", "off")
    for name, link_type, packets in chosen(dice, files):
        packets = timed(packets)
        wanted = report_of(bench, [write(bench, "whole.pcap", link_type, packets)], *args)
        for parts in (2, 5):
            cuts = sorted(dice.randrange(len(packets) + 1) for _ in range(parts - 1))
            dealt = [[] for _ in range(parts)]
            for packet in packets:
                dice.choice(dealt).append(packet)
            for what, pieces in (("cut at %r" % cuts,
                                  [packets[begin:end] for begin, end in
                                   zip([0] + cuts, cuts + [len(packets)])]),
                                 ("dealt to %d files" % parts, dealt)):
                paths = [write(bench, "part%d.pcap" % n, link_type, piece)
                         for n, piece in enumerate(pieces)]
                got = report_of(bench, dice.sample(paths, parts), *args)
                same_told(got, wanted, "%s, %s" % (name, what))
                same_run(got, wanted, "%s, %s" % (name, what))


def shuffled(dice, packets, by_ns):
    """In another order, each no farther from its place than BY_NS."""
    return sorted(packets, key=lambda packet: packet[0] + dice.uniform(0, by_ns))


def shuffle_file(bench, dice, files):
    """The order in the file is not the order in time: times decide."""
    for name, link_type, packets in chosen(dice, files):
        packets = timed(packets)
        wanted = report_of(bench, [write(bench, "ordered.pcap", link_type, packets)])
        got = report_of(bench, [write(bench, "shuffled.pcap", link_type,
                                      shuffled(dice, packets, 5 * MILLISECOND))])
        same_told(got, wanted, "%s, shuffled within 5 ms" % name)


def ends_of(report, evidence=None):
    """Who asked whom: all of them, or where the contents of packets say so."""
    return {tuple(str(c[name]) for name in ("client", "server", "port", "transport"))
            for c in report["conversations"] if not evidence or c["direction_by"] in evidence}


def shuffle_time(bench, dice, files):
    """Late packets: who asked whom stays what the contents say, if need be by other contents."""
    telling = ("syn", "syn-ack", "protocol")
    for name, link_type, packets in chosen(dice, files):
        wanted = report_of(bench, [write(bench, "ordered.pcap", link_type, packets)])
        late = sorted([at_ns + dice.randrange(3 * MILLISECOND), data, wire]
                      for at_ns, data, wire in packets)
        got = report_of(bench, [write(bench, "late.pcap", link_type, late)])
        lost = ends_of(wanted, telling) - ends_of(got) | \
            ends_of(wanted, ("syn",)) - ends_of(got, ("syn",))
        made = ends_of(got, telling) - ends_of(wanted)
        expect(not lost and not made, "%s, up to 3 ms late: lost %.800r, got %.800r" % (
            name, sorted(lost), sorted(made)))


def damaged(dice, packets):
    """Cut, shortened, with bits turned over, doubled: as a bad tap and a bad disk leave it."""
    out = []
    snap = dice.choice((14, 34, 54, 60, 64, 96, 128, 262144))
    flips = dice.choice((0, 0, 1, 5))
    for at_ns, data, wire in packets:
        data = bytearray(data[:snap])
        if flips and data and dice.randrange(3) == 0:
            for _ in range(flips):
                data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        if dice.randrange(50):
            out.append([at_ns, bytes(data), max(wire, len(data))])
        if dice.randrange(100) == 0:
            out.append([at_ns + dice.randrange(2 * MILLISECOND), bytes(data), max(wire, len(data))])
    return out


def counted_once(bench, dice, files):
    """Whatever happened to a capture, every packet is counted once, by any number of workers."""
    for name, link_type, packets in list(chosen(dice, files)) + [("noise",) + noise(dice)]:
        packets = damaged(dice, packets)
        content = write_pcap(link_type, packets)
        whole = dice.randrange(3)
        if not whole:
            content = content[:dice.randrange(24, len(content) + 1)]
        path = bench.write("damaged.pcap", content)
        # To the file's end, that is: its last packet may be cut.
        given = len(read_pcap(content)[1]) if whole else None
        reports = []
        counts = dice.sample(("0", "1", "2", "3"), 2)
        for workers in counts:
            what = "%s, damaged, %s workers" % (name, workers)
            result = bench.audit("--format", "json", "--workers", workers, path)
            report = result.json()
            check_sums(report, what)
            if given is not None:
                expect_equal(report["run"]["packets"], given, what + ": packets")
            reports.append(without_confinement(result.out))
        expect_equal(reports[1], reports[0], "%s, damaged: %s and %s workers" % (
            (name,) + tuple(counts)))


PROPERTIES = (("mirror", mirror), ("halves", halves), ("shuffle-file", shuffle_file),
              ("shuffle-time", shuffle_time), ("counted-once", counted_once))


def rounds(prop, number, files):
    def test(bench):
        seed = "%d %s" % (SEED, prop.__name__)
        dice = random.Random("%s %d" % (seed, number))
        try:
            prop(bench, dice, files)
        except Exception as reason:
            reason.args = ("FA_SEED=%d: %s" % (SEED, reason),)
            raise
    test.long = number > 0
    return test


TESTS = [("%s-%d" % (name, number), rounds(prop, number, 2 if number == 0 else 10))
         for name, prop in PROPERTIES for number in range(4)]
