"""Alert rules on what customers say, to begin from."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from alerts.conditions import Amount, Change
from alerts.forms.templates import Template, register_template

TEMPLATES = (
    Template(
        "nps-falls",
        _("NPS falls by 10 points, or by 20"),
        {
            2: (Change(Decimal(-10), None, on="before", points=True), 1),
            3: (Change(Decimal(-20), None, on="before", points=True), 1),
        },
        metric="nps",
    ),
    Template(
        "answers-late",
        _("First answers in time: under 95, 90, 80%"),
        {
            1: (Amount(Decimal("0.95")), 1),
            2: (Amount(Decimal("0.9")), 1),
            3: (Amount(Decimal("0.8")), 1),
        },
        metric="first_answers_in_time",
    ),
)


def register() -> None:
    for template in TEMPLATES:
        register_template(template)
