#!/usr/bin/env python3
"""duizhang status and coverage say where the example counties stand, beside a daemon and without one."""
import collections
import os
import pathlib
import signal
import subprocess
import sys
import time

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "golden" / "lib")]
import tool  # noqa: E402
from model import topics  # noqa: E402

KINDS = ("movements", "results", "payroll", "roster", "confirmations", "feedback", "control")


def standing_documents(receipts):
    """{kind: [alive, superseded, dead on arrival]} by the receipts."""
    history = collections.defaultdict(list)
    for receipt in receipts:
        if receipt["status"] in ("accepted", "superseded"):
            history[(receipt["document"], receipt["kind"], receipt["bank"], receipt["county"])].append(receipt["status"])
    counts = {kind: [0, 0, 0] for kind in KINDS}
    for (_, kind, _, _), said in history.items():
        counts[kind][2 if said[0] == "superseded" else 1 if "superseded" in said else 0] += 1
    return counts


def check_status(checks, run, standing):
    status = run.tool.lines("status")[0]
    documents = [path for path in run.intake.iterdir() if path.suffix != ".headers" and path.name[0] != "."]
    partition = status["partitions"][0]
    checks.equal("partitions", len(status["partitions"]), 1)
    checks.equal("daemon", status["daemon"], {"running": False, "pid": None, "started": None, "fault": None})
    for name in ("next_offset", "published_offset", "log_end"):
        checks.equal(name, partition[name], len(documents))
    checks.equal("lag", (partition["lag"], partition["not_taken"], partition["work"]), (0, 0, "idle"))
    for kind, counts in standing_documents(standing["receipts"]).items():
        checks.equal("documents " + kind, list(partition["documents"][kind].values()), counts)
    codes = collections.Counter(finding["code"] for finding in standing["ledger_findings"])
    checks.equal("findings", partition["findings"], dict(codes))
    county = partition["counties"][0]
    wanted = [standing["lists"][key] for key in sorted(standing["lists"]) if key.endswith("/all")]
    checks.equal("county", county["county"], "532929")
    checks.equal("campaigns", [(c["campaign"], c["due"], c["tasks"], c["by_status"], c["unknown_people"])
                               for c in county["campaigns"]],
                 [(c["campaign"], c["due"], c["tasks"], c["by_status"], c["unknown_people"]) for c in wanted])
    text = run.tool("status")
    for fact in ("daemon: not running", "532929", "movements", "2026-09"):
        checks.true("status as text", fact in text, text)


def check_coverage(checks, run, standing):
    """In the window of the newest campaign its gaps are those of the lists, for the banks they name."""
    county = {line["bank"]: line for line in run.tool.lines("coverage", "--from", "2026-03", "--to", "2026-08")}
    gaps = standing["lists"]["2026-09/532929/all"]["coverage"]["gaps"]
    for gap in gaps:
        checks.true("gap", {"from": gap["from"], "to": gap["to"]} in county[gap["bank"]]["gaps"], gap)
    checks.true("gaps", all(line["bank"] in {gap["bank"] for gap in gaps} or not line["gaps"]
                            or line["bank"] not in run.counting for line in county.values()), county)
    thin = {(f["detail"]["bank"], f["detail"]["month"], f["detail"]["had"], f["detail"]["all"])
            for f in standing["ledger_findings"] if f["code"] == "thin_month"}
    found = {(line["bank"], month["month"], month["had"], month["all"])
             for line in run.tool.lines("coverage", "--from", "2025-01", "--to", "2026-12")
             for month in line["months"] if month["state"] == "thin"}
    checks.equal("thin months", found, thin)
    default = run.tool.lines("coverage")
    checks.true("a year", all(len(line["months"]) == 12 for line in default), default)
    text = run.tool("coverage", "--from", "2026-01", "--to", "2026-08")
    for fact in ["2026-01", *county, *(["is thin"] if any("2026-01" <= t[1] <= "2026-08" for t in thin) else [])]:
        checks.true("coverage as text", fact in text, text)
    run.tool("coverage", "--from", "2026-03", "--to", "2026-02", status=2)
    run.tool("coverage", "--from", "1990-01", "--to", "2026-02", status=2)
    run.tool("coverage", "--county", "530102", status=1)


def put_chunk(run):
    """One chunk of two: it waits."""
    (run.intake / "zz.txt.headers").write_text("sha256: %s\nchunk: 1/2\ncounty: 532929\n" % ("ab" * 32), encoding="utf-8")
    (run.intake / "zz.txt").write_bytes(b"H|ROSTER|")


def check_beside_daemon(checks, run):
    """A running daemon is seen; what arrives meanwhile counts; after a SIGKILL it is gone."""
    put_chunk(run)
    checks.equal("not taken", run.tool.lines("status")[0]["partitions"][0]["not_taken"], 1)
    configuration = run.path / "conf"
    configuration.write_text("[campaign]\nautomatic = no\n[http]\nlisten =\n", encoding="utf-8")
    daemon = subprocess.Popen([tool.program("DUIZHANGD"), "-c", str(configuration), "--directory", str(run.path)],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            status = run.tool.lines("status")[0]
            # What the state file holds until the daemon has written its own is the last one's.
            if status["daemon"]["pid"] == daemon.pid and status["partitions"][0]["waiting"]:
                break
            time.sleep(0.1)
        partition = status["partitions"][0]
        checks.equal("pid", status["daemon"]["pid"], daemon.pid)
        checks.equal("lag beside a daemon", (partition["lag"], partition["not_taken"]), (0, 0))
        waiting = partition["waiting"]
        checks.equal("waiting", [(w["sha256"], w["county"], w["have"], w["chunks"], w["bytes"]) for w in waiting],
                     [("ab" * 32, "532929", 1, 2, 9)])
        checks.true("running as text", "daemon: running, pid %d" % daemon.pid in run.tool("status"))
        os.kill(daemon.pid, signal.SIGKILL)
    finally:
        daemon.kill()
        daemon.wait()
    checks.equal("killed", run.tool.lines("status")[0]["daemon"]["running"], False)


def main():
    checks = tool.Checks()
    for county in ("county-a", "county-b", "county-c"):
        with tool.Run(county) as run:
            standing = topics.read_standing(run.path)
            run.counting = {account["bank"] for task in standing["tasks"].values() for account in task["accounts"]}
            check_status(checks, run, standing)
            check_coverage(checks, run, standing)
            if county == "county-a":
                check_beside_daemon(checks, run)
    with tool.Run("county-a", daemon=False) as run:
        run.tool("status", status=3)
        checks.true("no ledger", "there is no ledger in" in run.tool.messages, run.tool.messages)
    checks.exit()


if __name__ == "__main__":
    main()
