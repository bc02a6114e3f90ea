"""Forms of topics, and of what is done about them."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from decisions.selectors.approvals import colleagues
from feedback.models import Topic
from feedback.selectors.comment_filter import MONTHS, Asked
from feedback.services.actions import RESULT, TITLE
from kpis.forms.okr.areas import PersonChoice, SeenAreaField
from organization.area_picker import AreaPicker
from organization.models import Person

MONTH_NAMES = {
    1: _("1 month"),
    3: _("3 months"),
    6: _("6 months"),
    12: _("12 months"),
}


class FilterForm(forms.Form):
    """What `asked_of` reads out of the address; never refused."""

    area = forms.CharField(
        label=_("Area"), required=False, widget=AreaPicker(attrs={"autocomplete": "off"})
    )  # fmt: skip
    months = forms.ChoiceField(label=_("Period"), choices=[(one, MONTH_NAMES[one]) for one in MONTHS])
    segment = forms.ChoiceField(label=_("Customer type"), required=False)

    def __init__(self, *, asked: Asked, segments: tuple[str, ...], person: Person) -> None:
        super().__init__(initial={**asked.query, "area": "" if asked.scope.is_company else asked.scope.key})
        segment: Any = self.fields["segment"]
        segment.choices = [("", _("All")), *((one, one) for one in segments)]
        picker: Any = self.fields["area"].widget
        picker.person = person
        if not segments:
            del self.fields["segment"]


class TopicForm(forms.Form):
    name = forms.CharField(label=_("Name in English"), max_length=100)
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=100, required=False)
    words = forms.CharField(
        label=_("Words"),
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=20_000,
        help_text=_(
            "In both languages, by commas or one a line. A comment is about the topic where it has one of them. English words count in singular and plural; Chinese words also within longer ones."
        ),
    )
    revision = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def clean_words(self) -> list[str]:
        return [
            word.strip() for word in re.split(r"[,，、;；\n]", self.cleaned_data["words"]) if word.strip()
        ]


def initial_of(topic: Topic) -> dict[str, Any]:
    return {
        "name": topic.name,
        "name_zh": topic.name_zh,
        "words": "\n".join(topic.words),
        "revision": topic.revision,
    }


class _TopicChoice(forms.TypedChoiceField):
    def __init__(self, topics: list[Topic]) -> None:
        by_id = {str(topic.pk): topic for topic in topics}
        super().__init__(
            label=_("Topic"),
            choices=[("", _("Choose a topic")), *((pk, topic.label) for pk, topic in by_id.items())],
            coerce=by_id.get,
        )


class ActionForm(forms.Form):
    """`area` is cleaned to its nodes, `topic` to the topic; there is none of it where `topics` is None."""

    title = forms.CharField(label=_("What is to be done"), max_length=TITLE)
    area = SeenAreaField(
        required=False, help_text=_("The score of this area, before and since, stands beside the action.")
    )
    owner = PersonChoice(label=_("Owner"), queryset=Person.objects.none(), empty_label=_("Choose somebody"))
    due_on = forms.DateField(
        label=_("Due"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, person: Person, topics: list[Topic] | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        area = self.fields["area"]
        assert isinstance(area, SeenAreaField)
        area.ask(person)
        owner: Any = self.fields["owner"]
        owner.queryset = Person.objects.filter(
            Q(pk=person.pk) | Q(pk__in=colleagues(person).order_by().values("pk"))
        ).order_by("display_name", "username")
        if topics is not None:
            self.fields["topic"] = _TopicChoice(topics)
            self.order_fields(["topic", "title", "area", "owner", "due_on"])


class ResultForm(forms.Form):
    result = forms.CharField(
        label=_("What was done, and what came of it"),
        max_length=RESULT,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
