"""Confirmations and feedback of living documents, by person."""


def by_date(evidence):
    return (evidence.on, evidence.document, evidence.line)


class Evidence:
    """`confirmed` holds confirmations and `alive` feedback; `feedback` all feedback rows; both in order."""

    def __init__(self, confirmation_documents, feedback_documents):
        self.confirmed, self.feedback = {}, {}
        for document in confirmation_documents:
            for row in document.rows:
                row.on, row.source_kind = row.confirmed_on, "confirmation"
                self.confirmed.setdefault(row.id_number, []).append(row)
        for document in feedback_documents:
            for row in document.rows:
                row.on, row.source_kind, row.campaign = row.verified_on, "feedback", document.header["campaign"]
                self.feedback.setdefault(row.id_number, []).append(row)
                if row.outcome == "alive":
                    self.confirmed.setdefault(row.id_number, []).append(row)
        for rows in [*self.confirmed.values(), *self.feedback.values()]:
            rows.sort(key=by_date)

    def confirmations(self, person):
        return self.confirmed.get(person, [])

    def feedback_of(self, person, outcome=None):
        return [row for row in self.feedback.get(person, []) if outcome in (None, row.outcome)]

    def newest_death(self, person):
        """The newest `deceased` feedback, or None."""
        deaths = self.feedback_of(person, "deceased")
        return deaths[-1] if deaths else None

    def confirmed_after(self, person, day):
        return [row for row in self.confirmations(person) if row.on > day]
