"""Pages as they are seen: WCAG 2.2 AA by axe-core, light and dark; nothing sticks out, is cut, lies over another thing or is
too small for a finger, at three widths, in English and Chinese; and what names may do to a page.

Pages come from the table of addresses, so that `make seen` looks at a new one without anybody saying so.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from tests.dashboards.figures import TODAY, keep, report
from tests.every_url.asking import client_of, url_of
from tests.every_url.seen import ALL, MARKS, PAGES, Look, look_at, looking_at, seen, who_sees
from tests.every_url.table import BY_QUERY
from tests.every_url.world import World
from tests.people import node

pytestmark = MARKS
TURNED = [
    (name, query)
    for name, query, status in BY_QUERY
    if ALL == PAGES and status == 200 and not name.startswith("api:") and query and who_sees(name) is None
]


@pytest.fixture(scope="module")
def look(chromium: Any) -> Iterator[Look]:
    with looking_at(chromium) as made:
        yield made


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_for_every_eye_and_finger(name: str, world: World, look: Look) -> None:
    look_at(name, world, look)


if TURNED:

    @pytest.mark.parametrize(
        ("name", "query"), TURNED, ids=[f"{name}?{urlencode(query)}" for name, query in TURNED]
    )
    def test_a_page_behind_a_question_mark_is_too(
        name: str, query: dict[str, str], world: World, look: Look
    ) -> None:
        url = f"{url_of(name, None, world)}?{urlencode(query)}"
        wrong = seen(look, client_of(world, "Alice"), url)
        assert not wrong, f"{url}:\n" + "\n".join(wrong)


@pytest.mark.parametrize("name", ["💥" + "W" * 79, "促销🎉" * 26 + "大促"], ids=["one word", "Chinese"])
def test_a_name_of_eighty_characters_stays_where_it_belongs(
    name: str, world: World, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboards.views.turned.timezone.localdate", lambda: TODAY)
    assert len(name) == 80
    area = f"channel:{name}"
    keep(area, "revenue", "100", expected="200")
    for place in (area, "company"):
        report(place, date(2026, 11, 1), 21, revenue="100", cost="80")
    channel = node(area)
    urls = (
        reverse("dashboards:overview"),
        reverse("dashboards:channels"),
        f"{reverse('dashboards:channel')}?{urlencode({'channel': channel.code.partition(':')[2]})}",
        reverse("organization:node", args=[channel.pk]),
    )
    wrong = [f"{url[:30]} {one}" for url in urls for one in seen(look, client_of(world, "Ada"), url) or ()]
    assert not wrong, "\n".join(wrong)
