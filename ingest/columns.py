"""What somebody said the columns of a file are: remembered by their headings, and turned into a `Layout`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from ingest.layouts import Amount, Emission, Layout, Name, normal

# The ways down each tree, from the top.
TREES: dict[str, tuple[str, ...]] = {
    "channel": ("channel", "campaign", "content"),
    "region": ("region", "province", "city", "store"),
    "product": ("product",),
}
PLACES = tuple(role for roles in TREES.values() for role in roles)
ONCE = ("day", *PLACES, "currency")  # "key" may stand on several columns
MEASURE = "measure:"
FACTORS = (1, 1000, 10000)
OURS = {"line", "reason", "行号", "原因"}  # what a download of rejected lines adds


@dataclass(frozen=True)
class Column:
    """A column and what it is: one of ONCE, `key`, `measure:<code>`, or empty where it is to be ignored."""

    heading: str
    role: str = ""
    factor: int = 1

    @property
    def measure(self) -> str:
        return self.role.removeprefix(MEASURE) if self.role.startswith(MEASURE) else ""


@dataclass(frozen=True)
class Said:
    """All that is said of a sort of file. `fixed` names what the whole file is about, by dimension."""

    columns: tuple[Column, ...]
    fixed: Mapping[str, str] = field(default_factory=dict)
    sums: bool = False
    replaces: bool = False
    days: int = 1
    currency: str = ""
    strict: bool = False

    @property
    def measures(self) -> list[str]:
        return [column.measure for column in self.columns if column.measure]


def keys_of(headings: Sequence[str]) -> list[tuple[str, int]]:
    """How each column is known again: its heading without case, spaces and plain units, and which of that name it is."""
    seen: Counter[str] = Counter()
    keys = []
    for heading in headings:
        name = normal(heading)
        keys.append((name, seen[name]))
        seen[name] += 1
    return keys


def fits(said: Said, headings: Sequence[str]) -> bool:
    """Whether these are its headings, in any order: none that matters is missing, and none is new."""
    known = keys_of([column.heading for column in said.columns])
    needed = {key for key, column in zip(known, said.columns, strict=True) if column.role}
    found = keys_of(headings)
    new = {key for key in found if key not in set(known) and key[0] and key[0] not in OURS}
    return bool(needed) and needed <= set(found) and not new


def said_of(said: Said, headings: Sequence[str]) -> Said:
    """The same, for a file whose columns are some of these and others: what is not known is to be ignored."""
    known = dict(zip(keys_of([column.heading for column in said.columns]), said.columns, strict=True))
    columns = tuple(
        Column(heading, known[key].role, known[key].factor) if key in known else Column(heading)
        for heading, key in zip(headings, keys_of(headings), strict=True)
    )
    return Said(
        columns, said.fixed, said.sums, said.replaces, said.days, said.currency, said.strict
    )  # fmt: skip


def problems(said: Said, *, measures: Collection[str]) -> dict[str, str]:
    """What is wrong, by place: the number of a column, the name of an option, or empty for the whole."""
    found: dict[str, str] = {}
    at: dict[str, int] = {}
    for number, column in enumerate(said.columns):
        role = column.role
        if not role:
            continue
        if role != "key" and role not in ONCE and column.measure not in measures:
            found[str(number)] = _("Choose one of the list.")
        elif role != "key" and role in at:
            found[str(number)] = _("“%(other)s” is said to be the same. Only one of them can be.") % {
                "other": said.columns[at[role]].heading
            }
        elif column.measure and column.factor not in FACTORS:
            found[str(number)] = _("Choose one of the list.")
        at.setdefault(role, number)
    if "day" not in at:
        found[""] = _("Say which column holds the day.")
    elif not said.measures:
        found[""] = _("Say which columns hold amounts: at least one.")
    for dimension, roles in TREES.items():
        if dimension in at and said.fixed.get(dimension):
            found[dimension] = _("A column says it already: take one of the two away.")
        below = [role for role in roles[1:] if role in at]
        if dimension == "channel" and below and dimension not in at and not said.fixed.get(dimension):
            found[str(at[below[0]])] = _(
                "Say which channel it belongs to: by a column, or for the whole file."
            )
    if "currency" in at and said.currency:
        found["currency"] = _("A column says it already: take one of the two away.")
    return found


def layout_of(
    said: Said, headings: Sequence[str], *, code: str, source_code: str, source_name: str
) -> Layout | None:
    """What it means for a file with these headings; None where a column that matters is missing."""
    place = {key: number for number, key in enumerate(keys_of(headings))}
    at: dict[str, int] = {}
    key: list[int] = []
    amounts: dict[str, Amount] = {}
    names = keys_of([column.heading for column in said.columns])
    for name, column in zip(names, said.columns, strict=True):
        if not column.role:
            continue
        if name not in place:
            return None
        if column.role == "key":
            key.append(place[name])
        elif column.measure:
            amounts[column.measure] = Amount(place[name], factor=column.factor)
        else:
            at[column.role] = place[name]
    if "day" not in at or not amounts:
        return None

    def tree(dimension: str) -> Name:
        columns = tuple(at[role] for role in TREES[dimension] if role in at)
        return Name(columns, fixed=said.fixed.get(dimension, ""))

    emission = Emission(amounts, channel=tree("channel"), region=tree("region"), product=tree("product"))
    return Layout(
        code, source_code, source_name, at["day"], (emission,), key=tuple(sorted(key)), days=said.days,
        sums=said.sums, replaces=said.replaces, strict=said.strict, currency=said.currency,
        currency_column=at.get("currency"),
    )  # fmt: skip
