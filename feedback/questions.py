"""What a survey asks, in words: the usual ones where it has none of its own. Pure but for the reader's language."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback.models import Survey


@dataclass(frozen=True)
class Scale:
    """A score's numbers, and what the ends of its line mean."""

    field: str
    numbers: range
    low: str | Promise
    high: str | Promise


NPS = Scale("nps", range(11), gettext_lazy("Not at all likely"), gettext_lazy("Extremely likely"))
CSAT = Scale("csat", range(1, 6), gettext_lazy("Very dissatisfied"), gettext_lazy("Very satisfied"))
CES = Scale("ces", range(1, 8), gettext_lazy("Very difficult"), gettext_lazy("Very easy"))
RATING = Scale("rating", range(1, 6), gettext_lazy("Poor"), gettext_lazy("Excellent"))


def scales_of(survey: Survey) -> list[Scale]:
    asked = ((NPS, survey.asks_nps), (CSAT, survey.asks_csat), (CES, survey.asks_ces))
    return [scale for scale, asks in asked if asks]


def question_of(scale: Scale, *, company: str) -> str:
    if scale is NPS:
        return _("How likely are you to recommend %(company)s to a friend or colleague?") % {
            "company": company
        }
    if scale is CSAT:
        return _("All in all, how satisfied are you with %(company)s?") % {"company": company}
    return _("How easy was it to get what you wanted from %(company)s?") % {"company": company}


def title_of(survey: Survey) -> str:
    return survey.headline or _("How was it?")


def thanks_of(survey: Survey) -> str:
    return survey.farewell or _("Your answer has arrived. It helps us to do better.")
