"""What was found by name, as groups of links: the kinds in a fixed order, the best of each first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import quote

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from alerts.models import Episode
from dashboards.addresses import SAFE, home_of, query_of
from dashboards.context import url_or_none
from dashboards.further_places import FURTHER
from dashboards.navigation import NAVIGATION, Place
from dashboards.ranking import best_fit, parts
from dashboards.selectors.find import MOST, Finds, FoundArea
from organization.gate import Action, Reach
from organization.models import Dimension

_ICONS = {"channel": "channel", "region": "tree", "product": "board", "team": "team"}


@dataclass(frozen=True)
class Hit:
    """`parts` are its name in pieces, each with whether it is what was looked for; `also` the name by which it was found
    where this is not the one shown.
    """

    name: str
    url: str
    icon: str
    detail: str = ""
    parts: tuple[tuple[str, bool], ...] = ()
    also: str = ""


@dataclass(frozen=True)
class HitGroup:
    code: str
    label: str
    hits: tuple[Hit, ...]


def found_groups(
    finds: Finds, pages: Sequence[Hit], text: str, *, company: str, today: date
) -> tuple[HitGroup, ...]:
    """Only groups in which something was found."""
    month = f"{today - timedelta(days=1):%Y-%m}"
    groups = (
        ("areas", _("Areas"), [_area(one, text) for one in finds.areas]),
        (
            "figures",
            _("Figures"),
            [
                _hit(
                    one.label,
                    f"{reverse('dashboards:why')}?metric={one.code}&period={month}",
                    "sum",
                    text,
                    detail=_("Value, target and formula"),
                    names=(one.name, one.name_zh, one.code),
                )
                for one in finds.metrics
            ],
        ),
        ("pages", _("Pages"), [*pages, *_own_pages(finds, text)][: 2 * MOST]),
        ("alerts", _("Alerts"), [_alert(one, text, company) for one in finds.episodes]),
        (
            "budgets",
            _("Budgets"),
            [
                *(
                    _hit(
                        one.node.label,
                        reverse("budgets:budget", args=[one.pk]),
                        "coins",
                        text,
                        detail=f"{_('Budget')} · {one.get_state_display()}",
                        names=(one.node.name, one.node.name_zh, one.node.slug),
                    )
                    for one in finds.budgets
                ),
                *(
                    _hit(
                        one.node.label,
                        reverse("budgets:line", args=[one.pk]),
                        "coins",
                        text,
                        detail=f"{_('Budget line')} · {one.budget.node.label}",
                        names=(one.node.name, one.node.name_zh, one.node.slug),
                    )
                    for one in finds.lines
                ),
            ][:MOST],
        ),
        (
            "objectives",
            _("Objectives"),
            [
                _hit(
                    one.title,
                    reverse("kpis:objective", args=[one.pk]),
                    "flag",
                    text,
                    detail=f"{one.get_state_display()} · {one.scope.label}",
                )
                for one in finds.objectives
            ],
        ),
        (
            "people",
            _("People"),
            [
                _hit(
                    one.label,
                    reverse("organization:person", args=[one.pk]),
                    "people",
                    text,
                    detail=one.email or one.username,
                    names=(one.display_name, one.username, one.email or ""),
                )
                for one in finds.people
            ],
        ),
    )
    return tuple(HitGroup(code, label, tuple(hits)) for code, label, hits in groups if hits)


def places(reach: Reach, text: str) -> list[Hit]:
    """The places of the menu that she may open, and pages behind them, by their names in every language; all of the menu
    for an empty text.
    """
    found: list[tuple[int, int, Hit]] = []
    rows = [(place, "") for group in NAVIGATION for place in group.places]
    if text:
        rows += [(further.place, str(further.behind)) for further in FURTHER if _open(further.needs, reach)]
    for number, (place, behind) in enumerate(rows):
        url = url_or_none(place.url_name)
        if url is None or (place.needs is not None and not reach.somewhere(place.needs)):
            continue
        names = _in_every_language(place)
        fit = best_fit(text, names) if text else 0
        if fit is not None:
            hit = _hit(str(place.label), url, place.icon, text, detail=behind, names=names)
            found.append((fit, number, hit))
    return [hit for _fit, _number, hit in sorted(found, key=lambda one: one[:2])]


def _open(needs: Action | None, reach: Reach) -> bool:
    return needs is None or reach.somewhere(needs)


_names: dict[str, tuple[str, ...]] = {}


def _in_every_language(place: Place) -> tuple[str, ...]:
    if place.url_name not in _names:
        names = []
        for code, _name in settings.LANGUAGES:
            with override(code):
                names.append(str(place.label))
        _names[place.url_name] = tuple(names)
    return _names[place.url_name]


def _hit(name: str, url: str, icon: str, text: str, *, detail: str = "", names: Iterable[str] = ()) -> Hit:
    also = ""
    if text and text.casefold() not in name.casefold():
        also = next((one for one in names if one and text.casefold() in one.casefold()), "")
    return Hit(name, url, icon, detail, parts(name, text), also)


def _area(one: FoundArea, text: str) -> Hit:
    node = one.node
    nodes = one.nodes
    if node.dimension == Dimension.TEAM:
        url = f"{reverse('dashboards:team')}?team={quote(node.path, safe=SAFE)}"
    else:
        home = home_of("channels" if node.dimension == Dimension.CHANNEL else "", nodes)
        url = f"{home}?{query_of(nodes)}"
    beside = [other.label for name, other in nodes.items() if name != node.dimension]
    above = [one.above.label] if one.above is not None else []
    detail = " · ".join([node.kind_name, *above, *beside])
    aliases = (alias.slug for alias in node.aliases.all())
    return _hit(
        node.label,
        url,
        _ICONS.get(node.dimension, "tree"),
        text,
        detail=detail,
        names=(node.name, node.name_zh, node.slug, node.path, *aliases),
    )


def _own_pages(finds: Finds, text: str) -> list[Hit]:
    found = []
    for board in finds.boards:
        detail = board.team.label if board.team else _("Your own page")
        found.append(
            _hit(board.name, reverse("dashboards:board", args=[board.pk]), "board", text, detail=detail)
        )
    for view in finds.views:
        found.append(_hit(view.name, view.address, "star", text, detail=_("Saved view")))
    return found


def _alert(one: Episode, text: str, company: str) -> Hit:
    about = one.instance
    area = company if about.scope.is_company else about.scope.label
    state = str(one.get_tier_display()) if one.closed_at is None else _("ended")
    return _hit(
        f"{about.metric.label} · {area}",
        reverse("alerts:episode", args=[one.pk]),
        "alert",
        text,
        detail=f"{state} · {about.rule.name}",
    )
