"""The way back up."""

from __future__ import annotations

from dashboards.addresses import links_of
from dashboards.presenting.common import Option
from dashboards.selectors import Framed


def crumbs(page: Framed) -> list[Option]:
    links = links_of(page)
    return [Option(place.key, place.name, False, links.to(place.nodes)) for place in page.crumbs]
