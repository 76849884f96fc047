"""A duizhangd that runs on a folder while a test does things to it."""
import json
import os
import pathlib
import signal
import subprocess
import time

SECONDS_MAX = 60
NOBODY = 65534


class Daemon:
    """duizhangd --directory RUN with a configuration of its own; its log is in `log`."""

    started = []

    def __init__(self, run, configuration="", as_nobody=False, beside=None):
        """Configuration and log lie in the folder `beside`, by default the one that holds the run."""
        self.run = pathlib.Path(run)
        self.configuration = (beside or self.run.parent) / (self.run.name + ".conf")
        self.log_path = (beside or self.run.parent) / (self.run.name + ".log")
        self.as_nobody = as_nobody and os.getuid() == 0
        self.process = None
        self.configure(configuration)

    def configure(self, text):
        self.configuration.write_text(text, encoding="utf-8")
        self.configuration.chmod(0o644)

    def start(self, *options):
        command = [os.environ["DUIZHANGD"], "-c", str(self.configuration), "--directory", str(self.run), *options]
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            user=NOBODY if self.as_nobody else None,
                                            group=NOBODY if self.as_nobody else None,
                                            extra_groups=[] if self.as_nobody else None)
        Daemon.started.append(self.process)
        return self

    @classmethod
    def kill_all(cls):
        """Those that a test which failed has left."""
        for process in cls.started:
            if process.poll() is None:
                process.kill()
                process.wait()
        cls.started.clear()

    @property
    def log(self):
        return self.log_path.read_text(encoding="utf-8")

    def state(self):
        """What the daemon says of itself; None while it has said nothing, or is just saying it."""
        path = self.run / "ledger" / "state"
        if not path.exists():
            return None
        raw = path.read_bytes()
        try:
            length = int(raw.split(b" ", 2)[1], 16)
            return json.loads(raw[40:40 + length])
        except (IndexError, ValueError):
            return None

    def wait(self, what, condition):
        """Waits until the condition holds; its value."""
        until = time.monotonic() + SECONDS_MAX
        while time.monotonic() < until:
            value = condition()
            if value:
                return value
            if self.process.poll() is not None:
                raise SystemExit("the daemon ended with %d while waiting until %s:\n%s"
                                 % (self.process.returncode, what, self.log))
            time.sleep(0.02)
        raise SystemExit("waited in vain until %s; state %s, log:\n%s" % (what, self.state(), self.log))

    def wait_log(self, text):
        return self.wait("the log says %r" % text, lambda: text in self.log)

    def committed(self):
        """The intake offset up to which everything is published."""
        path = self.run / "output" / ".committed"
        return int(path.read_text(encoding="ascii").split()[1]) if path.exists() else 0

    def wait_published(self, count):
        return self.wait("%d documents are published" % count, lambda: self.committed() >= count)

    def end(self, number=signal.SIGTERM):
        """Tells it to end; its exit status."""
        self.process.send_signal(number)
        return self.process.wait(timeout=SECONDS_MAX)

    def output(self):
        """Topic file → bytes."""
        return {path.name: path.read_bytes() for path in sorted((self.run / "output").glob("*.jsonl"))}


def put_headers(intake, name, headers):
    if headers:
        (intake / (name + ".headers")).write_text("".join("%s: %s\n" % pair for pair in headers.items()),
                                                  encoding="utf-8")


def put(intake, name, content, headers=None):
    """As writers do: headers first, the document by rename."""
    put_headers(intake, name, headers)
    part = intake / ("." + name)
    part.write_bytes(content)
    part.chmod(0o644)
    part.rename(intake / name)
