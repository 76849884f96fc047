#!/usr/bin/env python3
"""The validator accepts the contract's example records and the model's output, and refuses each damage done to them."""
# ctest: PLAIN
import copy
import json
import pathlib
import shutil
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "schema" / "lib")]
import model  # noqa: E402
import validate  # noqa: E402
from model import topics  # noqa: E402

EXAMPLES = TESTS / "schema" / "examples.jsonl"
NOT_A_VALUE = {"not": "a value"}

# (topic, damage, what is set where); a path ends in the key to set. Each is applied to the topic's first example.
WRONG = [
    ("followup-tasks", "a day that is none", ["due"], "2026-02-30"),
    ("followup-tasks", "another check character", ["id_number"], "532929194001011243"),
    ("followup-tasks", "the other sex", ["sex"], "M"),
    ("followup-tasks", "a birthday too many", ["age"], 87),
    ("followup-tasks", "another birth date", ["birth"], "1940-01-02"),
    ("followup-tasks", "reasons in another order", ["reasons"], ["age_80", "no_withdrawal"]),
    ("followup-tasks", "a reason twice", ["reasons"], ["age_80", "age_80"]),
    ("followup-tasks", "no reason although open", ["reasons"], []),
    ("followup-tasks", "cancelled with reasons", ["status"], "cancelled"),
    ("followup-tasks", "resolved without a resolution", ["status"], "resolved"),
    ("followup-tasks", "a wrong priority", ["priority"], "normal"),
    ("followup-tasks", "months that do not follow", ["silent_months"], 8),
    ("followup-tasks", "a withdrawal inside the window", ["last_withdrawal"], "2026-03-01"),
    ("followup-tasks", "a township of another county", ["township"], "530102100"),
    ("followup-tasks", "another campaign", ["campaign"], "2026-03"),
    ("followup-tasks", "a campaign of April", ["campaign"], "2026-04"),
    ("followup-tasks", "empty text instead of null", ["village"], ""),
    ("followup-tasks", "another scheme", ["scheme"], "injury"),
    ("followup-tasks", "revision 0", ["revision"], 0),
    ("followup-tasks", "due within the month", ["due"], "2026-09-30"),
    ("followup-lists", "tasks that are not the sum", ["tasks"], 42),
    ("followup-lists", "more of a reason than tasks", ["by_reason", "age_80"], 42),
    ("followup-lists", "fewer reasons than tasks", ["by_reason", "age_80"], 1),
    ("followup-lists", "complete with gaps", ["coverage", "gaps"],
     [{"bank": "B", "from": "2026-04-01", "to": "2026-04-30"}]),
    ("followup-lists", "a gap outside the window", ["coverage"],
     {"complete": False, "gaps": [{"bank": "B", "from": "2026-02-28", "to": "2026-04-30"}]}),
    ("followup-lists", "gaps that touch", ["coverage"],
     {"complete": False, "gaps": [{"bank": "B", "from": "2026-04-01", "to": "2026-04-30"},
                                  {"bank": "B", "from": "2026-05-01", "to": "2026-05-02"}]}),
    ("followup-lists", "all with a name", ["township"], "all"),
    ("account-silence", "silent with months but no withdrawal", ["silent_months"], 7),
    ("account-silence", "silent for two months", ["last_withdrawal"], "2026-07-01"),
    ("account-silence", "not the first of a month", ["as_of"], "2026-09-06"),
    ("entitlements", "lost because of a task", ["because"], "task"),
    ("entitlements", "lost because of a confirmation", ["because"], "confirmation"),
    ("receipts", "accepted with a code", ["code"], "bad_field"),
    ("receipts", "accepted with errors", ["errors"],
     [{"line": 2, "field": 0, "code": "field_count", "message": "12 fields"}]),
    ("receipts", "a duplicate with numbers", ["status"], "duplicate"),
    ("receipts", "rows that are not accounted for", ["matched"], 497),
    ("receipts", "a roster with a sum", ["kind"], "roster"),
    ("receipts", "a short hash", ["document"], "e3b0"),
    ("receipts", "a negative sum", ["amount_fen"], -1),
    ("receipts", "a fraction", ["amount_fen"], 1.0),
    ("exceptions", "an unknown code", ["code"], "unknown"),
    ("exceptions", "a ledger finding with a line", ["code"], "owner_mismatch"),
    ("exceptions", "no account", ["account_ref"], None),
    ("exceptions", "a person too", ["person_ref"], "9f86d081884c7d659a2feaa0c55ad015"),
    ("exceptions", "a detail that has no place", ["detail"], {"bank": "YLNSH"}),
    ("exceptions", "withdrawn for a row", ["detail"], {"withdrawn": True}),
]


class Judge:
    """Counts what was tried and remembers what was judged wrongly."""

    def __init__(self):
        self.validators = validate.load_validators()
        self.tried = 0
        self.faults = []

    def line(self, topic, raw):
        return validate.line_problems(self.validators.get(topic), topic, raw)[1]

    def expect(self, what, problems, wrong):
        self.tried += 1
        if bool(problems) != wrong:
            self.faults.append("%s: %s" % (what, "passes" if wrong else problems[0]))


def text_of(key, value):
    return validate.compact_text({"key": key, "value": value}).encode()


def paths_of(value, path=()):
    """The path of every object key in a value."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield [*path, name]
            yield from paths_of(part, (*path, name))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from paths_of(part, (*path, index))


def changed(value, path, change):
    """A copy in which the object that holds the path's last key is replaced by what change makes of its items."""
    value = copy.deepcopy(value)
    holder = {"value": value}
    where, place = holder, "value"
    for step in path[:-1]:
        where, place = where[place], step
    where[place] = dict(change(list(where[place].items()), path[-1]))
    return holder["value"]


def dropped(items, name):
    return [item for item in items if item[0] != name]


def doubled(items, name):
    return items + [("x_" + name, 1)]


def retyped(items, name):
    return [(key, NOT_A_VALUE if key == name else part) for key, part in items]


def moved_last(items, name):
    return dropped(items, name) + [item for item in items if item[0] == name]


def damage_everywhere(judge, topic, key, value):
    """Every key of every object left out, joined by another, of another type, in another place."""
    for path in paths_of(value):
        for change in (dropped, doubled, retyped, moved_last):
            damaged = changed(value, path, change)
            if validate.compact_text(damaged) == validate.compact_text(value):
                continue    # the last key, moved last
            if path[-1] == "withdrawn" and change is dropped:
                continue    # the one key that may be absent
            what = "%s, %s %s" % (topic, change.__name__, ".".join(map(str, path)))
            judge.expect(what, judge.line(topic, text_of(key, damaged)), True)


def damage_text(judge, topic, raw):
    damages = {
        "a space": raw.replace(b":", b": ", 1),
        "an escaped letter": raw.replace(b"key", b"\\u006bey", 1),
        "cut short": raw[:-1],
        "not UTF-8": raw.replace(b'"value":{', b'"value":{"\xff":1,', 1),
        "a key twice": raw.replace(b'{"key":', b'{"key":"x","key":', 1),
        "a carriage return": raw + b"\r",
        "a bare value": b"null",
        "nothing": b"",
        "another key": raw.replace(b'{"key":"', b'{"key":"x', 1),
    }
    for what, damaged in damages.items():
        judge.expect("%s, %s" % (topic, what), judge.line(topic, damaged), True)


def judge_examples(judge):
    first = {}
    for line in EXAMPLES.read_text(encoding="utf-8").splitlines():
        example = json.loads(line)
        topic, key, value = example["topic"], example["key"], example["value"]
        first.setdefault(topic, (key, value))
        judge.expect("%s, example" % topic, judge.line(topic, text_of(key, value)), False)
        damage_everywhere(judge, topic, key, value)
        damage_text(judge, topic, text_of(key, value))
    for topic, what, path, new in WRONG:
        key, value = first[topic]
        damaged = changed(value, path, lambda items, name, new=new: [(k, new if k == name else v) for k, v in items])
        judge.expect("%s, %s" % (topic, what), judge.line(topic, text_of(key, damaged)), True)
    judge.expect("a tombstone in receipts", judge.line("receipts", text_of("0" * 64, None)), True)
    judge.expect("a tombstone in tasks", judge.line("followup-tasks", text_of("x", None)), False)
    judge.expect("rejected bytes", judge.line("rejects", text_of("0" * 64, "AP8K")), False)
    judge.expect("rejected bytes that are not base64", judge.line("rejects", text_of("0" * 64, "AP8")), True)
    judge.expect("rejected bytes that are a number", judge.line("rejects", text_of("0" * 64, 1)), True)
    judge.expect("rejected bytes under another key", judge.line("rejects", text_of("532929", "AP8K")), True)
    missing = set(validate.KEYS) - set(first)
    judge.expect("every topic has an example", sorted(missing), False)


def judge_folder(judge, what, folder, wrong):
    judge.expect(what, validate.folder_problems(folder), wrong)


def edit(folder, topic, change):
    path = folder / ("pension.%s.v1.jsonl" % topic)
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    path.write_text("".join(line + "\n" for line in change(lines)), encoding="utf-8")


def revised(line, revision, **parts):
    record = json.loads(line)
    record["value"].update(parts, revision=revision)
    return validate.compact_text(record)


# Damage to whole topics: (what, topic, how its lines change, whether that is wrong).
STREAMS = [
    ("as it is", "followup-tasks", lambda lines: lines, False),
    ("a task again with the next revision", "followup-tasks",
     lambda lines: lines + [revised(lines[0], 2, phone="1")], False),
    ("a task again unchanged", "followup-tasks", lambda lines: lines + [revised(lines[0], 2)], True),
    ("a task again with a gap", "followup-tasks", lambda lines: lines + [revised(lines[0], 3, phone="1")], True),
    ("a task twice", "followup-tasks", lambda lines: lines + lines[:1], True),
    ("a task that begins with 2", "followup-tasks", lambda lines: [revised(lines[0], 2)] + lines[1:], True),
    ("a task lost", "followup-tasks", lambda lines: lines[1:], True),
    ("a tombstone for nothing", "followup-tasks", lambda lines: lines + ['{"key":"x","value":null}'], True),
    ("no list of a township", "followup-lists", lambda lines: lines[1:], True),
    ("a silence again unchanged", "account-silence", lambda lines: lines + lines[:1], True),
    ("a finding taken back that stands", "exceptions",
     lambda lines: lines + [line.replace('"detail":{}', '"detail":{"withdrawn":true}')
                            for line in lines if '"birth_mismatch"' in line][:1], False),
    ("a finding taken back twice", "exceptions",
     lambda lines: lines + [line.replace('"detail":{}', '"detail":{"withdrawn":true}')
                            for line in lines if '"birth_mismatch"' in line][:1] * 2, True),
    ("the last line without an end", "receipts", None, True),
    ("a topic that is none", "receipts-of-others", lambda lines: lines, True),
]


def judge_runs(judge, scratch):
    for county in sorted((TESTS / "examples").glob("county-*")):
        messages, key = model.read_run(county)
        run = scratch / county.name
        topics.write_output(run, model.evaluate(messages, key))
        judge_folder(judge, county.name, run / "output", False)
        if county.name != "county-b":
            continue
        for what, topic, change, wrong in STREAMS:
            damaged = scratch / "damaged"
            shutil.copytree(run / "output", damaged)
            if change:
                edit(damaged, topic, change)
            else:
                path = damaged / ("pension.%s.v1.jsonl" % topic)
                path.write_bytes(path.read_bytes()[:-1])
            judge_folder(judge, what, damaged, wrong)
            shutil.rmtree(damaged)
    (scratch / "empty").mkdir()
    judge_folder(judge, "no topics at all", scratch / "empty", True)


def main():
    judge = Judge()
    judge_examples(judge)
    with tempfile.TemporaryDirectory(prefix="duizhang-schema-") as scratch:
        judge_runs(judge, pathlib.Path(scratch))
    print("%d records and runs judged, %d wrongly" % (judge.tried, len(judge.faults)))
    for fault in judge.faults:
        print("  " + fault)
    return 1 if judge.faults else 0


if __name__ == "__main__":
    sys.exit(main())
