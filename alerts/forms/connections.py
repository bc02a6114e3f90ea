"""Setting up a connection. Its fields are those of its kind; what is secret is shown as dots and stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from alerts.connection_fields import PARTS, Part
from alerts.models import Connection
from alerts.services.connections import ConnectionDraft
from kpis.forms.okr.areas import SeenAreaField
from organization.gate import Action, can
from organization.models import Node, Person, Role

if TYPE_CHECKING:
    PersonField = forms.ModelChoiceField[Person]
else:  # Django's form classes take no parameters at run time
    PersonField = forms.ModelChoiceField

NONE, AREA, KEEP = "none", "area", "keep"
WHICH_FIGURES = [
    (NONE, _("No figures, only a notice")),
    (AREA, _("Figures of this area and below")),
]


class OwnerChoice(PersonField):
    def label_from_instance(self, obj: Person) -> str:
        return str(obj.label)


class ConnectionForm(forms.Form):
    """`person` fills it in. Who does not administer the company cannot hand the connection to somebody else."""

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("As rules and the outbox call it, such as the group's name."),
    )
    language = forms.ChoiceField(label=_("Language of the messages"), choices=settings.LANGUAGES)
    owner = OwnerChoice(
        label=_("Who answers for it"),
        queryset=Person.objects.filter(is_active=True).order_by("display_name", "username"),
        help_text=_("Is told when it stops working, and may change it."),
    )
    figures = forms.ChoiceField(label=_("What may be said there"), choices=WHICH_FIGURES)
    area = SeenAreaField(required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, data: Any = None, *, kind: str, person: Person, connection: Connection | None = None
    ) -> None:
        self.kind, self.connection = kind, connection
        self.parts: tuple[Part, ...] = PARTS[kind]
        super().__init__(data, initial=_initial(connection, person))
        self.use_required_attribute = False
        area = self.fields["area"]
        assert isinstance(area, SeenAreaField)
        area.ask(person)
        self.administers = can(person, Action.ADMINISTER)
        if not self.administers:
            del self.fields["owner"]
        if connection is not None and _is_closed(connection, person):
            kept = [(KEEP, _("As it is (an area closed to you)")), WHICH_FIGURES[0]]
            figures = self.fields["figures"]
            assert isinstance(figures, forms.ChoiceField)
            figures.choices = [*kept, WHICH_FIGURES[1]]
        for part in self.parts:
            self.fields[self.field_of(part)] = _field(part, connection)
        # The parts of the address stand where people look first.
        self.order_fields(["name", *map(self.field_of, self.parts)])

    @staticmethod
    def field_of(part: Part) -> str:
        return f"part_{part.name}"

    @property
    def part_fields(self) -> list[forms.BoundField]:
        return [self[self.field_of(part)] for part in self.parts]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("figures") != AREA:
            self.errors.pop("area", None)  # it does not count then
            data.setdefault("area", {})
        elif "area" in self.errors and not self.data.get("area", "").strip():
            self.errors.pop("area")
            self.add_error("area", _("Choose an area whose figures you may read yourself."))
        return data

    def draft(self) -> ConnectionDraft:
        data = self.cleaned_data
        owner = data["owner"] if self.administers else (self.connection.owner if self.connection else None)
        nodes: dict[str, Node] = data["area"] or {}
        return ConnectionDraft(
            name=data["name"],
            kind=self.kind,
            language=data["language"],
            owner=owner,
            parts={part.name: self._given(part) for part in self.parts},
            figures=nodes if data["figures"] == AREA else None,
            keep_figures=data["figures"] == KEEP,
        )

    def _given(self, part: Part) -> str | None:
        """None where a secret was left as it is."""
        given = str(self.cleaned_data.get(self.field_of(part)) or "")
        return None if part.secret and not given and self.connection is not None else given

    def add_refusal(self, at: str, reason: str) -> None:
        name = f"part_{at}" if f"part_{at}" in self.fields else at
        self.add_error(name if name in self.fields else None, reason)


def _field(part: Part, connection: Connection | None) -> forms.CharField:
    kept = part.secret and connection is not None
    return forms.CharField(
        label=str(part.label),
        required=part.required and not kept,
        max_length=part.limit,
        initial="" if part.secret or connection is None else connection.place.get(part.name, ""),
        help_text=_("Kept sealed and never shown again. Leave it empty and it stays as it is.")
        if kept
        else str(part.help),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
        ),
    )


def _is_closed(connection: Connection, person: Person) -> bool:
    scope = connection.figures_scope
    return scope is not None and not can(person, Role.VIEWER, scope)


def _initial(connection: Connection | None, person: Person) -> dict[str, Any]:
    if connection is None:
        return {"language": person.language, "owner": person.pk, "figures": NONE}
    closed, scope = _is_closed(connection, person), connection.figures_scope
    return {
        "name": connection.name,
        "language": connection.language,
        "owner": connection.owner_id,
        "figures": NONE if scope is None else KEEP if closed else AREA,
        "area": "" if scope is None or closed else scope.key,
        "version": connection.version,
    }
