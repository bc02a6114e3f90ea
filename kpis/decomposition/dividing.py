"""One whole over its parts by largest remainder (Hamilton's method), in whole units: cents, or pieces."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Context, Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from common import formats
from common.listing import listed

# Beyond these no amount and no weight is meant; without an end, 1E+999999 would be a number of a million digits.
MOST_DIGITS = 24
MOST_PLACES = 200
_WIDE = Context(prec=3 * MOST_PLACES)


class DivisionRefused(ValueError):
    """The whole cannot be divided so; the message says why, for people."""


class WeightsRefused(DivisionRefused):
    """A weight is no number or below zero (`keys` names them all), or nothing weighs anything (no keys)."""

    def __init__(self, message: str, keys: Collection[str] = ()) -> None:
        super().__init__(message)
        self.keys = tuple(keys)


class UnitRefused(DivisionRefused):
    """An amount is no number, too large, or no multiple of the unit. `key` names the locked part; "" is the total."""

    def __init__(self, message: str, *, value: Decimal, unit: Decimal, key: str = "") -> None:
        super().__init__(message)
        self.value, self.unit, self.key = value, unit, key


class LocksTooLarge(DivisionRefused):
    """What is locked cannot be part of the total.

    `missing` (above zero) is the sum that is lacking. `over`: the total is smaller than what is locked, so that the
    other parts would get less than nothing; else every part is locked, and what is locked is smaller than the total.
    `where` names the row or column of a grid whose total it is; "" where it is the whole's.
    """

    def __init__(
        self, *, total: Decimal, locked: Decimal, missing: Decimal, over: bool, where: str = ""
    ) -> None:
        amounts = {"total": said(total), "locked": said(locked), "missing": said(missing)}
        if over:
            text = _(
                "What is locked comes to %(locked)s and goes beyond the total of %(total)s: %(missing)s is missing."
            )
        else:
            text = _(
                "Everything is locked and comes to %(locked)s: %(missing)s is missing from the total of %(total)s."
            )
        super().__init__(f"{where}: {text % amounts}" if where else text % amounts)
        self.total, self.locked, self.missing, self.over, self.where = total, locked, missing, over, where

    @classmethod
    def of(cls, steps: int, locked: int, unit: Decimal, *, where: str = "") -> LocksTooLarge:
        """Of a total and what is locked of it, both in units."""
        rest = steps - locked
        return cls(
            total=amount_of(steps, unit),
            locked=amount_of(locked, unit),
            missing=amount_of(abs(rest), abs(unit)),
            over=(rest < 0) != (steps < 0),
            where=where,
        )


def divide(
    total: Decimal,
    weights: Mapping[str, Decimal],
    *,
    unit: Decimal,
    locks: Mapping[str, Decimal] | None = None,
) -> dict[str, Decimal]:
    """The parts of `total` by weight: multiples of `unit` that add up to it exactly, in the order of `weights`.

    Each gets its share rounded down, and what is left goes unit by unit to the largest remainders; of equal ones the
    key that comes first gets it, in whatever order the weights are written. A part of larger weight never gets less; a
    part of weight zero gets nothing. Locked parts (also such as have no weight; they come last) keep their amounts, the
    others share the rest. A negative total is divided like a positive one, and no part that is not locked ever has the
    other sign.

    Raises WeightsRefused, UnitRefused and LocksTooLarge.
    """
    locks = locks or {}
    sizes = whole_numbers(weights)
    steps = in_units(total, unit)
    kept = {key: in_units(amount, unit, key=key) for key, amount in locks.items()}
    open_sizes = {key: size for key, size in sizes.items() if key not in kept}
    rest = steps - sum(kept.values())
    if kept and rest and (not open_sizes or (rest < 0) != (steps < 0)):
        raise LocksTooLarge.of(steps, sum(kept.values()), unit)
    if rest or not kept:
        shares = largest_remainders(rest, open_sizes)
    else:
        shares = dict.fromkeys(open_sizes, 0)
    given = {**dict.fromkeys(sizes, 0), **shares, **kept}
    return {key: amount_of(share, unit) for key, share in given.items()}


def largest_remainders(steps: int, sizes: Mapping[str, int]) -> dict[str, int]:
    """Whole numbers in proportion to `sizes` that add up to `steps`. Raises WeightsRefused where all are zero."""
    whole = sum(sizes.values())
    if not whole:
        raise WeightsRefused(_("At least one part needs a weight above zero."))
    sign = -1 if steps < 0 else 1
    shares, remainders = {}, []
    for key, size in sizes.items():
        shares[key], remainder = divmod(abs(steps) * size, whole)
        remainders.append((-remainder, key))
    left = abs(steps) - sum(shares.values())
    for _remainder, key in sorted(remainders)[:left]:
        shares[key] += 1
    return {key: sign * share for key, share in shares.items()}


def whole_numbers(weights: Mapping[str, Decimal]) -> dict[str, int]:
    """The weights as whole numbers in the same proportion. Raises WeightsRefused for what is no weight."""
    check_weights(weights)
    places = max((-_last_place(weight) for weight in weights.values() if weight), default=0)
    return {
        key: int(weight.scaleb(places, context=_WIDE)) if weight else 0 for key, weight in weights.items()
    }


def check_weights(weights: Mapping[str, Decimal]) -> None:
    """Raises WeightsRefused that names whatever is no number, below zero or beyond all measure."""
    odd = [key for key, weight in weights.items() if not _is_weight(weight)]
    if odd:
        raise WeightsRefused(
            _("A weight is a number, zero or more; that of %(parts)s is not.") % {"parts": listed(odd)},
            odd,
        )


def _is_weight(weight: Decimal) -> bool:
    if not weight:
        return True
    sign, _digits, exponent = weight.as_tuple()
    return (
        not sign
        and isinstance(exponent, int)
        and exponent >= -MOST_PLACES
        and weight.adjusted() <= MOST_PLACES
    )


def _last_place(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    assert isinstance(exponent, int), "only infinities and what is no number have none"
    return exponent


def in_units(amount: Decimal, unit: Decimal, *, key: str = "") -> int:
    """How many units the amount is. Raises UnitRefused where it is no number, too large, or not a whole number of them."""
    if not amount:
        return 0
    if not amount.is_finite():
        text, value = _("%(value)s is not an amount."), str(amount)
    elif amount.adjusted() >= MOST_DIGITS:
        text, value = _("%(value)s is too large."), f"{amount:.0e}"
    else:
        if _last_place(amount) >= -MOST_PLACES:
            steps = Fraction(amount) / Fraction(unit)
            if steps.denominator == 1:
                return steps.numerator
        text, value = _("%(value)s is not a multiple of %(unit)s, the smallest part of it."), str(amount)
    text %= {"value": value, "unit": said(unit)}
    raise UnitRefused(f"{key}: {text}" if key else text, value=amount, unit=unit, key=key)


def amount_of(steps: int, unit: Decimal) -> Decimal:
    return _WIDE.multiply(unit, Decimal(steps))


def said(amount: Decimal) -> str:
    """For messages: 30,000,000.5"""
    return formats.sign(amount) + formats.plain(amount, most=12)
