"""Addresses of pages that may be kept, pictured, mailed and shown: of this site, and pages that only read.

Closed unless opened: a page that is not named here is none of them. Whether a person may see it, its own view says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.urls import Resolver404, resolve

from dashboards.models.keeping import ADDRESS

# Without complaints, comments and interviews: what customers say of themselves stays behind a login.
SHAREABLE = frozenset(
    {
        "dashboards:overview",
        "dashboards:channels",
        "dashboards:channel",
        "dashboards:process",
        "dashboards:team",
        "dashboards:customers",
        "dashboards:compare",
        "dashboards:board",
        "dashboards:panel",
        "channels:content",
        "channels:sides",
        "channels:attribution",
        "channels:allocation",
        "budgets:overview",
        "budgets:budget",
        "budgets:line",
        "customers:overview",
        "customers:cohorts",
        "customers:lifetime",
        "customers:lifecycle",
        "feedback:scores",
        "feedback:drivers",
        "feedback:topics",
        "feedback:board",
        "feedback:causes",
        "kpis:okr",
        "kpis:okr_tree",
        "kpis:scorecards",
        "kpis:targets",
    }
)


PERIODS = ("period", "month", "quarter")  # what addresses say of time


class NotShareable(ValueError):
    """Not an address of this site, or of a page that is not shared."""


@dataclass(frozen=True)
class Address:
    """`str` is what is kept: the path and the query as they were written."""

    path: str
    query: str
    name: str  # of the view
    view: Any = field(compare=False)
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path


def address_of(text: str) -> Address:
    """The page that `/path/?query` leads to. Raises NotShareable."""
    try:
        parts = urlsplit(text.strip())
    except ValueError:  # half a host of IPv6, such as //[x
        raise NotShareable(text[:80]) from None
    if "\0" in text:  # which the database cannot keep
        raise NotShareable(text[:80])
    if not parts.path.startswith("/") or parts.scheme or parts.netloc or len(text) > ADDRESS:
        raise NotShareable(text[:80])
    try:
        match = resolve(parts.path)
    except Resolver404:
        raise NotShareable(text[:80]) from None
    if match.view_name not in SHAREABLE:
        raise NotShareable(text[:80])
    return Address(parts.path, parts.query, match.view_name, match.func, match.args, match.kwargs)


def is_of_one_period(address: Address) -> bool:
    return any(_names_a_period(part) for part in address.query.split("&"))


def of_newest(address: Address) -> Address:
    """The same page without a period of its own: it shows the newest, whenever it is read."""
    return replace(
        address, query="&".join(part for part in address.query.split("&") if not _names_a_period(part))
    )


def _names_a_period(part: str) -> bool:
    return part.partition("=")[0] in PERIODS


def is_shareable(request: HttpRequest) -> bool:
    match = getattr(request, "resolver_match", None)
    return match is not None and match.view_name in SHAREABLE
