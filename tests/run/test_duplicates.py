# SPDX-License-Identifier: GPL-3.0-or-later
"""Captures in which packets come more than once, as mirrors of several switches deliver them."""
import os
import random
import socket
import struct

from frames import ACK, EPOCH, PSH, RST, SYN, Talk, checksum, ethernet, ip4, tcp, udp
from support import CAPTURES, TOP, check_sums, conversations, expect, expect_equal, read

ETHERNET, SLL, SLL2 = 1, 113, 276
LINK_BYTES = {ETHERNET: 14, SLL: 16, SLL2: 20}
MILLISECOND = 1000000
SMALL = [name for name in CAPTURES if name.endswith(".pcap")]
LAB = sorted(name for name in os.listdir(os.path.join(TOP, "pcaps"))
             if name.startswith("lab-") and name.endswith(".pcap"))


def load(name):
    """The link type of a capture and its packets: (nanoseconds, bytes, bytes on the wire)."""
    data = read(os.path.join(TOP, "pcaps", name))
    nano = data[:4] == b"\x4d\x3c\xb2\xa1"
    expect(nano or data[:4] == b"\xd4\xc3\xb2\xa1", name + ": not a pcap file of this byte order")
    packets, at = [], 24
    while at < len(data):
        seconds, fraction, captured, wire = struct.unpack_from("<4I", data, at)
        packets.append((seconds * 1000 * MILLISECOND + fraction * (1 if nano else 1000),
                        data[at + 16:at + 16 + captured], wire))
        at += 16 + captured
    return struct.unpack_from("<I", data, 20)[0], packets


def store(bench, name, link_type, packets):
    """Sorted by time; of one time, in the order of PACKETS."""
    parts = [struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 262144, link_type)]
    for ts, data, wire in sorted(packets, key=lambda packet: packet[0]):
        parts.append(struct.pack("<4I", ts // (1000 * MILLISECOND), ts % (1000 * MILLISECOND),
                                 len(data), wire) + data)
    return bench.write(name, b"".join(parts))


def ip_place(link_type, data):
    """Where the IP header is, and its version; (0, 0) without one."""
    at = LINK_BYTES[link_type]
    kind = data[0:2] if link_type == SLL2 else data[at - 2:at]
    while kind == b"\x81\x00":
        kind, at = data[at + 2:at + 4], at + 4
    return (at, {b"\x08\x00": 4, b"\x86\xdd": 6}[kind]) if kind in (
        b"\x08\x00", b"\x86\xdd") else (0, 0)


def hopped(link_type, packet):
    """Behind a router: TTL less one, the checksum of the header mended."""
    ts, data, wire = packet
    at, version = ip_place(link_type, data)
    if version == 4:
        header = bytearray(data[at:at + (data[at] & 15) * 4])
        header[8] -= 1
        header[10:12] = b"\0\0"
        header[10:12] = struct.pack("!H", checksum(bytes(header)))
        data = data[:at] + bytes(header) + data[at + len(header):]
    elif version == 6:
        data = data[:at + 7] + bytes((data[at + 7] - 1,)) + data[at + 8:]
    return ts, data, wire


def other_macs(link_type, packet):
    ts, data, wire = packet
    if link_type == ETHERNET:
        return ts, b"\x02\x11\x22\x33\x44\x55\x02\x66\x77\x88\x99\xaa" + data[12:], wire
    if link_type == SLL:
        return ts, data[:6] + b"\x02\x66\x77\x88\x99\xaa" + data[12:], wire
    return ts, data[:12] + b"\x02\x66\x77\x88\x99\xaa" + data[18:], wire


def other_vlan(link_type, packet):
    ts, data, wire = packet
    if link_type != ETHERNET:
        return other_macs(link_type, packet)
    return ts, data[:12] + b"\x81\x00\x00\x4d" + data[12:], wire + 4


def routed(link_type, packet):
    return other_vlan(link_type, hopped(link_type, other_macs(link_type, packet)))


def word_for_word(_link_type, packet):
    return packet


def doubled(link_type, packets, *changes, seed=1):
    """Each packet, and after 0.1 to 0.8 ms one more for each change."""
    dice = random.Random(seed)
    out = []
    for packet in packets:
        out.append(packet)
        for change in changes:
            ts, data, wire = change(link_type, packet)
            out.append((ts + dice.randrange(MILLISECOND // 10, MILLISECOND * 8 // 10), data, wire))
    return out


def flows(bench, path, *args):
    database = bench.database()
    out = bench.database() + ".ndjson"
    report = bench.audit("--db", database, "--format", "json", "--flows", out, *args, path,
                         cwd=TOP).json()
    check_sums(report, path)
    return read(out), report


def ip_count(link_type, packets):
    return sum(ip_place(link_type, data)[1] != 0 for _ts, data, _wire in packets)


WAYS = {"vlan": (other_vlan,), "hop": (hopped,), "macs": (other_macs,),
        "two of four": (routed, other_vlan, other_vlan)}


def seen_otherwise(bench, names, ways):
    """What shows that it is a copy leaves no trace in flows, whatever it is a copy of."""
    for name in names:
        link_type, packets = load(name)
        wanted, plain = flows(bench, store(bench, "plain.pcap", link_type, packets))
        expect_equal(plain["run"]["duplicates"], 0, name + ": copies of nothing")
        for way, changes in ways.items():
            path = store(bench, "doubled.pcap", link_type, doubled(link_type, packets, *changes))
            got, report = flows(bench, path)
            what = "%s, %s" % (name, way)
            expect_equal(got, wanted, what)
            expect_equal(conversations(report), conversations(plain), what)
            expect_equal(report["run"]["packets"], len(packets) * (1 + len(changes)), what)
            expect_equal(report["run"]["duplicates"],
                         ip_count(link_type, packets) * len(changes), what)
        got, report = flows(bench, path, "--duplicates", "off")
        expect_equal(report["run"]["duplicates"], 0, name + ": off")
        expect(report["run"]["decoded"] >= plain["run"]["decoded"] * 4, name + ": off counts all")


def small_seen_otherwise(bench):
    seen_otherwise(bench, SMALL, WAYS)


def lab_seen_otherwise(bench):
    seen_otherwise(bench, LAB, {"four": (other_vlan, hopped, routed)})


def stays_the_same(link_type, packet):
    """Whether a packet says itself which one it is: an IPv4 identification, or TCP with data."""
    data = packet[1]
    at, version = ip_place(link_type, data)
    if version == 0:
        return True
    if version == 4 and data[at + 4:at + 6] != b"\0\0":
        return True
    transport = data[at + (9 if version == 4 else 6)]
    if transport != 6:
        return False
    body = data[at + ((data[at] & 15) * 4 if version == 4 else 40):]
    length = struct.unpack("!H", data[at + 2:at + 4] if version == 4 else data[at + 4:at + 6])[0]
    payload = length - (len(data[at:]) - len(body) if version == 4 else 0) - (body[12] >> 4) * 4
    return payload > 0 or body[13] & 3 != 0


def word_for_word_alone(bench):
    """Without anything that differs: what is known by itself in any case, the rest once the capture
    is known to be doubled, and with "on" at once."""
    for name in SMALL + ["lab-infrastructure.pcap"]:
        link_type, packets = load(name)
        wanted, _plain = flows(bench, store(bench, "plain.pcap", link_type, packets))
        for times in (1, 2):
            path = store(bench, "doubled.pcap", link_type,
                         doubled(link_type, packets, *[word_for_word] * times))
            what = "%s, %d more of each" % (name, times)
            got, report = flows(bench, path)
            missed = sum(not stays_the_same(link_type, packet) for packet in packets) * times
            copies = report["run"]["duplicates"]
            here = ip_count(link_type, packets) * times
            expect(here - missed <= copies <= here, "%s: %d copies of %d" % (what, copies, here))
            if missed == 0:
                expect_equal(got, wanted, what)
            got, report = flows(bench, path, "--duplicates", "on")
            expect_equal(got, wanted, what + ", on")
            expect_equal(report["run"]["duplicates"], here, what + ", on")


def many_in_a_row(bench):
    """A doubled capture is known as such after a few packets; then all is left out."""
    link_type, packets = load("web.pcap")
    last = packets[-1][0]
    more = [(last + n * MILLISECOND // 4, udp6("fd00::1", "fd00::2", 5000, b"n%d" % n), 70)
            for n in range(400)]
    wanted, _plain = flows(bench, store(bench, "plain.pcap", link_type, packets + more))
    got, report = flows(bench, store(bench, "doubled.pcap", link_type,
                                     doubled(link_type, packets + more, word_for_word)))
    expect_equal(got, wanted, "IPv6 in a doubled capture")
    expect_equal(report["run"]["duplicates"], ip_count(link_type, packets) + len(more), "copies")
    # Nothing else in the capture, nothing to tell by.
    got, report = flows(bench, store(bench, "doubled.pcap", link_type,
                                     doubled(link_type, more, word_for_word)))
    expect_equal(report["run"]["duplicates"], 0, "nothing shows that they are copies")
    expect_equal(report["run"]["decoded"], 800, "all of them stay")


def udp6(source, target, port, payload):
    segment = struct.pack("!HHHH", port, port + 1, 8 + len(payload), 1) + payload
    return ethernet(struct.pack("!IHBB", 6 << 28, len(segment), 17, 64)
                    + socket.inet_pton(socket.AF_INET6, source)
                    + socket.inet_pton(socket.AF_INET6, target) + segment, 0x86dd)


def at(microseconds, frame):
    return EPOCH * 1000 * MILLISECOND + microseconds * 1000, frame, len(frame)


def count(bench, frames, *args):
    """Copies, and packets that stay."""
    packets = [at(*frame) if len(frame) == 2 else frame for frame in frames]
    run = flows(bench, store(bench, "small.pcap", ETHERNET, packets), *args)[1]["run"]
    return run["duplicates"], run["decoded"]


def repetitions_stay(bench):
    """What somebody sent twice is two packets."""
    a, b = "10.1.0.1", "10.1.0.2"
    data = [tcp(a, 4000, b, 80, PSH | ACK, 100, 1, b"x" * 50, ident) for ident in (7, 8)]
    cases = {
        "a retransmission": [(0, data[0]), (300, data[1])],
        "one like before, later": [(0, data[0]), (1000, data[0])],
        "datagrams with numbers": [(n * 10, udp(a, 5, b, 53, b"same", n + 1)) for n in range(50)],
        "datagrams without": [(n * 10, udp(a, 5, b, 53, b"same", 0)) for n in range(50)],
        "of IPv6": [(n * 10, udp6("fd00::1", "fd00::2", 7, b"same")) for n in range(50)],
        "resets": [(n * 10, tcp(b, 80, a, 4000, RST, 9, 0, ident=0)) for n in range(5)],
        "acknowledgements": [(n * 10, tcp(b, 80, a, 4000, ACK, 9, 7, ident=0)) for n in range(5)],
        "another way": [(0, udp(a, 9, b, 9, b"same", 0)), (10, udp(b, 9, a, 9, b"same", 0))],
        "other bytes": [(n, udp(a, 5, b, 53, b"%05d" % n, 0)) for n in range(50)],
        "another transport": [(0, ip4(a, b, 200, b"same")), (1, ip4(a, b, 201, b"same"))],
        "pieces": [(n, ip4(a, b, 17, b"\0" * 8, 5, 0x2000 + n)) for n in range(3)],
    }
    for what, frames in cases.items():
        expect_equal(count(bench, frames), (0, len(frames)), what)
    left = ("datagrams without", "of IPv6", "resets", "acknowledgements")
    for what, frames in cases.items():
        expect_equal(count(bench, frames, "--duplicates", "on")[0],
                     len(frames) - 1 if what in left else 0, what + ", on")
    expect_equal(count(bench, cases["one like before, later"], "--duplicates-within", "2ms"),
                 (1, 1), "a longer window")
    expect_equal(count(bench, [(0, data[0]), (999, data[0]), (1999, data[0])]), (1, 2), "999 us")


def repetitions_in_a_doubled_capture(bench):
    """Each comes twice, so four are two that somebody sent."""
    talk = Talk("10.1.0.1", 4000, "10.1.0.2", 80)
    for number in range(20):
        talk.say(b"question %d" % number).answer(b"answer %d" % number)
    frames = [(n * 2000 + more, frame) for n, frame in enumerate(talk.close()) for more in (0, 90)]
    known = len(frames)
    same = udp6("fd00::1", "fd00::2", 7, b"same")
    for order in ((0, 1, 300, 301), (0, 10, 300, 310), (0, 300, 10, 310)):
        frames += [(1000000 + len(frames) * 1000 + after, same) for after in order]
    expect_equal(count(bench, frames), (known // 2 + 6, known // 2 + 6), "two of two")
    # In a capture that two switches mirror, what looks alike is a repetition.
    other = other_vlan(ETHERNET, at(0, same))[1]
    frames = [(n * 2000 + more, other_vlan(ETHERNET, at(0, frame))[1] if more else frame)
              for n, frame in enumerate(talk.frames) for more in (0, 90)]
    frames += [(1000000, same), (1000010, other), (1000300, same), (1000310, other)]
    expect_equal(count(bench, frames), (known // 2 + 2, known // 2 + 2), "two of two views")


def vlans_of_a_key(bench):
    """Where VLANs tell flows apart, they tell packets apart."""
    frame = udp("10.1.0.1", 5, "10.1.0.2", 53, b"same", 7)
    frames = [at(0, frame), other_vlan(ETHERNET, at(100, frame))]
    expect_equal(count(bench, frames), (1, 1), "plain")
    expect_equal(count(bench, frames, "--key", "vlan"), (0, 2), "--key vlan")
    frames.append(hopped(ETHERNET, at(200, frame)))
    expect_equal(count(bench, frames, "--key", "vlan"), (1, 2), "--key vlan, and a copy")


def workers_do_not_matter(bench):
    for name in ("lab-infrastructure.pcap", "ipv6.pcap"):
        link_type, packets = load(name)
        path = store(bench, "doubled.pcap", link_type,
                     doubled(link_type, packets, word_for_word, routed))
        wanted = flows(bench, path, "--workers", "0")
        for workers in ("1", "2", "3", "2"):
            got = flows(bench, path, "--workers", workers)
            expect_equal(got[0], wanted[0], name + ", flows with %s workers" % workers)
            expect_equal(got[1]["run"]["duplicates"], wanted[1]["run"]["duplicates"], name)


def two_files(bench):
    """Two taps of one network, each with its own file."""
    link_type, packets = load("web.pcap")
    wanted, _plain = flows(bench, store(bench, "one.pcap", link_type, packets))
    store(bench, "two.pcap", link_type, [(ts + 70000, data, wire) for ts, data, wire in packets])
    got, report = flows(bench, bench.path("one.pcap"), bench.path("two.pcap"))
    expect_equal(got, wanted, "flows of two files")
    expect_equal(report["run"]["duplicates"], ip_count(link_type, packets), "copies")
    text = bench.audit(bench.path("one.pcap"), bench.path("two.pcap")).text()
    expect("; duplicates removed " in text, "the report does not say it: " + text)


TESTS = [("seen-otherwise", small_seen_otherwise),
         ("seen-otherwise-lab", lab_seen_otherwise), ("word-for-word", word_for_word_alone),
         ("many-in-a-row", many_in_a_row), ("repetitions-stay", repetitions_stay),
         ("repetitions-in-a-doubled-capture", repetitions_in_a_doubled_capture),
         ("vlans-of-a-key", vlans_of_a_key), ("workers-do-not-matter", workers_do_not_matter),
         ("two-files", two_files)]
