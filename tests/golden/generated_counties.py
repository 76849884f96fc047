#!/usr/bin/env python3
"""The generator's counties: same seed, same bytes; the demo tells its story; everything large is accepted."""
# ctest: PLAIN
import collections
import pathlib
import random
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS.parent / "fixtures")]
import model  # noqa: E402
from county import people  # noqa: E402
from model import dates, identity  # noqa: E402

GENERATOR = TESTS.parent / "fixtures" / "generate_county.py"
PROFILES = {"demo": ["--people", "300"], "random": [], "large": ["--people", "2000", "--months", "6", "--banks", "2"]}


def generate(folder, profile, seed):
    subprocess.run([sys.executable, str(GENERATOR), str(folder), "--profile", profile, "--seed", str(seed),
                    *PROFILES[profile]], check=True, stderr=subprocess.DEVNULL)
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def check(what, holds, failures):
    if not holds:
        failures.append(what)


def check_repeats(folder, failures):
    for profile in PROFILES:
        one, again, other = (generate(folder / (profile + name), profile, seed)
                             for name, seed in (("-1", 7), ("-again", 7), ("-2", 8)))
        check("%s: the same seed gives other bytes" % profile, one == again, failures)
        check("%s: another seed gives the same bytes" % profile, one != other, failures)


def check_demo(result, failures):
    """One file late, one twice, one short and corrected, one refused, and lists for all three reasons."""
    statuses = collections.Counter(receipt["status"] for receipt in result["receipts"] if receipt["kind"] == "movements")
    for status in ("accepted", "duplicate", "superseded", "rejected"):
        check("demo: no movements document is %s" % status, statuses[status], failures)
    reasons = collections.Counter(reason for task in result["tasks"].values() for reason in task["reasons"])
    check("demo: reasons are %r" % reasons, reasons["no_withdrawal"] and reasons["age_80"], failures)
    everyone = result["lists"]["2026-09/%s/all" % people.COUNTY]
    check("demo: September is not covered", everyone["coverage"]["complete"], failures)
    check("demo: nobody has answered", everyone["by_status"]["resolved"], failures)


def check_large(result, failures):
    for receipt in result["receipts"]:
        check("large: %s is %s" % (receipt["name"], receipt["status"]), receipt["status"] == "accepted", failures)
    tasks = result["tasks"].values()
    check("large: nobody is silent", any("no_withdrawal" in task["reasons"] for task in tasks), failures)
    check("large: somebody is unknown", result["lists"]["2026-09/%s/all" % people.COUNTY]["unknown_people"] == 0, failures)
    findings = result["row_findings"] + result["ledger_findings"]
    check("large: findings %r" % findings[:2], not findings, failures)


def main():
    failures = []
    with tempfile.TemporaryDirectory(prefix="duizhang-generated-") as name:
        folder = pathlib.Path(name)
        check_repeats(folder, failures)
        check_demo(model.evaluate(*model.read_run(folder / "demo-1")), failures)
        check_large(model.evaluate(*model.read_run(folder / "large-1")), failures)
    census = people.Census(random.Random(1))
    person = census.person(dates.parse_iso("1944-02-29"))
    check("an ID number does not check", identity.canonical_id_number(person.id_number) == person.id_number, failures)
    print("".join(line + "\n" for line in failures) or "all profiles are as they should be")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
