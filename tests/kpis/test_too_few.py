"""A figure that rests on too few has its value and no light, wherever lights are made."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from common.periods import Grain, Period
from kpis import okr
from kpis.figures import Look
from kpis.models import Metric, Reading
from kpis.preview import preview
from kpis.selectors import Figure, figure
from kpis.services import MetricRefused, edit_metric, set_target
from kpis.work import catch_up
from organization.models import Person
from organization.selectors import parse_scope
from tests.kpis.own import draft, enter, entry, measure, metric
from tests.kpis.test_metric_pages import ROAS, answers
from tests.people import bob, scope

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal
MARCH = Period.parse("2026-03")


def polled(yes: str, asked: str, day: str = "2026-03-01") -> None:
    enter(entry("yes", "company", day, yes), entry("asked", "company", day, asked))


def agree(least: int | None = 30) -> Metric:
    measure("Yes")
    measure("Asked")
    return metric("Agree", {"yes": "1"}, {"asked": "1"}, unit="percent", least_base=least)


def march(what: Metric) -> Figure:
    return figure(
        metric=what, nodes=parse_scope("company"), period=MARCH, look=Look.at(today=date(2026, 4, 10))
    )


def aim(what: Metric) -> None:
    set_target(metric=what, scope=scope("company"), period=MARCH, value=D("0.5"), person=None)
    catch_up()


def web(who: Person) -> Client:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize(
    ("asked", "status", "attainment", "few"), [("29", "grey", None, True), ("30", "red", "0.2", False)]
)
def test_below_the_least_base_there_is_a_value_and_no_light(
    asked: str, status: str, attainment: str | None, few: bool
) -> None:
    what = agree()
    polled(str(int(asked) // 10), asked)
    aim(what)
    seen = march(what)
    kept = Reading.objects.get(metric=what, grain="month", scope=scope("company"))
    for one in (seen, kept):
        assert one.value is not None
        assert one.target == D("0.5")
        assert (one.status, one.few) == (status, few)
        assert (one.attainment is None) is (attainment is None)


def test_days_of_few_add_up_to_a_month_of_enough() -> None:
    what = agree()
    for day in ("2026-03-01", "2026-03-02"):
        polled("15", "20", day)
    aim(what)
    assert march(what).status == "green"
    one_day = figure(
        metric=what, nodes=parse_scope("company"), period=Period.containing(date(2026, 3, 2), Grain.DAY),
        look=Look.at(today=date(2026, 4, 10)),
    )  # fmt: skip
    assert (one_day.value, one_day.status) == (D("0.75"), "grey")


def test_another_least_base_lights_the_past_anew() -> None:
    what = agree()
    polled("9", "10")
    aim(what)
    said = draft("Agree", {"yes": "1"}, {"asked": "1"}, unit="percent", least_base=10)
    edit_metric(metric=what, draft=said, based_on=what.revision, person=bob())
    catch_up()
    assert Reading.objects.get(metric=what, grain="month", scope=scope("company")).status == "green"


def test_a_preview_shows_what_is_too_few() -> None:
    what = agree()
    polled("9", "10")
    found = preview(
        metric=what, nodes={}, last=MARCH, count=1, target=D("0.5"), look=Look.at(today=date(2026, 4, 10))
    )
    assert (found.months[0].few, found.months[0].status) == (True, "grey")


def test_pages_say_that_it_rests_on_too_few() -> None:
    what = agree()
    polled("9", "10")
    aim(what)
    client = web(bob())
    assert "too few to say" in client.get("/targets/?metric=agree&month=2026-03").content.decode()
    why = client.get("/why/?metric=agree&period=2026-03").content.decode()
    assert "it rests on fewer than 30" in why


def test_an_objective_counts_it_and_shows_no_light_of_it() -> None:
    stand = okr.by_metric(D(50), D(0), D(100), share=D(1), adds_up=False, few=True)
    assert (stand.status, stand.progress, stand.reason) == ("grey", D("0.5"), "few")
    assert okr.objective([(D(1), stand)]).status == "red"


def test_bob_says_from_how_many_on_a_figure_gets_a_light() -> None:
    client = web(bob())
    page = client.post("/figures/new/", answers(*ROAS, least_base="0"))
    assert page.status_code != 302
    client.post("/figures/new/", answers(*ROAS, least_base="50"))
    assert Metric.objects.get(code="my_roas").least_base == 50
    shown = client.get(f"/figures/{Metric.objects.get(code='nps').pk}/").content.decode()
    assert "A light from so many on" in shown
    assert 'value="30"' in shown


def test_a_plain_sum_has_no_base_and_nothing_below_one_is_one() -> None:
    measure("Yes")
    assert metric("Plain", {"yes": "1"}, least_base=5).least_base is None
    with pytest.raises(MetricRefused):
        metric("Odd", {"yes": "1"}, {"clicks": "1"}, least_base=0)
