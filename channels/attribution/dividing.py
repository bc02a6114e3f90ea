"""Everything that one run of attribution finds: each model's credits by month and on the whole, and by day. Pure.

Rules over one path are dated by the conversion's day; their months are sums of days. Markov and Shapley learn from the
paths that ended in a month, whose touches reach back as far as the look-back does, and once from all of them: their
whole is not the sum of their months. Money follows the conversions: a rule divides each conversion's own value, and of
Markov and Shapley a channel gets the share of the money that it gets of the conversions.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from channels.attribution import RULES, AttributionRefused, Model, weights
from channels.attribution.chains import markov
from channels.attribution.coalitions import shapley
from channels.attribution.journeys import Journeys
from channels.attribution.paths import Floats, Ints

PLACES = 4  # decimals that are kept of a credit


@dataclass(frozen=True)
class Choices:
    """What somebody set: `direct` are the nodes of the direct channel and all below it."""

    models: tuple[Model, ...]
    half_life_hours: float
    order: int
    direct: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Share:
    """What a channel gets by a model: of a month (months since January 1970) or of all (None).

    `error` is the standard error of its conversions where they were estimated.
    """

    model: Model
    month: int | None
    node: int
    conversions: Decimal
    value: Decimal
    error: float | None = None


@dataclass(frozen=True, eq=False)
class Daily:
    """The credits of a rule by the conversion's day and the area touched; arrays of one length, days since 1970."""

    model: Model
    days: Ints
    nodes: Ints
    conversions: Sequence[Decimal]
    values: Sequence[Decimal]


@dataclass(frozen=True)
class Refusal:
    """Why a model has nothing to say of a month or of all: a text that gettext knows."""

    model: Model
    month: int | None
    why: str


@dataclass
class Divided:
    shares: list[Share] = field(default_factory=list)
    daily: list[Daily] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


def divide(
    walked: Journeys,
    *,
    tops: Ints,
    choices: Choices,
    told: Callable[[float], None] = lambda share: None,
) -> Divided:
    """Runs the chosen models. `tops` is the top channel of each of the journeys' nodes; `told` hears how far it is (0-1)."""
    found = Divided()
    by_channel = walked.grouped(tops)
    months = np.unique(walked.months)
    learning = [model for model in choices.models if model not in RULES]
    steps = len(choices.models) - len(learning) + len(learning) * (len(months) + 1)
    done = 0
    for model in choices.models:
        if model in RULES:
            _divide_by_rule(found, walked, tops, model, choices)
            done += 1
            told(done / steps)
            continue
        for month in (None, *months.tolist()):
            part = by_channel if month is None else by_channel.only(by_channel.months == month)
            _learn(found, part, model, month, choices.order)
            done += 1
            told(done / steps)
    return found


def _divide_by_rule(found: Divided, walked: Journeys, tops: Ints, model: Model, choices: Choices) -> None:
    direct: Collection[str] = {str(node) for node in choices.direct}
    if model is Model.LAST_NON_DIRECT and not direct:
        found.refused.append(Refusal(model, None, "Last non-direct needs to know which channel is direct."))
        return
    paths = walked.paths
    converted = walked.only(paths.conversions > 0)
    paths = converted.paths
    if not len(paths):
        return
    try:
        each = weights(paths, model, direct=direct, half_life_hours=choices.half_life_hours)
    except AttributionRefused as refused:
        found.refused.append(Refusal(model, None, str(refused)))
        return
    nodes = len(walked.nodes)
    cells, places = np.unique(converted.days[paths.owners] * nodes + paths.touches, return_inverse=True)
    days, at = np.divmod(cells, nodes)
    conversions, values = (
        adding_up(np.bincount(places, weights=each * amounts[paths.owners], minlength=len(cells)), days)
        for amounts in (paths.conversions, converted.values)
    )
    some = (conversions != 0) | (values != 0)
    found.daily.append(
        Daily(
            model,
            days[some],
            walked.nodes[at[some]],
            _decimals(conversions[some]),
            _decimals(values[some]),
        )
    )
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    every, top = np.unique(tops, return_inverse=True)
    for month in (None, *np.unique(months).tolist()):
        wanted = np.ones(len(days), dtype=np.bool_) if month is None else months == month
        sums = [
            np.bincount(top[at[wanted]], weights=amounts[wanted].astype(np.float64), minlength=len(every))
            for amounts in (conversions, values)
        ]
        for node, count, value in zip(every.tolist(), *sums, strict=True):
            found.shares.append(Share(model, month, node, decimal(count), decimal(value)))


def _learn(found: Divided, part: Journeys, model: Model, month: int | None, order: int) -> None:
    error: Floats | None = None
    try:
        if model is Model.MARKOV:
            credit = markov(part.paths, order=order)
        else:
            credit, error = shapley(part.paths)
    except AttributionRefused as refused:
        found.refused.append(Refusal(model, month, str(refused)))
        return
    total = part.paths.total
    value = credit * (float(part.values.sum()) / total) if total else credit
    one = np.zeros(len(credit), dtype=np.int64)
    rows = zip(part.nodes.tolist(), adding_up(credit, one), adding_up(value, one), strict=True)
    for place, (node, count, money) in enumerate(rows):
        found.shares.append(
            Share(
                model,
                month,
                node,
                decimal(count),
                decimal(money),
                None if error is None else float(error[place]),
            )
        )


def adding_up(amounts: npt.NDArray[Any], groups: Ints) -> Ints:
    """Amounts in ten-thousandths, rounded so that each group's sum is its rounded sum: the largest takes what is left.

    `groups` are sorted.
    """
    scaled = amounts * 10**PLACES
    whole: Ints = np.rint(scaled).astype(np.int64)
    if not len(whole):
        return whole
    begins = np.flatnonzero(np.diff(groups, prepend=groups[0] - 1))
    left = np.rint(np.add.reduceat(scaled, begins)).astype(np.int64) - np.add.reduceat(whole, begins)
    largest = np.lexsort((np.abs(scaled), groups))[np.append(begins[1:], len(groups)) - 1]
    whole[largest] += left
    return whole


def decimal(whole: float) -> Decimal:
    return Decimal(int(whole)).scaleb(-PLACES)


def _decimals(whole: Ints) -> list[Decimal]:
    return [decimal(one) for one in whole.tolist()]
