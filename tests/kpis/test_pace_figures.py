"""What is due by now goes by the learnt shape of the year: learnt when it is wanted, kept, borrowed, and the same on every way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.periods import Grain, Period
from kpis.figures import Look
from kpis.models import AmountDay, ChangedScope, Measure, Metric, PaceBasis, PaceYear, Reading, Source
from kpis.paces import learn_due
from kpis.preview import preview
from kpis.readings import recompute_next
from kpis.reconciling.comparing import compare_figures
from kpis.selectors import Figure, figure, figures_of_scopes
from kpis.services import TargetEntry, mark_scopes_changed, set_targets, turn_day
from kpis.services.pacing import learn_again
from kpis.work import catch_up
from organization.models import AuditEntry, CalendarEvent, Company
from organization.selectors import parse_scope
from tests.dashboards.figures import source
from tests.people import bob, scope

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal
TODAY = date(2026, 8, 16)  # a Sunday; the 1st was a Saturday
YEAR = Period(Grain.YEAR, date(2026, 1, 1))


def metric(code: str = "cost") -> Metric:
    return Metric.objects.get(code=code)


def weekend(day: date) -> int:
    return 30 if day.weekday() >= 5 else 10


def past(
    area: str,
    amount: Callable[[date], float | None] = weekend,
    *,
    since: date = date(2025, 1, 1),
    until: date = TODAY,
) -> None:
    """Amounts of cost up to the day before `until`, as a roll-up would have left them, and the mark that it leaves."""
    slots = dict(Measure.objects.values_list("code", "slot"))
    whose, where = source(), scope(area)
    AmountDay.objects.filter(scope=where, day__gte=since, day__lt=until).delete()
    made = []
    for step in range((until - since).days):
        day = since + timedelta(days=step)
        amounts: list[Decimal | None] = [None] * max(slots.values())
        value = amount(day)
        if value is not None:
            amounts[slots["cost"] - 1] = D(str(value))
            made.append(AmountDay(scope=where, day=day, source=whose, amounts=amounts, estimated=False))
    AmountDay.objects.bulk_create(made)
    Source.objects.filter(pk=whose.pk, last_day__lt=until - timedelta(days=1)).update(
        last_day=until - timedelta(days=1)
    )
    mark_scopes_changed(spans=[(where.pk, since, until - timedelta(days=1))])


def aim(area: str, *aims: tuple[str, str], code: str = "cost", today: date = TODAY) -> None:
    set_targets(
        entries=[
            TargetEntry(metric(code), scope(area), Period.parse(period), D(value)) for period, value in aims
        ],
        person=None,
    )
    catch_up(today=today)


def due(area: str, period: str, by: date = date(2026, 8, 15), code: str = "cost") -> Decimal | None:
    """What is due of the target by the end of that day."""
    found = figure(
        metric=metric(code),
        nodes=parse_scope(area),
        period=Period.parse(period),
        look=Look.at(by, today=TODAY),
    )
    return found.expected


def kept(area: str, period: str) -> Reading:
    at = Period.parse(period)
    return Reading.objects.get(scope__key=area, metric=metric(), grain=at.grain.value, start=at.start)


def pace(area: str = "channel:search") -> PaceYear:
    return PaceYear.objects.get(scope__key=area)


def near(value: float) -> object:
    return pytest.approx(D(str(value)), abs=D("0.001"))


def test_weekends_that_bring_three_times_as_much_are_due_three_times() -> None:
    past("channel:search")
    aim("channel:search", ("2026-08", "510"))
    # August 2026: 10 days of weekends at 30, 21 others at 10. By the 15th: 5 and 10 of them.
    assert due("channel:search", "2026-08") == near(250)
    assert due("channel:search", "2026-08", by=date(2026, 8, 2)) == near(60)
    assert (pace().basis, pace().years, pace().borrowed) == (PaceBasis.OWN, [2025], [])
    row = kept("channel:search", "2026-08")
    assert (row.expected, row.value) == (near(250), D(250))
    assert row.expected == due("channel:search", "2026-08")


def test_a_closed_month_is_due_to_the_last_cent() -> None:
    past("channel:search", lambda day: 7 + day.day % 5)
    aim("channel:search", ("2026-05", "333.33"), ("2026-06", "0"), ("2026-07", "-71.7"))
    for period, value in (("2026-05", "333.33"), ("2026-06", "0"), ("2026-07", "-71.7")):
        assert due("channel:search", period) == D(value)


def test_without_a_history_days_are_equal_to_the_last_digit() -> None:
    aim("channel:search", ("2026-08", "310"))
    assert due("channel:search", "2026-08") == D(150)
    assert pace().basis == PaceBasis.EQUAL


def test_a_quarter_goes_by_its_months_and_a_year_by_its_quarters() -> None:
    past("channel:search")
    aim("channel:search", ("2026-07", "100"), ("2026-08", "510"), ("2026-09", "900"))
    assert due("channel:search", "2026-Q3") == near(350)
    # A quarter of its own that says something else is due in the same proportion.
    aim("channel:search", ("2026-Q3", "3020"))
    assert due("channel:search", "2026-Q3") == near(700)
    aim("channel:search", ("2026-Q1", "40"), ("2026-Q2", "60"), ("2026-Q4", "1000"))
    assert due("channel:search", "2026") == near(800)
    aim("channel:search", ("2026", "2060"))
    assert due("channel:search", "2026") == near(400)


def test_a_quarter_with_too_few_months_goes_by_the_shape() -> None:
    past("channel:search", lambda day: 10)
    aim("channel:search", ("2026-Q3", "920"), ("2026-08", "900"))
    assert due("channel:search", "2026-Q3") == near(460)


def test_months_that_go_against_each_other_are_no_calendar() -> None:
    past("channel:search", lambda day: 10)
    aim("channel:search", ("2026-07", "-500"), ("2026-08", "100"), ("2026-09", "1320"))
    assert due("channel:search", "2026-Q3") == near(460)


def test_a_week_is_its_share_of_the_month_and_due_by_its_days() -> None:
    past("channel:search")
    aim("channel:search", ("2026-08", "510"))
    week = figure(
        metric=metric(), nodes=parse_scope("channel:search"), period=Period.parse("2026-W33"),
        look=Look.at(date(2026, 8, 15), today=TODAY),
    )  # fmt: skip
    assert (week.target, week.expected) == (near(110), near(80))
    days = figures_of_scopes(
        scope_ids=[scope("channel:search").pk], grain="days", start=date(2026, 8, 8), stop=date(2026, 8, 14),
        look=Look.at(TODAY, today=TODAY),
    )[scope("channel:search").pk][metric().pk]  # fmt: skip
    assert days.target == near(110)


def test_a_week_over_two_months_and_years_takes_from_both() -> None:
    past("channel:search", since=date(2024, 1, 1), until=date(2027, 1, 10))
    today = date(2027, 1, 10)
    aim("channel:search", ("2026-12", "470"), ("2027-01", "510"), today=today)
    week = figure(
        metric=metric(), nodes=parse_scope("channel:search"), period=Period.parse("2026-W53"),
        look=Look.at(date(2027, 1, 2), today=today),
    )  # fmt: skip
    assert {row.start for row in PaceYear.objects.all()} == {date(2026, 1, 1), date(2027, 1, 1)}
    assert (week.target, week.expected) == (near(110), near(80))


def test_what_was_learnt_stays_when_the_past_is_corrected() -> None:
    past("channel:search")
    aim("channel:search", ("2026-08", "510"))
    before = pace().cumulative
    past("channel:search", lambda day: 10, until=date(2026, 1, 1))
    catch_up(today=TODAY)
    assert pace().cumulative == before
    assert due("channel:search", "2026-08") == near(250)


def test_what_was_learnt_of_little_is_learnt_again_when_more_months_come() -> None:
    past("channel:search", lambda day: 10, since=date(2025, 11, 1))
    aim("channel:search", ("2026-08", "510"))
    assert (pace().months, len(pace().borrowed)) == (2, 10)
    past("channel:search", since=date(2024, 1, 1))
    catch_up(today=TODAY)
    assert (pace().months, pace().borrowed, pace().years) == (24, [], [2025, 2024])
    assert kept("channel:search", "2026-08").expected == near(250)


def test_an_area_without_a_history_goes_as_the_one_above_until_it_has_its_own() -> None:
    past("region:east")
    past("company", lambda day: 10)
    scope("region:east/shanghai")
    aim("region:east/shanghai", ("2026-08", "510"))
    borrowed = pace("region:east/shanghai")
    assert (borrowed.basis, borrowed.lender and borrowed.lender.key, borrowed.years) == (
        PaceBasis.PARENT, "region:east", [2025],
    )  # fmt: skip
    assert kept("region:east/shanghai", "2026-08").expected == near(250)
    past("region:east/shanghai", lambda day: 10 if day.weekday() < 5 else 0)
    catch_up(today=TODAY)
    assert pace("region:east/shanghai").basis == PaceBasis.OWN
    # 21 working days, 10 of them by the 15th.
    assert kept("region:east/shanghai", "2026-08").expected == near(510 * 10 / 21)


def test_targets_before_any_history_are_not_stuck_with_equal_days() -> None:
    aim("region:east", ("2026-08", "510"))
    assert pace("region:east").basis == PaceBasis.EQUAL
    past("company")
    catch_up(today=TODAY)
    tomorrow = TODAY + timedelta(days=1)
    turn_day(today=tomorrow, open_since=date(2026, 8, 1))
    catch_up(today=tomorrow)
    assert pace("region:east").basis == PaceBasis.PARENT
    assert kept("region:east", "2026-08").expected == near(280)
    learnt = pace("region:east")
    # Looked at once a day, and not learnt again for nothing.
    mark_scopes_changed(spans=[(learnt.scope_id, tomorrow, tomorrow)])
    past("company", lambda day: 10, until=date(2026, 1, 1))
    catch_up(today=tomorrow + timedelta(days=1))
    again = pace("region:east")
    assert (again.cumulative, again.learnt_on) == (learnt.cumulative, learnt.learnt_on)


def test_a_cross_cut_goes_as_its_channel() -> None:
    past("channel:search")
    past("region:east", lambda day: 10)
    aim("region:east+channel:search", ("2026-08", "510"))
    row = pace("region:east+channel:search")
    assert (row.basis, row.lender and row.lender.key) == (PaceBasis.PARENT, "channel:search")
    assert due("region:east+channel:search", "2026-08") == near(250)


def test_months_that_a_new_area_has_not_seen_are_on_the_level_of_those_that_it_has() -> None:
    past("region:east", lambda day: 40 if day.month == 8 else 10)
    past("region:east/shanghai", lambda day: 5, since=date(2025, 9, 1))
    aim("region:east/shanghai", ("2026", "1000"), ("2026-08", "1"))
    assert 8 in pace("region:east/shanghai").borrowed
    by_july, by_august = (due("region:east/shanghai", "2026", by=date(2026, month, 15)) for month in (7, 8))
    assert by_july is not None
    assert by_august is not None
    assert by_august - by_july > D(100)


def test_a_year_is_not_learnt_before_its_first_month_with_a_target_has_begun() -> None:
    past("channel:search")
    aim("channel:search", ("2026-09", "1"), ("2027-01", "1"))
    assert not PaceYear.objects.exists()
    september = date(2026, 9, 1)
    turn_day(today=september, open_since=date(2026, 8, 1))
    catch_up(today=september)
    assert [row.start for row in PaceYear.objects.all()] == [date(2026, 1, 1)]


def test_ratios_have_no_shape() -> None:
    past("channel:search")
    aim("channel:search", ("2026", "3"), code="roas")
    assert not PaceYear.objects.exists()
    assert due("channel:search", "2026-08", code="roas") == D(3)


def test_events_are_laid_on_their_own_days() -> None:
    for year, day in ((2025, 1), (2026, 10)):
        CalendarEvent.objects.create(
            code="sale", name="Sale", first_day=date(year, 8, day), last_day=date(year, 8, day + 1)
        )
    past(
        "channel:search",
        lambda day: 100 if (day.month, day.day, day.year) in {(8, 1, 2025), (8, 2, 2025)} else 10,
    )
    aim("channel:search", ("2026-08", "490"))
    assert due("channel:search", "2026-08", by=date(2026, 8, 9)) == near(90)
    assert due("channel:search", "2026-08", by=date(2026, 8, 11)) == near(290)


def test_a_fiscal_year_from_april_learns_from_aprils() -> None:
    Company.objects.update(fiscal_year_start=4)
    past("channel:search", since=date(2025, 4, 1))
    aim("channel:search", ("2026-08", "510"))
    assert (pace().start, pace().years) == (date(2026, 4, 1), [2025])
    assert due("channel:search", "2026-08") == near(250)


def test_a_manager_may_have_it_learnt_again() -> None:
    past("channel:search")
    aim("channel:search", ("2026-08", "310"))
    past("channel:search", lambda day: 10, until=date(2026, 1, 1))
    catch_up(today=TODAY)
    learn_again(scope=scope("channel:search"), metric=metric(), year=YEAR, person=bob())
    catch_up(today=TODAY)
    assert kept("channel:search", "2026-08").expected == near(150)
    entry = AuditEntry.objects.get(action="pace.learn_again")
    assert (entry.subject, entry.person and entry.person.username) == ("cost channel:search 2026", "bob")


def test_the_nightly_check_finds_nothing_to_mend_even_after_corrections() -> None:
    past("channel:search")
    aim("channel:search", ("2026-07", "100"), ("2026-08", "510"), ("2026-09", "900"))
    past("channel:search", lambda day: 10, until=date(2026, 1, 1))
    catch_up(today=TODAY)
    found = compare_figures(first=date(2026, 8, 1), last=TODAY, today=TODAY)
    assert (found.different, found.compared > 0) == (0, True)


def test_trying_a_target_on_a_figure_shows_what_would_be_due() -> None:
    past("channel:search")
    aim("channel:search", ("2026-08", "1"))
    tried = preview(
        metric=metric(), nodes=parse_scope("channel:search"), last=Period.parse("2026-08"), count=2,
        target=D(510), look=Look.at(date(2026, 8, 15), today=TODAY),
    )  # fmt: skip
    assert [month.expected for month in tried.months] == [D(510), near(250)]


def test_two_workers_at_once_learn_each_year_once_and_figures_go_by_what_is_kept() -> None:
    past("company")
    areas = [f"region:r{number}" for number in range(130)]
    for area in areas:
        scope(area)
    past("region:r7", lambda day: 10)
    set_targets(
        entries=[TargetEntry(metric(), scope(area), Period.parse("2026-08"), D(510)) for area in areas],
        person=None,
    )
    catch_up(today=TODAY, hands=3)
    assert PaceYear.objects.count() == len(areas)
    assert not ChangedScope.objects.exists()
    for area in ("region:r0", "region:r7", "region:r129"):
        assert kept(area, "2026-08").expected == due(area, "2026-08")
    assert kept("region:r0", "2026-08").expected == near(250)
    assert kept("region:r7", "2026-08").expected == near(510 * 15 / 31)


def test_of_two_that_learn_the_same_at_once_the_first_is_kept() -> None:
    """Whoever comes second waits for the first to commit, and computes by what is there then."""
    past("channel:search")
    set_targets(
        entries=[TargetEntry(metric(), scope("channel:search"), Period.parse("2026-08"), D(510))], person=None
    )
    ChangedScope.objects.all().delete()
    both_have_looked, found = threading.Barrier(2, timeout=60), []

    def learning(history: Callable[[date], float | None]) -> None:
        from django.db import transaction

        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE claimed (scope_id bigint, days datemultirange) ON COMMIT DROP")
            cursor.execute(
                "INSERT INTO claimed SELECT id, '{[2026-08-01,2026-09-01)}' FROM organization_scope"
                " WHERE key = 'channel:search'"
            )
            both_have_looked.wait()
            learn_due(metrics=[metric()], look=Look.at(today=TODAY))
            found.append(PaceYear.objects.get().cumulative)
        connection.close()

    hands = [threading.Thread(target=learning, args=(weekend,)) for _ in range(2)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert len(found) == 2
    assert found[0] == found[1] == pace().cumulative


def test_where_nothing_is_to_be_learnt_it_costs_one_question() -> None:
    past("channel:search")
    aim("channel:search", ("2026-08", "510"))
    mark_scopes_changed(spans=[(scope("channel:search").pk, TODAY, TODAY)])
    with CaptureQueriesContext(connection) as asked:
        recompute_next(today=TODAY)
    assert sum("kpis_paceyear" in query["sql"] and "WITH wanted" in query["sql"] for query in asked) == 1
    assert not any("float8send" in query["sql"] or "calendarevent" in query["sql"] for query in asked)


def test_figures_that_are_kept_are_those_that_are_computed() -> None:
    past("channel:search", lambda day: 10 + day.day % 7)
    aim("channel:search", *[(f"2026-{month:02d}", str(100 + month)) for month in range(1, 13)])
    for row in Reading.objects.filter(scope__key="channel:search", metric=metric(), target__isnull=False):
        period = Period.containing(row.start, Grain(row.grain))
        now: Figure = figure(
            metric=metric(), nodes=parse_scope("channel:search"), period=period, look=Look.at(today=TODAY)
        )
        assert (row.target, row.expected, row.status) == (now.target, now.expected, now.status)
