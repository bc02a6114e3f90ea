"""What a page is turned to: its area and period, as its address says them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from common import formats
from dashboards import selectors, spans
from dashboards.addresses import scope_text
from dashboards.selectors import Area, Frame, frame_of
from dashboards.spans import Span
from dashboards.templatetags.numbers import currency, language
from organization.gate import Reach, company_of, get_scope_or_404, person_of, reach_of
from organization.models import Company, Person, Scope


@dataclass(frozen=True)
class Turned:
    """What a page is turned to. `problem` is what is wrong with the period that was asked for."""

    person: Person
    company: Company
    name: str
    area: Area
    period: Span | None
    problem: str
    today: date

    def key(self, reach: Reach) -> tuple[object, ...]:
        """What every page that is turned so depends on, for `keeping.kept`."""
        return (
            reach.key,
            self.area.key,
            self.area.name,
            self.name,
            self.period,
            self.period.end if self.period else "",
            self.problem,
            language(),
            currency(),
            self.company.fiscal_year_start,
            self.today,
        )

    def frame(self, reach: Reach, *, home: str, kept: Mapping[str, str] | None = None) -> Frame:
        """Its filters and the way up, among the pages of `home` (addresses.HOMES)."""
        return frame_of(
            reach,
            self.area,
            self.period,
            company=self.name,
            fiscal_start=self.company.fiscal_year_start,
            today=self.today,
            home=home,
            kept=kept,
        )


def turned_to(request: HttpRequest, *, single_days: bool = True) -> Turned:
    """Raises Http404 where the area is not hers or does not exist."""
    person = person_of(request)
    text = scope_text(request.GET)
    scope: Scope | None = get_scope_or_404(person, text) if text else reach_of(request).home()
    if scope is None:
        raise Http404
    company = company_of(request)
    name = selectors.company_name(company, chinese=formats.is_chinese(language()))
    today = timezone.localdate()
    text = request.GET.get("period", "")
    period, problem = period_of(text, company.fiscal_year_start, today, single_days=single_days)
    return Turned(person, company, name, selectors.area_of(scope, company=name), period, problem, today)


def period_of(text: str, fiscal_start: int, today: date, *, single_days: bool) -> tuple[Span | None, str]:
    """The period that was asked for, or None and what is wrong with it."""
    if not text.strip():
        return None, ""
    newest = today - timedelta(days=1)
    period = spans.parse(text, newest=newest, fiscal_start=fiscal_start, single_days=single_days)
    if period is not None:
        return period, ""
    problem = _(
        "“%(text)s” is not a period of this page. Write 2026-11, 2026-W45, 2026-Q4, 2026 or last-28. The newest"
        " month is shown."
    )
    return None, problem % {"text": text[:40]}
