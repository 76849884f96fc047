#!/usr/bin/env python3
"""Runs the example counties in the order given and in seeded other orders, and compares with expected.json."""
# ctest: TIMEOUT=900
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "golden" / "lib")]
import expected as golden  # noqa: E402
import model  # noqa: E402
from model import orders, topics  # noqa: E402

SECONDS_MAX = 120
SKIPPED = 77


def stand_by_model(messages, key):
    return topics.standing_of(model.evaluate(messages, key))


def stand_by_daemon(daemon, messages, key):
    with tempfile.TemporaryDirectory(prefix="duizhang-golden-") as folder:
        run = pathlib.Path(folder)
        orders.write_run(run, messages, key)
        done = subprocess.run([daemon, "--directory", str(run), "--once"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS_MAX, check=False)
        if done.returncode:
            raise SystemExit("%s exits %d:\n%s" % (daemon, done.returncode, done.stdout.decode(errors="replace")))
        return topics.read_standing(run)


def run_county(county, stand, count, first_order):
    """The number of orders that differ."""
    wanted = golden.load(county)
    messages, key = model.read_run(county)
    failed = 0
    for order in [None, *range(first_order, first_order + count)]:
        arranged = messages if order is None else orders.renumbered(orders.shuffled(messages, order))
        lines = golden.differences(wanted, stand(arranged, key), order is None)
        if lines:
            failed += 1
            print("%s, %s:" % (county.name, "order given" if order is None else
                               "order %d (again: --county %s --first-order %d --orders 1)"
                               % (order, county.name, order)))
            print("".join("  %s\n" % line for line in lines), end="")
    print("%s: %d orders, %d differ" % (county.name, count + 1, failed))
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    who = parser.add_mutually_exclusive_group()
    who.add_argument("--daemon", default=os.environ.get("DUIZHANGD"), help="path of duizhangd; default $DUIZHANGD")
    who.add_argument("--model", action="store_true", help="the model instead of a daemon")
    parser.add_argument("--orders", type=int, default=10, help="seeded orders besides the one given; default 10")
    parser.add_argument("--first-order", type=int, default=1, help="seed of the first")
    parser.add_argument("--county", action="append", help="only this one of tests/examples")
    options = parser.parse_args()
    if not options.model and not options.daemon:
        print("skipped: there is no duizhangd")
        sys.exit(SKIPPED)
    counties = sorted((TESTS / "examples").iterdir())
    counties = [county for county in counties if county.is_dir() and county.name in (options.county or [county.name])]
    if not counties:
        raise SystemExit("no such example county")
    stand = stand_by_model if options.model else lambda *run: stand_by_daemon(options.daemon, *run)
    failed = sum(run_county(county, stand, options.orders, options.first_order) for county in counties)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
