"""The tables below a suggestion, in the reader's language: what it is made of, and how far off it would have been."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from common import formats
from kpis.forecasting import accuracy
from kpis.models import Metric
from kpis.suggesting import Suggestion, amount_of
from kpis.suggestion_words import percent, year_name
from organization.selectors.rates import currency_sign


@dataclass(frozen=True)
class Cell:
    text: str
    detail: str = ""


@dataclass(frozen=True)
class Table:
    """`heads` are those of the columns, the first of the rows' names; without rows it says `intro` alone."""

    title: str
    heads: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]
    intro: str = ""

    @property
    def rows(self) -> list[list[tuple[str, Cell]]]:
        """Each cell with the head of its column, by which it is named where tables become cards."""
        return [list(zip(self.heads, row, strict=True)) for row in self.cells]


def tables(found: Suggestion, metric: Metric, *, parts: Mapping[str, str]) -> list[Table]:
    """`parts` are the names of product lines by the keys of their areas; what there is nothing of is left out."""
    words = _Words(found, metric)
    made = [words.growth(), words.trials(), words.season()]
    if found.parts:
        made.append(words.parts(parts))
    if found.outliers:
        made.append(words.outliers())
    return made


class _Words:
    def __init__(self, found: Suggestion, metric: Metric) -> None:
        self.found, self.metric = found, metric
        self.language, self.currency = get_language() or "en", currency_sign()

    def exact(self, value: float) -> str:
        return formats.exact(amount_of(value), self.metric, self.language, self.currency)

    def tile(self, value: float) -> str:
        return formats.tile(amount_of(value), self.metric, self.language, self.currency)

    def growth(self) -> Table:
        return Table(
            _("Growth"),
            (_("Year"), _("What came"), _("Without one-offs"), _("Growth")),
            tuple(
                (
                    Cell(year_name(one), "" if one.complete else _("not over, the rest expected")),
                    Cell(self.exact(one.total)),
                    Cell(self.exact(one.usual)),
                    Cell(percent(one.growth)),
                )
                for one in self.found.years
            ),
        )

    def trials(self) -> Table:
        found = self.found.trials
        told = accuracy(found)
        n = len(found)
        intro = ngettext(
            "Asked before %(n)s earlier year, the same way would have been off by %(off)s.",
            "Asked before each of %(n)s earlier years, the same way would have been off by %(off)s; its range held %(held)s times.",
            n,
        ) % {
            "n": n,
            "off": percent(told.error).lstrip("+") if told.error is not None else "",
            "held": sum(one.held for one in found),
        }
        if not found:
            intro = _("This takes three years of days: there is no earlier year with enough before it.")
        return Table(
            _("How far off it would have been"),
            (_("Year"), _("Would have said"), _("What came"), _("Off by")),
            tuple(
                (
                    Cell(formats.period(f"{one.first_day.year:04d}", self.language)),
                    Cell(self.exact(one.mean), f"{self.tile(one.low)} – {self.tile(one.high)}"),
                    Cell(self.exact(one.actual)),
                    Cell(
                        percent(one.mean / one.actual - 1) if one.actual else formats.NO_VALUE,
                        _("within its range") if one.held else _("outside its range"),
                    ),
                )
                for one in found
            ),
            intro,
        )

    def season(self) -> Table:
        return Table(
            _("Season"),
            (_("Month"), _("Share of the year"), _("Expected")),
            tuple(
                (
                    Cell(formats.period(f"{one.first_day:%Y-%m}", self.language)),
                    Cell(_share(one.share)),
                    Cell(self.exact(one.mean)),
                )
                for one in self.found.months
            ),
        )

    def parts(self, names: Mapping[str, str]) -> Table:
        return Table(
            _("Product lines"),
            (_("Product line"), _("Expected"), _("Share of the year"), _("Growth"), _("Part of the growth")),
            tuple(
                (
                    Cell(names.get(one.code, one.code) if one.code else _("Others and not split")),
                    Cell(self.tile(one.expected)),
                    Cell(_share(one.share)),
                    Cell(percent(one.growth)),
                    Cell(percent(one.contribution)),
                )
                for one in self.found.parts
            ),
        )

    def outliers(self) -> Table:
        return Table(
            _("Set aside as one-offs"),
            (_("Day"), _("What came"), _("Usual for such a day")),
            tuple(
                (
                    Cell(
                        " – ".join(
                            formats.day(day, self.language) for day in sorted({one.first_day, one.last_day})
                        )
                    ),
                    Cell(self.exact(one.amount)),
                    Cell(self.exact(one.expected)),
                )
                for one in self.found.outliers
            ),
        )


def _share(value: float) -> str:
    return formats.share(Decimal(str(round(value, 4))))
