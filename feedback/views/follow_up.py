"""Whether it stayed solved: what a customer answers who was asked by mail, at an address of her own, once."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from feedback.models.complaints import TEXT
from feedback.selectors.public import company_name
from feedback.services import follow_up as services
from feedback.throttling import wait_for_address
from feedback.views.outside import outside_page, speaking, too_large, wrong_kind
from organization.services import Refused

ANSWERS = {"yes": True, "no": False}


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def follow_up(request: HttpRequest, token: str) -> HttpResponse:
    """`?lang=zh`; `?done=yes` or `?done=no` thanks who has just answered. Opening it answers nothing: programs open mails."""
    now = timezone.now()
    with speaking(request):
        if request.method == "POST":
            return _answer(request, token)
        done = request.GET.get("done", "")
        if done in ANSWERS:
            return _page(request, "follow_up_thanks", stayed=ANSWERS[done])
        found = services.find(token[:100])
        if found is None:
            return _page(request, "follow_up_over", status=410)
        return _page(request, "follow_up", complaint=found, now=now, most=TEXT)


def _answer(request: HttpRequest, token: str) -> HttpResponse:
    wait = wait_for_address(request)
    if wait:
        response = _page(request, "held_up", status=429, wait=wait)
        response["Retry-After"] = str(wait)
        return response
    if too_large(request):
        return _page(request, "too_large", status=413, most=TEXT)
    if wrong_kind(request):
        return _page(request, "unreadable", status=415)
    stayed, text = request.POST.get("stayed", ""), request.POST.get("text", "")
    found = services.find(token[:100])
    if found is None:
        return _page(request, "follow_up_over", status=410)
    error = "" if stayed in ANSWERS else _("Tap one of the two answers.")
    if not error:
        try:
            services.answer(token[:100], ANSWERS[stayed], text, timezone.now())
        except services.UnknownToken:
            return _page(request, "follow_up_over", status=410)
        except Refused as refused:
            error = str(refused)
    if error:
        return _page(
            request, "follow_up", status=422, complaint=found, most=TEXT, error=error, text=text[:TEXT]
        )
    lang = request.GET.get("lang", "")
    more = f"&lang={lang}" if lang in ("en", "zh") else ""
    return HttpResponseRedirect(f"{request.path}?done={stayed}{more}", status=303)


def _page(request: HttpRequest, name: str, *, status: int = 200, **context: object) -> HttpResponse:
    context["company"] = company_name()
    response = outside_page(request, f"feedback/outside/{name}.html", context, status=status)
    response["Referrer-Policy"] = "no-referrer"  # the address of this page is a secret
    return response
