"""What builds on a metric: apps above register how to ask them, so that nothing here looks upwards."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kpis.models import Metric


@dataclass(frozen=True)
class Use:
    """`words` say what uses it and how often ("3 alert rules"), in the reader's language; `url` where to see them."""

    words: str
    url: str = ""


_asked: list[Callable[[Metric], Iterable[Use]]] = []


def register_uses(ask: Callable[[Metric], Iterable[Use]]) -> None:
    """`ask` answers with what of its app uses the metric now; nothing where nothing does."""
    if ask not in _asked:
        _asked.append(ask)


def uses_of(metric: Metric) -> list[Use]:
    return [use for ask in _asked for use in ask(metric)]
