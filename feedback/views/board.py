"""The board of complaints: how many, how old, how quick, and why; nobody's texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from feedback import board_words as words
from feedback.forms.board import BoardForm
from feedback.selectors.board import board as read_board
from organization.exporting import rows_as_csv, rows_as_xlsx
from organization.gate import Action, person_of, reach_of, require

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
@require(Action.VIEW)
def board(request: HttpRequest) -> HttpResponseBase:
    """`?days=90&step=week&area=channel:x`; `&file=csv` or `xlsx` gives the same figures as a file."""
    person, now = person_of(request), timezone.now()
    form = BoardForm(request.GET, person=person)
    area, days, step = form.asked()
    found = read_board(person, area=area, days=days, step=step, today=timezone.localdate(now), now=now)
    if request.GET.get("file") in ("csv", "xlsx"):
        name = f"complaints-board-{found.last:%Y-%m-%d}"
        return as_file(name, _("Complaints"), words.lines(found), xlsx=request.GET["file"] == "xlsx")
    context = {
        "board": found,
        "form": form,
        "said": words.sentence(found),
        "age": words.age_of(found.open.median_since, now),
        "charts": words.charts(found),
        "pareto": words.pareto(found),
        "splits": words.splits(found),
        "handles": reach_of(request).somewhere(Action.HANDLE_COMPLAINTS),
    }
    return render(request, "feedback/board.html", context)


def as_file(name: str, title: str, rows: Iterable[Sequence[str]], *, xlsx: bool) -> HttpResponseBase:
    if xlsx:
        return FileResponse(
            rows_as_xlsx(title, rows), as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX
        )
    response = StreamingHttpResponse(rows_as_csv(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
