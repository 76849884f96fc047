#!/usr/bin/env python3
"""What the layout and the house style fix and no compiler checks: who may include what, sizes, headers, leftovers."""
# ctest: PLAIN
import os
import pathlib
import re
import subprocess
import sys

SOURCE = pathlib.Path(os.environ["DUIZHANG_SOURCE"])
FOLDERS = ("parsers", "consumers", "daemon")
FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70

# Which files of the three folders may include a library's headers.
LIBRARY_USERS = {
    re.compile(r"event2?/|event2?\.h|evhttp"): re.compile(r"daemon/(loop|http)[a-z_]*\.c"),
    re.compile(r"lmdb\.h"): re.compile(r"daemon/ledger[a-z_]*\.[ch]"),
    re.compile(r"librdkafka/"): re.compile(r"daemon/(kafka|transport_kafka)[a-z_]*\.[ch]"),
    re.compile(r"libxml/"): re.compile(r"parsers/[a-z0-9_]+\.[ch]"),
    re.compile(r"zlib\.h"): re.compile(r"parsers/[a-z0-9_]+\.[ch]"),
}
# A folder's files may include those of these folders.
FOLDER_USES = {"parsers": {"parsers"}, "consumers": {"parsers", "consumers", "daemon"},
               "daemon": {"parsers", "consumers", "daemon"}}
# parsers/ is pure: it neither reads nor writes nor speaks.
IMPURE = re.compile(r"(?<![.>\w])(fopen|open|openat|read|write|fread|fwrite|printf|fprintf|dprintf|perror|puts|"
                    r"getenv|time|gettimeofday|clock_gettime|socket|syslog|exit|setlocale)\s*\(")
# What no program may do: give text to a shell, or copy text of a length that nobody looked at.
FORBIDDEN = re.compile(r"(?<![.>\w])(system|popen|gets|sprintf|vsprintf|strtok|alloca)\s*\(")
# The ledger depends on no instant, place or chance: only these files, which time, name and log things, may ask.
CHANCE = re.compile(r"(?<![.>\w])(time|gettimeofday|clock_gettime|localtime|localtime_r|setlocale|rand|random|"
                    r"getrandom)\s*\(")
CHANCE_USERS = re.compile(r"daemon/(cli|control|daemon|directory|engine_set|kafka|ledger_map|log|loop|partition|"
                          r"reference|transport)[a-z_]*\.c|daemon/[a-z]+_main\.c")
LEFTOVERS = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b|\b(?i:not implemented|for now)\b")
MACHINE_PATHS = re.compile(r"(?<![\w.}$])/(?:work|root|home/\w+)/[/\w]*")
INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.MULTILINE)
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')


def source_files(*folders):
    return sorted(path for folder in folders for path in (SOURCE / folder).rglob("*.[ch]"))


def name_of(path):
    return str(path.relative_to(SOURCE))


def code_of(text):
    """The text without comments and what stands in strings; line breaks stay."""
    text = COMMENT.sub(lambda match: "\n" * match.group().count("\n") + " ", text)
    return STRING.sub('""', text)


def include_faults(name, text):
    folder = name.split("/")[0]
    for included in INCLUDE.findall(text):
        for library, users in LIBRARY_USERS.items():
            if library.match(included) and not users.fullmatch(name):
                yield "includes <%s>, which is not its business" % included
        first = included.split("/")[0]
        if first in FOLDERS and first not in FOLDER_USES[folder]:
            yield "includes %s" % included
        if "/" not in included and (SOURCE / folder / included).exists():
            yield 'includes "%s", not by its path from the root' % included


def call_faults(name, code):
    if name.startswith("parsers/"):
        for match in IMPURE.finditer(code):
            yield "calls %s: parsers are pure" % match.group(1)
    for match in FORBIDDEN.finditer(code):
        yield "calls %s" % match.group(1)
    if not CHANCE_USERS.fullmatch(name):
        for match in CHANCE.finditer(code):
            yield "calls %s: the ledger may not depend on it" % match.group(1)


def form_faults(name, text):
    base = pathlib.Path(name).name
    stem = base.rsplit(".", 1)[0]
    if base.endswith(".c") and not text.startswith(("/* %s: " % stem, "/* %s: " % base)):
        yield "does not open with /* %s: what it is */" % stem
    if base.endswith(".h"):
        guard = "DUIZHANG_" + re.sub(r"[/.]", "_", name).upper()
        if "#ifndef %s\n#define %s\n" % (guard, guard) not in text:
            yield "lacks the guard %s" % guard
        if not text.startswith("/*"):
            yield "does not open with its contract"
    lines = text.count("\n")
    if lines > FILE_LINES_MAX:
        yield "has %d lines; %d are the limit" % (lines, FILE_LINES_MAX)
    if text and not text.endswith("\n"):
        yield "ends without a line break"


def function_faults(text):
    """Functions begin and end with a brace in the first column."""
    start = title = None
    previous = ""
    for number, line in enumerate(text.splitlines(), 1):
        if line == "{":
            start, title = number, previous
        elif line.startswith("}") and start:
            if number - start > FUNCTION_LINES_MAX:
                yield "has a function of %d lines: %s" % (number - start, title.strip()[:60])
            start = None
        if line.strip():
            previous = line


def header_faults(paths):
    """Every header compiles by itself."""
    flags = subprocess.run(["pkg-config", "--cflags", "libxml-2.0", "rdkafka", "lmdb"], check=True, text=True,
                           stdout=subprocess.PIPE).stdout.split()
    for path in paths:
        done = subprocess.run(["gcc", "-fsyntax-only", "-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wno-unused",
                               "-I", str(SOURCE), *flags, "-x", "c", "-"],
                              input='#include "%s"\n' % name_of(path), text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            yield "%s does not compile by itself: %s" % (name_of(path), done.stdout.splitlines()[0])


def text_faults():
    """Leftovers and paths of one machine, in everything that people wrote."""
    folders = (*FOLDERS, "tests", "fixtures")
    texts = [path for folder in folders for path in sorted((SOURCE / folder).rglob("*")) if path.is_file()
             and path.suffix in (".c", ".h", ".sh", ".py", ".txt", ".cmake", ".service", ".example", ".md", ".8", ".1")
             and not {"examples", "corpus"} & set(path.relative_to(SOURCE).parts)]
    for path in [*texts, SOURCE / "README.md", SOURCE / "CMakeLists.txt"]:
        if path == pathlib.Path(__file__).resolve() or not path.exists():
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            found = LEFTOVERS.search(line) or MACHINE_PATHS.search(line)
            if found:
                yield "%s:%d: %s" % (name_of(path), number, found.group())


def main():
    faults = []
    for path in source_files(*FOLDERS):
        name, text = name_of(path), path.read_text(encoding="utf-8")
        code = code_of(text)
        for found in (include_faults(name, text), call_faults(name, code), form_faults(name, text)):
            faults += ["%s %s" % (name, fault) for fault in found]
    for path in source_files(*FOLDERS, "tests"):
        faults += ["%s %s" % (name_of(path), fault) for fault in function_faults(path.read_text(encoding="utf-8"))]
    faults += header_faults([path for path in source_files(*FOLDERS) if path.suffix == ".h"])
    faults += text_faults()
    print("\n".join(faults) if faults else "%d files obey" % len(source_files(*FOLDERS, "tests")))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
