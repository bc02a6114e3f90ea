"""Keys that work on every page, and those by which one goes to a place of the menu after g."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from dashboards.help.topic import Key

GO = {
    "dashboards:overview": "o",
    "dashboards:boards": "p",
    "dashboards:channels": "c",
    "budgets:overview": "b",
    "feedback:scores": "f",
    "feedback:queue": "q",
    "dashboards:customers": "u",
    "dashboards:process": "w",
    "dashboards:team": "m",
    "kpis:okr": "k",
    "kpis:scorecards": "s",
    "alerts:episodes": "a",
    "decisions:inbox": "d",
    "kpis:targets": "t",
    "ingest:imports": "i",
    "alerts:rules": "r",
}
EVERYWHERE = (
    Key(("Ctrl K",), _("find anything by its name")),
    Key(("?",), _("these keys")),
    Key(("/",), _("to the page's own search or filter")),
    Key(("[",), _("the period before")),
    Key(("]",), _("the period after")),
    Key(("Esc",), _("close what is open")),
)
