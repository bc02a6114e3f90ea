"""From the names in a file to nodes: known ones by code, alias or unique name, new ones made for review."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from django.db.models import F

from organization.models import Dimension, Node, NodeAlias, NodeAncestor, Person
from organization.services.tree import LONGEST_PATH, Seedling, make_many
from organization.slugs import slugify
from organization.tree_lock import share_tree

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
        self.paths: dict[int, str] = {}
        self.merged: dict[int, int] = {}
        # What was merged keeps its name below its parent: files that say it mean it, as before.
        for pk, path, parent, slug, merged_into in (
            Node.objects.filter(dimension=dimension)
            .order_by(F("merged_into").asc(nulls_last=True), "pk")
            .values_list("pk", "path", "parent_id", "slug", "merged_into_id")
        ):
            self.paths[pk] = path
            self.child.setdefault((parent, slug), pk)
            self.anywhere[slug].add(pk)
            if merged_into is not None:
                self.merged[pk] = merged_into
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

    def stands_for(self, pk: int | None) -> int | None:
        """The node in which this one counts: itself, unless it was merged."""
        while pk in self.merged:
            pk = self.merged[pk]
        return pk

    def step(self, parent: int | None, slug: str) -> int | None:
        """The child of that name, also of what the parent was merged into; else, where levels may be left out, the
        only one of that name below.

        Raises _Ambiguous where two fit.
        """
        at = parent
        while (at, slug) not in self.child and at in self.merged:
            at = self.merged[at]
        if (at, slug) in self.child:
            return self.child[at, slug]
        if self.dimension == Dimension.CHANNEL:
            return None  # campaigns of one name live in many channels
        fitting = [pk for pk in self.anywhere[slug] if at is None or at in self.above[pk]]
        one = {self.stands_for(pk) for pk in fitting}
        if len(one) > 1:
            raise _Ambiguous(sorted(self.paths[pk] for pk in fitting))
        return fitting[0] if len(fitting) == 1 else next(iter(one), None)

    def pretend(self, below: int | None, rest: Names, made: list[Seedling]) -> int:
        """The id of the last of these new nodes, had they been made: below zero, by their places among `made`.

        Raises ValueError where a code would be too long.
        """
        path = [self.paths[below]] if below else []
        if len("/".join([*path, *map(slugify, rest)])) > LONGEST_PATH:
            raise ValueError(rest[-1])
        at = below
        for name in rest:
            made.append(Seedling(name, at))
            slug, pk = slugify(name), -len(made)
            self.paths[pk] = f"{self.paths[at]}/{slug}" if at else slug
            above = self.stands_for(at)
            self.child[at, slug] = self.child[above, slug] = pk
            self.anywhere[slug].add(pk)
            self.above[pk] = {pk} | (self.above[above] if above else set())
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
    names = sorted(names, key=lambda cells: (-len(_path(dimension, cells)), cells))
    tree, made, matches = _match(dimension, names, strict)
    if made and pretend is None:
        # Nothing may be moved or merged while new nodes are made below old ones: look again, and hold that off.
        share_tree()
        tree, made, matches = _match(dimension, names, strict)
        ids = make_many(dimension=dimension, seedlings=made, person=person)
        return {
            cells: Match(ids[-found.node_id - 1])
            if found.node_id is not None and found.node_id < 0
            else found
            for cells, found in matches.items()
        }
    if pretend is not None:
        pretend.update({-number: tree.paths[-number] for number in range(1, len(made) + 1)})
    return matches


def _match(
    dimension: str, names: Iterable[Names], strict: bool
) -> tuple[_Tree, list[Seedling], dict[Names, Match]]:
    """Matches of which new nodes have ids below zero, and what it takes to make those."""
    tree = _Tree(dimension)
    made: list[Seedling] = []
    matches: dict[Names, Match] = {}
    for cells in names:
        found = _find(tree, cells)
        if not isinstance(found, Match) and strict:
            found = Match(None, tree.unknown(*found))
        if not isinstance(found, Match):
            below, rest = found
            try:
                found = Match(tree.pretend(below, rest, made))
            except ValueError:
                found = Match(None, {"code": "bad-name", "name": rest[-1][:80]})
        matches[cells] = found
    return tree, made, matches


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
