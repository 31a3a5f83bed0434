# SPDX-License-Identifier: GPL-3.0-or-later
"""The nightly comparison: its files, its mail with a mailer that is none, its units."""
import os
import shutil
import subprocess
import time

import nights
from support import PROGRAM, RULES, TOP, Skip, capture, environment, expect, expect_equal, read

SCRIPT = os.path.join(TOP, "scripts", "flowaudit-nightly")
BUILT = os.path.join(os.path.dirname(PROGRAM), "systemd")
TODAY = time.strftime("%Y-%m-%d", time.gmtime())


class Nightly:
    """A database of nights, a folder of reports, and a mailer that keeps what it is given."""

    def __init__(self, bench, mailer="sendmail"):
        self.bench = bench
        self.database = bench.path("eth1.db")
        self.reports = bench.path("reports")
        self.box = bench.path("box")
        self.bin = bench.path("bin")
        os.makedirs(self.bin)
        os.makedirs(self.box)
        # Nothing of the machine's mailers: the programs that the script calls, and ours.
        for name in ("sh", "cat", "sed", "tr", "date", "basename", "dirname", "mkdir", "mktemp",
                     "rm", "mv", "cmp"):
            os.symlink(shutil.which(name), os.path.join(self.bin, name))
        if mailer:
            path = os.path.join(self.bin, mailer)
            with open(path, "w", encoding="ascii") as file:
                file.write('#!/bin/sh\n[ ! -e %s/broken ] || exit 75\n'
                           'n=$(ls %s | wc -l)\n{ echo "$*"; cat; } > %s/$n\n'
                           % ((self.box,) * 3))
            os.chmod(path, 0o755)
            for name in ("ls", "wc"):
                os.symlink(shutil.which(name), os.path.join(self.bin, name))

    def audit(self, day, packets):
        night = nights.at(packets, 1772330400 * 1000000 + (day - 1) * nights.DAY)
        path = self.bench.write("tap-202603%02d.pcap" % day, nights.save(night))
        self.bench.run("audit", "--rules", RULES, "--db", self.database, "-o", os.devnull, path)

    def run(self, *args, code, to="night@example.org"):
        env = environment()
        # The script looks into folders of the system as well, behind ours.
        text = read(SCRIPT).decode().replace('PATH="$PATH:/usr/sbin:/usr/lib"\n', "", 1)
        script = self.bench.write("nightly", text.encode())
        env.update(PATH=self.bin, FLOWAUDIT=PROGRAM, MAILTO=to)
        done = subprocess.run(["/bin/sh", script, "--db", self.database, "--out", self.reports]
                              + list(args), env=env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                              check=False)
        expect_equal(done.returncode, code, "exit status (%s)" % done.stderr.decode())
        expect_equal(done.stdout, b"", "standard output")
        return done.stderr.decode()

    def mails(self):
        return [read(os.path.join(self.box, name)).decode()
                for name in sorted(os.listdir(self.box), key=int)]

    def file(self, name):
        return os.path.join(self.reports, TODAY, name)


def packets_of(name="web.pcap"):
    return nights.load(read(capture(name)))


def series(bench):
    n = Nightly(bench)
    told = n.run(code=2)
    expect("no such database" in told, told)
    expect("could not be compared" in n.mails()[0], n.mails()[0])

    n.audit(1, packets_of())
    n.run(code=2)
    expect("one run only" in n.mails()[1], n.mails()[1])

    # As the night before: files, and no mail.
    n.audit(2, packets_of())
    n.run(code=0)
    expect_equal(len(n.mails()), 2, "mails")
    expect("NO DRIFT" in read(n.file("drift.txt")).decode(), "the text")
    expect(os.path.exists(n.file("drift.html")), "no page")

    # Drift: one mail, however often it is run.
    n.audit(3, packets_of("web.pcap") + packets_of("ssh.pcap"))
    n.run(code=1)
    expect_equal(len(n.mails()), 3, "mails")
    mail = n.mails()[2]
    head, text = mail.split("\n\n", 1)
    for line in ("To: night@example.org", "Subject: flowaudit: drift on eth1, " + TODAY,
                 "Content-Type: text/plain; charset=utf-8"):
        expect(line in head.splitlines(), "%s is not in %s" % (line, head))
    expect("new service" in text and n.file("drift.html") in text, text)
    before = {name: (os.stat(n.file(name)).st_mtime_ns, read(n.file(name)))
              for name in os.listdir(os.path.dirname(n.file("")))}
    n.run(code=1)
    after = {name: (os.stat(n.file(name)).st_mtime_ns, read(n.file(name)))
             for name in os.listdir(os.path.dirname(n.file("")))}
    expect_equal(after, before, "files of the second call")
    expect_equal(len(n.mails()), 3, "mails after the second call")
    expect_equal(sorted(after), ["drift.html", "drift.txt"], "files")
    expect_equal(os.listdir(n.reports), [TODAY], "what is left in the folder of reports")


def mail_is_tried_again(bench):
    n = Nightly(bench)
    n.audit(1, packets_of())
    n.audit(2, packets_of("ssh.pcap"))
    broken = bench.write("box/broken", b"")
    told = n.run(code=2)
    expect("could not be sent" in told, told)
    os.unlink(broken)
    # Of another day, and by the unit that only mails.
    os.rename(os.path.join(n.reports, TODAY), os.path.join(n.reports, "2026-03-02"))
    n.run("--mail-only", code=0)
    expect_equal(len(n.mails()), 1, "mails")
    expect("drift on eth1, 2026-03-02" in n.mails()[0], n.mails()[0])
    n.run("--mail-only", code=0)
    expect_equal(len(n.mails()), 1, "mails")


def report_only(bench):
    n = Nightly(bench)
    n.audit(1, packets_of())
    n.audit(2, packets_of("ssh.pcap"))
    n.run("--report-only", code=1)
    expect_equal(n.mails(), [], "mails")
    n.run("--report-only", "--", "--fail-on", "none", code=0)
    n.run("--mail-only", code=0, to="")
    expect_equal(n.mails(), [], "mails to nobody")


def other_mailer(bench):
    n = Nightly(bench, "mail")
    n.audit(1, packets_of())
    n.audit(2, packets_of("ssh.pcap"))
    n.run(code=1)
    first = n.mails()[0].splitlines()[0]
    expect_equal(first, "-s flowaudit: drift on eth1, %s night@example.org" % TODAY, "call of mail")
    none = Nightly(type(bench)(), None)
    none.run(code=2)
    shutil.rmtree(none.bench.folder)


def missing_night(bench):
    """The newest run is of two days ago: that is news, though nothing else is."""
    n = Nightly(bench)
    n.audit(1, packets_of())
    n.audit(2, packets_of())
    import sqlite3
    with sqlite3.connect(n.database) as db:
        db.execute("UPDATE run SET begun_ns = begun_ns - 48 * 3600 * 1000000000,"
                   " committed_ns = CASE WHEN committed_ns > 0 THEN"
                   " committed_ns - 48 * 3600 * 1000000000 ELSE committed_ns END")
    db.close()
    n.run(code=1)
    expect("no new run since" in n.mails()[0], n.mails()[0])


def hostile_name(bench):
    """The name of a database cannot add a header."""
    n = Nightly(bench)
    n.database = bench.path("a\nBcc: everybody@example.org\n.db")
    n.run(code=2)
    head = n.mails()[0].split("\n\n", 1)[0]
    expect(not any(line.startswith("Bcc") for line in head.splitlines()), head)


def usage(bench):
    n = Nightly(bench)
    for args, saying in ((["--nosuch"], "unknown option --nosuch"), (["--to"], "needs a value")):
        told = n.run(*args, code=2)
        expect(saying in told, told)
    done = subprocess.run(["/bin/sh", SCRIPT, "--help"], stdout=subprocess.PIPE, check=True)
    with open(os.path.join(TOP, "doc", "flowaudit-nightly.1"), encoding="utf-8") as file:
        page = file.read()
    for word in done.stdout.decode().replace(",", " ").split():
        if word.startswith("--") and len(word) > 2:
            expect(".It Fl Fl " + word[2:] in page or "Fl Fl " + word[2:] in page,
                   "the page does not have " + word)


def units(bench):
    if shutil.which("systemd-analyze") is None:
        raise Skip("systemd-analyze is not here")
    folder = bench.path("units")
    os.makedirs(folder)
    for name in ("flowaudit-drift@.service", "flowaudit-mail@.service"):
        if not os.path.exists(os.path.join(BUILT, name)):
            raise Skip("the services were not built beside the program")
        text = read(os.path.join(BUILT, name)).decode()
        installed = text.split("ExecStart=", 1)[1].split()[0]
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text.replace("ExecStart=" + installed, "ExecStart=" + SCRIPT))
    shutil.copy(os.path.join(TOP, "systemd", "flowaudit-drift@.timer"), folder)
    for name in ("flowaudit-drift@eth1.service", "flowaudit-drift@eth1.timer",
                 "flowaudit-mail@eth1.service"):
        done = subprocess.run(["systemd-analyze", "verify", "--man=no",
                               os.path.join(folder, name)], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=60, check=False)
        ours = [line for line in done.stdout.decode().splitlines() if "flowaudit" in line]
        expect_equal((done.returncode, ours), (0, []), "systemd-analyze verify " + name)
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=15",
                           os.path.join(folder, "flowaudit-drift@.service")],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
    expect(done.returncode == 0, "an exposure above 1.5:\n" + done.stdout.decode()[-400:])


TESTS = [("series", series), ("again", mail_is_tried_again), ("report-only", report_only),
         ("mail", other_mailer), ("missing", missing_night), ("header", hostile_name),
         ("usage", usage), ("units", units)]
