#!/usr/bin/env python3
"""Random counties against a daemon: in the order given and in others its output is what the model says.

Two more properties: the order of arrival changes no verdict, and removing any one bank document, or one part k/n,
never makes a person silent who was not. Prints the seed of a failure and how to run it again."""
import argparse
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "property"), str(TESTS.parent / "fixtures")]
import compare  # noqa: E402
import model  # noqa: E402
from county.random_county import RandomCounty  # noqa: E402
from model import orders, topics  # noqa: E402

SECONDS_MAX = 120
SKIPPED = 77


def settings_of(seed):
    """Most counties have the defaults; some skip the confirmed, some want another share of payouts."""
    return model.Settings(skip_confirmed=seed % 5 == 3, min_payout_share={2: 90, 6: 1}.get(seed % 8, 50))


def configuration(settings):
    return "[campaign]\nskip_confirmed = %s\nretention_years = %d\n[coverage]\nmin_payout_share = %d\n" % (
        "yes" if settings.skip_confirmed else "no", settings.retention_years, settings.min_payout_share)


class Daemon:
    def __init__(self, path):
        self.path = path

    def __call__(self, run, settings):
        file = run / "duizhang.conf"
        file.write_text(configuration(settings), encoding="utf-8")
        command = [self.path, "-c", str(file), "--directory", str(run), "--once"]
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  timeout=SECONDS_MAX, check=False)
        except subprocess.TimeoutExpired:
            return ["%s does not end in %d s" % (" ".join(command), SECONDS_MAX)]
        said = done.stdout.decode(errors="replace").splitlines()[-20:]
        return ["%s exits %d" % (" ".join(command), done.returncode), *said] if done.returncode else []


def stand_in(run, settings):
    """The model in the daemon's place, through the same files."""
    topics.write_output(run, model.evaluate(*model.read_run(run), settings))
    return []


def messages_of(county):
    return [(message.name(number), message.headers, message.value, None, None)
            for number, message in enumerate(county.build())]


def essence(result):
    """What no order of arrival may change: the newest campaign, silence, entitlements, findings that stand."""
    newest = max((campaign["campaign"] for campaign in result["campaigns"]), default=None)
    lists = {}
    for key, record in result["lists"].items():
        if record["campaign"] == newest and (record["tasks"] or record["unknown_people"]):
            by_status = {name: count for name, count in record["by_status"].items() if name != "cancelled"}
            lists[key] = dict(record, by_status=by_status)
    findings = sorted(repr(finding) for finding in result["ledger_findings"]
                      if finding["detail"].get("campaign", newest) == newest)
    tasks = {key: task for key, task in result["tasks"].items() if task["campaign"] == newest}
    return {"tasks": tasks, "lists": lists, "findings": findings, "silence": result["account_silence"],
            "entitlements": result["entitlements"]}


class Check:
    """One seed's runs; each in a folder of its own, kept where it failed if `keep` is given."""

    def __init__(self, seed, apply, wanted, keep):
        self.seed, self.apply, self.wanted, self.keep = seed, apply, wanted, keep
        self.settings = settings_of(seed)
        self.failures = []

    def _fail(self, what, lines, option, run):
        self.failures.append(what)
        print("seed %d, %s: (again: --seeds %d..%d %s --keep DIR)" % (self.seed, what, self.seed, self.seed, option))
        print("".join("  %s\n" % line for line in lines), end="")
        if self.keep and run:
            shutil.copytree(run, self.keep / ("%d-%s" % (self.seed, what.replace(" ", "-"))), dirs_exist_ok=True)

    def _run(self, folder, messages, key):
        run = pathlib.Path(folder)
        orders.write_run(run, messages, key)
        return run, self.apply(run, self.settings)

    def order(self, messages, key, order):
        """Runs one order (None: the one given) and compares it with the model."""
        arranged = messages if order is None else orders.renumbered(orders.shuffled(messages, order))
        what = "order given" if order is None else "order %d" % order
        with tempfile.TemporaryDirectory(prefix="duizhang-property-") as folder:
            run, lines = self._run(folder, arranged, key)
            lines = lines or compare.compare(run, self.settings, self.wanted)
            if lines:
                self._fail(what, lines, "--orders 0" if order is None else "--first-order %d --orders 1" % order, run)

    def order_changes_nothing(self, messages, key, count, first):
        """Of the contract as the model reads it."""
        given = essence(model.evaluate(messages, key, self.settings))
        for order in range(first, first + count):
            other = essence(model.evaluate(orders.shuffled(messages, order), key, self.settings))
            parts = [part for part in given if given[part] != other[part]]
            if parts:
                self._fail("model in order %d" % order, ["%s are others than in the order given" % ", ".join(parts)],
                           "--first-order %d --orders 1" % order, None)

    def removals(self, count):
        """Removes single bank documents of a county whose files agree with each other."""
        county = RandomCounty(self.seed, consistent=True)
        messages = messages_of(county)
        with tempfile.TemporaryDirectory(prefix="duizhang-property-") as folder:
            run, lines = self._run(folder, messages, county.key)
            if lines:
                self._fail("all documents", lines, "--orders 0", run)
                return
            before = silent(run) | active_since(run)
        banks = [message for message in messages if b"H|MOVEMENTS|" in content_of(message)]
        for message in random.Random(self.seed).sample(banks, min(count, len(banks))):
            rest = [other for other in messages if other is not message]
            with tempfile.TemporaryDirectory(prefix="duizhang-property-") as folder:
                run, lines = self._run(folder, rest, county.key)
                lines = lines or ["silent without it: %s" % (who,) for who in sorted(silent(run) - before)]
                if lines:
                    self._fail("without %s" % message[0], lines, "--orders 0 --removals %d" % count, run)


def content_of(message):
    content, _ = model.documents.decompress(message[2])
    return content or b""


def silent(run):
    """Who is said to be silent: people by task, accounts by their silence."""
    standing = topics.read_standing(run)
    newest = max((task["campaign"] for task in standing["tasks"].values()), default=None)
    people = {("person", task["person_ref"]) for task in standing["tasks"].values()
              if task["campaign"] == newest and "no_withdrawal" in task["reasons"]}
    return people | {("account", value["account_ref"], value["person_ref"])
                     for value in standing["silence"].values() if value["verdict"] == "silent"}


def active_since(run):
    """Accounts that a withdrawal after the window makes active; no coverage is asked for those days."""
    return {("account", value["account_ref"], value["person_ref"])
            for value in topics.read_standing(run)["silence"].values()
            if value["last_withdrawal"] and value["last_withdrawal"] >= value["as_of"]}


def seed_range(text):
    first, _, last = text.partition("..")
    return range(int(first), int(last or first) + 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    who = parser.add_mutually_exclusive_group()
    who.add_argument("--daemon", default=os.environ.get("DUIZHANGD"), help="path of duizhangd; default $DUIZHANGD")
    who.add_argument("--model", action="store_true", help="the model in a daemon's place: tries these tests themselves")
    parser.add_argument("--seeds", type=seed_range, default=range(1, 11), metavar="A..B", help="default 1..10")
    parser.add_argument("--orders", type=int, default=1, help="seeded orders besides the one given; default 1")
    parser.add_argument("--first-order", type=int, default=1, help="seed of the first")
    parser.add_argument("--removals", type=int, default=2, help="bank documents to remove, one at a time; default 2")
    parser.add_argument("--topics", default=",".join(compare.TOPICS), help="of %s" % ",".join(compare.TOPICS))
    parser.add_argument("--keep", type=pathlib.Path, metavar="DIR", help="where run folders of failures go")
    options = parser.parse_args()
    if not options.model and not options.daemon:
        print("skipped: there is no duizhangd")
        sys.exit(SKIPPED)
    apply = stand_in if options.model else Daemon(options.daemon)
    sys.stdout.reconfigure(line_buffering=True)
    failed = 0
    for seed in options.seeds:
        check = Check(seed, apply, options.topics.split(","), options.keep)
        county = RandomCounty(seed)
        messages = messages_of(county)
        for order in [None, *range(options.first_order, options.first_order + options.orders)]:
            check.order(messages, county.key, order)
        check.order_changes_nothing(messages, county.key, options.orders, options.first_order)
        check.removals(options.removals)
        failed += bool(check.failures)
    print("%d seeds, %d failed" % (len(options.seeds), failed))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
