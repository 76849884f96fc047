#!/usr/bin/env python3
"""duizhang explain: its verdicts are those published, its movements stand where it says, others' numbers are masked."""
import collections
import gzip
import pathlib
import re
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "golden" / "lib")]
import tool  # noqa: E402
from model import topics  # noqa: E402


def lines_of(run, name):
    content = (run.intake / name).read_bytes()
    content = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    try:
        return content.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError:
        return content.decode("gb18030").split("\n")


def check_task(checks, run, task):
    explained = run.tool.lines("explain", task["id_number"], "--as-of", task["as_of"])
    checks.equal("explanations", len(explained), 1)
    explained = explained[0]
    judged = explained["judgement"]
    what = task["task_id"]
    for name in ("last_withdrawal", "silent_months", "last_confirmed", "age", "age_disputed", "status", "resolution"):
        checks.equal("%s %s" % (what, name), judged[name], task[name])
    if task["status"] != "cancelled":
        checks.equal(what + " reasons", judged["reasons"], task["reasons"])
    counting = [{"bank": a["bank"], "account": a["account"]} for a in explained["accounts"] if a["counting"]]
    checks.equal(what + " accounts", counting, task["accounts"])
    stood = {entry["task_id"]: entry for entry in explained["tasks"]}[what]
    for name in ("status", "reasons", "due", "revision"):
        checks.equal("%s stands: %s" % (what, name), stood[name], task[name])
    checks.equal(what + " by its id", run.tool.lines("explain", what), [explained])
    return explained


def check_verdict(checks, explained):
    """The verdict follows from what is shown of the accounts."""
    accounts = explained["accounts"]
    withdrawn = any(m["counts"] and m["why"] == "withdrawal_in_window" for a in accounts for m in a["movements"])
    counting = [a for a in accounts if a["counting"]]
    verdict = "active" if withdrawn else "silent" if counting and not any(a["gaps"] for a in counting) else "unknown"
    checks.equal("verdict of " + explained["person_ref"], explained["judgement"]["verdict"], verdict)
    for account in accounts:
        checks.equal("covered", account["window_covered"], not account["gaps"])
    rows = explained["roster_rows"]
    checks.equal("one row in force", sum(row["in_force"] for row in rows), 1)
    checks.equal("one newest row", sum(row["newest"] for row in rows), 1)


def check_places(checks, run, explained):
    """Every row, movement and evidence stands at the line of the document that is named."""
    places = [(row, explained["id_number"]) for row in explained["roster_rows"] + explained["evidence"]]
    places += [(movement, account["account"]) for account in explained["accounts"] for movement in account["movements"]]
    for place, mark in places:
        line = lines_of(run, place["name"])[place["line"] - 1]
        ok = mark in line.upper() or mark[:6] + mark[8:17] in line      # x for X, 15 digits
        if "amount_fen" in place:
            fields = line.split("|")
            ok = ok and fields[8] == str(place["amount_fen"]) and fields[7] == place["direction"]
        checks.true("%s:%d" % (place["name"], place["line"]), ok, line)


def check_fates(checks, run, all_movements):
    fates = collections.Counter(movement["why"] for movement in all_movements)
    for fate in ("withdrawal_in_window", "withdrawal_before_window", "payout_in_window", "payout_outside_window",
                 "taken_back", "reversal", "class_does_not_count", "class_unknown", "copy", "document_superseded"):
        checks.true("a movement that is " + fate, fates[fate] > 0, dict(fates))
    for movement in all_movements:
        if movement["why"] == "taken_back":
            other = lines_of(run, movement["other"]["name"])[movement["other"]["line"] - 1].split("|")
            checks.equal("what takes back", (other[8], other[7] != movement["direction"], other[9]),
                         (str(movement["amount_fen"]), True, "CZ"))
        if movement["why"] == "copy":
            other = lines_of(run, movement["other"]["name"])[movement["other"]["line"] - 1].split("|")
            checks.equal("what it is a copy of", other[2], movement["serial"])
        if movement["why"] in ("taken_back", "copy", "reversal"):
            checks.true("names the other", movement["other"] is not None)


def check_text(checks, run, explained):
    """The text has the same movements and shows no other number in full."""
    text = run.tool("explain", explained["id_number"])
    for account in explained["accounts"]:
        for movement in account["movements"]:
            checks.true("text", "%s:%d (%s)" % (movement["name"], movement["line"], movement["document"][:12]) in text)
    numbers = set(re.findall(r"\b\d{17}[\dX]\b", text)) - {explained["id_number"]}
    own = {account["account"] for account in explained["accounts"]}
    checks.true("others are masked", numbers <= own, numbers - own)
    checks.true("verdict in words", "verdict: " + explained["judgement"]["verdict"] in text, text)


def check_account(checks, run, person, account):
    found = [e for e in run.tool.lines("explain", account["account"]) if e["accounts"][0]["bank"] == account["bank"]]
    checks.equal("account", len(found), 1)
    checks.equal("movements of the account", found[0]["accounts"][0]["movements"], account["movements"])
    checks.equal("verdict of the account", found[0]["accounts"][0]["verdict"], account["verdict"])
    masked = person["id_number"][:6] + "********" + person["id_number"][-4:]
    holders = [holder["id_number"] for holder in found[0]["accounts"][0]["holders"]]
    checks.true("holders are masked", masked in holders and all("********" in holder for holder in holders), holders)


def main():
    checks = tool.Checks()
    for county in ("county-a", "county-b", "county-c"):
        with tool.Run(county) as run:
            tasks = topics.read_standing(run.path)["tasks"]
            all_movements, shared = [], 0
            for task in tasks.values():
                explained = check_task(checks, run, task)
                if task["campaign"] != "2026-09":
                    continue
                check_verdict(checks, explained)
                check_places(checks, run, explained)
                check_text(checks, run, explained)
                for account in explained["accounts"]:
                    all_movements += account["movements"]
                    shared += bool(account["other_holders"])
                    check_account(checks, run, explained, account)
            if county == "county-b":
                check_fates(checks, run, all_movements)
            run.tool("explain", "532929199001011239", status=1)
            run.tool("explain", "2026-09-532929-" + "0" * 32, status=1)
            run.tool("explain", "no-such-account", status=1)
            checks.true("no number in messages", "no-such-account" not in run.tool.messages, run.tool.messages)
            run.tool("explain", "x" * 65, status=2)
            run.tool("explain", status=2)
    checks.exit()


if __name__ == "__main__":
    main()
