# SPDX-License-Identifier: GPL-3.0-or-later
"""Nights made of one recording: the same packets at another day, with one change each."""
import ipaddress
import random
import struct

import frames

DAY = 86400 * 1000000
ETHER = 14


class Frame:
    """An Ethernet frame at a time in microseconds; IP addresses and ports can be changed."""

    def __init__(self, when, data):
        self.when = when
        self.data = bytearray(data)
        kind = struct.unpack_from("!H", data, 12)[0] if len(data) >= ETHER else 0
        self.version = {0x0800: 4, 0x86dd: 6}.get(kind, 0)

    def copy(self):
        return Frame(self.when, self.data)

    def spots(self):
        """Where the addresses are, how long they are, and where the transport begins."""
        if self.version == 4:
            return ETHER + 12, ETHER + 16, 4, ETHER + (self.data[ETHER] & 15) * 4
        return ETHER + 8, ETHER + 24, 16, ETHER + 40

    def transport(self):
        if not self.version:
            return 0
        return self.data[ETHER + (9 if self.version == 4 else 6)]

    def ends(self):
        """((source, port), (target, port)) of TCP and UDP, else None."""
        if self.transport() not in (6, 17):
            return None
        source, target, size, at = self.spots()
        ports = struct.unpack_from("!HH", self.data, at)
        return ((str(ipaddress.ip_address(bytes(self.data[source:source + size]))), ports[0]),
                (str(ipaddress.ip_address(bytes(self.data[target:target + size]))), ports[1]))

    def rename(self, changes):
        """CHANGES from (address, port) or address to the same; checksums are made anew."""
        ends = self.ends()
        if ends is None:
            return self
        source, target, size, at = self.spots()
        for number, (spot, end) in enumerate(zip((source, target), ends)):
            address, port = changes.get(end, (changes.get(end[0], end[0]), end[1]))
            packed = ipaddress.ip_address(address).packed
            self.data[spot:spot + size] = packed
            struct.pack_into("!H", self.data, at + 2 * number, port)
        self.sum_up()
        return self

    def sum_up(self):
        """The checksums of IPv4, TCP and UDP."""
        source, _, size, at = self.spots()
        end = ETHER + (struct.unpack_from("!H", self.data, ETHER + 2)[0] if self.version == 4
                       else 40 + struct.unpack_from("!H", self.data, ETHER + 4)[0])
        if self.version == 4:
            struct.pack_into("!H", self.data, ETHER + 10, 0)
            struct.pack_into("!H", self.data, ETHER + 10,
                             frames.checksum(bytes(self.data[ETHER:at])))
        spot = at + (16 if self.transport() == 6 else 6)
        struct.pack_into("!H", self.data, spot, 0)
        pseudo = bytes(self.data[source:source + 2 * size]) + struct.pack(
            "!II", end - at, self.transport())
        struct.pack_into("!H", self.data, spot,
                         frames.checksum(pseudo + bytes(self.data[at:end])) or 0xffff)


def load(data):
    """The frames of a pcap file in microseconds, little endian."""
    expect_magic = struct.unpack_from("<I", data)[0]
    assert expect_magic == 0xa1b2c3d4, "not a pcap file of that kind"
    found = []
    at = 24
    while at < len(data):
        seconds, micro, size, _ = struct.unpack_from("<IIII", data, at)
        found.append(Frame(seconds * 1000000 + micro, data[at + 16:at + 16 + size]))
        at += 16 + size
    return found


def save(night):
    """The pcap file of frames, in the order of their times."""
    parts = [struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1)]
    for frame in sorted(night, key=lambda one: one.when):
        parts.append(struct.pack("<IIII", frame.when // 1000000, frame.when % 1000000,
                                 len(frame.data), len(frame.data)))
        parts.append(bytes(frame.data))
    return b"".join(parts)


def at(night, begin):
    """The same frames, the first of them at BEGIN."""
    shift = begin - min(frame.when for frame in night)
    return [Frame(frame.when + shift, frame.data) for frame in night]


def is_of(frame, server):
    """Whether SERVER, an address and a port, is one of its ends."""
    return frame.ends() is not None and server in frame.ends()


def with_clients(night, server, client, others):
    """What CLIENT had with SERVER, for each of OTHERS, too."""
    more = []
    for number, other in enumerate(others):
        for frame in night:
            if is_of(frame, server) and client in (frame.ends()[0][0], frame.ends()[1][0]):
                copy = frame.copy().rename({client: other})
                copy.when += 1000 * (number + 1)
                more.append(copy)
    return night + more


def moved(night, server, to):
    """SERVER, an address and a port, is somewhere else."""
    return [frame.copy().rename({server: to}) if is_of(frame, server) else frame for frame in night]


def spoken(night, server, like):
    """At SERVER what is spoken at LIKE, by its clients there."""
    rest = [frame for frame in night if not is_of(frame, server)]
    more = [frame.copy().rename({like: server}) for frame in night if is_of(frame, like)]
    for frame in more:
        frame.when += 500
    return rest + more


def lossy(night, share, seed):
    dice = random.Random(seed)
    return [frame for frame in night if dice.random() >= share]


def scanned(night, client, servers, ports):
    """CLIENT tries every port of every server, and is answered by none."""
    when = min(frame.when for frame in night)
    more = []
    for server in servers:
        for port in ports:
            when += 2000
            more.append(Frame(when, frames.tcp(client, 40000 + port % 20000, server, port,
                                               frames.SYN, 1000, 0)))
    return night + more
