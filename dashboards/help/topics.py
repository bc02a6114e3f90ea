"""Which topic belongs to which page: its own, or that of its place in the menu."""

from __future__ import annotations

from dashboards.help.looking import LOOKING
from dashboards.help.topic import Topic
from dashboards.help.working import WORKING
from dashboards.navigation import NAVIGATION

TOPICS: dict[str, Topic] = {**LOOKING, **WORKING}
PLACE_OF: dict[str, str] = {
    name: place.url_name
    for group in NAVIGATION
    for place in group.places
    for name in (place.url_name, *place.also)
}


def topic_of(page: str) -> Topic | None:
    """`page` is the name of a view, as it came with an address."""
    return TOPICS.get(page) or TOPICS.get(PLACE_OF.get(page, ""))
