"""The shares and terms that budgets and the rules for them go by: one row for the company."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from budgets.models import BudgetSettings, Category
from common.queueing import enqueue
from kpis.models import Metric
from organization.models import Person
from organization.services import Refused, record

MOST_DAYS = 60
HIGHEST = Decimal(10) ** 6
# Shares (parts of one) and how high each may go: what is over a plan may be more than all of it.
SHARES: dict[str, Decimal] = {
    "warn_share": Decimal(1),
    "over_share": Decimal(10),
    "freeze_share": Decimal(1),
    "day_over": Decimal(100),
    "line_over": Decimal(10),
    "conversions_share": Decimal(1),
    "reserve_share": Decimal(1),
    "emergency_share": Decimal(1),
    "transfer_share": Decimal(10),
}
DAYS = ("plan_days", "cause_days", "answer_days")
NOT_NOTHING = ("warn_share", "over_share", "day_over", "line_over", "conversions_share")


class SettingsRefused(Refused):
    """It cannot be; `field` is where on the form it belongs, empty for the whole."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class SettingsMoved(Exception):
    """Somebody else saved them first; nothing was written."""

    def __init__(self, current: BudgetSettings) -> None:
        super().__init__(str(current.version))
        self.current = current


@dataclass(frozen=True)
class SettingsDraft:
    """As `BudgetSettings`: shares are parts of one, `categories` percents by category, or empty for none usual."""

    warn_share: Decimal
    over_share: Decimal
    freeze_share: Decimal
    return_metric: str
    return_threshold: Decimal
    enforce: bool
    day_over: Decimal
    line_over: Decimal
    conversions_metric: str
    conversions_share: Decimal
    reserve_share: Decimal
    emergency_share: Decimal
    transfer_share: Decimal
    plan_days: int
    cause_days: int
    answer_days: int
    categories: Mapping[str, Decimal]


def settings() -> BudgetSettings:
    """The row, made as shipped where there is none yet. One query."""
    row = BudgetSettings.objects.filter(pk=1).first()
    if row is None:
        BudgetSettings.objects.get_or_create(pk=1)
        row = BudgetSettings.objects.get(pk=1)  # as numbers, and not as the defaults are written
    return row


@transaction.atomic
def set_settings(
    *, draft: SettingsDraft, based_on: int, person: Person | None, now: datetime
) -> BudgetSettings:
    """Saves them; the rules that budgets brought along follow where nobody has edited them, a moment later.

    `based_on` is the version that was on screen. Raises SettingsRefused before anything is written, SettingsMoved where
    somebody else saved meanwhile.
    """
    _check(draft)
    settings()
    row = BudgetSettings.objects.select_for_update().select_related(None).get(pk=1)
    wanted = {name: getattr(draft, name) for name in SettingsDraft.__dataclass_fields__}
    wanted["categories"] = {code: _plain(share) for code, share in draft.categories.items()}
    before = {name: getattr(row, name) for name in wanted}
    if before == wanted:
        return row
    if row.version != based_on:
        raise SettingsMoved(row)
    for name, value in wanted.items():
        setattr(row, name, value)
    row.version += 1
    row.changed_at, row.changed_by = now, person
    row.save()
    changed = [name for name in wanted if before[name] != wanted[name]]
    record(
        action="budget.settings", subject="", person=person,
        before={name: str(before[name]) for name in changed},
        after={name: str(wanted[name]) for name in changed},
    )  # fmt: skip
    enqueue("budgets.tasks.follow_settings")
    return row


def _check(draft: SettingsDraft) -> None:
    for name, most in SHARES.items():
        share: Decimal = getattr(draft, name)
        if not share.is_finite() or not 0 <= share <= most:
            raise SettingsRefused(
                _("This is a share from 0%% to %(most)s%%.") % {"most": _plain(most * 100)}, name
            )
        if name in NOT_NOTHING and not share:
            raise SettingsRefused(_("This needs a share above 0%."), name)
    if draft.reserve_share + draft.emergency_share > Decimal("0.9"):
        raise SettingsRefused(_("Both pools together take at most 90%."), "reserve_share")
    for name in DAYS:
        if not 1 <= getattr(draft, name) <= MOST_DAYS:
            raise SettingsRefused(_("This is 1 to %(n)s working days.") % {"n": MOST_DAYS}, name)
    if not draft.return_threshold.is_finite() or not 0 <= draft.return_threshold < HIGHEST:
        raise SettingsRefused(_("A threshold is zero or more."), "return_threshold")
    for name in ("return_metric", "conversions_metric"):
        if not Metric.objects.in_use().filter(code=getattr(draft, name)).exists():
            raise SettingsRefused(_("This figure is not in use."), name)
    if set(draft.categories) - set(Category.values):
        raise SettingsRefused(_("There is no such category."), "categories")
    if draft.categories and sum(draft.categories.values()) != 100:
        raise SettingsRefused(_("The usual shares add up to 100%, or there are none."), "categories")


def _plain(number: Decimal) -> str:
    return format(number.normalize() + 0, "f")
