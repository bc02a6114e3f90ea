"""Reading a condition as it is stored, sent by a program or written in a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from alerts.conditions.kinds import (
    MOST_PARTS,
    Amount,
    Attainment,
    Change,
    Combined,
    Condition,
    Dynamic,
    Stale,
)
from common.listing import listed

LARGEST = Decimal(10) ** 15
RAREST, COMMONEST = 1000, 10
LONGEST_DAYS = 400


class ConditionError(ValueError):
    """A condition that is not understood; the message says why, for people."""


def parse(condition: Mapping[str, Any]) -> Condition:
    """Reads the stored form. Raises ConditionError."""
    if not isinstance(condition, Mapping):
        raise ConditionError(_("A condition is an object with a kind."))
    kind = condition.get("kind")
    read = _READERS.get(kind) if isinstance(kind, str) else None
    if read is None:
        raise ConditionError(
            _("There is no condition of the kind %(kind)r; there are %(kinds)s.")
            % {"kind": kind, "kinds": listed(_READERS)}
        )
    unknown = set(condition) - {"kind"} - _KEYS[str(kind)]
    if unknown:
        raise ConditionError(
            _("A condition of the kind %(kind)s has no %(unknown)s.")
            % {"kind": kind, "unknown": listed(sorted(map(str, unknown)))}
        )
    return read(condition)


def _limits(stored: Mapping[str, Any]) -> dict[str, Any]:
    below, above = _number(stored, "below"), _number(stored, "above")
    if below is None and above is None:
        raise ConditionError(_("A condition of this kind needs a number `below` or `above`."))
    if below is not None and above is not None and below > above:
        raise ConditionError(_("`below` must not lie above `above`: everything would break it."))
    return {"below": below, "above": above, "inclusive": _flag(stored, "inclusive")}


def _attainment(stored: Mapping[str, Any]) -> Attainment:
    return Attainment(**_limits(stored))


def _level(stored: Mapping[str, Any]) -> Amount:
    return Amount(**_limits(stored), whole=_flag(stored, "whole"))


def _change(stored: Mapping[str, Any]) -> Change:
    return Change(
        **_limits(stored),
        on=_choice(stored, "on", ("before", "year"), "before"),
        points=_flag(stored, "points"),
    )


def _dynamic(stored: Mapping[str, Any]) -> Dynamic:
    least = _number(stored, "least") or Decimal(0)
    if least < 0:
        raise ConditionError(_("The least size is not negative."))
    return Dynamic(
        one_in=_whole(stored, "one_in", COMMONEST, RAREST, 100),
        least=least,
        direction=_choice(stored, "direction", ("both", "low", "high"), "both"),
    )


def _stale(stored: Mapping[str, Any]) -> Stale:
    return Stale(_whole(stored, "days", 1, LONGEST_DAYS, None))


def _combined(stored: Mapping[str, Any]) -> Combined:
    of = stored.get("of")
    if not isinstance(of, list) or not 2 <= len(of) <= MOST_PARTS:
        raise ConditionError(_("All or any needs two or three conditions in `of`."))
    parts = tuple(parse(one) for one in of)
    if any(isinstance(one, Combined) for one in parts):
        raise ConditionError(_("Conditions are combined once, not within one another."))
    return Combined(stored["kind"] == "all", parts)


_READERS: dict[str, Callable[[Mapping[str, Any]], Condition]] = {
    "attainment": _attainment,
    "level": _level,
    "change": _change,
    "dynamic": _dynamic,
    "stale": _stale,
    "all": _combined,
    "any": _combined,
}
_LIMITS = {"below", "above", "inclusive"}
_KEYS = {
    "attainment": _LIMITS,
    "level": _LIMITS | {"whole"},
    "change": _LIMITS | {"on", "points"},
    "dynamic": {"one_in", "least", "direction"},
    "stale": {"days"},
    "all": {"of"},
    "any": {"of"},
}


def _number(stored: Mapping[str, Any], name: str) -> Decimal | None:
    if stored.get(name) is None:
        return None
    try:
        number = Decimal(str(stored[name]))
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(stored[name], bool) or not number.is_finite() or abs(number) >= LARGEST:
        raise ConditionError(_("`%(name)s` is a number.") % {"name": name})
    return number


def _whole(stored: Mapping[str, Any], name: str, least: int, most: int, usual: int | None) -> int:
    number = _number(stored, name)
    if number is None and usual is not None:
        return usual
    if number is None or number != int(number) or not least <= number <= most:
        raise ConditionError(
            _("`%(name)s` is a whole number from %(least)s to %(most)s.")
            % {"name": name, "least": least, "most": most}
        )
    return int(number)


def _choice(stored: Mapping[str, Any], name: str, choices: tuple[str, ...], usual: str) -> str:
    chosen = stored.get(name, usual)
    if chosen not in choices:
        raise ConditionError(
            _("`%(name)s` is one of %(choices)s.") % {"name": name, "choices": listed(choices)}
        )
    return str(chosen)


def _flag(stored: Mapping[str, Any], name: str) -> bool:
    flag = stored.get(name, False)
    if not isinstance(flag, bool):
        raise ConditionError(_("`%(name)s` is true or false.") % {"name": name})
    return flag
