# SPDX-License-Identifier: GPL-3.0-or-later
"""
Kerberos: the key distribution center and the password service of MIT Kerberos, with kinit and
kpasswd. An option "service: password" asks for the latter (RFC 3244), which carries a Kerberos AP
exchange in frames of its own.
"""
from speakers import client, server

REALM = "LAB.EXAMPLE"
PASSWORD = "not-a-secret"


def environment(host, name):
    return {"KRB5_CONFIG": "%s/%s" % (host.folder, name),
            "KRB5_KDC_PROFILE": host.folder + "/kdc.conf",
            "KRB5CCNAME": "FILE:%s/ticket" % host.folder}


def write_client(host, name, lines, limit):
    host.write(name, """[libdefaults]
 default_realm = %s
 dns_lookup_kdc = false
 dns_lookup_realm = false
 rdns = false
 udp_preference_limit = %d
 kdc_timesync = 0
[realms]
 %s = {
%s
 }
""" % (REALM, limit, REALM, "\n".join("  " + line for line in lines)))


def make_database(host, env):
    host.write("acl", "")
    host.run(["kdb5_util", "create", "-s", "-r", REALM, "-P", PASSWORD], env=env)
    host.run(["kadmin.local", "-r", REALM], env=env, input=(
        "add_principal -requires_preauth -pw %s user\n"
        "change_password -pw %s -e aes256-cts:normal kadmin/changepw\n" % (PASSWORD, PASSWORD)))


@server("Kerberos", "kpasswd")
def serve(host, port, *, transport="tcp", service="tickets", **_):
    address = host.address
    env = environment(host, "server.conf")
    write_client(host, "server.conf", ["kdc = %s:%d" % (address, port)], 1465)
    kdc = port if service == "tickets" else 88
    host.write("kdc.conf", """[kdcdefaults]
 kdc_listen = %(address)s:%(kdc)d
 kdc_tcp_listen = %(address)s:%(kdc)d
[realms]
 %(realm)s = {
  database_name = %(folder)s/principal
  key_stash_file = %(folder)s/stash
  acl_file = %(folder)s/acl
  kadmind_listen = %(address)s:749
  kpasswd_listen = %(address)s:%(port)d
 }
""" % {"address": address, "port": port, "kdc": kdc, "folder": host.folder, "realm": REALM})
    try:
        open(host.folder + "/stash", "rb").close()
    except FileNotFoundError:
        make_database(host, env)
    if host.listens(kdc, "tcp"):
        kdc_process = []
    else:
        kdc_process = [host.start(["krb5kdc", "-n", "-r", REALM, "-P",
                                   host.folder + "/kdc.pid"], port=kdc, transport="tcp",
                                  env=env)]
        host.wait_for_port(kdc, "udp")
    if service == "tickets":
        return kdc_process
    return kdc_process + [host.start(["kadmind", "-nofork", "-r", REALM, "-P",
                                      host.folder + "/kadmind.pid"], port=port,
                                     transport=transport, env=env)]


@client("Kerberos", "kpasswd")
def talk(host, server_address, port, *, transport="tcp", service="tickets", **_):
    kdc = port if service == "tickets" else 88
    write_client(host, "client.conf", ["kdc = %s:%d" % (server_address, kdc),
                                       "kpasswd_server = %s:%d" % (server_address, port)],
                 1 if transport == "tcp" else 32000)
    env = environment(host, "client.conf")
    if service == "tickets":
        host.run(["kinit", "user"], env=env, input=PASSWORD + "\n")
    else:
        host.run(["kpasswd", "user"], env=env, input="%s\n%s\n%s\n" % (
            PASSWORD, PASSWORD, PASSWORD))
