#!/usr/bin/env python3
"""The daemon's output of the example counties, after half of the documents and after all, fits the schemas."""
# ctest: TIMEOUT=600
import os
import pathlib
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "schema" / "lib")]
import model  # noqa: E402
import validate  # noqa: E402
from model import orders  # noqa: E402

ORDERS = (None, 1, 2)
SECONDS_MAX = 120
SKIPPED = 77


def apply_documents(daemon, run):
    done = subprocess.run([daemon, "--directory", str(run), "--once"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS_MAX, check=False)
    if done.returncode:
        raise SystemExit("%s exits %d:\n%s" % (daemon, done.returncode, done.stdout.decode(errors="replace")))
    return validate.folder_problems(run / "output")


def hold_back(run):
    """Moves the later half of the intake out of it; returns what puts it back."""
    documents = sorted(path for path in (run / "intake").iterdir() if not path.name.endswith(".headers"))
    held = run / "held"
    held.mkdir()
    for path in documents[len(documents) // 2:]:
        path.rename(held / path.name)

    def put_back():
        for path in sorted(held.iterdir()):
            path.rename(run / "intake" / path.name)
    return put_back


def run_order(daemon, county, order):
    messages, key = model.read_run(county)
    messages = orders.renumbered(messages if order is None else orders.shuffled(messages, order))
    with tempfile.TemporaryDirectory(prefix="duizhang-schema-") as folder:
        run = pathlib.Path(folder)
        orders.write_run(run, messages, key)
        put_back = hold_back(run)
        problems = ["half: " + problem for problem in apply_documents(daemon, run)]
        put_back()
        return problems + ["all: " + problem for problem in apply_documents(daemon, run)]


def main():
    daemon = os.environ.get("DUIZHANGD")
    if not daemon:
        print("skipped: there is no duizhangd")
        return SKIPPED
    failed = 0
    for county in sorted((TESTS / "examples").glob("county-*")):
        for order in ORDERS:
            problems = run_order(daemon, county, order)
            failed += bool(problems)
            print("%s, order %s: %s" % (county.name, order or "given", "wrong" if problems else "right"))
            print("".join("  %s\n" % problem for problem in problems[:validate.PROBLEMS_MAX]), end="")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
