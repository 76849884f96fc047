"""ID numbers (GB 11643) and the references that stand for people, accounts and serials."""
import hashlib
import hmac

from . import dates

WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
CHECK = "10X98765432"


def check_character(first17):
    return CHECK[sum(int(c) * w for c, w in zip(first17, WEIGHTS)) % 11]


def canonical_id_number(text):
    """The 18-character form of an 18- or 15-character ID number, or None."""
    if len(text) == 15 and set(text) <= dates.DIGITS:
        first17 = text[:6] + "19" + text[6:]
        text = first17 + check_character(first17)
    if len(text) != 18 or not set(text[:17]) <= dates.DIGITS:
        return None
    text = text[:17] + text[17].replace("x", "X")
    if text[17] != check_character(text[:17]) or birth_date(text) is None:
        return None
    return text


def birth_date(id_number):
    return dates.parse_compact(id_number[6:14])


def sex(id_number):
    return "M" if int(id_number[16]) % 2 else "F"


class Refs:
    """References made with one county bureau's key."""

    def __init__(self, key):
        self.key = key
        self._known = {}

    def _ref(self, text):
        if text not in self._known:
            digest = hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()
            self._known[text] = digest[:32]
        return self._known[text]

    def person(self, id_number):
        return self._ref(id_number)

    def account(self, account):
        return self._ref("/".join(account))

    def serial(self, account, serial):
        return self._ref("/".join(account) + "/" + serial)
