"""The pages of figures and amounts: making, trying on history, editing, putting away."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from common.periods import Grain, Period
from kpis.figures import Look
from kpis.models import ChangedScope, Measure, Metric
from kpis.preview import preview
from kpis.selectors import figure
from kpis.services import make_metric, set_target
from kpis.work import catch_up
from organization.models import Person
from organization.selectors import parse_scope
from tests.alerts import builders as alert_builders
from tests.ingest.files import send, value, write
from tests.kpis.own import TODAY, D, draft, enter, entry, measure, metric
from tests.people import ada, bob, scope

pytestmark = pytest.mark.django_db(transaction=True)


def web(who: Person) -> Client:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return client


def answers(
    above: list[tuple[str, str, str]], below: list[tuple[str, str, str]], **more: Any
) -> dict[str, Any]:
    """What a browser sends: rows are (sign, times, measure code)."""
    sent: dict[str, Any] = {
        "name": "My ROAS", "scale": "1", "unit": "ratio", "direction": "higher", "kind": "result",
        "green_from": "100", "yellow_from": "85", "area": "company", "months": "12", **more,
    }  # fmt: skip
    for side, rows in (("numerator", above), ("denominator", below)):
        sent[f"{side}-TOTAL_FORMS"], sent[f"{side}-INITIAL_FORMS"] = len(rows), 0
        for number, (sign, times, code) in enumerate(rows):
            sent[f"{side}-{number}-sign"], sent[f"{side}-{number}-times"] = sign, times
            sent[f"{side}-{number}-measure"] = Measure.objects.get(code=code).pk if code else ""
    return sent


ROAS = ([("+", "1", "revenue"), ("-", "0.1", "cost")], [("+", "1", "cost"), ("+", "", "")])


def test_bob_makes_a_figure_and_it_is_computed(tmp_path: Path) -> None:
    send(write(tmp_path, "date,channel,cost,revenue\n2025-08-01,Search,10,55\n"))
    client = web(bob())
    page = client.post("/figures/new/", answers(*ROAS, name_zh="我的投产比"), follow=True)
    made = Metric.objects.get(code="my_roas")
    assert (made.numerator, made.denominator) == ({"cost": "-0.1", "revenue": "1"}, {"cost": "1"})
    assert "Being computed: 2 areas to go" in page.content.decode()
    assert "(Revenue − 0.1 × Cost) ÷ Cost" in page.content.decode()
    catch_up()
    assert "Computed for all areas" in client.get(f"/figures/{made.pk}/state/").content.decode()
    assert value("my_roas", "channel:search", "2025-08") == D("5.4")
    client.cookies["django_language"] = "zh-hans"
    assert "我的投产比" in client.get("/figures/").content.decode()


def test_a_preview_shows_lights_and_says_what_is_missing_and_saves_nothing(tmp_path: Path) -> None:
    older = Period.containing(timezone.localdate(), Grain.MONTH).next(-3).start
    lines = [f"{older},Search,10,55", f"{older.replace(day=3)},Social,10,"]
    send(write(tmp_path, "\n".join(["date,channel,cost,revenue", *lines]) + "\n"))
    client = web(bob())
    asked = answers(*ROAS, area="channel:search", target="6")
    page = client.post("/figures/preview/", asked).content.decode()
    assert "5.40" in page
    assert "behind" in page
    assert "not reported: Revenue, Cost" in page
    assert '"role": "plan"' in page
    social = client.post("/figures/preview/", {**asked, "area": "channel:social"}).content.decode()
    assert re.search(r"not reported: Revenue\s*<", social)
    assert "No month has a value on Social" in social
    assert not Metric.objects.filter(shipped=False).exists()
    assert not ChangedScope.objects.exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"area": "region:nowhere"}, "There is no area with the code"),
        ({"scale": "many"}, "This is not a number."),
        ({"direction": "band"}, "Say from where to where it is good."),
        ({"numerator-0-measure": ""}, "Choose amounts"),
        ({"scale": "0.00001"}, "at most four decimals"),
        ({"scale": "9" * 39}, "other than 0"),
        ({"direction": "band", "band_low": "9" * 39, "band_high": "9" * 40}, "too large"),
        ({"target": "9" * 40}, "metric-months"),
        ({"name": "a\0b"}, "Null characters"),
        ({"numerator-TOTAL_FORMS": "x"}, "ManagementForm"),
        ({"metric": "9" * 9}, None),
    ],
)
def test_a_preview_of_what_cannot_be_says_why(change: dict[str, str], said: str | None) -> None:
    client = web(bob())
    sent = {**answers([("+", "1", "revenue")], []), **change}
    answer = client.post("/figures/preview/", sent)
    if said is None:
        assert answer.status_code == 404
    else:
        assert said in answer.content.decode()


def test_nobody_may_try_figures_on_areas_that_are_not_there(tmp_path: Path) -> None:
    page = web(bob()).post("/figures/preview/", answers(*ROAS, area="channel:nowhere")).content.decode()
    assert "no area" in page


def test_another_row_keeps_what_was_typed() -> None:
    page = web(bob()).post("/figures/new/", {**answers(*ROAS), "another": "numerator"}).content.decode()
    assert 'name="numerator-2-measure"' in page
    assert "My ROAS" in page
    assert "field-error" not in page
    assert not Metric.objects.filter(shipped=False).exists()


def test_what_is_wrong_is_said_at_its_place_and_nothing_typed_is_lost() -> None:
    client = web(bob())
    measure("Followers", over_time="last")
    page = client.post(
        "/figures/new/", answers([("+", "1", "revenue"), ("+", "1", "followers")], [], name="Odd one")
    ).content.decode()
    assert "cannot be added" in page
    assert "Odd one" in page
    page = client.post("/figures/new/", answers([("+", "x", "revenue")], [], name="")).content.decode()
    assert "This is not a number" in page
    assert "This field is required" in page


def test_ada_is_told_that_bob_saved_meanwhile_and_may_save_hers_after_all() -> None:
    made = metric("Thrift", {"revenue": "1"}, {"cost": "1"})
    rows = ([("+", "1", "revenue")], [("+", "1", "cost")])
    web(bob()).post(f"/figures/{made.pk}/", answers(*rows, name="Bob's", revision="1"))
    client = web(ada())
    page = client.post(f"/figures/{made.pk}/", answers(*rows, name="Ada's", revision="1")).content.decode()
    assert "Somebody else saved this figure" in page
    assert 'name="revision" value="2"' in page
    assert Metric.objects.get(pk=made.pk).name == "Bob's"
    client.post(f"/figures/{made.pk}/", answers(*rows, name="Ada's", revision="2"))
    assert Metric.objects.get(pk=made.pk).name == "Ada's"


def test_a_shipped_figure_takes_other_bands_and_keeps_its_formula() -> None:
    roas = Metric.objects.get(code="roas")
    sent = answers([("+", "1", "orders")], [], name="ROAS", revision="1", yellow_from="70", unit="money")
    web(bob()).post(f"/figures/{roas.pk}/", sent)
    roas.refresh_from_db()
    assert (roas.numerator, roas.unit, roas.yellow_from) == ({"revenue": "1"}, "ratio", D("0.7"))


def test_putting_away_what_is_in_use_asks_first_and_then_it_is_offered_nowhere() -> None:
    made = metric("Thrift", {"revenue": "1"}, {"cost": "1"})
    set_target(
        metric=made, scope=scope("channel:search"), period=Period.parse("2025-08"), value=D(5), person=None
    )
    alert_builders.rule(bob(), area="channel:search", metric=made)
    client = web(bob())
    page = client.post(f"/figures/{made.pk}/put-away/").content.decode()
    assert "1 area has a target for it" in page
    assert "1 alert rule watches it" in page
    assert Metric.objects.get(pk=made.pk).archived_at is None
    client.post(f"/figures/{made.pk}/put-away/", {"knowing": "1"})
    for address in ("/figures/", "/targets/", "/alerts/rules/new/"):
        assert ">Thrift<" not in client.get(address).content.decode(), address
    assert "Thrift" in client.get("/figures/?away=1").content.decode()
    client.post(f"/figures/{made.pk}/put-away/")
    assert "Thrift" in client.get("/targets/").content.decode()


def test_bob_makes_an_amount_and_enters_it_by_hand() -> None:
    client = web(bob())
    client.post(
        "/figures/amounts/new/",
        {"name": "Store visits", "name_zh": "到店人数", "unit": "count", "over_time": "sum"},
    )
    made = Measure.objects.get(code="store_visits")
    assert (made.slot, made.name_zh) == (Measure.objects.count(), "到店人数")
    again = client.post(
        "/figures/amounts/new/", {"name": "store VISITS", "unit": "count", "over_time": "sum"}
    )
    assert "is there already" in again.content.decode()
    page = client.post(f"/figures/amounts/{made.pk}/", {"name": "Visits", "revision": "7"}).content.decode()
    assert "Somebody else saved it" in page
    metric("Visits", {"store_visits": "1"})
    enter(entry("store_visits", "region:east", "2025-08-10", "12"))
    assert value("visits", "company", "2025-08") == 12
    client.post(f"/figures/amounts/{made.pk}/put-away/")
    assert Measure.objects.get(pk=made.pk).archived_at is None, "a figure needs it"


def test_the_list_asks_few_questions_however_many_figures_there_are(
    django_assert_max_num_queries: Any,
) -> None:
    for number in range(25):
        metric(f"Own {number}", {"revenue": "1"})
    client = web(bob())
    client.get("/figures/")
    with django_assert_max_num_queries(12):
        assert "25 figures are your own" in client.get("/figures/").content.decode()


def test_a_draft_is_judged_as_the_saved_figure_will_be(tmp_path: Path) -> None:
    """The preview computes in Python what figures compute in SQL."""
    lines = [f"2026-0{1 + day // 28}-{day % 28 + 1:02d},Search,{day % 7},{day * 3 % 11}" for day in range(70)]
    send(write(tmp_path, "\n".join(["date,channel,cost,revenue", *lines]) + "\n"))
    look, march = Look.at(TODAY, today=TODAY), Period.parse("2026-03")
    for wanted in (
        draft("A", {"revenue": "1", "cost": "-0.5"}, unit="money"),
        draft("B", {"revenue": "1"}, {"cost": "1"}, direction="lower"),
        draft("C", {"revenue": "1"}, {"cost": "1"}, direction="band", band_low=D(1), band_high=D("1.8")),
    ):
        saved = make_metric(draft=wanted, person=None)
        for month in (march.next(-2), march.next(-1), march):
            set_target(metric=saved, scope=scope("company"), period=month, value=D(2), person=None)
        tried = preview(
            metric=wanted.as_metric(),
            nodes=parse_scope("company"),
            last=march,
            count=4,
            target=D(2),
            look=look,
        )
        assert [month.period.grain for month in tried.months] == [Grain.MONTH] * 4
        for one in tried.months[1:]:
            real = figure(metric=saved, nodes={}, period=one.period, look=look)
            assert (one.value is None) == (real.value is None)
            assert one.value == pytest.approx(real.value)
            assert one.expected == pytest.approx(real.expected)
            assert (one.status, one.through) == (real.status, real.through)
