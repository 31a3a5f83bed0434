# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a capture that the laboratory made: which packets went from where to where."""
import ipaddress
import struct
from collections import namedtuple

Packet = namedtuple("Packet", "time source target transport sport dport flags payload")

TRANSPORTS = {6: "tcp", 17: "udp", 132: "sctp", 1: "icmp", 58: "icmp6"}
SYN, ACK = 0x02, 0x10


class CaptureError(Exception):
    pass


def packets(path):
    """Every IP packet of a pcap file with Ethernet frames; first fragments only have ports."""
    with open(path, "rb") as file:
        data = file.read()
    if len(data) < 24 or data[:4] not in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1"):
        raise CaptureError("%s: not a pcap file of a little-endian machine" % path)
    fraction = 1e-9 if data[:1] == b"\x4d" else 1e-6
    at = 24
    while at + 16 <= len(data):
        seconds, part, kept, _ = struct.unpack_from("<IIII", data, at)
        at += 16
        if at + kept > len(data):
            raise CaptureError("%s: cut off" % path)
        packet = parse(seconds + part * fraction, data[at:at + kept])
        at += kept
        if packet:
            yield packet


def parse(when, frame):
    kind = struct.unpack_from("!H", frame, 12)[0]
    if kind == 0x0800:
        length = (frame[14] & 15) * 4
        first = struct.unpack_from("!H", frame, 20)[0] & 0x1fff == 0
        return transport(when, frame[26:30], frame[30:34], frame[23],
                         frame[14 + length:14 + struct.unpack_from("!H", frame, 16)[0]], first)
    if kind == 0x86dd:
        number, at = frame[20], 54
        while number in (0, 43, 60):  # hop-by-hop, routing, destination options: RFC 8200
            number, at = frame[at], at + 8 + frame[at + 1] * 8
        return transport(when, frame[22:38], frame[38:54], number, frame[at:], True)
    return None


def transport(when, source, target, number, segment, first):
    sport = dport = flags = 0
    payload = b""
    if number in (6, 17, 132) and first and len(segment) >= 8:
        sport, dport = struct.unpack_from("!HH", segment)
        payload = segment[8:]
        if number == 6 and len(segment) >= 20:
            flags = segment[13]
            payload = segment[(segment[12] >> 4) * 4:]
    elif number in (1, 58) and len(segment) >= 2:
        sport, dport = segment[0], segment[0] << 8 | segment[1]  # as reports have it
    return Packet(when, str(ipaddress.ip_address(source)), str(ipaddress.ip_address(target)),
                  TRANSPORTS.get(number, "ip-%d" % number), sport, dport, flags, payload)
