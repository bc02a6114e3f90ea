"""Pages that people make: whose they are, what stands on them, and two who change one at once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboards.models import MOST_PANELS, Board, ChartKind, Panel
from dashboards.read_for import read_for
from dashboards.services.boards import ChangedMeanwhile, PanelDraft, add_panel, make_board, order_panels
from dashboards.shareable import address_of
from kpis.models import Metric
from organization.models import AuditEntry, Person, Responsibility
from organization.services import Refused
from tests.dashboards.figures import TODAY, keep
from tests.people import alice, bob, charlie, mallory, node, person, scope

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def a_company(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboards.views.turned.timezone.localdate", lambda: TODAY)
    keep("company", "revenue", "2300", expected="2400")
    keep("channel:Search", "revenue", "1600", expected="1000")
    keep("channel:Search/Brand", "revenue", "1111", expected="1000")
    keep("region:华东", "revenue", "987654", expected="1400")
    keep("region:华北", "revenue", "123456", expected="1000")


def browser(who: Person) -> Client:
    client = Client()
    client.force_login(who)
    return client


def a_page(whose: Person, *panels: PanelDraft, name: str = "Morning", team: str = "") -> Board:
    board = make_board(name=name, template="", team=node(team) if team else None, person=whose, now=NOW)
    for draft in panels:
        add_panel(board=board, draft=draft, person=whose, now=NOW)
    board.refresh_from_db()
    return board


def number(area: str | None = None, **more: Any) -> PanelDraft:
    of = None if area is None else {} if area == "company" else {area.partition(":")[0]: node(area)}
    return PanelDraft(chart=ChartKind.NUMBER, metric=Metric.objects.get(code="revenue"), nodes=of, **more)


def shown(who: Person, board: Board, place: int = 0, query: str = "") -> str:
    panel = board.panels.all()[place]
    address = f"/pages/{board.pk}/panels/{panel.pk}/{query}"
    answer = browser(who).get(address, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return unescape(answer.content.decode())


# -- Making ---------------------------------------------------------------------------------------------


def test_bob_makes_a_page_from_a_template_with_a_name_as_he_likes() -> None:
    client, name = browser(bob()), "☕ " + "早" * 78
    answer = client.post("/pages/new/", {"name": name, "start": "overview"})
    board = Board.objects.get()
    assert answer["Location"] == f"/pages/{board.pk}/change/"
    assert board.name == name
    assert [one.chart for one in board.panels.all()][-1] == ChartKind.FUNNEL
    assert name in client.get("/pages/").content.decode()
    assert AuditEntry.objects.filter(action="dashboards.page_make").count() == 1
    again = client.post("/pages/new/", {"name": name, "start": ""}).content.decode()
    assert "Another page is called" in again


def test_a_panel_is_added_changed_widened_and_taken_out() -> None:
    client, board = browser(bob()), a_page(bob())
    new = {"metric": "revenue", "chart": "bars", "by": "channel", "width": "12", "title": "Where", "area": ""}
    client.post(f"/pages/{board.pk}/panels/new/", new)
    panel = board.panels.get()
    assert (panel.chart, panel.by, panel.width, panel.scope) == ("bars", "channel", 12, None)
    board.refresh_from_db()
    edited = {**new, "chart": "number", "area": "region:华东", "revision": board.revision}
    answer = client.post(f"/pages/{board.pk}/panels/{panel.pk}/change/", edited)
    assert answer["Location"].endswith(f"#panel-{panel.pk}")
    panel.refresh_from_db()
    assert panel.scope is not None
    assert (panel.chart, panel.by, panel.scope.key) == ("number", "", "region:华东")
    board.refresh_from_db()
    client.post(f"/pages/{board.pk}/panels/{panel.pk}/width/", {"width": "3", "revision": board.revision})
    assert board.panels.get().width == 3
    assert client.get(f"/pages/{board.pk}/panels/{panel.pk}/take-out/").status_code == 200
    client.post(f"/pages/{board.pk}/panels/{panel.pk}/take-out/")
    assert not board.panels.exists()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"metric": "revenue", "chart": "gauge"}, "no part of a whole"),
        ({"metric": "revenue", "chart": "bars"}, "choose channels, regions or product lines"),
        ({"metric": "", "chart": "number"}, "Choose which figure"),
        ({"metric": "revenue", "chart": "number", "area": "region:nowhere"}, "no such area among yours"),
    ],
)
def test_a_panel_that_does_not_fit_is_not_put_on_the_page(sent: dict[str, str], said: str) -> None:
    board = a_page(bob())
    page = browser(bob()).post(f"/pages/{board.pk}/panels/new/", {"width": "6", **sent}).content.decode()
    assert said in page
    assert not board.panels.exists()


def test_a_page_takes_so_many_panels_and_says_when_it_is_full() -> None:
    board = a_page(bob())
    Panel.objects.bulk_create(
        Panel(board=board, position=place, chart="funnel") for place in range(MOST_PANELS)
    )
    with pytest.raises(Refused, match="at most 24 panels"):
        add_panel(board=board, draft=number(), person=bob(), now=NOW)
    assert "This page is full" in browser(bob()).get(f"/pages/{board.pk}/change/").content.decode()


def test_panels_are_put_in_order_by_buttons_and_by_dragging() -> None:
    client, board = browser(bob()), a_page(bob(), number(title="a"), number(title="b"), number(title="c"))
    a, b, c = (panel.pk for panel in board.panels.all())
    url = f"/pages/{board.pk}/order/"
    client.post(url, {"panel": c, "move": "up", "revision": board.revision})
    assert list(board.panels.values_list("title", flat=True)) == ["a", "c", "b"]
    board.refresh_from_db()
    client.post(url, {"order": f"{b},{a},{c}", "revision": board.revision})
    assert list(board.panels.values_list("title", flat=True)) == ["b", "a", "c"]


# -- Two at once ----------------------------------------------------------------------------------------


def test_who_comes_second_is_told_and_what_the_first_did_stays() -> None:
    board = a_page(bob(), number(title="a"), number(title="b"))
    seen, ids = board.revision, [panel.pk for panel in board.panels.all()]
    add_panel(board=board, draft=number(title="c"), person=bob(), now=NOW)
    with pytest.raises(ChangedMeanwhile):
        order_panels(board=board, order=ids[::-1], revision=seen, person=bob(), now=NOW)
    client = browser(bob())
    url = f"/pages/{board.pk}/panels/{ids[0]}/change/"
    sent = {"metric": "revenue", "chart": "number", "width": "6", "title": "mine", "revision": seen}
    page = client.post(url, sent).content.decode()
    assert "Somebody else has changed this page meanwhile" in page
    assert 'value="mine"' in page  # what was typed is still there
    board.refresh_from_db()
    assert f'name="revision" value="{board.revision}"' in page  # so that saving again saves it
    assert list(board.panels.values_list("title", flat=True)) == ["a", "b", "c"]
    moved = client.post(
        f"/pages/{board.pk}/order/", {"panel": ids[0], "move": "down", "revision": seen}, follow=True
    )
    assert "Somebody else has changed this page meanwhile" in moved.content.decode()


# -- Whose ----------------------------------------------------------------------------------------------


def test_a_page_is_its_owners_alone_until_it_is_shared_with_a_team() -> None:
    board = a_page(bob(), number())
    chloe = person("Chloe", "viewer", "region:华东")
    Responsibility.objects.create(scope=scope("team:Retail"), person=chloe, first_day=date(2026, 1, 1))
    urls = (f"/pages/{board.pk}/", f"/pages/{board.pk}/panels/{board.panels.get().pk}/")
    for who in (charlie(), chloe):
        assert [browser(who).get(url).status_code for url in urls] == [404, 404]
    board.refresh_from_db()
    sent = {"name": "Morning", "team": node("team:Retail").pk, "revision": board.revision}
    browser(bob()).post(f"/pages/{board.pk}/change/", sent)
    for who in (charlie(), chloe):  # by her grant, and as one of the team
        assert [browser(who).get(url).status_code for url in urls] == [200, 200]
        assert browser(who).get(f"/pages/{board.pk}/change/").status_code == 403
    assert browser(alice()).get(urls[0]).status_code == 404
    assert browser(mallory()).get(urls[0]).status_code == 403
    lead = person("Lea", "lead", "team:Retail")
    assert browser(lead).get(f"/pages/{board.pk}/change/").status_code == 200
    Responsibility.objects.update(last_day=date(2026, 2, 1))
    assert browser(chloe).get(urls[0]).status_code == 404


def test_each_sees_on_a_shared_page_what_is_hers_and_never_the_others() -> None:
    north = number("region:华北")
    board = a_page(bob(), number(), north, number("company"), team="team:Retail")
    chloe = person("Chloe", "viewer", "region:华东")
    Responsibility.objects.create(scope=scope("team:Retail"), person=chloe, first_day=date(2026, 1, 1))
    assert ["¥2.3K" in shown(bob(), board, 0), "¥123K" in shown(bob(), board, 1)] == [True, True]
    assert "¥988K" in shown(chloe, board, 0)
    for place in (1, 2):
        page = shown(chloe, board, place)
        assert "not among your areas" in page
        assert "华北" not in page
        assert "¥" not in page
    whole = browser(chloe).get(f"/pages/{board.pk}/").content.decode()
    assert "华北" not in whole
    # Who leads the team may change a panel of an area that is not hers, without learning of it.
    lead = person("Lea", "lead", "team:Retail")
    panel = board.panels.all()[1]
    url = f"/pages/{board.pk}/panels/{panel.pk}/change/"
    assert "华北" not in browser(lead).get(url).content.decode()
    board.refresh_from_db()
    sent = {"metric": "revenue", "chart": "bullet", "width": "6", "revision": board.revision}
    browser(lead).post(url, sent)
    panel.refresh_from_db()
    assert (panel.chart, panel.scope and panel.scope.key) == ("bullet", "region:华北")


def test_a_copy_is_ones_own_and_a_page_is_deleted_after_one_question() -> None:
    board = a_page(bob(), number(title="a"), team="team:Retail")
    client = browser(charlie())
    for name in ("Morning", "Morning (2)"):
        client.post(f"/pages/{board.pk}/copy/")
        assert Board.objects.filter(owner=charlie(), team=None, name=name, panels__title="a").count() == 1
    assert client.post(f"/pages/{board.pk}/delete/").status_code == 403
    mine = browser(bob())
    assert "Delete “Morning”?" in mine.get(f"/pages/{board.pk}/delete/").content.decode()
    mine.post(f"/pages/{board.pk}/delete/")
    assert not Board.objects.filter(pk=board.pk).exists()


# -- The page -------------------------------------------------------------------------------------------


def test_the_page_is_turned_and_with_it_all_panels_that_have_no_area_of_their_own() -> None:
    board = a_page(bob(), number(), number("region:华东"), number(period="2026-10"))
    page = unescape(browser(bob()).get(f"/pages/{board.pk}/?channel=search").content.decode())
    panels = list(board.panels.all())
    for panel in panels:
        assert f'hx-get="/pages/{board.pk}/panels/{panel.pk}/?channel=search"' in page
    assert "¥1.6K" in shown(bob(), board, 0, "?channel=search")
    assert "¥988K" in shown(bob(), board, 1, "?channel=search")
    assert "October 2026" in shown(bob(), board, 2, "?channel=search")
    assert browser(alice()).get(f"/pages/{board.pk}/?region=华北").status_code == 404


def test_a_bar_turns_the_page_to_its_part_and_leaves_the_period() -> None:
    draft = PanelDraft(
        chart=ChartKind.BARS, metric=Metric.objects.get(code="revenue"), by="channel", period="2026-11"
    )
    board = a_page(bob(), draft)
    assert f'"/pages/{board.pk}/?channel=search"' in shown(bob(), board)
    into = shown(bob(), board, 0, "?period=2026-10&channel=search")
    assert f'"/pages/{board.pk}/?period=2026-10&channel=search/brand"' in into


def test_where_nobody_can_fetch_parts_all_panels_are_there_at_once() -> None:
    board = a_page(bob(), number(), PanelDraft(chart=ChartKind.FUNNEL))
    page = read_for(bob(), address_of(f"/pages/{board.pk}/")).content.decode()
    assert "¥2.3K" in page
    assert "No figures for November 2026" in page
    assert "hx-get" not in page.split("<main")[1]
    assert "Change this page" not in page


def test_a_figure_that_is_put_away_or_deleted_is_said_in_its_panel() -> None:
    board = a_page(bob(), number(title="Mine"))
    Metric.objects.filter(code="revenue").update(archived_at=timezone.now())
    assert "no longer in use" in shown(bob(), board)
    board.panels.update(metric=None)
    assert "No figure has been chosen" in shown(bob(), board)
    assert "Change this panel" in shown(bob(), board)
    assert browser(bob()).get(f"/pages/{board.pk}/change/").status_code == 200


def test_a_page_of_many_panels_asks_as_little_as_one_of_few() -> None:
    few = a_page(bob(), number(), number("region:华东"))
    many = a_page(bob(), *[number("region:华东") for _ in range(20)], name="Many")
    client = browser(bob())
    counts = []
    for board in (few, few, many):
        with CaptureQueriesContext(connection) as made:
            client.get(f"/pages/{board.pk}/")
        counts.append(len(made))
    assert counts[2] == counts[1] <= 16
