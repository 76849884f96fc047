#!/usr/bin/env python3
"""duizhang campaigns, tasks and preview say what stands in the topics after the example counties' runs."""
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "golden" / "lib")]
import tool  # noqa: E402
from model import topics  # noqa: E402


def without(value, *names):
    return {name: part for name, part in value.items() if name not in names}


def by_key(values, key):
    return {value[key]: value for value in values}


def check_campaigns(checks, run, lists):
    newest = [value for value in lists.values() if value["township"] == "all"]
    found = run.tool.lines("campaigns")
    checks.equal("campaigns", [without(value, "opened_on") for value in found],
                 sorted(newest, key=lambda value: value["campaign"]))
    for campaign in found:
        townships = run.tool.lines("campaigns", "--campaign", campaign["campaign"])
        wanted = [value for value in lists.values() if value["campaign"] == campaign["campaign"]]
        checks.equal("lists of " + campaign["campaign"], [without(value, "opened_on") for value in townships],
                     sorted(wanted, key=lambda value: value["township"] if value["township"] != "all" else ""))
    text = run.tool("campaigns")
    checks.equal("campaigns as text", len(text.splitlines()), 1 + len(found))
    checks.true("campaigns as text", "2026-09" in text and str(lists["2026-09/532929/all"]["tasks"]) in text, text)


def check_tasks(checks, run, tasks):
    for campaign in ("2026-03", "2026-09"):
        wanted = {key: value for key, value in tasks.items() if value["campaign"] == campaign}
        found = run.tool.lines("tasks", "--campaign", campaign)
        checks.equal("tasks of " + campaign, by_key(found, "task_id"), wanted)
        order = [value["id_number"] for value in found]
        checks.equal("order of " + campaign, order, sorted(order))
    newest = {key: value for key, value in tasks.items() if value["campaign"] == "2026-09"}
    checks.equal("tasks of the newest", by_key(run.tool.lines("tasks"), "task_id"), newest)
    filters = [(["--status", status], lambda task, status=status: task["status"] == status)
               for status in ("open", "resolved", "overdue", "cancelled")]
    filters += [(["--reason", reason], lambda task, reason=reason: reason in task["reasons"])
                for reason in ("no_withdrawal", "age_80", "lost_contact")]
    filters += [(["--township", "532929100"], lambda task: task["township"] == "532929100"),
                (["--county", "532929", "--status", "open", "--reason", "age_80"],
                 lambda task: task["status"] == "open" and "age_80" in task["reasons"])]
    for words, wanted in filters:
        checks.equal(" ".join(words), by_key(run.tool.lines("tasks", *words), "task_id"),
                     {key: task for key, task in newest.items() if wanted(task)})
    text = run.tool("tasks")
    checks.equal("tasks as text", len(text.splitlines()), 1 + len(newest))
    for task in newest.values():
        checks.true("tasks as text", task["id_number"] not in text, "an ID number")


def check_preview(checks, run, lists, tasks):
    """A preview of a campaign that stands says the same of it, but for what was cancelled since."""
    found = run.tool.lines("preview", "--as-of", "2026-09-01", "--tasks")
    previewed = by_key([value for value in found if "task_id" in value], "task_id")
    wanted = {key: task for key, task in tasks.items()
              if task["campaign"] == "2026-09" and task["status"] != "cancelled"}
    loose = ("revision", "due", "status", "resolution")
    checks.equal("previewed tasks", {key: without(task, *loose) for key, task in previewed.items()},
                 {key: without(task, *loose) for key, task in wanted.items()})
    records = by_key([value for value in found if "task_id" not in value], "township")
    for township, record in records.items():
        issued = lists["2026-09/532929/" + township]
        for name in ("tasks", "by_reason", "unknown_people", "coverage", "township_name"):
            checks.equal("previewed %s of %s" % (name, township), record[name], issued[name])
    checks.equal("previewed lists", records.keys(),
                 {value["township"] for value in lists.values() if value["campaign"] == "2026-09"})
    later = run.tool.lines("preview", "--as-of", "2030-01-01")
    checks.true("preview of 2030", all(record["by_reason"]["no_withdrawal"] == 0 for record in later), later)
    checks.true("preview as text", "32929100" in run.tool("preview", "--as-of", "2026-09-01"))


def check_refusals(checks, run):
    run.tool("tasks", "--campaign", "2025-03", status=1)
    run.tool("campaigns", "--campaign", "2025-03", status=1)
    for verb in (["campaigns"], ["tasks"], ["preview", "--as-of", "2026-09-01"]):
        run.tool(*verb, "--county", "530102", status=1)
        checks.true("unknown county", "530102" in run.tool.messages, run.tool.messages)
    run.tool("preview", status=2)
    run.tool("preview", "--as-of", "2026-02-30", status=2)
    run.tool("tasks", "--status", "closed", status=2)
    run.tool("tasks", "too", "many", status=2)
    tool.Tool(run.path / "intake")("tasks", status=3)


def main():
    checks = tool.Checks()
    for county in ("county-a", "county-b", "county-c"):
        with tool.Run(county) as run:
            standing = topics.read_standing(run.path)
            check_campaigns(checks, run, standing["lists"])
            check_tasks(checks, run, standing["tasks"])
            check_preview(checks, run, standing["lists"], standing["tasks"])
            check_refusals(checks, run)
    checks.exit()


if __name__ == "__main__":
    main()
