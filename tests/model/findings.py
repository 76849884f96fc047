"""Exceptions of section 9: row findings, judged once, and ledger findings, which follow the ledger."""
import unicodedata

from . import batches, dates

FINDINGS_MAX = 1000


def exception(code, county, document=None, line=None, person_ref=None, account_ref=None, detail=None):
    return {"code": code, "county": county, "document": document, "line": line,
            "person_ref": person_ref, "account_ref": account_ref, "detail": detail or {}}


class _Once:
    """Row findings of one document: one for each identity, at its first line."""

    def __init__(self, document, refs):
        self.document, self.refs = document, refs
        self.found = {}

    def add(self, code, identity, line, person=None, account=None, detail=None):
        known = self.found.setdefault(code, {})
        if identity not in known or line < known[identity]["line"]:
            known[identity] = exception(
                code, self.document.county, self.document.id, line,
                self.refs.person(person) if person else None,
                self.refs.account(account) if account else None, detail)

    def exceptions(self):
        out = []
        for code, known in self.found.items():
            ordered = sorted(known.values(), key=lambda finding: finding["line"])
            out += ordered[:FINDINGS_MAX]
            if len(ordered) > FINDINGS_MAX:
                out.append(exception(code, self.document.county, self.document.id,
                                     detail={"more": len(ordered) - FINDINGS_MAX}))
        return out


def bare_name(name):
    return "".join(unicodedata.normalize("NFKC", name).split())


def names_differ(name, rows):
    """A name is given and none of the rows has it."""
    return name is not None and bool(rows) and bare_name(name) not in {bare_name(row.name) for row in rows}


def row_findings(document, state, campaigns, refs):
    """What an applied document's rows raise against the ledger with it."""
    found = _Once(document, refs)
    for line, field, code in document.row_errors + document.row_notes:
        found.add(code, line, line, detail={"field": field})
    check = {"movements": _movement, "roster": lambda *_: None}.get(document.kind, _about_person)
    for row in document.rows:
        check(found, row, state, document, campaigns)
    return found.exceptions()


def _movement(found, row, state, _document, _campaigns):
    account = (row.bank, row.account)
    if account not in state.roster.links:
        found.add("unknown_account", account, row.line, account=account)
    newest = [state.roster.newest(person, scheme) for person, scheme in state.roster.links.get(account, ())]
    if names_differ(row.name, newest):
        found.add("name_mismatch", account, row.line, account=account)
    if not row.known_summary:
        found.add("unknown_summary_code", row.summary, row.line, detail={"summary": row.summary})


def _about_person(found, row, state, document, campaigns):
    person = row.id_number
    if person not in state.roster.people:
        found.add("unknown_person", person, row.line, person=person)
    if names_differ(getattr(row, "name", None), state.roster.newest_rows(person)):
        found.add("name_mismatch", person, row.line, person=person)
    if document.kind == "feedback":
        name = document.header["campaign"]
        if name not in campaigns or person not in campaigns[name].tasks:
            found.add("no_task", person, row.line, person=person, detail={"campaign": name})


def ledger_findings(county, state, campaigns, largest_tick, refs):
    """What holds now; `campaigns`: all that stand, the older ones with what they last said."""
    def about(code, detail, person=None, account=None):
        return exception(code, county, None, None, refs.person(person) if person else None,
                         refs.account(account) if account else None, detail)

    roster, out = state.roster, []
    for account in sorted(roster.links):
        people = roster.people_of(account)
        if len(people) > 1:
            out.append(about("owner_mismatch", {"people": len(people)}, account=account))
    for account, serial in sorted(state.movements.conflicting_serials()):
        out.append(about("conflicting_serial", {"serial_ref": refs.serial(account, serial)}, account=account))
    for person in sorted(roster.people):
        if state.age_disputed(person):
            out.append(about("birth_mismatch", {}, person=person))
        death = state.evidence.newest_death(person)
        alive = state.evidence.confirmed_after(person, death.on) if death else []
        if alive:
            out.append(about("alive_after_death", {"on": str(alive[-1].on)}, person=person))
    for (bank, month), (had, everyone) in sorted(state.coverage.thin.items()):
        out.append(about("thin_month", {"bank": bank, "month": dates.month_name(month), "had": had, "all": everyone}))
    for campaign in campaigns:
        out += [about("coverage_gap", detail) for _, detail in campaign.gap_findings]
    for code, person, account, _, detail in batches.reconcile(state, largest_tick):
        out.append(about(code, detail, person=person, account=account))
    for person, account, month, fen in batches.paid_after_death(state):
        out.append(about("paid_after_death", {"bank": account[0], "month": month, "amount_fen": fen},
                         person=person, account=account))
    return out
