"""Having customers' value worked out anew: ordered by whatever changes orders, margins, trees or limits."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from organization.hooks import Restated
from organization.models import Job, Person
from organization.services import order_job

KIND = "customers.value"
QUIET = timedelta(seconds=20)  # so that ten files in a row are one piece of work


def order_valuing(
    *, person: Person | None = None, now: datetime | None = None, after: timedelta = timedelta(0)
) -> Job:
    """In the caller's transaction. One that waits already is enough; one that runs is followed by another."""
    return order_job(kind=KIND, params={}, person=person, now=now or timezone.now(), after=after)


class ValueRestatement:
    """Customers of a merged or moved node count elsewhere."""

    def before(self, change: Restated) -> None:
        return

    def after(self, change: Restated) -> None:
        from customers.models import Order

        if Order.objects.exists():
            order_valuing(after=QUIET)

    def notes(self, change: Restated) -> list[str]:
        return []
