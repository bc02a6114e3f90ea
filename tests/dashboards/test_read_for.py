"""A page read for somebody who is not asking herself: her rights, her language, and nothing but pages that only read."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session

from dashboards.read_for import Unreadable, read_for
from dashboards.shareable import NotShareable, address_of
from tests.dashboards.figures import TODAY, keep
from tests.people import alice, bob, mallory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_company(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboards.views.turned.timezone.localdate", lambda: TODAY)
    keep("company", "revenue", "987654", expected="2400")
    keep("region:华东", "revenue", "123456", expected="2400")


def test_each_is_read_what_is_hers() -> None:
    manager = read_for(bob(), address_of("/")).content.decode()
    lead = read_for(alice(), address_of("/")).content.decode()
    assert "988K" in manager
    assert "988K" not in lead
    assert "123K" in lead


def test_it_comes_without_menu_and_buttons_in_the_language_of_its_reader() -> None:
    whom = bob()
    whom.language = "zh-hans"
    page = read_for(whom, address_of("/?period=2026-11"), theme="dark").content.decode()
    assert 'lang="zh-Hans"' in page
    assert 'data-bs-theme="dark"' in page
    assert "98.8万" in page
    assert "sidebar-nav" not in page
    assert 'class="tools"' not in page


def test_nothing_is_read_for_who_left_nor_of_what_is_not_hers_and_nobody_is_logged_in() -> None:
    gone = bob()
    gone.is_active = False
    with pytest.raises(Unreadable, match="left"):
        read_for(gone, address_of("/"))
    with pytest.raises(Unreadable, match="gone"):
        read_for(mallory(), address_of("/"))
    with pytest.raises(Unreadable, match="gone"):
        read_for(alice(), address_of("/?region=华北"))
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    "address",
    [
        "",
        "channels/",
        "//evil.example/",
        "https://evil.example/",
        "/people/",
        "/nowhere/",
        "/feedback/complaints/",
        "/accounts/login/",
        "/" + "?" + "a" * 2001,
        "//[x",
        "/?a=\0",
    ],
)
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(NotShareable):
        address_of(address)


def test_an_address_stays_as_it_was_written() -> None:
    assert str(address_of("/channels/?period=2026-11&region=华东/上海")) == (
        "/channels/?period=2026-11&region=华东/上海"
    )
