"""Civil dates of UTC+8, as section 2 of the contract has them."""
import calendar
import datetime
import functools

FIRST_YEAR, LAST_YEAR = 1900, 2199
DIGITS = set("0123456789")


def _civil(year, month, day):
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None


@functools.lru_cache(maxsize=None)
def parse_compact(text):
    """`YYYYMMDD`, or None."""
    if len(text) != 8 or not set(text) <= DIGITS:
        return None
    return _civil(int(text[:4]), int(text[4:6]), int(text[6:]))


def parse_month(text):
    """`YYYYMM` as the first day of that month, or None."""
    if len(text) != 6 or not set(text) <= DIGITS:
        return None
    return _civil(int(text[:4]), int(text[4:]), 1)


def parse_iso(text):
    """`YYYY-MM-DD`, or None."""
    if not isinstance(text, str) or len(text) != 10 or text[4] != "-" or text[7] != "-":
        return None
    return parse_compact(text[:4] + text[5:7] + text[8:])


def add_months(day, months):
    """Keeps the day of the month, clamped to the month's last day."""
    place = day.year * 12 + day.month - 1 + months
    year, month = divmod(place, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return datetime.date(year, month + 1, min(day.day, last))


def month_name(day):
    return day.strftime("%Y-%m")


def month_first(day):
    return day.replace(day=1)


def month_last(day):
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def days(first, last):
    """Every day from first to last, both included."""
    return [datetime.date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]


@functools.lru_cache(maxsize=None)
def window(as_of):
    """The days d with add_months(as_of, -6) <= d < as_of, in order."""
    return tuple(days(add_months(as_of, -6), as_of - datetime.timedelta(days=1)))


def age(birth, as_of):
    """Completed years; the birthday counts; 29 February turns on 1 March in common years."""
    return as_of.year - birth.year - ((as_of.month, as_of.day) < (birth.month, birth.day))


def whole_months(since, as_of):
    """The largest n with add_months(since, n) <= as_of."""
    count = (as_of.year - since.year) * 12 + as_of.month - since.month
    return count if add_months(since, count) <= as_of else count - 1
