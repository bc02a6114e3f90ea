"""Large numbers as each wants them: by her language, or always one way; on pages, in charts and in messages."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.test import Client

from common import formats
from common.number_style import number_style, writing_numbers
from organization.models import Person
from organization.speaking import speaking, speaking_to
from tests import people
from tests.dashboards.figures import TODAY, keep

MONEY = SimpleNamespace(unit="money", code="revenue", display="")


@pytest.mark.parametrize(
    ("language", "style", "written"),
    [
        ("en", "", "¥1.23M"),
        ("en", "wan", "¥123万"),
        ("zh-hans", "", "¥123万"),
        ("zh-hans", "k", "¥1.23M"),
        ("en", "roman", "¥1.23M"),
    ],
)
def test_a_style_wins_over_the_language(language: str, style: str, written: str) -> None:
    with writing_numbers(style):
        assert formats.tile(Decimal(1_234_567), MONEY, language) == written
    assert number_style() == ""


@pytest.mark.django_db
def test_messages_are_written_as_their_reader_wants_and_chats_as_their_language_does() -> None:
    alice = people.person("Alice", number_style="wan")
    with writing_numbers("k"), speaking_to(alice):
        assert formats.tile(Decimal(20_000), MONEY, "en") == "¥2万"
        with speaking("en"):
            assert formats.tile(Decimal(20_000), MONEY, "en") == "¥20K"
        assert number_style() == "wan"


@pytest.mark.django_db
def test_bob_chooses_and_his_pages_and_charts_follow_but_not_charlies(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboards.views.turned.timezone.localdate", lambda: TODAY)
    bob, charlie = people.bob(), people.charlie()
    keep("company", "revenue", "1234567", expected="1200000")
    client.force_login(charlie)
    assert "¥1.23M" in client.get("/?period=2026-11").content.decode()
    client.force_login(bob)
    known = {"display_name": "Bob", "phone": "", "language": "en", "time_zone": "Asia/Shanghai"}
    assert client.post("/organization/me/", {**known, "number_style": "wan"}).status_code == 302
    assert Person.objects.get(pk=bob.pk).number_style == "wan"
    page = client.get("/?period=2026-11").content.decode()
    assert "¥123万" in page
    assert "¥1.23M" not in page
    found = re.search(r'id="shell-words" type="application/json">(.*?)</script>', page)
    assert found is not None
    assert json.loads(found[1])["numbers"] == "wan"
    client.force_login(charlie)  # nor from the cache
    assert "¥1.23M" in client.get("/?period=2026-11").content.decode()
    assert client.post("/organization/me/", {**known, "number_style": "roman"}).status_code == 200


@pytest.mark.django_db
def test_preferences_say_what_is_the_companys(client: Client) -> None:
    client.force_login(people.charlie())
    page = client.get("/organization/me/").content.decode()
    for words in ("CNY", "begins on 1 Jan", "Asia/Shanghai", "an administrator changes them"):
        assert words in page
