"""What topics hold, in the form of the directory transport's output: a line {"key":…,"value":…} for each record.

  topics.py read --bootstrap HOST:PORT TOPIC…                    print the records of topics, read_committed
  topics.py order FILE…                                          print the lines of output/*.jsonl files
  topics.py compare --bootstrap HOST:PORT --prefix P OUTPUT      compare every OUTPUT/*.jsonl with its topic

Lines are in the order of their keys; records of one key keep the order they were published in. That is all the order
that several partitions have, so two ways of publishing the same are equal line for line. In `compare` the file
pension.X.v1.jsonl stands for the topic P + X.v1; exit status 1 when one differs.
"""
import argparse
import base64
import json
import os
import subprocess
import sys

DIRECTORY_PREFIX = "pension."
BYTES_TOPIC = "rejects.v1"      # holds documents as they were received, in a file as base64


def json_text(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def value_text(topic, value):
    """The value as it stands in a line: JSON as published, a tombstone as null, bytes as base64."""
    if value is None:
        return "null"
    if topic.endswith(BYTES_TOPIC):
        return json_text(base64.b64encode(value).decode("ascii"))
    return value.decode("utf-8")


def split_records(stream):
    """Takes kcat's "%K %S %k%s" apart; lengths come first, so any byte may stand in keys and values."""
    records = []
    position = 0
    while position < len(stream):
        end = stream.index(b" ", position)
        key_length = int(stream[position:end])
        position = end + 1
        end = stream.index(b" ", position)
        value_length = int(stream[position:end])
        position = end + 1
        key = stream[position:position + max(key_length, 0)]
        position += max(key_length, 0)
        value = None if value_length < 0 else stream[position:position + value_length]
        position += max(value_length, 0)
        records.append((key, value))
    return records


def read_topic(bootstrap, topic):
    command = ["kcat", "-C", "-q", "-e", "-b", bootstrap, "-t", topic, "-o", "beginning", "-f", "%K %S %k%s",
               "-X", "isolation.level=read_committed"]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=300, check=True)
    return in_order(
        (key.decode("utf-8"), '{"key":%s,"value":%s}' % (json_text(key.decode("utf-8")), value_text(topic, value)))
        for key, value in split_records(result.stdout))


def read_file(path):
    with open(path, encoding="utf-8", newline="\n") as lines:
        return in_order((json.loads(line)["key"], line.rstrip("\n")) for line in lines)


def in_order(keyed_lines):
    return [line for _, line in sorted(keyed_lines, key=lambda keyed: keyed[0])]


def first_difference(name, wanted, found):
    for number, (left, right) in enumerate(zip(wanted, found), 1):
        if left != right:
            return f"{name}: line {number} in key order differs\n  file:  {left}\n  topic: {right}"
    if len(wanted) != len(found):
        longer = wanted if len(wanted) > len(found) else found
        return (f"{name}: {len(wanted)} records in the file, {len(found)} in the topic; "
                f"the first beyond: {longer[min(len(wanted), len(found))]}")
    return None


def compare(bootstrap, prefix, output):
    files = sorted(name for name in os.listdir(output) if name.endswith(".jsonl") and not name.startswith("."))
    if not files:
        return [f"{output} holds no *.jsonl"]
    differences = []
    for name in files:
        topic = prefix + name[len(DIRECTORY_PREFIX):-len(".jsonl")]
        difference = first_difference(topic, read_file(os.path.join(output, name)), read_topic(bootstrap, topic))
        if difference:
            differences.append(difference)
    return differences


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, argument, count in (("read", "topic", "+"), ("order", "file", "+"), ("compare", "output", None)):
        verb_parser = verbs.add_parser(verb)
        if verb != "order":
            verb_parser.add_argument("--bootstrap", required=True)
        if verb == "compare":
            verb_parser.add_argument("--prefix", required=True)
        verb_parser.add_argument(argument, nargs=count)
    arguments = parser.parse_args()
    if arguments.verb == "compare":
        differences = compare(arguments.bootstrap, arguments.prefix, arguments.output)
        print("\n".join(differences) if differences else "equal")
        return 1 if differences else 0
    if arguments.verb == "read":
        lines = (line for topic in arguments.topic for line in read_topic(arguments.bootstrap, topic))
    else:
        lines = (line for path in arguments.file for line in read_file(path))
    for line in lines:
        sys.stdout.write(line + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
