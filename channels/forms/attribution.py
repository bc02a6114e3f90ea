"""What people set for attribution, and the files of paths that they send."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from channels.attribution import Model
from channels.attribution_words import MODELS
from channels.models import AttributionSettings
from channels.services.attribution_settings import (
    LEAST_HALF_LIFE,
    MOST_HALF_LIFE,
    MOST_LOOK_BACK,
    SettingsDraft,
)
from organization.models import Dimension, Node


class ChannelChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.label)


CHOICES = [(model.value, label) for model, label in MODELS.items()]


class SettingsForm(forms.Form):
    """`version` is the one that was on screen."""

    shown = forms.MultipleChoiceField(
        label=_("Models side by side"),
        choices=CHOICES,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Last touch is always there: the others are held against it."),
    )
    published = forms.MultipleChoiceField(
        label=_("Models that become figures of their own"),
        choices=CHOICES,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_(
            "Attributed orders, revenue and ROAS by each, with targets, lights and alerts. Never added to revenue."
        ),
    )
    direct = ChannelChoice(
        label=_("Direct channel"),
        queryset=Node.objects.none(),
        required=False,
        empty_label=_("None"),
        help_text=_("Whom last non-direct passes over: customers who come by themselves."),
    )
    half_life_hours = forms.DecimalField(
        label=_("Half-life in hours"),
        min_value=LEAST_HALF_LIFE,
        max_value=MOST_HALF_LIFE,
        decimal_places=2,
        help_text=_("Of time decay: a touch so much older weighs half. 168 is 7 days."),
    )
    order = forms.TypedChoiceField(
        label=_("Order of the Markov chain"),
        choices=[(1, "1"), (2, "2"), (3, "3")],
        coerce=int,
        help_text=_("How many of the last touches it remembers. More needs more paths."),
    )
    look_back_days = forms.IntegerField(
        label=_("Look-back in days"),
        min_value=1,
        max_value=MOST_LOOK_BACK,
        help_text=_("Touches longer before the conversion have no part in it."),
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, row: AttributionSettings) -> None:
        initial = {
            "shown": row.shown,
            "published": row.published,
            "direct": row.direct_id,
            "half_life_hours": f"{Decimal(row.half_life_hours).normalize():f}",
            "order": row.order,
            "look_back_days": row.look_back_days,
            "version": row.version,
        }
        super().__init__(data, initial=initial)
        channels: Any = self.fields["direct"]
        channels.queryset = Node.objects.filter(
            dimension=Dimension.CHANNEL, depth=1, merged_into__isnull=True, archived_at__isnull=True
        ).order_by("name")

    def draft(self) -> SettingsDraft:
        """What the service takes."""
        data = self.cleaned_data
        return SettingsDraft(
            shown=[Model(name) for name in data["shown"]],
            published=[Model(name) for name in data["published"]],
            half_life_hours=data["half_life_hours"],
            order=data["order"],
            look_back_days=data["look_back_days"],
            direct=data["direct"],
        )


class PathsForm(forms.Form):
    file = forms.FileField(
        label=_("File of paths"),
        help_text=_(
            "Columns path (live>search>group), conversions and nulls; hours before the conversion (72>24>0) if known."
        ),
    )
