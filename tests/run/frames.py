# SPDX-License-Identifier: GPL-3.0-or-later
"""Captures made by hand: the packets that no recording has."""
import socket
import struct

SYN, ACK, FIN, RST, PSH = 0x02, 0x10, 0x01, 0x04, 0x08
EPOCH = 1767225600  # 2026-01-01T00:00:00Z


def pcap(frames, link_type=1, snap=262144):
    """FRAMES are bytes, a millisecond apart, or pairs of (microseconds, bytes)."""
    parts = [struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, snap, link_type)]
    for number, frame in enumerate(frames):
        after, data = frame if isinstance(frame, tuple) else (number * 1000, frame)
        parts.append(struct.pack("<IIII", EPOCH + after // 1000000, after % 1000000,
                                 min(len(data), snap), len(data)))
        parts.append(data[:snap])
    return b"".join(parts)


def read_pcap(data):
    """The link type and the packets of a pcap file, as [time in nanoseconds, bytes, wire length]."""
    order = {b"\xd4\xc3\xb2\xa1": "<", b"\x4d\x3c\xb2\xa1": "<",
             b"\xa1\xb2\xc3\xd4": ">", b"\xa1\xb2\x3c\x4d": ">"}[data[:4]]
    unit = 1 if b"\x3c" in data[:4] else 1000
    link_type = struct.unpack_from(order + "I", data, 20)[0] & 0xffff
    packets, at = [], 24
    while at + 16 <= len(data):
        seconds, fraction, captured, wire = struct.unpack_from(order + "IIII", data, at)
        packets.append([seconds * 1000000000 + fraction * unit,
                        data[at + 16:at + 16 + captured], wire])
        at += 16 + captured
    return link_type, packets


def write_pcap(link_type, packets):
    """The inverse, with nanoseconds."""
    parts = [struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 262144, link_type)]
    for at_ns, data, wire in packets:
        parts.append(struct.pack("<IIII", at_ns // 1000000000, at_ns % 1000000000, len(data), wire))
        parts.append(data)
    return b"".join(parts)


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total > 0xffff:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ethernet(payload, kind=0x0800):
    return b"\x02\0\0\0\0\x02" + b"\x02\0\0\0\0\x01" + struct.pack("!H", kind) + payload


def ip4(source, target, protocol, payload, ident=1, fragment=0, ttl=64):
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), ident & 0xffff, fragment,
                         ttl, protocol, 0, socket.inet_aton(source), socket.inet_aton(target))
    header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    return ethernet(header + payload)


def tcp(source, sport, target, dport, flags, seq, ack, payload=b"", ident=1):
    segment = struct.pack("!HHIIBBHHH", sport, dport, seq & 0xffffffff, ack & 0xffffffff, 0x50,
                          flags, 64240, 0, 0) + payload
    pseudo = socket.inet_aton(source) + socket.inet_aton(target) + struct.pack(
        "!BBH", 0, 6, len(segment))
    segment = segment[:16] + struct.pack("!H", checksum(pseudo + segment)) + segment[18:]
    return ip4(source, target, 6, segment, ident)


def udp(source, sport, target, dport, payload, ident=1):
    return ip4(source, target, 17, struct.pack("!HHHH", sport, dport, 8 + len(payload), 0)
               + payload, ident)


def unreachable(router, frame, code=1):
    """The ICMP error (RFC 792) that a router sends about an Ethernet frame of IPv4."""
    quoted = frame[14:14 + 28]
    body = struct.pack("!BBHI", 3, code, 0, 0) + quoted
    body = body[:2] + struct.pack("!H", checksum(body)) + body[4:]
    return ip4(router, socket.inet_ntoa(quoted[12:16]), 1, body)


def dns_name(host):
    return b"".join(bytes((len(part),)) + part for part in host.encode().split(b".")) + b"\0"


def dns_query(ident, host):
    """A question for the IPv4 addresses of HOST (RFC 1035 section 4.1)."""
    return struct.pack("!6H", ident, 0x0100, 1, 0, 0, 0) + dns_name(host) + struct.pack("!HH", 1, 1)


def dns_answer(ident, host, *addresses, ttl=300):
    records = b"".join(struct.pack("!HHHIH", 0xc00c, 1, 1, ttl, 4) + socket.inet_aton(address)
                       for address in addresses)
    return (struct.pack("!6H", ident, 0x8180, 1, len(addresses), 0, 0) + dns_name(host)
            + struct.pack("!HH", 1, 1) + records)


class Talk:
    """A TCP connection from handshake to FIN, its frames in order."""

    def __init__(self, client, cport, server, sport):
        self.ends = ((client, cport, server, sport), (server, sport, client, cport))
        self.seq = [1000, 5000]
        self.frames = []
        self.ident = cport
        self._send(0, SYN)
        self._send(1, SYN | ACK)
        self._send(0, ACK)

    def _send(self, side, flags, payload=b""):
        self.ident += 1
        ack = self.seq[1 - side] if flags & ACK else 0
        self.frames.append(tcp(*self.ends[side], flags, self.seq[side], ack, payload,
                               self.ident))
        self.seq[side] += len(payload) + (1 if flags & (SYN | FIN) else 0)

    def say(self, payload):
        self._send(0, PSH | ACK, payload)
        return self

    def answer(self, payload):
        self._send(1, PSH | ACK, payload)
        return self

    def finish(self, side):
        """FIN from one side."""
        self._send(side, FIN | ACK)
        return self

    def close(self):
        self._send(0, FIN | ACK)
        self._send(1, FIN | ACK)
        self._send(0, ACK)
        return self.frames


def client_hello(name):
    """A TLS 1.2 ClientHello (RFC 5246, section 7.4.1.2) with NAME as SNI (RFC 6066)."""
    entry = struct.pack("!BH", 0, len(name)) + name
    sni = struct.pack("!HHH", 0, len(entry) + 2, len(entry)) + entry
    groups = struct.pack("!HHHH", 10, 4, 2, 0x001d)
    extensions = sni + groups
    body = (b"\x03\x03" + bytes(range(32)) + b"\0" + struct.pack("!HHH", 4, 0xc02f, 0xc030)
            + b"\x01\0" + struct.pack("!H", len(extensions)) + extensions)
    shake = b"\x01" + struct.pack("!I", len(body))[1:] + body
    return b"\x16\x03\x01" + struct.pack("!H", len(shake)) + shake


def random_frame(dice):
    """A packet of every kind, most of them well formed, between few hosts."""
    hosts = ["10.9.0.%d" % n for n in range(1, 7)]
    source, target = dice.sample(hosts, 2)
    sport = dice.choice((dice.randrange(1024, 65536), 443, 80))
    dport = dice.choice((22, 53, 80, 389, 443, 1433, 5672, 8243, 9443, 33999))
    payload = dice.randbytes(dice.choice((0, 1, 8, 40, 200, 1200)))
    kind = dice.randrange(12)
    if kind < 4:
        frame = tcp(source, sport, target, dport, dice.choice((SYN, SYN | ACK, ACK, PSH | ACK,
                    FIN | ACK, RST, 0, 0xff)), dice.getrandbits(32), dice.getrandbits(32),
                    payload, dice.getrandbits(16))
    elif kind < 7:
        frame = udp(source, sport, target, dport, payload, dice.getrandbits(16))
    elif kind == 7:
        frame = ip4(source, target, 1, bytes((dice.choice((0, 3, 8, 11)), 0, 0, 0)) + payload,
                    dice.getrandbits(16))
    elif kind == 8:  # fragments, most of them without their first piece
        frame = ip4(source, target, dice.choice((6, 17)), payload + b"\0" * 8,
                    dice.randrange(8), dice.choice((0x2000, 0x2001, 0x0010, 0x0001)))
    elif kind == 9:
        frame = ip4(source, target, dice.randrange(256), payload, dice.getrandbits(16))
    elif kind == 10:
        frame = ethernet(dice.randbytes(dice.randrange(0, 100)),
                         dice.choice((0x0800, 0x86dd, 0x8100, 0x8847, 0x0806, 0x8864)))
    else:
        frame = dice.randbytes(dice.randrange(0, 120))
    if dice.randrange(20) == 0:
        frame = frame[:dice.randrange(len(frame) + 1)]
    if dice.randrange(20) == 0 and frame:
        at = dice.randrange(len(frame))
        frame = frame[:at] + bytes((dice.getrandbits(8),)) + frame[at + 1:]
    return frame
