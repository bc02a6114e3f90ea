"""One message about several alerts: what came up in the same moment, or what quiet hours held."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts.models import Connection
from alerts.wording import LIGHTS, Subject, Wording, headline_of, one_line
from organization.models import Person
from organization.speaking import speaking, speaking_to

LISTED = 50  # the rest is counted


@dataclass(frozen=True)
class Item:
    """An alert in the list."""

    light: str
    headline: str
    link: str = ""

    @property
    def shape(self) -> str:
        return LIGHTS[self.light][0]

    @property
    def colour(self) -> str:
        return LIGHTS[self.light][1]


def compose_many(
    *, said: Sequence[tuple[Subject, bool]], person: Person, may_open: Collection[int]
) -> Wording:
    """For a person: each alert in a line, the worst first, with figures only where she may have them."""
    with speaking_to(person):
        ordered = _ordered(said)
        logs_in = person.is_active and person.has_usable_password()
        items = [
            _item(about, figures, person.language, linked=logs_in and about.scope.pk in may_open)
            for about, figures in ordered[:LISTED]
        ]
        headline = _headline(items, len(ordered))
        context = {
            "language": person.language,
            "headline": headline,
            "items": items,
            "more": len(ordered) - len(items),
            "link": settings.SITE_URL + reverse("alerts:episodes") if logs_in else "",
        }
        return Wording(
            subject=one_line(headline),
            text=render_to_string("alerts/mail_many.txt", context).strip() + "\n",
            html=render_to_string("alerts/mail_many.html", context),
            template="alert-many",
            fields={"count": str(len(ordered))},
        )


def compose_many_for_chat(*, said: Sequence[tuple[Subject, bool]], connection: Connection) -> Wording:
    """For a chat: the same as plain lines."""
    with speaking(connection.language):
        ordered = _ordered(said)
        items = [
            _item(about, figures, connection.language, linked=False) for about, figures in ordered[:LISTED]
        ]
        headline = one_line(_headline(items, len(ordered)))
        link = settings.SITE_URL + reverse("alerts:episodes")
        lines = [f"{item.shape} {one_line(item.headline)}" for item in items]
        return Wording(
            subject=headline,
            text="\n".join([f"Plumbline: {headline}", *lines, link]),
            template="alert-many",
            fields={"link": link},
        )


def _ordered(said: Sequence[tuple[Subject, bool]]) -> list[tuple[Subject, bool]]:
    return sorted(said, key=lambda one: (-one[0].event.tier, one[0].event.pk))


def _item(about: Subject, figures: bool, language: str, *, linked: bool) -> Item:
    if not figures:
        return Item("grey", _("Something needs attention: %(rule)s") % {"rule": about.rule.name})
    link = settings.SITE_URL + reverse("alerts:episode", args=[about.event.episode_id]) if linked else ""
    light = about.event.status if about.event.status in LIGHTS else "grey"
    return Item(light, headline_of(about, language), link)


def _headline(items: Sequence[Item], count: int) -> str:
    return ngettext("%(count)s alert: %(first)s", "%(count)s alerts, first: %(first)s", count) % {
        "count": count,
        "first": items[0].headline,
    }
