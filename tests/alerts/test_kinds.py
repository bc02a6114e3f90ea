"""Rules of every kind on real rows: what they compare with, when they look, how they go through the past."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal as D
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts import services
from alerts.conditions import Amount, Attainment, Change, Combined, Condition, Dynamic, Stale
from alerts.models import EpisodeEvent, Instance, LearntBand, Rule
from alerts.schedules import next_daily
from alerts.selectors.preview import preview_of
from alerts.services.rules import covered_scopes
from kpis.models import AmountDay, Measure, Metric, Reading, ReadingChange
from organization.models import CalendarEvent
from tests.alerts.builders import FEBRUARY, MARCH, NOW, TODAY, look, revenue, rule, story
from tests.kpis.test_outlook import daily
from tests.people import alice, scope

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]
EAST = "region:华东"
YEAR_AGO = date(2025, 3, 1)


def value(
    amount: str | None,
    *,
    start: date = MARCH,
    through: date | None = None,
    grain: str = "month",
    area: str = EAST,
    metric: Metric | None = None,
) -> None:
    """A value without a target, and whoever watches it is told."""
    key = {"scope": scope(area), "metric": metric or revenue(), "grain": grain, "start": start}
    Reading.objects.filter(**key).delete()
    if amount is not None:
        Reading.objects.create(**key, value=D(amount), through=through or date(2026, 3, 19))
    ReadingChange.objects.create(**key)


def watch(condition: Condition, *, level: int = 2, row: tuple[int, int] = (1, 0), **more: Any) -> Rule:
    tier = services.TierDraft(level, condition, *row)
    return rule(alice(), tiers=[tier], **more)


FEBRUARY_END = date(2026, 2, 28)


def test_what_adds_up_is_compared_when_its_month_is_over() -> None:
    value("1000", start=date(2026, 1, 1), through=date(2026, 1, 31))
    value("700", start=FEBRUARY, through=FEBRUARY_END)
    value("50")  # nineteen days of March
    watch(Change(D("-0.2")))
    assert story(EAST) == ["first 2"]
    event = EpisodeEvent.objects.get()
    assert (event.start, event.value, event.condition) == (
        FEBRUARY, D(700), {"kind": "change", "on": "before", "below": "-0.2", "base": "1000"},
    )  # fmt: skip


@pytest.mark.parametrize(("was", "heard"), [("130", ["first 2"]), ("120", []), ("0", []), (None, [])])
def test_a_change_on_last_year_needs_a_last_year(was: str | None, heard: list[str]) -> None:
    value(was, start=date(2025, 2, 1), through=date(2025, 2, 28))
    value("100", start=FEBRUARY, through=FEBRUARY_END)
    watch(Change(D("-0.2"), on="year"))
    assert story(EAST) == heard


def test_a_ratio_is_compared_while_its_month_runs() -> None:
    roas = Metric.objects.get(code="roas")
    value("0.9", metric=roas)
    watch(Amount(D(1)), metric=roas)
    assert story(EAST) == ["first 2"]


def test_two_of_the_last_three_days_are_enough_where_the_rule_says_so() -> None:
    for day, amount in ((17, "10"), (18, "90"), (19, "10")):
        at = date(2026, 3, day)
        value(amount, start=at, through=at, grain="day")
    watch(Amount(D(50)), row=(2, 3), grain="day")
    assert story(EAST) == ["first 2"]
    watch(Amount(D(50)), row=(2, 2), grain="day", area="region:华北")
    assert story("region:华北") == []


def test_data_that_stay_away_are_an_alert_though_no_figure_changed() -> None:
    value("10", through=date(2026, 3, 18))
    made = watch(Stale(1))
    assert story(EAST) == []
    assert not services.look_by_the_clock(now=NOW + timedelta(minutes=59), today=TODAY)
    tomorrow = NOW + timedelta(days=1)
    assert services.look_by_the_clock(now=tomorrow, today=TODAY + timedelta(days=1))
    assert story(EAST) == ["first 2"]
    assert EpisodeEvent.objects.get().condition == {"kind": "stale", "days": 1, "age": 2}
    # Looked at once, however long nobody did.
    assert not services.look_by_the_clock(now=tomorrow, today=TODAY + timedelta(days=1))
    made.refresh_from_db()
    assert made.next_look_at == tomorrow + timedelta(hours=1)
    value("11", through=date(2026, 3, 20))
    look(now=tomorrow, today=TODAY + timedelta(days=1))
    assert story(EAST) == ["first 2", "recovered 2"]


def test_a_rule_with_a_time_of_day_looks_then_and_not_before() -> None:
    value("100", start=FEBRUARY, through=FEBRUARY_END)
    made = watch(Amount(D(50)), schedule="working", look_at=time(9))
    # In Shanghai it is 17:00 on a Friday; the next working day is Monday.
    assert made.next_look_at == datetime(2026, 3, 23, 1, tzinfo=UTC)
    value("10", start=FEBRUARY, through=FEBRUARY_END)
    look()
    assert story(EAST) == []
    assert services.look_by_the_clock(now=datetime(2026, 3, 23, 1, tzinfo=UTC), today=date(2026, 3, 23))
    assert story(EAST) == ["first 2"]


def test_the_time_of_day_is_that_of_the_zone_and_of_days_that_count() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    asked = {"at": time(2, 30), "zone": berlin, "counts": lambda day: day.weekday() < 5}
    friday = datetime(2026, 3, 27, 12, tzinfo=UTC)
    assert next_daily(after=friday, **asked) == datetime(2026, 3, 30, 0, 30, tzinfo=UTC)  # type: ignore[arg-type]
    never = {**asked, "counts": lambda day: False}
    assert next_daily(after=friday, **never) > friday  # type: ignore[arg-type]


def test_missing_data_are_an_alert_where_the_rule_says_so_and_end_with_data() -> None:
    value("100")
    watch(Amount(above=D(1000)), without_data="fire")
    value(None)
    look()
    assert story(EAST) == ["first 2"]
    value("100")
    look()
    assert story(EAST) == ["first 2", "recovered 2"]


def test_all_of_several_conditions_must_hold() -> None:
    value("100", start=date(2026, 1, 1), through=date(2026, 1, 31))
    value("70", start=FEBRUARY, through=FEBRUARY_END)
    watch(Combined(True, (Change(D("-0.2")), Amount(D(50)))))
    assert story(EAST) == []
    value("40", start=FEBRUARY, through=FEBRUARY_END)
    look()
    assert story(EAST) == ["first 2"]


def test_a_rule_on_a_subtree_covers_all_below_and_what_comes_to_lie_there() -> None:
    city = scope("region:华东/上海")
    made = rule(alice(), spread="subtree", along="region")
    assert {one.key for one in covered_scopes(made)} >= {"region:华东", city.key}
    assert scope("region:华北").key not in {one.key for one in covered_scopes(made)}
    new = scope("region:华东/苏州")
    services.cover_new_areas(now=NOW, today=TODAY)
    assert Instance.objects.filter(rule=made, scope=new, covered=True).exists()
    assert services.cover_new_areas(now=NOW, today=TODAY) == 0


def test_ten_times_the_areas_take_no_more_queries() -> None:
    tiers = [services.TierDraft(2, Combined(False, (Change(D("-0.2")), Stale(9))))]
    rule(alice(), area="company", spread="children", along="region", tiers=tiers)

    def count(areas: int) -> int:
        for number in range(areas):
            changed = {"scope": scope(f"region:R{number}"), "metric": revenue(), "grain": "month"}
            ReadingChange.objects.create(**changed, start=MARCH)
        services.cover_new_areas(now=NOW, today=TODAY)
        with CaptureQueriesContext(connection) as asked:
            assert services.evaluate(now=NOW, today=TODAY).judged == areas
        return len(asked)

    count(1)  # whatever is looked up once
    assert count(3) == count(30)


def replayed(made: Rule, *more: str) -> list[dict[str, Any]]:
    out = StringIO()
    call_command("replay", str(made.pk), "--from", "2026-01-01", "--to", "2026-02-28", *more, stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_replay_says_twice_the_same_and_writes_nothing() -> None:
    for month, amount in ((11, 1000), (12, 1000), (1, 700), (2, 700)):
        year = 2025 if month > 10 else 2026
        daily(lambda day, amount=amount: amount, date(year, month, 1), date(year, month, 28), EAST)  # type: ignore[misc]
    made = rule(
        alice(), tiers=[services.TierDraft(2, Change(D("-0.2"))), services.TierDraft(1, Change(D("-0.1")))]
    )
    before = (Instance.objects.count(), EpisodeEvent.objects.count())
    first = replayed(made)
    assert [(one["start"], one["change"], one["tier"]) for one in first] == [
        ("2026-01-01", "first", 2), ("2026-02-01", "recovered", 2),
    ]  # fmt: skip
    assert replayed(made) == first
    assert (Instance.objects.count(), EpisodeEvent.objects.count()) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["moon", "--from", "2026-01-01", "--to", "2026-02-01"], "no rule"),
        (["RULE", "--from", "2026-03-01", "--to", "2026-02-01"], "lies after"),
        (["RULE", "--from", "March", "--to", "2026-02-01"], "invalid"),
    ],
)
def test_a_replay_that_cannot_be_is_refused(arguments: list[str], said: str) -> None:
    made = watch(Attainment(D(1)))
    with pytest.raises(CommandError, match=said):
        call_command("replay", *[str(made.pk) if one == "RULE" else one for one in arguments])


def sold_by_week(area: str = EAST) -> None:
    """A year and a half: about 100 a day and 200 at weekends, never the same twice."""
    daily(
        lambda day: (200 if day.weekday() > 4 else 100) + day.toordinal() * 37 % 11,
        date(2024, 9, 1), date(2026, 3, 19), area,
    )  # fmt: skip


def days_kept(amounts: dict[date, str], area: str = EAST) -> None:
    for day, amount in amounts.items():
        value(amount, start=day, through=day, grain="day", area=area)


def test_a_day_out_of_its_own_ordinary_is_an_alert_and_says_what_is_usual() -> None:
    sold_by_week()
    days_kept({date(2026, 3, 18): "104", date(2026, 3, 19): "30"})
    watch(Dynamic(100), grain="day")
    assert story(EAST) == ["first 2"]
    asked = EpisodeEvent.objects.get().condition
    assert asked is not None
    assert 90 < D(asked["low"]) < D(asked["expected"]) < D(asked["high"]) < 130
    kept = LearntBand.objects.get(start=date(2026, 3, 19))
    assert (kept.low, kept.one_in) == (D(asked["low"]), 100)


@pytest.mark.parametrize(("amount", "heard"), [("105", []), ("30", ["first 2"]), ("200", [])])
def test_only_low_is_an_alert_where_only_low_is_asked_for(amount: str, heard: list[str]) -> None:
    sold_by_week()
    days_kept({date(2026, 3, 19): amount})
    watch(Dynamic(100, direction="low"), grain="day")
    assert story(EAST) == heard


def test_a_saturday_is_held_against_saturdays() -> None:
    sold_by_week()
    days_kept({date(2026, 3, 14): "204"})
    watch(Dynamic(100), grain="day")
    look(now=datetime(2026, 3, 15, 9, tzinfo=UTC), today=date(2026, 3, 15))
    assert story(EAST) == []


def test_a_day_that_the_calendar_explains_is_no_alert() -> None:
    sold_by_week()
    CalendarEvent.objects.create(
        code="storm", name="台风", kind="storm", first_day=date(2026, 3, 19), last_day=date(2026, 3, 19)
    )
    days_kept({date(2026, 3, 19): "30"})
    watch(Dynamic(100), grain="day")
    assert story(EAST) == []
    assert Instance.objects.get().outcome == "no-data"


def test_without_history_nothing_is_unusual_and_nothing_breaks() -> None:
    days_kept({date(2026, 3, 19): "30"})
    watch(Dynamic(100), grain="day")
    assert story(EAST) == []
    assert LearntBand.objects.get().expected is None


def test_what_was_usual_stays_as_it_was_when_the_past_is_corrected() -> None:
    sold_by_week()
    days_kept({date(2026, 3, 19): "104"})
    watch(Dynamic(100), grain="day")
    before = LearntBand.objects.get()
    AmountDay.objects.filter(day__lt=date(2026, 3, 1)).delete()
    days_kept({date(2026, 3, 19): "30"})
    look()
    assert story(EAST) == ["first 2"]
    assert LearntBand.objects.get().low == before.low


def test_ten_times_the_areas_take_no_more_queries_for_their_bands() -> None:
    tiers = [services.TierDraft(1, Dynamic(50)), services.TierDraft(2, Dynamic(100))]
    rule(alice(), area="company", spread="children", along="region", tiers=tiers, grain="day")

    def count(areas: int) -> int:
        for number in range(areas):
            days_kept({date(2026, 3, 18): "104", date(2026, 3, 19): "30"}, f"region:R{number}")
        services.cover_new_areas(now=NOW, today=TODAY)
        LearntBand.objects.all().delete()
        with CaptureQueriesContext(connection) as asked:
            assert services.evaluate(now=NOW, today=TODAY).judged == areas
        assert LearntBand.objects.count() == areas * 2 * 2
        return len(asked)

    count(1)  # whatever is looked up once
    assert count(3) == count(30)


def test_a_return_may_be_unusual_too() -> None:
    roas, cost = Metric.objects.get(code="roas"), Measure.objects.get(code="cost").slot
    sold_by_week()
    for row in AmountDay.objects.all():
        row.amounts = [*row.amounts, *[None] * (cost - len(row.amounts))]
        row.amounts[cost - 1] = D(50) + row.day.toordinal() * 53 % 7
        row.save()
    value("0.4", start=date(2026, 3, 19), through=date(2026, 3, 19), grain="day", metric=roas)
    watch(Dynamic(100), grain="day", metric=roas)
    assert story(EAST) == ["first 2"]


def test_a_preview_counts_what_would_have_been_unusual() -> None:
    sold_by_week()
    AmountDay.objects.filter(day=date(2026, 2, 10)).update(
        amounts=[None] * (Measure.objects.get(code="revenue").slot - 1) + [D(3)]
    )
    draft = services.RuleDraft(
        name="x",
        metric=revenue(),
        scope=scope(EAST),
        tiers=[services.TierDraft(2, Dynamic(200))],
        grain="day",
    )
    found = preview_of(draft, today=TODAY)
    assert date(2026, 2, 10) in [one.figure.start for past in found.pasts for one in past.changes]
    assert 1 <= found.alerts <= 6
    assert not LearntBand.objects.exists()
