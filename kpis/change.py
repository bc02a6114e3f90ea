"""Why a figure moved: its change taken apart into what each segment did, exactly. Pure: no database, no clock, no words.

An amount N that adds up over segments i changes by what each of them changes: ΔN = Σ Δnᵢ.

An amount with a volume D (revenue with orders, cost with clicks) is N = Σ dᵢ·rᵢ, with the rate rᵢ = nᵢ ÷ dᵢ. By midpoints
(an overbar is the mean of the two states; R = N ÷ D):

    Δnᵢ = Δdᵢ·R̄  +  d̄ᵢ·Δrᵢ  +  Δdᵢ·(r̄ᵢ − R̄)        volume, rate, mix

A ratio R = N ÷ D has the share wᵢ = dᵢ ÷ D of each segment, so R = Σ wᵢ·rᵢ, and, since shares always sum to 1 (Σ Δwᵢ = 0),

    ΔR = Σ ( w̄ᵢ·Δrᵢ  +  Δwᵢ·(r̄ᵢ − R̄) )              rate, mix

Both are the identity Δ(x·y) = x̄·Δy + ȳ·Δx, summed: nothing is left over, no order of the segments is preferred, and to
swap the two states turns every sign. Sources: T. L. Bennet, "The Theory of Measurement of Changes in Cost of Living",
Journal of the Royal Statistical Society 83 (1920), for the midpoints; Z. Griliches and H. Regev, "Firm productivity in
Israeli industry 1979-1988", Journal of Econometrics 65 (1995), for shares against the mean of the whole, with segments
that appear and vanish.

A segment without a rate in one of the states (it appears, vanishes, or its denominator is zero) has no Δrᵢ: all that it
does beyond its volume is mix. What a total has and no segment has is a segment too, REST, so that parts always add up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

REST = ""  # what is in the total and in no segment
PLACES = 10  # decimals of effects, and more where the amounts have more
NONE = Fraction(0)
ZERO = Decimal(0)


@dataclass(frozen=True)
class Said:
    """One state of a segment or of the whole: an amount, and what it is divided by (or its volume). None: not reported."""

    amount: Decimal | None = None
    base: Decimal | None = None


NOTHING = Said()
Pair = tuple[Said, Said]  # before, after


@dataclass(frozen=True)
class Part:
    """What one segment did. `before` and `after` are its own values: amounts, or rates of a ratio; None where it has none.

    `effect` is what it moved the whole by, and the sum of volume, rate and mix where these can be told.
    """

    key: str
    before: Decimal | None
    after: Decimal | None
    effect: Decimal
    volume: Decimal | None = None
    rate: Decimal | None = None
    mix: Decimal | None = None


@dataclass(frozen=True)
class Change:
    """From one state to another. The effects of the parts add up to `change`, and so do volume, rate and mix.

    Parts are ordered by size of their effect, the rest last. A ratio has no volume: None.
    """

    before: Decimal
    after: Decimal
    parts: tuple[Part, ...]
    volume: Decimal | None = None
    rate: Decimal | None = None
    mix: Decimal | None = None

    @property
    def change(self) -> Decimal:
        return exact_sum([self.after, -self.before])


def of_amounts(whole: Pair, segments: Mapping[str, Pair]) -> Change | None:
    """An amount by segments. None where the whole was not reported in one of the states: absent is not zero.

    A segment that was reported in one state alone appears or vanishes.
    """
    if whole[0].amount is None or whole[1].amount is None:
        return None
    places = _places([whole, *segments.values()])
    bare = {key: _bare(pair) for key, pair in segments.items()}
    parts = []
    for key, (before, after) in _with_rest(_bare(whole), bare).items():
        moved = _number(after.amount) - _number(before.amount)
        parts.append(Part(key, before.amount, after.amount, _decimal(_units(moved, places), places)))
    return Change(whole[0].amount, whole[1].amount, _ordered(parts))


def of_product(whole: Pair, segments: Mapping[str, Pair]) -> Change | None:
    """An amount (`Said.amount`) with its volume (`Said.base`) by segments: volume, rate and mix of each.

    As `of_amounts`, where the whole has no volume in one of the states or none that is not zero.
    """
    if whole[0].base is None or whole[1].base is None:
        return of_amounts(whole, segments)
    rates = [rate for rate in map(_rate, whole) if rate is not None]
    if not rates or whole[0].amount is None or whole[1].amount is None:
        return of_amounts(whole, segments)
    mean = sum(rates, NONE) / len(rates)
    found = {}
    for key, (before, after) in _with_rest(whole, segments).items():
        volume = (_number(after.base) - _number(before.base)) * mean
        moved = _number(after.amount) - _number(before.amount)
        rate = _rate_effect(before, after, _number(before.base), _number(after.base))
        found[key] = ((before.amount, after.amount), (volume, rate, moved - volume - rate))
    return _made(whole[0].amount, whole[1].amount, found, _places([whole, *segments.values()]))


def of_ratio(whole: Pair, segments: Mapping[str, Pair]) -> Change | None:
    """A ratio, `Said.amount` ÷ `Said.base`, by segments: rate and mix of each. A scale belongs into the amounts.

    None where the whole has no value in one of the states.
    """
    first, last = map(_rate, whole)
    if first is None or last is None:
        return None
    bases = _number(whole[0].base), _number(whole[1].base)
    mean = (first + last) / 2
    found = {}
    for key, (before, after) in _with_rest(whole, segments).items():
        shares = _number(before.base) / bases[0], _number(after.base) / bases[1]
        moved = _number(after.amount) / bases[1] - _number(before.amount) / bases[0]
        rate = _rate_effect(before, after, *shares)
        values = _rate(before), _rate(after)
        found[key] = (
            tuple(None if value is None else rounded(value, PLACES) for value in values),
            (None, rate, moved - (shares[1] - shares[0]) * mean - rate),
        )
    return _made(rounded(first, PLACES), rounded(last, PLACES), found, PLACES)


def _rate_effect(before: Said, after: Said, weight_before: Fraction, weight_after: Fraction) -> Fraction:
    """Mean weight × change of the rate; nothing where it has no rate in one of the states."""
    first, last = _rate(before), _rate(after)
    if first is None or last is None:
        return NONE
    return (weight_before + weight_after) / 2 * (last - first)


Effects = tuple[Fraction | None, Fraction, Fraction]  # volume, rate, mix


def _made(
    before: Decimal,
    after: Decimal,
    found: Mapping[str, tuple[tuple[Decimal | None, ...], Effects]],
    places: int,
) -> Change:
    """Written with so many decimals: first the effects, so that they add up to the change, then what each is made of."""
    keys = list(found)
    sums = [sum((effect for effect in found[key][1] if effect is not None), NONE) for key in keys]
    effects = _apportioned(sums, _units(Fraction(after) - Fraction(before), places), places, keys)
    parts, columns = [], dict.fromkeys(("volume", "rate", "mix"), 0)
    for key, effect in zip(keys, effects, strict=True):
        values, pieces = found[key]
        told = [name for name, piece in zip(columns, pieces, strict=True) if piece is not None]
        units = _apportioned([piece for piece in pieces if piece is not None], effect, places, told)
        written = dict(zip(told, units, strict=True))
        for name, unit in written.items():
            columns[name] += unit
        parts.append(
            Part(
                key, values[0], values[1], _decimal(effect, places),
                **{name: _decimal(unit, places) for name, unit in written.items()},
            )
        )  # fmt: skip
    if all(pieces[0] is None for _values, pieces in found.values()):
        del columns["volume"]  # of a ratio
    return Change(
        before, after, _ordered(parts), **{name: _decimal(unit, places) for name, unit in columns.items()}
    )


def _bare(pair: Pair) -> Pair:
    return Said(pair[0].amount), Said(pair[1].amount)


def _with_rest(whole: Pair, segments: Mapping[str, Pair]) -> dict[str, Pair]:
    """The segments, and what the whole has beside them."""
    found = {key: segments[key] for key in sorted(segments)}
    before, after = (_left(whole[state], [pair[state] for pair in found.values()]) for state in (0, 1))
    if (before, after) != (NOTHING, NOTHING):
        found[REST] = (before, after)
    return found


def _left(whole: Said, parts: Sequence[Said]) -> Said:
    """Nothing where parts make the whole, or where the whole says nothing."""
    amount = exact_sum([whole.amount or ZERO, *(-(part.amount or ZERO) for part in parts)])
    base = exact_sum([whole.base or ZERO, *(-(part.base or ZERO) for part in parts)])
    return Said(amount or None, (base or None) if whole.base is not None else None)


def _ordered(parts: Iterable[Part]) -> tuple[Part, ...]:
    return tuple(sorted(parts, key=lambda part: (part.key == REST, -abs(part.effect), part.key)))


def laid_over(
    total: Decimal, whole: Decimal | None, parts: Mapping[str, Decimal | None]
) -> dict[str, Decimal | None]:
    """A total laid over parts in proportion to what they have of `whole`: with what `whole` has beside them, they add up
    to the total exactly. None for parts without an amount, and for all of them where there is no proportion.
    """
    known = {key: value for key, value in parts.items() if value is not None}
    if not whole:
        return dict.fromkeys(parts)
    rest = Fraction(whole) - sum(map(Fraction, known.values()), NONE)
    keys = [*sorted(known), REST]
    exact = [Fraction(total) * Fraction(known.get(key, rest)) / Fraction(whole) for key in keys]
    places = max(PLACES, _decimals(total))
    units = _apportioned(exact, _units(Fraction(total), places), places, keys)
    laid = {key: _decimal(unit, places) for key, unit in zip(keys, units, strict=True)}
    return {key: laid.get(key) for key in parts}


def together(said: Iterable[Said]) -> Said:
    """Several segments as one; None where none of them was reported."""
    said = list(said)
    amounts = [one.amount for one in said if one.amount is not None]
    bases = [one.base for one in said if one.base is not None]
    return Said(exact_sum(amounts) if amounts else None, exact_sum(bases) if bases else None)


# -- Numbers ------------------------------------------------------------------------------------------


def _number(value: Decimal | None) -> Fraction:
    return NONE if value is None else Fraction(value)


def _rate(said: Said) -> Fraction | None:
    if said.amount is None or not said.base:
        return None
    return Fraction(said.amount) / Fraction(said.base)


def exact_sum(values: Iterable[Decimal]) -> Decimal:
    """Without the rounding that Decimal does at 28 digits."""
    values = list(values)
    places = max([_decimals(value) for value in values], default=0)
    return _decimal(sum(_units(Fraction(value), places) for value in values), places)


def rounded(value: Decimal | Fraction, places: int) -> Decimal:
    """Half away from zero, so that −x is written as x is."""
    return _decimal(_units(Fraction(value), places), places)


def shown(effects: Mapping[str, Decimal], places: int) -> dict[str, Decimal]:
    """Effects as a page writes them, with so many decimals: they add up to their sum written likewise, the last
    unit going where rounding takes most away. `places` may be negative (-3: in thousands).
    """
    keys = sorted(effects)
    exact = [Fraction(effects[key]) for key in keys]
    units = _apportioned(exact, _units(sum(exact, NONE), places), places, keys)
    return {key: _decimal(unit, places) for key, unit in zip(keys, units, strict=True)}


def _apportioned(values: Sequence[Fraction], total: int, places: int, keys: Sequence[str]) -> list[int]:
    """Whole units (10^-places) that sum to `total`: each value cut towards zero, and what is then missing given, one
    unit each, to those of which most was cut away (Hamilton's largest remainders; ties by key).
    """
    scaled = [value * Fraction(10) ** places for value in values]
    units = [int(value) for value in scaled]  # towards zero
    missing = total - sum(units)
    step = 1 if missing > 0 else -1
    ranked = sorted(range(len(values)), key=lambda at: (-step * (scaled[at] - units[at]), keys[at]))
    for at in ranked[: abs(missing)]:
        units[at] += step
    return units


def _units(value: Fraction, places: int) -> int:
    scaled = abs(value) * Fraction(10) ** places
    whole = int(scaled + Fraction(1, 2))
    return whole if value >= 0 else -whole


def _decimal(units: int, places: int) -> Decimal:
    if places < 0:
        units, places = units * 10**-places, 0
    return Decimal((int(units < 0), tuple(map(int, str(abs(units)))), -places))


def _decimals(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _places(pairs: Iterable[Pair]) -> int:
    amounts = [said.amount for pair in pairs for said in pair if said.amount is not None]
    return max([PLACES, *map(_decimals, amounts)])
