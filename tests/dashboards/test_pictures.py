"""Pictures: asked for once, drawn by a worker with a real Chromium, fetched by who asked, and gone a day later."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from dashboards import tasks
from dashboards.drawing import drawn
from dashboards.drawing.browser import descendants, file_of
from dashboards.drawing.drawn import Drawn, NotDrawn
from dashboards.models import Picture
from dashboards.services import pictures
from dashboards.services.pictures import AN_HOUR, Asked, TooMany, ask_for_picture, draw_next
from dashboards.shareable import address_of
from organization.models import Person
from tests.dashboards.figures import TODAY, keep
from tests.people import alice, bob, charlie

NOW = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)
PNG = Asked(address="/?period=2026-11", form="png")


@pytest.fixture
def _figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboards.views.turned.timezone.localdate", lambda: TODAY)
    keep("company", "revenue", "987654", expected="2400000")
    keep("region:华东", "revenue", "1234", expected="2400")


@pytest.fixture
def _chromium(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if there were one, where none is needed."""
    for module in ("dashboards.drawing.drawn", "dashboards.views.pictures", "dashboards.context"):
        monkeypatch.setattr(f"{module}.chromium", lambda: "/bin/true")


def client(whom: Person) -> Client:
    made = Client()
    made.force_login(whom)
    return made


def draws(monkeypatch: pytest.MonkeyPatch, *outcomes: str) -> None:
    """What the browser does, one after another: "" is a picture, all else a reason."""
    left = list(outcomes)

    def drawing(*_args: object, **_more: object) -> Drawn:
        outcome = left.pop(0)
        if outcome:
            raise NotDrawn(outcome)
        return Drawn(b"picture", "🦊" * 80)

    monkeypatch.setattr(pictures, "draw", drawing)


# -- With a browser -----------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.django_db
@pytest.mark.usefixtures("_figures")
def test_a_picture_shows_the_page_in_its_colours_and_paper_has_pages() -> None:
    page = address_of("/?period=2026-11")
    red = (0xC6, 0x2A, 0x2F)
    made = Image.open(io.BytesIO(drawn.draw(bob(), page, form="png", now=NOW, width=820).content))
    assert made.width == 2 * 820
    assert made.height > 1500
    colours = {colour for _n, colour in made.convert("RGB").getcolors(maxcolors=1 << 24) or []}
    assert red in colours
    assert (0xF5, 0xF6, 0xF8) in colours
    part = drawn.draw(bob(), page, form="png", now=NOW, panel="split", theme="dark")
    dark = Image.open(io.BytesIO(part.content)).convert("RGB")
    assert dark.getpixel((2, 2)) == (0x0E, 0x13, 0x19)
    assert dark.height < 2 * 1500
    paper = drawn.draw(bob(), page, form="pdf", now=NOW, language="zh-hans").content
    assert paper.startswith(b"%PDF")
    assert re.findall(rb"/Count (\d+)", paper)
    assert b"/MediaBox [0 0 842" in paper or b"/MediaBox [0 0 841" in paper  # lying
    assert b"NotoSansCJK" in paper or b"NotoSansSC" in paper
    assert b"+Inter" in paper
    with pytest.raises(NotDrawn, match="panel"):
        drawn.draw(bob(), page, form="png", now=NOW, panel="nowhere")
    with pytest.raises(NotDrawn, match="gone"):
        drawn.draw(alice(), address_of("/?region=华北"), form="png", now=NOW)


@pytest.mark.browser
@pytest.mark.django_db
@pytest.mark.usefixtures("_figures")
def test_a_chromium_that_is_killed_or_hangs_fails_and_leaves_nothing_behind(
    settings: Any,
) -> None:
    page, seen = address_of("/?period=2026-11"), []
    others = set(descendants(os.getpid()))  # the browser of other tests, which lives as long as the suite

    def strike(how: signal.Signals) -> None:
        """At the first Chromium that is started for the picture."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            for pid in set(descendants(os.getpid())) - others:
                with_name = Path(f"/proc/{pid}/cmdline")
                if with_name.exists() and b"--headless" in with_name.read_bytes():
                    seen.append(pid)
                    os.kill(pid, how)
                    return
            time.sleep(0.02)

    for how, why in ((signal.SIGKILL, "broken"), (signal.SIGSTOP, "slow")):
        settings.DRAWING_SECONDS = 60 if why == "broken" else 5
        thread = threading.Thread(target=strike, args=(how,))
        thread.start()
        with pytest.raises(NotDrawn, match=why):
            drawn.draw(bob(), page, form="png", now=NOW)
        thread.join()
    assert len(seen) == 2
    deadline = time.monotonic() + 10  # whoever inherits them reaps them
    while left := [
        pid for pid in {*seen, *descendants(os.getpid())} - others if Path(f"/proc/{pid}").exists()
    ]:
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_bob_presses_once_and_reads_on_until_the_file_comes(
    page: Any, live_server: Any, celery_worker_process: subprocess.Popen[bytes]
) -> None:
    keep("company", "revenue", "987654", expected="2400000")
    page.context.add_cookies(
        [{"name": "sessionid", "value": client(bob()).cookies["sessionid"].value, "url": live_server.url}]
    )
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(live_server.url)
    share = page.locator("details.tools[data-drawing] > summary")
    share.click()
    box = page.locator("[data-drawing] > .tools-list").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    page.keyboard.press("Escape")
    assert not page.locator("[data-drawing] > .tools-list").is_visible()
    assert share.evaluate("one => one === document.activeElement")
    share.press("Enter")
    with page.expect_download(timeout=200_000) as coming:
        page.locator("form[data-picture=png] button").click()
        assert "Drawing" in page.locator("#toast").inner_text()
    assert page.url.rstrip("/") == live_server.url
    made = Image.open(coming.value.path())
    assert made.width in (1440, 2880)
    assert re.fullmatch(r".+ \d{4}-\d\d-\d\d\.png", coming.value.suggested_filename)


# -- Without ------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.usefixtures("_figures", "_chromium")
def test_bob_asks_without_a_script_and_he_alone_fetches_it(monkeypatch: pytest.MonkeyPatch) -> None:
    him = client(bob())
    answer = him.post("/share/picture/", {"page": "/?period=2026-11", "form": "png"})
    url = answer["Location"]
    assert "Waiting for a free worker" in him.get(url).content.decode()
    assert him.get(url + "file/").status_code == 404
    draws(monkeypatch, "")
    assert draw_next(now=NOW)
    assert not draw_next(now=NOW)
    assert "🦊" in him.get(url).content.decode()
    file = him.get(url + "file/")
    assert b"".join(file.streaming_content) == b"picture"  # type: ignore[attr-defined]
    assert file["Content-Type"] == "image/png"
    assert file["Cache-Control"] == "private, no-store"
    assert file["Content-Disposition"].startswith("attachment; filename*=utf-8''%F0%9F%A6%8A")
    for other in (alice(), charlie()):
        assert client(other).get(url).status_code == 404
        assert client(other).get(url + "file/").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("outcomes", "state", "said"),
    [
        (("broken", "slow", ""), "done", ""),
        (("slow", "slow", "slow"), "failed", "could not be drawn in time"),
        (("panel",), "failed", "That part of the page is not there"),
        (("gone",), "failed", "not yours to see"),
    ],
)
@pytest.mark.usefixtures("_chromium")
def test_what_fails_is_tried_three_times_and_then_said(
    outcomes: tuple[str, ...], state: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    him = bob()
    made = ask_for_picture(person=him, asked=PNG, now=NOW)
    draws(monkeypatch, *outcomes)
    tries = 0
    while draw_next(now=NOW):
        tries += 1
    made.refresh_from_db()
    assert (made.state, tries) == (state, len(outcomes))
    answer = client(him).get(f"/share/picture/{made.pk}/", headers={"accept": "application/json"})
    assert answer.json()["state"] == state
    assert said in answer.json()["error"]


@pytest.mark.django_db
def test_a_worker_that_was_killed_loses_the_picture_to_the_next_and_thrice_is_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = ask_for_picture(person=bob(), asked=PNG, now=NOW)
    for n in range(3):
        at = NOW + n * timedelta(seconds=61)
        claimed = pictures._claim(at)
        assert claimed is not None
        assert pictures._claim(at) is None
    pictures._settle(made, "", Drawn(b"late", ""), NOW)  # of a try that is not the last
    late = NOW + timedelta(seconds=200)
    assert pictures.pictures_wait(now=late)
    assert draw_next(now=late)
    made.refresh_from_db()
    assert (made.state, made.reason) == ("failed", "broken")


@pytest.mark.django_db
@pytest.mark.usefixtures("_figures", "_chromium")
def test_thirty_an_hour_are_enough_and_tomorrow_they_are_gone() -> None:
    him = bob()
    for _n in range(AN_HOUR):
        ask_for_picture(person=him, asked=PNG, now=NOW)
    with pytest.raises(TooMany):
        ask_for_picture(person=him, asked=PNG, now=NOW + timedelta(minutes=59))
    ask_for_picture(person=charlie(), asked=PNG, now=NOW)
    Picture.objects.update(asked_at=datetime.now(UTC))
    for accept, said in (("text/html", "Wait some minutes"), ("application/json", "Wait some minutes")):
        body = {"page": "/", "form": "pdf"}
        answer = client(him).post("/share/picture/", body, headers={"accept": accept})
        assert answer.status_code == 429
        assert said in answer.content.decode()
    Picture.objects.filter(person=him).update(asked_at=datetime.now(UTC) - timedelta(hours=25))
    tasks.sweep()
    assert Picture.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("_figures")
def test_without_chromium_the_menu_says_so_and_nothing_breaks(settings: Any) -> None:
    settings.CHROMIUM = "/no/such/chromium"
    him = client(bob())
    assert "there is no Chromium here" in him.get("/").content.decode()
    assert "is not installed" in him.get("/share/picture/?page=/").content.decode()
    assert him.post("/share/picture/", {"page": "/", "form": "png"}).status_code == 503
    made = ask_for_picture(person=bob(), asked=PNG, now=NOW)
    assert draw_next(now=NOW)
    made.refresh_from_db()
    assert (made.state, made.reason) == ("failed", "missing")


@pytest.mark.django_db
@pytest.mark.usefixtures("_figures", "_chromium")
def test_what_is_no_page_of_hers_has_no_picture_and_a_wrong_form_is_told() -> None:
    her = client(alice())
    for page in ("", "/people/", "//evil.example/", "/nowhere/", "/?region=华北", "/" + "x" * 3000):
        assert her.get("/share/picture/", {"page": page}).status_code == 404
    assert her.get("/share/picture/", {"page": "/?period=nonsense"}).status_code == 200
    for wrong in ({"form": "exe"}, {"form": "png", "width": "9"}, {"form": "png", "theme": "<b>"}, {}):
        assert her.post("/share/picture/", {"page": "/", **wrong}).status_code == 400
    assert not Picture.objects.exists()


def test_files_are_answered_from_their_folder_alone(tmp_path: Path) -> None:
    (tmp_path / "static").mkdir()
    (tmp_path / "static/app.css").write_text("")
    (tmp_path / "secret").write_text("")
    roots = [str(tmp_path / "static")]
    assert file_of("app.css", roots)
    assert file_of("../secret", roots) is None
    assert file_of(str(tmp_path / "secret"), roots) is None
    assert file_of("", roots) is None
