# SPDX-License-Identifier: GPL-3.0-or-later
"""
Databases: PostgreSQL with psql, MariaDB with its client, Redis with redis-cli, Cassandra's native
protocol with the driver for Python and Sybase's TDS with FreeTDS, both against a server of our own
few lines, because Debian has none. Oracle and DB2 have neither a free server nor a free client:
both ends are ours, after what is public about TNS and after the DRDA standard of The Open Group.
"""
import glob
import os
import shutil

from speakers import client, dialogue, server

PASSWORD = "not-a-secret"


# --- PostgreSQL and MariaDB ---------------------------------------------------------------------

def as_user(name, argv):
    return ["setpriv", "--reuid", name, "--regid", name, "--clear-groups"] + argv


@server("PostgreSQL")
def serve_postgresql(host, port, **_):
    programs = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))[-1]
    programs = os.path.dirname(programs)
    data = host.folder + "/postgresql"
    os.mkdir(data, 0o700)
    shutil.chown(data, "postgres")
    host.run(as_user("postgres", [programs + "/initdb", "-D", data, "-U", "app", "-A", "trust",
                                  "--locale=C", "-E", "UTF8", "--no-sync", "--wal-segsize=1"]),
             cwd="/", timeout=60)
    with open(data + "/pg_hba.conf", "a", encoding="ascii") as file:
        file.write("host all all all trust\n")
    return host.start(as_user("postgres", [
        programs + "/postgres", "-D", data, "-h", host.address, "-p", str(port), "-c",
        "unix_socket_directories=", "-c", "fsync=off"]), port=port, cwd="/")


@client("PostgreSQL")
def talk_postgresql(host, server_address, port, **_):
    for _ in range(3):  # it listens before it is ready
        result = host.run(["psql", "-X", "-h", server_address, "-p", port, "-U", "app", "-d",
                           "postgres", "-c", "SELECT 1"], check=False)
        if result.returncode == 0 or "starting up" not in result.stderr:
            break
    result.check_returncode()


@server("MySQL")
def serve_mysql(host, port, **_):
    data = host.folder + "/mysql"
    os.mkdir(data, 0o700)
    shutil.chown(data, "mysql")
    start = ["--no-defaults", "--datadir=" + data, "--user=mysql",
             "--innodb-log-file-size=4M", "--innodb-buffer-pool-size=8M",
             "--innodb-flush-log-at-trx-commit=0", "--tmpdir=" + data]
    host.run(["mariadb-install-db"] + start + ["--auth-root-authentication-method=normal",
                                               "--skip-test-db"],
             timeout=90, env={"TMPDIR": data})
    words = host.write("grant.sql", "CREATE USER app@'%';\n")
    os.chmod(host.folder, 0o755)
    return host.start(["mariadbd"] + start + [
        "--bind-address=" + host.address, "--port=%d" % port, "--skip-name-resolve",
        "--socket=%s/socket" % data, "--pid-file=%s/pid" % data, "--init-file=" + words],
        port=port, cwd="/")


@client("MySQL")
def talk_mysql(host, server_address, port, **_):
    host.run(["mariadb", "--no-defaults", "-h", server_address, "-P", port, "-u", "app",
              "--skip-ssl", "-e", "SELECT 1"])


@server("Redis")
def serve_redis(host, port, **_):
    return host.start(["redis-server", "--port", port, "--bind", host.address or host.address6,
                       "--protected-mode", "no", "--save", "", "--appendonly", "no"], port=port)


@client("Redis")
def talk_redis(host, server_address, port, **_):
    host.run(["redis-cli", "-h", server_address, "-p", port, "PING"])


# --- Oracle: what is public about TNS -----------------------------------------------------------

DESCRIPTOR = (b"(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=oracle.lab.example)(PORT=1521))"
              b"(CONNECT_DATA=(SERVER=DEDICATED)(SERVICE_NAME=app.lab.example)"
              b"(CID=(PROGRAM=sqlplus)(HOST=client.lab.example)(USER=app))))")


def tns(kind, body):
    """Length, checksum of the packet, type, flags, checksum of the header."""
    return (8 + len(body)).to_bytes(2, "big") + b"\0\0" + bytes([kind, 0]) + b"\0\0" + body


def tns_connect():
    """Version 314, oldest 300, sizes of session and transport data units; data at 58."""
    head = bytes.fromhex("013a012c000008007fff7f080000 0100".replace(" ", ""))
    head += len(DESCRIPTOR).to_bytes(2, "big") + (58).to_bytes(2, "big") + bytes(30)
    return tns(1, head + DESCRIPTOR)


def tns_turns():
    accept = tns(2, bytes.fromhex("013a0000080007ff0001000000200101"))
    refused = tns(4, b"\x22\0\0\x0c(ERR=12514)")
    return [("c", tns_connect()), ("s", accept), ("c", tns(6, b"\0\0\xde\xad\xbe\xef")),
            ("s", refused)]


@server("Oracle")
def serve_oracle(host, port, **_):
    return dialogue.serve(host, port, tns_turns())


@client("Oracle")
def talk_oracle(host, server_address, port, **_):
    dialogue.talk(host, server_address, port, tns_turns())


# --- DB2: DRDA, volume 3: distributed data management -------------------------------------------

def ddm(codepoint, *parts):
    body = b"".join(parts)
    return (4 + len(body)).to_bytes(2, "big") + codepoint.to_bytes(2, "big") + body


def dss(kind, correlation, command):
    """Data stream structure: length, D0, format (1 request, 2 reply), correlation."""
    return (6 + len(command)).to_bytes(2, "big") + bytes([0xd0, kind, 0, correlation]) + command


def drda_turns():
    def text(codepoint, words):
        return ddm(codepoint, words.encode("cp500"))
    names = text(0x115e, "app") + text(0x116d, "client") + text(0x115a, "SQL11014")
    managers = ddm(0x1404, bytes.fromhex("14030007240700071474000524 0f0007".replace(" ", "")))
    security = ddm(0x11a2, b"\0\3")
    return [
        ("c", dss(0x41, 1, ddm(0x1041, names, managers))                      # EXCSAT
         + dss(0x01, 2, ddm(0x106d, security, text(0x2110, "SAMPLE".ljust(18))))),  # ACCSEC
        ("s", dss(0x42, 1, ddm(0x1443, names, managers))                      # EXCSATRD
         + dss(0x02, 2, ddm(0x14ac, security)))]                             # ACCSECRD


@server("DRDA")
def serve_drda(host, port, **_):
    return dialogue.serve(host, port, drda_turns())


@client("DRDA")
def talk_drda(host, server_address, port, **_):
    dialogue.talk(host, server_address, port, drda_turns())


# --- Sybase: TDS 5.0, functional specification --------------------------------------------------

def sybase_refusal():
    """A normal packet with LOGINACK (6: failed) and DONE."""
    name = b"ASE"
    ack = b"\6\5\0\0\0" + bytes([len(name)]) + name + b"\x0f\0\0\0"
    body = b"\xad" + len(ack).to_bytes(2, "little") + ack + b"\xfd\2\0\0\0\0\0\0\0"
    return b"\4\1" + (8 + len(body)).to_bytes(2, "big") + bytes(4) + body


@server("Sybase-TDS")
def serve_sybase(host, port, **_):
    return dialogue.serve(host, port, [("c", None), ("s", sybase_refusal())])


@client("Sybase-TDS")
def talk_sybase(host, server_address, port, **_):
    """The login is refused, and FreeTDS says so with its exit status."""
    host.run(["tsql", "-H", server_address, "-p", port, "-U", "app", "-P", PASSWORD],
             env={"TDSVER": "5.0"}, input="quit\n", check=False)


# --- Cassandra: native protocol, version 4 ------------------------------------------------------

def cql(opcode, body, stream=0, answer=True):
    return bytes([0x84 if answer else 4, 0]) + stream.to_bytes(2, "big") + bytes([opcode]) + (
        len(body).to_bytes(4, "big") + body)


def cql_list(words):
    return len(words).to_bytes(2, "big") + b"".join(
        len(word).to_bytes(2, "big") + word for word in words)


@server("Cassandra")
def serve_cassandra(host, port, **_):
    version, compression = b"\0\x0bCQL_VERSION", b"\0\x0bCOMPRESSION"
    supported = b"\0\2" + version + cql_list([b"3.4.4"]) + compression + cql_list([])
    return dialogue.serve(host, port, [("c", None), ("s", cql(6, supported)),
                                       ("c", None), ("s", cql(2, b"", 1))])


CASSANDRA_CLIENT = """
import sys
from cassandra.connection import Connection, DefaultEndPoint
from cassandra.io.asyncorereactor import AsyncoreConnection
AsyncoreConnection.initialize_reactor()
AsyncoreConnection.factory(DefaultEndPoint(sys.argv[1], int(sys.argv[2])), timeout=5,
                           protocol_version=4, allow_beta_protocol_version=False).close()
"""


@client("Cassandra")
def talk_cassandra(host, server_address, port, **_):
    """What it supports, and a start; no question."""
    host.run(["/usr/bin/python3", "-c", CASSANDRA_CLIENT, server_address, port])


# --- Teradata: not public -----------------------------------------------------------------------

TERADATA_TURNS = [("c", b"not public: a request of Teradata\n"),
                  ("s", b"not public: an answer of Teradata\n")]


@server("Teradata")
def serve_teradata(host, port, **_):
    """Nobody specifies its bytes publicly: these only stand where they would."""
    return dialogue.serve(host, port, TERADATA_TURNS)


@client("Teradata")
def talk_teradata(host, server_address, port, **_):
    dialogue.talk(host, server_address, port, TERADATA_TURNS)
