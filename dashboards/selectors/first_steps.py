"""How far a company has come with its first steps, as its data say, on what she may see."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from alerts.models import Rule
from ingest.models import Import, State
from kpis.models import AmountDay, Reading, Target
from organization.gate import Action, Reach, roles_for, visible_scopes
from organization.models import Grant, Person, Scope
from organization.selectors.people import role_holders

LIT = ("green", "yellow", "red")
NAMED = 3  # of those who can do a step


class Step(StrEnum):
    """In the order in which they are taken."""

    FIGURES = "figures"
    TARGET = "target"
    LIGHT = "light"
    RULE = "rule"
    PEOPLE = "people"


NEEDS = {
    Step.FIGURES: Action.IMPORT,
    Step.TARGET: Action.SET_TARGETS,
    Step.LIGHT: Action.VIEW,
    Step.RULE: Action.MANAGE_ALERTS,
    Step.PEOPLE: Action.VIEW,
}


@dataclass(frozen=True)
class Stand:
    """`who`: names of those who can do it, where she cannot herself."""

    step: Step
    done: bool
    hers: bool
    who: tuple[str, ...] = ()


@dataclass(frozen=True)
class FirstSteps:
    """`sample`: the newest import of the sample that holds, to take it back. `working`: an import is on its way."""

    steps: tuple[Stand, ...]
    invites: bool
    sample: int | None = None
    working: int | None = None

    @property
    def done(self) -> int:
        return sum(one.done for one in self.steps)

    @property
    def now(self) -> Step | None:
        return next((one.step for one in self.steps if not one.done), None)


def nothing_yet() -> bool:
    """Whether there are no figures at all, of nobody. One query."""
    return not AmountDay.objects.exists()


def first_steps(*, person: Person, reach: Reach, sample_names: tuple[str, ...]) -> FirstSteps:
    """`sample_names`: under which file names the sample comes in. A bounded number of queries."""
    scopes = visible_scopes(person).order_by().values("pk")
    invites = Action.ADMINISTER in reach.company_actions
    done = {
        Step.FIGURES: AmountDay.objects.filter(scope__in=scopes).exists(),
        Step.TARGET: Target.objects.filter(
            scope__in=scopes, value__isnull=False, superseded_at__isnull=True
        ).exists(),
        Step.LIGHT: Reading.objects.filter(scope__in=scopes, status__in=LIT).exists(),
        Step.RULE: Rule.objects.filter(scope__in=scopes).exists(),
        Step.PEOPLE: person.email_verified_at is not None
        and (not invites or Grant.objects.filter(person__is_active=True).exclude(person=person).exists()),
    }
    steps = []
    for step in Step:
        hers = reach.somewhere(NEEDS[step])
        steps.append(Stand(step, done[step], hers, () if hers or done[step] else _who(NEEDS[step])))
    may_import = Action.IMPORT in reach.company_actions
    return FirstSteps(
        steps=tuple(steps),
        invites=invites,
        sample=_import(sample_names, State.DONE) if may_import else None,
        working=_import(sample_names, State.QUEUED, State.RUNNING) if may_import else None,
    )


def _import(names: tuple[str, ...], *states: str) -> int | None:
    found = Import.objects.filter(file_name__in=names, state__in=states).order_by("-pk")
    return found.values_list("pk", flat=True).first()


def _who(needs: Action) -> tuple[str, ...]:
    company = Scope.objects.get(key="company")
    return tuple(one.label for one in role_holders(list(roles_for(needs)), company)[:NAMED])
