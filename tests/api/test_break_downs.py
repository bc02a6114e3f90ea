"""Programs break targets down, see changes of many at once, and take them back, as their people may."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.periods import Period
from kpis.models import Metric, Target, TargetChange
from kpis.services import set_target
from organization.models import Person
from tests.api.callers import Program, pointers
from tests.dashboards.figures import report
from tests.people import alice, bob, charlie, mallory, node, person, scope

pytestmark = pytest.mark.django_db
YEAR = date.today().year + 1  # none of its months is closed
EAST, WEST, SOUTH = "region:华东", "region:西南", "region:华南"
REGIONS = (EAST, WEST, SOUTH)


@pytest.fixture(autouse=True)
def regions() -> None:
    for area in REGIONS:
        node(area)


def asked(**more: Any) -> dict[str, Any]:
    return {
        "metric": "revenue", "scope": "company", "period": str(YEAR), "total": "120000000.01", "time": "month",
        "season": "equal", "tree": "region", "method": "equal", **more,
    }  # fmt: skip


def ask(who: Person, status: int = 200, **more: Any) -> Any:
    response = Program(who).post("break-downs/", asked(**more))
    assert response.status_code == status, response.content.decode()[:2000]
    return response


def held(area: str, period: str) -> Decimal | None:
    at = Period.parse(period)
    one = Target.objects.filter(
        scope__key=area, grain=at.grain.value, start=at.start, superseded_at=None
    ).first()
    return one.value if one else None


def plan(area: str, period: str, value: str, who: Person | None = None) -> None:
    set_target(
        metric=Metric.objects.get(code="revenue"), scope=scope(area), period=Period.parse(period),
        value=Decimal(value), person=who,
    )  # fmt: skip


def added(targets: list[dict[str, Any]], area: str) -> Decimal:
    months = [one for one in targets if one["scope"] == area and len(one["period"]) == 7]
    assert len(months) == 12
    return sum((Decimal(one["value"]) for one in months), Decimal(0))


def test_bob_looks_at_a_year_by_months_and_regions_and_then_sets_exactly_that() -> None:
    plan(EAST, f"{YEAR}-03", "77")
    seen = ask(bob(), dry_run=True).json()
    assert sum(added(seen["targets"], area) for area in REGIONS) == Decimal("120000000.01")
    assert added(seen["targets"], "company") == Decimal("120000000.01")
    assert (len(seen["areas"]), len(seen["periods"]), seen["change"]) == (3, 12, None)
    assert seen["changes"] == len(seen["targets"]) == 3 * 12 + 12 + 1
    march = next(one for one in seen["targets"] if (one["scope"], one["period"]) == (EAST, f"{YEAR}-03"))
    assert (march["before"], march["version"]) == ("77", 1)
    assert Target.objects.count() == 1
    done = Program(bob()).post("break-downs/apply/", {"preview": seen["preview"], "reason": " Board of May "})
    assert done.status_code == 201
    assert (done.json()["change"]["targets"], done.json()["change"]["reason"]) == (49, "Board of May")
    for one in seen["targets"]:
        assert held(one["scope"], one["period"]) == Decimal(one["value"])
    again = Program(bob()).post("break-downs/apply/", {"preview": seen["preview"]})
    assert (again.status_code, again.json()) == (200, {"change": None})


def test_without_a_look_it_is_set_at_once() -> None:
    done = ask(bob(), 201, total="100", set_whole=False, set_totals=False).json()
    assert done["preview"] is None
    assert done["change"]["targets"] == 36
    assert held("company", str(YEAR)) is None
    assert ask(bob(), 200, total="100", set_whole=False, set_totals=False).json()["change"] is None


def test_where_somebody_was_quicker_nothing_is_set_and_what_holds_is_told() -> None:
    seen = ask(bob(), dry_run=True).json()
    plan(EAST, f"{YEAR}-05", "7", alice())
    answer = Program(bob()).post("break-downs/apply/", {"preview": seen["preview"]})
    assert answer.status_code == 409
    (fault,) = answer.json()["errors"]
    assert fault["pointer"] == "#/preview"
    assert (fault["current"]["scope"], fault["current"]["value"], fault["current"]["set_by"]) == (
        EAST,
        "7",
        "Alice",
    )
    assert Target.objects.count() == 1


def test_a_preview_of_another_or_a_made_up_one_sets_nothing() -> None:
    seen = ask(bob(), dry_run=True).json()
    for who, preview in (
        (person("Carol", "manager"), seen["preview"]),
        (bob(), seen["preview"][:-2]),
        (bob(), "x"),
    ):
        answer = Program(who).post("break-downs/apply/", {"preview": preview})
        assert answer.status_code == 422
        assert pointers(answer) == ["#/preview"]
    assert not Target.objects.exists()


def test_weights_by_hand_locks_and_areas_that_take_no_part() -> None:
    seen = ask(
        bob(), total="1000", time=None, method="hand", dry_run=True,
        areas=[{"scope": EAST, "weight": "3"}, {"scope": WEST, "weight": 1}, {"scope": SOUTH, "takes_part": False}],
    ).json()  # fmt: skip
    assert [(one["scope"], one["value"]) for one in seen["targets"]] == [
        (EAST, "750"),
        (WEST, "250"),
        ("company", "1000"),
    ]
    locked = ask(
        bob(), total="1000", time=None, locks=[{"scope": EAST, "value": "100"}], dry_run=True
    ).json()  # fmt: skip
    assert {one["scope"]: one["value"] for one in locked["targets"]} == {
        EAST: "100", WEST: "450", SOUTH: "450", "company": "1000",
    }  # fmt: skip
    quarters = ask(
        bob(), total="1000", tree=None, time="quarter", season="hand", dry_run=True, set_whole=False,
        periods=[{"period": f"{YEAR}-Q{n}", "weight": str(n)} for n in range(1, 5)],
    ).json()  # fmt: skip
    assert [one["value"] for one in quarters["targets"]] == ["100", "200", "300", "400"]


def test_the_last_twelve_months_weigh_and_say_why() -> None:
    first = date.today() - timedelta(days=40)
    for area, revenue in ((EAST, "300"), (WEST, "100"), ("company", "400")):
        report(area, first, 40, revenue=revenue, cost="1")
    seen = ask(bob(), total="1000", time=None, method="history", dry_run=True).json()
    shares = {one["scope"]: one["share"] for one in seen["areas"]}
    assert shares == {EAST: "0.75", WEST: "0.25", SOUTH: "0"}
    assert all(one["why"] for one in seen["areas"])


def test_impossible_locks_are_refused_with_the_sum_that_is_missing() -> None:
    answer = ask(
        bob(), 422, total="1000", time=None, locks=[{"scope": EAST, "value": "700"}, {"scope": WEST, "value": "400"}]
    )  # fmt: skip
    (fault,) = answer.json()["errors"]
    assert "100" in fault["reason"]
    assert "missing" in fault["reason"]
    crossed = ask(
        bob(), 422, total="1000",
        locks=[{"scope": EAST, "value": "10"}, {"scope": EAST, "period": f"{YEAR}-01", "value": "30"}],
    )  # fmt: skip
    assert pointers(crossed) == ["#/locks/0/value"]
    assert not Target.objects.exists()


@pytest.mark.parametrize(
    ("more", "status", "found"),
    [
        ({"metric": "roas"}, 422, ["#/metric"]),
        ({"metric": "nothing"}, 422, ["#/metric"]),
        ({"scope": "region:nowhere"}, 404, ["#/scope"]),
        ({"period": "2026-W04"}, 422, ["#/period"]),
        ({"period": "soon"}, 422, ["#/period"]),
        ({"period": f"{YEAR}-01"}, 422, ["#/time"]),
        ({"total": "much"}, 422, ["#/total"]),
        ({"total": 10**18}, 422, ["#/total"]),
        ({"metric": "leads", "total": "-5"}, 422, ["#/total"]),
        ({"time": "week"}, 400, ["#/time"]),
        ({"time": None, "tree": None}, 422, ["#"]),
        ({"lock": []}, 400, ["#/lock"]),
        ({"locks": [{"value": "5"}]}, 422, ["#/locks/0"]),
        ({"locks": [{"scope": "region:nowhere", "value": "5"}]}, 422, ["#/locks/0/scope"]),
        ({"locks": [{"scope": EAST, "period": "2020-01", "value": "5"}]}, 422, ["#/locks/0/period"]),
        ({"locks": [{"scope": EAST, "value": "x"}]}, 422, ["#/locks/0/value"]),
        ({"locks": [{"scope": EAST, "value": "1"}, {"scope": EAST, "value": "2"}]}, 422, ["#/locks/1"]),
        ({"locks": [{"scope": EAST}]}, 400, ["#/locks/0/value"]),
        (
            {"areas": [{"scope": EAST, "takes_part": False}], "locks": [{"scope": EAST, "value": "1"}]},
            422, ["#/locks/0/scope"],
        ),
        ({"method": "hand", "areas": [{"scope": EAST, "weight": "-1"}]}, 422, ["#/areas/0"]),
        ({"method": "stage", "areas": [{"scope": EAST, "maturity": "40"}]}, 422, ["#/areas/0/maturity"]),
        ({"method": "stage", "areas": [{"scope": EAST, "stage": "old"}]}, 400, ["#/areas/0/stage"]),
        ({"season": "hand", "periods": [{"period": str(YEAR), "weight": "1"}]}, 422, ["#/periods/0/period"]),
        ({"method": "history"}, 422, ["#"]),
        ({"reason": "x" * 1001}, 400, ["#/reason"]),
    ],
)  # fmt: skip
def test_what_cannot_be_says_where_and_sets_nothing(
    more: dict[str, Any], status: int, found: list[str]
) -> None:
    assert pointers(ask(bob(), status, **more)) == found
    assert not Target.objects.exists()


def test_a_closed_month_cannot_be_locked_to_another_amount() -> None:
    year = date.today().year
    answer = ask(
        bob(), 422, period=str(year - 1), tree=None, locks=[{"period": f"{year - 1}-01", "value": "5"}]
    )  # fmt: skip
    assert "#/locks/0/value" in pointers(answer)


def test_who_may_not_is_told_no_more_than_on_the_page() -> None:
    body = asked(scope=WEST, tree=None)
    for who, status in ((alice(), 404), (charlie(), 403), (mallory(), 403), (bob(), 201)):
        assert Program(who).post("break-downs/", body).status_code == status
    assert Program(bob(), ["read"]).post("break-downs/", body).status_code == 403


def test_many_areas_cost_no_more_queries_than_three() -> None:
    program = Program(bob())

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked_for:
            assert program.post("break-downs/", asked(dry_run=True)).status_code == 200
        return len(asked_for)

    queries()
    few = queries()
    for number in range(12):
        node(f"region:r{number}")
    # When a token was last used is noted once a minute, in one query more: not in two requests that follow each other.
    assert min(queries(), queries()) <= few


def test_setting_many_areas_costs_no_more_queries_than_three() -> None:
    program = Program(bob())

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked_for:
            assert program.post("break-downs/", asked(time=None)).status_code == 201
        return len(asked_for)

    ask(bob(), 201, time=None, total="7")
    few = queries()
    for number in range(12):
        node(f"region:r{number}")
    ask(bob(), 201, time=None, total="7")
    assert queries() <= few


# -- Changes ----------------------------------------------------------------------------------------


def test_a_change_is_seen_by_whoever_sees_all_of_it_and_taken_back_as_one() -> None:
    plan(EAST, f"{YEAR}-03", "77")
    made = ask(bob(), 201, reason="Board of May").json()["change"]
    listed = Program(bob()).get("targets/changes/").json()["results"]
    assert [(one["id"], one["targets"], one["undone_by"]) for one in listed] == [(made["id"], 49, None)]
    assert (
        Program(charlie()).get("targets/changes/", scope=EAST, kind="break_down").json()["results"] == listed
    )
    assert Program(bob()).get("targets/changes/", kind="grid").json()["results"] == []
    assert Program(alice()).get("targets/changes/").json()["results"] == []
    address = f"targets/changes/{made['id']}/undo/"
    for who, status in ((alice(), 404), (charlie(), 403), (mallory(), 403)):
        assert Program(who).post(address).status_code == status
    undone = Program(person("Carol", "manager")).post(address)
    assert undone.status_code == 201
    assert (undone.json()["kind"], undone.json()["targets"]) == ("undo", 49)
    assert held(EAST, f"{YEAR}-03") == 77
    assert held("company", str(YEAR)) is None
    assert Program(bob()).post(address).status_code == 409
    assert Program(bob()).get("targets/changes/").json()["results"][1]["undone_by"] == undone.json()["id"]
    assert Program(bob()).post(f"targets/changes/{undone.json()['id']}/undo/").status_code == 404


def test_what_was_set_again_since_is_not_taken_back() -> None:
    ask(bob(), 201)
    plan(EAST, f"{YEAR}-03", "77")
    answer = Program(bob()).post(f"targets/changes/{TargetChange.objects.get().pk}/undo/")
    assert answer.status_code == 409
    assert held(EAST, f"{YEAR}-03") == 77
