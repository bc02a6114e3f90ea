"""Where typed amounts go: the apps that keep facts register themselves at start-up; nothing here looks upwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Protocol

from django.utils.functional import Promise

from ingest.layouts import Layout
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


@dataclass(frozen=True)
class Fault:
    """Why a line cannot go in, beside what is wrong with any line: an order without a customer.

    `condition` is SQL over the table `typed` (see `Sink.write`), and so are the `facts` that its words name. `about`
    names a text of the layout, whose column is shown as the one to mend; its words may say %(column)s.
    """

    code: str
    condition: str
    facts: Mapping[str, str] = field(default_factory=dict)
    about: str = ""


class SameKeyTwice(Exception):
    """Two rows of a file are about the same day, nodes and detail: somebody has to say which of them stay out."""


class Sink(Protocol):
    """`reasons` are the words of its own faults, by their codes."""

    code: str
    reasons: Mapping[str, str | Promise]

    def faults(self, *, layout: Layout) -> Sequence[Fault]:
        """What else keeps a line of this layout out."""

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
_reasons: dict[str, str | Promise] = {}


def register_sink(sink: Sink) -> None:
    _sinks[sink.code] = sink
    _reasons.update(sink.reasons)


def words_of(code: str) -> str:
    """Of a fault that a sink has registered. Raises KeyError where there is none of this code."""
    return str(_reasons[code])


def sink(code: str) -> Sink:
    """Raises KeyError where no app has registered this code."""
    return _sinks[code]
