"""The figures of a page as a file."""

from __future__ import annotations

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from dashboards.presenting.pictures import file_name
from dashboards.read_for import Unreadable, read_for
from dashboards.tables import files
from dashboards.tables.page import NoSuchPart, seen_page
from dashboards.tables.words import file_words, page_words
from dashboards.templatetags.numbers import currency
from dashboards.views.pictures import wanted_page
from organization.exporting import rows_as_csv
from organization.gate import Action, person_of, require

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
@require(Action.VIEW)
@cache_control(private=True, no_store=True)
def tables(request: HttpRequest) -> HttpResponseBase:
    """`?page=/channels/…&form=xlsx`, else CSV: its key figures and tables as she sees them; `panel` one part of it."""
    person, now = person_of(request), timezone.now()
    address = wanted_page(request.GET.get("page", ""))
    try:
        html = read_for(person, address, language=get_language() or "").content.decode()
        seen = seen_page(html, words=page_words(), currency=currency(), panel=request.GET.get("panel", ""))
    except (Unreadable, NoSuchPart):
        raise Http404 from None
    words = file_words(seen=seen, person=person, at=now, address=settings.SITE_URL + str(address))
    response: HttpResponseBase
    if request.GET.get("form") == "xlsx":
        response, end = FileResponse(files.xlsx(seen, words), content_type=XLSX), "xlsx"
    else:
        text = "".join(rows_as_csv(files.csv_rows(seen, words)))
        response, end = HttpResponse(text, content_type="text/csv; charset=utf-8"), "csv"
    name = file_name(seen.title, timezone.localdate(), end)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
