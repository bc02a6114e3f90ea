"""Transfers as one person may see them, and between which lines she may ask for some."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.core.paginator import Page, Paginator
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404

from budgets.models import Balance, Budget, BudgetState, Line, LineState, Pool, Transfer, TransferState
from budgets.selectors.rights import visible_lines
from decisions.models import Proposal, Step, StepState
from decisions.selectors.rights import seen_by
from decisions.selectors.threads import StepLine, step_line
from organization.gate import Action, scopes_where
from organization.models import DIMENSIONS, Person

ON_A_PAGE = 50
OF_A_LINE = 20
ZERO = Decimal(0)


@dataclass(frozen=True)
class Row:
    """A transfer, and with whom it waits; None where it is over."""

    transfer: Transfer
    waits: StepLine | None

    @property
    def emergency(self) -> bool:
        return self.transfer.from_line.pool == Pool.EMERGENCY


@dataclass(frozen=True)
class TransfersPage:
    """What waits, the most urgent first, and what is over, newest first, by pages."""

    waiting: tuple[Row, ...]
    over: tuple[Row, ...]
    page: Page[Transfer]


@dataclass(frozen=True)
class Choice:
    """A line to take money from or to give it to. `hers`: one of a transfer's two ends must be."""

    line: Line
    free: Decimal
    hers: bool


def visible_transfers(person: Person) -> QuerySet[Transfer]:
    """Those of which she sees both ends."""
    seen = visible_lines(person).order_by().values("pk")
    return Transfer.objects.filter(from_line__in=seen, to_line__in=seen)


def get_transfer_or_404(person: Person, pk: int) -> Transfer:
    found = _with_ends(visible_transfers(person)).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def transfers_page(
    person: Person, *, budget: Budget | None, number: str | None, now: datetime
) -> TransfersPage:
    """A fixed number of queries."""
    rows = _with_ends(visible_transfers(person))
    if budget is not None:
        rows = rows.filter(from_line__budget=budget)
    waiting = _rows(rows.filter(state=TransferState.WAITING).order_by("-pk")[:ON_A_PAGE], now)
    over = rows.exclude(state=TransferState.WAITING).order_by("-pk")
    page = Paginator(over, ON_A_PAGE).get_page(number)
    return TransfersPage(
        tuple(sorted(waiting, key=_urgency)), tuple(_rows(list(page.object_list), now)), page
    )


def transfers_of(person: Person, line: Line, *, now: datetime) -> list[Row]:
    """The latest of a line, what waits first."""
    rows = visible_transfers(person).filter(Q(from_line=line) | Q(to_line=line))
    # Most lines have none, and what to show of them takes longer to plan than to read.
    latest = list(rows.order_by("-pk").values_list("pk", flat=True)[:OF_A_LINE])
    if not latest:
        return []
    found = _rows(_with_ends(Transfer.objects.filter(pk__in=latest)).order_by("-pk"), now)
    return sorted(found, key=lambda row: row.transfer.state != TransferState.WAITING)


def choices(person: Person, *, today: date) -> list[Choice]:
    """The lines of open budgets that she sees, by budget, where at least one line is hers. Four queries at most."""
    lines = list(
        visible_lines(person)
        .filter(budget__state=BudgetState.OPEN, budget__last_day__gte=today)
        .exclude(state=LineState.CLOSED)
        .order_by("budget__first_day", "budget", "position", "pk")
    )
    hers = set(
        lines_of(person).filter(pk__in=[line.pk for line in lines]).values_list("pk", flat=True)
        if lines
        else ()
    )
    budgets = {line.budget_id for line in lines if line.pk in hers}
    balances = Balance.objects.in_bulk([line.pk for line in lines])
    return [
        Choice(line, balances[line.pk].free if line.pk in balances else ZERO, line.pk in hers)
        for line in lines
        if line.budget_id in budgets
    ]


def follows_from(person: Person, transfer: Transfer) -> Proposal | None:
    """The decision that asked for it, if she may see that."""
    about, _, text = transfer.asked_for.partition(":")
    if about != "proposal" or not text.isdigit():
        return None
    return Proposal.objects.filter(seen_by(person), pk=int(text)).first()


def lines_of(person: Person) -> QuerySet[Line]:
    """The lines for which she may ask for money, or give it away: her own, and where her role suffices."""
    spends = Q(node__scope__in=scopes_where(person, Action.RECORD_SPEND))
    return visible_lines(person).filter(spends | Q(owner=person)).order_by()


def may_ask(person: Person) -> bool:
    return lines_of(person).exists()


def _with_ends(rows: QuerySet[Transfer]) -> QuerySet[Transfer]:
    scopes = (f"proposal__scope__{dimension}" for dimension in DIMENSIONS)
    steps = Prefetch("proposal__steps", Step.objects.order_by("position"))
    return rows.select_related(
        "from_line__budget__node__scope", "to_line", "asked_by", "proposal__decided_by", *scopes
    ).prefetch_related(steps)


def _rows(transfers: Collection[Transfer] | QuerySet[Transfer], now: datetime) -> Sequence[Row]:
    return [Row(one, _waits(one.proposal, now)) for one in transfers]


def _waits(proposal: Proposal | None, now: datetime) -> StepLine | None:
    if proposal is None:
        return None
    pending = (StepState.WAITING, StepState.ASKED)
    step = next((one for one in proposal.steps.all() if one.state in pending), None)
    return step_line(step, proposal.scope, now) if step is not None else None


def _urgency(row: Row) -> tuple[bool, datetime]:
    due = row.waits.step.due_at if row.waits is not None else None
    return due is None, due or row.transfer.asked_at


def named(choices: Sequence[Choice]) -> Mapping[int, Choice]:
    return {choice.line.pk: choice for choice in choices}
