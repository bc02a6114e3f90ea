"""Where a page can be turned to: only to what is hers, by name, with the other filters kept."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import unquote

import pytest
from django.test import Client

from organization.models import Person
from tests.dashboards.figures import keep
from tests.people import alice, bob, node, person, scope

pytestmark = pytest.mark.django_db


def offered(who: Person, dimension: str, **query: str) -> dict[str, str]:
    """Names and addresses."""
    client = Client()
    client.force_login(who)
    answer = client.get("/places/", {"dimension": dimension, **query}, headers={"hx-request": "true"})
    assert answer.status_code == 200
    links = re.findall(r'<a href="([^"]+)"[^>]*>([^<]+)<small>', answer.content.decode())
    return {unescape(name): unquote(unescape(url)) for url, name in links}


def page(who: Person, address: str = "/") -> str:
    client = Client()
    client.force_login(who)
    return unquote(unescape(client.get(address).content.decode()))


def places_of_two_regions() -> None:
    for area in ("region:华东/上海/徐汇店", "region:华北/北京", "channel:Douyin/Summer", "channel:Search"):
        scope(area)


def test_bob_chooses_among_the_topmost_and_finds_the_rest_by_name() -> None:
    places_of_two_regions()
    assert set(offered(bob(), "region")) == {"华东", "华北"}
    assert set(offered(bob(), "region", q="徐汇")) == {"徐汇店"}
    assert set(offered(bob(), "channel", q="SUMM")) == {"Summer"}
    assert offered(bob(), "channel", q="winter") == {}


def test_the_other_filters_and_the_period_are_kept() -> None:
    places_of_two_regions()
    found = offered(bob(), "channel", region="华东/上海", period="2026-10")
    assert found["Search"] == "/?period=2026-10&region=华东/上海&channel=search"


def test_alice_is_offered_places_of_the_east_alone_and_every_channel_within_it() -> None:
    places_of_two_regions()
    who = alice()
    assert set(offered(who, "region")) == {"华东", "上海"}
    assert offered(who, "region", q="北京") == {}
    assert set(offered(who, "channel", region="华东")) == {"Douyin", "Search"}


def test_alice_may_not_turn_her_region_off() -> None:
    places_of_two_regions()
    keep("region:华东", "revenue", "10")
    keep("region:华东+channel:Douyin", "revenue", "4")
    address = "/?region=华东&channel=douyin&period=2026-11"
    hers, bobs = page(alice(), address), page(bob(), address)
    assert "Channels: show all" in hers
    assert "Regions: show all" not in hers
    assert "Regions: show all" in bobs


def test_a_store_manager_finds_her_store_however_deep_it_lies() -> None:
    scope("region:华东/上海/上海/静安店")
    erin = person("Erin", "lead", "region:华东/上海/上海/徐汇店")
    assert set(offered(erin, "region")) == {"徐汇店"}


def test_a_cut_that_was_granted_offers_neither_its_neighbours_nor_the_way_out() -> None:
    places_of_two_regions()
    fay = person("Fay", "viewer", "region:华东+channel:Douyin")
    keep("region:华东+channel:Douyin", "revenue", "4")
    query = {"region": "华东", "channel": "douyin"}
    assert set(offered(fay, "channel", **query)) == {"Douyin", "Summer"}
    assert set(offered(fay, "region", **query)) == {"华东", "上海"}
    assert "show all" not in page(fay, "/?region=华东&channel=douyin&period=2026-11")


def test_who_was_granted_two_areas_can_turn_from_one_to_the_other() -> None:
    keep("region:华东", "revenue", "10")
    keep("channel:Douyin", "revenue", "4")
    gil = person("Gil", "lead", "region:华东")
    person("Gil", "viewer", "channel:Douyin")
    found = page(gil)
    assert "channel=douyin" in found
    assert "Your areas" in found
    assert "Your areas" not in page(alice())


def test_names_are_found_in_either_language_and_by_alias() -> None:
    node("channel:Douyin", name_zh="抖音")
    assert set(offered(bob(), "channel", q="抖音")) == {"Douyin"}


def test_a_search_of_nothing_says_what_to_do() -> None:
    client = Client()
    client.force_login(bob())
    answer = client.get("/places/", {"dimension": "region", "q": "<nowhere>"}).content.decode()
    assert "Nothing of yours is called “&lt;nowhere&gt;”" in answer
