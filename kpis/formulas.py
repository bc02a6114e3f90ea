"""What a metric is made of: scale × (a sum of measures) ÷ (another, or 1), as numbers and as a sentence. Pure.

The same arithmetic as the SQL of `kpis.figures`: sums first, division last, and no value where a part is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

Parts = Mapping[str, Decimal]  # coefficients by measure code
MINUS, TIMES, OVER = "−", "×", "÷"


@dataclass(frozen=True)
class Formula:
    """`denominator` None: a plain sum."""

    numerator: Parts
    denominator: Parts | None = None
    scale: Decimal = Decimal(1)

    @classmethod
    def of(
        cls, numerator: Mapping[str, str], denominator: Mapping[str, str] | None, scale: Decimal
    ) -> Formula:
        """From how a metric's row keeps it: coefficients written as strings."""
        return cls(
            {code: Decimal(text) for code, text in numerator.items()},
            {code: Decimal(text) for code, text in denominator.items()} if denominator else None,
            Decimal(scale),
        )

    @property
    def codes(self) -> list[str]:
        """The measures that it needs, each once, in the order in which they are written."""
        return list(dict.fromkeys([*self.numerator, *(self.denominator or {})]))

    def missing(self, amounts: Mapping[str, Decimal | None]) -> list[str]:
        """Measures of which there is no amount: absent is not zero."""
        return [code for code in self.codes if amounts.get(code) is None]

    def value(self, amounts: Mapping[str, Decimal | None]) -> Decimal | None:
        """None where a measure is missing, and where the division would be by zero."""
        if self.missing(amounts):
            return None
        above = self.scale * _combine(self.numerator, amounts)
        if self.denominator is None:
            return above
        below = _combine(self.denominator, amounts)
        return above / below if below else None

    def base(self, amounts: Mapping[str, Decimal | None]) -> Decimal | None:
        """What stands below the line; None without one, and where a measure of it is missing."""
        if self.denominator is None or any(amounts.get(code) is None for code in self.denominator):
            return None
        return _combine(self.denominator, amounts)

    def sentence(self, names: Mapping[str, str]) -> str:
        """`1000 × Cost ÷ Impressions`, `(Revenue − Cost) ÷ Cost`; names by measure code, in the order to write them in.

        What is added comes first: the database does not keep in which order people wrote it.
        """
        scaled = self.scale != 1
        above = _written(self.numerator, names)
        if len(self.numerator) > 1 and (scaled or self.denominator):
            above = f"({above})"
        if scaled:
            above = f"{_plain(self.scale)} {TIMES} {above}"
        if not self.denominator:
            return above
        below = _written(self.denominator, names)
        plain = len(self.denominator) == 1 and next(iter(self.denominator.values())) == 1
        return f"{above} {OVER} {below if plain else f'({below})'}"


def _combine(parts: Parts, amounts: Mapping[str, Decimal | None]) -> Decimal:
    return sum((coefficient * (amounts[code] or 0) for code, coefficient in parts.items()), Decimal(0))


def _written(parts: Parts, names: Mapping[str, str]) -> str:
    words: list[str] = []
    place = {code: number for number, code in enumerate(names)}
    ordered = sorted(parts.items(), key=lambda part: (part[1] < 0, place.get(part[0], len(place))))
    for code, coefficient in ordered:
        size = abs(coefficient)
        term = names.get(code, code) if size == 1 else f"{_plain(size)} {TIMES} {names.get(code, code)}"
        if not words:
            words.append(f"{MINUS}{term}" if coefficient < 0 else term)
        else:
            words.append(f"{MINUS if coefficient < 0 else '+'} {term}")
    return " ".join(words)


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def mixes(parts: Iterable[str], stocks: Iterable[str]) -> bool:
    """Whether a sum has both stocks (the last value counts) and amounts that add up over time."""
    named, kept = set(parts), set(stocks)
    return bool(named & kept) and bool(named - kept)
