#!/usr/bin/env python3
"""full_disk.py SCRATCH: fills SCRATCH/disk, a small file system, at several points of a run of county-a on it."""
import os
import pathlib
import subprocess
import sys
import time

TESTS = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "golden" / "lib")]
import model  # noqa: E402
from model import orders  # noqa: E402
from running import Daemon, put, put_headers  # noqa: E402

FULL_AT = (5, 14, 22, 30)
FAULT_SECONDS_MAX = 5
RESUME_SECONDS_MAX = 10


def fill(path):
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY)
    try:
        while True:
            os.write(descriptor, b"x" * 512)
    except OSError:
        os.close(descriptor)


def fault_of(daemon):
    state = daemon.state()
    return state and (state["fault"] or (state["partitions"] and state["partitions"][0]["fault"]))


def survive(daemon, filler, message, count):
    """The disk is full when a document that lies there already is renamed into the intake."""
    name, headers, content = message[:3]
    intake = daemon.run / "intake"
    put_headers(intake, name, headers)
    (intake / ("." + name)).write_bytes(content)
    fill(filler)
    began = time.monotonic()
    (intake / ("." + name)).rename(intake / name)
    fault = daemon.wait("a fault is said", lambda: fault_of(daemon))
    waited = time.monotonic() - began
    if fault["class"] != "retry" or not fault["cause"] or not fault["remedy"] or waited > FAULT_SECONDS_MAX:
        raise SystemExit("after %.1f s the fault is %s" % (waited, fault))
    if daemon.committed() >= count:
        raise SystemExit("it was published on a full disk")
    filler.unlink()
    began = time.monotonic()
    daemon.wait_published(count)
    if time.monotonic() - began > RESUME_SECONDS_MAX:
        raise SystemExit("it went on only after %.1f s" % (time.monotonic() - began))
    daemon.wait("the fault is over", lambda: daemon.state() and not fault_of(daemon))
    print("document %d: %s" % (count, fault["cause"]))


def main():
    scratch = pathlib.Path(sys.argv[1])
    messages, key = model.read_run(TESTS / "examples" / "county-a")
    orders.write_run(scratch / "wanted", messages, key)
    subprocess.run([os.environ["DUIZHANGD"], "-c", os.devnull, "--directory", str(scratch / "wanted"), "--once"],
                   stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60, check=True)
    orders.write_run(scratch / "disk" / "run", [], key)
    daemon = Daemon(scratch / "disk" / "run", "[campaign]\nautomatic = no\n", beside=scratch)
    try:
        daemon.start()
        daemon.wait("a partition is there", lambda: (daemon.state() or {}).get("partitions"))
        for count, message in enumerate(messages, 1):
            if count in FULL_AT:
                daemon.wait_published(count - 1)
                survive(daemon, scratch / "disk" / "filler", message, count)
            else:
                put(daemon.run / "intake", message[0], message[2], message[1])
        daemon.wait_published(len(messages))
        if daemon.end() != 0:
            raise SystemExit("it did not end well:\n" + daemon.log)
    finally:
        Daemon.kill_all()
    if daemon.output() != Daemon(scratch / "wanted", beside=scratch).output():
        raise SystemExit("the output is not that of a disk with room")


if __name__ == "__main__":
    main()
