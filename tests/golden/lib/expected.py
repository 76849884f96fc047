"""Compares what stands after a run with an example county's expected.json (tests/examples/README.md)."""
import json

from model import topics


def load(county):
    return json.loads((county / "expected.json").read_text(encoding="utf-8"))


def differences(expected, standing, in_given_order):
    """Readable lines, none when all is as expected; `in_given_order`: receipts and row findings too."""
    campaign = expected["campaign"]
    out = _tasks(expected["tasks"], standing["tasks"], campaign)
    out += _lists(expected["lists"], standing["lists"], campaign)
    out += _entitlements(expected, standing["entitlements"])
    out += _findings(expected, standing["ledger_findings"], campaign)
    if in_given_order:
        out += _receipts(expected["receipts"], standing["receipts"])
        out += _row_findings(expected["exceptions"], standing["row_findings"])
    return out


def _maps(what, expected, found):
    out = ["%s %s: missing" % (what, key) for key in sorted(expected.keys() - found.keys())]
    out += ["%s %s: not expected" % (what, key) for key in sorted(found.keys() - expected.keys())]
    for key in sorted(expected.keys() & found.keys()):
        for name, value in expected[key].items():
            if found[key].get(name) != value:
                out.append("%s %s: %s is %r, expected %r" % (what, key, name, found[key].get(name), value))
    return out


def _tasks(expected, tasks, campaign):
    found = {task["id_number"]: task for task in tasks.values()
             if task["campaign"] == campaign and task["status"] != "cancelled"}
    return _maps("task", expected, found)


def _flat(record):
    flat = dict(record, **record["by_reason"], **record["by_status"])
    flat["gaps"] = record["coverage"]["gaps"]
    return flat


def _lists(expected, lists, campaign):
    found = {record["township"]: _flat(record) for record in lists.values() if record["campaign"] == campaign}
    everyone = expected["all"]["gaps"]
    # A township's gaps may be its own people's or the county's.
    wanted = {}
    for township, record in expected.items():
        as_county = found.get(township, {}).get("gaps") == everyone
        wanted[township] = dict(record, gaps=everyone if as_county else record["gaps"])
    return _maps("list", wanted, found)


def _entitlements(expected, entitlements):
    out = []
    for name, allowed in expected.get("entitlements", {}).items():
        scheme, id_number = name.split("/")
        found = next((value for value in entitlements.values()
                      if value["scheme"] == scheme and value["id_number"] == id_number), None)
        said = found and {part: found[part] for part in ("state", "because", "on")}
        if said not in allowed:
            out.append("entitlement %s: %r, expected one of %r" % (name, said, allowed))
        if found and found["person_ref"] != expected["person_refs"].get(id_number):
            out.append("entitlement %s: person_ref %s" % (name, found["person_ref"]))
    return out


NOT_IN_VALUE = {"bank", "account", "serial", "id_number"}
# The examples speak of one campaign, and of no finding about pay batches.
UNSPOKEN = {"failed_payment", "returned_payment", "amount_mismatch", "unpaid", "unexpected_payment", "paid_after_death"}


def _agrees(wanted, finding):
    """The refs and the parts of `detail` that the example names are the finding's."""
    said = {**finding["detail"], **{name: part for name, part in finding.items() if name != "detail"}}
    return all(said.get(name) == part for name, part in wanted.items()
               if not (name in NOT_IN_VALUE and name not in said))


def _findings(expected, findings, campaign):
    if "findings" not in expected:
        return []
    left = [finding for finding in findings if finding["code"] not in UNSPOKEN
            and finding["detail"].get("campaign", campaign) == campaign]
    out = []
    for wanted in expected["findings"]:
        found = next((finding for finding in left if _agrees(wanted, finding)), None)
        if found is None:
            out.append("finding missing: %r" % wanted)
        else:
            left.remove(found)
    unclear = expected.get("findings_unclear", [])
    left = [finding for finding in left if not any(_agrees(may, finding) for may in unclear)]
    return out + ["finding not expected: %r" % finding for finding in left]


def _receipts(expected, receipts):
    """`history` of an arrival: its own receipt, and later changes of the document it brought."""
    by_name, out = {}, []
    for receipt in receipts:
        by_name.setdefault(receipt["name"], []).append(receipt)
    for wanted in expected:
        found = by_name.pop(wanted["name"], [])
        if [receipt["status"] for receipt in found] != wanted["history"]:
            out.append("receipts of %s: %r, expected %r" % (
                wanted["name"], [receipt["status"] for receipt in found], wanted["history"]))
            continue
        out += _receipt(wanted, found[0])
    return out + ["receipts of %s: not expected" % name for name in by_name]


def _receipt(wanted, found):
    out = []
    first = found["errors"][0] if found["errors"] else {}
    said = dict(found, error=[first.get("line"), first.get("field")],
                errors=[[error["line"], error["field"], error["code"]] for error in found["errors"]])
    fixed = {name: wanted[name] for name in ("document", "kind", "error", "errors") if wanted[name] is not None}
    fixed["code"] = wanted["code"]
    if wanted["history"][0] == "accepted":
        fixed.update({name: wanted[name] for name in ("lines", "amount_fen", "rows_rejected")})
    for name, value in fixed.items():
        if said[name] != value:
            out.append("receipt of %s: %s is %r, expected %r" % (wanted["name"], name, said[name], value))
    return out


ROW_CODES = {"invalid_id_number", "invalid_scheme", "invalid_township", "invalid_status", "invalid_method",
             "invalid_outcome", "future_date", "invalid_row"}


def _row_findings(expected, findings):
    key = lambda finding: (finding["code"], finding["document"], finding["line"])  # noqa: E731
    wanted = {key(finding): {"field": finding["field"]} if finding["field"] is not None else {} for finding in expected}
    found = {key(finding): finding["detail"] for finding in findings if finding["code"] in ROW_CODES}
    return _maps("row finding", wanted, found)
