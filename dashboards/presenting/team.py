"""The team board: its one line, the choice of the team, and the table of its areas."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common import formats
from dashboards import wording
from dashboards.addresses import Links, query_of
from dashboards.pieces import Cell, CellKind, LightRow, LightsTable
from dashboards.presenting.common import Option, Picked, names_of, reason_of
from dashboards.presenting.filters import Filters, filters
from dashboards.selectors.team import MINE, AreaLine, TeamPage
from dashboards.templatetags.numbers import language
from kpis.selectors.at_risk import Risk


def team_filters(page: TeamPage) -> Filters:
    """The period, and whose page it is; no places to turn to: the areas are the team's."""
    options = [Option(team.path, team.label, page.team == team) for team in page.teams]
    if page.may_be_mine or page.team is None:
        options.insert(0, Option(MINE, _("What is mine"), page.team is None))
    made = filters(page.frame)
    return replace(
        made,
        pickers=(),
        mine=(),
        choice=Picked("team", _("Team"), tuple(options), (("period", str(page.frame.period)),)),
        said=_("%(team)s · %(period)s")
        % {"team": name(page), "period": wording.span_words(page.frame.period)},
    )


def name(page: TeamPage) -> str:
    return page.team.label if page.team is not None else _("What is mine")


def headline(page: TeamPage) -> str:
    """How many of its areas are off plan, and what is overdue or open."""
    words = {"period": wording.span_words(page.frame.period)}
    judged = [one for one in page.areas if one.status != "grey"]
    behind = [one for one in judged if one.status in ("red", "yellow")]
    counted = {"n": len(behind), "all": len(judged)}
    if not page.areas:
        said = [_("No areas to show.")]
    elif not judged:
        said = [_("None of these areas has a target for %(period)s yet.") % words]
    elif len(judged) == 1 and behind:
        said = [_("Its area is behind plan.")]
    elif behind:
        said = [
            ngettext(
                "%(n)s of %(all)s areas is behind its plan.",
                "%(n)s of %(all)s areas are behind their plan.",
                len(behind),
            )
            % counted
        ]
    else:
        said = [
            ngettext("Its area is on plan.", "All %(all)s areas with a plan are on it.", len(judged))
            % counted
        ]
    late = sum(row.overdue for row in page.tasks) + sum(row.overdue for row in page.proposals)
    if late:
        said.append(ngettext("%(n)s thing is overdue.", "%(n)s things are overdue.", late) % {"n": late})
    if page.alert_count:
        said.append(
            ngettext("%(n)s alert is open.", "%(n)s alerts are open.", page.alert_count)
            % {"n": page.alert_count}
        )
    return ("" if formats.is_chinese(language()) else " ").join(said)


def areas(page: TeamPage) -> LightsTable | None:
    if not page.areas:
        return None
    caption = (
        _("Targets of its areas in %(period)s") if page.team else _("Targets of your areas in %(period)s")
    )
    return LightsTable(
        caption % {"period": wording.span_words(page.frame.period)},
        _("Area"),
        tuple(_row(page, line) for line in page.areas),
    )


def _row(page: TeamPage, line: AreaLine) -> LightRow:
    period = str(page.frame.period)
    nodes = {dimension: getattr(line.scope, dimension) for dimension in line.scope.node_ids()}
    query = query_of(nodes, period=period)
    why = Links(page.frame).why(nodes)
    risks = [one for one in line.at_risk if isinstance(one, Risk)]
    return LightRow(
        name=line.scope.label,
        cells=tuple(_cell(page, line, code, why) for code in page.metrics),
        status=line.status,
        reason=""
        if line.status != "grey"
        else "no_target"
        if any(one.value is not None for one in line.figures.values())
        else "no_data",
        url=f"{reverse('dashboards:overview')}?{query}",
        detail=_detail(page, line),
        at_risk=names_of(risks),
    )


def _detail(page: TeamPage, line: AreaLine) -> str:
    """Why its light is not green."""
    if line.status not in ("red", "yellow") or line.worst not in page.metrics:
        return ""
    metric = page.metrics[line.worst]
    return _("%(metric)s %(gap)s") % {
        "metric": metric.label,
        "gap": wording.gap(line.figure(line.worst), metric),
    }


def _cell(page: TeamPage, line: AreaLine, code: str, why: str) -> Cell:
    metric, figure = page.metrics[code], line.figure(code)
    lit = figure.value is not None or figure.target is not None
    return Cell(
        label=metric.label,
        value=figure.value,
        kind=CellKind.SHORT,
        metric=metric,
        status=figure.status if figure.status != "grey" else "",
        reason=reason_of(figure, metric),
        estimated=figure.estimated,
        why=f"{why}&metric={code}" if lit else "",
        at_risk=names_of(line.risks.get(code, ())),
    )


def objectives_url(page: TeamPage) -> str:
    asked = {"quarter": str(page.quarter)}
    if page.team is None:
        return f"{reverse('kpis:okr_mine')}?{urlencode(asked)}"
    return f"{reverse('kpis:okr')}?{urlencode({**asked, 'team': page.team.path})}"
