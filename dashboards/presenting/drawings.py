"""The charts of an overview, each with a title that says what is seen, and its figures as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from common import formats
from dashboards import charts, wording
from dashboards.addresses import links_of
from dashboards.pieces import LightsTable
from dashboards.presenting.common import Option
from dashboards.selectors import Overview, Spend, Split
from dashboards.templatetags.numbers import currency, language
from kpis.models import Metric


@dataclass(frozen=True)
class Chart:
    """For `_chart.html`; `empty` stands where there is nothing to draw, `numbers` or `table` is the same as a table."""

    id: str
    title: str
    subtitle: str = ""
    figure: dict[str, Any] | None = None
    numbers: SafeString | str = ""
    empty: str = ""
    tall: bool = False
    steps: tuple[Option, ...] = ()
    table: LightsTable | None = None


def chart_list(page: Overview) -> list[Chart]:
    """None where there is nothing at all to draw: the line above says so once."""
    if not page.has_values:
        return []
    drawn = [_over_time(page, code) for code in ("revenue", "cost") if code in page.metrics]
    if page.split is not None and "roas" in page.metrics:
        drawn.append(_returns(page, page.split))
    if page.spend is not None and "cost" in page.metrics:
        drawn.append(_spend(page, page.spend))
    return drawn


def _over_time(page: Overview, code: str) -> Chart:
    metric = page.metrics[code]
    found = charts.lines(page, code)
    if found.empty:
        return Chart(code, metric.label, empty=_nothing(page, metric))
    names = {
        "actual": _("Actual"),
        "plan": _("Plan"),
        "original": _("Original plan"),
        "last_year": _("Last year"),
        "band": _("Just off plan"),
        "forecast": _("Forecast"),
    }
    words = {"metric": metric.label}
    by = {
        charts.Step.DAY: _("%(metric)s by day"),
        charts.Step.WEEK: _("%(metric)s by week"),
        charts.Step.MONTH: _("%(metric)s by month"),
    }
    parts = [by[found.step] % words]
    if any(value is not None for value in found.plan):
        parts.append(
            _("plan as a thin line")
            if found.monthly
            else _("plan as a thin line with the band of the yellow light")
        )
    if any(value is not None for value in found.original):
        parts.append(_("the original plan dashed"))
    if any(value is not None for value in found.last_year):
        parts.append(_("last year in grey"))
    if found.ahead is not None:
        parts.append(
            _("the forecast hatched, with its range")
            if found.monthly
            else _("the forecast dotted, with its range")
        )
    through = page.figure(code).through
    if found.monthly and through and through < page.period.end:
        said = _("the last bar up to %(day)s") if found.ahead is None else _("actual up to %(day)s")
        parts.append(said % {"day": wording.day_words(through)})
    return Chart(
        id=code,
        title=wording.own_words(code, page),
        subtitle=_(", ").join(parts),
        figure=charts.over_time(found, names=names),
        numbers=_numbers(metric, found, names),
        steps=_steps(page) if code == "revenue" else (),
    )


def _steps(page: Overview) -> tuple[Option, ...]:
    offered = charts.steps_of(page)
    if len(offered) < 2:
        return ()
    links, chosen = links_of(page), charts.step_of(page)
    names = {charts.Step.DAY: _("Day"), charts.Step.WEEK: _("Week"), charts.Step.MONTH: _("Month")}
    ordered = [step for step in charts.Step if step in offered]
    by = page.split.dimension if page.split else ""
    return tuple(
        Option(str(step), names[step], step == chosen, links.to(by=by, step=str(step)) + "#charts")
        for step in ordered
    )


def _nothing(page: Overview, metric: Metric) -> str:
    if page.figure(metric.code).value is not None:
        return _("This cut has figures for whole months alone, so there is nothing to draw by day.")
    return _(
        "No %(metric)s has been imported for %(period)s. Import a file that has it, and it is drawn here."
    ) % {
        "metric": wording.name_in_sentence(metric),
        "period": wording.period_words(page),
    }


def _numbers(metric: Metric, found: charts.Lines, names: Mapping[str, str]) -> SafeString:
    """The figures of a chart, for those who do not see it."""
    columns = {"actual": found.actual, "plan": found.plan, "original": found.original}
    columns = {role: values for role, values in columns.items() if values} | {"last_year": found.last_year}
    if found.ahead is not None:
        columns |= {"forecast": found.ahead.mean}
    heads = [_("Month") if found.monthly else _("Day"), *(names[role] for role in columns)]
    rows = [
        (_at(at, monthly=found.monthly), [_exact(value, metric) for value in values])
        for at, *values in zip(found.at, *columns.values(), strict=True)
    ]
    return table(metric.label, heads, rows)


def _at(day: date, *, monthly: bool) -> str:
    return formats.period(f"{day:%Y-%m}", language()) if monthly else formats.short_day(day, language())


def _exact(value: Decimal | None, metric: Metric) -> str:
    return formats.exact(value, metric, language(), currency())


def table(caption: str, heads: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> SafeString:
    """A plain table of figures, made at once: a page has hundreds of them."""
    first, *others = heads
    return format_html(
        '<table class="lights numbers"><caption>{}</caption><thead><tr><th scope="col">{}</th>{}</tr></thead>'
        "<tbody>{}</tbody></table>",
        caption,
        first,
        format_html_join("", '<th scope="col" class="num">{}</th>', ((one,) for one in others)),
        format_html_join(
            "",
            '<tr><th scope="row">{}</th>{}</tr>',
            (
                (
                    name,
                    format_html_join(
                        "", '<td class="num" data-label="{}">{}</td>', zip(others, values, strict=True)
                    ),
                )
                for name, values in rows
            ),
        ),
    )


def _returns(page: Overview, split: Split) -> Chart:
    metric = page.metrics["roas"]
    shown = charts.bars_of(split.parts, "roas")
    if not shown:
        text = _("There is no %(metric)s here: it needs both revenue and cost for each of the %(kinds)s.") % {
            "metric": metric.label,
            "kinds": wording.kind_of(split),
        }
        return Chart("roas", metric.label, empty=text)
    parts = [metric.explanation.rstrip(".。")]
    if any(part.figure("roas").target is not None for part in shown):
        parts.append(_("plan as a tick"))
    links = links_of(page)
    figure = charts.bars(shown, "roas", unit=metric.unit, names={"actual": _("Actual"), "plan": _("Plan")})
    figure["layout"]["meta"]["links"] = [links.into(part.node.dimension, part.node) for part in shown]
    return Chart(
        id="roas",
        title=wording.roas_title(split, page.metrics),
        subtitle=_(", ").join(parts),
        figure=figure,
        tall=len(shown) > 8,
    )


def _spend(page: Overview, found: Spend) -> Chart:
    metric = page.metrics["cost"]
    kind = wording.kind_of_node(next(iter(found.nodes.values())))
    figure = charts.spend(found, unit=metric.unit, others=_("Others"), rest=_("Not split"))
    links = links_of(page)
    figure["layout"]["meta"]["links"] = {
        month.isoformat(): links.to(period=f"{month:%Y-%m}") for month in found.months
    }
    heads = [_("Month"), *(trace["name"] for trace in figure["data"])]
    rows = [
        (
            formats.period(f"{month:%Y-%m}", language()),
            [
                _exact(None if value is None else Decimal(str(value)), metric)
                for value in (trace["y"][place] for trace in figure["data"])
            ],
        )
        for place, month in enumerate(found.months)
    ]
    return Chart(
        id="spend",
        title=wording.spend_title(found),
        subtitle=_("%(metric)s by month and %(kinds)s; open a bar to see its month")
        % {"metric": metric.label, "kinds": kind},
        figure=figure,
        numbers=table(metric.label, heads, rows),
        tall=True,
    )
