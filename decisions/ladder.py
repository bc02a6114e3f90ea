"""Who approves an amount: the lowest band that holds it, its rungs one after the other. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol


class BandLike(Protocol):
    """A row of the table of bands. `up_to` None is everything above the others, and what has no amount."""

    @property
    def up_to(self) -> Decimal | None: ...
    @property
    def position(self) -> int: ...
    @property
    def role(self) -> str: ...
    @property
    def duty(self) -> str: ...
    @property
    def working_hours(self) -> int: ...
    @property
    def urgent_hours(self) -> int: ...


@dataclass(frozen=True)
class Rung:
    """One approval: by a role on the area or by a duty for it, within so many hours.

    `up_role` or `up_duty` is to whom it goes besides when they are over: the first of the next band; none at the top.
    """

    role: str
    duty: str
    hours: int
    up_role: str = ""
    up_duty: str = ""


def rungs_for(bands: Iterable[BandLike], amount: Decimal | None, *, urgent: bool) -> list[Rung]:
    """Of the lowest band whose limit the amount does not pass; [] where it passes all of them.

    What has no amount goes to the highest band.
    """
    bands = list(bands)
    holding = [band for band in bands if band.up_to is None or (amount is not None and amount <= band.up_to)]
    if amount is None and not holding:
        top = max((band.up_to for band in bands if band.up_to is not None), default=None)
        holding = [band for band in bands if band.up_to == top]
    if not holding:
        return []
    limits = [band.up_to for band in holding if band.up_to is not None]
    limit = min(limits) if limits else None
    chosen = sorted((band for band in holding if band.up_to == limit), key=lambda band: band.position)
    above = _above(bands, limit)
    up = (above.role, above.duty) if above is not None else ("", "")
    return [
        Rung(band.role, band.duty, band.urgent_hours if urgent else band.working_hours, *up)
        for band in chosen
    ]


def _above(bands: Iterable[BandLike], limit: Decimal | None) -> BandLike | None:
    """The first of the next higher band; None at the top."""
    if limit is None:
        return None
    higher = [band for band in bands if band.up_to is None or band.up_to > limit]
    # Without a limit is above all that have one.
    return min(higher, key=lambda band: (band.up_to is None, band.up_to or 0, band.position), default=None)
