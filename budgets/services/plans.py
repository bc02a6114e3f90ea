"""A plan on its way: sent for approval, carried out once it is approved, and the budget's end.

An approved plan writes entries of what it changes: for each line and month the difference to what its plan was. What was
moved between lines stays on top of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from budgets.models import (
    Balance,
    Budget,
    BudgetState,
    EntryKind,
    Line,
    LineMonth,
    LineState,
    Origin,
    PlanLine,
    Transfer,
    TransferState,
    Version,
    VersionState,
)
from budgets.money_text import money_text
from budgets.selectors.plan_rows import rows_of, total_of
from budgets.services.drafts import draft_budget
from budgets.services.ledger import New, hold_lines, write
from budgets.services.plan_cost import check_cost
from budgets.services.plan_lines import LineDraft, PlanMoved, in_work, save_draft
from decisions.kinds import Decision, Outcome
from decisions.models import Proposal
from decisions.services import lapse, propose
from organization.models import Node, Person, Responsibility, Scope
from organization.services import (
    Refused,
    assign_responsibility,
    end_responsibility,
    make_node,
    record,
    rename_node,
)
from organization.tree_lock import share_tree

__all__ = [
    "LineDraft",
    "PlanMoved",
    "approve_at_console",
    "carry_out",
    "close_budget",
    "draft_budget",
    "on_approved",
    "save_draft",
    "send_plan",
]

FIRST = gettext_noop("The plan of a budget")
LATER = gettext_noop("Another version of a budget's plan")
CLOSED = gettext_noop("The budget was closed.")
_LOCK = 7411  # names our advisory lock: one plan at a time is carried out

Listener = Callable[[Budget, Person | None, datetime], None]
_listeners: list[Listener] = []


def on_approved(listener: Listener) -> None:
    """Hears of every plan that is approved, within the transaction, once its lines and entries stand."""
    if listener not in _listeners:
        _listeners.append(listener)


@transaction.atomic
def send_plan(*, version: Version, why: str, based_on: int, person: Person | None, now: datetime) -> Proposal:
    """Asks for approval of the whole plan, by its total. It cannot be changed until that is decided.

    Raises Refused for what could not be carried out (nothing planned, less than is used, cost that counts twice), without
    a reason, and where nobody else could approve it; PlanMoved where somebody was quicker.
    """
    version = in_work(version, based_on)
    budget = version.budget
    rows = rows_of(version)
    if not total_of(rows):
        raise Refused(_("Nothing is planned yet. Give the lines amounts first."))
    check_cost(budget, rows)
    changes = _changes(budget, rows)
    _check_used(changes)
    if budget.state == BudgetState.OPEN and _same_as_holds(version, rows):
        raise Refused(_("This version is as the plan that holds. Change something first."))
    held = budget.versions.filter(state=VersionState.HOLDS).first()
    made = propose(
        kind=Version.KIND,
        subject_id=version.pk,
        scope=Scope.objects.get(node=budget.node_id),
        summary=LATER if held else FIRST,
        body=why,
        payload={
            "number": version.number,
            "lines": len(rows),
            "total": str(total_of(rows)),
            "was": str(total_of(rows_of(held))) if held else None,
            "first_day": budget.first_day,
            "last_day": budget.last_day,
        },
        amount=total_of(rows),
        person=person,
        as_of=now,
    )
    version.state, version.why, version.proposal = VersionState.WAITING, made.body, made
    version.revision += 1
    version.save(update_fields=["state", "why", "proposal", "revision"])
    record(action="budget.send", subject=budget.node.code, person=person, version=version.number,
           total=str(total_of(rows)))  # fmt: skip
    return made


def carry_out(proposal: Proposal, decision: Decision) -> None:
    """Inside the transaction of the decision. Raises Refused where the plan no longer fits what has happened since."""
    version = (
        Version.objects.select_for_update(of=("self",)).select_related("budget__node", "budget__owner")
        .filter(pk=proposal.subject_id).first()
    )  # fmt: skip
    if version is None or version.state != VersionState.WAITING:
        if decision.approved:
            raise Refused(_("This version of the plan no longer waits. Reject it instead."))
        return
    if not decision.approved:
        rejected = decision.outcome == Outcome.REJECTED
        version.state = VersionState.REJECTED if rejected else VersionState.WITHDRAWN
        version.save(update_fields=["state"])
        return
    _put_in_force(version, decision.person, decision.at)


@transaction.atomic
def approve_at_console(*, version: Version, now: datetime) -> None:
    """Puts a draft in force without a signature: for whoever runs the house, as the history then says.

    Raises Refused for what could not be carried out.
    """
    if not total_of(rows_of(version)):
        raise Refused(_("Nothing is planned yet. Give the lines amounts first."))
    _put_in_force(version, None, now)


def _put_in_force(version: Version, person: Person | None, now: datetime) -> None:
    share_tree()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [_LOCK])
    budget = (
        Budget.objects.select_for_update(of=("self",))
        .select_related("node", "owner")
        .get(pk=version.budget_id)
    )
    if budget.state == BudgetState.CLOSED:
        raise Refused(_("This budget is closed."))
    rows = rows_of(version)
    check_cost(budget, rows)
    _name_lines(budget, rows, person)
    changes = _changes(budget, rows)
    _check_used(changes)
    months = {month: max(month, budget.first_day) for row in rows for month in row.months}
    entries = [
        New(
            line=change.line,
            kind=EntryKind.PLAN,
            amount=amount,
            day=months.get(month, max(month, budget.first_day)),
            origin=Origin.PLAN,
            version=version,
        )
        for change in changes
        for month, amount in sorted(change.months.items())
    ]
    write(entries=entries, person=person, now=now)
    dropped = [change.line.pk for change in changes if change.dropped]
    Line.objects.filter(pk__in=dropped).update(state=LineState.CLOSED)
    budget.versions.filter(state=VersionState.HOLDS).update(state=VersionState.REPLACED)
    version.state, version.held_from = VersionState.HOLDS, now
    version.save(update_fields=["state", "held_from"])
    if budget.state == BudgetState.DRAFT:
        budget.state = BudgetState.OPEN
        budget.save(update_fields=["state"])
    today = timezone.localdate(now)
    _make_responsible(budget.node, budget.owner, today, person)
    for row in rows:
        assert row.line is not None
        _make_responsible(row.line.node, row.owner, today, person)
    for change in changes:
        if change.dropped:
            _make_responsible(change.line.node, None, today, person)
    record(action="budget.approve", subject=budget.node.code, person=person, version=version.number,
           total=str(total_of(rows)), lines=len(rows), dropped=len(dropped))  # fmt: skip
    for listener in _listeners:
        listener(budget, person, now)


# -- Lines --------------------------------------------------------------------------------------------

_WORDS = ("name", "category", "core", "pool", "fed_by", "channel", "region", "team", "owner", "conversions")


def _name_lines(budget: Budget, rows: Sequence[PlanLine], person: Person | None) -> None:
    """Each planned line gets the line that it is from now on; what it says of it, the line keeps."""
    by_node = {line.node_id: line for line in Line.objects.filter(budget=budget).select_related("node")}
    taken = {row.line_id for row in rows}
    linked = []
    for row in rows:
        if row.line is None:
            node = _node_of(budget, row.name, person)
            found = by_node.get(node.pk)
            if found is not None and found.pk in taken:
                raise Refused(
                    _("“%(name)s” is the name of another line of this budget.") % {"name": row.name}
                )
            row.line = found or Line(budget=budget, node=node)
        elif row.line.name != row.name:
            rename_node(node=row.line.node, name=row.name, person=person)
        line = row.line
        for field in _WORDS:
            setattr(line, field, getattr(row, field))
        line.position = row.position
        if line.state == LineState.CLOSED:
            line.state = LineState.OPEN
        new = line.pk is None
        line.save()
        if new or row.line_id != line.pk:
            row.line = line
            linked.append(row)
    PlanLine.objects.bulk_update(linked, ["line"])
    hold_lines([row.line for row in rows if row.line is not None])


def _node_of(budget: Budget, name: str, person: Person | None) -> Node:
    try:
        node = make_node(dimension="budget", name=name, parent=budget.node, person=person)
    except ValueError as error:
        raise Refused(str(error)) from None
    if node.merged_into_id is not None:
        raise Refused(_("%(name)s has been merged already.") % {"name": node.label})
    return node


class _Change:
    """What a plan changes of a line: by month the difference to its plan, and what it has and uses."""

    def __init__(self, line: Line, name: str, *, dropped: bool) -> None:
        self.line, self.name, self.dropped = line, name, dropped
        self.months: dict[date, Decimal] = {}
        self.has = self.used = Decimal(0)

    @property
    def difference(self) -> Decimal:
        return sum(self.months.values(), Decimal(0))


def _changes(budget: Budget, rows: Sequence[PlanLine]) -> list[_Change]:
    """Of every line of the budget: those that are planned, and those that the plan no longer has. Holds their balances.

    Lines that are yet to be made are left out.
    """
    planned = {row.line_id: row for row in rows if row.line_id is not None}
    lines = list(Line.objects.filter(budget=budget).select_related("node").order_by("pk"))
    balances: dict[int, Balance] = hold_lines(lines) if lines else {}
    stands: dict[int, dict[date, Decimal]] = defaultdict(dict)
    for line_id, month, amount in LineMonth.objects.filter(line__in=lines).values_list(
        "line", "month", "planned"
    ):
        stands[line_id][month] = amount
    changes = []
    for line in lines:
        row = planned.get(line.pk)
        change = _Change(line, row.name if row else line.name, dropped=row is None)
        wanted = dict(zip(row.months, row.amounts, strict=True)) if row else {}
        for month in {*wanted, *stands[line.pk]}:
            moved = wanted.get(month, Decimal(0)) - stands[line.pk].get(month, Decimal(0))
            if moved:
                change.months[month] = moved
        if line.pk in balances:
            balance = balances[line.pk]
            change.has, change.used = balance.total, balance.committed + balance.spent + balance.frozen
        changes.append(change)
    return changes


def _check_used(changes: Collection[_Change]) -> None:
    """What is spent, committed or frozen, no plan takes away."""
    for change in changes:
        if change.difference >= 0:
            continue
        left = change.has + change.difference
        if left < change.used:
            text = (
                _("“%(name)s” uses %(used)s already, so it cannot be left out of the plan.")
                if change.dropped
                else _("“%(name)s” uses %(used)s already, and would have %(left)s.")
            )
            raise Refused(
                text
                % {
                    "name": change.name,
                    "used": money_text(change.used),
                    "left": money_text(max(left, Decimal(0))),
                }
            )


def _same_as_holds(version: Version, rows: Sequence[PlanLine]) -> bool:
    held = version.budget.versions.filter(state=VersionState.HOLDS).first()
    if held is None:
        return False
    fields = (*(f"{word}_id" if word in ("channel", "region", "team", "owner") else word for word in _WORDS),
              "line_id", "months", "amounts")  # fmt: skip
    return [tuple(getattr(row, field) for field in fields) for row in rows] == [
        tuple(getattr(row, field) for field in fields) for row in rows_of(held)
    ]


# -- Whose they are, and the end ----------------------------------------------------------------------


def _make_responsible(node: Node, owner: Person | None, today: date, person: Person | None) -> None:
    """From today on the owner alone is responsible for the area, as alerts and tasks ask it."""
    scope = Scope.objects.get(node=node)
    standing = Responsibility.objects.filter(scope=scope, person__isnull=False).exclude(last_day__lt=today)
    has = False
    for one in standing:
        if owner is not None and one.person_id == owner.pk:
            has = True
        elif one.first_day < today:
            end_responsibility(responsibility=one, last_day=today - timedelta(days=1), person=person)
        else:
            one.delete()
    if owner is not None and not has:
        assign_responsibility(scope=scope, first_day=today, whose=owner, person=person)


@transaction.atomic
def close_budget(*, budget: Budget, person: Person, now: datetime) -> Budget:
    """Ends a budget: its lines take nothing more. Twice is once.

    Raises Refused where it was never approved, and while something is committed, whose invoices would find a closed line.
    """
    budget = Budget.objects.select_for_update(of=("self",)).select_related("node").get(pk=budget.pk)
    if budget.state == BudgetState.CLOSED:
        return budget
    if budget.state == BudgetState.DRAFT:
        raise Refused(_("This budget was never approved: throw its draft away instead."))
    lines = list(budget.lines.all())
    balances = hold_lines(lines)
    committed = sum((one.committed for one in balances.values()), Decimal(0))
    if committed:
        raise Refused(
            _("%(amount)s are still committed. Turn that into spend or cancel it first.")
            % {"amount": money_text(committed)}
        )
    for version in budget.versions.filter(state__in=(VersionState.DRAFT, VersionState.WAITING)):
        if version.proposal is not None and version.state == VersionState.WAITING:
            lapse(proposal=version.proposal, note=CLOSED, as_of=now)
        version.state = VersionState.WITHDRAWN
        version.save(update_fields=["state"])
    for transfer in Transfer.objects.filter(from_line__in=lines, state=TransferState.WAITING):
        if transfer.proposal is not None:
            lapse(proposal=transfer.proposal, note=CLOSED, as_of=now)
        transfer.state = TransferState.WITHDRAWN
        transfer.save(update_fields=["state"])
    budget.lines.update(state=LineState.CLOSED)
    budget.state, budget.closed_at = BudgetState.CLOSED, now
    budget.save(update_fields=["state", "closed_at"])
    record(action="budget.close", subject=budget.node.code, person=person)
    return budget
