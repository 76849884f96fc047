"""Other orders of the same messages, in which control documents keep their own."""
import random

from . import documents


def is_control(message):
    _, headers, value = message[:3]
    content, _ = documents.decompress(value)
    return headers.get("kind") == "control" or (content or b"").lstrip(b"\xef\xbb\xbf").startswith(b"{")


def shuffled(messages, seed):
    """A seeded order; control documents stand anywhere, but in their own order."""
    order = list(messages)
    random.Random(seed).shuffle(order)
    controls = iter([message for message in messages if is_control(message)])
    return [next(controls) if is_control(message) else message for message in order]


def renumbered(messages):
    """The same messages under names whose byte order is the order given."""
    return [("%05d-%s" % (number, message[0]), *message[1:]) for number, message in enumerate(messages)]


def write_run(run, messages, key):
    """Writes a run folder for a daemon: intake/ in byte order of the names, and the key."""
    intake, ledger = run / "intake", run / "ledger"
    intake.mkdir(parents=True)
    ledger.mkdir(mode=0o700)
    key_file = ledger / "pseudonym.key"
    key_file.touch(mode=0o600)
    key_file.write_bytes(key)
    for name, headers, value in (message[:3] for message in messages):
        if headers:
            lines = ["%s: %s\n" % pair for pair in headers.items()]
            (intake / (name + ".headers")).write_text("".join(lines), encoding="utf-8")
        (intake / name).write_bytes(value)
