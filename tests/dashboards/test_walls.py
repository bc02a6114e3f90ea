"""Screens on walls: paired once by a code, showing what their owner may show now, and dark as soon as she may not."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboards import codes
from dashboards.models import SavedView, Screen
from dashboards.services import walls as services
from dashboards.services.walls import Shows, WrongCode, pair_screen
from dashboards.shareable import address_of
from dashboards.still import stilled
from organization.models import AuditEntry, Person
from tests.dashboards.figures import TODAY, keep
from tests.people import ada, alice, bob, charlie, node, person

PAGE = "/wall/page/"
PAIR = "/walls/pair/"
LOCALDATE = timezone.localdate


@pytest.fixture(autouse=True)
def a_fixed_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "localdate", lambda at=None, zone=None: at.date() if at else TODAY)
    monkeypatch.setattr("dashboards.throttling.count", lambda *_, **__: None)


def a_company() -> None:
    keep("company", "revenue", "987654", expected="2400")
    keep("region:华东", "revenue", "123456", expected="2400")
    node("region:华北")


def browser(who: Person) -> Client:
    client = Client()
    client.force_login(who)
    return client


def a_screen() -> tuple[Client, str]:
    """A browser on a wall, and the code that it shows."""
    client = Client()
    assert client.get("/wall/").status_code == 200
    told = client.get(PAGE).json()
    assert told["state"] == "asking"
    return client, told["code"]


def paired(code: str, who: Person, *addresses: str, **said: Any) -> Any:
    body = {"code": code, "name": "Lobby", "addresses": "\n".join(addresses or ("/",)), "seconds": "30"}
    return browser(who).post(PAIR, body | {"theme": "dark", "language": "en"} | said)


def a_wall(who: Person, *addresses: str, **said: Any) -> Client:
    client, code = a_screen()
    assert paired(code, who, *addresses, **said).status_code == 302
    return client


# -- Codes ------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(secret=st.text(min_size=1, max_size=20), at=st.datetimes())
def test_a_code_has_no_look_alikes_and_can_be_said_again(secret: str, at: datetime) -> None:
    code = codes.code_of(secret, at)
    assert len(code) == codes.LENGTH
    assert not set(code) - set(codes.LETTERS)
    assert not set(code) & set("01OILSBZ")
    assert code == codes.code_of(secret, at)
    assert codes.typed(f" {codes.shown(code).lower().replace(' ', ' - ')}") == code


def test_a_code_typed_in_full_width_is_the_same_code() -> None:
    assert codes.typed("４３ｄ２－ＱＶＰ４") == "43D2QVP4"


def test_links_lead_nowhere_and_words_stay() -> None:
    text = '<p>a &lt; b <a class="x" href="/a?b=1&amp;c" title=">">One <b>two</b></a><a href=\'/z\'>3</a></p>'
    assert stilled(text) == '<p>a &lt; b <a class="x">One <b>two</b></a><a>3</a></p>'


# -- Pairing ----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_screen_shows_what_the_one_who_typed_its_code_may_see() -> None:
    a_company()
    wall = a_wall(alice())
    told = wall.get(PAGE).json()
    assert (told["state"], told["name"], told["pages"], told["seconds"]) == ("showing", "Lobby", 1, 30)
    assert "123K" in told["html"]
    assert "988K" not in told["html"]
    assert "href=" not in told["html"].partition("<main")[2]
    assert "<form" not in told["html"]
    entry = AuditEntry.objects.get(action="dashboards.screen_pair")
    assert (entry.person, entry.subject) == (alice(), "Lobby")
    kept = Screen.objects.get()
    assert kept.code_hash is None
    assert wall.cookies["plumbline_screen"].value not in str(Screen.objects.values().get())


@pytest.mark.django_db
def test_the_secret_is_for_the_screen_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    cookie = Client().get("/wall/").cookies["plumbline_screen"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/wall/")
    assert cookie["secure"] == ""
    monkeypatch.setattr("django.conf.settings.PRODUCTION", True)
    assert Client().get("/wall/").cookies["plumbline_screen"]["secure"] is True


@pytest.mark.django_db
@pytest.mark.parametrize("case", ["wrong", "used", "old"])
def test_a_code_that_is_wrong_used_or_old_is_told_at_its_field(case: str) -> None:
    _wall, code = a_screen()
    if case == "wrong":
        code = "AAAA AAAA"
    elif case == "used":
        assert paired(code, bob()).status_code == 302
    else:
        Screen.objects.update(code_until=timezone.now() - timedelta(seconds=1))
    answer = paired(code, bob())
    assert answer.status_code == 422
    assert "No screen shows this code" in answer.content.decode()


@pytest.mark.django_db
def test_a_code_renews_itself_and_stays_the_same_until_then() -> None:
    wall, code = a_screen()
    assert wall.get(PAGE).json()["code"] == code
    assert code in wall.get("/wall/").content.decode()
    Screen.objects.update(code_until=timezone.now() - timedelta(seconds=1))
    assert wall.get(PAGE).json()["code"] != code
    assert Screen.objects.count() == 1


@pytest.mark.django_db
def test_whoever_guesses_codes_is_held_up_and_so_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr("dashboards.throttling.TRIES", 2)
    monkeypatch.setattr("dashboards.throttling.TRIES_OF_ALL", 4)
    monkeypatch.setattr("dashboards.throttling.time", lambda: 1_000_000_000.0 + bob().pk * 1000)
    said = [paired("AAAA AAAA", bob()) for _ in range(3)]
    assert [one.status_code for one in said] == [422, 422, 429]
    assert int(said[-1]["Retry-After"]) > 0
    assert "Many codes were tried" in said[-1].content.decode()
    others = [paired("AAAA AAAA", person(f"Guess {n}", "lead")).status_code for n in range(3)]
    assert others == [422, 422, 429]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"addresses": "https://evil.example/"}, "is no page with figures"),
        ({"addresses": "/people/"}, "is no page with figures"),
        ({"addresses": ""}, "Choose at least one page"),
        ({"addresses": "/\n" * 21}, "at most 20 pages"),
        ({"addresses": "/?region=华北"}, "areas that you lead"),
        ({"seconds": "9"}, "10"),
        ({"seconds": "601"}, "600"),
        ({"name": " "}, "required"),
        ({"theme": "neon"}, "neon"),
    ],
)
def test_what_a_screen_cannot_show_is_said_and_its_code_still_counts(said: dict[str, str], why: str) -> None:
    a_company()
    wall, code = a_screen()
    answer = paired(code, alice(), **said)
    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert wall.get(PAGE).json() == {"state": "asking", "code": code}


@pytest.mark.django_db
def test_pages_are_chosen_among_kept_views_and_pasted_from_the_address_bar() -> None:
    a_company()
    SavedView.objects.create(owner=bob(), name="East", address="/?region=华东")
    page = browser(bob()).get(PAIR).content.decode()
    assert "East" in page
    wall = a_wall(bob(), "http://testserver/channels/?period=2026-11", chosen=["/?region=华东"])
    assert [page.address for page in Screen.objects.get().pages.all()] == [
        "/?region=华东",
        "/channels/?period=2026-11",
    ]
    assert "123K" in wall.get(PAGE, {"at": "0"}).json()["html"]
    assert "Channels" in wall.get(PAGE, {"at": "1"}).json()["html"]
    assert wall.get(PAGE, {"at": "7"}).json()["at"] == 1
    assert wall.get(PAGE, {"at": "x"}).json()["at"] == 0


@pytest.mark.django_db
def test_charlie_who_only_looks_pairs_nothing_and_sees_no_list() -> None:
    _wall, code = a_screen()
    assert paired(code, charlie()).status_code == 403
    assert browser(charlie()).get("/walls/").status_code == 403


# -- Showing ----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_screen_that_has_a_page_is_told_so_until_something_changes(
    django_assert_max_num_queries: Any,
) -> None:
    a_company()
    wall = a_wall(bob())
    first = wall.get(PAGE)
    with django_assert_max_num_queries(4):
        again = wall.get(PAGE, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["X-As-Of"]
    keep("company", "revenue", "555000", expected="2400")
    changed = wall.get(PAGE, headers={"if-none-match": first["ETag"]})
    assert "555K" in changed.json()["html"]
    other = a_wall(alice())
    assert other.get(PAGE, headers={"if-none-match": changed["ETag"]}).status_code == 200


@pytest.mark.django_db
def test_a_page_is_made_anew_when_its_owners_day_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    a_company()
    monkeypatch.setattr(timezone, "localdate", LOCALDATE)
    Person.objects.filter(pk=bob().pk).update(time_zone="America/New_York")
    wall = a_wall(bob())
    tag = ""
    for hour, minute, status in (
        (4, 30, 200),
        (4, 50, 304),
        (5, 10, 200),
    ):  # her midnight is 05:00, theirs 16:00
        at = datetime(2026, 12, 1, hour, minute, tzinfo=UTC)
        monkeypatch.setattr(timezone, "now", lambda at=at: at)
        answer = wall.get(PAGE, headers={"if-none-match": tag} if tag else {})
        assert answer.status_code == status
        tag = answer.get("ETag", tag)


@pytest.mark.django_db
def test_a_screen_speaks_its_own_language_in_its_own_theme_and_reads_only() -> None:
    a_company()
    wall = a_wall(bob(), language="zh-hans", theme="light")
    frame = wall.get("/wall/").content.decode()
    assert 'lang="zh-Hans"' in frame
    assert 'data-bs-theme="light"' in frame
    assert "98.8万" in wall.get(PAGE).json()["html"]
    assert wall.post(PAGE).status_code == 405
    assert "sessionid" not in wall.cookies


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["left", "right", "area"])
def test_when_its_owner_leaves_or_loses_the_right_the_screen_is_dark_at_once(how: str) -> None:
    a_company()
    wall = a_wall(alice())
    etag = wall.get(PAGE)["ETag"]
    if how == "left":
        Person.objects.filter(pk=alice().pk).update(is_active=False)
    else:
        alice().grants.all().delete()
        person("Alice", *(("viewer", "region:华东") if how == "right" else ("lead", "region:华北")))
    told = wall.get(PAGE, headers={"if-none-match": etag}).json()
    assert "123K" not in str(told)
    if how == "area":  # another page than the one that was hers
        assert told["state"] == "showing"
    else:
        assert told == {"state": "off"}
        frame = wall.get("/wall/").content.decode()
        assert "This screen was switched off" in frame
        assert "123K" not in frame


@pytest.mark.django_db
def test_of_areas_that_she_only_looks_at_nothing_is_shown_openly() -> None:
    a_company()
    whom = alice()
    wall = a_wall(whom, "/?region=华东", "/channels/?region=华东")
    whom.grants.all().delete()
    person("Alice", "viewer")
    person("Alice", "lead", "region:华北")
    told = wall.get(PAGE).json()
    assert "123K" not in told["html"]
    assert "This page is not there any more" in told["html"]


@pytest.mark.django_db
@pytest.mark.parametrize(("address", "status"), [("/?region=华东", 302), ("/", 422), ("/okr/", 422)])
def test_pages_of_all_her_areas_are_not_shown_where_she_only_looks_in_some(address: str, status: int) -> None:
    a_company()
    person("Alice", "viewer")
    person("Alice", "lead", "region:华东")
    _wall, code = a_screen()
    assert paired(code, alice(), address).status_code == status


@pytest.mark.django_db
def test_the_menu_leads_to_screens_for_those_who_may_pair_one() -> None:
    for whom, there in ((alice(), True), (bob(), True), (charlie(), False)):
        assert ('href="/walls/"' in browser(whom).get("/views/").content.decode()) is there


@pytest.mark.django_db
def test_a_page_that_was_removed_is_said_and_the_others_go_on() -> None:
    a_company()
    wall = a_wall(bob(), "/", "/channels/")
    Screen.objects.get().pages.filter(position=0).update(address="/removed/")
    assert "This page is not there any more" in wall.get(PAGE, {"at": "0"}).json()["html"]
    assert wall.get(PAGE, {"at": "1"}).json()["state"] == "showing"
    assert "a page that is gone" in browser(bob()).get("/walls/").content.decode()


@pytest.mark.django_db
def test_a_revoked_screen_is_unknown_and_asks_for_a_code_with_another_secret() -> None:
    a_company()
    wall = a_wall(bob())
    secret = wall.cookies["plumbline_screen"].value
    url = reverse("dashboards:screen_revoke", args=[Screen.objects.get().pk])
    assert browser(alice()).post(url).status_code == 404
    assert browser(ada()).post(url).status_code == 302
    assert wall.get(PAGE).json() == {"state": "unknown"}
    assert "data-wall-code" in wall.get("/wall/").content.decode()
    assert wall.cookies["plumbline_screen"].value != secret
    wall.cookies["plumbline_screen"] = secret
    assert wall.get(PAGE).json() == {"state": "unknown"}
    assert AuditEntry.objects.get(action="dashboards.screen_revoke").person == ada()
    assert "Lobby" not in browser(ada()).get("/walls/").content.decode().partition("<main")[2].partition(
        "</h1>"
    )[2].replace("“Lobby” is switched off.", "")


@pytest.mark.django_db
def test_ada_sees_all_screens_and_bob_his_own(django_assert_max_num_queries: Any) -> None:
    a_company()
    for n in range(6):
        a_wall(bob(), name=f"Bobs {n}")
    a_wall(alice(), name="Alices")
    assert "Alices" not in browser(bob()).get("/walls/").content.decode()
    client = browser(ada())
    with django_assert_max_num_queries(13):
        page = client.get("/walls/").content.decode()
    assert "Alices" in page
    assert "Bobs 5" in page
    hers = Screen.objects.get(name="Alices")
    assert client.get(reverse("dashboards:screen", args=[hers.pk])).status_code == 404


@pytest.mark.django_db
def test_a_change_reaches_the_screen_and_is_on_record() -> None:
    a_company()
    wall = a_wall(bob())
    etag = wall.get(PAGE)["ETag"]
    url = reverse("dashboards:screen", args=[Screen.objects.get().pk])
    body = {"name": "Canteen", "addresses": "/channels/", "seconds": "60", "theme": "dark", "language": "en"}
    assert browser(bob()).post(url, body).status_code == 302
    told = wall.get(PAGE, headers={"if-none-match": etag}).json()
    assert (told["name"], told["seconds"]) == ("Canteen", 60)
    assert AuditEntry.objects.filter(action="dashboards.screen_change", subject="Canteen").exists()
    assert "/channels/" in browser(bob()).get(url).content.decode()


@pytest.mark.django_db
def test_what_nobody_paired_is_swept_after_a_day_and_what_is_shown_stays() -> None:
    a_company()
    a_screen()
    wall = a_wall(bob())
    services.sweep_screens(now=timezone.now() + timedelta(days=1, minutes=1))
    assert Screen.objects.count() == 1
    assert wall.get(PAGE).json()["state"] == "showing"


@pytest.mark.django_db
def test_a_screen_that_asks_all_day_writes_now_and_then(django_assert_num_queries: Any) -> None:
    wall, _code = a_screen()
    with django_assert_num_queries(2):  # the screen and its pages
        wall.get(PAGE)
    assert Screen.objects.get().seen_at is not None


# -- At once ----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_twelve_screens_are_paired_at_once_and_each_code_by_one() -> None:
    now, whom = timezone.now(), bob()
    opened = [services.open_screen(now=now) for _ in range(12)]
    said = [services.code_for(screen=screen, secret=secret, now=now) for screen, secret in opened]
    shows = Shows("Lobby", [address_of("/")], 30, "dark", "en")
    won: list[int] = []
    lost: list[str] = []
    begin = threading.Barrier(24)

    def pair(code: str) -> None:
        begin.wait(20)
        try:
            won.append(pair_screen(code=code, shows=shows, person=whom, now=now).pk)
        except WrongCode:
            lost.append(code)
        finally:
            connection.close()

    threads = [threading.Thread(target=pair, args=(code,)) for code in [*said, *said]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == sorted(screen.pk for screen, _secret in opened)
    assert sorted(lost) == sorted(said)
    assert AuditEntry.objects.filter(action="dashboards.screen_pair").count() == 12
