"""Runs duizhang for the tests of its verbs, and daemons for what they look at."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent.parent
EXAMPLES = TESTS / "examples"
SECONDS_MAX = 120
SKIPPED = 77


def program(variable):
    path = os.environ.get(variable)
    if not path:
        print("skipped: %s names no program" % variable)
        sys.exit(SKIPPED)
    return path


class Tool:
    """duizhang on one run folder (or on none)."""

    def __init__(self, run=None, configuration="/dev/null"):
        self.command = [program("DUIZHANG"), "-c", str(configuration)]
        if run:
            self.command += ["--directory", str(run)]

    def __call__(self, *words, status=0):
        """What it prints; it must exit with the status given."""
        done = subprocess.run([*self.command, *map(str, words)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=SECONDS_MAX, check=False)
        self.messages = done.stderr.decode()
        if done.returncode != status:
            raise SystemExit("duizhang %s: exit status %d, not %d\n%s%s" % (
                " ".join(map(str, words)), done.returncode, status, done.stdout.decode(), self.messages))
        return done.stdout.decode()

    def lines(self, *words, status=0):
        """The JSON values it prints."""
        return [json.loads(line) for line in self("--json", *words, status=status).splitlines()]


class Checks:
    """Gathers what is not as it should be."""

    def __init__(self):
        self.count = self.failed = 0

    def equal(self, what, found, wanted):
        self.true(what, found == wanted, "%r, expected %r" % (found, wanted))

    def true(self, what, holds, why=""):
        self.count += 1
        if not holds:
            self.failed += 1
            print("%s: %s" % (what, why))

    def exit(self):
        print("%d checks, %d failed" % (self.count, self.failed))
        sys.exit(1 if self.failed or not self.count else 0)


def run_daemon(run):
    done = subprocess.run([program("DUIZHANGD"), "-c", "/dev/null", "--directory", str(run), "--once"],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=SECONDS_MAX, check=False)
    if done.returncode:
        raise SystemExit("duizhangd exits %d:\n%s" % (done.returncode, done.stdout.decode(errors="replace")))


class Run:
    """A copy of an example county that a daemon has been through; gone when closed."""

    def __init__(self, county, daemon=True):
        self.scratch = tempfile.TemporaryDirectory(prefix="duizhang-cli-")
        self.path = pathlib.Path(self.scratch.name) / "run"
        shutil.copytree(EXAMPLES / county, self.path)
        (self.path / "ledger").chmod(0o700)
        (self.path / "ledger" / "pseudonym.key").chmod(0o600)
        self.expected = json.loads((self.path / "expected.json").read_text(encoding="utf-8"))
        self.intake = self.path / "intake"
        self.tool = Tool(self.path)
        if daemon:
            run_daemon(self.path)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.scratch.cleanup()
