"""Output topics of a run folder as they stand, and the same made from the model's answer."""
import json

FILES = {"tasks": "pension.followup-tasks.v1", "lists": "pension.followup-lists.v1",
         "silence": "pension.account-silence.v1", "entitlements": "pension.entitlements.v1",
         "receipts": "pension.receipts.v1", "exceptions": "pension.exceptions.v1"}
COMPACTED = ("tasks", "lists", "silence", "entitlements")
LEDGER_CODES = {"owner_mismatch", "conflicting_serial", "birth_mismatch", "alive_after_death", "thin_month",
                "coverage_gap", "incomplete_document", "failed_payment", "returned_payment", "amount_mismatch",
                "unpaid", "unexpected_payment", "paid_after_death"}
IDENTITY_DETAIL = {"conflicting_serial": ["serial_ref"], "thin_month": ["bank", "month"],
                   "coverage_gap": ["bank", "campaign"], "paid_after_death": ["bank", "month"],
                   "unexpected_payment": ["bank", "on", "amount_fen"],
                   **{code: ["bank", "month", "batch"]
                      for code in ("failed_payment", "returned_payment", "amount_mismatch", "unpaid")}}


def read_records(run, topic):
    """(key, value) of every line of a topic, in order; no file is no lines."""
    path = run / "output" / (FILES[topic] + ".jsonl")
    if not path.exists():
        return []
    records = []
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            records.append((record["key"], record["value"]))
    return records


def compacted(records):
    """The last value of each key; a null value is a tombstone."""
    last = dict(records)
    return {key: value for key, value in last.items() if value is not None}


def without_revision(value):
    return {name: part for name, part in value.items() if name != "revision"}


def finding_identity(finding):
    """What makes a ledger finding the same one, as far as its value shows it."""
    detail = finding["detail"]
    parts = [finding["code"], finding["county"], finding["document"], finding["person_ref"], finding["account_ref"]]
    return tuple(parts + [detail.get(name) for name in IDENTITY_DETAIL.get(finding["code"], [])])


def is_withdrawn(finding):
    return finding["detail"].get("withdrawn") is True


def split_exceptions(exceptions):
    """(row findings, ledger findings that stand) of the exceptions topic, in order."""
    rows, standing = [], {}
    for finding in exceptions:
        if finding["code"] not in LEDGER_CODES:
            rows.append(finding)
            continue
        identity = finding_identity(finding)
        there = standing.setdefault(identity, [])
        if is_withdrawn(finding):
            del there[:1]
        elif finding["code"] == "unexpected_payment":
            there.append(finding)       # two serials of one day and amount look alike: they are counted
        else:
            there[:] = [finding]
    return rows, [finding for there in standing.values() for finding in there]


def read_standing(run):
    """What a daemon's run folder says stands, in the form that `standing_of` gives."""
    standing = {topic: compacted(read_records(run, topic)) for topic in COMPACTED}
    standing["receipts"] = [value for _, value in read_records(run, "receipts")]
    exceptions = [value for _, value in read_records(run, "exceptions")]
    standing["row_findings"], standing["ledger_findings"] = split_exceptions(exceptions)
    return standing


def standing_of(result):
    """The same of the model's answer; values have no revision, receipts' errors no message."""
    return {"tasks": {**result["tasks"], **result["cancelled_tasks"]}, "lists": result["lists"],
            "silence": result["account_silence"], "entitlements": result["entitlements"],
            "receipts": result["receipts"], "row_findings": result["row_findings"],
            "ledger_findings": result["ledger_findings"]}


def write_output(run, result):
    """Writes the topics that a daemon would leave if every value were published once."""
    standing = standing_of(result)
    output = run / "output"
    output.mkdir(parents=True, exist_ok=True)
    records = {topic: [(key, dict(value, revision=1) if topic in ("tasks", "lists") else value)
                       for key, value in standing[topic].items()] for topic in COMPACTED}
    records["receipts"] = [(value["document"], with_messages(value)) for value in standing["receipts"]]
    findings = standing["row_findings"] + standing["ledger_findings"]
    records["exceptions"] = [(value["county"], value) for value in findings]
    for topic, lines in records.items():
        with (output / (FILES[topic] + ".jsonl")).open("w", encoding="utf-8") as file:
            for key, value in lines:
                file.write(json.dumps({"key": key, "value": value}, ensure_ascii=False, separators=(",", ":")) + "\n")


def with_messages(receipt):
    errors = [dict(error, message=error["code"]) for error in receipt["errors"]]
    message = errors[0]["message"] if errors else None
    value = {}
    for name, part in receipt.items():
        value[name] = errors if name == "errors" else part
        if name == "code":
            value["message"] = message
    return value
