"""The table of an area's parts: a light on every figure, what they leave over, and the whole."""

from __future__ import annotations

from django.utils.translation import gettext as _

from dashboards import wording
from dashboards.addresses import Links, links_of
from dashboards.pieces import Cell, CellKind, LightRow, LightsTable
from dashboards.presenting.common import Option, names_of, reason_of
from dashboards.selectors import Overview, Part, Split

COLUMNS = ("revenue", "cost", "roas", "orders", "cac", "ctr")
ROWS = 100  # of a split with more parts the worst are shown; the rest is found by its name


def tabs(page: Overview) -> list[Option]:
    """The ways in which the area can be split; none where there is one alone."""
    if len(page.splits) < 2:
        return []
    links = links_of(page)
    return [
        Option(
            split.dimension,
            wording.heading_of(split),
            split is page.split,
            links.to(by=split.dimension) + "#split",
        )
        for split in page.splits
    ]


def lights(page: Overview, split: Split) -> LightsTable:
    links = links_of(page)
    rows = [_row(page, part, links) for part in split.parts[:ROWS]]
    if split.rest:
        cells = tuple(
            Cell(page.metrics[code].label, split.rest.get(code), CellKind.FIGURE, page.metrics[code])
            for code in _columns(page)
        )
        rows.append(
            LightRow(_("Not split"), cells, detail=_("counted above, but in none of these"), tone="muted")
        )
    whole = Part(page.area.key, split.parts[0].node, page.figures, risks=page.risks)
    rows.append(
        LightRow(
            page.area.name,
            _cells(page, whole, links.why()),
            whole.status,
            _reason(whole),
            tone="total",
            at_risk=names_of(whole.at_risk),
        )
    )
    caption = _("%(kinds)s in %(period)s") % {
        "kinds": wording.heading_of(split),
        "period": wording.period_words(page),
    }
    return LightsTable(caption, _("Name"), tuple(rows), more=max(0, len(split.parts) - ROWS))


def _row(page: Overview, part: Part, links: Links) -> LightRow:
    nodes = {**page.area.nodes, part.node.dimension: part.node}
    return LightRow(
        name=part.node.label,
        cells=_cells(page, part, links.why(nodes)),
        status=part.status,
        reason=_reason(part),
        url=links.to(nodes),
        detail=wording.detail(part, page),
        at_risk=names_of(part.at_risk),
    )


def _reason(part: Part) -> str:
    if part.status != "grey":
        return ""
    return "no_data" if all(figure.value is None for figure in part.figures.values()) else "no_target"


def _columns(page: Overview) -> list[str]:
    return [code for code in COLUMNS if code in page.metrics]


def _cells(page: Overview, part: Part, why: str) -> tuple[Cell, ...]:
    cells = []
    for code in _columns(page):
        figure = part.figure(code)
        lit = figure.value is not None or (figure.target is not None and page.has_values)
        cells.append(
            Cell(
                label=page.metrics[code].label,
                value=figure.value,
                kind=CellKind.FIGURE,
                metric=page.metrics[code],
                status=figure.status if lit else "",
                reason=reason_of(figure, page.metrics[code]),
                estimated=figure.estimated,
                why=f"{why}&metric={code}" if lit else "",
                at_risk=names_of(part.risks.get(code, ())),
            )
        )
    return tuple(cells)
