"""A company of two worlds that share no leaf, and who may know which of its words.

Every thing carries words of its own: an English and a Chinese name that nobody types, and a slug that addresses do. Who
may know a word is said here once more, in plain Python, by what design.md says of grants: not by the gate, which is
what is tested.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from organization.models import (
    Node,
    Person,
)

TODAY = date(2026, 11, 22)
DAY = "2026-11-10"
MONTH = "2026-11"
WORLDS = ("a", "b")
TREES = ("region", "channel", "product", "team", "budget")

# What was earned in each corner: region of one world × channel of the other. No two sums of them are alike.
CORNERS = {("a", "a"): 1310117, ("a", "b"): 2170221, ("b", "a"): 4630331, ("b", "b"): 9250771}


def slug(what: str, world: str) -> str:
    return f"zq{what}{world}slug"


def name(what: str, world: str) -> str:
    return f"Zq{what.title()} Of {world.upper()}q"


def name_zh(what: str, world: str) -> str:
    return f"密{what}字{world.upper()}秘"


def words(what: str, world: str) -> frozenset[str]:
    return frozenset({slug(what, world), name(what, world), name_zh(what, world)})


def code(dimension: str, world: str) -> str:
    return f"{dimension}:{slug(dimension, world)}"


def node_code(way: str, world: str) -> str:
    return f"{way.split('/')[0]}:{path(way, world)}"


PATHS = {  # what a world has in each tree, by its way down
    "region": ("region", "region/store", "region/shut", "region/joined"),
    "channel": ("channel", "channel/campaign", "channel/wanderer"),
    "product": ("product", "product/article"),
    "team": ("team",),
    "budget": ("budget",),
}


def path(way: str, world: str) -> str:
    return "/".join(slug(step, world) for step in way.split("/"))


# -- Who may know what, said anew


Place = dict[str, str]  # dimension → path


def within(low: str, high: str) -> bool:
    return low == high or low.startswith(f"{high}/")


def covers(grant: Place, place: Place) -> bool:
    """Dimensions are AND-ed, and everything below counts."""
    return all(dim in place and within(place[dim], top) for dim, top in grant.items())


def place_of(key: str) -> Place:
    return {} if key == "company" else dict(part.split(":", 1) for part in key.split("+"))


@dataclass(frozen=True)
class Member:
    """Somebody with roles; `grants` are (role, area)."""

    label: str
    grants: tuple[tuple[str, str], ...]

    @property
    def places(self) -> list[Place]:
        return [place_of(area) for _role, area in self.grants]

    def sees(self, area: str) -> bool:
        place = place_of(area)
        return self.granted(place) or (len(place) == 1 and self.opened(place))

    def granted(self, place: Place) -> bool:
        return any(covers(grant, place) for grant in self.places)

    def opened(self, place: Place) -> bool:
        """Looked at without a grant on it, since it lies at or below what is closed to an area of hers alone."""
        return any(
            covers(place_of(top), place) and self.granted(place_of(to)) for top, to in CLOSED_TO.items()
        )

    def knows_node(self, dimension: str, where: str) -> bool:
        """A name is known where the node lies in any area that is hers; a budget's with its figures."""
        hers = any(
            within(where, grant[dimension]) if dimension in grant else dimension != "budget" or not grant
            for grant in self.places
        )
        return hers or self.opened({dimension: where})

    def may(self, roles: Iterable[str], area: str = "company") -> bool:
        return any(role in roles and covers(place_of(at), place_of(area)) for role, at in self.grants)

    def somewhere(self, roles: Iterable[str]) -> bool:
        return any(role in roles for role, _area in self.grants)


A, B = code("region", "a"), code("region", "b")
CHANNEL_A, CHANNEL_B = code("channel", "a"), code("channel", "b")
STORE_A = f"region:{path('region/store', 'a')}"
CROSS_A = f"{A}+{CHANNEL_A}"

CLOSED_TO = {code("budget", world): code("region", world) for world in WORLDS}

MEMBERS = (
    Member("Lead of A", (("lead", A),)),
    Member("Viewer of A", (("viewer", A),)),
    Member("Viewer of B", (("viewer", B),)),
    Member("Manager of A", (("manager", A),)),
    Member("Finance of A", (("finance", A),)),
    Member("Admin of A", (("admin", A),)),
    Member("Manager of channel A", (("manager", CHANNEL_A),)),
    Member("Lead of the cross", (("lead", CROSS_A),)),
    Member("Manager of a store", (("manager", STORE_A),)),
    Member("Viewer of product A", (("viewer", code("product", "a")),)),
    Member("Lead of team A", (("lead", code("team", "a")),)),
    Member("Two grants", (("viewer", CROSS_A), ("lead", code("product", "a")))),
    Member("Nobody's", ()),
    Member("Viewer", (("viewer", "company"),)),
    Member("Manager", (("manager", "company"),)),
    Member("Admin", (("admin", "company"),)),
)
RULE_WRITERS = ("lead", "manager", "admin")
IMPORTERS = ("manager", "finance", "admin")
OUTBOX = ("manager", "admin")


@dataclass
class Company:
    """The two worlds as they stand in the database."""

    people: dict[str, Person] = field(default_factory=dict)
    nodes: dict[tuple[str, str], Node] = field(default_factory=dict)  # (way, world)
    things: dict[str, dict[str, Any]] = field(default_factory=dict)  # by world: pks of what hangs on it
    secrets: dict[str, tuple[str, str]] = field(default_factory=dict)  # word → (kind, where or world)
    figures: dict[str, set[str]] = field(default_factory=dict)  # how a figure is written → its areas
    closed: dict[Member, frozenset[str]] = field(default_factory=dict)

    # -- Words

    @cached_property
    def words(self) -> frozenset[str]:
        """All that anybody might not be told; asked for when the company is whole."""
        return frozenset({*self.secrets, *self.figures})

    def secret(self, kind: str, where: str, *said: str) -> None:
        for word in said:
            assert word not in self.secrets, word
            self.secrets[word] = (kind, where)

    def figure(self, area: str, amount: int) -> None:
        for text in spelled(amount):
            self.figures.setdefault(text, set()).add(area)

    def closed_to(self, member: Member) -> frozenset[str]:
        """The words that no answer to her may hold; asked for when the company is whole."""
        if member not in self.closed:
            self.closed[member] = frozenset(
                [
                    *(word for word, (kind, where) in self.secrets.items() if not knows(member, kind, where)),
                    *(text for text, areas in self.figures.items() if not any(member.sees(area) for area in areas)),
                ]
            )  # fmt: skip
        return self.closed[member]


def knows(member: Member, kind: str, where: str) -> bool:
    match kind:
        case "node":  # its names: where it lies in any area of hers
            dimension, _, at = where.partition(":")
            return member.knows_node(dimension, at)
        case "code":  # its slug stands in the codes of all below it, too
            dimension, _, at = where.partition(":")
            return member.knows_node(dimension, at) or any(
                within(grant.get(dimension, ""), at) for grant in member.places
            )
        case "kept":  # what only those read who keep the area
            return member.may(("manager", "admin"), where)
        case "area":  # what hangs on an area
            return member.sees(where)
        case "areas":  # on two of them
            return all(member.sees(one) for one in where.split(" & "))
        case "rule":  # or she was told of it
            return member.sees(where) or member.label in ("Lead of A", "Viewer of B")
        case "importers":
            return member.may(IMPORTERS)
        case "source":  # also who sees anything that it said
            return member.may(IMPORTERS) or any(
                covers(grant, corner) for grant in member.places for corner in corners(where)
            )
        case "administrators":
            return member.may(("admin",))
        case "outbox":
            return member.may(OUTBOX)
        case "people":  # who writes rules chooses whom to tell; who sees an area, whose it is
            return member.somewhere(RULE_WRITERS) or member.sees(where)
        case "token":
            return member.label == where
        case "connection":  # who answers for it, and who reads what went there
            return member.label == where or member.may(OUTBOX)
        case "nobody":
            return False
    raise AssertionError(kind)


def corners(world: str) -> list[Place]:
    """Where a source has said anything: the regions of its world."""
    return [dict(corner_place(region, channel)) for region, channel in CORNERS if region == world]


def corner_place(region: str, channel: str) -> list[tuple[str, str]]:
    return [
        ("region", path("region/store", region)),
        ("channel", path("channel/campaign", channel)),
        ("product", path("product/article", "a" if region == channel else "b")),
    ]


def spelled(amount: int) -> set[str]:
    """As pages and programs write it: whole, in millions, in 万. Three digits alone are many another figure's too."""
    millions, ten_thousands = Decimal(amount) / 1_000_000, Decimal(amount) / 10_000
    return {str(amount), f"{amount:,}", f"¥{millions:.1f}M", f"{ten_thousands:.1f}万"}
