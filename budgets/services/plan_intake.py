"""Taking plans over from a file (`budgets.plan_files`): for each budget a draft, as the pages make it, or a new version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from budgets.models import Budget, PlanLine, Shape, Version, VersionState
from budgets.plan_files import OTHERWISE, SaidBudget, SaidLine, read_plans
from budgets.planning import by_days, months_of
from budgets.selectors.plan_rows import rows_of, total_of
from budgets.services.drafts import change_budget, draft_budget, draft_version
from budgets.services.plan_lines import LineDraft, LineRefused, as_draft, save_draft
from budgets.services.plans import approve_at_console, send_plan
from common.listing import listed
from decisions.services import decide
from ingest.errors import FileRefused
from ingest.reading.tables import open_table
from ingest.whole_files import Approval, Taken, register_whole_file
from organization.models import Person
from organization.selectors import company
from organization.services import Refused
from organization.slugs import slugify

PRESET = "budget"
FROM_A_FILE = gettext_noop("From a file.")


def register() -> None:
    register_whole_file(PRESET, take_plans)


class _Wrong(Exception):
    def __init__(self, number: int, why: str) -> None:
        super().__init__(why)
        self.number, self.why = number, why


def take_plans(path: Path, approval: Approval, now: datetime) -> Taken:
    """Takes all of it over, or nothing; the plans are in force at once, unless they are to stay drafts.

    Lines that stand in a plan keep what the file does not say (owner, channel and the like); pools that it does not name
    stay. Raises FileRefused for no table or missing headings, Refused and PermissionDenied where it cannot be approved.
    """
    rows = (
        (number, cells)
        for numbers, lines in open_table(path).blocks()
        for number, cells in zip(numbers, lines, strict=True)
    )
    said = read_plans(rows, fiscal_start=company().fiscal_year_start)
    if said is None:
        raise FileRefused(
            _(
                "A file of plans has the columns budget, line, period and amount, and may have category and core."
                " These headings were not found."
            )
        )
    if said.wrong or not said.budgets:
        return Taken(said.rows, said.wrong)
    try:
        with transaction.atomic():
            told = [_take(one, approval, now) for one in said.budgets]
    except _Wrong as wrong:
        return Taken(said.rows, [(wrong.number, wrong.why)])
    drafts = [one["budget"] for one in told if one["state"] == VersionState.DRAFT]
    hint = (
        _("Drafts: %(names)s. Send them for approval on their pages.") % {"names": listed(drafts)}
        if drafts
        else ""
    )
    return Taken(said.rows, told={"budgets": told}, hint=hint)


def _take(said: SaidBudget, approval: Approval, now: datetime) -> dict[str, Any]:
    try:
        version, changed = _drafted(said, now)
    except LineRefused as refused:
        places = list(said.lines.values())
        number = places[refused.place].number if refused.place < len(places) else said.number
        raise _Wrong(number, str(refused)) from None
    except Refused as refused:
        raise _Wrong(said.number, str(refused)) from None
    if version.state == VersionState.DRAFT and not approval.draft:
        try:
            _approve(version, approval.by, now)
        except Refused as refused:
            raise _Wrong(said.number, str(refused)) from None
        version.refresh_from_db()
    rows = rows_of(version)
    return {
        "budget": version.budget.node.name,
        "version": version.number,
        "state": str(version.state),
        "lines": len(rows),
        "total": str(total_of(rows)),
        "unchanged": not changed,
    }


def _approve(version: Version, by: Person | None, now: datetime) -> None:
    if by is None:
        approve_at_console(version=version, now=now)
        return
    proposal = send_plan(version=version, why=FROM_A_FILE, based_on=version.revision, person=None, now=now)
    decide(proposal=proposal, person=by, verdict="approve", note="", as_of=now)


def _drafted(said: SaidBudget, now: datetime) -> tuple[Version, bool]:
    """The version that says what the file says, and whether anything had to change for it."""
    budget = _find(said)
    if budget is None:
        version = draft_budget(
            name=said.name, first_day=said.first_day, last_day=said.last_day, owner=None, person=None, now=now,
            started_from="file",
        )  # fmt: skip
        return _save(version, said, now), True
    newest = budget.versions.order_by("-number").first()
    assert newest is not None
    if newest.state == VersionState.WAITING:
        raise Refused(_("A version of this plan waits for approval. It must be decided first."))
    if newest.state != VersionState.DRAFT:
        held = budget.versions.filter(state=VersionState.HOLDS).first()
        if held is not None and _same(rows_of(held), _lines(said, budget, rows_of(held))):
            return held, False
        newest = draft_version(budget=budget, person=None, now=now)
    newest.budget = budget
    # What begins or ends within a month of the budget is that month's.
    first = said.first_day if said.first_day < _month(budget.first_day) else budget.first_day
    last = said.last_day if _month(said.last_day) > _month(budget.last_day) else budget.last_day
    if (first, last) != (budget.first_day, budget.last_day):
        newest = change_budget(
            version=newest, owner=budget.owner, first_day=first, last_day=last, based_on=newest.revision,
            person=None, now=now,
        )  # fmt: skip
    if _same(rows_of(newest), _lines(said, newest.budget, rows_of(newest))):
        return newest, False
    return _save(newest, said, now), True


def _month(day: date) -> date:
    return day.replace(day=1)


def _find(said: SaidBudget) -> Budget | None:
    try:
        slug = slugify(said.name)
    except ValueError:
        raise Refused(_("A name needs a letter or a digit.")) from None
    found = Budget.objects.select_related("node", "owner")
    return found.filter(node__path=slug).first() or found.filter(node__name__iexact=said.name).first()


def _save(version: Version, said: SaidBudget, now: datetime) -> Version:
    lines = _lines(said, version.budget, rows_of(version))
    return save_draft(version=version, lines=lines, based_on=version.revision, person=None, now=now)


def _lines(said: SaidBudget, budget: Budget, standing: Sequence[PlanLine]) -> list[LineDraft]:
    known = {row.name.casefold(): as_draft(row) for row in standing}
    lines = [_line(one, budget, known.get(one.name.casefold())) for one in said.lines.values()]
    pools = [as_draft(row) for row in standing if row.pool and row.name.casefold() not in said.lines]
    return list(chain(lines, pools))


def _line(said: SaidLine, budget: Budget, stands: LineDraft | None) -> LineDraft:
    """By days where the months are as equal days have them, else by hand."""
    by_month = said.months()
    parts = months_of(budget.first_day, budget.last_day)
    strange = by_month.keys() - {part.month for part in parts}
    if strange:
        raise _Wrong(said.number, _("The budget has no such month."))
    amounts = [by_month.get(part.month, Decimal(0)) for part in parts]
    amount = sum(amounts, Decimal(0))
    equal = amounts == by_days(amount, budget.first_day, budget.last_day)
    base = stands or LineDraft(said.name, amount)
    return replace(
        base,
        name=stands.name if stands else said.name,
        amount=amount,
        category=said.category or (stands.category if stands else OTHERWISE),
        core=said.core if said.core is not None else (stands.core if stands else True),
        shape=Shape.EQUAL.value if equal else Shape.HAND.value,
        amounts=None if equal else amounts,
    )


def _same(rows: Sequence[PlanLine], lines: Sequence[LineDraft]) -> bool:
    def said(one: PlanLine | LineDraft) -> tuple[Any, ...]:
        return (one.name, one.category, one.core, one.amount)

    if [said(row) for row in rows] != [said(line) for line in lines]:
        return False
    return all(
        line.shape == row.shape and (line.amounts is None or list(line.amounts) == list(row.amounts))
        for row, line in zip(rows, lines, strict=True)
    )
