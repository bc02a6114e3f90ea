"""What a rule would have made of figures of the past: the same steps as in earnest, without writing any. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from alerts.conditions import Figure, Outcome, Terms, judge
from alerts.lifecycle import Change, Snapshot, Transition, step


@dataclass(frozen=True)
class Replayed:
    """One period that was looked at, at the first moment after it."""

    figure: Figure
    at: datetime
    outcome: Outcome
    after: Snapshot
    transition: Transition

    @property
    def changed(self) -> bool:
        return self.transition.change != Change.NONE


def replay(figures: Sequence[Figure], terms: Terms, *, since: int, zone: ZoneInfo) -> Iterator[Replayed]:
    """Looks at each figure once, when its period was over. `figures` of one instance, oldest first.

    Those before place `since` only count for what holds several periods in a row. Figures without a last day are
    passed over.
    """
    snapshot = Snapshot()
    outcomes: list[Outcome] = []
    for place, figure in enumerate(figures):
        if figure.stop is None:
            continue
        outcome = judge(figure, terms)
        earlier = outcomes[-2 * terms.longest :] if terms.longest > 1 else []
        outcomes.append(outcome)
        if place < since:
            continue
        at = datetime.combine(figure.stop + timedelta(days=1), time(), tzinfo=zone)
        snapshot, transition = step(snapshot, outcome, at, terms=terms, earlier=earlier)
        yield Replayed(figure, at, outcome, snapshot, transition)
