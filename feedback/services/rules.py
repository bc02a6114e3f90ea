"""Rules by which complaints are given to people, in their order, and the categories that complaints come in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from decisions.services import Settled
from feedback.models import AssignBy, AssignmentRule, Category, Severity
from feedback.services.intake import known_area
from organization.gate import Action, can
from organization.models import Person, Scope
from organization.services import Refused, record
from organization.slugs import slugify

NAME = 100  # letters


@dataclass(frozen=True)
class RuleDraft:
    """Either a `duty` or `people`."""

    name: str
    scope: Scope
    category: Category | None
    least_severity: int
    duty: str = ""
    people: Sequence[Person] = ()


def _may(person: Person) -> None:
    if not can(person, Action.KEEP_SURVEYS):
        raise PermissionDenied


# -- Rules ------------------------------------------------------------------------------------------


@transaction.atomic
def save_rule(
    *, draft: RuleDraft, person: Person, rule: AssignmentRule | None = None, revision: int | None = None
) -> AssignmentRule:
    """A new one comes last. Complaints that were given already stay where they are.

    Raises Refused for a name that is taken and for a rule that names nobody, Settled where it was changed meanwhile.
    """
    _may(person)
    name = " ".join(draft.name.split())
    if not name:
        raise Refused(_("Give the rule a name."))
    if draft.least_severity not in Severity.values:
        raise Refused(_("There is no such severity."))
    if bool(draft.duty.strip()) == bool(draft.people):
        raise Refused(_("Name a duty, or people: one of the two."))
    made = rule is None
    row = AssignmentRule() if rule is None else AssignmentRule.objects.select_for_update().get(pk=rule.pk)
    if not made and revision is not None and row.revision != revision:
        raise Settled(
            _("Somebody has changed this rule meanwhile. Look at what is new, and then save yours.")
        )
    if AssignmentRule.objects.filter(name__iexact=name).exclude(pk=row.pk).exists():
        raise Refused(_("There is another rule called “%(name)s”.") % {"name": name})
    row.name, row.scope, row.category = name[:NAME], known_area(draft.scope), draft.category
    row.least_severity, row.duty = draft.least_severity, draft.duty.strip()
    row.assigns_by = AssignBy.DUTY if row.duty else AssignBy.PEOPLE
    if made:
        last = AssignmentRule.objects.aggregate(last=Max("position"))["last"]
        row.position = (last or 0) + 1
    else:
        row.revision += 1
    row.save()
    row.people.set(draft.people)
    _told(row, person, "made" if made else "changed")
    return row


@transaction.atomic
def move_rule(*, rule: AssignmentRule, up: bool, person: Person) -> None:
    """One place up or down; at the end it stays."""
    _may(person)
    rows = list(AssignmentRule.objects.select_for_update())
    at = next((index for index, row in enumerate(rows) if row.pk == rule.pk), None)
    to = None if at is None else at - 1 if up else at + 1
    if at is None or to is None or not 0 <= to < len(rows):
        return
    rows[at], rows[to] = rows[to], rows[at]
    for position, row in enumerate(rows, start=1):
        AssignmentRule.objects.filter(pk=row.pk).exclude(position=position).update(position=position)
    _told(rule, person, "moved")


@transaction.atomic
def drop_rule(*, rule: AssignmentRule, person: Person) -> None:
    _may(person)
    deleted, _each = AssignmentRule.objects.filter(pk=rule.pk).delete()
    if deleted:
        record(action="feedback.assignment_drop", subject=rule.scope.key, person=person, name=rule.name)


def _told(row: AssignmentRule, person: Person, what: str) -> None:
    record(action="feedback.assignment", subject=row.scope.key, person=person, name=row.name, outcome=what)


# -- Categories -------------------------------------------------------------------------------------


@transaction.atomic
def save_category(*, name: str, name_zh: str, person: Person, category: Category | None = None) -> Category:
    """A new one comes last. Its code is what files and programs say, and stays."""
    _may(person)
    name, name_zh = " ".join(name.split())[:NAME], " ".join(name_zh.split())[:NAME]
    if not name:
        raise Refused(_("Give the category a name."))
    others = Category.objects.all() if category is None else Category.objects.exclude(pk=category.pk)
    if others.filter(name__iexact=name).exists():
        raise Refused(_("There is another category called “%(name)s”.") % {"name": name})
    if category is not None:
        Category.objects.filter(pk=category.pk).update(name=name, name_zh=name_zh)
        category.refresh_from_db()
    else:
        last = Category.objects.aggregate(last=Max("position"))["last"]
        category = Category.objects.create(
            code=_free_code(name), name=name, name_zh=name_zh, position=(last or 0) + 1
        )
    record(action="feedback.category", subject="", person=person, name=name)
    return category


@transaction.atomic
def put_category(*, category: Category, away: bool, person: Person, now: datetime) -> Category:
    """What is put away takes no more complaints; those that it has stay in it. One at least stays in use."""
    _may(person)
    in_use = Category.objects.select_for_update().filter(archived_at__isnull=True)
    if away and not in_use.exclude(pk=category.pk).exists():
        raise Refused(_("One category at least stays in use."))
    changed = Category.objects.filter(pk=category.pk, archived_at__isnull=away)
    if changed.update(archived_at=now if away else None):
        record(
            action="feedback.category", subject="", person=person, name=category.name,
            outcome="put away" if away else "brought back",
        )  # fmt: skip
    category.refresh_from_db()
    return category


def _free_code(name: str) -> str:
    try:
        code = slugify(name)[:40]
    except ValueError:
        raise Refused(_("A category's name needs a letter or a digit.")) from None
    taken = set(Category.objects.filter(code__startswith=code).values_list("code", flat=True))
    free, n = code, 2
    while free in taken:
        free, n = f"{code}-{n}", n + 1
    return free
