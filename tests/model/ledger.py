"""Messages to whole documents, and documents to what stands (sections 3, 4 and 8), one county at a time."""
import datetime

from . import dates, documents, entitlements, findings, identity, rules
from .roster import row_order
from .tasks import Campaign

CURRENT_CAMPAIGNS = 2
WAIT = datetime.timedelta(hours=24)


def receipt(document, status, numbers=None):
    value = {"document": document.id, "name": document.name, "kind": document.kind, "layout": document.layout,
             "bank": document.bank, "county": document.county, "status": status, "code": None,
             "lines": None, "amount_fen": None, "rows_rejected": None, "matched": None, "unmatched": None, "errors": []}
    value.update(numbers or {})
    if status == "rejected":
        value["code"] = document.errors[0][2]
        value["errors"] = [{"line": line, "field": field, "code": code} for line, field, code in document.errors]
    return value


class County:
    """The ledger of one county."""

    def __init__(self, code, refs, settings):
        self.code, self.refs, self.settings = code, refs, settings
        self.accepted, self.dead = set(), set()
        self.living, self.arrivals = [], {}
        self.campaigns = {}             # name -> Campaign, oldest first
        self.largest_tick = None
        self.row_findings = []
        self.state = rules.State([], settings)

    def newest_campaign(self):
        return list(self.campaigns.values())[-1] if self.campaigns else None

    def oldest_kept(self):
        newest = self.newest_campaign()
        return dates.add_months(newest.as_of, -12 * self.settings.retention_years) if newest else None

    def apply(self, document, arrival, log_date):
        """Takes an identified document; returns [(arrival it concerns, receipt)]."""
        if document.identity in self.accepted:
            return self._finish([(arrival, receipt(document, "duplicate"))], document)
        if document.kind == "control":
            newest = self.newest_campaign()
            documents.read_control(document, newest.as_of if newest else None)
        else:
            documents.read_document(document, self.refs, self.oldest_kept(), log_date)
        if document.errors:
            return [(arrival, receipt(document, "rejected"))]
        if document.identity in self.dead:
            return self._finish([(arrival, receipt(document, "superseded"))], document)
        self.accepted.add(document.identity)
        if document.kind == "control":
            self._control(document.header)
            return self._finish([(arrival, receipt(document, "accepted"))], document)
        self.living.append(document)
        self.arrivals[document.identity] = arrival
        return self._finish([(arrival, None)], document)

    def _finish(self, receipts, document):
        """Kills what the document supersedes, judges, and writes the receipts."""
        killed = self._supersede(document)
        self._judge()
        if receipts[0][1] is None:
            receipts = [(receipts[0][0], receipt(document, "accepted", self._numbers(document)))]
            self.row_findings += findings.row_findings(document, self.state, self.campaigns, self.refs)
        return receipts + [(self.arrivals[dead.identity], receipt(dead, "superseded")) for dead in killed]

    def _supersede(self, document):
        if document.supersedes is None or document.kind == "control":
            return []
        target = (document.supersedes, document.kind, document.county, document.bank)
        self.dead.add(target)
        killed = [living for living in self.living if living.identity == target]
        self.living = [living for living in self.living if living.identity != target]
        return killed

    def _numbers(self, document):
        if document.kind == "movements":
            matched = sum((row.bank, row.account) in self.state.roster.links for row in document.rows)
        else:
            matched = sum(row.id_number in self.state.roster.people for row in document.rows)
        return {"lines": document.lines, "amount_fen": document.amount_fen,
                "rows_rejected": len(document.row_errors),
                "matched": matched, "unmatched": len(document.rows) - matched}

    def _control(self, header):
        if header["action"] == "tick":
            self.largest_tick = max(self.largest_tick or header["date"], header["date"])
            self._drop_old()
            return
        campaign = self.campaigns.get(header["campaign"])
        if campaign is None:
            self.campaigns[header["campaign"]] = Campaign(self.code, header, self.refs)
        else:
            campaign.opened_on = min(campaign.opened_on, header["opened_on"])

    def _judge(self):
        self.state = rules.State(self.living, self.settings, self.state)
        current = list(self.campaigns.values())[-CURRENT_CAMPAIGNS:]
        for campaign in current:
            campaign.revise(self.state, campaign is current[-1], self.largest_tick)

    def _drop_old(self):
        """The tick drops campaigns and rows that retention does not keep."""
        oldest = self.oldest_kept()
        if oldest is None:
            return
        for name in [name for name, campaign in self.campaigns.items() if campaign.as_of < oldest]:
            del self.campaigns[name]
        kept = self._newest_of_each()
        for document in self.living:
            old = [row for row in document.rows if date_of(document, row) < oldest and id(row) not in kept]
            if old:
                document.rows = [row for row in document.rows if row not in old]
                self.state = rules.State([], self.settings)     # nothing computed before may stand

    def _newest_of_each(self):
        """A scheme's newest roster row, and a person's newest evidence of each kind, are always kept."""
        newest = {}
        for document in self.living:
            for row in document.rows:
                if document.kind == "roster":
                    key, order = (row.id_number, row.scheme), row_order(row)
                elif document.kind in ("confirmations", "feedback"):
                    key = (row.id_number, document.kind, getattr(row, "outcome", None))
                    order = (date_of(document, row), row.document, row.line)
                else:
                    continue
                if key not in newest or newest[key][0] < order:
                    newest[key] = (order, id(row))
        return {place for _, place in newest.values()}

    def result(self):
        campaigns = list(self.campaigns.values())
        tasks = [task for campaign in campaigns for task in campaign.tasks.values()]
        return {
            "row_findings": self.row_findings,
            "ledger_findings": findings.ledger_findings(self.code, self.state, campaigns, self.largest_tick, self.refs),
            "campaigns": [{"county": self.code, "campaign": c.name, "as_of": str(c.as_of),
                           "opened_on": str(c.opened_on), "due": str(c.due)} for c in campaigns],
            "tasks": {task["task_id"]: task for task in tasks if task["status"] != "cancelled"},
            "cancelled_tasks": {task["task_id"]: task for task in tasks if task["status"] == "cancelled"},
            "lists": {"%s/%s/%s" % (c.name, self.code, township): record
                      for c in campaigns for township, record in c.lists.items()},
            "entitlements": entitlements.entitlements(self.code, self.state, self.newest_campaign(), self.refs),
            "account_silence": entitlements.account_silence(self.code, self.state, self.largest_tick, self.refs)}


def date_of(document, row):
    for name in ("date", "confirmed_on", "verified_on"):
        if hasattr(row, name):
            return getattr(row, name)
    return document.header.get("as_of") or dates.month_last(document.header["month"])


class Waiting:
    """Chunks of one (sha256, n) that is not whole yet."""

    def __init__(self, first_time):
        self.chunks = {}                # k -> (name, headers, value)
        self.first_time = first_time


class Intake:
    """Applies messages in order; a message is (name, headers, value, log_time or None, message key or None)."""

    def __init__(self, key, settings):
        self.refs, self.settings = identity.Refs(key), settings
        self.counties = {}
        self.waiting, self.completed = {}, set()
        self.arrivals, self.receipts = [], []
        self.log_time = None

    def message(self, name, headers, value, log_time=None, key=None):
        if log_time is not None:
            self.log_time = max(self.log_time or log_time, log_time)
        chunk = documents.parse_chunk(headers.get("chunk", "1/1"))
        if chunk is None or chunk[1] == 1 or not documents.is_hash(headers.get("sha256", "")):
            self._document(name, headers, value, key)
            return
        self._chunk(name, headers, value, key, chunk)

    def _chunk(self, name, headers, value, key, chunk):
        k, n = chunk
        sha256 = headers["sha256"]
        if (key, sha256) in self.completed:
            return
        waiting = self.waiting.setdefault((key, sha256, n), Waiting(self.log_time))
        waiting.chunks.setdefault(k, (name, headers, value))
        if len(waiting.chunks) < n:
            return
        del self.waiting[key, sha256, n]
        name, headers, _ = waiting.chunks[1]
        whole = b"".join(waiting.chunks[place][2] for place in range(1, n + 1))
        if self._document(name, headers, whole, key) != "rejected":
            self.completed.add((key, sha256))

    def _document(self, name, headers, value, key):
        document = documents.open_document(name, headers, value, key)
        arrival = len(self.arrivals)
        self.arrivals.append({"document": document.id, "name": document.name, "history": []})
        if document.errors:
            receipts = [(arrival, receipt(document, "rejected"))]
        else:
            county = self.county(document.county)
            log_date = self.log_time.date() if self.settings.kafka and self.log_time else None
            receipts = county.apply(document, arrival, log_date)
        for concerned, value_ in receipts:
            self.receipts.append(value_)
            self.arrivals[concerned]["history"].append(value_["status"])
            if concerned == arrival and "receipt" not in self.arrivals[arrival]:
                self.arrivals[arrival]["receipt"] = value_
        return receipts[0][1]["status"]

    def county(self, code):
        if code not in self.counties:
            self.counties[code] = County(code, self.refs, self.settings)
        return self.counties[code]

    def incomplete(self):
        """Findings of documents that were not whole 24 hours after their first chunk."""
        out = []
        for (key, sha256, n), waiting in sorted(self.waiting.items(), key=str):
            if waiting.first_time is not None and self.log_time - waiting.first_time >= WAIT:
                county = key or next(iter(waiting.chunks.values()))[1].get("county")
                out.append(findings.exception("incomplete_document", county, document=sha256,
                                              detail={"have": len(waiting.chunks), "chunks": n}))
        return out

    def result(self):
        total = {"arrivals": self.arrivals, "receipts": self.receipts, "row_findings": [],
                 "ledger_findings": self.incomplete(), "campaigns": [], "tasks": {}, "cancelled_tasks": {},
                 "lists": {}, "entitlements": {}, "account_silence": {}}
        for code in sorted(self.counties, key=str):
            for part, value in self.counties[code].result().items():
                total[part] = {**total[part], **value} if isinstance(value, dict) else total[part] + value
        return total
