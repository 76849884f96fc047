#!/usr/bin/env python3
"""duizhang parse says of every example document what the daemon's receipt says, as far as no ledger is needed."""
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "golden" / "lib")]
import expected as golden  # noqa: E402
import tool  # noqa: E402

TYPES = {"roster": "roster", "movements": "movement", "confirmations": "confirmation", "feedback": "feedback",
         "payroll": "payment", "results": "payment", "control": "control"}


def check_document(checks, parse, county, intake, wanted, row_errors):
    what = "%s/%s" % (county, wanted["name"])
    refused = wanted["history"][0] == "rejected"
    lines = parse.lines("parse", intake / wanted["name"], status=1 if refused else 0)
    receipt = lines[-1]["receipt"]
    first = receipt["errors"][0] if receipt["errors"] else {}
    if wanted["document"]:
        checks.equal(what + " document", receipt["document"], wanted["document"])
    checks.equal(what + " status", receipt["status"], "rejected" if refused else "accepted")
    if wanted["history"][0] != "duplicate":
        checks.equal(what + " code", receipt["code"], wanted["code"])
    if wanted["error"]:
        checks.equal(what + " error", [first.get("line"), first.get("field")], wanted["error"])
    if wanted["errors"]:
        checks.equal(what + " errors", [[e["line"], e["field"], e["code"]] for e in receipt["errors"]], wanted["errors"])
    checks.true(what + " matched", receipt["matched"] is None and receipt["unmatched"] is None, "a number")
    if wanted["history"][0] == "accepted":
        for name in ("lines", "amount_fen", "rows_rejected"):
            checks.equal("%s %s" % (what, name), receipt[name], wanted[name])
        records = [line for line in lines if line.get("type") == TYPES[receipt["kind"]]]
        if receipt["kind"] != "control":
            checks.equal(what + " records", len(records) + receipt["rows_rejected"], wanted["lines"])
        found = [(line["line"], line["code"]) for line in lines if line.get("type") == "row_error"]
        checks.equal(what + " row errors", found, row_errors.get(wanted["document"], []))


def main():
    checks, parse = tool.Checks(), tool.Tool()
    for county in sorted(tool.EXAMPLES.iterdir()):
        if not county.is_dir():
            continue
        wanted = golden.load(county)
        row_errors = {}
        for finding in sorted(wanted["exceptions"], key=lambda finding: finding["line"]):
            row_errors.setdefault(finding["document"], []).append((finding["line"], finding["code"]))
        for receipt in wanted["receipts"]:
            check_document(checks, parse, county.name, county / "intake", receipt, row_errors)
    parse("parse", "/dev/null", status=3)
    parse("parse", tool.EXAMPLES, status=3)
    parse("parse", status=2)
    parse("parse", "--kind", "rooster", "x", status=2)
    checks.exit()


if __name__ == "__main__":
    main()
