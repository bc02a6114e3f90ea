"""What the site tells a device that keeps it: the worker, the pages, and how it is installed."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from common.periods import Period
from dashboards.models import SavedView, StartPage
from dashboards.offline import MOST_PAGES, kept_under
from kpis.models import Metric, Target
from kpis.services import set_target
from tests.people import alice, bob, charlie, scope

YEAR = date.today().year + 1


def pages(client: Client) -> dict[str, object]:
    return dict(client.get("/offline/pages/").json())


def addresses(client: Client) -> list[str]:
    return [page["address"] for page in pages(client)["pages"]]  # type: ignore[attr-defined]


def test_the_worker_answers_for_the_whole_site_and_is_looked_for_each_time(client: Client) -> None:
    answer = client.get("/sw.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert (answer["Service-Worker-Allowed"], answer["Cache-Control"]) == ("/", "no-cache")
    assert "worker-src 'self'" in answer["Content-Security-Policy"]
    made = json.loads(re.search(r"const MADE = (\{.*\});", answer.content.decode())[1])  # type: ignore[index]
    assert finders.find(made["unsent"].removeprefix(made["files"]))


@pytest.mark.django_db
def test_whoever_installs_it_gets_icons_that_exist_and_words_of_her_language(client: Client) -> None:
    manifest = client.get("/manifest.webmanifest").json()
    icons = [*manifest["icons"], *(icon for one in manifest["shortcuts"] for icon in one["icons"])]
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    assert all(finders.find(icon["src"].removeprefix("/static/")) for icon in icons)
    client.force_login(bob())
    for url in (manifest["start_url"], *(one["url"] for one in manifest["shortcuts"])):
        assert client.get(url, follow=True).status_code == 200
    assert [one["name"] for one in manifest["shortcuts"]] == ["Overview", "Targets", "Alerts"]
    client.cookies["django_language"] = "zh-hans"
    assert client.get("/manifest.webmanifest").json()["shortcuts"][0]["name"] == "总览"


@pytest.mark.django_db
def test_bobs_device_keeps_the_menu_the_last_30_days_and_what_he_made(client: Client) -> None:
    client.force_login(bob())
    StartPage.objects.create(person=bob(), address="/channels/?period=2026-11")
    SavedView.objects.create(owner=bob(), name="East", address="/?region=华东")
    SavedView.objects.create(owner=bob(), name="Elsewhere", address="https://elsewhere.example/")
    SavedView.objects.create(owner=bob(), name="Complaints", address="/complaints/")
    SavedView.objects.create(owner=alice(), name="Hers", address="/?region=华北")
    kept = addresses(client)
    assert kept[:2] == ["/offline/", "/channels/?period=2026-11"]
    assert {"/", "/?period=last-30", "/plan/grid/", "/channels/?period=last-30", "/?region=华东"} <= set(kept)
    assert not {"https://elsewhere.example/", "/complaints/", "/?region=华北"} & set(kept)
    for address in kept:
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert re.search(rf'<meta name="plumbline-person"\s+content="{kept_under(bob())}"\s+data-keep', answer.content.decode())  # fmt: skip
    SavedView.objects.bulk_create(
        SavedView(owner=bob(), name=f"View {n}", address=f"/?period=2026-{n % 12 + 1:02}&n={n}")
        for n in range(60)
    )
    assert len(addresses(client)) == MOST_PAGES


@pytest.mark.django_db
def test_a_device_is_told_when_something_changed_and_keeps_each_persons_apart(client: Client) -> None:
    client.force_login(bob())
    first = client.get("/offline/pages/")
    assert client.get("/offline/pages/", headers={"If-None-Match": first["ETag"]}).status_code == 304
    set_target(
        metric=Metric.objects.get(code="revenue"), scope=scope("company"), period=Period.parse(f"{YEAR}-05"),
        value=Decimal(5), person=bob(),
    )  # fmt: skip
    after = pages(client)
    assert after["version"] != first.json()["version"]
    client.force_login(charlie("region:华东"))
    others = pages(client)
    assert others["person"] != after["person"]
    assert others["granted"] != after["granted"]
    assert kept_under(bob()) == after["person"]


@pytest.mark.django_db
def test_pages_about_customers_words_and_pages_of_nobody_are_not_to_be_kept(client: Client) -> None:
    assert 'name="plumbline-person"' not in client.get("/accounts/login/").content.decode()
    client.force_login(bob())
    for address in ("/complaints/", "/alerts/", "/me/"):
        text = client.get(address, follow=True).content.decode()
        assert 'name="plumbline-person"' in text, address
        assert not re.search(r"plumbline-person\"[^>]*data-keep", text), address


@pytest.mark.django_db
def test_what_is_sent_twice_is_a_target_once_and_says_its_version(client: Client) -> None:
    """The answer to the first was lost on the way."""
    area = scope("region:华东")
    client.force_login(alice())
    cells = [{"metric": "revenue", "area": area.key, "month": f"{YEAR}-05", "text": "100", "version": 0}]
    for _time in range(2):
        answer = client.post(
            "/plan/grid/save/", json.dumps({"cells": cells}), content_type="application/json"
        )
        (said,) = answer.json()["cells"]
        assert (said["saved"], said["version"]) == (True, 1)
    assert Target.objects.count() == 1
    cells[0] |= {"text": "120", "version": said["version"]}
    client.post("/plan/grid/save/", json.dumps({"cells": cells}), content_type="application/json")
    assert Target.objects.get(superseded_at=None).value == 120
