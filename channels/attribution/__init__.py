"""Who brought the conversions: credits of channels by eight models. Pure: no database, no clock.

Rules over the touches of one path (`rules`), and two models that learn from all paths, those without a conversion too
(`chains`, `coalitions`). Credits of any model add up to the conversions. Explained for people in docs/attribution.md.
"""

from __future__ import annotations

from collections.abc import Collection
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
    "RULES",
    "AttributionRefused",
    "Credits",
    "Model",
    "Paths",
    "attribute",
    "paths_of",
    "weights",
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


# Those that look at one path at a time: what they credit has the day of the conversion. The others learn from many.
RULES = (Model.FIRST, Model.LAST, Model.LAST_NON_DIRECT, Model.LINEAR, Model.POSITION, Model.TIME_DECAY)


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
    if model in RULES:
        if model is Model.LAST_NON_DIRECT and not direct:
            raise AttributionRefused(_("Last non-direct needs to know which channel is direct."))
        found = rules.credits(paths, weights(paths, model, direct=[direct], half_life_hours=half_life_hours))
    elif model is Model.MARKOV:
        found = markov(paths, order=order)
    else:
        found, error = shapley(paths)
    ranked = sorted(range(len(found)), key=lambda place: (-found[place], paths.channels[place]))
    return Credits(
        {paths.channels[place]: float(found[place]) + 0.0 for place in ranked},
        paths.total,
        None if error is None else {paths.channels[place]: float(error[place]) for place in ranked},
    )


def weights(paths: Paths, model: Model, *, direct: Collection[str], half_life_hours: float) -> Floats:
    """What each touch of each path gets of it, by one of the RULES. Raises AttributionRefused as `attribute` does."""
    match model:
        case Model.FIRST:
            return rules.first(paths)
        case Model.LAST:
            return rules.last(paths)
        case Model.LAST_NON_DIRECT:
            return rules.last_non_direct(paths, direct=direct)
        case Model.LINEAR:
            return rules.linear(paths)
        case Model.POSITION:
            return rules.position(paths)
        case Model.TIME_DECAY:
            return rules.time_decay(paths, half_life_hours=half_life_hours)
    raise ValueError(f"{model} is not a rule over one path.")
