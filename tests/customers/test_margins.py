"""What is left of revenue: entered by people, and published as gross profit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Margin
from customers.services import MarginMoved, enter_margin, remove_margin
from kpis.work import catch_up
from organization.models import AuditEntry
from organization.services import Refused
from organization.services.merging import merge_node
from organization.services.moving import move_node
from organization.services.undoing import undo_change
from tests.customers.files import published, send_orders, take_back
from tests.ingest.files import value
from tests.people import PASSWORD, alice, bob, charlie, dana, node, person

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal


def margin(code: str, day: str, percent: str, *, based_on: int = 0) -> Margin:
    made = enter_margin(
        node=node(code),
        first_day=date.fromisoformat(day),
        percent=D(percent),
        based_on=based_on,
        person=bob(),
    )
    catch_up()
    return made


def orders(folder: Path) -> None:
    send_orders(
        folder,
        ("c1", "2026-01-05", 100, "A1", "Search", "", "Tea"),
        ("c1", "2026-02-05", 100, "A2", "Search", "", "Tea"),
        ("c1", "2026-02-06", -10, "A2", "Search", "", "Tea"),
        ("c2", "2026-02-07", 50, "A3", "Video"),
    )


def test_gross_profit_is_known_where_a_margin_is_and_absent_elsewhere(tmp_path: Path) -> None:
    orders(tmp_path)
    assert set(published("gross_profit").values()) == {None}
    margin("product:Tea", "2026-02-01", "35.5")
    assert published("gross_profit") == {
        "01-05": None,
        "02-05": D("35.5"),
        "02-06": D("-3.55"),
        "02-07": None,
    }
    assert value("gross_profit", "channel:search", "2026-02") == D("31.95")
    assert value("gross_profit", "channel:video", "2026-02") is None
    assert value("gross_margin", "channel:search", "2026-02") == pytest.approx(D("0.355"))


def test_a_product_lines_margin_comes_before_its_channels_and_the_nearest_holds(tmp_path: Path) -> None:
    orders(tmp_path)
    margin("channel:Search", "2026-01-01", "10")
    margin("channel:Video", "2026-01-01", "20")
    margin("product:Tea", "2026-02-06", "50")
    assert published("gross_profit") == {"01-05": 10, "02-05": 10, "02-06": -5, "02-07": 10}
    send_orders(tmp_path, ("c3", "2026-02-08", 100, "A9", "Search", "", "Tea"), name="later.csv")
    assert published("gross_profit")["02-08"] == 50


def test_a_margin_taken_out_leaves_what_held_before(tmp_path: Path) -> None:
    orders(tmp_path)
    margin("product:Tea", "2026-01-01", "10")
    later = margin("product:Tea", "2026-02-01", "20")
    assert published("gross_profit")["02-05"] == 20
    remove_margin(margin=later, based_on=1, person=bob())
    assert (published("gross_profit")["02-05"], published("gross_profit")["01-05"]) == (10, 10)
    assert [one.action for one in AuditEntry.objects.filter(action__startswith="margin.").order_by("pk")] == [
        "margin.enter", "margin.enter", "margin.remove",
    ]  # fmt: skip


def test_undoing_orders_takes_their_gross_profit_with_them(tmp_path: Path) -> None:
    margin("channel:Search", "2026-01-01", "10")
    batch = send_orders(tmp_path, ("c1", "2026-01-05", 100, "A1", "Search"))
    assert value("gross_profit", "company", "2026-01") == 10
    take_back(batch)
    assert value("gross_profit", "company", "2026-01") is None


def test_two_people_at_one_margin_see_each_other(tmp_path: Path) -> None:
    first = margin("product:Tea", "2026-01-01", "10")
    with pytest.raises(MarginMoved) as moved:
        margin("product:Tea", "2026-01-01", "12")
    assert moved.value.current is not None
    assert moved.value.current.percent == 10
    assert margin("product:Tea", "2026-01-01", "12", based_on=1).version == 2
    with pytest.raises(MarginMoved):
        remove_margin(margin=first, based_on=1, person=bob())
    assert Margin.objects.get().percent == 12


@pytest.mark.parametrize(
    ("code", "percent", "said"),
    [
        ("region:East", "10", "product line or a channel"),
        ("product:Tea", "100.5", "at most 100%"),
        ("product:Tea", "-1001", "at most 100%"),
        ("product:Tea", "NaN", "at most 100%"),
    ],
)
def test_a_margin_that_cannot_be_is_refused(code: str, percent: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        margin(code, "2026-01-01", percent)


# -- The page ---------------------------------------------------------------------------------------


def client(who: object) -> Client:
    browser = Client()
    assert browser.login(username=str(who).lower(), password=PASSWORD)
    return browser


def page(browser: Client, **body: str) -> str:
    url = reverse("customers:margins")
    response = browser.post(url, body, follow=True) if body else browser.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_dana_enters_a_margin_on_the_page_and_corrects_it() -> None:
    node("product:Tea")
    dana()
    browser = client("Dana")
    assert "Tea" in page(browser)  # it has no margin yet
    text = page(browser, area="Tea", percent="35.5%", first_day="2026-01-01")
    assert "35.5%" in text
    text = page(browser, area="product:tea", percent="40", first_day="2026-01-01")
    assert "Dana entered 35.5% for this day" in text
    text = page(browser, area="product:tea", percent="40", first_day="2026-01-01", version="1")
    assert (Margin.objects.get().percent, "35.5%" in text) == (40, False)
    made = Margin.objects.get()
    assert 'value="40%"' in browser.get(reverse("customers:margins"), {"margin": made.pk}).content.decode()
    browser.post(reverse("customers:margin_remove", args=[made.pk]), {"version": "1"})
    assert Margin.objects.exists()
    browser.post(reverse("customers:margin_remove", args=[made.pk]), {"version": "2"})
    assert not Margin.objects.exists()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            {"area": "company", "percent": "5", "first_day": "2026-01-01"},
            "Choose one product line or one channel.",
        ),
        ({"area": "product:tea", "percent": "much", "first_day": "2026-01-01"}, "This is not a number."),
        ({"area": "product:tea", "percent": "130", "first_day": "2026-01-01"}, "at most 100%"),
        ({"area": "product:tea", "percent": "5", "first_day": "0001-01-01"}, "between 1990 and 2100"),
    ],
)
def test_bad_input_is_told_at_its_place(body: dict[str, str], said: str) -> None:
    node("product:Tea")
    bob()
    assert said in page(client("Bob"), **body)
    assert not Margin.objects.exists()


def test_margins_show_and_give_way_to_those_alone_who_may(tmp_path: Path) -> None:
    made = margin("channel:Search", "2026-01-01", "12.34")
    url = reverse("customers:margin_remove", args=[made.pk])
    charlie("channel:Search")
    assert "12.34%" in page(client("Charlie"))
    assert client("Charlie").post(url, {"version": "1"}).status_code == 403
    assert client("Charlie").post(reverse("customers:margins")).status_code == 403
    alice("region:华东")
    assert "12.34%" not in page(client("Alice"))
    assert client("Alice").post(url, {"version": "1"}).status_code == 404
    body = {"area": "channel:search", "percent": "5", "first_day": "2026-01-01"}
    assert client("Alice").post(reverse("customers:margins"), body).status_code == 404
    person("Eve", "lead", "channel:Video")
    assert "12.34%" not in page(client("Eve"))
    assert Margin.objects.get().percent == D("12.34")


def test_many_margins_take_no_more_queries(django_assert_max_num_queries: object) -> None:
    bob()
    for number in range(30):
        Margin.objects.create(node=node(f"product:P{number}"), first_day="2026-01-01", percent=number)
    browser = client("Bob")
    page(browser)
    with django_assert_max_num_queries(24):  # type: ignore[operator]
        page(browser)


def test_gross_profit_follows_when_a_product_line_is_moved_or_merged(tmp_path: Path) -> None:
    orders(tmp_path)
    margin("product:Drinks", "2026-01-01", "10")
    assert published("gross_profit")["01-05"] is None
    change = move_node(node=node("product:Tea"), parent=node("product:Drinks"), person=bob())
    assert published("gross_profit") == {"01-05": 10, "02-05": 10, "02-06": -1, "02-07": None}
    undo_change(change=change, person=bob())
    assert published("gross_profit")["01-05"] is None
    merge_node(node=node("product:Tea"), into=node("product:Drinks"), person=bob())
    assert published("gross_profit")["01-05"] == 10


def test_a_campaigns_own_margin_holds_however_new_its_channels_is(tmp_path: Path) -> None:
    headings = ("customer", "date", "amount", "channel", "campaign")
    rows = [("c1", "2026-02-05", 100, "Search", "Brand"), ("c1", "2026-02-06", 100, "Search", "Category")]
    send_orders(tmp_path, *rows, headings=headings)
    margin("channel:Search/Brand", "2026-01-01", "30")
    margin("channel:Search", "2026-02-01", "10")
    assert published("gross_profit") == {"02-05": 30, "02-06": 10}
