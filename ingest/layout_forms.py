"""What the columns of a file are, as a form: a choice a column, and what holds for the whole file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from ingest.columns import FACTORS, MEASURE, PLACES, Column, Said, problems
from ingest.models import Covered, Repeats
from ingest.preview import measure_label
from ingest.services.layouts import Plan
from ingest.words import ROLES
from kpis.models import Measure
from organization.currencies import currencies, currency_name
from organization.models import Rate
from organization.selectors.rates import company_currency

DIMENSIONS = ("channel", "region", "product")


def role_choices(measures: Sequence[Measure]) -> list[Any]:
    return [
        ("", _("Ignore it")),
        (_("When and where"), [(role, ROLES[role]) for role in ("day", *PLACES)]),
        (_("Amounts"), [(MEASURE + one.code, measure_label(one)) for one in measures]),
        (_("Other"), [("key", ROLES["key"]), ("currency", ROLES["currency"])]),
    ]


def currency_choices() -> list[Any]:
    own = company_currency()
    rated = list(Rate.objects.filter(against=own).order_by("currency").values_list("currency", flat=True))
    near = dict.fromkeys(rated)
    language = get_language() or "en"
    names = {code: currency_name(code, language) for code in currencies()}
    return [
        ("", _("%(code)s, the company's own") % {"code": own}),
        *((code, f"{code} · {names.get(code, code)}") for code in near),
        (
            _("No rate yet"),
            [(code, f"{code} · {name}") for code, name in names.items() if code not in near and code != own],
        ),
    ]


class LayoutForm(forms.Form):
    """`columns` are those of the file, or of the layout that is changed, with what is guessed or known of them."""

    name = forms.CharField(
        label=gettext_lazy("Name of the layout"),
        max_length=100,
        help_text=gettext_lazy("Such as “Douyin, daily export”."),
    )
    source = forms.CharField(
        label=gettext_lazy("Whose figures they are"),
        max_length=100,
        widget=forms.TextInput(attrs={"list": "sources", "autocomplete": "off"}),
        help_text=gettext_lazy(
            "Files of one source correct each other; several layouts may share one. Where two sources report the same,"
            " one of them counts."
        ),
    )
    automatic = forms.BooleanField(
        label=gettext_lazy("From now on, files with these headings go in by themselves"), required=False
    )
    fixed_channel = forms.CharField(label=gettext_lazy("Channel"), max_length=200, required=False)
    fixed_region = forms.CharField(label=gettext_lazy("Region"), max_length=200, required=False)
    fixed_product = forms.CharField(label=gettext_lazy("Product line"), max_length=200, required=False)
    currency = forms.ChoiceField(
        label=gettext_lazy("Money is in"),
        choices=currency_choices,
        required=False,
        help_text=gettext_lazy("Or choose “Currency” for the column that says it."),
    )
    days = forms.TypedChoiceField(
        label=gettext_lazy("A line is about"),
        coerce=int,
        choices=[
            (1, gettext_lazy("one day")),
            (7, gettext_lazy("the week that begins on its day, spread evenly over its seven days")),
        ],
    )
    repeats = forms.ChoiceField(
        label=gettext_lazy("Several lines about the same day and place"), choices=Repeats.choices
    )
    covered = forms.ChoiceField(
        label=gettext_lazy("What this source said before"),
        choices=Covered.choices,
        help_text=gettext_lazy(
            "Replacing: what the source had said of the days in the file, in the amounts that the file has, and the"
            " file does not name any more, goes. Taking the import back brings it back."
        ),
    )
    strict = forms.BooleanField(
        label=gettext_lazy("Reject names that are not known, and make no new areas"), required=False
    )

    def __init__(self, *args: Any, columns: Sequence[Column], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns = columns
        self.measures = list(Measure.objects.order_by("slot"))
        roles = role_choices(self.measures)
        factors = [
            (1, _("as it stands")),
            (1000, _("in thousands (千)")),
            (10000, _("in ten thousands (万)")),
        ]
        assert [factor for factor, _words in factors] == list(FACTORS)
        for number, column in enumerate(columns):
            self.fields[f"role_{number}"] = forms.ChoiceField(
                label=_("What “%(heading)s” is") % {"heading": column.heading},
                choices=roles,
                required=False,
                initial=column.role,
            )
            self.fields[f"factor_{number}"] = forms.TypedChoiceField(
                label=_("Unit of “%(heading)s”") % {"heading": column.heading},
                choices=factors,
                coerce=int,
                required=False,
                initial=column.factor,
            )

    @staticmethod
    def known(said: Said, *, name: str, source: str, automatic: bool) -> dict[str, Any]:
        """The options as they stand; the columns carry what is known of them themselves."""
        return {
            "name": name,
            "source": source,
            "automatic": automatic,
            **{f"fixed_{dimension}": said.fixed.get(dimension, "") for dimension in DIMENSIONS},
            "currency": said.currency,
            "days": said.days,
            "repeats": Repeats.SUM if said.sums else Repeats.REJECT,
            "covered": Covered.REPLACE if said.replaces else Covered.UPSERT,
            "strict": said.strict,
        }

    def rows(self) -> list[tuple[Column, BoundField, BoundField]]:
        return [
            (column, self[f"role_{number}"], self[f"factor_{number}"])
            for number, column in enumerate(self.columns)
        ]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if any(name.startswith(("role_", "factor_")) for name in self.errors):
            return values
        codes = [measure.code for measure in self.measures]
        for place, problem in problems(self.said(values), measures=codes).items():
            field = f"role_{place}" if place.isdigit() else f"fixed_{place}" if place in DIMENSIONS else place
            self.add_error(field or None, problem)
        return values

    def said(self, values: dict[str, Any]) -> Said:
        columns = tuple(
            Column(
                column.heading,
                role := values.get(f"role_{number}", ""),
                values.get(f"factor_{number}") or 1 if role.startswith(MEASURE) else 1,
            )
            for number, column in enumerate(self.columns)
        )
        fixed = {dimension: values.get(f"fixed_{dimension}", "").strip() for dimension in DIMENSIONS}
        return Said(
            columns=columns,
            fixed={dimension: name for dimension, name in fixed.items() if name},
            sums=values.get("repeats") == Repeats.SUM,
            replaces=values.get("covered") == Covered.REPLACE,
            days=values.get("days") or 1,
            currency=values.get("currency", ""),
            strict=bool(values.get("strict")),
        )

    def plan(self) -> Plan:
        values = self.cleaned_data
        return Plan(self.said(values), values["name"], values["source"], values["automatic"])

    def told_enough(self) -> bool:
        """Whether the file could be read by it: the names of layout and source are not needed for that."""
        return not set(self.errors) - {"name", "source"}
