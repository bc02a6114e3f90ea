"""What makes a tier, and how far a forecast looks."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from customers.customer_value.tiers import Limits
from customers.models import ValueSettings
from customers.services.value_orders import order_valuing
from organization.models import Person
from organization.services import Refused, record


class ValueSettingsMoved(Exception):
    """Somebody else changed them first; nothing was written. `current` is how they stand."""

    def __init__(self, current: ValueSettings) -> None:
        super().__init__(str(current))
        self.current = current


@dataclass(frozen=True)
class ValueDraft:
    """What was entered; see `ValueSettings`."""

    window_days: int
    new_days: int
    dormant_days: int
    high_score: int
    soon_days: int
    horizon_months: int


def limits_of(kept: ValueSettings) -> Limits:
    return Limits(kept.window_days, kept.new_days, kept.dormant_days, kept.high_score)


@transaction.atomic
def keep_value_settings(
    *, draft: ValueDraft, based_on: int, person: Person | None, now: datetime
) -> ValueSettings:
    """Saves the limits and has everything worked out anew; what holds already makes no change.

    Raises ValueSettingsMoved where another version stands, Refused for limits without a meaning.
    """
    if not 30 <= draft.window_days <= 1096:
        raise Refused(_("The window is 30 to 1,096 days long."))
    if not 1 <= draft.dormant_days <= draft.window_days or not 1 <= draft.new_days <= draft.window_days:
        raise Refused(_("Who is new and who is dormant must be told within the window."))
    if not 2 <= draft.high_score <= 10:
        raise Refused(_("Two scores of 1 to 5 add up to 2 to 10."))
    if not 1 <= draft.soon_days <= 365:
        raise Refused(_("The time for a second order is 1 to 365 days."))
    if not 1 <= draft.horizon_months <= 60:
        raise Refused(_("A forecast looks 1 to 60 months ahead."))
    ValueSettings.objects.get_or_create(pk=1)
    kept = ValueSettings.objects.select_for_update().get(pk=1)
    if kept.version != based_on:
        raise ValueSettingsMoved(kept)
    new = asdict(draft)
    old = {name: getattr(kept, name) for name in new}
    if old == new:
        return kept
    for name, value in new.items():
        setattr(kept, name, value)
    kept.version += 1
    kept.changed_at, kept.changed_by = now, person
    kept.save()
    record(action="customers.limits", subject="RFM", person=person, old=old, new=new)
    order_valuing(person=person, now=now)
    return kept
