"""What the demo company watches, and who hears of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils import timezone

from alerts.conditions import Attainment
from alerts.models import Policy, Rule, Spread
from alerts.services import (
    RecipientDraft,
    RuleDraft,
    TierDraft,
    carry_out_next,
    evaluate,
    judge_next_rule,
    save_rule,
)
from alerts.services.asking import TASK
from dashboards.demo.world import LOSING_CHANNEL, POOR_CLICKS_CHANNEL
from kpis.models import Metric
from organization.models import Person, Scope


@dataclass(frozen=True)
class Watching:
    """`tiers`: level → (attainment below which it holds, for so many periods in a row).

    `by_policy`: levels that go on by its steps; `task_at`: those that open a task; `besides`: what else levels bring about. `tell`: user name → level from which on; `outside`: those of them who get figures that no grant of theirs covers.
    """

    name: str
    metric: str
    area: str
    tiers: Mapping[int, tuple[str, int]]
    tell: Mapping[str, int]
    outside: frozenset[str] = frozenset()
    along: str = ""
    grain: str = "month"
    by_policy: frozenset[int] = frozenset()
    task_at: frozenset[int] = frozenset()
    besides: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


RULES = (
    Watching(
        name="Company revenue 全公司成交额",
        metric="revenue",
        area="company",
        tiers={1: ("1.00", 1), 2: ("0.95", 1), 3: ("0.85", 1)},
        tell={"manager": 1, "finance": 2, "admin": 3},
    ),
    Watching(
        name="Regions' revenue 各大区成交额",
        metric="revenue",
        area="company",
        along="region",
        tiers={1: ("0.98", 1), 2: ("0.85", 1), 3: ("0.70", 1)},
        tell={"manager": 2, "wang.fang": 1},
        outside=frozenset({"wang.fang"}),
        by_policy=frozenset({2, 3}),
    ),
    Watching(
        name="East China, channel by channel 华东各渠道成交额",
        metric="revenue",
        area="region:华东",
        along="channel",
        tiers={1: ("0.95", 1), 2: ("0.85", 1), 3: ("0.70", 1)},
        tell={"lead": 1},
        task_at=frozenset({2, 3}),
    ),
    Watching(
        name="Live-stream return, day by day 直播投产比",
        metric="roas",
        area=f"channel:{LOSING_CHANNEL}",
        grain="day",
        tiers={2: ("0.85", 3), 3: ("0.40", 3)},
        besides={3: ("channels.pause",)},
        tell={"manager": 2, "finance": 3, "zhao.lei": 2},
        outside=frozenset({"zhao.lei"}),
    ),
    Watching(
        name="Clicks on Xiaohongshu 小红书点击率",
        metric="ctr",
        area=f"channel:{POOR_CLICKS_CHANNEL}",
        tiers={1: ("0.85", 1), 2: ("0.60", 1)},
        tell={"manager": 2, "zhao.lei": 1},
        outside=frozenset({"zhao.lei"}),
    ),
)


def make(*, scopes: Mapping[str, Scope], staff: Mapping[str, Person], policy: Policy) -> int:
    """Saves the rules that are not there yet, each by the administrator. Returns how many there are."""
    for rule in RULES:
        if Rule.objects.filter(name=rule.name).exists():
            continue
        draft = RuleDraft(
            name=rule.name,
            metric=Metric.objects.get(code=rule.metric),
            scope=scopes[rule.area],
            tiers=[
                TierDraft(
                    level,
                    Attainment(Decimal(below)),
                    periods,
                    policy=policy if level in rule.by_policy else None,
                    consequences=[*([TASK] if level in rule.task_at else []), *rule.besides.get(level, ())],
                )
                for level, (below, periods) in rule.tiers.items()
            ],
            recipients=[
                RecipientDraft(staff[username], level, figures_granted=username in rule.outside)
                for username, level in rule.tell.items()
            ],
            spread=Spread.CHILDREN if rule.along else Spread.ONE,
            along=rule.along,
            grain=rule.grain,
        )
        save_rule(draft=draft, person=staff["admin"], now=timezone.now())
    return len(RULES)


def judge(*, today: date) -> None:
    """Looks at every rule and all that changed, so that the first letters wait in the outbox and the first tasks are open."""
    while judge_next_rule(now=timezone.now(), today=today):
        pass
    while evaluate(now=timezone.now(), today=today).claimed:
        pass
    while carry_out_next(now=timezone.now()):
        pass
