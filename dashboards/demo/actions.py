"""What the demo company has decided about its channels: tiers and owners, a decision of the summer with what came of it,
and rules that propose. The losing channel's proposal comes from its own alert (`rules`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.utils import timezone

from alerts.conditions import Change as Moved
from alerts.models import Rule, Spread
from alerts.services import RecipientDraft, RuleDraft, TierDraft, save_rule
from channels.before_after import Span, windows
from channels.changes import KIND, Change
from channels.models import ChannelState, Profile, Tier
from channels.services import ProfileDraft, keep_profile, propose_by_hand
from dashboards.demo.world import LOSING_CHANNEL
from decisions.models import Proposal, Task
from decisions.services import complete_task, decide
from kpis.models import Metric
from kpis.selectors.figures import figures_of_spans
from organization.models import Person, Scope

TIERS: Mapping[str, tuple[Tier, str]] = {
    "天猫旗舰店": (Tier.CORE, "manager"),
    "京东旗舰店": (Tier.CORE, "manager"),
    "自营门店": (Tier.CORE, "manager"),
    "经销商": (Tier.CORE, "viewer"),
    "百度搜索": (Tier.CORE, "viewer"),
    "抖音直播": (Tier.SECONDARY, "viewer"),
    "抖音短视频": (Tier.SECONDARY, "viewer"),
    "家装公司": (Tier.SECONDARY, "manager"),
    "小红书": (Tier.SECONDARY, "viewer"),
    "社区团购": (Tier.POTENTIAL, "manager"),
    "企业微信私域": (Tier.POTENTIAL, "manager"),
    "异业联盟": (Tier.POTENTIAL, "manager"),
}
LATEST, WEEKS, DAYS = 70, 30, 28  # days ago at the latest, weeks back from there, days on either side
WHY = "The host left, and viewers stay half as long. 主播离职，观众停留时间减半。"
AGREED = "Half of it until a new host is there. 新主播到岗前先减半。"
MOVED = "Moved to Tmall and search from Monday on. 周一起转投天猫和搜索。"
FALLING = "Regions that fall two months in a row 大区连续两月下滑"


def make(*, scopes: Mapping[str, Scope], staff: Mapping[str, Person], today: date) -> int:
    """Before alerts are judged, so that what they propose tells of the last time. Returns how many channels have a tier."""
    for name, (tier, owner) in TIERS.items():
        node = scopes[f"channel:{name}"].node
        if node is not None and not Profile.objects.filter(node=node).exists():
            draft = ProfileDraft(tier, staff[owner], ChannelState.RUNNING)
            keep_profile(node=node, draft=draft, based_on=0, person=staff["manager"], now=timezone.now())
    if not Proposal.objects.filter(kind=KIND).exists():
        _decide_in_summer(scopes[f"channel:{LOSING_CHANNEL}"], staff, today)
    if not Rule.objects.filter(name=FALLING).exists():
        _watch_regions(scopes["company"], staff)
    return len(TIERS)


def _decide_in_summer(scope: Scope, staff: Mapping[str, Person], today: date) -> None:
    """Finance proposed to move money away, the manager agreed, and finance moved it."""
    assert scope.node is not None
    at = timezone.make_aware(datetime.combine(_after_which_it_cost_less(scope, today), time(10)))
    pk = propose_by_hand(node=scope.node, change=Change.MOVE, why=WHY, person=staff["finance"], now=at)
    proposal = Proposal.objects.get(pk=pk)
    decided = at + timedelta(hours=5)
    decide(proposal=proposal, person=staff["manager"], verdict="approve", note=AGREED, as_of=decided)
    for task in Task.objects.filter(kind=KIND):
        complete_task(task=task, person=staff["finance"], note=MOVED, as_of=decided + timedelta(days=2))


def _after_which_it_cost_less(scope: Scope, today: date) -> date:
    """The day of the last months after which it cost least, held against before: so it looks as if money had moved."""
    cost = Metric.objects.get(code="cost")
    days = [today - timedelta(days=LATEST + 7 * n) for n in range(WEEKS)]
    found = {day: windows(day, through=today - timedelta(days=1), most=DAYS) for day in days}
    spans = [
        (scope.pk, one.first, one.last)
        for both in found.values()
        if both
        for one in (both.before, both.after)
    ]
    figures = figures_of_spans(spans, metrics=[cost], today=today)

    def spent(span: Span) -> Decimal:
        figure = figures.get((scope.pk, span.first, span.last, cost.pk))
        return (figure.value if figure else None) or Decimal(1)

    ratios = {day: spent(both.after) / spent(both.before) for day, both in found.items() if both}
    return min(ratios, key=lambda day: (ratios[day], day))


def _watch_regions(company: Scope, staff: Mapping[str, Person]) -> None:
    """As the shipped rule does, for each region."""
    draft = RuleDraft(
        name=FALLING,
        metric=Metric.objects.get(code="revenue"),
        scope=company,
        tiers=[TierDraft(2, Moved(below=Decimal(0)), 2, consequences=["channels.support"])],
        recipients=[RecipientDraft(staff["manager"], 2)],
        spread=Spread.CHILDREN,
        along="region",
    )
    save_rule(draft=draft, person=staff["admin"], now=timezone.now())
