"""Kept pages: never old, never another's, and the same without Redis."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from common import cache as common_cache
from dashboards import keeping
from kpis.models import Stamp
from kpis.stamps import WINDOW, data_version, stamp, sweep_stamps
from organization import gate
from organization.models import Company, Person, Role
from organization.selectors.rates import forget_currency
from organization.services import rename_node
from tests.dashboards.figures import TODAY, keep
from tests.people import ada, alice, bob, charlie, node, person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_fixed_day(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("dashboards.views.turned.timezone.localdate", lambda: TODAY)
    yield
    common_cache._rests_until = 0.0
    forget_currency()


def browser(who: Person, language: str = "en") -> Client:
    client = Client()
    client.force_login(who)
    client.cookies["django_language"] = language
    return client


def a_company() -> None:
    keep("company", "revenue", "2300", expected="2400")
    keep("channel:Search", "revenue", "1600", expected="1000")
    keep("channel:Shops", "revenue", "700", expected="1400")
    keep("region:华东", "revenue", "1500", expected="1400")


def reads_figures(client: Client, path: str = "/", **headers: str) -> bool:
    with CaptureQueriesContext(connection) as made:
        assert client.get(path, headers=headers).status_code in (200, 304)
    return any("kpis_reading" in one["sql"] for one in made)


def test_a_page_that_nothing_has_changed_for_is_not_read_again() -> None:
    a_company()
    client = browser(bob())
    assert reads_figures(client)
    assert not reads_figures(client)


def test_what_was_committed_is_on_the_very_next_page() -> None:
    a_company()
    client = browser(bob())
    assert "¥2.3K" in client.get("/").content.decode()
    keep("company", "revenue", "5500", expected="2400")
    assert "¥5.5K" in client.get("/").content.decode()


def test_a_renamed_channel_has_its_new_name_at_once() -> None:
    a_company()
    client = browser(bob())
    client.get("/")
    rename_node(node=node("channel:Search"), name="Baidu", name_zh="", person=ada())
    assert "Baidu" in client.get("/").content.decode()


def test_a_new_company_name_is_shown_at_once() -> None:
    a_company()
    client = browser(bob())
    client.get("/")
    Company.objects.update(name="Oak & Sons")
    assert "Oak &amp; Sons" in client.get("/").content.decode()


def test_a_currency_that_another_process_has_changed_is_shown_at_once() -> None:
    a_company()
    client = browser(bob())
    assert "¥2.3K" in client.get("/").content.decode()
    Company.objects.update(currency="EUR")  # which tells nobody in this process
    page = client.get("/").content.decode()
    assert "€2.3K" in page
    assert "¥" not in page


def test_people_who_were_granted_the_same_share_a_page_but_not_a_name() -> None:
    a_company()
    first, second = browser(charlie()), browser(person("Clara", "viewer"))
    assert "Charlie" in first.get("/").content.decode()
    assert not reads_figures(second)
    hers = second.get("/").content.decode()
    assert "Clara" in hers
    assert "Charlie" not in hers


def test_nobody_is_given_the_page_of_someone_who_may_see_more() -> None:
    a_company()
    browser(bob()).get("/")
    browser(bob()).get("/?region=华东")
    hers = browser(alice()).get("/").content.decode()
    assert "¥2.3K" not in hers
    assert "Shops" not in hers
    assert browser(charlie()).get("/").content.decode().count("Set a target") == 0


def test_a_role_that_is_taken_away_takes_its_page_away() -> None:
    a_company()
    who = bob()
    client = browser(who)
    client.get("/")
    who.grants.all().delete()
    assert client.get("/").status_code == 403
    person("Bob", "lead", "region:华东")
    assert "¥2.3K" not in client.get("/").content.decode()


def test_each_language_has_its_own() -> None:
    a_company()
    who = bob()
    assert "Key figures" in browser(who).get("/").content.decode()
    assert "Key figures" not in browser(who, "zh-hans").get("/").content.decode()


def test_a_browser_that_has_the_page_is_told_so_in_a_few_bytes() -> None:
    a_company()
    client = browser(bob())
    first = client.get("/")
    assert first["Cache-Control"] == "private, no-cache"
    again = client.get("/", headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    assert "Cookie" in again["Vary"]
    assert re.findall(rb"<h1>", client.get("/").content)


@pytest.mark.parametrize("change", ["figure", "name", "theme", "language", "message"])
def test_a_browsers_copy_is_old_when_anything_on_the_page_is(change: str) -> None:
    a_company()
    who = bob()
    client = browser(who)
    etag = client.get("/")["ETag"]
    if change == "figure":
        keep("company", "revenue", "2301", expected="2400")
    elif change == "name":
        Person.objects.filter(pk=who.pk).update(display_name="Robert")
    elif change == "theme":
        client.cookies["theme"] = "dark"
    elif change == "language":
        client.cookies["django_language"] = "zh-hans"
    else:
        client.post("/accounts/password/change/", {})
        Person.objects.filter(pk=who.pk).update(display_name="Bobby")
    assert client.get("/", headers={"if-none-match": etag}).status_code == 200


def test_another_persons_tag_is_not_taken_for_ones_own() -> None:
    a_company()
    etag = browser(charlie()).get("/")["ETag"]
    answer = browser(person("Clara", "viewer")).get("/", headers={"if-none-match": etag})
    assert answer.status_code == 200


def test_without_redis_the_page_is_the_same_and_asks_it_no_more_for_a_while(
    settings: Any,
) -> None:
    a_company()
    who = bob()
    plain = re.sub(rb"[A-Za-z0-9]{32,64}", b"", browser(who).get("/").content)
    gone = {"BACKEND": "common.cache.Cache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": gone}
    client = browser(who)
    assert reads_figures(client)
    assert re.sub(rb"[A-Za-z0-9]{32,64}", b"", client.get("/").content) == plain
    assert common_cache._rests_until > 0


def test_the_frame_of_a_kept_page_asks_little(django_assert_max_num_queries: Any) -> None:
    """Session, person, standing, grants, version. What is granted is read once for all who ask for it."""
    a_company()
    client = browser(bob())
    client.get("/")
    with django_assert_max_num_queries(5):
        etag = client.get("/")["ETag"]
    with django_assert_max_num_queries(5):
        assert client.get("/", headers={"if-none-match": etag}).status_code == 304


def test_grants_read_at_once_say_the_same_as_each_question_alone() -> None:
    a_company()
    chief = person("Chief", "viewer")
    chief.is_superuser = True
    chief.grants.all().delete()
    chief.save()
    gone = person("Gone", "admin")
    gone.is_active = False
    gone.save()
    for one in (alice(), bob(), charlie(), ada(), person("Zoe", "finance", "channel:Shops"), chief, gone):
        reach = gate.Reach(one)
        home, alone = reach.home(), gate.home_scope(one)
        assert (home and (home.pk, home.key)) == (alone and (alone.pk, alone.key))
        assert reach.company_actions == gate.company_actions(one)
        for needs in (*gate.Action, *Role):
            assert reach.somewhere(needs) == gate.can_somewhere(one, needs), (one, needs)


# -- Which rows there are, whatever the order of commits --------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_change_that_began_first_and_was_committed_last_is_seen() -> None:
    begun, commit = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            stamp()
            begun.set()
            commit.wait(10)
        connection.close()

    worker = threading.Thread(target=slow)
    worker.start()
    begun.wait(10)
    stamp()  # a higher id, committed first
    between = data_version()
    commit.set()
    worker.join()
    assert data_version() != between


def test_old_stamps_are_swept_away_and_new_ones_stay() -> None:
    stamp()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO kpis_stamp (at) VALUES (now() - interval '2 days')")
    sweep_stamps()
    assert Stamp.objects.count() == 1


def test_pages_are_kept_for_less_time_than_the_version_looks_back() -> None:
    assert WINDOW.total_seconds() > keeping.KEPT_SECONDS
