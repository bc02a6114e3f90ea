"""An alert's page in words: what its charts show, which parts moved, how long others lasted. In the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from alerts import charts
from alerts.models import LEVELS
from alerts.selectors.causes import Causes
from alerts.selectors.course import Course, Mark
from alerts.selectors.episode import EpisodePage
from common import formats
from kpis import movement_words
from kpis.models import Metric
from organization.selectors.rates import currency_sign


@dataclass(frozen=True)
class Drawn:
    """A chart of the page, for `_chart.html`."""

    id: str
    title: str
    subtitle: str
    figure: dict[str, Any]


@dataclass(frozen=True)
class CauseLine:
    """A part of the tree that moved: by how much, which share of the whole in words, and the area that it is."""

    name: str
    effect: str
    share: str
    area: str


@dataclass(frozen=True)
class CausesSaid:
    headline: str
    lines: tuple[CauseLine, ...]
    url: str  # where the whole of it is told


def drawn(page: EpisodePage) -> tuple[Drawn, ...]:
    """The chart of what the alert asks for, first; where that is a share of plan, the amounts under it."""
    run = page.course
    if run is None:
        return ()
    made = [_drawn(run, page.metric, share=True)] if run.by_share else []
    return (*made, _drawn(run, page.metric, share=False))


def _drawn(run: Course, metric: Metric, *, share: bool) -> Drawn:
    levels = {number: str(name) for number, name in LEVELS}
    names = charts.CourseNames(
        value=_("Of plan") if share else metric.label,
        plan=_("Plan") if share else _("Expected by now"),
        limit=_("Alert from here on"),
        tiers={**levels, 0: _("Ended")},
    )
    figure = charts.course(run, unit=metric.unit, grounded=metric.additive, share=share, names=names)
    title, subtitle = _title(run, metric, share=share), ""
    if share == run.by_share:
        subtitle = _("The ground is darker where the alert was open; marks say how bad it was.")
    return Drawn("share" if share else "amount", title, subtitle, figure)


def _title(run: Course, metric: Metric, *, share: bool) -> str:
    worst = max(run.marks, key=lambda one: one.tier)
    words = {"metric": metric.label, "value": _marked(worst, metric, share=share)}
    if words["value"] == formats.NO_VALUE:
        return _("%(metric)s before the alert and since") % words
    if share:
        return _("%(metric)s: %(value)s of plan when it was worst") % words
    if run.by_share:
        return _("%(metric)s beside its plan") % words
    return _("%(metric)s: %(value)s when it was worst") % words


def _marked(mark: Mark, metric: Metric, *, share: bool) -> str:
    if share:
        return formats.share(mark.attainment)
    return formats.tile(mark.value, metric, get_language() or "en", currency_sign())


def causes_said(found: Causes) -> CausesSaid | None:
    """None where nothing moved, or nobody can say what."""
    moved = found.movement
    if moved is None:
        return None
    change = moved.change
    lines = tuple(
        CauseLine(
            movement_words.name_of(one, moved.main),
            movement_words.effect(one.part.effect, moved.metric),
            _share(one.part.effect, change),
            one.key,
        )
        for one in moved.causes
    )
    url = movement_words.address(moved.area, moved.metric.code, str(moved.period), moved.against)
    return CausesSaid(movement_words.headline(moved), lines, url)


def _share(effect: Decimal, change: Decimal | None) -> str:
    if not change:
        return ""
    if (effect > 0) != (change > 0):
        return _("the other way")
    if abs(effect) > abs(change):
        return _("more than the whole change, since others went the other way")
    return _("%(share)s of the change") % {"share": f"{formats.plain(effect / change * 100, most=0)}%"}


def lasted(time: timedelta) -> str:
    """ "40 min", "5 h 10 min", "12 days" """
    if time < timedelta(days=2):
        return formats.duration(int(time.total_seconds()), get_language() or "en")
    return ngettext("%(n)s day", "%(n)s days", time.days) % {"n": time.days}
