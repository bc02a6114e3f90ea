"""The list that a picker opens: each place is an address of the page, with its other filters kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import reverse

from dashboards.addresses import filters_of, home_of, query_of
from dashboards.selectors import Area
from dashboards.selectors.places import Offered
from organization.models import Node
from organization.words import DIMENSION_NAMES, KINDS


@dataclass(frozen=True)
class PlaceLink:
    name: str
    detail: str
    url: str
    current: bool


@dataclass(frozen=True)
class PlaceList:
    """`kept` is what its search form sends along."""

    dimension: str
    name: str
    text: str
    links: tuple[PlaceLink, ...]
    more: bool
    kept: tuple[tuple[str, str], ...]
    url: str
    back: str


def place_list(
    found: Offered,
    area: Area,
    period: str,
    dimension: str,
    text: str,
    *,
    home: str = "",
    more: Mapping[str, str] | None = None,
) -> PlaceList:
    """`home`: among which pages; their addresses take `more` along."""
    more = dict(more or {})

    def page_of(nodes: Mapping[str, Node]) -> str:
        return f"{home_of(home, nodes)}?{query_of(nodes, period=period, **more)}"

    chosen = area.nodes.get(dimension)
    links = []
    for node in found.nodes:
        above = str(KINDS[node.kind])
        if node.parent is not None and node.pk in found.above_known:
            above += f" · {node.parent.label}"
        url = page_of({**area.nodes, dimension: node})
        links.append(PlaceLink(node.label, above, url, chosen is not None and chosen.pk == node.pk))
    return PlaceList(
        dimension=dimension,
        name=str(DIMENSION_NAMES[dimension]),
        text=text,
        links=tuple(links),
        more=found.more,
        kept=(
            ("dimension", dimension),
            *((("page", home),) if home else ()),
            *((("period", period),) if period else ()),
            *filters_of(area.nodes),
            *((name, value) for name, value in more.items() if value),
        ),
        url=reverse("dashboards:places"),
        back=page_of(area.nodes),
    )
