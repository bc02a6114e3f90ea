"""The alert rules that an approved budget brings along, so that nobody has to write the ladder: made once, following the
settings while nobody has edited them, and switched off when the budget is closed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from alerts.conditions import Amount, parse
from alerts.models import Policy, Rule, Spread, TargetKind
from alerts.services import RecipientDraft, RuleDraft, TierDraft, save_rule, switch_rule
from alerts.services.policies import PolicyDraft, StepDraft, TargetDraft, save_policy
from budgets.models import Budget, BudgetSettings, BudgetState, LadderRule, Rung
from budgets.services.settings import settings
from budgets.services.steps import ASK_CAUSE, ASK_REST, FREEZE, PAUSE_WORST, REVIEW
from kpis.models import Metric
from organization.models import Dimension, Person, Scope
from organization.services import ensure_scope

ONE = Decimal(1)
A_DAY = 24 * 60  # minutes until the lead above is told
OWNERS, OWNERS_MILD = gettext_noop("Budgets: the owner by email and SMS"), gettext_noop("Budgets: the owner")


@dataclass(frozen=True)
class Making:
    """How the rule of a rung is made; `condition` by the settings. `loud`: the owner hears of it by SMS too."""

    name: str
    metric: str
    level: int
    condition: Callable[[BudgetSettings], Amount]
    consequences: tuple[str, ...] = ()
    grain: str = "month"
    spread: str = Spread.SUBTREE
    loud: bool = True


LADDER: dict[Rung, Making] = {
    Rung.USED: Making(
        gettext_noop("%(budget)s: most of it is used"),
        "budget_use",
        2,
        lambda row: Amount(above=row.warn_share, inclusive=True),
        (ASK_REST, FREEZE),
    ),
    Rung.AHEAD: Making(
        gettext_noop("%(budget)s: spent ahead of plan"),
        "budget_variance",
        3,
        lambda row: Amount(above=row.over_share, inclusive=True),
        (PAUSE_WORST, REVIEW),
    ),
    Rung.DAY: Making(
        gettext_noop("%(budget)s: a day over its plan"),
        "budget_day",
        1,
        lambda row: Amount(above=ONE + row.day_over, inclusive=True),
        (ASK_CAUSE,),
        grain="day",
        spread=Spread.CHILDREN,
        loud=False,
    ),
    Rung.LINE: Making(
        gettext_noop("%(budget)s: a line over its plan"),
        "budget_over",
        2,
        lambda row: Amount(above=ONE + row.line_over, inclusive=True),
        (ASK_CAUSE,),
        spread=Spread.CHILDREN,
        loud=False,
    ),
    Rung.CONVERSIONS: Making(
        gettext_noop("%(budget)s: used with few conversions"),
        "budget_conversions_share",
        3,
        lambda row: Amount(below=row.conversions_share),
    ),
}


def follow_approved(budget: Budget, person: Person | None, now: datetime) -> None:
    """Hears of every plan that is approved."""
    make_rules(budget=budget, person=person, now=now)


@transaction.atomic
def make_rules(*, budget: Budget, person: Person | None, now: datetime) -> list[Rule]:
    """Makes the rules that an approved budget lacks; returns those that are new.

    A rule whose figure a company has put away is left out until there is one.
    """
    budget = Budget.objects.select_for_update(of=("self",)).select_related("node", "owner").get(pk=budget.pk)
    known = set(budget.ladder.values_list("rung", flat=True))
    metrics = {one.code: one for one in Metric.objects.in_use()}
    lacking = [
        (rung, making) for rung, making in LADDER.items() if rung not in known and making.metric in metrics
    ]
    if not lacking:
        return []
    row, scope = settings(), Scope.objects.get(node=budget.node_id)
    owner = budget.owner if budget.owner is not None and budget.owner.is_active else person
    made = []
    for rung, making in lacking:
        condition = making.condition(row)
        rule = save_rule(
            draft=RuleDraft(
                name=(_(making.name) % {"budget": budget.node.label})[:120],
                metric=metrics[making.metric],
                scope=scope,
                tiers=[
                    TierDraft(
                        making.level,
                        condition,
                        policy=_policy(row, making.loud),
                        consequences=making.consequences,
                    )
                ],
                spread=making.spread,
                along=Dimension.BUDGET,
                grain=making.grain,
            ),
            person=owner,
            now=now,
        )
        LadderRule.objects.create(
            budget=budget, rung=rung, rule=rule, made_as=condition.as_json(), settings_version=row.version
        )
        made.append(rule)
    return made


def follow_settings(*, now: datetime) -> int:
    """Gives the rules whose condition nobody has edited the one by today's settings; returns how many changed."""
    row, changed = settings(), 0
    for pk in LadderRule.objects.filter(settings_version__lt=row.version).values_list("pk", flat=True):
        with transaction.atomic():
            changed += _follow(pk, row, now)
    return changed


def end_with_budgets(*, now: datetime) -> int:
    """Switches off the rules of budgets that are closed; their alerts close with them."""
    ended = list(_ended().select_related("rule"))
    for ladder in ended:
        if ladder.rule is not None:
            switch_rule(rule=ladder.rule, enabled=False, person=None, now=now)
    return len(ended)


def lacking_rules() -> list[Budget]:
    """Approved budgets that have not all of their rules, of those that there can be."""
    there = Metric.objects.in_use().filter(code__in=[making.metric for making in LADDER.values()]).count()
    found = Budget.objects.filter(state=BudgetState.OPEN).annotate(rungs=Count("ladder"))
    return list(found.filter(rungs__lt=there))


def rules_wait() -> bool:
    """Whether a rule is to be made, to follow the settings, or to end with its budget. At most five queries."""
    row = BudgetSettings.objects.filter(pk=1).first()
    follows = row is not None and LadderRule.objects.filter(settings_version__lt=row.version).exists()
    return follows or bool(lacking_rules()) or _ended().exists()


def _ended() -> QuerySet[LadderRule]:
    return LadderRule.objects.filter(budget__state=BudgetState.CLOSED, rule__enabled=True)


def _follow(pk: int, row: BudgetSettings, now: datetime) -> int:
    ladder = LadderRule.objects.select_for_update(of=("self",)).select_related("rule").get(pk=pk)
    making = LADDER[Rung(ladder.rung)]
    wanted = making.condition(row)
    ladder.settings_version = row.version
    changed = 0
    rule = ladder.rule
    if rule is not None and wanted.as_json() != ladder.made_as:
        tiers = list(rule.tiers.select_related("policy"))
        if any(tier.condition == ladder.made_as for tier in tiers):
            drafts = [
                TierDraft(
                    tier.level,
                    wanted if tier.condition == ladder.made_as else parse(tier.condition),
                    tier.for_periods,
                    tier.out_of,
                    tier.policy,
                    tuple(tier.consequences),
                )
                for tier in tiers
            ]
            save_rule(draft=_draft_of(rule, drafts), person=row.changed_by, now=now, rule=rule)
            ladder.made_as, changed = wanted.as_json(), 1
    ladder.save(update_fields=["settings_version", "made_as"])
    return changed


def _draft_of(rule: Rule, tiers: list[TierDraft]) -> RuleDraft:
    """The rule as it stands, with other tiers."""
    recipients = rule.recipients.select_related("person", "connection")
    return RuleDraft(
        name=rule.name,
        metric=rule.metric,
        scope=rule.scope,
        tiers=tiers,
        recipients=[
            RecipientDraft(one.person, one.from_level, one.figures_granted, one.way, one.connection)
            for one in recipients
        ],
        spread=rule.spread,
        along=rule.along,
        grain=rule.grain,
        margin=rule.margin,
        keep_periods=rule.keep_periods,
        enabled=rule.enabled,
        schedule=rule.schedule,
        look_at=rule.look_at,
        without_data=rule.without_data,
    )


def _policy(row: BudgetSettings, loud: bool) -> Policy:
    """Tells whoever is responsible at once, and the lead above where nobody answers within a day. Made once; edited or
    removed as people like (then made anew for the next budget).
    """
    field = "policy" if loud else "mild_policy"
    standing: Policy | None = getattr(row, field)
    if standing is not None:
        return standing
    name = _(OWNERS) if loud else _(OWNERS_MILD)
    policy = Policy.objects.filter(name__iexact=name).first()
    if policy is None:
        ways = ("email", "sms", "app") if loud else ()
        steps = [StepDraft(0, [TargetDraft(TargetKind.OWNER, ways=ways)])]
        if loud:
            steps.append(StepDraft(A_DAY, [TargetDraft(TargetKind.ABOVE)]))
        policy = save_policy(
            draft=PolicyDraft(name=name, scope=ensure_scope(nodes=[]), steps=steps), person=None
        )
    setattr(row, field, policy)
    row.save(update_fields=[field])
    return policy
