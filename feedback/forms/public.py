"""The form that anybody fills in who has the address: made from what the survey asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from feedback.models import Driver, Survey
from feedback.models.answers import COMMENT
from feedback.questions import RATING, Scale, question_of, scales_of

LONGEST = {"name": 100, "phone": 40, "email": 254}
CONTACT = tuple(LONGEST)
_RATING = "rating-"


class ScoreField(forms.TypedChoiceField):
    def __init__(self, scale: Scale, **kwargs: Any) -> None:
        self.scale = scale
        ends = {"low": scale.numbers[0], "high": scale.numbers[-1]}
        wrong = _("Choose a number from %(low)s to %(high)s.") % ends
        super().__init__(
            choices=[(number, str(number)) for number in scale.numbers],
            coerce=int,
            empty_value=None,
            widget=forms.RadioSelect,
            error_messages={"required": wrong, "invalid_choice": wrong},
            **kwargs,
        )


@dataclass(frozen=True)
class Rated:
    driver: Driver
    field: BoundField


class AnswerForm(forms.Form):
    comment = forms.CharField(required=False, strip=True, widget=forms.Textarea(attrs={"rows": 4}))
    name = forms.CharField(
        label=pgettext_lazy("of a person", "Name"), required=False, max_length=LONGEST["name"],
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )  # fmt: skip
    phone = forms.CharField(
        label=gettext_lazy("Phone"), required=False, max_length=LONGEST["phone"],
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )  # fmt: skip
    email = forms.EmailField(
        label=pgettext_lazy("of a person", "Email"), required=False, max_length=LONGEST["email"],
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )  # fmt: skip
    consent = forms.BooleanField(required=False)

    def __init__(
        self, *args: Any, survey: Survey, drivers: Sequence[Driver], company: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._drivers = tuple(drivers)
        self._scales = tuple(scales_of(survey))
        kept = dict(self.fields)
        if not survey.asks_comment:
            del kept["comment"]
        if not survey.asks_contact:
            for name in (*CONTACT, "consent"):
                del kept[name]
        scores: dict[str, forms.Field] = {
            scale.field: ScoreField(scale, label=question_of(scale, company=company))
            for scale in self._scales
        }
        ratings: dict[str, forms.Field] = {
            _RATING + driver.code: ScoreField(RATING, label=driver.label, required=False)
            for driver in drivers
        }
        self.fields = {**scores, **ratings, **kept}

    def clean_comment(self) -> str:
        # Browsers send line ends as two letters; the counter and the limit count one.
        text = str(self.cleaned_data["comment"]).replace("\r\n", "\n")
        if len(text) > COMMENT:
            raise forms.ValidationError(
                ngettext(
                    "That is %(n)s letter too many: %(most)s go in at most.",
                    "That is %(n)s letters too many: %(most)s go in at most.",
                    len(text) - COMMENT,
                )
                % {"n": len(text) - COMMENT, "most": COMMENT}
            )
        return text

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not any(data.get(name) for name in CONTACT):
            return data
        if not data.get("consent"):
            self.add_error(
                "consent",
                _(
                    "You left word of how to reach you. Tick this, or clear those fields: without it we may not keep them."
                ),
            )
        elif not (data.get("phone") or data.get("email") or {"phone", "email"} & self.errors.keys()):
            self.add_error(
                "phone", _("Leave a phone number or a mail address too, so that we can reach you.")
            )
        return data

    # -- For the template, in the order of the page --

    def scores(self) -> Iterator[BoundField]:
        for scale in self._scales:
            yield self[scale.field]

    def rated(self) -> list[Rated]:
        return [Rated(driver, self[_RATING + driver.code]) for driver in self._drivers]

    @property
    def contact_begun(self) -> bool:
        """Something of it was typed, or is wrong: the part stands open."""
        names = (*CONTACT, "consent")
        return self.is_bound and any(self.data.get(name) or name in self.errors for name in names)

    # -- For the service --

    def scores_given(self) -> dict[str, int]:
        return {scale.field: self.cleaned_data[scale.field] for scale in self._scales}

    def ratings_given(self) -> dict[str, int]:
        given = {driver.code: self.cleaned_data[_RATING + driver.code] for driver in self._drivers}
        return {code: number for code, number in given.items() if number is not None}

    def contact_given(self) -> dict[str, str]:
        """Nothing without her consent."""
        if not self.cleaned_data.get("consent"):
            return {}
        return {name: self.cleaned_data[name] for name in CONTACT if self.cleaned_data.get(name)}
