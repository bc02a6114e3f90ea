"""Forms about people: inviting, roles, duties, responsibilities, leaving, and the rules for accounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from organization.area_picker import PickedAreaField
from organization.forms import _time_zones
from organization.holdings import Holding
from organization.models import Grant, Node, Person, Role

MOST_ROLES = 50


class InviteForm(forms.Form):
    display_name = forms.CharField(label=_("Name"), max_length=150)
    email = forms.EmailField(label=_("Email"), help_text=_("The invitation goes there."))
    language = forms.ChoiceField(
        label=_("Language"),
        choices=settings.LANGUAGES,
        help_text=_("Of the invitation, and of pages later on."),
    )
    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        required=False,
        validators=[UnicodeUsernameValidator()],
        help_text=_("Leave it empty and it is made of the address."),
    )


class ListenerForm(forms.Form):
    """Somebody who only receives messages."""

    display_name = forms.CharField(label=_("Name"), max_length=150)
    email = forms.EmailField(label=_("Email"), required=False)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    username = forms.CharField(label=_("User name"), max_length=150, validators=[UnicodeUsernameValidator()])


class WelcomeForm(forms.Form):
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 8 characters, and not one that everybody uses."),
    )
    again = forms.CharField(
        label=_("The same once more"),
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if "password" in values and "again" in values and values["password"] != values["again"]:
            self.add_error("again", _("The two are not the same. Type it once more."))
        return values


class RoleForm(forms.Form):
    """A role and where it holds; without a role the row does not count."""

    role = forms.ChoiceField(
        label=_("Role"), choices=[("", _("Choose a role")), *Role.choices], required=False
    )
    area = PickedAreaField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False


class Roles:
    """The rows of a person's roles, as they stand or as they were sent: `role` and `area` come once for each row."""

    def __init__(self, rows: Sequence[tuple[str, str]], *, sent: bool, dropped: int | None = None) -> None:
        kept = [row for at, row in enumerate(rows[:MOST_ROLES]) if at != dropped]
        self.dropped = dropped is not None
        self.is_sent = sent
        self.forms = [self._row(at, role, area, sent=sent) for at, (role, area) in enumerate(kept)]

    @classmethod
    def standing(cls, grants: Sequence[Grant]) -> Roles:
        return cls([(grant.role, grant.scope.key) for grant in grants], sent=False)

    @classmethod
    def sent(cls, data: QueryDict) -> Roles:
        """`drop` says which row a button without script took out."""
        drop = data.get("drop", "")
        rows = list(zip(data.getlist("role"), data.getlist("area"), strict=False))
        return cls(rows, sent=True, dropped=int(drop) if drop.isdecimal() and len(drop) < 4 else None)

    @staticmethod
    def empty_row(at: int) -> RoleForm:
        return Roles._row(at, "", "company", sent=False)

    @staticmethod
    def _row(at: int, role: str, area: str, *, sent: bool) -> RoleForm:
        values = {"role": role, "area": area}
        auto_id = f"role-{at}-%s"
        return RoleForm(values, auto_id=auto_id) if sent else RoleForm(initial=values, auto_id=auto_id)

    @property
    def rows(self) -> list[RoleForm]:
        """With an empty one at the end, for another."""
        if self.forms and not (self.forms[-1]["role"].value() or ""):
            return self.forms
        return [*self.forms, self.empty_row(len(self.forms))]

    def is_valid(self) -> bool:
        """Each row is asked, so that each says what is wrong with it."""
        return not [form for form in self.forms if form["role"].value() and not form.is_valid()]

    @property
    def wanted(self) -> list[tuple[str, list[Node]]]:
        """Each role with its nodes; of those rows alone that can be understood."""
        return [
            (form.cleaned_data["role"], list(form.cleaned_data["area"].values()))
            for form in self.forms
            if form.is_valid() and form.cleaned_data["role"]
        ]


class DutyForm(forms.Form):
    name = forms.CharField(
        label=_("Duty"),
        max_length=50,
        widget=forms.TextInput(attrs={"list": "duties-known", "autocomplete": "off"}),
        help_text=_("Such as director or CFO. Whoever must sign or be told is looked for by this name."),
    )
    area = PickedAreaField(required=False, initial="company")


class ResponsibilityForm(forms.Form):
    area = PickedAreaField(required=False, initial="company")
    first_day = forms.DateField(
        label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last_day = forms.DateField(
        label=_("To"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Empty: for good."),
    )


class EndForm(forms.Form):
    last_day = forms.DateField(
        label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class LeavingForm(forms.Form):
    """For each kind of thing that she holds: who takes it over."""

    def __init__(
        self, data: QueryDict | None, *, whom: Person, held: Sequence[tuple[Holding, Sequence[str]]]
    ) -> None:
        super().__init__(data)
        others = (
            Person.objects.filter(is_active=True).exclude(pk=whom.pk).order_by("display_name", "username")
        )
        people = [(str(one.pk), one.label) for one in others]
        self.by_pk = {str(one.pk): one for one in others}
        for holding, _names in held:
            choices: list[tuple[str, Any]] = [("", _("Choose"))]
            if holding.end is not None:
                choices.append(("end", _("Nobody: let it end")))
            if holding.hand_over is not None:
                choices.append((str(_("Hand over to")), people))
            only_end = holding.hand_over is None
            self.fields[holding.code] = forms.ChoiceField(
                label=_("Goes to"),
                choices=choices,
                initial="end" if only_end else "",
                help_text=str(holding.why_end),
                error_messages={"required": _("Say who takes this over, or let it end.")},
            )

    def decided(self) -> dict[str, Person | None]:
        return {
            code: None if value == "end" else self.by_pk[value] for code, value in self.cleaned_data.items()
        }


class AccountRulesForm(forms.Form):
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=_time_zones, help_text=_("Whose midnight begins the company's day.")
    )
    second_factor_roles = forms.MultipleChoiceField(
        label=_("A second factor is needed by"),
        choices=Role.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Who has such a role and no second factor is asked to set one up before anything else."),
    )
    invitation_days = forms.IntegerField(label=_("Days an invitation lasts"), min_value=1, max_value=60)
    session_hours = forms.IntegerField(
        label=_("Hours until one must log in again"),
        min_value=1,
        max_value=2160,
        help_text=_("336 are two weeks."),
    )
