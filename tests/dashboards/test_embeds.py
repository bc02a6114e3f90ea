"""Pages inside pages of others: no login, a link that is the right, and never a figure too much."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboards.embed_links import SALT, link_for, token_for
from dashboards.models import Embed
from dashboards.origins import BadOrigin, origins_of
from dashboards.services.embeds import sweep_embeds
from organization.models import AuditEntry, Grant, Person, Role
from tests.dashboards.figures import TODAY, keep
from tests.people import ada, alice, bob, charlie, mallory, scope

pytestmark = pytest.mark.django_db
FORM = {
    "name": "Portal",
    "origins": "https://portal.example.com",
    "days": "30",
    "language": "en",
    "panel": "",
}


@pytest.fixture(autouse=True)
def a_company(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    monkeypatch.setattr("dashboards.views.turned.timezone.localdate", lambda: TODAY)
    keep("company", "revenue", "987654", expected="2400")
    keep("region:华东", "revenue", "123456", expected="2400")


def an_embed(person: Person, **fields: Any) -> Embed:
    known = {
        "name": "Portal", "address": "/", "origins": ["https://portal.example.com"], "key": uuid.uuid4(),
        "until": timezone.now() + timedelta(days=30), **fields,
    }  # fmt: skip
    return Embed.objects.create(person=person, **known)


def path_of(embed: Embed) -> str:
    return "/embed/" + token_for(embed=embed.pk, key=embed.key) + "/"


def as_person(whom: Person) -> Client:
    client = Client()
    client.force_login(whom, backend="django.contrib.auth.backends.ModelBackend")
    return client


# -- What a frame shows --------------------------------------------------------------------------------


def test_each_frame_shows_what_is_its_makers(client: Client) -> None:
    manager = client.get(path_of(an_embed(bob())))
    lead = client.get(path_of(an_embed(alice())))
    assert "988K" in manager.content.decode()
    assert "123K" in lead.content.decode()
    assert "988K" not in lead.content.decode()


def test_a_frame_is_for_its_sites_alone_and_keeps_nothing(client: Client) -> None:
    answer = client.get(path_of(an_embed(bob(), origins=["https://a.example", "https://b.example:8443"])))
    policy = answer["Content-Security-Policy"]
    assert "frame-ancestors https://a.example https://b.example:8443;" in policy + ";"
    assert "script-src 'self'" in policy
    assert "X-Frame-Options" not in answer
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cache-Control"] == "private, no-cache"
    assert not answer.cookies


def test_a_question_mark_turns_nothing(client: Client) -> None:
    keep("region:华东", "revenue", "555555", expected="1", period="2026-10")
    path = path_of(an_embed(bob(), address="/?region=华东"))
    plain, asked = client.get(path), client.get(path + "?area=company&period=2026-10&region=华北")
    assert plain.content == asked.content


def test_nobody_can_act_in_a_frame_and_its_links_leave_it(client: Client) -> None:
    page = client.get(path_of(an_embed(bob()))).content.decode()
    body = page[page.index("<body") :]
    assert not re.findall(r"<(?:form|button|select|dialog|nav)\b|\bhx-|csrf", body)
    links = re.findall(r"<a [^>]*>", body)
    assert links
    assert all('target="_blank"' in link or 'href="#' in link for link in links)
    assert not any('href="?' in link for link in links)
    assert "November 2026" in body  # what the filters were set to is said all the same


def test_one_panel_comes_without_the_rest_of_the_page(client: Client) -> None:
    page = client.get(path_of(an_embed(bob(), panel="figures-title"))).content.decode()
    assert "988K" in page
    assert "November 2026" in page
    assert "How fresh" not in page
    gone = client.get(path_of(an_embed(bob(), panel="no-such-panel")))
    assert (gone.status_code, "988K" in gone.content.decode()) == (410, False)


def test_what_has_not_changed_is_not_sent_again(client: Client) -> None:
    path = path_of(an_embed(bob()))
    tag = client.get(path)["ETag"]
    again = client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert "frame-ancestors https://portal.example.com" in again["Content-Security-Policy"]
    keep("company", "revenue", "876543", expected="2400")
    changed = client.get(path, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert "877K" in changed.content.decode()


def test_opening_is_noted_once_an_hour(client: Client) -> None:
    embed = an_embed(bob())
    client.get(path_of(embed))
    embed.refresh_from_db()
    assert embed.opened_at is not None
    assert embed.opened_at.minute == 0
    with CaptureQueriesContext(connection) as asked:
        client.get(path_of(embed))
    assert not [one for one in asked.captured_queries if one["sql"].startswith("UPDATE")]
    assert len(asked.captured_queries) < 12


# -- What it does not show -----------------------------------------------------------------------------


@pytest.mark.parametrize("why", ["expired", "revoked", "stale", "left", "weak", "moved away", "page gone"])
def test_what_holds_no_more_says_so_without_a_figure(client: Client, why: str) -> None:
    whom = bob()
    embed = an_embed(whom)
    path = path_of(embed)
    assert client.get(path).status_code == 200
    if why == "expired":
        embed.until = timezone.now() - timedelta(seconds=1)
    elif why == "revoked":
        embed.revoked_at = timezone.now()
    elif why == "stale":
        embed.key = uuid.uuid4()
    elif why == "left":
        whom.is_active = False
        whom.save()
    elif why == "weak":
        Grant.objects.filter(person=whom).update(role=Role.VIEWER)
    elif why == "moved away":
        Grant.objects.filter(person=whom).update(scope=scope("region:华北"))
        embed.address = "/?region=华东"
    else:
        embed.address = "/people/"
    embed.save()
    answer = client.get(path)
    page = answer.content.decode()
    assert answer.status_code == 410
    assert "Not shown any more" in page
    assert not re.search(r"988K|123K|华", page)
    assert "frame-ancestors https://portal.example.com" in answer["Content-Security-Policy"]
    assert not answer.cookies


def test_a_link_that_was_changed_or_made_elsewhere_leads_nowhere(client: Client) -> None:
    embed, other = an_embed(bob()), an_embed(alice())
    path = path_of(embed)
    for forged in (
        path[:-3] + ("aa/" if path[-3:] != "aa/" else "bb/"),
        "/embed/" + signing.Signer(salt="elsewhere").sign_object([embed.pk, embed.key.hex]) + "/",
        "/embed/" + signing.Signer(salt=SALT).sign_object({"embed": embed.pk}) + "/",
        "/embed/x/",
    ):
        assert client.get(forged).status_code == 404, forged
    mixed = "/embed/" + token_for(embed=other.pk, key=embed.key) + "/"
    assert client.get(mixed).status_code == 410
    gone = link_for(embed=10**6, key=uuid.uuid4())
    assert client.get(gone[gone.index("/embed/") :]).status_code == 410


def test_a_flood_is_held_up(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboards.views.embedded.OF_ADDRESS", 1)
    path = path_of(an_embed(bob()))
    assert client.get(path).status_code == 200
    held = client.get(path)
    assert (held.status_code, int(held["Retry-After"]) > 0) == (429, True)
    assert client.post(path).status_code == 405


# -- Making, renewing, revoking ------------------------------------------------------------------------


def made_link(answer: Any) -> str:
    found = re.search(r"/embed/[^/\"]+/", answer.content.decode())
    assert found, answer.content.decode()
    return found[0]


def test_bob_makes_one_renews_and_revokes_it(client: Client) -> None:
    hers = as_person(bob())
    assert "figures-title" in hers.get("/share/embeds/new/?page=/").content.decode()
    first = made_link(hers.post("/share/embeds/new/", {**FORM, "page": "/?period=2026-11"}))
    assert client.get(first).status_code == 200
    embed = Embed.objects.get()
    assert (embed.address, embed.origins) == ("/?period=2026-11", ["https://portal.example.com"])
    assert "Portal" in hers.get("/share/embeds/").content.decode()
    second = made_link(hers.post(f"/share/embeds/{embed.pk}/renew/", {"days": "5"}))
    assert (client.get(first).status_code, client.get(second).status_code) == (410, 200)
    assert hers.get(f"/share/embeds/{embed.pk}/revoke/").status_code == 200
    assert client.get(second).status_code == 200  # asking changes nothing
    hers.post(f"/share/embeds/{embed.pk}/revoke/")
    assert client.get(second).status_code == 410
    told = AuditEntry.objects.filter(action__startswith="dashboards.embed").values_list("action", flat=True)
    assert sorted(told) == ["dashboards.embed", "dashboards.embed_renew", "dashboards.embed_revoke"]


def test_others_do_not_find_it_and_administrators_do() -> None:
    embed = an_embed(bob())
    assert "Portal" not in as_person(alice()).get("/share/embeds/").content.decode()
    assert as_person(alice()).post(f"/share/embeds/{embed.pk}/revoke/").status_code == 404
    assert "Portal" in as_person(ada()).get("/share/embeds/").content.decode()
    as_person(ada()).post(f"/share/embeds/{embed.pk}/revoke/")
    embed.refresh_from_db()
    assert embed.revoked_at is not None


def test_only_areas_in_which_she_leads_are_shown_openly(client: Client) -> None:
    whom = alice()
    Grant.objects.create(person=whom, role=Role.VIEWER, scope=scope("company"))
    company = as_person(whom).post("/share/embeds/new/", {**FORM, "page": "/"})
    assert company.status_code == 400
    assert "only for areas in which you lead" in company.content.decode()
    region = as_person(whom).post("/share/embeds/new/", {**FORM, "page": "/?region=华东"})
    assert "123K" in client.get(made_link(region)).content.decode()
    for weak in (charlie(), mallory()):
        assert as_person(weak).get("/share/embeds/new/?page=/").status_code == 403


@pytest.mark.parametrize("page", ["", "/people/", "https://evil.example/", "/?region=华北"])
def test_a_page_that_cannot_be_shown_says_why(page: str) -> None:
    answer = as_person(alice()).get("/share/embeds/new/", {"page": page})
    assert answer.status_code == 400
    assert "Which page?" in answer.content.decode()


def test_a_form_with_faults_comes_back_with_words() -> None:
    answer = as_person(bob()).post("/share/embeds/new/", {**FORM, "page": "/", "origins": "*", "days": "91"})
    said = answer.content.decode()
    assert answer.status_code == 400
    assert "stands for many sites" in said
    assert "less than or equal to 90" in said
    assert not Embed.objects.exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "at least one"),
        ("*", "many sites"),
        ("https://*.example.com", "many sites"),
        ("http://example.com", "not encrypted"),
        ("javascript:alert(1)", "not the address of a site"),
        ("example.com", "not the address of a site"),
        ("https://", "not the address of a site"),
        ("https://a b.example", "not the address of a site"),
        ("https://a.example;script-src", "not the address of a site"),
        ("https://a.example'none'", "not the address of a site"),
        ("https://user:pass@a.example", "not the address of a site"),
        ("https://a.example:99999", "not the address of a site"),
        ("https://a.example/page", "is a page"),
        ("https://a.example/?x=1", "is a page"),
        ("\n".join(f"https://s{n}.example" for n in range(11)), "At most 10"),
    ],
)
def test_a_site_that_is_none_is_refused_with_words(text: str, said: str) -> None:
    with pytest.raises(BadOrigin, match=said):
        origins_of(text)


def test_sites_are_kept_as_browsers_compare_them() -> None:
    assert origins_of("https://A.Example/\nhttps://a.example:443, https://[::1]:8443\nhttps://例子.cn") == [
        "https://a.example",
        "https://[::1]:8443",
        "https://xn--fsqu00a.cn",
    ]


def test_what_ended_long_ago_is_forgotten() -> None:
    now = timezone.now()
    old = an_embed(bob(), until=now - timedelta(days=91))
    kept = an_embed(bob(), until=now - timedelta(days=5))
    sweep_embeds(now=now)
    assert list(Embed.objects.all()) == [kept]
    assert old.pk != kept.pk
