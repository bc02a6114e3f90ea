"""A survey's form as people will see it, in both languages. Pure: no request, nothing is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe

from feedback.forms.public import AnswerForm
from feedback.models import Driver, Survey
from feedback.models.answers import COMMENT
from feedback.questions import thanks_of, title_of
from feedback.selectors.public import company_name


@dataclass(frozen=True)
class Preview:
    lang: str  # of HTML
    label: str
    title: str
    questions: SafeString
    thanks: str


def previews_of(survey: Survey, drivers: Sequence[Driver]) -> list[Preview]:
    return [
        _preview(survey, drivers, *one) for one in (("en", "en", "English"), ("zh-hans", "zh-Hans", "中文"))
    ]


def _preview(survey: Survey, drivers: Sequence[Driver], code: str, lang: str, label: str) -> Preview:
    with translation.override(code):
        company = company_name()
        form = AnswerForm(survey=survey, drivers=drivers, company=company, auto_id=f"preview-{code}-%s")
        context = {"form": form, "company": company, "most": COMMENT}
        questions = render_to_string("feedback/outside/_questions.html", context)
        return Preview(lang, label, title_of(survey), mark_safe(questions), thanks_of(survey))  # noqa: S308  # a template's own output
