"""A page in a frame, in a real browser: the site that it was made for shows it, another does not."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.utils import timezone

from dashboards.embed_links import token_for
from dashboards.models import Embed
from tests.dashboards.figures import TODAY, keep
from tests.people import bob

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


class _Portal(BaseHTTPRequestHandler):
    """A page of somebody else that frames whatever its question mark says."""

    def do_GET(self) -> None:
        page = f'<!doctype html><title>Portal</title><iframe src="{self.path.partition("?")[2]}" width="900" height="700"></iframe>'
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def portal() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), _Portal)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()


def test_the_named_site_shows_it_and_another_does_not(
    page: Any, live_server: Any, portal: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboards.views.turned.timezone.localdate", lambda: TODAY)
    keep("company", "revenue", "987654", expected="2400")
    embed = Embed.objects.create(
        person=bob(),
        name="Portal",
        address="/",
        origins=[f"http://localhost:{portal}"],
        key=uuid.uuid4(),
        until=timezone.now() + timedelta(days=1),
    )
    link = f"{live_server.url}/embed/{token_for(embed=embed.pk, key=embed.key)}/"
    faults: list[str] = []
    page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)

    page.goto(f"http://localhost:{portal}/?{link}")
    frame = page.frame_locator("iframe")
    frame.get_by_text("988K").first.wait_for()
    assert not page.context.cookies()
    assert not faults, faults
    with page.context.expect_page() as opened:  # links leave the frame, and ask for a login there
        frame.get_by_role("link", name="Open the whole page in Plumbline").click()
    opened.value.wait_for_url("**/accounts/login/**")
    assert frame.get_by_text("988K").first.is_visible()

    page.goto(f"http://127.0.0.1:{portal}/?{link}")
    page.wait_for_load_state()
    assert any("frame-ancestors" in fault for fault in faults)
    assert not page.frame_locator("iframe").get_by_text("988K").count()
