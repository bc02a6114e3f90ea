"""What somebody typed about guides, appointments and notes."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts.forms.silences import moment_field
from feedback.models import Guide, Topic
from feedback.selectors.interviews import interviewers, open_topics
from feedback.services.interviews import LONGEST_NOTE, MOST_QUESTIONS, NewNote
from organization.area_picker import AreaPicker, area_of_hers
from organization.gate import Action, can
from organization.models import Person, Scope


class PersonChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.label)


class TopicChoice(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.label)


class GuideForm(forms.Form):
    """`revision` is the one that was on screen."""

    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    questions = forms.CharField(
        label=gettext_lazy("Questions"),
        max_length=MOST_QUESTIONS * 520,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=gettext_lazy("One on each line, in the order in which they are asked."),
    )

    def lines(self) -> list[str]:
        return str(self.cleaned_data["questions"]).splitlines()


class AppointmentForm(forms.Form):
    at = moment_field(label=gettext_lazy("When"))
    interviewer = PersonChoice(label=gettext_lazy("Who asks"), queryset=Person.objects.none())
    guide = forms.ModelChoiceField(
        label=gettext_lazy("Guide"),
        queryset=Guide.objects.filter(archived_at__isnull=True),
        required=False,
        empty_label=gettext_lazy("Without a guide"),
    )
    area = forms.CharField(
        label=gettext_lazy("Area"),
        max_length=2000,
        widget=AreaPicker(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Who looks after customers there sees the interview."),
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        who: Any = self.fields["interviewer"]
        who.queryset = interviewers()
        widget: Any = self.fields["area"].widget
        widget.person = person

    def clean_area(self) -> Scope:
        scope = area_of_hers(self.person, self.cleaned_data["area"])
        if not can(self.person, Action.HANDLE_COMPLAINTS, scope):
            raise forms.ValidationError(_("You may see this area, but not look after its customers."))
        return scope


class NoteForm(forms.Form):
    question = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)
    text = forms.CharField(
        label=gettext_lazy("Note"), max_length=LONGEST_NOTE, widget=forms.Textarea(attrs={"rows": 3})
    )
    quote = forms.BooleanField(label=gettext_lazy("In the customer's own words"), required=False)
    tags = forms.CharField(
        label=gettext_lazy("Tags"),
        required=False,
        max_length=450,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("By commas: price, delivery."),
    )
    topics = TopicChoice(
        label=gettext_lazy("Topics"),
        queryset=Topic.objects.none(),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 4}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        topics: Any = self.fields["topics"]
        topics.queryset = open_topics()

    def said(self) -> NewNote:
        data = self.cleaned_data
        return NewNote(
            text=data["text"],
            question=data["question"],
            quote=data["quote"],
            tags=[tag for tag in re.split(r"[,，、;；]", data["tags"]) if tag.strip()],
            topics=list(data["topics"]),
        )
