"""The page of scores as its template and its files show it, from what was read. No database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from common import formats
from feedback import score_words as words
from feedback.dots import Dot, Scale, dot, scale_of
from feedback.score_charts import score_trend, spread
from feedback.score_kinds import ENDS, Kind
from feedback.selectors.scores import Light, Row, ScoresPage, Tile
from organization.exporting import Cell

# Places of the marks that speak for, neither, and against.
_GROUPS = {
    Kind.NPS: (range(9, 11), range(7, 9), range(7)),
    Kind.CSAT: (range(3, 5), range(2, 3), range(2)),
    Kind.CES: (range(4, 7), range(3, 4), range(3)),
}


@dataclass(frozen=True)
class Chart:
    """For `_chart.html`."""

    id: str
    title: str
    subtitle: str
    figure: dict[str, Any]
    numbers: SafeString


@dataclass(frozen=True)
class Bit:
    """A part of a bar of shares: where it begins and how long it is, of 100, and its share in words."""

    start: Decimal
    length: Decimal
    share: str


@dataclass(frozen=True)
class ShownRow:
    row: Row
    label: str
    value: str
    between: str
    answers: str
    moved: str
    clear: bool
    dot: Dot | None
    bits: tuple[Bit, ...]
    shares: str


@dataclass(frozen=True)
class ShownTable:
    name: str
    title: str
    head: str
    rows: tuple[ShownRow, ...]
    total: ShownRow | None


@dataclass(frozen=True)
class ShownTile:
    name: str
    help: str
    value: str
    between: str
    answers: str
    moved: str
    clear: bool
    small: bool
    status: str
    reason: str
    target: str
    chosen: bool
    kind: str


def tiles(page: ScoresPage) -> tuple[ShownTile, ...]:
    """No light of a few answers, and none of one customer type: targets are of all of them."""
    found = []
    for tile in page.tiles:
        light = tile.light if page.asked.segment is None else None
        target = (
            light.target * (100 if tile.kind == Kind.CSAT else 1)
            if light and light.target is not None
            else None
        )
        found.append(
            ShownTile(
                name=str(words.NAMES[tile.kind]),
                help=str(words.HELP[tile.kind]),
                value=words.written(tile.kind, tile.score.value),
                between=words.between(tile.kind, tile.score) if tile.score.low is not None else "",
                answers=words.answers(tile.score.n),
                moved=words.moved(tile.kind, tile.move) if tile.move else "",
                clear=tile.move is not None and tile.move.clear,
                small=tile.score.small and tile.score.n > 0,
                status=_status(page, tile, light),
                reason=_why_grey(tile.score.n, target, small=tile.score.small),
                target=words.written(tile.kind, target) if target is not None else "",
                chosen=tile.kind == page.asked.kind,
                kind=tile.kind.value,
            )
        )
    return tuple(found)


def _status(page: ScoresPage, tile: Tile, light: Light | None) -> str:
    if tile.score.small:
        return "grey"
    if page.asked.segment is not None:
        return ""
    return light.status if light is not None else "grey"


def _why_grey(count: int, target: Decimal | None, *, small: bool) -> str:
    if not count:
        return "no_data"
    if small:
        return "few"
    return "no_target" if target is None else ""


def scale(page: ScoresPage) -> Scale:
    return scale_of([row.score for table in page.tables for row in table.rows], ENDS[page.asked.kind])


def tables(page: ScoresPage) -> tuple[ShownTable, ...]:
    """All on one scale, so that they can be compared."""
    on, whole = scale(page), page.main.score.value
    return tuple(
        ShownTable(
            table.name,
            str(words.TABLES[table.name]),
            str(words.HEADS[table.name]),
            tuple(_shown(page, row, on, whole) for row in table.rows),
            _shown(page, table.total, on, None) if table.total else None,
        )
        for table in page.tables
    )


def attention(page: ScoresPage) -> tuple[tuple[str, ShownRow], ...]:
    """Parts that are clearly below the rest: which table they are of, and the row."""
    on, whole = scale(page), page.main.score.value
    return tuple((table.name, _shown(page, row, on, whole)) for table, row in words.clearly_low(page))


def _shown(page: ScoresPage, row: Row, on: Scale, whole: Decimal | None) -> ShownRow:
    kind = page.asked.kind
    parts = row.shares.parts
    bits: list[Bit] = []
    start = Decimal(0)
    for part in parts or ():
        bits.append(Bit(start, (part * 100).quantize(Decimal("0.01")), words.whole_percent(part)))
        start += bits[-1].length
    return ShownRow(
        row=row,
        label=words.label(row),
        value=words.written(kind, row.score.value),
        between=words.between(kind, row.score),
        answers=formats.number(row.score.n),
        moved=words.moved(kind, row.move),
        clear=row.move is not None and row.move.clear,
        dot=dot(row.score, on, whole),
        bits=tuple(bits),
        shares=" / ".join(bit.share for bit in bits) or formats.NO_VALUE,
    )


# -- Charts -----------------------------------------------------------------------------------------


def charts(page: ScoresPage) -> tuple[Chart, ...]:
    if not page.months:
        return ()
    return tuple(one for one in (_trend(page), _spread(page)) if one is not None)


def _trend(page: ScoresPage) -> Chart:
    kind, names = page.asked.kind, {
        "score": str(words.NAMES[page.asked.kind]),
        "few": _("Few answers"),
        "target": _("Target"),
        "benchmark": _("Benchmark"),
    }  # fmt: skip
    heads = [names["score"], _("At least"), _("At most"), _("Answers")]
    targets = any(one.target is not None for one in page.months)
    held = any(one.benchmark is not None for one in page.months)
    heads += [names["target"]] * targets + [names["benchmark"]] * held
    rows = []
    for one in reversed(page.months):
        values = [one.score.value, one.score.low, one.score.high]
        cells = [*(words.written(kind, value) for value in values), formats.number(one.score.n)]
        cells += [words.written(kind, one.target)] * targets + [words.written(kind, one.benchmark)] * held
        rows.append((formats.period(f"{one.month:%Y-%m}", words.language()), cells))
    title = words.trend_title(page)
    return Chart(
        "trend",
        title,
        words.trend_subtitle(page),
        score_trend(page.months, names),
        chart_table(title, _("Month"), heads, rows),
    )


def _spread(page: ScoresPage) -> Chart | None:
    if not any(page.spread):
        return None
    kind = page.asked.kind
    first = 0 if kind == Kind.NPS else 1
    marks = [str(first + place) for place in range(len(page.spread))]
    groups = [
        (str(name), places) for name, places in zip(words.SHARE_NAMES[kind], _GROUPS[kind], strict=True)
    ]
    total = sum(page.spread)
    rows = [
        (mark, [formats.number(count), formats.share(Decimal(count) / total)])
        for mark, count in zip(marks, page.spread, strict=True)
    ]
    title = words.spread_title(page)
    subtitle = _("How many gave each mark, %(period)s") % {"period": words.period_name(page)}
    table = chart_table(title, _("Mark"), (_("Answers"), _("Share")), rows)
    return Chart("spread", title, subtitle, spread(marks, page.spread, groups), table)


def chart_table(title: str, first: str, heads: Any, rows: list[tuple[str, list[str]]]) -> SafeString:
    """The figures of a chart as a table."""
    return format_html(
        '<table class="lights numbers"><caption>{}</caption><thead><tr><th scope="col">{}</th>{}</tr></thead>'
        "<tbody>{}</tbody></table>",
        title,
        first,
        format_html_join("", '<th scope="col" class="num">{}</th>', ((head,) for head in heads)),
        format_html_join(
            "",
            '<tr><th scope="row">{}</th>{}</tr>',
            (
                (
                    name,
                    format_html_join(
                        "", '<td class="num" data-label="{}">{}</td>', zip(heads, cells, strict=True)
                    ),
                )
                for name, cells in rows
            ),
        ),
    )


# -- Files ------------------------------------------------------------------------------------------


def file_rows(page: ScoresPage) -> Iterator[list[Cell]]:
    """What is seen, a line a part."""
    kind = page.asked.kind
    yield [
        _("Split by"), _("Part"), str(words.NAMES[kind]), _("At least"), _("At most"), _("Answers"),
        *map(str, words.SHARE_NAMES[kind]), _("Change in points"), _("Few answers"),
    ]  # fmt: skip
    for table in page.tables:
        for row in (*table.rows, *([table.total] if table.total else ())):
            name = _("All") if row is table.total else words.label(row)
            values = (row.score.value, row.score.low, row.score.high)
            yield [
                str(words.HEADS[table.name]),
                name,
                *(None if value is None else round(value, 2) for value in values),
                row.score.n,
                row.shares.good,
                row.shares.between,
                row.shares.bad,
                None if row.move is None else round(row.move.points, 2),
                _("yes") if row.score.small else "",
            ]
