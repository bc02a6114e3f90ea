"""The page on which a lead types a month's targets. Who may open it is in tests/every_url."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from common.periods import Period
from kpis.amount_text import parse_amount
from kpis.models import ChangedScope, Metric, Reading, Target
from kpis.services import TargetEntry, TargetMoved, revise_target, set_target
from organization.models import AuditEntry, Person, Scope
from tests.people import ada, alice, bob, charlie, dana, node, person, scope

pytestmark = pytest.mark.django_db
D = Decimal
AUGUST = Period.parse("2025-08")


@pytest.fixture(autouse=True)
def english_again() -> Any:
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def august_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """These people look at August 2025 while it runs; what is closed is locked to them (tests/kpis/test_calibration.py)."""
    monkeypatch.setattr("kpis.services.closing.closed_through", lambda as_of: date(2025, 7, 31))


def browser(who: Person, language: str = "en") -> Client:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = language
    return client


def shown(client: Client, **query: str) -> str:
    response = client.get(reverse("kpis:targets"), {"month": "2025-08", **query})
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def metric(code: str = "revenue") -> Metric:
    return Metric.objects.get(code=code)


def target_of(area: Scope, code: str = "revenue", month: Period = AUGUST) -> Target | None:
    found = Target.objects.filter(
        metric=metric(code), scope=area, start=month.start, superseded_at__isnull=True
    )
    return found.first()


def plan(area: Scope, value: str | None, who: Person | None = None, code: str = "revenue") -> None:
    set_target(
        metric=metric(code), scope=area, period=AUGUST, value=None if value is None else D(value), person=who
    )


def figure(area: Scope, value: str, month: str = "2025-08", code: str = "revenue", **fields: Any) -> Reading:
    known = {"status": "grey", "through": date(2025, 8, 20)}
    return Reading.objects.create(
        scope=area, metric=metric(code), grain="month", start=Period.parse(month).start, value=D(value),
        **{**known, **fields},
    )  # fmt: skip


def type_into(
    client: Client, area: Scope, text: str, *, version: int = 0, code: str = "revenue", month: str = "2025-08"
) -> Any:
    """As the field sends itself: one cell."""
    address = reverse("kpis:target", args=[area.key]) + "?" + urlencode({"month": month, "metric": code})
    data = {f"target-{area.pk}": text, f"version-{area.pk}": str(version)}
    return client.post(address, data, headers={"HX-Request": "true"})


# -- What she sees


def test_alice_sees_her_regions_tree_with_last_month_last_year_and_nobody_elses() -> None:
    east, shop = scope("region:华东"), scope("region:华东/上海")
    scope("region:华北/北京")
    scope("channel:douyin")
    figure(east, "900", "2025-07")
    figure(east, "700", "2024-08")
    figure(east, "640", expected=D("645.16"), target=D(1000), attainment=D("0.992"), status="yellow")
    plan(east, "1000")
    page = shown(browser(alice()))
    assert page.index(f'id="target-{east.pk}"') < page.index(f'id="target-{shop.pk}"')
    assert all(
        text in page for text in ("¥900.00", "¥700.00", "¥640.00", "¥645.16", "99.2% of plan", "behind")
    )
    assert 'value="1,000"' in page
    assert not [text for text in ("华北", "douyin", "Company") if text in page]
    assert "July 2025" in page
    assert "August 2024" in page


def test_bob_sees_the_company_first_then_regions_channels_and_product_lines_in_tree_order() -> None:
    for code in ("product:floor", "channel:b", "channel:a-2", "channel:a", "channel:a/x", "region:east"):
        node(code)
    page = shown(browser(bob()))
    names = re.findall(r'hx-post="/targets/([^/]*(?:/x)?)/\?', page)
    assert names == [
        "company",
        "region:east",
        "channel:a",
        "channel:a/x",
        "channel:a-2",
        "channel:b",
        "product:floor",
    ]
    only = shown(browser(bob()), areas="channel")
    assert "channel:a-2" in only
    assert "region:east" not in only


def test_crossings_teams_and_areas_put_away_are_left_out() -> None:
    scope("region:east+channel:a")
    scope("team:north")
    old = node("channel:old")
    old.archived_at = timezone.now()
    old.save()
    page = shown(browser(bob()))
    assert "+channel" not in page
    assert "north" not in page
    assert "channel:old" not in page


def test_charlie_sees_figures_and_targets_but_no_field() -> None:
    east = scope("region:华东")
    plan(east, "1234")
    page = shown(browser(charlie("region:华东")))
    assert "¥1,234.00" in page
    assert f'id="target-{east.pk}"' not in page


def test_who_leads_a_part_and_looks_at_all_sees_the_company_without_a_field() -> None:
    east, company = scope("region:华东"), scope("company")
    person("Alice", "viewer", "company")
    page = shown(browser(alice()))
    assert f'id="row-{company.pk}"' in page
    assert f'id="target-{company.pk}"' not in page
    assert f'id="target-{east.pk}"' in page


@pytest.mark.parametrize(
    "query",
    [
        {"month": "soon"},
        {"month": "2025"},
        {"month": "0001-01"},
        {"metric": "zzz"},
        {"areas": "x"},
        {"page": "-3"},
    ],
)
def test_an_address_that_makes_no_sense_falls_back(query: dict[str, str]) -> None:
    node("region:华东")
    response = browser(alice()).get(reverse("kpis:targets"), query)
    assert response.status_code == 200
    assert "Targets: Revenue" in response.content.decode()


def test_the_month_without_a_word_is_the_current_one() -> None:
    node("region:华东")
    response = browser(alice()).get(reverse("kpis:targets"))
    assert f'value="{timezone.localdate():%Y-%m}"' in response.content.decode()


def folds_of(page: str) -> list[tuple[str, bool]]:
    """What is folded away on a phone: in which words, and whether it lies open."""
    found = re.findall(r"<details( open)?> <summary>(.*?)</summary>", page)
    return [(re.sub(r" *<.*?> *", " ", words).strip(), bool(opened)) for opened, words in found]


def test_what_lies_within_an_area_is_folded_away_under_it_on_a_phone(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = scope("region:华东/上海/徐汇店")
    node("region:华北")
    node("channel:douyin/夏季")
    figure(shop, "540", expected=D(900), target=D(1000), attainment=D("0.6"), status="red")
    assert folds_of(shown(browser(bob()))) == [
        ("2 areas within 华东 1 is behind its target", False),
        ("1 area within douyin", False),
    ]
    assert folds_of(shown(browser(person("Lin", "lead", "region:华东/上海")))) == [
        ("1 area within 上海 1 is behind its target", False)
    ]
    wrong = post_all(browser(bob()), {shop: ("much", 0)}).content.decode()
    assert [opened for _words, opened in folds_of(" ".join(wrong.split()))] == [True, False]
    monkeypatch.setattr("kpis.selectors.targets.ROWS_A_PAGE", 3)  # company, 华东, 上海 | 徐汇店, 华北, douyin
    assert folds_of(shown(browser(bob()), page="2")) == [
        ("1 area, continued from the page before 1 is behind its target", False)
    ]


def test_a_long_list_comes_in_pages_with_the_same_number_of_queries(
    django_assert_max_num_queries: Any,
) -> None:
    for number in range(130):
        plan(scope(f"channel:c{number:03}"), str(number))
    client = browser(bob())
    with django_assert_max_num_queries(20):
        page = shown(client)
    assert "channel:c098" in page
    assert "channel:c099" not in page
    assert "channel:c099" in shown(client, page="2")


def test_a_ratio_shows_what_the_year_says_where_the_month_says_nothing() -> None:
    east = scope("region:华东")
    figure(east, "3", code="roas", target=D(5), expected=D(5), attainment=D("0.6"), status="red")
    page = shown(browser(alice()), metric="roas")
    assert 'placeholder="5.00"' in page
    assert "from the quarter or year" in page


# -- Typing


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1200000", "1200000"),
        ("1,200,000", "1200000"),
        ("120万", "1200000"),
        ("120 万元", "1200000"),
        ("１２０万", "1200000"),
        ("￥1，200，000．50", "1200000.5"),
        ("¥ 1.2M", "1200000"),
        ("3.4亿", "340000000"),
        ("1 200 000", "1200000"),
        ("120,0000", "1200000"),
        ("0", "0"),
        (".5", "0.5"),
        ("−5", "-5"),
        ("0.1234567", "0.123457"),
        ("1,2", None),
        ("1,20,000", None),
        ("1.2.3", None),
        ("a lot", None),
        ("1e9", None),
        ("万", None),
        ("--5", None),
        ("NaN", None),
        ("Infinity", None),
        ("10²", None),
        ("１０％", None),
        ("9" * 61, None),
    ],
)
def test_amounts_are_read_as_people_write_them(text: str, value: str | None) -> None:
    assert parse_amount(text) == (None if value is None else D(value))


def test_alice_types_a_target_and_sees_that_it_is_saved_and_the_light_is_asked_for() -> None:
    east = scope("region:华东")
    answer = type_into(browser(alice()), east, "120万").content.decode()
    saved = target_of(east)
    assert saved is not None
    assert (saved.value, saved.set_by, saved.version) == (D(1200000), alice(), 1)
    assert AuditEntry.objects.get(action="target.set").person == alice()
    assert "Saved" in answer
    assert 'value="1,200,000"' in answer
    assert f'name="version-{east.pk}" value="1"' in " ".join(answer.split())
    assert "every 1s" in answer


@pytest.mark.parametrize(
    ("code", "text", "value"),
    [("roas", "1:5", "5"), ("roas", "1：4.5", "4.5"), ("ctr", "3%", "0.03"), ("ctr", "2.5", "0.025")],
)
def test_units_may_be_typed_along(code: str, text: str, value: str) -> None:
    east = scope("region:华东")
    type_into(browser(alice()), east, text, code=code)
    saved = target_of(east, code)
    assert saved is not None
    assert saved.value == D(value)


def test_a_percentage_stands_in_its_field_as_it_was_typed_and_is_not_touched_by_saving_all() -> None:
    east = scope("region:华东")
    client = browser(alice())
    assert 'value="2.5%"' in type_into(client, east, "2.5", code="ctr").content.decode()
    data = {f"target-{east.pk}": "2.5%", f"version-{east.pk}": "1"}
    client.post(reverse("kpis:targets") + "?month=2025-08&metric=ctr", data)
    kept = target_of(east, "ctr")
    assert kept is not None
    assert kept.version == 1


@pytest.mark.parametrize(
    ("code", "text", "said"),
    [
        ("revenue", "a lot", "This is not a number."),
        ("revenue", "10%", "This is not a number."),
        ("revenue", "1000000000000000000", "too large"),
        ("orders", "-5", "Orders cannot be negative."),
        ("cost", "-5", "Cost cannot be negative."),
        ("roas", "<b>", "This is not a number."),
    ],
)
def test_a_wrong_entry_stays_and_says_why_at_its_field(code: str, text: str, said: str) -> None:
    east = scope("region:华东")
    answer = type_into(browser(alice()), east, text, code=code).content.decode()
    assert said in answer
    assert 'aria-invalid="true"' in answer
    assert f'value="{text}"' in answer or "&lt;b&gt;" in answer
    assert target_of(east, code) is None


def test_an_emptied_field_takes_the_target_away() -> None:
    east = scope("region:华东")
    plan(east, "1000")
    type_into(browser(alice()), east, "  ", version=1)
    gone = target_of(east)
    assert gone is not None
    assert (gone.version, gone.value) == (2, None)
    assert ">no target</span>" in " ".join(shown(browser(alice())).split())


@pytest.mark.parametrize("who", [charlie, dana])
def test_who_may_not_set_targets_is_refused_and_nothing_is_written(who: Any) -> None:
    east = scope("region:华东")
    assert type_into(browser(who()), east, "5").status_code == 403
    assert target_of(east) is None


def test_an_area_of_another_lead_is_not_found_and_a_crossing_neither() -> None:
    north = scope("region:华北")
    node("channel:x")
    client = browser(alice())
    assert type_into(client, north, "5").status_code == 404
    assert client.get(reverse("kpis:target", args=["region:华东+channel:x"])).status_code == 404
    assert target_of(north) is None


def test_a_viewed_area_that_she_does_not_lead_is_refused() -> None:
    person("Alice", "viewer", "company")
    north = scope("region:华北")
    assert type_into(browser(alice()), north, "5").status_code == 403


# -- Two people at once


def test_what_somebody_else_set_meanwhile_is_shown_and_not_overwritten() -> None:
    east = scope("region:华东")
    plan(east, "1000", ada())
    plan(east, "1200000", bob())
    client = browser(alice())
    answer = " ".join(type_into(client, east, "1,300,000", version=1).content.decode().split())
    assert "Bob set this to ¥1,200,000.00" in answer
    assert 'value="1,300,000"' in answer
    assert "Set it to ¥1,300,000.00 all the same" in answer
    kept = target_of(east)
    assert kept is not None
    assert (kept.value, kept.version) == (D(1200000), 2)
    assert f'name="version-{east.pk}" value="2"' in answer
    assert "Saved" in type_into(client, east, "1,300,000", version=2).content.decode()


def test_the_same_number_from_two_people_is_no_quarrel() -> None:
    east = scope("region:华东")
    plan(east, "1000", bob())
    assert "Saved" in type_into(browser(alice()), east, "1000", version=0).content.decode()
    assert Target.objects.count() == 1


def test_a_target_taken_away_meanwhile_is_said_too() -> None:
    east = scope("region:华东")
    plan(east, "1000", bob())
    plan(east, None, bob())
    answer = type_into(browser(alice()), east, "900", version=1).content.decode()
    assert "Bob took this target away" in " ".join(answer.split())


def test_the_service_refuses_an_outdated_change() -> None:
    east = scope("region:华东")
    plan(east, "1000", bob())
    entry = TargetEntry(metric(), east, AUGUST, D(5))
    with pytest.raises(TargetMoved) as moved:
        revise_target(entry=entry, based_on=0, person=alice())
    assert moved.value.current.value == D(1000)


# -- The light follows


def asking(area: Scope, since: int, was: str = "grey") -> str:
    query = urlencode({"month": "2025-08", "metric": "revenue", "since": since, "was": was})
    return f"{reverse('kpis:target', args=[area.key])}?{query}"


def test_the_row_asks_until_its_figure_is_there_and_then_shows_the_light() -> None:
    east = scope("region:华东")
    plan(east, "1000")
    client, now = browser(alice()), int(timezone.now().timestamp())
    assert "every 1s" in client.get(asking(east, now)).content.decode()
    figure(east, "500", target=D(1000), expected=D(645), attainment=D("0.775"), status="red")
    ChangedScope.objects.all().delete()
    answer = client.get(asking(east, now)).content.decode()
    assert "every 1s" not in answer
    assert f'id="light-{east.pk}" hx-swap-oob="true"' in answer
    assert "off plan" in answer
    assert "light-changed" in answer
    assert f'id="target-{east.pk}"' not in answer  # what she types meanwhile stays
    assert "light-changed" not in client.get(asking(east, now, was="red")).content.decode()


def test_after_ten_seconds_the_row_gives_up_and_says_so() -> None:
    east = scope("region:华东")
    plan(east, "1000")
    answer = browser(alice()).get(asking(east, int(timezone.now().timestamp()) - 11)).content.decode()
    assert "every 1s" not in answer
    assert "as soon as a worker is free" in answer


# -- Without script


def post_all(client: Client, cells: dict[Scope, tuple[str, int]]) -> Any:
    data = {f"target-{area.pk}": text for area, (text, _version) in cells.items()}
    data |= {f"version-{area.pk}": str(version) for area, (_text, version) in cells.items()}
    return client.post(reverse("kpis:targets") + "?month=2025-08&metric=revenue", data)


def test_the_save_button_saves_what_was_touched_and_leaves_the_rest() -> None:
    east, shop = scope("region:华东"), scope("region:华东/上海")
    plan(shop, "300", bob())
    response = post_all(browser(alice()), {east: ("120万", 0), shop: ("300", 1)})
    assert response.status_code == 302
    assert target_of(east) is not None
    kept = target_of(shop)
    assert kept is not None
    assert (kept.version, kept.set_by) == (1, bob())


def test_a_cell_that_was_only_shown_does_not_undo_what_somebody_set_meanwhile() -> None:
    shop = scope("region:华东/上海")
    plan(shop, "300", bob())
    plan(shop, "400", bob())
    assert post_all(browser(alice()), {shop: ("300", 1)}).status_code == 302
    kept = target_of(shop)
    assert kept is not None
    assert kept.value == D(400)


def test_one_wrong_cell_stays_with_its_reason_and_the_others_are_saved() -> None:
    east, shop = scope("region:华东"), scope("region:华东/上海")
    response = post_all(browser(alice()), {east: ("much", 0), shop: ("300", 0)})
    page = response.content.decode()
    assert "1 target saved." in page
    assert 'value="much"' in page
    assert target_of(shop) is not None
    assert target_of(east) is None


def test_cells_of_areas_that_are_not_hers_are_not_read() -> None:
    north = scope("region:华北")
    node("region:华东")
    post_all(browser(alice()), {north: ("5", 0)})
    assert target_of(north) is None


def test_a_closed_month_is_locked_and_its_cell_says_when_it_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kpis.services.closing.closed_through", lambda as_of: date(2025, 8, 31))
    east = scope("region:华东")
    plan(east, "1000")
    answer = type_into(browser(alice()), east, "1200", version=1).content.decode()
    assert "August 2025 closed on 5 Sep 2025, so its target stays as it is." in answer
    assert 'value="1200"' in answer
    kept = target_of(east)
    assert kept is not None
    assert (kept.value, kept.version) == (D(1000), 1)
