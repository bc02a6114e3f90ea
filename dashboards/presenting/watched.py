"""Watched figures as tiles with their course, and as rows of a table."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _

from common import formats
from dashboards import wording
from dashboards.addresses import links_of
from dashboards.pieces import Cell, CellKind, KeyFigure, LightRow
from dashboards.presenting.common import reason_of
from dashboards.presenting.figures import key_figure
from dashboards.selectors import Frame
from dashboards.selectors.watched import Watched
from kpis.models import Metric
from kpis.selectors import NO_FIGURE


def tile(frame: Frame, seen: Watched, metric: Metric, *, at_risk: tuple[str, ...] = ()) -> KeyFigure:
    made = key_figure(
        frame,
        metric,
        seen.figure(metric.code),
        seen.before,
        may_set_targets=frame.may_set_targets,
        at_risk=at_risk,
    )
    trend = seen.trend(metric.code)
    return replace(made, trend=trend, trend_said=wording.course(trend, metric))


def row(frame: Frame, seen: Watched, metric: Metric, *, url: str = "") -> LightRow:
    """Value, target, change and course; every row has the same columns."""
    figure, before = seen.figure(metric.code), seen.before.figures.get(metric.code, NO_FIGURE)
    trend = seen.trend(metric.code)
    lit = figure.value is not None or figure.target is not None
    why = f"{links_of(frame).why()}&metric={metric.code}" if lit else ""
    return LightRow(
        name=metric.label,
        cells=(
            Cell(_("Value"), figure.value, CellKind.SHORT, metric, why=why, estimated=figure.estimated),
            Cell(_("Target"), figure.target, CellKind.SHORT, metric),
            Cell(
                wording.since_head(seen.before),
                formats.change_between(figure.value, before.value, metric),
                CellKind.CHANGE,
                metric,
            ),
            Cell(
                wording.so_many(frame.period, len(seen.spans)),
                trend,
                CellKind.SPARK,
                said=wording.course(trend, metric),
            ),
        ),
        status=figure.status,
        reason=reason_of(figure, metric),
        url=url,
    )
