"""What alerts bring about for budgets: owners are asked, money is frozen, lines are paused, somebody looks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from alerts.alert_kind import KIND as ALERT
from alerts.consequences import Case, Done
from budgets.burn import Burn
from budgets.line_kind import KIND
from budgets.models import (
    AskedFor,
    Budget,
    BudgetSettings,
    Hold,
    Line,
    LineDay,
    LineState,
    Statement,
)
from budgets.money_text import money_text
from budgets.pause_words import PAUSE, SUMMARY
from budgets.selectors.burn import burn_of
from budgets.selectors.returns import returns_of
from budgets.services.holds import freeze, pause
from budgets.services.settings import settings
from budgets.services.statements import ask, due
from common.formats import listed
from decisions.models import Proposal
from decisions.models.proposals import UNDECIDED
from decisions.selectors.rights import sees
from decisions.services import open_task, propose
from organization.models import Dimension, Person, Role, Scope
from organization.selectors import role_holders
from organization.services import Refused, ensure_scope

ASK_REST, FREEZE, PAUSE_WORST = "budgets.ask_rest", "budgets.freeze", "budgets.pause_worst"
REVIEW, ASK_CAUSE = "budgets.review", "budgets.ask_cause"
ZERO = Decimal(0)
AGAIN = timedelta(days=30)  # who planned the rest since is not asked again for the budget's sake
NAMED = 5  # lines in a sentence

CLOSED = gettext_noop("Nothing was done: this line is closed.")
ASKED = gettext_noop("Asked the owner of %(lines)s for a plan for the rest, due %(day)s.")
ASKED_ALREADY = gettext_noop("A plan for the rest was asked for already.")
FROZEN = gettext_noop("Frozen until the plan for the rest is there: %(amount)s on %(lines)s.")
FROZEN_OPEN = gettext_noop("Frozen: %(amount)s on %(lines)s.")
PLANS_THERE = gettext_noop("Nothing was frozen: the plan for the rest is there.")
ALL_CORE = gettext_noop("Nothing was frozen: what is free belongs to core lines.")
NOTHING_FREE = gettext_noop("Nothing was frozen: nothing is free.")
FROZEN_ALREADY = gettext_noop("Nothing more was frozen: it is frozen already.")
NOT_AHEAD = gettext_noop("Nothing was paused: spending is no longer ahead of plan.")
NONE_WEAK = gettext_noop("Nothing was paused: no line with money left has a return under %(threshold)s.")
PAUSED = gettext_noop("Paused: %(lines)s, with %(free)s free, against %(excess)s too much.")
PROPOSED = gettext_noop("Proposed to pause %(lines)s, with %(free)s free, against %(excess)s too much.")
HELD_ALREADY = gettext_noop("What is paused already, or proposed to be, covers what is too much.")
REVIEWED = gettext_noop("A review was opened for %(people)s.")
CAUSE = gettext_noop("Asked the owner of %(lines)s for the cause, due %(day)s.")
CAUSE_ALREADY = gettext_noop("The cause was asked for already.")

WHY_FROZEN = gettext_noop(
    "%(share)s of what was free waits for the plan for the rest, by the alert rule “%(rule)s”."
)
WHY_FROZEN_OPEN = gettext_noop("%(share)s of what was free, by the alert rule “%(rule)s”.")
WHY_PAUSED = gettext_noop(
    "Spending is ahead of plan and its return is %(value)s, under %(threshold)s; by the alert rule “%(rule)s”."
)
ADVISED = gettext_noop(
    "An alert rule asks for this: spending is ahead of plan, and the return of this line is low."
)
REVIEW_TITLE = gettext_noop("Review the budget: spending is ahead of plan")
REVIEW_WHAT = gettext_noop(
    "Look at what is ahead, what it brings and what is paused, and write into the note what you decided. Money from the"
    " emergency pool needs the signature of finance."
)


@dataclass(frozen=True)
class Area:
    """What an alert is about: a line, or a budget with its open lines, pools left out."""

    scope: Scope
    budget: Budget
    lines: Sequence[Line]
    line: Line | None

    @property
    def owner(self) -> Person | None:
        return self.line.owner if self.line is not None else self.budget.owner


def unless_closed(step: Callable[[Case], Done]) -> Callable[[Case], Done]:
    """The step, but for lines that a later plan dropped or whose budget is closed: their figures stand, and nothing is to do."""

    def taken(case: Case) -> Done:
        closed = Line.objects.filter(node=case.instance.scope.node_id, state=LineState.CLOSED)
        return Done(CLOSED) if case.instance.scope.node_id and closed.exists() else step(case)

    return taken


def ask_rest(case: Case) -> Done:
    """Asks the owner of the line; for a budget those of the lines of which as much is used. Raises Refused elsewhere."""
    area = _area_of(case)
    new = _ask_rest(case, area)
    if not new:
        known = _open_plans(area).order_by("-pk").first()
        return Done(ASKED_ALREADY, subject_id=known.pk if known else None)
    words = {"lines": _names(one.line for one in new), "day": f"{max(one.due_on for one in new):%Y-%m-%d}"}
    return Done(ASKED, words, new[0].pk)


def freeze_part(case: Case) -> Done:
    """Freezes its share of what is free on lines that are not core; where the rule asks for plans, until they are there."""
    area, row = _area_of(case), settings()
    waits = ASK_REST in _asked(case)
    if waits:
        _ask_rest(case, area)  # whichever of the two comes first
        if not _open_plans(area).exists():
            return Done(PLANS_THERE)
    others = [line for line in area.lines if not line.core]
    if not others:
        return Done(ALL_CORE)
    why = WHY_FROZEN if waits else WHY_FROZEN_OPEN
    values = {"share": _percent(row.freeze_share), "rule": case.rule.name}
    if waits:
        values["until"] = "budget" if area.line is None else "line"
    burns = burn_of(others, today=timezone.localdate(case.now))
    made: list[Hold] = []
    for line in sorted(others, key=lambda line: line.pk):
        hold = freeze(
            line=line, amount=burns[line.pk].free * row.freeze_share, why=why, values=values,
            episode=case.episode.pk, person=None, now=case.now,
        )  # fmt: skip
        if hold is not None:
            made.append(hold)
    if not made:
        return Done(NOTHING_FREE)
    made = [hold for hold in made if hold.episode == case.episode.pk]
    if not made:
        return Done(FROZEN_ALREADY)
    words = {
        "amount": money_text(sum((one.amount for one in made), ZERO)),
        "lines": _names(h.line for h in made),
    }
    return Done(FROZEN if waits else FROZEN_OPEN, words, made[0].pk)


def pause_worst(case: Case) -> Done:
    """Pauses lines with a return under the threshold, the worst first, until what is free on them covers what is too
    much: at once, or by a proposal for each, as the settings say. What is held back already counts.
    """
    area, row, today = _area_of(case), settings(), timezone.localdate(case.now)
    burns = burn_of(area.lines, today=today)
    excess = sum((one.over for one in burns.values()), ZERO)
    if excess <= 0:
        return Done(NOT_AHEAD)
    proposed = set(
        Proposal.objects.filter(
            kind=PAUSE, subject_id__in=[line.pk for line in area.lines], state__in=UNDECIDED
        ).values_list("subject_id", flat=True)
    )
    held = [line for line in area.lines if line.state == LineState.PAUSED or line.pk in proposed]
    covered = sum((max(burns[line.pk].free, ZERO) for line in held), ZERO)
    weak = _weak([line for line in area.lines if line not in held], burns, row, today)
    chosen: list[Line] = []
    for line, _value in weak:
        if covered >= excess:
            break
        chosen.append(line)
        covered += burns[line.pk].free
    if not chosen:
        threshold = _plain(row.return_threshold)
        return Done(HELD_ALREADY) if held and covered >= excess else Done(NONE_WEAK, {"threshold": threshold})
    value_of = {line.pk: value for line, value in weak}
    for line in chosen:
        _pause_one(case, row, line, value_of[line.pk], burns[line.pk], excess)
    words = {
        "lines": _names(chosen),
        "free": money_text(sum((burns[line.pk].free for line in chosen), ZERO)),
        "excess": money_text(excess),
    }
    return Done(PAUSED if row.enforce else PROPOSED, words, chosen[0].pk)


def review(case: Case) -> Done:
    """A task for the owner, for the nearest manager and for finance: one each for an alert, however often it returns."""
    area = _area_of(case)
    people: list[Person | None] = [area.owner]
    people += [*role_holders([Role.MANAGER], area.scope)[:1], *role_holders([Role.FINANCE], area.scope)[:1]]
    kind, subject = (KIND, area.line.pk) if area.line is not None else (ALERT, case.episode.pk)
    seeing = [one for one in people if one and one.is_active and sees(one, kind, subject, area.scope)]
    chosen: list[Person | None] = list({one.pk: one for one in seeing}.values()) or [None]
    tasks = [
        open_task(
            kind=kind,
            subject_id=subject,
            scope=area.scope,
            title=REVIEW_TITLE,
            what=REVIEW_WHAT,
            opened_for=f"{ALERT}:{case.episode.pk}:review:{one.pk if one else 'area'}",
            assigned_to=one,
            due_on=due(timezone.localdate(case.now), settings().cause_days),
            as_of=case.now,
        )
        for one in chosen
    ]
    names = [one.label for one in chosen if one is not None]
    return Done(REVIEWED, {"people": _listed(names) or area.scope.label}, tasks[0].pk)


def ask_cause(case: Case) -> Done:
    """Asks for the cause of a day, or of a line that is over; for a budget, of the line that has most of it."""
    area, today = _area_of(case), timezone.localdate(case.now)
    burns = burn_of(area.lines, today=today)
    of_day = case.event.grain == "day"
    day = case.event.start if of_day and case.event.start else today
    line = area.line or _most(area.lines, burns, day if of_day else None)
    if line is None:
        raise Refused(_("This budget has no open line to ask about."))
    burn = burns.get(line.pk) or burn_of([line], today=today)[line.pk]
    values = _figures(case, burn)
    if of_day:
        spent = LineDay.objects.filter(line=line, day=day).values_list("spent", flat=True).first() or ZERO
        values["day_spent"] = _plain(spent)
    made, new = ask(
        line=line, asked_for=AskedFor.DAY_CAUSE if of_day else AskedFor.LINE_CAUSE, day=day, values=values,
        episode=case.episode.pk, now=case.now,
    )  # fmt: skip
    if not new:
        return Done(CAUSE_ALREADY, subject_id=made.pk)
    return Done(CAUSE, {"lines": _names([line]), "day": f"{made.due_on:%Y-%m-%d}"}, made.pk)


# -- What they are made of ---------------------------------------------------------------------------


def _area_of(case: Case) -> Area:
    """Raises Refused for anything else than a budget or a line of one."""
    scope = case.instance.scope
    node = scope.node
    if node is None or node.dimension != Dimension.BUDGET:
        raise Refused(
            _("Only a budget or a line of one can be meant so, and this alert is about another area.")
        )
    lines = Line.objects.select_related("budget__node", "budget__owner", "owner", "node", "channel", "region")
    line = lines.filter(node=node).first()
    if line is not None:
        return Area(scope, line.budget, [line], line)
    budget = Budget.objects.filter(node=node).select_related("owner").first()
    if budget is None:
        raise Refused(
            _("Only a budget or a line of one can be meant so, and this alert is about another area.")
        )
    return Area(
        scope, budget, list(lines.filter(budget=budget, pool="").exclude(state=LineState.CLOSED)), None
    )


def _ask_rest(case: Case, area: Area) -> list[Statement]:
    """The statements that are new."""
    burns = burn_of(area.lines, today=timezone.localdate(case.now))
    new = []
    for line in _to_plan(area, burns, case):
        made, is_new = ask(
            line=line, asked_for=AskedFor.REST, day=timezone.localdate(case.now),
            values=_figures(case, burns[line.pk]), episode=case.episode.pk, now=case.now,
        )  # fmt: skip
        if is_new:
            made.line = line
            new.append(made)
    return new


def _to_plan(area: Area, burns: dict[int, Burn], case: Case) -> list[Line]:
    if area.line is not None:
        return [area.line]
    share = settings().warn_share
    used = {line.pk: burns[line.pk].consumed or ZERO for line in area.lines}
    much = [line for line in area.lines if used[line.pk] >= share]
    much = much or sorted(area.lines, key=lambda line: used[line.pk])[-1:]
    asked = Statement.objects.filter(line__in=much, asked_for=AskedFor.REST, asked_at__gt=case.now - AGAIN)
    known = set(asked.values_list("line", flat=True))
    return [line for line in much if line.pk not in known]


def _open_plans(area: Area) -> QuerySet[Statement]:
    found = Statement.objects.filter(asked_for=AskedFor.REST, said_at__isnull=True)
    return found.filter(line=area.line) if area.line is not None else found.filter(line__budget=area.budget)


def _weak(
    lines: Sequence[Line], burns: dict[int, Burn], row: BudgetSettings, today: date
) -> list[tuple[Line, Decimal]]:
    """Those with money left and a return under the threshold, the worst first, of equals the one with most left."""
    for line in lines:
        if line.channel is not None and line.region is not None:
            ensure_scope(nodes=[line.channel, line.region])
    returns = returns_of(lines, metric=row.return_metric, today=today)
    weak = [
        (line, returns[line.pk])
        for line in lines
        if returns.get(line.pk, row.return_threshold) < row.return_threshold and burns[line.pk].free > 0
    ]
    return sorted(weak, key=lambda pair: (pair[1], -burns[pair[0].pk].free, pair[0].pk))


def _pause_one(
    case: Case, row: BudgetSettings, line: Line, value: Decimal, burn: Burn, excess: Decimal
) -> None:
    words = {
        "value": _plain(value.quantize(Decimal("0.01"))),
        "threshold": _plain(row.return_threshold),
        "rule": case.rule.name,
    }
    if row.enforce:
        pause(line=line, why=WHY_PAUSED, values=words, episode=case.episode.pk, person=None, now=case.now)
        return
    propose(
        kind=PAUSE,
        subject_id=line.pk,
        scope=Scope.objects.get(node=line.node_id),
        summary=SUMMARY,
        body=ADVISED,
        payload={
            **words, "metric": row.return_metric, "free": burn.free, "excess": excess, "episode": case.episode.pk,
        },
        amount=burn.free,
        person=None,
        as_of=case.now,
    )  # fmt: skip


def _most(lines: Sequence[Line], burns: dict[int, Burn], day: date | None) -> Line | None:
    """Of the day, the line that spent most; else the one that is furthest over its plan."""
    if day is not None:
        row = LineDay.objects.filter(line__in=lines, day=day).order_by("-spent").first()
        return next((line for line in lines if row is not None and line.pk == row.line_id), None)
    return max(lines, key=lambda line: burns[line.pk].spent - burns[line.pk].total, default=None)


def _figures(case: Case, burn: Burn) -> dict[str, str]:
    """As they were then, kept with what was asked."""
    return {
        "rule": case.rule.name,
        "metric": case.instance.metric.code,
        "value": _plain(case.event.value) if case.event.value is not None else "",
        "total": _plain(burn.total),
        "spent": _plain(burn.spent),
        "committed": _plain(burn.committed),
        "free": _plain(burn.free),
        "days_left": str(burn.days_left),
    }


def _asked(case: Case) -> Sequence[str]:
    found = case.rule.tiers.filter(level=case.event.tier).values_list("consequences", flat=True).first()
    return found or ()


def _names(lines: Iterable[Line]) -> str:
    names = list(dict.fromkeys(line.name for line in lines))
    more = [_("%(n)s more") % {"n": len(names) - NAMED}] if len(names) > NAMED else []
    return _listed([*names[:NAMED], *more])


def _listed(names: list[str]) -> str:
    return listed(names, get_language() or "")


def _percent(share: Decimal) -> str:
    return f"{_plain(share * 100)}%"


def _plain(number: Decimal) -> str:
    return format(number.normalize() + 0, "f")
