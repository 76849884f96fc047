"""The days for which a bank's movements are known to be complete (7.2)."""
from . import dates


class Coverage:
    def __init__(self, documents, roster, movements, min_payout_share):
        self.declared = {}          # bank -> days that living documents cover
        for bank, first, last in self._complete_periods(documents):
            self.declared.setdefault(bank, set()).update(dates.days(first, last))
        self.thin = {}              # (bank, first of month) -> (had, all)
        self.covered = {}
        for bank, declared in self.declared.items():
            for month in {dates.month_first(day) for day in declared}:
                had, everyone = self._payout_share(bank, month, roster, movements)
                if had * 100 < min_payout_share * everyone:
                    self.thin[bank, month] = (had, everyone)
            self.covered[bank] = {day for day in declared if (bank, dates.month_first(day)) not in self.thin}

    @staticmethod
    def _complete_periods(documents):
        """(bank, from, to); of documents k/n only where all n parts live."""
        periods, parts = set(), {}
        for document in documents:
            header = document.header
            period = (document.bank, header["from"], header["to"])
            k, n = header.get("part") or (1, 1)
            parts.setdefault((period, n), set()).add(k)
        for (period, n), there in parts.items():
            if len(there) == n:
                periods.add(period)
        return periods

    @staticmethod
    def _payout_share(bank, month, roster, movements):
        """Of the accounts that should have had a payout in the month, how many had, and how many there are."""
        last = dates.month_last(month)
        expected = set()
        for person in roster.residents:
            row = roster.in_force(person, last)
            if row.account and row.bank == bank and row.status == "receiving" and row.benefit_start <= last:
                expected.add((row.bank, row.account))
        had = {account for account in expected
               if any(month <= payout.date <= last for payout in movements.payouts_of(account))}
        return len(had), len(expected)

    def covers(self, bank, days):
        covered = self.covered.get(bank, set())
        return all(day in covered for day in days)

    def gaps(self, bank, days):
        """Runs of days, both ends included, that are not covered; days are consecutive."""
        covered, runs = self.covered.get(bank, set()), []
        for index, day in enumerate(days):
            if day in covered:
                continue
            if runs and index and runs[-1][1] == days[index - 1]:
                runs[-1][1] = day
            else:
                runs.append([day, day])
        return runs
