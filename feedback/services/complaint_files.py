"""Taking in complaints of files, and taking a file back as far as nobody has begun to work on what it brought."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.keys import hash_key
from customers.models import Customer
from customers.services.people import know_customer
from decisions.selectors.rights import company_zone
from feedback.complaint_files import SEVERITIES, SINK
from feedback.models import Came, Category, Complaint, ComplaintEvent, Happened, Severity, State
from feedback.models.complaints import TEXT
from feedback.models.surveys import SEGMENT
from feedback.selectors.settings import feedback_settings
from feedback.services.from_answers import area_of
from feedback.services.intake import NewComplaint, receive_all
from feedback.services.keeping import mark
from ingest.layouts import Layout
from ingest.models import Import
from ingest.sinks import Fault, Original, Written

# What machines do with a complaint; anything else is somebody's work.
BY_ITSELF = (
    Happened.RECEIVED, Happened.ASSIGNED, Happened.WARNED, Happened.BREACHED, Happened.ESCALATED, Happened.REPEAT,
)  # fmt: skip
TEXTS = ("text", "category", "severity", "customer", "contact", "segment", "number")
_CATEGORIES = """(SELECT lower(called) FROM feedback_category
    CROSS JOIN unnest(ARRAY[code, name, name_zh]) AS called WHERE archived_at IS NULL AND called <> '')"""


@dataclass(frozen=True)
class Row:
    line: int
    day: date
    channel_id: int
    region_id: int
    product_id: int
    text: str
    category: str
    severity: str
    customer: str
    contact: str
    segment: str
    number: str


class ComplaintSink:
    """The sink of files of complaints. They publish no amounts themselves; the complaints that they bring do."""

    code = SINK
    reasons: Mapping[str, str | Promise] = {
        "complaint-no-text": _("“%(column)s” is empty: write what the complaint is about."),
        "complaint-long-text": _(
            "“%(column)s” has %(n)s letters, and at most %(most)s are kept. Shorten it."
        ),
        "complaint-bad-category": _(
            "“%(text)s” in “%(column)s” is no category of complaints that is in use."
        ),
        "complaint-bad-severity": _(
            "“%(text)s” in “%(column)s” is no severity. Write low, normal, high or critical."
        ),
        "complaint-ahead": _("This day is still to come: a complaint cannot lie ahead."),
        "complaint-long-segment": _("“%(column)s” has at most %(most)s letters."),
    }

    def faults(self, *, layout: Layout) -> Sequence[Fault]:
        severities = ", ".join(f"'{word}'" for words in SEVERITIES.values() for word in words.split())
        faults = [
            Fault("complaint-no-text", "t_text = ''", about="text"),
            Fault(
                "complaint-long-text", f"length(t_text) > {TEXT}",
                {"n": "length(t_text)::text", "most": f"'{TEXT}'"}, about="text",
            ),
            Fault("complaint-ahead", f"day > '{timezone.localdate().isoformat()}'::date"),
        ]  # fmt: skip
        if "category" in layout.texts:
            faults.append(
                Fault(
                    "complaint-bad-category", f"t_category <> '' AND lower(t_category) NOT IN {_CATEGORIES}",
                    {"text": "left(t_category, 80)"}, about="category",
                )
            )  # fmt: skip
        if "severity" in layout.texts:
            faults.append(
                Fault(
                    "complaint-bad-severity", f"t_severity <> '' AND lower(t_severity) NOT IN ({severities})",
                    {"text": "left(t_severity, 80)"}, about="severity",
                )
            )  # fmt: skip
        if "segment" in layout.texts:
            faults.append(
                Fault(
                    "complaint-long-segment", f"length(t_segment) > {SEGMENT}", {"most": f"'{SEGMENT}'"},
                    about="segment",
                )
            )  # fmt: skip
        return faults

    def write(
        self,
        *,
        batch: Import,
        typed: str,
        days: Sequence[date],
        lines: str = "",
        foreign: bool = False,
        replace: bool = False,
    ) -> Written:
        """Each as if it had come by form. The same number again, or the same line of a file without numbers, is the same
        complaint, and stays as it is.
        """
        now = timezone.now()
        rows = _rows(typed)
        keys = _keys(rows)
        known = set(Complaint.objects.filter(key__in=keys).values_list("key", flat=True))
        fresh = {key: row for key, row in zip(keys, rows, strict=True) if key not in known}
        customers = _customers(list(fresh.values()), now)
        receive_all(
            news=[_new(row, key, customers.get(row.line), batch, now) for key, row in fresh.items()],
            person=None,
            now=now,
        )
        return Written(corrected=0, unchanged=batch.accepted - len(fresh))

    def take_back(self, *, batch: Import) -> date | None:
        """What somebody has begun to work on stays: it is hers by now."""
        worked = ComplaintEvent.objects.filter(complaint=OuterRef("pk")).exclude(kind__in=BY_ITSELF)
        gone = (
            Complaint.objects.filter(batch=batch, state=State.NEW)
            .exclude(Exists(worked))
            .select_for_update(no_key=True, of=("self",))
        )
        rows = list(gone)
        mark(rows)
        Complaint.objects.filter(pk__in=[row.pk for row in rows]).delete()
        return None

    def originals(self, *, batch: Import, most: int) -> list[Original]:
        return []


def _rows(typed: str) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {typed} LIMIT 0")
        carried = {column.name for column in cursor.description}
        texts = ", ".join(f"t_{name}" if f"t_{name}" in carried else "''" for name in TEXTS)
        cursor.execute(
            f"SELECT line, day, channel_id, region_id, product_id, {texts} FROM {typed} ORDER BY line"
        )
        return [Row(*row) for row in cursor.fetchall()]


def _keys(rows: Sequence[Row]) -> list[str]:
    """By its number, else by all that the line says and which of its like it is."""
    seen: Counter[str] = Counter()
    keys = []
    for row in rows:
        if row.number:
            said = f"n{row.number.casefold()}"
        else:
            said = "\x1f".join(
                map(
                    str,
                    (
                        row.day,
                        row.channel_id,
                        row.region_id,
                        row.product_id,
                        row.customer,
                        row.contact,
                        row.text,
                    ),
                )
            )
        mark_of = hashlib.sha256(said.encode()).hexdigest()[:40]
        # A number names one complaint; lines that say the same without one are as many as they are.
        turn = 0 if row.number else seen[mark_of]
        seen[mark_of] += 1
        keys.append(f"file:{mark_of}:{turn}")
    return keys


def _customers(rows: Sequence[Row], now: datetime) -> dict[int, Customer]:
    """By line. In the order of their hashes, so that two files at once do not wait for each other."""
    told = [
        (hash_key(row.customer or row.contact), row) for row in rows if (row.customer or row.contact).strip()
    ]
    found: dict[int, Customer] = {}
    for _hash, row in sorted(told, key=lambda one: (one[0], one[1].line)):
        email, phone = (row.contact, "") if "@" in row.contact else ("", row.contact)
        customer = know_customer(key=row.customer, phone=phone, email=email, now=now)
        if customer is not None:
            found[row.line] = customer
    return found


_SEVERITY = {word: level for level, words in SEVERITIES.items() for word in words.split()}


def _new(row: Row, key: str, customer: Customer | None, batch: Import, now: datetime) -> NewComplaint:
    return NewComplaint(
        came=Came.FILE,
        scope=area_of(row),
        category=_category(row.category),
        severity=_SEVERITY.get(row.severity.casefold(), Severity.NORMAL.value),
        text=row.text,
        customer=customer,
        segment=row.segment,
        key=key,
        received_at=_received(row.day, now),
        batch=batch,
    )


def _received(day: date, now: datetime) -> datetime:
    """A file knows no hours: what came in today came in now, and what came in before, when that day began to work."""
    zone = company_zone()
    if day >= now.astimezone(zone).date():
        return now
    opens: time = feedback_settings().opens
    return datetime.combine(day, opens, zone)


def _category(said: str) -> Category:
    in_use = list(Category.objects.filter(archived_at__isnull=True))
    called = {name.casefold(): one for one in in_use for name in (one.name_zh, one.name, one.code) if name}
    return called.get(said.casefold()) or called.get("other") or in_use[-1]
