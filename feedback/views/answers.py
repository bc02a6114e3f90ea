"""What people wrote beside their scores, for those who handle complaints; and the same as a file."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from customers.selectors.people import customer_label
from feedback.forms.comments import CommentsForm
from feedback.selectors.comments import (
    Comment,
    comments_in_chunks,
    comments_page,
    known_segments,
    known_topics,
)
from feedback.views.scores import XLSX
from organization.exporting import MOST_IN_XLSX, Cell, rows_as_csv, rows_as_xlsx
from organization.gate import Action, person_of, require
from organization.services import record


@require_safe
@require(Action.HANDLE_COMPLAINTS)
def answers(request: HttpRequest) -> HttpResponse:
    """`?q=words&group=detractors&topic=3&segment=VIP&area=region:华东&first_day=2026-10-01&below=2026-11-03.4711`."""
    person = person_of(request)
    form = CommentsForm(request.GET, person=person, topics=known_topics(), segments=known_segments(person))
    wanted = form.wanted()
    page = comments_page(person, wanted)
    older = f"{page.older[0].isoformat()}.{page.older[1]}" if page.older else ""
    context = {
        "form": form,
        "page": page,
        "wanted": wanted,
        "older": older,
        "filters": [(name, value) for name, value in request.GET.items() if name in form.fields and value],
    }
    return render(request, "feedback/answers.html", context, status=400 if form.errors else 200)


@require_POST
@require(Action.HANDLE_COMPLAINTS)
def answers_file(request: HttpRequest) -> HttpResponseBase:
    """What the filters show, as a file, contacts masked. That it was taken is history too."""
    person = person_of(request)
    form = CommentsForm(request.POST, person=person, topics=known_topics(), segments=known_segments(person))
    if form.errors:
        kept = request.POST.copy()
        kept.pop("csrfmiddlewaretoken", None)
        return redirect(f"{reverse('feedback:answers')}?{kept.urlencode()}")
    wanted, xlsx = form.wanted(), request.POST.get("format") == "xlsx"
    record(
        action="feedback.export",
        subject=wanted.area.key if wanted.area is not None else "company",
        person=person,
        format="XLSX" if xlsx else "CSV",
        kinds="comments",
    )
    name = f"comments-{timezone.localdate():%Y-%m-%d}"
    rows = _rows(comments_in_chunks(person, wanted, MOST_IN_XLSX if xlsx else None))
    if xlsx:
        return FileResponse(
            rows_as_xlsx(_("Comments"), rows), as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX
        )
    response = StreamingHttpResponse(rows_as_csv(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _rows(chunks: Iterator[list[Comment]]) -> Iterator[list[Cell]]:
    yield [
        _("Day"), _("NPS"), _("CSAT"), _("CES"), _("Channel"), _("Region"), _("Product line"), _("Customer type"),
        _("Customer"), _("Comment"),
    ]  # fmt: skip
    for chunk in chunks:
        for one in chunk:
            answer, named = one.answer, {node.dimension: node.label for node in one.places}
            yield [
                answer.day.isoformat(),
                answer.nps,
                answer.csat,
                answer.ces,
                *(named.get(dimension, "") for dimension in ("channel", "region", "product")),
                answer.segment,
                customer_label(answer.customer_id, one.contact) if answer.customer_id is not None else "",
                one.masked,
            ]
