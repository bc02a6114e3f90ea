"""What can be proposed for a channel, when it makes sense, and what it leads to. Pure."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

KIND = "channels.change"
SPEND_DAYS = 30  # money to move or to add is a share of what these days cost
CENT = Decimal("0.01")


class Change(StrEnum):
    """From the lightest to the heaviest; expanding goes the other way."""

    EXPAND = "expand"
    MOVE = "move"
    PAUSE = "pause"
    STOP = "stop"
    DROP = "drop"


LABELS: dict[Change, str | Promise] = {
    Change.EXPAND: _("Expand"),
    Change.MOVE: _("Move money away"),
    Change.PAUSE: _("Pause"),
    Change.STOP: _("Stop"),
    Change.DROP: _("Give up"),
}

# English, since they go through gettext where they are shown.
SUMMARIES: dict[Change, str] = {
    Change.EXPAND: gettext_noop("Give this channel more money"),
    Change.MOVE: gettext_noop("Move part of this channel's money elsewhere"),
    Change.PAUSE: gettext_noop("Pause this channel"),
    Change.STOP: gettext_noop("Stop this channel"),
    Change.DROP: gettext_noop("Give this channel up"),
}

# The state that follows; moving money away leaves the channel running.
BECOMES: dict[Change, str] = {
    Change.EXPAND: "expanding",
    Change.PAUSE: "paused",
    Change.STOP: "stopped",
    Change.DROP: "dropped",
}

# Where money is to go or to come, the share of what was spent.
SHARES: dict[Change, Decimal] = {Change.MOVE: Decimal("0.5"), Change.EXPAND: Decimal("0.2")}

_FROM: dict[Change, frozenset[str]] = {
    Change.EXPAND: frozenset({"running"}),
    Change.MOVE: frozenset({"running", "expanding"}),
    Change.PAUSE: frozenset({"running", "expanding"}),
    Change.STOP: frozenset({"running", "expanding", "paused"}),
    Change.DROP: frozenset({"running", "expanding", "paused", "stopped"}),
}
_ORDER = list(Change)


def makes_sense(change: Change, state: str) -> bool:
    """Whether a channel in this state can be changed so: what is stopped is not paused any more."""
    return state in _FROM[change]


def overtakes(change: Change, waiting: Change) -> bool:
    """Whether it takes the place of another that waits for a decision: a heavier one does, and one the other way."""
    if change == Change.EXPAND:
        return waiting != Change.EXPAND
    return _ORDER.index(change) > _ORDER.index(waiting)


def money_for(change: Change, spent: Decimal | None) -> Decimal | None:
    """How much of the spend of the last days is to move, or to be added; None where none is, or nothing was spent."""
    share = SHARES.get(change)
    if share is None or spent is None or spent <= 0:
        return None
    return (share * spent).quantize(CENT, rounding=ROUND_HALF_UP)
