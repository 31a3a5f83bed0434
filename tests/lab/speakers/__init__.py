# SPDX-License-Identifier: GPL-3.0-or-later
"""
Speakers: pairs of functions that let two hosts speak a protocol, with a real server and a real
client. Every module in this folder is loaded.

	@server("TLS")
	def serve(host, port, **options):
		host.start([...], port=port)

	@client("TLS")
	def talk(host, server_address, port, **options):
		host.run([...])

The name is the one that the catalogs use; "any" is a protocol that nDPI does not know. Both get
the options of the exchange, and always transport="tcp" or "udp". serve() returns when the server
answers, and returns its process, a list of them, or nothing. talk() raises LabError when the
client did not succeed. For an option server_name (of the scenario's names) see lab.names.
"""
import importlib
import os
import pkgutil

SERVERS = {}
CLIENTS = {}


def _register(table, names):
    def keep(function):
        for name in names:
            if name in table:
                raise ValueError("two speakers for %s: %s and %s" % (
                    name, table[name].__module__, function.__module__))
            table[name] = function
        return function
    return keep


def server(*names):
    """Registers the function that starts a server of these protocols."""
    return _register(SERVERS, names)


def client(*names):
    """Registers the function that runs a client of these protocols."""
    return _register(CLIENTS, names)


def load():
    for module in pkgutil.iter_modules([os.path.dirname(os.path.abspath(__file__))]):
        importlib.import_module(__name__ + "." + module.name)
