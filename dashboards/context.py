"""The frame around every page: theme, language and where this person can go."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from common.number_style import number_style
from dashboards import offline
from dashboards.drawing.chromium import chromium
from dashboards.help.keys import GO
from dashboards.keeping import version_now
from dashboards.navigation import NAVIGATION, TOOLS
from dashboards.shareable import is_shareable
from organization.gate import Action, Reach, reach_of
from organization.models import Person
from organization.previews import Page
from organization.selectors.rates import currency_sign

THEMES = ("auto", "light", "dark")
THEME_COOKIE = "theme"


@dataclass(frozen=True)
class Link:
    label: str | Promise
    url: str
    icon: str
    current: bool
    key: str = ""  # which leads there after g


@dataclass(frozen=True)
class LinkGroup:
    label: str | Promise
    links: tuple[Link, ...]


@dataclass(frozen=True)
class Deed:
    """Something to do with the page. `form`: posted at once, for a picture of that form; `missing`: why it cannot be."""

    label: str | Promise
    url: str
    icon: str
    form: str = ""
    missing: str | Promise = ""


class Shell:
    """Worked out only when a template asks, so that fragments cost nothing."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def theme(self) -> str:
        """What the person chose; `auto` follows the system (in the stylesheet, so nothing flashes)."""
        chosen = self.request.COOKIES.get(THEME_COOKIE, "auto")
        return chosen if chosen in THEMES else "auto"

    @cached_property
    def themes(self) -> list[dict[str, Any]]:
        words = {"auto": _("System theme"), "light": _("Light theme"), "dark": _("Dark theme")}
        return [{"value": value, "label": words[value], "current": value == self.theme} for value in THEMES]

    @cached_property
    def lang(self) -> str:
        """For the lang attribute (BCP 47)."""
        return "zh-Hans" if self.chinese else "en"

    @cached_property
    def chinese(self) -> bool:
        return (get_language() or settings.LANGUAGE_CODE).startswith("zh")

    @cached_property
    def other_language(self) -> dict[str, str]:
        """The language one click away, named in itself."""
        if self.chinese:
            return {"code": "en", "label": "English", "lang": "en"}
        return {"code": "zh-hans", "label": "中文", "lang": "zh-Hans"}

    @cached_property
    def currency(self) -> str:
        return currency_sign()

    @cached_property
    def actions(self) -> frozenset[Action]:
        """What this person may do for the whole company."""
        return reach_of(self.request).company_actions

    @cached_property
    def administrator(self) -> bool:
        return Action.ADMINISTER in self.actions

    @cached_property
    def navigation(self) -> list[LinkGroup]:
        """Only what exists and what this person may open."""
        person = getattr(self.request, "user", None)
        if person is None or not person.is_authenticated:
            return []
        match = getattr(self.request, "resolver_match", None)
        here = match.view_name if match else ""
        groups = []
        for group in NAVIGATION:
            links = []
            for place in group.places:
                if place.needs is not None and not reach_of(self.request).somewhere(place.needs):
                    continue
                url = url_or_none(place.url_name)
                if url is not None:
                    links.append(
                        Link(
                            place.label,
                            url,
                            place.icon,
                            here == place.url_name or here in place.also,
                            GO.get(place.url_name, ""),
                        )
                    )
            if links:
                groups.append(LinkGroup(group.label, tuple(links)))
        return groups

    @cached_property
    def bare(self) -> bool:
        """Without menu, bell and buttons: in a picture, a mail, a frame elsewhere or on a wall (`read_for.py`)."""
        return bool(getattr(self.request, "bare", False))

    @cached_property
    def tools(self) -> list[Deed]:
        """What can be done with this page, where it is one that may be kept and shared."""
        person = getattr(self.request, "user", None)
        if self.bare or person is None or not person.is_authenticated or not is_shareable(self.request):
            return []
        page = quote(self.request.get_full_path(), safe="")
        deeds = []
        for tool in TOOLS:
            url = url_or_none(tool.url_name)
            if url is None:
                continue
            if tool.draws:
                missing = "" if chromium() else _("Not available: there is no Chromium here")
                deeds.append(Deed(tool.label, url, tool.icon, tool.draws, missing))
            else:
                query = f"page={page}&{tool.query}" if tool.query else f"page={page}"
                deeds.append(Deed(tool.label, f"{url}?{query}", tool.icon))
        return deeds

    @cached_property
    def kept_under(self) -> str:
        """Whose page this is, to the device that may keep it; "" where nobody is logged in."""
        person = getattr(self.request, "user", None)
        return "" if self.bare or not isinstance(person, Person) else offline.kept_under(person)

    @cached_property
    def may_be_kept(self) -> bool:
        match = getattr(self.request, "resolver_match", None)
        return match is not None and match.view_name in offline.KEEPABLE

    @cached_property
    def help(self) -> str:
        """Where it is said what this page says and how it is read; "" where nobody is logged in."""
        person = getattr(self.request, "user", None)
        match = getattr(self.request, "resolver_match", None)
        if self.bare or person is None or not person.is_authenticated:
            return ""
        return f"{reverse('dashboards:help')}?page={quote(match.view_name if match else '', safe=':')}"

    @cached_property
    def home(self) -> str:
        """Where she starts: her start page, else the overview."""
        return reverse("dashboards:home")

    @cached_property
    def fresh(self) -> str:
        """Where pages that lie open ask what is new; "" where nobody is logged in."""
        person = getattr(self.request, "user", None)
        return (
            "" if self.bare or person is None or not person.is_authenticated else reverse("dashboards:fresh")
        )

    @cached_property
    def version(self) -> str:
        """Of the data that this page shows, where it only reads."""
        return version_now() if self.fresh and is_shareable(self.request) else ""

    @cached_property
    def page(self) -> str:
        """The address of this page for those that do something with it (`?page=`), where it may be kept and shared."""
        return quote(self.request.get_full_path(), safe="") if self.version else ""

    @cached_property
    def me(self) -> str:
        """Where a person's own settings are; until there are such pages, the password."""
        return url_or_none("organization:me") or reverse("account_change_password")

    @cached_property
    def words(self) -> dict[str, Any]:
        """Texts that scripts need, in the reader's language (read by static/js/app.js and charts.js)."""
        return {
            "chart_failed": _("The chart could not be drawn"),
            "request_failed": _(
                "That did not work: the server did not answer as expected. Please try again."
            ),
            "offline": _("That did not work: no connection. Please try again when you are online."),
            "new_figures": _("There are new figures."),
            "show_them": _("Show"),
            "others": _("Others"),
            "currency": self.currency,
            "lang": self.lang,
            **({"away": offline.words()} if self.kept_under else {}),
            "numbers": number_style(),
        }


@cache
def url_or_none(name: str) -> str | None:
    """The address of a page, or None while nobody has built it."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return None


def shell(request: HttpRequest) -> dict[str, Shell]:
    return {"shell": Shell(request)}


def pages_open_to(person: Person) -> list[Page]:
    """The pages that this person could open, for whoever decides about her roles."""
    reach = Reach(person)
    places = [place for group in NAVIGATION for place in group.places]
    urls = [
        (place, url_or_none(place.url_name))
        for place in places
        if place.needs is None or reach.somewhere(place.needs)
    ]
    return [Page(str(place.label), url) for place, url in urls if url is not None]
