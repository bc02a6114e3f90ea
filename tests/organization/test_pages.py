"""The organization's pages, as people use them. Who may open which is in tests/every_url."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation

from organization import services
from organization.models import AuditEntry, Company, Node, Person
from organization.services import load_events, load_holidays
from tests.people import ada, alice, bob, charlie, node, person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english_again() -> Any:
    yield
    translation.deactivate()


def browser(who: Person) -> Client:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(client: Client, name: str, *args: Any, **query: Any) -> str:
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return response.content.decode()


# -- Areas


def test_new_areas_come_first_and_one_press_says_that_they_look_right() -> None:
    new = services.make_node(dimension="channel", name="kuaishou", needs_review=True)
    client = browser(bob())
    before = page(client, "organization:nodes")
    assert before.index("Looks right") < before.index("channel:kuaishou")
    client.post(reverse("organization:node_review", args=[new.pk]))
    assert "Looks right" not in page(client, "organization:nodes")
    assert AuditEntry.objects.get(action="node.review").person == bob()


def test_a_press_through_htmx_takes_the_row_away() -> None:
    new = services.make_node(dimension="channel", name="kuaishou", needs_review=True)
    response = browser(bob()).post(
        reverse("organization:node_review", args=[new.pk]), headers={"HX-Request": "true"}
    )
    assert (response.status_code, response.content) == (200, b"")


def test_a_viewer_is_not_asked_to_review() -> None:
    services.make_node(dimension="channel", name="kuaishou", needs_review=True)
    assert "Looks right" not in page(browser(charlie()), "organization:nodes")


def test_the_tree_shows_parents_before_children_and_siblings_after() -> None:
    for code in ("region:east-2", "region:east/shanghai", "region:east", "region:east/shanghai/store-1"):
        node(code)
    shown = page(browser(bob()), "organization:nodes", dimension="region")
    codes = ["region:east<", "region:east/shanghai<", "region:east/shanghai/store-1<", "region:east-2<"]
    places = [shown.index(code) for code in codes]
    assert places == sorted(places)


def test_alice_finds_her_region_and_all_channels_names_but_opens_only_her_own() -> None:
    node("region:华北/北京")
    channel = node("channel:douyin")
    client = browser(alice("region:华东/上海"))
    regions = page(client, "organization:nodes", dimension="region")
    assert "上海" in regions
    assert "华北" not in regions
    channels = page(client, "organization:nodes", dimension="channel")
    assert "douyin" in channels
    assert reverse("organization:node", args=[channel.pk]) not in channels


def test_a_search_finds_by_chinese_name_and_what_is_put_away_only_when_asked() -> None:
    douyin = node("channel:douyin", name_zh="抖音直播")
    node("channel:kuaishou")
    client = browser(bob())
    assert "channel:douyin<" in page(client, "organization:nodes", text="抖音")
    assert "channel:kuaishou<" not in page(client, "organization:nodes", text="抖音")
    services.archive_node(node=douyin, person=None)
    assert "channel:douyin<" not in page(client, "organization:nodes", text="抖音")
    assert "channel:douyin<" in page(client, "organization:nodes", text="抖音", archived="on")


def test_a_long_tree_comes_in_pages_with_the_same_number_of_queries(
    django_assert_max_num_queries: Any,
) -> None:
    top = node("channel:a")
    for number in range(130):
        services.make_node(dimension="channel", name=f"c {number:03}", parent=top)
    client = browser(bob())
    with django_assert_max_num_queries(35):
        first = page(client, "organization:nodes")
    assert "channel:a/c-098<" in first
    assert "channel:a/c-099<" not in first
    assert "channel:a/c-099<" in page(client, "organization:nodes", page=2)


def test_bob_renames_a_channel_and_a_taken_name_is_told_beside_the_field() -> None:
    channel, _other = node("channel:douyin"), node("channel:kuaishou")
    client = browser(bob())
    address = reverse("organization:node", args=[channel.pk])
    refused = client.post(address, {"name": "kuaishou", "name_zh": ""})
    assert "another one called kuaishou" in refused.content.decode()
    assert client.post(address, {"name": "Douyin", "name_zh": "抖音"}).status_code == 302
    assert Node.objects.get(pk=channel.pk).name_zh == "抖音"


# -- Oneself


def preferences(**values: str) -> dict[str, str]:
    return {
        "display_name": "Charlie",
        "phone": "",
        "language": "en",
        "time_zone": "Asia/Shanghai",
        **values,
    }


def test_the_chosen_language_holds_at_once_and_on_a_new_device() -> None:
    who = charlie()
    client = browser(who)
    client.post(reverse("organization:me"), preferences(language="zh-hans"))
    assert client.cookies[settings.LANGUAGE_COOKIE_NAME].value == "zh-hans"
    assert 'lang="zh-Hans"' in page(client, "organization:me")
    assert 'lang="zh-Hans"' in page(browser(Person.objects.get(pk=who.pk)), "organization:me")


def test_the_language_button_wins_in_its_own_browser() -> None:
    who = person("Charlie", "viewer", language="zh-hans")
    client = browser(who)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert 'lang="en"' in page(client, "organization:me")


def test_times_are_shown_where_the_person_is() -> None:
    boss = ada()
    entry = services.record(action="x.y", subject="z", person=None)
    AuditEntry.objects.filter(pk=entry.pk).update(at="2025-08-01T20:00:00Z")
    boss.time_zone = "Asia/Shanghai"
    boss.save()
    assert "2025-08-02T04:00:00+08:00" in page(browser(boss), "organization:audit")
    boss.time_zone = "Europe/Berlin"
    boss.save()
    assert "2025-08-01T22:00:00+02:00" in page(browser(boss), "organization:audit")
    boss.time_zone = "Moon/Base"
    boss.save()
    assert "2025-08-02T04:00:00+08:00" in page(browser(boss), "organization:audit")


@pytest.mark.parametrize("wrong", [{"phone": "call me"}, {"time_zone": "Moon/Base"}, {"language": "tlh"}])
def test_preferences_that_make_no_sense_are_not_saved(wrong: dict[str, str]) -> None:
    response = browser(charlie()).post(reverse("organization:me"), preferences(**wrong))
    assert response.status_code == 200
    assert "field-error" in response.content.decode()


def test_nobody_makes_herself_anything_by_posting_more_than_the_form_asks() -> None:
    who = charlie()
    browser(who).post(
        reverse("organization:me"), preferences(is_superuser="1", email="evil@example.com", is_active="")
    )
    who.refresh_from_db()
    assert (who.is_superuser, who.email, who.is_active) == (False, "charlie@example.com", True)


# -- Calendar, settings, history


def test_the_calendar_shows_holidays_make_up_days_and_events() -> None:
    load_holidays(2025)
    load_events(2025)
    shown = page(browser(charlie()), "organization:calendar", year=2025)
    for words in ("National Day", "Make-up working day", "11.11 shopping festival", "5 working days"):
        assert words in shown


def test_a_calendar_that_nobody_loaded_says_what_to_do() -> None:
    shown = page(browser(charlie()), "organization:calendar", year="²")
    assert "load_calendar" in shown


def test_ada_changes_the_settings_and_the_history_shows_it() -> None:
    client = browser(ada())
    form = {
        "name": "Acme",
        "name_zh": "",
        "currency": "CNY",
        "fiscal_year_start": "4",
        "close_after_working_days": "8",
        "calibration_threshold": "12.5",
    }
    assert 'name="calibration_threshold" value="15%"' in page(client, "organization:settings")
    assert client.post(reverse("organization:settings"), form).status_code == 302
    shown = page(client, "organization:audit", action="company.update")
    assert "5 → 8" in shown
    assert "15% → 12.5%" in shown
    assert "Ada" in shown
    assert Company.objects.get().calibration_threshold == Decimal("0.125")


@pytest.mark.parametrize("typed", ["", "0", "-5", "101%", "0.001", "a little", "NaN"])
def test_a_threshold_that_makes_no_sense_stays_in_its_field_with_what_is_wrong(typed: str) -> None:
    form = {
        "name": "Acme",
        "currency": "CNY",
        "fiscal_year_start": "4",
        "close_after_working_days": "8",
        "calibration_threshold": typed,
    }
    response = browser(ada()).post(reverse("organization:settings"), form)
    assert response.status_code == 200
    shown = response.content.decode()
    assert 'id="id_calibration_threshold_error"' in shown
    assert not typed or f'value="{typed}"' in shown
    assert Company.objects.get().fiscal_year_start == 1


@pytest.mark.parametrize(
    "query",
    [
        {"person": "nobody-here"},
        {"first_day": "yesterday"},
        {"before": "-1"},
        {"action": "no.such"},
        {"text": "\0"},
    ],
)
def test_filters_that_make_no_sense_do_not_break_the_history(query: dict[str, str]) -> None:
    assert page(browser(ada()), "organization:audit", **query)


# -- Logging in


@pytest.mark.parametrize("name", ["account_login", "account_reset_password"])
def test_whoever_logs_in_is_asked_in_her_language_alone(name: str, client: Client) -> None:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"
    said = page(client, name)
    assert 'type="text"' in said or 'type="email"' in said
    assert "placeholder" not in said
    assert "用户名或email" not in said
