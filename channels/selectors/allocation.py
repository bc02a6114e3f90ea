"""Response curves, and what they propose, for the allocation page. Whoever asks has passed the gate for what she asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from channels.allocation import LIKELY, AllocationRefused, Plan
from channels.dividing import Channel, Return, Wish, money, plan_of, return_of, spread, what_if
from channels.dividing import Spread as Spread
from channels.models import Allocation, ResponseCurve, ResponseRun
from channels.response import Curve, Verdict
from channels.response_words import why
from channels.selectors.profiles import ProfileRow, profiles_of
from channels.selectors.response_input import input_version
from decisions.models import Proposal
from organization.models import Node

SHOWN = 10  # splits that were sent on
WIDE, HIGH, EDGE = 220, 96, 6  # of a drawn curve
REACH = 1.6  # it is drawn to this many times today's spend


@dataclass(frozen=True)
class Drawn:
    """A curve as points of an SVG: `band` is where it lies four times in five, `at` today's spend."""

    line: str
    band: str
    x: str
    y: str


@dataclass(frozen=True, eq=False)
class Row:
    node: Node
    profile: ProfileRow
    channel: Channel
    why: str  # it stays as it is; empty where it has a curve
    today: Return | None  # a week
    drawn: Drawn | None


@dataclass(frozen=True, eq=False)
class Curves:
    run: ResponseRun
    rows: tuple[Row, ...]
    stale: bool

    @property
    def channels(self) -> list[Channel]:
        return [row.channel for row in self.rows]

    @property
    def staying(self) -> list[Row]:
        return [row for row in self.rows if row.channel.curve is None]


@dataclass(frozen=True, eq=False)
class Part:
    """A channel of a split. `moved` is the fraction by which it differs from today; None from nothing."""

    row: Row
    today: Decimal
    amount: Decimal
    moved: Decimal | None
    brings: Return | None
    beyond: bool  # more a week than it ever spent: there its curve is but the formula's

    @property
    def field(self) -> str:
        return f"x-{self.row.node.pk}"

    @property
    def value(self) -> str:
        return f"{self.amount:f}"

    @property
    def most(self) -> str:
        """As far as its slider goes."""
        return f"{max(self.today * 2, self.amount):f}"


@dataclass(frozen=True, eq=False)
class Split:
    """`gain` is the revenue beyond that of `before`: today's spend, scaled to the total where the split is a proposal."""

    parts: tuple[Part, ...]
    total: Decimal
    today: Decimal
    gain: Spread
    chance: Decimal

    @property
    def more(self) -> Decimal:
        return self.total - self.today

    @property
    def less(self) -> Decimal:
        return self.today - self.total


@dataclass(frozen=True, eq=False)
class Proposed:
    split: Split
    costs: Decimal  # what the shares of tiers cost against today's split; above 0 nothing is to be sent on


@dataclass(frozen=True)
class Sent:
    allocation: Allocation
    proposal: Proposal | None


def curves(*, today: date | None = None) -> Curves | None:
    """Of all whole channels, for whoever sees the company; None before the first run. Six queries.

    Without `today` it is not looked up whether the weeks have changed since, which takes longer than all else.
    """
    run = ResponseRun.objects.select_related("made_by").order_by("-pk").first()
    if run is None:
        return None
    found = list(ResponseCurve.objects.filter(run=run).select_related("node").order_by("node__path"))
    profiles = profiles_of([one.node_id for one in found])
    rows = tuple(_row(one, profiles[one.node_id]) for one in found)
    stale = today is not None and run.inputs_version != input_version(today=today)
    return Curves(run, rows, stale)


def proposed(found: Curves, wish: Wish) -> Proposed:
    """Raises AllocationRefused where nothing goes together."""
    plan = plan_of(found.channels, wish)
    return Proposed(_split_of_plan(found, wish, plan), Decimal(str(round(plan.costs, 2))))


def tried(found: Curves, wish: Wish, amounts: Mapping[int, Decimal]) -> Split:
    """A split of one's own beside today's spend. Channels that stay as they are keep what they have."""
    known = {
        row.node.pk: amounts[row.node.pk]
        for row in found.rows
        if row.channel.curve and row.node.pk in amounts
    }
    outlook = what_if(found.channels, wish, known)
    parts = []
    for row in found.rows:
        today = _today(row, wish)
        parts.append(_part(row, wish, today, known.get(row.node.pk, today)))
    return _split(parts, outlook.brings - outlook.instead, outlook.chance)


def sent_on() -> list[Sent]:
    """The newest splits that were sent on, with the decision that each waits for or had. Two queries."""
    newest = list(Allocation.objects.select_related("made_by")[:SHOWN])
    asked: dict[int, Proposal] = {}
    for proposal in Proposal.objects.filter(
        kind=Allocation.KIND, subject_id__in=[one.pk for one in newest]
    ).order_by("pk"):
        asked[proposal.subject_id] = proposal
    return [Sent(one, asked.get(one.pk)) for one in newest]


def curve_of(kept: ResponseCurve) -> Curve | None:
    if kept.verdict != Verdict.FITTED:
        return None
    draws = {name: np.array(values, dtype=np.float64) for name, values in kept.draws.items()}
    return Curve(kept.usual, kept.highest, draws["carry"], draws["steep"], draws["half"], draws["most"])


def _row(kept: ResponseCurve, profile: ProfileRow) -> Row:
    curve = curve_of(kept)
    reason = why(Verdict(kept.verdict), weeks=kept.weeks, parameters=kept.parameters)
    if curve is not None and kept.current <= 0:
        reason = why(Verdict.NO_SPEND, weeks=0, parameters=0)
    elif curve is not None and not profile.runs:
        reason = profile.state_label
    tier = profile.tier.value if profile.tier else ""
    channel = Channel(kept.node_id, kept.current, tier, None if reason else curve)
    shown = curve is not None and kept.current > 0
    return Row(
        kept.node,
        profile,
        channel,
        reason,
        return_of(curve, kept.current, 1.0) if curve is not None and shown else None,
        _drawn(curve, float(kept.current)) if curve is not None and shown else None,
    )


def _drawn(curve: Curve, today: float) -> Drawn:
    spends = np.linspace(0, REACH * today, 33)
    brings = curve.brings(spends)
    low, high = np.percentile(brings, LIKELY, axis=0)
    mean = brings.mean(axis=0)
    top = max(float(high.max()), 1e-9)

    def point(spend: float, amount: float) -> str:
        across = EDGE + spend / spends[-1] * (WIDE - 2 * EDGE)
        return f"{across:.1f},{HIGH - EDGE - amount / top * (HIGH - 2 * EDGE):.1f}"

    def line(amounts: Sequence[float]) -> list[str]:
        return [point(spend, amount) for spend, amount in zip(spends, amounts, strict=True)]

    x, y = point(today, float(curve.brings(np.array([today])).mean())).split(",")
    return Drawn(" ".join(line(list(mean))), " ".join([*line(list(high)), *reversed(line(list(low)))]), x, y)


def _today(row: Row, wish: Wish) -> Decimal:
    return (row.channel.week * Decimal(str(wish.weeks))).quantize(Decimal("0.01"))


def _part(row: Row, wish: Wish, today: Decimal, amount: Decimal) -> Part:
    moved = (amount - today) / today if today else None
    curve = row.channel.curve
    beyond = curve is not None and float(amount) / wish.weeks > curve.highest
    return Part(row, today, amount, moved, return_of(curve, amount, wish.weeks) if curve else None, beyond)


def _split_of_plan(found: Curves, wish: Wish, plan: Plan) -> Split:
    parts = [_part(row, wish, _today(row, wish), money(plan.split[str(row.node.pk)])) for row in found.rows]
    return _split(parts, plan.outlook.brings - plan.outlook.instead, plan.outlook.chance)


def _split(parts: Sequence[Part], gain: object, chance: float) -> Split:
    return Split(
        tuple(parts),
        sum((part.amount for part in parts), Decimal(0)),
        sum((part.today for part in parts), Decimal(0)),
        spread(np.asarray(gain, dtype=np.float64)),
        Decimal(str(round(chance, 3))),
    )


__all__ = [
    "AllocationRefused", "Curves", "Proposed", "Row", "Sent", "Split", "curves", "proposed", "sent_on", "tried",
]  # fmt: skip
