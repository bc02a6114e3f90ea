"""The outbox."""

from __future__ import annotations

from base64 import b64encode

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace, csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from alerts import selectors
from alerts.mail_chart import placed
from organization.gate import person_of, require_login

MAIL_POLICY = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "img-src": ["data:"],
    "frame-ancestors": [SELF],
    "sandbox": True,
}


@require_GET
@require_login
def outbox(request: HttpRequest) -> HttpResponse:
    state = request.GET.get("state", "")
    person = person_of(request)
    context = {
        "rows": selectors.messages(person, state=state),
        "counts": selectors.message_counts(person),
        "state": state,
    }
    return render(request, "alerts/outbox.html", context)


# The types of django-csp know only views without arguments.
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]
@require_GET
@require_login
def message(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows the mail in a frame, which the policy of other pages does not allow."""
    row = get_object_or_404(
        selectors.visible_messages(person_of(request)).select_related("person", "connection"), pk=pk
    )
    notices = row.notices.select_related("event__episode__instance__rule").order_by("pk")
    return render(request, "alerts/message.html", {"message": row, "notices": notices})


@csp_replace(MAIL_POLICY)  # type: ignore[arg-type]
@xframe_options_sameorigin
@require_GET
@require_login
def message_html(request: HttpRequest, pk: int) -> HttpResponse:
    """The mail alone. It brings its own styles, which pages may not, and can do nothing at all."""
    found = selectors.visible_messages(person_of(request)).select_related("chart").only("html", "chart")
    row = get_object_or_404(found, pk=pk)
    # A sandboxed frame sends no cookies, so its picture cannot be asked for: it comes along.
    png = bytes(row.chart.png) if row.chart is not None else b""
    source = f"data:image/png;base64,{b64encode(png).decode()}" if png else ""
    return HttpResponse(placed(row.html, source))
