"""Why did it move, from imported figures: against figures worked out by hand, and as each person may see it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.periods import Period
from kpis.figures import Look
from kpis.models import Metric
from kpis.selectors.movement import Against, Moved, Movement, Split, why
from kpis.services import TargetEntry, set_targets
from kpis.work import catch_up
from organization.models import CalendarEvent, Person
from organization.selectors import parse_scope
from tests.ingest.files import send, write
from tests.people import alice, bob, person, scope

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal
TODAY = date(2026, 11, 20)
HEAD = "day,channel,campaign,region,province,orders,revenue,cost,clicks,impressions"
# A line a day; November has what the last column of each pair says.
LINES = (
    # day, channel, campaign, region, province, orders, revenue, cost, clicks
    "2025-10-10,Search,Brand,East,Shanghai,40,2000,400,400,4000",
    "2025-10-10,Video,Summer,East,Jiangsu,20,1000,500,500,9000",
    "2026-09-10,Search,Brand,East,Shanghai,60,3000,600,600,6000",
    "2026-09-10,Search,Brand,East,Jiangsu,20,1000,200,200,2000",
    "2026-09-10,Video,Summer,East,Shanghai,20,1000,500,500,9000",
    "2026-09-10,Video,Summer,West,Sichuan,40,2000,900,500,9000",
    "2026-09-11,Search,Brand,,,2,100,,,",
    "2026-10-10,Search,Brand,East,Shanghai,40,1600,500,500,5000",
    "2026-10-10,Search,Brand,East,Jiangsu,20,1000,200,200,2000",
    "2026-10-10,Video,Summer,East,Shanghai,24,1200,700,500,9000",
    "2026-10-10,Video,Summer,West,Sichuan,40,2200,900,500,9000",
    "2026-10-11,Radio,Morning,East,Shanghai,,,300,,",
    "2026-11-02,Search,Brand,East,Shanghai,10,500,100,100,1000",
    "2026-11-19,Search,Brand,East,Shanghai,10,700,100,100,1000",
)


@pytest.fixture
def told(tmp_path: Path) -> None:
    send(write(tmp_path, "\n".join([HEAD, *LINES]) + "\n"))
    catch_up(today=TODAY)


def asked(
    code: str = "revenue",
    area: str = "company",
    period: str = "2026-10",
    against: Against = Against.LAST_PERIOD,
    who: Person | None = None,
) -> Movement:
    return why(
        person=who,
        metric=Metric.objects.get(code=code),
        nodes=parse_scope(area),
        period=Period.parse(period),
        against=against,
        look=Look.at(today=TODAY),
    )


def aim(code: str, area: str, value: str, period: str = "2026-10") -> None:
    entry = TargetEntry(Metric.objects.get(code=code), scope(area), Period.parse(period), D(value))
    set_targets(entries=[entry], person=None)
    catch_up(today=TODAY)


def by(found: Movement, dimension: str) -> Split:
    return next(one for one in found.splits if one.dimension == dimension)


def named(moved: Moved) -> str:
    return moved.node.name if moved.node else "others" if moved.others else "rest"


def effects(split: Split) -> dict[str, Decimal]:
    return {named(one): one.part.effect.normalize() + 0 for one in split.parts}


def all_adds_up(found: Movement) -> bool:
    return all(
        sum((Fraction(one.part.effect) for one in split.parts), Fraction(0))
        == Fraction(split.change.change)
        == Fraction(found.change or 0)
        for split in found.splits
    )


def test_the_companys_month_against_the_month_before_by_each_of_its_trees(told: None) -> None:
    found = asked()
    assert (found.before, found.after, found.change) == (7100, 6000, -1100)
    assert effects(by(found, "channel")) == {"Search": -1500, "Video": 400}
    assert effects(by(found, "region")) == {"East": -1200, "West": 200, "rest": -100}
    assert [one.dimension for one in found.splits] == ["channel", "region"]
    assert all_adds_up(found)
    # Channels say most: Search alone did more than the whole of it.
    assert found.main is not None
    assert found.main.dimension == "channel"
    assert [named(one) for one in found.causes] == ["Search", "Video"]


def test_revenue_is_told_by_orders_and_order_value(told: None) -> None:
    found = asked(area="channel:search")
    # 82 orders at 50 → 60 at 43.33: −22 × 46.67 and 71 × −6.67.
    assert found.told is not None
    assert found.told.volume is not None
    assert found.told.rate is not None
    assert found.told.volume.quantize(D("0.01")) == D("-1026.67")
    assert found.told.rate + (found.told.mix or 0) == -1500 - found.told.volume
    assert (found.volume and found.volume.code, found.rate and found.rate.code) == ("orders", "order_value")


def test_a_ratio_is_told_by_rate_and_mix(told: None) -> None:
    found = asked("roas", "region:east")
    # 5000 ÷ 1300 → 3800 ÷ 1700.
    assert found.change is not None
    assert found.change.quantize(D("0.0001")) == D("-1.6109")
    assert found.told is not None
    assert found.told.volume is None
    assert all_adds_up(found)
    radio = next(one for one in by(found, "channel").parts if named(one) == "Radio")
    assert (radio.part.before, radio.part.after, radio.part.rate) == (None, None, 0)
    assert radio.part.effect < 0  # it costs, and brings nothing


def test_a_single_channel_falls_apart_into_campaigns_and_a_crossing_into_what_it_still_has(
    told: None,
) -> None:
    channel = asked(area="channel:search")
    assert [one.dimension for one in channel.splits] == ["channel", "region"]
    assert effects(by(channel, "channel")) == {"Brand": -1500}
    assert effects(by(channel, "region")) == {"East": -1400, "rest": -100}
    # A dimension of one part says nothing that the whole does not say.
    assert channel.main is not None
    assert channel.main.dimension == "region"
    cut = asked(area="region:east+channel:search")
    assert (cut.before, cut.after) == (4000, 2600)
    assert effects(by(cut, "region")) == {"Shanghai": -1400, "Jiangsu": 0}
    assert effects(by(cut, "channel")) == {"Brand": -1400}
    assert all_adds_up(cut)


def test_against_last_year_new_parts_bring_all_they_have(told: None) -> None:
    found = asked(area="region:east", against=Against.LAST_YEAR)
    assert (found.before, found.after) == (3000, 3800)
    assert effects(by(found, "region")) == {"Shanghai": 800, "Jiangsu": 0}
    assert effects(by(found, "channel")) == {"Search": 600, "Video": 200}


def test_an_open_month_is_held_against_as_many_days(told: None) -> None:
    found = asked(period="2026-11")
    assert found.days == (date(2026, 11, 1), date(2026, 11, 19))
    assert found.beside == (date(2026, 10, 1), date(2026, 10, 19))
    assert (found.before, found.after) == (6000, 1200)
    assert found.partial


def test_a_quarter_goes_by_whole_months(told: None) -> None:
    found = asked(period="2026-Q4", against=Against.LAST_YEAR, area="region:east")
    assert (found.before, found.after) == (3000, 5000)
    assert effects(by(found, "channel")) == {"Search": 1800, "Video": 200}


def test_against_the_plan_parts_are_held_against_their_own_targets(told: None) -> None:
    aim("revenue", "region:east", "5000")
    aim("revenue", "region:east/shanghai", "3500")
    aim("revenue", "region:east/jiangsu", "1200")
    aim("orders", "region:east", "100")
    found = asked(area="region:east", against=Against.EXPECTED)
    assert (found.before, found.after, found.change) == (5000, 3800, -1200)
    provinces = by(found, "region")
    assert provinces.planned
    assert effects(provinces) == {"Shanghai": -700, "Jiangsu": -200, "rest": -300}
    # Its channels have no targets: the plan is laid over them as they stood a year ago (2 to 1).
    channels = by(found, "channel")
    assert not channels.planned
    assert found.beside == (date(2025, 10, 1), date(2025, 10, 31))
    assert {named(one): (one.part.before or D(0)).quantize(D(1)) for one in channels.parts} == {
        "Search": 3333,
        "Video": 1667,
    }
    assert all_adds_up(found)
    assert found.told is not None
    # 100 orders at 50 were planned; 84 at 45.24 it became.
    assert found.told.volume is not None
    assert found.told.volume.quantize(D("0.01")) == D("-761.90")


def test_a_planned_ratio_is_laid_over_the_shares_of_a_year_ago(told: None) -> None:
    aim("roas", "region:east", "4")
    found = asked("roas", "region:east", against=Against.EXPECTED)
    assert found.before is not None
    assert (found.before.normalize(), found.change is not None) == (4, True)
    assert all_adds_up(found)
    before = {named(one): one.part.before for one in by(found, "channel").parts}
    # 5 and 2 a year ago made 3.33; all raised alike they make 4.
    assert before["Search"] == 6
    assert before["Video"] == D("2.4")


def test_without_a_target_or_without_figures_there_is_nothing_to_explain(told: None) -> None:
    unplanned = asked(area="region:east", against=Against.EXPECTED)
    assert (unplanned.before, unplanned.after, unplanned.change) == (None, 3800, None)
    assert not unplanned.splits
    future = asked(period="2026-12")
    assert (future.days, future.change, future.splits) == (None, None, ())
    before = asked(period="2026-09")
    assert (before.before, before.after, before.change) == (None, 7100, None)


def test_what_she_may_not_see_is_folded_into_one_part_and_still_adds_up(told: None) -> None:
    lead = alice("region:east")
    company = asked(who=lead)
    assert effects(by(company, "region")) == {"East": -1200, "others": 200, "rest": -100}
    assert [one.dimension for one in company.splits] == ["region"]  # no channel is hers
    assert "West" not in str(company)
    assert all_adds_up(company)
    own = asked(area="region:east", who=lead)
    assert effects(by(own, "region")) == {"Shanghai": -1200, "Jiangsu": 0}
    crossed = asked(area="region:east", who=person("Cross", "viewer", "region:east/shanghai"))
    assert effects(by(crossed, "region")) == {"Shanghai": -1200, "others": 0}
    assert not asked(who=bob()).splits[0].parts[0].others


def test_events_near_it_are_named(told: None) -> None:
    for code, first, last in (
        ("golden", date(2026, 10, 1), date(2026, 10, 7)),
        ("mid", date(2026, 9, 25), date(2026, 9, 27)),
        ("far", date(2026, 7, 1), date(2026, 7, 2)),
        ("autumn", date(2026, 9, 5), date(2026, 9, 6)),
    ):
        CalendarEvent.objects.create(code=code, name=code, first_day=first, last_day=last)
    near = {
        event.name: event.now for event in asked().events if event.name in ("golden", "mid", "far", "autumn")
    }
    assert near == {"golden": True, "mid": True, "autumn": False}


@pytest.mark.parametrize("area", ["company", "region:east", "region:east+channel:search"])
@pytest.mark.parametrize("against", list(Against))
def test_it_takes_a_bounded_number_of_queries(told: None, area: str, against: Against) -> None:
    scope(area)
    aim("revenue", area, "5000")
    bob()
    with CaptureQueriesContext(connection) as few:
        asked(area=area, against=against, who=bob())
    assert len(few) <= 27, len(few)
    for query in few:
        assert "channels_" not in query["sql"], query["sql"]  # no facts
