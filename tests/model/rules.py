"""Who is silent and who is on the list (section 7), asked of one state of the ledger."""
import datetime

from . import dates, identity
from .coverage import Coverage
from .evidence import Evidence
from .movements import Movements
from .roster import Roster, account_of

REASONS = ["no_withdrawal", "age_80", "lost_contact"]


class Settings:
    def __init__(self, skip_confirmed=False, retention_years=3, min_payout_share=50, kafka=False):
        self.skip_confirmed = skip_confirmed            # [campaign] skip_confirmed
        self.retention_years = retention_years          # [campaign] retention_years
        self.min_payout_share = min_payout_share        # [coverage] min_payout_share
        self.kafka = kafka                              # `to` is judged against the log date


class State:
    """Everything that the living documents of one county say."""

    def __init__(self, documents, settings, before=None):
        """`before`: an earlier state, whose parts stand where their documents are the same."""
        self.settings = settings
        self.documents = {kind: [d for d in documents if d.kind == kind]
                          for kind in ("movements", "results", "payroll", "roster", "confirmations", "feedback")}

        def same(*kinds):
            return before is not None and all(before.documents[kind] == self.documents[kind] for kind in kinds)

        def of(kind):
            return self.documents[kind]

        self.roster = before.roster if same("roster") else Roster(of("roster"))
        self.movements = before.movements if same("movements") else Movements(of("movements"))
        self.evidence = (before.evidence if same("confirmations", "feedback")
                         else Evidence(of("confirmations"), of("feedback")))
        self.coverage = (before.coverage if same("roster", "movements")
                         else Coverage(of("movements"), self.roster, self.movements, settings.min_payout_share))

    # 7.2

    def counting_accounts(self, person, window):
        """Linked accounts in force on some day of the window, and those with a payout in it."""
        counting = {account_of(row) for row in self.roster.rows_in_force(person, window[0], window[-1]) if row.account}
        for account in self.roster.linked_accounts(person):
            if any(window[0] <= payout.date <= window[-1] for payout in self.movements.payouts_of(account)):
                counting.add(account)
        return counting

    def verdict(self, person, window, only=None):
        """`active`, `silent` or `unknown`; of one account alone with `only`."""
        linked, counting = self.roster.linked_accounts(person), self.counting_accounts(person, window)
        if only is not None:
            linked, counting = {only}, counting & {only}
        withdrawn = [day for account in linked for day in self.movements.withdrawal_dates(account)]
        if any(window[0] <= day <= window[-1] for day in withdrawn):
            return "active"
        if counting and all(self.coverage.covers(bank, window) for bank in {bank for bank, _ in counting}):
            return "silent"
        return "unknown"

    def last_withdrawal(self, accounts, before):
        days = [day for account in accounts for day in self.movements.withdrawal_dates(account) if day < before]
        return max(days, default=None)

    def last_confirmed(self, person, before):
        return max((row.on for row in self.evidence.confirmations(person) if row.on < before), default=None)

    # 7.1

    def age_disputed(self, person):
        newest = self.roster.newest(person)
        return bool(newest and newest.birth and newest.birth != identity.birth_date(person))

    def is_80(self, person, as_of):
        births = [identity.birth_date(person)]
        if self.age_disputed(person):
            births.append(self.roster.newest(person).birth)
        return any(dates.age(birth, as_of) >= 80 for birth in births)

    # 7.3

    def considered(self, person, as_of):
        """The row in force on `as_of` if the person may have reasons at all, else None."""
        row = self.roster.in_force(person, as_of)
        if row is None or row.status != "receiving" or self._known_dead(person, as_of):
            return None
        if self.settings.skip_confirmed:
            first = dates.window(as_of)[0]
            if any(first <= confirmation.on < as_of for confirmation in self.evidence.confirmations(person)):
                return None
        return row

    def _known_dead(self, person, as_of):
        deaths = [row.on for row in self.evidence.feedback_of(person, "deceased") if row.on < as_of]
        confirmed = [row.on for row in self.evidence.confirmations(person) if row.on < as_of]
        return bool(deaths) and max(deaths) >= max(confirmed, default=datetime.date.min)

    def is_lost(self, person, as_of):
        says = {}                                               # date -> lost?
        for row in self.roster.rows.get((person, "resident"), []):
            if row.as_of <= as_of:
                says[row.as_of] = row.lost_contact == "1"       # of one date only the newest speaks
        for row in self.evidence.feedback_of(person, "lost_contact"):
            if row.on < as_of:
                says[row.on] = True
        if not says or not says[max(says)]:
            return False
        return not any(max(says) < row.on < as_of for row in self.evidence.confirmations(person))

    def reasons(self, person, as_of):
        row = self.considered(person, as_of)
        if row is None:
            return []
        window = dates.window(as_of)
        holds = {"no_withdrawal": row.benefit_start <= window[0] and self.verdict(person, window) == "silent",
                 "age_80": self.is_80(person, as_of),
                 "lost_contact": self.is_lost(person, as_of)}
        return [reason for reason in REASONS if holds[reason]]

    def is_unknown(self, person, as_of):
        """Would be `no_withdrawal` if the `unknown` verdict were `silent`."""
        row, window = self.considered(person, as_of), dates.window(as_of)
        return row is not None and row.benefit_start <= window[0] and self.verdict(person, window) == "unknown"

    def gaps(self, as_of):
        """bank -> gaps in the window, of banks with counting accounts of people who receive."""
        window, banks = dates.window(as_of), set()
        for person in self.roster.residents:
            if self.roster.in_force(person, as_of).status == "receiving":
                banks |= {bank for bank, _ in self.counting_accounts(person, window)}
        gaps = {bank: self.coverage.gaps(bank, window) for bank in sorted(banks)}
        return {bank: runs for bank, runs in gaps.items() if runs}
