"""What the demo company's customers say: answers brought in as a file, a survey, complaints that came of some of them,
what is done about the worst topic, and targets and a benchmark for the score.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

from django.utils import timezone

from common.periods import Grain, Period
from dashboards.demo import answers
from dashboards.demo.story import Story
from dashboards.demo.world import FALLING_REGION
from feedback.models import Answer, Came, Category, Complaint, Severity, Survey, SurveyLink, Topic
from feedback.services import handling
from feedback.services.actions import begin_action
from feedback.services.causes import find_or_make
from feedback.services.clocks import look_next
from feedback.services.intake import NewComplaint, receive
from feedback.services.publishing import publish_next
from ingest.models import State
from ingest.services import import_path
from kpis.models import Benchmark, Metric, Target
from kpis.services import TargetEntry, set_targets
from kpis.services.benchmarks import enter_benchmark
from organization.models import Node, Person, Scope
from organization.selectors import exceptions_between
from organization.services import ensure_scope
from organization.workdays import add_working_days, is_working_day

COMPLAIN_DAYS, EVERY = (
    75,
    7,
)  # of answers so recent, of customers who are not content, one in so many complains
NPS_TARGET, CSAT_TARGET, SOLVED_TARGET, BENCHMARK = Decimal(35), Decimal("0.82"), Decimal("0.9"), Decimal(32)
# What was found out, by the category of the complaint: a way of whys and what was done.
FOUND = {
    "delivery": (
        ("送货晚了 · It came late", "仓库没有按时出库 · The warehouse shipped late", "西南仓停用一条分拣线 · A sorting line stood still"),
        "改由成都仓直发，补偿运费。 Shipped from Chengdu, freight refunded.",
    ),
    "quality": (
        ("边角破损 · Chipped edges", "打包没有护角 · Packed without corners"),
        "补发同批次板材，护角列入打包清单。 Sent anew; corners are on the packing list.",
    ),
    "promise": (
        ("与直播说法不符 · Not as said on air", "脚本没有审核 · The script was not checked"),
        "补寄赠品，直播脚本由法务审核。 Gift sent; scripts are checked now.",
    ),
    "service": (("回复太慢 · Answered late", "周末没有人值班 · Nobody on duty at weekends"), "致歉并回访。 Called back with an apology."),
    "price": (("活动前改价 · Price changed before the sale",), "按活动价退差。 The difference was refunded."),
    "other": (("流程难懂 · Hard to follow",), "电话协助完成下单。 Helped by phone."),
}  # fmt: skip
WORDS = {
    "delivery": ("物流", "配送", "送货", "elivery"),
    "promise": ("直播", "主播", "赠品"),
    "quality": ("质量", "开胶", "色差", "磕碰", "edges", "boards"),
    "service": ("客服", "师傅", "Nobody"),
    "price": ("价格", "涨价", "expensive"),
}
ANSWERED_WITH = "已与您电话沟通，我们会尽快处理。 We have called you and are on it."


def make(
    told: Story, *, scopes: Mapping[str, Scope], staff: Mapping[str, Person], today: date
) -> tuple[int, int]:
    """Returns answers taken and complaints made; what is there already stays. Publishes them."""
    taken = bring_in(told, person=staff["manager"])
    ask(
        nodes={scope.node.code: scope.node for scope in scopes.values() if scope.node is not None},
        person=staff["manager"],
    )
    if not Complaint.objects.exists():
        complain(staff=staff, today=today)
        look_next(now=timezone.now())
        act(scopes=scopes, staff=staff, today=today)
    while publish_next(now=timezone.now()):
        pass
    aim(scopes=scopes, person=staff["manager"], today=today)
    return taken, Complaint.objects.count()


def bring_in(told: Story, *, person: Person) -> int:
    with tempfile.TemporaryDirectory(prefix="plumbline-demo-") as folder:
        path = Path(folder) / "满意度调研.csv"
        answers.write(told, path)
        done = import_path(path=path, preset="survey", person=person)
    if done.state != State.DONE:
        raise RuntimeError(f"{path.name} could not be imported: {done.error or done.state}")
    return done.accepted


def ask(*, nodes: Mapping[str, Node], person: Person) -> None:
    """The survey behind the QR codes of two channels."""
    survey, made = Survey.objects.get_or_create(
        name="After a purchase 购后回访",
        defaults={
            "asks_csat": True,
            "title": "How was it with us?",
            "title_zh": "这次购物体验如何？",
            "made_by": person,
        },
    )
    if made:
        survey.drivers.set(survey.drivers.model.objects.all())
        for slug, channel, region in (
            ("xiaohongshu", "channel:小红书", None),
            ("own-stores-east", "channel:自营门店", "region:华东"),
        ):
            SurveyLink.objects.create(
                survey=survey,
                slug=slug,
                channel=nodes[channel],
                region=nodes.get(region or ""),
                made_by=person,
            )


def complain(*, staff: Mapping[str, Person], today: date) -> None:
    """Some of those who were not content complain on the day; all but the last few have their answer by now."""
    unhappy = (
        Answer.objects.filter(nps__lte=5, day__gte=today - timedelta(days=COMPLAIN_DAYS))
        .exclude(comment="")
        .order_by("day", "pk")
    )
    chosen = [one for number, one in enumerate(unhappy) if number % EVERY == 0]
    nodes = Node.objects.in_bulk(
        {pk for one in chosen for pk in (one.channel_id, one.region_id, one.product_id)}
    )
    categories = {one.code: one for one in Category.objects.all()}
    calendar = exceptions_between(today - timedelta(days=COMPLAIN_DAYS + 20), today + timedelta(days=30))
    for number, one in enumerate(chosen):
        left = len(chosen) - 1 - number  # how many come after it
        day = one.day if is_working_day(one.day, calendar) else add_working_days(one.day, 1, calendar)
        if day >= today:
            continue
        at = timezone.make_aware(datetime.combine(day, time(9 + number % 7, 7 * number % 60)))
        category = next(
            (code for code, words in WORDS.items() if any(word in one.comment for word in words)), "other"
        )
        made = receive(
            new=NewComplaint(
                Came.ANSWER, ensure_scope(nodes=[nodes[pk] for pk in (one.channel_id, one.region_id, one.product_id) if pk]),
                categories[category], Severity.HIGH if (one.nps or 0) <= 2 else Severity.NORMAL, one.comment,
                customer=one.customer, segment=one.segment, answer=one, received_at=at,
            ),
            person=None, now=at,
        )  # fmt: skip
        if left >= 4:
            handle(
                made,
                category,
                person=staff["manager"],
                at=at,
                late=number % 5 == 0,
                solve=left >= 9,
                wait=left == 6,
            )


def handle(
    made: Complaint, category: str, *, person: Person, at: datetime, late: bool, solve: bool, wait: bool
) -> None:
    first = at + (timedelta(hours=26) if late else timedelta(minutes=25))
    look_next(now=first)  # the clocks saw what was late
    made = handling.write_message(
        complaint=made, person=person, now=first, text=ANSWERED_WITH, by=handling.By.PHONE
    )
    if wait:
        handling.wait_for_customer(complaint=made, person=person, now=first + timedelta(minutes=5))
    if solve:
        whys, solution = FOUND[category]
        cause = find_or_make(whys=whys, person=person, now=first)
        handling.solve(
            complaint=made, person=person, now=first + timedelta(hours=5), cause=cause, solution=solution
        )


def act(*, scopes: Mapping[str, Scope], staff: Mapping[str, Person], today: date) -> None:
    topic = Topic.objects.filter(words__contains=["物流"]).first()
    if topic is not None:
        begin_action(
            topic=topic, scope=scopes[f"region:{FALLING_REGION}"], title="A second carrier for the southwest 西南增设第二承运商",
            owner=staff["manager"], due_on=today + timedelta(days=30), person=staff["manager"],
            now=timezone.make_aware(datetime.combine(today - timedelta(days=18), time(11))),
        )  # fmt: skip


def aim(*, scopes: Mapping[str, Scope], person: Person, today: date) -> None:
    """Targets for this year and the trade's benchmark."""
    metrics = Metric.objects.in_bulk(["nps", "csat", "solutions_in_time"], field_name="code")
    areas = [
        scope
        for key, scope in scopes.items()
        if key == "company" or (key.startswith("region:") and "/" not in key)
    ]
    year = Period.containing(today, Grain.YEAR)
    made = set_targets(
        entries=[
            TargetEntry(metrics[code], scope, year, value)
            for code, value in (
                ("nps", NPS_TARGET),
                ("csat", CSAT_TARGET),
                ("solutions_in_time", SOLVED_TARGET),
            )
            for scope in areas
        ],
        person=person,
    )
    planned = timezone.make_aware(datetime(today.year - 1, 12, 15, 10))  # noqa: DTZ001  (as all plans of the year)
    Target.objects.filter(pk__in=[target.pk for target in made]).update(set_at=planned)
    if not Benchmark.objects.filter(metric=metrics["nps"]).exists():
        enter_benchmark(
            metric=metrics["nps"], scope=scopes["company"], value=BENCHMARK, first_day=date(today.year - 2, 1, 1),
            source="Home improvement panel (made up) 家居行业调研（虚构）", person=person,
        )  # fmt: skip
