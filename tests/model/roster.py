"""The roster as living rows leave it: states, links, and when which row is in force (sections 6 and 7.2)."""
import datetime

ALWAYS = datetime.date.min
FOREVER = datetime.date.max


def row_order(row):
    return (row.as_of, row.document, row.line)


def account_of(row):
    return (row.bank, row.account) if row.account else None


class Roster:
    def __init__(self, documents):
        self.rows = {}              # (person, scheme) -> rows, oldest first
        self.links = {}             # account -> {(person, scheme)}
        self.townships = {}         # township -> the newest resident row that names it
        for document in documents:
            for row in document.rows:
                row.as_of = document.header["as_of"]
                self.rows.setdefault((row.id_number, row.scheme), []).append(row)
        for state, rows in self.rows.items():
            rows.sort(key=row_order)
            for row in rows:
                if row.account:
                    self.links.setdefault(account_of(row), set()).add(state)
                if row.scheme == "resident":
                    named = self.townships.get(row.township)
                    if named is None or row_order(named) < row_order(row):
                        self.townships[row.township] = row
        self.people = {person for person, _ in self.rows}
        self.residents = sorted(person for person, scheme in self.rows if scheme == "resident")
        self._spans = {person: self._force_spans(self.rows[person, "resident"]) for person in self.residents}

    @staticmethod
    def _force_spans(rows):
        """(first, last, row): of rows of one date only the newest is ever in force."""
        newest_of_day = {row.as_of: row for row in rows}        # rows are in order, so the newest stays
        days = sorted(newest_of_day)
        spans = []
        for index, day in enumerate(days):
            first = day if index else ALWAYS
            last = days[index + 1] - datetime.timedelta(days=1) if index + 1 < len(days) else FOREVER
            spans.append((first, last, newest_of_day[day]))
        return spans

    def newest(self, person, scheme="resident"):
        rows = self.rows.get((person, scheme))
        return rows[-1] if rows else None

    def newest_rows(self, person):
        """Of every scheme of the person, its newest row."""
        return [rows[-1] for (who, _), rows in self.rows.items() if who == person]

    def in_force(self, person, day):
        """The resident row in force on a day; the earliest row's is from always."""
        for first, last, row in self._spans.get(person, []):
            if first <= day <= last:
                return row
        return None

    def rows_in_force(self, person, first_day, last_day):
        return [row for first, last, row in self._spans.get(person, []) if first <= last_day and first_day <= last]

    def linked_accounts(self, person):
        """The accounts of the person's resident rows."""
        return {account_of(row) for row in self.rows.get((person, "resident"), []) if row.account}

    def people_of(self, account):
        return {person for person, _ in self.links.get(account, ())}

    def resident_links(self):
        """(account, person) of every link by a resident row."""
        return {(account, person) for account, states in self.links.items()
                for person, scheme in states if scheme == "resident"}
