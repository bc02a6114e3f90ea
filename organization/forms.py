"""Forms of the organization's pages. What may be done is the services' to say; forms only read."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from organization.models import Dimension, Node, Person, Role
from organization.selectors import UnknownScope, parse_scope

AREAS_LIST = "areas"  # the id of the page's <datalist>


def _time_zones() -> list[tuple[str, str]]:
    """Places, without the old names and the fixed offsets."""
    places = (
        zone
        for zone in available_timezones()
        if "/" in zone and not zone.startswith(("Etc/", "posix/", "right/"))
    )
    return [("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in sorted(places))]


class AreaField(forms.CharField):
    """An area in its written form; cleaned to its nodes by dimension, empty for the company."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Area"))
        kwargs.setdefault("widget", forms.TextInput(attrs={"list": AREAS_LIST, "autocomplete": "off"}))
        kwargs.setdefault(
            "help_text",
            _(
                "company, or the code of an area such as region:华东. Join two with a plus sign to mean where they cross."
            ),
        )
        super().__init__(max_length=2000, **kwargs)

    def clean(self, value: Any) -> dict[str, Node] | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_scope(text)
        except UnknownScope:
            raise forms.ValidationError(
                _("There is no area with the code %(code)s. Choose one from the list, or write company."),
                params={"code": text},
            ) from None


class NewPersonForm(forms.Form):
    username = forms.CharField(label=_("User name"), max_length=150, validators=[UnicodeUsernameValidator()])
    display_name = forms.CharField(label=_("Name"), max_length=150, required=False)
    email = forms.EmailField(label=_("Email"), required=False)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    password = forms.CharField(
        label=_("First password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Leave it empty for somebody who only receives messages and never logs in."),
    )
    role = forms.ChoiceField(label=_("Role"), required=False, choices=[("", _("None yet")), *Role.choices])
    area = AreaField(required=False, initial="company")

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("role") and values.get("area") is None and "area" not in self.errors:
            self.add_error("area", _("Say where this role holds."))
        return values


class PersonForm(forms.Form):
    """What is known of somebody; `is_active` only where an administrator edits another."""

    display_name = forms.CharField(label=_("Name"), max_length=150, required=False)
    email = forms.EmailField(label=_("Email"), required=False)
    phone = forms.RegexField(
        r"^[0-9+() -]{0,20}$",
        label=_("Phone"),
        required=False,
        max_length=20,
        error_messages={"invalid": _("A phone number has digits, spaces, brackets, + and - alone.")},
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=_time_zones)
    is_active = forms.BooleanField(
        label=_("Active"),
        required=False,
        help_text=_("Who is not active cannot log in and receives no messages."),
    )

    @staticmethod
    def known(person: Person) -> dict[str, Any]:
        return {
            "display_name": person.display_name,
            "email": person.email or "",
            "phone": person.phone,
            "language": person.language,
            "time_zone": person.time_zone,
            "is_active": person.is_active,
        }


class PreferencesForm(PersonForm):
    """For oneself. The address is where password links go, so an administrator changes it, not the browser
    that somebody left open."""

    email = None  # type: ignore[assignment]
    is_active = None  # type: ignore[assignment]
    number_style = forms.ChoiceField(
        label=_("Large numbers"),
        required=False,
        choices=[
            ("", _("As the language does: 1.2M in English, 120万 in Chinese")),
            ("wan", _("Always 万 and 亿: 120万")),
            ("k", _("Always K and M: 1.2M")),
        ],
    )

    @staticmethod
    def known(person: Person) -> dict[str, Any]:
        return {**PersonForm.known(person), "number_style": person.number_style}


class GrantForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    area = AreaField(initial="company")


class NodeNamesForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200)
    name_zh = forms.CharField(label=_("Chinese name"), max_length=200, required=False)


class NodeAliasForm(forms.Form):
    alias = forms.CharField(label=_("Another name"), max_length=200)


class FindAreaForm(forms.Form):
    text = forms.CharField(label=_("Name or code"), required=False, max_length=200)


class PercentField(forms.DecimalField):
    """Typed in percent, 15 or 15%; cleaned to a share, 0.15."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def prepare_value(self, value: Any) -> Any:
        return f"{(value * 100).normalize():f}%" if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Decimal | None:
        text = str(value or "").replace("％", "%").strip().removesuffix("%").strip()
        typed = super().clean(text)
        return None if typed is None else typed / 100


class CompanyForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200)
    name_zh = forms.CharField(label=_("Chinese name"), max_length=200, required=False)
    currency = forms.CharField(
        label=_("Currency"),
        max_length=3,
        help_text=_("Three letters, such as CNY. All money is kept and shown in it."),
    )
    sure = forms.BooleanField(
        label=_("Amounts that are kept already are really in this currency: show them as such"),
        required=False,
    )
    fiscal_year_start = forms.TypedChoiceField(
        label=_("The fiscal year starts in"), coerce=int, choices=lambda: list(MONTHS.items())
    )
    close_after_working_days = forms.IntegerField(
        label=_("Working days until a month closes"),
        min_value=1,
        max_value=60,
        help_text=_("Counted from the month's end. What comes in later still counts, and is marked."),
    )
    calibration_threshold = PercentField(
        label=_("Off plan by so much, a month is to be explained"),
        min_value=Decimal("0.01"),
        max_value=Decimal(100),
        decimal_places=2,
        help_text=_(
            "Over or under its target, when it closes. The lead of the area is asked for a calibration."
        ),
    )


class AuditFilterForm(forms.Form):
    action = forms.ChoiceField(label=_("What"), required=False)
    person = forms.CharField(
        label=_("Who"),
        required=False,
        max_length=150,
        widget=forms.TextInput(
            attrs={"placeholder": _("Name"), "list": "audit-people", "autocomplete": "off"}
        ),
    )
    text = forms.CharField(label=_("Concerning"), required=False, max_length=200)
    first_day = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last_day = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    before = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)


class TreeFilterForm(forms.Form):
    dimension = forms.ChoiceField(choices=Dimension.choices, required=False, widget=forms.HiddenInput)
    text = forms.CharField(label=_("Name or code"), required=False, max_length=200)
    archived = forms.BooleanField(label=_("Also those put away"), required=False)
