# SPDX-License-Identifier: GPL-3.0-or-later
"""LDAP and LDAP inside TLS: slapd and ldapsearch of OpenLDAP."""
from speakers import client, server

SUFFIX = "dc=example,dc=net"


def url(scheme, address, port):
    return "%s://%s:%d" % (scheme, "[%s]" % address if ":" in address else address, port)


@server("LDAP", "LDAPS")
def serve(host, port, *, scheme="ldap", **_):
    lines = []
    if scheme == "ldaps":
        certificate, key = host.lab.certificate(host.name + "." + host.lab.domain)
        lines = ["TLSCertificateFile " + certificate, "TLSCertificateKeyFile " + key]
    lines += ["pidfile %s/slapd-%d.pid" % (host.folder, port),
              "include /etc/ldap/schema/core.schema",
              "modulepath /usr/lib/ldap",
              "moduleload back_null", "database null", 'suffix "%s"' % SUFFIX]
    conf = host.write("slapd-%d.conf" % port, "\n".join(lines) + "\n")
    listen = url(scheme, host.address or host.address6, port)
    return host.start(["slapd", "-d", "0", "-h", listen, "-f", conf], port=port)


@client("LDAP", "LDAPS")
def talk(host, server_address, port, *, scheme="ldap", **_):
    host.run(["ldapsearch", "-x", "-LLL", "-H", url(scheme, server_address, port), "-b", "",
              "-s", "base"], env={"LDAPTLS_REQCERT": "never"})
