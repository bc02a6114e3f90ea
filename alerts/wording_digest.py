"""The daily mail in words: what is open, new, recovered, held and due, and the figures furthest behind plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts.models.telling import BECAUSE
from alerts.selectors.digest import LISTED, Digested, HeldAlert, fiscal_start
from alerts.selectors.lists import EpisodeRow
from alerts.wording import LIGHTS, Subject, Wording, headline_of, one_line
from common import formats
from common.listing import listed
from organization.models import Person
from organization.speaking import speaking_to


@dataclass(frozen=True)
class Item:
    """A line. `light`: green, yellow, red, grey, or empty for what has none."""

    text: str
    detail: str = ""
    link: str = ""
    light: str = ""

    @property
    def shape(self) -> str:
        return LIGHTS[self.light][0] if self.light else "•"

    @property
    def colour(self) -> str:
        return LIGHTS[self.light][1] if self.light else LIGHTS["grey"][1]


@dataclass(frozen=True)
class Part:
    title: str
    items: tuple[Item, ...]
    more: int = 0
    note: str = ""


def compose_digest(*, found: Digested, person: Person, day: date) -> Wording:
    """In her language and zone; links only where she logs in."""
    with speaking_to(person), timezone.override(ZoneInfo(person.time_zone)):
        says = _Says(person)
        parts = [part for part in says.parts(found) if part.items]
        headline = _headline(found)
        context = {
            "language": person.language,
            "headline": headline,
            "day": formats.day(day, person.language),
            "parts": parts,
            "nothing": found.is_empty,
            "link": says.link("alerts:episodes", query="?show=mine"),
            "settings": says.link("alerts:listening"),
        }
        return Wording(
            subject=one_line(
                _("Digest of %(day)s: %(what)s")
                % {"day": formats.day(day, person.language), "what": headline}
            ),
            text=render_to_string("alerts/mail_digest.txt", context).strip() + "\n",
            html=render_to_string("alerts/mail_digest.html", context),
            template="digest",
            fields={"open": str(len(found.new) + len(found.open))},
        )


def _headline(found: Digested) -> str:
    count, waits = len(found.new) + len(found.open), len(found.due.waiting) + len(found.due.tasks)
    said = []
    if count:
        said.append(ngettext("%(n)s alert is open", "%(n)s alerts are open", count) % {"n": count})
    if found.new:
        said.append(_("%(n)s began") % {"n": len(found.new)})
    if found.recovered:
        said.append(_("%(n)s recovered") % {"n": len(found.recovered)})
    if waits:
        said.append(ngettext("%(n)s thing waits for you", "%(n)s things wait for you", waits) % {"n": waits})
    if not said:
        return _("Some alerts were held back") if found.held else _("Nothing to report")
    return _(", ").join(said)


class _Says:
    def __init__(self, person: Person) -> None:
        self._language = person.language
        self._logs_in = person.is_active and person.has_usable_password()
        self._fiscal_start = fiscal_start()

    def link(self, name: str, *args: int, query: str = "") -> str:
        return settings.SITE_URL + reverse(name, args=args) + query if self._logs_in else ""

    def parts(self, found: Digested) -> list[Part]:
        return [
            self._alerts(_("New alerts"), found.new),
            self._alerts(_("Still open"), found.open),
            self._alerts(_("Recovered"), found.recovered),
            _part(_("Not told in a message of its own"), [self._held(one) for one in found.held]),
            self._due(found),
            self._part_of_figures(found),
        ]

    def _alerts(self, title: str, rows: Sequence[EpisodeRow]) -> Part:
        return _part(title, [self._alert(row) for row in rows[:LISTED]], len(rows))

    def _alert(self, row: EpisodeRow) -> Item:
        episode, event = row.episode, row.latest
        instance = episode.instance
        text = listed([instance.metric.label, instance.scope.label])
        if event is not None:
            about = Subject(instance.rule, instance.metric, instance.scope, event, self._fiscal_start)
            text = headline_of(about, self._language)
        detail = [row.period] if row.period else []
        if episode.closed_at is not None:
            detail.append(str(episode.get_close_reason_display()))
        elif episode.acknowledged_by is not None:
            detail.append(_("taken by %(name)s") % {"name": episode.acknowledged_by.label})
        if row.silent_until is not None:
            detail.append(
                _("silenced until %(when)s")
                % {"when": formats.moment(timezone.localtime(row.silent_until), self._language)}
            )
        light = event.status if event is not None and event.status in LIGHTS else "grey"
        return Item(text, " · ".join(detail), self.link("alerts:episode", episode.pk), light)

    def _held(self, one: HeldAlert) -> Item:
        because = str(dict(BECAUSE)[one.because]) if one.because != "flapping" else _("It comes and goes.")
        if one.row is None:
            return Item(_("Something needs attention: %(rule)s") % {"rule": one.rule}, because, "", "grey")
        item = self._alert(one.row)
        return Item(item.text, because, item.link, item.light)

    def _due(self, found: Digested) -> Part:
        items = [
            Item(
                row.title,
                _when(
                    _("decide by %(day)s"), timezone.localtime(row.due_at).date(), row.overdue, self._language
                ),
                self.link("decisions:proposal", row.proposal.pk),
            )
            for row in found.due.waiting
        ] + [
            Item(
                row.task.title,
                _when(_("due %(day)s"), row.task.due_on, row.overdue, self._language),
                settings.SITE_URL + row.url if self._logs_in else "",
            )
            for row in found.due.tasks
        ]
        return _part(_("Waits for you"), items)

    def _part_of_figures(self, found: Digested) -> Part:
        if found.followed:
            return Part(_("Figures that you follow"), tuple(self._figures(found)))
        note = _("Of %(area)s, up to five figures whose lights are the worst this month.")
        return Part(
            _("Furthest behind plan"),
            tuple(self._figures(found)),
            note=note % {"area": found.home.label if found.home else ""},
        )

    def _figures(self, found: Digested) -> list[Item]:
        return [
            Item(
                listed(filter(None, (row.metric.label, row.area)))
                + f": {formats.exact(row.reading.value, row.metric, self._language)}",
                _("%(share)s of plan") % {"share": formats.share(row.reading.attainment)}
                if row.reading.attainment is not None
                else "",
                light=row.reading.status if row.reading.status in LIGHTS else "grey",
            )
            for row in found.figures
        ]


def _part(title: str, items: Sequence[Item], count: int | None = None) -> Part:
    count = len(items) if count is None else count
    return Part(title, tuple(items[:LISTED]), max(count - LISTED, 0))


def _when(words: str, day: date | None, late: bool, language: str) -> str:
    if day is None:
        return ""
    said = words % {"day": formats.day(day, language)}
    return _("%(when)s, overdue") % {"when": said} if late else said
