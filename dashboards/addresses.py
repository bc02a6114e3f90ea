"""The addresses of an overview: what the page is turned to, in words that people can read and pass on.

`/?period=2026-11&region=华东&channel=抖音直播`. Nodes are written by their paths; an area of another dimension (a
team), and the links of older mails, by `area=<key>`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol
from urllib.parse import quote

from django.http import QueryDict
from django.urls import reverse

from dashboards.selectors import SPLITS, Area
from dashboards.spans import Span
from organization.models import Node
from organization.selectors import scope_key

SAFE = "/:,"
# The pages that are turned to an area and a period, by the word under which their links stay among them; and what else
# their addresses take along.
HOMES = {
    "": "dashboards:overview",
    "channels": "dashboards:channels",
    "process": "dashboards:process",
    "customers": "dashboards:customers",
    "compare": "dashboards:compare",
    "team": "dashboards:team",
}
TAKEN_ALONG: Mapping[str, tuple[str, ...]] = {
    "channels": ("columns", "sort", "against"),
    "customers": ("metric",),
    "compare": ("left", "right", "by", "metric"),
}


def scope_text(query: QueryDict) -> str:
    """The area that an address names, as people write scopes; "" where it names none.

    `area` is the whole of it, and single filters beside it narrow or turn it.
    """
    parts: dict[str, str] = {}
    area = query.get("area", "").strip()
    if area and area != "company":
        for part in area.split("+"):
            dimension, colon, path = part.partition(":")
            parts[dimension] = path if colon else "\0"
    for dimension in SPLITS:
        path = query.get(dimension, "").strip()
        if path:
            parts[dimension] = path
    if not parts:
        return area
    return "+".join(f"{dimension}:{path}" for dimension, path in parts.items())


def filters_of(nodes: Mapping[str, Node]) -> list[tuple[str, str]]:
    """An area as filters of an address."""
    if set(nodes) <= set(SPLITS):
        return [(dimension, node.path) for dimension, node in nodes.items()]
    return [("area", scope_key(nodes))]


def query_of(nodes: Mapping[str, Node], **more: str) -> str:
    """Without the question mark; what is empty is left out."""
    pairs = [*((name, more.get(name, "")) for name in ("period",)), *filters_of(nodes)]
    pairs += [(name, value) for name, value in more.items() if name != "period"]
    return "&".join(f"{name}={quote(value, safe=SAFE)}" for name, value in pairs if value)


class Page(Protocol):
    """A page that is turned to an area and a period."""

    @property
    def area(self) -> Area: ...
    @property
    def period(self) -> Span: ...
    @property
    def home(self) -> str: ...
    @property
    def kept(self) -> Mapping[str, str]: ...


class Links:
    """Addresses from a page to its neighbours: the same period and filters, but for what is named."""

    def __init__(self, page: Page) -> None:
        self.page = page
        turned = getattr(page, "home_period", None)  # where a panel has a period of its own
        self.period = str(page.period) if turned is None else turned

    def home(self, nodes: Mapping[str, Node]) -> str:
        """The page on which an area is looked at."""
        return home_of(self.page.home, nodes)

    def to(self, nodes: Mapping[str, Node] | None = None, *, period: str = "", **more: str) -> str:
        """`more`: by, metric, rank, step; without any the page opens as it does first."""
        nodes = self.page.area.nodes if nodes is None else nodes
        query = query_of(nodes, period=period or self.period, **{**self.page.kept, **more})
        return f"{self.home(nodes)}?{query}" if query else self.home(nodes)

    def into(self, dimension: str, node: Node) -> str:
        """One level down, or into a cut."""
        return self.to({**self.page.area.nodes, dimension: node})

    def why(self, nodes: Mapping[str, Node] | None = None) -> str:
        """To which `&metric=` is added: why a figure has its colour, and where it comes from."""
        nodes = self.page.area.nodes if nodes is None else nodes
        return f"{reverse('dashboards:why')}?{query_of(nodes, period=str(self.page.period))}"


def home_of(home: str, nodes: Mapping[str, Node]) -> str:
    """The page of these pages on which an area is looked at: one within a channel has a page of its own, all others the
    table. A path is the page itself.
    """
    if home.startswith("/"):
        return home
    if home == "channels" and "channel" in nodes:
        return reverse("dashboards:channel")
    return reverse(HOMES[home])


def links_of(page: Page) -> Links:
    return Links(page)
