"""A scorecard as it is set up: its figures, and what each weighs."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kpis.models import Metric, Perspective, Scorecard, Subject
from kpis.services.scorecards import MOST_LINES, CardDraft, LineDraft
from organization.models import Person, Role

SPARE = 3  # empty lines below those that stand


class CardForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    name_zh = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=100, required=False)
    subject = forms.ChoiceField(label=gettext_lazy("Who is judged"), choices=Subject.choices)
    role = forms.ChoiceField(
        label=gettext_lazy("Only people who are"),
        required=False,
        choices=[("", gettext_lazy("Everybody who is responsible for an area")), *Role.choices],
    )
    cap = forms.DecimalField(
        label=gettext_lazy("Attainment counts up to (percent)"),
        min_value=Decimal(100),
        max_value=Decimal(500),
        initial=120,
    )

    def __init__(self, *args: Any, card: Scorecard | None = None, **kwargs: Any) -> None:
        if card is not None:
            kwargs["initial"] = {
                "name": card.name, "name_zh": card.name_zh, "subject": card.subject, "role": card.role,
                "cap": card.cap * 100,
            }  # fmt: skip
        super().__init__(*args, **kwargs)
        even = Decimal(25)
        for name, label in Perspective.choices:
            weight = Decimal(card.weights.get(name, "0")) if card else even
            self.fields[f"weight-{name}"] = forms.DecimalField(
                label=label, min_value=Decimal(0), max_value=Decimal(1000), initial=weight
            )

    @property
    def weight_fields(self) -> list[forms.BoundField]:
        return [self[f"weight-{name}"] for name in Perspective.values]


class LineRow:
    """A line of the card as it stands in the form: what was typed stays, with why it cannot be."""

    def __init__(self, place: int, metric: str, perspective: str, weight: str) -> None:
        self.place, self.metric, self.perspective, self.weight = place, metric, perspective, weight
        self.error = ""

    @property
    def blank(self) -> bool:
        return not self.metric and not self.weight.strip()


def rows_of(card: Scorecard | None) -> list[LineRow]:
    lines = list(card.lines.select_related("metric")) if card else []
    rows = [
        LineRow(place, line.metric.code, line.perspective, f"{line.weight.normalize():f}")
        for place, line in enumerate(lines)
    ]
    return [*rows, *_spare(len(rows))]


def _spare(after: int) -> list[LineRow]:
    return [LineRow(after + n, "", Perspective.FINANCIAL, "") for n in range(min(SPARE, MOST_LINES - after))]


def read_rows(data: QueryDict) -> tuple[list[LineRow], list[LineDraft]]:
    """All rows as sent, and the lines of those that can be read; what cannot be says why."""
    metrics = {one.code: one for one in Metric.objects.in_use()}
    rows, lines = [], []
    for place in range(MOST_LINES):
        row = LineRow(
            place,
            data.get(f"metric-{place}", ""),
            data.get(f"perspective-{place}", Perspective.FINANCIAL),
            data.get(f"linewt-{place}", "")[:20],
        )
        rows.append(row)
        if row.blank:
            continue
        weight = _weight(row.weight)
        if row.metric not in metrics:
            row.error = _("Choose a figure.")
        elif row.perspective not in Perspective.values:
            row.error = _("Choose a perspective.")
        elif weight is None:
            row.error = _("A weight is a number above zero, such as 20.")
        else:
            lines.append(LineDraft(row.perspective, metrics[row.metric], weight))
    filled = [row for row in rows if not row.blank]
    return [*filled, *_spare(len(filled))], lines


def _weight(text: str) -> Decimal | None:
    try:
        weight = Decimal(text.strip())
    except InvalidOperation:
        return None
    return weight if weight.is_finite() and 0 < weight < 10_000 else None


def draft_of(data: dict[str, Any], lines: list[LineDraft]) -> CardDraft:
    return CardDraft(
        name=data["name"],
        name_zh=data["name_zh"],
        subject=data["subject"],
        role=data["role"] if data["subject"] == Subject.PERSON else "",
        cap=data["cap"] / 100,
        weights={name: data[f"weight-{name}"] for name in Perspective.values},
        lines=lines,
    )


class MentorChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.label)


class PlanForm(forms.Form):
    goal = forms.CharField(
        label=gettext_lazy("What is to be reached"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    mentor = MentorChoice(label=gettext_lazy("Who helps"), queryset=Person.objects.none(), required=False)

    def __init__(self, *args: Any, mentors: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mentor"].queryset = mentors  # type: ignore[attr-defined]


class NoteForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("This week"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
