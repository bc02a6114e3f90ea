"""Small things that several pieces need."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kpis.models import Direction, Metric
from kpis.selectors import Figure
from kpis.selectors.at_risk import Risk


@dataclass(frozen=True)
class Option:
    """Something to turn the page to."""

    value: str
    label: str
    current: bool
    url: str = ""


@dataclass(frozen=True)
class Picked:
    """A choice of a page's own: `options` as a list, `kept` what its form sends along."""

    name: str
    label: str
    options: tuple[Option, ...]
    kept: tuple[tuple[str, str], ...]


def names_of(risks: Iterable[Risk]) -> tuple[str, ...]:
    return tuple(map(str, risks))


def reason_of(figure: Figure, metric: Metric | None = None) -> str:
    """Why a light is grey; "over" where it is not green because less would be better."""
    if figure.status == "grey":
        if figure.value is None:
            return "no_data"
        return "few" if figure.few else "no_target"
    if metric is not None and metric.direction == Direction.LOWER and figure.status in ("yellow", "red"):
        return "over"
    return ""
