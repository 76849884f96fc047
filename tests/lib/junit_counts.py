"""Counts the tests of a ctest JUnit file: prints "passed failed skipped", appends the names of those that failed or
were skipped to two files. A file without a test is a failure."""
import sys
import xml.etree.ElementTree as ElementTree


def last_line(case):
    lines = [line.strip() for line in (case.findtext("system-out") or "").splitlines() if line.strip()]
    return lines[-1] if lines else "no output"


def main():
    junit, build, failures_path, skips_path = sys.argv[1:]
    passed = 0
    failures, skips = [], []
    for case in ElementTree.parse(junit).getroot().iter("testcase"):
        status = case.get("status")
        if status == "run":
            passed += 1
        elif status == "notrun" and case.find("skipped") is not None and "SKIP" in case.find("skipped").get("message", ""):
            skips.append(case)
        else:
            failures.append(case)
    for path, cases in ((failures_path, failures), (skips_path, skips)):
        with open(path, "a", encoding="utf-8") as out:
            for case in cases:
                out.write(f"  {build} {case.get('name')}: {last_line(case)}\n")
    if not passed and not failures and not skips:
        sys.exit(1)
    print(passed, len(failures), len(skips))


if __name__ == "__main__":
    main()
