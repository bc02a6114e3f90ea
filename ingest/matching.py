"""From the names in a file to nodes: known ones by code, alias or unique name, new ones made for review."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from organization.models import Dimension, Node, NodeAlias, NodeAncestor, Person
from organization.services import make_nodes
from organization.slugs import slugify

Names = tuple[str, ...]
TOTALS = {"合计", "总计", "小计", "汇总", "total", "grand-total", "subtotal", "sum"}
BLANKS = {"", "-", "--", "—", "——", "n/a", "na", "null", "none", "无"}
MOST_LIKENESSES = 50  # unknown names an import for which known ones are looked for: it takes a while
NONE = 0  # the id that facts carry where a line names no node


@dataclass(frozen=True)
class Match:
    """The node's id, or 0 where the line names none; or why there is none (`problem`, a code with its facts)."""

    node_id: int | None
    problem: dict[str, str] | None = None


class _Tree:
    """The nodes of one dimension as a file may write them. Small beside the facts: read once an import."""

    def __init__(self, dimension: str) -> None:
        self.dimension = dimension
        self.unknown_names = 0
        self._below: dict[int, set[int]] = {}
        self.child: dict[tuple[int | None, str], int] = {}
        self.anywhere: dict[str, set[int]] = defaultdict(set)
        self.paths = dict(Node.objects.filter(dimension=dimension).values_list("pk", "path"))
        for pk, parent, slug in Node.objects.filter(dimension=dimension).values_list(
            "pk", "parent_id", "slug"
        ):
            self.child[parent, slug] = pk
            self.anywhere[slug].add(pk)
        for parent, slug, pk in NodeAlias.objects.filter(dimension=dimension).values_list(
            "parent_id", "slug", "node_id"
        ):
            self.child.setdefault((parent, slug), pk)
            self.anywhere[slug].add(pk)
        self.above: dict[int, set[int]] = defaultdict(set)
        for node, ancestor in NodeAncestor.objects.filter(node__dimension=dimension).values_list(
            "node_id", "ancestor_id"
        ):
            self.above[node].add(ancestor)

    def add(self, node: Node) -> None:
        """A node just made, with those that were made above it."""
        line: list[Node] = []
        at: Node | None = node
        while at is not None and at.pk not in self.paths:
            line.append(at)
            at = at.parent
        for new in reversed(line):
            self.paths[new.pk] = new.path
            self.child[new.parent_id, new.slug] = new.pk
            self.anywhere[new.slug].add(new.pk)
            self.above[new.pk] = {new.pk} | (self.above[new.parent_id] if new.parent_id else set())

    def step(self, parent: int | None, slug: str) -> int | None:
        """The child of that name; else, where levels may be left out, the only one of that name below.

        Raises _Ambiguous where two fit.
        """
        if (parent, slug) in self.child:
            return self.child[parent, slug]
        if self.dimension == Dimension.CHANNEL:
            return None  # campaigns of one name live in many channels
        fitting = [pk for pk in self.anywhere[slug] if parent is None or parent in self.above[pk]]
        if len(fitting) > 1:
            raise _Ambiguous(sorted(self.paths[pk] for pk in fitting))
        return fitting[0] if fitting else None

    def pretend(self, below: int | None, rest: Names, made: dict[int, str]) -> int:
        """The id of the last of these new nodes, had they been made."""
        at = below
        for name in rest:
            slug, pk = slugify(name), -len(made) - 1
            made[pk] = self.paths[pk] = f"{self.paths[at]}/{slug}" if at else slug
            self.child[at, slug] = pk
            self.anywhere[slug].add(pk)
            self.above[pk] = {pk} | (self.above[at] if at else set())
            at = pk
        assert at is not None
        return at

    def unknown(self, below: int | None, rest: Names) -> dict[str, str]:
        """Why a strict file's name is no node, with the known names that are most like it."""
        problem = {"code": "unknown-name", "name": rest[0][:80]}
        self.unknown_names += 1
        if self.unknown_names > MOST_LIKENESSES:
            return problem
        known: dict[str, int] = {}
        letters = set(slugify(rest[0]))
        for slug, nodes in self.anywhere.items():
            if len(letters & set(slug)) * 2 < min(len(letters), len(set(slug))):
                continue
            for pk in nodes:
                if below is None or pk in self.below(below):
                    known.setdefault(slug, pk)
        near = get_close_matches(slugify(rest[0]), known, n=3, cutoff=0.5)
        if near:
            problem = {
                "code": "unknown-name-near",
                "name": rest[0][:80],
                "near": "; ".join(self.paths[known[slug]] for slug in near),
            }
        return problem

    def below(self, node: int) -> set[int]:
        """The nodes below this one."""
        if node not in self._below:
            self._below[node] = {pk for pk, above in self.above.items() if node in above and pk != node}
        return self._below[node]


class _Ambiguous(Exception):
    def __init__(self, paths: Sequence[str]) -> None:
        self.paths = paths


def match(
    *,
    dimension: str,
    names: Iterable[Names],
    person: Person | None,
    strict: bool = False,
    pretend: dict[int, str] | None = None,
) -> dict[Names, Match]:
    """A match for each tuple of cells (from the top of the tree down). New nodes are made, to be reviewed, unless
    the file is `strict`: then a name that nobody knows is a problem, told with the nearest known ones. With `pretend`
    none is made: new ones get ids below zero, and their paths are put there.

    Whole paths come first, so that 上海 finds the 华东/上海 of another line, whichever stands first in the file.
    """
    tree = _Tree(dimension)
    matches: dict[Names, Match] = {}
    for cells in sorted(names, key=lambda cells: (-len(_path(dimension, cells)), cells)):
        found = _find(tree, cells)
        if not isinstance(found, Match) and strict:
            found = Match(None, tree.unknown(*found))
        if not isinstance(found, Match):
            below, rest = found
            if pretend is not None:
                matches[cells] = Match(tree.pretend(below, rest, pretend))
                continue
            top = Node.objects.get(pk=below) if below else None
            try:
                made = make_nodes(
                    dimension=dimension, paths=[rest], below=top, needs_review=True, person=person
                )
            except ValueError:
                matches[cells] = Match(None, {"code": "bad-name", "name": rest[-1][:80]})
                continue
            tree.add(made[rest])
            found = Match(made[rest].pk)
        matches[cells] = found
    return matches


def _find(tree: _Tree, cells: Names) -> Match | tuple[int | None, Names]:
    """A match, or the deepest known node with the names that are new below it."""
    if tree.dimension == Dimension.CHANNEL and not cells[0].strip() and any(cell.strip() for cell in cells):
        return Match(None, {"code": "campaign-without-channel"})
    path = _path(tree.dimension, cells)
    if not path:
        return Match(NONE)
    if path[0].lower() in TOTALS:
        return Match(None, {"code": "total"})
    at: int | None = None
    for position, name in enumerate(path):
        try:
            slug = slugify(name)
            below = tree.step(at, slug)
        except ValueError:
            return Match(None, {"code": "bad-name", "name": name[:80]})
        except _Ambiguous as several:
            return Match(None, {"code": "ambiguous-name", "name": name, "fits": "; ".join(several.paths[:5])})
        if below is None:
            try:
                for rest in path[position:]:
                    slugify(rest)
            except ValueError:
                return Match(None, {"code": "bad-name", "name": name[:80]})
            return at, tuple(path[position:])
        at = below
    return Match(at)


def _path(dimension: str, cells: Names) -> list[str]:
    told = [cell.strip() for cell in cells if cell.strip().lower() not in BLANKS]
    return [part.strip() for cell in told for part in _parts(dimension, cell) if part.strip()]


def _parts(dimension: str, cell: str) -> list[str]:
    """A region's cell may hold the way down (华东/上海/徐汇店); a campaign's name may hold a slash of its own."""
    return re.split(r"[/>／＞]", cell) if dimension == Dimension.REGION else [cell]
