# SPDX-License-Identifier: GPL-3.0-or-later
"""
What Windows machines speak: SMB with smbd and smbclient of Samba; DCE RPC with samba-dcerpcd and
the endpoint mapper client of Impacket; RDP with xrdp and FreeRDP; Microsoft's form of TDS with
FreeTDS and a server of our own few lines, because Debian has none.
"""
import time

from speakers import client, dialogue, server


def write_samba(host, purpose, extra=""):
    """A configuration with every folder below the host's own."""
    name = "samba-" + purpose
    root = "%s/%s" % (host.folder, name)
    lines = ["[global]", "workgroup = LAB", "server role = standalone server",
             "netbios name = " + host.name[:15], "disable netbios = yes",
             "interfaces = " + host.address, "bind interfaces only = yes", "log level = 0",
             "logging = file", "log file = %s/log" % root, "map to guest = Bad User",
             "guest account = root", "load printers = no", "printcap name = /dev/null",
             "passdb backend = tdbsam:%s/passdb.tdb" % root, "server min protocol = NT1",
             "client min protocol = NT1", "usershare max shares = 0"]
    host.write(name + "/run/keep", "")
    for setting in ("private dir", "lock directory", "state directory", "cache directory",
                    "pid directory", "ncalrpc dir"):
        lines.append("%s = %s/run" % (setting, root))
    lines += extra.splitlines()
    return host.write(name + "/smb.conf", "\n".join(lines) + "\n")


@server("SMBv23", "SMBv1")
def serve_smb(host, port, **_):
    return host.start(["smbd", "--foreground", "--no-process-group", "-s", write_samba(host, "smb"),
                       "-p", port], port=port)


def list_shares(host, server_address, port, dialect):
    host.run(["smbclient", "-s", write_samba(host, "client"), "-L", server_address, "-p", port,
              "-N", "-g", "--option=client max protocol=" + dialect])


@client("SMBv23")
def talk_smb(host, server_address, port, **_):
    list_shares(host, server_address, port, "SMB3")


@client("SMBv1")
def talk_smb1(host, server_address, port, **_):
    list_shares(host, server_address, port, "NT1")


@server("DCE_RPC")
def serve_rpc(host, port, *, transport="tcp", ephemeral=49300, **_):
    """
    The endpoint mapper, always on 135, and services on the ports from EPHEMERAL on. Over UDP our
    own few lines, because Samba has no RPC without connections.
    """
    if transport == "udp":
        return dialogue.serve(host, port, datagram_turns(), "udp")
    # Samba opens these ports on domain controllers only.
    conf = write_samba(host, "rpc", "server role = classic primary domain controller\n"
                             "rpc start on demand helpers = no\n"
                             "rpc server dynamic port range = %d-%d" % (ephemeral,
                                                                        ephemeral + 20))
    return host.start(["/usr/libexec/samba/samba-dcerpcd", "--foreground", "--no-process-group",
                       "--libexec-rpcds", "-s", conf], port=port)


RPC_CLIENT = """
import sys
from impacket.dcerpc.v5 import epm, samr, transport
address, port, how = sys.argv[1:]

def connect(where):
    rpc = transport.DCERPCTransportFactory(where).get_dce_rpc()
    rpc.connect()
    return rpc

found = "ncacn_ip_tcp:%s[%s]" % (address, port)
if how != "direct":
    rpc = connect(found)
    found = epm.hept_map(address, samr.MSRPC_UUID_SAMR, protocol="ncacn_ip_tcp", dce=rpc)
    rpc.disconnect()
if how != "ask":
    rpc = connect(found)
    try:
        rpc.bind(samr.MSRPC_UUID_SAMR)
        samr.hSamrConnect(rpc)
    except Exception as error:
        print(error)
    rpc.disconnect()
"""


def datagram_turns():
    """Connectionless RPC (The Open Group C706, 12.5.1): a request of ept_lookup, and a fault."""
    interface = bytes.fromhex("0883afe11f5dc91191a408002b14a0fa")  # C706, appendix O
    activity = b"recorded by lab."

    def packet(kind, body, flags):
        head = bytes([4, kind, flags, 0, 0x10, 0, 0, 0]) + bytes(16) + interface + activity
        head += bytes(4) + (3).to_bytes(4, "little") + bytes(4) + (2).to_bytes(2, "little")
        return head + b"\xff\xff\xff\xff" + len(body).to_bytes(2, "little") + bytes(4) + body
    return [("c", packet(0, bytes(76), 0x28)),
            ("s", packet(3, (0x16c9a0d6).to_bytes(4, "little"), 0x08))]


@client("DCE_RPC")
def talk_rpc(host, server_address, port, *, transport="tcp", how="follow", **_):
    """
    Asks the endpoint mapper for the account service; and follows where it sends, unless HOW is
    "ask". With "direct", PORT is that of the service and nobody is asked.
    """
    if transport == "udp":
        dialogue.talk(host, server_address, port, datagram_turns(), "udp")
        return
    host.run(["/usr/bin/python3", "-c", RPC_CLIENT, server_address, port, how])


@server("RDP")
def serve_rdp(host, port, **_):
    certificate, key = host.lab.certificate(host.name + "." + host.lab.domain)
    host.run(["xrdp-keygen", "xrdp", host.folder + "/rsakeys.ini"])
    conf = host.write("xrdp.ini", """[Globals]
ini_version=1
fork=true
port=tcp://%s:%d
security_layer=negotiate
crypt_level=high
certificate=%s
key_file=%s
ssl_protocols=TLSv1.2
rsakeys_ini=%s/rsakeys.ini
autorun=
[Logging]
LogFile=%s/xrdp.log
LogLevel=INFO
EnableSyslog=false
[Xorg]
name=Xorg
lib=libxup.so
username=ask
password=ask
""" % (host.address, port, certificate, key, host.folder, host.folder))
    return host.start(["xrdp", "--nodaemon", "--config", conf], port=port)


@client("RDP")
def talk_rdp(host, server_address, port, **_):
    """Only as far as the server's answer to the credentials: there is no desktop behind it."""
    screen = host.start(["Xvfb", ":77", "-nolock", "-nolisten", "unix", "-nolisten", "tcp"])
    for _ in range(100):
        if "@/tmp/.X11-unix/X77" in host.run(["ss", "-Hlx"]).stdout:
            break
        time.sleep(0.05)
    host.run(["timeout", "-s", "KILL", "40", "xfreerdp", "/v:%s:%d" % (server_address, port),
              "/u:user", "/p:not-a-secret", "/cert:ignore", "+auth-only"], check=False, timeout=50,
             env={"DISPLAY": ":77"})
    screen.stop()


def prelogin_answer():
    """Pre-login response, [MS-TDS] 2.2.6.5: version 15.0, no encryption, no MARS."""
    options = ((0, bytes.fromhex("0f0007d00000")), (1, b"\2"), (2, b"\0"), (3, b""), (4, b"\0"))
    offset, table, data = 5 * len(options) + 1, b"", b""
    for token, value in options:
        table += bytes([token]) + (offset + len(data)).to_bytes(2, "big")
        table += len(value).to_bytes(2, "big")
        data += value
    body = table + b"\xff" + data
    return b"\4\1" + (8 + len(body)).to_bytes(2, "big") + b"\0\0\1\0" + body


def login_refused():
    """Tabular result of [MS-TDS] 2.2.7.10: an ERROR token (18456, "no"), then DONE."""
    text = "no".encode("utf-16-le")
    error = ((18456).to_bytes(4, "little") + b"\1\x0e" + b"\2\0" + text + b"\0\0"
             + (1).to_bytes(4, "little"))
    body = b"\xaa" + len(error).to_bytes(2, "little") + error
    body += b"\xfd\2\0\0\0\0\0\0\0\0\0\0\0"
    return b"\4\1" + (8 + len(body)).to_bytes(2, "big") + b"\0\0\1\0" + body


@server("MsSQL-TDS")
def serve_mssql(host, port, **_):
    return dialogue.serve(host, port, [("c", None), ("s", prelogin_answer()), ("c", None),
                                       ("s", login_refused())])


@client("MsSQL-TDS")
def talk_mssql(host, server_address, port, **_):
    """Pre-login and a login that is refused, which FreeTDS says with its exit status."""
    host.run(["tsql", "-H", server_address, "-p", port, "-U", "app", "-P", "not-a-secret"],
             env={"TDSVER": "7.4"}, input="quit\n", check=False)
