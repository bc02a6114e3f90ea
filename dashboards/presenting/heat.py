"""The heat map as a table: a figure in every cell, every cell a way into its cut."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import quote

from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common import formats
from dashboards import wording
from dashboards.addresses import SAFE, filters_of, links_of
from dashboards.presenting.common import Option
from dashboards.selectors import ATTAINMENT, HeatMap, Overview
from dashboards.templatetags.lights import AT_RISK, SHAPES, WORDS, at_risk_words
from dashboards.templatetags.numbers import currency, language
from kpis.selectors import Figure
from kpis.selectors.at_risk import Risk

SHADES = 7
OFFERED = ("revenue", ATTAINMENT, "roas")


@dataclass(frozen=True)
class HeatTable:
    """`name` says what is crossed, `body` is the table itself. `more`: other metrics, in a list to choose from; `kept` what its form sends along."""

    name: str
    title: str
    said: str
    body: SafeString
    metrics: tuple[Option, ...]
    more: tuple[Option, ...]
    kept: tuple[tuple[str, str], ...]
    note: str = ""


def heat_table(page: Overview) -> HeatTable | None:
    heat = page.heat
    if heat is None:
        return None
    links = links_of(page)
    by = page.split.dimension if page.split else ""
    named = {**{code: metric.label for code, metric in page.metrics.items()}, ATTAINMENT: _("Attainment")}
    name = named[heat.metric]
    kinds = (wording.kind_of_node(heat.rows[0]), wording.kind_of_node(heat.columns[0]))
    note = ""
    if heat.metric == ATTAINMENT and all(figure.attainment is None for figure in heat.cells.values()):
        note = _("None of these cuts has a revenue target yet. Set one, and its attainment stands here.")
    rows, columns = (name[:1].upper() + name[1:] for name in kinds)
    return HeatTable(
        name=f"{rows} × {columns}",
        title=_title(page, heat, name),
        said=_("%(metric)s by %(rows)s and %(columns)s. Open a cell to see that cut.")
        % {"metric": name, "rows": kinds[0], "columns": kinds[1]},
        body=_body(page, heat, name),
        metrics=tuple(
            Option(code, named[code], code == heat.metric, links.to(by=by, metric=code) + "#heat")
            for code in OFFERED
            if code in named
        ),
        more=tuple(
            Option(code, metric.label, code == heat.metric)
            for code, metric in page.metrics.items()
            if code not in OFFERED
        ),
        kept=(
            ("period", str(page.period)),
            *filters_of(page.area.nodes),
            *page.kept.items(),
            *((("by", by),) if by else ()),
        ),
        note=note or _hidden(heat),
    )


def _title(page: Overview, heat: HeatMap, name: str) -> str:
    known = {where: heat.shade(figure) for where, figure in heat.cells.items() if all(where)}
    values = {where: value for where, value in known.items() if value is not None}
    if not values:
        return name
    where = max(values, key=lambda one: values[one])
    rows, columns = ({node.pk: node for node in side} for side in (heat.rows, heat.columns))
    if where[0] not in rows or where[1] not in columns:
        return name
    return _("Highest %(metric)s: %(row)s × %(column)s, %(value)s") % {
        "metric": name[:1].lower() + name[1:] if name[1:2].islower() else name,
        "row": rows[where[0]].label,
        "column": columns[where[1]].label,
        "value": _short(page, heat, heat.cells[where]),
    }


def _hidden(heat: HeatMap) -> str:
    hidden = sum(heat.hidden)
    if not hidden:
        return ""
    return ngettext(
        "%(hidden)s smaller row or column is left out here; the table above has all.",
        "%(hidden)s smaller rows and columns are left out here; the table above has all.",
        hidden,
    ) % {"hidden": hidden}


def _short(page: Overview, heat: HeatMap, figure: Figure) -> str:
    if heat.metric == ATTAINMENT:
        return formats.share(figure.attainment)
    return formats.tile(figure.value, page.metrics[heat.metric], language(), currency())


def _body(page: Overview, heat: HeatMap, name: str) -> SafeString:
    """Made here and not by a template: hundreds of cells, each with its address."""
    values = [
        value
        for row in heat.rows
        for column in heat.columns
        if (value := heat.shade(heat.figure(row.pk, column.pk))) is not None
    ]
    low, high = min(values, default=Decimal(0)), max(values, default=Decimal(0))
    links = links_of(page)
    nodes = page.area.nodes
    base = [(one, node) for one, node in filters_of(nodes) if one not in (heat.down, heat.across)]
    start = (
        links.home({**nodes, heat.down: heat.rows[0], heat.across: heat.columns[0]})
        + "?"
        + "&".join(
            f"{one}={quote(value, safe=SAFE)}"
            for one, value in [("period", links.period), *page.kept.items(), *base]
            if value
        )
    )
    across = {node.pk: quote(node.path, safe=SAFE) for node in heat.columns}
    lines = []
    for row in heat.rows:
        address = f"{start}&{heat.down}={quote(row.path, safe=SAFE)}"
        cells = []
        for column in heat.columns:
            figure = heat.figure(row.pk, column.pk)
            into = f"{address}&{heat.across}={across[column.pk]}"
            risks = heat.risks.get((row.pk, column.pk), ())
            cells.append(_cell(page, heat, figure, into, low, high, risks))
        lines.append(
            (
                format_html('<a class="row-link" href="{}">{}</a>', links.into(heat.down, row), row.label),
                format_html_join("", "{}", ((cell,) for cell in cells)),
            )
        )
    heads = format_html_join(
        "",
        '<th scope="col"><a class="row-link" href="{}">{}</a></th>',
        ((links.into(heat.across, node), node.label) for node in heat.columns),
    )
    rows = format_html_join("", '<tr><th scope="row">{}</th>{}</tr>', lines)
    rest = _rest(page, heat)
    return format_html(
        '<table class="heat"><thead><tr><th scope="col"><span class="visually-hidden">{}</span></th>{}</tr></thead>'
        "<tbody>{}{}</tbody></table>",
        name, heads, rows, rest,
    )  # fmt: skip


def _cell(
    page: Overview,
    heat: HeatMap,
    figure: Figure,
    address: str,
    low: Decimal,
    high: Decimal,
    risks: tuple[Risk, ...],
) -> SafeString:
    """Written out, since there are hundreds: everything in it is a number of ours or has been escaped."""
    value = heat.shade(figure)
    href = escape(address)
    if figure.value is None:
        return mark_safe(f"<td>{formats.NO_VALUE}</td>")  # noqa: S308 - see above
    if value is None:
        return mark_safe(f'<td><a href="{href}" title="{_("no target")}">{formats.NO_VALUE}</a></td>')  # noqa: S308
    shown = escape(_short(page, heat, figure))
    if heat.metric == ATTAINMENT:
        word = escape(WORDS[figure.status])
        return mark_safe(  # noqa: S308
            f'<td class="heat-0"><a href="{href}"><span class="light light-{figure.status}" title="{word}">'
            f'<span class="light-shape" aria-hidden="true">{SHAPES[figure.status]}</span>'
            f'<span class="visually-hidden">{word}</span></span>{shown}{_at_risk(risks)}</a></td>'
        )
    shade = 0 if high == low else int((value - low) / (high - low) * (SHADES - 1) + Decimal("0.5"))
    full = escape(formats.exact(figure.value, page.metrics[heat.metric], language(), currency()))
    return mark_safe(f'<td class="heat-{shade}"><a href="{href}" title="{full}">{shown}</a></td>')  # noqa: S308


def _at_risk(risks: tuple[Risk, ...]) -> str:
    if not risks:
        return ""
    said = escape(at_risk_words(risks))
    return (
        f' <span class="at-risk" title="{said}"><span class="light-shape" aria-hidden="true">{AT_RISK}</span>'
        f'<span class="visually-hidden">{said}</span></span>'
    )


def _rest(page: Overview, heat: HeatMap) -> SafeString:
    """What lies in a column but in none of the rows, so that parts add up."""
    if heat.metric == ATTAINMENT or not page.metrics[heat.metric].additive:
        return SafeString("")
    found = [heat.cells.get((0, column.pk)) for column in heat.columns]
    if not any(found):
        return SafeString("")
    cells = format_html_join(
        "", "<td>{}</td>", ((_short(page, heat, figure) if figure else formats.NO_VALUE,) for figure in found)
    )
    return format_html('<tr class="row-muted"><th scope="row">{}</th>{}</tr>', _("Not split"), cells)
