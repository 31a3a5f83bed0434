# SPDX-License-Identifier: GPL-3.0-or-later
"""What most scenarios need: TLS, HTTP, SSH, DNS, an unknown protocol, ports without a server."""
import os
import shutil
import sys

from lab import LabError

from . import client, server


def bracketed(address):
    return "[%s]" % address if ":" in address else address


# --- TLS: openssl. Options: sni (server name; none without it), tls ("1.2"), names (certificate) --

@server("TLS")
def serve_tls(host, port, sni=None, names=None, **_):
    cert, key = host.lab.certificate(names or [sni or host.name + "." + host.lab.domain])
    return host.start(["openssl", "s_server", "-accept", "*:%d" % port, "-cert", cert, "-key",
                       key, "-quiet", "-rev", "-num_tickets", "1"], port=port)


@client("TLS")
def talk_tls(host, server_address, port, sni=None, tls=None, **_):
    command = ["openssl", "s_client", "-connect", "%s:%d" % (bracketed(server_address), port),
               "-brief"]
    command += ["-servername", sni] if sni else ["-noservername"]
    if tls:
        command += ["-tls" + str(tls).replace(".", "_")]
    # It ends when its input does, with 1 if there was no handshake.
    host.run(["sh", "-c", "(echo recorded; sleep 0.2) | \"$@\"", "sh"] + command)


# --- HTTP: nginx (or Python, where there is none) and curl. Options: host_header, path ------------

@server("HTTP")
def serve_http(host, port, **_):
    folder = os.path.join(host.folder, "nginx%d" % port)
    os.makedirs(os.path.join(folder, "www"), exist_ok=True)
    with open(os.path.join(folder, "www", "index.html"), "w", encoding="ascii") as file:
        file.write("recorded\n")
    if shutil.which("nginx") is None:
        return host.start([sys.executable, "-m", "http.server", "--bind", "::", "--directory",
                           os.path.join(folder, "www"), str(port)], port=port)
    config = ["daemon off; master_process off; user root; pid %s/pid;" % folder,
              "error_log stderr; events { worker_connections 64; }",
              "http { access_log off; root %s/www;" % folder]
    config += ["%s_temp_path %s/%s;" % (kind, folder, kind)
               for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")]
    config += ["server { listen 0.0.0.0:%d; listen [::]:%d;" % (port, port),
               "location / { try_files /index.html =404; } } }"]
    path = host.write("nginx%d/nginx.conf" % port, "\n".join(config) + "\n")
    return host.start(["nginx", "-e", "stderr", "-p", folder, "-c", path], port=port)


@client("HTTP")
def talk_http(host, server_address, port, path="/", host_header=None, **_):
    command = ["curl", "-q", "-sS", "--fail", "--max-time", "8", "-o", "/dev/null"]
    if host_header:
        command += ["-H", "Host: " + host_header]
    host.run(command + ["http://%s:%d%s" % (bracketed(server_address), port, path)])


# --- SSH: a login with a key and one command -----------------------------------------------------

def ssh_keys(lab):
    folder = os.path.join(lab.folder, "ssh")
    if not os.path.isdir(folder):
        os.makedirs(folder, 0o755)
        keeper = next(iter(lab.hosts.values()))
        for name in ("host", "user"):
            keeper.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f",
                        os.path.join(folder, name)])
    return folder


@server("SSH")
def serve_ssh(host, port, **_):
    keys = ssh_keys(host.lab)
    config = host.write("sshd%d" % port, """Port %d
HostKey %s/host
PidFile none
UsePAM no
UseDNS no
StrictModes no
PermitRootLogin prohibit-password
PasswordAuthentication no
AuthorizedKeysFile %s/user.pub
""" % (port, keys, keys))
    return host.start([shutil.which("sshd") or "/usr/sbin/sshd", "-D", "-e", "-f", config],
                      port=port)


@client("SSH")
def talk_ssh(host, server_address, port, **_):
    keys = ssh_keys(host.lab)
    host.run(["ssh", "-F", "none", "-p", str(port), "-i", os.path.join(keys, "user"),
              "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o",
              "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o",
              "ConnectTimeout=5", "root@" + server_address, "true"])


# --- DNS: dnsmasq knows the scenario's names. Options: name, type, expect (in the answer), ttl ----

@server("DNS")
def serve_dns(host, port, ttl=300, **_):
    lab = host.lab
    command = ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv",
               "--no-hosts", "--pid-file=", "--user=root", "--bind-interfaces",
               "--except-interface=lo", "--interface=eth0", "--port=%d" % port,
               "--local-ttl=%d" % ttl]
    for name, where in lab.names.items():
        addresses = lab.hosts[where].addresses if where in lab.hosts else [where]
        command += ["--host-record=%s,%s" % (name, ",".join(addresses)), "--local=/%s/" % name]
    return host.start(command, port=port, transport="udp")


@client("DNS")
def talk_dns(host, server_address, port, transport="tcp", name=None, type="A", expect=None, **_):
    if name is None:
        raise LabError("DNS needs the option name")
    answer = host.run(["dig", "-r", "@" + server_address, "-p", str(port), "+tries=1", "+time=3",
                       "+nocookie", "+tcp" if transport == "tcp" else "+notcp", name, type]).stdout
    if expect and expect not in answer:
        raise LabError("%s: %r is not in the answer for %s: %s" % (
            host.name, expect, name, answer))


# --- any: lines that nDPI does not know ----------------------------------------------------------

@server("any")
def serve_any(host, port, transport="tcp", **_):
    listen = "%s6-LISTEN:%d,reuseaddr,fork,ipv6only=0" % (transport.upper(), port)
    return host.start(["socat", "-t", "2", listen, "SYSTEM:read -r line; echo ITEMS 2 pump valve"],
                      port=port, transport=transport)


@client("any")
def talk_any(host, server_address, port, transport="tcp", **_):
    address = "%s:%s:%d" % (transport.upper(), bracketed(server_address), port)
    wait = "2" if transport == "tcp" else "0.5"
    answer = host.run(["socat", "-t", wait, "-", address], input="LIST plant 7\n").stdout
    if "ITEMS" not in answer:
        raise LabError("%s: no answer from %s port %d: %r" % (
            host.name, server_address, port, answer))


# --- ports without a server ----------------------------------------------------------------------

class Filter:
    """A rule of the packet filter, until stopped."""

    def __init__(self, host, transport, port, verdict):
        self.host = host
        self.table = "lab_%s_%d" % (transport, port)
        host.run(["nft", "-f", "-"], input="table inet %s { chain input { type filter hook input "
                 "priority 0; %s dport %d %s; }; }" % (self.table, transport, port, verdict))

    def poll(self):
        return None

    def stop(self):
        self.host.run(["nft", "delete", "table", "inet", self.table])


def try_in_vain(host, server_address, port, transport="tcp", seconds="1.5", **_):
    """A connection that must not come about."""
    address = "%s:%s:%d" % (transport.upper(), bracketed(server_address), port)
    if transport == "tcp":
        address += ",connect-timeout=" + str(seconds)
    result = host.run(["socat", "-t", "0.3", "-", address], input="LIST plant 7\n", check=False)
    if transport == "tcp" and result.returncode == 0:
        raise LabError("%s: port %d of %s answered" % (host.name, port, server_address))


@server("none")
def serve_none(host, port, transport="tcp", **_):
    """Nobody listens: the system answers with RST."""
    if host.listens(port, transport):
        raise LabError("%s: somebody listens on %d" % (host.name, port))


@server("drop")
def serve_drop(host, port, transport="tcp", **_):
    return Filter(host, transport, port, "drop")


@server("icmp-unreachable")
def serve_unreachable(host, port, transport="tcp", code="admin-prohibited", **_):
    return Filter(host, transport, port, "reject with icmpx type " + code)


client("none", "drop", "icmp-unreachable")(try_in_vain)
