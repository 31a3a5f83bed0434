# SPDX-License-Identifier: GPL-3.0-or-later
"""Completion in shells: what bash and zsh offer at the end of a line."""
import os
import pty
import re
import select
import shutil
import subprocess
import time

from support import PROGRAM, RULES, TIME_SCALE, TOP, Skip, capture, environment, expect, expect_equal

VERDICTS = ["discouraged", "indeterminate", "never", "refused", "undocumented", "wrong-endpoint",
            "wrong-protocol"]


def make(bench, shell, name):
    """The script as make makes it, in a folder of the test."""
    folder = bench.path("completions")
    result = os.path.join(folder, name)
    subprocess.run([os.path.join(TOP, "scripts", "complete-with"), PROGRAM,
                    os.path.join(TOP, "completions", name + ".in"), result, shell],
                   check=True, env=environment())
    return result


def find_shell(name):
    path = shutil.which(name)
    if path is None:
        raise Skip("%s is not installed (Debian package %s)" % (name, name))
    return path


def commands(bench):
    """Of every command: its verbs, or None; read from the help that people read."""
    found = {}
    for line in bench.run("help").text().splitlines():
        match = re.match(r"  ([a-z]+)  +\S", line)
        if match and match[1] != "flowaudit":
            found[match[1]] = None
    for name in found:
        verbs = re.findall(r"(?m)^(?:Usage:|      ) flowaudit %s ([a-z]+) \[options\]" % name,
                           bench.run("help", name).text())
        found[name] = verbs or None
    return found


def options_of(bench, *command):
    return sorted(set(re.findall(r"(?m)^  (?:-., |    )(--[a-z-]+)", bench.run(
        "help", *command).text())))


# In bash the words are given as bash gives them, with those that it breaks at = apart.
BASH = r"""
source "$1"; shift
compopt() { echo "like bash: $2"; }
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_flowaudit
[ ${#COMPREPLY[@]} -eq 0 ] || printf '%s\n' "${COMPREPLY[@]}"
"""


class Bash:
    def __init__(self, bench):
        self.shell = find_shell("bash")
        self.script = make(bench, "bash", "flowaudit.bash")
        self.folder = bench.folder

    def offers(self, *words):
        done = subprocess.run([self.shell, "--norc", "--noprofile", "-c", BASH, "bash",
                               self.script, PROGRAM, *words], cwd=self.folder, env=environment(),
                              capture_output=True, timeout=20 * TIME_SCALE, check=False)
        expect_equal((done.returncode, done.stderr), (0, b""), "completion of %r" % (words,))
        return sorted(done.stdout.decode().split("\n")[:-1])


def bash_names(bench):
    """Commands, verbs and options: all that the help names, and nothing else."""
    bash = Bash(bench)
    known = commands(bench)
    expect(len(known) >= 9 and known["catalog"] and not known["audit"], "commands: %r" % known)
    expect_equal(bash.offers(""), sorted(known), "commands")
    expect_equal(bash.offers("re"), ["report"], "re")
    expect_equal(bash.offers("--v"), ["--version"], "--v")
    expect_equal(bash.offers("nonsense", ""), [], "behind what is no command")
    for command, verbs in known.items():
        if command == "help":
            continue
        expect_equal(bash.offers(command, "-"), options_of(bench, command), command + " -")
        expect_equal(bash.offers("help", command[:-1]),
                     [c for c in sorted(known) if c.startswith(command[:-1])], "help " + command)
        for verb in verbs or ():
            expect_equal(bash.offers(command, verb, "--"), options_of(bench, command, verb),
                         "%s %s --" % (command, verb))
        if verbs:
            expect_equal(bash.offers(command, ""), sorted(verbs), command)
            expect_equal(bash.offers(command, "--quiet", ""), sorted(verbs), command + " --quiet")
            expect_equal(bash.offers("help", command, ""), sorted(verbs), "help " + command)


def bash_values(bench):
    bash = Bash(bench)
    files = ["like bash: default"]
    for words, wanted in (
            (("audit", "--color", ""), ["always", "auto", "never"]),
            (("audit", "--color", "a"), ["always", "auto"]),
            (("audit", "--fail-on", ""), VERDICTS),
            (("audit", "--fail-on", "=", "u"), ["undocumented"]),
            (("audit", "--fail-on", "="), VERDICTS),
            (("audit", "--fail-on=un"), ["--fail-on=undocumented"]),
            (("runs", "--format", ""), ["json", "text"]),
            (("audit", "--width", ""), []),
            (("audit", "--site", ""), files),
            (("audit", "--site", "=", ""), files),
            (("audit", "-o", ""), files),
            (("audit", ""), files),
            (("audit", "-q", "a.pcap", ""), files),
            (("audit", "--", "-"), files),
            (("capture", "--spool", ""), ["like bash: dirnames"]),
            (("capture", ""), []),
            (("site", "check", ""), files),
            (("catalog", "check", ""), files),
            (("catalog", "explain", ""), []),
            (("waiver", "propose", ""), []),
            (("runs", "list", ""), [])):
        expect_equal(bash.offers(*words), wanted, " ".join(words))
    expect("json" in bash.offers("report", "--format", "j"), "report --format")
    there = sorted(["any"] + os.listdir("/sys/class/net"))
    expect_equal(bash.offers("capture", "-i", ""), there, "capture -i")
    expect_equal(bash.offers("capture", "--interface", "=", "an"), ["any"], "--interface=an")


def bash_asks(bench):
    """Products and runs come from the program, with the folder and the database of the line."""
    bash = Bash(bench)
    wanted = sorted(name[:-5] for name in os.listdir(RULES) if name.endswith(".yaml"))
    expect_equal(bash.offers("catalog", "--rules", RULES, "show", ""), wanted, "catalog show")
    expect_equal(bash.offers("audit", "--rules", "=", RULES, "--product", "w"), ["wso2"], "--product")
    one = os.path.join(RULES, "strongdm.yaml")
    expect_equal(bash.offers("audit", "--rules", one, "--product", ""), ["strongdm"], "one catalog")
    expect_equal(bash.offers("audit", "--rules", "missing", "--product", ""), [], "no catalogs")
    database = bench.database()
    for name in ("web.pcap", "dns.pcap"):
        bench.audit("-q", "--db", database, capture(name))
    expect_equal(bash.offers("report", "--db", database, "--run", ""), ["1", "2"], "--run")
    expect_equal(bash.offers("report", "--db", database, "-r", ""), ["1", "2"], "-r")
    expect_equal(bash.offers("runs", "--db", "=", database, "show", ""), ["1", "2"], "runs show")
    for name in ("good", "-odd", "two words", "older"):
        bench.run("runs", "baseline", "--db", database, "--", name)
    expect_equal(bash.offers("drift", "--db", database, "--baseline", ""), ["good", "older"],
                 "--baseline")
    expect_equal(bash.offers("report", "--db", "missing.db", "--run", ""), [], "no database")


class Terminal:
    """A shell at a terminal, and keys for it."""

    def __init__(self, bench, *command):
        self.child, self.master = pty.fork()
        if self.child == 0:
            try:
                os.chdir(bench.folder)
                os.execvpe(command[0], command, dict(environment(), TERM="dumb", PS1="> ",
                                                     HOME=bench.folder))
            finally:
                os._exit(127)
        self.seen = b""

    def type(self, keys):
        os.write(self.master, keys.encode())

    def wait(self, true, what):
        """Reads what is printed until TRUE() is so."""
        until = time.monotonic() + 20 * TIME_SCALE
        while not true():
            expect(time.monotonic() < until, "%s: nothing came of it: %r" % (what, self.seen))
            if select.select([self.master], [], [], 0.05)[0]:
                try:
                    self.seen += os.read(self.master, 65536)
                except OSError:
                    break

    def close(self):
        os.close(self.master)
        os.waitpid(self.child, 0)


def bash_typed(bench):
    """In a real bash: a file with a blank in its name, and a value behind =."""
    script = make(bench, "bash", "flowaudit.bash")
    bench.write("the site.yaml", b"")
    bench.write("told", b"")
    terminal = Terminal(bench, find_shell("bash"), "--norc", "--noprofile", "-i")
    try:
        terminal.type("source %s; flowaudit() { printf '%%s\\n' \"$@\" \"$#\" >> told; }\n" % script)
        for keys, wanted in (("flowaudit audit --site the\t\n", "audit|--site|the site.yaml|3"),
                             ("flowaudit aud\t--color=al\t\n", "audit|--color=always|2"),
                             ("flowaudit cat\tch\tthe\t\n", "catalog|check|the site.yaml|3")):
            bench.write("told", b"")
            terminal.type(keys)
            terminal.wait(lambda: os.path.getsize(bench.path("told")) > 0, keys)
            time.sleep(0.1)
            with open(bench.path("told"), encoding="utf-8") as file:
                expect_equal(file.read(), wanted.replace("|", "\n") + "\n", keys)
    finally:
        terminal.close()


# In zsh a key takes the line from a file, completes it, and writes down what was offered.
ZSH = r"""
fpath=($PWD/completions $fpath)
autoload -U compinit && compinit -u -D
compadd() {
	local -a offered

	if (( ${argv[(I)-[OAD]]} )); then
		builtin compadd "$@"
		return
	fi
	builtin compadd -O offered "$@"
	print -rl -- $offered >> offered
	builtin compadd "$@"
}
probe() {
	: > offered
	BUFFER=$(<line)
	CURSOR=$#BUFFER
	zle list-choices
	BUFFER=
	mv offered done
}
zle -N probe
bindkey '^T' probe
: > ready
"""


class Zsh:
    def __init__(self, bench):
        shell = find_shell("zsh")
        make(bench, "zsh", "_flowaudit")
        self.bench = bench
        bench.write("driver", ZSH.encode())
        self.terminal = Terminal(bench, shell, "-f", "-i")
        self.terminal.type("source ./driver\n")
        self.terminal.wait(lambda: os.path.exists(bench.path("ready")), "zsh")

    def offers(self, *words):
        done = self.bench.path("done")
        if os.path.exists(done):
            os.unlink(done)
        self.bench.write("line", " ".join((PROGRAM,) + words).encode())
        self.terminal.type("\x14")
        self.terminal.wait(lambda: os.path.exists(done), " ".join(words))
        with open(done, encoding="utf-8") as file:
            return sorted(set(file.read().split("\n")) - {""})


def zsh_names(bench):
    """The same as in bash."""
    zsh = Zsh(bench)
    try:
        known = commands(bench)
        expect_equal(zsh.offers(""), sorted(known), "commands")
        expect_equal(zsh.offers("help", "catalog", ""), sorted(known["catalog"]), "help catalog")
        for command, verbs in known.items():
            if verbs:
                expect_equal(zsh.offers(command, ""), sorted(verbs), command)
            if command == "help":
                continue
            offered = [one for one in zsh.offers(command, "--") if one.startswith("--")]
            expect_equal([one.rstrip("=") for one in offered], options_of(bench, command), command)
            for verb in verbs or ():
                offered = [one for one in zsh.offers(command, verb, "--") if one.startswith("--")]
                expect_equal([one.rstrip("=") for one in offered],
                             options_of(bench, command, verb), command + " " + verb)
    finally:
        zsh.terminal.close()


def zsh_values(bench):
    zsh = Zsh(bench)
    database = bench.database()
    bench.audit("-q", "--db", database, capture("web.pcap"))
    bench.write("dc1.yaml", b"")
    wanted = sorted(name[:-5] for name in os.listdir(RULES) if name.endswith(".yaml"))
    try:
        for words, offered in (
                (("audit", "--color", ""), ["always", "auto", "never"]),
                (("audit", "--color=a"), ["always", "auto"]),
                (("audit", "--fail-on", ""), VERDICTS),
                (("audit", "--width", ""), []),
                (("audit", "--site", "dc"), ["dc1.yaml"]),
                (("audit", "dc"), ["dc1.yaml"]),
                (("site", "check", "dc"), ["dc1.yaml"]),
                (("catalog", "explain", ""), []),
                (("waiver", "propose", ""), []),
                (("capture", "-i", ""), sorted(["any"] + os.listdir("/sys/class/net"))),
                (("catalog", "show", "--rules", RULES, ""), wanted),
                (("audit", "--rules=" + RULES, "--product", "w"), ["wso2"]),
                (("report", "--db", database, "--run", ""), ["1"])):
            # Where nothing else is known, zsh names options.
            got = [one for one in zsh.offers(*words) if not one.startswith("-")]
            expect_equal(got, offered, " ".join(words))
    finally:
        zsh.terminal.close()


def as_built(bench):
    """What make has made is of this program."""
    built = os.path.join(os.path.dirname(PROGRAM), "completions")
    if not os.path.isdir(built):
        raise Skip("no completions beside the program")
    for shell, name in (("bash", "flowaudit.bash"), ("zsh", "_flowaudit")):
        with open(os.path.join(built, name), "rb") as old, open(make(bench, shell, name), "rb") as new:
            expect_equal(old.read(), new.read(), name)


def says(bench):
    bench.fails("help", "--completion", "fish", saying=("fish", "bash", "zsh"))


TESTS = [("bash-names", bash_names), ("bash-values", bash_values), ("bash-asks", bash_asks),
         ("bash-typed", bash_typed), ("zsh-names", zsh_names), ("zsh-values", zsh_values),
         ("as-built", as_built), ("says", says)]
