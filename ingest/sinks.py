"""Where typed amounts go: the apps that keep facts register themselves at start-up; nothing here looks upwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from ingest.models import Import


@dataclass(frozen=True)
class Written:
    """How many lines corrected what was there, and how many said what already held."""

    corrected: int
    unchanged: int


class SameKeyTwice(Exception):
    """Two rows of a file are about the same day, nodes and detail: somebody has to say which of them stay out."""


class Sink(Protocol):
    code: str

    def write(self, *, batch: Import, typed: str, days: Sequence[date]) -> Written:
        """Writes the rows of the table `typed` (its days given in order) and marks the days that changed.

        Inside the caller's transaction. Raises SameKeyTwice where two rows are about the same key.
        """

    def take_back(self, *, batch: Import) -> date | None:
        """Undoes what `write` did for this import, exactly, whatever came after it.

        Returns the last day for which the source still has facts.
        """


_sinks: dict[str, Sink] = {}


def register_sink(sink: Sink) -> None:
    _sinks[sink.code] = sink


def sink(code: str) -> Sink:
    """Raises KeyError where no app has registered this code."""
    return _sinks[code]
