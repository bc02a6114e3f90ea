"""Which green figures of a page are at risk, by area."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from common.periods import Grain
from dashboards.selectors.catalog import Catalog
from dashboards.selectors.shapes import Risks
from dashboards.spans import Span
from kpis.selectors import Figure
from kpis.selectors.at_risk import Risk, kept_at_risk, processes_by_result, risks_among


def of_kept(
    kept: Mapping[tuple[int, date], Mapping[str, Figure]], period: Span, catalog: Catalog
) -> dict[int, Risks]:
    """Of kept figures (by scope and first day, then by code) those of the period. One query, none without green."""
    green = {
        (scope_id, catalog.metrics[code].pk, start): code
        for (scope_id, start), figures in kept.items()
        if start == period.start
        for code, figure in figures.items()
        if figure.status == "green"
    }
    found: dict[int, dict[str, tuple[Risk, ...]]] = {}
    for spot, risks in kept_at_risk(green, Grain(period.grain)).items():
        found.setdefault(spot[0], {})[green[spot]] = risks
    return dict(found)


def of_computed(figures: Mapping[int, Mapping[int, Figure]], codes: Mapping[int, str]) -> dict[int, Risks]:
    """Of figures computed now (by scope, then by metric id), for the metrics that `codes` names. One query."""
    named = processes_by_result()
    return {
        scope_id: {codes[pk]: risks for pk, risks in risks_among(some, named).items() if pk in codes}
        for scope_id, some in figures.items()
    }
