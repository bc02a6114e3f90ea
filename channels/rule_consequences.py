"""What alert rules may bring about for channels, and rules to begin from that do."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from alerts.conditions import Amount
from alerts.conditions import Change as Moved
from alerts.consequences import Case, Consequence, Done, register
from alerts.forms.templates import Template, register_template
from channels.changes import Change
from channels.services.proposing import propose_for
from channels.services.supporting import support

_WORDS = {
    Change.PAUSE: (
        _("Propose to pause the channel"),
        _("Whoever manages it decides; approved, it is paused."),
    ),
    Change.MOVE: (
        _("Propose to move the channel's money"),
        _("Half of what it spends in a month. Approved, finance gets a task with the amount."),
    ),
    Change.STOP: (
        _("Propose to stop the channel"),
        _("Whoever manages it decides; approved, it is stopped."),
    ),
    Change.DROP: (
        _("Propose to give the channel up"),
        _("Whoever manages it decides; approved, it is given up."),
    ),
    Change.EXPAND: (
        _("Propose to expand the channel"),
        _("By a fifth of what it spends in a month. Approved, finance gets a task with the amount."),
    ),
}

TEMPLATES = (
    Template(
        "channel-pause",
        _("ROAS under 1, three days in a row: pause"),
        {2: (Amount(Decimal(1)), 3)},
        grain="day",
        metric="roas",
        consequences={2: ("channels.pause",)},
    ),
    Template(
        "channel-stop",
        _("Two weeks under a ROAS of 0.8: stop"),
        {3: (Amount(Decimal("0.8"), whole=True), 2)},
        grain="week",
        metric="roas",
        consequences={3: ("channels.stop",)},
    ),
    Template(
        "channel-drop",
        _("ROAS under 2 over a quarter: give up"),
        {3: (Amount(Decimal(2), whole=True), 1)},
        grain="quarter",
        metric="roas",
        consequences={3: ("channels.drop",)},
    ),
    Template(
        "channel-expand",
        _("ROAS over 3 over a quarter: expand"),
        {1: (Amount(above=Decimal(3), whole=True), 1)},
        grain="quarter",
        metric="roas",
        consequences={1: ("channels.expand",)},
    ),
    Template(
        "support",
        _("Sales fall two months in a row: support"),
        {2: (Moved(Decimal(0)), 2)},
        metric="revenue",
        areas="region-all",
        consequences={2: ("channels.support",)},
    ),
)


def register_all() -> None:
    for change, (label, help_text) in _WORDS.items():
        register(
            Consequence(
                code=f"channels.{change.value}",
                label=label,
                help=help_text,
                carry_out=_proposing(change),
                url_of=lambda pk: reverse("decisions:proposal", args=[pk]),
            )
        )
    register(
        Consequence(
            code="channels.support",
            label=_("Open a support task"),
            help=_(
                "For the owner of the channel, else whoever is responsible for the area, due in five working days."
            ),
            carry_out=support,
            url_of=lambda pk: reverse("decisions:task", args=[pk]),
        )
    )
    for template in TEMPLATES:
        register_template(template)


def _proposing(change: Change) -> Callable[[Case], Done]:
    return lambda case: propose_for(case, change)
