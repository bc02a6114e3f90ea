"""What people enter about a channel."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.changes import LABELS, Change, makes_sense
from channels.models import ChannelState, Tier
from channels.selectors.profiles import ProfileRow
from channels.services import ProfileDraft
from decisions.selectors.approvals import who_sees
from kpis.forms.okr.areas import PersonChoice
from organization.models import Person, Scope


class ProfileForm(forms.Form):
    """`version` is the one that was on screen."""

    tier = forms.ChoiceField(
        label=_("Tier"),
        required=False,
        choices=[("", _("None yet")), *Tier.choices],
        help_text=_(
            "How far it has proven itself: core channels are proven, secondary ones on trial, potential ones held back."
        ),
    )
    owner = PersonChoice(
        label=_("Owner"), queryset=Person.objects.none(), required=False, empty_label=_("Nobody yet")
    )
    state = forms.ChoiceField(label=_("State"), choices=ChannelState.choices)
    why = forms.CharField(
        label=_("Why the state changes"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Needed where it changes; kept with the change."),
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None, *, scope: Scope, row: ProfileRow) -> None:
        super().__init__(data, initial=initial(row))
        self.row = row
        kept = row.owner.pk if row.owner else None
        people: Any = self.fields["owner"]
        people.queryset = Person.objects.filter(Q(pk__in=who_sees(scope).values("pk")) | Q(pk=kept)).order_by(
            "display_name", "username"
        )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        state = values.get("state")
        if state and state != self.row.state and not values.get("why", "").strip():
            self.add_error("why", gettext("Say why the state changes; it is kept with the change."))
        return values

    def draft(self) -> ProfileDraft:
        """What the service takes."""
        data = self.cleaned_data
        return ProfileDraft(
            tier=Tier(data["tier"]) if data["tier"] else None,
            owner=data["owner"],
            state=ChannelState(data["state"]),
            why=data["why"],
        )


class ProposeForm(forms.Form):
    """A change that makes sense in the state that the channel is in."""

    change = forms.ChoiceField(label=_("What you propose"))
    reason = forms.CharField(
        label=_("Why"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Whoever decides reads it."),
    )

    def __init__(self, data: QueryDict | None, *, row: ProfileRow) -> None:
        super().__init__(data)
        field: Any = self.fields["change"]
        field.choices = [(one.value, LABELS[one]) for one in Change if makes_sense(one, row.state)]


def initial(row: ProfileRow) -> dict[str, Any]:
    return {
        "tier": row.tier.value if row.tier else "",
        "owner": row.owner.pk if row.owner else None,
        "state": row.state.value,
        "version": row.version,
    }
