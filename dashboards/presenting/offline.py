"""The pages that a device keeps for its person, as addresses with names; and what the installed site is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from dashboards.context import url_or_none
from dashboards.navigation import NAVIGATION
from dashboards.offline import MOST_PAGES
from dashboards.selectors.offline import Own
from dashboards.shareable import NotShareable, address_of
from dashboards.spans import DAYS_KEPT

# The places that are kept, the most wanted first; `turned`: also for the last days.
PLACES = (
    ("dashboards:overview", True),
    ("kpis:grid", False),
    ("dashboards:channels", True),
    ("budgets:overview", False),
    ("dashboards:team", True),
    ("dashboards:process", True),
    ("dashboards:customers", True),
    ("kpis:targets", False),
    ("feedback:scores", False),
    ("customers:overview", False),
    ("kpis:okr", False),
    ("kpis:scorecards", False),
    ("channels:content", False),
)


@dataclass(frozen=True)
class KeptPage:
    label: str | Promise
    about: str
    address: str


def pages_to_keep(own: Own) -> list[KeptPage]:
    """Each address once, at most MOST_PAGES; whether she may open it, the page itself says."""
    labels = {place.url_name: place.label for group in NAVIGATION for place in group.places}
    labels["kpis:grid"] = _("Targets of a year")
    labels["customers:overview"] = _("Tiers of customers")
    labels["channels:content"] = _("Content")
    days = _("Last %(n)s days") % {"n": DAYS_KEPT}
    pages = [KeptPage(_("Without a connection"), "", reverse("dashboards:offline"))]
    if _opens(own.start):
        pages.append(KeptPage(_("Start page"), "", own.start))
    for name, turned in PLACES:
        url = url_or_none(name)
        if url is None:
            continue
        pages.append(KeptPage(labels[name], "", url))
        if turned:
            pages.append(KeptPage(labels[name], days, f"{url}?period=last-{DAYS_KEPT}"))
    if url_or_none("dashboards:boards"):
        pages += [KeptPage(name, "", reverse("dashboards:board", args=[pk])) for pk, name in own.boards]
    pages += [KeptPage(name, "", address) for name, address in own.views if _opens(address)]
    return list({page.address: page for page in reversed(pages)}.values())[::-1][:MOST_PAGES]


def _opens(address: str) -> bool:
    try:
        address_of(address)
    except NotShareable:
        return False
    return True


def manifest() -> dict[str, Any]:
    """What a phone or a desktop shows of the installed site (w3.org/TR/appmanifest)."""

    def icon(name: str, size: int, purpose: str) -> dict[str, str]:
        return {
            "src": static(f"icons/{name}-{size}.png"),
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": purpose,
        }

    shortcuts = (
        (_("Overview"), "dashboards:overview"),
        (_("Targets"), "kpis:grid"),
        (_("Alerts"), "alerts:episodes"),
    )
    return {
        "id": "/",
        "name": "Plumbline",
        "short_name": "Plumbline",
        "description": _("Shows where a marketing department leans off its plan, early enough to act."),
        "start_url": url_or_none("dashboards:home") or reverse("dashboards:overview"),
        "scope": "/",
        "display": "standalone",
        "background_color": "#f5f6f8",
        "theme_color": "#2558a3",
        "icons": [
            icon("icon", 192, "any"),
            icon("icon", 512, "any"),
            icon("maskable", 192, "maskable"),
            icon("maskable", 512, "maskable"),
        ],
        "shortcuts": [
            {"name": label, "url": reverse(name), "icons": [icon("icon", 192, "any")]}
            for label, name in shortcuts
        ],
    }
