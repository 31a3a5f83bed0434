# SPDX-License-Identifier: GPL-3.0-or-later
"""
What the machines of a cluster speak: Thrift with Apache's library for Python at both ends, and by
our own few lines, because Debian has no program for them: RPC and data transfer of Apache Hadoop,
the connections between Cassandra's nodes, discovery of Apache Ignite, multicast membership of
Apache Tomcat's Tribes.
"""
import sys

from speakers import basic, client, dialogue, server

# --- Thrift -------------------------------------------------------------------------------------

THRIFT = """
import sys
from thrift.protocol import TBinaryProtocol
from thrift.server import TServer
from thrift.Thrift import TMessageType, TProcessor, TType
from thrift.transport import TSocket, TTransport

what, address, port, framed = sys.argv[1:]
Transport = TTransport.TFramedTransport if framed == "framed" else TTransport.TBufferedTransport

class Echo(TProcessor):
    def process(self, received, answer):
        name, kind, number = received.readMessageBegin()
        received.skip(TType.STRUCT)
        received.readMessageEnd()
        answer.writeMessageBegin(name, TMessageType.REPLY, number)
        answer.writeStructBegin("result")
        answer.writeFieldBegin("success", TType.STRING, 0)
        answer.writeString("recorded")
        answer.writeFieldEnd()
        answer.writeFieldStop()
        answer.writeStructEnd()
        answer.writeMessageEnd()
        answer.trans.flush()
        return True

if what == "serve":
    class Factory:
        def getTransport(self, trans):
            return Transport(trans)
    TServer.TThreadedServer(Echo(), TSocket.TServerSocket(address, int(port)), Factory(),
                            TBinaryProtocol.TBinaryProtocolFactory(), daemon=True).serve()
transport = Transport(TSocket.TSocket(address, int(port)))
transport.open()
protocol = TBinaryProtocol.TBinaryProtocol(transport)
protocol.writeMessageBegin("describe_version", TMessageType.CALL, 1)
protocol.writeStructBegin("arguments")
protocol.writeFieldStop()
protocol.writeStructEnd()
protocol.writeMessageEnd()
transport.flush()
protocol.readMessageBegin()
protocol.skip(TType.STRUCT)
protocol.readMessageEnd()
transport.close()
"""


def thrift(what, address, port, framed):
    return ["/usr/bin/python3", "-c", THRIFT, what, address, port,
            "framed" if framed else "bare"]


@server("Thrift")
def serve_thrift(host, port, *, framed=False, **_):
    return host.start(thrift("serve", host.address, port, framed), port=port)


@client("Thrift")
def talk_thrift(host, server_address, port, *, framed=False, **_):
    host.run(thrift("talk", server_address, port, framed))


# --- Hadoop: RpcHeader.proto, IpcConnectionContext.proto, ClientNamenodeProtocol.proto,
# --- datatransfer.proto of Apache Hadoop --------------------------------------------------------

def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def field(number, value):
    """One protobuf field: a number, or bytes with their length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def delimited(*messages):
    return b"".join(varint(len(message)) + message for message in messages)


def framed_rpc(*messages):
    body = delimited(*messages)
    return len(body).to_bytes(4, "big") + body


def hadoop_rpc_turns():
    protocol = b"org.apache.hadoop.hdfs.protocol.ClientProtocol"
    caller = b"0123456789abcdef"
    def header(call):
        return (field(1, 2) + field(2, 0) + field(3, call) + field(4, caller))
    context = field(2, field(1, b"app")) + field(3, protocol)
    request = field(1, b"getFileInfo") + field(2, protocol) + field(3, 1)
    status = field(1, 0) + field(2, 0) + field(3, 9) + field(7, caller)
    return [("c", b"hrpc\x09\0\0" + framed_rpc(header((1 << 32) - 3), context)
             + framed_rpc(header(0), request, field(1, b"/lab"))),
            ("s", framed_rpc(status, b""))]


@server("Hadoop-RPC")
def serve_hadoop_rpc(host, port, **_):
    return dialogue.serve(host, port, hadoop_rpc_turns())


@client("Hadoop-RPC")
def talk_hadoop_rpc(host, server_address, port, **_):
    dialogue.talk(host, server_address, port, hadoop_rpc_turns())


def data_transfer_turns():
    """Reads a block of eight bytes: version 28, operation 81, a packet with data, an empty one."""
    block = field(1, b"BP-1-10.0.0.1-1") + field(2, 1073741825) + field(3, 1001) + field(4, 8)
    operation = field(1, field(1, field(1, block)) + field(2, b"DFSClient")) + (
        field(2, 0) + field(3, 8))
    checksum = field(4, field(1, field(1, 2) + field(2, 512)) + field(2, 0))
    answer = field(1, 0) + checksum

    def packet(offset, number, last, data):
        head = b"\x09" + offset.to_bytes(8, "little") + b"\x11" + number.to_bytes(8, "little")
        head += field(3, last) + b"\x25" + len(data).to_bytes(4, "little")
        sums = bytes(4) if data else b""
        return (4 + len(sums) + len(data)).to_bytes(4, "big") + len(head).to_bytes(
            2, "big") + head + sums + data
    return [("c", b"\0\x1c\x51" + delimited(operation)),
            ("s", delimited(answer) + packet(0, 0, 0, b"recorded") + packet(8, 1, 1, b"")),
            ("c", delimited(field(1, 0)))]


@server("HDFS-data-transfer")
def serve_data_transfer(host, port, **_):
    return dialogue.serve(host, port, data_transfer_turns())


@client("HDFS-data-transfer")
def talk_data_transfer(host, server_address, port, **_):
    dialogue.talk(host, server_address, port, data_transfer_turns())


# --- Cassandra between nodes: org.apache.cassandra.net of release 2.1 ---------------------------

def internode_turns(address):
    packed = bytes(int(part) for part in address.split("."))
    magic, version = bytes.fromhex("ca552dfa"), (8).to_bytes(4, "big")
    endpoint = b"\4" + packed
    message = magic + bytes(3) + b"\1" + bytes(4) + endpoint + (12).to_bytes(4, "big") + bytes(8)
    return [("c", magic + (8 << 8).to_bytes(4, "big")), ("s", version),
            ("c", version + endpoint + message)]


@server("Cassandra-internode")
def serve_internode(host, port, **_):
    return dialogue.serve(host, port, internode_turns("10.0.0.1"))


@client("Cassandra-internode")
def talk_internode(host, server_address, port, **_):
    dialogue.talk(host, server_address, port, internode_turns(host.address))


# --- Ignite: TcpDiscoverySpi: its header, then objects in Java's serialisation ------------------

def java_object(name, number):
    """STREAM_MAGIC, version 5, an object of a class without fields."""
    return (b"\xac\xed\0\5sr" + len(name).to_bytes(2, "big") + name + number.to_bytes(8, "big")
            + b"\2\0\0xp")


def ignite_turns():
    place = b"org.apache.ignite.spi.discovery.tcp.messages."
    return [("c", b"\0\0\x47\x47" + java_object(place + b"TcpDiscoveryHandshakeRequest", 0)),
            ("s", java_object(place + b"TcpDiscoveryHandshakeResponse", 0))]


@server("Ignite-discovery")
def serve_ignite(host, port, **_):
    return dialogue.serve(host, port, ignite_turns())


@client("Ignite-discovery")
def talk_ignite(host, server_address, port, **_):
    dialogue.talk(host, server_address, port, ignite_turns())


# --- Tribes: a member says that it is alive -----------------------------------------------------

ANNOUNCE = """
import socket, sys
group, mine, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(mine))
sock.bind((mine, port))
address = socket.inet_aton(mine)
body = (bytes(8) + (0).to_bytes(8, "big") + (4000).to_bytes(4, "big") + bytes(8)
        + bytes([len(address)]) + address + bytes(4) + bytes(4) + bytes(16) + bytes(4))
said = b"TRIBES-B\\1\\0" + len(body).to_bytes(4, "big") + body + b"TRIBES-E\\1\\0"
for _ in range(2):
    sock.sendto(said, (group, port))
"""


@server("Tribes")
def serve_tribes(host, port, **_):
    """Where members connect. Nobody joins the group: that would be IGMP on the wire."""
    return basic.serve_any(host, port)


@client("Tribes")
def talk_tribes(host, server_address, port, *, group="228.0.0.4", group_port=45564, **_):
    """Announces this member to the group, and then connects to another one."""
    host.run([sys.executable, "-c", ANNOUNCE, group, host.address, group_port])
    basic.talk_any(host, server_address, port)
