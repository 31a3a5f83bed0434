# SPDX-License-Identifier: GPL-3.0-or-later
"""
Our own few lines, for protocols that no program of Debian speaks: a dialogue is a list of turns,
each ("c" or "s", bytes): the client or the server says that. Who listens waits for as many bytes;
a turn without bytes means: whatever the other says, once.

As a program: dialogue.py serve|talk tcp|udp ADDRESS PORT FILE, where FILE holds the turns as JSON
with the bytes in hexadecimal.
"""
import json
import socket
import sys
import threading

PATIENCE_S = 8


def _write(host, name, turns):
    return host.write(name, json.dumps([[who, None if said is None else said.hex()]
                                        for who, said in turns]))


def serve(host, port, turns, transport="tcp"):
    """A server that takes its part in the dialogue, with everybody who comes."""
    path = _write(host, "dialogue-%s-%d.json" % (transport, port), turns)
    address = host.address or host.address6
    return host.start([sys.executable, __file__, "serve", transport, address, port, path],
                      port=port, transport=transport)


def talk(host, address, port, turns, transport="tcp"):
    """A client that takes its part and fails when the server does not take the other."""
    path = _write(host, "dialogue-with-%s-%d.json" % (transport, port), turns)
    host.run([sys.executable, __file__, "talk", transport, address, port, path])


class Stream:
    """One end of a TCP connection."""

    def __init__(self, connection):
        self.connection = connection
        connection.settimeout(PATIENCE_S)

    def say(self, said):
        self.connection.sendall(said)

    def hear(self, count):
        heard = b""
        while len(heard) < (count or 1):
            more = self.connection.recv(65536 if count is None else count - len(heard))
            if not more:
                raise EOFError("the other side left")
            heard += more

    def close(self):
        try:
            self.connection.shutdown(socket.SHUT_WR)
            while self.connection.recv(4096):
                pass
        except OSError:
            pass
        self.connection.close()


class Datagrams:
    """One end of an exchange of datagrams; the server answers whom it heard last."""

    def __init__(self, sock):
        self.sock = sock
        self.other = None

    def say(self, said):
        if self.other is None:
            self.sock.send(said)
        else:
            self.sock.sendto(said, self.other)

    def hear(self, _):
        _, self.other = self.sock.recvfrom(65536)

    def close(self):
        pass


def take_part(end, me, turns):
    for who, said in turns:
        if who == me:
            end.say(said)
        else:
            end.hear(None if said is None else len(said))


def read_turns(path):
    with open(path, encoding="ascii") as file:
        return [(who, None if said is None else bytes.fromhex(said))
                for who, said in json.load(file)]


def attend(connection, turns):
    end = Stream(connection)
    try:
        take_part(end, "s", turns)
    except (OSError, EOFError) as error:
        print(error, file=sys.stderr)
    end.close()


def run_server(family, kind, where, turns):
    with socket.socket(family, kind) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(where)
        if kind == socket.SOCK_DGRAM:
            while True:
                take_part(Datagrams(sock), "s", turns)
        sock.listen()
        while True:
            connection, _ = sock.accept()
            threading.Thread(target=attend, args=(connection, turns), daemon=True).start()


def run_client(family, kind, where, turns):
    with socket.socket(family, kind) as sock:
        sock.settimeout(PATIENCE_S)
        sock.connect(where)
        end = Stream(sock) if kind == socket.SOCK_STREAM else Datagrams(sock)
        take_part(end, "c", turns)
        end.close()


def main():
    what, transport, address, port, path = sys.argv[1:]
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    kind = socket.SOCK_STREAM if transport == "tcp" else socket.SOCK_DGRAM
    action = run_server if what == "serve" else run_client
    action(family, kind, (address, int(port)), read_turns(path))


if __name__ == "__main__":
    main()
