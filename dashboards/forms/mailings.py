"""The form of a page that is sent regularly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dashboards.forms.addresses import typed_address
from dashboards.models import Every, Mailing
from dashboards.models.keeping import ADDRESS
from dashboards.selectors.mailings import whom_she_may_send
from dashboards.services.mailings import When
from dashboards.shareable import Address, NotShareable, address_of, is_of_one_period, of_newest
from organization.models import Person

WEEKDAYS = (
    (1, _("Monday")),
    (2, _("Tuesday")),
    (3, _("Wednesday")),
    (4, _("Thursday")),
    (5, _("Friday")),
    (6, _("Saturday")),
    (7, _("Sunday")),
)


class PeopleChoice(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.label)


class MailingForm(forms.Form):
    """`known`: of a mailing that there is; whom it has already can stay on it, and `choices` are the addresses with names
    that it may be turned to. `site` is where its own pages are, as a browser writes them.
    """

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("It begins the mail's subject."))
    page = forms.ChoiceField(label=_("Page"))
    other = forms.CharField(
        label=_("Another page instead"),
        required=False,
        max_length=ADDRESS + 200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Copied from the address bar, with its filters."),
    )
    newest = forms.BooleanField(
        label=_("Always of the newest period"),
        required=False,
        initial=True,
        help_text=_("Otherwise every mail is about the period that the page is turned to now."),
    )
    every = forms.ChoiceField(label=_("How often"), choices=Every.choices, initial=Every.WEEK)
    weekday = forms.TypedChoiceField(
        label=_("Weekday"), choices=WEEKDAYS, coerce=int, required=False, initial=1
    )
    month_day = forms.TypedChoiceField(
        label=_("Day of the month"),
        choices=[(day, str(day)) for day in range(1, 29)],
        coerce=int,
        required=False,
        initial=1,
    )
    hour = forms.TypedChoiceField(
        label=_("At"), choices=[(hour, f"{hour:02}:00") for hour in range(24)], coerce=int, initial=8
    )
    people = PeopleChoice(
        label=_("Who gets it"),
        queryset=Person.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Each gets what she may see herself, in her language."),
    )

    def __init__(
        self,
        *args: Any,
        owner: Person,
        known: Mailing | None = None,
        choices: Sequence[tuple[str, str]] = (),
        site: str = "",
        fixed: bool = False,
        **kwargs: Any,
    ) -> None:
        if known is not None:
            kwargs["initial"] = _initial(known)
        super().__init__(*args, **kwargs)
        found = whom_she_may_send(owner)
        if known is not None:
            found = (
                (found | known.people.order_by("display_name", "username"))
                .exclude(pk__in=known.left.values("pk"))
                .distinct()
            )
        people: Any = self.fields["people"]
        people.queryset = found
        self.site = site
        if known is not None:
            page: Any = self.fields["page"]
            page.choices = choices
            self.fields["newest"].help_text = _("Otherwise a period that its address names stays.")
            return
        del self.fields["page"], self.fields["other"]
        if not fixed:
            del self.fields["newest"]

    def clean_other(self) -> str:
        text: str = self.cleaned_data["other"].strip()
        return str(typed_address(text, site=self.site)) if text else ""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("page") and not data.get("other") and not _is_there(data["page"]):
            self.add_error("page", _("This page is gone. Choose another one."))
        return data

    @property
    def address(self) -> Address:
        """The page that was chosen, of the newest period where that was asked for."""
        chosen = address_of(self.cleaned_data["other"] or self.cleaned_data["page"])
        return of_newest(chosen) if self.cleaned_data["newest"] else chosen

    @property
    def when(self) -> When:
        data = self.cleaned_data
        day = data["weekday"] if data["every"] == Every.WEEK else data["month_day"]
        return When(every=data["every"], day=day or 1, hour=data["hour"])


def _initial(known: Mailing) -> dict[str, Any]:
    weekly = known.every == Every.WEEK
    return {
        "name": known.name,
        "page": known.address,
        "newest": not (_is_there(known.address) and is_of_one_period(address_of(known.address))),
        "every": known.every,
        "weekday": known.day if weekly else 1,
        "month_day": 1 if weekly else known.day,
        "hour": known.hour,
        "people": list(known.people.values_list("pk", flat=True)),
    }


def _is_there(text: str) -> bool:
    try:
        address_of(text)
    except NotShareable:
        return False
    return True
