"""What foreign money is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from organization.currencies import RateEntry, currencies
from organization.models import Company, Person, Rate
from organization.services.audit import record
from organization.services.errors import Refused


@dataclass(frozen=True)
class RatesSet:
    new: int
    corrected: int


@transaction.atomic
def set_rates(*, entries: Sequence[RateEntry], person: Person | None) -> RatesSet:
    """Adds rates, or corrects those that stand on the same day; all of them or none.

    What came in before keeps the rate that it came in with. Raises Refused for what is no rate.
    """
    own = Company.objects.select_for_update(no_key=True).get(pk=1).currency
    new = corrected = 0
    for entry in entries:
        if entry.currency not in currencies():
            raise Refused(_("“%(code)s” is not a currency.") % {"code": entry.currency})
        if entry.currency == own:
            raise Refused(_("%(code)s is the company's own currency and needs no rate.") % {"code": own})
        if entry.rate <= 0:
            raise Refused(_("A rate is above zero."))
        known = Rate.objects.filter(against=own, currency=entry.currency, first_day=entry.first_day).first()
        if known is not None and known.rate == entry.rate:
            continue
        about = {"currency": entry.currency, "first_day": entry.first_day}
        if known is None:
            known = Rate.objects.create(against=own, rate=entry.rate, changed_by=person, **about)
            record(
                action="rate.set",
                subject=str(known),
                person=person,
                **about,
                after=f"{entry.rate.normalize():f}",
            )
            new += 1
            continue
        before, known.rate = known.rate, entry.rate
        known.changed_at, known.changed_by = timezone.now(), person
        known.save(update_fields=["rate", "changed_at", "changed_by"])
        record(
            action="rate.change", subject=str(known), person=person, **about,
            before=f"{before.normalize():f}", after=f"{entry.rate.normalize():f}",
        )  # fmt: skip
        corrected += 1
    return RatesSet(new, corrected)


@transaction.atomic
def remove_rate(*, rate: Rate, person: Person | None) -> None:
    """The one before it holds again. What came in keeps what it came in with."""
    told = str(rate)
    if Rate.objects.filter(pk=rate.pk).delete()[0]:
        record(
            action="rate.remove",
            subject=told,
            person=person,
            currency=rate.currency,
            first_day=rate.first_day,
        )
