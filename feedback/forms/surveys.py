"""What managers type of surveys, drivers, links and invitations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

from django import forms
from django.forms import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback.models import Driver, Survey
from feedback.models.surveys import SEGMENT
from feedback.selectors.surveys import nodes_at_tips, nodes_below
from feedback.services.invitations import MOST, MOST_DAYS
from feedback.services.links import Place
from feedback.services.surveys import SurveyDraft
from organization.area_picker import PickedAreaField
from organization.models import Dimension, Node

SCORES = ("asks_nps", "asks_csat", "asks_ces")
MORE = ("asks_comment", "asks_contact")
WORDS = ("title", "title_zh", "thanks", "thanks_zh")
CUT_BY = (Dimension.CHANNEL, Dimension.REGION, Dimension.PRODUCT)  # of what an answer can be
LONGEST_LIST = 1_100_000  # letters of 5,000 customer numbers


class SurveyForm(forms.Form):
    """`revision` is the one that was on screen."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=100, help_text=gettext_lazy("For you; people do not see it.")
    )
    asks_nps = forms.BooleanField(
        label=gettext_lazy("Would you recommend us? 0 to 10 (NPS)"), required=False, initial=True
    )
    asks_csat = forms.BooleanField(label=gettext_lazy("How satisfied are you? 1 to 5 (CSAT)"), required=False)
    asks_ces = forms.BooleanField(label=gettext_lazy("How easy was it? 1 to 7 (CES)"), required=False)
    drivers = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Rated from 1 to 5"),
        queryset=Driver.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    asks_comment = forms.BooleanField(label=gettext_lazy("A comment"), required=False, initial=True)
    asks_contact = forms.BooleanField(
        label=gettext_lazy("How to reach them, if they want an answer and consent"),
        required=False,
        initial=True,
    )
    title = forms.CharField(
        label=gettext_lazy("Title in English"), max_length=200, required=False,
        help_text=gettext_lazy("Empty: the usual words, as in the preview."),
    )  # fmt: skip
    title_zh = forms.CharField(label=gettext_lazy("Title in Chinese"), max_length=200, required=False)
    thanks = forms.CharField(
        label=gettext_lazy("Thanks in English"), max_length=300, required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    thanks_zh = forms.CharField(
        label=gettext_lazy("Thanks in Chinese"), max_length=300, required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    open = forms.BooleanField(
        label=gettext_lazy("Open: it takes answers"), required=False, initial=True,
        help_text=gettext_lazy("Closed, all its links and invitations say so kindly. You can open it again."),
    )  # fmt: skip
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    def __init__(self, *args: Any, survey: Survey | None = None, **kwargs: Any) -> None:
        chosen: Any = Driver.objects.filter(archived_at__isnull=True)
        if survey is not None:
            names = ("name", *SCORES, *MORE, *WORDS, "open", "revision")
            kwargs["initial"] = {
                **{name: getattr(survey, name) for name in names},
                "drivers": list(survey.drivers.values_list("pk", flat=True)),
            }
        else:
            kwargs.setdefault("initial", {"drivers": list(chosen.values_list("pk", flat=True))})
        super().__init__(*args, **kwargs)
        drivers: Any = self.fields["drivers"]
        drivers.queryset = chosen
        drivers.label_from_instance = lambda driver: driver.label

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not any(data.get(name) for name in SCORES):
            self.add_error(SCORES[0], _("Choose at least one score: without one there is nothing to count."))
        return data

    def draft(self, survey: Survey | None = None) -> SurveyDraft:
        """What was put away meanwhile stays chosen, and comes back with it."""
        data = self.cleaned_data
        away = list(survey.drivers.filter(archived_at__isnull=False)) if survey is not None else []
        names = ("name", *SCORES, *MORE, *WORDS, "open")
        return SurveyDraft(drivers=[*data["drivers"], *away], **{name: data[name] for name in names})

    def scores(self) -> Iterator[BoundField]:
        return (self[name] for name in SCORES)

    def more(self) -> Iterator[BoundField]:
        return (self[name] for name in MORE)


class DriverForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name in English"), max_length=100)
    name_zh = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=100, required=False)


ONE, BELOW, TIPS = "one", "below", "tips"
EACH: tuple[tuple[str, str | Promise], ...] = (
    (ONE, gettext_lazy("One link for it")),
    (BELOW, gettext_lazy("One for each region right below it")),
    (TIPS, gettext_lazy("One for each region below it that has none below itself, such as stores")),
)


class LinkForm(forms.Form):
    area = PickedAreaField(
        label=gettext_lazy("Where it stands"), required=False,
        help_text=gettext_lazy("A channel, a region, a product line, or these together. Empty: the company."),
    )  # fmt: skip
    segment = forms.CharField(
        label=gettext_lazy("Customer type"), max_length=SEGMENT, required=False,
        help_text=gettext_lazy("Such as new or loyal: where a link is for these alone."),
    )  # fmt: skip
    each = forms.ChoiceField(
        label=gettext_lazy("How many"), choices=EACH, initial=ONE, widget=forms.RadioSelect
    )

    def clean_area(self) -> dict[str, Node]:
        nodes: dict[str, Node] = self.cleaned_data["area"]
        if not nodes.keys() <= set(CUT_BY):
            raise forms.ValidationError(
                _("An answer belongs to a channel, a region and a product line. Choose among these.")
            )
        return nodes

    def places(self) -> Sequence[Place]:
        """After `is_valid`; none where the region has nothing below it."""
        nodes, segment = self.cleaned_data["area"], self.cleaned_data["segment"]
        region = nodes.get(Dimension.REGION)
        regions: Sequence[Node | None] = [region]
        if self.cleaned_data["each"] != ONE:
            regions = nodes_below(region) if self.cleaned_data["each"] == BELOW else nodes_at_tips(region)
        channel, product = nodes.get(Dimension.CHANNEL), nodes.get(Dimension.PRODUCT)
        return [Place(channel, one, product, segment) for one in regions]


class InvitationsForm(forms.Form):
    """`batch` is drawn with the empty form, so that a form that is sent twice makes the same ones."""

    how_many = forms.IntegerField(
        label=gettext_lazy("How many"), min_value=1, max_value=MOST, required=False, initial=100,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip
    customers = forms.CharField(
        label=gettext_lazy("Or for these customers"), required=False, max_length=LONGEST_LIST,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "Customer numbers as your files write them, one a line: each gets an invitation, and her answer is tied to her."
        ),
    )  # fmt: skip
    days = forms.IntegerField(
        label=gettext_lazy("Good for so many days"), min_value=1, max_value=MOST_DAYS, initial=60,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip
    batch = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["batch"].initial = uuid4

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if "batch" in self.errors:
            self.add_error(None, _("This page is not as it was sent. Load it anew and try again."))
        return data

    def keys(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["customers"].splitlines() if line.strip()]
