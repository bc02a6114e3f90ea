"""The demo company's money: a budget for the year, whose lines its channels' cost feeds, one for the quarter, whose spend
people enter, each with its pools and approved; and a draft for the quarter to come.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import Sum
from django.utils import timezone

from budgets.models import Budget, Category, FedBy, Pool, Shape
from budgets.planning import pool_amounts
from budgets.services.plans import LineDraft, draft_budget, send_plan
from budgets.services.settings import settings
from common.periods import Grain, Period
from dashboards.demo.world import CHANNELS, TEAMS, Way
from decisions.services import decide
from kpis.models import Target
from organization.models import Node, Person, Scope

OWNERS = {
    "抖音直播": "lead",
    "百度搜索": "viewer",
    "小红书": "viewer",
    "抖音短视频": "viewer",
}  # else the manager
CONTENT = ("小红书", "抖音短视频")
RESERVE, EMERGENCY = "Reserve 储备金", "Emergency pool 应急金"
WHY = "As agreed in the plan talks. 按年度计划会议确定。"
AGREED = "Agreed. 同意。"
DRAFTED, SENT, DECIDED = time(9, 30), time(10), time(15)


@dataclass(frozen=True)
class Plan:
    """A line of a quarter whose spend people enter. `channel`: on which it counts as cost."""

    name: str
    amount: int
    category: Category
    core: bool
    owner: str
    channel: str = ""


FAIR, CREATORS, FILM = "Home fair 家居展", "Creators 达人合作", "Brand film 品牌片"
PRESS, MEETINGS = "Trade press 行业媒体", "Dealer meetings 经销商会议"
QUARTER = (
    Plan(FAIR, 300_000, Category.EVENTS, False, "lead", "异业联盟"),
    Plan(CREATORS, 180_000, Category.CONTENT, False, "lead"),
    Plan(FILM, 240_000, Category.CONTENT, True, "viewer"),
    Plan(PRESS, 90_000, Category.ADS, True, "viewer"),
    Plan(MEETINGS, 150_000, Category.EVENTS, False, "manager"),
)


def year_name(today: date) -> str:
    return f"Marketing {today.year} 年度市场预算"


def quarter_name(quarter: Period) -> str:
    year, number = str(quarter).split("-")
    return f"Campaigns {year} {number} 活动预算"


def make(
    *, scopes: Mapping[str, Scope], teams: Mapping[str, Node], staff: Mapping[str, Person], today: date
) -> int:
    """After the targets, whose cost the year's lines are planned by. Returns how many budgets there are."""
    if Budget.objects.exists():
        return Budget.objects.count()
    year = Period.containing(today, Grain.YEAR)
    quarter = Period.containing(today, Grain.QUARTER)
    _approve(
        year_name(today), year, _year_lines(year, scopes, teams, staff), staff,
        on=date(today.year - 1, 12, 15),
    )  # fmt: skip
    _approve(
        quarter_name(quarter), quarter, _quarter_lines(scopes, staff, Decimal(1)), staff,
        on=quarter.start - timedelta(days=10),
    )  # fmt: skip
    coming = quarter.next()
    draft_budget(
        name=quarter_name(coming), first_day=coming.start, last_day=coming.end, owner=staff["manager"],
        person=staff["finance"], now=_at(today - timedelta(days=1), DRAFTED),
        lines=_quarter_lines(scopes, staff, Decimal("1.1")),
    )  # fmt: skip
    return Budget.objects.count()


def _approve(
    name: str, period: Period, lines: Iterable[LineDraft], staff: Mapping[str, Person], *, on: date
) -> None:
    """Finance drafts it and sends it, the manager approves it the same day."""
    finance = staff["finance"]
    version = draft_budget(
        name=name, first_day=period.start, last_day=period.end, owner=staff["manager"], person=finance,
        now=_at(on, DRAFTED), lines=_with_pools(lines, finance),
    )  # fmt: skip
    proposal = send_plan(
        version=version, why=WHY, based_on=version.revision, person=finance, now=_at(on, SENT)
    )
    decide(proposal=proposal, person=staff["manager"], verdict="approve", note=AGREED, as_of=_at(on, DECIDED))


def _at(day: date, hour: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, hour))


def _with_pools(lines: Iterable[LineDraft], owner: Person) -> list[LineDraft]:
    lines = list(lines)
    shares = settings()
    total = sum((one.amount for one in lines), Decimal(0))
    reserve, emergency = pool_amounts(total, [shares.reserve_share, shares.emergency_share])
    return [
        *lines,
        LineDraft(RESERVE, reserve, pool=Pool.RESERVE.value, owner=owner),
        LineDraft(EMERGENCY, emergency, pool=Pool.EMERGENCY.value, owner=owner),
    ]


def _year_lines(
    year: Period, scopes: Mapping[str, Scope], teams: Mapping[str, Node], staff: Mapping[str, Person]
) -> list[LineDraft]:
    """What each channel's monthly targets say that it costs, and how many orders it brings."""
    team_of = {channel: teams[name.zh] for name, channels in TEAMS for channel in channels}
    found = []
    for channel in CHANNELS:
        zh = channel.name.zh
        scope = scopes[f"channel:{zh}"]
        said = dict(
            Target.objects.filter(
                scope=scope, metric__code__in=("cost", "orders"), superseded_at__isnull=True,
                grain=Grain.MONTH.value, start__range=(year.start, year.end),
            ).values_list("metric__code").annotate(all=Sum("value"))
        )  # fmt: skip
        found.append(
            LineDraft(
                name=f"{channel.name.en} {zh}",
                amount=Decimal(said["cost"]).quantize(Decimal(1)),
                category=(
                    Category.CONTENT if zh in CONTENT
                    else Category.ADS if channel.way == Way.ONLINE
                    else Category.EVENTS if channel.way == Way.STORE
                    else Category.OTHER
                ).value,
                core=channel.roas > 4,
                fed_by=FedBy.COST.value,
                channel=scope.node,
                team=team_of[zh],
                owner=staff[OWNERS.get(zh, "manager")],
                conversions=said.get("orders"),
                shape=Shape.SEASON.value,
            )
        )  # fmt: skip
    return found


def _quarter_lines(
    scopes: Mapping[str, Scope], staff: Mapping[str, Person], factor: Decimal
) -> list[LineDraft]:
    return [
        LineDraft(
            name=plan.name,
            amount=(plan.amount * factor).quantize(Decimal(1)),
            category=plan.category.value,
            core=plan.core,
            owner=staff[plan.owner],
            channel=scopes[f"channel:{plan.channel}"].node if plan.channel else None,
        )
        for plan in QUARTER
    ]
