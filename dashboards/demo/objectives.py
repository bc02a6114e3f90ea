"""What the demo company has set itself for the quarter: objectives of the company, two teams and three people.

Check-ins go up week by week to today, so that on any day some are on plan, some behind, and one is missing; one
objective supports nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.utils import timezone

from common.periods import Grain, Period
from dashboards.demo.world import LOSING_CHANNEL
from kpis.models import KeyResult, Metric, Objective, Reading
from kpis.okr import elapsed, week_of
from kpis.selectors.okr.quarters import is_over
from kpis.services import okr
from kpis.services.okr import KeyResultDraft, MilestoneDraft, ObjectiveDraft
from organization.models import Node, Person, Scope

EAST, LIVE = "region:华东", f"channel:{LOSING_CHANNEL}"


@dataclass(frozen=True)
class Result:
    """By a metric on an area; or by hand from a number to another at a `pace` (1 is on plan), the last check-in so many
    weeks ago; or by milestones, each so many days into the quarter and done or not once its day has come.
    """

    title: str
    metric: str = ""
    area: str = ""
    begins: str = "0"
    ends: str = "1"
    unit: str = "count"
    pace: float = 1.0
    silent_weeks: int = 0
    note: str = ""
    steps: tuple[tuple[str, int, bool], ...] = ()
    weight: int = 1

    @property
    def how(self) -> str:
        return "metric" if self.metric else "milestones" if self.steps else "manual"


@dataclass(frozen=True)
class Aim:
    """`supports`: the title of an objective or key result that stands before it in the list."""

    title: str
    level: str
    area: str
    owner: str
    results: tuple[Result, ...]
    why: str = ""
    team: str = ""
    supports: str = ""
    committed: bool = False


GROWTH, RETURN = "Revenue of the quarter 季度成交额", "Return on ad spend 投产比"
EAST_REVENUE = "Revenue of East China 华东成交额"
AIMS = (
    Aim(
        "Grow, and earn on it 增长，且赚钱", "company", "company", "manager",
        (
            Result(GROWTH, metric="revenue", area="company", weight=2),
            Result(RETURN, metric="roas", area="company"),
        ),
        why="More boards sold, and no yuan spent that does not come back. 卖得更多，每一块钱都花得值。",
    ),
    Aim(
        "Homes that people recommend 让客户愿意推荐", "company", "company", "manager",
        (
            Result("Net promoter score 净推荐值", begins="32", ends="40", pace=0.95, note="Delivery times are praised, fitting is not. 送货受好评，安装仍有抱怨。"),
            Result(
                "Fitting within 48 hours 48 小时内上门安装",
                steps=(("Fitters in ten cities 十城安装队到位", 25, True), ("Booking in WeCom 企业微信预约上线", 50, True), ("All stores promise it 全部门店承诺", 80, False)),
            ),
        ),
        committed=True,
    ),
    Aim(
        "Live-stream earns its keep 直播先赚回投入", "team", LIVE, "viewer",
        (
            Result("Return of the live-stream 直播投产比", metric="roas", area=LIVE, weight=2),
            Result("Shows that lose money stopped 停掉亏钱的场次", ends="12", pace=0.55, silent_weeks=2, note="Creators' contracts run to the month's end. 达人合同月底到期。"),
        ),
        team="内容与直播组", supports=RETURN,
    ),
    Aim(
        "East China sells more of everything 华东全面增收", "team", EAST, "lead",
        (
            Result(EAST_REVENUE, metric="revenue", area=EAST, weight=2),
            Result("New customers of East China 华东新客", metric="new_customers", area=EAST),
            Result("Dealers trained 完成培训的经销商", ends="30", pace=1.1, note="Hangzhou is done, Suzhou next week. 杭州已完成，下周苏州。"),
        ),
        team="零售组", supports=GROWTH,
    ),
    Aim(
        "Songjiang opens before the season 旺季前开出松江店", "person", EAST, "lead",
        (
            Result(
                "The way to the opening 开业进度",
                steps=(("Lease signed 签约", 20, True), ("Fitted out 装修完成", 45, False), ("Staff hired 人员到岗", 60, True), ("Opening 开业", 85, False)),
            ),
        ),
        supports=EAST_REVENUE,
    ),
    Aim(
        "Books closed in five days 五个工作日关账", "person", "company", "finance",
        (Result("Working days until the books are closed 关账所需工作日", begins="9", ends="5", pace=1.0, note="Six days in the last month. 上月六天。"),),
        supports="Grow, and earn on it 增长，且赚钱", committed=True,
    ),
    Aim(
        "Learn to cut short videos 学会剪短视频", "person", "company", "viewer",
        (Result("Videos published 发布视频数", ends="6", pace=1.05, note="Two drafts wait for music. 两条在等配乐。"),),
    ),
)  # fmt: skip


def make(
    *, scopes: Mapping[str, Scope], teams: Mapping[str, Node], staff: Mapping[str, Person], today: date
) -> int:
    """Sets those that are not there yet, as they stand on the morning of `today`. Returns how many there are."""
    quarter = Period.containing(today, Grain.QUARTER)
    if is_over(quarter.start, today=today):
        return 0
    objectives: dict[str, Objective] = {}
    results: dict[str, KeyResult] = {}
    for aim in AIMS:
        known = Objective.objects.filter(title=aim.title, start=quarter.start).first()
        made = known or _set(aim, scopes, teams, staff, quarter, objectives, results, today)
        objectives[aim.title] = made
        results.update({one.title: one for one in made.key_results.all()})
    return len(AIMS)


def _set(
    aim: Aim,
    scopes: Mapping[str, Scope],
    teams: Mapping[str, Node],
    staff: Mapping[str, Person],
    quarter: Period,
    objectives: Mapping[str, Objective],
    results: Mapping[str, KeyResult],
    today: date,
) -> Objective:
    whose, by = staff[aim.owner], staff["manager"]
    draft = ObjectiveDraft(
        title=aim.title,
        start=quarter.start,
        level=aim.level,
        scope=scopes[aim.area],
        owner=whose,
        team=teams[aim.team] if aim.team else None,
        description=aim.why,
        commitment="committed" if aim.committed else "aspirational",
        supports_objective=objectives.get(aim.supports),
        supports_key_result=results.get(aim.supports),
    )
    made = okr.make_objective(draft=draft, person=by, today=today)
    rows = [
        (one, okr.add_key_result(objective=made, draft=_draft(one, scopes, quarter), person=by, today=today))
        for one in aim.results
    ]
    began = _moment(min(quarter.start, today), 10)
    made = okr.begin_objective(objective=made, person=by, today=today, now=began)
    KeyResult.objects.filter(objective=made).update(created_at=began)
    for one, row in rows:
        _check_in(one, row, whose, quarter, today)
    return made


def _draft(one: Result, scopes: Mapping[str, Scope], quarter: Period) -> KeyResultDraft:
    if one.metric:
        return _by_metric(one, scopes[one.area], quarter)
    steps = [MilestoneDraft(title, quarter.start + timedelta(days=days)) for title, days, _done in one.steps]
    return KeyResultDraft(
        title=one.title, how=one.how, baseline=Decimal(one.begins), target=Decimal(one.ends), unit=one.unit,
        weight=Decimal(one.weight), milestones=steps,
    )  # fmt: skip


def _by_metric(one: Result, scope: Scope, quarter: Period) -> KeyResultDraft:
    """From what last quarter came to, to the quarter's plan; where either is missing or the wrong way, near it."""
    metric = Metric.objects.get(code=one.metric)
    kept = {
        row.start: row
        for row in Reading.objects.filter(
            scope_id=scope.pk,
            metric=metric,
            grain="quarter",
            start__in=(quarter.start, quarter.next(-1).start),
        )
    }
    now, before = kept.get(quarter.start), kept.get(quarter.next(-1).start)
    target = _round(_plan(metric, scope, quarter, now), metric)
    reached = _round(Decimal(before.value), metric) if before is not None and before.value else target
    baseline = reached if reached < target else _round(target * Decimal("0.9"), metric)
    return KeyResultDraft(
        title=one.title, how="metric", metric=metric, scope=scope, baseline=baseline, target=target,
        weight=Decimal(one.weight),
    )  # fmt: skip


def _plan(metric: Metric, scope: Scope, quarter: Period, now: Reading | None) -> Decimal:
    """The quarter's own, else (of a ratio, which months do not add up to) that of its first month that has one."""
    if now is not None and now.target:
        return Decimal(now.target)
    months = Reading.objects.filter(
        scope_id=scope.pk, metric=metric, grain="month", target__isnull=False,
        start__gte=quarter.start, start__lte=quarter.end,
    ).order_by("start")  # fmt: skip
    first = months.values_list("target", flat=True).first()
    return Decimal(first) if first else Decimal(100)


def _round(value: Decimal, metric: Metric) -> Decimal:
    step = Decimal("0.01") if metric.unit == "ratio" else Decimal(1)
    return value.quantize(step, rounding=ROUND_HALF_UP)


def _check_in(one: Result, row: KeyResult, whose: Person, quarter: Period, today: date) -> None:
    """One for each Friday up to now, the last with what there is to say; milestones are ticked as their days come."""
    if one.how == "metric":
        return
    fridays = [week_of(quarter.start) + timedelta(days=4 + 7 * n) for n in range(14)]
    days = [day for day in fridays if quarter.start <= day <= today - timedelta(weeks=one.silent_weeks)]
    for place, day in enumerate(days):
        _reach(one, row, whose, quarter, day)
        share = elapsed(quarter.start, quarter.end, day) * Decimal(str(one.pace))
        value = (row.baseline + (row.target - row.baseline) * share).quantize(Decimal(1), ROUND_HALF_UP)
        okr.check_in(
            key_result=row,
            value=value,
            confidence=min(max(round(8 * one.pace) - (place % 3 == 1), 2), 9),
            note=one.note if place == len(days) - 1 else "",
            person=whose,
            today=day,
            now=_moment(day, 17),
        )


def _reach(one: Result, row: KeyResult, whose: Person, quarter: Period, today: date) -> None:
    """What is done by this day."""
    for milestone, (_title, days, done) in zip(row.milestones.order_by("due_on"), one.steps, strict=False):
        day = quarter.start + timedelta(days=days - 2)
        if done and day < today:
            okr.tick_milestone(milestone=milestone, done=True, person=whose, today=day, now=_moment(day, 16))


def _moment(day: date, hour: int) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))
