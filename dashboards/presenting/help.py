"""Help for a page: its topic, the keys that work on it, and where to go on, as far as she may go there."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise

from dashboards.context import Link, LinkGroup, url_or_none
from dashboards.further_places import FURTHER
from dashboards.help.keys import EVERYWHERE, GO
from dashboards.help.topic import Key, Topic
from dashboards.help.topics import PLACE_OF, topic_of
from dashboards.navigation import NAVIGATION
from organization.gate import Reach

_PLACES = {place.url_name: place for group in NAVIGATION for place in group.places}
_FURTHER = {one.url_name: one for one in FURTHER}


@dataclass(frozen=True)
class HelpPage:
    """`topic` None: no page that is known. `keys` are the page's own; `on` is where to go on."""

    name: str | Promise
    topic: Topic | None
    keys: tuple[Key, ...]
    everywhere: tuple[Key, ...]
    go: tuple[Key, ...]
    on: tuple[Link, ...]
    others: tuple[LinkGroup, ...] = ()


def help_page(page: str, reach: Reach, menu: list[LinkGroup]) -> HelpPage:
    """`menu`: the places that she may open."""
    topic = topic_of(page)
    on = tuple(link for name in (topic.on if topic else ()) if (link := _link(name, reach)) is not None)
    return HelpPage(
        name=_name(page) if topic else "",
        topic=topic,
        keys=topic.keys if topic else (),
        everywhere=EVERYWHERE,
        go=tuple(Key(("g", link.key), link.label) for group in menu for link in group.links if link.key),
        on=on,
        others=() if topic else tuple(_topics(menu)),
    )


def _name(page: str) -> str | Promise:
    if page in _FURTHER:
        return _FURTHER[page].label
    return _PLACES[PLACE_OF.get(page, page)].label


def _link(name: str, reach: Reach) -> Link | None:
    """A page to go on to, or None where she may not open it or nobody has built it."""
    known = _PLACES.get(name) or _FURTHER.get(name)
    url = url_or_none(name)
    if known is None or url is None or (known.needs is not None and not reach.somewhere(known.needs)):
        return None
    return Link(known.label, url, known.icon, current=False, key=GO.get(name, ""))


def _topics(menu: list[LinkGroup]) -> list[LinkGroup]:
    """The help of each place of the menu."""
    here = {url_or_none(name): name for name in _PLACES}
    return [
        LinkGroup(
            group.label,
            tuple(
                Link(one.label, f"{reverse('dashboards:help')}?page={here[one.url]}", one.icon, current=False)
                for one in group.links
            ),
        )
        for group in menu
    ]
