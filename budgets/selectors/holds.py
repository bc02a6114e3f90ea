"""What is held back, and what owners were asked, for pages: narrowed to what a person may see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet, Sum
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from budgets.models import AskedFor, Hold, HoldKind, LadderRule, Line, LineState, Statement
from budgets.pause_words import PAUSE
from budgets.selectors.rights import may_free, may_spend, visible_budgets, visible_lines
from budgets.services.ledger import why_text
from decisions.models import Proposal
from decisions.models.proposals import UNDECIDED
from organization.gate import Action, scopes_where
from organization.models import Person

ON_A_PAGE = 25
SHOWN = ("standing", "lifted")
PAST = 5  # lifted ones, and what was said, on a line's page
_WITH = ("line__budget__node", "line__node__scope", "made_by", "lifted_by")


@dataclass(frozen=True)
class HoldRow:
    """`why` and `lifted_why` in the reader's language."""

    hold: Hold
    why: str
    lifted_why: str
    may_lift: bool

    @property
    def frozen(self) -> bool:
        return self.hold.kind == HoldKind.FREEZE


@dataclass(frozen=True)
class StatementRow:
    """`says`: whether it is for the reader to say."""

    statement: Statement
    overdue: bool
    says: bool = False

    @property
    def rest(self) -> bool:
        return self.statement.asked_for == AskedFor.REST


@dataclass(frozen=True)
class HoldsPage:
    """`frozen`: all that is frozen, on lines that she sees; `paused`: how many lines are. `asked`: not said yet."""

    rows: tuple[HoldRow, ...]
    page: Page[Hold]
    shown: str
    frozen: Decimal
    paused: int
    asked: tuple[StatementRow, ...]


@dataclass(frozen=True)
class OfLine:
    """For a line's page; `waiting` is the proposal to pause it."""

    line: Line
    standing: tuple[HoldRow, ...]
    past: tuple[HoldRow, ...]
    waiting: Proposal | None
    may_hold: bool


@dataclass(frozen=True)
class RuleRow:
    """`followed`: while nobody has edited it, it follows the settings."""

    ladder: LadderRule
    followed: bool


def holds_page(person: Person, *, shown: str, number: str | None, now: datetime) -> HoldsPage:
    """The newest first. A fixed number of queries."""
    shown = shown if shown in SHOWN else "standing"
    seen = _holds(person)
    standing = seen.filter(lifted_at__isnull=True).exclude(line__state=LineState.CLOSED)
    found = standing if shown == "standing" else seen.filter(lifted_at__isnull=False)
    page = Paginator(found.order_by("-pk").select_related(*_WITH), ON_A_PAGE).get_page(number)
    sums = standing.filter(kind=HoldKind.FREEZE).aggregate(frozen=Sum("amount"))
    asked = (
        Statement.objects.filter(line__in=visible_lines(person).values("pk"), said_at__isnull=True)
        .exclude(line__state=LineState.CLOSED)
        .select_related("line__budget__node", "line__node__scope", "line__owner")
        .order_by("due_on", "pk")[: ON_A_PAGE * 2]
    )
    return HoldsPage(
        rows=_rows(person, page.object_list),
        page=page,
        shown=shown,
        frozen=sums["frozen"] or Decimal(0),
        paused=standing.filter(kind=HoldKind.PAUSE).count(),
        asked=tuple(
            StatementRow(row.statement, row.overdue, says=row.statement.line.owner_id == person.pk)
            for row in _statements(asked, timezone.localdate(now))
        ),
    )


def hold_or_404(person: Person, pk: int) -> HoldRow:
    hold = _holds(person).select_related(*_WITH, "proposal").filter(pk=pk).first()
    if hold is None:
        raise Http404
    return _rows(person, [hold])[0]


def statement_or_404(person: Person, pk: int, *, now: datetime) -> StatementRow:
    found = (
        Statement.objects.filter(pk=pk, line__in=visible_lines(person).values("pk"))
        .select_related("line__budget__node", "line__node__scope", "line__owner", "said_by", "task")
        .first()
    )
    if found is None:
        raise Http404
    says = found.said_at is None and may_spend(person, found.line)
    return StatementRow(found, _late(found, timezone.localdate(now)), says)


def holds_of_line(person: Person, line: Line) -> OfLine:
    """The caller has asked whether she sees the line. At most six queries."""
    found = list(Hold.objects.filter(line=line).select_related("made_by", "lifted_by").order_by("-pk")[:50])
    for hold in found:
        hold.line = line
    rows = _rows(person, found)
    waiting = Proposal.objects.filter(kind=PAUSE, subject_id=line.pk, state__in=UNDECIDED).first()
    frees = may_free(person, line)
    return OfLine(
        line=line,
        standing=tuple(row for row in rows if row.hold.lifted_at is None),
        past=tuple(row for row in rows if row.hold.lifted_at is not None)[:PAST],
        waiting=waiting,
        may_hold=frees and line.state != LineState.CLOSED,
    )


def statements_of_line(person: Person, line: Line, *, now: datetime) -> tuple[StatementRow, ...]:
    """What was asked and not said, then what was said, the newest first. At most three queries."""
    found = Statement.objects.filter(line=line).select_related("said_by").order_by("-pk")[:50]
    rows = _statements(found, timezone.localdate(now))
    waiting = [row for row in rows if not row.statement.said_at]
    says = bool(waiting) and may_spend(person, line)
    return (
        *[StatementRow(row.statement, row.overdue, says) for row in waiting],
        *[row for row in rows if row.statement.said_at][:PAST],
    )


def brought_rules(person: Person) -> list[RuleRow]:
    """The rules that her budgets brought along, and whether they still follow the settings. Three queries."""
    found = (
        LadderRule.objects.filter(
            budget__in=visible_budgets(person).values("pk"), budget__state="open", rule__isnull=False
        )
        .select_related("rule", "budget__node")
        .prefetch_related("rule__tiers")
        .order_by("budget__node__name", "pk")
    )
    return [
        RuleRow(
            one,
            one.rule is not None and any(tier.condition == one.made_as for tier in one.rule.tiers.all()),
        )
        for one in found
    ]


def figures_of(statement: Statement) -> Mapping[str, Decimal]:
    """The amounts that it was asked for, as they were."""
    names = ("total", "spent", "committed", "free", "day_spent")
    return {name: Decimal(str(statement.values[name])) for name in names if statement.values.get(name)}


def lifting_says(row: HoldRow) -> str:
    """What happens when it is lifted."""
    if row.frozen:
        return _("The money is free again at once.")
    return _("Money can be committed on the line again at once.")


def _holds(person: Person) -> QuerySet[Hold]:
    return Hold.objects.filter(line__in=visible_lines(person).values("pk"))


def _rows(person: Person, holds: Iterable[Hold]) -> tuple[HoldRow, ...]:
    """One query for who may lift which."""
    found = list(holds)
    if not found:
        return ()
    hers = set(
        Hold.objects.filter(
            pk__in=[hold.pk for hold in found],
            lifted_at__isnull=True,
            line__node__scope__in=scopes_where(person, Action.FREE_MONEY),
        ).values_list("pk", flat=True)
    )
    return tuple(HoldRow(hold, why_text(hold), _lifted_why(hold), hold.pk in hers) for hold in found)


def _lifted_why(hold: Hold) -> str:
    """A machine's reason is kept in English."""
    return _(hold.lifted_why) if hold.lifted_why and hold.lifted_by_id is None else hold.lifted_why


def _statements(found: Iterable[Statement], today: date) -> tuple[StatementRow, ...]:
    return tuple(StatementRow(one, _late(one, today)) for one in found)


def _late(statement: Statement, today: date) -> bool:
    return statement.said_at is None and statement.due_on < today
