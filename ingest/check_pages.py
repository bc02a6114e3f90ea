"""Reading the nightly checks for pages."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common import formats
from ingest import words
from kpis.models import CheckState, Difference, Measure, Metric, Reconciliation, Source

NIGHTS_A_PAGE = 14
DIFFERENCES_SHOWN = 300


@dataclass(frozen=True)
class Check:
    check: Reconciliation
    name: str
    state: str  # a light's
    said: str


@dataclass(frozen=True)
class Night:
    """One night's checks, or one that somebody asked for."""

    night: date
    by_hand: bool
    checks: tuple[Check, ...]
    said: str
    state: str


@dataclass(frozen=True)
class NightsPage:
    nights: tuple[Night, ...]
    busy: bool


@dataclass(frozen=True)
class DifferenceRow:
    difference: Difference
    where: str
    what: str
    kept: str
    expected: str


def nights_page() -> NightsPage:
    """The last nights, newest first."""
    found = Reconciliation.objects.order_by("-pk")[: NIGHTS_A_PAGE * (Source.objects.count() + 1)]
    nights = nights_of(found)
    return NightsPage(nights, any(one.state == "grey" for one in nights[:2]))


def get_check_or_404(pk: int) -> Reconciliation:
    return get_object_or_404(Reconciliation.objects.select_related("source"), pk=pk)


def check_of(check: Reconciliation) -> Check:
    return _check(check)


def differences_of(check: Reconciliation) -> tuple[DifferenceRow, ...]:
    measures = {one.code: one.label for one in Measure.objects.all()}
    metrics = {one.code: one.label for one in Metric.objects.all()}
    where = {
        "amountday": _("Amounts of a day"),
        "besideday": _("Amounts that stand beside"),
        "crossday": _("Amounts of a day, where areas meet"),
        "crossmonth": _("Amounts of a month, where areas meet"),
        "topmonth": _("Amounts of a month, at the top"),
        "stockday": _("Last values of a day"),
        "uncounted": _("Which source counts"),
    }
    rows = []
    for one in check.differences.all()[:DIFFERENCES_SHOWN]:
        figure = one.table.startswith("figure.")
        rows.append(
            DifferenceRow(
                one,
                _figure_part(one.table) if figure else where.get(one.table, one.table),
                (metrics if figure else measures).get(one.what, one.what),
                _amount(one.kept),
                _amount(one.expected),
            )
        )
    return tuple(rows)


def _figure_part(table: str) -> str:
    parts = {
        "value": _("Figure"),
        "target": _("Target of a figure"),
        "expected": _("What is expected of a figure by now"),
        "attainment": _("Attainment of a figure"),
        "status": _("Light of a figure"),
    }
    return parts.get(table.removeprefix("figure."), _("Last day of a figure"))


def _amount(value: Decimal | None) -> str:
    if value is None:
        return formats.NO_VALUE
    return formats.sign(value) + formats.plain(value, most=4)


def nights_of(found: QuerySet[Reconciliation]) -> tuple[Night, ...]:
    groups: dict[tuple[date, bool, datetime], list[Reconciliation]] = defaultdict(list)
    for one in found.select_related("source"):
        groups[one.night, one.by_hand, one.created_at].append(one)
    nights = []
    for (night, by_hand, _made), checks in groups.items():
        rows = tuple(sorted(map(_check, checks), key=lambda row: (row.check.source is None, row.name)))
        different = sum(row.check.different for row in rows)
        if any(row.state == "red" for row in rows):
            state, said = "red", _("Not everything could be checked and repaired.")
        elif any(row.state == "grey" for row in rows):
            state, said = "grey", _("Not over yet.")
        elif different:
            state = "yellow"
            said = ngettext(
                "%(n)s difference found and repaired.", "%(n)s differences found and repaired.", different
            ) % {"n": formats.number(different)}
        else:
            state, said = "green", _("All figures agree with what came in.")
        nights.append(Night(night, by_hand, rows, said, state))
    return tuple(nights)


def _check(check: Reconciliation) -> Check:
    name = words.source_name(check.source) if check.source else _("Figures and lights")
    if check.state == CheckState.FAILED:
        why = {
            "busy": _("New data came in all the time; it is checked again the next night."),
            "stopped": _("The worker stopped every time. An administrator finds why in the log."),
        }
        return Check(check, name, "red", why.get(check.error, check.error))
    if check.state != CheckState.DONE:
        return Check(check, name, "grey", str(check.get_state_display()))
    if check.remaining:
        return Check(
            check, name, "red",
            ngettext(
                "%(n)s difference is left after the repair. Please tell an administrator.",
                "%(n)s differences are left after the repair. Please tell an administrator.",
                check.remaining,
            ) % {"n": formats.number(check.remaining)},
        )  # fmt: skip
    if check.different:
        return Check(
            check, name, "yellow",
            ngettext("%(n)s difference, repaired", "%(n)s differences, repaired", check.different)
            % {"n": formats.number(check.different)},
        )  # fmt: skip
    return Check(check, name, "green", _("All agree"))
