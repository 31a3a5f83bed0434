# SPDX-License-Identifier: GPL-3.0-or-later
"""What machines of one network say to each other: echo, addresses, names, notifications."""
from lab import LabError

from . import client, server

# Sends a datagram (argv: port to send from, address, port, payload in hexadecimal) and, with a
# fifth argument, waits for any answer.
SEND = """
import socket, sys
own, address, port, payload = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
family = socket.AF_INET6 if ":" in address else socket.AF_INET
with socket.socket(family, socket.SOCK_DGRAM) as s:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    s.bind(("", own))
    s.sendto(bytes.fromhex(payload), (address, port))
    if len(sys.argv) > 5:
        s.settimeout(5)
        s.recvfrom(2048)
"""


def send(host, own, address, port, payload, answer=False):
    host.run(["python3", "-c", SEND, own, address, port, payload.hex()]
             + (["answer"] if answer else []))


def query(name, kind=1):
    """A question for one name: RFC 1035, section 4.1."""
    labels = b"".join(bytes((len(part),)) + part.encode() for part in name.split("."))
    return (b"\0\0\0\0\0\x01\0\0\0\0\0\0" + labels + b"\0" + kind.to_bytes(2, "big") + b"\0\x01")


@server("ICMP", "MDNS", "LLMNR", "SSDP", "NetBIOS")
def serve_nothing(_host, _port, **_):
    """The system answers echo requests; names that nobody has are asked for here."""


@client("ICMP")
def talk_icmp(host, server_address, _port, **_):
    host.run(["ping", "-n", "-c", "1", "-W", "3", server_address])


@client("MDNS")
def talk_mdns(host, server_address, port, **_):
    """RFC 6762, section 5.2: from port 5353 too."""
    send(host, port, server_address, port, query("printer.local"))


@client("LLMNR")
def talk_llmnr(host, server_address, port, **_):
    send(host, 0, server_address, port, b"\x12\x34" + query("printer")[2:])


@client("SSDP")
def talk_ssdp(host, server_address, port, **_):
    send(host, 0, server_address, port,
         b"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\n"
         b"MX: 1\r\nST: ssdp:all\r\n\r\n")


@client("NetBIOS")
def talk_netbios(host, server_address, _port, **_):
    """A name query; nobody has the name."""
    host.run(["nmblookup", "--configfile=/dev/null", "-B", server_address, "PRINTER"],
             check=False)


# --- addresses: dnsmasq --------------------------------------------------------------------------

@server("DHCP")
def serve_dhcp(host, port, **_):
    prefix = host.address.rsplit(".", 1)[0]
    command = ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv",
               "--no-hosts", "--pid-file=", "--user=root", "--port=0", "--interface=eth0",
               "--dhcp-leasefile=" + host.folder + "/leases", "--no-ping", "--log-dhcp",
               "--dhcp-range=%s.200,%s.210,255.255.255.0,5m" % (prefix, prefix)]
    return host.start(command, port=port, transport="udp")


@client("DHCP")
def talk_dhcp(host, server_address, port, **_):
    """DHCPDISCOVER with the broadcast flag (RFC 2131), option 53; the offer is waited for."""
    hardware = bytes.fromhex("02000a470042")
    payload = (b"\x01\x01\x06\0" + b"\x12\x34\x56\x78" + b"\0\0\x80\0" + bytes(16)
               + hardware + bytes(10) + bytes(64) + bytes(128) + b"\x63\x82\x53\x63"
               + b"\x35\x01\x01" + b"\xff" + bytes(60))
    send(host, 68, server_address, port, payload, answer=True)


# --- notifications -------------------------------------------------------------------------------

@server("SNMP-trap")
def serve_trap(host, port, **_):
    return host.start(["socat", "-u", "UDP-RECV:%d" % port, "OPEN:/dev/null"], port=port,
                      transport="udp")


@client("SNMP-trap")
def talk_trap(host, server_address, port, **_):
    """coldStart of SNMPv2-MIB."""
    host.run(["snmptrap", "-v", "2c", "-c", "public", "%s:%d" % (server_address, port), "1",
              "1.3.6.1.6.3.1.1.5.1"], env={"MIBS": "", "SNMP_PERSISTENT_DIR": host.folder})


@client("DoT")
def talk_dot(host, server_address, port, name=None, **_):
    """DNS over TLS: the same question inside TLS."""
    if name is None:
        raise LabError("DoT needs the option name")
    question = query(name)
    script = ("import socket, ssl, sys\n"
              "c = ssl._create_unverified_context()\n"
              "with socket.create_connection((sys.argv[1], int(sys.argv[2])), 5) as s:\n"
              "    with c.wrap_socket(s) as t:\n"
              "        t.sendall(bytes.fromhex(sys.argv[3]))\n"
              "        t.recv(512)\n")
    host.run(["python3", "-c", script, server_address, port,
              (len(question).to_bytes(2, "big") + question + b"\n").hex()])


@server("DoT")
def serve_dot(host, port, **_):
    """openssl in place of a resolver: what is inside cannot be seen."""
    cert, key = host.lab.certificate([host.name + "." + host.lab.domain])
    return host.start(["openssl", "s_server", "-accept", "*:%d" % port, "-cert", cert, "-key",
                       key, "-quiet", "-rev"], port=port)
