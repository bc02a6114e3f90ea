"""How a file would go in: the import's own steps on its first lines, in a transaction that is rolled back.

Nothing is kept and no area is made, so it may be asked again with every change of mind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common import formats
from ingest.layouts import Layout
from ingest.models import Import, Reject
from ingest.reading.tables import Table
from ingest.rejecting import reject_bad_lines, reject_twins, word
from ingest.staging import KEY, PLACES, Staged, load, make_typed, map_texts
from ingest.words import would_do
from kpis.models import Measure
from organization.models import Node
from organization.selectors.rates import currency_sign
from organization.words import KINDS

WHOLE_UP_TO = 2000  # lines that are looked at as a whole; of longer files, the first PART
PART = 200
SHOWN = 12
BAD_SHOWN = 5


@dataclass(frozen=True)
class PreviewCell:
    text: str
    heading: str
    number: bool = False
    new: bool = False  # an area that is not known yet


@dataclass(frozen=True)
class PreviewLine:
    """A line as it would go in, or why it would not."""

    line: int
    cells: tuple[PreviewCell, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Preview:
    said: str  # how many lines would go in, in one sentence
    headings: tuple[tuple[str, bool], ...]  # name, whether numbers stand below it
    lines: tuple[PreviewLine, ...]
    bad: tuple[PreviewLine, ...]  # more lines that would be rejected
    looked_at: int
    whole: bool
    accepted: int
    rejected: int
    added_up: int  # lines that would be added to another's
    new: tuple[str, ...]  # areas that would be made
    first_day: date | None
    last_day: date | None


def preview(
    *, batch: Import, table: Table, layout: Layout, line: int, headings: list[str], today: date
) -> Preview:
    """Raises FileRefused where the file turns out to be cut off."""
    staged = Staged(f"look_{batch.pk}")
    with transaction.atomic():
        loaded = load(
            staged=staged, table=table, head_line=line, width=len(headings), progress=_quiet, most=WHOLE_UP_TO
        )
        whole = loaded < WHOLE_UP_TO
        if not whole:
            loaded = _cut(staged)
        made: dict[int, str] = {}
        map_texts(staged=staged, layout=layout, person=None, pretend=made)
        make_typed(staged=staged, layout=layout)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT line FROM {staged.stage} ORDER BY line LIMIT {SHOWN}")
            first = [number for (number,) in cursor.fetchall()]
        reject_bad_lines(staged=staged, batch=batch, layout=layout, headings=headings, today=today)
        twins = _twins(staged)
        if twins and not layout.sums:
            reject_twins(staged=staged, batch=batch, width=len(headings))
        shown = _shown(staged, layout, first, made)
        found = _rejects(batch, first)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT min(day), max(day) FROM {staged.typed}")
            first_day, last_day = cursor.fetchone()
        rejected = Reject.objects.filter(batch=batch).count()
        transaction.set_rollback(True)
    added_up = twins if layout.sums else 0
    return Preview(
        said=would_do(accepted=loaded - rejected, rejected=rejected, added_up=added_up),
        headings=_headings(layout),
        lines=tuple(
            PreviewLine(number, tuple(shown.get(number, ())), found.get(number, ())) for number in first
        ),
        bad=tuple(PreviewLine(number, (), why) for number, why in found.items() if number not in first),
        looked_at=loaded,
        whole=whole,
        accepted=loaded - rejected,
        rejected=rejected,
        added_up=added_up,
        new=tuple(sorted(made.values())),
        first_day=first_day,
        last_day=last_day,
    )


def _quiet(_lines: int) -> None:
    pass


def _cut(staged: Staged) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {staged.stage} WHERE line >"
            f" (SELECT line FROM {staged.stage} ORDER BY line OFFSET {PART - 1} LIMIT 1)"
        )
    return PART


def _twins(staged: Staged) -> int:
    """How many lines are about the key of another before them."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(DISTINCT line) AS n FROM {staged.typed} GROUP BY {KEY})"
            " AS keys"
        )
        return int(cursor.fetchone()[0])


def _headings(layout: Layout) -> tuple[tuple[str, bool], ...]:
    names = [(_("Day"), False)]
    names += [(str(KINDS[_KIND[dimension]]), False) for dimension in _dimensions(layout)]
    return (*names, *((measure_label(measure), True) for measure in _measures(layout)))


_KIND = {"channel": "channel", "region": "region", "product": "product_line"}


def _dimensions(layout: Layout) -> list[str]:
    names = [(dimension, getattr(layout.emissions[0], dimension)) for dimension in PLACES]
    return [str(dimension) for dimension, name in names if name.columns or name.fixed]


def _measures(layout: Layout) -> list[Measure]:
    return list(Measure.objects.filter(code__in=layout.measures).order_by("slot"))


def measure_label(measure: Measure) -> str:
    chinese = formats.is_chinese(get_language() or "en")
    return measure.name_zh if chinese and measure.name_zh else measure.name


def _shown(
    staged: Staged, layout: Layout, lines: list[int], made: dict[int, str]
) -> dict[int, list[PreviewCell]]:
    dimensions, measures = _dimensions(layout), _measures(layout)
    ids = "".join(f", {dimension}_id" for dimension in dimensions)
    foreign = ", currency, rate, originals" if layout.foreign else ", NULL, NULL, NULL"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT line, day, amounts{foreign}{ids} FROM {staged.typed} WHERE line = ANY(%s)", [lines]
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    names = _paths({pk for row in rows for pk in row[6:]}) | made
    language = get_language() or "en"
    told = [heading for heading, _number in _headings(layout)]
    found = {}
    for line, day, amounts, currency, rate, originals, *nodes in rows:
        cells = [PreviewCell(formats.day(day, language), next(headings := iter(told)))]
        cells += [PreviewCell(names.get(pk, formats.NO_VALUE), next(headings), new=pk < 0) for pk in nodes]
        for measure in measures:
            value = amounts[measure.slot - 1] if len(amounts) >= measure.slot else None
            text = formats.exact(value, measure, language, currency_sign())
            if currency and measure.unit == "money" and value is not None:
                text = f"{in_foreign(originals[measure.slot - 1], currency, rate)} = {text}"
            cells.append(PreviewCell(text, next(headings), number=True))
        found[line] = cells
    return found


def in_foreign(amount: Decimal, currency: str, rate: Decimal) -> str:
    """`12,000 USD × 7.1`"""
    return f"{formats.number(amount)} {currency} × {rate.normalize():f}"


def _paths(ids: Iterable[int]) -> dict[int, str]:
    return dict(Node.objects.filter(pk__in=[pk for pk in ids if pk > 0]).values_list("pk", "path"))


def _rejects(batch: Import, first: list[int]) -> dict[int, tuple[str, ...]]:
    """Reasons of the lines that are shown, and of the first others: those of different sorts before more of one."""
    found = {}
    seen: Counter[str] = Counter()
    more = 0
    for reject in Reject.objects.filter(batch=batch).order_by("line")[:WHOLE_UP_TO]:
        code = str(reject.reasons[0]["code"])
        seen[code] += 1
        if reject.line not in first:
            if more >= BAD_SHOWN or seen[code] > 2:
                continue
            more += 1
        found[reject.line] = tuple(word(reason) for reason in reject.reasons)
    return found
