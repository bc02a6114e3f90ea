"""What pages are called: by themselves, and from outside by their address."""

from __future__ import annotations

from urllib.parse import parse_qsl

from dashboards.markup import elements, inside_of, words_of
from dashboards.navigation import NAVIGATION
from dashboards.shareable import NotShareable, address_of


def heading_of(text: str) -> str:
    head = next((one for one in elements(text) if one.name == "h1"), None)
    return words_of(inside_of(text, head)) if head else ""


def label_of(address: str) -> str:
    """Its place in the menu and what it is turned to: "Overview · 2026-11 · 华东"."""
    try:
        found = address_of(address)
    except NotShareable:
        return address
    places = [place for group in NAVIGATION for place in group.places]
    place = next((one for one in places if found.name == one.url_name or found.name in one.also), None)
    if place is None:
        return address
    turned = [value for _name, value in parse_qsl(found.query) if value]
    return " · ".join([str(place.label), *turned])
