"""Reconciliation of pay batches and payments after death (section 9)."""
import datetime

from . import dates

PAID, RETURNED = "AAAAAAA", "TH"


def reconcile(state, largest_tick):
    """(code, person or None, account, identity, detail) of every finding about batches."""
    findings = []
    for bank in sorted({document.bank for document in state.documents["payroll"]}):
        findings += _Bank(state, bank, largest_tick).findings()
    return findings


class _Bank:
    def __init__(self, state, bank, largest_tick):
        self.state, self.bank, self.largest_tick = state, bank, largest_tick
        self.used = set()
        self.lines = {}             # (month, batch, person, account) -> fen
        self.months = set()         # months with a living payroll
        for document in state.documents["payroll"]:
            if document.bank != bank:
                continue
            self.months.add(document.header["month"])
            for row in document.rows:
                key = (document.header["month"], document.header["batch"], row.id_number, row.account)
                self.lines[key] = self.lines.get(key, 0) + row.amount
        self.results = self._newest_results()

    def _newest_results(self):
        newest = {}
        for document in self.state.documents["results"]:
            if document.bank != self.bank:
                continue
            month = document.header["month"]
            for row in document.rows:
                key = (month, document.header["batch"], row.id_number, row.account)
                order = (row.paid_on or month, row.document, row.line)
                if key not in newest or newest[key][0] < order:
                    newest[key] = (order, row)
        return {key: row for key, (_, row) in newest.items()}

    def _use_payout(self, account, month, amount):
        """Uses the earliest unused payout of the amount, dated in the month or the next."""
        last = dates.month_last(dates.add_months(month, 1))
        for payout in self.state.movements.payouts_of((self.bank, account)):
            if payout.amount == amount and month <= payout.date <= last and id(payout) not in self.used:
                self.used.add(id(payout))
                return True
        return False

    def _matured(self, month):
        """The tick is past the next month's end, and both months are covered."""
        following = dates.add_months(month, 1)
        last = dates.month_last(following)
        return (self.largest_tick is not None and self.largest_tick > last
                and self.state.coverage.covers(self.bank, dates.days(month, last)))

    def _settle(self, month, batch, person, account, expected):
        """(code or None, paid_fen) of one summed payroll line."""
        result = self.results.get((month, batch, person, account))
        if result is None:
            if self._use_payout(account, month, expected):
                return None, expected
            return ("unpaid" if self._matured(month) else None), 0
        if result.code == RETURNED:
            return "returned_payment", 0
        if result.code != PAID:
            return "failed_payment", 0
        self._use_payout(account, month, result.amount)
        return (None if result.amount == expected else "amount_mismatch"), result.amount

    def findings(self):
        found = []
        for (month, batch, person, account), expected in sorted(self.lines.items()):
            code, paid = self._settle(month, batch, person, account, expected)
            if code:
                name = dates.month_name(month)
                found.append((code, person, (self.bank, account), (self.bank, name, batch),
                              {"bank": self.bank, "month": name, "batch": batch,
                               "expected_fen": expected, "paid_fen": paid}))
        return found + self._unexpected()

    def _unexpected(self):
        """Payouts that settle nothing, in their own month; one for each serial."""
        found = {}
        for account, payouts in self.state.movements.payouts.items():
            if account[0] != self.bank:
                continue
            for payout in payouts:
                month = dates.month_first(payout.date)
                if id(payout) in self.used or month not in self.months or not self._matured(month):
                    continue
                name = dates.month_name(month)
                found.setdefault((account, name, payout.serial), (
                    "unexpected_payment", None, account, (self.bank, name, payout.serial),
                    {"bank": self.bank, "on": str(payout.date), "amount_fen": payout.amount}))
        return list(found.values())


def month_of_death(state, person):
    """The first day of the month of death, or None."""
    death = state.evidence.newest_death(person)
    if death and not state.evidence.confirmed_after(person, death.on):
        return death.death_month
    died = [row.as_of for row in state.roster.newest_rows(person) if row.status == "deceased"]
    return dates.month_first(min(died)) if died else None


def paid_after_death(state):
    """(person, account, month name, fen) of payouts in months after the month of death."""
    found = []
    for account in sorted(state.roster.links):
        people = state.roster.people_of(account)
        if len(people) != 1:
            continue
        person = next(iter(people))
        death, by_month = month_of_death(state, person) or datetime.date.max, {}
        for payout in state.movements.payouts_of(account):
            month = dates.month_first(payout.date)
            if month > death:
                name = dates.month_name(month)
                by_month[name] = by_month.get(name, 0) + payout.amount
        found += [(person, account, month, fen) for month, fen in by_month.items()]
    return found
