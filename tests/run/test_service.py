# SPDX-License-Identifier: GPL-3.0-or-later
"""The service that captures: systemd's own checks of the unit, the user and the folders."""
import os
import shutil
import subprocess

from support import PROGRAM, TOP, Skip, expect, expect_equal, read

BUILT = os.path.join(os.path.dirname(PROGRAM), "systemd")


def tool(name):
    if shutil.which(name) is None:
        raise Skip("%s is not here" % name)
    if not os.path.exists(os.path.join(BUILT, "flowaudit@.service")):
        raise Skip("the service was not built beside the program")
    return name


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
                          check=False)
    return done.returncode, done.stdout.decode("utf-8", "replace")


def unit(bench):
    """The unit with the program that is tested in place of the one that would be installed."""
    lines = read(os.path.join(BUILT, "flowaudit@.service")).decode().splitlines()
    for number, line in enumerate(lines):
        if line.startswith("ExecStart="):
            installed = line.split("=", 1)[1].split()[0]
            lines[number] = line.replace(installed, PROGRAM, 1)
    os.makedirs(bench.path("unit"), exist_ok=True)
    path = os.path.join(bench.path("unit"), "flowaudit@.service")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    return path


def unit_is_clean(bench):
    path = unit(bench).replace("@.", "@eth1.")
    code, text = run(tool("systemd-analyze"), "verify", "--man=no", path)
    # Other units of the machine, and what it lacks, are not ours to judge.
    ours = [line for line in text.splitlines() if "flowaudit" in line]
    expect_equal((code, ours), (0, []), "systemd-analyze verify")


def unit_is_hardened(bench):
    code, text = run(tool("systemd-analyze"), "security", "--offline=true", "--threshold=20",
                     unit(bench))
    expect(code == 0, "systemd-analyze security: an exposure above 2.0:\n" + text[-400:])


def options_exist(bench):
    """Every option that the unit and the example name is one of the program's."""
    help_text = bench.run("capture", "--help").text() + bench.run("drift", "--help").text()
    for name in ("flowaudit@.service.in", "example.conf"):
        for line in read(os.path.join(TOP, "systemd", name)).decode().splitlines():
            words = [] if "systemctl" in line else line.replace('"', " ").split()
            for word in words:
                expect(not word.startswith("--") or word in help_text,
                       "%s: %s is no option of capture or drift" % (name, word))


def user_and_folders(bench):
    code, text = run(tool("systemd-sysusers"), "--dry-run", "--root", bench.path("root"),
                     os.path.join(BUILT, "flowaudit.conf"))
    expect(code == 0 and "flowaudit" in text, "systemd-sysusers: " + text)
    root = bench.path("tmpfiles")
    os.makedirs(os.path.join(root, "etc"))
    with open(os.path.join(root, "etc", "passwd"), "w", encoding="ascii") as file:
        file.write("flowaudit:x:%d:%d::/:/bin/false\n" % (os.getuid(), os.getgid()))
    with open(os.path.join(root, "etc", "group"), "w", encoding="ascii") as file:
        file.write("flowaudit:x:%d:\n" % os.getgid())
    code, text = run(tool("systemd-tmpfiles"), "--create", "--root", root,
                     os.path.join(BUILT, "tmpfiles", "flowaudit.conf"))
    expect(code == 0, "systemd-tmpfiles: " + text)
    for folder in ("", "spool", "evidence"):
        mode = os.stat(os.path.join(root, "var", "lib", "flowaudit", folder)).st_mode
        expect_equal(oct(mode & 0o777), "0o750", "mode of " + folder)


TESTS = [("unit", unit_is_clean), ("hardened", unit_is_hardened), ("options", options_exist),
         ("user", user_and_folders)]
