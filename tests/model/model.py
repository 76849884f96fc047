"""What must stand after the last document: the library call and the command."""
import argparse
import datetime
import json
import pathlib
import sys

from . import documents, ledger, rules


def evaluate(messages, key, settings=None):
    """The contract's answer to messages (name, headers, value, log_time or None, message key or None), in order.

    Raises documents.NotModelled for XML and banks' own layouts."""
    intake = ledger.Intake(key, settings or rules.Settings())
    for message in messages:
        intake.message(*message)
    return intake.result()


def parse_headers(text):
    pairs = (line.partition(":") for line in text.splitlines() if line.strip())
    return {name.strip(): value.strip() for name, _, value in pairs}


def log_times(intake):
    """Name -> log time of a folder that a daemon has read, from `.order`."""
    order = intake / ".order"
    if not order.exists():
        return {}
    times = {}
    for line in order.read_text(encoding="utf-8").splitlines():
        _, time, name = line.split(" ", 2)
        times[name] = parse_time(time)
    return times


def parse_time(text):
    """A log time, or None where its form is not one of these."""
    try:
        if text.isdigit():
            return datetime.datetime.fromtimestamp(int(text) / (1000 if len(text) > 11 else 1), datetime.timezone.utc)
        time = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=datetime.timezone.utc)


def read_run(run):
    """(messages, key) of a run folder: its documents in byte order of their names, and its key."""
    run = pathlib.Path(run)
    intake = run / "intake"
    times, messages = log_times(intake), []
    names = [path.name for path in intake.iterdir()
             if path.is_file() and not path.name.startswith(".") and not path.name.endswith(".headers")]
    for name in sorted(names, key=lambda name: name.encode()):
        headers = intake / (name + ".headers")
        said = parse_headers(headers.read_text(encoding="utf-8")) if headers.exists() else {}
        messages.append((name, said, (intake / name).read_bytes(), times.get(name), None))
    return messages, (run / "ledger" / "pseudonym.key").read_bytes()


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="model", description="Prints what must stand after a run folder's documents.")
    parser.add_argument("run", help="folder with intake/ and ledger/pseudonym.key")
    parser.add_argument("--skip-confirmed", action="store_true")
    parser.add_argument("--retention-years", type=int, default=3)
    parser.add_argument("--min-payout-share", type=int, default=50)
    options = parser.parse_args(arguments)
    settings = rules.Settings(options.skip_confirmed, options.retention_years, options.min_payout_share)
    try:
        result = evaluate(*read_run(options.run), settings)
    except documents.NotModelled as error:
        print("model: %s: not a canonical document" % error, file=sys.stderr)
        return 3
    json.dump(result, sys.stdout, ensure_ascii=False, indent=1)
    print()
    return 0
