"""Where typed amounts go: the apps that keep facts register themselves at start-up; nothing here looks upwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from ingest.models import Import


@dataclass(frozen=True)
class Written:
    """How many lines corrected what was there, how many said what already held, and how many facts are gone."""

    corrected: int
    unchanged: int
    gone: int = 0


@dataclass(frozen=True)
class Original:
    """An amount of money as a file had it: 12000 USD at 7.1, and what went in."""

    measure: str
    amount: Decimal
    currency: str
    rate: Decimal
    converted: Decimal
    day: date


class SameKeyTwice(Exception):
    """Two rows of a file are about the same day, nodes and detail: somebody has to say which of them stay out."""


class Sink(Protocol):
    code: str

    def write(
        self,
        *,
        batch: Import,
        typed: str,
        days: Sequence[date],
        lines: str = "",
        foreign: bool = False,
        replace: bool = False,
    ) -> Written:
        """Writes the rows of the table `typed` (its days given in order) and marks the days that changed.

        `lines` is the table that has a row a line, where it is another than `typed`; with `foreign` it also has
        currency, rate and originals, which are kept beside. With `replace`, what the source had said before of these
        days, in the measures of this file, and the file does not name, goes: the file says nothing of it any more.

        Inside the caller's transaction. Raises SameKeyTwice where two rows are about the same key.
        """

    def take_back(self, *, batch: Import) -> date | None:
        """Undoes what `write` did for this import, exactly, whatever came after it.

        Returns the last day for which the source still has facts.
        """

    def originals(self, *, batch: Import, most: int) -> list[Original]:
        """Some of the amounts in foreign money that this import wrote."""


_sinks: dict[str, Sink] = {}


def register_sink(sink: Sink) -> None:
    _sinks[sink.code] = sink


def sink(code: str) -> Sink:
    """Raises KeyError where no app has registered this code."""
    return _sinks[code]
