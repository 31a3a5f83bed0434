# SPDX-License-Identifier: GPL-3.0-or-later
"""
What administrators and their machines speak: Telnet (inetutils), FTP (vsftpd and curl), SNMP
(Net-SNMP), syslog (rsyslogd and logger), IPMI (ipmi_sim of OpenIPMI and ipmitool), SMTP (OpenSMTPD
with swaks; with OpenSSL where there is TLS), NTP (chronyd at both ends).
"""
import os
import sys

from speakers import client, server

PASSWORD = "not-a-secret"


# --- Telnet: telnetd does not listen itself -----------------------------------------------------

SUPERSERVER = """
import socket, subprocess, sys
address, port = sys.argv[1], int(sys.argv[2])
with socket.create_server((address, port)) as sock:
    while True:
        connection, _ = sock.accept()
        subprocess.run(sys.argv[3:], stdin=connection, stdout=connection)
        connection.close()
"""


@server("Telnet")
def serve_telnet(host, port, **_):
    shell = host.write("greet", "#!/bin/sh\necho 'login: '; read name; echo \"hello $name\"\n",
                       mode=0o755)
    return host.start([sys.executable, "-c", SUPERSERVER, host.address, port, "telnetd", "-h",
                       "-E", shell], port=port)


TELNET_CLIENT = "(sleep 0.5; echo user; sleep 0.5) | telnet \"$0\" \"$1\""


@client("Telnet")
def talk_telnet(host, server_address, port, **_):
    """telnet ends with status 1 when the server closes."""
    host.run(["sh", "-c", TELNET_CLIENT, server_address, port], check=False)


# --- FTP ----------------------------------------------------------------------------------------

@server("FTP_CONTROL")
def serve_ftp(host, port, *, data_port=49400, **_):
    root = host.folder + "/ftp"
    host.write("ftp/recorded.txt", "a file to be fetched\n")
    os.chmod(root, 0o555)
    os.makedirs(host.folder + "/empty", 0o555, exist_ok=True)
    conf = host.write("vsftpd.conf", """listen=YES
listen_address=%s
listen_port=%d
background=NO
anonymous_enable=YES
anon_root=%s
no_anon_password=YES
secure_chroot_dir=%s/empty
pasv_min_port=%d
pasv_max_port=%d
seccomp_sandbox=NO
isolate=NO
isolate_network=NO
ftp_username=daemon
nopriv_user=nobody
xferlog_enable=NO
connect_from_port_20=YES
ftp_data_port=20
""" % (host.address, port, root, host.folder, data_port, data_port))
    return host.start(["vsftpd", conf], port=port)


@client("FTP_CONTROL")
def talk_ftp(host, server_address, port, *, active=False, **_):
    how = ["--ftp-port", host.address] if active else ["--disable-epsv"]
    host.run(["curl", "-q", "-sS", "-o", "/dev/null"] + how + [
        "ftp://%s:%d/recorded.txt" % (server_address, port)])


# --- SNMP ---------------------------------------------------------------------------------------

@server("SNMP")
def serve_snmp(host, port, *, transport="udp", **_):
    conf = host.write("snmpd.conf", "rocommunity public\nsysName %s\nsysDescr recorded\n" %
                      host.name)
    return host.start(["snmpd", "-f", "-Le", "-C", "-c", conf, "-I",
                       "system_mib,sysORTable,vacm_conf,usmConf",
                       "%s:%s:%d" % (transport, host.address, port)], port=port,
                      transport=transport,
                      env={"SNMP_PERSISTENT_DIR": host.folder + "/snmp", "MIBS": ""})


@client("SNMP")
def talk_snmp(host, server_address, port, *, transport="udp", version="2c", **_):
    host.run(["snmpget", "-v", version, "-c", "public", "-r", "0", "-t", "3",
              "%s:%s:%d" % (transport, server_address, port), "1.3.6.1.2.1.1.5.0"],
             env={"SNMP_PERSISTENT_DIR": host.folder + "/snmp", "MIBS": ""})


# --- syslog -------------------------------------------------------------------------------------

@server("Syslog")
def serve_syslog(host, port, *, transport="udp", **_):
    kind = "im" + transport
    conf = host.write("rsyslog-%s-%d.conf" % (transport, port), """global(workDirectory="%s")
module(load="%s")
input(type="%s" address="%s" port="%d")
action(type="omfile" file="%s/messages")
""" % (host.folder, kind, kind, host.address, port, host.folder))
    return host.start(["rsyslogd", "-n", "-f", conf, "-i",
                       "%s/rsyslogd-%s-%d.pid" % (host.folder, transport, port)], port=port,
                      transport=transport)


@client("Syslog")
def talk_syslog(host, server_address, port, *, transport="udp", **_):
    flag = "-d" if transport == "udp" else "-T"
    for words in ("service started", "disk is nearly full"):
        host.run(["logger", "-n", server_address, "-P", port, flag, "-t", "app", "--rfc3164",
                  "-p", "daemon.notice", words])


# --- IPMI ---------------------------------------------------------------------------------------

@server("RMCP-IPMI")
def serve_ipmi(host, port, **_):
    host.write("ipmi/state", "")
    emulator = host.write("ipmi.emu", "mc_setbmc 0x20\nmc_add 0x20 0 no-device-sdrs 0x23 9 8 "
                          "0x9f 0x1291 0xf02 persist_sdr\nmc_enable 0x20\n")
    conf = host.write("ipmi.conf", """name "bmc"
set_working_mc 0x20
startlan 1
  addr %s %d
  priv_limit admin
  allowed_auths_callback none md2 md5 straight
  allowed_auths_user none md2 md5 straight
  allowed_auths_operator none md2 md5 straight
  allowed_auths_admin none md2 md5 straight
  guid a123456789abcdefa123456789abcdef
endlan
user 1 true "" "test" user 10 none md2 md5 straight
user 2 true "admin" "secret" admin 10 none md2 md5 straight
""" % (host.address, port))
    return host.start(["ipmi_sim", "-n", "-c", conf, "-f", emulator, "-s",
                       host.folder + "/ipmi"], port=port, transport="udp")


@client("RMCP-IPMI")
def talk_ipmi(host, server_address, port, **_):
    """Capabilities and the answer to a login; what the machine behind says does not matter."""
    host.run(["ipmitool", "-I", "lan", "-H", server_address, "-p", port, "-U", "admin", "-P",
              "secret", "-R", "1", "-N", "1", "mc", "info"], check=False)


# --- mail ---------------------------------------------------------------------------------------

# The queue and the control socket have fixed places: empty ones on top, in mounts of its own.
SMTPD = """
mount -t tmpfs -o mode=755 lab /var/spool
cp "$0" /var/spool/smtpd.conf
mount -t tmpfs -o mode=755 lab /run
mkdir -m 711 /var/spool/smtpd
cd /var/spool/smtpd
for name in corrupt incoming purge queue temporary; do
	mkdir -m 700 $name
	chown opensmtpq $name
done
mkdir -m 770 offline
chgrp opensmtpq offline
exec smtpd -d -f /var/spool/smtpd.conf
"""

STARTTLS_SERVER = """
import socket, ssl, sys
address, port, certificate, key = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
with socket.create_server((address, int(port))) as sock:
    while True:
        stream, _ = sock.accept()
        stream.sendall(b"220 mail.lab.example ESMTP\\r\\n")
        while True:
            said = stream.recv(4096).split(b" ")[0].strip().upper()
            answer = {b"EHLO": b"250-mail.lab.example\\r\\n250 STARTTLS", b"QUIT": b"221 bye",
                      b"STARTTLS": b"220 go ahead"}.get(said, b"500 what?")
            if not said:
                break
            stream.sendall(answer + b"\\r\\n")
            if said == b"STARTTLS":
                stream = context.wrap_socket(stream, server_side=True)
            if said == b"QUIT":
                if isinstance(stream, ssl.SSLSocket):
                    stream.unwrap()
                break
        stream.close()
"""


@server("SMTP", "SMTPS")
def serve_mail(host, port, *, tls="", **_):
    """
    TLS: "" for none, "starttls", or "smtps" for TLS from the first byte. Debian 12's OpenSMTPD
    cannot sign handshakes: SMTPS has socat in front, and STARTTLS is spoken by our own few lines.
    """
    certificate, key = host.lab.certificate(host.name + "." + host.lab.domain)
    if tls == "starttls":
        return host.start([sys.executable, "-c", STARTTLS_SERVER, host.address, port, certificate,
                           key], port=port)
    inner = 10000 + port if tls else port
    conf = host.write("smtpd-%d.conf" % port, """listen on %s port %d
action "drop" relay host "smtp://127.0.0.1:1"
match from any for any action "drop"
""" % ("127.0.0.1" if tls else host.address, inner))
    processes = [host.start(["unshare", "--mount", "sh", "-ec", SMTPD, conf], port=inner)]
    if tls:
        listen = "OPENSSL-LISTEN:%d,reuseaddr,fork,verify=0,cert=%s,key=%s" % (
            port, certificate, key)
        processes.append(host.start(["socat", listen, "TCP:127.0.0.1:%d" % inner], port=port))
    return processes


@client("SMTP", "SMTPS")
def talk_mail(host, server_address, port, *, tls="", **_):
    if tls:
        host.run(["sh", "-c", "(sleep 0.5; echo QUIT; sleep 0.3) | \"$@\"", "sh", "openssl",
                  "s_client", "-connect", "%s:%d" % (server_address, port), "-quiet", "-crlf"]
                 + (["-starttls", "smtp"] if tls == "starttls" else []))
        return
    host.run(["swaks", "--server", server_address, "--port", port, "--from", "a@lab.example",
              "--to", "b@lab.example", "--helo", host.name, "--quit-after", "RCPT"])


# --- time ---------------------------------------------------------------------------------------

@server("NTP")
def serve_time(host, port, **_):
    conf = host.write("chrony-server.conf", """local stratum 5
allow all
port %d
bindaddress %s
cmdport 0
bindcmdaddress /
pidfile %s/chronyd.pid
""" % (port, host.address, host.folder))
    return host.start(["chronyd", "-d", "-x", "-U", "-u", "root", "-f", conf], port=port,
                      transport="udp")


@client("NTP")
def talk_time(host, server_address, port, **_):
    host.run(["chronyd", "-Q", "-U", "-u", "root", "-t", "6", "pidfile %s/query.pid" %
              host.folder, "cmdport 0", "bindcmdaddress /",
              "server %s port %d iburst maxsamples 1" % (server_address, port)], check=False)
