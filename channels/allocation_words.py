"""What an allocation says in a line."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from channels.allocation import AllocationRefused
from channels.dividing import Wish
from channels.models import Tier
from channels.selectors.allocation import Curves, Proposed, Split
from common import formats
from organization.selectors.rates import currency_sign

LITTLE = Decimal("0.005")  # of the total: less is not worth moving


@dataclass(frozen=True)
class Unit:
    unit: str
    code: str


MONEY, ROAS = Unit("money", "cost"), Unit("ratio", "roas")
NOTHING_YET = gettext_lazy(
    "What each channel brings, what the next yuan would bring, and how a total is best divided."
)


def amount(value: Decimal) -> str:
    """At most three digits, in the reader's language."""
    return formats.tile(value, MONEY, get_language() or "en", currency_sign())


def days(wish: Wish) -> str:
    language = get_language() or "en"
    return f"{formats.day(wish.first_day, language)} – {formats.day(wish.last_day, language)}"


def headline(one: Proposed, found: Curves, wish: Wish) -> str:
    if all(channel.curve is None for channel in found.channels):
        return _("No channel has a curve yet, so all of them stay as they are.")
    if one.costs > 0:
        return _(
            "Within these shares the best split brings %(cost)s less than today's, so today's stays. Loosen the shares for a proposal."
        ) % {"cost": amount(one.costs)}
    moves = sorted(one.split.parts, key=lambda part: (part.amount - part.today, part.row.node.pk))
    least, most = moves[0], moves[-1]
    if max(abs(part.amount - part.today) for part in moves) < LITTLE * one.split.total:
        return _("Today's split is as good as any within the limits.")
    gain = one.split.gain
    said = {
        "gain": amount(gain.mean), "low": amount(gain.low), "high": amount(gain.high), "to": most.row.node.label,
        "from": least.row.node.label, "more": amount(most.amount - most.today), "days": days(wish),
    }  # fmt: skip
    if least.amount >= least.today:
        return (
            _(
                "Most of what is more goes best to %(to)s (+%(more)s); divided so it brings %(gain)s more than in today's proportions (%(low)s to %(high)s), %(days)s."
            )
            % said
        )
    return (
        _(
            "Moving money from %(from)s to %(to)s is expected to bring %(gain)s more (%(low)s to %(high)s), %(days)s."
        )
        % said
    )


def refused(error: AllocationRefused, wish: Wish) -> str:
    said = {
        "low": amount(Decimal(error.lowest) / 100),
        "high": amount(Decimal(error.highest) / 100),
        "room": wish.room,
    }
    if error.group:
        return _(
            "Within %(room)s%% of today's spend, %(tier)s channels can have from %(low)s to %(high)s, and not the share that they should. Widen the limits or change the shares."
        ) % {**said, "tier": Tier(error.group).label}
    return (
        _(
            "Within these limits the total can be from %(low)s to %(high)s: channels without a curve stay as they are, all others move by %(room)s%% at most."
        )
        % said
    )


def summary(split: Split, wish: Wish) -> str:
    return _("Divide %(total)s over %(count)s channels, %(days)s") % {
        "total": amount(split.total),
        "count": len(split.parts),
        "days": days(wish),
    }
