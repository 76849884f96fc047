#!/usr/bin/env python3
"""The comparison with the model accepts what the model says, and notices every single thing that is otherwise."""
# ctest: PLAIN
import json
import pathlib
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "property"), str(TESTS / "golden" / "lib")]
import compare  # noqa: E402
import expected as golden  # noqa: E402
import model  # noqa: E402
from model import orders, topics  # noqa: E402


def read(run, topic):
    path = run / "output" / (topics.FILES[topic] + ".jsonl")
    return path, [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write(path, records):
    lines = [json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n" for record in records]
    path.write_text("".join(lines), encoding="utf-8")


def other(value):
    """A value that is not this one."""
    if isinstance(value, bool) or value is None:
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, dict):
        return dict(value, other=1)
    return value + ["other"] if isinstance(value, list) else value + "x"


# Receipts leave some of a refused document's fields open; what else is changed must be noticed.
def changes(topic, records):
    """(what, changed records) of single changes to a topic."""
    first = 0
    if topic == "receipts":
        first = next(place for place, record in enumerate(records) if record["value"]["status"] == "accepted"
                     and record["value"]["kind"] == "movements")
    record = records[first]
    yield "a record is missing", records[:first] + records[first + 1:]
    if topic in topics.COMPACTED:
        yield "a tombstone", records + [{"key": record["key"], "value": None}]
        yield "an unknown key", records + [{"key": record["key"] + "x", "value": record["value"]}]
    else:
        yield "a record twice", records[:first + 1] + records[first:]
    for name, part in record["value"].items():
        changed = dict(record["value"], **{name: other(part)})
        yield "another %s" % name, [*records[:first], dict(record, value=changed), *records[first + 1:]]
        less = {key: value for key, value in record["value"].items() if key != name}
        if name not in ("revision", "task_id", "document", "campaign", "county", "township", "code", "scheme",
                        "account_ref", "person_ref", "detail", "errors", "status", "message"):
            yield "no %s" % name, [*records[:first], dict(record, value=less), *records[first + 1:]]
    turned = dict(reversed(record["value"].items()))
    yield "keys in another order", [*records[:first], dict(record, value=turned), *records[first + 1:]]
    if topic in ("tasks", "lists"):
        again = dict(record, value=dict(record["value"], revision=2))
        yield "a revision that says nothing", records[:first + 1] + [again] + records[first + 1:]
    if topic == "exceptions":
        standing = next(record for record in records if record["value"]["code"] == "owner_mismatch")
        gone = dict(standing["value"], detail=dict(standing["value"]["detail"], withdrawn=True))
        yield "withdrawn", records + [dict(standing, value=gone)]
        changed = dict(standing["value"], detail={"people": 7})
        yield "another detail", records + [dict(standing, value=changed)]


def check_topic(run, topic):
    path, records = read(run, topic)
    missed, count = [], 0
    for what, changed in changes(topic, records):
        write(path, changed)
        count += 1
        if not compare.compare(run, None, [topic]):
            missed.append("%s: %s is not noticed" % (topic, what))
    write(path, records)
    print("%s: %d changes, %d not noticed" % (topic, count, len(missed)))
    return missed


def check_golden(county, standing):
    """The same of the comparison with expected.json, a few changes of each part."""
    wanted, missed = golden.load(county), []
    for part in ("tasks", "lists", "entitlements"):
        # A list of which all is zero is nothing that expected.json must know.
        key = next(key for key, value in standing[part].items() if value.get("campaign", "2026-09") == "2026-09")
        name = {"tasks": "due", "lists": "due", "entitlements": "state"}[part]
        changed = {**standing[part], key: dict(standing[part][key], **{name: "2026-01-01"})}
        if not golden.differences(wanted, dict(standing, **{part: changed}), True):
            missed.append("expected.json: another %s in %s is not noticed" % (name, part))
    for part in ("receipts", "row_findings", "ledger_findings"):
        less = [value for value in standing[part] if value.get("code") not in ("owner_mismatch", "invalid_row")]
        if not golden.differences(wanted, dict(standing, **{part: less[1:]}), True):
            missed.append("expected.json: fewer %s are not noticed" % part)
    return missed


def main():
    county = TESTS / "examples" / "county-c"
    messages, key = model.read_run(county)
    with tempfile.TemporaryDirectory(prefix="duizhang-compare-") as folder:
        run = pathlib.Path(folder)
        orders.write_run(run, messages, key)
        result = model.evaluate(messages, key)
        topics.write_output(run, result)
        missed = compare.compare(run)
        for topic in compare.TOPICS:
            missed += check_topic(run, topic)
        missed += check_golden(county, topics.standing_of(result))
    print("".join(line + "\n" for line in missed), end="")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
