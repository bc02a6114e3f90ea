"""The process monitor: each result as a tile, beside it a table of what leads to it."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common import formats
from dashboards import wording
from dashboards.addresses import links_of, query_of
from dashboards.pieces import Attention, KeyFigure, LightsTable
from dashboards.presenting.common import names_of
from dashboards.presenting.watched import row, tile
from dashboards.selectors.process import Monitor, Step
from dashboards.templatetags.numbers import language
from kpis.models import Direction, Metric

ATTENTION = 6


@dataclass(frozen=True)
class Pair:
    """A result and what leads to it."""

    code: str
    figure: KeyFigure
    table: LightsTable


def headline(page: Monitor) -> str:
    """The one line that says it: how many are off plan, and what the worst of them puts at risk."""
    words = {"period": wording.span_words(page.frame.period)}
    if not page.processes and not page.results:
        return _("No figures for %(period)s.") % words
    judged, red = page.judged, [one for one in page.off if one.figure.status == "red"]
    if not judged:
        return _("No process figure has a target for %(period)s yet, so there are no lights here.") % words
    counted = {"all": len(judged), "n": len(red)}
    if len(judged) == 1 and page.off:
        return _("Of the process figures one has a target: %(said)s.") % {"said": _worst_said(page)}
    if red:
        first = (
            ngettext(
                "%(n)s of %(all)s process figures is off plan",
                "%(n)s of %(all)s process figures are off plan",
                len(red),
            )
            % counted
        )
    elif page.off:
        counted["n"] = len(page.off)
        first = (
            ngettext(
                "%(n)s of %(all)s process figures is behind plan",
                "%(n)s of %(all)s process figures are behind plan",
                len(page.off),
            )
            % counted
        )
    else:
        return (
            ngettext(
                "The one process figure with a target is on plan.",
                "All %(all)s process figures with a target are on plan.",
                len(judged),
            )
            % counted
        )
    return _("%(first)s; %(second)s.") % {"first": first, "second": _worst_said(page)}


def _worst_said(page: Monitor) -> str:
    """The worst process with its gap, and the results that rest on it: those still on plan first."""
    worst = page.off[0]
    said = {"said": _gap(worst, within=True)}
    calm = [one for one in worst.results if page.watched.figure(one.code).status == "green"]
    if calm:
        said["results"] = _listed(calm)
        return (
            ngettext(
                "%(said)s, though %(results)s is on plan",
                "%(said)s, though %(results)s are on plan",
                len(calm),
            )
            % said
        )
    if worst.results:
        said["results"] = _listed(list(worst.results))
        return (
            ngettext(
                "%(said)s, and %(results)s rests on it",
                "%(said)s, and %(results)s rest on it",
                len(worst.results),
            )
            % said
        )
    return said["said"]


def _listed(metrics: list[Metric]) -> str:
    return formats.listed([wording.name_in_sentence(one) for one in metrics], language())


def _gap(step: Step, *, within: bool = False) -> str:
    name = wording.name_in_sentence(step.metric) if within else step.metric.label
    said = wording.gap(step.figure, step.metric) or wording.tile(step.figure.value, step.metric)
    return _("%(metric)s %(gap)s") % {"metric": name, "gap": said}


def attention(page: Monitor) -> list[Attention]:
    """Processes that are off plan, the worst first, each with where it can be seen by channel."""
    why = links_of(page.frame).why()
    return [
        Attention(
            name=one.metric.label,
            words=_rests(one),
            status=one.figure.status,
            step=_("Course") if "channel" in page.frame.area.nodes else _("By channel"),
            url=_by_channel(page, one.metric),
            area=f"{why}&metric={one.metric.code}",
        )
        for one in page.off[:ATTENTION]
    ]


def _rests(step: Step) -> str:
    gap = wording.gap(step.figure, step.metric)
    if not step.results:
        return gap
    words = {"gap": gap, "results": _listed(list(step.results))}
    return (
        ngettext("%(gap)s; %(results)s rests on it", "%(gap)s; %(results)s rest on it", len(step.results))
        % words
    )


def _by_channel(page: Monitor, metric: Metric) -> str:
    """The channels side by side, the worst of this figure first."""
    area = page.frame.area
    sort = metric.code if metric.direction == Direction.HIGHER else f"-{metric.code}"
    if "channel" in area.nodes:
        query = query_of(area.nodes, period=str(page.frame.period), trend=metric.code)
        return f"{reverse('dashboards:channel')}?{query}#charts"
    query = query_of(
        area.nodes, period=str(page.frame.period), columns=f"revenue,roas,{metric.code}", sort=sort
    )
    return f"{reverse('dashboards:channels')}?{query}"


def pairs(page: Monitor) -> list[Pair]:
    return [
        Pair(
            one.own.metric.code,
            tile(page.frame, page.watched, one.own.metric, at_risk=names_of(one.risks)),
            _table(
                page,
                one.processes,
                _("What leads to %(result)s") % {"result": wording.name_in_sentence(one.own.metric)},
            ),
        )
        for one in page.results
    ]


def alone(page: Monitor) -> LightsTable | None:
    if not page.alone:
        return None
    title = _("Other process figures") if page.results else _("Process figures")
    return _table(page, page.alone, title)


def _table(page: Monitor, steps: tuple[Step, ...], caption: str) -> LightsTable:
    return LightsTable(
        caption,
        _("Process figure"),
        tuple(row(page.frame, page.watched, one.metric, url=_by_channel(page, one.metric)) for one in steps),
    )
