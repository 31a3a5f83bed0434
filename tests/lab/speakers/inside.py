# SPDX-License-Identifier: GPL-3.0-or-later
"""
Inside one machine: what a host says to itself passes its loopback interface and never the bridge.
"inside" is "any" between two addresses of one host, and a copy of all that passes the loopback
interface goes to the mirror port, as an agent on that machine would record it.
"""
from lab import LabError

from speakers import basic, client, server

COPY = """
tc qdisc add dev lo clsact 2>/dev/null || exit 0
tc filter add dev lo egress protocol all u32 match u32 0 0 action mirred egress mirror dev eth0
"""


@server("inside")
def serve(host, port, *, transport="tcp", **_):
    host.run(["sh", "-c", COPY])
    return basic.serve_any(host, port, transport=transport)


@client("inside")
def talk(host, server_address, port, *, transport="tcp", **_):
    """From the first address of the host: the system would take the one that is called."""
    where = "%s:%s:%d,bind=%s" % (transport.upper(), server_address, port, host.address)
    answer = host.run(["socat", "-t", "2", "-", where], input="LIST plant 7\n").stdout
    if "ITEMS" not in answer:
        raise LabError("%s: no answer from %s port %d: %r" % (
            host.name, server_address, port, answer))
