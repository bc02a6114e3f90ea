"""Scores of an area in a period, by customer type, product line, region and channel; and the same as a file."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from feedback import score_words as words
from feedback import scores_page as shown
from feedback.forms.scores import AreaForm, asked_of, period_choices, segment_choices
from feedback.score_kinds import Kind
from feedback.selectors.areas import crumbs
from feedback.selectors.scores import ScoresPage, scores_page
from organization.exporting import rows_as_csv, rows_as_xlsx
from organization.gate import Action, company_of, person_of, reach_of, require

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
@require(Action.VIEW)
def scores(request: HttpRequest) -> HttpResponse:
    """`?area=region:华东&period=2026-Q3&score=csat&segment=VIP&sort=change`."""
    page, problem = _page(request)
    asked, reach = page.asked, reach_of(request)
    form = AreaForm(initial={"area": "" if asked.area.scope.is_company else asked.area.scope.key})
    form.fields["area"].widget.person = person_of(request)
    context: dict[str, Any] = {
        "page": page,
        "asked": asked,
        "area": asked.area.scope,
        "form": form,
        "problem": problem,
        "crumbs": crumbs(asked.area, reach),
        "said": words.headline(page),
        "since": words.since(page),
        "tiles": shown.tiles(page),
        "tables": shown.tables(page),
        "attention": shown.attention(page),
        "charts": shown.charts(page),
        "kinds": [(kind.value, words.NAMES[kind], kind == asked.kind) for kind in Kind],
        "share_names": words.SHARE_NAMES[asked.kind],
        "score_name": words.NAMES[asked.kind],
        "periods": period_choices(asked.period, timezone.localdate(), company_of(request).fiscal_year_start),
        "segments": segment_choices(page.segments, asked.segment),
        "handles": reach.somewhere(Action.HANDLE_COMPLAINTS),
    }
    return render(request, "feedback/scores.html", context, status=400 if problem else 200)


@require_safe
@require(Action.VIEW)
def scores_file(request: HttpRequest) -> HttpResponseBase:
    """The tables of the page with the same address; `?format=xlsx`, else CSV."""
    page, _problem = _page(request)
    name = f"scores-{page.asked.period}"
    if request.GET.get("format") == "xlsx":
        book = rows_as_xlsx(_("Scores"), shown.file_rows(page))
        return FileResponse(book, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX)
    response = StreamingHttpResponse(
        rows_as_csv(shown.file_rows(page)), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _page(request: HttpRequest) -> tuple[ScoresPage, str]:
    today, reach = timezone.localdate(), reach_of(request)
    asked, problem = asked_of(
        person_of(request),
        reach,
        request.GET,
        today=today,
        fiscal_start=company_of(request).fiscal_year_start,
    )
    return scores_page(asked, reach, today=today), problem
