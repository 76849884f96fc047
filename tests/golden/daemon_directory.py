#!/usr/bin/env python3
"""Runs the daemon on folders that change under it: watching, signals, configuration, what stands in its way, and the
control documents it makes."""
# ctest: TIMEOUT=600
import datetime
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "golden" / "lib")]
import model  # noqa: E402
from model import orders  # noqa: E402
from running import SECONDS_MAX, Daemon, put  # noqa: E402

SKIPPED = 77
QUIET = "[campaign]\nautomatic = no\n"
ZONE = datetime.timezone(datetime.timedelta(hours=8))


def example(name="county-a"):
    return model.read_run(TESTS / "examples" / name)


def make_run(folder, name, key, messages=()):
    run = pathlib.Path(folder) / name
    orders.write_run(run, messages, key)
    return run


def run_once(run, *options):
    return subprocess.run([os.environ["DUIZHANGD"], "-c", os.devnull, "--directory", str(run), "--once", *options],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=SECONDS_MAX, check=False)


def expect(condition, what, *shown):
    if not condition:
        raise SystemExit("not so: %s%s" % (what, "".join("\n%s" % part for part in shown)))


def watching_gives_what_once_gives(folder):
    messages, key = example()
    whole = make_run(folder, "whole", key, messages)
    done = run_once(whole)
    expect(done.returncode == 0, "--once exits 0", done.stdout)
    daemon = Daemon(make_run(folder, "watched", key), QUIET).start()
    daemon.wait_log("partition assigned")
    for count, (name, headers, content, _, _) in enumerate(messages, 1):
        put(daemon.run / "intake", name, content, headers)
        if count % 10 == 0:
            daemon.wait_published(count)
        if count == 20:
            expect(daemon.end() == 0, "SIGTERM ends it with 0", daemon.log)
            daemon.start()
    daemon.wait_published(len(messages))
    expect(daemon.end(signal.SIGINT) == 0, "SIGINT ends it with 0", daemon.log)
    wanted = Daemon(whole).output()
    expect(sum(map(len, wanted.values())) > 50000, "there is output")
    expect(daemon.output() == wanted, "watching publishes the bytes that --once does")
    again = run_once(daemon.run)
    expect(again.returncode == 0 and daemon.output() == wanted, "starting again publishes nothing", again.stdout)


def what_is_no_document_is_passed_over(folder):
    messages, key = example()
    daemon = Daemon(make_run(folder, "odd", key), QUIET).start()
    intake = daemon.run / "intake"
    daemon.wait_log("partition assigned")
    (intake / "folder").mkdir()
    os.mkfifo(intake / "pipe")
    (intake / ".hidden").write_bytes(b"x")
    put(intake, "a.txt", messages[0][2])
    daemon.wait_published(1)
    daemon.end()
    daemon.start()
    daemon.wait_log("name=folder")
    daemon.end()
    expect((intake / ".order").read_text().count("\n") == 1, "one document was taken")
    expect(daemon.log.count("name=pipe") == 1, "each thing in the way is named once", daemon.log)


def an_unreadable_document_is_waited_for(folder):
    messages, key = example()
    run = make_run(folder, "unreadable", key)
    for path in (run, run / "intake", run / "ledger", run / "ledger" / "pseudonym.key"):
        if os.getuid() == 0:
            os.chown(path, 65534, 65534)
    pathlib.Path(folder).chmod(0o755)
    daemon = Daemon(run, QUIET, as_nobody=True).start()
    daemon.wait_log("partition assigned")
    part = run / "intake" / ".part"
    part.write_bytes(messages[0][2])
    part.chmod(0)
    part.rename(run / "intake" / "a.txt")
    put(run / "intake", "b.txt", messages[1][2])
    fault = daemon.wait("the state names the file", lambda: (daemon.state() or {"partitions": []})["partitions"]
                        and daemon.state()["partitions"][0]["fault"])
    expect(fault["class"] == "retry" and fault["cause"] == "cannot open a.txt: Permission denied", "the cause is said",
           fault)
    expect(daemon.committed() == 0, "what comes after it waits")
    (run / "intake" / "a.txt").chmod(0o644)
    daemon.wait_published(2)
    daemon.wait("the fault is over", lambda: daemon.state() and not daemon.state()["partitions"][0]["fault"])
    daemon.end()
    expect("partition goes on" in daemon.log, "the log says that it goes on", daemon.log)


def a_directory_has_one_daemon(folder):
    _, key = example()
    daemon = Daemon(make_run(folder, "taken", key), QUIET).start()
    daemon.wait_log("partition assigned")
    second = run_once(daemon.run)
    expect(second.returncode == 3, "a second daemon is refused with 3", second.stdout)
    expect("another daemon works on the ledger directory" in second.stdout and "remedy=" in second.stdout,
           "cause and remedy are said", second.stdout)
    expect(daemon.end() == 0, "the first one goes on")


def configuration_is_checked_and_read_again(folder):
    _, key = example()
    daemon = Daemon(make_run(folder, "configured", key), QUIET)
    command = [os.environ["DUIZHANGD"], "-c", str(daemon.configuration), "--check"]
    done = subprocess.run(command, text=True, capture_output=True, timeout=SECONDS_MAX, check=False)
    expect(done.returncode == 2 and "bootstrap.servers is not set" in done.stderr, "brokers are needed", done.stderr)
    daemon.configure("[kafka]\nbootstrap.servers = 127.0.0.1:1\nlinger.ms = soon\n[campaign]\nopen_dya = 3\n")
    done = subprocess.run(command, text=True, capture_output=True, timeout=SECONDS_MAX, check=False)
    lines = done.stderr.splitlines()
    expect(done.returncode == 2 and len(lines) == 2, "both faults are said", done.stderr)
    expect(lines[0].startswith("%s:3: " % daemon.configuration), "by file and line", done.stderr)
    expect(lines[1].endswith("did you mean open_day?"), "with a remedy", done.stderr)
    daemon.configure("[kafka]\nbootstrap.servers = 127.0.0.1:1\nlinger.ms = 5\n[campaign]\nopen_day = 3\n")
    done = subprocess.run([*command, "--print"], text=True, capture_output=True, timeout=SECONDS_MAX, check=False)
    expect(done.returncode == 0 and "open_day = 3 ; %s:5\n" % daemon.configuration in done.stdout
           and "open_time = 06:00 ; default\n" in done.stdout and "linger.ms = 5 ; " in done.stdout,
           "--print shows values and where they come from", done.stdout, done.stderr)
    daemon.configure(QUIET)
    daemon.start()
    daemon.wait_log("partition assigned")
    daemon.configure("[log]\nlevel = loud\n")
    daemon.process.send_signal(signal.SIGHUP)
    daemon.wait_log("the old one stays")
    daemon.configure(QUIET + "[log]\nlevel = debug\n[coverage]\nmin_payout_share = 40\n")
    daemon.process.send_signal(signal.SIGHUP)
    daemon.wait_log("configuration read again")
    expect('msg="a setting was changed" section=log key=level' in daemon.log, "the change is said", daemon.log)
    expect('needs duizhang rebuild" section=coverage key=min_payout_share' in daemon.log,
           "what needs a rebuild is said", daemon.log)
    expect(daemon.end() == 0, "it ends as ever")
    status = daemon.start().process.wait(timeout=SECONDS_MAX)
    expect(status == 3 and "rule settings changed" in daemon.log, "a ledger of other rules is refused", daemon.log)


def usage_is_checked(folder):
    for options, status in ((["--print"], 2), (["--nonsense"], 2), (["extra"], 2), (["--help"], 0), (["--version"], 0),
                            (["--directory", ""], 2), (["-c", os.path.join(folder, "absent")], 2)):
        done = subprocess.run([os.environ["DUIZHANGD"], *options], text=True, capture_output=True, timeout=SECONDS_MAX,
                              check=False)
        expect(done.returncode == status, "%s exits %d" % (options, status), done.returncode, done.stderr)
        expect(done.stdout if status == 0 else done.stderr, "%s says something" % options)


def controls(run):
    """The control documents of an intake, in the order of its log."""
    order = run / "intake" / ".order"
    names = [line.split(" ", 2)[2] for line in (order.read_text() if order.exists() else "").splitlines()]
    return [json.loads((run / "intake" / name).read_bytes()) for name in names if name.endswith("control.json")]


def newest_opening(now):
    """The first of the month whose opening day was last, and whether it may still be opened."""
    opening = max(datetime.datetime(year, month, 6, 6, tzinfo=ZONE) for year in (now.year - 1, now.year)
                  for month in (3, 9) if datetime.datetime(year, month, 6, 6, tzinfo=ZONE) <= now)
    return opening.date().replace(day=1), (now.year - opening.year) * 12 + now.month - opening.month < 6


def control_documents_are_made(folder):
    messages, key = example()
    rosters = [message for message in messages if message[0].startswith("0000-")]
    run = make_run(folder, "automatic", key, rosters)
    daemon = Daemon(run, "[campaign]\nopen_time = 06:00\n").start()
    now = datetime.datetime.now(ZONE)
    as_of, may_open = newest_opening(now)
    daemon.wait("the tick is there", lambda: any(control["action"] == "tick" for control in controls(run)))
    daemon.wait_published(len(rosters) + 1 + may_open)
    daemon.end()
    day = now.date() if now.hour >= 6 else now.date() - datetime.timedelta(days=1)
    wanted = [{"action": "tick", "county": "532929", "date": day.isoformat()}]
    if may_open:
        wanted.insert(0, {"action": "open_campaign", "county": "532929", "campaign": as_of.isoformat()[:7],
                          "as_of": as_of.isoformat(), "opened_on": now.date().isoformat()})
    if datetime.datetime.now(ZONE).date() == now.date():
        expect(controls(run) == wanted, "the newest campaign is made up, and a tick made", controls(run), wanted)
    receipts = (run / "output" / "pension.receipts.v1.jsonl").read_text(encoding="utf-8")
    expect(receipts.count('"kind":"control"') == len(wanted) and '"status":"rejected"' not in receipts,
           "they are accepted", receipts)
    expect(all(path.stat().st_mode & 0o777 == 0o600 for path in (run / "intake").glob("*control.json*")),
           "they are readable by the daemon alone")
    daemon.start()
    daemon.wait("it has been at rest", lambda: len(re.findall("partition assigned", daemon.log)) == 2
                and (daemon.state() or {"pid": 0})["pid"] == daemon.process.pid)
    daemon.end()
    if datetime.datetime.now(ZONE).date() == now.date():
        expect(controls(run) == wanted, "and not again", controls(run))


def none_are_made_unasked(folder):
    messages, key = example()
    for name, configuration, options in (("by-people", QUIET, []), ("once", "", ["--once"])):
        run = make_run(folder, name, key, messages[:1])
        daemon = Daemon(run, configuration).start(*options)
        if options:
            expect(daemon.process.wait(timeout=SECONDS_MAX) == 0, "--once ends with 0", daemon.log)
        else:
            daemon.wait_published(1)
            daemon.wait("a state was written after", lambda: (daemon.state() or {"partitions": []})["partitions"]
                        and daemon.state()["partitions"][0]["published_offset"] == 1)
            daemon.end()
        expect(controls(run) == [], "no control documents: %s" % name, controls(run))


CHECKS = (watching_gives_what_once_gives, what_is_no_document_is_passed_over, an_unreadable_document_is_waited_for,
          a_directory_has_one_daemon, configuration_is_checked_and_read_again, usage_is_checked,
          control_documents_are_made, none_are_made_unasked)


def main():
    if not os.environ.get("DUIZHANGD"):
        print("skipped: there is no duizhangd")
        sys.exit(SKIPPED)
    for check in CHECKS:
        with tempfile.TemporaryDirectory(prefix="duizhang-daemon-") as folder:
            try:
                check(folder)
            finally:
                Daemon.kill_all()
        print("%s: so it is" % check.__name__.replace("_", " "))


if __name__ == "__main__":
    main()
