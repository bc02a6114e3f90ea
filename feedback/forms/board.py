"""Which complaints the board counts."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from feedback.forms.areas import NarrowingForm
from feedback.selectors.board import DAYS, STEPS
from organization.models import Scope

NAMES = {30: _("Last 30 days"), 90: _("Last 90 days"), 365: _("Last 365 days")}
STEP_NAMES = {"week": _("By week"), "month": _("By month")}
USUAL = 90


class BoardForm(NarrowingForm):
    """`?days=90&step=week&area=channel:x`"""

    days = forms.TypedChoiceField(
        label=_("Period"), choices=[(days, NAMES[days]) for days in DAYS], coerce=int, required=False
    )
    step = forms.ChoiceField(
        label=_("Trend"), choices=[(step, STEP_NAMES[step]) for step in STEPS], required=False
    )
    field_order = ("days", "step", "area")

    def asked(self) -> tuple[Scope | None, int, str]:
        """The area, how many days, and the step of the trend; the fields show what is meant."""
        data = self.cleaned()
        days = data.get("days") or USUAL
        step = data.get("step") or ("month" if days > USUAL else "week")
        self.data = {**{name: self.data.get(name) for name in self.data}, "days": str(days), "step": step}
        return data.get("area"), days, step
