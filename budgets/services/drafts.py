"""Budgets and the plans that are worked on: nothing here moves money, since only an approved plan does (`plans`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from budgets.models import Budget, BudgetState, PlanLine, Shape, Version, VersionState
from budgets.planning import MonthPart, months_of
from budgets.selectors.plan_rows import rows_of
from budgets.services.plan_lines import LineDraft, as_draft, in_work, put_lines, turn
from organization.models import Node, Person
from organization.services import Refused, make_node, record, restore_node

LONGEST = timedelta(days=5 * 366)
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)


@transaction.atomic
def draft_budget(
    *,
    name: str,
    first_day: date,
    last_day: date,
    owner: Person | None,
    person: Person | None,
    now: datetime,
    lines: Iterable[LineDraft] = (),
    started_from: str = "",
) -> Version:
    """Begins a budget with the first version of its plan, which is worked on. The caller has passed the gate.

    Raises Refused where the name is taken or says nothing, the days are none, or a line cannot be.
    """
    name = " ".join(name.split())
    _check_days(first_day, last_day)
    node = _node_for(name, person)
    budget = Budget.objects.create(
        node=node, first_day=first_day, last_day=last_day, owner=owner, made_at=now, made_by=person
    )
    version = Version.objects.create(
        budget=budget, number=1, made_at=now, made_by=person, started_from=started_from[:200]
    )
    put_lines(version, list(lines), now)
    record(
        action="budget.draft", subject=node.code, person=person, first_day=first_day, last_day=last_day,
        **({"started_from": started_from} if started_from else {}),
    )  # fmt: skip
    return version


def _check_days(first_day: date, last_day: date) -> None:
    if last_day < first_day:
        raise Refused(_("The last day lies before the first."))
    if first_day < EARLIEST or last_day >= LATEST:
        raise Refused(_("A budget lies between 2000 and 2099."))
    if last_day - first_day > LONGEST:
        raise Refused(_("A budget covers at most five years."))


def _node_for(name: str, person: Person | None) -> Node:
    """Of a new budget; one that a dropped draft has left, or that a file named, is used again."""
    try:
        node = make_node(dimension="budget", name=name, person=person)
    except ValueError:
        raise Refused(_("A name needs a letter or a digit.")) from None
    if node.merged_into_id is not None or Budget.objects.filter(node=node).exists():
        raise Refused(_("There is a budget called %(name)s already. Choose another name.") % {"name": name})
    return restore_node(node=node, person=person) if node.archived_at is not None else node


@transaction.atomic
def change_budget(
    *, version: Version, owner: Person | None, first_day: date, last_day: date, based_on: int, person: Person | None,
    now: datetime,
) -> Version:  # fmt: skip
    """Gives the budget another owner, and its first plan other days: each line's amount falls on the months anew.

    Days that an approved plan has spread money over stay. Raises Refused and PlanMoved.
    """
    version = in_work(version, based_on)
    budget = version.budget
    _check_days(first_day, last_day)
    moved = (budget.first_day, budget.last_day) != (first_day, last_day)
    if moved and budget.state != BudgetState.DRAFT:
        raise Refused(_("The days of an approved budget stay. Make another budget for other days."))
    was = {"owner": budget.owner.username if budget.owner else "", "first_day": str(budget.first_day),
           "last_day": str(budget.last_day)}  # fmt: skip
    budget.owner, budget.first_day, budget.last_day = owner, first_day, last_day
    budget.save(update_fields=["owner", "first_day", "last_day"])
    if moved:
        months = months_of(first_day, last_day)
        drafts = [_refitted(as_draft(row), months) for row in rows_of(version)]
        put_lines(version, drafts, now)
    turn(version)
    record(
        action="budget.change", subject=budget.node.code, person=person, old=was,
        new={"owner": owner.username if owner else "", "first_day": str(first_day), "last_day": str(last_day)},
    )  # fmt: skip
    return version


def _refitted(draft: LineDraft, months: Sequence[MonthPart]) -> LineDraft:
    """What was by hand for other months goes by days, unless there are as many."""
    if draft.shape != Shape.HAND:
        return replace(draft, amounts=None)
    if draft.amounts is not None and len(draft.amounts) == len(months):
        return draft
    return replace(draft, shape=Shape.EQUAL.value, amounts=None)


@transaction.atomic
def drop_draft(*, version: Version, based_on: int, person: Person) -> None:
    """Throws away a plan that is worked on; with its first plan the budget goes as well. Raises PlanMoved."""
    version = in_work(version, based_on)
    budget = version.budget
    record(action="budget.drop", subject=budget.node.code, person=person, version=version.number)
    if budget.state == BudgetState.DRAFT and budget.versions.count() == 1:
        node = budget.node
        budget.delete()
        node.archived_at = timezone.now()
        node.save(update_fields=["archived_at"])
        return
    version.delete()


@transaction.atomic
def draft_version(
    *, budget: Budget, person: Person | None, now: datetime, start: Version | None = None
) -> Version:
    """A further version to work on, as `start` was, else as the one that holds (else the last one).

    Raises Refused where one is being worked on or waits already, and for a closed budget.
    """
    budget = Budget.objects.select_for_update(of=("self",)).select_related("node").get(pk=budget.pk)
    if budget.state == BudgetState.CLOSED:
        raise Refused(_("This budget is closed."))
    versions = list(budget.versions.order_by("number"))
    if any(one.state in (VersionState.DRAFT, VersionState.WAITING) for one in versions):
        raise Refused(_("A version of this plan is being worked on already, or waits for approval."))
    held = next((one for one in versions if one.state == VersionState.HOLDS), None)
    start = start or held or versions[-1]
    made = Version.objects.create(
        budget=budget, number=versions[-1].number + 1, made_at=now, made_by=person, why=""
    )
    rows = [_copied(row, made) for row in rows_of(start)]
    PlanLine.objects.bulk_create(rows)
    record(
        action="budget.version", subject=budget.node.code, person=person, version=made.number,
        started_from=start.number,
    )  # fmt: skip
    return made


def _copied(row: PlanLine, version: Version) -> PlanLine:
    fields = {
        field.attname: getattr(row, field.attname)
        for field in PlanLine._meta.concrete_fields
        if field.name not in ("id", "version")
    }
    return PlanLine(version=version, **fields)
