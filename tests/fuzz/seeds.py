#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""
Inputs for fuzz targets from the captures of this source: seeds.py FOLDER

Writes FOLDER/TARGET/NAME for decode (each frame), capture (the beginning of each file) and dns
(each message). The fuzzer keeps of them what reaches something new.
"""
import hashlib
import os
import struct
import sys

sys.dont_write_bytecode = True
TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(TOP, "tests", "run"))

from frames import read_pcap, write_pcap  # noqa: E402

FRAME_MAX = 600     # bytes: more of a payload shows nothing
PACKETS_MAX = 12    # of a file
HEADERS = 16        # the default limit of nested headers


def captures(folder):
    for path, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            if name.endswith((".pcap", ".pcapng", ".pcap.gz", ".pcap.zst")):
                with open(os.path.join(path, name), "rb") as file:
                    yield name, file.read()


def keep(folder, target, content):
    path = os.path.join(folder, target)
    os.makedirs(path, exist_ok=True)
    with open(os.path.join(path, hashlib.sha1(content).hexdigest()), "wb") as file:
        file.write(content)


def from_frames(folder, link_type, packets):
    for _, data, wire in packets:
        rest = min(0xffff, wire - len(data[:FRAME_MAX]))
        keep(folder, "decode", struct.pack("!HBH", link_type, HEADERS, rest) + data[:FRAME_MAX])
        # Ethernet without tags, IPv4 without options, UDP
        if link_type == 1 and data[12:15] == b"\x08\0\x45" and data[23:24] == b"\x11" \
                and b"\0\x35" in (data[34:36], data[36:38]):
            keep(folder, "dns", data[42:])


def main(args):
    if len(args) != 1:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    for name, content in captures(os.path.join(TOP, "pcaps")):
        if not name.endswith(".pcap"):
            if len(content) < 65536:
                keep(args[0], "capture", b"\x10" + content)
            continue
        link_type, packets = read_pcap(content)
        from_frames(args[0], link_type, packets)
        keep(args[0], "capture", b"\x10" + write_pcap(link_type, packets[:PACKETS_MAX]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
