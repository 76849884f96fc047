"""Message bytes to documents: bytes, headers, charset, then the lines of 5.1 with the errors of 5.2."""
import hashlib
import json
import zlib

from . import dates, identity, layouts

RATIO_FREE_BYTES = 1 << 20
RATIO_MAX = 200
MEMBERS_MAX = 16
DOCUMENT_MAX = 512 << 20
ERRORS_MAX = 100
CHARSETS = {"auto": "auto", "utf-8": "utf-8", "gb18030": "gb18030", "gbk": "gb18030", "gb2312": "gb18030"}
BUILT_IN_LAYOUTS = set(layouts.LAYOUTS) | {"camt.053", "camt.054", "pain.002"}
GZIP_MAGIC = b"\x1f\x8b"


class NotModelled(Exception):
    """The message uses what this reading leaves out: XML and banks' own layouts."""


class Row:
    """An applied row: the fields by name, and where it stands."""

    def __init__(self, document, line, values):
        self.__dict__.update(values)
        self.document = document
        self.line = line


class Document:
    """One document as received. `errors` are structural: (line, field, code)."""

    def __init__(self, name):
        self.name = name
        self.id = self.kind = self.layout = self.bank = self.county = self.supersedes = None
        self.text = ""
        self.errors = []
        self.header = {}
        self.control = None
        self.lines = self.amount_fen = None
        self.rows = []
        self.row_errors = []       # (line, field, code): rows that do not apply
        self.row_notes = []        # (line, field, code): rows that apply all the same

    @property
    def identity(self):
        return (self.id, self.kind, self.county, self.bank)

    def refuse(self, line, field, code):
        self.errors = [(line, field, code)]
        return self


def decompress(value):
    """(content or None, code or None): every gzip member, and nothing else after the first."""
    if not value.startswith(GZIP_MAGIC):
        return value, None
    content, rest, members = b"", value, 0
    while rest:
        members += 1
        if members > MEMBERS_MAX:
            return None, "limit_exceeded"
        member = zlib.decompressobj(31)
        try:
            content += member.decompress(rest, DOCUMENT_MAX)
        except zlib.error:
            return None, "gzip_damaged"
        if len(content) > RATIO_FREE_BYTES and len(content) > RATIO_MAX * len(value):
            return None, "limit_exceeded"
        if not member.eof:
            return None, "gzip_damaged"
        rest = member.unused_data
    return content, None


def decode(content, charset):
    """The text, or None where the bytes are not of the charset."""
    for codec in ("utf-8", "gb18030") if charset == "auto" else (charset,):
        try:
            text = content.decode(codec)
        except UnicodeDecodeError:
            continue
        return text[1:] if codec == "utf-8" and text.startswith("\ufeff") else text
    return None


def is_hash(text):
    return len(text) == 64 and set(text) <= set("0123456789abcdef")


def parse_chunk(text):
    """`k/n` of the header as a pair, or None."""
    k, slash, n = text.partition("/")
    if not slash or not layouts.is_number(k) or not layouts.is_number(n) or not 1 <= int(k) <= int(n):
        return None
    return int(k), int(n)


def open_document(name, headers, value, key):
    """Identifies a document as far as bytes, headers and the first line allow.

    Where that fails `errors` holds the one error; such a document is never a duplicate."""
    document = Document(headers.get("name", name))
    content, code = decompress(value)
    document.id = hashlib.sha256(value if content is None else content).hexdigest()
    if "sha256" in headers and headers["sha256"] != hashlib.sha256(value).hexdigest():
        return document.refuse(0, 0, "hash_mismatch")
    if code is not None:
        return document.refuse(0, 0, code)
    charset = CHARSETS.get(headers.get("charset", "auto").lower())
    if charset is not None:
        document.text = decode(content, charset)
        if document.text is None:
            document.text = ""
            return document.refuse(0, 0, "charset")
    if headers.get("layout", "movements") not in BUILT_IN_LAYOUTS:
        return document.refuse(0, 0, "unknown_layout")
    if charset is None or not headers_well_formed(document, headers):
        return document.refuse(0, 0, "bad_headers")
    return identify(document, headers, key)


def headers_well_formed(document, headers):
    document.supersedes = headers.get("supersedes")
    if document.supersedes is not None:
        if not is_hash(document.supersedes) or document.supersedes == document.id:
            return False
    if "chunk" in headers:
        chunk = parse_chunk(headers["chunk"])
        if chunk is None or (chunk[1] > 1 and "sha256" not in headers):
            return False
    if "county" in headers and not layouts.is_county(headers["county"]):
        return False
    if "bank" in headers and not layouts.is_token(headers["bank"]):
        return False
    return headers.get("kind", "control") in layouts.KINDS


def identify(document, headers, key):
    """Sets kind, layout, bank and county; content and headers must agree."""
    text, kind = document.text, headers.get("kind")
    first = text.split("\n", 1)[0].rstrip("\r").split("|")
    if text.lstrip().startswith("<") or headers.get("layout", kind) != kind:
        raise NotModelled(document.name)
    content_kind, county, bank = None, None, None
    if text.startswith("H|"):
        content_kind = first[1].lower() if first[1] == first[1].upper() else ""
        if content_kind not in layouts.LAYOUTS:
            content_kind = ""
        else:
            county, bank = header_says(layouts.LAYOUTS[content_kind], first)
    elif text.startswith("{") and kind in (None, "control"):
        content_kind = "control"
        document.control = parse_json_object(text)
        county = (document.control or {}).get("county")
        county = county if isinstance(county, str) and layouts.is_county(county) else None
    document.kind, document.county, document.bank = content_kind or kind, county, bank
    if disagree(county, headers.get("county"), key) or disagree(bank, headers.get("bank")):
        return document.refuse(0, 0, "bad_headers")
    document.county = county or headers.get("county")
    document.bank = bank or headers.get("bank")
    document.layout = None if document.kind == "control" else document.kind
    if text == "" or (content_kind is None and kind is None) or content_kind not in layouts.KINDS | {None}:
        return document.refuse(0, 0, "unknown_format")
    if content_kind is None and kind != "control":
        return document.refuse(1, 1, "missing_header")
    if kind is not None and content_kind not in (None, kind):
        return document.refuse(1, 2, "bad_field")
    return document


def disagree(*sayings):
    return len({saying for saying in sayings if saying is not None}) > 1


def header_says(layout, first):
    """The county and bank of an `H` line, each None where it is missing or not well-formed."""
    said = {}
    for field, text in zip(layout.header, first[2:]):
        said[field.name] = field.value(text)[0]
    return said.get("county"), said.get("bank")


def parse_json_object(text):
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def read_control(document, newest_as_of):
    """Checks a control document against section 8."""
    control = document.control
    expected = {"open_campaign": {"action", "county", "campaign", "as_of", "opened_on"},
                "tick": {"action", "county", "date"}}
    action = control.get("action") if control else None
    if not isinstance(action, str) or set(control) != expected.get(action) or document.county is None:
        return document.refuse(0, 0, "bad_control")
    if action == "tick":
        document.header = {"action": action, "date": dates.parse_iso(control["date"])}
        return document if document.header["date"] else document.refuse(0, 0, "bad_control")
    as_of, opened_on = dates.parse_iso(control["as_of"]), dates.parse_iso(control["opened_on"])
    right = (as_of is not None and opened_on is not None and layouts.parse_campaign(control["campaign"]) == as_of
             and as_of <= opened_on < dates.add_months(as_of, 6) and (newest_as_of is None or newest_as_of <= as_of))
    if not right:
        return document.refuse(0, 0, "bad_control")
    document.header = {"action": action, "campaign": control["campaign"], "as_of": as_of, "opened_on": opened_on}
    return document


class _Lines:
    """Collects at most one error for a line, the lowest field's."""

    def __init__(self):
        self.errors = {}

    def add(self, line, field, code):
        if line not in self.errors or field < self.errors[line][1]:
            self.errors[line] = (line, field, code)


def read_document(document, refs, oldest=None, log_date=None):
    """Reads the lines. `oldest`: a document that ends before it is refused; `log_date`: Kafka's, for `to`."""
    layout = layouts.LAYOUTS[document.kind]
    lines = document.text.split("\n")
    if lines[-1] == "":
        lines.pop()
    lines = [line[:-1] if line.endswith("\r") else line for line in lines]
    errors, rows, trailer, empty_lines = _Lines(), [], None, 0
    header = read_header(document, layout, lines[0].split("|"), errors, oldest, log_date)
    period = None
    if document.kind == "movements" and "from" in header and "to" in header:
        period = (header["from"], header["to"])
    for number, line in enumerate(lines[1:], 2):
        fields = line.split("|")
        if trailer is not None:
            empty_lines += line == ""
            if line != "" or empty_lines > 1:
                errors.add(number, 1, "bad_field")
        elif fields[0] == "D":
            rows.append((number, fields))
            check_row(layout, number, fields, len(rows), period, errors)
        elif fields[0] == "T":
            trailer = (number, read_fields(layout.trailer, fields, 2, number, errors))
        else:
            errors.add(number, 1, "bad_field")
    if trailer is None:
        errors.add(len(lines) + 1, 0, "missing_trailer")
    if not errors.errors:
        check_totals(layout, header, rows, trailer, errors)
    document.errors = [errors.errors[line] for line in sorted(errors.errors)][:ERRORS_MAX]
    if not document.errors:
        document.header = header
        document.lines, document.amount_fen = header["count"], header.get("sum")
        for number, fields in rows:
            apply_row(document, layout, number, fields, refs)
    return document


def read_fields(specs, fields, first, number, errors):
    """The right values by name; every wrong one is an error of the line."""
    if len(fields) != first - 1 + len(specs):
        errors.add(number, 0, "field_count")
        return {}
    values = {}
    for place, (field, text) in enumerate(zip(specs, fields[first - 1:]), first):
        value, right = field.value(text)
        if right:
            values[field.name] = value
        else:
            errors.add(number, place, field.structural_code)
    return values


def read_header(document, layout, fields, errors, oldest, log_date):
    specs = layout.header
    if document.kind == "movements" and len(fields) == 1 + len(specs):
        specs = specs[:-1]          # of 8 fields: no `k/n`
    header = read_fields(specs, fields, 3, 1, errors)
    township = header.get("township")
    if township and not township.startswith(header.get("county", "")):
        errors.add(1, layout.header_place("township"), "bad_field")
    for name in ("to", "as_of", "month"):
        day = header.get(name)
        if day is None:
            continue
        wrong = oldest is not None and (dates.month_last(day) if name == "month" else day) < oldest
        if name == "to":
            wrong = wrong or day < header.get("from", day) or (log_date is not None and day > log_date)
        if wrong:
            errors.add(1, layout.header_place(name), "bad_date")
            del header[name]
    return header


def check_row(layout, number, fields, place, period, errors):
    """The structural errors of a `D` line."""
    if len(fields) != 2 + len(layout.row):
        errors.add(number, 0, "field_count")
        return
    if not layouts.is_number(fields[1]) or int(fields[1]) != place:
        errors.add(number, 2, "line_number")
    for index, (field, text) in enumerate(zip(layout.row, fields[2:]), 3):
        if not field.structural:
            continue
        value, right = field.value(text)
        if field.name == "date" and right and period:
            right = period[0] <= value <= period[1]
        if not right:
            errors.add(number, index, field.structural_code)


def check_totals(layout, header, rows, trailer, errors):
    amount = None
    if "sum" in header:
        place = 2 + [field.name for field in layout.row].index("amount")
        amount = sum(int(fields[place]) for _, fields in rows)
    for number, values, first in ((1, header, 3), (trailer[0], trailer[1], 2)):
        specs = [field.name for field in (layout.header if first == 3 else layout.trailer)]
        if values["count"] != len(rows):
            errors.add(number, first + specs.index("count"), "count_mismatch")
        elif amount is not None and values["sum"] != amount:
            errors.add(number, first + specs.index("sum"), "sum_mismatch")


def apply_row(document, layout, number, fields, refs):
    """A row of a document without structural errors: applied, or refused with its row error."""
    values = {}
    for place, (field, text) in enumerate(zip(layout.row, fields[2:]), 3):
        value, right = field.value(text)
        if right and field.name == "township":
            right = value.startswith(document.county)
        if not right:
            document.row_errors.append((number, place, field.row_code))
            return
        if field.name == "confirmed_on" and value > document.header["as_of"]:
            document.row_errors.append((number, place, "future_date"))
            return
        values[field.name] = value
    if not RULES.get(document.kind, lambda *_: True)(document, values, refs):
        document.row_errors.append((number, None, "invalid_row"))
        return
    row = Row(document.id, number, values)
    if document.kind == "movements":
        finish_movement(document, row)
    document.rows.append(row)


def roster_rule(_, values, __):
    return (values["bank"] is None) == (values["account"] is None)


def feedback_rule(document, values, refs):
    campaign, as_of = document.header["campaign"], layouts.parse_campaign(document.header["campaign"])
    task_id = "%s-%s-%s" % (campaign, document.county, refs.person(values["id_number"]))
    return ((values["outcome"] == "deceased") == (values["death_month"] is not None)
            and (values["outcome"] != "other" or values["note"] is not None)
            and as_of <= values["verified_on"] <= dates.add_months(as_of, 12)
            and values["task_id"] in (None, task_id))


RULES = {"roster": roster_rule, "feedback": feedback_rule}


def finish_movement(document, row):
    """The class of 5.4; an ID number that is wrong is noted and the movement counts."""
    if row.id_number is not None and identity.canonical_id_number(row.id_number) is None:
        document.row_notes.append((row.line, 6, "invalid_id_number"))
    row.bank = document.bank
    row.known_summary = row.summary in layouts.SUMMARY_CLASSES
    row.movement_class = layouts.SUMMARY_CLASSES.get(row.summary, "unknown")
    wanted = {"withdrawal": row.direction == "D" and row.amount > 0,
              "payout": row.direction == "C",
              "reversal": row.reverses is not None}
    if not wanted.get(row.movement_class, True):
        row.movement_class = "unknown"
