#!/usr/bin/env python3
"""What duizhang send, open-campaign and tick put into a directory's intake is taken as the example counties' files are."""
import pathlib
import shutil
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "golden" / "lib")]
import expected as golden  # noqa: E402
import tool  # noqa: E402
from model import topics  # noqa: E402


def documents(county):
    return sorted(path for path in (county / "intake").iterdir() if path.suffix != ".headers")


def send_county(checks, county, chunk):
    """Every document of a county by the tool; in chunks unless its headers are malformed on purpose."""
    with tempfile.TemporaryDirectory(prefix="duizhang-send-") as folder:
        run = pathlib.Path(folder)
        (run / "ledger").mkdir(mode=0o700)
        shutil.copy(county / "ledger" / "pseudonym.key", run / "ledger")
        (run / "ledger" / "pseudonym.key").chmod(0o600)
        send = tool.Tool(run)
        for path in documents(county):
            headers = pathlib.Path(str(path) + ".headers")
            malformed = headers.exists() and "utf8mb4" in headers.read_text(encoding="utf-8")
            words = ["--chunk", chunk] if chunk and not malformed else []
            sent = send.lines("send", *words, path)[0]
            wanted = -(-path.stat().st_size // chunk) if words and path.stat().st_size else 1
            checks.equal("chunks of " + path.name, sent["chunks"], wanted)
        tool.run_daemon(run)
        for line in golden.differences(golden.load(county), topics.read_standing(run), True):
            checks.true(county.name, False, line)
        names = [path.name for path in (run / "intake").iterdir() if not path.name.startswith(".")]
        checks.true("names", len(names) == len(set(names)) and all(name.startswith("2") for name in names), names)


def check_control(checks):
    with tempfile.TemporaryDirectory(prefix="duizhang-send-") as folder:
        run = pathlib.Path(folder)
        send = tool.Tool(run)
        send("open-campaign", "2026-09", "--county", "532929", "--opened-on", "2026-09-06")
        send("tick", "--county", "532929", "--date", "2026-09-08")
        send("open-campaign", "2026-09", "--county", "532929", "--opened-on", "2027-03-01", status=2)
        send("open-campaign", "2026-09", "--county", "532929", "--opened-on", "2026-08-31", status=2)
        send("open-campaign", "2026-10", "--county", "532929", status=2)
        send("open-campaign", "2026-09", status=2)
        send("tick", "--county", "532929", status=2)
        tool.run_daemon(run)
        receipts = topics.read_standing(run)["receipts"]
        checks.equal("control receipts", [(r["kind"], r["county"], r["status"]) for r in receipts],
                     [("control", "532929", "accepted")] * 2)


def check_headers(checks):
    """Options go before FILE.headers; what the headers say of the whole must hold."""
    with tempfile.TemporaryDirectory(prefix="duizhang-send-") as folder:
        run = pathlib.Path(folder) / "run"
        path = pathlib.Path(folder) / "own.txt"
        path.write_text("H|ROSTER|532929|20260101|0\nT|0\n", encoding="utf-8")
        headers = pathlib.Path(str(path) + ".headers")
        send = tool.Tool(run)
        headers.write_text("kind: movements\r\n\nname: other.txt\n", encoding="utf-8")
        send("send", path)
        checks.true("a warning", "will be refused: bad_field at line 1, field 2" in send.messages, send.messages)
        send("send", "--kind", "roster", "--county", "532929", path)
        checks.equal("no warning", send.messages, "")
        headers.write_text("no header\n", encoding="utf-8")
        send("send", path, status=3)
        headers.write_text("sha256: %s\n" % ("0" * 64), encoding="utf-8")
        send("send", path, status=3)
        headers.write_text("sha256: %s\nchunk: 1/2\n" % ("0" * 64), encoding="utf-8")
        send("send", path, status=3)
        send("send", status=2)
        send("send", "--chunk", "900001", path, status=2)
        send("send", "--supersedes", "12", path, status=2)
        tool.run_daemon(run)
        receipts = topics.read_standing(run)["receipts"]
        checks.equal("receipts", [(r["name"], r["status"]) for r in receipts],
                     [("other.txt", "rejected"), ("other.txt", "accepted")])
        alone = tool.Tool()
        alone("send", path, status=3)
        checks.true("no broker", "bootstrap.servers" in alone.messages, alone.messages)


def main():
    checks = tool.Checks()
    for county, chunk in (("county-a", 100), ("county-b", 0), ("county-c", 0)):
        send_county(checks, tool.EXAMPLES / county, chunk)
    check_control(checks)
    check_headers(checks)
    checks.exit()


if __name__ == "__main__":
    main()
