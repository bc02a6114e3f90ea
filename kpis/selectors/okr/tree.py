"""The alignment tree of a quarter: who supports whom, as far as she may see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from kpis.models.okr import KeyResult
from kpis.selectors.okr.access import visible_objectives
from kpis.selectors.okr.listing import Asked, Counts, in_order
from kpis.selectors.okr.loading import ObjectiveView, load
from organization.models import Person

DEEPEST = 8  # lists inside lists; what lies deeper is shown side by side with its parent


@dataclass
class Branch:
    """An objective with those that support it: each under the key result that it supports, else under itself."""

    view: ObjectiveView
    by_result: list[tuple[KeyResult, list[Branch]]] = field(default_factory=list)
    direct: list[Branch] = field(default_factory=list)

    @property
    def leaf(self) -> bool:
        return not self.direct and not self.by_result


@dataclass(frozen=True)
class TreePage:
    """`tops` hang on nothing because they are the company's; `hanging` on something that she may not see; `orphans`
    on nothing at all.
    """

    tops: tuple[Branch, ...]
    hanging: tuple[Branch, ...]
    orphans: tuple[Branch, ...]
    counts: Counts


def tree_page(person: Person, asked: Asked, *, today: date) -> TreePage:
    """All objectives of the quarter that she may see, as trees."""
    found = list(visible_objectives(person).filter(start=asked.quarter.start))
    views = sorted(load(found, person=person, today=today), key=in_order)
    by_id = {one.objective.pk: one for one in views}
    below: dict[int | None, list[ObjectiveView]] = {}
    for view in views:
        above = view.support.objective if view.support is not None else None
        below.setdefault(above.pk if above is not None and above.pk in by_id else None, []).append(view)
    roots = below.get(None, [])
    return TreePage(
        tops=tuple(_branch(one, below, 1) for one in roots if one.support is None and not one.orphan),
        hanging=tuple(_branch(one, below, 1) for one in roots if one.support is not None),
        orphans=tuple(_branch(one, below, 1) for one in roots if one.orphan),
        counts=Counts.of(views),
    )


def _branch(view: ObjectiveView, below: dict[int | None, list[ObjectiveView]], depth: int) -> Branch:
    branch = Branch(view)
    children = below.get(view.objective.pk, [])
    if depth >= DEEPEST:
        branch.direct = [Branch(one) for one in _all_below(children, below)]
        return branch
    seen = {one.key_result.pk: one.key_result for one in view.key_results if not one.hidden}
    grown: dict[int, list[Branch]] = {}
    for child in children:
        made = _branch(child, below, depth + 1)
        result = child.objective.supports_key_result_id
        if result in seen:
            grown.setdefault(result, []).append(made)
        else:
            branch.direct.append(made)
    branch.by_result = [(seen[pk], grown[pk]) for pk in seen if pk in grown]
    return branch


def _all_below(
    views: list[ObjectiveView], below: dict[int | None, list[ObjectiveView]]
) -> list[ObjectiveView]:
    """In their order, each before what lies below it."""
    found: list[ObjectiveView] = []
    waiting = list(reversed(views))
    while waiting:
        view = waiting.pop()
        found.append(view)
        waiting.extend(reversed(below.get(view.objective.pk, [])))
    return found
