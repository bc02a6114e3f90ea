"""What is done with a complaint, and one that somebody enters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback.models import Category, Severity
from feedback.models.complaints import TEXT
from feedback.services.handling import BY, By
from organization.area_picker import AreaPicker, area_of_hers
from organization.models import Person, Scope


def _text(label: Any, *, rows: int = 4, required: bool = True, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=TEXT,
        widget=forms.Textarea(attrs={"rows": rows}),
        help_text=help_text,
    )


class Act(forms.Form):
    """`revision` is the one that was on screen. Each has its own ids, since a page has many of them."""

    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        data: Any = None,
        *,
        act: str,
        person: Person,
        scope: Scope,
        people: Sequence[Person],
        **kwargs: Any,
    ) -> None:
        super().__init__(data, auto_id=f"{act}-%s", **kwargs)
        self.person, self.scope = person, scope
        self.prepare(people)

    def prepare(self, people: Sequence[Person]) -> None:
        """Fills choices."""

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        return {name: value for name, value in self.cleaned_data.items() if name != "revision"}


class MessageForm(Act):
    text = _text(gettext_lazy("What the customer is told"))
    by = forms.ChoiceField(label=gettext_lazy("How"), choices=list(BY.items()), initial=By.PHONE)
    mail = forms.BooleanField(
        label=gettext_lazy("Send it to her by mail"),
        required=False,
        help_text=gettext_lazy("To the address that she left."),
    )


class HearForm(Act):
    text = _text(gettext_lazy("What the customer said"))
    by = forms.ChoiceField(label=gettext_lazy("How"), choices=list(BY.items()), initial=By.PHONE)


class NoteForm(Act):
    text = _text(
        gettext_lazy("Note"),
        rows=3,
        help_text=gettext_lazy("For those who handle it; the customer does not read it."),
    )


class WaitForm(Act):
    text = _text(gettext_lazy("What you wait for"), rows=2, required=False)


class ResumeForm(Act):
    text = _text(gettext_lazy("Note"), rows=2, required=False)


class ReopenForm(Act):
    text = _text(gettext_lazy("Why it is opened again"), rows=2)


class ConfirmForm(Act):
    text = _text(gettext_lazy("What the customer said"), rows=2, required=False)


class AssignForm(Act):
    """Nobody named: to herself."""

    whom = forms.TypedChoiceField(label=gettext_lazy("To whom"), coerce=int, required=False, empty_value=None)

    def prepare(self, people: Sequence[Person]) -> None:
        self.people = {one.pk: one for one in people}
        choices = [("", _("Me")), *((one.pk, one.label) for one in people if one != self.person)]
        self.fields["whom"].choices = choices  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        whom = self.cleaned_data["whom"]
        return {"whom": self.person if whom is None else self.people[whom]}


class SeverityForm(Act):
    severity = forms.TypedChoiceField(
        label=gettext_lazy("Severity"), coerce=int, choices=sorted(Severity.choices, reverse=True)
    )
    text = _text(gettext_lazy("Why"), rows=2, required=False)


class _OfAnArea(forms.Form):
    area = forms.CharField(
        label=gettext_lazy("Area"),
        required=False,
        max_length=2000,
        widget=AreaPicker(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("A region, a channel or a product line, or several crossed."),
    )
    category = forms.ModelChoiceField(
        label=gettext_lazy("Category"),
        queryset=Category.objects.none(),
        empty_label=gettext_lazy("Choose one"),
    )

    def offer(self, person: Person) -> None:
        fields: dict[str, Any] = self.fields
        fields["category"].queryset = Category.objects.filter(archived_at__isnull=True)
        fields["category"].label_from_instance = lambda one: one.label
        fields["area"].widget.person = person
        self._whose = person

    def clean_area(self) -> Scope:
        text = self.cleaned_data["area"].strip() or "company"
        try:
            return area_of_hers(self._whose, text)
        except forms.ValidationError:
            self.data = {**{name: self.data.get(name) for name in self.data}, "area": ""}
            raise


class AreaForm(_OfAnArea, Act):
    text = _text(gettext_lazy("Why"), rows=2, required=False)
    field_order = ("area", "category", "text", "revision")

    def prepare(self, people: Sequence[Person]) -> None:
        self.offer(self.person)

    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {"scope": data["area"], "category": data["category"], "text": data["text"]}


class ComplaintForm(_OfAnArea):
    """`key` is drawn with the empty form, so that a form that is sent twice makes one complaint."""

    severity = forms.TypedChoiceField(
        label=gettext_lazy("Severity"),
        coerce=int,
        choices=sorted(Severity.choices, reverse=True),
        initial=Severity.NORMAL,
    )
    text = _text(gettext_lazy("What the customer complains of"), rows=6)
    received_at = forms.DateTimeField(
        label=gettext_lazy("When it came in"),
        required=False,
        help_text=gettext_lazy("Empty for now. Its clocks run from then on."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    customer_key = forms.CharField(
        label=gettext_lazy("Customer number"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("As order files call her. Kept as a hash alone."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    name = forms.CharField(
        label=gettext_lazy("Name"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
    )
    email = forms.EmailField(label=gettext_lazy("Email"), required=False)
    consent = forms.BooleanField(
        label=gettext_lazy("The customer agrees that name, phone and mail are kept to answer this complaint"),
        required=False,
    )
    key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    field_order = (
        "text", "area", "category", "severity", "received_at", "customer_key", "name", "phone", "email", "consent",
    )  # fmt: skip

    def __init__(self, *args: Any, person: Person, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        self.fields["key"].initial = uuid4
        self.offer(person)

    def clean_received_at(self) -> datetime | None:
        at: datetime | None = self.cleaned_data["received_at"]
        if at is not None and at > self.now:
            raise forms.ValidationError(_("This is still to come. Write when it came in."))
        return at

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if any(data.get(name) for name in ("name", "phone", "email")) and not data.get("consent"):
            self.add_error(
                "consent",
                _("Without the customer's consent no name, phone or mail is kept. Ask, or take them out."),
            )
        return data

    @property
    def customer_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("customer_key", "name", "phone", "email", "consent")]

    @property
    def own_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("text", "area", "category", "severity", "received_at")]
