# SPDX-License-Identifier: GPL-3.0-or-later
"""
Frames in the encapsulations of a network, from their documents: for captures of what no kernel
makes (pcaps/wrap-tunnels), and for tests with the same traffic in different wrappings.

A layout is a function that takes an Ethernet frame and which way it goes (0: as the first packet of
the capture, 1: the other way) and gives the wrapped frame, or None where the layout cannot carry it
(ARP in a tunnel for IP).
"""
import socket
import struct

from frames import checksum

IP4, IP6, ARP = 0x0800, 0x86dd, 0x0806
TAGS = (0x8100, 0x88a8, 0x9100)

# The two ends of the tunnels: addresses for documentation (RFC 5737).
ENDS = ("192.0.2.1", "192.0.2.2")
COLLECTOR = "192.0.2.100"  # whereto switches mirror
MACS = (b"\x02\0\xc0\0\x02\x01", b"\x02\0\xc0\0\x02\x02")
PPP_NUMBERS = {IP4: 0x0021, IP6: 0x0057}  # RFC 1332 section 2, RFC 5072 section 2


# --- files ----------------------------------------------------------------------------------------

def read_pcap(data):
    """Frames as (nanoseconds, bytes, length on the wire), and the link type."""
    magic = data[:4]
    order = "<" if magic in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    unit = {0xa1b2c3d4: 1000, 0xa1b23c4d: 1}[struct.unpack(order + "I", magic)[0]]
    link_type = struct.unpack_from(order + "I", data, 20)[0]
    frames, at = [], 24
    while at < len(data):
        seconds, part, captured, wire = struct.unpack_from(order + "IIII", data, at)
        at += 16
        frames.append((seconds * 10**9 + part * unit, data[at:at + captured], wire))
        at += captured
    return frames, link_type


def write_pcap(frames):
    """A capture of Ethernet frames, (nanoseconds, bytes) each, with times in nanoseconds."""
    parts = [struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 262144, 1)]
    for ts, frame in frames:
        parts.append(struct.pack("<IIII", ts // 10**9, ts % 10**9, len(frame), len(frame)) + frame)
    return b"".join(parts)


# --- pieces ---------------------------------------------------------------------------------------

def kind_of(frame):
    return struct.unpack_from("!H", frame, 12)[0]


def packet_of(frame):
    """The IP packet without the padding of a short Ethernet frame, or None."""
    if kind_of(frame) == IP4:
        return frame[14:14 + struct.unpack_from("!H", frame, 16)[0]]
    if kind_of(frame) == IP6:
        return frame[14:14 + 40 + struct.unpack_from("!H", frame, 18)[0]]
    return None


def ethernet(way, kind, payload):
    return MACS[1 - way] + MACS[way] + struct.pack("!H", kind) + payload


def ip4(way, protocol, payload, target=None):
    """RFC 791 section 3.1; as tunnels do it, with the bit that forbids fragments."""
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, protocol, 0,
                         socket.inet_aton(ENDS[way]), socket.inet_aton(target or ENDS[1 - way]))
    header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    return ethernet(way, IP4, header + payload)


def udp(way, client_port, server_port, payload):
    """RFC 768; without checksum, as tunnels over IPv4 may. The client is the end of way 0."""
    ports = (client_port, server_port)
    return ip4(way, 17, struct.pack("!HHHH", ports[way], ports[1 - way], 8 + len(payload), 0)
               + payload)


def ppp(packet_kind, packet, framed=True, short=False):
    """RFC 1661 section 2; with address and control of RFC 1662; the protocol in one byte if SHORT
    (RFC 1661 section 6.5)."""
    number = PPP_NUMBERS[packet_kind]
    return ((b"\xff\x03" if framed else b"")
            + struct.pack("!B" if short else "!H", number) + packet)


def only_ip(layout):
    """A layout that is given IP packets: f(way, kind, packet)."""
    def wrapped(frame, way):
        packet = packet_of(frame)
        return None if packet is None else layout(way, kind_of(frame), packet)
    wrapped.__doc__ = layout.__doc__
    return wrapped


# --- tags and what stands between the addresses and the type --------------------------------------

def tags(*numbers, kinds=(0x8100,)):
    """IEEE 802.1Q-2018 clause 9.6: tag protocol and VLAN; KINDS from the outermost, the last for
    the rest."""
    def wrapped(frame, _way):
        inside = b""
        for place, number in enumerate(numbers):
            inside += struct.pack("!HH", kinds[min(place, len(kinds) - 1)], number)
        return frame[:12] + inside + frame[12:]
    return wrapped


def vn_tag(frame, way):
    """VN-Tag (Cisco; proposed for IEEE 802.1Qbh): type 0x8926, then direction, pointer and 14 bits
    of the destination interface, looped, reserved, 2 bits of version, 12 of the source."""
    interfaces = (5, 0) if way == 0 else (0, 5)
    return frame[:12] + struct.pack("!HHH", 0x8926, (0x8000 if way else 0) | interfaces[1],
                                    interfaces[0]) + frame[12:]


def e_tag(frame, _way):
    """IEEE 802.1BR-2012 clause 7.5: type 0x893f, then 3 bits of priority, DE, 12 bits of the
    ingress E-CID, 2 reserved, 2 of the group, 12 of the E-CID, and 8 bits more of each."""
    return frame[:12] + struct.pack("!HHHH", 0x893f, 0x2000, 0x0021, 0) + frame[12:]


def backbone(frame, way):
    """Provider backbone bridging (IEEE 802.1Q-2018 clause 9.7): backbone addresses, B-TAG (type
    0x88a8), I-TAG (type 0x88e7: priority and flags in 8 bits, I-SID in 24), the whole frame."""
    return (MACS[1 - way] + MACS[way] + struct.pack("!HH", 0x88a8, 101)
            + struct.pack("!HI", 0x88e7, 70000) + frame)


def fabricpath(frame, way):
    """Cisco FabricPath: 48 bits each of a hierarchical destination (end node, flags, switch,
    subswitch, port) and source, type 0x8903, 10 bits of the tree, 6 of the hops left; the frame."""
    switches = [b"\x02\0" + bytes((number,)) + b"\0\0\x0b" for number in (11, 12)]
    return (switches[1 - way] + switches[way] + struct.pack("!HH", 0x8903, 1 << 6 | 32) + frame)


def trill(frame, way):
    """RFC 6325 section 3: outer Ethernet with type 0x22f3, then 2 bits of version, 2 reserved,
    multi-destination, 5 of the options' length, 6 of the hop count; nicknames of egress and
    ingress; the frame. The inner frame has a tag (section 4.1)."""
    names = (0x1001, 0x1002)
    inner = frame[:12] + struct.pack("!HH", 0x8100, 1) + frame[12:]
    return ethernet(way, 0x22f3, struct.pack("!HHH", 20, names[1 - way], names[way]) + inner)


@only_ip
def pppoe(way, kind, packet):
    """RFC 2516 section 4: type 0x8864, version and type 1, code 0, session, length; PPP without
    address and control (section 7). As providers deliver it, in a VLAN."""
    inside = ppp(kind, packet, framed=False)
    frame = ethernet(way, 0x8864, struct.pack("!BBHH", 0x11, 0, 0x2a, len(inside)) + inside)
    return tags(7)(frame, way)


# --- MPLS -----------------------------------------------------------------------------------------

def labels(*numbers):
    """RFC 3032 section 2.1: 20 bits of label, 3 of class, bottom of stack, 8 of TTL."""
    last = len(numbers) - 1
    return b"".join(struct.pack("!I", number << 12 | (0x100 if place == last else 0) | 62)
                    for place, number in enumerate(numbers))


def pseudowire(frame, way):
    """RFC 4448 section 4.6: labels, a control word (four zero bits, flags, length, sequence
    number: RFC 4385 section 3), the frame."""
    return ethernet(way, 0x8847, labels(16001 + way, 30 + way) + b"\0\0\0\0" + frame)


@only_ip
def explicit_null(way, kind, packet):
    """RFC 3032 section 2.1: labels 0 and 2 say at the bottom of the stack which IP follows."""
    return ethernet(way, 0x8847, labels(16001 + way, 0 if kind == IP4 else 2) + packet)


# --- GRE ------------------------------------------------------------------------------------------

def nvgre(frame, way):
    """RFC 7637 section 3.2: GRE with a key of 24 bits of VSID and 8 of FlowID; without the
    frame's own tag."""
    return ip4(way, 47, struct.pack("!HHI", 0x2000, 0x6558, 6000 << 8 | 9) + frame)


@only_ip
def gre_everything(way, kind, packet):
    """RFC 1701: checksum and offset, key, sequence number, and routing: one entry (address family
    0x0800, offset, length, addresses) and the empty one that ends the list."""
    flags = 0x8000 | 0x4000 | 0x2000 | 0x1000
    routing = struct.pack("!HBB", 0x0800, 0, 4) + socket.inet_aton(ENDS[1 - way]) + b"\0\0\0\0"
    rest = struct.pack("!II", 4242, 1) + routing + packet
    head = struct.pack("!HH", flags, kind)
    total = checksum(head + b"\0\0\0\0" + rest)
    return ip4(way, 47, head + struct.pack("!HH", total, 0) + rest)


class Pptp:
    """RFC 2637 section 4.1: GRE version 1 with type 0x880b, length and call in place of the key,
    sequence number, and with the flag 0x0080 an acknowledgement. Every other packet has one, and
    every third has a short protocol number and no address and control in its PPP."""

    def __init__(self):
        self.sent = [0, 0]
        self.count = 0

    def __call__(self, frame, way):
        packet = packet_of(frame)
        if packet is None:
            return None
        self.count += 1
        short = self.count % 3 == 0
        inside = ppp(kind_of(frame), packet, framed=not short, short=short)
        answers = self.count % 2 == 0 and self.sent[1 - way] > 0
        head = struct.pack("!HHHHI", 0x3001 | (0x0080 if answers else 0), 0x880b, len(inside),
                           (513, 1026)[way], self.sent[way])
        self.sent[way] += 1
        if answers:
            head += struct.pack("!I", self.sent[1 - way] - 1)
        return ip4(way, 47, head + inside)


class Erspan2:
    """draft-foschiano-erspan-03 section 4.2: GRE with type 0x88be and a sequence number; 4 bits of
    version (1), 12 of VLAN, 3 of class, 2 of what the tag was, truncated, 10 of session; 12
    reserved and 20 of the port. Two switches mirror, each what comes into it: one way of every flow
    in its own session."""

    def __init__(self, *sessions):
        self.sessions = sessions or (7, 8)
        self.sequence = [0, 0]

    def __call__(self, frame, way):
        self.sequence[way] += 1
        head = struct.pack("!HHI", 0x1000, 0x88be, self.sequence[way])
        head += struct.pack("!HHI", 1 << 12, self.sessions[way], 3 + way)
        return ip4(way, 47, head + frame, COLLECTOR)


class Erspan3:
    """draft-foschiano-erspan-03 section 4.3: GRE with type 0x22eb and a sequence number; version
    (2) and VLAN, class, truncated and session as in type II; a time of 32 bits; 16 bits of group
    tag; 1 of "frame", 5 of frame type, 6 of hardware, 1 of direction, 2 of granularity, and O: a
    platform's eight bytes follow, here those of platform 1 (6 bits of it, 14 reserved, 12 of
    port; time in seconds)."""

    def __init__(self):
        self.sequence = 0

    def __call__(self, frame, way):
        self.sequence += 1
        head = struct.pack("!HHI", 0x1000, 0x22eb, self.sequence)
        head += struct.pack("!HHIHH", 2 << 12, 9, 1000 + self.sequence, 0,
                            0x8000 | way << 3 | 0x0001)
        head += struct.pack("!II", 1 << 26 | 3, 1767225600)
        return ip4(0, 47, head + frame, COLLECTOR)


# --- over IP and UDP ------------------------------------------------------------------------------

def etherip(frame, way):
    """RFC 3378 section 3: protocol 97, 4 bits of version (3), 12 reserved, the frame."""
    return ip4(way, 97, b"\x30\0" + frame)


def vxlan(frame, way, number=42):
    """RFC 7348 section 5: flags with I, 24 reserved, 24 of VNI, 8 reserved."""
    port = 49152 + sum(frame[:12]) % 16384
    # Both ways go to 4789; source ports are of the sender's choice.
    return ip4(way, 17, struct.pack("!HHHH", port, 4789, 16 + len(frame), 0)
               + struct.pack("!II", 0x08000000, number << 8) + frame)


def gpe_nsh(frame, way):
    """draft-ietf-nvo3-vxlan-gpe-12 section 3: flags I and P, next protocol 4 (NSH), VNI; then
    RFC 8300 section 2: version, O, 6 bits of TTL, 6 of length in words, MD type 1, next protocol
    3 (Ethernet); 24 of path, 8 of index; four words of context."""
    service = struct.pack("!HBB", 63 << 6 | 6, 1, 3) + struct.pack("!I", 77 << 8 | 255) + bytes(16)
    inside = struct.pack("!II", 0x0c000004, 42 << 8) + service + frame
    return ip4(way, 17, struct.pack("!HHHH", 50000 + way, 4790, 8 + len(inside), 0) + inside)


@only_ip
def nsh(way, kind, packet):
    """RFC 8300 section 2 right on Ethernet (type 0x894f), MD type 2 without metadata, next
    protocol 1 or 2: IP."""
    service = struct.pack("!HBB", 63 << 6 | 2, 2, 1 if kind == IP4 else 2)
    return ethernet(way, 0x894f, service + struct.pack("!I", 77 << 8 | 254) + packet)


@only_ip
def gtp(way, _kind, packet):
    """3GPP TS 29.281 section 5.1: version 1, protocol type 1; message 255; length; the tunnel's
    number, which each end chooses for itself."""
    return udp(way, 2152, 2152, struct.pack("!BBHI", 0x30, 255, len(packet), 0x1000 + way) + packet)


@only_ip
def gtp_extended(way, _kind, packet):
    """3GPP TS 29.281 section 5.2: with E, S: sequence number, N-PDU number, type of the next
    header; a PDU session container (0x85, TS 38.415 section 5.5.2) of one word, then none."""
    container = struct.pack("!BBBB", 1, 0x10 if way == 0 else 0x00, 9, 0)
    inside = struct.pack("!HBB", 0, 0, 0x85) + container + packet
    return udp(way, 2152, 2152, struct.pack("!BBHI", 0x36, 255, len(inside), 0x2000 + way) + inside)


@only_ip
def lisp(way, _kind, packet):
    """RFC 6830 section 5.3: N, L, E, V, I, 3 bits of flags, 24 of nonce; with I, 24 bits of
    instance and 8 of locator status. The port 4341 is the destination's."""
    return ip4(way, 17, struct.pack("!HHHH", 61000 + way, 4341, 16 + len(packet), 0)
               + struct.pack("!II", 0x88123456, 500 << 8 | 1) + packet)


class L2tp:
    """RFC 2661 section 3.1: flags and version 2; length with L, tunnel and session, Ns and Nr with
    S, offset and as much padding with O; PPP. Packets take turns with what is optional."""

    def __init__(self):
        self.count = 0

    def __call__(self, frame, way):
        packet = packet_of(frame)
        if packet is None:
            return None
        self.count += 1
        flags = (0x0002, 0x4002, 0x4802, 0x4202)[self.count % 4]
        head = struct.pack("!HH", 17 + way, 300 + way)
        if flags & 0x0800:
            head += struct.pack("!HH", self.count, 0)
        if flags & 0x0200:
            head += struct.pack("!H", 4) + bytes(4)
        inside = head + ppp(kind_of(frame), packet)
        if flags & 0x4000:
            inside = struct.pack("!H", 4 + len(inside)) + inside
        return udp(way, 1701, 1701, struct.pack("!H", flags) + inside)


def ip6_between(packet, source, target):
    """An IPv6 packet without extension headers between other addresses, checksums made new."""
    following, payload = packet[6], packet[40:]
    place = {6: 16, 17: 6, 58: 2}[following]
    pseudo = source + target + struct.pack("!II", len(payload), following)
    payload = payload[:place] + b"\0\0" + payload[place + 2:]
    payload = (payload[:place] + struct.pack("!H", checksum(pseudo + payload))
               + payload[place + 2:])
    return packet[:8] + source + target + payload


def is_plain_ip6(packet):
    """Not discovery of neighbours, which tunnels for IPv6 alone do not carry."""
    return packet[6] in (6, 17) or packet[6] == 58 and packet[40] in (128, 129)


@only_ip
def teredo(way, kind, packet):
    """RFC 4380 section 5.1.1: IPv6 in UDP to or from port 3544; from the server's side with an
    origin indication (zero, port and address, both inverted) in front. The client's address
    (section 4) holds the server's, flags, and its own port and address inverted."""
    if kind != IP6 or not is_plain_ip6(packet):
        return None
    inverted = bytes(byte ^ 0xff for byte in struct.pack("!H", 40000) + socket.inet_aton(ENDS[0]))
    client = (socket.inet_pton(socket.AF_INET6, "2001::")[:4] + socket.inet_aton(ENDS[1])
              + b"\0\0" + inverted)
    server = socket.inet_pton(socket.AF_INET6, "2001:db8::2")
    inner = ip6_between(packet, *((client, server) if way == 0 else (server, client)))
    return udp(way, 40000, 3544, (b"\0\0" + inverted if way else b"") + inner)


@only_ip
def ayiya(way, kind, packet):
    """draft-massar-v6ops-ayiya-02 section 3: 4 bits each of identity length (as a power of two),
    identity type (1: integer), signature length in words, hash (2: SHA-1), authentication (1:
    shared secret), operation (1: forward); next header 41; time; identity; signature. Port 5072."""
    if kind != IP6 or not is_plain_ip6(packet):
        return None
    head = struct.pack("!BBBBI", 4 << 4 | 1, 5 << 4 | 2, 1 << 4 | 1, 41, 1767225600)
    return udp(way, 40000, 5072, head + bytes(15) + bytes((1 + way,)) + bytes(range(20)) + packet)


# Layouts by the name of the capture. Classes count, so every capture needs one of its own.
LAYOUTS = {
    "ayiya": lambda: ayiya,
    "erspan-2-two-sessions": Erspan2,
    "erspan-3-platform": Erspan3,
    "etherip": lambda: etherip,
    "fabricpath": lambda: fabricpath,
    "gre-everything": lambda: gre_everything,
    "gtp": lambda: gtp,
    "gtp-extended": lambda: gtp_extended,
    "l2tpv2": L2tp,
    "lisp": lambda: lisp,
    "mpls-explicit-null": lambda: explicit_null,
    "mpls-pseudowire": lambda: pseudowire,
    "nsh": lambda: nsh,
    "nvgre": lambda: nvgre,
    "pbb": lambda: backbone,
    "pppoe": lambda: pppoe,
    "pptp": Pptp,
    "teredo": lambda: teredo,
    "trill": lambda: trill,
    "vlan-e-tag": lambda: e_tag,
    "vlan-vn-tag": lambda: vn_tag,
    "vxlan-gpe-nsh": lambda: gpe_nsh,
}


def ways(frames):
    """Which way each of FRAMES goes: by its source's link-layer address, the first one's is 0."""
    first = frames[0][1][6:12]
    return [0 if frame[1][6:12] == first else 1 for frame in frames]


def wrap(frames, layout):
    """FRAMES of read_pcap in a layout, as write_pcap takes them."""
    wrapped = ((ts, layout(frame, way)) for (ts, frame, _), way in zip(frames, ways(frames)))
    return [(ts, frame) for ts, frame in wrapped if frame is not None]
