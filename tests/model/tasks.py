"""One campaign's tasks and list records as they stand (sections 8 and 9), revision left out."""
from . import dates, identity
from .rules import REASONS

STATUSES = ["open", "resolved", "overdue", "cancelled"]
NAMES = ("name", "township", "township_name", "village", "phone")
ALL = "all"


class Campaign:
    def __init__(self, county, header, refs):
        self.county, self.refs = county, refs
        self.name, self.as_of = header["campaign"], header["as_of"]
        self.opened_on = header["opened_on"]
        self.tasks = {}             # person -> task
        self.townships = {}         # township that ever had a record -> its last name
        self.lists = {}             # township -> record
        self.gap_findings = []      # coverage_gap: (bank, detail)

    @property
    def due(self):
        return dates.add_months(self.opened_on, 1)

    def task_id(self, person):
        return "%s-%s-%s" % (self.name, self.county, self.refs.person(person))

    def revise(self, state, is_newest, largest_tick):
        """Brings tasks and lists to what the ledger says now; only the newest campaign gets new tasks."""
        for person in sorted(set(state.roster.residents) | set(self.tasks)):
            task = self._task(state, person, largest_tick)
            if person in self.tasks or (is_newest and task["status"] != "cancelled"):
                self.tasks[person] = task
        self._revise_lists(state)

    def resolution(self, state, person):
        """(outcome, method, on) or None."""
        evidence = state.evidence
        own = [row for row in evidence.feedback_of(person) if row.campaign == self.name]
        deaths = [row for row in evidence.feedback_of(person, "deceased") if row.on >= self.as_of]
        confirmed = [row for row in evidence.confirmations(person) if row.on >= self.as_of]
        if own:
            return own[-1].outcome, own[-1].method, own[-1].on
        if deaths:
            return "deceased", deaths[-1].method, deaths[-1].on
        if confirmed:
            return "alive", confirmed[0].method, confirmed[0].on
        return None

    def _status(self, state, person, reasons, resolution, largest_tick):
        newest = state.roster.newest(person)
        if not reasons:
            return "cancelled"
        if resolution:
            return "resolved"
        if newest.status != "receiving":
            return "cancelled"
        if largest_tick is not None and largest_tick > self.due:
            return "overdue"
        return "open"

    def _names(self, state, person):
        newest = state.roster.newest(person)
        if newest is None:
            return {name: self.tasks[person][name] for name in NAMES}
        return {name: getattr(newest, name) for name in NAMES}

    def _task(self, state, person, largest_tick):
        window = dates.window(self.as_of)
        reasons = state.reasons(person, self.as_of)
        resolution = self.resolution(state, person)
        status = self._status(state, person, reasons, resolution, largest_tick)
        if status == "cancelled":
            reasons = []
        names = self._names(state, person)
        last = state.last_withdrawal(state.roster.linked_accounts(person), self.as_of)
        confirmed = state.last_confirmed(person, self.as_of)
        birth = identity.birth_date(person)
        return {
            "task_id": self.task_id(person), "campaign": self.name, "scheme": "resident", "county": self.county,
            "township": names["township"], "township_name": names["township_name"], "village": names["village"],
            "person_ref": self.refs.person(person), "id_number": person, "name": names["name"],
            "sex": identity.sex(person), "birth": str(birth), "age": dates.age(birth, self.as_of),
            "age_disputed": state.age_disputed(person), "phone": names["phone"],
            "accounts": [{"bank": bank, "account": account}
                         for bank, account in sorted(state.counting_accounts(person, window))],
            "reasons": reasons,
            "priority": "high" if "no_withdrawal" in reasons and len(reasons) > 1 else "normal",
            "last_withdrawal": str(last) if last else None,
            "silent_months": dates.whole_months(last, self.as_of) if last else None,
            "last_confirmed": str(confirmed) if confirmed else None,
            "as_of": str(self.as_of), "due": str(self.due), "status": status,
            "resolution": self._resolution_value(resolution)}

    def _resolution_value(self, resolution):
        if resolution is None:
            return None
        outcome, method, on = resolution
        return {"outcome": outcome, "method": method, "on": str(on), "late": on > self.due}

    def _revise_lists(self, state):
        roster = state.roster
        for person in roster.residents:
            self.townships.setdefault(roster.newest(person).township, None)
        for township in self.townships:
            if township in roster.townships:
                self.townships[township] = roster.townships[township].township_name
        unknown = [person for person in roster.residents if state.is_unknown(person, self.as_of)]
        gaps = state.gaps(self.as_of)
        self.lists = {township: self._list(township, name, state, unknown, gaps)
                      for township, name in [*self.townships.items(), (ALL, None)]}
        self.gap_findings = self._gap_findings(state, unknown, gaps)

    def _list(self, township, name, state, unknown, gaps):
        tasks = [task for task in self.tasks.values() if township in (ALL, task["township"])]
        there = [person for person in unknown if township in (ALL, state.roster.newest(person).township)]
        gap_values = gap_records(gaps)
        return {
            "campaign": self.name, "scheme": "resident", "county": self.county, "township": township,
            "township_name": name, "as_of": str(self.as_of), "due": str(self.due),
            "tasks": sum(task["status"] != "cancelled" for task in tasks),
            "by_reason": {reason: sum(reason in task["reasons"] for task in tasks) for reason in REASONS},
            "by_status": {status: sum(task["status"] == status for task in tasks) for status in STATUSES},
            "unknown_people": len(there),
            "coverage": {"complete": not gap_values, "gaps": gap_values}}

    def _gap_findings(self, state, unknown, gaps):
        findings, window = [], dates.window(self.as_of)
        for bank, runs in gaps.items():
            people = sum(any(account[0] == bank for account in state.counting_accounts(person, window))
                         for person in unknown)
            if people:
                findings.append((bank, {"bank": bank, "campaign": self.name, "gaps": gap_records({bank: runs}),
                                        "people": people}))
        return findings


def gap_records(gaps):
    return [{"bank": bank, "from": str(first), "to": str(last)} for bank, runs in gaps.items() for first, last in runs]
