#!/usr/bin/env python3
"""Compares the output topics of a run folder with what the model says must stand; exit 1 on any difference."""
import argparse
import collections
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS))
import model  # noqa: E402
from model import topics  # noqa: E402

TOPICS = ["tasks", "lists", "receipts", "exceptions", "silence", "entitlements"]
LINES_MAX = 25
KEYS = {"tasks": lambda value: value["task_id"],
        "lists": lambda value: "%s/%s/%s" % (value["campaign"], value["county"], value["township"]),
        "silence": lambda value: "%s/%s/%s" % (value["county"], value["account_ref"], value["person_ref"]),
        "entitlements": lambda value: "%s/%s/%s" % (value["county"], value["scheme"], value["person_ref"]),
        "receipts": lambda value: value["document"], "exceptions": lambda value: value["county"]}
NUMBERS = ["lines", "amount_fen", "rows_rejected", "matched", "unmatched"]
RECEIPT_KEYS = ["document", "name", "kind", "layout", "bank", "county", "status", "code", "message", *NUMBERS, "errors"]


def compare(run, settings=None, wanted=tuple(TOPICS)):
    """Readable lines, by topic; no lines: all is as it must be."""
    expected = topics.standing_of(model.evaluate(*model.read_run(run), settings))
    lines = []
    for topic in wanted:
        try:
            about = _topic(topic, topics.read_records(run, topic), expected)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            about = ["%s: a record is not of its form: %r" % (topic, error)]
        lines += about[:LINES_MAX] + (["%s: and %d more" % (topic, len(about) - LINES_MAX)] if about[LINES_MAX:] else [])
    return lines


def _topic(topic, records, expected):
    out = _keys(topic, records) + _private(topic, records, expected)
    if topic in ("tasks", "lists"):
        out += _revisions(topic, records)
    values = [value for _, value in records]
    if topic in topics.COMPACTED:
        return out + _values(topic, expected[topic], topics.compacted(records))
    if topic == "receipts":
        return out + _receipts(expected["receipts"], values)
    rows, standing = topics.split_exceptions(values)
    return (out + _row_findings(expected["row_findings"], rows)
            + _ledger_findings(expected["ledger_findings"], standing))


def _keys(topic, records):
    """Every value stands under the key that belongs to it; compacted topics alone have tombstones."""
    out = []
    for key, value in records:
        if value is None and topic in topics.COMPACTED:
            continue
        if value is None or KEYS[topic](value) != key:
            out.append("%s: a value under the key %s is %r" % (topic, key, value))
    return out


def _private(topic, records, expected):
    """ID numbers and accounts stand in tasks and entitlements alone, and in no key."""
    people = {value["id_number"] for part in ("tasks", "entitlements") for value in expected[part].values()}
    accounts = {account["account"] for task in expected["tasks"].values() for account in task["accounts"]}
    secrets = people | accounts
    out = []
    for key, value in records:
        said = key if topic in ("tasks", "entitlements") else key + repr(value)
        out += ["%s: %s… is in a record of key %s" % (topic, secret[:6], key) for secret in secrets if secret in said]
    return out


def _revisions(topic, records):
    """The first revision of a key is 1, each next one grows by 1 and says something new."""
    out, last = [], {}
    for key, value in records:
        before = last.get(key)
        last[key] = value
        if value is None:
            continue
        due = before["revision"] + 1 if before else 1
        if value["revision"] != due:
            out.append("%s %s: revision %s after %s" % (topic, key, value["revision"], due - 1))
        if before and topics.without_revision(before) == topics.without_revision(value):
            out.append("%s %s: revision %s says nothing new" % (topic, key, value["revision"]))
    return out


def _values(topic, expected, found):
    out = ["%s %s: missing: %r" % (topic, key, expected[key]) for key in sorted(expected.keys() - found.keys())]
    out += ["%s %s: not expected: %r" % (topic, key, found[key]) for key in sorted(found.keys() - expected.keys())]
    for key in sorted(expected.keys() & found.keys()):
        value = topics.without_revision(found[key]) if topic in ("tasks", "lists") else found[key]
        out += _parts("%s %s" % (topic, key), expected[key], value)
    return out


def _parts(what, expected, value):
    out = []
    for name in [*expected, *(name for name in value if name not in expected)]:
        if name not in expected or name not in value or expected[name] != value[name]:
            out.append("%s: %s is %r, expected %r" % (
                what, name, value.get(name, "nothing"), expected.get(name, "nothing")))
    if not out and repr(expected) != repr(value):
        out.append("%s: keys or numbers are written otherwise: %r" % (what, value))
    return out


def _receipts(expected, found):
    """Of each document the same receipts in the same order; of refused ones what their headers said is left open."""
    out, by_document = [], collections.defaultdict(lambda: ([], []))
    for side, receipts in enumerate((expected, found)):
        for receipt in receipts:
            by_document[receipt["document"]][side].append(receipt)
    for document, (wanted, there) in by_document.items():
        what = "receipts of %s (%s)" % (document[:16], (wanted + there)[0]["name"])
        if [receipt["status"] for receipt in wanted] != [receipt["status"] for receipt in there]:
            out.append("%s: %r, expected %r" % (what, [(r["status"], r["code"]) for r in there],
                                                [(r["status"], r["code"]) for r in wanted]))
            continue
        for must, is_ in zip(wanted, there):
            out += _receipt(what, must, is_)
    return out


def _receipt(what, must, is_):
    out = []
    if list(is_) != RECEIPT_KEYS:
        return ["%s: keys are %r" % (what, list(is_))]
    names = ["document", "name", "status", "code", *NUMBERS]
    if must["kind"] != "control" and (not must["errors"] or must["errors"][0]["line"] > 1):
        names += ["kind", "layout", "bank", "county"]
    elif not must["errors"]:
        names += ["kind", "bank", "county"]
    for name in names:
        if must[name] != is_[name]:
            out.append("%s: %s is %r, expected %r" % (what, name, is_[name], must[name]))
    errors = [[(error["line"], error["field"], error["code"]) for error in receipt["errors"]]
              for receipt in (must, is_)]
    if errors[0] != errors[1]:
        out.append("%s: errors are %r, expected %r" % (what, errors[1], errors[0]))
    if any(not isinstance(error.get("message"), str) or not error["message"] for error in is_["errors"]):
        out.append("%s: an error without a message" % what)
    if bool(is_["message"]) != bool(must["code"]):
        out.append("%s: message is %r" % (what, is_["message"]))
    return out


def _frozen(value):
    if isinstance(value, dict):
        return tuple((name, _frozen(part)) for name, part in value.items())
    return tuple(_frozen(part) for part in value) if isinstance(value, list) else value


def _row_findings(expected, found):
    wanted, there = (collections.Counter(_frozen(finding) for finding in side) for side in (expected, found))
    return (["exceptions: missing: %r" % (dict(finding),) for finding in (wanted - there).elements()]
            + ["exceptions: not expected: %r" % (dict(finding),) for finding in (there - wanted).elements()])


def _ledger_findings(expected, found):
    wanted, there = collections.defaultdict(list), collections.defaultdict(list)
    for side, findings in ((wanted, expected), (there, found)):
        for finding in findings:
            side[topics.finding_identity(finding)].append(finding)
    out = []
    for identity in [*wanted, *(identity for identity in there if identity not in wanted)]:
        must, is_ = wanted[identity], there[identity]
        if len(must) != len(is_):
            out.append("exceptions: %r stands %d times, expected %d" % (identity, len(is_), len(must)))
        elif must:
            out += _parts("exceptions: %r" % (identity,), must[0], is_[0])
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=pathlib.Path)
    parser.add_argument("--topics", default=",".join(TOPICS), help="of %s" % ",".join(TOPICS))
    parser.add_argument("--skip-confirmed", action="store_true")
    parser.add_argument("--retention-years", type=int, default=3)
    parser.add_argument("--min-payout-share", type=int, default=50)
    options = parser.parse_args()
    wanted = options.topics.split(",")
    if not set(wanted) <= set(TOPICS):
        parser.error("--topics: of %s" % ",".join(TOPICS))
    settings = model.Settings(options.skip_confirmed, options.retention_years, options.min_payout_share)
    lines = compare(options.run, settings, wanted)
    print("".join(line + "\n" for line in lines), end="")
    sys.exit(1 if lines else 0)


if __name__ == "__main__":
    main()
