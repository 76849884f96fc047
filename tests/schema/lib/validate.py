#!/usr/bin/env python3
"""Judges the output of a run: validate.py OUTPUT-FOLDER, which holds <topic>.jsonl files.

Every line must be one compact object {"key":…,"value":…} whose value fits its topic's schema, keys in the schema's
order, and whose key belongs to the value. Beyond single lines: revisions count up by one, a tombstone or a withdrawn
finding follows what it takes back, and the lists' last counts are those of the last tasks. Prints what is wrong and
exits with 1.
"""
import base64
import collections
import datetime
import json
import pathlib
import re
import sys

import jsonschema

SCHEMAS = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(SCHEMAS.parent))
from model import dates, identity, topics  # noqa: E402

PROBLEMS_MAX = 50
TOPIC_FILE = re.compile(r"pension\.([a-z-]+)\.v1\.jsonl")
REJECTS = "rejects"
HASH = re.compile(r"[0-9a-f]{64}")
CANONICAL = ("movements", "results", "payroll", "roster", "confirmations", "feedback")
REASONS = ("no_withdrawal", "age_80", "lost_contact")
STATUSES = ("open", "resolved", "overdue", "cancelled")
KEYS = {
    "followup-tasks": lambda value: value["task_id"],
    "followup-lists": lambda value: "/".join((value["campaign"], value["county"], value["township"])),
    "account-silence": lambda value: "/".join((value["county"], value["account_ref"], value["person_ref"])),
    "entitlements": lambda value: "/".join((value["county"], value["scheme"], value["person_ref"])),
    "receipts": lambda value: value["document"],
    "exceptions": lambda value: value["county"] or "",
}
COMPACTED = ("followup-tasks", "followup-lists", "account-silence", "entitlements")


def load_validators():
    validators = {}
    for topic in KEYS:
        schema = json.loads((SCHEMAS / (topic + ".schema.json")).read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        validators[topic] = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    return validators


# The text of a line.

def unique_object(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError("a key stands twice")
    return dict(pairs)


def no_number(text):
    raise ValueError("%s is not an integer" % text)


def compact_text(value):
    """The one spelling of a value: no white space, nothing escaped that need not be, control characters as \\u00xx."""
    if isinstance(value, dict):
        return "{%s}" % ",".join(compact_text(name) + ":" + compact_text(part) for name, part in value.items())
    if isinstance(value, list):
        return "[%s]" % ",".join(map(compact_text, value))
    if isinstance(value, str):
        return '"%s"' % re.sub(r'[\x00-\x1f"\\]', escape, value)
    return json.dumps(value)


def escape(match):
    character = match.group()
    return "\\" + character if character in '"\\' else "\\u%04x" % ord(character)


def parse_line(raw):
    """(key, value) of a line of bytes without its line end; ValueError says what is wrong with its form."""
    text = raw.decode("utf-8")
    record = json.loads(text, object_pairs_hook=unique_object, parse_float=no_number, parse_constant=no_number)
    if not isinstance(record, dict) or list(record) != ["key", "value"] or not isinstance(record["key"], str):
        raise ValueError('not {"key":…,"value":…}')
    if compact_text(record) != text:
        raise ValueError("not compact, or escaped in another way")
    return record["key"], record["value"]


# The value against its schema.

def order_problems(validator, schema, value, path=""):
    """Where an object's keys stand in another order than in the schema that holds for it."""
    problems = []
    if "$ref" in schema:
        _, resolved = validator.resolver.resolve(schema["$ref"])
        problems += order_problems(validator, resolved, value, path)
    if isinstance(value, dict) and "properties" in schema:
        if schema.get("additionalProperties") is False:
            wanted = [name for name in schema["properties"] if name in value]
            if list(value) != wanted:
                problems.append("%s: keys stand as %s, not as %s"
                                % (path or "value", ", ".join(value), ", ".join(wanted)))
        for name, part in schema["properties"].items():
            if name in value:
                problems += order_problems(validator, part, value[name], "%s.%s" % (path, name) if path else name)
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            problems += order_problems(validator, schema["items"], item, "%s[%d]" % (path, index))
    for part in holding_parts(validator, schema, value):
        problems += order_problems(validator, part, value, path)
    return problems


def holding_parts(validator, schema, value):
    """The alternatives and conditions of a schema that hold for the value."""
    parts = [part for name in ("allOf", "anyOf", "oneOf") for part in schema.get(name, ())
             if validator.evolve(schema=part).is_valid(value)]
    if "if" in schema:
        branch = "then" if validator.evolve(schema=schema["if"]).is_valid(value) else "else"
        if branch in schema:
            parts.append(schema[branch])
    return parts


def schema_problems(validator, value):
    errors = sorted(validator.iter_errors(value), key=lambda error: list(map(str, error.absolute_path)))
    if errors:
        return ["%s: %s" % (".".join(map(str, error.absolute_path)) or "value", error.message) for error in errors]
    return order_problems(validator, validator.schema, value)


# What one value must say of itself beyond its schema.

def task_problems(task):
    as_of, due = dates.parse_iso(task["as_of"]), dates.parse_iso(task["due"])
    birth = identity.birth_date(task["id_number"])
    accounts = [(account["bank"], account["account"]) for account in task["accounts"]]
    last, resolution = task["last_withdrawal"], task["resolution"]
    checks = {
        "task_id": task["task_id"] == "-".join((task["campaign"], task["county"], task["person_ref"])),
        "as_of": task["as_of"] == task["campaign"] + "-01",
        "due": dates.add_months(as_of, 1) <= due < dates.add_months(as_of, 7),
        "township": task["township"].startswith(task["county"]),
        "id_number": identity.canonical_id_number(task["id_number"]) == task["id_number"],
        "birth": task["birth"] == str(birth),
        "sex": task["sex"] == identity.sex(task["id_number"]),
        "age": task["age"] == dates.age(birth, as_of),
        "accounts": accounts == sorted(accounts),
        "reasons": "no_withdrawal" not in task["reasons"] or last is None or last < str(dates.window(as_of)[0]),
        "last_withdrawal": last is None or last < task["as_of"],
        "silent_months": last is None or task["silent_months"] == dates.whole_months(dates.parse_iso(last), as_of),
        "last_confirmed": task["last_confirmed"] is None or task["last_confirmed"] < task["as_of"],
        "resolution": resolution is None or resolution["on"] >= task["as_of"]
                      and resolution["late"] == (resolution["on"] > task["due"]),
    }
    return failed(checks)


def list_problems(record):
    status, reasons = record["by_status"], record["by_reason"]
    gaps = [(gap["bank"], gap["from"], gap["to"]) for gap in record["coverage"]["gaps"]]
    as_of, due = dates.parse_iso(record["as_of"]), dates.parse_iso(record["due"])
    window = dates.window(as_of)
    checks = {
        "as_of": record["as_of"] == record["campaign"] + "-01",
        "due": dates.add_months(as_of, 1) <= due < dates.add_months(as_of, 7),
        "township": record["township"] == "all" or record["township"].startswith(record["county"]),
        "tasks": record["tasks"] == status["open"] + status["resolved"] + status["overdue"],
        "by_reason": max(reasons.values()) <= record["tasks"] <= sum(reasons.values()),
        "coverage.gaps": all(str(window[0]) <= first <= last <= str(window[-1]) for _, first, last in gaps),
        "coverage.gaps order": all(left[0] < right[0] or left[0] == right[0] and next_day(left[2]) < right[1]
                                   for left, right in zip(gaps, gaps[1:])),
    }
    return failed(checks)


def receipt_problems(receipt):
    errors = receipt["errors"]
    lines = [error["line"] for error in errors]
    checks = {
        "code": not errors or errors[0]["code"] == receipt["code"],
        "errors": lines == sorted(set(lines)) and (0 not in lines or lines == [0]),
        "matched": receipt["layout"] not in CANONICAL or receipt["lines"] is None
                   or receipt["matched"] + receipt["unmatched"] == receipt["lines"] - receipt["rows_rejected"],
    }
    return failed(checks)


def silence_problems(record):
    last, as_of = record["last_withdrawal"], dates.parse_iso(record["as_of"])
    months = max(0, dates.whole_months(dates.parse_iso(last), as_of)) if last else None
    return failed({"silent_months": record["silent_months"] == months,
                   "verdict": not (last and months < 6) or record["verdict"] == "active"})


def entitlement_problems(record):
    return failed({"id_number": identity.canonical_id_number(record["id_number"]) == record["id_number"]})


def failed(checks):
    return ["%s does not agree with the rest of the value" % name for name, held in checks.items() if not held]


def next_day(text):
    return str(dates.parse_iso(text) + datetime.timedelta(days=1))


VALUE_CHECKS = {"followup-tasks": task_problems, "followup-lists": list_problems, "receipts": receipt_problems,
                "account-silence": silence_problems, "entitlements": entitlement_problems, "exceptions": lambda _: []}


def reject_problems(key, value):
    problems = [] if HASH.fullmatch(key) else ["the key is not a document id"]
    try:
        base64.b64decode(value, validate=True)
    except (TypeError, ValueError):
        problems.append("the value is not base64 text")
    return problems


def line_problems(validator, topic, raw):
    """((key, value), problems) of one line; None for a line that cannot be read."""
    try:
        key, value = parse_line(raw)
    except ValueError as error:
        return None, [str(error)]
    if topic == REJECTS:
        return (key, value), reject_problems(key, value)
    if value is None:
        return (key, value), [] if topic in COMPACTED else ["a tombstone in a topic that is not compacted"]
    problems = schema_problems(validator, value)
    if not problems:
        problems = VALUE_CHECKS[topic](value)
        if KEYS[topic](value) != key:
            problems.append("the key is not that of the value")
    return (key, value), problems


# What lines must say of each other.

class Stream:
    """The records of one topic, in order, and what each must say after those before it."""

    def __init__(self, topic):
        self.topic = topic
        self.last = {}
        self.standing = collections.Counter()

    def problems(self, key, value):
        if self.topic == "exceptions":
            return self._finding_problems(value)
        if self.topic not in COMPACTED:
            return []
        before = self.last.get(key)
        self.last[key] = value
        if value is None:
            return [] if before is not None else ["a tombstone for nothing"]
        if "revision" not in value:
            return ["published again unchanged"] if before == value else []
        if before is None:
            return [] if value["revision"] == 1 else ["the first revision is %d" % value["revision"]]
        problems = []
        if value["revision"] != before["revision"] + 1:
            problems.append("revision %d follows %d" % (value["revision"], before["revision"]))
        if self.topic == "followup-tasks" and topics.without_revision(value) == topics.without_revision(before):
            problems.append("published again unchanged")
        return problems

    def _finding_problems(self, finding):
        if finding["code"] not in topics.LEDGER_CODES:
            return []
        what = topics.finding_identity(finding)
        if topics.is_withdrawn(finding):
            self.standing[what] -= 1
            return [] if self.standing[what] >= 0 else ["withdrawn, but it did not stand"]
        self.standing[what] += finding["code"] == "unexpected_payment" or self.standing[what] <= 0
        return []


def count_problems(tasks, lists):
    """Where the lists' last counts are not those of the last tasks."""
    counted = collections.defaultdict(collections.Counter)
    for task in tasks.values():
        for township in (task["township"], "all"):
            count = counted["/".join((task["campaign"], task["county"], township))]
            count.update([task["status"], *task["reasons"]])
    problems = ["no list %s for its tasks" % key for key in sorted(counted) if key not in lists]
    for key, record in sorted(lists.items()):
        for part, names in (("by_status", STATUSES), ("by_reason", REASONS)):
            wanted = {name: counted[key][name] for name in names}
            if record[part] != wanted:
                problems.append("list %s: %s is %s, its tasks say %s" % (key, part, record[part], wanted))
    return problems


def topic_problems(validator, topic, path, last):
    data = path.read_bytes()
    problems = []
    if data and not data.endswith(b"\n"):
        problems.append("%s: the last line has no end" % path.name)
    stream = Stream(topic)
    for number, raw in enumerate(data.removesuffix(b"\n").split(b"\n") if data else [], 1):
        record, found = line_problems(validator, topic, raw)
        if record and not found:
            found = stream.problems(*record)
        problems += ["%s:%d: %s" % (path.name, number, problem) for problem in found]
    last[topic] = {key: value for key, value in stream.last.items() if value is not None}
    return problems


def folder_problems(folder):
    validators, problems, last = load_validators(), [], {}
    paths = sorted(path for path in pathlib.Path(folder).iterdir() if not path.name.startswith("."))
    for path in paths:
        name = TOPIC_FILE.fullmatch(path.name)
        if not name or name[1] not in KEYS and name[1] != REJECTS:
            problems.append("%s is not a topic's file" % path.name)
            continue
        problems += topic_problems(validators.get(name[1]), name[1], path, last)
    if not problems:
        problems = count_problems(last.get("followup-tasks", {}), last.get("followup-lists", {}))
    return problems if paths else ["%s holds no topics" % folder]


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    problems = folder_problems(sys.argv[1])
    for problem in problems[:PROBLEMS_MAX]:
        print(problem)
    if len(problems) > PROBLEMS_MAX:
        print("and %d more" % (len(problems) - PROBLEMS_MAX))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
