"""What forms of objectives offer to choose from: people, and what an objective may support."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from kpis.models.okr import KeyResult, Level, Objective
from kpis.selectors.okr.access import may_lead, visible_objectives
from organization.gate import visible_scopes
from organization.models import Person

MOST = 300


def choose_people(person: Person, *, besides: int | None = None) -> QuerySet[Person]:
    """Whoever sets objectives of others chooses among all who were granted anything; others have themselves.

    `besides` is who it is now.
    """
    if not may_lead(person):
        return Person.objects.filter(pk__in=[person.pk, besides or person.pk])
    granted = Person.objects.filter(is_active=True, grants__isnull=False)
    return Person.objects.filter(Q(pk__in=granted.values("pk")) | Q(pk=besides)).order_by(
        "display_name", "username"
    )


@dataclass(frozen=True)
class Supportable:
    """What may be supported: `groups` for a select (o12 an objective, k34 one of its key results)."""

    groups: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    objectives: dict[str, Objective]
    key_results: dict[str, KeyResult]

    @property
    def known(self) -> set[str]:
        return {"", *self.objectives, *self.key_results}

    def found(self, text: str) -> tuple[Objective | None, KeyResult | None]:
        return self.objectives.get(text), self.key_results.get(text)


def supportable(person: Person, start: date, *, but: Objective | None = None) -> Supportable:
    """The quarter's objectives and key results that she may see, without `but`'s own. Two queries."""
    found = visible_objectives(person).filter(start=start).order_by("title", "pk")
    if but is not None:
        # What it supports already stays choosable, whatever became of it.
        found = found.exclude(pk=but.pk)
    listed = [one for one in found[:MOST] if not one.is_closed or _supports(but, one)]
    by_id = {one.pk: one for one in listed}
    results: dict[int, list[KeyResult]] = {}
    for row in KeyResult.objects.filter(objective__in=by_id, removed_at__isnull=True).order_by(
        "position", "pk"
    ):
        row.objective = by_id[row.objective_id]
        results.setdefault(row.objective_id, []).append(row)
    hers = _seen(person, [row for rows in results.values() for row in rows])
    groups = []
    objectives: dict[str, Objective] = {}
    key_results: dict[str, KeyResult] = {}
    for level in Level:
        choices: list[tuple[str, str]] = []
        for one in listed:
            if one.level != level:
                continue
            objectives[f"o{one.pk}"] = one
            choices.append((f"o{one.pk}", one.title))
            for row in results.get(one.pk, []):
                if row.scope_id is None or row.scope_id in hers:
                    key_results[f"k{row.pk}"] = row
                    choices.append((f"k{row.pk}", f"\N{EN DASH} {row.title}"))
        if choices:
            groups.append((str(level.label), tuple(choices)))
    return Supportable(tuple(groups), objectives, key_results)


def _supports(one: Objective | None, other: Objective) -> bool:
    if one is None:
        return False
    result = one.supports_key_result
    return other.pk in (one.supports_objective_id, result.objective_id if result is not None else None)


def _seen(person: Person, rows: list[KeyResult]) -> set[int]:
    scopes = {row.scope_id for row in rows if row.scope_id is not None}
    return set(visible_scopes(person).filter(pk__in=scopes).values_list("pk", flat=True)) if scopes else set()
