"""The page of scores: what it says, of whom, to whom, and what it costs."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from kpis.models import Benchmark, Metric, Reading
from organization.models import Person
from tests.feedback.made import a_score_month
from tests.people import PASSWORD, alice, bob, charlie, mallory, node, scope

pytestmark = pytest.mark.django_db
Q3 = "period=2026-Q3"


def of(person: Person) -> Client:
    client = Client()
    assert client.login(username=person.username, password=PASSWORD)
    return client


def page_of(person: Person, query: str = Q3) -> dict[str, Any]:
    answer = of(person).get(f"/feedback/?{query}")
    assert answer.status_code == 200
    return {
        "text": answer.content.decode(),
        **{name: answer.context[name] for name in ("page", "tables", "tiles")},
    }


def rows_of(found: dict[str, Any], name: str) -> dict[str, Any]:
    (table,) = [one for one in found["tables"] if one.name == name]
    return {one.label: one for one in table.rows}


def a_year() -> None:
    """华东 is well in both quarters; 华南 falls; of few answers nothing is known but that they were given."""
    node("region:华东/上海")
    node("region:华东/浙江")
    for month in ("2026-04", "2026-05", "2026-06"):
        a_score_month(
            month,
            region="华东/上海",
            channel="Search",
            segment="VIP",
            nps=(60, 30, 10),
            csat=(1, 1, 8, 40, 50),
        )
        a_score_month(month, region="华南", channel="Video", segment="New", nps=(40, 30, 30))
    for month in ("2026-07", "2026-08", "2026-09"):
        a_score_month(
            month,
            region="华东/上海",
            channel="Search",
            segment="VIP",
            nps=(60, 30, 10),
            csat=(1, 1, 8, 40, 50),
        )
        a_score_month(month, region="华南", channel="Video", segment="New", nps=(20, 30, 50))
    a_score_month("2026-09", region="华东/浙江", nps=(3, 0, 1))
    a_score_month("2026-09", channel="Search", ces=(0, 0, 0, 1, 2, 3, 4))


def test_bob_reads_how_the_score_stands_and_that_it_fell() -> None:
    a_year()
    found = page_of(bob())
    main = found["page"].main
    # 243 promoters and 181 detractors of 604.
    assert (main.score.value, main.score.n) == (Decimal("10.2649"), 604)
    assert (main.move.points.quantize(Decimal("0.01")), main.move.clear) == (Decimal("-19.74"), True)
    assert "NPS in Q3 2026 is 10.3" in found["text"]
    assert "That is 19.7 points less than in Q2 2026." in found["text"]
    assert "Clearly below: New with −30.0." in found["text"]
    assert [tile.value for tile in found["tiles"]] == ["10.3", "90.0%", "6.00"]
    assert not found["tiles"][1].small
    assert found["tiles"][2].small  # ten answers


def test_parts_add_up_and_what_was_not_given_stands_at_the_end() -> None:
    a_year()
    found = page_of(bob())
    for table in found["tables"]:
        assert sum(one.row.score.n for one in table.rows) == table.total.row.score.n == 604
    assert list(rows_of(found, "region")) == ["华南", "华东"]
    assert list(rows_of(found, "channel")) == ["Video", "Search", "Not given"]
    assert rows_of(found, "channel")["Not given"].row.score.n == 4
    assert "few answers" in found["text"]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("score", ["华南", "华东"]),
        ("answers", ["华东", "华南"]),
        ("change", ["华南", "华东"]),
        ("name", ["华东", "华南"]),
    ],
)
def test_tables_are_sorted_as_asked(sort: str, order: list[str]) -> None:
    a_year()
    assert list(rows_of(page_of(bob(), f"{Q3}&sort={sort}"), "region")) == order


def test_one_drills_down_from_a_region_to_its_provinces_and_up_again() -> None:
    a_year()
    found = page_of(bob())
    assert rows_of(found, "region")["华东"].row.key == "region:华东"
    inside = page_of(bob(), f"{Q3}&area=region:华东")
    provinces = rows_of(inside, "region")
    assert list(provinces) == ["上海", "浙江"]  # few answers come last
    assert provinces["上海"].row.key == "region:华东/上海"
    assert rows_of(inside, "channel")["Search"].row.key == "region:华东+channel:search"
    assert 'href="?period=2026-Q3&amp;area=company"' in inside["text"]
    crossed = page_of(bob(), f"{Q3}&area=region:华东/上海%2Bchannel:search")
    assert crossed["page"].main.score.n == 300
    assert "?period=2026-Q3&amp;area=region%3A%E5%8D%8E%E4%B8%9C%2Bchannel%3Asearch" in crossed["text"]


def test_a_customer_type_narrows_all_but_the_table_of_customer_types() -> None:
    a_year()
    found = page_of(bob(), f"{Q3}&segment=VIP")
    assert found["page"].main.score.n == 300
    assert list(rows_of(found, "region")) == ["华东"]
    types = rows_of(found, "segment")
    assert list(types) == ["New", "VIP", "Not given"]
    assert types["VIP"].row.chosen
    nobody = page_of(bob(), f"{Q3}&segment=-")
    assert nobody["page"].main.score.n == 4


def test_another_score_is_looked_at_in_all_tables() -> None:
    a_year()
    found = page_of(bob(), f"{Q3}&score=csat")
    assert [(one.value, one.row.score.n) for one in rows_of(found, "region").values()] == [("90.0%", 300)]
    assert found["page"].spread == (3, 3, 24, 120, 150)
    ease = page_of(bob(), f"{Q3}&score=ces")
    assert "too few to judge by" in ease["text"]


def test_few_answers_have_no_light_and_many_have_the_spines() -> None:
    a_year()
    metric = Metric.objects.filter(code="nps").first() or Metric.objects.create(
        code="nps", name="NPS", numerator={"promoters": "1"}, unit="ratio"
    )
    for start, value in (("2026-07-01", 10), ("2026-04-01", 30)):
        Reading.objects.create(
            scope=scope("company"),
            metric=metric,
            grain="quarter",
            start=start,
            value=value,
            target=25,
            status="red",
        )
    (tile, *_rest) = page_of(bob())["tiles"]
    assert (tile.status, tile.target) == ("red", "25.0")
    # Targets are of all customer types.
    assert page_of(bob(), f"{Q3}&segment=VIP")["tiles"][0].status == ""
    Reading.objects.create(
        scope=scope("region:华东/浙江"),
        metric=metric,
        grain="quarter",
        start="2026-07-01",
        value=50,
        target=25,
        status="green",
    )
    few = page_of(bob(), f"{Q3}&area=region:华东/浙江")
    assert (few["tiles"][0].status, few["tiles"][0].reason) == ("grey", "few")
    assert "light-green" not in few["text"]


def test_the_nearest_benchmark_is_drawn_with_who_says_so() -> None:
    a_year()
    metric = Metric.objects.filter(code="nps").first() or Metric.objects.create(
        code="nps", name="NPS", numerator={"promoters": "1"}, unit="ratio"
    )
    for area, day, value, source in (
        ("company", "2026-01-01", 22, "Trade report"), ("region:华东", "2026-06-01", 31, "Report on the East"),
        ("region:华北", "2026-01-01", 99, "Another place"),
    ):  # fmt: skip
        Benchmark.objects.create(metric=metric, scope=scope(area), first_day=day, value=value, source=source)
    whole = page_of(bob())
    assert "Benchmark: Trade report." in whole["text"]
    assert {one.benchmark for one in whole["page"].months} == {Decimal(22)}
    inside = page_of(bob(), f"{Q3}&area=region:华东/上海")
    assert "Benchmark: Report on the East." in inside["text"]
    assert [one.benchmark for one in inside["page"].months] == [None, None, *[Decimal(31)] * 4]


def test_alice_of_one_region_sees_hers_alone() -> None:
    a_year()
    hers = alice()
    assert page_of(hers)["page"].main.score.n == 304
    assert list(rows_of(page_of(hers), "channel")) == ["Search", "Not given"]
    for foreign in ("company", "region:华南", "channel:search", "region:Nowhere"):
        assert of(hers).get(f"/feedback/?area={foreign}").status_code == 404
    named = of(hers).get("/feedback/?area=华南")
    assert named.status_code == 400
    assert "华南" not in named.content.decode().replace("area=%E5%8D%8E%E5%8D%97", "")
    assert of(hers).get("/feedback/file/?area=region:华南").status_code == 404


def test_charlie_who_only_looks_sees_scores_and_mallory_does_not() -> None:
    a_year()
    assert page_of(charlie())["page"].main.score.n == 604
    assert of(mallory()).get("/feedback/").status_code == 403
    assert Client().get("/feedback/").status_code == 302


@pytest.mark.parametrize("query", ["period=soon", "period=2026-W30", "period=9999-Q9", "area=Nowhere"])
def test_what_cannot_be_understood_is_said(query: str) -> None:
    answer = of(bob()).get(f"/feedback/?{query}")
    assert answer.status_code == 400
    assert "notice-error" in answer.content.decode()


def test_an_area_without_answers_says_why() -> None:
    found = page_of(bob())
    assert "No answers here" in found["text"]
    node("team:Sales")
    assert "not by team" in page_of(bob(), "area=team:sales")["text"]


def test_a_page_costs_the_same_queries_however_many_parts_there_are(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    a_year()
    for number in range(40):
        a_score_month(
            "2026-08",
            region=f"R{number}",
            channel=f"C{number}",
            product=f"P{number}",
            segment=f"S{number}",
            nps=(9, 9, 9),
        )
    client = of(bob())
    client.get(f"/feedback/?{Q3}")
    with django_assert_max_num_queries(19):
        client.get(f"/feedback/?{Q3}")
    with django_assert_max_num_queries(31):
        client.get(f"/feedback/?{Q3}&area=region:华东/上海%2Bchannel:search")


def test_more_parts_than_a_table_holds_stand_together(monkeypatch: pytest.MonkeyPatch) -> None:
    a_year()
    monkeypatch.setattr("feedback.selectors.scores.MOST", 1)
    rows = rows_of(page_of(bob()), "region")
    assert list(rows) == ["华南", "1 other"]
    assert rows["1 other"].row.score.n == 304


def test_the_tables_are_taken_away_as_files_that_compute_nothing() -> None:
    a_year()
    node("region:=1+1")
    a_score_month("2026-08", region="=1+1", nps=(1, 0, 0))
    client = of(charlie())
    text = b"".join(client.get(f"/feedback/file/?{Q3}")).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0][:6] == ["Split by", "Part", "NPS", "At least", "At most", "Answers"]
    assert [
        "Region",
        "华南",
        "-30.00",
        "-38.84",
        "-21.16",
        "300",
        "60",
        "90",
        "150",
        "-40.00",
        "",
    ] in rows
    assert [row[1] for row in rows if row[0] == "Region" and "1+1" in row[1]] == ["'=1+1"]
    book = load_workbook(io.BytesIO(b"".join(client.get(f"/feedback/file/?{Q3}&format=xlsx"))))
    assert {"'=1+1", "华南"} <= {cell.value for cell in book.worksheets[0]["B"]}
