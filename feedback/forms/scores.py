"""What the address of a page of scores says, and what it may be changed to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django import forms
from django.http import Http404, QueryDict
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from common import formats
from common.periods import Grain, Period
from feedback.models.surveys import SEGMENT
from feedback.score_kinds import Kind
from feedback.selectors.areas import area_of
from feedback.selectors.score_months import SORTS, Asked
from feedback.selectors.scores import GRAINS
from organization.area_picker import AreaPicker, area_of_hers
from organization.gate import Reach, get_scope_or_404
from organization.models import Person, Scope

NONE = "-"  # stands in addresses for answers that name no customer type
SETTLED = timedelta(days=30)  # a quarter is looked at once it has run so long
QUARTERS, MONTHS = 5, 6
LONGEST = 2000


class AreaForm(forms.Form):
    """The area alone: what else is chosen are plain choices beside it."""

    area = forms.CharField(
        label=gettext_lazy("Area"),
        required=False,
        max_length=LONGEST,
        widget=AreaPicker(attrs={"autocomplete": "off"}),
    )


@dataclass(frozen=True)
class Choice:
    value: str
    label: str
    current: bool


def area_asked(person: Person, reach: Reach, text: str) -> tuple[Scope, str]:
    """The area by its code or name, else hers to begin with; and what is wrong with what was asked for.

    Raises Http404 for a code that is not hers to see, or is none, and for whoever was granted nothing.
    """
    text = text.strip()[:LONGEST]
    if ":" in text or text == "company":
        return get_scope_or_404(person, text), ""
    home = reach.home()
    if home is None:
        raise Http404
    if not text:
        return home, ""
    try:
        return area_of_hers(person, text), ""
    except forms.ValidationError as error:
        return home, error.messages[0]


def segment_asked(query: QueryDict) -> str | None:
    text = query.get("segment", "").strip()[:SEGMENT]
    return None if not text else "" if text == NONE else text


def asked_of(
    person: Person, reach: Reach, query: QueryDict, *, today: date, fiscal_start: int
) -> tuple[Asked, str]:
    """What makes no sense is left out; an area or a period that cannot be understood is said."""
    scope, wrong = area_asked(person, reach, query.get("area", ""))
    period, odd = _period(query.get("period", ""), today, fiscal_start)
    kind, sort = query.get("score", ""), query.get("sort", "")
    asked = Asked(
        area=area_of(scope),
        period=period,
        kind=Kind(kind) if kind in list(Kind) else Kind.NPS,
        segment=segment_asked(query),
        sort=sort if sort in SORTS else SORTS[0],
    )
    return asked, wrong or odd


def _period(text: str, today: date, fiscal_start: int) -> tuple[Period, str]:
    usual = Period.containing(today - SETTLED, Grain.QUARTER, fiscal_start=fiscal_start)
    text = text.strip()[:20]
    if not text:
        return usual, ""
    try:
        found = Period.parse(text, fiscal_start=fiscal_start)
    except (ValueError, OverflowError):
        found = None
    if found is not None and found.grain in GRAINS and 2000 <= found.start.year <= 2100:
        return found, ""
    problem = _("“%(text)s” is no period. Write 2026-11, 2026-Q4 or 2026. The last quarter is shown.")
    return usual, problem % {"text": text}


def period_choices(period: Period, today: date, fiscal_start: int) -> list[Choice]:
    """Quarters, years and months back from today, and the one that is shown."""
    offered = [
        Period.containing(today, grain, fiscal_start=fiscal_start).next(-back)
        for grain, most in ((Grain.QUARTER, QUARTERS), (Grain.YEAR, 2), (Grain.MONTH, MONTHS))
        for back in range(most)
    ]
    if period not in offered:
        offered.insert(0, period)
    language = get_language() or "en"
    return [Choice(str(one), formats.period(str(one), language), one == period) for one in offered]


def segment_choices(segments: tuple[str, ...], current: str | None) -> list[Choice]:
    found = [Choice("", _("All customer types"), current is None)]
    known = [*segments, *([current] if current is not None and current not in segments else [])]
    found += [Choice(one or NONE, one or _("Not given"), one == current) for one in known]
    return found
