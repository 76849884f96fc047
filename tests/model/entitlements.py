"""Entitlements and the silence of accounts as they stand (section 9)."""
import datetime

from . import dates

PENDING = ("lost_contact", "imprisoned", "other")


def entitlement(state, person, scheme, newest_task):
    """(state, because, on), or None: the first that holds."""
    row = state.roster.newest(person, scheme)
    if row.status in ("deceased", "ended"):
        return "lost", "roster", row.as_of
    newest = newest_evidence(state, person)
    outcome = getattr(newest, "outcome", None)
    if outcome == "deceased":
        return "lost", "feedback", newest.on
    if outcome in PENDING:
        return "pending", "feedback", newest.on
    if scheme == "resident" and newest_task and newest_task["status"] in ("open", "overdue"):
        return "pending", "task", newest_task["as_of"]
    confirmed = [(row.on, row.source_kind == "feedback") for row in state.evidence.confirmations(person)]
    if confirmed:
        on, by_feedback = max(confirmed)
        return "qualified", "feedback" if by_feedback else "confirmation", on
    return None


def newest_evidence(state, person):
    """The newest feedback or confirmation; on one day feedback is the newer."""
    rows = state.evidence.feedback_of(person) + state.evidence.confirmations(person)
    return max(rows, key=lambda row: (row.on, row.source_kind == "feedback", row.document, row.line), default=None)


def entitlements(county, state, campaign, refs):
    """key -> value for every (scheme, person) of the roster that has one."""
    values = {}
    for person, scheme in state.roster.rows:
        task = campaign.tasks.get(person) if campaign else None
        found = entitlement(state, person, scheme, task)
        if found:
            ref = refs.person(person)
            values["%s/%s/%s" % (county, scheme, ref)] = {
                "person_ref": ref, "id_number": person, "county": county, "scheme": scheme,
                "state": found[0], "because": found[1], "on": str(found[2])}
    return values


def silence_as_of(largest_tick):
    """The newest first of a month whose 6th is not after the tick."""
    first = dates.month_first(largest_tick)
    return first if largest_tick.day >= 6 else dates.add_months(first, -1)


def account_silence(county, state, largest_tick, refs):
    """key -> value for every (account, person) link of the scheme `resident`."""
    values = {}
    if largest_tick is None:
        return values
    as_of = silence_as_of(largest_tick)
    for account, person in state.roster.resident_links():
        last = state.last_withdrawal([account], datetime.date.max)
        if last is not None and last >= as_of:
            verdict, months = "active", 0
        else:
            verdict = state.verdict(person, dates.window(as_of), only=account)
            months = dates.whole_months(last, as_of) if last else None
        account_ref, person_ref = refs.account(account), refs.person(person)
        values["%s/%s/%s" % (county, account_ref, person_ref)] = {
            "account_ref": account_ref, "person_ref": person_ref, "county": county, "bank": account[0],
            "verdict": verdict, "as_of": str(as_of), "last_withdrawal": str(last) if last else None,
            "silent_months": months}
    return values
