"""Erasing personal data that is older than somebody said, each night, a batch at a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import structlog
from django.db import connection, transaction
from django.utils.translation import gettext as _

from common import stopping
from customers.forgetting import holders
from customers.models import Customer, FieldClass, Retention, RetentionSettings
from customers.selectors.privacy import retention
from customers.services.forgetting import CONTACTS
from organization.models import Person
from organization.services import Refused, record

log = structlog.get_logger(__name__)

LEAST, MOST = 30, 36_500  # days
AT_ONCE = 1000


class RetentionMoved(Exception):
    """Somebody else changed it first; nothing was written."""


@transaction.atomic
def keep_retention(*, days: Mapping[FieldClass, int | None], based_on: int, person: Person | None) -> None:
    """Keeps for how long each class stays; what holds already makes no change. The next night carries it out.

    Raises RetentionMoved where another version stands, Refused for days beyond LEAST and MOST.
    """
    if any(count is not None and not LEAST <= count <= MOST for count in days.values()):
        raise Refused(_("Personal data is kept for 30 to 36,500 days, or for ever."))
    RetentionSettings.objects.get_or_create(pk=1)
    settings = RetentionSettings.objects.select_for_update().get(pk=1)
    if settings.version != based_on:
        raise RetentionMoved
    old = retention()
    if old == dict(days):
        return
    for field_class, count in days.items():
        Retention.objects.update_or_create(field_class=field_class, defaults={"days": count})
    settings.version += 1
    settings.save(update_fields=["version"])
    record(
        action="retention.change",
        subject="retention",
        person=person,
        old={str(name): count for name, count in old.items()},
        new={str(name): count for name, count in days.items()},
    )


def retention_waits(*, today: date) -> bool:
    return (
        not RetentionSettings.objects.filter(pk=1, swept_on__gte=today).exists()
        and Retention.objects.filter(days__isnull=False).exists()
    )


def sweep_retention(*, today: date) -> dict[str, int]:
    """Erases what is older than its class is kept, and says by class how much. Once a day, whoever calls.

    A run that broke off, or a worker that is to stop, leaves the rest to the next day's: what is old stays old.
    """
    RetentionSettings.objects.get_or_create(pk=1)
    if not RetentionSettings.objects.filter(pk=1).exclude(swept_on__gte=today).update(swept_on=today):
        return {}
    erased: dict[str, int] = {}
    try:
        for field_class, days in retention().items():
            if days is None:
                continue
            before = today - timedelta(days=days)
            for count in _sweeps(field_class, before):
                erased[str(field_class)] = erased.get(str(field_class), 0) + count
    finally:
        if erased:
            record(action="retention.sweep", subject="retention", person=None, erased=erased)
            log.info("retention_swept", **erased)
    return erased


def _sweeps(field_class: FieldClass, before: date) -> list[int]:
    counts = []
    if field_class == FieldClass.CONTACT:
        counts.append(_erase_contacts(before))
    for holder in holders():
        while (
            holder.sweep is not None and not stopping.asked() and (count := holder.sweep(field_class, before))
        ):
            counts.append(count)
    return [count for count in counts if count]


# -- Contacts -----------------------------------------------------------------------------------------

_OLD = """
    SELECT id FROM customers_customer AS customer
    WHERE id > %(after)s AND NOT (contact = '' AND name = '' AND phone = '' AND email = '')
      AND (contact_at IS NULL OR contact_at < %(before)s)
      AND NOT EXISTS (SELECT 1 FROM customers_order WHERE customer_id = customer.id AND day >= %(before)s)
    ORDER BY id LIMIT %(most)s
"""


def _erase_contacts(before: date) -> int:
    """Of customers who neither ordered nor gave one since, and whom nobody has to reach now."""
    erased, after = 0, 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_OLD, {"after": after, "before": before, "most": AT_ONCE})
            found = [pk for (pk,) in cursor.fetchall()]
        if not found:
            return erased
        after = found[-1]
        needed = set().union(*(one.needs(found) for one in holders() if one.needs is not None))
        erased += Customer.objects.filter(pk__in=set(found) - needed).update(
            **dict.fromkeys(CONTACTS, ""), contact_at=None
        )
