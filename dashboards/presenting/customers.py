"""The customer cockpit: tiles, a table for each question, the radar of tiers, and topics of comments."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common.radar import Radar, radar
from dashboards import wording
from dashboards.addresses import links_of
from dashboards.pieces import KeyFigure, LightsTable
from dashboards.presenting.common import Option
from dashboards.presenting.course import course_of
from dashboards.presenting.drawings import Chart
from dashboards.presenting.watched import row, tile
from dashboards.selectors.customers import COMPLAINED, SAID, WORTH, Customers
from dashboards.spans import is_kept
from feedback import topic_words
from kpis.models import Metric
from kpis.selectors import Figure

TILES = ("nps", "csat", "complaints", "solutions_in_time", "repurchase_rate", "ltv")
DRAWN = ("nps", "csat", "ces", "complaints", "repurchase_rate", "ltv")
QUARTER = 4  # steps of a radar's rim


@dataclass(frozen=True)
class Room:
    """Where it is told in full."""

    label: str
    url: str


@dataclass(frozen=True)
class Block:
    """A question with its figures and the rooms behind them."""

    code: str
    table: LightsTable
    rooms: tuple[Room, ...]


def headline(page: Customers) -> str:
    """How many of the figures of customers are off plan, and the worst of them."""
    words = {"period": wording.span_words(page.frame.period)}
    if not page.has_values:
        return _("Customers have said and bought nothing here in %(period)s.") % words
    judged = _judged(page)
    off = sorted(
        (one for one in judged if one[1].status in ("red", "yellow")),
        key=lambda one: (one[1].status != "red", one[1].attainment or Decimal(0)),
    )
    if not judged:
        return (
            _("No figure of customers has a target for %(period)s yet, so there are no lights here.") % words
        )
    if not off:
        return ngettext(
            "The one figure of customers with a target is on plan.",
            "All %(all)s figures of customers with a target are on plan.",
            len(judged),
        ) % {"all": len(judged)}
    metric, figure = off[0]
    said = _("%(metric)s %(gap)s") % {
        "metric": wording.name_in_sentence(metric),
        "gap": wording.gap(figure, metric),
    }
    counted = ngettext(
        "%(n)s of %(all)s figures of customers is off its plan",
        "%(n)s of %(all)s figures of customers are off their plan",
        len(off),
    ) % {"n": len(off), "all": len(judged)}
    return _("%(first)s; %(second)s.") % {"first": counted, "second": said}


def _judged(page: Customers) -> list[tuple[Metric, Figure]]:
    return [(page.metrics[code], one) for code, one in page.watched.figures.items() if one.status != "grey"]


def tiles(page: Customers) -> list[KeyFigure]:
    return [tile(page.frame, page.watched, page.metrics[code]) for code in TILES if code in page.metrics]


def drawn(page: Customers) -> Chart:
    links = links_of(page.frame)
    steps = tuple(
        Option(
            code,
            page.metrics[code].label,
            code == page.drawn,
            links.to(metric="" if code == "nps" else code) + "#course",
        )
        for code in DRAWN
        if code in page.metrics
    )
    return course_of(page.history, page.metrics.get(page.drawn), steps=steps)


TITLES: dict[str, str | Promise] = {
    "said": gettext_lazy("What customers say"),
    "complained": gettext_lazy("What they complain of"),
    "worth": gettext_lazy("What they are worth"),
}


def blocks(page: Customers, *, handles: bool) -> list[Block]:
    """`handles`: whether complaints are hers to answer somewhere."""
    area = page.frame.area.key
    where = {} if page.frame.area.is_company else {"area": area}
    when = {**where, "period": str(page.frame.period)} if is_kept(page.frame.period) else where
    said = [
        _room(_("Scores"), "feedback:scores", when),
        _room(_("What drives them"), "feedback:drivers", where),
    ]
    complained = [_room(_("Board of complaints"), "feedback:board", where)]
    if handles:
        complained.insert(0, _room(_("Open complaints"), "feedback:queue", {}))
    worth = [
        _room(_("Tiers"), "customers:overview", where),
        _room(_("Cohorts"), "customers:cohorts", where),
        _room(_("Lifetime value"), "customers:lifetime", {}),
        _room(_("Life cycle"), "customers:lifecycle", where),
    ]
    return [
        Block(code, _table(page, str(TITLES[code]), codes), tuple(rooms))
        for code, codes, rooms in (
            ("said", SAID, said),
            ("complained", COMPLAINED, complained),
            ("worth", WORTH, worth),
        )
    ]


def _room(label: str, name: str, query: dict[str, str]) -> Room:
    return Room(label, f"{reverse(name)}?{urlencode(query)}" if query else reverse(name))


def _table(page: Customers, caption: str, codes: Sequence[str]) -> LightsTable:
    """Figures that nobody has published or planned are left out."""
    seen = page.watched
    known = [
        page.metrics[code]
        for code in codes
        if code in page.metrics
        and (seen.figure(code).value is not None or seen.figure(code).target is not None)
    ]
    return LightsTable(caption, _("Figure"), tuple(row(page.frame, seen, metric) for metric in known))


@dataclass(frozen=True)
class Segments:
    """Tiers of customers: what share of customers and of revenue each is."""

    radar: Radar | None
    said: str
    title: str


def segments(page: Customers) -> Segments | None:
    if page.tiers is None:
        return None
    rows = page.tiers.rows
    shares = [one.share for one in rows]
    amounts = [one.amount_share for one in rows]
    known = [float(share) for share in (*shares, *amounts) if share is not None]
    most = max(1, math.ceil(max(known, default=0) * QUARTER)) / QUARTER
    most_of_all = max(rows, key=lambda one: one.amount_share or Decimal(0))
    title = _("%(tier)s: %(customers)s of customers, %(amount)s of revenue") % {
        "tier": most_of_all.label,
        "customers": _percent(most_of_all.share),
        "amount": _percent(most_of_all.amount_share),
    }
    drawn = radar(
        [(str(one.label), "customers", one.share) for one in rows], other=amounts, most=most, good=None
    )
    return Segments(drawn, _("Shares of customers and of revenue by tier"), title)


def _percent(share: Decimal | None) -> str:
    return wording.percent(share) if share is not None else "—"


def topics_url(page: Customers) -> str:
    asked = {"area": page.asked.scope.key, "months": str(page.asked.months)}
    return f"{reverse('feedback:topics')}?{urlencode(asked)}"


def topics_period(page: Customers) -> str:
    return topic_words.period(page.asked)
