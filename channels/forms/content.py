"""Tags of a content piece as people type them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from channels.models import Format, Piece
from channels.models.content import LONGEST_PLATFORM, LONGEST_TAG, MOST_TAGS
from channels.services.content import TAGS, PieceDraft
from channels.tags import read_tags
from organization.models import Node

LONGEST = (LONGEST_TAG + 2) * MOST_TAGS * 2


def _tags(label: Any, help_text: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=LONGEST,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class PieceForm(forms.Form):
    """`version` is the one that was on screen, 0 for a piece without tags."""

    format = forms.ChoiceField(
        label=_("Format"), required=False, choices=[("", _("Not said")), *Format.choices]
    )
    platform = forms.CharField(
        label=_("Platform"),
        required=False,
        max_length=LONGEST_PLATFORM,
        help_text=_("Where it was shown. Empty: on its channel."),
        widget=forms.TextInput(attrs={"list": "known-platforms", "autocomplete": "off"}),
    )
    published_on = forms.DateField(
        label=_("Published on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    scenes = _tags(_("Scenes"), _("What is seen, such as kitchen, factory. Commas between."))
    audiences = _tags(_("Audiences"), _("Whom it speaks to, such as newly-weds, designers."))
    products = _tags(_("Products"), _("What it is about."))
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def draft(self, node: Node) -> PieceDraft:
        data = self.cleaned_data
        scenes, audiences, products = (read_tags(data[name]) for name in TAGS)
        day = data["published_on"]
        return PieceDraft(
            node, data["format"], data["platform"], day, scenes, audiences, products, dateless=day is None
        )


def initial(piece: Piece | None) -> dict[str, Any]:
    if piece is None:
        return {"version": 0}
    return {
        "format": piece.format,
        "platform": piece.platform,
        "published_on": piece.published_on,
        "version": piece.revision,
        **{name: ", ".join(getattr(piece, name)) for name in TAGS},
    }


class TagFileForm(forms.Form):
    file = forms.FileField(label=_("File"), allow_empty_file=True)
