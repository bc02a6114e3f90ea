"""One objective whole: its key results with their history, and what it hangs together with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from kpis.models.okr import Objective
from kpis.selectors.okr.access import objective_or_404, visible_objectives
from kpis.selectors.okr.loading import ObjectiveView, load
from kpis.selectors.okr.quarters import Quarter, quarter_asked, quarter_text
from organization.models import Person
from organization.selectors import company


@dataclass(frozen=True)
class OnePage:
    """`below`: the objectives that support it, each with the key result that it supports, if one."""

    view: ObjectiveView
    below: tuple[Objective, ...]
    hidden_below: int
    carried_to: Objective | None
    carried_from: Objective | None
    quarter: Quarter


def one_page(person: Person, pk: int, *, today: date) -> OnePage:
    """Raises Http404 where it is not hers to see."""
    objective = objective_or_404(person, pk)
    (view,) = load([objective], person=person, today=today, history=True)
    supporting = Q(supports_objective=objective) | Q(supports_key_result__objective=objective)
    below = tuple(visible_objectives(person).filter(supporting).order_by("level", "title", "pk"))
    near = visible_objectives(person).filter(Q(carried_from=objective) | Q(carried_to=objective))
    others = {one.start > objective.start: one for one in near}
    return OnePage(
        view=view,
        below=below,
        hidden_below=Objective.objects.filter(supporting).count() - len(below),
        carried_to=others.get(True),
        carried_from=others.get(False),
        quarter=quarter_asked(quarter_text(objective.start, company().fiscal_year_start), today=today),
    )
