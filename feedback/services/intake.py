"""Complaints coming in: by form, program, file, or as an answer with a low score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils.translation import gettext as _

from customers.models import Customer
from decisions.selectors.rights import today_of
from feedback.models import Answer, Came, Category, Complaint, FeedbackSettings, Happened, Severity
from feedback.services.assigning import pick, say_whose
from feedback.services.due import Terms, set_clocks, terms
from feedback.services.keeping import checked, happened, line_up, mark, note_down
from feedback.services.telling import ASSIGNED, Told, tell
from ingest.models import Import
from organization.gate import Action, can
from organization.models import DIMENSIONS, Dimension, Person, Scope
from organization.services import Refused, ensure_scope

SEGMENT = 60
AREAS = (Dimension.CHANNEL, Dimension.REGION, Dimension.PRODUCT)  # what a complaint can be of


@dataclass(frozen=True)
class NewComplaint:
    """`key` names it where it may be sent twice; `received_at` is now unless it came in before."""

    came: Came
    scope: Scope
    category: Category
    severity: int
    text: str
    customer: Customer | None = None
    segment: str = ""
    answer: Answer | None = None
    key: str | None = None
    received_at: datetime | None = None
    batch: Import | None = None


@transaction.atomic
def receive(*, new: NewComplaint, person: Person | None, now: datetime) -> Complaint:
    """Keeps it, gives it to somebody, and sets its clocks. The same `key`, or answer, again is the same complaint.

    `person` None is a machine. Raises Refused where it cannot be, PermissionDenied where she may not handle complaints
    of the area.
    """
    if person is not None and not can(person, Action.HANDLE_COMPLAINTS, new.scope):
        raise PermissionDenied
    (row,) = receive_all(news=[new], person=person, now=now)
    return row


@transaction.atomic
def receive_all(*, news: Sequence[NewComplaint], person: Person | None, now: datetime) -> list[Complaint]:
    """The same of many, in their order; whoever gets several hears of them in one mail. Asks nothing of rights.

    Raises Refused for the first that cannot be; nothing was kept then.
    """
    checked_ones = [_checked(new, now) for new in news]
    for customer in sorted({new.customer.pk for new in checked_ones if new.customer is not None}):
        hold_customer(customer)
    line_up()
    if not checked_ones:
        return []
    agreed = terms(since=min(new.received_at or now for new in checked_ones), now=now)
    told: list[Told] = []
    rows = [_keep(new, agreed, told, person, now) for new in checked_ones]
    tell(told, now)
    return rows


def _checked(new: NewComplaint, now: datetime) -> NewComplaint:
    if new.category.archived_at is not None:
        raise Refused(_("The category “%(name)s” is not in use any more.") % {"name": new.category.label})
    if new.severity not in Severity.values:
        raise Refused(_("There is no such severity."))
    if new.received_at is not None and new.received_at > now:
        raise Refused(_("A complaint cannot come in ahead of now."))
    return replace(
        new,
        text=checked(new.text, _("Write what the complaint is about.")),
        scope=known_area(new.scope),
        received_at=new.received_at or now,
    )


def _keep(
    new: NewComplaint, agreed: Terms, told: list[Told], person: Person | None, now: datetime
) -> Complaint:
    same = _same(new)
    if same is not None:
        return same
    received_at = new.received_at or now
    row = Complaint(
        scope=new.scope, day=today_of(received_at), received_at=received_at, came=new.came, category=new.category,
        severity=new.severity, text=new.text, customer=new.customer, segment=new.segment[:SEGMENT],
        answer=new.answer, key=new.key, batch=new.batch,
    )  # fmt: skip
    row.repeat_of = earlier(row, agreed.settings, category=new.category)
    choice = pick(row, now)
    set_clocks(row, (), agreed)
    row.save()
    happened(row, Happened.RECEIVED, now, person=person, came=new.came, no_region=new.scope.region_id is None)
    if row.repeat_of is not None:
        happened(row, Happened.REPEAT, now, of=row.repeat_of.pk, same="category")
    say_whose(row, choice, now)
    mark([row])
    note_down(
        "complaint", row, person, came=new.came, category=new.category.code, severity=new.severity,
        whom=choice.person.username if choice.person else None,
    )  # fmt: skip
    if choice.person is not None and choice.person != person:
        told.append(Told(choice.person, ASSIGNED, row))
    return row


def earlier(row: Complaint, settings: FeedbackSettings, **alike: object) -> Complaint | None:
    """The newest complaint of the same customer, alike in this, that came in not long before it."""
    if row.customer_id is None:
        return None
    since = row.received_at - timedelta(days=settings.repeat_days)
    found = Complaint.objects.filter(
        customer=row.customer_id, received_at__gte=since, received_at__lte=row.received_at, **alike
    ).exclude(pk=row.pk)
    # Of two that came in at one time the one that was kept first is the earlier.
    if row.pk is not None:
        found = found.exclude(received_at=row.received_at, pk__gt=row.pk)
    return found.order_by("-received_at", "-pk").first()


def hold_customer(customer: int | None) -> None:
    """She stays to the end of the transaction. Before `line_up`: who changes her waits for nobody who waits for her."""
    if customer is not None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM customers_customer WHERE id = %s FOR KEY SHARE", [customer])


def _same(new: NewComplaint) -> Complaint | None:
    known = None
    if new.key is not None:
        known = Complaint.objects.filter(key=new.key).first()
    if known is None and new.answer is not None:
        known = Complaint.objects.filter(answer=new.answer).first()
    return known


def known_area(scope: Scope) -> Scope:
    """Made where nobody has pointed to it yet. Raises Refused for one that customers know nothing of."""
    if set(scope.node_ids()) - set(AREAS):
        raise Refused(
            _("A complaint belongs to a channel, a region or a product line, not to a team or a budget.")
        )
    if scope.pk is not None:
        return scope
    return ensure_scope(nodes=[getattr(scope, one) for one in DIMENSIONS if getattr(scope, f"{one}_id")])
