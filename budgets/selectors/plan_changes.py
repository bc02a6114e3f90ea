"""What one version of a plan changes of another, line by line."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from budgets.models import PlanLine, Version
from budgets.money_text import money_text
from budgets.selectors.plan_rows import rows_of
from common.formats import MINUS


@dataclass(frozen=True)
class LineChange:
    """`before` or `after` is None for a line that is new, or no longer there. `words`: what else has changed."""

    name: str
    before: Decimal | None
    after: Decimal | None
    months: bool
    words: tuple[str, ...]

    @property
    def difference(self) -> Decimal:
        return (self.after or Decimal(0)) - (self.before or Decimal(0))

    @property
    def difference_text(self) -> str:
        lead = MINUS if self.difference < 0 else "+"
        return f"{lead}{money_text(abs(self.difference))}"

    @property
    def said(self) -> str:
        """In a line: "¥100.00 → ¥120.00 (+¥20.00)"."""
        if self.before is None:
            return _("new: %(amount)s") % {"amount": money_text(self.after or Decimal(0))}
        if self.after is None:
            return _("left out (%(amount)s)") % {"amount": money_text(self.before)}
        parts = []
        if self.difference:
            parts.append(f"{money_text(self.before)} → {money_text(self.after)} ({self.difference_text})")
        elif self.months:
            parts.append(_("other months"))
        return "; ".join([*parts, *self.words])


def changes_between(version: Version, before: Version) -> list[LineChange]:
    """Lines that differ, in the order of `version`, then those that it leaves out. Two queries.

    A line is the same where both go on with one line, or have one name.
    """
    old, new = rows_of(before), rows_of(version)
    by_line = {row.line_id: row for row in old if row.line_id is not None}
    by_name = {row.name: row for row in old}
    found, met = [], set()
    for row in new:
        was = by_line.get(row.line_id) if row.line_id is not None else None
        was = was or by_name.get(row.name)
        if was is not None:
            met.add(was.pk)
        one = _change(row, was)
        if one is not None:
            found.append(one)
    found += [
        LineChange(row.name, row.amount, None, months=False, words=()) for row in old if row.pk not in met
    ]
    return found


def _change(row: PlanLine, was: PlanLine | None) -> LineChange | None:
    if was is None:
        return LineChange(row.name, None, row.amount, months=False, words=())
    months = dict(zip(row.months, row.amounts, strict=True)) != dict(
        zip(was.months, was.amounts, strict=True)
    )
    words = tuple(_words(row, was))
    if not months and not words and row.amount == was.amount:
        return None
    return LineChange(row.name, was.amount, row.amount, months=months, words=words)


def _words(row: PlanLine, was: PlanLine) -> list[str]:
    core = {True: _("core"), False: _("not core")}
    pairs = [
        (_("Name"), was.name, row.name),
        (_("Category"), was.get_category_display(), row.get_category_display()),
        (_("Core"), core[was.core], core[row.core]),
        (_("Spend"), was.get_fed_by_display(), row.get_fed_by_display()),
        (_("Channel"), _said(was.channel), _said(row.channel)),
        (_("Region"), _said(was.region), _said(row.region)),
        (_("Team"), _said(was.team), _said(row.team)),
        (_("Owner"), _said(was.owner), _said(row.owner)),
        (_("Expected conversions"), _number(was.conversions), _number(row.conversions)),
    ]
    return [f"{label}: {before} → {after}" for label, before, after in pairs if before != after]


def _said(one: object | None) -> str:
    return "—" if one is None else str(one)


def _number(value: Decimal | None) -> str:
    return "—" if value is None else f"{value.normalize():f}"
