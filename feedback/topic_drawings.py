"""Charts of topics and words, with the words around them and the same figures as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common import formats
from feedback import mean_words
from feedback.effect import Sums, mean_of
from feedback.selectors.topics import SubjectPage, TopicRow, TopicsPage, points

LINES = 6  # that can be told apart


@dataclass(frozen=True)
class Chart:
    """For `_chart.html`."""

    id: str
    title: str
    subtitle: str
    figure: dict[str, Any]
    numbers: SafeString


def lowest(page: TopicsPage) -> Chart | None:
    """The months of the topics that score lowest; None where no line can be drawn."""
    rows = [row for row in page.rows if sum(point is not None for point in row.line) > 1][:LINES]
    if not rows:
        return None
    months = page.frame.asked.trend
    traces = [_line(months, points(row.months), row.topic.label, series=at) for at, row in enumerate(rows)]
    return Chart(
        "topics",
        _title(rows[0]),
        _(
            "Mean score by month of the topics that score lowest; months with fewer than five scores are left out"
        ),
        _figure(traces),
        _table(months, [(row.topic.label, row.months) for row in rows]),
    )


def _title(first: TopicRow) -> str:
    return _("%(topic)s scores lowest, %(score)s of 10") % {
        "topic": first.topic.label,
        "score": mean_words.mean(first.standing.mean),
    }


def course(page: SubjectPage, name: str) -> Chart | None:
    """One subject by month, with the interval."""
    months = page.frame.asked.trend
    shown = points(page.months)
    if sum(point is not None for point in shown) < 2:
        return None
    estimates = [mean_of(one) for one in page.months]
    ends = [
        [
            None if point is None else getattr(estimate, end)
            for point, estimate in zip(shown, estimates, strict=True)
        ]
        for end in ("low", "high")
    ]
    traces = [
        {**_line(months, ends[0], "", role="least"), "showlegend": False},
        {**_line(months, ends[1], "", role="most"), "showlegend": False},
        _line(months, shown, name, role="actual"),
    ]
    known = [point for point in shown if point is not None]
    title = _("From %(first)s to %(last)s of 10 within a year") % {
        "first": mean_words.mean(known[0]),
        "last": mean_words.mean(known[-1]),
    }
    said = _("Mean score by month with its 95% interval; months with fewer than five scores are left out")
    return Chart("course", title, said, _figure(traces), _table(months, [(name, page.months)]))


def _line(
    months: Sequence[date],
    values: Sequence[float | None],
    name: str,
    *,
    role: str = "series",
    series: int = 0,
) -> dict[str, Any]:
    meta: dict[str, Any] = {"role": role, "label": role in ("series", "actual")}
    if role == "series":
        meta["series"] = series
    return {
        "type": "scatter",
        "mode": "lines+markers" if meta["label"] else "lines",
        "x": [month.isoformat() for month in months],
        "y": [None if value is None else round(value, 2) for value in values],
        "name": name,
        "connectgaps": False,
        "meta": meta,
    }


def _figure(traces: list[dict[str, Any]]) -> dict[str, Any]:
    return {"data": traces, "layout": {"meta": {"unit": "ratio", "grain": "month"}}}


def _table(months: Sequence[date], rows: Sequence[tuple[str, Sequence[Sums]]]) -> SafeString:
    """Mean and count by month."""
    language = get_language() or "en"
    several = len(rows) > 1

    def cells(at: int) -> SafeString:
        found = [(name, mean_of(sums[at])) for name, sums in rows]
        shown = format_html_join(
            "",
            '<td class="num" data-label="{}">{}</td>',
            (
                (name if several else _("Mean score"), mean_words.mean(one.value) + (_n(one.count) if several else ""))
                for name, one in found
            ),
        )  # fmt: skip
        if several:
            return shown
        one = found[0][1]
        return format_html(
            '{}<td class="num" data-label="{}">{}</td><td class="num" data-label="{}">{}</td>',
            shown, _("95% interval"), mean_words.interval(one) or formats.NO_VALUE, _("Scores"), formats.number(one.count),
        )  # fmt: skip

    heads = [name for name, _sums in rows] if several else [_("Mean score"), _("95% interval"), _("Scores")]
    return format_html(
        '<table class="lights numbers"><thead><tr><th scope="col">{}</th>{}</tr></thead><tbody>{}</tbody></table>',
        _("Month"),
        format_html_join("", '<th scope="col" class="num">{}</th>', ((head,) for head in heads)),
        format_html_join(
            "",
            '<tr><th scope="row">{}</th>{}</tr>',
            (
                (formats.period(f"{month:%Y-%m}", language), cells(at))
                for at, month in enumerate(months)
            ),
        ),
    )  # fmt: skip


def _n(count: int) -> str:
    return f" (n={formats.number(count)})" if count else ""
