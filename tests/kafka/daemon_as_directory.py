#!/usr/bin/env python3
# ctest: TIMEOUT=900
"""Three counties through `duizhang send` and daemons on Kafka: the topics are the directory's output, line for line.

Four partitions, small chunks, files of several counties interleaved. Then the same intake again with another group,
prefix and ledger, by daemons that are killed at random moments, two of them at a time; what they leave is the same."""
import gzip
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import time

SOURCE = pathlib.Path(os.environ["DUIZHANG_SOURCE"])
DUIZHANGD, DUIZHANG = os.environ["DUIZHANGD"], os.environ["DUIZHANG"]
COUNTIES = {"county-a": "532929", "county-b": "532901", "county-c": "532922"}
CHUNK_BYTES = 1500
KILLS = 6
SECONDS_MAX = 120


def bootstrap():
    if os.environ.get("KAFKA_BOOTSTRAP"):
        return os.environ["KAFKA_BOOTSTRAP"]
    told = pathlib.Path(os.environ["KAFKA_BROKER_DIR"]) / "bootstrap"
    if not told.exists():
        print("skipped: there is no Kafka broker")
        sys.exit(1 if os.environ.get("CI") == "true" else 77)
    return told.read_text().strip()


def moved(content, county):
    """The document in another county: header, division codes and control documents; ID numbers stay."""
    old, new = b"532929", county.encode()
    if content[:1] not in b"H{\xef":
        return content + new    # no document of ours: each county's with an id of its own
    content = re.sub(rb"(?<=\|)532929(?=\|)", new, content)
    content = re.sub(rb"(?<=\|)532929(?=\d{3}\|)", new, content)
    return content.replace(b'"' + old + b'"', b'"' + new + b'"')


def unpacked(content):
    """What a damaged gzip file holds stays in it: it is refused either way."""
    try:
        return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    except (OSError, EOFError):
        return content


def documents():
    """(name, headers text or None, bytes, county), the counties' files in turn, each county's in its order."""
    queues = []
    for folder, county in COUNTIES.items():
        files = [path for path in sorted((SOURCE / "tests/examples" / folder / "intake").iterdir())
                 if path.suffix != ".headers"]
        queue = []
        for path in files:
            content = unpacked(path.read_bytes())
            headers = path.with_name(path.name + ".headers")
            text = headers.read_bytes().replace(b"532929", county.encode()) if headers.exists() else b""
            queue.append(("%s-%s" % (path.name.replace(".gz", ""), county), text, moved(content, county), county))
        queues.append(queue)
    while any(queues):
        for queue in queues:
            if queue:
                yield queue.pop(0)


def write_folder(folder, files):
    folder.mkdir(parents=True)
    paths = []
    for number, (name, headers, content, county) in enumerate(files):
        path = folder / ("%04d-%s" % (number, name))
        path.write_bytes(content)
        # The key of a message says its county too: on Kafka and in a folder alike.
        if b"county:" not in headers:
            headers += b"county: %s\n" % county.encode()
        path.with_name(path.name + ".headers").write_bytes(headers)
        paths.append(path)
    return paths


def run(arguments, **options):
    done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS_MAX * 3,
                          check=False, **options)
    if done.returncode:
        raise SystemExit("%s exits %d:\n%s" % (" ".join(map(str, arguments)), done.returncode,
                                               done.stdout.decode(errors="replace")[-4000:]))
    return done.stdout


def configuration(scratch, name, broker, intake):
    path = scratch / (name + ".conf")
    path.write_text("""[ledger]
directory = %s
[kafka]
bootstrap.servers = %s
group.id = %s
intake.topic = %s
output.prefix = %s.
session.timeout.ms = 6000
[campaign]
automatic = no
[privacy]
key_file = %s
[http]
listen =
""" % (scratch / name, broker, "group-" + name + intake, intake, name + intake, scratch / "pseudonym.key"))
    return path


def send(conf, paths):
    """In small chunks; the same content again goes whole, since chunks of a completed document open nothing."""
    seen = set()
    for path in paths:
        content = path.read_bytes()
        chunk = [] if content in seen else ["--chunk", str(CHUNK_BYTES)]
        seen.add(content)
        run([DUIZHANG, "-c", str(conf), "send", *chunk, str(path)])


def compare(broker, prefix, output, what):
    done = subprocess.run([sys.executable, str(SOURCE / "tests/kafka/lib/topics.py"), "compare", "--bootstrap", broker,
                           "--prefix", prefix, str(output)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=SECONDS_MAX * 3, check=False)
    print("%s: %s" % (what, "equal" if done.returncode == 0 else "DIFFERENT"))
    if done.returncode:
        print(done.stdout.decode(errors="replace")[:6000])
    return done.returncode == 0


def killed_daemons(conf, scratch, seed):
    """Two daemons at a time with ledgers of their own; one of them is killed, and started again, KILLS times."""
    generator = random.Random(seed)
    confs = []
    for member in "xy":
        path = scratch / ("member-%s.conf" % member)
        path.write_text(re.sub(r"directory = .*", "directory = %s" % (scratch / ("ledger-" + member)),
                               conf.read_text(), count=1))
        confs.append(path)
    log = (scratch / "members.log").open("wb")
    members = [subprocess.Popen([DUIZHANGD, "-c", str(path)], stdout=log, stderr=log) for path in confs]
    try:
        for _ in range(KILLS):
            time.sleep(generator.uniform(0.3, 3))
            victim = generator.randrange(2)
            members[victim].send_signal(signal.SIGKILL)
            members[victim].wait()
            members[victim] = subprocess.Popen([DUIZHANGD, "-c", str(confs[victim])], stdout=log, stderr=log)
        members[0].send_signal(signal.SIGTERM)
        members[0].wait(timeout=SECONDS_MAX)
        members[1].send_signal(signal.SIGTERM)
        members[1].wait(timeout=SECONDS_MAX)
    finally:
        for member in members:
            member.kill()
            member.wait()
    return confs[0]


def main():
    broker, seed = bootstrap(), int(os.environ.get("SEED", "1"))
    intake = ".%d-%d" % (os.getpid(), int(time.time()))
    print("seed %d" % seed)
    with tempfile.TemporaryDirectory(prefix="duizhang-kafka-") as folder:
        scratch = pathlib.Path(folder)
        (scratch / "pseudonym.key").write_bytes(
            (SOURCE / "tests/examples/county-a/ledger/pseudonym.key").read_bytes())
        directory = scratch / "directory"
        paths = write_folder(directory / "intake", list(documents()))
        (directory / "ledger").mkdir(mode=0o700)
        (directory / "ledger" / "pseudonym.key").write_bytes((scratch / "pseudonym.key").read_bytes())
        run([DUIZHANGD, "--directory", str(directory), "--once"])

        plain = configuration(scratch, "plain", broker, "intake" + intake)
        killed = configuration(scratch, "killed", broker, "intake" + intake)
        for conf in plain, killed:
            run([DUIZHANG, "-c", str(conf), "topics", "--create", "--partitions", "4"])
        send(plain, paths)
        # Of a large refused document the topic says where it lies, which differs by transport.
        (directory / "output" / "pension.rejects.v1.jsonl").unlink()
        run([DUIZHANGD, "-c", str(plain), "--once"])
        good = compare(broker, "plainintake%s." % intake, directory / "output", "one daemon, once")
        last = killed_daemons(killed, scratch, seed)
        run([DUIZHANGD, "-c", str(last), "--once"])
        good &= compare(broker, "killedintake%s." % intake, directory / "output", "daemons killed %d times" % KILLS)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
