"""Movements of living documents: equal ones are one, and reversals take what they reverse (6, 7.2)."""

REVERSAL_DAYS = 92


def place(movement):
    """The order of ties: (date, document id, line)."""
    return (movement.date, movement.document, movement.line)


class Movements:
    def __init__(self, documents):
        equals = {}
        for document in documents:
            for row in document.rows:
                same = (row.bank, row.account, row.serial, row.date, row.direction, row.amount,
                        row.movement_class, row.reverses)
                kept = equals.get(same)
                if kept is None or (row.document, row.line) < (kept.document, kept.line):
                    equals[same] = row
        self.of_account = {}
        for movement in equals.values():
            self.of_account.setdefault((movement.bank, movement.account), []).append(movement)
        self.taken = set()
        self.withdrawals, self.payouts = {}, {}
        for account, movements in self.of_account.items():
            movements.sort(key=place)
            self._take_back(movements)
            self.withdrawals[account] = [m.date for m in self._standing(movements, "withdrawal")]
            self.payouts[account] = self._standing(movements, "payout")

    def _standing(self, movements, movement_class):
        return [m for m in movements if m.movement_class == movement_class and id(m) not in self.taken]

    def _take_back(self, movements):
        """Each reversal, in order, takes the latest fitting movement that is not yet taken."""
        for reversal in movements:
            if reversal.movement_class != "reversal":
                continue
            fitting = [m for m in movements
                       if m.amount == reversal.amount and m.direction != reversal.direction
                       and 0 <= (reversal.date - m.date).days <= REVERSAL_DAYS
                       and (reversal.reverses is None or m.serial == reversal.reverses)
                       and id(m) not in self.taken]
            if fitting:
                self.taken.add(id(fitting[-1]))

    def withdrawal_dates(self, account):
        return self.withdrawals.get(account, [])

    def payouts_of(self, account):
        return self.payouts.get(account, [])

    def conflicting_serials(self):
        """(account, serial) that distinct movements share."""
        seen, conflicts = set(), set()
        for account, movements in self.of_account.items():
            for movement in movements:
                key = (account, movement.serial)
                (conflicts if key in seen else seen).add(key)
        return conflicts
