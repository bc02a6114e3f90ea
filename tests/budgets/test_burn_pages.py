"""The pages of budgets: what people read before a meeting, and what they must not see."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from budgets.burn import Burn
from budgets.models import Budget, Line
from budgets.selectors import pages
from budgets.selectors.burn import burn_as_of, burn_of
from budgets.selectors.pages import Asked
from organization.models import Person
from tests.budgets.books import a_budget, a_line, put
from tests.people import bob, charlie, node

pytestmark = pytest.mark.django_db
TODAY = date(2026, 8, 16)


@pytest.fixture(autouse=True)
def a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "localdate", lambda *_: TODAY)


def shown(person: Person, path: str, **query: str) -> str:
    client = Client()
    client.force_login(person)
    response: Any = client.get(path, query)
    assert response.status_code == 200, response.content.decode()[-2000:]
    return str(response.content.decode())


def spent_evenly(line: Line, amount: int, days: int) -> None:
    for day in range(1, days + 1):
        put(line, "spend", Decimal(amount) / days, on=date(2026, 8, day))


def test_the_command_says_how_a_line_burns() -> None:
    line = a_line(a_budget("Plan 2026"), "Search", planned=310_000)
    spent_evenly(line, 210_000, 15)
    put(line, "spend", -10_000, on=date(2026, 8, 16))  # later, so it does not count
    put(line, "commitment", 5_000, on=date(2026, 8, 3))
    out = StringIO()
    call_command("burn", "Plan 2026", "Search", "--as-of", "2026-08-15", stdout=out)
    told = json.loads(out.getvalue())
    assert (told["planned"], told["committed"], told["spent"]) == (310_000, 5_000, 210_000)
    assert (told["expected"], told["variance"], told["forecast"]) == (150_000, 0.4, 434_000)
    assert (told["run_out"], told["light"]) == ("2026-08-23", "red")


def test_the_example_of_the_plan() -> None:
    line = a_line(a_budget("Plan 2026"), "Search", planned=310_000)
    spent_evenly(line, 200_000, 15)
    out = StringIO()
    call_command("burn", "plan 2026", "search", "--as-of", "2026-08-15", stdout=out)
    told = json.loads(out.getvalue())
    assert told["expected"] == 150_000
    assert told["variance"] == 0.3333
    assert told["forecast"] == 413_333.33
    assert told["run_out"] == "2026-08-24"


@pytest.mark.parametrize("names", [("Plan 2027", "Search"), ("Plan 2026", "Sea")])
def test_the_command_says_what_it_does_not_know(names: tuple[str, str]) -> None:
    a_line(a_budget("Plan 2026"), "Search", planned=310_000)
    with pytest.raises(CommandError, match=r"no (approved budget|line)"):
        call_command("burn", *names)


def test_one_line_is_read_as_many_are() -> None:
    """Two ways to the same figures: all lines at once from sums, one line from its entries."""
    budget = a_budget("Half", days=(date(2026, 7, 10), date(2026, 9, 20)))
    lines = [a_line(budget, name) for name in ("A", "B", "C")]
    for at, line in enumerate(lines):
        for month in (date(2026, 7, 10), date(2026, 8, 1), date(2026, 9, 1)):
            put(line, "plan", 1000 * (at + 1), on=month)
        for day in (12, 20, 28):
            put(line, "spend", 100 + at, on=date(2026, 7, day))
        for day in range(8, 16 + at % 2):
            put(line, "spend", 10 * day + at, on=date(2026, 8, day))
        put(line, "commitment", 50, on=date(2026, 8, 2))
        put(line, "freeze", 20, on=date(2026, 8, 2))
    put(lines[0], "transfer", -500, on=date(2026, 8, 5))
    put(lines[1], "transfer", 500, on=date(2026, 8, 5))
    found = burn_of(lines, today=TODAY)
    for line in lines:
        assert found[line.pk] == burn_as_of(line, by=found[line.pk].by)
    assert found[lines[0].pk].by == date(2026, 8, 15)
    assert found[lines[1].pk].by == TODAY  # something of today is in


def test_a_month_that_lacks_money_is_taken_off_the_next() -> None:
    budget = a_budget("Two months", days=(date(2026, 8, 1), date(2026, 9, 30)))
    line = a_line(budget, "A", planned=310)
    put(line, "plan", 600, on=date(2026, 9, 1))
    put(line, "transfer", -400, on=date(2026, 8, 2))
    assert burn_of([line], today=TODAY)[line.pk].expected == 0
    assert burn_of([line], today=date(2026, 9, 16))[line.pk].expected == 255  # half of 600 - 90


def test_a_line_fed_by_its_channel_counts_to_the_last_day_that_was_reported() -> None:
    line = a_line(a_budget(), planned=310_000, fed_by="cost", channel=node("channel:search"))
    put(line, "spend", 20_000, on=date(2026, 8, 2), origin="cost")
    assert burn_of([line], today=date(2026, 8, 5))[line.pk].expected == 20_000
    assert (
        burn_of([line], today=TODAY)[line.pk].expected == 150_000
    )  # silent for a fortnight: nothing is spent


def many_lines() -> Budget:
    """Of all kinds: early, late, over, under, pools, paused, without a plan, and with money of today."""
    budget = a_budget("Many", days=(date(2026, 7, 10), date(2026, 9, 20)))
    teams = [node("team:A"), node("team:B"), None]
    for at in range(24):
        pool = {22: "reserve", 23: "emergency"}.get(at, "")
        line = a_line(
            budget,
            f"Line {at:02}",
            category=("ads", "events", "other")[at % 3],
            team=teams[at % 3] if not pool else None,
            state=("open", "open", "paused", "closed")[at % 4] if at < 20 else "open",
            pool=pool,
            fed_by="cost" if at % 5 == 1 and not pool else "entries",
            channel=node("channel:x"),
        )
        if at != 7:
            for month in (date(2026, 7, 10), date(2026, 8, 1), date(2026, 9, 1)):
                put(line, "plan", 1000 * (at + 1), on=month)
        if line.state == "closed" or pool:
            continue
        for day in range(1, 16 - at % 9 + (at % 4 == 0) * (at % 9)):
            put(line, "spend", Decimal(40 * (at % 7) * (day % 3 + 1)) + 1, on=date(2026, 8, day))
        if at % 6 == 0:
            put(line, "freeze", 20, on=date(2026, 8, 2))
    return budget


@pytest.mark.parametrize(
    "today", [date(2026, 7, 1), date(2026, 7, 11), TODAY, date(2026, 9, 20), date(2026, 12, 1)]
)
@pytest.mark.parametrize(
    "asked", [Asked(), Asked(words="line 1", only="attention"), Asked(by="category"), Asked(by="team")]
)
def test_a_page_of_many_lines_is_what_the_lines_say(asked: Asked, today: date) -> None:
    """What the database works out for all, held against the lines one by one."""
    budget, person = many_lines(), bob()
    quick = pages.budget_page(person, budget, asked, today=today, skip=5 * (asked == Asked()), most=7)
    lines = list(budget.lines.order_by("pk").select_related("team"))
    teams = {str(line.team_id): line.team.label for line in lines if line.team}
    slow = pages._line_by_line(budget, lines, asked, today, 5 * (asked == Asked()), 7, 6, teams)
    for name in ("wanted", "needing", "over", "lines", "pools", "teams", "judged"):
        assert getattr(quick, name) == getattr(slow, name), name
    assert [row.line for row in quick.attention] == [row.line for row in slow.attention]
    assert [(row.key, row.name, row.lines, row.paused) for row in quick.rows] == [
        (row.key, row.name, row.lines, row.paused) for row in slow.rows
    ]
    _alike(quick.burn, slow.burn)
    for one, other in zip(quick.rows, slow.rows, strict=True):
        _alike(one.burn, other.burn)


def _alike(one: Burn, other: Burn) -> None:
    for name in (
        "by",
        "planned",
        "committed",
        "spent",
        "frozen",
        "expected",
        "spent_by",
        "judged",
        "days_left",
    ):
        assert getattr(one, name) == getattr(other, name), name
    assert (one.light, one.run_out) == (other.light, other.run_out)
    assert (one.forecast is None) == (other.forecast is None)
    if one.forecast and other.forecast:
        for end in ("mean", "low", "high"):
            assert round(getattr(one.forecast, end) - getattr(other.forecast, end), 2) == 0, end
    assert (one.rate is None) == (other.rate is None)
    if one.rate and other.rate:
        assert round(one.rate.day - other.rate.day, 6) == round(one.rate.apart - other.rate.apart, 6) == 0


def test_a_month_that_is_over_was_due_in_full() -> None:
    line = a_line(a_budget(), planned=310_000)
    put(line, "spend", 400_000, on=date(2026, 8, 4))
    found = burn_of([line], today=date(2026, 11, 29))[line.pk]
    assert (found.expected, found.by, found.light.colour) == (310_000, date(2026, 8, 31), "red")
    assert found.forecast is not None
    assert found.forecast.mean == 400_000


def test_a_thousand_lines_are_as_many_queries_as_one() -> None:
    budget = a_budget()
    lines = [a_line(budget, f"Line {n}", planned=1000) for n in range(5)]
    for some in (lines[:1], lines):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            burn_of(some, today=TODAY)
        assert len(asked) == 2


def test_the_overview_says_first_which_budget_burns_too_fast() -> None:
    line = a_line(a_budget("Plan 2026"), planned=310_000)
    spent_evenly(line, 200_000, 15)
    page = shown(charlie(), "/budgets/")
    assert "1 of 1 budgets under way is over what was expected: Plan 2026 by ¥50K." in page
    assert "+33.3%" in page
    assert "24 Aug" in page


def test_nobody_has_budgets_yet() -> None:
    assert "No budgets yet" in shown(bob(), "/budgets/")


def test_a_budget_says_what_needs_attention_first() -> None:
    budget = a_budget("Plan 2026")
    search = a_line(budget, "Search", planned=310_000)
    spent_evenly(search, 200_000, 15)
    calm = a_line(budget, "Calm", planned=31_000, category="events")
    spent_evenly(calm, 15_000, 15)
    a_line(budget, "Reserve", planned=50_000, pool="reserve")
    page = shown(charlie(), f"/budgets/{budget.pk}/")
    assert "1 line is over what was expected: Search." in page
    urgent = page[page.index("What needs attention") : page.index("Where it goes")]
    assert "Search" in urgent
    assert "Calm" not in urgent
    assert page.index("Search", page.index("Where it goes")) < page.index("Calm", page.index("Where it goes"))
    assert "Reserve" in page


@pytest.mark.parametrize(
    ("query", "there", "gone"),
    [
        ({"q": "sea"}, "Search", "Fair"),
        ({"category": "events"}, "Fair", "Search"),
        ({"only": "attention"}, "Search", "Fair"),
        ({"by": "category"}, "Events", "Fair"),
        ({"by": "nonsense", "category": "x", "team": "x", "month": "x", "page": "x"}, "Search", "nonsense"),
    ],
)
def test_lines_are_found_by_what_they_are(query: dict[str, str], there: str, gone: str) -> None:
    budget = a_budget()
    spent_evenly(a_line(budget, "Search", planned=310_000, category="ads"), 200_000, 15)
    spent_evenly(a_line(budget, "Fair", planned=31_000, category="events"), 15_000, 15)
    page = shown(charlie(), f"/budgets/{budget.pk}/", **query)
    table = page[page.index("<tbody>", page.index('id="lines"')) :]
    assert there in table
    assert gone not in table


def test_a_line_says_what_it_burns_and_what_holds_it_back() -> None:
    line = a_line(a_budget(), planned=310_000)
    spent_evenly(line, 200_000, 15)
    put(line, "freeze", 11_000, on=date(2026, 8, 15))
    page = shown(charlie(), f"/budgets/lines/{line.pk}/")
    assert "At this rate the money runs out on 24 Aug 2026, 7 days early." in page
    assert "Frozen in part" in page
    assert "¥11K is frozen." in page


@pytest.mark.parametrize("month", ["", "2026-08", "2027-01", "nonsense"])
def test_the_calendar_marks_heavy_days(month: str) -> None:
    line = a_line(a_budget(), planned=310_000)
    put(line, "spend", 100_000, on=date(2026, 8, 4))
    page = shown(charlie(), f"/budgets/lines/{line.pk}/", month=month)
    assert page.count("burn-heavy") == 1
    assert re.search(r"of <data [^>]*>¥10K</data> planned", page)


def test_a_line_that_has_not_begun_says_when_it_does() -> None:
    line = a_line(a_budget("Next", days=(date(2026, 9, 1), date(2026, 9, 30))), planned=30_000)
    page = shown(charlie(), f"/budgets/lines/{line.pk}/")
    assert "Begins on 1 Sep 2026 with ¥30K." in page
    assert "not due yet" in page


def test_a_stranger_finds_no_line() -> None:
    client = Client()
    client.force_login(charlie())
    assert client.get("/budgets/lines/999/").status_code == 404
    assert client.get("/budgets/999/").status_code == 404


def test_a_budget_of_many_lines_asks_no_more_than_one_of_few() -> None:
    counts = []
    for n in (3, 30):
        budget = a_budget(f"Plan {n}")
        for at in range(n):
            put(a_line(budget, f"Line {at}", planned=1000), "spend", 10, on=date(2026, 8, 3))
        client = Client()
        client.force_login(charlie())
        client.get(f"/budgets/{budget.pk}/")
        with CaptureQueriesContext(connection) as asked:
            client.get(f"/budgets/{budget.pk}/")
        counts.append(len(asked))
    assert counts[0] == counts[1]
