"""The year's grid: what it shows to whom, how cells are saved, and workbooks down and up again."""

from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import Workbook, load_workbook

from common.periods import Period
from kpis.models import Metric, Target, TargetChange
from kpis.services import set_target
from organization.models import Person
from tests.people import alice, bob, charlie, mallory, person, scope

pytestmark = pytest.mark.django_db
YEAR = date.today().year + 1
EAST, SHANGHAI, WEST = "region:华东", "region:华东/上海", "region:西南"


def client_of(who: Person) -> Client:
    client = Client()
    client.force_login(who)
    return client


def send(who: Person, *cells: dict[str, Any]) -> list[dict[str, Any]]:
    filled = [
        {"metric": "revenue", "area": EAST, "month": f"{YEAR}-03", "text": "", "version": 0, **one}
        for one in cells
    ]
    answer = client_of(who).post(
        "/plan/grid/save/", json.dumps({"cells": filled}), content_type="application/json"
    )
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["cells"]
    return found


def plan(area: str, month: int, value: str, who: Person | None = None, metric: str = "revenue") -> None:
    set_target(
        metric=Metric.objects.get(code=metric), scope=scope(area), period=Period.parse(f"{YEAR}-{month:02d}"),
        value=Decimal(value), person=who,
    )  # fmt: skip


def held(area: str = EAST, month: int = 3) -> Decimal | None:
    found = Target.objects.filter(scope__key=area, start=date(YEAR, month, 1), superseded_at=None).first()
    return found.value if found else None


# -- Cells ------------------------------------------------------------------------------------------


def test_good_cells_of_a_block_are_saved_as_one_change_and_bad_ones_say_why() -> None:
    scope(SHANGHAI)
    first, second, third = send(
        alice(),
        {"text": "120万"},
        {"area": SHANGHAI, "text": "about 9"},
        {"metric": "leads", "text": "-5"},
    )
    assert first["saved"]
    assert first["text"] == "1,200,000"
    assert first["version"] == 1
    assert "not a number" in second["error"]
    assert second["text"] == "about 9"
    assert "cannot be negative" in third["error"]
    assert held() == 1_200_000
    assert Target.objects.count() == 1
    assert TargetChange.objects.get().targets.count() == 1


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ({"text": "1e18"}, "not a number"),
        ({"text": "1" + "0" * 18}, "too large"),
        ({"text": "5", "month": "2024-01"}, "closed"),
        ({"text": "5", "month": "soon"}, "not among"),
        ({"text": "5", "metric": "nonsense"}, "not among"),
        ({"text": "5", "area": "region:nowhere"}, "not among"),
    ],
)
def test_a_cell_that_cannot_be_says_so(cell: dict[str, Any], said: str) -> None:
    scope(EAST)
    (answer,) = send(alice(), cell)
    assert said in answer["error"]
    assert Target.objects.count() == 0


def test_areas_that_are_not_hers_are_answered_as_if_they_were_not_there() -> None:
    scope(WEST)
    scope(EAST)
    foreign, unknown = send(alice(), {"area": WEST, "text": "5"}, {"area": "region:nowhere", "text": "5"})
    assert foreign["error"] == unknown["error"]
    assert Target.objects.count() == 0


def test_who_only_looks_sets_nothing() -> None:
    scope(EAST)
    body = json.dumps(
        {"cells": [{"metric": "revenue", "area": EAST, "month": f"{YEAR}-03", "text": "5", "version": 0}]}
    )
    for who, status in ((charlie(), 403), (mallory(), 403)):
        assert (
            client_of(who).post("/plan/grid/save/", body, content_type="application/json").status_code
            == status
        )
    assert Target.objects.count() == 0


def test_the_later_of_two_sees_the_other_and_nothing_is_overwritten() -> None:
    plan(EAST, 3, "500", bob())
    mine, other = send(alice(), {"text": "600"}, {"month": f"{YEAR}-04", "text": "700"})
    assert "Bob set this to ¥500.00" in mine["moved"]["said"]
    assert other["saved"]
    assert held() == 500
    assert held(month=4) == 700
    (again,) = send(alice(), {"text": "600", "version": mine["moved"]["version"]})
    assert again["saved"]
    assert held() == 600


@pytest.mark.parametrize(
    "body", ["", "[]", '{"cells": []}', '{"cells": [1]}', '{"cells": [{"area": "a\\u0000"}]}', "ÿ"]
)
def test_what_is_no_list_of_cells_is_refused(body: str) -> None:
    answer = client_of(bob()).post("/plan/grid/save/", body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_a_change_is_taken_back_as_one_by_whoever_may_set_all_of_it() -> None:
    plan(EAST, 3, "500", bob())
    send(alice(), {"text": "600", "version": 1}, {"month": f"{YEAR}-04", "text": "700"})
    change = TargetChange.objects.get()
    lead = person("Lee", "lead", "region:华北")
    assert client_of(lead).post(f"/plan/changes/{change.pk}/undo/").status_code == 404
    assert client_of(alice()).post(f"/plan/changes/{change.pk}/undo/").status_code == 302
    assert held() == 500
    assert held(month=4) is None
    # Once is enough.
    page = client_of(alice()).post(f"/plan/changes/{change.pk}/undo/", follow=True)
    assert "undone already" in page.content.decode()
    assert held() == 500


# -- The page ---------------------------------------------------------------------------------------


def test_alice_sees_her_areas_and_no_others() -> None:
    scope(SHANGHAI)
    scope(WEST)
    page = client_of(alice()).get(f"/plan/grid/?year={YEAR}&areas=region").content.decode()
    assert "上海" in page
    assert "西南" not in page


def test_siblings_are_added_up_and_held_against_what_they_lie_below() -> None:
    plan(EAST, 1, "100")
    plan(SHANGHAI, 1, "60")
    plan("region:华东/江苏", 1, "30.5")
    page = client_of(bob()).get(f"/plan/grid/?year={YEAR}&areas=region")
    totals = page.context["page"].totals
    assert [(one.sums[0], one.areas) for one in totals] == [("90.5", 2)]
    rows = page.context["page"].rows
    assert rows[totals[0].against].scope.key == EAST


def test_ratios_show_what_they_take_from_the_year_and_have_no_total() -> None:
    scope(EAST)
    set_target(
        metric=Metric.objects.get(code="roas"),
        scope=scope(EAST),
        period=Period.parse(f"{YEAR}"),
        value=Decimal(5),
        person=None,
    )
    page = client_of(bob()).get(f"/plan/grid/?year={YEAR}&areas=region&metric=roas").context["page"]
    assert page.rows[0].cells[0].inherited == "5"
    assert page.rows[0].total == ""
    assert page.totals == ()


def test_two_hundred_areas_cost_no_more_queries_than_three_and_stay_light() -> None:
    for number in range(3):
        plan(f"region:R{number}", 1, "1000000")
    client = client_of(bob())
    address = f"/plan/grid/?year={YEAR}&areas=region"
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for number in range(3, 200):
        scope(f"region:R{number}")
    revenue = Metric.objects.get(code="revenue")
    from kpis.services import TargetEntry, set_targets

    set_targets(
        entries=[
            TargetEntry(
                revenue, scope(f"region:R{number}"), Period.parse(f"{YEAR}-{month:02d}"), Decimal(1_234_567)
            )
            for number in range(200)
            for month in range(1, 13)
        ],
        person=None,
    )
    with CaptureQueriesContext(connection) as many:
        page = client.get(address)
    assert len(many) == len(few)
    assert len(few) <= 20
    assert page.content.count(b"1,234,567</td>") >= 2400
    assert len(page.content) < 400_000


# -- Workbooks --------------------------------------------------------------------------------------


def download(who: Person, query: str = "areas=region") -> Any:
    answer = client_of(who).get(f"/plan/grid/workbook/?year={YEAR}&{query}")
    assert answer.status_code == 200
    return load_workbook(io.BytesIO(answer.content))


def upload(who: Person, book: Any) -> Any:
    file = io.BytesIO()
    if isinstance(book, bytes):
        file.write(book)
    else:
        book.save(file)
    file.seek(0)
    file.name = "targets.xlsx"
    return client_of(who).post("/plan/grid/upload/", {"file": file})


def sheet(*rows: list[Any]) -> Any:
    book: Any = Workbook()
    for row in rows:
        book.active.append(row)
    return book


def test_a_workbook_comes_back_with_what_was_edited_and_is_applied_as_one_change() -> None:
    plan(EAST, 3, "500")
    plan(SHANGHAI, 4, "100.25")
    book = download(alice())
    page = book.active
    assert page["A1"].value == "Area code"
    at = {page.cell(row=1, column=n).value: n for n in range(1, 17)}
    rows = {page.cell(row=n, column=1).value: n for n in range(2, page.max_row + 1)}
    assert page.cell(row=rows[EAST], column=at[f"{YEAR}-03"]).value == 500
    page.cell(row=rows[EAST], column=at[f"{YEAR}-03"]).value = 550
    page.cell(row=rows[SHANGHAI], column=at[f"{YEAR}-05"]).value = "3万"
    shown = upload(alice(), book)
    preview = shown.context["preview"]
    assert [(one.area, one.before, one.after) for one in preview.changes] == [
        ("华东", 500, 550),
        ("上海", None, 30000),
    ]
    assert preview.refused == ()
    assert held() == 500  # nothing is saved yet
    done = client_of(alice()).post("/plan/grid/upload/", {"sealed": preview.sealed})
    assert done.status_code == 302
    assert held() == 550
    assert held(SHANGHAI, 4) == Decimal("100.25")
    assert TargetChange.objects.get().kind == "upload"
    # Nobody else can apply it.
    assert client_of(bob()).post("/plan/grid/upload/", {"sealed": preview.sealed}).status_code == 422


def test_percentages_come_back_as_they_went() -> None:
    plan(EAST, 3, "0.025", metric="ctr")
    book = download(bob(), "areas=region&metric=ctr")
    assert upload(bob(), book).context["preview"].same == 12
    book.active["G2"].value = 0.03
    (change,) = upload(bob(), book).context["preview"].changes
    assert (change.before, change.after) == (Decimal("0.025"), Decimal("0.03"))


def test_what_somebody_set_between_look_and_apply_is_not_overwritten() -> None:
    plan(EAST, 3, "500")
    book = sheet(["Area code", "Figure code", f"{YEAR}-03"], [EAST, "revenue", 600])
    sealed = upload(alice(), book).context["preview"].sealed
    plan(EAST, 3, "700", bob())
    again = client_of(alice()).post("/plan/grid/upload/", {"sealed": sealed})
    assert again.status_code == 422
    assert held() == 700
    (change,) = again.context["preview"].changes
    assert (change.before, change.after) == (700, 600)


def test_columns_are_found_wherever_they_were_moved_and_wrong_cells_say_where() -> None:
    scope(WEST)
    scope(EAST)
    book = sheet(
        ["Plan of next year"],
        [f"{YEAR}年4月", "Remark", "Figure code", date(YEAR, 3, 1), "Area code"],
        [1, "x", "revenue", 2, EAST],
        ["nine", None, "revenue", 10**18, EAST],
        [5, None, "revenue", None, WEST],
        [None, None, "roas", "1:5", EAST],
    )
    preview = upload(alice(), book).context["preview"]
    assert [(one.address, one.after) for one in preview.changes] == [("A3", 1), ("D3", 2), ("D6", 5)]
    said = {one.address: one.error for one in preview.refused}
    assert "says this already" in said["A4"]
    assert "not among" in said["A5"]
    assert "西南" not in "".join(said.values())


def test_a_formula_counts_by_its_value_and_without_one_is_refused_with_its_cell() -> None:
    scope(EAST)
    preview = upload(
        alice(), sheet(["Area code", "Figure code", f"{YEAR}-03"], [EAST, "revenue", "=1+1"])
    ).context["preview"]
    assert preview.changes == ()
    (refused,) = preview.refused
    assert refused.address == "C2"
    assert "never calculated" in refused.error


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "damaged"),
        (b"area,figure\n1,2\n", "damaged"),
        (b"PK\x03\x04 and no more", "damaged"),
    ],
)
def test_what_is_no_workbook_is_refused_with_words(content: bytes, said: str) -> None:
    scope(EAST)
    answer = upload(alice(), content) if content else client_of(alice()).post("/plan/grid/upload/", {})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert said in text or "Choose a file" in text


def test_headings_said_twice_or_missing_are_refused() -> None:
    scope(EAST)
    twice = upload(
        alice(), sheet(["Area code", "Figure code", f"{YEAR}-03", f"{YEAR}/3"], [EAST, "revenue", 1, 2])
    )
    assert "here twice" in twice.content.decode()
    none = upload(alice(), sheet(["Area", "March"], [EAST, 1]))
    assert "no line of headings" in none.content.decode()


def test_names_that_a_spreadsheet_would_compute_are_written_as_text() -> None:
    scope("region:=1-1")
    book = download(bob())
    texts = [cell.value for row in book.active.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert not [text for text in texts if text.startswith("=")]
