# SPDX-License-Identifier: GPL-3.0-or-later
"""
WebSocket (RFC 6455) and TLS as Apple's devices open it to the push service, with the application
protocol that they offer. The WebSocket is our own few lines at both ends, because Debian 12 has no
small program for it; the TLS is openssl's.
"""
import base64
import hashlib

from speakers import client, dialogue, server

KEY = base64.b64encode(b"recorded by lab!")
MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 section 1.3


def frame(opcode, payload, mask=b""):
    """Section 5.2: final fragment, opcode, length up to 125, mask of clients."""
    if mask:
        payload = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
    return bytes([0x80 | opcode, (0x80 if mask else 0) | len(payload)]) + mask + payload


def websocket_turns(host_name):
    accept = base64.b64encode(hashlib.sha1(KEY + MAGIC).digest())
    request = (b"GET /lab HTTP/1.1\r\nHost: " + host_name + b"\r\nUpgrade: websocket\r\n"
               b"Connection: Upgrade\r\nSec-WebSocket-Key: " + KEY +
               b"\r\nSec-WebSocket-Version: 13\r\n\r\n")
    answer = (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
              b"Connection: Upgrade\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n")
    mask = b"\x11\x22\x33\x44"
    return [("c", request), ("s", answer), ("c", frame(1, b"recorded", mask)),
            ("s", frame(1, b"recorded")), ("c", frame(8, b"\x03\xe8", mask)),
            ("s", frame(8, b"\x03\xe8"))]


@server("WebSocket")
def serve_websocket(host, port, **_):
    return dialogue.serve(host, port, websocket_turns(b"websocket.lab.example"))


@client("WebSocket")
def talk_websocket(host, server_address, port, **_):
    dialogue.talk(host, server_address, port, websocket_turns(b"websocket.lab.example"))


@server("ApplePush")
def serve_push(host, port, *, name="courier.push.apple.com", **_):
    certificate, key = host.lab.certificate(name)
    return host.start(["openssl", "s_server", "-accept", "*:%d" % port, "-cert", certificate,
                       "-key", key, "-quiet", "-rev", "-num_tickets", "1", "-alpn",
                       "apns-pack-v1,apns-security-v3"], port=port)


@client("ApplePush")
def talk_push(host, server_address, port, *, name="courier.push.apple.com", **_):
    host.run(["sh", "-c", "(echo recorded; sleep 0.2) | \"$@\"", "sh", "openssl", "s_client",
              "-connect", "%s:%d" % (server_address, port), "-brief", "-servername", name,
              "-alpn", "apns-security-v3,apns-pack-v1"])
