"""Who brought the conversions: credits of channels by eight models. Pure: no database, no clock.

Rules over the touches of one path (`rules`), and two models that learn from all paths, those without a conversion too
(`chains`, `coalitions`). Credits of any model add up to the conversions. Explained for people in docs/attribution.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from channels.attribution import rules
from channels.attribution.chains import ORDERS, markov
from channels.attribution.coalitions import EXACT_TO, shapley
from channels.attribution.paths import AttributionRefused, Floats, Paths, paths_of

__all__ = [
    "EXACT_TO",
    "HALF_LIFE_HOURS",
    "ORDERS",
    "AttributionRefused",
    "Credits",
    "Model",
    "Paths",
    "attribute",
    "paths_of",
]

HALF_LIFE_HOURS = 7 * 24.0  # as in Google Ads


class Model(StrEnum):
    FIRST = "first"
    LAST = "last"
    LAST_NON_DIRECT = "last-non-direct"
    LINEAR = "linear"
    POSITION = "position"
    TIME_DECAY = "time-decay"
    MARKOV = "markov"
    SHAPLEY = "shapley"


@dataclass(frozen=True)
class Credits:
    """Conversions by channel, the largest first and equal ones by name, and the conversions that they add up to.

    `error` is the standard error of each where they were estimated from drawn samples; None: they are exact.
    """

    by_channel: dict[str, float]
    total: float
    error: dict[str, float] | None = None


def attribute(
    paths: Paths,
    model: Model,
    *,
    direct: str = "",
    half_life_hours: float = HALF_LIFE_HOURS,
    order: int = 1,
) -> Credits:
    """What each channel of the paths brought, by this model; channels that brought nothing are named, too.

    `direct` is the channel that last non-direct passes over, `half_life_hours` is time decay's, `order` the Markov
    chain's. No paths: no credits. Raises AttributionRefused where the model has no answer: time decay without hours,
    last non-direct without a direct, Markov and Shapley where conversions stand beside no path that failed.
    """
    error: Floats | None = None
    match model:
        case Model.FIRST:
            found = rules.first(paths)
        case Model.LAST:
            found = rules.last(paths)
        case Model.LAST_NON_DIRECT:
            if not direct:
                raise AttributionRefused(_("Last non-direct needs to know which channel is direct."))
            found = rules.last_non_direct(paths, direct=direct)
        case Model.LINEAR:
            found = rules.linear(paths)
        case Model.POSITION:
            found = rules.position(paths)
        case Model.TIME_DECAY:
            found = rules.time_decay(paths, half_life_hours=half_life_hours)
        case Model.MARKOV:
            found = markov(paths, order=order)
        case Model.SHAPLEY:
            found, error = shapley(paths)
    ranked = sorted(range(len(found)), key=lambda place: (-found[place], paths.channels[place]))
    return Credits(
        {paths.channels[place]: float(found[place]) + 0.0 for place in ranked},
        paths.total,
        None if error is None else {paths.channels[place]: float(error[place]) for place in ranked},
    )
