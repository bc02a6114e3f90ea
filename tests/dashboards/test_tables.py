"""What is seen, as a file: numbers exactly, names as they are and never computed, nothing of anybody else's."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from django.http.response import HttpResponseBase
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from common import formats
from common.spreadsheets import harmless, in_cell
from dashboards.presenting.pictures import file_name
from dashboards.tables.markup import parsed
from dashboards.tables.page import NoSuchPart, SeenPage, Words, parts_of, seen_page
from dashboards.tables.values import DAYS, PERCENT, POINTS, number_of, seen
from organization.models import Person
from tests.dashboards.figures import NOVEMBER, TODAY, keep
from tests.people import alice, bob, mallory, node

WORDS = Words("Key figures", "Name", "Value", "Light", "Of plan", "Details")


class Unit:
    def __init__(self, unit: str) -> None:
        self.unit = unit


def page(body: str, panel: str = "") -> SeenPage:
    html = f"<title>\n A &amp; B · Plumbline</title><main id='main'>{body}</main>"
    return seen_page(html, words=WORDS, currency="¥", panel=panel)


@pytest.mark.parametrize(
    ("cell", "value", "unit", "note"),
    [
        ("¥1,234.50", Decimal("1234.50"), "¥", ""),
        ("−¥1,234.50", Decimal("-1234.50"), "¥", ""),
        ("2,463", Decimal(2463), "", ""),
        ("4.12%", Decimal("0.0412"), PERCENT, ""),
        ("+1.3 pp", Decimal("1.3"), POINTS, ""),
        ("−0.3 个百分点", Decimal("-0.3"), POINTS, ""),
        ("12 days", Decimal(12), DAYS, ""),
        ("12 天", Decimal(12), DAYS, ""),
        ('<data value="1234567.89">¥1.23M</data>', Decimal("1234567.89"), "¥", ""),
        ('<data value="1234567.89">¥123万</data>', Decimal("1234567.89"), "¥", ""),
        ('<a href="/" title="¥5,835,080.71">¥5.84M</a>', Decimal("5835080.71"), "¥", ""),
        ('<data value="7.93">1:7.93</data>', Decimal("7.93"), "1:", ""),
        (
            '2,463<span class="cell-own-light"><span class="light"><span aria-hidden="true">■</span>off plan</span></span>',
            Decimal(2463),
            "",
            "off plan",
        ),
        ('3<abbr class="estimated">≈</abbr>', Decimal(3), "", "≈"),
        (
            '<data value="2054713.86">¥2.05M</data><span class="change">−17.3%</span>',
            Decimal("2054713.86"),
            "¥",
            "−17.3%",
        ),
        ('<span class="change">−17.3%</span>', Decimal("-0.173"), PERCENT, ""),
        ("21 Nov 2026", date(2026, 11, 21), "", ""),
        ("2026年11月21日", date(2026, 11, 21), "", ""),
        ("¥1.23M", None, "", ""),  # not exact, and nothing beside it says more
        ("007", None, "", ""),
        ("$5", None, "", ""),
        ("—", None, "", ""),
        ("31 Feb 2026", None, "", ""),
    ],
)
def test_a_cell_is_what_it_says(cell: str, value: object, unit: str, note: str) -> None:
    found = seen(parsed(f"<td>{cell}</td>").children[0], currency="¥")  # type: ignore[arg-type]
    assert (found.value, found.unit, found.note) == (value, unit, note)


@settings(max_examples=30, deadline=None)
@given(
    value=st.decimals(-(10**12), 10**12, places=2, allow_nan=False),
    unit=st.sampled_from(["money", "count", "ratio"]),
)
def test_what_tables_write_in_full_is_read_back(value: Decimal, unit: str) -> None:
    found = number_of(formats.exact(value, Unit(unit), "en"), "¥")
    assert found is not None
    assert found[0] == value


def test_cells_that_span_keep_the_others_in_their_columns() -> None:
    block = page(
        "<h2>Plans</h2><table><thead><tr><th rowspan=2>Area</th><th colspan=2>Q1</th></tr><tr><th>Jan</th><th>Feb</th></tr></thead>"
        "<tbody><tr><th rowspan=2>East</th><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr></tbody></table>"
    ).blocks[0]
    assert block.heads == ("Area", "Q1 · Jan", "Q1 · Feb")
    assert [[cell.text for cell in row] for row in block.rows] == [["East", "1", "2"], ["", "3", "4"]]


def test_tiles_are_lines_of_one_table() -> None:
    block = page(
        "<ul><li class='tile'><h3 class='tile-name'>NPS</h3><p class='tile-value'>26.7 <span class='tile-share'>23 to 30</span></p>"
        "</li><li class='tile'><h3 class='tile-name'>Revenue</h3><div class='tile-value'><span><data value='1.5'>¥1.5</data></span>"
        "<span class='tile-share'><b>93.4%</b> of plan</span></div><dl><div><dt>Target</dt><dd>¥2</dd></div></dl></li></ul>"
    ).blocks[0]
    assert block.heads == ("Name", "Value", "Of plan", "Target", "Details")
    assert [[cell.value or cell.text for cell in row] for row in block.rows] == [
        ["NPS", Decimal("26.7"), "", "", "23 to 30"],
        ["Revenue", Decimal("1.5"), Decimal("0.934"), Decimal(2), ""],
    ]


def test_parts_have_the_names_that_their_reader_sees() -> None:
    html = (
        "<main id='main'><section id='a' aria-labelledby='t'><h2 id='t'>Charts</h2><figure class='chart' id='chart-x'>"
        "<figcaption><h3>Revenue is behind</h3></figcaption></figure></section><section id='b'></section>"
        "<table id='c'><caption>Channels</caption></table></main>"
    )
    assert [(part.id, part.name) for part in parts_of(html)] == [
        ("a", "Charts"),
        ("chart-x", "Revenue is behind"),
        ("c", "Channels"),
    ]
    with pytest.raises(NoSuchPart):
        page("<p>Nothing</p>", panel="charts")


@pytest.mark.parametrize(
    "text", ["", "<table>", "</td></table></main>", "<table><tr><td colspan=9999999>x", "<p" * 50]
)
def test_broken_markup_is_read_as_far_as_it_goes(text: str) -> None:
    assert page(text).title == "A & B"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("East China", "East China 2026-11-22.csv"),
        ("a/b: c?", "a b c 2026-11-22.csv"),
        ("..", "Plumbline 2026-11-22.csv"),
        ("\u202egnp", "gnp 2026-11-22.csv"),
        ("🦊" * 80, "🦊" * 80 + " 2026-11-22.csv"),
    ],
)
def test_files_are_named_for_their_page(title: str, name: str) -> None:
    assert file_name(title, TODAY, "csv") == name


@pytest.mark.parametrize(
    "text", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠a", "  =1", "\u3000＝1"]
)
def test_no_name_is_computed_in_whatever_width_it_begins(text: str) -> None:
    assert harmless(text) == f"'{text}"
    assert in_cell(text).startswith("'")
    assert harmless(f"a{text}") == f"a{text}"


# -- Of a page --------------------------------------------------------------------------------------


@pytest.fixture
def _figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboards.views.turned.timezone.localdate", lambda: TODAY)
    node("channel:=1*1")
    node("channel:抖音直播")
    for area, value in (
        ("company", "987654.1234"),
        ("channel:=1*1", "123.4567"),
        ("channel:抖音直播", "77"),
        ("region:华东", "4321"),
    ):
        keep(area, "revenue", value, expected="2400")


def file(whom: Person, form: str, page: str = f"/?period={NOVEMBER}", **more: str) -> HttpResponseBase:
    client = Client()
    client.force_login(whom)
    return client.get("/share/tables/", {"page": page, "form": form, **more})


def body(answer: Any) -> bytes:
    return b"".join(answer)


@pytest.mark.django_db
@pytest.mark.usefixtures("_figures")
def test_bob_takes_the_figures_along_exactly_and_no_name_is_computed() -> None:
    answer = file(bob(), "csv")
    assert answer["Cache-Control"] == "private, no-store"
    text = body(answer).decode()
    assert text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(text[1:])))
    assert ["As seen by", "Bob"] in rows
    head = next(row for row in rows if row[:1] == ["Name"] and "Revenue (¥)" in row)
    table = {row[0]: row for row in rows[rows.index(head) :] if row}
    assert table["'=1*1"][head.index("Revenue (¥)")] == "123.4567"
    assert table["抖音直播"][head.index("Revenue (¥)")] == "77"
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row)


@pytest.mark.django_db
@pytest.mark.usefixtures("_figures")
def test_in_a_workbook_each_table_has_its_sheet_and_numbers_are_numbers() -> None:
    book = load_workbook(io.BytesIO(body(file(bob(), "xlsx"))))
    assert "Key figures" in book.sheetnames
    sheet = next(one for one in book.worksheets if one.title.startswith("Channels"))
    head = [cell.value for cell in sheet[1]]
    column = head.index("Revenue (¥)")
    lines = {row[0].value: row for row in sheet.iter_rows(min_row=2)}
    assert lines["'=1*1"][column].value == 123.4567
    assert lines["'=1*1"][column].number_format == '"¥"#,##0.00;-"¥"#,##0.00'
    assert all(cell.data_type != "f" for one in book.worksheets for row in one.iter_rows() for cell in row)


@pytest.mark.django_db
@pytest.mark.usefixtures("_figures")
def test_alice_gets_what_is_hers_and_nobody_gets_what_is_not_shared() -> None:
    text = body(file(alice(), "csv", "/")).decode()
    assert "4321" in text
    assert "987654" not in text
    whole, part = (body(file(bob(), "csv", panel=panel)).decode() for panel in ("", "split"))
    assert "Key figures" in whole
    assert "Key figures" not in part
    assert file(alice(), "csv", "/?region=华北").status_code == 404
    assert file(bob(), "csv", "/people/").status_code == 404
    assert file(bob(), "csv", "/", panel="nowhere").status_code == 404
    assert file(mallory(), "csv", "/").status_code == 403
    assert file(bob(), "csv", "/?period=nonsense").status_code == 200
    assert Client().get(f"/share/tables/?page={quote('/')}").status_code == 302
