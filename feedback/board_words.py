"""The board of complaints in words: its sentence, its charts with their tables, and its file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common import formats
from feedback.board_charts import ages_chart, pareto_chart, trend_chart
from feedback.due_words import language
from feedback.pareto import vital
from feedback.selectors.board import AGES, Board, BoardRow


@dataclass(frozen=True)
class Chart:
    """For `_chart.html`."""

    id: str
    title: str
    subtitle: str
    figure: dict[str, Any]
    numbers: SafeString
    empty: str = ""


@dataclass(frozen=True)
class Split:
    """A table of rows by one thing."""

    id: str
    title: str
    first: str
    rows: tuple[BoardRow, ...]


def sentence(board: Board) -> str:
    """What a manager should know, in one breath."""
    count, before = board.all.complaints, board.before
    came = ngettext(
        "%(n)s complaint came in within %(days)s days", "%(n)s complaints came in within %(days)s days", count
    ) % {"n": formats.number(count), "days": board.days}
    if before == 0 or count == before:
        moved = _("%(came)s.") % {"came": came}
    elif count > before:
        more = formats.number(count - before)
        moved = _("%(came)s, %(n)s more than in the %(days)s days before.") % {
            "came": came,
            "n": more,
            "days": board.days,
        }
    else:
        moved = _("%(came)s, %(n)s fewer than in the %(days)s days before.") % {
            "came": came,
            "n": formats.number(before - count),
            "days": board.days,
        }
    if not board.open.count:
        stands = _("None is open now.")
    elif not board.open.late:
        stands = ngettext(
            "%(n)s is open now, in time.", "%(n)s are open now, all in time.", board.open.count
        ) % {"n": formats.number(board.open.count)}
    else:
        stands = ngettext(
            "%(n)s is open now, %(late)s of them out of time.",
            "%(n)s are open now, %(late)s of them out of time.",
            board.open.count,
        ) % {"n": formats.number(board.open.count), "late": formats.number(board.open.late)}
    return " ".join((moved, stands)) if language() == "en" else moved + stands


def age_of(since: datetime | None, now: datetime) -> str:
    if since is None:
        return formats.NO_VALUE
    return formats.rough(max(0, int((now - since).total_seconds())), language())


def part(count: int, of: int) -> str:
    """A share with nothing behind the point; "—" of none."""
    return formats.NO_VALUE if not of else f"{Decimal(count) * 100 / of:.0f}%"


def charts(board: Board) -> list[Chart]:
    return [_trend(board), _ages(board)]


def pareto(board: Board) -> Chart:
    bars = board.causes
    labels = [board.cause_names.get(bar.key, "—") if bar.key else _("Others") for bar in bars]
    few = vital(bars)
    title = _("Causes, the most frequent first")
    if few and few < len(bars):
        title = ngettext(
            "%(n)s cause makes four fifths of the complaints",
            "%(n)s causes make four fifths of the complaints",
            few,
        ) % {"n": few}
    rows = [
        (label, (formats.number(bar.count), f"{bar.share:.0%}", f"{bar.cumulative:.0%}"))
        for label, bar in zip(labels, bars, strict=True)
    ]
    return Chart(
        "causes",
        title,
        _("Of %(n)s complaints whose cause was found; the line adds the shares up") % {"n": board.with_cause},
        pareto_chart(bars, labels, names={"share": _("Share"), "cumulative": _("Together")}),
        _table(_("Cause"), (_("Complaints"), _("Share"), _("Together")), rows),
        "" if bars else _("No cause was found yet. Causes are asked for when a complaint is solved."),
    )


def splits(board: Board) -> list[Split]:
    found = (
        Split("categories", _("By category"), _("Category"), board.categories),
        Split("channels", _("By channel"), _("Channel"), board.channels),
        Split("regions", _("By region"), _("Region"), board.regions),
        Split("people", _("By person"), _("Assigned to"), board.people),
    )
    return [split for split in found if split.rows]


def _trend(board: Board) -> Chart:
    trend = board.trend
    text = "%Y-%m" if board.step == "month" else "%G-W%V"
    rows = [
        (formats.period(at.strftime(text), language()), (formats.number(came), formats.number(solved)))
        for at, came, solved in zip(trend.at, trend.received, trend.solved, strict=True)
    ]
    names = {"received": _("Came in"), "solved": _("Solved")}
    more = sum(trend.received) - sum(trend.solved)
    title = _("As many were solved as came in")
    if more > 0:
        title = ngettext(
            "%(n)s complaint more came in than was solved",
            "%(n)s more complaints came in than were solved",
            more,
        ) % {"n": formats.number(more)}
    elif more < 0:
        title = ngettext(
            "%(n)s complaint more was solved than came in",
            "%(n)s more complaints were solved than came in",
            -more,
        ) % {"n": formats.number(-more)}
    return Chart(
        "trend",
        title,
        _("By month") if board.step == "month" else _("By week"),
        trend_chart(trend.at, trend.received, trend.solved, names=names, step=board.step),
        _table(_("Month") if board.step == "month" else _("Week"), list(names.values()), rows),
        "" if any(trend.received) or any(trend.solved) else _("Nothing came in, and nothing was solved."),
    )


def _ages(board: Board) -> Chart:
    labels = [f"≤ {AGES[0]}", *(f"{low}–{high}" for low, high in pairwise(AGES)), f"> {AGES[-1]}"]
    old = board.open.ages[-1]
    title = _("How old the open ones are")
    if old:
        title = ngettext(
            "%(n)s open complaint is older than %(days)s days",
            "%(n)s open complaints are older than %(days)s days",
            old,
        ) % {"n": formats.number(old), "days": AGES[-1]}
    rows = [(label, (formats.number(n),)) for label, n in zip(labels, board.open.ages, strict=True)]
    return Chart(
        "ages",
        title,
        _("Open now, by days since they came in"),
        ages_chart(labels, board.open.ages),
        _table(_("Age"), (_("Complaints"),), rows),
        "" if board.open.count else _("None is open now."),
    )


def _table(first: str, heads: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> SafeString:
    def cells(values: Sequence[str]) -> SafeString:
        return format_html_join(
            "", '<td class="num" data-label="{}">{}</td>', zip(heads, values, strict=True)
        )

    return format_html(
        '<table class="lights"><thead><tr><th scope="col">{}</th>{}</tr></thead><tbody>{}</tbody></table>',
        first,
        format_html_join("", '<th scope="col" class="num">{}</th>', ((head,) for head in heads)),
        format_html_join(
            "", '<tr><th scope="row">{}</th>{}</tr>', ((name, cells(values)) for name, values in rows)
        ),
    )


def lines(board: Board) -> Iterator[list[str]]:
    """As a file: times in working minutes, for whoever goes on computing."""
    yield [
        _("By"), _("Name"), _("Complaints"), _("First answer: median (working minutes)"),
        _("First answer: 90% within (working minutes)"), _("Solution: median (working minutes)"),
        _("Solution: 90% within (working minutes)"), _("First answers out of time"), _("Solutions out of time"),
        _("Repeats"), _("Opened again"),
    ]  # fmt: skip
    yield [_("All"), "", *_cells(board.all)]
    for split in splits(board):
        for row in split.rows:
            yield [split.first, row.label, *_cells(row)]
    for bar in board.causes:
        name = board.cause_names.get(bar.key, "—") if bar.key else _("Others")
        yield [_("Cause"), name, str(bar.count)]


def _cells(row: BoardRow) -> list[str]:
    times = (row.answer.median, row.answer.most, row.solve.median, row.solve.most)
    counts = (row.answers_late, row.solutions_late, row.repeats, row.reopened)
    return [
        str(row.complaints),
        *("" if minutes is None else f"{minutes:.0f}" for minutes in times),
        *map(str, counts),
    ]
