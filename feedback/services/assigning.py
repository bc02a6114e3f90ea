"""Who gets a complaint: by rules, by duty and load, else whoever answers for the area, else who administers."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Q
from django.utils.translation import gettext_noop as _

from decisions.selectors.rights import today_of
from feedback.models import AssignBy, AssignmentRule, Category, Complaint, Happened
from feedback.services.keeping import happened, line_up
from organization.gate import Action, roles_for
from organization.models import Grant, Person, Role, Scope
from organization.selectors import at_or_above, duty_holders, responsible_people, role_holders
from organization.selectors.people import administrators

BY_RULE = _("A rule names them, and they had the least to do.")
BY_AREA = _("No rule found anybody; they answer for the area.")
BY_MANAGER = _("No rule found anybody; they manage the area.")
BY_ADMIN = _("No rule found anybody, and nobody answers for the area; they administer the company.")
BY_HAND = _("Somebody gave it to them.")
BY_NOBODY = _("There is nobody who may handle complaints here.")


@dataclass(frozen=True)
class Choice:
    """`why` is English and goes through gettext where it is shown; `rule` is the one that found her."""

    person: Person | None
    why: str
    rule: AssignmentRule | None = None


def choose(
    *, scope: Scope, category: Category, severity: int, now: datetime, but: Person | None = None
) -> Choice:
    """Who would get it now. Behind `line_up` where it is given to her, so that two do not go by the same load."""
    rules = (
        AssignmentRule.objects.filter(at_or_above(scope), Q(category=None) | Q(category=category))
        .filter(least_severity__lte=severity)
        .prefetch_related("people")
    )
    for rule in rules:
        named = duty_holders(rule.duty, scope) if rule.assigns_by == AssignBy.DUTY else rule.people.all()
        found = _freest(named, scope, but)
        if found is not None:
            return Choice(found, BY_RULE, rule)
    instead: tuple[tuple[Callable[[], list[Person]], str], ...] = (
        (lambda: responsible_people(scope, today_of(now)), BY_AREA),
        (lambda: role_holders([Role.MANAGER], scope), BY_MANAGER),
        (administrators, BY_ADMIN),
    )
    for find, why in instead:
        found = _freest(find(), scope, but)
        if found is not None:
            return Choice(found, why)
    return Choice(None, BY_NOBODY)


def _freest(people: Collection[Person], scope: Scope, but: Person | None) -> Person | None:
    """Of those who may handle complaints there the one with the fewest open ones, then who got one longest ago."""
    named = {one.pk for one in people} - {but.pk if but else None}
    able = able_there(named, scope) if named else set()
    if not able:
        return None
    rows = Complaint.objects.filter(assigned_to__in=able).order_by()
    load = dict(rows.filter(state__in=Complaint.OPEN).values_list("assigned_to").annotate(count=Count("pk")))
    last = {pk: rows.filter(assigned_to=pk).aggregate(last=Max("assigned_at"))["last"] for pk in able}
    least = min(load.get(pk, 0) for pk in able)
    tied = [pk for pk in able if load.get(pk, 0) == least]
    first = min(tied, key=lambda pk: (last[pk] is not None, last[pk] or 0, pk))
    return next(one for one in people if one.pk == first)


def able_there(people: Collection[int], scope: Scope) -> set[int]:
    """Which of these are here and may handle complaints of the area. Two queries at most."""
    roles = roles_for(Action.HANDLE_COMPLAINTS)
    there = Person.objects.filter(pk__in=people, is_active=True)
    able = set(
        Grant.objects.filter(at_or_above(scope), role__in=roles, person__in=there).values_list(
            "person", flat=True
        )
    )
    return able | set(there.filter(is_superuser=True).values_list("pk", flat=True))


def pick(row: Complaint, now: datetime) -> Choice:
    """Whoever should have the row in hand, which nobody has yet; behind `line_up`. It is not saved."""
    choice = choose(scope=row.scope, category=row.category, severity=row.severity, now=now)
    row.assigned_to, row.assigned_why, row.assigned_at = choice.person, choice.why, now
    return choice


def say_whose(
    row: Complaint, choice: Choice, now: datetime, *, by: Person | None = None, before: Person | None = None,
    because: str = "",
) -> None:  # fmt: skip
    values: dict[str, Any] = {"why": choice.why}
    if choice.person is not None:
        values |= {"whom": choice.person.pk, "name": choice.person.label}
    if choice.rule is not None:
        values["rule"] = choice.rule.name
    if before is not None:
        values["instead_of"] = before.label
    if because:
        values["because"] = because
    happened(row, Happened.ASSIGNED, now, person=by, **values)


def give(
    row: Complaint, choice: Choice, now: datetime, *, by: Person | None = None, because: str = ""
) -> None:
    """Sets whose it is on the row in hand, with its event; it is not saved. `because`: left, right or hand."""
    before = row.assigned_to
    row.assigned_to, row.assigned_why, row.assigned_at = choice.person, choice.why, now
    say_whose(row, choice, now, by=by, before=before, because=because)


def assign_by_rules(row: Complaint, now: datetime, *, but: Person | None = None, because: str = "") -> Choice:
    """Gives the row in hand to whoever should have it; it is not saved."""
    line_up()
    choice = choose(scope=row.scope, category=row.category, severity=row.severity, now=now, but=but)
    give(row, choice, now, because=because)
    return choice
