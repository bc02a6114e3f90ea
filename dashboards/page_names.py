"""What pages are called: by themselves, and from outside by their address."""

from __future__ import annotations

from urllib.parse import parse_qsl

from dashboards.markup import elements, inside_of, words_of
from dashboards.navigation import name_of_page
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
    place = name_of_page(found.name)
    if not place:
        return address
    turned = [value for _name, value in parse_qsl(found.query) if value]
    return " · ".join([place, *turned])
