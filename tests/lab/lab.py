# SPDX-License-Identifier: GPL-3.0-or-later
"""
A small data centre of network namespaces: hosts on a bridge, with a mirror port where tcpdump
records what passes.

Everything lives in a mount, process and network namespace of its own (see enter()): whatever ends
the laboratory, the kernel ends its processes and removes its networks and its files with them.
Nothing is added to the machine that runs it.
"""
import atexit
import ctypes
import ipaddress
import os
import shutil
import signal
import subprocess
import sys
import time

SKIPPED = 77             # exit status for "cannot be done here", as automake has it
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
INSIDE = "FLOWAUDIT_LAB_INSIDE"
# Options, one a line, of a flowaudit capture that listens beside tcpdump; FLOWAUDIT is the program.
LIVE = "FLOWAUDIT_LAB_LIVE"
ROOT = "/run/lab"        # on the laboratory's own tmpfs
CLIENT_PORTS = "50000 54999"  # of no document
LONGEST_S = 420          # a laboratory older than this is ended
SETTLE_S = 0.4           # for the last packets of a closing connection
NEEDS = (("unshare", "util-linux"), ("nsenter", "util-linux"), ("ip", "iproute2"),
         ("tc", "iproute2"), ("ethtool", "ethtool"), ("tcpdump", "tcpdump"),
         ("openssl", "openssl"))


class LabError(Exception):
    """Something in the laboratory did not do what it had to do."""


class Skip(Exception):
    """It cannot be done on this machine; says why."""


# --- a world of its own -------------------------------------------------------------------------

def missing_programs(needs=NEEDS):
    """Debian packages of the programs that are not here."""
    return sorted({package for program, package in needs
                   if shutil.which(program, path=PATH) is None})


def why_not():
    """Why no laboratory can be made here, or None."""
    if os.geteuid() != 0:
        return "not root: a laboratory makes network namespaces and captures packets"
    missing = missing_programs()
    if missing:
        return "programs are missing, of the Debian packages " + ", ".join(missing)
    tried = subprocess.run(["unshare", "--mount", "--pid", "--fork", "--net", "ip", "link",
                            "add", "probe", "type", "bridge"], capture_output=True, text=True,
                           env={"PATH": PATH, "LC_ALL": "C"}, timeout=20, check=False)
    if tried.returncode:
        return "namespaces or bridges are not allowed here: " + tried.stderr.strip()
    return None


def enter():
    """
    Runs this program again in namespaces of its own and exits with its status; returns at once
    when it is already there. Raises Skip where that cannot be done.
    """
    if os.environ.get(INSIDE):
        prepare()
        return
    reason = why_not()
    if reason:
        raise Skip(reason)
    command = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork",
               "--kill-child", "--mount-proc", "--net", "--uts", "--ipc", "--",
               sys.executable] + sys.argv
    child = subprocess.Popen(command, env=dict(os.environ, **{INSIDE: "1"}),
                             preexec_fn=die_with_parent)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: child.kill())  # --kill-child ends all that is inside
    sys.exit(wait_status(child))


def wait_status(child):
    status = child.wait()
    return status if status >= 0 else 128 - status


def prepare():
    """Inside: a private /run, where servers may put what they like and the files live."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755,size=1g", "lab", "/run"], check=True)
    for folder in (ROOT, "/run/lock", "/run/sshd"):
        os.makedirs(folder, 0o755, exist_ok=True)
    os.chmod("/run/lock", 0o1777)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def die_with_parent():
    """In a new process, before its program: it ends when the laboratory does."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG of linux/prctl.h


# --- processes ----------------------------------------------------------------------------------

class Process:
    """A program in the background, leader of a process group, its words in a file."""

    def __init__(self, host, argv, popen, log_path):
        self.host = host
        self.argv = argv
        self.log_path = log_path
        self._popen = popen
        self.pid = popen.pid
        self.stdin = popen.stdin

    def poll(self):
        return self._popen.poll()

    def wait(self, timeout=15):
        """Exit status; LabError if it does not end in time."""
        try:
            return self._popen.wait(timeout)
        except subprocess.TimeoutExpired:
            raise LabError("%s: %s still runs after %g s: %s" % (
                self.host.name, self.argv[0], timeout, self.log()[-800:])) from None

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="backslashreplace") as file:
            return file.read()

    def stop(self, first=signal.SIGTERM, patience=3.0):
        """Ends it, its children too; in a hurry if it takes its time."""
        for number, seconds in ((first, patience), (signal.SIGKILL, 3.0)):
            try:
                os.killpg(self.pid, number)
            except ProcessLookupError:
                break
            try:
                self._popen.wait(seconds)
                break
            except subprocess.TimeoutExpired:
                continue
        try:
            os.killpg(self.pid, signal.SIGKILL)  # children that outlived their parent
        except ProcessLookupError:
            pass
        self._popen.poll()
        if self.stdin:
            try:
                self.stdin.close()
            except OSError:
                pass


class Host:
    """One machine: a network namespace with an interface eth0 on the bridge."""

    def __init__(self, lab, name, addresses):
        self.lab = lab
        self.name = name
        self.addresses = [str(ipaddress.ip_address(a)) for a in addresses]
        self.address = next((a for a in self.addresses if ":" not in a), None)
        self.address6 = next((a for a in self.addresses if ":" in a), None)
        self.folder = os.path.join(lab.folder, name)
        os.makedirs(self.folder, 0o755)
        self._logs = 0
        self._holder = subprocess.Popen(
            ["unshare", "--net", "--uts", "sh", "-c",
             "hostname \"$0\" && exec sleep %d" % LONGEST_S, name + "." + lab.domain],
            stdin=subprocess.DEVNULL, preexec_fn=die_with_parent, start_new_session=True)
        self.pid = self._holder.pid
        self._wait_for_namespace()

    def _wait_for_namespace(self):
        mine = os.readlink("/proc/self/ns/net")
        for _ in range(200):
            if (os.readlink("/proc/%d/ns/net" % self.pid) != mine
                    and os.path.basename(os.readlink("/proc/%d/exe" % self.pid)) != "unshare"):
                return
            time.sleep(0.01)
        raise LabError("no namespace for " + self.name)

    def in_here(self, argv):
        self.lab.programs.add(str(argv[0]))
        return ["nsenter", "--target", str(self.pid), "--net", "--uts", "--"] + [
            str(arg) for arg in argv]

    def _environment(self, env):
        surroundings = {"PATH": PATH, "HOME": self.folder, "LC_ALL": "C", "TZ": "UTC",
                        "TMPDIR": self.folder}
        surroundings.update({name: str(value) for name, value in (env or {}).items()})
        return surroundings

    def start(self, argv, *, port=None, transport="tcp", env=None, cwd=None, stdin=None,
              patience=20):
        """
        A program in the background. With PORT: returns when something listens there. STDIN is
        nothing, a file, or subprocess.PIPE. The laboratory ends the program, or stop().
        """
        self._logs += 1
        log_path = os.path.join(self.folder, "log%d" % self._logs)
        with open(log_path, "wb") as log:
            popen = subprocess.Popen(
                self.in_here(argv), stdin=subprocess.DEVNULL if stdin is None else stdin,
                stdout=log, stderr=log, env=self._environment(env), cwd=cwd or self.folder,
                start_new_session=True, preexec_fn=die_with_parent)
        process = Process(self, [str(arg) for arg in argv], popen, log_path)
        self.lab.processes.append(process)
        if port is not None:
            self.wait_for_port(port, transport, process, patience)
        return process

    def run(self, argv, *, timeout=15, check=True, input=None, env=None, cwd=None):
        """
        A program to its end: a CompletedProcess with text in stdout and stderr. LabError when it
        takes longer than TIMEOUT, or (with CHECK) ends with another status than 0.
        """
        given = input.encode() if isinstance(input, str) else input
        popen = subprocess.Popen(
            self.in_here(argv), stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self._environment(env),
            cwd=cwd or self.folder, start_new_session=True, preexec_fn=die_with_parent)
        try:
            out, err = popen.communicate(given, timeout)
        except subprocess.TimeoutExpired:
            os.killpg(popen.pid, signal.SIGKILL)
            out, err = popen.communicate()
            raise LabError("%s: %s: still running after %g s: %s" % (
                self.name, " ".join(popen.args[6:]), timeout, tail(out, err))) from None
        finally:
            try:
                os.killpg(popen.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        result = subprocess.CompletedProcess(
            popen.args[6:], popen.returncode, out.decode("utf-8", "backslashreplace"),
            err.decode("utf-8", "backslashreplace"))
        if check and result.returncode:
            raise LabError("%s: %s: exit status %d: %s" % (
                self.name, " ".join(result.args), result.returncode, tail(out, err)))
        return result

    def listens(self, port, transport="tcp"):
        """Something waits on that port of this host."""
        wanted = "0A" if transport == "tcp" else "07"  # TCP_LISTEN, TCP_CLOSE: net/tcp_states.h
        for kind in (transport, transport + "6"):
            with open("/proc/%d/net/%s" % (self.pid, kind), encoding="ascii") as table:
                for line in table.readlines()[1:]:
                    columns = line.split()
                    if columns[3] == wanted and int(columns[1].rsplit(":", 1)[1], 16) == port:
                        return True
        return False

    def wait_for_port(self, port, transport="tcp", process=None, patience=20):
        deadline = time.monotonic() + patience
        while not self.listens(port, transport):
            # A server that went into the background has left with status 0.
            gone = process is not None and process.poll() not in (None, 0)
            if gone or time.monotonic() > deadline:
                raise LabError("%s: nothing listens on %s/%d: %s" % (
                    self.name, transport, port,
                    "" if process is None else "%s: %s" % (process.argv[0],
                                                           process.log()[-1500:])))
            time.sleep(0.05)

    def write(self, name, content, mode=0o644):
        """A file in this host's folder; its path."""
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        os.chmod(path, mode)
        return path

    def speak_from(self, address):
        """New connections of this host come from that address of its own."""
        if address not in self.addresses:
            raise LabError("%s has no address %s" % (self.name, address))
        family = "-6" if ":" in address else "-4"
        self.run(["ip", family, "route", "replace", "default", "dev", "eth0", "src", address])

    def close(self):
        self._holder.kill()
        self._holder.wait()


def tail(out, err):
    text = (err or b"") + b" " + (out or b"")
    return text.decode("utf-8", "backslashreplace").strip()[-800:]


# --- the network --------------------------------------------------------------------------------

def link_address(address):
    """A link-layer address that tells whose it is: 02:00 and the four bytes of the IPv4 address."""
    packed = ipaddress.ip_address(address).packed
    return "02:00:" + ":".join("%02x" % byte for byte in packed[-4:])


class Lab:
    """
    HOSTS: name -> list of addresses of any network; all are neighbours of each other.
    NAMES: DNS name -> name of a host or an address, known to every host without asking.
    LEARN: hosts ask for link-layer addresses (ARP, neighbour discovery) instead of knowing them.
    """

    def __init__(self, hosts, names=None, learn=False, domain="lab.example"):
        self.domain = domain
        self.names = dict(names or {})
        self.folder = os.path.join(ROOT, "lab%d" % time.monotonic_ns())
        self.processes = []
        self.programs = set()  # that hosts ran
        self.hosts = {}
        self.switch = None
        self._recorder = None
        self._auditor = None  # a live capture beside the recorder
        self._certificates = {}
        os.makedirs(self.folder, 0o755)
        atexit.register(self.close)
        signal.signal(signal.SIGALRM, self._too_old)
        signal.alarm(LONGEST_S)
        try:
            self._make(hosts, learn)
        except BaseException:
            self.close()
            raise

    def _too_old(self, *_):
        raise LabError("the laboratory is older than %d s" % LONGEST_S)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _make(self, hosts, learn):
        self.switch = Host(self, "switch", [])
        self.switch.run(["sh", "-ec", """
            sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
            ip link add br0 address 02:00:00:00:00:01 type bridge mcast_snooping 0 stp_state 0
            ip link set br0 up
            ip link add mirror type veth peer name tap
            ethtool -K mirror gro off >/dev/null
            ethtool -K tap gro off >/dev/null
            ip link set mirror up
            ip link set tap up promisc on"""])
        for name, addresses in hosts.items():
            self._join(name, addresses)
        self._write_names()
        if not learn:
            self._introduce()
        time.sleep(SETTLE_S)

    def _join(self, name, addresses):
        """A host and its cable: what enters the bridge there is copied to the mirror port."""
        host = self.hosts[name] = Host(self, name, addresses)
        port = "p%d" % len(self.hosts)
        self.switch.run(["sh", "-ec", """
            ip link add %(port)s type veth peer name eth0 address %(mac)s netns %(pid)d
            ip link set %(port)s master br0 up
            tc qdisc add dev %(port)s clsact
            tc filter add dev %(port)s ingress protocol all u32 match u32 0 0 \\
                action mirred egress mirror dev mirror""" % {
                    "port": port, "pid": host.pid,
                    "mac": link_address(host.address or host.address6)}])
        steps = ["""
            sysctl -qw net.ipv6.conf.eth0.accept_ra=0 net.ipv6.conf.eth0.addr_gen_mode=1 \\
                net.ipv6.conf.eth0.router_solicitations=0 \\
                net.ipv6.conf.eth0.mldv2_unsolicited_report_interval=1 \\
                net.ipv6.conf.eth0.disable_ipv6=%d net.ipv6.conf.lo.disable_ipv6=0 \\
                net.ipv4.ip_local_port_range='%s' net.ipv4.ping_group_range='0 65535' \\
                net.ipv4.icmp_ratelimit=0
            ethtool -K eth0 tx off sg off tso off gso off gro off >/dev/null
            ip link set lo up""" % (host.address6 is None, CLIENT_PORTS)]
        for address in host.addresses:
            steps.append("ip address add %s dev eth0 %s" % (
                address + ("/128" if ":" in address else "/32"),
                "nodad" if ":" in address else ""))
        steps.append("ip link set eth0 up")
        if host.address:
            steps.append("ip -4 route add default dev eth0 src " + host.address)
        if host.address6:
            steps.append("ip -6 route add default dev eth0 src " + host.address6)
        host.run(["sh", "-ec", "\n".join(steps)])

    def _introduce(self):
        """Every host knows where every other is: no ARP, no neighbour discovery on the wire."""
        for host in self.hosts.values():
            lines = []
            for other in self.hosts.values():
                if other is host:
                    continue
                mac = link_address(other.address or other.address6)
                lines += ["neigh replace %s lladdr %s nud permanent dev eth0" % (address, mac)
                          for address in other.addresses
                          if (host.address6 if ":" in address else host.address)]
            if lines:
                host.run(["ip", "-batch", "-"], input="\n".join(lines) + "\n")

    def _write_names(self):
        lines = ["127.0.0.1 localhost", "::1 localhost"]
        for host in self.hosts.values():
            lines += ["%s %s.%s %s" % (address, host.name, self.domain, host.name)
                      for address in host.addresses]
        for name, where in self.names.items():
            addresses = self.hosts[where].addresses if where in self.hosts else [where]
            lines += ["%s %s" % (address, name) for address in addresses]
        for name, content in (("hosts", "\n".join(lines) + "\n"), ("resolv.conf", "")):
            path = os.path.join(self.folder, name)
            with open(path, "w", encoding="ascii") as file:
                file.write(content)
            if os.path.exists("/etc/" + name):
                subprocess.run(["mount", "--bind", path, os.path.realpath("/etc/" + name)],
                               check=True)

    def host(self, name):
        if name not in self.hosts:
            raise LabError("no host is called %s: %s" % (name, ", ".join(self.hosts)))
        return self.hosts[name]

    def find(self, address):
        """The host that has the address, or None."""
        return next((h for h in self.hosts.values() if address in h.addresses), None)

    def certificate(self, names):
        """(certificate, key): files of a self-signed certificate for those DNS names."""
        names = tuple([names] if isinstance(names, str) else names)
        if names not in self._certificates:
            stem = os.path.join(self.folder, "certificate%d" % len(self._certificates))
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                 "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                 "/CN=" + names[0], "-addext",
                 "subjectAltName=" + ",".join("DNS:" + name for name in names),
                 "-keyout", stem + ".key", "-out", stem + ".pem"],
                check=True, capture_output=True, timeout=20, env={"PATH": PATH, "LC_ALL": "C"})
            os.chmod(stem + ".key", 0o644)  # servers that run as other users read it
            self._certificates[names] = (stem + ".pem", stem + ".key")
        return self._certificates[names]

    # --- recording ------------------------------------------------------------------------------

    def record(self, path):
        """Starts writing what the mirror port gives; whole frames."""
        if self._recorder:
            raise LabError("already recording")
        self._recorder = self.switch.start(
            ["tcpdump", "-i", "tap", "-Q", "in", "-s", "0", "-U", "--immediate-mode", "-n", "-Z",
             "root", "-w", path])
        self._wait_for_word(self._recorder, "listening on")
        if os.environ.get(LIVE):
            self._auditor = self.switch.start(
                [os.environ["FLOWAUDIT"], "capture", "-i", "tap", "-f", "inbound", "--bucket",
                 "12h", "--format", "json"] + os.environ[LIVE].split("\n"))
            self._wait_for_word(self._auditor, "capturing on")

    @staticmethod
    def _wait_for_word(process, word):
        for _ in range(500):
            if word in process.log():
                return
            if process.poll() is not None:
                break
            time.sleep(0.02)
        raise LabError("%r was not said: %s" % (word, process.log()))

    def finish(self):
        """Ends the recording. Nothing may have been lost."""
        time.sleep(SETTLE_S)
        if self._auditor:
            self._auditor.stop(signal.SIGTERM, 20.0)
            if self._auditor.poll() != 0:
                raise LabError("capture failed: " + self._auditor.log())
            self._auditor = None
        self._recorder.stop(signal.SIGINT)
        told = self._recorder.log()
        self._recorder = None
        if "0 packets dropped by kernel" not in told:
            raise LabError("tcpdump lost packets: " + told)

    def close(self):
        atexit.unregister(self.close)
        signal.alarm(0)
        for process in reversed(self.processes):
            process.stop()
        self.processes = []
        for host in list(self.hosts.values()) + ([self.switch] if self.switch else []):
            host.close()
        self.hosts = {}
        self.switch = None
        for name in ("hosts", "resolv.conf"):
            subprocess.run(["umount", os.path.realpath("/etc/" + name)], check=False,
                           capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)
