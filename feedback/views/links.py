"""The addresses under which surveys stand: made, shown as codes, closed, and given out as invitations."""

from __future__ import annotations

import csv
import io
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.spreadsheets import harmless
from feedback.forms.surveys import InvitationsForm, LinkForm
from feedback.models import SurveyLink
from feedback.qr import SIZES, qr_svg
from feedback.selectors import surveys as selectors
from feedback.services.invitations import MOST, Invited, make_invitations
from feedback.services.links import make_links, switch_link
from organization.gate import Action, person_of, require
from organization.services import Refused

SWITCHES = {"open": True, "close": False}


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.KEEP_SURVEYS)
def link_new(request: HttpRequest, pk: int) -> HttpResponse:
    survey = selectors.get_survey_or_404(request.user, pk)
    form = LinkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        places = form.places()
        try:
            made = make_links(survey=survey, places=places, person=person_of(request), now=timezone.now())
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            if not places:
                form.add_error(
                    "area", _("There is no region below it. Choose another one, or make one link for it.")
                )
            elif not made.links:
                form.add_error(None, _("Every such place has an open link of this survey already."))
            elif len(made.links) == 1 and not made.there:
                return redirect("feedback:link", pk=made.links[0].pk)
            else:
                said = ngettext("%(n)s link is ready.", "%(n)s links are ready.", len(made.links))
                messages.success(request, said % {"n": len(made.links)})
                return redirect("feedback:survey", pk=pk)
    return render(request, "feedback/link_new.html", {"form": form, "survey": survey})


@require_GET
@require(Action.KEEP_SURVEYS)
def link(request: HttpRequest, pk: int) -> HttpResponse:
    return _link_page(request, selectors.get_link_or_404(request.user, pk), InvitationsForm())


@require_GET
@require(Action.KEEP_SURVEYS)
def link_qr(request: HttpRequest, pk: int) -> HttpResponse:
    """`?size=small` (medium, large); `?save` as a file."""
    found = selectors.get_link_or_404(request.user, pk)
    size = request.GET.get("size", "medium")
    if size not in SIZES:
        raise Http404
    response = HttpResponse(qr_svg(address_of(found), side=SIZES[size]), content_type="image/svg+xml")
    response["Cache-Control"] = "private, max-age=3600"
    if "save" in request.GET:
        response["Content-Disposition"] = f'attachment; filename="qr-{found.pk}-{size}.svg"'
    return response


@require_POST
@require(Action.KEEP_SURVEYS)
def link_switch(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    if act not in SWITCHES:
        raise Http404
    found = selectors.get_link_or_404(request.user, pk)
    try:
        switch_link(link=found, open=SWITCHES[act], person=person_of(request))
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(
            request,
            _("It takes answers again.") if SWITCHES[act] else _("Closed. Who opens it is told so kindly."),
        )
    return redirect("feedback:link", pk=pk)


@require_POST
@require(Action.KEEP_SURVEYS)
def invitations(request: HttpRequest, pk: int) -> HttpResponse:
    """Makes them, and answers a CSV of their addresses: they are told this once."""
    found = selectors.get_link_or_404(request.user, pk)
    form = InvitationsForm(request.POST)
    if not form.is_valid():
        return _link_page(request, found, form)
    try:
        made = make_invitations(
            link=found,
            batch=form.cleaned_data["batch"],
            how_many=form.cleaned_data["how_many"] or 0,
            customers=form.keys(),
            days=form.cleaned_data["days"],
            person=person_of(request),
            now=timezone.now(),
        )
    except Refused as refused:
        form.add_error(None, str(refused))
        return _link_page(request, found, form)
    response = HttpResponse(_csv(made), content_type="text/csv; charset=utf-8")
    name = quote(f"{_('invitations')}-{found.survey.name}-{timezone.localdate():%Y-%m-%d}.csv")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    response["Cache-Control"] = "no-store"
    return response


def address_of(link: SurveyLink) -> str:
    return settings.SITE_URL + reverse("feedback:form", args=[link.slug])


def _link_page(request: HttpRequest, link: SurveyLink, form: InvitationsForm) -> HttpResponse:
    context = {
        "link": link,
        "form": form,
        "response": selectors.link_response(link, timezone.localdate()),
        "address": address_of(link),
        "sizes": list(SIZES.items()),
        "days": selectors.DAYS,
        "most": MOST,
    }
    return render(request, "feedback/link.html", context)


def _csv(made: list[Invited]) -> str:
    """With the mark by which Excel knows UTF-8; customer numbers are those that were typed."""
    out = io.StringIO()
    out.write("\ufeff")
    rows = csv.writer(out)
    rows.writerow([_("Number"), _("Customer"), _("Address")])
    for one in made:
        address = settings.SITE_URL + reverse("feedback:invited", args=[one.token])
        rows.writerow([one.number, harmless(one.customer), address])
    return out.getvalue()
