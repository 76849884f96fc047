"""The canonical text formats as tables: fields, their types, and the codes of wrong values."""
from . import dates, identity

SCHEMES = {"resident", "enterprise", "institution", "injury"}
STATUSES = {"receiving", "suspended", "ended", "deceased"}
METHODS = {"app_province", "app_national", "on_site", "window", "data_match"}
OUTCOMES = {"alive", "deceased", "lost_contact", "moved_away", "imprisoned", "other"}
AMOUNT_MAX = 10 ** 15
SUM_MAX = 10 ** 18
PART_MAX = 9999

# Summary code -> class; the rest of the table's codes is `unknown` with a finding.
SUMMARY_CLASSES = {"QK": "withdrawal", "ATM": "withdrawal", "POS": "withdrawal", "ZZ": "withdrawal",
                   "SXF": "fee", "DK": "auto_debit", "CZ": "reversal", "LX": "interest", "DF": "payout"}

H, D, T = "H", "D", "T"


def is_number(text):
    return bool(text) and set(text) <= dates.DIGITS and (text == "0" or text[0] != "0")


def has_control(text):
    return any(ord(c) < 0x20 or 0x7F <= ord(c) <= 0x9F for c in text)


def is_token(text):
    """Serial, account, bank: 1-40 bytes of 0x21-0x7E."""
    return 1 <= len(text) <= 40 and all("\x21" <= c <= "\x7e" for c in text)


def is_county(text):
    return len(text) == 6 and set(text) <= dates.DIGITS


def parse_part(text):
    """`k/n` as a pair, or None."""
    k, slash, n = text.partition("/")
    if not slash or not is_number(k) or not is_number(n):
        return None
    return (int(k), int(n)) if 1 <= int(k) <= int(n) <= PART_MAX else None


def parse_campaign(text):
    """The `as_of` of a campaign `YYYY-03` or `YYYY-09`, or None."""
    if not isinstance(text, str) or len(text) != 7 or text[4:] not in ("-03", "-09"):
        return None
    return dates.parse_iso(text + "-01")


def _amount(limit):
    def parse(text):
        return int(text) if is_number(text) and int(text) <= limit else None
    return parse


def _one_of(values):
    def parse(text):
        return text if text in values else None
    return parse


def _if(test):
    def parse(text):
        return text if test(text) else None
    return parse


# type -> (value of a text or None, structural code, row code)
TYPES = {
    "text": (_if(lambda text: not has_control(text)), "bad_field", "invalid_row"),
    "token": (_if(is_token), "bad_field", "invalid_row"),
    "county": (_if(is_county), "bad_field", "invalid_row"),
    "count": (_amount(SUM_MAX), "bad_field", "invalid_row"),
    "sum": (_amount(SUM_MAX), "bad_amount", "invalid_row"),
    "amount": (_amount(AMOUNT_MAX), "bad_amount", "invalid_row"),
    "date": (dates.parse_compact, "bad_date", "invalid_row"),
    "month": (dates.parse_month, "bad_date", "invalid_row"),
    "part": (parse_part, "bad_field", "invalid_row"),
    "campaign": (_if(parse_campaign), "bad_field", "invalid_row"),
    "direction": (_one_of({"D", "C"}), "bad_field", "invalid_row"),
    "flag": (_one_of({"0", "1"}), "bad_field", "invalid_row"),
    "id_number": (identity.canonical_id_number, "bad_field", "invalid_id_number"),
    "scheme": (_one_of(SCHEMES), "bad_field", "invalid_scheme"),
    "township": (_if(lambda text: len(text) == 9 and set(text) <= dates.DIGITS), "bad_field", "invalid_township"),
    "status": (_one_of(STATUSES), "bad_field", "invalid_status"),
    "method": (_one_of(METHODS), "bad_field", "invalid_method"),
    "outcome": (_one_of(OUTCOMES), "bad_field", "invalid_outcome"),
}


class Field:
    """One field: `name:type`, `?` behind it when it may be empty, `!` before it when its value is structural."""

    def __init__(self, spec):
        self.structural = spec.startswith("!")
        self.optional = spec.endswith("?")
        self.name, _, self.type = spec.strip("!?").partition(":")
        self.parse, self.structural_code, self.row_code = TYPES[self.type]

    def value(self, text):
        """(value, right?)"""
        if text == "":
            return None, self.optional
        value = self.parse(text)
        return value, value is not None


class Layout:
    def __init__(self, kind, header, row, trailer):
        self.kind = kind
        self.header = [Field(spec) for spec in header.split()]      # from field 3
        self.row = [Field(spec) for spec in row.split()]            # from field 3
        self.trailer = [Field(spec) for spec in trailer.split()]    # from field 2
        self.names = [field.name for field in self.header]

    def header_place(self, name):
        """The field number of a header field."""
        return self.names.index(name) + 3


LAYOUTS = {layout.kind: layout for layout in [
    Layout("movements",
           "bank:token county:county from:date to:date count:count sum:sum part:part",
           "!serial:token !account:token !name:text? !id_number:text? !date:date !direction:direction !amount:amount"
           " !summary:text !text:text? !reverses:token?",
           "count:count sum:sum"),
    Layout("results",
           "bank:token county:county batch:text month:month count:count sum:sum",
           "id_number:id_number name:text !account:token !amount:amount paid_on:date? code:text text:text?",
           "count:count sum:sum"),
    Layout("payroll",
           "bank:token county:county batch:text month:month count:count sum:sum",
           "id_number:id_number name:text !account:token !amount:amount",
           "count:count sum:sum"),
    Layout("roster",
           "county:county as_of:date count:count",
           "id_number:id_number name:text birth:date? scheme:scheme township:township township_name:text village:text?"
           " status:status benefit_start:date monthly_fen:amount bank:token? account:token? phone:text?"
           " lost_contact:flag employer:text? employer_name:text?",
           "count:count"),
    Layout("confirmations",
           "county:county as_of:date count:count",
           "id_number:id_number name:text? confirmed_on:date method:method source:text?",
           "count:count"),
    Layout("feedback",
           "county:county campaign:campaign township:township count:count",
           "task_id:text? id_number:id_number outcome:outcome verified_on:date method:method verifier:text"
           " verifier_phone:text? death_month:month? note:text?",
           "count:count"),
]}
KINDS = set(LAYOUTS) | {"control"}
